/* Spans as stored text, corrected, and rendered. */
#include "service/scrub_spans.h"

#include "base/str.h"
#include "codec/json.h"

enum { RULE_MAX = 60, PLACEHOLDER_MAX = 80 };

static const char *const field_text[] = { "essay", "achievements" };
static const char *const action_text[] = { "redact", "restore" };
static const char *const scrub_text_[] = { "remove", "keep", "neutralise" };
static const char *const type_text[] = {
#define X(id, name, word, numbered, original) name,
    SCRUB_TYPE_MAP(X)
#undef X
};
static const char *const type_word[] = {
#define X(id, name, word, numbered, original) word,
    SCRUB_TYPE_MAP(X)
#undef X
};
NAMES(scrub_field_names, field_text);
NAMES(correction_action_names, action_text);
NAMES(scrub_type_names, type_text);
static NAMES(scrub_action_names, scrub_text_);

static const struct field span_fields[] = {
    FIELD_ENUM(struct stored_span, field, .names = &scrub_field_names),
    FIELD_I64(struct stored_span, start, .doc = "Byte of the original where the span begins."),
    FIELD_I64(struct stored_span, end, .doc = "Byte behind the span."),
    FIELD_ENUM(struct stored_span, type, .names = &scrub_type_names),
    FIELD_STR(struct stored_span, rule, .doc = "Which rule found it; review: a person."),
    FIELD_I64(struct stored_span, confidence, .min = 0, .max = 100),
    FIELD_ENUM(struct stored_span, action, .names = &scrub_action_names),
    FIELD_STR(struct stored_span, placeholder, .doc = "What stands there now."),
};
SCHEMA(stored_span_schema, "ScrubSpan", struct stored_span, span_fields);

static const struct field correction_fields[] = {
    FIELD_ENUM(struct correction, field, .flags = FIELD_REQUIRED, .names = &scrub_field_names),
    FIELD_I64(struct correction, start, .flags = FIELD_REQUIRED, .min = 0, .max = SCRUB_TEXT_MAX,
              .doc = "Byte of the original where it begins."),
    FIELD_I64(struct correction, end, .flags = FIELD_REQUIRED, .min = 1, .max = SCRUB_TEXT_MAX,
              .doc = "Byte behind it."),
    FIELD_ENUM(struct correction, action, .flags = FIELD_REQUIRED,
               .names = &correction_action_names,
               .doc = "redact: take it out; restore: every span that begins or ends in it."),
    FIELD_ENUM(struct correction, type, .flags = FIELD_NULL, .names = &scrub_type_names,
               .doc = "redact: what it is; names the placeholder."),
};
SCHEMA(correction_schema, "ScrubCorrection", struct correction, correction_fields);

static void write_one(struct buf *b, const struct stored_span *s, bool first)
{
    if (!first)
        buf_c(b, ',');
    buf_fmt(b, "[%d,%lld,%lld,\"%s\",", s->field, (long long)s->start, (long long)s->end,
            type_text[s->type]);
    json_write_str(b, s->rule);
    buf_fmt(b, ",%lld,%d,", (long long)s->confidence, s->action);
    json_write_str(b, s->placeholder);
    buf_c(b, ']');
}

void spans_write_stored(struct buf *b, const struct stored_span *v, size_t n)
{
    buf_c(b, '[');
    for (size_t i = 0; i < n; i++)
        write_one(b, &v[i], i == 0);
    buf_c(b, ']');
}

void spans_write(struct buf *b, const struct scrub_span *v, size_t n, bool hints)
{
    bool first = true;
    buf_c(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (v[i].action == SCRUB_KEEP && !hints)
            continue;
        const struct stored_span s = { .field = v[i].field,
                                       .start = v[i].from,
                                       .end = v[i].to,
                                       .type = v[i].type,
                                       .rule = str_of(v[i].rule),
                                       .confidence = v[i].confidence,
                                       .action = v[i].action,
                                       .placeholder = str_of(v[i].placeholder) };
        write_one(b, &s, first);
        first = false;
    }
    buf_c(b, ']');
}

static bool next_i64(struct json *j, bool first, int64_t max, int64_t *ret)
{
    bool more = false;
    struct str number;
    return json_element(j, first, &more) && more && json_number(j, &number) &&
           json_to_i64(number, ret) && *ret >= 0 && *ret <= max;
}

static bool next_str(struct json *j, struct str *ret)
{
    bool more = false;
    return json_element(j, false, &more) && more && json_peek(j) == JSON_STRING &&
           json_string(j, ret);
}

static bool read_one(struct json *j, struct stored_span *s)
{
    int64_t field = 0, action = 0;
    struct str type;
    bool more = true;
    if (!json_enter_array(j) || !next_i64(j, true, SCRUB_FIELD_COUNT - 1, &field) ||
        !next_i64(j, false, SCRUB_TEXT_MAX, &s->start) ||
        !next_i64(j, false, SCRUB_TEXT_MAX, &s->end) || !next_str(j, &type) ||
        !next_str(j, &s->rule) || !next_i64(j, false, 100, &s->confidence) ||
        !next_i64(j, false, SCRUB_NEUTRALISE, &action) || !next_str(j, &s->placeholder))
        return false;
    s->field = (int32_t)field;
    s->action = (int32_t)action;
    s->type = names_find(&scrub_type_names, type);
    return s->type >= 0 && s->start <= s->end && json_element(j, false, &more) && !more;
}

bool spans_read(struct str text, struct arena *mem, struct list *ret)
{
    struct json j;
    size_t n = 0;
    bool more = false;
    *ret = (struct list){ 0 };
    if (!text.p)
        return true;
    struct stored_span *v = arena_try(mem, SPANS_MAX, sizeof(*v), _Alignof(struct stored_span));
    json_init(&j, text, mem);
    if (!v || json_peek(&j) != JSON_ARRAY || !json_enter_array(&j))
        return false;
    for (bool first = true; json_element(&j, first, &more) && more; first = false)
        if (n == SPANS_MAX || json_peek(&j) != JSON_ARRAY || !read_one(&j, &v[n++]))
            return false;
    *ret = (struct list){ v, n };
    return !more && json_finish(&j);
}

static err refuse(struct ctx *c, size_t i, const char *member, const char *why)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = str_fmt(c->mem, "[\"body\",\"spans\",%zu,\"%s\"]", i, member),
        .msg = str_fmt(c->mem, "Value error, %s", why),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

static bool at_boundary(struct str s, int64_t at)
{
    return (size_t)at == s.n || ((unsigned char)s.p[at] & 0xc0) != 0x80;
}

static err check_one(struct ctx *c, size_t i, const struct correction *k, struct str original)
{
    if (k->start >= k->end || (uint64_t)k->end > original.n)
        return refuse(c, i, "end", "the span must lie within the original and not be empty");
    if (!at_boundary(original, k->start) || !at_boundary(original, k->end))
        return refuse(c, i, "start", "the span must not cut a character");
    if (k->action == CORRECT_REDACT && k->type < 0)
        return refuse(c, i, "type", "say what is taken out");
    return ERR_OK;
}

static bool touches(const struct stored_span *s, const struct correction *k)
{
    if (s->field != k->field)
        return false;
    return s->start < k->end && (s->end > k->start || (s->start == s->end && s->start >= k->start));
}

static int by_place(const void *a, const void *b)
{
    const struct stored_span *x = a, *y = b;
    if (x->field != y->field)
        return x->field - y->field;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Drops what one correction is in the way of; a redaction grows over what it cuts. */
static size_t apply_one(struct ctx *c, const struct correction *k, struct stored_span *v, size_t n,
                        bool *ret_hit)
{
    struct stored_span mine = { .field = k->field,
                                .start = k->start,
                                .end = k->end,
                                .type = k->type,
                                .rule = S("review"),
                                .confidence = 100,
                                .action = SCRUB_REMOVE };
    size_t kept = 0;
    *ret_hit = false;
    for (size_t i = 0; i < n; i++) {
        if (!touches(&v[i], k)) {
            v[kept++] = v[i];
            continue;
        }
        if (v[i].action == SCRUB_KEEP)
            continue; /* a hint that has been decided */
        *ret_hit = true;
        mine.start = v[i].start < mine.start ? v[i].start : mine.start;
        mine.end = v[i].end > mine.end ? v[i].end : mine.end;
    }
    if (k->action == CORRECT_REDACT) {
        mine.placeholder = str_fmt(c->mem, "[%s]", type_word[k->type]);
        v[kept++] = mine;
    }
    return kept;
}

err spans_correct(struct ctx *c, const struct list *spans, const struct str originals[2],
                  const struct list *corrections, struct list *ret)
{
    const struct correction *k = corrections->v;
    struct stored_span *v = arena_array(c->mem, struct stored_span, spans->n + corrections->n + 1);
    size_t n = spans->n;
    if (n)
        memcpy(v, spans->v, n * sizeof(*v));
    for (size_t i = 0; i < corrections->n; i++) {
        bool hit = false;
        TRY(check_one(c, i, &k[i], originals[k[i].field]));
        n = apply_one(c, &k[i], v, n, &hit);
        if (k[i].action == CORRECT_RESTORE && !hit)
            return refuse(c, i, "start", "nothing was taken out there");
    }
    if (n > 1)
        qsort(v, n, sizeof(*v), by_place);
    *ret = (struct list){ v, n };
    return ERR_OK;
}

struct str spans_render(struct arena *mem, struct str original, const struct list *spans,
                        int32_t field)
{
    const struct stored_span *v = spans->v;
    size_t most = original.n + 1, at = 0;
    struct buf b;
    for (size_t i = 0; i < spans->n; i++)
        most += v[i].placeholder.n;
    buf_init(&b, mem, most);
    for (size_t i = 0; i < spans->n; i++) {
        if (v[i].field != field || v[i].action == SCRUB_KEEP || (size_t)v[i].start < at ||
            (size_t)v[i].end > original.n)
            continue;
        buf_str(&b, str_sub(original, at, (size_t)v[i].start - at));
        buf_str(&b, v[i].placeholder);
        at = (size_t)v[i].end;
    }
    buf_str(&b, str_sub(original, at, original.n - at));
    return b.p ? buf_view(&b) : S("");
}
