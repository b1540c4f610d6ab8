/* Given names that are English words too: what tells the name from the word. */
#include "scrub/given_word.h"

#include "base/str.h"

/* Nouns that begin a sentence without an article: "Hope kept me going". */
static const struct words bare_nouns = WORDS(
    "grace", "hope", "joy", "faith", "mercy", "patience", "prudence", "constance", "charity",
    "chastity", "felicity", "verity", "clarity", "harmony", "melody", "destiny", "trinity",
    "justice", "liberty", "peace", "love", "bliss", "chance", "victory", "glory", "art", "dawn",
    "summer", "autumn", "winter", "sunday", "monday", "friday", "blessing", "blessings", "favour",
    "favor", "comfort", "fortune", "goodness", "praise", "wisdom", "happiness", "beauty", "promise",
    "pride", "progress", "success", "talent", "treasure", "wonder", "freedom", "independence",
    "knowledge", "memory", "perseverance", "prosperity", "respect", "trust", "truth", "unity",
    "welcome", "testimony", "delight", "forgiveness", "obedience", "tolerance", "confidence",
    "evidence", "providence", "ivy", "heather", "ginger", "rosemary", "basil", "sage", "saffron",
    "ash", "holly", "jasmine", "jade", "crystal", "coral", "amber", "sky", "rain", "ocean", "clay",
    "candy", "honey", "sugar", "flora", "grant", "journey", "lane");
/* Words that begin a sentence before "was the time". */
static const struct words qualities = WORDS(
    "precious", "innocent", "frank", "rich", "sandy", "rocky", "royal", "noble", "divine", "gentle",
    "merry", "sunny", "lucky", "happy", "bright", "brilliant", "lovely", "handsome", "marvellous",
    "marvelous", "patient", "earnest", "gracious", "obedient", "thankful", "godly", "bonny");

/* "Grace, Tunde and I": a list of persons begins. */
bool given_lists(const struct pass *p, size_t b)
{
    const struct tokens *t = &p->t;
    const size_t to = token_is(t, b + 1, "and") ? b + 2 : b + 1;
    const struct token *next = token_at(t, to);
    if (token_is(t, b + 1, "and") && gap_blank(token_at(t, b + 1)->gap) && token_is(t, to, "i") &&
        (next->flags & T_CAPITAL)) /* "Joy and I fixed it" */
        return true;
    if (to >= t->n || !(to > b + 1 || (next->gap & GAP_COMMA)) || !(next->flags & T_CAPITAL))
        return false;
    const enum sense s = token_sense(p, to);
    return s == SENSE_NAME || s == SENSE_UNKNOWN || (s == SENSE_EITHER && (next->bits & LEX_FIRST));
}

/* "Daisy has read this", "Skye would not come": a rarer word that acts without an article. */
bool given_goes_on(const struct pass *p, size_t b)
{
    static const struct words helpers = WORDS("has", "had", "would", "will", "did");
    static const struct words deeds = WORDS(
        "read", "seen", "come", "gone", "bought", "brought", "built", "written", "lent", "said",
        "told", "eaten", "slept", "drawn", "run", "asked", "drive", "drives", "laugh");
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, b + 1);
    size_t verb = b + 1 + token_in(t, b + 1, &helpers);
    if (!gap_blank(next->gap) || (next->flags & T_CAPITAL))
        return false;
    verb += verb > b + 1 && (token_is(t, verb, "not") || token_is(t, verb, "never"));
    return verb > b + 1 ? token_in(t, verb, &deeds) : (next->bits & LEX_SPEECH) != 0;
}

/* "Drew sells them": a verb of the third person with its object. */
bool given_does(const struct pass *p, size_t b)
{
    static const struct words objects = WORDS("me", "us", "them", "him", "her", "it", "my", "our",
                                              "the", "a", "an", "his", "their", "this", "that");
    static const struct words deeds =
        WORDS("believed", "helped", "caught", "called", "hugged", "texted", "phoned", "drove",
              "joined", "warned", "corrected", "watched", "lent", "taught", "thanked", "followed");
    static const struct words persons = WORDS("me", "us", "him", "her", "them");
    const struct tokens *t = &p->t;
    const struct token *next = token_at(t, b + 1);
    const struct str verb = token_text(t, b + 1);
    if (gap_blank(next->gap) && token_in(t, b + 1, &deeds) && token_in(t, b + 2, &persons))
        return true;
    return gap_blank(next->gap) && !(next->flags & T_CAPITAL) && (next->bits & LEX_ORDINARY) &&
           !(next->bits & LEX_FUNCTION) && str_ends(verb, S("s")) && !str_ends(verb, S("ss")) &&
           gap_blank(token_at(t, b + 2)->gap) && token_in(t, b + 2, &objects);
}

/* "Dawn said", "Penny says that", "Hope sat": at the beginning of a sentence too, as no noun does
 * so without an article. */
bool given_says(const struct pass *p, size_t b)
{
    static const struct words sayings = WORDS(
        "says", "said", "told", "tells", "asks", "asked", "thinks", "laughed", "laughs", "taught",
        "wrote", "lent", "keeps", "carried", "smiled", "grinned", "shrugged", "nodded", "whispered",
        "sat", "sits", "waved", "giggled", "whistled", "texted", "phoned", "emailed", "drove",
        "baked", "sewed", "cooked", "typed", "yawned", "winked", "shouted", "yelled", "replied",
        "insisted", "apologised", "apologized", "joked", "wept", "blushed", "frowned", "stared",
        "knitted", "borrowed", "cycled", "fetched", "soldered", "translated", "volunteered",
        "writes", "codes", "sings", "teaches", "plays", "cooks", "draws", "reads");
    static const struct words adverbs =
        WORDS("now", "then", "also", "still", "always", "never", "just", "only", "once", "later");
    const struct token *next = token_at(&p->t, b + 1);
    const size_t verb = b + 1 + token_in(&p->t, b + 1, &adverbs);
    return gap_blank(next->gap) && !(next->flags & T_CAPITAL) && token_in(&p->t, verb, &sayings);
}

/* "is my cousin", "was the captain" */
static bool is_somebody(const struct tokens *t, size_t verb)
{
    static const struct words being = WORDS("is", "was");
    static const struct words owners = WORDS("my", "our", "the", "a", "an", "his", "her", "their");
    if (!token_in(t, verb, &being) || !token_in(t, verb + 1, &owners))
        return false;
    for (size_t k = verb + 2; k <= verb + 4 && gap_blank(token_at(t, k)->gap); k++)
        if (token_at(t, k)->bits & (LEX_KIN | LEX_ROLE))
            return true;
    return false;
}

/* A verb in the past, of which no order or wish begins. */
static bool is_past(const struct tokens *t, size_t k)
{
    static const struct words irregular =
        WORDS("gave", "sat", "won", "brought", "ran", "came", "went", "took", "made", "knew",
              "thought", "found", "got", "did", "saw", "held", "stood", "kept", "told", "said",
              "broke", "spoke", "wrote", "drew", "drove", "flew", "ate", "drank", "slept", "woke",
              "sang", "swam", "threw", "grew", "built", "bought", "caught", "taught", "lost", "met",
              "paid", "sent", "sold", "spent", "understood", "wore", "began", "chose", "forgot",
              "hid", "rode", "shook", "stole", "became", "led", "lent", "rang", "taught");
    const struct token *w = token_at(t, k);
    return token_in(t, k, &irregular) ||
           ((w->bits & (LEX_SPEECH | LEX_ORDINARY)) && str_ends(token_text(t, k), S("ed")));
}

bool given_acts(const struct pass *p, size_t k)
{
    static const struct words helpers = WORDS("was", "is", "has", "had", "would", "could", "will",
                                              "never", "always", "still", "also");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *next = token_at(t, k + 1), *then = token_at(t, k + 2);
    const bool known = learned_has(p->learned, w->hash);
    if (!(w->bits & LEX_GIVEN_WORD) || !gap_blank(next->gap) || (next->flags & T_CAPITAL))
        return false;
    if (is_somebody(t, k + 1))
        return true;
    if (token_in(t, k, &bare_nouns) && !known)
        return false;
    if (is_past(t, k + 1))
        return !token_is(t, k, "will") || !token_is(t, k + 1, "need");
    return token_in(t, k + 1, &helpers) && then->kind == TK_WORD && gap_blank(then->gap) &&
           !(then->flags & T_CAPITAL) && (known || !token_in(t, k, &qualities));
}

bool given_stands(const struct pass *p, size_t k)
{
    static const struct words articles = WORDS(
        "the", "a", "an", "of", "called", "named", "in", "at", "project", "play", "song", "poem",
        "robot", "boat", "dog", "cat", "horse", "every", "last", "next", "this", "on");
    const struct token *w = &p->t.v[k], *next = token_at(&p->t, k + 1);
    return k > 0 && gap_blank(w->gap) && !token_in(&p->t, k - 1, &articles) &&
           !(w->flags & (T_QUOTED | T_HEADING | T_SHOUT)) &&
           !(gap_joint(next->gap) && (next->flags & T_CAPITAL));
}

/* "Monday, a porter, taught": what one is, between commas. */
static bool between_commas(const struct tokens *t, size_t k)
{
    static const struct words owners = WORDS("my", "our", "the", "a", "an", "his", "her", "their");
    enum { REACH = 4 };
    if (!(token_at(t, k + 1)->gap & GAP_COMMA) || !token_in(t, k + 1, &owners))
        return false;
    for (size_t i = k + 2; i <= k + REACH && gap_blank(token_at(t, i)->gap); i++)
        if ((t->v[i].bits & (LEX_KIN | LEX_ROLE)) && (token_at(t, i + 1)->gap & GAP_COMMA))
            return true;
    return false;
}

bool given_of_time(const struct pass *p, size_t k)
{
    static const struct words idle =
        WORDS("knows", "cares", "am", "can", "would", "wants", "needs");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *next = token_at(t, k + 1);
    if (!(w->bits & LEX_GIVEN_WORD) || (w->flags & (T_SHOUT | T_HEADING | T_QUOTED)))
        return false;
    if ((next->gap & GAP_COMMA) && (token_is(t, k + 1, "who") || token_is(t, k + 1, "whose")))
        return !token_in(t, k + 2, &idle);
    if (day_meant(p, k))
        return false;
    const struct token *before = k > 0 ? &t->v[k - 1] : NULL;
    if (before && (before->bits & (LEX_KIN | LEX_ROLE)) && gap_blank(w->gap) &&
        !(before->flags & T_POSSESSIVE))
        return true;
    static const struct words of_seasons = WORDS("taught", "teaches", "keeps", "carried", "tells");
    return between_commas(t, k) || (given_says(p, k) && !token_in(t, k + 1, &of_seasons));
}

/* "my cousin penny did the drawings": as a sentence goes on behind a name. */
static bool small_kin(const struct tokens *t, size_t k)
{
    static const struct words owners = WORDS("my", "our", "his", "her", "their");
    static const struct words after = WORDS("who", "did", "was", "is", "has", "had", "and", "said",
                                            "says", "would", "could", "always", "never", "for");
    const struct token *next = token_at(t, k + 1);
    if (k < 2 || !(t->v[k - 1].bits & (LEX_KIN | LEX_ROLE)) || !token_in(t, k - 2, &owners) ||
        !gap_blank(t->v[k - 1].gap))
        return false;
    return !gap_blank(next->gap) || (next->bits & LEX_SPEECH) || token_in(t, k + 1, &after);
}

/* "next to will", "told grace that", "thanks to joy,", "to angel, who": where a person stands. */
static bool small_company(const struct tokens *t, size_t k)
{
    static const struct words told = WORDS("asked", "told", "thank", "thanked", "texted", "phoned",
                                           "called", "emailed", "messaged", "hugged", "married");
    static const struct words sides = WORDS("next", "according", "thanks", "sat", "belongs");
    const struct token *next = token_at(t, k + 1);
    const bool ends = !gap_blank(next->gap);
    if (k < 2 || !(t->v[k].bits & LEX_GIVEN_WORD))
        return false;
    if (token_in(t, k - 1, &told))
        return ends || (next->bits & LEX_FUNCTION);
    const bool relative = token_is(t, k + 1, "who") || token_is(t, k + 1, "whose");
    if (relative && (t->v[k - 1].bits & LEX_FUNCTION))
        return true;
    return token_is(t, k - 1, "to") && token_in(t, k - 2, &sides) &&
           (token_is(t, k - 2, "next") || ends || (next->bits & LEX_FUNCTION));
}

bool given_small(const struct pass *p, size_t k)
{
    static const struct words courtesy = WORDS("mr", "mrs", "ms", "miss", "mister", "dr", "prof");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    if (k == 0 || w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC | T_CONTRACTED)) ||
        (w->bits & (LEX_FUNCTION | LEX_GIVEN_WORD)) == LEX_FUNCTION ||
        (w->gap & ~(GAP_BLANK | GAP_DOT)))
        return false;
    if (token_in(t, k - 1, &courtesy) && !token_is(t, k - 1, "miss"))
        return token_len(w) > 1;
    if (!gap_blank(w->gap) || !(w->bits & (LEX_FIRST | LEX_GIVEN_WORD)))
        return false;
    return small_kin(t, k) || small_company(t, k);
}
