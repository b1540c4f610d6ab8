/* The log: appending, verifying a whole cycle, and each way of tampering with the file that the log
 * and its binding of rows must report, with the code that names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/account.h"
#include "service/throttle.h"
#include "support/test_tamper.h"

enum { STUDENTS = 40, SEATS = 12, LATE = 5, TEXT_MAX = TAMPER_TEXT_MAX };

/* ---- the pristine database: one finished cycle, one open one, made once ---- */

struct world {
    struct test_cycle t;
    char first[ID_MAX + 1], second[ID_MAX + 1];
    struct tamper k;
} w;

static void step(const char *verb)
{
    struct phase_reply r;
    struct ctx *c = test_as(&w.t, &w.t.admin);
    test_db_must(c, test_step(c, str_of(w.first), verb, &r), verb);
}

static void finish_first_cycle(void)
{
    static const char *const verbs[] = { "freeze", "preprocess", "export",  "processing",
                                         "select", "publish",    "complete" };
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        step(verbs[i]);
}

static void sign_in_once(void)
{
    struct ctx *c = test_as(&w.t, NULL);
    const struct admin_new n = { S("Grace.H"), S("Grace@Example.org"), S("correct horse staple"),
                                 ADMIN_ROLE_SUPER_ADMIN };
    const struct admin_login_request q = { .username = S("grace.h"),
                                           .password = S("correct horse staple") };
    struct admin_me me;
    struct admin_login_reply reply;
    throttle_reset();
    test_db_must(c, admin_create(c, &n, &me), "admin_create");
    c = test_as(&w.t, NULL);
    test_db_must(c, admin_login(c, &q, S("test"), &reply), "admin_login");
}

static int make_world(void **state)
{
    (void)state;
    struct ctx *c = test_cycle_open(&w.t, STUDENTS + LATE);
    w.t.settings.bcrypt_cost = 4;
    memcpy(w.t.keys.jwt_secret, "0123456789abcdef0123456789abcdef", 32);
    w.t.keys.jwt_secret_n = 32;
    sign_in_once();
    c = test_as(&w.t, &w.t.admin);
    test_cycle_create(c, SEATS, w.first);
    test_apply_many(test_as(&w.t, NULL), str_of(w.first), 0, STUDENTS);
    finish_first_cycle();
    c = test_as(&w.t, &w.t.admin);
    c->now_us += 1000000; /* the id of a cycle is made of the second */
    test_cycle_create(c, SEATS, w.second);
    test_apply_many(test_as(&w.t, NULL), str_of(w.second), STUDENTS, LATE);
    tamper_begin(&w.k, &w.t);
    return 0;
}

static int drop_world(void **state)
{
    (void)state;
    test_cycle_close(&w.t);
    return 0;
}

static void edit_bare(struct raw *db)
{
    edit(db, first_of(db, "cycle.create"), "\"seats\":12", "\"seats\":13", BARE);
}
static void edit_own_leaf(struct raw *db)
{
    edit(db, first_of(db, "cycle.create"), "\"seats\":12", "\"seats\":13", OWN_LEAF);
}
static void edit_rechained(struct raw *db)
{
    edit(db, first_of(db, "cycle.create"), "\"seats\":12", "\"seats\":13", WHOLE_CHAIN);
}
static void replay(struct raw *db)
{
    raw_run(db,
            "INSERT INTO audit_entry SELECT (SELECT MAX(idx) + 1 FROM audit_entry), ts, act, actor,"
            " subj, cycle_id, leaf, entry FROM audit_entry WHERE act = 'application.submit'"
            " ORDER BY idx LIMIT 1");
}
/* A proper new entry for a submission that is in the log already. */
static void submit_twice(struct raw *db)
{
    char from[40], to[40];
    int64_t last = last_idx(db);
    raw_run(db,
            "INSERT INTO audit_entry SELECT idx + 1, ts, act, actor, subj, cycle_id, leaf, entry"
            " FROM audit_entry WHERE idx = (SELECT MAX(idx) FROM audit_entry)");
    snprintf(from, sizeof(from), "\"idx\":%lld,", (long long)last);
    snprintf(to, sizeof(to), "\"idx\":%lld,", (long long)last + 1);
    edit(db, last + 1, from, to, BARE);
    rechain(db, last);
}
static void trailing_nul(struct raw *db)
{
    static char text[TEXT_MAX];
    size_t n;
    int64_t idx = first_of(db, "cycle.freeze");
    assert_true(load_entry(db, idx, text, &n));
    text[n] = '\0';
    store_entry(db, idx, text, n + 1, NULL);
    rechain(db, idx);
}
static void second_object(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"v\":1}", "\"v\":1}{}", WHOLE_CHAIN);
}
static void blank_inside(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), ",\"v\":1", ", \"v\":1", WHOLE_CHAIN);
}
static void number_as_float(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"count\":40", "\"count\":4e1", WHOLE_CHAIN);
}
static void upper_hex(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"nonce\":\"", "\"nonce\":\"A", WHOLE_CHAIN);
}
static void downgrade(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"v\":1", "\"v\":0", WHOLE_CHAIN);
}
static void unknown_act(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "cycle.freeze", "cycle.thaw", WHOLE_CHAIN);
}
static void extra_member(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"count\":40", "\"count\":40,\"note\":1", WHOLE_CHAIN);
}
static void wrong_actor(struct raw *db)
{
    edit(db, first_of(db, "application.submit"), "\"actor\":\"student\"", "\"actor\":\"system\"",
         WHOLE_CHAIN);
}
static void clock_back(struct raw *db)
{
    edit(db, first_of(db, "cycle.freeze"), "\"ts\":1", "\"ts\":", WHOLE_CHAIN);
}
static void clock_ahead(struct raw *db)
{
    edit(db, last_idx(db), "\"ts\":1", "\"ts\":9", WHOLE_CHAIN);
}
static void splice(struct raw *db)
{
    char from[80], to[80];
    snprintf(from, sizeof(from), "\"cycle\":\"%s\"", w.first);
    snprintf(to, sizeof(to), "\"cycle\":\"%s\"", w.second);
    edit(db, first_of(db, "application.submit"), from, to, WHOLE_CHAIN);
}
static void other_log(struct raw *db)
{
    int64_t last = last_idx(db);
    for (int64_t i = 0; i <= last; i++)
        edit(db, i, "\"log\":\"localhost/enigma-test\"", "\"log\":\"localhost/enigma-else\"", BARE);
    rechain(db, 0);
}
static void other_key(struct raw *db)
{
    edit(db, 0, "\"vkey\":\"localhost/enigma-test", "\"vkey\":\"localhost/enigma-tess",
         WHOLE_CHAIN);
}
static void other_genesis(struct raw *db)
{
    static char text[TEXT_MAX];
    size_t n;
    assert_true(load_entry(db, 0, text, &n));
    char *prev = memmem(text, n, "\"prev\":\"", 8);
    memcpy(prev + 8, "0000000000000000", 16);
    store_entry(db, 0, text, n, NULL);
    rechain(db, 0);
}
static void forged_cutoff(struct raw *db)
{
    edit(db, first_of(db, "cycle.select"), "\"cutoff_e2\":", "\"cutoff_e2\":1", WHOLE_CHAIN);
}
static void forged_commit(struct raw *db)
{
    static char text[TEXT_MAX];
    size_t n;
    int64_t idx = first_of(db, "score.final");
    assert_true(load_entry(db, idx, text, &n));
    char *hex = memmem(text, n, "\"score\":\"", 9);
    hex[9] = hex[9] == '0' ? '1' : '0';
    store_entry(db, idx, text, n, NULL);
    rechain(db, idx);
}
static void forged_erasure(struct raw *db)
{
    raw_run(db, "DELETE FROM subject_key WHERE subject = (SELECT subj FROM audit_entry WHERE act ="
                " 'application.submit' ORDER BY idx LIMIT 1)");
    raw_run(db, "DELETE FROM application_texts WHERE application_id = (SELECT substr(subj, 13)"
                " FROM audit_entry WHERE act = 'application.submit' ORDER BY idx LIMIT 1)");
}
static void swap_selected(struct raw *db)
{
    raw_run(db,
            "UPDATE final_scores SET status = CASE status WHEN 'selected' THEN 'not_selected'"
            " ELSE 'selected' END WHERE anonymized_id IN ((SELECT anonymized_id FROM final_scores"
            " WHERE status = 'selected' ORDER BY final_score LIMIT 1), (SELECT anonymized_id FROM"
            " final_scores WHERE status = 'not_selected' ORDER BY final_score LIMIT 1))");
    raw_run(db,
            "UPDATE applications SET status = (SELECT f.status FROM final_scores f JOIN"
            " anonymized_applications n ON n.anonymized_id = f.anonymized_id"
            " WHERE n.application_id = applications.application_id) WHERE status IN ('selected',"
            " 'not_selected')");
}

#define FIRST_APP  "(SELECT MIN(application_id) FROM applications)"
#define FIRST_ANON "(SELECT MIN(anonymized_id) FROM final_scores)"
#define SWAP(table, column, key)                                                                   \
    "CREATE TEMP TABLE two AS SELECT " key " AS k, " column " AS v FROM " table " WHERE " column   \
    " IS NOT NULL ORDER BY " key " LIMIT 2; UPDATE " table " SET " column " = (SELECT v FROM two"  \
    " WHERE k <> " table "." key ") WHERE " key " IN (SELECT k FROM two)"

static const struct attack attacks[] = {
    /* the chain alone */
    { "delete in the middle", "chain.gap", .sql = "DELETE FROM audit_entry WHERE idx = 20" },
    { "delete the first", "chain.gap", .sql = "DELETE FROM audit_entry WHERE idx = 0" },
    { "delete everything", "chain.empty", .sql = "DELETE FROM audit_entry" },
    { "cut the tail", "row.extra",
      .sql = "DELETE FROM audit_entry WHERE idx > (SELECT MAX(idx) - 3 FROM audit_entry)" },
    { "swap two", "chain.idx",
      .sql = "UPDATE audit_entry SET idx = -1 WHERE idx = 9; UPDATE audit_entry SET idx = 9 WHERE "
             "idx = "
             "10;"
             "UPDATE audit_entry SET idx = 10 WHERE idx = -1" },
    { "leave a gap at the end", "chain.gap",
      .sql =
          "UPDATE audit_entry SET idx = idx + 1 WHERE idx = (SELECT MAX(idx) FROM audit_entry)" },
    { "begin below zero", "chain.gap", .sql = "UPDATE audit_entry SET idx = -1 WHERE idx = 0" },
    { "edit", "chain.leaf", .run = edit_bare },
    { "edit with its leaf", "chain.prev", .run = edit_own_leaf },
    { "edit, all hashes new", "row.cycle", .run = edit_rechained },
    { "edit the leaf", "chain.leaf",
      .sql = "UPDATE audit_entry SET leaf = zeroblob(32) WHERE idx = 7",
      .on_server = "UPDATE audit_entry SET leaf = decode(repeat('00', 32), 'hex') WHERE idx = 7" },
    { "shorten the leaf", "chain.leaf",
      .sql = "UPDATE audit_entry SET leaf = zeroblob(31) WHERE idx = 7",
      .on_server = "UPDATE audit_entry SET leaf = decode(repeat('00', 31), 'hex') WHERE idx = 7" },
    { "replay", "chain.idx", .run = replay },
    { "submission logged twice", "row.twice", .run = submit_twice },
    { "entry as text", "entry.type",
      .sql = "UPDATE audit_entry SET entry = CAST(entry AS TEXT) WHERE idx = 8",
      .on_server = typed },
    { "leaf as text", "entry.type",
      .sql = "UPDATE audit_entry SET leaf = lower(hex(leaf)) WHERE idx = 8", .on_server = typed },
    { "time as text", "entry.type", .sql = "UPDATE audit_entry SET ts = 'soon' WHERE idx = 8",
      .on_server = typed },
    { "act as bytes", "entry.type",
      .sql = "UPDATE audit_entry SET act = CAST(act AS BLOB) WHERE idx = 8", .on_server = typed },
    { "NUL behind the entry", "entry.format", .run = trailing_nul },
    { "second object behind the entry", "entry.format", .run = second_object },
    { "blank inside", "entry.format", .run = blank_inside },
    { "number as a float", "entry.format", .run = number_as_float },
    { "wrong hex", "entry.format", .run = upper_hex },
    { "older version", "entry.format", .run = downgrade },
    { "unknown act", "entry.format", .run = unknown_act },
    { "unknown member", "entry.format", .run = extra_member },
    { "actor who may not", "entry.format", .run = wrong_actor },
    { "clock back", "chain.time", .run = clock_back },
    { "clock ahead", "chain.time", .run = clock_ahead },
    { "splice into another cycle", "row.cycle", .run = splice },
    { "another log", "entry.log", .run = other_log },
    { "another key", "chain.key", .run = other_key },
    { "another beginning", "chain.prev", .run = other_genesis },
    { "column act", "entry.columns",
      .sql = "UPDATE audit_entry SET act = 'cycle.close' WHERE act = 'cycle.freeze'" },
    { "column subj", "entry.columns",
      .sql = "UPDATE audit_entry SET subj = 'cycle:X' WHERE idx = 12" },
    { "column subj null", "entry.columns",
      .sql = "UPDATE audit_entry SET subj = NULL WHERE idx = 12" },
    { "column actor", "entry.columns",
      .sql = "UPDATE audit_entry SET actor = 'admin:ADM_TEST0002' WHERE act = 'cycle.select'" },
    { "column cycle", "entry.columns",
      .sql = "UPDATE audit_entry SET cycle_id = NULL WHERE act = 'cycle.select'" },
    { "column ts", "entry.columns", .sql = "UPDATE audit_entry SET ts = ts + 1 WHERE idx = 12" },
    /* scores and selection */
    { "final score", "row.score",
      .sql = "UPDATE final_scores SET final_score = final_score + 1 WHERE anonymized_id "
             "= " FIRST_ANON },
    { "one mark", "row.score",
      .sql = "UPDATE final_scores SET essay_score = essay_score + 0.25 WHERE anonymized_id "
             "= " FIRST_ANON },
    { "mark below hundredths", "row.type",
      .sql = "UPDATE final_scores SET essay_score = 50.001 WHERE anonymized_id = " FIRST_ANON },
    { "mark as text", "row.type",
      .sql = "UPDATE final_scores SET essay_score = 'high' WHERE anonymized_id = " FIRST_ANON,
      .on_server = typed },
    { "hash of the score", "row.score",
      .sql = "UPDATE final_scores SET hash = substr(hash, 2) || substr(hash, 1, 1) WHERE "
             "anonymized_id = " FIRST_ANON },
    { "number of attempts", "row.score",
      .sql = "UPDATE final_scores SET worker_attempts = worker_attempts + 1 WHERE anonymized_id "
             "= " FIRST_ANON },
    { "swap of two decisions", "row.selection", .run = swap_selected },
    { "score deleted", "row.missing",
      .sql = "DELETE FROM final_scores WHERE anonymized_id = " FIRST_ANON },
    { "forged cut-off", "row.selection", .run = forged_cutoff },
    { "forged commitment", "row.selection", .run = forged_commit },
    { "selection log", "row.selection", .sql = "UPDATE selection_logs SET selected_count = 11" },
    { "who selected", "row.selection",
      .sql = "UPDATE selection_logs SET executed_by ="
             " (SELECT MAX(admin_id) FROM admin_users"
             " WHERE admin_id <> executed_by)" },
    { "criteria of the selection", "row.selection",
      .sql = "UPDATE selection_logs SET selection_criteria = '{\"mode\":\"direct\",\"seats\":9}'" },
    { "selection log doubled", "row.cycle",
      .sql =
          "INSERT INTO selection_logs (admission_cycle_id, program_name, selected_count,"
          " selection_criteria, cutoff_score, executed_at, executed_by) SELECT admission_cycle_id,"
          " program_name, selected_count, selection_criteria, cutoff_score, executed_at, "
          "executed_by"
          " FROM selection_logs" },
    { "selected count", "row.cycle", .sql = "UPDATE admission_cycles SET selected_count = 13" },
    /* applications and identities */
    { "status of an application", "row.status",
      .sql = "UPDATE applications SET status = 'selected' WHERE application_id = (SELECT "
             "application_id"
             " FROM applications WHERE status = 'not_selected' LIMIT 1)" },
    { "status out of its phase", "row.status",
      .sql = "UPDATE applications SET status = 'submitted' WHERE application_id = " FIRST_APP },
    { "withdrawn without an entry", "row.status",
      .sql = "UPDATE applications SET status = 'withdrawn' WHERE application_id = " FIRST_APP },
    { "essay", "row.payload",
      .sql =
          "UPDATE application_texts SET essay = essay || '.' WHERE application_id = " FIRST_APP },
    { "achievements", "row.payload",
      .sql = "UPDATE application_texts SET achievements = '' WHERE application_id = " FIRST_APP },
    { "gpa", "row.payload",
      .sql = "UPDATE applications SET gpa = 4 WHERE application_id = " FIRST_APP },
    { "test scores", "row.payload",
      .sql = "UPDATE application_texts SET test_scores = replace(test_scores, '0', '1')"
             " WHERE application_id = " FIRST_APP,
      .on_server = "UPDATE application_texts SET test_scores = CAST(replace(CAST(test_scores AS "
                   "TEXT), '0', '1')"
                   " AS JSONB) WHERE application_id = " FIRST_APP },
    { "test scores broken", "row.type",
      .sql = "UPDATE application_texts SET test_scores = '{' WHERE application_id = " FIRST_APP,
      .on_server = typed },
    { "sealed identities swapped", "row.sealed",
      .sql = SWAP("application_texts", "sealed_identity", "application_id") },
    { "sealed identity damaged", "row.sealed",
      .sql = "UPDATE application_texts SET sealed_identity = 'gAAAAA' || substr(sealed_identity, "
             "7, 90)"
             " WHERE application_id = " FIRST_APP },
    { "hash of the e-mail", "row.sealed",
      .sql = "UPDATE application_texts SET email_hash = substr(email_hash, 2) || "
             "substr(email_hash, 1, 1)"
             " WHERE application_id = " FIRST_APP },
    { "application deleted", "row.missing",
      .sql = "DELETE FROM applications WHERE application_id = " FIRST_APP },
    { "texts deleted", "row.missing",
      .sql = "DELETE FROM application_texts WHERE application_id = " FIRST_APP },
    { "application invented", "row.extra",
      .sql = "INSERT INTO applications SELECT 'APP_INVENTED', admission_cycle_id, NULL, timestamp, "
             "gpa,"
             " status, scrub_order, created_at, updated_at FROM applications LIMIT 1" },
    { "application in another cycle", "row.cycle",
      .sql = "UPDATE applications SET admission_cycle_id = (SELECT MAX(cycle_id) FROM "
             "admission_cycles)"
             " WHERE application_id = " FIRST_APP },
    { "scrubbed essay", "row.map",
      .sql =
          "UPDATE anonymized_texts SET essay_scrubbed = essay_scrubbed || '!' WHERE anonymized_id "
          "= " FIRST_ANON },
    { "anonymous gpa", "row.map",
      .sql = "UPDATE anonymized_applications SET gpa = 4 WHERE anonymized_id = " FIRST_ANON },
    { "mapping deleted", "row.missing",
      .sql = "DELETE FROM identity_mapping WHERE anonymized_id = " FIRST_ANON },
    { "sealed mappings swapped", "row.sealed",
      .sql = SWAP("identity_mapping", "encrypted_pii", "anonymized_id") },
    { "anonymous row invented", "row.extra",
      .sql = "INSERT INTO anonymized_applications (anonymized_id, application_id,"
             " admission_cycle_id, gpa, eval_order, redactions, held_reason, created_at)"
             " SELECT 'ANON_INVENTED', 'APP_INVENTED', admission_cycle_id, gpa, eval_order, "
             "redactions, held_reason, created_at"
             " FROM anonymized_applications LIMIT 1" },
    { "mapping to another", "row.map",
      .sql = "UPDATE identity_mapping SET application_id = 'APP_ELSE' WHERE anonymized_id "
             "= " FIRST_ANON },
    /* keys */
    { "subject keys swapped", "row.map", .sql = SWAP("subject_key", "wrapped", "subject") },
    { "anonymous key deleted", "row.key",
      .sql = "DELETE FROM subject_key WHERE subject = 'anon:' || " FIRST_ANON },
    { "key deleted", "row.key",
      .sql = "DELETE FROM subject_key WHERE subject = 'application:' || " FIRST_APP },
    { "key damaged", "row.key",
      .sql =
          "UPDATE subject_key SET wrapped = substr(wrapped, 1, 60) WHERE subject = 'application:' "
          "|| " FIRST_APP },
    { "forged erasure", "row.missing", .run = forged_erasure },
    /* cycles */
    { "phase", "row.phase",
      .sql = "UPDATE admission_cycles SET phase = 'scored' WHERE phase = 'completed'" },
    { "seats", "row.cycle", .sql = "UPDATE admission_cycles SET max_seats = 99" },
    { "submissions", "row.cycle", .sql = "UPDATE admission_cycles SET current_seats = 3" },
    { "open again", "row.cycle", .sql = "UPDATE admission_cycles SET is_open = FALSE" },
    { "end date", "row.cycle",
      .sql = "UPDATE admission_cycles SET end_date = '2030-01-01T00:00:00.000000Z'" },
    { "provider", "row.cycle", .sql = "UPDATE admission_cycles SET provider = 'openai'" },
    { "freeze leaf", "row.cycle", .sql = "UPDATE admission_cycles SET freeze_leaf = NULL" },
    { "cycle deleted", "row.missing",
      .sql = "DELETE FROM admission_cycles WHERE phase = 'submission'" },
    { "cycle invented", "row.extra",
      .sql =
          "INSERT INTO admission_cycles SELECT 'CYC_INVENTED', cycle_name, phase, FALSE, max_seats,"
          " current_seats, selected_count, result_date, start_date, end_date, created_at, "
          "created_by,"
          " closed_at, closed_by, provider, freeze_leaf, version FROM admission_cycles LIMIT 1" },
    /* administrators */
    { "role", "row.role",
      .sql = "UPDATE admin_users SET role = 'super_admin' WHERE admin_id = 'ADM_TEST0001'" },
    { "account revived", "row.role",
      .sql = "UPDATE admin_users SET is_active = FALSE WHERE admin_id = 'ADM_TEST0001'" },
    { "account invented", "row.extra",
      .sql =
          "INSERT INTO admin_users SELECT 'ADM_INVENTED', 'x', 'x', password_hash, 'x', role, TRUE,"
          " created_at, NULL FROM admin_users LIMIT 1" },
    { "account deleted", "row.missing",
      .sql = "DELETE FROM admin_users WHERE admin_id = 'ADM_TEST0003'" },
    { "sign-in hidden", "row.login",
      .sql = "UPDATE admin_users SET last_login = NULL WHERE last_login IS NOT NULL" },
    /* the schema */
    { "trigger dropped", "schema.trigger", .sql = "DROP TRIGGER audit_entry_no_delete",
      .keep_triggers = true, .on_server = "DROP TRIGGER audit_entry_no_update ON audit_entry" },
    { "trigger hollowed", "schema.trigger",
      .sql = "DROP TRIGGER audit_entry_no_delete; CREATE TRIGGER audit_entry_no_delete BEFORE "
             "DELETE ON"
             " audit_entry BEGIN SELECT 1; END",
      .keep_triggers = true,
      .on_server =
          "CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS"
          " $$ BEGIN RETURN NEW; END $$" },
    { "trigger that rewrites", "schema.trigger",
      .sql = "CREATE TRIGGER later AFTER INSERT ON final_scores BEGIN UPDATE final_scores SET "
             "final_score"
             " = 100 WHERE score_id = NEW.score_id; END",
      .keep_triggers = true,
      .on_server =
          "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.final_score = "
          "100;"
          " RETURN NEW; END $$; CREATE TRIGGER later BEFORE INSERT ON final_scores FOR EACH ROW"
          " EXECUTE FUNCTION later()" },
    { "trigger asleep", "schema.trigger", .sql = "DROP TRIGGER audit_entry_no_update",
      .keep_triggers = true,
      .on_server = "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_update" },
    { "view", "schema.view", .sql = "CREATE VIEW best AS SELECT * FROM final_scores",
      .keep_triggers = true },
    { "view in place of a table", "schema.view",
      .sql = "ALTER TABLE selection_logs RENAME TO hidden; CREATE VIEW selection_logs AS"
             " SELECT * FROM hidden",
      .keep_triggers = true },
};
enum { ATTACKS_N = sizeof(attacks) / sizeof(attacks[0]) };
_Static_assert(ATTACKS_N >= 61, "as many as the trial had");

static void test_attacks(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t i = 0; i < ATTACKS_N; i++)
        if (!test_server_on() || attacks[i].on_server != typed)
            missed += !attack_with(&w.k, &attacks[i]);
    assert_int_equal(missed, 0);
}

static void test_pristine(void **state)
{
    (void)state;
    struct raw *db = open_work(&w.k);
    int64_t entries = raw_i64(db, "SELECT COUNT(*) FROM audit_entry");
    raw_close(db);
    struct verify_report r = verified(&w.k);
    print_findings(&r);
    assert_true(r.is_valid);
    assert_int_equal(r.chain_length, entries);
    assert_int_equal(r.invalid_entries.n, 0);
    const struct verify_checks *k = r.checks;
    assert_true(str_eq(k->chain, S("ok")) && str_eq(k->rows, S("ok")));
    assert_true(str_eq(k->tiles, S("absent")) && str_eq(k->outside, S("absent")));
    assert_int_equal(r.root_hash.n, 44);
    assert_int_equal(r.uncovered_entries, entries);
}

/* A real erasure is accepted, for that subject and no other, and only when the key is gone. */
static err erase_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { 0 };
    const struct audit_new n = {
        .act = "subject.erase",
        .actor = S("system"),
        .cycle = str_of(w.second),
        .subj = *(struct str *)arg,
        .data = S("{\"basis\":\"request\"}"),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

static void test_erasure(void **state)
{
    (void)state;
    renew_work(&w.k);
    w.t.db.o.url = str_of(w.k.url);
    struct ctx *c = test_db_open_empty(&w.t.db);
    struct list subjects =
        test_rows(c,
                  "SELECT subj AS a, subj AS b FROM audit_entry WHERE act = 'application.submit'"
                  " ORDER BY idx DESC",
                  S(""));
    char subject[128];
    const struct test_text *newest = subjects.v;
    snprintf(subject, sizeof(subject), "%.*s", STR_ARG(newest->a));
    struct str s = str_of(subject);
    test_db_must(c, tx_run(c, TX_WRITE, erase_tx, &s), "erase");
    db_close(w.t.db.db);
    w.t.db.db = NULL;
    struct verify_report r = verified(&w.k);
    assert_true(has_code(&r, "row.key")); /* the key is still there */
    struct raw *db = raw_open(w.k.work, w.k.work_name);
    char sql[512];
    snprintf(sql, sizeof(sql),
             "DELETE FROM subject_key WHERE subject = '%s';"
             "DELETE FROM application_texts WHERE 'application:' || application_id = '%s'",
             subject, subject);
    raw_run(db, sql);
    raw_close(db);
    r = verified(&w.k);
    print_findings(&r);
    assert_true(r.is_valid);
}

/* ---- appending ---- */

struct series {
    int n;
    struct hash leaf;
};
static err append_series(struct ctx *c, struct tx *tx, void *arg)
{
    struct series *s = arg;
    struct audit_head head = { 0 };
    const struct audit_new n = { .act = "admin.logout",
                                 .actor = S("admin:ADM_X"),
                                 .subj = S("admin:ADM_X") };
    for (int i = 0; i < s->n; i++)
        TRY(audit_append(c, tx, &head, &n, &s->leaf));
    return ERR_OK;
}

static err append_and_fail(struct ctx *c, struct tx *tx, void *arg)
{
    TRY(append_series(c, tx, arg));
    return FAIL(c, BAD_REQUEST, "no");
}

static int64_t wall;
static int64_t wall_now(void *self)
{
    (void)self;
    return wall;
}
static int64_t wall_mono(void *self)
{
    (void)self;
    return 1;
}

static void fresh(struct test_db *t, struct keyring *keys, struct clock_port *clock)
{
    struct ctx *c = test_db_open(t);
    test_keys_make(c, keys);
    t->deps.keys = keys;
    if (clock)
        t->deps.clock = clock;
    test_db_next(t);
}

static void test_append(void **state)
{
    (void)state;
    struct test_db t;
    struct keyring keys;
    fresh(&t, &keys, NULL);
    struct ctx *c = &t.c;
    struct series s = { .n = 3 };
    test_db_must(c, audit_init(c), "init");
    test_db_must(c, audit_init(c), "init again");
    assert_int_equal(test_acts(c, "log.init"), 1);
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(tx_run(c, TX_WRITE, append_and_fail, &s), ERR_BAD_REQUEST);
    fault_clear(c);
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(test_count(c, "SELECT MAX(idx) AS n FROM audit_entry", S(""), S("")), 6);
    test_db_must(c, audit_check_tail(c), "check_tail");
    struct verify_report r;
    const struct verify_options o = { .rows = false };
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    assert_true(r.is_valid);
    assert_true(str_eq(((const struct verify_checks *)r.checks)->rows, S("skipped")));
    snprintf(keys.log_origin, sizeof(keys.log_origin), "localhost/enigma-else");
    assert_int_equal(audit_check_tail(test_db_next(&t)), ERR_INTERNAL);
    test_db_close(&t);
}

/* Without log.init the first append writes it. */
static void test_append_uninitialised(void **state)
{
    (void)state;
    struct test_db t;
    struct keyring keys;
    fresh(&t, &keys, NULL);
    struct ctx *c = &t.c;
    struct series s = { .n = 1 };
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(test_acts(c, "log.init"), 1);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")), 2);
    test_db_close(&t);
}

static void test_bad_entry_is_refused(void **state)
{
    (void)state;
    struct test_db t;
    struct keyring keys;
    fresh(&t, &keys, NULL);
    struct ctx *c = &t.c;
    test_db_must(c, audit_init(c), "init");
    struct str s = S("anon:ANON_1");
    assert_int_equal(tx_run(c, TX_WRITE, erase_tx, &s), ERR_INTERNAL); /* wrong kind of subject */
    fault_clear(c);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")), 1);
    test_db_close(&t);
}

static void test_clock_step(void **state)
{
    (void)state;
    struct test_db t;
    struct keyring keys;
    struct clock_port clock = { .now_us = wall_now, .mono_us = wall_mono };
    wall = INT64_C(1770091506000000);
    fresh(&t, &keys, &clock);
    struct ctx *c = &t.c;
    struct series s = { .n = 2 };
    test_db_must(c, audit_init(c), "init");
    wall -= 900000; /* within the tolerance */
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(test_acts(c, "clock.step"), 0);
    wall -= 3600 * INT64_C(1000000);
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(test_acts(c, "clock.step"), 1);
    assert_int_equal(test_count(c, "SELECT COUNT(DISTINCT ts) AS n FROM audit_entry", S(""), S("")),
                     1);
    wall += 3601 * INT64_C(1000000);
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    wall -= 10 * INT64_C(1000000);
    test_db_must(c, tx_run(c, TX_WRITE, append_series, &s), "append");
    assert_int_equal(test_acts(c, "clock.step"), 2);
    wall += 20 * INT64_C(1000000);
    struct verify_report r;
    const struct verify_options o = { .rows = false };
    c = test_db_next(&t);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    print_findings(&r);
    assert_true(r.is_valid);
    test_db_close(&t);
}

/* ---- listing ---- */

static void test_list(void **state)
{
    (void)state;
    renew_work(&w.k);
    w.t.db.o.url = str_of(w.k.url);
    struct ctx *c = test_db_open_empty(&w.t.db);
    const int64_t all = test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S(""));
    struct audit_filter f = { .limit = 37 };
    struct list rows;
    struct str next = { 0 };
    int64_t seen = 0, expect = all - 1;
    do {
        f.cursor = next;
        test_db_must(c, audit_list(c, &f, &rows, &next), "list");
        const struct audit_row *r = rows.v;
        for (size_t i = 0; i < rows.n; i++, seen++, expect--) {
            assert_int_equal(r[i].log_id, expect);
            assert_int_equal(r[i].current_hash.n, 64);
            assert_int_equal(r[i].previous_hash.n, 64);
        }
    } while (next.p);
    assert_int_equal(seen, all);
    f = (struct audit_filter){ .limit = 1000,
                               .entity_type = S("cycle"),
                               .entity_id = str_of(w.first),
                               .action = S("cycle.freeze") };
    test_db_must(c, audit_list(c, &f, &rows, &next), "list");
    assert_int_equal(rows.n, 1);
    const struct audit_row *r = rows.v;
    assert_true(str_eq(r->action, S("finalize")) && str_eq(r->entity_type, S("cycle")));
    assert_true(str_eq(r->actor, S("admin:ADM_TEST0001")));
    assert_true(str_starts(r->details, S("{\"apps_root\":\"")));
    assert_true(str_starts(r->metadata, S("{\"act\":\"cycle.freeze\",\"cycle\":\"CYC_")));
    f = (struct audit_filter){ .limit = 1000, .entity_id = str_of(w.second) };
    test_db_must(c, audit_list(c, &f, &rows, &next), "list");
    assert_int_equal(rows.n, 1);
    f = (struct audit_filter){ .limit = 1000, .action = S("login") };
    test_db_must(c, audit_list(c, &f, &rows, &next), "list");
    assert_int_equal(rows.n, 1);
    f = (struct audit_filter){ .limit = 1000,
                               .entity_type = S("application"),
                               .actor = S("student") };
    test_db_must(c, audit_list(c, &f, &rows, &next), "list");
    assert_int_equal(rows.n, STUDENTS + LATE);
    f = (struct audit_filter){ .limit = 1000, .to = 1 };
    test_db_must(c, audit_list(c, &f, &rows, &next), "list");
    assert_int_equal(rows.n, 0);
    f = (struct audit_filter){ .limit = 10, .cursor = S("not a cursor") };
    assert_int_equal(audit_list(c, &f, &rows, &next), ERR_INVALID);
    db_close(w.t.db.db);
    w.t.db.db = NULL;
}

static void test_schema_names(void **state)
{
    (void)state;
    struct ctx *c = test_db_next(&w.t.db);
    struct buf b;
    buf_init(&b, c->mem, TEXT_MAX);
    audit_schema_write(&b);
    assert_true(buf_ok(&b));
    struct str text = buf_view(&b);
    assert_non_null(memmem(text.p, text.n, "\"table\":\"audit_entry\"", 21));
    assert_non_null(memmem(text.p, text.n, "\"wrapped\":\"wrapped\"", 19));
    /* every table and column named is really there, or comes with checkpoints */
    struct raw *db = open_work(&w.k);
    const char *columns =
        test_server_on()
            ? "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'audit_entry' AND"
              " column_name IN ('idx','ts','act','actor','subj','cycle_id','leaf','entry')"
            : "SELECT COUNT(*) FROM pragma_table_info('audit_entry') WHERE name"
              " IN ('idx','ts','act','actor','subj','cycle_id','leaf','entry')";
    assert_int_equal(raw_i64(db, columns), 8);
    raw_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_append_uninitialised),
        cmocka_unit_test(test_bad_entry_is_refused),
        cmocka_unit_test(test_clock_step),
        cmocka_unit_test(test_pristine),
        cmocka_unit_test(test_erasure),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_schema_names),
        cmocka_unit_test(test_attacks),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
