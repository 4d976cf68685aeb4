/* Instamojo's calls, one row each: v1.1 whole, of v2 the script values.
   Facts only; how a row is carried out is none of this file's business.
   Evidence of a row is that of its path and shape. Where a bound has other
   evidence than its row, the help says so. */
#include "row.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FIELDS(list) (list), COUNT(list)
#define NO_FIELDS NULL, 0

static const struct sw_field page_fields[] = {
  {"page", SW_INT, 0, 1, 0, NULL, "page number, from 1"},
  {"limit", SW_INT, 0, 1, 500, NULL, "rows a page, 50 unless told"},
};

static const struct sw_field auth_fields[] = {
  {"username", SW_TEXT, SW_REQUIRED, 1, 0, NULL, "account name"},
  {"password", SW_TEXT, SW_REQUIRED | SW_HIDDEN, 1, 0, NULL, "its password"},
};

#define PRODUCT_FIELDS(must) \
  {"title", SW_TEXT, (must), 1, 200, NULL, "name of the product"}, \
  {"description", SW_TEXT, (must), 1, 0, NULL, "Markdown subset"}, \
  {"base_price", SW_MONEY, (must), 0, 0, NULL, "price; 0 is free"}, \
  {"currency", SW_CHOICE, (must) ? SW_PRESET : 0, 0, 0, "INR USD", \
   "INR, the default, or USD"}, \
  {"quantity", SW_INT, 0, 0, 0, NULL, "stock; 0 is unlimited"}, \
  {"file_upload", SW_FILE, 0, 0, 0, NULL, "path of the file to sell"}, \
  {"cover_image", SW_FILE, 0, 0, 0, NULL, "path of the cover image"}, \
  {"file_upload_json", SW_TEXT, SW_INTERNAL, 0, 0, NULL, \
   "the upload host's answer"}, \
  {"cover_image_json", SW_TEXT, SW_INTERNAL, 0, 0, NULL, \
   "the upload host's answer"}, \
  {"note", SW_TEXT, 0, 0, 0, NULL, "shown and mailed after payment"}, \
  {"start_date", SW_WHEN, 0, 0, 0, NULL, "event: YYYY-MM-DD HH:mm"}, \
  {"end_date", SW_WHEN, 0, 0, 0, NULL, "event: YYYY-MM-DD HH:mm"}, \
  {"venue", SW_TEXT, 0, 0, 0, NULL, "event: where"}, \
  {"timezone", SW_TEXT, 0, 0, 0, NULL, "event: such as Asia/Kolkata"}, \
  {"redirect_url", SW_URL, 0, 0, 0, NULL, "where the buyer lands"}, \
  {"webhook_url", SW_URL, 0, 0, 0, NULL, "told of each payment"}, \
  {"enable_pwyw", SW_BOOL, 0, 0, 0, NULL, "pay what you want"}, \
  {"enable_sign", SW_BOOL, 0, 0, 0, NULL, "only signed links may pay"}, \
  {"socialpay_platforms", SW_TEXT, 0, 0, 0, NULL, \
   "comma list of twitter, facebook, linkedin"}

static const struct sw_field link_create_fields[] = {
  PRODUCT_FIELDS(SW_REQUIRED),
};

static const struct sw_field link_edit_fields[] = {
  PRODUCT_FIELDS(0),
};

static const struct sw_field upload_fields[] = {
  {"fileUpload", SW_FILE, SW_REQUIRED, 0, 0, NULL, "the file's bytes"},
};

static const struct sw_field request_create_fields[] = {
  {"purpose", SW_TEXT, SW_REQUIRED, 1, 30, NULL, "what is paid for"},
  {"amount", SW_MONEY, SW_REQUIRED, 9, 200000, NULL, "9 to 200000"},
  {"buyer_name", SW_TEXT, 0, 0, 100, NULL, "name of the payer"},
  {"email", SW_TEXT, 0, 0, 75, NULL, "e-mail address of the payer"},
  {"phone", SW_TEXT, 0, 0, 20, NULL, "phone number of the payer"},
  {"send_email", SW_BOOL, 0, 0, 0, NULL, "mail the request; needs email"},
  {"send_sms", SW_BOOL, 0, 0, 0, NULL, "text the request; needs phone"},
  {"redirect_url", SW_URL, 0, 0, 0, NULL, "where the payer lands"},
  {"webhook", SW_URL, 0, 0, 0, NULL, "told of each payment; public"},
  {"allow_repeated_payments", SW_BOOL, 0, 0, 0, NULL, "true unless told"},
};

static const struct sw_field request_list_fields[] = {
  {"page", SW_INT, 0, 1, 0, NULL, "page number, from 1"},
  {"limit", SW_INT, 0, 1, 500, NULL, "rows a page, 50 unless told"},
  {"min_created_at", SW_TIME, 0, 0, 0, NULL, "created then or later"},
  {"max_created_at", SW_TIME, 0, 0, 0, NULL, "created then or earlier"},
  {"min_modified_at", SW_TIME, 0, 0, 0, NULL, "changed then or later"},
  {"max_modified_at", SW_TIME, 0, 0, 0, NULL, "changed then or earlier"},
};

static const struct sw_field refund_create_fields[] = {
  {"payment_id", SW_TEXT, SW_REQUIRED, 1, 0, NULL, "the payment to refund"},
  {"type", SW_CHOICE, SW_REQUIRED, 0, 0, "RFD TNR QFL QNR EWN TAN PTH",
   "the reason's code"},
  {"body", SW_TEXT, SW_REQUIRED, 1, 0, NULL, "the reason in words"},
  {"refund_amount", SW_MONEY, 0, 0, 0, NULL, "part of it; all unless told"},
  {"transaction_id", SW_TEXT, SW_TOKEN, 1, 64, NULL,
   "your own number for it; read from a client"},
};

static const struct sw_field values_fields[] = {
  {"values", SW_ITEMS, SW_REQUIRED, 1, 0, NULL,
   "{variable_id, value}, {id, value} or {id, is_active = false}"},
};

static const struct sw_row rows[] = {
  {"", "debug", "debug", "GET", "debug/", SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0,
   NO_FIELDS, NULL, NULL, NULL, SW_CLIENT, "Check the keys."},
  {"", "auth", "auth", "POST", "auth/", SW_FORM, SW_AUTH_KEY, SW_ONCE,
   SW_POSITIONAL | SW_SECRET_REPLY, FIELDS(auth_fields), "auth_token", NULL,
   NULL, SW_CLIENT,
   "Trade user name and password for the client's auth token."},

  {"links", "list", "links_list", "GET", "links/", SW_QUERY, SW_AUTH_PAIR,
   SW_SAFE, SW_PAGED, FIELDS(page_fields), "links", "slug", NULL, SW_CLIENT,
   "List products."},
  {"links", "get", "link_detail", "GET", "links/{slug}/", SW_NONE,
   SW_AUTH_PAIR, SW_SAFE, 0, NO_FIELDS, "link", NULL, NULL, SW_CLIENT,
   "Read one product."},
  {"links", "create", "link_create", "POST", "links/", SW_FORM, SW_AUTH_PAIR,
   SW_ONCE, 0, FIELDS(link_create_fields), "link", NULL, "links.list",
   SW_CLIENT, "Create a product, with its file and cover image."},
  {"links", "edit", "link_edit", "PATCH", "links/{slug}/", SW_FORM,
   SW_AUTH_PAIR, SW_IDEMPOTENT, 0, FIELDS(link_edit_fields), "link", NULL,
   NULL, SW_CLIENT, "Change the given fields of a product."},
  {"links", "delete", "link_delete", "DELETE", "links/{slug}/", SW_NONE,
   SW_AUTH_PAIR, SW_IDEMPOTENT, SW_GONE_IS_DONE, NO_FIELDS, NULL, NULL, NULL,
   SW_CLIENT, "Archive a product: its public address answers 404."},
  {"links", "upload_url", NULL, "GET", "links/get_file_upload_url/", SW_NONE,
   SW_AUTH_PAIR, SW_SAFE, 0, NO_FIELDS, "upload_url", NULL, NULL, SW_CLIENT,
   "Ask for a one-time address to upload a file to."},
  {"links", "upload", NULL, "POST", "", SW_MULTIPART, SW_AUTH_NOBODY,
   SW_ONCE, SW_INNER, FIELDS(upload_fields), NULL, NULL, NULL, SW_CLIENT,
   "Send a file to the address that upload_url gave."},

  {"payments", "list", "payments_list", "GET", "payments/", SW_QUERY,
   SW_AUTH_PAIR, SW_SAFE, SW_PAGED, FIELDS(page_fields), "payments",
   "payment_id", NULL, SW_CLIENT, "List payments."},
  {"payments", "get", "payment_detail", "GET", "payments/{payment_id}/",
   SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0, NO_FIELDS, "payment", NULL, NULL,
   SW_DOCUMENTED, "Read one payment."},

  {"payment_requests", "create", "payment_request_create", "POST",
   "payment-requests/", SW_FORM, SW_AUTH_PAIR, SW_ONCE, 0,
   FIELDS(request_create_fields), "payment_request", NULL,
   "payment_requests.list", SW_DOCUMENTED, "Ask somebody for a payment."},
  {"payment_requests", "list", "payment_requests_list", "GET",
   "payment-requests/", SW_QUERY, SW_AUTH_PAIR, SW_SAFE, SW_PAGED,
   FIELDS(request_list_fields), "payment_requests", "id", NULL,
   SW_DOCUMENTED, "List payment requests."},
  {"payment_requests", "get", "payment_request_status", "GET",
   "payment-requests/{id}/", SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0, NO_FIELDS,
   "payment_request", NULL, NULL, SW_CLIENT,
   "Read a payment request with its payments."},
  {"payment_requests", "payment", "payment_request_payment_status", "GET",
   "payment-requests/{id}/{payment_id}/", SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0,
   NO_FIELDS, "payment_request", NULL, NULL, SW_DOCUMENTED,
   "Read a payment request with one of its payments."},
  {"payment_requests", "enable", NULL, "POST", "payment-requests/{id}/enable/",
   SW_FORM, SW_AUTH_PAIR, SW_IDEMPOTENT, 0, NO_FIELDS, NULL, NULL, NULL,
   SW_CLIENT, "Let a payment request be paid again."},
  {"payment_requests", "disable", NULL, "POST",
   "payment-requests/{id}/disable/", SW_FORM, SW_AUTH_PAIR, SW_IDEMPOTENT, 0,
   NO_FIELDS, NULL, NULL, NULL, SW_CLIENT,
   "Stop a payment request from being paid."},

  {"refunds", "create", "refund_create", "POST", "refunds/", SW_FORM,
   SW_AUTH_PAIR, SW_ONCE, 0, FIELDS(refund_create_fields), "refund", NULL,
   "refunds.list", SW_CLIENT, "Refund a payment, in part or whole."},
  {"refunds", "list", "refunds_list", "GET", "refunds/", SW_QUERY,
   SW_AUTH_PAIR, SW_SAFE, SW_PAGED, FIELDS(page_fields), "refunds", "id",
   NULL, SW_CLIENT, "List refunds."},
  {"refunds", "get", "refund_detail", "GET", "refunds/{id}/", SW_NONE,
   SW_AUTH_PAIR, SW_SAFE, 0, NO_FIELDS, "refund", NULL, NULL, SW_CLIENT,
   "Read one refund."},

  {"script_values", "get", NULL, "GET", "store/scriptvalues/{app_id}/",
   SW_NONE, SW_AUTH_BEARER, SW_SAFE, 0, NO_FIELDS, NULL, NULL, NULL,
   SW_DOCUMENTED, "Read an app's script and its values."},
  {"script_values", "update", NULL, "PATCH", "store/scriptvalues/{app_id}/",
   SW_JSON, SW_AUTH_BEARER, SW_IDEMPOTENT, SW_POSITIONAL | SW_ADDS_ARE_ONCE,
   FIELDS(values_fields), NULL, NULL, "script_values.get", SW_DOCUMENTED,
   "Add, change and remove values in one call."},
};

const struct sw_service sw_instamojo = {
  "instamojo", rows, COUNT(rows), NULL, 0, NULL, 0, NULL, 0,
};
