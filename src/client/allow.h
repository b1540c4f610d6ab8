/* client/allow.h: which origins may be asked, and which addresses never. Private to the room.
 * Pure; any thread. */
#ifndef ENIGMA_CLIENT_ALLOW_H
#define ENIGMA_CLIENT_ALLOW_H

#include <curl/curl.h>

#include "client/client.h"
#include "os/net.h"

enum { ORIGIN_HOST_MAX = 253, ORIGIN_TEXT_MAX = ORIGIN_HOST_MAX + 24 };

struct origin {
    char text[ORIGIN_TEXT_MAX]; /* scheme://host:port, lower case */
    bool loopback;              /* the host is localhost or a loopback address by its own words */
};
/* The parsed URL and its origin. NULL: not http(s), a user in it, too long, or no URL at all. The
 * caller gives it up with curl_url_cleanup. */
CURLU *origin_read(struct str url, struct origin *ret);

struct allow {
    struct origin v[CLIENT_ORIGINS_MAX];
    size_t n;
};
/* false: the text is more or less than an origin, or the list is full. */
bool allow_add(struct allow *a, struct str origin);
/* false: not on the list. */
bool allow_find(const struct allow *a, const struct origin *o, size_t *ret_index);

/* Addresses that no name may lead to: this host, link-local with the clouds' metadata services,
 * unspecified, multicast, broadcast. Loopback is fine for origins that say so themselves. */
bool address_forbidden(const struct net_ip *ip, bool loopback_ok);

#endif
