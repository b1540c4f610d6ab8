/* scrub/scrub.c: runs the passes over the texts of one application, the sure ones first, then has
 * the result looked at again. */
#include "scrub/scrub.h"

#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    HITS_FIRST = 64,
    HITS_MAX = 1 << 19,
    LEARNED_MIN = 64,
    DENSE_WORDS_MIN = 60,
    ROUNDS_MAX = 8
};

const char scrub_version[] = "2.0";

static bool hits_room(struct pass *p)
{
    struct hits *h = &p->hits;
    if (h->n < h->cap)
        return true;
    size_t cap = h->cap ? h->cap * 2 : HITS_FIRST;
    struct hit *v =
        cap > HITS_MAX ? NULL : arena_try_dirty(p->c->mem, cap, sizeof(*v), _Alignof(struct hit));
    if (!v) {
        h->over = true;
        return false;
    }
    if (h->n)
        memcpy(v, h->v, h->n * sizeof(*v));
    h->v = v;
    h->cap = cap;
    return true;
}

void hit_add(struct pass *p, const struct hit *hit)
{
    if (p->hits.over || hit->from >= hit->to || !hits_room(p))
        return;
    struct hit one = *hit;
    const enum scrub_action action = (enum scrub_action)p->policy->action[one.type];
    one.keep = action == SCRUB_KEEP || one.confidence < p->policy->threshold;
    if (action != SCRUB_NEUTRALISE && !(one.type == SCRUB_GENDER && one.neutral))
        one.neutral = NULL;
    p->hits.v[p->hits.n++] = one;
}

void hit_tokens(struct pass *p, size_t a, size_t b, struct hit hit)
{
    hit.from = p->t.v[a].from;
    hit.to = p->t.v[b].to;
    hit_add(p, &hit);
    if (p->hits.over || p->hits.v[p->hits.n - 1].keep)
        return;
    for (size_t k = a; k <= b; k++)
        p->t.v[k].flags |= T_CLAIMED;
}

void hit_range(struct pass *p, size_t from, size_t to, struct hit hit)
{
    hit.from = (uint32_t)from;
    hit.to = (uint32_t)to;
    hit_add(p, &hit);
    if (p->hits.over || from >= to || p->hits.v[p->hits.n - 1].keep)
        return;
    for (size_t k = token_past(&p->t, from); k < p->t.n && p->t.v[k].from < to; k++)
        p->t.v[k].flags |= T_CLAIMED;
}

void learned_add(struct learned *l, uint64_t hash)
{
    size_t i = hash & l->mask;
    for (; l->slots[i]; i = (i + 1) & l->mask)
        if (l->slots[i] == hash)
            return;
    if ((l->n + 1) * 4 > (l->mask + 1) * 3)
        return;
    l->slots[i] = hash;
    l->filter[(hash >> 9) % LEARNED_FILTER] |= UINT64_C(1) << (hash >> 15 & 63);
    l->n++;
}

/* As many slots as the texts may teach names, within reason. */
static err learned_make(struct ctx *c, size_t tokens, struct learned **ret)
{
    enum { LEARNED_MAX = 1 << 16 };
    uint32_t slots = LEARNED_MIN;
    while (slots < tokens / 4 && slots < LEARNED_MAX)
        slots *= 2;
    struct learned *l = arena_try(c->mem, 1, sizeof(*l), _Alignof(struct learned));
    uint64_t *v = l ? arena_try(c->mem, slots, sizeof(*v), sizeof(*v)) : NULL;
    if (!v)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    *l = (struct learned){ .slots = v, .mask = slots - 1 };
    *ret = l;
    return ERR_OK;
}

static err open_passes(struct ctx *c, const struct scrub_policy *policy, const struct own *own,
                       const struct str *texts, size_t n, struct pass *passes)
{
    for (size_t i = 0; i < n; i++) {
        struct pass *p = &passes[i];
        *p = (struct pass){ .c = c, .policy = policy, .own = own, .text = texts[i] };
        if (!p->text.p)
            p->text = S("");
        TRY(fold_text(c, p->text, &p->f));
        TRY(words_cut(c, &p->f, &lexicon_builtin, own, &p->t));
    }
    return ERR_OK;
}

/* The same for what was rendered from the texts of the first passes. */
static err reopen_passes(struct ctx *c, const struct pass *first, const struct str *texts, size_t n,
                         struct pass *ret)
{
    for (size_t i = 0; i < n; i++) {
        const struct pass *p = &first[i];
        ret[i] = (struct pass){ .c = c, .policy = p->policy, .own = p->own, .text = texts[i] };
        TRY(text_splice(p, &ret[i]));
    }
    return ERR_OK;
}

static void own_phones(struct pass *p)
{
    phone_hits(p, true);
}

static void any_phones(struct pass *p)
{
    phone_hits(p, false);
}

/* Each looks at all texts before the next begins: one text is shorter than the code of all of them,
 * which the processor would fetch again for each. Names are learned from all texts before any is
 * taken. */
static void (*const finders[])(struct pass *) = {
    custom_hits, contact_hits, own_phones,    number_hits, any_phones,
    date_hits,   address_hits, identity_hits, form_hits,   group_hits,
    learn_names, name_hits,    own_places,    proxy_hits,  gender_hits,
};

/* From the k-th finder to the one before last; the number of that one. */
static size_t find_until(struct pass *passes, size_t n, size_t k, void (*last)(struct pass *))
{
    for (; k < sizeof(finders) / sizeof(finders[0]) && finders[k] != last; k++)
        for (size_t i = 0; i < n; i++)
            finders[k](&passes[i]);
    return k;
}

static err find_first(struct ctx *c, struct pass *passes, size_t n, size_t *ret_next)
{
    struct learned *learned;
    size_t tokens = 0;
    for (size_t i = 0; i < n; i++)
        tokens += passes[i].t.n;
    TRY(learned_make(c, tokens, &learned));
    for (size_t i = 0; i < n; i++) {
        passes[i].learned = learned;
        passes[i].small = is_small_text(&passes[i].t);
    }
    *ret_next = find_until(passes, n, 0, name_hits);
    return ERR_OK;
}

err scrub_begin(struct ctx *c, const struct own *own, const struct str *texts, size_t n,
                struct pass *passes)
{
    size_t next;
    TRY(open_passes(c, &scrub_policy_preset, own, texts, n, passes));
    return find_first(c, passes, n, &next);
}

static err find_all(struct ctx *c, struct pass *passes, size_t n)
{
    size_t next;
    TRY(find_first(c, passes, n, &next));
    find_until(passes, n, next, NULL);
    for (size_t i = 0; i < n; i++) {
        if (passes[i].hits.over)
            return FAIL(c, TOO_LARGE, "a text holds too many identifiers");
        hits_settle(&passes[i]);
    }
    return ERR_OK;
}

/* A word as one counts them: what stands between blanks. */
static bool begins_word(const struct token *w)
{
    return (w->gap & (GAP_BLANK | GAP_LINE | GAP_EDGE)) != 0;
}

/* Words that are gone or stand for what is gone. */
static size_t words_gone(const struct pass *p, const struct hit *hit)
{
    const size_t first = token_past(&p->t, hit->from);
    size_t n = 0;
    for (size_t k = first; k < p->t.n && p->t.v[k].from < hit->to; k++)
        n += (k == first) | begins_word(&p->t.v[k]);
    return n;
}

/* What a form asks for anyway is no loss to the text it stands in. */
static bool is_form_data(uint8_t type)
{
    return type < SCRUB_DIRECT_COUNT && type != SCRUB_CUSTOM;
}

static bool too_dense(const struct scrub_policy *policy, const struct pass *passes, size_t n)
{
    size_t prose = 0, all = 0, words = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pass *p = &passes[i];
        for (size_t h = 0; h < p->hits.n; h++) {
            const struct hit *hit = &p->hits.v[h];
            if (hit->keep || hit->neutral)
                continue;
            const size_t gone = words_gone(p, hit);
            all += gone;
            prose += is_form_data(hit->type) ? 0 : gone;
        }
        for (size_t k = 0; k < p->t.n; k++)
            words += begins_word(&p->t.v[k]);
    }
    const size_t limit = words * (size_t)policy->hold_density_percent;
    return words >= DENSE_WORDS_MIN && (prose * 100 > limit || all * 50 > limit);
}

static bool any_changing(const struct pass *passes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (hits_changing(&passes[i]))
            return true;
    return false;
}

/* One scrubbing of what was rendered; what it finds goes into the first passes. */
static err next_round(struct ctx *c, struct pass *passes, struct pass *last, size_t n,
                      struct scrub_result *out, bool *ret_settled)
{
    TRY(reopen_passes(c, passes, out->text, n, last));
    TRY(find_all(c, last, n));
    for (size_t i = 0; i < n; i++) {
        out->steps += last[i].t.steps;
        passes[i].costly |= last[i].costly;
    }
    *ret_settled = !any_changing(last, n);
    if (*ret_settled)
        return ERR_OK;
    for (size_t i = 0; i < n; i++)
        TRY(hits_merge(&passes[i], &last[i]));
    return render(c, passes, n, out);
}

/* Scrubs what was rendered again, until nothing more is found: a placeholder may bring a cue nearer
 * to a word, and the result of a second scrubbing must be that of the first. */
static err settle_all(struct ctx *c, const struct own *own, struct pass *passes, size_t n,
                      struct scrub_result *out)
{
    struct pass *last = passes + n; /* the caller has room for both */
    bool settled = !any_changing(passes, n);
    memcpy(last, passes, n * sizeof(*passes));
    TRY(render(c, passes, n, out));
    for (int round = 1; !settled && round < ROUNDS_MAX; round++)
        TRY(next_round(c, passes, last, n, out, &settled));
    if (!settled)
        TRY(open_passes(c, passes[0].policy, own, out->text, n, last));
    TRY(scrub_verify(c, own, last, n, &out->reason));
    if (!settled && !out->reason)
        out->reason = "unsettled";
    return ERR_OK;
}

err scrub_application(struct ctx *c, const struct scrub_policy *policy,
                      const struct scrub_identity *who, const struct str *texts, size_t n,
                      struct scrub_result *ret)
{
    struct scrub_result out = { .verdict = SCRUB_CLEAN };
    if (n > SCRUB_FIELDS_MAX)
        return FAIL(c, TOO_LARGE, "an application has more than %d texts", (int)SCRUB_FIELDS_MAX);
    for (size_t i = 0; i < n; i++)
        if (texts[i].n > SCRUB_TEXT_MAX)
            return FAIL(c, TOO_LARGE, "a text to scrub is longer than %d bytes",
                        (int)SCRUB_TEXT_MAX);
    struct own *own = arena_try_dirty(c->mem, 1, sizeof(*own), _Alignof(struct own));
    struct pass *passes = arena_try_dirty(c->mem, 2 * n, sizeof(*passes), _Alignof(struct pass));
    if (!own || !passes)
        return FAIL(c, TOO_LARGE, "no memory left for an identity");
    TRY(own_make(c, &lexicon_builtin, who, own));
    TRY(open_passes(c, policy, own, texts, n, passes));
    TRY(find_all(c, passes, n));
    TRY(settle_all(c, own, passes, n, &out));
    if (!out.reason && too_dense(policy, passes, n))
        out.reason = "density";
    for (size_t i = 0; i < n; i++) {
        out.steps += passes[i].t.steps;
        if (passes[i].costly)
            out.reason = "pattern_limit";
    }
    out.verdict = out.reason ? SCRUB_HELD : SCRUB_CLEAN;
    *ret = out;
    return ERR_OK;
}

err scrub_text(struct ctx *c, const struct scrub_identity *who, struct str text,
               struct scrub_result *ret)
{
    return scrub_application(c, &scrub_policy_preset, who, &text, 1, ret);
}
