/* Members of staff: roles, shut accounts, logins, passwords, second factors, API tokens; what each
 * change ends, and what is written down about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "service/account.h"
#include "service/account_inner.h"
#include "service/audit_verify.h"
#include "service/staff.h"
#include "service/throttle.h"
#include "service/touch.h"
#include "support/test_cycle.h"
#include "support/test_raw.h"
#include "support/test_totp.h"

#define PASSWORD "correct horse staple"
#define OTHER    "quite another one of these"
#define SECOND   INT64_C(1000000)
#define MINUTE   (60 * SECOND)

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

enum { ROOT, DEPUTY, ADA, EVE, PEOPLE };
static const struct {
    const char *name, *email;
    int32_t role;
} people[PEOPLE] = { { "root", "root@example.org", ADMIN_ROLE_SUPER_ADMIN },
                     { "deputy", "deputy@example.org", ADMIN_ROLE_SUPER_ADMIN },
                     { "ada", "ada@example.org", ADMIN_ROLE_ADMIN },
                     { "eve", "eve@example.org", ADMIN_ROLE_AUDITOR } };

struct house {
    struct test_db db;
    struct keyring keys;
    struct settings settings;
    struct clock_port clock;
    struct arena *keep;
    struct str id[PEOPLE], token[PEOPLE];
};

static struct ctx *next(struct house *h)
{
    struct ctx *c = test_db_next(&h->db);
    c->remote = S("192.0.2.7");
    return c;
}

static err login_as(struct house *h, const char *name, const char *password, const char *code,
                    struct str *ret)
{
    struct ctx *c = next(h);
    const struct admin_login_request q = { .username = str_of(name),
                                           .password = str_of(password),
                                           .totp_code = str_of(code) };
    struct admin_login_reply r;
    err e = admin_login(c, &q, S("test agent"), &r);
    if (e == ERR_OK && ret)
        *ret = str_keep(h->keep, r.token);
    return e;
}

static struct str login(struct house *h, int who)
{
    struct str token = { 0 };
    test_db_must(&h->db.c, login_as(h, people[who].name, PASSWORD, NULL, &token), "login");
    return token;
}

/* A context in which that token asks; ERR as the door says. */
static err enter(struct house *h, struct str token, struct ctx **ret)
{
    struct ctx *c = next(h);
    const struct principal *who = NULL;
    TRY(admin_authenticate(c, token, &who));
    c->who = who;
    *ret = c;
    return ERR_OK;
}

static struct ctx *as(struct house *h, int who)
{
    struct ctx *c = NULL;
    test_db_must(&h->db.c, enter(h, h->token[who], &c), "enter");
    return c;
}

static bool is_out(struct house *h, struct str token)
{
    struct ctx *c = NULL;
    return enter(h, token, &c) == ERR_UNAUTHENTICATED;
}

static int open_house(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    now.wall = INT64_C(1770091506000000);
    now.mono = 1000000;
    throttle_reset();
    touch_reset();
    struct ctx *c = test_db_open(&h->db);
    h->keep = arena_open(NULL, 4 << 20);
    test_keys_make(c, &h->keys);
    memcpy(h->keys.jwt_secret, "0123456789abcdef0123456789abcdef", 32);
    h->keys.jwt_secret_n = 32;
    h->settings = (struct settings){
        .admin_token_hours = 24,
        .admin_idle_minutes = 30,
        .bcrypt_cost = 4,
        .login_failures_account = 5,
        .login_failures_address = 50,
        .login_window_minutes = 15,
    };
    h->clock = (struct clock_port){ .now_us = wall_now, .mono_us = mono_now };
    h->db.deps.keys = &h->keys;
    h->db.deps.settings = &h->settings;
    h->db.deps.clock = &h->clock;
    for (int i = 0; i < PEOPLE; i++) {
        const struct admin_new n = { str_of(people[i].name), str_of(people[i].email), S(PASSWORD),
                                     people[i].role };
        struct admin_me me;
        c = next(h);
        test_db_must(c, admin_create(c, &n, &me), "admin_create");
        h->id[i] = str_keep(h->keep, me.admin_id);
        h->token[i] = login(h, i);
    }
    *state = h;
    return 0;
}

static void must_verify(struct house *h)
{
    struct ctx *c = next(h);
    const struct verify_options o = { .rows = true };
    struct verify_report r;
    size_t moved = 0;
    test_db_must(c, audit_sequence(c, &moved), "sequence");
    c = next(h);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        print_error("entry %lld: %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                    STR_ARG(v[i].detail));
    assert_true(r.is_valid);
}

static int close_house(void **state)
{
    struct house *h = *state;
    must_verify(h);
    test_db_close(&h->db);
    arena_close(h->keep);
    free(h);
    return 0;
}

static err change(struct ctx *c, struct str id, int32_t role, int active)
{
    struct seen seen = { 0 };
    struct staff_user u;
    const struct staff_change ch = { .role = role, .is_active = active == 1 };
    for (unsigned i = 0; i < staff_change_schema.n; i++) {
        const bool is_role = strcmp(staff_change_schema.fields[i].name, "role") == 0;
        if (is_role ? role >= 0 : active >= 0)
            seen.bits |= UINT64_C(1) << i;
    }
    return staff_change(c, id, &ch, &seen, &u);
}

static int64_t count(struct house *h, const char *sql, struct str a)
{
    return test_count(next(h), sql, a, S(""));
}

/* ---- roles and shut accounts ---- */

static void test_role_change_ends_everything(void **state)
{
    struct house *h = *state;
    struct str second = login(h, ADA), scope = S("cycles:read");
    const struct token_new n = { S("script"), { &scope, 1 }, 7 };
    struct token_made made;
    const struct principal *who = NULL;
    struct ctx *c = as(h, ADA);
    test_db_must(c, token_make(c, &n, &made), "token");
    const struct str pat = str_keep(h->keep, made.secret);
    test_db_must(&h->db.c, token_authenticate(next(h), pat, &who), "the token is good");
    c = as(h, ROOT);
    test_db_must(c, change(c, h->id[ADA], ADMIN_ROLE_AUDITOR, -1), "role");
    assert_true(is_out(h, h->token[ADA]) && is_out(h, second));
    assert_int_equal(token_authenticate(next(h), pat, &who), ERR_UNAUTHENTICATED);
    assert_false(is_out(h, h->token[ROOT]) || is_out(h, h->token[EVE]));
    h->token[ADA] = login(h, ADA);
    assert_int_equal(as(h, ADA)->who->roles, ROLE_AUDITOR);
    assert_int_equal(test_acts(next(h), "admin.role"), 1);
    /* The same role again changes nothing. */
    c = as(h, ROOT);
    test_db_must(c, change(c, h->id[ADA], ADMIN_ROLE_AUDITOR, 1), "the same");
    assert_false(is_out(h, h->token[ADA]));
    assert_int_equal(test_acts(next(h), "admin.role"), 1);
}

static void test_deactivate_and_back(void **state)
{
    struct house *h = *state;
    struct ctx *c = as(h, ROOT);
    test_db_must(c, change(c, h->id[ADA], -1, 0), "deactivate");
    assert_true(is_out(h, h->token[ADA]));
    assert_int_equal(login_as(h, "ada", PASSWORD, NULL, NULL), ERR_UNAUTHENTICATED);
    must_verify(h);
    c = as(h, ROOT);
    test_db_must(c, change(c, h->id[ADA], ADMIN_ROLE_AUDITOR, 1), "back, as an auditor");
    assert_true(is_out(h, h->token[ADA])); /* what was ended stays ended */
    h->token[ADA] = login(h, ADA);
    assert_int_equal(as(h, ADA)->who->roles, ROLE_AUDITOR);
    assert_int_equal(test_acts(next(h), "admin.deactivate"), 1);
    assert_int_equal(test_acts(next(h), "admin.role"), 1);
    must_verify(h);
    /* A row that says otherwise is found. */
    test_exec(next(h), "UPDATE admin_users SET is_active = FALSE WHERE admin_id = :a", h->id[ADA],
              S(""));
    const struct verify_options o = { .rows = true };
    struct verify_report r;
    size_t moved = 0;
    c = next(h);
    test_db_must(c, audit_sequence(c, &moved), "sequence");
    c = next(h);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    assert_false(r.is_valid);
    test_exec(next(h), "UPDATE admin_users SET is_active = TRUE WHERE admin_id = :a", h->id[ADA],
              S(""));
}

static void test_nobody_locks_the_house(void **state)
{
    struct house *h = *state;
    struct ctx *c = as(h, ROOT);
    assert_int_equal(change(c, h->id[ROOT], ADMIN_ROLE_ADMIN, -1), ERR_FORBIDDEN);
    c = as(h, ROOT);
    assert_int_equal(change(c, h->id[ROOT], -1, 0), ERR_FORBIDDEN);
    c = as(h, ROOT);
    assert_int_equal(change(c, S("ADM_NOBODY"), -1, 0), ERR_NOT_FOUND);
    c = as(h, ROOT);
    test_db_must(c, change(c, h->id[DEPUTY], ADMIN_ROLE_ADMIN, -1), "the other super_admin");
    /* The operator neither: one super_admin is left. */
    c = next(h);
    assert_int_equal(change(c, h->id[ROOT], -1, 0), ERR_CONFLICT);
    c = next(h);
    assert_int_equal(change(c, h->id[ROOT], ADMIN_ROLE_ADMIN, -1), ERR_CONFLICT);
    c = next(h);
    test_db_must(c, change(c, h->id[DEPUTY], ADMIN_ROLE_SUPER_ADMIN, -1), "back");
    c = next(h);
    test_db_must(c, change(c, h->id[ROOT], -1, 0), "now it may");
    c = next(h);
    test_db_must(c, change(c, h->id[ROOT], -1, 1), "and back");
}

/* Two take each other's rights with requests that both came in before: one wins. */
static void test_mutual_demotion(void **state)
{
    struct house *h = *state;
    struct ctx *c = as(h, DEPUTY);
    struct principal late = *c->who;
    late.id = h->id[DEPUTY];
    late.session_id = str_keep(h->keep, late.session_id);
    c = as(h, ROOT);
    test_db_must(c, change(c, h->id[DEPUTY], ADMIN_ROLE_ADMIN, -1), "first");
    c = next(h);
    c->who = &late;
    assert_int_equal(change(c, h->id[ROOT], ADMIN_ROLE_ADMIN, -1), ERR_UNAUTHENTICATED);
    assert_int_equal(count(h,
                           "SELECT COUNT(*) AS n FROM admin_users WHERE role = 'super_admin'"
                           " AND is_active AND admin_id = :a",
                           h->id[ROOT]),
                     1);
}

static void test_list(void **state)
{
    struct house *h = *state;
    static const char *const order[] = { "ada", "deputy", "eve", "root" };
    struct staff_query q = { .limit = 3, .role = -1 };
    struct list rows;
    struct str cursor;
    int64_t total = 0;
    size_t seen = 0;
    for (int page = 0; page < 2; page++) {
        struct ctx *c = as(h, ROOT);
        test_db_must(c, staff_list(c, &q, &rows, &cursor, &total), "list");
        assert_int_equal(total, PEOPLE);
        const struct staff_user *v = rows.v;
        for (size_t i = 0; i < rows.n; i++, seen++)
            assert_true(str_eq(v[i].username, str_of(order[seen])));
        assert_int_equal(cursor.p != NULL, page == 0);
        q.cursor = cursor.p ? str_keep(h->keep, cursor) : cursor;
    }
    assert_int_equal(seen, PEOPLE);
    q = (struct staff_query){ .limit = 100, .role = ADMIN_ROLE_SUPER_ADMIN };
    struct ctx *c = as(h, ROOT);
    test_db_must(c, staff_list(c, &q, &rows, &cursor, &total), "super_admins");
    assert_int_equal(rows.n, 2);
    assert_int_equal(total, 2);
    test_db_must(c, change(c, h->id[EVE], -1, 0), "deactivate");
    q = (struct staff_query){ .limit = 100, .role = -1, .active = true };
    c = as(h, ROOT);
    test_db_must(c, staff_list(c, &q, &rows, &cursor, &total), "active ones");
    assert_int_equal(rows.n, PEOPLE - 1);
}

/* ---- logins ---- */

static void test_logins(void **state)
{
    struct house *h = *state;
    struct list rows;
    int64_t ended = 0;
    pass(SECOND);
    const struct str second = login(h, ADA);
    struct ctx *c = as(h, ROOT);
    test_db_must(c, staff_logins(c, h->id[ADA], &rows), "logins");
    assert_int_equal(rows.n, 2);
    const struct staff_login *v = rows.v;
    assert_true(v[0].created_at > v[1].created_at && !v[0].current && !v[1].current);
    assert_true(str_eq(v[0].user_agent, S("test agent")));
    const struct str newest = str_keep(h->keep, v[0].session_id);
    c = as(h, ROOT);
    assert_int_equal(staff_login_end(c, h->id[EVE], newest), ERR_NOT_FOUND); /* not hers */
    c = as(h, ROOT);
    test_db_must(c, staff_login_end(c, h->id[ADA], newest), "end");
    assert_true(is_out(h, second) && !is_out(h, h->token[ADA]));
    c = as(h, ROOT);
    assert_int_equal(staff_login_end(c, h->id[ADA], newest), ERR_NOT_FOUND); /* once */
    const struct str third = login(h, ADA);
    c = as(h, ADA);
    test_db_must(c, staff_logins(c, (struct str){ 0 }, &rows), "own");
    assert_int_equal(rows.n, 2);
    v = rows.v;
    assert_true(v[0].current != v[1].current);
    test_db_must(c, staff_logins_end(c, (struct str){ 0 }, &ended), "all others");
    assert_int_equal(ended, 1);
    assert_true(is_out(h, third) && !is_out(h, h->token[ADA]));
    c = as(h, ROOT);
    test_db_must(c, staff_logins_end(c, h->id[ADA], &ended), "all of hers");
    assert_true(is_out(h, h->token[ADA]) && !is_out(h, h->token[ROOT]));
    c = as(h, ROOT);
    assert_int_equal(staff_logins(c, S("ADM_NOBODY"), &rows), ERR_NOT_FOUND);
    /* One that nobody used has ended by itself. */
    pass(20 * MINUTE);
    (void)as(h, ROOT);
    pass(20 * MINUTE);
    c = as(h, ROOT);
    test_db_must(c, staff_logins(c, h->id[EVE], &rows), "idle");
    assert_int_equal(rows.n, 0);
    assert_int_equal(test_acts(next(h), "admin.logout"), 3);
}

/* ---- passwords ---- */

static err change_password(struct house *h, int who, const char *current, const char *fresh)
{
    struct ctx *c = as(h, who);
    const struct password_change ch = { str_of(current), str_of(fresh) };
    return staff_password_change(c, &ch);
}

static void test_password_change(void **state)
{
    struct house *h = *state;
    struct str second = login(h, ADA), scope = S("audit:read");
    const struct token_new n = { S("script"), { &scope, 1 }, 7 };
    struct token_made made;
    struct ctx *c = as(h, ADA);
    const struct principal *who = NULL;
    test_db_must(c, token_make(c, &n, &made), "token");
    const struct str pat = str_keep(h->keep, made.secret);
    assert_int_equal(change_password(h, ADA, "not it", OTHER), ERR_FORBIDDEN);
    static const char *const refused[] = { "password123", "enigma2026",    "short",
                                           "ada-ada-ada", "Enigma Enigma", PASSWORD };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(change_password(h, ADA, PASSWORD, refused[i]), ERR_INVALID);
        assert_true(str_eq(h->db.c.fault.issues[0].loc, S("[\"body\",\"new_password\"]")));
    }
    assert_false(is_out(h, second));
    assert_int_equal(test_acts(next(h), "admin.password"), 0);
    test_db_must(&h->db.c, change_password(h, ADA, PASSWORD, OTHER), "change");
    assert_true(is_out(h, second) && !is_out(h, h->token[ADA]));
    assert_int_equal(token_authenticate(next(h), pat, &who), ERR_UNAUTHENTICATED);
    assert_int_equal(login_as(h, "ada", PASSWORD, NULL, NULL), ERR_UNAUTHENTICATED);
    test_db_must(&h->db.c, login_as(h, "ada", OTHER, NULL, NULL), "with the new one");
    assert_int_equal(test_acts(next(h), "admin.password"), 1);
}

/* Guesses at the current password count as failed sign-ins. */
static void test_password_guesses(void **state)
{
    struct house *h = *state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(change_password(h, ADA, "a guess", OTHER), ERR_FORBIDDEN);
    assert_int_equal(change_password(h, ADA, PASSWORD, OTHER), ERR_THROTTLED);
    assert_int_equal(login_as(h, "ada", PASSWORD, NULL, NULL), ERR_THROTTLED);
    pass(16 * MINUTE);
    test_db_must(&h->db.c, change_password(h, ADA, PASSWORD, OTHER), "later");
}

static void test_password_reset(void **state)
{
    struct house *h = *state;
    struct ctx *c = next(h);
    assert_int_equal(staff_password_reset(c, h->id[ADA], S("password123")), ERR_INVALID);
    c = next(h);
    assert_int_equal(staff_password_reset(c, S("ADM_NOBODY"), S(OTHER)), ERR_NOT_FOUND);
    c = next(h);
    test_db_must(c, staff_password_reset(c, h->id[ADA], S(OTHER)), "reset");
    assert_true(is_out(h, h->token[ADA]));
    test_db_must(&h->db.c, login_as(h, "ada", OTHER, NULL, NULL), "login");
}

/* S-13: whatever is wrong costs one hash. */
static void test_one_hash_each(void **state)
{
    struct house *h = *state;
    struct ctx *c = as(h, ROOT);
    test_db_must(c, change(c, h->id[EVE], -1, 0), "deactivate");
    static const char *const names[] = { "ada", "nobody-at-all", "eve" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const int64_t before = password_hashes();
        const char *password = i == 2 ? PASSWORD : "wrong wrong wrong";
        assert_int_equal(login_as(h, names[i], password, NULL, NULL), ERR_UNAUTHENTICATED);
        assert_string_equal(h->db.c.fault.text, "Invalid credentials");
        assert_int_equal(password_hashes() - before, 1);
    }
}

/* ---- the second factor ---- */

static struct str enrol(struct house *h, int who)
{
    struct ctx *c = as(h, who);
    const struct factor_begin q = { S(PASSWORD) };
    struct factor_secret s;
    test_db_must(c, factor_begin(c, &q, &s), "begin");
    assert_int_equal(s.secret.n, 32);
    assert_true(str_starts(s.otpauth_uri, S("otpauth://totp/ENIGMA:")));
    return str_keep(h->keep, s.secret);
}

static err confirm(struct house *h, int who, const char *code, struct str *ret_first_code)
{
    struct ctx *c = as(h, who);
    const struct factor_confirm q = { str_of(code) };
    struct factor_codes codes;
    TRY(factor_confirm(c, &q, &codes));
    assert_int_equal(codes.recovery_codes.n, 10);
    const struct str *v = codes.recovery_codes.v;
    if (ret_first_code)
        *ret_first_code = str_keep(h->keep, v[0]);
    return ERR_OK;
}

static const char *code_of(struct str secret, int64_t steps)
{
    static char code[TOTP_DIGITS + 1];
    test_totp(secret, now.wall, steps, code);
    return code;
}

static void test_factor(void **state)
{
    struct house *h = *state;
    struct str recovery = { 0 };
    h->settings.login_failures_account = 50; /* many wrong codes on the way */
    const struct str other = login(h, ADA), secret = enrol(h, ADA);
    assert_int_equal(
        count(h,
              "SELECT COUNT(*) AS n FROM admin_second_factors WHERE sealed_secret LIKE '%' || :a"
              " || '%'",
              secret),
        0);
    /* Begun is not set up: signing in is as before, and a wrong code switches nothing on. */
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, NULL, NULL), "login");
    assert_int_equal(confirm(h, ADA, "000000", NULL), ERR_FORBIDDEN);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(secret, 0), &recovery), "confirm");
    assert_true(is_out(h, other) && !is_out(h, h->token[ADA]));
    /* The code of the confirmation is used up. */
    assert_int_equal(login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), ERR_UNAUTHENTICATED);
    pass(30 * SECOND);
    assert_int_equal(login_as(h, "ada", PASSWORD, NULL, NULL), ERR_UNAUTHENTICATED);
    assert_non_null(strstr(h->db.c.fault.text, "totp_code"));
    assert_int_equal(login_as(h, "ada", "wrong", code_of(secret, 0), NULL), ERR_UNAUTHENTICATED);
    assert_string_equal(h->db.c.fault.text, "Invalid credentials");
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), "with a code");
    /* S-16: a replay, at once and by the next step's clock, and a code of the past. */
    assert_int_equal(login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), ERR_UNAUTHENTICATED);
    pass(30 * SECOND);
    assert_int_equal(login_as(h, "ada", PASSWORD, code_of(secret, -1), NULL), ERR_UNAUTHENTICATED);
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), "the next");
    /* A recovery code, as typed from paper, once. */
    char typed[64];
    size_t n = 0;
    for (size_t i = 0; i < recovery.n; i++)
        if (recovery.p[i] != '-')
            typed[n++] = (char)(recovery.p[i] | 0x20);
    typed[n] = '\0';
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, typed, NULL), "recovery code");
    assert_int_equal(login_as(h, "ada", PASSWORD, typed, NULL), ERR_UNAUTHENTICATED);
    struct ctx *c = as(h, ADA);
    struct factor_state s;
    test_db_must(c, factor_state(c, &s), "state");
    assert_true(s.enabled && !s.required);
    assert_int_equal(s.recovery_codes_left, 9);
    assert_int_equal(test_acts(next(h), "admin.factor"), 2);
}

/* A secret that was shown long ago, perhaps to somebody else, switches nothing on. */
static void test_begun_factor_ends(void **state)
{
    struct house *h = *state;
    const struct str secret = enrol(h, ADA);
    for (int i = 0; i < 3; i++) {
        pass(20 * MINUTE + SECOND);
        (void)as(h, ADA); /* the login stays in use */
    }
    assert_int_equal(confirm(h, ADA, code_of(secret, 0), NULL), ERR_CONFLICT);
    const struct str again = enrol(h, ADA);
    assert_int_equal(confirm(h, ADA, code_of(secret, 0), NULL), ERR_FORBIDDEN);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(again, 0), NULL), "confirm");
}

static void test_factor_guesses(void **state)
{
    struct house *h = *state;
    const struct str secret = enrol(h, ADA);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(secret, 0), NULL), "confirm");
    pass(30 * SECOND);
    /* A missing code is no guess, so that a form may ask for it on a second page. */
    for (int i = 0; i < 10; i++)
        assert_int_equal(login_as(h, "ada", PASSWORD, NULL, NULL), ERR_UNAUTHENTICATED);
    for (int i = 0; i < 5; i++)
        assert_int_equal(login_as(h, "ada", PASSWORD, "000000", NULL), ERR_UNAUTHENTICATED);
    assert_int_equal(login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), ERR_THROTTLED);
    pass(15 * MINUTE);
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), "later");
}

static void test_factor_disable(void **state)
{
    struct house *h = *state;
    const struct str secret = enrol(h, ADA);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(secret, 0), NULL), "confirm");
    struct ctx *c = as(h, ADA);
    const struct factor_begin again = { S(PASSWORD) };
    struct factor_secret s;
    assert_int_equal(factor_begin(c, &again, &s), ERR_CONFLICT);
    pass(30 * SECOND);
    struct factor_proof_request q = { S("wrong"), str_of(code_of(secret, 0)) };
    c = as(h, ADA);
    assert_int_equal(factor_disable(c, &q), ERR_FORBIDDEN);
    q = (struct factor_proof_request){ S(PASSWORD), S("000000") };
    c = as(h, ADA);
    assert_int_equal(factor_disable(c, &q), ERR_FORBIDDEN);
    struct factor_codes codes;
    q.totp_code = str_keep(h->keep, str_of(code_of(secret, 0)));
    c = as(h, ADA);
    test_db_must(c, factor_new_codes(c, &q, &codes), "new codes");
    const struct str *v = codes.recovery_codes.v;
    q.totp_code = str_keep(h->keep, v[3]);
    c = as(h, ADA);
    test_db_must(c, factor_disable(c, &q), "by a recovery code");
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, NULL, NULL), "no code needed");
    assert_int_equal(
        count(h, "SELECT COUNT(*) AS n FROM admin_recovery_codes WHERE admin_id = :a", h->id[ADA]),
        0);
}

static void test_factor_reset(void **state)
{
    struct house *h = *state;
    const struct str secret = enrol(h, ADA);
    struct ctx *c = as(h, ROOT);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(secret, 0), NULL), "confirm");
    c = as(h, ROOT);
    assert_int_equal(factor_reset(c, h->id[ROOT]), ERR_FORBIDDEN);
    c = as(h, ROOT);
    assert_int_equal(factor_reset(c, h->id[EVE]), ERR_CONFLICT);
    c = as(h, ROOT);
    test_db_must(c, factor_reset(c, h->id[ADA]), "reset");
    assert_true(is_out(h, h->token[ADA]));
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, NULL, NULL), "login");
}

/* The seal follows the key ring. */
static void test_factor_needs_its_key(void **state)
{
    struct house *h = *state;
    const struct str secret = enrol(h, ADA);
    test_db_must(&h->db.c, confirm(h, ADA, code_of(secret, 0), NULL), "confirm");
    pass(30 * SECOND);
    const struct keyring before = h->keys;
    fernet_key_make(next(h), &h->keys.fernet[0]);
    assert_int_equal(login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), ERR_UNAUTHENTICATED);
    h->keys = before;
    test_db_must(&h->db.c, login_as(h, "ada", PASSWORD, code_of(secret, 0), NULL), "login");
}

static void test_required(void **state)
{
    struct house *h = *state;
    assert_false(as(h, ROOT)->who->must_enrol);
    h->settings.require_2fa = true;
    assert_true(as(h, ROOT)->who->must_enrol);
    assert_false(as(h, ADA)->who->must_enrol || as(h, EVE)->who->must_enrol);
    const struct str secret = enrol(h, ROOT);
    assert_true(as(h, ROOT)->who->must_enrol); /* begun is not enough */
    test_db_must(&h->db.c, confirm(h, ROOT, code_of(secret, 0), NULL), "confirm");
    assert_false(as(h, ROOT)->who->must_enrol);
    struct factor_state s;
    struct ctx *c = as(h, ROOT);
    test_db_must(c, factor_state(c, &s), "state");
    assert_true(s.enabled && s.required);
}

/* ---- API tokens ---- */

static err make_token(struct house *h, int who, const char *scope, int64_t days, struct str *ret,
                      struct str *ret_id)
{
    struct ctx *c = as(h, who);
    struct str name = str_of(scope);
    const struct token_new n = { S("nightly export"), { &name, 1 }, days };
    struct token_made made;
    TRY(token_make(c, &n, &made));
    *ret = str_keep(h->keep, made.secret);
    *ret_id = str_keep(h->keep, made.token.token_id);
    return ERR_OK;
}

static void test_tokens(void **state)
{
    struct house *h = *state;
    struct str pat, id, hers, her_id;
    const struct principal *who = NULL;
    assert_int_equal(make_token(h, ADA, "everything", 7, &pat, &id), ERR_INVALID);
    test_db_must(&h->db.c, make_token(h, ADA, "cycles:write", 7, &pat, &id), "make");
    test_db_must(&h->db.c, make_token(h, EVE, "audit:read", 7, &hers, &her_id), "make");
    assert_int_equal(pat.n, API_TOKEN_N);
    assert_true(str_starts(pat, S("enigma_pat_")));
    assert_int_equal(count(h, "SELECT COUNT(*) AS n FROM api_tokens WHERE token_hash = :a", pat),
                     0);
    struct ctx *c = next(h);
    test_db_must(c, token_authenticate(c, pat, &who), "enter");
    assert_true(str_eq(who->id, h->id[ADA]) && who->roles == ROLE_ADMIN);
    assert_int_equal(who->scopes, SCOPE_CYCLES_WRITE);
    assert_null(who->session_id.p);
    /* Any other byte is refused, most without a look-up; and it is no login. */
    for (size_t i = 0; i < pat.n; i++) {
        char other[API_TOKEN_N];
        memcpy(other, pat.p, pat.n);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(token_authenticate(next(h), (struct str){ other, pat.n }, &who),
                         ERR_UNAUTHENTICATED);
    }
    assert_true(is_out(h, pat));
    assert_int_equal(token_authenticate(next(h), h->token[ADA], &who), ERR_UNAUTHENTICATED);
    struct list rows;
    c = as(h, ADA);
    test_db_must(c, token_list(c, (struct str){ 0 }, &rows), "list");
    const struct api_token *v = rows.v;
    assert_int_equal(rows.n, 1);
    assert_true(str_eq(v->token_id, id) && v->last_used_at == now.wall);
    c = as(h, ADA);
    assert_int_equal(token_list(c, h->id[EVE], &rows), ERR_FORBIDDEN);
    c = as(h, ADA);
    assert_int_equal(token_end(c, her_id), ERR_NOT_FOUND);
    c = as(h, ROOT);
    test_db_must(c, token_list(c, h->id[EVE], &rows), "of others");
    assert_int_equal(rows.n, 1);
    test_db_must(c, token_end(c, her_id), "end");
    assert_int_equal(token_authenticate(next(h), hers, &who), ERR_UNAUTHENTICATED);
    pass(7 * 24 * 60 * MINUTE);
    assert_int_equal(token_authenticate(next(h), pat, &who), ERR_UNAUTHENTICATED);
    h->token[ADA] = login(h, ADA);
    assert_int_equal(test_acts(next(h), "admin.token"), 3);
}

static void test_token_limit(void **state)
{
    struct house *h = *state;
    struct str pat, id;
    for (int i = 0; i < API_TOKENS_MAX; i++)
        test_db_must(&h->db.c, make_token(h, ADA, "jobs:read", 1, &pat, &id), "make");
    assert_int_equal(make_token(h, ADA, "jobs:read", 1, &pat, &id), ERR_CONFLICT);
    struct ctx *c = as(h, ADA);
    test_db_must(c, token_end(c, id), "end one");
    test_db_must(&h->db.c, make_token(h, ADA, "jobs:read", 1, &pat, &id), "room again");
}

/* ---- the cookie of staff ---- */

static void test_cookie(void **state)
{
    struct house *h = *state;
    struct ctx *c = next(h);
    const struct admin_login_request q = { .username = S("ada"),
                                           .password = S(PASSWORD),
                                           .cookie = true };
    struct admin_login_reply r;
    const struct principal *who = NULL;
    test_db_must(c, admin_login(c, &q, S("browser"), &r), "login");
    assert_null(r.token.p);
    assert_int_equal(r.cookie.n, ADMIN_COOKIE_N);
    assert_int_equal(r.cookie_max_age_s, 24 * 3600);
    const struct str cookie = str_keep(h->keep, r.cookie);
    test_db_must(&h->db.c, admin_cookie_authenticate(next(h), cookie, &who), "enter");
    assert_true(str_eq(who->id, h->id[ADA]) && who->roles == ROLE_ADMIN);
    assert_int_equal(
        count(h, "SELECT COUNT(*) AS n FROM admin_sessions WHERE token_hash = :a", cookie), 0);
    /* Neither stands where another credential belongs. */
    assert_true(is_out(h, cookie));
    assert_int_equal(student_authenticate(next(h), cookie, &who), ERR_UNAUTHENTICATED);
    assert_int_equal(admin_cookie_authenticate(next(h), h->token[ADA], &who), ERR_UNAUTHENTICATED);
    pass(31 * MINUTE);
    assert_int_equal(admin_cookie_authenticate(next(h), cookie, &who), ERR_UNAUTHENTICATED);
}

#define HOUSE(f) cmocka_unit_test_setup_teardown(f, open_house, close_house)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE(test_role_change_ends_everything),
        HOUSE(test_deactivate_and_back),
        HOUSE(test_nobody_locks_the_house),
        HOUSE(test_mutual_demotion),
        HOUSE(test_list),
        HOUSE(test_logins),
        HOUSE(test_password_change),
        HOUSE(test_password_guesses),
        HOUSE(test_password_reset),
        HOUSE(test_one_hash_each),
        HOUSE(test_factor),
        HOUSE(test_begun_factor_ends),
        HOUSE(test_factor_guesses),
        HOUSE(test_factor_disable),
        HOUSE(test_factor_reset),
        HOUSE(test_factor_needs_its_key),
        HOUSE(test_required),
        HOUSE(test_tokens),
        HOUSE(test_token_limit),
        HOUSE(test_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
