/* Upgrade, Connection, version, key, origin, subprotocol: checked before anybody is asked who. */
#include "http/ws_handshake.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/sha1.h"
#include "http/access.h"
#include "http/reply.h"

#include <string.h>

enum { KEY_BYTES = 16, KEY_TEXT = 24 };
static const char accept_salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */

/* Whether a comma-separated field, perhaps on several lines, holds the token. */
static bool has_token(const struct request *r, const char *name, const char *token)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eqi(r->headers[i].name, str_of(name)))
            continue;
        struct str rest = r->headers[i].value, part;
        while (rest.p) {
            rest = str_cut(rest, ',', &part);
            if (str_eqi(str_trim(part), str_of(token)))
                return true;
        }
    }
    return false;
}

struct str ws_offered(const struct request *r, const char *prefix)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eqi(r->headers[i].name, S("sec-websocket-protocol")))
            continue;
        struct str rest = r->headers[i].value, part;
        while (rest.p) {
            rest = str_cut(rest, ',', &part);
            part = str_trim(part);
            if (str_starts(part, str_of(prefix)))
                return part;
        }
    }
    return (struct str){ 0 };
}

/* The protocol of the endpoint, when the client offers exactly that. */
static bool agrees(const struct exchange *x)
{
    const char *own = x->route->ws->protocol;
    return own && has_token(&x->request, "sec-websocket-protocol", own);
}

static size_t count_of(const struct request *r, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_headers; i++)
        n += str_eqi(r->headers[i].name, str_of(name));
    return n;
}

static bool key_is_good(const struct request *r)
{
    uint8_t raw[base64_max(KEY_TEXT)];
    size_t n = 0;
    struct str key = request_header(r, "Sec-WebSocket-Key");
    return count_of(r, "Sec-WebSocket-Key") == 1 && key.n == KEY_TEXT &&
           base64_read(BASE64_STD, key, raw, sizeof(raw), &n) && n == KEY_BYTES;
}

static bool refuse(struct exchange *x, int status, const char *why)
{
    reply_status(x, status, why);
    if (status == 426) {
        reply_header(&x->reply, S("Upgrade"), S("websocket"));
        reply_header(&x->reply, S("Sec-WebSocket-Version"), S("13"));
    }
    site_refused(x->site, status == 403 ? "denied" : "bad_request", x->route, status, x->ctx.trace);
    return false;
}

bool ws_check(struct exchange *x)
{
    const struct request *r = &x->request;
    if (x->head.method != HTTP_M_GET || x->head.minor != 1 ||
        !has_token(r, "Connection", "upgrade") || !has_token(r, "Upgrade", "websocket"))
        return refuse(x, 426, "This is a WebSocket: send Upgrade: websocket");
    if (count_of(r, "Sec-WebSocket-Version") != 1 ||
        !str_eq(str_trim(request_header(r, "Sec-WebSocket-Version")), S("13")))
        return refuse(x, 426, "Sec-WebSocket-Version must be 13");
    if (!key_is_good(r))
        return refuse(x, 400, "Sec-WebSocket-Key must be 16 bytes in base64");
    if (head_has_body(&x->head))
        return refuse(x, 400, "A WebSocket handshake has no body");
    if (count_of(r, "Origin") > 1 ||
        (request_header(r, "Origin").p && !access_same_origin(x->site, r, x->head.host)))
        return refuse(x, 403, "Cross-site request refused");
    return true;
}

void ws_accept(struct exchange *x)
{
    struct reply *r = &x->reply;
    struct buf key, accept;
    uint8_t digest[SHA1_BYTES];
    buf_init(&key, x->mem, KEY_TEXT + sizeof(accept_salt));
    buf_str(&key, request_header(&x->request, "Sec-WebSocket-Key"));
    buf_put(&key, accept_salt, sizeof(accept_salt) - 1);
    sha1(buf_view(&key), digest);
    buf_init(&accept, x->mem, 2 * SHA1_BYTES);
    base64_write(&accept, BASE64_STD, digest, sizeof(digest));
    *r = (struct reply){ .status = 101, .no_store = true };
    reply_header(r, S("Upgrade"), S("websocket"));
    reply_header(r, S("Connection"), S("Upgrade"));
    reply_header(r, S("Sec-WebSocket-Accept"), buf_view(&accept));
    if (agrees(x))
        reply_header(r, S("Sec-WebSocket-Protocol"), str_of(x->route->ws->protocol));
}

void ws_release(struct exchange *x)
{
    void *user = x->call.ws.user;
    x->call.ws.user = NULL;
    if (user && x->route && x->route->ws)
        x->route->ws->release(user);
}
