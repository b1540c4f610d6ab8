/* http/loop.h: one thread's event loop with its connections, timers and hand-backs.
 * Thread rule: everything here belongs to the loop's thread unless it is said otherwise. */
#ifndef ENIGMA_HTTP_LOOP_H
#define ENIGMA_HTTP_LOOP_H

#include "http/conn.h"
#include "os/handback.h"
#include "os/pool.h"
#include "os/tls.h"

#include <pthread.h>

enum {
    LOOP_READ_MAX = 64 * 1024,
    LOOP_PLAIN_MAX = 16 * 1024,
    LOOP_FREE_MAX = 256,  /* exchanges kept for reuse */
    LOOP_ACCEPT_MAX = 64, /* connections taken in one round */
    LOOP_TICK_MS = 100,
    LOOP_ACCEPT_PAUSE_MS = 100,
    LOOP_DRAIN_GRACE_MS = 100, /* idle connections may have sent something on the way */
    LOOP_FORCED_MS = 2000,
    SERVER_LOOPS_MAX = 64,
};

struct timer_list {
    struct conn *first, *last;
    uint32_t ms;
};

/* Written by the loop, read by anyone. */
struct loop_stats {
    _Atomic int64_t accepted, open, requests, queue_full, bytes_in, bytes_out, refused, websockets;
    _Atomic int64_t by_class[6];
};

struct server;
struct ws;
/* WebSockets of a loop by number; a generation counts who had the number before. */
struct ws_slot {
    struct ws *ws;
    uint64_t generation;
    uint32_t next_free;
};
struct ws_slots {
    struct ws_slot *v;
    uint32_t n, cap, first_free; /* first_free: a number + 1; 0: none */
};
/* What WebSockets say in one round of the loop, until its end. */
struct ws_cork;
struct ws_corks {
    struct ws_cork *first, *last, *free;
    uint32_t n_free;
};
/* Quick handlers never wait behind slow ones: each kind has its own threads. */
enum pool_kind { POOL_QUICK, POOL_SLOW, POOL_KINDS };
struct batch {
    struct pool_job *first, *last;
    uint32_t n;
};

struct loop {
    struct server *server;
    uint32_t index;
    struct ws_slots sockets;
    struct ws_corks corks;
    struct ws_work *ws_spare; /* of readers at rest */
    struct site *site;
    uv_loop_t uv;
    uv_poll_t listener;
    int listen_fd, spare_fd;
    bool listening, paused;
    uint64_t paused_at;
    struct handback back;
    uv_check_t check;
    uv_prepare_t prepare;
    uv_timer_t tick;
    pthread_t thread;
    struct batch batch[POOL_KINDS]; /* what this round hands over, by pool */
    uint32_t in_flight;
    struct exchange *free;
    uint32_t n_free;
    struct conn *conns;
    uint32_t n_conns;
    struct timer_list timers[CONN_TIMER_COUNT_];
    struct loop_stats stats;
    bool draining, forced;
    uint64_t drain_at;
    int64_t block_second;
    size_t block_n;
    struct buf out;
    char block[SITE_BLOCK_MAX];
    char plain[LOOP_PLAIN_MAX];
    char read[LOOP_READ_MAX];
};

struct address_table;
struct server {
    struct arena *mem;
    struct server_options options;
    struct site *site;
    struct pool *pool[POOL_KINDS];
    struct tls *tls;
    struct loop **loops;
    uint32_t n_loops;
    uint16_t port;
    struct address_table *addresses;
    _Atomic uint32_t uploads, streams, events, connections;
    _Atomic bool stop;
};

/* 0 or a libuv error. */
int loop_open(struct loop *l, struct server *s, int listen_fd);
void loop_run(struct loop *l);
/* The pools are closed, and nothing waits in l->back. */
void loop_close(struct loop *l);
/* Any thread, signal handlers too. */
void loop_wake(struct loop *l);
struct exchange *loop_take_exchange(struct loop *l);
void loop_give_exchange(struct loop *l, struct exchange *x);
/* Queues a job for the pool; false: the queue is full. It goes with this round's batch. */
bool loop_submit(struct loop *l, struct exchange *x);
void loop_count(_Atomic int64_t *counter, int64_t n);

/* listener.c */
int listener_open(struct loop *l);
void listener_tick(struct loop *l);
/* Takes what is queued, then stops listening. */
void listener_close(struct loop *l);

/* address.c: connections by address, server-wide; any thread. */
struct address_table *address_open(uint32_t connections_max);
bool address_take(struct address_table *t, const struct net_ip *ip, uint32_t most);
void address_give(struct address_table *t, const struct net_ip *ip);
void address_close(struct address_table *t);

#endif
