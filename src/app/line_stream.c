/* Cuts standard input into slabs of whole lines, has threads answer them, writes in order. */
#include "app/line_stream.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "os/pool.h"

enum {
    SLAB_BYTES = 128 << 10, /* some milliseconds of work */
    READ_BYTES = SLAB_BYTES / 2,
    SLABS_EACH = 2, /* one worked on, one waiting, for each thread */
    THREADS_MAX = 64,
    LINE_MEM_MAX = 1 << 30,
    LINE_MEM_KEPT = 1 << 20,
    SLAB_OUT_MAX = INT32_MAX,
    SLAB_SAID_MAX = 1 << 20,
    BAD_LINES_SHOWN_MAX = 100
};

/* Whole lines on their way; one thread has it at a time. */
struct slab {
    struct pool_job job;
    struct stream *stream;
    struct arena *mem;     /* of one line's work */
    char *text;            /* heap; what stands behind the last whole line is the next slab's */
    size_t n, whole, cap;  /* bytes: read, in whole lines, allocated */
    long long first, last; /* numbers of its lines */
    long long bad;
    bool cut;             /* its first line is longer than what is kept of it */
    struct buf out, said; /* heap: the answers; a line for each bad one */
    bool done;            /* under the stream's lock */
};
struct stream {
    const struct line_work *work;
    struct pool *pool; /* NULL: the thread that reads does the work */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct slab *slabs;           /* a ring */
    size_t n_slabs, oldest, busy; /* busy: handed over and not yet written, from the oldest on */
    long long number, bad;        /* lines so far */
    bool ended, failed;
};

/* The first thing wrong with a line, without any of its content. */
static void say_bad(struct slab *s, const struct ctx *c, long long number)
{
    const struct issue *issue = c->fault.n_issues ? &c->fault.issues[0] : NULL;
    if (s->bad++ >= BAD_LINES_SHOWN_MAX)
        return;
    if (issue)
        buf_fmt(&s->said, "enigma: line %lld: %.*s: %.*s\n", number, STR_ARG(issue->loc),
                STR_ARG(issue->msg));
    else
        buf_fmt(&s->said, "enigma: line %lld: %s\n", number, c->fault.text);
}

static void answer_line(struct slab *s, struct str line, long long number)
{
    const struct line_work *work = s->stream->work;
    struct ctx c;
    struct buf out;
    err e;
    arena_reset(s->mem);
    ctx_init(&c, s->mem, NULL, 0);
    buf_init(&out, s->mem, LINE_MEM_MAX);
    if (line.n > work->line_max || (s->cut && number == s->first))
        e = FAIL(&c, TOO_LARGE, "the line is longer than %zu bytes", work->line_max);
    else
        e = work->answer(&c, work->with, line, &out);
    if (e == ERR_OK && !buf_ok(&out))
        e = FAIL(&c, TOO_LARGE, "the result is too long");
    if (e == ERR_OK)
        buf_str(&s->out, buf_view(&out));
    else
        say_bad(s, &c, number);
}

static void answer_slab(struct slab *s)
{
    struct str rest = { s->text, s->whole }, line;
    long long number = s->first;
    for (; number <= s->last; number++) {
        rest = str_cut(rest, '\n', &line);
        line = str_trim(line);
        if (line.n)
            answer_line(s, line, number);
    }
}

static void run_slab(struct pool_job *job)
{
    struct slab *s = (struct slab *)job; /* its first member */
    answer_slab(s);
    pthread_mutex_lock(&s->stream->lock);
    s->done = true;
    pthread_cond_signal(&s->stream->changed);
    pthread_mutex_unlock(&s->stream->lock);
}

/* Bad lines, as many as may still be shown. */
static void show_bad(struct stream *st, const struct slab *s)
{
    struct str rest = buf_view(&s->said), line;
    for (long long n = st->bad; rest.n && n < BAD_LINES_SHOWN_MAX; n++) {
        rest = str_cut(rest, '\n', &line);
        fprintf(stderr, "%.*s\n", STR_ARG(line));
    }
}

/* Waits for the oldest slab and writes what it holds. */
static void write_oldest(struct stream *st)
{
    struct slab *s = &st->slabs[st->oldest];
    pthread_mutex_lock(&st->lock);
    while (!s->done)
        pthread_cond_wait(&st->changed, &st->lock);
    pthread_mutex_unlock(&st->lock);
    if (s->out.n && fwrite(s->out.p, 1, s->out.n, stdout) != s->out.n)
        st->failed = true;
    st->failed |= !buf_ok(&s->out);
    show_bad(st, s);
    st->bad += s->bad;
    st->oldest = (st->oldest + 1) % st->n_slabs;
    st->busy--;
}

static void write_all(struct stream *st)
{
    while (st->busy)
        write_oldest(st);
    if (fflush(stdout) != 0)
        st->failed = true;
}

static bool more_has_come(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    return poll(&in, 1, 0) != 0; /* an error is for the read to tell */
}

static bool slab_reserve(struct stream *st, struct slab *s, size_t size)
{
    size_t cap = s->cap ? s->cap : SLAB_BYTES;
    while (cap < size)
        cap *= 2;
    if (cap == s->cap)
        return true;
    char *text = realloc(s->text, cap);
    if (!text) {
        st->failed = true;
        return false;
    }
    s->text = text;
    s->cap = cap;
    return true;
}

/* Reads what has come, or waits for some; false at the end and at an error. */
static bool slab_read(struct stream *st, struct slab *s)
{
    ssize_t n;
    if (!s->whole && s->n > st->work->line_max) {
        s->n = st->work->line_max;
        s->cut = true;
    }
    if (!slab_reserve(st, s, s->n + READ_BYTES))
        return false;
    do
        n = read(STDIN_FILENO, s->text + s->n, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n <= 0) {
        st->ended = n == 0;
        st->failed |= n < 0;
        s->whole = s->n; /* the last line may have no end */
        return false;
    }
    const char *end = memrchr(s->text + s->n, '\n', (size_t)n);
    s->n += (size_t)n;
    if (end)
        s->whole = (size_t)(end - s->text) + 1;
    return true;
}

/* Until it holds whole lines and is full, or nothing more has come. */
static void slab_fill(struct stream *st, struct slab *s)
{
    do {
        if (st->busy && !more_has_come())
            write_all(st);
    } while (slab_read(st, s) && (!s->whole || (s->n < SLAB_BYTES && more_has_come())));
}

static long long lines_in(const struct slab *s)
{
    long long n = 0;
    const char *p = s->text, *end = s->text + s->whole;
    for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    return n + (s->whole && end[-1] != '\n');
}

static void hand_over(struct stream *st, struct slab *s)
{
    s->first = st->number + 1;
    s->last = st->number += lines_in(s);
    st->busy++;
    if (st->pool && pool_reserve(st->pool))
        pool_hand_over(st->pool, &s->job, &s->job, 1);
    else
        run_slab(&s->job);
}

/* An empty slab that begins with what the one before left. */
static struct slab *slab_next(struct stream *st, const struct slab *before)
{
    if (st->busy == st->n_slabs - 1)
        write_oldest(st);
    struct slab *s = &st->slabs[(st->oldest + st->busy) % st->n_slabs];
    buf_clear(&s->out);
    buf_clear(&s->said);
    s->n = s->whole = 0;
    s->bad = 0;
    s->done = false;
    s->cut = false;
    s->n = before->n - before->whole;
    if (!slab_reserve(st, s, s->n))
        s->n = 0;
    memcpy(s->text, before->text + before->whole, s->n);
    return s;
}

static unsigned processors(void)
{
    cpu_set_t cpus;
    const int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return n < THREADS_MAX ? (unsigned)n : THREADS_MAX;
}

static bool stream_open(struct stream *st, struct arena *mem)
{
    const unsigned threads = processors();
    st->n_slabs = (threads > 1 ? threads * SLABS_EACH : 1) + 1;
    st->slabs = arena_array(mem, struct slab, st->n_slabs);
    pthread_mutex_init(&st->lock, NULL);
    pthread_cond_init(&st->changed, NULL);
    for (size_t i = 0; i < st->n_slabs; i++) {
        struct slab *s = &st->slabs[i];
        s->job.run = run_slab;
        s->stream = st;
        s->mem = arena_open(mem, LINE_MEM_MAX);
        arena_keep(s->mem, LINE_MEM_KEPT);
        buf_init(&s->out, NULL, SLAB_OUT_MAX);
        buf_init(&s->said, NULL, SLAB_SAID_MAX);
        if (!slab_reserve(st, s, SLAB_BYTES))
            return false;
    }
    if (threads > 1)
        st->pool = pool_open(threads, (uint32_t)st->n_slabs);
    return true;
}

static void stream_close(struct stream *st)
{
    pool_close(st->pool);
    for (size_t i = 0; i < st->n_slabs; i++) {
        free(st->slabs[i].text);
        buf_done(&st->slabs[i].out);
        buf_done(&st->slabs[i].said);
    }
    pthread_cond_destroy(&st->changed);
    pthread_mutex_destroy(&st->lock);
}

int line_stream(struct cli *cli, const struct line_work *work)
{
    struct stream st = { .work = work };
    if (stream_open(&st, cli->c.mem)) {
        struct slab *s = &st.slabs[0];
        while (!st.ended && !st.failed) {
            slab_fill(&st, s);
            if (!s->whole)
                continue;
            hand_over(&st, s);
            s = slab_next(&st, s);
        }
        write_all(&st);
    }
    stream_close(&st);
    if (st.failed)
        fprintf(stderr, "enigma: cannot read or write the stream\n");
    else if (st.bad)
        fprintf(stderr, "enigma: %lld of %lld lines could not be worked on\n", st.bad, st.number);
    return st.failed ? EXIT_FAILED : st.bad ? EXIT_PARTLY : EXIT_OK;
}
