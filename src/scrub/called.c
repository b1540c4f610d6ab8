/* scrub/called.c: what the applicant is called by beside the own name, told by how the text brings
 * it in: "call me Bee", "Preferred name: Willy", Summer "Sums" Frost. */
#include "scrub/scrub_inner.h"

/* Lists that make a small-letter word a word. */
static const uint64_t word_bits = (UINT64_C(1) << LEX_LIST_ORDINARY) |
                                  (UINT64_C(1) << LEX_LIST_FREQUENT) |
                                  (UINT64_C(1) << LEX_LIST_FUNCTION) |
                                  (UINT64_C(1) << LEX_LIST_RARE) | (UINT64_C(1) << LEX_LIST_NUMBER);

/* "call me Bee", "I am known as Kemi", "my nickname is Tig": token i is the last before the name.
 */
static bool calls_next(const struct tokens *t, size_t i)
{
    static const struct words calls =
        WORDS("call", "calls", "called", "calling", "spell", "spells", "spelled", "spelt", "named",
              "nicknamed", "dubbed", "renamed", "nickname");
    static const struct words as = WORDS("known", "nicknamed", "goes", "go", "went");
    static const struct words shortens = WORDS("shorten", "shortens", "shortened", "abbreviate");
    if (i == 0)
        return false;
    if (token_is(t, i, "me"))
        return token_in(t, i - 1, &calls);
    if (token_is(t, i, "to")) /* "people shorten me to Lys", "it is shortened to Lys" */
        return token_in(t, i - 1, &shortens) || (i > 1 && token_in(t, i - 2, &shortens));
    if (token_is(t, i, "is"))
        return i > 1 && token_is(t, i - 2, "my") &&
               (token_is(t, i - 1, "name") || token_is(t, i - 1, "nickname"));
    if ((!token_is(t, i, "as") && !token_is(t, i, "by")) || !token_in(t, i - 1, &as))
        return false;
    for (size_t k = 2; k <= 5 && k <= i; k++)
        if (token_is(t, i - k, "i") || token_is(t, i - k, "me") || token_is(t, i - k, "my"))
            return true;
    return false;
}

/* "J-Dub is what my team calls me", "(Bee to friends)": token i is the first behind the name. */
static bool calls_last(const struct tokens *t, size_t i)
{
    if (token_is(t, i, "to"))
        return i > 0 &&
               ((t->v[i - 1].gap & (GAP_BRACKET | GAP_COMMA)) || (t->v[i - 1].flags & T_START)) &&
               (token_is(t, i + 1, "friends") || token_is(t, i + 2, "friends"));
    /* "Sums is short for Summer" */
    if (token_is(t, i, "is") && token_is(t, i + 1, "short") && token_is(t, i + 2, "for") &&
        (token_at(t, i + 3)->flags & T_OWN))
        return true;
    if (!token_is(t, i, "is") || !token_is(t, i + 1, "what"))
        return false;
    for (size_t k = 2; k <= 7 && gap_blank(token_at(t, i + k)->gap); k++)
        if (token_is(t, i + k, "me"))
            return true;
    return false;
}

static void call(struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const bool small = !(w->flags & T_CAPITAL);
    if (w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC)) || token_len(w) < 2 ||
        (w->bits & LEX_FUNCTION) || (small && (w->bits & word_bits)))
        return;
    const bool tied = k > 0 && w->gap == GAP_HYPHEN && !(w[-1].flags & T_CLAIMED);
    own_name_add(p, tied ? k - 1 : k, k, "identity.called", 80);
}

/* "Preferred name: Willy", "Nickname: Tig" */
static bool names_field(const struct tokens *t, size_t i)
{
    static const struct words kinds =
        WORDS("preferred", "full", "first", "last", "middle", "given", "legal", "stage", "maiden",
              "pet", "short", "nick", "pen", "family");
    if (!(token_at(t, i + 1)->gap & GAP_COLON))
        return false;
    return token_is(t, i, "nickname") ||
           (token_is(t, i, "name") &&
            ((t->v[i].flags & T_START) || (i > 0 && token_in(t, i - 1, &kinds))));
}

static void take_called(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_HANDLE); k + 1 < t->n;
         k = token_wanted(t, k + 1, W_HANDLE))
        if (names_field(t, k))
            call(p, k + 1);
    struct wanted at_cue = wanted_from(t, W_CUE);
    for (size_t k; (k = wanted_next(&at_cue)) < t->n;) {
        const char *s = t->f->text + t->v[k].from;
        const bool is = s[0] == 'i' && s[1] == 's';
        if ((is || strchr("mabt", s[0])) && k + 1 < t->n && calls_next(t, k))
            call(p, k + 1);
        if ((is || s[0] == 't') && k > 0 && calls_last(t, k))
            call(p, k - 1);
    }
}

/* Summer Frost (Sums), Summer "Sums" Frost: a lone word in brackets or quotes beside the own name.
 */
static void take_bracketed(struct pass *p)
{
    const struct tokens *t = &p->t;
    const uint16_t marks = GAP_BRACKET | GAP_QUOTE;
    struct wanted at_name = wanted_from(t, W_NAME);
    for (size_t k; (k = wanted_next(&at_name)) < t->n;) {
        const struct token *w = &t->v[k], *next = w + 1;
        const bool open =
            (w->gap & marks) && (w->gap & (GAP_BLANK | GAP_LINE)) && (next->gap & marks);
        if (!open || k == 0 || !(w[-1].flags & T_OWN) || !(w->flags & T_CAPITAL) ||
            (w->flags & (T_CLAIMED | T_CLITIC)) || token_len(w) < 2 || (w->bits & LEX_FUNCTION) ||
            ((w->flags & T_ALL_CAPS) && token_len(w) <= 4))
            continue;
        own_name_add(p, k, k, "identity.called", 80);
    }
}

void called_hits(struct pass *p)
{
    take_called(p);
    if (p->own_seen)
        take_bracketed(p);
}
