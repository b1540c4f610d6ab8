/* bias replay, bias detect: the rules and the built-in detector on files, without a database. */
#include <stdio.h>
#include <unistd.h>

#include "app/cmds.h"
#include "base/str.h"
#include "domain/bias_event.h"
#include "os/file.h"

enum { FILE_MAX = 256 << 20, LINE_ARENA_MAX = 256 << 20 };

/* The named file, or standard input for "-". */
static err read_input(struct cli *cli, struct str name, struct str *ret)
{
    char block[65536];
    struct buf b;
    if (!str_eq(name, S("-")))
        return file_read(&cli->c, cli->c.mem, str_z(cli->c.mem, name), FILE_MAX, ret);
    buf_init(&b, cli->c.mem, FILE_MAX);
    for (size_t n; (n = fread(block, 1, sizeof(block), stdin)) > 0;)
        buf_put(&b, block, n);
    if (!buf_ok(&b))
        return FAIL(&cli->c, TOO_LARGE, "standard input is longer than %d bytes", FILE_MAX);
    *ret = buf_view(&b);
    return ERR_OK;
}

typedef err line_fn(struct ctx *c, struct str line, struct buf *out);

/* Each line apart, in memory of its own; the bad ones are named and the rest goes on. */
static int each_line(struct cli *cli, struct str text, line_fn *fn)
{
    struct arena *mem = arena_open(cli->c.mem, LINE_ARENA_MAX);
    struct str line;
    size_t n_bad = 0;
    for (size_t number = 1; text.p; number++) {
        text = str_cut(text, '\n', &line);
        if (str_trim(line).n == 0)
            continue;
        struct ctx c = cli->c;
        c.mem = mem;
        const size_t before = cli->out.n;
        if (fn(&c, line, &cli->out) != ERR_OK) {
            cli->out.n = before;
            n_bad++;
            fprintf(stderr, "enigma: line %zu: %s\n", number, c.fault.text);
        }
        cli_flush(cli);
        arena_reset(mem);
    }
    return n_bad ? EXIT_FAILED : EXIT_OK;
}

int cmd_bias_replay(struct cli *cli, const void *flags)
{
    struct str text;
    (void)flags;
    if (cli->n_args != 1)
        return cli_usage(cli, "bias replay takes one file of events, or - for standard input");
    if (read_input(cli, cli->args[0], &text) != ERR_OK)
        return cli_fail(cli);
    return each_line(cli, text, bias_replay_line);
}
