/* domain/interview.c: names and field tables of interviews. */
#include "domain/interview.h"

static const char *const status_text[] = { "scheduled", "completed", "cancelled" };
NAMES(interview_status_names, status_text);

static const struct field state_fields[] = {
    FIELD_I64(struct interview_state, interview_id, .flags = FIELD_REQUIRED,
              .doc = "Number of the interview."),
    FIELD_BOOL(struct interview_state, started, .flags = FIELD_REQUIRED,
               .doc = "Whether the interviewer has begun it."),
    FIELD_TIME(struct interview_state, started_at, .flags = FIELD_NULL,
               .doc = "When it was begun; null until then."),
};
SCHEMA(interview_state_schema, "InterviewState", struct interview_state, state_fields);
