/* Cycles: create, read, list, change, open, close, delete. At most one is open at any time. */
#include "service/cycle_admin.h"

#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "codec/time.h"
#include "service/cycle_support.h"

enum { LIST_MAX = 1000, CURSOR_MAX = 128, CYCLE_ID_TAIL = 4, CYCLE_ID_TRIES = 4 };

struct cycle_call {
    struct str cycle_id, if_match;
    const struct cycle_new *n;
    const struct seen *seen;
    int64_t limit, before_us;
    struct str before_id;
    struct cycle_row row;
    struct list rows;
    int64_t total;
    bool found;
};

/* {"dates":{"end":ms,"result":ms,"start":ms},"seats":N} */
static struct str seats_and_dates(struct ctx *c, const struct cycle *cy)
{
    return str_fmt(c->mem,
                   "{\"dates\":{\"end\":%lld,\"result\":%lld,\"start\":%lld},\"seats\":%lld}",
                   (long long)(cy->end_date / 1000), (long long)(cy->result_date / 1000),
                   (long long)(cy->start_date / 1000), (long long)cy->max_seats);
}

static err write_row(struct ctx *c, struct tx *tx, const struct cycle_row *row)
{
    int64_t changed = 0;
    TRY(cycle_row_write(c, tx, row, row->cycle.phase, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "Another administrator changed this cycle at the same time");
    return ERR_OK;
}

static err close_row(struct ctx *c, struct tx *tx, struct audit_head *head, struct cycle_row *row)
{
    struct str admin_id;
    TRY(cycle_actor(c, &admin_id));
    row->cycle.is_open = false;
    row->cycle.closed_at = c->now_us;
    row->cycle.closed_by = admin_id;
    TRY(write_row(c, tx, row));
    return cycle_log(c, tx, head, "cycle.close", row->cycle.cycle_id,
                     seats_and_dates(c, &row->cycle), NULL);
}

/* Before any cycle's own lock: whoever opens one is alone with all of them. */
static err hold_all(struct ctx *c, struct tx *tx)
{
    return tx_lock(c, tx, S("cycles"), LOCK_EXCLUSIVE);
}

/* With hold_all. The open one may be closed or frozen until its own lock is ours. */
static err close_open_one(struct ctx *c, struct tx *tx, struct audit_head *head)
{
    struct cycle_row row;
    bool found = false;
    TRY(cycle_row_find_open(c, tx, &row, &found));
    if (!found)
        return ERR_OK;
    TRY(cycle_lock(c, tx, row.cycle.cycle_id, LOCK_EXCLUSIVE));
    TRY(cycle_row_find(c, tx, row.cycle.cycle_id, &row, &found));
    return found && row.cycle.is_open ? close_row(c, tx, head, &row) : ERR_OK;
}

static struct str new_cycle_id(struct ctx *c)
{
    struct buf b;
    buf_init(&b, c->mem, ID_MAX);
    buf_lit(&b, "CYC_");
    time_write_compact(&b, c->now_us);
    buf_c(&b, '_');
    return id_short(c, str_z(c->mem, buf_view(&b)), CYCLE_ID_TAIL);
}

static err create_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    struct audit_head head = { 0 };
    TRY(hold_all(c, tx));
    TRY(close_open_one(c, tx, &head));
    TRY(cycle_row_insert(c, tx, &q->row));
    return cycle_log(c, tx, &head, "cycle.create", q->row.cycle.cycle_id,
                     seats_and_dates(c, &q->row.cycle), NULL);
}

err cycle_create(struct ctx *c, const struct cycle_new *n, struct cycle *ret)
{
    TRY(cycle_new_check(c, n));
    struct str admin_id;
    TRY(cycle_actor(c, &admin_id));
    struct cycle_call q = { .row.cycle = {
                                .cycle_id = new_cycle_id(c),
                                .cycle_name = n->cycle_name,
                                .phase = PHASE_SUBMISSION,
                                .is_open = true,
                                .max_seats = n->max_seats,
                                .result_date = n->result_date,
                                .start_date = n->start_date,
                                .end_date = n->end_date,
                                .created_at = c->now_us,
                                .created_by = admin_id,
                                .version = 1,
                            } };
    err e = tx_run(c, TX_WRITE, create_tx, &q);
    for (int i = 1; i < CYCLE_ID_TRIES && e == ERR_CONFLICT; i++) {
        fault_clear(c); /* of the same second, and the same four characters behind it */
        q.row.cycle.cycle_id = new_cycle_id(c);
        e = tx_run(c, TX_WRITE, create_tx, &q);
    }
    TRY(e);
    *ret = q.row.cycle;
    return ERR_OK;
}

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    return cycle_load(c, tx, q->cycle_id, &q->row);
}

err cycle_get(struct ctx *c, struct str cycle_id, struct cycle *ret)
{
    struct cycle_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    *ret = q.row.cycle;
    return ERR_OK;
}

/* A cursor is base64url of "MICROSECONDS:CYCLE". */
static struct str cursor_write(struct ctx *c, const struct cycle *last)
{
    const struct str plain =
        str_fmt(c->mem, "%lld:%.*s", (long long)last->created_at, STR_ARG(last->cycle_id));
    struct buf b;
    buf_init(&b, c->mem, CURSOR_MAX);
    base64_write(&b, BASE64_URL_NOPAD, plain.p, plain.n);
    return buf_view(&b);
}

static bool cursor_read(struct ctx *c, struct str cursor, int64_t *ret_us, struct str *ret_id)
{
    if (cursor.n > CURSOR_MAX)
        return false;
    char *plain = arena_array(c->mem, char, base64_max(CURSOR_MAX));
    size_t n = 0;
    if (!base64_read(BASE64_URL_NOPAD, cursor, plain, base64_max(CURSOR_MAX), &n))
        return false;
    struct str time_text;
    const struct str id = str_cut((struct str){ plain, n }, ':', &time_text);
    if (!id.p || !id_valid(id) || !str_i64(time_text, ret_us))
        return false;
    *ret_id = id;
    return true;
}

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    TRY(cycle_row_count(c, tx, &q->total));
    return cycle_row_page(c, tx, q->before_us, q->before_id, q->limit + 1, &q->rows);
}

err cycle_list(struct ctx *c, int64_t limit, struct str cursor, struct list *ret,
               struct str *ret_next, int64_t *ret_total)
{
    struct cycle_call q = { .limit = limit, .before_us = INT64_MAX };
    if (q.limit < 1 || q.limit > LIST_MAX)
        q.limit = q.limit < 1 ? 1 : LIST_MAX;
    if (cursor.p && !cursor_read(c, cursor, &q.before_us, &q.before_id))
        return fault_cursor(c);
    TRY(tx_run(c, TX_READ, list_tx, &q));
    const struct cycle_row *rows = q.rows.v;
    size_t n = q.rows.n > (size_t)q.limit ? (size_t)q.limit : q.rows.n;
    struct cycle *out = arena_array(c->mem, struct cycle, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        out[i] = rows[i].cycle;
    *ret = (struct list){ out, n };
    *ret_next = q.rows.n > n ? cursor_write(c, &out[n - 1]) : (struct str){ NULL, 0 };
    *ret_total = q.total;
    return ERR_OK;
}

struct change {
    const struct seen *seen;
    bool any;
};

/* Takes over one sent date or number; false when it is locked and differs. */
static bool take(struct change *ch, const char *field, bool locked, int64_t value, int64_t *slot)
{
    if (!seen_has(ch->seen, &cycle_new_schema, field) || *slot == value)
        return true;
    if (locked)
        return false;
    *slot = value;
    ch->any = true;
    return true;
}

static err merge(struct ctx *c, struct cycle_call *q, bool *ret_any)
{
    struct cycle *cy = &q->row.cycle;
    const struct cycle_new *n = q->n;
    struct change ch = { .seen = q->seen };
    const bool locked = cy->phase >= PHASE_SELECTION;
    const struct {
        const char *field;
        int64_t value, *slot;
    } numbers[] = {
        { "max_seats", n->max_seats, &cy->max_seats },
        { "start_date", n->start_date, &cy->start_date },
        { "end_date", n->end_date, &cy->end_date },
        { "result_date", n->result_date, &cy->result_date },
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!take(&ch, numbers[i].field, locked, numbers[i].value, numbers[i].slot))
            return FAIL(c, PHASE, "%s cannot be changed after selection (phase '%s')",
                        numbers[i].field, phase_names.v[cy->phase]);
    if (seen_has(q->seen, &cycle_new_schema, "cycle_name") &&
        !str_eq(cy->cycle_name, n->cycle_name)) {
        cy->cycle_name = n->cycle_name;
        ch.any = true;
    }
    *ret_any = ch.any;
    return ERR_OK;
}

static err update_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    struct audit_head head = { 0 };
    bool any = false;
    TRY(cycle_hold(c, tx, q->cycle_id, &q->row));
    TRY(cycle_if_match(c, &q->row.cycle, q->if_match));
    TRY(merge(c, q, &any));
    if (!any)
        return ERR_OK;
    const struct cycle *cy = &q->row.cycle;
    const struct cycle_new whole = { cy->cycle_name, cy->max_seats, cy->result_date, cy->start_date,
                                     cy->end_date };
    TRY(cycle_new_check(c, &whole));
    TRY(write_row(c, tx, &q->row));
    TRY(cycle_log(c, tx, &head, "cycle.update", cy->cycle_id, seats_and_dates(c, cy), NULL));
    return cycle_load(c, tx, q->cycle_id, &q->row);
}

err cycle_update(struct ctx *c, struct str cycle_id, const struct cycle_new *n,
                 const struct seen *seen, struct str if_match, struct cycle *ret)
{
    struct cycle_call q = { .cycle_id = cycle_id, .n = n, .seen = seen, .if_match = if_match };
    TRY(tx_run(c, TX_WRITE, update_tx, &q));
    *ret = q.row.cycle;
    return ERR_OK;
}

static err delete_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    struct audit_head head = { 0 };
    struct cycle_uses uses = { 0 };
    TRY(cycle_hold(c, tx, q->cycle_id, &q->row));
    if (q->row.cycle.is_open)
        return FAIL(c, PHASE, "Cannot delete an open cycle; close it first");
    TRY(cycle_row_uses(c, tx, q->cycle_id, &uses));
    if (uses.applications)
        return FAIL(c, PHASE, "Cannot delete a cycle that has applications");
    if (uses.selection_logs)
        return FAIL(c, PHASE, "Cannot delete a cycle that has selection logs");
    if (uses.batch_runs || uses.jobs)
        return FAIL(c, PHASE, "Cannot delete a cycle that has batch runs");
    TRY(cycle_row_delete(c, tx, q->cycle_id));
    return cycle_log(c, tx, &head, "cycle.delete", q->cycle_id, seats_and_dates(c, &q->row.cycle),
                     NULL);
}

err cycle_delete(struct ctx *c, struct str cycle_id)
{
    struct cycle_call q = { .cycle_id = cycle_id };
    return tx_run(c, TX_WRITE, delete_tx, &q);
}

static err open_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    struct audit_head head = { 0 };
    TRY(hold_all(c, tx));
    TRY(cycle_hold(c, tx, q->cycle_id, &q->row));
    struct cycle *cy = &q->row.cycle;
    if (cy->phase != PHASE_SUBMISSION)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; only a cycle in 'submission' can be opened",
                    phase_names.v[cy->phase]);
    if (cy->is_open)
        return ERR_OK;
    TRY(close_open_one(c, tx, &head));
    cy->is_open = true;
    cy->closed_at = 0;
    cy->closed_by = (struct str){ NULL, 0 };
    TRY(write_row(c, tx, &q->row));
    TRY(cycle_log(c, tx, &head, "cycle.open", cy->cycle_id, seats_and_dates(c, cy), NULL));
    return cycle_load(c, tx, q->cycle_id, &q->row);
}

err cycle_open(struct ctx *c, struct str cycle_id, struct cycle *ret)
{
    struct cycle_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_WRITE, open_tx, &q));
    *ret = q.row.cycle;
    return ERR_OK;
}

static err close_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    struct audit_head head = { 0 };
    TRY(cycle_hold(c, tx, q->cycle_id, &q->row));
    if (!q->row.cycle.is_open)
        return ERR_OK;
    TRY(close_row(c, tx, &head, &q->row));
    return cycle_load(c, tx, q->cycle_id, &q->row);
}

err cycle_close(struct ctx *c, struct str cycle_id, struct cycle *ret)
{
    struct cycle_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_WRITE, close_tx, &q));
    *ret = q.row.cycle;
    return ERR_OK;
}

static err active_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cycle_call *q = arg;
    return cycle_row_find_open(c, tx, &q->row, &q->found);
}

err cycle_active(struct ctx *c, struct cycle *ret, bool *ret_found)
{
    struct cycle_call q = { .found = false };
    TRY(tx_run(c, TX_READ, active_tx, &q));
    if (q.found)
        *ret = q.row.cycle;
    *ret_found = q.found;
    return ERR_OK;
}
