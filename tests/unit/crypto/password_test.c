/* Password hashes, imported ones, the line before bcrypt, and the rule for new passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "crypto/password.h"
#include "crypto/password_gate.c"

enum { COST = 4 };

static struct arena *mem;
static struct ctx c;
static struct deps deps;

static int start(void **state)
{
    (void)state;
    mem = arena_open(NULL, 64 << 20);
    deps = (struct deps){ .clock = &clock_system, .random = &random_system };
    ctx_init(&c, mem, &deps, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

static struct str filled(char ch, size_t n)
{
    char *p = arena_array(mem, char, n + 1);
    memset(p, ch, n);
    return (struct str){ p, n };
}

static struct str hash_of(struct str password)
{
    struct str h = { 0 };
    assert_int_equal(password_hash(&c, password, COST, &h), ERR_OK);
    return h;
}

static bool matches(struct str password, struct str stored, bool *ret_upgrade)
{
    bool match = false;
    assert_int_equal(password_check(&c, password, stored, COST, &match, ret_upgrade), ERR_OK);
    return match;
}

static void own_hashes(void **state)
{
    (void)state;
    bool upgrade = true;
    struct str h = hash_of(S("correct horse")), again = hash_of(S("correct horse"));
    assert_true(str_starts(h, S("{sha384-b64}$2b$04$")));
    assert_int_equal(h.n, 72);
    assert_false(str_eq(h, again)); /* salted */
    assert_true(matches(S("correct horse"), h, &upgrade));
    assert_false(upgrade);
    assert_false(matches(S("correct horsE"), h, &upgrade));
    assert_false(matches(S(""), h, &upgrade));
    assert_false(matches((struct str){ 0 }, h, &upgrade));
}

/* What other implementations would make of it: bcrypt of base64(SHA-384("correct horse")). */
static void known_answer(void **state)
{
    (void)state;
    bool upgrade;
    assert_true(matches(
        S("correct horse"),
        S("{sha384-b64}$2b$04$abcdefghijklmnopqrstuu2cvN3vpKTGHdn2A2./l4/E/C.WBrZHC"), &upgrade));
    assert_false(upgrade);
    /* The pre-hash itself is not a password. */
    assert_false(matches(
        S("ArIKby67E2Cppg9M+QhXNj7UGcAisSFWfOX5HG45Zk+3j9YCNMSli1v8cUWumDKS"),
        S("{sha384-b64}$2b$04$abcdefghijklmnopqrstuu2cvN3vpKTGHdn2A2./l4/E/C.WBrZHC"), &upgrade));
}

static void nothing_is_cut(void **state)
{
    (void)state;
    bool upgrade;
    struct str h73 = hash_of(filled('a', 73)), h72 = hash_of(filled('a', 72));
    assert_true(matches(filled('a', 73), h73, &upgrade));
    assert_false(matches(filled('a', 72), h73, &upgrade));
    assert_false(matches(filled('a', 73), h72, &upgrade));
    struct str with_nul = { "pass\0word", 9 };
    assert_false(matches(with_nul, hash_of(S("pass")), &upgrade));
    assert_true(matches(with_nul, hash_of(with_nul), &upgrade));
    assert_false(matches(S("pass"), hash_of(with_nul), &upgrade));
    struct str huge = filled('x', 1 << 20);
    assert_true(matches(huge, hash_of(huge), &upgrade));
    assert_false(matches(str_sub(huge, 1, huge.n), hash_of(huge), &upgrade));
}

/* Made by libxcrypt and Python's bcrypt from the password itself. */
static void imported_hashes(void **state)
{
    (void)state;
    bool upgrade = false;
    struct str stored = S("$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e");
    assert_true(matches(S("correct horse"), stored, &upgrade));
    assert_true(upgrade);
    upgrade = true;
    assert_false(matches(S("correct horsf"), stored, &upgrade));
    assert_false(upgrade);
    struct str as_2y = str_fmt(mem, "$2y%.*s", STR_ARG(str_sub(stored, 3, 60)));
    assert_true(matches(S("correct horse"), as_2y, &upgrade));
    assert_true(upgrade);
    struct str nul = { "correct horse\0", 14 };
    assert_false(matches(nul, stored, &upgrade));
    struct str long_stored =
        S("$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe"); /* of 72 times 'a' */
    assert_true(matches(filled('a', 72), long_stored, &upgrade));
    assert_false(matches(filled('a', 73), long_stored, &upgrade));
}

static void lower_cost_is_upgraded(void **state)
{
    (void)state;
    struct str h = hash_of(S("correct horse"));
    bool match = false, upgrade = false;
    assert_int_equal(password_check(&c, S("correct horse"), h, COST + 1, &match, &upgrade), ERR_OK);
    assert_true(match && upgrade);
    assert_int_equal(password_check(&c, S("wrong"), h, COST + 1, &match, &upgrade), ERR_OK);
    assert_false(match || upgrade);
}

static void unusable_hashes_match_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "!",
        "*0",
        "secret",
        "{sha384-b64}",
        "$2b$31$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$2b$16$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$2b$03$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$2b$+4$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$2x$04$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$6$04$$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
        "$2b$04$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eX:",
        "$2b$04$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXix",
        "{SHA384-B64}$2b$04$abcdefghijklmnopqrstuuW9bQvBgV9QJkXz0yZ0Yk2eN0xUo2eXi",
    };
    bool upgrade = true;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(matches(S(""), str_of(bad[i]), &upgrade));
        assert_false(upgrade);
        assert_false(matches(str_of(bad[i]), str_of(bad[i]), &upgrade));
    }
    assert_false(matches(S("correct horse"), (struct str){ 0 }, &upgrade));
}

/* Processor time of all threads: what others do on the machine does not count. */
static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The work without a stored hash is that of the cost asked for: four steps up is sixteen times. */
static void unknown_users_cost_the_same(void **state)
{
    (void)state;
    const int high = COST + 4;
    int64_t took_us[2];
    struct str h = { 0 };
    bool match, upgrade;
    assert_int_equal(password_hash(&c, S("correct horse"), high, &h), ERR_OK);
    const struct str stored[2] = { h, { 0 } };
    for (int i = 0; i < 2; i++) {
        took_us[i] = INT64_MAX;
        for (int round = 0; round < 5; round++) {
            int64_t began = cpu_us();
            assert_int_equal(password_check(&c, S("wrong"), stored[i], high, &match, &upgrade),
                             ERR_OK);
            int64_t took = cpu_us() - began;
            took_us[i] = took < took_us[i] ? took : took_us[i];
        }
    }
    assert_true(took_us[1] > took_us[0] / 4 && took_us[1] < took_us[0] * 4);
}

static void cost_out_of_range(void **state)
{
    (void)state;
    struct str h = S("untouched");
    bool match = true, upgrade;
    assert_int_equal(password_hash(&c, S("x"), 3, &h), ERR_INTERNAL);
    assert_int_equal(password_hash(&c, S("x"), 16, &h), ERR_INTERNAL);
    assert_int_equal(password_check(&c, S("x"), h, 31, &match, &upgrade), ERR_INTERNAL);
    assert_true(match);
    assert_true(str_eq(h, S("untouched")));
    fault_clear(&c);
}

static void take_all_places(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.places = 1;
    assert_int_equal(gate.taken, 0);
    gate.taken = 1;
    pthread_mutex_unlock(&gate.lock);
}

static void line_ends_at_the_deadline(void **state)
{
    (void)state;
    struct ctx hurried;
    struct str h = S("untouched");
    take_all_places();
    ctx_init(&hurried, mem, &deps, 50000);
    int64_t began = clock_system.mono_us(NULL);
    assert_int_equal(password_hash(&hurried, S("x"), COST, &h), ERR_BUSY);
    int64_t took = clock_system.mono_us(NULL) - began;
    assert_true(took >= 40000 && took < 10000000);
    assert_string_equal(hurried.fault.text, "password checks are queued up");
    assert_true(hurried.fault.retry_after_s >= 1);
    assert_true(str_eq(h, S("untouched")));
    assert_int_equal(gate.waiting, 0);
    assert_null(gate.first);
    assert_null(gate.last);
    gate_leave();
    assert_int_equal(gate.taken, 0);
    struct ctx late;
    ctx_init(&late, mem, &deps, 1);
    while (ctx_left_us(&late) > 0)
        sched_yield();
    assert_int_equal(password_hash(&late, S("x"), COST, &h), ERR_BUSY);
    assert_int_equal(gate.taken, 0);
}

enum { CALLERS = 6 };
static size_t order[CALLERS], ended;
static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;

struct caller {
    size_t i;
    err e;
    bool match;
};

static void *caller_run(void *arg)
{
    struct caller *me = arg;
    struct arena *own = arena_open(NULL, 1 << 20);
    struct ctx ctx;
    uint32_t retry_s;
    ctx_init(&ctx, own, &deps, 60000000);
    if (!gate_enter(&ctx, &retry_s)) {
        me->e = ERR_BUSY;
    } else {
        pthread_mutex_lock(&order_lock);
        order[ended++] = me->i;
        pthread_mutex_unlock(&order_lock);
        gate_leave();
    }
    arena_close(own);
    return NULL;
}

static size_t waiting_now(void)
{
    pthread_mutex_lock(&gate.lock);
    size_t n = gate.waiting;
    pthread_mutex_unlock(&gate.lock);
    return n;
}

static void line_is_first_come_first_served(void **state)
{
    (void)state;
    pthread_t thread[CALLERS];
    struct caller caller[CALLERS] = { 0 };
    take_all_places();
    for (size_t i = 0; i < CALLERS; i++) {
        caller[i].i = i;
        assert_int_equal(pthread_create(&thread[i], NULL, caller_run, &caller[i]), 0);
        while (waiting_now() != i + 1)
            sched_yield();
    }
    gate_leave();
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(caller[i].e, ERR_OK);
        assert_int_equal(order[i], i);
    }
    assert_int_equal(gate.taken, 0);
    assert_int_equal(gate.waiting, 0);
}

static void full_line_refuses_at_once(void **state)
{
    (void)state;
    struct str h;
    take_all_places();
    gate.waiting = LINE_MAX;
    int64_t began = clock_system.mono_us(NULL);
    fault_clear(&c);
    assert_int_equal(password_hash(&c, S("x"), COST, &h), ERR_BUSY);
    assert_true(clock_system.mono_us(NULL) - began < 5000000);
    assert_true(c.fault.retry_after_s > 20);
    gate.waiting = 0;
    gate_leave();
    fault_clear(&c);
}

static void *checker_run(void *arg)
{
    struct caller *me = arg;
    struct arena *own = arena_open(NULL, 1 << 20);
    struct ctx ctx;
    struct str h;
    bool upgrade;
    ctx_init(&ctx, own, &deps, 60000000);
    struct str password = str_fmt(own, "password of %zu", me->i);
    me->e = password_hash(&ctx, password, COST, &h);
    if (me->e == ERR_OK)
        me->e = password_check(&ctx, password, h, COST, &me->match, &upgrade);
    arena_close(own);
    return NULL;
}

static void many_at_once(void **state)
{
    (void)state;
    pthread_t thread[CALLERS];
    struct caller caller[CALLERS] = { 0 };
    for (size_t i = 0; i < CALLERS; i++) {
        caller[i].i = i;
        assert_int_equal(pthread_create(&thread[i], NULL, checker_run, &caller[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(caller[i].e, ERR_OK);
        assert_true(caller[i].match);
    }
}

static void assert_rule(const char *password, const char *username, const char *reason)
{
    fault_clear(&c);
    err e = password_acceptable(&c, str_of(password), str_of(username));
    if (!reason) {
        if (e != ERR_OK)
            fail_msg("refused: %s (%s)", password, c.fault.text);
        return;
    }
    if (e != ERR_INVALID)
        fail_msg("accepted: %s", password);
    assert_int_equal(c.fault.n_issues, 1);
    const struct issue *issue = &c.fault.issues[0];
    assert_true(str_eq(issue->type, S("value_error")));
    assert_true(str_eq(issue->loc, S("[\"body\",\"password\"]")));
    assert_true(str_eq(issue->input, S("\"**********\"")));
    struct str want = str_fmt(mem, "{\"reason\":\"%s\"}", reason);
    if (!str_eq(issue->ctx, want))
        fail_msg("%s: %.*s", password, STR_ARG(issue->ctx));
    assert_true(issue->msg.n > 0);
}

static void rule_of_length(void **state)
{
    (void)state;
    assert_rule("", "anna", "too_short");
    assert_rule("Xk7!pq2", "anna", "too_short");
    assert_rule("Xk7!pq2w", "anna", NULL);
    assert_rule("\xc3\xa9\xc3\xa8\xc3\xaa\xc3\xab", "anna", "too_short"); /* 4 points, 8 bytes */
    assert_rule("\xf0\x9f\x8c\x8a\xf0\x9f\x8c\x8b\xf0\x9f\x8c\x8c\xf0\x9f\x8c\x8d"
                "\xf0\x9f\x8c\x8e\xf0\x9f\x8c\x8f\xf0\x9f\x8c\x90\xf0\x9f\x8c\x91",
                "anna", NULL);
    assert_rule("abcdefg\xff", "anna", "encoding");
    struct buf b;
    buf_init(&b, mem, 2000);
    for (int i = 0; i < 256; i++)
        buf_lit(&b, "\xf0\x9f\x8c\x8a");
    buf_c(&b, 0);
    assert_rule(b.p, "anna", NULL);
    b.n--;
    buf_lit(&b, "x\0");
    assert_rule(b.p, "anna", "too_long");
    struct str nul = { "Xk7\0!pq2w", 9 };
    fault_clear(&c);
    assert_int_equal(password_acceptable(&c, nul, S("anna")), ERR_OK);
}

static void rule_of_common_words(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "password",   "PassWord",     "password123", "password!!!", "12345678",   "1234567890",
        "qwertyuiop", "iloveyou2026", "Dragon2024!", "!!monkey77",  "letmein123", "trustno1",
        "11111111",   "p@ssw0rd",     "P@SSW0RD99",  "changeme!",   "sunshine7",  "admin1234",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_rule(bad[i], "anna", "common");
    assert_rule("purple-dragon-kettle", "anna", NULL);
    assert_rule("my password is long", "anna", NULL);
    assert_rule("83749-20183-55", "anna", NULL);
}

static void rule_of_context(void **state)
{
    (void)state;
    assert_rule("enigma2026", "anna", "context");
    assert_rule("Enigma!!", "anna", "context");
    assert_rule("2026-ENIGMA-1", "anna", "context");
    assert_rule("e.n.i.g.m.a", "anna", "context");
    assert_rule("EnigmaAdmissions1", "anna", "context");
    assert_rule("university", "anna", "context");
    assert_rule("admissions", "anna", "context");
    assert_rule("anna.zoe1", "annazoe", "context");
    assert_rule("AnnaZoe!1234", "anna.zoe", "context");
    assert_rule("annaanna", "anna", "context");
    assert_rule("a.meyer-2026", "a.meyer@uni.example", "context");
    assert_rule("x20264711", "20264711", NULL);
    assert_rule("20264711-1", "20264711", "context");
    assert_rule("enigmatic-otter", "anna", NULL);
    assert_rule("annapurna-ridge", "anna", NULL);
    assert_rule("Xk7!pq2w", "", NULL);
    assert_rule("Xk7!pq2w", NULL, NULL);
    char *name = str_z(mem, filled('n', 5000)); /* a name beyond any limit is merely cut */
    assert_rule("Xk7!pq2w", name, NULL);
}

/* The search needs the order. */
static void list_is_sorted_and_lower(void **state)
{
    (void)state;
    assert_true(password_list_n > 3000);
    for (size_t i = 0; i < password_list_n; i++) {
        const char *word = password_list[i];
        assert_true(i == 0 || strcmp(password_list[i - 1], word) < 0);
        for (; *word; word++)
            assert_true(*word > ' ' && *word <= '~' && !(*word >= 'A' && *word <= 'Z'));
    }
}

/* What does not match takes the rounds of the cost asked for, whatever is stored. */
static void no_match_takes_as_long(void **state)
{
    (void)state;
    struct str stored;
    bool match = true, upgrade = true;
    assert_int_equal(password_hash(&c, S("the right one"), COST, &stored), ERR_OK);
    static const struct {
        int over, hashes; /* of the cost, COST itself and then each in between */
    } want[] = { { 0, 1 }, { 1, 2 }, { 3, 4 } };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        int64_t before = password_hashes();
        assert_int_equal(
            password_check(&c, S("a wrong one"), stored, COST + want[i].over, &match, &upgrade),
            ERR_OK);
        assert_false(match);
        assert_int_equal(password_hashes() - before, want[i].hashes);
        before = password_hashes();
        assert_int_equal(password_check(&c, S("a wrong one"), (struct str){ 0 },
                                        COST + want[i].over, &match, &upgrade),
                         ERR_OK);
        assert_int_equal(password_hashes() - before, 1);
        assert_int_equal(
            password_check(&c, S("the right one"), stored, COST + want[i].over, &match, &upgrade),
            ERR_OK);
        assert_true(match && upgrade == (want[i].over > 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_hashes),
        cmocka_unit_test(known_answer),
        cmocka_unit_test(nothing_is_cut),
        cmocka_unit_test(imported_hashes),
        cmocka_unit_test(lower_cost_is_upgraded),
        cmocka_unit_test(unusable_hashes_match_nothing),
        cmocka_unit_test(unknown_users_cost_the_same),
        cmocka_unit_test(cost_out_of_range),
        cmocka_unit_test(line_ends_at_the_deadline),
        cmocka_unit_test(line_is_first_come_first_served),
        cmocka_unit_test(full_line_refuses_at_once),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(rule_of_length),
        cmocka_unit_test(rule_of_common_words),
        cmocka_unit_test(rule_of_context),
        cmocka_unit_test(list_is_sorted_and_lower),
        cmocka_unit_test(no_match_takes_as_long),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
