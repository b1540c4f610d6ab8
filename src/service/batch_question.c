/* The graph `evaluate`, walked by hand. */
#include "service/batch_question.h"

#include "base/str.h"
#include "crypto/hash.h"
#include "service/settings.h"

static const struct {
    const char *node;
    char letter;
    int run;
    enum prompt_part part;
} asks[] = {
    { "achievements", 'a', 1, PROMPT_ACHIEVEMENTS },
    { "essay", 'e', 1, PROMPT_ESSAY },
    { "achievements_again", 'a', 2, PROMPT_ACHIEVEMENTS },
    { "essay_again", 'e', 2, PROMPT_ESSAY },
    { "judge", 'j', 1, PROMPT_JUDGE },
};
enum { ASKS_N = sizeof(asks) / sizeof(asks[0]) };

static size_t ask_of(int at)
{
    size_t i = 0;
    while (i < ASKS_N && strcmp(asks[i].node, evaluate_graph.nodes[at].name) != 0)
        i++;
    return i;
}

static bool is_judge(int at)
{
    const size_t i = ask_of(at);
    return i < ASKS_N && asks[i].part == PROMPT_JUDGE;
}

void batch_asker_init(struct ctx *c, const struct openai_evaluator *by, struct batch_asker *ret)
{
    const struct eval_models *m = &by->o.models;
    ret->by = by;
    for (int part = 0; part < PROMPT_PARTS; part++) {
        const struct str both[] = { part == PROMPT_JUDGE ? m->judge : m->worker, S("\n"),
                                    prompt_system(c, &m->prompts, (enum prompt_part)part) };
        const struct hash h = sha256_parts(both, sizeof(both) / sizeof(both[0]));
        const struct str hex = hash_hex(c->mem, &h);
        snprintf(ret->version[part], sizeof(ret->version[part]), "%.*s", BATCH_VERSION_N, hex.p);
    }
}

static err walk(struct ctx *c, struct batch_item *i)
{
    const struct graph *g = &evaluate_graph;
    while (i->at != GRAPH_END && g->nodes[i->at].run) {
        if (i->steps >= g->steps_max)
            return FAIL(c, INTERNAL, "the graph went round too often");
        TRY(g->nodes[i->at].run(c, &i->state));
        i->at = graph_next(g, i->at, &i->state);
        i->steps++;
    }
    return ERR_OK;
}

err batch_item_begin(struct ctx *c, const struct batch_asker *k, const struct eval_source *s,
                     struct str kept, struct batch_item *ret)
{
    *ret = (struct batch_item){ .source = s };
    TRY(eval_state_begin(c, &k->by->o.models, s, kept, &ret->state, &ret->at, &ret->steps));
    return walk(c, ret);
}

bool batch_item_asks(struct ctx *c, const struct batch_item *i, bool kept, int32_t *ret_pass)
{
    const int64_t rounds = evaluation_rounds_max(c);
    if (i->at == GRAPH_END || review_held(i->source) || (i->source->prior >= rounds && !kept))
        return false;
    *ret_pass = is_judge(i->at) ? MODEL_PASS_JUDGE : MODEL_PASS_WORKER;
    return true;
}

static struct str id_at(struct ctx *c, const struct batch_asker *k, const struct batch_item *i,
                        int at)
{
    const size_t n = ask_of(at);
    if (n == ASKS_N)
        return S("");
    return str_fmt(c->mem, "%.*s-%c%lld%d-%s", STR_ARG(i->source->anonymized_id), asks[n].letter,
                   (long long)i->source->prior + (long long)i->state.attempts.n, asks[n].run,
                   k->version[asks[n].part]);
}

struct str batch_item_id(struct ctx *c, const struct batch_asker *k, const struct batch_item *i)
{
    return id_at(c, k, i, i->at);
}

err batch_item_questions(struct ctx *c, const struct batch_asker *k, const struct batch_item *i,
                         batch_question_fn *fn, void *arg)
{
    int at = i->at;
    for (size_t n = 0; n < ASKS_N && at != GRAPH_END && evaluate_graph.nodes[at].build; n++) {
        struct llm_request q = { 0 };
        if (n > 0 && is_judge(at))
            return ERR_OK;
        TRY(evaluate_graph.nodes[at].build(c, &i->state, &q));
        TRY(fn(arg, c, id_at(c, k, i, at), &q));
        /* What follows a question of the Worker does not depend on its answer, but for the Judge.
         */
        at = graph_next(&evaluate_graph, at, &i->state);
    }
    return ERR_OK;
}

err batch_item_answer(struct ctx *c, struct batch_item *i, const struct llm_reply *reply)
{
    const struct graph *g = &evaluate_graph;
    const struct graph_node *n = &g->nodes[i->at];
    struct llm_request q = { 0 };
    struct llm_reply r = *reply;
    TRY(n->build(c, &i->state, &q));
    void *value = arena_try(c->mem, 1, q.reply->size, _Alignof(max_align_t));
    if (!value)
        return FAIL(c, UPSTREAM, "the answer is too large");
    g->spent(&i->state, i->at, &r);
    if (schema_decode(c, q.reply, r.text, value, NULL) != ERR_OK) {
        fault_clear(c);
        return FAIL(c, UPSTREAM, "the answer does not have the shape that was asked for");
    }
    r.value = value;
    TRY(n->absorb(c, &i->state, &r));
    i->at = graph_next(g, i->at, &i->state);
    i->steps++;
    return walk(c, i);
}

static size_t last_dash(struct str s, size_t end)
{
    while (end > 0 && s.p[end - 1] != '-')
        end--;
    return end;
}

bool batch_id_cut(struct str custom_id, struct str *ret_anonymized_id, struct str *ret_version)
{
    const size_t version = last_dash(custom_id, custom_id.n);
    if (version < 2 || custom_id.n - version != BATCH_VERSION_N)
        return false;
    const size_t part = last_dash(custom_id, version - 1);
    if (part < 2)
        return false;
    *ret_anonymized_id = str_sub(custom_id, 0, part - 1);
    *ret_version = str_sub(custom_id, version, BATCH_VERSION_N);
    return true;
}

bool batch_version_known(const struct batch_asker *k, struct str version)
{
    for (int part = 0; part < PROMPT_PARTS; part++)
        if (str_eq(str_of(k->version[part]), version))
            return true;
    return false;
}
