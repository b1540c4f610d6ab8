/* Accounts: who gets in, who waits, who is out again, and what is written down about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/jwt.h"
#include "service/account.h"
#include "service/account_inner.h"
#include "service/audit_verify.h"
#include "service/throttle.h"
#include "service/touch.h"
#include "support/test_cycle.h"
#include "support/test_raw.h"

#define PASSWORD "correct horse staple"
#define MINUTE   INT64_C(60000000)

static struct {
    int64_t wall, mono;
} now;
static int64_t wall_now(void *self)
{
    (void)self;
    return now.wall;
}
static int64_t mono_now(void *self)
{
    (void)self;
    return now.mono;
}
static void pass(int64_t us)
{
    now.wall += us;
    now.mono += us;
}

struct house {
    struct test_db db;
    struct keyring keys;
    struct settings settings;
    struct clock_port clock;
    struct admin_me ada;
    struct arena *keep;
};

static struct ctx *next_from(struct house *h, const char *remote)
{
    struct ctx *c = test_db_next(&h->db);
    c->remote = str_of(remote);
    return c;
}
static struct ctx *next(struct house *h)
{
    return next_from(h, "192.0.2.7");
}

static void keep_me(struct house *h, const struct admin_me *me)
{
    h->ada = *me;
    h->ada.admin_id = str_keep(h->keep, me->admin_id);
    h->ada.username = str_keep(h->keep, me->username);
    h->ada.email = str_keep(h->keep, me->email);
}

static err make_admin(struct house *h, const char *name, const char *email, int32_t role)
{
    struct ctx *c = next(h);
    const struct admin_new n = { str_of(name), str_of(email), S(PASSWORD), role };
    struct admin_me me;
    err e = admin_create(c, &n, &me);
    if (e == ERR_OK && str_eq(me.username, S("Ada.L")))
        keep_me(h, &me);
    return e;
}

static int open_house(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    now.wall = INT64_C(1770091506000000);
    now.mono = 1000000;
    throttle_reset();
    touch_reset();
    struct ctx *c = test_db_open(&h->db);
    h->keep = arena_open(NULL, 1 << 20);
    test_keys_make(c, &h->keys);
    memcpy(h->keys.jwt_secret, "0123456789abcdef0123456789abcdef", 32);
    h->keys.jwt_secret_n = 32;
    h->settings = (struct settings){
        .admin_token_hours = 24,
        .student_session_hours = 8,
        .admin_idle_minutes = 30,
        .student_idle_minutes = 60,
        .bcrypt_cost = 4,
        .login_failures_account = 5,
        .login_failures_address = 20,
        .login_window_minutes = 15,
        .demo = true,
    };
    h->clock = (struct clock_port){ .now_us = wall_now, .mono_us = mono_now };
    h->db.deps.keys = &h->keys;
    h->db.deps.settings = &h->settings;
    h->db.deps.clock = &h->clock;
    *state = h;
    return 0;
}

static int open_with_admin(void **state)
{
    open_house(state);
    struct house *h = *state;
    test_db_must(&h->db.c, make_admin(h, "Ada.L", "Ada@Example.org", ADMIN_ROLE_ADMIN), "admin");
    return 0;
}

static int close_house(void **state)
{
    struct house *h = *state;
    test_db_close(&h->db);
    arena_close(h->keep);
    free(h);
    return 0;
}

static err login_from(struct house *h, const char *remote, const char *name, const char *password,
                      struct str *ret_token)
{
    struct ctx *c = next_from(h, remote);
    const struct admin_login_request q = { .username = str_of(name), .password = str_of(password) };
    struct admin_login_reply r;
    err e = admin_login(c, &q, S("test agent"), &r);
    if (e == ERR_OK && ret_token)
        *ret_token = str_keep(h->keep, r.token);
    return e;
}
static err login(struct house *h, const char *name, const char *password, struct str *ret_token)
{
    return login_from(h, "192.0.2.7", name, password, ret_token);
}

static err enter(struct house *h, struct str token, const struct principal **ret)
{
    return admin_authenticate(next(h), token, ret);
}

/* ---- signing in ---- */

static void test_login(void **state)
{
    struct house *h = *state;
    struct ctx *c = next(h);
    const struct admin_login_request q = { .username = S("ADA.l"), .password = S(PASSWORD) };
    struct admin_login_reply r;
    test_db_must(c, admin_login(c, &q, S("agent"), &r), "login");
    assert_true(r.success);
    assert_true(str_eq(r.email, S("ada@example.org")));
    assert_int_equal(r.role, ADMIN_ROLE_ADMIN);
    assert_int_equal(r.expires_at, now.wall / 1000000 * 1000000 + 24 * 60 * MINUTE);
    struct jwt_claims claims;
    const struct str secret = { (const char *)h->keys.jwt_secret, h->keys.jwt_secret_n };
    test_db_must(c, jwt_verify(c, secret, r.token, &claims), "claims");
    assert_true(str_eq(claims.admin_id, r.admin_id) && str_eq(claims.sub, r.admin_id));
    assert_true(str_eq(claims.type, S("admin_access")) && str_eq(claims.iss, S("enigma")));
    assert_true(str_eq(claims.role, S("admin")) && str_starts(claims.jti, S("SES_")));
    struct str token = str_keep(h->keep, r.token);
    const struct principal *who = NULL;
    test_db_must(c, enter(h, token, &who), "authenticate");
    assert_true(str_eq(who->id, h->ada.admin_id));
    assert_int_equal(who->roles, ROLE_ADMIN);
    c = next(h);
    c->who = who;
    struct admin_me me;
    struct principal kept = { .id = h->ada.admin_id, .roles = ROLE_ADMIN };
    c->who = &kept;
    test_db_must(c, admin_me(c, &me), "me");
    assert_true(str_eq(me.username, S("Ada.L")));
    assert_int_equal(test_acts(c, "admin.login"), 1);
}

/* The token, the password and the secret are nowhere in the files. */
static bool file_holds(const char *path, struct str what)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *all = malloc(n + 1);
    assert_int_equal(fread(all, 1, n, f), n);
    fclose(f);
    bool hit = memmem(all, n, what.p, what.n) != NULL;
    free(all);
    return hit;
}

/* All that a server's database holds, as its own printer shows it. */
static bool server_holds(const char *name, struct str what)
{
    enum { DUMP_MAX = 4 << 20 };
    const char *dump = "SELECT convert_to(CAST(database_to_xml(TRUE, FALSE, '') AS TEXT), 'UTF8')"
                       " WHERE CAST($1 AS BIGINT) = 0";
    char *all = malloc(DUMP_MAX);
    size_t n = 0;
    struct raw *db = raw_open(NULL, name);
    assert_true(raw_bytes(db, dump, 0, all, DUMP_MAX, &n));
    raw_close(db);
    const bool hit = memmem(all, n, what.p, what.n) != NULL;
    free(all);
    return hit;
}

static bool stored(const struct house *h, struct str what)
{
    char wal[128];
    if (test_server_on())
        return server_holds(h->db.name, what);
    snprintf(wal, sizeof(wal), "%s-wal", h->db.path);
    return file_holds(h->db.path, what) || file_holds(wal, what);
}

static void test_nothing_in_clear(void **state)
{
    struct house *h = *state;
    struct str token = { 0 };
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    assert_false(stored(h, token));
    assert_false(stored(h, S(PASSWORD)));
    assert_true(stored(h, S("Ada.L")));
}

static void expect_refusal(struct house *h, const char *name, const char *password)
{
    assert_int_equal(login(h, name, password, NULL), ERR_UNAUTHENTICATED);
    assert_string_equal(h->db.c.fault.text, "Invalid credentials");
}

static void test_refusals_look_alike(void **state)
{
    struct house *h = *state;
    static char long_one[1 << 20];
    expect_refusal(h, "Ada.L", "wrong");
    expect_refusal(h, "nobody", PASSWORD);
    expect_refusal(h, "", "");
    memset(long_one, 'x', sizeof(long_one) - 1);
    expect_refusal(h, "Ada.L", long_one);
    test_exec(next(h), "UPDATE admin_users SET is_active = FALSE WHERE admin_id = :a",
              h->ada.admin_id, S(""));
    expect_refusal(h, "Ada.L", PASSWORD);
    /* refusals are not driven into the tamper-evident log */
    assert_int_equal(test_acts(next(h), "admin.login"), 0);
}

/* A hash is made whoever asks: at a cost where one takes far longer than all the rest. */
static int64_t took_us(struct house *h, const char *name)
{
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    assert_int_equal(login(h, name, "wrong password", NULL), ERR_UNAUTHENTICATED);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    return (b.tv_sec - a.tv_sec) * INT64_C(1000000) + (b.tv_nsec - a.tv_nsec) / 1000;
}

static void test_unknown_takes_as_long(void **state)
{
    struct house *h = *state;
    h->settings.bcrypt_cost = 10;
    test_db_must(&h->db.c, make_admin(h, "grace", "grace@example.org", ADMIN_ROLE_ADMIN), "admin");
    int64_t known = took_us(h, "grace"), unknown = took_us(h, "nobody");
    assert_true(known > 5000);
    assert_true(unknown * 2 > known && unknown < known * 2);
}

/* ---- throttles ---- */

static void test_throttle_account(void **state)
{
    struct house *h = *state;
    for (int i = 0; i < 5; i++)
        expect_refusal(h, "Ada.L", "wrong");
    for (int i = 0; i < 25; i++) {
        assert_int_equal(login(h, "ada.l", "wrong", NULL), ERR_THROTTLED);
        assert_in_range(h->db.c.fault.retry_after_s, 899, 900);
    }
    assert_int_equal(login(h, "Ada.L", PASSWORD, NULL), ERR_THROTTLED); /* the right one waits */
    assert_int_equal(login_from(h, "198.51.100.1", "Ada.L", PASSWORD, NULL), ERR_THROTTLED);
    test_db_must(&h->db.c, make_admin(h, "grace", "grace@example.org", ADMIN_ROLE_ADMIN), "admin");
    test_db_must(&h->db.c, login_from(h, "198.51.100.1", "grace", PASSWORD, NULL), "other account");
    pass(15 * MINUTE - 1000000);
    assert_int_equal(login(h, "Ada.L", PASSWORD, NULL), ERR_THROTTLED);
    pass(2000000);
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, NULL), "after the window");
}

static void test_throttle_address(void **state)
{
    struct house *h = *state;
    char name[32];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "nobody%d", i);
        assert_int_equal(login_from(h, "2001:db8:1:2::5", name, "x", NULL), ERR_UNAUTHENTICATED);
    }
    /* the same /64, and a v4 address that is not in it */
    assert_int_equal(login_from(h, "2001:db8:1:2:ffff::9", "Ada.L", PASSWORD, NULL), ERR_THROTTLED);
    test_db_must(&h->db.c, login_from(h, "2001:db8:1:3::5", "Ada.L", PASSWORD, NULL), "other /64");
}

/* Strangers elsewhere cannot lock out who has signed in from here before. */
static void test_no_lockout_of_the_owner(void **state)
{
    struct house *h = *state;
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, NULL), "login");
    for (int i = 0; i < 5; i++)
        assert_int_equal(login_from(h, "203.0.113.9", "Ada.L", "x", NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(login_from(h, "203.0.113.9", "Ada.L", PASSWORD, NULL), ERR_THROTTLED);
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, NULL), "owner");
    for (int i = 0; i < 5; i++)
        assert_int_equal(login(h, "Ada.L", "x", NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(login(h, "Ada.L", PASSWORD, NULL), ERR_THROTTLED);
}

/* Throttled tries cost no hash. */
static void test_throttled_is_cheap(void **state)
{
    struct house *h = *state;
    for (int i = 0; i < 5; i++)
        expect_refusal(h, "Ada.L", "wrong");
    h->settings.bcrypt_cost = 31; /* out of range for us: 12 would be taken, 0.2 s each */
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (int i = 0; i < 20; i++)
        assert_int_equal(login(h, "Ada.L", "wrong", NULL), ERR_THROTTLED);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    assert_true(b.tv_sec - a.tv_sec <= 1);
}

/* ---- tokens ---- */

static void expect_out(struct house *h, struct str token)
{
    const struct principal *who = NULL;
    assert_int_equal(enter(h, token, &who), ERR_UNAUTHENTICATED);
    assert_null(who);
}

static void test_logout(void **state)
{
    struct house *h = *state;
    struct str one = { 0 }, two = { 0 };
    const struct principal *who = NULL;
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &one), "login");
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &two), "login");
    assert_false(str_eq(one, two));
    test_db_must(&h->db.c, enter(h, one, &who), "enter");
    h->db.c.who = who;
    test_db_must(&h->db.c, admin_logout(&h->db.c), "logout");
    expect_out(h, one);
    test_db_must(&h->db.c, enter(h, two, &who), "the other login stays");
    assert_int_equal(test_acts(next(h), "admin.logout"), 1);
}

static void test_idle_and_absolute(void **state)
{
    struct house *h = *state;
    struct str token = { 0 };
    const struct principal *who = NULL;
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    for (int i = 0; i < 3; i++) {
        pass(29 * MINUTE);
        test_db_must(&h->db.c, enter(h, token, &who), "kept awake");
    }
    pass(31 * MINUTE);
    expect_out(h, token);
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    for (int i = 0; i < 24 * 60 / 29; i++) {
        pass(29 * MINUTE);
        test_db_must(&h->db.c, enter(h, token, &who), "kept awake");
    }
    pass(29 * MINUTE); /* 24 hours are over, though never idle */
    expect_out(h, token);
}

/* last_active_at moves at most once a minute. */
static void test_touch(void **state)
{
    struct house *h = *state;
    struct str token = { 0 };
    const struct principal *who = NULL;
    static const char sql[] = "SELECT COUNT(*) AS n FROM admin_sessions WHERE last_active_at ="
                              " created_at";
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    pass(MINUTE / 2);
    test_db_must(&h->db.c, enter(h, token, &who), "enter");
    assert_int_equal(test_count(next(h), sql, S(""), S("")), 1);
    pass(MINUTE);
    test_db_must(&h->db.c, enter(h, token, &who), "enter");
    assert_int_equal(test_count(next(h), sql, S(""), S("")), 0);
}

static int64_t never_touched(struct house *h)
{
    return test_count(next(h),
                      "SELECT COUNT(*) AS n FROM admin_sessions WHERE last_active_at = created_at",
                      S(""), S(""));
}

/* Two logins, used at the same time two minutes later: only the first of them is written. */
static void use_two(struct house *h, struct str token[2])
{
    const struct principal *who = NULL;
    for (int i = 0; i < 2; i++)
        test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token[i]), "login");
    pass(2 * MINUTE);
    for (int i = 0; i < 2; i++)
        test_db_must(&h->db.c, enter(h, token[i], &who), "enter");
    assert_int_equal(never_touched(h), 1);
}

/* A touch within a second of another is written with the next, or when the server looks around. */
static void test_touches_together(void **state)
{
    struct house *h = *state;
    struct str token[2] = { 0 };
    const struct principal *who = NULL;
    use_two(h, token);
    touch_flush(next(h));
    assert_int_equal(never_touched(h), 0);
    use_two(h, token);
    pass(MINUTE);
    test_db_must(&h->db.c, enter(h, token[0], &who), "enter");
    assert_int_equal(never_touched(h), 0);
}

static void test_role_and_deactivation_end_tokens(void **state)
{
    struct house *h = *state;
    struct str token = { 0 };
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    test_exec(next(h), "UPDATE admin_users SET role = 'auditor' WHERE admin_id = :a",
              h->ada.admin_id, S(""));
    expect_out(h, token);
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    const struct principal *who = NULL;
    test_db_must(&h->db.c, enter(h, token, &who), "enter");
    assert_int_equal(who->roles, ROLE_AUDITOR);
    test_exec(next(h), "UPDATE admin_users SET is_active = FALSE WHERE admin_id = :a",
              h->ada.admin_id, S(""));
    expect_out(h, token);
}

static void test_forged_tokens(void **state)
{
    struct house *h = *state;
    struct ctx *c = next(h);
    const struct str secret = { (const char *)h->keys.jwt_secret, h->keys.jwt_secret_n };
    struct jwt_claims claims = { .admin_id = h->ada.admin_id,
                                 .username = S("Ada.L"),
                                 .role = S("admin"),
                                 .type = S("admin_access"),
                                 .jti = S("SES_1"),
                                 .sub = h->ada.admin_id,
                                 .iss = S("enigma"),
                                 .exp_s = now.wall / 1000000 + 3600,
                                 .iat_s = now.wall / 1000000 };
    /* well signed, but there is no row */
    expect_out(h, str_keep(h->keep, jwt_sign(c, secret, &claims)));
    expect_out(h, S(""));
    expect_out(h, S("a.b.c"));
    struct str token = { 0 };
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    struct str cut = token;
    cut.n--;
    expect_out(h, cut);
    /* a student's cookie value is not a token, nor a token a cookie */
    const struct principal *who = NULL;
    assert_int_equal(student_authenticate(next(h), token, &who), ERR_UNAUTHENTICATED);
}

/* ---- making accounts ---- */

static void test_admin_create(void **state)
{
    struct house *h = *state;
    assert_int_equal(make_admin(h, "ada.l", "other@example.org", ADMIN_ROLE_ADMIN), ERR_CONFLICT);
    assert_non_null(strstr(h->db.c.fault.text, "username"));
    assert_int_equal(make_admin(h, "other", "ADA@example.org", ADMIN_ROLE_ADMIN), ERR_CONFLICT);
    assert_non_null(strstr(h->db.c.fault.text, "email"));
    static const char *const bad[] = { "ab", "a b c", "ada@x", "\xc3\xa9tienne", "" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(make_admin(h, bad[i], "x@example.org", ADMIN_ROLE_ADMIN), ERR_INVALID);
    assert_int_equal(make_admin(h, "valid", "no address", ADMIN_ROLE_ADMIN), ERR_INVALID);
    const struct admin_new weak = { S("valid"), S("x@example.org"), S("password123"),
                                    ADMIN_ROLE_ADMIN };
    struct admin_me me;
    assert_int_equal(admin_create(next(h), &weak, &me), ERR_INVALID);
    assert_int_equal(test_acts(next(h), "admin.create"), 1);
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    struct ctx *c = next(h);
    test_db_must(c, login(h, "Ada.L", PASSWORD, NULL), "login");
    c = next(h);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    assert_true(r.is_valid);
}

static void test_setup_link(void **state)
{
    struct house *h = *state;
    struct str secret = { 0 }, again = { 0 };
    struct admin_me me;
    test_db_must(&h->db.c, setup_link_create(next(h), &secret), "link");
    assert_int_equal(secret.n, 43);
    secret = str_keep(h->keep, secret);
    struct setup_request q = { S("wrong"), S("first"), S("first@example.org"), S(PASSWORD) };
    assert_int_equal(setup_finish(next(h), &q, &me), ERR_FORBIDDEN);
    q.secret = secret;
    q.password = S("short");
    assert_int_equal(setup_finish(next(h), &q, &me), ERR_INVALID); /* does not use it up */
    q.password = S(PASSWORD);
    test_db_must(&h->db.c, setup_finish(next(h), &q, &me), "finish");
    assert_int_equal(me.role, ADMIN_ROLE_SUPER_ADMIN);
    q.username = S("second");
    q.email = S("second@example.org");
    assert_int_equal(setup_finish(next(h), &q, &me), ERR_FORBIDDEN);
    test_db_must(&h->db.c, setup_link_create(next(h), &again), "link");
    assert_null(again.p); /* there is an administrator now */
    test_db_must(&h->db.c, login(h, "first", PASSWORD, NULL), "login");
}

static void test_setup_link_ends(void **state)
{
    struct house *h = *state;
    struct str secret = { 0 };
    struct admin_me me;
    test_db_must(&h->db.c, setup_link_create(next(h), &secret), "link");
    secret = str_keep(h->keep, secret);
    const struct setup_request q = { secret, S("first"), S("first@example.org"), S(PASSWORD) };
    pass(24 * 60 * MINUTE + MINUTE);
    assert_int_equal(setup_finish(next(h), &q, &me), ERR_FORBIDDEN);
}

/* ---- students ---- */

static void test_demo(void **state)
{
    struct house *h = *state;
    struct list personas;
    test_db_must(&h->db.c, demo_personas(next(h), &personas), "personas");
    assert_int_equal(personas.n, 12);
    const struct persona *p = personas.v;
    for (size_t i = 0; i < personas.n; i++)
        assert_true(str_ends(p[i].email, S("@example.org")));
    struct student_me one, two;
    struct str cookie = { 0 }, other = { 0 };
    int64_t age = 0;
    struct str id = str_keep(h->keep, p[3].persona_id);
    test_db_must(&h->db.c, demo_login(next(h), id, S("agent"), &one, &cookie, &age), "demo_login");
    assert_int_equal(cookie.n, STUDENT_COOKIE_N);
    assert_int_equal(age, 8 * 3600);
    cookie = str_keep(h->keep, cookie);
    struct str student = str_keep(h->keep, one.student_id);
    test_db_must(&h->db.c, demo_login(next(h), id, S("agent"), &two, &other, &age), "demo_login");
    assert_true(str_eq(student, two.student_id));
    assert_false(str_eq(cookie, other));
    other = str_keep(h->keep, other);
    const struct principal *who = NULL;
    test_db_must(&h->db.c, student_authenticate(next(h), cookie, &who), "authenticate");
    assert_int_equal(who->roles, ROLE_STUDENT);
    h->db.c.who = who;
    struct student_me me;
    test_db_must(&h->db.c, student_me(&h->db.c, &me), "me");
    assert_true(str_eq(me.student_id, student));
    test_db_must(&h->db.c, student_logout(&h->db.c), "logout");
    assert_int_equal(student_authenticate(next(h), cookie, &who), ERR_UNAUTHENTICATED);
    test_db_must(&h->db.c, student_authenticate(next(h), other, &who), "other login");
    pass(61 * MINUTE);
    assert_int_equal(student_authenticate(next(h), other, &who), ERR_UNAUTHENTICATED);
    assert_int_equal(test_acts(next(h), "student.login"), 2);
    assert_int_equal(demo_login(next(h), S("nobody"), S(""), &me, &cookie, &age), ERR_NOT_FOUND);
    h->settings.demo = false;
    assert_int_equal(demo_login(next(h), id, S(""), &me, &cookie, &age), ERR_NOT_FOUND);
    assert_int_equal(demo_personas(next(h), &personas), ERR_NOT_FOUND);
}

static err create_student(struct ctx *c, struct tx *tx, void *arg)
{
    struct str id;
    return student_create(c, tx, *(const struct str *)arg, S("Somebody"), &id);
}

static void test_student_create(void **state)
{
    struct house *h = *state;
    struct str email = S("Some.Body@Example.org"), empty = S("");
    test_db_must(&h->db.c, tx_run(next(h), TX_WRITE, create_student, &email), "create");
    email = S("some.body@example.ORG");
    assert_int_equal(tx_run(next(h), TX_WRITE, create_student, &email), ERR_CONFLICT);
    assert_non_null(strstr(h->db.c.fault.text, "email"));
    assert_int_equal(tx_run(next(h), TX_WRITE, create_student, &empty), ERR_INVALID);
}

static void test_cleanup(void **state)
{
    struct house *h = *state;
    struct str token = { 0 };
    struct student_me me;
    struct str cookie;
    int64_t age = 0, removed = 0;
    test_db_must(&h->db.c, login(h, "Ada.L", PASSWORD, &token), "login");
    test_db_must(&h->db.c, demo_login(next(h), S("kwame-mensah"), S(""), &me, &cookie, &age),
                 "demo_login");
    test_db_must(&h->db.c, account_cleanup(next(h), &removed), "cleanup");
    assert_int_equal(removed, 0);
    pass(9 * 60 * MINUTE);
    test_db_must(&h->db.c, account_cleanup(next(h), &removed), "cleanup");
    assert_int_equal(removed, 1); /* the student's */
    pass(16 * 60 * MINUTE);
    test_db_must(&h->db.c, account_cleanup(next(h), &removed), "cleanup");
    assert_int_equal(removed, 1);
    assert_int_equal(test_count(next(h), "SELECT COUNT(*) AS n FROM admin_sessions", S(""), S("")),
                     0);
}

#define WITH_ADMIN(f) cmocka_unit_test_setup_teardown(f, open_with_admin, close_house)
#define EMPTY(f)      cmocka_unit_test_setup_teardown(f, open_house, close_house)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ADMIN(test_login),
        WITH_ADMIN(test_nothing_in_clear),
        WITH_ADMIN(test_refusals_look_alike),
        WITH_ADMIN(test_unknown_takes_as_long),
        WITH_ADMIN(test_throttle_account),
        WITH_ADMIN(test_throttle_address),
        WITH_ADMIN(test_no_lockout_of_the_owner),
        WITH_ADMIN(test_throttled_is_cheap),
        WITH_ADMIN(test_logout),
        WITH_ADMIN(test_idle_and_absolute),
        WITH_ADMIN(test_touch),
        WITH_ADMIN(test_touches_together),
        WITH_ADMIN(test_role_and_deactivation_end_tokens),
        WITH_ADMIN(test_forged_tokens),
        WITH_ADMIN(test_admin_create),
        EMPTY(test_setup_link),
        EMPTY(test_setup_link_ends),
        EMPTY(test_demo),
        EMPTY(test_student_create),
        WITH_ADMIN(test_cleanup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
