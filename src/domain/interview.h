/* domain/interview.h: interviews of shortlisted applications: who may be told what of them, their
 * slots, scorecards, and the calendar file. Pure; any thread. Times in microseconds since 1970
 * UTC, marks in hundredths of 0 to 10. */
#ifndef ENIGMA_DOMAIN_INTERVIEW_H
#define ENIGMA_DOMAIN_INTERVIEW_H

#include "schema/schema.h"

enum interview_status { INTERVIEW_SCHEDULED, INTERVIEW_COMPLETED, INTERVIEW_CANCELLED };
extern const struct names interview_status_names; /* scheduled, completed, cancelled */
/* Why one was cancelled. The last comes from the monitor alone. */
enum interview_cancel_code {
    INTERVIEW_BY_REQUEST,
    INTERVIEW_NO_SHOW,
    INTERVIEW_TECHNICAL,
    INTERVIEW_CONFLICT,
    INTERVIEW_BIAS_BLOCK,
};
extern const struct names interview_cancel_names; /* request … bias_block */

enum {
    INTERVIEW_MINUTES_MIN = 5,
    INTERVIEW_MINUTES_MAX = 240,
    INTERVIEW_LINK_MIN = 10,
    INTERVIEW_LINK_MAX = 500,
    INTERVIEW_NOTES_MAX = 65535,
    INTERVIEW_REASON_MIN = 10,
    INTERVIEW_REASON_MAX = 500,
    INTERVIEW_ZONE_MAX = 64,
    INTERVIEW_AHEAD_DAYS_MAX = 366,
};

/* How speech becomes text: not at all, by the recogniser that needs no network, or by a service. */
enum transcription { TRANSCRIPTION_NONE, TRANSCRIPTION_BASIC, TRANSCRIPTION_FULL };
extern const struct names transcription_names;

struct interview_state { /* GET /interviews/{interview_id}/status */
    int64_t interview_id;
    bool started;
    int64_t started_at; /* 0: not yet */
    bool monitoring;
    int32_t transcription;
};
extern const struct schema interview_state_schema;

/* An interview as one of its people sees it. Staff are given the anonymous id and neither of the
 * other two; its student the other two, and nothing that an evaluator wrote. */
struct interview {
    int64_t id;
    struct str application_id, student_id, anonymized_id, admin_id, admission_cycle_id;
    int64_t interview_time, ends_at, duration_minutes;
    struct str time_zone, interview_link;
    int32_t status;
    struct str notes;
    int64_t started_at, completed_at;
    int64_t join_opens_at, join_closes_at;
    int32_t cancel_code; /* -1: not cancelled, or by an original installation */
    struct str cancel_reason;
    int64_t cancelled_at;
    bool scored, reassign; /* reassign: its evaluator declined it or may interview no more */
    int64_t created_at, updated_at, version;
};
extern const struct schema interview_schema;     /* for staff */
extern const struct schema interview_own_schema; /* for its student */

struct interview_new { /* POST /admin/interviews/schedule */
    struct str anonymized_id, application_id, admin_id;
    int64_t interview_time, duration_minutes;
    struct str time_zone, notes;
};
extern const struct schema interview_new_schema;
struct interview_change { /* PUT /admin/interviews/{interview_id} */
    int64_t interview_time, duration_minutes;
    struct str time_zone, interview_link, notes;
    int32_t status; /* -1: as it is */
};
extern const struct schema interview_change_schema;
struct interview_cancel { /* DELETE /admin/interviews/{interview_id} */
    int32_t code;
    struct str reason; /* absent: none */
};
extern const struct schema interview_cancel_schema;
struct interview_assign { /* POST …/reassign */
    struct str admin_id;
    struct str reason;
};
extern const struct schema interview_assign_schema;
struct interview_start { /* POST …/start-interview */
    bool coi_accepted;
    bool cannot_identify, no_conflict, will_disclose;
};
extern const struct schema interview_start_schema;
struct interview_started {
    bool success;
    struct str message;
    int64_t interview_id, started_at;
};
extern const struct schema interview_started_schema;
struct interview_decline { /* POST …/decline */
    struct str reason;
};
extern const struct schema interview_decline_schema;

/* A scorecard; what is missing in a draft is SCHEMA_NULL_I64 or absent. */
struct scorecard {
    int64_t communication_score, critical_thinking_score, motivation_score;
    struct str communication_notes, critical_thinking_notes, motivation_notes, notes;
};
extern const struct schema scorecard_schema;       /* all three marks */
extern const struct schema scorecard_draft_schema; /* any of them */
struct scorecard_saved {                           /* GET and PUT …/scores/draft */
    int64_t interview_id;
    const void *card; /* struct scorecard */
    int64_t saved_at;
};
extern const struct schema scorecard_saved_schema;
struct interview_score {
    int64_t id, interview_id;
    int64_t communication_score, critical_thinking_score, motivation_score, final_interview_score;
    struct str communication_notes, critical_thinking_notes, motivation_notes, notes;
    int64_t scored_at;
    struct str scored_by;
};
extern const struct schema interview_score_schema;

enum speaker { SPEAKER_EVALUATOR, SPEAKER_STUDENT };
extern const struct names speaker_names; /* evaluator, student */
enum { TRANSCRIPT_TEXT_MAX = 8192, TRANSCRIPT_CHARACTERS_MAX = 2048 };
/* One segment of what was said. A correction stands beside what was heard. */
struct transcript {
    int64_t id, interview_id;
    int32_t speaker;
    struct str text;
    int64_t start_time, end_time;
    double confidence; /* NaN: not known */
    struct str provider;
    struct str corrected_text;
    int32_t corrected_by; /* enum speaker; -1: nobody */
    int64_t corrected_at;
};
extern const struct schema transcript_schema;
struct transcript_change { /* PUT …/transcript/{transcript_id} */
    struct str text;
};
extern const struct schema transcript_change_schema;

/* A name of the IANA time zone database by its form: parts of letters, digits, '_', '+' and '-',
 * between slashes; "Europe/Berlin", "UTC", "Etc/GMT+3". */
bool time_zone_like(struct str name);
/* Whether two slots share a moment; one that ends when the other begins does not. */
bool slots_overlap(int64_t a_us, int64_t a_minutes, int64_t b_us, int64_t b_minutes);
/* A path of this site, or an https address; no blanks, no quotes, no control characters. */
bool interview_link_fits(struct str link);

/* One calendar file with one event (RFC 5545): CRLF, lines folded at 75 octets, never inside a
 * character, text escaped. */
struct interview_event {
    struct str uid, summary, description, location; /* location may be absent */
    int64_t stamp_us, begin_us, end_us, sequence;
    bool cancelled;
};
void interview_calendar(struct buf *b, const struct interview_event *e);

#endif
