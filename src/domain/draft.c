/* domain/draft.c: field tables of drafts. Nothing is required, as a form is filled in bit by bit.
 */
#include "domain/draft.h"

enum { DRAFT_TESTS_MAX = 20 };

/* Bounds are twice those of an application: what is too long is kept until it is cut. */
#define DRAFT_FIELDS(S_, at_)                                                                      \
    FIELD_NAMED(S_, at_ name, "name", F_STR, struct str, .flags = FIELD_NULL | FIELD_PII,          \
                .max = 400, .doc = "Full name so far."),                                           \
        FIELD_NAMED(S_, at_ phone, "phone", F_STR, struct str, .flags = FIELD_NULL | FIELD_PII,    \
                    .max = 40, .doc = "Phone number so far."),                                     \
        FIELD_NAMED(S_, at_ address, "address", F_STR, struct str,                                 \
                    .flags = FIELD_NULL | FIELD_PII, .max = 1000,                                  \
                    .doc = "Postal address so far."),                                              \
        FIELD_NAMED(S_, at_ gpa, "gpa", F_F64, double, .flags = FIELD_NULL,                        \
                    .doc = "Grade point average as it was typed."),                                \
        FIELD_NAMED(S_, at_ test_scores, "test_scores", F_MAP_E2, struct list,                     \
                    .flags = FIELD_NULL, .max = DRAFT_TESTS_MAX,                                   \
                    .doc = "Scores by test name, as far as they were typed."),                     \
        FIELD_NAMED(S_, at_ essay, "essay", F_STR, struct str, .flags = FIELD_NULL | FIELD_PII,    \
                    .max = 10000, .doc = "Essay so far, at most 10000 characters."),               \
        FIELD_NAMED(S_, at_ achievements, "achievements", F_STR, struct str,                       \
                    .flags = FIELD_NULL | FIELD_PII, .max = 6000,                                  \
                    .doc = "Achievements so far, at most 6000 characters.")

static const struct field draft_fields[] = { DRAFT_FIELDS(struct application_draft, ) };
SCHEMA(application_draft_schema, "ApplicationDraft", struct application_draft, draft_fields);

static const struct field state_fields[] = {
    FIELD_STR(struct draft_state, cycle_id, .flags = FIELD_REQUIRED,
              .doc = "Cycle that the draft is for."),
    FIELD_TIME(struct draft_state, saved_at, .flags = FIELD_REQUIRED,
               .doc = "When the server stored it."),
    DRAFT_FIELDS(struct draft_state, draft.),
};
SCHEMA(draft_state_schema, "DraftState", struct draft_state, state_fields);
