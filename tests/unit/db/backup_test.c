/* Online backup: one moment's state while a writer goes on; a file that stands alone. */
#include "db_helper.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>

#include "db/backup.h"

enum { ROWS = 20000 };

static int open_db(void **state)
{
    static struct test_db t;
    struct ctx *c;
    test_db_dir(&t);
    c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    assert_ok(c, exec(c, "INSERT INTO n WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                         " FROM r WHERE i < 20000) SELECT i, i FROM r"));
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

static const char *empty_file(const struct test_db *t, const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", t->dir, name);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    return path;
}

/* Rows of the file and the sum of their ids, after a check of its pages. */
static struct n_row look(struct test_db *t, const char *path)
{
    struct ctx *c = test_db_next(t);
    struct db *copy = NULL;
    struct n_row row = { 0 };
    const struct db_options o = { .url = str_fmt(c->mem, "sqlite://%s", path), .read_only = true };
    assert_ok(c, db_open(c, &o, &copy));
    assert_ok(c, db_check_file(c, copy));
    struct deps deps = t->deps;
    deps.db = copy;
    c->deps = &deps;
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    c->deps = &t->deps;
    db_close(copy);
    return row;
}

struct writer {
    struct test_db *t;
    atomic_bool stop;
    int64_t written;
};

/* Each transaction adds v and -v, so that the sum of every whole state is the same. */
static err pair_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct n_row *one = arg;
    const struct n_row two = { .id = one->id + 1, .v = -one->v };
    TRY(query_run(c, tx, &n_insert, one, NULL));
    return query_run(c, tx, &n_insert, &two, NULL);
}

static void *write_pairs(void *arg)
{
    struct writer *w = arg;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct ctx c;
    for (int64_t i = 0; !atomic_load(&w->stop); i++) {
        ctx_init(&c, mem, &w->t->deps, 0);
        struct n_row one = { .id = 1000000 + i * 2, .v = i };
        if (tx_run(&c, TX_WRITE, pair_fn, &one) != ERR_OK)
            abort();
        w->written++;
        arena_reset(mem);
    }
    arena_close(mem);
    return NULL;
}

static void count_calls(void *arg, int64_t done, int64_t total)
{
    assert_true(done <= total);
    ++*(int *)arg;
}

static void test_one_state_while_a_writer_goes_on(void **state)
{
    struct test_db *t = *state;
    struct writer w = { .t = t };
    pthread_t thread;
    int calls = 0;
    const char *path = empty_file(t, "copy.db");
    assert_int_equal(pthread_create(&thread, NULL, write_pairs, &w), 0);
    struct ctx *c = test_db_next(t);
    assert_ok(c, db_backup(c, t->db, path, count_calls, &calls));
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    assert_true(calls > 0);
    struct n_row copy = look(t, path);
    assert_int_equal(copy.v, (int64_t)ROWS * (ROWS + 1) / 2);
    assert_int_equal((copy.id - ROWS) % 2, 0);
    assert_true(copy.id <= ROWS + 2 * w.written);
}

static void test_the_copy_stands_alone(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct stat st;
    char beside[160];
    const char *path = empty_file(t, "copy.db");
    assert_ok(c, db_backup(c, t->db, path, NULL, NULL));
    assert_int_equal(look(t, path).id, ROWS);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (size_t i = 0; i < 3; i++) {
        static const char *const tails[] = { "-wal", "-shm", "-journal" };
        snprintf(beside, sizeof(beside), "%s%s", path, tails[i]);
        assert_int_equal(access(beside, F_OK), -1);
    }
}

static void test_no_room_is_a_plain_fault(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct rlimit old, small;
    const char *path = empty_file(t, "copy.db");
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){ 100 * 1024, old.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    err e = db_backup(c, t->db, path, NULL, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_true(e == ERR_INTERNAL || e == ERR_BUSY);
    assert_true(strstr(c->fault.text, "disk") != NULL);
    fault_clear(c);
    assert_int_equal(n_total(c), ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_state_while_a_writer_goes_on, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_the_copy_stands_alone, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_no_room_is_a_plain_fault, open_db, close_db),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
