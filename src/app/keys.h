/* app/keys.h: the secrets of an installation: one file each under KEYS_DIR, mode 0600, or from
 * options. Made at the first start; a file that others can read is refused. */
#ifndef ENIGMA_APP_KEYS_H
#define ENIGMA_APP_KEYS_H

#include "app/options.h"
#include "crypto/fernet.h"

/* Path of a file in the folder of keys, in c->mem. */
const char *keys_path(struct ctx *c, const struct options *o, const char *name);
/* Loads every key; `create` makes what is missing. */
err keys_load(struct ctx *c, const struct options *o, bool create, struct keyring *ret);
/* Puts a fresh Fernet key first, keeps the others; the file is replaced in one step. */
err keys_add_fernet(struct ctx *c, const struct options *o);
/* Keeps only the first Fernet key. */
err keys_drop_old(struct ctx *c, const struct options *o);
/* Every secret as it is in force, one file each (0600), into a folder made with 0700. ERR_CONFLICT:
 * the folder holds one already and may not be replaced. */
err keys_save(struct ctx *c, const struct options *o, const char *dir, bool replace);
/* The key files of such a folder into an installation that has none of its own: all, or none where
 * one cannot be read or written, since those that are there stay. */
err keys_bring(struct ctx *c, const struct options *o, const char *dir);
/* Does the data folder hold any key file? */
bool keys_present(struct ctx *c, const struct options *o);
/* The key files by name, NULL-ended; for whoever looks at their modes. */
extern const char *const key_files[];
/* The original's two lines: ENCRYPTION_KEY=… and JWT_SECRET=… */
void keys_print_pair(struct ctx *c, struct buf *out);

/* A password of 20 url-safe characters, 120 random bits. */
struct str keys_random_password(struct ctx *c);

#endif
