/* client/llm_pace.h: when the next question may be sent: the endpoint's limits per minute, learned
 * from its headers, and a circuit breaker. Private to the room. Pure; one owner. Times are
 * monotonic microseconds. */
#ifndef ENIGMA_CLIENT_LLM_PACE_H
#define ENIGMA_CLIENT_LLM_PACE_H

#include "client/client.h"
#include "client/llm.h"

/* What may be sent at once, and how it grows again. */
struct llm_bucket {
    bool known;
    double left, most, per_us; /* most: the limit per minute; 0: not said, then until counts */
    int64_t at_us, until_us;   /* left is of at_us; until_us: all is there again */
};
struct llm_pace {
    struct {
        char model[64];
        struct llm_bucket requests, tokens;
    } v[LLM_MODELS_MAX];
    size_t n;
    int64_t quiet_until_us; /* Retry-After holds for all */
};
/* 0: now, and the request is counted; otherwise the time to ask again. */
int64_t llm_pace_take(struct llm_pace *p, struct str model, int64_t tokens, int64_t now_us);
/* x-ratelimit-{limit,remaining,reset}-{requests,tokens} of an answer. */
void llm_pace_learn(struct llm_pace *p, struct str model, const struct client_reply *r,
                    int64_t now_us);
/* "20ms", "1.5s", "6m0s", "1h2m"; a bare number is seconds. -1: none of these. */
int64_t llm_reset_us(struct str text);
/* Retry-After in seconds or retry-after-ms, at most LLM_RETRY_AFTER_MAX_US; -1: none. */
enum { LLM_RETRY_AFTER_MAX_US = 120 * 1000 * 1000 };
int64_t llm_retry_after_us(const struct client_reply *r);
/* Before try `tries` + 1: between half and all of delay x 2^(tries - 1), at most a minute. */
int64_t llm_backoff_us(uint32_t delay_ms, uint32_t tries, uint32_t dice);

/* Opens after so many failures in a row; then one question at a time tries the way. */
struct llm_breaker {
    uint32_t failures;
    int64_t until_us; /* 0: closed */
    uint32_t openings;
    bool trying;
};
enum { LLM_BREAKER_FAILURES = 8 };
/* 0: send; otherwise the time to ask again (INT64_MAX: when the one under way has answered). */
int64_t llm_breaker_take(struct llm_breaker *b, int64_t now_us);
void llm_breaker_note(struct llm_breaker *b, bool works, int64_t now_us);

#endif
