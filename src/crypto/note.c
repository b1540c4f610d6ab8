/* Ed25519 through OpenSSL, and the verifier keys of C2SP signed notes. */
#include "crypto/note.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/ossl.h"

enum { KEY_N = 32, SIG_N = 64, ID_N = 4 };

static EVP_PKEY *private_key(const uint8_t seed[KEY_N])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, KEY_N);
    if (!key)
        ossl_die("read an Ed25519 seed");
    return key;
}

void ed25519_public(const uint8_t seed[32], uint8_t ret_public[32])
{
    EVP_PKEY *key = private_key(seed);
    size_t n = KEY_N;
    if (EVP_PKEY_get_raw_public_key(key, ret_public, &n) != 1 || n != KEY_N)
        ossl_die("derive an Ed25519 key");
    EVP_PKEY_free(key);
}

void ed25519_sign(const uint8_t seed[32], struct str msg, uint8_t ret_sig[64])
{
    EVP_PKEY *key = private_key(seed);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = SIG_N;
    if (!ctx || EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) != 1 ||
        EVP_DigestSign(ctx, ret_sig, &n, (const unsigned char *)(msg.p ? msg.p : ""), msg.n) != 1)
        ossl_die("sign");
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
}

bool ed25519_verify(const uint8_t public_key[32], struct str msg, const uint8_t sig[64])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public_key, KEY_N);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!key || !ctx || EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) != 1)
        ossl_die("set up a signature check");
    const unsigned char *text = (const unsigned char *)(msg.p ? msg.p : "");
    bool good = EVP_DigestVerify(ctx, sig, SIG_N, text, msg.n) == 1;
    if (!good)
        ERR_clear_error(); /* a refusal is an answer, not an error for the next TLS call to find */
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good;
}

void note_key_id(struct str name, uint8_t alg, const uint8_t public_key[32], uint8_t ret[4])
{
    const struct str parts[] = {
        name,
        S("\n"),
        { (const char *)&alg, 1 },
        { (const char *)public_key, KEY_N },
    };
    struct hash h = sha256_parts(parts, 4);
    memcpy(ret, h.b, ID_N);
}

void note_vkey_write(struct buf *b, struct str name, uint8_t alg, const uint8_t public_key[32])
{
    uint8_t id[ID_N], typed[1 + KEY_N];
    note_key_id(name, alg, public_key, id);
    typed[0] = alg;
    memcpy(typed + 1, public_key, KEY_N);
    buf_str(b, name);
    buf_c(b, '+');
    hex_write(b, id, sizeof(id));
    buf_c(b, '+');
    base64_write(b, BASE64_STD, typed, sizeof(typed));
}

/* Names here are those of log origins: printable ASCII, neither blank nor plus. */
static bool name_good(struct str name)
{
    if (name.n == 0 || name.n > NOTE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == '+')
            return false;
    }
    return true;
}

bool note_vkey_read(struct str text, struct note_key *ret)
{
    struct str name, id_hex;
    struct str key_text = str_cut(str_cut(text, '+', &name), '+', &id_hex);
    uint8_t id[ID_N], wanted[ID_N], typed[base64_max(48)];
    size_t n = 0;
    if (!name_good(name) || !hex_read(id_hex, id, sizeof(id)) || key_text.n != 44 ||
        !base64_read(BASE64_STD, key_text, typed, sizeof(typed), &n) || n != 1 + KEY_N)
        return false;
    if (typed[0] != NOTE_ED25519 && typed[0] != NOTE_COSIGNATURE_V1)
        return false;
    note_key_id(name, typed[0], typed + 1, wanted);
    if (memcmp(id, wanted, sizeof(id)) != 0)
        return false;
    *ret = (struct note_key){ .alg = typed[0], .name = name };
    memcpy(ret->public_key, typed + 1, KEY_N);
    memcpy(ret->id, id, sizeof(id));
    return true;
}
