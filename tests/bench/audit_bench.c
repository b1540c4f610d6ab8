/* What the log costs: appending in series, verifying chain and tree, binding rows.
 * audit_bench [entries [applications]] prints one line a figure. */
#include <sys/resource.h>

#include "service/audit_verify.h"
#include "support/test_cycle.h"

enum { SERIES = 500, ENTRIES = 1000000, APPLICATIONS = 20000, PAGE = 2000 };

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long peak_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static err append_series(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { 0 };
    const struct audit_new n = {
        .act = "admin.token",
        .actor = S("admin:ADM_0123456789ABCDEFGHJKMNPQRS"),
        .subj = S("admin:ADM_0123456789ABCDEFGHJKMNPQRS"),
        .data = S("{\"kind\":\"bench\",\"role\":\"super_admin\"}"),
    };
    for (int i = 0; i < *(int *)arg; i++)
        TRY(audit_append(c, tx, &head, &n, NULL));
    return ERR_OK;
}

static void verify(struct test_cycle *t, bool rows, const char *what, double items)
{
    struct verify_report r;
    const struct verify_options o = { .rows = rows };
    struct ctx *c = test_as(t, NULL);
    double from = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
    printf("%s: %lld entries, %.3f s CPU, %.3f s wall, %.0f/s, peak %ld KiB, %s\n", what,
           (long long)r.chain_length, cpu, seconds(CLOCK_MONOTONIC) - wall, items / cpu, peak_kib(),
           r.message.p);
}

/* As `enigma audit verify` opens it. */
static void reopen(struct test_cycle *t)
{
    t->db.o.cache_kib = 16384;
    t->db.o.mmap_mib = 0;
    test_db_reopen(&t->db);
}

static void chain(int entries)
{
    static struct test_cycle t;
    test_cycle_open(&t, 0);
    double from = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int done = 0; done < entries; done += SERIES) {
        int n = SERIES;
        struct ctx *c = test_as(&t, NULL);
        test_db_must(c, tx_run(c, TX_WRITE, append_series, &n), "append");
    }
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
    printf("append: %d entries, %.2f us CPU each\n", entries, cpu * 1e6 / entries);
    reopen(&t);
    verify(&t, false, "chain and tree", entries);
    test_cycle_close(&t);
}

static void rows(int n)
{
    static const char *const verbs[] = { "freeze",     "preprocess", "export",
                                         "processing", "select",     "publish" };
    static struct test_cycle t;
    char id[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, n);
    t.settings.chunk_items = PAGE;
    test_cycle_create(c, n / 4, id);
    for (int i = 0; i < n; i += PAGE)
        test_apply_many(test_as(&t, NULL), str_of(id), i, n - i < PAGE ? n - i : PAGE);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        struct phase_reply r;
        test_db_must(&t.db.c, test_step(test_as(&t, &t.admin), str_of(id), verbs[i], &r), verbs[i]);
    }
    reopen(&t);
    verify(&t, false, "chain of a cycle", n);
    /* per application: applications, texts, anonymous row, its texts, mapping, score, two keys */
    verify(&t, true, "with rows", 8.0 * n);
    test_cycle_close(&t);
}

int main(int argc, char **argv)
{
    int64_t entries = ENTRIES, applications = APPLICATIONS;
    if ((argc > 1 && !str_i64(str_of(argv[1]), &entries)) ||
        (argc > 2 && !str_i64(str_of(argv[2]), &applications)) || entries > INT32_MAX ||
        applications > INT32_MAX) {
        fprintf(stderr, "usage: audit_bench [entries [applications]]\n");
        return 2;
    }
    if (entries > 0)
        chain((int)entries);
    if (applications > 0)
        rows((int)applications);
    return 0;
}
