/* Rows of the original one at a time, their values as ours, and the transactions they go into. */
#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "domain/score.h"
#include "repo/audit_repo.h"
#include "service/original_inner.h"

enum { TESTS_MAX = 20, TEST_NAME_MAX = 50, ADMIN_STEM_MAX = 40, ADMIN_TAIL_HEX = 6 };

err take_row(struct ctx *src, const void *row, void *arg)
{
    struct taker *t = arg;
    struct ctx *c = t->im->c;
    struct arena *mem = c->mem;
    (void)src;
    c->mem = t->im->item;
    const err e = t->take(t->im, row);
    c->mem = mem;
    if (e == ERR_OK)
        arena_reset(t->im->item); /* else it may hold the fault's issues */
    return e;
}

err pulled(struct importer *im, err e)
{
    if (e == ERR_OK || im->c->fault.kind != ERR_OK)
        return e;
    im->c->fault = im->src->fault;
    im->c->fault.issues = NULL;
    im->c->fault.n_issues = 0;
    return e;
}

/* Rows take the leaves of their entries: the log is held, after the cycles (db/db.h). */
err import_run(struct importer *im, err (*run)(struct importer *im))
{
    TRY(tx_lock(im->c, im->tx, S("cycles"), LOCK_EXCLUSIVE));
    TRY(audit_hold(im->c, im->tx, &im->head));
    return run(im);
}

struct group_call {
    struct importer *im;
    err (*run)(struct importer *im);
};

static err group_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct group_call *g = arg;
    struct importer *im = g->im;
    im->c = c;
    im->tx = tx;
    im->head = (struct audit_head){ 0 };
    *im->tally = *im->before;
    arena_reset(im->item);
    return import_run(im, g->run);
}

err import_group(struct importer *im, err (*run)(struct importer *im))
{
    struct group_call g = { im, run };
    if (im->o->dry_run)
        return run(im); /* in the one transaction that is taken back */
    *im->before = *im->tally;
    return tx_run(im->c, TX_WRITE, group_tx, &g);
}

bool take_e2(struct importer *im, enum original_table table, struct str id, double v, int64_t *ret)
{
    bool rounded = false;
    if (!legacy_f64_e2(v, ret, &rounded)) {
        note(im, table, id, ON_BAD_NUMBER);
        return false;
    }
    if (rounded)
        note(im, table, id, ON_ROUNDED);
    return true;
}

static bool take_pair(struct json *j, struct e2_pair *pair, bool *ret_rounded)
{
    struct str number;
    const size_t length = utf8_count(pair->name);
    return length > 0 && length <= TEST_NAME_MAX && json_peek(j) == JSON_NUMBER &&
           json_number(j, &number) && legacy_e2(number, &pair->e2, ret_rounded);
}

static bool read_tests(struct importer *im, struct str json, struct e2_pair *pairs, size_t *ret_n,
                       bool *ret_rounded)
{
    struct json j;
    struct str name;
    bool more = false;
    size_t n = 0;
    json_init(&j, json, im->c->mem);
    if (json_peek(&j) != JSON_OBJECT || !json_enter_object(&j))
        return false;
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        bool rounded = false;
        if (n == TESTS_MAX)
            return false;
        pairs[n].name = name;
        if (!take_pair(&j, &pairs[n], &rounded))
            return false;
        *ret_rounded = *ret_rounded || rounded;
        n++;
    }
    *ret_n = n;
    return !j.error && json_finish(&j);
}

bool take_tests(struct importer *im, enum original_table table, struct str id, struct str json,
                struct list *ret)
{
    struct e2_pair *pairs = arena_array(im->c->mem, struct e2_pair, TESTS_MAX);
    bool rounded = false, outside = false;
    size_t n = 0;
    if (!read_tests(im, json, pairs, &n, &rounded)) {
        note(im, table, id, ON_BAD_TESTS);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct test_range r = test_range_of(pairs[i].name);
        outside = outside || pairs[i].e2 < r.min_e2 || pairs[i].e2 > r.max_e2;
    }
    if (rounded)
        note(im, table, id, ON_ROUNDED);
    if (table == ORIG_APPLICATIONS && (outside || n == 0))
        note(im, table, id, ON_OUT_OF_RANGE);
    *ret = (struct list){ pairs, n };
    return true;
}

/* The original made them of user names, so that a point or a blank may be in one. */
struct str admin_id_here(struct ctx *c, struct str id)
{
    if (id_valid(id))
        return id;
    const struct hash h = sha256(id);
    char *stem = str_z(c->mem, str_sub(id, 0, ADMIN_STEM_MAX));
    for (char *p = stem; *p; p++)
        if (!id_valid((struct str){ p, 1 }))
            *p = '_';
    return str_fmt(c->mem, "%s_%.*s", stem, ADMIN_TAIL_HEX, hash_hex(c->mem, &h).p);
}

err exists_here(struct importer *im, enum legacy_thing what, struct str id, bool *ret)
{
    int64_t n = 0;
    TRY(legacy_count(im->c, im->tx, what, id, &n));
    *ret = n > 0;
    return ERR_OK;
}

/* The tables of a cycle are keyed by the cycle too, so no constraint keeps an id from coming twice.
 */
err free_here(struct importer *im, enum legacy_thing what, enum original_table table, struct str id)
{
    bool taken = false;
    TRY(exists_here(im, what, id, &taken));
    return taken ? inserted(im, table, id, ERR_CONFLICT) : ERR_OK;
}

err keyed(struct importer *im, struct str subject, uint8_t ret[SUBJECT_KEY_N])
{
    const struct audit_key_row row = subject_key_make(im->c, subject, ret);
    return audit_repo_key_insert(im->c, im->tx, &row, 1);
}

err inserted(struct importer *im, enum original_table table, struct str id, err e)
{
    if (e != ERR_CONFLICT)
        return e;
    fault_clear(im->c);
    return FAIL(im->c, CONFLICT,
                "%s %.*s: a row of that id is here already and is not from this import",
                original_table_text[table], STR_ARG(id));
}
