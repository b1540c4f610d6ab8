/* Administrators and students of an original installation. Passwords stay as they are hashed;
 * sign-ins are left behind. */
#include "base/str.h"
#include "repo/admin_repo.h"
#include "repo/student_repo.h"
#include "service/account_inner.h"
#include "service/original_inner.h"

enum { USERNAME_MAX = 50, SUFFIX_HEX = 6 };

/* An address that nobody receives anything at (RFC 2606). */
static struct str stand_in_email(struct ctx *c, struct str id)
{
    return str_fmt(c->mem, "%.*s@duplicate.invalid", STR_ARG(lower_ascii_of(c, id)));
}

/* Two user names that differ by case are one here: the later one gets a tail of its id. */
static err free_username(struct importer *im, const struct original_admin *a, struct admin_row *row)
{
    struct ctx *c = im->c;
    bool taken = false;
    row->username = a->username;
    row->username_key = lower_ascii_of(c, a->username);
    TRY(exists_here(im, LEGACY_USERNAME, row->username_key, &taken));
    if (!taken)
        return ERR_OK;
    const struct hash h = sha256(a->admin_id);
    const struct str stem = str_sub(a->username, 0, USERNAME_MAX - SUFFIX_HEX - 1);
    row->username = str_fmt(c->mem, "%.*s-%.*s", STR_ARG(stem), SUFFIX_HEX, hash_hex(c->mem, &h).p);
    row->username_key = lower_ascii_of(c, row->username);
    note(im, ORIG_ADMIN_USERS, a->admin_id, ON_USERNAME);
    return ERR_OK;
}

static err free_email(struct importer *im, enum legacy_thing what, enum original_table table,
                      struct str id, struct str email, struct str *ret)
{
    bool taken = false;
    *ret = lower_ascii_of(im->c, email);
    TRY(exists_here(im, what, *ret, &taken));
    if (!taken)
        return ERR_OK;
    *ret = stand_in_email(im->c, id);
    note(im, table, id, ON_EMAIL);
    return ERR_OK;
}

static err log_admin(struct importer *im, const struct admin_row *row, const char *act)
{
    struct ctx *c = im->c;
    const struct audit_new n = {
        .act = act,
        .actor = audit_actor(c),
        .subj = str_fmt(c->mem, "admin:%.*s", STR_ARG(row->admin_id)),
        .data =
            str_fmt(c->mem, "{\"kind\":\"import\",\"role\":\"%s\"}", admin_role_names.v[row->role]),
    };
    return audit_append(c, im->tx, &im->head, &n, NULL);
}

static err store_admin(struct importer *im, const struct original_admin *a, struct admin_row *row)
{
    TRY(free_username(im, a, row));
    TRY(free_email(im, LEGACY_ADMIN_EMAIL, ORIG_ADMIN_USERS, row->admin_id, a->email, &row->email));
    row->role = legacy_label(&admin_role_names, a->role);
    if (row->role < 0) {
        row->role = ADMIN_ROLE_AUDITOR;
        row->is_active = false;
        note(im, ORIG_ADMIN_USERS, a->admin_id, ON_ADMIN_ROLE);
    }
    TRY(inserted(im, ORIG_ADMIN_USERS, row->admin_id, admin_repo_insert(im->c, im->tx, row)));
    im->tally->imported[ORIG_ADMIN_USERS]++;
    TRY(log_admin(im, row, "admin.create"));
    return row->is_active ? ERR_OK : log_admin(im, row, "admin.deactivate");
}

/* An account of that id from an earlier run was born at the same moment. */
static err same_birth(struct importer *im, enum original_table table, struct str id, int64_t there,
                      int64_t here)
{
    if (there != here)
        return FAIL(im->c, CONFLICT, "%s %.*s: another account has this id here",
                    original_table_text[table], STR_ARG(id));
    im->tally->already[table]++;
    return ERR_OK;
}

static err take_admin(struct importer *im, const void *arg)
{
    const struct original_admin *a = arg;
    struct admin_row row = {
        .admin_id = admin_id_here(im->c, a->admin_id),
        .password_hash = a->password_hash,
        .is_active = a->is_active,
        .created_at = a->created_at,
    };
    int64_t born = 0;
    bool found = false;
    TRY(legacy_admin_born(im->c, im->tx, row.admin_id, &born, &found));
    if (found)
        return same_birth(im, ORIG_ADMIN_USERS, row.admin_id, a->created_at, born);
    if (!str_eq(row.admin_id, a->admin_id))
        note(im, ORIG_ADMIN_USERS, a->admin_id, ON_ADMIN_ID);
    return store_admin(im, a, &row);
}

static err take_student(struct importer *im, const void *arg)
{
    const struct original_student *s = arg;
    struct student_row row = {
        .student_id = s->student_id,
        .display_name = s->display_name,
        .status = legacy_label(&student_status_names, s->status),
        .created_at = s->created_at,
        .updated_at = s->updated_at,
        .verified_at = s->verified_at,
    };
    int64_t born = 0;
    bool found = false;
    if (!id_valid(s->student_id) || row.status < 0) {
        note(im, ORIG_STUDENT_ACCOUNTS, s->student_id,
             row.status < 0 ? ON_UNKNOWN_LABEL : ON_BAD_ID);
        return ERR_OK;
    }
    TRY(legacy_student_born(im->c, im->tx, s->student_id, &born, &found));
    if (found)
        return same_birth(im, ORIG_STUDENT_ACCOUNTS, s->student_id, s->created_at, born);
    TRY(free_email(im, LEGACY_STUDENT_EMAIL, ORIG_STUDENT_ACCOUNTS, s->student_id, s->primary_email,
                   &row.primary_email));
    TRY(inserted(im, ORIG_STUDENT_ACCOUNTS, s->student_id,
                 student_repo_insert(im->c, im->tx, &row, 1)));
    im->tally->imported[ORIG_STUDENT_ACCOUNTS]++;
    return ERR_OK;
}

static err take_identity(struct importer *im, const void *arg)
{
    const struct original_identity *i = arg;
    const struct legacy_identity row = {
        i->identity_id, i->student_id,     i->provider,   i->provider_sub,
        i->email,       i->email_verified, i->created_at, i->updated_at,
    };
    bool here = false, fresh = false;
    TRY(exists_here(im, LEGACY_STUDENT, i->student_id, &here));
    if (!here) {
        note_i64(im, ORIG_OAUTH_IDENTITIES, i->identity_id, ON_NO_STUDENT);
        return ERR_OK;
    }
    TRY(legacy_identity_insert(im->c, im->tx, &row, &fresh));
    if (fresh)
        im->tally->imported[ORIG_OAUTH_IDENTITIES]++;
    else
        im->tally->already[ORIG_OAUTH_IDENTITIES]++;
    return ERR_OK;
}

err original_take_accounts(struct importer *im)
{
    struct taker admins = { im, take_admin }, students = { im, take_student };
    struct taker identities = { im, take_identity };
    TRY(pulled(im, original_admins(im->src, im->src_tx, take_row, &admins)));
    if (im->has[ORIG_STUDENT_ACCOUNTS])
        TRY(pulled(im, original_students(im->src, im->src_tx, take_row, &students)));
    if (im->has[ORIG_OAUTH_IDENTITIES])
        TRY(pulled(im, original_identities(im->src, im->src_tx, take_row, &identities)));
    return legacy_sequences(im->c, im->tx);
}
