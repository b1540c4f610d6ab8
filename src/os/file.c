/* Whole-file reading, durable writing, locks and spools over plain POSIX calls. */
#include "os/file.h"

#include "base/buf.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_DIR_MODE_MAX = 07777, FILE_TEMP_TRIES = 16, FILE_READ_STEP = 16 * 1024 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Says what went wrong with a path without showing where it lies. */
static err fail_path(struct ctx *c, const char *verb, const char *path, int why)
{
    const char *name = base_name(path);
    switch (why) {
    case ENOENT:
    case ENOTDIR:
        return FAIL(c, NOT_FOUND, "cannot %s %s: no such file or directory", verb, name);
    case EEXIST:
        return FAIL(c, CONFLICT, "cannot %s %s: it exists", verb, name);
    case EACCES:
    case EPERM:
    case EROFS:
        return FAIL(c, FORBIDDEN, "cannot %s %s: %s", verb, name, strerrordesc_np(why));
    default:
        return FAIL(c, INTERNAL, "cannot %s %s: %s", verb, name, strerrordesc_np(why));
    }
}

static err read_fd(struct ctx *c, int fd, const char *path, size_t max, struct buf *out)
{
    for (;;) {
        size_t left = max + 1 - out->n;
        size_t step = left < FILE_READ_STEP ? left : FILE_READ_STEP;
        char *room = buf_room(out, step);
        if (!room)
            return FAIL(c, TOO_LARGE, "%s is larger than %zu bytes", base_name(path), max);
        ssize_t n = read(fd, room, step);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_path(c, "read", path, errno);
        if (n == 0)
            return ERR_OK;
        out->n += (size_t)n;
        if (out->n > max)
            return FAIL(c, TOO_LARGE, "%s is larger than %zu bytes", base_name(path), max);
    }
}

err file_read(struct ctx *c, struct arena *a, const char *path, size_t max, struct str *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail_path(c, "open", path, errno);
    struct stat st;
    if (fstat(fd, &st) || S_ISDIR(st.st_mode)) {
        close(fd);
        return FAIL(c, INTERNAL, "cannot read %s: not a file", base_name(path));
    }
    struct buf out;
    buf_init(&out, NULL, max + FILE_READ_STEP + 1);
    err e = read_fd(c, fd, path, max, &out);
    close(fd);
    if (e == ERR_OK) {
        char *copy = arena_try(a, out.n + 1, 1, 1);
        if (!copy)
            e = FAIL(c, TOO_LARGE, "%s does not fit into memory", base_name(path));
        else if (out.n)
            memcpy(copy, out.p, out.n);
        if (copy)
            *ret = (struct str){ copy, out.n };
    }
    buf_done(&out);
    return e;
}

err file_write_all(struct ctx *c, int fd, struct str bytes)
{
    size_t at = 0;
    while (at < bytes.n) {
        ssize_t n = write(fd, bytes.p + at, bytes.n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(c, INTERNAL, "cannot write: %s", strerrordesc_np(errno));
        at += (size_t)n;
    }
    return ERR_OK;
}

/* The directory entry is durable only after its directory was synced. */
static err sync_parent(struct ctx *c, const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof(dir))
        return FAIL(c, INTERNAL, "path too long");
    if (!slash)
        memcpy(dir, ".", 2);
    else if (n == 0)
        memcpy(dir, "/", 2);
    else {
        memcpy(dir, path, n);
        dir[n] = '\0';
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_path(c, "open", dir, errno);
    int bad = fsync(fd) ? errno : 0;
    close(fd);
    /* Some file systems cannot sync a directory and say so; the rename stands all the same. */
    return bad && bad != EINVAL ? fail_path(c, "sync", dir, bad) : ERR_OK;
}

static err write_made(struct ctx *c, int fd, const char *path, struct str bytes, unsigned mode)
{
    if (fchmod(fd, (mode_t)mode))
        return fail_path(c, "set the mode of", path, errno);
    TRY(file_write_all(c, fd, bytes));
    if (fsync(fd))
        return fail_path(c, "sync", path, errno);
    return ERR_OK;
}

static err write_excl(struct ctx *c, const char *path, struct str bytes, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_path(c, "create", path, errno);
    err e = write_made(c, fd, path, bytes, mode);
    int bad = close(fd) ? errno : 0;
    if (e == ERR_OK && bad)
        e = fail_path(c, "write", path, bad);
    if (e != ERR_OK)
        unlink(path);
    return e;
}

err file_write_new(struct ctx *c, const char *path, struct str bytes, unsigned mode)
{
    TRY(write_excl(c, path, bytes, mode));
    return sync_parent(c, path);
}

err file_replace(struct ctx *c, const char *path, struct str bytes, unsigned mode)
{
    char temp[PATH_MAX];
    for (unsigned i = 0; i < FILE_TEMP_TRIES; i++) {
        uint64_t salt;
        ctx_random(c, &salt, sizeof(salt));
        int n = snprintf(temp, sizeof(temp), "%s.%016llx.tmp", path, (unsigned long long)salt);
        if (n < 0 || (size_t)n >= sizeof(temp))
            return FAIL(c, INTERNAL, "path too long");
        err e = write_excl(c, temp, bytes, mode);
        if (e == ERR_CONFLICT) {
            fault_clear(c);
            continue;
        }
        if (e != ERR_OK)
            return e;
        if (rename(temp, path)) {
            int why = errno;
            unlink(temp);
            return fail_path(c, "replace", path, why);
        }
        return sync_parent(c, path);
    }
    return FAIL(c, INTERNAL, "no free temporary name beside %s", base_name(path));
}

err file_publish(struct ctx *c, const char *temp, const char *path, bool replace)
{
    /* A link refuses an existing name on every file system, where renameat2 is not on all. */
    if (!replace && link(temp, path))
        return fail_path(c, "create", path, errno);
    if (replace ? rename(temp, path) : unlink(temp))
        return fail_path(c, "rename", temp, errno);
    return sync_parent(c, path);
}

err file_remove(struct ctx *c, const char *path)
{
    if (unlink(path))
        return errno == ENOENT ? ERR_OK : fail_path(c, "remove", path, errno);
    return sync_parent(c, path);
}

static err make_one(struct ctx *c, const char *path, unsigned mode)
{
    if (mkdir(path, (mode_t)mode) == 0)
        return ERR_OK;
    if (errno != EEXIST)
        return fail_path(c, "make directory", path, errno);
    return ERR_OK;
}

err dir_make(struct ctx *c, const char *path, unsigned mode)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof(part) || mode > FILE_DIR_MODE_MAX)
        return FAIL(c, INTERNAL, "not a directory path");
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        TRY(make_one(c, part, mode));
        part[i] = '/';
    }
    TRY(make_one(c, part, mode));
    struct stat st;
    if (stat(path, &st))
        return fail_path(c, "look at", path, errno);
    if (!S_ISDIR(st.st_mode))
        return FAIL(c, CONFLICT, "%s is not a directory", base_name(path));
    if (access(path, W_OK | X_OK))
        return FAIL(c, FORBIDDEN, "directory %s is not writable", base_name(path));
    return ERR_OK;
}

err file_lock(struct ctx *c, const char *path, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_path(c, "open", path, errno);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int why = errno;
        close(fd);
        if (why == EWOULDBLOCK)
            return FAIL(c, CONFLICT, "%s is held by another process", base_name(path));
        return fail_path(c, "lock", path, why);
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum { LOCK_POLL_MS = 20 };

/* Shared within wait_ms; false with errno. */
static bool lock_shared(int fd, int64_t wait_ms)
{
    for (int64_t waited = 0;; waited += LOCK_POLL_MS) {
        if (flock(fd, LOCK_SH | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK || waited >= wait_ms)
            return false;
        const struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };
        nanosleep(&pause, NULL);
    }
}

err file_lock_shared(struct ctx *c, const char *path, int64_t wait_ms, int *ret_fd, bool *ret_alone)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_path(c, "open", path, errno);
    bool alone = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!alone && (errno != EWOULDBLOCK || !lock_shared(fd, wait_ms))) {
        int why = errno;
        close(fd);
        if (why == EWOULDBLOCK)
            return FAIL(c, CONFLICT, "%s is held by another process", base_name(path));
        return fail_path(c, "lock", path, why);
    }
    *ret_fd = fd;
    *ret_alone = alone;
    return ERR_OK;
}

err file_lock_share(struct ctx *c, int fd, int64_t wait_ms)
{
    if (lock_shared(fd, wait_ms))
        return ERR_OK;
    return FAIL(c, CONFLICT, "another process took the lock alone");
}

err file_mode(struct ctx *c, const char *path, unsigned *ret_mode)
{
    struct stat st;
    if (stat(path, &st))
        return fail_path(c, "look at", path, errno);
    *ret_mode = (unsigned)(st.st_mode & 07777);
    return ERR_OK;
}

err file_spool(struct ctx *c, const char *dir, int *ret_fd)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
        *ret_fd = fd;
        return ERR_OK;
    }
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return fail_path(c, "spool in", dir, errno);
    /* Not every file system has O_TMPFILE: a name that is taken away at once does the same. */
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/spool-XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof(path))
        return FAIL(c, INTERNAL, "path too long");
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return fail_path(c, "spool in", dir, errno);
    unlink(path);
    *ret_fd = fd;
    return ERR_OK;
}

struct mapping {
    void *p;
    size_t n;
};

static void unmap(void *arg)
{
    struct mapping *m = arg;
    munmap(m->p, m->n);
}

err file_map(struct ctx *c, struct arena *a, int fd, size_t n, struct str *ret)
{
    if (n == 0) {
        *ret = S("");
        return ERR_OK;
    }
    void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return FAIL(c, INTERNAL, "cannot map: %s", strerrordesc_np(errno));
    struct mapping *m = arena_new(a, struct mapping);
    *m = (struct mapping){ p, n };
    arena_defer(a, unmap, m);
    *ret = (struct str){ p, n };
    return ERR_OK;
}
