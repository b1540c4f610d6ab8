/* The bias rules with their facts in a database: the published cases and interviews give what
 * `enigma bias replay` gives, event for event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "domain/bias_event.h"
#include "os/file.h"
#include "service/bias_review.h"
#include "service/room_port.h"
#include "support/test_bias.h"

enum { NAMES_MAX = 64, LINE_MEM = 64 << 20 };

static struct test_cycle t;
static int64_t next_interview, next_transcript, next_case;
static struct room_port rooms;
static struct {
    int64_t nudges, ends, barred;
} told;

static void on_nudge(void *arg, int64_t interview_id, int64_t nudge_id)
{
    (void)arg;
    assert_true(interview_id > 0 && nudge_id > 0);
    told.nudges++;
}
static void on_end(void *arg, int64_t interview_id, enum room_end why)
{
    (void)arg, (void)interview_id;
    assert_int_equal(why, ROOM_END_BLOCK);
    told.ends++;
}
static void on_barred(void *arg, const char *admin_id)
{
    (void)arg;
    assert_true(strncmp(admin_id, "ADM_", 4) == 0);
    told.barred++;
}

static int setup(void **state)
{
    (void)state;
    test_cycle_open(&t, 0);
    rooms = (struct room_port){ .nudge = on_nudge, .end = on_end, .barred = on_barred };
    t.db.deps.rooms = &rooms;
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_cycle_close(&t);
    return 0;
}

/* A case of an event file on its way through the database. Names of the file belong to numbers and
 * ids of the database; all memory is the case's own. */
struct named {
    struct str name;
    int64_t id;
};
struct play {
    struct arena *mem;
    struct bias_case k;
    struct bias_monitor *oracle;
    int64_t number;
    struct named rooms[NAMES_MAX], heard[4096];
    size_t n_rooms, n_heard;
    struct str first; /* the evaluator that `start` tells of */
};

static struct str admin_of(struct ctx *c, const struct play *p, struct str name)
{
    return str_fmt(c->mem, "ADM_%lld_%.*s", (long long)p->number,
                   STR_ARG(name.p ? name : p->first));
}
static struct str cycle_of(struct ctx *c, const struct play *p, struct str name)
{
    return str_fmt(c->mem, "CYC_%lld_%.*s", (long long)p->number, STR_ARG(name));
}

static int64_t room_of(struct ctx *c, struct play *p, const struct bias_event *e)
{
    for (size_t i = 0; i < p->n_rooms; i++)
        if (str_eq(p->rooms[i].name, e->interview))
            return p->rooms[i].id;
    assert_true(p->n_rooms < NAMES_MAX);
    p->rooms[p->n_rooms] = (struct named){ e->interview, ++next_interview };
    test_bias_room(c, next_interview, admin_of(c, p, e->evaluator), cycle_of(c, p, e->cycle));
    return p->rooms[p->n_rooms++].id;
}

static int64_t transcript_of(struct play *p, struct str analysis)
{
    for (size_t i = 0; analysis.p && i < p->n_heard; i++)
        if (str_eq(p->heard[i].name, analysis))
            return p->heard[i].id;
    p->heard[p->n_heard] = (struct named){ analysis, ++next_transcript };
    return p->heard[p->n_heard++].id;
}

static err open_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct play *p = arg;
    const struct bias_opening *o = &p->k.opening;
    struct ledger_row row = { .admin_id = admin_of(c, p, (struct str){ 0 }),
                              .kind = LEDGER_OPENING,
                              .interview_id = SCHEMA_NULL_I64,
                              .analysis_id = SCHEMA_NULL_I64,
                              .incident_id = SCHEMA_NULL_I64,
                              .points = o->lifetime,
                              .status = o->status,
                              .at = o->last_strike_us == BIAS_NEVER ? 0 : o->last_strike_us,
                              .created_at = c->now_us };
    TRY(ledger_insert(c, tx, &row));
    row.kind = LEDGER_OPENING_CYCLE;
    row.status = -1;
    row.at = 0;
    for (size_t i = 0; i < o->n_cycles; i++) {
        row.cycle_id = cycle_of(c, p, o->cycles[i].cycle);
        row.points = o->cycles[i].points;
        TRY(ledger_insert(c, tx, &row));
        if (!o->cycles[i].completed)
            continue;
        const struct ledger_row done = { .kind = LEDGER_CYCLE_COMPLETED,
                                         .cycle_id = row.cycle_id,
                                         .interview_id = SCHEMA_NULL_I64,
                                         .analysis_id = SCHEMA_NULL_I64,
                                         .incident_id = SCHEMA_NULL_I64,
                                         .status = -1,
                                         .created_at = c->now_us };
        TRY(ledger_insert(c, tx, &done));
    }
    return ERR_OK;
}

static void begin_case(struct play *p, struct str line)
{
    struct ctx c;
    ctx_init(&c, p->mem, &t.db.deps, 0);
    test_db_must(&c, bias_case_read(&c, line, &p->k), "case");
    test_db_must(&c, bias_monitor_open(&c, &p->k, &p->oracle), "oracle");
    p->number = ++next_case;
    p->first = S("E");
    for (size_t i = 0; i < p->k.n; i++)
        if (p->k.events[i].evaluator.p) {
            p->first = p->k.events[i].evaluator;
            break;
        }
    t.settings.bias = p->k.settings;
    struct ctx *d = test_as(&t, NULL);
    for (size_t i = 0; i < p->k.opening.n_cycles; i++)
        test_bias_cycle_make(d, cycle_of(d, p, p->k.opening.cycles[i].cycle));
    test_bias_person(d, admin_of(d, p, (struct str){ 0 }));
    test_db_must(d, tx_run(d, TX_WRITE, open_tx, p), "opening");
}

struct counted {
    struct str admin_id;
    struct bias_analysis about;
    bool with_about;
    int64_t interview_id;
    struct bias_counts n;
    struct room_row room;
};
static err count_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct counted *q = arg;
    struct bias_person person;
    bool found = false;
    TRY(bias_person_load(c, tx, q->admin_id, (struct str){ 0 }, &person));
    TRY(bias_count(c, bias_rules(c), &person.ledger, c->now_us, q->with_about ? &q->about : NULL,
                   &q->n));
    return q->interview_id ? bias_room_find(c, tx, q->interview_id, &q->room, &found) : ERR_OK;
}

static void same_counts(struct ctx *c, const struct play *p, size_t i,
                        const struct bias_counts *want, const struct bias_counts *got)
{
    (void)c;
    if (want->interview != got->interview || want->cycle != got->cycle ||
        want->lifetime != got->lifetime || want->status != got->status)
        fail_msg("case %.*s event %zu: S_i %lld/%lld S_c %lld/%lld S_l %lld/%lld status %s/%s",
                 STR_ARG(p->k.id), i, (long long)want->interview, (long long)got->interview,
                 (long long)want->cycle, (long long)got->cycle, (long long)want->lifetime,
                 (long long)got->lifetime, bias_status_names.v[want->status],
                 bias_status_names.v[got->status]);
}

static void play_analysis(struct play *p, size_t i, const struct bias_happened *want)
{
    const struct bias_event *e = &p->k.events[i];
    struct ctx *c = test_as(&t, NULL);
    const struct str admin = admin_of(c, p, e->evaluator), cycle = cycle_of(c, p, e->cycle);
    struct bias_run r;
    test_bias_person(c, admin);
    const int64_t room = room_of(c, p, e);
    test_bias_run(c, &r, &e->a, transcript_of(p, e->bad ? (struct str){ 0 } : e->a.id), room, admin,
                  cycle);
    if (e->bad)
        r.judgement = JUDGED_NOT;
    test_db_must(c, bias_settle(c, &r), "settle");
    assert_int_equal(want->error, e->bad != NULL);
    if (e->bad) {
        assert_int_equal(test_count(c,
                                    "SELECT COUNT(*) AS n FROM monitoring_gaps "
                                    "WHERE interview_id = CAST(:a AS BIGINT)",
                                    str_fmt(c->mem, "%lld", (long long)room), S("")) > 0,
                         1);
        return;
    }
    assert_int_equal(r.repeated, want->o.replay);
    if (r.repeated)
        return;
    if (r.o.response != want->o.response || r.o.points != want->o.points ||
        r.o.flag != want->o.flag || r.o.reason != want->o.reason)
        fail_msg("case %.*s event %zu: %s/%s, %d/%d points, flag %s/%s", STR_ARG(p->k.id), i,
                 bias_response_names.v[want->o.response], bias_response_names.v[r.o.response],
                 want->o.points, r.o.points, bias_flag_names.v[want->o.flag],
                 bias_flag_names.v[r.o.flag]);
    same_counts(c, p, i, &want->o.counts, &r.o.counts);
    assert_int_equal(r.o.terminated, want->o.terminated);
    assert_int_equal(r.o.paused, want->o.paused);
    assert_int_equal(r.o.closes_rooms, want->o.closes_rooms);
}

struct act {
    struct play *p;
    const struct bias_event *e;
    struct str admin;
};
static err act_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    struct audit_head head = { .known = false };
    switch (a->e->kind) {
    case EVENT_REINSTATE:
        return bias_reinstate(c, tx, &head, a->admin, S("a pardon"));
    case EVENT_CYCLE_COMPLETED:
        return bias_cycle_completed(c, tx, &head, cycle_of(c, a->p, a->e->cycle));
    default:
        return ERR_OK;
    }
}
static err overturn_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    struct audit_head head = { .known = false };
    struct list rows;
    TRY(ledger_list(c, tx, a->admin, (struct str){ 0 }, 10000, &rows));
    const struct ledger_row *v = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        if (v[i].kind == LEDGER_POINTS)
            TRY(bias_overturn(c, tx, &head, a->admin, v[i].incident_id, S("wrong")));
    return ERR_OK;
}

/* Of one incident by any of its analyses, else of all. */
static void overturn(struct play *p, const struct bias_event *e)
{
    struct ctx *c = test_as(&t, NULL);
    struct act a = { p, e, admin_of(c, p, e->evaluator) };
    c->now_us = e->t_us;
    if (!e->a.id.p) {
        test_db_must(c, tx_run(c, TX_WRITE, overturn_tx, &a), "overturn");
        return;
    }
    const struct str transcript = str_fmt(c->mem, "%lld", (long long)transcript_of(p, e->a.id));
    const struct list rows = test_rows(c,
                                       "SELECT CAST(incident_id AS TEXT) AS a, admin_id AS b "
                                       "FROM live_bias_analysis "
                                       "WHERE transcript_id = CAST(:a AS BIGINT)",
                                       transcript);
    assert_int_equal(rows.n, 1);
    const struct test_text *row = rows.v;
    test_exec(c,
              "INSERT INTO bias_ledger (admin_id, kind, incident_id, points, created_at) VALUES "
              "(:b, 'void', CAST(:a AS BIGINT), 0, '2025-10-01T00:00:00.000000Z')",
              row->a, row->b);
}

static void play_act(struct play *p, size_t i, const struct bias_happened *want)
{
    const struct bias_event *e = &p->k.events[i];
    struct ctx *c = test_as(&t, NULL);
    struct act a = { p, e, admin_of(c, p, e->evaluator) };
    c->now_us = e->t_us;
    if (want->error)
        return;
    test_bias_person(c, a.admin);
    if (e->kind == EVENT_CYCLE_COMPLETED)
        test_bias_cycle_make(c, cycle_of(c, p, e->cycle));
    if (e->kind == EVENT_OVERTURN)
        overturn(p, e);
    else
        test_db_must(c, tx_run(c, TX_WRITE, act_tx, &a), "act");
    c = test_as(&t, NULL);
    c->now_us = e->t_us;
    struct counted q = { .admin_id = admin_of(c, p, e->evaluator) };
    test_db_must(c, tx_run(c, TX_READ, count_tx, &q), "count");
    if (q.n.lifetime != want->o.counts.lifetime || q.n.status != want->o.counts.status)
        fail_msg("case %.*s event %zu (%s): S_l %lld/%lld status %s/%s", STR_ARG(p->k.id), i,
                 bias_event_names.v[e->kind], (long long)want->o.counts.lifetime,
                 (long long)q.n.lifetime, bias_status_names.v[want->o.counts.status],
                 bias_status_names.v[q.n.status]);
}

static size_t play_line(struct str line)
{
    struct play *p = calloc(1, sizeof(*p));
    p->mem = arena_open(NULL, LINE_MEM);
    begin_case(p, line);
    for (size_t i = 0; i < p->k.n; i++) {
        struct bias_happened want;
        struct ctx c;
        ctx_init(&c, p->mem, &t.db.deps, 0);
        test_db_must(&c, bias_monitor_event(&c, p->oracle, &p->k.events[i], &want), "oracle");
        if (p->k.events[i].kind == EVENT_ANALYSE)
            play_analysis(p, i, &want);
        else
            play_act(p, i, &want);
    }
    const size_t n = p->k.n;
    arena_close(p->mem);
    free(p);
    return n;
}

static size_t play_file(const char *name)
{
    struct arena *mem = arena_open(NULL, LINE_MEM);
    struct ctx c;
    struct str text, line;
    size_t events = 0;
    ctx_init(&c, mem, &t.db.deps, 0);
    test_db_must(&c,
                 file_read(&c, mem, str_z(mem, str_fmt(mem, TEST_DATA_DIR "/bias/%s", name)),
                           1 << 20, &text),
                 name);
    while (text.p) {
        text = str_cut(text, '\n', &line);
        if (line.n > 0)
            events += play_line(line);
    }
    arena_close(mem);
    return events;
}

static void the_cases_give_what_replay_gives(void **state)
{
    (void)state;
    assert_int_equal(play_file("rules_examples.jsonl"), 31);
    assert_true(told.nudges > 10 && told.ends > 3 && told.barred > 0);
}

static void the_interviews_give_what_replay_gives(void **state)
{
    (void)state;
    assert_true(play_file("dialogue_examples.jsonl") > 30);
}

static uint64_t dice_state = 20261123;
static uint32_t dice(uint32_t n)
{
    dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice_state >> 33) % n;
}

/* Utterances of two evaluators in three interviews and two cycles, with words and analyses that
 * come again, answers that are late or broken, long pauses, and what people decide in between. */
static void put_event(struct buf *b, int i, int64_t *t_s)
{
    static const char *const severities[] = { "NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL" };
    static const char *const words[] = { "one two three four", "five six seven", "eight nine" };
    *t_s += dice(12) == 0 ? 90 * 86400 : dice(4) == 0 ? 40 : 7;
    const uint32_t room = dice(3), who = room == 2;
    const uint32_t kind = dice(14);
    buf_fmt(b, "%s{\"t\":%lld,\"evaluator\":\"E%u\",", i ? "," : "", (long long)*t_s, who);
    if (kind == 0)
        buf_lit(b, "\"type\":\"status\"}");
    else if (kind == 1 && dice(3) == 0)
        buf_lit(b, "\"type\":\"reinstate\"}");
    else if (kind == 2 && dice(4) == 0)
        buf_fmt(b, "\"type\":\"cycle_completed\",\"cycle\":\"C%u\"}", dice(2));
    else if (kind == 3 && dice(3) == 0)
        buf_lit(b, "\"type\":\"overturn\"}");
    else
        buf_fmt(b,
                "\"type\":\"analyse\",\"interview\":\"I%u\",\"cycle\":\"C%u\","
                "\"analysis\":%u,\"bias_detected\":%s,\"bias_types\":[\"GENDER\"],"
                "\"severity\":\"%s\",\"confidence\":0.%u,\"analysed_at\":%lld,"
                "\"source\":\"%s\",\"text\":\"%s word%u\"}",
                room, room % 2, dice(8) == 0 && i ? dice((uint32_t)i) : (uint32_t)i,
                dice(9) ? "true" : "false", severities[dice(5)], dice(100),
                (long long)*t_s + (dice(10) == 0 ? 61 : 1), dice(6) ? "llm" : "rules",
                words[dice(3)], dice(3));
}

static void random_streams_give_what_replay_gives(void **state)
{
    enum { CASES = 25, EVENTS = 24 };
    (void)state;
    for (int k = 0; k < CASES; k++) {
        struct arena *mem = arena_open(NULL, LINE_MEM);
        struct buf b;
        int64_t t_s = 1760000000;
        buf_init(&b, mem, BIAS_LINE_MAX);
        buf_fmt(&b, "{\"id\":\"R%d\",\"cfg\":{\"AUTO_BLOCK\":%d},\"events\":[", k, k % 5 != 0);
        for (int i = 0; i < EVENTS; i++)
            put_event(&b, i, &t_s);
        buf_lit(&b, "]}");
        assert_int_equal(play_line(buf_view(&b)), EVENTS);
        arena_close(mem);
    }
    /* Points in the ledger are those of the answers, each once. */
    struct ctx *c = test_as(&t, NULL);
    assert_int_equal(test_count(c,
                                "SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) AS n "
                                "FROM bias_ledger WHERE kind = 'points'",
                                S(""), S("")),
                     test_count(c,
                                "SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) AS n "
                                "FROM live_bias_analysis",
                                S(""), S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases_give_what_replay_gives),
        cmocka_unit_test(the_interviews_give_what_replay_gives),
        cmocka_unit_test(random_streams_give_what_replay_gives),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
