/* scrub/group.c: groups that no list names, found by what they are said to be: castes, clans and
 * peoples that one belongs to, and grants that only the members of a group get. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { CUED = 70, GRANT_WORDS_MAX = 10, LIFE_REACH = 8 };

static void take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule)
{
    hit_tokens(p, a, b,
               (struct hit){
                   .type = (uint8_t)type, .strength = BY_NAME, .confidence = CUED, .rule = rule });
}

/* The writer speaks of themself: I, we, my people, within the sentence before. */
static bool of_writer(const struct tokens *t, size_t k)
{
    static const struct words selves =
        WORDS("i", "we", "my", "our", "me", "us", "am", "belong", "belonging", "belongs");
    for (size_t i = 1; i <= LIFE_REACH && i <= k; i++) {
        if (!gap_same_sentence(t->v[k - i + 1].gap))
            return false;
        if (token_in(t, k - i, &selves))
            return true;
    }
    return false;
}

/* "belonging to the Xyz community", "from the xyz clan", "my people, the xyz". */
static bool said_to_be_group(const struct tokens *t, size_t k)
{
    static const struct words kinds =
        WORDS("community", "caste", "castes", "clan", "clans", "tribe", "tribes", "tribal",
              "people", "peoples", "ethnicity", "sect", "lineage", "jati", "iwi", "hapu");
    static const struct words peoples = WORDS("people", "tribe", "clan", "caste", "ancestors");
    const struct token *w = &t->v[k];
    if (gap_blank(w[1].gap) && token_in(t, k + 1, &kinds))
        return of_writer(t, k);
    if (k > 1 && gap_blank(w->gap) && token_is(t, k - 1, "the") &&
        t->v[k - 1].gap == (GAP_COMMA | GAP_BLANK) && token_in(t, k - 2, &peoples))
        return of_writer(t, k - 2);
    return k > 0 && (w->gap & GAP_COLON) && token_in(t, k - 1, &kinds);
}

/* "I ticked xyz in the box", "I identify as xyz". */
static bool declared(const struct tokens *t, size_t k)
{
    static const struct words ways = WORDS("put", "tick", "ticked", "wrote", "write", "marked",
                                           "declared", "declare", "entered", "chose");
    static const struct words within = WORDS("on", "in", "under", "as");
    static const struct words papers = WORDS("form", "forms", "box", "census", "category", "caste",
                                             "ethnicity", "application", "card");
    const struct token *w = &t->v[k];
    if (k == 0 || !gap_blank(w->gap))
        return false;
    if (k > 1 && token_is(t, k - 1, "as") &&
        (token_is(t, k - 2, "identify") || token_is(t, k - 2, "identifies")))
        return true;
    if (!token_in(t, k - 1, &ways) || !gap_blank(w[1].gap) || !token_in(t, k + 1, &within))
        return false;
    for (size_t i = 2; i <= 4 && gap_blank(token_at(t, k + i)->gap); i++)
        if (token_in(t, k + i, &papers))
            return of_writer(t, k);
    return false;
}

static bool may_be_group(const struct token *w)
{
    const uint64_t other = LEX_PLAIN_BITS | LEX_BRAND | LEX_SUBJECT | LEX_ORG_KNOWN | LEX_KEEP |
                           LEX_COMPETITION | LEX_NUMBER | LEX_MONTH | LEX_DAY | LEX_EPONYM |
                           LEX_UNIT | LEX_ROLE | LEX_TITLE;
    return (w->kind == TK_WORD) & !(w->bits & other) & (token_len(w) > 2) &
           !(w->flags & (T_CLAIMED | T_CLITIC | T_CONTRACTED | T_SHOUT | T_MIXED | T_OWN));
}

static bool in_grant_name(const struct token *w)
{
    return w->kind == TK_WORD && !(w->flags & T_CLAIMED) && (w->flags & (T_CAPITAL | T_CLITIC)) &&
           !(w->bits & (LEX_MONTH | LEX_DAY));
}

/* The name goes on: a blank, hyphen or apostrophe. */
static bool grant_joint(uint16_t gap)
{
    return (gap & (GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE)) &&
           !(gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE));
}

/* Words of the name that say who may have it. */
static bool tells_group(const struct tokens *t, size_t k)
{
    static const struct words groups =
        WORDS("minority", "minorities", "indigenous", "indigenes", "indigene", "tribal", "tribe",
              "tribes", "caste", "castes", "ethnic", "racial", "displaced", "orphan", "orphans",
              "widows", "martyr", "martyrs", "dreamers", "migrant", "migrants", "defector",
              "defectors", "families", "bame", "bipoc", "underrepresented", "disadvantaged",
              "backward", "aboriginal", "fosterlings", "foster", "survivors", "returnees");
    const uint64_t said =
        LEX_DEMONYM | LEX_RELIGION | LEX_CULTURE | LEX_STATUS | LEX_ORIENTATION | LEX_DISABILITY;
    const struct token *w = &t->v[k];
    return token_in(t, k, &groups) || ((w->bits & said) && !(w->bits & LEX_FREQUENT));
}

/* "Xyz Refugee Scholarship", "Scholarship for Scheduled Castes": the whole name, when one of its
 * words tells a group; k is the word for grant. Whether it was taken. */
static bool take_grant(struct pass *p, size_t k)
{
    static const struct words links = WORDS("for", "of", "the", "in", "and");
    const struct tokens *t = &p->t;
    size_t a = k, b = k, last = k;
    bool told = false;
    while (a > 0 && k - a < GRANT_WORDS_MAX && grant_joint(t->v[a].gap) &&
           in_grant_name(&t->v[a - 1]))
        told |= tells_group(t, --a);
    while (b + 1 < t->n && b - k < GRANT_WORDS_MAX && grant_joint(t->v[b + 1].gap) &&
           (in_grant_name(&t->v[b + 1]) || token_in(t, b + 1, &links))) {
        b++;
        told |= tells_group(t, b);
        last = in_grant_name(&t->v[b]) ? b : last;
    }
    while (a < k && (t->v[a].bits & LEX_FUNCTION))
        a++;
    if (told)
        take(p, a, last, SCRUB_NATIONALITY, "group.grant");
    return told;
}

static const struct words teams =
    WORDS("team", "crew", "squad", "base", "table", "ladies", "lads", "juniors", "colts", "seniors",
          "reserves", "robotics", "rescue", "stars", "kitchen", "pantry");

enum { AGENTS_MIN = 6 };

/* Debaters, Rowers: an English word for those who do something. */
static inline bool may_be_agents(const struct tokens *t, const struct token *w)
{
    const uint64_t other = LEX_FIRST | LEX_LAST | LEX_FUNCTION | LEX_KIN | LEX_PLACE_KIND;
    return (token_len(w) >= AGENTS_MIN) & (t->f->text[w->to - 1] == 's') &
           ((w->bits & LEX_PLAIN_BITS) != 0) & !(w->bits & other);
}

/* What a team or club calls itself by at the end of its name: Team, Ladies, Debaters. */
static bool ends_body(const struct tokens *t, size_t k)
{
    return token_in(t, k, &teams) ||
           (may_be_agents(t, &t->v[k]) && str_ends(token_text(t, k), S("ers")));
}

static bool in_body_name(const struct token *w)
{
    const uint64_t other = LEX_FUNCTION | LEX_MONTH | LEX_DAY | LEX_TITLE | LEX_COMPETITION |
                           LEX_BRAND | LEX_ORG_KNOWN | LEX_FIGURE | LEX_SUBJECT;
    const uint64_t cited = LEX_KEEP | LEX_FIGURE | LEX_COMPETITION | LEX_ORG_KNOWN | LEX_BRAND;
    return w->kind == TK_WORD && (w->flags & T_CAPITAL) &&
           !(w->flags & (T_CLAIMED | T_CONTRACTED | T_SHOUT)) && !(w->bits & other) &&
           !(w->phrase_set && (w->phrase_set->bits & cited));
}

/* "Played Hutsul Juniors": the verb before the name. */
static bool opens(const struct tokens *t, size_t k)
{
    const struct str s = token_text(t, k);
    return (t->v[k].flags & T_START) && (t->v[k].bits & LEX_PLAIN_BITS) &&
           ((t->v[k].bits & LEX_SPEECH) || str_ends(s, S("ed")) || str_ends(s, S("ing")));
}

/* "Fu River Dragon Boat Team", "Mukono Lakeside Debaters": a strange name, then what a team is
 * called, k, a capital word that nothing has taken. Whether it was taken. */
static bool take_body(struct pass *p, size_t k)
{
    enum { BODY_WORDS_MAX = 5 };
    const struct tokens *t = &p->t;
    size_t a = k, b = k;
    /* "Aguda Table Tennis Club": the name goes on. */
    if (!ends_body(t, k) || (gap_joint(t->v[k + 1].gap) && (t->v[k + 1].flags & T_CAPITAL) &&
                             !(t->v[k + 1].flags & T_CLAIMED) && !token_is(t, k + 1, "under")))
        return false;
    while (a > 0 && k - a < BODY_WORDS_MAX && gap_joint(t->v[a].gap) && in_body_name(&t->v[a - 1]))
        a--;
    while (a < k && ((t->v[a].bits & LEX_ROLE) || opens(t, a)))
        a++;
    bool strange = false;
    for (size_t i = a; i < k; i++)
        strange |= !(t->v[i].bits & (LEX_PLAIN_BITS | LEX_FIRST)) && token_len(&t->v[i]) > 1 &&
                   !(t->v[i].flags & T_ALL_CAPS);
    if (!strange)
        return false;
    /* "Creek Kea Juniors Under-17s" */
    if (token_is(t, b + 1, "under") && t->v[b + 1].gap == GAP_BLANK &&
        token_at(t, b + 2)->kind == TK_NUMBER && t->v[b + 2].gap == GAP_HYPHEN)
        b += token_is(t, b + 3, "s") && t->v[b + 3].gap == GAP_NONE ? 3 : 2;
    take(p, a, b, SCRUB_ORG, "group.body");
    return true;
}

/* "the Beekeepers of Masvingo": people of one calling, and their place; k is the calling. */
static bool take_of_body(struct pass *p, size_t k)
{
    enum { PLACE_WORDS_MAX = 3 };
    static const struct words ones = WORDS(
        "friends", "mothers", "grandmothers", "fathers", "sons", "daughters", "sisters", "brothers",
        "voices", "hands", "scouts", "guides", "women", "youth", "amigos", "guardians");
    const uint64_t land = LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE | LEX_PLACE;
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *place = token_at(t, k + 2);
    const struct str s = token_text(t, k);
    if (!gap_blank(w[1].gap) || !gap_blank(place->gap) || !(place->flags & T_CAPITAL) ||
        (w->flags & (T_CLAIMED | T_SHOUT | T_START)) ||
        !(token_in(t, k, &ones) || (s.n >= AGENTS_MIN && str_ends(s, S("ers")))) ||
        (w->bits & (LEX_FIRST | LEX_LAST | LEX_FUNCTION)) ||
        !((place->bits & land) || (place->flags & T_CLAIMED) || !place->bits))
        return false;
    size_t a = k, b = k + 2;
    while (a > 0 && gap_blank(t->v[a].gap) && in_body_name(&t->v[a - 1]) &&
           !(t->v[a - 1].flags & T_START))
        a--;
    while (b < k + 1 + PLACE_WORDS_MAX && gap_blank(t->v[b + 1].gap) &&
           (t->v[b + 1].flags & T_CAPITAL) && t->v[b + 1].kind == TK_WORD)
        b++;
    take(p, a, b, SCRUB_ORG, "group.body");
    return true;
}

/* "Gyeongsang dialect", "the Jeju islanders": those of a land, and their speech. */
static bool take_folk(struct pass *p, size_t k)
{
    static const struct words folk =
        WORDS("dialect", "dialects", "islanders", "islander", "highlanders", "highlander",
              "lowlanders", "tribesmen", "villagers", "farmers", "nomads", "herders");
    static const struct words lands = WORDS("dialect", "dialects", "islanders", "islander",
                                            "highlanders", "highlander", "lowlanders", "tribesmen");
    static const struct words are = WORDS("are", "were", "is", "s");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    if (!gap_blank(w[1].gap) || !token_in(t, k + 1, &folk) || (w->bits & LEX_PLAIN_BITS) ||
        (w->flags & (T_CLITIC | T_CONTRACTED)))
        return false;
    /* "whose people are Jeolla farmers" */
    if (!token_in(t, k + 1, &lands) && !(k > 1 && token_in(t, k - 1, &are) && of_writer(t, k)))
        return false;
    const bool tongue = token_is(t, k + 1, "dialect") || token_is(t, k + 1, "dialects");
    take(p, k, k + 1, tongue ? SCRUB_LANGUAGE : SCRUB_NATIONALITY, "group.folk");
    return true;
}

void group_hits(struct pass *p)
{
    static const struct words grants =
        WORDS("scholarship", "scholarships", "bursary", "bursaries", "grant", "fund", "award",
              "fellowship", "stipend", "quota");
    const struct tokens *t = &p->t;
    struct wanted at_name = wanted_from(t, W_NAME);
    for (size_t k; (k = wanted_next(&at_name)) < t->n;) {
        const struct token *w = &t->v[k];
        const bool open = (w->flags & (T_CAPITAL | T_CLAIMED | T_SHOUT)) == T_CAPITAL;
        if (open && take_folk(p, k))
            continue;
        if ((open & may_be_in(w, &grants)) && words_hold(t, w, &grants) && take_grant(p, k))
            continue;
        if ((open & (k > 0) & (may_be_in(w, &teams) | may_be_agents(t, w))) && take_body(p, k))
            continue;
        if (open && token_is(t, k + 1, "of") && take_of_body(p, k))
            continue;
        if (may_be_group(w) && (said_to_be_group(t, k) || declared(t, k)))
            take(p, k, k, SCRUB_NATIONALITY, "group.said");
    }
    p->t.steps += t->n;
}
