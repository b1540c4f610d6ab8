/* The file beside the database that remembers how far the log had come. */
#include "service/log_head.h"

#include "base/buf.h"
#include "base/str.h"
#include "codec/base64.h"
#include "crypto/fernet.h"
#include "os/file.h"
#include "repo/audit_repo.h"

enum { HEAD_FILE_MAX = 1024 };
#define HEAD_LABEL "enigma-log-head-v1\n"

static struct hash mac_of(const struct ctx *c, struct str body)
{
    const struct keyring *k = c->deps->keys;
    const struct str parts[] = { S(HEAD_LABEL), body };
    return hmac_sha256((struct str){ (const char *)k->log_seed, sizeof(k->log_seed) }, parts, 2);
}

static err now_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct log_head *head = arg;
    struct audit_tail_row tail = { 0 };
    bool found = false;
    TRY(audit_repo_tail(c, tx, &tail, &found));
    *head = (struct log_head){ 0 };
    if (!found)
        return ERR_OK;
    if (tail.leaf.n != SHA256_N)
        return FAIL(c, INTERNAL, "the audit log is damaged at entry %lld", (long long)tail.idx);
    head->size = tail.idx + 1;
    memcpy(head->last_leaf.b, tail.leaf.p, SHA256_N);
    return ERR_OK;
}

err log_head_now(struct ctx *c, struct log_head *ret)
{
    return tx_run(c, TX_READ, now_fn, ret);
}

/* origin, size, leaf and MAC, a line each. */
err log_head_write(struct ctx *c, const char *path, const struct log_head *head)
{
    struct buf b;
    buf_init(&b, c->mem, HEAD_FILE_MAX);
    buf_fmt(&b, "%s\n%lld\n", c->deps->keys->log_origin, (long long)head->size);
    hex_write(&b, head->last_leaf.b, SHA256_N);
    buf_c(&b, '\n');
    const struct hash mac = mac_of(c, buf_view(&b));
    hex_write(&b, mac.b, SHA256_N);
    buf_c(&b, '\n');
    return file_replace(c, path, buf_view(&b), 0600);
}

static bool take_head(const struct ctx *c, struct str text, struct log_head *ret)
{
    struct str origin, size, leaf, mac;
    struct str rest = str_cut(text, '\n', &origin);
    rest = str_cut(rest, '\n', &size);
    rest = str_cut(rest, '\n', &leaf);
    struct str end = str_cut(rest, '\n', &mac);
    struct hash told;
    if (end.n != 0 || !hex_read(mac, told.b, SHA256_N) ||
        !hex_read(leaf, ret->last_leaf.b, SHA256_N) || !str_i64(size, &ret->size))
        return false;
    const struct hash want = mac_of(c, str_sub(text, 0, (size_t)(mac.p - text.p)));
    return ret->size >= 0 && str_eq(origin, str_of(c->deps->keys->log_origin)) &&
           secret_eq((struct str){ (const char *)told.b, SHA256_N },
                     (struct str){ (const char *)want.b, SHA256_N });
}

err log_head_read(struct ctx *c, const char *path, struct log_head *ret, bool *ret_found)
{
    struct str text;
    struct log_head head;
    err e = file_read(c, c->mem, path, HEAD_FILE_MAX, &text);
    *ret_found = false;
    if (e == ERR_NOT_FOUND) {
        fault_clear(c);
        return ERR_OK;
    }
    TRY(e);
    if (!take_head(c, text, &head))
        return FAIL(c, INTERNAL, "log-head is damaged, or was written under another log key");
    *ret = head;
    *ret_found = true;
    return ERR_OK;
}

static err check_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct log_head *seen = arg;
    struct log_head now = { 0 };
    struct audit_entry_row row = { 0 };
    bool found = false;
    TRY(now_fn(c, tx, &now));
    if (now.size < seen->size)
        return FAIL(c, PRECONDITION,
                    "the database was rolled back: its log has %lld entries, this folder has seen "
                    "%lld; restore the newest backup, or serve --accept-rollback",
                    (long long)now.size, (long long)seen->size);
    if (seen->size == 0)
        return ERR_OK;
    TRY(audit_repo_get(c, tx, seen->size - 1, &row, &found));
    if (found && row.leaf.n == SHA256_N && memcmp(row.leaf.p, seen->last_leaf.b, SHA256_N) == 0)
        return ERR_OK;
    return FAIL(c, PRECONDITION,
                "the log of the database is not the one this folder has seen: entry %lld differs; "
                "restore the newest backup, or serve --accept-rollback",
                (long long)(seen->size - 1));
}

err log_head_check(struct ctx *c, const char *path, bool fresh)
{
    struct log_head seen = { 0 };
    bool found = false;
    TRY(log_head_read(c, path, &seen, &found));
    if (!found || seen.size == 0)
        return ERR_OK;
    if (fresh)
        return FAIL(c, PRECONDITION,
                    "the database is empty, but this folder has seen %lld entries of its log; "
                    "restore the newest backup, or serve --accept-rollback",
                    (long long)seen.size);
    return tx_run(c, TX_READ, check_fn, &seen);
}
