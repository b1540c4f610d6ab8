/* Entries of the log under the original's field names, newest first, by filter and cursor. */
#include "service/audit_log.h"

#include "base/str.h"
#include "codec/canon.h"
#include "repo/audit_repo.h"

enum {
    LIST_MAX = 1000,
    CURSOR_N = 16, /* hex digits */
    ACTS_TEXT_MAX = 4096,
    SUBJECT_TEXT_MAX = 100,
    METADATA_MAX = 512,
};

static const struct field filter_fields[] = {
    FIELD_STR(struct audit_filter, entity_type, .flags = FIELD_NULL, .min = 1, .max = 40,
              .doc = "Kind of subject: cycle, application, anon, admin, student."),
    FIELD_STR(struct audit_filter, entity_id, .flags = FIELD_NULL, .min = 1, .max = 50,
              .doc = "Id of the subject."),
    FIELD_STR(struct audit_filter, actor, .flags = FIELD_NULL, .min = 1, .max = 100,
              .doc = "Who acted, e.g. admin:ADM_7K2M9QXR."),
    FIELD_STR(struct audit_filter, action, .flags = FIELD_NULL, .min = 1, .max = 40,
              .doc = "An action (create, update, login…) or an act (cycle.freeze)."),
    FIELD_TIME(struct audit_filter, from, .flags = FIELD_NULL, .doc = "Not before this time."),
    FIELD_TIME(struct audit_filter, to, .flags = FIELD_NULL, .doc = "Before this time."),
    FIELD_I64(struct audit_filter, limit, .min = 1, .max = LIST_MAX, .preset = "100",
              .doc = "Rows at most."),
    FIELD_STR(struct audit_filter, cursor, .flags = FIELD_NULL, .max = 64,
              .doc = "Where the page before ended."),
};
SCHEMA(audit_filter_schema, "AuditFilter", struct audit_filter, filter_fields);

static const struct field row_fields[] = {
    FIELD_I64(struct audit_row, log_id, .flags = FIELD_REQUIRED, .doc = "Position in the log."),
    FIELD_TIME(struct audit_row, timestamp, .flags = FIELD_REQUIRED),
    FIELD_STR(struct audit_row, entity_type, .flags = FIELD_NULL),
    FIELD_STR(struct audit_row, entity_id, .flags = FIELD_NULL),
    FIELD_STR(struct audit_row, action, .flags = FIELD_REQUIRED),
    FIELD_STR(struct audit_row, actor, .flags = FIELD_REQUIRED),
    FIELD_JSON(struct audit_row, details, .flags = FIELD_NULL, .doc = "The entry's data."),
    FIELD_JSON(struct audit_row, metadata, .flags = FIELD_NULL, .doc = "The act and the cycle."),
    FIELD_STR(struct audit_row, previous_hash, .flags = FIELD_NULL, .format = "hex64"),
    FIELD_STR(struct audit_row, current_hash, .flags = FIELD_NULL, .format = "hex64"),
};
SCHEMA(audit_row_schema, "AuditRow", struct audit_row, row_fields);

static err bad_filter(struct ctx *c, const char *field, const char *msg)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = str_fmt(c->mem, "[\"query\",\"%s\"]", field),
        .msg = str_of(msg),
    };
    return fault_issue(c, &issue);
}

/* The position below which the page begins, as hex. */
static bool cursor_read(struct str text, int64_t *ret)
{
    if (text.n != CURSOR_N)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];
        unsigned digit;
        if (ch >= '0' && ch <= '9')
            digit = (unsigned)(ch - '0');
        else if (ch >= 'a' && ch <= 'f')
            digit = (unsigned)(ch - 'a') + 10;
        else
            return false;
        v = v << 4 | digit;
    }
    if (v > INT64_MAX)
        return false;
    *ret = (int64_t)v;
    return true;
}

/* ",a,b," of every act that goes by that name; an unknown one matches nothing. */
static struct str acts_of(struct ctx *c, struct str action)
{
    struct buf b;
    buf_init(&b, c->mem, ACTS_TEXT_MAX);
    buf_c(&b, ',');
    for (size_t i = 0; i < audit_act_count; i++) {
        const struct audit_act *a = &audit_acts[i];
        if (!str_eqi(action, str_of(a->action)) && !str_eq(action, str_of(a->act)))
            continue;
        buf_str(&b, str_of(a->act));
        buf_c(&b, ',');
    }
    return buf_view(&b);
}

/* Some subject has this id, of whatever kind: the kinds are few, so each is asked for in turn. */
static const char *const kinds[] = { "cycle",   "application", "anon", "admin",
                                     "student", "interview",   "flag" };

static int by_idx_down(const void *a, const void *b)
{
    const struct audit_entry_row *x = a, *y = b;
    return (x->idx < y->idx) - (x->idx > y->idx);
}

struct listing {
    const struct audit_filter *f;
    struct audit_list_in in;
    struct list rows; /* struct audit_entry_row */
};

static void one_subject(struct ctx *c, struct audit_list_in *in, struct str type, struct str id)
{
    in->subj_from = str_fmt(c->mem, "%.*s:%.*s", STR_ARG(type), STR_ARG(id));
    in->subj_to = (struct str){ 0 };
}

static err list_any_kind(struct ctx *c, struct tx *tx, struct listing *l)
{
    const size_t n_kinds = sizeof(kinds) / sizeof(kinds[0]);
    struct audit_entry_row *all = NULL;
    size_t n = 0;
    for (size_t k = 0; k < n_kinds; k++) {
        struct list part = { 0 };
        one_subject(c, &l->in, str_of(kinds[k]), l->f->entity_id);
        TRY(audit_repo_list(c, tx, &l->in, &part));
        if (!part.n)
            continue;
        struct audit_entry_row *joined =
            arena_try(c->mem, n + part.n, sizeof(*joined), _Alignof(struct audit_entry_row));
        if (!joined)
            return FAIL(c, TOO_LARGE, "the page is too large");
        if (n)
            memcpy(joined, all, n * sizeof(*joined));
        memcpy(joined + n, part.v, part.n * sizeof(*joined));
        all = joined;
        n += part.n;
    }
    if (n)
        qsort(all, n, sizeof(*all), by_idx_down);
    l->rows = (struct list){ all, n < (size_t)l->in.limit ? n : (size_t)l->in.limit };
    return ERR_OK;
}

static err list_in_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    if (l->f->entity_id.p && !l->f->entity_type.p)
        return list_any_kind(c, tx, l);
    if (l->f->entity_id.p) {
        one_subject(c, &l->in, l->f->entity_type, l->f->entity_id);
    } else if (l->f->entity_type.p) {
        l->in.subj_from = str_fmt(c->mem, "%.*s:", STR_ARG(l->f->entity_type));
        l->in.subj_to = str_fmt(c->mem, "%.*s;", STR_ARG(l->f->entity_type));
    }
    return audit_repo_list(c, tx, &l->in, &l->rows);
}

static struct str metadata_of(struct ctx *c, const struct audit_entry_row *r)
{
    struct buf b;
    buf_init(&b, c->mem, METADATA_MAX);
    buf_lit(&b, "{\"act\":");
    canon_str(&b, r->act);
    buf_lit(&b, ",\"cycle\":");
    canon_str(&b, r->cycle_id);
    buf_c(&b, '}');
    return buf_ok(&b) ? buf_view(&b) : (struct str){ 0 };
}

static void show(struct ctx *c, const struct audit_entry_row *r, struct audit_row *ret)
{
    const struct audit_act *act = audit_act_of(r->act);
    struct audit_row row = {
        .log_id = r->idx,
        .timestamp = r->ts * 1000,
        .action = act && act->action ? str_of(act->action) : r->act,
        .actor = r->actor,
        .metadata = metadata_of(c, r),
    };
    if (r->subj.p) {
        row.entity_id = str_cut(r->subj, ':', &row.entity_type);
    }
    struct entry e;
    const char *why = NULL;
    if (entry_read(r->entry, &e, &why)) {
        row.details = e.data;
        row.previous_hash = e.prev_hex;
    }
    if (r->leaf.n == SHA256_N) {
        struct hash leaf;
        memcpy(leaf.b, r->leaf.p, SHA256_N);
        row.current_hash = hash_hex(c->mem, &leaf);
    }
    *ret = row;
}

err audit_list(struct ctx *c, const struct audit_filter *f, struct list *ret_rows,
               struct str *ret_next)
{
    struct listing l = {
        .f = f,
        .in = {
            .before = INT64_MAX,
            .limit = f->limit + 1, /* one more says whether there is another page */
            .actor = f->actor,
            .ts_from = f->from ? f->from / 1000 : SCHEMA_NULL_I64,
            .ts_to = f->to ? f->to / 1000 : SCHEMA_NULL_I64,
        },
    };
    if (f->limit < 1 || f->limit > LIST_MAX)
        return bad_filter(c, "limit", "limit must be 1 to 1000");
    if (f->cursor.p && !cursor_read(f->cursor, &l.in.before))
        return fault_cursor(c);
    if (f->action.p)
        l.in.acts = acts_of(c, f->action);
    size_t moved = 0;
    TRY(audit_sequence(c, &moved)); /* who has just written finds it */
    TRY(tx_run(c, TX_READ, list_in_tx, &l));
    const struct audit_entry_row *from = l.rows.v;
    size_t n = l.rows.n > (size_t)f->limit ? (size_t)f->limit : l.rows.n;
    struct audit_row *rows = arena_array(c->mem, struct audit_row, n);
    for (size_t i = 0; i < n; i++)
        show(c, &from[i], &rows[i]);
    *ret_rows = (struct list){ rows, n };
    *ret_next = (struct str){ 0 };
    if (l.rows.n > n)
        *ret_next = str_fmt(c->mem, "%016llx", (unsigned long long)from[n - 1].idx);
    return ERR_OK;
}
