/* Roots, tiles and proofs against the vectors, with proofs that must fail. */
#include "vectors.h"

#include "crypto/merkle.h"

static struct hash root_of(const struct hash *leaves, size_t n)
{
    struct merkle m;
    merkle_init(&m);
    for (size_t i = 0; i < n; i++)
        merkle_add(&m, &leaves[i]);
    assert_int_equal(m.n, n);
    return merkle_root(&m);
}

static void rfc6962_reference(void **state)
{
    (void)state;
    json_t *v = at(vectors, "rfc6962_reference");
    json_t *inputs = at(v, "leaf_inputs_hex"), *hashes = at(v, "leaf_hashes_hex");
    json_t *roots = at(v, "roots_hex_by_size");
    struct merkle m;
    merkle_init(&m);
    assert_hash(merkle_root(&m), hex_hash(text_at(v, "empty_root_hex")));
    assert_int_equal(json_array_size(inputs), 8);
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        uint8_t data[64];
        struct str hex = text_of(json_array_get(inputs, i));
        assert_hash(merkle_root(&m), hex_hash(text_of(json_array_get(roots, i))));
        hex_bytes(hex, data, hex.n / 2);
        struct hash leaf = merkle_leaf_hash((struct str){ (const char *)data, hex.n / 2 });
        assert_hash(leaf, hex_hash(text_of(json_array_get(hashes, i))));
        merkle_add(&m, &leaf);
    }
    assert_hash(merkle_root(&m), hex_hash(text_of(json_array_get(roots, 8))));
}

static void log_leaves_and_roots(void **state)
{
    (void)state;
    json_t *log = at(vectors, "log"), *roots = at(log, "roots_hex_by_size");
    json_t *entries = at(log, "entries_utf8"), *hashes = at(log, "leaf_hashes_hex");
    struct merkle m;
    merkle_init(&m);
    assert_int_equal(json_array_size(entries), 14);
    for (size_t i = 0; i < 14; i++) {
        assert_hash(merkle_root(&m), hex_hash(text_of(json_array_get(roots, i))));
        struct hash leaf = merkle_leaf_hash(text_of(json_array_get(entries, i)));
        assert_hash(leaf, hex_hash(text_of(json_array_get(hashes, i))));
        merkle_add(&m, &leaf);
    }
    assert_hash(merkle_root(&m), hex_hash(text_of(json_array_get(roots, 14))));
}

static struct hash log_leaf(size_t i)
{
    json_t *hashes = at(at(vectors, "log"), "leaf_hashes_hex");
    return hex_hash(text_of(json_array_get(hashes, i)));
}

static struct hash log_root(size_t n)
{
    return hex_hash(text_of(json_array_get(at(at(vectors, "log"), "roots_hex_by_size"), n)));
}

static void inclusion_proofs(void **state)
{
    (void)state;
    json_t *list = at(at(vectors, "proofs"), "inclusion");
    assert_int_equal(json_array_size(list), 105);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        uint64_t index = int_at(v, "index"), size = int_at(v, "size");
        size_t n;
        const struct hash *proof = hashes_of(at(v, "proof"), &n);
        struct hash leaf = log_leaf(index), root = log_root(size), bad = root;
        assert_true(merkle_verify_inclusion(&leaf, index, size, proof, n, &root));
        bad.b[31] ^= 1;
        assert_false(merkle_verify_inclusion(&leaf, index, size, proof, n, &bad));
        assert_false(merkle_verify_inclusion(&leaf, index + size, size, proof, n, &root));
        if (n)
            assert_false(merkle_verify_inclusion(&leaf, index, size, proof, n - 1, &root));
    }
}

static void consistency_proofs(void **state)
{
    (void)state;
    json_t *list = at(at(vectors, "proofs"), "consistency");
    assert_int_equal(json_array_size(list), 91);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        uint64_t from = int_at(v, "from"), to = int_at(v, "to");
        size_t n;
        const struct hash *proof = hashes_of(at(v, "proof"), &n);
        struct hash old = log_root(from), now = log_root(to), bad = old;
        assert_true(merkle_verify_consistency(from, &old, to, &now, proof, n));
        bad.b[0] ^= 0x80;
        assert_false(merkle_verify_consistency(from, &bad, to, &now, proof, n));
        bad = now;
        bad.b[0] ^= 0x80;
        assert_false(merkle_verify_consistency(from, &old, to, &bad, proof, n));
    }
}

static void consistency_with_itself(void **state)
{
    (void)state;
    struct hash root = log_root(5), other = log_root(6);
    assert_true(merkle_verify_consistency(5, &root, 5, &root, NULL, 0));
    assert_false(merkle_verify_consistency(5, &root, 5, &other, NULL, 0));
    assert_false(merkle_verify_consistency(5, &root, 5, &root, &other, 1));
    assert_false(merkle_verify_consistency(0, &root, 0, &root, NULL, 0));
}

static void negative_proofs(void **state)
{
    (void)state;
    json_t *list = at(vectors, "negative_proofs");
    assert_int_equal(json_array_size(list), 96);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        size_t n;
        const struct hash *proof = hashes_of(at(v, "proof"), &n);
        bool accepted;
        if (json_object_get(v, "index")) {
            struct hash leaf = b64_hash(text_at(v, "leaf_hash"));
            struct hash root = b64_hash(text_at(v, "root"));
            accepted = merkle_verify_inclusion(&leaf, int_at(v, "index"), int_at(v, "size"), proof,
                                               n, &root);
        } else {
            struct hash old = b64_hash(text_at(v, "from_root"));
            struct hash now = b64_hash(text_at(v, "to_root"));
            accepted =
                merkle_verify_consistency(int_at(v, "from"), &old, int_at(v, "to"), &now, proof, n);
        }
        if (accepted)
            fail_msg("accepted: %s", json_string_value(at(v, "why")));
    }
}

enum { TREE_N = 70000, TILE_N = 256 };

static struct hash *many_leaves(void)
{
    struct hash *leaves = arena_array(mem, struct hash, TREE_N);
    for (size_t i = 0; i < TREE_N; i++)
        leaves[i] = merkle_leaf_hash(str_fmt(mem, "%zu", i));
    return leaves;
}

static void roots_up_to_70000(const struct hash *leaves)
{
    json_t *roots = at(at(vectors, "tiles"), "roots_hex");
    struct merkle m;
    size_t checked = 0;
    merkle_init(&m);
    for (size_t i = 0; i < TREE_N; i++) {
        merkle_add(&m, &leaves[i]);
        char name[32];
        snprintf(name, sizeof(name), "%zu", i + 1);
        json_t *want = json_object_get(roots, name);
        if (!want)
            continue;
        assert_hash(merkle_root(&m), hex_hash(text_of(want)));
        checked++;
    }
    assert_int_equal(checked, json_object_size(roots));
}

static void assert_tile(const char *path, const struct hash *first, size_t n)
{
    json_t *sums = at(at(vectors, "tiles"), "tile_sha256_hex");
    struct str data = { (const char *)first, n * sizeof(*first) };
    assert_hash(sha256(data), hex_hash(text_at(sums, path)));
}

/* A tile of level 1 holds the roots of the full tiles below it. */
static void tiles_of_70000(const struct hash *leaves)
{
    struct hash *level1 = arena_array(mem, struct hash, TREE_N / TILE_N);
    for (size_t i = 0; i < TREE_N / TILE_N; i++)
        level1[i] = root_of(leaves + i * TILE_N, TILE_N);
    struct hash level2 = root_of(level1, TILE_N);
    assert_tile("tile/0/000", leaves, TILE_N);
    assert_tile("tile/0/272", leaves + (size_t)272 * TILE_N, TILE_N);
    assert_tile("tile/0/273.p/112", leaves + (size_t)273 * TILE_N, 112);
    assert_tile("tile/1/000", level1, TILE_N);
    assert_tile("tile/1/001.p/17", level1 + TILE_N, 17);
    assert_tile("tile/2/000.p/1", &level2, 1);
}

static void proofs_at_70000(const struct hash *leaves)
{
    json_t *tiles = at(vectors, "tiles"), *roots = at(tiles, "roots_hex");
    json_t *inclusion = at(tiles, "inclusion_at_70000");
    json_t *consistency = at(tiles, "consistency_to_70000");
    struct hash root = hex_hash(text_at(roots, "70000"));
    size_t n;
    assert_true(json_array_size(inclusion) > 0 && json_array_size(consistency) > 0);
    for (size_t i = 0; i < json_array_size(inclusion); i++) {
        json_t *v = json_array_get(inclusion, i);
        uint64_t index = int_at(v, "index");
        const struct hash *proof = hashes_of(at(v, "proof"), &n);
        assert_true(merkle_verify_inclusion(&leaves[index], index, TREE_N, proof, n, &root));
        assert_false(merkle_verify_inclusion(&leaves[index], index ^ 1, TREE_N, proof, n, &root));
    }
    for (size_t i = 0; i < json_array_size(consistency); i++) {
        json_t *v = json_array_get(consistency, i);
        uint64_t from = int_at(v, "from");
        const struct hash *proof = hashes_of(at(v, "proof"), &n);
        struct hash old = root_of(leaves, from);
        assert_true(merkle_verify_consistency(from, &old, TREE_N, &root, proof, n));
    }
}

static void big_tree(void **state)
{
    (void)state;
    const struct hash *leaves = many_leaves();
    roots_up_to_70000(leaves);
    tiles_of_70000(leaves);
    proofs_at_70000(leaves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc6962_reference),
        cmocka_unit_test(log_leaves_and_roots),
        cmocka_unit_test(inclusion_proofs),
        cmocka_unit_test(consistency_proofs),
        cmocka_unit_test(consistency_with_itself),
        cmocka_unit_test(negative_proofs),
        cmocka_unit_test(big_tree),
    };
    return cmocka_run_group_tests(tests, vectors_open, vectors_close);
}
