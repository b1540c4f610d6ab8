/* scrub/form.c: the answers in a form or a curriculum vitae: behind "Nationality:" or "Marital
 * status:" the answer goes, whatever it is. */
#include "scrub/scrub_inner.h"

enum { ANSWERED = 80, ANSWER_MAX = 5 };

/* The question whose last word is token k, as the type of its answer; SCRUB_TYPE_COUNT: none. */
static enum scrub_type asked_by(const struct tokens *t, size_t k)
{
    static const struct words nation =
        WORDS("nationality", "nationalities", "citizenship", "citizenships", "ethnicity", "caste",
              "tribe", "clan", "nationalite", "nacionalidad", "nacionalidade", "staatsburger",
              "obywatelstwo", "uyruk", "kewarganegaraan");
    static const struct words faith =
        WORDS("religion", "faith", "denomination", "creed", "religione", "wyznanie", "agama");
    static const struct words health =
        WORDS("disability", "disabilities", "impairment", "impairments", "diagnosis");
    static const struct words place =
        WORDS("birthplace", "hometown", "country", "village", "domicile", "residence", "province");
    static const struct words tongues = WORDS("mother", "native", "home", "first", "heritage");
    static const struct words states = WORDS("marital", "civil", "family", "parental");
    static const struct words ethnic = WORDS("ethnic", "racial", "national", "tribal");
    static const struct words groups = WORDS("group", "origin", "origins", "background");
    if (token_in(t, k, &nation))
        return SCRUB_NATIONALITY;
    if (token_in(t, k, &faith))
        return SCRUB_RELIGION;
    if (token_in(t, k, &health))
        return SCRUB_DISABILITY;
    if (token_in(t, k, &place))
        return SCRUB_LOCATION;
    if (k == 0 || !gap_joint(t->v[k].gap))
        return SCRUB_TYPE_COUNT;
    if ((token_is(t, k, "tongue") || token_is(t, k, "language") || token_is(t, k, "languages")) &&
        token_in(t, k - 1, &tongues))
        return SCRUB_LANGUAGE;
    if (token_is(t, k, "status") && token_in(t, k - 1, &states))
        return SCRUB_FAMILY;
    if (token_is(t, k, "orientation") && token_is(t, k - 1, "sexual"))
        return SCRUB_ORIENTATION;
    if (token_in(t, k, &groups) && token_in(t, k - 1, &ethnic))
        return SCRUB_NATIONALITY;
    if (token_is(t, k, "birth") && token_is(t, k - 1, "of") && k > 1)
        return token_is(t, k - 2, "place") || token_is(t, k - 2, "country") ? SCRUB_LOCATION
                                                                            : SCRUB_TYPE_COUNT;
    static const struct words jobs = WORDS("occupation", "occupations", "profession", "job");
    const size_t owner = t->v[k - 1].flags & T_CLITIC && k > 1 ? k - 2 : k - 1;
    return token_in(t, k, &jobs) && (t->v[owner].bits & LEX_KIN) ? SCRUB_FAMILY : SCRUB_TYPE_COUNT;
}

/* Two blanks or more, a tabulator: the next column. */
static bool next_column(const struct token *w)
{
    return (w->gap & GAP_BLANK) && w->from - w[-1].to >= 2 && !(w->gap & ~GAP_BLANK);
}

/* "the pump was blocked", "see below": a sentence begins, and no answer. */
static bool is_prose(const struct token *w)
{
    return (w->bits & LEX_FUNCTION) && !(w->flags & T_CAPITAL);
}

/* The last token of the answer that begins with a; a - 1 where it is prose, or none. */
static size_t answer_end(const struct tokens *t, size_t a)
{
    static const struct words no = WORDS("no", "none", "nil", "n", "na", "not", "nothing", "i",
                                         "see", "the", "we", "it", "my");
    static const struct words links = WORDS("and", "or", "of", "by", "from", "in");
    size_t b = a;
    if (a >= t->n || t->v[a].kind != TK_WORD || (t->v[a].flags & T_CLAIMED) || is_prose(&t->v[a]) ||
        token_in(t, a, &no))
        return a - 1;
    for (; b + 1 < t->n; b++) {
        const struct token *next = &t->v[b + 1];
        if (next->kind != TK_WORD ||
            (next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_COMMA | GAP_SLASH)) || next_column(next) ||
            (next[1].gap & GAP_COLON))
            break;
        if (b + 1 - a >= ANSWER_MAX || (is_prose(next) && !token_in(t, b + 1, &links)))
            return a - 1;
    }
    return b;
}

void form_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_HANDLE); k + 1 < t->n;
         k = token_wanted(t, k + 1, W_HANDLE)) {
        const struct token *w = &t->v[k];
        if (!(w[1].gap & GAP_COLON) || (w[1].gap & GAP_LINE) || w->kind != TK_WORD)
            continue;
        const enum scrub_type type = asked_by(t, k);
        const size_t b = type == SCRUB_TYPE_COUNT ? k : answer_end(t, k + 1);
        if (b > k)
            hit_tokens(p, k + 1, b,
                       (struct hit){ .type = (uint8_t)type,
                                     .strength = BY_RECOGNISER,
                                     .confidence = ANSWERED,
                                     .rule = "form.answer" });
    }
    p->t.steps += t->n;
}
