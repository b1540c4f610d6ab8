/* Progress: one line that is drawn over on a terminal, one line at the end otherwise. */
#include "app/progress.h"

#include <unistd.h>

#include "base/str.h"
#include "service/job.h"

enum { BAR_WIDTH = 32, POLL_US = 50000 };

void progress_begin(struct progress *p, const char *label, bool show)
{
    *p = (struct progress){ .label = label,
                            .begin_us = clock_system.mono_us(NULL),
                            .terminal = isatty(STDERR_FILENO) == 1,
                            .show = show,
                            .last_percent = -1 };
}

void progress_step(struct progress *p, int64_t done, int64_t total)
{
    int percent = total > 0 ? (int)(done * 100 / total) : 0;
    if (!p->show || !p->terminal || percent == p->last_percent)
        return;
    p->last_percent = percent;
    char bar[BAR_WIDTH * 3 + 1];
    size_t n = 0;
    for (int i = 0; i < BAR_WIDTH; i++) {
        const char *cell = i * 100 < percent * BAR_WIDTH ? "█" : "░";
        memcpy(bar + n, cell, 3);
        n += 3;
    }
    fprintf(stderr, "\r  %-14s %.*s %3d %%  %lld of %lld", p->label, (int)n, bar, percent,
            (long long)done, (long long)total);
}

double progress_end(struct progress *p, int64_t total)
{
    double s = (double)(clock_system.mono_us(NULL) - p->begin_us) / 1e6;
    if (p->show) {
        progress_step(p, total, total);
        fprintf(stderr, "%s  %-14s done: %lld in %.2f s%s\n", p->terminal ? "\r\033[K" : "",
                p->label, (long long)total, s, "");
    }
    return s;
}

err progress_follow(struct ctx *c, const char *label, struct str job_id, bool show)
{
    struct progress p;
    struct arena *outer = c->mem;
    progress_begin(&p, label, show);
    for (;;) {
        struct job j = { 0 };
        struct arena *mem = arena_open(outer, 1024 * 1024);
        c->mem = mem;
        err e = job_get(c, job_id, &j);
        struct str error = str_keep(outer, j.error);
        c->mem = outer;
        arena_close(mem);
        TRY(e);
        if (j.state >= JOB_COMPLETED) {
            progress_end(&p, j.total);
            if (j.state == JOB_COMPLETED)
                return ERR_OK;
            return FAIL(c, INTERNAL, "%s: %.*s", label,
                        STR_ARG(error.p ? error : S("the job was cancelled")));
        }
        progress_step(&p, j.done, j.total);
        usleep(POLL_US);
    }
}
