/* scrub/verify.c: looks at the result once more with looser eyes: blanks, dots and hyphens do not
 * count. What it finds is not taken out but kept for a person, because here a match may be chance.
 */
#include "base/buf.h"
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { SQUEEZED_MIN = 8, DIGITS_TAIL = 7, SPELLED_MIN = 4, SPELLED_MAX = 64 };

struct squeezed {
    struct str letters, digits; /* letters and digits together; digits alone */
};

/* Placeholders leave a bar, so that the words on both sides never join to a name. */
static err squeeze(struct ctx *c, const struct fold *f, struct squeezed *ret)
{
    char *letters = arena_try(c->mem, f->n + 1, 1, 1), *digits = arena_try(c->mem, f->n + 1, 1, 1);
    size_t n_letters = 0, n_digits = 0;
    if (!letters || !digits)
        return FAIL(c, TOO_LARGE, "no memory left for a scrubbed text");
    for (size_t i = 0; i < f->n;) {
        size_t past = placeholder_end(f, i);
        if (past > i) {
            letters[n_letters++] = '|';
            digits[n_digits++] = '|';
            i = past;
            continue;
        }
        char ch = f->text[i++];
        letters[n_letters] = ch;
        n_letters += fold_is_alnum(ch);
        digits[n_digits] = ch;
        n_digits += fold_is_digit(ch);
    }
    *ret = (struct squeezed){ { letters, n_letters }, { digits, n_digits } };
    return ERR_OK;
}

static bool holds(struct str in, struct str what)
{
    return what.n > 0 && in.n >= what.n && memmem(in.p, in.n, what.p, what.n);
}

static struct str squeezed_of(struct ctx *c, struct str s)
{
    struct buf b;
    buf_init(&b, c->mem, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        if (fold_is_alnum(s.p[i]))
            buf_c(&b, s.p[i]);
    return buf_view(&b);
}

/* "zoe at example dot org" */
static struct str spoken_email(struct ctx *c, struct str email)
{
    struct buf b;
    buf_init(&b, c->mem, email.n * 3 + 1);
    for (size_t i = 0; i < email.n; i++) {
        if (email.p[i] == '@')
            buf_lit(&b, "at");
        else if (email.p[i] == '.')
            buf_lit(&b, "dot");
        else if (fold_is_alnum(email.p[i]))
            buf_c(&b, email.p[i]);
    }
    return buf_view(&b);
}

/* Letters one by one with single marks between: P-R-I-Y-A, p r i y a. */
static bool spelled_out(const struct fold *f, const struct own *own)
{
    char run[SPELLED_MAX];
    size_t n = 0;
    for (size_t i = 0; i <= f->n; i++) {
        bool letter = i < f->n && fold_is_letter(f->text[i]) && !(f->text[i] & 0x80);
        bool alone =
            letter && (i == 0 || !fold_is_alnum(f->text[i - 1])) && !fold_is_alnum(f->text[i + 1]);
        if (alone && n < SPELLED_MAX) {
            run[n++] = f->text[i];
            i++; /* the mark behind it */
            continue;
        }
        for (size_t k = 0; n >= SPELLED_MIN && k < own->n_parts; k++) {
            struct str part = own->parts[k].text;
            if (part.n >= SPELLED_MIN && part.n <= n && memmem(run, n, part.p, part.n))
                return true;
        }
        n = 0;
    }
    return false;
}

/* A part of the name as a whole word: the name pass should have left none. */
static bool part_remains(const struct fold *f, const struct own *own)
{
    for (size_t k = 0; k < own->n_parts; k++) {
        const struct name_part *part = &own->parts[k];
        if (part->ordinary || part->particle || part->text.n < SPELLED_MIN)
            continue;
        const char *at = f->text, *end = f->text + f->n;
        while ((at = memmem(at, (size_t)(end - at), part->text.p, part->text.n))) {
            size_t from = (size_t)(at - f->text), to = from + part->text.n;
            bool whole =
                (from == 0 || !fold_is_alnum(f->text[from - 1])) && !fold_is_alnum(f->text[to]);
            bool ours = from > 0 && placeholder_end(f, from - 1) > from;
            if (whole && !ours)
                return true;
            at++;
        }
    }
    return false;
}

static bool only_words(const struct own *own)
{
    for (size_t k = 0; k < own->n_parts; k++)
        if (!own->parts[k].ordinary && !own->parts[k].particle)
            return false;
    return true;
}

static const char *find_remains(struct ctx *c, const struct fold *f, const struct own *own,
                                const struct squeezed *q)
{
    struct str name = squeezed_of(c, own->name);
    /* A name of English words alone (Will Park) stands in too many sentences by chance. */
    if (!only_words(own) && name.n >= SQUEEZED_MIN && holds(q->letters, name))
        return "own_name_remains";
    if (part_remains(f, own) || spelled_out(f, own))
        return "own_name_part_remains";
    struct str email = squeezed_of(c, own->email), spoken = spoken_email(c, own->email);
    if (email.n >= SQUEEZED_MIN && (holds(q->letters, email) || holds(q->letters, spoken)))
        return "own_email_remains";
    struct str digits = { own->digits, own->n_digits };
    if (digits.n >= DIGITS_TAIL &&
        holds(q->digits, str_sub(digits, digits.n - DIGITS_TAIL, DIGITS_TAIL)))
        return "own_phone_remains";
    for (size_t i = 0; i < own->n_lines; i++) {
        struct str line = squeezed_of(c, own->lines[i].text);
        bool numbered = own->lines[i].digits && own->lines[i].letters;
        if (numbered && line.n >= SQUEEZED_MIN && holds(q->letters, line))
            return "own_address_remains";
    }
    return NULL;
}

err scrub_verify(struct ctx *c, const struct own *own, struct str result, const char **ret_why)
{
    struct fold f;
    struct squeezed q = { .letters = { NULL, 0 } };
    TRY(fold_text(c, result, &f));
    TRY(squeeze(c, &f, &q));
    *ret_why = find_remains(c, &f, own, &q);
    return ERR_OK;
}
