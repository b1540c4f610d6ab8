/* kill -9 at random moments: what was acknowledged is there, what is there is whole. */
#include "db_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 10, WRITERS = 4 };

/* One unit of work is two rows, so that half of it would show. */
static err pair_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row row = *(const struct n_row *)arg;
    TRY(query_run(c, tx, &n_insert, &row, NULL));
    row.id = -row.id;
    return query_run(c, tx, &n_insert, &row, NULL);
}

struct child {
    struct test_db *t;
    int64_t next;
    int pipe;
};

static void *child_writer(void *arg)
{
    struct child *w = arg;
    struct ctx c;
    test_db_thread_ctx(w->t, &c);
    for (;;) {
        struct n_row row = { w->next, 1 };
        arena_reset(c.mem);
        if (tx_run(&c, TX_WRITE, pair_fn, &row) != ERR_OK)
            _exit(3);
        if (write(w->pipe, &w->next, sizeof(w->next)) != sizeof(w->next))
            _exit(4);
        w->next += WRITERS;
    }
}

static _Noreturn void child_main(struct test_db *t, int64_t from, int out)
{
    struct child w[WRITERS];
    pthread_t threads[WRITERS];
    if (db_open(&t->c, &t->o, &t->db) != ERR_OK)
        _exit(2);
    t->deps.db = t->db;
    for (int i = 0; i < WRITERS; i++) {
        w[i] = (struct child){ .t = t, .next = from + i, .pipe = out };
        pthread_create(&threads[i], NULL, child_writer, &w[i]);
    }
    for (;;)
        pause();
}

/* Reads acknowledgements for a while, kills, reads the rest. */
static size_t collect(pid_t pid, int in, int64_t *acked, size_t room, unsigned delay_ms)
{
    size_t n = 0;
    bool killed = false;
    int64_t until = clock_system.mono_us(NULL) + (int64_t)delay_ms * 1000;
    while (n < room) {
        if (!killed && n > 0 && clock_system.mono_us(NULL) >= until) {
            kill(pid, SIGKILL);
            killed = true;
        }
        ssize_t got = read(in, &acked[n], sizeof(acked[n]));
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        n += got == sizeof(acked[n]);
    }
    kill(pid, SIGKILL);
    return n;
}

static err find_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row *row = arg;
    bool found;
    struct n_row key = { .id = row->id };
    TRY(query_find(c, tx, &n_get, &key, &key, &found));
    row->v = found;
    return ERR_OK;
}
static const struct query torn_query = {
    .sql = "SELECT count(*) AS id, 0 AS v FROM n AS a WHERE NOT EXISTS "
           "(SELECT 1 FROM n AS b WHERE b.id = -a.id)",
    .out = &n_schema
};
static err torn_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &torn_query, NULL, arg);
}

static void test_kill(void **state)
{
    enum { ROOM = 200000 };
    static int64_t acked[ROOM];
    struct test_db t;
    size_t n = 0;
    (void)state;
    test_db_dir(&t);
    assert_ok(&t.c, db_open(&t.c, &t.o, &t.db));
    t.deps.db = t.db;
    assert_ok(&t.c, exec(&t.c, N_TABLE));
    db_close(t.db);
    t.db = NULL;
    unsigned seed = (unsigned)getpid();
    print_message("seed %u\n", seed);
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        seed = seed * 1103515245u + 12345u;
        pid_t pid = fork();
        if (pid == 0)
            child_main(&t, 1 + round * INT64_C(1000000), ends[1]);
        close(ends[1]);
        size_t got = collect(pid, ends[0], acked + n, ROOM - n, 5 + (seed >> 16) % 120);
        close(ends[0]);
        int status;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_true(got > 0);
        n += got;

        struct ctx *c = test_db_open_empty(&t);
        for (size_t i = n - got; i < n; i++) {
            struct n_row row = { .id = acked[i] };
            assert_ok(c, tx_run(c, TX_READ, find_fn, &row));
            if (!row.v)
                fail_msg("round %d lost %lld", round, (long long)acked[i]);
        }
        struct n_row torn = { .id = -1 };
        assert_ok(c, tx_run(c, TX_READ, torn_fn, &torn));
        assert_int_equal(torn.id, 0);
        assert_ok(c, db_check_file(c, t.db));
        db_close(t.db);
        t.db = NULL;
    }
    print_message("%zu acknowledged, none lost\n", n);
    test_db_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kill) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
