/* The demonstration: synthetic applications through all nine phases, a result table, the server. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/demo_seed.h"
#include "app/progress.h"
#include "app/serve.h"
#include "base/str.h"
#include "codec/time.h"
#include "os/file.h"
#include "service/account.h"
#include "service/audit_verify.h"
#include "service/cycle_admin.h"
#include "service/exchange.h"
#include "service/operator.h"
#include "service/phase_step.h"

enum { STEP_ARENA_MAX = 512 * 1024 * 1024, TOP_ROWS = 10, SEATS_PERCENT = 20, STEPS_MAX = 9 };
#define DEMO_ADMIN "demo-admin"
#define DAY_US     86400000000LL

struct demo_flags {
    int64_t applications, seats, seed;
    struct str until;
    bool serve;
};
static const struct field demo_fields[] = {
    FIELD_I64(struct demo_flags, applications, .min = 1, .max = 2000000, .preset = "300",
              .doc = "Synthetic applications to screen."),
    FIELD_I64(struct demo_flags, seats, .max = 2000000, .preset = "0",
              .doc = "Seats of the cycle; 0 is a fifth of the applications."),
    FIELD_I64(struct demo_flags, seed, .max = 9e15, .preset = "1",
              .doc = "The same seed makes the same people."),
    FIELD_STR(struct demo_flags, until, .flags = FIELD_NULL, .max = 20,
              .doc =
                  "End after this step: freeze, preprocess, export, processing, select, publish."),
    FIELD_BOOL(struct demo_flags, serve, .preset = "true",
               .doc = "Serve the result afterwards (--no-serve ends with it)."),
};
SCHEMA(demo_flags_schema, "DemoFlags", struct demo_flags, demo_fields);

struct demo {
    struct cli *cli;
    const struct demo_flags *f;
    struct cycle cycle;
    int64_t cutoff;
    struct str password;
    struct {
        const char *verb;
        double seconds;
    } took[STEPS_MAX];
    size_t n_took;
};

static bool shows(const struct demo *d)
{
    return !d->cli->json;
}

/* The demo's administrator: made once; the password lies beside the keys, readable by the owner. */
static err demo_admin(struct demo *d)
{
    struct ctx *c = &d->cli->c;
    const char *path = keys_path(c, &d->cli->in.o, "demo-admin.password");
    err e = file_read(c, c->mem, path, 256, &d->password);
    if (e == ERR_OK) {
        d->password = str_trim(d->password);
        return ERR_OK;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    fault_clear(c);
    d->password = keys_random_password(c);
    const struct admin_new n = { .username = S(DEMO_ADMIN),
                                 .email = S("demo-admin@example.org"),
                                 .password = d->password,
                                 .role = ADMIN_ROLE_SUPER_ADMIN };
    struct admin_me me = { 0 };
    TRY(admin_create(c, &n, &me));
    return file_write_new(c, path, d->password, 0600);
}

static err make_cycle(struct ctx *c, const char *what, int64_t seats, struct cycle *ret)
{
    struct buf t;
    buf_init(&t, c->mem, TIME_TEXT_MAX);
    time_write(&t, c->now_us / 60000000 * 60000000);
    const struct cycle_new n = { .cycle_name = str_fmt(c->mem, "%s %.16s", what, t.p),
                                 .max_seats = seats,
                                 .start_date = c->now_us - DAY_US,
                                 .end_date = c->now_us + 30 * DAY_US,
                                 .result_date = c->now_us + 60 * DAY_US };
    return cycle_create(c, &n, ret);
}

static err seed(struct demo *d)
{
    const struct demo_seeding s = { d->cycle.cycle_id, (uint64_t)d->f->seed, d->f->applications,
                                    shows(d) };
    d->took[d->n_took].verb = "submission";
    return demo_seed(&d->cli->c, &s, &d->took[d->n_took++].seconds);
}

static err step(struct demo *d, const char *verb)
{
    struct ctx *c = &d->cli->c;
    struct phase_reply reply = { 0 };
    struct phase_request q = { .cycle_id = d->cycle.cycle_id,
                               .verb = verb,
                               .provider =
                                   strcmp(verb, "processing") ? (struct str){ 0 } : S("builtin"),
                               .respond_async = true };
    struct progress p;
    struct arena *outer = c->mem, *mem = arena_open(c->mem, STEP_ARENA_MAX);
    int64_t begin = clock_system.mono_us(NULL);
    progress_begin(&p, verb, shows(d));
    c->now_us = clock_system.now_us(NULL);
    c->mem = mem;
    err e = strcmp(verb, "publish") == 0 ? progress_fairness(c, q.cycle_id, shows(d)) : ERR_OK;
    if (e == ERR_OK)
        e = phase_step(c, &q, &reply);
    if (e == ERR_PHASE && strcmp(verb, "export") == 0) {
        /* The scrubber holds back what it is not sure of: the demonstration goes on without. */
        fprintf(stderr, "  %s\n  Going on without.\n", c->fault.text);
        fault_clear(c);
        q.force = true;
        e = phase_step(c, &q, &reply);
    }
    struct str job = str_keep(outer, reply.job_id);
    c->mem = outer;
    arena_close(mem);
    if (e == ERR_OK && strcmp(verb, "select") == 0)
        d->cutoff = reply.cutoff;
    if (e == ERR_OK && job.p)
        e = progress_follow(c, verb, job, shows(d));
    else if (e == ERR_OK)
        progress_end(&p, d->f->applications);
    d->took[d->n_took].verb = verb;
    d->took[d->n_took++].seconds = (double)(clock_system.mono_us(NULL) - begin) / 1e6;
    return e;
}

static err run_phases(struct demo *d)
{
    static const char *const verbs[] = { "freeze", "preprocess", "export",  "processing",
                                         "select", "publish",    "complete" };
    bool last = false;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && !last; i++) {
        TRY(step(d, verbs[i]));
        last = d->f->until.p && str_eq(d->f->until, str_of(verbs[i]));
    }
    return cycle_get(&d->cli->c, d->cycle.cycle_id, &d->cycle);
}

static void print_bars(struct cli *cli, const struct selection_preview *v)
{
    const struct selection_row *r = v->rows.v;
    size_t top = v->rows.n < TOP_ROWS ? v->rows.n : TOP_ROWS;
    cli_print(cli, "\n  rank  anonymous id                      score\n");
    for (size_t i = 0; i < top; i++) {
        cli_print(cli, "  %4lld  %.*s  %6.2f  ", (long long)r[i].rank, STR_ARG(r[i].anonymized_id),
                  (double)r[i].final_score / 100.0);
        for (int64_t k = 0; k < r[i].final_score; k += 500)
            cli_print(cli, "▪");
        cli_print(cli, "%s\n", r[i].tied ? "  tied at the cut-off" : "");
    }
}

static void print_result(struct demo *d, const struct dashboard_stats *stats,
                         const struct selection_preview *v, const struct verify_report *verified)
{
    struct cli *cli = d->cli;
    cli_print(cli, "\n  Cycle %.*s is %s: %lld applications, %lld seats\n",
              STR_ARG(d->cycle.cycle_id), phase_names.v[d->cycle.phase],
              (long long)d->cycle.current_seats, (long long)d->cycle.max_seats);
    cli_print(cli, "  selected %lld, not selected %lld, cut-off %.2f, %lld tied at the cut-off\n",
              (long long)v->selected_count, (long long)v->not_selected_count,
              (double)d->cutoff / 100.0, (long long)v->tied_at_cutoff);
    if (stats->average_score != SCHEMA_NULL_I64)
        cli_print(cli, "  average score %.2f, scored by the built-in offline baseline\n",
                  (double)stats->average_score / 100.0);
    print_bars(cli, v);
    cli_print(cli, "\n  audit log: %s, %lld entries, root %.16s…\n",
              verified->is_valid ? "verified" : "TAMPERED", (long long)verified->chain_length,
              verified->root_hash.p);
    if (d->f->serve)
        cli_print(cli, "  sign in as %s with password %.*s\n", DEMO_ADMIN, STR_ARG(d->password));
}

static void print_json(struct demo *d, const struct dashboard_stats *stats,
                       const struct verify_report *verified)
{
    struct cli *cli = d->cli;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    cli_print(cli, "{\"cycle_id\":\"%.*s\",\"phase\":\"%s\",\"applications\":%lld,\"counts\":%.*s,",
              STR_ARG(d->cycle.cycle_id), phase_names.v[d->cycle.phase],
              (long long)d->f->applications, STR_ARG(stats->processing_stats));
    cli_print(cli, "\"cutoff_score\":%.2f,\"selected_count\":%lld,\"audit_valid\":%s,\"seconds\":{",
              (double)d->cutoff / 100.0, (long long)d->cycle.selected_count,
              verified->is_valid ? "true" : "false");
    for (size_t i = 0; i < d->n_took; i++)
        cli_print(cli, "%s\"%s\":%.3f", i ? "," : "", d->took[i].verb, d->took[i].seconds);
    cli_print(cli, "},\"peak_rss_bytes\":%lld}\n", (long long)u.ru_maxrss * 1024);
}

static err finish(struct demo *d, bool *ret_valid)
{
    struct ctx *c = &d->cli->c;
    struct dashboard_stats stats = { 0 };
    struct selection_preview preview = { 0 };
    struct verify_report verified = { 0 };
    const struct verify_options vo = { .rows = true };
    TRY(dashboard_stats_get(c, d->cycle.cycle_id, &stats));
    if (d->cycle.phase >= PHASE_SCORED)
        TRY(selection_preview(c, d->cycle.cycle_id, d->cycle.max_seats, NULL, &preview));
    TRY(audit_verify(c, &vo, &verified));
    *ret_valid = verified.is_valid;
    if (d->cli->json)
        print_json(d, &stats, &verified);
    else
        print_result(d, &stats, &preview, &verified);
    cli_flush(d->cli);
    return ERR_OK;
}

static err screen(struct demo *d, bool *ret_valid)
{
    struct ctx *c = &d->cli->c;
    int64_t seats = d->f->seats;
    if (seats == 0)
        seats = (d->f->applications * SEATS_PERCENT + 99) / 100;
    TRY(demo_admin(d));
    TRY(operator_act_as(c, S(DEMO_ADMIN)));
    TRY(make_cycle(c, "Demonstration", seats, &d->cycle));
    TRY(seed(d));
    TRY(run_phases(d));
    return finish(d, ret_valid);
}

int cmd_demo(struct cli *cli, const void *flags)
{
    struct demo d = { .cli = cli, .f = flags };
    int code = EXIT_OK;
    bool valid = false;
    cli->in.o.demo = true;
    for (size_t i = 0; i < options_schema.n; i++)
        if (strcmp(options_schema.fields[i].name, "log_level") == 0 &&
            cli->in.origins.of[i] == FROM_DEFAULT)
            cli->in.o.log_level = LOG_WARNING; /* the bars have the terminal to themselves */
    if (d.f->serve && serve_check_listen(&cli->c, &cli->in.o) != ERR_OK) {
        cli_fail(cli);
        return cli->c.fault.kind == ERR_INVALID ? EXIT_USAGE : EXIT_PORT;
    }
    serve_block_signals(true);
    cli->in.o.jobs = true; /* nobody else may work in the folder */
    if (!cli_open(cli, OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_MIGRATE, &code))
        return code;
    if (installation_start_jobs(&cli->c, &cli->in) != ERR_OK)
        return cli_fail(cli);
    serve_block_signals(false); /* Ctrl-C ends the demonstration itself */
    if (screen(&d, &valid) != ERR_OK)
        return cli_fail(cli);
    if (!valid)
        return EXIT_FAILED;
    if (!d.f->serve)
        return EXIT_OK;
    struct cycle next = { 0 };
    cli->c.now_us = clock_system.now_us(NULL);
    if (make_cycle(&cli->c, "Open cycle of", 50, &next) != ERR_OK)
        return cli_fail(cli);
    cli->c.who = NULL;
    return serve_until_signal(cli);
}
