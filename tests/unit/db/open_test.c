/* Opening: what is made, what is refused and in which words. */
#include "db_helper.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

static void assert_opens_not(struct test_db *t, err kind, const char *part)
{
    struct db *db = NULL;
    fault_clear(&t->c);
    err e = db_open(&t->c, &t->o, &db);
    if (e != kind || strstr(t->c.fault.text, part) == NULL)
        fail_msg("%d %s", (int)e, t->c.fault.text);
    assert_null(strchr(t->c.fault.text, '\n'));
    assert_null(db);
}

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static void test_urls(void **state)
{
    static const char *const bad[] = { "",
                                       "sqlite",
                                       "sqlite:",
                                       "sqlite://",
                                       "sqlite::memory:",
                                       "mysql:x",
                                       "sqlite:a/",
                                       "postgresql://h/d?x=1" };
    struct test_db t;
    (void)state;
    test_db_dir(&t);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        t.o.url = str_of(bad[i]);
        assert_opens_not(&t, ERR_INVALID, "database url");
    }
    static char longer[3000] = "sqlite:";
    memset(longer + 7, 'a', sizeof(longer) - 8);
    t.o.url = str_of(longer);
    assert_opens_not(&t, ERR_INVALID, "too long");
    test_db_close(&t);
}

static void test_new_file(void **state)
{
    struct test_db t;
    struct stat st;
    sqlite3 *h;
    (void)state;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    assert_int_equal(stat(t.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    test_db_reopen(&t);
    assert_int_equal(n_total(&t.c), 0);
    assert_ok(&t.c, db_check_file(&t.c, t.db));
    assert_int_equal(sqlite3_open(t.path, &h), SQLITE_OK);
    sqlite3_stmt *s;
    sqlite3_prepare_v2(h,
                       "SELECT page_size || ' ' || journal_mode FROM pragma_page_size, "
                       "pragma_journal_mode",
                       -1, &s, NULL);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), "8192 wal");
    sqlite3_finalize(s);
    sqlite3_close(h);
    test_db_close(&t);
}

struct set_row {
    int64_t v;
    struct str s;
};
static err settings_fn(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct field fields[] = { FIELD_I64(struct set_row, v) };
    static SCHEMA(schema, "Set", struct set_row, fields);
    const struct {
        struct query q;
        int64_t want;
    } all[] = {
        { { .sql = "SELECT foreign_keys AS v FROM pragma_foreign_keys", .out = &schema }, 1 },
        { { .sql = "SELECT synchronous AS v FROM pragma_synchronous", .out = &schema }, 2 },
        { { .sql = "SELECT temp_store AS v FROM pragma_temp_store", .out = &schema }, 1 },
        { { .sql = "SELECT trusted_schema AS v FROM pragma_trusted_schema", .out = &schema }, 0 },
        { { .sql = "SELECT cell_size_check AS v FROM pragma_cell_size_check", .out = &schema }, 1 },
        { { .sql = "SELECT cache_size AS v FROM pragma_cache_size", .out = &schema },
          *(const int64_t *)arg },
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct set_row row = { .v = -99 };
        TRY(query_one(c, tx, &all[i].q, NULL, &row));
        assert_int_equal(row.v, all[i].want);
    }
    return ERR_OK;
}

static void test_settings(void **state)
{
    struct test_db t;
    (void)state;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    int64_t reader_cache = -2048, writer_cache = 6 * reader_cache;
    assert_ok(c, tx_run(c, TX_WRITE, settings_fn, &writer_cache));
    assert_ok(c, tx_run(c, TX_READ, settings_fn, &reader_cache));
    test_db_close(&t);
}

static void test_not_a_database(void **state)
{
    struct test_db t;
    char text[4096];
    sqlite3 *h;
    (void)state;
    test_db_dir(&t);
    memset(text, 'x', sizeof(text));
    write_file(t.path, text, sizeof(text));
    assert_opens_not(&t, ERR_INTERNAL, "enigma.db is not an ENIGMA database");
    remove(t.path);
    /* another program's database */
    assert_int_equal(sqlite3_open(t.path, &h), SQLITE_OK);
    sqlite3_exec(h, "CREATE TABLE theirs (x)", NULL, NULL, NULL);
    sqlite3_close(h);
    assert_opens_not(&t, ERR_INTERNAL, "is not an ENIGMA database");
    remove(t.path);
    assert_int_equal(sqlite3_open(t.path, &h), SQLITE_OK);
    sqlite3_exec(h, "PRAGMA application_id = 7", NULL, NULL, NULL);
    sqlite3_close(h);
    assert_opens_not(&t, ERR_INTERNAL, "is not an ENIGMA database");
    test_db_close(&t);
}

static void test_damaged(void **state)
{
    struct test_db t;
    (void)state;
    test_db_dir(&t);
    struct ctx *c = test_db_open_with(&t);
    for (int i = 0; i < 50; i++) {
        char sql[200];
        snprintf(sql, sizeof(sql), "INSERT INTO settings VALUES ('k%d', '%060d', 'x')", i, i);
        assert_ok(c, exec(c, sql));
    }
    db_close(t.db);
    t.db = NULL;

    int fd = open(t.path, O_RDWR);
    struct stat st;
    fstat(fd, &st);
    static char whole[4 << 20], junk[8192];
    assert_true(st.st_size < (off_t)sizeof(whole));
    assert_int_equal(pread(fd, whole, sizeof(whole), 0), st.st_size);
    memset(junk, 0xa5, sizeof(junk));
    assert_int_equal(pwrite(fd, junk, 4000, 100), 4000); /* the schema's root page */
    assert_opens_not(&t, ERR_INTERNAL, "the database file");
    assert_non_null(strstr(t.c.fault.text, "is damaged"));

    /* cut short */
    assert_int_equal(pwrite(fd, whole, (size_t)st.st_size, 0), st.st_size);
    assert_int_equal(ftruncate(fd, st.st_size - 8192 * 3), 0);
    assert_opens_not(&t, ERR_INTERNAL, "is damaged");

    /* a page in the middle: found by the check of the whole file */
    assert_int_equal(pwrite(fd, whole, (size_t)st.st_size, 0), st.st_size);
    for (off_t at = 8192; at < st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, junk, 64, at), 64);
    close(fd);
    fault_clear(&t.c);
    if (db_open(&t.c, &t.o, &t.db) == ERR_OK) {
        assert_fault(&t.c, db_check_file(&t.c, t.db), INTERNAL, "damaged");
        t.deps.db = t.db;
        assert_fault(&t.c, exec(&t.c, "SELECT * FROM settings"), INTERNAL, "damaged");
    } else {
        assert_non_null(strstr(t.c.fault.text, "is damaged"));
    }
    test_db_close(&t);
}

static void test_paths(void **state)
{
    struct test_db t;
    char url[160], path[128];
    (void)state;
    test_db_dir(&t);
    snprintf(url, sizeof(url), "sqlite://%s/none/x.db", t.dir);
    t.o.url = str_of(url);
    assert_opens_not(&t, ERR_FORBIDDEN, "does not exist");
    snprintf(path, sizeof(path), "%s/sub.db", t.dir);
    mkdir(path, 0700);
    snprintf(url, sizeof(url), "sqlite://%s", path);
    t.o.url = str_of(url);
    assert_opens_not(&t, ERR_FORBIDDEN, "sub.db");
    write_file(t.path, "", 0);
    snprintf(url, sizeof(url), "sqlite://%s/x.db", t.path); /* a file where a directory should be */
    t.o.url = str_of(url);
    assert_opens_not(&t, ERR_FORBIDDEN, "directory");
    if (geteuid() != 0) {
        chmod(t.dir, 0500);
        snprintf(url, sizeof(url), "sqlite://%s/y.db", t.dir);
        t.o.url = str_of(url);
        assert_opens_not(&t, ERR_FORBIDDEN, "is not writable");
        chmod(t.dir, 0700);
    }
    test_db_close(&t);
}

static void test_locked(void **state)
{
    struct test_db t;
    sqlite3 *h;
    (void)state;
    test_db_dir(&t);
    test_db_open_empty(&t);
    db_close(t.db);
    t.db = NULL;
    assert_int_equal(sqlite3_open(t.path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(h, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
        SQLITE_OK);
    t.o.busy_ms = 50;
    assert_opens_not(&t, ERR_BUSY, "is locked by another program");
    sqlite3_close(h);
    test_db_close(&t);
}

static err one_row_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &n_count, NULL, arg);
}

static void test_read_only(void **state)
{
    struct test_db t;
    struct n_row row;
    (void)state;
    test_db_dir(&t);
    t.o.read_only = true;
    assert_opens_not(&t, ERR_NOT_FOUND, "does not exist");
    assert_int_equal(access(t.path, F_OK), -1); /* and was not made */
    t.o.read_only = false;
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    struct db *writer = t.db;

    t.o.read_only = true; /* beside a running writer */
    c = test_db_open_empty(&t);
    assert_ok(c, tx_run(c, TX_READ, one_row_fn, &row));
    assert_fault(c, tx_run(c, TX_WRITE, n_insert_fn, &row), INTERNAL, "reading only");
    db_close(t.db);
    t.deps.db = writer;
    assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ 1, 1 }));
    db_close(writer);
    t.db = NULL;

    c = test_db_open_empty(&t); /* alone */
    assert_ok(c, tx_run(c, TX_READ, one_row_fn, &row));
    assert_int_equal(row.id, 1);
    assert_ok(c, db_check_file(c, t.db));
    test_db_close(&t);
}

/* A folder where nothing can be made, as on a read-only medium. */
static void test_read_only_medium(void **state)
{
    struct test_db t;
    struct n_row row;
    (void)state;
    if (geteuid() == 0)
        test_skip("root may write everywhere");
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    db_close(t.db);
    t.o.read_only = true;
    chmod(t.path, 0400);
    chmod(t.dir, 0500);
    c = test_db_open_empty(&t);
    assert_ok(c, tx_run(c, TX_READ, one_row_fn, &row));
    chmod(t.dir, 0700);
    test_db_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_new_file),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_not_a_database),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_locked),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_read_only_medium),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
