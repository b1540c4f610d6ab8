/* Initials as one's name: the letters one by one, or in one word. */
#include "scrub/scrub_inner.h"

enum { SPELLED_MIN = 3, RUN_MAX = 64 };

/* What two letters stand for more often than for somebody. */
static const struct words short_forms =
    WORDS("ai", "ap", "ar", "cs", "dj", "dc", "eu", "gp", "hr", "ib", "id", "il", "iq", "it", "la",
          "ml", "mp", "ms", "na", "ny", "ok", "pa", "pc", "pe", "ph", "pm", "am", "pr", "ps", "ra",
          "tv", "uk", "un", "us", "uv", "vr", "sat", "act", "gpa", "usa", "nhs", "mit", "dna",
          "rna", "ngo", "mun", "ceo", "api", "led", "cad");
static const uint64_t senses = LEX_BIT(COUNTRY) | LEX_BIT(ORG_KNOWN) | LEX_BIT(BRAND) |
                               LEX_BIT(SUBJECT) | LEX_BIT(COMPETITION) | LEX_BIT(FUNCTION) |
                               LEX_BIT(NATIONAL_ID) | LEX_BIT(DISABILITY);

/* A word of capitals that stands for something else: lists of names and places do not tell. */
static bool known_short_form(const struct tokens *t, size_t k)
{
    const uint64_t names = LEX_FIRST | LEX_LAST | LEX_PLACE | LEX_PARTICLE | LEX_RARE | LEX_STREET |
                           LEX_PHRASE_HEAD | LEX_HAS_NICKNAMES | LEX_FIGURE_PART | LEX_GIVEN_WORD;
    return (t->v[k].bits & ~names) != 0 || token_in(t, k, &short_forms);
}

/* "signed AT", "my initials, ID", "embroidered FO": whatever else the letters are. */
static bool named_letters(const struct tokens *t, size_t k)
{
    static const struct words makes =
        WORDS("signed", "initials", "initialled", "initialed", "monogram", "monogrammed",
              "embroidered", "stitched", "sewn", "carved", "engraved", "scratched", "chalked",
              "stencilled", "stamped", "signature");
    size_t i = k;
    if (i > 1 && (token_is(t, i - 1, "as") || token_is(t, i - 1, "are") ||
                  token_is(t, i - 1, "with") || token_is(t, i - 1, "is")))
        i--;
    return i > 0 && token_in(t, i - 1, &makes) && gap_same_sentence(t->v[i].gap);
}

/* "(FO)", "by LY", "I'm SE": letters between marks, as one signs. */
static bool signed_so(const struct tokens *t, size_t k)
{
    static const struct words cues = WORDS("by", "am", "favourite", "m");
    const struct token *w = &t->v[k], *next = &t->v[k + 1];
    const uint16_t marks = GAP_QUOTE | GAP_BRACKET;
    const bool between = (w->gap & marks) && (next->gap & marks);
    const bool last = (w->gap & (GAP_DOT | GAP_STOP | GAP_LINE | GAP_COMMA | GAP_COLON)) &&
                      (next->kind == TK_END || (next->gap & (GAP_LINE | GAP_BRACKET)));
    const bool cued = k > 0 && token_in(t, k - 1, &cues) && gap_blank(w->gap);
    return (between || last || cued) && !(w->bits & senses) && !token_in(t, k, &short_forms);
}

/* VGdL: with the particle small, as nothing else is written. */
static bool mixed_initials(const struct pass *p, size_t k)
{
    enum { MIXED_MIN = 3, MIXED_MAX = 6 };
    const struct token *w = &p->t.v[k];
    return (w->flags & T_MIXED) && (w->flags & T_CAPITAL) && token_len(w) >= MIXED_MIN &&
           token_len(w) <= MIXED_MAX && p->f.upper[w->to - 1] && !w->bits &&
           is_initials(p->own, token_text(&p->t, k), false);
}

/* Letters one by one with single marks between: P-R-I-Y-A, p r i y a, F.L. */
static size_t judge_letters(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    char run[RUN_MAX];
    size_t n = 0, i = k;
    for (; i < t->n && n < RUN_MAX; i++) {
        const struct token *w = &t->v[i];
        if (w->kind != TK_WORD || token_len(w) != 1 || (w->flags & T_CLITIC) ||
            (n && (w->from - w[-1].to > 2 || (w->gap & (GAP_LINE | GAP_COMMA | GAP_SLASH)))))
            break;
        run[n++] = p->f.text[w->from];
    }
    if (n < 2)
        return k + 1;
    /* A-N: a name of two letters as a whole, with capitals and a hyphen. */
    const bool tied =
        n == 2 && t->v[k + 1].gap == GAP_HYPHEN && (t->v[k].flags & t->v[k + 1].flags & T_CAPITAL);
    for (size_t m = 0; m < p->own->n_parts; m++) {
        const struct str part = p->own->parts[m].text;
        const bool fits = part.n <= n && (part.n >= SPELLED_MIN || (tied && part.n == n));
        const char *at = fits ? memmem(run, n, part.p, part.n) : NULL;
        if (at) {
            own_name_add(p, k, i - 1, "identity.spelled", 90);
            return i;
        }
    }
    if (n >= SPELLED_MIN && (t->v[k + 1].gap & GAP_HYPHEN))
        for (size_t m = 0; m < p->own->n_parts; m++)
            if (p->own->parts[m].text.n > n && memcmp(p->own->parts[m].text.p, run, n) == 0) {
                own_name_add(p, k, i - 1, "identity.spelled", 80);
                return i;
            }
    const bool capitals = (t->v[k].flags & T_CAPITAL) && (t->v[k + 1].gap & GAP_DOT);
    /* "F.L. Okafor" goes on; "F.L. October 2024" and "F.L. The rest" do not. */
    const struct token *behind = token_at(t, i);
    const bool names_on = (behind->flags & T_CAPITAL) && name_joint(t, i - 1) &&
                          !(behind->bits & (LEX_MONTH | LEX_DAY | LEX_FUNCTION));
    if (capitals && !names_on && is_initials(p->own, (struct str){ run, n }, true))
        own_name_add(p, k, i - 1, "identity.initials", 80);
    return i;
}

static size_t take_letters(struct pass *p, size_t k)
{
    const struct token *next = &p->t.v[k + 1];
    return next->kind == TK_WORD && token_len(next) == 1 ? judge_letters(p, k) : k + 1;
}

void initials_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = 0; (k = token_wanted(t, k, W_LETTER)) < t->n;) {
        const struct token *w = &t->v[k];
        if (w->kind != TK_WORD || (w->flags & T_CLAIMED)) {
            k++;
            continue;
        }
        if (token_len(w) == 1) {
            k = take_letters(p, k);
            continue;
        }
        if ((w->flags & T_ALL_CAPS) && !(w->flags & T_SHOUT) && token_len(w) <= 4 &&
            is_initials(p->own, token_text(t, k), false) &&
            (!known_short_form(t, k) || named_letters(t, k) || signed_so(t, k)))
            own_name_add(p, k, k, "identity.initials", 70);
        else if (mixed_initials(p, k))
            own_name_add(p, k, k, "identity.initials", 80);
        k++;
    }
}
