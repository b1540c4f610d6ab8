/* Reads a line of an event file: settings, what was there before, and the events. */
#include "domain/bias_event.h"

#include <math.h>

#include "base/str.h"
#include "domain/bias_json.h"

static const char *const kind_text[] = { "analyse",         "status",          "can_interview",
                                         "overturn",        "reinstate",       "confirm",
                                         "cycle_completed", "nudge_delivered", "resume",
                                         "terminate" };
NAMES(bias_event_names, kind_text);
_Static_assert(sizeof(kind_text) / sizeof(kind_text[0]) == EVENT_KINDS, "a name for each kind");

/* Other words for the same. */
static const struct {
    const char *word;
    enum bias_event_kind kind;
} synonyms[] = {
    { "analyze", EVENT_ANALYSE },
    { "analysis", EVENT_ANALYSE },
    { "utterance", EVENT_ANALYSE },
    { "daily_job", EVENT_STATUS },
    { "daily", EVENT_STATUS },
    { "job", EVENT_STATUS },
    { "tick", EVENT_STATUS },
    { "reset_check", EVENT_STATUS },
    { "may_interview", EVENT_CAN_INTERVIEW },
    { "join", EVENT_CAN_INTERVIEW },
    { "can_join", EVENT_CAN_INTERVIEW },
    { "void", EVENT_OVERTURN },
    { "overturn_incident", EVENT_OVERTURN },
    { "review_overturn", EVENT_OVERTURN },
    { "review_reinstate", EVENT_REINSTATE },
    { "review_confirm", EVENT_CONFIRM },
    { "uphold", EVENT_CONFIRM },
    { "complete_cycle", EVENT_CYCLE_COMPLETED },
    { "cycle_complete", EVENT_CYCLE_COMPLETED },
    { "cycle_done", EVENT_CYCLE_COMPLETED },
    { "close_cycle", EVENT_CYCLE_COMPLETED },
    { "cycle_closed", EVENT_CYCLE_COMPLETED },
    { "complete", EVENT_CYCLE_COMPLETED },
    { "delivered", EVENT_DELIVERED },
    { "warning_delivered", EVENT_DELIVERED },
};
/* Short names of the settings, beside those of the options. */
static const struct {
    const char *word, *option;
} short_names[] = {
    { "l", "nudge_threshold_low" },
    { "low", "nudge_threshold_low" },
    { "threshold_low", "nudge_threshold_low" },
    { "m", "nudge_threshold_medium" },
    { "medium", "nudge_threshold_medium" },
    { "threshold_medium", "nudge_threshold_medium" },
    { "h", "nudge_threshold_high" },
    { "high", "nudge_threshold_high" },
    { "threshold_high", "nudge_threshold_high" },
    { "per_interview", "strike_limit_per_interview" },
    { "limit_interview", "strike_limit_per_interview" },
    { "warn", "strike_warn_per_cycle" },
    { "warn_cycle", "strike_warn_per_cycle" },
    { "warn_per_cycle", "strike_warn_per_cycle" },
    { "per_cycle", "strike_limit_per_cycle" },
    { "limit_cycle", "strike_limit_per_cycle" },
    { "suspend", "strike_limit_per_cycle" },
    { "lifetime", "strike_limit_lifetime" },
    { "per_lifetime", "strike_limit_lifetime" },
    { "limit_lifetime", "strike_limit_lifetime" },
    { "ban", "strike_limit_lifetime" },
    { "reset_days", "strike_reset_days" },
    { "stt_min", "stt_min_confidence" },
    { "min_stt", "stt_min_confidence" },
    { "fallback_max", "bias_fallback_max" },
    { "fallback", "bias_fallback_max" },
    { "late", "bias_late_seconds" },
    { "late_s", "bias_late_seconds" },
    { "late_seconds", "bias_late_seconds" },
    { "dedupe", "bias_dedupe_seconds" },
    { "dedupe_s", "bias_dedupe_seconds" },
    { "dedupe_seconds", "bias_dedupe_seconds" },
    { "requires_delivered_warning", "block_requires_delivered_warning" },
    { "block_requires_warning", "block_requires_delivered_warning" },
};

struct reader {
    struct ctx *c;
    struct arena *mem;
    struct str whole;
    int64_t origin_us; /* times of turns count from here */
    struct bias_case *k;
};

static err bad(struct ctx *c, const char *where, size_t i, const char *rule)
{
    return FAIL(c, INVALID, "%s[%zu]: %s", where, i, rule);
}

static struct str text_of(struct reader *r, struct str object, const char *const *names)
{
    struct str s = { 0 };
    const struct str value = json_pick(r->mem, object, names);
    return json_as_str(r->mem, value, &s) ? s : (struct str){ 0 };
}

static struct str text_named(struct reader *r, struct str object, const char *name)
{
    const char *const names[] = { name, NULL };
    return text_of(r, object, names);
}

/* Ids may be numbers or texts; as JSON texts they stay apart. */
static struct str id_of(struct reader *r, struct str object, const char *const *names)
{
    const struct str value = json_pick(r->mem, object, names);
    const enum json_type type = json_kind(value);
    return type == JSON_STRING || type == JSON_NUMBER ? value : (struct str){ 0 };
}

static const struct field *setting_named(struct str name)
{
    char lower[64];
    if (name.n >= sizeof(lower))
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
    struct str wanted = { lower, name.n };
    for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]); i++)
        if (str_eq(wanted, str_of(short_names[i].word)))
            wanted = str_of(short_names[i].option);
    for (size_t i = 0; i < bias_settings_schema.n; i++)
        if (str_eq(wanted, str_of(bias_settings_schema.fields[i].name)))
            return &bias_settings_schema.fields[i];
    return NULL;
}

/* A setting's JSON value as the text that options are given as. */
static struct str setting_text(struct reader *r, const struct field *f, struct str value)
{
    struct str text;
    if (json_as_str(r->mem, value, &text))
        return text;
    if (f->type == F_BOOL && str_eq(value, S("1")))
        return S("true");
    if (f->type == F_BOOL && str_eq(value, S("0")))
        return S("false");
    return value;
}

static err read_settings(struct reader *r)
{
    const struct str cfg = json_pick_one(r->mem, r->whole, "cfg");
    struct bias_settings *s = &r->k->settings;
    struct str name, value;
    struct json j;
    bool more = false;
    *s = bias_settings_default;
    if (!cfg.p || json_kind(cfg) == JSON_NULL)
        return ERR_OK;
    json_init(&j, cfg, r->mem);
    if (!json_enter_object(&j))
        return FAIL(r->c, INVALID, "cfg is not an object");
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        if (!json_skip(&j, &value))
            return FAIL(r->c, INVALID, "cfg cannot be read");
        const struct field *f = setting_named(name);
        if (!f)
            return FAIL(r->c, INVALID, "cfg: no setting is called %.*s",
                        (int)(name.n < 64 ? name.n : 64), name.p);
        TRY(schema_decode_text(r->c, "cfg", f, setting_text(r, f, value), s));
    }
    return bias_settings_check(r->c, s);
}

static bool count_of(struct str value, int64_t *ret)
{
    static const double most = 1e6;
    double v;
    if (!json_as_f64(value, &v) || !(v >= 0 && v <= most) || floor(v) < v)
        return false;
    *ret = (int64_t)v;
    return true;
}

static err add_cycle(struct reader *r, struct bias_cycle *v, struct str name, struct str value)
{
    struct bias_opening *o = &r->k->opening;
    int64_t points;
    if (o->n_cycles == BIAS_CYCLES_MAX)
        return FAIL(r->c, INVALID, "start: more than %d cycles", BIAS_CYCLES_MAX);
    if (!count_of(value, &points))
        return FAIL(r->c, INVALID, "start: cycle_strikes are not whole numbers of 0 or more");
    v[o->n_cycles++] = (struct bias_cycle){ .cycle = name, .points = points };
    return ERR_OK;
}

/* An object by cycle, or the number of the only one. */
static err read_cycles(struct reader *r, struct str start)
{
    struct bias_opening *o = &r->k->opening;
    const struct str value = json_pick_one(r->mem, start, "cycle_strikes");
    struct bias_cycle *v = arena_array(r->mem, struct bias_cycle, BIAS_CYCLES_MAX);
    struct str name, points;
    struct json j;
    bool more = false;
    o->cycles = v;
    if (json_kind(value) == JSON_NUMBER)
        return add_cycle(r, v, text_named(r, r->whole, "cycle"), value);
    if (json_kind(value) != JSON_OBJECT)
        return value.p ? FAIL(r->c, INVALID, "start: cycle_strikes is no object") : ERR_OK;
    json_init(&j, value, r->mem);
    if (!json_enter_object(&j))
        return FAIL(r->c, INVALID, "start: cycle_strikes cannot be read");
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        if (!json_skip(&j, &points))
            return FAIL(r->c, INVALID, "start: cycle_strikes cannot be read");
        TRY(add_cycle(r, v, name, points));
    }
    return ERR_OK;
}

static void mark_completed(struct reader *r, struct str start)
{
    static const char *const names[] = { "completed_cycles", "completed", "cycles_completed",
                                         NULL };
    struct bias_opening *o = &r->k->opening;
    struct bias_cycle *v = arena_array(r->mem, struct bias_cycle, o->n_cycles + 1);
    struct list done;
    for (size_t i = 0; i < o->n_cycles; i++)
        v[i] = o->cycles[i];
    if (!json_as_array(r->mem, json_pick(r->mem, start, names), &done))
        return;
    const struct str *texts = done.v;
    for (size_t k = 0; k < done.n; k++) {
        struct str name;
        const bool named = json_as_str(r->mem, texts[k], &name);
        for (size_t i = 0; named && i < o->n_cycles; i++)
            v[i].completed |= str_eq(v[i].cycle, name);
    }
    o->cycles = v;
}

static err read_last_strike(struct reader *r, struct str start)
{
    static const double day_us = 86400e6, days_most = 1e6;
    const struct str at = json_pick_one(r->mem, start, "last_strike_t");
    const struct str ago = json_pick_one(r->mem, start, "last_strike_days_ago");
    int64_t *last = &r->k->opening.last_strike_us;
    double days;
    *last = BIAS_NEVER;
    if (json_kind(at) != JSON_END && json_kind(at) != JSON_NULL)
        return json_as_seconds(at, last)
                   ? ERR_OK
                   : FAIL(r->c, INVALID, "start: last_strike_t is not a number of seconds");
    if (json_kind(ago) == JSON_END || json_kind(ago) == JSON_NULL)
        return ERR_OK;
    if (!json_as_f64(ago, &days) || !(fabs(days) <= days_most))
        return FAIL(r->c, INVALID, "start: last_strike_days_ago is not a number of days");
    *last = r->origin_us - (int64_t)llround(days * day_us);
    return ERR_OK;
}

static err read_start(struct reader *r)
{
    const struct str start = json_pick_one(r->mem, r->whole, "start");
    struct bias_opening *o = &r->k->opening;
    struct str word = S("ACTIVE");
    *o = (struct bias_opening){ .last_strike_us = BIAS_NEVER };
    if (json_kind(start) == JSON_END || json_kind(start) == JSON_NULL)
        return ERR_OK;
    if (json_kind(start) != JSON_OBJECT)
        return FAIL(r->c, INVALID, "start is not an object");
    const struct str t = json_pick_one(r->mem, start, "t");
    if (t.p && !json_as_seconds(t, &r->origin_us))
        return FAIL(r->c, INVALID, "start: t is not a number of seconds");
    TRY(read_cycles(r, start));
    mark_completed(r, start);
    const struct str lifetime = json_pick_one(r->mem, start, "lifetime_strikes");
    if (lifetime.p && !count_of(lifetime, &o->lifetime))
        return FAIL(r->c, INVALID, "start: lifetime_strikes is not a whole number of 0 or more");
    const struct str status = json_pick_one(r->mem, start, "status");
    if (status.p)
        json_as_str(r->mem, status, &word);
    const int i = names_find(&bias_status_names, word);
    if (i < 0)
        return FAIL(r->c, INVALID, "start: status is ACTIVE, WARNED, SUSPENDED or BANNED");
    o->status = i;
    return read_last_strike(r, start);
}

/* Times of turns are seconds after the start; one that is not before the start stands as it is. */
static bool read_time(struct reader *r, struct str object, const char *name, int64_t *ret)
{
    int64_t t;
    if (!json_as_seconds(json_pick_one(r->mem, object, name), &t))
        return false;
    *ret = r->k->interview && t < r->origin_us ? r->origin_us + t : t;
    return true;
}

static bool kind_of(struct str word, enum bias_event_kind *ret)
{
    const int i = names_find(&bias_event_names, word);
    if (i >= 0) {
        *ret = (enum bias_event_kind)i;
        return true;
    }
    for (size_t k = 0; k < sizeof(synonyms) / sizeof(synonyms[0]); k++) {
        if (!str_eq(word, str_of(synonyms[k].word)))
            continue;
        *ret = synonyms[k].kind;
        return true;
    }
    return false;
}

/* {"type":"review","action":"overturn"} is {"type":"overturn"}. */
static bool read_kind(struct reader *r, struct str object, enum bias_event_kind *ret)
{
    struct str word = text_named(r, object, "type");
    if (str_eq(word, S("review")))
        word = text_named(r, object, "action");
    return word.p && kind_of(word, ret);
}

static void read_analysis(struct reader *r, struct str object, struct bias_event *e)
{
    static const char *const ids[] = { "analysis", "analysis_id", "incident", "id", NULL };
    e->a.id = id_of(r, object, ids);
    e->a.interview = e->interview;
    e->a.cycle = e->cycle;
    e->a.t_us = e->a.analysed_at_us = e->t_us;
    if (e->kind != EVENT_ANALYSE)
        return;
    e->bad = bias_analysis_read(r->mem, object, &e->a);
    const struct str at = json_pick_one(r->mem, object, "analysed_at");
    if (json_kind(at) != JSON_END && json_kind(at) != JSON_NULL &&
        !read_time(r, object, "analysed_at", &e->a.analysed_at_us))
        e->bad = "analysed_at";
}

static err read_event(struct reader *r, struct str object, size_t i)
{
    static const char *const people[] = { "evaluator", "admin", "admin_id", NULL };
    static const char *const reviewers[] = { "by", "reviewer", "actor", NULL };
    struct bias_event *e = &r->k->events[r->k->n];
    struct bias_event fresh = { .turn = (int64_t)i };
    if (json_kind(object) != JSON_OBJECT)
        return bad(r->c, "events", i, "is not an object");
    if (!read_kind(r, object, &fresh.kind))
        return bad(r->c, "events", i, "type is unknown");
    if (!read_time(r, object, "t", &fresh.t_us))
        return bad(r->c, "events", i, "t is not a number of seconds");
    fresh.interview = text_named(r, object, "interview");
    fresh.cycle = text_named(r, object, "cycle");
    fresh.evaluator = text_of(r, object, people);
    fresh.by = text_of(r, object, reviewers);
    read_analysis(r, object, &fresh);
    fresh.a.text = text_named(r, object, "text");
    if (fresh.kind == EVENT_ANALYSE && (!fresh.interview.p || !fresh.cycle.p || !fresh.a.id.p))
        return bad(r->c, "events", i, "interview, cycle or analysis is missing");
    if (fresh.kind == EVENT_CYCLE_COMPLETED && !fresh.cycle.p)
        return bad(r->c, "events", i, "cycle is missing");
    *e = fresh;
    r->k->n++;
    return ERR_OK;
}

/* Only the evaluator's turns are events; the applicant's are never judged. */
static err read_turn(struct reader *r, struct str object, size_t i)
{
    static const char *const ids[] = { "id", "analysis_id", NULL };
    struct bias_event *e = &r->k->events[r->k->n];
    double number = (double)i;
    const struct str speaker = text_named(r, object, "speaker");
    if (json_kind(object) != JSON_OBJECT)
        return bad(r->c, "turns", i, "is not an object");
    if (str_eq(speaker, S("STUDENT")))
        return ERR_OK;
    if (!str_eq(speaker, S("ADMIN")))
        return bad(r->c, "turns", i, "speaker is ADMIN or STUDENT");
    if (!read_time(r, object, "t", &e->t_us))
        return bad(r->c, "turns", i, "t is not a number of seconds");
    json_as_f64(json_pick_one(r->mem, object, "i"), &number);
    if (!(number >= 0 && number <= BIAS_EVENTS_MAX))
        return bad(r->c, "turns", i, "i is out of range");
    const struct str judged = json_pick_one(r->mem, object, "analysis");
    e->kind = EVENT_ANALYSE;
    e->turn = (int64_t)number;
    e->interview = r->k->id;
    e->cycle = text_named(r, r->whole, "cycle");
    read_analysis(r, json_kind(judged) == JSON_OBJECT ? judged : S("{}"), e);
    e->a.id = id_of(r, judged.p ? judged : S("{}"), ids);
    if (!e->a.id.p)
        e->a.id = str_fmt(r->mem, "turn %zu", i);
    e->a.text = text_named(r, object, "text");
    r->k->n++;
    return ERR_OK;
}

static err read_events(struct reader *r)
{
    const struct str turns = json_pick_one(r->mem, r->whole, "turns");
    struct list items;
    r->k->interview = turns.p != NULL;
    const struct str value = turns.p ? turns : json_pick_one(r->mem, r->whole, "events");
    if (!json_as_array(r->mem, value, &items))
        return FAIL(r->c, INVALID, "has no array of events or turns");
    if (items.n > BIAS_EVENTS_MAX)
        return FAIL(r->c, INVALID, "more than %d events", BIAS_EVENTS_MAX);
    r->k->events =
        arena_try(r->mem, items.n + 1, sizeof(*r->k->events), _Alignof(struct bias_event));
    if (!r->k->events)
        return FAIL(r->c, TOO_LARGE, "the events do not fit the memory");
    const struct str *v = items.v;
    for (size_t i = 0; i < items.n; i++)
        TRY(r->k->interview ? read_turn(r, v[i], i) : read_event(r, v[i], i));
    return ERR_OK;
}

err bias_case_read(struct ctx *c, struct str line, struct bias_case *ret)
{
    struct bias_case k = { 0 };
    struct reader r = { .c = c, .mem = c->mem, .k = &k };
    if (line.n > BIAS_LINE_MAX)
        return FAIL(c, TOO_LARGE, "longer than %d bytes", BIAS_LINE_MAX);
    r.whole = json_without_nan(c->mem, line);
    if (!json_valid(r.whole, c->mem))
        return FAIL(c, INVALID, "is not valid JSON");
    if (json_kind(r.whole) != JSON_OBJECT)
        return FAIL(c, INVALID, "is not an object");
    k.id = text_named(&r, r.whole, "id");
    if (!k.id.p)
        return FAIL(c, INVALID, "id is missing");
    TRY(read_settings(&r));
    TRY(read_start(&r));
    TRY(read_events(&r));
    *ret = k;
    return ERR_OK;
}
