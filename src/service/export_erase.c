/* Takes lines out of an export: a copy without them replaces the file, durably. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "codec/id.h"
#include "os/file.h"
#include "service/erasure.h"
#include "service/export_core.h"
#include "service/settings.h"

enum { FILE_MODE = 0640, COPY_BYTES = 256 * 1024, PATH_MAX_N = 4096, MAP_ARENA_MAX = 1 << 20 };
enum { LOCK_TRIES = 3000, LOCK_PAUSE_US = 10000, DAY_S = 86400 };
static const char copy_mark[] = ".erasing-"; /* behind the file's name, before a random part */

/* Generated names only: one part, no dots in front. */
static bool name_fits(struct str name)
{
    if (!name.n || name.n > 255 || name.p[0] == '.' || memchr(name.p, '/', name.n))
        return false;
    return str_ends(name, S(".jsonl"));
}

static bool speaks_of(struct str text, struct str id)
{
    return memmem(text.p, text.n, id.p, id.n) != NULL;
}

struct copy {
    int fd;
    struct buf out;
};

static err flush(struct ctx *c, struct copy *k)
{
    TRY(file_write_all(c, k->fd, buf_view(&k->out)));
    buf_clear(&k->out);
    return ERR_OK;
}

static err keep_line(struct ctx *c, struct copy *k, struct str line)
{
    if (k->out.n + line.n > COPY_BYTES)
        TRY(flush(c, k));
    if (line.n > COPY_BYTES)
        return file_write_all(c, k->fd, line);
    buf_str(&k->out, line);
    return ERR_OK;
}

static err copy_lines(struct ctx *c, struct copy *k, struct str text, struct str id)
{
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        const size_t length = end ? (size_t)(end - text.p) + 1 : text.n;
        const struct str line = { text.p, length };
        if (!speaks_of(line, id))
            TRY(keep_line(c, k, line));
        text = (struct str){ text.p + length, text.n - length };
    }
    TRY(flush(c, k));
    return fsync(k->fd) == 0 ? ERR_OK : FAIL(c, INTERNAL, "The export file cannot be synced");
}

static err rewrite(struct ctx *c, struct str text, const char *temp, struct str id)
{
    struct copy k = { .fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 FILE_MODE) };
    if (k.fd < 0)
        return FAIL(c, INTERNAL, "The export file cannot be made");
    buf_init(&k.out, NULL, COPY_BYTES);
    const err e = copy_lines(c, &k, text, id);
    buf_done(&k.out);
    (void)close(k.fd);
    return e;
}

static err take_out(struct ctx *c, const char *path, int fd, struct str id)
{
    struct stat st;
    struct str text = { 0 };
    char temp[PATH_MAX_N];
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return FAIL(c, INTERNAL, "The export file cannot be read");
    struct arena *mem = arena_open(NULL, MAP_ARENA_MAX);
    err e = file_map(c, mem, fd, (size_t)st.st_size, &text);
    if (e == ERR_OK && speaks_of(text, id)) {
        const struct str mark = id_random(c, copy_mark);
        snprintf(temp, sizeof(temp), "%s%.*s", path, STR_ARG(mark));
        e = rewrite(c, text, temp, id);
        if (e == ERR_OK)
            e = file_publish(c, temp, path, true);
        else
            (void)unlink(temp);
    }
    arena_close(mem);
    return e;
}

/* One at a time in the folder, whichever thread or process: two copies made beside each other would
 * bring back what the other took out. */
static err lock_folder(struct ctx *c, struct str dir, int *ret_fd)
{
    char path[PATH_MAX_N];
    snprintf(path, sizeof(path), "%.*s/.erasure.lock", STR_ARG(dir));
    for (int i = 0; i < LOCK_TRIES; i++) {
        const err e = file_lock(c, path, ret_fd);
        if (e != ERR_CONFLICT)
            return e;
        fault_clear(c);
        usleep(LOCK_PAUSE_US);
    }
    return FAIL(c, BUSY, "Another erasure is at work in the export folder");
}

/* Copies are made under the lock only, so what is there is nobody's; an export may be in work, but
 * not for a day. */
static bool was_cut(const struct ctx *c, int dir, const char *name)
{
    struct stat st;
    if (strstr(name, copy_mark))
        return true;
    return strncmp(name, EXPORT_TEMP, sizeof(EXPORT_TEMP) - 1) == 0 &&
           fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_mtime < c->now_us / 1000000 - DAY_S;
}

/* Files that a crash left half written hold lines as well, under names that nobody knows. */
static err sweep(struct ctx *c, struct str folder)
{
    err e = ERR_OK;
    DIR *dir = opendir(str_z(c->mem, folder));
    if (!dir)
        return FAIL(c, INTERNAL, "The export folder cannot be read");
    for (const struct dirent *at; e == ERR_OK && (at = readdir(dir)) != NULL;)
        if (was_cut(c, dirfd(dir), at->d_name) && unlinkat(dirfd(dir), at->d_name, 0) != 0)
            e = FAIL(c, INTERNAL, "A half-written export file cannot be removed");
    (void)closedir(dir);
    return e;
}

static err take_out_at(struct ctx *c, const char *path, struct str id)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return ERR_OK; /* moved away, or of another server: docs/SECURITY.md says so */
    if (fd < 0)
        return FAIL(c, INTERNAL, "An export file cannot be opened");
    const err e = take_out(c, path, fd, id);
    (void)close(fd);
    return e;
}

err export_take_out(struct ctx *c, struct str file, struct str anonymized_id)
{
    const struct settings *s = settings_of(c);
    char path[PATH_MAX_N];
    int lock_fd = -1;
    if (!anonymized_id.n || !name_fits(file))
        return ERR_OK;
    const struct str dir = s->export_dir.n ? s->export_dir : S("batch_exports");
    if (dir.n + file.n + 64 > sizeof(path))
        return FAIL(c, INTERNAL, "The name of the export folder is too long");
    snprintf(path, sizeof(path), "%.*s/%.*s", STR_ARG(dir), STR_ARG(file));
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return ERR_OK;
    TRY(lock_folder(c, dir, &lock_fd));
    err e = sweep(c, dir);
    if (e == ERR_OK)
        e = take_out_at(c, path, anonymized_id);
    (void)close(lock_fd);
    return e;
}
