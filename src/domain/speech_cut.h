/* domain/speech_cut.h: where a stream of speech is cut into segments for recognition: at pauses,
 * never longer than a limit, never silence. Works on frames of 20 ms by their level alone; the
 * caller keeps the samples. Pure; one owner a state. */
#ifndef ENIGMA_DOMAIN_SPEECH_CUT_H
#define ENIGMA_DOMAIN_SPEECH_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPEECH_RATE = 16000,
    SPEECH_FRAME_MS = 20,
    SPEECH_FRAME = SPEECH_RATE / 1000 * SPEECH_FRAME_MS, /* samples */
    SPEECH_MAX_MS = 12000,
    SPEECH_FRAMES_MAX = SPEECH_MAX_MS / SPEECH_FRAME_MS,
    SPEECH_LONG_MS = 4000,  /* from here on … */
    SPEECH_PAUSE_MS = 300,  /* … such a pause is a place to cut */
    SPEECH_END_MS = 400,    /* the utterance is over, however short */
    SPEECH_LEAD_MS = 200,   /* kept from before the first voice */
    SPEECH_VOICED_MS = 100, /* less voice than that is a click */
    SPEECH_LOOK_MS = 2000,  /* a forced cut falls into the last two seconds … */
    SPEECH_QUIET_MS = 200,  /* … in the midst of the quietest stretch of this length */
};
/* Level of digital silence, dB below full scale. */
#define SPEECH_SILENCE_DB (-100.0)

struct speech_cut {
    uint32_t frames_max; /* of a segment */
    uint32_t n;          /* frames since the last cut */
    uint32_t voiced, quiet;
    bool speaking;
    double floor_db; /* adaptive: what counts as silence here */
    uint8_t level[SPEECH_FRAMES_MAX];
    bool voice[SPEECH_FRAMES_MAX];
};
/* max_ms: forced cut, at most SPEECH_MAX_MS and at least SPEECH_LONG_MS. */
void speech_cut_begin(struct speech_cut *s, uint32_t max_ms);

/* Root mean square of a frame in dB of full scale. */
double speech_level_db(const int16_t *pcm, size_t n);

enum speech_verdict {
    SPEECH_GO_ON,
    SPEECH_SEND, /* the first `frames` are a segment */
    SPEECH_DROP, /* the first `frames` hold no speech */
};
struct speech_step {
    enum speech_verdict verdict;
    uint32_t frames;
};
/* One more frame; what a verdict cuts off is gone from the state. */
struct speech_step speech_cut_frame(struct speech_cut *s, double level_db);
/* Nothing more comes: all that is left, as a segment or not. frames may be 0. */
struct speech_step speech_cut_flush(struct speech_cut *s);

#endif
