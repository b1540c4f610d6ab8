/* client/llm.h: questions to language models over any OpenAI-compatible endpoint, and the port
 * behind which tests and the simulation answer without a network.
 *
 * A call is copied, waits for its turn (calls in flight, the endpoint's limits per minute, the
 * circuit breaker), is sent, and sent again when that may help: 408, 409, 425, 429, 5xx, lost and
 * late connections, answers that are cut or no JSON; after Retry-After, or twice as long each time,
 * with jitter. Thread rule: a port's start from any thread; `done` once for every call that was
 * begun, on any thread, and it must not block. */
#ifndef ENIGMA_CLIENT_LLM_H
#define ENIGMA_CLIENT_LLM_H

#include "schema/schema.h"

struct llm_request {
    struct str model, system, user; /* system: our own words; user: whatever the text says */
    /* The shape that is asked for; the caller checks it. Constant. An endpoint that refuses the
     * format is asked in a simpler one, and so from then on. */
    const struct schema *reply;
    struct str key;      /* what record and replay know the question by; absent: its own hash */
    uint32_t timeout_ms; /* of one try; 0: the client's own */
    /* An answer keeps its place in flight until llm_port.settle: what a killed process has to ask
     * again is then never more than may be in flight. */
    bool settled_later;
};
struct llm_reply {
    struct str text;   /* the model's words, without a fence around them: JSON, maybe bad */
    const void *value; /* decoded by request.reply, once the caller has checked it */
    int64_t tokens_in, tokens_cached, tokens_out, took_us; /* cached: of those in */
    int64_t retries;                                       /* sendings before this answer's */
};
/* What a call ended with. */
struct llm_failure {
    err kind;      /* ERR_UPSTREAM; ERR_BUSY: the client closes */
    bool unusable; /* it did answer: refused, filtered, cut, empty, or not what was asked for */
    char text[FAULT_TEXT_MAX];
};
typedef void llm_done(void *arg, const struct llm_failure *failure, const struct llm_reply *reply);
struct llm_port {
    void *self;
    /* Begins a call and returns; copies the request. `done` runs once, maybe before this returns:
     * failure NULL and the reply, which lives during the call, or a failure. On an error of its
     * own `done` is never called. */
    err (*start)(void *self, struct ctx *c, const struct llm_request *request, llm_done *done,
                 void *arg);
    /* n answers of questions with settled_later are safe, or nobody wants them. Any thread. NULL:
     * the port counts no places. */
    void (*settle)(void *self, size_t n);
};

enum llm_api { LLM_CHAT, LLM_RESPONSES };
enum {
    LLM_IN_FLIGHT_MAX = 1000,
    LLM_WAITING_MAX = 8192, /* calls that wait for their turn; beyond: ERR_BUSY */
    LLM_TRIES_MAX = 10,
    LLM_BODY_MAX = 1 << 20,     /* bytes of an answer */
    LLM_QUESTION_MAX = 1 << 20, /* bytes of a question */
    LLM_MODELS_MAX = 8
};
struct client_port; /* client/client.h */
struct llm_options {
    const struct client_port *http;
    const struct deps *deps;
    struct str base_url; /* "https://api.openai.com/v1"; the origin is on the client's list */
    struct str api_key;  /* absent: none is sent */
    enum llm_api api;
    uint32_t in_flight_max; /* 1 to LLM_IN_FLIGHT_MAX */
    uint32_t tries_max;     /* sendings of one call, 1 to LLM_TRIES_MAX */
    uint32_t delay_ms;      /* before the second; then twice as long each time */
    uint32_t timeout_ms;    /* of one sending */
    uint32_t call_max_ms;   /* of all sendings and waits of a call */
};
struct llm;
/* Its port is good until llm_close. ERR_INVALID: the base url. */
err llm_open(struct ctx *c, const struct llm_options *o, struct llm **ret);
const struct llm_port *llm_port_of(struct llm *l);
/* Ends every call with ERR_BUSY; those in flight are cancelled and waited for. What comes after is
 * refused. NULL is fine. */
void llm_stop(struct llm *l);
/* llm_stop, and nobody may ask any more. NULL is fine. */
void llm_close(struct llm *l);

struct llm_stats {
    int64_t in_flight, waiting, unsettled;                   /* now */
    int64_t calls, sent, answered, failed, retried, limited; /* limited: 429 */
    int64_t tokens_in, tokens_out;
    bool open; /* the circuit breaker */
};
void llm_stats(struct llm *l, struct llm_stats *ret);

#endif
