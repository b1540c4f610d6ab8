/* How "absent" looks in a struct, and the values of fields that were not sent. */
#include "base/str.h"
#include "schema/decode.h"

#include <math.h>

void field_set_absent(const struct field *f, void *slot)
{
    switch (f->type) {
    case F_I64:
    case F_E2:
        *(int64_t *)slot = SCHEMA_NULL_I64;
        return;
    case F_F64:
        *(double *)slot = (double)NAN;
        return;
    case F_ENUM:
        *(int32_t *)slot = -1;
        return;
    case F_BOOL:
        *(bool *)slot = false;
        return;
    case F_TIME:
        *(int64_t *)slot = 0;
        return;
    case F_OBJ:
        *(const void **)slot = NULL;
        return;
    case F_LIST:
    case F_MAP_E2:
        *(struct list *)slot = (struct list){ 0 };
        return;
    case F_STR:
    case F_JSON:
    case F_BLOB:
    case F_TYPE_COUNT_:
    default:
        *(struct str *)slot = (struct str){ 0 };
        return;
    }
}

bool field_is_absent(const struct field *f, const void *slot)
{
    switch (f->type) {
    case F_I64:
    case F_E2:
        return *(const int64_t *)slot == SCHEMA_NULL_I64;
    case F_F64:
        return isnan(*(const double *)slot);
    case F_ENUM:
        return *(const int32_t *)slot < 0;
    case F_BOOL:
        return false;
    case F_TIME:
        return *(const int64_t *)slot == 0;
    case F_OBJ:
        return *(const void *const *)slot == NULL;
    case F_LIST:
    case F_MAP_E2:
        return ((const struct list *)slot)->v == NULL;
    case F_STR:
    case F_JSON:
    case F_BLOB:
    case F_TYPE_COUNT_:
    default:
        return ((const struct str *)slot)->p == NULL;
    }
}

/* The slot is zero already. */
bool field_set_default(struct decoder *d, const struct field *f, void *slot, bool presets)
{
    if (presets && f->preset) {
        struct place top = { .name = S("preset") };
        struct place at = { .up = &top, .name = str_of(f->name) };
        return decode_text(d, f, &at, str_of(f->preset), slot);
    }
    if (f->flags & FIELD_NULL)
        field_set_absent(f, slot);
    return true;
}

err schema_defaults(struct ctx *c, const struct schema *s, void *ret)
{
    struct decoder d;
    decoder_init(&d, c);
    memset(ret, 0, s->size);
    bool sound = true;
    for (unsigned i = 0; sound && i < s->n; i++)
        sound = field_set_default(&d, &s->fields[i], field_slot(&s->fields[i], ret), true);
    return decoder_end(&d, "preset", sound);
}
