/* Asking and waiting, for workers; and what a reply says. */
#include "client/client.h"

#include <pthread.h>

#include "base/str.h"

const char *const client_outcome_names[CLIENT_OUTCOMES] = {
    "ok",     "refused",   "unreachable", "untrusted", "late",
    "broken", "too_large", "cancelled",   "closed",
};

struct str client_reply_header(const struct client_reply *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (str_eqi(r->headers[i].name, str_of(name)))
            return r->headers[i].value;
    return (struct str){ 0 };
}

bool client_reply_passing(const struct client_reply *r)
{
    static const int statuses[] = { 408, 425, 429, 500, 502, 503, 504 };
    if (r->outcome != CLIENT_OK)
        return r->outcome == CLIENT_UNREACHABLE || r->outcome == CLIENT_LATE ||
               r->outcome == CLIENT_BROKEN;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (r->status == statuses[i])
            return true;
    return false;
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over, kept;
    struct arena *mem;
    struct client_reply reply;
};

/* On the I/O thread; the waiting thread leaves its arena alone meanwhile. */
static bool keep_reply(struct arena *mem, const struct client_reply *r, struct client_reply *ret)
{
    struct client_header *h = NULL;
    *ret = *r;
    ret->origin = str_keep(mem, r->origin);
    ret->headers = NULL;
    ret->n_headers = 0;
    if (r->outcome != CLIENT_OK)
        return true;
    char *body = arena_try(mem, r->body.n + 1, 1, 1);
    size_t bytes = 0;
    for (size_t i = 0; i < r->n_headers; i++)
        bytes += r->headers[i].name.n + r->headers[i].value.n;
    char *text = arena_try(mem, bytes + 1, 1, 1);
    h = arena_try(mem, r->n_headers + 1, sizeof(*h), _Alignof(struct client_header));
    if (!body || !text || !h)
        return false;
    memcpy(body, r->body.p, r->body.n);
    ret->body = (struct str){ body, r->body.n };
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct str name = r->headers[i].name, value = r->headers[i].value;
        memcpy(text, name.p, name.n);
        h[i].name = (struct str){ text, name.n };
        text += name.n;
        if (value.n)
            memcpy(text, value.p, value.n);
        h[i].value = (struct str){ text, value.n };
        text += value.n;
    }
    ret->headers = h;
    ret->n_headers = r->n_headers;
    return true;
}

static void wake(void *arg, const struct client_reply *r)
{
    struct waiter *w = arg;
    pthread_mutex_lock(&w->lock);
    w->kept = keep_reply(w->mem, r, &w->reply);
    w->over = true;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
}

static err fault_of(struct ctx *c, const struct client_reply *r)
{
    static const char *const why[CLIENT_OUTCOMES] = {
        [CLIENT_REFUSED] = "leads to an address that may not be asked",
        [CLIENT_UNREACHABLE] = "cannot be reached",
        [CLIENT_UNTRUSTED] = "did not show a certificate that is trusted",
        [CLIENT_LATE] = "did not answer in time",
        [CLIENT_BROKEN] = "broke its answer off",
        [CLIENT_TOO_LARGE] = "answered more than is allowed",
        [CLIENT_CANCELLED] = "was no longer asked",
    };
    if (r->outcome == CLIENT_CLOSED)
        return FAIL(c, BUSY, "The service is stopping");
    return FAIL(c, UPSTREAM, "%.*s %s", STR_ARG(r->origin), why[r->outcome]);
}

err client_call(struct ctx *c, const struct client_port *port, const struct client_request *r,
                struct client_reply *ret)
{
    struct waiter w = { .mem = c->mem };
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.ended, NULL);
    err e = port->start(port->self, c, r, wake, &w, NULL);
    if (e == ERR_OK) {
        /* Without a limit of its own: the deadline ends the exchange, and that calls wake. */
        pthread_mutex_lock(&w.lock);
        while (!w.over)
            pthread_cond_wait(&w.ended, &w.lock);
        pthread_mutex_unlock(&w.lock);
        *ret = w.reply;
        if (w.reply.outcome != CLIENT_OK)
            e = fault_of(c, &w.reply);
        else if (!w.kept)
            e = FAIL(c, UPSTREAM, "%.*s answered more than there is room for",
                     STR_ARG(w.reply.origin));
    }
    pthread_cond_destroy(&w.ended);
    pthread_mutex_destroy(&w.lock);
    return e;
}
