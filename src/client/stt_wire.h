/* client/stt_wire.h: an utterance as the endpoint reads it, and what its answer means. Private to
 * the room. Pure; any thread. */
#ifndef ENIGMA_CLIENT_STT_WIRE_H
#define ENIGMA_CLIENT_STT_WIRE_H

#include "base/buf.h"
#include "client/stt.h"

/* What is asked for, the richest first. */
enum stt_shape { STT_VERBOSE, STT_LOGPROBS, STT_PLAIN, STT_SHAPES };

void stt_form_write(struct buf *b, struct str boundary, const struct stt_options *o,
                    enum stt_shape shape, const struct stt_speech *speech);
/* Reads an answer of 200: false when it is none, or the recognition failed. */
bool stt_answer_read(struct ctx *c, struct str body, struct stt_text *ret);

/* Failures of the last 30 s, and how long nobody asks. Times are monotonic microseconds. */
struct stt_breaker {
    int64_t failed_at[STT_BREAKER_FAILURES]; /* a ring */
    uint32_t n;
    int64_t until_us; /* 0: closed */
    bool trying;
};
bool stt_breaker_take(struct stt_breaker *b, int64_t now_us); /* false: do not ask */
void stt_breaker_note(struct stt_breaker *b, bool works, int64_t now_us);

#endif
