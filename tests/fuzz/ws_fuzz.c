/* WebSocket frames: the first byte says how the rest is cut into reads; whole or in pieces, the
 * reader must tell the same story. */
#include <assert.h>
#include <string.h>

#include "codec/utf8.h"
#include "crypto/hash.h"
#include "http/ws_frame.h"

enum { MESSAGE_MAX = 4096 };

struct story {
    uint64_t hash, events;
    enum ws_kind last;
    uint16_t code;
};

static void tell(struct story *s, enum ws_kind kind, const struct ws_event *e)
{
    struct hash h = sha256(e->bytes);
    uint64_t word;
    memcpy(&word, h.b, sizeof(word));
    s->hash = (s->hash ^ word ^ (uint64_t)kind ^ ((uint64_t)e->code << 8)) * 0x100000001b3ULL;
    s->events++;
    s->last = kind;
    s->code = e->code;
}

static struct story read_all(const uint8_t *p, size_t n, size_t piece)
{
    struct story s = { 0 };
    struct ws_reader r = { .message_max = MESSAGE_MAX };
    for (size_t at = 0; at < n;) {
        size_t take = piece && n - at > piece ? piece : n - at;
        struct ws_event e;
        enum ws_kind kind;
        ws_feed(&r, (const char *)p + at, take);
        at += take;
        while ((kind = ws_next(&r, &e)) != WS_MORE) {
            assert(kind != WS_MESSAGE || e.bytes.n <= MESSAGE_MAX);
            assert(kind != WS_MESSAGE || !e.text || utf8_valid(e.bytes));
            tell(&s, kind, &e);
            if (kind == WS_BAD || kind == WS_CLOSE) {
                ws_reader_done(&r);
                return s;
            }
        }
    }
    ws_reader_done(&r);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    struct story whole = read_all(data + 1, n - 1, 0),
                 cut = read_all(data + 1, n - 1, data[0] % 64);
    assert(whole.events == cut.events && whole.hash == cut.hash);
    return 0;
}
