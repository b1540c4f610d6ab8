/* The provider `openai` as a port: its chunk (evaluator_many.c), one question at a time for
 * imports, and what it is committed to. */
#include "service/evaluator_openai.h"

#include <pthread.h>

#include "base/str.h"
#include "service/settings.h"

enum { COMMITMENT_MAX = 2048 };

/* One question at a time, for imports: waits for its answer. */
struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool over;
    struct llm_failure failure;
    struct buf text; /* on the heap */
};

static void answered(void *arg, const struct llm_failure *failure, const struct llm_reply *reply)
{
    struct waiting *w = arg;
    pthread_mutex_lock(&w->lock);
    if (failure)
        w->failure = *failure;
    else
        buf_str(&w->text, reply->text);
    w->over = true;
    pthread_cond_signal(&w->came);
    pthread_mutex_unlock(&w->lock);
}

static err wait_for(struct ctx *c, const struct llm_port *llm, const struct llm_request *q,
                    struct str *ret)
{
    struct waiting w = { .over = false };
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.came, NULL);
    buf_init(&w.text, NULL, LLM_BODY_MAX);
    err e = llm->start(llm->self, c, q, answered, &w);
    pthread_mutex_lock(&w.lock);
    while (e == ERR_OK && !w.over)
        pthread_cond_wait(&w.came, &w.lock);
    pthread_mutex_unlock(&w.lock);
    if (e == ERR_OK && w.failure.kind != ERR_OK)
        e = FAIL(c, UPSTREAM, "%s", w.failure.text);
    if (e == ERR_OK)
        *ret = str_keep(c->mem, buf_view(&w.text));
    buf_done(&w.text);
    pthread_cond_destroy(&w.came);
    pthread_mutex_destroy(&w.lock);
    return e;
}

static err judge(void *self, struct ctx *c, const struct anon_application *a,
                 const struct worker_opinion *o, struct judge_opinion *ret)
{
    const struct openai_evaluator *by = self;
    struct llm_request q;
    struct judge_answer answer;
    struct str text;
    const struct weights *w = weights_of(c);
    TRY(rubric_judge(c, w, a, o, ret));
    if (ret->decision != JUDGE_APPROVED)
        return ERR_OK;
    TRY(eval_judge_build(c, &by->o.models, a, o, &q));
    TRY(wait_for(c, by->o.llm, &q, &text));
    if (schema_decode(c, q.reply, text, &answer, NULL) != ERR_OK) {
        fault_clear(c);
        return FAIL(c, UPSTREAM, "The Judge's answer does not have the shape that was asked for");
    }
    return eval_judge_absorb(c, &answer, ret);
}

/* An import brings the Worker's part; alone it is not asked. */
static err work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                struct str feedback, struct worker_opinion *ret)
{
    (void)self, (void)a, (void)attempt, (void)feedback, (void)ret;
    return FAIL(c, INTERNAL, "This provider evaluates whole parts of a job");
}

static err commitment(void *self, struct ctx *c, struct str *ret_canonical)
{
    const struct openai_evaluator *by = self;
    const struct eval_models *m = &by->o.models;
    const struct weights *w = weights_of(c);
    struct buf b;
    buf_init(&b, c->mem, COMMITMENT_MAX);
    buf_fmt(&b,
            "{\"judge_model\":\"%.*s\",\"judge_prompt_sha256\":\"%.*s\",\"rubric_sha256\":\"%.*s\","
            "\"weights_pct\":[%d,%d,%d,%d],\"worker_model\":\"%.*s\","
            "\"worker_prompt_sha256\":\"%.*s\"}",
            STR_ARG(m->judge), STR_ARG(prompt_judge_sha256(c, &m->prompts)),
            STR_ARG(prompt_rubric_sha256(c, &m->prompts)), w->academic, w->test, w->achievement,
            w->essay, STR_ARG(m->worker), STR_ARG(prompt_worker_sha256(c, &m->prompts)));
    *ret_canonical = buf_view(&b);
    return ERR_OK;
}

void openai_evaluator_init(struct openai_evaluator *e, const struct openai_options *o)
{
    e->o = *o;
    snprintf(e->label, sizeof(e->label), "%.*s + %.*s", STR_ARG(o->models.worker),
             STR_ARG(o->models.judge));
    e->port = (struct evaluator_port){ .name = "openai",
                                       .label = e->label,
                                       .self = e,
                                       .work = work,
                                       .judge = judge,
                                       .models = e,
                                       .many = openai_many,
                                       .probe = openai_probe,
                                       .commitment = commitment };
}
