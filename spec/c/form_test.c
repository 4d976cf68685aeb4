/* src/form.c: taking apart, names that occur twice, the signed message. */
#include "../../src/form.h"

#include <stdlib.h>

#include "check.h"

static struct sw_form parsed(const char *text, size_t n) {
  struct sw_form f;
  CHECK_INT(sw_form_parse(&f, text, n), SW_FORM_OK);
  return f;
}

static void pair(const struct sw_form *f, size_t i, const char *name,
                 const char *value) {
  if (CHECK(i < f->count)) {
    CHECK_STRN(f->pairs[i].name.p, f->pairs[i].name.n, name);
    CHECK_STRN(f->pairs[i].value.p, f->pairs[i].value.n, value);
  }
}

static void taken_apart(void) {
  struct sw_form f = parsed(SW_LIT("a=1&b=x+y%2B%26&&c&=d&e==f=&"));
  CHECK_INT(f.count, 5);
  pair(&f, 0, "a", "1");
  pair(&f, 1, "b", "x y+&");
  pair(&f, 2, "c", "");
  pair(&f, 3, "", "d");
  pair(&f, 4, "e", "=f=");
  CHECK_INT(f.bad_escapes, 0);
  sw_form_free(&f);
  CHECK(f.pairs == NULL && f.arena == NULL && f.count == 0);
  sw_form_free(&f);
  f = parsed("", 0);
  CHECK_INT(f.count, 0);
  CHECK(f.pairs == NULL);
  f = parsed(SW_LIT("&&&"));
  CHECK_INT(f.count, 0);
  sw_form_free(&f);
}

static void escapes_fine(void) {
  struct sw_form f = parsed(SW_LIT("%61%3D=%C3%ab%00%0a&n=%2541"));
  CHECK_INT(f.count, 2);
  CHECK_STRN(f.pairs[0].name.p, f.pairs[0].name.n, "a=");
  CHECK_MEM(f.pairs[0].value.p, f.pairs[0].value.n, "\xC3\xAB\0\n", 4);
  pair(&f, 1, "n", "%41");
  CHECK_INT(f.bad_escapes, 0);
  sw_form_free(&f);
}

static void escapes_broken(void) {
  struct sw_form f = parsed(SW_LIT("a=%&b=%4&c=%zz&%g1=%%41&d=%4"));
  CHECK_INT(f.count, 5);
  pair(&f, 0, "a", "%");
  pair(&f, 1, "b", "%4");
  pair(&f, 2, "c", "%zz");
  pair(&f, 3, "%g1", "%A");
  pair(&f, 4, "d", "%4");
  CHECK_INT(f.bad_escapes, 6);
  sw_form_free(&f);
}

static void limits(void) {
  size_t n = SW_FORM_BYTES + 1;
  char *text = malloc(n);
  struct sw_form f;
  size_t i;
  if (!CHECK(text != NULL)) {
    return;
  }
  memset(text, 'a', n);
  CHECK_INT(sw_form_parse(&f, text, n), SW_FORM_TOO_LONG);
  CHECK(f.pairs == NULL && f.arena == NULL);
  CHECK_INT(sw_form_parse(&f, text, n - 1), SW_FORM_OK);
  CHECK_INT(f.count, 1);
  CHECK_INT(f.pairs[0].name.n, SW_FORM_BYTES);
  sw_form_free(&f);
  for (i = 0; i < 2 * SW_FORM_PAIRS + 2; i++) {
    text[i] = i % 2 == 0 ? 'a' : '&';
  }
  CHECK_INT(sw_form_parse(&f, text, 2 * SW_FORM_PAIRS), SW_FORM_OK);
  CHECK_INT(f.count, SW_FORM_PAIRS);
  CHECK(sw_form_twice(f.pairs, f.count) != NULL);
  sw_form_free(&f);
  CHECK_INT(sw_form_parse(&f, text, 2 * SW_FORM_PAIRS + 1),
            SW_FORM_TOO_MANY);
  CHECK(f.pairs == NULL && f.count == 0);
  free(text);
}

static void finding(void) {
  struct sw_form f = parsed(SW_LIT("mac=1&Mac=2&macs=3&mac=4&=5"));
  const struct sw_form_pair *hit = sw_form_find(f.pairs, f.count, "mac");
  CHECK(hit == &f.pairs[0]);
  CHECK(sw_form_find(f.pairs, f.count, "Mac") == &f.pairs[1]);
  CHECK(sw_form_find(f.pairs, f.count, "") == &f.pairs[4]);
  CHECK(sw_form_find(f.pairs, f.count, "ma") == NULL);
  CHECK(sw_form_find(NULL, 0, "mac") == NULL);
  sw_form_free(&f);
}

static int has_twice(const char *text) {
  struct sw_form f = parsed(text, strlen(text));
  int twice = sw_form_twice(f.pairs, f.count) != NULL;
  sw_form_free(&f);
  return twice;
}

static void twice(void) {
  struct sw_form_pair one;
  memset(&one, 0, sizeof one);
  CHECK(!has_twice(""));
  CHECK(!has_twice("a=1"));
  CHECK(!has_twice("a=1&b=1&ab=1"));
  CHECK(has_twice("a=1&b=2&a=1"));
  CHECK(has_twice("Amount=1&b=2&c=3&aMOUNT=4"));
  CHECK(has_twice("a=1&%61=2"));
  CHECK(has_twice("=1&=2"));
  CHECK(!has_twice("\xC3\x89=1&\xC3\xA9=2"));
  CHECK(sw_form_twice(&one, 1) == NULL);
}

static void message_is(const char *body, const char *but, const char *want) {
  struct sw_form f = parsed(body, strlen(body));
  struct sw_buf b;
  sw_buf_init(&b, 4096);
  CHECK_INT(sw_form_message(&b, f.pairs, f.count, but), 0);
  CHECK_STRN(b.len == 0 ? "" : b.data, b.len, want);
  sw_buf_free(&b);
  sw_form_free(&f);
}

static void messages(void) {
  struct sw_form f;
  struct sw_buf b;
  message_is("", "mac", "");
  message_is("mac=1", "mac", "");
  message_is("mac=1", NULL, "1");
  message_is("b=&a=", "mac", "|");
  message_is("b=2&mac=3&a=1", "mac", "1|2");
  message_is("b=2&Mac=3&a=1", "mac", "1|2|3");
  message_is("Field_1=F&amount=A&Zip=Z&name=N", NULL, "A|F|N|Z");
  /* _ sorts before letters when they are folded to lower case */
  message_is("ab=2&a_=1&AC=3", NULL, "1|2|3");
  /* equal names: by their bytes, then as given */
  message_is("b=3&a=1&B=2&a=0", NULL, "1|0|2|3");
  message_is("a=x|y&b=z", NULL, "x|y|z");
  f = parsed(SW_LIT("a=12&b=34"));
  sw_buf_init(&b, 4);
  CHECK_INT(sw_form_message(&b, f.pairs, f.count, NULL), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
  sw_form_free(&f);
}

/* The messages of spec/wire/instamojo-crypto-vectors.json, first those of
   links, then those of webhooks. Where the file has a person in it, somebody
   stands here. */
static void vectors(void) {
  static const struct {
    const char *body, *message;
  } rows[] = {
    {"data_name=A+Buyer&data_email=a%40example.com&data_phone="
     "9876543210&data_amount=123.45",
     "123.45|a@example.com|A Buyer|9876543210"},
    {"data_name=A+Buyer&data_email=a%40example.com&data_phone="
     "9999999999&data_amount=123.45",
     "123.45|a@example.com|A Buyer|9999999999"},
    {"data_email=a%40example.com&data_Phone=9999999999&data_name=A+Buy"
     "er&data_Amount=123.45",
     "123.45|a@example.com|A Buyer|9999999999"},
    {"data_amount=2500.00&data_email=jon%2Bsnow%40example.com&data_Field_7024"
     "0=ORD-1001&data_name=Jon+Snow&data_phone=%2B919999999990",
     "2500.00|jon+snow@example.com|ORD-1001|Jon Snow|+919999999990"},
    {"data_amount=9.00",
     "9.00"},
    {"data_name=Zo%C3%AB+%7C+Co&data_email=zoe%40example.com&data_amount=10",
     "10|zoe@example.com|Zo\303\253 | Co"},
    {"payment_id=1212&buyer=foo%40bar.com&amount=100&mac=61544dd438c58b994330"
     "2892ede4fcac815bd29f",
     "100|foo@bar.com|1212"},
    {"amount=2500.00&buyer=foo%40example.com&buyer_name=John+Doe&buyer_phone="
     "9999999999&currency=INR&fees=125.00&longurl=https%3A%2F%2Fwww.instamojo"
     ".com%2F%40acme%2Fd66cb29dd059482e8072999f995c4eef&payment_id=MOJO5a0600"
     "5J21512197&payment_request_id=d66cb29dd059482e8072999f995c4eef&purpose="
     "FIFA+16&shorturl=https%3A%2F%2Fimjo.in%2FNNxHg&status=Credit&mac=a7f69a"
     "0a708de0df70deb77c3e0fb7a77dcb084b",
     "2500.00|foo@example.com|John Doe|9999999999|INR|125.00|https://www.inst"
     "amojo.com/@acme/d66cb29dd059482e8072999f995c4eef|MOJO5a06005J21512197|d"
     "66cb29dd059482e8072999f995c4eef|FIFA 16|https://imjo.in/NNxHg|Credit"},
    {"amount=2500.00&buyer=foo%40example.com&buyer_name=&buyer_phone=99999999"
     "99&currency=INR&fees=0.00&longurl=https%3A%2F%2Fwww.instamojo.com%2F%40"
     "acme%2Fd66cb29dd059482e8072999f995c4eef&payment_id=MOJO5a06005J21512197"
     "&payment_request_id=d66cb29dd059482e8072999f995c4eef&purpose=FIFA+16&sh"
     "orturl=&status=Failed&mac=5e12048c5fa82222e7b15d91929ab64c5866dde4",
     "2500.00|foo@example.com||9999999999|INR|0.00|https://www.instamojo.com/"
     "@acme/d66cb29dd059482e8072999f995c4eef|MOJO5a06005J21512197|d66cb29dd05"
     "9482e8072999f995c4eef|FIFA 16||Failed"},
    {"payment_id=MOJO5413000F58631508&status=Credit&offer_slug=hello-api&offe"
     "r_title=Hello+API&buyer=foo%40example.com&buyer_name=John+Doe&buyer_pho"
     "ne=%2B919999999999&currency=INR&quantity=1&unit_price=50.00&amount=50.0"
     "0&fees=1.00&variants=%5B%5D&custom_fields=%7B%22Field_70240%22%3A+%7B%2"
     "2required%22%3A+true%2C+%22type%22%3A+%22text%22%2C+%22value%22%3A+%22O"
     "RD-1001%22%2C+%22label%22%3A+%22Order%22%7D%7D&mac=71480140ddae0cb2a761"
     "42e2a9c5a5f20f1f52c3",
     "50.00|foo@example.com|John Doe|+919999999999|INR|{\"Field_70240\": {\"r"
     "equired\": true, \"type\": \"text\", \"value\": \"ORD-1001\", \"label\""
     ": \"Order\"}}|1.00|hello-api|Hello API|MOJO5413000F58631508|1|Credit|50"
     ".00|[]"},
    {"amount=2500.00&buyer=foo%40example.com&buyer_name=John+Doe&buyer_phone="
     "9999999999&currency=INR&fees=125.00&longurl=https%3A%2F%2Fwww.instamojo"
     ".com%2F%40acme%2Fd66cb29dd059482e8072999f995c4eef&payment_id=MOJO5a0600"
     "5J21512197&payment_request_id=d66cb29dd059482e8072999f995c4eef&purpose="
     "FIFA+16&shorturl=https%3A%2F%2Fimjo.in%2FNNxHg&status=Credit&new_future"
     "_key=x&mac=0db09ffee40b6251e66ee7ab3be7965c927110d4",
     "2500.00|foo@example.com|John Doe|9999999999|INR|125.00|https://www.inst"
     "amojo.com/@acme/d66cb29dd059482e8072999f995c4eef|x|MOJO5a06005J21512197"
     "|d66cb29dd059482e8072999f995c4eef|FIFA 16|https://imjo.in/NNxHg|Credit"}
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    message_is(rows[i].body, "mac", rows[i].message);
  }
}

/* A hostile body: a thousand long names that differ in their last byte. */
static void hostile(void) {
  size_t each = 1040, n = each * SW_FORM_PAIRS, i;
  char *text = malloc(n);
  struct sw_form f;
  if (!CHECK(text != NULL)) {
    return;
  }
  memset(text, 'a', n);
  for (i = 0; i < SW_FORM_PAIRS; i++) {
    char digits[8];
    snprintf(digits, sizeof digits, "%03d", (int)i);
    memcpy(text + i * each + each - 4, digits, 3);
    text[i * each + each - 1] = '&';
  }
  CHECK_INT(sw_form_parse(&f, text, n), SW_FORM_OK);
  CHECK_INT(f.count, SW_FORM_PAIRS);
  CHECK(sw_form_twice(f.pairs, f.count) == NULL);
  sw_form_free(&f);
  free(text);
}

int main(void) {
  taken_apart();
  escapes_fine();
  escapes_broken();
  limits();
  finding();
  twice();
  messages();
  vectors();
  hostile();
  return check_done();
}
