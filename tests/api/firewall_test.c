/* The identity firewall, tried from outside: canaries in every identity, every route as every
 * caller in every phase, and none of them comes back but where a table allows it, not in a body,
 * header, error, metric or line of the log; no decision shows before publication; the two ids of an
 * application never stand in one answer to staff; what is missing and what is forbidden have the
 * same answer after the same work. Routes come from the tables: a new one is tried by itself. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Never beside codec/json.h: both have a json_string. */
#include <jansson.h>

#include "api/canary.h"
#include "api/cycles.h"
#include "base/log.h"
#include "os/file.h"

struct house {
    struct world w;
    struct canary_ids ids;
    char log_path[128];
    struct log *log;
    int log_fd;
    int64_t statements; /* of writers */
    struct db_fault_port port;
};

struct visit {
    struct house *h;
    const struct route *r;
    enum matrix_caller as;
    int32_t phase;
    int wrong, seen, allowed;
};

static void complain(struct visit *v, const char *what, struct str where)
{
    v->wrong++;
    print_error("%s %s as %s in %s: %s: %.*s\n", v->r->method, v->r->path,
                matrix_caller_names[v->as], phase_names.v[v->phase], what,
                (int)(where.n < 600 ? where.n : 600), where.p);
}

/* S-32. The dashboard speaks of all applications and may name statuses, not decisions. */
/* "test_scores" is what the student wrote, not a score. */
static struct str without_tests(struct arena *mem, struct str body)
{
    static const char own[] = "test_scores";
    char *out = str_z(mem, body);
    for (char *p; (p = memmem(out, body.n, own, sizeof(own) - 1)) != NULL;)
        memset(p, ' ', sizeof(own) - 1);
    return (struct str){ out, body.n };
}

static void check_undecided(struct visit *v, struct arena *mem, const struct answer *a)
{
    const struct str body = without_tests(mem, a->body);
    static const char *const always[] = { "\"selected\"", "not_selected", "shortlisted",
                                          "ANON_",        "\"rank\"",     "congratulations" };
    static const char *const own[] = { "_score", "percentile", "rank", "selected", "cutoff" };
    bool dashboard = strcmp(v->r->path, "/dashboard/stats") == 0;
    bool metrics = strcmp(v->r->path, "/metrics") == 0;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (text_contains(a->raw, always[i]))
            complain(v, always[i], a->body);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !dashboard && !metrics; i++)
        if (text_contains(body, own[i]))
            complain(v, own[i], a->body);
}

/* One thing that staff are told: an object of a list, a line of a stream, or the whole. */
static void check_thing(struct visit *v, struct str thing)
{
    if (text_contains(thing, "APP_") && text_contains(thing, "ANON_"))
        complain(v, "both ids", thing);
}

static void check_apart(struct visit *v, const struct answer *a)
{
    check_thing(v, (struct str){ a->head.p, a->head.n });
    json_t *list = a->body.n && a->body.p[0] == '['
                       ? json_loadb(a->body.p, a->body.n, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        char *text = json_dumps(json_array_get(list, i), JSON_COMPACT | JSON_ENCODE_ANY);
        check_thing(v, str_of(text));
        free(text);
    }
    if (!list)
        check_thing(v, a->body);
    json_decref(list);
}

static void check_canaries(struct visit *v, const struct answer *a)
{
    for (int n = 0; n < CANARIES; n++) {
        const unsigned found = canary_kinds(a->raw, n, &v->h->ids);
        const unsigned allowed = canary_allowed(v->r, v->as, v->phase, n);
        if (found & ~allowed)
            complain(v, canary_word(found & ~allowed), a->body);
        v->allowed += (found & allowed & CANARY_PERSON) != 0;
    }
}

/* Everything of an answer but what differs with each request. */
static struct str answer_kernel(struct arena *mem, const struct answer *a)
{
    struct buf b;
    struct str rest = a->head, line;
    buf_init(&b, mem, 1 << 20);
    while (rest.p) {
        rest = str_cut(rest, '\n', &line);
        if (!str_starts(line, S("Date:")) && !str_starts(line, S("X-Request-ID:")))
            buf_str(&b, line);
        buf_c(&b, '\n');
    }
    buf_str(&b, a->body);
    return buf_view(&b);
}

struct work {
    int64_t reads, writes, statements;
};
static struct work work_done(struct house *h)
{
    struct db_stats s;
    db_stats(h->w.db.deps.db, &s);
    return (struct work){ s.reads, s.writes, h->statements };
}
static struct work work_since(struct house *h, struct work was)
{
    struct work now = work_done(h);
    return (struct work){ now.reads - was.reads, now.writes - was.writes,
                          now.statements - was.statements };
}

/* The same request for an id of nothing: the answer has the same bytes, and the database was asked
 * as often. */
static void check_missing(struct visit *v, struct arena *mem, const struct answer *a,
                          struct work work)
{
    struct world *w = &v->h->w;
    char app[ID_MAX + 1], anon[ID_MAX + 1];
    const int64_t interview = w->interview_id;
    struct str kernel = answer_kernel(mem, a);
    memcpy(app, w->application_id, sizeof(app));
    memcpy(anon, w->anonymized_id, sizeof(anon));
    snprintf(w->application_id, ID_MAX + 1, "APP_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    snprintf(w->anonymized_id, ID_MAX + 1, "ANON_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    w->interview_id = INT64_C(999999999);
    const struct ask q = good_ask(w, mem, v->r, v->as);
    const struct work before = work_done(v->h);
    struct answer missing = ask(w, q);
    const struct work same = work_since(v->h, before);
    if (!str_eq(kernel, answer_kernel(mem, &missing)))
        complain(v, "forbidden is not as missing", missing.body);
    if (memcmp(&same, &work, sizeof(work)) != 0)
        complain(v, "forbidden is more or less work than missing", missing.body);
    memcpy(w->application_id, app, sizeof(app));
    memcpy(w->anonymized_id, anon, sizeof(anon));
    w->interview_id = interview;
}

static bool names_an_applicant(const struct route *r)
{
    return strstr(r->path, "{application_id}") || strstr(r->path, "{anonymized_id}") ||
           strstr(r->path, "{interview_id}");
}

static int check_visit(struct visit *v)
{
    struct arena *mem = arena_open(NULL, 16 << 20);
    struct world *w = &v->h->w;
    const struct ask q = good_ask(w, mem, v->r, v->as);
    const struct work before = work_done(v->h);
    struct answer a = ask(w, q);
    const struct work work = work_since(v->h, before);
    const int status = a.status;
    bool staff = v->as >= MATRIX_AUDITOR;
    if (status >= 500)
        complain(v, "broken", a.body);
    check_canaries(v, &a);
    if (!staff && v->phase < PHASE_PUBLISHED)
        check_undecided(v, mem, &a);
    if (staff || v->as != MATRIX_STUDENT)
        check_apart(v, &a);
    v->seen += status == 200;
    if (is_read(v->r->method) && status < 300)
        ask_renew(w, v->r, v->as);
    if (names_an_applicant(v->r) && (status == 401 || status == 403 || status == 404))
        check_missing(v, mem, &a, work);
    arena_close(mem);
    return status;
}

static void fresh_cycle(struct house *h, int32_t phase)
{
    world_cycle(&h->w, phase, true);
    canary_take_ids(&h->w, &h->ids);
}

/* Reads leave the cycle as it is; a write that succeeded is followed by a fresh one. */
static void visit_all(struct house *h, int32_t phase, bool writes)
{
    struct visit v = { .h = h, .phase = phase };
    struct world *w = &h->w;
    canary_take_ids(w, &h->ids);
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            v.r = &w->o.tables[t].routes[i];
            if (is_read(v.r->method) == writes)
                continue;
            for (int who = 0; who < MATRIX_CALLERS; who++) {
                v.as = (enum matrix_caller)who;
                if (check_visit(&v) >= 300 || !writes)
                    continue;
                ask_renew(w, v.r, v.as);
                if (is_spending(v.r))
                    fresh_cycle(h, phase);
            }
        }
    }
    assert_int_equal(v.wrong, 0);
    assert_true(v.seen > (writes ? 4 : 60));
    /* The table is used: the owner finds the own words, and from the selection on staff do. */
    assert_true(v.allowed > 0);
}

static err count_statement(void *self, const char *what)
{
    (void)what;
    ((struct house *)self)->statements++;
    return ERR_OK;
}

static int open_house(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    h->port = (struct db_fault_port){ h, count_statement };
    world_open(&h->w, &h->port);
    h->w.dress = canary_dress;
    snprintf(h->log_path, sizeof(h->log_path), "%s/access.log", h->w.db.dir);
    h->log_fd = open(h->log_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(h->log_fd >= 0);
    h->log = log_open(h->log_fd, LOG_DEBUG, &clock_system);
    h->w.db.deps.log = h->log;
    *state = h;
    return 0;
}
static int close_house(void **state)
{
    struct house *h = *state;
    world_must_verify(&h->w);
    h->w.db.deps.log = NULL;
    log_close(h->log);
    close(h->log_fd);
    unlink(h->log_path);
    world_close(&h->w);
    free(h);
    return 0;
}

/* In the order of the phases: no cycle of this world is published before the last two. */
static void test_every_page_in_every_phase(void **state)
{
    struct house *h = *state;
    for (int32_t phase = PHASE_SUBMISSION; phase < PHASE_COUNT; phase++) {
        world_cycle(&h->w, phase, true);
        visit_all(h, phase, false);
    }
}

/* The same with a shortlist: nobody learns who is invited, nor what the final selection gave,
 * before the publication. */
static void test_every_page_of_a_shortlist(void **state)
{
    struct house *h = *state;
    struct world *w = &h->w;
    w->shortlist = true;
    world_cycle(w, PHASE_SELECTION, true);
    visit_all(h, PHASE_SELECTION, false);
    world_step(w, "final-select", S("builtin"));
    visit_all(h, PHASE_SELECTION, false);
    char path[256];
    snprintf(path, sizeof(path), "/applications/%s", w->application_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_STUDENT };
    assert_true(str_has(ask(w, q).body, "\"status\":\"scored\""));
    w->shortlist = false;
}

/* The canaries are there to be found. */
static void test_canaries_would_be_seen(void **state)
{
    struct house *h = *state;
    assert_int_equal(canary_kinds(S("... zibbleton ..."), 0, NULL), CANARY_NAME);
    assert_int_equal(canary_kinds(S("... +1 415 803 6629 ..."), 3, NULL), CANARY_PHONE);
    assert_int_equal(canary_kinds(S("... 14158036629 ..."), 3, NULL), CANARY_PHONE);
    assert_int_equal(canary_kinds(S("TRIZZLEPOST@mail2.example"), 2, NULL), CANARY_MAIL);
    assert_int_equal(canary_kinds(S("nothing of the kind"), 1, NULL), 0);
    /* What evaluators read is there, and whose it is was taken out. */
    fresh_cycle(h, PHASE_BATCH_PREP);
    char path[256];
    snprintf(path, sizeof(path), "/admin/cycles/%s/export.jsonl", h->w.cycle_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_AUDITOR };
    struct answer a = ask(&h->w, q);
    for (int n = 0; n < CANARIES; n++)
        assert_int_equal(canary_kinds(a.raw, n, &h->ids), CANARY_PHRASE | CANARY_ANON);
}

/* Writes, good ones, as everybody in every phase. */
static void test_every_write_in_every_phase(void **state)
{
    struct house *h = *state;
    for (int32_t phase = PHASE_SUBMISSION; phase < PHASE_COUNT; phase++) {
        fresh_cycle(h, phase);
        visit_all(h, phase, true);
    }
}

/* Another's application is as missing to its neighbour as to a stranger. */
static void test_other_applicants(void **state)
{
    struct house *h = *state;
    struct world *w = &h->w;
    for (int32_t phase = PHASE_SUBMISSION; phase < PHASE_COUNT; phase++) {
        fresh_cycle(h, phase);
        memcpy(w->application_id, h->ids.app[0], sizeof(w->application_id));
        if (h->ids.anon[0][0])
            memcpy(w->anonymized_id, h->ids.anon[0], sizeof(w->anonymized_id));
        struct visit v = { .h = h, .phase = phase, .as = MATRIX_STUDENT };
        for (size_t t = 0; t < w->o.n_tables; t++) {
            for (size_t i = 0; i < w->o.tables[t].n; i++) {
                v.r = &w->o.tables[t].routes[i];
                if (!strstr(v.r->path, "{application_id}") && !strstr(v.r->path, "{anonymized_id}"))
                    continue;
                const int status = check_visit(&v);
                assert_true(status == 404 || status == 401);
            }
        }
        assert_int_equal(v.wrong, 0);
    }
}

/* No reply can hold both ids but those that only owners get. */
static bool schema_has(const struct schema *s, const char *name, int depth)
{
    for (unsigned i = 0; s && depth < 8 && i < s->n; i++)
        if (strcmp(s->fields[i].name, name) == 0 || schema_has(s->fields[i].of, name, depth + 1))
            return true;
    return false;
}
static void test_reply_schemas(void **state)
{
    struct house *h = *state;
    struct world *w = &h->w;
    size_t owners = 0;
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            const struct route *r = &w->o.tables[t].routes[i];
            if (!schema_has(r->reply, "application_id", 0) ||
                !schema_has(r->reply, "anonymized_id", 0))
                continue;
            /* The state of an application is also for staff, who never get the second id. */
            bool state_of = strcmp(r->path, "/applications/{application_id}") == 0;
            bool sign_in = strcmp(r->path, "/auth/demo/personas") == 0 ||
                           strcmp(r->path, "/auth/student/google/callback") == 0;
            if (r->roles != ROLE_STUDENT && !state_of && !sign_in)
                fail_msg("%s %s can answer both ids", r->method, r->path);
            owners++;
        }
    }
    assert_true(owners >= 4);
}

/* Each read of an identity is in the log, with its reason committed to and nowhere in clear. */
static void test_reads_are_logged(void **state)
{
    struct house *h = *state;
    struct world *w = &h->w;
    char path[256];
    fresh_cycle(h, PHASE_SELECTION);
    const int64_t before = test_acts(world_ctx(w), "pii.read");
    snprintf(path, sizeof(path), "/admin/applications/%s/identity", w->application_id);
    struct ask q = { .method = "POST",
                     .path = path,
                     .as = MATRIX_ADMIN,
                     .body =
                         S("{\"reason\":\"Brackwuzzle asked for it\",\"fields\":[\"email\"]}") };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, mails[CANARY_OWNER]) && str_has(a.body, "\"name\":null"));
    assert_int_equal(test_acts(world_ctx(w), "pii.read"), before + 1);
    q.as = MATRIX_AUDITOR;
    assert_int_equal(ask(w, q).status, 403);
    q.as = MATRIX_ADMIN;
    q.body = S("{\"reason\":\"short\"}");
    assert_int_equal(ask(w, q).status, 422);
    q.body = S("{\"reason\":\"long enough a reason\",\"fields\":[\"essay\"]}");
    assert_int_equal(ask(w, q).status, 422);
    assert_int_equal(test_acts(world_ctx(w), "pii.read"), before + 1);
    struct ask log = { .method = "GET", .path = "/admin/audit/logs?limit=5", .as = MATRIX_AUDITOR };
    a = ask(w, log);
    assert_true(str_has(a.body, "pii.read") && !str_has(a.body, "Brackwuzzle"));
    assert_int_equal(test_count(world_ctx(w),
                                "SELECT COUNT(*) AS n FROM identity_reads WHERE subject = "
                                "'application:' || :a AND sealed_reason NOT LIKE '%Brack%'",
                                str_of(w->application_id), S("")),
                     1);
}

/* What all these requests left in the log of operations: routes, never ids or words. */
static void test_log_lines(void **state)
{
    struct house *h = *state;
    struct arena *mem = arena_open(NULL, 512 << 20);
    struct str text;
    struct ctx *c = world_ctx(&h->w);
    test_db_must(c, file_read(c, mem, h->log_path, 256 << 20, &text), "the log");
    assert_true(str_has(text, "\"route\":\"/applications/{application_id}\""));
    for (int n = 0; n < CANARIES; n++)
        assert_int_equal(canary_kinds(text, n, &h->ids), 0);
    assert_false(str_has(text, "APP_0") || str_has(text, "ANON_") || str_has(text, "STU_"));
    for (int who = MATRIX_STUDENT; who < MATRIX_CALLERS; who++)
        assert_false(str_has(text, h->w.login[who]));
    arena_close(mem);
}

/* After publication the owner, and only the owner, gets both ids and the result. */
static void test_owner_after_publication(void **state)
{
    struct world *w = &((struct house *)*state)->w;
    char path[256];
    world_cycle(w, PHASE_SELECTION, true);
    snprintf(path, sizeof(path), "/applications/%s", w->application_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_STUDENT };
    struct answer a = ask(w, q);
    assert_true(str_has(a.body, "\"anonymized_id\":null") && str_has(a.body, "\"scored\""));
    assert_true(world_next(w));
    a = ask(w, q);
    assert_true(str_has(a.body, w->anonymized_id));
    assert_true(str_has(a.body, "\"selected\"") || str_has(a.body, "\"not_selected\""));
    q.as = MATRIX_ADMIN;
    a = ask(w, q);
    assert_int_equal(a.status, 200);
    assert_false(str_has(a.body, "ANON_"));
    snprintf(path, sizeof(path), "/results/%s", w->anonymized_id);
    q.as = MATRIX_STUDENT;
    a = ask(w, q);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"final_score\":"));
    assert_true(str_has(a.body, "baseline")); /* who judged is said beside the score */
}

/* S-34, S-31: an id one off is as good as none. */
static void test_neighbours(void **state)
{
    struct world *w = &((struct house *)*state)->w;
    char path[256];
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    world_cycle(w, PHASE_PUBLISHED, true);
    size_t n = strlen(w->application_id);
    for (size_t place = 4; place < n; place++) {
        for (int k = 0; k < 4; k++) {
            char id[ID_MAX + 1];
            snprintf(id, sizeof(id), "%s", w->application_id);
            id[place] = digits[(strchr(digits, id[place]) - digits + 1 + 7 * k) % 32];
            snprintf(path, sizeof(path), "/applications/%s", id);
            struct ask q = { .method = "GET", .path = path, .as = MATRIX_STUDENT };
            assert_int_equal(ask(w, q).status, 404);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_schemas),
        cmocka_unit_test(test_canaries_would_be_seen),
        cmocka_unit_test(test_every_page_of_a_shortlist),
        cmocka_unit_test(test_every_page_in_every_phase),
        cmocka_unit_test(test_every_write_in_every_phase),
        cmocka_unit_test(test_other_applicants),
        cmocka_unit_test(test_reads_are_logged),
        cmocka_unit_test(test_owner_after_publication),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_log_lines),
    };
    return cmocka_run_group_tests(tests, open_house, close_house);
}
