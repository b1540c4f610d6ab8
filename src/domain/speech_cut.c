/* Pauses by level against an adaptive floor; the forced cut at the quietest place. */
#include "domain/speech_cut.h"

#include <math.h>
#include <string.h>

#define MS(ms_) ((uint32_t)(ms_) / SPEECH_FRAME_MS)

/* Of the floor, in dB and dB a frame. */
#define FLOOR_BEGIN  (-50.0)
#define FLOOR_LOW    (-70.0)
#define FLOOR_HIGH   (-30.0)
#define FLOOR_FALL   0.3  /* towards what is quieter */
#define FLOOR_FOLLOW 0.02 /* towards the noise between words */
#define FLOOR_CREEP  0.01 /* up while there is voice, so that a lasting noise becomes the floor */
#define VOICE_ABOVE  10.0
#define VOICE_GO_ON  7.0 /* within speech less is enough */
#define VOICE_LEAST  (-52.0)
#define FULL_SCALE   32768.0
#define LEVEL_STEPS  2.0 /* steps of a stored level in one dB */

void speech_cut_begin(struct speech_cut *s, uint32_t max_ms)
{
    memset(s, 0, sizeof(*s));
    max_ms = max_ms > SPEECH_MAX_MS ? SPEECH_MAX_MS : max_ms;
    s->frames_max = MS(max_ms < SPEECH_LONG_MS ? SPEECH_LONG_MS : max_ms);
    s->floor_db = FLOOR_BEGIN;
}

double speech_level_db(const int16_t *pcm, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (int64_t)pcm[i] * pcm[i];
    if (n == 0 || sum == 0)
        return SPEECH_SILENCE_DB;
    double db = 10.0 * log10((double)sum / (double)n / (FULL_SCALE * FULL_SCALE));
    return db < SPEECH_SILENCE_DB ? SPEECH_SILENCE_DB : db;
}

static bool is_voice(struct speech_cut *s, double db)
{
    double least = s->floor_db + (s->speaking ? VOICE_GO_ON : VOICE_ABOVE);
    bool voice = db >= (least > VOICE_LEAST ? least : VOICE_LEAST);
    if (db < s->floor_db)
        s->floor_db += FLOOR_FALL * (db - s->floor_db);
    else
        s->floor_db += voice ? FLOOR_CREEP : FLOOR_FOLLOW * (db - s->floor_db);
    s->floor_db = fmin(fmax(s->floor_db, FLOOR_LOW), FLOOR_HIGH);
    s->speaking = voice;
    return voice;
}

static void recount(struct speech_cut *s)
{
    s->voiced = s->quiet = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        s->voiced += s->voice[i];
        s->quiet = s->voice[i] ? 0 : s->quiet + 1;
    }
}

/* Takes the first frames off. */
static struct speech_step cut(struct speech_cut *s, uint32_t frames)
{
    uint32_t voiced = 0;
    for (uint32_t i = 0; i < frames; i++)
        voiced += s->voice[i];
    s->n -= frames;
    memmove(s->level, s->level + frames, s->n);
    memmove(s->voice, s->voice + frames, s->n * sizeof(s->voice[0]));
    recount(s);
    bool speech = voiced >= MS(SPEECH_VOICED_MS);
    return (struct speech_step){ speech ? SPEECH_SEND : SPEECH_DROP, frames };
}

/* The midst of the quietest stretch near the end. */
static uint32_t quietest(const struct speech_cut *s)
{
    uint32_t from = s->n - MS(SPEECH_LOOK_MS), at = from, sum = 0;
    for (uint32_t i = 0; i < MS(SPEECH_QUIET_MS); i++)
        sum += s->level[from + i];
    uint32_t least = sum;
    for (uint32_t i = from + 1; i + MS(SPEECH_QUIET_MS) <= s->n; i++) {
        sum += s->level[i + MS(SPEECH_QUIET_MS) - 1];
        sum -= s->level[i - 1];
        if (sum < least) {
            least = sum;
            at = i;
        }
    }
    return at + MS(SPEECH_QUIET_MS) / 2;
}

struct speech_step speech_cut_frame(struct speech_cut *s, double level_db)
{
    double db = level_db >= SPEECH_SILENCE_DB ? fmin(level_db, 0.0) : SPEECH_SILENCE_DB;
    s->level[s->n] = (uint8_t)((db - SPEECH_SILENCE_DB) * LEVEL_STEPS);
    s->voice[s->n] = is_voice(s, db);
    s->voiced += s->voice[s->n];
    s->quiet = s->voice[s->n] ? 0 : s->quiet + 1;
    s->n++;
    if (s->voiced == 0 && s->n > MS(SPEECH_LEAD_MS))
        return cut(s, s->n - MS(SPEECH_LEAD_MS));
    if (s->voiced && s->quiet >= MS(SPEECH_END_MS))
        return cut(s, s->n);
    if (s->n >= MS(SPEECH_LONG_MS) && s->quiet >= MS(SPEECH_PAUSE_MS))
        return cut(s, s->n);
    if (s->n >= s->frames_max)
        return cut(s, quietest(s));
    return (struct speech_step){ SPEECH_GO_ON, 0 };
}

struct speech_step speech_cut_flush(struct speech_cut *s)
{
    return cut(s, s->n);
}
