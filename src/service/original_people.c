/* Applications of a cycle and their anonymous copies: identity sealed under our keys, each row with
 * its entry in the log. The two are read apart, the second in an order of its own. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/phase.h"
#include "domain/score.h"
#include "service/audit_value.h"
#include "service/intake_prepare.h"
#include "service/metrics.h"
#include "service/original_inner.h"
#include "service/sealed_text.h"

enum { VALUE_MAX = 1 << 20, TESTS_TEXT_MAX = 8192, PII_MAX = 16 * 1024, GPA_MAX_E2 = 400 };
#define COARSE_US INT64_C(3600000000) /* anonymous rows say the hour, not the moment */

static struct legacy_fate fate_of(const struct importer *im, const struct original_application *a,
                                  int32_t status)
{
    const struct legacy_state s = {
        .phase = im->phase,
        .application = status,
        .score = a->score_status.p ? legacy_label(&application_status_names, a->score_status) : -1,
        .anonymous = a->anonymized_id.p && id_valid(a->anonymized_id),
    };
    return legacy_fate_of(&s);
}

/* The row as ours, without its identity; false: it is left out. */
static bool read_application(struct importer *im, const struct original_application *a,
                             struct legacy_application *ret)
{
    const enum original_table t = ORIG_APPLICATIONS;
    const int32_t status = legacy_label(&application_status_names, a->status);
    struct application_record *r = &ret->record;
    if (!id_valid(a->application_id) || status < 0) {
        note(im, t, a->application_id, status < 0 ? ON_UNKNOWN_LABEL : ON_BAD_ID);
        return false;
    }
    if (!take_e2(im, t, a->application_id, a->gpa, &r->gpa) ||
        !take_tests(im, t, a->application_id, a->test_scores, &r->test_scores))
        return false;
    if (r->gpa < 0 || r->gpa > GPA_MAX_E2)
        note(im, t, a->application_id, ON_OUT_OF_RANGE);
    const struct legacy_fate f = fate_of(im, a, status);
    if (f.never_scored || (f.changed && !(im->reselect && f.application == APP_SCORED)))
        note(im, t, a->application_id, f.never_scored ? ON_NEVER_SCORED : ON_STATUS);
    r->application_id = a->application_id;
    r->admission_cycle_id = im->cycle->cycle_id;
    r->timestamp = a->timestamp;
    r->status = f.application;
    r->scrub_order = id_place(im->c);
    r->essay = a->essay;
    r->achievements = a->achievements;
    ret->created_at = a->created_at;
    ret->updated_at = a->updated_at;
    return true;
}

static err student_here(struct importer *im, const struct original_application *a, struct str *ret)
{
    bool here = false;
    if (a->student_id.p)
        TRY(exists_here(im, LEGACY_STUDENT, a->student_id, &here));
    if (here)
        *ret = a->student_id;
    else
        note(im, ORIG_APPLICATIONS, a->application_id, ON_NO_ACCOUNT);
    return ERR_OK;
}

static bool seal(struct importer *im, const struct original_application *a,
                 struct application_record *r)
{
    const struct application_new who = { .name = a->name,
                                         .phone = a->phone,
                                         .address = a->address };
    r->email_hash = application_email_hash(im->c, a->email);
    if (application_seal_identity(im->c, &who, a->email, r->application_id, &r->sealed_identity) ==
        ERR_OK)
        return true;
    fault_clear(im->c);
    return false;
}

static err log_application(struct importer *im, const struct application_record *r, struct buf *b)
{
    struct ctx *c = im->c;
    uint8_t key[SUBJECT_KEY_N];
    const struct str subject = str_fmt(c->mem, "application:%.*s", STR_ARG(r->application_id));
    TRY(keyed(im, subject, key));
    const struct audit_new n = {
        .act = "application.submit",
        .actor = S("import"), /* not the student: the original tells what was submitted */
        .cycle = r->admission_cycle_id,
        .subj = subject,
        .key_subject = subject,
        .values = { { S("payload"), buf_view(b) } },
        .n_values = 1,
    };
    const err e = audit_append_keyed(c, im->tx, &im->head, &n, key, NULL);
    secret_wipe(key, sizeof(key));
    return e;
}

static err take_application(struct importer *im, const void *arg)
{
    const struct original_application *a = arg;
    struct legacy_application row = { .created_at = 0 };
    struct application_record *r = &row.record;
    struct buf b;
    if (!read_application(im, a, &row))
        return ERR_OK;
    buf_init(&b, im->c->mem, VALUE_MAX);
    application_payload_canon(&b, r->gpa, &r->test_scores, r->essay, r->achievements);
    if (!buf_ok(&b) || !seal(im, a, r)) {
        note(im, ORIG_APPLICATIONS, a->application_id, ON_TOO_LONG);
        return ERR_OK;
    }
    TRY(student_here(im, a, &r->student_id));
    TRY(free_here(im, LEGACY_APPLICATION, ORIG_APPLICATIONS, a->application_id));
    TRY(inserted(im, ORIG_APPLICATIONS, a->application_id,
                 legacy_application_insert(im->c, im->tx, &row)));
    TRY(log_application(im, r, &b));
    im->tally->imported[ORIG_APPLICATIONS]++;
    im->submitted++;
    return ERR_OK;
}

struct pii_email {
    struct str email;
};
static const struct field pii_fields[] = {
    FIELD_STR(struct pii_email, email, .flags = FIELD_REQUIRED | FIELD_PII),
};
static SCHEMA(pii_schema, "PiiEmail", struct pii_email, pii_fields);

/* The old keys when they were given, else our own ring: the same key may go on. */
static bool open_token(struct importer *im, struct str token, struct str *ret_plain)
{
    uint64_t time_s = 0;
    for (size_t i = 0; i < im->n_old; i++)
        if (fernet_open_with(&im->old[i], token, im->c->mem, ret_plain, &time_s))
            return true;
    if (im->n_old == 0 && keyring_open(im->c, token, ret_plain) == ERR_OK)
        return true;
    fault_clear(im->c);
    return false;
}

/* What the mapping seals, when it can be read and is this applicant's. */
static bool old_identity(struct importer *im, const struct original_anonymous *a, struct str *ret)
{
    struct pii_email who = { 0 };
    if (!a->encrypted_pii.p) {
        note(im, ORIG_IDENTITY_MAPPING, a->anonymized_id, ON_TOKEN_NONE);
        return false;
    }
    if (!open_token(im, a->encrypted_pii, ret)) {
        note(im, ORIG_IDENTITY_MAPPING, a->anonymized_id, ON_TOKEN_KEY);
        return false;
    }
    if (schema_decode(im->c, &pii_schema, *ret, &who, NULL) == ERR_OK &&
        str_eqi(who.email, a->email))
        return true;
    fault_clear(im->c);
    note(im, ORIG_IDENTITY_MAPPING, a->anonymized_id, ON_TOKEN_OTHER);
    return false;
}

static bool seal_mapping(struct importer *im, const struct original_anonymous *a, struct str *ret)
{
    struct ctx *c = im->c;
    struct str plain;
    if (old_identity(im, a, &plain)) {
        *ret = keyring_seal(c, plain);
        return ret->p != NULL;
    }
    const struct sealed_identity who = {
        .address = a->address, .email = a->email, .name = a->name, .phone = a->phone
    };
    struct buf b;
    buf_init(&b, c->mem, PII_MAX);
    pii_text_write(&b, &who);
    *ret = buf_ok(&b) ? keyring_seal(c, buf_view(&b)) : (struct str){ 0 };
    return ret->p != NULL;
}

static int64_t count_redactions(struct str text)
{
    const struct str mark = S("_REDACTED]");
    int64_t n = 0;
    const char *at = text.p, *end = text.p + text.n;
    while ((at = memmem(at, (size_t)(end - at), mark.p, mark.n)) != NULL) {
        at += mark.n;
        n++;
    }
    return n;
}

static struct str tests_json(struct ctx *c, const struct list *tests)
{
    const struct e2_pair *v = tests->v;
    struct buf b;
    buf_init(&b, c->mem, TESTS_TEXT_MAX);
    buf_c(&b, '{');
    for (size_t i = 0; i < tests->n; i++) {
        if (i)
            buf_c(&b, ',');
        json_write_str(&b, v[i].name);
        buf_c(&b, ':');
        json_write_e2(&b, v[i].e2);
    }
    buf_c(&b, '}');
    return buf_view(&b);
}

static err log_scrub(struct importer *im, const struct anon_row *r, struct str map)
{
    struct ctx *c = im->c;
    uint8_t key[SUBJECT_KEY_N];
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(r->anonymized_id));
    TRY(keyed(im, subject, key));
    const struct audit_new n = {
        .act = "identity.scrub",
        .actor = S("import"),
        .cycle = r->cycle_id,
        .subj = subject,
        .key_subject = subject,
        .values = { { S("map"), map } },
        .n_values = 1,
    };
    const err e = audit_append_keyed(c, im->tx, &im->head, &n, key, NULL);
    secret_wipe(key, sizeof(key));
    return e;
}

/* false: it is left out. */
static bool read_anonymous(struct importer *im, const struct original_anonymous *a,
                           struct list *tests, struct anon_row *ret, struct str *ret_map)
{
    const enum original_table t = ORIG_ANONYMIZED_APPLICATIONS;
    struct buf b;
    if (!id_valid(a->anonymized_id)) {
        note(im, t, a->anonymized_id, ON_BAD_ID);
        return false;
    }
    if (!take_e2(im, t, a->anonymized_id, a->gpa, &ret->gpa) ||
        !take_tests(im, t, a->anonymized_id, a->test_scores, tests))
        return false;
    const struct audit_map m = { .anonymized_id = a->anonymized_id,
                                 .application_id = a->application_id,
                                 .gpa = ret->gpa,
                                 .tests = tests,
                                 .essay = a->essay_scrubbed,
                                 .achievements = a->achievements_scrubbed };
    buf_init(&b, im->c->mem, VALUE_MAX);
    audit_map_canon(&b, &m);
    if (!buf_ok(&b) || !seal_mapping(im, a, &ret->encrypted_pii)) {
        note(im, t, a->anonymized_id, ON_TOO_LONG);
        return false;
    }
    *ret_map = buf_view(&b);
    return true;
}

static err store_metrics(struct importer *im, const struct anon_row *row, const struct list *tests)
{
    const int64_t gpa = row->gpa < 0 ? 0 : row->gpa > GPA_MAX_E2 ? GPA_MAX_E2 : row->gpa;
    struct metric_new m = { .application_id = row->application_id,
                            .cycle_id = row->cycle_id,
                            .percentile = SCHEMA_NULL_I64,
                            .computed_at = row->created_at };
    metrics_measure(im->c, gpa, tests, &m);
    return metric_insert(im->c, im->tx, &m, 1);
}

static err store_anonymous(struct importer *im, struct anon_row *row, const struct list *tests,
                           struct str map)
{
    struct ctx *c = im->c;
    TRY(free_here(im, LEGACY_ANONYMOUS, ORIG_ANONYMIZED_APPLICATIONS, row->anonymized_id));
    TRY(legacy_scrub_order(c, im->tx, row->application_id, &row->scrub_order));
    TRY(anon_insert(c, im->tx, row, 1));
    TRY(store_metrics(im, row, tests));
    return log_scrub(im, row, map);
}

static err take_anonymous(struct importer *im, const void *arg)
{
    const struct original_anonymous *a = arg;
    struct tally *t = im->tally;
    struct list tests = { 0 };
    struct str map = { 0 };
    bool here = false;
    struct anon_row row = {
        .anonymized_id = a->anonymized_id,
        .application_id = a->application_id,
        .cycle_id = im->cycle->cycle_id,
        .eval_order = id_i63(im->c),
        .redactions =
            count_redactions(a->essay_scrubbed) + count_redactions(a->achievements_scrubbed),
        .essay_scrubbed = a->essay_scrubbed,
        .achievements_scrubbed = a->achievements_scrubbed,
        .created_at = a->created_at - a->created_at % COARSE_US,
    };
    TRY(exists_here(im, LEGACY_APPLICATION, a->application_id, &here));
    if (!here) {
        note(im, ORIG_ANONYMIZED_APPLICATIONS, a->anonymized_id, ON_ORPHAN);
        return ERR_OK;
    }
    if (!read_anonymous(im, a, &tests, &row, &map))
        return im->phase > PHASE_FROZEN ? legacy_application_fail(im->c, im->tx, a->application_id)
                                        : ERR_OK;
    row.test_scores = tests_json(im->c, &tests);
    TRY(store_anonymous(im, &row, &tests, map));
    t->imported[ORIG_ANONYMIZED_APPLICATIONS]++;
    t->imported[ORIG_IDENTITY_MAPPING] += a->encrypted_pii.p != NULL;
    t->imported[ORIG_DETERMINISTIC_METRICS] += a->has_metrics;
    return ERR_OK;
}

err original_take_people(struct importer *im)
{
    struct taker applications = { im, take_application }, anonymous = { im, take_anonymous };
    const struct str id = im->cycle->cycle_id;
    TRY(pulled(im, original_applications(im->src, im->src_tx, id, im->schema >= LEGACY_STUDENTS,
                                         take_row, &applications)));
    return pulled(im, original_anonymous(im->src, im->src_tx, id, take_row, &anonymous));
}
