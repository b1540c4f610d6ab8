/* Commitments, tie-break keys and the genesis hash against the vectors. */
#include "vectors.h"

#include "crypto/commit.h"

static void commitments(void **state)
{
    (void)state;
    json_t *list = at(vectors, "commitments");
    assert_int_equal(json_array_size(list), 5);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        uint8_t key[SUBJECT_KEY_N];
        hex_bytes(text_at(v, "subject_key_hex"), key, sizeof(key));
        struct str field = text_at(v, "field");
        struct hash salt = commit_salt(key, field, text_at(v, "nonce"));
        assert_hash(salt, hex_hash(text_at(v, "salt_hex")));
        struct hash commit = commit_value(&salt, field, text_at(v, "value_canonical_utf8"));
        assert_hash(commit, hex_hash(text_at(v, "commitment_hex")));
        struct hash other = commit_value(&salt, S("other"), text_at(v, "value_canonical_utf8"));
        assert_memory_not_equal(other.b, commit.b, sizeof(commit.b));
    }
}

static void tiebreak_order(void **state)
{
    (void)state;
    json_t *v = at(vectors, "tiebreak"), *order = at(v, "order");
    struct hash last = { { 0 } };
    assert_int_equal(json_array_size(order), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *row = json_array_get(order, i);
        struct hash key = tiebreak_key(text_at(v, "seed_hex"), text_at(row, "id"));
        assert_hash(key, hex_hash(text_at(row, "key_hex")));
        assert_true(memcmp(last.b, key.b, sizeof(key.b)) < 0);
        last = key;
    }
}

static void genesis(void **state)
{
    (void)state;
    json_t *log = at(vectors, "log");
    assert_hash(log_genesis(text_at(log, "origin")), hex_hash(text_at(log, "genesis_prev_hex")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commitments),
        cmocka_unit_test(tiebreak_order),
        cmocka_unit_test(genesis),
    };
    return cmocka_run_group_tests(tests, vectors_open, vectors_close);
}
