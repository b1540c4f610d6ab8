/* os/file.h: files as the service uses them: small, whole, durable, private.
 * Any thread; nothing is kept between calls. Faults name the path's last part only. */
#ifndef ENIGMA_OS_FILE_H
#define ENIGMA_OS_FILE_H

#include "base/ctx.h"

/* The whole file, in the arena. ERR_NOT_FOUND when missing, ERR_TOO_LARGE past max bytes. */
err file_read(struct ctx *c, struct arena *a, const char *path, size_t max, struct str *ret);
/* Makes the file and fsyncs it; ERR_CONFLICT when something of that name exists. */
err file_write_new(struct ctx *c, const char *path, struct str bytes, unsigned mode);
/* Old or new content, never a mixture: temporary file, fsync, rename, fsync of the directory. */
err file_replace(struct ctx *c, const char *path, struct str bytes, unsigned mode);
/* Gives the finished and synced file `temp` its name beside it, durably. Without `replace` an
 * existing file of that name stays and it is ERR_CONFLICT. */
err file_publish(struct ctx *c, const char *temp, const char *path, bool replace);
/* Takes the name away, durably; fine when there is none. */
err file_remove(struct ctx *c, const char *path);
/* Like mkdir -p; fine when it exists and is a writable directory. `mode` is for what it makes. */
err dir_make(struct ctx *c, const char *path, unsigned mode);
/* flock(LOCK_EX) on the file, made when missing; ERR_CONFLICT when another process holds it.
 * Closing *ret_fd gives the lock up. */
err file_lock(struct ctx *c, const char *path, int *ret_fd);
/* The same lock for many: alone (flock(LOCK_EX), *ret_alone) when nobody has it, else with the
 * others (LOCK_SH), which may take wait_ms while one has it alone; ERR_CONFLICT after that. */
err file_lock_shared(struct ctx *c, const char *path, int64_t wait_ms, int *ret_fd,
                     bool *ret_alone);
/* Alone no longer: lets the others in. Waits wait_ms for one that slips in alone. */
err file_lock_share(struct ctx *c, int fd, int64_t wait_ms);
/* Permission bits. */
err file_mode(struct ctx *c, const char *path, unsigned *ret_mode);

/* A file without a name in `dir`, gone when it is closed: room for what is too large for memory. */
err file_spool(struct ctx *c, const char *dir, int *ret_fd);
/* Writes all of it, going on after short writes and EINTR. */
err file_write_all(struct ctx *c, int fd, struct str bytes);
/* The first n bytes of the file, mapped for reading until the arena is reset. n 0: empty view. */
err file_map(struct ctx *c, struct arena *a, int fd, size_t n, struct str *ret);

#endif
