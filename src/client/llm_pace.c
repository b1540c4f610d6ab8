/* Leaky buckets that are filled by what the endpoint says, patience, and the breaker. */
#include "client/llm_pace.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "codec/json.h"

#define SECOND_US INT64_C(1000000)
enum { MINUTE_S = 60, BREAKER_SECONDS = 2, BREAKER_DOUBLINGS = 4, BACKOFF_MAX_S = 60 };

static bool number_of(struct str s, double *ret)
{
    return s.n > 0 && s.n < 32 && json_to_f64(s, ret) && *ret >= 0 && *ret < 1e12;
}

int64_t llm_reset_us(struct str text)
{
    static const struct {
        struct str unit;
        double us;
    } units[] = {
        { S_INIT("ms"), 1e3 },
        { S_INIT("s"), 1e6 },
        { S_INIT("m"), 60e6 },
        { S_INIT("h"), 3600e6 },
    };
    struct str rest = str_trim(text);
    double sum = 0, v = 0;
    if (number_of(rest, &v))
        return (int64_t)(v * 1e6);
    while (rest.n > 0) {
        size_t n = 0, k = 0;
        while (n < rest.n && ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.'))
            n++;
        if (!number_of(str_sub(rest, 0, n), &v))
            return -1;
        rest = str_sub(rest, n, rest.n);
        while (k < 4 && !str_starts(rest, units[k].unit))
            k++;
        if (k == 4)
            return -1;
        sum += v * units[k].us;
        rest = str_sub(rest, units[k].unit.n, rest.n);
    }
    return text.n > 0 && sum < 1e13 ? (int64_t)sum : -1;
}

int64_t llm_retry_after_us(const struct client_reply *r)
{
    double v = 0;
    int64_t us = -1;
    if (number_of(str_trim(client_reply_header(r, "retry-after-ms")), &v))
        us = (int64_t)(v * 1e3);
    else if (number_of(str_trim(client_reply_header(r, "retry-after")), &v))
        us = (int64_t)(v * 1e6);
    return us > LLM_RETRY_AFTER_MAX_US ? LLM_RETRY_AFTER_MAX_US : us;
}

int64_t llm_backoff_us(uint32_t delay_ms, uint32_t tries, uint32_t dice)
{
    const uint32_t doublings = tries > 1 ? (tries > 16 ? 15 : tries - 1) : 0;
    int64_t us = ((int64_t)delay_ms * 1000) << doublings;
    if (us > BACKOFF_MAX_S * SECOND_US)
        us = BACKOFF_MAX_S * SECOND_US;
    const int64_t half = us / 2;
    return half + (int64_t)((double)half * (dice / 4294967295.0));
}

static void refill(struct llm_bucket *b, int64_t now_us)
{
    if (b->until_us > 0 && now_us >= b->until_us) {
        b->known = b->most > 0;
        b->left = b->most;
        b->until_us = 0;
    }
    b->left += (double)(now_us - b->at_us) * b->per_us;
    if (b->most > 0 && b->left > b->most)
        b->left = b->most;
    b->at_us = now_us;
}

/* A question larger than the limit itself waits for all there is. */
static int64_t wait_for(const struct llm_bucket *b, double amount, int64_t now_us)
{
    const double wanted = b->most > 0 && amount > b->most ? b->most : amount;
    if (!b->known || b->left >= wanted)
        return 0;
    if (b->per_us > 0)
        return now_us + 1 + (int64_t)ceil((wanted - b->left) / b->per_us);
    return b->until_us > now_us ? b->until_us : 0;
}

static int find(struct llm_pace *p, struct str model, bool make)
{
    if (model.n >= sizeof(p->v[0].model))
        model.n = sizeof(p->v[0].model) - 1;
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(str_of(p->v[i].model), model))
            return (int)i;
    if (!make || p->n == LLM_MODELS_MAX)
        return -1;
    memset(&p->v[p->n], 0, sizeof(p->v[0]));
    memcpy(p->v[p->n].model, model.p, model.n);
    return (int)p->n++;
}

int64_t llm_pace_take(struct llm_pace *p, struct str model, int64_t tokens, int64_t now_us)
{
    if (now_us < p->quiet_until_us)
        return p->quiet_until_us;
    const int i = find(p, model, false);
    if (i < 0)
        return 0;
    struct llm_bucket *r = &p->v[i].requests, *t = &p->v[i].tokens;
    refill(r, now_us);
    refill(t, now_us);
    const int64_t for_request = wait_for(r, 1, now_us);
    const int64_t for_tokens = wait_for(t, (double)tokens, now_us);
    if (for_request || for_tokens)
        return for_request > for_tokens ? for_request : for_tokens;
    r->left -= 1;
    t->left -= (double)tokens;
    return 0;
}

/* Answers come out of order: what an older one says of the rest counts only downwards. */
static void learn(struct llm_bucket *b, const struct client_reply *r, const char *kind,
                  int64_t now_us)
{
    char name[64];
    double most = 0, left = 0;
    snprintf(name, sizeof(name), "x-ratelimit-remaining-%s", kind);
    if (!number_of(str_trim(client_reply_header(r, name)), &left))
        return;
    snprintf(name, sizeof(name), "x-ratelimit-limit-%s", kind);
    if (!number_of(str_trim(client_reply_header(r, name)), &most))
        most = 0;
    snprintf(name, sizeof(name), "x-ratelimit-reset-%s", kind);
    const int64_t reset_us = llm_reset_us(client_reply_header(r, name));
    const bool known = b->known;
    if (known)
        refill(b, now_us);
    b->left = known && b->known && b->left < left ? b->left : left;
    b->known = true;
    b->most = most;
    b->per_us = most / (MINUTE_S * 1e6);
    b->at_us = now_us;
    b->until_us = reset_us >= 0 ? now_us + reset_us : most > 0 ? 0 : now_us + SECOND_US;
}

void llm_pace_learn(struct llm_pace *p, struct str model, const struct client_reply *r,
                    int64_t now_us)
{
    const int i = find(p, model, true);
    if (i < 0)
        return;
    learn(&p->v[i].requests, r, "requests", now_us);
    learn(&p->v[i].tokens, r, "tokens", now_us);
}

int64_t llm_breaker_take(struct llm_breaker *b, int64_t now_us)
{
    if (b->until_us == 0)
        return 0;
    if (b->trying)
        return INT64_MAX;
    if (now_us < b->until_us)
        return b->until_us;
    b->trying = true;
    return 0;
}

void llm_breaker_note(struct llm_breaker *b, bool works, int64_t now_us)
{
    if (works) {
        *b = (struct llm_breaker){ 0 };
        return;
    }
    b->failures++;
    if (b->failures < LLM_BREAKER_FAILURES || (b->until_us > 0 && !b->trying))
        return;
    const uint32_t doublings = b->openings < BREAKER_DOUBLINGS ? b->openings : BREAKER_DOUBLINGS;
    b->until_us = now_us + (BREAKER_SECONDS * SECOND_US << doublings);
    b->openings++;
    b->trying = false;
}
