/* Identity and test scores as the columns hold them. */
#include "service/sealed_text.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"

enum { TESTS_MAX = 64, DEL = 0x7f, PLANE_0_END = 0x10000 };

static const struct field identity_fields[] = {
    FIELD_STR(struct sealed_identity, address, .flags = FIELD_PII | FIELD_NULL),
    FIELD_STR(struct sealed_identity, application_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, email, .flags = FIELD_PII | FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, name, .flags = FIELD_PII | FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, phone, .flags = FIELD_PII | FIELD_NULL),
};
SCHEMA(sealed_identity_schema, "SealedIdentity", struct sealed_identity, identity_fields);

static void put_unit(struct buf *b, uint32_t unit)
{
    buf_fmt(b, "\\u%04x", (unsigned)unit);
}

static void put_code_point(struct buf *b, uint32_t cp)
{
    static const char short_from[] = "\"\\\n\r\t\b\f";
    static const char short_to[] = "\"\\nrtbf";
    const char *hit = cp && cp < DEL ? strchr(short_from, (int)cp) : NULL;
    if (hit) {
        buf_c(b, '\\');
        buf_c(b, short_to[hit - short_from]);
    } else if (cp >= ' ' && cp < DEL) {
        buf_c(b, (char)cp);
    } else if (cp < PLANE_0_END) {
        put_unit(b, cp);
    } else {
        put_unit(b, 0xD800 + ((cp - PLANE_0_END) >> 10));
        put_unit(b, 0xDC00 + ((cp - PLANE_0_END) & 0x3FF));
    }
}

static void put_member(struct buf *b, const char *name, struct str value)
{
    if (!value.p)
        return;
    buf_str(b, b->p[b->n - 1] == '{' ? S("\"") : S(", \""));
    buf_str(b, str_of(name));
    buf_lit(b, "\": \"");
    for (size_t at = 0; at < value.n;)
        put_code_point(b, utf8_next(value, &at));
    buf_c(b, '"');
}

void pii_text_write(struct buf *b, const struct sealed_identity *who)
{
    buf_c(b, '{');
    if (!buf_ok(b))
        return;
    put_member(b, "address", who->address);
    put_member(b, "email", who->email);
    put_member(b, "name", who->name);
    put_member(b, "phone", who->phone);
    buf_c(b, '}');
}

static bool read_pair(struct json *j, struct e2_pair *ret)
{
    struct str number;
    return json_number(j, &number) && json_to_e2(number, &ret->e2);
}

bool test_scores_read(struct str json, struct arena *mem, struct list *ret)
{
    struct e2_pair pairs[TESTS_MAX];
    struct json j;
    struct str name;
    size_t n = 0;
    bool more = false;
    json_init(&j, json, mem);
    if (!json_enter_object(&j))
        return false;
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        if (n == TESTS_MAX || !read_pair(&j, &pairs[n]))
            return false;
        pairs[n++].name = name;
    }
    if (j.error || !json_finish(&j))
        return false;
    struct e2_pair *v = arena_array(mem, struct e2_pair, n ? n : 1);
    memcpy(v, pairs, n * sizeof(*v));
    *ret = (struct list){ v, n };
    return true;
}
