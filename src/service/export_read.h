/* service/export_read.h: the pages of an export. With `ahead` another thread reads the next page
 * while the caller writes one; without, and where no thread can be had, each is read when it is
 * asked for.
 * Thread rule: one reader, one thread. The rows of a page live until the next is asked for. */
#ifndef ENIGMA_SERVICE_EXPORT_READ_H
#define ENIGMA_SERVICE_EXPORT_READ_H

#include "repo/anon_repo.h"

enum { EXPORT_PAGE_ROWS = 200 };

/* Rows begin with their int64_t eval_order. */
typedef err export_page_fn(struct ctx *c, struct tx *tx, const struct order_range *after,
                           size_t limit, struct list *ret);
struct export_source {
    export_page_fn *page;
    size_t row_size;
    struct str cycle_id; /* borrowed until the end */
    bool ahead;
};
struct export_reader;
err export_read_open(struct ctx *c, const struct export_source *s, struct export_reader **ret);
/* No rows: the end. */
err export_read_next(struct ctx *c, struct export_reader *r, struct list *ret_rows);
/* NULL is allowed. */
void export_read_close(struct export_reader *r);

#endif
