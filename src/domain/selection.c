/* domain/selection.c: modes of selection, their settings, and the combined score, half up. */
#include "domain/selection.h"

enum { WHOLE_E2 = 100, SUM_TOLERANCE_E2 = 1, HALF_E2 = 50, INTERVIEW_SCALE = 10, MARKS = 3 };
enum { FINAL_MAX_E2 = 10000, INTERVIEW_MAX_E2 = 1000 };

static const char *const mode_text[] = { "direct", "shortlist" };
NAMES(selection_mode_names, mode_text);

static const struct field weights_fields[] = {
    FIELD_E2(struct selection_weights, application, .flags = FIELD_REQUIRED, .min = 0, .max = 1,
             .doc = "Weight of the application's final score, 0 to 1."),
    FIELD_E2(struct selection_weights, interview, .flags = FIELD_REQUIRED, .min = 0, .max = 1,
             .doc = "Weight of the interview's score, 0 to 1; both add up to 1."),
};
SCHEMA(selection_weights_schema, "SelectionWeights", struct selection_weights, weights_fields);

static const struct field request_fields[] = {
    FIELD_ENUM(struct selection_request, mode, .names = &selection_mode_names, .preset = "direct",
               .doc = "direct: the seats are given now. shortlist: factor x seats are invited to "
                      "interviews, and final-select gives the seats."),
    FIELD_I64(struct selection_request, factor, .min = 1, .max = SHORTLIST_FACTOR_MAX,
              .preset = "2", .doc = "shortlist: applications for each seat, 1 to 10."),
    FIELD_OBJ(struct selection_request, weights, .flags = FIELD_NULL,
              .of = &selection_weights_schema,
              .doc = "shortlist: how the two scores weigh in the final selection; one half each "
                     "when left out."),
};
SCHEMA(selection_request_schema, "SelectionRequest", struct selection_request, request_fields);

bool selection_weights_whole(const struct selection_weights *w)
{
    const int64_t most = WHOLE_E2 + SUM_TOLERANCE_E2;
    return w->application <= most && w->interview <= most &&
           w->application + w->interview >= WHOLE_E2 - SUM_TOLERANCE_E2 &&
           w->application + w->interview <= most;
}

static err bad_weights(struct ctx *c, const struct selection_weights *w)
{
    struct buf b;
    buf_init(&b, c->mem, 256);
    schema_encode(&selection_weights_schema, w, &b);
    const struct issue issue = {
        .type = S("value_error"),
        .loc = S("[\"body\",\"weights\"]"),
        .msg = S("Value error, application and interview must add up to 1.0"),
        .input = buf_view(&b),
        .ctx = S("{\"error\":{}}"),
    };
    return fault_issue(c, &issue);
}

err selection_plan_make(struct ctx *c, const struct selection_request *request,
                        struct selection_plan *ret)
{
    struct selection_plan plan = { .mode = SELECT_DIRECT,
                                   .factor = 1,
                                   .weights = { HALF_E2, HALF_E2 } };
    if (request && request->weights) {
        plan.weights = *(const struct selection_weights *)request->weights;
        if (!selection_weights_whole(&plan.weights))
            return bad_weights(c, &plan.weights);
    }
    if (request && request->mode == SELECT_SHORTLIST) {
        plan.mode = SELECT_SHORTLIST;
        plan.factor = request->factor;
    }
    *ret = plan;
    return ERR_OK;
}

int64_t selection_places(const struct selection_plan *plan, int64_t seats)
{
    return plan->mode == SELECT_SHORTLIST ? seats * plan->factor : seats;
}

int64_t interview_mean_e2(int64_t communication, int64_t critical_thinking, int64_t motivation)
{
    return div_half_up(communication + critical_thinking + motivation, MARKS);
}

static int64_t within(int64_t v, int64_t most)
{
    if (v < 0)
        return 0;
    return v > most ? most : v;
}

int64_t combined_e2(const struct selection_weights *w, int64_t final_score, int64_t interview_score)
{
    const int64_t both = w->application + w->interview;
    if (both <= 0)
        return 0;
    return div_half_up(w->application * within(final_score, FINAL_MAX_E2) +
                           w->interview * within(interview_score, INTERVIEW_MAX_E2) *
                               INTERVIEW_SCALE,
                       both);
}
