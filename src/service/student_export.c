/* The export of a student's data: account, logins, drafts, applications, and the log's entries
 * about them with what they commit to. */
#include "service/student_export.h"

#include "base/str.h"
#include "crypto/fernet.h"
#include "domain/role.h"
#include "repo/appeal_repo.h"
#include "repo/audit_repo.h"
#include "repo/draft_repo.h"
#include "repo/read_repo.h"
#include "repo/student_export_repo.h"
#include "service/audit_log.h"
#include "service/audit_value.h"
#include "service/draft.h"
#include "service/identity_firewall.h"
#include "service/sealed_text.h"

enum {
    LOGINS_MAX = 1000,
    IDENTITIES_MAX = 100,
    DRAFTS_MAX = 100,
    ENTRIES_MAX = 1000,
    INTERVIEWS_MAX = 50,
    TRANSCRIPTS_MAX = 20000,
    VALUE_MAX = 256 * 1024
};

static const struct field opening_fields[] = {
    FIELD_STR(struct export_opening, field, .flags = FIELD_REQUIRED,
              .doc = "Name of the commitment in the entry."),
    FIELD_STR(struct export_opening, salt, .flags = FIELD_REQUIRED, .doc = "Its salt, in hex."),
    FIELD_STR(struct export_opening, value, .flags = FIELD_NULL,
              .doc = "Canonical JSON that was committed to, where it is still stored."),
};
static SCHEMA(opening_schema, "ExportOpening", struct export_opening, opening_fields);
static const struct field entry_fields[] = {
    FIELD_I64(struct export_entry, index, .flags = FIELD_REQUIRED, .doc = "Place in the log."),
    FIELD_STR(struct export_entry, entry, .flags = FIELD_REQUIRED,
              .doc = "The entry, byte for byte."),
    FIELD_LIST(struct export_entry, opened, .flags = FIELD_REQUIRED, .of = &opening_schema,
               .doc = "What its commitments say."),
};
static SCHEMA(entry_schema, "ExportEntry", struct export_entry, entry_fields);
static const struct field read_fields[] = {
    FIELD_TIME(struct export_read, read_at, .flags = FIELD_REQUIRED, .doc = "When."),
    FIELD_STR(struct export_read, fields, .flags = FIELD_REQUIRED, .doc = "What was read."),
    FIELD_STR(struct export_read, reason, .flags = FIELD_NULL, .doc = "Why."),
};
static SCHEMA(read_schema, "ExportRead", struct export_read, read_fields);

static const struct field appeal_fields[] = {
    FIELD_STR(struct export_appeal, reason, .flags = FIELD_REQUIRED,
              .doc = "What was said, as whoever decided read it."),
    FIELD_TIME(struct export_appeal, created_at, .flags = FIELD_REQUIRED, .doc = "When."),
    FIELD_STR(struct export_appeal, decision, .flags = FIELD_NULL,
              .doc = "granted or rejected; null while it waits."),
    FIELD_STR(struct export_appeal, decision_reason, .flags = FIELD_NULL, .doc = "Why."),
    FIELD_TIME(struct export_appeal, decided_at, .flags = FIELD_NULL, .doc = "When."),
};
static SCHEMA(export_appeal_schema, "ExportAppeal", struct export_appeal, appeal_fields);

static const struct field application_fields[] = {
    FIELD_STR(struct export_application, application_id, .flags = FIELD_REQUIRED,
              .doc = "Identifier of the application."),
    FIELD_OBJ(struct export_application, cycle, .flags = FIELD_REQUIRED, .of = &own_cycle_schema,
              .doc = "The cycle it belongs to."),
    FIELD_ENUM(struct export_application, status, .flags = FIELD_REQUIRED,
               .names = &application_status_names,
               .doc = "Status; before publication a decision shows as scored."),
    FIELD_TIME(struct export_application, submitted_at, .flags = FIELD_REQUIRED,
               .doc = "When it was received."),
    FIELD_STR(struct export_application, name, .flags = FIELD_NULL | FIELD_PII, .doc = "Name."),
    FIELD_STR(struct export_application, email, .flags = FIELD_NULL | FIELD_PII, .doc = "E-mail."),
    FIELD_STR(struct export_application, phone, .flags = FIELD_NULL | FIELD_PII, .doc = "Phone."),
    FIELD_STR(struct export_application, address, .flags = FIELD_NULL | FIELD_PII,
              .doc = "Address."),
    FIELD_E2(struct export_application, gpa, .flags = FIELD_NULL, .doc = "Grade point average."),
    FIELD_MAP_E2(struct export_application, test_scores, .flags = FIELD_NULL,
                 .doc = "Scores by test name."),
    FIELD_STR(struct export_application, essay, .flags = FIELD_NULL | FIELD_PII, .doc = "Essay."),
    FIELD_STR(struct export_application, achievements, .flags = FIELD_NULL | FIELD_PII,
              .doc = "Achievements."),
    FIELD_STR(struct export_application, consent_version, .flags = FIELD_NULL,
              .doc = "Version of the consent text it came under."),
    FIELD_BOOL(struct export_application, consent_stated, .flags = FIELD_REQUIRED,
               .doc = "Whether the version was named when it was sent; else it was shown."),
    FIELD_OBJ(struct export_application, anonymous, .flags = FIELD_NULL,
              .of = &export_scrubbed_schema, .doc = "What evaluators saw; after publication."),
    FIELD_OBJ(struct export_application, results, .flags = FIELD_NULL, .of = &result_schema,
              .doc = "The result; after publication."),
    FIELD_OBJ(struct export_application, appeal, .flags = FIELD_NULL, .of = &export_appeal_schema,
              .doc = "The appeal against it, where there is one."),
    FIELD_LIST(struct export_application, interviews, .flags = FIELD_REQUIRED,
               .of = &export_interview_schema,
               .doc = "Interviews; notes and marks after publication."),
    FIELD_LIST(struct export_application, transcripts, .flags = FIELD_REQUIRED,
               .of = &export_transcript_schema, .doc = "What was said in them."),
    FIELD_LIST(struct export_application, identity_reads, .flags = FIELD_REQUIRED,
               .of = &read_schema, .doc = "Who looked at the identity; after publication."),
    FIELD_LIST(struct export_application, log, .flags = FIELD_REQUIRED, .of = &entry_schema,
               .doc = "Entries of the log, newest first."),
};
static SCHEMA(application_schema, "ExportApplication", struct export_application,
              application_fields);

static const struct field export_fields[] = {
    FIELD_TIME(struct student_export, exported_at, .flags = FIELD_REQUIRED, .doc = "Now."),
    FIELD_OBJ(struct student_export, account, .flags = FIELD_REQUIRED, .of = &export_account_schema,
              .doc = "The account."),
    FIELD_LIST(struct student_export, identities, .flags = FIELD_REQUIRED,
               .of = &export_identity_schema, .doc = "How one signs in."),
    FIELD_LIST(struct student_export, logins, .flags = FIELD_REQUIRED, .of = &export_login_schema,
               .doc = "Logins that are still stored."),
    FIELD_LIST(struct student_export, drafts, .flags = FIELD_REQUIRED, .of = &draft_state_schema,
               .doc = "Unfinished applications."),
    FIELD_LIST(struct student_export, applications, .flags = FIELD_REQUIRED,
               .of = &application_schema, .doc = "Newest first."),
    FIELD_LIST(struct student_export, log, .flags = FIELD_REQUIRED, .of = &entry_schema,
               .doc = "Entries of the log about the account, newest first."),
};
SCHEMA(student_export_schema, "StudentExport", struct student_export, export_fields);

/* What the commitments of one subject's entries were made from; absent where it is not known. */
struct openable {
    bool has_key;
    uint8_t key[SUBJECT_KEY_N];
    struct str payload, map, score;
    bool with_reads; /* pii.read may be told of */
};

static struct str value_of(const struct openable *o, const struct entry *e, struct str field)
{
    if (str_eq(field, S("payload")))
        return o->payload;
    if (str_eq(field, S("map")))
        return o->map;
    return str_eq(e->act, S("score.final")) ? o->score : (struct str){ NULL, 0 };
}

static bool opens(struct ctx *c, const struct hash *salt, const struct entry_commit *commit,
                  struct str value)
{
    const struct hash h = commit_value(salt, commit->name, value);
    return str_eq(hash_hex(c->mem, &h), str_of(commit->hex));
}

static struct list open_commits(struct ctx *c, const struct entry *e, const struct openable *o)
{
    struct export_opening *v = arena_array(c->mem, struct export_opening, ENTRY_COMMITS_MAX);
    const size_t n = o->has_key ? e->n_commits : 0;
    for (size_t i = 0; i < n; i++) {
        const struct str field = str_keep(c->mem, e->commits[i].name);
        const struct hash salt = commit_salt(o->key, field, e->nonce_hex);
        v[i] = (struct export_opening){ field, hash_hex(c->mem, &salt), value_of(o, e, field) };
        /* What is stored may have been replaced since, by a reviewer of the scrubbed text. */
        if (v[i].value.p && !opens(c, &salt, &e->commits[i], v[i].value))
            v[i].value = (struct str){ NULL, 0 };
    }
    return (struct list){ v, n };
}

/* Entries whose subject is this one, behind those that are there already. */
static err add_log(struct ctx *c, struct tx *tx, struct str subject, const struct openable *o,
                   struct list *io)
{
    const struct audit_list_in in = { .before = INT64_MAX,
                                      .limit = ENTRIES_MAX,
                                      .ts_from = SCHEMA_NULL_I64,
                                      .ts_to = SCHEMA_NULL_I64,
                                      .subj_from = subject };
    struct list rows;
    TRY(audit_repo_list(c, tx, &in, &rows));
    const struct audit_entry_row *v = rows.v;
    struct export_entry *out = arena_array(c->mem, struct export_entry, io->n + rows.n + 1);
    size_t n = io->n;
    if (n)
        memcpy(out, io->v, n * sizeof(*out));
    for (size_t i = 0; i < rows.n; i++) {
        struct entry e;
        const char *why = NULL;
        if (!entry_read(v[i].entry, &e, &why) || (!o->with_reads && str_eq(e.act, S("pii.read"))))
            continue;
        out[n++] = (struct export_entry){ v[i].idx, v[i].entry, open_commits(c, &e, o) };
    }
    *io = (struct list){ out, n };
    return ERR_OK;
}

static err find_key(struct ctx *c, struct tx *tx, struct str subject, struct openable *io)
{
    struct str wrapped = { 0 };
    TRY(audit_repo_key_get(c, tx, subject, &wrapped, &io->has_key));
    return io->has_key ? subject_key_unwrap(c, wrapped, io->key) : ERR_OK;
}

static err add_reads(struct ctx *c, struct tx *tx, struct str subject, struct list *io)
{
    struct list rows;
    TRY(identity_read_list(c, tx, subject, ENTRIES_MAX, &rows));
    const struct identity_read_row *v = rows.v;
    struct export_read *out = arena_array(c->mem, struct export_read, io->n + rows.n + 1);
    if (io->n)
        memcpy(out, io->v, io->n * sizeof(*out));
    for (size_t i = 0; i < rows.n; i++) {
        struct export_read *r = &out[io->n + i];
        *r = (struct export_read){ .read_at = v[i].read_at, .fields = v[i].fields };
        if (v[i].sealed_reason.p)
            TRY(keyring_open(c, v[i].sealed_reason, &r->reason));
    }
    *io = (struct list){ out, io->n + rows.n };
    return ERR_OK;
}

static err add_texts(struct ctx *c, struct tx *tx, struct export_application *io,
                     struct str *ret_payload)
{
    struct export_texts t;
    struct sealed_identity who = { 0 };
    struct str plain = { 0 };
    struct seen seen;
    bool found = false;
    io->gpa = SCHEMA_NULL_I64;
    TRY(export_texts_find(c, tx, io->application_id, &t, &found));
    if (!found)
        return ERR_OK;
    if (t.sealed_identity.p) {
        TRY(keyring_open(c, t.sealed_identity, &plain));
        TRY(schema_decode(c, &sealed_identity_schema, plain, &who, &seen));
    }
    io->name = who.name;
    io->email = who.email;
    io->phone = who.phone;
    io->address = who.address;
    io->gpa = t.gpa;
    io->test_scores = t.test_scores;
    io->essay = t.essay;
    io->achievements = t.achievements;
    io->consent_version = t.consent_version;
    io->consent_stated = t.consent_stated;
    struct buf b;
    buf_init(&b, c->mem, VALUE_MAX);
    application_payload_canon(&b, t.gpa, &t.test_scores, t.essay, t.achievements);
    *ret_payload = buf_ok(&b) ? buf_view(&b) : (struct str){ NULL, 0 };
    return ERR_OK;
}

static struct str map_text(struct ctx *c, const struct export_scrubbed *s,
                           struct str application_id)
{
    const struct audit_map m = { .anonymized_id = s->anonymized_id,
                                 .application_id = application_id,
                                 .gpa = s->gpa,
                                 .tests = &s->test_scores,
                                 .essay = s->essay_scrubbed,
                                 .achievements = s->achievements_scrubbed };
    struct buf b;
    buf_init(&b, c->mem, VALUE_MAX);
    audit_map_canon(&b, &m);
    return buf_ok(&b) ? buf_view(&b) : (struct str){ NULL, 0 };
}

static struct str score_text(struct ctx *c, const struct result *r)
{
    const struct audit_score s = { .academic = r->academic_score,
                                   .achievement = r->achievement_score,
                                   .essay = r->essay_score,
                                   .final = r->final_score,
                                   .test = r->test_score };
    struct buf b;
    buf_init(&b, c->mem, VALUE_MAX);
    audit_score_canon(&b, &s);
    return buf_view(&b);
}

static err add_appeal(struct ctx *c, struct tx *tx, struct str anonymized_id,
                      struct export_application *io)
{
    const struct own_cycle *cycle = io->cycle;
    struct result_appeal_row row = { 0 };
    bool found = false;
    TRY(result_appeal_find(c, tx, cycle->cycle_id, anonymized_id, &row, &found));
    if (!found || !row.reason.p)
        return ERR_OK;
    struct export_appeal *a = arena_new(c->mem, struct export_appeal);
    *a = (struct export_appeal){ .reason = row.reason,
                                 .created_at = row.created_at,
                                 .decision = row.decision,
                                 .decision_reason = row.decision_reason,
                                 .decided_at = row.decided_at };
    io->appeal = a;
    return ERR_OK;
}

/* What became of it behind the firewall: only the firewall's own view says the anonymous id, and
 * only after publication. */
static err add_anonymous(struct ctx *c, struct tx *tx, struct str anonymized_id,
                         struct export_application *io)
{
    struct openable o = { .with_reads = true };
    struct export_scrubbed *s = arena_new(c->mem, struct export_scrubbed);
    struct result *r = arena_new(c->mem, struct result);
    bool scrubbed = false, scored = false;
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(anonymized_id));
    TRY(export_scrubbed_find(c, tx, anonymized_id, s, &scrubbed));
    TRY(firewall_own_result(c, tx, anonymized_id, r, &scored));
    if (scrubbed) {
        io->anonymous = s;
        o.map = map_text(c, s, io->application_id);
    }
    if (scored) {
        io->results = r;
        o.score = score_text(c, r);
    }
    TRY(add_appeal(c, tx, anonymized_id, io));
    TRY(find_key(c, tx, subject, &o));
    TRY(add_reads(c, tx, subject, &io->identity_reads));
    err e = add_log(c, tx, subject, &o, &io->log);
    secret_wipe(o.key, sizeof(o.key));
    return e;
}

/* Before the publication an applicant knows the slots alone. */
static void show_interviews(struct list *interviews, bool published)
{
    struct export_interview *v = interviews->v;
    for (size_t i = 0; i < interviews->n; i++) {
        if (published)
            v[i].marks = v[i].final_interview_score == SCHEMA_NULL_I64 ? NULL : &v[i];
        else
            v[i].notes = (struct str){ NULL, 0 };
    }
}

static err add_application(struct ctx *c, struct tx *tx, const struct own_view *v,
                           struct export_application *io)
{
    struct openable o = { .with_reads = v->cycle.phase >= PHASE_PUBLISHED };
    const struct str subject = str_fmt(c->mem, "application:%.*s", STR_ARG(v->application_id));
    *io = (struct export_application){ .application_id = v->application_id,
                                       .cycle = &v->cycle,
                                       .status = v->status,
                                       .submitted_at = v->submitted_at };
    TRY(add_texts(c, tx, io, &o.payload));
    TRY(find_key(c, tx, subject, &o));
    err e = add_log(c, tx, subject, &o, &io->log);
    secret_wipe(o.key, sizeof(o.key));
    TRY(e);
    TRY(export_interviews(c, tx, v->application_id, INTERVIEWS_MAX, &io->interviews));
    show_interviews(&io->interviews, o.with_reads);
    TRY(export_transcripts(c, tx, v->application_id, TRANSCRIPTS_MAX, &io->transcripts));
    if (!o.with_reads)
        return ERR_OK;
    TRY(add_reads(c, tx, subject, &io->identity_reads));
    return v->anonymized_id.p ? add_anonymous(c, tx, v->anonymized_id, io) : ERR_OK;
}

static err add_drafts(struct ctx *c, struct tx *tx, struct student_export *io)
{
    struct list rows;
    TRY(draft_list(c, tx, c->who->id, DRAFTS_MAX, &rows));
    const struct draft_row *v = rows.v;
    struct draft_state *out = arena_array(c->mem, struct draft_state, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(draft_open(c, v[i].sealed, &out[i].draft));
        out[i].cycle_id = v[i].admission_cycle_id;
        out[i].saved_at = v[i].updated_at;
    }
    io->drafts = (struct list){ out, rows.n };
    return ERR_OK;
}

static err add_applications(struct ctx *c, struct tx *tx, struct student_export *io)
{
    struct list rows;
    TRY(firewall_own(c, tx, c->who->id, &rows));
    const struct own_view *v = rows.v;
    struct export_application *out = arena_array(c->mem, struct export_application, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++)
        TRY(add_application(c, tx, &v[i], &out[i]));
    io->applications = (struct list){ out, rows.n };
    return ERR_OK;
}

static err gather_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct student_export *out = arg;
    struct export_account *account = arena_new(c->mem, struct export_account);
    const struct openable nothing = { .with_reads = true };
    const struct str subject = str_fmt(c->mem, "student:%.*s", STR_ARG(c->who->id));
    *out = (struct student_export){ .exported_at = c->now_us, .account = account };
    TRY(export_account_find(c, tx, c->who->id, account));
    TRY(export_identities(c, tx, c->who->id, IDENTITIES_MAX, &out->identities));
    TRY(export_logins(c, tx, c->who->id, LOGINS_MAX, &out->logins));
    TRY(add_drafts(c, tx, out));
    TRY(add_applications(c, tx, out));
    return add_log(c, tx, subject, &nothing, &out->log);
}

static err log_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    struct audit_head head = { .known = false };
    const struct audit_new n = {
        .act = "student.export",
        .actor = S("student"),
        .subj = str_fmt(c->mem, "student:%.*s", STR_ARG(c->who->id)),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

err student_export(struct ctx *c, struct student_export *ret)
{
    if (!c->who || !(c->who->roles & ROLE_STUDENT))
        return FAIL(c, FORBIDDEN, "Only students export their data");
    TRY(tx_run(c, TX_WRITE, log_tx, NULL));
    return tx_run(c, TX_READ, gather_tx, ret);
}
