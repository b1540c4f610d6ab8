/* scrub/own.c: the applicant's own identity, folded and cut into what is searched for. */
#include "scrub/own.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"
#include "scrub/words.h"

enum { HOUSE_MAX = 6 };
enum {
    IDENTITY_FIELD_MAX = 4096,
    ADDRESS_LINE_MIN = 3,
    PIECE_MIN = 3,
    LOCAL_PIECE_MIN = 4,
    PART_SHOWN_MAX = 40
};

/* Sorted. Small words inside names; alone they say nothing. */
static const char *const particles[] = {
    "abd", "abu", "af",  "al",  "ap",  "av",  "ben", "bin", "bint", "da", "das", "de",
    "dei", "del", "den", "der", "di",  "do",  "dos", "du",  "e",    "el", "ibn", "ii",
    "iii", "jr",  "la",  "las", "le",  "los", "mac", "mc",  "of",   "op", "san", "sr",
    "st",  "ten", "ter", "the", "und", "van", "vom", "von", "y",    "zu", "zum",
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

static void add_variant(struct own *own, uint64_t hash, enum variant_kind kind, size_t part)
{
    size_t i = hash % OWN_SLOTS;
    while (own->slots[i].kind && own->hashes[i] != hash)
        i = (i + 1) % OWN_SLOTS;
    if (own->slots[i].kind >= kind || own->n_variants >= OWN_VARIANTS_MAX)
        return;
    own->n_variants += own->slots[i].kind == VARIANT_NONE;
    own->slots[i] = (struct variant){ (uint8_t)kind, (uint8_t)part };
    own->hashes[i] = hash;
    own->filter[(hash >> 9) % OWN_FILTER] |= UINT64_C(1) << (hash >> 15 & 63);
}

uint32_t own_letters(struct str s)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            letters |= 1U << (s.p[i] - 'a');
    return letters;
}

static void add_part(struct own *own, const struct lexicon *lex, struct str text, bool family)
{
    if (own->n_parts == OWN_PARTS_MAX || text.n == 0)
        return;
    struct name_part part = { .text = text, .family = family, .particle = is_particle(text) };
    part.hash = lex_hash(text.p, text.n);
    part.bits = lex_bits(lex, part.hash);
    part.letters = own_letters(text);
    for (size_t k = 0; k < text.n; k++)
        part.foreign |= (text.p[k] & 0x80) != 0;
    add_variant(own, part.hash, part.particle ? VARIANT_PARTICLE : VARIANT_PART, own->n_parts);
    if (!part.foreign && !part.particle)
        own->first_letters |= 1U << (text.p[0] - 'a');
    own->all_letters |= part.letters;
    own->parts[own->n_parts++] = part;
}

static void cut_name(struct own *own, const struct lexicon *lex, struct str s, bool family)
{
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && fold_is_letter(s.p[i]))
            i++;
        if (i > from)
            add_part(own, lex, str_sub(s, from, i - from), family);
        else
            i++;
    }
}

/* Letters that are written as two where marks are not at hand: ü as ue, å as aa, ø as oe. */
static void add_spelling(struct ctx *c, struct own *own, const struct lexicon *lex,
                         struct str field)
{
    static const char *const pairs[][2] = {
        { "\xc3\xa4", "ae" }, { "\xc3\x84", "ae" }, { "\xc3\xb6", "oe" }, { "\xc3\x96", "oe" },
        { "\xc3\xbc", "ue" }, { "\xc3\x9c", "ue" }, { "\xc3\xa5", "aa" }, { "\xc3\x85", "aa" },
        { "\xc3\xb8", "oe" }, { "\xc3\x98", "oe" }, { "\xc3\xb0", "dh" }, { "\xc3\xb1", "ny" },
        { "\xc5\x9f", "sh" }, { "\xc5\x9e", "sh" }, { "\xc5\xa1", "sh" }, { "\xc5\xa0", "sh" },
        { "\xc3\xa7", "ch" }, { "\xc3\x87", "ch" }, { "\xc4\x8d", "ch" }, { "\xc4\x8c", "ch" },
        { "\xc5\xbe", "zh" }, { "\xc5\xbd", "zh" }, { "\xc4\x91", "dj" }, { "\xc4\x90", "dj" },
    };
    struct buf b;
    struct str folded;
    bool found = false;
    field = str_sub(field, 0, IDENTITY_FIELD_MAX);
    for (size_t i = 0; i < field.n; i++)
        found |= (field.p[i] & 0x80) != 0;
    if (!found)
        return;
    found = false;
    buf_init(&b, c->mem, 2 * IDENTITY_FIELD_MAX);
    for (size_t i = 0; i < field.n; i++) {
        size_t n = sizeof(pairs) / sizeof(pairs[0]), k = field.p[i] & 0x80 ? 0 : n;
        while (k < n && !str_starts(str_sub(field, i, field.n), str_of(pairs[k][0])))
            k++;
        if (k == n) {
            buf_c(&b, field.p[i]);
            continue;
        }
        buf_str(&b, str_of(pairs[k][1]));
        found = true;
        i++;
    }
    if (!found || !buf_ok(&b) || fold_field(c, buf_view(&b), &folded) != ERR_OK)
        return;
    const size_t had = own->n_parts;
    cut_name(own, lex, folded, true);
    for (size_t k = had; k < own->n_parts; k++)
        own->parts[k].respelled = true;
}

static struct str join(struct ctx *c, struct str a, struct str between, struct str b)
{
    char *text = arena_raw(c->mem, a.n + between.n + b.n, 1, 1);
    memcpy(text, a.p, a.n);
    memcpy(text + a.n, between.p, between.n);
    memcpy(text + a.n + between.n, b.p, b.n);
    return (struct str){ text, a.n + between.n + b.n };
}

static void add_pieces(struct own *own, size_t k)
{
    const struct name_part *part = &own->parts[k];
    if (part->particle || part->foreign || part->text.n > PART_SHOWN_MAX)
        return;
    for (size_t n = PIECE_MIN; n < part->text.n; n++) {
        add_variant(own, lex_hash(part->text.p, n), VARIANT_PIECE, k);
        add_variant(own, lex_hash(part->text.p + part->text.n - n, n), VARIANT_PIECE, k);
    }
}

/* Jiho for Ji-ho, Yuchieh for Yu-Chieh: two parts of one name as one word. */
static void add_joined(struct ctx *c, struct own *own, size_t k)
{
    enum { JOINED_MIN = 4 };
    const struct name_part *a = &own->parts[k], *b = a + 1;
    if (k + 1 == own->n_parts || a->family != b->family || a->particle || b->particle ||
        a->foreign || b->foreign || a->text.n + b->text.n < JOINED_MIN)
        return;
    const struct str joined = join(c, a->text, S(""), b->text);
    add_variant(own, lex_hash(joined.p, joined.n), VARIANT_NICKNAME, k);
}

static void add_nicknames(struct own *own, const struct lexicon *lex, size_t k)
{
    if (!(own->parts[k].bits & LEX_HAS_NICKNAMES))
        return;
    uint64_t nicks[LEX_NICKNAMES_MAX];
    const size_t n = lex_nicknames(lex, own->parts[k].hash, nicks, LEX_NICKNAMES_MAX);
    for (size_t i = 0; i < n; i++)
        add_variant(own, nicks[i], VARIANT_NICKNAME, k);
}

/* Pieces of the address that are no words, since a person's name is likely among them. */
static void cut_local(struct own *own, const struct lexicon *lex)
{
    const struct str s = own->local;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && fold_is_letter(s.p[i]))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        const uint64_t hash = lex_hash(s.p + from, i - from);
        if (i - from >= LOCAL_PIECE_MIN && !(lex_bits(lex, hash) & LEX_PLAIN_BITS))
            add_variant(own, hash, VARIANT_LOCAL, 0);
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
    struct address_line a = { .words = false };
    line = str_trim(line);
    char *text = arena_try_dirty(c->mem, line.n, 1, 1);
    size_t n = 0;
    for (size_t i = 0; text && i < line.n; i++) {
        const bool dash = line.p[i] == '-' && n && text[n - 1] == ' '; /* Itabuna - BA */
        bool blank = dash || line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r';
        if (blank && n && text[n - 1] == ' ')
            continue;
        text[n++] = blank ? ' ' : line.p[i];
        a.words |= blank;
        a.letters |= fold_is_letter(line.p[i]);
        a.digits |= fold_is_digit(line.p[i]);
    }
    a.text = (struct str){ text, n };
    if (a.text.n >= ADDRESS_LINE_MIN && own->n_lines < OWN_LINES_MAX) {
        const char first = a.text.p[0], second = a.text.p[1];
        const bool goes_on = fold_is_letter(first) ? fold_is_letter(second)
                                                   : fold_is_digit(first) && fold_is_digit(second);
        a.key = WORD_KEY(first, goes_on ? second : 0);
        own->line_keys |= UINT64_C(1) << a.key;
        own->lines[own->n_lines++] = a;
    }
}

/* "12 Rose Lane" is known as "Rose Lane" too, "31-234 Krakow" as "Krakow". */
static void add_street(struct ctx *c, struct own *own, struct str line)
{
    size_t from = 0, to = line.n;
    while (from < to && !fold_is_letter(line.p[from]))
        from++;
    while (to > from && !fold_is_letter(line.p[to - 1]))
        to--;
    if (from > 0 || to < line.n)
        add_line(c, own, str_sub(line, from, to - from));
    while (from > 0 && !fold_is_digit(line.p[from - 1]))
        from--;
    if (from >= LOCAL_PIECE_MIN && from < line.n)
        add_line(c, own, str_sub(line, 0, from)); /* "31-234" */
}

static void cut_address(struct ctx *c, struct own *own, struct str address)
{
    for (size_t i = 0; i < address.n;) {
        size_t from = i;
        while (i < address.n && address.p[i] != ',' && address.p[i] != '\n' && address.p[i] != ';')
            i++;
        struct str line = str_trim(str_sub(address, from, i - from));
        if (from == 0 && line.n && line.n <= HOUSE_MAX && fold_is_digit(line.p[0]))
            own->house = line;
        add_line(c, own, line);
        add_street(c, own, line);
        i++;
    }
}

static size_t read_groups(struct str s, int ret[3], size_t lengths[3])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < 3;) {
        int v = 0;
        const size_t from = i;
        while (i < s.n && fold_is_digit(s.p[i]) && i - from < 4)
            v = v * 10 + (s.p[i++] - '0');
        if (i == from) {
            i++;
            continue;
        }
        lengths[n] = i - from;
        ret[n++] = v;
    }
    return n;
}

/* 2006-05-14 as forms give it, or 14.05.2006; day and month either way round. */
static void read_birth(struct own *own, struct str date)
{
    int v[3] = { 0 };
    size_t n[3] = { 0 };
    if (read_groups(date, v, n) != 3)
        return;
    if (n[0] == 4) {
        own->year = v[0];
        own->month = v[1];
        own->day = v[2];
    } else if (n[2] == 4) {
        own->year = v[2];
        own->month = v[1] <= 12 ? v[1] : v[0];
        own->day = v[1] <= 12 ? v[0] : v[1];
    }
}

static err cut_names(struct ctx *c, const struct lexicon *lex, const struct scrub_identity *who,
                     struct own *own)
{
    const struct str fields[] = { who->name, who->first_name, who->last_name };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct str folded;
        if (!fields[i].n || (i > 0 && own->n_parts && who->name.n))
            continue;
        TRY(fold_field(c, fields[i], &folded));
        cut_name(own, lex, folded, i != 1);
        own->name = own->name.n ? join(c, own->name, S(" "), folded) : folded;
    }
    return ERR_OK;
}

static struct str digits_of(struct ctx *c, struct str s)
{
    char *text = arena_try_dirty(c->mem, s.n, 1, 1);
    size_t n = 0;
    for (size_t i = 0; text && i < s.n; i++) {
        text[n] = s.p[i];
        n += fold_is_digit(s.p[i]);
    }
    return (struct str){ text, n };
}

bool own_generation(struct str s)
{
    return str_eq(s, S("jr")) || str_eq(s, S("sr")) || str_eq(s, S("ii")) || str_eq(s, S("iii"));
}

static void keep_part(struct own *own, size_t k)
{
    struct name_part *part = &own->parts[k];
    part->particle = false;
    if (!part->foreign)
        own->first_letters |= 1U << (part->text.p[0] - 'a');
    add_variant(own, part->hash, VARIANT_PART, k);
}

/* The one given name Bin, Van or Da is no particle. */
static void keep_first_part(struct own *own)
{
    if (own->n_parts > 1 && own->parts[0].particle && !own->parts[0].family && own->parts[1].family)
        keep_part(own, 0);
}

/* A name that ends in Das or Do has no particle there. */
static void keep_last_part(struct own *own)
{
    struct name_part *last = own->n_parts ? &own->parts[own->n_parts - 1] : NULL;
    if (!last || !last->particle || last->text.p[0] == 'i' || str_ends(last->text, S("r")))
        return;
    keep_part(own, own->n_parts - 1);
}

err own_make(struct ctx *c, const struct lexicon *lex, const struct scrub_identity *who,
             struct own *ret)
{
    struct own *own = ret;
    struct str phone, address, birth;
    memset(own, 0, offsetof(struct own, hashes));
    TRY(cut_names(c, lex, who, own));
    TRY(fold_field(c, who->email, &own->email));
    TRY(fold_field(c, who->phone, &phone));
    TRY(fold_field(c, who->address, &address));
    TRY(fold_field(c, who->date_of_birth, &birth));
    keep_first_part(own);
    keep_last_part(own);
    add_spelling(c, own, lex, who->name);
    add_spelling(c, own, lex, who->first_name);
    add_spelling(c, own, lex, who->last_name);
    for (size_t k = 0; k < own->n_parts; k++) {
        add_pieces(own, k);
        add_nicknames(own, lex, k);
        add_joined(c, own, k);
    }
    cut_digits(own, phone);
    cut_address(c, own, address);
    read_birth(own, birth);
    own->birth = digits_of(c, birth);
    str_cut(own->email, '@', &own->local);
    cut_local(own, lex);
    return ERR_OK;
}
