/* worker, jobs: background work by a process of its own, and a look at it. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "app/cmds.h"
#include "base/str.h"
#include "service/job.h"

enum { WORKER_OPENS = OPEN_SHARED | OPEN_MIGRATE, DATABASE_PAUSE_NS = 500000000 };

struct worker_flags {
    int64_t threads;
};
static const struct field worker_fields[] = {
    FIELD_I64(struct worker_flags, threads, .max = 64, .preset = "0",
              .doc = "Threads that work; 0 takes JOB_THREADS."),
};
SCHEMA(worker_flags_schema, "WorkerFlags", struct worker_flags, worker_fields);

static sigset_t handled;

static void block_signals(void)
{
    sigemptyset(&handled);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &handled, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static int next_signal(const struct timespec *within)
{
    for (;;) {
        int sig = sigtimedwait(&handled, NULL, within);
        if (sig >= 0 || errno == EAGAIN)
            return sig;
    }
}

static void wait_for_the_end(void)
{
    int sig = 0; /* a process that was stopped and goes on sees EINTR here */
    while (sig != SIGTERM && sig != SIGINT)
        sig = sigwaitinfo(&handled, NULL);
}

/* A second signal or the end of the drain's time: leases go back to the others when they run out.
 */
static void *watch_drain(void *arg)
{
    struct installation *in = arg;
    const struct timespec limit = { .tv_sec = in->o.drain_timeout_ms / 1000,
                                    .tv_nsec = in->o.drain_timeout_ms % 1000 * 1000000 };
    if (next_signal(&limit) == SIGUSR1)
        return NULL;
    log_event(in->log, LOG_WARNING, "drain_limit_passed");
    _exit(EXIT_FAILED);
}

static void drain(struct installation *in)
{
    pthread_t watch;
    log_event(in->log, LOG_INFO, "draining");
    bool watched = pthread_create(&watch, NULL, watch_drain, in) == 0;
    jobs_close(in->jobs);
    in->jobs = NULL;
    in->deps.bell = NULL;
    if (!watched)
        return;
    pthread_kill(watch, SIGUSR1);
    pthread_join(watch, NULL);
}

/* Waits for a server that is away; false: told to end, or something else is wrong. */
static bool worker_database(struct cli *cli, int *ret_code)
{
    const struct timespec pause = { .tv_nsec = DATABASE_PAUSE_NS };
    bool told = false;
    for (;;) {
        err e = installation_database(&cli->c, &cli->in, WORKER_OPENS);
        if (e == ERR_OK)
            return true;
        if (e != ERR_BUSY || !installation_on_server(&cli->in)) {
            *ret_code = cli_open_failed(cli, e, WORKER_OPENS);
            return false;
        }
        if (!told)
            fprintf(stderr, "enigma: %s; waiting until it is\n", cli->c.fault.text);
        told = true;
        fault_clear(&cli->c);
        if (next_signal(&pause) >= 0)
            return false;
    }
}

int cmd_worker(struct cli *cli, const void *flags)
{
    const struct worker_flags *f = flags;
    struct installation *in = &cli->in;
    int code = EXIT_OK;
    block_signals(); /* threads take their mask from their maker */
    in->o.jobs = true;
    if (f->threads > 0)
        in->o.job_threads = f->threads;
    if (!cli_open(cli, WORKER_OPENS | OPEN_NO_DATABASE, &code))
        return code;
    if (!worker_database(cli, &code))
        return code;
    if (installation_start_jobs(&cli->c, in) != ERR_OK)
        return cli_fail(cli);
    cli_print(cli, cli->json ? "{\"threads\":%u,\"pid\":%d}\n" : "Working: %u threads, pid %d.\n",
              jobs_threads(in->jobs), (int)getpid());
    cli_flush(cli);
    log_event(in->log, LOG_INFO, "working", LOG_I("threads", jobs_threads(in->jobs)));
    wait_for_the_end();
    drain(in);
    log_event(in->log, LOG_INFO, "stopped", LOG_I("exit_code", EXIT_OK));
    return EXIT_OK;
}

struct jobs_flags {
    struct str cycle;
    int64_t limit;
};
static const struct field jobs_fields[] = {
    FIELD_STR(struct jobs_flags, cycle, .flags = FIELD_NULL, .max = 50,
              .doc = "list, dead: only of this cycle."),
    FIELD_I64(struct jobs_flags, limit, .min = 1, .max = 1000, .preset = "100",
              .doc = "list, dead, failures: most rows."),
};
SCHEMA(jobs_flags_schema, "JobsFlags", struct jobs_flags, jobs_fields);

static err show_rows(struct cli *cli, const struct jobs_flags *f, struct str verb)
{
    struct ctx *c = &cli->c;
    struct list rows = { 0 };
    struct str next = { 0 };
    const struct schema *s = &job_schema;
    if (str_eq(verb, S("list"))) {
        TRY(job_list(c, f->cycle, f->limit, next, &rows, &next));
    } else if (str_eq(verb, S("dead"))) {
        s = &job_dead_schema;
        TRY(job_dead(c, f->cycle, f->limit, &rows));
    } else {
        s = &job_failure_schema;
        TRY(job_failures(c, cli->args[1], f->limit, &rows));
    }
    cli_show_list(cli, s, &rows);
    return ERR_OK;
}

static err change_job(struct cli *cli, struct str verb)
{
    struct job j = { 0 };
    TRY(str_eq(verb, S("retry")) ? job_retry(&cli->c, cli->args[1], &j)
                                 : job_cancel(&cli->c, cli->args[1], &j));
    cli_show(cli, &job_schema, &j);
    return ERR_OK;
}

int cmd_jobs(struct cli *cli, const void *flags)
{
    static const struct {
        const char *verb;
        bool of_one, changes;
    } verbs[] = { { "list", false, false },
                  { "dead", false, false },
                  { "failures", true, false },
                  { "cancel", true, true },
                  { "retry", true, true } };
    enum { VERBS_N = sizeof(verbs) / sizeof(verbs[0]) };
    const struct str verb = cli->n_args ? cli->args[0] : S("list");
    int code = EXIT_OK;
    size_t i = 0;
    while (i < VERBS_N && !str_eq(verb, str_of(verbs[i].verb)))
        i++;
    if (i == VERBS_N)
        return cli_usage(cli, "jobs has no verb %.*s: see enigma jobs --help", STR_ARG(verb));
    if (verbs[i].of_one && cli->n_args < 2)
        return cli_usage(cli, "jobs %s needs a JOB_ID", verbs[i].verb);
    if (!cli_open(cli, verbs[i].changes ? OPEN_SHARED : 0, &code))
        return code;
    err e = verbs[i].changes ? change_job(cli, verb) : show_rows(cli, flags, verb);
    return e == ERR_OK ? EXIT_OK : cli_fail(cli);
}
