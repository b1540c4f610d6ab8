/* From the columns of a row to the members of a struct. */
#include <math.h>

#include "base/str.h"
#include "codec/json.h"
#include "db/driver.h"

#define MEMBER(T, row, f) ((T *)(void *)((char *)(row) + (f)->offset))
enum { MAP_MAX = 256, LIST_MAX = 65536 };

struct reader {
    struct ctx *c;
    const struct db_driver *drv;
    void *handle;
    struct arena *keep, *mem;
    const struct field *f;
    size_t column;
    void *row;
};

static err wrong_type(const struct reader *r)
{
    return FAIL(r->c, INTERNAL, "column %s does not hold what it should", r->f->name);
}

static err too_large(const struct reader *r)
{
    return FAIL(r->c, TOO_LARGE, "a row is too large");
}

/* NULL was read: "absent" as the schema defines it, if the field may be. */
static err read_absent(const struct reader *r)
{
    const struct field *f = r->f;
    if ((f->flags & FIELD_NULL) == 0)
        return FAIL(r->c, INTERNAL, "column %s is NULL", f->name);
    switch (f->type) {
    case F_I64:
    case F_E2:
        *MEMBER(int64_t, r->row, f) = SCHEMA_NULL_I64;
        return ERR_OK;
    case F_F64:
        *MEMBER(double, r->row, f) = (double)NAN;
        return ERR_OK;
    case F_ENUM:
        *MEMBER(int32_t, r->row, f) = -1;
        return ERR_OK;
    default: /* the row is zeroed */
        return ERR_OK;
    }
}

static err settle(const struct reader *r, enum db_got got)
{
    return got == DB_GOT_NULL ? read_absent(r) : wrong_type(r);
}

/* The bytes as the row will hold them: a copy, or borrowed for as long as the row stands. */
static err keep_bytes(const struct reader *r, struct str v, struct str *ret)
{
    if (r->keep == NULL) {
        *ret = v;
        return ERR_OK;
    }
    char *p = arena_try(r->keep, v.n + 1, 1, 1);
    if (p == NULL)
        return too_large(r);
    if (v.n > 0)
        memcpy(p, v.p, v.n);
    *ret = (struct str){ p, v.n };
    return ERR_OK;
}

static err read_bytes(const struct reader *r)
{
    struct str v;
    enum db_got got = r->f->type == F_BLOB  ? r->drv->column_blob(r->handle, r->column, &v)
                      : r->f->type == F_STR ? r->drv->column_text(r->handle, r->column, &v)
                                            : r->drv->column_json(r->handle, r->column, &v);
    if (got != DB_GOT)
        return settle(r, got);
    return keep_bytes(r, v, MEMBER(struct str, r->row, r->f));
}

static err read_i64(const struct reader *r)
{
    enum db_got got = r->drv->column_i64(r->handle, r->column, MEMBER(int64_t, r->row, r->f));
    return got == DB_GOT ? ERR_OK : settle(r, got);
}

static err read_f64(const struct reader *r)
{
    enum db_got got = r->drv->column_f64(r->handle, r->column, MEMBER(double, r->row, r->f));
    return got == DB_GOT ? ERR_OK : settle(r, got);
}

static err read_bool(const struct reader *r)
{
    enum db_got got = r->drv->column_bool(r->handle, r->column, MEMBER(bool, r->row, r->f));
    return got == DB_GOT ? ERR_OK : settle(r, got);
}

static err read_e2(const struct reader *r)
{
    const double bound = 9e13; /* beyond, doubles no longer tell hundredths apart */
    double v;
    enum db_got got = r->drv->column_f64(r->handle, r->column, &v);
    if (got != DB_GOT)
        return settle(r, got);
    int64_t e2 = fabs(v) < bound ? llround(v * 100.0) : 0;
    if ((double)e2 / 100.0 != v)
        return FAIL(r->c, INTERNAL, "column %s does not hold hundredths", r->f->name);
    *MEMBER(int64_t, r->row, r->f) = e2;
    return ERR_OK;
}

static err read_time(const struct reader *r)
{
    enum db_got got = r->drv->column_time(r->handle, r->column, MEMBER(int64_t, r->row, r->f));
    return got == DB_GOT ? ERR_OK : settle(r, got);
}

static err read_enum(const struct reader *r)
{
    struct str v;
    enum db_got got = r->drv->column_text(r->handle, r->column, &v);
    if (got != DB_GOT)
        return settle(r, got);
    int at = names_find(r->f->names, v);
    if (at < 0)
        return FAIL(r->c, INTERNAL, "column %s holds an unknown name", r->f->name);
    *MEMBER(int32_t, r->row, r->f) = at;
    return ERR_OK;
}

/* JSON text that outlives the statement when what is decoded from it must. */
static err json_text(const struct reader *r, struct json *j, enum db_got *ret_got)
{
    struct str v;
    *ret_got = r->drv->column_json(r->handle, r->column, &v);
    if (*ret_got != DB_GOT)
        return ERR_OK;
    TRY(keep_bytes(r, v, &v));
    json_init(j, v, r->mem);
    return ERR_OK;
}

static bool take_pairs(struct json *j, struct e2_pair *pairs, size_t *ret_n)
{
    bool more;
    size_t n = 0;
    if (!json_enter_object(j))
        return false;
    for (;; n++) {
        struct str name, number;
        if (!json_member(j, n == 0, &more, &name))
            return false;
        if (!more)
            break;
        if (n == MAP_MAX || !json_number(j, &number) || !json_to_e2(number, &pairs[n].e2))
            return false;
        pairs[n].name = name;
    }
    *ret_n = n;
    return json_finish(j);
}

static err read_map(const struct reader *r)
{
    struct json j;
    enum db_got got;
    struct e2_pair pairs[MAP_MAX];
    size_t n = 0;
    TRY(json_text(r, &j, &got));
    if (got != DB_GOT)
        return settle(r, got);
    if (!take_pairs(&j, pairs, &n))
        return wrong_type(r);
    struct e2_pair *v = arena_try(r->mem, n, sizeof(*v), _Alignof(struct e2_pair));
    if (v == NULL)
        return too_large(r);
    memcpy(v, pairs, n * sizeof(*v));
    *MEMBER(struct list, r->row, r->f) = (struct list){ .v = v, .n = n };
    return ERR_OK;
}

/* An upper bound of the items: one more than the commas of the text. */
static size_t items_bound(struct str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',';
    return n;
}

static bool take_items(struct json *j, struct str *items, size_t *ret_n)
{
    bool more;
    size_t n = 0;
    if (!json_enter_array(j))
        return false;
    for (;; n++) {
        if (!json_element(j, n == 0, &more))
            return false;
        if (!more)
            break;
        if (!json_string(j, &items[n]))
            return false;
    }
    *ret_n = n;
    return json_finish(j);
}

static err read_list(const struct reader *r)
{
    struct json j;
    enum db_got got;
    size_t n = 0;
    TRY(json_text(r, &j, &got));
    if (got != DB_GOT)
        return settle(r, got);
    size_t bound = items_bound((struct str){ j.begin, (size_t)(j.end - j.begin) });
    struct str *items = arena_try(r->mem, bound, sizeof(*items), _Alignof(struct str));
    if (items == NULL || bound > LIST_MAX)
        return too_large(r);
    if (!take_items(&j, items, &n))
        return wrong_type(r);
    *MEMBER(struct list, r->row, r->f) = (struct list){ .v = items, .n = n };
    return ERR_OK;
}

static err read_field(const struct reader *r)
{
    switch (r->f->type) {
    case F_STR:
    case F_JSON:
    case F_BLOB:
        return read_bytes(r);
    case F_I64:
        return read_i64(r);
    case F_F64:
        return read_f64(r);
    case F_E2:
        return read_e2(r);
    case F_BOOL:
        return read_bool(r);
    case F_TIME:
        return read_time(r);
    case F_ENUM:
        return read_enum(r);
    case F_MAP_E2:
        return read_map(r);
    case F_LIST:
        return read_list(r);
    case F_OBJ:
    case F_TYPE_COUNT_:
        break;
    }
    return wrong_type(r);
}

err stmt_read(struct ctx *c, struct db_conn *conn, const struct db_stmt *s, struct arena *keep,
              struct arena *mem, void *ret_row)
{
    struct reader r = {
        .c = c, .drv = conn->db->drv, .handle = s->handle, .keep = keep, .mem = mem, .row = ret_row
    };
    memset(ret_row, 0, s->out->size);
    for (size_t i = 0; i < s->out->n; i++) {
        r.f = &s->out->fields[i];
        r.column = s->field_column[i];
        TRY(read_field(&r));
    }
    return ERR_OK;
}
