/* scrub/lexicon.c: nicknames of a name, and how a table is made from entries. */
#include "scrub/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "scrub/fold.h"
#include "scrub/words.h"

enum { SETS_MAX = 65535, SLOTS_MIN = 64, RANKS = 4 };

size_t lex_nicknames(const struct lexicon *x, uint64_t name, uint64_t *ret, size_t max)
{
    size_t low = 0, high = x->n_pairs, n = 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (x->pairs[mid].name < name)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < x->n_pairs && x->pairs[low].name == name && n < max; low++)
        ret[n++] = x->pairs[low].other;
    return n;
}

size_t lex_entry_hash(struct ctx *c, struct str entry, uint64_t ret[LEX_PHRASE_WORDS_MAX])
{
    struct fold f;
    size_t words = 0;
    if (fold_text(c, entry, &f) != ERR_OK)
        return 0;
    for (size_t i = 0; i < f.n;) {
        size_t from = i;
        while (i < f.n && fold_is_letter(f.text[i]))
            i++;
        if (i == from) {
            /* Without its digits "h-1b" would be the letters h and b. */
            if (fold_is_digit(f.text[i++]))
                return 0;
            continue;
        }
        uint64_t word = lex_hash(f.text + from, i - from);
        if (words == LEX_PHRASE_WORDS_MAX)
            return 0;
        ret[words] = words ? lex_join(ret[words - 1], word) : word;
        words++;
    }
    return words;
}

static int by_hash(const void *a, const void *b)
{
    const struct lex_source *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int by_pair(const void *a, const void *b)
{
    const struct lex_pair *x = a, *y = b;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    return x->other < y->other ? -1 : x->other > y->other;
}

/* One entry a hash: bits are joined, the first neutral form stands. */
static size_t merge(struct lex_source *v, size_t n)
{
    size_t out = 0;
    if (n > 1)
        qsort(v, n, sizeof(*v), by_hash);
    for (size_t i = 0; i < n; i++) {
        if (out && v[out - 1].hash == v[i].hash) {
            v[out - 1].bits |= v[i].bits;
            if (!v[out - 1].neutral)
                v[out - 1].neutral = v[i].neutral;
            continue;
        }
        v[out++] = v[i];
    }
    return out;
}

struct maker {
    struct lex_set *sets;
    size_t n_sets;
    struct buf text;
};

static uint32_t neutral_of(struct maker *m, const char *neutral)
{
    if (!neutral)
        return 0;
    size_t n = strlen(neutral) + 1;
    const char *at = m->text.n > n ? memmem(m->text.p + 1, m->text.n - 1, neutral, n) : NULL;
    if (at)
        return (uint32_t)(at - m->text.p);
    uint32_t offset = (uint32_t)m->text.n;
    buf_put(&m->text, neutral, n);
    return offset;
}

/* What a word is looked at for because of the lists that hold it. */
static uint16_t want_of(uint64_t bits)
{
    unsigned want = bits & (LEX_NUMBER | LEX_MONTH) ? W_DATE : 0U;
    want |= bits & LEX_STREET ? W_ADDRESS : 0U;
    want |= bits & (LEX_PROXY_BITS | LEX_SCHOOL) ? W_PROXY : 0U;
    want |= bits & LEX_GENDER_BITS ? W_GENDER : 0U;
    want |= bits & (LEX_TITLE | LEX_ROLE | LEX_FEMALE | LEX_MALE) ? W_PERSON : 0U;
    return (uint16_t)want;
}

static size_t set_of(struct maker *m, const struct lex_source *s)
{
    const struct lex_set want = { s->bits, neutral_of(m, s->neutral), want_of(s->bits) };
    for (size_t i = m->n_sets; i-- > 0;)
        if (m->sets[i].bits == want.bits && m->sets[i].neutral == want.neutral)
            return i;
    if (m->n_sets == SETS_MAX)
        return 0;
    m->sets[m->n_sets] = want;
    return m->n_sets++;
}

static void put_slot(uint64_t *slots, uint32_t mask, uint64_t hash, size_t set)
{
    uint64_t i = hash & mask;
    while (slots[i])
        i = (i + 1) & mask;
    slots[i] = (hash >> LEX_TAG_SHIFT << LEX_TAG_SHIFT) | set;
}

/* Words that texts are made of come first, so that each is found where it is looked for first. */
static unsigned rank_of(uint64_t bits)
{
    if (bits & (LEX_FUNCTION | LEX_FREQUENT))
        return 0;
    if (bits & (LEX_ORDINARY | LEX_NUMBER | LEX_MONTH))
        return 1;
    return bits & (LEX_FIRST | LEX_LAST) ? 2 : RANKS - 1;
}

static void fill(struct maker *m, const struct lex_source *v, size_t n, uint64_t *slots,
                 uint32_t mask, uint64_t *seconds)
{
    for (unsigned rank = 0; rank < RANKS; rank++)
        for (size_t i = 0; i < n; i++) {
            struct lex_source one = v[i];
            if (rank_of(one.bits) != rank)
                continue;
            if (one.bits & LEX_PAIR)
                seconds[(one.hash >> 6) % LEX_SECONDS] |= UINT64_C(1) << (one.hash >> 58);
            one.bits &= ~LEX_PAIR;
            put_slot(slots, mask, one.hash, set_of(m, &one));
        }
}

struct lexicon lex_make(struct arena *mem, const struct lex_source *v, size_t n,
                        const struct lex_pair *pairs, size_t n_pairs)
{
    enum { TEXT_MAX = 1 << 20 };
    struct lex_source *all = arena_array(mem, struct lex_source, n + 1);
    struct lex_pair *known = arena_array(mem, struct lex_pair, n_pairs + 1);
    struct maker m = { .sets = arena_array(mem, struct lex_set, SETS_MAX), .n_sets = 1 };
    size_t n_slots = SLOTS_MIN;
    buf_init(&m.text, mem, TEXT_MAX);
    buf_c(&m.text, '\0');
    if (n)
        memcpy(all, v, n * sizeof(*v));
    if (n_pairs)
        memcpy(known, pairs, n_pairs * sizeof(*pairs));
    n = merge(all, n);
    while (n_slots * 3 / 4 <= n)
        n_slots *= 2;
    uint64_t *slots = arena_array(mem, uint64_t, n_slots);
    uint64_t *seconds = arena_array(mem, uint64_t, LEX_SECONDS);
    fill(&m, all, n, slots, (uint32_t)(n_slots - 1), seconds);
    if (n_pairs > 1)
        qsort(known, n_pairs, sizeof(*known), by_pair);
    return (struct lexicon){ .slots = slots,
                             .mask = (uint32_t)(n_slots - 1),
                             .sets = m.sets,
                             .text = m.text.p,
                             .seconds = seconds,
                             .pairs = known,
                             .n_pairs = (uint32_t)n_pairs };
}
