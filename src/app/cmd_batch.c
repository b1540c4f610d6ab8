/* batch submit, poll, fetch, cancel, run: evaluation by an endpoint's Batch API. */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/whole.h"
#include "base/str.h"
#include "service/model_batch.h"
#include "service/operator.h"

enum { POLL_FIRST_MS = 1000, POLL_MAX_MS = 60000, ROUNDS_MAX = 100 };

struct batch_wait_flags {
    struct str as;
    bool wait;
    int64_t poll_ms;
};
static const struct field wait_fields[] = {
    FIELD_STR(struct batch_wait_flags, as, .flags = FIELD_NULL, .max = 50,
              .doc = "User name of the administrator in whose name it is done."),
    FIELD_BOOL(struct batch_wait_flags, wait, .preset = "false",
               .doc = "poll: ask again, after a second and then less often, until all have ended."),
    FIELD_I64(struct batch_wait_flags, poll_ms, .min = 10, .max = 3600000, .preset = "60000",
              .doc = "Longest pause between two looks, in milliseconds."),
};
SCHEMA(batch_wait_flags_schema, "BatchWaitFlags", struct batch_wait_flags, wait_fields);

typedef err step_fn(struct ctx *c, int64_t batch_id, struct model_batch_report *ret);

/* Two at once would both send what a killed run had begun. Goes with the process. */
static err lock_folder(struct cli *cli)
{
    struct ctx *c = &cli->c;
    const char *path = installation_path(c, &cli->in.o, "batch.lock");
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return FAIL(c, INTERNAL, "batch.lock cannot be made in the data folder");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK; /* held to the end of the process */
    close(fd);
    return FAIL(c, BUSY, "another `enigma batch` works in this data folder");
}

static err wait_all(struct cli *cli, int64_t id, const struct batch_wait_flags *f,
                    struct model_batch_report *ret)
{
    int64_t pause_ms = POLL_FIRST_MS < f->poll_ms ? POLL_FIRST_MS : f->poll_ms;
    for (;;) {
        cli->c.now_us = clock_system.now_us(NULL);
        TRY(model_batch_poll(&cli->c, id, ret));
        if (ret->outstanding == 0)
            return ERR_OK;
        usleep((useconds_t)(pause_ms * 1000));
        pause_ms = pause_ms * 2 < f->poll_ms ? pause_ms * 2 : f->poll_ms;
    }
}

/* Ends when a round sent nothing and took nothing in: then all is scored, or waits for a person. */
static err run_rounds(struct cli *cli, int64_t id, const struct batch_wait_flags *f,
                      struct model_batch_report *ret)
{
    struct ctx *c = &cli->c;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        struct model_batch_report fetched = { 0 };
        c->now_us = clock_system.now_us(NULL);
        const err e = model_batch_submit(c, id, ret);
        if (e == ERR_PHASE && i > 0) { /* the last answer has moved the cycle on */
            fault_clear(c);
            return model_batch_poll(c, id, ret);
        }
        TRY(e);
        TRY(wait_all(cli, id, f, &fetched));
        c->now_us = clock_system.now_us(NULL);
        TRY(model_batch_fetch(c, id, &fetched));
        if (!cli->json)
            fprintf(stderr, "  round %d: %lld questions, %lld answers, %lld of no use\n", i + 1,
                    (long long)ret->questions, (long long)fetched.answers,
                    (long long)fetched.refused);
        if (ret->submitted == 0 && fetched.fetched == 0)
            return ERR_OK;
        if (fetched.answers == 0 && fetched.fetched > 0)
            return FAIL(c, UPSTREAM, "no line of the batches was of use; see batch status");
    }
    return FAIL(c, UPSTREAM, "questions are left after %d rounds", (int)ROUNDS_MAX);
}

static bool open_for(struct cli *cli, struct str as, int64_t *ret_id, int *ret_code)
{
    if (cli->n_args == 0 || !str_i64(cli->args[0], ret_id)) {
        *ret_code = cli_usage(cli, "it needs a BATCH_ID");
        return false;
    }
    if (!cli_open(cli, OPEN_SHARED, ret_code))
        return false;
    if (lock_folder(cli) == ERR_OK && installation_start_models(&cli->c, &cli->in) == ERR_OK &&
        operator_act_as(&cli->c, as) == ERR_OK)
        return true;
    *ret_code = cli_fail(cli);
    return false;
}

static int show(struct cli *cli, err e, const struct model_batch_report *r)
{
    if (e != ERR_OK)
        return cli_fail(cli);
    cli_show(cli, &model_batch_report_schema, r);
    return EXIT_OK;
}

struct as_flags { /* begins as import's flags do */
    struct str as;
};

static int one_step(struct cli *cli, const void *flags, step_fn *fn)
{
    const struct as_flags *f = flags;
    struct model_batch_report r = { 0 };
    int64_t id = 0;
    int code = EXIT_OK;
    if (!open_for(cli, f->as, &id, &code))
        return code;
    return show(cli, fn(&cli->c, id, &r), &r);
}

int cmd_batch_submit(struct cli *cli, const void *flags)
{
    return one_step(cli, flags, model_batch_submit);
}

int cmd_batch_fetch(struct cli *cli, const void *flags)
{
    return one_step(cli, flags, model_batch_fetch);
}

int cmd_batch_cancel(struct cli *cli, const void *flags)
{
    return one_step(cli, flags, model_batch_cancel);
}

int cmd_batch_poll(struct cli *cli, const void *flags)
{
    const struct batch_wait_flags *f = flags;
    struct model_batch_report r = { 0 };
    int64_t id = 0;
    int code = EXIT_OK;
    if (!open_for(cli, f->as, &id, &code))
        return code;
    return show(cli, f->wait ? wait_all(cli, id, f, &r) : model_batch_poll(&cli->c, id, &r), &r);
}

int cmd_batch_run(struct cli *cli, const void *flags)
{
    const struct batch_wait_flags *f = flags;
    struct model_batch_report r = { 0 };
    int64_t id = 0;
    int code = EXIT_OK;
    if (!open_for(cli, f->as, &id, &code))
        return code;
    return show(cli, run_rounds(cli, id, f, &r), &r);
}
