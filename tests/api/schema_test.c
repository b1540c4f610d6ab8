/* Every route once with success, in a world where it can succeed, and each JSON answer against the
 * schema that /openapi.json promises; the document itself too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Never beside codec/json.h: both have a json_string. */
#include <jansson.h>

#include "api/ask.h"
#include "api/cycles.h"
#include "codec/time.h"
#include "support/test_totp.h"

enum { DEPTH_MAX = 16, WHY_MAX = 400, ROUTES_MAX = 256 };

/* A checker of the part of JSON Schema that the tables print. */
struct check {
    json_t *doc;
    char why[WHY_MAX];
};

static bool no(struct check *k, const char *path, const char *what)
{
    if (!k->why[0])
        snprintf(k->why, sizeof(k->why), "%s: %s", path[0] ? path : "(whole)", what);
    return false;
}

/* "#/components/schemas/NAME" */
static json_t *resolve(const struct check *k, const char *ref)
{
    json_t *at = k->doc;
    struct str rest = str_of(ref), part;
    if (!str_starts(rest, S("#/")))
        return NULL;
    rest = str_sub(rest, 2, rest.n);
    while (rest.p && at) {
        rest = str_cut(rest, '/', &part);
        at = json_object_getn(at, part.p, part.n);
    }
    return at;
}

static const char *type_name(const json_t *v)
{
    return json_is_object(v)    ? "object"
           : json_is_array(v)   ? "array"
           : json_is_string(v)  ? "string"
           : json_is_integer(v) ? "integer"
           : json_is_real(v)    ? "number"
           : json_is_boolean(v) ? "boolean"
                                : "null";
}

static bool is_type(const json_t *v, const char *type)
{
    return strcmp(type_name(v), type) == 0 || (strcmp(type, "number") == 0 && json_is_integer(v));
}

static bool has_type(const json_t *v, const json_t *type)
{
    if (json_is_string(type))
        return is_type(v, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_type(v, json_string_value(json_array_get(type, i))))
            return true;
    return false;
}

static double limit_of(const json_t *schema, const char *key, double none)
{
    const json_t *v = json_object_get(schema, key);
    return v ? json_number_value(v) : none;
}

static bool check_number(struct check *k, const char *path, const json_t *s, const json_t *v)
{
    double x = json_number_value(v);
    if (x < limit_of(s, "minimum", x) || x > limit_of(s, "maximum", x))
        return no(k, path, "out of range");
    if (json_object_get(s, "exclusiveMinimum") && x <= limit_of(s, "exclusiveMinimum", x))
        return no(k, path, "not above its limit");
    return true;
}

static bool check_string(struct check *k, const char *path, const json_t *s, const json_t *v)
{
    const struct str text = { json_string_value(v), json_string_length(v) };
    const char *format = json_string_value(json_object_get(s, "format"));
    int64_t us;
    if ((double)text.n < limit_of(s, "minLength", 0))
        return no(k, path, "too short");
    if ((double)text.n > 4 * limit_of(s, "maxLength", 1e9))
        return no(k, path, "too long");
    if (format && strcmp(format, "date-time") == 0 &&
        (!time_read(text, &us) || !str_ends(text, S("Z")) || text.n < 20 || text.p[10] != 'T'))
        return no(k, path, "not a date-time");
    return true;
}

static bool in_enum(const json_t *list, const json_t *v)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), v))
            return true;
    return false;
}

static bool check_value(struct check *k, const char *path, json_t *s, json_t *v, int depth);

static bool check_object(struct check *k, const char *path, json_t *s, json_t *v, int depth)
{
    json_t *required = json_object_get(s, "required"),
           *properties = json_object_get(s, "properties");
    for (size_t i = 0; i < json_array_size(required); i++)
        if (!json_object_get(v, json_string_value(json_array_get(required, i))))
            return no(k, path, json_string_value(json_array_get(required, i)));
    const char *key;
    json_t *member;
    json_object_foreach(v, key, member)
    {
        char below[200];
        json_t *of = json_object_get(properties, key);
        snprintf(below, sizeof(below), "%s.%s", path, key);
        if (!of)
            of = json_object_get(s, "additionalProperties");
        if (!of && properties)
            return no(k, below, "not a member of the schema");
        if (of && !check_value(k, below, of, member, depth + 1))
            return false;
    }
    /* We leave nothing out unless we say so: null stands where nothing is. */
    json_object_foreach(properties, key, member)
    {
        if (!json_object_get(v, key) && !json_object_get(member, "writeOnly"))
            return no(k, key, "left out");
    }
    return true;
}

static bool check_array(struct check *k, const char *path, json_t *s, json_t *v, int depth)
{
    size_t n = json_array_size(v);
    if ((double)n < limit_of(s, "minItems", 0) || (double)n > limit_of(s, "maxItems", 1e9))
        return no(k, path, "too few or too many");
    for (size_t i = 0; i < n; i++) {
        char below[200];
        snprintf(below, sizeof(below), "%s[%zu]", path, i);
        if (!check_value(k, below, json_object_get(s, "items"), json_array_get(v, i), depth + 1))
            return false;
    }
    return true;
}

static bool check_any(struct check *k, const char *path, const json_t *any, json_t *v, int depth)
{
    for (size_t i = 0; i < json_array_size(any); i++) {
        struct check sub = { .doc = k->doc };
        if (check_value(&sub, path, json_array_get(any, i), v, depth + 1))
            return true;
        if (i == 0)
            snprintf(k->why, sizeof(k->why), "%s", sub.why);
    }
    return no(k, path, "none of anyOf fits");
}

/* Keywords that the checker does not know would go by unseen: they fail instead. */
static bool knows_all(struct check *k, const char *path, json_t *s)
{
    static const char *const known[] = {
        "type",      "properties",    "required",      "enum",        "items",
        "$ref",      "format",        "minimum",       "maximum",     "exclusiveMinimum",
        "minLength", "maxLength",     "minItems",      "maxItems",    "minProperties",
        "anyOf",     "maxProperties", "propertyNames", "description", "default",
        "readOnly",  "writeOnly",     "$comment",      "pattern",     "additionalProperties",
    };
    const char *key;
    json_t *member;
    json_object_foreach(s, key, member)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found = found || strcmp(key, known[i]) == 0;
        if (!found)
            return no(k, path, key);
    }
    return true;
}

static bool check_value(struct check *k, const char *path, json_t *s, json_t *v, int depth)
{
    if (!s || depth > DEPTH_MAX)
        return no(k, path, "no schema");
    const char *ref = json_string_value(json_object_get(s, "$ref"));
    if (ref)
        return check_value(k, path, resolve(k, ref), v, depth + 1);
    if (!knows_all(k, path, s))
        return false;
    json_t *any = json_object_get(s, "anyOf"), *type = json_object_get(s, "type");
    json_t *list = json_object_get(s, "enum");
    if (any)
        return check_any(k, path, any, v, depth);
    if (type && !has_type(v, type))
        return no(k, path, type_name(v));
    if (list && !in_enum(list, v))
        return no(k, path, "not in its enum");
    if (json_is_number(v))
        return check_number(k, path, s, v);
    if (json_is_string(v))
        return check_string(k, path, s, v);
    if (json_is_array(v) && type)
        return check_array(k, path, s, v, depth);
    if (json_is_object(v) && type)
        return check_object(k, path, s, v, depth);
    return true;
}

struct scene {
    struct world w;
    json_t *doc;
};

static json_t *load(struct str text)
{
    json_error_t e;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (!v)
        fail_msg("not JSON: %s near %d: %.*s", e.text, e.position,
                 (int)(text.n < 200 ? text.n : 200), text.p);
    return v;
}

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    world_open(&s->w, NULL);
    struct ask q = { .method = "GET", .path = "/openapi.json" };
    struct answer a = ask(&s->w, q);
    s->doc = load(a.body);
    *state = s;
    return 0;
}
static int close_scene(void **state)
{
    struct scene *s = *state;
    world_must_verify(&s->w);
    world_close(&s->w);
    json_decref(s->doc);
    free(s);
    return 0;
}

/* The schema that the document gives for a success of the route. */
static json_t *promised(struct scene *s, const struct route *r)
{
    char method[16];
    size_t n = 0;
    for (; r->method[n] && n + 1 < sizeof(method); n++)
        method[n] = (char)(r->method[n] | 0x20);
    method[n] = '\0';
    json_t *at = json_object_get(s->doc, "paths");
    at = json_object_get(json_object_get(at, r->path), method);
    at = json_object_get(json_object_get(at, "responses"), "200");
    at = json_object_get(at, "content");
    return json_object_get(json_object_get(at, "application/json"), "schema");
}

static void check_answer(struct scene *s, const struct route *r, const struct answer *a)
{
    if (a->status < 200 || (a->status > 299 && a->status != 303))
        fail_msg("%s %s: %d %.*s", r->method, r->path, a->status, STR_ARG(a->body));
    if (!r->reply)
        return;
    json_t *v = load(a->body);
    struct check k = { .doc = s->doc };
    json_t *schema = promised(s, r);
    if (!schema)
        fail_msg("%s %s: the document promises no JSON", r->method, r->path);
    if (!check_value(&k, "", schema, v, 0))
        fail_msg("%s %s breaks its schema: %s\n%.*s", r->method, r->path, k.why, STR_ARG(a->body));
    json_decref(v);
}

/* Who and when: the first of super_admin, students and nobody that the matrix lets succeed, in the
 * latest phase in which it does, so that as much as possible is filled. */
static bool find_way(const struct route *r, enum matrix_caller *ret_as, int32_t *ret_phase)
{
    static const enum matrix_caller order[] = { MATRIX_SUPER_ADMIN, MATRIX_ADMIN, MATRIX_STUDENT,
                                                MATRIX_OTHER_STUDENT, MATRIX_NOBODY };
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (int32_t p = PHASE_COUNT - 1; p >= 0; p--)
            if (matrix_status(r, order[i], p) / 100 == 2 || matrix_status(r, order[i], p) == 303) {
                *ret_as = order[i];
                *ret_phase = p;
                return true;
            }
    return false;
}

static bool is_decision(const struct route *r)
{
    return strcmp(r->method, "POST") == 0 && strstr(r->path, "/review/") != NULL;
}

/* In the midst of evaluation, with a review that waits. */
static void try_decision(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    world_cycle(w, PHASE_PROCESSING, true);
    test_exec(world_ctx(w),
              "UPDATE evaluation_reviews SET decision = NULL, note = NULL "
              "WHERE anonymized_id = :a OR anonymized_id = :b",
              str_of(w->anonymized_id), str_of(w->anonymized_id));
    const struct answer a = ask(w, good_ask(w, mem, r, MATRIX_ADMIN));
    check_answer(s, r, &a);
    arena_close(mem);
}

/* A slot, and what is written in an interview. */
static bool is_interview(const struct route *r)
{
    return !is_read(r->method) &&
           (strstr(r->path, "/transcript/") || strcmp(r->path, "/admin/interviews/schedule") == 0 ||
            strstr(r->path, "{interview_id}/scores") != NULL);
}

static void try_interview(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    char path[128];
    world_cycle(w, PHASE_SELECTION, true);
    const bool slot = strstr(r->path, "schedule") != NULL;
    if (strstr(r->path, "/transcript/"))
        test_exec(world_ctx(w),
                  "INSERT INTO live_transcripts (id, interview_id, admission_cycle_id, speaker, "
                  "transcript_text, start_time, end_time, provider, created_at) SELECT 1, id, "
                  "admission_cycle_id, 'student', 'I kept peas.', created_at, created_at, 'ear', "
                  "created_at FROM interviews WHERE application_id = :a AND :b = ''",
                  str_of(w->application_id), S(""));
    snprintf(path, sizeof(path), "/admin/interviews/%lld%s", (long long)w->interview_id,
             slot ? "" : "/start-interview");
    const struct ask first = { .method = slot ? "DELETE" : "POST",
                               .path = path,
                               .as = MATRIX_ADMIN,
                               .body = S("{\"coi_accepted\":true}") };
    assert_int_equal(ask(w, first).status, slot ? 204 : 200);
    if (slot) /* as if it had been invited */
        test_exec(world_ctx(w),
                  "UPDATE applications SET status = 'shortlisted' WHERE application_id = :a "
                  "AND :b = ''",
                  str_of(w->application_id), S(""));
    const struct answer a = ask(w, good_ask(w, mem, r, MATRIX_ADMIN));
    check_answer(s, r, &a);
    if (slot)
        test_exec(world_ctx(w),
                  "UPDATE applications SET status = 'selected' WHERE application_id = :a "
                  "AND :b = ''",
                  str_of(w->application_id), S(""));
    arena_close(mem);
}

/* Scores from elsewhere cannot be tested: a super_admin answers for them. */
static void try_override(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    world_cycle(w, PHASE_SCORED, true);
    test_exec(world_ctx(w),
              "UPDATE final_scores SET evaluator = 'elsewhere' WHERE admission_cycle_id = :a",
              str_of(w->cycle_id), S(""));
    const struct answer a = ask(w, good_ask(w, mem, r, MATRIX_SUPER_ADMIN));
    check_answer(s, r, &a);
    arena_close(mem);
}

static bool is_appeal_decision(const struct route *r)
{
    return strstr(r->path, "{cycle_id}/appeals/") != NULL;
}

static void try_appeal(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    static const struct route make = { .method = "POST", .path = "/appeals" };
    world_cycle(w, PHASE_PUBLISHED, true);
    assert_int_equal(ask(w, good_ask(w, mem, &make, MATRIX_STUDENT)).status, 200);
    const struct answer a = ask(w, good_ask(w, mem, r, MATRIX_ADMIN));
    check_answer(s, r, &a);
    arena_close(mem);
}

static bool is_override(const struct route *r)
{
    return strstr(r->path, "/fairness/override") != NULL;
}

/* Those that no ordinary cycle lets succeed. */
static bool is_special(const struct route *r)
{
    return strcmp(r->path, "/setup") == 0 || strstr(r->path, "/cancel") != NULL ||
           strstr(r->path, "/retry") != NULL || strstr(r->path, "/admin/held/") != NULL ||
           is_decision(r) || is_interview(r) || is_override(r) || is_appeal_decision(r) ||
           (strcmp(r->method, "DELETE") == 0 && strstr(r->path, "{cycle_id}") != NULL);
}

/* The cycle of these tests waits for an import; with the built-in provider there is work to do. */
static void try_batch_retry(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    char path[128];
    world_cycle(w, PHASE_PROCESSING, true);
    w->idle = true;
    test_exec(world_ctx(w), "UPDATE admission_cycles SET provider = 'builtin' WHERE cycle_id = :a",
              str_of(w->cycle_id), S(""));
    snprintf(path, sizeof(path), "/admin/batch/%lld/retry", (long long)w->batch_id);
    struct answer a = ask(w, (struct ask){ .method = "POST", .path = path, .as = MATRIX_ADMIN });
    assert_int_equal(a.status, 202);
    check_answer(s, r, &a);
    test_exec(world_ctx(w), "UPDATE admission_cycles SET provider = 'external' WHERE cycle_id = :a",
              str_of(w->cycle_id), S(""));
    w->idle = false;
}

static bool is_factor(const struct route *r)
{
    return strstr(r->path, "/totp/") != NULL ||
           (strcmp(r->method, "DELETE") == 0 && strstr(r->path, "/totp") != NULL);
}

/* A second factor of an admin who signs in for this: set up, or removed again. */
static void try_factor(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    char code[TOTP_DIGITS + 1];
    test_exec(world_ctx(w), "DELETE FROM admin_second_factors WHERE :a = :b", S(""), S(""));
    world_sign_in(w, MATRIX_ADMIN);
    struct ask q = { .method = "POST",
                     .path = "/admin/auth/totp",
                     .as = MATRIX_ADMIN,
                     .body = S("{\"password\":\"" WORLD_PASSWORD "\"}") };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    json_t *v = load(a.body);
    const struct str secret =
        str_keep(mem, str_of(json_string_value(json_object_get(v, "secret"))));
    json_decref(v);
    const int64_t now_us = world_ctx(w)->now_us;
    test_totp(secret, now_us, 0, code);
    q.path = "/admin/auth/totp/confirm";
    q.body = str_fmt(mem, "{\"totp_code\":\"%s\"}", code);
    a = ask(w, q);
    if (strcmp(r->path, q.path) != 0) {
        assert_int_equal(a.status, 200);
        test_totp(secret, now_us, 1, code);
        q = (struct ask){ .method = r->method, .path = r->path, .as = MATRIX_ADMIN };
        q.body = str_fmt(mem, "{\"password\":\"" WORLD_PASSWORD "\",\"totp_code\":\"%s\"}", code);
        if (strcmp(r->method, "DELETE") == 0) {
            q.path = str_fmt(mem, "/admin/users/%s/totp", w->id[MATRIX_ADMIN]).p;
            q.as = MATRIX_SUPER_ADMIN;
            q.body = (struct str){ 0 };
        }
        a = ask(w, q);
    }
    check_answer(s, r, &a);
    test_exec(world_ctx(w), "DELETE FROM admin_second_factors WHERE :a = :b", S(""), S(""));
    world_sign_in(w, MATRIX_ADMIN);
    arena_close(mem);
}

/* One application of a cycle in preprocessing waits for a person, as if the verifier had said so.
 * (Its decision may put things right: the verification at the end still passes.) */
static void try_held(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct arena *mem = arena_open(NULL, 1 << 20);
    world_cycle(w, PHASE_PREPROCESSING, true);
    test_exec(world_ctx(w),
              "UPDATE anonymized_applications SET held_reason = 'own_name' "
              "WHERE anonymized_id = :a",
              str_of(w->anonymized_id), S(""));
    test_exec(world_ctx(w),
              "UPDATE applications SET status = 'finalized' WHERE application_id = :a",
              str_of(w->application_id), S(""));
    struct answer a = ask(w, good_ask(w, mem, r, MATRIX_SUPER_ADMIN));
    check_answer(s, r, &a);
    assert_int_equal(a.status, 200);
    arena_close(mem);
}

static void try_special(struct scene *s, const struct route *r)
{
    struct world *w = &s->w;
    struct world fresh;
    char path[256];
    struct answer a;
    if (is_appeal_decision(r)) {
        try_appeal(s, r);
        return;
    }
    if (strcmp(r->path, "/setup") == 0) {
        struct str secret;
        world_open_empty(&fresh, NULL);
        struct ctx *c = test_db_next(&fresh.db);
        test_db_must(c, setup_link_create(c, &secret), "setup_link");
        struct arena *mem = arena_open(NULL, 1 << 20);
        struct str body = str_fmt(mem,
                                  "{\"secret\":\"%.*s\",\"username\":\"founder\","
                                  "\"email\":\"f@staff.test\",\"password\":\"" WORLD_PASSWORD "\"}",
                                  STR_ARG(secret));
        struct ask q = { .method = "POST", .path = "/setup", .body = body };
        a = ask(&fresh, q);
        check_answer(s, r, &a);
        assert_int_equal(ask(&fresh, q).status, 403); /* once */
        arena_close(mem);
        world_close(&fresh);
        return;
    }
    if (is_interview(r)) {
        try_interview(s, r);
        return;
    }
    if (is_decision(r)) {
        try_decision(s, r);
        return;
    }
    if (is_override(r)) {
        try_override(s, r);
        return;
    }
    if (strcmp(r->path, "/admin/batch/{batch_id}/retry") == 0) {
        try_batch_retry(s, r);
        return;
    }
    if (strcmp(r->method, "DELETE") == 0) {
        world_cycle_new(w);
        snprintf(path, sizeof(path), "/admin/cycles/%s", w->cycle_id);
        struct ask q = { .method = "DELETE", .path = path, .as = MATRIX_ADMIN };
        assert_int_equal(ask(w, q).status, 400); /* open */
        test_db_must(&w->db.c, cycle_close(world_ctx(w), str_of(w->cycle_id), &(struct cycle){ 0 }),
                     "cycle_close");
        a = ask(w, q);
        check_answer(s, r, &a);
        assert_int_equal(ask(w, q).status, 404);
        return;
    }
    if (strstr(r->path, "/admin/held/")) {
        try_held(s, r);
        return;
    }
    world_cycle(w, PHASE_FROZEN, true);
    w->idle = true; /* nobody works: the job stays */
    snprintf(path, sizeof(path), "/admin/cycles/%s/preprocess", w->cycle_id);
    struct ask q = {
        .method = "POST", .path = path, .as = MATRIX_ADMIN, .headers = "Prefer: respond-async\r\n"
    };
    a = ask(w, q);
    assert_int_equal(a.status, 202);
    struct str at = answer_header(&a, "Location");
    assert_true(str_starts(at, S("/jobs/JOB_")));
    bool retry = strstr(r->path, "/retry") != NULL;
    snprintf(path, sizeof(path), "%.*s/%s", STR_ARG(at), retry ? "retry" : "cancel");
    if (retry) {
        test_exec(world_ctx(w), "UPDATE jobs SET state = 'failed' WHERE state = 'queued'", S(""),
                  S(""));
        test_exec(world_ctx(w), "UPDATE job_chunks SET state = 'failed' WHERE state = 'ready'",
                  S(""), S(""));
    }
    q.headers = NULL;
    a = ask(w, q);
    check_answer(s, r, &a);
    w->idle = false;
}

static void test_every_route(void **state)
{
    struct scene *s = *state;
    struct world *w = &s->w;
    size_t tried = 0, all = 0;
    int32_t now = -1;
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            const struct route *r = &w->o.tables[t].routes[i];
            enum matrix_caller as = MATRIX_NOBODY;
            int32_t phase = 0;
            all++;
            if (is_factor(r)) {
                try_factor(s, r);
                tried++;
                continue;
            }
            if (is_special(r)) {
                try_special(s, r);
                now = -1;
                tried++;
                continue;
            }
            if (!find_way(r, &as, &phase))
                fail_msg("%s %s never succeeds", r->method, r->path);
            bool apply = strcmp(r->path, "/applications") == 0;
            w->shortlist = needs_shortlist(r);
            if (now != phase || apply || w->shortlist)
                world_cycle(w, phase, !apply);
            now = is_spending(r) ? -1 : phase;
            w->shortlist = false;
            struct arena *mem = arena_open(NULL, 1 << 20);
            struct answer a = ask(w, good_ask(w, mem, r, as));
            check_answer(s, r, &a);
            ask_renew(w, r, as);
            tried++;
            arena_close(mem);
        }
    }
    assert_int_equal(tried, all);
}

static const struct route *route_of(struct scene *s, const char *end)
{
    for (size_t t = 0; t < s->w.o.n_tables; t++)
        for (size_t i = 0; i < s->w.o.tables[t].n; i++)
            if (str_ends(str_of(s->w.o.tables[t].routes[i].path), str_of(end)))
                return &s->w.o.tables[t].routes[i];
    fail_msg("no route ends with %s", end);
    return NULL;
}

/* The answers of the selection, by a shortlist, keep their schemas too. */
static void test_shortlist_answers(void **state)
{
    struct scene *s = *state;
    struct world *w = &s->w;
    char path[256];
    world_cycle(w, PHASE_SCORED, true);
    snprintf(path, sizeof(path), "/admin/cycles/%s/selection/preview?mode=shortlist&factor=3",
             w->cycle_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_AUDITOR };
    struct answer a = ask(w, q);
    check_answer(s, route_of(s, "/selection/preview"), &a);
    assert_true(str_has(a.body, "\"mode\":\"shortlist\"") &&
                str_has(a.body, "\"shortlisted_count\":4"));
    snprintf(path, sizeof(path), "/admin/cycles/%s/select", w->cycle_id);
    q = (struct ask){ .method = "POST",
                      .path = path,
                      .as = MATRIX_ADMIN,
                      .body = S("{\"mode\":\"shortlist\",\"factor\":1,\"weights\":"
                                "{\"application\":0.25,\"interview\":0.75}}") };
    a = ask(w, q);
    check_answer(s, route_of(s, "{cycle_id}/select"), &a);
    assert_true(str_has(a.body, "\"selected_count\":0,\"shortlisted_count\":2,"));
    assert_true(str_has(a.body, "\"weights\":{\"application\":0.25,\"interview\":0.75}"));
    snprintf(path, sizeof(path), "/admin/cycles/%s/status", w->cycle_id);
    q = (struct ask){ .method = "GET", .path = path, .as = MATRIX_AUDITOR };
    a = ask(w, q);
    check_answer(s, route_of(s, "{cycle_id}/status"), &a);
    assert_true(str_has(a.body, "\"shortlisted\":2") &&
                str_has(a.body, "\"next_verb\":\"final-select\"") &&
                str_has(a.body, "2 shortlisted applications have no interview"));
    snprintf(path, sizeof(path), "/admin/cycles/%s/final-select", w->cycle_id);
    q = (struct ask){ .method = "POST", .path = path, .as = MATRIX_ADMIN };
    a = ask(w, q);
    assert_int_equal(a.status, 400);
    assert_true(str_has(a.body, "no interview: ANON_"));
    snprintf(path, sizeof(path), "/admin/cycles/%s/final-select?force=true", w->cycle_id);
    assert_int_equal(ask(w, q).status, 403);
    q.as = MATRIX_SUPER_ADMIN;
    a = ask(w, q);
    check_answer(s, route_of(s, "/final-select"), &a);
    assert_true(str_has(a.body, "\"selected_count\":0,\"not_selected_count\":2"));
    assert_int_equal(ask(w, q).status, 400); /* once */
}

/* 201, 202 and the null of a cycle that is not open are answers of the same shape. */
static void test_other_successes(void **state)
{
    struct scene *s = *state;
    struct world *w = &s->w;
    const struct route *apply = &application_routes.routes[0];
    world_cycle(w, PHASE_SUBMISSION, false);
    struct ask q = { .method = "POST",
                     .path = "/applications",
                     .as = MATRIX_STUDENT,
                     .headers = "Prefer: status=201\r\nIdempotency-Key: k1\r\n",
                     .body = S(WORLD_APPLICATION) };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 201);
    assert_true(str_starts(answer_header(&a, "Location"), S("/applications/APP_")));
    check_answer(s, apply, &a);
    a = ask(w, q);
    assert_int_equal(a.status, 201);
    assert_true(str_eq(answer_header(&a, "Idempotency-Replayed"), S("true")));
    check_answer(s, apply, &a);
    world_cycle(w, PHASE_FROZEN, true);
    struct ask active = { .method = "GET",
                          .path = "/admin/cycles/active/current",
                          .as = MATRIX_AUDITOR };
    a = ask(w, active);
    assert_true(str_eq(a.body, S("null")));
}

/* Pages of the lists that have them: each page keeps the schema, and the pages are the whole. */
static void test_pages(void **state)
{
    enum { PAGE_MOST = 1000 };
    struct scene *s = *state;
    struct world *w = &s->w;
    world_cycle(w, PHASE_SCORED, true);
    char applications[256], filtered[256];
    snprintf(applications, sizeof(applications), "/admin/cycles/%s/applications?", w->cycle_id);
    snprintf(
        filtered, sizeof(filtered),
        "/admin/cycles/%s/applications?status=scored&sort=essay&descending=true&total_min=1.5&",
        w->cycle_id);
    const char *const lists[] = { "/admin/cycles?", "/jobs?",
                                  "/admin/audit/logs?entity_type=cycle&", applications, filtered };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char path[600];
        snprintf(path, sizeof(path), "%slimit=1000", lists[i]);
        struct ask q = { .method = "GET", .path = path, .as = MATRIX_ADMIN };
        struct answer a = ask(w, q);
        json_t *whole = load(a.body), *pages = json_array();
        size_t n = 0;
        snprintf(path, sizeof(path), "%slimit=2", lists[i]);
        for (bool more = true; more; n++) {
            assert_true(n < 1000);
            a = ask(w, q);
            assert_int_equal(a.status, 200);
            json_t *page = load(a.body);
            assert_true(json_array_size(page) <= 2);
            json_array_extend(pages, page);
            json_decref(page);
            struct str link = answer_header(&a, "Link"), next;
            more = link.p != NULL;
            if (more) {
                assert_true(str_ends(link, S("; rel=\"next\"")) && link.p[0] == '<');
                (void)str_cut(str_sub(link, 1, link.n), '>', &next);
                snprintf(path, sizeof(path), "%.*s", STR_ARG(next));
            }
        }
        assert_true(n > 1);
        while (json_array_size(whole) == PAGE_MOST && json_array_size(pages) > PAGE_MOST)
            json_array_remove(pages, json_array_size(pages) - 1);
        if (!json_equal(whole, pages))
            fail_msg("the pages of %s are not the whole", lists[i]);
        json_decref(whole);
        json_decref(pages);
    }
}

static void resolve_all(struct scene *s, json_t *v)
{
    const char *key;
    json_t *member;
    struct check k = { .doc = s->doc };
    json_object_foreach(v, key, member)
    {
        if (strcmp(key, "$ref") == 0 && json_is_string(member) &&
            !resolve(&k, json_string_value(member)))
            fail_msg("%s leads nowhere", json_string_value(member));
        resolve_all(s, member);
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        resolve_all(s, json_array_get(v, i));
}

static void test_document(void **state)
{
    struct scene *s = *state;
    struct world *w = &s->w;
    const char *version = json_string_value(json_object_get(s->doc, "openapi"));
    assert_non_null(version);
    assert_int_equal(strncmp(version, "3.1.", 4), 0);
    json_t *info = json_object_get(s->doc, "info");
    assert_true(json_is_string(json_object_get(info, "title")));
    assert_true(json_is_string(json_object_get(info, "version")));
    resolve_all(s, s->doc);
    json_t *paths = json_object_get(s->doc, "paths"), *ids = json_object();
    size_t operations = 0, rows = 0;
    const char *path, *method;
    json_t *item, *op;
    json_object_foreach(paths, path, item)
    {
        assert_int_equal(path[0], '/');
        json_object_foreach(item, method, op)
        {
            const char *id = json_string_value(json_object_get(op, "operationId"));
            assert_non_null(id);
            if (json_object_get(ids, id))
                fail_msg("operationId %s stands twice", id);
            json_object_set_new(ids, id, json_true());
            operations++;
        }
    }
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++, rows++) {
            const struct route *r = &w->o.tables[t].routes[i];
            if (!json_object_get(paths, r->path))
                fail_msg("%s is not in the document", r->path);
            if (r->reply && !promised(s, r))
                fail_msg("%s %s: no schema of a success", r->method, r->path);
        }
    }
    assert_int_equal(operations, rows);
    json_decref(ids);
}

/* The component is what schema_describe prints. */
static void test_components(void **state)
{
    struct scene *s = *state;
    struct world *w = &s->w;
    json_t *all = json_object_get(json_object_get(s->doc, "components"), "schemas");
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            const struct route *r = &w->o.tables[t].routes[i];
            const struct schema *both[] = { r->body, r->reply };
            for (int k = 0; k < 2; k++) {
                if (!both[k])
                    continue;
                struct buf b;
                buf_init(&b, NULL, 1 << 20);
                schema_describe(both[k], &b);
                json_t *own = load(buf_view(&b));
                assert_true(json_equal(own, json_object_get(all, both[k]->name)));
                json_decref(own);
                buf_done(&b);
            }
        }
    }
}

/* A checker that lets everything pass would prove nothing. */
static void test_checker(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *schema, *value;
        bool fine;
    } cases[] = {
        { "{\"type\":\"integer\"}", "1", true },
        { "{\"type\":\"integer\"}", "1.5", false },
        { "{\"type\":[\"number\",\"null\"]}", "null", true },
        { "{\"type\":\"number\"}", "null", false },
        { "{\"type\":\"number\",\"maximum\":4}", "4.5", false },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-01-01T00:00:00Z\"", true },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"yesterday\"", false },
        { "{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-01-01\"", false },
        { "{\"type\":\"string\",\"enum\":[\"a\"]}", "\"b\"", false },
        { "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "[\"a\",1]", false },
        { "{\"type\":\"object\",\"properties\":{},\"required\":[\"x\"]}", "{}", false },
        { "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\"}}}", "{\"y\":1}",
          false },
        { "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\"}}}", "{}", false },
        { "{\"$ref\":\"#/components/schemas/Cycle\"}", "{}", false },
        { "{\"$ref\":\"#/components/schemas/Nothing\"}", "{}", false },
        { "{\"type\":\"string\",\"neverHeardOf\":1}", "\"a\"", false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *schema = load(str_of(cases[i].schema)), *v = load(str_of(cases[i].value));
        struct check k = { .doc = s->doc };
        if (check_value(&k, "", schema, v, 0) != cases[i].fine)
            fail_msg("%s with %s", cases[i].schema, cases[i].value);
        json_decref(schema);
        json_decref(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checker),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_components),
        cmocka_unit_test(test_every_route),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_other_successes),
        cmocka_unit_test(test_shortlist_answers),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
