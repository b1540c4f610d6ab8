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

/* A name that a page turns itself, or a byte that would end the link: left out. */
static bool is_kept(struct str member)
{
    static const char *const own[] = { "limit=", "cursor=", "after=" };
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (str_starts(member, str_of(own[i])))
            return false;
    for (size_t i = 0; i < member.n; i++)
        if (member.p[i] <= ' ' || strchr("<>\"", member.p[i]))
            return false;
    return member.n > 0;
}

struct str page_filter(struct ctx *c, struct str query)
{
    struct buf b;
    buf_init(&b, c->mem, 2 * query.n + 1);
    for (size_t at = 0; at < query.n;) {
        size_t end = at;
        while (end < query.n && query.p[end] != '&')
            end++;
        const struct str member = str_sub(query, at, end - at);
        if (is_kept(member))
            buf_fmt(&b, "&%.*s", STR_ARG(member));
        at = end + 1;
    }
    return buf_view(&b);
}
