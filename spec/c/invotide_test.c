/* Lint of Invotide's rows: what every row must keep to, and that each has its
   effect on the slots. Must not know: Lua, libcurl. */
#include "../../src/row.h"

#include "check.h"

static const struct sw_effect *effect_of(const struct sw_row *r,
                                         size_t *count) {
  const struct sw_effect *found = NULL;
  char name[64];
  size_t i;
  snprintf(name, sizeof name, "%s%s%s", r->group,
           r->group[0] != '\0' ? "." : "", r->name);
  *count = 0;
  for (i = 0; i < sw_invotide.effect_count; i++) {
    if (strcmp(sw_invotide.effects[i].row, name) == 0) {
      found = &sw_invotide.effects[i];
      (*count)++;
    }
  }
  return found;
}

static void test_rows(void) {
  size_t i, k, count;
  unsigned set = 0;
  CHECK_INT(sw_invotide.count, sw_invotide.effect_count);
  CHECK_INT(sw_invotide.slot_count, 13);
  for (i = 0; i < sw_invotide.effect_count; i++) {
    set |= sw_invotide.effects[i].sets;
  }
  CHECK_INT(set, (1u << sw_invotide.slot_count) - 1);
  for (i = 0; i < sw_invotide.count; i++) {
    const struct sw_row *r = &sw_invotide.rows[i];
    const struct sw_effect *e = effect_of(r, &count);
    CHECK_INT(count, 1);
    CHECK(e == NULL || (e->needs & ~set) == 0);
    CHECK_STR(r->verb, "POST");
    CHECK(strncmp(r->path, "api/", 4) == 0);
    CHECK(strpbrk(r->path, "?#: ") == NULL);
    CHECK(strlen(r->help) > 0 && strlen(r->help) <= 80);
    CHECK(r->help[strlen(r->help) - 1] == '.');
    CHECK_INT(r->evidence, SW_SEEN);
    CHECK(r->field_count <= 32);
    CHECK((r->flags & SW_POSITIONAL) == 0 || r->field_count == 1);
    for (k = 0; k < r->field_count; k++) {
      CHECK(r->fields[k].help != NULL);
    }
  }
}

static void test_classes(void) {
  size_t i, once = 0;
  for (i = 0; i < sw_invotide.count; i++) {
    const struct sw_row *r = &sw_invotide.rows[i];
    if (r->retry == SW_ONCE) {
      int adds = strcmp(r->name, "add") == 0;
      once++;
      CHECK(adds || strcmp(r->group, "order") == 0);
    }
    CHECK(r->retry != SW_KEYED);
  }
  CHECK_INT(once, 5);
}

int main(void) {
  test_rows();
  test_classes();
  return check_done();
}
