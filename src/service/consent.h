/* service/consent.h: the text that applicants agree to, by version. A version never changes its
 * text; which one an application came under is stored with it.
 * Thread rule: any thread. */
#ifndef ENIGMA_SERVICE_CONSENT_H
#define ENIGMA_SERVICE_CONSENT_H

#include "db/db.h"
#include "domain/application.h"
#include "repo/application_repo.h"

enum { CONSENT_TEXT_MAX = 64 * 1024 };
#define CONSENT_VERSION_BUILTIN "2026-1"

struct consent { /* GET /consent */
    struct str version, text, sha256;
};
extern const struct schema consent_schema;
/* The current one; from memory. */
void consent_current(struct ctx *c, struct consent *ret);
/* Start-up: keeps the current text under its version. ERR_CONFLICT when the version was used with
 * another text before. */
err consent_register(struct ctx *c);
/* What the client named must be the current version: ERR_INVALID with an issue otherwise. */
err consent_check(struct ctx *c, const struct application_new *n);
/* What is stored with the application: the named version, or the current one as shown. */
void consent_note(struct ctx *c, const struct application_new *n, struct application_record *io);

#endif
