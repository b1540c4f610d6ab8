/* The schema as the verifier expects it: the triggers that keep the log append-only, no others, no
 * views in place of tables. */
#include "base/str.h"
#include "service/verify_inner.h"

/* The text of each trigger, blanks squeezed to one; on PostgreSQL with its state and the body of
 * its function. */
struct guard {
    const char *name, *sqlite, *postgres;
};
#define REFUSES "O plpgsql BEGIN RAISE EXCEPTION 'the audit log is append-only'; END"
static const struct guard guards[] = {
    { "audit_entry_no_update",
      "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT "
      "RAISE(ABORT, 'the audit log is append-only'); END",
      "CREATE TRIGGER audit_entry_no_update BEFORE DELETE OR UPDATE ON audit_entry FOR EACH ROW "
      "EXECUTE FUNCTION audit_entry_refuse() " REFUSES },
    { "audit_entry_no_delete",
      "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT "
      "RAISE(ABORT, 'the audit log is append-only'); END",
      NULL },
    { "audit_pending_no_update",
      "CREATE TRIGGER audit_pending_no_update BEFORE UPDATE ON audit_pending BEGIN SELECT "
      "RAISE(ABORT, 'the audit log is append-only'); END",
      "CREATE TRIGGER audit_pending_no_update BEFORE UPDATE ON audit_pending FOR EACH ROW EXECUTE "
      "FUNCTION audit_entry_refuse() " REFUSES },
    { "bias_ledger_no_update",
      "CREATE TRIGGER bias_ledger_no_update BEFORE UPDATE ON bias_ledger BEGIN SELECT "
      "RAISE(ABORT, 'the bias ledger is append-only'); END",
      "CREATE TRIGGER bias_ledger_no_update BEFORE DELETE OR UPDATE ON bias_ledger FOR EACH ROW "
      "EXECUTE FUNCTION audit_entry_refuse() " REFUSES },
    { "bias_ledger_no_delete",
      "CREATE TRIGGER bias_ledger_no_delete BEFORE DELETE ON bias_ledger BEGIN SELECT "
      "RAISE(ABORT, 'the bias ledger is append-only'); END",
      NULL },
};
enum { GUARDS_N = sizeof(guards) / sizeof(guards[0]) };
static const char *const bound_tables[] = {
    "audit_entry",        "audit_pending",    "subject_key",        "admin_users",
    "admission_cycles",   "applications",     "application_texts",  "anonymized_applications",
    "anonymized_texts",   "identity_mapping", "final_scores",       "selection_logs",
    "shortlists",         "interviews",       "interview_scores",   "hash_chain",
    "legacy_audit_logs",  "scrub_policies",   "evaluation_reviews", "live_bias_analysis",
    "bias_ledger",        "bias_flags",       "monitoring_gaps",    "fairness_runs",
    "result_appeals",     "nudge_appeals",    "coi_declarations",   "live_transcripts",
    "admin_bias_history",
};
enum { TABLES_N = sizeof(bound_tables) / sizeof(bound_tables[0]) };

struct objects {
    struct verify *v;
    bool sqlite;
    bool guard[GUARDS_N], table[TABLES_N];
};

static const char *guard_text(const struct objects *o, size_t i)
{
    return o->sqlite ? guards[i].sqlite : guards[i].postgres;
}

static bool same_but_blanks(struct str text, const char *want)
{
    size_t at = 0;
    for (const char *w = want; *w; w++) {
        if (*w == ' ') {
            if (at == text.n || (unsigned char)text.p[at] > ' ')
                return false;
            while (at < text.n && (unsigned char)text.p[at] <= ' ')
                at++;
        } else if (at == text.n || text.p[at++] != *w) {
            return false;
        }
    }
    return at == text.n;
}

static void check_trigger(struct objects *o, const struct verify_object *r)
{
    for (size_t i = 0; i < GUARDS_N; i++) {
        if (guard_text(o, i) == NULL || !str_eq(r->name, str_of(guards[i].name)))
            continue;
        o->guard[i] = true;
        if (!same_but_blanks(r->sql, guard_text(o, i)))
            finding(o->v, -1, "schema.trigger", "trigger %s was changed", guards[i].name);
        return;
    }
    finding(o->v, -1, "schema.trigger", "unexpected trigger %.*s on %.*s", STR_ARG(r->name),
            STR_ARG(r->tbl_name));
}

static err object_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct verify_object *r = row;
    struct objects *o = arg;
    if (str_eq(r->type, S("trigger")))
        check_trigger(o, r);
    else if (str_eq(r->type, S("view")))
        finding(o->v, -1, "schema.view", "unexpected view %.*s", STR_ARG(r->name));
    for (size_t i = 0; i < TABLES_N; i++)
        if (str_eq(r->type, S("table")) && str_eq(r->name, str_of(bound_tables[i])))
            o->table[i] = true;
    return ERR_OK;
}

err verify_schema(struct ctx *c, struct verify *v)
{
    struct objects o = { .v = v, .sqlite = strcmp(db_engine(c->deps->db), "sqlite") == 0 };
    err e = verify_objects(c, v->tx, object_row, &o);
    if (e != ERR_OK)
        return finding_from(c, v, -1, "schema.read", e);
    for (size_t i = 0; i < GUARDS_N; i++)
        if (guard_text(&o, i) != NULL && !o.guard[i])
            finding(v, -1, "schema.trigger", "trigger %s is missing", guards[i].name);
    for (size_t i = 0; i < TABLES_N; i++)
        if (!o.table[i])
            finding(v, -1, "schema.table", "table %s is missing", bound_tables[i]);
    return ERR_OK;
}
