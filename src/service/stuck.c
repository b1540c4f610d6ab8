/* Looks for what stands still or cannot be opened. */
#include "service/stuck.h"

#include "base/str.h"
#include "crypto/fernet.h"
#include "repo/seal_repo.h"

struct look {
    int64_t older_us;
    struct doctor_counts *ret;
};

static err look_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct look *l = arg;
    return doctor_repo_counts(c, tx, c->now_us - l->older_us, l->ret);
}

err stuck_look(struct ctx *c, int64_t older_us, struct doctor_counts *ret)
{
    struct look l = { .older_us = older_us, .ret = ret };
    return tx_run(c, TX_READ, look_fn, &l);
}

struct sample {
    size_t n;
    int64_t seen, opened;
};

static err sample_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct sample *s = arg;
    s->seen = s->opened = 0;
    for (int column = 0; column < SEAL_COLUMN_COUNT; column++) {
        struct list rows = { 0 };
        TRY(seal_repo_page(c, tx, (enum seal_column)column, (struct str){ 0 }, s->n, &rows));
        const struct seal_row *r = rows.v;
        for (size_t i = 0; i < rows.n; i++) {
            struct str plain;
            s->seen++;
            if (keyring_open(c, r[i].token, &plain) == ERR_OK)
                s->opened++;
            fault_clear(c);
        }
    }
    return ERR_OK;
}

err sealed_sample(struct ctx *c, size_t sample, int64_t *ret_seen, int64_t *ret_opened)
{
    struct sample s = { .n = sample };
    TRY(tx_run(c, TX_READ, sample_fn, &s));
    *ret_seen = s.seen;
    *ret_opened = s.opened;
    return ERR_OK;
}
