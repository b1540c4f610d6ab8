/* repo/setting_repo.h: SQL of the settings table: a few named values that the program keeps. Works
 * inside the caller's transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_SETTING_REPO_H
#define ENIGMA_REPO_SETTING_REPO_H

#include "db/db.h"

err setting_repo_get(struct ctx *c, struct tx *tx, struct str name, struct str *ret_value,
                     bool *ret_found);
/* Makes or replaces. */
err setting_repo_set(struct ctx *c, struct tx *tx, struct str name, struct str value);
err setting_repo_delete(struct ctx *c, struct tx *tx, struct str name, int64_t *ret_changed);

#endif
