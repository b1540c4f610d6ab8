/* The queue of segments: bounded, fair between interviews, in order for each voice. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "service/speech_inner.h"

enum { PAUSE_SAMPLES = SPEECH_HZ / 5 }; /* between two segments that become one */

err speech_queue_open(struct ctx *c, struct str provider, struct speech_queue **ret)
{
    struct speech_queue *q = calloc(1, sizeof(*q));
    if (!q)
        return FAIL(c, INTERNAL, "out of memory");
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->change, NULL);
    const struct str name = str_sub(provider, 0, sizeof(q->provider) - 1);
    memcpy(q->provider, name.p, name.n);
    *ret = q;
    return ERR_OK;
}

void speech_queue_stop(struct speech_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->change);
    pthread_mutex_unlock(&q->lock);
}

void speech_queue_close(struct speech_queue *q)
{
    if (!q)
        return;
    while (q->first) {
        struct speech_item *next = q->first->next;
        free(q->first->pcm);
        free(q->first);
        q->first = next;
    }
    pthread_cond_destroy(&q->change);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static bool same_voice(const struct speech_item *a, const struct speech_item *b)
{
    return a->interview_id == b->interview_id && a->evaluator == b->evaluator &&
           strcmp(a->speaker_id, b->speaker_id) == 0;
}

/* The last of this voice that waits, when so many do that it falls behind. */
static struct speech_item *merge_into(struct speech_queue *q, const struct speech_item *item)
{
    struct speech_item *last = NULL;
    size_t behind = 0;
    for (struct speech_item *i = q->first; i; i = i->next) {
        if (i->hearing || !same_voice(i, item))
            continue;
        behind++;
        last = i;
    }
    const size_t together = last ? last->samples + PAUSE_SAMPLES + item->samples : 0;
    return behind > SPEECH_BEHIND && together <= (size_t)SPEECH_MERGED_SECONDS * SPEECH_HZ ? last
                                                                                           : NULL;
}

static bool merge(struct speech_queue *q, struct speech_item *into, const struct speech_item *item)
{
    const size_t n = into->samples + PAUSE_SAMPLES + item->samples;
    int16_t *pcm = realloc(into->pcm, n * sizeof(*pcm));
    if (!pcm)
        return false;
    memset(pcm + into->samples, 0, PAUSE_SAMPLES * sizeof(*pcm));
    memcpy(pcm + into->samples + PAUSE_SAMPLES, item->pcm, item->samples * sizeof(*pcm));
    q->bytes += (n - into->samples) * sizeof(*pcm);
    into->pcm = pcm;
    into->samples = n;
    into->end_us = item->end_us;
    q->stats.merged++;
    return true;
}

static void append(struct speech_queue *q, struct speech_item *item)
{
    if (q->last)
        q->last->next = item;
    else
        q->first = item;
    q->last = item;
    q->items++;
    q->bytes += item->samples * sizeof(*item->pcm);
    q->stats.waiting++;
}

static struct speech_item *copy(const struct speech_segment *s)
{
    struct speech_item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->pcm = malloc(s->samples * sizeof(*item->pcm));
    if (!item->pcm) {
        free(item);
        return NULL;
    }
    memcpy(item->pcm, s->pcm, s->samples * sizeof(*item->pcm));
    memcpy(item->speaker_id, s->speaker_id.p, s->speaker_id.n);
    item->samples = s->samples;
    item->interview_id = s->interview_id;
    item->evaluator = s->evaluator;
    item->begin_us = s->begin_us;
    item->end_us = s->end_us;
    return item;
}

static bool full(const struct speech_queue *q, size_t samples)
{
    return q->stopped || q->items >= SPEECH_ITEMS_MAX ||
           q->bytes + samples * sizeof(int16_t) > SPEECH_BYTES_MAX;
}

err speech_segment_take(struct ctx *c, const struct speech_segment *s)
{
    struct speech_queue *q = c->deps->speech;
    if (!q)
        return ERR_OK;
    if (!s->samples || !s->pcm || s->samples > (size_t)SPEECH_MERGED_SECONDS * 2 * SPEECH_HZ ||
        s->end_us < s->begin_us || s->speaker_id.n > ID_MAX)
        return FAIL(c, INVALID, "A segment of speech that cannot be");
    struct speech_item *item = copy(s);
    if (!item)
        return FAIL(c, BUSY, "no memory for a segment of speech");
    pthread_mutex_lock(&q->lock);
    struct speech_item *into = merge_into(q, item);
    const bool busy = full(q, s->samples);
    const bool merged = !busy && into && merge(q, into, item);
    if (!busy && !merged)
        append(q, item);
    pthread_cond_broadcast(&q->change);
    pthread_mutex_unlock(&q->lock);
    if (!busy && !merged)
        return ERR_OK;
    free(item->pcm);
    free(item);
    return busy ? FAIL(c, BUSY, "Too much speech waits to be heard") : ERR_OK;
}

static struct speech_item *ready(struct speech_queue *q)
{
    for (struct speech_item *i = q->first; i; i = i->next) {
        int heard = 0;
        if (i->hearing)
            continue;
        for (struct speech_item *k = q->first; k; k = k->next)
            heard += k->hearing && k->interview_id == i->interview_id;
        if (heard < SPEECH_OF_INTERVIEW_MAX)
            return i;
    }
    return NULL;
}

struct speech_item *speech_next(struct speech_queue *q)
{
    struct speech_item *item = NULL;
    pthread_mutex_lock(&q->lock);
    while (!q->stopped && !(item = ready(q)))
        pthread_cond_wait(&q->change, &q->lock);
    if (q->stopped)
        item = NULL;
    if (item) {
        item->hearing = true;
        q->stats.waiting--;
    }
    pthread_mutex_unlock(&q->lock);
    return item;
}

void speech_turn(struct speech_queue *q, const struct speech_item *item)
{
    pthread_mutex_lock(&q->lock);
    for (const struct speech_item *i = q->first; i != item;) {
        if (!same_voice(i, item)) {
            i = i->next;
            continue;
        }
        pthread_cond_wait(&q->change, &q->lock);
        i = q->first;
    }
    pthread_mutex_unlock(&q->lock);
}

void speech_done(struct speech_queue *q, struct speech_item *item)
{
    pthread_mutex_lock(&q->lock);
    struct speech_item **at = &q->first, *before = NULL;
    while (*at != item) {
        before = *at;
        at = &(*at)->next;
    }
    *at = item->next;
    if (q->last == item)
        q->last = before;
    q->items--;
    q->bytes -= item->samples * sizeof(*item->pcm);
    pthread_cond_broadcast(&q->change);
    pthread_mutex_unlock(&q->lock);
    free(item->pcm);
    free(item);
}

int64_t speech_count_lost(struct speech_queue *q, int64_t interview_id, int64_t seconds,
                          int64_t *ret_was)
{
    int64_t now = seconds;
    size_t at = 0;
    pthread_mutex_lock(&q->lock);
    while (at < q->n_lost && q->lost[at].interview_id != interview_id)
        at++;
    *ret_was = at < q->n_lost ? q->lost[at].seconds : 0;
    if (seconds == 0 && at < q->n_lost) {
        q->lost[at] = q->lost[--q->n_lost];
    } else if (seconds > 0) {
        now = *ret_was + seconds;
        if (at < SPEECH_LOST_MAX)
            q->lost[at] = (struct speech_lost){ interview_id, now };
        if (at == q->n_lost && at < SPEECH_LOST_MAX)
            q->n_lost++;
    }
    pthread_mutex_unlock(&q->lock);
    return now;
}

void speech_stats(struct speech_queue *q, struct speech_stats *ret)
{
    pthread_mutex_lock(&q->lock);
    *ret = q->stats;
    pthread_mutex_unlock(&q->lock);
}
