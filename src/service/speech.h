/* service/speech.h: what is said in interviews becomes text: segments wait in a bounded queue, are
 * heard by deps.stt, and written down in the order in which they were said; then the room shows the
 * caption, and the evaluator's words go to the bias monitor. Of one interview at most two segments
 * are heard at a time. Who falls behind is merged, not dropped; what could not be heard is a gap in
 * the monitoring. An echo of the student in the evaluator's microphone is dropped. Rows say who
 * listens (speech_watch): what is lost with a process is a gap too. Thread rule:
 * speech_segment_take from any thread; the queue's own calls say theirs. */
#ifndef ENIGMA_SERVICE_SPEECH_H
#define ENIGMA_SERVICE_SPEECH_H

#include "codec/id.h"
#include "db/db.h"

enum {
    SPEECH_HZ = 16000,
    SPEECH_ITEMS_MAX = 1024,     /* segments that wait or are heard */
    SPEECH_OF_INTERVIEW_MAX = 2, /* heard at a time */
    SPEECH_BEHIND = 3,           /* with so many waiting of one voice the next is merged … */
    SPEECH_MERGED_SECONDS = 25,  /* … up to this length */
    SPEECH_ECHO_SECONDS = 2,
    SPEECH_LOST_MAX = 256, /* interviews of which it is known that nobody hears them */
};
#define SPEECH_BYTES_MAX ((size_t)128 << 20) /* of all samples in the queue */

struct speech_segment {
    int64_t interview_id;
    bool evaluator;
    struct str speaker_id; /* account of whoever speaks */
    const int16_t *pcm;    /* SPEECH_HZ, mono */
    size_t samples;
    int64_t begin_us, end_us;
    uint64_t sequence; /* of the speaker, rising */
};
/* Copies the samples. ERR_BUSY: the queue is full, the caller merges and tries again; ERR_INVALID:
 * no samples, or times that cannot be. Without a queue nothing is done. */
err speech_segment_take(struct ctx *c, const struct speech_segment *segment);

struct speech_queue;
err speech_queue_open(struct ctx *c, struct str provider, struct speech_queue **ret);
/* One segment from the queue to its row, by a thread of its own; waits for one. Returns ERR_OK also
 * for what could not be heard: that is a gap. *ret_over: the queue was stopped. */
err speech_queue_work(struct ctx *c, struct speech_queue *q, bool *ret_over);
/* Wakes all who wait. What still waits is given up. */
void speech_queue_stop(struct speech_queue *q);
void speech_queue_close(struct speech_queue *q); /* after its threads; NULL is fine */
/* Hands the monitor what a process that was killed wrote down and did not hand on. */
err speech_recover(struct ctx *c);

/* An interview whose evaluator is listened to here, and up to when everything that reached the room
 * was given to the queue. */
struct speech_watch {
    int64_t interview_id, settled_us;
};
enum { SPEECH_GONE_SECONDS = 30 }; /* not kept for so long: the process is gone */
/* Keeps rows that say so, for whoever comes after a crash; what another process had becomes a gap
 * up to now. all: these are all of `owner`, and its other rows are dropped; else these are more. */
err speech_watch_keep(struct ctx *c, struct str owner, const struct speech_watch *v, size_t n,
                      bool all);
/* The rows of processes that are gone become gaps. alone: no other process listens. */
err speech_watch_recover(struct ctx *c, bool alone);

struct speech_stats {
    int64_t waiting, heard, empty, failed, merged, echoes;
};
void speech_stats(struct speech_queue *q, struct speech_stats *ret);

#endif
