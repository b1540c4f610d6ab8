/* os/net.h: addresses as 16 bytes (IPv4 mapped into IPv6), ranges, listening sockets.
 * Pure but for net_listen; any thread. */
#ifndef ENIGMA_OS_NET_H
#define ENIGMA_OS_NET_H

#include "base/ctx.h"

#include <sys/socket.h>

enum { NET_TEXT_MAX = 46, NET_BACKLOG = 4096 };
struct net_ip {
    uint8_t b[16];
};
struct net_range {
    struct net_ip ip;
    uint8_t bits; /* of 128 */
};

bool net_ip_read(struct str text, struct net_ip *ret);
struct net_ip net_ip_of(const struct sockaddr *sa);
/* NUL-ended; ret of NET_TEXT_MAX. */
struct str net_ip_write(const struct net_ip *ip, char *ret);
/* "10.0.0.0/8", "::1" and the like. */
bool net_range_read(struct str text, struct net_range *ret);
bool net_range_has(const struct net_range *r, const struct net_ip *ip);
/* What a throttle counts by: the whole IPv4 address, the /64 of an IPv6 one. */
struct net_ip net_ip_block(const struct net_ip *ip);
bool net_ip_is_loopback(const struct net_ip *ip);

/* A listening socket, non-blocking, shared by SO_REUSEPORT. "127.0.0.1:8000", "[::1]:0".
 * port 0 in *io_port: the text's own; otherwise this one. *io_port is what was bound. A port that
 * another process holds is ERR_CONFLICT, a forbidden one ERR_FORBIDDEN. */
err net_listen(struct ctx *c, struct str address, uint16_t *io_port, int *ret_fd);

#endif
