/* scrub/variant.c: whether a word is near a part of the applicant's name. */
#include "base/str.h"
#include "scrub/own.h"

enum { PET_STEM_MIN = 3, PET_TAIL_MAX = 5, DOUBLE_MIN = 4, JOINED_MIN = 5, JOINED_MAX = 48 };

bool one_edit_apart(struct str a, struct str b)
{
    if (a.n > b.n) {
        const struct str swap = a;
        a = b;
        b = swap;
    }
    if (b.n - a.n > 1)
        return false;
    size_t head = 0, tail = 0;
    while (head < a.n && a.p[head] == b.p[head])
        head++;
    while (tail < a.n - head && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail])
        tail++;
    const size_t rest = a.n - head - tail;
    if (a.n < b.n)
        return rest == 0;
    const bool swapped = rest == 2 && a.p[head] == b.p[head + 1] && a.p[head + 1] == b.p[head];
    return rest <= 1 || swapped;
}

static bool pet_tail(struct str tail)
{
    static const char *const tails[] = {
        "y",    "ie",  "i",    "ey",  "ee",  "o",    "a",    "ita",  "ito",  "inha",
        "inho", "ka",  "ko",   "cia", "sha", "shka", "ek",   "cho",  "chen", "lein",
        "ette", "s",   "z",    "zy",  "zie", "bo",   "ster", "oo",   "u",    "uk",
        "us",   "ya",  "usha", "ous", "ou",  "is",   "ina",  "ulya", "cik",  "jaan",
        "ji",   "can", "cim",  "ica", "ice", "ush",  "ik",   "unia", "usia", NULL,
    };
    for (size_t i = 0; tails[i]; i++)
        if (str_eq(tail, str_of(tails[i])))
            return true;
    return false;
}

/* Annnna, Riiiina: a letter held, as a name is called across a yard. */
bool held_letter(struct str word, struct str part)
{
    enum { HELD_MIN = 3 };
    size_t i = 0, k = 0;
    bool held = false;
    while (i < word.n && k < part.n && word.p[i] == part.p[k]) {
        const char ch = word.p[i];
        size_t in_word = 0, in_part = 0;
        for (; i < word.n && word.p[i] == ch; i++)
            in_word++;
        for (; k < part.n && part.p[k] == ch; k++)
            in_part++;
        if (in_word < in_part || (in_word > in_part && in_word < HELD_MIN))
            return false;
        held |= in_word > in_part;
    }
    return held && i == word.n && k == part.n;
}

bool doubled_syllable(struct str word, struct str part)
{
    const size_t half = word.n / 2;
    return word.n >= DOUBLE_MIN && word.n % 2 == 0 && memcmp(word.p, word.p + half, half) == 0 &&
           memmem(part.p, part.n, word.p, half);
}

bool pet_form(struct str word, struct str part)
{
    size_t same = 0;
    if (word.n >= DOUBLE_MIN && word.n % 2 == 0 && part.n >= word.n / 2 &&
        memcmp(word.p, word.p + word.n / 2, word.n / 2) == 0 &&
        memcmp(word.p, part.p, word.n / 2) == 0)
        return true;
    while (same < word.n && same < part.n && word.p[same] == part.p[same])
        same++;
    if (same < PET_STEM_MIN)
        return false;
    for (size_t stem = same; stem >= PET_STEM_MIN; stem--) {
        struct str tail = str_sub(word, stem, word.n);
        if (tail.n == 0 || tail.n > PET_TAIL_MAX)
            continue;
        if (pet_tail(tail))
            return true;
        if (tail.n > 1 && tail.p[0] == word.p[stem - 1] && pet_tail(str_sub(tail, 1, tail.n)))
            return true;
    }
    return false;
}

bool doubled_letter(struct str word, struct str part)
{
    size_t same = 0;
    if (word.n != part.n + 1)
        return false;
    while (same < part.n && word.p[same] == part.p[same])
        same++;
    return same > 0 && word.p[same] == word.p[same - 1] &&
           memcmp(word.p + same + 1, part.p + same, part.n - same) == 0;
}

/* The longest of: a whole part, a beginning of three letters or more, an initial. */
static size_t piece_at(const struct own *own, struct str rest, bool *ret_whole)
{
    size_t best = 0;
    *ret_whole = false;
    for (size_t k = 0; k < own->n_parts; k++) {
        const struct str part = own->parts[k].text;
        size_t same = 0;
        while (same < part.n && same < rest.n && part.p[same] == rest.p[same])
            same++;
        const bool whole = same == part.n && same >= 2;
        if (!whole && same < 3)
            same = same > 0 && !own->parts[k].particle ? 1 : 0;
        if (same > best || (same == best && whole)) {
            best = same;
            *ret_whole = whole;
        }
    }
    return best;
}

bool joined_name(const struct own *own, struct str word)
{
    size_t pieces = 0, long_piece = 0;
    bool any_whole = false, all_whole = true;
    if (word.n < JOINED_MIN || word.n > JOINED_MAX)
        return false;
    for (size_t at = 0; at < word.n;) {
        bool whole;
        const size_t n = piece_at(own, str_sub(word, at, word.n), &whole);
        if (n == 0)
            return false;
        any_whole |= whole && n >= 3;
        all_whole &= whole;
        long_piece = n > long_piece ? n : long_piece;
        pieces++;
        at += n;
    }
    return pieces >= 2 && pieces <= 4 && (any_whole || all_whole || long_piece >= 4);
}

/* anvo of An Vo: too short to count anywhere but at the head of a file's name. */
bool short_joined(const struct own *own, struct str word)
{
    size_t at = 0, parts = 0;
    for (size_t k = 0; k < own->n_parts && at < word.n; k++) {
        const struct str part = own->parts[k].text;
        if (!own->parts[k].foreign && str_starts(str_sub(word, at, word.n), part)) {
            at += part.n;
            parts++;
        }
    }
    return parts >= 2 && at == word.n;
}

/* "FL": all initials, or the first and last; where dots say that they are initials, any from the
 * first on. */
bool is_initials(const struct own *own, struct str word, bool loose)
{
    char all[OWN_PARTS_MAX];
    size_t n = 0;
    size_t at = 0, last = 0, given = 0;
    for (size_t k = 0; k < own->n_parts; k++) {
        if (own->parts[k].foreign || own->parts[k].respelled)
            continue;
        given += !own->parts[k].family;
        last = own->parts[k].particle ? last : n;
        all[n++] = own->parts[k].text.p[0];
    }
    if (n < 2 || word.n < 2)
        return false;
    for (size_t i = 0; i < n && at < word.n; i++)
        at += all[i] == word.p[at];
    if (loose && at == word.n && word.p[0] == all[0])
        return true;
    const bool ends = word.p[0] == all[0] && word.p[word.n - 1] == all[last];
    if (at == word.n && word.n == given && given < n)
        return true; /* JM of Jhun Mark Pangilinan */
    /* FO of Fiachra O'Shaughnessy: the family name's first part. */
    if (word.n == 2 && given < n && word.p[0] == all[0] && word.p[1] == all[given])
        return true;
    const bool turned = word.n == 2 && all[last] == word.p[0] && all[0] == word.p[1];
    return (at == word.n && ends) || turned;
}
