/* A student's own applications: as a list, and the one in the open cycle. */
#include "base/str.h"
#include "service/identity_firewall.h"
#include "service/student.h"

static bool is_decided(int32_t status)
{
    return status == APP_SELECTED || status == APP_NOT_SELECTED || status == APP_PUBLISHED;
}

/* NULL before publication, and where nothing was scored. */
static err result_of(struct ctx *c, struct tx *tx, const struct own_view *v, const void **ret)
{
    bool found = false;
    *ret = NULL;
    if (!v->anonymized_id.p || !is_decided(v->status))
        return ERR_OK;
    struct result *r = arena_new(c->mem, struct result);
    TRY(firewall_own_result(c, tx, v->anonymized_id, r, &found));
    if (found)
        *ret = r;
    return ERR_OK;
}

err student_current(struct ctx *c, struct tx *tx, struct str student_id, const void **ret)
{
    struct list rows;
    *ret = NULL;
    TRY(firewall_own(c, tx, student_id, &rows));
    const struct own_view *v = rows.v;
    for (size_t i = 0; i < rows.n; i++) {
        if (!v[i].is_open)
            continue;
        struct current_application *now = arena_new(c->mem, struct current_application);
        struct application_state *state = arena_new(c->mem, struct application_state);
        *state = (struct application_state){
            .application_id = v[i].application_id,
            .anonymized_id = v[i].anonymized_id,
            .status = v[i].status,
            .message = str_of(application_status_message(v[i].status)),
            .timestamp = c->now_us,
        };
        now->status = state;
        TRY(result_of(c, tx, &v[i], &now->results));
        *ret = now;
        return ERR_OK;
    }
    return ERR_OK;
}

struct list_call {
    struct list rows; /* struct own_application */
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct list rows;
    TRY(firewall_own(c, tx, c->who->id, &rows));
    const struct own_view *v = rows.v;
    struct own_application *out = arena_array(c->mem, struct own_application, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++) {
        out[i] = (struct own_application){
            .application_id = v[i].application_id,
            .cycle = &v[i].cycle,
            .status = v[i].status,
            .submitted_at = v[i].submitted_at,
            .anonymized_id = v[i].anonymized_id,
        };
        TRY(result_of(c, tx, &v[i], &out[i].results));
    }
    q->rows = (struct list){ out, rows.n };
    return ERR_OK;
}

err student_applications(struct ctx *c, struct own_applications *ret)
{
    struct list_call q = { 0 };
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    TRY(tx_run(c, TX_READ, list_tx, &q));
    *ret = (struct own_applications){ c->who->id, q.rows, (int64_t)q.rows.n };
    return ERR_OK;
}
