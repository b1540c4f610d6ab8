/* Rooms in one process: a bare wslay echo beside the relay of candidates, the server's share
 * between the last audio byte and the nudge, memory of idle and speaking rooms, idle sockets, many
 * rooms with audio. Prints one "name TAB value" a line. usage: rooms_bench SECONDS [part…] */
#include "live/gate.c"

#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <wslay/wslay.h>

#include "domain/speech_cut.h"

enum {
    PAIRS = 64,
    WINDOW_MAX = 32,
    TURNS = 3, /* of echo and relay after one another */
    LATENCY_ROOMS = 500,
    MEMORY_ROOMS = 400,
    IDLE_SOCKETS = 10000,
    AUDIO_ROOMS = 2000,
    FRAMES = 5, /* of 20 ms in one message, as the browser packs them */
    AUDIO_MESSAGE = FRAMES * SPEECH_FRAME * 2,
    SAMPLES_MAX = 200000,
    FILES = 65536,
};

static double seconds = 3;
static struct live *live;
static struct server *server;
static pthread_t server_thread;
static struct arena *mem;

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "rooms_bench: %s\n", what);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double cpu_of(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void pin(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core % (size_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
    (void)sched_setaffinity(0, sizeof(set), &set);
}

/* Services that are done at once: a segment is a nudge. */
static _Atomic int64_t nudge_ids;
static int64_t nudge_of[1 << 16]; /* by room */

static err play_segment(struct ctx *c, const struct live_segment *s)
{
    (void)c;
    if (s->evaluator) {
        atomic_store((_Atomic int64_t *)&nudge_of[s->interview_id],
                     atomic_fetch_add(&nudge_ids, 1) + 1);
        live_nudge(live, s->interview_id);
    }
    return ERR_OK;
}

static err play_nudges(struct ctx *c, int64_t id, struct str admin, int64_t after, struct list *ret)
{
    struct live_nudge *v = arena_new(c->mem, struct live_nudge);
    int64_t nudge = atomic_load((_Atomic int64_t *)&nudge_of[id]);
    (void)admin;
    (void)after;
    *v = (struct live_nudge){ .id = nudge,
                              .nudge_type = S("info"),
                              .severity = S("low"),
                              .message = S("Keep to the criteria of this interview.") };
    *ret = (struct list){ v, nudge ? 1 : 0 };
    return ERR_OK;
}

static const struct live_port played = { .nudges = play_nudges, .segment = play_segment };

static err run_enter(struct ctx *c, struct call *call)
{
    struct entry *e = calloc(1, sizeof(*e));
    int64_t id = 0;
    must(e && str_i64(call->path_arg[1], &id), "a path");
    e->live = live;
    e->interview_id = id;
    e->path = (enum live_path)call->arg;
    e->part = str_eq(call->path_arg[0], S("student")) ? ROOM_STUDENT : ROOM_EVALUATOR;
    e->v1 = e->started = true;
    e->after = -1;
    snprintf(e->who, sizeof(e->who), "%s", e->part == ROOM_STUDENT ? "STU_1" : "ADM_1");
    call->ws.user = e;
    call->ws.key = (uint64_t)id;
    (void)c;
    return ERR_OK;
}

static const struct route bench_rows[] = {
    { .method = "GET",
      .path = "/s/{part}/{room}",
      .summary = "signalling",
      .run = run_enter,
      .roles = ROLE_PUBLIC,
      .flags = ROUTE_WEBSOCKET,
      .ws = &endpoints[LIVE_SIGNAL],
      .arg = LIVE_SIGNAL },
    { .method = "GET",
      .path = "/a/{part}/{room}",
      .summary = "audio",
      .run = run_enter,
      .roles = ROLE_PUBLIC,
      .flags = ROUTE_WEBSOCKET,
      .ws = &endpoints[LIVE_AUDIO],
      .arg = LIVE_AUDIO },
    { .method = "GET",
      .path = "/n/{part}/{room}",
      .summary = "nudges",
      .run = run_enter,
      .roles = ROLE_PUBLIC,
      .flags = ROUTE_WEBSOCKET,
      .ws = &endpoints[LIVE_NUDGES],
      .arg = LIVE_NUDGES },
};
static const struct route_table bench_table = { bench_rows, 3 };
static const struct deps deps = { .clock = &clock_system, .random = &random_system };

static void *serve(void *arg)
{
    (void)arg;
    pin(0);
    (void)server_run(server);
    return NULL;
}

static void begin_server(void)
{
    struct ctx c;
    struct live_options lo = live_options_default;
    lo.deps = &deps;
    lo.port = &played;
    lo.unlimited = true;
    lo.gap_ms = 3600 * 1000;
    lo.resume_ms = 1000;
    mem = arena_open(NULL, 1 << 24);
    ctx_init(&c, mem, &deps, 0);
    must(live_open(&c, &lo, &live) == ERR_OK, "rooms");
    struct server_options so = { .listen = S("127.0.0.1:0"),
                                 .loops = 1,
                                 .workers = 4,
                                 .slow_workers = 1,
                                 .limits = http_limits_default,
                                 .tables = &bench_table,
                                 .n_tables = 1,
                                 .deps = &deps,
                                 .tick = live_tick,
                                 .tick_arg = live };
    so.limits.connections_max = so.limits.connections_per_address_max = FILES / 2;
    so.limits.drain_ms = 200;
    must(server_open(&c, &so, &server) == ERR_OK, c.fault.text);
    live_attach(live, server);
    must(pthread_create(&server_thread, NULL, serve, NULL) == 0, "a thread");
    pin(1);
}

static void end_server(void)
{
    server_stop(server);
    pthread_join(server_thread, NULL);
    live_detach(live);
    server_close(server);
    live_close(live);
    arena_close(mem);
}

/* The client: blocking writes, raw reads. */
static void put(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        must(sent > 0, "a write failed");
        p += sent;
        n -= (size_t)sent;
    }
}

static size_t make_frame(char *to, unsigned first, const char *payload, size_t n)
{
    struct buf b;
    buf_init(&b, NULL, n + 16);
    ws_frame_write(&b, WS_OP_TEXT, (struct str){ payload, n });
    size_t head = b.n - n;
    memcpy(to, b.p, head);
    to[0] = (char)first;
    to[1] = (char)(to[1] | 0x80);
    memset(to + head, 0, 4); /* a mask that changes nothing */
    memcpy(to + head + 4, payload, n);
    buf_done(&b);
    return head + 4 + n;
}

static void put_text(int fd, const char *text)
{
    char frame[512];
    put(fd, frame, make_frame(frame, 0x81, text, strlen(text)));
}

static int dial(uint16_t port, const char *path)
{
    char text[512];
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0, "cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    int n = snprintf(text, sizeof(text),
                     "GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Protocol: enigma.v1\r\n\r\n",
                     path);
    put(fd, text, (size_t)n);
    for (uint32_t last = 0; last != 0x0d0a0d0a;) { /* the empty line */
        uint8_t byte;
        must(recv(fd, &byte, 1, 0) == 1, "no handshake");
        last = last << 8 | byte;
    }
    return fd;
}

static int enter_room(const char *path, const char *part, int room)
{
    char text[64];
    snprintf(text, sizeof(text), "/%s/%s/%d", path, part, room);
    return dial(server_port(server), text);
}

/* Frames of the server that begin with the words, in what one read gave; frames are whole here. */
static int count_frames(int fd, const char *words)
{
    static char got[1 << 16];
    ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
    int found = 0;
    for (ssize_t at = 0; at + 2 <= n;) {
        size_t len = (uint8_t)got[at + 1], head = 2;
        if (len == 126) {
            len = (size_t)(uint8_t)got[at + 2] << 8 | (uint8_t)got[at + 3];
            head = 4;
        }
        if (!words || memmem(got + at + head, len < 64 ? len : 64, words, strlen(words)))
            found++;
        at += (ssize_t)(head + len);
    }
    return found;
}

static void wait_frame(int fd, const char *words)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    do {
        must(poll(&p, 1, 30000) == 1, words);
    } while (count_frames(fd, words) == 0);
}

static const char candidate[] =
    "{\"v\":1,\"type\":\"ice\",\"candidate\":{\"candidate\":\"candidate:842163049 1 udp 1677729535 "
    "203.0.113.7 46154 typ srflx raddr 10.0.0.17 rport 46154 generation 0 ufrag XsFR\","
    "\"sdpMid\":\"0\",\"sdpMLineIndex\":0}}";

/* Whole frames of one socket, whatever pieces they come in; of a frame only its length is read. */
struct lengths {
    uint8_t head[10];
    size_t n;
    uint64_t rest; /* of the frame under way */
};

/* And not a ping of the server. */
static bool is_message(const struct lengths *s)
{
    return !(s->head[0] & 0x08);
}

static int whole_frames(struct lengths *s, const char *p, size_t n)
{
    int found = 0;
    for (const char *end = p + n; p < end;) {
        if (s->rest) {
            size_t step = s->rest < (size_t)(end - p) ? s->rest : (size_t)(end - p);
            p += step;
            s->rest -= step;
            found += s->rest == 0 && is_message(s);
            continue;
        }
        s->head[s->n++] = (uint8_t)*p++;
        size_t len = s->n > 1 ? s->head[1] & 0x7f : 0;
        size_t want = len == 126 ? 4 : len == 127 ? 10 : 2;
        if (s->n < want)
            continue;
        for (size_t i = 2; i < want; i++)
            s->rest = s->rest << 8 | s->head[i];
        s->rest = want == 2 ? len : s->rest;
        s->n = 0;
        found += s->rest == 0 && is_message(s);
    }
    return found;
}

/* PAIRS connections: what is sent to one end comes back from the other. */
struct pairs {
    int from[PAIRS], to[PAIRS], epoll;
    struct lengths lengths[PAIRS];
    int64_t sent, got;
};

static void watch(struct pairs *p)
{
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < PAIRS; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->to[i], &e);
    }
}

/* Counts what came, and sends as many again out of the block of frames of n bytes (NULL: none). */
static void take(struct pairs *p, const char *block, size_t n)
{
    static char got[1 << 16];
    struct epoll_event ready[PAIRS];
    int some = epoll_wait(p->epoll, ready, PAIRS, 1000);
    for (int i = 0; i < some; i++) {
        int who = (int)ready[i].data.u32;
        ssize_t size = recv(p->to[who], got, sizeof(got), MSG_DONTWAIT);
        int found = size > 0 ? whole_frames(&p->lengths[who], got, (size_t)size) : 0;
        p->got += found;
        if (!block || !found)
            continue;
        put(p->from[who], block, (size_t)found * n);
        p->sent += found;
    }
}

/* The client: one thread that keeps `window` messages of each pair on their way and does nothing
 * with them but count; at the end all have come. */
static void exchange(struct pairs *p, int window, int64_t us)
{
    static char block[WINDOW_MAX * 512];
    size_t n = 0;
    for (int i = 0; i < WINDOW_MAX; i++)
        n = make_frame(block + (size_t)i * n, 0x81, candidate, sizeof(candidate) - 1);
    int64_t end = now_us() + us;
    p->got = 0;
    p->sent = (int64_t)window * PAIRS;
    for (int i = 0; i < PAIRS; i++)
        put(p->from[i], block, (size_t)window * n);
    while (now_us() < end)
        take(p, block, n);
    while (p->got < p->sent)
        take(p, NULL, 0);
}

/* The floor: a loop of libuv and wslay's own event layer, nothing else. What it says in answer to
 * one read goes out with one write. */
struct echo {
    uv_tcp_t tcp;
    wslay_event_context_ptr ws;
    const uint8_t *in;
    size_t in_n;
    bool open;
};
static uv_loop_t floor_loop;
static uv_async_t floor_stop;
static char floor_bytes[65536], floor_out[65536];
static size_t floor_out_n;
static _Atomic int floor_port;

static ssize_t floor_recv(wslay_event_context_ptr ws, uint8_t *p, size_t n, int flags, void *arg)
{
    struct echo *e = arg;
    (void)flags;
    if (e->in_n == 0) {
        wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    n = n < e->in_n ? n : e->in_n;
    memcpy(p, e->in, n);
    e->in += n;
    e->in_n -= n;
    return (ssize_t)n;
}

static ssize_t floor_send(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags,
                          void *arg)
{
    (void)ws;
    (void)flags;
    (void)arg;
    must(n <= sizeof(floor_out) - floor_out_n, "an echo that fits");
    memcpy(floor_out + floor_out_n, p, n);
    floor_out_n += n;
    return (ssize_t)n;
}

static void floor_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *m,
                          void *arg)
{
    (void)arg;
    const struct wslay_event_msg echo = { m->opcode, m->msg, m->msg_length };
    if (!wslay_is_ctrl_frame(m->opcode))
        wslay_event_queue_msg(ws, &echo);
}

static void floor_alloc(uv_handle_t *h, size_t n, uv_buf_t *ret)
{
    (void)h;
    (void)n;
    *ret = uv_buf_init(floor_bytes, sizeof(floor_bytes));
}

static void floor_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    static const struct wslay_event_callbacks calls = { .recv_callback = floor_recv,
                                                        .send_callback = floor_send,
                                                        .on_msg_recv_callback = floor_message };
    struct echo *e = stream->data;
    if (n <= 0)
        return;
    if (!e->open) {
        uv_buf_t hello = uv_buf_init((char *)(uintptr_t) "HTTP/1.1 101 x\r\n\r\n", 18);
        e->open = true;
        (void)uv_try_write(stream, &hello, 1);
        wslay_event_context_server_init(&e->ws, &calls, e);
        return;
    }
    e->in = (const uint8_t *)b->base;
    e->in_n = (size_t)n;
    floor_out_n = 0;
    (void)wslay_event_recv(e->ws);
    (void)wslay_event_send(e->ws);
    uv_buf_t out = uv_buf_init(floor_out, (unsigned)floor_out_n);
    must(!floor_out_n || uv_try_write(stream, &out, 1) == (int)floor_out_n, "an echo");
}

static void floor_accept(uv_stream_t *listener, int status)
{
    struct echo *e = calloc(1, sizeof(*e));
    (void)status;
    uv_tcp_init(&floor_loop, &e->tcp);
    e->tcp.data = e;
    if (uv_accept(listener, (uv_stream_t *)&e->tcp) == 0) {
        uv_tcp_nodelay(&e->tcp, 1);
        uv_read_start((uv_stream_t *)&e->tcp, floor_alloc, floor_read);
    }
}

static void floor_end(uv_async_t *a)
{
    uv_stop(a->loop);
}

static void *floor_run(void *arg)
{
    uv_tcp_t listener;
    struct sockaddr_in in;
    int n = sizeof(in);
    (void)arg;
    pin(0);
    uv_loop_init(&floor_loop);
    uv_async_init(&floor_loop, &floor_stop, floor_end);
    uv_tcp_init(&floor_loop, &listener);
    uv_ip4_addr("127.0.0.1", 0, &in);
    uv_tcp_bind(&listener, (struct sockaddr *)&in, 0);
    uv_listen((uv_stream_t *)&listener, 512, floor_accept);
    uv_tcp_getsockname(&listener, (struct sockaddr *)&in, &n);
    atomic_store(&floor_port, ntohs(in.sin_port));
    uv_run(&floor_loop, UV_RUN_DEFAULT);
    return NULL;
}

/* What the client process is asked for, and what it answers. */
struct ask {
    int32_t relay, window;
    int64_t us;
};
struct answer {
    int64_t count, took_us;
    double cpu;
};

static void dial_pairs(struct pairs *echo, struct pairs *rooms)
{
    for (int i = 0; i < PAIRS; i++) {
        echo->from[i] = echo->to[i] = dial((uint16_t)atomic_load(&floor_port), "/");
        rooms->to[i] = enter_room("s", "evaluator", i + 1);
        put_text(rooms->to[i], "{\"type\":\"join\"}");
        wait_frame(rooms->to[i], "joined");
        rooms->from[i] = enter_room("s", "student", i + 1);
        put_text(rooms->from[i], "{\"type\":\"join\"}");
        wait_frame(rooms->from[i], "joined");
        wait_frame(rooms->to[i], "peer_joined");
    }
    watch(echo);
    watch(rooms);
}

/* In a process of its own, so that all that the other one computes is the server's. */
static void relay_client(int tell, int hear)
{
    static struct pairs echo, rooms;
    struct ask ask;
    dial_pairs(&echo, &rooms);
    must(write(tell, "", 1) == 1, "a pipe");
    while (read(hear, &ask, sizeof(ask)) == sizeof(ask)) {
        double cpu = cpu_of(RUSAGE_SELF);
        int64_t begin = now_us();
        struct pairs *p = ask.relay ? &rooms : &echo;
        exchange(p, ask.window, ask.us);
        const struct answer answer = { p->got, now_us() - begin, cpu_of(RUSAGE_SELF) - cpu };
        must(write(tell, &answer, sizeof(answer)) == sizeof(answer), "a pipe");
    }
}

struct total {
    double count, seconds, cpu, client_cpu;
};

static void measure(int ask_fd, int answer_fd, const struct ask *ask, struct total *t)
{
    struct answer got;
    double cpu = cpu_of(RUSAGE_SELF);
    must(write(ask_fd, ask, sizeof(*ask)) == sizeof(*ask), "a pipe");
    must(read(answer_fd, &got, sizeof(got)) == sizeof(got), "the client");
    t->cpu += cpu_of(RUSAGE_SELF) - cpu;
    t->count += (double)got.count;
    t->seconds += (double)got.took_us / 1e6;
    t->client_cpu += got.cpu;
}

static void compare(int ask_fd, int answer_fd, int window)
{
    static const char *const names[] = { "echo", "relay" };
    struct total totals[2] = { 0 };
    for (int turn = 0; turn < 2 * TURNS; turn++) {
        const struct ask ask = { turn % 2, window, (int64_t)(seconds * 1e6 / TURNS) };
        measure(ask_fd, answer_fd, &ask, &totals[turn % 2]);
    }
    for (int i = 0; i < 2; i++) {
        const struct total *t = &totals[i];
        printf("%s_%d_per_s\t%.0f\n%s_%d_per_cpu_s\t%.0f\n%s_%d_client\t%.2f\n", names[i], window,
               t->count / t->seconds, names[i], window, t->count / t->cpu, names[i], window,
               t->client_cpu / t->seconds);
    }
}

static void part_relay(void)
{
    int from[2], to[2];
    char ready;
    pthread_t thread;
    must(pthread_create(&thread, NULL, floor_run, NULL) == 0, "a thread");
    while (atomic_load(&floor_port) == 0)
        usleep(1000);
    must(pipe2(from, O_CLOEXEC) == 0 && pipe2(to, O_CLOEXEC) == 0, "a pipe");
    pid_t child = fork();
    must(child >= 0, "a process");
    if (child == 0) {
        close(to[1]);
        relay_client(from[1], to[0]);
        _exit(0);
    }
    close(from[1]);
    close(to[0]);
    must(read(from[0], &ready, 1) == 1, "the client");
    compare(to[1], from[0], 1);
    compare(to[1], from[0], WINDOW_MAX);
    close(to[1]);
    waitpid(child, NULL, 0);
    close(from[0]);
    uv_async_send(&floor_stop);
    pthread_join(thread, NULL);
}

/* One message of audio with its head: loud, or not. */
struct voice {
    uint32_t frame, offset;
};

static void put_audio(int fd, struct voice *v, bool loud)
{
    static char tone[AUDIO_HEAD + AUDIO_MESSAGE], frame[AUDIO_HEAD + AUDIO_MESSAGE + 16];
    int16_t *pcm = (int16_t *)(void *)(tone + AUDIO_HEAD);
    for (int i = 0; i < FRAMES * SPEECH_FRAME; i++)
        pcm[i] = loud ? (int16_t)(i % 36 < 18 ? 6000 : -6000) : 0;
    const uint32_t head[2] = { ++v->frame, v->offset };
    tone[0] = 1;
    memcpy(tone + 4, head, sizeof(head));
    v->offset += FRAMES * SPEECH_FRAME;
    put(fd, frame, make_frame(frame, 0x82, tone, sizeof(tone)));
}

static int begin_audio(const char *part, int room)
{
    int fd = enter_room("a", part, room);
    put_text(fd, "{\"type\":\"audio_start\",\"rate\":16000,\"codec\":\"pcm16\"}");
    return fd;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Waits for nudges until `until`, noting how long each took since its room's last byte. */
static void reap(int epoll, const int *nudges, const int64_t *asked, int64_t until, int64_t *took,
                 size_t *n)
{
    do {
        struct epoll_event ready[128];
        int64_t left = until - now_us();
        int some = epoll_wait(epoll, ready, 128, left > 0 ? (int)(left / 1000) : 0);
        for (int i = 0; i < some; i++) {
            int room = (int)ready[i].data.u32;
            int got = count_frames(nudges[room], "nudge");
            if (got && asked[room] && *n < SAMPLES_MAX)
                took[(*n)++] = now_us() - asked[room];
        }
    } while (now_us() < until);
}

static void part_latency(void)
{
    static int audio[LATENCY_ROOMS], nudges[LATENCY_ROOMS];
    static struct voice voice[LATENCY_ROOMS];
    static int64_t asked[LATENCY_ROOMS], took[SAMPLES_MAX];
    enum { STEPS = 16, LOUD = 10, LAST = LOUD + 4, SLICES = 20 };
    size_t n = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < LATENCY_ROOMS; i++) {
        nudges[i] = enter_room("n", "evaluator", 1000 + i);
        audio[i] = begin_audio("evaluator", 1000 + i);
        struct epoll_event e = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        epoll_ctl(epoll, EPOLL_CTL_ADD, nudges[i], &e);
    }
    int64_t begin = now_us();
    int slices = (int)(seconds * 3 * 10 * SLICES);
    for (int slice = 0; slice < slices; slice++) { /* each room speaks ten times a second */
        for (int i = slice % SLICES; i < LATENCY_ROOMS; i += SLICES) {
            int step = (slice / SLICES + i) % STEPS;
            put_audio(audio[i], &voice[i], step < LOUD);
            asked[i] = step == LAST - 1 ? now_us() : asked[i];
        }
        reap(epoll, nudges, asked, begin + (int64_t)(slice + 1) * 100000 / SLICES, took, &n);
    }
    qsort(took, n, sizeof(took[0]), by_size);
    must(n > 100, "too few nudges");
    printf("nudges\t%zu\nnudge_p50_ms\t%.2f\nnudge_p99_ms\t%.2f\n", n, (double)took[n / 2] / 1e3,
           (double)took[n * 99 / 100] / 1e3);
    for (int i = 0; i < LATENCY_ROOMS; i++) {
        close(audio[i]);
        close(nudges[i]);
    }
    close(epoll);
}

static double heap(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)(m.uordblks + m.hblkhd);
}

/* Until the rooms of the part before have given their memory back. */
static void wait_empty(void)
{
    struct live_stats stats;
    do {
        usleep(300000);
        live_stats(live, &stats);
    } while (stats.rooms > 0);
}

static void part_memory(void)
{
    static int signals[MEMORY_ROOMS][2], audio[MEMORY_ROOMS][2];
    static struct voice voice[MEMORY_ROOMS][2];
    static const char *const parts[] = { "evaluator", "student" };
    wait_empty();
    double before = heap();
    for (int i = 0; i < MEMORY_ROOMS; i++)
        for (int k = 0; k < 2; k++) {
            signals[i][k] = enter_room("s", parts[k], 5000 + i);
            put_text(signals[i][k], "{\"type\":\"join\"}");
            wait_frame(signals[i][k], "joined");
        }
    usleep(300000);
    double idle = (heap() - before) / MEMORY_ROOMS;
    for (int i = 0; i < MEMORY_ROOMS; i++)
        for (int k = 0; k < 2; k++)
            audio[i][k] = begin_audio(parts[k], 5000 + i);
    for (int m = 0; m < 110; m++) /* eleven seconds without a pause: the longest there is */
        for (int i = 0; i < MEMORY_ROOMS; i++)
            for (int k = 0; k < 2; k++)
                put_audio(audio[i][k], &voice[i][k], true);
    usleep(300000);
    double speaking = (heap() - before) / MEMORY_ROOMS;
    printf("idle_room_kib\t%.1f\nspeaking_room_kib\t%.1f\n", idle / 1024, speaking / 1024);
    for (int i = 0; i < MEMORY_ROOMS; i++)
        for (int k = 0; k < 2; k++) {
            close(signals[i][k]);
            close(audio[i][k]);
        }
}

/* In a process of its own: both ends of so many sockets are more than one may have open. Says when
 * all are there, waits until it may ask, and says how long the slowest answer took. */
static void idle_clients(int tell, int hear)
{
    static int fds[IDLE_SOCKETS];
    int64_t begin = now_us(), took, slowest = 0;
    for (int i = 0; i < IDLE_SOCKETS; i++)
        fds[i] = enter_room("s", i % 2 ? "student" : "evaluator", 10000 + i / 2);
    took = now_us() - begin;
    must(write(tell, &took, sizeof(took)) == sizeof(took), "a pipe");
    must(read(hear, &took, 1) == 1, "a pipe");
    for (int i = 0; i < 200; i++) {
        int64_t asked = now_us();
        put_text(fds[i * 50], "{\"type\":\"ping\"}");
        wait_frame(fds[i * 50], "pong");
        slowest = now_us() - asked > slowest ? now_us() - asked : slowest;
    }
    must(write(tell, &slowest, sizeof(slowest)) == sizeof(slowest), "a pipe");
}

static void part_idle(void)
{
    int from[2], to[2];
    int64_t took, slowest;
    wait_empty();
    double before = heap();
    must(pipe2(from, O_CLOEXEC) == 0 && pipe2(to, O_CLOEXEC) == 0, "a pipe");
    pid_t child = fork();
    must(child >= 0, "a process");
    if (child == 0) {
        idle_clients(from[1], to[0]);
        _exit(0);
    }
    close(from[1]);
    must(read(from[0], &took, sizeof(took)) == sizeof(took), "idle sockets");
    usleep(300000);
    double each = (heap() - before) / IDLE_SOCKETS;
    must(write(to[1], "", 1) == 1, "a pipe");
    must(read(from[0], &slowest, sizeof(slowest)) == sizeof(slowest), "idle sockets");
    waitpid(child, NULL, 0);
    close(from[0]);
    close(to[0]);
    close(to[1]);
    printf("idle_sockets\t%d\nopened_per_s\t%.0f\nidle_socket_kib\t%.2f\nping_slowest_ms\t%.2f\n",
           IDLE_SOCKETS, IDLE_SOCKETS * 1e6 / (double)took, each / 1024, (double)slowest / 1e3);
}

/* Evaluators and students of many rooms speak in turn, as people do: one of them at a time. */
static void part_audio(void)
{
    static int fds[AUDIO_ROOMS];
    static struct voice voice[AUDIO_ROOMS];
    enum { SLICES = 20 };
    for (int i = 0; i < AUDIO_ROOMS; i++)
        fds[i] = begin_audio("evaluator", 30000 + i);
    double all = cpu_of(RUSAGE_SELF), own = cpu_of(RUSAGE_THREAD);
    int64_t begin = now_us(), late = 0;
    int slices = (int)(seconds * 10 * SLICES);
    for (int slice = 0; slice < slices; slice++) {
        for (int i = slice % SLICES; i < AUDIO_ROOMS; i += SLICES)
            put_audio(fds[i], &voice[i], (slice / SLICES + i) % 16 < 10);
        int64_t due = begin + (int64_t)(slice + 1) * 100000 / SLICES, now = now_us();
        late = now - due > late ? now - due : late;
        if (now < due)
            usleep((useconds_t)(due - now));
    }
    double took = (double)(now_us() - begin) / 1e6;
    double share = (cpu_of(RUSAGE_SELF) - all - (cpu_of(RUSAGE_THREAD) - own)) / took;
    printf("audio_rooms\t%d\naudio_mb_per_s\t%.1f\nserver_cores\t%.2f\nsender_late_ms\t%.1f\n",
           AUDIO_ROOMS, AUDIO_ROOMS * (double)slices / SLICES * AUDIO_MESSAGE / 1e6 / took, share,
           (double)late / 1e3);
    for (int i = 0; i < AUDIO_ROOMS; i++)
        close(fds[i]);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = { { "relay", part_relay },
                  { "latency", part_latency },
                  { "memory", part_memory },
                  { "idle", part_idle },
                  { "audio", part_audio } };
    struct rlimit files = { FILES, FILES };
    if (argc > 1)
        seconds = strtod(argv[1], NULL);
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
        getrlimit(RLIMIT_NOFILE, &files);
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    begin_server();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        bool wanted = argc < 3;
        for (int k = 2; k < argc; k++)
            wanted = wanted || strcmp(argv[k], parts[i].name) == 0;
        if (wanted)
            parts[i].run();
        fflush(stdout);
    }
    end_server();
    return 0;
}
