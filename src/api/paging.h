/* api/paging.h: `limit` and `cursor` of lists; Link and X-Total-Count of their answers. */
#ifndef ENIGMA_API_PAGING_H
#define ENIGMA_API_PAGING_H

#include "http/route.h"

struct page_query {
    int64_t limit;
    struct str cursor;
};
extern const struct schema page_query_schema;
/* next: the cursor of the next page, or absent. total: -1 when it is not counted. extra: further
 * query members for the link, e.g. "&status=scored", or empty. */
void page_headers(struct ctx *c, struct call *call, struct str next, int64_t limit, int64_t total,
                  struct str extra);
/* The members of a query string, as sent, that a link to the next page keeps: all but where in the
 * list and how much of it. */
struct str page_filter(struct ctx *c, struct str query);

#endif
