/* http/ws_frame.h: WebSocket frames (RFC 6455) into whole messages, and messages into frames.
 * Pure but for the heap; any thread, one owner a reader. A reader at rest holds no memory: it gives
 * it up, or leaves it where the readers of its thread keep one for whoever reads next. */
#ifndef ENIGMA_HTTP_WS_FRAME_H
#define ENIGMA_HTTP_WS_FRAME_H

#include "base/buf.h"

enum ws_opcode {
    WS_OP_CONTINUE = 0x0,
    WS_OP_TEXT = 0x1,
    WS_OP_BINARY = 0x2,
    WS_OP_CLOSE = 0x8,
    WS_OP_PING = 0x9,
    WS_OP_PONG = 0xa,
};
enum ws_status { /* RFC 6455 7.4.1 */
                 WS_NORMAL_END = 1000,
                 WS_GOING_AWAY = 1001,
                 WS_PROTOCOL_ERROR = 1002,
                 WS_UNSUPPORTED = 1003,
                 WS_NO_STATUS = 1005, /* never sent */
                 WS_BAD_TEXT = 1007,
                 WS_POLICY = 1008,
                 WS_TOO_BIG = 1009,
                 WS_INTERNAL = 1011,
};
enum {
    WS_CONTROL_MAX = 125,
    WS_FRAGMENTS_MAX = 1024, /* frames of one message */
    WS_HEADER_MAX = 10,
};
enum ws_kind {
    WS_MORE,    /* the input is used up */
    WS_MESSAGE, /* whole; text was checked to be UTF-8 */
    WS_PING,
    WS_PONG,
    WS_CLOSE, /* code: what the peer said, WS_NO_STATUS when nothing */
    WS_BAD,   /* code: with what to close; nothing more may be read */
};
struct ws_event {
    struct str bytes; /* good until the next call */
    const char *why;  /* WS_BAD */
    uint16_t code;
    bool text;
};
struct ws_work;
struct ws_reader {
    struct ws_work *work;   /* a frame or message is under way; NULL: at rest */
    struct ws_work **spare; /* of the readers of one thread; NULL: none */
    uint32_t message_max;   /* bytes of a whole message */
};

/* Puts n bytes of the peer before the reader: then ws_next until it says WS_MORE. */
void ws_feed(struct ws_reader *r, const char *p, size_t n);
enum ws_kind ws_next(struct ws_reader *r, struct ws_event *ret);
void ws_reader_done(struct ws_reader *r);
void ws_spare_done(struct ws_work **spare);

/* Appends one unmasked frame, FIN set. */
void ws_frame_write(struct buf *out, enum ws_opcode op, struct str payload);
/* Appends a close frame; the reason is cut to what fits, at a whole code point. */
void ws_close_write(struct buf *out, uint16_t code, struct str reason);

#endif
