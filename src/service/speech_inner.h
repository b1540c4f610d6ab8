/* service/speech_inner.h: the queue of segments as its two files share it. Private to speech.c and
 * speech_queue.c. Thread rule: everything under the queue's lock but what an item's worker owns. */
#ifndef ENIGMA_SERVICE_SPEECH_INNER_H
#define ENIGMA_SERVICE_SPEECH_INNER_H

#include <pthread.h>

#include "service/speech.h"

struct speech_item { /* in the order of arrival; freed by whoever took it out */
    struct speech_item *next;
    int64_t interview_id;
    bool evaluator, hearing;
    char speaker_id[ID_MAX + 1];
    int16_t *pcm;
    size_t samples;
    int64_t begin_us, end_us;
};
struct speech_lost {
    int64_t interview_id, seconds;
};
struct speech_queue {
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct speech_item *first, *last;
    size_t items, bytes;
    bool stopped;
    char provider[104];
    struct speech_lost lost[SPEECH_LOST_MAX];
    size_t n_lost;
    struct speech_stats stats;
};

/* NULL: stopped. The item is marked and stays in the list. */
struct speech_item *speech_next(struct speech_queue *q);
/* Waits until what the same voice said before is written down. */
void speech_turn(struct speech_queue *q, const struct speech_item *item);
/* Takes it out, frees it, wakes the others. */
void speech_done(struct speech_queue *q, struct speech_item *item);
/* Seconds that the interview has been unheard so far, these included; 0 clears. *ret_was: before.
 */
int64_t speech_count_lost(struct speech_queue *q, int64_t interview_id, int64_t seconds,
                          int64_t *ret_was);

#endif
