/* codec/json.h: strict JSON (RFC 8259) reader and writer. Pure and bounded; any thread.
 * Reader: UTF-8 checked, no duplicate names (json_member remembers those of the open objects),
 * no lone surrogates, no trailing bytes, numbers finite and <= JSON_NUMBER_MAX bytes, depth <=
 * JSON_DEPTH_MAX, members per object <= JSON_MEMBERS_MAX. It is a pull parser: no tree is built. */
#ifndef ENIGMA_CODEC_JSON_H
#define ENIGMA_CODEC_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 1024, JSON_NUMBER_MAX = 512 };
/* Names of open objects that need no memory of their own. */
enum { JSON_NAMES_INLINE = 24 };
enum json_type {
    JSON_END,
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
    JSON_BAD
};

struct json_name {
    struct str name;
    uint32_t hash;
};
/* May be copied to mark a place and assigned back to return to it. */
struct json {
    const char *at, *begin, *end;
    const char *error; /* static text in Python's json wording, e.g. "Expecting value" */
    size_t error_at;   /* byte offset of the first error */
    struct arena *mem; /* unescaped strings that cannot borrow live here */
    unsigned depth;
    struct str error_name; /* with json_error_duplicate: the name */
    /* The rest is the reader's own: names of all open objects, outermost first. */
    struct json_name *names; /* NULL: still in few */
    uint32_t n_names, names_cap;
    uint32_t base[JSON_DEPTH_MAX + 1];   /* where each open object's names begin */
    uint16_t *index[JSON_DEPTH_MAX + 1]; /* hash slots, for objects with many names */
    struct json_name few[JSON_NAMES_INLINE];
};
/* Two errors that callers tell apart, by address. */
extern const char json_error_duplicate[], json_error_memory[];

void json_init(struct json *j, struct str text, struct arena *mem);
/* The type of the next value, without taking it (leading blanks are skipped). */
enum json_type json_peek(struct json *j);
/* Each takes one value; false leaves the error set. A string borrows from the text when it has
 * no escapes, otherwise lives in mem. */
bool json_null(struct json *j);
bool json_bool(struct json *j, bool *ret);
bool json_string(struct json *j, struct str *ret);
/* The number's own text, already checked against the grammar and finite as a double. */
bool json_number(struct json *j, struct str *ret);
bool json_enter_object(struct json *j);
/* Next member: *ret_more says whether there is one; its name is taken, its value is next. With
 * json_error_duplicate the outputs are written all the same: json_forgive, take the value, go on.
 */
bool json_member(struct json *j, bool first, bool *ret_more, struct str *ret_name);
bool json_enter_array(struct json *j);
bool json_element(struct json *j, bool first, bool *ret_more);
/* Forget a json_error_duplicate, for callers that report it and read on. */
void json_forgive(struct json *j);
/* Takes any value whole, checking it, duplicates included; *ret is its text, untouched. */
bool json_skip(struct json *j, struct str *ret);
/* Only blanks may follow. */
bool json_finish(struct json *j);
/* The whole text is one valid value, no duplicate names at any level. */
bool json_valid(struct str text, struct arena *mem);

/* Number texts. Each says false when the text is not such a number. */
bool json_to_i64(struct str number, int64_t *ret);
bool json_to_f64(struct str number, double *ret);
/* Exact hundredths: at most two decimals after trailing zeros are dropped; no rounding. */
bool json_to_e2(struct str number, int64_t *ret);

/* Writer: compact, valid UTF-8 expected (bad bytes become U+FFFD). */
void json_write_str(struct buf *b, struct str s); /* with quotes; absent: null */
/* The same in ASCII alone, as Python's json.dumps writes it: the rest as \uXXXX. */
void json_write_ascii(struct buf *b, struct str s);
void json_write_f64(struct buf *b, double v);          /* shortest round trip; NaN/inf: null */
void json_write_e2(struct buf *b, int64_t hundredths); /* 8615 -> 86.15, 8600 -> 86.0 */

#endif
