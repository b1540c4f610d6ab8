/* interview: slots of shortlisted applications from the command line. */
#include "app/cmds.h"
#include "base/str.h"
#include "service/interview.h"
#include "service/operator.h"
#include "service/staff.h"

struct interview_flags {
    struct str as, evaluator, reason, time_zone;
    int64_t time, minutes;
    int32_t status, code;
};
static const int64_t minutes_usual = 30;
static const struct field flags_fields[] = {
    FIELD_STR(struct interview_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_STR(struct interview_flags, evaluator, .flags = FIELD_NULL, .max = 50,
              .doc = "schedule, assign: user name of who interviews; by default --as."),
    FIELD_TIME(struct interview_flags, time, .flags = FIELD_NULL,
               .doc = "schedule, move: when it begins, as 2027-01-31T14:30:00Z."),
    FIELD_I64(struct interview_flags, minutes, .flags = FIELD_NULL, .min = INTERVIEW_MINUTES_MIN,
              .max = INTERVIEW_MINUTES_MAX, .doc = "schedule, move: how long it lasts."),
    FIELD_STR(struct interview_flags, time_zone, .flags = FIELD_NULL, .max = 64,
              .doc = "schedule, move: in which it was arranged, as Europe/Berlin."),
    FIELD_ENUM(struct interview_flags, status, .flags = FIELD_NULL,
               .names = &interview_status_names, .doc = "list: only these."),
    FIELD_ENUM(struct interview_flags, code, .flags = FIELD_NULL, .names = &interview_cancel_names,
               .doc = "cancel: why; by_request when it is not said."),
    FIELD_STR(struct interview_flags, reason, .flags = FIELD_NULL, .max = INTERVIEW_REASON_MAX,
              .doc = "cancel, assign: in words."),
};
SCHEMA(interview_flags_schema, "InterviewFlags", struct interview_flags, flags_fields);

/* What a verb works on: the interview of the number, or an applicant. */
struct work {
    const struct interview_flags *f;
    struct str of;
    int64_t id;
    struct interview shown;
};

static err evaluator_of(struct cli *cli, const struct work *w, struct str *ret)
{
    struct staff_user user;
    *ret = (struct str){ NULL, 0 };
    if (!w->f->evaluator.p)
        return ERR_OK;
    TRY(staff_find(&cli->c, w->f->evaluator, &user));
    *ret = user.admin_id;
    return ERR_OK;
}

static err list_all(struct cli *cli, struct work *w)
{
    enum { PAGES_MAX = 1000 };
    struct interview_page p = { .cycle_id = w->of,
                                .status = w->f->status,
                                .limit = INTERVIEW_LIST_MAX };
    for (int i = 0; i < PAGES_MAX; i++) {
        struct list rows = { 0 };
        struct str next = { 0 };
        int64_t total = 0;
        TRY(interview_list(&cli->c, &p, &rows, &next, &total));
        cli_show_list(cli, &interview_schema, &rows);
        p.cursor = next;
        if (!next.p)
            break;
    }
    return ERR_OK;
}

static err list_waiting(struct cli *cli, struct work *w)
{
    struct list rows = { 0 };
    TRY(interview_waiting_list(&cli->c, w->of, &rows));
    cli_show_list(cli, &interview_waiting_schema, &rows);
    return ERR_OK;
}

static err show_one(struct cli *cli, struct work *w)
{
    TRY(interview_get(&cli->c, w->id, &w->shown));
    cli_show(cli, &interview_schema, &w->shown);
    return ERR_OK;
}

static err export_ics(struct cli *cli, struct work *w)
{
    struct str text;
    TRY(interview_calendar_get(&cli->c, w->id, &text));
    cli_print(cli, "%.*s", STR_ARG(text));
    return ERR_OK;
}

static err schedule(struct cli *cli, struct work *w)
{
    struct interview_new n = { .anonymized_id = w->of,
                               .interview_time = w->f->time,
                               .duration_minutes = w->f->minutes,
                               .time_zone = w->f->time_zone };
    if (!w->f->time)
        return FAIL(&cli->c, INVALID, "schedule needs --time");
    if (n.duration_minutes == SCHEMA_NULL_I64)
        n.duration_minutes = minutes_usual;
    TRY(evaluator_of(cli, w, &n.admin_id));
    TRY(interview_schedule(&cli->c, &n, &w->shown));
    cli_show(cli, &interview_schema, &w->shown);
    return ERR_OK;
}

static void send(struct seen *seen, const char *member)
{
    for (unsigned i = 0; i < interview_change_schema.n; i++)
        if (strcmp(interview_change_schema.fields[i].name, member) == 0)
            seen->bits |= UINT64_C(1) << i;
}

static err move(struct cli *cli, struct work *w)
{
    const struct interview_change ch = { .interview_time = w->f->time,
                                         .duration_minutes = w->f->minutes,
                                         .time_zone = w->f->time_zone,
                                         .status = -1 };
    struct seen seen = { 0 };
    if (w->f->time)
        send(&seen, "interview_time");
    if (w->f->minutes != SCHEMA_NULL_I64)
        send(&seen, "duration_minutes");
    if (w->f->time_zone.p)
        send(&seen, "time_zone");
    if (!seen.bits)
        return FAIL(&cli->c, INVALID, "move needs --time, --minutes or --time-zone");
    TRY(interview_update(&cli->c, w->id, &ch, &seen, (struct str){ NULL, 0 }, &w->shown));
    cli_show(cli, &interview_schema, &w->shown);
    return ERR_OK;
}

static err assign(struct cli *cli, struct work *w)
{
    struct interview_assign q = { .reason = w->f->reason };
    TRY(evaluator_of(cli, w, &q.admin_id));
    TRY(interview_reassign(&cli->c, w->id, &q, &w->shown));
    cli_show(cli, &interview_schema, &w->shown);
    return ERR_OK;
}

static err cancel(struct cli *cli, struct work *w)
{
    const struct interview_cancel q = { w->f->code < 0 ? (int32_t)INTERVIEW_BY_REQUEST : w->f->code,
                                        w->f->reason };
    if (q.code == INTERVIEW_BIAS_BLOCK)
        return FAIL(&cli->c, INVALID, "--code: only the monitor cancels for %s",
                    interview_cancel_names.v[q.code]);
    TRY(interview_cancel(&cli->c, w->id, &q, (struct str){ NULL, 0 }));
    return show_one(cli, w);
}

int cmd_interview(struct cli *cli, const void *flags)
{
    static const struct {
        const char *verb, *needs;
        err (*run)(struct cli *cli, struct work *w);
        bool changes;
    } verbs[] = {
        { "list", "CYCLE_ID", list_all, false },   { "waiting", "CYCLE_ID", list_waiting, false },
        { "show", "NUMBER", show_one, false },     { "export-ics", "NUMBER", export_ics, false },
        { "schedule", "ANON_ID", schedule, true }, { "move", "NUMBER", move, true },
        { "assign", "NUMBER", assign, true },      { "cancel", "NUMBER", cancel, true },
    };
    enum { VERBS_N = sizeof(verbs) / sizeof(verbs[0]) };
    struct work w = { .f = flags, .of = cli->n_args > 1 ? cli->args[1] : S("") };
    const struct str verb = cli->n_args ? cli->args[0] : S("");
    size_t i = 0;
    int code = EXIT_OK;
    while (i < VERBS_N && !str_eq(verb, str_of(verbs[i].verb)))
        i++;
    if (i == VERBS_N)
        return cli_usage(cli, "interview has no verb %.*s: see enigma interview --help",
                         STR_ARG(verb));
    const bool number = strcmp(verbs[i].needs, "NUMBER") == 0;
    if (cli->n_args < 2 || (number && !str_i64(w.of, &w.id)))
        return cli_usage(cli, "interview %s needs %s %s", verbs[i].verb,
                         verbs[i].needs[0] == 'A' ? "an" : "a", verbs[i].needs);
    if (!cli_open(cli, verbs[i].changes ? OPEN_SHARED : 0, &code))
        return code;
    err e = verbs[i].changes ? operator_act_as(&cli->c, w.f->as) : ERR_OK;
    if (e == ERR_OK)
        e = verbs[i].run(cli, &w);
    return e == ERR_OK ? EXIT_OK : cli_fail(cli);
}
