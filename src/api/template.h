/* api/template.h: HTML of web/pages/public filled in at request time; no script is needed to read
 * it.
 * `{{name}}` is the value with &, <, >, " and ' escaped; `{{#name}}…{{/name}}` stays when the value
 * is not empty. Sections nest. An unknown name is empty. Thread rule: templates are constant; any
 * thread. */
#ifndef ENIGMA_API_TEMPLATE_H
#define ENIGMA_API_TEMPLATE_H

#include "base/buf.h"
#include "base/ctx.h"

struct template_value {
    const char *name;
    struct str value;
};
/* The template that the build left under that name ("home") for a language ("en"). */
err template_find(struct ctx *c, const char *name, const char *language, struct str *ret);
/* Fills a template in; the text lives in c->mem. A section that does not end is ERR_INTERNAL. */
err template_fill(struct ctx *c, struct str text, const struct template_value *values, size_t n,
                  struct str *ret_html);

#endif
