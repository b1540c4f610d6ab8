/* The staff's list of anonymous applications. What owners and staff read of one application is in
 * identity_firewall.c. */
#include "base/str.h"
#include "codec/base64.h"
#include "repo/application_repo.h"
#include "service/cycle_support.h"
#include "service/intake.h"

enum { LIST_MAX = 1000, CURSOR_MAX = 128 };

static const struct field query_fields[] = {
    FIELD_ENUM(struct application_query, status, .flags = FIELD_NULL,
               .names = &application_status_names, .doc = "Only applications of this status."),
    FIELD_I64(struct application_query, limit, .min = 1, .max = LIST_MAX, .preset = "1000",
              .doc = "Rows in one page."),
    FIELD_STR(struct application_query, cursor, .flags = FIELD_NULL, .max = CURSOR_MAX,
              .doc = "Where the page before ended."),
};
SCHEMA(application_query_schema, "ApplicationQuery", struct application_query, query_fields);

struct list_call {
    struct str cycle_id;
    int32_t status;
    int64_t after_order, limit, total;
    struct list rows; /* struct application_page_row */
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct cycle_row cycle;
    struct list counts;
    TRY(cycle_load(c, tx, q->cycle_id, &cycle));
    TRY(application_counts(c, tx, q->cycle_id, &counts));
    const struct status_count *v = counts.v;
    q->total = 0;
    for (size_t i = 0; i < counts.n; i++)
        q->total += q->status < 0 || v[i].status == q->status ? v[i].n : 0;
    return application_page(c, tx, q->cycle_id, q->status, q->after_order, q->limit + 1, &q->rows);
}

/* A cursor is base64url of the place in the random order. */
static bool cursor_read(struct str cursor, int64_t *ret_order)
{
    char plain[base64_max(CURSOR_MAX)];
    size_t n = 0;
    return cursor.n <= CURSOR_MAX &&
           base64_read(BASE64_URL_NOPAD, cursor, plain, sizeof(plain), &n) &&
           str_i64((struct str){ plain, n }, ret_order) && *ret_order >= 0;
}

static struct str cursor_write(struct ctx *c, int64_t order)
{
    const struct str plain = str_fmt(c->mem, "%lld", (long long)order);
    struct buf b;
    buf_init(&b, c->mem, CURSOR_MAX);
    base64_write(&b, BASE64_URL_NOPAD, plain.p, plain.n);
    return buf_view(&b);
}

err application_list(struct ctx *c, struct str cycle_id, const struct application_query *q,
                     struct list *ret_rows, struct str *ret_next, int64_t *ret_total)
{
    struct list_call l = { .cycle_id = cycle_id, .status = q->status, .after_order = -1 };
    l.limit = q->limit < 1 ? 1 : q->limit;
    if (l.limit > LIST_MAX)
        l.limit = LIST_MAX;
    if (q->cursor.p && !cursor_read(q->cursor, &l.after_order))
        return FAIL(c, BAD_REQUEST, "Invalid cursor");
    TRY(tx_run(c, TX_READ, list_tx, &l));
    const struct application_page_row *rows = l.rows.v;
    const size_t n = l.rows.n > (size_t)l.limit ? (size_t)l.limit : l.rows.n;
    struct application_row *out = arena_array(c->mem, struct application_row, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        out[i] = rows[i].row;
    *ret_rows = (struct list){ out, n };
    *ret_next = l.rows.n > n ? cursor_write(c, rows[n - 1].eval_order) : (struct str){ NULL, 0 };
    *ret_total = l.total;
    return ERR_OK;
}
