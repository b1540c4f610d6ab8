/* Signing in where many do at once: a state is used once, a newcomer becomes one account, and the
 * provider is asked once for all who wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>

#include "service/signin.h"
#include "support/test_cycle.h"
#include "support/test_idp.h"

enum { MANY = 8 };

struct house {
    struct test_db db;
    struct keyring keys;
    struct settings settings;
    struct test_idp idp;
};

static int open_house(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    struct ctx *c = test_db_open(&h->db);
    test_keys_make(c, &h->keys);
    h->settings = (struct settings){ .student_session_hours = 8,
                                     .student_idle_minutes = 60,
                                     .audit_pending = test_sequencer_always() };
    h->db.deps.keys = &h->keys;
    h->db.deps.settings = &h->settings;
    test_idp_open(&h->idp, &h->db.deps);
    c = test_db_next(&h->db);
    test_db_must(c, audit_init(c), "audit_init");
    *state = h;
    return 0;
}

static int close_house(void **state)
{
    struct house *h = *state;
    test_idp_close(&h->idp);
    test_db_close(&h->db);
    free(h);
    return 0;
}

static int64_t count(struct house *h, const char *sql)
{
    return test_count(test_db_next(&h->db), sql, S(""), S(""));
}

/* One sign-in on a thread of its own. */
struct person {
    struct house *h;
    pthread_barrier_t *at_once;
    const char *sub;
    char state[128], code[256], browser[64]; /* set: the start has been made */
    err e;
    char why[FAULT_TEXT_MAX], student[ID_MAX + 1];
};

static void begin(struct person *p)
{
    struct arena *mem = arena_open(NULL, 4 << 20);
    struct ctx c;
    struct signin_begun b;
    struct str browser;
    ctx_init(&c, mem, &p->h->db.deps, 0);
    test_db_must(&c, signin_start_plain(&c, (struct str){ 0 }, &b, &browser), "start");
    snprintf(p->state, sizeof(p->state), "%.*s", STR_ARG(b.state));
    snprintf(p->browser, sizeof(p->browser), "%.*s", STR_ARG(browser));
    snprintf(p->code, sizeof(p->code), "%.*s",
             STR_ARG(test_idp_code(&c, b.authorization_url, p->sub)));
    arena_close(mem);
}

static void *finish(void *arg)
{
    struct person *p = arg;
    struct arena *mem = arena_open(NULL, 16 << 20);
    struct ctx c;
    struct signin_session s;
    ctx_init(&c, mem, &p->h->db.deps, 0);
    const struct signin_answer a = { .code = str_of(p->code), .state = str_of(p->state) };
    pthread_barrier_wait(p->at_once);
    p->e = signin_finish_plain(&c, &a, str_of(p->browser), S("test"), &s);
    if (p->e == ERR_OK)
        snprintf(p->student, sizeof(p->student), "%.*s", STR_ARG(s.student.student_id));
    snprintf(p->why, sizeof(p->why), "%s", c.fault.text);
    arena_close(mem);
    return NULL;
}

static int all_finish(struct person *people, int n)
{
    pthread_t threads[MANY];
    pthread_barrier_t at_once;
    int good = 0;
    pthread_barrier_init(&at_once, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        people[i].at_once = &at_once;
        if (pthread_create(&threads[i], NULL, finish, &people[i]) != 0)
            abort();
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        good += people[i].e == ERR_OK;
    }
    pthread_barrier_destroy(&at_once);
    return good;
}

static void a_state_is_used_once(void **state)
{
    struct house *h = *state;
    struct person people[MANY] = { { .h = h, .sub = "pat" } };
    begin(&people[0]);
    for (int i = 1; i < MANY; i++)
        people[i] = people[0];
    assert_int_equal(all_finish(people, MANY), 1);
    for (int i = 0; i < MANY; i++)
        if (people[i].e != ERR_OK && people[i].e != ERR_BAD_REQUEST)
            fail_msg("%s", people[i].why);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_accounts"), 1);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_sessions"), 1);
}

static void a_newcomer_becomes_one_account(void **state)
{
    struct house *h = *state;
    struct person people[MANY];
    for (int i = 0; i < MANY; i++) {
        people[i] = (struct person){ .h = h, .sub = "pat" };
        begin(&people[i]);
    }
    const int good = all_finish(people, MANY);
    for (int i = 0; i < MANY; i++)
        if (people[i].e != ERR_OK)
            print_error("%s\n", people[i].why);
    assert_int_equal(good, MANY);
    for (int i = 1; i < MANY; i++)
        assert_string_equal(people[i].student, people[0].student);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_accounts"), 1);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM oauth_identities"), 1);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_sessions"), MANY);
}

static void many_people_become_many_accounts(void **state)
{
    static const char *const subs[MANY] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    struct house *h = *state;
    struct person people[MANY];
    for (int i = 0; i < MANY; i++) {
        people[i] = (struct person){ .h = h, .sub = subs[i] };
        begin(&people[i]);
    }
    assert_int_equal(all_finish(people, MANY), MANY);
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_accounts"), MANY);
    /* Discovery, keys, and a token for each. */
    assert_int_equal(h->idp.asked, 2 + MANY);
}

static void fail_slowly(struct test_idp *p, struct str url, struct client_reply *io)
{
    (void)p;
    if (!str_ends(url, S("/openid-configuration")))
        return;
    usleep(50000); /* so that others are likely to come while one asks */
    io->status = 500;
}

static void *start(void *arg)
{
    struct person *p = arg;
    struct arena *mem = arena_open(NULL, 4 << 20);
    struct ctx c;
    struct signin_begun b;
    struct str browser;
    ctx_init(&c, mem, &p->h->db.deps, 0);
    p->e = signin_start_plain(&c, (struct str){ 0 }, &b, &browser);
    arena_close(mem);
    return NULL;
}

/* Whoever waits while one asks shares the failure; nobody is told it went well. */
static void a_provider_that_fails_fails_all(void **state)
{
    struct house *h = *state;
    struct person people[MANY];
    pthread_t threads[MANY];
    h->idp.lie = fail_slowly;
    for (int i = 0; i < MANY; i++) {
        people[i] = (struct person){ .h = h };
        if (pthread_create(&threads[i], NULL, start, &people[i]) != 0)
            abort();
    }
    for (int i = 0; i < MANY; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(people[i].e, ERR_UPSTREAM);
    }
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM student_auth_states"), 0);
    h->idp.lie = NULL;
    struct person p = { .h = h };
    (void)start(&p);
    assert_int_equal(p.e, ERR_OK); /* the next one asks anew */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_state_is_used_once, open_house, close_house),
        cmocka_unit_test_setup_teardown(a_newcomer_becomes_one_account, open_house, close_house),
        cmocka_unit_test_setup_teardown(many_people_become_many_accounts, open_house, close_house),
        cmocka_unit_test_setup_teardown(a_provider_that_fails_fails_all, open_house, close_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
