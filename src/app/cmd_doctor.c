/* doctor: runs every check, prints a line for each finding, and says by its exit code how it is. */
#include "app/cmds.h"
#include "app/doctor.h"
#include "base/str.h"

struct doctor_flags {
    bool quick;
};
static const struct field doctor_fields[] = {
    FIELD_BOOL(struct doctor_flags, quick, .preset = "false",
               .doc = "Leave out what reads everything: the pages and the whole log."),
};
SCHEMA(doctor_flags_schema, "DoctorFlags", struct doctor_flags, doctor_fields);

struct doctor_report {
    struct str result;
    int64_t warnings, failures, duration_ms;
    struct list findings;
};
static const struct field report_fields[] = {
    FIELD_STR(struct doctor_report, result),
    FIELD_I64(struct doctor_report, warnings),
    FIELD_I64(struct doctor_report, failures),
    FIELD_LIST(struct doctor_report, findings, .of = &doctor_finding_schema),
    FIELD_I64(struct doctor_report, duration_ms),
};
static SCHEMA(report_schema, "DoctorReport", struct doctor_report, report_fields);

static void print_new(struct doctor *d, size_t from)
{
    for (size_t i = from; i < d->n; i++) {
        const struct doctor_finding *f = &d->findings[i];
        cli_print(d->cli, "%-4s  %-9.*s %.*s\n", doctor_level_names.v[f->level], STR_ARG(f->check),
                  STR_ARG(f->text));
        if (f->remedy.p)
            cli_print(d->cli, "      %-9s → %.*s\n", "", STR_ARG(f->remedy));
    }
    cli_flush(d->cli);
}

int cmd_doctor(struct cli *cli, const void *flags)
{
    const struct doctor_flags *f = flags;
    struct doctor *d = arena_new(cli->c.mem, struct doctor);
    int64_t began_us = clock_system.mono_us(NULL);
    *d = (struct doctor){ .cli = cli,
                          .c = &cli->c,
                          .in = &cli->in,
                          .quick = f->quick,
                          .seen = cli->json ? NULL : print_new };
    cli->in.unhurried = true;
    installation_begin(&cli->c, &cli->in);
    doctor_run(d);
    const struct doctor_report r = {
        .result = str_of(doctor_level_names.v[d->failures   ? DOCTOR_FAIL
                                              : d->warnings ? DOCTOR_WARN
                                                            : DOCTOR_OK]),
        .warnings = (int64_t)d->warnings,
        .failures = (int64_t)d->failures,
        .findings = { .v = d->findings, .n = d->n },
        .duration_ms = (clock_system.mono_us(NULL) - began_us) / 1000,
    };
    if (cli->json)
        cli_show(cli, &report_schema, &r);
    else
        cli_print(cli, "\n%zu checks: %lld faults, %lld warnings\n", d->n, (long long)r.failures,
                  (long long)r.warnings);
    return d->failures ? EXIT_FAILED : d->warnings ? EXIT_WEAKER : EXIT_OK;
}
