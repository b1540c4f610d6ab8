/* scrub/called.c: what the applicant is called by beside the own name, told by how the text brings
 * it in: "call me Bee", "Preferred name: Willy", Summer "Sums" Frost. */
#include "scrub/scrub_inner.h"

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
    static const struct words all =
        WORDS("friends", "everyone", "everybody", "anyone", "mates", "teammates", "family", "most",
              "cousins", "classmates", "whoever", "those");
    if (token_is(t, i, "to"))
        return i > 0 &&
               ((t->v[i - 1].gap & (GAP_BRACKET | GAP_COMMA)) || (t->v[i - 1].flags & T_START)) &&
               (token_in(t, i + 1, &all) || token_in(t, i + 2, &all));
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

/* next: the name stands behind what brings it in, so a capital is the name's own. */
static void call(struct pass *p, size_t k, bool next)
{
    const struct token *w = &p->t.v[k];
    const bool small = !(w->flags & T_CAPITAL);
    if (w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC)) || token_len(w) < 2 ||
        ((w->bits & LEX_FUNCTION) && !next) ||
        (small && (w->bits & LEX_WORD_BITS) && !own_variant(p->own, w->hash)))
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
            call(p, k + 1, true);
    struct wanted at_cue = wanted_from(t, W_CUE);
    for (size_t k; (k = wanted_next(&at_cue)) < t->n;) {
        const char *s = t->f->text + t->v[k].from;
        const bool is = s[0] == 'i' && s[1] == 's';
        if ((is || strchr("mabt", s[0])) && k + 1 < t->n && calls_next(t, k))
            call(p, k + 1, true);
        if ((is || s[0] == 't') && k > 0 && calls_last(t, k))
            call(p, k - 1, false);
    }
}

/* A word with a capital that begins as a given name of the applicant does: Happy of Harpreet. */
static bool begins_alike(const struct pass *p, size_t k)
{
    enum { ALIKE = 2 };
    const struct token *w = token_at(&p->t, k);
    const uint16_t not_one = T_CLAIMED | T_CLITIC | T_SHOUT;
    const uint64_t others = LEX_FICTION | LEX_FIGURE_PART | LEX_BRAND | LEX_SUBJECT |
                            LEX_COMPETITION | LEX_BIG_PLACE | LEX_MONTH | LEX_DAY;
    if (w->kind != TK_WORD || !(w->flags & T_CAPITAL) || (w->flags & not_one) ||
        (w->bits & others) || token_len(w) <= ALIKE)
        return false;
    for (size_t i = 0; i < p->own->n_parts; i++) {
        const struct name_part *part = &p->own->parts[i];
        if (!part->family && part->text.n > ALIKE &&
            memcmp(part->text.p, p->f.text + w->from, ALIKE) == 0)
            return true;
    }
    return false;
}

/* "See you, Bin", "Yours sincerely, Goody": one word at the end of a line, behind a letter's close
 * and a comma. */
static bool signs_off(const struct pass *p, size_t k)
{
    static const struct words closes =
        WORDS("sincerely", "faithfully", "truly", "regards", "wishes", "you", "love", "cheers",
              "bye", "respectfully", "gratefully", "yours", "best", "hugs", "always", "respect",
              "thanks", "cordially", "warmly", "salutations", "greetings");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *next = w + 1;
    const bool ends = next->kind == TK_END || (next->gap & GAP_LINE);
    if (!ends || !(w->flags & T_CAPITAL) || token_len(w) < 2 ||
        (w->flags & (T_CLAIMED | T_CLITIC | T_CONTRACTED)) || !token_in(t, k - 1, &closes))
        return false;
    /* The close begins its line: no sentence ends so. */
    for (size_t i = 1; i <= 4 && i <= k; i++)
        if (t->v[k - i].gap & (GAP_LINE | GAP_EDGE))
            return true;
    return false;
}

/* "ask for Happy", "I, Pee, take", "yours truly, Goody": an English word, maybe, but a name here.
 */
static void take_presented(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 2, W_NAME); k < t->n; k = token_wanted(t, k + 1, W_NAME)) {
        const struct token *w = &t->v[k];
        const bool comma = (w->gap & GAP_COMMA) != 0;
        const bool asked =
            (w->gap == GAP_BLANK) & token_is(t, k - 1, "for") & token_is(t, k - 2, "ask");
        const bool truly = comma & token_is(t, k - 1, "truly");
        const bool self = comma & token_is(t, k - 1, "i") & ((w[1].gap & GAP_COMMA) != 0);
        if (((asked | truly | self) && begins_alike(p, k)) || (comma && signs_off(p, k)))
            own_name_add(p, k, k, "identity.called", 80);
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
    take_presented(p);
    if (p->own_seen)
        take_bracketed(p);
}
