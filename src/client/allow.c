/* The allow-list of origins, and the addresses that stay out of reach whatever a name resolves to.
 */
#include "client/allow.h"

#include <stdio.h>

#include "base/str.h"

struct parts {
    char *scheme, *host, *port;
};

static void parts_free(struct parts *p)
{
    curl_free(p->scheme);
    curl_free(p->host);
    curl_free(p->port);
}

static bool parts_get(CURLU *u, struct parts *ret)
{
    return curl_url_get(u, CURLUPART_SCHEME, &ret->scheme, 0) == CURLUE_OK &&
           curl_url_get(u, CURLUPART_HOST, &ret->host, 0) == CURLUE_OK &&
           curl_url_get(u, CURLUPART_PORT, &ret->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static bool host_is_loopback(struct str host)
{
    struct net_ip ip;
    if (str_eqi(host, S("localhost")))
        return true;
    if (host.n > 2 && host.p[0] == '[')
        host = str_sub(host, 1, host.n - 2);
    return net_ip_read(host, &ip) && net_ip_is_loopback(&ip);
}

static void lower_ascii(char *z)
{
    for (; *z; z++)
        if (*z >= 'A' && *z <= 'Z')
            *z = (char)(*z + ('a' - 'A'));
}

static bool origin_write(const struct parts *p, struct origin *ret)
{
    const struct str scheme = str_of(p->scheme), host = str_of(p->host);
    if (!str_eqi(scheme, S("https")) && !str_eqi(scheme, S("http")))
        return false;
    if (host.n == 0 || host.n > ORIGIN_HOST_MAX)
        return false;
    snprintf(ret->text, sizeof(ret->text), "%s://%s:%s", p->scheme, p->host, p->port);
    lower_ascii(ret->text);
    ret->loopback = host_is_loopback(host);
    return true;
}

/* libcurl forgives what we do not: slashes too many or too few, backslashes, bytes that no URL has.
 */
static bool spelled_well(struct str url)
{
    const char *at = memmem(url.p, url.n, "://", 3);
    const size_t host = at ? (size_t)(at - url.p) + 3 : url.n;
    if (host >= url.n || url.p[host] == '/' || memchr(url.p, '/', url.n) != at + 1)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f || url.p[i] == '\\')
            return false;
    return true;
}

CURLU *origin_read(struct str url, struct origin *ret)
{
    char z[CLIENT_URL_MAX + 1];
    struct parts p = { 0 };
    struct origin o;
    if (url.n == 0 || url.n > CLIENT_URL_MAX || !spelled_well(url))
        return NULL;
    memcpy(z, url.p, url.n);
    z[url.n] = '\0';
    CURLU *u = curl_url();
    const bool ok = u && curl_url_set(u, CURLUPART_URL, z, CURLU_DISALLOW_USER) == CURLUE_OK &&
                    parts_get(u, &p) && origin_write(&p, &o);
    parts_free(&p);
    if (ok) {
        *ret = o;
        return u;
    }
    curl_url_cleanup(u);
    return NULL;
}

/* An origin has no path, query or fragment; one slash at its end is forgiven. */
static bool is_bare(CURLU *u)
{
    static const CURLUPart none[] = { CURLUPART_QUERY, CURLUPART_FRAGMENT };
    char *part = NULL;
    bool bare =
        curl_url_get(u, CURLUPART_PATH, &part, 0) == CURLUE_OK && str_eq(str_of(part), S("/"));
    curl_free(part);
    for (size_t i = 0; bare && i < sizeof(none) / sizeof(none[0]); i++) {
        part = NULL;
        bare = curl_url_get(u, none[i], &part, 0) != CURLUE_OK;
        curl_free(part);
    }
    return bare;
}

bool allow_add(struct allow *a, struct str origin)
{
    struct origin o;
    size_t at;
    CURLU *u = origin_read(origin, &o);
    const bool bare = u && is_bare(u);
    curl_url_cleanup(u);
    if (!bare)
        return false;
    if (allow_find(a, &o, &at))
        return true;
    if (a->n == CLIENT_ORIGINS_MAX)
        return false;
    a->v[a->n++] = o;
    return true;
}

bool allow_find(const struct allow *a, const struct origin *o, size_t *ret_index)
{
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->v[i].text, o->text) != 0)
            continue;
        *ret_index = i;
        return true;
    }
    return false;
}

static bool in_any(const char *const *ranges, size_t n, const struct net_ip *ip)
{
    for (size_t i = 0; i < n; i++) {
        struct net_range r;
        if (net_range_read(str_of(ranges[i]), &r) && net_range_has(&r, ip))
            return true;
    }
    return false;
}

/* An IPv4 address inside an IPv6 one is judged as itself: NAT64 (RFC 6052), 6to4 (RFC 3056) and the
 * IPv4-compatible form. */
static bool inner_v4(const struct net_ip *ip, struct net_ip *ret)
{
    static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
    static const uint8_t compatible[12] = { 0 };
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    const uint8_t *v4 = NULL;
    if (memcmp(ip->b, nat64, sizeof(nat64)) == 0 ||
        (memcmp(ip->b, compatible, sizeof(compatible)) == 0 && ip->b[12] != 0))
        v4 = ip->b + 12;
    else if (ip->b[0] == 0x20 && ip->b[1] == 0x02)
        v4 = ip->b + 2;
    if (!v4)
        return false;
    memcpy(ret->b, mapped, sizeof(mapped));
    memcpy(ret->b + 12, v4, 4);
    return true;
}

bool address_forbidden(const struct net_ip *ip, bool loopback_ok)
{
    /* Metadata services outside link-local: Amazon's over IPv6, Alibaba's, Oracle's. */
    static const char *const never[] = {
        "0.0.0.0/8",       "169.254.0.0/16", "224.0.0.0/4",   "240.0.0.0/4",
        "100.100.100.200", "192.0.0.192",    "::/128",        "fe80::/10",
        "fec0::/10",       "ff00::/8",       "fd00:ec2::254",
    };
    const size_t n = sizeof(never) / sizeof(never[0]);
    struct net_ip inner;
    if (net_ip_is_loopback(ip))
        return !loopback_ok;
    if (in_any(never, n, ip))
        return true;
    return inner_v4(ip, &inner) && (net_ip_is_loopback(&inner) || in_any(never, n, &inner));
}

struct str client_origin_of(struct ctx *c, struct str url)
{
    struct origin o;
    CURLU *u = origin_read(url, &o);
    if (!u)
        return (struct str){ 0 };
    curl_url_cleanup(u);
    return str_keep(c->mem, str_of(o.text));
}

bool client_url_loopback(struct ctx *c, struct str url)
{
    struct origin o;
    (void)c;
    CURLU *u = origin_read(url, &o);
    if (!u)
        return false;
    curl_url_cleanup(u);
    return o.loopback;
}
