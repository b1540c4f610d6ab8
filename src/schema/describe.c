/* Field tables as JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
#include "base/str.h"
#include "codec/json.h"
#include "schema/decode.h"

#include <math.h>

static void put_text(struct buf *out, const char *key, const char *text)
{
    buf_fmt(out, ",\"%s\":", key);
    json_write_str(out, str_of(text));
}

static void put_count(struct buf *out, const char *key, double n)
{
    buf_fmt(out, ",\"%s\":%lld", key, (long long)n);
}

/* The opening of a schema: {"type":"T" or, when null may be sent, {"type":["T","null"] */
static void open_type(struct buf *out, const struct field *f, const char *type)
{
    if (f->flags & FIELD_NULL)
        buf_fmt(out, "{\"type\":[\"%s\",\"null\"]", type);
    else
        buf_fmt(out, "{\"type\":\"%s\"", type);
}

static void describe_str(const struct field *f, struct buf *out)
{
    struct str format = str_of(f->format);
    open_type(out, f, "string");
    if (f->min > 0)
        put_count(out, "minLength", f->min);
    if (f->max > 0)
        put_count(out, "maxLength", f->max);
    if (str_eq(format, S("id")))
        put_text(out, "pattern", "^[A-Za-z0-9_-]{1,50}$");
    else if (str_eq(format, S("hex64")))
        put_text(out, "pattern", "^[0-9a-f]{64}$");
    else if (format.n)
        put_text(out, "format", f->format);
}

static void put_limit(struct buf *out, const struct field *f, const char *key, double limit)
{
    buf_fmt(out, ",\"%s\":", key);
    if (f->type == F_I64)
        buf_i64(out, (int64_t)limit);
    else
        json_write_f64(out, limit);
}

/* The same reading of min and max as the decoder's. */
static void describe_number(const struct field *f, struct buf *out)
{
    bool none = f->min == 0 && f->max == 0;
    open_type(out, f, f->type == F_I64 ? "integer" : "number");
    if (f->flags & FIELD_OPEN_MIN)
        put_limit(out, f, "exclusiveMinimum", f->min);
    else if (!none && isfinite(f->min))
        put_limit(out, f, "minimum", f->min);
    if (!none && f->max >= f->min && isfinite(f->max))
        put_limit(out, f, "maximum", f->max);
}

static void describe_enum(const struct field *f, struct buf *out)
{
    open_type(out, f, "string");
    buf_lit(out, ",\"enum\":[");
    for (unsigned i = 0; i < f->names->n; i++) {
        if (i)
            buf_c(out, ',');
        json_write_str(out, str_of(f->names->v[i]));
    }
    buf_str(out, f->flags & FIELD_NULL ? S(",null]") : S("]"));
}

static void put_ref(struct buf *out, const struct schema *of)
{
    buf_fmt(out, "{\"$ref\":\"#/components/schemas/%s\"", of->name);
}

static void describe_obj(const struct field *f, struct buf *out)
{
    if (!(f->flags & FIELD_NULL)) {
        put_ref(out, f->of);
        return;
    }
    buf_lit(out, "{\"anyOf\":[");
    put_ref(out, f->of);
    buf_lit(out, "},{\"type\":\"null\"}]");
}

static void describe_list(const struct field *f, struct buf *out)
{
    open_type(out, f, "array");
    buf_lit(out, ",\"items\":");
    if (f->of)
        put_ref(out, f->of);
    else
        buf_lit(out, "{\"type\":\"string\"");
    buf_c(out, '}');
    if (f->min > 0)
        put_count(out, "minItems", f->min);
    put_count(out, "maxItems", f->max > 0 ? f->max : LIST_MAX);
}

static void describe_map(const struct field *f, struct buf *out)
{
    open_type(out, f, "object");
    buf_fmt(out,
            ",\"additionalProperties\":{\"type\":\"number\"},"
            "\"propertyNames\":{\"minLength\":1,\"maxLength\":%d}",
            MAP_NAME_MAX);
    if (f->min > 0)
        put_count(out, "minProperties", f->min);
    put_count(out, "maxProperties", f->max > 0 ? f->max : MAP_MAX);
}

/* Everything up to the type's own closing brace. */
static void describe_type(const struct field *f, struct buf *out)
{
    switch (f->type) {
    case F_STR:
        describe_str(f, out);
        return;
    case F_I64:
    case F_F64:
    case F_E2:
        describe_number(f, out);
        return;
    case F_BOOL:
        open_type(out, f, "boolean");
        return;
    case F_TIME:
        open_type(out, f, "string");
        put_text(out, "format", "date-time");
        return;
    case F_ENUM:
        describe_enum(f, out);
        return;
    case F_OBJ:
        describe_obj(f, out);
        return;
    case F_LIST:
        describe_list(f, out);
        return;
    case F_MAP_E2:
        describe_map(f, out);
        return;
    case F_JSON:
    case F_BLOB:
    case F_TYPE_COUNT_:
    default:
        buf_lit(out, "{\"$comment\":\"any JSON value\"");
        return;
    }
}

/* Numbers and truth values stand bare in JSON, everything else in quotes. */
static void put_default(const struct field *f, struct buf *out)
{
    bool bare = f->type == F_I64 || f->type == F_F64 || f->type == F_E2 || f->type == F_BOOL ||
                f->type == F_JSON || f->type == F_MAP_E2 || f->type == F_OBJ ||
                (f->type == F_LIST && f->of);
    if (bare)
        buf_fmt(out, ",\"default\":%s", f->preset);
    else if (f->type != F_LIST)
        put_text(out, "default", f->preset);
}

void schema_describe_field(const struct field *f, struct buf *out)
{
    describe_type(f, out);
    if (f->doc)
        put_text(out, "description", f->doc);
    if (f->preset && !(f->flags & FIELD_SECRET))
        put_default(f, out);
    if (f->flags & FIELD_READONLY)
        buf_lit(out, ",\"readOnly\":true");
    if (f->flags & FIELD_SECRET)
        buf_lit(out, ",\"writeOnly\":true");
    buf_c(out, '}');
}

static void describe_required(const struct schema *s, struct buf *out)
{
    bool any = false;
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (!(f->flags & FIELD_REQUIRED) || f->type == F_BLOB)
            continue;
        buf_str(out, any ? S(",") : S(",\"required\":["));
        json_write_str(out, str_of(f->name));
        any = true;
    }
    if (any)
        buf_c(out, ']');
}

void schema_describe(const struct schema *s, struct buf *out)
{
    bool first = true;
    buf_lit(out, "{\"type\":\"object\",\"properties\":{");
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (f->type == F_BLOB)
            continue;
        if (!first)
            buf_c(out, ',');
        first = false;
        json_write_str(out, str_of(f->name));
        buf_c(out, ':');
        schema_describe_field(f, out);
    }
    buf_c(out, '}');
    describe_required(s, out);
    buf_c(out, '}');
}
