/* scrub/told.c: finds the clauses that family.c, health.c and faith.c describe by their steps. */
#include "scrub/told.h"

enum { STEP_REACH = 4, CLAUSE_MAX = 10, ANY_MAX = 6, CUED = 70 };

/* One blank before it, or what parts don't and a hyphened word. */
static bool joined(const struct tokens *t, size_t k)
{
    return k < t->n && t->v[k].kind == TK_WORD && gap_joint(t->v[k].gap);
}

/* Past the words that fit the steps from token `at` on, the last of them in *last; 0: they do not.
 */
static size_t steps_past(const struct tokens *t, size_t at, const struct step *steps, size_t *last)
{
    for (; steps->mode != STEP_END; steps++) {
        size_t skipped = 0;
        if (steps->mode == STEP_ANY) {
            for (; skipped < ANY_MAX && joined(t, at) && token_in(t, at, steps->words); skipped++)
                at++;
            continue;
        }
        const size_t reach = steps->mode == STEP_FAR ? STEP_REACH : 0;
        while (skipped < reach && joined(t, at) && !token_in(t, at, steps->words)) {
            at++;
            skipped++;
        }
        if (!joined(t, at) || !token_in(t, at, steps->words))
            return 0;
        *last = at++;
    }
    return at;
}

/* No object follows: "My father drank and", "they split up." */
static bool stands_without(const struct tokens *t, size_t next)
{
    static const struct words objects =
        WORDS("the", "a", "an", "his", "her", "my", "our", "its", "their", "this", "that", "us",
              "me", "him", "them", "it", "some", "two", "every", "each", "all", "one", "from",
              "into", "through", "by", "with", "for", "of", "what", "to", "out");
    const struct token *w = token_at(t, next);
    if (w->kind == TK_END || !gap_blank(w->gap))
        return true;
    return (w->bits & LEX_FUNCTION) && !token_in(t, next, &objects);
}

/* The last word of the clause that goes on behind b. */
static size_t clause_end(const struct tokens *t, size_t b)
{
    static const struct words links = WORDS("and", "but", "so", "which", "because", "who", "while");
    for (size_t n = 0; n < CLAUSE_MAX; n++) {
        const struct token *next = token_at(t, b + 1);
        if (next->kind == TK_END || (next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE)) ||
            (next->flags & T_CLAIMED) || token_in(t, b + 1, &links))
            return b;
        b++;
    }
    return b;
}

/* Whom token k names as one of whom a clause may be told, and where the clause's subject begins;
 * 0: nobody. */
static unsigned told_of(const struct tokens *t, size_t k, size_t *ret_from)
{
    static const struct words parents =
        WORDS("mother", "father", "parents", "mum", "dad", "mom", "mama", "papa", "parent", "mam",
              "stepfather", "stepmother", "guardian", "guardians", "baba", "amma");
    static const struct words homes = WORDS("family", "household", "parents", "people");
    static const struct words owners = WORDS("my", "our", "both", "the");
    size_t from = k;
    while (from > 0 && k - from < 2 && gap_blank(t->v[from].gap) && token_in(t, from - 1, &owners))
        from--;
    *ret_from = from;
    if (token_is(t, k, "i"))
        return OF_SELF;
    if (token_is(t, k, "we"))
        return OF_HOME;
    if (token_is(t, k, "my") || token_is(t, k, "our"))
        return OF_OWNED;
    /* "the father" begins what is told of one's own. */
    if (from == k || (token_is(t, from, "the") && k - from == 1 && !(t->v[from].flags & T_START) &&
                      !(t->v[from].gap & GAP_COLON)))
        return 0;
    return (token_in(t, k, &parents) ? OF_PARENT : 0U) | (token_in(t, k, &homes) ? OF_HOME : 0U);
}

static void take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule)
{
    hit_tokens(
        p, a, b,
        (struct hit){
            .type = (uint8_t)type, .strength = BY_LEXICON, .confidence = CUED, .rule = rule });
}

/* Where the thing begins that the word at `last` is, told from token `at` on: past the verb and the
 * article. */
static size_t thing_from(const struct tokens *t, size_t at, size_t last)
{
    static const struct words articles = WORDS("a", "an", "the", "my", "our");
    for (size_t i = last; i > at; i--)
        if (token_in(t, i - 1, &articles))
            return i;
    return last;
}

bool told_take(struct pass *p, size_t k, const struct told *rows, size_t n, enum scrub_type type,
               const char *rule)
{
    const struct tokens *t = &p->t;
    size_t from, last = k;
    unsigned of = told_of(t, k, &from);
    size_t at = k + 1;
    /* "my family": told from the noun behind it on, which is in no list of kin. */
    if (of == OF_OWNED &&
        (token_is(t, at, "family") || token_is(t, at, "household") || token_is(t, at, "people"))) {
        of = OF_HOME;
        at++;
    }
    for (size_t i = 0; of && i < n; i++) {
        if (!(rows[i].of & of) || !steps_past(t, at, rows[i].steps, &last) ||
            ((rows[i].how == TOLD_ALONE || rows[i].how == TOLD_BARE) &&
             !stands_without(t, last + 1)))
            continue;
        const enum told_how how = rows[i].how;
        const bool on = how == TOLD_CLAUSE || how == TOLD_ALONE;
        const size_t a = how == TOLD_THING ? thing_from(t, at, last) : how == TOLD_SAID ? at : from;
        take(p, a, on ? clause_end(t, last) : last, type, rule);
        return true;
    }
    return false;
}
