/* SHA-2 and HMAC against published vectors, across threads; compare and wipe. */
#include "vectors.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

static struct hash want(const char *hex)
{
    return hex_hash(str_of(hex));
}

static void sha256_known(void **state)
{
    (void)state;
    assert_hash(sha256(S("")),
                want("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_hash(sha256((struct str){ 0 }),
                want("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_hash(sha256(S("abc")),
                want("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_hash(sha256(S("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                want("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
}

static void parts_equal_joined(void **state)
{
    (void)state;
    const struct str parts[] = { S("ab"), S(""), { 0 }, S("c") };
    assert_hash(sha256_parts(parts, 4), sha256(S("abc")));
    assert_hash(sha256_parts(parts, 0), sha256(S("")));
}

static void sha384_known(void **state)
{
    (void)state;
    uint8_t expected[SHA384_N], got[SHA384_N];
    hex_bytes(S("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                "8086072ba1e7cc2358baeca134c825a7"),
              expected, sizeof(expected));
    for (int i = 0; i < 2; i++) {
        sha384(S("abc"), got);
        assert_memory_equal(got, expected, sizeof(got));
    }
}

static void stream_in_uneven_pieces(void **state)
{
    (void)state;
    char a[1000];
    memset(a, 'a', sizeof(a));
    struct sha256_stream *s = sha256_open(mem), *other = sha256_open(mem);
    size_t left = 1000000, step = 1;
    while (left) {
        size_t n = step < left ? step : left;
        sha256_add(s, (struct str){ a, n });
        sha256_add(other, S("x"));
        (void)sha256(S("between"));
        left -= n;
        step = step % sizeof(a) + 1;
    }
    assert_hash(sha256_done(s),
                want("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

/* RFC 4231, cases 1, 2, 6 and 7. */
static void hmac_known(void **state)
{
    (void)state;
    char key[131];
    memset(key, 0x0b, 20);
    const struct str hi[] = { S("Hi "), S("There") };
    assert_hash(hmac_sha256((struct str){ key, 20 }, hi, 2),
                want("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    const struct str jefe[] = { S("what do ya want "), S("for nothing?") };
    assert_hash(hmac_sha256(S("Jefe"), jefe, 2),
                want("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    memset(key, 0xaa, sizeof(key));
    const struct str big = S("Test Using Larger Than Block-Size Key - Hash Key First");
    assert_hash(hmac_sha256((struct str){ key, sizeof(key) }, &big, 1),
                want("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

/* Keys around a block of the hash, against OpenSSL's own. */
static void hmac_of_all_key_sizes(void **state)
{
    (void)state;
    char key[100];
    const struct str parts[] = { S("part "), S(""), S("and part") };
    const unsigned char whole[] = "part and part";
    memset(key, 0xb7, sizeof(key));
    for (size_t n = 1; n <= sizeof(key); n++) {
        unsigned char expect[SHA256_N];
        unsigned int got = 0;
        assert_non_null(HMAC(EVP_sha256(), key, (int)n, whole, sizeof(whole) - 1, expect, &got));
        const struct hash h = hmac_sha256((struct str){ key, n }, parts, 3);
        assert_memory_equal(h.b, expect, SHA256_N);
    }
}

static void hmac_of_empty_key_is_not_the_last_key(void **state)
{
    (void)state;
    (void)hmac_sha256(S("some other key"), NULL, 0);
    assert_hash(hmac_sha256((struct str){ 0 }, NULL, 0),
                want("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

static void equality(void **state)
{
    (void)state;
    assert_true(secret_eq(S("abc"), S("abc")));
    assert_false(secret_eq(S("abc"), S("abd")));
    assert_false(secret_eq(S("abc"), S("abcd")));
    assert_false(secret_eq(S("abc"), S("")));
    assert_true(secret_eq(S(""), (struct str){ 0 }));
}

static void wiping(void **state)
{
    (void)state;
    char p[] = "secret", zero[sizeof(p)] = { 0 };
    secret_wipe(p, sizeof(p));
    assert_memory_equal(p, zero, sizeof(p));
    secret_wipe(NULL, 10);
}

static void hex_form(void **state)
{
    (void)state;
    struct hash h = sha256(S("abc"));
    assert_str(hash_hex(mem, &h),
               S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

enum { THREADS = 4, ROUNDS = 400 };
static void *thread_hashes(void *arg)
{
    uint8_t seed = *(uint8_t *)arg;
    struct hash h = sha256((struct str){ (const char *)&seed, 1 });
    for (int i = 0; i < ROUNDS; i++) {
        struct str view = { (const char *)h.b, sizeof(h.b) };
        struct hash mac = hmac_sha256(view, &view, 1);
        struct str second = { (const char *)mac.b, sizeof(mac.b) };
        h = sha256(second);
    }
    struct hash *ret = malloc(sizeof(*ret));
    *ret = h;
    return ret;
}

static void threads_do_not_mix(void **state)
{
    (void)state;
    pthread_t thread[THREADS];
    uint8_t seed[THREADS];
    for (int i = 0; i < THREADS; i++) {
        seed[i] = (uint8_t)i;
        assert_int_equal(pthread_create(&thread[i], NULL, thread_hashes, &seed[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *got;
        assert_int_equal(pthread_join(thread[i], &got), 0);
        struct hash *alone = thread_hashes(&seed[i]);
        assert_memory_equal(got, alone, sizeof(*alone));
        free(got);
        free(alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_known),
        cmocka_unit_test(parts_equal_joined),
        cmocka_unit_test(sha384_known),
        cmocka_unit_test(stream_in_uneven_pieces),
        cmocka_unit_test(hmac_known),
        cmocka_unit_test(hmac_of_all_key_sizes),
        cmocka_unit_test(hmac_of_empty_key_is_not_the_last_key),
        cmocka_unit_test(equality),
        cmocka_unit_test(wiping),
        cmocka_unit_test(hex_form),
        cmocka_unit_test(threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, vectors_open, vectors_close);
}
