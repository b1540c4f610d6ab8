/* scrub/faith.c: what shows that a word of faith is meant as one, and that the writer holds it:
 * rites that are kept, dress that is worn, clergy that act, feasts that are observed. */
#include "base/str.h"
#include "scrub/told.h"

enum { CUED = 70 };

/* "the Orthodox community", "a Reformed family"; "the temple where we rehearse". */
bool faith_of_believers(const struct pass *p, const struct find *f)
{
    static const struct words groups =
        WORDS("community", "church", "faith", "family", "families", "woman", "man", "parents",
              "school", "youth", "tradition", "upbringing", "household", "believers", "service");
    static const struct words selves = WORDS("we", "i", "my", "our");
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[f->a];
    const bool shown = (w->flags & T_CAPITAL) && !(w->flags & (T_START | T_HEADING | T_SHOUT));
    const bool group = gap_blank(token_at(t, f->b + 1)->gap) && token_in(t, f->b + 1, &groups);
    if (shown && (group || (f->b > f->a && token_in(t, f->b, &groups))))
        return true;
    return token_is(t, f->b + 1, "where") && token_in(t, f->b + 2, &selves);
}

/* "I observe the Sabbath", "I go to confession": a rite that the writer keeps. */
static bool practised(const struct tokens *t, const struct find *f)
{
    static const struct words keeps =
        WORDS("observe", "observed", "keep", "kept", "attend", "attended", "celebrate",
              "celebrated", "practise", "practice");
    size_t k = f->a;
    if (k > 1 && (token_is(t, k - 1, "the") || token_is(t, k - 1, "my")))
        k--;
    if (k < 2 || !in_sentence(t, k - 2, f->a))
        return false;
    const bool goes =
        token_is(t, k - 1, "to") && (token_is(t, k - 2, "go") || token_is(t, k - 2, "went"));
    const size_t verb = goes ? k - 2 : k - 1;
    return verb > 0 && (goes || token_in(t, verb, &keeps)) &&
           (token_is(t, verb - 1, "i") || token_is(t, verb - 1, "we"));
}

/* "If I wear the crucifix": what the writer has on. */
static bool worn(const struct tokens *t, const struct find *f)
{
    static const struct words wears = WORDS("wear", "wore", "wearing", "worn");
    static const struct words owners = WORDS("the", "a", "an", "my", "our");
    const size_t k = f->a > 0 && token_in(t, f->a - 1, &owners) ? f->a - 1 : f->a;
    if (k < 2 || !in_sentence(t, k - 2, f->a) || !token_in(t, k - 1, &wears))
        return false;
    return token_is(t, k - 2, "i") || token_is(t, k - 2, "we") || token_is(t, k - 2, "m") ||
           token_is(t, k - 2, "am");
}

/* "bell ringer at the pagoda", "find me singing at the temple": a part in a house of worship. */
static bool served(const struct tokens *t, const struct find *f)
{
    enum { PART_REACH = 3 };
    static const struct words links = WORDS("at", "of", "in");
    static const struct words parts = WORDS(
        "singing", "sing", "sang", "reader", "reading", "ringer", "drummer", "organist",
        "volunteer", "volunteering", "serving", "served", "serve", "helper", "helping", "choir",
        "usher", "pray", "praying", "prayed", "teacher", "accompanist", "youth", "clock", "help",
        "cook", "cooked", "married", "baptised", "treasurer", "steward", "cleaned", "met");
    if (f->a < 2 || !token_is(t, f->a - 1, "the") || !token_in(t, f->a - 2, &links))
        return false;
    for (size_t i = 3; i < 3 + PART_REACH && i <= f->a; i++) {
        if (!in_sentence(t, f->a - i, f->a))
            return false;
        if (token_in(t, f->a - i, &parts))
            return true;
    }
    return false;
}

/* "The bishop blessed it", "our pandit keeps the ladder": one who serves a faith, and no piece of
 * chess. */
static bool ministers(const struct tokens *t, const struct find *f)
{
    static const struct words clergy =
        WORDS("bishop", "bishops", "vicar", "curate", "deacon", "deaconess", "pastor", "pandit",
              "sheikh", "shaikh", "canon", "archbishop", "verger", "sexton", "abbot", "abbess",
              "prioress", "swami", "guru", "lama", "minister", "rector", "elder", "preacher",
              "padre", "abba", "chaplain", "provost", "dean");
    static const struct words owners = WORDS("the", "our", "my", "a", "their", "local", "parish");
    static const struct words deeds = WORDS(
        "once", "keeps", "keep", "kept", "found", "blessed", "blesses", "prays", "prayed",
        "preached", "preaches", "married", "buried", "baptised", "who", "lent", "came", "comes",
        "knows", "knew", "sings", "sang", "has", "had", "reads", "himself", "herself");
    const struct token *next = token_at(t, f->b + 1);
    return f->a == f->b && f->a > 0 && token_in(t, f->a, &clergy) && gap_blank(t->v[f->a].gap) &&
           token_in(t, f->a - 1, &owners) && gap_blank(next->gap) &&
           !token_is(t, f->a, "minister") &&
           ((next->bits & LEX_SPEECH) || token_in(t, f->b + 1, &deeds));
}

/* "At the pagoda the monk asked us": beside another word of faith in the sentence. */
static bool among_sacred(const struct tokens *t, const struct find *f)
{
    enum { SACRED_REACH = 8 };
    static const struct words houses =
        WORDS("temple", "pagoda", "chapel", "shrine", "cathedral", "abbey", "convent", "basilica",
              "tabernacle", "priory", "kirk", "minster", "stupa", "bishop", "vicar", "deacon",
              "pastor", "curate", "sheikh", "pandit", "canon", "rector", "elder", "elders", "padre",
              "preacher", "preachers", "abba", "minister", "provost", "ministers");
    if (f->a != f->b || !token_in(t, f->a, &houses))
        return false;
    for (size_t i = 1; i <= SACRED_REACH && i <= f->a; i++) {
        const struct token *w = &t->v[f->a - i];
        if (!gap_same_sentence(w[1].gap))
            break;
        if ((w->bits & LEX_RELIGION) && ((w->bits & LEX_SURE) || (w->flags & T_CLAIMED)))
            return true;
    }
    for (size_t i = 1; i <= SACRED_REACH && f->b + i < t->n; i++) {
        const struct token *w = &t->v[f->b + i];
        if (!gap_same_sentence(w->gap))
            break;
        if ((w->bits & LEX_RELIGION) &&
            ((w->bits & LEX_SURE) || !(w->bits & LEX_PLAIN_BITS) || token_is(t, f->b + i, "god")))
            return true;
    }
    return false;
}

/* "In the week before Assumption", "Advent is kept": a feast whose name is a word too. */
static bool feast_kept(const struct tokens *t, size_t k)
{
    static const struct words feasts =
        WORDS("advent", "assumption", "epiphany", "ascension", "nativity", "annunciation",
              "transfiguration", "lent", "mass", "communion", "confirmation", "dormition");
    static const struct words before = WORDS("before", "around", "after", "until", "since",
                                             "during", "over", "at", "every", "for", "in", "on");
    static const struct words kept = WORDS("kept", "observed", "celebrated", "sunday", "sundays");
    const struct token *w = &t->v[k];
    if (!(w->flags & T_CAPITAL) || (w->flags & (T_SHOUT | T_HEADING)) || !token_in(t, k, &feasts))
        return false;
    if (token_in(t, k + 1, &kept) || (token_is(t, k + 1, "is") && token_in(t, k + 2, &kept)))
        return true;
    return k > 0 && gap_blank(w->gap) && !(w->flags & T_START) && token_in(t, k - 1, &before) &&
           !(gap_joint(w[1].gap) && (w[1].flags & T_CAPITAL));
}

bool faith_cued(const struct tokens *t, const struct find *f)
{
    return practised(t, f) || worn(t, f) || served(t, f) || ministers(t, f) || among_sacred(t, f);
}

static const struct words ways = WORDS("will", "always", "still", "often", "also", "ll", "d",
                                       "would", "usually", "never", "am", "m", "was", "have", "ve");
static const struct words wears = WORDS("wear", "wore", "wearing", "worn");
static const struct words articles = WORDS("a", "an", "the", "my", "our");
static const struct words tokens_worn =
    WORDS("cross", "crucifix", "rosary", "amulet", "talisman", "medallion", "scapular", "crescent",
          "ankh", "menorah", "chalice", "skullcap", "yarmulke", "kufi", "veil", "tichel");
static const struct words signs =
    WORDS("confirmation", "communion", "baptism", "baptismal", "usher", "altar", "prayer", "deacon",
          "chalice", "dove", "lotus", "ichthys", "saint", "virgin", "angel", "mission", "temple",
          "church", "christening", "blessed", "holy", "rosary", "amulet");
static const struct words things =
    WORDS("medal", "medals", "pin", "ring", "bracelet", "necklace", "pendant", "chain", "gloves",
          "beads", "rope", "badge", "brooch", "sash", "robe", "robes", "gown", "bag", "thread",
          "earrings", "cap", "shawl", "scarf", "cord", "string", "collar", "tag", "dress");
static const struct words fors = WORDS("for");
static const struct words services = WORDS("prayer", "prayers", "service", "services", "church",
                                           "mass", "worship", "sabbath", "god");

/* "I wear a wooden cross", "the white usher gloves", "a dark suit for service". */
static const struct told dress[] = {
    { OF_SELF, TOLD_THING, { ANY(ways), MUST(wears), MUST(articles), FAR(signs), MUST(things) } },
    { OF_SELF, TOLD_THING, { ANY(ways), MUST(wears), MUST(articles), FAR(fors), MUST(services) } },
    { OF_SELF,
      TOLD_THING,
      { ANY(ways), MUST(wears), MUST(articles), FAR(tokens_worn), ANY(things) } },
};

/* "On the photograph you'll see that I wear a white cap", "I wear a Fátima medal": what covers a
 * head on a picture, and a medal of a place. */
static void take_shown(struct pass *p, size_t k)
{
    enum { PICTURE_REACH = 9, LOOKS_MAX = 3 };
    static const struct words pictures =
        WORDS("photo", "photograph", "picture", "portrait", "photographs", "pictures", "id");
    static const struct words covers = WORDS("cap", "veil", "scarf", "hat", "tam", "headwrap",
                                             "wrap", "kerchief", "bonnet", "shawl", "hood");
    const struct tokens *t = &p->t;
    if (!token_is(t, k, "i") || !token_in(t, k + 1, &wears) || !token_in(t, k + 2, &articles))
        return;
    bool shown = false;
    for (size_t i = 1; i <= PICTURE_REACH && i <= k && gap_same_sentence(t->v[k - i + 1].gap); i++)
        shown |= token_in(t, k - i, &pictures);
    for (size_t b = k + 3; b <= k + 3 + LOOKS_MAX && gap_joint(token_at(t, b)->gap); b++) {
        const bool medal = token_is(t, b, "medal") && b > k + 3 && (t->v[b - 1].flags & T_CAPITAL);
        if (!medal && !(shown && token_in(t, b, &covers)))
            continue;
        const struct find f = { k + 3, b, LEX_RELIGION };
        proxy_take(p, &f, SCRUB_RELIGION, CUED, "faith.worn");
        return;
    }
}

/* "around Land Day", "Ebuhleni week, when I eat differently", "Jan Hus Day is kept": a day of a
 * name that no list knows, where it is kept; token k is the day. */
static void take_day(struct pass *p, size_t k)
{
    enum { NAME_MAX = 3, KEPT_REACH = 4 };
    static const struct words kept = WORDS("kept", "keep", "observe", "observed", "celebrate",
                                           "celebrated", "fast", "fasted", "feast", "closed");
    static const struct words before = WORDS("around", "before", "after", "until");
    static const struct words known =
        WORDS("world", "international", "national", "sports", "open", "field", "science", "prize",
              "speech", "earth", "mother", "father", "women", "children", "boxing", "year", "years",
              "pi", "market", "match", "career", "careers", "graduation", "results", "labour",
              "valentine", "april", "fools", "teachers", "election", "moving", "final", "exam");
    const struct tokens *t = &p->t;
    size_t a = k;
    while (a > 0 && k - a < NAME_MAX && gap_joint(t->v[a].gap) && (t->v[a - 1].flags & T_CAPITAL) &&
           !(t->v[a - 1].bits & (LEX_FUNCTION | LEX_MONTH | LEX_DAY | LEX_COMPETITION)) &&
           t->v[a - 1].kind == TK_WORD) {
        if (token_in(t, a - 1, &known) || (t->v[a - 1].flags & T_SHOUT))
            return;
        a--;
    }
    if (a == k)
        return;
    bool so = a > 0 && gap_blank(t->v[a].gap) && token_in(t, a - 1, &before) &&
              !(t->v[a].flags & T_START);
    for (size_t i = 1; i <= KEPT_REACH && in_sentence(t, k, k + i) && !so; i++)
        so = token_in(t, k + i, &kept);
    for (size_t i = 1; i <= 2 && i <= a && gap_blank(t->v[a - i + 1].gap) && !so; i++)
        so = token_in(t, a - i, &kept);
    const struct find f = { a, k, LEX_CULTURE };
    if (so)
        proxy_take(p, &f, SCRUB_NATIONALITY, CUED, "proxy.culture");
}

void faith_hits(struct pass *p)
{
    static const struct words days = WORDS("day", "night", "eve", "week", "sunday", "festival");
    const struct tokens *t = &p->t;
    struct wanted at_person = wanted_from(t, W_PERSON);
    for (size_t k; (k = wanted_next(&at_person)) < t->n;) {
        if (!token_is(t, k, "i") || (t->v[k].flags & T_CLAIMED))
            continue;
        if (!TOLD_TAKE(p, k, dress, SCRUB_RELIGION, "faith.worn"))
            take_shown(p, k);
    }
    struct wanted at_name = wanted_from(t, W_NAME);
    for (size_t k; (k = wanted_next(&at_name)) < t->n;) {
        const size_t day = k + 1;
        const struct find f = { k, k, LEX_RELIGION };
        if ((t->v[k].flags & (T_CAPITAL | T_CLAIMED)) != T_CAPITAL)
            continue;
        if (feast_kept(t, k))
            proxy_take(p, &f, SCRUB_RELIGION, CUED, "proxy.religion");
        else if (token_in(t, day, &days) && gap_blank(token_at(t, day)->gap))
            take_day(p, day);
    }
}
