/* scrub/grow.c: what a proxy's word qualifies, or is qualified by, goes with it. */
#include "scrub/proxy.h"

#include "base/str.h"

/* "profoundly deaf", "coeliac disease", "partial hearing loss": how much, and of what kind. */
static void grow_health(const struct tokens *t, struct find *g)
{
    static const struct words degrees = WORDS(
        "profoundly", "partially", "partial", "severely", "severe", "mild", "mildly", "legally",
        "totally", "partly", "nearly", "registered", "chronic", "acute", "clinical", "juvenile",
        "congenital", "hereditary", "moderate", "moderately", "bilateral", "inherited");
    static const struct words kinds =
        WORDS("disease", "syndrome", "disorder", "condition", "deficiency", "impairment", "palsy",
              "intolerance", "allergy", "dystrophy", "diagnosis", "class", "medication", "attacks",
              "tablets", "pills", "drops", "injections", "medicine");
    if (g->a > 0 && gap_joint(t->v[g->a].gap) && token_in(t, g->a - 1, &degrees) &&
        !(t->v[g->a - 1].flags & T_CLAIMED))
        g->a--;
    const struct token *next = token_at(t, g->b + 1);
    if (gap_blank(next->gap) && token_in(t, g->b + 1, &kinds) && !(next->flags & T_CLAIMED))
        g->b++;
}

/* "I wear a knitted kippah", "an embroidered caftan", "a juzu bracelet": all that one has on. */
static void grow_worn(const struct tokens *t, struct find *g)
{
    enum { LOOKS_MAX = 2 };
    static const struct words wears = WORDS("wear", "wears", "wore", "wearing", "worn");
    static const struct words articles = WORDS("a", "an", "the", "my", "our");
    static const struct words things =
        WORDS("bracelet", "pin", "cross", "tunic", "necklace", "ring", "medal", "beads", "chain",
              "pendant", "cap", "tag", "scarf", "hat", "robe", "robes", "shirt", "dress", "vest",
              "cloth", "thread", "stud", "badge", "earrings", "belt", "shawl", "sash", "cord");
    for (size_t k = g->a; k > 1 && g->a - k <= LOOKS_MAX && gap_joint(t->v[k].gap); k--) {
        if (token_in(t, k - 1, &articles)) {
            g->a = token_in(t, k - 2, &wears) ? k : g->a;
            break;
        }
        if (t->v[k - 1].bits & LEX_FUNCTION)
            break;
    }
    if (g->a > 0 && gap_blank(t->v[g->a].gap) && (t->v[g->a - 1].bits & LEX_DAY) &&
        (t->v[g->a].bits & LEX_CULTURE) && !(t->v[g->a - 1].flags & T_CLAIMED))
        g->a--; /* "the Sunday ulos" */
    const struct token *next = token_at(t, g->b + 1);
    if (gap_blank(next->gap) && token_in(t, g->b + 1, &things) && !(next->flags & T_CLAIMED))
        g->b++;
}

/* "LGBTQ society", "church choir", "type 1 diabetes": what the word qualifies, or is qualified by.
 */
static struct find grow(const struct pass *p, const struct find *f, enum scrub_type type)
{
    static const struct words bodies =
        WORDS("society", "club", "association", "union", "fellowship", "alliance", "choir",
              "ministry", "network", "league", "group", "council", "foundation", "community");
    const struct tokens *t = &p->t;
    struct find g = *f;
    /* "LGBTQ+ society" */
    const uint16_t plus = t->f->text[t->v[f->b].to] == '+' ? GAP_OTHER : 0;
    for (size_t k = f->b + 1; k <= f->b + 3 && k < t->n; k++) {
        const struct token *w = &t->v[k];
        if (w->kind != TK_WORD || (w->flags & T_CLAIMED) ||
            (w->bits & (LEX_FUNCTION | LEX_COMPETITION)) ||
            (w->gap & ~(GAP_BLANK | GAP_APOSTROPHE | GAP_HYPHEN | plus)) || !w->gap)
            if (!(w->flags & T_CLITIC))
                break;
        if (token_in(t, k, &bodies) && type != SCRUB_DISABILITY)
            g.b = k;
    }
    static const struct words sides = WORDS("northern", "southern", "eastern", "western", "north",
                                            "south", "east", "west", "central");
    if ((f->bits & (LEX_DEMONYM | LEX_LANGUAGE)) && f->a > 0 && gap_joint(t->v[f->a].gap) &&
        token_in(t, f->a - 1, &sides) && !(t->v[f->a - 1].flags & T_CLAIMED))
        g.a = f->a - 1;
    /* "a Polish passport", "Irish citizenship" */
    static const struct words papers =
        WORDS("passport", "passports", "citizenship", "citizen", "citizens", "nationality",
              "national", "visa", "descent", "ancestry");
    if ((f->bits & (LEX_DEMONYM | LEX_STATUS)) && gap_blank(token_at(t, f->b + 1)->gap) &&
        token_in(t, f->b + 1, &papers) && !(t->v[f->b + 1].flags & T_CLAIMED))
        g.b = f->b + 1;
    static const struct words counts = WORDS("number", "code", "card", "no");
    if ((f->bits & LEX_NATIONAL_ID) && gap_blank(token_at(t, g.b + 1)->gap) &&
        token_in(t, g.b + 1, &counts))
        g.b++;
    if (type == SCRUB_DISABILITY && f->a > 1 && t->v[f->a - 1].kind == TK_NUMBER &&
        token_is(t, f->a - 2, "type"))
        g.a = f->a - 2;
    if (type == SCRUB_DISABILITY)
        grow_health(t, &g);
    if (type == SCRUB_RELIGION || (f->bits & LEX_CULTURE))
        grow_worn(t, &g);
    return g;
}

void proxy_take(struct pass *p, const struct find *find, enum scrub_type type, uint8_t confidence,
                const char *rule)
{
    const struct find grown = grow(p, find, type), *f = &grown;
    hit_tokens(p, f->a, f->b,
               (struct hit){ .type = (uint8_t)type,
                             .strength = BY_LEXICON,
                             .confidence = confidence,
                             .rule = rule });
}
