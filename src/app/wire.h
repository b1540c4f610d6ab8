/* app/wire.h: puts an installation together: data folder, keys, database, ports, jobs.
 * The only room with globals. Thread rule: the main thread. */
#ifndef ENIGMA_APP_WIRE_H
#define ENIGMA_APP_WIRE_H

#include <stdatomic.h>

#include "app/keys.h"
#include "app/options.h"
#include "base/log.h"
#include "client/client.h"
#include "jobs/jobs.h"
#include "jobs/sequencer.h"
#include "service/settings.h"

enum open_flag {
    OPEN_CREATE = 1,       /* make the folder, keys and database when missing */
    OPEN_EXCLUSIVE = 2,    /* hold the folder's lock alone: nobody else works in it */
    OPEN_READ_ONLY = 4,    /* never writes */
    OPEN_MIGRATE = 8,      /* bring the schema up and start the log */
    OPEN_ANY_SCHEMA = 16,  /* migrate: do not check the schema */
    OPEN_NO_DATABASE = 32, /* folder and keys only */
    OPEN_SHARED = 64,      /* hold the folder's lock with others that work in it */
    OPEN_SERVER = 128,     /* with OPEN_SHARED: the one server of the folder */
};
struct installation {
    struct options o;
    struct option_origins origins;
    struct arena *mem;
    struct deps deps;
    struct keyring keys;
    struct settings settings;
    struct log *log;
    struct db *db;
    struct jobs *jobs;
    struct client *client;       /* outbound HTTP; NULL: not started */
    struct oidc *oidc;           /* the identity provider; NULL: none, or not started */
    struct speech *speech;       /* transcription (speech.c); NULL: none, or not started */
    struct models *models;       /* NULL: no language models are configured */
    struct sequencer *sequencer; /* NULL: entries of the log have their place at once */
    bool log_open;               /* the schema is the program's: the log can be written */
    int log_fd, lock_fd, server_fd;
    bool alone;           /* nobody else works in the folder while it is opened */
    bool unhurried;       /* statements may take a day: whole tables are read or moved */
    bool accept_rollback; /* serve: go on with a database behind log-head */
    bool rolled_back;     /* out: that is why it was not opened */
    bool keep_head;       /* log-head is brought up to date */
    int64_t head_size;    /* what log-head says */
    atomic_bool shut;     /* serve: the database has not been reached yet */
};
/* Memory and ports, nothing opened yet: the first step of installation_open, for doctor. */
void installation_begin(struct ctx *c, struct installation *in);
/* Uses in->o, which the command line has filled. */
err installation_open(struct ctx *c, struct installation *in, unsigned flags);
/* After OPEN_NO_DATABASE: the rest of installation_open with the same flags. After an error it may
 * be called again; ERR_BUSY: a server is not reachable now. */
err installation_database(struct ctx *c, struct installation *in, unsigned flags);
/* Whether the database is a server, which may be away for a while. */
bool installation_on_server(const struct installation *in);
void installation_close(struct installation *in);
/* Another database beside the installation's; give it up with db_close. The context goes on with
 * the first: installation_turn points it to the other and back. */
err installation_open_url(struct ctx *c, struct installation *in, struct str url, bool read_only,
                          struct db **ret);
void installation_turn(struct installation *in, struct db *db);
/* The url of the database that the options name. */
struct str installation_url(struct ctx *c, const struct options *o);
/* A file of the data folder. */
const char *installation_path(struct ctx *c, const struct options *o, const char *name);
/* Brings log-head up to the log, when it has grown. Any thread, with a context of its own. */
void installation_note_head(struct ctx *c, struct installation *in);
/* Starts the job threads, their bell (without JOBS only the bell, which waits for others) and,
 * where entries of the log wait, the sequencer. */
err installation_start_jobs(struct ctx *c, struct installation *in);
/* Starts outbound HTTP (outbound.c) for the origins that the options name, once. To be called
 * before anybody who asks outside: by the server, and by workers. */
err installation_start_client(struct ctx *c, struct installation *in);
/* Makes the identity provider known where the options name a client of it. For the server. */
err installation_start_oidc(struct ctx *c, struct installation *in);
/* The provider `openai` (models.c), where a key or an endpoint is configured: before the jobs. Stop
 * ends its calls, so that jobs can end; close comes behind them. */
err installation_start_models(struct ctx *c, struct installation *in);
void installation_stop_models(struct installation *in);
void installation_close_models(struct installation *in);
bool models_configured(const struct options *o);
/* Speech to text (speech.c): before those who listen. Nothing is asked yet. */
err installation_start_speech(struct ctx *c, struct installation *in);
/* The rooms of live interviews (rooms.c): before the server opens; given up when no thread speaks
 * to them any more. */
struct server;
struct route_table;
err installation_start_rooms(struct ctx *c, struct installation *in);
void installation_close_rooms(struct installation *in);
/* The tables of api, and the sockets of rooms. */
const struct route_table *rooms_tables(struct ctx *c, size_t *ret_n);
/* Nothing that is said is written down any more; before the models are closed, which hear of it. */
void installation_stop_speech(struct installation *in);
void installation_close_speech(struct installation *in);
/* The endpoint that transcribes; absent: none outside does. */
struct str speech_base_url(const struct options *o);
/* How the models of the options are reached; how many at once and for how long is the caller's. */
struct llm_options;
struct llm_options models_endpoint(const struct installation *in);
struct llm_stats;
/* false: no endpoint is asked. */
bool installation_model_stats(const struct installation *in, struct llm_stats *ret);

#endif
