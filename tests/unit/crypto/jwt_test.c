/* Tokens that must pass, their limits in time, and the long list of forged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"

#define NOW    1772000000LL
#define SECRET S("0123456789abcdef0123456789abcdef")
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define WHO    "\"admin_id\":\"ADM_00000001\",\"username\":\"anna\",\"role\":\"admin\""
#define TYPE   "\"type\":\"admin_access\""
#define TIMES  "\"exp\":1772003600,\"iat\":1772000000"
#define GOOD   "{" WHO "," TYPE "," TIMES "}"

static struct arena *mem;
static struct ctx c;
static struct deps deps;

static int64_t fixed_now(void *self)
{
    (void)self;
    return NOW * 1000000;
}
static const struct clock_port clock_fixed = { .now_us = fixed_now, .mono_us = fixed_now };

static int start(void **state)
{
    (void)state;
    mem = arena_open(NULL, 256 << 20);
    deps = (struct deps){ .clock = &clock_fixed, .random = &random_system };
    ctx_init(&c, mem, &deps, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

static struct str encode(struct str raw)
{
    struct buf b;
    buf_init(&b, mem, 65536);
    base64_write(&b, BASE64_URL_NOPAD, raw.p, raw.n);
    return buf_view(&b);
}

static struct str sign_text(struct str text, struct str secret)
{
    struct hash h = hmac_sha256(secret, &text, 1);
    struct str sig = encode((struct str){ (const char *)h.b, sizeof(h.b) });
    return str_fmt(mem, "%.*s.%.*s", STR_ARG(text), STR_ARG(sig));
}

/* Well signed, whatever header and claims are. */
static struct str token_of(struct str header, struct str claims)
{
    struct str h = encode(header), p = encode(claims);
    return sign_text(str_fmt(mem, "%.*s.%.*s", STR_ARG(h), STR_ARG(p)), SECRET);
}

static struct str token(const char *header, const char *claims)
{
    return token_of(str_of(header), str_of(claims));
}

static bool accepted(struct str text)
{
    struct jwt_claims claims = { .admin_id = S("untouched") };
    fault_clear(&c);
    err e = jwt_verify(&c, SECRET, text, &claims);
    if (e == ERR_OK)
        return true;
    assert_int_equal(e, ERR_UNAUTHENTICATED);
    assert_string_equal(c.fault.text, "Invalid or expired token");
    assert_true(str_eq(claims.admin_id, S("untouched")));
    return false;
}

static void round_trip(void **state)
{
    (void)state;
    const struct jwt_claims in = {
        .admin_id = S("ADM_00000001"),
        .username = S("a\"\\\xc3\xa9"),
        .role = S("admin"),
        .type = S("admin_access"),
        .jti = S("j"),
        .sub = S("ADM_00000001"),
        .iss = S("enigma"),
        .exp_s = NOW + 3600,
        .iat_s = NOW,
    };
    struct jwt_claims out;
    struct str text = jwt_sign(&c, SECRET, &in);
    assert_true(text.n > 0 && text.n <= JWT_MAX);
    assert_int_equal(jwt_verify(&c, SECRET, text, &out), ERR_OK);
    assert_true(str_eq(out.admin_id, in.admin_id) && str_eq(out.username, in.username));
    assert_true(str_eq(out.role, in.role) && str_eq(out.type, in.type));
    assert_true(str_eq(out.jti, in.jti) && str_eq(out.sub, in.sub) && str_eq(out.iss, in.iss));
    assert_int_equal(out.exp_s, in.exp_s);
    assert_int_equal(out.iat_s, in.iat_s);
    assert_true(str_eq(jwt_sign(&c, SECRET, &out), text));
}

/* Made by Python's hmac, hashlib and base64 as PyJWT does. */
static void accepts_the_originals(void **state)
{
    (void)state;
    struct str text =
        S("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhZG1pbl9pZCI6IkFETV8wMDAwMDAwMSIsInVzZXJ"
          "uYW1lIjoiYW5uYSIsInJvbGUiOiJhZG1pbiIsImV4cCI6MTc3MjAwMzYwMCwiaWF0IjoxNzcyMDAwMDA"
          "wLCJ0eXBlIjoiYWRtaW5fYWNjZXNzIn0.wZPiNm2JNfn553oqUPhPWboZKJgB2kH1U79jXHRSKfE");
    struct jwt_claims out;
    assert_int_equal(jwt_verify(&c, SECRET, text, &out), ERR_OK);
    assert_true(str_eq(out.username, S("anna")));
    assert_null(out.jti.p);
}

static void other_good_forms(void **state)
{
    (void)state;
    static const char *const headers[] = { HEADER, "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
                                           "{\"alg\":\"HS256\"}", " { \"alg\" : \"HS256\" } " };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_true(accepted(token(headers[i], GOOD)));
    assert_true(accepted(token(HEADER, "{\"x\":{\"exp\":[1,null,1.5]}," WHO "," TYPE "," TIMES
                                       ",\"nbf\":1772000060}")));
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *times;
        bool good;
    } rows[] = {
        { "\"exp\":1772000001,\"iat\":1772000000", true },
        { "\"exp\":1772000000,\"iat\":1771000000", false },
        { "\"exp\":1771999999,\"iat\":1771000000", false },
        { "\"exp\":1772003600,\"iat\":1772000060", true },
        { "\"exp\":1772003600,\"iat\":1772000061", false },
        { "\"exp\":1772003600,\"iat\":0", true },
        { "\"exp\":1772003600,\"iat\":0,\"nbf\":1772000061", false },
        { "\"exp\":9223372036854775807,\"iat\":0", true },
        { "\"exp\":9223372036854775808,\"iat\":0", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str claims = str_fmt(mem, "{" WHO "," TYPE ",%s}", rows[i].times);
        if (accepted(token_of(S(HEADER), claims)) != rows[i].good)
            fail_msg("wrong answer for %s", rows[i].times);
    }
}

/* The right signature over a wrong header or wrong claims. */
static const struct {
    const char *header, *claims;
} forged[] = {
    { "{\"alg\":\"none\",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":\"None\"}", GOOD },
    { "{\"alg\":\"hs256\",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":\"HS384\",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":\"HS512\",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":\"HS256 \",\"typ\":\"JWT\"}", GOOD },
    { "{\"alg\":null}", GOOD },
    { "{\"alg\":[\"HS256\"]}", GOOD },
    { "{\"typ\":\"JWT\"}", GOOD },
    { "{}", GOOD },
    { "", GOOD },
    { "null", GOOD },
    { "[{\"alg\":\"HS256\"}]", GOOD },
    { "\"HS256\"", GOOD },
    { "{\"alg\":\"HS256\",\"typ\":\"jwt\"}", GOOD },
    { "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", GOOD },
    { "{\"alg\":\"HS256\",\"typ\":null}", GOOD },
    { "{\"alg\":\"none\",\"alg\":\"HS256\"}", GOOD },
    { "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", GOOD },
    { "{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}", GOOD },
    { "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../dev/null\"}", GOOD },
    { "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", GOOD },
    { "{\"alg\":\"HS256\",\"jku\":\"https://evil.example/jwks\"}", GOOD },
    { "{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/x\"}", GOOD },
    { "{\"alg\":\"HS256\",\"x5c\":[\"AA\"]}", GOOD },
    { "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", GOOD },
    { "{\"alg\":\"HS256\",\"crit\":[]}", GOOD },
    { "{\"alg\":\"HS256\",\"b64\":false}", GOOD },
    { "{\"alg\":\"HS256\",\"zip\":\"DEF\"}", GOOD },
    { "{\"alg\":\"HS256\",\"cty\":\"JWT\"}", GOOD },
    { "{\"alg\":\"HS256\"}x", GOOD },
    { "{\"alg\":\"HS256\",}", GOOD },
    { "\xef\xbb\xbf{\"alg\":\"HS256\"}", GOOD },
    { HEADER, "" },
    { HEADER, "{}" },
    { HEADER, "null" },
    { HEADER, "[" GOOD "]" },
    { HEADER, GOOD "{}" },
    { HEADER, GOOD "x" },
    { HEADER, "{" WHO "," TYPE ",\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1772003600}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1772003600.0,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1.8e9,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":\"1772003600\",\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":-1,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":null,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":true,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":99999999999999999999,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1772003600,\"iat\":\"now\"}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1772003600,\"iat\":-5}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1,\"exp\":1772003600,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE ",\"exp\":1,\"\\u0065xp\":1772003600,\"iat\":1772000000}" },
    { HEADER, "{" WHO "," TYPE "," TIMES ",\"nbf\":\"0\"}" },
    { HEADER, "{" WHO "," TYPE "," TIMES ",\"nbf\":1772009999}" },
    { HEADER, "{" WHO "," TIMES "}" },
    { HEADER, "{" WHO ",\"type\":\"student_access\"," TIMES "}" },
    { HEADER, "{" WHO ",\"type\":\"admin_access \"," TIMES "}" },
    { HEADER, "{" WHO ",\"type\":null," TIMES "}" },
    { HEADER, "{" WHO "," TYPE "," TYPE "," TIMES "}" },
    { HEADER, "{" TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":\"\"," TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":1," TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":\"ADM_1\",\"admin_id\":\"ADM_2\"," TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":\"ADM_1\",\"role\":[\"super_admin\"]," TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":\"\xff\"," TYPE "," TIMES "}" },
    { HEADER, "{\"admin_id\":\"\\ud800\"," TYPE "," TIMES "}" },
    { HEADER, "{\"a\":{\"b\":1,\"b\":2}," WHO "," TYPE "," TIMES "}" },
};

static void forged_tokens(void **state)
{
    (void)state;
    assert_true(accepted(token(HEADER, GOOD)));
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        if (accepted(token(forged[i].header, forged[i].claims)))
            fail_msg("accepted: %s . %s", forged[i].header, forged[i].claims);
    }
}

static void refused(const char *why, struct str text)
{
    if (accepted(text))
        fail_msg("accepted: %s", why);
}

static void broken_texts(void **state)
{
    (void)state;
    struct str good = token(HEADER, GOOD), h = encode(S(HEADER)), p = encode(S(GOOD));
    struct str body = str_sub(good, 0, good.n - 44), sig = str_sub(good, good.n - 43, 43);
    refused("empty", S(""));
    refused("absent", (struct str){ 0 });
    refused("dots", S(".."));
    refused("many dots", S("....."));
    refused("one segment", h);
    refused("two segments", body);
    refused("no signature", str_fmt(mem, "%.*s.", STR_ARG(body)));
    refused("trailing dot", str_fmt(mem, "%.*s.", STR_ARG(good)));
    refused("leading dot", str_fmt(mem, ".%.*s", STR_ARG(good)));
    refused("extra segment", str_fmt(mem, "%.*s.%.*s", STR_ARG(good), STR_ARG(sig)));
    refused("padded signature", str_fmt(mem, "%.*s=", STR_ARG(good)));
    refused("leading blank", str_fmt(mem, " %.*s", STR_ARG(good)));
    refused("trailing newline", str_fmt(mem, "%.*s\n", STR_ARG(good)));
    refused("scheme left on", str_fmt(mem, "Bearer %.*s", STR_ARG(good)));
    refused("trailing NUL", (struct str){ str_keep(mem, good).p, good.n + 1 });
    refused("blank inside", str_fmt(mem, "%.*s .%.*s", STR_ARG(body), STR_ARG(sig)));
    refused("wrong secret", sign_text(body, S("0123456789abcdef0123456789abcdeg")));
    refused("empty secret", sign_text(body, S("")));
    refused("signature of other text", str_fmt(mem, "%.*s.%.*s", STR_ARG(body),
                                               STR_ARG(encode(S("0123456789abcdef01234567"
                                                                "89abcdef")))));
    refused("padded claims", sign_text(str_fmt(mem, "%.*s.%.*s=", STR_ARG(h), STR_ARG(p)), SECRET));
    refused("no header", sign_text(str_fmt(mem, ".%.*s", STR_ARG(p)), SECRET));
    refused("no claims", sign_text(str_fmt(mem, "%.*s.", STR_ARG(h)), SECRET));
    refused("three signed segments",
            sign_text(str_fmt(mem, "%.*s.%.*s.", STR_ARG(h), STR_ARG(p)), SECRET));
    refused("not base64", sign_text(str_fmt(mem, "%.*s.@@@@", STR_ARG(h)), SECRET));
}

static void any_changed_character(void **state)
{
    (void)state;
    struct str good = token(HEADER, GOOD);
    char *copy = str_z(mem, good);
    for (size_t i = 0; i < good.n; i++) {
        char was = copy[i];
        copy[i] = was == 'A' ? 'B' : 'A';
        refused("changed character", (struct str){ copy, good.n });
        copy[i] = was;
        refused("truncated", (struct str){ copy, i });
    }
    assert_true(accepted((struct str){ copy, good.n }));
}

/* The last character of a signature holds two bits that mean nothing: they must be zero. */
static void spare_bits_of_the_signature(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct str good = token(HEADER, GOOD);
    char *copy = str_z(mem, good);
    size_t good_ones = 0;
    for (size_t i = 0; i < 64; i++) {
        copy[good.n - 1] = alphabet[i];
        good_ones += accepted((struct str){ copy, good.n });
    }
    assert_int_equal(good_ones, 1);
}

static struct str padded_claims(size_t pad)
{
    char *x = arena_array(mem, char, pad + 1);
    memset(x, 'x', pad);
    return str_fmt(mem, "{" WHO "," TYPE "," TIMES ",\"pad\":\"%.*s\"}", (int)pad, x);
}

static void size_limit(void **state)
{
    (void)state;
    struct str text = { 0 };
    size_t pad = 2700;
    for (; pad < 3200; pad++) {
        text = token_of(S(HEADER), padded_claims(pad));
        if (text.n > JWT_MAX)
            break;
        if (pad % 16 == 0)
            assert_true(accepted(text));
    }
    assert_true(text.n > JWT_MAX);
    refused("one too long", text);
    refused("huge", token_of(S(HEADER), padded_claims(40000)));
    struct jwt_claims in = { .admin_id = (struct str){ arena_array(mem, char, 5000), 5000 } };
    assert_null(jwt_sign(&c, SECRET, &in).p);
}

static void too_many_members(void **state)
{
    (void)state;
    struct buf b;
    for (int n = 20; n <= 40; n++) {
        buf_init(&b, mem, 4096);
        buf_lit(&b, "{" WHO "," TYPE "," TIMES); /* six members */
        for (int i = 6; i < n; i++)
            buf_fmt(&b, ",\"m%d\":0", i);
        buf_lit(&b, "}");
        assert_int_equal(accepted(token_of(S(HEADER), buf_view(&b))), n <= 32);
    }
}

static void empty_secret_is_no_secret(void **state)
{
    (void)state;
    struct jwt_claims claims = { .admin_id = S("ADM_1"), .type = S("admin_access") };
    struct str text = token(HEADER, GOOD);
    text = sign_text(str_sub(text, 0, text.n - 44), S(""));
    assert_int_equal(jwt_verify(&c, S(""), text, &claims), ERR_UNAUTHENTICATED);
    assert_null(jwt_sign(&c, S(""), &claims).p);
}

/* More secrets than a thread keeps: an old one must not be taken for a new one. */
static void many_secrets(void **state)
{
    (void)state;
    const struct jwt_claims in = {
        .admin_id = S("ADM_1"), .type = S("admin_access"), .exp_s = NOW + 9, .iat_s = NOW
    };
    struct str text[9];
    struct jwt_claims out;
    for (int i = 0; i < 9; i++)
        text[i] = jwt_sign(&c, str_fmt(mem, "secret number %d of this test run", i), &in);
    for (int i = 0; i < 81; i++) {
        struct str secret = str_fmt(mem, "secret number %d of this test run", i / 9);
        fault_clear(&c);
        err e = jwt_verify(&c, secret, text[i % 9], &out);
        assert_int_equal(e, i / 9 == i % 9 ? ERR_OK : ERR_UNAUTHENTICATED);
    }
    char *big = arena_array(mem, char, 300);
    struct str long_secret = { big, 300 };
    assert_int_equal(jwt_verify(&c, long_secret, jwt_sign(&c, long_secret, &in), &out), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(accepts_the_originals),
        cmocka_unit_test(other_good_forms),
        cmocka_unit_test(times),
        cmocka_unit_test(forged_tokens),
        cmocka_unit_test(broken_texts),
        cmocka_unit_test(any_changed_character),
        cmocka_unit_test(spare_bits_of_the_signature),
        cmocka_unit_test(size_limit),
        cmocka_unit_test(too_many_members),
        cmocka_unit_test(empty_secret_is_no_secret),
        cmocka_unit_test(many_secrets),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
