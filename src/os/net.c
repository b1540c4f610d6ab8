/* Addresses and listening sockets. */
#include "os/net.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool is_v4(const struct net_ip *ip)
{
    return memcmp(ip->b, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static bool to_z(struct str text, char *ret, size_t cap)
{
    if (text.n == 0 || text.n >= cap || memchr(text.p, 0, text.n))
        return false;
    memcpy(ret, text.p, text.n);
    ret[text.n] = '\0';
    return true;
}

bool net_ip_read(struct str text, struct net_ip *ret)
{
    char z[NET_TEXT_MAX];
    struct net_ip ip;
    if (!to_z(text, z, sizeof(z)))
        return false;
    memcpy(ip.b, mapped_prefix, sizeof(mapped_prefix));
    if (inet_pton(AF_INET, z, ip.b + 12) != 1 && inet_pton(AF_INET6, z, ip.b) != 1)
        return false;
    *ret = ip;
    return true;
}

struct net_ip net_ip_of(const struct sockaddr *sa)
{
    struct net_ip ip = { { 0 } };
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof(in6));
        memcpy(ip.b, &in6.sin6_addr, 16);
    } else if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof(in));
        memcpy(ip.b, mapped_prefix, sizeof(mapped_prefix));
        memcpy(ip.b + 12, &in.sin_addr, 4);
    }
    return ip;
}

struct str net_ip_write(const struct net_ip *ip, char *ret)
{
    const char *ok = is_v4(ip) ? inet_ntop(AF_INET, ip->b + 12, ret, NET_TEXT_MAX)
                               : inet_ntop(AF_INET6, ip->b, ret, NET_TEXT_MAX);
    if (!ok)
        ret[0] = '\0';
    return (struct str){ ret, strlen(ret) };
}

bool net_range_read(struct str text, struct net_range *ret)
{
    struct str head;
    struct str bits = str_cut(text, '/', &head);
    struct net_range r;
    if (!net_ip_read(head, &r.ip))
        return false;
    int64_t most = is_v4(&r.ip) ? 32 : 128, n = most;
    if (bits.p && (!str_i64(bits, &n) || n < 0 || n > most))
        return false;
    r.bits = (uint8_t)(128 - most + n);
    *ret = r;
    return true;
}

bool net_range_has(const struct net_range *r, const struct net_ip *ip)
{
    size_t whole = r->bits / 8;
    unsigned rest = r->bits % 8;
    if (memcmp(r->ip.b, ip->b, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return ((r->ip.b[whole] ^ ip->b[whole]) & mask) == 0;
}

struct net_ip net_ip_block(const struct net_ip *ip)
{
    struct net_ip block = *ip;
    if (!is_v4(ip))
        memset(block.b + 8, 0, 8);
    return block;
}

bool net_ip_is_loopback(const struct net_ip *ip)
{
    static const uint8_t one[16] = { [15] = 1 };
    return is_v4(ip) ? ip->b[12] == 127 : memcmp(ip->b, one, 16) == 0;
}

struct where {
    struct sockaddr_storage sa;
    socklen_t n;
};

static void where_set(struct where *w, const struct net_ip *ip, bool six, uint16_t port)
{
    memset(w, 0, sizeof(*w));
    if (six) {
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
        memcpy(&in6.sin6_addr, ip->b, 16);
        memcpy(&w->sa, &in6, sizeof(in6));
        w->n = sizeof(in6);
        return;
    }
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
    memcpy(&in.sin_addr, ip->b + 12, 4);
    memcpy(&w->sa, &in, sizeof(in));
    w->n = sizeof(in);
}

static err read_address(struct ctx *c, struct str text, struct net_ip *ret_ip, uint16_t *ret_port,
                        bool *ret_six)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    struct str host = str_sub(text, 0, colon ? colon - 1 : 0);
    bool six = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (six)
        host = str_sub(host, 1, host.n - 2);
    else if (str_eq(host, S("localhost")))
        host = S("127.0.0.1");
    int64_t port;
    if (!net_ip_read(host, ret_ip) || !str_i64(str_sub(text, colon, text.n), &port) || port < 0 ||
        port > 65535 || six == is_v4(ret_ip))
        return FAIL(c, BAD_REQUEST, "listen address \"%.*s\" is not ADDRESS:PORT", STR_ARG(text));
    *ret_port = (uint16_t)port;
    *ret_six = six;
    return ERR_OK;
}

static err fail_bind(struct ctx *c, struct str address, int why)
{
    if (why == EADDRINUSE)
        return FAIL(c, CONFLICT, "address %.*s is in use", STR_ARG(address));
    if (why == EACCES)
        return FAIL(c, FORBIDDEN, "no permission to listen on %.*s", STR_ARG(address));
    return FAIL(c, INTERNAL, "cannot listen on %.*s: %s", STR_ARG(address), strerrordesc_np(why));
}

/* SO_REUSEPORT would let a second process of the same user share the port unnoticed. */
static err check_free(struct ctx *c, struct str address, const struct where *w)
{
    int fd = socket(w->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail_bind(c, address, errno);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    int why = bind(fd, (const struct sockaddr *)&w->sa, w->n) ? errno : 0;
    close(fd);
    return why ? fail_bind(c, address, why) : ERR_OK;
}

static int open_socket(const struct where *w, int *ret_fd)
{
    int fd = socket(w->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* accepted sockets inherit it */
    if (w->sa.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ||
        bind(fd, (const struct sockaddr *)&w->sa, w->n) || listen(fd, NET_BACKLOG)) {
        int why = errno;
        close(fd);
        return why;
    }
    *ret_fd = fd;
    return 0;
}

err net_listen(struct ctx *c, struct str address, uint16_t *io_port, int *ret_fd)
{
    struct net_ip ip;
    struct where w;
    uint16_t port = 0;
    bool six = false;
    TRY(read_address(c, address, &ip, &port, &six));
    bool first = *io_port == 0;
    where_set(&w, &ip, six, first ? port : *io_port);
    if (first && port != 0)
        TRY(check_free(c, address, &w));
    int fd = -1, why = open_socket(&w, &fd);
    if (why)
        return fail_bind(c, address, why);
    socklen_t n = sizeof(w.sa);
    if (getsockname(fd, (struct sockaddr *)&w.sa, &n)) {
        why = errno;
        close(fd);
        return fail_bind(c, address, why);
    }
    struct sockaddr_in in; /* the port stands at the same place in both families */
    memcpy(&in, &w.sa, sizeof(in));
    *io_port = ntohs(in.sin_port);
    *ret_fd = fd;
    return ERR_OK;
}
