/* scrub/scrub_inner.h: what the files of this room share. Offsets of hits are in the folded text
 * until the spans are rendered. */
#ifndef ENIGMA_SCRUB_SCRUB_INNER_H
#define ENIGMA_SCRUB_SCRUB_INNER_H

#include "scrub/own.h"
#include "scrub/scrub.h"
#include "scrub/words.h"

/* Who found it; the stronger wins where two overlap. */
enum strength { BY_LEXICON, BY_NAME, BY_RECOGNISER, BY_IDENTITY };
struct hit {
    uint32_t from, to;
    uint8_t type, strength, confidence;
    bool keep;           /* a hint only */
    const char *rule;    /* static, or arena-owned for custom patterns */
    const char *neutral; /* NULL: a placeholder; "": dropped; else the word that takes its place */
    /* Once rendered: its bytes in the text, and the bytes of the result in their place. */
    uint32_t src_from, src_to, out_from, out_to;
};
struct hits {
    struct hit *v;
    size_t n, cap;
    bool over; /* one did not fit: the text must not pass */
};

enum { PERSON_PARTS_MAX = 6, LEARNED_FILTER = 8 };
/* Name parts of persons seen in any of the texts. */
struct learned {
    uint64_t *slots; /* open addressing; 0 free; bit 0 of a hash is dropped for the mark below */
    uint32_t mask;
    uint32_t n;
    uint64_t filter[LEARNED_FILTER]; /* one bit for each; most words are in none */
};

/* What learn_names took a run of capitals for; name_hits need not look again while all that it saw
 * is as it was. */
struct noted_run {
    uint32_t k, a, b;   /* tokens: where it was looked for and what it is; b < a: there is none */
    uint32_t n_learned; /* names known then */
    uint32_t from, to;  /* tokens of the verdict */
    const char *rule;
    uint8_t type, confidence;
    bool school;
};

/* One text on its way. */
struct pass {
    struct ctx *c;
    const struct scrub_policy *policy;
    const struct own *own;
    struct learned *learned;
    struct str text; /* the original */
    struct fold f;
    struct tokens t;
    struct hits hits;
    struct noted_run *noted; /* by k */
    size_t n_noted, noted_cap;
    uint8_t *seen;   /* the tagger's: how often capital words stand in the text */
    bool small;      /* the text hardly has capitals */
    bool costly;     /* a custom pattern ran into its limit */
    bool own_seen;   /* some token is T_OWN */
    bool lines_left; /* some line of the own address stood in what may be the name of a body */
};

void hit_add(struct pass *p, const struct hit *hit);
/* Tokens a to b inclusive, marked as taken. */
void hit_tokens(struct pass *p, size_t a, size_t b, struct hit hit);

/* The same for folded bytes from..to. */
void hit_range(struct pass *p, size_t from, size_t to, struct hit hit);

/* The pass for pronouns is to look at token k: it is a name. */
static inline void note_person(struct pass *p, size_t k)
{
    enum { BITS = 64 };
    if (p->t.want[k] & W_NAME)
        p->t.rows[__builtin_ctz(W_PERSON)][k / BITS] |= UINT64_C(1) << k % BITS;
}

/* Each pass adds hits; the stronger ones run first and claim their tokens. */
void identity_hits(struct pass *p);
/* For it: tokens a to b, with the title before them, are the applicant's name; names that the text
 * says the applicant is called by. */
void own_name_add(struct pass *p, size_t a, size_t b, const char *rule, uint8_t confidence);
void called_hits(struct pass *p);
void initials_hits(struct pass *p);
/* Between two words of one name: a blank, a hyphen, an apostrophe, a comma, an initial's dot. */
static inline bool name_joint(const struct tokens *t, size_t a)
{
    const struct token *x = &t->v[a], *y = &t->v[a + 1];
    const bool dot = token_len(x) <= 3 && (x->flags & T_CAPITAL); /* J., Ma., Md. */
    const uint16_t fine =
        GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE | GAP_COMMA | GAP_UNDERSCORE | (dot ? GAP_DOT : 0);
    return y->gap && !(y->gap & ~fine) && y->from - x->to <= 3;
}
void contact_hits(struct pass *p);
/* The applicant's own number in any grouping, or every number. */
void phone_hits(struct pass *p, bool own_only);
void number_hits(struct pass *p);
void date_hits(struct pass *p);
void address_hits(struct pass *p);
/* Places of the own address that no body was named for. */
void own_places(struct pass *p);
void custom_hits(struct pass *p);
bool is_small_text(const struct tokens *t);
bool of_postscript(const struct tokens *t, size_t k);
/* The answers of a form. */
void form_hits(struct pass *p);
void group_hits(struct pass *p);
void learn_names(struct pass *p);
void name_hits(struct pass *p);
void proxy_hits(struct pass *p);
void gender_hits(struct pass *p);

static inline bool learned_has(const struct learned *l, uint64_t hash)
{
    if (!(l->filter[(hash >> 9) % LEARNED_FILTER] >> (hash >> 15 & 63) & 1))
        return false;
    for (size_t i = hash & l->mask; l->slots[i]; i = (i + 1) & l->mask)
        if (l->slots[i] == hash)
            return true;
    return false;
}
void learned_add(struct learned *l, uint64_t hash);

/* Folds and cuts ret->text, which was rendered from old->text, as fold_text and words_cut would;
 * what both texts share is taken over. */
err text_splice(const struct pass *old, struct pass *ret);

/* All passes but those that take names: what the tagger is asked about, and trained on. */
err scrub_begin(struct ctx *c, const struct own *own, const struct str *texts, size_t n,
                struct pass *passes);

void hits_settle(struct pass *p);
/* Takes what a later round found in the rendered text into the hits of the first. */
err hits_merge(struct pass *first, const struct pass *later);
/* The bytes of the original that a folded offset begins or ends. */
uint32_t fold_origin(const struct fold *f, uint32_t at, bool end);
/* The folded offset at or before a byte of the original, or at or after it. */
uint32_t fold_offset(const struct fold *f, size_t original, bool end);
/* Counts the hits that change the text. */
size_t hits_changing(const struct pass *p);
err render(struct ctx *c, struct pass *passes, size_t n, struct scrub_result *ret);
/* Why an identifier may remain in the texts, which are results, or NULL. */
err scrub_verify(struct ctx *c, const struct own *own, const struct pass *passes, size_t n,
                 const char **ret_why);

#endif
