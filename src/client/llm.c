/* Calls that wait for their turn: one thread sends them when they are due, answers come on the
 * HTTP client's thread. */
#include "client/llm.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "client/client.h"
#include "client/llm_pace.h"
#include "client/llm_wire.h"
#include "os/mono.h"

enum {
    READ_MEM_MAX = 8 << 20,
    SEND_MEM_MAX = 4 << 20,
    BYTES_PER_TOKEN = 4,
    ANSWER_TOKENS = 500, /* reckoned beside the question */
    BUSY_PAUSE_US = 20000,
    IDLE_US = 1800 * 1000000
};

struct call {
    struct call *next;
    struct llm *l;
    char *body;
    size_t body_n;
    char model[64];
    char *words; /* the system's, then the user's: to ask in a simpler form */
    size_t system_n, user_n;
    const struct schema *reply;
    enum llm_form form;
    uint32_t timeout_ms, tries;
    int64_t tokens; /* reckoned */
    int64_t begin_us, due_us, give_up_us;
    size_t slot;
    char why[FAULT_TEXT_MAX]; /* the last try's failure */
    llm_done *done;
    void *arg;
    bool unusable; /* the last answer */
    bool settled_later;
};

/* A place in flight. A call is gone as soon as it is answered; its place tells. */
struct slot {
    uint64_t taken; /* how often; whose turn it is */
    uint64_t http_id;
    bool used;
};

struct llm {
    struct llm_options o;
    char *url, *bearer;
    struct llm_port port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* work for the thread, or an end */
    bool closing;
    struct call *ready, **ready_last; /* due, in order */
    struct call *later;               /* by due_us */
    struct slot *slots;
    size_t *free_slots; /* a stack */
    struct {
        char model[64];
        enum llm_form form; /* what its endpoint has been found to know */
    } forms[LLM_MODELS_MAX];
    size_t n_forms;
    struct llm_pace pace;
    struct llm_breaker breaker;
    struct llm_stats stats;
};

static int64_t clock_us(const struct llm *l)
{
    return l->o.deps->clock->mono_us(l->o.deps->clock->self);
}

static void call_free(struct call *k)
{
    if (k->body)
        explicit_bzero(k->body, k->body_n); /* what an applicant wrote */
    if (k->words)
        explicit_bzero(k->words, k->system_n + k->user_n);
    free(k->body);
    free(k->words);
    free(k);
}

/* In its form; false: too long, or no memory. */
static bool write_body(struct call *k)
{
    struct buf b;
    const struct llm_request q = { .model = str_of(k->model),
                                   .system = { k->words, k->system_n },
                                   .user = { k->words + k->system_n, k->user_n },
                                   .reply = k->reply };
    buf_init(&b, NULL, LLM_QUESTION_MAX);
    llm_body_write_as(&b, k->l->o.api, &q, k->form);
    if (!buf_ok(&b)) {
        buf_done(&b);
        return false;
    }
    if (k->body)
        explicit_bzero(k->body, k->body_n);
    free(k->body);
    k->body = b.p; /* of the heap: ours now */
    k->body_n = b.n;
    return true;
}

static enum llm_form form_of(const struct llm *l, const char *model)
{
    for (size_t i = 0; i < l->n_forms; i++)
        if (strcmp(l->forms[i].model, model) == 0)
            return l->forms[i].form;
    return LLM_FORM_STRICT;
}

/* A step down, unless another call of the model went it already. With the lock. */
static bool simplify(struct llm *l, struct call *k)
{
    size_t i = 0;
    if (!k->reply || k->form + 1 >= LLM_FORMS)
        return false;
    while (i < l->n_forms && strcmp(l->forms[i].model, k->model) != 0)
        i++;
    if (i == LLM_MODELS_MAX)
        return false;
    if (i == l->n_forms) {
        l->n_forms++;
        snprintf(l->forms[i].model, sizeof(l->forms[i].model), "%s", k->model);
        l->forms[i].form = LLM_FORM_STRICT;
    }
    if (l->forms[i].form <= k->form)
        l->forms[i].form = k->form + 1;
    k->form = l->forms[i].form;
    return true;
}

/* Without the lock: `done` may begin another call. */
static void tell_failure(struct call *k, err kind, const char *why)
{
    struct llm_failure f = { .kind = kind, .unusable = k->unusable && kind == ERR_UPSTREAM };
    snprintf(f.text, sizeof(f.text), "%s", why);
    k->done(k->arg, &f, NULL);
}

static void fail_call(struct call *k, err kind, const char *why)
{
    tell_failure(k, kind, why);
    call_free(k);
}

/* The rest with the lock. */
static void put_ready(struct llm *l, struct call *k)
{
    k->next = NULL;
    *l->ready_last = k;
    l->ready_last = &k->next;
    l->stats.waiting++;
}

static struct call *pop_ready(struct llm *l)
{
    struct call *k = l->ready;
    l->ready = k->next;
    if (!l->ready)
        l->ready_last = &l->ready;
    l->stats.waiting--;
    return k;
}

static void put_later(struct llm *l, struct call *k, int64_t due_us)
{
    struct call **at = &l->later;
    k->due_us = due_us;
    while (*at && (*at)->due_us <= due_us)
        at = &(*at)->next;
    k->next = *at;
    *at = k;
    l->stats.waiting++;
}

static void wake_due(struct llm *l, int64_t now_us)
{
    while (l->later && l->later->due_us <= now_us) {
        struct call *k = l->later;
        l->later = k->next;
        l->stats.waiting--;
        put_ready(l, k);
    }
}

static void enter_flight(struct llm *l, struct call *k)
{
    k->slot = l->free_slots[l->o.in_flight_max - (size_t)++l->stats.in_flight];
    struct slot *slot = &l->slots[k->slot];
    slot->taken++;
    slot->http_id = 0;
    slot->used = true;
    l->stats.sent++;
    k->tries++;
}

static void leave_flight(struct llm *l, const struct call *k)
{
    l->slots[k->slot].used = false;
    l->free_slots[l->o.in_flight_max - (size_t)l->stats.in_flight--] = k->slot;
}

/* The next that may be sent, or NULL and when to look again. */
static struct call *take_turn(struct llm *l, int64_t now_us, int64_t *ret_wait_us)
{
    wake_due(l, now_us);
    *ret_wait_us = l->later ? l->later->due_us : now_us + IDLE_US;
    if (!l->ready)
        return NULL;
    if (now_us >= l->ready->give_up_us || l->closing)
        return pop_ready(l);
    if (l->ready->give_up_us < *ret_wait_us)
        *ret_wait_us = l->ready->give_up_us;
    if (l->stats.in_flight + l->stats.unsettled >= l->o.in_flight_max)
        return NULL;
    int64_t until_us = llm_breaker_take(&l->breaker, now_us);
    if (until_us == 0) {
        until_us = llm_pace_take(&l->pace, str_of(l->ready->model), l->ready->tokens, now_us);
        if (until_us > 0)
            l->breaker.trying = false; /* it was not sent after all */
    }
    if (until_us == 0)
        return pop_ready(l);
    if (until_us < *ret_wait_us)
        *ret_wait_us = until_us;
    return NULL;
}

static bool may_go_back(const struct llm *l, const struct call *k, int64_t pause_us)
{
    return !l->closing && k->tries < l->o.tries_max && clock_us(l) + pause_us < k->give_up_us;
}

static void put_back(struct llm *l, struct call *k, int64_t pause_us)
{
    l->stats.retried++;
    put_later(l, k, clock_us(l) + pause_us);
    pthread_cond_signal(&l->changed);
}

static uint32_t throw_dice(const struct llm *l)
{
    uint32_t dice = 0;
    l->o.deps->random->fill(l->o.deps->random->self, &dice, sizeof(dice));
    return dice;
}

static bool endpoint_works(const struct client_reply *r)
{
    if (r->outcome == CLIENT_CANCELLED || r->outcome == CLIENT_CLOSED)
        return true;
    return r->outcome == CLIENT_OK && r->status < 500;
}

/* What the answer teaches, with the lock; the pause before another try. */
static int64_t learn(struct llm *l, const struct call *k, const struct client_reply *r,
                     enum llm_verdict v)
{
    const int64_t now_us = clock_us(l), asked_us = llm_retry_after_us(r);
    llm_breaker_note(&l->breaker, endpoint_works(r), now_us);
    if (r->outcome == CLIENT_OK)
        llm_pace_learn(&l->pace, str_of(k->model), r, now_us);
    if (v == LLM_LIMITED) {
        l->stats.limited++;
        if (asked_us > 0)
            l->pace.quiet_until_us = now_us + asked_us;
    }
    const int64_t own_us = llm_backoff_us(l->o.delay_ms, k->tries, throw_dice(l));
    return asked_us > 0 ? asked_us + own_us / 4 : own_us;
}

static void count_answer(struct llm *l, const struct call *k, const struct llm_reply *reply)
{
    l->stats.answered++;
    l->stats.unsettled += k->settled_later;
    l->stats.tokens_in += reply->tokens_in;
    l->stats.tokens_out += reply->tokens_out;
}

static void answer_call(struct call *k, const struct llm_reply *reply)
{
    struct llm_reply r = *reply;
    r.took_us = clock_us(k->l) - k->begin_us;
    r.retries = k->tries - 1;
    k->done(k->arg, NULL, &r);
}

/* On the HTTP client's thread. The place in flight is given back last: until then llm_close waits.
 */
static void on_reply(void *arg, const struct client_reply *r)
{
    struct call *k = arg;
    struct llm *l = k->l;
    struct llm_reply reply = { 0 };
    struct ctx c;
    struct arena *mem = arena_open(NULL, READ_MEM_MAX);
    ctx_init(&c, mem, l->o.deps, 0);
    const enum llm_verdict v = llm_read(&c, l->o.api, r, &reply, k->why);
    k->unusable = r->outcome == CLIENT_OK && r->status == 200 && v != LLM_ANSWER;
    pthread_mutex_lock(&l->lock);
    const int64_t pause_us = learn(l, k, r, v);
    const bool simpler = v == LLM_SIMPLER && simplify(l, k) && write_body(k);
    if (simpler)
        k->tries--; /* another question */
    const bool again = v == LLM_SIMPLER ? simpler : v != LLM_ANSWER && v != LLM_NO;
    const bool back = again && may_go_back(l, k, simpler ? 0 : pause_us);
    if (back) {
        leave_flight(l, k);
        put_back(l, k, simpler ? 0 : pause_us);
    }
    if (v == LLM_ANSWER)
        count_answer(l, k, &reply);
    l->stats.failed += v != LLM_ANSWER && !back;
    const bool ends = r->outcome == CLIENT_CLOSED || r->outcome == CLIENT_CANCELLED;
    const err kind = l->closing || ends ? ERR_BUSY : ERR_UPSTREAM;
    pthread_mutex_unlock(&l->lock);
    if (back) {
        arena_close(mem);
        return;
    }
    if (v == LLM_ANSWER)
        answer_call(k, &reply);
    else
        tell_failure(k, kind, k->why);
    pthread_mutex_lock(&l->lock);
    leave_flight(l, k);
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    call_free(k);
    arena_close(mem);
}

/* The call may be answered and gone before this returns. */
static err begin_http(struct ctx *c, struct llm *l, struct call *k)
{
    struct slot *slot = &l->slots[k->slot];
    const uint64_t taken = slot->taken;
    const struct client_header headers[] = {
        { S("Content-Type"), S("application/json") },
        { S("Accept"), S("application/json") },
        { S("Authorization"), str_of(l->bearer) },
    };
    const struct client_request r = {
        .method = "POST",
        .url = str_of(l->url),
        .headers = headers,
        .n_headers = l->bearer ? 3 : 2,
        .body = { k->body, k->body_n },
        .timeout_ms = k->timeout_ms,
        .body_max = LLM_BODY_MAX,
    };
    uint64_t id = 0;
    TRY(l->o.http->start(l->o.http->self, c, &r, on_reply, k, &id));
    pthread_mutex_lock(&l->lock);
    if (slot->used && slot->taken == taken)
        slot->http_id = id;
    pthread_mutex_unlock(&l->lock);
    return ERR_OK;
}

/* The HTTP client did not take it: later when it is full, never when it cannot. */
static void not_sent(struct llm *l, struct call *k, err e, const char *why)
{
    snprintf(k->why, sizeof(k->why), "%s", why);
    pthread_mutex_lock(&l->lock);
    leave_flight(l, k);
    l->stats.sent--;
    l->breaker.trying = false;
    k->tries--; /* it was none */
    const bool back = e == ERR_BUSY && may_go_back(l, k, BUSY_PAUSE_US);
    if (back)
        put_back(l, k, BUSY_PAUSE_US);
    l->stats.failed += !back;
    pthread_mutex_unlock(&l->lock);
    if (!back)
        fail_call(k, ERR_UPSTREAM, k->why);
}

static void send(struct llm *l, struct call *k, struct arena *mem)
{
    struct ctx c;
    ctx_init(&c, mem, l->o.deps, 0);
    const err e = begin_http(&c, l, k);
    if (e != ERR_OK)
        not_sent(l, k, e, c.fault.text);
    arena_reset(mem);
}

static void wait_until(struct llm *l, int64_t until_us, int64_t now_us)
{
    const struct timespec t = mono_in_us(until_us - now_us);
    (void)pthread_cond_clockwait(&l->changed, &l->lock, CLOCK_MONOTONIC, &t);
}

/* Without the lock: an end may come at once. */
static void cancel_flight(struct llm *l)
{
    for (size_t i = 0; i < l->o.in_flight_max; i++) {
        pthread_mutex_lock(&l->lock);
        const uint64_t id = l->slots[i].used ? l->slots[i].http_id : 0;
        pthread_mutex_unlock(&l->lock);
        if (id)
            l->o.http->cancel(l->o.http->self, id);
    }
}

/* One that waits no longer: sent, or over. */
static void take_up(struct llm *l, struct call *k, bool over, bool closing, struct arena *mem)
{
    if (!over)
        send(l, k, mem);
    else if (closing)
        fail_call(k, ERR_BUSY, "the program ends");
    else
        fail_call(k, ERR_UPSTREAM, k->why[0] ? k->why : "its turn did not come in time");
}

static void *run(void *arg)
{
    bool cancelled = false;
    struct llm *l = arg;
    struct arena *mem = arena_open(NULL, SEND_MEM_MAX);
    pthread_mutex_lock(&l->lock);
    while (!l->closing || l->ready || l->later || l->stats.in_flight > 0) {
        const int64_t now_us = clock_us(l);
        int64_t until_us = 0;
        const bool closing = l->closing;
        for (struct call *k = l->later; closing && k; k = k->next)
            k->due_us = 0;
        struct call *k = take_turn(l, now_us, &until_us);
        if (!k && !(closing && !cancelled)) {
            wait_until(l, until_us > now_us ? until_us : now_us + 1, now_us);
            continue;
        }
        const bool over = k && (closing || now_us >= k->give_up_us);
        if (over)
            l->stats.failed++;
        else if (k)
            enter_flight(l, k);
        pthread_mutex_unlock(&l->lock);
        if (k)
            take_up(l, k, over, closing, mem);
        else
            cancel_flight(l);
        cancelled = cancelled || !k;
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    arena_close(mem);
    return NULL;
}

static bool copy_words(struct call *k, const struct llm_request *q)
{
    k->words = malloc(q->system.n + q->user.n + 1);
    if (!k->words)
        return false;
    k->system_n = q->system.n;
    k->user_n = q->user.n;
    if (k->system_n)
        memcpy(k->words, q->system.p, k->system_n);
    if (k->user_n)
        memcpy(k->words + k->system_n, q->user.p, k->user_n);
    return true;
}

/* NULL: the fault is set. */
static struct call *make_call(struct ctx *c, struct llm *l, const struct llm_request *q)
{
    struct call *k = calloc(1, sizeof(*k));
    if (!k || !copy_words(k, q)) {
        free(k);
        (void)FAIL(c, INTERNAL, "out of memory");
        return NULL;
    }
    snprintf(k->model, sizeof(k->model), "%.*s", STR_ARG(q->model));
    k->l = l;
    k->reply = q->reply;
    pthread_mutex_lock(&l->lock);
    k->form = form_of(l, k->model);
    pthread_mutex_unlock(&l->lock);
    if (!write_body(k)) {
        call_free(k);
        (void)FAIL(c, TOO_LARGE, "a question to a model is too long");
        return NULL;
    }
    k->tokens = (int64_t)(k->body_n / BYTES_PER_TOKEN) + ANSWER_TOKENS;
    k->settled_later = q->settled_later;
    k->timeout_ms = q->timeout_ms ? q->timeout_ms : l->o.timeout_ms;
    k->begin_us = clock_us(l);
    k->give_up_us = k->begin_us + l->o.call_max_ms * INT64_C(1000);
    return k;
}

static err start(void *self, struct ctx *c, const struct llm_request *q, llm_done *done, void *arg)
{
    struct llm *l = self;
    struct call *k = make_call(c, l, q);
    if (!k)
        return c->fault.kind;
    k->done = done;
    k->arg = arg;
    pthread_mutex_lock(&l->lock);
    const bool full = l->stats.waiting >= LLM_WAITING_MAX, closing = l->closing;
    if (!full && !closing) {
        put_ready(l, k);
        l->stats.calls++;
        pthread_cond_signal(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    if (!full && !closing)
        return ERR_OK;
    call_free(k);
    return closing ? FAIL(c, BUSY, "the program ends")
                   : FAIL(c, BUSY, "too many questions wait for the model");
}

static void settle(void *self, size_t n)
{
    struct llm *l = self;
    pthread_mutex_lock(&l->lock);
    l->stats.unsettled -= (int64_t)n;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void give_up(struct llm *l)
{
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l->slots);
    free(l->free_slots);
    free(l->url);
    if (l->bearer)
        explicit_bzero(l->bearer, strlen(l->bearer));
    free(l->bearer);
    free(l);
}

static err write_words(struct ctx *c, struct llm *l)
{
    struct str base = l->o.base_url;
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    if (!client_origin_of(c, base).p)
        return FAIL(c, INVALID, "the base url of the model endpoint must be https://host/path");
    if (asprintf(&l->url, "%.*s%s", STR_ARG(base), llm_path(l->o.api)) < 0)
        return FAIL(c, INTERNAL, "out of memory");
    if (l->o.api_key.n > 0 && asprintf(&l->bearer, "Bearer %.*s", STR_ARG(l->o.api_key)) < 0)
        return FAIL(c, INTERNAL, "out of memory");
    l->o.base_url = l->o.api_key = (struct str){ 0 };
    return ERR_OK;
}

err llm_open(struct ctx *c, const struct llm_options *o, struct llm **ret)
{
    struct llm *l = calloc(1, sizeof(*l));
    if (!l)
        return FAIL(c, INTERNAL, "out of memory");
    l->o = *o;
    l->slots = calloc(o->in_flight_max, sizeof(*l->slots));
    l->free_slots = calloc(o->in_flight_max, sizeof(*l->free_slots));
    for (size_t i = 0; l->free_slots && i < o->in_flight_max; i++)
        l->free_slots[i] = i;
    l->ready_last = &l->ready;
    l->port = (struct llm_port){ l, start, settle };
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    err e = l->slots && l->free_slots ? write_words(c, l) : FAIL(c, INTERNAL, "out of memory");
    if (e == ERR_OK && pthread_create(&l->thread, NULL, run, l) != 0)
        e = FAIL(c, INTERNAL, "no thread for the model client");
    if (e != ERR_OK)
        give_up(l);
    else
        *ret = l;
    return e;
}

const struct llm_port *llm_port_of(struct llm *l)
{
    return &l->port;
}

void llm_stats(struct llm *l, struct llm_stats *ret)
{
    pthread_mutex_lock(&l->lock);
    *ret = l->stats;
    ret->open = l->breaker.until_us > 0;
    pthread_mutex_unlock(&l->lock);
}

void llm_stop(struct llm *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    const bool first = !l->closing;
    l->closing = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (first)
        pthread_join(l->thread, NULL);
}

void llm_close(struct llm *l)
{
    if (!l)
        return;
    llm_stop(l);
    give_up(l);
}
