/* The two-person rule (SECURITY S-93): the first administrator's request for a selection or a
 * publication is kept; the same request of another one runs the step. */
#include "base/str.h"
#include "repo/approval_repo.h"
#include "service/phase_work.h"
#include "service/settings.h"

enum { MINUTES_DEFAULT = 60 };
#define MINUTE_US (INT64_C(60) * 1000000)

bool approval_wanted(const struct ctx *c, const struct step *s)
{
    static const char *const verbs[] = { "select", "final-select", "publish" };
    if (!settings_of(c)->two_person_rule)
        return false;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(s->rule->verb, verbs[i]) == 0)
            return true;
    return false;
}

/* What exactly is asked for: another plan, or a cycle that was changed since, is another request.
 */
static struct str request_of(struct ctx *c, const struct step *s)
{
    const struct selection_plan *p = &s->q->plan;
    if (p->mode == SELECT_DIRECT)
        return str_fmt(c->mem, "version=%lld force=%d", (long long)s->row.cycle.version,
                       s->q->force ? 1 : 0);
    return str_fmt(c->mem, "version=%lld force=%d mode=%d factor=%lld weights=%lld/%lld",
                   (long long)s->row.cycle.version, s->q->force ? 1 : 0, (int)p->mode,
                   (long long)p->factor, (long long)p->weights.application,
                   (long long)p->weights.interview);
}

static err keep(struct ctx *c, struct tx *tx, struct step *s, struct str request)
{
    const int64_t minutes = setting_or(settings_of(c)->approval_minutes, MINUTES_DEFAULT);
    const struct approval_row row = {
        .cycle_id = s->q->cycle_id,
        .verb = str_of(s->rule->verb),
        .admin_id = s->admin_id,
        .request = request,
        .created_at = c->now_us,
        .expires_at = c->now_us + minutes * MINUTE_US,
    };
    TRY(approval_repo_put(c, tx, &row));
    s->out.waits_until = row.expires_at;
    return cycle_log(c, tx, &s->head, "cycle.approve", s->q->cycle_id,
                     str_fmt(c->mem, "{\"step\":\"%s\"}", s->rule->verb), NULL);
}

err approval_take(struct ctx *c, struct tx *tx, struct step *s)
{
    const struct str verb = str_of(s->rule->verb), request = request_of(c, s);
    struct approval_row first;
    bool found = false;
    TRY(approval_repo_get(c, tx, s->q->cycle_id, verb, &first, &found));
    if (!found || first.expires_at <= c->now_us || !str_eq(first.request, request))
        return keep(c, tx, s, request);
    if (str_eq(first.admin_id, s->admin_id))
        return FAIL(c, FORBIDDEN,
                    "You have asked for %s already: the two-person rule needs the request of "
                    "another administrator",
                    s->rule->verb);
    return approval_repo_remove(c, tx, s->q->cycle_id, verb);
}
