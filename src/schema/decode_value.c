/* From JSON to struct: the walk along objects, lists and maps by their field tables. */
#include "base/str.h"
#include "codec/utf8.h"
#include "schema/decode.h"

static const struct str no_ctx = { 0 };

static const char *begin_value(struct decoder *d)
{
    (void)json_peek(&d->j); /* skips the blanks */
    return d->j.at;
}

static struct str since(const struct decoder *d, const char *begin)
{
    return (struct str){ begin, (size_t)(d->j.at - begin) };
}

/* The value has the wrong type: take it and say so. */
static bool mistyped(struct decoder *d, struct value *v, const char *type, struct str msg)
{
    if (!json_skip(&d->j, &v->input))
        return false;
    issue_add(d, v, type, msg, no_ctx);
    return true;
}

static void issue_duplicate(struct decoder *d, const struct place *up, struct str name)
{
    struct place at = { .up = up, .name = name };
    struct value v = { .at = &at, .mask = true };
    issue_add(d, &v, "duplicate_member", S("Member occurs more than once"), no_ctx);
}

/* json_member, where a repeated name is an issue and its value is passed over. */
static bool next_member(struct decoder *d, const struct place *at, bool *first, bool *ret_more,
                        struct str *ret_name)
{
    while (!json_member(&d->j, *first, ret_more, ret_name)) {
        if (d->j.error != json_error_duplicate)
            return false;
        json_forgive(&d->j);
        *first = false;
        struct str text;
        issue_duplicate(d, at, *ret_name);
        if (!json_skip(&d->j, &text))
            return false;
    }
    *first = false;
    return true;
}

static bool take_string(struct decoder *d, struct value *v, struct str *ret)
{
    const char *begin = begin_value(d);
    if (!json_string(&d->j, ret))
        return false;
    v->input = since(d, begin);
    return true;
}

static bool take_str(struct decoder *d, struct value *v, void *slot)
{
    struct str *ret = slot;
    if (json_peek(&d->j) != JSON_STRING)
        return mistyped(d, v, "string_type", S("Input should be a valid string"));
    if (!take_string(d, v, ret))
        return false;
    check_str(d, v, *ret);
    return true;
}

/* Takes a number's text; *ret_ok is false when the value is no number and the issue was added. A
 * number in quotes is no number: what would be guessed at here would be committed to the log. */
static bool take_number_text(struct decoder *d, struct value *v, bool *ret_ok, struct str *ret)
{
    bool whole = v->f->type == F_I64;
    enum json_type type = json_peek(&d->j);
    *ret_ok = type == JSON_NUMBER;
    if (type == JSON_NUMBER) {
        if (!json_number(&d->j, ret))
            return false;
        v->input = *ret;
        return true;
    }
    struct str text;
    double x;
    if (type == JSON_STRING) {
        if (!take_string(d, v, &text))
            return false;
        if (!json_to_f64(text, &x)) {
            issue_add(d, v, whole ? "int_parsing" : "float_parsing",
                      whole ? S("Input should be a valid integer, unable to parse string as an "
                                "integer")
                            : S("Input should be a valid number, unable to parse string as a "
                                "number"),
                      no_ctx);
            return true;
        }
    } else if (!json_skip(&d->j, &v->input)) {
        return false;
    }
    issue_add(d, v, whole ? "int_type" : "float_type",
              whole ? S("Input should be a valid integer") : S("Input should be a valid number"),
              no_ctx);
    return true;
}

static bool take_number(struct decoder *d, struct value *v, void *slot)
{
    struct str text;
    bool ok;
    double x;
    if (!take_number_text(d, v, &ok, &text))
        return false;
    if (!ok)
        return true;
    if (v->f->type == F_I64)
        check_whole(d, v, text, slot);
    else if (v->f->type == F_E2)
        check_e2(d, v, text, slot);
    else if (json_to_f64(text, &x) && check_range(d, v, x))
        *(double *)slot = x;
    return true;
}

static bool take_bool(struct decoder *d, struct value *v, void *slot)
{
    enum json_type type = json_peek(&d->j);
    if (type == JSON_TRUE || type == JSON_FALSE)
        return json_bool(&d->j, slot);
    if (type == JSON_STRING)
        return mistyped(d, v, "bool_parsing",
                        S("Input should be a valid boolean, unable to interpret input"));
    return mistyped(d, v, "bool_type", S("Input should be a valid boolean"));
}

static bool take_time(struct decoder *d, struct value *v, void *slot)
{
    struct str text;
    if (json_peek(&d->j) != JSON_STRING)
        return mistyped(d, v, "datetime_type", S("Input should be a valid datetime"));
    if (!take_string(d, v, &text))
        return false;
    check_time(d, v, text, slot);
    return true;
}

static bool take_enum(struct decoder *d, struct value *v, void *slot)
{
    struct str text;
    if (json_peek(&d->j) != JSON_STRING) {
        if (!json_skip(&d->j, &v->input))
            return false;
        issue_enum(d, v);
        return true;
    }
    if (!take_string(d, v, &text))
        return false;
    check_enum(d, v, text, slot);
    return true;
}

static bool take_obj(struct decoder *d, struct value *v, void *slot)
{
    const struct schema *of = v->f->of;
    void *inner = arena_try(d->c->mem, 1, of->size, _Alignof(max_align_t));
    if (!inner) {
        d->no_room = true;
        return false;
    }
    if (!decode_object(d, v->at, of, inner, NULL))
        return false;
    *(const void **)slot = inner;
    return true;
}

/* An array under growth in the context's arena. */
struct rows {
    char *v;
    size_t n, cap, size, most;
};

/* Room for one more, zeroed; past the most it is NULL without being an error. */
static bool row_add(struct decoder *d, struct rows *rows, void **ret_row)
{
    *ret_row = NULL;
    if (rows->n >= rows->most)
        return true;
    if (rows->n == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 8;
        char *v = arena_try(d->c->mem, cap, rows->size, _Alignof(max_align_t));
        if (!v) {
            d->no_room = true;
            return false;
        }
        if (rows->n)
            memcpy(v, rows->v, rows->n * rows->size);
        rows->v = v;
        rows->cap = cap;
    }
    *ret_row = rows->v + rows->n++ * rows->size;
    return true;
}

/* A sent list is never "absent", even when it is empty. */
static struct list rows_list(struct rows *rows)
{
    static char none[1];
    return (struct list){ rows->v ? rows->v : none, rows->n };
}

static bool take_item(struct decoder *d, const struct field *f, const struct place *at, void *row)
{
    static const struct field plain = { .name = "", .type = F_STR };
    struct str text;
    if (!row)
        return json_skip(&d->j, &text);
    if (f->of)
        return decode_object(d, at, f->of, row, NULL);
    struct field item = plain;
    item.flags = f->flags & FIELD_SECRET;
    struct value v = { .f = &item, .at = at };
    return take_str(d, &v, row);
}

static bool take_list(struct decoder *d, struct value *v, void *slot)
{
    const struct field *f = v->f;
    if (json_peek(&d->j) != JSON_ARRAY)
        return mistyped(d, v, "list_type", S("Input should be a valid list"));
    struct rows rows = { .size = f->of ? f->of->size : sizeof(struct str),
                         .most = f->max > 0 ? (size_t)f->max : LIST_MAX };
    const char *begin = d->j.at;
    if (!json_enter_array(&d->j))
        return false;
    size_t count = 0;
    for (;; count++) {
        bool more;
        void *row;
        struct place at = { .up = v->at, .index = count };
        if (!json_element(&d->j, count == 0, &more))
            return false;
        if (!more)
            break;
        if (!row_add(d, &rows, &row) || !take_item(d, f, &at, row))
            return false;
    }
    v->input = since(d, begin);
    check_count(d, v, "List", count);
    *(struct list *)slot = rows_list(&rows);
    return true;
}

static void check_map_name(struct decoder *d, const struct place *up, struct str name,
                           uint32_t secret)
{
    const struct field rule = { .name = "", .min = 1, .max = MAP_NAME_MAX, .flags = secret };
    struct place key = { .up = up, .name = S("[key]") };
    struct value v = { .f = &rule, .at = &key, .input = name, .quote = true };
    check_str(d, &v, name);
}

static bool take_pair(struct decoder *d, const struct value *v, struct str name,
                      struct e2_pair *pair)
{
    struct str text;
    if (!pair)
        return json_skip(&d->j, &text);
    struct place at = { .up = v->at, .name = name };
    const struct field rule = { .name = "", .type = F_E2, .flags = v->f->flags & FIELD_SECRET };
    struct value item = { .f = &rule, .at = &at };
    check_map_name(d, &at, name, rule.flags);
    pair->name = name;
    return take_number(d, &item, &pair->e2);
}

static bool take_map(struct decoder *d, struct value *v, void *slot)
{
    if (json_peek(&d->j) != JSON_OBJECT)
        return mistyped(d, v, "dict_type", S("Input should be a valid dictionary"));
    struct rows rows = { .size = sizeof(struct e2_pair),
                         .most = v->f->max > 0 ? (size_t)v->f->max : MAP_MAX };
    const char *begin = d->j.at;
    if (!json_enter_object(&d->j))
        return false;
    size_t count = 0;
    for (bool first = true;; count++) {
        bool more;
        struct str name;
        void *pair;
        if (!next_member(d, v->at, &first, &more, &name))
            return false;
        if (!more)
            break;
        if (!row_add(d, &rows, &pair) || !take_pair(d, v, name, pair))
            return false;
    }
    v->input = since(d, begin);
    check_count(d, v, "Dictionary", count);
    *(struct list *)slot = rows_list(&rows);
    return true;
}

static bool take_json(struct decoder *d, struct value *v, void *slot)
{
    (void)v;
    return json_skip(&d->j, slot);
}

typedef bool take_fn(struct decoder *d, struct value *v, void *slot);
/* F_BLOB has no form in JSON; decode_object passes over such fields. */
static take_fn *const takes[F_TYPE_COUNT_] = {
    [F_STR] = take_str,   [F_I64] = take_number, [F_F64] = take_number, [F_E2] = take_number,
    [F_BOOL] = take_bool, [F_TIME] = take_time,  [F_ENUM] = take_enum,  [F_OBJ] = take_obj,
    [F_LIST] = take_list, [F_MAP_E2] = take_map, [F_JSON] = take_json,
};

bool decode_value(struct decoder *d, const struct field *f, const struct place *at, void *slot)
{
    struct value v = { .f = f, .at = at };
    if (json_peek(&d->j) == JSON_NULL && f->flags & FIELD_NULL) {
        field_set_absent(f, slot);
        return json_null(&d->j);
    }
    return takes[f->type](d, &v, slot);
}

/* Number of the field, or -1. Clients send members in the table's order more often than not. */
static int find_field(const struct schema *s, struct str name, unsigned guess)
{
    for (unsigned i = 0; i < s->n; i++) {
        unsigned k = guess + i < s->n ? guess + i : guess + i - s->n;
        const char *key = s->fields[k].name;
        if (strlen(key) == name.n && memcmp(key, name.p, name.n) == 0)
            return (int)k;
    }
    return -1;
}

static bool from_client(const struct field *f)
{
    return !(f->flags & FIELD_READONLY) && f->type != F_BLOB;
}

/* An object under way: which fields came, and the one that is likely next. */
struct walk {
    const struct schema *s;
    void *ret;
    uint64_t seen;
    unsigned guess;
};

/* The value of one member. */
static bool take_member(struct decoder *d, const struct place *up, struct str name, struct walk *w)
{
    struct str text;
    int i = find_field(w->s, name, w->guess);
    if (i < 0 || !from_client(&w->s->fields[i]))
        return json_skip(&d->j, &text);
    const struct field *f = &w->s->fields[i];
    struct place at = { .up = up, .name = name };
    size_t before = d->n;
    if (!decode_value(d, f, &at, field_slot(f, w->ret)))
        return false;
    for (size_t k = before; k < d->n; k++)
        d->order[k] = (uint8_t)i;
    w->seen |= (uint64_t)1 << i;
    w->guess = (unsigned)i + 1 < w->s->n ? (unsigned)i + 1 : 0;
    return true;
}

static void issue_missing(struct decoder *d, const struct place *up, const struct field *f,
                          struct str object, bool mask)
{
    struct place at = { .up = up, .name = str_of(f->name) };
    struct value v = { .at = &at, .input = object, .mask = mask };
    issue_add(d, &v, "missing", S("Field required"), no_ctx);
}

/* Fields that were not sent: missing, preset or absent. */
static bool fill_rest(struct decoder *d, const struct value *object, const struct walk *w,
                      bool patch)
{
    const struct schema *s = w->s;
    for (unsigned i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (w->seen >> i & 1)
            continue;
        if (f->flags & FIELD_REQUIRED && from_client(f) && !patch) {
            size_t at = d->n;
            issue_missing(d, object->at, f, object->input, schema_has_secret(s));
            if (d->n > at)
                d->order[at] = (uint8_t)i;
            continue;
        }
        if (!field_set_default(d, f, field_slot(f, w->ret), !patch))
            return false;
    }
    return true;
}

bool decode_object(struct decoder *d, const struct place *at, const struct schema *s, void *ret,
                   struct seen *seen)
{
    struct value object = { .at = at };
    if (json_peek(&d->j) != JSON_OBJECT) {
        object.mask = schema_has_secret(s);
        return mistyped(d, &object, "model_attributes_type",
                        S("Input should be a valid dictionary or object to extract fields from"));
    }
    const char *begin = d->j.at;
    size_t issues = d->n;
    struct walk w = { .s = s, .ret = ret };
    if (!json_enter_object(&d->j))
        return false;
    for (bool first = true;;) {
        bool more;
        struct str name;
        if (!next_member(d, at, &first, &more, &name))
            return false;
        if (!more)
            break;
        if (!take_member(d, at, name, &w))
            return false;
    }
    object.input = since(d, begin);
    if (!fill_rest(d, &object, &w, seen != NULL))
        return false;
    issues_sort(d, issues);
    if (seen)
        seen->bits = w.seen;
    return true;
}
