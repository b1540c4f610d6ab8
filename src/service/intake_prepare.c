/* What a submission needs before and inside its transaction, the same for one and for many. */
#include "service/intake_prepare.h"

#include "base/str.h"
#include "codec/canon.h"
#include "codec/id.h"
#include "crypto/commit.h"
#include "crypto/fernet.h"

/* Texts have at most 8,850 code points in all; canonical JSON may take six bytes for one. */
enum { IDENTITY_MAX = 16 * 1024, PAYLOAD_MAX = 128 * 1024 };

/* Only ASCII letters fold: addresses compare by bytes otherwise. */
static struct str lower_ascii(struct arena *mem, struct str s)
{
    char *out = str_z(mem, s);
    for (size_t i = 0; i < s.n; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    return (struct str){ out, s.n };
}

struct str application_email_hash(struct ctx *c, struct str email)
{
    const struct keyring *keys = c->deps->keys;
    const struct str key = { (const char *)keys->lookup, sizeof(keys->lookup) };
    const struct str part = lower_ascii(c->mem, email);
    const struct hash h = hmac_sha256(key, &part, 1);
    return hash_hex(c->mem, &h);
}

err application_seal_identity(struct ctx *c, const struct application_new *n, struct str email,
                              struct str application_id, struct str *ret)
{
    struct buf b;
    buf_init(&b, c->mem, IDENTITY_MAX);
    buf_lit(&b, "{\"address\":");
    canon_str(&b, n->address);
    buf_lit(&b, ",\"application_id\":");
    canon_str(&b, application_id);
    buf_lit(&b, ",\"email\":");
    canon_str(&b, email);
    buf_lit(&b, ",\"name\":");
    canon_str(&b, n->name);
    buf_lit(&b, ",\"phone\":");
    canon_str(&b, n->phone);
    buf_c(&b, '}');
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The identity fields are too long");
    *ret = keyring_seal(c, buf_view(&b));
    secret_wipe(b.p, b.n);
    return ERR_OK;
}

err prepare_application(struct ctx *c, const struct application_new *n, struct str email,
                        struct str student_id, struct prepared *ret)
{
    struct prepared p = { .row = {
                              .application_id = id_sortable(c, "APP_"),
                              .student_id = student_id,
                              .timestamp = c->now_us,
                              .gpa = n->gpa,
                              .status = APP_SUBMITTED,
                              .scrub_order = id_place(c),
                              .email_hash = application_email_hash(c, email),
                              .test_scores = n->test_scores,
                              .essay = n->essay,
                              .achievements = n->achievements,
                          } };
    TRY(application_seal_identity(c, n, email, p.row.application_id, &p.row.sealed_identity));
    struct buf b;
    buf_init(&b, c->mem, PAYLOAD_MAX);
    application_payload_canon(&b, n->gpa, &n->test_scores, n->essay, n->achievements);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The application is too long");
    p.payload = buf_view(&b);
    const struct str subject = str_fmt(c->mem, "application:%.*s", STR_ARG(p.row.application_id));
    p.wrapped = subject_key_make(c, subject, p.key);
    *ret = p;
    secret_wipe(p.key, sizeof(p.key));
    return ERR_OK;
}

void prepared_keep(struct arena *mem, struct prepared *p)
{
    struct str *const made[] = { &p->row.application_id,  &p->row.email_hash,
                                 &p->row.sealed_identity, &p->payload,
                                 &p->wrapped.subject,     &p->wrapped.wrapped };
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        *made[i] = str_keep(mem, *made[i]);
}

static err log_submission(struct ctx *c, struct tx *tx, struct audit_head *head,
                          const struct prepared *p)
{
    const struct audit_new n = {
        .act = "application.submit",
        .actor = S("student"),
        .cycle = p->row.admission_cycle_id,
        .subj = p->wrapped.subject,
        .key_subject = p->wrapped.subject,
        .values = { { S("payload"), p->payload } },
        .n_values = 1,
    };
    return audit_append_keyed(c, tx, head, &n, p->key, NULL);
}

err store_applications(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct prepared *v, size_t n)
{
    struct application_record *rows =
        arena_try(c->mem, n + 1, sizeof(*rows), _Alignof(struct application_record));
    struct audit_key_row *keys =
        arena_try(c->mem, n + 1, sizeof(*keys), _Alignof(struct audit_key_row));
    if (!rows || !keys)
        return FAIL(c, TOO_LARGE, "Too many applications at once");
    for (size_t i = 0; i < n; i++) {
        rows[i] = v[i].row;
        keys[i] = v[i].wrapped;
    }
    TRY(application_insert(c, tx, rows, n));
    TRY(audit_repo_key_send(c, tx, keys, n));
    for (size_t i = 0; i < n; i++)
        TRY(log_submission(c, tx, head, &v[i]));
    return ERR_OK;
}
