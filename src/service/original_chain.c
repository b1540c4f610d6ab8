/* The two hash chains of an original installation: stored as they are, verified by its own rules,
 * and bound to our log by import.legacy. */
#include "base/str.h"
#include "service/legacy_bind.h"
#include "service/original_inner.h"

enum { DETAILS_MAX = 1 << 20, ACTION_MAX = 20 };

static void add_broken(struct importer *im, enum legacy_kind kind, int64_t id, unsigned bits)
{
    const int64_t n = im->tally->chains[kind].chain.breaks;
    if (bits && n <= ORIGINAL_BROKEN_MAX)
        im->tally->chains[kind].broken[n - 1] = (struct broken_row){ id, bits };
}

static err take_decision(struct importer *im, const void *arg)
{
    const struct legacy_decision *d = arg;
    struct legacy_chain *ch = &im->tally->chains[LEGACY_DECISIONS].chain;
    TRY(legacy_decision_insert(im->c, im->tx, d));
    add_broken(im, LEGACY_DECISIONS, d->chain_id, legacy_chain_decision(ch, d));
    im->tally->imported[ORIG_HASH_CHAIN]++;
    return ERR_OK;
}

/* Details were never hashed and may say anything of anybody: they are kept sealed. */
static err seal_details(struct importer *im, const struct original_audit *a, struct str *ret)
{
    struct buf b;
    if (!a->details.p && !a->log_metadata.p)
        return ERR_OK;
    buf_init(&b, im->c->mem, DETAILS_MAX);
    buf_lit(&b, "{\"details\":");
    buf_str(&b, a->details.p ? a->details : S("null"));
    buf_lit(&b, ",\"log_metadata\":");
    buf_str(&b, a->log_metadata.p ? a->log_metadata : S("null"));
    buf_c(&b, '}');
    if (!buf_ok(&b)) {
        note_i64(im, ORIG_AUDIT_LOGS, a->log_id, ON_DETAILS);
        return ERR_OK;
    }
    *ret = keyring_seal(im->c, buf_view(&b));
    secret_wipe(b.p, b.n);
    return ERR_OK;
}

/* As Python writes the enum's value. */
static struct str lower(struct ctx *c, struct str s)
{
    char *out = str_z(c->mem, str_sub(s, 0, ACTION_MAX));
    for (char *p = out; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return str_of(out);
}

static err take_audit(struct importer *im, const void *arg)
{
    const struct original_audit *a = arg;
    struct legacy_chain *ch = &im->tally->chains[LEGACY_AUDIT].chain;
    const struct legacy_audit row = {
        .log_id = a->log_id,
        .timestamp = a->timestamp,
        .entity_type = a->entity_type,
        .entity_id = a->entity_id,
        .action = lower(im->c, a->action),
        .actor = a->actor,
        .previous_hash = a->previous_hash,
        .current_hash = a->current_hash,
    };
    struct str sealed = { 0 };
    TRY(seal_details(im, a, &sealed));
    TRY(legacy_audit_insert(im->c, im->tx, &row, sealed));
    add_broken(im, LEGACY_AUDIT, a->log_id, legacy_chain_audit(ch, &row));
    im->tally->imported[ORIG_AUDIT_LOGS]++;
    return ERR_OK;
}

static err log_chain(struct importer *im, enum legacy_kind kind)
{
    struct ctx *c = im->c;
    const struct legacy_chain *ch = &im->tally->chains[kind].chain;
    if (ch->count == 0)
        return ERR_OK;
    const struct audit_new n = {
        .act = "import.legacy",
        .actor = audit_actor(c),
        .data = legacy_chain_data(c, kind, ch),
    };
    return audit_append(c, im->tx, &im->head, &n, NULL);
}

/* Where the stored chain ends, the run begins. */
static err begin_chain(struct importer *im, enum legacy_kind kind, enum original_table table,
                       int64_t *ret_after)
{
    struct legacy_tail tail;
    TRY(legacy_tail(im->c, im->tx, kind, &tail));
    struct str before = { 0 };
    if (tail.rows)
        before = tail.head.p ? tail.head : S("");
    legacy_chain_start(&im->tally->chains[kind].chain, kind, before);
    im->tally->already[table] += tail.rows;
    *ret_after = tail.rows ? tail.last : INT64_MIN + 1;
    return ERR_OK;
}

err original_take_decisions(struct importer *im)
{
    struct taker t = { im, take_decision };
    int64_t after = 0;
    TRY(begin_chain(im, LEGACY_DECISIONS, ORIG_HASH_CHAIN, &after));
    if (im->schema < LEGACY_INTEGER_CHAIN) {
        if (im->source[ORIG_HASH_CHAIN])
            note_many(im, ORIG_HASH_CHAIN, im->version, ON_TEXT_CHAIN, im->source[ORIG_HASH_CHAIN]);
        return ERR_OK;
    }
    TRY(pulled(im, original_decisions(im->src, im->src_tx, after, take_row, &t)));
    return log_chain(im, LEGACY_DECISIONS);
}

err original_take_audits(struct importer *im)
{
    struct taker t = { im, take_audit };
    int64_t after = 0;
    TRY(begin_chain(im, LEGACY_AUDIT, ORIG_AUDIT_LOGS, &after));
    TRY(pulled(im, original_audits(im->src, im->src_tx, after, take_row, &t)));
    return log_chain(im, LEGACY_AUDIT);
}
