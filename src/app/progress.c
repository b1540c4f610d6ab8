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
