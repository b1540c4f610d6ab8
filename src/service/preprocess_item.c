/* One application made anonymous: unseal, scrub, measure, seal again under the anonymous id. */
#include "service/preprocess_item.h"

#include "base/str.h"
#include "codec/id.h"
#include "crypto/fernet.h"
#include "detect/injection.h"
#include "service/audit_log.h"
#include "service/audit_value.h"
#include "service/evaluate.h"
#include "service/scrub_spans.h"
#include "service/sealed_text.h"

#define SPACE     (UINT64_C(1) << 63)
#define COARSE_US INT64_C(3600000000)        /* rows say the hour, not the moment */
enum { ANON_PREFIX = 5, ORDER_DIGITS = 13 }; /* "ANON_"; 3 bits and 12 times 5 */
enum { PII_TEXT_MAX = 65536, MAP_EXTRA = 4096, HELD_REASON_MAX = 100 };
enum { SPANS_TEXT_MAX = 4 << 20 };

/* A refusal by what the record holds is noted and forgotten; the chunk goes on. */
static void give_up(struct ctx *c, struct scrub_item *item, const char *why)
{
    fault_clear(c);
    *item = (struct scrub_item){ .row.application_id = item->row.application_id, .failure = why };
}

static bool unseal(struct ctx *c, const struct scrub_source *s, struct sealed_identity *ret)
{
    struct str plain;
    if (!s->sealed_identity.p || keyring_open(c, s->sealed_identity, &plain) != ERR_OK)
        return false;
    if (schema_decode(c, &sealed_identity_schema, plain, ret, NULL) != ERR_OK)
        return false;
    return str_eq(ret->application_id, s->application_id);
}

/* By field and offset, with the hints only where a person will look. */
static err note_spans(struct ctx *c, const struct scrub_result *r, struct anon_row *row)
{
    struct buf b;
    buf_init(&b, c->mem, SPANS_TEXT_MAX);
    spans_write(&b, r->spans, r->n_spans, r->verdict == SCRUB_HELD);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "There are too many spans");
    row->spans = buf_view(&b);
    return ERR_OK;
}

static err scrub_texts(struct ctx *c, const struct scrub_policy *policy,
                       const struct scrub_source *s, const struct sealed_identity *who,
                       struct anon_row *row)
{
    const struct scrub_identity id = {
        .name = who->name, .email = who->email, .phone = who->phone, .address = who->address
    };
    const struct str texts[] = { s->essay, s->achievements };
    struct scrub_result r = { 0 };
    TRY(scrub_application(c, policy, &id, texts, 2, &r));
    const char *reason = r.verdict == SCRUB_HELD ? r.reason : NULL;
    row->essay_scrubbed = r.text[0];
    row->achievements_scrubbed = r.text[1];
    row->redactions = (int64_t)r.n_changed;
    if (reason)
        row->held_reason = str_sub(str_of(reason), 0, HELD_REASON_MAX);
    return note_spans(c, &r, row);
}

/* Where models may be asked later: only here the words still stand as they were written. */
static void look_for_orders(struct ctx *c, const struct scrub_source *s, struct anon_row *row)
{
    struct injection a, b;
    if (!evaluator_find(c, S("openai")))
        return;
    injection_find(c, s->essay, &a);
    injection_find(c, s->achievements, &b);
    row->injection_score = a.score > b.score ? a.score : b.score;
    row->injection_signs = (int64_t)(a.signs | b.signs);
}

static err seal(struct ctx *c, const struct sealed_identity *who, struct anon_row *row)
{
    struct buf b;
    buf_init(&b, c->mem, PII_TEXT_MAX);
    pii_text_write(&b, who);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The identity is too long");
    row->encrypted_pii = keyring_seal(c, buf_view(&b));
    return ERR_OK;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static err commit_text(struct ctx *c, const struct list *tests, struct scrub_item *item)
{
    const struct anon_row *r = &item->row;
    const struct audit_map m = { .anonymized_id = r->anonymized_id,
                                 .application_id = r->application_id,
                                 .gpa = r->gpa,
                                 .tests = tests,
                                 .essay = r->essay_scrubbed,
                                 .achievements = r->achievements_scrubbed };
    struct buf b;
    /* An escape makes at most six bytes of one. */
    buf_init(&b, c->mem, 6 * (m.essay.n + m.achievements.n + r->test_scores.n) + MAP_EXTRA);
    audit_map_canon(&b, &m);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The texts are too long");
    item->map = buf_view(&b);
    return ERR_OK;
}

/* Slot a x number + b of `of`, with secret a and b; a shares no divisor with `of`. */
struct scrub_slot scrub_slot_of(struct ctx *c, struct str job_id, int64_t number, int64_t of)
{
    const struct keyring *keys = c->deps->keys;
    const struct str key = { (const char *)keys->lookup, sizeof(keys->lookup) };
    const struct str parts[] = { S("enigma-scrub-slot-v1\n"), job_id };
    const struct hash h = hmac_sha256(key, parts, 2);
    uint64_t n = (uint64_t)of, a, b;
    memcpy(&a, h.b, sizeof(a));
    memcpy(&b, h.b + sizeof(a), sizeof(b));
    a %= n;
    while (gcd(a, n) != 1) /* 1 is reached at the latest */
        a = a + 1 < n ? a + 1 : 1;
    uint64_t slot = (a * (uint64_t)number + b % n) % n;
    uint64_t width = SPACE / n;
    return (struct scrub_slot){ (int64_t)(slot * width), (int64_t)width };
}

/* The first 63 bits of an anonymous id are its order of evaluation; 65 random bits follow. */
static void draw_id(struct ctx *c, const struct scrub_slot *slot, struct anon_row *row)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char *id = str_z(c->mem, id_random(c, "ANON_"));
    row->eval_order = slot->from + id_i63(c) % slot->width;
    uint64_t v = (uint64_t)row->eval_order;
    for (size_t i = ORDER_DIGITS; i > 0; i--, v >>= 5)
        id[ANON_PREFIX + i - 1] = digits[v & 31];
    row->anonymized_id = str_of(id);
}

err scrub_item_make(struct ctx *c, struct str cycle_id, const struct scrub_policy *policy,
                    const struct scrub_slot *slot, const struct scrub_source *s,
                    struct scrub_item *ret)
{
    struct sealed_identity who = { 0 };
    struct list tests = { 0 };
    *ret = (struct scrub_item){ .row = { .application_id = s->application_id,
                                         .cycle_id = cycle_id,
                                         .scrub_order = s->scrub_order,
                                         .gpa = s->gpa,
                                         .test_scores = s->test_scores,
                                         .created_at = c->now_us - c->now_us % COARSE_US } };
    draw_id(c, slot, &ret->row);
    if (!unseal(c, s, &who)) {
        give_up(c, ret, "the sealed identity cannot be opened");
        return ERR_OK;
    }
    if (!test_scores_read(s->test_scores, c->mem, &tests)) {
        give_up(c, ret, "the test scores cannot be read");
        return ERR_OK;
    }
    if (scrub_texts(c, policy, s, &who, &ret->row) != ERR_OK) {
        give_up(c, ret, "the texts cannot be scrubbed");
        return ERR_OK;
    }
    look_for_orders(c, s, &ret->row);
    if (seal(c, &who, &ret->row) != ERR_OK || commit_text(c, &tests, ret) != ERR_OK) {
        give_up(c, ret, "the record is too long");
        return ERR_OK;
    }
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(ret->row.anonymized_id));
    ret->wrapped = subject_key_make(c, subject, ret->key);
    return ERR_OK;
}

void scrub_item_keep(struct arena *mem, struct scrub_item *item)
{
    struct anon_row *r = &item->row;
    struct str *const made[] = {
        &r->anonymized_id, &r->essay_scrubbed,     &r->achievements_scrubbed,
        &r->encrypted_pii, &r->held_reason,        &r->spans,
        &item->map,        &item->wrapped.subject, &item->wrapped.wrapped
    };
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        if (made[i]->p)
            *made[i] = str_keep(mem, *made[i]);
}

static int by_anonymous_id(const void *a, const void *b)
{
    const struct scrub_item *x = a, *y = b;
    return str_cmp(x->row.anonymized_id, y->row.anonymized_id);
}

void scrub_items_sort(struct scrub_item *v, size_t n)
{
    if (n > 1)
        qsort(v, n, sizeof(*v), by_anonymous_id);
}
