/* The home page: whether admissions are open, and how blind screening works. */
#include "api/page.h"

#include "api/template.h"
#include "base/str.h"
#include "codec/time.h"
#include "service/settings.h"

static const char *const codes[] = { [PAGE_ENGLISH] = "en", [PAGE_URDU] = "ur" };

static struct str moment(struct ctx *c, int64_t us)
{
    struct buf b;
    if (us == 0)
        return (struct str){ 0 };
    buf_init(&b, c->mem, TIME_TEXT_MAX);
    time_write(&b, us);
    return buf_view(&b);
}

/* "2026-11-23 05:38" of a moment. */
static struct str minutes(struct ctx *c, struct str at)
{
    if (at.n == 0)
        return at;
    return str_fmt(c->mem, "%.*s %.*s", STR_ARG(str_sub(at, 0, 10)), STR_ARG(str_sub(at, 11, 5)));
}

static struct str when(bool yes)
{
    return yes ? S("yes") : (struct str){ 0 };
}

err page_signin_failed(struct ctx *c, struct str why, struct str *ret_html)
{
    const struct template_value values[] = { { "why", why } };
    struct str text;
    TRY(template_find(c, "signin-failed", codes[PAGE_ENGLISH], &text));
    return template_fill(c, text, values, 1, ret_html);
}

err page_home(struct ctx *c, const struct admission_info *info, enum page_language language,
              struct str *ret_html)
{
    const bool demo = c->deps->settings && c->deps->settings->demo, oidc = c->deps->oidc != NULL;
    const bool soon = !info->is_open && info->cycle_name.p && info->start_date > c->now_us;
    const struct str opens = moment(c, info->start_date), closes = moment(c, info->end_date);
    const struct str results = moment(c, info->result_date);
    const struct template_value values[] = {
        { "open", when(info->is_open) },
        { "closed", when(!info->is_open) },
        { "soon", when(soon) },
        { "none", when(!info->is_open && !soon) },
        { "oidc", when(oidc) },
        { "no_oidc", when(!oidc) },
        { "demo", when(demo) },
        { "cycle", info->cycle_name },
        { "seats", str_fmt(c->mem, "%lld", (long long)info->max_seats) },
        { "now_iso", moment(c, c->now_us) },
        { "opens_iso", opens },
        { "opens", minutes(c, opens) },
        { "closes_iso", closes },
        { "closes", minutes(c, closes) },
        { "results_iso", results },
        { "results", str_sub(results, 0, 10) },
    };
    struct str text;
    TRY(template_find(c, "home", codes[language], &text));
    return template_fill(c, text, values, sizeof(values) / sizeof(values[0]), ret_html);
}
