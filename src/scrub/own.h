/* scrub/own.h: the applicant's identity, folded and cut into what is searched for; made once an
 * application. Of this room only. */
#ifndef ENIGMA_SCRUB_OWN_H
#define ENIGMA_SCRUB_OWN_H

#include "scrub/lexicon.h"
#include "scrub/scrub.h"

enum {
    OWN_PARTS_MAX = 16,
    OWN_LINES_MAX = 16,
    OWN_DIGITS_MAX = 20,
    OWN_DIGITS_MIN = 7,
    OWN_SLOTS = 512,
    OWN_FILTER = 64,
    OWN_VARIANTS_MAX = OWN_SLOTS * 3 / 4,
    OWN_SHORT = 3 /* a part of so few letters counts only where it is written as a name */
};
enum variant_kind {
    VARIANT_NONE,
    VARIANT_PIECE,    /* beginning or end of a part, of three letters or more */
    VARIANT_NICKNAME, /* of the table */
    VARIANT_LOCAL,    /* a piece of the e-mail address */
    VARIANT_PARTICLE,
    VARIANT_PART
};
struct variant {
    uint8_t kind, part;
};
struct name_part {
    struct str text; /* folded */
    uint64_t hash, bits;
    uint32_t letters;
    bool particle, foreign, family;
    bool respelled; /* another spelling of a part before it */
};
struct address_line {
    struct str text; /* folded, single blanks */
    uint64_t head;   /* hash of its first word */
    uint8_t key;     /* WORD_KEY of its first word or number */
    bool letters, digits, words;
};
struct own {
    struct name_part parts[OWN_PARTS_MAX];
    size_t n_parts;
    uint32_t first_letters; /* one bit a first letter of a part */
    uint32_t all_letters;
    struct address_line lines[OWN_LINES_MAX];
    size_t n_lines;
    struct str house;   /* the number that the address begins with, before a comma */
    uint64_t line_keys; /* one bit a key of a line's first word or number */
    char digits[OWN_DIGITS_MAX];
    size_t n_digits;               /* 0 when too few to be told apart */
    struct str name, email, local; /* folded; local: before the @ */
    int year, month, day;          /* of birth; 0: not known */
    struct str birth;              /* its digits as the row has them */
    uint64_t filter[OWN_FILTER];   /* one bit of 64 in one word of OWN_FILTER for each variant */
    size_t n_variants;
    struct variant slots[OWN_SLOTS];
    uint64_t hashes[OWN_SLOTS]; /* of the slots that are taken; the others' hold anything */
};
err own_make(struct ctx *c, const struct lexicon *lex, const struct scrub_identity *who,
             struct own *ret);
/* Whether a word may be a variant; most are not, and this says so without the table. */
static inline bool own_may_be(const struct own *own, uint64_t hash)
{
    return own->filter[(hash >> 9) % OWN_FILTER] >> (hash >> 15 & 63) & 1;
}
static inline const struct variant *own_variant(const struct own *own, uint64_t hash)
{
    if (!own_may_be(own, hash))
        return NULL;
    for (size_t i = hash % OWN_SLOTS; own->slots[i].kind; i = (i + 1) % OWN_SLOTS)
        if (own->hashes[i] == hash)
            return &own->slots[i];
    return NULL;
}

/* jr, sr, ii, iii: what ends a name, where other particles stand inside it. */
bool own_generation(struct str s);

/* One bit a letter a to z. */
uint32_t own_letters(struct str s);
static inline bool two_at_most(uint32_t bits)
{
    bits &= bits - 1;
    return (bits & (bits - 1)) == 0;
}

/* variant.c: looser likeness of a word to a part of the name. */
bool one_edit_apart(struct str a, struct str b);
/* Reei of Rei. */
bool doubled_letter(struct str word, struct str part);
/* Tommy of Thomas, Lulu of Lucia: short beginnings with a pet ending, or doubled. */
bool pet_form(struct str word, struct str part);
/* Vuvu of Nomvula. */
bool doubled_syllable(struct str word, struct str part);
/* Riiiina of Rina. */
bool held_letter(struct str word, struct str part);
/* Made of parts, beginnings of parts and initials alone: "mariarossi", "rossim", "njakobsen". */
bool joined_name(const struct own *own, struct str word);
bool short_joined(const struct own *own, struct str word);
bool is_initials(const struct own *own, struct str word, bool loose);

#endif
