/* scrub/lexicon.h: what is known of words before any text is seen: one read-only hash table from a
 * folded word, or a phrase of up to LEX_PHRASE_WORDS_MAX folded words, to the lists that hold it.
 * The table is compiled at build time, lies in read-only memory and is looked up without a lock;
 * any thread. Lists raise or lower confidence; none decides alone that a word is a name.
 *
 * A word is a run of folded letters (scrub/fold.h): small base letters of Latin, the bytes as they
 * are of other scripts. Blanks, hyphens, apostrophes, dots and digits end a word, so "O'Brien" and
 * "Jean-Luc" are phrases of two words. The hash of a word is lex_hash of its folded bytes, the hash
 * of a phrase is lex_join over its words' hashes, left to right.
 *
 * A list's source is a text (lists/NAME.txt, and big ones from packages, see tools/lexicon):
 * entries parted by commas, in any case and with their marks (the compiler folds); '#' begins a
 * comment,
 * '=' parts an entry from its neutral form ("boys' team = team"). */
#ifndef ENIGMA_SCRUB_LEXICON_H
#define ENIGMA_SCRUB_LEXICON_H

#include <endian.h>
#include <string.h>

#include "base/arena.h"

enum { LEX_PHRASE_WORDS_MAX = 6, LEX_NICKNAMES_MAX = 16 };

/* One bit a list, named as the list's source text is. Add a list: one row here. */
#define LEX_MAP(X)                                                                                 \
    /* names of persons, one part an entry */                                                      \
    X(FIRST, "first")             /* given names, all cultures */                                  \
    X(LAST, "last")               /* family names */                                               \
    X(GIVEN_WORD, "given_word")   /* given names that are English words: Grace, Mark */            \
    X(PARTICLE, "particle")       /* van, de, bin, al: inside names */                             \
    X(FIGURE, "figure")           /* cited figure, whole: "Chinua Achebe", "Aristotle" */          \
    X(FIGURE_PART, "figure_part") /* family name under which one is cited: Achebe, Curie */        \
    X(FICTION, "fiction")         /* persons of books and myths: Hamlet, Scout Finch */            \
    /* English */                                                                                  \
    X(FUNCTION, "function") /* closed class: the, of, and, because, not */                         \
    X(FREQUENT, "frequent") /* graded word lists up to band 20 */                                  \
    X(ORDINARY, "ordinary") /* bands 10 to 50, written small */                                    \
    X(RARE, "rare")         /* bands 55 to 70, written small */                                    \
    X(MONTH, "month")                                                                              \
    X(DAY, "day")       /* Monday */                                                               \
    X(NUMBER, "number") /* one, twelve, seventeenth */                                             \
    /* places */                                                                                   \
    X(PLACE, "place")           /* cities and towns: counts only with a cue or a capital */        \
    X(BIG_PLACE, "big_place")   /* over a million inhabitants, or known world-wide */              \
    X(COUNTRY, "country")       /* with usual names and abbreviations: Vietnam, UAE */             \
    X(REGION, "region")         /* subdivisions, continents, coasts: Punjab, Andalusia */          \
    X(STREET, "street")         /* street, road, rue, calle, sokak, Straße */                     \
    X(PLACE_KIND, "place_kind") /* village, district, valley, river, county */                     \
    /* groups of people: identity signals */                                                       \
    X(DEMONYM, "demonym")   /* Nigerian, Igbo, Londoner, Hispanic, with plurals */                 \
    X(LANGUAGE, "language") /* Igbo, Mandarin, Tamil; French, German, English too */               \
    X(RELIGION, "religion") /* faiths, clergy, houses of worship, scripture, feasts, dress */      \
    X(CULTURE, "culture")   /* national festivals, dress, rites: Chuseok, Nowruz, quinceanera */   \
    X(STATUS, "status")     /* immigration: asylum seeker, green card, visa sponsorship */         \
    X(NATIONAL_ID, "national_id") /* kinds of number: Aadhaar, PESEL, passport */                  \
    X(ORIENTATION, "orientation") /* gay, LGBTQ, coming out, transgender */                        \
    X(DISABILITY, "disability")   /* diagnoses and aids: dyslexia, wheelchair, ADHD */             \
    X(FAMILY, "family")           /* wealth, alumni ties, parents' status: trust fund, legacy */   \
    X(GENDERED, "gendered")       /* woman, boys' team, fraternity; neutral form behind a tab */   \
    X(GENDER_ADJ, "gender_adj")   /* female, male, girls, women's: gone without replacement */     \
    X(KIN, "kin")                 /* mother, uncle, cousin; neutral form behind a tab */           \
    X(FEMALE, "female")           /* she her hers herself */                                       \
    X(MALE, "male")               /* he him his himself */                                         \
    /* cues */                                                                                     \
    X(TITLE, "title")             /* before a name: Mr, Dr, Prof, Coach, Ustaz, Señora */         \
    X(ROLE, "role")               /* beside a name: teacher, neighbour, captain, classmate */      \
    X(SPEECH, "speech")           /* what only a person does: said, told, lent, taught, smiled */  \
    X(ORG_TAIL, "org_tail")       /* Club, Society, Foundation, Ltd, e.V. */                       \
    X(SCHOOL, "school")           /* school, college, academy, lycee, gymnasium, university */     \
    X(ORG_KNOWN, "org_known")     /* known world-wide, no signal: NASA, UNICEF, Red Cross */       \
    X(BRAND, "brand")             /* products, software, fonts: Python, Arduino, Photoshop */      \
    X(SUBJECT, "subject")         /* Mathematics, Physics, Literature */                           \
    X(COMPETITION, "competition") /* Olympiad, Cup, Challenge, Fair */                             \
    X(EPONYM, "eponym")           /* name that stands before law or theorem: Fourier, Euclid */    \
    X(EPONYM_HEAD, "eponym_head") /* theorem, law, equation, cipher, prize, telescope */           \
    X(WORK, "work") /* cue of a cited author: novel, poem, essay, by, read, translated */          \
    X(KEEP, "keep") /* fixed phrases that say nothing of a person: French horn, Turing test */     \
    X(UNIT, "unit") /* km, volts, percent */                                                       \
    X(SURE, "sure") /* proxies that hold without any cue: hijab, but not mass */

enum lex_list {
#define X(id, file) LEX_LIST_##id,
    LEX_MAP(X)
#undef X
        LEX_LIST_COUNT
};
_Static_assert(LEX_LIST_COUNT <= 61, "three bits are the table's own");
#define LEX_BIT(id) (UINT64_C(1) << LEX_LIST_##id) /* in constant expressions */
#define X(id, file) static const uint64_t LEX_##id = LEX_BIT(id);
LEX_MAP(X)
#undef X
#define LEX_PROXY_BITS                                                                             \
    (LEX_BIT(DEMONYM) | LEX_BIT(LANGUAGE) | LEX_BIT(RELIGION) | LEX_BIT(CULTURE) |                 \
     LEX_BIT(STATUS) | LEX_BIT(NATIONAL_ID) | LEX_BIT(ORIENTATION) | LEX_BIT(DISABILITY) |         \
     LEX_BIT(FAMILY))
#define LEX_GENDER_BITS (LEX_BIT(GENDERED) | LEX_BIT(GENDER_ADJ) | LEX_BIT(KIN))
/* Set by the compiler: some phrase of more words begins with this word or these words; nicknames
 * are known. */
static const uint64_t LEX_PHRASE_HEAD = UINT64_C(1) << 62;
static const uint64_t LEX_HAS_NICKNAMES = UINT64_C(1) << 63;
/* Of a source entry alone: the first two words of a phrase. */
static const uint64_t LEX_PAIR = UINT64_C(1) << 61;

/* Words of the language rather than names; and the same with numbers in words. */
#define LEX_PLAIN_BITS (LEX_BIT(ORDINARY) | LEX_BIT(FREQUENT) | LEX_BIT(FUNCTION) | LEX_BIT(RARE))
#define LEX_WORD_BITS  (LEX_PLAIN_BITS | LEX_BIT(NUMBER))

/* What entries have in common: their lists and neutral form (0: none). */
struct lex_set {
    uint64_t bits;
    uint32_t neutral; /* offset in text, NUL-ended */
    uint16_t want;    /* enum token_want, by the lists alone */
};
/* Two names that stand for one another, either way round; sorted by name, then other. */
struct lex_pair {
    uint64_t name, other;
};
enum { LEX_SECONDS = 1 << 12 };
struct lexicon {
    const uint64_t *slots; /* open addressing, linear: upper 48 bits of the hash and 16 bits of */
                           /* index into sets; 0: free. The home slot is hash & mask. */
    uint32_t mask;         /* number of slots, a power of two, less one; at most 3/4 are full */
    const struct lex_set *sets; /* sets[0] is empty */
    const char *text;           /* text[0] is NUL */
    const uint64_t
        *seconds; /* one bit of LEX_SECONDS words for each two that a phrase begins with */
    const struct lex_pair *pairs;
    uint32_t n_pairs;
    unsigned char sha256[32]; /* of all of the above: which tables a result was made with */
};
extern const struct lexicon lexicon_builtin;

/* A word's bytes by eights, lowest first, each mixed in with one multiplication; the last may be
 * cut short. The word's length comes first, so that bytes of zero count. */
static inline uint64_t lex_begin(size_t n)
{
    return UINT64_C(0xcbf29ce484222325) ^ n;
}
static inline uint64_t lex_step(uint64_t h, uint64_t eight)
{
    h = (h ^ eight) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 32;
}
/* Mixes once more; never 0. */
static inline uint64_t lex_end(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 29;
    return h ? h : 1;
}
static inline uint64_t lex_hash(const char *p, size_t n)
{
    uint64_t h = lex_begin(n), eight;
    for (; n > sizeof(eight); p += sizeof(eight), n -= sizeof(eight)) {
        memcpy(&eight, p, sizeof(eight));
        h = lex_step(h, le64toh(eight));
    }
    eight = 0;
    memcpy(&eight, p, n);
    return lex_end(lex_step(h, le64toh(eight)));
}
/* A phrase so far and its next word. */
static inline uint64_t lex_join(uint64_t phrase, uint64_t word)
{
    return lex_end((phrase ^ (word << 1 | word >> 63)) * UINT64_C(0xff51afd7ed558ccd));
}

enum { LEX_TAG_SHIFT = 16 };
/* The entry's set; the empty set when there is none. */
static inline const struct lex_set *lex_find(const struct lexicon *x, uint64_t hash)
{
    /* The first two slots without a branch between them: which of them it is cannot be foretold. */
    uint64_t i = (hash + 1) & x->mask, slot = x->slots[hash & x->mask], next = x->slots[i];
    const bool first = (slot ^ hash) >> LEX_TAG_SHIFT == 0;
    const bool second = (next ^ hash) >> LEX_TAG_SHIFT == 0;
    const uint64_t found =
        (slot & (0 - (uint64_t)first)) | (next & (0 - (uint64_t)(second & !first)));
    if (first | second | !slot | !next)
        return &x->sets[found & 0xffff & (0 - (uint64_t)(slot != 0))];
    while ((slot = x->slots[i = (i + 1) & x->mask]) != 0)
        if ((slot ^ hash) >> LEX_TAG_SHIFT == 0)
            return &x->sets[slot & 0xffff];
    return &x->sets[0];
}
/* Whether a phrase may begin with these two words; of most pairs it says that none does. */
static inline bool lex_may_go_on(const struct lexicon *x, uint64_t two)
{
    return x->seconds[(two >> 6) % LEX_SECONDS] >> (two >> 58) & 1;
}
static inline uint64_t lex_bits(const struct lexicon *x, uint64_t hash)
{
    return lex_find(x, hash)->bits;
}
static inline const char *lex_neutral(const struct lexicon *x, const struct lex_set *set)
{
    return set->neutral ? x->text + set->neutral : NULL;
}
/* Hashes of the names that stand for this one; returns how many were written, at most max. */
size_t lex_nicknames(const struct lexicon *x, uint64_t name, uint64_t *ret, size_t max);

/* Making a table: the build's compiler and tests. */
struct lex_source {
    uint64_t hash; /* word or phrase */
    uint64_t bits;
    const char *neutral; /* NULL: none */
};
/* Entries may repeat: their bits are joined. The result lives in mem. */
struct lexicon lex_make(struct arena *mem, const struct lex_source *v, size_t n,
                        const struct lex_pair *pairs, size_t n_pairs);
/* The hashes of an entry's first word, first two words and so on, the last being the entry's own;
 * the number of words, 0 when it has none, more than LEX_PHRASE_WORDS_MAX, or a digit. */
struct ctx;
size_t lex_entry_hash(struct ctx *c, struct str entry, uint64_t ret[LEX_PHRASE_WORDS_MAX]);

#endif
