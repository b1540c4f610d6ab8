/* Interviews of an original installation and their scores: what was held stays held. */
#include "base/str.h"
#include "service/original_inner.h"

enum { INTERVIEW_MARK_MAX_E2 = 1000 };

static const char *const status_text[] = { "scheduled", "completed", "cancelled" };
static const struct names status_names = { status_text, 3 };

bool original_interviews_have(const struct importer *im, enum original_talks *ret)
{
    *ret = ORIGINAL_INTERVIEWS_PLAIN;
    if (im->has[ORIG_INTERVIEW_SCORES])
        *ret = im->schema >= LEGACY_NEWEST ? ORIGINAL_INTERVIEWS_WHOLE : ORIGINAL_INTERVIEWS_SCORED;
    return im->has[ORIG_INTERVIEWS];
}

/* All whom the row names are here; *ret_note says who is not. */
static err people_here(struct importer *im, const struct legacy_interview *r, enum note *ret_note,
                       bool *ret)
{
    static const enum note missing[] = { ON_ORPHAN, ON_NO_STUDENT, ON_NO_ADMIN };
    static const enum legacy_thing what[] = { LEGACY_APPLICATION, LEGACY_STUDENT, LEGACY_ADMIN };
    const struct str ids[] = { r->application_id, r->student_id, r->admin_id };
    *ret = true;
    for (size_t i = 0; i < 3 && *ret; i++) {
        TRY(exists_here(im, what[i], ids[i], ret));
        *ret_note = missing[i];
    }
    return ERR_OK;
}

static bool take_mark(struct importer *im, struct str id, double v, int64_t *ret)
{
    if (!take_e2(im, ORIG_INTERVIEW_SCORES, id, v, ret))
        return false;
    if (*ret >= 0 && *ret <= INTERVIEW_MARK_MAX_E2)
        return true;
    note(im, ORIG_INTERVIEW_SCORES, id, ON_BAD_MARK);
    return false;
}

static err take_score(struct importer *im, const struct original_interview *o,
                      struct legacy_interview *row)
{
    const struct str id = str_fmt(im->c->mem, "%lld", (long long)o->score_id);
    bool here = false;
    row->scored_by = admin_id_here(im->c, o->scored_by);
    TRY(exists_here(im, LEGACY_ADMIN, row->scored_by, &here));
    if (!here) {
        note(im, ORIG_INTERVIEW_SCORES, id, ON_NO_ADMIN);
        return ERR_OK;
    }
    if (!take_mark(im, id, o->communication, &row->communication) ||
        !take_mark(im, id, o->critical_thinking, &row->critical_thinking) ||
        !take_mark(im, id, o->motivation, &row->motivation) ||
        !take_mark(im, id, o->final, &row->final))
        return ERR_OK;
    TRY(inserted(im, ORIG_INTERVIEW_SCORES, id, legacy_interview_score_insert(im->c, im->tx, row)));
    im->tally->imported[ORIG_INTERVIEW_SCORES]++;
    return ERR_OK;
}

static err leave(struct importer *im, const struct original_interview *o, enum note why)
{
    note_i64(im, ORIG_INTERVIEWS, o->id, why);
    if (o->score_id != SCHEMA_NULL_I64)
        note_i64(im, ORIG_INTERVIEW_SCORES, o->score_id, ON_ORPHAN);
    return ERR_OK;
}

static err take_interview(struct importer *im, const void *arg)
{
    const struct original_interview *o = arg;
    const int32_t status = legacy_label(&status_names, o->status);
    struct legacy_interview row = {
        .id = o->id,
        .application_id = o->application_id,
        .student_id = o->student_id,
        .admin_id = admin_id_here(im->c, o->admin_id),
        .cycle_id = im->cycle->cycle_id,
        .interview_time = o->interview_time,
        .interview_link = o->interview_link,
        .notes = o->notes,
        .started_at = o->started_at,
        .coi_accepted_at = o->coi_accepted_at,
        .created_at = o->created_at,
        .updated_at = o->updated_at,
        .score_id = o->score_id,
        .score_notes = o->score_notes,
        .scored_at = o->scored_at,
    };
    enum note why = ON_ORPHAN;
    bool here = false;
    if (o->coi_accepted_by.n) {
        row.coi_accepted_by = admin_id_here(im->c, o->coi_accepted_by);
        TRY(exists_here(im, LEGACY_ADMIN, row.coi_accepted_by, &here));
        if (!here)
            row.coi_accepted_by = (struct str){ 0 };
    }
    TRY(people_here(im, &row, &why, &here));
    if (!here || status < 0)
        return leave(im, o, status < 0 ? ON_UNKNOWN_LABEL : why);
    row.status = str_of(status_text[status]);
    TRY(inserted(im, ORIG_INTERVIEWS, str_fmt(im->c->mem, "%lld", (long long)o->id),
                 legacy_interview_insert(im->c, im->tx, &row)));
    im->tally->imported[ORIG_INTERVIEWS]++;
    return o->score_id != SCHEMA_NULL_I64 ? take_score(im, o, &row) : ERR_OK;
}

err original_take_interviews(struct importer *im)
{
    struct taker t = { im, take_interview };
    enum original_talks have = ORIGINAL_INTERVIEWS_PLAIN;
    if (!original_interviews_have(im, &have))
        return ERR_OK;
    return pulled(
        im, original_interviews(im->src, im->src_tx, im->cycle->cycle_id, have, take_row, &t));
}
