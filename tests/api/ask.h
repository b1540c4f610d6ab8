/* api/ask.h: requests as each caller, good requests for every route, and what came back. */
#ifndef ENIGMA_TESTS_API_ASK_H
#define ENIGMA_TESTS_API_ASK_H

#include "api/world.h"
#include "base/str.h"
#include "codec/time.h"
#include "service/staff.h"

struct ask {
    const char *method, *path;
    enum matrix_caller as;
    const char *headers; /* further lines, each with its CRLF */
    struct str body;     /* absent: no body */
    const char *type;    /* NULL with a body: application/json; "": none is said */
    bool no_origin;      /* leave out what shows that the page is ours */
};
struct answer {
    int status;
    struct str raw, head, body;
};

static inline bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static inline struct answer answer_read(struct arena *mem, struct str raw)
{
    struct answer a = { .raw = str_keep(mem, raw) };
    const char *end = memmem(a.raw.p, a.raw.n, "\r\n\r\n", 4);
    int64_t status = 0;
    if (!end || a.raw.n < 12 || memcmp(a.raw.p, "HTTP/1.1 ", 9) != 0 ||
        !str_i64(str_sub(a.raw, 9, 3), &status)) {
        fprintf(stderr, "not an answer: %.*s\n", STR_ARG(raw));
        abort();
    }
    a.status = (int)status;
    a.head = str_sub(a.raw, 0, (size_t)(end - a.raw.p) + 2);
    a.body = str_sub(a.raw, (size_t)(end - a.raw.p) + 4, a.raw.n);
    return a;
}

/* Raw bytes in, as they stand. */
static inline struct answer ask_raw(struct world *w, struct str raw)
{
    struct ctx *c = test_db_next(&w->db);
    struct str reply = { 0 };
    c->remote = S("192.0.2.7");
    test_db_must(c, server_loopback(c, &w->o, raw, &reply), "loopback");
    arena_reset(w->answers);
    return answer_read(w->answers, reply);
}

static inline struct answer ask(struct world *w, struct ask q)
{
    struct buf b;
    buf_init(&b, NULL, 80 << 20);
    buf_fmt(&b, "%s %s HTTP/1.1\r\nHost: enigma.test\r\n", q.method, q.path);
    bool cookie = q.as == MATRIX_STUDENT || q.as == MATRIX_OTHER_STUDENT;
    if (cookie)
        buf_fmt(&b, "Cookie: " STUDENT_COOKIE "=%s\r\n", w->login[q.as]);
    else if (q.as != MATRIX_NOBODY)
        buf_fmt(&b, "Authorization: Bearer %s\r\n", w->login[q.as]);
    if (cookie && !is_read(q.method) && !q.no_origin)
        buf_lit(&b, "Origin: " WORLD_ORIGIN "\r\n");
    if (q.headers)
        buf_str(&b, str_of(q.headers));
    if (q.body.p) {
        if (!q.type || q.type[0])
            buf_fmt(&b, "Content-Type: %s\r\n", q.type ? q.type : "application/json");
        buf_fmt(&b, "Content-Length: %zu\r\n", q.body.n);
    }
    buf_lit(&b, "\r\n");
    if (q.body.p)
        buf_str(&b, q.body);
    struct answer a = ask_raw(w, buf_view(&b));
    buf_done(&b);
    return a;
}

/* Value of the answer's first header of that name, or absent. */
static inline struct str answer_header(const struct answer *a, const char *name)
{
    struct str rest = a->head, line, key, want = str_of(name);
    while (rest.p) {
        rest = str_cut(rest, '\n', &line);
        struct str value = str_cut(line, ':', &key);
        if (value.p && str_eqi(key, want))
            return str_trim(value);
    }
    return (struct str){ 0 };
}
static inline int answer_header_count(const struct answer *a, const char *name)
{
    struct str rest = a->head, line, key, want = str_of(name);
    int n = 0;
    while (rest.p) {
        rest = str_cut(rest, '\n', &line);
        n += str_cut(line, ':', &key).p && str_eqi(key, want);
    }
    return n;
}
static inline bool str_has(struct str s, const char *what)
{
    return s.n && memmem(s.p, s.n, what, strlen(what)) != NULL;
}

#define WORLD_ESSAY                                                                                \
    "I kept bees for three summers and wrote down what I saw each day. When the second hive "      \
    "failed I compared the records, found the pattern, and changed the feeding."
#define WORLD_APPLICATION                                                                          \
    "{\"name\":\"Ada Testwell\",\"email\":\"ada@example.org\",\"gpa\":3.4,"                        \
    "\"test_scores\":{\"SAT\":1300,\"ACT\":28},\"essay\":\"" WORLD_ESSAY "\","                     \
    "\"achievements\":\"Won the regional science fair.\"}"

/* A login or an API token of whoever asks, made for a path that ends it. */
static inline const char *good_staff_id(struct world *w, struct arena *mem, const struct route *r,
                                        struct str key)
{
    char id[ID_MAX + 1] = "SES_MISSING";
    const bool of_other = strstr(r->path, "{admin_id}") != NULL;
    if (str_eq(key, S("admin_id")))
        return w->spare;
    if (str_eq(key, S("token_id"))) {
        struct ctx *c = world_ctx(w);
        const struct principal who = { .id = str_of(w->id[w->asking]), .roles = ROLE_ADMIN };
        struct str scope = S("cycles:read");
        const struct token_new n = { S("a script"), { &scope, 1 }, 1 };
        struct token_made made = { .token.token_id = S("TOK_MISSING") };
        c->who = &who;
        if (w->asking > MATRIX_OTHER_STUDENT)
            test_db_must(c, token_make(c, &n, &made), "token_make");
        return str_z(mem, made.token.token_id);
    }
    if (of_other)
        world_login_name(w, "spare", w->spare, id);
    else if (w->asking > MATRIX_OTHER_STUDENT)
        world_login_name(w, matrix_caller_names[w->asking], w->id[w->asking], id);
    return str_fmt(mem, "%s", id).p;
}

#define WORLD_VERIFIER  "a-verifier-of-forty-three-characters-or-more"
#define WORLD_CHALLENGE "y5UF_tmp_ICTDGza-Ou2vUvx2cu7DBN-Xwf_z0RDfTw"

/* Routes that finish a sign-in need one that has begun: its state, code and cookie. */
struct begun {
    struct str state, code, cookie;
};
static inline struct begun begin_signin(struct world *w, struct arena *mem, bool plain)
{
    struct ctx *c = world_ctx(w);
    struct signin_begun b;
    struct str browser;
    const struct signin_start s = { S(TEST_IDP_FRONT), S(WORLD_CHALLENGE) };
    c->who = NULL;
    test_db_must(c,
                 plain ? signin_start_plain(c, (struct str){ 0 }, &b, &browser)
                       : signin_start(c, &s, (struct str){ 0 }, &b, &browser),
                 "signin_start");
    return (struct begun){ str_keep(mem, b.state),
                           str_keep(mem, test_idp_code(c, b.authorization_url, "pat")),
                           str_fmt(mem, "Cookie: " SIGNIN_COOKIE "=%.*s\r\n", STR_ARG(browser)) };
}

#define WORLD_REASON "{\"reason\":\"The offer of a place is to be sent.\"}"

/* The path of a route with the world's ids in it, and what its query needs. */
static inline char *good_path(struct world *w, struct arena *mem, const struct route *r)
{
    struct str rest = str_of(r->path), part, key;
    struct buf b;
    buf_init(&b, mem, 1024);
    while (rest.p) {
        rest = str_cut(rest, '{', &part);
        buf_str(&b, part);
        if (!rest.p)
            break;
        rest = str_cut(rest, '}', &key);
        if (str_eq(key, S("batch_id")))
            buf_i64(&b, w->batch_id);
        else if (str_eq(key, S("interview_id")))
            buf_i64(&b, w->interview_id);
        else if (str_eq(key, S("flag_id")))
            buf_i64(&b, w->flag_id);
        else if (str_eq(key, S("nudge_id")))
            buf_i64(&b, strstr(r->path, "/appeals/") ? w->appeal_id : w->nudge_id);
        else if (str_eq(key, S("transcript_id")))
            buf_i64(&b, 1);
        else
            buf_str(&b, str_of(str_eq(key, S("cycle_id"))         ? w->cycle_id
                               : str_eq(key, S("application_id")) ? w->application_id
                               : str_eq(key, S("anonymized_id"))  ? w->anonymized_id
                               : str_eq(key, S("job_id"))         ? w->job_id
                                                                  : good_staff_id(w, mem, r, key)));
    }
    if (strcmp(r->path, "/admin/batch/import") == 0)
        buf_fmt(&b, "?batch_id=%lld", (long long)w->batch_id);
    if (strcmp(r->path, "/auth/student/google/start") == 0 && !is_read(r->method))
        buf_lit(&b, "?redirect_uri=" TEST_IDP_FRONT "&code_challenge=" WORLD_CHALLENGE);
    return str_z(mem, buf_view(&b));
}

static inline struct str good_body(struct world *w, struct arena *mem, const struct route *r)
{
    static const struct {
        const char *method, *path, *body;
    } fixed[] = {
        { "POST", "/admin/auth/login",
          "{\"username\":\"admin\",\"password\":\"" WORLD_PASSWORD "\"}" },
        { "POST", "/setup",
          "{\"secret\":\"no-such-secret\",\"username\":\"founder\",\"email\":\"f@staff.test\","
          "\"password\":\"" WORLD_PASSWORD "\"}" },
        { "POST", "/auth/demo/personas", "{\"persona_id\":\"yuki-tanaka\"}" },
        { "POST", "/applications", WORLD_APPLICATION },
        { "PUT", "/applications/draft", "{\"name\":\"Ada Testw\",\"gpa\":3.4567}" },
        { "POST", "/student/erasure", "{\"confirm\":true}" },
        { "POST", "/admin/applications/{application_id}/identity", WORLD_REASON },
        { "POST", "/admin/results/{anonymized_id}/identity", WORLD_REASON },
        { "POST", "/admin/cycles",
          "{\"cycle_name\":\"Spring intake\",\"max_seats\":2,"
          "\"start_date\":\"2020-01-01T00:00:00Z\",\"end_date\":\"2999-01-01T00:00:00Z\","
          "\"result_date\":\"2999-02-01T00:00:00Z\"}" },
        { "PUT", "/admin/cycles/{cycle_id}", "{\"cycle_name\":\"Renamed intake\"}" },
        { "PUT", "/admin/cycles/{cycle_id}/scrub-policy", "{\"kinship\":\"neutralise\"}" },
        { "POST", "/applications/preview-scrub",
          "{\"essay\":\"" WORLD_ESSAY "\",\"achievements\":\"Ada won the fair.\"}" },
        { "POST", "/admin/held/{anonymized_id}/original",
          "{\"reason\":\"the verifier names a rule\"}" },
        { "POST", "/admin/held/{anonymized_id}/decision",
          "{\"decision\":\"release\",\"reason\":\"read and found clean\"}" },
        { "POST", "/admin/cycles/{cycle_id}/processing", "{\"provider\":\"builtin\"}" },
        { "PATCH", "/admin/users/{admin_id}", "{\"role\":\"admin\",\"is_active\":true}" },
        { "PUT", "/admin/users/{admin_id}", "{\"role\":\"admin\",\"is_active\":true}" },
        { "POST", "/admin/auth/password",
          "{\"current_password\":\"" WORLD_PASSWORD
          "\",\"new_password\":\"another one of these\"}" },
        { "POST", "/admin/auth/totp", "{\"password\":\"" WORLD_PASSWORD "\"}" },
        { "POST", "/admin/auth/totp/confirm", "{\"totp_code\":\"123456\"}" },
        { "POST", "/admin/auth/totp/recovery-codes",
          "{\"password\":\"" WORLD_PASSWORD "\",\"totp_code\":\"123456\"}" },
        { "POST", "/admin/auth/totp/disable",
          "{\"password\":\"" WORLD_PASSWORD "\",\"totp_code\":\"123456\"}" },
        { "POST", "/admin/cycles/{cycle_id}/review/{anonymized_id}",
          "{\"decision\":\"mark\",\"reason\":\"Looked at by hand.\",\"achievement_score\":70,"
          "\"essay_score\":70}" },
        { "PUT", "/admin/interviews/{interview_id}", "{\"notes\":\"Spoke calmly.\"}" },
        { "POST", "/admin/interviews/{interview_id}/start-interview", "{\"coi_accepted\":true}" },
        { "POST", "/admin/interviews/{interview_id}/decline",
          "{\"reason\":\"I know this voice from a summer school.\"}" },
        { "PUT", "/admin/interviews/{interview_id}/scores/draft",
          "{\"communication_score\":7.25}" },
        { "PUT", "/interviews/{interview_id}/transcript/{transcript_id}",
          "{\"text\":\"I kept bees.\"}" },
        { "POST", "/admin/interviews/{interview_id}/scores",
          "{\"communication_score\":7.25,\"critical_thinking_score\":8,\"motivation_score\":9}" },
        { "POST", "/admin/cycles/{cycle_id}/fairness/override",
          "{\"reason\":\"The board has read all of them again.\"}" },
        { "PUT", "/admin/bias/flags/{flag_id}/resolve",
          "{\"verdict\":\"upheld\",\"resolution\":\"Heard again and found so.\"}" },
        { "POST", "/admin/bias/evaluators/{admin_id}/reinstate",
          "{\"reason\":\"Trained, and heard again.\"}" },
        { "POST", "/admin/bias/nudges/{nudge_id}/appeal",
          "{\"reason\":\"It was about the subject.\"}" },
        { "POST", "/admin/bias/appeals/{nudge_id}",
          "{\"verdict\":\"rejected\",\"reason\":\"Heard again and found so.\"}" },
        { "POST", "/admin/bias/adverse-impact",
          "{\"groups\":[{\"name\":\"a\",\"applied\":60,\"selected\":20},"
          "{\"name\":\"b\",\"applied\":50,\"selected\":10}]}" },
        { "POST", "/admin/cycles/{cycle_id}/appeals/{anonymized_id}",
          "{\"decision\":\"rejected\",\"reason\":\"The marks follow the rubric.\"}" },
        { "POST", "/admin/tokens", "{\"name\":\"nightly\",\"scopes\":[\"cycles:read\"]}" },
    };
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (strcmp(fixed[i].method, r->method) == 0 && strcmp(fixed[i].path, r->path) == 0)
            return str_of(fixed[i].body);
    if (strcmp(r->path, "/admin/users") == 0 && !is_read(r->method)) {
        const int n = ++w->made;
        return str_fmt(mem,
                       "{\"username\":\"hire%d\",\"email\":\"hire%d@staff.test\","
                       "\"password\":\"" WORLD_PASSWORD "\",\"role\":\"auditor\"}",
                       n, n);
    }
    if (strcmp(r->path, "/admin/interviews/schedule") == 0) {
        struct buf b;
        buf_init(&b, mem, 256);
        buf_fmt(&b, "{\"anonymized_id\":\"%s\",\"interview_time\":\"", w->anonymized_id);
        time_write(&b, world_ctx(w)->now_us + TEST_DAY_US);
        buf_lit(&b, "\"}");
        return buf_view(&b);
    }
    if (strcmp(r->path, "/appeals") == 0)
        return str_fmt(mem,
                       "{\"application_id\":\"%s\",\"reason\":\"The second prize of the fair "
                       "was not counted.\"}",
                       w->application_id);
    if (strcmp(r->path, "/admin/erasures") == 0)
        return str_fmt(mem, "{\"student_id\":\"%s\",\"basis\":\"request\"}",
                       w->id[MATRIX_OTHER_STUDENT]);
    if (r->flags & ROUTE_UPLOAD)
        return str_fmt(mem,
                       "{\"anonymized_id\":\"%s\",\"academic_score\":85,\"test_score\":70,"
                       "\"achievement_score\":60,\"essay_score\":60,"
                       "\"explanation\":\"Steady marks and a clear essay.\"}\n",
                       w->anonymized_id);
    return (struct str){ 0 };
}

static inline struct ask good_callback(struct world *w, struct arena *mem, const struct route *r,
                                       enum matrix_caller as)
{
    const bool plain = is_read(r->method);
    const struct begun b = begin_signin(w, mem, plain);
    struct ask q = { .method = r->method, .path = r->path, .as = as, .headers = b.cookie.p };
    if (plain)
        q.path =
            str_fmt(mem, "%s?code=%.*s&state=%.*s", r->path, STR_ARG(b.code), STR_ARG(b.state)).p;
    else
        q.body = str_fmt(mem,
                         "{\"code\":\"%.*s\",\"state\":\"%.*s\",\"code_verifier\":"
                         "\"" WORLD_VERIFIER "\",\"redirect_uri\":\"" TEST_IDP_FRONT "\"}",
                         STR_ARG(b.code), STR_ARG(b.state));
    return q;
}

/* A good request to the route; parts of it live in mem. */
static inline struct ask good_ask(struct world *w, struct arena *mem, const struct route *r,
                                  enum matrix_caller as)
{
    w->asking = as;
    if (strstr(r->path, "/totp"))
        test_exec(world_ctx(w), "DELETE FROM admin_second_factors WHERE :a = :b", S(""), S(""));
    if (strcmp(r->path, "/admin/tokens") == 0 && !is_read(r->method))
        test_exec(world_ctx(w), "DELETE FROM api_tokens WHERE name = :a AND :b = ''", S("nightly"),
                  S(""));
    if (strcmp(r->path, "/auth/student/google/callback") == 0)
        return good_callback(w, mem, r, as);
    return (struct ask){ .method = r->method,
                         .path = good_path(w, mem, r),
                         .as = as,
                         .body = good_body(w, mem, r),
                         .headers = strcmp(r->method, "PUT") == 0 &&
                                            strcmp(r->path, "/applications/draft") == 0
                                        ? "If-Match: *\r\n"
                                        : NULL,
                         .type = r->flags & ROUTE_UPLOAD ? "application/x-ndjson" : NULL };
}

/* Whether the route's step needs a cycle that selected by a shortlist. */
static inline bool needs_shortlist(const struct route *r)
{
    return strstr(r->path, "/final-select") != NULL;
}

/* Whether a success of the route may change what later requests meet. */
static inline bool is_spending(const struct route *r)
{
    static const char *const of_staff[] = { "/admin/auth/", "/admin/users", "/admin/tokens",
                                            "/admin/bias/" };
    for (size_t i = 0; i < sizeof(of_staff) / sizeof(of_staff[0]); i++)
        if (strncmp(r->path, of_staff[i], strlen(of_staff[i])) == 0)
            return false;
    return !is_read(r->method) && strcmp(r->path, "/auth/demo/personas") != 0 &&
           !strstr(r->path, "/auth/student/google/");
}

/* Gives the caller back what a success of the route has taken: the login, the password. */
static inline void ask_renew(struct world *w, const struct route *r, enum matrix_caller as)
{
    if (strcmp(r->path, "/admin/auth/password") == 0)
        world_restore_passwords(w);
    if (strstr(r->path, "logout") || strcmp(r->path, "/student/erasure") == 0)
        world_sign_in(w, as);
    else if (strcmp(r->path, "/admin/erasures") == 0)
        world_sign_in(w, MATRIX_OTHER_STUDENT);
}

#endif
