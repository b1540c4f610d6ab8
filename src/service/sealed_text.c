/* Identity and test scores as the columns hold them. */
#include "service/sealed_text.h"

#include "base/str.h"
#include "codec/json.h"

enum { TESTS_MAX = 64 };

static const struct field identity_fields[] = {
    FIELD_STR(struct sealed_identity, address, .flags = FIELD_PII | FIELD_NULL),
    FIELD_STR(struct sealed_identity, application_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, email, .flags = FIELD_PII | FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, name, .flags = FIELD_PII | FIELD_REQUIRED),
    FIELD_STR(struct sealed_identity, phone, .flags = FIELD_PII | FIELD_NULL),
};
SCHEMA(sealed_identity_schema, "SealedIdentity", struct sealed_identity, identity_fields);

static void put_member(struct buf *b, const char *name, struct str value)
{
    if (!value.p)
        return;
    buf_str(b, b->p[b->n - 1] == '{' ? S("\"") : S(", \""));
    buf_str(b, str_of(name));
    buf_lit(b, "\": ");
    json_write_ascii(b, value);
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
