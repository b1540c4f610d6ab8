/* The people of the demonstration. Two threads take batches in turn: while the rows of one are
 * written, the other invents, seals and hashes its own. */
#include "app/demo_seed.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include "app/progress.h"
#include "app/synth.h"
#include "base/str.h"
#include "db/db.h"
#include "service/account.h"
#include "service/intake.h"

enum {
    SEED_BATCH = 2000, /* the more in one transaction, the fewer pages are written twice */
    BATCH_ARENA_MAX = 64 * 1024 * 1024,
};

struct seeder {
    const struct demo_seeding *s;
    const struct ctx *outer;
    pthread_mutex_t lock; /* of what follows */
    struct progress progress;
    int64_t next, done;
    struct fault fault; /* the first one */
};

struct accounts {
    struct student_new *v;
    size_t n;
};

static err make_accounts(struct ctx *c, struct tx *tx, void *arg)
{
    struct accounts *a = arg;
    return students_create(c, tx, a->v, a->n);
}

/* n people from number `first` on. */
static err seed_batch(struct ctx *c, const struct demo_seeding *s, int64_t first, size_t n)
{
    struct student_new *students = arena_array(c->mem, struct student_new, n);
    struct submit_item *items = arena_array(c->mem, struct submit_item, n);
    for (size_t i = 0; i < n; i++) {
        struct synth_applicant p;
        synth_applicant(c, s->seed, first + (int64_t)i, &p);
        /* The cycle in the address keeps a second demo in the same folder apart. */
        students[i].email =
            str_fmt(c->mem, "s%lld.%.*s@example.org", (long long)first + (long long)i,
                    (int)(s->cycle_id.n - 4), s->cycle_id.p + 4);
        students[i].display_name = p.display_name;
        items[i].application = p.application;
        items[i].application.email = students[i].email;
    }
    struct accounts a = { students, n };
    TRY(tx_run(c, TX_WRITE, make_accounts, &a));
    for (size_t i = 0; i < n; i++)
        items[i].student_id = students[i].student_id;
    return application_submit_many(c, s->cycle_id, items, n);
}

/* The next batch; 0 when there is none, or somebody failed. */
static size_t take(struct seeder *w, int64_t *ret_first)
{
    pthread_mutex_lock(&w->lock);
    int64_t left = w->fault.kind == ERR_OK ? w->s->n - w->next : 0;
    size_t n = (size_t)(left < SEED_BATCH ? left : SEED_BATCH);
    *ret_first = w->next;
    w->next += (int64_t)n;
    pthread_mutex_unlock(&w->lock);
    return n;
}

static void note(struct seeder *w, const struct ctx *c, err e, size_t n)
{
    pthread_mutex_lock(&w->lock);
    w->done += (int64_t)n;
    if (e != ERR_OK && w->fault.kind == ERR_OK) {
        w->fault = c->fault;
        w->fault.issues = NULL; /* they go with the batch */
        w->fault.n_issues = 0;
    }
    progress_step(&w->progress, w->done, w->s->n);
    pthread_mutex_unlock(&w->lock);
}

static void *seed_some(void *arg)
{
    struct seeder *w = arg;
    struct arena *mem = arena_open(NULL, BATCH_ARENA_MAX);
    int64_t first = 0;
    size_t n;
    while ((n = take(w, &first)) > 0) {
        struct ctx c;
        ctx_init(&c, mem, w->outer->deps, 0); /* ids and times in the order of arrival */
        c.who = w->outer->who;
        err e = seed_batch(&c, w->s, first, n);
        note(w, &c, e, n);
        arena_reset(mem);
    }
    arena_close(mem);
    return NULL;
}

err demo_seed(struct ctx *c, const struct demo_seeding *s, double *ret_seconds)
{
    struct seeder w = { .s = s, .outer = c };
    pthread_t other;
    sigset_t all, before;
    pthread_mutex_init(&w.lock, NULL);
    progress_begin(&w.progress, "submission", s->show);
    sigfillset(&all); /* signals are the main thread's business */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&other, NULL, seed_some, &w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    seed_some(&w);
    if (rc == 0)
        pthread_join(other, NULL);
    *ret_seconds = progress_end(&w.progress, s->n);
    pthread_mutex_destroy(&w.lock);
    malloc_trim(0); /* the batches' memory, which the phases need not hold too */
    if (w.fault.kind != ERR_OK)
        c->fault = w.fault;
    return w.fault.kind;
}
