/* scrub/body.c: how far the name of a school or a club goes on as other languages build it: "Liceum
 * Morskie w Gdańsku", "Technikum Górnicze nr 3", "Club d'échecs de Rouen", "Plivački klub Bačvice".
 */
#include "base/str.h"
#include "scrub/run.h"

enum { DIGITS_MAX = 3, LINK_REACH = 4, BODY_TOKENS_MAX = 14, HEAD_REACH = 3 };

static const uint64_t body_bits =
    (UINT64_C(1) << LEX_LIST_SCHOOL) | (UINT64_C(1) << LEX_LIST_ORG_TAIL);

/* Klub, liceum, skole; the three that English has too never stand so behind a name in it. */
static bool foreign_body(const struct pass *p, size_t k)
{
    static const struct words loans = WORDS("gymnasium", "lyceum", "atheneum");
    const struct token *w = &p->t.v[k];
    if (w->kind != TK_WORD || !(w->bits & body_bits))
        return false;
    return !(w->bits & (LEX_ORDINARY | LEX_FREQUENT | LEX_FUNCTION)) || written_marked(p, w) ||
           token_in(&p->t, k, &loans);
}

static bool small_word(const struct token *w)
{
    return w->kind == TK_WORD && !(w->flags & (T_CAPITAL | T_CLAIMED | T_CLITIC));
}

/* A name, or the own town, which may be taken already. */
static bool named_here(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    if (k >= p->t.n || w->kind != TK_WORD || !(w->flags & T_CAPITAL))
        return false;
    return (w->flags & T_CLAIMED) || token_sense(p, k) != SENSE_NONE;
}

size_t body_ahead_small(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[e];
    if (!(w->flags & T_CAPITAL) || (w->flags & T_SHOUT) || (w->bits & LEX_FUNCTION))
        return e;
    const struct token *tied = &t->v[e + 1];
    if (tied->gap == GAP_HYPHEN && small_word(tied) && foreign_body(p, e + 1))
        return e + 1; /* Sint-Veerle-instituut */
    for (size_t i = e + 1; i <= e + HEAD_REACH && i < t->n; i++) {
        const struct token *next = &t->v[i];
        if (!gap_blank(next->gap) || !small_word(next))
            return e;
        if (foreign_body(p, i))
            return token_sense(p, e) == SENSE_ORDINARY && next->dull ? e : i;
        if (next->dull || next->bits)
            return e;
    }
    return e;
}

/* "nr 3", "No 12", "n° 5" */
static size_t number_part(const struct pass *p, size_t e)
{
    static const struct words signs = WORDS("nr", "no", "n", "num", "numero", "numer", "nomor",
                                            "number", "br", "c", "num", "nom");
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, e + 1);
    const size_t at = next->kind == TK_WORD && token_in(t, e + 1, &signs) ? e + 2 : e + 1;
    const struct token *number = token_at(t, at), *after = token_at(t, at + 1);
    const bool signed_so = at == e + 2 && !(number->gap & ~(GAP_BLANK | GAP_DOT | GAP_OTHER));
    if (!gap_blank(next->gap) || number->kind != TK_NUMBER || token_len(number) > DIGITS_MAX ||
        !(signed_so || at == e + 1) || after->gap == GAP_NONE || (after->bits & LEX_UNIT))
        return e;
    return p->f.text[number->to] == '%' ? e : at;
}

/* The name behind small words: "im. Witkowskiego", "San Carlos de Puno", "maritime du Moros". */
static size_t linked_part(const struct pass *p, size_t e, bool foreign)
{
    static const struct words sure = WORDS("de", "du", "des", "d", "da", "dos", "das", "di", "del",
                                           "dei", "della", "degli", "van", "het", "von", "der");
    static const struct words links =
        WORDS("w", "we", "im", "imienia", "l", "la", "las", "los", "les", "do", "zu", "zum", "zur",
              "am", "na", "nad", "u", "v", "ve", "pod", "ved", "pa", "i", "y", "e", "et", "en",
              "fur", "voor", "al", "el", "per", "te", "ter", "ten", "az", "imeni", "s");
    const struct tokens *t = &p->t;
    size_t n_links = 0, dull = 0;
    for (size_t i = e + 1; i <= e + 1 + LINK_REACH && i < t->n; i++) {
        const struct token *w = &t->v[i];
        const bool dotted = i > e + 1 && token_is(t, i - 1, "im") && (w->gap & GAP_DOT);
        if (!gap_joint(w->gap) && !(dotted && w->gap == (GAP_BLANK | GAP_DOT)))
            return e;
        if (named_here(p, i))
            return i > e + 1 && (n_links > 0 || (foreign && dull == 0)) ? i : e;
        const bool article = foreign && (w->flags & T_CAPITAL) && (w->bits & LEX_FUNCTION) &&
                             token_len(w) > 1 && token_len(w) <= 3; /* An Cheathrú Rua */
        if (!small_word(w) && !article)
            return e;
        const bool is_sure = article || token_in(t, i, &sure);
        n_links += is_sure || (foreign && token_in(t, i, &links));
        if (!is_sure && !foreign && n_links == 0)
            return e;
        if (!is_sure && !token_in(t, i, &links)) {
            if ((w->bits & LEX_FUNCTION) && !written_marked(p, w))
                return e;
            dull += w->dull && !is_sure;
        }
    }
    return e;
}

size_t body_end(const struct pass *p, const struct run *r)
{
    const struct tokens *t = &p->t;
    size_t e = r->b;
    bool foreign = false, known = false;
    for (size_t k = r->a; k <= e; k++) {
        foreign |= foreign_body(p, k);
        known |= (t->v[k].bits & body_bits) != 0;
    }
    if (!known || p->small || (t->v[r->a].flags & T_SHOUT))
        return e;
    while (e - r->a < BODY_TOKENS_MAX) {
        size_t to = r->school && (foreign || e > r->a) ? number_part(p, e) : e;
        to = to > e ? to : linked_part(p, e, foreign);
        if (to == e && e > r->b && gap_joint(token_at(t, e + 1)->gap) && named_here(p, e + 1) &&
            !(t->v[e + 1].bits & LEX_FUNCTION))
            to = e + 1;
        if (to == e)
            break;
        e = to;
    }
    return e;
}

/* Queen of Peace Girls' College, Star of the Sea School: what a school of the church is called. */
bool body_devout(const struct pass *p, size_t e)
{
    static const struct words heads =
        WORDS("queen", "lady", "mother", "star", "heart", "house", "gate", "light", "tree", "king",
              "prince", "angel", "seat", "mount", "city", "garden", "fountain", "rose", "sisters",
              "daughters", "sons", "servants", "church", "bread", "tower", "lamb", "word", "spirit",
              "rock", "fathers", "brothers", "friends", "stella", "crown", "cross", "hand", "help",
              "chapel", "children", "virgin", "rivers", "hope", "abode", "temple", "kings");
    return token_in(&p->t, e, &heads);
}

bool body_four_h(const struct tokens *t, size_t b)
{
    const struct token *four = token_at(t, b + 1);
    return four->kind == TK_NUMBER && gap_blank(four->gap) && token_is(t, b + 2, "h") &&
           token_at(t, b + 2)->gap == GAP_HYPHEN && str_eq(token_text(t, b + 1), S("4"));
}
