/* schema/decode.h: what the decoder's files share; for this room only. A decoder belongs to one
 * thread and lives on its stack. Functions that return bool say false only when the document
 * cannot be read on (syntax, memory); a broken rule is an issue and the reading goes on. */
#ifndef ENIGMA_SCHEMA_DECODE_H
#define ENIGMA_SCHEMA_DECODE_H

#include "codec/json.h"
#include "schema/schema.h"

enum {
    ECHO_MAX = 8192,        /* bytes of input repeated in an issue */
    ISSUE_TEXT_MAX = 65536, /* bytes of one loc, msg, ctx or quoted input */
    LIST_MAX = 10000,       /* entries of a list whose field gives no max */
    MAP_MAX = 20,           /* the same for a map */
    MAP_NAME_MAX = 50,      /* code points */
};

/* A step of a loc path: a name, or an index when the name is absent. */
struct place {
    const struct place *up;
    struct str name;
    size_t index;
};

struct decoder {
    struct ctx *c;
    struct json j;
    size_t n;                        /* issues kept, at most FAULT_ISSUES_MAX */
    bool failed;                     /* an issue was found, kept or not */
    bool no_room;                    /* the arena is full */
    uint8_t order[FAULT_ISSUES_MAX]; /* field numbers, to list issues as the table does */
    struct issue issues[FAULT_ISSUES_MAX];
};

/* One value on its way: what it is checked against and how it is echoed. */
struct value {
    const struct field *f; /* NULL for a whole object */
    const struct place *at;
    struct str input; /* JSON text, or plain text when quote is set */
    bool quote;
    bool mask; /* the text may hold a secret */
};

/* issue.c */
void decoder_init(struct decoder *d, struct ctx *c);
void issue_add(struct decoder *d, const struct value *v, const char *type, struct str msg,
               struct str ctx);
/* A fresh text in the context's arena; end it with issue_text_end. */
void issue_text(struct decoder *d, struct buf *b);
struct str issue_text_end(struct decoder *d, const struct buf *b);
/* Puts the issues from `from` on in the order of their fields. */
void issues_sort(struct decoder *d, size_t from);
bool schema_has_secret(const struct schema *s);
/* The verdict: ERR_OK, or the fault with all issues. `sound` is false after a hard stop. */
err decoder_end(struct decoder *d, const char *root, bool sound);

/* decode_check.c: rules shared by JSON and text values; they add issues. */
void check_str(struct decoder *d, const struct value *v, struct str s);
bool check_range(struct decoder *d, const struct value *v, double x); /* false: issue added */
void check_count(struct decoder *d, const struct value *v, const char *what, size_t n);
void check_enum(struct decoder *d, const struct value *v, struct str s, int32_t *ret);
void check_time(struct decoder *d, const struct value *v, struct str s, int64_t *ret);
void check_e2(struct decoder *d, const struct value *v, struct str number, int64_t *ret);
void check_whole(struct decoder *d, const struct value *v, struct str number, int64_t *ret);
void issue_enum(struct decoder *d, const struct value *v);

/* decode_value.c */
bool decode_value(struct decoder *d, const struct field *f, const struct place *at, void *slot);
bool decode_object(struct decoder *d, const struct place *at, const struct schema *s, void *ret,
                   struct seen *seen);

/* decode_text.c: one value from plain text. */
bool decode_text(struct decoder *d, const struct field *f, const struct place *at, struct str text,
                 void *slot);

/* defaults.c */
void field_set_absent(const struct field *f, void *slot);
/* The value of a field that was not sent; presets only when asked for. */
bool field_set_default(struct decoder *d, const struct field *f, void *slot, bool presets);
bool field_is_absent(const struct field *f, const void *slot);

/* email.c: the reason why it is no address, or NULL. */
const char *email_fault(struct str s);

static inline void *field_slot(const struct field *f, void *base)
{
    return (char *)base + f->offset;
}

#endif
