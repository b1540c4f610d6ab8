/* scrub/splice.c: the fold and the tokens of a result, made out of those of the text it was
 * rendered from: what stands between two changes is copied, and cut anew is only what lies at a
 * change. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    /* What look_up knows of a token by its own letters; all other flags come from its neighbours or
     * from the passes. */
    CUT_FLAGS = T_CAPITAL | T_ALL_CAPS | T_MIXED | T_QUOTED | T_FOREIGN | T_INITIAL,
    PASS_FLAGS = T_CLAIMED | T_NAME | T_OWN,
    SENTENCE_FLAGS = T_SHOUT | T_HEADING | T_CITED,
    /* Marks that may begin a placeholder, or go on with one. */
    TIE_GAPS = GAP_BRACKET | GAP_UNDERSCORE,
    TOKENS_A_CHANGE = 4
};
/* A token to be looked at again: its place, and whether more than its phrase is new. */
static const uint32_t AGAIN_WHOLE = UINT32_C(1) << 31;

/* Folded bytes that text and result share. */
struct stretch {
    size_t from, to;  /* in the result */
    uint32_t shift;   /* from the text to the result, modulo 2^32 */
    bool first, last; /* nothing changed before it, behind it */
    bool placeholder; /* all between it and the next is one */
};
/* Tokens that were copied, for their wants. */
struct copied {
    size_t to, from, n;
};

struct splice {
    struct ctx *c;
    const struct pass *old;
    struct fold *f;
    struct tokens *t;
    struct stretch *v;
    struct copied *copies;
    uint32_t *again; /* in the tokens' order */
    size_t n, n_copies, n_again;
    size_t at;     /* the stretch in which cutting is */
    size_t old_at; /* the token of the text from which to look on */
};

/* Copies the bytes from..to of the text, whose end is a change unless it is the last. */
static void fold_stretch(struct splice *s, size_t a, size_t b, uint32_t shift_bytes)
{
    const struct fold *old = &s->old->f;
    struct stretch *one = &s->v[s->n++];
    *one = (struct stretch){ .from = s->f->n, .shift = (uint32_t)(s->f->n - a) };
    fold_copy(old, a, b, shift_bytes, s->f);
    one->to = s->f->n;
}

/* The first folded byte that comes from this byte of the text or a later one, from one near it. */
static size_t fold_near(const struct fold *f, size_t near, size_t byte)
{
    while (near > 0 && f->from[near - 1] >= byte)
        near--;
    while (near < f->n && f->from[near] < byte)
        near++;
    return near;
}

static err fold_changes(struct splice *s, struct str result)
{
    const struct hits *h = &s->old->hits;
    const struct fold *f = &s->old->f;
    size_t a = 0, from = 0, out = 0;
    TRY(fold_open(s->c, result.n, s->f));
    for (size_t i = 0; i < h->n; i++) {
        const struct hit *one = &h->v[i];
        if (one->keep)
            continue;
        fold_stretch(s, a, fold_near(f, one->from, one->src_from), (uint32_t)(out - from));
        s->v[s->n - 1].placeholder = !one->neutral;
        TRY(fold_more(s->c, str_sub(result, 0, one->out_to), one->out_from, s->f));
        from = one->src_to;
        out = one->out_to;
        a = fold_near(f, one->to, from);
    }
    fold_stretch(s, a, f->n, (uint32_t)(out - from));
    fold_close(result.n, s->f);
    s->v[0].first = s->v[s->n - 1].last = true;
    return ERR_OK;
}

/* The token of the text that became this one, when both end in the same place of a stretch and in
 * the same state; from there on both go the same way. */
static bool meets(struct splice *s, const struct token *w)
{
    const struct tokens *old = &s->old->t;
    while (s->at + 1 < s->n && w->from >= s->v[s->at].to)
        s->at++;
    const struct stretch *one = &s->v[s->at];
    if ((w->from <= one->from && !one->first) || (w->to >= one->to && !one->last))
        return false;
    while (s->old_at < old->n && old->v[s->old_at].from < w->from - one->shift)
        s->old_at++;
    const struct token *o = &old->v[s->old_at];
    return s->old_at < old->n && o->from + one->shift == w->from && o->to + one->shift == w->to &&
           o->kind == w->kind && ((o->flags ^ w->flags) & T_QUOTED) == 0;
}

static void do_look(struct splice *s, size_t k)
{
    s->again[s->n_again++] = (uint32_t)k | AGAIN_WHOLE;
}

/* The last tokens before a change, from token `first` on, have new neighbours. */
static void mark_last(struct splice *s, size_t first)
{
    struct tokens *t = s->t;
    const size_t last = t->n - 1;
    for (size_t k = last > first + LEX_PHRASE_WORDS_MAX ? last - LEX_PHRASE_WORDS_MAX : first;
         k < last; k++) {
        s->again[s->n_again] = (uint32_t)k;
        s->n_again += words_may_begin_phrase(t, k);
    }
    t->v[last].flags &= CUT_FLAGS;
    do_look(s, last);
}

/* Adds the tokens of the text from s->old_at on that end before the stretch does, as they are when
 * nothing was found yet. */
static void take_tokens(struct splice *s, const struct stretch *one)
{
    const struct tokens *old = &s->old->t;
    const struct token *o = old->v + s->old_at, *past = old->v + old->n;
    struct tokens *t = s->t;
    struct token *w = t->v + t->n;
    unsigned flags = 0, kinds = 0;
    /* What stands before the first is new, unless it is the text's first. */
    unsigned kept = t->n ? (unsigned)CUT_FLAGS : ~(unsigned)(PASS_FLAGS | SENTENCE_FLAGS);
    const size_t end = one->last ? SIZE_MAX : one->to;
    for (; o < past && (uint32_t)(o->to + one->shift) < end; o++, w++) {
        *w = *o;
        w->from += one->shift;
        w->to += one->shift;
        w->flags &= (uint16_t)kept;
        kept = ~(unsigned)(PASS_FLAGS | SENTENCE_FLAGS);
        w->sense = 0;
        flags |= w->flags;
        kinds |= 1U << w->kind;
        if (w->gap & GAP_APOSTROPHE)
            words_note_owner(s->f, w);
    }
    while (!one->last && w > t->v + t->n && (w[-1].gap & TIE_GAPS))
        w--;
    t->n = (size_t)(w - t->v);
    t->foreign |= (flags & T_FOREIGN) != 0;
    t->placeholders |= kinds >> TK_PLACEHOLDER & 1;
}

static bool copy_tokens(struct splice *s, struct cut *cut)
{
    const struct tokens *old = &s->old->t;
    const struct stretch *one = &s->v[s->at];
    struct tokens *t = s->t;
    const size_t from = s->old_at, begun = t->n;
    const bool fresh = t->n > 0;
    if (!words_room(s->c, old->n - from, t))
        return false;
    take_tokens(s, one);
    if (t->n == begun)
        return true;
    s->copies[s->n_copies++] = (struct copied){ begun, from, t->n - begun };
    s->old_at = from + (t->n - begun);
    *cut = (struct cut){ t->v[t->n - 1].to, (t->v[t->n - 1].flags & T_QUOTED) != 0 };
    const bool alone = t->n == begun + 1 && !one->last;
    if (fresh && !alone)
        do_look(s, begun);
    if (!one->last)
        mark_last(s, begun + (fresh && !alone));
    return true;
}

/* What stands behind the stretch in which cutting is. */
static struct known next_placeholder(const struct splice *s)
{
    const struct stretch *one = &s->v[s->at];
    return one->placeholder ? (struct known){ one->to, one[1].from }
                            : (struct known){ .from = SIZE_MAX };
}

static bool cut_changes(struct splice *s)
{
    struct tokens *t = s->t;
    struct cut cut = { 0 };
    if (!words_room(s->c, s->old->t.n + TOKENS_A_CHANGE * s->n, t) || !copy_tokens(s, &cut))
        return false;
    for (; words_room(s->c, 1, t); t->n++) {
        struct token *w = &t->v[t->n];
        const struct known known = next_placeholder(s);
        if (!words_next(s->f, &known, &cut, w))
            return true;
        do_look(s, t->n);
        if (!meets(s, w))
            continue;
        t->n++;
        s->old_at++;
        if (!copy_tokens(s, &cut))
            return false;
        t->n--;
    }
    return false;
}

static bool look_again(struct splice *s)
{
    struct tokens *t = s->t;
    if (!words_wants(s->c, t))
        return false;
    for (size_t i = 0; i < s->n_copies; i++)
        memcpy(t->want + s->copies[i].to, s->old->t.want + s->copies[i].from,
               s->copies[i].n * sizeof(*t->want));
    for (size_t i = 0; i < s->n_again; i++) {
        const size_t k = s->again[i] & ~AGAIN_WHOLE;
        struct token *w = &t->v[k];
        if (!(s->again[i] & AGAIN_WHOLE)) {
            words_look_phrase(t, k);
            continue;
        }
        t->placeholders |= w->kind == TK_PLACEHOLDER;
        t->foreign |= (w->flags & T_FOREIGN) != 0;
        words_look(t, k);
        if (w[1].gap == GAP_APOSTROPHE && w[1].kind == TK_WORD)
            words_note_apostrophe(t, w + 1);
    }
    words_rows(t);
    words_weigh(t);
    t->steps = t->n;
    return true;
}

err text_splice(const struct pass *old, struct pass *ret)
{
    struct ctx *c = ret->c;
    struct splice s = { .c = c, .old = old, .f = &ret->f, .t = &ret->t };
    const size_t most = old->hits.n + 1;
    s.v = arena_try_dirty(c->mem, most, sizeof(*s.v), _Alignof(struct stretch));
    s.copies = arena_try_dirty(c->mem, most, sizeof(*s.copies), _Alignof(struct copied));
    /* Those around each change, and what was cut anew, which has a byte or more. */
    s.again = arena_try_dirty(c->mem, most * (LEX_PHRASE_WORDS_MAX + 3) + ret->text.n,
                              sizeof(*s.again), sizeof(*s.again));
    if (!s.v || !s.copies || !s.again)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    TRY(fold_changes(&s, ret->text));
    ret->t = (struct tokens){ .f = &ret->f, .lex = old->t.lex, .own = old->t.own };
    if (!cut_changes(&s) || !look_again(&s))
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    return ERR_OK;
}
