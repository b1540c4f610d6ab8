/* scrub/tie.c: what ties the writer's family to a school or tells its means: alumni, trustees,
 * gifts that bear its name, its income. */
#include "scrub/proxy.h"

enum { CUED = 70, BEFORE_REACH = 6, TIE_REACH = 14 };

/* "my mother is an alumna of your university", "my family gave the library to this college". */
void family_ties(struct pass *p, size_t k)
{
    static const struct words schools = WORDS("university", "college", "school", "institution",
                                              "campus", "department", "faculty", "alma");
    static const struct words family = WORDS("family", "parents", "grandparents", "relatives");
    static const struct words owners = WORDS("my", "our", "both");
    const struct tokens *t = &p->t;
    size_t a = k;
    /* "this medical school" */
    const size_t near = k > 1 && (t->v[k - 1].bits & LEX_ORDINARY) &&
                                !(t->v[k - 1].bits & LEX_FUNCTION) && gap_blank(t->v[k].gap)
                            ? k - 2
                            : k - 1;
    static const struct words alumni =
        WORDS("alumnus", "alumna", "alumni", "alumnae", "alum", "alums");
    if (k < 2 ||
        !(token_in(t, k, &alumni) ||
          (token_in(t, k, &schools) && (token_is(t, near, "your") || token_is(t, near, "this")))))
        return;
    for (size_t i = 1; i <= TIE_REACH && i <= k; i++) {
        const size_t at = k - i;
        if (!in_sentence(t, at, at + 1))
            return;
        const bool owned =
            at > 0 && (token_in(t, at - 1, &owners) || (at > 1 && token_is(t, at - 2, "my")));
        if (owned && ((t->v[at].bits & LEX_KIN) || token_in(t, at, &family))) {
            a = token_in(t, at - 1, &owners) ? at - 1 : at - 2;
            break;
        }
    }
    if (a == k)
        return;
    const struct find f = { a, k, LEX_FAMILY };
    proxy_take(p, &f, SCRUB_FAMILY, CUED, "proxy.tie");
}

/* "Our household income is under 20,000 a year": the sum, past the words for it at b. */
size_t income_end(const struct tokens *t, size_t b)
{
    enum { SUM_REACH = 6 };
    static const struct words spans = WORDS("a", "per", "each", "every");
    static const struct words times = WORDS("year", "month", "week", "annum");
    for (size_t i = b + 1; i <= b + SUM_REACH && i < t->n && gap_same_sentence(t->v[i].gap); i++) {
        if (t->v[i].kind != TK_NUMBER)
            continue;
        while (t->v[i + 1].kind == TK_NUMBER && !(t->v[i + 1].gap & GAP_LINE))
            i++;
        if (token_in(t, i + 1, &spans) && token_in(t, i + 2, &times))
            i += 2;
        return i;
    }
    return b;
}

/* "my mother read law at Y", "our grandfather taught at Y": k is the relative. */
void kin_studied(struct pass *p, size_t k)
{
    enum { STUDY_REACH = 5, NAME_MAX = 6 };
    static const struct words owners = WORDS("my", "our", "her", "his", "their");
    static const struct words studies =
        WORDS("studied", "graduated", "taught", "lectured", "trained", "professor", "don", "fellow",
              "chair", "alumnus", "alumna", "degree", "doctorate", "student");
    static const struct words links = WORDS("at", "from");
    const struct tokens *t = &p->t;
    bool studied = false;
    if (k == 0 || !(token_in(t, k - 1, &owners) || (t->v[k].flags & T_START)))
        return;
    for (size_t i = k + 1; i <= k + STUDY_REACH && i + 1 < t->n && in_sentence(t, i - 1, i); i++) {
        studied |= token_in(t, i, &studies) ||
                   (token_is(t, i, "read") && (t->v[i + 1].bits & LEX_SUBJECT)); /* no newspaper */
        size_t b = i + 1;
        b += token_is(t, b, "the") ? 1 : 0;
        const struct token *name = token_at(t, b);
        if (!studied || !token_in(t, i, &links) || !gap_blank(name->gap) ||
            !((name->flags & T_CAPITAL) || name->kind == TK_PLACEHOLDER))
            continue;
        while (b + 1 < t->n && b - i < NAME_MAX && gap_joint(t->v[b + 1].gap) &&
               ((t->v[b + 1].flags & T_CAPITAL) || token_is(t, b + 1, "of")))
            b++;
        const struct find f = { token_in(t, k - 1, &owners) ? k - 1 : k, b, LEX_FAMILY };
        proxy_take(p, &f, SCRUB_FAMILY, CUED, "proxy.tie");
        return;
    }
}

/* "my uncle sits on your board", "the new hall carries my grandfather's name": k is the relative.
 */
void kin_ties(struct pass *p, size_t k)
{
    static const struct words owners = WORDS("my", "our");
    static const struct words boards = WORDS("board", "trustees", "governors", "council", "senate",
                                             "committee", "faculty", "staff");
    static const struct words naming =
        WORDS("carries", "bears", "carry", "bear", "carried", "bore", "after", "for", "has");
    static const struct words gifts =
        WORDS("hall", "wing", "library", "building", "boathouse", "lab", "laboratory", "chair",
              "scholarship", "prize", "auditorium", "stadium", "pavilion", "chapel", "court",
              "house", "gym", "pool", "ward", "theatre", "gallery", "centre", "center", "field");
    const struct tokens *t = &p->t;
    if (k == 0 || !token_in(t, k - 1, &owners) || (t->v[k].flags & T_CLAIMED))
        return;
    struct find f = { k - 1, k, LEX_FAMILY };
    for (size_t i = k + 1; i < k + TIE_REACH && i < t->n && in_sentence(t, i - 1, i); i++)
        if (token_in(t, i, &boards) && token_is(t, i - 1, "your")) {
            f.b = i;
            proxy_take(p, &f, SCRUB_FAMILY, CUED, "proxy.tie");
            return;
        }
    if (k < 2 || !token_in(t, k - 2, &naming))
        return;
    const size_t name = k + 1 + ((token_at(t, k + 1)->flags & T_CLITIC) ? 1 : 0);
    const bool named = k > 2 && token_is(t, k - 3, "named");
    if (!(token_is(t, name, "name") || named))
        return;
    for (size_t i = 3; i <= BEFORE_REACH + 2 && i <= k; i++) {
        if (!in_sentence(t, k - i, k - i + 1))
            return;
        if (token_in(t, k - i, &gifts)) {
            f = (struct find){ k - i, token_is(t, name, "name") ? name : k, LEX_FAMILY };
            proxy_take(p, &f, SCRUB_FAMILY, CUED, "proxy.tie");
            return;
        }
    }
}
