/* What a publication would tell, or has told. */
#include "service/publication.h"

#include "base/str.h"
#include "domain/application.h"
#include "domain/phase.h"
#include "repo/application_repo.h"
#include "repo/score_repo.h"
#include "service/appeal.h"
#include "service/cycle_support.h"
#include "service/fairness.h"

#define P struct publication_part
#define R struct publication
/* clang-format off */
static const struct field part_fields[] = {
    FIELD_ENUM(P, status, .names = &application_status_names,
               .doc = "Status of these applications once it is published."),
    FIELD_I64(P, applicants, .doc = "How many."),
    FIELD_STR(P, message, .doc = "What they read."),
};
static SCHEMA(part_schema, "PublicationPart", struct publication_part, part_fields);
static const struct field fields[] = {
    FIELD_STR(R, cycle_id, .doc = "The cycle."),
    FIELD_BOOL(R, published, .doc = "It has happened already."),
    FIELD_LIST(R, parts, .of = &part_schema, .doc = "Applicants by what they read."),
    FIELD_E2(R, cutoff_score, .flags = FIELD_NULL,
             .doc = "Score of the last one with a seat; null before the selection."),
    FIELD_JSON(R, criteria, .flags = FIELD_NULL, .doc = "How it was selected, as in the log."),
    FIELD_TIME(R, decided_at, .flags = FIELD_NULL, .doc = "When it was selected."),
    FIELD_STR(R, fairness_blocker, .flags = FIELD_NULL,
              .doc = "Why the fairness check does not let it happen; null: it does."),
    FIELD_I64(R, appeal_days, .doc = "Days for appeals after the publication."),
};
/* clang-format on */
#undef R
#undef P
SCHEMA(publication_schema, "Publication", struct publication, fields);

struct publication_call {
    struct str cycle_id;
    struct cycle_row row;
    struct list counts; /* struct status_count */
    struct selection_log log;
    bool selected;
    struct str blocker;
};

static err publication_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct publication_call *q = arg;
    TRY(cycle_load(c, tx, q->cycle_id, &q->row));
    TRY(application_counts(c, tx, q->cycle_id, &q->counts));
    TRY(selection_log_last(c, tx, q->cycle_id, &q->log, &q->selected));
    return q->row.cycle.phase < PHASE_PUBLISHED ? fairness_blocker(c, tx, q->cycle_id, &q->blocker)
                                                : ERR_OK;
}

/* Whoever was invited and has no seat is not selected from the publication on. */
static int32_t told(int32_t status)
{
    return status == APP_SHORTLISTED ? APP_NOT_SELECTED : status;
}

static struct list parts_of(struct ctx *c, const struct list *counts)
{
    const struct status_count *v = counts->v;
    struct publication_part *out = arena_array(c->mem, struct publication_part, APP_STATUS_COUNT);
    int64_t by_status[APP_STATUS_COUNT] = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < counts->n; i++)
        by_status[told(v[i].status)] += v[i].n;
    for (int32_t s = 0; s < APP_STATUS_COUNT; s++)
        if (by_status[s])
            out[n++] =
                (struct publication_part){ s, by_status[s], str_of(application_status_message(s)) };
    return (struct list){ out, n };
}

err publication_preview(struct ctx *c, struct str cycle_id, struct publication *ret)
{
    struct publication_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, publication_tx, &q));
    *ret = (struct publication){
        .cycle_id = cycle_id,
        .published = q.row.cycle.phase >= PHASE_PUBLISHED,
        .parts = parts_of(c, &q.counts),
        .cutoff_score = q.selected ? q.log.cutoff_score : SCHEMA_NULL_I64,
        .criteria = q.selected ? q.log.selection_criteria : (struct str){ NULL, 0 },
        .decided_at = q.selected ? q.log.executed_at : SCHEMA_NULL_I64,
        .fairness_blocker = q.blocker,
        .appeal_days = appeal_days(c),
    };
    return ERR_OK;
}
