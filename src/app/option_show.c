/* Options as people read them: the value as text, and which of them belong together. */
#include "app/options.h"
#include "base/str.h"

enum { VALUE_MAX = 8192 };

/* The first option of each group; the table of options keeps groups together. */
static const struct {
    const char *first, *group;
} groups[] = {
    { "data_dir", "basics" },          { "log_level", "reports" },
    { "loops", "capacity" },           { "database_cache_kib", "database" },
    { "tls_cert", "network" },         { "oidc_issuer", "sign_in" },
    { "jwt_secret", "keys" },          { "admin_token_expiry_hours", "accounts" },
    { "weight_academic", "scoring" },  { "llm_provider", "models" },
    { "fairness_sample", "fairness" }, { "prompt_dir", "models" },
    { "stt_provider", "speech" },      { "ice_stun_urls", "interviews" },
    { "max_retry_attempts", "jobs" },  { "consent_version", "applicants" },
    { "web_dir", "development" },      { "enable_bias_monitoring", "monitoring" },
    { "connections_max", "limits" },
};

const char *option_group(const struct field *f)
{
    const char *group = groups[0].group;
    for (const struct field *at = options_schema.fields; at <= f; at++)
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
            if (strcmp(groups[i].first, at->name) == 0)
                group = groups[i].group;
    return group;
}

bool option_is_set(const struct options *o, const struct field *f)
{
    const void *at = (const char *)o + f->offset;
    return f->type != F_STR || ((const struct str *)at)->n > 0;
}

struct str option_text(struct ctx *c, const struct options *o, const struct field *f)
{
    const struct schema one = { "Options", f, sizeof(struct options), 1 };
    struct buf b;
    if ((f->flags & FIELD_SECRET) || !option_is_set(o, f))
        return (struct str){ 0 };
    if (f->type == F_STR)
        return *(const struct str *)(const void *)((const char *)o + f->offset);
    buf_init(&b, c->mem, VALUE_MAX);
    schema_encode(&one, o, &b);
    struct str v = buf_view(&b); /* {"name":value} */
    v = str_sub(v, strlen(f->name) + 4, v.n - strlen(f->name) - 5);
    return v.n > 1 && v.p[0] == '"' ? str_sub(v, 1, v.n - 2) : v;
}
