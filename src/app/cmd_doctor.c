/* doctor: runs every check, prints a line for each finding, and says by its exit code how it is. */
#include <stdarg.h>
#include <unistd.h>

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

static const char *const level_text[] = { "ok", "warn", "fail" };
NAMES(doctor_level_names, level_text);
static const struct field finding_fields[] = {
    FIELD_STR(struct doctor_finding, check),
    FIELD_NAMED(struct doctor_finding, level, "level", F_ENUM, int32_t,
                .names = &doctor_level_names),
    FIELD_STR(struct doctor_finding, text),
    FIELD_STR(struct doctor_finding, remedy, .flags = FIELD_NULL),
};
SCHEMA(doctor_finding_schema, "DoctorFinding", struct doctor_finding, finding_fields);

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

enum doctor_needs { NEEDS_NOTHING, NEEDS_DATABASE, NEEDS_SCHEMA };
static const struct {
    const char *name;
    enum doctor_needs needs;
    bool reads_all;
    void (*run)(struct doctor *d);
} checks[] = {
    { "folder", NEEDS_NOTHING, false, doctor_folder },
    { "keys", NEEDS_NOTHING, false, doctor_keys },
    { "options", NEEDS_NOTHING, false, doctor_options },
    { "listen", NEEDS_NOTHING, false, doctor_listen },
    { "tls", NEEDS_NOTHING, false, doctor_tls },
    { "limits", NEEDS_NOTHING, false, doctor_limits },
    { "sign-in", NEEDS_NOTHING, false, doctor_signin },
    { "database", NEEDS_NOTHING, false, doctor_database },
    { "disk", NEEDS_NOTHING, false, doctor_disk },
    { "engine", NEEDS_DATABASE, false, doctor_engine },
    { "clock", NEEDS_DATABASE, false, doctor_clock },
    { "schema", NEEDS_DATABASE, false, doctor_schema },
    { "pages", NEEDS_DATABASE, true, doctor_pages },
    { "log-head", NEEDS_SCHEMA, false, doctor_head },
    { "log", NEEDS_SCHEMA, false, doctor_log },
    { "sealed", NEEDS_SCHEMA, false, doctor_sealed },
    { "accounts", NEEDS_SCHEMA, false, doctor_accounts },
    { "work", NEEDS_SCHEMA, false, doctor_work },
};

static void add(struct doctor *d, enum doctor_level level, const char *remedy, const char *fmt,
                va_list ap)
{
    char text[FAULT_TEXT_MAX * 2];
    vsnprintf(text, sizeof(text), fmt, ap);
    d->warnings += level == DOCTOR_WARN;
    d->failures += level == DOCTOR_FAIL;
    if (d->n == DOCTOR_FINDINGS_MAX)
        return;
    d->findings[d->n++] = (struct doctor_finding){ .check = str_of(d->check),
                                                   .level = level,
                                                   .text = str_keep(d->c->mem, str_of(text)),
                                                   .remedy = str_of(remedy) };
}

void doctor_ok(struct doctor *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(d, DOCTOR_OK, NULL, fmt, ap);
    va_end(ap);
}

void doctor_bad(struct doctor *d, enum doctor_level level, const char *remedy, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(d, level, remedy, fmt, ap);
    va_end(ap);
}

void doctor_fault(struct doctor *d, const char *remedy)
{
    doctor_bad(d, DOCTOR_FAIL, remedy, "%s", d->c->fault.text);
    fault_clear(d->c);
}

static bool can_run(const struct doctor *d, enum doctor_needs needs)
{
    if (needs == NEEDS_SCHEMA)
        return d->in->db && d->schema && d->keys;
    return needs == NEEDS_NOTHING || d->in->db;
}

static void print_new(struct doctor *d, size_t from)
{
    for (size_t i = from; i < d->n; i++) {
        const struct doctor_finding *f = &d->findings[i];
        cli_print(d->cli, "%-4s  %-9.*s %.*s\n", level_text[f->level], STR_ARG(f->check),
                  STR_ARG(f->text));
        if (f->remedy.p)
            cli_print(d->cli, "      %-9s → %.*s\n", "", STR_ARG(f->remedy));
    }
    cli_flush(d->cli);
}

static void run_checks(struct doctor *d)
{
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        size_t from = d->n;
        d->check = checks[i].name;
        if (!can_run(d, checks[i].needs))
            doctor_bad(d, DOCTOR_WARN, "mend what is said above first", "not looked at");
        else if (!d->quick || !checks[i].reads_all)
            checks[i].run(d);
        if (!d->cli->json)
            print_new(d, from);
    }
}

int cmd_doctor(struct cli *cli, const void *flags)
{
    const struct doctor_flags *f = flags;
    struct doctor *d = arena_new(cli->c.mem, struct doctor);
    int64_t began_us = clock_system.mono_us(NULL);
    *d = (struct doctor){ .cli = cli, .c = &cli->c, .in = &cli->in, .quick = f->quick };
    cli->in.unhurried = true;
    installation_begin(&cli->c, &cli->in);
    run_checks(d);
    const struct doctor_report r = {
        .result = str_of(level_text[d->failures   ? DOCTOR_FAIL
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
