/* scrub/age.c: how old the writer, or one whom they tell of, is or was. */
#include "base/str.h"
#include "scrub/date.h"

enum {
    MOVE_REACH = 6,
    CHILD_MIN = 3,
    TEENS = 13,
    SWEET = 16, /* and no other age is */
    CHILD_END = 20,
    AGE_LAST = 30,
    ORDINAL_BASE = 100
};

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
    *ret = (struct age){ .a = k, .b = k, .value = number_value(t, k) };
    if (ret->value >= 0) {
        if (token_len(&t->v[k]) > 2 || t->v[k].gap == GAP_NONE)
            return false;
        ret->ordinal = ordinal_tail(t, k + 1);
        ret->b += ret->ordinal;
        const uint16_t after = token_at(t, ret->b + 1)->gap;
        const bool decimal = token_at(t, ret->b + 1)->kind == TK_NUMBER && !(after & GAP_BLANK) &&
                             (after & (GAP_DOT | GAP_COLON | GAP_COMMA));
        /* "| 17 |", and no "+17" */
        const bool barred = !(t->v[k].gap & GAP_OTHER) || t->f->text[t->v[k].from - 1] == ' ';
        return ret->value <= AGE_LAST && !decimal && barred;
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
              "for", "living", "already", "for", "still", "to", "cuz", "cos", "til", "since", "too",
              "only", "lives", "has", "have");
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
        return b + 1 + token_is(t, b + 2, "old");
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
    static const struct words pupils =
        WORDS("leaver", "leavers", "girl", "boy", "pupil", "student", "kid", "graduate", "captain",
              "dropout", "teacher", "keeper", "owner", "driver", "player", "programmer");
    for (size_t k = b + 1; k <= b + 2 && gap_blank(token_at(t, k)->gap); k++)
        if (is_thing(t, k)) /* and no "school leaver" */
            return !(gap_joint(token_at(t, k + 1)->gap) && token_in(t, k + 1, &pupils));
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

/* The own name, or what stands for it after an earlier pass. */
static bool is_self(const struct tokens *t, size_t k)
{
    const struct token *w = token_at(t, k);
    return (w->flags & T_OWN) ||
           (w->kind == TK_PLACEHOLDER && str_starts(token_text(t, k), S("[applicant")));
}

/* "my brother", "my little brother": token k is the relative. */
static bool is_my_kin(const struct tokens *t, size_t k)
{
    static const struct words looks =
        WORDS("little", "big", "younger", "older", "elder", "baby", "youngest", "eldest", "oldest",
              "twin", "small", "kid", "middle", "half");
    static const struct words owners = WORDS("my", "our");
    if (k == 0 || !(token_at(t, k)->bits & LEX_KIN) || token_is(t, k, "family"))
        return false;
    const size_t owner = k > 1 && token_in(t, k - 1, &looks) ? k - 2 : k - 1;
    return token_in(t, owner, &owners);
}

/* Of whom an age is told: the writer, or one relative. */
static bool is_person(const struct tokens *t, size_t k)
{
    static const struct words persons = WORDS("i", "she", "he", "when", "who");
    return token_in(t, k, &persons) || is_self(t, k) || is_my_kin(t, k);
}

/* "I am", "I was only", "turned", "I was no older than": the number behind tells an age. */
static bool age_verb(const struct tokens *t, size_t a)
{
    enum { WALK = 5 };
    static const struct words being = WORDS("am", "was", "m", "being", "were", "is", "be", "will",
                                            "ll", "are", "re", "im", "been", "d");
    static const struct words turning = WORDS("turn", "turned", "turning", "turns");
    static const struct words nearly =
        WORDS("only", "just", "barely", "about", "almost", "nearly", "already", "now", "still",
              "like", "maybe", "around", "roughly", "probably", "then", "currently", "not", "no",
              "older", "younger", "than", "yet", "quite", "perhaps", "more", "even", "must", "have",
              "would", "could", "may", "might", "shy", "of", "less", "all", "hardly", "scarcely",
              "shall", "also", "soon", "going", "on", "rising", "both");
    static const struct words others = WORDS("you", "we", "they", "one");
    bool turned = false, is = false;
    size_t i = a;
    for (; i > 0 && a - i < WALK && gap_same_sentence(t->v[i].gap); i--) {
        const bool turns = token_in(t, i - 1, &turning), verb = token_in(t, i - 1, &being);
        if (!turns && !verb && !token_in(t, i - 1, &nearly))
            break;
        turned |= turns;
        is |= verb;
    }
    const bool im = i < a && (token_is(t, i, "im") || token_is(t, i, "am"));
    /* "when you are fifteen", "not yet eighteen" */
    const bool when = is && i > 1 && token_in(t, i - 1, &others) && token_is(t, i - 2, "when");
    const bool yet = a > 1 && token_is(t, a - 2, "not") &&
                     (token_is(t, a - 1, "yet") || token_is(t, a - 1, "quite"));
    return turned || when || yet || im || (is && i > 0 && is_person(t, i - 1));
}

/* "From nine on I was", "when I had the fever, at seven, it was": a time of one's own life, not of
 * the day. */
static bool age_in_passing(const struct tokens *t, const struct age *g)
{
    enum { REACH = 14 };
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
    return g->value >= TEENS && g->value < CHILD_END;
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

/* "In my seventeen years I have", "all of my 18 years of life": how long one has lived, and not "my
 * ten years at the club". */
static bool years_lived(const struct tokens *t, const struct age *g)
{
    static const struct words spans = WORDS("years", "summers", "winters", "springs", "yrs");
    static const struct words lives = WORDS("i", "we", "life", "earth", "alive", "have");
    const struct token *next = token_at(t, g->b + 2);
    if (g->a == 0 || !token_is(t, g->a - 1, "my") || g->value < TEENS ||
        !token_in(t, g->b + 1, &spans))
        return false;
    for (size_t k = g->b + 2; k < g->b + 5 && k < t->n && gap_blank(t->v[k].gap); k++)
        if (token_in(t, k, &lives))
            return true;
    return next->kind == TK_END || !gap_blank(next->gap);
}

/* "a student of twenty-six", "my sweet sixteen". */
static bool person_of(const struct tokens *t, const struct age *g)
{
    static const struct words young =
        WORDS("student", "child", "boy", "girl", "kid", "teenager", "teen", "youth", "youngster",
              "lad", "lass", "person", "man", "woman", "learner", "adult", "toddler", "apprentice");
    const size_t a = g->a;
    if (a > 1 && token_is(t, a - 1, "of") && token_in(t, a - 2, &young))
        return g->value >= CHILD_MIN && age_ends(t, g->b);
    return a > 0 && token_is(t, a - 1, "sweet") && g->value == SWEET;
}

/* "seventeen going on eighteen": the next is one more. */
static bool going_on(const struct tokens *t, const struct age *g)
{
    struct age more;
    return token_is(t, g->b + 1, "going") && token_is(t, g->b + 2, "on") &&
           read_age(t, g->b + 3, &more) && more.value == g->value + 1;
}

/* "Yara is nine and sings", "Omar is seventeen, lives": somebody with a name, and no measure. */
static bool named_age(const struct tokens *t, const struct age *g)
{
    const struct token *next = token_at(t, g->b + 1);
    const size_t a = g->a;
    if (a < 2 || !token_is(t, a - 1, "is") || !gap_blank(t->v[a - 1].gap) || g->value < CHILD_MIN ||
        g->value >= CHILD_END)
        return false;
    const struct token *who = &t->v[a - 2];
    const uint64_t no_person = LEX_PLAIN_BITS | LEX_FIGURE_PART | LEX_SUBJECT | LEX_BRAND;
    const bool known = who->kind == TK_WORD &&
                       (who->flags & (T_CAPITAL | T_ALL_CAPS)) == T_CAPITAL &&
                       !(who->bits & no_person) && (who->bits & (LEX_FIRST | LEX_LAST));
    const bool taken =
        who->kind == TK_PLACEHOLDER && str_starts(token_text(t, a - 2), S("[person"));
    return (known || taken) && ((next->gap & GAP_COMMA) || token_is(t, g->b + 1, "and"));
}

/* "About me: 18, gay": a label, and a number by itself. */
static bool age_labelled(const struct tokens *t, const struct age *g)
{
    static const struct words labels = WORDS("me", "myself", "bio", "profile", "self", "applicant");
    const struct token *next = token_at(t, g->b + 1);
    return in_teens(g) && (t->v[g->a].gap & GAP_COLON) && token_in(t, g->a - 1, &labels) &&
           (next->kind == TK_END || (next->gap & (GAP_COMMA | GAP_DOT | GAP_LINE | GAP_SLASH)));
}

/* "Now 17, I look back", "before I hit eighteen", "I was in Year 9, thirteen and furious". */
static bool age_come(const struct tokens *t, const struct age *g)
{
    enum { REACH = 8 };
    static const struct words comes = WORDS("hit", "reached", "reach");
    static const struct words nears = WORDS("pushing", "nearing", "approaching", "rising", "on");
    static const struct words being = WORDS("am", "was", "m");
    const struct token *next = token_at(t, g->b + 1);
    const size_t a = g->a;
    if (a > 3 && g->words && g->value >= CHILD_MIN && g->value < CHILD_END &&
        token_is(t, a - 1, "on") && token_is(t, a - 2, "going") && token_in(t, a - 3, &being))
        return is_person(t, a - 4) && age_ends(t, g->b);
    if (a < 1 || !in_teens(g))
        return false;
    if (token_is(t, a - 1, "now") && ((next->gap & GAP_COMMA) || token_is(t, g->b + 1, "since")))
        return (t->v[a - 1].flags & T_START) || (t->v[a - 1].gap & GAP_COMMA);
    if (a > 1 && token_in(t, a - 1, &comes) && token_is(t, a - 2, "i"))
        return g->words && age_ends(t, g->b);
    if (a > 1 && token_in(t, a - 1, &nears))
        return g->words && age_ends(t, g->b) &&
               (!token_is(t, a - 1, "on") || token_is(t, a - 2, "going"));
    if (!g->words || !(t->v[a].gap & GAP_COMMA) || !token_is(t, g->b + 1, "and") ||
        !gap_blank(next->gap) || (token_at(t, g->b + 2)->bits & (LEX_NUMBER | LEX_FUNCTION)))
        return false;
    for (size_t i = 2; i <= REACH && i <= a && gap_same_sentence(t->v[a - i + 1].gap); i++)
        if (token_is(t, a - i, "i"))
            return token_in(t, a - i + 1, &being);
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

/* "NAME | 17 | female", "Question 6: 18, permanent resident": a field of its own. */
static bool in_field(const struct tokens *t, const struct age *g)
{
    enum { REACH = 6 };
    const uint16_t bar = GAP_OTHER | GAP_SLASH;
    const struct token *next = token_at(t, g->b + 1);
    if (!in_teens(g) || !(t->v[g->a].gap & bar) || !(next->gap & (bar | GAP_LINE | GAP_COMMA)))
        return false;
    for (size_t i = 1; i <= REACH && i <= g->a; i++) {
        if (is_self(t, g->a - i) || (t->v[g->a - i].bits & (LEX_GENDERED | LEX_GENDER_ADJ)))
            return true;
        if (t->v[g->a - i + 1].gap & GAP_LINE)
            break;
    }
    return (next->bits & (LEX_GENDERED | LEX_GENDER_ADJ)) && !(next->gap & GAP_LINE);
}

/* "17 on my last lap", "Eighteen or nearly.", "18, stubborn, Polish by birth": what one is, at the
 * head of a sentence that has no verb. */
static bool heads_sentence(const struct tokens *t, const struct age *g)
{
    enum { ASKED_REACH = 3 };
    static const struct words nearly = WORDS("nearly", "almost", "so", "thereabouts", "about");
    static const struct words asked = WORDS("age", "old", "aged");
    static const struct words just = WORDS("just", "only", "barely", "nearly", "almost", "still");
    const struct token *next = token_at(t, g->b + 1), *then = token_at(t, g->b + 2);
    const size_t a =
        g->a > 0 && token_in(t, g->a - 1, &just) && gap_blank(t->v[g->a].gap) ? g->a - 1 : g->a;
    const uint16_t stop = GAP_LINE | GAP_EDGE | GAP_STOP | GAP_DOT | GAP_COLON;
    if (!in_teens(g) || g->value < TEENS + 2 || !(t->v[a].gap & stop))
        return false;
    if (gap_blank(next->gap) && token_is(t, g->b + 1, "on") && token_is(t, g->b + 2, "my"))
        return true;
    if (gap_blank(next->gap) && token_is(t, g->b + 1, "or") && token_in(t, g->b + 2, &nearly))
        return !gap_blank(token_at(t, g->b + 3)->gap);
    for (size_t i = 1; i <= ASKED_REACH && i <= a && !gap_blank(next->gap); i++)
        if (token_in(t, a - i, &asked))
            return true;
    /* "18, permanent resident", and no "17, 18 and 19", no "15, which we" */
    const uint64_t said = LEX_FUNCTION | LEX_SPEECH | LEX_UNIT | LEX_NUMBER | LEX_MONTH;
    const bool proxy = (next->bits & LEX_STATUS) ||
                       (next->phrase_set && (next->phrase_set->bits & LEX_PROXY_BITS));
    return next->gap == (GAP_COMMA | GAP_BLANK) && next->dull && !(next->bits & said) &&
           (proxy || (!gap_blank(then->gap) && !(then->gap & GAP_COLON) &&
                      !(t->v[a].gap & GAP_COLON) && !str_ends(token_text(t, g->b + 1), S("ly"))));
}

/* "Being Basque and 17, I'm", "From thirteen to sixteen I wore": value of the writer's own life. */
static bool beside_self(const struct tokens *t, const struct age *g)
{
    enum { REACH = 4 };
    const struct token *next = token_at(t, g->b + 1);
    const size_t a = g->a;
    if (!in_teens(g) || a < 2 || !token_is(t, a - 1, "and") || !(next->gap & GAP_COMMA) ||
        !token_is(t, g->b + 1, "i"))
        return false;
    for (size_t i = 2; i <= REACH && i <= a && gap_blank(t->v[a - i + 1].gap); i++)
        if (token_is(t, a - i, "being"))
            return true;
    return false;
}

/* "Palestinian, seventeen, young woman": a line of a form. */
static bool in_form_line(const struct tokens *t, const struct age *g)
{
    const uint16_t apart = GAP_COMMA | GAP_SLASH | GAP_COLON;
    const struct token *next = token_at(t, g->b + 1), *noun = token_at(t, g->b + 2);
    const uint64_t kinds = LEX_GENDERED | LEX_GENDER_ADJ;
    return in_teens(g) && (t->v[g->a].gap & apart) && (next->gap & apart) &&
           ((next->bits & kinds) || token_is(t, g->b + 1, "person") ||
            (token_is(t, g->b + 1, "young") &&
             ((noun->bits & kinds) || token_is(t, g->b + 2, "person"))));
}

/* The number behind "at" or "by" is an hour of the day. */
static bool hour_of_day(const struct tokens *t, const struct age *g)
{
    const size_t a = g->a;
    /* "I wake up at five, I walk" */
    static const struct words risings =
        WORDS("wake", "woke", "up", "rise", "rose", "open", "opens", "close", "closes", "starts",
              "start", "begins", "ends", "leave", "leaves");
    if (a > 1 && g->value <= 12 && token_is(t, a - 1, "at") && token_in(t, a - 2, &risings))
        return true;
    /* "At six I wake her", "by eight I am at school": what one does at that hour of the day. */
    static const struct words doings = WORDS(
        "wake", "rise", "get", "open", "start", "leave", "am", "feed", "help", "set", "catch",
        "walk", "milk", "light", "go", "take", "cook", "make", "sweep", "wash", "close", "run");
    return g->value <= 12 && token_is(t, g->b + 1, "i") && gap_blank(token_at(t, g->b + 1)->gap) &&
           token_in(t, g->b + 2, &doings) && (token_is(t, a - 1, "at") || token_is(t, a - 1, "by"));
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
        return (a > 0 && token_is(t, a - 1, "age")) || heads_sentence(t, g) || in_field(t, g);
    if (t->v[a].gap & GAP_OTHER)
        return in_field(t, g);
    if (token_in(t, a - 1, &strong))
        return true;
    if (a > 1 && token_is(t, a - 1, "of") && token_is(t, a - 2, "age"))
        return true;
    if (age_verb(t, a)) /* and not "I'm 1 m 68" */
        return age_ends(t, g->b) && !token_is(t, g->b + 1, "m");
    if (age_in_passing(t, g) || years_had(t, g) || age_aside(t, g) || years_lived(t, g) ||
        person_of(t, g) || age_come(t, g) || age_labelled(t, g) || going_on(t, g) ||
        named_age(t, g) || in_form_line(t, g) || heads_sentence(t, g) || beside_self(t, g))
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
    if (hour_of_day(t, g))
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

/* "Name, 16," in a sentence, and "Name, 16" for a signature. */
static bool own_age_ends(const struct tokens *t, const struct age *g)
{
    enum { SIGNER_MIN = 13, SIGNER_MAX = 25 };
    const struct token *next = token_at(t, g->b + 1);
    return (next->gap & (GAP_COMMA | GAP_BRACKET)) ||
           ((next->kind == TK_END || (next->gap & GAP_LINE)) && g->value >= SIGNER_MIN &&
            g->value <= SIGNER_MAX);
}

/* "Name, eighteen years and some weeks" */
static bool years_after_name(const struct tokens *t, const struct age *g)
{
    return in_teens(g) && g->words && token_is(t, g->b + 1, "years") &&
           !token_is(t, g->b + 2, "of") && !token_is(t, g->b + 2, "in");
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

/* "in my eighteenth year", "on my 18th": told by the birthday before or ahead. */
static bool year_of_life(const struct tokens *t, const struct age *g)
{
    static const struct words spans = WORDS("year", "summer", "winter", "spring", "autumn");
    static const struct words days = WORDS("on", "before", "after", "for", "until", "by", "since");
    const int nth = g->value % ORDINAL_BASE;
    const struct token *next = token_at(t, g->b + 1);
    if (g->a < 1 || !token_is(t, g->a - 1, "my") || nth > AGE_LAST)
        return false;
    if (gap_blank(next->gap) && token_is(t, g->b + 1, "year") && token_is(t, g->b + 2, "of") &&
        (token_is(t, g->b + 3, "life") || token_is(t, g->b + 3, "age")))
        return nth >= CHILD_MIN; /* "in my tenth year of life" */
    if (nth < TEENS)
        return false;
    if (gap_blank(next->gap) && token_in(t, g->b + 1, &spans))
        return !token_is(t, g->b + 2, "of") && !token_is(t, g->b + 2, "as");
    return g->a > 1 && token_in(t, g->a - 2, &days) && age_ends(t, g->b);
}

/* "My brother, nine, broke it", "my sister (12)" */
static bool kin_age(const struct tokens *t, const struct age *g)
{
    const uint16_t apart = GAP_COMMA | GAP_BRACKET, after = token_at(t, g->b + 1)->gap & apart;
    const size_t k = g->a - 1;
    return k > 0 && k < t->n && is_my_kin(t, k) && after && (t->v[g->a].gap & apart) == after;
}

/* "in my late teens" */
static void judge_teens(struct pass *p, size_t k)
{
    static const struct words parts = WORDS("early", "late", "mid", "middle");
    static const struct words owners = WORDS("my", "his", "her", "our");
    const struct tokens *t = &p->t;
    const size_t a = k > 0 && token_in(t, k - 1, &parts) ? k - 1 : k;
    if (a > 0 && token_in(t, a - 1, &owners))
        date_take(p, a, k, SCRUB_AGE, "age.teens", 70);
}

/* "nine or ten", "seventeen going on eighteen", "nine years": all that is said of the age found at
 * a to b. */
static void take_age(struct pass *p, size_t a, size_t b)
{
    const struct tokens *t = &p->t;
    struct age more;
    const bool going = token_is(t, b + 1, "going") && token_is(t, b + 2, "on");
    const size_t link = b + 1 + going;
    if ((going || token_is(t, link, "or")) && gap_blank(token_at(t, b + 1)->gap) &&
        gap_blank(token_at(t, link + 1)->gap) && read_age(t, link + 1, &more) && !more.ordinal)
        b = more.b;
    else if (token_is(t, b + 1, "years") && gap_blank(t->v[b + 1].gap))
        b++;
    date_take(p, a, b, SCRUB_AGE, "age.cue", 80);
}

/* "at five, seven, eight and eleven": the last of the ages in words that begin with g; each is
 * more than the one before it. */
static size_t ages_listed(const struct tokens *t, const struct age *g)
{
    struct age more, last = *g;
    while (g->words && g->value < CHILD_END && g->a > 0 && token_is(t, g->a - 1, "at")) {
        const size_t next = last.b + 1;
        const bool link = token_is(t, next, "and") && gap_blank(token_at(t, next)->gap);
        const uint16_t gap = token_at(t, next + link)->gap;
        if (!(link ? gap_blank(gap) : gap == (GAP_COMMA | GAP_BLANK)) ||
            !read_age(t, next + link, &more) || !more.words || more.ordinal ||
            more.value <= last.value)
            break;
        last = more;
    }
    return last.b;
}

/* "From thirteen to sixteen I wore": the end of the years that begin with g; 0: there are none. Up
 * to twelve they are hours of the day. */
static size_t years_spanned(const struct tokens *t, const struct age *g)
{
    struct age until;
    if (g->a == 0 || !token_is(t, g->a - 1, "from") || !token_is(t, g->b + 1, "to") ||
        g->value < CHILD_MIN || !read_age(t, g->b + 2, &until) || until.ordinal ||
        until.value <= g->value || until.value < TEENS || until.value >= CHILD_END)
        return 0;
    static const struct words selves = WORDS("i", "my", "we", "it");
    return token_in(t, until.b + 1, &selves) &&
                   !(token_at(t, until.b + 1)->gap & ~(GAP_BLANK | GAP_COMMA))
               ? until.b
               : 0;
}

/* "I was three weeks old", "at five days old": of one just born; 0: of no person. */
static size_t newborn(const struct tokens *t, const struct age *g)
{
    static const struct words spans = WORDS("days", "weeks", "months", "day", "week");
    static const struct words being = WORDS("was", "am");
    const size_t a = g->a;
    if (a == 0 || g->ordinal || !token_in(t, g->b + 1, &spans) || !token_is(t, g->b + 2, "old"))
        return 0;
    const bool self = a > 1 && token_in(t, a - 1, &being) && is_person(t, a - 2);
    const bool at = token_is(t, a - 1, "at") && (t->v[a - 1].gap & GAP_COMMA);
    return self || at ? g->b + 2 : 0;
}

/* "Deniz Akın, aged 17": with the word for it, beside the name. */
static size_t with_aged(const struct tokens *t, size_t a)
{
    return a > 0 && token_is(t, a - 1, "aged") && (t->v[a - 1].gap & GAP_COMMA) ? a - 1 : a;
}

void age_judge(struct pass *p, size_t k)
{
    struct age g;
    const struct tokens *t = &p->t;
    if (token_is(t, k, "teens"))
        judge_teens(p, k);
    if (!read_age(t, k, &g))
        return;
    if (g.ordinal) {
        const bool whole = token_is(t, g.b + 1, "birthday") || token_is(t, g.b + 2, "of");
        if (token_is(t, g.b + 1, "birthday") || year_of_life(t, &g))
            date_take(p, g.a, g.b + whole, SCRUB_AGE, "age.birthday", 85);
        return;
    }
    const size_t span = years_spanned(t, &g), young = newborn(t, &g);
    if (span || young) {
        date_take(p, g.a, span ? span : young, SCRUB_AGE, "age.span", 80);
        return;
    }
    if (is_range(t, &g))
        return;
    const size_t part = age_part(t, g.b);
    const size_t old = part > g.b && token_is(t, part + 1, "old") ? part + 1 : old_tail(t, g.b);
    const struct age whole = { g.a, part > g.b ? part : ages_listed(t, &g), g.value, g.words,
                               g.ordinal };
    if (g.words && g.value > AGE_LAST) {
        /* "Mrs Fishman, is ninety-four and": said of a person. */
        const bool said = k > 1 && (token_is(t, k - 1, "is") || token_is(t, k - 1, "was")) &&
                          ((t->v[k - 1].gap & GAP_COMMA) || (t->v[k - 2].flags & T_CAPITAL) ||
                           token_is(t, k - 2, "who")) &&
                          age_ends(t, g.b);
        if (said || (k > 0 && token_is(t, k - 1, "aged")))
            date_take(p, g.a, g.b, SCRUB_AGE, "age.other", 60);
        return;
    }
    if (old > g.b && of_thing(t, g.a, old))
        return;
    if (old > g.b)
        date_take(p, g.a, old, SCRUB_AGE, "age.old", 90);
    else if (age_cue(t, &whole) || on_birthday(p, &whole) || kin_age(t, &whole))
        take_age(p, with_aged(t, g.a), whole.b);
    else if (k > 0 && is_self(t, k - 1) && (t->v[k].gap & (GAP_COMMA | GAP_BRACKET)) &&
             (own_age_ends(t, &g) || years_after_name(t, &g)))
        take_age(p, g.a, g.b);
}
