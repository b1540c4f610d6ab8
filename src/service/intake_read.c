/* The staff's list of anonymous applications: by filter, in one of several orders, page by page.
 * What owners read of their own is in identity_firewall.c, all of one application in reading.c. */
#include "base/str.h"
#include "codec/base64.h"
#include "repo/application_repo.h"
#include "repo/reading_repo.h"
#include "service/cycle_support.h"
#include "service/intake.h"

enum { LIST_MAX = 1000, CURSOR_MAX = 128, ID_MAX = 50 };

#define Q struct application_query
#define MARK_(m_, of_)                                                                             \
    FIELD_E2(Q, m_##_min, .flags = FIELD_NULL, .max = 100, .doc = of_ " from here on."),           \
        FIELD_E2(Q, m_##_max, .flags = FIELD_NULL, .max = 100, .doc = of_ " up to here.")
#define COUNT_(m_, of_)                                                                            \
    FIELD_I64(Q, m_##_min, .flags = FIELD_NULL, .max = 1e9, .doc = of_ " from here on."),          \
        FIELD_I64(Q, m_##_max, .flags = FIELD_NULL, .max = 1e9, .doc = of_ " up to here.")
/* clang-format off */
static const struct field query_fields[] = {
    FIELD_ENUM(Q, status, .flags = FIELD_NULL, .names = &application_status_names,
               .doc = "Only applications of this status."),
    FIELD_ENUM(Q, condition, .names = &reading_condition_names, .preset = "any",
               .doc = "held: by the scrubber; flagged: the text gave orders to whoever marks; "
                      "review: the marks wait for a person."),
    FIELD_STR(Q, id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .doc = "Part of the anonymous identifier."),
    MARK_(total, "Final score"),
    MARK_(academic, "Mark of the grades"),
    MARK_(test, "Mark of the tests"),
    MARK_(achievement, "Mark of the achievements"),
    MARK_(essay, "Mark of the essay"),
    COUNT_(redactions, "Redactions"),
    COUNT_(attempts, "Attempts of the final marks"),
    FIELD_ENUM(Q, sort, .names = &reading_sort_names, .preset = "order",
               .doc = "What decides the order; order: the random one of evaluation."),
    FIELD_BOOL(Q, descending, .preset = "false", .doc = "The order turned round."),
    FIELD_STR(Q, after, .flags = FIELD_NULL, .max = ID_MAX,
              .doc = "Begins behind this application, in place of a cursor."),
    FIELD_I64(Q, limit, .min = 1, .max = LIST_MAX, .preset = "1000", .doc = "Rows in one page."),
    FIELD_STR(Q, cursor, .flags = FIELD_NULL, .max = CURSOR_MAX,
              .doc = "Where the page before ended."),
};
/* clang-format on */
#undef COUNT_
#undef MARK_
#undef Q
SCHEMA(application_query_schema, "ApplicationQuery", struct application_query, query_fields);

#define NONE_ SCHEMA_NULL_I64
const struct application_query application_query_all = {
    .status = -1,
    .condition = READING_ANY,
    .sort = READING_BY_ORDER,
    .total_min = NONE_,
    .total_max = NONE_,
    .academic_min = NONE_,
    .academic_max = NONE_,
    .test_min = NONE_,
    .test_max = NONE_,
    .achievement_min = NONE_,
    .achievement_max = NONE_,
    .essay_min = NONE_,
    .essay_max = NONE_,
    .redactions_min = NONE_,
    .redactions_max = NONE_,
    .attempts_min = NONE_,
    .attempts_max = NONE_,
    .limit = LIST_MAX,
};

/* Only an upper bound: what has no mark is not below it. */
static bool bound(int64_t min, int64_t max, int64_t *ret_from, int64_t *ret_to)
{
    const bool given = min != NONE_ || max != NONE_;
    *ret_from = min != NONE_ ? min : given ? 0 : READING_LOW;
    *ret_to = max != NONE_ ? max : READING_HIGH;
    return given;
}
#undef NONE_

struct list_call {
    const struct application_query *q;
    struct reading_filter f;
    bool filtered; /* by more than a status */
    int64_t total;
    struct list rows; /* struct reading_page_row */
};

static void filter_of(struct ctx *c, struct str cycle_id, struct list_call *l)
{
    const struct application_query *q = l->q;
    struct reading_filter *f = &l->f;
    bool any = false;
    *f = (struct reading_filter){ .cycle_id = cycle_id,
                                  .status = q->status,
                                  .condition = q->condition,
                                  .sort = q->sort,
                                  .descending = q->descending,
                                  .after = reading_start(q->descending) };
    any |= bound(q->total_min, q->total_max, &f->total_from, &f->total_to);
    any |= bound(q->academic_min, q->academic_max, &f->academic_from, &f->academic_to);
    any |= bound(q->test_min, q->test_max, &f->test_from, &f->test_to);
    any |= bound(q->achievement_min, q->achievement_max, &f->achievement_from, &f->achievement_to);
    any |= bound(q->essay_min, q->essay_max, &f->essay_from, &f->essay_to);
    any |= bound(q->redactions_min, q->redactions_max, &f->redactions_from, &f->redactions_to);
    any |= bound(q->attempts_min, q->attempts_max, &f->attempts_from, &f->attempts_to);
    if (q->id.p)
        f->id_like = str_fmt(c->mem, "%%%.*s%%", STR_ARG(q->id));
    f->limit = (q->limit < 1 ? 1 : q->limit > LIST_MAX ? LIST_MAX : q->limit) + 1;
    l->filtered = any || q->id.p || q->condition != READING_ANY;
}

static err count(struct ctx *c, struct tx *tx, struct list_call *l)
{
    struct list counts;
    l->total = -1;
    if (l->filtered)
        return l->q->cursor.p || l->q->after.p ? ERR_OK : reading_count(c, tx, &l->f, &l->total);
    TRY(application_counts(c, tx, l->f.cycle_id, &counts));
    const struct status_count *v = counts.v;
    l->total = 0;
    for (size_t i = 0; i < counts.n; i++)
        l->total += l->f.status < 0 || v[i].status == l->f.status ? v[i].n : 0;
    return ERR_OK;
}

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *l = arg;
    struct cycle_row cycle;
    bool found = true;
    TRY(cycle_load(c, tx, l->f.cycle_id, &cycle));
    if (l->q->after.p)
        TRY(reading_place_of(c, tx, &l->f, l->q->after, &l->f.after, &found));
    if (!found)
        return fault_value(c, "query", "after", "there is no such application in this cycle");
    TRY(count(c, tx, l));
    return reading_page(c, tx, &l->f, &l->rows);
}

/* A cursor is base64url of the last row's place: its number in the random order, before it the key
 * where the order has one. */
static bool cursor_read(struct str cursor, bool keyed, struct reading_place *ret)
{
    char plain[base64_max(CURSOR_MAX)];
    size_t n = 0, cut = 0;
    struct reading_place p = { 0 };
    if (cursor.n > CURSOR_MAX || !base64_read(BASE64_URL_NOPAD, cursor, plain, sizeof(plain), &n))
        return false;
    const struct str text = { plain, n };
    while (keyed && cut < n && plain[cut] != ',')
        cut++;
    if (keyed && (cut == n || !str_i64(str_sub(text, 0, cut), &p.key)))
        return false;
    if (!str_i64(keyed ? str_sub(text, cut + 1, n) : text, &p.eval_order) || p.eval_order < 0)
        return false;
    *ret = p;
    return true;
}

static struct str cursor_write(struct ctx *c, bool keyed, const struct reading_place *p)
{
    const long long key = p->key, order = p->eval_order;
    const struct str plain =
        keyed ? str_fmt(c->mem, "%lld,%lld", key, order) : str_fmt(c->mem, "%lld", order);
    struct buf b;
    buf_init(&b, c->mem, CURSOR_MAX);
    base64_write(&b, BASE64_URL_NOPAD, plain.p, plain.n);
    return buf_view(&b);
}

static err check_id(struct ctx *c, struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        const char k = id.p[i];
        if (!(k >= '0' && k <= '9') && !(k >= 'A' && k <= 'Z') && k != '_')
            return fault_value(c, "query", "id",
                               "an anonymous id has capital letters, digits and underscores");
    }
    return ERR_OK;
}

err application_list(struct ctx *c, struct str cycle_id, const struct application_query *q,
                     struct list *ret_rows, struct str *ret_next, int64_t *ret_total)
{
    struct list_call l = { .q = q };
    const bool keyed = q->sort != READING_BY_ORDER;
    TRY(check_id(c, q->id));
    filter_of(c, cycle_id, &l);
    if (q->cursor.p && !cursor_read(q->cursor, keyed, &l.f.after))
        return fault_cursor(c);
    TRY(tx_run(c, TX_READ, list_tx, &l));
    const struct reading_page_row *rows = l.rows.v;
    const size_t most = (size_t)l.f.limit - 1, n = l.rows.n > most ? most : l.rows.n;
    struct application_row *out = arena_array(c->mem, struct application_row, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        out[i] = rows[i].row;
    *ret_rows = (struct list){ out, n };
    *ret_next = l.rows.n > n ? cursor_write(c, keyed, &rows[n - 1].place) : (struct str){ NULL, 0 };
    *ret_total = l.total;
    return ERR_OK;
}
