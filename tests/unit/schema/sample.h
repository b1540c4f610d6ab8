/* Structs and tables that the schema tests share, one field of each type and flag. */
#ifndef ENIGMA_TESTS_SCHEMA_SAMPLE_H
#define ENIGMA_TESTS_SCHEMA_SAMPLE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "schema/schema.h"

static const char *const color_names[] = { "red", "green", "blue" };
static NAMES(colors, color_names);

struct part {
    struct str label;
    int64_t count;
};
static const struct field part_fields[] = {
    FIELD_STR(struct part, label, .flags = FIELD_REQUIRED, .min = 1, .max = 10),
    FIELD_I64(struct part, count, .min = 1, .max = 9, .preset = "3"),
};
static SCHEMA(part_schema, "Part", struct part, part_fields);

struct sample {
    struct str name, email, code, raw, blob;
    int64_t seats, level, marks, born, id;
    double ratio, factor;
    bool open;
    int32_t color;
    const void *main_part;
    struct list parts, tags, scores;
};
static const struct field sample_fields[] = {
    FIELD_STR(struct sample, name, .flags = FIELD_REQUIRED | FIELD_PII, .min = 2, .max = 5,
              .doc = "What it is called."),
    FIELD_STR(struct sample, email, .flags = FIELD_NULL | FIELD_PII, .format = "email"),
    FIELD_STR(struct sample, code, .flags = FIELD_OMIT_NULL, .format = "hex64"),
    FIELD_I64(struct sample, seats, .flags = FIELD_REQUIRED | FIELD_OPEN_MIN),
    FIELD_I64(struct sample, level, .flags = FIELD_NULL, .min = 1, .max = 4, .preset = "2"),
    FIELD_E2(struct sample, marks, .max = 4.0),
    FIELD_F64(struct sample, ratio, .min = -1.5, .max = 4.5),
    FIELD_F64(struct sample, factor, .flags = FIELD_NULL | FIELD_OPEN_MIN),
    FIELD_BOOL(struct sample, open, .preset = "true"),
    FIELD_TIME(struct sample, born, .flags = FIELD_NULL),
    FIELD_ENUM(struct sample, color, .flags = FIELD_NULL, .names = &colors),
    FIELD_OBJ(struct sample, main_part, .flags = FIELD_NULL, .of = &part_schema),
    FIELD_LIST(struct sample, parts, .min = 1, .max = 3, .of = &part_schema),
    FIELD_LIST(struct sample, tags, .flags = FIELD_NULL),
    FIELD_NAMED(struct sample, scores, "test_scores", F_MAP_E2, struct list, .max = 3),
    FIELD_JSON(struct sample, raw, .flags = FIELD_NULL),
    FIELD_BLOB(struct sample, blob, .flags = FIELD_REQUIRED),
    FIELD_I64(struct sample, id, .flags = FIELD_READONLY | FIELD_REQUIRED),
};
static SCHEMA(sample_schema, "Sample", struct sample, sample_fields);

struct login {
    struct str username, password;
};
static const struct field login_fields[] = {
    FIELD_STR(struct login, username, .flags = FIELD_REQUIRED, .min = 1, .max = 8),
    FIELD_STR(struct login, password, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 8, .max = 20,
              .format = "password"),
};
static SCHEMA(login_schema, "Login", struct login, login_fields);

static struct ctx ctx;

static int open_ctx(void **state)
{
    (void)state;
    ctx_init(&ctx, arena_open(NULL, 8 << 20), NULL, 0);
    return ctx.mem ? 0 : -1;
}

static int close_ctx(void **state)
{
    (void)state;
    arena_close(ctx.mem);
    return 0;
}

/* The faults of the context as lines "type loc msg input ctx". */
static struct str issue_lines(void)
{
    struct buf b;
    buf_init(&b, ctx.mem, 1 << 20);
    for (size_t i = 0; i < ctx.fault.n_issues; i++) {
        const struct issue *issue = &ctx.fault.issues[i];
        buf_str(&b, i ? S("\n") : S(""));
        buf_str(&b, issue->type);
        buf_c(&b, ' ');
        buf_str(&b, issue->loc);
        buf_c(&b, ' ');
        buf_str(&b, issue->msg);
        buf_c(&b, ' ');
        buf_str(&b, issue->input);
        if (issue->ctx.p)
            buf_c(&b, ' ');
        buf_str(&b, issue->ctx);
    }
    return buf_view(&b);
}

/* The last call ended like that; the fault is forgotten. */
static void expect_issues(err e, struct str what, const char *want)
{
    struct str got = issue_lines();
    if (e != ERR_INVALID || !str_eq(got, str_of(want)))
        fail_msg("%.*s\n got: %.*s\nwant: %s", STR_ARG(what), STR_ARG(got), want);
    fault_clear(&ctx);
}

static void expect_text(const struct buf *b, const char *want)
{
    if (!buf_ok(b) || !str_eq(buf_view(b), str_of(want)))
        fail_msg("\n got: %.*s\nwant: %s", STR_ARG(buf_view(b)), want);
}

#endif
