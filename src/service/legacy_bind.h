/* service/legacy_bind.h: how rows of an original installation are bound to the log. Whoever writes
 * an entry and whoever verifies it use the same functions. Inside the caller's transaction. */
#ifndef ENIGMA_SERVICE_LEGACY_BIND_H
#define ENIGMA_SERVICE_LEGACY_BIND_H

#include "db/db.h"
#include "domain/legacy.h"

/* import.rows, field "decisions", key subject "cycle:CYC_…": {"n":N,"root":HEX} over the leaves
 * {"id":ANON,"status":S} of final_scores in the order of score_id. In c->mem. */
err legacy_verdicts_canon(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret);

/* The stored rows of a chain with first <= id <= last, verified anew. `broken` (may be NULL) hears
 * of each row that does not verify. */
typedef void legacy_broken_fn(void *arg, int64_t id, unsigned bits);
struct legacy_span {
    enum legacy_kind kind;
    int64_t first, last;
    struct str before; /* hash of the row before; absent: from the very beginning */
};
err legacy_chain_read(struct ctx *c, struct tx *tx, const struct legacy_span *s,
                      legacy_broken_fn *broken, void *arg, struct legacy_chain *ret);
/* The data of import.legacy. */
struct str legacy_chain_data(struct ctx *c, enum legacy_kind kind, const struct legacy_chain *ch);

#endif
