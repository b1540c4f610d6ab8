/* The I/O thread: takes new exchanges and cancellations, drives libcurl, ends what has ended. */
#include "client/client.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/str.h"
#include "client/transfer.h"

enum { POLL_MS = 1000, KEPT_CONNECTIONS_MIN = 32 };

struct client {
    struct client_port port;
    struct allow allow;
    struct transfer_rules rules;
    uint32_t in_flight_max, in_flight_origin_max;
    char *ca_file;
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows */
    struct transfer *first, *last;
    uint64_t next_id;
    uint32_t n, n_fresh, n_cancelled, n_of[CLIENT_ORIGINS_MAX];
    bool closing;
    struct client_stats stats;
};

static void list_add(struct client *cl, struct transfer *t)
{
    t->prev = cl->last;
    if (cl->last)
        cl->last->next = t;
    else
        cl->first = t;
    cl->last = t;
}

static void list_remove(struct client *cl, struct transfer *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        cl->first = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        cl->last = t->prev;
    t->prev = t->next = NULL;
}

static err admit(struct client *cl, struct ctx *c, struct transfer *t, uint64_t *ret_id)
{
    const size_t at = t->origin_index;
    if (cl->closing)
        return FAIL(c, BUSY, "The service is stopping");
    if (cl->n >= cl->in_flight_max || cl->n_of[at] >= cl->in_flight_origin_max)
        return FAIL(c, BUSY, "Too many requests to %s are in flight", t->origin.text);
    t->id = ++cl->next_id;
    t->fresh = true;
    cl->n++;
    cl->n_of[at]++;
    cl->n_fresh++;
    list_add(cl, t);
    if (ret_id)
        *ret_id = t->id;
    return ERR_OK;
}

static err port_start(void *self, struct ctx *c, const struct client_request *r, client_done *done,
                      void *arg, uint64_t *ret_id)
{
    struct client *cl = self;
    struct transfer *t = NULL;
    TRY(transfer_make(c, &cl->allow, r, &t));
    t->done = done;
    t->arg = arg;
    pthread_mutex_lock(&cl->lock);
    const err e = admit(cl, c, t, ret_id);
    pthread_mutex_unlock(&cl->lock);
    if (e != ERR_OK) {
        transfer_free(t);
        return e;
    }
    (void)curl_multi_wakeup(cl->multi);
    return ERR_OK;
}

static void port_cancel(void *self, uint64_t id)
{
    struct client *cl = self;
    pthread_mutex_lock(&cl->lock);
    for (struct transfer *t = cl->first; t; t = t->next) {
        if (t->id != id || t->cancelled)
            continue;
        t->cancelled = true;
        cl->n_cancelled++;
        break;
    }
    pthread_mutex_unlock(&cl->lock);
    (void)curl_multi_wakeup(cl->multi);
}

/* Out of the multi and the list first, so that `done` finds a free place for the next exchange. */
static void finish(struct client *cl, struct transfer *t, enum client_outcome outcome)
{
    long connects = 0;
    (void)curl_multi_remove_handle(cl->multi, t->easy);
    (void)curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    pthread_mutex_lock(&cl->lock);
    list_remove(cl, t);
    cl->n--;
    cl->n_of[t->origin_index]--;
    if (t->fresh)
        cl->n_fresh--;
    if (t->cancelled)
        cl->n_cancelled--;
    cl->stats.ended[outcome]++;
    cl->stats.connections += connects;
    pthread_mutex_unlock(&cl->lock);
    transfer_end(t, outcome);
}

/* The next exchange that a caller has put in or taken back; NULL when there is none. */
static struct transfer *next_order(struct client *cl, enum client_outcome *ret_outcome)
{
    struct transfer *t = NULL;
    *ret_outcome = CLIENT_OK;
    pthread_mutex_lock(&cl->lock);
    if (cl->closing) {
        t = cl->first;
        *ret_outcome = CLIENT_CLOSED;
    } else if (cl->n_cancelled > 0 || cl->n_fresh > 0) {
        t = cl->first;
        while (t && !t->cancelled && !t->fresh)
            t = t->next;
    }
    if (t && t->cancelled && !cl->closing)
        *ret_outcome = CLIENT_CANCELLED;
    if (t && *ret_outcome == CLIENT_OK) {
        t->fresh = false;
        cl->n_fresh--;
    }
    pthread_mutex_unlock(&cl->lock);
    return t;
}

static void take_orders(struct client *cl)
{
    enum client_outcome outcome;
    struct transfer *t;
    while ((t = next_order(cl, &outcome)) != NULL) {
        if (outcome != CLIENT_OK) {
            finish(cl, t, outcome);
            continue;
        }
        CURL *easy = transfer_begin(t, &cl->rules);
        if (!easy || curl_multi_add_handle(cl->multi, easy) != CURLM_OK)
            finish(cl, t, CLIENT_BROKEN);
    }
}

static void harvest(struct client *cl)
{
    CURLMsg *m;
    int left = 0;
    while ((m = curl_multi_info_read(cl->multi, &left)) != NULL) {
        char *p = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
        struct transfer *t = (struct transfer *)(void *)p;
        finish(cl, t, transfer_outcome(t, code));
    }
}

static bool going_on(struct client *cl)
{
    pthread_mutex_lock(&cl->lock);
    const bool on = !cl->closing || cl->first;
    pthread_mutex_unlock(&cl->lock);
    return on;
}

static void *client_main(void *arg)
{
    struct client *cl = arg;
    (void)prctl(PR_SET_NAME, "client");
    while (going_on(cl)) {
        int running = 0;
        take_orders(cl);
        (void)curl_multi_perform(cl->multi, &running);
        harvest(cl);
        (void)curl_multi_poll(cl->multi, NULL, 0, POLL_MS, NULL);
    }
    return NULL;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_ALL);
}

static err take_options(struct ctx *c, const struct client_options *o, struct client *cl)
{
    for (size_t i = 0; i < o->n_origins; i++)
        if (!allow_add(&cl->allow, o->origins[i]))
            return FAIL(c, INVALID, "%.*s is not an origin, https://host[:port]",
                        STR_ARG(o->origins[i]));
    cl->in_flight_max = o->in_flight_max ? o->in_flight_max : CLIENT_IN_FLIGHT;
    cl->in_flight_origin_max =
        o->in_flight_origin_max ? o->in_flight_origin_max : cl->in_flight_max;
    cl->rules.connect_ms = o->connect_ms > 0 ? o->connect_ms : CLIENT_CONNECT_MS;
    if (!o->ca_file.p)
        return ERR_OK;
    cl->ca_file = strndup(o->ca_file.p, o->ca_file.n);
    cl->rules.ca_file = cl->ca_file;
    return cl->ca_file ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
}

static void give_up(struct client *cl)
{
    if (cl->multi)
        (void)curl_multi_cleanup(cl->multi);
    pthread_mutex_destroy(&cl->lock);
    free(cl->ca_file);
    free(cl);
}

/* Signals belong to the main thread. */
static bool start_thread(struct client *cl)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(&cl->thread, NULL, client_main, cl);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
}

err client_open(struct ctx *c, const struct client_options *o, struct client **ret)
{
    if (pthread_once(&curl_once, start_curl) != 0)
        return FAIL(c, INTERNAL, "libcurl cannot be started");
    struct client *cl = calloc(1, sizeof(*cl));
    if (!cl)
        return FAIL(c, INTERNAL, "out of memory");
    pthread_mutex_init(&cl->lock, NULL);
    cl->port = (struct client_port){ cl, port_start, port_cancel };
    err e = take_options(c, o, cl);
    if (e == ERR_OK) {
        cl->multi = curl_multi_init();
        if (!cl->multi)
            e = FAIL(c, INTERNAL, "out of memory");
    }
    if (e == ERR_OK) {
        /* libcurl counts those in use as well: fewer, and every answer would cost a handshake. */
        const uint32_t kept =
            cl->in_flight_max < KEPT_CONNECTIONS_MIN ? KEPT_CONNECTIONS_MIN : cl->in_flight_max;
        (void)curl_multi_setopt(cl->multi, CURLMOPT_MAXCONNECTS, (long)kept);
        if (!start_thread(cl))
            e = FAIL(c, INTERNAL, "The thread of outbound requests cannot be started");
    }
    if (e != ERR_OK) {
        give_up(cl);
        return e;
    }
    *ret = cl;
    return ERR_OK;
}

const struct client_port *client_port_of(struct client *cl)
{
    return &cl->port;
}

void client_stop(struct client *cl)
{
    if (!cl)
        return;
    pthread_mutex_lock(&cl->lock);
    cl->closing = true;
    pthread_mutex_unlock(&cl->lock);
    (void)curl_multi_wakeup(cl->multi);
}

void client_close(struct client *cl)
{
    if (!cl)
        return;
    client_stop(cl);
    pthread_join(cl->thread, NULL);
    give_up(cl);
}

void client_stats(struct client *cl, struct client_stats *ret)
{
    pthread_mutex_lock(&cl->lock);
    *ret = cl->stats;
    ret->in_flight = cl->n;
    pthread_mutex_unlock(&cl->lock);
}
