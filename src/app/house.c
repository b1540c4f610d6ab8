/* What an administrator may see of the installation: the option table with its origins, the checks
 * of doctor in an installation of their own, and one question to each model. */
#include "app/house.h"

#include <pthread.h>
#include <stdlib.h>

#include "app/doctor.h"
#include "base/str.h"
#include "client/llm.h"

enum {
    MODELS_MAX = 3,
    ASK_MS = 12000, /* within the deadline of a request */
    DOCTOR_ARENA_MAX = 64 * 1024 * 1024,
    DOCTOR_BUDGET_US = 25000000,
    US_PER_MS = 1000
};

struct house {
    struct installation *in;
    struct house_port port;
    pthread_mutex_t looking;
};

_Static_assert((int)SETTING_DEFAULT == FROM_DEFAULT && (int)SETTING_FILE == FROM_FILE &&
                   (int)SETTING_DOTENV == FROM_DOTENV && (int)SETTING_ENVIRONMENT == FROM_ENV &&
                   (int)SETTING_FLAG == FROM_FLAG,
               "the port tells origins as the options know them");
_Static_assert((int)HOUSE_OK == DOCTOR_OK && (int)HOUSE_WARN == DOCTOR_WARN &&
                   (int)HOUSE_FAIL == DOCTOR_FAIL,
               "the port tells findings as doctor makes them");

static err list_settings(void *self, struct ctx *c, struct list *ret)
{
    const struct installation *in = ((struct house *)self)->in;
    struct setting *v = arena_array(c->mem, struct setting, options_schema.n);
    for (size_t i = 0; i < options_schema.n; i++) {
        const struct field *f = &options_schema.fields[i];
        char env[64];
        v[i] = (struct setting){ .name = str_keep(c->mem, str_of(option_env_name(f, env))),
                                 .group = str_of(option_group(f)),
                                 .value = option_text(c, &in->o, f),
                                 .preset = str_of(f->preset),
                                 .meaning = str_of(f->doc),
                                 .origin = (int32_t)in->origins.of[i],
                                 .secret = (f->flags & FIELD_SECRET) != 0,
                                 .set = option_is_set(&in->o, f) };
    }
    *ret = (struct list){ v, options_schema.n };
    return ERR_OK;
}

/* Doctor opens keys, database and provider anew, so it gets an installation that is nobody else's.
 */
static void examine(const struct house *h, struct ctx *own, struct doctor *d)
{
    struct installation *in = arena_new(own->mem, struct installation);
    in->o = h->in->o;
    in->origins = h->in->origins;
    installation_begin(own, in);
    *d = (struct doctor){ .c = own, .in = in, .quick = true };
    doctor_run(d);
    installation_close(in);
}

static err copy_findings(struct ctx *c, const struct doctor *d, struct list *ret)
{
    struct house_finding *v =
        arena_try(c->mem, d->n + 1, sizeof(*v), _Alignof(struct house_finding));
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many findings at once");
    for (size_t i = 0; i < d->n; i++)
        v[i] = (struct house_finding){ .check = str_keep(c->mem, d->findings[i].check),
                                       .text = str_keep(c->mem, d->findings[i].text),
                                       .remedy = d->findings[i].remedy,
                                       .level = d->findings[i].level };
    *ret = (struct list){ v, d->n };
    return ERR_OK;
}

static err list_checks(void *self, struct ctx *c, struct list *ret)
{
    struct house *h = self;
    struct ctx own;
    if (pthread_mutex_trylock(&h->looking) != 0)
        return FAIL(c, BUSY, "Somebody else has the installation checked at this moment");
    struct arena *mem = arena_open(NULL, DOCTOR_ARENA_MAX);
    ctx_init(&own, mem, c->deps, DOCTOR_BUDGET_US);
    struct doctor *d = arena_new(mem, struct doctor);
    examine(h, &own, d);
    const err e = copy_findings(c, d, ret);
    arena_close(mem);
    pthread_mutex_unlock(&h->looking);
    return e;
}

/* One question of a round, and what became of it. */
struct question {
    struct round *of;
    char message[FAULT_TEXT_MAX];
    bool answered;
    int64_t took_us, tokens_in, tokens_out;
};
struct round {
    pthread_mutex_t lock;
    pthread_cond_t over;
    size_t open;
    struct str models[MODELS_MAX];
    struct question q[MODELS_MAX];
    size_t n;
};

struct pong {
    bool ready;
};
static const struct field pong_fields[] = {
    FIELD_BOOL(struct pong, ready, .flags = FIELD_REQUIRED, .doc = "Always true."),
};
static SCHEMA(pong_schema, "Pong", struct pong, pong_fields);

static void answered(void *arg, const struct llm_failure *failure, const struct llm_reply *reply)
{
    struct question *q = arg;
    pthread_mutex_lock(&q->of->lock);
    if (failure) {
        snprintf(q->message, sizeof(q->message), "%s", failure->text);
    } else {
        q->answered = true;
        q->took_us = reply->took_us;
        q->tokens_in = reply->tokens_in;
        q->tokens_out = reply->tokens_out;
    }
    q->of->open--;
    pthread_cond_signal(&q->of->over);
    pthread_mutex_unlock(&q->of->lock);
}

static void add_model(struct round *r, struct str model)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->models[i], model))
            return;
    r->models[r->n] = model;
    r->q[r->n++].of = r;
}

static void ask_all(struct ctx *c, struct round *r, const struct llm_port *port)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++) {
        const struct llm_request request = {
            .model = r->models[i],
            .system = S("This is a test of the connection. Answer with the JSON object "
                        "{\"ready\": true} and nothing else."),
            .user = S("Are you ready?"),
            .reply = &pong_schema,
        };
        r->open++;
        pthread_mutex_unlock(&r->lock);
        const err e = port->start(port->self, c, &request, answered, &r->q[i]);
        pthread_mutex_lock(&r->lock);
        if (e == ERR_OK)
            continue;
        snprintf(r->q[i].message, sizeof(r->q[i].message), "%s", c->fault.text);
        fault_clear(c);
        r->open--;
    }
    while (r->open)
        pthread_cond_wait(&r->over, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

static err may_ask(struct ctx *c, const struct options *o)
{
    if (!models_configured(o) || !c->deps->client)
        return FAIL(c, BAD_REQUEST,
                    "No model endpoint is configured: set LLM_BASE_URL or OPENAI_API_KEY");
    if (o->llm_replay.n)
        return FAIL(c, BAD_REQUEST, "Answers come from the record LLM_REPLAY, nobody is asked");
    return ERR_OK;
}

static err ask_models(void *self, struct ctx *c, struct list *ret)
{
    const struct installation *in = ((struct house *)self)->in;
    struct llm_options lo = models_endpoint(in);
    struct llm *llm = NULL;
    TRY(may_ask(c, &in->o));
    lo.in_flight_max = MODELS_MAX;
    lo.tries_max = lo.delay_ms = 1;
    lo.timeout_ms = lo.call_max_ms = ASK_MS;
    struct round *r = arena_new(c->mem, struct round);
    struct model_answer *v = arena_array(c->mem, struct model_answer, MODELS_MAX);
    add_model(r, in->o.worker_model);
    add_model(r, in->o.judge_model);
    if (in->o.enable_bias_monitoring)
        add_model(r, in->o.bias_detection_model);
    TRY(llm_open(c, &lo, &llm));
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->over, NULL);
    ask_all(c, r, llm_port_of(llm));
    llm_close(llm);
    pthread_cond_destroy(&r->over);
    pthread_mutex_destroy(&r->lock);
    for (size_t i = 0; i < r->n; i++) {
        const struct question *q = &r->q[i];
        v[i] =
            (struct model_answer){ .model = r->models[i],
                                   .message = q->answered ? (struct str){ 0 } : str_of(q->message),
                                   .took_ms = q->took_us / US_PER_MS,
                                   .tokens_in = q->tokens_in,
                                   .tokens_out = q->tokens_out,
                                   .answered = q->answered };
    }
    *ret = (struct list){ v, r->n };
    return ERR_OK;
}

struct house *house_open(struct installation *in)
{
    struct house *h = calloc(1, sizeof(*h));
    if (!h)
        abort();
    h->in = in;
    h->port = (struct house_port){ h, list_settings, list_checks, ask_models };
    pthread_mutex_init(&h->looking, NULL);
    return h;
}

const struct house_port *house_port_of(struct house *h)
{
    return &h->port;
}

void house_close(struct house *h)
{
    pthread_mutex_destroy(&h->looking);
    free(h);
}
