/* Table: the graph `bias`, with the question to the model and what its answer is worth. */
#include <math.h>

#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "detect/bias_detect.h"
#include "service/bias_inner.h"
#include "service/prompt.h"
#include "service/settings.h"

static const char *const judgement_text[] = { "model", "rules", "none" };
NAMES(bias_judgement_names, judgement_text);

/* What the model says of an utterance. */
struct bias_answer {
    bool bias_detected;
    struct list bias_types;
    int32_t severity;
    double confidence_score;
    struct list evidence_quotes;
    struct str context_summary;
    int32_t recommended_action;
};
#define A struct bias_answer
static const struct field answer_fields[] = {
    FIELD_BOOL(A, bias_detected, .flags = FIELD_REQUIRED, .doc = "Whether the utterance is bias."),
    FIELD_LIST(A, bias_types, .flags = FIELD_REQUIRED, .names = &bias_type_codes, .max = BIAS_TYPES,
               .doc = "Its types; empty without bias."),
    FIELD_ENUM(A, severity, .flags = FIELD_REQUIRED, .names = &bias_severity_codes,
               .doc = "How grave it is."),
    FIELD_F64(A, confidence_score, .flags = FIELD_REQUIRED, .max = 1,
              .doc = "How sure you are, 0 to 1."),
    FIELD_LIST(A, evidence_quotes, .flags = FIELD_REQUIRED, .max = BIAS_QUOTES_MAX,
               .doc = "Exact pieces of the utterance that show it."),
    FIELD_STR(A, context_summary, .flags = FIELD_REQUIRED, .max = BIAS_WORDS_MAX,
              .doc = "One sentence; no names."),
    FIELD_ENUM(A, recommended_action, .flags = FIELD_REQUIRED, .names = &bias_action_codes,
               .doc = "What you would do."),
};
#undef A
static SCHEMA(bias_answer_schema, "BiasAnswer", struct bias_answer, answer_fields);

#define R struct bias_run
static const struct field run_fields[] = {
    FIELD_ENUM(R, judgement, .names = &bias_judgement_names),
    FIELD_BOOL(R, bias_detected),
    FIELD_ENUM(R, severity, .names = &bias_severity_codes),
    FIELD_ENUM(R, recommended_action, .names = &bias_action_codes),
    FIELD_F64(R, confidence_score),
    FIELD_LIST(R, bias_types),
    FIELD_LIST(R, evidence_quotes),
    FIELD_STR(R, context_summary, .flags = FIELD_NULL),
    FIELD_STR(R, llm_model, .flags = FIELD_NULL),
    FIELD_STR(R, llm_response_raw, .flags = FIELD_NULL),
};
#undef R
static SCHEMA(run_schema, "BiasRun", struct bias_run, run_fields);

const struct bias_settings *bias_rules(const struct ctx *c)
{
    const struct settings *s = settings_of(c);
    return s->bias.strike_limit_per_interview > 0 ? &s->bias : &bias_settings_default;
}

struct str bias_rules_hash(struct ctx *c, const struct bias_settings *s)
{
    struct buf b;
    buf_init(&b, c->mem, BIAS_JSON_MAX);
    schema_encode(&bias_settings_schema, s, &b);
    const struct hash h = sha256(buf_view(&b));
    return hash_hex(c->mem, &h);
}

static void put_codes(struct buf *b, uint32_t bits)
{
    const char *comma = "";
    for (int t = 0; t < BIAS_TYPES; t++) {
        if (!(bits & (UINT32_C(1) << (unsigned)t)))
            continue;
        buf_fmt(b, "%s\"%s\"", comma, bias_type_codes.v[t]);
        comma = ",";
    }
}

/* What the detector said stays beside the model's answer, for figures of quality. */
static struct str finding_json(struct ctx *c, const struct detect_finding *f)
{
    struct buf b;
    buf_init(&b, c->mem, BIAS_JSON_MAX);
    buf_fmt(&b, "{\"bias_detected\":%s,\"bias_types\":[", f->bias_detected ? "true" : "false");
    put_codes(&b, f->types);
    buf_fmt(&b, "],\"confidence_score\":%.4f,\"severity\":\"%s\"}", f->confidence,
            bias_severity_codes.v[f->severity]);
    return buf_view(&b);
}

_Static_assert((int)DETECT_TYPES == (int)BIAS_TYPES && (int)DETECT_CRITICAL == (int)BIAS_CRITICAL,
               "the detector's names are in the order of the rules'");

static void take_finding(struct ctx *c, struct bias_run *r, const struct detect_finding *f)
{
    struct str *types = arena_array(c->mem, struct str, BIAS_TYPES + 1);
    struct str *quote = arena_new(c->mem, struct str);
    size_t n = 0;
    for (int t = 0; f->bias_detected && t < BIAS_TYPES; t++)
        if (f->types & (UINT32_C(1) << (unsigned)t))
            types[n++] = str_of(bias_type_codes.v[t]);
    *quote = f->evidence;
    r->judgement = JUDGED_BY_RULES;
    r->bias_detected = f->bias_detected;
    r->severity = f->bias_detected ? f->severity : BIAS_NONE;
    r->recommended_action = f->bias_detected ? BIAS_ACT_NUDGE : BIAS_ACT_NONE;
    r->confidence_score = f->confidence;
    r->bias_types = (struct list){ types, n };
    r->evidence_quotes = (struct list){ quote, f->bias_detected && f->evidence.n ? 1 : 0 };
    r->llm_model = S("builtin");
    r->context_summary = r->llm_response_raw = (struct str){ 0 };
}

void bias_detect(struct ctx *c, struct bias_run *r)
{
    struct detect_turn turns[DETECT_CONTEXT_MAX];
    const struct analysis_turn *v = r->context.v;
    const size_t from = r->context.n > DETECT_CONTEXT_MAX ? r->context.n - DETECT_CONTEXT_MAX : 0;
    struct detect_input in = { .text = r->row.utterance, .context = turns };
    struct detect_finding f = { 0 };
    for (size_t i = from; i < r->context.n; i++)
        turns[in.n_context++] = (struct detect_turn){ v[i].applicant, v[i].text };
    detect_utterance(&in, &f);
    f.confidence = f.confidence >= 0 && f.confidence <= 1 ? f.confidence : 0;
    take_finding(c, r, &f);
    r->row.detector = finding_json(c, &f);
}

/* Small ASCII letters and digits as they are, all else but bytes of other scripts one blank. */
static struct str fold(struct arena *mem, struct str s)
{
    char *p = arena_try(mem, s.n + 3, 1, 1);
    size_t n = 0;
    if (!p)
        return (struct str){ 0 };
    p[n++] = ' ';
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char ch = (unsigned char)s.p[i];
        const bool upper = ch >= 'A' && ch <= 'Z';
        const bool kept = upper || (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
                          (ch >= 0x80 && !str_starts(str_sub(s, i, 3), S("\xe2\x80")));
        if (kept)
            p[n++] = (char)(upper ? ch | 0x20 : ch);
        else if (p[n - 1] != ' ')
            p[n++] = ' ';
        if (!kept && ch >= 0x80) /* typographic quotes, dashes and ellipses: three bytes */
            i += 2;
    }
    if (p[n - 1] != ' ')
        p[n++] = ' ';
    return (struct str){ p, n };
}

/* What is said in folded form somewhere in the text. */
static bool quote_stands(struct arena *mem, struct str text, struct str quote)
{
    const struct str hay = fold(mem, text), needle = fold(mem, quote);
    return needle.n > 1 && hay.p && memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

/* Whole words only: both ends of a folded text are blanks. Returns whether all stood. */
static bool keep_quotes(struct ctx *c, struct str text, const struct list *quotes, struct list *ret)
{
    const struct str *v = quotes->v;
    struct str *kept = arena_array(c->mem, struct str, quotes->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < quotes->n; i++)
        if (quote_stands(c->mem, text, v[i]))
            kept[n++] = v[i];
    *ret = (struct list){ kept, n };
    return n == quotes->n;
}

/* Below the first threshold; where that is 0 there is nothing below it. */
static double distrust(const struct bias_settings *s, double confidence)
{
    const double below = nextafter(s->nudge_threshold_low, -1);
    return confidence < below || below < 0 ? fmin(confidence, fmax(below, 0)) : below;
}

static err check_lists(struct ctx *c, const struct bias_answer *a)
{
    const struct str *types = a->bias_types.v, *quotes = a->evidence_quotes.v;
    for (size_t i = 0; i < a->bias_types.n; i++)
        if (names_find(&bias_type_codes, types[i]) < 0)
            return FAIL(c, UPSTREAM, "the model names a type of bias that is none");
    for (size_t i = 0; i < a->evidence_quotes.n; i++)
        if (quotes[i].n > BIAS_UTTERANCE_MAX)
            return FAIL(c, UPSTREAM, "a quote of the model is too long");
    return ERR_OK;
}

/* Checks what the model said of the row's utterance; quotes that are not in it are dropped and take
 * the confidence below the first threshold. ERR_UPSTREAM: no analysis (V1). */
static err take_answer(struct ctx *c, struct bias_run *r, const struct bias_answer *a)
{
    TRY(check_lists(c, a));
    const bool stood = keep_quotes(c, r->row.utterance, &a->evidence_quotes, &r->evidence_quotes);
    const bool shown = stood && (!a->bias_detected || r->evidence_quotes.n > 0);
    r->judgement = JUDGED_BY_MODEL;
    r->bias_detected = a->bias_detected;
    r->severity = a->severity;
    r->recommended_action = a->recommended_action;
    r->confidence_score =
        shown ? a->confidence_score : distrust(bias_rules(c), a->confidence_score);
    r->bias_types = a->bias_types;
    r->context_summary = a->context_summary;
    return ERR_OK;
}

static err build_question(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct bias_run *r = state;
    const struct prompts p = { .bias = r->models->prompt };
    *ret = (struct llm_request){
        .model = r->models->model,
        .system = prompt_monitor(c, &p),
        .user = prompt_utterance(c, r->row.utterance, r->context.v, r->context.n),
        .reply = &bias_answer_schema,
        .key = str_fmt(c->mem, "bias:%lld:%lld", (long long)r->row.interview_id,
                       (long long)r->row.transcript_id),
        .timeout_ms = r->models->timeout_ms,
    };
    return ERR_OK;
}

static err absorb_answer(struct ctx *c, void *state, const struct llm_reply *reply)
{
    struct bias_run *r = state;
    TRY(take_answer(c, r, reply->value));
    r->llm_model = r->models->model;
    r->llm_response_raw = reply->text;
    return ERR_OK;
}

static bool is_over(const void *state)
{
    const struct bias_run *r = state;
    return r->repeated || r->judgement == JUDGED_NOT;
}

/* Nothing to show, to take back, to flag or to log. */
static bool is_quiet(const void *state)
{
    const struct bias_run *r = state;
    const int32_t response = r->o.response;
    return !r->stands && r->o.flag == FLAG_NONE &&
           (response == RESPOND_NONE || (response == RESPOND_SUPPRESSED && !r->a.detected));
}

static const struct graph_node nodes[] = {
    [BIAS_ANALYZE] = { "analyze_bias",
                       "Asks the model about one utterance, with up to five chunks before it and "
                       "both speakers as data. Before it, as the utterance comes in, the built-in "
                       "detector has given its provisional answer. Refused, cut or without the "
                       "shape that was asked for: asked once more, then an analysis error.",
                       .build = build_question, .absorb = absorb_answer,
                       .tries = BIAS_ANSWER_TRIES },
    [BIAS_STORE] = { "store_analysis",
                     "Takes the locks; the analysis becomes a row, once for each transcript. An "
                     "error becomes a gap of the monitoring.",
                     .run = bias_store_analysis, .in_tx = true },
    [BIAS_STRIKES] = { "check_strikes",
                       "The rules over ledger, room and what was heard: response, points, counters "
                       "and status. The points go into the ledger.",
                       .run = bias_check_strikes, .in_tx = true },
    [BIAS_ACTION] = { "take_action",
                      "Nudge, flag, end of the interview, status, and the entries of the log.",
                      .run = bias_take_action, .in_tx = true },
};
static const struct graph_edge edges[] = {
    { BIAS_ANALYZE, BIAS_STORE, NULL, NULL },
    { BIAS_STORE, GRAPH_END, is_over, "error, or analysed before" },
    { BIAS_STORE, BIAS_STRIKES, NULL, "judged" },
    { BIAS_STRIKES, GRAPH_END, is_quiet, "no response" },
    { BIAS_STRIKES, BIAS_ACTION, NULL, "response or flag" },
    { BIAS_ACTION, GRAPH_END, NULL, NULL },
};
const struct graph bias_graph = {
    .name = "bias",
    .doc = "One utterance of an evaluator. analyze_bias waits for a model; the other three are one "
           "transaction, so that analysis, points, nudge, flag, status and log are there together "
           "or not at all. After an answer, and before that transaction, the answer is saved: a "
           "process that is killed between asks nobody twice.",
    .state = &run_schema,
    .nodes = nodes,
    .edges = edges,
    .n_nodes = sizeof(nodes) / sizeof(nodes[0]),
    .n_edges = sizeof(edges) / sizeof(edges[0]),
    .start = BIAS_ANALYZE,
    .steps_max = 8,
};
