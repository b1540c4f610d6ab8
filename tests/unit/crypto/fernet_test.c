/* Fernet against the vectors (made by Python's cryptography), the key ring and its limits. */
#include "vectors.h"

#include "crypto/fernet.h"

static int64_t fixed_now(void *self)
{
    (void)self;
    return 1772000000LL * 1000000 + 999999;
}
static const struct clock_port clock_fixed = { .now_us = fixed_now, .mono_us = fixed_now };

static struct fernet_key key_at(const char *name)
{
    struct fernet_key k;
    assert_true(fernet_key_read(text_at(at(vectors, "fernet"), name), &k));
    return k;
}

static void iv_of(uint8_t iv[16])
{
    hex_bytes(text_at(at(vectors, "fernet"), "iv_hex"), iv, 16);
}

static void start(struct ctx *c, struct deps *d, struct keyring *ring)
{
    *d = (struct deps){ .clock = &clock_fixed, .random = &random_system, .keys = ring };
    ctx_init(c, mem, d, 0);
}

static struct str seal(const struct fernet_key *k, struct str plain, uint64_t time_s,
                       const uint8_t iv[16])
{
    struct buf b;
    buf_init(&b, mem, fernet_token_n(plain.n));
    fernet_seal_with(k, plain, time_s, iv, &b);
    assert_true(buf_ok(&b));
    assert_int_equal(b.n, fernet_token_n(plain.n));
    return buf_view(&b);
}

static void key_texts(void **state)
{
    (void)state;
    struct str text = text_at(at(vectors, "fernet"), "key_a");
    struct fernet_key k = key_at("key_a"), other;
    struct buf b;
    buf_init(&b, mem, 100);
    fernet_key_write(&k, &b);
    assert_str(buf_view(&b), text);
    assert_false(fernet_key_read(str_sub(text, 0, 43), &other));
    assert_false(fernet_key_read(str_fmt(mem, "%.*s=", STR_ARG(text)), &other));
    assert_false(fernet_key_read(str_fmt(mem, " %.*s", STR_ARG(str_sub(text, 0, 43))), &other));
    assert_false(fernet_key_read(S("5cDpuG/rZN0C32CP+lfmQoLOFsBvR1SY0bhQHGJd8kU="), &other));
    assert_false(fernet_key_read((struct str){ 0 }, &other));
}

static void made_keys_differ(void **state)
{
    (void)state;
    struct ctx c;
    struct deps d;
    struct fernet_key a, b;
    start(&c, &d, NULL);
    fernet_key_make(&c, &a);
    fernet_key_make(&c, &b);
    assert_memory_not_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(a.sign, a.encrypt, sizeof(a.sign));
}

static void seals_as_python(void **state)
{
    (void)state;
    json_t *v = at(vectors, "fernet");
    uint8_t iv[16], count[16], zero[16] = { 0 };
    struct fernet_key a = key_at("key_a"), b = key_at("key_b");
    struct str plain = text_at(v, "plaintext_utf8");
    iv_of(iv);
    for (uint8_t i = 0; i < 16; i++)
        count[i] = i;
    for (int round = 0; round < 2; round++) { /* the second time with kept keys */
        assert_str(seal(&a, plain, int_at(v, "time"), iv), text_at(v, "token_a"));
        assert_str(seal(&b, plain, int_at(v, "time"), iv), text_at(v, "token_b"));
        assert_str(seal(&a, S(""), 0, zero), text_at(v, "token_a_empty_plaintext"));
    }
    struct str sixteen, again;
    uint64_t time_s;
    assert_true(fernet_open_with(&a, text_at(v, "token_a_16_bytes"), mem, &sixteen, &time_s));
    assert_int_equal(sixteen.n, 16);
    again = seal(&a, sixteen, time_s, count);
    assert_str(again, text_at(v, "token_a_16_bytes"));
}

static void opens_pythons(void **state)
{
    (void)state;
    json_t *v = at(vectors, "fernet");
    struct fernet_key a = key_at("key_a"), b = key_at("key_b");
    struct str plain;
    uint64_t time_s = 0;
    assert_true(fernet_open_with(&a, text_at(v, "token_a"), mem, &plain, &time_s));
    assert_str(plain, text_at(v, "plaintext_utf8"));
    assert_int_equal(time_s, int_at(v, "time"));
    assert_true(fernet_open_with(&b, text_at(v, "token_b"), mem, &plain, &time_s));
    assert_str(plain, text_at(v, "plaintext_utf8"));
    assert_true(fernet_open_with(&a, text_at(v, "token_a_empty_plaintext"), mem, &plain, &time_s));
    assert_non_null(plain.p);
    assert_int_equal(plain.n, 0);
    assert_int_equal(time_s, 0);
}

static void must_reject(void **state)
{
    (void)state;
    json_t *bad = at(at(vectors, "fernet"), "must_reject_under_key_a"), *token;
    struct fernet_key a = key_at("key_a");
    const char *why;
    size_t seen = 0;
    json_object_foreach(bad, why, token)
    {
        struct str plain = S("untouched");
        uint64_t time_s = 7;
        if (fernet_open_with(&a, text_of(token), mem, &plain, &time_s))
            fail_msg("accepted: %s", why);
        assert_str(plain, S("untouched"));
        assert_int_equal(time_s, 7);
        seen++;
    }
    assert_int_equal(seen, 11);
}

static void every_changed_character_is_refused(void **state)
{
    (void)state;
    struct fernet_key a = key_at("key_a");
    struct str token = text_at(at(vectors, "fernet"), "token_a"), plain;
    uint64_t time_s;
    char *copy = str_z(mem, token);
    for (size_t i = 0; i < token.n; i++) {
        char was = copy[i];
        copy[i] = was == 'A' ? 'B' : 'A';
        assert_false(fernet_open_with(&a, (struct str){ copy, token.n }, mem, &plain, &time_s));
        copy[i] = was;
        assert_false(fernet_open_with(&a, (struct str){ copy, i }, mem, &plain, &time_s));
    }
    assert_true(fernet_open_with(&a, (struct str){ copy, token.n }, mem, &plain, &time_s));
    assert_false(fernet_open_with(&a, (struct str){ 0 }, mem, &plain, &time_s));
}

static void sizes_around_blocks_and_slices(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0,    1,    15,   16,   17,   31,    32,     300,
                                    1535, 1536, 1537, 1919, 1920, 40000, 1 << 20 };
    struct fernet_key a = key_at("key_a");
    char *text = arena_array(mem, char, 1 << 20);
    uint8_t iv[16] = { 9 };
    for (size_t i = 0; i < 1 << 20; i++)
        text[i] = (char)(i * 31 + i / 251);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct str plain = { text, sizes[i] }, back;
        uint64_t time_s;
        struct str token = seal(&a, plain, UINT64_MAX - i, iv);
        assert_true(fernet_open_with(&a, token, mem, &back, &time_s));
        assert_str(back, plain);
        assert_true(time_s == UINT64_MAX - i);
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct fernet_key a = key_at("key_a");
    uint8_t iv[16] = { 0 };
    struct buf b;
    char one = 'x';
    buf_init(&b, mem, SIZE_MAX / 2);
    fernet_seal_with(&a, (struct str){ &one, (size_t)FERNET_PLAIN_MAX + 1 }, 0, iv, &b);
    assert_false(buf_ok(&b));
    buf_init(&b, mem, fernet_token_n(1) - 1);
    fernet_seal_with(&a, (struct str){ &one, 1 }, 0, iv, &b);
    assert_false(buf_ok(&b));
    struct arena *small = arena_open(NULL, 8192);
    struct str plain, token = seal(&a, (struct str){ arena_array(mem, char, 20000), 20000 }, 0, iv);
    uint64_t time_s;
    assert_false(fernet_open_with(&a, token, small, &plain, &time_s));
    arena_close(small);
}

static void ring_seals_with_first_opens_with_all(void **state)
{
    (void)state;
    struct ctx c;
    struct deps d;
    struct keyring ring = { .fernet = { key_at("key_b"), key_at("key_a") }, .n_fernet = 2 };
    json_t *v = at(vectors, "fernet");
    struct str plain;
    uint64_t time_s = 0;
    start(&c, &d, &ring);
    assert_int_equal(keyring_open(&c, text_at(v, "token_a"), &plain), ERR_OK);
    assert_str(plain, text_at(v, "plaintext_utf8"));
    assert_int_equal(keyring_open(&c, text_at(v, "token_b"), &plain), ERR_OK);
    struct str token = keyring_seal(&c, S("new")), twice = keyring_seal(&c, S("new"));
    assert_true(fernet_open_with(&ring.fernet[0], token, mem, &plain, &time_s));
    assert_str(plain, S("new"));
    assert_int_equal(time_s, 1772000000);
    assert_false(str_eq(token, twice)); /* another IV each time */
    ring.n_fernet = 1;
    assert_int_equal(keyring_open(&c, text_at(v, "token_a"), &plain), ERR_INTERNAL);
    assert_string_equal(c.fault.text, "sealed data cannot be opened with the keys given");
    ring.n_fernet = 0;
    assert_null(keyring_seal(&c, S("new")).p);
    assert_int_equal(keyring_open(&c, text_at(v, "token_b"), &plain), ERR_INTERNAL);
}

static void rotation_keeps_the_time(void **state)
{
    (void)state;
    struct ctx c;
    struct deps d;
    struct keyring ring = { .fernet = { key_at("key_b"), key_at("key_a") }, .n_fernet = 2 };
    json_t *v = at(vectors, "fernet");
    uint8_t iv[16] = { 1 };
    struct str old = seal(&ring.fernet[1], S("kept"), 12345, iv), fresh, plain, again;
    uint64_t time_s = 0;
    bool changed = false;
    start(&c, &d, &ring);
    assert_int_equal(keyring_rotate(&c, old, &fresh, &changed), ERR_OK);
    assert_true(changed);
    assert_true(fernet_open_with(&ring.fernet[0], fresh, mem, &plain, &time_s));
    assert_str(plain, S("kept"));
    assert_int_equal(time_s, 12345);
    assert_int_equal(keyring_rotate(&c, fresh, &again, &changed), ERR_OK);
    assert_false(changed);
    assert_str(again, fresh);
    json_t *bad = at(at(v, "must_reject_under_key_a"), "hmac_bit");
    again = S("untouched");
    assert_int_equal(keyring_rotate(&c, text_of(bad), &again, &changed), ERR_INTERNAL);
    assert_str(again, S("untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_texts),
        cmocka_unit_test(made_keys_differ),
        cmocka_unit_test(seals_as_python),
        cmocka_unit_test(opens_pythons),
        cmocka_unit_test(must_reject),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(sizes_around_blocks_and_slices),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(ring_seals_with_first_opens_with_all),
        cmocka_unit_test(rotation_keeps_the_time),
    };
    return cmocka_run_group_tests(tests, vectors_open, vectors_close);
}
