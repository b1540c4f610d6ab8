/* Fills the few server-rendered pages in. */
#include "api/template.h"

#include <string.h>

#include "base/str.h"
#include "http/server.h"

enum { TEMPLATE_NAME_MAX = 64, TEMPLATE_DEPTH_MAX = 8, TEMPLATE_OUT_MAX = 256 * 1024 };

const struct asset *web_assets(size_t *ret_n); /* generated from web/ */

err template_find(struct ctx *c, const char *name, const char *language, struct str *ret)
{
    char path[TEMPLATE_NAME_MAX];
    size_t n;
    const struct asset *all = web_assets(&n);
    (void)snprintf(path, sizeof(path), "template:%s.%s", name, language);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].path, path) == 0) {
            *ret = all[i].plain;
            return ERR_OK;
        }
    }
    return FAIL(c, INTERNAL, "There is no template %s", path);
}

static void escape(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_lit(b, "&amp;");
            break;
        case '<':
            buf_lit(b, "&lt;");
            break;
        case '>':
            buf_lit(b, "&gt;");
            break;
        case '"':
            buf_lit(b, "&quot;");
            break;
        case '\'':
            buf_lit(b, "&#39;");
            break;
        default:
            buf_c(b, s.p[i]);
        }
    }
}

struct filling {
    const struct template_value *values;
    size_t n;
    size_t depth, hidden; /* open sections; how many of the innermost are left out */
};

static struct str value_of(const struct filling *f, struct str name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(name, str_of(f->values[i].name)))
            return f->values[i].value;
    }
    return (struct str){ 0 };
}

static bool step(struct filling *f, struct str tag, struct buf *out)
{
    const struct str name = str_sub(tag, 1, tag.n);
    if (tag.n && tag.p[0] == '#') {
        if (++f->depth > TEMPLATE_DEPTH_MAX)
            return false;
        if (f->hidden || value_of(f, name).n == 0)
            f->hidden++;
        return true;
    }
    if (tag.n && tag.p[0] == '/') {
        if (f->depth == 0)
            return false;
        f->depth--;
        if (f->hidden)
            f->hidden--;
        return true;
    }
    if (!f->hidden)
        escape(out, value_of(f, tag));
    return true;
}

static size_t find(struct str s, size_t from, const char two[2])
{
    for (size_t i = from; i + 1 < s.n; i++) {
        if (s.p[i] == two[0] && s.p[i + 1] == two[1])
            return i;
    }
    return s.n;
}

err template_fill(struct ctx *c, struct str text, const struct template_value *values, size_t n,
                  struct str *ret_html)
{
    struct filling f = { .values = values, .n = n };
    struct buf out;
    buf_init(&out, c->mem, TEMPLATE_OUT_MAX);
    for (size_t at = 0; at < text.n;) {
        const size_t open = find(text, at, "{{"), close = find(text, open, "}}");
        if (!f.hidden)
            buf_str(&out, str_sub(text, at, open - at));
        if (open >= text.n)
            break;
        if (close >= text.n || !step(&f, str_sub(text, open + 2, close - open - 2), &out))
            return FAIL(c, INTERNAL, "A page template is malformed");
        at = close + 2;
    }
    if (f.depth || !buf_ok(&out))
        return FAIL(c, INTERNAL, "A page template is not closed, or the page is too long");
    *ret_html = buf_view(&out);
    return ERR_OK;
}
