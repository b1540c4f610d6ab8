/* http/head_fields.h: the fields that decide where a message ends and whom it is for.
 * Pure; any thread. */
#ifndef ENIGMA_HTTP_HEAD_FIELDS_H
#define ENIGMA_HTTP_HEAD_FIELDS_H

#include "http/head.h"

bool head_is_token_char(unsigned char ch);
/* http://host/path?query into host and the rest; false when it is not that. */
bool head_split_absolute(struct str target, struct str *ret_host, struct str *ret_rest);
/* Host, Content-Length, Transfer-Encoding, Connection, Expect: fills h, or says what is wrong. */
struct head_verdict head_check_fields(struct head *h);

#endif
