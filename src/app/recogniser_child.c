/* One thread starts the program, waits for its end and starts it again. */
#include "app/recogniser_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "codec/json.h"
#include "os/mono.h"

enum { OWN_MEM_MAX = 64 * 1024, START_MEM_MAX = 1024 * 1024, LINE_MAX_BYTES = 128 };
enum {
    TOKEN_BYTES = 32,
    START_MS = 60 * 1000,
    END_MS = 5000,
    PAUSE_MS = 1000,
    PAUSE_DOUBLINGS = 6
};
enum { IN_FLIGHT_MAX = 256, LOOK_MS = 50 };
#define MODEL "pocketsphinx-en-us"

struct recogniser_child {
    struct arena *mem; /* holds this struct */
    struct recogniser_child_options o;
    char *program;
    struct stt_port port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stop;
    int pid;
    uint32_t failures; /* starts in a row that came to nothing */
    size_t users;
    struct client *client;
    struct stt *stt; /* NULL: not ready */
};

/* What one start of the program has. */
struct start {
    int pid, in, out; /* in: its standard input, which ends it; out: where it says its port */
    char token[2 * TOKEN_BYTES + 1];
    bool reaped;
};

static bool make_pipe(int ret[2])
{
    return pipe2(ret, O_CLOEXEC) == 0;
}

static int spawn(const struct recogniser_child *r, struct start *s, int in, int out)
{
    char decoders[16], token[sizeof("ENIGMA_STT_TOKEN=") + sizeof(s->token)];
    snprintf(decoders, sizeof(decoders), "%u", r->o.decoders);
    snprintf(token, sizeof(token), "ENIGMA_STT_TOKEN=%s", s->token);
    char *const args[] = { r->program, (char[]){ "--decoders" }, decoders, NULL };
    char *const env[] = { token, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none); /* we block ours */
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    int bad = posix_spawn(&pid, r->program, &files, &how, args, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    explicit_bzero(token, sizeof(token));
    return bad ? 0 : pid;
}

static bool begin(const struct recogniser_child *r, struct ctx *c, struct start *s)
{
    uint8_t dice[TOKEN_BYTES];
    int in[2], out[2];
    ctx_random(c, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        snprintf(s->token + 2 * i, 3, "%02x", dice[i]);
    if (!make_pipe(in))
        return false;
    if (!make_pipe(out)) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    s->pid = spawn(r, s, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    s->out = out[0];
    return s->pid > 0;
}

static bool should_stop(struct recogniser_child *r)
{
    pthread_mutex_lock(&r->lock);
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    return stop;
}

/* The line {"port":N}; 0 when it does not come. */
static uint16_t read_port(struct recogniser_child *r, struct ctx *c, const struct start *s)
{
    char line[LINE_MAX_BYTES];
    size_t n = 0;
    for (int waited = 0; waited < START_MS && n < sizeof(line) && !should_stop(r);) {
        struct pollfd p = { .fd = s->out, .events = POLLIN };
        if (poll(&p, 1, LOOK_MS) == 0) {
            waited += LOOK_MS;
            continue;
        }
        ssize_t got = read(s->out, line + n, sizeof(line) - n);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        if (line[n - 1] == '\n')
            break;
    }
    struct json j;
    struct str name, number;
    bool more;
    int64_t port = 0;
    json_init(&j, (struct str){ line, n }, c->mem);
    if (!json_enter_object(&j) || !json_member(&j, true, &more, &name) || !more ||
        !str_eq(name, S("port")) || !json_number(&j, &number) || !json_to_i64(number, &port))
        return 0;
    return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static err open_way(struct recogniser_child *r, struct ctx *c, const struct start *s, uint16_t port)
{
    struct str origin = str_fmt(c->mem, "http://127.0.0.1:%u", port);
    const struct client_options co = { .origins = &origin,
                                       .n_origins = 1,
                                       .in_flight_max = IN_FLIGHT_MAX };
    struct client *client = NULL;
    struct stt *stt = NULL;
    TRY(client_open(c, &co, &client));
    const struct stt_options so = { .http = client_port_of(client),
                                    .deps = r->o.deps,
                                    .base_url = str_fmt(c->mem, "%.*s/v1", STR_ARG(origin)),
                                    .api_key = str_of(s->token),
                                    .model = S(MODEL),
                                    .language = S("en"),
                                    .timeout_ms = r->o.timeout_ms };
    err e = stt_open(c, &so, &stt);
    if (e != ERR_OK) {
        client_close(client);
        return e;
    }
    pthread_mutex_lock(&r->lock);
    r->client = client;
    r->stt = stt;
    r->pid = s->pid;
    r->failures = 0;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return ERR_OK;
}

/* Nobody new comes in, those inside are told that it is over, and the last one out shuts. */
static void close_way(struct recogniser_child *r)
{
    pthread_mutex_lock(&r->lock);
    struct stt *stt = r->stt;
    r->stt = NULL;
    r->pid = 0;
    client_stop(r->client);
    while (r->users > 0)
        pthread_cond_wait(&r->changed, &r->lock);
    struct client *client = r->client;
    r->client = NULL;
    pthread_mutex_unlock(&r->lock);
    stt_close(stt);
    client_close(client);
}

static void sleep_ms(int ms)
{
    const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    nanosleep(&t, NULL);
}

static bool has_ended(struct start *s)
{
    s->reaped = s->reaped || waitpid(s->pid, NULL, WNOHANG) != 0;
    return s->reaped;
}

/* Until the program has ended by itself, or we were told to stop. */
static void watch(struct recogniser_child *r, struct start *s)
{
    while (!should_stop(r) && !has_ended(s))
        sleep_ms(LOOK_MS);
}

/* By its standard input, and if it does not heed that, by force. */
static void end(struct start *s)
{
    close(s->in);
    for (int waited = 0; waited < END_MS && !has_ended(s); waited += LOOK_MS)
        sleep_ms(LOOK_MS);
    if (!s->reaped) {
        kill(s->pid, SIGKILL);
        (void)waitpid(s->pid, NULL, 0);
    }
    close(s->out);
}

static void run_once(struct recogniser_child *r)
{
    struct arena *mem = arena_open(NULL, START_MEM_MAX);
    struct ctx c;
    struct start s = { .pid = 0 };
    ctx_init(&c, mem, r->o.deps, 0);
    if (begin(r, &c, &s)) {
        uint16_t port = read_port(r, &c, &s);
        bool ready = port && open_way(r, &c, &s, port) == ERR_OK;
        log_event(r->o.deps->log, ready ? LOG_INFO : LOG_WARNING,
                  ready ? "recogniser_started" : "recogniser_failed", LOG_I("pid", s.pid));
        if (ready) {
            watch(r, &s);
            close_way(r);
        }
        end(&s);
    }
    explicit_bzero(&s, sizeof(s));
    arena_close(mem);
}

static void *keep(void *arg)
{
    struct recogniser_child *r = arg;
    while (!should_stop(r)) {
        run_once(r);
        pthread_mutex_lock(&r->lock);
        uint32_t doublings = r->failures < PAUSE_DOUBLINGS ? r->failures : PAUSE_DOUBLINGS;
        r->failures++;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->lock);
        for (int left = PAUSE_MS << doublings; left > 0 && !should_stop(r); left -= LOOK_MS)
            sleep_ms(LOOK_MS);
    }
    return NULL;
}

/* With the lock: starts the thread at the first time and waits for a way; NULL: none in time. */
static struct stt *wait_for_way(struct recogniser_child *r)
{
    if (!r->started && !r->stop)
        r->started = pthread_create(&r->thread, NULL, keep, r) == 0;
    const struct timespec end = mono_in_us(r->o.timeout_ms * INT64_C(1000));
    while (r->started && !r->stop && !r->stt && r->failures < 2)
        if (pthread_cond_timedwait(&r->changed, &r->lock, &end) == ETIMEDOUT)
            break;
    return r->stop ? NULL : r->stt;
}

static err hear(void *self, struct ctx *c, const struct stt_speech *speech, struct stt_text *ret)
{
    struct recogniser_child *r = self;
    pthread_mutex_lock(&r->lock);
    struct stt *stt = wait_for_way(r);
    r->users += stt != NULL;
    pthread_mutex_unlock(&r->lock);
    if (!stt)
        return FAIL(c, BUSY, "the offline recogniser is not running");
    const struct stt_port *p = stt_port_of(stt);
    err e = p->hear(p->self, c, speech, ret);
    pthread_mutex_lock(&r->lock);
    r->users--;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return e;
}

err recogniser_child_open(struct ctx *c, const struct recogniser_child_options *o,
                          struct recogniser_child **ret)
{
    if (access(o->program, X_OK) != 0)
        return FAIL(c, INVALID, "STT_PROGRAM: there is no program %s", o->program);
    struct arena *mem = arena_open(NULL, OWN_MEM_MAX);
    struct recogniser_child *r = arena_new(mem, struct recogniser_child);
    *r = (struct recogniser_child){ .mem = mem, .o = *o, .port = { r, hear } };
    r->program = str_z(mem, str_of(o->program));
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&r->lock, NULL);
    *ret = r;
    return ERR_OK;
}

const struct stt_port *recogniser_child_port(struct recogniser_child *r)
{
    return &r->port;
}

int recogniser_child_pid(struct recogniser_child *r)
{
    pthread_mutex_lock(&r->lock);
    int pid = r->pid;
    pthread_mutex_unlock(&r->lock);
    return pid;
}

void recogniser_child_close(struct recogniser_child *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    bool started = r->started;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    if (started)
        pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    arena_close(r->mem);
}
