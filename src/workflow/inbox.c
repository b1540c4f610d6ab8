/* Answers from other threads, in the order in which they come. */
#include "workflow/inbox.h"
#include "os/mono.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct inbox {
    const struct llm_port *llm; /* NULL: nothing is settled */
    pthread_mutex_t lock;
    pthread_cond_t came;
    struct ticket *first, **last;
    size_t under_way;
    bool left, woken;
};

struct inbox *inbox_open(const struct llm_port *llm)
{
    struct inbox *in = calloc(1, sizeof(*in));
    if (!in)
        return NULL;
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->came, NULL);
    in->last = &in->first;
    in->llm = llm && llm->settle ? llm : NULL;
    return in;
}

static void inbox_free(struct inbox *in)
{
    pthread_cond_destroy(&in->came);
    pthread_mutex_destroy(&in->lock);
    free(in);
}

struct ticket *inbox_ticket(struct inbox *in, size_t run)
{
    struct ticket *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->in = in;
    t->run = run;
    pthread_mutex_lock(&in->lock);
    in->under_way++;
    pthread_mutex_unlock(&in->lock);
    return t;
}

void tickets_settle(struct ticket *first)
{
    const struct llm_port *llm = NULL; /* one for all tickets of an inbox */
    size_t n = 0;
    for (struct ticket *t = first; t; t = t->next) {
        if (!t->unsettled)
            continue;
        llm = t->unsettled;
        t->unsettled = NULL;
        n++;
    }
    if (n > 0)
        llm->settle(llm->self, n);
}

void tickets_free(struct ticket *first)
{
    tickets_settle(first);
    while (first) {
        struct ticket *next = first->next;
        free(first->text);
        free(first);
        first = next;
    }
}

static void fill(struct ticket *t, const struct llm_failure *failure, const struct llm_reply *reply)
{
    t->failed = true;
    t->unsettled = reply ? t->in->llm : NULL;
    if (failure) {
        t->failure = *failure;
        return;
    }
    t->reply = *reply;
    t->reply.value = NULL;
    t->text = malloc(reply->text.n + 1);
    if (!t->text) {
        t->failure = (struct llm_failure){ .kind = ERR_INTERNAL, .text = "out of memory" };
        return;
    }
    if (reply->text.n)
        memcpy(t->text, reply->text.p, reply->text.n);
    t->text[reply->text.n] = '\0';
    t->reply.text.p = t->text;
    t->failed = false;
}

void inbox_answer(void *ticket, const struct llm_failure *failure, const struct llm_reply *reply)
{
    struct ticket *t = ticket;
    struct inbox *in = t->in;
    fill(t, failure, reply);
    pthread_mutex_lock(&in->lock);
    in->under_way--;
    const bool left = in->left, last = left && in->under_way == 0;
    if (!left) {
        *in->last = t;
        in->last = &t->next;
        pthread_cond_signal(&in->came);
    }
    pthread_mutex_unlock(&in->lock);
    if (left)
        tickets_free(t);
    if (last)
        inbox_free(in);
}

struct ticket *inbox_take(struct inbox *in, uint32_t wait_ms)
{
    const struct timespec until = mono_in_us(wait_ms * INT64_C(1000));
    pthread_mutex_lock(&in->lock);
    while (!in->first && !in->woken)
        if (pthread_cond_clockwait(&in->came, &in->lock, CLOCK_MONOTONIC, &until) != 0)
            break;
    struct ticket *t = in->first;
    in->first = NULL;
    in->last = &in->first;
    in->woken = false;
    pthread_mutex_unlock(&in->lock);
    return t;
}

void inbox_wake(struct inbox *in)
{
    pthread_mutex_lock(&in->lock);
    in->woken = true;
    pthread_cond_signal(&in->came);
    pthread_mutex_unlock(&in->lock);
}

void inbox_leave(struct inbox *in)
{
    pthread_mutex_lock(&in->lock);
    in->left = true;
    const bool last = in->under_way == 0;
    struct ticket *t = in->first;
    pthread_mutex_unlock(&in->lock);
    tickets_free(t);
    if (last)
        inbox_free(in);
}
