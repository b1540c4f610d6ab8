/* scrub/wants.c: what the tokens are looked at for, turned round: for each kind of look one bit a
 * token, so that a pass finds the next token that it wants by counting bits. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "scrub/words.h"

enum { STEP = 16, EIGHT = 8, WANT_PAD = 2 * STEP, ROW_BITS = 64 };

bool words_wants(struct ctx *c, struct tokens *t)
{
    const size_t row = (t->n + WANT_PAD) / ROW_BITS + 1;
    t->want = arena_try_dirty(c->mem, t->n + WANT_PAD, sizeof(*t->want), sizeof(uint64_t));
    uint64_t *rows = arena_try(c->mem, row, WANTS * sizeof(*rows), sizeof(*rows));
    if (!t->want || !rows)
        return false;
    for (size_t i = 0; i < WANTS; i++)
        t->rows[i] = rows + i * row;
    memset(t->want + t->n, 0xff, WANT_PAD * sizeof(*t->want));
    return true;
}

/* Sixteen tokens from k on. */
#ifdef __SSE2__
static void put_bits(const struct tokens *t, size_t want, size_t k, __m128i bytes)
{
    const uint16_t bits = (uint16_t)_mm_movemask_epi8(bytes);
    memcpy((unsigned char *)t->rows[want] + k / EIGHT, &bits, sizeof(bits));
}

static void turn(const struct tokens *t, size_t k)
{
    const uint16_t *want = t->want + k;
    const __m128i a = _mm_loadu_si128((const __m128i_u *)(const void *)want);
    const __m128i b = _mm_loadu_si128((const __m128i_u *)(const void *)(want + EIGHT));
    const __m128i byte = _mm_set1_epi16(UINT8_MAX);
    __m128i low = _mm_packus_epi16(_mm_and_si128(a, byte), _mm_and_si128(b, byte));
    __m128i high = _mm_packus_epi16(_mm_srli_epi16(a, EIGHT), _mm_srli_epi16(b, EIGHT));
#pragma GCC unroll 8
    for (size_t bit = EIGHT; bit-- > 0;) {
        put_bits(t, bit, k, low);
        put_bits(t, bit + EIGHT, k, high);
        low = _mm_add_epi8(low, low);
        high = _mm_add_epi8(high, high);
    }
}
#else
static void turn(const struct tokens *t, size_t k)
{
    for (size_t i = k; i < k + STEP; i++)
        for (unsigned want = t->want[i]; want; want &= want - 1)
            t->rows[__builtin_ctz(want)][i / ROW_BITS] |= UINT64_C(1) << i % ROW_BITS;
}
#endif

/* Who looks for persons looks at words of gender too. */
void words_rows(struct tokens *t)
{
    for (size_t k = 0; k <= t->n; k += STEP)
        turn(t, k);
    const uint64_t *gender = t->rows[__builtin_ctz(W_GENDER)];
    uint64_t *person = t->rows[__builtin_ctz(W_PERSON)];
    for (size_t i = 0; i <= t->n / ROW_BITS; i++)
        person[i] |= gender[i];
}
