/* src/suggest.c: what is near enough to be meant. */
#include "../../src/suggest.h"
#include "check.h"

static const char *const fields[] = {
  "title", "description", "base_price", "currency", "quantity", "start_date",
  "end_date", "redirect_url", "webhook_url", "note", "enable_pwyw",
  "file_upload", "cover_image", "page", "limit", "id", "links", "refunds"
};

static const char *near(const char *word) {
  return sw_suggest_in(word, strlen(word), fields,
                       sizeof fields / sizeof fields[0]);
}

static void spelling(void) {
  CHECK_STR(near("titel"), "title");
  CHECK_STR(near("tilte"), "title");
  CHECK_STR(near("ttile"), "title");
  CHECK_STR(near("titl"), "title");
  CHECK_STR(near("tytel"), "title");
  CHECK_STR(near("descripton"), "description");
  CHECK_STR(near("quantitty"), "quantity");
  CHECK_STR(near("qantitiy"), "quantity");
  CHECK_STR(near("qantiti"), "quantity");
  CHECK_STR(near("qunttti"), NULL);
  CHECK_STR(near("zzzzzzzz"), NULL);
}

static void form(void) {
  CHECK_STR(near("title"), "title");
  CHECK_STR(near("TITLE"), "title");
  CHECK_STR(near("base-price"), "base_price");
  CHECK_STR(near("Base-Price"), "base_price");
  CHECK_STR(near("baseprice"), "base_price");
  CHECK_STR(near("basePrice"), "base_price");
  CHECK_STR(near("link"), "links");
  CHECK_STR(near("titles"), "title");
  CHECK_STR(near("notes"), "note");
  CHECK_STR(near("redirect"), "redirect_url");
  CHECK_STR(near("descr"), "description");
  CHECK_STR(near("page_number"), "page");
}

static void short_words(void) {
  CHECK_STR(near("pages"), "page");
  CHECK_STR(near("pag"), "page");
  CHECK_STR(near("pgae"), "page");
  CHECK_STR(near("pxgy"), NULL);
  CHECK_STR(near("ID"), "id");
  CHECK_STR(near("ix"), NULL);
  CHECK_STR(near("i"), NULL);
  CHECK_STR(near("ti"), NULL);
  CHECK_STR(near(""), NULL);
}

static void order(void) {
  static const char *const words[] = {"cart", "card", "carts"};
  static const char *const dashed[] = {"a_b_c_d"};
  CHECK_STR(sw_suggest_in("A-b-C-d", 7, dashed, 1), "a_b_c_d");
  CHECK_STR(sw_suggest_in("carx", 4, words, 3), "cart");
  CHECK_STR(sw_suggest_in("card", 4, words, 3), "card");
  CHECK_STR(sw_suggest_in("carts", 5, words, 3), "carts");
  CHECK_STR(sw_suggest_in("cards", 5, words, 3), "card");
  CHECK_STR(sw_suggest_in("cart", 4, words, 0), NULL);
  CHECK_STR(sw_suggest_in("cartxyz", 4, words, 3), "cart");
}

static const char *counting(const void *list, size_t i) {
  *(size_t *)*(void *const *)list += 1;
  return i < 5 ? "word" : NULL;
}

static void lengths(void) {
  char word[66], other[66];
  const char *words[1];
  size_t asked = 0;
  void *count = &asked;
  memset(word, 'a', sizeof word);
  memset(other, 'a', sizeof other);
  other[64] = '\0';
  words[0] = other;
  CHECK(sw_suggest_in(word, 64, words, 1) == other);
  CHECK(sw_suggest_in(word, 65, words, 1) == NULL);
  CHECK(sw_suggest_in(word, 62, words, 1) == other);
  other[0] = 'b';
  other[63] = 'b';
  CHECK(sw_suggest_in(word, 64, words, 1) == other);
  other[30] = 'b';
  CHECK(sw_suggest_in(word, 64, words, 1) == NULL);
  other[64] = 'a';
  other[65] = '\0';
  CHECK(sw_suggest_in(word, 64, words, 1) == NULL);
  CHECK_STR(sw_suggest("wrod", 4, counting, &count), "word");
  CHECK_INT(asked, 6);
}

int main(void) {
  spelling();
  form();
  short_words();
  order();
  lengths();
  return check_done();
}
