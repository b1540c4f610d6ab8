/* scrub/verify.c: looks at the result once more with looser eyes: blanks, dots and hyphens do not
 * count. What it finds is not taken out but kept for a person, because here a match may be chance.
 */
#include "base/buf.h"
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    SQUEEZED_MIN = 8,
    DIGITS_TAIL = 7,
    BIRTH_DIGITS = 8,
    SOUND_MAX = 16,
    SOUND_MIN = 3,
    SOUND_LETTERS_MIN = 5
};

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
        size_t past = f->text[i] == '[' ? placeholder_end(f, i) : i;
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

/* A capital word that no list knows and that sounds like a part of the name. */
static bool sounds_alike(const struct pass *p)
{
    char own[SOUND_MAX], heard[SOUND_MAX];
    for (size_t m = 0; m < p->own->n_parts; m++) {
        const struct str part = p->own->parts[m].text;
        const size_t n = part.n >= SOUND_LETTERS_MIN ? sound_of(part, own) : 0;
        for (size_t k = 0; n >= SOUND_MIN && k < p->t.n; k++) {
            const struct token *w = &p->t.v[k];
            const size_t len = token_len(w);
            if (w->kind != TK_WORD || w->bits || !(w->flags & T_CAPITAL) ||
                p->f.text[w->from] != part.p[0] || len + 2 < part.n || len > part.n + 2)
                continue;
            if (sound_of(token_text(&p->t, k), heard) == n && memcmp(own, heard, n) == 0)
                return true;
        }
    }
    return false;
}

static bool is_word(uint64_t bits)
{
    return (bits & (LEX_ORDINARY | LEX_FREQUENT | LEX_FUNCTION | LEX_RARE)) != 0;
}

static bool only_words(const struct own *own)
{
    for (size_t k = 0; k < own->n_parts; k++)
        if (!is_word(own->parts[k].bits) && !own->parts[k].particle)
            return false;
    return true;
}

static const char *find_remains(struct ctx *c, const struct own *own, const struct squeezed *q)
{
    struct str name = squeezed_of(c, own->name);
    /* A name of English words alone (Will Park) stands in too many sentences by chance. */
    if (!only_words(own) && name.n >= SQUEEZED_MIN && holds(q->letters, name))
        return "own_name_remains";
    struct str email = squeezed_of(c, own->email), spoken = spoken_email(c, own->email);
    if (email.n >= SQUEEZED_MIN && (holds(q->letters, email) || holds(q->letters, spoken)))
        return "own_email_remains";
    struct str digits = { own->digits, own->n_digits };
    if (digits.n >= DIGITS_TAIL &&
        holds(q->digits, str_sub(digits, digits.n - DIGITS_TAIL, DIGITS_TAIL)))
        return "own_phone_remains";
    if (own->birth.n == BIRTH_DIGITS && holds(q->digits, own->birth))
        return "own_birth_remains";
    for (size_t i = 0; i < own->n_lines; i++) {
        struct str line = squeezed_of(c, own->lines[i].text);
        bool numbered = own->lines[i].digits && own->lines[i].letters;
        if (numbered && line.n >= SQUEEZED_MIN && holds(q->letters, line))
            return "own_address_remains";
    }
    return NULL;
}

/* The passes that look for identifiers, once more on the result. */
static const char *find_again(struct pass *p)
{
    contact_hits(p);
    phone_hits(p, true);
    number_hits(p);
    phone_hits(p, false);
    date_hits(p);
    address_hits(p);
    identity_hits(p);
    if (p->hits.over)
        return "too_many_identifiers";
    for (size_t i = 0; i < p->hits.n; i++)
        if (!p->hits.v[i].keep && p->hits.v[i].type < SCRUB_DIRECT_COUNT)
            return p->hits.v[i].type == SCRUB_SELF ? "own_name_part_remains" : "identifier_remains";
    return sounds_alike(p) ? "own_name_sounds" : NULL;
}

static size_t foreign_words(const struct pass *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->t.n; k++)
        n += (p->t.v[k].flags & T_FOREIGN) != 0;
    return n;
}

err scrub_verify(struct ctx *c, const struct scrub_policy *policy, const struct own *own,
                 const struct scrub_result *r, size_t n, const char **ret_why)
{
    const char *why = NULL;
    for (size_t i = 0; i < n && !why; i++) {
        struct pass p = { .c = c, .policy = policy, .own = own, .text = r->text[i] };
        struct squeezed q = { .letters = { NULL, 0 } };
        TRY(fold_text(c, p.text, &p.f));
        TRY(words_cut(c, &p.f, &lexicon_builtin, &p.t));
        TRY(squeeze(c, &p.f, &q));
        why = find_again(&p);
        if (!why)
            why = find_remains(c, own, &q);
        if (!why && foreign_words(&p) * 5 > p.t.n)
            why = "other_script";
    }
    *ret_why = why;
    return ERR_OK;
}
