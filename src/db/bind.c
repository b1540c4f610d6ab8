/* From the members of a struct to the parameters of a statement. */
#include "base/str.h"
#include "codec/json.h"
#include "db/driver.h"

#define MEMBER(T, in, f) ((const T *)(const void *)((const char *)(in) + (f)->offset))

struct binder {
    const struct db_driver *drv;
    void *handle;
    struct buf *scratch;
};

static bool bind_text(const struct binder *b, size_t i, struct str v, bool copy)
{
    return v.p == NULL ? b->drv->bind_null(b->handle, i) : b->drv->bind_text(b->handle, i, v, copy);
}

static bool bind_json(const struct binder *b, size_t i, struct str v, bool copy)
{
    return v.p == NULL ? b->drv->bind_null(b->handle, i) : b->drv->bind_json(b->handle, i, v, copy);
}

static bool bind_scratch(const struct binder *b, size_t i)
{
    return buf_ok(b->scratch) && b->drv->bind_json(b->handle, i, buf_view(b->scratch), true);
}

static bool bind_i64(const struct binder *b, size_t i, int64_t v)
{
    if (v == SCHEMA_NULL_I64)
        return b->drv->bind_null(b->handle, i);
    return b->drv->bind_i64(b->handle, i, v);
}

static bool bind_e2(const struct binder *b, size_t i, int64_t v)
{
    if (v == SCHEMA_NULL_I64)
        return b->drv->bind_null(b->handle, i);
    return b->drv->bind_f64(b->handle, i, (double)v / 100.0);
}

static bool bind_f64(const struct binder *b, size_t i, double v)
{
    return v != v ? b->drv->bind_null(b->handle, i) : b->drv->bind_f64(b->handle, i, v);
}

static bool bind_time(const struct binder *b, size_t i, int64_t us, bool null)
{
    if (us == 0 && null)
        return b->drv->bind_null(b->handle, i);
    return b->drv->bind_time(b->handle, i, us);
}

static bool bind_enum(const struct binder *b, size_t i, int32_t v, const struct names *names)
{
    if (v < 0)
        return b->drv->bind_null(b->handle, i);
    return v < names->n && b->drv->bind_text(b->handle, i, str_of(names->v[v]), false);
}

static bool bind_map(const struct binder *b, size_t i, const struct list *map)
{
    const struct e2_pair *pairs = map->v;
    if (pairs == NULL)
        return b->drv->bind_null(b->handle, i);
    buf_c(b->scratch, '{');
    for (size_t k = 0; k < map->n; k++) {
        if (k > 0)
            buf_c(b->scratch, ',');
        json_write_str(b->scratch, pairs[k].name);
        buf_c(b->scratch, ':');
        json_write_e2(b->scratch, pairs[k].e2);
    }
    buf_c(b->scratch, '}');
    return bind_scratch(b, i);
}

static bool bind_list(const struct binder *b, size_t i, const struct list *list)
{
    const struct str *items = list->v;
    if (items == NULL)
        return b->drv->bind_null(b->handle, i);
    buf_c(b->scratch, '[');
    for (size_t k = 0; k < list->n; k++) {
        if (k > 0)
            buf_c(b->scratch, ',');
        json_write_str(b->scratch, items[k]);
    }
    buf_c(b->scratch, ']');
    return bind_scratch(b, i);
}

static bool bind_field(const struct binder *b, size_t i, const struct field *f, const void *in)
{
    buf_clear(b->scratch);
    switch (f->type) {
    case F_STR:
        return bind_text(b, i, *MEMBER(struct str, in, f), false);
    case F_JSON:
        return bind_json(b, i, *MEMBER(struct str, in, f), false);
    case F_I64:
        return bind_i64(b, i, *MEMBER(int64_t, in, f));
    case F_F64:
        return bind_f64(b, i, *MEMBER(double, in, f));
    case F_E2:
        return bind_e2(b, i, *MEMBER(int64_t, in, f));
    case F_BOOL:
        return b->drv->bind_bool(b->handle, i, *MEMBER(bool, in, f));
    case F_TIME:
        return bind_time(b, i, *MEMBER(int64_t, in, f), (f->flags & FIELD_NULL) != 0);
    case F_ENUM:
        return bind_enum(b, i, *MEMBER(int32_t, in, f), f->names);
    case F_MAP_E2:
        return bind_map(b, i, MEMBER(struct list, in, f));
    case F_LIST:
        return bind_list(b, i, MEMBER(struct list, in, f));
    case F_BLOB: {
        struct str v = *MEMBER(struct str, in, f);
        return v.p == NULL ? b->drv->bind_null(b->handle, i) : b->drv->bind_blob(b->handle, i, v);
    }
    case F_OBJ:
    case F_TYPE_COUNT_:
        break;
    }
    return false;
}

/* A text of the program can hold one; not every engine can. */
static bool holds_zero_byte(const struct field *f, const void *in)
{
    if (f->type != F_STR && f->type != F_JSON)
        return false;
    const struct str *v = MEMBER(struct str, in, f);
    return v->n > 0 && memchr(v->p, '\0', v->n) != NULL;
}

err stmt_bind(struct ctx *c, struct db_conn *conn, const struct db_stmt *s, const void *in)
{
    struct binder b = { .drv = conn->db->drv, .handle = s->handle, .scratch = &conn->scratch };
    for (size_t i = 0; i < s->n_params; i++) {
        const struct field *f = &s->in->fields[s->param_field[i]];
        if (b.drv->no_zero_byte && holds_zero_byte(f, in))
            return FAIL(c, INVALID, "the value of %s holds a zero byte", f->name);
        if (!bind_field(&b, i, f, in))
            return FAIL(c, INTERNAL, "the value of %s cannot be bound", f->name);
    }
    return ERR_OK;
}
