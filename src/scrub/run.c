/* scrub/run.c: cuts runs of capital words and notes what stands in and around them. */
#include "scrub/run.h"

#include "base/str.h"

enum { ACRONYM_MAX = 5, RUN_TOKENS_MAX = 12, AHEAD_MAX = 6 };

static const uint64_t word_bits = (UINT64_C(1) << LEX_LIST_ORDINARY) |
                                  (UINT64_C(1) << LEX_LIST_FREQUENT) |
                                  (UINT64_C(1) << LEX_LIST_RARE) | (UINT64_C(1) << LEX_LIST_NUMBER);
static const uint64_t name_bits = (UINT64_C(1) << LEX_LIST_FIRST) | (UINT64_C(1) << LEX_LIST_LAST);
static const uint64_t place_bits =
    (UINT64_C(1) << LEX_LIST_COUNTRY) | (UINT64_C(1) << LEX_LIST_REGION) |
    (UINT64_C(1) << LEX_LIST_BIG_PLACE) | (UINT64_C(1) << LEX_LIST_PLACE);
static const uint64_t group_bits =
    (UINT64_C(1) << LEX_LIST_DEMONYM) | (UINT64_C(1) << LEX_LIST_LANGUAGE) |
    (UINT64_C(1) << LEX_LIST_RELIGION) | (UINT64_C(1) << LEX_LIST_CULTURE);
static const uint64_t keep_bits =
    (UINT64_C(1) << LEX_LIST_BRAND) | (UINT64_C(1) << LEX_LIST_SUBJECT) |
    (UINT64_C(1) << LEX_LIST_COMPETITION) | (UINT64_C(1) << LEX_LIST_UNIT) |
    (UINT64_C(1) << LEX_LIST_ORG_KNOWN) | (UINT64_C(1) << LEX_LIST_MONTH) |
    (UINT64_C(1) << LEX_LIST_DAY) | (UINT64_C(1) << LEX_LIST_KEEP);

/* YouTube, PyTorch; not McDonald. */
static bool camel(const struct pass *p, const struct token *w)
{
    const char *s = p->f.text + w->from;
    if (!(w->flags & T_MIXED))
        return false;
    /* KwaMashu, FitzGerald, ElBaradei */
    static const char *const heads[] = { "kwa", "fitz", "van", "von", "el",
                                         "al",  "ben",  "nic", "abd" };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        const size_t n = strlen(heads[i]);
        if (token_len(w) > n + 2 && memcmp(s, heads[i], n) == 0 && p->f.upper[w->from + n] &&
            !(w->bits & keep_bits))
            return false;
    }
    return !(s[0] == 'm' && (s[1] == 'c' || (s[1] == 'a' && s[2] == 'c'))) &&
           !(s[0] == 'o' && p->f.upper[w->from + 1]) && /* OBrien */
           memcmp(s, "de", 2) != 0 && memcmp(s, "di", 2) != 0 && memcmp(s, "la", 2) != 0;
}

/* Names that are words of grammar as well. */
static const struct words modal_names = WORDS("will", "may", "art", "sue", "don", "can", "till");

/* Frorn, Curriculurn: a scanner's rn for m, in a word that is an English one then. */
static bool misread(const struct pass *p, const struct token *w)
{
    enum { WORD_MAX = 24 };
    const char *s = p->f.text + w->from;
    const size_t n = token_len(w);
    char word[WORD_MAX];
    size_t k = 0, marks = 0;
    if (n > WORD_MAX || !memmem(s, n, "rn", 2))
        return false;
    for (size_t i = 0; i < n; i++) {
        const bool rn = i + 1 < n && s[i] == 'r' && s[i + 1] == 'n';
        word[k++] = rn ? 'm' : s[i];
        marks += rn;
        i += rn;
    }
    return marks && (lex_bits(p->t.lex, lex_hash(word, k)) & (LEX_ORDINARY | LEX_FREQUENT));
}

/* Words that English has with marks. */
static bool loan_word(const struct pass *p, size_t k)
{
    static const struct words loans =
        WORDS("cafe", "cafes", "resume", "cliche", "fiance", "fiancee", "facade", "naive", "decor",
              "expose", "pate", "saute", "puree", "entree", "elite", "fete", "role", "roles",
              "uber", "deja", "creme", "debut", "regime", "protege", "melee", "matinee", "seance",
              "soiree", "touche", "senor", "senora", "pinata", "cooperative", "naivete", "etude",
              "etudes", "debris", "crepe", "crepes", "brulee", "souffle", "applique", "emigre");
    return token_in(&p->t, k, &loans);
}

/* Ege is a name where it is not written as the examination EGE is. */
static bool named_as_contest(const struct token *w)
{
    const uint64_t both = LEX_COMPETITION | LEX_FIRST;
    return (w->bits & both) == both && !(w->flags & (T_ALL_CAPS | T_SHOUT)) &&
           !(w->bits & (LEX_PLAIN_BITS | LEX_BRAND | LEX_SUBJECT));
}

/* Rf, Cc, Mn: no name is without a vowel, but Ng. */
static bool unvowelled(const struct pass *p, const struct token *w)
{
    enum { ABBREVIATION_MAX = 2 };
    if (token_len(w) > ABBREVIATION_MAX || (w->bits & (LEX_FIRST | LEX_LAST | LEX_TITLE)))
        return false;
    for (size_t i = w->from; i < w->to; i++)
        if (!fold_is_letter(p->f.text[i]) || strchr("aeiouy", p->f.text[i]))
            return false;
    return true;
}

/* I, and A in capitals, are words; other letters are initials. */
static enum sense letter_sense(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const bool word = token_is(&p->t, k, "i") || (token_is(&p->t, k, "a") && (w->flags & T_SHOUT));
    return word && !(w[1].gap & GAP_DOT) ? SENSE_NONE : SENSE_SHORT;
}

/* What a capital word is by its letters and lists. */
static enum sense sense_alone(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    /* Huế, Dũng, Sól: with their marks they are not the English words. */
    const uint64_t bits = (w->bits & word_bits) && written_marked(p, w) && !loan_word(p, k)
                              ? w->bits & ~word_bits
                              : w->bits;
    if (token_len(w) == 1)
        return letter_sense(p, k);
    if ((bits & LEX_FUNCTION) && written_marked(p, w))
        return SENSE_UNKNOWN;
    if ((bits & LEX_FUNCTION) &&
        !((bits & LEX_FIRST) && token_len(w) > 2 && !(w->flags & (T_START | T_HEADING)) &&
          token_in(&p->t, k, &modal_names)))
        return SENSE_NONE;
    if (camel(p, w))
        return SENSE_KEEP;
    if (unvowelled(p, w))
        return SENSE_SHORT;
    const bool caps = (w->flags & T_ALL_CAPS) && !(w->flags & T_SHOUT);
    if (caps && token_len(w) <= ACRONYM_MAX &&
        (token_len(w) < ACRONYM_MAX || !(bits & (name_bits | place_bits))) &&
        !(bits & (LEX_COUNTRY | LEX_REGION)))
        return SENSE_SHORT;
    /* Units are written small: Henry Petroski is no inductance. */
    if ((bits & LEX_UNIT) && (bits & name_bits) && token_len(w) > 2)
        return SENSE_EITHER;
    if (named_as_contest(w))
        return SENSE_EITHER;
    if (bits & keep_bits)
        return (bits & name_bits) && !(bits & (word_bits | LEX_BRAND | LEX_SUBJECT)) &&
                       (bits & (LEX_MONTH | LEX_UNIT))
                   ? SENSE_EITHER
                   : SENSE_KEEP;
    if (bits & group_bits)
        return SENSE_GROUP;
    if (bits & (LEX_COUNTRY | LEX_REGION | LEX_BIG_PLACE))
        return bits & name_bits && !(bits & LEX_COUNTRY) ? SENSE_NAME : SENSE_PLACE;
    /* A word that only the longest lists know, and that is a name, is a name: Hamza, Yaw. */
    const bool word =
        (bits & (word_bits & ~LEX_RARE)) || ((bits & LEX_RARE) && !(bits & LEX_FIRST));
    /* Coach, Baker: what one is, unless a title stands before. */
    if (word && (bits & (LEX_TITLE | LEX_ROLE | LEX_KIN)))
        return SENSE_ORDINARY;
    if (bits & name_bits)
        return word ? SENSE_EITHER : SENSE_NAME;
    if (word || (bits & (LEX_TITLE | LEX_ROLE | LEX_KIN | LEX_SPEECH | LEX_SCHOOL | LEX_ORG_TAIL |
                         LEX_PLACE_KIND | LEX_STREET | LEX_EPONYM_HEAD | LEX_WORK | LEX_GENDERED |
                         LEX_GENDER_ADJ | LEX_FAMILY | LEX_DISABILITY | LEX_STATUS |
                         LEX_NATIONAL_ID | LEX_ORIENTATION | LEX_FEMALE | LEX_MALE)))
        return SENSE_ORDINARY;
    if (bits & LEX_PLACE)
        return SENSE_PLACE;
    return misread(p, w) ? SENSE_ORDINARY : SENSE_UNKNOWN;
}

enum sense word_sense(const struct pass *p, size_t k)
{
    enum { SENSE_BITS = 15 };
    const enum sense s = sense_alone(p, k);
    p->t.v[k].sense = (s + 1) & SENSE_BITS;
    return s;
}

enum sense learned_sense(uint64_t bits)
{
    return bits & word_bits ? SENSE_EITHER : SENSE_NAME;
}

bool day_meant(const struct pass *p, size_t k)
{
    static const struct words times =
        WORDS("on", "last", "next", "every", "this", "each", "until", "since", "by", "one", "that",
              "till", "easter", "palm", "good", "black", "all", "from", "before", "after", "in",
              "during", "of", "mid", "late", "early");
    static const struct words parts = WORDS("morning", "mornings", "afternoon", "afternoons",
                                            "evening", "evenings", "night", "nights", "school");
    const struct tokens *t = &p->t;
    return (t->v[k].bits & (LEX_DAY | LEX_MONTH)) &&
           ((k > 0 && gap_blank(t->v[k].gap) && token_in(t, k - 1, &times)) ||
            token_in(t, k + 1, &parts));
}

/* "St. Mary's Girls' College": the possessive goes on when a school or club follows. */
static bool body_ahead(const struct pass *p, size_t k)
{
    for (size_t i = k; i < p->t.n && i < k + AHEAD_MAX; i++) {
        const struct token *w = &p->t.v[i];
        if (w->kind != TK_WORD || !(w->flags & (T_CAPITAL | T_CLITIC)) ||
            (i > k && !gap_joint(w->gap)))
            return false;
        if (w->bits & (LEX_SCHOOL | LEX_ORG_TAIL))
            return true;
    }
    return false;
}

static bool short_title(const struct pass *p, const struct token *w)
{
    return (w->flags & T_INITIAL) || (w->bits & LEX_TITLE) ||
           token_is(&p->t, (size_t)(w - p->t.v), "st");
}

/* A syllable of Korean in Latin letters (Revised Romanization and usual spellings). */
static bool korean_syllable(struct str s)
{
    static const char *const heads[] = { "kk", "tt", "pp", "ss", "jj", "ch", "g",
                                         "k",  "n",  "d",  "t",  "r",  "l",  "m",
                                         "b",  "p",  "s",  "j",  "h",  "",   NULL };
    static const char *const vowels[] = { "yeo", "yae", "wae", "young", "eo", "ae", "ya",
                                          "ye",  "yo",  "yu",  "wa",    "wo", "we", "wi",
                                          "oe",  "eu",  "ui",  "oo",    "ee", "ou", "a",
                                          "e",   "i",   "o",   "u",     NULL };
    static const char *const tails[] = { "ng", "k", "n", "t", "l", "m", "p", "h", "", NULL };
    for (size_t h = 0; heads[h]; h++) {
        if ((heads[h][0] && heads[h][0] != s.p[0]) || !str_starts(s, str_of(heads[h])))
            continue;
        const struct str rest = str_sub(s, strlen(heads[h]), s.n);
        for (size_t v = 0; vowels[v]; v++) {
            if (rest.n == 0 || vowels[v][0] != rest.p[0] || !str_starts(rest, str_of(vowels[v])))
                continue;
            const struct str end = str_sub(rest, strlen(vowels[v]), rest.n);
            for (size_t i = 0; tails[i]; i++)
                if (str_eq(end, str_of(tails[i])))
                    return true;
        }
    }
    return false;
}

/* The second may be a bare vowel: Ji-a, Soo-i. */
static bool korean_pair(struct str a, struct str b)
{
    const bool vowel = b.n == 1 && strchr("aiou", b.p[0]);
    return a.n >= 2 && (b.n >= 2 || vowel) && korean_syllable(a) && korean_syllable(b);
}

/* Da-hyun, Tae-min: the second syllable of a given name in small letters. */
static bool given_second(const struct pass *p, size_t e)
{
    enum { SYLLABLE_MAX = 6 };
    static const struct words seconds =
        WORDS("ho", "min", "su", "jin", "jun", "won", "woo", "bin", "ju", "na", "mi", "ran", "chan",
              "sung", "ri", "ki", "gi", "gu", "han", "hee", "young");
    const struct token *w = &p->t.v[e], *next = w + 1;
    const uint64_t other =
        next->bits & ~(LEX_FIRST | LEX_LAST | LEX_HAS_NICKNAMES | LEX_PHRASE_HEAD);
    const enum sense s = e < p->t.n ? token_sense(p, e) : SENSE_NONE;
    const bool fits = token_len(next) <= SYLLABLE_MAX && token_len(w) <= SYLLABLE_MAX;
    if (fits && korean_pair(token_text(&p->t, e), token_text(&p->t, e + 1)))
        return (token_in(&p->t, e + 1, &seconds) && !token_is(&p->t, e, "re")) ||
               !(w->bits & LEX_FREQUENT) || (token_len(next) > 1 && !(next->bits & LEX_FREQUENT));
    if (!fits || (s != SENSE_NAME && s != SENSE_UNKNOWN && s != SENSE_EITHER))
        return false;
    return other == 0 ||
           ((next->bits & name_bits) && !(next->bits & (LEX_FREQUENT | LEX_FUNCTION)));
}

/* Co-author, Re-reading: a prefix with a capital. */
static bool prefix_of_word(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k], *next = w + 1;
    return next->gap == GAP_HYPHEN && next->kind == TK_WORD &&
           (next->flags & (T_CAPITAL | T_SHOUT)) != T_CAPITAL &&
           (next->bits & (word_bits | LEX_FUNCTION | LEX_ROLE)) && token_len(w) <= 5 &&
           !given_second(p, k);
}

/* SMA Negeri 1 Ubud, School No 4 Pinsk: a number within the name of a school. */
static size_t school_number(const struct pass *p, size_t e)
{
    enum { DIGITS_MAX = 3, REACH = 2 };
    const struct tokens *t = &p->t;
    const struct token *number = &t->v[e + 1], *next = token_at(t, e + 2);
    bool school = false;
    for (size_t i = 0; i <= REACH && i <= e; i++)
        school |= (t->v[e - i].bits & LEX_SCHOOL) && (t->v[e - i].flags & T_CAPITAL);
    return school && number->kind == TK_NUMBER && token_len(number) <= DIGITS_MAX &&
                   gap_blank(number->gap) && gap_blank(next->gap) && next->kind == TK_WORD &&
                   token_sense(p, e + 2) > SENSE_ORDINARY
               ? e + 2
               : e;
}

/* Tammerkosken lukio, École secondaire Paul-Hubert: small words of other languages in the name of a
 * school. */
static size_t school_goes_on(const struct pass *p, size_t e)
{
    enum { SMALL_MAX = 2 };
    const struct tokens *t = &p->t;
    size_t i = e + 1;
    if (t->v[i].kind != TK_WORD || !gap_blank(t->v[i].gap) || t->v[i].dull ||
        (t->v[i].flags & (T_CAPITAL | T_CLAIMED)))
        return e;
    if (t->v[i].bits & LEX_SCHOOL)
        return i;
    if (!(t->v[e].bits & LEX_SCHOOL))
        return e;
    for (; i <= e + SMALL_MAX && i + 1 < t->n; i++) {
        const struct token *next = &t->v[i + 1];
        if (!gap_blank(next->gap) || next->kind != TK_WORD)
            return e;
        if (token_sense(p, i + 1) > SENSE_ORDINARY)
            return i + 1;
        if (next->dull)
            return e;
    }
    return e;
}

/* The anunu of Fa'anunu: no word of its own. */
static bool glued(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    return w->kind == TK_WORD && w->gap == GAP_APOSTROPHE && token_len(w) > 2 &&
           !(w->flags & (T_CAPITAL | T_CLITIC | T_CONTRACTED)) &&
           !(w->bits & (word_bits | LEX_FUNCTION));
}

/* "Xiaomeng So," or "Ming Do and": a family name that is a word of grammar ends the name, also in a
 * line of capitals. */
static bool ends_name(const struct pass *p, size_t k)
{
    const struct token *next = &p->t.v[k + 1];
    return !gap_joint(next->gap) || token_is(&p->t, k + 1, "and");
}

/* "Statistics B. Tel. 0555", "? A. Unicode.": a grade or the letter of an answer. */
static bool is_mark(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    if (token_len(w) != 1 || !(w[1].gap & GAP_DOT) || k == 0)
        return false;
    if ((w[-1].bits & LEX_SUBJECT) && gap_blank(w->gap))
        return true;
    const uint16_t ends = GAP_STOP | GAP_DOT | GAP_LINE;
    return (w->gap & ends) && (token_is(t, k, "a") || token_is(t, k, "q")) && token_len(&w[-1]) > 1;
}

/* van der Beeck, bint Said, Complexo do Barro: the name behind particles; e where there is none. */
static size_t particles_end(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[e];
    const bool lusophone = token_is(t, e + 1, "do") && !w->dull && !(w->flags & T_START) &&
                           gap_blank(t->v[e + 1].gap) && (token_at(t, e + 2)->flags & T_CAPITAL);
    size_t i = e + 1 + lusophone;
    while (i < e + 3 && (token_at(t, i)->bits & LEX_PARTICLE) && !(t->v[i].flags & T_CAPITAL) &&
           gap_joint(t->v[i].gap))
        i++;
    const bool named = i > e + 1 && token_sense(p, i < t->n ? i : t->n) > SENSE_ORDINARY;
    return named && gap_joint(t->v[i].gap) ? i : e;
}

/* Lyceum No. 27 */
static bool school_no(const struct tokens *t, size_t e)
{
    const struct token *next = &t->v[e + 1];
    return (t->v[e].bits & LEX_SCHOOL) && token_is(t, e + 1, "no") && (next->flags & T_CAPITAL) &&
           gap_blank(next->gap) && token_at(t, e + 2)->kind == TK_NUMBER;
}

/* Lycée de l'Iroise, Colegio de la Salle, Liceo dei Fiori: the name behind a school's article. */
static size_t school_article(const struct pass *p, size_t e)
{
    static const struct words articles =
        WORDS("de", "du", "des", "d", "da", "do", "dos", "das", "di", "del", "dei", "della", "l",
              "la", "las", "los", "les", "van", "het", "von", "der", "zu", "im", "am", "w", "na");
    enum { ARTICLES_MAX = 2 };
    const struct tokens *t = &p->t;
    size_t i = e + 1;
    if (!(t->v[e].bits & LEX_SCHOOL))
        return e;
    while (i <= e + ARTICLES_MAX && i < t->n && token_in(t, i, &articles) &&
           gap_joint(t->v[i].gap) && !(t->v[i].flags & T_CAPITAL))
        i++;
    return i > e + 1 && i < t->n && gap_joint(t->v[i].gap) && token_sense(p, i) != SENSE_NONE ? i
                                                                                              : e;
}

/* Urumqi No. 11 High School, St Mary's C of E Primary: what stands within such a name, up to the
 * word behind it. */
static size_t within_school(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    const size_t past = e + 3;
    if (school_no(t, e))
        return e + 2;
    if (past >= t->n || !(token_at(t, past)->flags & T_CAPITAL) || !gap_blank(t->v[past].gap))
        return e;
    const bool numbered = token_is(t, e + 1, "no") && (t->v[e + 1].flags & T_CAPITAL) &&
                          gap_blank(t->v[e + 1].gap) && t->v[e + 2].kind == TK_NUMBER;
    const bool anglican = token_is(t, e + 1, "c") && token_is(t, e + 2, "of") &&
                          token_is(t, past, "e") && gap_blank(t->v[e + 1].gap);
    if (numbered)
        return body_ahead(p, past) ? past : e;
    return anglican && past + 1 < t->n && body_ahead(p, past + 1) ? past + 1 : e;
}

/* St. Mary's Girls' College: past the 's behind e; e where no body's name goes on. */
static size_t past_owner(const struct pass *p, size_t e)
{
    const size_t saint = within_school(p, e + 1);
    if (saint > e + 1)
        return saint;
    return body_ahead(p, e + 2) ? e + 2 : e;
}

/* "School of Engineering", "Queen of Peace College": past the "of" behind e; e where no body's name
 * goes on. */
static size_t past_of(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    const bool of = token_is(t, e + 1, "of"), devout = of && body_devout(p, e);
    const bool linked = devout || ((t->v[e].bits & (LEX_SCHOOL | LEX_ORG_TAIL)) &&
                                   (of || token_is(t, e + 1, "for")));
    if (!linked || e + 2 >= t->n || !gap_blank(t->v[e + 2].gap))
        return e;
    const size_t to = token_is(t, e + 2, "the") ? e + 3 : e + 2;
    const bool named = to < t->n && token_sense(p, to) != SENSE_NONE;
    return named && (!devout || body_ahead(p, to)) ? to : e;
}

/* The last token of the run if it goes on past e; e when it ends there. */
static size_t grow(const struct pass *p, size_t e)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[e], *next = &t->v[e + 1];
    const uint16_t dot = short_title(p, w) ? GAP_DOT : 0;
    const bool dash = (next->gap & GAP_HYPHEN) && (next->gap & GAP_BLANK); /* Kaunas - July */
    const bool joint =
        next->gap && !dash && !(next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE | dot));
    if (next->kind == TK_NUMBER)
        return school_number(p, e);
    const size_t within = within_school(p, e);
    if (within > e)
        return within;
    if (next->kind != TK_WORD || !joint || loud_parts(p, e))
        return e;
    if (next->gap == GAP_APOSTROPHE && !(next->flags & (T_CLITIC | T_CAPITAL)) &&
        (token_len(next) <= 2 || glued(p, e + 1)))
        return e + 1;
    if (next->flags & T_CLITIC)
        return past_owner(p, e);
    /* "Cambridge C1", "Plan B": a letter that is no initial. */
    if (token_len(next) == 1 && next[1].kind == TK_NUMBER && next[1].gap == GAP_NONE)
        return e;
    const enum sense now = token_sense(p, e);
    if ((next->flags & T_CAPITAL) && (next->bits & LEX_FUNCTION) && token_len(next) <= 3 &&
        !(next->flags & (T_CLAIMED | T_CONTRACTED)) && gap_blank(next->gap) &&
        (!(next->flags & T_HEADING) || ends_name(p, e + 1)) &&
        (now == SENSE_NAME || now == SENSE_UNKNOWN ||
         (e > 0 && w->gap == GAP_HYPHEN && !(w->flags & T_CAPITAL))) &&
        token_len(next) > 1)
        return e + 1;
    if (token_sense(p, e + 1) != SENSE_NONE)
        return (next->gap & GAP_APOSTROPHE) && (next->gap & GAP_BLANK) && !body_ahead(p, e + 1)
                   ? e
                   : e + 1;
    if (next->gap == GAP_HYPHEN && given_second(p, e))
        return e + 1;
    const size_t foreign = school_goes_on(p, e), small = body_ahead_small(p, e);
    if (foreign > e || small > e)
        return foreign > e ? foreign : small;
    const size_t past = particles_end(p, e);
    if (past > e)
        return past;
    const size_t named = school_article(p, e);
    if (named > e)
        return named;
    return past_of(p, e);
}

/* What stands before "by": a work, a title in capitals or in quotation marks, "one of the books".
 */
static bool is_work(const struct pass *p, size_t by)
{
    enum { WORK_REACH = 7 };
    const struct tokens *t = &p->t;
    const struct token *last = &t->v[by - 1];
    if ((t->v[by].gap & GAP_QUOTE) ||
        ((last->flags & T_CAPITAL) && !(last->flags & (T_START | T_SHOUT | T_HEADING)) &&
         gap_blank(t->v[by].gap) && token_len(last) > 1))
        return true;
    for (size_t i = 1; i <= WORK_REACH && i <= by; i++) {
        if (t->v[by - i].bits & LEX_WORK)
            return true;
        if (!gap_same_sentence(t->v[by - i + 1].gap))
            return false;
    }
    return false;
}

/* "Yousef cycles behind me": a head of a law in the plural, which is a verb behind a name that
 * begins the sentence. */
static bool acts_so(const struct pass *p, const struct run *r, size_t next)
{
    static const struct words ways =
        WORDS("behind", "with", "me", "us", "my", "our", "to", "at", "every", "by", "in", "on",
              "past", "it", "them", "for", "into", "the", "a", "home", "alone");
    const struct token *w = &p->t.v[r->a];
    return r->a == r->b && next == r->b + 1 && (w->flags & T_START) &&
           !(w->bits & (LEX_EPONYM | LEX_FIGURE | LEX_FIGURE_PART)) &&
           str_ends(token_text(&p->t, next), S("s")) && gap_blank(token_at(&p->t, next + 1)->gap) &&
           token_in(&p->t, next + 1, &ways);
}

/* "Gravity and Grace": an English word with a capital before the "and" is of a title, no person. */
bool titles_pair(const struct pass *p, size_t a)
{
    const struct token *w = a > 1 ? &p->t.v[a - 2] : NULL;
    return w && token_is(&p->t, a - 1, "and") && gap_blank(p->t.v[a - 1].gap) &&
           (w->flags & (T_CAPITAL | T_START | T_CLAIMED)) == T_CAPITAL && (w->bits & word_bits) &&
           !(w->bits & LEX_FIRST);
}

/* Newton's third law: the head behind an ordinal. */
static bool numbered_head(const struct tokens *t, size_t next)
{
    const struct token *number = token_at(t, next), *head = token_at(t, next + 1);
    static const struct words ordinals =
        WORDS("first", "second", "third", "fourth", "last", "little", "great", "three", "two",
              "zeroth", "simple");
    return gap_blank(number->gap) && token_in(t, next, &ordinals) && gap_blank(head->gap) &&
           (head->bits & LEX_EPONYM_HEAD);
}

/* "Thaha of our school", "Lys from my class" */
static bool among_us(const struct tokens *t, size_t b)
{
    static const struct words links = WORDS("of", "from", "in");
    static const struct words ours = WORDS("our", "my");
    return gap_blank(token_at(t, b + 1)->gap) && token_in(t, b + 1, &links) &&
           token_in(t, b + 2, &ours);
}

/* "Slowly, says Art.", "it made Dilip press it": who says it, or is made to. */
static bool said_by(const struct tokens *t, size_t a)
{
    static const struct words sayings = WORDS("says", "said", "asks", "asked", "replied", "replies",
                                              "answered", "shouted", "whispered");
    static const struct words makes = WORDS("made", "makes", "let", "lets");
    if (!gap_blank(t->v[a].gap))
        return false;
    return ((t->v[a - 1].gap & (GAP_COMMA | GAP_QUOTE)) && token_in(t, a - 1, &sayings)) ||
           (token_in(t, a - 1, &makes) && !(t->v[a].bits & word_bits));
}

/* "My solicitor Xyz Abc": whatever one calls one's own and names with two names is a person. */
static bool my_somebody(const struct tokens *t, const struct run *r)
{
    static const struct words owners = WORDS("my", "our");
    static const struct words others =
        WORDS("hero", "heroine", "idol", "favourite", "favorite", "native", "own", "first", "last",
              "old", "new", "second", "third", "next", "beloved", "little", "big", "whole", "final",
              "entire", "best", "local", "former", "current", "daily", "poor", "good", "dear");
    const uint64_t things = LEX_PLACE_KIND | LEX_SCHOOL | LEX_ORG_TAIL | LEX_WORK | LEX_UNIT |
                            LEX_FUNCTION | LEX_BRAND | LEX_SUBJECT | LEX_COMPETITION | LEX_NUMBER |
                            LEX_EPONYM_HEAD | LEX_GENDER_ADJ | LEX_DEMONYM | LEX_RELIGION;
    const size_t a = r->a;
    const struct token *noun = a > 1 ? &t->v[a - 1] : NULL;
    return noun && r->b > r->a && noun->dull && gap_blank(t->v[a].gap) && gap_blank(noun->gap) &&
           !(noun->bits & things) && !(noun->flags & T_CLITIC) && token_in(t, a - 2, &owners) &&
           !token_in(t, a - 1, &others) && !r->school && !r->org && !r->competition &&
           r->count[SENSE_KEEP] + r->count[SENSE_ORDINARY] == 0;
}

static void note_around(const struct pass *p, struct run *r)
{
    static const struct words copies =
        WORDS("copy", "copies", "works", "writings", "theory", "theories", "music", "songs",
              "films", "paintings", "biography", "ideas", "disciple", "quote", "pages");
    static const struct words company =
        WORDS("with", "and", "ask", "asked", "thank", "thanks", "met", "helped", "taught", "told",
              "dear", "joined", "watched", "visited", "married", "hugged", "called");
    const struct tokens *t = &p->t;
    const size_t a = r->a;
    const struct token *before = a > 0 ? &t->v[a - 1] : token_at(t, t->n);
    size_t next = r->b + 1;
    next += token_at(t, next)->flags & T_CLITIC ? 1 : 0;
    const struct token *after = token_at(t, next);
    const bool near = a > 0 && gap_same_sentence(t->v[a].gap);
    const uint16_t dot =
        before->bits & LEX_ROLE ? 0 : GAP_DOT; /* Capt. Rao; not "the coach. Rao" */
    r->titled = near && (before->bits & LEX_TITLE) && !(t->v[a].gap & ~(GAP_BLANK | dot));
    /* "Librarian: May Cropper" */
    const bool field = (t->v[a].gap & GAP_COLON) && (before->bits & LEX_ROLE);
    r->acquainted = near && (before->bits & (LEX_KIN | LEX_ROLE)) &&
                    !(t->v[a].gap & ~(GAP_BLANK | GAP_COMMA | (field ? GAP_COLON : 0))) &&
                    !(before->flags & T_POSSESSIVE);
    r->acquainted |= near && my_somebody(t, r);
    const bool follows = (after->gap == GAP_BLANK || after->gap == GAP_APOSTROPHE) &&
                         (after->flags & (T_CAPITAL | T_SHOUT)) != T_CAPITAL;
    static const struct words who = WORDS("who", "whose", "whom");
    const bool relative = token_in(t, next, &who) && !(after->gap & ~(GAP_BLANK | GAP_COMMA));
    r->speaks = (follows && (after->bits & LEX_SPEECH) && next == r->b + 1) || relative;
    r->relative = relative;
    r->acquainted |= near && gap_blank(t->v[a].gap) && token_in(t, a - 1, &company) &&
                     ((before->flags & T_CAPITAL) == 0 || (before->flags & (T_START | T_SHOUT))) &&
                     r->count[SENSE_ORDINARY] == 0 && !titles_pair(p, a);
    r->acquainted |=
        (!(before->flags & T_SHOUT) && among_us(t, r->b)) || (a > 1 && near && said_by(t, a));
    const bool by =
        near && token_is(t, a - 1, "by") && a > 1 && is_work(p, a - 1) && !r->acquainted;
    const bool copy = near && token_is(t, a - 1, "of") && a > 1 &&
                      ((t->v[a - 2].bits & LEX_WORK) || token_in(t, a - 2, &copies)) && r->b > r->a;
    const bool owner = next == r->b + 2;
    r->cited = (near && (before->bits & LEX_WORK) && !token_is(t, a - 1, "by")) || by || copy ||
               (owner && (after->bits & LEX_WORK));
    static const struct words thoughts =
        WORDS("argued", "argues", "believed", "believes", "proved", "proposed", "showed",
              "composed", "painted", "invented", "discovered", "thought", "claimed", "observed",
              "defined", "described", "published", "theorised", "theorized");
    static const struct words maybes = WORDS("would", "might", "could");
    r->thinks =
        follows && next == r->b + 1 &&
        (token_in(t, next, &thoughts) ||
         ((token_is(t, next, "wrote") || token_is(t, next, "writes")) &&
          token_is(t, next + 1, "that")) ||
         (token_in(t, next, &maybes) &&
          token_is(t, next + 1 + (token_is(t, next + 1, "not") || token_is(t, next + 1, "never")),
                   "have")));
    static const struct words firsts = WORDS("me", "my", "i", "us", "our", "we");
    static const struct words present =
        WORDS("says", "writes", "argues", "reminds", "shows", "tells", "calls");
    r->thinks |= follows && next == r->b + 1 && token_in(t, next, &present);
    for (size_t i = 1; r->thinks && i <= 4; i++)
        r->thinks = !token_in(t, next + i, &firsts);
    r->speaks &= !(r->thinks && r->b > r->a);
    const bool near_head = after->gap && !(after->gap & ~(GAP_BLANK | GAP_APOSTROPHE));
    r->eponym =
        (after->bits & LEX_EPONYM_HEAD) && (follows || owner || near_head) && !acts_so(p, r, next);
    r->eponym &= !(r->acquainted && r->a == r->b && near && a > 1 && said_by(t, a));
    r->eponym |= owner && numbered_head(t, next);
    r->owner = owner;
}

/* "Caulerpa racemosa": behind the genus a strange word in small letters with a Latin ending. */
bool run_is_species(const struct pass *p, const struct run *r)
{
    static const struct str ends[] = { S_INIT("us"),    S_INIT("um"),    S_INIT("is"),
                                       S_INIT("ae"),    S_INIT("ii"),    S_INIT("osa"),
                                       S_INIT("ata"),   S_INIT("ica"),   S_INIT("ana"),
                                       S_INIT("ina"),   S_INIT("ensis"), S_INIT("oides"),
                                       S_INIT("ens"),   S_INIT("ifera"), S_INIT("ula"),
                                       S_INIT("aster"), S_INIT("coli"),  S_INIT("iens") };
    const struct token *genus = &p->t.v[r->a], *kind = token_at(&p->t, r->b + 1);
    const struct str s = token_text(&p->t, r->b + 1);
    if (r->a != r->b || r->titled || (genus->bits & name_bits) || kind->kind != TK_WORD ||
        !gap_blank(kind->gap) || (kind->flags & T_CAPITAL) || (kind->bits & ~LEX_RARE) || s.n < 4)
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (str_ends(s, ends[i]))
            return true;
    /* Deilephila elpenor: both strange, the genus of a Latin form. */
    static const struct str genera[] = { S_INIT("phila"),  S_INIT("ella"),  S_INIT("opsis"),
                                         S_INIT("ium"),    S_INIT("ia"),    S_INIT("us"),
                                         S_INIT("odon"),   S_INIT("ptera"), S_INIT("oma"),
                                         S_INIT("saurus"), S_INIT("myces"), S_INIT("coccus") };
    const struct str name = token_text(&p->t, r->a);
    for (size_t i = 0; !genus->bits && !kind->bits && i < sizeof(genera) / sizeof(genera[0]); i++)
        if (name.n > genera[i].n + 3 && str_ends(name, genera[i]))
            return true;
    return false;
}

/* The letters of P.S. and P.P.S. */
bool of_postscript(const struct tokens *t, size_t k)
{
    if (token_is(t, k, "s"))
        return k > 0 && token_is(t, k - 1, "p") && t->v[k].gap == GAP_DOT;
    return token_is(t, k, "p") && t->v[k + 1].gap == GAP_DOT &&
           (token_is(t, k + 1, "s") || token_is(t, k + 1, "p"));
}

static inline bool korean_start(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k], *next = w + 1;
    return next->gap == GAP_HYPHEN && w->kind == TK_WORD && (w->flags & T_CAPITAL) &&
           !(w->flags & (T_CLAIMED | T_ALL_CAPS)) && next->kind == TK_WORD &&
           !(next->flags & T_CAPITAL) && given_second(p, k) &&
           korean_pair(token_text(&p->t, k), token_text(&p->t, k + 1));
}

/* "Cambridge C1 Advanced": an examination is named by its board and the level of the language. */
bool run_before_level(const struct tokens *t, size_t k)
{
    const struct token *letter = token_at(t, k + 1), *digit = token_at(t, k + 2);
    return (t->v[k].bits & (LEX_PLACE | LEX_BIG_PLACE)) && gap_blank(letter->gap) &&
           (token_is(t, k + 1, "a") || token_is(t, k + 1, "b") || token_is(t, k + 1, "c")) &&
           (letter->flags & T_CAPITAL) && digit->kind == TK_NUMBER && digit->from == letter->to &&
           digit->to == digit->from + 1;
}

/* "the delegate of Norway": whom one played at a model of a council. */
bool run_is_seat(const struct tokens *t, size_t k)
{
    static const struct words seats = WORDS("delegate", "delegates", "delegation");
    return k > 1 && token_is(t, k - 1, "of") && token_in(t, k - 2, &seats);
}

struct run run_at(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    if (begins_no_run(p, w) || (token_len(w) == 1 && (of_postscript(t, k) || is_mark(p, k))))
        return (struct run){ .a = 1, .b = 0 };
    struct run r = { .a = k, .b = k };
    enum sense s = token_sense(p, k);
    if ((s == SENSE_NONE && !korean_start(p, k)) || prefix_of_word(p, k))
        return (struct run){ .a = 1, .b = 0 };
    for (size_t e = k, to; (to = grow(p, e)) > e && to - k < RUN_TOKENS_MAX; e = to)
        r.b = to;
    for (size_t i = r.a; i <= r.b; i++) {
        w = &t->v[i];
        r.count[i == k && korean_start(p, k) ? SENSE_NAME
                : i > k && glued(p, i)       ? SENSE_UNKNOWN
                                             : token_sense(p, i)]++;
        const bool name_like = i == r.a && r.b > r.a && (w->bits & name_bits) &&
                               !token_is(t, i + 1, "of") && !token_is(t, i + 1, "no");
        r.school |=
            (w->bits & LEX_SCHOOL) && ((w->flags & T_CAPITAL) || !w->dull || i > r.a) && !name_like;
        const bool leads = i == r.a && (token_at(t, i + 1)->bits & LEX_PARTICLE);
        const bool heads = i == r.a && r.b > r.a && token_sense(p, i + 1) >= SENSE_NAME &&
                           token_sense(p, i + 1) <= SENSE_PLACE; /* Club Andino Titicaca */
        r.org |= (w->bits & LEX_ORG_TAIL) && (!w->dull || (w->flags & T_CAPITAL)) &&
                 (i > r.a || leads || heads);
        r.competition |= (w->bits & LEX_COMPETITION) && !named_as_contest(w);
    }
    if (r.school || r.org || (t->v[r.a].bits & LEX_ORG_TAIL)) {
        const size_t to = body_end(p, &r);
        r.org |= to > r.b;
        r.b = to;
    }
    if (body_four_h(t, r.b)) {
        r.b += 2;
        r.org = true;
    }
    note_around(p, &r);
    return r;
}
