/* tests/unit/domain/vectors.h: reads tests/data/vectors.json with the project's own reader. */
#ifndef ENIGMA_TESTS_VECTORS_H
#define ENIGMA_TESTS_VECTORS_H

#include "base/ctx.h"
#include "base/str.h"
#include "codec/json.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static inline struct str vectors_load(struct arena *a)
{
    FILE *f = fopen(TEST_DATA_DIR "/vectors.json", "rb");
    assert_non_null(f);
    size_t cap = 1 << 20;
    char *p = arena_array(a, char, cap);
    size_t n = fread(p, 1, cap, f);
    fclose(f);
    assert_true(n > 0 && n < cap);
    return (struct str){ p, n };
}

/* The text of the member of that name. */
static inline struct str vectors_member(struct arena *a, struct str object, const char *name)
{
    struct json j;
    struct str key, value;
    bool more = false;
    json_init(&j, object, a);
    assert_true(json_enter_object(&j));
    for (bool first = true; json_member(&j, first, &more, &key) && more; first = false) {
        assert_true(json_skip(&j, &value));
        if (str_eq(key, str_of(name)))
            return value;
    }
    fail_msg("no member %s", name);
    return (struct str){ NULL, 0 };
}

/* The texts of an array's elements. */
static inline size_t vectors_array(struct arena *a, struct str array, struct str *ret, size_t cap)
{
    struct json j;
    bool more = false;
    size_t n = 0;
    json_init(&j, array, a);
    assert_true(json_enter_array(&j));
    for (bool first = true; json_element(&j, first, &more) && more; first = false) {
        assert_true(n < cap);
        assert_true(json_skip(&j, &ret[n++]));
    }
    return n;
}

static inline struct str vectors_string(struct arena *a, struct str value)
{
    struct json j;
    struct str s;
    json_init(&j, value, a);
    assert_true(json_string(&j, &s));
    return s;
}

struct fixture {
    struct arena *mem;
    struct ctx c;
};
static inline struct ctx *fixture_open(struct fixture *f, size_t cap)
{
    f->mem = arena_open(NULL, cap);
    assert_non_null(f->mem);
    f->c = (struct ctx){ .mem = f->mem };
    return &f->c;
}
static inline void fixture_close(struct fixture *f)
{
    arena_close(f->mem);
}

#endif
