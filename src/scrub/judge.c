/* scrub/judge.c: what a run of capital words is: school, body, person, place, cited figure, or
 * nothing that identifies. Lists raise or lower the confidence; an unknown word counts as a name.
 */
#include "base/str.h"
#include "scrub/given_word.h"

enum { SURE = 90, CUED = 80, LISTED = 65, UNLISTED = 55, HINT = 40, FAINT = 20, LAND = 75 };

static const uint64_t name_bits = (UINT64_C(1) << LEX_LIST_FIRST) | (UINT64_C(1) << LEX_LIST_LAST);

static struct verdict nothing(const struct run *r)
{
    return (struct verdict){ r->a, r->b, SCRUB_TYPE_COUNT, 0, NULL };
}

static struct verdict as(size_t a, size_t b, enum scrub_type type, uint8_t confidence,
                         const char *rule)
{
    return (struct verdict){ a, b, (uint8_t)type, confidence, rule };
}

/* Words that every school or club may have in its name. */
static bool generic_body_word(const struct pass *p, size_t k)
{
    static const struct words generic = WORDS(
        "high", "secondary", "primary", "middle", "elementary", "grammar", "public", "private",
        "junior", "senior", "sixth", "form", "government", "state", "boarding", "technical",
        "student", "students", "national", "international", "the", "of", "for", "and", "girls",
        "boys", "science", "computer", "math", "maths", "chess", "debate", "debating", "robotics",
        "coding", "drama", "music", "art", "arts", "press", "literary", "honor", "honors", "honour",
        "honours", "youth", "community", "local", "model", "united", "nations", "young",
        "environmental", "red", "cross", "school", "schools", "football", "soccer", "basketball",
        "hockey", "swimming", "tennis", "volleyball", "cricket", "rugby", "athletics", "track",
        "new", "general", "nursery", "middle", "college", "summer", "winter", "online", "medical",
        "school's", "engineering", "business", "law", "graduate", "physics", "our");
    return token_in(&p->t, k, &generic) || (p->t.v[k].flags & T_CLITIC);
}

/* Endings of place names that are words as well: Riverside, Greenfield. */
static bool place_ending(struct str s)
{
    static const char *const ends[] = { "side", "ville", "ton",  "field",  "wood", "ford",
                                        "dale", "brook", "view", "bridge", "burg", "bury",
                                        "ham",  "stead", "land", "port",   "mont", "crest",
                                        "gate", "haven", NULL };
    for (size_t i = 0; ends[i]; i++)
        if (s.n >= strlen(ends[i]) + 4 && str_ends(s, str_of(ends[i])))
            return true;
    return false;
}

/* Foundations and firms name themselves freely; clubs mostly by what they do. */
static bool free_name(const struct pass *p, size_t k)
{
    static const struct words free = WORDS(
        "foundation", "trust", "initiative", "ltd", "limited", "inc", "llc", "plc", "gmbh", "ngo",
        "hospital", "clinic", "church", "mosque", "temple", "parish", "fellowship", "bank",
        "enterprises", "orphanage", "shelter", "bakery", "pharmacy", "studio", "studios", "stores",
        "farm", "farms", "cathedral", "ministries", "ventures", "consulting", "charity");
    return token_in(&p->t, k, &free);
}

/* Student Council, Chess Club: every school has one. */
static bool generic_body(const struct pass *p, const struct run *r)
{
    for (size_t k = r->a; k <= r->b; k++)
        if (!generic_body_word(p, k) &&
            !(p->t.v[k].bits & (LEX_SCHOOL | LEX_ORG_TAIL | LEX_SUBJECT)))
            return false;
    return true;
}

static struct verdict judge_body(const struct pass *p, const struct run *r)
{
    const struct tokens *t = &p->t;
    size_t a = r->a, own = 0, words = 0;
    bool free = false;
    a += a < r->b && token_is(t, a, "dear"); /* Dear Committee */
    /* A sentence's first word is not the school's unless it is a name. */
    while (a < r->b && (t->v[a].flags & T_START) && !(t->v[a].flags & T_HEADING) &&
           token_sense(p, a) == SENSE_ORDINARY && !generic_body_word(p, a) &&
           (t->v[a].bits & (LEX_SPEECH | LEX_FREQUENT)))
        a++;
    /* Second Lyceum of Volos */
    if (r->school && a == r->a && a > 0 && gap_blank(t->v[a].gap) &&
        (t->v[a - 1].bits & LEX_NUMBER) &&
        (t->v[a - 1].flags & (T_CAPITAL | T_CLAIMED)) == T_CAPITAL)
        a--;
    for (size_t k = a; k <= r->b; k++) {
        const enum sense s = token_sense(p, k);
        const bool generic =
            generic_body_word(p, k) || (t->v[k].bits & (LEX_SCHOOL | LEX_ORG_TAIL | LEX_SUBJECT));
        free |= free_name(p, k);
        if (generic && !(s == SENSE_NAME))
            continue;
        words++;
        own += s == SENSE_NAME || s == SENSE_UNKNOWN || s == SENSE_PLACE || s == SENSE_GROUP ||
               (s == SENSE_EITHER && (r->school || (t->v[k].bits & LEX_FIRST))) ||
               place_ending(token_text(t, k));
    }
    if (own == 0 && !(words > 0 && (r->school || free)))
        return nothing(r);
    /* No. 8 Middle School of Zhengzhou */
    if (r->school && a == r->a && a > 1 && t->v[a - 1].kind == TK_NUMBER &&
        gap_blank(t->v[a].gap) && token_is(t, a - 2, "no") && (t->v[a - 2].flags & T_CAPITAL))
        a -= 2;
    return r->school ? as(a, r->b, SCRUB_SCHOOL, CUED, "name.school")
                     : as(a, r->b, SCRUB_ORG, own ? LAND : LISTED, "name.org");
}

/* What opens a sentence or a letter and is no part of the name behind it. */
static bool is_opener(const struct pass *p, size_t k)
{
    static const struct words openers = WORDS(
        "yesterday", "meanwhile", "today", "tomorrow", "sometimes", "perhaps", "maybe", "dear",
        "thanks", "hello", "tonight", "recently", "instead", "besides", "hi", "thank");
    return token_in(&p->t, k, &openers);
}

/* A rarer word directly before a name may be a name too: Ploy Chaiyaporn; not Meanwhile Kofi. */
static bool strange_word(const struct pass *p, size_t k, bool person)
{
    const struct token *w = &p->t.v[k];
    const uint64_t plain = LEX_ORDINARY | LEX_RARE | LEX_PHRASE_HEAD | LEX_PLACE |
                           (person || !(w->flags & T_START) ? LEX_FREQUENT : 0);
    const enum sense next = token_sense(p, k + 1);
    return !(w->bits & ~plain) && !(w->flags & (T_HEADING | T_SHOUT)) &&
           (next == SENSE_NAME || next == SENSE_UNKNOWN) && gap_blank(p->t.v[k + 1].gap) &&
           !str_ends(token_text(&p->t, k), S("ly")) && !is_opener(p, k);
}

/* Sunday Udo, Thu Ha: a given name that is a day too, before a family name; not "on Sunday Udo
 * came". */
static bool day_name(const struct pass *p, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    if (b != a + 1 || !(t->v[a].bits & (LEX_DAY | LEX_MONTH)) || !(t->v[a].bits & LEX_FIRST) ||
        day_meant(p, a))
        return false;
    const enum sense s = token_sense(p, b);
    return gap_blank(t->v[b].gap) && (t->v[b].bits & LEX_FREQUENT) == 0 &&
           (s == SENSE_NAME || (s == SENSE_UNKNOWN && (t->v[a].bits & LEX_DAY)) ||
            s == SENSE_EITHER);
}

/* A last word that is a word too and a family name here. */
static bool ends_as_family(const struct pass *p, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[b];
    const enum sense before = token_sense(p, b - 1);
    /* Wiremu Brown, Tenzing Lama: the name of a group too. */
    if (token_sense(p, b) == SENSE_GROUP && (w->bits & LEX_LAST) && gap_blank(w->gap) &&
        (before == SENSE_NAME || before == SENSE_UNKNOWN))
        return true;
    /* Deniz Er, Irmak Su, Do-yun Ma: of two or three letters. */
    const bool tied = b == a + 2 && t->v[a + 1].gap == GAP_HYPHEN;
    const bool kin = tied || token_is(t, b, "ma") || token_is(t, b, "son");
    const uint64_t other = LEX_SUBJECT | LEX_COMPETITION | LEX_ROLE | LEX_DAY | (kin ? 0 : LEX_KIN);
    if (!(tied || (b == a + 1 && before == SENSE_NAME)) || token_len(w) > 3 || !gap_blank(w->gap) ||
        (w->flags & (T_ALL_CAPS | T_CLAIMED)) || (w->bits & other))
        return false;
    return tied || !(w->flags & T_HEADING) || !gap_joint(w[1].gap);
}

/* "In April Dr Ismail": the month before a title is no part of the name. */
static bool dates_title(const struct tokens *t, size_t k)
{
    return k > 0 && (t->v[k].bits & LEX_MONTH) && token_is(t, k - 1, "in") &&
           gap_blank(t->v[k].gap) && (token_at(t, k + 1)->bits & LEX_TITLE);
}

/* The part of the run from its first to its last word that may be of a name. */
static void trim(const struct pass *p, const struct run *r, size_t *a, size_t *b)
{
    const struct tokens *t = &p->t;
    *a = r->a;
    *b = r->b;
    while (*a < *b) {
        const enum sense s = token_sense(p, *a);
        if ((p->t.v[*a + 1].gap == GAP_HYPHEN || p->t.v[*a + 1].gap == GAP_APOSTROPHE) &&
            !(p->t.v[*a + 1].flags & (T_CAPITAL | T_CLITIC)))
            break;
        const bool starts = (t->v[*a].flags & (T_START | T_SHOUT)) && s == SENSE_EITHER &&
                            (t->v[*a].bits & LEX_FREQUENT) &&
                            (!(t->v[*a].bits & LEX_FIRST) || token_is(t, *a, "read"));
        const bool title = ((t->v[*a].bits & LEX_TITLE) && s != SENSE_NAME) || is_opener(p, *a) ||
                           dates_title(t, *a);
        if (s != SENSE_NONE && s != SENSE_ORDINARY && s != SENSE_KEEP && s != SENSE_GROUP &&
            !title && !starts)
            break;
        if (s == SENSE_ORDINARY && strange_word(p, *a, r->speaks))
            break;
        /* Christian Okafor, Sunday Bello: a given name that is the name of a group or a day too. */
        if ((s == SENSE_KEEP || s == SENSE_GROUP) && (t->v[*a].bits & LEX_FIRST) &&
            gap_blank(t->v[*a + 1].gap) && !r->competition &&
            (token_sense(p, *a + 1) == SENSE_NAME || token_sense(p, *a + 1) == SENSE_UNKNOWN ||
             day_name(p, *a, *a + 1)))
            break;
        const bool follows = *a > r->a ? (p->t.v[*a - 1].bits & LEX_TITLE) != 0 : r->titled;
        if (follows && !title)
            break;
        ++*a;
    }
    while (*b > *a) {
        const enum sense s = token_sense(p, *b);
        if ((p->t.v[*b].gap == GAP_HYPHEN || p->t.v[*b].gap == GAP_APOSTROPHE) &&
            !(p->t.v[*b].flags & T_CAPITAL))
            break;
        if (s != SENSE_NONE && s != SENSE_ORDINARY && s != SENSE_KEEP && s != SENSE_GROUP)
            break;
        if (ends_as_family(p, *a, *b))
            break;
        --*b;
    }
}

static bool in_list(const struct tokens *t, size_t k, const struct words *list)
{
    return k < t->n && token_in(t, k, list);
}

static const struct words locatives =
    WORDS("in", "from", "to", "near", "at", "around", "outside", "across", "via", "through",
          "visit", "visited", "left", "between", "leaving", "toward", "towards", "below", "beyond",
          "above", "past", "behind");

static bool located(const struct tokens *t, size_t a)
{
    /* "on the wrong side of X", "the outskirts of X" */
    static const struct words parts =
        WORDS("side", "outskirts", "edge", "north", "south", "east", "west", "outside", "heart",
              "middle", "centre", "center", "streets", "rooftops", "hills", "corner", "end");
    if (a == 0 || !gap_same_sentence(t->v[a].gap))
        return false;
    if (in_list(t, a - 1, &locatives))
        return true;
    return a > 1 &&
           (token_is(t, a - 1, "of") || token_is(t, a - 1, "called") ||
            token_is(t, a - 1, "named")) &&
           ((t->v[a - 2].bits & LEX_PLACE_KIND) || token_in(t, a - 2, &parts));
}

/* "Ajegunle district", "the village of Umuoji", "River Kaduna". */
static bool land_form(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, b + 1);
    if (gap_blank(next->gap) && (next->bits & LEX_PLACE_KIND) && !(next->flags & T_CAPITAL))
        return true;
    if (a > 1 && token_is(t, a - 1, "of") && (t->v[a - 2].bits & LEX_PLACE_KIND))
        return true;
    for (size_t k = r->a; k <= r->b; k++)
        if ((t->v[k].bits & LEX_PLACE_KIND) && r->b > r->a && token_sense(p, k) == SENSE_ORDINARY)
            return true;
    return false;
}

/* "in the Middle Atlas", "from the North Riding", "in Robin Hood's Bay": words alone that are a
 * land's name. */
static bool worded_land(const struct pass *p, const struct run *r)
{
    static const struct words sides =
        WORDS("north", "south", "east", "west", "northern", "southern", "eastern", "western",
              "upper", "lower", "middle", "central", "great", "greater", "inner", "outer", "high");
    static const struct words lands =
        WORDS("riding", "atlas", "plain", "plains", "highlands", "lowlands", "downs", "fens",
              "marches", "borders", "midlands", "steppe", "cape", "belt", "moors", "range", "rift");
    static const struct words corners =
        WORDS("cross", "wood", "hill", "green", "corner", "gate", "landing", "ferry", "end");
    const struct tokens *t = &p->t;
    const size_t a = r->a, b = r->b;
    if (b == a || a == 0 || (t->v[a].flags & (T_START | T_SHOUT | T_HEADING)))
        return false;
    const bool kind = (t->v[b].bits & LEX_PLACE_KIND) != 0;
    if ((t->v[b - 1].flags & T_CLITIC) && gap_blank(t->v[b].gap))
        return (kind || token_in(t, b, &corners)) && located(t, a);
    return b == a + 1 && token_is(t, a - 1, "the") && gap_blank(t->v[a].gap) && located(t, a - 1) &&
           token_in(t, a, &sides) && (kind || token_in(t, b, &lands));
}

static uint64_t bits_of(const struct pass *p, size_t a, size_t b)
{
    uint64_t bits = 0;
    for (size_t k = a; k <= b; k++)
        bits |= p->t.v[k].bits;
    return bits;
}

/* Orange County, Cedar Creek: the kind of place ends the name. */
static bool ends_in_kind(const struct pass *p, const struct run *r)
{
    const struct token *last = &p->t.v[r->b];
    return r->b > r->a && (last->bits & LEX_PLACE_KIND) && (last->flags & T_CAPITAL) &&
           !(last->flags & (T_HEADING | T_SHOUT)) &&
           !(p->t.v[r->a].phrase_set && (p->t.v[r->a].phrase_set->bits & LEX_KEEP));
}

/* "the Kabul River", "by Porirua Station": waters and stations with a name of their own. */
static bool named_water(const struct pass *p, const struct run *r)
{
    static const struct words kinds = WORDS("river", "station", "lake", "creek", "lagoon", "canal");
    const size_t own = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] + r->count[SENSE_PLACE] +
                       r->count[SENSE_EITHER];
    return own > 0 && r->a > 0 && ends_in_kind(p, r) && token_in(&p->t, r->b, &kinds) &&
           (token_is(&p->t, r->a - 1, "the") || token_is(&p->t, r->a - 1, "by"));
}

/* "Young Reporters for the Environment, national second prize": what one won something in. */
static bool is_won(const struct pass *p, const struct run *r)
{
    enum { RESULT_REACH = 4 };
    static const struct words results =
        WORDS("finalist", "finalists", "semi", "semifinalist", "winner", "winners", "medal",
              "medallist", "bronze", "silver", "gold", "prize", "runner", "shortlisted",
              "honourable", "honorable", "laureate", "final", "semifinal", "champion");
    const struct tokens *t = &p->t;
    if (r->b == r->a || r->school || r->org || r->titled || r->acquainted || r->speaks ||
        r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] > 0)
        return false;
    size_t last = r->b;
    if (token_is(t, last + 1, "for") || token_is(t, last + 1, "of"))
        for (last++; last + 1 < t->n && gap_blank(t->v[last + 1].gap) &&
                     (token_is(t, last + 1, "the") || (t->v[last + 1].flags & T_CAPITAL));)
            last++;
    for (size_t i = 1; i <= RESULT_REACH && last + i < t->n; i++) {
        if (!gap_same_sentence(t->v[last + i].gap))
            return false;
        if (token_in(t, last + i, &results))
            return true;
    }
    return false;
}

static struct verdict judge_place(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const uint64_t bits = bits_of(p, a, b);
    const bool cue = located(&p->t, r->a);
    if (run_is_seat(&p->t, r->a))
        return nothing(r);
    if (land_form(p, r, a, b))
        return as(r->a, r->b, SCRUB_LOCATION, LAND, "name.place_kind");
    if (bits & (LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE))
        return as(a, b, SCRUB_LOCATION, LAND, "name.place");
    return as(a, b, SCRUB_LOCATION, cue ? 70 : UNLISTED, "name.place");
}

/* "Recommendation by Mark Savage, Physics teacher", and the name alone on a line: a signature. */
static bool signs(const struct pass *p, size_t a, size_t b)
{
    static const struct words papers = WORDS(
        "recommendation", "reference", "referee", "signed", "letter", "testimonial", "recommended",
        "supervised", "coached", "taught", "nominated", "year", "head", "teacher", "tutor",
        "principal", "mentor", "coach", "supervisor", "contact", "guardian", "witness", "parent",
        "editor", "counsellor", "counselor", "adviser", "advisor");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[a], *next = token_at(t, b + 1);
    if (a > 0 && token_is(t, a - 1, "signed") && gap_blank(w->gap))
        return true;
    const bool alone = (w->gap & (GAP_LINE | GAP_EDGE | GAP_QUOTE)) &&
                       (next->kind == TK_END || (next->gap & GAP_LINE));
    const bool by = a > 1 && token_is(t, a - 1, "by") && token_in(t, a - 2, &papers);
    return alone || by || (a > 0 && (w->gap & GAP_COLON) && token_in(t, a - 1, &papers));
}

/* "The cook, Saga, says": beside a person, between commas. */
static bool is_apposed(const struct pass *p, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    static const struct words calls =
        WORDS("look", "listen", "see", "say", "please", "wait", "read");
    static const struct words ours = WORDS("my", "our", "his", "her", "their", "the", "a", "an");
    if (a == b && token_in(t, a, &calls))
        return false;
    /* "Penny, my lab partner," */
    if (token_at(t, b + 1)->gap == (GAP_COMMA | GAP_BLANK) && token_in(t, b + 1, &ours))
        for (size_t k = b + 2; k <= b + 4 && gap_joint(token_at(t, k)->gap); k++)
            if (token_at(t, k)->bits & (LEX_ROLE | LEX_KIN))
                return true;
    static const struct words owners =
        WORDS("the", "my", "our", "a", "an", "his", "her", "one", "another", "their");
    const struct token *next = token_at(t, b + 1);
    if (a < 2 || t->v[a].gap != (GAP_COMMA | GAP_BLANK) || !(next->gap & GAP_COMMA) ||
        (t->v[a - 1].flags & T_CAPITAL))
        return false;
    return token_in(t, a - 2, &owners) || (a > 2 && token_in(t, a - 3, &owners));
}

/* "Joy's mother" */
static bool owns_kin(const struct pass *p, size_t b)
{
    const struct token *next = token_at(&p->t, b + 1), *noun = token_at(&p->t, b + 2);
    return (next->flags & T_CLITIC) && next->gap == GAP_APOSTROPHE && gap_blank(noun->gap) &&
           (noun->bits & (LEX_KIN | LEX_ROLE));
}

/* Jun-Jun, Bong-Bong */
static bool is_doubled(const struct tokens *t, size_t a, size_t b)
{
    const struct token *first = &t->v[a], *last = &t->v[b];
    return b == a + 1 && last->gap == GAP_HYPHEN && last->hash == first->hash &&
           (last->flags & T_CAPITAL);
}

/* A given name that is a word, at the beginning of a sentence. */
static uint8_t weigh_opening(const struct pass *p, const struct token *first, size_t b)
{
    const bool rarer = !(first->bits & LEX_FREQUENT);
    if (given_lists(p, b))
        return LISTED;
    if ((rarer && given_goes_on(p, b)) || given_does(p, b))
        return UNLISTED;
    return rarer && (first->flags & T_POSSESSIVE) ? UNLISTED : FAINT;
}

/* In a text of capitals a listed name that acts, or stands beside kin: not THE BOARD WHO, AND
 * STUCK. */
static bool loud_person(const struct pass *p, const struct run *r, size_t a)
{
    static const struct words articles = WORDS("the", "a", "an", "this", "that", "each", "no");
    const struct tokens *t = &p->t;
    const struct token *first = &t->v[a];
    const bool beside = a > 0 && (t->v[a - 1].bits & (LEX_KIN | LEX_ROLE | LEX_TITLE));
    const bool called = beside && (first->bits & LEX_LAST) && !(first->bits & LEX_SPEECH) &&
                        !str_ends(token_text(t, a), S("ed"));
    const bool plain = (first->bits & LEX_FREQUENT) &&
                       !(first->bits & (LEX_GIVEN_WORD | LEX_HAS_NICKNAMES)) && !called;
    return (r->acquainted || r->speaks) && (first->flags & T_SHOUT) && (first->bits & name_bits) &&
           !plain && !(a > 0 && token_in(t, a - 1, &articles));
}

/* Two words that are names too, with nothing beside them that tells. */
static uint8_t weigh_pair(const struct token *first, const struct token *last)
{
    const bool pair =
        (first->bits & LEX_FIRST) && (last->bits & name_bits) && !(last->flags & T_START);
    const bool plain = (first->bits & LEX_FREQUENT) && (last->bits & LEX_FREQUENT);
    return pair && !plain ? UNLISTED : HINT;
}

/* Names made of words alone: Grace, Mark Stone. */
static uint8_t weigh_words(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const struct token *first = &p->t.v[a], *last = &p->t.v[b];
    const bool start = (first->flags & T_START) != 0, loud = (first->flags & (T_SHOUT | T_HEADING));
    const bool given = (first->bits & LEX_FIRST) != 0;
    if (!loud && is_doubled(&p->t, a, b))
        return LISTED;
    if (r->count[SENSE_KEEP] > 0 && !r->titled && !r->acquainted)
        return HINT;
    if (r->count[SENSE_ORDINARY] > 0 && r->count[SENSE_EITHER] < 2 && !(r->speaks && a == r->a))
        return HINT;
    if (r->acquainted && !loud)
        return given || b > a ? 70 : UNLISTED;
    if (loud_person(p, r, a))
        return LISTED;
    if (r->relative && given)
        return LISTED;
    if (given && !loud && (given_says(p, b) || owns_kin(p, b) || is_apposed(p, a, b)))
        return LISTED;
    if (start && !loud && a == b && given_acts(p, a))
        return LISTED;
    if (r->speaks && given)
        return start && (first->bits & LEX_FREQUENT) && !given_does(p, b) ? HINT : LISTED;
    if (r->speaks)
        return (last->bits & LEX_LAST) && !start ? UNLISTED : HINT;
    if (b == a + 1 && given && (last->bits & name_bits) && !(first->flags & T_SHOUT) &&
        signs(p, a, b))
        return LISTED;
    if (loud || (first->bits & (LEX_MONTH | LEX_DAY)))
        return HINT;
    if (b > a)
        return weigh_pair(first, last);
    if (start)
        return given ? weigh_opening(p, first, b) : FAINT;
    if (!given || titles_pair(p, a))
        return HINT;
    return (first->bits & LEX_GIVEN_WORD) && given_stands(p, a) ? LISTED : 60;
}

/* "a girl named Saga", "a boy called River" */
static bool named_so(const struct tokens *t, size_t k)
{
    return k > 1 && (token_is(t, k - 1, "named") || token_is(t, k - 1, "called")) &&
           (t->v[k - 2].bits & (LEX_KIN | LEX_ROLE | LEX_GENDERED));
}

/* "With Ploy I tested": an English word written as a name where only a person can stand. */
static bool accompanied(const struct pass *p, size_t k)
{
    static const struct words company =
        WORDS("with", "asked", "told", "met", "thank", "thanked", "taught", "ask");
    static const struct words not =
        WORDS("honors", "honours", "distinction", "merit", "excellence", "god", "everyone");
    const struct token *w = &p->t.v[k];
    const uint64_t plain = LEX_ORDINARY | LEX_FREQUENT | LEX_RARE | LEX_PHRASE_HEAD | LEX_PLACE;
    return k > 0 && !(w->bits & ~plain) && gap_blank(w->gap) &&
           !(w->flags & (T_HEADING | T_SHOUT | T_START)) &&
           (token_in(&p->t, k - 1, &company) || named_so(&p->t, k)) && !token_in(&p->t, k, &not );
}

static uint8_t weigh_person(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const size_t listed = r->count[SENSE_NAME], unknown = r->count[SENSE_UNKNOWN];
    const bool shout = (p->t.v[a].flags & T_SHOUT) != 0;
    if (r->titled)
        return SURE;
    if (listed + unknown == 0 && r->count[SENSE_EITHER])
        return weigh_words(p, r, a, b);
    if (listed + unknown == 0)
        return a == b && accompanied(p, a) ? UNLISTED : FAINT;
    if (r->acquainted || r->speaks)
        return CUED;
    if (r->cited || (b > a && r->thinks))
        return HINT;
    if (shout && listed == 0 && !written_marked(p, &p->t.v[a]))
        return HINT;
    return listed ? LISTED : UNLISTED;
}

/* Figures that are cited, and laws that bear a name. */
static bool is_known(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    const struct token *first = &t->v[a], *last = &t->v[b];
    bool taught = false;
    for (size_t k = a; k <= b; k++)
        taught |= learned_has(p->learned, t->v[k].hash);
    if (r->eponym && !taught && !r->titled && b - a < 3)
        return true;
    if (first->phrase_set && (size_t)first->phrase >= b - a + 1 &&
        (first->phrase_set->bits & (LEX_FIGURE | LEX_FICTION | LEX_KEEP | LEX_ORG_KNOWN)))
        return !r->acquainted || (first->phrase_set->bits & LEX_FIGURE);
    const uint64_t land = LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE;
    if (a == b && (first->bits & land) && located(t, r->a) && !r->owner)
        return false; /* somebody in Osaka */
    static const struct words inside = WORDS("in", "near", "around", "outside");
    if (a == b && (first->bits & LEX_PLACE) && !(first->flags & T_CITED) && located(t, r->a) &&
        token_in(t, r->a - 1, &inside))
        return false; /* a smaller one, that a writer is called like */
    const bool linked = r->a > 0 && token_is(t, r->a - 1, "and");
    if (taught || (r->acquainted && !linked))
        return false;
    const uint64_t known = LEX_FIGURE | LEX_FIGURE_PART | LEX_FICTION | LEX_EPONYM;
    const uint64_t plain = LEX_ORDINARY | LEX_FREQUENT;
    /* Martin is first of all a given name, unless one cited before is meant. */
    if (a == b && (first->flags & T_CITED))
        return true;
    /* Mendel's peas, Macbeth: no usual given name. */
    const bool rare = !(first->bits & (plain | LEX_HAS_NICKNAMES));
    const bool invented =
        (first->bits & LEX_FICTION) && !(first->bits & (LEX_FREQUENT | LEX_HAS_NICKNAMES));
    if (a == b && (rare || invented) && !r->titled && !r->speaks &&
        ((first->bits & LEX_FICTION) ||
         (r->owner && (first->bits & (LEX_FIGURE_PART | LEX_EPONYM)))))
        return true;
    if (a == b)
        return (first->bits & known) && !r->titled && !(r->speaks && (first->bits & LEX_FIRST)) &&
               (r->cited || !(first->bits & LEX_FIRST) ||
                ((first->bits & LEX_FIGURE) && !(first->bits & plain)));
    /* "President Nelson Mandela": the last part alone is cited, and no other is a stranger. */
    return r->titled && (last->bits & LEX_FIGURE_PART) && first->phrase_set &&
           (first->phrase_set->bits & LEX_FIGURE);
}

static bool has_title(const struct pass *p, size_t a, size_t b)
{
    for (size_t k = a; k < b; k++)
        if (p->t.v[k].bits & LEX_TITLE)
            return true;
    return false;
}

/* "Toros Juveniles: 14 caps", "Kings XI", "Hornbills Under-18": a team by its tail or what is
 * counted of it. */
static bool is_team(const struct pass *p, const struct run *r)
{
    static const struct words tails = WORDS("juniors", "xi", "under", "reserves", "colts");
    static const struct words counts =
        WORDS("caps", "goals", "appearances", "matches", "tries", "wickets", "runs", "points");
    const struct tokens *t = &p->t;
    if (r->b == r->a || r->titled || r->competition || (t->v[r->a].flags & T_SHOUT))
        return false;
    if (token_in(t, r->b, &tails))
        return !token_is(t, r->b, "under") || (token_at(t, r->b + 1)->kind == TK_NUMBER &&
                                               token_at(t, r->b + 1)->gap == GAP_HYPHEN);
    return (token_at(t, r->b + 1)->gap & GAP_COLON) && token_at(t, r->b + 1)->kind == TK_NUMBER &&
           token_in(t, r->b + 2, &counts);
}

/* A body named without a word for club: the whole run, where one serves in it, or where a strange
 * name goes on with English words: Umealven Rowing. */
static bool unnamed_body(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const struct token *first = &p->t.v[r->a];
    const size_t strange = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] + r->count[SENSE_PLACE];
    const size_t words = r->count[SENSE_ORDINARY] + r->count[SENSE_KEEP];
    const bool worded = (p->t.v[r->b].bits & (LEX_ORDINARY | LEX_RARE)) ||
                        (!p->t.v[r->b].bits && r->b - r->a >= 2); /* Debaters */
    const bool people = worded && !(p->t.v[r->b].bits & (LEX_FIRST | LEX_LAST)) &&
                        str_ends(token_text(&p->t, r->b), S("ers"));
    if (r->b == r->a || r->titled || r->competition || (first->flags & T_SHOUT))
        return false;
    if (people &&
        (strange || r->count[SENSE_GROUP] || r->count[SENSE_EITHER] || located(&p->t, r->a)))
        return true;
    /* "the coach, Mehrdad Olfat," */
    const bool person = words + r->count[SENSE_GROUP] == 0 && r->b == r->a + 1 &&
                        (first->gap & (GAP_COMMA | GAP_COLON));
    if (!person && run_serves(&p->t, r->a) &&
        strange + r->count[SENSE_ORDINARY] + r->count[SENSE_GROUP] + r->count[SENSE_EITHER] +
                (strange ? words : 0) >=
            2)
        return !(first->phrase_set &&
                 (first->phrase_set->bits & (LEX_KEEP | LEX_COMPETITION | LEX_ORG_KNOWN)));
    return strange > 0 && words > 0 && b < r->b && a == r->a && !r->speaks &&
           !(first->flags & T_HEADING) && !(p->t.v[r->b].bits & (LEX_EPONYM_HEAD | LEX_WORK));
}

/* "farmers in Magnesia": a word that is a town too, where only a place stands. */
static bool is_town_word(const struct pass *p, const struct run *r, size_t k)
{
    const struct token *w = &p->t.v[k];
    return (w->bits & LEX_PLACE) && located(&p->t, r->a) &&
           !(w->bits & (LEX_FREQUENT | LEX_SUBJECT)) &&
           !(w->flags & (T_START | T_HEADING | T_SHOUT));
}

/* The country goes, the competition stays. */
static struct verdict judge_competition(const struct pass *p, const struct run *r)
{
    const uint64_t land = LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE;
    const struct token *first = &p->t.v[r->a];
    return (first->bits & land) && r->b > r->a && !(first->bits & (LEX_COMPETITION | LEX_EPONYM))
               ? as(r->a, r->a, SCRUB_LOCATION, LAND, "name.place")
               : nothing(r);
}

/* Richard III, Elizabeth II: a ruler, or the play; not "Mr Reed III". */
static bool is_ruler(const struct pass *p, const struct run *r)
{
    static const struct words numerals = WORDS("ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi",
                                               "xii", "xiii", "xiv", "xv", "xvi");
    return r->b == r->a + 1 && !r->titled && !r->acquainted && !r->speaks &&
           (p->t.v[r->b].flags & T_ALL_CAPS) && !(p->t.v[r->a].flags & T_SHOUT) &&
           (p->t.v[r->a].bits & LEX_FIRST) && !learned_has(p->learned, p->t.v[r->a].hash) &&
           token_in(&p->t, r->b, &numerals);
}

/* "Inter-School Science Quiz", "Upper Secondary Science Competition": the last word says what it
 * is, and none of its words is a club's. */
static bool contest_ends(const struct pass *p, const struct run *r)
{
    static const struct words ends =
        WORDS("competition", "olympiad", "olympiads", "contest", "quiz", "fair", "challenge",
              "championship", "championships", "tournament", "hackathon", "bee");
    return token_in(&p->t, r->b, &ends) && !r->acquainted && !r->speaks;
}

/* World Choir Games, European Union Contest: no body, whatever stands inside. */
static bool is_contest(const struct pass *p, const struct run *r)
{
    if (r->b > r->a && (p->t.v[r->b].bits & LEX_COMPETITION) && !r->titled && contest_ends(p, r))
        return true;
    return r->b > r->a && r->competition && !r->titled &&
           ((p->t.v[r->b].bits & LEX_COMPETITION) || token_is(&p->t, r->b, "schools")) &&
           r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] == 0;
}

/* Places by the lists, and by the words around them. */
static bool is_place(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    const size_t names = r->count[SENSE_NAME] + r->count[SENSE_EITHER];
    const bool bare = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] > 0;
    const bool there = located(&p->t, r->a), listed = r->count[SENSE_PLACE] > 0;
    /* "nobody outside Kenya knows": a verb of speech behind it makes it no person. */
    const bool abroad = there && listed && names == 0 && !r->titled;
    if ((r->titled || r->acquainted || r->speaks) && !abroad)
        return false;
    return listed ? names == 0 || there : bare && land_form(p, r, a, b);
}

/* Ji-ho, Fa'anunu: two parts that a mark ties. */
static bool tied_pair(const struct pass *p, size_t a, size_t b)
{
    const struct token *next = &p->t.v[a + 1];
    return b > a && (next->gap == GAP_HYPHEN ||
                     (next->gap == GAP_APOSTROPHE && !(next->flags & (T_CAPITAL | T_CLITIC))));
}

/* A given name that is a product, a subject or a people too, where a person is spoken of. */
static bool called_so(const struct pass *p, const struct run *r, size_t a)
{
    const uint64_t bits = p->t.v[a].bits;
    const bool called = r->titled || r->acquainted || r->speaks;
    return called && a == r->a && (bits & LEX_FIRST) && !(bits & (LEX_MONTH | LEX_DAY)) &&
           (r->titled || !(bits & LEX_LANGUAGE));
}

/* A word that is kept as such elsewhere is somebody's name here. */
static bool named_anyway(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    return called_so(p, r, a) || day_name(p, a, b) || (a == b && given_of_time(p, a));
}

/* What a list knows: the run, or what was left of it from a to b; and a board of examinations. */
static bool known_run(const struct pass *p, const struct run *r, size_t a, size_t b)
{
    return is_known(p, r, a, b) || (r->a != a && is_known(p, r, r->a, r->b)) ||
           (!r->titled && run_before_level(&p->t, a));
}

/* "Kawai piano": of a maker, and of nobody. */
static bool of_maker(const struct pass *p, const struct run *r)
{
    const uint64_t bits = p->t.v[r->a].bits;
    return (bits & LEX_BRAND) && r->b > r->a && !r->titled && !r->acquainted && !(bits & LEX_FIRST);
}

/* "Mr Do", "Ms Bishop": behind a title the one word with a capital is a name, whatever it is else;
 * 0: there is none. */
static size_t lone_titled(const struct pass *p, const struct run *r)
{
    static const struct words titles =
        WORDS("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor");
    static const struct words callings = WORDS("president", "chairman", "chairwoman", "speaker",
                                               "world", "universe", "judge", "secretary", "and");
    const struct tokens *t = &p->t;
    const size_t k = r->b + (token_in(t, r->b, &titles) != 0);
    const struct token *w = token_at(t, k), *next = token_at(t, k + 1);
    const bool loud = (w->flags & T_SHOUT) != 0;
    const uint16_t not_one = T_CLAIMED | T_CLITIC | T_CONTRACTED | T_OWN | (loud ? 0 : T_HEADING);
    const bool named = k > r->a && token_in(t, k - 1, &titles) && w->kind == TK_WORD &&
                       (w->flags & (T_CAPITAL | not_one)) == T_CAPITAL && token_len(w) > 1 &&
                       !(w->gap & ~(GAP_BLANK | GAP_DOT)) && !token_in(t, k, &callings);
    if (loud)
        return named && !(w->bits & LEX_FUNCTION) && (w->bits & LEX_PLAIN_BITS) ? k : 0;
    return named && !(gap_joint(next->gap) && (next->flags & T_CAPITAL)) ? k : 0;
}

struct verdict run_judge(const struct pass *p, const struct run *run)
{
    const struct tokens *t = &p->t;
    struct run copy = *run, *r = &copy;
    size_t a, b;
    const size_t titled = lone_titled(p, r);
    if (titled)
        return as(titled, titled, SCRUB_PERSON, SURE, "name.titled");
    const struct verdict served = spot_body(p, r);
    if (served.type != SCRUB_TYPE_COUNT)
        return served;
    if ((r->school || r->org) && !is_contest(p, r)) {
        const struct verdict body = judge_body(p, r);
        if (body.type != SCRUB_TYPE_COUNT)
            return body;
        if (r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] + r->count[SENSE_PLACE] == 0 &&
            !r->titled && !run_serves(t, r->a))
            return nothing(r);
        if (generic_body(p, r))
            return nothing(r);
    }
    if (worded_land(p, r))
        return as(r->a, r->b, SCRUB_LOCATION, LAND, "name.place_kind");
    if (of_maker(p, r) || run_is_species(p, r) || is_ruler(p, r))
        return nothing(r);
    trim(p, r, &a, &b);
    r->titled |= has_title(p, r->a, a);
    if (t->v[a].flags & T_SHOUT)
        loud_note(p, r, a, b);
    if (known_run(p, r, a, b))
        return nothing(r);
    r->competition |= is_won(p, r);
    if (r->competition && !r->titled)
        return judge_competition(p, r);
    if (named_water(p, r) || (ends_in_kind(p, r) && located(t, r->a)))
        return as(r->a, r->b, SCRUB_LOCATION, LAND, "name.place_kind");
    if (is_team(p, r) || unnamed_body(p, r, a, b))
        return as(r->a, r->b, SCRUB_ORG, LISTED - 5, "name.body");
    const enum sense s = tied_pair(p, a, b) ? SENSE_NAME : token_sense(p, a);
    const bool worded = s == SENSE_KEEP || s == SENSE_GROUP;
    if ((worded && !named_anyway(p, r, a, b)) || s == SENSE_NONE)
        return nothing(r);
    if (worded)
        return as(a, b, SCRUB_PERSON, LISTED, "name.cued");
    const bool bare = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] > 0;
    if (is_place(p, r, a, b))
        return judge_place(p, r, a, b);
    if (s == SENSE_SHORT && a == b)
        return nothing(r);
    if (spot_home(p, r))
        return as(r->a, r->b, SCRUB_LOCATION, LISTED, "name.home");
    if (s == SENSE_ORDINARY && a == b && is_town_word(p, r, a))
        return as(a, b, SCRUB_LOCATION, UNLISTED, "name.place");
    const uint8_t confidence = weigh_person(p, r, a, b);
    if (located(&p->t, r->a) && !r->titled && bare && !token_is(&p->t, r->a - 1, "to") &&
        !token_is(&p->t, r->a - 1, "from"))
        return as(a, b, SCRUB_LOCATION, confidence, "name.located");
    return as(a, b, SCRUB_PERSON, confidence, r->titled ? "name.titled" : "name.capital");
}
