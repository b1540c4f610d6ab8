/* The fairness check as the log tells it: the sample's seed is the leaf that it must be, reports
 * follow their draws, a publication says what the newest check was; then the rows. */
#include "base/str.h"
#include "codec/canon.h"
#include "crypto/fernet.h"
#include "repo/fairness_repo.h"
#include "service/verify_inner.h"

enum { CANON_MAX = 16384 };

struct fairness_facts {
    struct str id, cycle_id, seed, sha256;
    int64_t drawn, reported, overridden; /* index of the entry + 1; 0: none */
    int64_t sampled, population, variants, passed;
    char commit_hex[2 * SHA256_N + 1], nonce_hex[2 * NONCE_N + 1]; /* of the override */
    bool seen;
};

static struct fairness_facts *facts_of(struct verify *v, const struct entry *e)
{
    struct str run = { NULL, 0 };
    if (!data_str(v, e->data, "run", &run))
        return NULL;
    struct fairness_facts *f = id_add(v, &v->fairness, run, sizeof(*f));
    if (!f->cycle_id.p)
        f->cycle_id = str_keep(v->keep, e->cycle);
    return str_eq(f->cycle_id, e->cycle) ? f : NULL;
}

/* The leaf under which all scores were given; an imported cycle has only that of its freeze. */
static bool seed_fits(const struct cycle_facts_log *cy, struct str seed)
{
    return str_eq(seed, cy->scored_leaf.p   ? cy->scored_leaf
                        : cy->freeze_leaf.p ? cy->freeze_leaf
                                            : S(""));
}

static void take_draw(struct verify *v, struct cycle_facts_log *cy, const struct entry *e,
                      struct fairness_facts *f)
{
    struct str seed = { NULL, 0 };
    if (f->drawn || !data_str(v, e->data, "seed", &seed) ||
        !data_i64(v, e->data, "count", &f->sampled) ||
        !data_i64(v, e->data, "population", &f->population) ||
        !data_i64(v, e->data, "variants", &f->variants)) {
        finding(v, e->idx, "entry.format", "fairness.draw has values of another kind");
        return;
    }
    if (!seed_fits(cy, seed))
        finding(v, e->idx, "chain.fairness", "a fairness sample was drawn by another seed");
    f->drawn = e->idx + 1;
    f->seed = str_keep(v->keep, seed);
    cy->fairness = FAIRNESS_SAYS_NOTHING;
}

static void take_report(struct verify *v, struct cycle_facts_log *cy, const struct entry *e,
                        struct fairness_facts *f)
{
    struct str sha256 = { NULL, 0 };
    int64_t count = 0;
    if (!data_str(v, e->data, "sha256", &sha256) || !data_i64(v, e->data, "count", &count) ||
        !data_i64(v, e->data, "passed", &f->passed)) {
        finding(v, e->idx, "entry.format", "fairness.report has values of another kind");
        return;
    }
    if (!f->drawn || f->reported || count != f->sampled)
        finding(v, e->idx, "chain.fairness", "a fairness report without its sample");
    f->reported = e->idx + 1;
    f->sha256 = str_keep(v->keep, sha256);
    cy->fairness = f->passed ? FAIRNESS_SAYS_PASSED : FAIRNESS_SAYS_NOTHING;
}

static void take_override(struct cycle_facts_log *cy, const struct entry *e,
                          struct fairness_facts *f)
{
    f->overridden = e->idx + 1;
    memcpy(f->commit_hex, e->commits[0].hex, sizeof(f->commit_hex));
    memcpy(f->nonce_hex, e->nonce_hex.p, sizeof(f->nonce_hex) - 1);
    cy->fairness = FAIRNESS_SAYS_OVERRIDDEN;
}

void fairness_take(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    struct fairness_facts *f = facts_of(v, e);
    if (!f) {
        finding(v, e->idx, "chain.fairness", "%.*s of no run of this cycle", STR_ARG(e->act));
        return;
    }
    if (cy->phase != PHASE_SCORED && cy->phase != PHASE_SELECTION &&
        !str_eq(e->act, S("fairness.report"))) /* its job may end behind the publication */
        finding(v, e->idx, "chain.phase", "%.*s in phase %s", STR_ARG(e->act),
                phase_names.v[cy->phase]);
    if (str_eq(e->act, S("fairness.draw")))
        take_draw(v, cy, e, f);
    else if (str_eq(e->act, S("fairness.report")))
        take_report(v, cy, e, f);
    else
        take_override(cy, e, f);
}

void fairness_published(struct verify *v, const struct cycle_facts_log *cy, const struct entry *e)
{
    struct str says = { NULL, 0 };
    if (!data_str(v, e->data, "fairness", &says))
        return; /* an older version, or no score */
    if (!str_eq(says, cy->fairness == FAIRNESS_SAYS_PASSED ? S("passed") : S("overridden")) ||
        cy->fairness == FAIRNESS_SAYS_NOTHING)
        finding(v, e->idx, "chain.fairness",
                "the cycle was published with a fairness check that was not there");
}

static void check_report(struct verify *v, const struct fairness_bound *r,
                         const struct fairness_facts *f)
{
    char hex[2 * SHA256_N + 1];
    const struct hash h = sha256(r->report.p ? r->report : S(""));
    hex_of(hex, h.b, SHA256_N);
    if (!f->reported != !r->outcome.p ||
        (f->reported && (!str_eq(r->outcome, f->passed ? S("passed") : S("failed")) ||
                         !r->report.p || !str_eq(str_of(hex), f->sha256))))
        finding(v, f->reported - 1, "row.fairness",
                "the fairness report is not the one of the log");
    if (f->drawn && (r->sampled != f->sampled || r->population != f->population ||
                     r->variants != f->variants || !str_eq(r->seed, f->seed)))
        finding(v, f->drawn - 1, "row.fairness", "the fairness sample is not the one of the log");
}

static void check_override(struct ctx *c, struct verify *v, const struct fairness_bound *r,
                           const struct fairness_facts *f)
{
    struct str plain = { 0 };
    struct buf b;
    char hex[2 * SHA256_N + 1];
    if (!f->overridden != !r->override_reason.p) {
        finding(v, f->overridden - 1, "row.fairness", "an override is not what the log says");
        return;
    }
    if (!f->overridden)
        return;
    if (!r->wrapped.p || keyring_open(c, r->wrapped, &plain) != ERR_OK ||
        plain.n != SUBJECT_KEY_N) {
        fault_clear(c);
        finding(v, f->overridden - 1, "row.key", "the key of an override cannot be opened");
        return;
    }
    buf_init(&b, c->mem, CANON_MAX);
    canon_str(&b, r->override_reason);
    const struct hash salt =
        commit_salt((const uint8_t *)plain.p, S("reason"), str_of(f->nonce_hex));
    const struct hash h = commit_value(&salt, S("reason"), buf_view(&b));
    hex_of(hex, h.b, SHA256_N);
    if (memcmp(hex, f->commit_hex, 2 * SHA256_N) != 0)
        finding(v, f->overridden - 1, "row.fairness",
                "the reason of an override is not the one that was given");
}

static err bound_row(struct ctx *c, const void *row, void *arg)
{
    const struct fairness_bound *r = row;
    struct verify *v = arg;
    struct fairness_facts *f = id_find(&v->fairness, r->run_id);
    struct arena *mem = c->mem;
    if (f)
        f->seen = true;
    if (!f && (r->outcome.p || r->override_reason.p || r->seed.p))
        finding(v, -1, "row.extra", "a fairness run without an entry: %.*s", STR_ARG(r->run_id));
    if (!f)
        return ERR_OK;
    if (!str_eq(f->cycle_id, r->cycle_id))
        finding(v, -1, "row.fairness", "a fairness run of another cycle than the log says");
    c->mem = v->scratch;
    check_report(v, r, f);
    check_override(c, v, r, f);
    c->mem = mem;
    arena_reset(v->scratch);
    return ERR_OK;
}

err verify_fairness(struct ctx *c, struct verify *v)
{
    TRY(finding_from(c, v, -1, "row.type", fairness_bound_each(c, v->tx, bound_row, v)));
    for (size_t i = 0; i < v->fairness.cap; i++) {
        const struct fairness_facts *f = v->fairness.v[i];
        if (f && !f->seen)
            finding(v, -1, "row.missing", "the fairness run %.*s has no row", STR_ARG(f->id));
    }
    return ERR_OK;
}
