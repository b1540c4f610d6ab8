/* Language models: the client, the prompts and the provider `openai`, where the options name one.
 */
#include "app/wire.h"
#include "base/str.h"
#include "client/llm_record.h"
#include "jobs/watcher.h"
#include "service/evaluator_openai.h"

enum { CALL_TRIES_MS = 5 }; /* so many time-outs may a call last, waits included */

struct models {
    struct llm *llm;           /* NULL: answers come from a record */
    struct llm_record *record; /* NULL: none is written, none read */
    struct openai_evaluator openai;
    const struct evaluator_port *ports[3];
    struct llm *live; /* of the monitor of interviews: its own deadline and breaker */
    struct bias_queue *queue;
    struct watcher *watcher;
};

bool models_configured(const struct options *o)
{
    return o->openai_api_key.n > 0 || o->llm_replay.n > 0 ||
           !str_eq(o->llm_base_url, S(OPTION_LLM_BASE_URL));
}

static err load_prompts(struct ctx *c, struct installation *in, struct prompts *ret)
{
    struct str dir = in->o.prompt_dir;
    if (!dir.p)
        dir = str_of(installation_path(c, &in->o, "prompts"));
    return prompts_load(c, in->mem, dir, ret);
}

struct llm_options models_endpoint(const struct installation *in)
{
    const struct options *o = &in->o;
    return (struct llm_options){
        .http = in->deps.client,
        .deps = &in->deps,
        .base_url = o->llm_base_url,
        .api_key = o->openai_api_key,
        .api = o->llm_api == OPTION_LLM_RESPONSES ? LLM_RESPONSES : LLM_CHAT,
    };
}

static err open_llm(struct ctx *c, struct installation *in, struct llm **ret)
{
    const struct options *o = &in->o;
    struct llm_options lo = models_endpoint(in);
    lo.in_flight_max = (uint32_t)o->llm_max_in_flight;
    lo.tries_max = (uint32_t)o->api_max_retries;
    lo.delay_ms = (uint32_t)(o->api_retry_delay * 10); /* hundredths of a second */
    lo.timeout_ms = (uint32_t)o->llm_timeout_seconds * 1000;
    lo.call_max_ms = lo.timeout_ms * CALL_TRIES_MS;
    return llm_open(c, &lo, ret);
}

/* From the endpoint, from the endpoint into a record, or from a record alone. */
static err open_answers(struct ctx *c, struct installation *in, struct models *m,
                        const struct llm_port **ret)
{
    const struct options *o = &in->o;
    if (o->llm_replay.n > 0) {
        TRY(llm_replay_open(c, str_z(c->mem, o->llm_replay), &m->record));
        *ret = llm_record_port(m->record);
        return ERR_OK;
    }
    TRY(open_llm(c, in, &m->llm));
    *ret = llm_port_of(m->llm);
    if (o->llm_record.n == 0)
        return ERR_OK;
    const err e = llm_record_open(c, *ret, str_z(c->mem, o->llm_record), &m->record);
    if (e != ERR_OK)
        llm_close(m->llm);
    else
        *ret = llm_record_port(m->record);
    return e;
}

enum { LIVE_TRIES = 2, LIVE_DELAY_MS = 500, MS_PER_S = 1000 };

/* One deadline for the tries of a call; what is late for that is no use. */
static err open_live(struct ctx *c, struct installation *in, struct models *m)
{
    struct llm_options lo = models_endpoint(in);
    lo.in_flight_max = BIAS_IN_FLIGHT;
    lo.tries_max = LIVE_TRIES;
    lo.delay_ms = LIVE_DELAY_MS;
    lo.timeout_ms = lo.call_max_ms = (uint32_t)in->o.bias_timeout_seconds * MS_PER_S;
    return llm_open(c, &lo, &m->live);
}

static bool live_broken(void *arg)
{
    struct llm_stats s;
    llm_stats(arg, &s);
    return s.open;
}

/* Who judges utterances: the same endpoint, or the record. */
static err start_monitor(struct ctx *c, struct installation *in, struct models *m,
                         const struct prompts *prompts)
{
    const struct options *o = &in->o;
    struct bias_queue_options qo = { .model = o->bias_detection_model,
                                     .prompt = prompts->bias,
                                     .timeout_ms = (uint32_t)o->bias_timeout_seconds * MS_PER_S };
    if (!o->enable_bias_monitoring)
        return ERR_OK;
    if (m->record) {
        qo.llm = llm_record_port(m->record);
    } else {
        TRY(open_live(c, in, m));
        qo.llm = llm_port_of(m->live);
        qo.broken = live_broken;
        qo.arg = m->live;
    }
    TRY(bias_queue_open(c, &qo, &m->queue));
    TRY(watcher_open(c, &in->deps, m->queue, &m->watcher));
    in->deps.bias = bias_queue_port(m->queue);
    return ERR_OK;
}

err installation_start_models(struct ctx *c, struct installation *in)
{
    const struct options *o = &in->o;
    struct openai_options po = {
        .models = { .worker = o->worker_model,
                    .judge = o->judge_model,
                    .worker_runs = o->llm_worker_runs },
        .in_flight_max = (uint32_t)o->llm_max_in_flight,
        .budget_tokens = o->llm_budget_tokens,
        .budget_micro = o->llm_budget_micro,
    };
    if (in->models || !models_configured(o))
        return ERR_OK;
    TRY(model_prices_read(c, str_keep(in->mem, o->model_prices), &po.prices));
    TRY(installation_start_client(c, in));
    TRY(load_prompts(c, in, &po.models.prompts));
    struct models *m = arena_new(in->mem, struct models);
    TRY(open_answers(c, in, m, &po.llm));
    po.api = o->llm_api == OPTION_LLM_RESPONSES ? LLM_RESPONSES : LLM_CHAT;
    po.remote = (struct llm_remote){ .http = in->deps.client,
                                     .base_url = o->llm_base_url,
                                     .api_key = o->openai_api_key,
                                     .api = po.api,
                                     .tries_max = (uint32_t)o->api_max_retries,
                                     .delay_ms = (uint32_t)(o->api_retry_delay * 10) };
    openai_evaluator_init(&m->openai, &po);
    m->ports[0] = &evaluator_builtin;
    m->ports[1] = &m->openai.port;
    in->models = m;
    in->deps.evaluators = m->ports;
    return start_monitor(c, in, m, &po.models.prompts);
}

bool installation_model_stats(const struct installation *in, struct llm_stats *ret)
{
    if (!in->models || !in->models->llm)
        return false;
    llm_stats(in->models->llm, ret);
    return true;
}

void installation_stop_models(struct installation *in)
{
    if (!in->models)
        return;
    llm_stop(in->models->llm);
    llm_stop(in->models->live);
}

void installation_close_models(struct installation *in)
{
    if (in->models) {
        in->deps.bias = NULL;
        watcher_close(in->models->watcher);
        bias_queue_close(in->models->queue);
        llm_close(in->models->live);
        llm_close(in->models->llm);
        llm_record_close(in->models->record);
    }
    in->models = NULL;
}
