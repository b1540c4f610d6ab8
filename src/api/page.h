/* api/page.h: the HTML pages whose values the server knows: no script needed, no inline style. */
#ifndef ENIGMA_API_PAGE_H
#define ENIGMA_API_PAGE_H

#include "base/buf.h"
#include "domain/cycle.h"

enum page_language { PAGE_ENGLISH, PAGE_URDU };

/* What went wrong with a sign-in, and the way to another try. */
err page_signin_failed(struct ctx *c, struct str why, struct str *ret_html);
/* Whether admissions are open, until when, and how blind scoring works. */
err page_home(struct ctx *c, const struct admission_info *info, enum page_language language,
              struct str *ret_html);

#endif
