/* Last uses of logins and tokens: noted in memory, written in one transaction for all. */
#include "service/touch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/str.h"
#include "repo/admin_repo.h"
#include "repo/student_repo.h"
#include "repo/token_repo.h"

enum { SLOTS = 4096, NOTES_MAX = 1024, ID_MAX = 64, FLUSH_US = 1000000 };

struct note {
    char id[ID_MAX];
    uint8_t kind, id_n;
    int64_t at;
};

/* The minute of the last touch by a hash of the id. Two logins on one slot only make each other's
 * touches more frequent. */
static _Atomic uint64_t touched[SLOTS];

static struct {
    pthread_mutex_t lock;
    struct note v[NOTES_MAX];
    size_t n;
    bool flushed; /* at flushed_us, monotonic */
    int64_t flushed_us;
} notes = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool due(struct str id, int64_t now_us, int64_t last_us)
{
    if (now_us - last_us < TOUCH_US)
        return false;
    uint64_t h = str_hash(id);
    uint64_t mark = (h & ~UINT64_C(0xffffff)) | ((uint64_t)(now_us / TOUCH_US) & 0xffffff);
    return atomic_exchange_explicit(&touched[h % SLOTS], mark, memory_order_relaxed) != mark;
}

/* true: it is time to write. */
static bool put(enum touch_kind kind, struct str id, int64_t at, int64_t mono_us)
{
    pthread_mutex_lock(&notes.lock);
    if (notes.n < NOTES_MAX) {
        struct note *t = &notes.v[notes.n++];
        *t = (struct note){ .kind = (uint8_t)kind, .id_n = (uint8_t)id.n, .at = at };
        memcpy(t->id, id.p, id.n);
    }
    const int64_t since = mono_us - notes.flushed_us;
    const bool now = !notes.flushed || since < 0 || since >= FLUSH_US || notes.n == NOTES_MAX;
    if (now) {
        notes.flushed = true;
        notes.flushed_us = mono_us;
    }
    pthread_mutex_unlock(&notes.lock);
    return now;
}

/* By kind and id: processes that write at the same time take the rows in one order. */
static int compare(const void *a, const void *b)
{
    const struct note *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return memcmp(x->id, y->id, ID_MAX);
}

struct flush_call {
    const struct note *v;
    size_t n;
};

static struct str id_of(const struct note *t)
{
    return (struct str){ t->id, t->id_n };
}

static err write_students(struct ctx *c, struct tx *tx, const struct note *v, size_t n)
{
    struct student_session_row *rows = arena_array(c->mem, struct student_session_row, n + 1);
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct student_session_row){ .session_id = id_of(&v[i]), .last_active_at = v[i].at };
    return student_repo_sessions_touch(c, tx, rows, n);
}

static err write_admins(struct ctx *c, struct tx *tx, const struct note *v, size_t n)
{
    struct admin_session_row *rows = arena_array(c->mem, struct admin_session_row, n + 1);
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct admin_session_row){ .session_id = id_of(&v[i]), .last_active_at = v[i].at };
    return admin_repo_sessions_touch(c, tx, rows, n);
}

static err write_tokens(struct ctx *c, struct tx *tx, const struct note *v, size_t n)
{
    struct token_row *rows = arena_array(c->mem, struct token_row, n + 1);
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct token_row){ .token = { .token_id = id_of(&v[i]), .last_used_at = v[i].at } };
    return token_repo_touch(c, tx, rows, n);
}

static err flush_tx(struct ctx *c, struct tx *tx, void *arg)
{
    static err (*const write[TOUCH_KIND_COUNT_])(struct ctx *, struct tx *, const struct note *,
                                                 size_t) = {
        [TOUCH_STUDENT] = write_students,
        [TOUCH_ADMIN] = write_admins,
        [TOUCH_TOKEN] = write_tokens,
    };
    const struct flush_call *q = arg;
    for (size_t from = 0, to = 0; from < q->n; from = to) {
        while (to < q->n && q->v[to].kind == q->v[from].kind)
            to++;
        TRY(write[q->v[from].kind](c, tx, q->v + from, to - from));
    }
    return ERR_OK;
}

void touch_flush(struct ctx *c)
{
    struct flush_call q = { 0 };
    pthread_mutex_lock(&notes.lock);
    struct note *v = arena_try(c->mem, notes.n + 1, sizeof(*v), _Alignof(struct note));
    if (v) {
        q = (struct flush_call){ v, notes.n };
        memcpy(v, notes.v, notes.n * sizeof(*v));
        notes.n = 0;
    }
    pthread_mutex_unlock(&notes.lock);
    if (q.n == 0)
        return;
    qsort(v, q.n, sizeof(*v), compare);
    if (tx_run(c, TX_WRITE, flush_tx, &q) != ERR_OK)
        fault_clear(c);
}

void touch(struct ctx *c, enum touch_kind kind, struct str id, int64_t last_us)
{
    const struct clock_port *clock = c->deps->clock ? c->deps->clock : &clock_system;
    if (id.n <= ID_MAX && due(id, c->now_us, last_us) &&
        put(kind, id, c->now_us, clock->mono_us(clock->self)))
        touch_flush(c);
}

void touch_reset(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        atomic_store_explicit(&touched[i], 0, memory_order_relaxed);
    pthread_mutex_lock(&notes.lock);
    notes.n = 0;
    notes.flushed = false;
    pthread_mutex_unlock(&notes.lock);
}
