/* Values from plain text: query strings, options, presets. */
#include "base/str.h"
#include "codec/utf8.h"
#include "schema/decode.h"

static const struct str no_ctx = { 0 };

static void text_number(struct decoder *d, const struct value *v, struct str text, void *slot)
{
    double x;
    if (v->f->type == F_I64) {
        if (json_to_i64(text, &(int64_t){ 0 }))
            check_whole(d, v, text, slot);
        else
            issue_add(d, v, "int_parsing",
                      S("Input should be a valid integer, unable to parse string as an integer"),
                      no_ctx);
        return;
    }
    if (!json_to_f64(text, &x))
        issue_add(d, v, "float_parsing",
                  S("Input should be a valid number, unable to parse string as a number"), no_ctx);
    else if (v->f->type == F_E2)
        check_e2(d, v, text, slot);
    else if (check_range(d, v, x))
        *(double *)slot = x;
}

static void text_bool(struct decoder *d, const struct value *v, struct str text, bool *slot)
{
    static const char *const words[] = { "false", "0", "no",  "off", "f", "n",
                                         "true",  "1", "yes", "on",  "t", "y" };
    const size_t n = sizeof(words) / sizeof(words[0]);
    for (size_t i = 0; i < n; i++) {
        if (str_eqi(text, str_of(words[i]))) {
            *slot = i >= n / 2;
            return;
        }
    }
    issue_add(d, v, "bool_parsing", S("Input should be a valid boolean, unable to interpret input"),
              no_ctx);
}

/* Texts between commas, trimmed; an empty text is an empty list. */
static bool text_list(struct decoder *d, const struct value *v, struct str text, struct list *slot)
{
    size_t count = text.n ? 1 : 0;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == ',';
    check_count(d, v, "List", count);
    if (count > LIST_MAX)
        return true;
    struct str *items = arena_try(d->c->mem, count + 1, sizeof(struct str), _Alignof(struct str));
    if (!items) {
        d->no_room = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct str item;
        text = str_cut(text, ',', &item);
        items[i] = str_trim(item);
    }
    *slot = (struct list){ items, count };
    return true;
}

/* Types with an inside are written as JSON; the document around it keeps its reader's place. */
static bool text_json(struct decoder *d, const struct field *f, const struct place *at,
                      struct str text, void *slot)
{
    struct json outer = d->j;
    json_init(&d->j, text, d->c->mem);
    if (decode_value(d, f, at, slot) && json_finish(&d->j)) {
        d->j = outer;
        return true;
    }
    if (d->no_room || d->j.error == json_error_memory)
        return false;
    struct value v = { .f = f, .at = at, .input = text, .quote = true };
    issue_add(d, &v, "json_invalid", S("Invalid JSON"), no_ctx);
    d->j = outer;
    return true;
}

bool decode_text(struct decoder *d, const struct field *f, const struct place *at, struct str text,
                 void *slot)
{
    struct value v = { .f = f, .at = at, .input = text, .quote = true };
    switch (f->type) {
    case F_STR:
    case F_BLOB:
        *(struct str *)slot = text;
        check_str(d, &v, text);
        return true;
    case F_I64:
    case F_F64:
    case F_E2:
        text_number(d, &v, text, slot);
        return true;
    case F_BOOL:
        text_bool(d, &v, text, slot);
        return true;
    case F_TIME:
        check_time(d, &v, text, slot);
        return true;
    case F_ENUM:
        check_enum(d, &v, text, slot);
        return true;
    case F_LIST:
        if (!f->of)
            return text_list(d, &v, text, slot);
        return text_json(d, f, at, text, slot);
    case F_OBJ:
    case F_MAP_E2:
    case F_JSON:
    case F_TYPE_COUNT_:
    default:
        return text_json(d, f, at, text, slot);
    }
}

err schema_decode_text(struct ctx *c, const char *loc, const struct field *f, struct str text,
                       void *ret_struct)
{
    struct decoder d;
    struct place top = { .name = str_of(loc) };
    struct place at = { .up = &top, .name = str_of(f->name) };
    decoder_init(&d, c);
    json_init(&d.j, (struct str){ 0 }, c->mem);
    if (!text.p) {
        field_set_absent(f, field_slot(f, ret_struct));
        return ERR_OK;
    }
    if (!utf8_valid(text)) {
        struct value v = { .f = f, .at = &at, .input = text, .quote = true };
        issue_add(&d, &v, "string_unicode",
                  S("Input should be a valid string, unable to parse raw data as a unicode string"),
                  no_ctx);
        return decoder_end(&d, loc, true);
    }
    bool sound = decode_text(&d, f, &at, text, field_slot(f, ret_struct));
    return decoder_end(&d, loc, sound);
}
