/* Values in PostgreSQL's binary formats: parameters written by the field's type, columns read by
 * the column's. */
#include <math.h>

#include "base/str.h"
#include "codec/time.h"
#include "db/postgres.h"

enum { OWN_KEPT_MAX = 4096, NUMERIC_DIGITS_MAX = 64, NUMERIC_NEGATIVE = 0x4000 };
/* Microseconds from 1970 to 2000, where PostgreSQL's times begin. */
static const int64_t epoch_us = INT64_C(946684800000000);

Oid pg_type_of(const struct field *f)
{
    switch (f->type) {
    case F_I64:
        return PG_INT8;
    case F_F64:
    case F_E2:
        return PG_FLOAT8;
    case F_BOOL:
        return PG_BOOL;
    case F_TIME:
        return PG_TIMESTAMPTZ;
    case F_JSON:
    case F_MAP_E2:
    case F_LIST:
        return PG_JSONB;
    case F_BLOB:
        return PG_BYTEA;
    default:
        return PG_TEXT;
    }
}

static struct pg_value *value_at(void *stmt, size_t i)
{
    return &((struct pg_stmt *)stmt)->value[i];
}

static bool set_fixed(struct pg_value *v, uint64_t bits, int n)
{
    for (int i = 0; i < n; i++)
        v->fixed[i] = (char)(uint8_t)(bits >> (8 * (n - 1 - i)));
    v->p = v->fixed;
    v->n = n;
    return true;
}

bool pg_bind_null(void *stmt, size_t i)
{
    value_at(stmt, i)->p = NULL;
    return true;
}

bool pg_bind_i64(void *stmt, size_t i, int64_t v)
{
    return set_fixed(value_at(stmt, i), (uint64_t)v, 8);
}

bool pg_bind_f64(void *stmt, size_t i, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    return set_fixed(value_at(stmt, i), bits, 8);
}

bool pg_bind_bool(void *stmt, size_t i, bool v)
{
    return set_fixed(value_at(stmt, i), v, 1);
}

bool pg_bind_time(void *stmt, size_t i, int64_t us)
{
    return pg_bind_i64(stmt, i, us - epoch_us);
}

/* A copy with `head` bytes before it. */
static bool set_copy(struct pg_value *v, struct str text, size_t head, char lead)
{
    if (text.n > INT32_MAX - head)
        return false;
    if (v->own_cap < text.n + head + 1) {
        char *p = realloc(v->own, text.n + head + 1);
        if (p == NULL)
            return false;
        v->own = p;
        v->own_cap = text.n + head + 1;
    }
    v->own[0] = lead;
    if (text.n > 0)
        memcpy(v->own + head, text.p, text.n);
    v->p = v->own;
    v->n = (int)(text.n + head);
    return true;
}

static bool set_borrowed(struct pg_value *v, struct str bytes)
{
    if (bytes.n > INT32_MAX)
        return false;
    v->p = bytes.p;
    v->n = (int)bytes.n;
    return true;
}

bool pg_bind_text(void *stmt, size_t i, struct str v, bool copy)
{
    struct pg_value *to = value_at(stmt, i);
    return copy ? set_copy(to, v, 0, '\0') : set_borrowed(to, v);
}

bool pg_bind_blob(void *stmt, size_t i, struct str v)
{
    return set_borrowed(value_at(stmt, i), v);
}

/* jsonb's binary form is a version byte and the text. */
bool pg_bind_json(void *stmt, size_t i, struct str v, bool copy)
{
    (void)copy;
    return set_copy(value_at(stmt, i), v, 1, '\1');
}

struct cell {
    const unsigned char *p;
    size_t n;
    Oid type;
};

/* false: NULL. */
static bool cell_at(void *stmt, size_t i, struct cell *ret)
{
    const struct pg_stmt *s = stmt;
    if (PQgetisnull(s->rows, s->row, (int)i) != 0)
        return false;
    ret->p = (const unsigned char *)PQgetvalue(s->rows, s->row, (int)i);
    ret->n = (size_t)PQgetlength(s->rows, s->row, (int)i);
    ret->type = PQftype(s->rows, (int)i);
    return true;
}

static uint64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static bool cell_int(const struct cell *x, int64_t *ret)
{
    if (x->type == PG_INT8 && x->n == 8)
        *ret = (int64_t)big_endian(x->p, 8);
    else if (x->type == PG_INT4 && x->n == 4)
        *ret = (int32_t)(uint32_t)big_endian(x->p, 4);
    else if (x->type == PG_INT2 && x->n == 2)
        *ret = (int16_t)(uint16_t)big_endian(x->p, 2);
    else
        return false;
    return true;
}

static bool cell_float(const struct cell *x, double *ret)
{
    if (x->type == PG_FLOAT8 && x->n == 8) {
        uint64_t bits = big_endian(x->p, 8);
        memcpy(ret, &bits, sizeof(*ret));
        return true;
    }
    if (x->type == PG_FLOAT4 && x->n == 4) {
        float f;
        uint32_t bits = (uint32_t)big_endian(x->p, 4);
        memcpy(&f, &bits, sizeof(f));
        *ret = (double)f;
        return true;
    }
    return false;
}

/* numeric: count, weight, sign and scale, then groups of four decimal digits. */
struct numeric {
    int n, weight;
    bool negative;
    const unsigned char *groups;
};

static bool cell_numeric(const struct cell *x, struct numeric *ret)
{
    if (x->type != PG_NUMERIC || x->n < 8)
        return false;
    ret->n = (int)big_endian(x->p, 2);
    ret->weight = (int16_t)(uint16_t)big_endian(x->p + 2, 2);
    uint64_t sign = big_endian(x->p + 4, 2);
    ret->negative = sign == NUMERIC_NEGATIVE;
    ret->groups = x->p + 8;
    return (sign == 0 || ret->negative) && ret->n <= NUMERIC_DIGITS_MAX &&
           x->n == 8 + (size_t)ret->n * 2;
}

static int group_at(const struct numeric *v, int i)
{
    return i < v->n ? (int)big_endian(v->groups + (size_t)i * 2, 2) : 0;
}

/* A sum of integers is numeric; false when it is not one, or does not fit. */
static bool numeric_int(const struct numeric *v, int64_t *ret)
{
    int64_t sum = 0;
    if (v->n > v->weight + 1)
        return false;
    for (int i = 0; i <= v->weight; i++)
        if (__builtin_mul_overflow(sum, 10000, &sum) ||
            __builtin_sub_overflow(sum, group_at(v, i), &sum))
            return false;
    if (!v->negative && sum == INT64_MIN)
        return false;
    *ret = v->negative ? sum : -sum;
    return true;
}

static double numeric_float(const struct numeric *v)
{
    double sum = 0;
    for (int i = v->n; i > 0; i--)
        sum += (double)group_at(v, i - 1) * pow(10000.0, v->weight - (i - 1));
    return v->negative ? -sum : sum;
}

enum db_got pg_column_i64(void *stmt, size_t i, int64_t *ret)
{
    struct cell x;
    struct numeric v;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (cell_int(&x, ret) || (cell_numeric(&x, &v) && numeric_int(&v, ret)))
        return DB_GOT;
    return DB_GOT_OTHER;
}

enum db_got pg_column_f64(void *stmt, size_t i, double *ret)
{
    struct cell x;
    struct numeric v;
    int64_t n = 0;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (cell_float(&x, ret))
        return DB_GOT;
    if (cell_int(&x, &n))
        *ret = (double)n;
    else if (cell_numeric(&x, &v))
        *ret = numeric_float(&v);
    else
        return DB_GOT_OTHER;
    return DB_GOT;
}

enum db_got pg_column_bool(void *stmt, size_t i, bool *ret)
{
    struct cell x;
    int64_t n = 0;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (x.type == PG_BOOL && x.n == 1)
        n = x.p[0];
    else if (!cell_int(&x, &n) || (n != 0 && n != 1))
        return DB_GOT_OTHER;
    *ret = n == 1;
    return DB_GOT;
}

static bool is_text(Oid type)
{
    return type == PG_TEXT || type == PG_VARCHAR || type == PG_BPCHAR || type == PG_NAME ||
           type == PG_UNKNOWN;
}

enum db_got pg_column_text(void *stmt, size_t i, struct str *ret)
{
    struct cell x;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (!is_text(x.type))
        return DB_GOT_OTHER;
    *ret = (struct str){ (const char *)x.p, x.n };
    return DB_GOT;
}

/* jsonb prints a blank after each colon and comma; between strings there are no others. The
 * result is ours to change, and only becomes shorter. */
static struct str compact(const struct cell *x)
{
    char *p = (char *)(uintptr_t)x->p + 1;
    size_t kept = 0;
    bool string = false;
    for (size_t i = 0; i + 1 < x->n; i++) {
        char c = p[i];
        if (c == ' ' && !string)
            continue;
        p[kept++] = c;
        if (c == '"')
            string = !string;
        else if (string && c == '\\' && i + 2 < x->n)
            p[kept++] = p[++i];
    }
    return (struct str){ p, kept };
}

enum db_got pg_column_json(void *stmt, size_t i, struct str *ret)
{
    struct cell x;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (x.type == PG_JSONB && x.n > 0)
        *ret = compact(&x);
    else if (x.type == PG_JSON || is_text(x.type))
        *ret = (struct str){ (const char *)x.p, x.n };
    else
        return DB_GOT_OTHER;
    return DB_GOT;
}

enum db_got pg_column_blob(void *stmt, size_t i, struct str *ret)
{
    struct cell x;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (x.type != PG_BYTEA)
        return DB_GOT_OTHER;
    *ret = (struct str){ (const char *)x.p, x.n };
    return DB_GOT;
}

/* Infinities are no times; a text is read as SQLite's columns are. */
enum db_got pg_column_time(void *stmt, size_t i, int64_t *ret_us)
{
    struct cell x;
    if (!cell_at(stmt, i, &x))
        return DB_GOT_NULL;
    if (is_text(x.type))
        return time_read((struct str){ (const char *)x.p, x.n }, ret_us) ? DB_GOT : DB_GOT_OTHER;
    if (x.type == PG_DATE && x.n == 4) {
        int64_t days = (int32_t)(uint32_t)big_endian(x.p, 4);
        *ret_us = days * INT64_C(86400000000) + epoch_us;
        return days == INT32_MAX || days == INT32_MIN ? DB_GOT_OTHER : DB_GOT;
    }
    if ((x.type != PG_TIMESTAMPTZ && x.type != PG_TIMESTAMP) || x.n != 8)
        return DB_GOT_OTHER;
    int64_t us = (int64_t)big_endian(x.p, 8);
    if (us == INT64_MIN || us == INT64_MAX || __builtin_add_overflow(us, epoch_us, ret_us))
        return DB_GOT_OTHER;
    return DB_GOT;
}

int64_t pg_result_i64(const PGresult *res, int column)
{
    if (res == NULL || PQntuples(res) < 1 || PQgetisnull(res, 0, column) != 0)
        return 0;
    struct cell x = { .p = (const unsigned char *)PQgetvalue(res, 0, column),
                      .n = (size_t)PQgetlength(res, 0, column),
                      .type = PQftype(res, column) };
    int64_t v = 0;
    return cell_int(&x, &v) ? v : 0;
}
