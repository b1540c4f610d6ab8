/* Frames by wslay; above them fragments, UTF-8, and the rules of control frames. */
#include "http/ws_frame.h"

#include "codec/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

enum { FRAME_HEADER = 2, FRAME_MASK = 4, LENGTH_16 = 126, LENGTH_64 = 127, GROW_FROM = 1024 };
enum { KEPT_MAX = 8 * 1024 }; /* bytes of a message's memory that serve the next one */

struct ws_work {
    wslay_frame_context_ptr frames;
    const uint8_t *in;
    size_t in_n;
    uint64_t taken, known; /* bytes given to wslay; of those, of frames that were seen whole */
    uint64_t got;          /* payload bytes of the frame under way */
    bool in_frame;
    bool in_message, text; /* a message is open, perhaps between two fragments */
    bool delivered;        /* the message was handed out: forget it at the next call */
    bool over;             /* closed or broken: nothing more is read */
    uint32_t fragments;
    uint8_t *message;
    size_t n, cap;
    uint8_t control[WS_CONTROL_MAX];
    size_t control_n;
};

static ssize_t take_input(uint8_t *p, size_t n, int flags, void *arg)
{
    (void)flags;
    struct ws_work *w = arg;
    if (w->in_n == 0)
        return -1;
    size_t take = n < w->in_n ? n : w->in_n;
    memcpy(p, w->in, take);
    w->in += take;
    w->in_n -= take;
    w->taken += take;
    return (ssize_t)take;
}

static struct ws_work *begin_work(struct ws_reader *r)
{
    static const struct wslay_frame_callbacks calls = { .recv_callback = take_input };
    struct ws_work *w = r->spare ? *r->spare : NULL;
    if (w) {
        *r->spare = NULL;
        return w;
    }
    w = calloc(1, sizeof(*w));
    if (w && wslay_frame_context_init(&w->frames, &calls, w) != 0) {
        free(w);
        return NULL;
    }
    return w;
}

void ws_spare_done(struct ws_work **spare)
{
    struct ws_work *w = *spare;
    *spare = NULL;
    if (!w)
        return;
    wslay_frame_context_free(w->frames);
    free(w->message);
    free(w);
}

void ws_reader_done(struct ws_reader *r)
{
    ws_spare_done(&r->work);
}

void ws_feed(struct ws_reader *r, const char *p, size_t n)
{
    if (!r->work)
        r->work = begin_work(r);
    if (!r->work)
        return;
    r->work->in = (const uint8_t *)p;
    r->work->in_n = n;
}

static enum ws_kind bad(struct ws_reader *r, struct ws_event *ret, uint16_t code, const char *why)
{
    if (r->work)
        r->work->over = true;
    *ret = (struct ws_event){ .code = code, .why = why };
    return WS_BAD;
}

static void forget_message(struct ws_work *w)
{
    w->n = 0;
    w->delivered = false;
    if (w->cap <= KEPT_MAX)
        return;
    free(w->message);
    w->message = NULL;
    w->cap = 0;
}

static bool keep(struct ws_work *w, const uint8_t *p, size_t n, size_t most)
{
    if (n == 0)
        return true;
    if (w->n + n > w->cap) {
        size_t cap = w->cap ? w->cap * 2 : GROW_FROM;
        while (cap < w->n + n)
            cap *= 2;
        cap = cap > most ? most : cap;
        uint8_t *grown = realloc(w->message, cap);
        if (!grown)
            return false;
        w->message = grown;
        w->cap = cap;
    }
    memcpy(w->message + w->n, p, n);
    w->n += n;
    return true;
}

/* The code of a close frame that a peer may send (RFC 6455 7.4). */
static bool is_sendable(unsigned code)
{
    if (code >= 3000 && code <= 4999)
        return true;
    return (code >= WS_NORMAL_END && code <= 1003) || (code >= WS_BAD_TEXT && code <= 1014);
}

static enum ws_kind end_close(struct ws_reader *r, struct ws_event *ret)
{
    struct ws_work *w = r->work;
    *ret = (struct ws_event){ .code = WS_NO_STATUS };
    if (w->control_n == 1)
        return bad(r, ret, WS_PROTOCOL_ERROR, "a close code has two bytes");
    if (w->control_n >= 2) {
        ret->code = (uint16_t)(w->control[0] << 8 | w->control[1]);
        ret->bytes = (struct str){ (const char *)w->control + 2, w->control_n - 2 };
        if (!is_sendable(ret->code))
            return bad(r, ret, WS_PROTOCOL_ERROR, "a close code that may not be sent");
        if (!utf8_valid(ret->bytes))
            return bad(r, ret, WS_BAD_TEXT, "the reason is not UTF-8");
    }
    w->over = true;
    return WS_CLOSE;
}

static enum ws_kind end_control(struct ws_reader *r, uint8_t opcode, struct ws_event *ret)
{
    struct ws_work *w = r->work;
    if (opcode == WS_OP_CLOSE)
        return end_close(r, ret);
    *ret = (struct ws_event){ .bytes = { (const char *)w->control, w->control_n } };
    return opcode == WS_OP_PING ? WS_PING : WS_PONG;
}

static enum ws_kind give_message(struct ws_reader *r, struct str bytes, struct ws_event *ret)
{
    struct ws_work *w = r->work;
    w->in_message = false;
    w->delivered = true;
    if (w->text && !utf8_valid(bytes))
        return bad(r, ret, WS_BAD_TEXT, "text is not UTF-8");
    *ret = (struct ws_event){ .bytes = bytes, .text = w->text };
    return WS_MESSAGE;
}

/* What a frame's first bytes must satisfy; NULL: fine. */
static const char *check_frame(struct ws_reader *r, const struct wslay_frame_iocb *f,
                               uint16_t *ret_code)
{
    struct ws_work *w = r->work;
    *ret_code = WS_PROTOCOL_ERROR;
    if (f->rsv)
        return "reserved bits are set";
    if (!f->mask)
        return "frames of a client are masked";
    if (wslay_is_ctrl_frame(f->opcode))
        return f->opcode > WS_OP_PONG ? "unknown opcode" : NULL;
    if (f->opcode > WS_OP_BINARY)
        return "unknown opcode";
    if ((f->opcode == WS_OP_CONTINUE) != w->in_message)
        return w->in_message ? "a message within a message" : "nothing to continue";
    *ret_code = WS_TOO_BIG;
    if (f->payload_length > r->message_max - w->n)
        return "message too big";
    *ret_code = WS_POLICY;
    if (w->in_message && ++w->fragments > WS_FRAGMENTS_MAX)
        return "too many fragments";
    if (!w->in_message) {
        w->in_message = true;
        w->text = f->opcode == WS_OP_TEXT;
        w->fragments = 1;
    }
    return NULL;
}

static void count_header(struct ws_work *w, uint64_t payload)
{
    uint64_t length = payload < LENGTH_16 ? 0 : payload <= UINT16_MAX ? 2 : 8;
    w->known += FRAME_HEADER + FRAME_MASK + length + payload;
    w->in_frame = true;
    w->got = 0;
    w->control_n = 0;
}

static enum ws_kind take_piece(struct ws_reader *r, const struct wslay_frame_iocb *f,
                               struct ws_event *ret, bool *ret_done)
{
    struct ws_work *w = r->work;
    uint16_t code;
    *ret_done = true;
    if (!w->in_frame) {
        const char *why = check_frame(r, f, &code);
        if (why)
            return bad(r, ret, code, why);
        count_header(w, f->payload_length);
    }
    w->got += f->data_length;
    const bool whole = w->got == f->payload_length;
    w->in_frame = !whole;
    if (wslay_is_ctrl_frame(f->opcode)) {
        memcpy(w->control + w->control_n, f->data, f->data_length);
        w->control_n += f->data_length;
        *ret_done = whole;
        return whole ? end_control(r, f->opcode, ret) : WS_MORE;
    }
    const bool last = whole && f->fin;
    if (last && w->n == 0) /* not a byte of it was kept: hand it out where it lies */
        return give_message(r, (struct str){ (const char *)f->data, f->data_length }, ret);
    if (!keep(w, f->data, f->data_length, r->message_max))
        return bad(r, ret, WS_INTERNAL, "out of memory");
    if (last)
        return give_message(r, (struct str){ (const char *)w->message, w->n }, ret);
    *ret_done = false;
    return WS_MORE;
}

/* Between two frames nothing has to be remembered, by wslay neither. */
static void rest(struct ws_reader *r)
{
    struct ws_work *w = r->work;
    if (w->in_message || w->in_frame || w->taken != w->known)
        return;
    if (!r->spare || *r->spare) {
        ws_reader_done(r);
        return;
    }
    w->taken = w->known = 0;
    *r->spare = w;
    r->work = NULL;
}

enum ws_kind ws_next(struct ws_reader *r, struct ws_event *ret)
{
    struct ws_work *w = r->work;
    *ret = (struct ws_event){ 0 };
    if (!w)
        return bad(r, ret, WS_INTERNAL, "out of memory");
    if (w->delivered)
        forget_message(w);
    while (!w->over) {
        struct wslay_frame_iocb f = { 0 };
        bool done = false;
        ssize_t n = wslay_frame_recv(w->frames, &f);
        if (n == WSLAY_ERR_WANT_READ)
            break;
        if (n < 0)
            return bad(r, ret, WS_PROTOCOL_ERROR, "not a frame");
        enum ws_kind kind = take_piece(r, &f, ret, &done);
        if (done)
            return kind;
    }
    if (!w->over)
        rest(r);
    return WS_MORE;
}

void ws_frame_write(struct buf *out, enum ws_opcode op, struct str payload)
{
    uint8_t h[WS_HEADER_MAX] = { (uint8_t)(0x80 | op) };
    size_t n = FRAME_HEADER, width = 0;
    if (payload.n < LENGTH_16) {
        h[1] = (uint8_t)payload.n;
    } else {
        width = payload.n <= UINT16_MAX ? 2 : 8;
        h[1] = width == 2 ? LENGTH_16 : LENGTH_64;
    }
    for (size_t i = 0; i < width; i++)
        h[n++] = (uint8_t)((uint64_t)payload.n >> (8 * (width - 1 - i)));
    buf_put(out, h, n);
    buf_str(out, payload);
}

void ws_close_write(struct buf *out, uint16_t code, struct str reason)
{
    char body[WS_CONTROL_MAX] = { (char)(code >> 8), (char)(code & 0xff) };
    size_t n = 0;
    while (n < reason.n) {
        size_t step = utf8_step(reason.p + n, reason.p + reason.n);
        if (step == 0 || n + step > sizeof(body) - 2)
            break;
        n += step;
    }
    if (n)
        memcpy(body + 2, reason.p, n);
    ws_frame_write(out, WS_OP_CLOSE,
                   code == WS_NO_STATUS ? (struct str){ 0 } : (struct str){ body, n + 2 });
}
