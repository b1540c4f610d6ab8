/* The export as a file: a generated name inside one folder, opened beneath it, whole and durable
 * or not there at all. */
#include "base/str.h"
#include "codec/id.h"
#include "codec/time.h"
#include "os/file.h"
#include "service/export_core.h"
#include "service/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FILE_MODE = 0640, DIR_MODE = 0750, CHUNK_BYTES = 256 * 1024, NAME_TRIES = 100 };

struct file_sink {
    int dir, fd;
    struct str temp; /* with a NUL behind it */
    struct buf out;
};

static err flush(struct ctx *c, struct file_sink *f)
{
    TRY(file_write_all(c, f->fd, buf_view(&f->out)));
    buf_clear(&f->out);
    return ERR_OK;
}

static err take(void *arg, struct ctx *c, struct str bytes)
{
    struct file_sink *f = arg;
    if (f->out.n + bytes.n > CHUNK_BYTES)
        TRY(flush(c, f));
    if (bytes.n > CHUNK_BYTES)
        return file_write_all(c, f->fd, bytes);
    buf_str(&f->out, bytes);
    return ERR_OK;
}

static err open_temp(struct ctx *c, struct file_sink *f)
{
    struct str dir = settings_of(c)->export_dir;
    const char *path = str_z(c->mem, dir.n ? dir : S("batch_exports"));
    TRY(dir_make(c, path, DIR_MODE));
    f->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dir < 0)
        return FAIL(c, INTERNAL, "The export folder cannot be opened");
    f->temp = str_keep(c->mem, id_random(c, EXPORT_TEMP));
    f->fd =
        openat(f->dir, f->temp.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (f->fd < 0)
        return FAIL(c, INTERNAL, "The export file cannot be made");
    return ERR_OK;
}

/* A name that exists is never replaced: a second export of the same second counts on. */
static err publish(struct ctx *c, struct file_sink *f, struct str cycle_id, struct str *ret_name)
{
    struct buf stamp;
    buf_init(&stamp, c->mem, TIME_TEXT_MAX);
    time_write_compact(&stamp, c->now_us);
    for (int i = 1; i <= NAME_TRIES; i++) {
        struct str name = str_fmt(c->mem, "batch_export_%.*s_%.*s%s%.0d.jsonl", STR_ARG(cycle_id),
                                  STR_ARG(buf_view(&stamp)), i > 1 ? "_" : "", i > 1 ? i : 0);
        const char *z = str_z(c->mem, name);
        if (renameat2(f->dir, f->temp.p, f->dir, z, RENAME_NOREPLACE) == 0) {
            f->temp = (struct str){ 0 };
            *ret_name = name;
            return fsync(f->dir) == 0 ? ERR_OK
                                      : FAIL(c, INTERNAL, "The export folder cannot be synced");
        }
        if (errno != EEXIST)
            break;
    }
    return FAIL(c, INTERNAL, "The export file cannot be named");
}

static err write_file(struct ctx *c, struct file_sink *f, struct str cycle_id,
                      struct export_outcome *out, struct str *ret_name)
{
    TRY(open_temp(c, f));
    TRY(export_jsonl_core(c, cycle_id, take, f, out));
    TRY(flush(c, f));
    if (fsync(f->fd) != 0)
        return FAIL(c, INTERNAL, "The export file cannot be synced");
    return publish(c, f, cycle_id, ret_name);
}

err export_file(struct ctx *c, struct str cycle_id, struct str *ret_name, int64_t *ret_rows,
                struct str *ret_sha256)
{
    struct file_sink f = { .dir = -1, .fd = -1 };
    struct export_outcome out = { 0 };
    struct str name = { 0 };
    if (!id_valid(cycle_id))
        return FAIL(c, NOT_FOUND, "Cycle not found");
    buf_init(&f.out, NULL, CHUNK_BYTES);
    err e = write_file(c, &f, cycle_id, &out, &name);
    if (f.temp.p && f.fd >= 0)
        (void)unlinkat(f.dir, f.temp.p, 0);
    if (f.fd >= 0)
        (void)close(f.fd);
    if (f.dir >= 0)
        (void)close(f.dir);
    buf_done(&f.out);
    TRY(e);
    *ret_name = name;
    *ret_rows = out.rows;
    *ret_sha256 = out.sha256;
    return ERR_OK;
}
