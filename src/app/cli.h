/* app/cli.h: the command line as a table: verbs, their own flags, help, completion, man page.
 * Add a verb: a row in commands.c and a function in a cmd_*.c file. */
#ifndef ENIGMA_APP_CLI_H
#define ENIGMA_APP_CLI_H

#include "app/wire.h"

enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,      /* the work failed, or verification found tampering */
    EXIT_USAGE = 2,       /* wrong arguments or settings */
    EXIT_WEAKER = 3,      /* verified at a weaker level than asked, or doctor warns */
    EXIT_DATA = 4,        /* folder, keys or database cannot be used */
    EXIT_PORT = 5,        /* the address is busy or forbidden */
    EXIT_IN_USE = 6,      /* another process holds the data folder */
    EXIT_REFUSED = 7,     /* the rules refuse it: wrong phase, conflict, forbidden */
    EXIT_ROLLED_BACK = 8, /* the database is behind log-head */
    EXIT_PARTLY = 9,      /* imported, but something was left out or does not verify */
};
struct exit_meaning {
    enum exit_code code;
    const char *meaning;
};
extern const struct exit_meaning exit_codes[];
extern const size_t exit_code_count;

enum { CLI_ARGS_MAX = 16 };
struct cli {
    struct ctx c;
    struct installation in;
    struct str args[CLI_ARGS_MAX]; /* what is neither flag nor verb */
    size_t n_args;
    bool json;
    struct buf out; /* flushed to standard output at the end */
};
struct command {
    const char *name; /* "migrate up" */
    const char *args; /* "CYCLE_ID" for the usage line, or "" */
    const char *summary;
    const char *doc;            /* more for --help and the man page, or NULL */
    const struct schema *flags; /* its own flags, or NULL */
    int (*run)(struct cli *cli, const void *flags);
};
extern const struct command commands[];
extern const size_t command_count;

int cli_main(int argc, char **argv);
/* One plain line on standard error, and the exit code that fits the fault. */
int cli_fail(struct cli *cli);
int cli_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Opens the installation for this command; on failure *ret_code is the exit code. */
bool cli_open(struct cli *cli, unsigned flags, int *ret_code);
/* Prints why an installation could not be opened; the exit code. */
int cli_open_failed(struct cli *cli, err e, unsigned flags);
void cli_print(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_flush(struct cli *cli);
/* One JSON value of a schema as a line (--json), or its members as "name: value" lines. */
void cli_show(struct cli *cli, const struct schema *s, const void *row);
void cli_show_list(struct cli *cli, const struct schema *s, const struct list *rows);
/* Of one command, of a group ("audit"), or of all. */
void cli_write_help(struct buf *out, const struct command *one, const char *group);
void cli_write_man(struct buf *out);
bool cli_write_completion(struct buf *out, struct str shell);

#endif
