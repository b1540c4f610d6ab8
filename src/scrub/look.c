/* scrub/look.c: what the lists and the neighbours say of each token, and what its sentence's
 * capitals are worth. Which tokens need more than a look into the table cannot be foretold, so all
 * go through the same steps without a branch, and those that need more are then found by counting
 * bits. */
#include "base/str.h"
#include "scrub/own.h"
#include "scrub/words.h"

enum { PHRASE_BITS = 15, BLOCK = 64, SHORT = 3 };
enum { SHOUT_PERCENT = 60, HEADING_PERCENT = 60, HEADING_WORDS_MIN = 3, LETTERS_MIN = 8 };

/* Where a blank after a dot begins no sentence: initials and titles (Mr., Dr., St.). */
static bool short_form(const struct tokens *t, const struct token *last)
{
    static const struct words forms =
        WORDS("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "mt", "no", "vs", "etc", "eng",
              "fr", "rev", "hon", "capt", "sgt", "lt", "col", "gen", "eg", "ie", "al", "approx");
    if (last->kind != TK_WORD)
        return false;
    return ((last->flags & T_INITIAL) && last->gap != GAP_NONE) || (last->bits & LEX_TITLE) ||
           token_in(t, (size_t)(last - t->v), &forms);
}

static bool starts_sentence(const struct tokens *t, const struct token *w)
{
    if (w->gap & (GAP_EDGE | GAP_LINE | GAP_STOP))
        return true;
    const struct token *last = w - 1;
    if ((w->gap & GAP_DOT) && (w->gap & (GAP_BLANK | GAP_QUOTE)))
        return !short_form(t, last) || (w->gap & (GAP_QUOTE | GAP_BRACKET));
    /* An opening quotation, a bullet. */
    return ((w->gap & GAP_QUOTE) && t->f->text[w->from - 1] == '"') ||
           (w->gap == (GAP_BLANK | GAP_OTHER));
}

/* 's and n't: the name before the first, and no name at all in the second. */
void words_note_apostrophe(const struct tokens *t, struct token *w)
{
    static const struct words tails = WORDS("t", "m", "re", "ve", "ll", "d");
    struct token *last = w - 1;
    if (w->gap != GAP_APOSTROPHE || last->kind == TK_END)
        return;
    const size_t k = (size_t)(w - t->v);
    if (token_is(t, k, "s")) {
        last->flags |= T_POSSESSIVE;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
    } else if (token_in(t, k, &tails)) {
        last->flags |= T_CONTRACTED;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
        if (token_is(t, k, "t"))
            last->bits = LEX_FUNCTION;
    }
}

/* The words of a phrase stand in one sentence, parted by blanks and joints. */
static inline bool goes_on(const struct token *next)
{
    return (next->kind == TK_WORD) & (next->gap != GAP_NONE) &
           !(next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE | GAP_DOT));
}

/* Whether a phrase may begin with this word and the next. */
static inline bool may_be_phrase(const struct tokens *t, const struct token *w)
{
    return goes_on(w + 1) && lex_may_go_on(t->lex, lex_join(w->hash, w[1].hash));
}

/* The longest known phrase at k. */
static void find_phrase(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    uint64_t h = w->hash;
    for (size_t i = 1; i < LEX_PHRASE_WORDS_MAX && k + i < t->n; i++) {
        const struct token *next = &t->v[k + i];
        if (!goes_on(next))
            return;
        h = lex_join(h, next->hash);
        const struct lex_set *set = lex_find(t->lex, h);
        if (set->bits & ~LEX_PHRASE_HEAD) {
            w->phrase = (i + 1) & PHRASE_BITS;
            w->phrase_set = set;
        }
        if (!(set->bits & LEX_PHRASE_HEAD))
            return;
    }
}

/* All words of a cited figure's name, written as one. */
static void mark_cited(struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k];
    if (!w->phrase_set || !(w->phrase_set->bits & (LEX_FIGURE | LEX_FICTION)) ||
        !(w->flags & T_CAPITAL))
        return;
    t->cited = true;
    for (size_t i = k; i < k + w->phrase; i++)
        t->v[i].flags |= T_CITED;
}

/* A phrase of these stands for its words, also where one of them names a group of people. */
static const uint64_t phrase_bits = LEX_PROXY_BITS | LEX_BIT(KEEP) | LEX_BIT(FIGURE) |
                                    LEX_BIT(GENDERED) | LEX_BIT(COMPETITION) | LEX_BIT(SUBJECT);

/* Marks and no blank between; or a mark that begins something behind a blank. */
static inline bool is_tight(uint16_t gap)
{
    const uint16_t openers = GAP_AT | GAP_HASH | GAP_UNDERSCORE | GAP_SLASH;
    return !(gap & (GAP_BLANK | GAP_LINE | GAP_EDGE)) | ((gap & openers) != 0);
}

/* want where it is so; without a branch. */
static inline unsigned when(bool so, unsigned want)
{
    return want & (0U - so);
}

/* Of a word of three letters at most: the cues, and those that street_first has short forms of. */
static inline unsigned short_wants(const struct tokens *t, const struct token *w)
{
    static const struct words cues = WORDS("me", "is", "as", "by", "to", "at");
    const char *s = t->f->text + w->from;
    const size_t n = token_len(w);
    const bool two = n == 2, grammar = (w->bits & LEX_FUNCTION) != 0;
    const bool cue = two & w->dull & (bool)(cues.keys >> w->key & 1);
    /* i, my, we and our, and names such as Ivy; not in, is and it. */
    const bool person = ((s[0] == 'i') & !(two & grammar)) | ((s[0] == 'm') & (s[1] == 'y')) |
                        (two & (s[0] == 'w') & (s[1] == 'e')) |
                        ((s[0] == 'o') & (s[1] == 'u') & (s[2] == 'r'));
    return when(!grammar, W_ADDRESS) | when(n == 1, W_LETTER) | when(cue, W_CUE) |
           when(person, W_PERSON);
}

/* The letters of a post code, or a name that may end as a street does; what lists hold as one is
 * marked by them, other short words by short_wants. */
static inline bool may_be_street(const struct token *w)
{
    enum { CODE_MAX = 2, ENDING_MIN = 6 };
    const size_t n = token_len(w);
    return (n <= CODE_MAX) |
           ((n >= ENDING_MIN) & ((w->flags & T_CAPITAL) != 0) & !(w->bits & LEX_PLAIN_BITS));
}

static inline unsigned word_wants(struct tokens *t, const struct token *w)
{
    static const struct words at = WORDS("arroba");
    const bool foreign = (w->flags & T_FOREIGN) != 0;
    unsigned want = W_NAME | when(may_be_street(w), W_ADDRESS) | when(foreign, W_FOREIGN) |
                    when((w->flags & (T_ALL_CAPS | T_MIXED)) != 0, W_LETTER);
    t->foreign |= foreign & !w->dull;
    if (may_be_in(w, &at))
        want |= when(words_hold(t, w, &at), W_CUE);
    want = when(!w->dull, want);
    return token_len(w) <= SHORT ? want | short_wants(t, w) : want;
}

static inline unsigned mark_wants(const struct token *w)
{
    const uint16_t gap = w->gap, next = w[1].gap;
    const uint16_t handle = GAP_COLON | GAP_BRACKET | GAP_AT | GAP_UNDERSCORE;
    const bool ahead = is_tight(next);
    const bool named = ((next & handle) != 0) | (next == GAP_NONE) | (next == GAP_DOT);
    return when(is_tight(gap) | ahead, W_MARK) | when(named, W_HANDLE) |
           when((w[1].kind == TK_NUMBER) & ahead, W_CODE) | when((gap & GAP_QUOTE) != 0, W_PERSON);
}

/* An English word is of the own name only as one of its variants, as an initial, or as what a
 * hyphen ties to one. */
static inline unsigned own_wants(const struct tokens *t, const struct token *w)
{
    const bool word = !(w->bits & LEX_WORD_BITS) | own_may_be(t->own, w->hash) |
                      ((token_len(w) == 1) & !w->dull) | (w->gap == GAP_HYPHEN) |
                      (w[1].gap == GAP_HYPHEN);
    const bool line = t->own->line_keys >> w->key & 1;
    return when(word & (w->kind == TK_WORD), W_OWN) |
           when(line & (w->kind != TK_PLACEHOLDER), W_LINE);
}

static unsigned phrase_wants(struct tokens *t, size_t k)
{
    find_phrase(t, k);
    if (!t->v[k].phrase_set)
        return 0;
    mark_cited(t, k);
    const uint64_t bits = t->v[k].phrase_set->bits;
    return (bits & phrase_bits ? W_PROXY : 0U) | (bits & LEX_GENDER_BITS ? W_GENDER : 0U);
}

/* Ádám or Pécs within a sentence is not the English word that is left without its marks. */
static inline bool marked_name(const struct tokens *t, const struct token *w)
{
    return ((w->flags & T_CAPITAL) != 0) & (w->gap == GAP_BLANK) &
           (t->f->from[w->to] - t->f->from[w->from] > token_len(w));
}

struct tally {
    size_t from, next; /* tokens: the sentence's first, and the first that is not counted yet */
    size_t capitals, words, capital_words;
};

/* Most letters from token `from` to before k are capitals. */
static bool shouts(const struct tokens *t, size_t k, const struct tally *s)
{
    size_t letters = 0;
    if (s->capitals * 100 <= LETTERS_MIN * SHOUT_PERCENT)
        return false;
    for (size_t i = s->from; i < k; i++)
        if (t->v[i].kind == TK_WORD && !(t->v[i].flags & (T_CLITIC | T_FOREIGN)))
            letters += token_len(&t->v[i]);
    return letters >= LETTERS_MIN && s->capitals * 100 > letters * SHOUT_PERCENT;
}

/* The sentence ends before token k. */
static void end_sentence(struct tokens *t, size_t k, struct tally *s)
{
    const uint16_t shout = shouts(t, k, s) ? T_SHOUT : 0;
    s->words += k - s->next;
    const bool heading =
        s->words >= HEADING_WORDS_MIN && s->capital_words * 100 > s->words * HEADING_PERCENT;
    const uint16_t flags = shout | (heading ? T_HEADING : 0);
    for (size_t i = s->from; flags && i < k; i++)
        t->v[i].flags |= flags;
    *s = (struct tally){ .from = k, .next = k };
}

/* What the capitals of token k add to its sentence's; all from the one weighed before were English
 * words in small letters. */
static inline void weigh(struct tokens *t, size_t k, struct tally *s)
{
    const struct token *w = &t->v[k];
    if ((w->flags & T_START) && k > s->from && !gap_same_sentence(w->gap))
        end_sentence(t, k, s);
    s->words += k - s->next;
    s->next = k + 1;
    if (w->kind != TK_WORD || (w->flags & (T_CLITIC | T_FOREIGN)))
        return;
    const size_t n = token_len(w);
    size_t capitals = w->flags & T_ALL_CAPS ? n : w->flags & T_CAPITAL ? 1 : 0;
    if (w->flags & T_MIXED)
        for (capitals = 0; capitals < n && t->f->upper[w->from + capitals];)
            capitals++;
    s->capitals += capitals;
    s->words++;
    s->capital_words += (w->flags & T_CAPITAL) != 0;
}

/* What is not a known word in small letters between blanks. */
static unsigned look_closer(struct tokens *t, size_t k, const struct lex_set *set)
{
    struct token *w = &t->v[k];
    const bool word = w->kind == TK_WORD;
    unsigned want = w->kind == TK_NUMBER ? W_NUMBER | W_CODE | W_DATE | W_ADDRESS : W_PERSON;
    if (word) {
        w->bits = set->bits & ~(LEX_PLAIN_BITS & (0 - (uint64_t)marked_name(t, w)));
        w->dull = ((w->bits & LEX_PLAIN_BITS) != 0) & !(w->flags & (T_CAPITAL | T_MIXED));
        want = set->want;
    }
    if (w->gap != GAP_BLANK) {
        if (word)
            words_note_apostrophe(t, w);
        w->flags |= starts_sentence(t, w) ? T_START : 0;
    }
    if (word)
        want |= word_wants(t, w);
    return want | mark_wants(w) | own_wants(t, w) |
           when((w->gap != GAP_BLANK) | !w->dull, W_WEIGHED);
}

/* Tokens of a block, one bit each. */
struct block {
    uint64_t closer; /* to be looked at closer */
    uint64_t small;  /* the others of three letters at most */
    uint64_t heads;  /* a phrase may begin there */
};

/* The table is larger than the near caches, so the words to come are asked for ahead. */
static struct block look_block(struct tokens *t, const struct lexicon *x, size_t from, size_t to)
{
    enum { AHEAD = 12 };
    const struct own *own = t->own;
    struct block b = { 0 };
    for (size_t k = from; k < to; k++) {
        struct token *w = &t->v[k];
        __builtin_prefetch(&x->slots[w[k + AHEAD < t->n ? AHEAD : 0].hash & x->mask]);
        const struct lex_set *set = lex_find(x, w->hash);
        const bool plain = w->dull & ((set->bits & LEX_PLAIN_BITS) != 0);
        w->bits = set->bits;
        w->phrase_set = NULL;
        t->want[k] = (uint16_t)(set->want | when(own_may_be(own, w->hash), W_OWN) |
                                when(own->line_keys >> w->key & 1, W_LINE) |
                                when(w->gap != GAP_BLANK, W_WEIGHED));
        const bool first = ((set->bits & LEX_PHRASE_HEAD) != 0) & goes_on(w + 1);
        /* Where none can begin, always the same place is looked at, which is near then. */
        const uint64_t two = lex_join(w->hash, w[1].hash) & (0 - (uint64_t)first);
        const bool head = first & lex_may_go_on(x, two);
        b.closer |= (uint64_t)!plain << (k - from);
        b.small |= (uint64_t)(plain & (token_len(w) <= SHORT)) << (k - from);
        b.heads |= (uint64_t)head << (k - from);
    }
    return b;
}

void words_look_all(struct tokens *t)
{
    const struct lexicon x = *t->lex;
    struct tally s = { 0 };
    for (size_t from = 0; from < t->n; from += BLOCK) {
        struct block b = look_block(t, &x, from, t->n - from < BLOCK ? t->n : from + BLOCK);
        for (; b.small; b.small &= b.small - 1) {
            const size_t k = from + (size_t)__builtin_ctzll(b.small);
            t->want[k] = (uint16_t)(t->want[k] | short_wants(t, &t->v[k]));
        }
        for (; b.closer; b.closer &= b.closer - 1) {
            const size_t k = from + (size_t)__builtin_ctzll(b.closer);
            t->want[k] = (uint16_t)look_closer(t, k, lex_find(&x, t->v[k].hash));
            weigh(t, k, &s);
        }
        for (; b.heads; b.heads &= b.heads - 1) {
            const size_t k = from + (size_t)__builtin_ctzll(b.heads);
            if (!(t->v[k].flags & T_CLITIC))
                t->want[k] = (uint16_t)(t->want[k] | phrase_wants(t, k));
        }
    }
    end_sentence(t, t->n, &s);
}

void words_look(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    const struct lex_set *set = w->kind == TK_WORD ? lex_find(t->lex, w->hash) : &t->lex->sets[0];
    w->bits = set->bits;
    w->phrase_set = NULL;
    w->phrase = 0;
    w->sense = 0;
    unsigned want = look_closer(t, k, set);
    if ((w->bits & LEX_PHRASE_HEAD) && may_be_phrase(t, w))
        want |= phrase_wants(t, k);
    t->want[k] = (uint16_t)want;
}

bool words_may_begin_phrase(const struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k];
    /* The bits of "don" in "don't" are no longer those of the lists. */
    const bool head = ((w->bits & LEX_PHRASE_HEAD) != 0) | ((w->flags & T_CONTRACTED) != 0);
    const uint64_t two = lex_join(w->hash, w[1].hash) & (0 - (uint64_t)head);
    return (w->kind == TK_WORD) & head &
           ((w->phrase_set != NULL) | (goes_on(w + 1) & lex_may_go_on(t->lex, two)));
}

void words_look_phrase(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    const unsigned both = W_PROXY | W_GENDER;
    const struct lex_set *set = lex_find(t->lex, w->hash);
    if (!(set->bits & LEX_PHRASE_HEAD))
        return;
    w->phrase_set = NULL;
    w->phrase = 0;
    t->want[k] = (uint16_t)((t->want[k] & ~both) | (set->want & both) | phrase_wants(t, k));
}

void words_weigh(struct tokens *t)
{
    struct tally s = { 0 };
    struct wanted at_weighed = wanted_from(t, W_WEIGHED);
    for (size_t k; (k = wanted_next(&at_weighed)) < t->n;) {
        mark_cited(t, k);
        weigh(t, k, &s);
    }
    end_sentence(t, t->n, &s);
}
