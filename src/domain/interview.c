/* domain/interview.c: names and field tables of interviews, and what a slot may be. */
#include "domain/interview.h"

#include "base/str.h"
#include "codec/id.h"

enum { MINUTE_US = 60000000 };

static const char *const status_text[] = { "scheduled", "completed", "cancelled" };
NAMES(interview_status_names, status_text);
static const char *const cancel_text[] = { "request", "no_show", "technical", "conflict",
                                           "bias_block" };
NAMES(interview_cancel_names, cancel_text);
/* What a person may say. */
static const struct names asked_names = { cancel_text, INTERVIEW_BIAS_BLOCK };

static const char *const transcription_text[] = { "none", "basic", "full" };
NAMES(transcription_names, transcription_text);

static const struct field state_fields[] = {
    FIELD_I64(struct interview_state, interview_id, .flags = FIELD_REQUIRED,
              .doc = "Number of the interview."),
    FIELD_BOOL(struct interview_state, started, .flags = FIELD_REQUIRED,
               .doc = "Whether the interviewer has begun it."),
    FIELD_TIME(struct interview_state, started_at, .flags = FIELD_NULL,
               .doc = "When it was begun; null until then."),
    FIELD_BOOL(struct interview_state, monitoring,
               .doc = "Whether what the interviewer says is judged while it lasts."),
    FIELD_ENUM(struct interview_state, transcription, .names = &transcription_names,
               .doc = "none; basic: by the recogniser that works offline; full: by a service."),
};
SCHEMA(interview_state_schema, "InterviewState", struct interview_state, state_fields);

#define I struct interview
#define SLOT_                                                                                      \
    FIELD_STR(I, admin_id, .flags = FIELD_REQUIRED, .doc = "The interviewer's account."),          \
        FIELD_STR(I, admission_cycle_id, .flags = FIELD_REQUIRED, .doc = "Its cycle."),            \
        FIELD_TIME(I, interview_time, .flags = FIELD_REQUIRED, .doc = "When it begins."),          \
        FIELD_TIME(I, ends_at, .flags = FIELD_REQUIRED, .doc = "When its slot ends."),             \
        FIELD_I64(I, duration_minutes, .flags = FIELD_REQUIRED, .doc = "Length of the slot."),     \
        FIELD_STR(I, time_zone, .flags = FIELD_NULL, .doc = "IANA time zone it was arranged in."), \
        FIELD_STR(I, interview_link, .flags = FIELD_REQUIRED, .doc = "Where it is held."),         \
        FIELD_ENUM(I, status, .flags = FIELD_REQUIRED, .names = &interview_status_names,           \
                   .doc = "scheduled, completed or cancelled."),                                   \
        FIELD_TIME(I, started_at, .flags = FIELD_NULL, .doc = "When the interviewer began it."),   \
        FIELD_TIME(I, completed_at, .flags = FIELD_NULL, .doc = "When it was over."),              \
        FIELD_TIME(I, join_opens_at, .flags = FIELD_REQUIRED, .doc = "From then one may join."),   \
        FIELD_TIME(I, join_closes_at, .flags = FIELD_REQUIRED, .doc = "Until then."),              \
        FIELD_TIME(I, cancelled_at, .flags = FIELD_NULL, .doc = "When it was cancelled."),         \
        FIELD_TIME(I, created_at, .flags = FIELD_REQUIRED, .doc = "When it was scheduled."),       \
        FIELD_TIME(I, updated_at, .flags = FIELD_REQUIRED, .doc = "Last change.")
static const struct field interview_fields[] = {
    FIELD_I64(I, id, .flags = FIELD_REQUIRED, .doc = "Number of the interview."),
    FIELD_STR(I, anonymized_id, .flags = FIELD_NULL, .doc = "The application, anonymous."),
    SLOT_,
    FIELD_STR(I, notes, .flags = FIELD_NULL, .doc = "Staff's notes."),
    FIELD_ENUM(I, cancel_code, .flags = FIELD_NULL, .names = &interview_cancel_names,
               .doc = "Why it was cancelled."),
    FIELD_STR(I, cancel_reason, .flags = FIELD_NULL, .doc = "The same in words."),
    FIELD_BOOL(I, scored, .flags = FIELD_REQUIRED, .doc = "Whether it has its score."),
    FIELD_BOOL(I, reassign, .flags = FIELD_REQUIRED,
               .doc = "Its interviewer declined it or may not interview: it needs another."),
};
SCHEMA(interview_schema, "Interview", struct interview, interview_fields);
static const struct field own_fields[] = {
    FIELD_I64(I, id, .flags = FIELD_REQUIRED, .doc = "Number of the interview."),
    FIELD_STR(I, application_id, .flags = FIELD_REQUIRED, .doc = "The own application."),
    FIELD_STR(I, student_id, .flags = FIELD_REQUIRED, .doc = "The own account."),
    SLOT_,
};
#undef I
SCHEMA(interview_own_schema, "OwnInterview", struct interview, own_fields);

#define MINUTES_(S_, ...)                                                                          \
    FIELD_I64(S_, duration_minutes, .min = INTERVIEW_MINUTES_MIN, .max = INTERVIEW_MINUTES_MAX,    \
              __VA_ARGS__)
#define ZONE_(S_)                                                                                  \
    FIELD_STR(S_, time_zone, .flags = FIELD_NULL, .min = 1, .max = INTERVIEW_ZONE_MAX,             \
              .doc = "IANA time zone in which it is arranged; for display.")
#define NOTES_(S_, m_, doc_)                                                                       \
    FIELD_STR(S_, m_, .flags = FIELD_NULL, .max = INTERVIEW_NOTES_MAX, .doc = doc_)
#define REASON_(S_, flags_, doc_)                                                                  \
    FIELD_STR(S_, reason, .flags = (flags_) | FIELD_WORDS, .min = INTERVIEW_REASON_MIN,            \
              .max = INTERVIEW_REASON_MAX, .doc = doc_)

static const struct field new_fields[] = {
    FIELD_STR(struct interview_new, anonymized_id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .format = "id", .doc = "The shortlisted application, by its anonymous id."),
    FIELD_STR(struct interview_new, application_id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .format = "id", .doc = "The original's name of the same member: an anonymous id."),
    FIELD_STR(struct interview_new, admin_id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .format = "id", .doc = "The interviewer; whoever asks when left out."),
    FIELD_TIME(struct interview_new, interview_time, .flags = FIELD_REQUIRED,
               .doc = "When it begins."),
    MINUTES_(struct interview_new, .preset = "30", .doc = "Length of the slot in minutes."),
    ZONE_(struct interview_new),
    NOTES_(struct interview_new, notes, "For staff."),
};
SCHEMA(interview_new_schema, "InterviewNew", struct interview_new, new_fields);

static const struct field change_fields[] = {
    FIELD_TIME(struct interview_change, interview_time, .flags = FIELD_NULL,
               .doc = "When it begins; until it has begun."),
    MINUTES_(struct interview_change, .flags = FIELD_NULL, .doc = "Length of the slot in minutes."),
    ZONE_(struct interview_change),
    FIELD_STR(struct interview_change, interview_link, .flags = FIELD_NULL,
              .min = INTERVIEW_LINK_MIN, .max = INTERVIEW_LINK_MAX,
              .doc = "Where it is held: a path of this site or an https address."),
    NOTES_(struct interview_change, notes, "For staff; null takes them away."),
    FIELD_ENUM(struct interview_change, status, .flags = FIELD_NULL,
               .names = &interview_status_names, .doc = "completed or cancelled."),
};
SCHEMA(interview_change_schema, "InterviewChange", struct interview_change, change_fields);

static const struct field cancel_fields[] = {
    FIELD_ENUM(struct interview_cancel, code, .names = &asked_names, .preset = "request",
               .doc = "Why: request, no_show, technical or conflict."),
    REASON_(struct interview_cancel, FIELD_NULL, "In words, for staff."),
};
SCHEMA(interview_cancel_schema, "InterviewCancel", struct interview_cancel, cancel_fields);

static const struct field assign_fields[] = {
    FIELD_STR(struct interview_assign, admin_id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .format = "id", .doc = "The new interviewer; whoever asks when left out."),
    REASON_(struct interview_assign, FIELD_NULL, "Why, for staff."),
};
SCHEMA(interview_assign_schema, "InterviewAssign", struct interview_assign, assign_fields);

static const struct field start_fields[] = {
    FIELD_BOOL(struct interview_start, coi_accepted, .flags = FIELD_REQUIRED,
               .doc = "I accept the three statements below."),
    FIELD_BOOL(struct interview_start, cannot_identify, .preset = "true",
               .doc = "I cannot tell who the student is."),
    FIELD_BOOL(struct interview_start, no_conflict, .preset = "true",
               .doc = "I have no conflict of interest."),
    FIELD_BOOL(struct interview_start, will_disclose, .preset = "true",
               .doc = "I will disclose a conflict as soon as I see one."),
};
SCHEMA(interview_start_schema, "InterviewStart", struct interview_start, start_fields);

static const struct field started_fields[] = {
    FIELD_BOOL(struct interview_started, success, .flags = FIELD_REQUIRED, .doc = "Always true."),
    FIELD_STR(struct interview_started, message, .flags = FIELD_REQUIRED, .doc = "In a sentence."),
    FIELD_I64(struct interview_started, interview_id, .flags = FIELD_REQUIRED, .doc = "Which."),
    FIELD_TIME(struct interview_started, started_at, .flags = FIELD_REQUIRED, .doc = "When."),
};
SCHEMA(interview_started_schema, "InterviewStarted", struct interview_started, started_fields);

static const struct field decline_fields[] = {
    REASON_(struct interview_decline, FIELD_REQUIRED, "The conflict of interest, in words."),
};
SCHEMA(interview_decline_schema, "InterviewDecline", struct interview_decline, decline_fields);

#define MARK_(S_, m_, flags_, doc_)                                                                \
    FIELD_E2(S_, m_, .flags = (flags_), .min = 0, .max = 10, .doc = doc_)
#define CARD_(flags_)                                                                              \
    MARK_(struct scorecard, communication_score, flags_, "Communication, 0 to 10."),               \
        MARK_(struct scorecard, critical_thinking_score, flags_, "Critical thinking, 0 to 10."),   \
        MARK_(struct scorecard, motivation_score, flags_, "Motivation, 0 to 10."),                 \
        NOTES_(struct scorecard, communication_notes, "What the first mark rests on."),            \
        NOTES_(struct scorecard, critical_thinking_notes, "What the second rests on."),            \
        NOTES_(struct scorecard, motivation_notes, "What the third rests on."),                    \
        NOTES_(struct scorecard, notes, "On the whole.")
static const struct field card_fields[] = { CARD_(FIELD_REQUIRED) };
SCHEMA(scorecard_schema, "Scorecard", struct scorecard, card_fields);
static const struct field draft_fields[] = { CARD_(FIELD_NULL) };
SCHEMA(scorecard_draft_schema, "ScorecardDraft", struct scorecard, draft_fields);

static const struct field saved_fields[] = {
    FIELD_I64(struct scorecard_saved, interview_id, .flags = FIELD_REQUIRED,
              .doc = "Number of the interview."),
    FIELD_OBJ(struct scorecard_saved, card, .flags = FIELD_REQUIRED, .of = &scorecard_draft_schema,
              .doc = "As far as it is filled in."),
    FIELD_TIME(struct scorecard_saved, saved_at, .flags = FIELD_NULL,
               .doc = "When; null: nothing was saved."),
};
SCHEMA(scorecard_saved_schema, "ScorecardSaved", struct scorecard_saved, saved_fields);

#define C struct interview_score
static const struct field score_fields[] = {
    FIELD_I64(C, id, .flags = FIELD_REQUIRED, .doc = "Number of the score."),
    FIELD_I64(C, interview_id, .flags = FIELD_REQUIRED, .doc = "Number of the interview."),
    MARK_(C, communication_score, FIELD_REQUIRED, "Communication, 0 to 10."),
    MARK_(C, critical_thinking_score, FIELD_REQUIRED, "Critical thinking, 0 to 10."),
    MARK_(C, motivation_score, FIELD_REQUIRED, "Motivation, 0 to 10."),
    MARK_(C, final_interview_score, FIELD_REQUIRED, "Their mean."),
    NOTES_(C, communication_notes, "What the first mark rests on."),
    NOTES_(C, critical_thinking_notes, "What the second rests on."),
    NOTES_(C, motivation_notes, "What the third rests on."),
    NOTES_(C, notes, "On the whole."),
    FIELD_TIME(C, scored_at, .flags = FIELD_REQUIRED, .doc = "When it was submitted."),
    FIELD_STR(C, scored_by, .flags = FIELD_REQUIRED, .doc = "The interviewer's account."),
};
#undef C
SCHEMA(interview_score_schema, "InterviewScore", struct interview_score, score_fields);

static const char *const speaker_text[] = { "evaluator", "student" };
NAMES(speaker_names, speaker_text);
#define T struct transcript
static const struct field transcript_fields[] = {
    FIELD_I64(T, id, .flags = FIELD_REQUIRED, .doc = "Number of the segment."),
    FIELD_I64(T, interview_id, .flags = FIELD_REQUIRED, .doc = "Number of the interview."),
    FIELD_ENUM(T, speaker, .flags = FIELD_REQUIRED, .names = &speaker_names,
               .doc = "evaluator or student."),
    FIELD_STR(T, text, .flags = FIELD_REQUIRED | FIELD_PII, .doc = "What was heard."),
    FIELD_TIME(T, start_time, .flags = FIELD_REQUIRED, .doc = "When the segment begins."),
    FIELD_TIME(T, end_time, .flags = FIELD_REQUIRED, .doc = "When it ends."),
    FIELD_F64(T, confidence, .flags = FIELD_NULL,
              .doc = "Of the recognition, 0 to 1; null when the endpoint does not say."),
    FIELD_STR(T, provider, .flags = FIELD_REQUIRED, .doc = "Model that heard it."),
    FIELD_STR(T, corrected_text, .flags = FIELD_NULL | FIELD_PII, .doc = "What was said, by hand."),
    FIELD_ENUM(T, corrected_by, .flags = FIELD_NULL, .names = &speaker_names,
               .doc = "Who corrected it."),
    FIELD_TIME(T, corrected_at, .flags = FIELD_NULL, .doc = "When."),
};
#undef T
SCHEMA(transcript_schema, "Transcript", struct transcript, transcript_fields);
static const struct field transcript_change_fields[] = {
    FIELD_STR(struct transcript_change, text, .flags = FIELD_REQUIRED, .min = 1,
              .max = TRANSCRIPT_CHARACTERS_MAX, .doc = "What was said."),
};
SCHEMA(transcript_change_schema, "TranscriptChange", struct transcript_change,
       transcript_change_fields);

static bool zone_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || ch == '-' || ch == '+';
}

bool time_zone_like(struct str name)
{
    struct str rest = name, part;
    if (!name.n || name.n > INTERVIEW_ZONE_MAX || !zone_char(name.p[0]) || name.p[0] < 'A')
        return false;
    while (rest.p) {
        rest = str_cut(rest, '/', &part);
        if (!part.n)
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!zone_char(part.p[i]))
                return false;
    }
    return true;
}

bool slots_overlap(int64_t a_us, int64_t a_minutes, int64_t b_us, int64_t b_minutes)
{
    return a_us < b_us + b_minutes * MINUTE_US && b_us < a_us + a_minutes * MINUTE_US;
}

bool interview_link_fits(struct str link)
{
    for (size_t i = 0; i < link.n; i++) {
        const unsigned char ch = (unsigned char)link.p[i];
        if (ch <= ' ' || ch == 0x7f || ch == '"' || ch == '\'' || ch == '<' || ch == '>' ||
            ch == '\\')
            return false;
    }
    if (str_starts(link, S("https://")))
        return link.n > sizeof("https://") - 1;
    return link.n > 1 && link.p[0] == '/' && link.p[1] != '/';
}
