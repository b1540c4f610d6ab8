/* db/dialect.h: the few words in which the engines differ, in one table each. Pure; any thread. */
#ifndef ENIGMA_DB_DIALECT_H
#define ENIGMA_DB_DIALECT_H

#include "base/buf.h"
#include "base/ctx.h"

struct dialect_token {
    const char *token; /* @NAME@ */
    const char *text;
};
struct dialect {
    const char *name; /* of the blocks: sqlite, postgres */
    const struct dialect_token *tokens;
    size_t n;
};
extern const struct dialect dialect_sqlite, dialect_postgres;

/* A migration's text for one engine: its own blocks are kept, the others' left out (as empty
 * lines, so that line numbers stay), tokens replaced. Unknown tokens and open blocks are refused.
 */
err dialect_text(struct ctx *c, const struct dialect *d, struct str script, struct buf *ret);

/* A statement's text for one engine: tokens replaced. Ends with a zero byte. */
err dialect_sql(struct ctx *c, const struct dialect *d, const char *sql, struct buf *ret);

#endif
