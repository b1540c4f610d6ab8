/* The canonical values that log entries commit to, and the leaves of the cycle roots. */
#include "service/audit_value.h"

#include "base/str.h"
#include "codec/canon.h"

enum { TESTS_SORT_MAX = 64 };

/* The maps are small; an insertion sort of indices keeps the caller's list as it is. Beyond
 * TESTS_SORT_MAX the buffer is marked as overflown: no such map passes validation. */
static void put_tests(struct buf *b, const struct list *tests)
{
    const struct e2_pair *v = tests ? tests->v : NULL;
    size_t n = tests ? tests->n : 0;
    uint8_t order[TESTS_SORT_MAX];
    if (n > TESTS_SORT_MAX) {
        b->over = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at > 0 && str_cmp(v[order[at - 1]].name, v[i].name) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint8_t)i;
    }
    buf_c(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(b, ',');
        canon_str(b, v[order[i]].name);
        buf_c(b, ':');
        buf_i64(b, v[order[i]].e2);
    }
    buf_c(b, '}');
}

static void put_text(struct buf *b, struct str s)
{
    canon_str(b, s.p ? s : S(""));
}

void audit_map_canon(struct buf *b, const struct audit_map *m)
{
    buf_lit(b, "{\"achievements\":");
    put_text(b, m->achievements);
    buf_lit(b, ",\"anon\":");
    put_text(b, m->anonymized_id);
    buf_lit(b, ",\"app\":");
    put_text(b, m->application_id);
    buf_lit(b, ",\"essay\":");
    put_text(b, m->essay);
    buf_lit(b, ",\"gpa_e2\":");
    buf_i64(b, m->gpa);
    buf_lit(b, ",\"test_scores_e2\":");
    put_tests(b, m->tests);
    buf_c(b, '}');
}

void audit_score_canon(struct buf *b, const struct audit_score *s)
{
    buf_lit(b, "{\"academic_e2\":");
    buf_i64(b, s->academic);
    buf_lit(b, ",\"achievement_e2\":");
    buf_i64(b, s->achievement);
    buf_lit(b, ",\"essay_e2\":");
    buf_i64(b, s->essay);
    buf_lit(b, ",\"final_e2\":");
    buf_i64(b, s->final);
    buf_lit(b, ",\"test_e2\":");
    buf_i64(b, s->test);
    buf_c(b, '}');
}

static void put_i64(struct buf *b, const char *name, int64_t value)
{
    buf_fmt(b, "%s\"%s\":%lld", b->n && b->p[b->n - 1] != '{' ? "," : "", name, (long long)value);
}

void audit_finalist_canon(struct buf *b, const struct audit_finalist *f)
{
    const bool interviewed = f->interview != SCHEMA_NULL_I64;
    buf_c(b, '{');
    if (interviewed) {
        put_i64(b, "combined_e2", f->combined);
        put_i64(b, "communication_e2", f->communication);
        put_i64(b, "critical_thinking_e2", f->critical_thinking);
    }
    put_i64(b, "final_e2", f->final);
    if (interviewed) {
        put_i64(b, "interview_e2", f->interview);
        put_i64(b, "motivation_e2", f->motivation);
    }
    buf_c(b, '}');
}

void audit_app_leaf(struct buf *b, struct str application_id, int64_t idx)
{
    buf_lit(b, "{\"id\":");
    canon_str(b, application_id);
    buf_lit(b, ",\"idx\":");
    buf_i64(b, idx);
    buf_c(b, '}');
}

void audit_score_leaf(struct buf *b, struct str commit_hex, struct str anonymized_id)
{
    buf_lit(b, "{\"c\":");
    canon_str(b, commit_hex);
    buf_lit(b, ",\"id\":");
    canon_str(b, anonymized_id);
    buf_c(b, '}');
}
