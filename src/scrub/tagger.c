/* scrub/tagger.c: scores a run of capital words by hashed features of its words and neighbours. */
#include "scrub/tagger.h"

#include <endian.h>

enum {
    HIDDEN = 50,
    TEAM = 60,
    CUED_WORD = 65,
    CUED = 80,
    RAISED = 55,
    LOWERED = 40,
    /* How far ahead of the rest the best tag must be, and how far behind "nothing", in parts of the
     * margin that training wants: a leak weighs more. */
    AHEAD = TAGGER_MARGIN * TAGGER_UNIT / 6,
    BEHIND = -TAGGER_MARGIN * TAGGER_UNIT / 2,
    SEEN = 512, /* slots of either half of pass.seen */
    FIRST_ROWS = TAGGER_HASHED,
    LAST_ROWS = FIRST_ROWS + TAGGER_LISTS,
    FLAG_ROWS = LAST_ROWS + TAGGER_LISTS
};

/* What a hashed feature is of. */
enum feature {
    OF_ALL,
    OF_LENGTH,
    OF_SENSES,
    OF_GAPS,
    OF_SHAPE,
    OF_BEFORE,
    OF_AFTER,
    OF_BEFORE_SHAPE,
    OF_AFTER_SHAPE,
    OF_TWO_BEFORE,
    OF_TWO_AFTER,
    OF_BOTH_SIDES,
    OF_SIDES_SHAPE,
    OF_SECOND_BEFORE,
    OF_SECOND_AFTER,
    OF_LISTS,
    OF_LISTS_GAP,
    OF_REPEATED,
    OF_REPEATED_INSIDE,
    OF_PHRASE,
    OF_CUE,
    OF_NEAR
};

/* Lists that say something of a word of the run. */
static const uint64_t word_lists =
    LEX_BIT(FIRST) | LEX_BIT(LAST) | LEX_BIT(PARTICLE) | LEX_BIT(FIGURE_PART) | LEX_BIT(FICTION) |
    LEX_BIT(FUNCTION) | LEX_BIT(FREQUENT) | LEX_BIT(ORDINARY) | LEX_BIT(RARE) | LEX_BIT(MONTH) |
    LEX_BIT(DAY) | LEX_BIT(NUMBER) | LEX_BIT(PLACE) | LEX_BIT(BIG_PLACE) | LEX_BIT(COUNTRY) |
    LEX_BIT(REGION) | LEX_BIT(STREET) | LEX_BIT(PLACE_KIND) | LEX_BIT(DEMONYM) | LEX_BIT(LANGUAGE) |
    LEX_BIT(RELIGION) | LEX_BIT(CULTURE) | LEX_BIT(KIN) | LEX_BIT(TITLE) | LEX_BIT(ROLE) |
    LEX_BIT(SPEECH) | LEX_BIT(ORG_TAIL) | LEX_BIT(SCHOOL) | LEX_BIT(ORG_KNOWN) | LEX_BIT(BRAND) |
    LEX_BIT(SUBJECT) | LEX_BIT(COMPETITION) | LEX_BIT(EPONYM) | LEX_BIT(EPONYM_HEAD) |
    LEX_BIT(WORK) | LEX_BIT(KEEP) | LEX_BIT(UNIT);
/* Lists that say something of a neighbour, the first of them that holds it being its kind. */
static const uint64_t neighbour_lists =
    LEX_BIT(FUNCTION) | LEX_BIT(NUMBER) | LEX_BIT(PLACE_KIND) | LEX_BIT(DEMONYM) | LEX_BIT(KIN) |
    LEX_BIT(TITLE) | LEX_BIT(ROLE) | LEX_BIT(SPEECH) | LEX_BIT(ORG_TAIL) | LEX_BIT(SCHOOL) |
    LEX_BIT(SUBJECT) | LEX_BIT(COMPETITION) | LEX_BIT(EPONYM_HEAD) | LEX_BIT(WORK);

static const uint64_t NO_LIST = UINT64_C(1) << (TAGGER_LISTS - 1);

/* Where features go: into sums of their weights, two tags in either of two words with sixteen bits
 * each, or, for training, into a list of their rows. */
struct features {
    uint32_t even, odd;
    uint16_t *row; /* NULL: summed */
    size_t n;
};
_Static_assert(TAGGER_FEATURES_MAX *UINT8_MAX <= UINT16_MAX, "no sum runs over");

static inline void put_row(struct features *f, size_t row)
{
    const uint32_t low = 0x00ff00ff;
    uint32_t weights;
    if (f->row && f->n < TAGGER_FEATURES_MAX)
        f->row[f->n++] = (uint16_t)row;
    memcpy(&weights, tagger_weights[row], sizeof(weights));
    weights = le32toh(weights);
    f->even += weights & low;
    f->odd += weights >> 8 & low;
}

static inline void put(struct features *f, enum feature id, uint32_t a, uint32_t b)
{
    const uint64_t h = (a + (id + 1) * UINT64_C(0x9e3779b1)) * UINT64_C(0x9e3779b97f4a7c15) +
                       b * UINT64_C(0xff51afd7ed558ccd);
    put_row(f, (h ^ h << 29) >> (64 - TAGGER_HASH_BITS));
}

/* Lists have rows of their own, one a bit. */
static inline void put_bits(struct features *f, uint32_t row, uint64_t bits)
{
    for (; bits; bits &= bits - 1)
        put_row(f, row + (uint32_t)__builtin_ctzll(bits));
}

/* Kinds of a neighbour that are no list. */
enum kind {
    KIND_END = LEX_LIST_COUNT,
    KIND_NUMBER,
    KIND_PLACEHOLDER,
    KIND_CLITIC,
    KIND_CLAIMED,
    KIND_ED,
    KIND_ING,
    KIND_LY,
    KIND_S,
    KIND_WORD,
    KIND_CAPITAL, /* and the sense */
    KIND_CAPITAL_END = KIND_CAPITAL + SENSE_SHORT + 1,
    KIND_LISTED_CAPITAL /* and the list */
};

static uint32_t ending_kind(const struct tokens *t, const struct token *w)
{
    const char *s = t->f->text + w->to;
    const size_t n = token_len(w);
    if (n > 1 && s[-1] == 'd' && s[-2] == 'e')
        return KIND_ED;
    if (n > 2 && s[-1] == 'g' && s[-2] == 'n' && s[-3] == 'i')
        return KIND_ING;
    if (n > 1 && s[-1] == 'y' && s[-2] == 'l')
        return KIND_LY;
    return s[-1] == 's' ? KIND_S : KIND_WORD;
}

static uint32_t kind_of(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    if (w->kind != TK_WORD)
        return w->kind == TK_NUMBER        ? KIND_NUMBER
               : w->kind == TK_PLACEHOLDER ? KIND_PLACEHOLDER
                                           : KIND_END;
    if (w->flags & (T_CLITIC | T_CLAIMED))
        return w->flags & T_CLITIC ? KIND_CLITIC : KIND_CLAIMED;
    const bool capital = (w->flags & (T_CAPITAL | T_START)) == T_CAPITAL;
    const uint64_t bits = w->bits & neighbour_lists;
    if (bits)
        return (capital ? KIND_LISTED_CAPITAL : 0) + (uint32_t)__builtin_ctzll(bits);
    return capital ? KIND_CAPITAL + token_sense(p, k) : ending_kind(&p->t, w);
}

/* A neighbour: its kind, and of a word of grammar the word. */
struct neighbour {
    uint32_t kind, word;
};

static struct neighbour neighbour_of(const struct pass *p, size_t k)
{
    const uint32_t kind = kind_of(p, k);
    const bool grammar = kind == LEX_LIST_FUNCTION;
    return (struct neighbour){ kind, grammar ? (uint32_t)(p->t.v[k].hash >> 40) | 1U << 31 : kind };
}

static struct neighbour neighbour_before(const struct pass *p, size_t k, size_t back)
{
    return neighbour_of(p, k >= back ? k - back : p->t.n);
}

/* The mark that counts most in what stands before a token. */
static uint32_t mark_of(uint16_t gap)
{
    enum { BLANK, NONE = 31 };
    if (gap & GAP_EDGE)
        return __builtin_ctz(GAP_EDGE);
    const uint32_t marks = gap & ~(uint32_t)GAP_BLANK;
    return marks ? (uint32_t)__builtin_ctz(marks) : gap ? BLANK : NONE;
}

/* How often the capital words of the text stand in it, anywhere and within sentences, by hash. */
static const uint8_t *seen_of(struct pass *p)
{
    const struct tokens *t = &p->t;
    if (p->seen)
        return p->seen;
    p->seen = arena_try(p->c->mem, 2, SEEN, 1);
    for (size_t k = token_wanted(t, 0, W_NAME); p->seen && k < t->n;
         k = token_wanted(t, k + 1, W_NAME)) {
        const struct token *w = &t->v[k];
        uint8_t *slot = &p->seen[w->hash % SEEN];
        if (w->kind != TK_WORD || !(w->flags & T_CAPITAL))
            continue;
        if (*slot < UINT8_MAX)
            ++*slot;
        slot += SEEN;
        if (*slot < UINT8_MAX && !(w->flags & (T_START | T_HEADING | T_SHOUT)))
            ++*slot;
    }
    p->t.steps += t->n;
    return p->seen;
}

static void put_repeats(struct pass *p, struct features *f, size_t a, uint32_t shape)
{
    const struct token *w = &p->t.v[a];
    const uint8_t *seen = seen_of(p);
    if (!seen)
        return;
    const bool inside = !(w->flags & (T_START | T_HEADING | T_SHOUT));
    put(f, OF_REPEATED, seen[w->hash % SEEN] > 1, shape);
    put(f, OF_REPEATED_INSIDE, seen[SEEN + w->hash % SEEN] > inside, shape);
}

static void put_phrase(struct features *f, const struct token *w, size_t n)
{
    const uint64_t lists = LEX_KEEP | LEX_FIGURE | LEX_FICTION | LEX_ORG_KNOWN | LEX_COMPETITION |
                           LEX_SUBJECT | LEX_BRAND;
    if (!w->phrase_set)
        return;
    for (uint64_t left = w->phrase_set->bits & lists; left; left &= left - 1)
        put(f, OF_PHRASE, (uint32_t)__builtin_ctzll(left), w->phrase == n);
}

static void put_cues(struct features *f, const struct run *r, uint32_t shape)
{
    const bool cues[] = { r->school,     r->org,    r->competition, r->titled,
                          r->acquainted, r->speaks, r->relative,    r->owner,
                          r->thinks,     r->cited,  r->eponym };
    for (uint32_t i = 0; i < sizeof(cues) / sizeof(cues[0]); i++)
        if (cues[i])
            put(f, OF_CUE, i, shape);
}

/* Which of the lists that decide most hold the word. */
static uint32_t signature(uint64_t bits)
{
    const uint64_t lists[] = { LEX_FIRST, LEX_LAST,  LEX_FREQUENT,    LEX_ORDINARY,
                               LEX_RARE,  LEX_PLACE, LEX_FIGURE_PART, LEX_BIG_PLACE };
    uint32_t all = 0;
    for (uint32_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        all |= (bits & lists[i]) != 0 ? 1U << i : 0;
    return all;
}

/* What the words of the run are; returns the senses of the first and the last. */
static uint32_t put_words(const struct pass *p, struct features *f, size_t a, size_t b)
{
    enum { SENSE_BITS = 4, SENSES_MAX = 3, LENGTH_MAX = 4 };
    const uint32_t n = (uint32_t)(b - a + 1), length = n < LENGTH_MAX ? n : LENGTH_MAX;
    uint32_t senses = 0;
    for (size_t k = a; k <= b && k < a + SENSES_MAX; k++)
        senses = senses << SENSE_BITS | (token_sense(p, k) + 1U);
    const uint32_t first = token_sense(p, a) + 1U;
    const uint32_t shape = n > 1 ? first << SENSE_BITS | (token_sense(p, b) + 1U) : first;
    const struct token *w = &p->t.v[a];
    put(f, OF_ALL, 0, 0);
    put(f, OF_LENGTH, length, shape);
    put(f, OF_SENSES, senses, length);
    put_bits(f, FIRST_ROWS, w->bits ? w->bits & word_lists : NO_LIST);
    if (n > 1)
        put_bits(f, LAST_ROWS, p->t.v[b].bits ? p->t.v[b].bits & word_lists : NO_LIST);
    put_bits(f, FLAG_ROWS, w->flags & (T_ALL_CAPS | T_MIXED | T_QUOTED | T_OWN | T_CITED));
    put_phrase(f, w, n);
    return shape;
}

/* Lists that tell of what a sentence speaks. */
static const uint64_t near_lists = LEX_BIT(FIGURE_PART) | LEX_BIT(PLACE_KIND) | LEX_BIT(KIN) |
                                   LEX_BIT(TITLE) | LEX_BIT(ROLE) | LEX_BIT(SPEECH) |
                                   LEX_BIT(SUBJECT) | LEX_BIT(COMPETITION) | LEX_BIT(EPONYM_HEAD) |
                                   LEX_BIT(WORK) | LEX_BIT(FIRST) | LEX_BIT(LAST);
enum { NEAR_REACH = 5, NEAR_SELF = LEX_LIST_COUNT, NEAR_FIGURE, NEAR_HE };
static const struct words selves = WORDS("i", "me", "my", "we", "us", "our");

static uint64_t told_by(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    uint64_t lists = w->bits & near_lists;
    if (!(w->flags & T_CAPITAL))
        lists &= ~(LEX_FIGURE_PART | LEX_FIRST | LEX_LAST);
    if (w->flags & T_CITED)
        lists |= UINT64_C(1) << NEAR_FIGURE;
    if (w->bits & (LEX_FEMALE | LEX_MALE))
        lists |= UINT64_C(1) << NEAR_HE;
    if (token_in(&p->t, k, &selves))
        lists |= UINT64_C(1) << NEAR_SELF;
    return lists;
}

static void put_near(const struct pass *p, struct features *f, size_t a, size_t b, uint32_t shape)
{
    const struct tokens *t = &p->t;
    uint64_t lists = 0;
    for (size_t k = a; k > 0 && a - k < NEAR_REACH && gap_same_sentence(t->v[k].gap); k--)
        lists |= told_by(p, k - 1);
    for (size_t k = b + 1; k < t->n && k - b <= NEAR_REACH && gap_same_sentence(t->v[k].gap); k++)
        lists |= told_by(p, k);
    for (; lists; lists &= lists - 1)
        put(f, OF_NEAR, (uint32_t)__builtin_ctzll(lists), shape);
}

static void put_all(struct pass *p, const struct run *r, size_t a, size_t b, struct features *f)
{
    enum { MARK_BITS = 5, POSSESSIVE = 30, WORD_BITS = 27 };
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[a];
    const uint32_t shape = put_words(p, f, a, b);
    const bool owner = token_at(t, b + 1)->flags & T_CLITIC;
    const size_t next = b + 1 + owner < t->n ? b + 1 + owner : t->n;
    const uint32_t start = w->flags & (T_HEADING | T_SHOUT) ? 2 : (w->flags & T_START) != 0;
    const uint32_t gap = mark_of(w->gap), end = owner ? POSSESSIVE : mark_of(t->v[next].gap);
    const struct neighbour before = neighbour_before(p, a, 1), before2 = neighbour_before(p, a, 2);
    const struct neighbour after = neighbour_of(p, next),
                           after2 = neighbour_of(p, next < t->n ? next + 1 : t->n);
    const uint32_t left = before.word << MARK_BITS ^ before.word >> WORD_BITS ^ gap;
    const uint32_t right = after.word << MARK_BITS ^ after.word >> WORD_BITS ^ end;
    const uint32_t lists = signature(w->bits);
    put(f, OF_GAPS, gap, end);
    put(f, OF_SHAPE, shape, start);
    put(f, OF_BEFORE, left, 0);
    put(f, OF_AFTER, right, 0);
    put(f, OF_BEFORE_SHAPE, left, shape);
    put(f, OF_AFTER_SHAPE, right, shape << 2 | start);
    put(f, OF_TWO_BEFORE, left, before2.word);
    put(f, OF_TWO_AFTER, right, after2.word);
    put(f, OF_BOTH_SIDES, left, right);
    put(f, OF_SIDES_SHAPE, before.kind << 8 | after.kind, shape);
    put(f, OF_SECOND_BEFORE, before2.word, shape);
    put(f, OF_SECOND_AFTER, after2.word, shape);
    put(f, OF_LISTS, lists, start);
    put(f, OF_LISTS_GAP, lists, shape << MARK_BITS | end);
    put_repeats(p, f, a, shape);
    put_cues(f, r, shape);
    put_near(p, f, a, b, shape);
}

size_t tagger_features(struct pass *p, const struct run *r, size_t a, size_t b,
                       uint16_t ret[TAGGER_FEATURES_MAX])
{
    struct features f = { .row = ret };
    put_all(p, r, a, b, &f);
    return f.n;
}

/* The rules leave a choice: not where a title, a cue, a list of places or how a team is named
 * decides, nor of one word that is a name and nothing else. */
static bool may_lower(const struct pass *p, const struct verdict *v)
{
    if (v->type != SCRUB_PERSON)
        return v->type == SCRUB_SCHOOL || (v->type == SCRUB_ORG && v->confidence > TEAM);
    return v->confidence < CUED &&
           (v->b > v->a || (v->confidence < CUED_WORD && token_sense(p, v->a) != SENSE_NAME));
}

/* One word that may be a name, and is not first of all a month, a calling, letters that stand for
 * something, or the small word that begins a sentence. */
static bool may_be_name(const struct pass *p, size_t k)
{
    const uint64_t names = LEX_FIRST | LEX_LAST | LEX_PLACE | LEX_BIG_PLACE | LEX_REGION;
    const uint64_t others = LEX_MONTH | LEX_DAY | LEX_TITLE | LEX_ROLE | LEX_KIN | LEX_NUMBER;
    const struct token *w = &p->t.v[k];
    const enum sense s = token_sense(p, k);
    if (s == SENSE_KEEP || s == SENSE_SHORT || s == SENSE_GROUP || (w->bits & others) ||
        (w->flags & T_ALL_CAPS))
        return false;
    /* "Say a word": what begins a sentence with a verb. */
    static const struct words orders = WORDS("say", "ask", "tell", "see", "look", "read", "write");
    if ((w->bits & LEX_FREQUENT) && (w->flags & T_START) &&
        (!(w->bits & LEX_FIRST) || token_in(&p->t, k, &orders)))
        return false;
    return !w->bits || (w->bits & names);
}

/* Not of laws and figures that a list knows, nor of titles of two words. */
static bool may_raise(const struct pass *p, const struct run *r, const struct verdict *v)
{
    const struct token *w = &p->t.v[v->a];
    const uint64_t phrase = w->phrase_set ? w->phrase_set->bits : 0;
    const uint32_t names = r->count[SENSE_NAME] + r->count[SENSE_UNKNOWN] + r->count[SENSE_EITHER] +
                           r->count[SENSE_PLACE];
    if (r->eponym || ((w->bits | phrase) & (LEX_FIGURE | LEX_FICTION)) || run_is_species(p, r) ||
        run_before_level(&p->t, r->a) || run_is_seat(&p->t, r->a))
        return false;
    for (size_t k = v->a; k <= v->b && k < p->t.n; k++)
        if (p->t.v[k].flags & T_CITED)
            return false;
    return (v->b > v->a ? names > 0 : may_be_name(p, v->a)) && !titles_pair(p, v->a);
}

static enum tag best_tag(const struct features *f, int32_t *ret_ahead)
{
    const uint32_t half = UINT16_MAX;
    const uint32_t sum[TAGS] = { f->even & half, f->odd & half, f->even >> 16, f->odd >> 16 };
    enum tag best = TAG_PERSON;
    for (enum tag k = TAG_PLACE; k < TAGS; k++)
        best = sum[k] > sum[best] ? k : best;
    *ret_ahead = (int32_t)sum[best] - (int32_t)sum[TAG_NONE];
    return best;
}

struct verdict tagger_judge(struct pass *p, const struct run *r, struct verdict rules)
{
    static const struct {
        uint8_t type;
        const char *rule;
    } of_tag[TAGS] = { [TAG_PERSON] = { SCRUB_PERSON, "tagger.person" },
                       [TAG_PLACE] = { SCRUB_LOCATION, "tagger.place" },
                       [TAG_BODY] = { SCRUB_ORG, "tagger.body" } };
    struct features f = { 0 };
    int32_t ahead = 0;
    const bool hidden = rules.confidence >= HIDDEN;
    if (hidden ? !may_lower(p, &rules) : !may_raise(p, r, &rules))
        return rules;
    put_all(p, r, rules.a, rules.b, &f);
    const enum tag tag = best_tag(&f, &ahead);
    if (hidden && ahead < BEHIND)
        rules.confidence = LOWERED;
    /* Whom a sentence cites is no acquaintance, whatever the name. */
    if (hidden || ahead <= AHEAD ||
        ((tag != TAG_PLACE || rules.b > rules.a) && (r->cited || r->thinks)))
        return rules;
    return (struct verdict){ rules.a, rules.b, of_tag[tag].type, RAISED, of_tag[tag].rule };
}

struct hash scrub_tables(void)
{
    const struct str parts[] = {
        { (const char *)lexicon_builtin.sha256, sizeof(lexicon_builtin.sha256) },
        { (const char *)tagger_weights, sizeof(tagger_weights) },
    };
    return sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
}
