/* Transcripts: read, exported, corrected. */
#include "service/transcript.h"

#include "base/str.h"
#include "codec/canon.h"
#include "domain/role.h"
#include "repo/schedule_repo.h"
#include "repo/transcript_repo.h"
#include "service/audit_log.h"

enum { TEXT_MAX = 8 << 20, SECOND_US = 1000000, VALUE_MAX = 8 * TRANSCRIPT_TEXT_MAX };
enum { MINUTE_S = 60, HOUR_S = 3600 };

struct reading {
    int64_t interview_id, after, limit;
    struct list rows;
    struct interview_full row;
    bool student;
    int64_t transcript_id;
    struct str text;
    struct transcript t;
};

/* One question for who has a part in it and who has not. */
static err check_part(struct ctx *c, struct tx *tx, struct reading *q)
{
    const uint32_t reviewers = (uint32_t)ROLE_SUPER_ADMIN | ROLE_AUDITOR | ROLE_OPERATOR;
    bool found = false;
    q->student = c->who && (c->who->roles & ROLE_STUDENT);
    if (q->student)
        TRY(interview_student_has(c, tx, c->who->id, q->interview_id, &q->row, &found));
    else
        TRY(interview_full_find(c, tx, q->interview_id, &q->row, &found));
    const bool may = c->who && (q->student || (c->who->roles & reviewers) ||
                                str_eq(c->who->id, q->row.admin_id));
    return found && may ? ERR_OK : FAIL(c, NOT_FOUND, "Interview not found");
}

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reading *q = arg;
    TRY(check_part(c, tx, q));
    return transcript_list(c, tx, q->interview_id, q->after, q->limit, &q->rows);
}

err transcript_read(struct ctx *c, int64_t interview_id, int64_t after, int64_t limit,
                    struct list *ret)
{
    struct reading q = { .interview_id = interview_id, .after = after, .limit = limit };
    TRY(tx_run(c, TX_READ, read_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

static void put_line(struct buf *b, const struct transcript *t, int64_t first)
{
    const int64_t s = (t->start_time - first) / SECOND_US;
    const bool mended = t->corrected_text.p != NULL;
    const struct str text = mended ? t->corrected_text : t->text;
    buf_fmt(b, "[%02lld:%02lld:%02lld] %s%s: ", (long long)(s / HOUR_S),
            (long long)(s % HOUR_S / MINUTE_S), (long long)(s % MINUTE_S),
            t->speaker == SPEAKER_EVALUATOR ? "Evaluator" : "Student",
            mended ? " (corrected)" : "");
    for (size_t i = 0; i < text.n; i++)
        buf_c(b, text.p[i] == '\n' || text.p[i] == '\r' ? ' ' : text.p[i]);
    buf_c(b, '\n');
}

err transcript_text(struct ctx *c, int64_t interview_id, struct str *ret)
{
    struct list rows;
    struct buf b;
    TRY(transcript_read(c, interview_id, 0, TRANSCRIPT_ROWS_MAX, &rows));
    const struct transcript *v = rows.v;
    buf_init(&b, c->mem, TEXT_MAX);
    for (size_t i = 0; i < rows.n; i++)
        put_line(&b, &v[i], v[0].start_time);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The transcript is too long for one text; read its pages");
    *ret = rows.n ? buf_view(&b) : S("");
    return ERR_OK;
}

/* The key of the commitment is the anonymous id's, which a student's own row does not name. */
static err log_mend(struct ctx *c, struct tx *tx, const struct reading *q)
{
    struct audit_head head = { .known = false };
    struct interview_full row;
    struct buf b;
    bool found = false;
    TRY(interview_full_find(c, tx, q->interview_id, &row, &found));
    buf_init(&b, c->mem, VALUE_MAX);
    canon_str(&b, q->text);
    if (!found || !buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The correction is too long");
    const struct audit_new n = {
        .act = "transcript.correct",
        .actor = audit_actor(c),
        .cycle = row.admission_cycle_id,
        .subj = str_fmt(c->mem, "interview:%lld", (long long)q->interview_id),
        .data = str_fmt(c->mem, "{\"transcript\":%lld}", (long long)q->transcript_id),
        .key_subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(row.anonymized_id)),
        .values = { { S("text"), buf_view(&b) } },
        .n_values = 1,
    };
    return audit_append(c, tx, &head, &n, NULL);
}

static err mend_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reading *q = arg;
    bool found = false;
    int64_t changed = 0;
    TRY(transcript_find(c, tx, q->interview_id, q->transcript_id, &q->t, &found));
    TRY(check_part(c, tx, q));
    if (!found)
        return FAIL(c, NOT_FOUND, "Interview not found");
    const bool evaluator = !q->student && str_eq(c->who->id, q->row.admin_id);
    if (!evaluator && !(q->student && q->t.speaker == SPEAKER_STUDENT))
        return FAIL(c, FORBIDDEN, "Only whoever spoke, or the interviewer, corrects a transcript");
    q->t.corrected_text = q->text;
    q->t.corrected_by = evaluator ? SPEAKER_EVALUATOR : SPEAKER_STUDENT;
    q->t.corrected_at = c->now_us;
    TRY(transcript_correct(c, tx, &q->t, &changed));
    return log_mend(c, tx, q);
}

err transcript_mend(struct ctx *c, int64_t interview_id, int64_t transcript_id, struct str text,
                    struct transcript *ret)
{
    struct reading q = { .interview_id = interview_id,
                         .transcript_id = transcript_id,
                         .text = str_trim(text) };
    if (q.text.n == 0)
        return fault_value(c, "body", "text", "it must hold words");
    TRY(tx_run(c, TX_WRITE, mend_tx, &q));
    *ret = q.t;
    return ERR_OK;
}
