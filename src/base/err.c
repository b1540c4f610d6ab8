/* The table of error kinds, and the one place where a fault is recorded. */
#include "base/err.h"

#include <stdarg.h>

#include "base/ctx.h"
#include "base/str.h"

static const struct err_info infos[] = {
#define X(kind, http, code, title, retry) [ERR_##kind] = { http, code, title, retry },
    ERR_MAP(X)
#undef X
};
_Static_assert(sizeof(infos) / sizeof(infos[0]) == ERR_COUNT_, "one row for each kind");

const struct err_info *err_info(err kind)
{
    return &infos[(unsigned)kind < ERR_COUNT_ ? kind : ERR_INTERNAL];
}

err fault_set(struct ctx *c, err kind, const char *file, int line, const char *fmt, ...)
{
    if (c->fault.kind != ERR_OK)
        return kind;
    c->fault.kind = kind;
    c->fault.file = file;
    c->fault.line = line;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->fault.text, sizeof(c->fault.text), fmt, ap);
    va_end(ap);
    return kind;
}

err fault_issue(struct ctx *c, const struct issue *issue)
{
    struct fault *f = &c->fault;
    if (f->kind == ERR_OK) {
        f->kind = ERR_INVALID;
        snprintf(f->text, sizeof(f->text), "%.*s", (int)issue->msg.n, issue->msg.p);
    }
    if (!f->issues)
        f->issues =
            arena_try(c->mem, FAULT_ISSUES_MAX, sizeof(struct issue), _Alignof(struct issue));
    if (f->issues && f->n_issues < FAULT_ISSUES_MAX)
        f->issues[f->n_issues++] = *issue;
    return ERR_INVALID;
}

err fault_value(struct ctx *c, const char *where, const char *name, const char *why)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = name ? str_fmt(c->mem, "[\"%s\",\"%s\"]", where, name)
                    : str_fmt(c->mem, "[\"%s\"]", where),
        .msg = str_fmt(c->mem, "Value error, %s", why),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

err fault_cursor(struct ctx *c)
{
    return fault_value(c, "query", "cursor", "the cursor should come from this list's Link header");
}

void fault_clear(struct ctx *c)
{
    c->fault = (struct fault){ 0 };
}
