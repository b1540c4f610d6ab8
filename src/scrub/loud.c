/* Texts in capitals, where every word would be in a run: what parts it, and what stands beside a
 * name within it. */
#include "scrub/run.h"

enum { AHEAD_MAX = 6 };

/* In capitals: a word of the language that no name is likely to be. */
static bool loud_word(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const enum sense s = token_sense(p, k);
    return s == SENSE_ORDINARY || ((w->bits & LEX_SPEECH) && !(w->bits & LEX_GIVEN_WORD)) ||
           (s == SENSE_EITHER && !(w->bits & (LEX_GIVEN_WORD | LEX_HAS_NICKNAMES)) &&
            (w->bits & LEX_FREQUENT));
}

/* In capitals: a school or club ends the words from e on, none of them of grammar. */
static bool loud_body(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    for (size_t k = e; k < t->n && k < e + AHEAD_MAX; k++) {
        const struct token *w = &t->v[k];
        if (w->kind != TK_WORD || (k > e && !gap_joint(w->gap)) ||
            ((w->bits & LEX_FUNCTION) && !token_is(t, k, "of")) || (w->bits & LEX_SPEECH))
            return false;
        if (k > e && (w->bits & (LEX_SCHOOL | LEX_ORG_TAIL | LEX_PLACE_KIND | LEX_COMPETITION)))
            return true;
    }
    return false;
}

bool loud_parts(const struct pass *p, size_t e)
{
    const struct token *w = &p->t.v[e], *next = &p->t.v[e + 1];
    if (!(w->flags & next->flags & T_SHOUT) || next->kind != TK_WORD)
        return false;
    const bool worded = loud_word(p, e) || loud_word(p, e + 1);
    return worded && !loud_body(p, e);
}

/* "MY TEACHER REYES SAYS": where all is written in capitals, the words around the name are in its
 * run. */
void loud_note(const struct pass *p, struct run *r, size_t a, size_t b)
{
    static const struct words company =
        WORDS("with", "and", "ask", "asked", "thank", "thanks", "met", "told", "dear", "joined");
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, b + 1);
    if (a > r->a)
        r->acquainted |= (t->v[a - 1].bits & (LEX_KIN | LEX_ROLE)) ||
                         (token_in(t, a - 1, &company) && t->cited == false);
    if (b < r->b || gap_blank(next->gap))
        r->speaks |= (next->bits & LEX_SPEECH) != 0 && gap_blank(next->gap);
}
