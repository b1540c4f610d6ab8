/* Small files: read whole, replaced whole, private, locked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "os/file.h"

static struct arena *mem;
static struct ctx c;
static char dir[64];

static int set_up(void **state)
{
    (void)state;
    mem = arena_open(NULL, 8 << 20);
    ctx_init(&c, mem, NULL, 0);
    snprintf(dir, sizeof(dir), P_tmpdir "/enigma-file-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(mem);
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        closedir(d);
    return rmdir(dir);
}

static const char *in_dir(const char *name)
{
    return str_fmt(mem, "%s/%s", dir, name).p;
}

static void files_are_read_whole(void **state)
{
    (void)state;
    struct str got;
    char *big = arena_raw(mem, 50000, 1, 1);
    memset(big, 'b', 50000);
    assert_int_equal(file_write_new(&c, in_dir("a"), (struct str){ big, 50000 }, 0600), ERR_OK);
    assert_int_equal(file_read(&c, mem, in_dir("a"), 50000, &got), ERR_OK);
    assert_int_equal(got.n, 50000);
    assert_memory_equal(got.p, big, 50000);
    assert_int_equal(file_read(&c, mem, in_dir("a"), 49999, &got), ERR_TOO_LARGE);
    fault_clear(&c);
    assert_int_equal(file_read(&c, mem, in_dir("none"), 10, &got), ERR_NOT_FOUND);
    assert_null(strstr(c.fault.text, dir)); /* the place stays private */
    fault_clear(&c);
    assert_int_equal(file_read(&c, mem, dir, 10, &got), ERR_INTERNAL);
}

static void new_files_do_not_replace(void **state)
{
    (void)state;
    struct str got;
    unsigned mode;
    assert_int_equal(file_write_new(&c, in_dir("k"), S("one"), 0600), ERR_OK);
    assert_int_equal(file_write_new(&c, in_dir("k"), S("two"), 0600), ERR_CONFLICT);
    fault_clear(&c);
    assert_int_equal(file_read(&c, mem, in_dir("k"), 10, &got), ERR_OK);
    assert_true(str_eq(got, S("one")));
    assert_int_equal(file_mode(&c, in_dir("k"), &mode), ERR_OK);
    assert_int_equal(mode, 0600);
    assert_int_equal(file_replace(&c, in_dir("k"), S("three"), 0640), ERR_OK);
    assert_int_equal(file_read(&c, mem, in_dir("k"), 10, &got), ERR_OK);
    assert_true(str_eq(got, S("three")));
    assert_int_equal(file_mode(&c, in_dir("k"), &mode), ERR_OK);
    assert_int_equal(mode, 0640);
    size_t files = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        files += e->d_name[0] != '.';
    closedir(d);
    assert_int_equal(files, 1); /* no temporary file is left */
    assert_int_equal(file_replace(&c, in_dir("no/such"), S("x"), 0600), ERR_NOT_FOUND);
}

static void directories_are_made(void **state)
{
    (void)state;
    assert_int_equal(dir_make(&c, in_dir("x/y/z"), 0700), ERR_OK);
    assert_int_equal(dir_make(&c, in_dir("x/y/z"), 0700), ERR_OK);
    assert_int_equal(file_write_new(&c, in_dir("x/y/z/f"), S(""), 0600), ERR_OK);
    assert_int_equal(dir_make(&c, in_dir("x/y/z/f"), 0700), ERR_CONFLICT);
    unlink(in_dir("x/y/z/f"));
    rmdir(in_dir("x/y/z"));
    rmdir(in_dir("x/y"));
    rmdir(in_dir("x"));
}

static void one_lock_at_a_time(void **state)
{
    (void)state;
    int one, two;
    assert_int_equal(file_lock(&c, in_dir("lock"), &one), ERR_OK);
    assert_int_equal(file_lock(&c, in_dir("lock"), &two), ERR_CONFLICT);
    fault_clear(&c);
    close(one);
    assert_int_equal(file_lock(&c, in_dir("lock"), &two), ERR_OK);
    close(two);
}

static void many_share_a_lock(void **state)
{
    (void)state;
    int first, second, third;
    bool alone = false;
    assert_int_equal(file_lock_shared(&c, in_dir("lock"), 0, &first, &alone), ERR_OK);
    assert_true(alone);
    assert_int_equal(file_lock_shared(&c, in_dir("lock"), 30, &second, &alone), ERR_CONFLICT);
    fault_clear(&c);
    assert_int_equal(file_lock_share(&c, first, 0), ERR_OK);
    assert_int_equal(file_lock_shared(&c, in_dir("lock"), 0, &second, &alone), ERR_OK);
    assert_false(alone);
    assert_int_equal(file_lock(&c, in_dir("lock"), &third), ERR_CONFLICT);
    fault_clear(&c);
    close(first);
    assert_int_equal(file_lock(&c, in_dir("lock"), &third), ERR_CONFLICT);
    fault_clear(&c);
    close(second);
    assert_int_equal(file_lock_shared(&c, in_dir("lock"), 0, &third, &alone), ERR_OK);
    assert_true(alone);
    close(third);
}

static void spools_have_no_name(void **state)
{
    (void)state;
    int fd;
    struct str got;
    assert_int_equal(file_spool(&c, dir, &fd), ERR_OK);
    assert_int_equal(file_write_all(&c, fd, S("spooled")), ERR_OK);
    assert_int_equal(file_map(&c, mem, fd, 7, &got), ERR_OK);
    close(fd);
    assert_true(str_eq(got, S("spooled")));
    assert_int_equal(file_map(&c, mem, -1, 0, &got), ERR_OK);
    assert_int_equal(got.n, 0);
    assert_int_equal(file_spool(&c, in_dir("none"), &fd), ERR_NOT_FOUND);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(files_are_read_whole), T(new_files_do_not_replace), T(directories_are_made),
        T(one_lock_at_a_time),   T(many_share_a_lock),        T(spools_have_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
