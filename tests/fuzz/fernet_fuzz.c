/* Sealed tokens. 't' and a token: what opens must seal to the same text again, so there is one
 * token for one content. 's', a position and plain text: it must come back, and a token changed at
 * that position must not open. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/fernet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 8 << 20, INPUT_MAX = 1 << 20, HEAD_N = 25, IV_AT = 9 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct fernet_key key(void)
{
    struct fernet_key k;
    must(fernet_key_read(S("5cDpuG-rZN0C32CP_lfmQoLOFsBvR1SY0bhQHGJd8kU="), &k));
    return k;
}

static struct str seal(struct arena *mem, const struct fernet_key *k, struct str plain,
                       uint64_t time_s, const uint8_t iv[16])
{
    struct buf b;
    buf_init(&b, mem, fernet_token_n(plain.n));
    fernet_seal_with(k, plain, time_s, iv, &b);
    must(buf_ok(&b));
    return buf_view(&b);
}

static void try_token(struct arena *mem, const struct fernet_key *k, struct str token)
{
    struct str plain;
    uint64_t time_s;
    if (!fernet_open_with(k, token, mem, &plain, &time_s))
        return;
    uint8_t head[base64_max(36)];
    size_t n;
    must(base64_read(BASE64_URL_NOPAD, str_sub(token, 0, 36), head, sizeof(head), &n));
    must(n >= HEAD_N);
    must(str_eq(seal(mem, k, plain, time_s, head + IV_AT), token));
}

static void try_plain(struct arena *mem, const struct fernet_key *k, size_t where, struct str plain)
{
    uint8_t iv[16] = { 1, 2, 3 };
    uint64_t time_s;
    struct str back, token = seal(mem, k, plain, plain.n, iv);
    must(fernet_open_with(k, token, mem, &back, &time_s));
    must(time_s == plain.n && back.n == plain.n);
    must(plain.n == 0 || memcmp(back.p, plain.p, plain.n) == 0);
    char *changed = str_z(mem, token);
    changed[where % token.n] ^= 1;
    must(!fernet_open_with(k, (struct str){ changed, token.n }, mem, &back, &time_s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct fernet_key k = key();
    struct str input = { (const char *)data, size };
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    if (size > INPUT_MAX)
        return 0;
    if (size >= 3 && data[0] == 's')
        try_plain(mem, &k, (size_t)data[1] << 8 | data[2], str_sub(input, 3, size));
    else
        try_token(mem, &k, str_sub(input, 1, size));
    arena_reset(mem);
    return 0;
}
