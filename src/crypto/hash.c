/* SHA-2 and HMAC over the thread's kept contexts, and the care that secrets need. */
#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <string.h>

#include "codec/base64.h"
#include "crypto/ossl.h"

enum { SHA256_BLOCK_N = 64 };

struct sha256_stream {
    EVP_MD_CTX *ctx;
};

static void feed(EVP_MD_CTX *ctx, struct str data)
{
    if (data.n && EVP_DigestUpdate(ctx, data.p, data.n) != 1)
        ossl_die("feed a digest");
}

static void finish(EVP_MD_CTX *ctx, uint8_t *ret)
{
    if (EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
        ossl_die("finish a digest");
}

struct hash sha256(struct str data)
{
    struct hash ret;
    EVP_MD_CTX *ctx = ossl_sha256();
    feed(ctx, data);
    finish(ctx, ret.b);
    return ret;
}

struct hash sha256_parts(const struct str *parts, size_t n)
{
    struct hash ret;
    EVP_MD_CTX *ctx = ossl_sha256();
    for (size_t i = 0; i < n; i++)
        feed(ctx, parts[i]);
    finish(ctx, ret.b);
    return ret;
}

void sha384(struct str data, uint8_t ret[SHA384_N])
{
    EVP_MD_CTX *ctx = ossl_sha384();
    feed(ctx, data);
    finish(ctx, ret);
    (void)ossl_sha384(); /* passwords come this way: leave no state of theirs behind */
}

/* RFC 2104: a block of the key with each byte changed by `pad`. */
static struct str key_block(struct str key, uint8_t pad, char room[SHA256_BLOCK_N])
{
    memset(room, pad, SHA256_BLOCK_N);
    for (size_t i = 0; i < key.n; i++)
        room[i] = (char)(room[i] ^ key.p[i]);
    return (struct str){ room, SHA256_BLOCK_N };
}

/* Of two digests on the thread's context: keys that come once only cost more to set in a kept HMAC
 * than the hashing itself. */
static struct hash hmac_once(struct str key, const struct str *parts, size_t n)
{
    struct hash ret;
    char block[SHA256_BLOCK_N];
    EVP_MD_CTX *ctx = ossl_sha256();
    feed(ctx, key_block(key, 0x36, block));
    for (size_t i = 0; i < n; i++)
        feed(ctx, parts[i]);
    finish(ctx, ret.b);
    ctx = ossl_sha256();
    feed(ctx, key_block(key, 0x5c, block));
    feed(ctx, (struct str){ (const char *)ret.b, SHA256_N });
    finish(ctx, ret.b);
    (void)ossl_sha256(); /* leave no state of the key behind */
    secret_wipe(block, sizeof(block));
    return ret;
}

struct hash hmac_sha256(struct str key, const struct str *parts, size_t n)
{
    if (key.n <= SHA256_BLOCK_N)
        return hmac_once(key, parts, n);
    EVP_MAC_CTX *mac = ossl_hmac(key);
    for (size_t i = 0; i < n; i++)
        ossl_hmac_add(mac, parts[i].p, parts[i].n);
    return ossl_hmac_done(mac);
}

bool secret_eq(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    return a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

void secret_wipe(void *p, size_t n)
{
    if (p && n)
        OPENSSL_cleanse(p, n);
}

struct str hash_hex(struct arena *a, const struct hash *h)
{
    char *p = arena_array(a, char, 2 * SHA256_N + 1);
    hex_of(p, h->b, SHA256_N);
    return (struct str){ p, sizeof(h->b) * 2 };
}

static void stream_end(void *arg)
{
    EVP_MD_CTX_free(arg);
}

struct sha256_stream *sha256_open(struct arena *a)
{
    struct sha256_stream *s = arena_new(a, struct sha256_stream);
    s->ctx = ossl_sha256_new();
    arena_defer(a, stream_end, s->ctx);
    return s;
}

void sha256_add(struct sha256_stream *s, struct str data)
{
    feed(s->ctx, data);
}

struct hash sha256_done(struct sha256_stream *s)
{
    struct hash ret;
    finish(s->ctx, ret.b);
    return ret;
}
