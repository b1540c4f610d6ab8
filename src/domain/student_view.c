/* domain/student_view.c: field tables of what students see, and the nine phases in plain words. */
#include "domain/student_view.h"

#include "base/str.h"

static const struct field cycle_fields[] = {
    FIELD_STR(struct own_cycle, cycle_id, .flags = FIELD_REQUIRED, .doc = "Cycle applied to."),
    FIELD_STR(struct own_cycle, cycle_name, .flags = FIELD_REQUIRED, .doc = "Its name."),
    FIELD_TIME(struct own_cycle, start_date, .flags = FIELD_REQUIRED,
               .doc = "First moment at which applications were accepted."),
    FIELD_TIME(struct own_cycle, end_date, .flags = FIELD_REQUIRED,
               .doc = "Last moment at which applications are accepted."),
    FIELD_TIME(struct own_cycle, result_date, .flags = FIELD_REQUIRED,
               .doc = "When results are promised."),
    FIELD_ENUM(struct own_cycle, phase, .flags = FIELD_REQUIRED, .names = &phase_names,
               .doc = "Phase that the whole cycle is in."),
};
SCHEMA(own_cycle_schema, "OwnCycle", struct own_cycle, cycle_fields);

static const struct field application_fields[] = {
    FIELD_STR(struct own_application, application_id, .flags = FIELD_REQUIRED,
              .doc = "Identifier of the application."),
    FIELD_OBJ(struct own_application, cycle, .flags = FIELD_REQUIRED, .of = &own_cycle_schema,
              .doc = "The cycle it belongs to."),
    FIELD_ENUM(struct own_application, status, .flags = FIELD_REQUIRED,
               .names = &application_status_names,
               .doc = "Status; before publication a decision shows as scored."),
    FIELD_TIME(struct own_application, submitted_at, .flags = FIELD_REQUIRED,
               .doc = "When it was received."),
    FIELD_STR(struct own_application, anonymized_id, .flags = FIELD_NULL,
              .doc = "Anonymous identifier, after publication."),
    FIELD_OBJ(struct own_application, results, .flags = FIELD_NULL, .of = &result_schema,
              .doc = "The result, after publication."),
};
SCHEMA(own_application_schema, "OwnApplication", struct own_application, application_fields);

static const struct field applications_fields[] = {
    FIELD_STR(struct own_applications, student_id, .flags = FIELD_REQUIRED, .doc = "Whose."),
    FIELD_LIST(struct own_applications, applications, .flags = FIELD_REQUIRED,
               .of = &own_application_schema, .doc = "Newest first."),
    FIELD_I64(struct own_applications, total_count, .flags = FIELD_REQUIRED,
              .doc = "How many there are."),
};
SCHEMA(own_applications_schema, "OwnApplications", struct own_applications, applications_fields);

static const struct field current_fields[] = {
    FIELD_OBJ(struct current_application, status, .flags = FIELD_REQUIRED,
              .of = &application_state_schema, .doc = "Its status."),
    FIELD_OBJ(struct current_application, results, .flags = FIELD_NULL, .of = &result_schema,
              .doc = "Its result, after publication."),
};
SCHEMA(current_application_schema, "CurrentApplication", struct current_application,
       current_fields);

static const char *const state_text[] = { "done", "current", "upcoming", "skipped" };
NAMES(step_state_names, state_text);

static const struct field step_fields[] = {
    FIELD_ENUM(struct timeline_step, phase, .flags = FIELD_REQUIRED, .names = &phase_names,
               .doc = "Phase of the cycle."),
    FIELD_ENUM(struct timeline_step, state, .flags = FIELD_REQUIRED, .names = &step_state_names,
               .doc = "Whether the cycle has passed it."),
    FIELD_STR(struct timeline_step, title, .flags = FIELD_REQUIRED, .doc = "A few words."),
    FIELD_STR(struct timeline_step, text, .flags = FIELD_REQUIRED,
              .doc = "What happens then, in a sentence."),
    FIELD_TIME(struct timeline_step, at, .flags = FIELD_NULL, .doc = "When the cycle reached it."),
};
SCHEMA(timeline_step_schema, "TimelineStep", struct timeline_step, step_fields);

static const struct field timeline_fields[] = {
    FIELD_STR(struct timeline, application_id, .flags = FIELD_REQUIRED,
              .doc = "Identifier of the application."),
    FIELD_OBJ(struct timeline, cycle, .flags = FIELD_REQUIRED, .of = &own_cycle_schema,
              .doc = "The cycle it belongs to."),
    FIELD_ENUM(struct timeline, status, .flags = FIELD_REQUIRED, .names = &application_status_names,
               .doc = "Status; before publication a decision shows as scored."),
    FIELD_STR(struct timeline, message, .flags = FIELD_REQUIRED,
              .doc = "One sentence about the status."),
    FIELD_LIST(struct timeline, steps, .flags = FIELD_REQUIRED, .of = &timeline_step_schema,
               .doc = "The nine phases in order."),
    FIELD_STR(struct timeline, next, .flags = FIELD_NULL, .doc = "What comes next."),
    FIELD_TIME(struct timeline, next_at, .flags = FIELD_NULL, .doc = "When it is due."),
};
SCHEMA(timeline_schema, "Timeline", struct timeline, timeline_fields);

/* The same words for everybody in the cycle: they say what happens, never how it went. */
static const struct {
    const char *title, *text;
} words[PHASE_COUNT] = {
    [PHASE_SUBMISSION] = { "Applications are open",
                           "You can apply, or withdraw what you have sent in." },
    [PHASE_FROZEN] = { "Applications are closed",
                       "Nothing can be added or changed any more, by anybody." },
    [PHASE_PREPROCESSING] = { "Identity is taken out",
                              "Names, addresses and contacts are removed; a random number stands "
                              "for you from here on." },
    [PHASE_BATCH_PREP] = { "Ready for evaluation",
                           "The anonymous applications are put in a random order." },
    [PHASE_PROCESSING] = { "Evaluation",
                           "Each application is evaluated by the published rules, and the "
                           "evaluation is checked." },
    [PHASE_SCORED] = { "Evaluation is complete", "All applications have been evaluated." },
    [PHASE_SELECTION] = { "Decision", "Seats are given by the published rules." },
    [PHASE_PUBLISHED] = { "Results are published", "Your result and its reasons are here." },
    [PHASE_COMPLETED] = { "The cycle is complete", "Nothing changes any more." },
};

void timeline_steps(int32_t phase, int32_t status, const int64_t at[PHASE_COUNT],
                    struct timeline_step ret[PHASE_COUNT])
{
    const bool gone = status == APP_WITHDRAWN;
    for (int32_t p = 0; p < PHASE_COUNT; p++) {
        int32_t state = p < phase ? STEP_DONE : p == phase ? STEP_CURRENT : STEP_UPCOMING;
        if (gone)
            state = p == PHASE_SUBMISSION ? STEP_DONE : STEP_SKIPPED;
        if (!gone && p == phase && phase == PHASE_COMPLETED)
            state = STEP_DONE;
        ret[p] = (struct timeline_step){ .phase = p,
                                         .state = state,
                                         .title = str_of(words[p].title),
                                         .text = str_of(words[p].text),
                                         .at = p <= phase && !gone ? at[p] : 0 };
    }
    ret[PHASE_SUBMISSION].at = at[PHASE_SUBMISSION];
}

void timeline_next(const struct own_cycle *cycle, int32_t status, struct timeline *io)
{
    io->next = (struct str){ 0 };
    io->next_at = 0;
    if (status == APP_WITHDRAWN || cycle->phase >= PHASE_PUBLISHED)
        return;
    if (cycle->phase == PHASE_SUBMISSION) {
        io->next = S("Applications close; until then you may withdraw.");
        io->next_at = cycle->end_date;
        return;
    }
    io->next = S("Results are published.");
    io->next_at = cycle->result_date;
}
