/* llhttp over a checked head and its body: a second opinion on the framing, and the decoder. */
#include "http/body.h"

#include "base/str.h"

static struct head_verdict verdict(int status, const char *why)
{
    return (struct head_verdict){ status, why };
}

static int on_headers_complete(llhttp_t *parser)
{
    struct body *b = parser->data;
    b->headers_done = true;
    parser->upgrade = 0; /* we speak nothing but HTTP/1.1 here: an offer to change is ignored */
    return 0;
}

static int on_body(llhttp_t *parser, const char *p, size_t n)
{
    struct body *b = parser->data;
    b->size += n;
    if (b->size > b->max) {
        b->status = 413;
        b->why = "Content too large";
        return -1;
    }
    if (b->sink && !b->sink(b->arg, p, n)) {
        if (!b->status) {
            b->status = 500;
            b->why = "Internal server error";
        }
        return -1;
    }
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct body *b = parser->data;
    b->done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* llhttp's names and ours for the methods that we know. */
static enum http_method method_of(const llhttp_t *parser)
{
    static const uint8_t map[][2] = {
        { HTTP_GET, HTTP_M_GET },         { HTTP_HEAD, HTTP_M_HEAD },
        { HTTP_POST, HTTP_M_POST },       { HTTP_PUT, HTTP_M_PUT },
        { HTTP_PATCH, HTTP_M_PATCH },     { HTTP_DELETE, HTTP_M_DELETE },
        { HTTP_OPTIONS, HTTP_M_OPTIONS }, { HTTP_TRACE, HTTP_M_TRACE },
    };
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (map[i][0] == parser->method)
            return (enum http_method)map[i][1];
    }
    return HTTP_M_COUNT_;
}

static bool agrees(const struct body *b, const struct head *h)
{
    const llhttp_t *p = &b->parser;
    bool has_length = (p->flags & F_CONTENT_LENGTH) != 0;
    bool has_chunks = (p->flags & F_CHUNKED) != 0;
    if (!b->headers_done || method_of(p) != h->method || p->http_major != 1 ||
        p->http_minor != h->minor || has_chunks != h->chunked)
        return false;
    return h->content_length < 0 ? !has_length : has_length;
}

struct head_verdict body_begin(struct body *b, const struct head *h, const char *head, size_t n)
{
    uint64_t max = b->max;
    bool (*sink)(void *, const char *, size_t) = b->sink;
    void *arg = b->arg;
    *b = (struct body){ .max = max, .sink = sink, .arg = arg, .chunked = h->chunked };
    llhttp_init(&b->parser, HTTP_REQUEST, &settings);
    b->parser.data = b;
    llhttp_errno_t e = llhttp_execute(&b->parser, head, n);
    bool whole = e == HPE_OK || (e == HPE_PAUSED && llhttp_get_error_pos(&b->parser) == head + n);
    if (!whole || !agrees(b, h))
        return verdict(400, "Malformed request");
    if (b->done != !head_has_body(h))
        return verdict(400, "Malformed request");
    return verdict(HEAD_OK, NULL);
}

struct head_verdict body_feed(struct body *b, const char *p, size_t n, size_t *ret_used)
{
    *ret_used = 0;
    if (b->done)
        return verdict(HEAD_OK, NULL);
    size_t take = n;
    if (b->chunked) {
        if (!chunk_check(&b->chunk, p, n, &take))
            return verdict(400, "Malformed chunked body");
        if (b->chunk.size > b->max)
            return verdict(413, "Content too large");
    }
    llhttp_errno_t e = llhttp_execute(&b->parser, p, take);
    if (b->status)
        return verdict(b->status, b->why);
    if (e == HPE_OK && !b->done) {
        *ret_used = take;
        return verdict(HEAD_MORE, NULL);
    }
    if (e != HPE_PAUSED || !b->done)
        return verdict(400, "Malformed body");
    size_t used = (size_t)(llhttp_get_error_pos(&b->parser) - p);
    if (used > take || (b->chunked && (used != take || b->chunk.state != CHUNK_DONE)))
        return verdict(400, "Malformed chunked body");
    *ret_used = used;
    return verdict(HEAD_OK, NULL);
}
