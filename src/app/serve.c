/* The server of an installation: listener, signals, the lines it prints, and the end. */
#include "app/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/routes.h"
#include "app/house.h"
#include "app/probe.h"
#include "base/str.h"
#include "live/live.h"
#include "service/account.h"
#include "service/speech.h"

const struct asset *web_assets(size_t *ret_n); /* generated from web/ */

enum {
    DOCUMENT_MAX = 4 * 1024 * 1024,
    ASSETS_MAX = 256,
    DATABASE_PAUSE_US = 100000, /* between two looks whether the server is to end, … */
    DATABASE_PAUSES = 5,        /* … so many between two tries to reach the database */
};

bool listen_split(struct ctx *c, struct str listen, char **ret_host, uint16_t *ret_port)
{
    size_t colon = listen.n;
    while (colon > 0 && listen.p[colon - 1] != ':')
        colon--;
    int64_t port = 0;
    if (colon == 0 || !str_i64(str_sub(listen, colon, listen.n), &port) || port < 0 || port > 65535)
        return false;
    struct str host = str_sub(listen, 0, colon - 1);
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 2);
    *ret_host = str_z(c->mem, host);
    *ret_port = (uint16_t)port;
    return true;
}

err serve_check_listen(struct ctx *c, const struct options *o)
{
    char *host;
    uint16_t port;
    if (!listen_split(c, o->listen, &host, &port))
        return FAIL(c, INVALID, "LISTEN %.*s is not ADDRESS:PORT", STR_ARG(o->listen));
    const struct addrinfo hints = { .ai_flags = AI_NUMERICSERV | AI_PASSIVE,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    const char *service = str_z(c->mem, str_fmt(c->mem, "%u", port));
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return FAIL(c, INVALID, "LISTEN %.*s is not an address of this machine",
                    STR_ARG(o->listen));
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bool ok = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    if (ok)
        return ERR_OK;
    return FAIL(c, BUSY, "%.*s %s", STR_ARG(o->listen),
                why == EADDRINUSE ? "is in use by another program" : "may not be listened on");
}

static struct http_limits limits_of(const struct options *o)
{
    struct http_limits l = http_limits_default;
    l.connections_max = (uint32_t)o->connections_max;
    l.connections_per_address_max = (uint32_t)o->connections_per_address;
    l.head_ms = (uint32_t)o->head_timeout_ms;
    l.idle_ms = (uint32_t)o->idle_timeout_ms;
    l.write_ms = (uint32_t)o->write_timeout_ms;
    l.request_ms = (uint32_t)(o->request_timeout_ms + o->request_budget_ms);
    l.drain_ms = (uint32_t)o->drain_timeout_ms;
    l.queue_max = (uint32_t)o->queue_max;
    l.throttle_percent = (uint32_t)o->throttle_percent;
    l.ws_ping_ms = (uint32_t)o->websocket_ping_ms;
    l.ws_dead_ms = (uint32_t)o->websocket_dead_ms;
    return l;
}

static void add_document(struct ctx *c, struct asset *a, const char *path, const char *type,
                         struct str body)
{
    struct hash h = sha256(body);
    struct str etag = str_fmt(c->mem, "\"%.16s\"", hash_hex(c->mem, &h).p);
    *a = (struct asset){ .path = path, .content_type = type, .etag = etag.p, .plain = body };
}

/* The embedded files, and the two documents printed from the route tables. */
static const struct asset *all_assets(struct ctx *c, bool demo, size_t *ret_n)
{
    size_t n_web = 0, n = 0, n_tables = 0;
    const struct asset *web = web_assets(&n_web);
    const struct route_table *tables = api_tables(&n_tables);
    struct asset *ret = arena_array(c->mem, struct asset, ASSETS_MAX);
    for (size_t i = 0; i < n_web && n < ASSETS_MAX - 3; i++) {
        const struct str path = str_of(web[i].path);
        if (str_starts(path, S("/")) && (demo || !str_starts(path, S("/demo"))))
            ret[n++] = web[i];
    }
    struct buf b;
    buf_init(&b, c->mem, DOCUMENT_MAX);
    openapi_write(&b, &api_info, tables, n_tables);
    add_document(c, &ret[n++], "/openapi.json", "application/json; charset=utf-8", buf_view(&b));
    struct buf page;
    buf_init(&page, c->mem, DOCUMENT_MAX);
    routes_write_html(&page, &api_info, tables, n_tables);
    add_document(c, &ret[n++], "/docs", "text/html; charset=utf-8", buf_view(&page));
    add_document(c, &ret[n++], "/redoc", "text/html; charset=utf-8", buf_view(&page));
    *ret_n = n;
    return ret;
}

struct serving {
    struct cli *cli;
    struct probe *probe;
    struct house *house;
    char *host;
    atomic_bool stop; /* the server has ended: nobody looks for the database any more */
    int code;
};

static struct server *running;
static sigset_t handled;

void serve_block_signals(bool block)
{
    const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    sigemptyset(&handled);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&handled, signals[i]);
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &handled, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* SIGTERM and SIGINT drain, a second one leaves at once, SIGHUP reads the TLS files again. */
static void *take_signals(void *arg)
{
    struct installation *in = arg;
    for (int ends = 0;;) {
        int sig = 0;
        if (sigwait(&handled, &sig) != 0)
            continue;
        if (sig == SIGUSR1)
            return NULL;
        if (sig == SIGHUP) {
            struct arena *mem = arena_open(NULL, 1024 * 1024);
            struct ctx c;
            ctx_init(&c, mem, &in->deps, 0);
            if (in->o.tls_cert.p && server_reload_tls(&c, running) != ERR_OK)
                log_event(in->log, LOG_ERROR, "tls_reload_failed", LOG_Z("why", c.fault.text));
            arena_close(mem);
            continue;
        }
        if (++ends > 1)
            _exit(EXIT_FAILED);
        log_event(in->log, LOG_INFO, "draining", LOG_I("signal", sig));
        server_stop(running);
    }
}

static void print_links(struct cli *cli, const char *scheme, struct str host, uint16_t port,
                        struct str setup_secret)
{
    struct str base = cli->in.o.base_url.p
                          ? cli->in.o.base_url
                          : str_fmt(cli->c.mem, "%s://%.*s:%u", scheme, STR_ARG(host), port);
    if (cli->json) {
        cli_print(cli, "{\"url\":\"%.*s\",\"port\":%u}\n", STR_ARG(base), port);
    } else {
        cli_print(cli,
                  "\n  ENIGMA %s is serving\n\n    Home           %.*s/\n"
                  "    Staff          %.*s/staff\n    API docs       %.*s/docs\n"
                  "    Health         %.*s/health\n",
                  ENIGMA_VERSION, STR_ARG(base), STR_ARG(base), STR_ARG(base), STR_ARG(base));
        if (cli->in.o.demo)
            cli_print(cli, "    Demo sign-in   %.*s/demo\n", STR_ARG(base));
    }
    if (setup_secret.p) {
        if (cli->json)
            cli_print(cli, "{\"setup_url\":\"%.*s/setup#%.*s\"}\n", STR_ARG(base),
                      STR_ARG(setup_secret));
        else
            cli_print(cli,
                      "\n    First administrator (once, within 24 hours):\n"
                      "    %.*s/setup#%.*s\n",
                      STR_ARG(base), STR_ARG(setup_secret));
    }
    if (!cli->json)
        cli_print(cli, "\n    Stop with Ctrl-C.\n\n");
    cli_flush(cli);
}

static const struct route_table *all_tables(struct ctx *c, const struct options *o, size_t *ret_n)
{
    const struct route_table *tables = rooms_tables(c, ret_n);
    if (o->web_dir.n == 0)
        return tables;
    struct route_table *more = arena_array(c->mem, struct route_table, *ret_n + 1);
    memcpy(more, tables, *ret_n * sizeof(*more));
    more[(*ret_n)++] = web_dev_routes;
    return more;
}

static err open_server(struct cli *cli, struct probe *probe, struct server **ret)
{
    struct ctx *c = &cli->c;
    const struct options *o = &cli->in.o;
    struct server_options so = {
        .listen = o->listen,
        .loops = (uint32_t)o->loops,
        .workers = (uint32_t)o->workers,
        .slow_workers = (uint32_t)o->slow_workers,
        .limits = limits_of(o),
        .port = &api_http_port,
        .deps = &cli->in.deps,
        .cors_origins = o->cors_origins,
        .trusted_proxies = o->trusted_proxies,
        .tls_cert = o->tls_cert,
        .tls_key = o->tls_key,
        .spool_dir = o->data_dir,
        .public_origin = o->base_url,
        .web_dir = o->web_dir,
        .demo = o->demo,
        .compat_public = o->compat_public_interview_status,
        .problem_json = o->error_format == OPTION_ERRORS_PROBLEM,
    };
    TRY(installation_start_client(c, &cli->in));
    TRY(installation_start_speech(c, &cli->in)); /* rooms say what it can do */
    TRY(installation_start_rooms(c, &cli->in));
    so.tick = live_tick;
    so.tick_arg = cli->in.deps.live;
    so.tables = all_tables(c, o, &so.n_tables);
    so.assets = all_assets(c, o->demo, &so.n_assets);
    for (size_t i = 0; i < so.n_assets; i++)
        if (str_eq(str_of(so.assets[i].path), S("/404")))
            so.missing = &so.assets[i];
    cli->in.deps.probe = probe_port_of(probe);
    TRY(installation_start_oidc(c, &cli->in));
    TRY(server_open(c, &so, ret));
    live_attach(cli->in.deps.live, *ret);
    probe_watch(probe, *ret);
    return ERR_OK;
}

/* What a server does once it has its database: jobs, the one-time link, the printed lines. */
static err begin_service(struct serving *s)
{
    struct cli *cli = s->cli;
    struct str secret = { 0 };
    if (!cli->in.jobs)
        TRY(installation_start_jobs(&cli->c, &cli->in));
    atomic_store_explicit(&cli->in.shut, false, memory_order_release);
    const bool alone = strcmp(db_engine(cli->in.db), "sqlite") == 0;
    if (speech_recover(&cli->c) != ERR_OK || speech_watch_recover(&cli->c, alone) != ERR_OK) {
        log_event(cli->in.log, LOG_WARNING, "speech.left", LOG_Z("why", cli->c.fault.text));
        fault_clear(&cli->c);
    }
    TRY(setup_link_create(&cli->c, &secret));
    struct str shown =
        strchr(s->host, ':') ? str_fmt(cli->c.mem, "[%s]", s->host) : str_of(s->host);
    print_links(cli, cli->in.o.tls_cert.p ? "https" : "http", shown, server_port(running), secret);
    probe_started(s->probe);
    log_event(cli->in.log, LOG_INFO, "serving", LOG_I("port", server_port(running)));
    return ERR_OK;
}

static bool pause_between(const struct serving *s)
{
    for (int i = 0; i < DATABASE_PAUSES && !atomic_load(&s->stop); i++)
        usleep(DATABASE_PAUSE_US);
    return !atomic_load(&s->stop);
}

/* Asks for the database until it is there; whatever else is wrong with it ends the server. */
static void *find_database(void *arg)
{
    struct serving *s = arg;
    struct cli *cli = s->cli;
    err e = ERR_BUSY;
    while (e == ERR_BUSY && pause_between(s)) {
        fault_clear(&cli->c);
        e = installation_database(&cli->c, &cli->in, SERVE_OPENS);
    }
    if (e == ERR_OK)
        e = begin_service(s);
    if (e == ERR_OK || e == ERR_BUSY)
        return NULL;
    s->code = cli_open_failed(cli, e, SERVE_OPENS);
    server_stop(running);
    return NULL;
}

static void serve_for_now(struct serving *s)
{
    struct installation *in = &s->cli->in;
    pthread_t finder;
    log_event(in->log, LOG_WARNING, "database_awaited", LOG_I("port", server_port(running)));
    if (pthread_create(&finder, NULL, find_database, s) != 0)
        abort();
    if (!server_run(running))
        log_event(in->log, LOG_WARNING, "drain_limit_passed");
    atomic_store(&s->stop, true);
    pthread_join(finder, NULL);
}

static void serve(struct serving *s)
{
    if (!s->cli->in.db)
        serve_for_now(s);
    else if (begin_service(s) != ERR_OK)
        s->code = cli_fail(s->cli);
    else if (!server_run(running))
        log_event(s->cli->in.log, LOG_WARNING, "drain_limit_passed");
}

int serve_until_signal(struct cli *cli)
{
    struct serving s = { .cli = cli, .code = EXIT_OK };
    uint16_t port = 0;
    serve_block_signals(true);
    if (!listen_split(&cli->c, cli->in.o.listen, &s.host, &port))
        return cli_usage(cli, "LISTEN %.*s is not ADDRESS:PORT", STR_ARG(cli->in.o.listen));
    atomic_store(&cli->in.shut, cli->in.db == NULL);
    s.probe = probe_open(&cli->in);
    s.house = house_open(&cli->in);
    cli->in.deps.house = house_port_of(s.house);
    if (open_server(cli, s.probe, &running) != ERR_OK) {
        probe_close(s.probe);
        house_close(s.house);
        cli_fail(cli);
        return cli->c.fault.kind == ERR_INVALID ? EXIT_USAGE : EXIT_PORT;
    }
    pthread_t catcher;
    if (pthread_create(&catcher, NULL, take_signals, &cli->in) != 0)
        abort();
    serve(&s);
    pthread_kill(catcher, SIGUSR1);
    pthread_join(catcher, NULL);
    live_detach(cli->in.deps.live);
    server_close(running);
    running = NULL;
    probe_close(s.probe);
    house_close(s.house);
    cli->in.deps.probe = NULL;
    cli->in.deps.house = NULL;
    log_event(cli->in.log, LOG_INFO, "stopped", LOG_I("exit_code", s.code));
    return s.code;
}
