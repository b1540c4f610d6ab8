/* The phase steps: a route for each row of the phase table that staff may take. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "service/cycle_admin.h"
#include "service/phase_step.h"

struct step_query {
    bool force;
};
static const struct field step_query_fields[] = {
    FIELD_BOOL(struct step_query, force, .preset = "false",
               .doc = "Go on although items failed; super_admin only, and logged."),
};
static SCHEMA(step_query_schema, "PhaseStepQuery", struct step_query, step_query_fields);

static const char *const provider_text[] = { "builtin", "openai", "external" };
static NAMES(provider_names, provider_text);
struct processing_request {
    int32_t provider;
    int64_t budget_tokens, budget_micro;
};
static const struct field processing_fields[] = {
    FIELD_ENUM(struct processing_request, provider, .flags = FIELD_NULL, .names = &provider_names,
               .doc = "Who scores; the server's setting when left out. external waits for an "
                      "import."),
    FIELD_I64(struct processing_request, budget_tokens, .max = 1e15, .preset = "0",
              .doc =
                  "Tokens that the models of this cycle may use in all; 0: the server's setting. A "
                  "cycle that stopped at its budget goes on with a larger one."),
    FIELD_I64(struct processing_request, budget_micro, .max = 1e15, .preset = "0",
              .doc = "The same in money, in micro-units of the currency of the prices."),
};
static SCHEMA(processing_schema, "ProcessingRequest", struct processing_request, processing_fields);

struct export_reply {
    struct str cycle_id, file_path;
    int64_t record_count, batch_id;
    struct str message;
};
static const struct field export_fields[] = {
    FIELD_STR(struct export_reply, cycle_id, .doc = "The cycle."),
    FIELD_STR(struct export_reply, file_path, .doc = "Name of the file in the export folder."),
    FIELD_I64(struct export_reply, record_count, .doc = "Anonymous applications written."),
    FIELD_I64(struct export_reply, batch_id, .doc = "The batch that an import belongs to."),
    FIELD_STR(struct export_reply, message, .doc = "What was done, in words."),
};
static SCHEMA(export_schema, "ExportReply", struct export_reply, export_fields);

struct select_reply { /* of select and of final-select */
    int64_t selected_count, shortlisted_count, not_selected_count, cutoff_score;
    struct str selection_criteria;
};
static const struct field select_fields[] = {
    FIELD_I64(struct select_reply, selected_count, .doc = "Applications that were selected."),
    FIELD_I64(struct select_reply, shortlisted_count,
              .doc = "Applications invited to an interview; 0 in direct selection."),
    FIELD_I64(struct select_reply, not_selected_count, .doc = "Applications not selected."),
    FIELD_E2(struct select_reply, cutoff_score,
             .doc = "Final score of the last one selected or shortlisted."),
    FIELD_JSON(struct select_reply, selection_criteria,
               .doc = "Mode, seats, tie rule; factor and weights of a shortlist."),
};
static SCHEMA(select_schema, "SelectReply", struct select_reply, select_fields);

static const struct field final_fields[] = {
    FIELD_I64(struct select_reply, selected_count, .doc = "Finalists that got a seat."),
    FIELD_I64(struct select_reply, not_selected_count, .doc = "Finalists that did not."),
    FIELD_E2(struct select_reply, cutoff_score,
             .doc = "Combined score of the last one selected, 0 to 100."),
    FIELD_JSON(struct select_reply, selection_criteria,
               .doc = "Seats, weights, tie rule, and how many had no interview score."),
};
static SCHEMA(final_schema, "FinalSelectReply", struct select_reply, final_fields);

struct approval_reply {
    bool success;
    struct str message;
    int64_t expires_at;
};
static const struct field approval_fields[] = {
    FIELD_BOOL(struct approval_reply, success, .flags = FIELD_REQUIRED),
    FIELD_STR(struct approval_reply, message, .flags = FIELD_REQUIRED),
    FIELD_TIME(struct approval_reply, expires_at, .flags = FIELD_REQUIRED),
};
static SCHEMA(approval_schema, "PhaseApproval", struct approval_reply, approval_fields);

/* The two-person rule: the answer says what was kept instead of what the step would say. */
static void say_waits(struct ctx *c, struct call *call, const char *verb, int64_t until_us)
{
    enum { APPROVAL_REPLY_MAX = 1024 };
    const struct approval_reply r = {
        .success = true,
        .message = str_fmt(c->mem,
                           "Noted: %s runs when another administrator asks for the same before it "
                           "expires",
                           verb),
        .expires_at = until_us,
    };
    struct buf b;
    buf_init(&b, c->mem, APPROVAL_REPLY_MAX);
    schema_encode(&approval_schema, &r, &b);
    call->raw = buf_view(&b);
    call->status = 202;
}

/* Runs the step and says where its job can be watched when that goes on. */
static err step(struct ctx *c, struct call *call, const char *verb, struct phase_reply *ret)
{
    const struct step_query *q = call->query;
    const struct processing_request *body = strcmp(verb, "processing") == 0 ? call->body : NULL;
    struct phase_request request = {
        .cycle_id = call->path_arg[0],
        .if_match = request_header(call->request, "If-Match"),
        .verb = verb,
        .provider =
            body && body->provider >= 0 ? str_of(provider_text[body->provider]) : (struct str){ 0 },
        .budget_tokens = body ? body->budget_tokens : 0,
        .budget_micro = body ? body->budget_micro : 0,
        .force = q->force,
        .respond_async = request_prefers(call->request, "respond-async"),
    };
    if (strcmp(verb, "select") == 0)
        TRY(selection_plan_make(c, call->body, &request.plan));
    TRY(phase_step(c, &request, ret));
    call_header(c, call, "ETag", cycle_etag(c, &ret->cycle));
    if (ret->waits_until)
        say_waits(c, call, verb, ret->waits_until);
    if (ret->job_id.p) {
        call->status = 202;
        call_header(c, call, "Location", str_fmt(c->mem, "/jobs/%.*s", STR_ARG(ret->job_id)));
    }
    return ERR_OK;
}

static err post_step(struct ctx *c, struct call *call)
{
    struct phase_reply r = { 0 };
    TRY(step(c, call, phase_rules[call->arg].verb, &r));
    *(struct cycle *)call->reply = r.cycle;
    return ERR_OK;
}

static err post_export(struct ctx *c, struct call *call)
{
    struct phase_reply r = { 0 };
    TRY(step(c, call, "export", &r));
    *(struct export_reply *)call->reply = (struct export_reply){
        .cycle_id = r.cycle.cycle_id,
        .file_path = r.file_name,
        .record_count = r.records,
        .batch_id = r.batch_id,
        .message = str_fmt(c->mem, "Exported %lld anonymous applications", (long long)r.records),
    };
    return ERR_OK;
}

static err post_select(struct ctx *c, struct call *call)
{
    struct phase_reply r = { 0 };
    TRY(step(c, call, phase_rules[call->arg].verb, &r));
    *(struct select_reply *)call->reply = (struct select_reply){
        .selected_count = r.selected,
        .shortlisted_count = r.shortlisted,
        .not_selected_count = r.not_selected,
        .cutoff_score = r.cutoff,
        .selection_criteria = r.criteria,
    };
    return ERR_OK;
}

/* Steps whose answer or request differ from the plain cycle object. */
struct variant {
    const char *verb;
    err (*run)(struct ctx *c, struct call *call);
    const struct schema *body, *reply;
};
static const struct variant variants[] = {
    { "export", post_export, NULL, &export_schema },
    { "processing", post_step, &processing_schema, &cycle_schema },
    { "select", post_select, &selection_request_schema, &select_schema },
    { "final-select", post_select, NULL, &final_schema },
};
static const struct variant plain = { NULL, post_step, NULL, &cycle_schema };

enum { STEPS_MAX = 16, STEP_PATH_MAX = 64 };
static struct route rows[STEPS_MAX];
static char paths[STEPS_MAX][STEP_PATH_MAX];

static const struct variant *variant_of(const char *verb)
{
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
        if (strcmp(variants[i].verb, verb) == 0)
            return &variants[i];
    return &plain;
}

struct route_table phase_routes_build(void)
{
    size_t n = 0;
    for (size_t i = 0; i < phase_rule_count && n < STEPS_MAX; i++) {
        const struct phase_rule *rule = &phase_rules[i];
        if (!(rule->roles & ROLE_STAFF))
            continue; /* a step that only a job takes */
        const struct variant *v = variant_of(rule->verb);
        snprintf(paths[n], STEP_PATH_MAX, "/admin/cycles/{cycle_id}/%s", rule->verb);
        rows[n] = (struct route){
            .method = "POST",
            .path = paths[n],
            .summary = rule->summary,
            .run = v->run,
            .query = &step_query_schema,
            .body = v->body,
            .reply = v->reply,
            .roles = rule->roles & ROLE_STAFF,
            .scope = SCOPE_CYCLES_WRITE,
            .flags =
                ROUTE_AUDITED | ROUTE_SLOW | ROUTE_IF_MATCH | (v->body ? ROUTE_BODY_OPTIONAL : 0),
            .arg = (intptr_t)i,
            .tag = "Phases",
        };
        n++;
    }
    return (struct route_table){ rows, n };
}
