/* Lint of Instamojo's rows: what every row must keep to, whatever it calls.
   Must not know: Lua, libcurl. */
#include "../../src/row.h"

#include "check.h"

static const struct sw_row *row(size_t i) {
  return &sw_instamojo.rows[i];
}

/* Counts a broken rule and says whose it is. */
static void must(const struct sw_row *r, int so, const char *rule) {
  if (!CHECK(so)) {
    fprintf(stderr, "  %s.%s: %s\n", r->group, r->name, rule);
  }
}

static int is_word(const char *p, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    if ((p[i] < 'a' || p[i] > 'z') && (p[i] < '0' || p[i] > '9') &&
        p[i] != '_') {
      return 0;
    }
  }
  return n > 0;
}

/* Relative, ends in a slash, each {name} closed and a whole segment. */
static int path_is_sane(const char *path) {
  const char *at = path;
  size_t n = strlen(path);
  if (n == 0 || path[0] == '/' || path[n - 1] != '/' ||
      strstr(path, "//") != NULL || strpbrk(path, "?#: .") != NULL) {
    return 0;
  }
  while (*at != '\0') {
    size_t segment = strcspn(at, "/");
    if (memchr(at, '{', segment) != NULL ||
        memchr(at, '}', segment) != NULL) {
      if (segment < 3 || at[0] != '{' || at[segment - 1] != '}' ||
          !is_word(at + 1, segment - 2)) {
        return 0;
      }
    }
    at += segment + 1;
  }
  return 1;
}

static void paths(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    int given = r->body == SW_MULTIPART; /* its address comes in a reply */
    must(r, given ? r->path[0] == '\0' : path_is_sane(r->path),
         "the path is relative, ends in / and has whole {names}");
    must(r, given == ((r->flags & SW_INNER) != 0),
         "a step without an address is no method");
  }
}

static void words(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    size_t n = strlen(r->help);
    must(r, n > 0 && n <= 80 && r->help[n - 1] == '.',
         "help is one sentence of 80 characters at most");
    must(r, is_word(r->name, strlen(r->name)), "the name is a Lua name");
    must(r, r->group[0] == '\0' || is_word(r->group, strlen(r->group)),
         "the group is a Lua name");
    must(r, r->flat == NULL || is_word(r->flat, strlen(r->flat)),
         "the flat name is a Lua name");
    must(r, r->evidence <= SW_SEEN, "the evidence is one of four");
  }
}

static int clash(const struct sw_row *a, const struct sw_row *b) {
  if (strcmp(a->group, b->group) == 0 && strcmp(a->name, b->name) == 0) {
    return 1;
  }
  return a->flat != NULL && b->flat != NULL && strcmp(a->flat, b->flat) == 0;
}

static void names_are_alone(void) {
  size_t i, k;
  for (i = 0; i < sw_instamojo.count; i++) {
    for (k = 0; k < i; k++) {
      must(row(i), !clash(row(i), row(k)), "a name stands once");
    }
  }
}

/* What a verb may be, and what may be done with it a second time. */
static void verbs(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    int reads = strcmp(r->verb, "GET") == 0;
    int removes = strcmp(r->verb, "DELETE") == 0;
    int changes = strcmp(r->verb, "PATCH") == 0;
    int posts = strcmp(r->verb, "POST") == 0;
    must(r, reads + removes + changes + posts == 1, "a verb of HTTP");
    must(r, reads == (r->retry == SW_SAFE), "to read is safe, no other is");
    must(r, !reads || r->body == SW_NONE || r->body == SW_QUERY,
         "a GET has no body");
    must(r, !posts || r->body == SW_FORM || r->body == SW_MULTIPART,
         "a POST has a form");
    must(r, !changes || r->body == SW_FORM || r->body == SW_JSON,
         "a PATCH has a body");
    must(r, !changes || r->retry == SW_IDEMPOTENT, "a PATCH is idempotent");
    must(r, !removes || (r->retry == SW_IDEMPOTENT && r->body == SW_NONE),
         "a DELETE is idempotent and bare");
    must(r, removes == ((r->flags & SW_GONE_IS_DONE) != 0),
         "gone is done for a DELETE only");
  }
}

/* Every other POST is sent once, in doubt never again. */
static void counting(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    int switches = strcmp(r->name, "enable") == 0 ||
                   strcmp(r->name, "disable") == 0;
    if (strcmp(r->verb, "POST") == 0) {
      must(r, (r->retry == SW_IDEMPOTENT) == switches,
           "a POST is once-only, the two switches aside");
    }
    if (strcmp(r->name, "create") == 0) {
      must(r, r->lookup != NULL, "what creates can be looked up");
    }
  }
}

static const struct sw_row *find(const char *full) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    size_t n = strlen(row(i)->group);
    if (strncmp(full, row(i)->group, n) == 0 && full[n] == '.' &&
        strcmp(full + n + 1, row(i)->name) == 0) {
      return row(i);
    }
  }
  return NULL;
}

static void lookups(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    const struct sw_row *seen = r->lookup != NULL ? find(r->lookup) : NULL;
    must(r, r->lookup == NULL || seen != NULL, "the look-up row exists");
    must(r, seen == NULL || seen->retry == SW_SAFE, "a look-up only reads");
    must(r, r->retry != SW_KEYED || seen != NULL,
         "a keyed row can be looked up");
  }
}

static void pages(void) {
  size_t i;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    int paged = (r->flags & SW_PAGED) != 0;
    must(r, paged == (strcmp(r->name, "list") == 0), "a list has pages");
    must(r, paged == (r->id != NULL), "rows of a list have an id");
    if (paged) {
      must(r, r->field_count >= 2 && r->reply != NULL &&
                  strcmp(r->fields[0].name, "page") == 0 &&
                  strcmp(r->fields[1].name, "limit") == 0,
           "a list begins with page and limit and names its rows' key");
      must(r, r->fields[1].max == 500, "500 rows a page at most");
    }
  }
}

static int has_word(const char *list) {
  return list != NULL && list[0] != '\0' && list[0] != ' ';
}

static void check_field(const struct sw_row *r, const struct sw_field *f) {
  must(r, f->name[0] != '\0' && strpbrk(f->name, "=& ") == NULL,
       "a field has a plain name");
  must(r, f->help != NULL && f->help[0] != '\0' && strlen(f->help) <= 80,
       "a field has help of 80 characters at most");
  must(r, f->min >= 0 && (f->max == 0 || f->max >= f->min),
       "bounds are in order");
  must(r, (f->kind == SW_CHOICE) == has_word(f->choices),
       "a choice has choices, no other has");
  must(r, !(f->flags & SW_PRESET) || f->kind == SW_CHOICE,
       "what is preset is a choice");
  must(r, !(f->flags & SW_PRESET) || !(f->flags & SW_REQUIRED),
       "what is preset need not be given");
  must(r, !(f->flags & SW_INTERNAL) || !(f->flags & SW_REQUIRED),
       "what scripts may not give is not asked of them");
  must(r, (f->kind == SW_ITEMS) == (r->body == SW_JSON),
       "items go as JSON, and alone");
  must(r, f->kind <= SW_ITEMS, "the kind is one of this service's");
}

/* A file's answer goes into a field of ours that bears its name. */
static void check_file(const struct sw_row *r, const struct sw_field *f) {
  size_t k, n = strlen(f->name);
  int found = 0;
  if (r->body == SW_MULTIPART) {
    return;
  }
  for (k = 0; k < r->field_count; k++) {
    const struct sw_field *other = &r->fields[k];
    found |= strncmp(other->name, f->name, n) == 0 &&
             strcmp(other->name + n, "_json") == 0 &&
             (other->flags & SW_INTERNAL) != 0;
  }
  must(r, found, "a file has its internal NAME_json");
}

static void fields(void) {
  size_t i, k, m;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    must(r, (r->fields == NULL) == (r->field_count == 0), "fields counted");
    must(r, r->field_count == 0 || r->body != SW_NONE, "fields go somewhere");
    for (k = 0; k < r->field_count; k++) {
      check_field(r, &r->fields[k]);
      if (r->fields[k].kind == SW_FILE) {
        check_file(r, &r->fields[k]);
      }
      for (m = 0; m < k; m++) {
        must(r, strcmp(r->fields[m].name, r->fields[k].name) != 0,
             "a field stands once");
      }
    }
  }
}

/* The password is hidden, its reply too; an edit asks for nothing. */
static void secrets(void) {
  size_t i, k;
  for (i = 0; i < sw_instamojo.count; i++) {
    const struct sw_row *r = row(i);
    for (k = 0; k < r->field_count; k++) {
      int password = strstr(r->fields[k].name, "password") != NULL;
      must(r, password == ((r->fields[k].flags & SW_HIDDEN) != 0),
           "a password is hidden");
      must(r, strcmp(r->name, "edit") != 0 ||
                  !(r->fields[k].flags & (SW_REQUIRED | SW_PRESET)),
           "an edit asks for no field and adds none");
    }
    must(r, ((r->flags & SW_SECRET_REPLY) != 0) ==
                (strcmp(r->name, "auth") == 0),
         "only auth answers a secret");
    must(r, r->auth != SW_AUTH_NOBODY || r->body == SW_MULTIPART,
         "only an upload goes without a credential");
  }
}

int main(void) {
  CHECK_STR(sw_instamojo.name, "instamojo");
  CHECK_INT(sw_instamojo.count, 22);
  paths();
  words();
  names_are_alone();
  verbs();
  counting();
  lookups();
  pages();
  fields();
  secrets();
  return check_done();
}
