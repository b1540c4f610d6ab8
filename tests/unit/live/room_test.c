/* Rooms over real sockets with services that are played: audio into segments, nudges and their
 * acknowledgement, gaps. Who may come in is tested with the whole program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/live/room_site.h"

#include <limits.h>
#include <math.h>

#define TONE_HZ 440.0

struct stream {
    int fd;
    bool framed;
    uint32_t frame, offset;
};

/* Twenty milliseconds each: a tone, or nothing. */
static void play(struct stream *s, int frames, bool tone)
{
    for (int i = 0; i < frames; i++) {
        uint8_t m[AUDIO_HEAD + 2 * SPEECH_FRAME] = { 1 };
        int16_t pcm[SPEECH_FRAME];
        for (int k = 0; k < SPEECH_FRAME; k++)
            pcm[k] = tone ? (int16_t)(8000 * sin(TONE_HZ * 6.283185307 * k / SPEECH_RATE)) : 0;
        uint32_t head[2] = { ++s->frame, s->offset };
        memcpy(m + 4, head, sizeof(head));
        memcpy(m + AUDIO_HEAD, pcm, sizeof(pcm));
        s->offset += SPEECH_FRAME;
        size_t skip = s->framed ? 0 : AUDIO_HEAD;
        ws_put(s->fd, 0x82, (struct str){ (const char *)m + skip, sizeof(m) - skip });
    }
}

static struct stream begin_stream(const char *path)
{
    struct stream s = { .fd = enter_room(path), .framed = strstr(path, "/v1/") != NULL };
    if (s.framed)
        say(s.fd, "{\"type\":\"audio_start\",\"rate\":16000,\"codec\":\"pcm16\"}");
    return s;
}

static int taken_now(void)
{
    pthread_mutex_lock(&mu);
    int n = n_taken;
    pthread_mutex_unlock(&mu);
    return n;
}

static void wait_taken(int n)
{
    for (int i = 0; i < WIRE_WAIT_MS && taken_now() < n; i++)
        usleep(1000);
    assert_int_equal(taken_now(), n);
}

static void speech_becomes_segments_by_speaker(void **state)
{
    (void)state;
    struct stream evaluator = begin_stream("/a/evaluator/v1/7"),
                  student = begin_stream("/a/student/original/7");
    play(&evaluator, 25, false);
    play(&evaluator, 50, true);
    play(&student, 40, true);
    play(&evaluator, 20, false);
    wait_taken(1);
    play(&student, 20, false);
    wait_taken(2);
    assert_true(taken[0].evaluator && !taken[1].evaluator);
    assert_int_equal(taken[0].samples, (10 + 50 + 20) * SPEECH_FRAME);
    assert_int_equal(taken[1].samples, (40 + 20) * SPEECH_FRAME);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(taken[i].sequence, 1);
        assert_int_equal(taken[i].end_us - taken[i].begin_us,
                         (int64_t)taken[i].samples * 1000000 / SPEECH_RATE);
        assert_true(taken[i].level_db > -20.0);
    }
    play(&evaluator, 30, true);
    play(&evaluator, 20, false);
    wait_taken(3);
    assert_int_equal(taken[2].sequence, 2);
    close(evaluator.fd);
    close(student.fd);
}

static void what_came_before_is_overlooked_and_a_jump_ends_the_utterance(void **state)
{
    (void)state;
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 30, true);
    struct stream again = { .fd = s.fd, .framed = true };
    play(&again, 30, true); /* the same numbers */
    s.offset += SPEECH_RATE;
    play(&s, 10, true);
    wait_taken(1);
    assert_int_equal(taken[0].samples, 30 * SPEECH_FRAME);
    say(s.fd, "{\"type\":\"audio_stop\"}");
    wait_taken(2);
    assert_int_equal(taken[1].samples, 10 * SPEECH_FRAME);
    close(s.fd);
}

static void an_utterance_survives_a_cut_line(void **state)
{
    (void)state;
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 30, true);
    say(s.fd, "{\"type\":\"ping\"}");
    hear(s.fd, "pong");
    close(s.fd);
    struct stream next = begin_stream("/a/evaluator/v1/7");
    play(&next, 20, true);
    play(&next, 20, false);
    wait_taken(1);
    assert_int_equal(taken[0].samples, (30 + 20 + 20) * SPEECH_FRAME);
    close(next.fd);
}

/* Until the rooms say that interview 7 is listened to and settled behind, or not behind, at_us; 0:
 * that nobody is listened to. */
static void wait_watch(int64_t at_us, bool behind)
{
    bool found = false;
    for (int i = 0; i < WIRE_WAIT_MS && !found; i++) {
        usleep(1000);
        pthread_mutex_lock(&mu);
        found = at_us == 0 ? n_watches == 0 && watched_all
                           : n_watches == 1 && watched_now.interview_id == 7 &&
                                 (watched_now.settled_us > at_us) == behind;
        pthread_mutex_unlock(&mu);
    }
    assert_true(found);
}

/* So many more lists of all who are listened to. */
static void wait_polls(int n)
{
    pthread_mutex_lock(&mu);
    const int until = n_lists + n;
    pthread_mutex_unlock(&mu);
    for (int i = 0, now = 0; i < WIRE_WAIT_MS && now < until; i++) {
        usleep(1000);
        pthread_mutex_lock(&mu);
        now = n_lists;
        pthread_mutex_unlock(&mu);
    }
}

static void who_listens_says_up_to_when_all_is_settled(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7");
    say(evaluator, "{\"type\":\"join\"}");
    struct stream s = begin_stream("/a/evaluator/v1/7");
    pthread_mutex_lock(&mu);
    busy_left = INT_MAX; /* nobody takes it: it waits in the room */
    pthread_mutex_unlock(&mu);
    play(&s, 60, true);
    say(s.fd, "{\"type\":\"audio_stop\"}");
    const int64_t said = live_now_us(live);
    wait_watch(said, false);
    wait_polls(2);
    wait_watch(said, false);
    pthread_mutex_lock(&mu);
    busy_left = 0;
    pthread_mutex_unlock(&mu);
    wait_taken(1);
    wait_watch(live_now_us(live), true);
    say(evaluator, "{\"type\":\"leave\"}");
    wait_watch(0, false);
    close(s.fd);
    close(evaluator);
}

/* Its row is written when it begins: a list without it has to follow, or the row stays. */
static void a_room_between_two_lists_is_taken_off_too(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7");
    say(evaluator, "{\"type\":\"join\"}");
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 1, true);
    int begun = 0;
    for (int i = 0; i < WIRE_WAIT_MS && !begun; i++) {
        usleep(1000);
        pthread_mutex_lock(&mu);
        begun = n_watches;
        pthread_mutex_unlock(&mu);
    }
    assert_int_equal(begun, 1);
    say(evaluator, "{\"type\":\"leave\"}");
    wait_watch(0, false);
    close(s.fd);
    close(evaluator);
}

static void another_takes_the_interview_over(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7");
    say(student, "{\"type\":\"join\"}");
    hear(student, "joined");
    say(evaluator, "{\"type\":\"join\"}");
    hear(student, "peer_joined");
    pthread_mutex_lock(&mu);
    given_to = "ADM_2";
    pthread_mutex_unlock(&mu);
    expect_end(evaluator, CODE_FORBIDDEN);
    hear(student, "peer_left");
    say(student, "{\"type\":\"offer\",\"sdp\":\"v=0\"}");
    hear(student, "not_live");
    close(evaluator);
    close(student);
}

/* By the door, before the rooms hear of it. */
static void who_takes_over_begins_anew(void **state)
{
    (void)state;
    int first = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7");
    say(first, "{\"type\":\"join\"}");
    hear(first, "\"state\":\"live\"");
    say(student, "{\"type\":\"join\"}");
    hear(student, "joined");
    belongs_to = "ADM_2";
    has_begun = false;
    int second = enter_room("/s/evaluator/v1/7");
    expect_end(first, CODE_FORBIDDEN);
    say(second, "{\"type\":\"join\"}");
    hear(second, "\"state\":\"waiting\"");
    say(student, "{\"type\":\"offer\",\"sdp\":\"v=0\"}");
    hear(student, "not_live");
    close(first);
    close(second);
    close(student);
}

/* Whoever began it is long gone, and the student waits. */
static void what_is_given_on_with_nobody_there_is_begun_anew(void **state)
{
    (void)state;
    int student = enter_room("/s/student/v1/7");
    say(student, "{\"type\":\"join\"}");
    hear(student, "\"state\":\"live\"");
    pthread_mutex_lock(&mu);
    given_to = "ADM_2";
    pthread_mutex_unlock(&mu);
    bool refused = false;
    for (int ms = 0; ms < WIRE_WAIT_MS && !refused; ms += SHORT_MS) {
        usleep(SHORT_MS * 1000);
        say(student, "{\"type\":\"offer\",\"sdp\":\"v=0\"}");
        say(student, "{\"type\":\"ping\"}");
        for (const char *heard = ""; !strstr(heard, "\"pong\"");) {
            heard = hear(student, "\"type\"");
            refused = refused || strstr(heard, "not_live");
        }
    }
    assert_true(refused);
    close(student);
}

static void what_is_said_last_is_not_lost(void **state)
{
    (void)state;
    int fd = enter_room("/s/evaluator/v1/7");
    say(fd, "{\"type\":\"join\"}");
    hear(fd, "joined");
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 30, true);
    wait_taken(1); /* nothing comes any more: the utterance is over */
    play(&s, 30, true);
    say(s.fd, "{\"type\":\"ping\"}");
    hear(s.fd, "pong");
    say(fd, "{\"type\":\"leave\"}");
    wait_taken(2);
    assert_int_equal(taken[1].samples, 30 * SPEECH_FRAME);
    close(fd);
    close(s.fd);
}

static void a_server_that_goes_flushes_what_was_said(void **state)
{
    (void)state;
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 30, true);
    say(s.fd, "{\"type\":\"ping\"}");
    hear(s.fd, "pong");
    server_stop(w.server);
    expect_end(s.fd, WS_GOING_AWAY);
    ws_put(s.fd, 0x88, S("\x03\xe9"));
    wait_taken(1);
    assert_int_equal(taken[0].samples, 30 * SPEECH_FRAME);
    close(s.fd);
}

static void a_full_queue_merges_and_loses_nothing(void **state)
{
    (void)state;
    pthread_mutex_lock(&mu);
    busy_left = 4;
    pthread_mutex_unlock(&mu);
    struct stream s = begin_stream("/a/evaluator/v1/7");
    for (int i = 0; i < 3; i++) {
        play(&s, 20, true);
        play(&s, 20, false);
    }
    size_t samples = 0;
    for (int i = 0; i < WIRE_WAIT_MS && samples < (size_t)3 * 40 * SPEECH_FRAME; i++) {
        usleep(1000);
        pthread_mutex_lock(&mu);
        samples = 0;
        for (int k = 0; k < n_taken; k++)
            samples += taken[k].samples;
        pthread_mutex_unlock(&mu);
    }
    assert_int_equal(samples, 3 * 40 * SPEECH_FRAME);
    assert_in_range(n_taken, 1, 2);
    for (int k = 1; k < n_taken; k++)
        assert_true(taken[k].begin_us >= taken[k - 1].end_us);
    close(s.fd);
}

static void add_nudges(int64_t n)
{
    pthread_mutex_lock(&mu);
    n_nudges += n;
    pthread_mutex_unlock(&mu);
    live_nudge(live, 7);
}

static bool deliveries_are(int64_t from, int64_t to, int n)
{
    bool same = true;
    pthread_mutex_lock(&mu);
    for (int64_t id = from; id <= to; id++)
        same = same && nudges[id].deliveries == n;
    pthread_mutex_unlock(&mu);
    return same;
}

static void wait_deliveries(int64_t from, int64_t to, int n)
{
    for (int i = 0; i < WIRE_WAIT_MS && !deliveries_are(from, to, n); i++)
        usleep(1000);
    assert_true(deliveries_are(from, to, n));
}

static void nudges_come_once_in_order_and_are_acknowledged(void **state)
{
    (void)state;
    add_nudges(2); /* nobody is there */
    int fd = enter_room("/n/evaluator/original/7");
    for (int64_t id = 1; id <= 2; id++)
        hear(fd, str_fmt(w.mem, "{\"nudge_id\":%d,\"nudge_type\":\"warning\"", (int)id).p);
    assert_non_null(strstr(w.got, "\"display_duration\":10"));
    wait_deliveries(1, 2, 1);
    for (int64_t id = 3; id <= 20; id++)
        add_nudges(1);
    for (int64_t id = 3; id <= 20; id++) {
        unsigned first;
        struct str bytes;
        assert_true(ws_take(fd, &first, &bytes)); /* nothing between, nothing twice */
        w.got[bytes.n] = '\0';
        assert_non_null(strstr(w.got, str_fmt(w.mem, "\"nudge_id\":%d,", (int)id).p));
    }
    say(fd, "{\"type\":\"acknowledge\",\"nudge_id\":3}");
    hear(fd, "{\"status\":\"acknowledged\",\"nudge_id\":3}");
    say(fd, "{\"type\":\"acknowledge\",\"nudge_id\":3}");
    hear(fd, "{\"status\":\"acknowledged\",\"nudge_id\":3}");
    say(fd, "{\"type\":\"acknowledge\",\"nudge_id\":\"3\"}");
    say(fd, "nonsense");
    wait_deliveries(1, 20, 1);
    close(fd);
    fd = enter_room("/n/evaluator/original/7?after=18");
    hear(fd, "\"nudge_id\":19,");
    hear(fd, "\"nudge_id\":20,");
    close(fd);
}

static void without_a_socket_of_their_own_they_come_on_signalling(void **state)
{
    (void)state;
    int fd = enter_room("/s/evaluator/v1/7");
    add_nudges(1);
    say(fd, "{\"type\":\"join\"}");
    hear(fd, "joined");
    hear(fd, "\"type\":\"nudge\",\"seq\":");
    assert_non_null(strstr(w.got, "\"id\":1,\"nudge_type\":\"warning\",\"severity\":\"medium\""));
    assert_non_null(strstr(w.got, "\"duration_ms\":10000,\"requires_ack\":true,"
                                  "\"quote\":\"Where are you from?\""));
    say(fd, "{\"type\":\"ack\",\"nudge_id\":1}");
    hear(fd, "{\"v\":1,\"type\":\"acked\",\"nudge_id\":1}");
    say(fd, "{\"type\":\"ack\",\"nudge_id\":99}");
    hear(fd, "unknown_nudge");
    close(fd);
}

static void a_database_that_is_away_keeps_nudges_back_and_loses_none(void **state)
{
    (void)state;
    pthread_mutex_lock(&mu);
    nudges_fail = true;
    pthread_mutex_unlock(&mu);
    int fd = enter_room("/n/evaluator/v1/7");
    add_nudges(1);
    usleep(SHORT_MS * 1000);
    pthread_mutex_lock(&mu);
    nudges_fail = false;
    pthread_mutex_unlock(&mu);
    hear(fd, "\"id\":1,");
    close(fd);
}

static void who_monitors_nothing_is_told_and_it_is_written(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7");
    say(evaluator, "{\"type\":\"join\"}");
    say(student, "{\"type\":\"join\"}");
    hear(evaluator, "{\"v\":1,\"type\":\"monitoring\",\"seq\":");
    assert_non_null(strstr(w.got, "\"mode\":\"gap\""));
    struct stream s = begin_stream("/a/evaluator/v1/7");
    play(&s, 5, false);
    hear(evaluator, "\"mode\":\"on\",\"gap\":0}");
    for (int i = 0; i < WIRE_WAIT_MS; i++) {
        pthread_mutex_lock(&mu);
        bool written = n_gaps == 1;
        pthread_mutex_unlock(&mu);
        if (written)
            break;
        usleep(1000);
    }
    assert_int_equal(n_gaps, 1);
    assert_in_range(gap_seconds, 1, 60);
    close(evaluator);
    close(student);
    close(s.fd);
}

static void a_block_comes_before_the_end_and_says_nothing_to_the_student(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7"),
        panel = enter_room("/n/evaluator/v1/7");
    say(evaluator, "{\"type\":\"join\"}");
    hear(evaluator, "joined");
    say(student, "{\"type\":\"join\"}");
    hear(evaluator, "peer_joined");
    say(panel, "{\"type\":\"ping\"}"); /* nudges come here once it is open */
    hear(panel, "pong");
    add_nudges(1);
    live_end(live, 7, LIVE_END_BLOCK);
    hear(panel, "\"type\":\"nudge\"");
    hear(panel, "\"reason\":\"bias_block\"");
    expect_end(panel, 4410);
    hear(evaluator, "\"reason\":\"bias_block\"");
    expect_end(evaluator, 4410);
    hear(student, "\"type\":\"terminated\"");
    assert_non_null(strstr(w.got, "\"reason\":\"ended\""));
    assert_null(strstr(w.got, "bias"));
    expect_end(student, 4410);
    close(panel);
    close(evaluator);
    close(student);
}

static void the_barred_are_let_go_and_others_stay(void **state)
{
    (void)state;
    int evaluator = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7");
    say(evaluator, "{\"type\":\"join\"}");
    hear(evaluator, "joined");
    say(student, "{\"type\":\"join\"}");
    hear(student, "joined");
    live_barred(live, "ADM_1");
    expect_end(evaluator, 4403);
    ws_put(evaluator, 0x88, S("\x11\x33"));
    hear(student, "peer_left");
    say(student, "{\"type\":\"ping\"}");
    hear(student, "pong");
    close(evaluator);
    close(student);
}

static void captions_go_to_both_sides(void **state)
{
    (void)state;
    const struct live_caption caption = { .transcript_id = 5,
                                          .evaluator = true,
                                          .text = S("say \"hello\""),
                                          .begin_us = 1000000,
                                          .end_us = 2000000,
                                          .confidence = -1 };
    int evaluator = enter_room("/s/evaluator/v1/7"), student = enter_room("/s/student/v1/7"),
        old = enter_room("/a/evaluator/original/7");
    say(evaluator, "{\"type\":\"join\"}");
    hear(evaluator, "joined");
    say(student, "{\"type\":\"join\"}");
    hear(student, "joined");
    live_caption(live, 7, &caption);
    hear(student, "\"type\":\"transcript\"");
    assert_non_null(
        strstr(w.got, "\"id\":5,\"speaker\":\"evaluator\",\"text\":\"say \\\"hello\\\"\""));
    assert_non_null(strstr(w.got, "\"conf\":null"));
    hear(evaluator, "\"type\":\"transcript\"");
    hear(old, "{\"status\":\"transcribed\",\"transcript_id\":5,\"text\":\"say \\\"hello\\\"\"}");
    close(evaluator);
    close(student);
    close(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(speech_becomes_segments_by_speaker),
        IN_ROOM(what_came_before_is_overlooked_and_a_jump_ends_the_utterance),
        IN_ROOM(an_utterance_survives_a_cut_line),
        IN_ROOM(who_listens_says_up_to_when_all_is_settled),
        IN_ROOM(a_room_between_two_lists_is_taken_off_too),
        IN_ROOM(another_takes_the_interview_over),
        IN_ROOM(who_takes_over_begins_anew),
        IN_ROOM(what_is_given_on_with_nobody_there_is_begun_anew),
        IN_ROOM(what_is_said_last_is_not_lost),
        IN_ROOM(a_server_that_goes_flushes_what_was_said),
        IN_ROOM(a_full_queue_merges_and_loses_nothing),
        IN_ROOM(nudges_come_once_in_order_and_are_acknowledged),
        IN_ROOM(without_a_socket_of_their_own_they_come_on_signalling),
        IN_ROOM(a_database_that_is_away_keeps_nudges_back_and_loses_none),
        IN_ROOM(who_monitors_nothing_is_told_and_it_is_written),
        IN_ROOM(a_block_comes_before_the_end_and_says_nothing_to_the_student),
        IN_ROOM(the_barred_are_let_go_and_others_stay),
        IN_ROOM(captions_go_to_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
