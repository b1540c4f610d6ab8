/* Parses the command line by the tables of commands and options, runs one verb, says how it ended.
 */
#include "app/cli.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/str.h"

enum { CLI_ARENA_MAX = 1024 * 1024 * 1024, OUT_MAX = 64 * 1024 * 1024 };

/* ["option","workers"] as " option workers". */
static void print_loc(struct str loc)
{
    for (size_t i = 0; i < loc.n; i++) {
        if (loc.p[i] == '[' || loc.p[i] == ',')
            fputc(' ', stderr);
        else if (loc.p[i] != '"' && loc.p[i] != ']')
            fputc(loc.p[i], stderr);
    }
}

int cli_fail(struct cli *cli)
{
    const struct fault *f = &cli->c.fault;
    cli_flush(cli);
    if (f->n_issues == 0)
        fprintf(stderr, "enigma: %s\n", f->text[0] ? f->text : "failed");
    for (size_t i = 0; i < f->n_issues; i++) {
        fputs("enigma:", stderr);
        print_loc(f->issues[i].loc);
        fprintf(stderr, ": %.*s\n", STR_ARG(f->issues[i].msg));
    }
    switch (f->kind) {
    case ERR_INVALID:
        return EXIT_USAGE;
    case ERR_PHASE:
    case ERR_BAD_REQUEST:
    case ERR_FORBIDDEN:
    case ERR_CONFLICT:
    case ERR_PRECONDITION:
    case ERR_NOT_FOUND:
        return EXIT_REFUSED;
    default:
        return EXIT_FAILED;
    }
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
    cli_flush(cli);
    fputs("enigma: ", stderr);
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs("\n", stderr);
    return EXIT_USAGE;
}

int cli_open_failed(struct cli *cli, err e, unsigned flags)
{
    bool in_use = e == ERR_CONFLICT && (flags & (OPEN_EXCLUSIVE | OPEN_SHARED));
    cli_fail(cli);
    if (cli->in.rolled_back)
        return EXIT_ROLLED_BACK;
    return in_use ? EXIT_IN_USE : e == ERR_INVALID ? EXIT_USAGE : EXIT_DATA;
}

bool cli_open(struct cli *cli, unsigned flags, int *ret_code)
{
    err e = installation_open(&cli->c, &cli->in, flags);
    if (e != ERR_OK)
        *ret_code = cli_open_failed(cli, e, flags);
    return e == ERR_OK;
}

void cli_print(struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char line[4096];
    int n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (n > 0)
        buf_put(&cli->out, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void cli_flush(struct cli *cli)
{
    if (cli->out.n)
        fwrite(cli->out.p, 1, cli->out.n, stdout);
    fflush(stdout);
    buf_clear(&cli->out);
}

void cli_show(struct cli *cli, const struct schema *s, const void *row)
{
    if (cli->json) {
        schema_encode(s, row, &cli->out);
        buf_c(&cli->out, '\n');
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct schema one = { s->name, &s->fields[i], s->size, 1 };
        struct buf b;
        buf_init(&b, cli->c.mem, OUT_MAX);
        schema_encode(&one, row, &b);
        struct str v = buf_view(&b);
        size_t skip = strlen(s->fields[i].name) + 4;
        v = v.n > skip ? str_sub(v, skip, v.n - skip - 1) : S("");
        cli_print(cli, "%-22s ", s->fields[i].name);
        buf_str(&cli->out, v);
        buf_c(&cli->out, '\n');
    }
}

void cli_show_list(struct cli *cli, const struct schema *s, const struct list *rows)
{
    if (cli->json) {
        schema_encode_list(s, rows, &cli->out);
        buf_c(&cli->out, '\n');
        return;
    }
    for (size_t i = 0; i < rows->n; i++) {
        if (i)
            buf_c(&cli->out, '\n');
        cli_show(cli, s, (const char *)rows->v + i * s->size);
    }
}

static const struct command *find_command(struct str a, struct str b, int *ret_words)
{
    for (int words = 2; words >= 1; words--) {
        for (size_t i = 0; i < command_count; i++) {
            struct str first, rest = str_cut(str_of(commands[i].name), ' ', &first);
            bool two = rest.p != NULL;
            if (two == (words == 2) && str_eq(first, a) && (!two || str_eq(rest, b))) {
                *ret_words = words;
                return &commands[i];
            }
        }
    }
    return NULL;
}

/* --some-flag is the field some_flag of the schema. */
static const struct field *flag_field(const struct schema *s, struct str flag)
{
    for (size_t i = 0; s && i < s->n; i++) {
        struct str name = str_of(s->fields[i].name);
        bool same = name.n == flag.n;
        for (size_t k = 0; same && k < name.n; k++)
            same = name.p[k] == flag.p[k] || (name.p[k] == '_' && flag.p[k] == '-');
        if (same)
            return &s->fields[i];
    }
    return NULL;
}

struct parse {
    int argc, at;
    char **argv;
    const struct command *cmd;
    void *flags;
};

/* Value of a flag: after "=", the next word, or "true" for a boolean that stands alone. */
static bool flag_value(struct parse *p, const struct field *f, struct str after, struct str *ret)
{
    if (after.p) {
        *ret = after;
        return true;
    }
    if (f->type == F_BOOL) {
        *ret = S("true");
        return true;
    }
    if (p->at + 1 >= p->argc)
        return false;
    *ret = str_of(p->argv[++p->at]);
    return true;
}

static int take_flag(struct cli *cli, struct parse *p, struct str word)
{
    struct str name, after = str_cut(str_sub(word, 2, word.n), '=', &name);
    if (str_eq(name, S("json"))) {
        cli->json = true;
        return EXIT_OK;
    }
    bool no = str_starts(name, S("no-"));
    const struct field *own = flag_field(p->cmd ? p->cmd->flags : NULL, name);
    const struct field *f = own ? own : flag_field(&options_schema, name);
    if (!f && no && !after.p) {
        f = own = flag_field(p->cmd ? p->cmd->flags : NULL, str_sub(name, 3, name.n));
        if (!f)
            f = flag_field(&options_schema, str_sub(name, 3, name.n));
        if (f && f->type == F_BOOL)
            after = S("false");
    }
    struct str value;
    if (!f)
        return cli_usage(cli, "unknown flag %.*s: see enigma --help", STR_ARG(word));
    if (!flag_value(p, f, after, &value))
        return cli_usage(cli, "--%.*s needs a value", STR_ARG(name));
    err e = own ? schema_decode_text(&cli->c, "flag", f, value, p->flags)
                : option_set(&cli->c, &cli->in.o, &cli->in.origins, f, value, FROM_FLAG);
    if (e == ERR_OK)
        return EXIT_OK;
    return cli_usage(cli, "--%.*s: %s", STR_ARG(name), cli->c.fault.text);
}

static int parse(struct cli *cli, struct parse *p)
{
    for (; p->at < p->argc; p->at++) {
        struct str word = str_of(p->argv[p->at]);
        if (str_starts(word, S("--")) && word.n > 2) {
            int code = take_flag(cli, p, word);
            if (code != EXIT_OK)
                return code;
        } else if (cli->n_args == CLI_ARGS_MAX) {
            return cli_usage(cli, "more than %d arguments", CLI_ARGS_MAX);
        } else {
            cli->args[cli->n_args++] = word;
        }
    }
    return EXIT_OK;
}

/* --data-dir decides which enigma.conf is read, so it is looked for first. */
static struct str early_data_dir(int argc, char **argv)
{
    struct str prefix = S("--data-dir");
    for (int i = 1; i < argc; i++) {
        struct str w = str_of(argv[i]);
        if (str_eq(w, prefix) && i + 1 < argc)
            return str_of(argv[i + 1]);
        if (str_starts(w, S("--data-dir=")))
            return str_sub(w, prefix.n + 1, w.n);
    }
    return (struct str){ 0 };
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* Whether commands begin with this word and a blank: "audit verify". */
static bool is_group(const char *word)
{
    const struct str w = str_of(word);
    for (size_t i = 0; i < command_count; i++) {
        struct str first;
        if (str_cut(str_of(commands[i].name), ' ', &first).p && str_eq(first, w))
            return true;
    }
    return false;
}

static int unknown_command(struct cli *cli, const char *first, const char *second)
{
    if (!is_group(first))
        return cli_usage(cli, "no such command: %s (see enigma --help)", first);
    if (!second[0] || second[0] == '-')
        return cli_usage(cli, "%s needs a command (see enigma help %s)", first, first);
    return cli_usage(cli, "no such command: %s %s (see enigma help %s)", first, second, first);
}

/* `enigma help COMMAND` and `enigma COMMAND --help`. */
static int help(struct cli *cli, int argc, char **argv)
{
    const int at = strcmp(argv[1], "help") == 0 ? 2 : 1;
    const char *first = argc > at ? argv[at] : "", *second = argc > at + 1 ? argv[at + 1] : "";
    int words = 0;
    const struct command *cmd = find_command(str_of(first), str_of(second), &words);
    if (!cmd && first[0] && first[0] != '-' && !is_group(first))
        return unknown_command(cli, first, second);
    cli_write_help(&cli->out, cmd, cmd ? NULL : first);
    return EXIT_OK;
}

static int run(struct cli *cli, int argc, char **argv)
{
    int words = 0;
    struct str second = argc > 2 ? str_of(argv[2]) : S("");
    const struct command *cmd = argc > 1 ? find_command(str_of(argv[1]), second, &words) : NULL;
    if (wants_help(argc, argv) || (argc > 1 && strcmp(argv[1], "help") == 0))
        return help(cli, argc, argv);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        cli_print(cli, "enigma %s\n", ENIGMA_VERSION);
        return EXIT_OK;
    }
    if (argc < 2) {
        cli_write_help(&cli->out, NULL, NULL);
        return EXIT_USAGE;
    }
    if (!cmd)
        return unknown_command(cli, argv[1], argc > 2 ? argv[2] : "");
    if (options_load(&cli->c, early_data_dir(argc, argv), &cli->in.o, &cli->in.origins) != ERR_OK) {
        cli_fail(cli);
        return EXIT_USAGE;
    }
    struct parse p = { argc, 1 + words, argv, cmd, NULL };
    if (cmd->flags) {
        p.flags = arena_raw(cli->c.mem, 1, cmd->flags->size, 16);
        if (schema_defaults(&cli->c, cmd->flags, p.flags) != ERR_OK)
            return cli_fail(cli);
    }
    int code = parse(cli, &p);
    if (code == EXIT_OK && !cmd->args[0] && cli->n_args) /* not what was meant: a file, a folder */
        return cli_usage(cli, "%s takes flags only, not %.*s: see enigma help %s", cmd->name,
                         STR_ARG(cli->args[0]), cmd->name);
    return code == EXIT_OK ? cmd->run(cli, p.flags) : code;
}

int cli_main(int argc, char **argv)
{
    struct arena *mem = arena_open(NULL, CLI_ARENA_MAX);
    struct cli *cli = arena_new(mem, struct cli);
    ctx_init(&cli->c, mem, NULL, 0);
    cli->in.lock_fd = cli->in.server_fd = -1;
    cli->in.log_fd = STDERR_FILENO;
    buf_init(&cli->out, NULL, OUT_MAX);
    int code = run(cli, argc, argv);
    cli_flush(cli);
    installation_close(&cli->in);
    buf_done(&cli->out);
    arena_close(mem);
    return code;
}
