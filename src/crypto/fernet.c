/* Fernet tokens: 0x80, time, IV, AES-128-CBC text, HMAC-SHA256 over all of it, in base64url. */
#include "crypto/fernet.h"

#include <openssl/err.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/ossl.h"

enum {
    VERSION = 0x80,
    BLOCK_N = 16,
    HEAD_N = 1 + 8 + BLOCK_N, /* version, time, IV */
    RAW_MIN = HEAD_N + BLOCK_N + SHA256_N,
    SLICE_N = 1536,  /* plain text taken at a time; a multiple of the block */
    LINE_N = 3 * 640 /* raw bytes encoded at a time; a multiple of three: no padding inside */
};
_Static_assert(SLICE_N % BLOCK_N == 0 && LINE_N % 3 == 0, "slices end where groups end");

static struct str bytes(const void *p, size_t n)
{
    return (struct str){ p, n };
}

bool fernet_key_read(struct str text, struct fernet_key *ret)
{
    uint8_t raw[base64_max(FERNET_KEY_TEXT)];
    size_t n = 0;
    bool good = text.n == FERNET_KEY_TEXT && base64_read(BASE64_URL, text, raw, sizeof(raw), &n) &&
                n == sizeof(*ret);
    if (good) {
        memcpy(ret->sign, raw, sizeof(ret->sign));
        memcpy(ret->encrypt, raw + sizeof(ret->sign), sizeof(ret->encrypt));
    }
    secret_wipe(raw, sizeof(raw));
    return good;
}

void fernet_key_write(const struct fernet_key *k, struct buf *b)
{
    base64_write(b, BASE64_URL, k, sizeof(*k));
}

void fernet_key_make(struct ctx *c, struct fernet_key *ret)
{
    ctx_random(c, ret->sign, sizeof(ret->sign));
    ctx_random(c, ret->encrypt, sizeof(ret->encrypt));
}

size_t fernet_token_n(size_t n)
{
    size_t raw = HEAD_N + (n / BLOCK_N + 1) * BLOCK_N + SHA256_N;
    return (raw + 2) / 3 * 4;
}

/* The way of the raw token to its text, in pieces, so that no second buffer is needed. */
struct line {
    struct buf *out;
    size_t n;
    uint8_t raw[LINE_N];
};

static void line_put(struct line *l, const uint8_t *p, size_t n)
{
    while (n) {
        size_t room = LINE_N - l->n;
        size_t take = n < room ? n : room;
        memcpy(l->raw + l->n, p, take);
        l->n += take;
        p += take;
        n -= take;
        if (l->n < LINE_N)
            return;
        base64_write(l->out, BASE64_URL, l->raw, LINE_N);
        l->n = 0;
    }
}

static void line_end(struct line *l)
{
    base64_write(l->out, BASE64_URL, l->raw, l->n);
    l->n = 0;
}

static void put_signed(struct line *l, EVP_MAC_CTX *mac, const uint8_t *p, size_t n)
{
    ossl_hmac_add(mac, p, n);
    line_put(l, p, n);
}

static void put_encrypted(struct line *l, EVP_MAC_CTX *mac, EVP_CIPHER_CTX *aes, struct str plain)
{
    uint8_t text[SLICE_N + BLOCK_N];
    int n = 0;
    for (size_t at = 0; at < plain.n; at += SLICE_N) {
        struct str slice = str_sub(plain, at, SLICE_N);
        if (EVP_CipherUpdate(aes, text, &n, (const unsigned char *)slice.p, (int)slice.n) != 1)
            ossl_die("encrypt");
        put_signed(l, mac, text, (size_t)n);
    }
    if (EVP_CipherFinal_ex(aes, text, &n) != 1)
        ossl_die("encrypt");
    put_signed(l, mac, text, (size_t)n);
}

void fernet_seal_with(const struct fernet_key *k, struct str plain, uint64_t time_s,
                      const uint8_t iv[16], struct buf *ret)
{
    if (plain.n > FERNET_PLAIN_MAX || !buf_room(ret, fernet_token_n(plain.n))) {
        ret->over = true;
        return;
    }
    uint8_t head[HEAD_N] = { VERSION };
    for (size_t i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(time_s >> (56 - 8 * i));
    memcpy(head + 9, iv, BLOCK_N);
    EVP_MAC_CTX *mac = ossl_hmac_kept(bytes(k->sign, sizeof(k->sign)));
    struct line l;
    l.out = ret;
    l.n = 0;
    put_signed(&l, mac, head, sizeof(head));
    put_encrypted(&l, mac, ossl_aes(true, k->encrypt, iv), plain);
    struct hash tag = ossl_hmac_done(mac);
    line_put(&l, tag.b, sizeof(tag.b));
    line_end(&l);
}

/* The authentic text's plain form. False when the padding is wrong, which an authentic token of
 * this program never has. */
static bool decrypt(const struct fernet_key *k, const uint8_t *raw, size_t text_n, struct arena *a,
                    struct str *ret_plain)
{
    unsigned char *plain = arena_try(a, text_n + BLOCK_N + 1, 1, 1);
    if (!plain)
        return false;
    EVP_CIPHER_CTX *aes = ossl_aes(false, k->encrypt, raw + 9);
    int n = 0, last = 0;
    if (EVP_CipherUpdate(aes, plain, &n, raw + HEAD_N, (int)text_n) != 1)
        ossl_die("decrypt");
    if (EVP_CipherFinal_ex(aes, plain + n, &last) != 1) {
        ERR_clear_error();
        secret_wipe(plain, text_n + BLOCK_N);
        return false;
    }
    plain[n + last] = 0;
    *ret_plain = bytes(plain, (size_t)n + (size_t)last);
    return true;
}

/* Text to raw bytes, in the arena. */
static bool token_read(struct str token, struct arena *a, uint8_t **ret_raw, size_t *ret_n)
{
    if (token.n < fernet_token_n(0) || token.n > fernet_token_n(FERNET_PLAIN_MAX))
        return false;
    size_t cap = base64_max(token.n), n = 0;
    uint8_t *raw = arena_try(a, cap, 1, 1);
    if (!raw || !base64_read(BASE64_URL, token, raw, cap, &n))
        return false;
    if (n < RAW_MIN || raw[0] != VERSION || (n - HEAD_N - SHA256_N) % BLOCK_N != 0)
        return false;
    *ret_raw = raw;
    *ret_n = n;
    return true;
}

static bool authentic(const struct fernet_key *k, const uint8_t *raw, size_t n)
{
    EVP_MAC_CTX *mac = ossl_hmac_kept(bytes(k->sign, sizeof(k->sign)));
    ossl_hmac_add(mac, raw, n - SHA256_N);
    struct hash tag = ossl_hmac_done(mac);
    return secret_eq(bytes(tag.b, SHA256_N), bytes(raw + n - SHA256_N, SHA256_N));
}

static uint64_t token_time(const uint8_t *raw)
{
    uint64_t t = 0;
    for (size_t i = 0; i < 8; i++)
        t = t << 8 | raw[1 + i];
    return t;
}

struct opened {
    struct str plain;
    uint64_t time_s;
    size_t key; /* which one fitted */
};

/* The first of the keys that fits. */
static bool open_any(const struct fernet_key *keys, size_t n_keys, struct str token,
                     struct arena *a, struct opened *ret)
{
    uint8_t *raw;
    size_t n;
    if (!token_read(token, a, &raw, &n))
        return false;
    for (size_t i = 0; i < n_keys; i++) {
        struct str plain;
        if (!authentic(&keys[i], raw, n))
            continue;
        if (!decrypt(&keys[i], raw, n - HEAD_N - SHA256_N, a, &plain))
            return false;
        *ret = (struct opened){ .plain = plain, .time_s = token_time(raw), .key = i };
        return true;
    }
    return false;
}

bool fernet_open_with(const struct fernet_key *k, struct str token, struct arena *a,
                      struct str *ret_plain, uint64_t *ret_time_s)
{
    struct opened o = { 0 };
    if (!open_any(k, 1, token, a, &o))
        return false;
    *ret_plain = o.plain;
    *ret_time_s = o.time_s;
    return true;
}

static bool seal_first(struct ctx *c, struct str plain, uint64_t time_s, struct str *ret_token)
{
    const struct keyring *ring = c->deps->keys;
    if (ring->n_fernet == 0 || plain.n > FERNET_PLAIN_MAX)
        return false;
    uint8_t iv[BLOCK_N];
    struct buf b;
    ctx_random(c, iv, sizeof(iv));
    buf_init(&b, c->mem, fernet_token_n(plain.n));
    fernet_seal_with(&ring->fernet[0], plain, time_s, iv, &b);
    if (!buf_ok(&b))
        return false;
    *ret_token = buf_view(&b);
    return true;
}

struct str keyring_seal(struct ctx *c, struct str plain)
{
    struct str token = { 0 };
    uint64_t now_s = c->now_us > 0 ? (uint64_t)c->now_us / 1000000 : 0;
    (void)seal_first(c, plain, now_s, &token);
    return token;
}

static err open_ring(struct ctx *c, struct str token, struct opened *ret)
{
    const struct keyring *ring = c->deps->keys;
    size_t n = ring->n_fernet < FERNET_KEYS_MAX ? ring->n_fernet : FERNET_KEYS_MAX;
    if (!open_any(ring->fernet, n, token, c->mem, ret))
        return FAIL(c, INTERNAL, "sealed data cannot be opened with the keys given");
    return ERR_OK;
}

err keyring_open(struct ctx *c, struct str token, struct str *ret_plain)
{
    struct opened o = { 0 };
    TRY(open_ring(c, token, &o));
    *ret_plain = o.plain;
    return ERR_OK;
}

err keyring_rotate(struct ctx *c, struct str token, struct str *ret_token, bool *ret_changed)
{
    struct opened o = { 0 };
    struct str fresh = token;
    TRY(open_ring(c, token, &o));
    bool sealed = o.key == 0 || seal_first(c, o.plain, o.time_s, &fresh);
    secret_wipe((void *)(uintptr_t)o.plain.p, o.plain.n); /* ours: made by open_ring */
    if (!sealed)
        return FAIL(c, INTERNAL, "data could not be sealed again");
    *ret_token = fresh;
    *ret_changed = o.key != 0;
    return ERR_OK;
}
