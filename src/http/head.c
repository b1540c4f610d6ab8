/* Finds the end of a request head and splits it, refusing everything that two parsers could read
 * differently: llhttp (http/body.c) must then agree. */
#include "http/head.h"

#include "base/str.h"
#include "http/head_fields.h"

#include <string.h>

const struct str http_method_names[HTTP_M_COUNT_] = {
    S_INIT("GET"),    S_INIT("HEAD"),    S_INIT("POST"),  S_INIT("PUT"),     S_INIT("PATCH"),
    S_INIT("DELETE"), S_INIT("OPTIONS"), S_INIT("TRACE"), S_INIT("CONNECT"),
};

enum http_method http_method_find(struct str name)
{
    for (int i = 0; i < HTTP_M_COUNT_; i++) {
        if (str_eq(name, http_method_names[i]))
            return (enum http_method)i;
    }
    return HTTP_M_COUNT_;
}

static struct head_verdict bad(int status, const char *why)
{
    return (struct head_verdict){ status, why };
}

static struct head_verdict too_long(const struct head_scan *s)
{
    return s->lines == 0 ? bad(414, "Request line too long") : bad(431, "Header line too long");
}

/* A line is s->line up to the LF at `lf`. */
static struct head_verdict check_line(const struct head_scan *s, const struct head_limits *limits,
                                      const char *p, size_t lf)
{
    size_t n = lf - s->line;
    if (n == 0 || p[lf - 1] != '\r')
        return bad(400, "Line ends without CR");
    if (n - 1 > limits->line_max)
        return too_long(s);
    if (memchr(p + s->line, '\r', n - 1) || memchr(p + s->line, '\0', n))
        return bad(400, "Bare CR or NUL in the head");
    if (s->lines > limits->fields_max + 1)
        return bad(431, "Too many header fields");
    return bad(HEAD_OK, NULL);
}

struct head_verdict head_scan(struct head_scan *s, const struct head_limits *limits, const char *p,
                              size_t n, size_t *ret_n)
{
    if (s->at == 0 && n > 0 && !head_is_token_char((unsigned char)p[0]))
        return bad(400, "Request does not begin with a method");
    while (s->at < n) {
        const char *lf = memchr(p + s->at, '\n', n - s->at);
        if (!lf)
            break;
        size_t at = (size_t)(lf - p);
        if (at >= limits->head_max)
            return bad(431, "Header fields too large");
        struct head_verdict v = check_line(s, limits, p, at);
        if (v.status != HEAD_OK)
            return v;
        bool last = at - s->line == 1;
        s->at = s->line = (uint32_t)at + 1;
        s->lines++;
        if (last) {
            *ret_n = s->at;
            return bad(HEAD_OK, NULL);
        }
    }
    s->at = (uint32_t)n;
    if (n - s->line > (size_t)limits->line_max + 1)
        return too_long(s);
    if (n > limits->head_max)
        return bad(431, "Header fields too large");
    return bad(HEAD_MORE, NULL);
}

static struct head_verdict check_version(struct head *h, struct str v)
{
    if (v.n != 8 || memcmp(v.p, "HTTP/", 5) != 0 || v.p[6] != '.' || v.p[5] < '0' || v.p[5] > '9' ||
        v.p[7] < '0' || v.p[7] > '9')
        return bad(400, "Malformed HTTP version");
    if (v.p[5] != '1' || v.p[7] > '1')
        return bad(505, "HTTP version not supported");
    h->minor = (uint8_t)(v.p[7] - '0');
    return bad(HEAD_OK, NULL);
}

static struct head_verdict check_target(struct head *h)
{
    struct str t = h->target;
    for (size_t i = 0; i < t.n; i++) {
        unsigned char ch = (unsigned char)t.p[i];
        if (ch <= 0x20 || ch >= 0x7f || ch == '#' || ch == '"' || ch == '<' || ch == '>' ||
            ch == '\\' || ch == '^' || ch == '`' || ch == '{' || ch == '|' || ch == '}')
            return bad(400, "Malformed request target");
    }
    if (t.p[0] == '/') {
        h->path = t;
    } else if (str_eq(t, S("*"))) {
        if (h->method != HTTP_M_OPTIONS)
            return bad(400, "Malformed request target");
        h->path = t;
    } else if (!head_split_absolute(t, &h->host, &h->path)) {
        return bad(400, "Malformed request target");
    }
    const char *q = memchr(h->path.p, '?', h->path.n);
    if (q) {
        size_t n = (size_t)(q - h->path.p);
        h->query = (struct str){ q + 1, h->path.n - n - 1 };
        h->path.n = n;
    }
    if (h->path.n == 0)
        h->path = S("/");
    return bad(HEAD_OK, NULL);
}

/* line is without its CRLF. */
static struct head_verdict parse_request_line(struct head *h, struct str line)
{
    struct str rest = str_cut(line, ' ', &h->method_text);
    if (!rest.p || h->method_text.n == 0)
        return bad(400, "Malformed request line");
    for (size_t i = 0; i < h->method_text.n; i++) {
        if (!head_is_token_char((unsigned char)h->method_text.p[i]))
            return bad(400, "Malformed method");
    }
    struct str version = str_cut(rest, ' ', &h->target);
    if (!version.p || h->target.n == 0)
        return bad(400, "Malformed request line");
    struct head_verdict v = check_version(h, version);
    if (v.status != HEAD_OK)
        return v;
    h->method = http_method_find(h->method_text);
    if (h->method == HTTP_M_COUNT_ || h->method == HTTP_M_CONNECT)
        return bad(501, "Method not implemented");
    return check_target(h);
}

static struct head_verdict parse_field(struct head *h, struct str line)
{
    if (line.p[0] == ' ' || line.p[0] == '\t')
        return bad(400, "Folded header line");
    const char *colon = memchr(line.p, ':', line.n);
    if (!colon || colon == line.p)
        return bad(400, "Header line without a name");
    struct str name = { line.p, (size_t)(colon - line.p) };
    for (size_t i = 0; i < name.n; i++) {
        if (!head_is_token_char((unsigned char)name.p[i]))
            return bad(400, "Malformed header name");
    }
    struct str value = str_sub(line, name.n + 1, line.n);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char ch = (unsigned char)value.p[i];
        if ((ch < 0x20 && ch != '\t') || ch == 0x7f)
            return bad(400, "Control character in a header value");
    }
    while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
        value = (struct str){ value.p + 1, value.n - 1 };
    while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
        value.n--;
    h->headers[h->n_headers++] = (struct header){ name, value };
    return bad(HEAD_OK, NULL);
}

struct head_verdict head_parse(struct head *h, const struct head_limits *limits, const char *p,
                               size_t n)
{
    memset(h, 0, offsetof(struct head, headers));
    h->content_length = -1;
    const char *at = p, *end = p + n;
    bool first = true;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (!lf || lf == at || lf[-1] != '\r')
            return bad(400, "Line ends without CR");
        struct str line = { at, (size_t)(lf - at) - 1 };
        at = lf + 1;
        if (line.n == 0)
            break;
        if (!first && (h->n_headers >= HEADER_FIELDS_MAX || h->n_headers >= limits->fields_max))
            return bad(431, "Too many header fields");
        struct head_verdict v = first ? parse_request_line(h, line) : parse_field(h, line);
        if (v.status != HEAD_OK)
            return v;
        first = false;
    }
    if (at != end || first)
        return bad(400, "Malformed head");
    return head_check_fields(h);
}
