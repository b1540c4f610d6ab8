/* The policy of a cycle: its versions, its lock, and what the log says of it. */
#include "service/scrub_policy.h"

#include "base/str.h"
#include "domain/phase.h"
#include "repo/scrub_policy_repo.h"
#include "scrub/scrub.h"
#include "service/cycle_support.h"

enum { POLICY_TEXT_MAX = 64 * 1024 };

static const struct field view_fields[] = {
    FIELD_STR(struct scrub_policy_view, cycle_id),
    FIELD_I64(struct scrub_policy_view, version, .doc = "Counts the changes; 0 is the preset."),
    FIELD_BOOL(struct scrub_policy_view, locked,
               .doc = "Preprocessing has begun; the policy stays as it is."),
    FIELD_STR(struct scrub_policy_view, sha256, .format = "hex64",
              .doc = "Of the policy's one text, as the log names it."),
    FIELD_TIME(struct scrub_policy_view, changed_at, .flags = FIELD_NULL),
    FIELD_OBJ(struct scrub_policy_view, policy, .of = &scrub_policy_schema),
};
SCHEMA(scrub_policy_view_schema, "ScrubPolicyView", struct scrub_policy_view, view_fields);

struct policy_call {
    struct str cycle_id, admin_id;
    const struct scrub_policy *wanted; /* NULL: only read */
    struct str text, sha256;           /* of wanted */
    struct scrub_policy policy;
    struct scrub_policy_view view;
};

static struct str policy_hex(struct ctx *c, const struct scrub_policy *p)
{
    const struct hash h = scrub_policy_hash(c, p);
    return hash_hex(c->mem, &h);
}

/* The newest row, or the preset as version 0. */
static err load(struct ctx *c, struct tx *tx, struct str cycle_id, struct scrub_policy_row *ret_row,
                struct scrub_policy *ret)
{
    bool found = false;
    TRY(scrub_policy_latest(c, tx, cycle_id, ret_row, &found));
    if (found)
        return scrub_policy_read(c, ret_row->policy, ret);
    *ret_row = (struct scrub_policy_row){ .admission_cycle_id = cycle_id };
    *ret = scrub_policy_preset;
    return ERR_OK;
}

static err view_make(struct ctx *c, struct tx *tx, struct policy_call *q, int32_t phase)
{
    struct scrub_policy_row row;
    TRY(load(c, tx, q->cycle_id, &row, &q->policy));
    q->view = (struct scrub_policy_view){ .cycle_id = q->cycle_id,
                                          .version = row.version,
                                          .locked = phase > PHASE_FROZEN,
                                          .sha256 = policy_hex(c, &q->policy),
                                          .changed_at = row.created_at };
    return ERR_OK;
}

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct policy_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    return view_make(c, tx, q, row.cycle.phase);
}

static err hand_out(struct ctx *c, struct policy_call *q, struct scrub_policy_view *ret)
{
    struct scrub_policy *kept = arena_new(c->mem, struct scrub_policy);
    *kept = q->policy;
    *ret = q->view;
    ret->policy = kept;
    return ERR_OK;
}

err scrub_policy_view_get(struct ctx *c, struct str cycle_id, struct scrub_policy_view *ret)
{
    struct policy_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    return hand_out(c, &q, ret);
}

static err set_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct policy_call *q = arg;
    struct cycle_row row;
    TRY(cycle_hold(c, tx, q->cycle_id, &row));
    TRY(view_make(c, tx, q, row.cycle.phase));
    if (q->view.locked)
        return FAIL(c, PHASE, "The scrub policy is locked: preprocessing of this cycle has begun");
    if (str_eq(q->view.sha256, q->sha256))
        return ERR_OK;
    const struct scrub_policy_row next = { .admission_cycle_id = q->cycle_id,
                                           .version = q->view.version + 1,
                                           .policy = q->text,
                                           .sha256 = q->sha256,
                                           .created_by = q->admin_id,
                                           .created_at = c->now_us };
    TRY(scrub_policy_insert(c, tx, &next));
    struct audit_head head = { .known = false };
    TRY(cycle_log(c, tx, &head, "scrub.policy", q->cycle_id,
                  str_fmt(c->mem, "{\"sha256\":\"%.*s\",\"version\":%lld}", STR_ARG(q->sha256),
                          (long long)next.version),
                  NULL));
    return view_make(c, tx, q, row.cycle.phase);
}

err scrub_policy_set(struct ctx *c, struct str cycle_id, const struct scrub_policy *policy,
                     struct scrub_policy_view *ret)
{
    struct policy_call q = { .cycle_id = cycle_id, .wanted = policy };
    struct scrub_policy checked;
    struct buf b;
    TRY(cycle_actor(c, &q.admin_id));
    buf_init(&b, c->mem, POLICY_TEXT_MAX);
    scrub_policy_write(policy, &b);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The scrub policy is too long");
    q.text = buf_view(&b);
    TRY(scrub_policy_read(c, q.text, &checked)); /* tries the patterns too */
    q.sha256 = policy_hex(c, policy);
    TRY(tx_run(c, TX_WRITE, set_tx, &q));
    return hand_out(c, &q, ret);
}

err scrub_policy_of(struct ctx *c, struct tx *tx, struct str cycle_id, struct scrub_policy *ret,
                    int64_t *ret_version)
{
    struct scrub_policy_row row;
    TRY(load(c, tx, cycle_id, &row, ret));
    *ret_version = row.version;
    return ERR_OK;
}

err scrub_policy_entry(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret_data)
{
    struct scrub_policy policy;
    int64_t version = 0;
    TRY(scrub_policy_of(c, tx, cycle_id, &policy, &version));
    const struct hash tables = scrub_tables();
    *ret_data =
        str_fmt(c->mem, "{\"policy\":\"%.*s\",\"scrubber\":\"%s\",\"tables\":\"%.*s\"}",
                STR_ARG(policy_hex(c, &policy)), scrub_version, STR_ARG(hash_hex(c->mem, &tables)));
    return ERR_OK;
}
