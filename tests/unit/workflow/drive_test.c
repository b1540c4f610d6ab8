/* The engine: many items at once, answers in any order and from any thread, tries, limits, and a
 * process that dies between two nodes and goes on where it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/str.h"
#include "codec/json.h"
#include "support/test_ctx.h"
#include "workflow/drive.c"

/* The graph: twice is asked for a number, until the sum is large enough; then it is written. */
struct state {
    int64_t item, sum, rounds;
    struct str words;
    bool stored;
    const char *made_anew; /* not in the checkpoint */
};
static const struct field state_fields[] = {
    FIELD_I64(struct state, item),    FIELD_I64(struct state, sum),
    FIELD_I64(struct state, rounds),  FIELD_STR(struct state, words, .flags = FIELD_NULL),
    FIELD_BOOL(struct state, stored),
};
static SCHEMA(state_schema, "State", struct state, state_fields);

struct answer {
    int64_t add;
    struct str words;
};
static const struct field answer_fields[] = {
    FIELD_I64(struct answer, add, .flags = FIELD_REQUIRED, .min = 0, .max = 100),
    FIELD_STR(struct answer, words, .flags = FIELD_NULL),
};
static SCHEMA(answer_schema, "Answer", struct answer, answer_fields);

static err load(struct ctx *c, void *state)
{
    struct state *s = state;
    return s->item == 666 ? FAIL(c, INTERNAL, "item 666 cannot be read") : ERR_OK;
}
static err build(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct state *s = state;
    *ret = (struct llm_request){ .model = S("m"),
                                 .system = S("Say a number."),
                                 .user = str_fmt(c->mem, "%lld", (long long)s->item),
                                 .reply = &answer_schema };
    return ERR_OK;
}
static err absorb(struct ctx *c, void *state, const struct llm_reply *reply)
{
    struct state *s = state;
    const struct answer *a = reply->value;
    if (a->add == 99)
        return FAIL(c, UPSTREAM, "99 is no answer");
    s->sum += a->add;
    s->rounds++;
    s->words = a->words;
    return ERR_OK;
}
static bool too_small(const void *state)
{
    return ((const struct state *)state)->sum < 20;
}
static err store(struct ctx *c, void *state)
{
    (void)c;
    ((struct state *)state)->stored = true;
    return ERR_OK;
}
enum { LOAD, ASK, STORE };
static const struct graph_node nodes[] = {
    { .name = "load", .doc = "Reads.", .run = load },
    { .name = "ask", .doc = "Asks.", .build = build, .absorb = absorb, .tries = 3 },
    { .name = "store", .doc = "Writes.", .run = store },
};
static const struct graph_edge edges[] = {
    { LOAD, ASK, NULL, NULL },
    { ASK, ASK, too_small, "too small" },
    { ASK, STORE, NULL, NULL },
    { STORE, GRAPH_END, NULL, NULL },
};
static const struct graph graph = { .name = "sum",
                                    .doc = "Sums.",
                                    .state = &state_schema,
                                    .nodes = nodes,
                                    .edges = edges,
                                    .n_nodes = 3,
                                    .n_edges = 4,
                                    .steps_max = 12 };

enum { ITEMS_MAX = 400, CALLS_MAX = 4096 };
enum mode { AT_ONCE, HELD, THREADS };
struct call {
    struct world *w;
    int64_t item;
    llm_done *done;
    void *arg;
    bool settled_later;
    pthread_t thread;
};
/* Model, source and disk of a test. */
struct world {
    enum mode mode;
    const char *(*say)(struct world *w, int64_t item, int nth); /* NULL: the call fails */
    err refuse;                                                 /* of start itself */
    int asked[ITEMS_MAX];
    struct call calls[CALLS_MAX];
    _Atomic size_t unsettled;                         /* answers that keep their places */
    size_t n_calls, in_flight, most_in_flight, batch; /* batch: so many are answered together */
    int64_t items, given;
    struct str saved[ITEMS_MAX]; /* what a disk would hold, in `disk` */
    struct arena *disk;
    int saves, keeps, kept_max, saves_max; /* 0: no limit */
    bool stored[ITEMS_MAX];
    int64_t rounds[ITEMS_MAX];
    char why[ITEMS_MAX][FAULT_TEXT_MAX];
    int ended;
    struct llm_port llm;
    struct graph_source source;
};

static void answer(struct call *call)
{
    struct world *w = call->w;
    const char *text = w->say(w, call->item, w->asked[call->item]);
    const struct llm_reply reply = { .text = str_of(text) };
    const struct llm_failure failure = { .kind = ERR_UPSTREAM, .text = "no answer" };
    if (text && call->settled_later)
        w->unsettled++;
    call->done(call->arg, text ? NULL : &failure, text ? &reply : NULL);
}
static void *answer_later(void *arg)
{
    answer(arg);
    return NULL;
}
static err start(void *self, struct ctx *c, const struct llm_request *q, llm_done *done, void *arg)
{
    struct world *w = self;
    int64_t item = -1;
    assert_true(str_i64(q->user, &item));
    if (w->refuse != ERR_OK)
        return FAIL(c, UPSTREAM, "closed");
    assert_true(w->n_calls < CALLS_MAX);
    struct call *call = &w->calls[w->n_calls++];
    *call = (struct call){
        .w = w, .item = item, .done = done, .arg = arg, .settled_later = q->settled_later
    };
    w->asked[item]++;
    if (w->mode == AT_ONCE)
        answer(call);
    else if (w->mode == THREADS)
        assert_int_equal(pthread_create(&call->thread, NULL, answer_later, call), 0);
    else
        w->in_flight++;
    if (w->in_flight > w->most_in_flight)
        w->most_in_flight = w->in_flight;
    return ERR_OK;
}

static void settle(void *self, size_t n)
{
    struct world *w = self;
    assert_true(w->unsettled >= n);
    w->unsettled -= n;
}

static err next(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    struct world *w = self;
    *ret_more = w->given < w->items;
    if (!*ret_more)
        return ERR_OK;
    struct state *s = arena_new(c->mem, struct state);
    const int64_t item = w->given++;
    ret->key = str_fmt(c->mem, "%lld", (long long)item);
    ret->state = s;
    if (w->saved[item].p)
        TRY(graph_checkpoint_read(c, &graph, w->saved[item], s, &ret->at, &ret->steps));
    s->item = item;
    s->made_anew = "yes";
    return ERR_OK;
}
static err save(void *self, struct ctx *c, const struct graph_mark *marks, size_t n)
{
    struct world *w = self;
    if (w->saves_max && w->saves == w->saves_max)
        return FAIL(c, BUSY, "killed");
    w->saves++;
    assert_true(w->unsettled >= n); /* until they are on the disk */
    for (size_t i = 0; i < n; i++) {
        int64_t item = -1;
        struct str text;
        assert_true(str_i64(marks[i].key, &item));
        TRY(graph_checkpoint_write(c, &graph, &marks[i], &text));
        w->saved[item] = str_keep(w->disk, text);
    }
    return ERR_OK;
}
static err ended(void *self, struct ctx *c, const struct graph_mark *at,
                 const struct llm_failure *failure)
{
    struct world *w = self;
    const struct state *s = at->state;
    (void)c;
    assert_string_equal(s->made_anew, "yes");
    w->stored[s->item] = s->stored;
    w->rounds[s->item] = s->rounds;
    snprintf(w->why[s->item], sizeof(w->why[0]), "%s", failure ? failure->text : "");
    w->ended++;
    return ERR_OK;
}
/* With held calls it is the moment to answer them, youngest first. */
static err keep(void *self, struct ctx *c)
{
    struct world *w = self;
    w->keeps++;
    if (w->kept_max && w->keeps > w->kept_max)
        return FAIL(c, BUSY, "told to stop");
    if (w->mode == HELD && (w->given == w->items || w->in_flight >= w->batch)) {
        const size_t n = w->in_flight, last = w->n_calls;
        w->in_flight = 0;
        for (size_t i = 0; i < n; i++)
            answer(&w->calls[last - 1 - i]);
    }
    return ERR_OK;
}

static const char *ten(struct world *w, int64_t item, int nth)
{
    (void)w, (void)item, (void)nth;
    return "{\"add\":10,\"words\":\"na\\u00efve\"}";
}

struct test {
    struct test_ctx t;
    struct world w;
};
static int setup(void **state)
{
    static struct test x;
    memset(&x, 0, sizeof(x));
    test_ctx_open(&x.t);
    x.w.say = ten;
    x.w.items = 1;
    x.w.disk = arena_open(NULL, 1 << 22);
    x.w.llm = (struct llm_port){ &x.w, start, settle };
    x.w.source = (struct graph_source){
        .self = &x.w, .next = next, .save = save, .ended = ended, .keep = keep
    };
    *state = &x;
    return 0;
}
static int teardown(void **state)
{
    struct test *x = *state;
    for (size_t i = 0; i < x->w.n_calls; i++)
        if (x->w.calls[i].thread)
            pthread_join(x->w.calls[i].thread, NULL);
    assert_int_equal(x->w.unsettled, 0); /* however it ended */
    arena_close(x->w.disk);
    test_ctx_close(&x->t);
    return 0;
}

static err drive(struct test *x, const struct graph *g, uint32_t in_flight)
{
    const struct graph_drive d = { .graph = g,
                                   .llm = &x->w.llm,
                                   .source = &x->w.source,
                                   .in_flight_max = in_flight,
                                   .keep_ms = 1 };
    return graph_drive(&x->t.c, &d);
}

static void an_item_goes_round_until_it_is_stored(void **state)
{
    struct test *x = *state;
    assert_int_equal(drive(x, &graph, 4), ERR_OK);
    assert_true(x->w.stored[0]);
    assert_int_equal(x->w.rounds[0], 2);
    assert_int_equal(x->w.asked[0], 2);
    assert_int_equal(x->w.saves, 2);
    assert_int_equal(x->w.ended, 1);
}

static void answers_come_in_any_order(void **state)
{
    struct test *x = *state;
    x->w.mode = HELD;
    x->w.batch = 8;
    x->w.items = 40;
    assert_int_equal(drive(x, &graph, 8), ERR_OK);
    assert_int_equal(x->w.ended, 40);
    assert_int_equal(x->w.most_in_flight, 8);
    for (int i = 0; i < 40; i++) {
        assert_true(x->w.stored[i]);
        assert_int_equal(x->w.asked[i], 2);
    }
}

static void answers_come_from_other_threads(void **state)
{
    struct test *x = *state;
    x->w.mode = THREADS;
    x->w.items = 200;
    assert_int_equal(drive(x, &graph, 32), ERR_OK);
    assert_int_equal(x->w.ended, 200);
    for (int i = 0; i < 200; i++)
        assert_true(x->w.stored[i]);
}

static const char *bad_at_first(struct world *w, int64_t item, int nth)
{
    (void)w;
    static const char *const bad[] = { "not JSON", "{\"add\":101}", "{}", "{\"add\":99}",
                                       "{\"add\":10,\"add\":11}" };
    return nth <= 2 ? bad[(item + nth) % 5] : "{\"add\":30}";
}
static void an_answer_of_no_use_is_asked_for_again(void **state)
{
    struct test *x = *state;
    x->w.items = 5;
    x->w.say = bad_at_first;
    assert_int_equal(drive(x, &graph, 5), ERR_OK);
    for (int i = 0; i < 5; i++) {
        assert_true(x->w.stored[i]);
        assert_int_equal(x->w.asked[i], 3);
        assert_int_equal(x->w.rounds[i], 1);
    }
}

static const char *mixed(struct world *w, int64_t item, int nth)
{
    if (item == 0)
        return "{\"add\":99}";
    if (item == 1)
        return NULL;
    if (item == 2)
        return "{\"add\":0}";
    return ten(w, item, nth);
}
static void one_that_fails_does_not_stop_the_others(void **state)
{
    struct test *x = *state;
    x->w.items = 6;
    x->w.say = mixed;
    assert_int_equal(drive(x, &graph, 3), ERR_OK);
    assert_int_equal(x->w.ended, 6);
    assert_string_equal(x->w.why[0], "99 is no answer");
    assert_int_equal(x->w.asked[0], 3);
    assert_string_equal(x->w.why[1], "no answer");
    assert_int_equal(x->w.asked[1], 1);
    assert_string_equal(x->w.why[2], "the graph went round too often");
    for (int i = 3; i < 6; i++)
        assert_true(x->w.stored[i]);
    assert_int_equal(x->t.c.fault.kind, ERR_OK);
}

static void a_step_of_our_own_may_fail(void **state)
{
    struct test *x = *state;
    struct state s = { .item = 666, .made_anew = "yes" };
    struct drive v = { .g = &graph };
    struct run r = { .m = { S("666"), &s, LOAD, 0 } };
    walk(&x->t.c, &v, &r);
    assert_true(r.over && r.failed);
    assert_string_equal(r.failure.text, "item 666 cannot be read");
    assert_int_equal(x->t.c.fault.kind, ERR_OK);
}

static void a_call_that_cannot_begin_fails_its_item(void **state)
{
    struct test *x = *state;
    x->w.items = 3;
    x->w.refuse = ERR_UPSTREAM;
    assert_int_equal(drive(x, &graph, 2), ERR_OK);
    assert_int_equal(x->w.ended, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(x->w.why[i], "closed");
}

static const char *slow(struct world *w, int64_t item, int nth)
{
    (void)item, (void)nth;
    struct test *x = (struct test *)((char *)w - offsetof(struct test, w));
    fake_clock_pass(&x->t.time, 600 * 1000);
    return "{\"add\":5}";
}
static void a_run_has_a_time(void **state)
{
    struct test *x = *state;
    struct graph g = graph;
    g.run_max_ms = 1000;
    x->w.say = slow;
    assert_int_equal(drive(x, &g, 1), ERR_OK);
    assert_string_equal(x->w.why[0], "it took too long");
    assert_int_equal(x->w.asked[0], 2);
}

static int64_t rounds_saved(struct test *x)
{
    int64_t n = 0;
    for (int i = 0; i < 6; i++) {
        struct state s = { 0 };
        int node = LOAD, steps = 0;
        if (x->w.saved[i].p)
            assert_int_equal(
                graph_checkpoint_read(&x->t.c, &graph, x->w.saved[i], &s, &node, &steps), ERR_OK);
        n += s.rounds;
    }
    return n;
}

static void die_at_save(struct test *x, int at)
{
    x->w.mode = HELD;
    x->w.batch = 3;
    x->w.items = 6;
    x->w.saves_max = at;
    const err e = drive(x, &graph, 3);
    if (at >= 4) { /* it needs four */
        assert_int_equal(e, ERR_OK);
        assert_int_equal(x->w.saves, 4);
        return;
    }
    assert_int_equal(e, ERR_BUSY);
    fault_clear(&x->t.c);
    const int64_t answered = rounds_saved(x), asked = (int64_t)x->w.n_calls;
    assert_in_range(asked - answered, 1, 3);
    x->w.saves_max = x->w.ended = 0;
    x->w.given = 0;
    x->w.in_flight = x->w.most_in_flight = x->w.n_calls = 0;
    assert_int_equal(drive(x, &graph, 3), ERR_OK);
    assert_int_equal(x->w.n_calls, 12 - answered);
    assert_int_equal(x->w.ended, 6);
    for (int i = 0; i < 6; i++) {
        assert_true(x->w.stored[i]);
        assert_int_equal(x->w.rounds[i], 2);
    }
}

/* Whenever it dies, the next process asks only what no answer was saved for. */
static void a_killed_process_goes_on_where_it_was(void **state)
{
    for (int at = 1; at <= 5; at++) {
        die_at_save(*state, at);
        teardown(state);
        setup(state);
    }
}

static void told_to_stop_it_leaves_what_is_under_way(void **state)
{
    struct test *x = *state;
    x->w.mode = HELD;
    x->w.batch = CALLS_MAX;
    x->w.items = 10;
    x->w.kept_max = 3;
    assert_int_equal(drive(x, &graph, 10), ERR_BUSY);
    assert_int_equal(x->w.ended, 0);
    assert_int_equal(x->w.in_flight, 3);
    for (size_t i = 0; i < x->w.in_flight; i++) /* nobody waits for these */
        answer(&x->w.calls[i]);
}

static void a_checkpoint_is_of_one_graph(void **state)
{
    struct test *x = *state;
    struct ctx *c = &x->t.c;
    struct state s = { .item = 7, .sum = 3, .words = S("\"q\"") }, back;
    struct graph_mark m = { S("7"), &s, STORE, 5 };
    struct graph other = graph;
    struct str text;
    int at = 0, steps = 0;
    assert_int_equal(graph_checkpoint_write(c, &graph, &m, &text), ERR_OK);
    assert_int_equal(graph_checkpoint_read(c, &graph, text, &back, &at, &steps), ERR_OK);
    assert_int_equal(at, STORE);
    assert_int_equal(steps, 5);
    assert_int_equal(back.sum, 3);
    assert_true(str_eq(back.words, s.words));
    m.at = GRAPH_END;
    assert_int_equal(graph_checkpoint_write(c, &graph, &m, &text), ERR_OK);
    assert_int_equal(graph_checkpoint_read(c, &graph, text, &back, &at, &steps), ERR_OK);
    assert_int_equal(at, GRAPH_END);
    other.name = "other";
    assert_int_equal(graph_checkpoint_read(c, &other, text, &back, &at, &steps), ERR_INTERNAL);
    fault_clear(c);
    assert_int_equal(graph_checkpoint_read(c, &graph, S("{\"graph\":\"sum\"}"), &back, &at, &steps),
                     ERR_INTERNAL);
    fault_clear(c);
    assert_int_equal(
        graph_checkpoint_read(c, &graph,
                              S("{\"graph\":\"sum\",\"node\":\"gone\",\"steps\":1,\"state\":{}}"),
                              &back, &at, &steps),
        ERR_INTERNAL);
}

static void limits_of_the_drive(void **state)
{
    struct test *x = *state;
    assert_int_equal(drive(x, &graph, 0), ERR_INTERNAL);
    fault_clear(&x->t.c);
    assert_int_equal(drive(x, &graph, GRAPH_IN_FLIGHT_MAX + 1), ERR_INTERNAL);
    fault_clear(&x->t.c);
    x->w.items = 0;
    assert_int_equal(drive(x, &graph, GRAPH_IN_FLIGHT_MAX), ERR_OK);
    assert_int_equal(x->w.n_calls, 0);
}

#define T(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)
/* A drive that stays: items come from another thread while it waits. */
struct feeder {
    struct world *w;
    struct inbox *in;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    int64_t more; /* items that were handed in */
    bool stop, gone;
};
static struct feeder feeder;

static bool feeder_stays(void *self)
{
    (void)self;
    pthread_mutex_lock(&feeder.lock);
    const bool stays = !feeder.stop;
    pthread_mutex_unlock(&feeder.lock);
    return stays;
}
static void feeder_opened(void *self, struct inbox *in)
{
    (void)self;
    pthread_mutex_lock(&feeder.lock);
    feeder.in = in;
    feeder.gone = !in;
    pthread_cond_broadcast(&feeder.turned);
    pthread_mutex_unlock(&feeder.lock);
}
static err feeder_next(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    pthread_mutex_lock(&feeder.lock);
    feeder.w->items = feeder.more;
    pthread_mutex_unlock(&feeder.lock);
    return next(self, c, ret, ret_more);
}
static err feeder_ended(void *self, struct ctx *c, const struct graph_mark *at,
                        const struct llm_failure *failure)
{
    const err e = ended(self, c, at, failure);
    pthread_mutex_lock(&feeder.lock);
    pthread_cond_broadcast(&feeder.turned);
    pthread_mutex_unlock(&feeder.lock);
    return e;
}
static void *feed(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&feeder.lock);
    while (!feeder.in)
        pthread_cond_wait(&feeder.turned, &feeder.lock);
    for (int i = 0; i < 5; i++) {
        feeder.more++;
        inbox_wake(feeder.in);
        while (feeder.w->ended < feeder.more)
            pthread_cond_wait(&feeder.turned, &feeder.lock);
    }
    feeder.stop = true;
    inbox_wake(feeder.in);
    pthread_mutex_unlock(&feeder.lock);
    return NULL;
}
static void it_waits_for_more(void **state)
{
    struct test *x = *state;
    pthread_t thread;
    feeder = (struct feeder){ .w = &x->w };
    pthread_mutex_init(&feeder.lock, NULL);
    pthread_cond_init(&feeder.turned, NULL);
    x->w.items = 0;
    x->w.source.next = feeder_next;
    x->w.source.ended = feeder_ended;
    x->w.source.stays = feeder_stays;
    x->w.source.opened = feeder_opened;
    const struct graph_drive d = { .graph = &graph,
                                   .llm = &x->w.llm,
                                   .source = &x->w.source,
                                   .in_flight_max = 2,
                                   .keep_ms = 600000 };
    assert_int_equal(pthread_create(&thread, NULL, feed, NULL), 0);
    assert_int_equal(graph_drive(&x->t.c, &d), ERR_OK);
    pthread_join(thread, NULL);
    assert_int_equal(x->w.ended, 5);
    assert_true(feeder.gone);
    for (int i = 0; i < 5; i++)
        assert_true(x->w.stored[i]);
    pthread_mutex_destroy(&feeder.lock);
    pthread_cond_destroy(&feeder.turned);
}

/* Steps of one transaction are left to `ended`, also of a run that begins at them. */
static void a_run_ends_before_its_transaction(void **state)
{
    struct test *x = *state;
    struct graph_node whole[3];
    struct state s = { .sum = 30 };
    struct graph g = graph;
    memcpy(whole, nodes, sizeof(nodes));
    whole[STORE].in_tx = true;
    g.nodes = whole;
    const struct graph_drive d = {
        .graph = &g, .llm = &x->w.llm, .source = &x->w.source, .in_flight_max = 1
    };
    assert_int_equal(graph_drive(&x->t.c, &d), ERR_OK);
    assert_int_equal(x->w.ended, 1);
    assert_false(x->w.stored[0]);
    assert_true(x->w.rounds[0] > 0);
    assert_int_equal(graph_walk(&x->t.c, &g, &s, STORE, 1), ERR_OK);
    assert_true(s.stored);
    assert_int_equal(graph_walk(&x->t.c, &g, &s, ASK, 1), ERR_INTERNAL);
    assert_non_null(strstr(x->t.c.fault.text, "ask asks a model"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_item_goes_round_until_it_is_stored),
        T(answers_come_in_any_order),
        T(answers_come_from_other_threads),
        T(an_answer_of_no_use_is_asked_for_again),
        T(one_that_fails_does_not_stop_the_others),
        T(a_step_of_our_own_may_fail),
        T(a_call_that_cannot_begin_fails_its_item),
        T(a_run_has_a_time),
        T(a_killed_process_goes_on_where_it_was),
        T(told_to_stop_it_leaves_what_is_under_way),
        T(a_checkpoint_is_of_one_graph),
        T(limits_of_the_drive),
        T(it_waits_for_more),
        T(a_run_ends_before_its_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
