/* The identity firewall: every question that needs a person and anonymous data at once is asked
 * here, and answered by role, phase and ownership. */
#include "service/identity_firewall.h"

#include "base/str.h"
#include "codec/canon.h"
#include "codec/id.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "crypto/fernet.h"
#include "domain/role.h"
#include "repo/identity_repo.h"
#include "repo/read_repo.h"
#include "service/cycle_support.h"
#include "service/intake.h"
#include "service/sealed_text.h"

enum { NOTES_MAX = 100, FIELDS_MAX = 4, FIELDS_TEXT_MAX = 100, REASON_TEXT_MAX = 16 * 1024 };

/* In the order in which the log names them. */
static const char *const field_names[FIELDS_MAX] = { "name", "email", "phone", "address" };

static const struct field request_fields[] = {
    FIELD_STR(struct identity_request, reason, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = IDENTITY_REASON_MIN, .max = IDENTITY_REASON_MAX,
              .doc = "Why the identity is needed; kept sealed, and told to the applicant on "
                     "request."),
    FIELD_LIST(struct identity_request, fields, .flags = FIELD_NULL, .min = 1, .max = FIELDS_MAX,
               .doc = "Only these: name, email, phone, address. All when left out."),
};
SCHEMA(identity_request_schema, "IdentityRequest", struct identity_request, request_fields);

#define PERSON_FIELDS                                                                              \
    FIELD_STR(struct identity_reply, name, .flags = FIELD_NULL | FIELD_PII, .doc = "Full name."),  \
        FIELD_STR(struct identity_reply, email, .flags = FIELD_NULL | FIELD_PII,                   \
                  .doc = "E-mail address of the account."),                                        \
        FIELD_STR(struct identity_reply, phone, .flags = FIELD_NULL | FIELD_PII,                   \
                  .doc = "Phone number."),                                                         \
        FIELD_STR(struct identity_reply, address, .flags = FIELD_NULL | FIELD_PII,                 \
                  .doc = "Postal address.")
static const struct field by_application_fields[] = {
    FIELD_STR(struct identity_reply, application_id, .flags = FIELD_REQUIRED,
              .doc = "The application that was asked about."),
    PERSON_FIELDS,
};
SCHEMA(identity_by_application_schema, "IdentityOfApplication", struct identity_reply,
       by_application_fields);
static const struct field by_anon_fields[] = {
    FIELD_STR(struct identity_reply, anonymized_id, .flags = FIELD_REQUIRED,
              .doc = "The anonymous application that was asked about."),
    PERSON_FIELDS,
};
SCHEMA(identity_by_anon_schema, "IdentityOfAnonymous", struct identity_reply, by_anon_fields);

static bool is_staff(const struct ctx *c)
{
    return c->who && (c->who->roles & ((uint32_t)ROLE_STAFF | (uint32_t)ROLE_OPERATOR));
}

static bool is_owner(const struct ctx *c, struct str student_id)
{
    return c->who && (c->who->roles & ROLE_STUDENT) && student_id.p &&
           str_eq(c->who->id, student_id);
}

struct state_call {
    struct str application_id;
    struct application_view view;
    bool found;
};

static err state_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct state_call *q = arg;
    return application_view_find(c, tx, q->application_id, &q->view, &q->found);
}

err application_state_get(struct ctx *c, struct str application_id, struct application_state *ret)
{
    struct state_call q = { .application_id = application_id };
    TRY(tx_run(c, TX_READ, state_tx, &q));
    const struct application_view *v = &q.view;
    const bool owner = q.found && is_owner(c, v->student_id);
    if (!q.found || !(owner || is_staff(c)))
        return FAIL(c, NOT_FOUND, "Application not found");
    const bool published = v->phase >= PHASE_PUBLISHED;
    const int32_t status = owner ? application_status_shown(v->status, v->phase) : v->status;
    *ret = (struct application_state){
        .application_id = v->application_id,
        .anonymized_id = owner && published ? v->anonymized_id : (struct str){ NULL, 0 },
        .status = status,
        .message = str_of(application_status_message(status)),
        .timestamp = c->now_us,
    };
    return ERR_OK;
}

/* A JSON array of strings as the column holds it. */
static err read_notes(struct ctx *c, struct str text, struct list *ret)
{
    struct str *v = arena_array(c->mem, struct str, NOTES_MAX);
    struct json j;
    size_t n = 0;
    bool more = false;
    json_init(&j, text, c->mem);
    bool ok = json_enter_array(&j) && json_element(&j, true, &more);
    while (ok && more && n < NOTES_MAX)
        ok = json_string(&j, &v[n++]) && json_element(&j, false, &more);
    if (!ok || more)
        return FAIL(c, INTERNAL, "a stored result cannot be read");
    *ret = (struct list){ v, n };
    return ERR_OK;
}

static err result_of(struct ctx *c, struct result_view *v, struct result *ret)
{
    TRY(read_notes(c, v->strengths, &v->result.strengths));
    TRY(read_notes(c, v->areas, &v->result.areas_for_improvement));
    if (!v->result.hash.p)
        v->result.hash = S("");
    *ret = v->result;
    return ERR_OK;
}

struct result_call {
    struct str anonymized_id;
    struct result_view view;
    bool found;
};

static err result_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct result_call *q = arg;
    return result_view_find(c, tx, q->anonymized_id, &q->view, &q->found);
}

err result_get(struct ctx *c, struct str anonymized_id, struct result *ret)
{
    struct result_call q = { .anonymized_id = anonymized_id };
    TRY(tx_run(c, TX_READ, result_tx, &q));
    const struct result_view *v = &q.view;
    const bool owner = q.found && v->phase >= PHASE_PUBLISHED && is_owner(c, v->student_id);
    if (!q.found || !(owner || is_staff(c)))
        return FAIL(c, NOT_FOUND, "Results not found");
    return result_of(c, &q.view, ret);
}

err firewall_own_result(struct ctx *c, struct tx *tx, struct str anonymized_id, struct result *ret,
                        bool *ret_found)
{
    struct result_view v;
    bool found = false;
    TRY(result_view_find(c, tx, anonymized_id, &v, &found));
    *ret_found = found && v.phase >= PHASE_PUBLISHED && is_owner(c, v.student_id);
    return *ret_found ? result_of(c, &v, ret) : ERR_OK;
}

err firewall_own(struct ctx *c, struct tx *tx, struct str student_id, struct list *ret)
{
    struct list rows;
    TRY(identity_own_list(c, tx, student_id, OWN_APPLICATIONS_MAX, &rows));
    const struct identity_own *v = rows.v;
    struct own_view *out = arena_array(c->mem, struct own_view, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++) {
        const bool published = v[i].cycle.phase >= PHASE_PUBLISHED;
        out[i] = (struct own_view){
            .application_id = v[i].application_id,
            .anonymized_id = published ? v[i].anonymized_id : (struct str){ NULL, 0 },
            .status = application_status_shown(v[i].status, v[i].cycle.phase),
            .submitted_at = v[i].submitted_at,
            .cycle = v[i].cycle,
            .is_open = v[i].is_open,
        };
    }
    *ret = (struct list){ out, rows.n };
    return ERR_OK;
}

/* One read of an identity. */
struct read_call {
    const struct identity_request *q;
    struct str id, subject;
    bool by_anon;
    unsigned wanted; /* bits of field_names */
    struct str fields_text, fields_json;
    struct sealed_identity plain;
};

static err field_issue(struct ctx *c, size_t at, struct str name)
{
    struct buf b;
    buf_init(&b, c->mem, 1024);
    json_write_str(&b, utf8_head(name, FIELDS_TEXT_MAX));
    const struct issue issue = {
        .type = S("enum"),
        .loc = str_fmt(c->mem, "[\"body\",\"fields\",%zu]", at),
        .msg = S("Input should be 'name', 'email', 'phone' or 'address'"),
        .input = buf_view(&b),
        .ctx = S("{\"expected\":\"'name', 'email', 'phone' or 'address'\"}"),
    };
    return fault_issue(c, &issue);
}

static err wanted_fields(struct ctx *c, struct read_call *r)
{
    const struct str *v = r->q->fields.v;
    err e = ERR_OK;
    r->wanted = r->q->fields.n ? 0 : (1U << FIELDS_MAX) - 1;
    for (size_t i = 0; i < r->q->fields.n; i++) {
        unsigned bit = 0;
        for (unsigned k = 0; k < FIELDS_MAX; k++)
            if (str_eq(v[i], str_of(field_names[k])))
                bit = 1U << k;
        if (!bit)
            e = field_issue(c, i, v[i]);
        r->wanted |= bit;
    }
    struct buf text, json;
    buf_init(&text, c->mem, FIELDS_TEXT_MAX);
    buf_init(&json, c->mem, FIELDS_TEXT_MAX);
    for (unsigned k = 0; k < FIELDS_MAX; k++) {
        if (!(r->wanted & 1U << k))
            continue;
        buf_fmt(&text, "%s%s", text.n ? "," : "", field_names[k]);
        buf_fmt(&json, "%s\"%s\"", json.n ? "," : "{\"fields\":[", field_names[k]);
    }
    buf_lit(&json, "]}");
    r->fields_text = buf_view(&text);
    r->fields_json = buf_view(&json);
    return e;
}

/* The rules of SECURITY "Roles". An erased identity is as good as none. */
static bool may_read(const struct ctx *c, const struct read_call *r,
                     const struct identity_sealed *row)
{
    const uint32_t roles = c->who->roles;
    const bool chosen = row->status == APP_SHORTLISTED || row->status == APP_SELECTED;
    if (!row->sealed.p || (roles & ROLE_AUDITOR))
        return false;
    if (r->by_anon)
        return row->phase >= PHASE_PUBLISHED || (row->phase >= PHASE_SELECTION && chosen);
    return (roles & ROLE_SUPER_ADMIN) || row->phase >= PHASE_SELECTION;
}

static err look(struct ctx *c, struct tx *tx, const struct read_call *r,
                struct identity_sealed *ret)
{
    bool found = false;
    TRY(r->by_anon ? identity_by_anon(c, tx, r->id, ret, &found)
                   : identity_by_application(c, tx, r->id, ret, &found));
    if (found && may_read(c, r, ret))
        return ERR_OK;
    return FAIL(c, NOT_FOUND, "Application not found, or its identity is not open to you yet");
}

static err note_read(struct ctx *c, struct tx *tx, const struct read_call *r, struct str cycle_id)
{
    struct audit_head head = { .known = false };
    struct buf reason;
    buf_init(&reason, c->mem, REASON_TEXT_MAX);
    canon_str(&reason, r->q->reason);
    if (!buf_ok(&reason))
        return FAIL(c, TOO_LARGE, "The reason is too long");
    const struct identity_read_row row = {
        .read_id = id_random(c, "RDP_"),
        .subject = r->subject,
        .admin_id = c->who->id,
        .fields = r->fields_text,
        .read_at = c->now_us,
        .sealed_reason = keyring_seal(c, r->q->reason),
    };
    TRY(identity_read_insert(c, tx, &row));
    const struct audit_new n = {
        .act = "pii.read",
        .actor = audit_actor(c),
        .cycle = cycle_id,
        .subj = r->subject,
        .data = r->fields_json,
        .key_subject = r->subject,
        .values = { { S("reason"), buf_view(&reason) } },
        .n_values = 1,
    };
    return audit_append(c, tx, &head, &n, NULL);
}

/* What is refused was looked up once, as what is missing. The cycle's lock keeps phase and erasure
 * where they are until the read is in the log. */
static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct read_call *r = arg;
    struct identity_sealed row = { .status = -1 };
    struct str plain = { 0 };
    struct seen seen;
    TRY(look(c, tx, r, &row));
    TRY(cycle_lock(c, tx, row.cycle_id, LOCK_SHARED));
    TRY(look(c, tx, r, &row));
    TRY(keyring_open(c, row.sealed, &plain));
    TRY(schema_decode(c, &sealed_identity_schema, plain, &r->plain, &seen));
    return note_read(c, tx, r, row.cycle_id);
}

static struct str given(const struct read_call *r, unsigned which, struct str value)
{
    return r->wanted & 1U << which ? value : (struct str){ NULL, 0 };
}

static err identity_read(struct ctx *c, struct read_call *r, struct identity_reply *ret)
{
    if (!c->who || !(c->who->roles & ROLE_MANAGERS) || (c->who->roles & ROLE_AUDITOR))
        return FAIL(c, FORBIDDEN, "Forbidden");
    TRY(wanted_fields(c, r));
    r->subject = str_fmt(c->mem, r->by_anon ? "anon:%.*s" : "application:%.*s", STR_ARG(r->id));
    TRY(tx_run(c, TX_WRITE, read_tx, r));
    *ret = (struct identity_reply){
        .application_id = r->by_anon ? (struct str){ NULL, 0 } : r->id,
        .anonymized_id = r->by_anon ? r->id : (struct str){ NULL, 0 },
        .name = given(r, 0, r->plain.name),
        .email = given(r, 1, r->plain.email),
        .phone = given(r, 2, r->plain.phone),
        .address = given(r, 3, r->plain.address),
    };
    return ERR_OK;
}

err identity_read_application(struct ctx *c, struct str application_id,
                              const struct identity_request *q, struct identity_reply *ret)
{
    struct read_call r = { .q = q, .id = application_id };
    return identity_read(c, &r, ret);
}

err identity_read_anon(struct ctx *c, struct str anonymized_id, const struct identity_request *q,
                       struct identity_reply *ret)
{
    struct read_call r = { .q = q, .id = anonymized_id, .by_anon = true };
    return identity_read(c, &r, ret);
}

err firewall_original(struct ctx *c, struct tx *tx, struct str application_id,
                      struct original_texts *ret)
{
    struct identity_text text;
    bool found = false;
    TRY(identity_original(c, tx, application_id, &text, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "The original was erased");
    *ret = (struct original_texts){ text.essay, text.achievements };
    return ERR_OK;
}

err firewall_note_original(struct ctx *c, struct tx *tx, struct str cycle_id,
                           struct str anonymized_id, struct str reason)
{
    const struct identity_request q = { .reason = reason };
    const struct read_call r = {
        .q = &q,
        .subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(anonymized_id)),
        .fields_text = S("achievements,essay"),
        .fields_json = S("{\"fields\":[\"achievements\",\"essay\"]}"),
    };
    return note_read(c, tx, &r, cycle_id);
}
