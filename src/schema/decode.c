/* The doors of the decoder: a JSON document, and questions about names. */
#include "schema/decode.h"
#include "base/str.h"

bool seen_has(const struct seen *seen, const struct schema *s, const char *field)
{
    for (unsigned i = 0; i < s->n; i++)
        if (strcmp(s->fields[i].name, field) == 0)
            return seen->bits >> i & 1;
    return false;
}

int names_find(const struct names *names, struct str name)
{
    for (unsigned i = 0; i < names->n; i++)
        if (strlen(names->v[i]) == name.n && memcmp(names->v[i], name.p, name.n) == 0)
            return (int)i;
    return -1;
}

/* No body and a null body are both a missing one, as FastAPI has it. */
static bool body_is_missing(struct decoder *d)
{
    if (d->j.at == d->j.end)
        return true;
    if (json_peek(&d->j) != JSON_NULL)
        return false;
    struct json start = d->j;
    if (json_null(&d->j) && json_finish(&d->j))
        return true;
    d->j = start;
    return false;
}

static bool decode_document(struct decoder *d, const struct schema *s, void *ret, struct seen *seen)
{
    struct place top = { .name = S("body") };
    if (body_is_missing(d)) {
        struct value v = { .at = &top };
        issue_add(d, &v, "missing", S("Field required"), (struct str){ 0 });
        return true;
    }
    return decode_object(d, &top, s, ret, seen) && json_finish(&d->j);
}

err schema_decode(struct ctx *c, const struct schema *s, struct str json, void *ret,
                  struct seen *seen)
{
    struct decoder d;
    struct seen bits = { 0 };
    decoder_init(&d, c);
    json_init(&d.j, json, c->mem);
    void *value = arena_try(c->mem, 1, s->size, _Alignof(max_align_t));
    if (!value)
        return FAIL(c, TOO_LARGE, "The request needs too much memory");
    bool sound = decode_document(&d, s, value, seen ? &bits : NULL);
    TRY(decoder_end(&d, "body", sound));
    memcpy(ret, value, s->size);
    if (seen)
        *seen = bits;
    return ERR_OK;
}
