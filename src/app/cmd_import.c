/* import postgres: an original installation, table by table. */
#include <stdio.h>
#include <unistd.h>

#include "app/cmds.h"
#include "base/str.h"
#include "os/file.h"
#include "service/original_import.h"

enum { KEY_FILE_MAX = 4096 };

struct import_postgres_flags {
    struct str url, encryption_key, encryption_key_file;
    bool dry_run;
};
static const struct field import_postgres_fields[] = {
    FIELD_STR(struct import_postgres_flags, url, .flags = FIELD_NULL | FIELD_SECRET, .max = 2048,
              .doc = "postgresql://… of the original; its password is better kept in ~/.pgpass."),
    FIELD_STR(struct import_postgres_flags, encryption_key, .flags = FIELD_NULL | FIELD_SECRET,
              .max = 400,
              .doc = "The original's ENCRYPTION_KEY, several with commas; without one this "
                     "installation's keys are tried."),
    FIELD_STR(struct import_postgres_flags, encryption_key_file, .flags = FIELD_NULL, .max = 1024,
              .doc = "The same in a file, so that no other user sees it."),
    FIELD_BOOL(struct import_postgres_flags, dry_run, .preset = "false",
               .doc = "Do everything, report it, and take it back."),
};
SCHEMA(import_postgres_flags_schema, "ImportPostgresFlags", struct import_postgres_flags,
       import_postgres_fields);

static void show_progress(void *arg, const char *what, int64_t done)
{
    (void)arg;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r  importing  %s %lld\033[K", what, (long long)done);
}

static void print_tables(struct cli *cli, const struct original_report *r)
{
    const struct original_table_count *t = r->tables.v;
    cli_print(cli, "%-24s %9s %9s %9s %9s %9s %9s\n", "table", "there", "imported", "before",
              "left out", "sign-ins", "later");
    for (size_t i = 0; i < r->tables.n; i++)
        if (t[i].source)
            cli_print(cli, "%-24.*s %9lld %9lld %9lld %9lld %9lld %9lld\n", STR_ARG(t[i].table),
                      (long long)t[i].source, (long long)t[i].imported, (long long)t[i].already,
                      (long long)t[i].left_out, (long long)t[i].dropped, (long long)t[i].later);
}

static void print_findings(struct cli *cli, const struct original_report *r)
{
    const struct original_remark *m = r->remarks.v;
    const struct original_problem *p = r->problems.v;
    const struct original_chain *ch = r->chains.v;
    for (size_t i = 0; i < r->chains.n; i++) {
        const struct str *broken = ch[i].broken.v;
        cli_print(cli, "%.*s chain: %lld rows, %lld breaks\n", STR_ARG(ch[i].kind),
                  (long long)ch[i].rows, (long long)ch[i].breaks);
        for (size_t k = 0; k < ch[i].broken.n; k++)
            cli_print(cli, "  row %.*s\n", STR_ARG(broken[k]));
    }
    for (size_t i = 0; i < r->remarks.n; i++)
        cli_print(cli, "%9lld  %.*s%s\n", (long long)m[i].rows, STR_ARG(m[i].problem),
                  m[i].left_out ? " (left out)" : "");
    for (size_t i = 0; i < r->problems.n; i++)
        cli_print(cli, "  %.*s %.*s: %.*s\n", STR_ARG(p[i].table), STR_ARG(p[i].id),
                  STR_ARG(p[i].problem));
    if (r->problems_total > (int64_t)r->problems.n)
        cli_print(cli, "  and %lld more\n",
                  (long long)(r->problems_total - (int64_t)r->problems.n));
}

static void print_report(struct cli *cli, const struct original_report *r)
{
    cli_print(cli, "original at migration %.*s\n", STR_ARG(r->schema));
    print_tables(cli, r);
    print_findings(cli, r);
    cli_print(cli, "%s%.*s\n", r->dry_run ? "dry run: " : "", STR_ARG(r->message));
}

static err old_keys(struct cli *cli, const struct import_postgres_flags *f, struct str *ret)
{
    *ret = f->encryption_key;
    if (!f->encryption_key_file.p)
        return ERR_OK;
    if (f->encryption_key.p)
        return FAIL(&cli->c, INVALID, "say --encryption-key or --encryption-key-file, not both");
    TRY(file_read(&cli->c, cli->c.mem, str_z(cli->c.mem, f->encryption_key_file), KEY_FILE_MAX,
                  ret));
    *ret = str_trim(*ret);
    return ERR_OK;
}

int cmd_import_postgres(struct cli *cli, const void *flags)
{
    const struct import_postgres_flags *f = flags;
    struct original_options o = { .url = f->url,
                                  .dry_run = f->dry_run,
                                  .progress = cli->json ? NULL : show_progress };
    struct original_report r = { 0 };
    int code = EXIT_OK;
    if (!f->url.p)
        return cli_usage(cli, "import postgres needs --url postgresql://…");
    if (old_keys(cli, f, &o.old_keys) != ERR_OK)
        return cli_fail(cli);
    if (!cli_open(cli, OPEN_EXCLUSIVE, &code))
        return code;
    const err e = original_import(&cli->c, &o, &r);
    if (!cli->json && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    if (e != ERR_OK)
        return cli_fail(cli);
    if (cli->json)
        cli_show(cli, &original_report_schema, &r);
    else
        print_report(cli, &r);
    return r.complete ? EXIT_OK : EXIT_PARTLY;
}
