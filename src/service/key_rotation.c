/* Key rotation: pages through every sealed column, one short transaction a page. A run that was
 * cut begins at the front again and passes quickly over what is already under the first key. */
#include "service/key_rotation.h"

#include "base/str.h"
#include "crypto/fernet.h"
#include "repo/seal_repo.h"

enum { PAGE_ROWS = 500, PAGE_ARENA_MAX = 16 * 1024 * 1024 };

struct page {
    enum seal_column column;
    struct str after, last;
    int64_t seen, changed;
};

static err rotate_row(struct ctx *c, struct tx *tx, struct page *p, const struct seal_row *row)
{
    struct seal_row next = { .id = row->id, .old_token = row->token };
    bool changed = false;
    TRY(keyring_rotate(c, row->token, &next.token, &changed));
    if (!changed)
        return ERR_OK;
    int64_t rows = 0;
    TRY(seal_repo_update(c, tx, p->column, &next, &rows));
    p->changed += rows;
    return ERR_OK;
}

static err rotate_page(struct ctx *c, struct tx *tx, void *arg)
{
    struct page *p = arg;
    struct list rows = { 0 };
    p->seen = p->changed = 0;
    TRY(seal_repo_page(c, tx, p->column, p->after, PAGE_ROWS, &rows));
    const struct seal_row *r = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        TRY(rotate_row(c, tx, p, &r[i]));
    p->seen = (int64_t)rows.n;
    if (rows.n)
        p->last = r[rows.n - 1].id;
    return ERR_OK;
}

static err count_all(struct ctx *c, struct tx *tx, void *arg)
{
    return seal_repo_count(c, tx, arg);
}

err key_rotation_run(struct ctx *c, void (*progress)(void *arg, int64_t done, int64_t total),
                     void *arg, int64_t *ret_changed)
{
    struct arena *outer = c->mem, *mem = arena_open(outer, PAGE_ARENA_MAX);
    int64_t total = 0, done = 0, changed = 0;
    char last[64];
    err e = tx_run(c, TX_READ, count_all, &total);
    for (int column = 0; column < SEAL_COLUMN_COUNT && e == ERR_OK; column++) {
        struct page p = { .column = (enum seal_column)column };
        do {
            c->mem = mem;
            e = tx_run(c, TX_WRITE, rotate_page, &p);
            c->mem = outer;
            size_t n = p.last.n < sizeof(last) ? p.last.n : sizeof(last);
            if (e == ERR_OK && p.seen)
                memcpy(last, p.last.p, n);
            p.after = (struct str){ last, n };
            arena_reset(mem);
            done += p.seen;
            changed += p.changed;
            if (progress)
                progress(arg, done, total);
        } while (e == ERR_OK && p.seen == PAGE_ROWS);
    }
    arena_close(mem);
    if (e == ERR_OK)
        *ret_changed = changed;
    return e;
}
