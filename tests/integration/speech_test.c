/* From a segment of speech to its row, its caption and the monitor: order, merging, echoes, gaps,
 * doubles, and what becomes of the words afterwards. The recogniser is a port that reads the text
 * off the samples, so that what is written proves which samples were heard. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/stt.h"
#include "jobs/hearer.h"
#include "service/audit_verify.h"
#include "service/bias_review.h"
#include "service/interview.h"
#include "service/room_port.h"
#include "service/transcript.h"
#include "support/test_shortlist.h"

enum { TEXTS_MAX = 64, TEXT_ROOM = 2048, CAPTIONS_MAX = 64, HEARERS = 4 };
#define SECOND_US INT64_C(1000000)

/* One text a segment, by the sample that it is full of; a pause of zeros lies between merged ones.
 */
struct ear {
    struct stt_port port;
    pthread_mutex_t lock;
    pthread_cond_t change;
    const char *texts[TEXTS_MAX];
    int heard, running, most, hold; /* hold: wait while it is not 0 */
    int slow;                       /* this text waits until another was heard */
    double confidence;
    err fail;
};
struct scene {
    struct test_cycle t;
    char cycle_id[ID_MAX + 1];
    int64_t id, at;
    int student;
    struct ear ear;
    struct room_port rooms;
    char captions[CAPTIONS_MAX][64];
    bool evaluator[CAPTIONS_MAX];
    size_t n_captions;
    int64_t gap;
    pthread_mutex_t lock;
    struct speech_queue *queue;
    struct hearer *hearer;
};

static err ear_hear(void *self, struct ctx *c, const struct stt_speech *speech,
                    struct stt_text *ret)
{
    struct ear *e = self;
    struct buf b;
    int16_t last = 0;
    buf_init(&b, c->mem, TEXT_ROOM);
    pthread_mutex_lock(&e->lock);
    e->running++;
    e->most = e->running > e->most ? e->running : e->most;
    for (size_t i = 0; i < speech->n; i++) {
        if (speech->samples[i] != last && speech->samples[i] > 0 && speech->samples[i] < TEXTS_MAX)
            buf_fmt(&b, "%s%s", b.n ? " " : "", e->texts[speech->samples[i]]);
        last = speech->samples[i];
    }
    while (e->hold || (e->slow && speech->samples[0] == e->slow && e->heard == 0))
        pthread_cond_wait(&e->change, &e->lock);
    e->heard++;
    e->running--;
    const err fail = e->fail;
    pthread_cond_broadcast(&e->change);
    pthread_mutex_unlock(&e->lock);
    if (fail != ERR_OK)
        return FAIL(c, UPSTREAM, "The endpoint gave no text");
    *ret = (struct stt_text){ .text = buf_view(&b), .confidence = e->confidence, .took_us = 1 };
    return ERR_OK;
}

static void take_caption(void *arg, int64_t interview_id, const struct room_caption *caption)
{
    struct scene *s = arg;
    pthread_mutex_lock(&s->lock);
    assert_int_equal(interview_id, s->id);
    assert_true(s->n_captions < CAPTIONS_MAX);
    snprintf(s->captions[s->n_captions], sizeof(s->captions[0]), "%.*s", STR_ARG(caption->text));
    s->evaluator[s->n_captions++] = caption->evaluator;
    pthread_mutex_unlock(&s->lock);
}

static void take_gap(void *arg, int64_t interview_id, int64_t seconds)
{
    struct scene *s = arg;
    pthread_mutex_lock(&s->lock);
    assert_int_equal(interview_id, s->id);
    s->gap = seconds;
    pthread_mutex_unlock(&s->lock);
}

static int student_of(struct scene *s)
{
    struct ctx *c = test_as(&s->t, NULL);
    struct list rows = test_rows(
        c, "SELECT student_id AS a, student_id AS b FROM interviews WHERE :a = ''", S(""));
    for (int i = 0; i < 4; i++)
        if (str_eq(((const struct test_text *)rows.v)->a, test_student_id(c->mem, i)))
            return i;
    fail();
    return -1;
}

static void listen_now(struct scene *s)
{
    struct ctx *c = test_as(&s->t, NULL);
    test_db_must(c, hearer_open(c, &s->t.db.deps, s->queue, HEARERS, &s->hearer), "hearers");
}

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    struct phase_reply r;
    struct interview v;
    struct interview_started started;
    const struct interview_start all = { true, true, true, true };
    struct ctx *c = test_cycle_open(&s->t, 4);
    const struct str id = test_cycle_create(c, 1, s->cycle_id);
    test_apply_many(c, id, 0, 4);
    test_walk(&s->t, id, 4);
    c = test_as(&s->t, &s->t.admin);
    const struct selection_weights half = { 50, 50 };
    test_db_must(c, test_shortlist(c, id, 1, half, &r), "shortlist");
    struct list in = test_by_status(c, "shortlisted");
    const struct interview_new n = { .anonymized_id = ((const struct test_text *)in.v)->a,
                                     .interview_time = c->now_us,
                                     .duration_minutes = 30 };
    test_db_must(c, interview_schedule(c, &n, &v), "schedule");
    s->id = v.id;
    s->at = v.interview_time;
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_begin(c, s->id, &all, &started), "begin");
    s->student = student_of(s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->ear.lock, NULL);
    pthread_cond_init(&s->ear.change, NULL);
    s->ear.port = (struct stt_port){ &s->ear, ear_hear };
    s->ear.confidence = 0.9;
    s->rooms = (struct room_port){ .arg = s, .caption = take_caption, .gap = take_gap };
    c = test_as(&s->t, NULL);
    test_db_must(c, speech_queue_open(c, S("test-ear"), &s->queue), "queue");
    s->t.db.deps.stt = &s->ear.port;
    s->t.db.deps.rooms = &s->rooms;
    s->t.db.deps.speech = s->queue;
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    hearer_close(s->hearer);
    speech_queue_close(s->queue);
    test_cycle_close(&s->t);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->ear.lock);
    pthread_cond_destroy(&s->ear.change);
    free(s);
    return 0;
}

/* A second of speech, a second times `at` from the beginning. */
static err say(struct scene *s, bool evaluator, int16_t mark, const char *text, int64_t at)
{
    int16_t pcm[SPEECH_HZ];
    for (size_t i = 0; i < SPEECH_HZ; i++)
        pcm[i] = mark;
    pthread_mutex_lock(&s->ear.lock);
    s->ear.texts[mark] = text;
    pthread_mutex_unlock(&s->ear.lock);
    struct ctx *c = test_as(&s->t, NULL);
    const struct speech_segment segment = {
        .interview_id = s->id,
        .evaluator = evaluator,
        .speaker_id = evaluator ? s->t.admin.id : test_student_id(c->mem, s->student),
        .pcm = pcm,
        .samples = SPEECH_HZ,
        .begin_us = s->at + at * SECOND_US,
        .end_us = s->at + (at + 1) * SECOND_US,
    };
    return speech_segment_take(c, &segment);
}

/* Until the queue is empty: its threads end with what they have begun. */
static void until_quiet(struct scene *s)
{
    struct speech_stats st;
    do {
        sched_yield();
        speech_stats(s->queue, &st);
        pthread_mutex_lock(&s->ear.lock);
        const bool running = s->ear.running > 0;
        pthread_mutex_unlock(&s->ear.lock);
        if (running)
            st.waiting = 1;
    } while (st.waiting > 0);
    hearer_close(s->hearer);
    s->hearer = NULL;
}

static int64_t rows_with(struct scene *s, const char *sql)
{
    return test_count(test_as(&s->t, NULL), sql, S(""), S(""));
}

static void words_become_rows_and_captions(void **state)
{
    struct scene *s = *state;
    listen_now(s);
    assert_int_equal(say(s, true, 1, "Tell me about your work with bees.", 0), ERR_OK);
    assert_int_equal(say(s, false, 2, "I kept two hives.", 3), ERR_OK);
    assert_int_equal(say(s, false, 3, "", 6), ERR_OK); /* nothing was said */
    until_quiet(s);
    assert_int_equal(s->n_captions, 2);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts WHERE :a = :b"), 2);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts t WHERE "
                                  "t.speaker = 'evaluator' AND t.admin_id = 'ADM_TEST0001' "
                                  "AND t.confidence_score = 0.9 AND t.provider = 'test-ear' "
                                  "AND t.transcript_text = 'Tell me about your work with bees.' "
                                  "AND :a = :b"),
                     1);
    /* Only the evaluator's words are looked at. */
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_bias_analysis a JOIN "
                                  "live_transcripts t ON t.id = a.transcript_id WHERE "
                                  "t.speaker = 'evaluator' AND :a = :b"),
                     1);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_bias_analysis WHERE :a = :b"), 1);
    struct speech_stats st;
    speech_stats(s->queue, &st);
    assert_int_equal(st.heard, 2);
    assert_int_equal(st.empty, 1);
}

/* The same segment again, after a reconnect, changes nothing. */
static void a_double_is_one(void **state)
{
    struct scene *s = *state;
    listen_now(s);
    for (int i = 0; i < 3; i++)
        assert_int_equal(say(s, true, 1, "What did you read last?", 0), ERR_OK);
    until_quiet(s);
    assert_int_equal(s->n_captions, 1);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts WHERE :a = :b"), 1);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_bias_analysis WHERE :a = :b"), 1);
}

/* Two of an interview are heard at a time, and written down as they were said, also when the second
 * is heard first. */
static void order_and_number_are_kept(void **state)
{
    struct scene *s = *state;
    s->ear.slow = 1;
    assert_int_equal(say(s, true, 1, "One.", 0), ERR_OK);
    assert_int_equal(say(s, true, 2, "Two.", 2), ERR_OK);
    assert_int_equal(say(s, true, 3, "Three.", 4), ERR_OK);
    listen_now(s);
    until_quiet(s);
    assert_int_equal(s->n_captions, 3);
    assert_string_equal(s->captions[0], "One.");
    assert_string_equal(s->captions[1], "Two.");
    assert_string_equal(s->captions[2], "Three.");
    assert_true(s->ear.most <= SPEECH_OF_INTERVIEW_MAX);
}

/* Behind by more than three: neighbours become one, and nothing of it is lost. */
static void the_late_are_merged(void **state)
{
    struct scene *s = *state;
    char want[] = "w5 w6 w7 w8 w9 w10 w11 w12";
    static const char *const words[] = { "",   "w1", "w2", "w3",  "w4",  "w5", "w6",
                                         "w7", "w8", "w9", "w10", "w11", "w12" };
    for (int16_t i = 1; i <= 12; i++)
        assert_int_equal(say(s, false, i, words[i], i), ERR_OK);
    struct speech_stats st;
    speech_stats(s->queue, &st);
    assert_int_equal(st.waiting, 4);
    assert_int_equal(st.merged, 8);
    listen_now(s);
    until_quiet(s);
    assert_int_equal(s->n_captions, 4);
    assert_string_equal(s->captions[0], "w1");
    assert_string_equal(s->captions[2], "w3");
    char last[TEXT_ROOM];
    snprintf(last, sizeof(last), "w4 %s", want);
    assert_string_equal(s->captions[3], last);
    assert_int_equal(test_count(test_as(&s->t, NULL),
                                "SELECT COUNT(*) AS n FROM live_transcripts t WHERE "
                                "t.transcript_text = :a AND t.end_time > t.start_time AND :b = ''",
                                str_of(last), S("")),
                     1);
}

static void merging_ends_at_its_length(void **state)
{
    struct scene *s = *state;
    for (int16_t i = 1; i <= 60; i++)
        assert_int_equal(say(s, false, i, "x", i), ERR_OK);
    struct speech_stats st;
    speech_stats(s->queue, &st);
    /* Of 60 seconds: three alone, then runs of at most 25 s with the pauses between. */
    assert_true(st.waiting >= 3 + 57 / SPEECH_MERGED_SECONDS);
    assert_int_equal(st.waiting + st.merged, 60);
}

static void an_echo_is_dropped(void **state)
{
    struct scene *s = *state;
    listen_now(s);
    assert_int_equal(say(s, false, 1, "I measured how the stores fell every month", 0), ERR_OK);
    pthread_mutex_lock(&s->ear.lock);
    while (s->ear.heard < 1)
        pthread_cond_wait(&s->ear.change, &s->ear.lock);
    pthread_mutex_unlock(&s->ear.lock);
    while (rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts WHERE :a = :b") == 0)
        sched_yield();
    assert_int_equal(say(s, true, 2, "i measured how the stores fell every month", 1), ERR_OK);
    assert_int_equal(say(s, true, 3, "I measured how the stores fell every month", 9), ERR_OK);
    until_quiet(s);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts t WHERE t.speaker = "
                                  "'evaluator' AND :a = :b"),
                     1); /* the one that is far enough from it */
    struct speech_stats st;
    speech_stats(s->queue, &st);
    assert_int_equal(st.echoes, 1);
}

static void what_is_not_heard_is_a_gap(void **state)
{
    struct scene *s = *state;
    s->ear.fail = ERR_UPSTREAM;
    listen_now(s);
    assert_int_equal(say(s, true, 1, "lost", 0), ERR_OK);
    assert_int_equal(say(s, false, 2, "lost as well", 2), ERR_OK);
    until_quiet(s);
    assert_int_equal(s->gap, 1);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM monitoring_gaps WHERE :a = :b"), 1);
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_transcripts WHERE :a = :b"), 0);
    speech_queue_close(s->queue);
    struct ctx *c = test_as(&s->t, NULL);
    test_db_must(c, speech_queue_open(c, S("test-ear"), &s->queue), "queue");
    s->t.db.deps.speech = s->queue;
}

static void a_gap_ends_with_the_next_words(void **state)
{
    struct scene *s = *state;
    s->ear.fail = ERR_UPSTREAM;
    listen_now(s);
    assert_int_equal(say(s, true, 1, "lost", 0), ERR_OK);
    while (rows_with(s, "SELECT COUNT(*) AS n FROM monitoring_gaps WHERE :a = :b") == 0)
        sched_yield();
    pthread_mutex_lock(&s->ear.lock);
    s->ear.fail = ERR_OK;
    pthread_mutex_unlock(&s->ear.lock);
    assert_int_equal(say(s, true, 2, "Heard again.", 2), ERR_OK);
    until_quiet(s);
    assert_int_equal(s->gap, 0);
    assert_int_equal(s->n_captions, 1);
}

static void keep(struct scene *s, const char *owner, int64_t settled, bool some, int64_t now)
{
    struct ctx *c = test_as(&s->t, NULL);
    const struct speech_watch v = { s->id, s->at + settled * SECOND_US };
    c->now_us = s->at + now * SECOND_US;
    test_db_must(c, speech_watch_keep(c, str_of(owner), &v, some ? 1 : 0, true), "keep");
}

static void gone(struct scene *s, bool alone, int64_t now)
{
    struct ctx *c = test_as(&s->t, NULL);
    c->now_us = s->at + now * SECOND_US;
    test_db_must(c, speech_watch_recover(c, alone), "recover");
}

/* So many gaps, and the last of so many seconds. */
static void assert_gaps(struct scene *s, int64_t n, int64_t seconds)
{
    assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM monitoring_gaps WHERE :a = :b"), n);
    assert_int_equal(rows_with(s, "SELECT seconds AS n FROM monitoring_gaps WHERE :a = :b "
                                  "AND id = (SELECT MAX(id) FROM monitoring_gaps)"),
                     seconds);
}

static void what_was_lost_with_a_process_is_a_gap(void **state)
{
    struct scene *s = *state;
    static const char watch_rows[] = "SELECT COUNT(*) AS n FROM monitoring_watch WHERE :a = :b";
    assert_int_equal(say(s, true, 1, "waits", 100), ERR_OK);
    keep(s, "one", 103, true, 103); /* settled in the room, but not in the queue */
    gone(s, false, 120);            /* it may live */
    assert_int_equal(rows_with(s, watch_rows), 1);
    gone(s, false, 140);
    assert_int_equal(rows_with(s, watch_rows), 0);
    assert_gaps(s, 1, 40);
    gone(s, true, 150); /* once */
    assert_gaps(s, 1, 40);
    speech_queue_close(s->queue);
    struct ctx *c = test_as(&s->t, NULL);
    test_db_must(c, speech_queue_open(c, S("test-ear"), &s->queue), "queue");
    s->t.db.deps.speech = s->queue;
    keep(s, "two", 200, true, 200);
    keep(s, "three", 210, true, 212); /* another process goes on with it */
    assert_gaps(s, 2, 12);
    keep(s, "three", 220, false, 220); /* nobody is there any more */
    assert_int_equal(rows_with(s, watch_rows), 0);
    keep(s, "three", 300, true, 300);
    gone(s, true, 86400); /* no longer than the slot */
    assert_gaps(s, 3, 30 * 60 - 300);
    keep(s, "four", 400, true, 401);
    c = test_as(&s->t, NULL);
    test_exec(c, "UPDATE interviews SET cancelled_at = interview_time WHERE :a = :b", S(""), S(""));
    gone(s, true, 410); /* it was over */
    assert_gaps(s, 3, 30 * 60 - 300);
    assert_int_equal(rows_with(s, watch_rows), 0);
}

/* How many interviews are told of at that second, and since when the first of them. */
static size_t unheard(struct scene *s, int64_t now, int64_t *ret_seconds)
{
    struct ctx *c = test_as(&s->t, NULL);
    struct list rows;
    c->now_us = s->at + now * SECOND_US;
    test_db_must(c, bias_gaps_open(c, &rows), "open gaps");
    const struct gap_open_view *v = rows.v;
    if (rows.n) {
        assert_int_equal(v->interview_id, s->id);
        assert_int_equal(v->began_at, c->now_us - v->seconds * SECOND_US);
        assert_true(v->admin_id.n && v->cycle_id.n);
        *ret_seconds = v->seconds;
    }
    return rows.n;
}

static void a_gap_is_told_while_it_lasts(void **state)
{
    struct scene *s = *state;
    int64_t seconds = 0;
    assert_int_equal(unheard(s, 100, &seconds), 0); /* nobody was there yet */
    keep(s, "one", 100, true, 103);
    assert_int_equal(unheard(s, 129, &seconds), 0);
    keep(s, "one", 100, true, 130);
    assert_int_equal(unheard(s, 130, &seconds), 1);
    assert_int_equal(seconds, 30);
    assert_int_equal(unheard(s, 191, &seconds), 1);
    assert_int_equal(seconds, 91);
    keep(s, "one", 192, true, 192); /* heard again */
    assert_int_equal(unheard(s, 193, &seconds), 0);
    assert_int_equal(unheard(s, 222, &seconds), 1); /* its process says nothing any more */
    struct ctx *c = test_as(&s->t, NULL);
    test_exec(c,
              "UPDATE interviews SET status = 'cancelled', cancelled_at = interview_time "
              "WHERE :a = :b",
              S(""), S(""));
    assert_int_equal(unheard(s, 300, &seconds), 0);
}

static void the_queue_has_an_end(void **state)
{
    struct scene *s = *state;
    struct ctx *c = test_as(&s->t, NULL);
    static int16_t one[1] = { 1 };
    struct speech_segment segment = {
        .speaker_id = S("ADM_TEST0001"), .evaluator = true, .pcm = one, .samples = 1
    };
    for (int i = 0; i < SPEECH_ITEMS_MAX; i++) {
        segment.interview_id = i + 1000;
        test_db_must(c, speech_segment_take(c, &segment), "take");
    }
    segment.interview_id = 5;
    assert_int_equal(speech_segment_take(c, &segment), ERR_BUSY);
    segment.samples = 0;
    assert_int_equal(speech_segment_take(test_as(&s->t, NULL), &segment), ERR_INVALID);
    s->t.db.deps.speech = NULL;
    assert_int_equal(speech_segment_take(test_as(&s->t, NULL), &segment), ERR_OK);
    s->t.db.deps.speech = s->queue;
}

/* A process was killed between the row and the monitor: the next one hands it on, once. */
static void what_was_left_is_handed_on(void **state)
{
    struct scene *s = *state;
    struct ctx *c = test_as(&s->t, NULL);
    test_exec(c,
              "INSERT INTO live_transcripts (interview_id, admission_cycle_id, speaker, admin_id, "
              "transcript_text, start_time, end_time, provider, created_at) SELECT id, "
              "admission_cycle_id, 'evaluator', admin_id, 'Where is your accent from?', "
              "interview_time, interview_time, 'test-ear', interview_time FROM interviews "
              "WHERE :a = :b",
              S(""), S(""));
    for (int i = 0; i < 2; i++) {
        c = test_as(&s->t, NULL);
        c->now_us += 120 * SECOND_US;
        test_db_must(c, speech_recover(c), "recover");
        assert_int_equal(rows_with(s, "SELECT COUNT(*) AS n FROM live_bias_analysis WHERE :a = :b"),
                         1);
    }
}

static bool valid(struct scene *s, const char *want_code)
{
    struct verify_report report = { 0 };
    const struct verify_options o = { .rows = true };
    struct ctx *c = test_as(&s->t, NULL);
    bool found = false;
    test_sequence(c);
    test_db_must(c, audit_verify(c, &o, &report), "verify");
    const struct verify_invalid *odd = report.invalid_entries.v;
    for (size_t i = 0; i < report.invalid_entries.n; i++) {
        found = found || str_eq(odd[i].code, str_of(want_code));
        if (!want_code)
            print_error("  %.*s: %.*s\n", STR_ARG(odd[i].code), STR_ARG(odd[i].detail));
    }
    return want_code ? found : report.is_valid;
}

/* Changed behind the log's back, found, and put back. */
static void assert_bound(struct scene *s, const char *sql, const char *code, const char *back)
{
    test_exec(test_as(&s->t, NULL), sql, S("Another text."), S(""));
    if (!valid(s, code))
        fail_msg("not found: %s", sql);
    test_exec(test_as(&s->t, NULL), back, S(""), S(""));
}

static void assert_corrections_bound(struct scene *s)
{
#define MENDED_ "corrected_by = 'student'"
    static const char back[] =
        "UPDATE live_transcripts SET corrected_text = 'The peas, you mean.', " MENDED_
        " WHERE speaker = 'student' AND :a = :b";
    assert_bound(s, "UPDATE live_transcripts SET corrected_text = :a WHERE " MENDED_ " AND :b = ''",
                 "row.transcript", back);
    assert_bound(
        s, "UPDATE live_transcripts SET corrected_by = 'evaluator' WHERE " MENDED_ " AND :a <> :b",
        "row.transcript", back);
    assert_bound(s,
                 "UPDATE live_transcripts SET corrected_text = NULL WHERE " MENDED_ " AND :a <> :b",
                 "row.missing", back);
    assert_bound(s,
                 "INSERT INTO live_transcripts (interview_id, admission_cycle_id, speaker, "
                 "transcript_text, start_time, end_time, provider, created_at, corrected_text, "
                 "corrected_by) SELECT interview_id, admission_cycle_id, speaker, "
                 "transcript_text, end_time, end_time, provider, created_at, :a, speaker "
                 "FROM live_transcripts WHERE " MENDED_ " AND :b = ''",
                 "row.extra",
                 "DELETE FROM live_transcripts WHERE start_time = end_time AND :a = :b");
    assert_bound(s, "UPDATE coi_declarations SET accepted = FALSE, reason = :a WHERE :b = ''",
                 "row.extra", "UPDATE coi_declarations SET accepted = TRUE WHERE :a = :b");
    assert_bound(s, "DELETE FROM coi_declarations WHERE :a <> :b", "row.missing",
                 "DELETE FROM coi_declarations WHERE :a = :b");
#undef MENDED_
}

static void a_transcript_is_read_and_corrected(void **state)
{
    struct scene *s = *state;
    struct list rows;
    struct str text;
    struct transcript t;
    listen_now(s);
    assert_int_equal(say(s, true, 1, "What did the peas show?", 0), ERR_OK);
    assert_int_equal(say(s, false, 2, "The bees, you mean.", 65), ERR_OK);
    until_quiet(s);
    const struct principal *const readers[] = { &s->t.admin, &s->t.super, &s->t.auditor };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(transcript_read(test_as(&s->t, readers[i]), s->id, 0, 10, &rows), ERR_OK);
    const struct transcript *v = rows.v;
    assert_int_equal(rows.n, 2);
    const int64_t of_evaluator = v[0].id, of_student = v[1].id;
    assert_int_equal(v[0].speaker, SPEAKER_EVALUATOR);
    assert_int_equal(transcript_read(test_as(&s->t, &s->t.admin), s->id, of_evaluator, 10, &rows),
                     ERR_OK);
    assert_int_equal(rows.n, 1);
    struct principal third = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    assert_int_equal(transcript_read(test_as(&s->t, &third), s->id, 0, 10, &rows), ERR_NOT_FOUND);
    assert_int_equal(transcript_read(test_as(&s->t, NULL), s->id, 0, 10, &rows), ERR_NOT_FOUND);
    struct ctx *c = test_as_student(&s->t, (s->student + 1) % 4);
    assert_int_equal(transcript_read(c, s->id, 0, 10, &rows), ERR_NOT_FOUND);
    /* A student mends their own words, not the evaluator's; what was heard stays. */
    c = test_as_student(&s->t, s->student);
    assert_int_equal(transcript_mend(c, s->id, of_evaluator, S("Nothing."), &t), ERR_FORBIDDEN);
    c = test_as_student(&s->t, s->student);
    assert_int_equal(transcript_mend(c, s->id, of_student, S("  "), &t), ERR_INVALID);
    c = test_as_student(&s->t, s->student);
    test_db_must(c, transcript_mend(c, s->id, of_student, S(" The peas, you mean. "), &t), "mend");
    assert_true(str_eq(t.text, S("The bees, you mean.")));
    assert_true(str_eq(t.corrected_text, S("The peas, you mean.")));
    assert_int_equal(t.corrected_by, SPEAKER_STUDENT);
    assert_int_equal(transcript_mend(test_as(&s->t, &s->t.super), s->id, of_student, S("X"), &t),
                     ERR_FORBIDDEN);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, transcript_mend(c, s->id, of_evaluator, S("What did the bees show?"), &t),
                 "mend");
    assert_int_equal(test_acts(test_as(&s->t, NULL), "transcript.correct"), 2);
    c = test_as_student(&s->t, s->student);
    test_db_must(c, transcript_text(c, s->id, &text), "text");
    const char *want = "[00:00:00] Evaluator (corrected): What did the bees show?\n"
                       "[00:01:05] Student (corrected): The peas, you mean.\n";
    assert_true(str_eq(text, str_of(want)));
    assert_true(valid(s, NULL));
    assert_corrections_bound(s);
}

#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, open_scene, close_scene)
int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(words_become_rows_and_captions),
        SCENE(a_double_is_one),
        SCENE(order_and_number_are_kept),
        SCENE(the_late_are_merged),
        SCENE(merging_ends_at_its_length),
        SCENE(an_echo_is_dropped),
        SCENE(what_is_not_heard_is_a_gap),
        SCENE(a_gap_ends_with_the_next_words),
        SCENE(what_was_lost_with_a_process_is_a_gap),
        SCENE(a_gap_is_told_while_it_lasts),
        SCENE(the_queue_has_an_end),
        SCENE(what_was_left_is_handed_on),
        SCENE(a_transcript_is_read_and_corrected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
