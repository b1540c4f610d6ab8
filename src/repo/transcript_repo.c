/* SQL of what was said in interviews. */
#include "repo/transcript_repo.h"

struct transcript_in {
    int64_t interview_id, id, after, limit;
    int32_t speaker;
    int64_t from, to;
};
static const struct field in_fields[] = {
    FIELD_I64(struct transcript_in, interview_id),
    FIELD_I64(struct transcript_in, id),
    FIELD_I64(struct transcript_in, after),
    FIELD_I64(struct transcript_in, limit),
    FIELD_ENUM(struct transcript_in, speaker, .names = &speaker_names),
    FIELD_TIME(struct transcript_in, from, .flags = FIELD_NULL),
    FIELD_TIME(struct transcript_in, to, .flags = FIELD_NULL),
};
static SCHEMA(in_schema, "TranscriptIn", struct transcript_in, in_fields);

static const struct field new_fields[] = {
    FIELD_I64(struct transcript_new, interview_id),
    FIELD_STR(struct transcript_new, cycle_id),
    FIELD_STR(struct transcript_new, admin_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct transcript_new, speaker, .names = &speaker_names),
    FIELD_STR(struct transcript_new, text),
    FIELD_STR(struct transcript_new, provider),
    FIELD_TIME(struct transcript_new, begin),
    FIELD_TIME(struct transcript_new, end),
    FIELD_TIME(struct transcript_new, now),
    FIELD_F64(struct transcript_new, confidence, .flags = FIELD_NULL),
};
static SCHEMA(new_schema, "TranscriptNew", struct transcript_new, new_fields);
struct made {
    int64_t id;
};
static const struct field made_fields[] = { FIELD_I64(struct made, id) };
static SCHEMA(made_schema, "TranscriptMade", struct made, made_fields);

err transcript_insert(struct ctx *c, struct tx *tx, const struct transcript_new *t, int64_t *ret_id,
                      bool *ret_made)
{
    static const struct query q = {
        .sql = "INSERT INTO live_transcripts (interview_id, admission_cycle_id, speaker, admin_id, "
               "transcript_text, start_time, end_time, confidence_score, provider, created_at) "
               "VALUES (:interview_id, :cycle_id, :speaker, :admin_id, :text, :begin, :end, "
               ":confidence, :provider, :now) "
               "ON CONFLICT (interview_id, speaker, start_time) DO NOTHING RETURNING id",
        .in = &new_schema,
        .out = &made_schema,
    };
    struct made row = { 0 };
    TRY(query_find(c, tx, &q, t, &row, ret_made));
    *ret_id = row.id;
    return ERR_OK;
}

#define COLUMNS                                                                                    \
    "SELECT t.id, t.interview_id, t.speaker, t.transcript_text AS text, t.start_time, "            \
    "t.end_time, t.confidence_score AS confidence, t.provider, t.corrected_text, "                 \
    "t.corrected_by, t.corrected_at FROM live_transcripts t WHERE t.interview_id = :interview_id "

err transcript_list(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t after,
                    int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = COLUMNS "AND (:after = 0 OR EXISTS (SELECT 1 FROM live_transcripts p "
                       "WHERE p.id = :after AND (t.start_time > p.start_time "
                       "OR (t.start_time = p.start_time AND t.id > p.id)))) "
                       "ORDER BY t.start_time, t.id LIMIT :limit",
        .in = &in_schema,
        .out = &transcript_schema,
    };
    const struct transcript_in in = { .interview_id = interview_id,
                                      .after = after,
                                      .limit = limit };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}

err transcript_find(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t id,
                    struct transcript *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = COLUMNS "AND t.id = :id",
        .in = &in_schema,
        .out = &transcript_schema,
    };
    const struct transcript_in in = { .interview_id = interview_id, .id = id };
    return query_find(c, tx, &q, &in, ret, ret_found);
}

err transcript_correct(struct ctx *c, struct tx *tx, const struct transcript *t,
                       int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE live_transcripts SET corrected_text = :corrected_text, "
               "corrected_by = :corrected_by, corrected_at = :corrected_at "
               "WHERE id = :id AND interview_id = :interview_id",
        .in = &transcript_schema,
    };
    return query_run(c, tx, &q, t, ret_changed);
}

enum { NEAR_MAX = 16 };

err transcript_between(struct ctx *c, struct tx *tx, int64_t interview_id, int32_t speaker,
                       int64_t from, int64_t to, struct list *ret)
{
    static const struct query q = {
        .sql = COLUMNS "AND t.speaker = :speaker AND t.start_time <= :to AND t.end_time >= :from "
                       "ORDER BY t.start_time DESC LIMIT :limit",
        .in = &in_schema,
        .out = &transcript_schema,
    };
    const struct transcript_in in = {
        .interview_id = interview_id, .speaker = speaker, .from = from, .to = to, .limit = NEAR_MAX
    };
    return query_list(c, tx, &q, &in, NEAR_MAX, ret);
}

static const struct field left_fields[] = {
    FIELD_I64(struct transcript_left, id),
    FIELD_I64(struct transcript_left, interview_id),
    FIELD_TIME(struct transcript_left, begin),
    FIELD_STR(struct transcript_left, text),
    FIELD_STR(struct transcript_left, admin_id, .flags = FIELD_NULL),
    FIELD_F64(struct transcript_left, confidence, .flags = FIELD_NULL),
};
static SCHEMA(left_schema, "TranscriptLeft", struct transcript_left, left_fields);

err transcript_unseen(struct ctx *c, struct tx *tx, int64_t from, int64_t to, int64_t limit,
                      struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT t.id, t.interview_id, t.start_time AS begin, t.transcript_text AS text, "
               "t.admin_id, t.confidence_score AS confidence FROM live_transcripts t "
               "WHERE t.created_at BETWEEN :from AND :to AND t.speaker = 'evaluator' "
               "AND t.transcript_text <> '' AND NOT EXISTS (SELECT 1 FROM live_bias_analysis a "
               "WHERE a.transcript_id = t.id) ORDER BY t.id LIMIT :limit",
        .in = &in_schema,
        .out = &left_schema,
    };
    const struct transcript_in in = { .from = from, .to = to, .limit = limit };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}
