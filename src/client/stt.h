/* client/stt.h: speech to text over any OpenAI-compatible endpoint (POST /audio/transcriptions),
 * and the port behind which tests and the offline recogniser answer.
 *
 * The richest answer is asked for first (verbose_json), then token log probabilities, then plain
 * json; what the endpoint refuses (400, 415, 422) is not asked of it again. One deadline for all,
 * at most one retry, and a breaker: after STT_BREAKER_FAILURES failures within 30 s nothing is sent
 * for 10 s, then one question tries the way.
 * Confidence (docs/BIAS.md): exp(mean log probability), segments weighed by their length, segments
 * that are silence left out; a text that repeats itself (compression over 2.4) is 0.3.
 * Thread rule: hear from any worker thread; it waits. Faults name the origin, never what was said.
 */
#ifndef ENIGMA_CLIENT_STT_H
#define ENIGMA_CLIENT_STT_H

#include "client/client.h"

enum {
    STT_SECONDS_MAX = 60, /* of one utterance */
    STT_TEXT_MAX = 8192,  /* bytes of a text; more is a failed recognition */
    STT_ANSWER_MAX = 1 << 20,
    STT_TRIES = 2,
    STT_BREAKER_FAILURES = 5
};
struct stt_speech {
    const int16_t *samples; /* mono */
    size_t n;
    uint32_t rate; /* samples a second */
};
struct stt_text {
    struct str text;   /* in c->mem, trimmed; n 0: nothing was said */
    double confidence; /* 0..1; < 0: the endpoint does not say */
    int64_t took_us;
};
struct stt_port {
    void *self;
    /* ERR_UPSTREAM: no text could be had; ERR_BUSY: the breaker is open, or the program ends;
     * ERR_TOO_LARGE: longer than STT_SECONDS_MAX. */
    err (*hear)(void *self, struct ctx *c, const struct stt_speech *speech, struct stt_text *ret);
};

struct stt_options {
    const struct client_port *http;
    const struct deps *deps;
    struct str base_url; /* "https://api.openai.com/v1"; the origin is on the client's list */
    struct str api_key;  /* absent: none is sent */
    struct str model, language; /* language: ISO 639-1, absent: the endpoint finds it */
    uint32_t timeout_ms;        /* of one utterance, the retry included */
};
struct stt;
/* Its port is good until stt_close; strings are copied. ERR_INVALID: the base url. */
err stt_open(struct ctx *c, const struct stt_options *o, struct stt **ret);
const struct stt_port *stt_port_of(struct stt *s);
void stt_close(struct stt *s); /* NULL is fine */

struct stt_stats {
    int64_t heard, silent, failed, retried, took_us;
    bool open; /* the breaker */
};
void stt_stats(struct stt *s, struct stt_stats *ret);

#endif
