/* src/url.c: taking apart, whose network, and the three rules. */
#include "../../src/transfer.h"
#include "../../src/url.h"
#include "check.h"

static const char *wrong_with(const char *text) {
  struct sw_url u;
  return sw_url_parse(&u, text, strlen(text));
}

static struct sw_url must(const char *text) {
  struct sw_url u;
  CHECK_STR(sw_url_parse(&u, text, strlen(text)), NULL);
  return u;
}

static void parts(const char *text, const char *host, unsigned port,
                  const char *path, const char *query) {
  struct sw_url u = must(text);
  CHECK_STR(u.host, host);
  CHECK_INT(u.port, port);
  CHECK_STRN(u.path.p, u.path.n, path);
  if (query == NULL) {
    CHECK(u.query.p == NULL);
  } else {
    CHECK_STRN(u.query.p, u.query.n, query);
  }
}

static void taken_apart(void) {
  CHECK_INT(must("HTTPS://a").https, 1);
  CHECK_INT(must("http://a").https, 0);
  parts("https://www.Instamojo.com/api/1.1/", "www.instamojo.com", 443,
        "/api/1.1/", NULL);
  parts("http://a", "a", 80, "/", NULL);
  parts("http://a:1", "a", 1, "/", NULL);
  parts("http://a:65535/", "a", 65535, "/", NULL);
  parts("http://a?x=1", "a", 80, "/", "x=1");
  parts("http://a/?", "a", 80, "/", "");
  parts("http://a/b?c?d=/@:", "a", 80, "/b", "c?d=/@:");
  parts("http://a/@b", "a", 80, "/@b", NULL);
  parts("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", 443, "/x",
        NULL);
  parts("http://[::1]:8080/", "[::1]", 8080, "/", NULL);
  parts("http://[2001:DB8:0:0::0001]", "[2001:db8::1]", 80, "/", NULL);
}

static void addresses(void) {
  CHECK_STR(must("http://127.0.0.1").host, "127.0.0.1");
  CHECK_STR(must("http://2130706433").host, "127.0.0.1");
  CHECK_STR(must("http://0x7f.1").host, "127.0.0.1");
  CHECK_STR(must("http://0X7F000001").host, "127.0.0.1");
  CHECK_STR(must("http://0177.0.0.01").host, "127.0.0.1");
  CHECK_STR(must("http://127.1").host, "127.0.0.1");
  CHECK_STR(must("http://10.258").host, "10.0.1.2");
  CHECK_STR(must("http://1.2.772").host, "1.2.3.4");
  CHECK_STR(must("http://4294967295").host, "255.255.255.255");
  CHECK_STR(must("http://0").host, "0.0.0.0");
  CHECK_STR(must("http://0x").host, "0.0.0.0");
  CHECK_INT(must("http://1.2.3.4").ip, 4);
  CHECK_INT(must("http://1.2.3.4.example").ip, 0);
  CHECK_INT(must("http://0xyz").ip, 0);
  CHECK_INT(must("http://7f.1a").ip, 0);
  CHECK_STR(wrong_with("http://4294967296"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://0x100000000"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://256.0.0.1"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://1.2.3.256"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://1.2.3.4.5"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://1.16777216"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://08"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://a.b.1"), "has a bad IPv4 address");
  CHECK_STR(wrong_with("http://[::1"), "has a bad IPv6 address");
  CHECK_STR(wrong_with("http://[]"), "has a bad IPv6 address");
  CHECK_STR(wrong_with("http://[1.2.3.4]"), "has a bad IPv6 address");
  CHECK_STR(wrong_with("http://[fe80::1%25eth0]"), "has a bad IPv6 address");
  CHECK_STR(wrong_with("http://[::1]x"), "has a bad port");
}

static void refused(void) {
  struct sw_url u;
  CHECK_STR(wrong_with(""), "is empty");
  CHECK_STR(wrong_with("ftp://a"), "is not an http:// or https:// address");
  CHECK_STR(wrong_with("https:/a"), "is not an http:// or https:// address");
  CHECK_STR(wrong_with("//a/b"), "is not an http:// or https:// address");
  CHECK_STR(wrong_with("http://"), "has no host");
  CHECK_STR(wrong_with("http:///a"), "has no host");
  CHECK_STR(wrong_with("http://:80"), "has no host");
  CHECK_STR(wrong_with("http://u@a"), "has a user name in it");
  CHECK_STR(wrong_with("http://u:p@a/"), "has a user name in it");
  CHECK_STR(wrong_with("http://a/#x"), "has a fragment (#)");
  CHECK_STR(wrong_with("http://a/ b"), "contains a space");
  CHECK_STR(wrong_with(" http://a"), "contains a space");
  CHECK_STR(wrong_with("http://a\\b"), "contains a backslash");
  CHECK_STR(wrong_with("http://a/\r\n"), "contains a control character");
  CHECK_STR(wrong_with("http://a/\x7F"), "contains a control character");
  CHECK_STR(wrong_with("http://b\xC3\xBC/"),
            "contains a character outside ASCII");
  CHECK_STR(sw_url_parse(&u, SW_LIT("http://a/\0b")),
            "contains a control character");
  CHECK_STR(wrong_with("http://a:"), "has a bad port");
  CHECK_STR(wrong_with("http://a:0"), "has a bad port");
  CHECK_STR(wrong_with("http://a:65536"), "has a bad port");
  CHECK_STR(wrong_with("http://a:99999999999999999999"), "has a bad port");
  CHECK_STR(wrong_with("http://a:8o"), "has a bad port");
  CHECK_STR(wrong_with("http://a:80:80"), "has a bad port");
  CHECK_STR(wrong_with("http://a..b"), "has a misplaced dot in its host name");
  CHECK_STR(wrong_with("http://.a"), "has a misplaced dot in its host name");
  CHECK_STR(wrong_with("http://localhost."),
            "has a misplaced dot in its host name");
  CHECK_STR(wrong_with("http://a%2e"), "has a bad character in its host name");
  CHECK_STR(wrong_with("http://a,b"), "has a bad character in its host name");
}

static void lengths(void) {
  char text[SW_URL_MAX + 2];
  struct sw_url u;
  memset(text, 'a', sizeof text);
  memcpy(text, "http://b/", 9);
  CHECK_STR(sw_url_parse(&u, text, SW_URL_MAX), NULL);
  CHECK_INT(u.path.n, SW_URL_MAX - 8);
  CHECK_STR(sw_url_parse(&u, text, SW_URL_MAX + 1),
            "is longer than 2048 bytes");
  memcpy(text, "http://aa", 9);
  CHECK_STR(sw_url_parse(&u, text, 7 + 63), NULL);
  CHECK_STR(sw_url_parse(&u, text, 7 + 64),
            "has a host name with an overlong part");
  text[7 + 60] = '.';
  text[7 + 120] = '.';
  text[7 + 180] = '.';
  text[7 + 240] = '.';
  CHECK_STR(sw_url_parse(&u, text, 7 + 253), NULL);
  CHECK_STR(sw_url_parse(&u, text, 7 + 254), "has an overlong host name");
}

static void fields(void) {
  const char *good[] = {"https://a.example/thanks#top", "http://a",
                        "https://a/\xC3\xBC?q=\xE2\x82\xB9",
                        "https://\xC3\xBC.example/"};
  size_t i;
  for (i = 0; i < sizeof good / sizeof good[0]; i++) {
    CHECK_STR(sw_url_field_wrong(good[i], strlen(good[i])), NULL);
  }
  CHECK(sw_url_field_wrong(SW_LIT("https://a/\xFF")) != NULL);
  CHECK(sw_url_field_wrong(SW_LIT("https://u:p@a/")) != NULL);
  CHECK(sw_url_field_wrong(SW_LIT("javascript:alert(1)")) != NULL);
  CHECK(sw_url_field_wrong(SW_LIT("https://#x")) != NULL);
  CHECK(sw_url_field_wrong(SW_LIT("https://a/ b")) != NULL);
  CHECK(sw_url_field_wrong("", 0) != NULL);
}

enum { PUBLIC, LOOPBACK, PRIVATE };

static void network(const char *host, int want) {
  char text[128];
  struct sw_url u;
  snprintf(text, sizeof text, "https://%s/", host);
  u = must(text);
  if (!CHECK_INT(sw_url_is_loopback(&u), want == LOOPBACK) ||
      !CHECK_INT(sw_url_is_private(&u), want == PRIVATE)) {
    fprintf(stderr, "  host %s\n", host);
  }
}

static void networks_v4(void) {
  network("localhost", LOOPBACK);
  network("LocalHost", LOOPBACK);
  network("a.localhost", LOOPBACK);
  network("notlocalhost", PUBLIC);
  network("localhost.example", PUBLIC);
  network("127.0.0.1", LOOPBACK);
  network("127.255.255.255", LOOPBACK);
  network("126.255.255.255", PUBLIC);
  network("128.0.0.0", PUBLIC);
  network("2130706433", LOOPBACK);
  network("0x7f.1", LOOPBACK);
  network("0", PRIVATE);
  network("0.255.255.255", PRIVATE);
  network("1.0.0.0", PUBLIC);
  network("9.255.255.255", PUBLIC);
  network("10.0.0.0", PRIVATE);
  network("10.255.255.255", PRIVATE);
  network("11.0.0.0", PUBLIC);
  network("172.15.255.255", PUBLIC);
  network("172.16.0.0", PRIVATE);
  network("172.31.255.255", PRIVATE);
  network("172.32.0.0", PUBLIC);
  network("192.167.255.255", PUBLIC);
  network("192.168.0.0", PRIVATE);
  network("192.169.0.0", PUBLIC);
  network("169.253.255.255", PUBLIC);
  network("169.254.169.254", PRIVATE);
  network("2852039166", PRIVATE);
  network("169.255.0.0", PUBLIC);
  network("100.63.255.255", PUBLIC);
  network("100.64.0.0", PRIVATE);
  network("100.127.255.255", PRIVATE);
  network("100.128.0.0", PUBLIC);
  network("223.255.255.255", PUBLIC);
  network("224.0.0.1", PRIVATE);
  network("255.255.255.255", PRIVATE);
}

static void networks_v6(void) {
  network("[::1]", LOOPBACK);
  network("[0:0:0:0:0:0:0:1]", LOOPBACK);
  network("[::]", PRIVATE);
  network("[::2]", PRIVATE);
  network("[::ffff:127.0.0.1]", LOOPBACK);
  network("[::ffff:7f00:1]", LOOPBACK);
  network("[::ffff:10.0.0.1]", PRIVATE);
  network("[::ffff:169.254.169.254]", PRIVATE);
  network("[::ffff:8.8.8.8]", PUBLIC);
  network("[::10.0.0.1]", PRIVATE);
  network("[64:ff9b::10.0.0.1]", PRIVATE);
  network("[64:ff9b::8.8.8.8]", PUBLIC);
  network("[2002:a00:1::]", PRIVATE);
  network("[2002:808:808::]", PUBLIC);
  network("[fbff::1]", PUBLIC);
  network("[fc00::1]", PRIVATE);
  network("[fdff::1]", PRIVATE);
  network("[fe7f::1]", PUBLIC);
  network("[fe80::1]", PRIVATE);
  network("[febf::1]", PRIVATE);
  network("[ff02::1]", PRIVATE);
  network("[feff::1]", PRIVATE);
  network("[ffff::1]", PRIVATE);
  network("[::ffff:100.64.0.1]", PRIVATE);
  network("[::ffff:0.0.0.0]", PRIVATE);
  network("[::ffff:224.0.0.1]", PRIVATE);
  network("[::127.0.0.1]", LOOPBACK);
  network("[64:ff9b::7f00:1]", LOOPBACK);
  network("[64:ff9b::a9fe:a9fe]", PRIVATE);
  network("[2002:7f00:1::]", LOOPBACK);
  network("[2002:c0a8:1::]", PRIVATE);
  network("[100::1]", PUBLIC);
  network("[::1:0:0:1]", PUBLIC);
  network("[2606:4700::1111]", PUBLIC);
}

static int below(const char *text, const char *base) {
  struct sw_url u = must(text);
  struct sw_url b = must(base);
  int is_below = sw_url_is_below(&u, &b);
  CHECK_INT(sw_url_next_wrong(&u, &b) == NULL, is_below);
  return is_below;
}

static void paths(void) {
  static const char base[] = "https://shop.example/api/1.1/";
  CHECK(below("https://shop.example/api/1.1/", base));
  CHECK(below("https://SHOP.example:443/api/1.1/links/?page=2", base));
  CHECK(below("https://shop.example/api/1.1/a..b/.c/...", base));
  CHECK(!below("https://shop.example/api/1.1", base));
  CHECK(!below("https://shop.example/api/1.10/", base));
  CHECK(!below("https://shop.example/API/1.1/", base));
  CHECK(!below("https://shop.example/", base));
  CHECK(!below("http://shop.example/api/1.1/", base));
  CHECK(!below("https://shop.example:444/api/1.1/", base));
  CHECK(!below("https://shop.example.evil/api/1.1/", base));
  CHECK(!below("https://evil.example/api/1.1/", base));
  CHECK(!below("https://shop.example/api/1.1/../x", base));
  CHECK(!below("https://shop.example/api/1.1/a/..", base));
  CHECK(!below("https://shop.example/api/1.1/./x", base));
  CHECK(!below("https://shop.example/api/1.1/%2e%2E/x", base));
  CHECK(!below("https://shop.example/api/1.1/.%2e", base));
  CHECK(!below("https://shop.example/api/1.1/..%2fx", base));
  CHECK(!below("https://shop.example/api/1.1/a%5Cb", base));
  CHECK(below("https://a/b/c", "https://a/b"));
  CHECK(below("https://a/b", "https://a/b"));
  CHECK(!below("https://a/bc", "https://a/b"));
  CHECK(below("http://0x7f.1/x", "http://127.0.0.1/"));
  CHECK(below("http://[0::1]/x", "http://[::1]/"));
}

static void endpoint(const char *text, int http_ok, const char *wrong,
                     const char *normal) {
  struct sw_buf b;
  sw_buf_init(&b, 4096);
  CHECK_STR(sw_url_endpoint(&b, text, strlen(text), http_ok), wrong);
  CHECK_STRN(b.len == 0 ? "" : b.data, b.len, normal);
  sw_buf_free(&b);
}

static void endpoints(void) {
  struct sw_buf b;
  endpoint("https://WWW.instamojo.com/api/1.1", 0, NULL,
           "https://www.instamojo.com/api/1.1/");
  endpoint("https://a:443//", 0, NULL, "https://a/");
  endpoint("https://a:80/X//", 0, NULL, "https://a:80/X/");
  endpoint("http://localhost:8080", 0, NULL, "http://localhost:8080/");
  endpoint("http://[::1]:8080/a", 0, NULL, "http://[::1]:8080/a/");
  endpoint("http://0x7f.1/", 0, NULL, "http://127.0.0.1/");
  endpoint("http://a.example/", 0, "must be https", "");
  endpoint("http://10.0.0.1/", 0, "must be https", "");
  endpoint("http://a.example:80/s", 1, NULL, "http://a.example/s/");
  endpoint("https://a/?x", 0, "has a query (?)", "");
  endpoint("https://a/b/../c", 0,
           "has a dot segment or an escaped slash in its path", "");
  endpoint("a.example", 0, "is not an http:// or https:// address", "");
  sw_buf_init(&b, 8);
  CHECK_STR(sw_url_endpoint(&b, SW_LIT("https://a/"), 0), NULL);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
}

static int upload(const char *target, const char *base) {
  struct sw_url t = must(target);
  struct sw_url e = must(base);
  return sw_url_upload_wrong(&t, &e) == NULL;
}

static unsigned avoids(const char *target, const char *base) {
  struct sw_url t = must(target);
  struct sw_url e = must(base);
  return sw_url_upload_avoids(&t, &e);
}

/* Of a name only the endpoint's text tells what it may turn out to be. */
static void upload_networks(void) {
  static const char shop[] = "https://shop.example/api/1.1/";
  const unsigned inner = SW_NET_LOOPBACK | SW_NET_PRIVATE;
  CHECK_INT(avoids("https://files.example/put", shop), inner);
  CHECK_INT(avoids("https://shop.example.files/", shop), inner);
  CHECK_INT(avoids("https://127.0.0.1/", shop), inner);
  CHECK_INT(avoids("https://SHOP.example:8443/put", shop), 0);
  CHECK_INT(avoids("https://files.example/", "http://127.0.0.1:8080/"),
            SW_NET_PRIVATE);
  CHECK_INT(avoids("https://files.example/", "http://localhost/"),
            SW_NET_PRIVATE);
  CHECK_INT(avoids("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"), 0);
  CHECK_INT(avoids("https://files.example/", "https://192.168.1.5/"),
            SW_NET_LOOPBACK);
  CHECK_INT(avoids("https://files.example/", "https://8.8.8.8/"), inner);
}

static void uploads(void) {
  static const char shop[] = "https://www.instamojo.com/api/1.1/";
  static const char here[] = "http://127.0.0.1:8080/api/1.1/";
  static const char lan[] = "http://192.168.1.5/";
  CHECK(upload("https://files.example/put?sig=1", shop));
  CHECK(upload("https://www.instamojo.com/up", shop));
  CHECK(!upload("http://files.example/put", shop));
  CHECK(!upload("http://www.instamojo.com/up", shop));
  CHECK(!upload("https://localhost/up", shop));
  CHECK(!upload("https://127.0.0.1/up", shop));
  CHECK(!upload("https://2130706433/up", shop));
  CHECK(!upload("https://169.254.169.254/up", shop));
  CHECK(!upload("https://[::ffff:10.0.0.1]/up", shop));
  CHECK(upload("http://127.0.0.1:8080/up", here));
  CHECK(!upload("http://127.0.0.1:8081/up", here));
  CHECK(!upload("http://localhost:8080/up", here));
  CHECK(upload("https://localhost/up", here));
  CHECK(!upload("https://10.0.0.1/up", here));
  CHECK(upload("http://192.168.1.5/up", lan));
  CHECK(upload("https://10.0.0.1/up", lan));
  CHECK(!upload("https://127.0.0.1/up", lan));
}

int main(void) {
  taken_apart();
  addresses();
  refused();
  lengths();
  fields();
  networks_v4();
  networks_v6();
  paths();
  endpoints();
  uploads();
  upload_networks();
  return check_done();
}
