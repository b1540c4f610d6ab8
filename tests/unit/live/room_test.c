/* Rooms over real sockets with services that are played: audio into segments, nudges and their
 * acknowledgement, gaps. Who may come in is tested with the whole program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/http/ws_wire.h"

#include "live/gate.c"

#include <limits.h>
#include <math.h>

#include "domain/speech_cut.h"

enum { TAKEN_MAX = 64, NUDGES_MAX = 200, SHORT_MS = 400 };
#define TONE_HZ 440.0

/* What the played services saw, under one lock: they run on workers. */
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static struct taken {
    bool evaluator;
    size_t samples;
    int64_t begin_us, end_us;
    uint64_t sequence;
    double level_db;
} taken[TAKEN_MAX];
static int n_taken, busy_left, n_gaps;
static int64_t gap_seconds;
static struct nudge {
    bool delivered, acknowledged;
    int deliveries;
} nudges[NUDGES_MAX + 1];
static int64_t n_nudges;
static bool nudges_fail;
static struct live *live;

static err play_segment(struct ctx *c, const struct live_segment *s)
{
    pthread_mutex_lock(&mu);
    bool busy = busy_left > 0;
    if (busy)
        busy_left--;
    else if (n_taken < TAKEN_MAX)
        taken[n_taken++] =
            (struct taken){ s->evaluator, s->samples,  s->begin_us,
                            s->end_us,    s->sequence, speech_level_db(s->pcm, s->samples) };
    pthread_mutex_unlock(&mu);
    return busy ? FAIL(c, BUSY, "full") : ERR_OK;
}

static err play_nudges(struct ctx *c, int64_t interview_id, struct str admin_id, int64_t after,
                       struct list *ret)
{
    struct live_nudge *v = arena_array(c->mem, struct live_nudge, NUDGES_MAX);
    size_t n = 0;
    pthread_mutex_lock(&mu);
    bool fail = nudges_fail;
    for (int64_t id = 1; id <= n_nudges && !fail; id++)
        if (after < 0 ? !nudges[id].delivered : id > after)
            v[n++] = (struct live_nudge){ .id = id,
                                          .nudge_type = S("warning"),
                                          .severity = S("medium"),
                                          .message = S("Keep to the criteria."),
                                          .quote = S("Where are you from?"),
                                          .duration_ms = 10000,
                                          .requires_ack = true };
    pthread_mutex_unlock(&mu);
    *ret = (struct list){ v, n };
    (void)interview_id;
    (void)admin_id;
    return fail ? FAIL(c, BUSY, "no database") : ERR_OK;
}

static err play_delivered(struct ctx *c, int64_t id, struct str admin_id)
{
    (void)c;
    (void)admin_id;
    pthread_mutex_lock(&mu);
    nudges[id].delivered = true;
    nudges[id].deliveries++;
    pthread_mutex_unlock(&mu);
    return ERR_OK;
}

static err play_acknowledge(struct ctx *c, int64_t id, struct str admin_id)
{
    (void)admin_id;
    pthread_mutex_lock(&mu);
    bool known = id <= n_nudges;
    if (known)
        nudges[id].acknowledged = true;
    pthread_mutex_unlock(&mu);
    return known ? ERR_OK : FAIL(c, NOT_FOUND, "Nudge not found");
}

static err play_gap(struct ctx *c, int64_t interview_id, int64_t begin_us, int64_t seconds)
{
    (void)c;
    (void)interview_id;
    (void)begin_us;
    pthread_mutex_lock(&mu);
    n_gaps++;
    gap_seconds = seconds;
    pthread_mutex_unlock(&mu);
    return ERR_OK;
}

static struct live_watch watched_now;
static int n_watches, n_lists;
static bool watched_all;
static const char *given_to; /* whose the interviews are; NULL: as they came */

static err play_watch(struct ctx *c, struct str owner, const struct live_watch *v, size_t n,
                      bool all)
{
    (void)c;
    pthread_mutex_lock(&mu);
    assert_int_equal(owner.n, 2 * OWNER_BYTES);
    n_watches = (int)n;
    n_lists += all;
    watched_all = all;
    if (n)
        watched_now = v[0];
    pthread_mutex_unlock(&mu);
    return ERR_OK;
}

static err play_poll(struct ctx *c, const int64_t *ids, size_t n, struct list *ret)
{
    struct live_news *v = arena_array(c->mem, struct live_news, n + 1);
    pthread_mutex_lock(&mu);
    for (size_t i = 0; given_to && i < n; i++)
        v[i] =
            (struct live_news){ .interview_id = ids[i], .end = -1, .admin_id = str_of(given_to) };
    *ret = (struct list){ v, given_to ? n : 0 };
    pthread_mutex_unlock(&mu);
    return ERR_OK;
}

static const struct live_port played = { .nudges = play_nudges,
                                         .delivered = play_delivered,
                                         .acknowledge = play_acknowledge,
                                         .segment = play_segment,
                                         .gap = play_gap,
                                         .watch = play_watch,
                                         .poll = play_poll };

/* /PART/VERSION/ROOM instead of logins: the entry as the gate would make it. */
static err run_enter(struct ctx *c, struct call *call)
{
    struct entry *e = calloc(1, sizeof(*e));
    int64_t id = 0;
    assert_true(str_i64(call->path_arg[2], &id));
    e->live = live;
    e->interview_id = id;
    e->path = (enum live_path)call->arg;
    e->part = str_eq(call->path_arg[0], S("student")) ? ROOM_STUDENT : ROOM_EVALUATOR;
    e->v1 = str_eq(call->path_arg[1], S("v1"));
    e->started = true;
    e->after = call->query ? ((const struct gate_query *)call->query)->after : -1;
    e->after = e->after == SCHEMA_NULL_I64 ? -1 : e->after;
    snprintf(e->who, sizeof(e->who), "%s", e->part == ROOM_STUDENT ? "STU_1" : "ADM_1");
    snprintf(e->admin_id, sizeof(e->admin_id), "ADM_1");
    call->ws.user = e;
    call->ws.key = (uint64_t)id;
    (void)c;
    return ERR_OK;
}

static const struct route test_rows[] = {
    ROW("GET", "/s/{part}/{version}/{room}", run_enter, R_PUBLIC, .query = &query_schema,
        .flags = ROUTE_WEBSOCKET, .ws = &endpoints[LIVE_SIGNAL], .arg = LIVE_SIGNAL),
    ROW("GET", "/a/{part}/{version}/{room}", run_enter, R_PUBLIC, .query = &query_schema,
        .flags = ROUTE_WEBSOCKET, .ws = &endpoints[LIVE_AUDIO], .arg = LIVE_AUDIO),
    ROW("GET", "/n/{part}/{version}/{room}", run_enter, R_PUBLIC, .query = &query_schema,
        .flags = ROUTE_WEBSOCKET, .ws = &endpoints[LIVE_NUDGES], .arg = LIVE_NUDGES),
};
static const struct route_table test_table = { test_rows, 3 };

static int set_up(void **state)
{
    (void)state;
    struct ctx c;
    struct server_options so = site_options();
    struct live_options lo = live_options_default;
    memset(taken, 0, sizeof(taken));
    memset(nudges, 0, sizeof(nudges));
    n_taken = busy_left = n_gaps = 0;
    n_nudges = gap_seconds = 0;
    nudges_fail = false;
    n_watches = n_lists = 0;
    given_to = NULL;
    lo.deps = &site_deps;
    lo.port = &played;
    lo.gap_ms = 4 * SHORT_MS;
    lo.poll_ms = lo.watch_ms = SHORT_MS;
    struct arena *mem = arena_open(NULL, 1 << 20);
    ctx_init(&c, mem, &site_deps, 0);
    assert_int_equal(live_open(&c, &lo, &live), ERR_OK);
    arena_close(mem);
    so.tables = &test_table;
    so.loops = 2;
    so.tick = live_tick;
    so.tick_arg = live;
    /* As wire_open, with the rooms put in before the loops run. */
    w.mem = arena_open(NULL, 64 << 20);
    w.got = arena_raw(w.mem, WIRE_MAX, 1, 1);
    ctx_init(&c, w.mem, &site_deps, 0);
    assert_int_equal(server_open(&c, &so, &w.server), ERR_OK);
    live_attach(live, w.server);
    return pthread_create(&w.thread, NULL, wire_serve, &w);
}

static int tear_down(void **state)
{
    (void)state;
    server_stop(w.server);
    pthread_join(w.thread, NULL);
    live_detach(live);
    server_close(w.server);
    arena_close(w.mem);
    live_close(live);
    return 0;
}

/* A socket that speaks enigma.v1 where the path says so. */
static int enter_room(const char *path)
{
    int fd = wire_connect(&w);
    const char *offer = strstr(path, "/v1/") ? "Sec-WebSocket-Protocol: enigma.v1\r\n" : "";
    wire_send(fd, str_fmt(w.mem, "GET %s HTTP/1.1\r\n" UPGRADE KEY "%s\r\n", path, offer));
    ws_expect_head(fd, "HTTP/1.1 101 ");
    return fd;
}

static void say(int fd, const char *text)
{
    ws_put(fd, 0x81, str_of(text));
}

/* The next text message that holds the words, NUL-ended in w.got. */
static const char *hear(int fd, const char *words)
{
    for (;;) {
        unsigned first;
        struct str bytes;
        assert_true(ws_take(fd, &first, &bytes));
        w.got[bytes.n] = '\0';
        if (first == 0x81 && strstr(w.got, words))
            return w.got;
        if (first == 0x88)
            fail_msg("closed before \"%s\"", words);
    }
}

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

/* The evaluator and the student of a room, joined. */
struct two {
    int evaluator, student;
};

static struct two both_in(int room)
{
    char path[64];
    struct two p;
    snprintf(path, sizeof(path), "/s/evaluator/v1/%d", room);
    p.evaluator = enter_room(path);
    say(p.evaluator, "{\"type\":\"join\"}");
    hear(p.evaluator, "\"joined\"");
    snprintf(path, sizeof(path), "/s/student/v1/%d", room);
    p.student = enter_room(path);
    say(p.student, "{\"type\":\"join\"}");
    hear(p.student, "\"joined\"");
    hear(p.evaluator, "\"peer_joined\"");
    return p;
}

static void leave_both(const struct two *p)
{
    close(p->evaluator);
    close(p->student);
}

static void what_is_relayed_is_passed_on_as_it_came(void **state)
{
    (void)state;
    struct two p = both_in(31);
    say(p.student, " {\"candidate\" : {\"candidate\": \"a\\u0041 \",  \"n\": [1, 2e0]} ,\n"
                   "\"later\":{\"type\":1}, \"type\":\"ice\" } ");
    assert_string_equal(hear(p.evaluator, "\"ice\""),
                        "{\"v\":1,\"type\":\"ice\",\"seq\":3,\"from\":\"student\",\"candidate\":"
                        "{\"candidate\": \"a\\u0041 \",  \"n\": [1, 2e0]}}");
    say(p.evaluator, "{\"v\":1,\"type\":\"offer\",\"sdp\":\"v=0\\r\\na=\\\"\\\\x\\/ \xc3\xbc\"}");
    assert_string_equal(hear(p.student, "\"offer\""),
                        "{\"v\":1,\"type\":\"offer\",\"seq\":1,\"from\":\"evaluator\",\"sdp\":"
                        "\"v=0\\r\\na=\\\"\\\\x\\/ \xc3\xbc\"}");
    say(p.student, "{\"type\":\"answer\",\"sdp\":\"v=0\"}");
    assert_string_equal(
        hear(p.evaluator, "\"answer\""),
        "{\"v\":1,\"type\":\"answer\",\"seq\":4,\"from\":\"student\",\"sdp\":\"v=0\"}");
    /* Names and texts with escapes are read by the long way, which writes them anew. */
    say(p.student, "{\"ty\\u0070e\":\"\\u0061nswer\",\"sdp\":\"\\u0041\"}");
    assert_string_equal(
        hear(p.evaluator, "\"answer\""),
        "{\"v\":1,\"type\":\"answer\",\"seq\":5,\"from\":\"student\",\"sdp\":\"A\"}");
    say(p.student, "{\"type\":\"ice_end\"}");
    hear(p.evaluator, "\"seq\":6");
    leave_both(&p);
}

static void what_is_wrong_is_not_relayed_and_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *said, *answer;
    } wrong[] = {
        { "{\"type\":\"ice\",\"candidate\":{\"a\":1,\"a\":2}}", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":{}} x", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":{}", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":[1]}", "candidate: an object" },
        { "{\"type\":\"ice\"}", "invalid" },
        { "{\"type\":\"offer\",\"candidate\":{}}", "invalid" },
        { "{\"type\":\"offer\",\"sdp\":\"\"}", "invalid" },
        { "{\"type\":\"offer\",\"sdp\":\"a\x7f\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":\"a\\b\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":\"a\\u0007\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":7}", "invalid" },
        { "{\"type\":\"Ice\",\"candidate\":{}}", "unknown_type" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i += 6) { /* refusals are dear */
        struct two p = both_in(40 + (int)i);
        for (size_t k = i; k < i + 6; k++) {
            say(p.student, wrong[k].said);
            if (!strstr(hear(p.student, "\"error\""), wrong[k].answer))
                fail_msg("%s: %s", wrong[k].said, w.got);
        }
        say(p.student, "{\"type\":\"ice\",\"candidate\":{}}");
        hear(p.evaluator, "\"seq\":3,"); /* the first that was passed on */
        leave_both(&p);
    }
}

static void sizes_are_kept_on_the_short_way(void **state)
{
    (void)state;
    struct two p = both_in(32);
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    for (int more = 0; more < 2; more++) {
        buf_clear(&b);
        buf_lit(&b, "{\"type\":\"ice\",\"candidate\":{\"a\":\"");
        while (b.n < sizeof("{\"type\":\"ice\",\"candidate\":") - 1 + ICE_MAX - 2 + (size_t)more)
            buf_c(&b, 'c');
        buf_lit(&b, "\"}}");
        ws_put(p.student, 0x81, buf_view(&b));
        hear(more ? p.student : p.evaluator, more ? "at most 2 KiB" : "\"ice\"");
        buf_clear(&b);
        buf_lit(&b, "{\"type\":\"offer\",\"sdp\":\"");
        for (int i = 0; i < SDP_MAX + more; i++)
            buf_c(&b, 's');
        buf_lit(&b, "\"}");
        ws_put(p.student, 0x81, buf_view(&b));
        hear(more ? p.student : p.evaluator, more ? "sdp" : "\"offer\"");
    }
    buf_done(&b);
    leave_both(&p);
}

/* More than one round's memory holds, large and small: whole and in order. */
static void many_messages_at_once_keep_their_order(void **state)
{
    (void)state;
    enum { MESSAGES = 36 };
    struct two p = both_in(33);
    static char sdp[12000];
    memset(sdp, 's', sizeof(sdp) - 1);
    for (int i = 0; i < MESSAGES; i++)
        say(p.student,
            i % 3 == 1
                ? str_z(w.mem, str_fmt(w.mem, "{\"type\":\"offer\",\"sdp\":\"%d %s\"}", i, sdp))
                : str_z(w.mem, str_fmt(w.mem, "{\"type\":\"ice\",\"candidate\":{\"i\":%d}}", i)));
    for (int i = 0; i < MESSAGES; i++) {
        const char *got = hear(p.evaluator, "\"seq\"");
        char want[64];
        snprintf(want, sizeof(want), "\"seq\":%d,\"from\":\"student\",", i + 3);
        assert_non_null(strstr(got, want));
        snprintf(want, sizeof(want), i % 3 == 1 ? "\"sdp\":\"%d s" : "{\"i\":%d}}", i);
        assert_non_null(strstr(got, want));
    }
    leave_both(&p);
}

static void the_rate_is_kept_on_the_short_way(void **state)
{
    (void)state;
    enum { MESSAGES = 2000 };
    struct two p = both_in(34);
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    for (int i = 0; i < MESSAGES; i++) {
        static const char ice[] = "{\"type\":\"ice\",\"candidate\":{}}";
        const char head[] = { (char)0x81, (char)(0x80 | (sizeof(ice) - 1)), 0, 0, 0, 0 };
        buf_put(&b, head, sizeof(head));
        buf_put(&b, ice, sizeof(ice) - 1);
    }
    wire_send(p.student, buf_view(&b));
    expect_end(p.student, CODE_RATE);
    buf_done(&b);
    leave_both(&p);
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

#define IN_ROOM(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(speech_becomes_segments_by_speaker),
        IN_ROOM(what_came_before_is_overlooked_and_a_jump_ends_the_utterance),
        IN_ROOM(an_utterance_survives_a_cut_line),
        IN_ROOM(who_listens_says_up_to_when_all_is_settled),
        IN_ROOM(a_room_between_two_lists_is_taken_off_too),
        IN_ROOM(another_takes_the_interview_over),
        IN_ROOM(what_is_said_last_is_not_lost),
        IN_ROOM(a_server_that_goes_flushes_what_was_said),
        IN_ROOM(a_full_queue_merges_and_loses_nothing),
        IN_ROOM(nudges_come_once_in_order_and_are_acknowledged),
        IN_ROOM(without_a_socket_of_their_own_they_come_on_signalling),
        IN_ROOM(a_database_that_is_away_keeps_nudges_back_and_loses_none),
        IN_ROOM(who_monitors_nothing_is_told_and_it_is_written),
        IN_ROOM(a_block_comes_before_the_end_and_says_nothing_to_the_student),
        IN_ROOM(the_barred_are_let_go_and_others_stay),
        IN_ROOM(what_is_relayed_is_passed_on_as_it_came),
        IN_ROOM(what_is_wrong_is_not_relayed_and_is_named),
        IN_ROOM(sizes_are_kept_on_the_short_way),
        IN_ROOM(many_messages_at_once_keep_their_order),
        IN_ROOM(the_rate_is_kept_on_the_short_way),
        IN_ROOM(captions_go_to_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
