/* Hashing and checking passwords. Our own form is "{sha384-b64}" and a bcrypt text; a bare bcrypt
 * text comes from an import and is of the password itself. */
#include "crypto/password.h"

#include <crypt.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/password_inner.h"

enum { COST_MIN = 4, COST_MAX = 15, SALT_N = 16 };
#define OUR_PREFIX S("{sha384-b64}")

enum form { FORM_NONE, FORM_OURS, FORM_IMPORTED };
struct stored {
    enum form form;
    int cost;
    struct str bcrypt; /* the 60 characters */
};

static bool bcrypt_char(char ch)
{
    return (ch >= '.' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
}

/* A cost above COST_MAX in an imported row would hold a core for minutes: not usable. */
static bool bcrypt_read(struct str s, int *ret_cost)
{
    if (s.n != BCRYPT_TEXT_N || s.p[6] != '$')
        return false;
    struct str head = { s.p, 4 };
    if (!str_eq(head, S("$2b$")) && !str_eq(head, S("$2a$")) && !str_eq(head, S("$2y$")))
        return false;
    if (s.p[4] < '0' || s.p[4] > '9' || s.p[5] < '0' || s.p[5] > '9')
        return false;
    for (size_t i = 7; i < s.n; i++) {
        if (!bcrypt_char(s.p[i]))
            return false;
    }
    int cost = (s.p[4] - '0') * 10 + (s.p[5] - '0');
    if (cost < COST_MIN || cost > COST_MAX)
        return false;
    *ret_cost = cost;
    return true;
}

static struct stored stored_read(struct str text)
{
    struct stored s = { .form = FORM_IMPORTED, .bcrypt = text };
    if (str_starts(text, OUR_PREFIX)) {
        s.form = FORM_OURS;
        s.bcrypt = str_sub(text, OUR_PREFIX.n, text.n);
    }
    if (!bcrypt_read(s.bcrypt, &s.cost))
        s.form = FORM_NONE;
    return s;
}

/* 48 bytes become 64 characters without padding: below bcrypt's 72, and free of NUL. */
static void prehash(struct str password, char ret[BCRYPT_INPUT_MAX + 1])
{
    uint8_t digest[SHA384_N];
    sha384(password, digest);
    /* Straight into the caller's bytes: a growing buffer would leave copies behind. */
    struct buf b = { .p = ret, .cap = BCRYPT_INPUT_MAX, .max = BCRYPT_INPUT_MAX };
    base64_write(&b, BASE64_STD, digest, sizeof(digest));
    ret[b.n] = 0;
    secret_wipe(digest, sizeof(digest));
}

err password_hash(struct ctx *c, struct str password, int cost, struct str *ret_hash)
{
    if (cost < COST_MIN || cost > COST_MAX)
        return FAIL(c, INTERNAL, "password cost is out of range");
    char salt[SALT_N], setting[CRYPT_GENSALT_OUTPUT_SIZE];
    ctx_random(c, salt, sizeof(salt));
    if (!crypt_gensalt_rn("$2b$", (unsigned long)cost, salt, SALT_N, setting, sizeof(setting)))
        return FAIL(c, INTERNAL, "password salt could not be made");
    char phrase[BCRYPT_INPUT_MAX + 1], text[BCRYPT_TEXT_N + 1];
    prehash(password, phrase);
    err e = password_crypt(c, phrase, setting, text);
    secret_wipe(phrase, sizeof(phrase));
    if (e != ERR_OK)
        return e;
    *ret_hash = str_fmt(c->mem, "%.*s%s", STR_ARG(OUR_PREFIX), text);
    return ERR_OK;
}

/* What bcrypt shall hash. An imported hash knows the password itself, of which bcrypt would only
 * see 72 bytes or up to a NUL: such a password can never match, but must cost the same. */
static bool phrase_make(const struct stored *s, struct str password, char ret[BCRYPT_INPUT_MAX + 1])
{
    bool bare = s->form == FORM_IMPORTED && password.n <= BCRYPT_INPUT_MAX &&
                !(password.n && memchr(password.p, 0, password.n));
    if (!bare) {
        prehash(password, ret);
        return s->form == FORM_OURS;
    }
    if (password.n)
        memcpy(ret, password.p, password.n);
    ret[password.n] = 0;
    return true;
}

/* Without a usable stored hash the work is done under a fixed salt and its result thrown away: the
 * time is that of the given cost from the very first call, and no dummy needs keeping. */
static void setting_make(const struct stored *s, int cost, char ret[BCRYPT_SETTING_N + 1])
{
    if (s->form == FORM_NONE) {
        snprintf(ret, BCRYPT_SETTING_N + 1, "$2b$%02d$%s", cost, "nobodyhasthispasswordu");
        return;
    }
    memcpy(ret, s->bcrypt.p, BCRYPT_SETTING_N);
    ret[BCRYPT_SETTING_N] = 0;
}

/* A hash of a lower cost than ours is checked faster, which would tell that there is one: what is
 * missing is done under the fixed salt. 2^k + 2^k + … + 2^(cost-1) rounds are 2^cost. */
static err make_up(struct ctx *c, struct str password, const struct stored *s, int cost)
{
    const struct stored none = { .form = FORM_NONE };
    char phrase[BCRYPT_INPUT_MAX + 1], setting[BCRYPT_SETTING_N + 1], text[BCRYPT_TEXT_N + 1];
    err e = ERR_OK;
    prehash(password, phrase);
    for (int k = s->cost; s->form != FORM_NONE && k < cost && e == ERR_OK; k++) {
        setting_make(&none, k, setting);
        e = password_crypt(c, phrase, setting, text);
    }
    secret_wipe(phrase, sizeof(phrase));
    return e;
}

err password_check(struct ctx *c, struct str password, struct str stored, int cost, bool *ret_match,
                   bool *ret_upgrade)
{
    if (cost < COST_MIN || cost > COST_MAX)
        return FAIL(c, INTERNAL, "password cost is out of range");
    struct stored s = stored_read(stored);
    char phrase[BCRYPT_INPUT_MAX + 1], setting[BCRYPT_SETTING_N + 1], text[BCRYPT_TEXT_N + 1];
    bool can_match = phrase_make(&s, password, phrase);
    setting_make(&s, cost, setting);
    err e = password_crypt(c, phrase, setting, text);
    secret_wipe(phrase, sizeof(phrase));
    if (e != ERR_OK)
        return e;
    struct str made = { text + BCRYPT_TEXT_N - BCRYPT_HASH_N, BCRYPT_HASH_N };
    struct str known = made;
    if (s.form != FORM_NONE)
        known.p = s.bcrypt.p + BCRYPT_TEXT_N - BCRYPT_HASH_N;
    bool same = secret_eq(made, known);
    if (!can_match || !same)
        TRY(make_up(c, password, &s, cost));
    *ret_match = can_match && same;
    *ret_upgrade = *ret_match && (s.form == FORM_IMPORTED || s.cost < cost);
    return ERR_OK;
}
