/* Group commit: one writer connection, a queue of callers, one fsync for all that queued.
 *
 * The first caller to come leads: it begins, runs its own work, then takes the queue in order and
 * runs each caller's work on its own thread, while that caller sleeps. One COMMIT serves all; only
 * then they wake. Running the work where the transaction is spares a switch between threads for
 * every row. When the leader is done, the next in the queue leads.
 *
 * A savepoint makes the engine keep the old text of every page that is changed after it, which
 * costs more than the change. So there are none, and a caller that fails after it changed
 * something spoils the transaction: it is rolled back and those that had succeeded run again, each
 * in a savepoint, as do the members of some groups after it, so that callers that always fail cost
 * no more than savepoints do. */
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "db/driver.h"
#include "os/mono.h"

enum {
    GROUP_HOLD_US = 10000,
    GROUP_GAP_US = 100,
    GROUP_QUEUE_MAX = 65536,
    GROUP_CAREFUL = 100, /* groups with savepoints after one that was spoilt */
};

enum member_state { MEMBER_WAITS, MEMBER_RUNS, MEMBER_LEADS, MEMBER_DONE };
struct group_member {
    struct ctx *c;
    tx_fn *fn; /* NULL: wants the writer held, nothing run */
    void *arg;
    err result;
    bool again;
    int64_t since_us, began_us; /* came; had its transaction */
    struct group_member *next;
    _Atomic uint32_t state; /* enum member_state, and the word the caller sleeps on */
};

/* The database whose unit of work runs on this thread: a second one inside it would wait for
 * itself. */
static _Thread_local const struct db *writing;

/* Sleeps while the word holds `seen`, at most left_us (below 0: for ever). */
static void member_sleep(struct group_member *m, uint32_t seen, int64_t left_us)
{
    struct timespec t = { .tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000 };
    syscall(SYS_futex, &m->state, FUTEX_WAIT_PRIVATE, seen, left_us < 0 ? NULL : &t, NULL, 0);
}

/* The member may be gone as soon as its word was set: waking uses the address only. */
static void member_wake(struct group_member *m)
{
    syscall(SYS_futex, &m->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void member_done(struct group_member *m)
{
    atomic_store_explicit(&m->state, MEMBER_DONE, memory_order_release);
    member_wake(m);
}

void group_init(struct group *g)
{
    pthread_mutex_init(&g->lock, NULL);
}

void group_done(struct group *g)
{
    pthread_mutex_destroy(&g->lock);
}

/* Under the lock. */
static struct group_member *queue_pop(struct group *g)
{
    struct group_member *m = g->head;
    if (m == NULL)
        return NULL;
    g->head = m->next;
    if (g->head == NULL)
        g->tail = NULL;
    g->n--;
    m->next = NULL;
    return m;
}

/* Leaves the queue after a wait too long; false when its turn has come meanwhile. */
static bool queue_leave(struct group *g, struct group_member *m)
{
    pthread_mutex_lock(&g->lock);
    bool waits = atomic_load(&m->state) == MEMBER_WAITS;
    struct group_member *prev = NULL;
    struct group_member *at = g->head;
    while (waits && at != m) {
        prev = at;
        at = at->next;
    }
    if (waits) {
        if (prev == NULL)
            g->head = m->next;
        else
            prev->next = m->next;
        if (g->tail == m)
            g->tail = prev;
        g->n--;
    }
    pthread_mutex_unlock(&g->lock);
    return waits;
}

/* Joins; on return the member leads or is done. false: the deadline passed in the queue. */
static bool group_enter(struct group *g, struct group_member *m, int64_t left_us)
{
    pthread_mutex_lock(&g->lock);
    bool lead = !g->led;
    bool full = g->n >= GROUP_QUEUE_MAX;
    if (lead) {
        g->led = true;
        atomic_store(&m->state, MEMBER_LEADS);
    } else if (!full) {
        if (g->tail != NULL)
            g->tail->next = m;
        else
            g->head = m;
        g->tail = m;
        g->n++;
    }
    pthread_mutex_unlock(&g->lock);
    if (lead || full)
        return lead;

    int64_t until = left_us == INT64_MAX ? INT64_MAX : mono_now_us() + left_us;
    for (;;) {
        uint32_t state = atomic_load_explicit(&m->state, memory_order_acquire);
        if (state == MEMBER_LEADS || state == MEMBER_DONE)
            return true;
        bool bounded = state == MEMBER_WAITS && until != INT64_MAX;
        int64_t left = bounded ? until - mono_now_us() : -1;
        if (bounded && left <= 0 && queue_leave(g, m))
            return false;
        member_sleep(m, state, bounded && left < 0 ? 0 : left);
    }
}

/* The next that can join the open transaction, or NULL. */
static struct group_member *group_take(struct group *g)
{
    struct group_member *m = NULL;
    pthread_mutex_lock(&g->lock);
    if (g->head != NULL && g->head->fn != NULL) {
        m = queue_pop(g);
        atomic_store(&m->state, MEMBER_RUNS);
    }
    pthread_mutex_unlock(&g->lock);
    return m;
}

/* Hands the lead on; first, so that it works while the others are woken. */
static void group_pass(struct group *g)
{
    pthread_mutex_lock(&g->lock);
    struct group_member *m = queue_pop(g);
    if (m == NULL)
        g->led = false;
    else
        atomic_store(&m->state, MEMBER_LEADS);
    pthread_mutex_unlock(&g->lock);
    if (m != NULL)
        member_wake(m);
}

/* The writer could not begin because of a foreign lock: those who have waited as long as the
 * leader are told at once, instead of each waiting in its turn. */
static void group_refuse_old(struct db *db, int64_t now_us)
{
    struct group *g = &db->group;
    int64_t limit_us = (int64_t)db->o.busy_ms * 1000;
    for (;;) {
        pthread_mutex_lock(&g->lock);
        bool old = g->head != NULL && g->head->fn != NULL && now_us - g->head->since_us >= limit_us;
        struct group_member *m = old ? queue_pop(g) : NULL;
        if (m != NULL)
            atomic_store(&m->state, MEMBER_RUNS);
        pthread_mutex_unlock(&g->lock);
        if (m == NULL)
            return;
        m->result = db_busy(m->c);
        member_done(m);
    }
}

static err member_call(struct db *db, struct group_member *m)
{
    struct ctx *c = m->c;
    struct tx tx = { .db = db, .conn = db->writer, .mode = TX_WRITE };
    const struct db *outer = writing;
    writing = db;
    err e = m->fn(c, &tx, m->arg);
    writing = outer;
    bulk_abandon(tx.conn);
    if (e == ERR_OK && db->drv->in_tx(tx.conn))
        e = query_later_flush(c, &tx);
    later_drop(tx.conn);
    if (e == ERR_OK && !db->drv->in_tx(tx.conn)) /* the engine gave the whole transaction up */
        return FAIL(c, INTERNAL, "the transaction was lost");
    return e;
}

/* In a savepoint: an error takes back its own changes alone. */
static err member_careful(struct db *db, struct group_member *m)
{
    const struct db_driver *drv = db->drv;
    struct ctx *c = m->c;
    TRY(drv->savepoint(c, db->writer));
    err e = member_call(db, m);
    if (!drv->in_tx(db->writer))
        return e;
    if (e == ERR_OK)
        return drv->release(c, db->writer);
    drv->rollback_to(db->writer);
    return e;
}

static void member_run(struct db *db, struct group_member *m, bool careful)
{
    db->writer->again = false;
    if (ctx_left_us(m->c) == 0)
        m->result = db_busy(m->c);
    else
        m->result = careful ? member_careful(db, m) : member_call(db, m);
    m->again = m->result == ERR_BUSY && db->writer->again;
}

/* false: it failed and left changes behind. */
static bool member_join(struct db *db, struct group_member *m)
{
    bool careful = db->group.careful > 0;
    int64_t before = careful ? 0 : db->drv->changes_total(db->writer);
    member_run(db, m, careful);
    return careful || m->result == ERR_OK || !db->drv->in_tx(db->writer) ||
           db->drv->changes_total(db->writer) == before;
}

/* What the group shares: all members that had succeeded get this end. */
static void group_fail(struct group_member *first, const struct fault *f)
{
    for (struct group_member *m = first; m != NULL; m = m->next) {
        if (m->result != ERR_OK)
            continue;
        m->result = f->kind;
        if (m->c->fault.kind == ERR_OK) {
            (void)fault_set(m->c, f->kind, f->file, f->line, "%s", f->text);
            m->c->fault.retry_after_s = f->retry_after_s;
        }
    }
}

/* Another member's error ended the transaction for those before it: nothing of them is stored,
 * so they run again. */
static void group_redo(struct group_member *first)
{
    for (struct group_member *m = first; m != NULL; m = m->next) {
        if (m->result != ERR_OK)
            continue;
        m->result = db_busy(m->c);
        m->again = true;
    }
}

/* Each that had succeeded once more, in a transaction without the one that spoilt the last. */
static void group_again(struct db *db, struct group_member *first)
{
    db->drv->rollback(db->writer);
    db->group.careful = GROUP_CAREFUL;
    db->writer->again = false;
    if (db->drv->begin(first->c, db->writer, TX_WRITE) != ERR_OK) {
        group_redo(first);
        return;
    }
    for (struct group_member *m = first; m != NULL && db->drv->in_tx(db->writer); m = m->next) {
        if (m->result != ERR_OK)
            continue;
        fault_clear(m->c);
        member_run(db, m, true);
    }
}

static void group_commit(struct db *db, struct group_member *first)
{
    int64_t good = 0;
    struct ctx *c = NULL;
    for (struct group_member *m = first; m != NULL; m = m->next) {
        good += m->result == ERR_OK;
        c = c == NULL && m->result == ERR_OK ? m->c : c;
    }
    if (c == NULL) {
        db->drv->rollback(db->writer);
        return;
    }
    if (!db->drv->in_tx(db->writer)) {
        group_redo(first);
        return;
    }
    /* A member may have handled a fault of its own and left it in place. */
    struct fault kept = c->fault;
    fault_clear(c);
    err e = db->o.faults ? db->o.faults->before(db->o.faults->self, "commit") : ERR_OK;
    if (e == ERR_BUSY)
        e = db_busy(c);
    else if (e != ERR_OK)
        e = fault_set(c, e, __FILE__, __LINE__, "disk error");
    if (e == ERR_OK)
        e = db->drv->commit(c, db->writer);
    if (e != ERR_OK) {
        struct fault f = c->fault;
        db->drv->rollback(db->writer);
        group_fail(first, &f);
        return;
    }
    c->fault = kept;
    atomic_fetch_add_explicit(&db->stats.commits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&db->stats.group_rows, good, memory_order_relaxed);
}

/* The next to join. With an empty queue the leader of a busy group waits a little: those whom the
 * last commit woke are on their way back, and one fsync for all is worth more than two for halves.
 * It stops when nobody comes for an eighth of a commit, or half a commit has been spent. */
static struct group_member *group_next(struct group *g, size_t n, int64_t *spent_us)
{
    struct group_member *m = group_take(g);
    if (m != NULL || n + g->last_n <= 2)
        return m;
    int64_t began = mono_now_us();
    int64_t gap = g->last_commit_us / 8 < GROUP_GAP_US ? g->last_commit_us / 8 : GROUP_GAP_US;
    int64_t now = began;
    while (m == NULL && now - began < gap && *spent_us + (now - began) < g->last_commit_us / 2) {
        sched_yield();
        m = group_take(g);
        now = mono_now_us();
    }
    *spent_us += now - began;
    return m;
}

/* Runs whoever can join the open transaction, whose first has succeeded; how many there are. */
static size_t group_gather(struct db *db, struct group_member *first)
{
    struct group_member *last = first;
    int64_t until = first->began_us + GROUP_HOLD_US;
    int64_t spent = 0;
    size_t n = 1;
    for (; n < db->o.group_max && db->drv->in_tx(db->writer); n++) {
        if (mono_now_us() > until)
            break;
        struct group_member *m = group_next(&db->group, n, &spent);
        if (m == NULL)
            break;
        last->next = m;
        last = m;
        if (!member_join(db, m)) {
            group_again(db, first);
            return n + 1;
        }
    }
    return n;
}

static void group_wake(struct group_member *first)
{
    for (struct group_member *m = first; m != NULL;) {
        struct group_member *next = m->next;
        member_done(m);
        m = next;
    }
}

static void group_lead(struct db *db, struct group_member *first)
{
    struct group *g = &db->group;
    db->writer->again = false;
    err e = db->drv->begin(first->c, db->writer, TX_WRITE);
    if (e != ERR_OK) {
        first->result = e;
        if (e == ERR_BUSY)
            group_refuse_old(db, mono_now_us());
        group_pass(g);
        return;
    }
    first->began_us = mono_now_us();
    member_run(db, first, false);
    if (first->result != ERR_OK) {
        db->drv->rollback(db->writer);
        atomic_fetch_add_explicit(&db->stats.writes, 1, memory_order_relaxed);
        group_pass(g);
        return;
    }
    size_t n = group_gather(db, first);
    int64_t began = mono_now_us();
    group_commit(db, first);
    g->last_commit_us = mono_now_us() - began;
    g->last_n = n;
    g->careful -= g->careful > 0;
    atomic_fetch_add_explicit(&db->stats.writes, (int64_t)n, memory_order_relaxed);
    group_pass(g);
    group_wake(first->next);
}

err group_run(struct ctx *c, struct db *db, tx_fn *fn, void *arg, bool *ret_again)
{
    struct group_member m = { .c = c, .fn = fn, .arg = arg, .since_us = mono_now_us() };
    int64_t left = ctx_left_us(c);
    if (writing == db)
        return FAIL(c, INTERNAL, "a write transaction inside another");
    if (atomic_load_explicit(&db->stopped, memory_order_relaxed))
        return db_unavailable(c, "writing stopped after a disk error");
    if (left == 0 || !group_enter(&db->group, &m, left))
        return db_busy(c);
    if (atomic_load_explicit(&m.state, memory_order_relaxed) == MEMBER_LEADS)
        group_lead(db, &m);
    *ret_again = m.again;
    return m.result;
}

void group_hold(struct db *db)
{
    struct group_member m = { .since_us = mono_now_us() };
    while (!group_enter(&db->group, &m, INT64_MAX))
        usleep(1000); /* the queue is full */
}

void group_release(struct db *db)
{
    group_pass(&db->group);
}
