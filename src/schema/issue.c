/* Issues of a document: collected with path, message and echo, and handed over as one fault. */
#include "base/str.h"
#include "codec/utf8.h"
#include "schema/decode.h"

enum { SECRET_DEPTH_MAX = 8 };
#define MASKED S("\"**********\"")

void decoder_init(struct decoder *d, struct ctx *c)
{
    d->c = c;
    d->n = 0;
    d->failed = d->no_room = false;
}

void issue_text(struct decoder *d, struct buf *b)
{
    buf_init(b, d->c->mem, ISSUE_TEXT_MAX);
}

struct str issue_text_end(struct decoder *d, const struct buf *b)
{
    if (buf_ok(b))
        return buf_view(b);
    d->no_room = true;
    return S("\"\"");
}

static void write_steps(struct buf *b, const struct place *at)
{
    if (at->up) {
        write_steps(b, at->up);
        buf_c(b, ',');
    }
    if (at->name.p)
        json_write_str(b, at->name);
    else
        buf_i64(b, (int64_t)at->index);
}

static struct str loc_text(struct decoder *d, const struct place *at)
{
    struct buf b;
    issue_text(d, &b);
    buf_c(&b, '[');
    write_steps(&b, at);
    buf_c(&b, ']');
    return issue_text_end(d, &b);
}

/* Not within a character, so that the cut text stays valid. */
static struct str cut_echo(struct str s)
{
    size_t n = ECHO_MAX;
    while (n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return (struct str){ s.p, n };
}

static struct str echo(struct decoder *d, const struct value *v)
{
    if (v->mask || (v->f && v->f->flags & FIELD_SECRET))
        return MASKED;
    if (!v->input.p)
        return S("null");
    bool cut = v->input.n > ECHO_MAX;
    if (!cut && !v->quote)
        return v->input;
    struct buf b;
    issue_text(d, &b);
    json_write_str(&b, cut ? cut_echo(v->input) : v->input);
    if (cut && buf_ok(&b)) {
        b.n--; /* the closing quote moves behind the mark of the cut */
        buf_lit(&b, "\xE2\x80\xA6\"");
    }
    return issue_text_end(d, &b);
}

void issue_add(struct decoder *d, const struct value *v, const char *type, struct str msg,
               struct str ctx)
{
    d->failed = true;
    if (d->n == FAULT_ISSUES_MAX)
        return;
    d->issues[d->n] = (struct issue){
        .type = str_of(type),
        .loc = loc_text(d, v->at),
        .msg = msg,
        .input = echo(d, v),
        .ctx = ctx,
    };
    d->order[d->n++] = 0;
}

/* Stable, and short: at most FAULT_ISSUES_MAX entries. */
void issues_sort(struct decoder *d, size_t from)
{
    for (size_t i = from + 1; i < d->n; i++) {
        struct issue issue = d->issues[i];
        uint8_t order = d->order[i];
        size_t k = i;
        for (; k > from && d->order[k - 1] > order; k--) {
            d->issues[k] = d->issues[k - 1];
            d->order[k] = d->order[k - 1];
        }
        d->issues[k] = issue;
        d->order[k] = order;
    }
}

static bool secret_within(const struct schema *s, unsigned depth)
{
    if (depth == SECRET_DEPTH_MAX)
        return false;
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (f->flags & FIELD_SECRET || (f->of && secret_within(f->of, depth + 1)))
            return true;
    }
    return false;
}

bool schema_has_secret(const struct schema *s)
{
    return secret_within(s, 0);
}

/* Code points before the error: the position that FastAPI names. */
static size_t error_position(const struct json *j)
{
    return utf8_count((struct str){ j->begin, j->error_at });
}

static void syntax_issue(struct decoder *d, const char *root)
{
    struct place top = { .name = str_of(root) };
    struct place at = { .up = &top, .index = error_position(&d->j) };
    struct value v = { .at = &at, .input = S("{}") };
    struct buf b;
    issue_text(d, &b);
    buf_lit(&b, "{\"error\":");
    json_write_str(&b, str_of(d->j.error));
    buf_c(&b, '}');
    issue_add(d, &v, "json_invalid", S("JSON decode error"), issue_text_end(d, &b));
}

static void duplicate_issue(struct decoder *d, const char *root)
{
    struct place top = { .name = str_of(root) };
    struct place at = { .up = &top, .name = d->j.error_name };
    struct value v = { .at = &at, .mask = true };
    issue_add(d, &v, "duplicate_member", S("Member occurs more than once"), (struct str){ 0 });
}

err decoder_end(struct decoder *d, const char *root, bool sound)
{
    struct ctx *c = d->c;
    bool syntax = !sound && d->j.error && d->j.error != json_error_memory;
    if (syntax) {
        d->n = 0; /* what could not be read whole is not judged in parts */
        if (d->j.error == json_error_duplicate)
            duplicate_issue(d, root);
        else
            syntax_issue(d, root);
    }
    if (d->no_room || (!sound && !syntax))
        return FAIL(c, TOO_LARGE, "The request needs too much memory");
    err e = ERR_OK;
    for (size_t i = 0; i < d->n; i++)
        e = fault_issue(c, &d->issues[i]);
    return e;
}
