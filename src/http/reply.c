/* Success bodies and the head of every answer. */
#include "http/reply.h"

#include "base/str.h"

#include <string.h>

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 101, "Switching Protocols" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Content" },
    { 426, "Upgrade Required" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
};

const char *reply_reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unknown";
}

static bool clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if ((ch < 0x20 && ch != '\t') || ch == 0x7f)
            return false;
    }
    return true;
}

void reply_header(struct reply *r, struct str name, struct str value)
{
    if (r->n_headers < REPLY_HEADERS_MAX && name.n && clean(name) && clean(value))
        r->headers[r->n_headers++] = (struct header){ name, value };
}

struct str reply_find(const struct reply *r, struct str name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (str_eqi(r->headers[i].name, name))
            return r->headers[i].value;
    }
    return (struct str){ 0 };
}

void call_header(struct ctx *c, struct call *call, const char *name, struct str value)
{
    if (call->n_headers >= CALL_HEADERS_MAX)
        return;
    call->headers[call->n_headers++] =
        (struct header){ str_keep(c->mem, str_of(name)), str_keep(c->mem, value) };
}

static struct str handler_header(const struct call *call, struct str name)
{
    for (size_t i = 0; i < call->n_headers; i++) {
        if (str_eqi(call->headers[i].name, name))
            return call->headers[i].value;
    }
    return (struct str){ 0 };
}

static bool encode_body(struct exchange *x)
{
    const struct route *route = x->route;
    const struct call *call = &x->call;
    struct buf b;
    buf_init(&b, x->mem, REPLY_MAX);
    if (call->is_null || !route->reply)
        buf_lit(&b, "null");
    else if (route->flags & ROUTE_LIST)
        schema_encode_list(route->reply, &call->rows, &b);
    else
        schema_encode(route->reply, call->reply, &b);
    x->reply.body = buf_view(&b);
    x->reply.content_type = "application/json; charset=utf-8";
    return buf_ok(&b);
}

/* Text types get their charset when the handler left it out. */
static const char *with_charset(struct exchange *x, const char *type)
{
    struct str t = str_of(type);
    if (!t.p)
        return "application/json; charset=utf-8";
    bool text = str_starts(t, S("text/")) || str_starts(t, S("application/json")) ||
                str_starts(t, S("application/x-ndjson")) || str_starts(t, S("application/problem"));
    if (!text || strstr(type, "charset="))
        return type;
    return str_fmt(x->mem, "%s; charset=utf-8", type).p;
}

static void honour_etag(struct exchange *x)
{
    struct str etag = handler_header(&x->call, S("ETag"));
    struct str asked = request_header(&x->request, "If-None-Match");
    bool reads = x->head.method == HTTP_M_GET || x->head.method == HTTP_M_HEAD;
    if (!etag.p || !asked.p || !reads || x->reply.status != 200)
        return;
    if (!reply_etag_matches(asked, etag))
        return;
    x->reply.status = 304;
    x->reply.body = (struct str){ 0 };
}

void reply_success(struct exchange *x)
{
    struct call *call = &x->call;
    struct reply *r = &x->reply;
    *r = (struct reply){ .status = call->status ? call->status : 200, .close = r->close };
    if (x->route->flags & (ROUTE_RAW | ROUTE_STREAM | ROUTE_EVENTS)) {
        r->body = call->raw;
        r->content_type = with_charset(x, call->content_type);
    } else if (call->raw.p) {
        r->body = call->raw;
        r->content_type = with_charset(x, NULL);
    } else if (r->status != 204 && !encode_body(x)) {
        (void)FAIL(&x->ctx, INTERNAL, "reply too large");
        reply_fault(x, ERR_INTERNAL);
        return;
    }
    for (size_t i = 0; i < call->n_headers; i++)
        reply_header(r, call->headers[i].name, call->headers[i].value);
    r->no_store = (x->route->flags & ROUTE_PERSONAL) || x->ctx.who;
    honour_etag(x);
    if (!r->no_store && !handler_header(call, S("Cache-Control")).p)
        reply_header(r, S("Cache-Control"), S("no-cache"));
}

bool reply_has_body(const struct exchange *x)
{
    return x->head.method != HTTP_M_HEAD && x->reply.status != 101 && x->reply.status != 204 &&
           x->reply.status != 304;
}

static void put_hex(struct buf *b, uint64_t v)
{
    static const char digits[] = "0123456789abcdef";
    char t[16];
    for (int i = 15; i >= 0; i--, v >>= 4)
        t[i] = digits[v & 15];
    buf_put(b, t, sizeof(t));
}

static void put_cors(const struct exchange *x, struct buf *out)
{
    if (x->site->n_cors == 0)
        return;
    struct str origin = request_header(&x->request, "Origin");
    if (!origin.p || !site_cors_has(x->site, origin))
        return;
    buf_lit(out, "Access-Control-Allow-Origin: ");
    buf_str(out, origin);
    buf_lit(out, "\r\nAccess-Control-Allow-Credentials: true\r\n"
                 "Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, "
                 "X-Request-ID, X-Total-Count\r\n");
}

static void put_vary(const struct exchange *x, struct buf *out)
{
    bool cors = x->site->n_cors > 0;
    if (!cors && !x->reply.vary_encoding && !x->reply.vary_accept)
        return;
    buf_lit(out, "Vary: ");
    const char *comma = "";
    if (cors) {
        buf_lit(out, "Origin");
        comma = ", ";
    }
    if (x->reply.vary_encoding) {
        buf_str(out, str_of(comma));
        buf_lit(out, "Accept-Encoding");
        comma = ", ";
    }
    if (x->reply.vary_accept) {
        buf_str(out, str_of(comma));
        buf_lit(out, "Accept");
    }
    buf_lit(out, "\r\n");
}

static void put_length(const struct exchange *x, struct buf *out)
{
    const struct reply *r = &x->reply;
    if (r->content_type && r->status != 204) {
        buf_lit(out, "Content-Type: ");
        buf_str(out, str_of(r->content_type));
        buf_lit(out, "\r\n");
    }
    if (r->chunked) {
        if (x->head.minor == 1)
            buf_lit(out, "Transfer-Encoding: chunked\r\n");
    } else if (r->status != 101 && r->status != 204 && r->status != 304) {
        buf_lit(out, "Content-Length: ");
        buf_i64(out, (int64_t)r->body.n);
        buf_lit(out, "\r\n");
    }
}

void reply_write_head(const struct exchange *x, struct str block, bool keep_alive, struct buf *out)
{
    const struct reply *r = &x->reply;
    if (r->status == 200) {
        buf_lit(out, "HTTP/1.1 200 OK\r\n");
    } else {
        buf_lit(out, "HTTP/1.1 ");
        buf_i64(out, r->status);
        buf_c(out, ' ');
        buf_str(out, str_of(reply_reason(r->status)));
        buf_lit(out, "\r\n");
    }
    buf_str(out, block);
    buf_lit(out, "X-Request-ID: ");
    put_hex(out, x->ctx.trace);
    buf_lit(out, "\r\n");
    put_length(x, out);
    if (!keep_alive)
        buf_lit(out, "Connection: close\r\n");
    else if (x->head.minor == 0)
        buf_lit(out, "Connection: keep-alive\r\n");
    if (r->no_store)
        buf_lit(out, "Cache-Control: no-store\r\n");
    if (x->request.tls)
        buf_lit(out, "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n");
    put_vary(x, out);
    put_cors(x, out);
    for (size_t i = 0; i < r->n_headers; i++) {
        if (r->no_store && str_eqi(r->headers[i].name, S("Cache-Control")))
            continue;
        buf_str(out, r->headers[i].name);
        buf_lit(out, ": ");
        buf_str(out, r->headers[i].value);
        buf_lit(out, "\r\n");
    }
    buf_lit(out, "\r\n");
}
