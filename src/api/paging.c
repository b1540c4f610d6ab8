/* Paging headers: an old client sees a plain array, a new one follows Link. */
#include "api/paging.h"

#include "base/str.h"

static const struct field page_query_fields[] = {
    FIELD_I64(struct page_query, limit, .min = 1, .max = 1000, .preset = "100",
              .doc = "Rows in one answer."),
    FIELD_STR(struct page_query, cursor, .flags = FIELD_NULL, .max = 200,
              .doc = "Where the next page starts: from the Link header."),
};
SCHEMA(page_query_schema, "PageQuery", struct page_query, page_query_fields);

void page_headers(struct ctx *c, struct call *call, struct str next, int64_t limit, int64_t total,
                  struct str extra)
{
    if (total >= 0)
        call_header(c, call, "X-Total-Count", str_fmt(c->mem, "%lld", (long long)total));
    if (!next.p)
        return;
    call_header(c, call, "Link",
                str_fmt(c->mem, "<%.*s?limit=%lld&cursor=%.*s%.*s>; rel=\"next\"",
                        STR_ARG(call->request->path), (long long)limit, STR_ARG(next),
                        STR_ARG(extra)));
}
