/* enigma-stt: the offline recogniser as a program of its own, so that neither its memory nor its
 * libraries burden the server, and the server outlives it.
 *
 *     ENIGMA_STT_TOKEN=… enigma-stt [--listen 127.0.0.1:0] [--model FOLDER] [--decoders N]
 *
 * Prints {"port":N} once it hears, and ends when its standard input ends or on SIGTERM. Exit codes:
 * 0 ended as asked, 2 wrong use, 4 the address, 5 the model. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "stt/transcriptions.h"

enum { EXIT_USAGE = 2, EXIT_ADDRESS = 4, EXIT_MODEL = 5 };
enum { ARENA_MAX = 1024 * 1024, CONNECTIONS_MAX = 256, QUEUE_MAX = 32, REQUEST_MS = 60 * 1000 };

struct use {
    struct str listen;
    const char *model;
    int64_t decoders; /* 0: one a core */
};

static bool read_use(int argc, char **argv, struct use *u)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        struct str name = str_of(argv[i]), value = str_of(argv[i + 1]);
        if (str_eq(name, S("--listen")))
            u->listen = value;
        else if (str_eq(name, S("--model")))
            u->model = argv[i + 1];
        else if (!str_eq(name, S("--decoders")) || !str_i64(value, &u->decoders))
            return false;
    }
    return argc % 2 == 1 && u->decoders >= 0 && u->decoders <= RECOGNISER_DECODERS_MAX;
}

struct watch {
    int signals; /* a signalfd */
    struct server *server;
};

/* The caller keeps our standard input open: its end, or a signal, ends us. */
static void *wait_for_end(void *arg)
{
    const struct watch *w = arg;
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                            { .fd = w->signals, .events = POLLIN } };
    char ignored[128];
    while (poll(fds, 2, -1) >= 0 || errno == EINTR)
        if (fds[1].revents || (fds[0].revents && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0))
            break;
    server_stop(w->server);
    return NULL;
}

/* Before any other thread is there, so that all of them leave these signals to the watcher. */
static int take_signals(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

static err serve(struct ctx *c, const struct use *u, size_t decoders)
{
    struct server_options o = { .listen = u->listen,
                                .loops = 1,
                                .workers = 1,
                                .slow_workers = (uint32_t)decoders,
                                .limits = http_limits_default,
                                .tables = &transcription_routes,
                                .n_tables = 1,
                                .port = &transcription_port,
                                .deps = c->deps,
                                .spool_dir = S("/tmp") };
    o.limits.connections_max = CONNECTIONS_MAX;
    o.limits.queue_max = QUEUE_MAX;
    o.limits.request_ms = REQUEST_MS;
    struct watch watch = { .signals = take_signals() };
    TRY(server_open(c, &o, &watch.server));
    pthread_t watcher;
    if (watch.signals < 0 || pthread_create(&watcher, NULL, wait_for_end, &watch) != 0) {
        server_close(watch.server);
        return FAIL(c, INTERNAL, "no thread can be started");
    }
    printf("{\"port\":%u}\n", server_port(watch.server));
    fflush(stdout);
    (void)server_run(watch.server);
    pthread_join(watcher, NULL);
    server_close(watch.server);
    return ERR_OK;
}

static int run(struct ctx *c, const struct use *u, struct str token)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t decoders = u->decoders ? (size_t)u->decoders : cores > 0 ? (size_t)cores : 1;
    struct recogniser *r = NULL;
    if (recogniser_open(c, u->model, decoders, &r) != ERR_OK) {
        fprintf(stderr, "enigma-stt: %s\n", c->fault.text);
        return EXIT_MODEL;
    }
    transcriptions_begin(r, token);
    int code = 0;
    if (serve(c, u, decoders) != ERR_OK) {
        fprintf(stderr, "enigma-stt: %s\n", c->fault.text);
        code = EXIT_ADDRESS;
    }
    recogniser_close(r);
    return code;
}

int main(int argc, char **argv)
{
    struct use u = { .listen = S("127.0.0.1:0"), .model = "/usr/share/pocketsphinx/model/en-us" };
    const char *token = getenv("ENIGMA_STT_TOKEN");
    if (!read_use(argc, argv, &u) || !token || str_of(token).n < TRANSCRIPTION_TOKEN_LEAST) {
        fprintf(stderr,
                "use: ENIGMA_STT_TOKEN=(%d characters or more) enigma-stt "
                "[--listen ADDRESS:PORT] [--model FOLDER] [--decoders N]\n",
                TRANSCRIPTION_TOKEN_LEAST);
        return EXIT_USAGE;
    }
    struct arena *mem = arena_open(NULL, ARENA_MAX);
    struct log *log = log_open(STDERR_FILENO, LOG_WARNING, &clock_system);
    const struct deps deps = { .clock = &clock_system, .random = &random_system, .log = log };
    struct ctx c;
    ctx_init(&c, mem, &deps, 0);
    int code = run(&c, &u, str_keep(mem, str_of(token)));
    log_close(log);
    arena_close(mem);
    return code;
}
