/* app/wire.h: puts an installation together: data folder, keys, database, ports, jobs.
 * The only room with globals. Thread rule: the main thread. */
#ifndef ENIGMA_APP_WIRE_H
#define ENIGMA_APP_WIRE_H

#include <stdatomic.h>

#include "app/keys.h"
#include "app/options.h"
#include "base/log.h"
#include "jobs/jobs.h"
#include "jobs/sequencer.h"
#include "service/settings.h"

enum open_flag {
    OPEN_CREATE = 1,      /* make the folder, keys and database when missing */
    OPEN_EXCLUSIVE = 2,   /* hold the folder's lock alone: nobody else works in it */
    OPEN_READ_ONLY = 4,   /* never writes */
    OPEN_MIGRATE = 8,     /* bring the schema up and start the log */
    OPEN_ANY_SCHEMA = 16, /* migrate: do not check the schema */
    OPEN_SHARED = 64,     /* hold the folder's lock with others that work in it */
    OPEN_SERVER = 128,    /* with OPEN_SHARED: the one server of the folder */
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
    struct sequencer *sequencer; /* NULL: entries of the log have their place at once */
    bool log_open;               /* the schema is the program's: the log can be written */
    int log_fd, lock_fd, server_fd;
    bool alone; /* nobody else works in the folder while it is opened */
};
/* Uses in->o, which the command line has filled. */
err installation_open(struct ctx *c, struct installation *in, unsigned flags);
void installation_close(struct installation *in);
/* Starts the job threads, their bell (without JOBS only the bell, which waits for others) and,
 * where entries of the log wait, the sequencer. */
err installation_start_jobs(struct ctx *c, struct installation *in);

#endif
