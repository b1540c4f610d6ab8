/* domain/score.c: marks, percentile ranks and selection, in integer hundredths, half up. */
#include "domain/score.h"

#include "base/str.h"
#include "crypto/commit.h"

const struct weights weights_default = { 30, 25, 25, 20 };

/* Every span (max - min) here divides TEST_SPAN_LCM, so that means of several tests stay exact. */
enum { TEST_SPAN_LCM = 2520000 };
static const struct test_range ranges[] = {
    { "SAT", 40000, 160000 }, { "ACT", 100, 3600 }, { "IB", 0, 4500 },       { "TOEFL", 0, 12000 },
    { "IELTS", 0, 900 },      { "AP", 100, 500 },   { "GRE", 26000, 34000 },
};
static const struct test_range range_other = { "", 0, 10000 };

struct test_range test_range_of(struct str name)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (str_eqi(str_of(ranges[i].name), name))
            return ranges[i];
    return range_other;
}

int64_t div_half_up(int64_t num, int64_t den)
{
    int64_t whole = num / den, rest = num % den;
    return whole + (rest >= den - rest ? 1 : 0);
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    if (v < low)
        return low;
    return v > high ? high : v;
}

int64_t academic_e2(int64_t gpa_e2)
{
    return clamp(gpa_e2, 0, 400) * 25;
}

int64_t test_percent_e2(const struct list *tests)
{
    const struct e2_pair *v = tests->v;
    if (tests->n == 0)
        return 0;
    int64_t sum = 0;
    for (size_t i = 0; i < tests->n; i++) {
        struct test_range r = test_range_of(v[i].name);
        int64_t span = r.max_e2 - r.min_e2;
        sum += (clamp(v[i].e2, r.min_e2, r.max_e2) - r.min_e2) * (TEST_SPAN_LCM / span) * 10000;
    }
    return div_half_up(sum, (int64_t)tests->n * TEST_SPAN_LCM);
}

int64_t test_average_e2(const struct list *tests)
{
    const struct e2_pair *v = tests->v;
    if (tests->n == 0)
        return 0;
    int64_t sum = 0;
    for (size_t i = 0; i < tests->n; i++)
        sum += v[i].e2 > 0 ? v[i].e2 : 0;
    return div_half_up(sum, (int64_t)tests->n);
}

int64_t composite_e2(const struct weights *w, int64_t academic, int64_t test_percent)
{
    int64_t both = (int64_t)w->academic + w->test;
    if (both <= 0)
        return 0;
    return div_half_up(w->academic * academic + w->test * test_percent, both);
}

int64_t total_e2(const struct weights *w, int64_t academic, int64_t test, int64_t achievement,
                 int64_t essay)
{
    int64_t all = (int64_t)w->academic + w->test + w->achievement + w->essay;
    if (all <= 0)
        return 0;
    return div_half_up(w->academic * academic + w->test * test + w->achievement * achievement +
                           w->essay * essay,
                       all);
}

/* A row to be ordered: its value above, its position below. */
enum { RADIX_BITS = 11, RADIX_SIZE = 1 << RADIX_BITS, RADIX_PASSES = 3, ROWS_MAX = 100000000 };

static uint64_t pack(uint32_t value, size_t at)
{
    return (uint64_t)value << 32 | (uint32_t)at;
}

/* Stable, ascending by the upper 32 bits; passes in which all rows agree are skipped.
 * Returns whichever of the two arrays holds the order. */
static uint64_t *radix_sort(uint64_t *from, uint64_t *to, size_t n)
{
    for (unsigned pass = 0; pass < RADIX_PASSES; pass++) {
        unsigned shift = 32 + pass * RADIX_BITS;
        uint32_t start[RADIX_SIZE] = { 0 };
        for (size_t i = 0; i < n; i++)
            start[from[i] >> shift & (RADIX_SIZE - 1)]++;
        if (n && start[from[0] >> shift & (RADIX_SIZE - 1)] == n)
            continue;
        uint32_t sum = 0;
        for (size_t d = 0; d < RADIX_SIZE; d++) {
            uint32_t count = start[d];
            start[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[start[from[i] >> shift & (RADIX_SIZE - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Two arrays of n in one piece, or NULL. */
static uint64_t *radix_memory(struct ctx *c, size_t n)
{
    if (n > ROWS_MAX)
        return NULL;
    return arena_try(c->mem, 2 * n, sizeof(uint64_t), _Alignof(uint64_t));
}

err mark_count(struct ctx *c, struct mark_counts *m, int64_t e2)
{
    if (e2 < 0 || e2 > MARK_E2_MAX)
        return FAIL(c, INTERNAL, "a mark is out of range");
    m->of[e2]++;
    m->n++;
    return ERR_OK;
}

void mark_percentiles(const struct mark_counts *m, int64_t ret_e2[MARK_E2_MAX + 1])
{
    int64_t below = 0;
    for (size_t i = 0; i <= MARK_E2_MAX; i++) {
        const int64_t equal = m->of[i];
        /* Doubled, so that the half stays an integer. */
        ret_e2[i] = equal ? div_half_up((2 * below + equal) * 10000, 2 * m->n) : 0;
        below += equal;
    }
}

static int by_tie(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = memcmp(x->tie.b, y->tie.b, SHA256_N);
    return order ? order : str_cmp(x->anonymized_id, y->anonymized_id);
}

/* Brings the rows into the order through a copy: each row is read from a far place once, and those
 * reads do not wait for one another, as following the cycles in place would make them. */
static err reorder(struct ctx *c, struct candidate *rows, const uint64_t *order, size_t n)
{
    enum { AHEAD = 16 };
    struct candidate *copy = arena_try(c->mem, n, sizeof(*copy), _Alignof(struct candidate));
    if (!copy)
        return FAIL(c, TOO_LARGE, "too many rows to select from at once");
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(&rows[(uint32_t)order[i + AHEAD]]);
        copy[i] = rows[(uint32_t)order[i]];
    }
    memcpy(rows, copy, n * sizeof(*rows));
    return ERR_OK;
}

static err order_by_score(struct ctx *c, struct candidate *rows, size_t n)
{
    uint64_t *memory = radix_memory(c, n);
    if (!memory)
        return FAIL(c, TOO_LARGE, "too many rows to select from at once");
    for (size_t i = 0; i < n; i++) {
        if (rows[i].final_e2 < 0 || rows[i].final_e2 > UINT32_MAX)
            return FAIL(c, INTERNAL, "a final score is out of range");
        memory[i] = pack(UINT32_MAX - (uint32_t)rows[i].final_e2, i);
    }
    return reorder(c, rows, radix_sort(memory, memory + n, n), n);
}

err select_top(struct ctx *c, struct candidate *rows, size_t n, int64_t seats, struct str seed_hex,
               struct selection_outcome *ret)
{
    size_t take = seats <= 0 ? 0 : (uint64_t)seats > n ? n : (size_t)seats;
    struct selection_outcome out = { .selected = (int64_t)take,
                                     .not_selected = (int64_t)(n - take) };
    if (n)
        TRY(order_by_score(c, rows, n));
    size_t from = 0, to = 0;
    if (take) {
        out.cutoff_e2 = rows[take - 1].final_e2;
        for (from = take - 1; from > 0 && rows[from - 1].final_e2 == out.cutoff_e2;)
            from--;
        for (to = take; to < n && rows[to].final_e2 == out.cutoff_e2;)
            to++;
        for (size_t i = from; i < to; i++)
            rows[i].tie = tiebreak_key(seed_hex, rows[i].anonymized_id);
        qsort(rows + from, to - from, sizeof(*rows), by_tie);
        out.tied_at_cutoff = to - from > 1 ? (int64_t)(to - from) : 0;
    }
    for (size_t i = 0; i < n; i++) {
        rows[i].selected = i < take;
        rows[i].at_cutoff = i >= from && i < to;
    }
    *ret = out;
    return ERR_OK;
}
