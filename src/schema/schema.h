/* schema/schema.h: a struct described once: decode, validate, encode, bind, describe, mask.
 * At most 64 fields, but for SCHEMA_WIDE. Tables are constant; any thread.
 *
 * How "absent" looks in the struct (JSON null, SQL NULL, member not sent):
 *   str: p == NULL · i64, e2: SCHEMA_NULL_I64 · f64: NaN · time: 0 · enum: -1 · obj, list, map,
 *   json: p/v == NULL · bool: false. Only FIELD_NULL fields may be sent as null. A field that is
 *   neither required nor sent takes `preset` when given, otherwise "absent" when FIELD_NULL,
 *   otherwise zero.
 * Limits: of numbers, min and max hold when one of them is not zero; a max below min is no limit,
 *   nor is an infinity; FIELD_OPEN_MIN makes even a min of 0 count. Of texts, lists and maps a
 *   limit of 0 is none, but lists end at 10,000 entries and maps at 20, with names of 1 to 50 code
 *   points. NUL is refused in texts, but for format "password".
 * An absent list or map that may not be null is encoded as [] or {}. */
#ifndef ENIGMA_SCHEMA_SCHEMA_H
#define ENIGMA_SCHEMA_SCHEMA_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/log.h"

enum field_type {
    F_STR,    /* struct str */
    F_I64,    /* int64_t */
    F_F64,    /* double */
    F_E2,     /* int64_t hundredths; JSON number with at most two decimals; SQL double */
    F_BOOL,   /* bool */
    F_TIME,   /* int64_t microseconds since 1970 UTC; JSON RFC 3339 */
    F_ENUM,   /* int32_t index into names; JSON and SQL the lower-case name */
    F_OBJ,    /* pointer: const void *, the nested struct in the arena */
    F_LIST,   /* struct list of nested structs (of), or of struct str when of is NULL */
    F_MAP_E2, /* struct list of struct e2_pair: an object of name -> number; SQL JSON text */
    F_JSON,   /* struct str: JSON text passed through, checked */
    F_BLOB,   /* struct str: bytes; SQL only */
    F_TYPE_COUNT_
};
enum field_flag {
    FIELD_REQUIRED = 1 << 0,
    FIELD_READONLY = 1 << 1,  /* ignored when a client sends it */
    FIELD_PII = 1 << 2,       /* sealed at rest, masked in logs, barred from prompts */
    FIELD_SECRET = 1 << 3,    /* never encoded, never echoed */
    FIELD_NULL = 1 << 4,      /* may be null */
    FIELD_OMIT_NULL = 1 << 5, /* when absent the member is left out of the JSON */
    FIELD_OPEN_MIN = 1 << 6,  /* min itself is not allowed: "greater_than" */
    FIELD_WORDS = 1 << 7,     /* a text that holds more than blanks */
};
#define SCHEMA_NULL_I64 INT64_MIN

struct names {
    const char *const *v;
    uint8_t n;
};
struct e2_pair {
    struct str name;
    int64_t e2;
};

struct schema;
struct field {
    const char *name, *doc; /* JSON key, column, option; one sentence for OpenAPI */
    enum field_type type;
    uint32_t flags, offset;
    double min, max;           /* value, or length in code points, or entries; both 0: none */
    const char *format;        /* F_STR: "email", "id", "hex64", "password"; checked by name */
    const struct names *names; /* F_ENUM */
    const struct schema *of;   /* F_OBJ, F_LIST */
    const char *preset;        /* value as text when not sent; options and queries */
};
struct schema {
    const char *name; /* OpenAPI component name, e.g. "ApplicationNew" */
    const struct field *fields;
    uint32_t size;
    uint8_t n;
};

/* FIELD_STR(struct application_new, essay, .flags = FIELD_REQUIRED, .min = 100, .max = 5000,
 *           .doc = "…"): a member of another type fails to compile. */
#define FIELD_CHECK_(S_, m_, T_)                                                                   \
    (0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((S_ *)0)->m_), T_) ? 1 : -1]))
#define FIELD_AS_(S_, m_, key_, type_, T_, ...)                                                    \
    {                                                                                              \
        .name = (key_), .type = (type_),                                                           \
        .offset = (uint32_t)(offsetof(S_, m_) + FIELD_CHECK_(S_, m_, T_)), __VA_ARGS__             \
    }
#define FIELD_STR(S_, m_, ...)    FIELD_AS_(S_, m_, #m_, F_STR, struct str, __VA_ARGS__)
#define FIELD_I64(S_, m_, ...)    FIELD_AS_(S_, m_, #m_, F_I64, int64_t, __VA_ARGS__)
#define FIELD_F64(S_, m_, ...)    FIELD_AS_(S_, m_, #m_, F_F64, double, __VA_ARGS__)
#define FIELD_E2(S_, m_, ...)     FIELD_AS_(S_, m_, #m_, F_E2, int64_t, __VA_ARGS__)
#define FIELD_BOOL(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_BOOL, bool, __VA_ARGS__)
#define FIELD_TIME(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_TIME, int64_t, __VA_ARGS__)
#define FIELD_ENUM(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_ENUM, int32_t, __VA_ARGS__)
#define FIELD_OBJ(S_, m_, ...)    FIELD_AS_(S_, m_, #m_, F_OBJ, const void *, __VA_ARGS__)
#define FIELD_LIST(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_LIST, struct list, __VA_ARGS__)
#define FIELD_MAP_E2(S_, m_, ...) FIELD_AS_(S_, m_, #m_, F_MAP_E2, struct list, __VA_ARGS__)
#define FIELD_JSON(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_JSON, struct str, __VA_ARGS__)
#define FIELD_BLOB(S_, m_, ...)   FIELD_AS_(S_, m_, #m_, F_BLOB, struct str, __VA_ARGS__)
/* The member is called m_, the JSON key or column key_. TYPE is STR, I64… with its C type. */
#define FIELD_NAMED(S_, m_, key_, type_, T_, ...) FIELD_AS_(S_, m_, key_, type_, T_, __VA_ARGS__)
/* const struct schema NAME over an array of fields. SCHEMA_WIDE: a table of settings, read by
 * schema_defaults and schema_decode_text alone, may be longer. */
#define SCHEMA_UP_TO_(ident_, name_, S_, fields_, max_)                                            \
    const struct schema ident_ = { .name = (name_),                                                \
                                   .fields = (fields_),                                            \
                                   .size = sizeof(S_),                                             \
                                   .n = sizeof(fields_) / sizeof((fields_)[0]) };                  \
    _Static_assert(sizeof(fields_) / sizeof((fields_)[0]) <= (max_), "too many fields")
#define SCHEMA(ident_, name_, S_, fields_) SCHEMA_UP_TO_(ident_, name_, S_, fields_, 64)
#define SCHEMA_WIDE(ident_, name_, S_, fields_)                                                    \
    SCHEMA_UP_TO_(ident_, name_, S_, fields_, SCHEMA_WIDE_MAX)
enum { SCHEMA_WIDE_MAX = 200 };

struct seen {
    uint64_t bits;
}; /* which fields were present, by index */
bool seen_has(const struct seen *seen, const struct schema *s, const char *field);

/* Strict: repeated, missing, mistyped or out-of-range fields fail as ERR_INVALID, every field
 * named with its loc path ("body", …) and pydantic's type and message (CONTRACT 1.2); unknown
 * fields are ignored. Strings borrow from `json`. seen non-NULL: PATCH rules (nothing is
 * required, presets are not applied). */
err schema_decode(struct ctx *c, const struct schema *s, struct str json, void *ret,
                  struct seen *seen);
/* The same from text pairs: a query string (loc "query", percent-decoded here) … */
err schema_decode_query(struct ctx *c, const struct schema *s, struct str query, void *ret);
/* … or one value by field, as options, environment and import need. loc: e.g. "option". A list of
 * strings is split at commas; objects, maps and lists of objects are JSON. */
err schema_decode_text(struct ctx *c, const char *loc, const struct field *f, struct str text,
                       void *ret_struct);
/* Zero, presets and "absent" as above. */
err schema_defaults(struct ctx *c, const struct schema *s, void *ret);

void schema_encode(const struct schema *s, const void *in, struct buf *out);
void schema_encode_list(const struct schema *s, const struct list *rows, struct buf *out);
/* JSON Schema (2020-12) of the object; nested schemas as $ref to #/components/schemas/NAME. */
void schema_describe(const struct schema *s, struct buf *out);
/* One field's JSON Schema, for query parameters. */
void schema_describe_field(const struct field *f, struct buf *out);
/* For logs: like encode, but PII and secrets show as "***". */
void schema_encode_masked(const struct schema *s, const void *in, struct buf *out);
/* Index of the name in an F_ENUM's names, or -1. */
int names_find(const struct names *names, struct str name);
#define NAMES(ident_, array_)                                                                      \
    const struct names ident_ = { (array_), sizeof(array_) / sizeof((array_)[0]) }

#endif
