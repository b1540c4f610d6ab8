/* Framing and host fields: one reading each, or an error. */
#include "http/head_fields.h"

#include "base/str.h"

#include <string.h>

enum { LENGTH_DIGITS_MAX = 18 };

static struct head_verdict bad(int status, const char *why)
{
    return (struct head_verdict){ status, why };
}

bool head_is_token_char(unsigned char ch)
{
    static const char extra[] = "!#$%&'*+-.^_`|~";
    if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9'))
        return true;
    return ch != '\0' && strchr(extra, ch) != NULL;
}

static bool is_host_char(unsigned char ch)
{
    static const char extra[] = "-._~%!$&'()*+;=";
    if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9'))
        return true;
    return ch != '\0' && strchr(extra, ch) != NULL;
}

static bool is_port(struct str s)
{
    if (s.n > 5)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

/* reg-name or [v6], with an optional :port. */
static bool is_host(struct str s)
{
    size_t at = 0;
    if (s.n && s.p[0] == '[') {
        for (at = 1; at < s.n && s.p[at] != ']'; at++) {
            unsigned char ch = (unsigned char)s.p[at];
            if (!(ch == ':' || ch == '.' || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') ||
                  (ch >= 'A' && ch <= 'F')))
                return false;
        }
        if (at >= s.n || at == 1)
            return false;
        at++;
    } else {
        while (at < s.n && s.p[at] != ':') {
            if (!is_host_char((unsigned char)s.p[at]))
                return false;
            at++;
        }
    }
    if (at == 0)
        return false;
    return at == s.n || (s.p[at] == ':' && is_port(str_sub(s, at + 1, s.n)));
}

bool head_split_absolute(struct str target, struct str *ret_host, struct str *ret_rest)
{
    size_t skip = str_eqi(str_sub(target, 0, 7), S("http://"))    ? 7
                  : str_eqi(str_sub(target, 0, 8), S("https://")) ? 8
                                                                  : 0;
    if (skip == 0)
        return false;
    struct str rest = str_sub(target, skip, target.n);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    struct str host = { rest.p, n };
    if (!is_host(host))
        return false;
    *ret_host = host;
    *ret_rest = str_sub(rest, n, rest.n);
    /* "http://host?q" has an empty path; the query keeps its own mark. */
    return ret_rest->n == 0 || ret_rest->p[0] == '/' || ret_rest->p[0] == '?';
}

static struct head_verdict read_length(struct head *h, struct str value)
{
    if (h->content_length >= 0)
        return bad(400, "Content-Length given twice");
    int64_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return bad(400, "Malformed Content-Length");
        if (i < LENGTH_DIGITS_MAX)
            n = n * 10 + (value.p[i] - '0');
    }
    if (value.n == 0)
        return bad(400, "Malformed Content-Length");
    if (value.n > LENGTH_DIGITS_MAX)
        return bad(413, "Content too large");
    h->content_length = n;
    return bad(HEAD_OK, NULL);
}

/* Exactly "chunked" is what we do. A list that ends in it is merely not implemented; anything
 * else leaves the length of the body open. */
static struct head_verdict read_coding(struct head *h, struct str value)
{
    if (h->chunked || h->minor == 0)
        return bad(400, "Unexpected Transfer-Encoding");
    if (str_eqi(value, S("chunked"))) {
        h->chunked = true;
        return bad(HEAD_OK, NULL);
    }
    struct str rest = value, part;
    bool last_chunked = false, any = false;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (last_chunked || part.n == 0)
            return bad(400, "Malformed Transfer-Encoding");
        last_chunked = str_eqi(part, S("chunked"));
        any = true;
        for (size_t i = 0; i < part.n; i++) {
            if (!head_is_token_char((unsigned char)part.p[i]))
                return bad(400, "Malformed Transfer-Encoding");
        }
    }
    if (!any || str_eqi(value, S("identity")))
        return bad(400, "Malformed Transfer-Encoding");
    return bad(501, "Transfer coding not implemented");
}

static void read_connection(struct head *h, struct str value)
{
    struct str rest = value, part;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (str_eqi(part, S("close")))
            h->keep_alive = false;
        else if (h->minor == 0 && str_eqi(part, S("keep-alive")))
            h->keep_alive = true;
    }
}

struct host_count {
    unsigned hosts, codings;
    bool close;
};

static struct head_verdict check_field(struct head *h, const struct header *f, struct host_count *n)
{
    switch (f->name.n) {
    case 4:
        if (!str_eqi(f->name, S("host")))
            break;
        if (n->hosts++ || !is_host(f->value))
            return bad(400, "Malformed or repeated Host");
        if (!h->host.p)
            h->host = f->value;
        break;
    case 6:
        if (!str_eqi(f->name, S("expect")) || h->minor == 0)
            break;
        if (!str_eqi(f->value, S("100-continue")))
            return bad(417, "Expectation failed");
        h->expect_continue = true;
        break;
    case 10:
        if (str_eqi(f->name, S("connection")))
            read_connection(h, f->value);
        break;
    case 14:
        if (str_eqi(f->name, S("content-length")))
            return read_length(h, f->value);
        break;
    case 17:
        if (str_eqi(f->name, S("transfer-encoding"))) {
            n->codings++;
            return read_coding(h, f->value);
        }
        break;
    default:
        break;
    }
    return bad(HEAD_OK, NULL);
}

struct head_verdict head_check_fields(struct head *h)
{
    struct host_count n = { 0 };
    h->keep_alive = h->minor == 1;
    struct head_verdict worst = bad(HEAD_OK, NULL);
    for (size_t i = 0; i < h->n_headers; i++) {
        struct head_verdict v = check_field(h, &h->headers[i], &n);
        if (v.status == 400)
            return v;
        /* A malformed head is the first thing to say, whatever else cannot be done. */
        if (v.status != HEAD_OK && worst.status == HEAD_OK)
            worst = v;
    }
    if (n.hosts == 0 && h->minor == 1)
        return bad(400, "Host is missing");
    if (n.codings && h->content_length >= 0)
        return bad(400, "Both Content-Length and Transfer-Encoding");
    return worst;
}
