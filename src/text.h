/* Bytes as text: UTF-8, showing foreign bytes safely, escaping for addresses,
   forms, headers and shells. Must not know: Lua, libcurl, the services.
   Functions that append return what sw_buf_add returns: 0, or -1 with the
   buffer's fault set. What is wrong is a constant predicate for a sentence
   ("is empty", "contains a slash"), or NULL when nothing is. */
#ifndef SW_TEXT_H
#define SW_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Length 1 to 4 of the character at p and its number in *code, or 0 where no
   strict UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF)
   begins. code may be NULL. n is what is left; 0 gives 0. */
size_t sw_utf8_next(const char *p, size_t n, uint32_t *code);
/* 1 when all n bytes are strict UTF-8; *chars gets the count of characters
   (up to the first fault when 0 is returned). chars may be NULL. */
int sw_utf8_valid(const char *p, size_t n, size_t *chars);
/* Appends the character as UTF-8; a surrogate or a number past U+10FFFF
   becomes U+FFFD. */
int sw_utf8_add(struct sw_buf *b, uint32_t code);

/* Appends bytes of unknown origin for a person to read: at most `cap` bytes
   of output and then an ellipsis, cut between characters. Control characters,
   DEL, C1, line separators, bidirectional controls and other invisible
   characters become \n, \r, \t, \xNN or \u{N}; bytes that are not UTF-8
   become \xNN; a backslash stays as it is. */
int sw_text_show(struct sw_buf *b, const char *p, size_t n, size_t cap);

/* %XX for every byte but A-Z a-z 0-9 - . _ ~ : one path segment. */
int sw_escape_path(struct sw_buf *b, const char *p, size_t n);
/* The same set: a name or a value in a query. */
int sw_escape_query(struct sw_buf *b, const char *p, size_t n);
/* application/x-www-form-urlencoded (WHATWG): space is +, and * - . _ stay
   beside letters and digits. */
int sw_escape_form(struct sw_buf *b, const char *p, size_t n);
/* 'text' for a shell. What sw_text_show would escape is written in $'\ooo'
   pieces between the quotes (sh of POSIX 2024, bash, zsh), so that the line
   is safe to look at too. The bytes come out exactly, but for a NUL, which
   no argument can hold: it is left out. */
int sw_escape_shell(struct sw_buf *b, const char *p, size_t n);

/* May these bytes stand in for a {name} in a path? */
const char *sw_path_arg_wrong(const char *p, size_t n);
/* May these bytes be the value (the name) of a header? */
const char *sw_header_value_wrong(const char *p, size_t n);
const char *sw_header_name_wrong(const char *p, size_t n);

/* ASCII only, whatever the locale. */
char sw_lower(char c);
int sw_is_digit(char c);
int sw_is_alnum(char c);
/* 1 when equal but for ASCII case. */
int sw_same_case(const char *a, size_t an, const char *b, size_t bn);
/* Below, at or above 0, after folding to lower case. */
int sw_compare_case(const char *a, size_t an, const char *b, size_t bn);

#endif
