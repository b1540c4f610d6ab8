/* Ed25519 and verifier keys against the vectors and RFC 8032. */
#include "vectors.h"

#include "crypto/note.h"

static const char *const key_names[] = { "log", "log_rotated", "witness1", "witness2" };
enum { KEYS = sizeof(key_names) / sizeof(key_names[0]), SIG_MAX = 128 };

static json_t *key_at(const char *name)
{
    return at(at(vectors, "keys"), name);
}

static void keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        json_t *v = key_at(key_names[i]);
        uint8_t seed[32], public_key[32], got[32], id[4], got_id[4];
        hex_bytes(text_at(v, "seed_hex"), seed, 32);
        hex_bytes(text_at(v, "public_hex"), public_key, 32);
        hex_bytes(text_at(v, "key_id_hex"), id, 4);
        ed25519_public(seed, got);
        assert_memory_equal(got, public_key, 32);
        uint8_t alg = (uint8_t)int_at(v, "alg");
        note_key_id(text_at(v, "name"), alg, public_key, got_id);
        assert_memory_equal(got_id, id, 4);
        struct buf b;
        buf_init(&b, mem, 512);
        note_vkey_write(&b, text_at(v, "name"), alg, public_key);
        assert_str(buf_view(&b), text_at(v, "vkey"));
        struct note_key key;
        assert_true(note_vkey_read(text_at(v, "vkey"), &key));
        assert_memory_equal(key.public_key, public_key, 32);
        assert_memory_equal(key.id, id, 4);
        assert_int_equal(key.alg, alg);
        assert_str(key.name, text_at(v, "name"));
    }
}

static void bad_vkeys(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "+",
        "++",
        "audit.example.edu/enigma",
        "audit.example.edu/enigma+455a0bc8",
        "audit.example.edu/enigma+455a0bc8+",
        "+455a0bc8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "audit.example.edu/enigma+455A0BC8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "audit.example.edu/enigma+455a0bc9+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "audit.example.edu/enigma+455a0bc+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "audit.example.edu/enigma+455a0bc8+BOoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "audit.example.edu/enigma+455a0bc8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk==",
        "audit.example.edu/enigma+455a0bc8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m\n",
        "audit.example.edu/enigma+455a0bc8+AeoyDSvebQphiKWA7u5S_knFxSGoigLLNH1B-inwlk_m",
        "audit.example.edu enigma+455a0bc8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
        "other.example.edu/enigma+455a0bc8+AeoyDSvebQphiKWA7u5S/knFxSGoigLLNH1B+inwlk/m",
    };
    struct note_key key;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (note_vkey_read(str_of(bad[i]), &key))
            fail_msg("accepted: %s", bad[i]);
    }
    assert_false(note_vkey_read((struct str){ 0 }, &key));
    uint8_t public_key[32] = { 1 };
    struct buf b;
    buf_init(&b, mem, 512);
    note_vkey_write(&b, S("name"), 0x02, public_key);
    assert_false(note_vkey_read(buf_view(&b), &key)); /* an algorithm that we do not know */
}

/* RFC 8032, 7.1, tests 1 and 3. */
static void rfc8032(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], got[32], sig[64], got_sig[64];
    hex_bytes(S("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), seed, 32);
    hex_bytes(S("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), public_key,
              32);
    hex_bytes(S("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
              sig, 64);
    ed25519_public(seed, got);
    assert_memory_equal(got, public_key, 32);
    ed25519_sign(seed, (struct str){ 0 }, got_sig);
    assert_memory_equal(got_sig, sig, 64);
    assert_true(ed25519_verify(public_key, S(""), sig));
    assert_false(ed25519_verify(public_key, S("x"), sig));
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    uint8_t seed[32] = { 7 }, public_key[32], sig[64];
    char msg[] = "a short message";
    struct str text = { msg, sizeof(msg) - 1 };
    ed25519_public(seed, public_key);
    ed25519_sign(seed, text, sig);
    assert_true(ed25519_verify(public_key, text, sig));
    for (size_t i = 0; i < sizeof(sig) * 8; i += 5) {
        sig[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_false(ed25519_verify(public_key, text, sig));
        sig[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    memset(public_key, 0xff, sizeof(public_key)); /* not a point */
    assert_false(ed25519_verify(public_key, text, sig));
}

/* The body of a signed note and the bytes behind the key id on the line of that key. */
static bool note_sig(struct str note, json_t *key, struct str *ret_body, uint8_t *ret, size_t n)
{
    uint8_t id[4], raw[SIG_MAX];
    hex_bytes(text_at(key, "key_id_hex"), id, 4);
    const char *gap = memmem(note.p, note.n, "\n\n", 2);
    assert_non_null(gap);
    *ret_body = (struct str){ note.p, (size_t)(gap - note.p) + 1 };
    struct str rest = { gap + 2, note.n - ret_body->n - 1 }, line;
    struct str head = str_fmt(mem, "\xe2\x80\x94 %s ", json_string_value(at(key, "name")));
    while (rest.n) {
        rest = str_cut(rest, '\n', &line);
        size_t got = 0;
        if (!str_starts(line, head) || line.n > 160)
            continue;
        struct str b64 = str_sub(line, head.n, line.n);
        assert_true(base64_read(BASE64_STD, b64, raw, sizeof(raw), &got));
        if (got != 4 + n || memcmp(raw, id, 4) != 0)
            continue;
        memcpy(ret, raw + 4, n);
        return true;
    }
    return false;
}

static bool log_signed(struct str note, const char *name)
{
    uint8_t public_key[32], seed[32], sig[64], again[64];
    struct str body;
    json_t *key = key_at(name);
    hex_bytes(text_at(key, "public_hex"), public_key, 32);
    hex_bytes(text_at(key, "seed_hex"), seed, 32);
    assert_true(note_sig(note, key, &body, sig, 64));
    bool good = ed25519_verify(public_key, body, sig);
    ed25519_sign(seed, body, again);
    assert_int_equal(good, memcmp(again, sig, 64) == 0); /* the scheme is deterministic */
    return good;
}

static void checkpoints(void **state)
{
    (void)state;
    json_t *v = at(vectors, "checkpoints"), *sizes = at(v, "by_size"), *one;
    const char *name;
    assert_true(json_object_size(sizes) >= 5);
    json_object_foreach(sizes, name, one) assert_true(log_signed(text_at(one, "note"), "log"));
    assert_true(log_signed(text_at(v, "cosigned"), "log"));
    assert_true(log_signed(text_at(v, "rotation_double_signed"), "log"));
    assert_true(log_signed(text_at(v, "rotation_double_signed"), "log_rotated"));
    json_t *fork = at(v, "fork_pair");
    assert_true(log_signed(text_at(fork, "a"), "log"));
    assert_true(log_signed(text_at(fork, "b"), "log"));
    json_t *bad = at(v, "must_reject");
    assert_false(log_signed(text_at(bad, "flipped_signature_bit"), "log"));
    assert_false(log_signed(text_at(bad, "body_changed_after_signing"), "log"));
    assert_false(log_signed(text_at(bad, "log_sig_as_cosignature"), "log"));
}

static void cosignatures(void **state)
{
    (void)state;
    json_t *v = at(vectors, "checkpoints");
    static const char *const witnesses[] = { "witness1", "witness2" };
    struct str note = text_at(v, "cosigned"), body;
    for (size_t w = 0; w < 2; w++) {
        json_t *key = key_at(witnesses[w]);
        uint8_t timed[8 + 64], public_key[32];
        uint64_t t = 0;
        hex_bytes(text_at(key, "public_hex"), public_key, 32);
        assert_true(note_sig(note, key, &body, timed, sizeof(timed)));
        for (size_t i = 0; i < 8; i++)
            t = t << 8 | timed[i];
        struct str text =
            str_fmt(mem, "cosignature/v1\ntime %llu\n%.*s", (unsigned long long)t, STR_ARG(body));
        assert_true(ed25519_verify(public_key, text, timed + 8));
        assert_false(ed25519_verify(public_key, body, timed + 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),        cmocka_unit_test(bad_vkeys),
        cmocka_unit_test(rfc8032),     cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(checkpoints), cmocka_unit_test(cosignatures),
    };
    return cmocka_run_group_tests(tests, vectors_open, vectors_close);
}
