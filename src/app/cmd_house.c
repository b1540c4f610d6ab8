/* serve, init, create-admin, keys: the verbs that set a house up. */
#include <stdio.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/serve.h"
#include "base/str.h"
#include "service/account.h"
#include "service/key_rotation.h"

enum { PASSWORD_LINE_MAX = 2048 };

struct serve_flags {
    bool accept_rollback;
};
static const struct field serve_fields[] = {
    FIELD_BOOL(struct serve_flags, accept_rollback, .preset = "false",
               .doc = "Go on with a database that is behind what this folder has seen of its log."),
};
SCHEMA(serve_flags_schema, "ServeFlags", struct serve_flags, serve_fields);

int cmd_serve(struct cli *cli, const void *flags)
{
    const struct serve_flags *f = flags;
    int code = EXIT_OK;
    cli->in.accept_rollback = f->accept_rollback;
    serve_block_signals(true);
    if (options_check(&cli->c, &cli->in.o) != ERR_OK)
        return cli_fail(cli);
    if (!cli_open(cli, SERVE_OPENS | OPEN_NO_DATABASE, &code))
        return code;
    err e = installation_database(&cli->c, &cli->in, SERVE_OPENS);
    if (e != ERR_OK && !(e == ERR_BUSY && installation_on_server(&cli->in)))
        return cli_open_failed(cli, e, SERVE_OPENS);
    if (e == ERR_BUSY) {
        fprintf(stderr, "enigma: %s; answering 503 until it is\n", cli->c.fault.text);
        fault_clear(&cli->c);
    }
    return serve_until_signal(cli);
}

int cmd_init(struct cli *cli, const void *flags)
{
    (void)flags;
    int code = EXIT_OK;
    if (!cli_open(cli, OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_MIGRATE, &code))
        return code;
    if (cli->json)
        cli_print(cli, "{\"data_dir\":\"%.*s\",\"log\":\"%s\",\"vkey\":\"%s\"}\n",
                  STR_ARG(cli->in.o.data_dir), cli->in.keys.log_origin, cli->in.keys.log_vkey);
    else
        cli_print(cli,
                  "%.*s is ready.\nAudit log:  %s\nLog key:    %s\n"
                  "Keep the log key's line outside this machine: it proves who signed.\n",
                  STR_ARG(cli->in.o.data_dir), cli->in.keys.log_origin, cli->in.keys.log_vkey);
    return EXIT_OK;
}

struct create_admin_flags {
    struct str username, email;
    int32_t role;
    bool password_stdin, random_password;
};
static const struct field create_admin_fields[] = {
    FIELD_STR(struct create_admin_flags, username, .flags = FIELD_NULL, .max = 50,
              .doc = "User name; the argument does as well."),
    FIELD_STR(struct create_admin_flags, email, .flags = FIELD_NULL, .max = 255,
              .doc = "E-mail address."),
    FIELD_ENUM(struct create_admin_flags, role, .names = &admin_role_names, .preset = "admin",
               .doc = "admin, super_admin or auditor."),
    FIELD_BOOL(struct create_admin_flags, password_stdin, .preset = "false",
               .doc = "Read the password from the first line of standard input."),
    FIELD_BOOL(struct create_admin_flags, random_password, .preset = "false",
               .doc = "Make a password and print it once."),
};
SCHEMA(create_admin_flags_schema, "CreateAdminFlags", struct create_admin_flags,
       create_admin_fields);

bool cmd_read_password(struct ctx *c, struct str *ret)
{
    char *line = arena_raw(c->mem, PASSWORD_LINE_MAX, 1, 1);
    if (!fgets(line, PASSWORD_LINE_MAX, stdin))
        return false;
    size_t n = strlen(line);
    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    *ret = (struct str){ line, n };
    return true;
}

int cmd_create_admin(struct cli *cli, const void *flags)
{
    const struct create_admin_flags *f = flags;
    struct admin_new n = { .username = cli->n_args ? cli->args[0] : f->username,
                           .email = f->email,
                           .role = f->role };
    struct admin_me me = { 0 };
    int code = EXIT_OK;
    if (!n.username.p)
        return cli_usage(cli, "create-admin needs a user name");
    if (f->random_password == f->password_stdin)
        return cli_usage(cli, "say --password-stdin or --random-password");
    if (!cli_open(cli, OPEN_CREATE | OPEN_MIGRATE, &code))
        return code;
    if (!n.email.p)
        n.email = str_fmt(cli->c.mem, "%.*s@localhost.localdomain", STR_ARG(n.username));
    if (f->random_password)
        n.password = keys_random_password(&cli->c);
    else if (!cmd_read_password(&cli->c, &n.password))
        return cli_usage(cli, "no password on standard input");
    if (admin_create(&cli->c, &n, &me) != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &admin_me_schema, &me);
    if (f->random_password && cli->json)
        cli_print(cli, "{\"password\":\"%.*s\"}\n", STR_ARG(n.password));
    else if (f->random_password)
        cli_print(cli, "password (shown once)  %.*s\n", STR_ARG(n.password));
    return EXIT_OK;
}

int cmd_keys_generate(struct cli *cli, const void *flags)
{
    (void)flags;
    keys_print_pair(&cli->c, &cli->out);
    return EXIT_OK;
}

static void show_rotation(void *arg, int64_t done, int64_t total)
{
    (void)arg;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r  sealing again  %lld of %lld", (long long)done, (long long)total);
}

/* A new key goes in front unless a rotation was cut: then the ring already holds the old one. */
int cmd_keys_rotate(struct cli *cli, const void *flags)
{
    (void)flags;
    struct ctx *c = &cli->c;
    int code = EXIT_OK;
    int64_t changed = 0;
    if (!cli_open(cli, OPEN_EXCLUSIVE, &code))
        return code;
    if (cli->in.keys.n_fernet == 1 && (keys_add_fernet(c, &cli->in.o) != ERR_OK ||
                                       keys_load(c, &cli->in.o, false, &cli->in.keys) != ERR_OK))
        return cli_fail(cli);
    if (key_rotation_run(c, show_rotation, NULL, &changed) != ERR_OK)
        return cli_fail(cli);
    if (!cli->in.o.encryption_key.p && keys_drop_old(c, &cli->in.o) != ERR_OK)
        return cli_fail(cli);
    if (isatty(STDERR_FILENO))
        fputs("\n", stderr);
    cli_print(cli, cli->json ? "{\"resealed\":%lld}\n" : "%lld values sealed under the new key.\n",
              (long long)changed);
    return EXIT_OK;
}
