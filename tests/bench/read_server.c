/* The floor for reading routes: our HTTP layer with one pooled route that reads one application
 * by its key, without a login. usage: read_server PORT DATABASE [WORKERS] */
#include <signal.h>
#include <stdio.h>

#include "base/str.h"
#include "db/db.h"
#include "http/server.h"

enum { ARENA_MAX = 1024 * 1024, CACHE_KIB = 4096, READERS = 8 };

struct bare_row {
    struct str application_id, status;
    int64_t timestamp;
};
static const struct field row_fields[] = {
    FIELD_STR(struct bare_row, application_id, .doc = "Key."),
    FIELD_STR(struct bare_row, status, .doc = "State."),
    FIELD_TIME(struct bare_row, timestamp, .doc = "When."),
};
static SCHEMA(row_schema, "BareRow", struct bare_row, row_fields);
static const struct query get = {
    .sql = "SELECT application_id, status, timestamp FROM applications"
           " WHERE application_id = :application_id",
    .in = &row_schema,
    .out = &row_schema,
};
static struct server *server;

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct call *call = arg;
    const struct bare_row in = { .application_id = call->path_arg[0] };
    return query_one(c, tx, &get, &in, call->reply);
}

static err bare(struct ctx *c, struct call *call)
{
    return tx_run(c, TX_READ, get_tx, call);
}

static const struct route routes[] = {
    { .method = "GET",
      .path = "/bare/{application_id}",
      .summary = "One row by its key",
      .run = bare,
      .reply = &row_schema,
      .roles = 1 },
};
static const struct route_table table = { routes, sizeof(routes) / sizeof(routes[0]) };

static void on_signal(int number)
{
    (void)number;
    server_stop(server);
}

static int serve(struct ctx *c, struct deps *deps, char **argv, uint32_t port, uint32_t workers)
{
    const struct db_options d = { .url = str_fmt(c->mem, "sqlite://%s", argv[2]),
                                  .cache_kib = CACHE_KIB,
                                  .readers_max = READERS };
    struct server_options o = { .listen = str_fmt(c->mem, "127.0.0.1:%u", port),
                                .loops = 1,
                                .workers = workers,
                                .limits = http_limits_default,
                                .tables = &table,
                                .n_tables = 1,
                                .deps = deps };
    if (db_open(c, &d, &deps->db) != ERR_OK || server_open(c, &o, &server) != ERR_OK) {
        fprintf(stderr, "read_server: %s\n", c->fault.text);
        db_close(deps->db);
        return 1;
    }
    signal(SIGTERM, on_signal);
    (void)server_run(server);
    server_close(server);
    db_close(deps->db);
    return 0;
}

int main(int argc, char **argv)
{
    int64_t port, workers = 32;
    if (argc < 3 || !str_i64(str_of(argv[1]), &port) || port < 1 || port > 65535 ||
        (argc > 3 && !str_i64(str_of(argv[3]), &workers)) || workers < 1 || workers > 256) {
        fprintf(stderr, "usage: read_server PORT DATABASE [WORKERS]\n");
        return 2;
    }
    struct deps deps = { .clock = &clock_system, .random = &random_system };
    struct arena *mem = arena_open(NULL, ARENA_MAX);
    struct ctx c;
    ctx_init(&c, mem, &deps, 0);
    int code = serve(&c, &deps, argv, (uint32_t)port, (uint32_t)workers);
    arena_close(mem);
    return code;
}
