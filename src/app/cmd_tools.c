/* audit, docs, config, completion: the verbs that read and print. */
#include <stdio.h>
#include <unistd.h>

#include "api/routes.h"
#include "app/cmds.h"
#include "base/str.h"
#include "domain/phase.h"
#include "http/openapi.h"
#include "live/live.h"
#include "service/audit_verify.h"
#include "service/bias_queue.h"
#include "service/evaluate_state.h"

enum { VERIFY_CACHE_KIB = 16384 };

struct audit_verify_flags {
    struct str db;
    bool rows, legacy;
};
static const struct field audit_verify_fields[] = {
    FIELD_STR(struct audit_verify_flags, db, .flags = FIELD_NULL, .max = 1024,
              .doc = "Another database file; keys come from --data-dir, else from beside it."),
    FIELD_BOOL(struct audit_verify_flags, rows, .preset = "true",
               .doc = "Open the commitments against the rows (--no-rows: chain and tree only)."),
    FIELD_BOOL(struct audit_verify_flags, legacy, .preset = "false",
               .doc = "List the breaks of imported chains; exit code 3 when there are any."),
};
SCHEMA(audit_verify_flags_schema, "AuditVerifyFlags", struct audit_verify_flags,
       audit_verify_fields);

static void show_verify(void *arg, int64_t done, int64_t total)
{
    (void)arg;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r  verifying  %lld of %lld\033[K", (long long)done, (long long)total);
}

static void print_findings(struct cli *cli, const struct verify_report *r)
{
    const struct verify_invalid *v = r->invalid_entries.v;
    const struct verify_checks *k = r->checks;
    cli_print(cli,
              "%s\nentries   %lld\nroot      %.*s\nchain     %.*s\nrows      %.*s\n"
              "took      %lld ms\n",
              r->is_valid ? "VALID" : "TAMPERED", (long long)r->chain_length, STR_ARG(r->root_hash),
              STR_ARG(k->chain), STR_ARG(k->rows), (long long)r->duration_ms);
    for (size_t i = 0; i < r->invalid_entries.n; i++)
        cli_print(cli, "  entry %-8lld %-18.*s %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                  STR_ARG(v[i].detail));
}

static int64_t print_legacy(struct cli *cli, const struct verify_report *r)
{
    const struct verify_legacy *v = r->legacy.v;
    int64_t breaks = 0;
    for (size_t i = 0; i < r->legacy.n; i++) {
        const struct str *broken = v[i].broken.v;
        breaks += v[i].breaks;
        if (cli->json)
            continue;
        cli_print(cli, "imported %.*s chain: %lld rows, %lld breaks\n", STR_ARG(v[i].kind),
                  (long long)v[i].rows, (long long)v[i].breaks);
        for (size_t k = 0; k < v[i].broken.n; k++)
            cli_print(cli, "  row %.*s\n", STR_ARG(broken[k]));
    }
    return breaks;
}

/* Another file; its own folder has the keys, unless the command line names one. */
static void use_database(struct cli *cli, struct str path)
{
    size_t slash = path.n;
    cli->in.o.database_url = str_fmt(cli->c.mem, "sqlite:%.*s", STR_ARG(path));
    if (cli->in.origins.of[0] != FROM_DEFAULT) /* data_dir is the first option */
        return;
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    cli->in.o.data_dir = slash > 1 ? str_sub(path, 0, slash - 1) : S(".");
}

/* One connection meets the rows of all tables in the order of the log, which is not theirs. */
static void widen_cache(struct cli *cli)
{
    for (size_t i = 0; i < options_schema.n; i++)
        if (strcmp(options_schema.fields[i].name, "database_cache_kib") == 0 &&
            cli->in.origins.of[i] == FROM_DEFAULT)
            cli->in.o.database_cache_kib = VERIFY_CACHE_KIB;
}

int cmd_audit_verify(struct cli *cli, const void *flags)
{
    const struct audit_verify_flags *f = flags;
    const struct verify_options o = { .rows = f->rows, .progress = cli->json ? NULL : show_verify };
    struct verify_report r = { 0 };
    int code = EXIT_OK;
    if (f->db.p)
        use_database(cli, f->db);
    widen_cache(cli);
    cli->in.unhurried = true;
    if (!cli_open(cli, OPEN_READ_ONLY, &code))
        return code;
    err e = audit_verify(&cli->c, &o, &r);
    if (!cli->json && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    if (e != ERR_OK) {
        cli_fail(cli);
        return EXIT_DATA;
    }
    if (cli->json)
        cli_show(cli, &verify_report_schema, &r);
    else
        print_findings(cli, &r);
    const int64_t breaks = f->legacy ? print_legacy(cli, &r) : 0;
    if (!r.is_valid)
        return EXIT_FAILED;
    return breaks ? EXIT_WEAKER : EXIT_OK;
}

int cmd_audit_schema(struct cli *cli, const void *flags)
{
    (void)flags;
    audit_schema_write(&cli->out);
    return EXIT_OK;
}

/* One row for each graph there is. */
static const struct graph *const graphs[] = { &evaluate_graph, &bias_graph };

static int docs_graph(struct cli *cli)
{
    const struct str name = cli->n_args > 1 ? cli->args[1] : S("evaluate");
    for (size_t i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++)
        if (str_eq(str_of(graphs[i]->name), name)) {
            graph_write_mermaid(graphs[i], &cli->out);
            return EXIT_OK;
        }
    return cli_usage(cli, "there is no graph %.*s; known: evaluate", STR_ARG(name));
}

static void docs_routes(struct cli *cli)
{
    size_t n = 0;
    const struct route_table *tables = rooms_tables(&cli->c, &n);
    routes_write_markdown(&cli->out, tables, n);
}

int cmd_docs(struct cli *cli, const void *flags)
{
    (void)flags;
    size_t n = 0;
    const struct route_table *tables = api_tables(&n);
    struct str what = cli->n_args ? cli->args[0] : S("");
    if (str_eq(what, S("openapi")))
        openapi_write(&cli->out, &api_info, tables, n);
    else if (str_eq(what, S("routes")))
        docs_routes(cli);
    else if (str_eq(what, S("messages")))
        live_write_messages(&cli->out);
    else if (str_eq(what, S("phases")))
        phases_write_markdown(&cli->out);
    else if (str_eq(what, S("graph")))
        return docs_graph(cli);
    else if (str_eq(what, S("matrix")))
        routes_write_matrix(&cli->out, tables, n);
    else if (str_eq(what, S("rights")))
        routes_write_rights(&cli->out, tables, n);
    else if (str_eq(what, S("options")))
        options_write_markdown(&cli->out);
    else if (str_eq(what, S("man")))
        cli_write_man(&cli->out);
    else
        return cli_usage(
            cli, "docs prints openapi, routes, messages, phases, graph NAME, matrix, rights, "
                 "options or man");
    return EXIT_OK;
}

/* The value as text; secrets only say whether they are set. */
static void show_option(struct cli *cli, const struct field *f)
{
    const struct schema one = { "Options", f, sizeof(struct options), 1 };
    struct buf b;
    char env[64];
    buf_init(&b, cli->c.mem, 8192);
    schema_encode_masked(&one, &cli->in.o, &b);
    struct str v = buf_view(&b);
    size_t skip = strlen(f->name) + 4;
    v = v.n > skip ? str_sub(v, skip, v.n - skip - 1) : S("null");
    size_t i = (size_t)(f - options_schema.fields);
    cli_print(cli, "%-28s %-32.*s %s\n", option_env_name(f, env), STR_ARG(v),
              option_origin_text[cli->in.origins.of[i]]);
}

int cmd_config(struct cli *cli, const void *flags)
{
    (void)flags;
    struct str what = cli->n_args ? cli->args[0] : S("check");
    if (str_eq(what, S("sample"))) {
        options_write_sample(&cli->out);
        return EXIT_OK;
    }
    if (!str_eq(what, S("check")))
        return cli_usage(cli, "config knows check and sample");
    if (cli->json) {
        schema_encode_masked(&options_schema, &cli->in.o, &cli->out);
        buf_c(&cli->out, '\n');
    } else {
        for (size_t i = 0; i < options_schema.n; i++)
            show_option(cli, &options_schema.fields[i]);
    }
    return options_check(&cli->c, &cli->in.o) == ERR_OK ? EXIT_OK : cli_fail(cli);
}

int cmd_completion(struct cli *cli, const void *flags)
{
    (void)flags;
    if (cli->n_args && cli_write_completion(&cli->out, cli->args[0]))
        return EXIT_OK;
    return cli_usage(cli, "completion knows bash, zsh and fish");
}
