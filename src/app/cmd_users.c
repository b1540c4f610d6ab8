/* users: what the operator does for members of staff, above all when they cannot get in. */
#include "app/cmds.h"
#include "base/str.h"
#include "service/staff.h"

struct users_flags {
    int32_t role;
    bool password_stdin, random_password;
};
static const struct field users_fields[] = {
    FIELD_ENUM(struct users_flags, role, .flags = FIELD_NULL, .names = &admin_role_names,
               .doc = "role: the new one; list: only this one."),
    FIELD_BOOL(struct users_flags, password_stdin, .preset = "false",
               .doc = "reset-password: read it from the first line of standard input."),
    FIELD_BOOL(struct users_flags, random_password, .preset = "false",
               .doc = "reset-password: make one and print it once."),
};
SCHEMA(users_flags_schema, "UsersFlags", struct users_flags, users_fields);

static err list_users(struct cli *cli, const struct users_flags *f)
{
    enum { PAGE = 1000, PAGES_MAX = 1000 };
    struct staff_query q = { .limit = PAGE, .role = f->role };
    for (int i = 0; i < PAGES_MAX; i++) {
        struct list rows = { 0 };
        int64_t total = 0;
        TRY(staff_list(&cli->c, &q, &rows, &q.cursor, &total));
        cli_show_list(cli, &staff_user_schema, &rows);
        if (!q.cursor.p)
            break;
    }
    return ERR_OK;
}

static err change(struct cli *cli, struct staff_user *u, const char *member,
                  const struct staff_change *ch)
{
    struct seen seen = { 0 };
    for (unsigned i = 0; i < staff_change_schema.n; i++)
        if (strcmp(staff_change_schema.fields[i].name, member) == 0)
            seen.bits |= UINT64_C(1) << i;
    return staff_change(&cli->c, u->admin_id, ch, &seen, u);
}

static err set_role(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    if (f->role < 0)
        return FAIL(&cli->c, INVALID, "users role needs --role");
    const struct staff_change ch = { .role = f->role };
    return change(cli, u, "role", &ch);
}

static err deactivate(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    (void)f;
    const struct staff_change ch = { .is_active = false };
    return change(cli, u, "is_active", &ch);
}

static err activate(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    (void)f;
    const struct staff_change ch = { .is_active = true };
    return change(cli, u, "is_active", &ch);
}

static err show(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    (void)cli, (void)f, (void)u;
    return ERR_OK;
}

static err reset_password(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    struct ctx *c = &cli->c;
    struct str password = { 0 };
    if (f->random_password == f->password_stdin)
        return FAIL(c, INVALID, "say --password-stdin or --random-password");
    if (f->random_password)
        password = keys_random_password(c);
    else if (!cmd_read_password(c, &password))
        return FAIL(c, INVALID, "no password on standard input");
    TRY(staff_password_reset(c, u->admin_id, password));
    if (f->random_password)
        cli_print(cli, cli->json ? "{\"password\":\"%.*s\"}\n" : "password (shown once)  %.*s\n",
                  STR_ARG(password));
    return ERR_OK;
}

static err reset_factor(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    (void)f;
    TRY(factor_reset(&cli->c, u->admin_id));
    u->second_factor = false;
    return ERR_OK;
}

static err log_out(struct cli *cli, const struct users_flags *f, struct staff_user *u)
{
    (void)f;
    int64_t ended = 0;
    return staff_logins_end(&cli->c, u->admin_id, &ended);
}

int cmd_users(struct cli *cli, const void *flags)
{
    static const struct {
        const char *verb;
        err (*run)(struct cli *cli, const struct users_flags *f, struct staff_user *u);
        unsigned opens;
    } verbs[] = { { "show", show, 0 },
                  { "role", set_role, OPEN_SHARED },
                  { "deactivate", deactivate, OPEN_SHARED },
                  { "activate", activate, OPEN_SHARED },
                  { "reset-password", reset_password, OPEN_SHARED },
                  { "reset-2fa", reset_factor, OPEN_SHARED },
                  { "logout", log_out, OPEN_SHARED } };
    enum { VERBS_N = sizeof(verbs) / sizeof(verbs[0]) };
    const struct str verb = cli->n_args ? cli->args[0] : S("list");
    const bool lists = str_eq(verb, S("list"));
    struct staff_user user = { 0 };
    int code = EXIT_OK;
    size_t i = 0;
    while (!lists && i < VERBS_N && !str_eq(verb, str_of(verbs[i].verb)))
        i++;
    if (i == VERBS_N)
        return cli_usage(cli, "users has no verb %.*s: see enigma users --help", STR_ARG(verb));
    if (!lists && cli->n_args < 2)
        return cli_usage(cli, "users %s needs a USERNAME", verbs[i].verb);
    if (!cli_open(cli, lists ? 0 : verbs[i].opens, &code))
        return code;
    if (lists)
        return list_users(cli, flags) == ERR_OK ? EXIT_OK : cli_fail(cli);
    err e = staff_find(&cli->c, cli->args[1], &user);
    if (e == ERR_OK)
        e = verbs[i].run(cli, flags, &user);
    if (e != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &staff_user_schema, &user);
    return EXIT_OK;
}
