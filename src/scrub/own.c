/* scrub/own.c: the applicant's own identity, folded and cut into what is searched for. */
#include "base/buf.h"
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { IDENTITY_FIELD_MAX = 4096, ADDRESS_LINE_MIN = 4 };

/* Sorted. Small words inside names; alone they say nothing. */
static const char *const particles[] = {
    "abd", "abu", "af",  "al",  "ap",  "av",  "ben", "bin", "bint", "da", "das",
    "de",  "dei", "del", "den", "der", "di",  "do",  "dos", "du",   "e",  "el",
    "ibn", "ii",  "iii", "jr",  "la",  "las", "le",  "los", "mac",  "mc", "of",
    "san", "sr",  "st",  "ten", "ter", "the", "und", "van", "von",  "y",  "zu",
};

static int by_text(const void *key, const void *item)
{
    const struct str *word = key;
    const char *const *known = item;
    return str_cmp(*word, str_of(*known));
}

static bool is_particle(struct str s)
{
    return bsearch(&s, particles, sizeof(particles) / sizeof(particles[0]), sizeof(particles[0]),
                   by_text) != NULL;
}

static err fold_field(struct ctx *c, struct str field, struct str *ret)
{
    struct fold f;
    TRY(fold_text(c, str_sub(field, 0, IDENTITY_FIELD_MAX), &f));
    *ret = str_trim((struct str){ f.text, f.n });
    return ERR_OK;
}

static void cut_name(struct own *own)
{
    struct str s = own->name;
    for (size_t i = 0; i < s.n && own->n_parts < NAME_PARTS_MAX;) {
        size_t from = i;
        while (i < s.n && fold_is_letter(s.p[i]))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        struct name_part *part = &own->parts[own->n_parts++];
        part->text = str_sub(s, from, i - from);
        part->particle = is_particle(part->text);
        part->ordinary = word_is_ordinary(part->text);
        for (size_t k = from; k < i; k++)
            part->other_script |= (s.p[k] & 0x80) != 0;
    }
}

static void cut_digits(struct own *own, struct str phone)
{
    size_t n = 0;
    for (size_t i = 0; i < phone.n && n < OWN_DIGITS_MAX; i++)
        if (fold_is_digit(phone.p[i]))
            own->digits[n++] = phone.p[i];
    own->n_digits = n >= OWN_DIGITS_MIN ? n : 0;
}

static void add_line(struct ctx *c, struct own *own, struct str line)
{
    struct buf b;
    struct address_line a = { .words = false };
    buf_init(&b, c->mem, IDENTITY_FIELD_MAX);
    line = str_trim(line);
    for (size_t i = 0; i < line.n; i++) {
        bool blank = line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r';
        if (blank && b.n && b.p[b.n - 1] == ' ')
            continue;
        buf_c(&b, blank ? ' ' : line.p[i]);
        a.words |= blank;
        a.letters |= fold_is_letter(line.p[i]);
        a.digits |= fold_is_digit(line.p[i]);
    }
    a.text = buf_view(&b);
    if (a.text.n >= ADDRESS_LINE_MIN && own->n_lines < ADDRESS_LINES_MAX)
        own->lines[own->n_lines++] = a;
}

/* "12 Rose Lane" is known as "Rose Lane" too. */
static void add_street(struct ctx *c, struct own *own, struct str line)
{
    size_t i = 0;
    while (i < line.n && (fold_is_digit(line.p[i]) || line.p[i] == ' '))
        i++;
    struct str street = str_sub(line, i, line.n);
    if (i > 0 && street.p && memchr(street.p, ' ', street.n))
        add_line(c, own, street);
}

static void cut_address(struct ctx *c, struct own *own, struct str address)
{
    for (size_t i = 0; i < address.n;) {
        size_t from = i;
        while (i < address.n && address.p[i] != ',' && address.p[i] != '\n' && address.p[i] != ';')
            i++;
        struct str line = str_trim(str_sub(address, from, i - from));
        add_line(c, own, line);
        add_street(c, own, line);
        i++;
    }
}

err own_make(struct ctx *c, const struct scrub_identity *who, struct own *ret)
{
    struct own own = { .n_parts = 0 };
    struct str phone, address;
    TRY(fold_field(c, who->name, &own.name));
    TRY(fold_field(c, who->email, &own.email));
    TRY(fold_field(c, who->phone, &phone));
    TRY(fold_field(c, who->address, &address));
    cut_name(&own);
    cut_digits(&own, phone);
    cut_address(c, &own, address);
    str_cut(own.email, '@', &own.local);
    *ret = own;
    return ERR_OK;
}
