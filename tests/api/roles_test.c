/* Every route as each of six callers against SECURITY's table of roles, written here a second time
 * and by hand; and every way of misspelling a path or a method. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

enum { YES = 0, ROUTES_MAX = 256, PATH_MAX_N = 512 };

/* The rows of SECURITY "Roles", as DECISIONS 3 reads them: nobody, student, other student, auditor,
 * admin, super_admin. YES: let in, whatever the phase then says. */
struct right {
    const char *name;
    int of[MATRIX_CALLERS];
};
static const struct right everybody = { "health, cycle info", { YES, YES, YES, YES, YES, YES } };
static const struct right submit = { "submit", { 401, YES, YES, 403, 403, 403 } };
static const struct right own_status = { "own status", { 401, YES, 404, YES, YES, YES } };
static const struct right own_login = { "own login", { 401, YES, YES, 403, 403, 403 } };
static const struct right cycles_read = { "cycles: read", { 401, 401, 401, YES, YES, YES } };
static const struct right cycles_run = { "cycles: create, update, phases, batch",
                                         { 401, 401, 401, 403, YES, YES } };
static const struct right scores = { "scores by anonymous id", { 401, 401, 401, YES, YES, YES } };
/* The world of this test is published: its owner reads the result, another student never does. */
static const struct right result = { "result after publication", { 401, YES, 404, YES, YES, YES } };
static const struct right log_read = { "audit log, verify", { 401, 401, 401, YES, YES, YES } };
static const struct right own_application = { "what one does with the own application",
                                              { 401, YES, 404, 403, 403, 403 } };
/* The owner has applied and has no draft; the other student has one. */
static const struct right draft = { "one's draft", { 401, 404, YES, 403, 403, 403 } };
static const struct right identity = { "identity of an applicant",
                                       { 401, 401, 401, 403, YES, YES } };
static const struct right erasure = { "erasure", { 401, 401, 401, 403, 403, YES } };
/* Nothing is held in the world of this test: who may look finds nothing. */
static const struct right held_read = { "held applications: result",
                                        { 401, 401, 401, 403, 404, 404 } };
static const struct right held_decide = { "held applications: original, decision",
                                          { 401, 401, 401, 403, 403, 404 } };
/* The interview is by the admin of this world, whose cycle is past interviews: no one may join. */
static const struct right room = { "a live interview", { 401, YES, 404, 403, YES, YES } };
static const struct right staff_self = { "a member of staff's own login",
                                         { 401, 401, 401, YES, YES, YES } };
static const struct right staff_accounts = { "admin accounts, roles",
                                             { 401, 401, 401, 403, 403, YES } };
static const struct right installation = { "settings of the installation",
                                           { 401, 401, 401, 403, 403, YES } };
static const struct right own_interview = { "what an interviewer does with an own interview",
                                            { 401, 401, 401, 403, YES, 404 } };
static const struct right flags_read = { "bias flags: read", { 401, 401, 401, YES, 403, YES } };
static const struct right flags_review = { "bias flags: review, lift suspension",
                                           { 401, 401, 401, 403, 403, YES } };
/* The path names another evaluator. */
static const struct right bias_of_others = { "bias history of others",
                                             { 401, 401, 401, YES, 404, YES } };
/* The nudge is the admin's. */
static const struct right own_nudge = { "appeal of one's own nudge",
                                        { 401, 401, 401, 403, YES, 404 } };
static const struct right said_nothing = { "correcting a transcript; nothing was said",
                                           { 401, 404, 404, 403, 404, 404 } };
static const struct right set_up_over = { "set-up, once it is over",
                                          { 403, 403, 403, 403, 403, 403 } };

static const struct {
    const char *method, *path;
    const struct right *right;
} rights[] = {
    { "GET", "/", &everybody },
    { "GET", "/ur", &everybody },
    { "GET", "/health", &everybody },
    { "GET", "/health/live", &everybody },
    { "GET", "/health/started", &everybody },
    { "GET", "/health/ready", &everybody },
    { "GET", "/metrics", &everybody },
    { "GET", "/admission/info", &everybody },
    { "GET", "/admission/status", &everybody },
    { "GET", "/dashboard/stats", &everybody },
    { "POST", "/admin/auth/login", &everybody },
    { "POST", "/admin/auth/logout", &staff_self },
    { "GET", "/admin/auth/me", &staff_self },
    { "GET", "/admin/auth/sessions", &staff_self },
    { "DELETE", "/admin/auth/sessions", &staff_self },
    { "DELETE", "/admin/auth/sessions/{session_id}", &staff_self },
    { "POST", "/admin/auth/password", &staff_self },
    { "GET", "/admin/auth/totp", &staff_self },
    { "POST", "/admin/auth/totp", &staff_self },
    { "POST", "/admin/auth/totp/confirm", &staff_self },
    { "POST", "/admin/auth/totp/recovery-codes", &staff_self },
    { "POST", "/admin/auth/totp/disable", &staff_self },
    { "GET", "/admin/tokens", &staff_self },
    { "POST", "/admin/tokens", &staff_self },
    { "DELETE", "/admin/tokens/{token_id}", &staff_self },
    { "GET", "/admin/users", &staff_accounts },
    { "POST", "/admin/users", &staff_accounts },
    { "GET", "/admin/users/{admin_id}", &staff_accounts },
    { "PATCH", "/admin/users/{admin_id}", &staff_accounts },
    { "PUT", "/admin/users/{admin_id}", &staff_accounts },
    { "GET", "/admin/users/{admin_id}/sessions", &staff_accounts },
    { "DELETE", "/admin/users/{admin_id}/sessions", &staff_accounts },
    { "DELETE", "/admin/users/{admin_id}/sessions/{session_id}", &staff_accounts },
    { "DELETE", "/admin/users/{admin_id}/totp", &staff_accounts },
    { "GET", "/admin/settings", &installation },
    { "GET", "/admin/settings/checks", &installation },
    { "POST", "/admin/settings/model-test", &installation },
    { "POST", "/setup", &set_up_over },
    { "GET", "/auth/demo/personas", &everybody },
    { "POST", "/auth/demo/personas", &everybody },
    { "POST", "/auth/student/google/start", &everybody },
    { "POST", "/auth/student/google/callback", &everybody },
    { "GET", "/auth/student/google/start", &everybody },
    { "GET", "/auth/student/google/callback", &everybody },
    { "GET", "/auth/student/me", &own_login },
    { "POST", "/auth/student/logout", &own_login },
    { "POST", "/applications", &submit },
    { "GET", "/applications/{application_id}", &own_status },
    { "GET", "/consent", &everybody },
    { "GET", "/applications/draft", &draft },
    { "PUT", "/applications/draft", &submit },
    { "DELETE", "/applications/draft", &draft },
    { "POST", "/applications/{application_id}/withdraw", &own_application },
    { "GET", "/applications/{application_id}/timeline", &own_application },
    { "GET", "/auth/student/applications", &own_login },
    { "GET", "/appeals", &own_login },
    { "POST", "/appeals", &own_application },
    { "GET", "/admin/cycles/{cycle_id}/appeals", &scores },
    { "POST", "/admin/cycles/{cycle_id}/appeals/{anonymized_id}", &held_read },
    { "GET", "/student/export", &own_login },
    { "POST", "/student/erasure", &own_login },
    { "DELETE", "/student/erasure", &own_login },
    { "POST", "/admin/applications/{application_id}/identity", &identity },
    { "POST", "/admin/results/{anonymized_id}/identity", &identity },
    { "POST", "/admin/erasures", &erasure },
    { "GET", "/results/{anonymized_id}", &result },
    { "GET", "/admin/cycles", &cycles_read },
    { "POST", "/admin/cycles", &cycles_run },
    { "GET", "/admin/cycles/active/current", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}", &cycles_read },
    { "PUT", "/admin/cycles/{cycle_id}", &cycles_run },
    { "DELETE", "/admin/cycles/{cycle_id}", &cycles_run },
    { "PUT", "/admin/cycles/{cycle_id}/open", &cycles_run },
    { "PUT", "/admin/cycles/{cycle_id}/close", &cycles_run },
    { "GET", "/admin/cycles/{cycle_id}/status", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}/evaluation", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}/applications", &scores },
    { "GET", "/admin/cycles/{cycle_id}/applications/{anonymized_id}", &scores },
    { "GET", "/admin/cycles/{cycle_id}/publication", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}/selection/preview", &scores },
    { "POST", "/admin/cycles/{cycle_id}/freeze", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/preprocess", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/export", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/processing", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/select", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/final-select", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/publish", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/complete", &cycles_run },
    { "GET", "/admin/batch/{batch_id}/status", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}/batches", &cycles_read },
    { "GET", "/admin/batch/{batch_id}/files", &cycles_read },
    { "GET", "/admin/batch/{batch_id}/failures", &cycles_read },
    { "POST", "/admin/batch/{batch_id}/retry", &cycles_run },
    { "POST", "/admin/batch/{batch_id}/import", &cycles_run },
    { "POST", "/admin/batch/{batch_id}/results", &cycles_run },
    { "POST", "/admin/batch/import", &cycles_run },
    { "GET", "/admin/cycles/{cycle_id}/scrub-policy", &cycles_read },
    { "PUT", "/admin/cycles/{cycle_id}/scrub-policy", &cycles_run },
    { "POST", "/applications/preview-scrub", &submit },
    { "GET", "/admin/cycles/{cycle_id}/held", &cycles_run },
    { "GET", "/admin/held/{anonymized_id}", &held_read },
    { "POST", "/admin/held/{anonymized_id}/original", &held_decide },
    { "POST", "/admin/held/{anonymized_id}/decision", &held_decide },
    { "GET", "/admin/cycles/{cycle_id}/export.jsonl", &scores },
    { "GET", "/admin/cycles/{cycle_id}/export.csv", &scores },
    { "GET", "/jobs", &cycles_read },
    { "GET", "/jobs/{job_id}", &cycles_read },
    { "GET", "/jobs/{job_id}/failures", &cycles_read },
    { "GET", "/admin/cycles/{cycle_id}/review", &scores },
    { "GET", "/admin/cycles/{cycle_id}/review/{anonymized_id}", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/review/{anonymized_id}", &cycles_run },
    { "GET", "/admin/cycles/{cycle_id}/fairness", &scores },
    { "POST", "/admin/cycles/{cycle_id}/fairness", &cycles_run },
    { "POST", "/admin/cycles/{cycle_id}/fairness/override", &erasure },
    { "GET", "/jobs/{job_id}/events", &cycles_read },
    { "GET", "/jobs/dead", &cycles_read },
    { "POST", "/jobs/{job_id}/cancel", &cycles_run },
    { "POST", "/jobs/{job_id}/retry", &cycles_run },
    { "POST", "/admin/interviews/schedule", &cycles_run },
    { "GET", "/admin/interviews/cycle/{cycle_id}", &cycles_read },
    { "GET", "/admin/interviews/cycle/{cycle_id}/waiting", &cycles_read },
    { "GET", "/admin/interviews/me", &cycles_run },
    { "GET", "/admin/interviews/{interview_id}", &cycles_read },
    { "PUT", "/admin/interviews/{interview_id}", &cycles_run },
    { "DELETE", "/admin/interviews/{interview_id}", &cycles_run },
    { "POST", "/admin/interviews/{interview_id}/reassign", &cycles_run },
    { "POST", "/admin/interviews/{interview_id}/start-interview", &own_interview },
    { "POST", "/admin/interviews/{interview_id}/decline", &own_interview },
    { "GET", "/admin/interviews/{interview_id}/scores/draft", &own_interview },
    { "PUT", "/admin/interviews/{interview_id}/scores/draft", &own_interview },
    { "GET", "/admin/interviews/{interview_id}/scores", &cycles_read },
    { "POST", "/admin/interviews/{interview_id}/scores", &own_interview },
    { "GET", "/student/interviews/me", &own_login },
    { "GET", "/interviews/{interview_id}/calendar.ics", &own_status },
    { "GET", "/interviews/{interview_id}/transcript", &own_status },
    { "GET", "/interviews/{interview_id}/transcript.txt", &own_status },
    { "PUT", "/interviews/{interview_id}/transcript/{transcript_id}", &said_nothing },
    { "GET", "/interviews/{interview_id}/status", &own_status },
    { "GET", "/admin/bias/flags", &flags_read },
    { "GET", "/admin/bias/flags/{flag_id}", &flags_read },
    { "PUT", "/admin/bias/flags/{flag_id}/resolve", &flags_review },
    { "GET", "/admin/bias/history/{admin_id}", &bias_of_others },
    { "POST", "/admin/bias/evaluators/{admin_id}/reinstate", &flags_review },
    { "GET", "/admin/bias/metrics", &flags_read },
    { "GET", "/admin/bias/gaps", &staff_self },
    { "GET", "/admin/bias/gaps/open", &flags_read },
    { "GET", "/admin/bias/nudges", &staff_self },
    { "POST", "/admin/bias/nudges/{nudge_id}/appeal", &own_nudge },
    { "GET", "/admin/bias/appeals", &flags_read },
    { "POST", "/admin/bias/appeals/{nudge_id}", &flags_review },
    { "GET", "/admin/bias/reassignments", &cycles_read },
    { "GET", "/admin/evaluators/{admin_id}/drift", &bias_of_others },
    { "POST", "/admin/bias/adverse-impact", &flags_read },
    { "POST", "/interviews/{interview_id}/ticket", &room },
    { "GET", "/admin/audit/logs", &log_read },
    { "GET", "/admin/audit/verify-chain", &log_read },
};
enum { RIGHTS = sizeof(rights) / sizeof(rights[0]) };

static const struct right *right_of(const struct route *r)
{
    for (size_t i = 0; i < RIGHTS; i++)
        if (strcmp(rights[i].method, r->method) == 0 && strcmp(rights[i].path, r->path) == 0)
            return rights[i].right;
    return NULL;
}

static const struct route *route_at(const struct world *w, size_t at)
{
    for (size_t t = 0; t < w->o.n_tables; at -= w->o.tables[t].n, t++)
        if (at < w->o.tables[t].n)
            return &w->o.tables[t].routes[at];
    return NULL;
}

static int open_world(void **state)
{
    struct world *w = malloc(sizeof(*w));
    world_open(w, NULL);
    world_cycle(w, PHASE_PUBLISHED, true);
    *state = w;
    return 0;
}
static int close_world(void **state)
{
    world_must_verify(*state);
    world_close(*state);
    free(*state);
    return 0;
}

/* Some spend a login or a password; the rest of a published cycle is spent by completing it. */
static void renew(struct world *w, const struct route *r, enum matrix_caller as)
{
    ask_renew(w, r, as);
    if (is_spending(r))
        world_cycle(w, PHASE_PUBLISHED, true);
}

static bool fits(int status, int right)
{
    if (right != YES)
        return status == right;
    return status < 500 && status != 401 && status != 403 && status != 404 && status != 405;
}

static void test_rights(void **state)
{
    struct world *w = *state;
    int wrong = 0;
    bool tried[ROUTES_MAX][MATRIX_CALLERS] = { 0 };
    const struct route *r;
    size_t n = 0;
    for (; (r = route_at(w, n)) != NULL; n++) {
        assert_true(n < ROUTES_MAX);
        const struct right *right = right_of(r);
        if (!right)
            fail_msg("%s %s stands in no row of SECURITY's roles", r->method, r->path);
        for (int who = 0; who < MATRIX_CALLERS; who++) {
            struct arena *mem = arena_open(NULL, 1 << 20);
            enum matrix_caller as = (enum matrix_caller)who;
            struct answer a = ask(w, good_ask(w, mem, r, as));
            tried[n][who] = true;
            if (!fits(a.status, right->of[who]) && ++wrong)
                print_error("%s %s as %s: %d (%s)\n", r->method, r->path, matrix_caller_names[who],
                            a.status, right->name);
            if (a.status < 300)
                renew(w, r, as);
            arena_close(mem);
        }
    }
    assert_int_equal(n, RIGHTS);
    for (size_t i = 0; i < n; i++)
        for (int who = 0; who < MATRIX_CALLERS; who++)
            assert_true(tried[i][who]);
    assert_int_equal(wrong, 0);
}

/* A student's token where staff stand, a token in the cookie, a cookie in the header. */
static void test_logins_are_not_interchangeable(void **state)
{
    struct world *w = *state;
    char line[WORLD_TOKEN_MAX + 64];
    snprintf(line, sizeof(line), "Authorization: Bearer %s\r\n", w->login[MATRIX_STUDENT]);
    struct ask q = { .method = "GET", .path = "/admin/cycles", .headers = line };
    assert_int_equal(ask(w, q).status, 401);
    q.path = "/auth/student/me";
    assert_int_equal(ask(w, q).status, 401);
    snprintf(line, sizeof(line), "Cookie: " STUDENT_COOKIE "=%s\r\n", w->login[MATRIX_ADMIN]);
    assert_int_equal(ask(w, q).status, 401);
    q.path = "/admin/cycles";
    assert_int_equal(ask(w, q).status, 401);
    /* Two logins at once: the header is the one that counts. */
    snprintf(line, sizeof(line), "Cookie: " STUDENT_COOKIE "=%s\r\n", w->login[MATRIX_STUDENT]);
    q = (struct ask){
        .method = "GET", .path = "/admin/auth/me", .headers = line, .as = MATRIX_ADMIN
    };
    assert_int_equal(ask(w, q).status, 200);
    q.path = "/auth/student/me";
    assert_int_equal(ask(w, q).status, 403);
}

/* The original's front end polls without a login; an option lets it, and changes nothing else. */
static void test_public_interview_status(void **state)
{
    struct world *w = *state;
    char path[128];
    snprintf(path, sizeof(path), "/interviews/%lld/status", (long long)w->interview_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_NOBODY };
    struct ask other = { .method = "GET", .path = "/admin/cycles", .as = MATRIX_NOBODY };
    assert_int_equal(ask(w, q).status, 401);
    w->o.compat_public = w->settings.public_interview_status = true;
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"started\":false,\"started_at\":null"));
    assert_false(str_has(a.body, "APP_") || str_has(a.body, "STU_") || str_has(a.body, "ADM_"));
    q.as = MATRIX_OTHER_STUDENT;
    assert_int_equal(ask(w, q).status, 200);
    q.path = "/interviews/999999999/status";
    assert_int_equal(ask(w, q).status, 404);
    assert_int_equal(ask(w, other).status, 401);
    w->o.compat_public = w->settings.public_interview_status = false;
    q = (struct ask){ .method = "GET", .path = path, .as = MATRIX_NOBODY };
    assert_int_equal(ask(w, q).status, 401);
}

static const char *const bad_logins[] = {
    "Authorization: Bearer\r\n",
    "Authorization: Bearer \r\n",
    "Authorization: Basic YWRtaW46YWRtaW4=\r\n",
    "Authorization: Bearer not.a.token\r\n",
    "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.\r\n",
    "Authorization: Token x\r\n",
    "Authorization: \r\n",
    "Cookie: " STUDENT_COOKIE "=\r\n",
    "Cookie: " STUDENT_COOKIE "=short\r\n",
    "Cookie: " STUDENT_COOKIE
    "=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
};

static void test_bad_logins(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < sizeof(bad_logins) / sizeof(bad_logins[0]); i++) {
        struct ask q = { .method = "GET", .path = "/admin/cycles", .headers = bad_logins[i] };
        struct answer a = ask(w, q);
        assert_int_equal(a.status, 401);
        assert_true(answer_header(&a, "WWW-Authenticate").p != NULL);
        q.path = "/auth/student/me";
        assert_int_equal(ask(w, q).status, 401);
        /* What is public stays so for whoever's login went stale. */
        q.path = "/admission/info";
        assert_int_equal(ask(w, q).status, 200);
    }
}

/* Upper case for the words of the path, never for ids. */
static void raise_words(const struct route *r, const char *path, char ret[PATH_MAX_N])
{
    const char *t = r->path;
    size_t n = 0;
    for (const char *p = path; *p && n + 1 < PATH_MAX_N; n++) {
        if (*t == '{') {
            t = strchr(t, '}') + 1;
            while (*p && *p != '/' && *p != '?' && n + 1 < PATH_MAX_N)
                ret[n++] = *p++;
            n--;
            continue;
        }
        ret[n] = *p == '?' ? '?' : (char)toupper((unsigned char)*p);
        if (*p == '?') {
            n += (size_t)snprintf(ret + n, PATH_MAX_N - n, "%s", p);
            break;
        }
        p++;
        t++;
    }
    ret[n] = '\0';
}

/* The first letter of each segment as an escape. */
static void escape_firsts(const char *path, char ret[PATH_MAX_N])
{
    size_t n = 0;
    bool first = false, query = false;
    for (const char *p = path; *p && n + 4 < PATH_MAX_N; p++) {
        query = query || *p == '?';
        if (first && !query && *p != '/')
            n += (size_t)snprintf(ret + n, PATH_MAX_N - n, "%%%02X", (unsigned)(unsigned char)*p);
        else
            ret[n++] = *p;
        first = *p == '/';
    }
    ret[n] = '\0';
}

/* Text put in behind the path, before the query. */
static void insert_tail(const char *path, const char *tail, char ret[PATH_MAX_N])
{
    const char *q = strchr(path, '?');
    int n = q ? (int)(q - path) : (int)strlen(path);
    snprintf(ret, PATH_MAX_N, "%.*s%s%s", n, path, tail, q ? q : "");
}

static int status_of(struct world *w, struct ask q, const char *path)
{
    q.path = path;
    return ask(w, q).status;
}

static void check_spellings(struct world *w, const struct route *r, enum matrix_caller as)
{
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct ask q = good_ask(w, mem, r, as);
    const char *path = q.path;
    char other[PATH_MAX_N];
    insert_tail(path, "/", other);
    assert_int_equal(status_of(w, q, other), 404);
    insert_tail(path, "/extra/and/more/of/it", other);
    assert_int_equal(status_of(w, q, other), 404);
    assert_int_equal(status_of(w, q, str_fmt(mem, "/%s", path).p), 404);
    assert_int_equal(status_of(w, q, str_fmt(mem, "/.%s", path).p), 404);
    insert_tail(path, "%2F", other);
    assert_int_equal(status_of(w, q, other), 400);
    insert_tail(path, "%00", other);
    assert_int_equal(status_of(w, q, other), 400);
    insert_tail(path, "%zz", other);
    assert_int_equal(status_of(w, q, other), 400);
    if (strcmp(r->path, "/") != 0) {
        raise_words(r, path, other);
        assert_string_not_equal(other, path);
        assert_int_equal(status_of(w, q, other), 404);
    }
    arena_close(mem);
}

static void test_misspelt_paths(void **state)
{
    struct world *w = *state;
    const struct route *r;
    for (size_t n = 0; (r = route_at(w, n)) != NULL; n++) {
        check_spellings(w, r, MATRIX_NOBODY);
        check_spellings(w, r, MATRIX_SUPER_ADMIN);
    }
}

/* Other spellings of the same path: the answer is the plain one's. Reads only, as the answer of a
 * second write may differ; writes are asked by nobody, who changes nothing. */
static void test_same_paths(void **state)
{
    struct world *w = *state;
    const struct route *r;
    for (size_t n = 0; (r = route_at(w, n)) != NULL; n++) {
        for (int who = 0; who < MATRIX_CALLERS; who++) {
            if (who != MATRIX_NOBODY && !is_read(r->method))
                continue;
            struct arena *mem = arena_open(NULL, 1 << 20);
            struct ask q = good_ask(w, mem, r, (enum matrix_caller)who);
            const char *path = q.path;
            char other[PATH_MAX_N];
            if (strstr(r->path, "/google/callback"))
                (void)status_of(w, q, path); /* a sign-in ends once: all of them meet a used one */
            int plain = status_of(w, q, path);
            assert_int_equal(status_of(w, q, str_fmt(mem, "/api%s", path).p), plain);
            escape_firsts(path, other);
            assert_int_equal(status_of(w, q, other), plain);
            if (is_read(r->method)) {
                q.method = "HEAD";
                q.path = path;
                struct answer a = ask(w, q);
                assert_int_equal(a.status, plain);
                assert_int_equal(a.body.n, 0);
            }
            arena_close(mem);
        }
    }
}

/* The row's path, or a path that its names take in: preview-scrub is also an application's id. */
static bool meets(const char *row, const char *path)
{
    struct str r = str_of(row), p = str_of(path), a, b;
    while (r.p && p.p) {
        r = str_cut(r, '/', &a);
        p = str_cut(p, '/', &b);
        if (!str_eq(a, b) && !str_starts(a, S("{")))
            return false;
    }
    return !r.p && !p.p;
}

static bool path_has(const struct world *w, const char *path, const char *method)
{
    const struct route *r;
    for (size_t n = 0; (r = route_at(w, n)) != NULL; n++)
        if (meets(r->path, path) &&
            (strcmp(r->method, method) == 0 ||
             (strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0)))
            return true;
    return false;
}

static bool list_has(struct str list, const char *word)
{
    struct str part;
    while (list.p) {
        list = str_cut(list, ',', &part);
        if (str_eq(str_trim(part), str_of(word)))
            return true;
    }
    return false;
}

/* Two rows of the tables can meet in one path: /admin/batch/import is also a batch's name. */
static void test_methods(void **state)
{
    struct world *w = *state;
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"
    };
    const struct route *r;
    for (size_t n = 0; (r = route_at(w, n)) != NULL; n++) {
        for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
            if (path_has(w, r->path, methods[m]))
                continue;
            struct arena *mem = arena_open(NULL, 1 << 20);
            struct ask q = good_ask(w, mem, r, MATRIX_SUPER_ADMIN);
            q.method = methods[m];
            struct answer a = ask(w, q);
            if (a.status != 405)
                print_error("%s %s: %d\n", q.method, q.path, a.status);
            assert_int_equal(a.status, 405);
            struct str allow = answer_header(&a, "Allow");
            for (size_t k = 0; k < sizeof(methods) / sizeof(methods[0]); k++)
                assert_int_equal(list_has(allow, methods[k]), path_has(w, r->path, methods[k]));
            assert_true(list_has(allow, "OPTIONS"));
            arena_close(mem);
        }
    }
}

static void test_unknown_methods(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "BREW", .path = "/admin/cycles", .as = MATRIX_ADMIN };
    assert_int_equal(ask(w, q).status, 501);
    q.method = "get";
    assert_int_equal(ask(w, q).status, 501);
    q.method = "OPTIONS";
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 204);
    assert_true(list_has(answer_header(&a, "Allow"), "POST"));
}

/* Interviews have numbers: what is none is refused before anything is looked up. */
static int missing_status(const struct route *r, const char *id)
{
    int64_t number = 0;
    if (!(r->roles & ROLE_SUPER_ADMIN))
        return 403;
    const bool counted = strstr(r->path, "{interview_id}") || strstr(r->path, "{flag_id}") ||
                         strstr(r->path, "{nudge_id}");
    return counted && !str_i64(str_of(id), &number) ? 422 : 404;
}

/* The first thing that the path names is missing; a second one has any name. */
static const char *missing_path(struct arena *mem, const char *path, const char *open,
                                const char *id)
{
    const char *tail = strchr(open, '}') + 1, *second = strchr(tail, '{');
    const int n = second ? (int)(second - tail) : (int)strlen(tail);
    return str_fmt(mem, "%.*s%s%.*s%s", (int)(open - path), path, id, n, tail, second ? "x" : "").p;
}

/* Ids of nothing, and of shapes that no id has: never more than "not found", never a 5xx. */
static void test_missing_things(void **state)
{
    struct world *w = *state;
    static const char *const ids[] = {
        "APP_00000000000000000000000000",
        "0",
        "-1",
        "99999999999999999999999",
        "%27%20OR%201%3D1",
        "%25s%25n",
        "x%F0%9F%90%9D",
        "..%2e",
        "null",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    const struct route *r;
    for (size_t n = 0; (r = route_at(w, n)) != NULL; n++) {
        const char *open = strchr(r->path, '{');
        if (!open)
            continue;
        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
            struct arena *mem = arena_open(NULL, 1 << 20);
            struct ask q = good_ask(w, mem, r, MATRIX_SUPER_ADMIN);
            q.path = missing_path(mem, r->path, open, ids[i]);
            struct answer a = ask(w, q);
            const int want = missing_status(r, ids[i]);
            if (a.status != want)
                print_error("%s %s: %d %.*s\n", q.method, q.path, a.status, STR_ARG(a.body));
            assert_int_equal(a.status, want);
            arena_close(mem);
        }
    }
}

/* What one may not see and what is not there have the same answer, to the byte. */
static void test_foreign_is_missing(void **state)
{
    struct world *w = *state;
    char path[PATH_MAX_N], body[1024];
    const char *const stems[] = { "/applications", "/results" };
    const char *const ids[] = { w->application_id, w->anonymized_id };
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", stems[i], ids[i]);
        struct ask q = { .method = "GET", .path = path, .as = MATRIX_OTHER_STUDENT };
        struct answer a = ask(w, q);
        assert_int_equal(a.status, 404);
        snprintf(body, sizeof(body), "%.*s", STR_ARG(a.body));
        snprintf(path, sizeof(path), "%s/APP_NOWHERE", stems[i]);
        a = ask(w, q);
        assert_int_equal(a.status, 404);
        assert_int_equal(strlen(body), a.body.n);
        assert_memory_equal(body, a.body.p, a.body.n);
    }
    snprintf(path, sizeof(path), "/interviews/%lld/status", (long long)w->interview_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_OTHER_STUDENT };
    struct answer a = ask(w, q);
    snprintf(body, sizeof(body), "%.*s", STR_ARG(a.body));
    assert_int_equal(a.status, 404);
    q.path = "/interviews/999999999/status";
    a = ask(w, q);
    assert_int_equal(a.status, 404);
    assert_true(str_eq(a.body, str_of(body)));
}

/* Without demo mode the demo's doors are not there. */
static void test_no_demo(void **state)
{
    struct world *w = *state;
    w->o.demo = false;
    struct ask q = { .method = "GET", .path = "/auth/demo/personas" };
    assert_int_equal(ask(w, q).status, 404);
    q.method = "POST";
    q.body = S("{\"persona_id\":\"yuki-tanaka\"}");
    assert_int_equal(ask(w, q).status, 404);
    q = (struct ask){ .method = "GET", .path = "/health" };
    struct answer a = ask(w, q);
    assert_false(answer_header(&a, "X-Enigma-Demo").p != NULL);
    w->o.demo = true;
    a = ask(w, q);
    assert_true(str_eq(answer_header(&a, "X-Enigma-Demo"), S("true")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_logins_are_not_interchangeable),
        cmocka_unit_test(test_bad_logins),
        cmocka_unit_test(test_public_interview_status),
        cmocka_unit_test(test_misspelt_paths),
        cmocka_unit_test(test_same_paths),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_unknown_methods),
        cmocka_unit_test(test_missing_things),
        cmocka_unit_test(test_foreign_is_missing),
        cmocka_unit_test(test_no_demo),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
