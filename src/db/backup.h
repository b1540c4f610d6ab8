/* db/backup.h: a whole SQLite database as one file. For PostgreSQL the same is done by rows
 * (service/copy.h), or by its own tools. Thread rule: any thread, one call at a time a database. */
#ifndef ENIGMA_DB_BACKUP_H
#define ENIGMA_DB_BACKUP_H

#include "db/db.h"

/* Pages done and in all. */
typedef void db_progress_fn(void *arg, int64_t done, int64_t total);
/* One moment's state of the database into the file at `path`, which exists and is empty, while
 * others read and write. The file is whole and durable when this returns. ERR_BUSY: the disk is
 * full, or another program holds the file; ERR_INVALID: the engine keeps no file. fn may be
 * NULL. */
err db_backup(struct ctx *c, struct db *db, const char *path, db_progress_fn *fn, void *arg);
/* Makes one file of a closed SQLite database: what its log still holds is moved in, and the file
 * can be read where nothing may be written. Durable. */
err db_pack(struct ctx *c, const char *path);
/* The file that a url names; false for an engine that keeps none. */
bool db_url_file(struct ctx *c, struct str url, struct str *ret_path);

#endif
