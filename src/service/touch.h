/* service/touch.h: when a login or an API token was last used. Noted in memory and written for many
 * together, so that whoever is in a hurry does not wait for a commit of somebody's last use: at
 * once where nothing was written within the last second, by the next caller after it otherwise, or
 * by the server's own look-around (touch_flush). What is noted when the process dies is forgotten.
 * Thread rule: any thread; none may be inside a transaction. */
#ifndef ENIGMA_SERVICE_TOUCH_H
#define ENIGMA_SERVICE_TOUCH_H

#include "base/ctx.h"

enum touch_kind { TOUCH_STUDENT, TOUCH_ADMIN, TOUCH_TOKEN, TOUCH_KIND_COUNT_ };

enum { TOUCH_US = 60 * 1000000 };

/* Used now, before that at last_us: noted once a minute. Never fails: it is a convenience, and when
 * the writer is busy the request goes on without it. */
void touch(struct ctx *c, enum touch_kind kind, struct str id, int64_t last_us);
/* Writes what is noted. */
void touch_flush(struct ctx *c);
/* Forgets everything, for tests. */
void touch_reset(void);

#endif
