/* Health and metrics: one background thread probes, everybody else reads what it found. */
#include "app/probe.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "base/str.h"
#include "client/llm.h"
#include "crypto/password.h"
#include "db/migrate.h"
#include "live/live.h"
#include "service/account.h"
#include "service/audit_log.h"
#include "service/bias_drift.h"
#include "service/bias_watch.h"
#include "service/erasure.h"
#include "service/speech.h"
#include "service/touch.h"

enum {
    PROBE_EVERY_S = 2,
    CLEAN_EVERY_S = 3600,
    SWEEP_EVERY_S = 60,
    FORGET_EVERY_S = 60,
    PROBE_ARENA_MAX = 1024 * 1024,
    PROBE_BUDGET_US = 2000000,
    DISK_FREE_MIN = 16 * 1024 * 1024
};

struct probe {
    struct installation *in;
    const struct server *server;
    struct probe_port port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    atomic_bool up, started;
    atomic_int_least64_t pending, pending_age_us; /* log entries that wait; the oldest's age */
};

static bool database_up(void *self)
{
    struct probe *p = self;
    return atomic_load(&p->up);
}

static bool api_configured(void *self)
{
    const struct probe *p = self;
    return models_configured(&p->in->o);
}

static bool started(void *self)
{
    struct probe *p = self;
    return atomic_load(&p->started);
}

static err ready(void *self, struct ctx *c)
{
    struct probe *p = self;
    TRY(db_probe(c, p->in->db));
    TRY(migrate_check(c));
    struct statvfs fs;
    if (statvfs(str_z(c->mem, p->in->o.data_dir), &fs) == 0 &&
        (uint64_t)fs.f_bavail * fs.f_frsize < DISK_FREE_MIN)
        return FAIL(c, BUSY, "The disk of the data folder is full");
    return ERR_OK;
}

static void metric(struct buf *out, const char *name, const char *type, const char *help, int64_t v)
{
    buf_fmt(out, "# HELP enigma_%s %s\n# TYPE enigma_%s %s\nenigma_%s %lld\n", name, help, name,
            type, name, (long long)v);
}

static void server_metrics(const struct probe *p, struct buf *out)
{
    struct server_stats s = { 0 };
    server_stats(p->server, &s);
    metric(out, "http_connections_accepted_total", "counter", "Connections taken.", s.accepted);
    metric(out, "http_connections_open", "gauge", "Connections open now.", s.open);
    metric(out, "http_requests_total", "counter", "Requests begun.", s.requests);
    metric(out, "http_queue_depth", "gauge", "Requests waiting for a worker.", s.queue_depth);
    metric(out, "http_queue_full_total", "counter", "Requests refused by a full queue.",
           s.queue_full);
    metric(out, "http_received_bytes_total", "counter", "Bytes received.", s.bytes_in);
    metric(out, "http_sent_bytes_total", "counter", "Bytes sent.", s.bytes_out);
    metric(out, "http_refused_total", "counter", "Requests refused before a handler.", s.refused);
    metric(out, "websockets_open", "gauge", "WebSockets open now.", s.websockets);
    buf_lit(out, "# HELP enigma_http_replies_total Answers by class of status.\n"
                 "# TYPE enigma_http_replies_total counter\n");
    for (int i = 1; i <= 5; i++)
        buf_fmt(out, "enigma_http_replies_total{class=\"%dxx\"} %lld\n", i,
                (long long)s.by_class[i]);
}

static void room_metrics(const struct probe *p, struct buf *out)
{
    struct live_stats s = { 0 };
    if (!p->in->deps.live)
        return;
    live_stats(p->in->deps.live, &s);
    metric(out, "rooms_open", "gauge", "Rooms of live interviews.", s.rooms);
    metric(out, "room_peers", "gauge", "People in them, the lost ones included.", s.peers);
    metric(out, "room_speakers", "gauge", "Of those, whose audio is taken.", s.speaking);
    metric(out, "room_segments_total", "counter", "Segments of speech given to recognition.",
           s.segments);
    metric(out, "room_merged_total", "counter", "Segments that grew while recognition was busy.",
           s.merged);
    metric(out, "room_nudges_total", "counter", "Nudges sent to evaluators.", s.nudges);
}

static void log_metrics(const struct probe *p, struct buf *out)
{
    struct sequencer_stats s = { 0 };
    if (!p->in->sequencer)
        return;
    sequencer_stats(p->in->sequencer, &s);
    metric(out, "audit_pending_entries", "gauge", "Log entries that waited at the last probe.",
           atomic_load(&p->pending));
    metric(out, "audit_pending_oldest_ms", "gauge", "How long the oldest of them had waited.",
           atomic_load(&p->pending_age_us) / 1000);
    metric(out, "audit_sequenced_total", "counter", "Log entries that this process placed.",
           s.moved);
    metric(out, "audit_sequence_failures_total", "counter", "Rounds of the sequencer that failed.",
           s.failed);
}

static void outbound_metrics(const struct probe *p, struct buf *out)
{
    struct client_stats s = { 0 };
    if (!p->in->client)
        return;
    client_stats(p->in->client, &s);
    metric(out, "outbound_in_flight", "gauge", "Answers from outside that are waited for.",
           s.in_flight);
    metric(out, "outbound_connections_total", "counter", "Connections opened to ask outside.",
           s.connections);
    buf_lit(out, "# HELP enigma_outbound_requests_total Requests to others by how they ended.\n"
                 "# TYPE enigma_outbound_requests_total counter\n");
    for (int i = 0; i < CLIENT_OUTCOMES; i++)
        buf_fmt(out, "enigma_outbound_requests_total{outcome=\"%s\"} %lld\n",
                client_outcome_names[i], (long long)s.ended[i]);
}

static void model_metrics(const struct probe *p, struct buf *out)
{
    struct llm_stats s = { 0 };
    if (!installation_model_stats(p->in, &s))
        return;
    metric(out, "models_in_flight", "gauge", "Questions to models under way.", s.in_flight);
    metric(out, "models_waiting", "gauge", "Questions that wait for their turn.", s.waiting);
    metric(out, "models_breaker_open", "gauge", "Whether the circuit breaker is open.", s.open);
    metric(out, "models_questions_total", "counter", "Questions asked.", s.calls);
    metric(out, "models_sent_total", "counter", "Sendings, those again included.", s.sent);
    metric(out, "models_answered_total", "counter", "Questions answered.", s.answered);
    metric(out, "models_failed_total", "counter", "Questions without an answer.", s.failed);
    metric(out, "models_limited_total", "counter", "Answers 429 and 503.", s.limited);
    metric(out, "models_tokens_in_total", "counter", "Tokens of questions.", s.tokens_in);
    metric(out, "models_tokens_out_total", "counter", "Tokens of answers.", s.tokens_out);
}

static void metrics(void *self, struct buf *out)
{
    struct probe *p = self;
    if (p->server)
        server_metrics(p, out);
    struct db_stats d = { 0 };
    db_stats(p->in->db, &d);
    metric(out, "db_reads_total", "counter", "Read transactions.", d.reads);
    metric(out, "db_writes_total", "counter", "Write transactions.", d.writes);
    metric(out, "db_commits_total", "counter", "Commits, each one fsync.", d.commits);
    metric(out, "db_busy_retries_total", "counter", "Transactions run again.", d.busy_retries);
    metric(out, "db_readers_open", "gauge", "Read connections open.", d.readers_open);
    metric(out, "db_up", "gauge", "Result of the last probe.", atomic_load(&p->up));
    log_metrics(p, out);
    room_metrics(p, out);
    outbound_metrics(p, out);
    model_metrics(p, out);
    metric(out, "password_hashes_total", "counter", "Password hashes computed.", password_hashes());
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    metric(out, "process_max_rss_bytes", "gauge", "Peak resident memory.", u.ru_maxrss * 1024L);
    metric(out, "process_cpu_ms_total", "counter", "Processor time used.",
           (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000L +
               (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000L);
}

static void look(struct probe *p, struct arena *mem, int64_t round)
{
    struct ctx c;
    if (atomic_load_explicit(&p->in->shut, memory_order_acquire))
        return;
    ctx_init(&c, mem, &p->in->deps, PROBE_BUDGET_US);
    atomic_store(&p->up, db_probe(&c, p->in->db) == ERR_OK);
    struct audit_waiting waiting = { 0 };
    if (p->in->sequencer && audit_waiting(&c, &waiting) == ERR_OK) {
        atomic_store(&p->pending, waiting.entries);
        atomic_store(&p->pending_age_us, waiting.oldest_us);
    }
    if (atomic_load(&p->up)) {
        fault_clear(&c);
        touch_flush(&c);
        installation_note_head(&c, p->in);
    }
    if (round % (FORGET_EVERY_S / PROBE_EVERY_S) == 0 && atomic_load(&p->up)) {
        fault_clear(&c);
        (void)erasure_forget(&c, false); /* while somebody reads: a minute later */
    }
    if (round % (SWEEP_EVERY_S / PROBE_EVERY_S) == 0 && atomic_load(&p->up)) {
        int64_t changed = 0;
        fault_clear(&c);
        if (bias_sweep(&c, &changed) != ERR_OK)
            log_event(p->in->log, LOG_WARNING, "bias_sweep_failed", LOG_Z("why", c.fault.text));
        fault_clear(&c);
        if (speech_watch_recover(&c, false) != ERR_OK)
            log_event(p->in->log, LOG_WARNING, "watch_failed", LOG_Z("why", c.fault.text));
    }
    if (round % (CLEAN_EVERY_S / PROBE_EVERY_S) == 0 && atomic_load(&p->up)) {
        int64_t removed = 0;
        fault_clear(&c);
        if (account_cleanup(&c, &removed) != ERR_OK)
            log_event(p->in->log, LOG_WARNING, "cleanup_failed", LOG_Z("why", c.fault.text));
        fault_clear(&c);
        if (bias_drift_run(&c, &removed) != ERR_OK)
            log_event(p->in->log, LOG_WARNING, "drift_failed", LOG_Z("why", c.fault.text));
    }
    arena_reset(mem);
}

/* The requests have ended: what they noted goes with nobody else. */
static void flush_last(struct probe *p, struct arena *mem)
{
    struct ctx c;
    ctx_init(&c, mem, &p->in->deps, PROBE_BUDGET_US);
    if (atomic_load(&p->up))
        touch_flush(&c);
}

static void *watch(void *arg)
{
    struct probe *p = arg;
    struct arena *mem = arena_open(NULL, PROBE_ARENA_MAX);
    int64_t round = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        pthread_mutex_unlock(&p->lock);
        look(p, mem, round++);
        pthread_mutex_lock(&p->lock);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += PROBE_EVERY_S;
        if (!p->stop)
            pthread_cond_timedwait(&p->wake, &p->lock, &until);
    }
    pthread_mutex_unlock(&p->lock);
    flush_last(p, mem);
    arena_close(mem);
    return NULL;
}

struct probe *probe_open(struct installation *in)
{
    struct probe *p = arena_new(in->mem, struct probe);
    p->in = in;
    p->port = (struct probe_port){ .self = p,
                                   .database_up = database_up,
                                   .api_configured = api_configured,
                                   .started = started,
                                   .ready = ready,
                                   .metrics = metrics };
    atomic_store(&p->up, in->db != NULL); /* it has just been opened */
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    if (pthread_create(&p->thread, NULL, watch, p) != 0)
        abort();
    return p;
}

const struct probe_port *probe_port_of(struct probe *p)
{
    return &p->port;
}

void probe_watch(struct probe *p, const struct server *server)
{
    p->server = server;
}

void probe_started(struct probe *p)
{
    atomic_store(&p->started, true);
}

void probe_close(struct probe *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
}
