/* scrub/proxy.c: words that name a group or a connection: origin, mother tongue, faith,
 * orientation, health, family background. What is sure goes wherever it stands; what has another
 * sense goes where the writer speaks of themself. What names an act stays. */
#include "scrub/proxy.h"

#include "base/str.h"

enum { SURE = 85, CUED = 70, HINT = 40, BEFORE_REACH = 6, AFTER_REACH = 3 };

/* The writer's own life within a few words: my, our, family, mother, I am, as a. */
static bool own_life(const struct tokens *t, const struct find *f)
{
    static const struct words owners =
        WORDS("my", "mine", "our", "we", "me", "us", "family", "parents", "household", "myself",
              "raised", "grew", "grandparents", "home", "childhood", "native", "born", "heritage",
              "identify", "roots");
    static const struct words selves =
        WORDS("am", "m", "was", "being", "as", "became", "ve", "have", "had", "been", "identify");
    for (size_t k = f->a; k <= f->b && f->b > f->a; k++)
        if (token_in(t, k, &owners))
            return true;
    for (size_t i = 1; i <= BEFORE_REACH && i <= f->a; i++) {
        const size_t k = f->a - i;
        if (!in_sentence(t, k, f->a))
            break;
        if (token_in(t, k, &owners) || ((t->v[k].bits & LEX_KIN) && !token_is(t, k + 1, "tongue")))
            return true;
        if (i <= 4 && token_in(t, k, &selves) &&
            ((k > 0 && token_is(t, k - 1, "i")) || token_is(t, k, "as")))
            return true;
    }
    for (size_t i = 1; i <= AFTER_REACH && f->b + i < t->n; i++) {
        const size_t k = f->b + i;
        if (!in_sentence(t, f->b, k))
            break;
        if (token_in(t, k, &owners) || (t->v[k].bits & LEX_KIN))
            return true;
    }
    return false;
}

/* Languages that schools teach everywhere say nothing without a cue. */
static bool taught_language(const struct tokens *t, size_t k)
{
    static const struct words taught =
        WORDS("english", "french", "spanish", "german", "italian", "latin", "mandarin", "japanese",
              "chinese", "russian", "arabic", "portuguese", "greek", "korean", "sanskrit");
    return token_in(t, k, &taught);
}

/* The next in a list is a subject of study. */
static bool listed_subject(const struct tokens *t, size_t k)
{
    enum { LIST_MAX = 6 };
    for (size_t i = 0; i < LIST_MAX && k < t->n; i++, k++) {
        const struct token *w = &t->v[k];
        if ((w->bits & LEX_SUBJECT) && !(w->bits & LEX_LANGUAGE) && (w->flags & T_CAPITAL))
            return true;
        if (!token_is(t, k, "and") && !taught_language(t, k) && !(w->flags & T_CAPITAL))
            return false;
        if (w->gap & ~(GAP_BLANK | GAP_COMMA))
            return false;
    }
    return false;
}

/* "French literature", "an English essay", "Spanish B2". */
static bool studied(const struct tokens *t, const struct find *f)
{
    static const struct words before =
        WORDS("study", "studied", "studying", "learn", "learned", "learnt", "learning", "taught",
              "teach", "teaching", "in", "from", "into", "of", "translate", "translated",
              "translating", "read", "reading", "a");
    static const struct words after =
        WORDS("class", "classes", "lessons", "lesson", "exam", "exams", "test", "teacher",
              "textbook", "vocabulary", "grammar", "essay", "essays", "language", "course",
              "courses", "word", "words", "translation", "subtitles", "composition", "department",
              "poetry", "novel", "novels", "history", "mathematician", "physicist", "philosopher",
              "cinema", "film", "films", "a", "b");
    const struct token *next = token_at(t, f->b + 1);
    const bool follows = gap_blank(next->gap);
    for (size_t i = 1; i <= 4 && f->b + i < t->n && gap_blank(t->v[f->b + i].gap); i++)
        if ((t->v[f->b + i].bits & LEX_COMPETITION) && (t->v[f->b + i].flags & T_CAPITAL))
            return false;
    if (follows && ((next->bits & LEX_SUBJECT) || token_in(t, f->b + 1, &after)))
        return true;
    /* "Sanskrit, Latin and Music" */
    if ((next->gap == (GAP_COMMA | GAP_BLANK) || token_is(t, f->b + 1, "and")) &&
        listed_subject(t, f->b + 1))
        return true;
    return f->a > 0 && gap_blank(t->v[f->a].gap) && token_in(t, f->a - 1, &before);
}

/* No noun behind it: the language, or the people at large. */
static bool stands_alone(const struct tokens *t, const struct find *f)
{
    const struct token *next = token_at(t, f->b + 1);
    return !gap_blank(next->gap) || next->kind != TK_WORD ||
           (next->bits & (LEX_FUNCTION | LEX_SPEECH)) || token_is(t, f->b + 1, "has");
}

/* "female / Chinese / Luoyang": a line of a form about oneself. */
static bool in_record(const struct tokens *t, const struct find *f)
{
    const struct token *w = &t->v[f->a], *next = token_at(t, f->b + 1);
    /* "Polish, seventeen, young woman" */
    if ((w->gap & (GAP_LINE | GAP_EDGE)) && (next->gap & GAP_COMMA) &&
        (next->kind == TK_NUMBER || (next->bits & LEX_NUMBER) ||
         (next->kind == TK_PLACEHOLDER && str_eq(token_text(t, f->b + 1), S("[age]")))))
        return true;
    /* "26.11.2007 · Chinese" */
    if (f->a > 0 && (w->gap & GAP_OTHER) && (w->gap & GAP_BLANK) && !(w->gap & GAP_LINE) &&
        ((w[-1].flags & T_CLAIMED) || w[-1].kind == TK_PLACEHOLDER))
        return next->kind == TK_END || !gap_blank(next->gap);
    return f->a > 0 && (w->gap & (GAP_SLASH | GAP_COMMA | GAP_STOP)) &&
           (w[-1].bits & (LEX_GENDERED | LEX_GENDER_ADJ | LEX_FEMALE | LEX_MALE)) &&
           (token_at(t, f->b + 1)->gap & ~GAP_BLANK);
}

/* "Creole has a word for it" */
static bool has_words(const struct tokens *t, const struct find *f)
{
    static const struct words nouns = WORDS("word", "words", "name", "names", "verb", "verbs");
    static const struct words sayings = WORDS("say", "call", "have", "don");
    /* "In Creole there is no such dash", "in Creole we say" */
    if (f->a > 0 && token_is(t, f->a - 1, "in") && !token_is(t, f->a, "english") &&
        gap_blank(token_at(t, f->b + 1)->gap) &&
        ((token_is(t, f->b + 1, "there") &&
          (token_is(t, f->b + 2, "is") || token_is(t, f->b + 2, "are"))) ||
         (token_is(t, f->b + 1, "we") && token_in(t, f->b + 2, &sayings))))
        return true;
    return token_is(t, f->b + 1, "has") && !token_is(t, f->a, "english") &&
           (token_in(t, f->b + 3, &nouns) || token_is(t, f->b + 4, "word"));
}

/* "Spanish: native" */
static bool told_native(const struct tokens *t, const struct find *f)
{
    static const struct words levels = WORDS("native", "mother", "first", "bilingual", "heritage");
    const struct token *next = token_at(t, f->b + 1);
    return (next->gap & (GAP_COLON | GAP_BRACKET)) && !(next->gap & GAP_LINE) &&
           !token_is(t, f->a, "english") && token_in(t, f->b + 1, &levels);
}

/* "French: B1", "German (A2)": how well one has learnt it. */
static bool levelled(const struct tokens *t, const struct find *f)
{
    static const struct words levels =
        WORDS("fluent", "intermediate", "basic", "beginner", "beginners", "conversational",
              "advanced", "elementary", "upper", "working", "school", "good", "grade");
    const struct token *next = token_at(t, f->b + 1), *level = token_at(t, f->b + 2);
    if (!(next->gap & (GAP_COLON | GAP_BRACKET)) || (next->gap & GAP_LINE))
        return false;
    const bool frame = token_len(next) == 1 && level->kind == TK_NUMBER && level->gap == GAP_NONE &&
                       token_len(level) == 1;
    return frame || next->kind == TK_NUMBER || token_in(t, f->b + 1, &levels);
}

/* "Creole is what my grandmother dreams in" at the head of a sentence. */
static bool praised(const struct tokens *t, const struct find *f)
{
    static const struct words of = WORDS("what", "my", "our", "the");
    return (t->v[f->a].flags & T_CAPITAL) && token_is(t, f->b + 1, "is") &&
           token_in(t, f->b + 2, &of) && own_life(t, f);
}

/* "I say in Creole", "because I translated from Creole": what one speaks by oneself. */
static bool spoken_by(const struct tokens *t, const struct find *f)
{
    static const struct words selves = WORDS("i", "we", "she", "he");
    static const struct words says = WORDS("say", "says", "said", "answer", "answered", "reply",
                                           "replied", "asked", "ask", "whispered", "shouted");
    static const struct words renders =
        WORDS("translated", "interpreted", "interpret", "translate");
    static const struct words ancient = WORDS("latin", "greek", "sanskrit", "english");
    static const struct words ends = WORDS("from", "for", "between");
    if (f->a < 3 || !in_sentence(t, f->a - 3, f->a) || token_in(t, f->a, &ancient) ||
        !stands_alone(t, f) || !token_in(t, f->a - 3, &selves))
        return false;
    return (token_is(t, f->a - 1, "in") && token_in(t, f->a - 2, &says)) ||
           (token_in(t, f->a - 1, &ends) && token_in(t, f->a - 2, &renders) &&
            token_is(t, f->a - 3, "i"));
}

/* "speaks only Arabic and Accounting": the verb itself is before it. */
static bool spoken_outright(const struct tokens *t, const struct find *f)
{
    static const struct words speaks = WORDS("speak", "speaks", "spoke", "speaking");
    static const struct words little = WORDS("only", "some", "fluent", "good", "no", "just");
    if (f->a < 2 || token_is(t, f->a, "english") || !in_sentence(t, f->a - 2, f->a))
        return false;
    return token_in(t, f->a - 1, &speaks) ||
           (token_in(t, f->a - 1, &little) && token_in(t, f->a - 2, &speaks));
}

/* "I asked her in Creole what it was": what one speaks with one's own. */
static bool said_in(const struct tokens *t, const struct find *f)
{
    enum { VERB_REACH = 3 };
    static const struct words others = WORDS("her", "him", "them", "grandmother", "grandfather");
    static const struct words selves = WORDS("i", "we");
    if (f->a < 3 || !token_is(t, f->a - 1, "in") || token_is(t, f->a, "english") ||
        !in_sentence(t, f->a - 2, f->a) ||
        !(token_in(t, f->a - 2, &others) || (t->v[f->a - 2].bits & LEX_KIN)))
        return false;
    for (size_t i = 3; i <= 2 + VERB_REACH && i < f->a; i++)
        if ((t->v[f->a - i].bits & LEX_SPEECH) && token_in(t, f->a - i - 1, &selves))
            return true;
    return false;
}

/* "I dream in Creole", "a song in Creole", "Interpreter (Creole)": a language that is lived in. */
static bool lived_in(const struct tokens *t, const struct find *f)
{
    static const struct words doing =
        WORDS("dream", "dreams", "dreamt", "dreamed", "dreaming", "lullaby", "lullabies", "pray",
              "prays", "prayed", "prayer", "swear", "swears", "swore", "curse", "curses", "quarrel",
              "cry", "cries", "cried", "wept", "scold", "scolds", "counts", "swearing", "grumbles",
              "mutters", "laughs", "shouts", "quarrels", "quarrelled", "sobbed");
    /* What is also done in a language that one learns at school. */
    static const struct words done =
        WORDS("sing", "sings", "sang", "song", "songs", "think", "argue", "argues", "joke", "jokes",
              "whisper", "count", "hymn", "proverb", "proverbs");
    static const struct words trade =
        WORDS("interpreter", "interpreters", "interpreting", "interpreted", "native", "tongue",
              "translator", "translating");
    static const struct words sides = WORDS("side", "other", "half", "father", "mother", "mum");
    if (f->a == 0 || token_is(t, f->a, "english"))
        return false;
    if ((t->v[f->a].gap & GAP_BRACKET) && token_in(t, f->a - 1, &trade))
        return true;
    /* "Languages: Polish, English (C1)", "translator from Polish" */
    if ((t->v[f->a].gap & GAP_COLON) && token_is(t, f->a - 1, "languages"))
        return !levelled(t, f);
    if (f->a > 1 && gap_blank(t->v[f->a].gap) &&
        (token_is(t, f->a - 1, "from") || token_is(t, f->a - 1, "between")) &&
        token_in(t, f->a - 2, &trade))
        return true;
    /* "Basque on one side and Portuguese on the other" */
    if (token_is(t, f->b + 1, "on") && gap_blank(token_at(t, f->b + 1)->gap) &&
        (token_in(t, f->b + 3, &sides) || token_in(t, f->b + 4, &sides)))
        return true;
    if (f->a < 2 || !token_is(t, f->a - 1, "in") || !gap_blank(t->v[f->a].gap) ||
        !gap_blank(t->v[f->a - 1].gap))
        return false;
    /* "say a word in Portuguese" */
    static const struct words says = WORDS("say", "said", "says", "shouted", "whispered");
    return token_in(t, f->a - 2, &doing) ||
           (token_in(t, f->a - 2, &done) && (!taught_language(t, f->a) || own_life(t, f))) ||
           (f->a > 3 && token_is(t, f->a - 2, "word") && token_in(t, f->a - 4, &says));
}

static bool spoken(const struct tokens *t, const struct find *f)
{
    static const struct words speech =
        WORDS("speak", "speaks", "speaking", "spoke", "spoken", "native", "mother", "tongue",
              "fluent", "bilingual", "trilingual", "home", "language", "languages", "fluently",
              "dialect", "speaker", "speakers", "first", "natively");
    /* "Finnish (mother tongue), English, some Latin" */
    const bool listed = token_is(t, f->a, "english") && f->a > 0 &&
                        ((t->v[f->a].gap & GAP_COMMA) || token_is(t, f->a - 1, "and"));
    bool before = !listed;
    for (size_t i = 1; i <= 4; i++) {
        /* "Punjabi (mother tongue), Spanish": the bracket is of the one before. */
        before &= i <= f->a && !(t->v[f->a - i + 1].gap & GAP_BRACKET);
        if (before && in_sentence(t, f->a - i, f->a) && token_in(t, f->a - i, &speech))
            return true;
        if (i <= AFTER_REACH && in_sentence(t, f->b, f->b + i) && token_in(t, f->b + i, &speech))
            return true;
    }
    return false;
}

static const struct words people =
    WORDS("woman", "man", "girl", "boy", "student", "students", "people", "person", "community",
          "family", "families", "american", "americans", "youth", "kid", "kids", "teenager",
          "child", "children", "women", "men", "girls", "boys", "male", "female", "heritage",
          "culture", "neighborhood", "neighbourhood", "immigrant", "parents", "british", "skin",
          "identity", "engineers", "scientists", "folks", "household", "passport", "citizen",
          "citizenship", "descent", "ancestry", "accent");

/* Black, white, brown: a colour unless of people. */
static bool of_people(const struct tokens *t, const struct find *f)
{
    static const struct words selves = WORDS("i", "am", "m", "only", "being");
    if (token_in(t, f->b + 1, &people) && (token_at(t, f->b + 1)->gap & (GAP_BLANK | GAP_HYPHEN)))
        return true;
    return f->a > 1 && token_in(t, f->a - 1, &selves) &&
           (token_at(t, f->b + 1)->gap & ~GAP_BLANK || token_is(t, f->b + 1, "and"));
}

static bool is_plain(const struct pass *p, const struct find *f)
{
    const struct token *w = &p->t.v[f->a];
    if (f->b > f->a || !(f->bits & LEX_PLAIN_BITS))
        return false;
    return !(w->flags & T_CAPITAL) || (w->flags & (T_START | T_SHOUT | T_HEADING));
}

/* "Polish Science Olympiad" at the head of a line: a people, with a capital before a contest. */
static bool of_contest(const struct tokens *t, const struct find *f)
{
    enum { REACH = 4 };
    if (!(t->v[f->a].flags & T_CAPITAL))
        return false;
    for (size_t i = 1; i <= REACH; i++) {
        const struct token *w = token_at(t, f->b + i);
        if (w->kind != TK_WORD || !gap_blank(w->gap) || !(w->flags & T_CAPITAL))
            return false;
        if (w->bits & LEX_COMPETITION)
            return true;
    }
    return false;
}

/* A language, or a people whose name here is that of a school subject: told from what is learnt. */
static void judge_language(struct pass *p, const struct find *f, bool taught)
{
    const struct tokens *t = &p->t;
    const bool speaks = spoken(t, f);
    if (token_is(t, f->a, "english") && ((!speaks && !of_people(t, f)) || levelled(t, f)))
        return;
    const bool home = has_words(t, f) || said_in(t, f) || spoken_by(t, f) || lived_in(t, f) ||
                      told_native(t, f) || spoken_outright(t, f);
    if (taught && !home && levelled(t, f))
        return;
    if (taught && !home && studied(t, f) && !(speaks && own_life(t, f)))
        return;
    if (taught && !home && !speaks && !own_life(t, f) && stands_alone(t, f) && !in_record(t, f))
        return;
    if (is_plain(p, f) && !speaks && !home && !praised(t, f) && !of_contest(t, f) &&
        !in_record(t, f))
        return;
    proxy_take(p, f, home || speaks ? SCRUB_LANGUAGE : SCRUB_NATIONALITY, taught ? CUED : SURE,
               "proxy.language");
}

/* Black, white, brown, and whatever is an English word too. */
static bool is_common_people(const struct pass *p, const struct find *f)
{
    static const struct words colours = WORDS("black", "white", "brown");
    return !(f->bits & LEX_SURE) && f->a == f->b && (f->bits & LEX_PLAIN_BITS) &&
           (is_plain(p, f) || token_in(&p->t, f->a, &colours));
}

static void judge_origin(struct pass *p, const struct find *f)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[f->a];
    const bool taught = f->a == f->b && taught_language(t, f->a);
    const bool language = (f->bits & LEX_LANGUAGE) != 0;
    if (language && (!(f->bits & LEX_DEMONYM) || taught)) {
        judge_language(p, f, taught);
        return;
    }
    if (language && is_plain(p, f) && (has_words(t, f) || praised(t, f) || lived_in(t, f))) {
        proxy_take(p, f, SCRUB_LANGUAGE, CUED, "proxy.language");
        return;
    }
    if (is_common_people(p, f)) {
        if (of_people(t, f) || of_contest(t, f) || in_record(t, f))
            proxy_take(p, f, SCRUB_NATIONALITY, CUED, "proxy.people");
        return;
    }
    const bool small = !(w->flags & T_CAPITAL) && token_len(w) <= 4 && !(f->bits & LEX_SURE);
    if (!small && !(f->bits & LEX_NUMBER))
        proxy_take(p, f, language && spoken(t, f) ? SCRUB_LANGUAGE : SCRUB_NATIONALITY, SURE,
                   "proxy.origin");
}

/* Kinds of number that only one country has: Aadhaar, PESEL, CURP. */
static bool national_number(const struct pass *p, const struct find *f)
{
    const struct token *w = &p->t.v[f->a];
    if ((f->b == f->a && (f->bits & LEX_PLAIN_BITS)) || token_is(&p->t, f->a, "iban"))
        return false;
    /* "iqama number": one word of it is not English. */
    for (size_t k = f->a; k <= f->b && f->b > f->a; k++)
        if (!(p->t.v[k].bits & LEX_PLAIN_BITS) && token_len(&p->t.v[k]) > 1)
            return true;
    if (f->b > f->a && (f->bits & LEX_SURE))
        return true; /* "resident identity card" */
    return f->b == f->a && (token_len(w) > 4 || (w->flags & T_ALL_CAPS));
}

static const struct words staff =
    WORDS("driver", "nanny", "maid", "maids", "chauffeur", "butler", "housekeeper", "nannies",
          "cook", "gardener", "gardeners", "servants", "bodyguard");

/* "the house has a cook and a driver" */
static bool keeps_staff(const struct tokens *t, const struct find *f)
{
    static const struct words having =
        WORDS("has", "have", "had", "kept", "keeps", "with", "employed");
    const size_t a = f->a, b = f->b;
    if (a != b || !token_in(t, a, &staff) || a < 2 || !token_is(t, a - 1, "a"))
        return false;
    const bool first = token_in(t, a - 2, &having) && token_is(t, b + 1, "and") &&
                       token_is(t, b + 2, "a") && token_in(t, b + 3, &staff);
    return first || (a > 3 && token_is(t, a - 2, "and") && token_in(t, a - 3, &staff) &&
                     (t->v[a - 3].flags & T_CLAIMED));
}

/* Words of everyday: "blind" counts behind "I am", "estate" and "debt" beside the family only. */
static bool common_word(const struct tokens *t, const struct find *f, bool family)
{
    static const struct words means =
        WORDS("driver", "nanny", "maid", "maids", "chauffeur", "butler", "chalet", "yacht", "villa",
              "housekeeper", "nannies", "cook", "gardener", "gardeners", "servants", "bodyguard");
    static const struct words having = WORDS("have", "had", "keep", "kept", "employ", "employed");
    if (family && f->a > 0 && token_in(t, f->a, &means) &&
        (token_is(t, f->a - 1, "my") || token_is(t, f->a - 1, "our")))
        return false;
    if (family && f->a > 2 && token_in(t, f->a, &means) && token_is(t, f->a - 1, "a") &&
        token_in(t, f->a - 2, &having) && token_is(t, f->a - 3, "we"))
        return false; /* "We have a driver" */
    static const struct words bereft = WORDS("widow", "widower", "widows");
    if (family && f->a > 1 && token_in(t, f->a, &bereft) && token_is(t, f->a - 1, "a") &&
        (token_is(t, f->a - 2, "of") || token_is(t, f->a - 2, "by")))
        return false; /* "the child of a widow" */
    static const struct words being = WORDS("am", "m", "was", "is", "are", "were", "being", "born",
                                            "went", "became", "been", "half");
    static const struct words kin =
        WORDS("family", "parents", "parent", "household", "grandparents", "relatives");
    if (f->b > f->a)
        return false;
    static const struct words offices = WORDS("rector", "elder", "elders", "preacher", "preachers");
    if (token_in(t, f->a, &offices))
        return true; /* of a university, of two sisters */
    static const struct words rites = WORDS("at", "to", "attend", "attended", "attends", "sunday",
                                            "my", "our", "holy", "morning", "midnight", "during");
    const struct token *w = &t->v[f->a];
    const bool shown = (w->flags & T_CAPITAL) && !(w->flags & (T_START | T_HEADING | T_SHOUT));
    static const struct words beliefs = WORDS("reformed", "orthodox", "apostolic", "charismatic",
                                              "evangelical", "converted", "baptised", "confirmed");
    if (!family && (f->bits & LEX_RELIGION) && shown && token_in(t, f->a, &beliefs))
        return false; /* "We are Reformed on my mother's side" */
    if (!family && (f->bits & LEX_RELIGION))
        return (f->bits & LEX_FREQUENT) && !(f->a > 0 && token_in(t, f->a - 1, &rites));
    if (!family)
        return (f->bits & LEX_FREQUENT) && !(f->bits & LEX_RELIGION) &&
               !(f->a > 0 && token_in(t, f->a - 1, &being));
    const size_t reach = f->bits & LEX_FREQUENT ? 3 : BEFORE_REACH;
    for (size_t i = 1; i <= reach; i++) {
        const size_t k = f->a >= i ? f->a - i : t->n, m = f->b + i;
        if (f->a >= i && (t->v[k + 1].gap & GAP_QUOTE))
            break; /* who is spoken of there is another */
        if (token_in(t, k, &kin) || (token_at(t, k)->bits & LEX_KIN))
            return false;
        if (i <= AFTER_REACH && (token_in(t, m, &kin) || (token_at(t, m)->bits & LEX_KIN)))
            return false;
    }
    return true;
}

/* "has been naturalised", "we were resettled": what an office does with a person. */
static bool granted(const struct tokens *t, const struct find *f)
{
    static const struct words acts = WORDS("naturalised", "naturalized", "resettled", "deported");
    static const struct words being =
        WORDS("been", "was", "were", "am", "are", "is", "got", "being", "became", "be");
    return f->a == f->b && f->a > 0 && token_in(t, f->a, &acts) && token_in(t, f->a - 1, &being) &&
           !token_is(t, f->a + 1, "in") && !token_is(t, f->a + 1, "across");
}

/* "woman, Kenyan, Muslim, and straight as far": among the answers of a form; "being bi in". */
static bool avowed(const struct tokens *t, const struct find *f)
{
    const size_t k = f->a > 1 && token_is(t, f->a - 1, "and") ? f->a - 1 : f->a;
    const struct token *next = token_at(t, f->b + 1);
    const uint64_t said = LEX_DEMONYM | LEX_RELIGION | LEX_GENDERED | LEX_GENDER_ADJ;
    static const struct words being = WORDS("being", "am", "m", "im");
    static const struct words short_ones = WORDS("bi", "ace", "pan", "straight");
    if (f->a > 0 && token_in(t, f->a - 1, &being) && token_in(t, f->a, &short_ones))
        return !gap_blank(next->gap) || (next->bits & LEX_FUNCTION);
    return k > 0 && (t->v[k].gap & (GAP_COMMA | GAP_SLASH)) &&
           ((t->v[k - 1].bits & said) || (t->v[k - 1].flags & T_CLAIMED)) &&
           (!gap_blank(next->gap) || (next->bits & LEX_FUNCTION));
}

/* "Extra time, semi-final", "put him in an asylum", "it came out later": another sense of the words
 * than the list has them for. */
static bool other_sense(const struct tokens *t, const struct find *f)
{
    static const struct words matters =
        WORDS("for", "in", "on", "and", "because", "due", "during", "at", "as", "to");
    static const struct words given =
        WORDS("get", "got", "given", "have", "had", "allowed", "granted", "receive", "received",
              "needed", "need", "with", "use", "used", "25", "my");
    static const struct words things =
        WORDS("it", "that", "this", "which", "what", "results", "truth", "book", "film", "album",
              "sun", "water", "moon", "words", "answer", "news", "stain");
    if (f->b > f->a && (f->bits & LEX_FAMILY) && (t->v[f->b].flags & T_POSSESSIVE))
        return true; /* "I lost my father's watch" */
    static const struct words claims = WORDS("seeker", "seekers", "claim", "claims", "process",
                                             "application", "case", "interview", "system");
    if (token_is(t, f->a, "straight") && f->a == f->b)
        return !avowed(t, f); /* "I went straight home" */
    if (token_is(t, f->a, "extra") && token_is(t, f->b, "time"))
        return !(f->a > 0 && in_sentence(t, f->a - 1, f->a) && token_in(t, f->a - 1, &given)) &&
               !(gap_blank(token_at(t, f->b + 1)->gap) && token_in(t, f->b + 1, &matters)) &&
               !(t->v[f->a].gap & GAP_BRACKET);
    if (token_is(t, f->b, "asylum") && f->a == f->b)
        return f->a > 0 && (token_is(t, f->a - 1, "an") || token_is(t, f->a - 1, "the")) &&
               !token_in(t, f->b + 1, &claims);
    if ((token_is(t, f->a, "came") || token_is(t, f->a, "come")) && token_is(t, f->b, "out"))
        return (f->a > 0 && token_in(t, f->a - 1, &things)) ||
               ((token_is(t, f->b + 1, "at") || token_is(t, f->b + 1, "to")) &&
                token_at(t, f->b + 2)->kind == TK_NUMBER); /* "it came out at 0.95" */
    return false;
}

/* "Islamic Art", "Buddhist Philosophy": the name of a school subject. */
static bool of_subject(const struct tokens *t, const struct find *f)
{
    const struct token *w = &t->v[f->a], *next = token_at(t, f->b + 1);
    return (w->flags & T_CAPITAL) && gap_blank(next->gap) && (next->flags & T_CAPITAL) &&
           ((next->bits & LEX_SUBJECT) || token_is(t, f->b + 1, "studies"));
}

/* "We became citizens" */
static void take_citizens(struct pass *p, size_t k)
{
    static const struct words becoming = WORDS("became", "become", "becoming");
    const struct tokens *t = &p->t;
    const size_t verb = k > 1 && token_is(t, k - 1, "a") ? k - 2 : k - 1;
    const struct find f = { k, k, LEX_STATUS };
    if (k > 0 && in_sentence(t, verb, k) && token_in(t, verb, &becoming) && own_life(t, &f))
        proxy_take(p, &f, SCRUB_NATIONALITY, CUED, "proxy.status");
}

struct kind {
    uint64_t bit;
    enum scrub_type type;
    const char *rule;
};

/* Who is a carer, or the first of a family to study: a circumstance that is weighed as merit. */
static bool hardship(const struct tokens *t, const struct find *f)
{
    static const struct words carers = WORDS("carer", "carers", "caregiver", "caregivers");
    return (token_is(t, f->a, "first") && !token_is(t, f->b, "class")) ||
           (token_in(t, f->b, &carers) && !token_is(t, f->a, "foster"));
}

/* What stands beside it says that it is told of somebody. */
static bool cued_kind(const struct tokens *t, const struct find *f, const struct kind *kind)
{
    switch (kind->type) {
    case SCRUB_DISABILITY:
        return health_cued(t, f);
    case SCRUB_RELIGION:
        return faith_cued(t, f);
    case SCRUB_ORIENTATION:
        return avowed(t, f);
    case SCRUB_FAMILY:
        return keeps_staff(t, f);
    default:
        return kind->bit == LEX_STATUS && granted(t, f);
    }
}

/* It is studied, or spoken of in general. */
static bool far_off(const struct tokens *t, const struct find *f, const struct kind *kind)
{
    if (kind->type == SCRUB_DISABILITY)
        return health_researched(t, f) || health_unasked(t, f);
    return kind->type == SCRUB_RELIGION && of_subject(t, f);
}

static void judge_kind(struct pass *p, const struct find *f, const struct kind *kind)
{
    const struct tokens *t = &p->t;
    const bool family = kind->type == SCRUB_FAMILY;
    if (family && hardship(t, f)) {
        proxy_take(p, f, SCRUB_HARDSHIP, SURE, "proxy.hardship");
        return;
    }
    if (other_sense(t, f))
        return;
    if (token_is(t, f->a, "para") && f->b > f->a) {
        const struct find head = { f->a, f->a, f->bits }; /* the sport is an act, and stays */
        proxy_take(p, &head, SCRUB_DISABILITY, SURE, "proxy.health");
        return;
    }
    /* "lent" is no Lent. */
    const bool verb = f->a == f->b && (f->bits & LEX_SPEECH) && is_plain(p, f);
    const bool sure = ((f->bits & LEX_SURE) && !(family && f->a == f->b) && !verb) ||
                      (kind->type == SCRUB_RELIGION && faith_of_believers(p, f));
    const bool strange = !family && !(f->bits & LEX_PLAIN_BITS) && f->a == f->b;
    uint8_t confidence = HINT;
    if (far_off(t, f, kind))
        confidence = HINT;
    else if (cued_kind(t, f, kind))
        confidence = CUED;
    else if (sure || (strange && !is_plain(p, f)))
        confidence = SURE;
    else if (!verb && own_life(t, f) && !common_word(t, f, family))
        confidence = CUED;
    proxy_take(p, f, kind->type, confidence, kind->rule);
}

static void judge_other(struct pass *p, const struct find *f)
{
    static const struct kind kinds[] = {
        { LEX_BIT(RELIGION), SCRUB_RELIGION, "proxy.religion" },
        { LEX_BIT(ORIENTATION), SCRUB_ORIENTATION, "proxy.orientation" },
        { LEX_BIT(DISABILITY), SCRUB_DISABILITY, "proxy.health" },
        { LEX_BIT(CULTURE), SCRUB_NATIONALITY, "proxy.culture" },
        { LEX_BIT(STATUS), SCRUB_NATIONALITY, "proxy.status" },
        { LEX_BIT(FAMILY), SCRUB_FAMILY, "proxy.family" },
    };
    if (f->a == f->b && (token_is(&p->t, f->a, "citizen") || token_is(&p->t, f->a, "citizens"))) {
        take_citizens(p, f->a);
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (f->bits & kinds[i].bit) {
            judge_kind(p, f, &kinds[i]);
            return;
        }
}

/* "a French teacher's lab" keeps; the phrase or the word that a list holds at k. */
static bool find_at(const struct pass *p, size_t k, struct find *ret)
{
    const struct token *w = &p->t.v[k];
    const uint64_t proxies = LEX_DEMONYM | LEX_LANGUAGE | LEX_RELIGION | LEX_CULTURE | LEX_STATUS |
                             LEX_NATIONAL_ID | LEX_ORIENTATION | LEX_DISABILITY | LEX_FAMILY;
    /* "and straight as far as I know" is no "straight As" */
    const bool as = token_is(&p->t, k, "straight") && token_is(&p->t, k + 2, "far");
    if (w->phrase_set && !as &&
        (w->phrase_set->bits &
         (proxies | LEX_KEEP | LEX_FIGURE | LEX_GENDERED | LEX_COMPETITION | LEX_SUBJECT))) {
        *ret = (struct find){ k, k + w->phrase - 1, w->phrase_set->bits };
        return true;
    }
    *ret = (struct find){ k, k, w->bits };
    return (w->bits & proxies) != 0;
}

/* "Mother tongue:", "Religion:": the question of a form says nothing yet. */
static bool is_label(const struct tokens *t, const struct find *f)
{
    static const struct words asked =
        WORDS("religion", "disability", "disabilities", "tongue", "language", "immigration",
              "status", "ethnicity", "caste");
    return (token_at(t, f->b + 1)->gap & GAP_COLON) && (t->v[f->a].flags & T_CAPITAL) &&
           token_in(t, f->b, &asked);
}

void proxy_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_PROXY); k < t->n; k = token_wanted(t, k + 1, W_PROXY))
        if ((t->v[k].bits & (LEX_SCHOOL | LEX_FAMILY)) && t->v[k].kind == TK_WORD)
            family_ties(p, k);
    for (size_t k = token_wanted(t, 0, W_GENDER); k < t->n; k = token_wanted(t, k + 1, W_GENDER))
        if (t->v[k].bits & LEX_KIN) {
            kin_ties(p, k);
            kin_studied(p, k);
        }
    family_hits(p);
    health_hits(p);
    faith_hits(p);
    for (size_t k = token_wanted(t, 0, W_PROXY); k < t->n; k = token_wanted(t, k + 1, W_PROXY)) {
        const struct token *w = &t->v[k];
        struct find f;
        if (w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC)) || !find_at(p, k, &f))
            continue;
        if (is_label(t, &f)) {
            k = f.b;
            continue;
        }
        if ((f.bits & LEX_FAMILY) && token_is(t, f.b, "income"))
            f.b = income_end(t, f.b);
        /* IBAN, in capitals among small letters, is no people. */
        if (f.a == f.b && (w->flags & (T_ALL_CAPS | T_SHOUT | T_HEADING)) == T_ALL_CAPS &&
            token_len(w) <= 4 && (w->bits & LEX_DEMONYM) && (w->bits & LEX_NATIONAL_ID))
            continue;
        if (f.b > f.a && (f.bits & (LEX_KEEP | LEX_FIGURE))) {
            k = f.b;
            continue;
        }
        if (f.bits & (LEX_DEMONYM | LEX_LANGUAGE))
            judge_origin(p, &f);
        else if ((f.bits & LEX_NATIONAL_ID) && national_number(p, &f)) {
            proxy_take(p, &f, SCRUB_NATIONALITY, CUED, "proxy.number_kind");
        } else
            judge_other(p, &f);
        k = (t->v[k].flags & T_CLAIMED) ? f.b : k;
    }
    p->t.steps += 2 * t->n;
}
