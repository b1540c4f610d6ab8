/* http/openapi.h: documents printed from the route tables. Pure; any thread. */
#ifndef ENIGMA_HTTP_OPENAPI_H
#define ENIGMA_HTTP_OPENAPI_H

#include "http/route.h"

struct openapi_info {
    const char *title, *version, *description;
    const char *cookie, *staff_cookie; /* names of the logins' cookies */
};
void openapi_write(struct buf *out, const struct openapi_info *info,
                   const struct route_table *tables, size_t n);
/* Markdown table: method, path, who, limits, summary. */
void routes_write_markdown(struct buf *out, const struct route_table *tables, size_t n);
/* The /docs page: HTML without script, every route with its schemas. */
void routes_write_html(struct buf *out, const struct openapi_info *info,
                       const struct route_table *tables, size_t n);

#endif
