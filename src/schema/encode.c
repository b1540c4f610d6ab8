/* From struct to JSON, straight off the field table. */
#include "base/str.h"
#include "codec/json.h"
#include "codec/time.h"
#include "schema/decode.h"

enum { ENCODE_DEPTH_MAX = 16 };

struct encoder {
    struct buf *out;
    bool masked;
    unsigned depth;
};

static void encode_object(struct encoder *e, const struct schema *s, const void *in);

static void encode_list(struct encoder *e, const struct schema *of, const struct list *rows)
{
    const char *row = rows->v;
    size_t size = of ? of->size : sizeof(struct str);
    buf_c(e->out, '[');
    for (size_t i = 0; i < rows->n; i++, row += size) {
        if (i)
            buf_c(e->out, ',');
        if (of)
            encode_object(e, of, row);
        else
            json_write_str(e->out, *(const struct str *)(const void *)row);
    }
    buf_c(e->out, ']');
}

static void encode_map(struct encoder *e, const struct list *rows)
{
    const struct e2_pair *pairs = rows->v;
    buf_c(e->out, '{');
    for (size_t i = 0; i < rows->n; i++) {
        if (i)
            buf_c(e->out, ',');
        json_write_str(e->out, pairs[i].name);
        buf_c(e->out, ':');
        json_write_e2(e->out, pairs[i].e2);
    }
    buf_c(e->out, '}');
}

static void encode_time(struct buf *out, int64_t us)
{
    buf_c(out, '"');
    time_write(out, us);
    buf_c(out, '"');
}

static void encode_enum(struct buf *out, const struct names *names, int32_t i)
{
    if (i >= 0 && i < names->n)
        json_write_str(out, str_of(names->v[i]));
    else
        buf_lit(out, "null");
}

/* A value that is there. */
static void encode_value(struct encoder *e, const struct field *f, const void *slot)
{
    struct buf *out = e->out;
    switch (f->type) {
    case F_STR:
        json_write_str(out, *(const struct str *)slot);
        return;
    case F_I64:
        buf_i64(out, *(const int64_t *)slot);
        return;
    case F_F64:
        json_write_f64(out, *(const double *)slot);
        return;
    case F_E2:
        json_write_e2(out, *(const int64_t *)slot);
        return;
    case F_BOOL:
        buf_str(out, *(const bool *)slot ? S("true") : S("false"));
        return;
    case F_TIME:
        encode_time(out, *(const int64_t *)slot);
        return;
    case F_ENUM:
        encode_enum(out, f->names, *(const int32_t *)slot);
        return;
    case F_OBJ:
        encode_object(e, f->of, *(const void *const *)slot);
        return;
    case F_LIST:
        encode_list(e, f->of, slot);
        return;
    case F_MAP_E2:
        encode_map(e, slot);
        return;
    case F_JSON:
        buf_str(out, *(const struct str *)slot);
        return;
    case F_BLOB:
    case F_TYPE_COUNT_:
    default:
        buf_lit(out, "null");
        return;
    }
}

/* An empty list that may not be null is shown as empty. */
static void encode_absent(struct buf *out, const struct field *f)
{
    if (f->type == F_LIST && !(f->flags & FIELD_NULL))
        buf_lit(out, "[]");
    else if (f->type == F_MAP_E2 && !(f->flags & FIELD_NULL))
        buf_lit(out, "{}");
    else
        buf_lit(out, "null");
}

static void encode_key(struct buf *out, const char *name, bool first)
{
    size_t n = strlen(name);
    char *p = buf_room(out, n + 4);
    if (!p)
        return;
    char *q = p;
    if (!first)
        *q++ = ',';
    *q++ = '"';
    memcpy(q, name, n + 1); /* its NUL gives way to the quote */
    q += n;
    *q++ = '"';
    *q++ = ':';
    out->n += (size_t)(q - p);
}

static void encode_object(struct encoder *e, const struct schema *s, const void *in)
{
    const uint32_t hidden = FIELD_PII | FIELD_SECRET;
    bool first = true;
    if (e->depth == ENCODE_DEPTH_MAX) {
        buf_lit(e->out, "null");
        return;
    }
    e->depth++;
    buf_c(e->out, '{');
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        const void *slot = (const char *)in + f->offset;
        if (f->type == F_BLOB || (f->flags & FIELD_SECRET && !e->masked))
            continue;
        bool absent = field_is_absent(f, slot);
        if (absent && f->flags & FIELD_OMIT_NULL)
            continue;
        encode_key(e->out, f->name, first);
        first = false;
        if (e->masked && f->flags & hidden)
            buf_lit(e->out, "\"***\"");
        else if (absent)
            encode_absent(e->out, f);
        else
            encode_value(e, f, slot);
    }
    buf_c(e->out, '}');
    e->depth--;
}

void schema_encode(const struct schema *s, const void *in, struct buf *out)
{
    struct encoder e = { .out = out };
    encode_object(&e, s, in);
}

void schema_encode_list(const struct schema *s, const struct list *rows, struct buf *out)
{
    struct encoder e = { .out = out };
    encode_list(&e, s, rows);
}

void schema_encode_masked(const struct schema *s, const void *in, struct buf *out)
{
    struct encoder e = { .out = out, .masked = true };
    encode_object(&e, s, in);
}
