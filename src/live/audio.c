/* Audio: messages into samples, samples into segments at pauses, segments to recognition one after
 * the other; captions back; silence of the line is a gap. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/speech_cut.h"
#include "live/room.h"

#include <stdlib.h>
#include <string.h>

enum {
    SPEECH_FROM = 8 * 1024,          /* samples of a first buffer */
    SPEECH_ROOM = 13 * SPEECH_RATE,  /* at most: a segment and a message */
    SEGMENT_MOST = 25 * SPEECH_RATE, /* what merging may come to */
    SPEECH_STALL_MS = 600,           /* nothing comes any more: the utterance is over, … */
    SPEECH_LOST_MS = 5000,           /* … or the line is cut, and may be back in a moment */
    ANCHOR_US = 1000 * 1000,         /* a clock that is off by more is set anew */
    FLUSH_FLAG = 1,
    HEAD_VERSION = 1,
    BACKLOG_WARN_S = 30,
};
#define SAMPLE_US(n_) ((int64_t)(n_)*1000000 / SPEECH_RATE)

struct segment {
    int64_t begin_us, end_us;
    uint64_t sequence;
    size_t n;
    int16_t pcm[];
};
/* One speaker's stream; it outlives a lost connection. */
struct speech {
    struct speech_cut cut;
    int16_t *pcm;
    size_t n, cap;
    int64_t begin_us; /* of the first sample */
    uint64_t heard_ms, sequence;
    struct segment *held; /* waits until the one before it is taken, and grows */
    int64_t given_us;     /* busy: begin of what is being taken */
    bool busy;
};

struct gap {
    int64_t begin_us, seconds;
};

static err run_gap(struct live_job *j)
{
    const struct gap *g = j->arg;
    return j->live->o.port->gap(&j->ctx, j->room_id, g->begin_us, g->seconds);
}

/* Time in which nobody listened to the evaluator; also for a room that is gone. */
static void gap_write(struct home *h, int64_t room_id, int64_t begin_us, int64_t end_us)
{
    enum { SECOND_US = 1000000 };
    const struct live_port *port = h->live->o.port;
    const int64_t seconds = (end_us - begin_us + SECOND_US - 1) / SECOND_US;
    if (!port || !port->gap || !h->server || seconds <= 0)
        return;
    struct live_job *j = job_new(h, room_id);
    struct gap *g = arena_new(j->mem, struct gap);
    *g = (struct gap){ begin_us, seconds };
    j->arg = g;
    j->run = run_gap;
    if (!job_start(j))
        log_event(h->live->o.deps->log, LOG_WARNING, "gap_unwritten",
                  LOG_I("interview_id", room_id), LOG_I("seconds", seconds));
}

void speech_free(struct room *r, struct peer *p)
{
    struct speech *s = p->speech;
    if (!s)
        return;
    if (s->held && p->part == ROOM_EVALUATOR)
        gap_write(r->home, r->id, s->held->begin_us, s->held->end_us);
    free(s->pcm);
    free(s->held);
    free(s);
}

static struct speech *speech_of(struct room *r, struct peer *p)
{
    if (!p->speech) {
        p->speech = calloc(1, sizeof(*p->speech));
        if (!p->speech)
            return NULL;
        speech_cut_begin(&p->speech->cut, r->home->live->o.segment_max_ms);
        live_count(&r->home->n_speaking, 1);
    }
    return p->speech;
}

struct recognise {
    struct segment *segment;
    bool evaluator;
    char who[WHO_MAX];
};

static err run_recognise(struct live_job *j)
{
    const struct recognise *q = j->arg;
    const struct segment *s = q->segment;
    const struct live_segment given = { .interview_id = j->room_id,
                                        .evaluator = q->evaluator,
                                        .speaker_id = str_of(q->who),
                                        .pcm = s->pcm,
                                        .samples = s->n,
                                        .begin_us = s->begin_us,
                                        .end_us = s->end_us,
                                        .sequence = s->sequence };
    return j->live->o.port->segment(&j->ctx, &given);
}

static void give(struct room *r, struct peer *p, struct segment *s);

/* a before b, in one; a NULL is fine. What would be longer than SEGMENT_MOST is lost, and said; of
 * the evaluator's it is a gap. */
static struct segment *merge(struct room *r, const struct peer *p, struct segment *a,
                             struct segment *b)
{
    if (!a || !b)
        return a ? a : b;
    live_count(&r->home->n_merged, 1);
    struct segment *both = a->n + b->n <= SEGMENT_MOST
                               ? realloc(a, sizeof(*a) + (a->n + b->n) * sizeof(int16_t))
                               : NULL;
    if (!both) {
        log_event(r->home->live->o.deps->log, LOG_WARNING, "speech_backlog",
                  LOG_I("interview_id", r->id),
                  LOG_I("lost_ms", (int64_t)(a->n * 1000 / SPEECH_RATE)));
        if (p->part == ROOM_EVALUATOR)
            gap_write(r->home, r->id, a->begin_us, a->end_us);
        free(a);
        return b;
    }
    memcpy(both->pcm + both->n, b->pcm, b->n * sizeof(int16_t));
    both->n += b->n;
    both->end_us = b->end_us;
    free(b);
    return both;
}

static void recognised(struct live_job *j, struct room *r)
{
    struct recognise *q = j->arg;
    struct peer *p = r ? room_peer(r, q->evaluator ? ROOM_EVALUATOR : ROOM_STUDENT, q->who) : NULL;
    struct speech *s = p ? p->speech : NULL;
    if (s)
        s->busy = false;
    if (s && j->e == ERR_BUSY) {
        s->held = merge(r, p, q->segment, s->held); /* speech_tick tries again */
        return;
    }
    if (j->e != ERR_OK) {
        log_event(j->live->o.deps->log, LOG_WARNING, "segment_refused",
                  LOG_I("interview_id", j->room_id), LOG_Z("why", j->ctx.fault.text));
        if (q->evaluator)
            gap_write(&j->live->homes[j->loop], j->room_id, q->segment->begin_us,
                      q->segment->end_us);
    }
    if (!s) {
        free(q->segment);
        return;
    }
    free(q->segment);
    struct segment *next = s->held;
    s->held = NULL;
    if (next)
        give(r, p, next);
}

/* Takes the segment. */
static void give(struct room *r, struct peer *p, struct segment *s)
{
    const struct live_port *port = r->home->live->o.port;
    if (!port || !port->segment) {
        free(s);
        return;
    }
    if (p->speech->busy || p->speech->held) {
        p->speech->held = merge(r, p, p->speech->held, s);
        return;
    }
    struct live_job *j = job_new(r->home, r->id);
    struct recognise *q = arena_new(j->mem, struct recognise);
    q->segment = s;
    q->evaluator = p->part == ROOM_EVALUATOR;
    memcpy(q->who, p->who, sizeof(q->who));
    j->arg = q;
    j->run = run_recognise;
    j->done = recognised;
    live_count(&r->home->n_segments, 1);
    p->speech->given_us = s->begin_us;
    if (job_start(j))
        p->speech->busy = true;
    else
        p->speech->held = s;
}

/* Takes the first frames out of the buffer, as a segment or for nothing. */
static void take_out(struct room *r, struct peer *p, struct speech_step step)
{
    struct speech *s = p->speech;
    size_t n = (size_t)step.frames * SPEECH_FRAME;
    int64_t end_us = s->begin_us + SAMPLE_US(n);
    if (step.verdict == SPEECH_SEND) {
        struct segment *out = malloc(sizeof(*out) + n * sizeof(int16_t));
        if (out) {
            *out = (struct segment){ s->begin_us, end_us, ++s->sequence, n };
            memcpy(out->pcm, s->pcm, n * sizeof(int16_t));
            give(r, p, out);
        }
    }
    s->n -= n;
    memmove(s->pcm, s->pcm + n, s->n * sizeof(int16_t));
    s->begin_us = end_us;
    if (step.verdict == SPEECH_SEND && s->n <= SPEECH_FROM && s->cap > SPEECH_FROM) {
        int16_t *less = realloc(s->pcm, SPEECH_FROM * sizeof(int16_t));
        if (less) {
            s->pcm = less;
            s->cap = SPEECH_FROM;
        }
    }
}

static bool make_room(struct speech *s, size_t n)
{
    if (s->n + n <= s->cap)
        return true;
    size_t cap = s->cap ? s->cap : SPEECH_FROM;
    while (cap < s->n + n)
        cap *= 2;
    cap = cap > SPEECH_ROOM ? SPEECH_ROOM : cap;
    int16_t *more = cap >= s->n + n ? realloc(s->pcm, cap * sizeof(int16_t)) : NULL;
    if (!more)
        return false;
    s->pcm = more;
    s->cap = cap;
    return true;
}

static void take_samples(struct entry *e, struct str bytes)
{
    struct room *r = e->room;
    struct peer *p = e->peer;
    struct speech *s = speech_of(r, p);
    size_t n = bytes.n / sizeof(int16_t);
    if (!s || n == 0 || !make_room(s, n))
        return;
    /* The first sample of a stream was spoken as long ago as the message is. */
    int64_t begin = live_now_us(e->live) - SAMPLE_US(s->n + n);
    if (s->n == 0 || begin - s->begin_us > ANCHOR_US || s->begin_us - begin > ANCHOR_US)
        s->begin_us = begin;
    memcpy(s->pcm + s->n, bytes.p, n * sizeof(int16_t)); /* x86 and ARM keep the wire's order */
    s->n += n;
    while (s->n >= ((size_t)s->cut.n + 1) * SPEECH_FRAME) {
        double db = speech_level_db(s->pcm + (size_t)s->cut.n * SPEECH_FRAME, SPEECH_FRAME);
        struct speech_step step = speech_cut_frame(&s->cut, db);
        if (step.verdict != SPEECH_GO_ON)
            take_out(r, p, step);
    }
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "PCM16 is little-endian as it comes");

void speech_flush(struct room *r, struct peer *p)
{
    struct speech *s = p->speech;
    if (!s)
        return;
    struct speech_step step = speech_cut_flush(&s->cut);
    if (step.frames)
        take_out(r, p, step);
    s->n = 0;
}

int64_t speech_settled_us(const struct room *r)
{
    const struct speech *s = r->peers[ROOM_EVALUATOR].used ? r->peers[ROOM_EVALUATOR].speech : NULL;
    int64_t at = live_now_us(r->home->live);
    if (r->in_gap && r->gap_begin_us < at)
        at = r->gap_begin_us;
    if (s && s->cut.voiced && s->begin_us < at)
        at = s->begin_us;
    if (s && s->held && s->held->begin_us < at)
        at = s->held->begin_us;
    return s && s->busy && s->given_us < at ? s->given_us : at;
}

void speech_tick(struct room *r, struct peer *p, uint64_t now_ms)
{
    struct speech *s = p->speech;
    uint64_t wait = p->at[LIVE_AUDIO] ? SPEECH_STALL_MS : SPEECH_LOST_MS;
    if (s->cut.voiced && now_ms - s->heard_ms >= wait)
        speech_flush(r, p);
    if (s->held && !s->busy) {
        struct segment *next = s->held;
        s->held = NULL;
        give(r, p, next);
    }
}

static void heard(struct entry *e)
{
    struct room *r = e->room;
    uint64_t now = live_now_ms(e->live);
    struct speech *s = speech_of(r, e->peer);
    if (s)
        s->heard_ms = now;
    if (e->part != ROOM_EVALUATOR)
        return;
    if (r->heard_ms)
        r->heard_ms = now;
    if (!e->live->o.monitoring)
        return;
    if (r->in_gap)
        gap_end(r);
    if (r->started)
        watch_begin(r);
}

static uint32_t u32_at(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A frame with a head; the samples that count come back, absent when there are none. */
static struct str take_head(struct entry *e, struct str m, bool *ret_flush)
{
    if (m.n < AUDIO_HEAD || m.p[0] != HEAD_VERSION || (m.n - AUDIO_HEAD) % 2) {
        say_error(e, "invalid", "audio: a head of 12 bytes, version 1, then whole samples");
        return (struct str){ 0 };
    }
    uint32_t frame = u32_at(m.p + 4), offset = u32_at(m.p + 8);
    if (e->framed && (int32_t)(frame - e->frame) <= 0)
        return (struct str){ 0 }; /* it was here before */
    struct str pcm = { m.p + AUDIO_HEAD, m.n - AUDIO_HEAD };
    if (e->framed && offset != e->offset) /* a gate was shut between: what waits is an utterance */
        speech_flush(e->room, e->peer);
    e->framed = true;
    e->frame = frame;
    e->offset = offset + (uint32_t)(pcm.n / 2);
    *ret_flush = (m.p[1] & FLUSH_FLAG) != 0;
    heard(e);
    return pcm;
}

void audio_bytes(struct entry *e, struct str bytes)
{
    bool flush = false;
    if (!rate_ok(e, &e->bytes, (uint32_t)bytes.n, AUDIO_BYTES_PER_SECOND, AUDIO_BURST)) {
        ws_end(e->ws, CODE_RATE, "too much audio");
        return;
    }
    if (e->v1 && !e->joined) {
        say_error(e, "not_joined", "audio_start comes first");
        return;
    }
    if (!e->v1 && (bytes.n % 2 || bytes.n > AUDIO_MAX)) {
        (void)say_original(e, S("{\"error\":\"16-bit samples, at most 8 KiB a message\"}"),
                           WS_NEEDED);
        ws_end(e->ws, WS_UNSUPPORTED, "whole samples only");
        return;
    }
    struct str pcm = e->v1 ? take_head(e, bytes, &flush) : bytes;
    if (!e->v1)
        heard(e);
    /* Before the interview has begun, and where nobody monitors, it is heard and forgotten. */
    if (e->room->started && e->live->o.transcription != TRANSCRIPTION_NONE)
        take_samples(e, pcm);
    if (flush)
        speech_flush(e->room, e->peer);
}

void audio_text(struct entry *e, struct str text)
{
    struct said s;
    if (!e->v1) {
        ws_end(e->ws, WS_UNSUPPORTED, "audio only");
        return;
    }
    if (!talk_read(e, text, &s))
        return;
    if (s.what == SAY_PING) {
        heard(e);
        (void)say_once(e, SAY_PONG, NULL);
    } else if (s.what == SAY_AUDIO_START) {
        e->joined = true;
        e->framed = false;
    } else {
        speech_flush(e->room, e->peer);
    }
}

void audio_opened(struct entry *e)
{
    e->joined = false; /* v1: audio_start comes first */
    if (!e->v1)
        heard(e);
}

/* Original clients hear of their own words on their audio socket. */
static void caption_original(struct room *r, const struct live_caption *c)
{
    struct peer *p = &r->peers[c->evaluator ? ROOM_EVALUATOR : ROOM_STUDENT];
    struct entry *e = p->used ? p->at[LIVE_AUDIO] : NULL;
    struct buf *b = &r->home->text;
    if (!e || e->v1)
        return;
    buf_clear(b);
    buf_fmt(b, "{\"status\":\"transcribed\",\"transcript_id\":%lld,\"text\":",
            (long long)c->transcript_id);
    json_write_str(b, c->text);
    buf_c(b, '}');
    (void)say_original(e, buf_view(b), WS_DROPPABLE);
}

void audio_caption(struct room *r, const struct live_caption *c)
{
    const struct say_transcript body = {
        .id = c->transcript_id,
        .speaker = c->evaluator ? S("evaluator") : S("student"),
        .text = c->text,
        .t0 = c->begin_us,
        .t1 = c->end_us,
        .conf = c->confidence < 0 ? __builtin_nan("") : c->confidence,
    };
    if (r->ended)
        return;
    for (int i = 0; i < ROOM_PEERS; i++)
        if (r->peers[i].used)
            (void)say_to(r, &r->peers[i], SAY_TRANSCRIPT, &body, WS_DROPPABLE);
    caption_original(r, c);
}

static void tell_monitoring(struct room *r, struct str mode, int64_t seconds)
{
    const struct say_monitoring body = { mode, seconds };
    struct peer *p = room_peer(r, ROOM_EVALUATOR, NULL);
    if (p)
        (void)say_to(r, p, SAY_MONITORING, &body, WS_NEEDED);
}

void gap_end(struct room *r)
{
    if (!r->in_gap)
        return;
    r->in_gap = false;
    if (r->home->live->o.monitoring)
        tell_monitoring(r, S("on"), 0);
    gap_write(r->home, r->id, r->gap_begin_us, live_now_us(r->home->live));
}

/* Where nobody monitors the whole interview is a gap, of which the evaluator hears once. */
static void gap_of_all(struct room *r)
{
    if (r->in_gap)
        return;
    r->in_gap = true;
    r->gap_begin_us = live_now_us(r->home->live);
    watch_begin(r);
    tell_monitoring(r, S("off"), 0);
}

void gap_tick(struct room *r, uint64_t now_ms)
{
    const struct live_options *o = &r->home->live->o;
    if (!r->started || r->ended || !room_both_here(r) || r->heard_ms == 0)
        return;
    if (!o->monitoring) {
        gap_of_all(r);
        return;
    }
    uint64_t silent = now_ms - r->heard_ms;
    if (silent < o->gap_ms)
        return;
    if (!r->in_gap) {
        r->in_gap = true;
        r->gap_begin_us = live_now_us(r->home->live) - (int64_t)silent * 1000;
        watch_begin(r);
    } else if (silent / 1000 % BACKLOG_WARN_S) {
        return;
    }
    tell_monitoring(r, S("gap"), (int64_t)(silent / 1000));
}
