/* Every remote call is one row: this file says what a row is.
   A row holds no function pointer; a call that needs code is a Lua function
   that calls rows. Must not know: Lua, libcurl, any one service. */
#ifndef SW_ROW_H
#define SW_ROW_H

#include <stddef.h>

enum sw_kind {
  SW_TEXT,   /* bytes of valid UTF-8; min and max count characters */
  SW_INT,    /* integer; min and max are its bounds */
  SW_MONEY,  /* decimal text, integer, or float of two places at most;
                min and max are whole units */
  SW_BOOL,   /* true or false on the wire */
  SW_URL,    /* http or https address */
  SW_WHEN,   /* YYYY-MM-DD HH:mm */
  SW_TIME,   /* ISO 8601 date-time or date */
  SW_CHOICE, /* one of `choices`, a space-separated list */
  SW_FILE,   /* a local path: uploaded first, sent as NAME_json */
  SW_ITEMS,  /* a list of script value items, JSON body only */
  SW_ID,     /* a number that names something: integer or its digits */
  SW_FLAG,   /* true or false, 1 or 0 on the wire */
  SW_PLACE,  /* the number of a country or zone; text goes out with a
                warning, or is refused when the account is strict */
  SW_CODE,   /* a code in capital letters */
  SW_OPTIONS, /* a map from number to value or list of values, none empty */
  SW_MAP,    /* the same; a value may be empty */
  SW_LIST    /* a list of entries, each made of a part's fields */
};

enum sw_field_flag {
  SW_REQUIRED = 1,
  SW_HIDDEN = 2,     /* never in an error, a log or a dump */
  SW_INTERNAL = 4,   /* set by our own Lua, refused from scripts */
  SW_TOKEN = 8,      /* at most letters, digits, - and _ */
  SW_PRESET = 16,    /* when absent, the first of `choices` is sent */
  SW_ESCAPED = 32,   /* min and max count the text trimmed and with HTML
                        entities, as the server does */
  SW_NARROW = 64     /* no character of four bytes: the server loses it */
};

struct sw_field {
  const char *name;
  enum sw_kind kind;
  unsigned flags; /* enum sw_field_flag */
  long min;
  long max; /* 0: no bound */
  const char *choices;
  const char *help;
};

enum sw_body {
  SW_NONE,     /* no body */
  SW_QUERY,    /* fields go into the query */
  SW_FORM,     /* application/x-www-form-urlencoded */
  SW_JSON,     /* application/json */
  SW_MULTIPART /* one file part, to an address that came in a reply */
};

enum sw_class {
  SW_SAFE,       /* reads */
  SW_IDEMPOTENT, /* the same twice as once */
  SW_KEYED,      /* can be looked up by a key that we chose */
  SW_ONCE        /* never sent twice */
};

enum sw_auth {
  SW_AUTH_PAIR,   /* X-Api-Key and X-Auth-Token */
  SW_AUTH_KEY,    /* X-Api-Key only */
  SW_AUTH_BEARER, /* Authorization: Bearer */
  SW_AUTH_NOBODY, /* no credential at all */
  SW_AUTH_SESSION, /* index.php?route=PATH&api_token=…: a session's call */
  SW_AUTH_LOGIN   /* the same without a token; user and key in the form */
};

enum sw_row_flag {
  SW_POSITIONAL = 1,  /* fields are given as arguments, in their order */
  SW_PAGED = 2,       /* page and limit, 1-based */
  SW_GONE_IS_DONE = 4, /* a 404 on a repeated call is success */
  SW_SECRET_REPLY = 8, /* the reply carries a credential: never to Lua */
  SW_ADDS_ARE_ONCE = 16, /* an item without an id makes the call once-only */
  SW_INNER = 32,      /* a step of other calls: no method of its own */
  SW_SLOW = 64,       /* 60 seconds at least, unless the call says less */
  SW_PRICED = 128     /* the reply holds money as formatted text */
};

enum sw_evidence { SW_DOCUMENTED, SW_CLIENT, SW_INFERRED, SW_SEEN };

struct sw_row {
  const char *group; /* "" for calls of the client itself */
  const char *name;
  const char *flat;  /* the name in the old document, or NULL */
  const char *verb;
  const char *path;  /* relative; {name} is a path argument */
  enum sw_body body;
  enum sw_auth auth;
  enum sw_class retry;
  unsigned flags; /* enum sw_row_flag */
  const struct sw_field *fields;
  size_t field_count;
  const char *reply;  /* key to unwrap, or NULL: the whole object */
  const char *id;     /* key of a list's rows that tells them apart */
  const char *lookup; /* "group.name" of the row that reads evidence */
  enum sw_evidence evidence;
  const char *help;   /* one line, 80 characters at most */
};

/* What a session remembers on the server. */
struct sw_slot {
  const char *name;
  const char *step; /* what a script does to set it */
};

/* What a row does to the slots; bits as in the service's list of them. */
struct sw_effect {
  const char *row; /* "group.name" */
  unsigned needs;
  unsigned sets;
  unsigned drops; /* by success */
  unsigned fails; /* dropped by a refusal */
  const char *when; /* names of effects that depend on values, or "" */
};

/* The fields of one entry of a list field. */
struct sw_part {
  const char *field;
  const struct sw_field *fields;
  size_t count;
};

struct sw_service {
  const char *name;
  const struct sw_row *rows;
  size_t count;
  const struct sw_slot *slots;
  size_t slot_count;
  const struct sw_effect *effects;
  size_t effect_count;
  const struct sw_part *parts;
  size_t part_count;
};

extern const struct sw_service sw_instamojo, sw_invotide;

#endif
