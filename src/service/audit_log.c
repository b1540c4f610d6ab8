/* Appends to the tamper-evident log: index, link, time, commitments, bytes, row. */
#include "service/audit_log.h"

#include "base/str.h"
#include "codec/base64.h"
#include "codec/canon.h"
#include "crypto/commit.h"
#include "crypto/fernet.h"
#include "crypto/merkle.h"
#include "domain/role.h"
#include "repo/pending_repo.h"
#include "service/audit_inner.h"
#include "service/settings.h"

enum {
    STEP_MS = 1000,     /* a clock that fell by more than this is written down */
    TAIL_CHECKED = 256, /* entries that start-up reads again */
    INIT_DATA_MAX = 1024,
    SALT_NONCE_HEX = 2 * NONCE_N,
    PLACE_ROOM = 32, /* a place in the log makes an entry that much longer than its draft */
};

struct str audit_origin_of(struct ctx *c)
{
    return str_of(c->deps->keys->log_origin);
}

static int64_t clock_ms(struct ctx *c)
{
    const struct clock_port *clock = c->deps->clock ? c->deps->clock : &clock_system;
    return clock->now_us(clock->self) / 1000;
}

static err read_tail(struct ctx *c, struct tx *tx, struct audit_head *head)
{
    struct audit_tail_row row = { 0 };
    bool found = false;
    TRY(audit_repo_tail(c, tx, &row, &found));
    struct audit_head now = { .known = true, .held = head->held };
    if (!found) {
        now.last_leaf = log_genesis(audit_origin_of(c));
    } else {
        if (row.leaf.n != SHA256_N || row.idx < 0 || row.idx >= INT64_MAX)
            return FAIL(c, INTERNAL, "the tail of the audit log is damaged");
        now.next_idx = row.idx + 1;
        now.last_ts_ms = row.ts;
        memcpy(now.last_leaf.b, row.leaf.p, SHA256_N);
    }
    *head = now;
    return ERR_OK;
}

static void put_commits(struct entry *e, const struct audit_new *n,
                        const uint8_t key[SUBJECT_KEY_N])
{
    for (size_t i = 0; i < n->n_values; i++) {
        struct hash salt = commit_salt(key, n->values[i].field, e->nonce_hex);
        const struct hash h = commit_value(&salt, n->values[i].field, n->values[i].canonical);
        e->commits[i].name = n->values[i].field;
        hex_of(e->commits[i].hex, h.b, SHA256_N);
        secret_wipe(&salt, sizeof(salt));
    }
    e->n_commits = n->n_values;
}

/* All but the place in the log; the nonce lives in `room`. */
static void fill_entry(struct ctx *c, const struct audit_new *n, const uint8_t *key,
                       char room[SALT_NONCE_HEX + 1], struct entry *ret)
{
    uint8_t nonce[NONCE_N];
    ctx_random(c, nonce, sizeof(nonce));
    hex_of(room, nonce, NONCE_N);
    ret->act = str_of(n->act);
    ret->actor = n->actor;
    ret->cycle = n->cycle;
    ret->subj = n->subj;
    ret->data = n->data.p ? n->data : S("{}");
    ret->log = audit_origin_of(c);
    ret->nonce_hex = (struct str){ room, SALT_NONCE_HEX };
    put_commits(ret, n, key);
}

bool audit_place(const struct audit_head *head, struct entry *e, struct buf *out,
                 struct entry_place *ret)
{
    hex_of(ret->prev_hex, head->last_leaf.b, SHA256_N);
    e->idx = head->next_idx;
    e->prev_hex = (struct str){ ret->prev_hex, 2 * SHA256_N };
    if (e->ts_ms < head->last_ts_ms)
        e->ts_ms = head->last_ts_ms;
    if (!entry_write(out, e) || !buf_ok(out))
        return false;
    ret->leaf = merkle_leaf_hash(buf_view(out));
    ret->row = (struct audit_entry_row){
        .idx = e->idx,
        .ts = e->ts_ms,
        .act = e->act,
        .actor = e->actor,
        .subj = e->subj,
        .cycle_id = e->cycle,
        .leaf = { (const char *)ret->leaf.b, SHA256_N },
        .entry = buf_view(out),
    };
    return true;
}

void audit_head_pass(struct audit_head *head, const struct entry_place *p)
{
    head->next_idx++;
    head->last_ts_ms = p->row.ts;
    head->last_leaf = p->leaf;
}

static err broken_entry(struct ctx *c, const char *act)
{
    return FAIL(c, INTERNAL, "a log entry of act %s breaks the format", act);
}

/* Carries the head on only when the row is in. */
static err write_entry(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct audit_new *n, const uint8_t *key, int64_t ts_ms)
{
    char nonce_hex[SALT_NONCE_HEX + 1];
    struct entry e;
    struct entry_place place;
    fill_entry(c, n, key, nonce_hex, &e);
    e.ts_ms = ts_ms;
    struct buf b;
    buf_init(&b, NULL, ENTRY_MAX);
    (void)buf_room(&b, ENTRY_MAX / 16);
    err result = audit_place(head, &e, &b, &place) ? audit_repo_insert(c, tx, &place.row)
                                                   : broken_entry(c, n->act);
    buf_done(&b);
    TRY(result);
    audit_head_pass(head, &place);
    return ERR_OK;
}

/* The clock fell: the log says so once and holds the last time until the clock has caught up. */
static err note_clock_step(struct ctx *c, struct tx *tx, struct audit_head *head, int64_t now_ms)
{
    int64_t noted = 0;
    bool found = false;
    TRY(audit_repo_last_step(c, tx, &noted, &found));
    if (found && noted == head->last_ts_ms)
        return ERR_OK;
    const struct audit_new n = {
        .act = "clock.step",
        .actor = S("system"),
        .data = str_fmt(c->mem, "{\"from\":%lld,\"to\":%lld}", (long long)head->last_ts_ms,
                        (long long)now_ms),
    };
    return write_entry(c, tx, head, &n, NULL, head->last_ts_ms);
}

static err write_init(struct ctx *c, struct tx *tx, struct audit_head *head, int64_t now_ms)
{
    char room[INIT_DATA_MAX];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    buf_lit(&b, "{\"schema\":1,\"vkey\":");
    canon_str(&b, str_of(c->deps->keys->log_vkey));
    buf_c(&b, '}');
    const struct audit_new n = { .act = "log.init", .actor = S("system"), .data = buf_view(&b) };
    return write_entry(c, tx, head, &n, NULL, now_ms);
}

err audit_head_ready(struct ctx *c, struct tx *tx, struct audit_head *head)
{
    if (!head->known)
        TRY(read_tail(c, tx, head));
    const int64_t now_ms = clock_ms(c);
    if (head->next_idx == 0)
        return write_init(c, tx, head, now_ms);
    if (now_ms < head->last_ts_ms - STEP_MS && head->step_noted_ms != head->last_ts_ms) {
        TRY(note_clock_step(c, tx, head, now_ms));
        head->step_noted_ms = head->last_ts_ms;
    }
    return ERR_OK;
}

bool audit_waits(const struct ctx *c, const struct audit_head *head)
{
    return !head->held && (settings_of(c)->audit_pending || db_many_writers(c->deps->db));
}

/* The entry is checked here: the sequencer must be able to place what waits. */
static err put_draft(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct audit_new *n, const uint8_t *key)
{
    static const struct audit_head front;
    char nonce_hex[SALT_NONCE_HEX + 1];
    struct entry e;
    struct entry_place place;
    fill_entry(c, n, key, nonce_hex, &e);
    const int64_t now_us = clock_ms(c) * 1000;
    e.ts_ms = now_us / 1000;
    struct buf b;
    buf_init(&b, NULL, ENTRY_MAX - PLACE_ROOM);
    (void)buf_room(&b, ENTRY_MAX / 16);
    err result = broken_entry(c, n->act);
    if (audit_place(&front, &e, &b, &place)) {
        fault_clear(c);
        const struct pending_row row = { .act = e.act,
                                         .subj = e.subj,
                                         .cycle_id = e.cycle,
                                         .draft = buf_view(&b),
                                         .created_at = now_us };
        result = pending_put(c, tx, &row);
    }
    buf_done(&b);
    TRY(result);
    head->last_ts_ms = e.ts_ms;
    return ERR_OK;
}

static err append(struct ctx *c, struct tx *tx, struct audit_head *head, const struct audit_new *n,
                  const uint8_t *key, struct hash *ret_leaf)
{
    if (n->n_values > ENTRY_COMMITS_MAX)
        return FAIL(c, INTERNAL, "a log entry of act %s has too many commitments", n->act);
    if (ret_leaf)
        TRY(audit_hold(c, tx, head));
    if (audit_waits(c, head))
        return put_draft(c, tx, head, n, key);
    TRY(audit_head_ready(c, tx, head));
    TRY(write_entry(c, tx, head, n, key, clock_ms(c)));
    if (ret_leaf)
        *ret_leaf = head->last_leaf;
    return ERR_OK;
}

err audit_append_keyed(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct audit_new *n, const uint8_t key[SUBJECT_KEY_N],
                       struct hash *ret_leaf)
{
    return append(c, tx, head, n, key, ret_leaf);
}

err audit_append(struct ctx *c, struct tx *tx, struct audit_head *head, const struct audit_new *n,
                 struct hash *ret_leaf)
{
    if (n->n_values == 0)
        return append(c, tx, head, n, NULL, ret_leaf);
    uint8_t key[SUBJECT_KEY_N];
    TRY(subject_key_open(c, tx, n->key_subject, key));
    err e = append(c, tx, head, n, key, ret_leaf);
    secret_wipe(key, sizeof(key));
    return e;
}

struct str audit_actor(struct ctx *c)
{
    const struct principal *who = c->who;
    if (!who)
        return S("system");
    if (who->roles & ROLE_STUDENT)
        return S("student");
    if (!who->id.n || !(who->roles & ROLE_STAFF))
        return S("system");
    if (who->roles & ROLE_AUDITOR)
        return str_fmt(c->mem, "auditor:%.*s", STR_ARG(who->id));
    return str_fmt(c->mem, "admin:%.*s", STR_ARG(who->id));
}

struct audit_key_row subject_key_make(struct ctx *c, struct str subject, uint8_t ret[SUBJECT_KEY_N])
{
    ctx_random(c, ret, SUBJECT_KEY_N);
    return (struct audit_key_row){
        .subject = subject,
        .wrapped = keyring_seal(c, (struct str){ (const char *)ret, SUBJECT_KEY_N }),
        .created_at = c->now_us,
    };
}

err subject_key_unwrap(struct ctx *c, struct str wrapped, uint8_t ret[SUBJECT_KEY_N])
{
    struct str plain = { 0 };
    TRY(keyring_open(c, wrapped, &plain));
    if (plain.n != SUBJECT_KEY_N)
        return FAIL(c, INTERNAL, "a key of the audit log has the wrong length");
    memcpy(ret, plain.p, SUBJECT_KEY_N);
    return ERR_OK;
}

err subject_key_open(struct ctx *c, struct tx *tx, struct str subject, uint8_t ret[SUBJECT_KEY_N])
{
    struct str wrapped = { 0 };
    bool found = false;
    TRY(audit_repo_key_get(c, tx, subject, &wrapped, &found));
    if (!found)
        return FAIL(c, INTERNAL, "a key of the audit log is missing");
    return subject_key_unwrap(c, wrapped, ret);
}

static err init_in_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    struct audit_head head = { 0 };
    TRY(tx_lock(c, tx, S(AUDIT_LOCK), LOCK_EXCLUSIVE)); /* many may start at once */
    TRY(read_tail(c, tx, &head));
    return head.next_idx ? ERR_OK : write_init(c, tx, &head, clock_ms(c));
}

err audit_init(struct ctx *c)
{
    return tx_run(c, TX_WRITE, init_in_tx, NULL);
}

struct tail_check {
    int64_t expect; /* next idx, or -1 before the first */
    struct hash last;
    bool linked;
};

static err check_entry(struct ctx *c, const void *row, void *arg)
{
    const struct audit_entry_row *r = row;
    struct tail_check *t = arg;
    struct entry e;
    const char *why = NULL;
    if (!entry_read(r->entry, &e, &why))
        return FAIL(c, INTERNAL, "the audit log is damaged at entry %lld", (long long)r->idx);
    const struct hash leaf = merkle_leaf_hash(r->entry);
    char prev[2 * SHA256_N + 1];
    hex_of(prev, t->last.b, SHA256_N);
    if (e.idx != r->idx || r->idx != t->expect || r->leaf.n != SHA256_N ||
        memcmp(leaf.b, r->leaf.p, SHA256_N) != 0 ||
        (t->linked && !str_eq(e.prev_hex, str_of(prev))))
        return FAIL(c, INTERNAL, "the audit log is damaged at entry %lld", (long long)r->idx);
    if (!str_eq(e.log, audit_origin_of(c)))
        return FAIL(c, INTERNAL, "the audit log belongs to another installation");
    t->expect++;
    t->last = leaf;
    t->linked = true;
    return ERR_OK;
}

/* The first entry names the log's key: another installation's keys must not go on with it. */
static err check_first(struct ctx *c, struct tx *tx)
{
    struct audit_entry_row row = { 0 };
    bool found = false;
    TRY(audit_repo_get(c, tx, 0, &row, &found));
    if (!found)
        return FAIL(c, INTERNAL, "the audit log has no first entry");
    struct tail_check first = { .last = log_genesis(audit_origin_of(c)), .linked = true };
    struct entry e;
    const char *why = NULL;
    if (!entry_read(row.entry, &e, &why) || !str_eq(e.act, S("log.init")))
        return FAIL(c, INTERNAL, "the audit log is damaged at entry 0");
    struct buf b;
    buf_init(&b, c->mem, INIT_DATA_MAX);
    buf_lit(&b, "\"vkey\":");
    canon_str(&b, str_of(c->deps->keys->log_vkey));
    struct str want = buf_view(&b);
    if (!memmem(e.data.p, e.data.n, want.p, want.n))
        return FAIL(c, INTERNAL, "the audit log was begun with another key");
    return check_entry(c, &row, &first);
}

static err check_tail_in_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    struct audit_tail_row tail = { 0 };
    bool found = false;
    TRY(audit_repo_tail(c, tx, &tail, &found));
    if (!found)
        return ERR_OK;
    TRY(check_first(c, tx));
    int64_t from = tail.idx >= TAIL_CHECKED ? tail.idx - TAIL_CHECKED + 1 : 0;
    struct tail_check t = { .expect = from };
    TRY(audit_repo_from(c, tx, from, check_entry, &t));
    if (t.expect != tail.idx + 1)
        return FAIL(c, INTERNAL, "the audit log has a gap at its end");
    return ERR_OK;
}

err audit_check_tail(struct ctx *c)
{
    return tx_run(c, TX_READ, check_tail_in_tx, NULL);
}
