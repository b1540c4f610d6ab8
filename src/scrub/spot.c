/* scrub/spot.c: places in a sentence where only a person's name, or only that of a body, can stand,
 * whatever the words mean elsewhere: "said Even.", "call Justice", "thanks to Loaf of Irbid". */
#include "scrub/run.h"

enum { BODY_CONFIDENCE = 75, BODY_WORDS_MAX = 6 };

/* "X (tests), Y (coffee)": whom a list thanks, each with the deed in brackets. */
static bool credited(const struct tokens *t, size_t k)
{
    enum { DEED_MAX = 4 };
    if (!(t->v[k].bits & LEX_FIRST) || !(t->v[k].flags & T_START) ||
        !(t->v[k + 1].gap & GAP_BRACKET))
        return false;
    for (size_t i = k + 2; i <= k + 1 + DEED_MAX && i < t->n; i++)
        if (t->v[i].gap & GAP_BRACKET)
            return (t->v[i].gap & GAP_COMMA) && (t->v[i].flags & T_CAPITAL);
    return false;
}

/* "It was Sun, my aunt's sister, who": kin between commas. */
static bool kin_follows(const struct tokens *t, size_t k)
{
    enum { KIN_REACH = 3 };
    static const struct words owners = WORDS("my", "our", "his", "her", "their");
    if ((t->v[k].flags & T_START) || !(t->v[k + 1].gap & GAP_COMMA) || !token_in(t, k + 1, &owners))
        return false;
    for (size_t i = k + 2; i <= k + 1 + KIN_REACH && gap_joint(token_at(t, i)->gap); i++)
        if (token_at(t, i)->bits & LEX_KIN)
            return true;
    return false;
}

bool spot_person(const struct pass *p, size_t k)
{
    static const struct words never =
        WORDS("he", "she", "it", "they", "we", "you", "i", "my", "the", "a", "an", "this", "that",
              "yes", "no", "not", "what", "why", "how", "who", "so", "then", "our", "your", "his",
              "her", "their", "mr", "mrs", "ms", "dr", "god", "ok", "both", "one", "me", "us");
    static const struct words sayings =
        WORDS("says", "said", "asks", "asked", "replied", "replies", "answered", "shouted",
              "whispered", "laughed", "muttered", "added", "called", "wrote", "adds");
    static const struct words calls = WORDS("call", "ring", "phone", "text", "telephone");
    static const struct words links = WORDS("for", "to", "of", "with", "by");
    static const struct words ages = WORDS("aged", "age");
    const uint64_t cited = LEX_FIGURE | LEX_FIGURE_PART | LEX_FICTION | LEX_EPONYM;
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *next = w + 1;
    if (!(w->flags & T_CAPITAL) || token_len(w) < 2 ||
        (w->flags & (T_CLAIMED | T_CLITIC | T_CONTRACTED | T_SHOUT | T_HEADING | T_ALL_CAPS)) ||
        (w->bits & (LEX_KIN | LEX_BRAND | LEX_ORG_KNOWN | LEX_COUNTRY | LEX_DEMONYM)) ||
        token_in(t, k, &never))
        return false;
    if (credited(t, k) || kin_follows(t, k))
        return true;
    /* "said Einstein", "call Dijkstra's algorithm" */
    if (k == 0 || (w->bits & (LEX_DAY | LEX_MONTH)) ||
        ((w->bits & cited) && !(w->bits & LEX_FIRST)) || (w->flags & (T_CITED | T_POSSESSIVE)))
        return false;
    const uint16_t stops = GAP_DOT | GAP_COMMA | GAP_STOP | GAP_LINE | GAP_COLON | GAP_QUOTE;
    if (gap_blank(w->gap) && (w[-1].gap & GAP_QUOTE) && token_in(t, k - 1, &sayings) &&
        (next->kind == TK_END || (next->gap & stops)))
        return true;
    if (gap_blank(w->gap) && token_in(t, k - 1, &links) && (next->gap & GAP_BRACKET) &&
        token_in(t, k + 1, &ages))
        return true;
    return gap_blank(w->gap) && token_in(t, k - 1, &calls) && !(w->bits & LEX_PLACE_KIND);
}

/* "treasurer of Loire Kayak", "volunteer with Coal City Coders": what one serves in. */
bool run_serves(const struct tokens *t, size_t a)
{
    static const struct words links =
        WORDS("of", "with", "for", "at", "from", "joined", "founded", "by");
    static const struct words service = WORDS(
        "member", "volunteer", "volunteered", "volunteering", "treasurer", "secretary", "intern",
        "interned", "internship", "founder", "founding", "captain", "president", "worked", "work",
        "working", "served", "hours", "tutoring", "coach", "head", "leader", "organiser",
        "organizer", "coordinator", "editor", "chair", "rowing", "training", "played", "playing",
        "trained", "joined", "player", "guide", "assistant", "cook", "cooked", "cooking", "clerk",
        "cashier", "bookkeeper", "bookkeeping", "translator", "interpreter", "steward", "driver",
        "thanks", "letters", "people", "cadet", "ranger", "officer", "tutor", "mentor", "helper",
        "goalkeeper", "reader", "host", "soloist", "mistress", "conductor", "apprentice", "trainee",
        "marshal", "umpire", "referee", "cox", "drummer", "receptionist", "waiter", "barista",
        "usher", "lifeguard", "accompanist", "timekeeper", "supervisor", "job", "jobs", "shift",
        "shifts", "welder", "mechanic", "baker", "butcher", "cleaner", "waitress", "porter",
        "packer", "stagehand", "signwriter", "placement", "apprenticeship", "traineeship",
        "employed", "hired", "employee", "salesperson", "sold", "supplied", "sponsored", "counter",
        "stall", "warehouse", "till", "team", "crew", "squad", "bookings", "deliveries");
    if (a == 0 || !gap_same_sentence(t->v[a].gap))
        return false;
    if (token_in(t, a - 1, &service) && (t->v[a].gap & (GAP_COMMA | GAP_COLON)))
        return true;
    if (!token_in(t, a - 1, &links))
        return false;
    if (token_is(t, a - 1, "joined") || token_is(t, a - 1, "founded"))
        return true;
    return a > 1 && (token_in(t, a - 2, &service) || (t->v[a - 2].bits & LEX_ROLE));
}

/* What a body is thanked or served by: "thanks to X", "volunteer at X". */
static bool served(const struct pass *p, size_t a)
{
    const struct tokens *t = &p->t;
    if (a > 1 && token_is(t, a - 1, "to") && token_is(t, a - 2, "thanks"))
        return gap_blank(t->v[a].gap);
    /* "Coach Xiong at West Lake Rowing Team" */
    static const struct words links = WORDS("at", "from", "of", "with");
    if (a > 2 && gap_blank(t->v[a].gap) && token_in(t, a - 1, &links) &&
        gap_blank(t->v[a - 1].gap) && gap_blank(t->v[a - 2].gap) &&
        (t->v[a - 2].flags & T_CAPITAL) && (t->v[a - 3].flags & T_CAPITAL) &&
        (t->v[a - 3].bits & (LEX_TITLE | LEX_ROLE)) &&
        !(t->v[a - 2].bits & (LEX_SUBJECT | LEX_WORK | LEX_ORG_TAIL)))
        return true;
    return run_serves(t, a);
}

/* Loaf of Irbid, Gongs of Gori: an English word, of a town. */
static bool of_town(const struct pass *p, const struct run *r)
{
    static const struct words before = WORDS("at", "with", "for", "to", "by", "from");
    const struct tokens *t = &p->t;
    const uint64_t other = LEX_EPONYM_HEAD | LEX_WORK | LEX_COMPETITION | LEX_PLACE_KIND |
                           LEX_SCHOOL | LEX_TITLE | LEX_ROLE | LEX_KIN | LEX_SUBJECT | LEX_MONTH;
    const struct token *w = &t->v[r->a];
    if (r->b != r->a || r->a == 0 || !token_is(t, r->b + 1, "of") || (w->bits & other) ||
        (w->flags & (T_START | T_HEADING | T_SHOUT | T_QUOTED)) || r->b + 2 >= t->n)
        return false;
    const enum sense s = token_sense(p, r->b + 2);
    const bool town = s == SENSE_PLACE || s == SENSE_UNKNOWN || s == SENSE_NAME ||
                      (t->v[r->b + 2].flags & (T_CLAIMED | T_CAPITAL)) == (T_CLAIMED | T_CAPITAL);
    return town && ((gap_blank(w->gap) && token_in(t, r->a - 1, &before)) || (w->gap & GAP_COMMA));
}

/* A word that the name may go on with: of any sense, or the own town, which is taken already. */
static bool goes_on(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    if ((w->flags & (T_CLAIMED | T_CAPITAL)) == (T_CLAIMED | T_CAPITAL))
        return true;
    const enum sense s = token_sense(p, k);
    return s != SENSE_NONE && s != SENSE_KEEP;
}

/* "volunteer with Ana Lopez": a given name, or two names and nothing else, are a person. */
static bool looks_like_person(const struct pass *p, const struct run *r, size_t words)
{
    const size_t names = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] + r->count[SENSE_EITHER];
    return names > 0 && r->count[SENSE_ORDINARY] == 0 &&
           (words <= 2 || (p->t.v[r->a].bits & LEX_FIRST));
}

struct verdict spot_body(const struct pass *p, const struct run *r)
{
    static const struct words links = WORDS("of", "for");
    const uint64_t cited = LEX_KEEP | LEX_FIGURE | LEX_COMPETITION | LEX_ORG_KNOWN | LEX_BRAND |
                           LEX_SUBJECT | LEX_FICTION;
    const struct tokens *t = &p->t;
    const struct token *first = &t->v[r->a];
    const struct verdict none = { r->a, r->b, SCRUB_TYPE_COUNT, 0, NULL };
    size_t a = r->a, b = r->b, words = 0;
    /* "choir mistress, Iwate Sled Dog Youth": the comma is of a list. */
    const bool listed = (first->gap & GAP_COMMA) && b - a >= 2 &&
                        r->count[SENSE_ORDINARY] + r->count[SENSE_KEEP] > 0;
    if (r->titled || (r->acquainted && !listed) || r->speaks || r->competition || r->cited ||
        r->eponym || (first->flags & (T_SHOUT | T_CITED)) ||
        ((first->bits | (first->phrase_set ? first->phrase_set->bits : 0)) & cited) || r->school)
        return none;
    a -= a > 1 && (t->v[a - 1].bits & LEX_NUMBER) && gap_blank(first->gap) &&
         (t->v[a - 1].flags & (T_CAPITAL | T_START)) == T_CAPITAL; /* One Bowl */
    if (!served(p, a) && !of_town(p, r))
        return none;
    if (b + 1 < t->n && gap_blank(t->v[b + 1].gap) && (t->v[b + 1].flags & T_CLAIMED) &&
        goes_on(p, b + 1))
        b++;
    while (b + 2 < t->n && b - r->a < BODY_WORDS_MAX && gap_blank(t->v[b + 1].gap) &&
           gap_blank(t->v[b + 2].gap) && token_in(t, b + 1, &links) && goes_on(p, b + 2)) {
        b += 2;
        while (b + 1 < t->n && gap_joint(t->v[b + 1].gap) && goes_on(p, b + 1))
            b++;
    }
    /* "Ozark Feed and Seed" */
    if (b + 2 < t->n && b > a && token_is(t, b + 1, "and") && gap_blank(t->v[b + 1].gap) &&
        gap_blank(t->v[b + 2].gap) && token_sense(p, b) == SENSE_ORDINARY &&
        token_sense(p, b + 2) <= SENSE_EITHER && token_sense(p, b + 2) != SENSE_NONE)
        b += 2;
    for (size_t k = a; k <= b; k++)
        words += (t->v[k].flags & T_CAPITAL) && !(t->v[k].flags & T_CLITIC);
    if (b + 1 < t->n && t->v[b + 1].kind == TK_NUMBER && gap_blank(t->v[b + 1].gap) && words > 1 &&
        !gap_blank(token_at(t, b + 2)->gap))
        b++; /* "Secours Civil 93" */
    if (words < 2 || (b == r->b && looks_like_person(p, r, words)))
        return none;
    return (struct verdict){ a, b, SCRUB_ORG, BODY_CONFIDENCE, "name.served" };
}

bool spot_home(const struct pass *p, const struct run *r)
{
    static const struct words verbs =
        WORDS("am", "is", "are", "was", "were", "come", "comes", "came", "m", "hails", "moved");
    const struct tokens *t = &p->t;
    const size_t a = r->a;
    if (a < 2 || r->b == a || !token_is(t, a - 1, "from") || !gap_blank(t->v[a].gap) || r->titled ||
        (t->v[a].flags & (T_START | T_SHOUT | T_HEADING | T_CITED)) ||
        r->count[SENSE_KEEP] + r->count[SENSE_GROUP] + r->count[SENSE_SHORT] > 0 ||
        r->competition || r->eponym || (t->v[a].phrase_set && !(t->v[a].bits & LEX_PLACE)))
        return false;
    const struct token *from = &t->v[a - 1];
    const bool kin = (t->v[a - 2].bits & (LEX_KIN | LEX_ROLE)) != 0;
    return (gap_blank(from->gap) && (token_in(t, a - 2, &verbs) || kin)) ||
           (kin && (from->gap & GAP_COMMA));
}

/* "- daegu youth ensemble, kit person, unpaid": a strange word or a town, then words, a comma, and
 * what one was there. */
size_t spot_item(const struct pass *p, size_t k)
{
    enum { NAME_MIN = 2, NAME_MAX = 6, ROLE_REACH = 3 };
    static const struct words parts =
        WORDS("person", "member", "volunteer", "captain", "secretary", "treasurer", "player",
              "helper", "founder", "lead", "leader", "coach", "president", "chair", "soloist",
              "singer", "unpaid", "goalkeeper", "committee", "drummer", "organiser", "organizer");
    const uint64_t other = LEX_BRAND | LEX_SUBJECT | LEX_COMPETITION | LEX_LANGUAGE |
                           LEX_ORG_KNOWN | LEX_SPEECH | LEX_ROLE | LEX_KIN;
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    size_t b = k;
    if (!(w->gap & (GAP_LINE | GAP_EDGE)) || !(w->gap & (GAP_HYPHEN | GAP_OTHER)) || w->dull ||
        w->kind != TK_WORD || (w->bits & other))
        return 0;
    while (b + 1 < t->n && b - k < NAME_MAX && gap_joint(t->v[b + 1].gap) &&
           t->v[b + 1].kind == TK_WORD &&
           !(t->v[b + 1].bits & (LEX_BRAND | LEX_LANGUAGE | LEX_ORG_KNOWN)) &&
           !(t->v[b + 1].flags & (T_CAPITAL | T_CLITIC)))
        b++;
    if (b + 1 - k < NAME_MIN || !(token_at(t, b + 1)->gap & GAP_COMMA))
        return 0;
    for (size_t i = b + 1; i <= b + ROLE_REACH && i < t->n; i++)
        if (token_in(t, i, &parts) && !(t->v[i].gap & GAP_LINE))
            return b;
    return 0;
}
