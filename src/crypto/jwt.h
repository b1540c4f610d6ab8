/* crypto/jwt.h: HS256 JSON Web Tokens (RFC 7519) for administrators, nothing else. Any thread.
 * Header members other than alg and typ are refused; typ, when present, must be "JWT". */
#ifndef ENIGMA_CRYPTO_JWT_H
#define ENIGMA_CRYPTO_JWT_H

#include "base/ctx.h"

enum { JWT_MAX = 4096, JWT_SKEW_S = 60 };
struct jwt_claims {
    struct str admin_id, username, role, type; /* type: "admin_access" */
    struct str jti, sub, iss;
    int64_t exp_s, iat_s;
};
/* Absent members of the claims are left out. An absent view comes back for an empty secret or when
 * the token would exceed JWT_MAX. */
struct str jwt_sign(struct ctx *c, struct str secret, const struct jwt_claims *claims);
/* Signature first, then form: exp, iat, type ("admin_access"), admin_id required; exp not passed
 * and iat not in the future by more than JWT_SKEW_S, nor nbf, when present. Claims borrow from
 * c->mem; other claims are ignored. Any failure: ERR_UNAUTHENTICATED "Invalid or expired token". */
err jwt_verify(struct ctx *c, struct str secret, struct str token, struct jwt_claims *ret);

#endif
