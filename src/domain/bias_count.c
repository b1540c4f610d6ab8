/* Counters and status as a fold over the ledger: nothing of it is stored as truth. */
#include "base/str.h"
#include "domain/bias.h"

struct fold {
    const struct bias_settings *s;
    struct bias_cycle *cycles; /* opening cycles, then as the rows name them */
    size_t n_cycles;
    int64_t lifetime, offset, last_us, suspensions;
    int32_t sticky; /* ACTIVE, SUSPENDED or BANNED */
    bool full;      /* more cycles than there can be */
};

static struct bias_cycle *cycle_of(struct fold *f, struct str cycle)
{
    for (size_t i = 0; i < f->n_cycles; i++)
        if (str_eq(f->cycles[i].cycle, cycle))
            return &f->cycles[i];
    if (f->n_cycles == BIAS_LEDGER_CYCLES_MAX) {
        f->full = true;
        return &f->cycles[0];
    }
    f->cycles[f->n_cycles] = (struct bias_cycle){ .cycle = cycle };
    return &f->cycles[f->n_cycles++];
}

static int64_t cycle_most(const struct fold *f)
{
    int64_t v = 0;
    for (size_t i = 0; i < f->n_cycles; i++)
        if (!f->cycles[i].completed && f->cycles[i].points > v)
            v = f->cycles[i].points;
    return v;
}

static void clear_cycles(struct fold *f)
{
    for (size_t i = 0; i < f->n_cycles; i++)
        f->cycles[i].points = 0;
}

/* R1-R4: clean time since the last strike. */
static void reset_when_due(struct fold *f, int64_t now_us)
{
    static const int64_t day_us = INT64_C(86400) * 1000000;
    if (f->last_us != BIAS_NEVER && now_us >= f->last_us &&
        now_us - f->last_us >= f->s->strike_reset_days * day_us)
        clear_cycles(f);
}

/* S1, S2. */
static void settle(struct fold *f)
{
    if (f->sticky == STATUS_BANNED || f->lifetime - f->offset >= f->s->strike_limit_lifetime) {
        f->sticky = STATUS_BANNED;
        return;
    }
    if (f->sticky == STATUS_SUSPENDED || cycle_most(f) < f->s->strike_limit_per_cycle)
        return;
    f->sticky = STATUS_SUSPENDED;
    f->suspensions++;
}

/* A pardon: one more point bans again whoever had been banned. */
static void reinstate(struct fold *f)
{
    clear_cycles(f);
    f->sticky = STATUS_ACTIVE;
    if (f->lifetime - f->offset >= f->s->strike_limit_lifetime)
        f->offset = f->lifetime - (f->s->strike_limit_lifetime - 1);
}

static void step(struct fold *f, const struct bias_row *row)
{
    if (row->is_void)
        return;
    reset_when_due(f, row->t_us);
    if (row->kind == ROW_REINSTATE) {
        reinstate(f);
        return;
    }
    struct bias_cycle *cycle = cycle_of(f, row->cycle);
    if (row->kind == ROW_CYCLE_COMPLETED) {
        cycle->completed = true;
        return;
    }
    if (row->points <= 0)
        return;
    cycle->points += row->points;
    f->lifetime += row->points;
    if (row->t_us > f->last_us)
        f->last_us = row->t_us;
    settle(f);
}

static err fold_open(struct ctx *c, const struct bias_settings *s, const struct bias_ledger *l,
                     struct fold *ret)
{
    const struct bias_opening *o = &l->opening;
    const size_t wanted = o->n_cycles + l->n + 1;
    const size_t room = wanted < BIAS_LEDGER_CYCLES_MAX ? wanted : BIAS_LEDGER_CYCLES_MAX;
    struct fold f = { .s = s, .lifetime = o->lifetime, .last_us = o->last_strike_us };
    f.cycles = arena_try(c->mem, room, sizeof(*f.cycles), _Alignof(struct bias_cycle));
    if (!f.cycles || o->n_cycles > room)
        return FAIL(c, TOO_LARGE, "too many rows in the ledger of an evaluator");
    for (size_t i = 0; i < o->n_cycles; i++)
        f.cycles[i] = o->cycles[i];
    f.n_cycles = o->n_cycles;
    f.sticky = bias_may_interview(o->status) ? STATUS_ACTIVE : o->status;
    *ret = f;
    return ERR_OK;
}

static int64_t points_in(const struct bias_ledger *l, struct str interview)
{
    int64_t sum = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct bias_row *row = &l->rows[i];
        if (row->kind == ROW_POINTS && !row->is_void && str_eq(row->interview, interview))
            sum += row->points;
    }
    return sum;
}

err bias_count(struct ctx *c, const struct bias_settings *s, const struct bias_ledger *l,
               int64_t now_us, const struct bias_analysis *about, struct bias_counts *ret)
{
    struct fold f;
    TRY(fold_open(c, s, l, &f));
    for (size_t i = 0; i < l->n; i++)
        step(&f, &l->rows[i]);
    reset_when_due(&f, now_us);
    struct bias_counts n = { .lifetime = f.lifetime,
                             .lifetime_decides = f.lifetime - f.offset,
                             .cycle_most = cycle_most(&f),
                             .last_strike_us = f.last_us,
                             .suspensions = f.suspensions,
                             .status = f.sticky };
    n.cycle = n.cycle_most;
    if (about) {
        n.interview = points_in(l, about->interview);
        n.cycle = cycle_of(&f, about->cycle)->points;
    }
    if (n.status == STATUS_ACTIVE && n.cycle_most >= s->strike_warn_per_cycle) /* S3, S4 */
        n.status = STATUS_WARNED;
    if (f.full)
        return FAIL(c, TOO_LARGE, "more than %d cycles in the ledger of an evaluator",
                    BIAS_LEDGER_CYCLES_MAX);
    *ret = n;
    return ERR_OK;
}
