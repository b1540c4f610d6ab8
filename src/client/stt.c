/* One utterance after another to a transcription endpoint. */
#include "client/stt.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "client/llm_pace.h"
#include "client/stt_wire.h"

enum { OWN_MEM_MAX = 64 * 1024, FORM_EXTRA = 4096, BOUNDARY_BYTES = 16, HEADERS = 2 };
static const int64_t pause_least_us = 100 * 1000;

struct stt {
    struct arena *mem; /* holds this struct and its strings */
    struct stt_options o;
    struct str url, bearer;
    struct stt_port port;
    atomic_int shape; /* the richest that the endpoint takes */
    pthread_mutex_t lock;
    struct stt_breaker breaker;
    struct stt_stats stats;
};

static int64_t clock_us(const struct stt *s)
{
    return s->o.deps->clock->mono_us(s->o.deps->clock->self);
}

static err write_question(struct ctx *c, const struct stt *s, enum stt_shape shape,
                          const struct stt_speech *speech, struct client_request *ret)
{
    uint8_t dice[BOUNDARY_BYTES];
    char boundary[2 * BOUNDARY_BYTES + 1];
    ctx_random(c, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        snprintf(boundary + 2 * i, 3, "%02x", dice[i]);
    struct buf b;
    buf_init(&b, c->mem, speech->n * sizeof(*speech->samples) + FORM_EXTRA);
    stt_form_write(&b, str_of(boundary), &s->o, shape, speech);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "the utterance is too long");
    struct client_header *h = arena_array(c->mem, struct client_header, HEADERS);
    h[0].name = S("Content-Type");
    h[0].value = str_fmt(c->mem, "multipart/form-data; boundary=%s", boundary);
    h[1] = (struct client_header){ S("Authorization"), s->bearer };
    *ret = (struct client_request){ .method = "POST",
                                    .url = s->url,
                                    .headers = h,
                                    .n_headers = s->bearer.n ? HEADERS : HEADERS - 1,
                                    .body = buf_view(&b),
                                    .body_max = STT_ANSWER_MAX };
    return ERR_OK;
}

enum verdict { HEARD, POORER_SHAPE, AGAIN, NEVER };
struct tried {
    enum verdict verdict;
    err error; /* of the exchange: ERR_OK or ERR_UPSTREAM */
    struct client_reply reply;
    struct stt_text text;
};

static enum verdict judge(struct ctx *c, enum stt_shape shape, err e, const struct client_reply *r,
                          struct stt_text *ret)
{
    if (e != ERR_OK)
        return client_reply_passing(r) ? AGAIN : NEVER;
    if (r->status == 200)
        return stt_answer_read(c, r->body, ret) ? HEARD : AGAIN;
    const bool refused = r->status == 400 || r->status == 415 || r->status == 422;
    if (refused && shape + 1 < STT_SHAPES)
        return POORER_SHAPE;
    return client_reply_passing(r) ? AGAIN : NEVER;
}

static void pause_for(int64_t us)
{
    const struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
    nanosleep(&t, NULL);
}

/* false: no time is left for another try. */
static bool wait_before_retry(const struct stt *s, const struct client_reply *r, int64_t end_us)
{
    int64_t pause = r->outcome == CLIENT_OK ? llm_retry_after_us(r) : -1;
    pause = pause < pause_least_us ? pause_least_us : pause;
    if (clock_us(s) + pause >= end_us)
        return false;
    pause_for(pause);
    return true;
}

static err say_failure(struct ctx *c, err e, const struct client_reply *r)
{
    if (e != ERR_OK)
        return e;
    if (r->status == 200)
        return FAIL(c, UPSTREAM, "%.*s gave no transcription", STR_ARG(r->origin));
    return FAIL(c, UPSTREAM, "%.*s answered %d to speech", STR_ARG(r->origin), r->status);
}

/* One sending. *io_shape moves on where the endpoint refuses it, and is remembered once it takes
 * one: what it refuses then is the speech. */
static err send_once(struct stt *s, struct ctx *c, const struct stt_speech *speech,
                     enum stt_shape *io_shape, int64_t end_us, struct tried *ret)
{
    struct client_request q;
    const int64_t left_ms = (end_us - clock_us(s)) / 1000;
    TRY(write_question(c, s, *io_shape, speech, &q));
    q.timeout_ms = left_ms > 1 ? left_ms : 1;
    fault_clear(c);
    ret->reply = (struct client_reply){ 0 };
    ret->error = client_call(c, s->o.http, &q, &ret->reply);
    if (ret->error != ERR_OK && ret->error != ERR_UPSTREAM)
        return ret->error;
    ret->verdict = judge(c, *io_shape, ret->error, &ret->reply, &ret->text);
    if (ret->verdict == HEARD)
        atomic_store(&s->shape, (int)*io_shape);
    else if (ret->verdict == POORER_SHAPE)
        (*io_shape)++;
    return ERR_OK;
}

static err ask(struct stt *s, struct ctx *c, const struct stt_speech *speech, struct stt_text *ret)
{
    const int64_t end_us = clock_us(s) + (int64_t)s->o.timeout_ms * 1000;
    enum stt_shape shape = (enum stt_shape)atomic_load(&s->shape);
    for (int tries = 1;;) {
        struct tried t = { 0 };
        TRY(send_once(s, c, speech, &shape, end_us, &t));
        if (t.verdict == HEARD) {
            *ret = t.text;
            return ERR_OK;
        }
        if (t.verdict == POORER_SHAPE)
            continue; /* at most once a shape */
        if (t.verdict == NEVER || tries++ == STT_TRIES || !wait_before_retry(s, &t.reply, end_us))
            return say_failure(c, t.error, &t.reply);
        pthread_mutex_lock(&s->lock);
        s->stats.retried++;
        pthread_mutex_unlock(&s->lock);
    }
}

static err hear(void *self, struct ctx *c, const struct stt_speech *speech, struct stt_text *ret)
{
    struct stt *s = self;
    const int64_t begin_us = clock_us(s);
    struct stt_text got = { 0 };
    if (speech->n > (size_t)speech->rate * STT_SECONDS_MAX)
        return FAIL(c, TOO_LARGE, "an utterance has at most %d s", STT_SECONDS_MAX);
    pthread_mutex_lock(&s->lock);
    const bool may = stt_breaker_take(&s->breaker, begin_us);
    pthread_mutex_unlock(&s->lock);
    if (!may)
        return FAIL(c, BUSY, "the transcription service is not asked for a while: it failed");
    const err e = ask(s, c, speech, &got);
    got.took_us = clock_us(s) - begin_us;
    pthread_mutex_lock(&s->lock);
    stt_breaker_note(&s->breaker, e == ERR_OK, clock_us(s));
    s->stats.failed += e != ERR_OK;
    s->stats.silent += e == ERR_OK && got.text.n == 0;
    s->stats.heard += e == ERR_OK && got.text.n > 0;
    s->stats.took_us += got.took_us;
    pthread_mutex_unlock(&s->lock);
    if (e == ERR_OK)
        *ret = got;
    return e;
}

err stt_open(struct ctx *c, const struct stt_options *o, struct stt **ret)
{
    if (!client_origin_of(c, o->base_url).p)
        return FAIL(c, INVALID, "STT_BASE_URL must be https://host/path or http://host/path");
    struct arena *mem = arena_open(NULL, OWN_MEM_MAX);
    struct stt *s = arena_new(mem, struct stt);
    struct str base = o->base_url;
    while (str_ends(base, S("/")))
        base = str_sub(base, 0, base.n - 1);
    *s = (struct stt){ .mem = mem, .o = *o, .port = { s, hear } };
    s->o.model = str_keep(mem, o->model);
    s->o.language = str_keep(mem, o->language);
    s->o.api_key = s->o.base_url = (struct str){ 0 };
    s->url = str_fmt(mem, "%.*s/audio/transcriptions", STR_ARG(base));
    if (o->api_key.n)
        s->bearer = str_fmt(mem, "Bearer %.*s", STR_ARG(o->api_key));
    pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return ERR_OK;
}

const struct stt_port *stt_port_of(struct stt *s)
{
    return &s->port;
}

void stt_close(struct stt *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    arena_close(s->mem);
}

void stt_stats(struct stt *s, struct stt_stats *ret)
{
    pthread_mutex_lock(&s->lock);
    *ret = s->stats;
    ret->open = s->breaker.until_us != 0;
    pthread_mutex_unlock(&s->lock);
}
