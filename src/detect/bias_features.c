/* From an utterance to numbers: folded words, their classes, pairs of classes and letter n-grams.
 * The trainer and the detector share this file, so they see the same. */
#include "detect/bias_model.h"

#include <string.h>

enum { PAIR_REACH = 9, GRAM_LEAST = 4, GRAM_MOST = 5 };
/* What a feature is; part of its hash. */
enum salt {
    WORD_1 = 1,
    WORD_2,
    WORD_3,
    MIX_2,
    MIX_3,
    LETTERS,
    CLASS_1,
    CLASS_WITH_YOU,
    CLASS_PAIR,
    PAIR_WITH_YOU,
    CLASS_WORD,
    ANSWERED
};

struct token {
    uint64_t hash, classes;
    uint64_t mix; /* its first class, else the word */
    uint16_t sentence, at;
};
struct tokens {
    struct token v[TOKENS_MAX];
    size_t n;
    uint64_t with_you[SENTENCES_MAX]; /* CLASS_YOU when the sentence speaks to somebody */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + UINT64_C(0xbf58476d1ce4e5b9));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* FNV-1a, never 0. */
uint64_t word_hash(const char *word, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)word[i]) * UINT64_C(0x100000001b3);
    return h ? h : 1;
}

static uint64_t slot_of(const struct detect_model *m, uint64_t hash)
{
    for (size_t i = hash & (LEXICON_SLOTS - 1);; i = (i + 1) & (LEXICON_SLOTS - 1)) {
        if (m->lexicon_word[i] == hash)
            return m->lexicon_class[i];
        if (m->lexicon_word[i] == 0)
            return 0;
    }
}

uint64_t lexicon_find(const struct detect_model *m, const char *word, size_t n)
{
    uint64_t classes = slot_of(m, word_hash(word, n));
    if (!classes && n > 3 && word[n - 1] == 's')
        classes = slot_of(m, word_hash(word, n - 1));
    if (!classes && n > 4 && word[n - 1] == 's' && word[n - 2] == 'e')
        classes = slot_of(m, word_hash(word, n - 2));
    return classes;
}

static void add(struct features *f, enum salt salt, uint64_t a, uint64_t b, unsigned sentence)
{
    const uint16_t i = (uint16_t)mix(mix(salt, a), b);
    const uint64_t bit = UINT64_C(1) << (i & 63);
    if (f->n == FEATURES_MAX || (f->seen[i >> 6] & bit))
        return;
    f->seen[i >> 6] |= bit;
    f->sentence[f->n] = (uint8_t)sentence;
    f->v[f->n++] = i;
}

static void add_letters(struct features *f, const char *word, size_t n, unsigned sentence)
{
    char framed[WORD_MAX + 2];
    framed[0] = '^';
    memcpy(framed + 1, word, n);
    framed[n + 1] = '$';
    for (size_t len = GRAM_LEAST; len <= GRAM_MOST; len++)
        for (size_t i = 0; i + len <= n + 2; i++)
            add(f, LETTERS, word_hash(framed + i, len), len, sentence);
}

/* A reader of folded words: lower case, contractions written out, digits as one sign. */
struct scan {
    const struct detect_model *m;
    struct str text;
    size_t at;
    struct tokens *t;
    struct features *f; /* NULL: words are only classed */
    unsigned sentence;
    unsigned words; /* of this sentence so far */
};

static void push(struct scan *s, const char *word, size_t n)
{
    struct tokens *t = s->t;
    if (n == 0 || t->n == TOKENS_MAX)
        return;
    struct token *k = &t->v[t->n];
    *k = (struct token){ .hash = word_hash(word, n),
                         .classes = lexicon_find(s->m, word, n),
                         .sentence = (uint16_t)s->sentence,
                         .at = (uint16_t)t->n };
    k->mix = k->classes ? k->classes & (~k->classes + 1) : k->hash;
    t->with_you[s->sentence] |= k->classes & CLASS_YOU;
    t->n++;
    s->words++;
    if (s->f)
        add_letters(s->f, word, n, s->sentence);
}

/* Length of an apostrophe, straight or curly. */
static size_t apostrophe(struct str s, size_t i)
{
    if (s.p[i] == '\'')
        return 1;
    return i + 2 < s.n && memcmp(s.p + i, "\xE2\x80\x99", 3) == 0 ? 3 : 0;
}

static bool ends_with(const char *word, size_t n, const char *end)
{
    const size_t k = strlen(end);
    return n > k && memcmp(word + n - k, end, k) == 0;
}

/* The word without its apostrophe's tail, and what the tail stands for. */
static void push_word(struct scan *s, const char *word, size_t n, size_t tail)
{
    static const struct {
        const char *tail, *means;
    } tails[] = { { "re", "are" },  { "m", "am" },    { "ll", "will" },
                  { "ve", "have" }, { "d", "would" }, { "t", "not" } };
    if (tail == 0) {
        push(s, word, n);
        return;
    }
    size_t head = tail;
    const char *means = NULL;
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]) && !means; i++)
        if (n - tail == strlen(tails[i].tail) && ends_with(word, n, tails[i].tail))
            means = tails[i].means;
    if (means && strcmp(means, "not") == 0 && word[head - 1] == 'n' && head > 1)
        head -= head == 3 && memcmp(word, "can", 3) == 0 ? 0 : 1;
    push(s, word, head);
    if (means)
        push(s, means, strlen(means));
}

static char letter(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return (char)(ch | 0x20);
    return (ch >= 'a' && ch <= 'z') || (unsigned char)ch >= 0x80 ? ch : 0;
}

/* One word from s->at on; s->at stands on its first letter. */
static void scan_word(struct scan *s)
{
    char word[WORD_MAX];
    size_t n = 0, tail = 0;
    while (s->at < s->text.n) {
        const size_t quote = apostrophe(s->text, s->at);
        const char ch = letter(s->text.p[s->at]);
        if (!ch && !quote)
            break;
        if (quote && n && !tail)
            tail = n;
        if (!quote && n < WORD_MAX)
            word[n++] = ch;
        s->at += quote ? quote : 1;
    }
    push_word(s, word, n, tail == n ? 0 : tail);
}

static void scan_number(struct scan *s)
{
    while (s->at < s->text.n && s->text.p[s->at] >= '0' && s->text.p[s->at] <= '9')
        s->at++;
    push(s, "#", 1);
}

static void end_sentence(struct scan *s)
{
    s->words = 0;
    if (!s->f)
        return;
    struct features *f = s->f;
    f->to[s->sentence] = (uint16_t)s->at;
    f->n_sentences = s->sentence + 1;
    if (s->sentence + 1 < SENTENCES_MAX) {
        s->sentence++;
        f->from[s->sentence] = (uint16_t)s->at;
    }
}

/* Recognised speech has no full stops: long sentences end at a comma, or after so many words. */
static bool ends_sentence(const struct scan *s, char ch)
{
    enum { LONG = 8, TOO_LONG = 24 };
    return ch == '.' || ch == '?' || ch == '!' || (ch == ',' && s->words >= LONG) ||
           s->words >= TOO_LONG;
}

static void scan_all(struct scan *s)
{
    while (s->at < s->text.n) {
        const char ch = s->text.p[s->at];
        if (letter(ch)) {
            scan_word(s);
        } else if (ch >= '0' && ch <= '9') {
            scan_number(s);
        } else {
            s->at++;
            if (ends_sentence(s, ch))
                end_sentence(s);
        }
    }
    end_sentence(s);
}

static void add_words(const struct tokens *t, struct features *f)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct token *a = &t->v[i], *b = a + 1, *c = a + 2;
        const size_t left = t->n - i;
        add(f, WORD_1, a->hash, 0, a->sentence);
        if (left < 2 || b->sentence != a->sentence)
            continue;
        add(f, WORD_2, a->hash, b->hash, a->sentence);
        add(f, MIX_2, a->mix, b->mix, a->sentence);
        if (left < 3 || c->sentence != a->sentence)
            continue;
        add(f, WORD_3, mix(a->hash, b->hash), c->hash, a->sentence);
        add(f, MIX_3, mix(a->mix, b->mix), c->mix, a->sentence);
    }
}

static void add_pairs(struct features *f, const struct token *a, const struct token *b,
                      uint64_t with_you)
{
    for (uint64_t x = a->classes; x; x &= x - 1)
        for (uint64_t y = b->classes; y; y &= y - 1) {
            const uint64_t p = x & (~x + 1), q = y & (~y + 1);
            add(f, CLASS_PAIR, p, q, a->sentence);
            if (with_you)
                add(f, PAIR_WITH_YOU, p, q, a->sentence);
        }
}

static void add_classes(const struct tokens *t, struct features *f)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct token *a = &t->v[i];
        const uint64_t with_you = t->with_you[a->sentence];
        for (uint64_t x = a->classes; x; x &= x - 1) {
            const uint64_t p = x & (~x + 1);
            add(f, CLASS_1, p, 0, a->sentence);
            if (with_you)
                add(f, CLASS_WITH_YOU, p, 0, a->sentence);
            if (i > 0)
                add(f, CLASS_WORD, t->v[i - 1].hash, p, a->sentence);
        }
        for (size_t k = i + 1; k < t->n && k <= i + PAIR_REACH; k++)
            if (t->v[k].sentence == a->sentence)
                add_pairs(f, a, &t->v[k], with_you);
    }
}

/* What the applicant raised in the last turn and the evaluator takes up. */
static void add_answered(const struct detect_model *m, const struct detect_input *in,
                         const struct tokens *t, struct features *f)
{
    if (in->n_context == 0 || !in->context[in->n_context - 1].applicant)
        return;
    struct tokens said = { 0 };
    struct scan s = { .m = m, .text = in->context[in->n_context - 1].text, .t = &said };
    if (s.text.n > DETECT_TEXT_MAX)
        s.text.n = DETECT_TEXT_MAX;
    scan_all(&s);
    uint64_t raised = 0;
    for (size_t i = 0; i < said.n; i++)
        raised |= said.v[i].classes;
    for (size_t i = 0; i < t->n; i++)
        for (uint64_t x = t->v[i].classes & raised & ~CLASS_YOU; x; x &= x - 1)
            add(f, ANSWERED, x & (~x + 1), 0, t->v[i].sentence);
}

void features_of(const struct detect_model *m, const struct detect_input *in, struct features *ret)
{
    struct tokens t;
    struct scan s = { .m = m, .text = in->text, .t = &t, .f = ret };
    if (s.text.n > DETECT_TEXT_MAX)
        s.text.n = DETECT_TEXT_MAX;
    t.n = 0;
    memset(t.with_you, 0, sizeof(t.with_you));
    memset(ret->seen, 0, sizeof(ret->seen));
    ret->n = ret->n_sentences = 0;
    ret->from[0] = 0;
    scan_all(&s);
    add_words(&t, ret);
    add_classes(&t, ret);
    add_answered(m, in, &t, ret);
}
