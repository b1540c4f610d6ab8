/* A segment on its way from the queue to its row, the caption and the monitor. */
#include "service/speech.h"

#include <math.h>

#include "base/log.h"
#include "base/str.h"
#include "client/stt.h"
#include "repo/interview_repo.h"
#include "repo/transcript_repo.h"
#include "service/bias_watch.h"
#include "service/room_port.h"
#include "service/settings.h"
#include "service/speech_inner.h"

enum { SECOND_US = 1000000, LEFT_MAX = 100, LEFT_AGE_SECONDS = 30, LEFT_BACK_SECONDS = 3600 };

struct writing {
    struct speech_queue *q;
    const struct speech_item *item;
    struct stt_text heard;
    struct transcript_new row;
    int64_t id;
    bool made, echo;
};

/* The student's words, heard a moment before by their own microphone. */
static err find_echo(struct ctx *c, struct tx *tx, struct writing *w)
{
    struct list near;
    TRY(transcript_between(c, tx, w->item->interview_id, SPEAKER_STUDENT,
                           w->item->begin_us - SPEECH_ECHO_SECONDS * SECOND_US,
                           w->item->end_us + SPEECH_ECHO_SECONDS * SECOND_US, &near));
    const struct transcript *v = near.v;
    for (size_t i = 0; i < near.n; i++)
        w->echo = w->echo || bias_same_words(v[i].text, w->heard.text);
    return ERR_OK;
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct writing *w = arg;
    struct interview_row interview;
    bool found = false;
    w->made = w->echo = false;
    TRY(interview_find(c, tx, w->item->interview_id, &interview, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Interview not found");
    if (w->item->evaluator)
        TRY(find_echo(c, tx, w));
    if (w->echo)
        return ERR_OK;
    w->row = (struct transcript_new){
        .interview_id = w->item->interview_id,
        .cycle_id = interview.admission_cycle_id,
        .admin_id = w->item->evaluator ? str_of(w->item->speaker_id) : (struct str){ NULL, 0 },
        .speaker = w->item->evaluator ? SPEAKER_EVALUATOR : SPEAKER_STUDENT,
        .text = w->heard.text,
        .provider = str_of(w->q->provider),
        .begin = w->item->begin_us,
        .end = w->item->end_us,
        .now = c->now_us,
        .confidence = w->heard.confidence < 0 ? (double)NAN : w->heard.confidence,
    };
    return transcript_insert(c, tx, &w->row, &w->id, &w->made);
}

static void show_caption(struct ctx *c, const struct writing *w)
{
    const struct room_port *rooms = c->deps->rooms;
    const struct room_caption caption = { .transcript_id = w->id,
                                          .evaluator = w->item->evaluator,
                                          .text = w->heard.text,
                                          .begin_us = w->item->begin_us,
                                          .end_us = w->item->end_us,
                                          .confidence = w->heard.confidence };
    if (rooms && rooms->caption)
        rooms->caption(rooms->arg, w->item->interview_id, &caption);
}

static void tell_gap(struct ctx *c, struct speech_queue *q, int64_t interview_id, int64_t seconds)
{
    const struct room_port *rooms = c->deps->rooms;
    int64_t was = 0;
    const int64_t now = speech_count_lost(q, interview_id, seconds, &was);
    if (rooms && rooms->gap && (seconds > 0 || was > 0))
        rooms->gap(rooms->arg, interview_id, now);
}

/* Only the evaluator is monitored: only their words can be missing. */
static err mark_gap(struct ctx *c, struct speech_queue *q, const struct speech_item *item)
{
    const int64_t seconds = (item->end_us - item->begin_us + SECOND_US - 1) / SECOND_US;
    log_event(c->deps->log, LOG_WARNING, "speech.unheard",
              LOG_I("interview_id", item->interview_id), LOG_I("seconds", seconds),
              LOG_Z("why", c->fault.text));
    fault_clear(c);
    if (!item->evaluator || settings_of(c)->bias_off)
        return ERR_OK;
    TRY(bias_gap_add(c, item->interview_id, item->begin_us, seconds > 0 ? seconds : 1));
    tell_gap(c, q, item->interview_id, seconds > 0 ? seconds : 1);
    return ERR_OK;
}

static err hand_on(struct ctx *c, const struct writing *w)
{
    const struct bias_utterance u = { .interview_id = w->item->interview_id,
                                      .transcript_id = w->id,
                                      .text = w->heard.text,
                                      .spoken_us = w->item->begin_us,
                                      .stt_confidence = w->heard.confidence,
                                      .admin_id = w->item->speaker_id };
    tell_gap(c, w->q, w->item->interview_id, 0);
    return bias_utterance_take(c, &u);
}

static err write_down(struct ctx *c, struct writing *w)
{
    TRY(tx_run(c, TX_WRITE, write_tx, w));
    if (!w->made)
        return ERR_OK;
    show_caption(c, w);
    return w->item->evaluator ? hand_on(c, w) : ERR_OK;
}

static void count(struct speech_queue *q, const struct writing *w, bool heard)
{
    pthread_mutex_lock(&q->lock);
    q->stats.failed += !heard;
    q->stats.empty += heard && w->heard.text.n == 0;
    q->stats.echoes += w->echo;
    q->stats.heard += heard && w->made;
    pthread_mutex_unlock(&q->lock);
}

static err hear(struct ctx *c, const struct speech_item *item, struct stt_text *ret)
{
    const struct stt_port *stt = c->deps->stt;
    const struct stt_speech speech = { item->pcm, item->samples, SPEECH_HZ };
    if (!stt)
        return FAIL(c, BUSY, "speech is not transcribed here");
    return stt->hear(stt->self, c, &speech, ret);
}

err speech_queue_work(struct ctx *c, struct speech_queue *q, bool *ret_over)
{
    struct speech_item *item = speech_next(q);
    struct writing w = { .q = q, .item = item };
    *ret_over = !item;
    if (!item)
        return ERR_OK;
    c->now_us = c->deps->clock->now_us(c->deps->clock->self);
    err e = hear(c, item, &w.heard);
    const bool heard = e == ERR_OK;
    c->now_us = c->deps->clock->now_us(c->deps->clock->self);
    speech_turn(q, item);
    if (!heard)
        e = mark_gap(c, q, item);
    else if (w.heard.text.n > 0)
        e = write_down(c, &w);
    count(q, &w, heard);
    speech_done(q, item);
    return e;
}

struct leavings {
    int64_t from, to;
    struct list rows;
};

static err left_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct leavings *q = arg;
    return transcript_unseen(c, tx, q->from, q->to, LEFT_MAX, &q->rows);
}

err speech_recover(struct ctx *c)
{
    struct leavings q = { .from = c->now_us - LEFT_BACK_SECONDS * (int64_t)SECOND_US,
                          .to = c->now_us - LEFT_AGE_SECONDS * (int64_t)SECOND_US };
    TRY(tx_run(c, TX_READ, left_tx, &q));
    const struct transcript_left *v = q.rows.v;
    for (size_t i = 0; i < q.rows.n; i++) {
        const struct bias_utterance u = { .interview_id = v[i].interview_id,
                                          .transcript_id = v[i].id,
                                          .text = v[i].text,
                                          .spoken_us = v[i].begin,
                                          .stt_confidence = v[i].confidence,
                                          .admin_id = v[i].admin_id.p ? str_z(c->mem, v[i].admin_id)
                                                                      : NULL };
        TRY(bias_utterance_take(c, &u));
    }
    return ERR_OK;
}
