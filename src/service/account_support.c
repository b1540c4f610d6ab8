/* Small things that the accounts share: folding, hashing, what is kept of a request. */
#include "base/str.h"
#include "codec/utf8.h"
#include "crypto/hash.h"
#include "service/account_inner.h"
#include "service/settings.h"

enum { COST_DEFAULT = 12, COST_MIN = 4, COST_MAX = 15 };

struct str lower_ascii_of(struct ctx *c, struct str s)
{
    char *p = arena_array(c->mem, char, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ('a' - 'A') : s.p[i]);
    return (struct str){ p, s.n };
}

struct str secret_hash(struct ctx *c, struct str secret)
{
    const struct hash h = sha256(secret);
    return hash_hex(c->mem, &h);
}

struct str kept_address(struct ctx *c)
{
    return c->remote.n ? str_sub(c->remote, 0, ADDRESS_MAX) : (struct str){ 0 };
}

struct str kept_user_agent(struct ctx *c, struct str user_agent)
{
    (void)c;
    if (!user_agent.n || !utf8_valid(user_agent))
        return (struct str){ 0 };
    return utf8_head(user_agent, USER_AGENT_MAX);
}

int account_cost(const struct ctx *c)
{
    const int64_t cost = settings_of(c)->bcrypt_cost;
    if (cost < COST_MIN || cost > COST_MAX)
        return COST_DEFAULT;
    return (int)cost;
}
