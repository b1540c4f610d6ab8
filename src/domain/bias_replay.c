/* Runs a line of an event file and prints what each event led to. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/bias_event.h"

/* A name, or null where the enum's 0 has none. */
static void put_name(struct buf *b, const char *member, const struct names *names, int32_t v)
{
    const struct str name = str_of(names->v[v]);
    buf_fmt(b, ",\"%s\":", member);
    json_write_str(b, name.n ? name : (struct str){ 0 });
}

static void put_bool(struct buf *b, const char *member, bool v)
{
    buf_fmt(b, ",\"%s\":%s", member, v ? "true" : "false");
}

static void put_counts(struct buf *b, const struct bias_happened *h)
{
    const struct bias_counts *n = &h->o.counts;
    buf_fmt(b, ",\"interview_strikes\":%lld,\"cycle_strikes\":%lld,\"lifetime_strikes\":%lld",
            (long long)n->interview, (long long)n->cycle, (long long)n->lifetime);
    put_name(b, "status", &bias_status_names, n->status);
    buf_fmt(b, ",\"suspensions\":%lld", (long long)n->suspensions);
}

static void put_types(struct buf *b, uint32_t types)
{
    const char *comma = "";
    buf_lit(b, ",\"bias_types\":[");
    for (int i = 0; i < BIAS_TYPES; i++) {
        if (!(types & UINT32_C(1) << i))
            continue;
        buf_fmt(b, "%s\"%s\"", comma, bias_type_names.v[i]);
        comma = ",";
    }
    buf_c(b, ']');
}

static void put_outcome(struct buf *b, const struct bias_happened *h)
{
    const struct bias_outcome *o = &h->o;
    put_name(b, "response", &bias_response_names, o->response);
    buf_fmt(b, ",\"strikes_added\":%d", o->points);
    put_name(b, "flag", &bias_flag_names, o->flag);
    put_name(b, "reason", &bias_reason_names, o->reason);
    put_counts(b, h);
    put_bool(b, "terminated", o->terminated);
    put_bool(b, "paused", o->paused);
    put_bool(b, "rooms_closed", o->closes_rooms);
    put_bool(b, "replay", o->replay);
}

static void put_event(struct buf *b, const struct bias_event *e, const struct bias_happened *h)
{
    put_name(b, "type", &bias_event_names, (int32_t)e->kind);
    put_bool(b, "error", h->error);
    if (h->error) {
        buf_lit(b, ",\"problem\":");
        json_write_str(b, str_of(h->what));
        buf_lit(b, ",\"strikes_added\":0");
        put_counts(b, h);
        return;
    }
    if (e->kind == EVENT_ANALYSE) {
        put_types(b, e->a.types);
        put_outcome(b, h);
        return;
    }
    put_counts(b, h);
    put_bool(b, "allowed", bias_may_interview(h->o.counts.status));
    put_bool(b, "notice", h->o.counts.status == STATUS_WARNED);
}

/* What an interview came to, kept while its lines are printed. */
struct summary {
    struct buf turns;
    int32_t strongest;
    struct bias_counts last;
};

static void sum_up(struct summary *s, const struct bias_event *e, const struct bias_happened *h)
{
    const int32_t response = h->o.response;
    buf_fmt(&s->turns, "%s{\"i\":%lld", s->turns.n ? "," : "", (long long)e->turn);
    put_event(&s->turns, e, h);
    buf_c(&s->turns, '}');
    if (!h->error && response <= RESPOND_BLOCK && response > s->strongest)
        s->strongest = response;
    s->last = h->o.counts;
}

static void put_summary(struct buf *b, const struct summary *s)
{
    buf_lit(b, ",\"turns\":[");
    buf_str(b, buf_view(&s->turns));
    buf_lit(b, "],\"final\":{\"max_response\":");
    json_write_str(b, str_of(bias_response_names.v[s->strongest]));
    buf_fmt(b, ",\"interview_strikes\":%lld,\"cycle_strikes\":%lld,\"lifetime_strikes\":%lld",
            (long long)s->last.interview, (long long)s->last.cycle, (long long)s->last.lifetime);
    put_name(b, "status", &bias_status_names, s->last.status);
    buf_c(b, '}');
}

err bias_replay_line(struct ctx *c, struct str line, struct buf *out)
{
    struct bias_case k;
    struct bias_monitor *m;
    struct summary sum = { 0 };
    TRY(bias_case_read(c, line, &k));
    TRY(bias_monitor_open(c, &k, &m));
    buf_init(&sum.turns, c->mem, BIAS_LINE_MAX);
    for (size_t i = 0; i < k.n; i++) {
        const struct bias_event *e = &k.events[i];
        struct bias_happened h;
        TRY(bias_monitor_event(c, m, e, &h));
        buf_lit(out, "{\"id\":");
        json_write_str(out, k.id);
        buf_fmt(out, ",\"%s\":%lld", k.interview ? "i" : "event", (long long)e->turn);
        put_event(out, e, &h);
        if (k.interview)
            sum_up(&sum, e, &h);
        if (k.interview && i + 1 == k.n)
            put_summary(out, &sum);
        buf_lit(out, "}\n");
    }
    return buf_ok(out) && buf_ok(&sum.turns) ? ERR_OK
                                             : FAIL(c, TOO_LARGE, "the answer is too long");
}
