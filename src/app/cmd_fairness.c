/* fairness: the counterfactual fairness check of a cycle. */
#include <stdio.h>

#include "app/cmds.h"
#include "app/progress.h"
#include "base/str.h"
#include "service/fairness.h"
#include "service/operator.h"

enum { POINTS_MAX = 32 };

struct fairness_flags {
    struct str as, reason;
};
static const struct field flags_fields[] = {
    FIELD_STR(struct fairness_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_STR(struct fairness_flags, reason, .flags = FIELD_NULL, .max = 2000,
              .doc = "override: why the cycle is published all the same."),
};
SCHEMA(fairness_flags_schema, "FairnessFlags", struct fairness_flags, flags_fields);

/* "-1.05", or "-" where there is none. */
static const char *points(int64_t e2, char room[POINTS_MAX])
{
    const int64_t size = e2 < 0 ? -e2 : e2;
    if (e2 == SCHEMA_NULL_I64)
        return "-";
    snprintf(room, POINTS_MAX, "%s%lld.%02lld", e2 < 0 ? "-" : "", (long long)(size / 100),
             (long long)(size % 100));
    return room;
}

static void print_signal(struct cli *cli, const struct fairness_signal_report *s)
{
    char mean[POINTS_MAX], low[POINTS_MAX], high[POINTS_MAX], gap[POINTS_MAX];
    cli_print(cli, "%-8s %-6s shift %7s  95 %% %7s to %7s  gap %6s  (%lld of %lld)\n",
              fairness_signal_names.v[s->signal], s->passed ? "passed" : "FAILED",
              points(s->mean_shift, mean), points(s->low, low), points(s->high, high),
              points(s->largest_gap, gap), (long long)s->made, (long long)s->planned);
    if (s->why.p)
        cli_print(cli, "         %.*s\n", STR_ARG(s->why));
}

static void print_report(struct cli *cli, const struct fairness *f)
{
    const struct fairness_report *r = f->report;
    const struct fairness_signal_report *s = r->signals.v;
    const struct fairness_worst *w = f->worst.v;
    const struct fairness_shift *noise = r->noise;
    char mean[POINTS_MAX], deviation[POINTS_MAX], shift[POINTS_MAX];
    cli_print(cli, "%.*s%s, %lld of %lld applications, %lld variants of each signal\n",
              STR_ARG(r->evaluator), r->baseline ? " (baseline)" : "", (long long)r->sampled,
              (long long)r->population, (long long)r->variants);
    for (size_t i = 0; i < r->signals.n; i++)
        print_signal(cli, &s[i]);
    if (noise)
        cli_print(cli, "noise           shift %7s  deviation %s\n", points(noise->mean_shift, mean),
                  points(noise->deviation, deviation));
    for (size_t i = 0; i < f->worst.n; i++)
        cli_print(cli, "worst    %-6s %-20.*s %.*s %s\n", fairness_signal_names.v[w[i].signal],
                  STR_ARG(w[i].group), STR_ARG(w[i].anonymized_id), points(w[i].shift, shift));
}

static void print_all(struct cli *cli, const struct fairness *f)
{
    static const char *const states[] = { "not run", "running", "stopped", "passed", "failed" };
    if (cli->json) {
        cli_show(cli, &fairness_schema, f);
        return;
    }
    cli_print(cli, "%.*s: %s, publication %s\n", STR_ARG(f->cycle_id), states[f->state],
              f->open ? "open" : "shut");
    if (f->blocker.p)
        cli_print(cli, "because %.*s\n", STR_ARG(f->blocker));
    if (f->override_at)
        cli_print(cli, "overridden by %.*s: %.*s\n", STR_ARG(f->override_by),
                  STR_ARG(f->override_reason));
    if (f->waits_until)
        fprintf(stderr, "enigma: noted; it counts when another super_admin asks for the same\n");
    if (f->report)
        print_report(cli, f);
}

static err run_check(struct cli *cli, struct fairness *ret)
{
    TRY(installation_start_jobs(&cli->c, &cli->in));
    TRY(fairness_start(&cli->c, cli->args[1], true, ret));
    TRY(progress_follow(&cli->c, "fairness", ret->job_id, !cli->json));
    return fairness_get(&cli->c, cli->args[1], ret);
}

static err override(struct cli *cli, const struct fairness_flags *f, struct fairness *ret)
{
    enum { REASON_LEAST = 10 };
    const struct fairness_override v = { f->reason };
    if (f->reason.n < REASON_LEAST)
        return FAIL(&cli->c, INVALID, "override needs --reason of at least %d characters",
                    REASON_LEAST);
    return fairness_override(&cli->c, cli->args[1], &v, ret);
}

int cmd_fairness(struct cli *cli, const void *flags)
{
    const struct fairness_flags *f = flags;
    const struct str verb = cli->n_args ? cli->args[0] : S("");
    const bool run = str_eq(verb, S("run")), report = str_eq(verb, S("report"));
    struct fairness shown = { .state = FAIRNESS_NONE };
    int code = EXIT_OK;
    err e = ERR_OK;
    if (!run && !report && !str_eq(verb, S("override")))
        return cli_usage(cli, "fairness needs run, report or override");
    if (cli->n_args < 2)
        return cli_usage(cli, "fairness %.*s needs a CYCLE_ID", STR_ARG(verb));
    if (!cli_open(cli, report ? 0 : OPEN_SHARED, &code))
        return code;
    if (!report)
        e = operator_act_as(&cli->c, f->as);
    if (e == ERR_OK)
        e = run      ? run_check(cli, &shown)
            : report ? fairness_get(&cli->c, cli->args[1], &shown)
                     : override(cli, f, &shown);
    if (e != ERR_OK)
        return cli_fail(cli);
    print_all(cli, &shown);
    return shown.open ? EXIT_OK : EXIT_FAILED;
}
