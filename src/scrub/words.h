/* scrub/words.h: the text as tokens: words, numbers and placeholders of an earlier pass, each with
 * what stands before it, so that rules look at neighbours without reading letters again. */
#ifndef ENIGMA_SCRUB_WORDS_H
#define ENIGMA_SCRUB_WORDS_H

#include <string.h>

#include "scrub/fold.h"
#include "scrub/lexicon.h"
#include "scrub/word_list.h"

struct own;
enum token_kind { TK_END, TK_WORD, TK_NUMBER, TK_PLACEHOLDER };
/* What stands between a token and the one before it. */
enum gap {
    GAP_BLANK = 1 << 0,
    GAP_LINE = 1 << 1, /* a line ends */
    GAP_DOT = 1 << 2,
    GAP_COMMA = 1 << 3,
    GAP_STOP = 1 << 4, /* ! ? */
    GAP_HYPHEN = 1 << 5,
    GAP_APOSTROPHE = 1 << 6,
    GAP_QUOTE = 1 << 7,
    GAP_COLON = 1 << 8, /* : ; */
    GAP_SLASH = 1 << 9,
    GAP_BRACKET = 1 << 10, /* ( ) [ ] { } < > */
    GAP_AT = 1 << 11,
    GAP_UNDERSCORE = 1 << 12,
    GAP_HASH = 1 << 13,
    GAP_OTHER = 1 << 14, /* any other mark */
    GAP_EDGE = 1 << 15,  /* the text's beginning */
    GAP_NONE = 0         /* letters and digits meet */
};
enum token_flag {
    T_CAPITAL = 1 << 0,  /* begins with a capital letter */
    T_ALL_CAPS = 1 << 1, /* two letters or more, all capital */
    T_MIXED = 1 << 2,    /* a capital past the first letter, and small ones */
    T_START = 1 << 3,    /* begins a sentence, line or quotation */
    T_SHOUT = 1 << 4,    /* most letters around are capitals: case says nothing */
    T_HEADING = 1 << 5,  /* most words around begin with a capital */
    T_QUOTED = 1 << 6,
    T_POSSESSIVE = 1 << 7, /* followed by 's, or by ' after an s */
    T_CLITIC = 1 << 8,     /* the s of 's, the t of don't */
    T_CONTRACTED = 1 << 9, /* don't, I'm: never a name */
    T_FOREIGN = 1 << 10,   /* letters of another script than Latin */
    T_INITIAL = 1 << 11,   /* one capital letter */
    T_CLAIMED = 1 << 12,   /* something stronger has taken it */
    T_NAME = 1 << 13,      /* taken as, or as part of, a person's name */
    T_OWN = 1 << 14,       /* the applicant's own */
    T_CITED = 1 << 15      /* in the whole name of a cited figure */
};
/* What a pass looks at: nine tokens of ten are words in small letters that no rule begins with, so
 * each pass walks only those that it wants (token_wanted). */
enum token_want {
    W_NAME = 1 << 0,    /* a word that is no English one in small letters */
    W_NUMBER = 1 << 1,  /* digits */
    W_CODE = 1 << 2,    /* digits, or a word that runs into them */
    W_DATE = 1 << 3,    /* digits, a number in words, a month */
    W_ADDRESS = 1 << 4, /* may begin or end a street, a box, a post code */
    W_PROXY = 1 << 5,   /* in a list of groups of people, or a school */
    W_GENDER = 1 << 6,  /* in a list of gendered words or kin */
    W_PERSON = 1 << 7,  /* tells who is spoken of: I, my, she, titles, placeholders, quotations */
    W_MARK = 1 << 8,    /* a mark before or behind it without a blank */
    W_CUE = 1 << 9,     /* a small word of two letters: me, is, as, by, to, at */
    W_LETTER = 1 << 10, /* one letter, capitals only, or mixed */
    W_FOREIGN = 1 << 11,
    W_HANDLE = 1 << 12, /* a mark behind it that the name of an account may follow */
    W_OWN = 1 << 13,    /* a word that may be of the applicant's name */
    W_LINE = 1 << 14,   /* may begin a line of the applicant's address */
    W_WEIGHED = 1 << 15 /* its case, or what stands before it, says something of its sentence */
};
enum { WANTS = 16 };
struct token {
    uint32_t from, to; /* folded offsets */
    uint64_t hash, bits;
    const struct lex_set *phrase_set; /* of the longest phrase that begins here, or NULL */
    uint16_t gap, flags;
    uint8_t kind : 4;
    bool dull : 1; /* an English word in small letters: nine of ten, which most rules pass over */
    uint8_t key;   /* of a word or number: WORD_KEY of its first two bytes */
    uint8_t tail;  /* of a word: WORD_TAIL */
    uint8_t phrase : 4; /* words of that phrase */
    uint8_t sense : 4;  /* run.c's note: the enum sense that the word alone has, plus 1; 0: not */
                        /* asked */
};
struct tokens {
    struct token *v;       /* v[n] is TK_END with the gap before the end */
    uint16_t *want;        /* enum token_want of each; all bits at n */
    uint64_t *rows[WANTS]; /* the same turned round: for each want one bit a token */
    size_t n, cap;
    bool placeholders;   /* some token is one */
    bool foreign, cited; /* some token is T_FOREIGN, T_CITED */
    const struct fold *f;
    const struct lexicon *lex;
    const struct own *own; /* whose text it is */
    uint64_t steps;
};

/* Where cutting goes on: a folded offset, and whether a quotation is open there. */
struct cut {
    size_t at;
    bool quoted;
};

/* A placeholder that is known to stand in these folded bytes. */
struct known {
    size_t from, to;
};

/* own: whose text it is; NULL: nobody's. */
err words_cut(struct ctx *c, const struct fold *f, const struct lexicon *lex, const struct own *own,
              struct tokens *ret);
/* For splice.c, which makes the tokens of a text out of those of one that it hardly differs from:
 * the next token and false at the end; room for one more and the end; room for the wants, and them
 * turned round when all are known; what the neighbours and lists say of all tokens, or of token k,
 * which are as they were cut; its phrase alone; what they say of the owner before it,
 * of the apostrophe before it, and of whole sentences. */
bool words_next(const struct fold *f, const struct known *known, struct cut *s, struct token *w);
bool words_grow(struct ctx *c, size_t more, struct tokens *t);
static inline bool words_room(struct ctx *c, size_t more, struct tokens *t)
{
    return t->n + more + 1 < t->cap || words_grow(c, more, t);
}
bool words_wants(struct ctx *c, struct tokens *t);
void words_rows(struct tokens *t);
void words_look_all(struct tokens *t);
void words_look(struct tokens *t, size_t k);
void words_look_phrase(struct tokens *t, size_t k);
bool words_may_begin_phrase(const struct tokens *t, size_t k);
void words_note_owner(const struct fold *f, struct token *w);
void words_note_apostrophe(const struct tokens *t, struct token *w);
void words_weigh(struct tokens *t);
/* Past the placeholder that begins at folded byte i, or i. */
size_t placeholder_end(const struct fold *f, size_t i);

/* Token k, or an end token outside. */
static inline const struct token *token_at(const struct tokens *t, size_t k)
{
    return k <= t->n ? &t->v[k] : &t->v[t->n];
}
static inline struct str token_text(const struct tokens *t, size_t k)
{
    const struct token *w = token_at(t, k);
    return (struct str){ t->f->text + w->from, w->to - w->from };
}
static inline size_t token_len(const struct token *w)
{
    return w->to - w->from;
}
/* The first token that ends behind a folded offset; t->n when there is none. Each step halves
 * without a branch, since which half it is cannot be foretold. */
static inline size_t token_past(const struct tokens *t, size_t at)
{
    size_t low = 0;
    for (size_t n = t->n, half; n > 0; n -= half) {
        half = (n + 1) / 2;
        low += half & (0 - (size_t)(t->v[low + half - 1].to <= at));
    }
    return low;
}
/* lex_hash of a word that is known when this is compiled. */
static inline __attribute__((always_inline)) uint64_t word_hash(const char *folded)
{
    enum { EIGHT = 8 };
    const size_t n = strlen(folded);
    uint64_t h = lex_begin(n);
#pragma GCC unroll 2
    for (size_t from = 0; from < n; from += EIGHT) {
        uint64_t eight = 0;
#pragma GCC unroll 8
        for (size_t i = from; i < from + EIGHT; i++)
            eight |= i < n ? (uint64_t)(unsigned char)folded[i] << (i - from) * EIGHT : 0;
        h = lex_step(h, eight);
    }
    return lex_end(h);
}
/* Only words have a hash. */
static inline __attribute__((always_inline)) bool token_is(const struct tokens *t, size_t k,
                                                           const char *folded)
{
    return token_at(t, k)->hash == word_hash(folded);
}
/* The word's place in the list, from 1 on; 0 when it holds none such. */
size_t words_place(const struct tokens *t, const struct token *w, const struct words *list);
static inline bool words_hold(const struct tokens *t, const struct token *w,
                              const struct words *list)
{
    return words_place(t, w, list) != 0;
}

/* What most words are not. */
static inline bool may_be_in(const struct token *w, const struct words *list)
{
    return list->keys >> w->key & list->tails >> w->tail & 1;
}

static inline size_t token_place(const struct tokens *t, size_t k, const struct words *list)
{
    const struct token *w = token_at(t, k);
    return may_be_in(w, list) ? words_place(t, w, list) : 0;
}

static inline bool token_in(const struct tokens *t, size_t k, const struct words *list)
{
    return token_place(t, k, list) != 0;
}

/* The first token from k on that this want fits; t->n when there is none. */
static inline size_t token_wanted(const struct tokens *t, size_t k, uint16_t want)
{
    enum { BITS = 64 };
    const uint64_t *row = t->rows[__builtin_ctz(want)];
    size_t i = k / BITS;
    uint64_t here = row[i] & UINT64_MAX << k % BITS;
    while (!here)
        here = row[++i];
    return i * BITS + (size_t)__builtin_ctzll(here);
}

/* The same for one walk over all of them. */
struct wanted {
    const uint64_t *row;
    uint64_t here;
    size_t base;
};
static inline struct wanted wanted_from(const struct tokens *t, uint16_t want)
{
    const uint64_t *row = t->rows[__builtin_ctz(want)];
    return (struct wanted){ row, *row, 0 };
}
/* The next; t->n, and then no more may be asked for. */
static inline size_t wanted_next(struct wanted *w)
{
    enum { BITS = 64 };
    for (; !w->here; w->base += BITS)
        w->here = *++w->row;
    const size_t k = w->base + (size_t)__builtin_ctzll(w->here);
    w->here &= w->here - 1;
    return k;
}

/* The next token is in the same sentence: no stop between. */
static inline bool gap_same_sentence(uint16_t gap)
{
    return !(gap & (GAP_LINE | GAP_STOP | GAP_EDGE)) && !((gap & GAP_DOT) && (gap & GAP_BLANK));
}
/* Only blanks. */
static inline bool gap_blank(uint16_t gap)
{
    return gap == GAP_BLANK;
}
/* What joins the parts of one name: a blank, hyphen, apostrophe. */
static inline bool gap_joint(uint16_t gap)
{
    return gap != GAP_NONE && !(gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE));
}

#endif
