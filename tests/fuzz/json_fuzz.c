/* The JSON reader against jansson on any bytes, then the decoder over the same bytes: whatever it
 * says about them, its issues and its encoding are sound JSON again. */
#include "base/str.h"
#include "codec/json.h"
#include "schema/schema.h"
#include "unit/jansson_oracle.h"

enum { MEM_MAX = 16 << 20, ENCODED_MAX = 8 << 20 };

struct point {
    struct str label;
    int64_t count;
};
static const struct field point_fields[] = {
    FIELD_STR(struct point, label, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD_I64(struct point, count, .min = 1, .max = 9, .preset = "3"),
};
static SCHEMA(point_schema, "Point", struct point, point_fields);

static const char *const shade_names[] = { "light", "dark" };
static NAMES(shades, shade_names);

struct probe {
    struct str name, email, secret, raw;
    int64_t seats, marks, born;
    double ratio;
    bool open;
    int32_t shade;
    const void *point;
    struct list points, tags, scores;
};
static const struct field probe_fields[] = {
    FIELD_STR(struct probe, name, .flags = FIELD_REQUIRED, .min = 1, .max = 20),
    FIELD_STR(struct probe, email, .flags = FIELD_NULL, .format = "email"),
    FIELD_STR(struct probe, secret, .flags = FIELD_NULL | FIELD_SECRET, .max = 4),
    FIELD_JSON(struct probe, raw, .flags = FIELD_NULL),
    FIELD_I64(struct probe, seats, .flags = FIELD_NULL),
    FIELD_E2(struct probe, marks, .flags = FIELD_NULL, .max = 100),
    FIELD_TIME(struct probe, born, .flags = FIELD_NULL),
    FIELD_F64(struct probe, ratio, .flags = FIELD_NULL),
    FIELD_BOOL(struct probe, open),
    FIELD_ENUM(struct probe, shade, .flags = FIELD_NULL, .names = &shades),
    FIELD_OBJ(struct probe, point, .flags = FIELD_NULL, .of = &point_schema),
    FIELD_LIST(struct probe, points, .max = 4, .of = &point_schema),
    FIELD_LIST(struct probe, tags),
    FIELD_NAMED(struct probe, scores, "test_scores", F_MAP_E2, struct list),
};
static SCHEMA(probe_schema, "Probe", struct probe, probe_fields);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Known and wanted differences: our bounds on depth, members and length of numbers; jansson's on
 * integers and on NUL in names, and its overlooking a NUL byte behind a number. */
static bool excused(struct str text, const char *ours, bool theirs, const json_error_t *error)
{
    if (theirs) {
        static const char *const bounds[] = { "Nesting too deep", "Too many members",
                                              "Number too long" };
        for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
            if (ours && strcmp(ours, bounds[i]) == 0)
                return true;
        return text.n && memchr(text.p, '\0', text.n);
    }
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static void compare(struct str text, struct arena *mem)
{
    struct json j;
    struct str whole;
    json_init(&j, text, mem);
    bool ours = json_skip(&j, &whole) && json_finish(&j);
    must(ours == (j.error == NULL) && j.error_at <= text.n);
    must(ours == json_valid(text, mem));
    json_error_t error;
    json_t *theirs = json_loadb(text.p, text.n,
                                JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    must(ours == (theirs != NULL) || excused(text, j.error, theirs != NULL, &error));
    json_decref(theirs);
}

static void check_issues(const struct fault *f, struct arena *mem)
{
    must(f->n_issues <= FAULT_ISSUES_MAX);
    for (size_t i = 0; i < f->n_issues; i++) {
        const struct issue *issue = &f->issues[i];
        must(issue->type.n && issue->msg.n && json_valid(issue->loc, mem));
        must(json_valid(issue->input, mem));
        must(!issue->ctx.p || json_valid(issue->ctx, mem));
    }
}

/* What was decoded encodes to sound JSON without the secret. */
static void check_value(struct ctx *c, const struct probe *probe)
{
    struct buf b;
    buf_init(&b, NULL, ENCODED_MAX);
    schema_encode(&probe_schema, probe, &b);
    must(buf_ok(&b) && json_valid(buf_view(&b), c->mem));
    buf_clear(&b);
    schema_encode_masked(&probe_schema, probe, &b);
    must(buf_ok(&b) && json_valid(buf_view(&b), c->mem));
    buf_done(&b);
}

static void decode(struct str text, struct arena *mem, bool patch)
{
    struct ctx c;
    struct probe probe;
    struct seen seen;
    ctx_init(&c, mem, NULL, 0);
    err e = schema_decode(&c, &probe_schema, text, &probe, patch ? &seen : NULL);
    must(e == ERR_OK || e == ERR_INVALID || e == ERR_TOO_LARGE);
    if (e == ERR_OK) {
        must(json_valid(text, mem));
        check_value(&c, &probe);
    }
    if (e == ERR_INVALID)
        must(c.fault.n_issues > 0);
    check_issues(&c.fault, mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    struct str text = { size ? (const char *)data : "", size };
    compare(text, mem);
    decode(text, mem, false);
    decode(text, mem, true);
    struct ctx c;
    struct probe probe;
    ctx_init(&c, mem, NULL, 0);
    err e = schema_decode_query(&c, &probe_schema, text, &probe);
    must(e == ERR_OK || e == ERR_INVALID || e == ERR_TOO_LARGE);
    check_issues(&c.fault, mem);
    arena_reset(mem);
    return 0;
}
