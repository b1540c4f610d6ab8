/* A student's texts as evaluators would see them. */
#include "service/scrub_preview.h"

#include "base/str.h"
#include "repo/cycle_repo.h"
#include "repo/student_repo.h"
#include "service/scrub_policy.h"

static const char *const status_text[] = { "ok", "held" };
static NAMES(status_names, status_text);

static const struct field ask_fields[] = {
    FIELD_STR(struct preview_ask, name, .flags = FIELD_NULL | FIELD_PII, .max = 200,
              .doc = "Full name; the account's when left out."),
    FIELD_STR(struct preview_ask, phone, .flags = FIELD_NULL | FIELD_PII, .max = 20),
    FIELD_STR(struct preview_ask, address, .flags = FIELD_NULL | FIELD_PII, .max = 500),
    FIELD_STR(struct preview_ask, essay, .flags = FIELD_REQUIRED, .min = 1, .max = 5000,
              .doc = "Essay of at most 5000 characters."),
    FIELD_STR(struct preview_ask, achievements, .flags = FIELD_NULL, .max = 3000,
              .doc = "Achievements, at most 3000 characters."),
};
SCHEMA(preview_ask_schema, "ScrubPreviewAsk", struct preview_ask, ask_fields);

static const struct field reply_fields[] = {
    FIELD_ENUM(struct preview_reply, status, .names = &status_names,
               .doc = "held: a person would look at it before it is evaluated."),
    FIELD_STR(struct preview_reply, reason, .flags = FIELD_NULL),
    FIELD_STR(struct preview_reply, essay),
    FIELD_STR(struct preview_reply, achievements),
    FIELD_I64(struct preview_reply, redactions),
    FIELD_LIST(struct preview_reply, spans, .of = &stored_span_schema,
               .doc = "What was changed, in bytes of the texts as sent."),
};
SCHEMA(preview_reply_schema, "ScrubPreview", struct preview_reply, reply_fields);

struct preview_call {
    struct student_row student;
    struct scrub_policy policy;
};

static err look_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct preview_call *q = arg;
    struct cycle_row row;
    bool known = false, open = false;
    int64_t version = 0;
    TRY(student_repo_by_id(c, tx, c->who->id, &q->student, &known));
    if (!known)
        return FAIL(c, FORBIDDEN, "This account may not apply");
    TRY(cycle_row_find_open(c, tx, &row, &open));
    q->policy = scrub_policy_preset;
    return open ? scrub_policy_of(c, tx, row.cycle.cycle_id, &q->policy, &version) : ERR_OK;
}

static struct list shown(struct ctx *c, const struct scrub_result *r)
{
    struct stored_span *v = arena_array(c->mem, struct stored_span, r->n_spans + 1);
    size_t n = 0;
    for (size_t i = 0; i < r->n_spans; i++)
        if (r->spans[i].action != SCRUB_KEEP)
            v[n++] = (struct stored_span){ .field = r->spans[i].field,
                                           .start = r->spans[i].from,
                                           .end = r->spans[i].to,
                                           .type = r->spans[i].type,
                                           .rule = str_of(r->spans[i].rule),
                                           .confidence = r->spans[i].confidence,
                                           .action = r->spans[i].action,
                                           .placeholder = str_of(r->spans[i].placeholder) };
    return (struct list){ v, n };
}

err scrub_preview(struct ctx *c, const struct preview_ask *ask, struct preview_reply *ret)
{
    struct preview_call q = { 0 };
    struct scrub_result r = { 0 };
    TRY(tx_run(c, TX_READ, look_tx, &q));
    const struct scrub_identity who = { .name = ask->name.p ? ask->name : q.student.display_name,
                                        .email = q.student.primary_email,
                                        .phone = ask->phone,
                                        .address = ask->address };
    const struct str texts[] = { ask->essay, ask->achievements.p ? ask->achievements : S("") };
    TRY(scrub_application(c, &q.policy, &who, texts, 2, &r));
    *ret = (struct preview_reply){ .essay = r.text[0],
                                   .achievements = r.text[1],
                                   .redactions = (int64_t)r.n_changed,
                                   .spans = shown(c, &r) };
    if (r.verdict == SCRUB_HELD) {
        ret->status = PREVIEW_HELD;
        ret->reason = str_of(r.reason);
    }
    return ERR_OK;
}
