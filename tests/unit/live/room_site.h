/* Rooms on a server of their own, over real sockets, with services that are played; what those saw
 * is kept. */
#ifndef ENIGMA_TESTS_ROOM_SITE_H
#define ENIGMA_TESTS_ROOM_SITE_H

#include "unit/http/ws_wire.h"

#include "domain/speech_cut.h"
#include "live/gate.c"

enum { TAKEN_MAX = 64, NUDGES_MAX = 200, SHORT_MS = 400 };

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

/* The interview as who enters next finds it. */
static const char *belongs_to;
static bool has_begun;

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
    e->started = has_begun;
    e->after = call->query ? ((const struct gate_query *)call->query)->after : -1;
    e->after = e->after == SCHEMA_NULL_I64 ? -1 : e->after;
    snprintf(e->who, sizeof(e->who), "%s", e->part == ROOM_STUDENT ? "STU_1" : belongs_to);
    snprintf(e->admin_id, sizeof(e->admin_id), "%s", belongs_to);
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
    belongs_to = "ADM_1";
    has_begun = true;
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

#define IN_ROOM(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

#endif
