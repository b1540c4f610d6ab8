/* http/access.h: who may come in: login, roles, throttles, cross-site rules, content type.
 * Thread rule: the exchange's owner; authenticate may block, so a worker. */
#ifndef ENIGMA_HTTP_ACCESS_H
#define ENIGMA_HTTP_ACCESS_H

#include "http/exchange.h"

/* The two role bits that this room must tell from the rest; domain/role.h holds the same values
 * and the tests of api compare them. */
enum { ACCESS_PUBLIC = 1 << 0, ACCESS_STUDENT = 1 << 1 };

/* Everything that is decided before the body is looked at. */
err access_admit(struct exchange *x);
/* Only login and roles: again at each tick of an event stream. */
err access_check(struct exchange *x);
/* Whether an unsafe request that a cookie signed comes from our own pages. */
bool access_same_origin(const struct site *s, const struct request *r, struct str host);
/* The media type, without parameters. */
struct str access_media_type(const struct request *r);
/* The address behind trusted proxies, by X-Forwarded-For; and whether they spoke TLS. */
struct net_ip access_client(const struct site *s, const struct request *r, struct net_ip peer,
                            bool *io_tls);

#endif
