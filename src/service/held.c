/* The review of held applications. */
#include "service/held.h"

#include "base/str.h"
#include "codec/canon.h"
#include "crypto/commit.h"
#include "domain/phase.h"
#include "service/audit_log.h"
#include "service/audit_value.h"
#include "service/cycle_support.h"
#include "service/identity_firewall.h"
#include "service/sealed_text.h"

enum { ID_MAX = 50, REASON_ROOM = 4096, SPANS_ROOM = 4 << 20, MAP_EXTRA = 4096, ESCAPE_MAX = 6 };
#define NOT_HELD "No held application has this id"

static const struct field view_fields[] = {
    FIELD_STR(struct held_view, anonymized_id),
    FIELD_STR(struct held_view, cycle_id),
    FIELD_STR(struct held_view, held_reason, .flags = FIELD_NULL,
              .doc = "Code of what the verifier met; null: released."),
    FIELD_I64(struct held_view, redactions),
    FIELD_STR(struct held_view, essay, .doc = "As evaluators would see it."),
    FIELD_STR(struct held_view, achievements),
    FIELD_LIST(struct held_view, spans, .of = &stored_span_schema),
};
SCHEMA(held_view_schema, "HeldView", struct held_view, view_fields);

static const struct field ask_fields[] = {
    FIELD_STR(struct held_ask, reason, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = HELD_REASON_MIN, .max = HELD_REASON_TEXT_MAX,
              .doc = "Why the original must be read; goes into the log."),
};
SCHEMA(held_ask_schema, "HeldAsk", struct held_ask, ask_fields);

static const struct field original_fields[] = {
    FIELD_STR(struct held_original, anonymized_id),
    FIELD_STR(struct held_original, held_reason),
    FIELD_STR(struct held_original, essay_original, .flags = FIELD_PII,
              .doc = "As the applicant wrote it."),
    FIELD_STR(struct held_original, achievements_original, .flags = FIELD_PII),
    FIELD_STR(struct held_original, essay, .doc = "As evaluators would see it."),
    FIELD_STR(struct held_original, achievements),
    FIELD_LIST(struct held_original, spans, .of = &stored_span_schema),
};
SCHEMA(held_original_schema, "HeldOriginal", struct held_original, original_fields);

static const char *const verdict_text[] = { "correct", "release" };
static NAMES(verdict_names, verdict_text);
static const struct field decision_fields[] = {
    FIELD_ENUM(struct held_decision, decision, .flags = FIELD_REQUIRED, .names = &verdict_names,
               .doc = "correct: stays held; release: goes to evaluation."),
    FIELD_LIST(struct held_decision, spans, .of = &correction_schema, .max = CORRECTIONS_MAX,
               .doc = "Redactions to add and to take back, in bytes of the original."),
    FIELD_STR(struct held_decision, reason, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = HELD_REASON_MIN, .max = HELD_REASON_TEXT_MAX,
              .doc = "Goes into the log as a commitment."),
};
SCHEMA(held_decision_schema, "HeldDecision", struct held_decision, decision_fields);

struct queue_call {
    struct str cycle_id, cursor;
    size_t limit;
    struct list rows;
    int64_t total;
};

static err queue_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct queue_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    TRY(cycle_fact_count(c, tx, "held", q->cycle_id, &q->total));
    return held_list(c, tx, q->cycle_id, q->cursor, q->limit + 1, &q->rows);
}

err held_queue(struct ctx *c, struct str cycle_id, int64_t limit, struct str cursor,
               struct list *ret_rows, struct str *ret_next, int64_t *ret_total)
{
    struct queue_call q = { .cycle_id = cycle_id, .cursor = cursor, .limit = (size_t)limit };
    if (cursor.n > ID_MAX)
        return fault_cursor(c);
    TRY(tx_run(c, TX_READ, queue_tx, &q));
    *ret_next = (struct str){ NULL, 0 };
    if (q.rows.n > q.limit) {
        q.rows.n = q.limit;
        *ret_next = ((const struct held_row *)q.rows.v)[q.limit - 1].anonymized_id;
    }
    *ret_rows = q.rows;
    *ret_total = q.total;
    return ERR_OK;
}

static bool waits(const struct held_item *item)
{
    return item->held_reason.p && str_eq(item->status, S("finalized"));
}

static err load(struct ctx *c, struct tx *tx, struct str id, struct held_item *ret,
                struct list *ret_spans)
{
    bool found = false;
    TRY(held_find(c, tx, id, ret, &found));
    if (!found || !waits(ret))
        return FAIL(c, NOT_FOUND, NOT_HELD);
    if (!spans_read(ret->spans, c->mem, ret_spans))
        return FAIL(c, INTERNAL, "the spans of a held application cannot be read");
    return ERR_OK;
}

struct get_call {
    struct str id;
    struct held_item item;
    struct list spans;
};

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct get_call *q = arg;
    return load(c, tx, q->id, &q->item, &q->spans);
}

err held_get(struct ctx *c, struct str anonymized_id, struct held_view *ret)
{
    struct get_call q = { .id = anonymized_id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    *ret = (struct held_view){ .anonymized_id = q.item.anonymized_id,
                               .cycle_id = q.item.admission_cycle_id,
                               .held_reason = q.item.held_reason,
                               .redactions = q.item.redactions,
                               .essay = q.item.essay_scrubbed,
                               .achievements = q.item.achievements_scrubbed,
                               .spans = q.spans };
    return ERR_OK;
}

static struct str canon_text(struct ctx *c, struct str text)
{
    struct buf b;
    buf_init(&b, c->mem, REASON_ROOM);
    canon_str(&b, text);
    return buf_view(&b);
}

struct reveal_call {
    struct str id;
    const struct held_ask *ask;
    struct held_item item;
    struct list spans;
    struct original_texts text;
};

static err reveal_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reveal_call *q = arg;
    TRY(load(c, tx, q->id, &q->item, &q->spans));
    TRY(cycle_lock(c, tx, q->item.admission_cycle_id, LOCK_SHARED));
    TRY(load(c, tx, q->id, &q->item, &q->spans)); /* phase and erasure stay where they are now */
    TRY(firewall_original(c, tx, q->item.application_id, &q->text));
    return firewall_note_original(c, tx, q->item.admission_cycle_id, q->item.anonymized_id,
                                  q->ask->reason);
}

err held_reveal(struct ctx *c, struct str anonymized_id, const struct held_ask *ask,
                struct held_original *ret)
{
    struct reveal_call q = { .id = anonymized_id, .ask = ask };
    TRY(tx_run(c, TX_WRITE, reveal_tx, &q));
    *ret = (struct held_original){ .anonymized_id = q.item.anonymized_id,
                                   .held_reason = q.item.held_reason,
                                   .essay_original = q.text.essay,
                                   .achievements_original = q.text.achievements,
                                   .essay = q.item.essay_scrubbed,
                                   .achievements = q.item.achievements_scrubbed,
                                   .spans = q.spans };
    return ERR_OK;
}

struct decide_call {
    struct str id, admin_id;
    const struct held_decision *d;
    struct held_item item;
    struct list spans;
    struct held_change change;
    struct audit_head head;
};

static int64_t acted(const struct list *spans)
{
    const struct stored_span *v = spans->v;
    int64_t n = 0;
    for (size_t i = 0; i < spans->n; i++)
        n += v[i].action != SCRUB_KEEP;
    return n;
}

/* The new result out of the original, its spans and the corrections. */
static err correct(struct ctx *c, struct tx *tx, struct decide_call *q)
{
    struct original_texts text;
    struct list spans;
    struct buf b;
    TRY(firewall_original(c, tx, q->item.application_id, &text));
    const struct str originals[] = { text.essay, text.achievements };
    TRY(spans_correct(c, &q->spans, originals, &q->d->spans, &spans));
    q->spans = spans;
    buf_init(&b, c->mem, SPANS_ROOM);
    spans_write_stored(&b, spans.v, spans.n);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "There are too many spans");
    q->change.spans = buf_view(&b);
    q->change.essay_scrubbed = spans_render(c->mem, originals[0], &spans, SCRUB_ESSAY);
    q->change.achievements_scrubbed =
        spans_render(c->mem, originals[1], &spans, SCRUB_ACHIEVEMENTS);
    q->change.redactions = acted(&spans);
    return ERR_OK;
}

static err store_corrections(struct ctx *c, struct tx *tx, const struct decide_call *q)
{
    const struct correction *k = q->d->spans.v;
    const size_t n = q->d->spans.n;
    struct held_correction *v = arena_array(c->mem, struct held_correction, n + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct held_correction){
            .anonymized_id = q->item.anonymized_id,
            .admission_cycle_id = q->item.admission_cycle_id,
            .field = str_of(scrub_field_names.v[k[i].field]),
            .action = str_of(correction_action_names.v[k[i].action]),
            .type = k[i].type >= 0 ? str_of(scrub_type_names.v[k[i].type]) : S("any"),
            .created_by = q->admin_id,
            .from_byte = k[i].start,
            .to_byte = k[i].end,
            .created_at = c->now_us,
        };
    return held_corrections_insert(c, tx, v, n);
}

/* What is bound from here on: the entry of the scrubbing spoke of the result before. */
static err log_review(struct ctx *c, struct tx *tx, struct decide_call *q)
{
    const struct correction *k = q->d->spans.v;
    struct list tests;
    struct buf b;
    size_t redacted = 0;
    for (size_t i = 0; i < q->d->spans.n; i++)
        redacted += k[i].action == CORRECT_REDACT;
    if (!test_scores_read(q->item.test_scores, c->mem, &tests))
        return FAIL(c, INTERNAL, "the test scores of a held application cannot be read");
    const struct audit_map m = { .anonymized_id = q->item.anonymized_id,
                                 .application_id = q->item.application_id,
                                 .gpa = q->item.gpa,
                                 .tests = &tests,
                                 .essay = q->change.essay_scrubbed,
                                 .achievements = q->change.achievements_scrubbed };
    buf_init(&b, c->mem,
             ESCAPE_MAX * (m.essay.n + m.achievements.n + q->item.test_scores.n) + MAP_EXTRA);
    audit_map_canon(&b, &m);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The texts are too long");
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(q->item.anonymized_id));
    const struct audit_new n = {
        .act = "identity.review",
        .actor = audit_actor(c),
        .cycle = q->item.admission_cycle_id,
        .subj = subject,
        .key_subject = subject,
        .data = str_fmt(c->mem, "{\"decision\":\"%s\",\"redacted\":%zu,\"restored\":%zu}",
                        verdict_text[q->d->decision], redacted, q->d->spans.n - redacted),
        .values = { { S("map"), buf_view(&b) }, { S("reason"), canon_text(c, q->d->reason) } },
        .n_values = 2,
    };
    return audit_append(c, tx, &q->head, &n, NULL);
}

static err decide_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct decide_call *q = arg;
    struct cycle_row cycle;
    q->head = (struct audit_head){ .known = false };
    TRY(load(c, tx, q->id, &q->item, &q->spans));
    TRY(cycle_hold(c, tx, q->item.admission_cycle_id, &cycle));
    if (cycle.cycle.phase != PHASE_PREPROCESSING)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; a held application is decided in '%s'",
                    phase_names.v[cycle.cycle.phase], phase_names.v[PHASE_PREPROCESSING]);
    TRY(load(c, tx, q->id, &q->item, &q->spans)); /* again: nobody else decides now */
    q->change = (struct held_change){ .anonymized_id = q->item.anonymized_id,
                                      .application_id = q->item.application_id,
                                      .admission_cycle_id = q->item.admission_cycle_id,
                                      .now = c->now_us };
    if (q->d->decision == HELD_CORRECT)
        q->change.held_reason = q->item.held_reason;
    TRY(correct(c, tx, q));
    TRY(held_write(c, tx, &q->change));
    TRY(store_corrections(c, tx, q));
    /* The verifier compares the row with the last entry: it must have its place when both show. */
    TRY(audit_hold(c, tx, &q->head));
    return log_review(c, tx, q);
}

err held_decide(struct ctx *c, struct str anonymized_id, const struct held_decision *d,
                struct held_view *ret)
{
    struct decide_call q = { .id = anonymized_id, .d = d };
    TRY(cycle_actor(c, &q.admin_id));
    TRY(tx_run(c, TX_WRITE, decide_tx, &q));
    *ret = (struct held_view){ .anonymized_id = q.item.anonymized_id,
                               .cycle_id = q.item.admission_cycle_id,
                               .held_reason = q.change.held_reason,
                               .redactions = q.change.redactions,
                               .essay = q.change.essay_scrubbed,
                               .achievements = q.change.achievements_scrubbed,
                               .spans = q.spans };
    return ERR_OK;
}
