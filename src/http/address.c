/* Connections counted by address, so that one client cannot take every place. */
#include "http/loop.h"

#include "base/str.h"

#include <string.h>

struct entry {
    struct net_ip ip;
    uint32_t n; /* 0: free */
};
struct address_table {
    pthread_mutex_t mu;
    size_t mask;
    struct entry entries[];
};

struct address_table *address_open(uint32_t connections_max)
{
    size_t n = 64;
    while (n < (size_t)connections_max * 2)
        n *= 2;
    struct address_table *t = calloc(1, sizeof(*t) + n * sizeof(t->entries[0]));
    if (!t)
        return NULL;
    t->mask = n - 1;
    pthread_mutex_init(&t->mu, NULL);
    return t;
}

void address_close(struct address_table *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->mu);
    free(t);
}

static size_t home(const struct address_table *t, const struct net_ip *ip)
{
    return str_hash((struct str){ (const char *)ip->b, sizeof(ip->b) }) & t->mask;
}

/* The table is at least twice as large as there may be connections, so a free entry exists. */
static struct entry *find(struct address_table *t, const struct net_ip *ip)
{
    size_t at = home(t, ip);
    while (t->entries[at].n && memcmp(t->entries[at].ip.b, ip->b, sizeof(ip->b)) != 0)
        at = (at + 1) & t->mask;
    return &t->entries[at];
}

bool address_take(struct address_table *t, const struct net_ip *ip, uint32_t most)
{
    struct net_ip block = net_ip_block(ip);
    pthread_mutex_lock(&t->mu);
    struct entry *e = find(t, &block);
    bool fine = e->n < most;
    if (fine) {
        e->ip = block;
        e->n++;
    }
    pthread_mutex_unlock(&t->mu);
    return fine;
}

/* Entries behind a freed one move up, so that every search still ends at its own. */
static void close_gap(struct address_table *t, size_t gap)
{
    for (size_t at = (gap + 1) & t->mask; t->entries[at].n; at = (at + 1) & t->mask) {
        size_t from_home = (at - home(t, &t->entries[at].ip)) & t->mask;
        size_t from_gap = (at - gap) & t->mask;
        if (from_home < from_gap)
            continue;
        t->entries[gap] = t->entries[at];
        t->entries[at].n = 0;
        gap = at;
    }
}

void address_give(struct address_table *t, const struct net_ip *ip)
{
    struct net_ip block = net_ip_block(ip);
    pthread_mutex_lock(&t->mu);
    struct entry *e = find(t, &block);
    if (e->n && --e->n == 0)
        close_gap(t, (size_t)(e - t->entries));
    pthread_mutex_unlock(&t->mu);
}
