/* The providers of opinions: the built-in rubric as a port, and the look-up by name. */
#include "base/str.h"
#include "service/evaluate.h"
#include "service/settings.h"

enum { COMMITMENT_MAX = 1024 };

static err builtin_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                        struct str feedback, struct worker_opinion *ret)
{
    (void)self;
    return rubric_work(c, weights_of(c), a, attempt, feedback, ret);
}

static err builtin_judge(void *self, struct ctx *c, const struct anon_application *a,
                         const struct worker_opinion *w, struct judge_opinion *ret)
{
    (void)self;
    return rubric_judge(c, weights_of(c), a, w, ret);
}

static err builtin_commitment(void *self, struct ctx *c, struct str *ret_canonical)
{
    (void)self;
    const struct weights *w = weights_of(c);
    struct str rubric = rubric_builtin_sha256(c);
    struct buf b;
    buf_init(&b, c->mem, COMMITMENT_MAX);
    buf_fmt(&b,
            "{\"judge_model\":\"%s\",\"judge_prompt_sha256\":\"%.*s\","
            "\"weights_pct\":[%d,%d,%d,%d],\"worker_model\":\"%s\","
            "\"worker_prompt_sha256\":\"%.*s\"}",
            RUBRIC_BUILTIN_VERSION, STR_ARG(rubric), w->academic, w->test, w->achievement, w->essay,
            RUBRIC_BUILTIN_VERSION, STR_ARG(rubric));
    *ret_canonical = buf_view(&b);
    return ERR_OK;
}

const struct evaluator_port evaluator_builtin = { .name = "builtin",
                                                  .label = RUBRIC_LABEL,
                                                  .work = builtin_work,
                                                  .judge = builtin_judge,
                                                  .commitment = builtin_commitment };

const struct evaluator_port *evaluator_find(struct ctx *c, struct str name)
{
    const struct evaluator_port *const *p = c->deps->evaluators;
    for (; p && *p; p++)
        if (str_eq(str_of((*p)->name), name))
            return *p;
    return NULL;
}
