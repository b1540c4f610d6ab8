/* Query strings: pairs, percent signs, and the same rules as any other value. */
#include "base/str.h"
#include "codec/utf8.h"
#include "schema/decode.h"

static const struct str no_ctx = { 0 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_plain(struct str raw)
{
    return raw.n == 0 || (!memchr(raw.p, '%', raw.n) && !memchr(raw.p, '+', raw.n));
}

/* The byte behind the percent sign at raw.p[i], or -1. */
static int escaped_byte(struct str raw, size_t i)
{
    int high = i + 2 < raw.n ? hex_digit(raw.p[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(raw.p[i + 2]) : -1;
    return low >= 0 ? high << 4 | low : -1;
}

/* False only when memory is out; a bad escape makes *ret absent. */
static bool unescape(struct decoder *d, struct str raw, struct str *ret)
{
    if (is_plain(raw)) {
        *ret = (struct str){ raw.p ? raw.p : "", raw.n };
        return true;
    }
    char *out = arena_try(d->c->mem, raw.n, 1, 1);
    if (!out) {
        d->no_room = true;
        return false;
    }
    *ret = (struct str){ 0 };
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i] == '+' ? ' ' : raw.p[i];
        if (c == '%') {
            int byte = escaped_byte(raw, i);
            if (byte < 0)
                return true;
            c = (char)byte;
            i += 2;
        }
        out[n++] = c;
    }
    *ret = (struct str){ out, n };
    return true;
}

static int find_field(const struct schema *s, struct str name)
{
    for (unsigned i = 0; i < s->n; i++)
        if (str_eq(str_of(s->fields[i].name), name))
            return (int)i;
    return -1;
}

static void issue_pair(struct decoder *d, const struct field *f, const struct place *at,
                       struct str raw, const char *type, struct str msg)
{
    struct value v = { .f = f, .at = at, .input = raw, .quote = true, .mask = f == NULL };
    issue_add(d, &v, type, msg, no_ctx);
}

/* A decoded and valid text, or an issue and an absent one. */
static bool pair_text(struct decoder *d, const struct field *f, const struct place *at,
                      struct str raw, struct str *ret)
{
    if (!unescape(d, raw, ret))
        return false;
    if (!ret->p) {
        issue_pair(d, f, at, raw, "percent_escape", S("Invalid percent escape"));
        return true;
    }
    if (utf8_valid(*ret))
        return true;
    issue_pair(d, f, at, raw, "string_unicode",
               S("Input should be a valid string, unable to parse raw data as a unicode string"));
    *ret = (struct str){ 0 };
    return true;
}

static bool take_pair(struct decoder *d, const struct schema *s, struct str pair, void *ret,
                      uint64_t *seen)
{
    struct place top = { .name = S("query") };
    struct str raw_name, name, text;
    struct str raw = str_cut(pair, '=', &raw_name);
    struct place raw_at = { .up = &top, .name = raw_name };
    if (!pair_text(d, NULL, &raw_at, raw_name, &name))
        return false;
    if (!name.p)
        return true;
    int i = find_field(s, name);
    if (i >= 0 && (s->fields[i].flags & FIELD_READONLY || s->fields[i].type == F_BLOB))
        i = -1;
    const struct field *f = i >= 0 ? &s->fields[i] : NULL;
    struct place at = { .up = &top, .name = name };
    if (!pair_text(d, f, &at, raw, &text))
        return false;
    if (!f || !text.p)
        return true;
    if (*seen >> i & 1) {
        issue_pair(d, f, &at, text, "repeated_parameter", S("Parameter occurs more than once"));
        return true;
    }
    *seen |= (uint64_t)1 << i;
    return decode_text(d, f, &at, text, field_slot(f, ret));
}

static bool fill_rest(struct decoder *d, const struct schema *s, void *ret, uint64_t seen)
{
    struct place top = { .name = S("query") };
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (seen >> i & 1)
            continue;
        if (f->flags & FIELD_REQUIRED) {
            struct place at = { .up = &top, .name = str_of(f->name) };
            struct value v = { .at = &at };
            issue_add(d, &v, "missing", S("Field required"), no_ctx);
        } else if (!field_set_default(d, f, field_slot(f, ret), true)) {
            return false;
        }
    }
    return true;
}

err schema_decode_query(struct ctx *c, const struct schema *s, struct str query, void *ret)
{
    struct decoder d;
    decoder_init(&d, c);
    json_init(&d.j, (struct str){ 0 }, c->mem);
    void *value = arena_try(c->mem, 1, s->size, _Alignof(max_align_t));
    if (!value)
        return FAIL(c, TOO_LARGE, "The request needs too much memory");
    uint64_t seen = 0;
    bool sound = true;
    while (sound && query.p) {
        struct str pair;
        query = str_cut(query, '&', &pair);
        if (pair.n)
            sound = take_pair(&d, s, pair, value, &seen);
    }
    sound = sound && fill_rest(&d, s, value, seen);
    TRY(decoder_end(&d, "query", sound));
    memcpy(ret, value, s->size);
    return ERR_OK;
}
