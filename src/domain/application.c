/* domain/application.c: field tables of applications and results, and what their fields cannot say
 * one by one. */
#include "domain/application.h"

#include "base/str.h"
#include "codec/canon.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "domain/phase.h"
#include "domain/score.h"

enum { APP_TESTS_MAX = 20, APP_TEST_NAME_MAX = 50 };

static const char *const status_text[] = {
    "submitted",   "finalized", "preprocessing", "batch_ready", "processing", "scored",
    "shortlisted", "selected",  "not_selected",  "published",   "failed",     "withdrawn",
};
_Static_assert(sizeof(status_text) / sizeof(status_text[0]) == APP_STATUS_COUNT, "one name each");
NAMES(application_status_names, status_text);

const char *application_status_message(int32_t status)
{
    static const char *const text[] = {
        [APP_SUBMITTED] = "Your application has been received.",
        [APP_FINALIZED] = "Submissions are closed and your application is final.",
        [APP_PREPROCESSING] = "Your application is being prepared for blind review.",
        [APP_BATCH_READY] = "Your application is anonymous now and waits for evaluation.",
        [APP_PROCESSING] = "Your application is being evaluated.",
        [APP_SCORED] = "Your application has been evaluated; decisions are not published yet.",
        [APP_SHORTLISTED] = "Your application has been shortlisted.",
        [APP_SELECTED] = "Congratulations, your application has been selected.",
        [APP_NOT_SELECTED] = "Your application was not selected in this cycle.",
        [APP_PUBLISHED] = "The result of your application has been published.",
        [APP_FAILED] = "Your application needs attention from staff before it can go on.",
        [APP_WITHDRAWN] = "You have withdrawn this application.",
    };
    if (status < 0 || status >= APP_STATUS_COUNT)
        return "The status of your application is unknown.";
    return text[status];
}

int32_t application_status_shown(int32_t status, int32_t phase)
{
    bool decision =
        status == APP_SHORTLISTED || status == APP_SELECTED || status == APP_NOT_SELECTED;
    return decision && phase < PHASE_PUBLISHED ? (int32_t)APP_SCORED : status;
}

static const struct field application_new_fields[] = {
    FIELD_STR(struct application_new, name, .flags = FIELD_REQUIRED | FIELD_WORDS | FIELD_PII,
              .min = 2, .max = 200, .doc = "Full name of the applicant."),
    FIELD_STR(struct application_new, email, .flags = FIELD_REQUIRED | FIELD_PII, .max = 255,
              .format = "email", .doc = "E-mail address; the account's address replaces it."),
    FIELD_STR(struct application_new, phone, .flags = FIELD_NULL | FIELD_PII, .max = 20,
              .doc = "Phone number."),
    FIELD_STR(struct application_new, address, .flags = FIELD_NULL | FIELD_PII, .max = 500,
              .doc = "Postal address."),
    FIELD_E2(struct application_new, gpa, .flags = FIELD_REQUIRED, .min = 0, .max = 4,
             .doc = "Grade point average from 0 to 4, at most two decimals."),
    FIELD_MAP_E2(struct application_new, test_scores, .flags = FIELD_REQUIRED, .min = 1,
                 .max = APP_TESTS_MAX,
                 .doc = "Scores by test name, for example SAT, ACT, IB; at least one."),
    FIELD_STR(struct application_new, essay, .flags = FIELD_REQUIRED | FIELD_WORDS, .min = 100,
              .max = 5000, .doc = "Essay of 100 to 5000 characters."),
    FIELD_STR(struct application_new, achievements, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = 10, .max = 3000, .doc = "Achievements, 10 to 3000 characters."),
    FIELD_STR(struct application_new, consent_version, .flags = FIELD_NULL, .min = 1, .max = 40,
              .doc = "Version of the consent text (GET /consent) that the applicant agreed to; "
                     "without it the current one counts as shown."),
};
SCHEMA(application_new_schema, "ApplicationNew", struct application_new, application_new_fields);

static struct str test_loc(struct ctx *c, struct str name)
{
    struct buf b;
    buf_init(&b, c->mem, 1024);
    buf_lit(&b, "[\"body\",\"test_scores\"");
    if (name.p) {
        buf_c(&b, ',');
        json_write_str(&b, utf8_head(name, APP_TEST_NAME_MAX));
    }
    buf_c(&b, ']');
    return buf_view(&b);
}

static struct str e2_text(struct ctx *c, int64_t e2)
{
    struct buf b;
    buf_init(&b, c->mem, 32);
    json_write_e2(&b, e2);
    return buf_view(&b);
}

static err range_issue(struct ctx *c, const struct e2_pair *t, int64_t bound_e2, bool low)
{
    struct str bound = e2_text(c, bound_e2);
    /* Bounds are whole numbers and read better without ".0". */
    if (bound_e2 % 100 == 0)
        bound = str_fmt(c->mem, "%lld", (long long)(bound_e2 / 100));
    struct issue issue = {
        .type = low ? S("greater_than_equal") : S("less_than_equal"),
        .loc = test_loc(c, t->name),
        .msg = str_fmt(c->mem, "Input should be %s than or equal to %.*s", low ? "greater" : "less",
                       STR_ARG(bound)),
        .input = e2_text(c, t->e2),
        .ctx = str_fmt(c->mem, "{\"%s\":%.*s}", low ? "ge" : "le", STR_ARG(bound)),
    };
    return fault_issue(c, &issue);
}

static err test_check(struct ctx *c, const struct e2_pair *t)
{
    size_t length = utf8_count(t->name);
    if (length == 0 || length > APP_TEST_NAME_MAX) {
        struct issue issue = { .loc = test_loc(c, t->name), .input = e2_text(c, t->e2) };
        issue.type = length ? S("string_too_long") : S("string_too_short");
        issue.msg = length ? S("String should have at most 50 characters")
                           : S("String should have at least 1 character");
        issue.ctx = length ? S("{\"max_length\":50}") : S("{\"min_length\":1}");
        return fault_issue(c, &issue);
    }
    struct test_range range = test_range_of(t->name);
    if (t->e2 < range.min_e2)
        return range_issue(c, t, range.min_e2, true);
    if (t->e2 > range.max_e2)
        return range_issue(c, t, range.max_e2, false);
    return ERR_OK;
}

/* "SAT" and "sat" are the same test: counting it twice would shift the mean. */
static bool named_before(const struct e2_pair *tests, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eqi(tests[k].name, tests[i].name))
            return true;
    return false;
}

err application_new_check(struct ctx *c, const struct application_new *n)
{
    const struct e2_pair *tests = n->test_scores.v;
    if (n->test_scores.n == 0) {
        struct issue issue = {
            .type = S("too_short"),
            .loc = test_loc(c, (struct str){ NULL, 0 }),
            .msg = S("Dictionary should have at least 1 item after validation, not 0"),
            .input = S("{}"),
            .ctx = S("{\"field_type\":\"Dictionary\",\"min_length\":1,\"actual_length\":0}"),
        };
        return fault_issue(c, &issue);
    }
    err e = ERR_OK;
    for (size_t i = 0; i < n->test_scores.n; i++) {
        err one = test_check(c, &tests[i]);
        if (one == ERR_OK && named_before(tests, i)) {
            struct issue issue = { .type = S("value_error"),
                                   .loc = test_loc(c, tests[i].name),
                                   .msg = S("Value error, the same test is named twice"),
                                   .input = e2_text(c, tests[i].e2),
                                   .ctx = S("{\"error\":{}}") };
            one = fault_issue(c, &issue);
        }
        e = one == ERR_OK ? e : one;
    }
    return e;
}

/* The smallest name above `after`; maps are short, so no sorted copy is made. */
static const struct e2_pair *next_test(const struct list *tests, const struct e2_pair *after)
{
    const struct e2_pair *v = tests->v, *best = NULL;
    for (size_t i = 0; i < tests->n; i++) {
        if (after && str_cmp(v[i].name, after->name) <= 0)
            continue;
        if (!best || str_cmp(v[i].name, best->name) < 0)
            best = &v[i];
    }
    return best;
}

void application_payload_canon(struct buf *b, int64_t gpa_e2, const struct list *tests,
                               struct str essay, struct str achievements)
{
    buf_lit(b, "{\"achievements\":");
    canon_str(b, achievements);
    buf_lit(b, ",\"essay\":");
    canon_str(b, essay);
    buf_lit(b, ",\"gpa_e2\":");
    buf_i64(b, gpa_e2);
    buf_lit(b, ",\"test_scores_e2\":{");
    const struct e2_pair *first = next_test(tests, NULL);
    for (const struct e2_pair *t = first; t; t = next_test(tests, t)) {
        if (t != first)
            buf_c(b, ',');
        canon_str(b, t->name);
        buf_c(b, ':');
        buf_i64(b, t->e2);
    }
    buf_lit(b, "}}");
}

static const struct field receipt_fields[] = {
    FIELD_BOOL(struct application_receipt, success, .flags = FIELD_REQUIRED, .doc = "Always true."),
    FIELD_STR(struct application_receipt, application_id, .flags = FIELD_REQUIRED,
              .doc = "Identifier to ask for the status with."),
    FIELD_STR(struct application_receipt, message, .flags = FIELD_REQUIRED,
              .doc = "One sentence for the applicant."),
    FIELD_ENUM(struct application_receipt, status, .flags = FIELD_REQUIRED,
               .names = &application_status_names, .doc = "Status of the application."),
    FIELD_TIME(struct application_receipt, timestamp, .flags = FIELD_REQUIRED,
               .doc = "When the application was received."),
};
SCHEMA(application_receipt_schema, "ApplicationReceipt", struct application_receipt,
       receipt_fields);

static const struct field state_fields[] = {
    FIELD_STR(struct application_state, application_id, .flags = FIELD_REQUIRED,
              .doc = "Identifier of the application."),
    FIELD_STR(struct application_state, anonymized_id, .flags = FIELD_NULL,
              .doc = "Anonymous identifier; only for its owner after publication."),
    FIELD_ENUM(struct application_state, status, .flags = FIELD_REQUIRED,
               .names = &application_status_names, .doc = "Status as the caller may see it."),
    FIELD_STR(struct application_state, message, .flags = FIELD_REQUIRED,
              .doc = "One sentence about the status."),
    FIELD_TIME(struct application_state, timestamp, .flags = FIELD_REQUIRED,
               .doc = "When this answer was made."),
};
SCHEMA(application_state_schema, "ApplicationState", struct application_state, state_fields);

static const struct field row_fields[] = {
    FIELD_STR(struct application_row, anonymized_id, .flags = FIELD_NULL,
              .doc = "Anonymous identifier; null before preprocessing."),
    FIELD_STR(struct application_row, admission_cycle_id, .flags = FIELD_REQUIRED,
              .doc = "Cycle of the application."),
    FIELD_ENUM(struct application_row, status, .flags = FIELD_REQUIRED,
               .names = &application_status_names, .doc = "Status of the application."),
    FIELD_E2(struct application_row, final_score, .flags = FIELD_NULL,
             .doc = "Final score from 0 to 100, when there is one."),
    FIELD_E2(struct application_row, academic_score, .flags = FIELD_NULL,
             .doc = "Mark of the grades, when there is one."),
    FIELD_E2(struct application_row, test_score, .flags = FIELD_NULL,
             .doc = "Mark of the tests, when there is one."),
    FIELD_E2(struct application_row, achievement_score, .flags = FIELD_NULL,
             .doc = "Mark of the achievements, when there is one."),
    FIELD_E2(struct application_row, essay_score, .flags = FIELD_NULL,
             .doc = "Mark of the essay, when there is one."),
    FIELD_I64(struct application_row, redactions, .flags = FIELD_NULL,
              .doc = "Passages that the scrubber replaced."),
    FIELD_I64(struct application_row, attempts, .flags = FIELD_NULL,
              .doc = "Attempts that the final marks took, when there are any."),
    FIELD_BOOL(struct application_row, held, .doc = "Held for a person by the scrubber."),
    FIELD_BOOL(struct application_row, flagged,
               .doc = "Its texts gave orders to whoever marks them."),
    FIELD_BOOL(struct application_row, in_review, .doc = "Its marks wait for a person."),
};
SCHEMA(application_row_schema, "ApplicationRow", struct application_row, row_fields);

#define MARK(m_, doc_) FIELD_E2(struct result, m_, .flags = FIELD_REQUIRED, .doc = doc_)
static const struct field result_fields[] = {
    FIELD_STR(struct result, anonymized_id, .flags = FIELD_REQUIRED,
              .doc = "Anonymous identifier of the application."),
    FIELD_ENUM(struct result, status, .flags = FIELD_REQUIRED, .names = &application_status_names,
               .doc = "Decision, or scored before selection."),
    MARK(final_score, "Weighted sum of the four marks, 0 to 100."),
    MARK(academic_score, "Academic mark, 0 to 100."),
    MARK(test_score, "Test mark, 0 to 100."),
    MARK(achievement_score, "Achievement mark, 0 to 100."),
    MARK(essay_score, "Essay mark, 0 to 100."),
    FIELD_STR(struct result, explanation, .flags = FIELD_REQUIRED,
              .doc = "Why these marks were given."),
    FIELD_LIST(struct result, strengths, .flags = FIELD_REQUIRED, .doc = "What stood out."),
    FIELD_LIST(struct result, areas_for_improvement, .flags = FIELD_REQUIRED,
               .doc = "What would have earned more."),
    FIELD_STR(struct result, hash, .flags = FIELD_REQUIRED,
              .doc = "Leaf hash of the log entry of the final score, or empty."),
    FIELD_TIME(struct result, timestamp, .flags = FIELD_REQUIRED,
               .doc = "When the final score was written."),
    FIELD_I64(struct result, worker_attempts, .flags = FIELD_REQUIRED,
              .doc = "Attempts until the Judge approved."),
    FIELD_STR(struct result, evaluator, .flags = FIELD_REQUIRED,
              .doc = "Who evaluated: the offline baseline or the models."),
};
SCHEMA(result_schema, "Result", struct result, result_fields);
