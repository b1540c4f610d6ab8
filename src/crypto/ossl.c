/* OpenSSL's algorithms, fetched once, and each thread's contexts, wiped when the thread ends. */
#include "crypto/ossl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HMAC_KEPT = 4 };

struct kept_hmac {
    EVP_MAC_CTX *mac;
    size_t key_n; /* 0: not in use */
    uint8_t key[OSSL_KEY_MAX];
};
struct kept_aes {
    EVP_CIPHER_CTX *ctx;
    bool keyed;
    uint8_t key[AES128_N];
};
struct thread_state {
    EVP_MD_CTX *sha256, *sha384;
    EVP_MAC_CTX *hmac;
    struct kept_hmac kept[HMAC_KEPT];
    size_t oldest; /* of kept: the next to give way */
    struct kept_aes seal, open;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static EVP_MD *md_sha256, *md_sha384;
static EVP_MAC *mac_hmac;
static EVP_CIPHER *cipher_aes;
static _Thread_local struct thread_state *mine;

_Noreturn void ossl_die(const char *what)
{
    fprintf(stderr, "fatal: OpenSSL could not %s\n", what);
    abort();
}

static void thread_end(void *arg)
{
    struct thread_state *t = arg;
    mine = NULL;
    EVP_MD_CTX_free(t->sha256);
    EVP_MD_CTX_free(t->sha384);
    EVP_MAC_CTX_free(t->hmac);
    for (size_t i = 0; i < HMAC_KEPT; i++)
        EVP_MAC_CTX_free(t->kept[i].mac);
    EVP_CIPHER_CTX_free(t->seal.ctx);
    EVP_CIPHER_CTX_free(t->open.ctx);
    OPENSSL_clear_free(t, sizeof(*t));
}

static void fetch_all(void)
{
    md_sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    md_sha384 = EVP_MD_fetch(NULL, "SHA2-384", NULL);
    mac_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    cipher_aes = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
    if (!md_sha256 || !md_sha384 || !mac_hmac || !cipher_aes)
        ossl_die("fetch its algorithms");
    if (pthread_key_create(&at_thread_end, thread_end) != 0)
        ossl_die("watch for the end of threads");
}

static EVP_MD_CTX *md_new(const EVP_MD *md)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1)
        ossl_die("make a digest");
    return ctx;
}

static EVP_MAC_CTX *hmac_new_of(const char *name)
{
    char digest[16]; /* the parameter wants it writable, and only reads it */
    snprintf(digest, sizeof(digest), "%s", name);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac_hmac);
    if (!ctx || EVP_MAC_CTX_set_params(ctx, params) != 1)
        ossl_die("make an HMAC");
    return ctx;
}

static EVP_MAC_CTX *hmac_new(void)
{
    return hmac_new_of("SHA2-256");
}

static struct thread_state *thread_start(void)
{
    if (pthread_once(&once, fetch_all) != 0)
        ossl_die("start");
    struct thread_state *t = OPENSSL_zalloc(sizeof(*t));
    if (!t)
        ossl_die("find memory");
    t->sha256 = md_new(md_sha256);
    t->sha384 = md_new(md_sha384);
    t->hmac = hmac_new();
    for (size_t i = 0; i < HMAC_KEPT; i++)
        t->kept[i].mac = hmac_new();
    t->seal.ctx = EVP_CIPHER_CTX_new();
    t->open.ctx = EVP_CIPHER_CTX_new();
    if (!t->seal.ctx || !t->open.ctx || pthread_setspecific(at_thread_end, t) != 0)
        ossl_die("find memory");
    mine = t;
    return t;
}

static inline struct thread_state *state(void)
{
    return mine ? mine : thread_start();
}

/* Without a type the context starts again with the algorithm it has: no fetch, no allocation. */
static EVP_MD_CTX *md_again(EVP_MD_CTX *ctx)
{
    if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1)
        ossl_die("start a digest");
    return ctx;
}

EVP_MD_CTX *ossl_sha256(void)
{
    return md_again(state()->sha256);
}

EVP_MD_CTX *ossl_sha384(void)
{
    return md_again(state()->sha384);
}

EVP_MD_CTX *ossl_sha256_new(void)
{
    (void)state();
    return md_new(md_sha256);
}

/* A NULL key would mean "the last one again", so an empty key needs a place of its own. */
static void hmac_key(EVP_MAC_CTX *mac, struct str key)
{
    static const unsigned char none[1];
    const unsigned char *p = key.n ? (const unsigned char *)key.p : none;
    if (EVP_MAC_init(mac, p, key.n, NULL) != 1)
        ossl_die("key an HMAC");
}

EVP_MAC_CTX *ossl_hmac(struct str key)
{
    EVP_MAC_CTX *mac = state()->hmac;
    hmac_key(mac, key);
    return mac;
}

static EVP_MAC_CTX *hmac_keep(struct thread_state *t, struct str key)
{
    struct kept_hmac *slot = &t->kept[t->oldest];
    t->oldest = (t->oldest + 1) % HMAC_KEPT;
    OPENSSL_cleanse(slot->key, sizeof(slot->key));
    memcpy(slot->key, key.p, key.n);
    slot->key_n = key.n;
    hmac_key(slot->mac, key);
    return slot->mac;
}

EVP_MAC_CTX *ossl_hmac_kept(struct str key)
{
    if (key.n == 0 || key.n > OSSL_KEY_MAX)
        return ossl_hmac(key);
    struct thread_state *t = state();
    for (size_t i = 0; i < HMAC_KEPT; i++) {
        struct kept_hmac *slot = &t->kept[i];
        if (slot->key_n != key.n || CRYPTO_memcmp(slot->key, key.p, key.n) != 0)
            continue;
        if (EVP_MAC_init(slot->mac, NULL, 0, NULL) != 1)
            ossl_die("start an HMAC");
        return slot->mac;
    }
    return hmac_keep(t, key);
}

void ossl_hmac_add(EVP_MAC_CTX *mac, const void *p, size_t n)
{
    if (n && EVP_MAC_update(mac, p, n) != 1)
        ossl_die("feed an HMAC");
}

struct hash ossl_hmac_done(EVP_MAC_CTX *mac)
{
    struct hash ret;
    size_t n = 0;
    if (EVP_MAC_final(mac, ret.b, &n, sizeof(ret.b)) != 1 || n != sizeof(ret.b))
        ossl_die("finish an HMAC");
    return ret;
}

void ossl_hmac_sha1(struct str key, const void *p, size_t n, uint8_t ret[SHA1_N])
{
    (void)state();
    EVP_MAC_CTX *mac = hmac_new_of("SHA1");
    size_t got = 0;
    hmac_key(mac, key);
    ossl_hmac_add(mac, p, n);
    if (EVP_MAC_final(mac, ret, &got, SHA1_N) != 1 || got != SHA1_N)
        ossl_die("finish an HMAC");
    EVP_MAC_CTX_free(mac);
}

EVP_CIPHER_CTX *ossl_aes(bool seal, const uint8_t key[AES128_N], const uint8_t iv[AES128_N])
{
    struct thread_state *t = state();
    struct kept_aes *aes = seal ? &t->seal : &t->open;
    if (aes->keyed && CRYPTO_memcmp(aes->key, key, AES128_N) == 0) {
        if (EVP_CipherInit_ex2(aes->ctx, NULL, NULL, iv, seal, NULL) != 1)
            ossl_die("start AES");
        return aes->ctx;
    }
    if (EVP_CipherInit_ex2(aes->ctx, cipher_aes, key, iv, seal, NULL) != 1)
        ossl_die("key AES");
    memcpy(aes->key, key, AES128_N);
    aes->keyed = true;
    return aes->ctx;
}
