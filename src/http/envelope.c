/* Error bodies: what the client may know, in the shape that it asked for. */
#include "http/reply.h"

#include "base/str.h"
#include "codec/json.h"

enum { ENVELOPE_MAX = 256 * 1024 };

static void put_issues(struct buf *b, const struct fault *f)
{
    buf_c(b, '[');
    for (size_t i = 0; i < f->n_issues; i++) {
        const struct issue *is = &f->issues[i];
        if (i)
            buf_c(b, ',');
        buf_lit(b, "{\"type\":");
        json_write_str(b, is->type);
        buf_lit(b, ",\"loc\":");
        buf_str(b, is->loc.n ? is->loc : S("[]"));
        buf_lit(b, ",\"msg\":");
        json_write_str(b, is->msg);
        buf_lit(b, ",\"input\":");
        buf_str(b, is->input.p ? is->input : S("null"));
        if (is->ctx.p) {
            buf_lit(b, ",\"ctx\":");
            buf_str(b, is->ctx);
        }
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static bool wants_problem(const struct exchange *x)
{
    return x->site->o->problem_json || request_accepts(&x->request, "application/problem+json");
}

struct problem {
    int status;
    const char *code, *title;
    struct str detail;
};

static void put_problem(struct buf *b, const struct exchange *x, const struct problem *p)
{
    buf_fmt(b,
            "{\"type\":\"urn:enigma:error:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":", p->code,
            p->title, p->status);
    json_write_str(b, p->detail);
    buf_lit(b, ",\"instance\":");
    json_write_str(b, x->request.path.p ? x->request.path : S("/"));
    buf_fmt(b, ",\"request_id\":\"%016llx\",\"code\":\"%s\"", (unsigned long long)x->ctx.trace,
            p->code);
    if (x->ctx.fault.n_issues) {
        buf_lit(b, ",\"errors\":");
        put_issues(b, &x->ctx.fault);
    }
    buf_c(b, '}');
}

static void put_plain(struct buf *b, const struct exchange *x, const struct problem *p)
{
    buf_lit(b, "{\"detail\":");
    if (x->ctx.fault.n_issues)
        put_issues(b, &x->ctx.fault);
    else
        json_write_str(b, p->detail);
    if (p->status == 500)
        buf_fmt(b, ",\"request_id\":\"%016llx\"", (unsigned long long)x->ctx.trace);
    buf_c(b, '}');
}

static void write_body(struct exchange *x, const struct problem *p)
{
    bool problem = wants_problem(x);
    struct buf b;
    buf_init(&b, x->mem, ENVELOPE_MAX);
    if (problem)
        put_problem(&b, x, p);
    else
        put_plain(&b, x, p);
    if (!buf_ok(&b)) {
        buf_clear(&b);
        buf_lit(&b, "{\"detail\":\"Validation failed\"}");
    }
    x->reply.status = p->status;
    x->reply.body = buf_view(&b);
    x->reply.content_type =
        problem ? "application/problem+json; charset=utf-8" : "application/json; charset=utf-8";
    x->reply.no_store = true;
}

/* What is refused as a whole has the shape of what is refused by member. */
static void issue_of_text(struct exchange *x, struct str why)
{
    const char *where = x->route && x->route->body ? "body" : "query";
    (void)fault_value(&x->ctx, where, NULL, str_z(x->mem, why));
}

void reply_fault(struct exchange *x, err kind)
{
    const struct err_info *info = err_info(kind);
    struct fault *f = &x->ctx.fault;
    if (f->kind != kind)
        f->n_issues = 0;
    struct problem p = { info->http, info->code, info->title, str_of(f->text) };
    if (p.detail.n == 0 || f->kind != kind)
        p.detail = str_of(info->title);
    if (kind == ERR_INTERNAL || kind == ERR_OK) {
        p = (struct problem){ 500, "internal", "Internal error", S("Internal server error") };
        f->n_issues = 0;
    }
    if (kind == ERR_PHASE && wants_problem(x))
        p.status = 409;
    if (kind == ERR_INVALID && f->n_issues == 0)
        issue_of_text(x, p.detail);
    x->reply = (struct reply){ .close = x->reply.close };
    write_body(x, &p);
    uint32_t wait = f->retry_after_s ? f->retry_after_s : kind == ERR_BUSY ? 1 : 0;
    if (wait && info->retry)
        reply_header(&x->reply, S("Retry-After"), str_fmt(x->mem, "%u", wait));
    if (p.status == 401)
        reply_header(&x->reply, S("WWW-Authenticate"), S("Bearer"));
}

void reply_status(struct exchange *x, int status, const char *detail)
{
    struct problem p = { status, "http_error", reply_reason(status), str_of(detail) };
    for (int kind = ERR_OK + 1; kind < ERR_COUNT_; kind++) {
        const struct err_info *info = err_info((err)kind);
        if (info->http == status && kind != ERR_PHASE)
            p.code = info->code;
    }
    fault_clear(&x->ctx);
    x->reply = (struct reply){ .close = x->reply.close };
    write_body(x, &p);
    if (status == 503)
        reply_header(&x->reply, S("Retry-After"), S("1"));
}
