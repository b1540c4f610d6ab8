/* crypto/jws.h: signed tokens of others: JWS in compact form (RFC 7515) by RS256 or ES256, with the
 * public keys of a JWK Set (RFC 7517). HS256 and "none" are unknown here, so no public key can ever
 * be taken for a secret. Any thread; a key set is constant once it is open. */
#ifndef ENIGMA_CRYPTO_JWS_H
#define ENIGMA_CRYPTO_JWS_H

#include "base/ctx.h"
#include "codec/json.h"

enum {
    JWS_MAX = 16 * 1024,   /* bytes of a token */
    JWS_MEMBERS_MAX = 100, /* of a header, a claims object or a key */
    JWS_KID_MAX = 256,
    JWKS_TEXT_MAX = 256 * 1024,
    JWKS_KEYS_MAX = 64, /* looked at; one further key makes the set unreadable */
    JWKS_RSA_BITS_MIN = 2048,
    JWKS_RSA_BITS_MAX = 8192,
};
enum jws_alg { JWS_RS256, JWS_ES256, JWS_ALGS };

struct jws {
    enum jws_alg alg;
    struct str kid; /* absent: the header has none */
    struct str claims;
    struct str signed_text, signature;
};
/* Form only: three parts, a header with a known alg, typ JWT where there is one, no crit. Views
 * borrow from the token and the arena. Keys and links inside the header are never looked at. */
bool jws_read(struct arena *a, struct str token, struct jws *ret);

struct jwks;
/* Keys for other uses, of other kinds or sizes, and keys that hold a private part are passed over.
 * ERR_UPSTREAM: not a key set, or none of its keys is of use. */
err jwks_open(struct ctx *c, struct str json, struct jwks **ret);
void jwks_close(struct jwks *k); /* NULL is fine */
size_t jwks_count(const struct jwks *k);

enum jws_verdict {
    JWS_GOOD,
    JWS_NO_KEY, /* no key has that kid, or a token without kid leaves several */
    JWS_FORGED
};
enum jws_verdict jws_verify(const struct jwks *k, const struct jws *t);

/* What the room's parsers share: members of one JSON object, each taken by `take`; false: not an
 * object, too many members, repeated names, or `take` said so. */
typedef bool jws_take(struct json *j, struct str name, void *arg);
bool jws_object(struct str text, struct arena *a, jws_take *take, void *arg);
bool jws_take_string(struct json *j, struct str *ret);
/* base64url without padding, into the arena. */
bool jws_decode(struct str text, struct arena *a, struct str *ret);

#endif
