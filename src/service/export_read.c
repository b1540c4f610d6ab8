/* Pages of an export in two memories: while the rows of one are written, the other is filled. No
 * transaction stays open between two pages, and memory does not grow with the cycle. */
#include "service/export_read.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { PAGE_ARENA_MAX = 64 * 1024 * 1024 };

struct page {
    struct ctx c; /* with an arena of its own */
    struct list rows;
    err e;
};
struct export_reader {
    struct export_source source;
    struct order_range after;
    struct page pages[2];
    size_t now; /* the page that the caller has or waits for */
    bool ended; /* the last page was short, or failed */
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t read, given; /* pages so far; under the lock, as is: */
    bool stop;
};

static err page_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct export_reader *r = arg;
    struct page *p = &r->pages[r->read % 2];
    return r->source.page(c, tx, &r->after, EXPORT_PAGE_ROWS, &p->rows);
}

/* Fills the next page; only whoever reads touches `after`. */
static void read_page(struct export_reader *r)
{
    struct page *p = &r->pages[r->read % 2];
    arena_reset(p->c.mem);
    fault_clear(&p->c);
    p->rows = (struct list){ 0 };
    p->e = tx_run(&p->c, TX_READ, page_tx, r);
    if (p->e == ERR_OK && p->rows.n > 0)
        r->after.from =
            *(const int64_t *)((const char *)p->rows.v + (p->rows.n - 1) * r->source.row_size);
}

static bool is_last(const struct page *p)
{
    return p->e != ERR_OK || p->rows.n < EXPORT_PAGE_ROWS;
}

/* At most one page ahead of the one that was given out. */
static void *read_ahead(void *arg)
{
    struct export_reader *r = arg;
    bool last = false;
    while (!last) {
        read_page(r);
        last = is_last(&r->pages[r->read % 2]);
        pthread_mutex_lock(&r->lock);
        r->read++;
        pthread_cond_signal(&r->moved);
        while (!r->stop && r->read > r->given)
            pthread_cond_wait(&r->moved, &r->lock);
        last = last || r->stop;
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

/* Signals are the main thread's business. */
static bool start_thread(struct export_reader *r)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&r->thread, NULL, read_ahead, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
}

err export_read_open(struct ctx *c, const struct export_source *s, struct export_reader **ret)
{
    struct export_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return FAIL(c, INTERNAL, "out of memory");
    r->source = *s;
    r->after = (struct order_range){ .cycle_id = s->cycle_id, .from = -1 };
    for (size_t i = 0; i < 2; i++) {
        r->pages[i].c = *c;
        r->pages[i].c.mem = arena_open(NULL, PAGE_ARENA_MAX);
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->moved, NULL);
    r->threaded = s->ahead && start_thread(r);
    *ret = r;
    return ERR_OK;
}

/* The thread goes on only when the page before is no longer looked at. */
static void await_page(struct export_reader *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->read == r->given)
        pthread_cond_wait(&r->moved, &r->lock);
    r->given++;
    pthread_cond_signal(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

static const struct page *next_page(struct export_reader *r)
{
    if (r->threaded) {
        await_page(r);
    } else {
        read_page(r);
        r->read++;
        r->given++;
    }
    return &r->pages[(r->given - 1) % 2];
}

err export_read_next(struct ctx *c, struct export_reader *r, struct list *ret_rows)
{
    *ret_rows = (struct list){ 0 };
    if (r->ended)
        return ERR_OK;
    const struct page *p = next_page(r);
    r->ended = is_last(p);
    if (p->e != ERR_OK) {
        c->fault = p->c.fault;
        c->fault.issues = NULL; /* they go with the page */
        c->fault.n_issues = 0;
        return p->e;
    }
    *ret_rows = p->rows;
    return ERR_OK;
}

void export_read_close(struct export_reader *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->moved);
    pthread_mutex_unlock(&r->lock);
    if (r->threaded)
        pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->moved);
    pthread_mutex_destroy(&r->lock);
    for (size_t i = 0; i < 2; i++)
        arena_close(r->pages[i].c.mem);
    free(r);
}
