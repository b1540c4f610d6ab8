/* Reading tests/data/vectors.json for the tests of this room. */
#ifndef TESTS_UNIT_CRYPTO_VECTORS_H
#define TESTS_UNIT_CRYPTO_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"

static json_t *vectors;
static struct arena *mem;

static int vectors_open(void **state)
{
    (void)state;
    vectors = json_load_file(TEST_DATA_DIR "/vectors.json", JSON_ALLOW_NUL, NULL);
    mem = arena_open(NULL, 256 << 20);
    return vectors ? 0 : -1;
}

static int vectors_close(void **state)
{
    (void)state;
    json_decref(vectors);
    arena_close(mem);
    return 0;
}

/* The member, which must be there: a missing vector must not pass in silence. */
static json_t *at(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    assert_non_null(value);
    return value;
}

static struct str text_of(json_t *value)
{
    assert_true(json_is_string(value));
    return (struct str){ json_string_value(value), json_string_length(value) };
}

static struct str text_at(json_t *object, const char *name)
{
    return text_of(at(object, name));
}

static uint64_t int_at(json_t *object, const char *name)
{
    assert_true(json_is_integer(at(object, name)));
    return (uint64_t)json_integer_value(at(object, name));
}

static void hex_bytes(struct str hex, void *ret, size_t n)
{
    assert_true(hex_read(hex, ret, n));
}

static struct hash hex_hash(struct str hex)
{
    struct hash h;
    hex_bytes(hex, h.b, sizeof(h.b));
    return h;
}

static struct hash b64_hash(struct str text)
{
    uint8_t raw[base64_max(44)];
    struct hash h;
    size_t n = 0;
    assert_int_equal(text.n, 44);
    assert_true(base64_read(BASE64_STD, text, raw, sizeof(raw), &n));
    assert_int_equal(n, sizeof(h.b));
    memcpy(h.b, raw, sizeof(h.b));
    return h;
}

static void assert_hash(struct hash got, struct hash want)
{
    assert_memory_equal(got.b, want.b, sizeof(got.b));
}

static void assert_str(struct str got, struct str want)
{
    assert_int_equal(got.n, want.n);
    if (want.n)
        assert_memory_equal(got.p, want.p, want.n);
}

/* A list of base64 hashes in the arena. */
static const struct hash *hashes_of(json_t *list, size_t *ret_n)
{
    size_t n = json_array_size(list);
    struct hash *h = arena_array(mem, struct hash, n + 1);
    for (size_t i = 0; i < n; i++)
        h[i] = b64_hash(text_of(json_array_get(list, i)));
    *ret_n = n;
    return h;
}

#endif
