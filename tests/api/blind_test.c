/* Blindness, tried from outside: canaries in every identity, every page as every caller in every
 * phase, and none of them comes back; no decision shows before publication; the two ids of an
 * application never stand in one answer to staff. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Never beside codec/json.h: both have a json_string. */
#include <jansson.h>

#include "api/ask.h"
#include "api/cycles.h"

/* Words that stand nowhere else; the n-th application wears the n-th of each. */
static const char *const first_names[] = { "Quorvexa", "Brimoldus", "Tzeyphora", "Wuxelwine" };
static const char *const last_names[] = { "Zibbleton", "Fnorquist", "Plimmerva", "Kradovnik" };
static const char *const mails[] = { "vlorpmail", "gnashbox", "trizzlepost", "moxquarrel" };
static const char *const phones[] = { "+49 30 7741 9035", "+351 912 408 667", "+81 90 5582 1947",
                                      "+1 415 803 6629" };
static const char *const streets[] = { "Ugglemore Lane", "Snoddykirk Road", "Jelvingham Street",
                                       "Pruttworth Alley" };
enum { DRESSED = 4 };
_Static_assert((int)DRESSED == (int)WORLD_FILLERS + 1, "one of each for every application");

static void dress(struct arena *mem, int n, struct application_new *a)
{
    const char *first = first_names[n], *last = last_names[n];
    a->name = str_fmt(mem, "%s %s", first, last);
    a->email = str_fmt(mem, "%s@mail%d.example", mails[n], n);
    a->phone = str_of(phones[n]);
    a->address = str_fmt(mem, "17 %s, Nethertown", streets[n]);
    /* The applicant signs the essay, as applicants do. */
    a->essay =
        str_fmt(mem,
                "My name is %s %s and I kept bees for three summers. I wrote down what I saw "
                "each day and compared the records when the second hive failed. Write to me "
                "at %.*s or call %s; I live at 17 %s. Signed, %s.",
                first, last, STR_ARG(a->email), phones[n], streets[n], first);
    a->achievements =
        str_fmt(mem, "%s %s won the regional science fair; led a team of 4.", first, last);
}

static bool contains(struct str hay, const char *needle)
{
    size_t n = strlen(needle);
    for (size_t i = 0; i + n <= hay.n; i++) {
        size_t k = 0;
        while (k < n && tolower((unsigned char)hay.p[i + k]) == tolower((unsigned char)needle[k]))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

/* A phone without its blanks counts as well. */
static bool contains_digits(struct str hay, const char *phone)
{
    char plain[32];
    size_t n = 0;
    for (const char *p = phone; *p; p++)
        if (isdigit((unsigned char)*p))
            plain[n++] = *p;
    plain[n] = '\0';
    return contains(hay, plain);
}

static const char *canary_in(struct str hay)
{
    for (int i = 0; i < DRESSED; i++) {
        const char *const words[] = { first_names[i], last_names[i], mails[i], phones[i],
                                      streets[i] };
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
            if (contains(hay, words[k]))
                return words[k];
        if (contains_digits(hay, phones[i]))
            return phones[i];
    }
    return NULL;
}

struct visit {
    struct world *w;
    const struct route *r;
    enum matrix_caller as;
    int32_t phase;
    int wrong, seen;
};

static void complain(struct visit *v, const char *what, struct str where)
{
    v->wrong++;
    print_error("%s %s as %s in %s: %s: %.*s\n", v->r->method, v->r->path,
                matrix_caller_names[v->as], phase_names.v[v->phase], what,
                (int)(where.n < 600 ? where.n : 600), where.p);
}

/* S-32. The dashboard speaks of all applications and may name statuses, not decisions. */
static void check_undecided(struct visit *v, const struct answer *a)
{
    static const char *const always[] = { "\"selected\"", "not_selected", "shortlisted",
                                          "ANON_",        "\"rank\"",     "congratulations" };
    static const char *const own[] = { "_score", "percentile", "rank", "selected", "cutoff" };
    bool dashboard = strcmp(v->r->path, "/dashboard/stats") == 0;
    bool metrics = strcmp(v->r->path, "/metrics") == 0;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (contains(a->raw, always[i]))
            complain(v, always[i], a->body);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !dashboard && !metrics; i++)
        if (contains(a->body, own[i]))
            complain(v, own[i], a->body);
}

/* One thing that staff are told: an object of a list, a line of a stream, or the whole. */
static void check_thing(struct visit *v, struct str thing)
{
    if (contains(thing, "APP_") && contains(thing, "ANON_"))
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

static void check_visit(struct visit *v)
{
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct answer a = ask(v->w, good_ask(v->w, mem, v->r, v->as));
    const char *canary = canary_in(a.raw);
    bool staff = v->as >= MATRIX_AUDITOR;
    if (a.status >= 500)
        complain(v, "broken", a.body);
    if (canary)
        complain(v, canary, a.body);
    if (!staff && v->phase < PHASE_PUBLISHED)
        check_undecided(v, &a);
    if (staff || v->as != MATRIX_STUDENT)
        check_apart(v, &a);
    v->seen += a.status == 200;
    if (a.status < 300)
        ask_renew(v->w, v->r, v->as);
    arena_close(mem);
}

static void visit_all(struct world *w, int32_t phase)
{
    struct visit v = { .w = w, .phase = phase };
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            v.r = &w->o.tables[t].routes[i];
            if (!is_read(v.r->method))
                continue;
            for (int who = 0; who < MATRIX_CALLERS; who++) {
                v.as = (enum matrix_caller)who;
                check_visit(&v);
            }
        }
    }
    assert_int_equal(v.wrong, 0);
    assert_true(v.seen > 60);
}

static int open_world(void **state)
{
    struct world *w = malloc(sizeof(*w));
    world_open(w, NULL);
    w->dress = dress;
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

/* In the order of the phases: no cycle of this world is published before the last two. */
static void test_every_page_in_every_phase(void **state)
{
    struct world *w = *state;
    for (int32_t phase = PHASE_SUBMISSION; phase < PHASE_COUNT; phase++) {
        world_cycle(w, phase, true);
        visit_all(w, phase);
    }
}

/* The same with a shortlist: nobody learns who is invited, nor what the final selection gave,
 * before the publication. */
static void test_every_page_of_a_shortlist(void **state)
{
    struct world *w = *state;
    w->shortlist = true;
    world_cycle(w, PHASE_SELECTION, true);
    visit_all(w, PHASE_SELECTION);
    world_step(w, "final-select", S("builtin"));
    visit_all(w, PHASE_SELECTION);
    char path[256];
    snprintf(path, sizeof(path), "/applications/%s", w->application_id);
    struct ask q = { .method = "GET", .path = path, .as = MATRIX_STUDENT };
    assert_true(str_has(ask(w, q).body, "\"status\":\"scored\""));
    w->shortlist = false;
}

/* The canaries are there to be found: the owner's own words come back from nowhere, but the
 * checker sees them where they stand. */
static void test_canaries_would_be_seen(void **state)
{
    (void)state;
    assert_non_null(canary_in(S("... zibbleton ...")));
    assert_non_null(canary_in(S("... +1 415 803 6629 ...")));
    assert_non_null(canary_in(S("... 14158036629 ...")));
    assert_non_null(canary_in(S("TRIZZLEPOST@mail2.example")));
    assert_null(canary_in(S("nothing of the kind")));
}

/* Writes answer without an identity too, good ones and bad ones. */
static void test_writes_are_blind(void **state)
{
    struct world *w = *state;
    for (int32_t phase = PHASE_SUBMISSION; phase < PHASE_COMPLETED; phase++) {
        bool fresh = false;
        for (size_t t = 0; t < w->o.n_tables; t++) {
            for (size_t i = 0; i < w->o.tables[t].n; i++) {
                struct visit v = {
                    .w = w, .r = &w->o.tables[t].routes[i], .phase = phase, .as = MATRIX_ADMIN
                };
                if (is_read(v.r->method) || strstr(v.r->path, "logout") ||
                    strcmp(v.r->path, "/applications") == 0)
                    continue;
                if (!fresh)
                    world_cycle(w, phase, true);
                check_visit(&v);
                fresh = !is_spending(v.r);
                assert_int_equal(v.wrong, 0);
            }
        }
    }
}

/* After publication the owner, and only the owner, gets both ids and the result. */
static void test_owner_after_publication(void **state)
{
    struct world *w = *state;
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
    struct world *w = *state;
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
        cmocka_unit_test(test_canaries_would_be_seen),
        cmocka_unit_test(test_every_page_of_a_shortlist),
        cmocka_unit_test(test_every_page_in_every_phase),
        cmocka_unit_test(test_writes_are_blind),
        cmocka_unit_test(test_owner_after_publication),
        cmocka_unit_test(test_neighbours),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
