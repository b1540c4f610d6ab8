/* scrub/verify.c: looks at a result in which the passes find nothing more with looser eyes: blanks,
 * dots and hyphens do not count. What it finds is not taken out but kept for a person, because here
 * a match may be chance. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    SQUEEZED_MIN = 8,
    PART_MIN = 8, /* shorter ones stand across two words by chance */
    DIGITS_TAIL = 7,
    BIRTH_DIGITS = 8,
    SOUND_MAX = 16,
    SOUND_MIN = 3,
    SOUND_LETTERS_MIN = 5
};

struct squeezed {
    struct str letters, digits; /* letters and digits together; digits alone */
};

/* By whole steps: what is copied too much is written over by the next, and both sides have the
 * room. */
static size_t append(char *to, size_t n, struct str s)
{
    for (size_t i = 0; i < s.n; i += FOLD_PAD)
        memcpy(to + n + i, s.p + i, FOLD_PAD);
    return n + s.n;
}

/* Placeholders leave a bar, so that the words on both sides never join to a name. */
static err squeeze(struct ctx *c, const struct tokens *t, struct squeezed *ret)
{
    char *letters = arena_try_dirty(c->mem, t->f->n + FOLD_PAD, 1, 1);
    char *digits = arena_try_dirty(c->mem, t->f->n + FOLD_PAD, 1, 1);
    size_t n_letters = 0, n_digits = 0;
    if (!letters || !digits)
        return FAIL(c, TOO_LARGE, "no memory left for a scrubbed text");
    for (size_t k = 0; k < t->n; k++) {
        const struct str s = token_text(t, k);
        if (t->v[k].kind == TK_PLACEHOLDER) {
            letters[n_letters++] = digits[n_digits++] = '|';
            continue;
        }
        n_letters = append(letters, n_letters, s);
        if (t->v[k].kind == TK_NUMBER)
            n_digits = append(digits, n_digits, s);
    }
    *ret = (struct squeezed){ { letters, n_letters }, { digits, n_digits } };
    return ERR_OK;
}

static bool holds(struct str in, struct str what)
{
    return fold_find(in.p, in.n, what) != NULL;
}

static struct str squeezed_of(struct ctx *c, struct str s)
{
    char *text = arena_try_dirty(c->mem, s.n, 1, 1);
    size_t n = 0;
    for (size_t i = 0; text && i < s.n; i++) {
        text[n] = s.p[i];
        n += fold_is_alnum(s.p[i]);
    }
    return (struct str){ text, n };
}

/* "zoe at example dot org" */
static struct str spoken_email(struct ctx *c, struct str email)
{
    enum { WORD_MAX = 3 };
    char *text = arena_try_dirty(c->mem, email.n, WORD_MAX, 1);
    size_t n = 0;
    for (size_t i = 0; text && i < email.n; i++) {
        const struct str word = email.p[i] == '@'   ? S("at")
                                : email.p[i] == '.' ? S("dot")
                                                    : str_sub(email, i, 1);
        if (!fold_is_alnum(word.p[0]))
            continue;
        memcpy(text + n, word.p, word.n);
        n += word.n;
    }
    return (struct str){ text, n };
}

/* Consonants by the place where they are spoken: Cathryn and Katrin are one. */
static size_t sound_of(struct str s, char ret[SOUND_MAX])
{
    static const char classes[] = "*bkd*bg**gklmm*bkrsd*bbs*s"; /* a to z */
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < SOUND_MAX; i++) {
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return 0;
        char ch = classes[s.p[i] - 'a'];
        if (s.p[i] == 'h' && i > 0 && s.p[i - 1] == 'p')
            ch = 'b';
        if (ch != '*' && (n == 0 || ret[n - 1] != ch))
            ret[n++] = ch;
    }
    return n;
}

static bool sounds_like_part(const struct own *own, struct str word)
{
    char part[SOUND_MAX], heard[SOUND_MAX];
    for (size_t m = 0; m < own->n_parts; m++) {
        const struct str one = own->parts[m].text;
        if (one.n < SOUND_LETTERS_MIN || word.p[0] != one.p[0] || word.n + 2 < one.n ||
            word.n > one.n + 2)
            continue;
        const size_t n = sound_of(one, part);
        if (n >= SOUND_MIN && sound_of(word, heard) == n && memcmp(part, heard, n) == 0)
            return true;
    }
    return false;
}

/* A capital word that no list knows and that sounds like a part of the name. */
static bool sounds_alike(const struct pass *p)
{
    struct wanted at_name = wanted_from(&p->t, W_NAME);
    for (size_t k; (k = wanted_next(&at_name)) < p->t.n;) {
        const struct token *w = &p->t.v[k];
        if (w->kind == TK_WORD && !w->bits && (w->flags & T_CAPITAL) &&
            sounds_like_part(p->own, token_text(&p->t, k)))
            return true;
    }
    return false;
}

static bool only_words(const struct own *own)
{
    for (size_t k = 0; k < own->n_parts; k++)
        if (!(own->parts[k].bits & LEX_PLAIN_BITS) && !own->parts[k].particle)
            return false;
    return true;
}

/* What the row holds, without blanks and marks. */
struct remains {
    struct str name, email, spoken, digits, lines[OWN_LINES_MAX];
    struct str parts[OWN_PARTS_MAX];
    size_t n_lines, n_parts;
};

static void remains_make(struct ctx *c, const struct own *own, struct remains *ret)
{
    *ret = (struct remains){ .email = squeezed_of(c, own->email),
                             .spoken = spoken_email(c, own->email) };
    /* A name of English words alone (Will Park) stands in too many sentences by chance. */
    if (!only_words(own))
        ret->name = squeezed_of(c, own->name);
    if (own->n_digits >= DIGITS_TAIL)
        ret->digits = (struct str){ own->digits + own->n_digits - DIGITS_TAIL, DIGITS_TAIL };
    for (size_t i = 0; i < own->n_lines; i++)
        if (own->lines[i].digits && own->lines[i].letters)
            ret->lines[ret->n_lines++] = squeezed_of(c, own->lines[i].text);
    for (size_t i = 0; i < own->n_parts; i++)
        if (!(own->parts[i].bits & LEX_PLAIN_BITS) && own->parts[i].text.n >= PART_MIN)
            ret->parts[ret->n_parts++] = own->parts[i].text;
}

static bool any_holds(struct str in, const struct str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].n >= SQUEEZED_MIN && holds(in, v[i]))
            return true;
    return false;
}

static const char *find_remains(const struct own *own, const struct remains *r,
                                const struct squeezed *q)
{
    if (r->name.n >= SQUEEZED_MIN && holds(q->letters, r->name))
        return "own_name_remains";
    if (any_holds(q->letters, r->parts, r->n_parts))
        return "own_name_part_remains";
    if (r->email.n >= SQUEEZED_MIN && (holds(q->letters, r->email) || holds(q->letters, r->spoken)))
        return "own_email_remains";
    if (holds(q->digits, r->digits))
        return "own_phone_remains";
    if (own->birth.n == BIRTH_DIGITS && holds(q->digits, own->birth))
        return "own_birth_remains";
    return any_holds(q->letters, r->lines, r->n_lines) ? "own_address_remains" : NULL;
}

static size_t foreign_words(const struct pass *p)
{
    size_t n = 0;
    if (!p->t.foreign)
        return 0;
    struct wanted at_foreign = wanted_from(&p->t, W_FOREIGN);
    while (wanted_next(&at_foreign) < p->t.n)
        n++;
    return n;
}

err scrub_verify(struct ctx *c, const struct own *own, const struct pass *passes, size_t n,
                 const char **ret_why)
{
    const char *why = NULL;
    struct remains r;
    remains_make(c, own, &r);
    for (size_t i = 0; i < n && !why; i++) {
        const struct pass *p = &passes[i];
        struct squeezed q = { .letters = { NULL, 0 } };
        TRY(squeeze(c, &p->t, &q));
        why = find_remains(own, &r, &q);
        if (!why && sounds_alike(p))
            why = "own_name_sounds";
        if (!why && foreign_words(p) * 5 > p->t.n)
            why = "other_script";
    }
    *ret_why = why;
    return ERR_OK;
}
