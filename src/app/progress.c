/* Progress: one line that is drawn over on a terminal, one line at the end otherwise. */
#include "app/progress.h"

#include <unistd.h>

#include "base/str.h"
#include "service/evaluation_progress.h"
#include "service/fairness.h"
#include "service/job.h"

enum { BAR_WIDTH = 32, POLL_US = 50000 };

void progress_begin(struct progress *p, const char *label, bool show)
{
    *p = (struct progress){ .label = label,
                            .begin_us = clock_system.mono_us(NULL),
                            .terminal = isatty(STDERR_FILENO) == 1,
                            .show = show,
                            .last_percent = -1,
                            .last_seen = -1 };
}

static void draw(const struct progress *p, int percent)
{
    char bar[BAR_WIDTH * 3];
    for (int i = 0; i < BAR_WIDTH; i++)
        memcpy(bar + (size_t)i * 3, /* NOLINT(bugprone-not-null-terminated-result) */
               i * 100 < percent * BAR_WIDTH ? "█" : "░", 3);
    fprintf(stderr, "\r  %-14s %.*s %3d %%  ", p->label, (int)sizeof(bar), bar, percent);
}

void progress_step(struct progress *p, int64_t done, int64_t total)
{
    int percent = total > 0 ? (int)(done * 100 / total) : 0;
    if (!p->show || !p->terminal || percent == p->last_percent)
        return;
    p->last_percent = percent;
    draw(p, percent);
    fprintf(stderr, "%lld of %lld", (long long)done, (long long)total);
}

double progress_end(struct progress *p, int64_t total)
{
    double s = (double)(clock_system.mono_us(NULL) - p->begin_us) / 1e6;
    if (p->show && p->terminal) {
        draw(p, 100);
        fprintf(stderr, "%lld in %.2f s\033[K\n", (long long)total, s);
    } else if (p->show) {
        fprintf(stderr, "  %-14s %lld in %.2f s\n", p->label, (long long)total, s);
    }
    return s;
}

/* "1.2 k", "3.4 M": a bar has little room. */
static void put_short(char ret[32], int64_t n)
{
    if (n < 10000)
        snprintf(ret, 32, "%lld", (long long)n);
    else if (n < 10000000)
        snprintf(ret, 32, "%lld.%lld k", (long long)(n / 1000), (long long)(n / 100 % 10));
    else
        snprintf(ret, 32, "%lld.%lld M", (long long)(n / 1000000), (long long)(n / 100000 % 10));
}

static void draw_use(const struct evaluation_use *u)
{
    char tokens[32];
    put_short(tokens, u->tokens_in + u->tokens_out);
    fprintf(stderr, ", %s tokens, cost %lld.%02lld, %lld retries, %lld rejected, %lld in review",
            tokens, (long long)(u->cost_micro / 1000000), (long long)(u->cost_micro / 10000 % 100),
            (long long)u->retries, (long long)u->rejections, (long long)u->in_review);
}

static void draw_job(struct progress *p, const struct job_detail *d)
{
    const struct job *j = &d->job;
    const struct evaluation_use *u = d->use;
    const int64_t seen = j->done + j->failed + (u ? u->calls : 0);
    if (!p->show || !p->terminal || seen == p->last_seen)
        return;
    p->last_seen = seen;
    draw(p, j->total > 0 ? (int)((j->done + j->failed) * 100 / j->total) : 0);
    const int64_t over = j->done + j->failed;
    fprintf(stderr, "%lld of %lld", (long long)over, (long long)j->total);
    if (d->items_per_minute > 0)
        fprintf(stderr, ", %lld/min", (long long)(d->items_per_minute / 100));
    if (d->eta_seconds >= 0)
        fprintf(stderr, ", %lld:%02lld left", (long long)(d->eta_seconds / 60),
                (long long)(d->eta_seconds % 60));
    if (j->failed > 0)
        fprintf(stderr, ", %lld failed", (long long)j->failed);
    if (u && u->calls > 0)
        draw_use(u);
    fputs("\033[K", stderr);
}

static void end_job(struct progress *p, const struct job_detail *d)
{
    const struct evaluation_use *u = d->use;
    progress_end(p, d->job.total);
    if (!p->show || !u || u->calls == 0)
        return;
    fprintf(stderr, "  %-14s %lld failed", "", (long long)d->job.failed);
    draw_use(u);
    fputc('\n', stderr);
}

err progress_follow(struct ctx *c, const char *label, struct str job_id, bool show)
{
    struct progress p;
    struct arena *outer = c->mem;
    progress_begin(&p, label, show);
    for (;;) {
        struct job_detail d = { 0 };
        struct arena *mem = arena_open(outer, 1024 * 1024);
        c->mem = mem;
        err e = job_detail_get(c, job_id, &d);
        struct str error = str_keep(outer, d.job.error);
        c->mem = outer;
        if (e == ERR_OK && d.job.state >= JOB_COMPLETED)
            end_job(&p, &d);
        else if (e == ERR_OK)
            draw_job(&p, &d);
        arena_close(mem);
        TRY(e);
        if (d.job.state == JOB_COMPLETED)
            return ERR_OK;
        if (d.job.state > JOB_COMPLETED)
            return FAIL(c, INTERNAL, "%s: %.*s", label,
                        STR_ARG(error.p ? error : S("the job was cancelled")));
        usleep(POLL_US);
    }
}

err progress_fairness(struct ctx *c, struct str cycle_id, bool show)
{
    struct fairness f;
    TRY(fairness_get(c, cycle_id, &f));
    return f.state == FAIRNESS_RUNNING ? progress_follow(c, "fairness", f.job_id, show) : ERR_OK;
}
