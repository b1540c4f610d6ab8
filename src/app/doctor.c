/* The checks in their order, and what they find. */
#include <stdarg.h>

#include "app/doctor.h"
#include "base/str.h"

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

void doctor_run(struct doctor *d)
{
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        size_t from = d->n;
        d->check = checks[i].name;
        if (!can_run(d, checks[i].needs))
            doctor_bad(d, DOCTOR_WARN, "mend what is said above first", "not looked at");
        else if (!d->quick || !checks[i].reads_all)
            checks[i].run(d);
        if (d->seen)
            d->seen(d, from);
    }
}
