/* db/stmt.h: prepared statements with their plans, and the cache of them that each connection has.
 * Private to the room. Thread rule: as the connection. */
#ifndef ENIGMA_DB_STMT_H
#define ENIGMA_DB_STMT_H

#include "db/db.h"

enum { DB_COLUMNS_MAX = 128, DB_PARAMS_MAX = 64 };

struct db_conn;

/* A prepared statement with its plan: where each parameter comes from and each column goes. */
struct db_stmt {
    const char *key; /* address of the query's text */
    char *text;      /* a copy of it: an address can be used again */
    const struct schema *in, *out;
    void *handle;
    bool in_use, loose, changes; /* loose: not in the cache, given up after use */
    uint8_t n_params;
    uint8_t param_field[DB_PARAMS_MAX]; /* parameter → field of in */
    uint8_t field_column[64];           /* field of out → column */
    void *row;                          /* one row of out */
};

/* Open addressing by the address of the text; emptied when full. */
enum { DB_CACHE_SLOTS = 1024, DB_CACHE_MAX = 512 };
struct stmt_cache {
    struct db_stmt **slots; /* DB_CACHE_SLOTS */
    size_t n;
    uint64_t hits, misses;
};

/* stmt.c */
void conn_init(struct db_conn *conn, struct db *db);
void conn_done(struct db_conn *conn); /* finalizes what it holds; not the connection itself */
/* From the cache, or prepared and planned. Every take ends in a give. */
err stmt_take(struct ctx *c, struct db_conn *conn, const struct query *q, struct db_stmt **ret);
void stmt_give(struct db_conn *conn, struct db_stmt *s);

/* bind.c, read.c */
err stmt_bind(struct ctx *c, struct db_conn *conn, const struct db_stmt *s, const void *in);
/* The current row into *ret_row. Text is copied into keep, or borrowed when keep is NULL; what
 * must be decoded lives in mem. */
err stmt_read(struct ctx *c, struct db_conn *conn, const struct db_stmt *s, struct arena *keep,
              struct arena *mem, void *ret_row);

#endif
