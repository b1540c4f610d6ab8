/* Failed sign-ins by account and by address: sliding windows in a bounded table. */
#include "service/throttle.h"

#include <arpa/inet.h>
#include <pthread.h>

#include "base/str.h"
#include "crypto/hash.h"

enum { WAYS = 8, ADDRESS_TEXT_MAX = 64, V6_PREFIX_BYTES = 8, SALT_N = 16 };

/* One counter: the times of the last failures, newest at `at - 1`. A slot of key 0 is free. */
struct counter {
    uint64_t key;
    int64_t used_us;
    int64_t times[THROTTLE_TRIES_MAX];
    uint32_t at, n;
    bool known; /* an address from which the account has signed in */
};

static struct {
    pthread_mutex_t lock;
    bool salted;
    uint8_t salt[SALT_N];
    struct counter v[THROTTLE_SLOTS];
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t now_us(const struct ctx *c)
{
    const struct clock_port *clock = c->deps->clock ? c->deps->clock : &clock_system;
    return clock->mono_us(clock->self);
}

/* Keyed, so that nobody can choose names that fall on another's counter. */
static uint64_t key_of(struct str kind, struct str a, struct str b)
{
    const struct str parts[] = { kind, S(":"), a, S("\n"), b };
    const struct str salt = { (const char *)table.salt, SALT_N };
    const struct hash h = hmac_sha256(salt, parts, sizeof(parts) / sizeof(parts[0]));
    uint64_t key;
    memcpy(&key, h.b, sizeof(key));
    return key ? key : 1;
}

static struct str address_of(struct str text, char ret[ADDRESS_TEXT_MAX])
{
    struct in6_addr v6;
    char zero_ended[ADDRESS_TEXT_MAX];
    if (!text.n || text.n >= sizeof(zero_ended))
        return text.n ? str_sub(text, 0, ADDRESS_TEXT_MAX) : S("-");
    memcpy(zero_ended, text.p, text.n);
    zero_ended[text.n] = '\0';
    if (inet_pton(AF_INET6, zero_ended, &v6) != 1)
        return text;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(ret, v6.s6_addr + 12, 4);
        return (struct str){ ret, 4 };
    }
    memcpy(ret, v6.s6_addr, V6_PREFIX_BYTES);
    return (struct str){ ret, V6_PREFIX_BYTES };
}

static struct counter *set_of(uint64_t key)
{
    return &table.v[(key % (THROTTLE_SLOTS / WAYS)) * WAYS];
}

static struct counter *find(uint64_t key)
{
    struct counter *set = set_of(key);
    for (int i = 0; i < WAYS; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

/* The counter of the key; the least recently used of its set makes room. */
static struct counter *take(uint64_t key, int64_t now)
{
    struct counter *hit = find(key);
    if (!hit) {
        struct counter *set = set_of(key);
        hit = &set[0];
        for (int i = 1; i < WAYS; i++)
            if (!set[i].key || (hit->key && set[i].used_us < hit->used_us))
                hit = &set[i];
        *hit = (struct counter){ .key = key };
    }
    hit->used_us = now;
    return hit;
}

/* Microseconds until the counter takes a try again; 0: now. */
static int64_t wait_us(const struct counter *k, int64_t limit, int64_t window_us, int64_t now)
{
    if (limit < 1 || limit > THROTTLE_TRIES_MAX)
        limit = limit < 1 ? 1 : THROTTLE_TRIES_MAX;
    if ((int64_t)k->n < limit)
        return 0;
    uint32_t oldest = (k->at + THROTTLE_TRIES_MAX - (uint32_t)limit) % THROTTLE_TRIES_MAX;
    int64_t until = k->times[oldest] + window_us;
    return until > now ? until - now : 0;
}

static void count(struct counter *k, int64_t now)
{
    k->times[k->at] = now;
    k->at = (k->at + 1) % THROTTLE_TRIES_MAX;
    if (k->n < THROTTLE_TRIES_MAX)
        k->n++;
}

/* Takes the newest try of that time back. */
static void uncount(uint64_t key, int64_t at_us)
{
    struct counter *k = find(key);
    for (uint32_t i = 1; k && i <= k->n; i++) {
        uint32_t here = (k->at + THROTTLE_TRIES_MAX - i) % THROTTLE_TRIES_MAX;
        if (k->times[here] != at_us)
            continue;
        for (; i > 1; i--) {
            uint32_t next = (here + 1) % THROTTLE_TRIES_MAX;
            k->times[here] = k->times[next];
            here = next;
        }
        k->at = here;
        k->n--;
        return;
    }
}

static int64_t enter_locked(const struct throttle_limits *l, struct throttle_try *t)
{
    const struct counter *pair = find(t->pair);
    if (pair && pair->known)
        t->account = t->pair;
    struct counter *address = take(t->address, t->at_us);
    struct counter *account = take(t->account, t->at_us);
    int64_t first = wait_us(account, l->account, l->window_us, t->at_us);
    int64_t second = wait_us(address, l->address, l->window_us, t->at_us);
    int64_t wait = first > second ? first : second;
    if (wait > 0)
        return wait;
    count(account, t->at_us);
    /* Both may have wanted the last slot of one set; then the account's counter has it. */
    if (address->key == t->address)
        count(address, t->at_us);
    return 0;
}

err throttle_enter(struct ctx *c, const struct throttle_limits *l, struct str account,
                   struct str address, struct throttle_try *ret)
{
    char room[ADDRESS_TEXT_MAX];
    const struct str place = address_of(address, room);
    struct throttle_try t = { .at_us = now_us(c) };
    pthread_mutex_lock(&table.lock);
    if (!table.salted) {
        ctx_random(c, table.salt, SALT_N);
        table.salted = true;
    }
    t.account = key_of(S("account"), account, S(""));
    t.address = key_of(S("address"), place, S(""));
    t.pair = key_of(S("pair"), account, place);
    int64_t wait = enter_locked(l, &t);
    pthread_mutex_unlock(&table.lock);
    if (wait > 0) {
        err e = FAIL(c, THROTTLED, "Too many failed sign-ins, try again later");
        c->fault.retry_after_s = (uint32_t)((wait + 999999) / 1000000);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

void throttle_forgive(struct ctx *c, const struct throttle_try *t)
{
    pthread_mutex_lock(&table.lock);
    uncount(t->account, t->at_us);
    uncount(t->address, t->at_us);
    take(t->pair, now_us(c))->known = true;
    pthread_mutex_unlock(&table.lock);
}

void throttle_cancel(const struct throttle_try *t)
{
    pthread_mutex_lock(&table.lock);
    uncount(t->account, t->at_us);
    uncount(t->address, t->at_us);
    pthread_mutex_unlock(&table.lock);
}

void throttle_reset(void)
{
    pthread_mutex_lock(&table.lock);
    memset(table.v, 0, sizeof(table.v));
    pthread_mutex_unlock(&table.lock);
}
