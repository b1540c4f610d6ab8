/* scrub/date.c: the date of birth in any order, ages, and years that give an age away. Dates of
 * events stay. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    MOVE_REACH = 6,
    BIRTH_REACH = 6,
    YEAR_FIRST = 1940,
    YEAR_LAST = 2020,
    AGE_LAST = 30,
    ORDINAL_BASE = 100
};

struct date {
    int day, month, year; /* 0: not given */
    size_t a, b;
};

/* A number of four digits at most; -1: there is none. The digits are taken together, since how many
 * there are cannot be foretold; the fold is padded. */
static int value_of(const struct tokens *t, size_t k)
{
    enum { DIGITS_MAX = 4, BYTE = 8 };
    const struct token *w = token_at(t, k);
    const size_t n = token_len(w);
    const int none = -(int)((w->kind != TK_NUMBER) | (n > DIGITS_MAX));
    uint32_t four;
    memcpy(&four, t->f->text + w->from, sizeof(four));
    four = (le32toh(four) & 0x0f0f0f0f) << BYTE * ((DIGITS_MAX - n) % DIGITS_MAX);
    const uint32_t pairs = (four * 10 + (four >> BYTE)) & 0x00ff00ff;
    return (int)((pairs & UINT8_MAX) * 100 + (pairs >> 2 * BYTE)) | none;
}

static int month_of(const struct tokens *t, size_t k)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    const struct str s = token_text(t, k);
    if (!(token_at(t, k)->bits & LEX_MONTH) || s.n < 3)
        return 0;
    for (int m = 0; m < 12; m++)
        if (memcmp(months + (size_t)m * 3, s.p, 3) == 0)
            return m + 1;
    return 0;
}

static bool is_year(int v)
{
    return v >= YEAR_FIRST && v <= YEAR_LAST + 15;
}

static bool ordinal_tail(const struct tokens *t, size_t k)
{
    static const struct words tails = WORDS("st", "nd", "rd", "th");
    return token_at(t, k)->gap == GAP_NONE && token_in(t, k, &tails);
}

/* 14/05/2006, 2006-05-14, 14.5.06 */
static bool read_digits(const struct tokens *t, size_t k, struct date *ret)
{
    const int a = value_of(t, k), b = value_of(t, k + 1), c = value_of(t, k + 2);
    const uint16_t gap = token_at(t, k + 1)->gap;
    if (a < 0 || b < 1 || c < 0 || gap != token_at(t, k + 2)->gap ||
        (gap != GAP_HYPHEN && gap != GAP_SLASH && gap != GAP_DOT))
        return false;
    const size_t first = token_len(token_at(t, k)), last = token_len(token_at(t, k + 2));
    *ret = (struct date){ .a = k, .b = k + 2 };
    if (first == 4 && is_year(a) && b <= 12 && c >= 1 && c <= 31) {
        *ret = (struct date){ c, b, a, k, k + 2 };
        return true;
    }
    if (a < 1 || a > 31 || b > 31 || (a > 12 && b > 12) || (last != 4 && last != 2))
        return false;
    const int year = last == 2 ? (c > 40 ? 1900 + c : 2000 + c) : c;
    if (!is_year(year))
        return false;
    *ret = b <= 12 ? (struct date){ a, b, year, k, k + 2 } : (struct date){ b, a, year, k, k + 2 };
    return true;
}

/* 14 May 2006, 14th of May, 2006, May 14th, 2006; the year may be missing. */
static bool read_words(const struct tokens *t, size_t k, struct date *ret)
{
    size_t i = k;
    struct date d = { .a = k };
    if (token_at(t, i)->kind == TK_NUMBER) {
        d.day = value_of(t, i++);
        i += ordinal_tail(t, i);
        i += token_is(t, i, "of");
        d.month = month_of(t, i);
    } else {
        d.month = month_of(t, i);
        d.day = value_of(t, i + 1);
        i++;
        if (d.day > 31 && d.month && is_year(d.day)) {
            *ret = (struct date){ 0, d.month, d.day, k, i };
            return true;
        }
        i += ordinal_tail(t, i + 1);
    }
    if (!d.month || d.day < 1 || d.day > 31)
        return false;
    d.b = i;
    const int year = value_of(t, i + 1);
    if (is_year(year) && !(token_at(t, i + 1)->gap & ~(GAP_BLANK | GAP_COMMA | GAP_HYPHEN))) {
        d.year = year;
        d.b = i + 1;
    }
    *ret = d;
    return true;
}

static bool birth_word(const struct tokens *t, size_t k)
{
    static const struct words words =
        WORDS("born", "birth", "birthday", "birthdate", "dob", "birthdays", "nacido", "nacida",
              "geboren", "naissance", "nascido", "nascida", "urodzony", "urodzona");
    return token_in(t, k, &words) ||
           (token_is(t, k, "b") && token_is(t, k - 2 < t->n ? k - 2 : t->n, "d"));
}

/* A word of birth before the date in its sentence, or "birthday" soon after. */
static bool near_birth(const struct tokens *t, size_t a, size_t b)
{
    for (size_t i = 1; i <= BIRTH_REACH && i <= a; i++) {
        if (birth_word(t, a - i))
            return true;
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            break;
    }
    for (size_t i = 1; i <= 3 && b + i < t->n && gap_same_sentence(t->v[b + i].gap); i++)
        if (token_is(t, b + i, "birthday"))
            return true;
    return false;
}

/* Whose birth: "I was born", "Born in", and not "the club was born". */
static bool own_birth(const struct tokens *t, size_t a)
{
    static const struct words selves = WORDS("i", "me", "my", "we", "us", "applicant", "he", "she");
    for (size_t i = 1; i <= BIRTH_REACH + 3 && i <= a; i++) {
        if (token_in(t, a - i, &selves) || (t->v[a - i].flags & T_OWN))
            return true;
        if (birth_word(t, a - i) && (t->v[a - i].flags & T_START))
            return true;
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            return false;
    }
    return false;
}

static void take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule,
                 uint8_t confidence)
{
    hit_tokens(p, a, b,
               (struct hit){ .type = (uint8_t)type,
                             .strength = confidence == 100 ? BY_IDENTITY : BY_RECOGNISER,
                             .confidence = confidence,
                             .rule = rule });
}

/* "Born 16 May 2007, first contact 2021": the birth has its date already. */
static bool birth_told(const struct pass *p, size_t k, bool date)
{
    for (size_t i = 1; i <= BIRTH_REACH && i <= k && !birth_word(&p->t, k - i); i++)
        if ((p->t.v[k - i].kind == TK_PLACEHOLDER &&
             (!date || str_starts(token_text(&p->t, k - i), S("[date")))) ||
            (p->t.v[k - i].kind == TK_NUMBER && is_year(value_of(&p->t, k - i))))
            return true;
    return false;
}

/* "Expected graduation: June 2026", "graduating in 2026": when school ends tells an age. */
static bool graduates(const struct tokens *t, size_t k)
{
    enum { REACH = 4 };
    static const struct words ends = WORDS("graduation", "graduating", "graduate", "graduates");
    static const struct words links =
        WORDS("in", "year", "date", "expected", "of", "by", "anticipated", "is", "spring", "summer",
              "autumn", "winter", "fall");
    for (size_t i = 1; i <= REACH && i <= k; i++) {
        if (!gap_same_sentence(t->v[k - i + 1].gap))
            return false;
        if (token_in(t, k - i, &ends))
            return !token_is(t, k - i, "graduate") || i > 1;
        if (!token_in(t, k - i, &links))
            return false;
    }
    return false;
}

/* "vintage 2008", "a 2008 baby": the year of birth in jest. */
static bool year_of_make(const struct tokens *t, size_t k)
{
    static const struct words makes =
        WORDS("vintage", "model", "edition", "generation", "born", "made", "jahrgang", "promo");
    static const struct words babies =
        WORDS("baby", "babies", "kid", "kids", "child", "children", "vintage", "liner", "er");
    return (k > 0 && gap_same_sentence(t->v[k].gap) && token_in(t, k - 1, &makes)) ||
           (gap_joint(token_at(t, k + 1)->gap) && token_in(t, k + 1, &babies));
}

static void judge_date(struct pass *p, const struct date *d)
{
    const struct own *own = p->own;
    const bool cue = near_birth(&p->t, d->a, d->b);
    const bool day = own->day == d->day && own->month == d->month;
    const bool turned = own->month == d->day && own->day == d->month;
    if (own->year && own->year == d->year && d->day && (day || turned))
        take(p, d->a, d->b, SCRUB_DOB, "identity.birth", 100);
    else if (own->day && !d->year && day) /* the birthday, whatever is said of it */
        take(p, d->a, d->b, SCRUB_DOB, "identity.birth", 100);
    else if (!d->day && graduates(&p->t, d->a))
        take(p, d->a, d->b, SCRUB_GRADYEAR, "class.year", 80);
    else if (cue && (d->day || own_birth(&p->t, d->a)) && !birth_told(p, d->a, true))
        take(p, d->a, d->b, SCRUB_DOB, "birth.date", 85);
}

static void judge_year(struct pass *p, size_t k)
{
    const int v = value_of(&p->t, k);
    if (!is_year(v) || token_len(&p->t.v[k]) != 4)
        return;
    if (v != p->own->year && graduates(&p->t, k)) {
        take(p, k, k, SCRUB_GRADYEAR, "class.year", 80);
        return;
    }
    if (v != p->own->year && birth_told(p, k, false))
        return;
    const bool cue = near_birth(&p->t, k, k);
    if (cue && (v == p->own->year || own_birth(&p->t, k)))
        take(p, k, k, SCRUB_DOB, "birth.year", v == p->own->year ? 100 : 85);
    else if (k >= 2 && token_is(&p->t, k - 1, "of") && token_is(&p->t, k - 2, "class"))
        take(p, k, k, SCRUB_GRADYEAR, "class.year", 80);
    else if (v == p->own->year && year_of_make(&p->t, k))
        take(p, k, k, SCRUB_DOB, "birth.year", 90);
}

/* one to thirty, twenty-one; ordinals are ORDINAL_BASE more; -1: no number. */
static int word_value(const struct tokens *t, size_t k)
{
    static const struct words ones =
        WORDS("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
              "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
              "eighteen", "nineteen", "twenty");
    static const struct words tens =
        WORDS("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety");
    static const struct words ordinals =
        WORDS("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
              "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth",
              "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth");
    if (!(token_at(t, k)->bits & LEX_NUMBER))
        return -1;
    size_t place = token_place(t, k, &ones);
    if (place)
        return (int)place - 1;
    place = token_place(t, k, &tens);
    if (place)
        return 20 + 10 * (int)place;
    place = token_place(t, k, &ordinals);
    return place ? ORDINAL_BASE + (int)place - 1 : -1;
}

struct age {
    size_t a, b;
    int value;
    bool words, ordinal;
};

static bool read_age(const struct tokens *t, size_t k, struct age *ret)
{
    *ret = (struct age){ .a = k, .b = k, .value = value_of(t, k) };
    if (ret->value >= 0) {
        if (token_len(&t->v[k]) > 2 || t->v[k].gap == GAP_NONE)
            return false;
        ret->ordinal = ordinal_tail(t, k + 1);
        ret->b += ret->ordinal;
        const uint16_t after = token_at(t, ret->b + 1)->gap;
        const bool decimal = token_at(t, ret->b + 1)->kind == TK_NUMBER && !(after & GAP_BLANK) &&
                             (after & (GAP_DOT | GAP_COLON | GAP_COMMA));
        return ret->value <= AGE_LAST && !decimal && !(t->v[k].gap & GAP_OTHER);
    }
    ret->words = true;
    ret->value = word_value(t, k);
    if (ret->value >= 20 && ret->value < ORDINAL_BASE && gap_joint(token_at(t, k + 1)->gap)) {
        const int unit = word_value(t, k + 1) % ORDINAL_BASE;
        ret->b += unit > 0 && unit < 10;
        ret->value += unit > 0 && unit < 10 ? unit : 0;
    }
    ret->ordinal = ret->value >= ORDINAL_BASE;
    return ret->value >= 0;
}

/* What follows leaves the number alone: a stop, a comma, "and", "when", "years old". */
static bool age_ends(const struct tokens *t, size_t b)
{
    static const struct words fine =
        WORDS("and", "but", "when", "now", "now", "years", "year", "yrs", "yo", "i", "my", "so",
              "or", "because", "while", "with", "who", "that", "which", "at", "as", "before",
              "until", "then", "this", "in", "he", "she", "it", "the", "a", "we", "our", "from",
              "for", "living", "already", "for", "still", "to");
    const struct token *next = token_at(t, b + 1);
    if (next->kind == TK_END || (next->gap & ~(GAP_BLANK | GAP_HYPHEN)))
        return !(next->gap & (GAP_SLASH | GAP_HYPHEN)) || (next->gap & GAP_BLANK);
    return (token_in(t, b + 1, &fine) || (next->bits & LEX_FUNCTION)) &&
           !(next->gap & GAP_HYPHEN) && !token_is(t, b + 1, "of") && !token_is(t, b + 1, "more");
}

/* "years old", "-year-old", "yo", "years of age", past b; b when there are none. */
static size_t old_tail(const struct tokens *t, size_t b)
{
    static const struct words years = WORDS("year", "years", "yr", "yrs");
    if (token_is(t, b + 1, "yo") || token_is(t, b + 1, "yrs"))
        return b + 1;
    if (token_is(t, b + 1, "y") && token_is(t, b + 2, "o") && /* y/o, y.o. */
        (t->v[b + 2].gap == GAP_SLASH || t->v[b + 2].gap == GAP_DOT))
        return b + 2;
    if (!token_in(t, b + 1, &years))
        return b;
    if (token_is(t, b + 2, "old") || token_is(t, b + 2, "olds"))
        return b + 2;
    if (token_is(t, b + 2, "of") && token_is(t, b + 3, "age"))
        return b + 3;
    return b;
}

/* "The old bus", "because our van": the words up to k are what a clause begins with, and not "the
 * boy in our van". */
static bool begins_clause(const struct tokens *t, size_t k)
{
    enum { REACH = 3 };
    static const struct words articles =
        WORDS("the", "a", "my", "our", "this", "that", "its", "their", "his", "her", "one", "each");
    static const struct words links = WORDS("and", "but", "because", "so", "although", "though",
                                            "while", "that", "since", "as", "if", "when");
    for (size_t i = 1; i <= REACH && i <= k && gap_blank(t->v[k - i + 1].gap); i++)
        if (token_in(t, k - i, &articles))
            return (t->v[k - i].flags & T_START) || (t->v[k - i].gap & (GAP_COMMA | GAP_COLON)) ||
                   (k > i && token_in(t, k - i - 1, &links));
    return false;
}

/* What is made, built or grown, or a beast. */
static bool is_thing(const struct tokens *t, size_t k)
{
    static const struct words made =
        WORDS("laptop", "phone", "computer", "desktop", "tablet", "printer", "camera", "radio",
              "television", "machine", "engine", "motor", "pump", "generator", "battery", "fridge",
              "stove", "oven", "lathe", "loom", "microscope", "telescope", "telephone", "sensor",
              "car", "van", "bus", "truck", "lorry", "tractor", "bike", "bicycle", "motorbike",
              "scooter", "boat", "canoe", "ship", "plane", "train", "piano", "guitar", "violin",
              "cello", "drum", "book", "textbook", "map", "shirt", "shoes", "boots", "coat");
    static const struct words built =
        WORDS("building", "house", "school", "bridge", "road", "dam", "well", "church", "mosque",
              "temple", "factory", "library", "roof", "wall", "pipe", "pipes", "wiring", "hospital",
              "company", "firm", "shop", "club", "team", "choir", "tradition", "festival", "law",
              "treaty", "rule", "record", "problem", "puzzle", "theorem", "conjecture", "theory",
              "paper", "study", "data", "dataset", "code", "codebase", "software", "program",
              "script", "app", "website", "server", "bug", "model", "device", "instrument");
    static const struct words grown =
        WORDS("tree", "trees", "oak", "vine", "orchard", "forest", "hedge", "plant", "sourdough",
              "reef", "glacier", "wood", "soil", "dog", "cat", "horse", "mare", "pony", "goat",
              "cow", "ox", "donkey", "camel", "parrot", "tortoise", "hen", "sheep", "sample",
              "rock", "fossil", "ice", "wine", "cheese");
    return token_in(t, k, &made) || token_in(t, k, &built) || token_in(t, k, &grown);
}

/* "my 12-year-old laptop", "the bus was 20 years old": the age of a thing or a beast, from token a
 * to the word old at b. */
static bool of_thing(const struct tokens *t, size_t a, size_t b)
{
    static const struct words being = WORDS("is", "was", "were", "are");
    const size_t said = a > 1 && token_in(t, a - 1, &being) ? a - 2 : a - 1;
    const bool subject = a > 0 && (said + 2 == a || (t->v[a].gap & GAP_COMMA));
    for (size_t k = b + 1; k <= b + 2 && gap_blank(token_at(t, k)->gap); k++)
        if (is_thing(t, k))
            return true;
    return subject && begins_clause(t, said) && is_thing(t, said);
}

/* "six and a half", "17 years and 4 months", "seventeen and three quarters": where the age ends
 * that begins with the number up to b. */
static size_t age_part(const struct tokens *t, size_t b)
{
    static const struct words parts =
        WORDS("half", "quarter", "quarters", "month", "months", "third", "bit", "week", "weeks");
    static const struct words years = WORDS("year", "years");
    const size_t past = token_in(t, b + 1, &years) ? b + 1 : b;
    const size_t link = past + (token_is(t, past + 1, "and") || token_is(t, past + 1, "plus"));
    const struct token *first = token_at(t, link + 1), *part = token_at(t, link + 2);
    const bool counted =
        first->kind == TK_NUMBER || (first->bits & LEX_NUMBER) || token_is(t, link + 1, "a");
    if (link + 2 < t->n && (link > past || past > b) && counted && gap_joint(first->gap) &&
        gap_joint(part->gap) && token_in(t, link + 2, &parts))
        return link + 2;
    return b;
}

/* "aged 8 to 12", "6-10 year olds": a group that one works with. */
static bool is_range(const struct tokens *t, const struct age *g)
{
    const bool after = (token_is(t, g->b + 1, "to") || token_is(t, g->b + 1, "and")) &&
                       token_at(t, g->b + 2)->kind == TK_NUMBER;
    const bool hyphen =
        (token_at(t, g->b + 1)->gap & GAP_HYPHEN) && token_at(t, g->b + 1)->kind == TK_NUMBER;
    const struct token *before = g->a > 1 ? &t->v[g->a - 2] : token_at(t, t->n);
    const bool second =
        (before->kind == TK_NUMBER && g->a > 1 &&
         (token_is(t, g->a - 1, "to") || token_is(t, g->a - 1, "and"))) ||
        (g->a > 0 && (t->v[g->a].gap & GAP_HYPHEN) && t->v[g->a - 1].kind == TK_NUMBER);
    return after || hyphen || second;
}

static const struct words self_verbs =
    WORDS("am", "was", "turn", "turned", "turning", "turns", "m", "being", "were", "only", "just",
          "barely", "about", "almost", "nearly", "is", "already", "be", "will", "ll", "are", "re");

/* "I am", "I was only", "turned": the number behind tells an age. */
static bool age_verb(const struct tokens *t, size_t a)
{
    static const struct words persons = WORDS("i", "she", "he", "when");
    static const struct words yet = WORDS("yet", "quite");
    bool turned = false;
    size_t i = a;
    if (i > 1 && token_in(t, i - 1, &yet) && token_is(t, i - 2, "not"))
        return true; /* "not yet eighteen" */
    while (i > 0 && a - i < 4 && token_in(t, i - 1, &self_verbs) &&
           gap_same_sentence(t->v[i].gap)) {
        i--;
        turned |= strncmp(t->f->text + t->v[i].from, "turn", 4) == 0;
    }
    /* "when you are fifteen" */
    static const struct words others = WORDS("you", "we", "they", "one");
    const bool when = i > 1 && token_in(t, i - 1, &others) && token_is(t, i - 2, "when");
    return i < a && (turned || when || (i > 0 && token_in(t, i - 1, &persons)));
}

/* "From nine on I was", "when I had the fever, at seven, it was": a time of one's own life, not of
 * the day. */
static bool age_in_passing(const struct tokens *t, const struct age *g)
{
    enum { REACH = 8, CHILD_MIN = 3, CHILD_END = 20 };
    static const struct words selves = WORDS("i", "me", "my", "we");
    const struct token *next = token_at(t, g->b + 1);
    const size_t a = g->a;
    if (a == 0 || !g->words || g->value < CHILD_MIN || g->value >= CHILD_END)
        return false;
    if (token_is(t, a - 1, "from") && gap_blank(next->gap) &&
        (token_is(t, g->b + 1, "on") || token_is(t, g->b + 1, "onwards")))
        return token_in(t, g->b + 2, &selves);
    if (!token_is(t, a - 1, "at") || !(t->v[a - 1].gap & GAP_COMMA) || !(next->gap & GAP_COMMA))
        return false;
    for (size_t i = 2; i <= REACH && i <= a; i++) {
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            return false;
        if (token_in(t, a - i, &selves))
            return true;
    }
    return false;
}

static bool in_teens(const struct age *g)
{
    enum { TEENS = 13, TEENS_END = 20 };
    return g->value >= TEENS && g->value < TEENS_END;
}

/* ", barely eighteen,", ", eighteen in August", "that you're 17 and broke": what one is, said
 * without a verb, or to one's face. */
static bool age_aside(const struct tokens *t, const struct age *g)
{
    enum { REACH = 10 };
    static const struct words nearly = WORDS("barely", "nearly", "almost", "still", "just");
    static const struct words selves = WORDS("i", "me", "my", "myself");
    static const struct words sayings = WORDS("that", "cause", "because", "know", "say", "said");
    const size_t a = g->a;
    if (a < 3 || !in_teens(g))
        return false;
    if (token_is(t, a - 1, "re") && token_is(t, a - 2, "you"))
        return token_in(t, a - 3, &sayings) && age_ends(t, g->b);
    const struct token *next = token_at(t, g->b + 1);
    const bool apart = (next->gap & (GAP_COMMA | GAP_DOT | GAP_BRACKET | GAP_LINE)) != 0;
    if (token_in(t, a - 1, &nearly) && (t->v[a - 1].gap & GAP_COMMA))
        return apart;
    if (!(t->v[a].gap & GAP_COMMA) || !gap_blank(next->gap) ||
        !(token_is(t, g->b + 1, "in") || token_is(t, g->b + 1, "this")) ||
        !(token_at(t, g->b + 2)->bits & LEX_MONTH))
        return false;
    for (size_t i = 1; i <= REACH && i <= a && gap_same_sentence(t->v[a - i + 1].gap); i++)
        if (token_in(t, a - i, &selves) || (t->v[a - i].flags & T_OWN))
            return true;
    return false;
}

/* "when I had nine years, my brother": as other languages say it. */
static bool years_had(const struct tokens *t, const struct age *g)
{
    const struct token *next = token_at(t, g->b + 2);
    const size_t a = g->a;
    return a > 1 && token_is(t, a - 2, "i") &&
           (token_is(t, a - 1, "had") || token_is(t, a - 1, "have")) && g->value >= 3 &&
           g->value < AGE_LAST && token_is(t, g->b + 1, "years") &&
           (next->kind == TK_END || (next->gap & (GAP_COMMA | GAP_DOT)) ||
            token_is(t, g->b + 2, "when") || token_is(t, g->b + 2, "and"));
}

static bool age_cue(const struct tokens *t, const struct age *g)
{
    static const struct words strong = WORDS("aged", "age", "ages");
    static const struct words weak = WORDS("at", "by", "since", "until", "before", "from");
    const size_t a = g->a;
    /* "female, 17": a line of a form. */
    if (a > 0 && g->value >= 10 && g->value <= 25 &&
        (t->v[a].gap & (GAP_COMMA | GAP_SLASH | GAP_BRACKET)) && !(t->v[a].gap & GAP_LINE) &&
        (t->v[a - 1].bits & (LEX_GENDERED | LEX_GENDER_ADJ | LEX_FEMALE | LEX_MALE)))
        return age_ends(t, g->b);
    /* "(17, female)" */
    if (g->value >= 10 && g->value <= 25 &&
        (token_at(t, g->b + 1)->gap & (GAP_COMMA | GAP_SLASH)) &&
        (token_is(t, g->b + 1, "female") || token_is(t, g->b + 1, "male")))
        return true;
    if (a == 0 || !gap_same_sentence(t->v[a].gap))
        return a > 0 && token_is(t, a - 1, "age");
    if (token_in(t, a - 1, &strong))
        return true;
    if (a > 1 && token_is(t, a - 1, "of") && token_is(t, a - 2, "age"))
        return true;
    if (age_verb(t, a))
        return age_ends(t, g->b);
    if (age_in_passing(t, g) || years_had(t, g) || age_aside(t, g))
        return true;
    static const struct words moves = WORDS(
        "moved", "came", "arrived", "emigrated", "immigrated", "left", "began", "started",
        "learned", "learnt", "orphaned", "fled", "settled", "married", "returned", "diagnosed",
        "adopted", "widowed", "died", "drowned", "injured", "stopped", "lost", "broke");
    const bool small = g->value >= 3 && g->value < 20 && token_is(t, a - 1, "at");
    for (size_t i = 2; small && i <= MOVE_REACH && i <= a; i++) {
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            break;
        if (token_in(t, a - i, &moves))
            return age_ends(t, g->b);
    }
    /* "I wake up at five, I walk" */
    static const struct words risings =
        WORDS("wake", "woke", "up", "rise", "rose", "open", "opens", "close", "closes", "starts",
              "start", "begins", "ends", "leave", "leaves");
    if (a > 1 && g->value <= 12 && token_is(t, a - 1, "at") && token_in(t, a - 2, &risings))
        return false;
    /* "At six I wake her", "by eight I am at school": what one does at that hour of the day. */
    static const struct words doings = WORDS(
        "wake", "rise", "get", "open", "start", "leave", "am", "feed", "help", "set", "catch",
        "walk", "milk", "light", "go", "take", "cook", "make", "sweep", "wash", "close", "run");
    if (g->value <= 12 && token_is(t, g->b + 1, "i") && gap_blank(token_at(t, g->b + 1)->gap) &&
        token_in(t, g->b + 2, &doings) && (token_is(t, a - 1, "at") || token_is(t, a - 1, "by")))
        return false;
    /* "At fourteen, I"; clocks and scores do not stand so. */
    const struct token *next = token_at(t, g->b + 1);
    static const struct words bounds = WORDS("from", "since", "until", "till", "before");
    if (g->words && in_teens(g) && token_is(t, a - 1, "at") && age_ends(t, g->b))
        return true;
    /* "takes volunteers from sixteen, and" */
    if (g->words && in_teens(g) && token_in(t, a - 1, &bounds) &&
        (next->gap & (GAP_COMMA | GAP_DOT)) && !(next->gap & GAP_OTHER))
        return true;
    const bool apart = (next->kind == TK_END || (next->gap & (GAP_COMMA | GAP_DOT | GAP_LINE)) ||
                        token_is(t, g->b + 1, "i")) &&
                       !(next->gap & GAP_OTHER);
    /* "at six." may be a clock; "At six, I" is not. */
    const bool clock = g->value <= 12 && !(t->v[a - 1].flags & T_START) &&
                       !token_is(t, g->b + 1, "i") && !token_is(t, a - 1, "since");
    const bool likely = g->words ? g->value >= 4 && g->value < 20 && !clock
                                 : g->value >= 8 && g->value < 20 && !clock;
    return token_in(t, a - 1, &weak) && apart && likely &&
           (t->v[a - 1].flags & T_START || token_is(t, a - 1, "at") ||
            token_is(t, a - 1, "since") || (g->words && token_is(t, a - 1, "by")));
}

/* The own name, or what stands for it after an earlier pass. */
static bool is_self(const struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k];
    return (w->flags & T_OWN) ||
           (w->kind == TK_PLACEHOLDER && str_starts(token_text(t, k), S("[applicant")));
}

/* "Name, 16," in a sentence, and "Name, 16" for a signature. */
static bool own_age_ends(const struct tokens *t, const struct age *g)
{
    enum { SIGNER_MIN = 13, SIGNER_MAX = 25 };
    const struct token *next = token_at(t, g->b + 1);
    return (next->gap & (GAP_COMMA | GAP_BRACKET)) ||
           ((next->kind == TK_END || (next->gap & GAP_LINE)) && g->value >= SIGNER_MIN &&
            g->value <= SIGNER_MAX);
}

/* "My birthday has been and gone: sixteen, no cake" */
static bool on_birthday(const struct pass *p, const struct age *g)
{
    enum { REACH = 8, AGE_MIN = 10, AGE_MAX = 25 };
    const struct tokens *t = &p->t;
    if (g->value < AGE_MIN || g->value > AGE_MAX || !age_ends(t, g->b) ||
        !(t->v[g->a].gap & (GAP_COLON | GAP_COMMA)))
        return false;
    for (size_t i = 1; i <= REACH && i <= g->a; i++) {
        const struct token *w = &t->v[g->a - i];
        if (!gap_same_sentence(w[1].gap))
            return false;
        if (token_is(t, g->a - i, "birthday") ||
            ((w->flags & T_CLAIMED) && (w->bits & LEX_MONTH)) ||
            (w->kind == TK_PLACEHOLDER && str_eq(token_text(t, g->a - i), S("[date]"))))
            return true;
    }
    return false;
}

static void judge_age(struct pass *p, size_t k)
{
    struct age g;
    const struct tokens *t = &p->t;
    if (!read_age(t, k, &g))
        return;
    if (g.ordinal) {
        if (token_is(t, g.b + 1, "birthday"))
            take(p, g.a, g.b, SCRUB_AGE, "age.birthday", 85);
        return;
    }
    if (is_range(t, &g))
        return;
    const size_t part = age_part(t, g.b);
    const size_t old = part > g.b && token_is(t, part + 1, "old") ? part + 1 : old_tail(t, g.b);
    const struct age whole = { g.a, part, g.value, g.words, g.ordinal };
    if (g.words && g.value > AGE_LAST) {
        /* "Mrs Fishman, is ninety-four and": said of a person. */
        const bool said = k > 1 && (token_is(t, k - 1, "is") || token_is(t, k - 1, "was")) &&
                          ((t->v[k - 1].gap & GAP_COMMA) || (t->v[k - 2].flags & T_CAPITAL) ||
                           token_is(t, k - 2, "who")) &&
                          age_ends(t, g.b);
        if (said)
            take(p, g.a, g.b, SCRUB_AGE, "age.other", 60);
        return;
    }
    if (old > g.b && of_thing(t, g.a, old))
        return;
    if (old > g.b)
        take(p, g.a, old, SCRUB_AGE, "age.old", 90);
    else if (age_cue(t, &whole) || on_birthday(p, &whole))
        take(p, g.a, part, SCRUB_AGE, "age.cue", 80);
    else if (k > 0 && is_self(t, k - 1) && (t->v[k].gap & (GAP_COMMA | GAP_BRACKET)) &&
             own_age_ends(t, &g))
        take(p, g.a, g.b, SCRUB_AGE, "age.own", 80);
}

void date_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_DATE); k < t->n; k = token_wanted(t, k + 1, W_DATE)) {
        const struct token *w = &t->v[k];
        struct date d;
        const bool month = (w->bits & LEX_MONTH) != 0;
        const bool number = (w->kind == TK_NUMBER) | ((w->bits & LEX_NUMBER) != 0);
        if (((w->flags & T_CLAIMED) != 0) | !(number | month))
            continue;
        if ((w->kind == TK_NUMBER && (read_digits(t, k, &d) || read_words(t, k, &d))) ||
            (month && read_words(t, k, &d))) {
            judge_date(p, &d);
            k = d.b;
            continue;
        }
        if (w->kind == TK_NUMBER)
            judge_year(p, k);
        if (!(w->flags & T_CLAIMED))
            judge_age(p, k);
    }
    p->t.steps += t->n;
}
