/* scrub/render.c: writes the texts with placeholders in the place of spans: numbers that are the
 * same for the same person or place in all texts, and grammar that still holds. */
#include "base/buf.h"
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { GROWTH_MAX = 64, NUMBERED_TYPES = 3 };

/* Who has which number: a hash table from a part of the name, or a place's first word. */
struct numbers {
    struct {
        uint64_t key;
        uint32_t number;
    } * slots;
    uint32_t mask;
    uint32_t next[SCRUB_TYPE_COUNT];
};

struct writer {
    struct ctx *c;
    const struct scrub_policy *policy;
    struct numbers numbers;
    struct scrub_span *spans;
    size_t n_spans, n_changed;
};

static const bool numbered[SCRUB_TYPE_COUNT] = {
#define X(id, name, standard, numbered, original) numbered,
    SCRUB_TYPE_MAP(X)
#undef X
};

/* The hits that may get a number. */
static size_t count_numbered(const struct pass *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->hits.n; i++)
        n += !p->hits.v[i].keep && numbered[p->hits.v[i].type];
    return n;
}

static err numbers_make(struct ctx *c, size_t hits, struct numbers *ret)
{
    uint32_t slots = 64;
    while (slots < hits * 2 * PERSON_PARTS_MAX)
        slots *= 2;
    *ret = (struct numbers){ .mask = slots - 1 };
    ret->slots = arena_try(c->mem, slots, sizeof(*ret->slots), sizeof(uint64_t));
    return ret->slots ? ERR_OK : FAIL(c, TOO_LARGE, "no memory left for a scrubbed text");
}

static uint32_t *number_slot(struct numbers *m, uint64_t key)
{
    size_t i = key & m->mask;
    while (m->slots[i].key && m->slots[i].key != key)
        i = (i + 1) & m->mask;
    m->slots[i].key = key;
    return &m->slots[i].number;
}

static bool says_nothing(const struct token *w)
{
    return w->kind != TK_WORD || token_len(w) < 2 || (w->flags & T_CLITIC) ||
           (w->bits & (LEX_TITLE | LEX_PARTICLE | LEX_FUNCTION | LEX_KIN));
}

/* The words of a span by which it is known again: up to six. */
static size_t keys_of(const struct pass *p, const struct hit *h, size_t k, uint64_t *keys)
{
    size_t n = 0;
    for (; k < p->t.n && p->t.v[k].from < h->to && n < PERSON_PARTS_MAX; k++) {
        const struct token *w = &p->t.v[k];
        if (says_nothing(w))
            continue;
        keys[n++] = lex_join(w->hash, (uint64_t)h->type + 1);
        if (h->type != SCRUB_PERSON)
            break;
    }
    return n;
}

/* Kofi, Kofi Agyeman and Mr Agyeman are one; Kofi Mensah beside Kofi Agyeman is another. */
static uint32_t number_of(struct writer *w, const struct pass *p, const struct hit *h, size_t k)
{
    uint64_t keys[PERSON_PARTS_MAX];
    const size_t n = keys_of(p, h, k, keys);
    uint32_t number = 0, first = n ? *number_slot(&w->numbers, keys[0]) : 0;
    for (size_t i = n; i-- > 0 && !number;)
        number = *number_slot(&w->numbers, keys[i]);
    if (n >= 2 && first && number && first != number)
        number = first;
    else if (n >= 2 && number && !first && h->type == SCRUB_PERSON) {
        uint64_t pair = lex_join(keys[0], keys[n - 1]);
        uint32_t *known = number_slot(&w->numbers, pair);
        number = *known ? *known : 0;
    }
    if (!number)
        number = ++w->numbers.next[h->type];
    for (size_t i = 0; i < n; i++) {
        uint32_t *slot = number_slot(&w->numbers, keys[i]);
        *slot = *slot ? *slot : number;
    }
    if (n >= 2)
        *number_slot(&w->numbers, lex_join(keys[0], keys[n - 1])) = number;
    return number;
}

static const char *placeholder(struct writer *w, const struct pass *p, const struct hit *h,
                               size_t k)
{
    enum { PLACEHOLDER_MAX = 40, DIGITS_MAX = 10 };
    static const char *const plain[SCRUB_TYPE_COUNT][2] = {
#define X(id, name, standard, numbered, original) { "[" standard "]", "[" original "]" },
        SCRUB_TYPE_MAP(X)
#undef X
    };
    const bool original = w->policy->placeholders == SCRUB_NAMES_ORIGINAL;
    const char *whole = plain[h->type][original];
    if (original || !numbered[h->type])
        return whole;
    uint32_t number = number_of(w, p, h, k);
    const size_t n = strlen(whole) - 1;
    char *text = arena_raw(w->c->mem, PLACEHOLDER_MAX, 1, 1), digits[DIGITS_MAX];
    size_t len = 0, at = n;
    memcpy(text, whole, n + 1);
    text[at++] = '_';
    for (; number; number /= 10)
        digits[len++] = (char)('0' + number % 10);
    while (len)
        text[at++] = digits[--len];
    text[at] = ']';
    return text;
}

static void write_capital(struct buf *b, const char *word, bool capital)
{
    if (capital && word[0] >= 'a' && word[0] <= 'z') {
        buf_c(b, (char)(word[0] - 'a' + 'A'));
        word++;
    }
    buf_str(b, str_of(word));
}

static void write_hit(struct writer *w, struct pass *p, const struct hit *h, size_t k,
                      struct scrub_span *s, struct buf *b)
{
    s->placeholder = h->neutral ? h->neutral : placeholder(w, p, h, k);
    s->action = h->neutral ? SCRUB_NEUTRALISE : SCRUB_REMOVE;
    if (!s->placeholder[0]) {
        /* A dropped word takes the blank behind it along. */
        if (s->to < p->text.n && p->text.p[s->to] == ' ' &&
            (b->n == 0 || b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\n'))
            s->to++;
        return;
    }
    write_capital(b, s->placeholder, h->neutral && p->f.upper[h->from]);
}

/* A text that was scrubbed before has numbers already. */
static void pass_numbers(struct numbers *m, const struct tokens *t)
{
    enum { NUMBER_MAX = 1000000 };
    for (size_t k = 0; t->placeholders && k < t->n; k++) {
        const struct str text = token_text(t, k);
        uint32_t number = 0;
        if (t->v[k].kind != TK_PLACEHOLDER)
            continue;
        for (size_t i = 0; i < text.n; i++)
            if (fold_is_digit(text.p[i]))
                number = number * 10 + (uint32_t)(text.p[i] - '0');
        for (size_t type = 0; type < SCRUB_TYPE_COUNT && number < NUMBER_MAX; type++)
            if (numbered[type] && m->next[type] < number)
                m->next[type] = number;
    }
}

static err write_text(struct writer *w, struct pass *p, uint8_t field, struct str *ret)
{
    struct buf b;
    uint32_t at = 0;
    buf_init(&b, w->c->mem, p->text.n + p->hits.n * GROWTH_MAX + 1);
    for (size_t i = 0; i < p->hits.n; i++) {
        struct hit *h = &p->hits.v[i];
        struct scrub_span *s = &w->spans[w->n_spans];
        *s = (struct scrub_span){ .from = fold_origin(&p->f, h->from, false),
                                  .to = fold_origin(&p->f, h->to, true),
                                  .field = field,
                                  .confidence = h->confidence,
                                  .type = h->type,
                                  .action = SCRUB_KEEP,
                                  .rule = h->rule,
                                  .placeholder = "" };
        s->from = s->from < at ? at : s->from;
        if (s->from >= s->to) {
            h->keep = true; /* of one letter with the hit before */
            continue;
        }
        w->n_spans++;
        if (h->keep)
            continue;
        const size_t k = token_past(&p->t, h->from);
        buf_str(&b, str_sub(p->text, at, s->from - at));
        h->out_from = (uint32_t)b.n;
        write_hit(w, p, h, k, s, &b);
        h->out_to = (uint32_t)b.n;
        h->src_from = s->from;
        h->src_to = at = s->to;
        w->n_changed++;
    }
    buf_str(&b, str_sub(p->text, at, p->text.n - at));
    if (!buf_ok(&b))
        return FAIL(w->c, TOO_LARGE, "no memory left for a scrubbed text");
    *ret = b.n ? buf_view(&b) : S("");
    return ERR_OK;
}

err render(struct ctx *c, struct pass *passes, size_t n, struct scrub_result *ret)
{
    struct writer w = { .c = c };
    size_t hits = 0, with_number = 0;
    for (size_t i = 0; i < n; i++) {
        hits += passes[i].hits.n;
        with_number += count_numbered(&passes[i]);
    }
    TRY(numbers_make(c, with_number, &w.numbers));
    w.spans = arena_try(c->mem, hits + 1, sizeof(*w.spans), _Alignof(struct scrub_span));
    if (!w.spans)
        return FAIL(c, TOO_LARGE, "no memory left for a scrubbed text");
    for (size_t i = 0; i < n; i++)
        pass_numbers(&w.numbers, &passes[i].t);
    for (size_t i = 0; i < n; i++) {
        w.policy = passes[i].policy;
        TRY(write_text(&w, &passes[i], (uint8_t)i, &ret->text[i]));
    }
    ret->spans = w.spans;
    ret->n_spans = w.n_spans;
    ret->n_changed = w.n_changed;
    return ERR_OK;
}
