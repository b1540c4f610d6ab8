/* support/test_tamper.h: a finished database and hands that change it as an intruder with write
 * access would: by SQL, and by editing entries with none, some or all hashes made anew. Each attack
 * starts from the pristine database and must be reported under its code. Use: tamper_begin(&k, &t)
 * once the database is as wanted; attack_with(&k, &attack). */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_TAMPER_H
#define ENIGMA_TESTS_SUPPORT_TEST_TAMPER_H

#include "crypto/merkle.h"
#include "service/audit_verify.h"
#include "support/test_cycle.h"
#include "support/test_raw.h"

enum { TAMPER_TEXT_MAX = 65536 };

struct tamper {
    struct test_cycle *t;
    char pristine[96], work[96]; /* files, or: */
    char work_name[TEST_SERVER_NAME_MAX];
    char url[TEST_SERVER_URL_MAX]; /* of work */
};

static void copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t n;
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* The database as it stands is the pristine one; it is closed. */
static void tamper_begin(struct tamper *k, struct test_cycle *t)
{
    k->t = t;
    test_sequence(test_as(t, NULL));
    db_close(t->db.db);
    t->db.db = NULL;
    if (test_server_on())
        return;
    snprintf(k->pristine, sizeof(k->pristine), "%s/pristine", t->db.dir);
    snprintf(k->work, sizeof(k->work), "%s/work", t->db.dir);
    snprintf(k->url, sizeof(k->url), "sqlite://%s", k->work);
    copy_file(t->db.path, k->pristine);
}

/* ---- raw access, as an intruder has it ---- */

/* Another copy of the pristine database in place of the last. */
static void renew_work(struct tamper *k)
{
    if (!test_server_on()) {
        copy_file(k->pristine, k->work);
        return;
    }
    if (k->work_name[0] != '\0')
        test_server_drop(k->work_name);
    test_server_create(k->t->db.name, k->work_name);
    test_server_url(k->work_name, k->url);
}

/* On a server the intruder's session runs none. */
static const char no_triggers[] = "DROP TRIGGER IF EXISTS audit_entry_no_update;"
                                  "DROP TRIGGER IF EXISTS audit_entry_no_delete;"
                                  "DROP TRIGGER IF EXISTS bias_ledger_no_update;"
                                  "DROP TRIGGER IF EXISTS bias_ledger_no_delete";
static const char both_triggers[] =
    "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry\n"
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry\n"
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TRIGGER bias_ledger_no_update BEFORE UPDATE ON bias_ledger\n"
    "BEGIN SELECT RAISE(ABORT, 'the bias ledger is append-only'); END;"
    "CREATE TRIGGER bias_ledger_no_delete BEFORE DELETE ON bias_ledger\n"
    "BEGIN SELECT RAISE(ABORT, 'the bias ledger is append-only'); END;";

static bool load_entry(struct raw *db, int64_t idx, char *ret, size_t *ret_n)
{
    return raw_bytes(db, "SELECT entry FROM audit_entry WHERE idx = $1", idx, ret,
                     TAMPER_TEXT_MAX - 1, ret_n);
}

static void store_entry(struct raw *db, int64_t idx, const char *p, size_t n,
                        const struct hash *leaf)
{
    const char *sql = leaf ? "UPDATE audit_entry SET entry = $2, leaf = $3 WHERE idx = $1"
                           : "UPDATE audit_entry SET entry = $2 WHERE idx = $1";
    raw_change(db, sql, idx, (struct str){ p, n },
               leaf ? (struct str){ (const char *)leaf->b, SHA256_N } : (struct str){ 0 });
}

static void hex32(const struct hash *h, char ret[65])
{
    for (size_t i = 0; i < SHA256_N; i++)
        snprintf(ret + 2 * i, 3, "%02x", h->b[i]);
}

/* Every entry from idx on gets the prev that fits, and its own leaf: a rewritten chain. */
static void rechain(struct raw *db, int64_t idx)
{
    static char text[TAMPER_TEXT_MAX];
    size_t n;
    struct hash leaf;
    char hex[65];
    assert_true(load_entry(db, idx, text, &n));
    leaf = merkle_leaf_hash((struct str){ text, n });
    store_entry(db, idx, text, n, &leaf);
    while (load_entry(db, ++idx, text, &n)) {
        hex32(&leaf, hex);
        char *prev = memmem(text, n, "\"prev\":\"", 8);
        assert_non_null(prev);
        memcpy(prev + 8, hex, 64);
        leaf = merkle_leaf_hash((struct str){ text, n });
        store_entry(db, idx, text, n, &leaf);
    }
}

enum how { BARE, OWN_LEAF, WHOLE_CHAIN };

/* Replaces the first occurrence in the entry. */
static void edit(struct raw *db, int64_t idx, const char *from, const char *to, enum how how)
{
    static char text[TAMPER_TEXT_MAX], out[TAMPER_TEXT_MAX];
    size_t n, from_n = strlen(from), to_n = strlen(to);
    assert_true(load_entry(db, idx, text, &n));
    char *hit = memmem(text, n, from, from_n);
    assert_non_null(hit);
    size_t before = (size_t)(hit - text);
    memcpy(out, text, before);
    memcpy(out + before, to, to_n);
    memcpy(out + before + to_n, hit + from_n, n - before - from_n);
    n = n - from_n + to_n;
    const struct hash leaf = merkle_leaf_hash((struct str){ out, n });
    store_entry(db, idx, out, n, how == BARE ? NULL : &leaf);
    if (how == WHOLE_CHAIN)
        rechain(db, idx);
}

static int64_t first_of(struct raw *db, const char *act)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT MIN(idx) FROM audit_entry WHERE act = '%s'", act);
    return raw_i64(db, sql);
}

static int64_t last_idx(struct raw *db)
{
    return raw_i64(db, "SELECT MAX(idx) FROM audit_entry");
}

/* ---- one attack at a time ---- */

static struct verify_report verified(struct tamper *k)
{
    struct verify_report r = { 0 };
    const struct verify_options o = { .rows = true };
    struct test_db *db = &k->t->db;
    struct ctx *c = test_db_next(db);
    db->o.url = str_of(k->url);
    test_db_open_empty(db);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    db_close(db->db);
    db->db = NULL;
    return r;
}

static bool has_code(const struct verify_report *r, const char *code)
{
    const struct verify_invalid *v = r->invalid_entries.v;
    for (size_t i = 0; i < r->invalid_entries.n; i++)
        if (str_eq(v[i].code, str_of(code)))
            return true;
    return false;
}

static void print_findings(const struct verify_report *r)
{
    const struct verify_invalid *v = r->invalid_entries.v;
    for (size_t i = 0; i < r->invalid_entries.n && i < 12; i++)
        fprintf(stderr, "  %lld %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                STR_ARG(v[i].detail));
}

struct attack {
    const char *name, *code; /* the code that must be among the findings */
    const char *sql;         /* what is done, or: */
    void (*run)(struct raw *db);
    bool keep_triggers;    /* they are part of the attack */
    const char *on_server; /* other words for PostgreSQL, or: */
};
/* The types of PostgreSQL's columns rule it out. */
static const char typed[] = "";

static struct raw *open_work(struct tamper *k)
{
    renew_work(k);
    return raw_open(k->work, k->work_name);
}

static void attack_work(struct tamper *k, const struct attack *a)
{
    struct raw *db = open_work(k);
    const bool triggers = !a->keep_triggers && !test_server_on();
    if (triggers)
        raw_run(db, no_triggers);
    if (a->sql == NULL)
        a->run(db);
    else
        raw_run(db, test_server_on() && a->on_server ? a->on_server : a->sql);
    if (!a->keep_triggers && db->changed == 0)
        fail_msg("%s changed nothing", a->name);
    if (triggers)
        raw_run(db, both_triggers);
    raw_close(db);
}

static bool attack_with(struct tamper *k, const struct attack *a)
{
    attack_work(k, a);
    struct verify_report r = verified(k);
    if (r.is_valid || !has_code(&r, a->code)) {
        print_findings(&r);
        fprintf(stderr, "%s: %s was not reported\n", a->name, a->code);
        return false;
    }
    return true;
}

#endif
