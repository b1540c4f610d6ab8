/* A small site for the tests of the http room: one route for each thing a row can say. */
#ifndef ENIGMA_TESTS_SITE_FIXTURE_H
#define ENIGMA_TESTS_SITE_FIXTURE_H

#include <stdatomic.h>
#include <unistd.h>

#include "base/str.h"
#include "http/server.h"

enum { R_PUBLIC = 1, R_STUDENT = 2, R_ADMIN = 4, R_AUDITOR = 16 };

struct note {
    struct str text;
    int64_t count;
};
static const struct field note_fields[] = {
    FIELD_STR(struct note, text, .flags = FIELD_REQUIRED, .min = 1, .max = 20, .doc = "Words."),
    FIELD_I64(struct note, count, .min = 0, .max = 9, .preset = "1", .doc = "How often."),
};
static SCHEMA(note_schema, "Note", struct note, note_fields);

struct page {
    int64_t limit;
};
static const struct field page_fields[] = {
    FIELD_I64(struct page, limit, .min = 1, .max = 100, .preset = "10", .doc = "Rows."),
};
static SCHEMA(page_schema, "Page", struct page, page_fields);

static atomic_int slow_runs, stream_failures;
static atomic_bool revoked;

static err run_note(struct ctx *c, struct call *call)
{
    struct note *reply = call->reply;
    *reply = (struct note){ .text = S("ok"), .count = call->arg };
    if (call->body)
        *reply = *(const struct note *)call->body;
    if (call->path_arg[0].p)
        reply->text = call->path_arg[0];
    if (call->query)
        reply->count = ((const struct page *)call->query)->limit;
    (void)c;
    return ERR_OK;
}

static err run_where(struct ctx *c, struct call *call)
{
    call->content_type = "text/plain";
    call->raw = c->replica_ok ? S("replica may do") : S("primary");
    return ERR_OK;
}

static err run_fail(struct ctx *c, struct call *call)
{
    switch ((err)call->arg) {
    case ERR_PHASE:
        return FAIL(c, PHASE, "Wrong phase: frozen");
    case ERR_BUSY:
        return FAIL(c, BUSY, "Try later");
    case ERR_NOT_FOUND:
        return FAIL(c, NOT_FOUND, "No such thing");
    case ERR_UNAUTHENTICATED:
        return FAIL(c, UNAUTHENTICATED, "Invalid credentials");
    default:
        return FAIL(c, INTERNAL, "select * from secrets in /var/lib/x");
    }
}

static err run_list(struct ctx *c, struct call *call)
{
    struct note *rows = arena_array(c->mem, struct note, 2);
    rows[0].text = S("a");
    rows[1].text = S("b");
    call->rows = (struct list){ rows, 2 };
    return ERR_OK;
}

static err run_etag(struct ctx *c, struct call *call)
{
    call_header(c, call, "ETag", S("\"v7\""));
    call_header(c, call, "X-Bad", S("a\r\nSet-Cookie: stolen=1"));
    return run_note(c, call);
}

static err run_slow(struct ctx *c, struct call *call)
{
    usleep(150 * 1000);
    atomic_fetch_add(&slow_runs, 1);
    return run_note(c, call);
}

static atomic_int gate_waiting;
static atomic_bool gate_open;

/* Holds its worker until the test opens the gate. */
static err run_gate(struct ctx *c, struct call *call)
{
    atomic_fetch_add(&gate_waiting, 1);
    for (int i = 0; i < 1000 && !atomic_load(&gate_open); i++)
        usleep(10 * 1000);
    return run_note(c, call);
}

static err run_count(struct ctx *c, struct call *call)
{
    call->content_type = "text/plain";
    call->raw = str_fmt(c->mem, "%zu bytes", call->request->body.n);
    return ERR_OK;
}

static err run_stream(struct ctx *c, struct call *call)
{
    int64_t rows = 3;
    struct str wanted = call->path_arg[0];
    if (wanted.p && !str_i64(wanted, &rows))
        return FAIL(c, NOT_FOUND, "No such stream");
    call->content_type = "application/x-ndjson";
    for (int64_t i = 0; i < rows; i++) {
        char row[32];
        int n = snprintf(row, sizeof(row), "{\"row\":%06d}\n", (int)i);
        err e = call_stream_write(c, call, (struct str){ row, (size_t)n });
        if (e != ERR_OK) {
            atomic_fetch_add(&stream_failures, 1);
            return e;
        }
    }
    return ERR_OK;
}

static err run_events(struct ctx *c, struct call *call)
{
    int64_t at = 0;
    if (call->last_event_id.n)
        (void)str_i64(call->last_event_id, &at);
    at++;
    call->last_event_id = str_fmt(c->mem, "%d", (int)at);
    call->raw = str_fmt(c->mem, "id: %d\ndata: tick\n\n", (int)at);
    call->last_event = at >= 3;
    return ERR_OK;
}

static err run_large(struct ctx *c, struct call *call)
{
    enum { LARGE = 3 * 1024 * 1024 };
    char *p = arena_raw(c->mem, LARGE, 1, 1);
    memset(p, 'x', LARGE);
    call->content_type = "text/plain";
    call->raw = (struct str){ p, LARGE };
    return ERR_OK;
}

#define ROW(m_, p_, run_, roles_, ...)                                                             \
    {                                                                                              \
        .method = (m_), .path = (p_), .run = (run_), .roles = (roles_), .summary = p_, __VA_ARGS__ \
    }
static const struct route site_rows[] = {
    ROW("GET", "/health", run_note, R_PUBLIC, .reply = &note_schema, .flags = ROUTE_INLINE,
        .tag = "system"),
    ROW("GET", "/pool", run_note, R_PUBLIC, .reply = &note_schema, .arg = 7),
    ROW("GET", "/pool/{name}", run_note, R_PUBLIC, .reply = &note_schema, .query = &page_schema),
    ROW("POST", "/notes", run_note, R_STUDENT | R_ADMIN, .body = &note_schema,
        .reply = &note_schema, .flags = ROUTE_PERSONAL),
    ROW("POST", "/open", run_note, R_PUBLIC, .body = &note_schema, .reply = &note_schema),
    ROW("POST", "/asked", run_note, R_PUBLIC, .query = &page_schema, .reply = &note_schema),
    ROW("GET", "/staff", run_note, R_ADMIN | R_AUDITOR, .reply = &note_schema),
    ROW("POST", "/staff", run_note, R_ADMIN, .reply = &note_schema),
    ROW("GET", "/mine", run_note, R_STUDENT, .reply = &note_schema),
    ROW("GET", "/boom", run_fail, R_PUBLIC, .arg = ERR_INTERNAL),
    ROW("GET", "/phase", run_fail, R_PUBLIC, .arg = ERR_PHASE),
    ROW("GET", "/busy", run_fail, R_PUBLIC, .arg = ERR_BUSY),
    ROW("GET", "/missing", run_fail, R_PUBLIC, .arg = ERR_NOT_FOUND),
    ROW("GET", "/refuses", run_fail, R_PUBLIC, .arg = ERR_UNAUTHENTICATED),
    ROW("GET", "/limited", run_note, R_PUBLIC, .reply = &note_schema, .throttle = { 2 }),
    ROW("GET", "/list", run_list, R_PUBLIC, .reply = &note_schema, .flags = ROUTE_LIST),
    ROW("GET", "/etag", run_etag, R_PUBLIC, .reply = &note_schema),
    ROW("GET", "/slow", run_slow, R_PUBLIC, .reply = &note_schema),
    ROW("GET", "/gate", run_gate, R_PUBLIC, .reply = &note_schema, .flags = ROUTE_SLOW),
    ROW("GET", "/large", run_large, R_PUBLIC, .flags = ROUTE_RAW),
    ROW("POST", "/upload", run_count, R_ADMIN, .flags = ROUTE_UPLOAD | ROUTE_RAW,
        .body_max = 1 << 20),
    ROW("GET", "/rows", run_stream, R_PUBLIC, .flags = ROUTE_STREAM),
    ROW("GET", "/rows/{n}", run_stream, R_PUBLIC, .flags = ROUTE_STREAM),
    ROW("GET", "/events", run_events, R_ADMIN, .flags = ROUTE_EVENTS),
    ROW("GET", "/near", run_where, R_ADMIN, .flags = ROUTE_RAW),
    ROW("GET", "/far", run_where, R_ADMIN, .flags = ROUTE_RAW | ROUTE_REPLICA),
    ROW("GET", "/both", run_note, R_PUBLIC, .reply = &note_schema),
};
static const struct route_table site_table = { site_rows,
                                               sizeof(site_rows) / sizeof(site_rows[0]) };

static const struct asset site_assets[] = {
    { .path = "/app.js",
      .content_type = "text/javascript; charset=utf-8",
      .etag = "\"abc\"",
      .plain = S_INIT("plain"),
      .gzip = S_INIT("gz"),
      .brotli = S_INIT("br"),
      .immutable = true },
    { .path = "/both", .content_type = "text/html; charset=utf-8", .plain = S_INIT("<p>page</p>") },
};

static err site_authenticate(struct ctx *c, const struct request *r, uint32_t roles,
                             bool *ret_by_cookie)
{
    (void)roles;
    static const struct principal admin = { .id = S_INIT("ADM_1"), .roles = R_ADMIN };
    static const struct principal auditor = { .id = S_INIT("ADM_2"), .roles = R_AUDITOR };
    static const struct principal student = { .id = S_INIT("STU_1"), .roles = R_STUDENT };
    struct str bearer = request_header(r, "Authorization");
    struct str cookie = request_cookie(r, "session");
    if (atomic_load(&revoked) || c->replica_ok)
        return FAIL(c, UNAUTHENTICATED, "Session ended");
    if (str_eq(bearer, S("Bearer admin")))
        c->who = &admin;
    else if (str_eq(bearer, S("Bearer auditor")))
        c->who = &auditor;
    else if (bearer.p)
        return FAIL(c, UNAUTHENTICATED, "Invalid token");
    else if (str_eq(cookie, S("student")) || str_eq(cookie, S("admin")))
        *ret_by_cookie = true;
    if (*ret_by_cookie)
        c->who = str_eq(cookie, S("admin")) ? &admin : &student;
    return ERR_OK;
}

static atomic_int refusals, answers;

static void site_done(const struct deps *deps, const struct route *route, int status,
                      int64_t took_us, uint64_t trace)
{
    (void)deps;
    (void)route;
    (void)status;
    (void)took_us;
    (void)trace;
    atomic_fetch_add(&answers, 1);
}

static void site_refusal(const struct deps *deps, const char *event, const struct route *route,
                         int status, uint64_t trace)
{
    (void)deps;
    (void)event;
    (void)route;
    (void)status;
    (void)trace;
    atomic_fetch_add(&refusals, 1);
}

static const struct http_port site_port = { site_authenticate, site_done, site_refusal };
static const struct deps site_deps = { .clock = &clock_system, .random = &random_system };

static struct server_options site_options(void)
{
    return (struct server_options){
        .listen = S("127.0.0.1:0"),
        .loops = 1,
        .workers = 2,
        .slow_workers = 2,
        .limits = http_limits_default,
        .tables = &site_table,
        .n_tables = 1,
        .assets = site_assets,
        .n_assets = sizeof(site_assets) / sizeof(site_assets[0]),
        .port = &site_port,
        .deps = &site_deps,
        .cors_origins = S("https://ui.example, http://localhost:5173"),
        .spool_dir = S(P_tmpdir),
    };
}

#endif
