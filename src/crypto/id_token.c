/* ID Tokens: reading the claims, and the checks that OpenID Connect asks for. */
#include "crypto/id_token.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"

/* Seconds that fit a double exactly. */
#define SECONDS_MAX 9007199254740991.0

/* NumericDate (RFC 7519, 2): a JSON number, a fraction may be there. */
static bool take_seconds(struct json *j, bool *ret_has, int64_t *ret)
{
    struct str number;
    double v = 0;
    if (json_peek(j) != JSON_NUMBER || !json_number(j, &number) || !json_to_f64(number, &v) ||
        v < 0 || v > SECONDS_MAX)
        return false;
    *ret_has = true;
    *ret = (int64_t)floor(v);
    return true;
}

/* One text, or a list of them. */
static bool take_audience(struct json *j, struct id_claims *t)
{
    if (json_peek(j) == JSON_STRING) {
        t->n_aud = 1;
        return json_string(j, &t->aud[0]);
    }
    if (json_peek(j) != JSON_ARRAY || !json_enter_array(j))
        return false;
    for (size_t n = 0; n <= ID_TOKEN_AUDIENCES_MAX; n++) {
        bool more = false;
        if (!json_element(j, n == 0, &more))
            return false;
        if (!more) {
            t->n_aud = n;
            return true;
        }
        if (n == ID_TOKEN_AUDIENCES_MAX || !jws_take_string(j, &t->aud[n]))
            return false;
    }
    return false;
}

static bool take_text_or_null(struct json *j, struct str *ret)
{
    return json_peek(j) == JSON_NULL ? json_null(j) : jws_take_string(j, ret);
}

static bool claim(struct json *j, struct str name, void *arg)
{
    struct id_claims *t = arg;
    struct str ignored;
    const struct {
        struct str name;
        struct str *to;
    } texts[] = {
        { S_INIT("iss"), &t->iss },         { S_INIT("sub"), &t->sub },
        { S_INIT("azp"), &t->azp },         { S_INIT("nonce"), &t->nonce },
        { S_INIT("at_hash"), &t->at_hash },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (str_eq(name, texts[i].name))
            return jws_take_string(j, texts[i].to);
    if (str_eq(name, S("email")))
        return take_text_or_null(j, &t->email);
    if (str_eq(name, S("name")))
        return take_text_or_null(j, &t->name);
    if (str_eq(name, S("aud")))
        return take_audience(j, t);
    if (str_eq(name, S("exp")))
        return take_seconds(j, &t->has_exp, &t->exp_s);
    if (str_eq(name, S("iat")))
        return take_seconds(j, &t->has_iat, &t->iat_s);
    if (str_eq(name, S("nbf")))
        return take_seconds(j, &t->has_nbf, &t->nbf_s);
    if (str_eq(name, S("email_verified")))
        t->email_verified = json_peek(j) == JSON_TRUE;
    return json_skip(j, &ignored);
}

bool id_claims_read(struct arena *a, struct str json, struct id_claims *ret)
{
    struct id_claims t = { .n_aud = 0 };
    if (!jws_object(json, a, claim, &t))
        return false;
    *ret = t;
    return true;
}

static bool has_audience(const struct id_claims *t, struct str client_id)
{
    for (size_t i = 0; i < t->n_aud; i++)
        if (str_eq(t->aud[i], client_id))
            return true;
    return false;
}

/* Core 1.0, 3.1.3.7, 4 and 5: several audiences need azp, and azp, where it is there, is us. */
static bool azp_good(const struct id_claims *t, struct str client_id)
{
    return t->azp.p ? str_eq(t->azp, client_id) : t->n_aud == 1;
}

/* It becomes part of a row's key: no control characters, and not longer than the standard allows.
 */
static bool sub_good(struct str sub)
{
    if (sub.n == 0 || sub.n > ID_TOKEN_SUB_MAX)
        return false;
    for (size_t i = 0; i < sub.n; i++)
        if ((unsigned char)sub.p[i] < ' ' || sub.p[i] == 0x7f)
            return false;
    return true;
}

static bool nonce_good(struct str nonce, const struct hash *sent)
{
    if (!nonce.n)
        return false;
    const struct hash h = sha256(nonce);
    return secret_eq((struct str){ (const char *)h.b, SHA256_N },
                     (struct str){ (const char *)sent->b, SHA256_N });
}

/* Core 1.0, 3.1.3.6: the left half of the hash that the alg names, SHA-256 for both of ours. */
static bool at_hash_good(const struct id_claims *t, struct str access_token)
{
    uint8_t given[base64_max(SHA256_N)];
    size_t n = 0;
    if (!t->at_hash.p)
        return true;
    if (!access_token.n ||
        !base64_read(BASE64_URL_NOPAD, str_sub(t->at_hash, 0, SHA256_N), given, sizeof(given), &n))
        return false;
    const struct hash h = sha256(access_token);
    return t->at_hash.n <= SHA256_N && secret_eq((struct str){ (const char *)h.b, SHA256_N / 2 },
                                                 (struct str){ (const char *)given, n });
}

const char *id_claims_flaw(const struct id_claims *t, const struct id_expected *x)
{
    if (!t->iss.p || !str_eq(t->iss, x->issuer))
        return "iss";
    if (!has_audience(t, x->client_id))
        return "aud";
    if (!azp_good(t, x->client_id))
        return "azp";
    if (!t->has_exp || t->exp_s <= x->now_s)
        return "exp";
    if (!t->has_iat || t->iat_s > x->now_s + ID_TOKEN_SKEW_S ||
        t->iat_s < x->now_s - ID_TOKEN_AGE_MAX_S - ID_TOKEN_SKEW_S)
        return "iat";
    if (t->has_nbf && t->nbf_s > x->now_s + ID_TOKEN_SKEW_S)
        return "nbf";
    if (!nonce_good(t->nonce, &x->nonce))
        return "nonce";
    if (!at_hash_good(t, x->access_token))
        return "at_hash";
    return sub_good(t->sub) ? NULL : "sub";
}
