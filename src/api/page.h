/* api/page.h: the few HTML pages of the server itself: no script needed, no inline style. */
#ifndef ENIGMA_API_PAGE_H
#define ENIGMA_API_PAGE_H

#include "base/buf.h"
#include "domain/cycle.h"

/* Text with &, <, >, " and ' escaped. */
void html_text(struct buf *b, struct str s);
/* What went wrong with a sign-in, and the way to another try. */
err page_signin_failed(struct ctx *c, struct str why, struct str *ret_html);
err page_home(struct ctx *c, const struct admission_info *info, struct str *ret_html);

#endif
