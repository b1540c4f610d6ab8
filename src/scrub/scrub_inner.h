/* scrub/scrub_inner.h: what the files of this room share. Offsets are in the folded text until the
 * spans are resolved. */
#ifndef ENIGMA_SCRUB_SCRUB_INNER_H
#define ENIGMA_SCRUB_SCRUB_INNER_H

#include "scrub/fold.h"
#include "scrub/scrub.h"

enum scrub_rule { RULE_EMAIL, RULE_URL, RULE_PHONE, RULE_ADDRESS, RULE_NAME, RULE_COUNT };
struct hit {
    uint32_t from, to;
    enum scrub_rule rule;
};
struct hits {
    struct hit *v;
    size_t n, cap;
    bool over; /* one did not fit: the text must not pass */
};
void hit_add(struct ctx *c, struct hits *h, size_t from, size_t to, enum scrub_rule rule);

enum { NAME_PARTS_MAX = 12, ADDRESS_LINES_MAX = 12, OWN_DIGITS_MAX = 20, OWN_DIGITS_MIN = 7 };
struct name_part {
    struct str text; /* folded */
    bool ordinary;   /* an English word as well */
    bool particle;   /* de, van, bin: never a name alone */
    bool other_script;
};
struct address_line {
    struct str text; /* folded, single blanks */
    bool letters, digits, words;
};
/* The identity in folded form, made once a text. */
struct own {
    struct name_part parts[NAME_PARTS_MAX];
    size_t n_parts;
    struct address_line lines[ADDRESS_LINES_MAX];
    size_t n_lines;
    char digits[OWN_DIGITS_MAX];
    size_t n_digits;               /* 0 when too few to be told apart */
    struct str name, email, local; /* folded; local: before the @ */
};
err own_make(struct ctx *c, const struct scrub_identity *who, struct own *ret);
/* An English word that is a name for some people: Grace, Will, Park. */
bool word_is_ordinary(struct str folded);

void email_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h);
void url_hits(struct ctx *c, const struct fold *f, struct hits *h);
void phone_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h);
void address_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h);
err name_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h);
/* Past the placeholder that begins at i, or i. */
size_t placeholder_at(const struct fold *f, size_t i);
static inline size_t placeholder_end(const struct fold *f, size_t i)
{
    return f->text[i] == '[' ? placeholder_at(f, i) : i;
}

/* Why an identifier may remain in the result, or NULL. */
err scrub_verify(struct ctx *c, const struct own *own, struct str result, const char **ret_why);

#endif
