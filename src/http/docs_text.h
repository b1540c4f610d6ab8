/* http/docs_text.h: words that every document about the routes shares. Pure; any thread. */
#ifndef ENIGMA_HTTP_DOCS_TEXT_H
#define ENIGMA_HTTP_DOCS_TEXT_H

#include "http/route.h"

enum { DOCS_SCHEMAS_MAX = 512 };

/* Name of scope bit i of an API token, or NULL; the order is that of domain/role.h. */
const char *docs_scope_name(unsigned bit);
/* "cycles:read", or "any" when every token comes in. */
void docs_write_scopes(struct buf *out, uint32_t scopes);
/* "admin, super_admin" */
void docs_write_roles(struct buf *out, uint32_t roles, const char *between);
/* The status that means success, by the row. */
int docs_success_status(const struct route *r);
const char *docs_reply_type(const struct route *r);
const char *docs_body_type(const struct route *r);
/* Whether a name in a path stands for a number. */
bool docs_path_is_number(struct str name);
/* The kinds of failure that the row can answer with, as bits of enum err. */
uint32_t docs_errors(const struct route *r);
/* Every schema that the routes reach, each once, nested ones too; *ret_n of at most
 * DOCS_SCHEMAS_MAX. */
void docs_collect(const struct route_table *tables, size_t n,
                  const struct schema *ret[DOCS_SCHEMAS_MAX], size_t *ret_n);

#endif
