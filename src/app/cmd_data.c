/* cycle, batch, import, export: the verbs that work on the data. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/progress.h"
#include "base/str.h"
#include "os/file.h"
#include "service/cycle_admin.h"
#include "service/evaluation_progress.h"
#include "service/exchange.h"
#include "service/operator.h"
#include "service/phase_step.h"

struct cycle_flags {
    struct str as, name, provider;
    int64_t seats, start, end, result, budget_tokens, budget_micro;
    int32_t mode;
    int64_t factor, weight_application, weight_interview;
    bool force;
};
static const struct field cycle_flags_fields[] = {
    FIELD_STR(struct cycle_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_STR(struct cycle_flags, name, .flags = FIELD_NULL | FIELD_WORDS, .min = CYCLE_NAME_MIN,
              .max = CYCLE_NAME_MAX, .doc = "create: name."),
    FIELD_STR(struct cycle_flags, provider, .flags = FIELD_NULL, .max = 20,
              .doc = "processing: builtin, openai or external."),
    FIELD_I64(struct cycle_flags, budget_tokens, .max = 1e15, .preset = "0",
              .doc = "processing: tokens that the models may use in all; 0: the setting."),
    FIELD_I64(struct cycle_flags, budget_micro, .max = 1e15, .preset = "0",
              .doc = "processing: the same in money, micro-units of the prices' currency."),
    FIELD_I64(struct cycle_flags, seats, .min = 0, .max = CYCLE_SEATS_MAX, .preset = "0",
              .doc = "create: seats, at least one."),
    FIELD_TIME(struct cycle_flags, start, .flags = FIELD_NULL,
               .doc = "create: first moment; by default now."),
    FIELD_TIME(struct cycle_flags, end, .flags = FIELD_NULL,
               .doc = "create: last moment; by default 30 days later."),
    FIELD_TIME(struct cycle_flags, result, .flags = FIELD_NULL,
               .doc = "create: day of results; by default 30 days after that."),
    FIELD_ENUM(struct cycle_flags, mode, .names = &selection_mode_names, .preset = "direct",
               .doc = "select: direct, or shortlist for interviews."),
    FIELD_I64(struct cycle_flags, factor, .min = 1, .max = SHORTLIST_FACTOR_MAX, .preset = "2",
              .doc = "select --mode shortlist: applications for each seat."),
    FIELD_E2(struct cycle_flags, weight_application, .min = 0, .max = 1, .preset = "0.50",
             .doc = "select --mode shortlist: weight of the final score."),
    FIELD_E2(struct cycle_flags, weight_interview, .min = 0, .max = 1, .preset = "0.50",
             .doc = "select --mode shortlist: weight of the interview."),
    FIELD_BOOL(struct cycle_flags, force, .preset = "false",
               .doc = "Go on with the failed items listed; super_admin only."),
};
SCHEMA(cycle_flags_schema, "CycleFlags", struct cycle_flags, cycle_flags_fields);

static int cycle_list_all(struct cli *cli)
{
    struct list rows = { 0 };
    struct str next = { 0 };
    int64_t total = 0;
    if (cycle_list(&cli->c, 1000, next, &rows, &next, &total) != ERR_OK)
        return cli_fail(cli);
    if (cli->json) {
        cli_show_list(cli, &cycle_schema, &rows);
        return EXIT_OK;
    }
    const struct cycle *cy = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        cli_print(cli, "%.*s  %-13s %-6s %6lld of %lld seats  %.*s\n", STR_ARG(cy[i].cycle_id),
                  phase_names.v[cy[i].phase], cy[i].is_open ? "open" : "closed",
                  (long long)cy[i].selected_count, (long long)cy[i].max_seats,
                  STR_ARG(cy[i].cycle_name));
    return EXIT_OK;
}

static err cycle_step(struct cli *cli, const struct cycle_flags *f, struct str verb,
                      struct cycle *ret)
{
    struct phase_reply reply = { 0 };
    const struct selection_weights weights = { f->weight_application, f->weight_interview };
    const struct selection_request select = { f->mode, f->factor, &weights };
    struct phase_request q = { .cycle_id = cli->args[1],
                               .verb = str_z(cli->c.mem, verb),
                               .provider = f->provider,
                               .budget_tokens = f->budget_tokens,
                               .budget_micro = f->budget_micro,
                               .force = f->force,
                               .respond_async = true };
    if (str_eq(verb, S("select")))
        TRY(selection_plan_make(&cli->c, &select, &q.plan));
    if (str_eq(verb, S("publish")))
        TRY(progress_fairness(&cli->c, q.cycle_id, !cli->json));
    TRY(phase_step(&cli->c, &q, &reply));
    *ret = reply.cycle;
    if (reply.waits_until)
        fprintf(stderr, "enigma: noted; %s runs when another administrator asks for the same\n",
                q.verb);
    if (!reply.job_id.p)
        return ERR_OK;
    TRY(progress_follow(&cli->c, q.verb, reply.job_id, !cli->json));
    return cycle_get(&cli->c, cli->args[1], ret);
}

static err cycle_verb(struct cli *cli, const struct cycle_flags *f, struct str verb,
                      struct cycle *ret)
{
    struct ctx *c = &cli->c;
    if (str_eq(verb, S("create"))) {
        if (!f->name.p || f->seats < 1) /* it closes the cycle that is open: not by mistake */
            return FAIL(c, INVALID, "cycle create needs --name NAME and --seats N");
        const int64_t day = 86400000000LL;
        int64_t start = f->start ? f->start : c->now_us;
        int64_t end = f->end ? f->end : start + 30 * day;
        const struct cycle_new n = { .cycle_name = f->name,
                                     .max_seats = f->seats,
                                     .start_date = start,
                                     .end_date = end,
                                     .result_date = f->result ? f->result : end + 30 * day };
        TRY(cycle_new_check(c, &n));
        return cycle_create(c, &n, ret);
    }
    if (cli->n_args < 2)
        return FAIL(c, INVALID, "cycle %.*s needs a CYCLE_ID", STR_ARG(verb));
    if (str_eq(verb, S("show")))
        return cycle_get(c, cli->args[1], ret);
    if (str_eq(verb, S("open")))
        return cycle_open(c, cli->args[1], ret);
    if (str_eq(verb, S("close")))
        return cycle_close(c, cli->args[1], ret);
    if (!phase_rule_of(str_z(c->mem, verb)))
        return FAIL(c, INVALID, "cycle has no verb %.*s", STR_ARG(verb));
    return cycle_step(cli, f, verb, ret);
}

int cmd_cycle(struct cli *cli, const void *flags)
{
    const struct cycle_flags *f = flags;
    int code = EXIT_OK;
    struct cycle cy = { 0 };
    if (cli->n_args == 0)
        return cli_usage(cli, "cycle needs a verb: see enigma cycle --help");
    struct str verb = cli->args[0];
    bool reads = str_eq(verb, S("list")) || str_eq(verb, S("show"));
    if (!cli_open(cli, reads ? 0 : OPEN_SHARED, &code))
        return code;
    if (str_eq(verb, S("list")))
        return cycle_list_all(cli);
    if (!reads && (installation_start_jobs(&cli->c, &cli->in) != ERR_OK ||
                   operator_act_as(&cli->c, f->as) != ERR_OK))
        return cli_fail(cli);
    if (cycle_verb(cli, f, verb, &cy) != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &cycle_schema, &cy);
    return EXIT_OK;
}

static bool batch_arg(struct cli *cli, int64_t *ret)
{
    return cli->n_args > 0 && str_i64(cli->args[0], ret);
}

int cmd_batch_status(struct cli *cli, const void *flags)
{
    (void)flags;
    int64_t id = 0;
    int code = EXIT_OK;
    struct batch_status s = { 0 };
    if (!batch_arg(cli, &id))
        return cli_usage(cli, "batch status needs a BATCH_ID");
    if (!cli_open(cli, 0, &code))
        return code;
    if (batch_status_get(&cli->c, id, &s) != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &batch_status_schema, &s);
    return EXIT_OK;
}

int cmd_batch_failures(struct cli *cli, const void *flags)
{
    enum { FAILURES_MAX = 1000 };
    (void)flags;
    int64_t id = 0;
    int code = EXIT_OK;
    struct list rows = { 0 };
    if (!batch_arg(cli, &id))
        return cli_usage(cli, "batch failures needs a BATCH_ID");
    if (!cli_open(cli, 0, &code))
        return code;
    if (batch_failures(&cli->c, id, FAILURES_MAX, &rows) != ERR_OK)
        return cli_fail(cli);
    cli_show_list(cli, &job_failure_schema, &rows);
    return EXIT_OK;
}

struct import_flags {
    struct str as;
};
static const struct field import_fields[] = {
    FIELD_STR(struct import_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
};
SCHEMA(import_flags_schema, "ImportFlags", struct import_flags, import_fields);

static err retry_batch(struct cli *cli, int64_t id, struct batch_status *ret)
{
    struct str job_id = { 0 };
    TRY(batch_retry(&cli->c, id, ret, &job_id));
    if (!job_id.p)
        return ERR_OK;
    TRY(progress_follow(&cli->c, "processing", job_id, !cli->json));
    return batch_status_get(&cli->c, ret->batch_id, ret);
}

int cmd_batch_retry(struct cli *cli, const void *flags)
{
    const struct import_flags *f = flags;
    int64_t id = 0;
    int code = EXIT_OK;
    struct batch_status s = { 0 };
    if (!batch_arg(cli, &id))
        return cli_usage(cli, "batch retry needs a BATCH_ID");
    if (!cli_open(cli, OPEN_SHARED, &code))
        return code;
    if (installation_start_jobs(&cli->c, &cli->in) != ERR_OK ||
        operator_act_as(&cli->c, f->as) != ERR_OK || retry_batch(cli, id, &s) != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &batch_status_schema, &s);
    return EXIT_OK;
}

/* The file mapped, or standard input spooled and mapped. */
static err import_text(struct cli *cli, struct str *ret)
{
    enum { COPY = 65536 };
    struct ctx *c = &cli->c;
    struct stat st;
    int fd = -1;
    if (str_eq(cli->args[1], S("-"))) {
        TRY(file_spool(c, str_z(c->mem, cli->in.o.data_dir), &fd));
        char *block = arena_raw(c->mem, COPY, 1, 1);
        for (ssize_t n; (n = read(STDIN_FILENO, block, COPY)) > 0;)
            TRY(file_write_all(c, fd, (struct str){ block, (size_t)n }));
    } else {
        fd = open(str_z(c->mem, cli->args[1]), O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0 || fstat(fd, &st) != 0)
        return FAIL(c, INVALID, "%.*s cannot be read", STR_ARG(cli->args[1]));
    err e = file_map(c, c->mem, fd, (size_t)st.st_size, ret);
    close(fd);
    return e;
}

int cmd_import(struct cli *cli, const void *flags)
{
    const struct import_flags *f = flags;
    int64_t id = 0;
    int code = EXIT_OK;
    struct str text = { 0 };
    struct import_report r = { 0 };
    if (!batch_arg(cli, &id) || cli->n_args < 2)
        return cli_usage(cli, "import needs a BATCH_ID and a FILE");
    if (!cli_open(cli, OPEN_SHARED, &code))
        return code;
    if (installation_start_models(&cli->c, &cli->in) != ERR_OK ||
        operator_act_as(&cli->c, f->as) != ERR_OK || import_text(cli, &text) != ERR_OK ||
        import_jsonl(&cli->c, id, text, &r) != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &import_report_schema, &r);
    return r.rejected_count ? EXIT_FAILED : EXIT_OK;
}

struct export_flags {
    struct str as, output;
};
static const struct field export_fields[] = {
    FIELD_STR(struct export_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_STR(struct export_flags, output, .flags = FIELD_NULL, .max = 1024,
              .doc = "New file to write; standard output when left out."),
};
SCHEMA(export_flags_schema, "ExportFlags", struct export_flags, export_fields);

static err sink_write(void *arg, struct ctx *c, struct str bytes)
{
    if (fwrite(bytes.p, 1, bytes.n, arg) != bytes.n)
        return FAIL(c, UPSTREAM, "the output cannot be written");
    return ERR_OK;
}

static err run_export(struct cli *cli, bool csv, FILE *to)
{
    int64_t rows = 0;
    return csv ? export_csv(&cli->c, cli->args[1], sink_write, to, &rows)
               : export_jsonl(&cli->c, cli->args[1], sink_write, to, &rows);
}

int cmd_export(struct cli *cli, const void *flags)
{
    const struct export_flags *f = flags;
    int code = EXIT_OK;
    if (cli->n_args < 2)
        return cli_usage(cli, "export needs jsonl or csv, and a CYCLE_ID");
    bool csv = str_eq(cli->args[0], S("csv"));
    if (!csv && !str_eq(cli->args[0], S("jsonl")))
        return cli_usage(cli, "export knows jsonl and csv");
    if (!cli_open(cli, 0, &code))
        return code;
    FILE *to = f->output.p ? fopen(str_z(cli->c.mem, f->output), "wxe") : stdout;
    if (!to)
        return cli_usage(cli, "%.*s exists or cannot be written", STR_ARG(f->output));
    err e = operator_act_as(&cli->c, f->as);
    if (e == ERR_OK)
        e = run_export(cli, csv, to);
    bool lost = to != stdout ? fclose(to) != 0 : fflush(stdout) != 0;
    if (e == ERR_OK && lost)
        e = FAIL(&cli->c, UPSTREAM, "the output cannot be written");
    return e == ERR_OK ? EXIT_OK : cli_fail(cli);
}
