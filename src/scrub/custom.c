/* scrub/custom.c: compiles and runs the administrators' patterns on the text as written. A pattern
 * that would cost too much on a text has the text held, never passed unseen. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scrub/custom.h"

#include <pcre2.h>

#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    MATCH_STEPS_MAX = 1000000,
    MATCH_DEPTH_MAX = 1000,
    MATCH_HEAP_KIB_MAX = 4096,
    MATCHES_MAX = 4096,
    PATTERN_NEST_MAX = 30
};

static pcre2_code *compile(const struct scrub_pattern *pattern, char *why, size_t why_n)
{
    int code;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    options |= pattern->ignore_case ? PCRE2_CASELESS : 0;
    pcre2_compile_context *limits = pcre2_compile_context_create(NULL);
    if (!limits)
        return NULL;
    pcre2_set_parens_nest_limit(limits, PATTERN_NEST_MAX);
    pcre2_code *made = pcre2_compile((PCRE2_SPTR)pattern->pattern.p, pattern->pattern.n, options,
                                     &code, &at, limits);
    pcre2_compile_context_free(limits);
    if (!made && why && pcre2_get_error_message(code, (PCRE2_UCHAR *)why, why_n) < 0)
        why[0] = '\0';
    return made;
}

const char *custom_pattern_fault(struct ctx *c, const struct scrub_pattern *pattern)
{
    enum { WHY_MAX = 160 };
    char why[WHY_MAX] = "";
    if (str_starts(pattern->pattern, S("(*")))
        return "may not begin with a verb";
    pcre2_code *code = compile(pattern, why, sizeof(why));
    if (!code)
        return str_z(c->mem, str_fmt(c->mem, "does not compile: %s", why));
    uint32_t empty = 0;
    pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
    pcre2_code_free(code);
    return empty ? "matches the empty text" : NULL;
}

static bool run(struct pass *p, const struct scrub_pattern *pattern, pcre2_code *code,
                pcre2_match_data *data, pcre2_match_context *limits)
{
    const struct hit hit = { .type = SCRUB_CUSTOM,
                             .strength = BY_RECOGNISER,
                             .confidence = 100,
                             .rule = str_z(p->c->mem, str_fmt(p->c->mem, "custom:%.*s",
                                                              STR_ARG(pattern->name))) };
    PCRE2_SIZE at = 0;
    for (int i = 0; i < MATCHES_MAX; i++) {
        const int n = pcre2_match(code, (PCRE2_SPTR)p->text.p, p->text.n, at,
                                  PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, data, limits);
        if (n == PCRE2_ERROR_NOMATCH)
            return true;
        if (n < 0)
            return false;
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(data);
        if (v[1] <= at && v[1] <= v[0])
            return false;
        hit_range(p, fold_offset(&p->f, v[0], false), fold_offset(&p->f, v[1], true), hit);
        at = v[1];
    }
    return false;
}

static bool run_one(struct pass *p, const struct scrub_pattern *pattern)
{
    bool fine = false;
    pcre2_code *code = compile(pattern, NULL, 0);
    pcre2_match_data *data = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (data && limits) {
        pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
        pcre2_set_depth_limit(limits, MATCH_DEPTH_MAX);
        pcre2_set_heap_limit(limits, MATCH_HEAP_KIB_MAX);
        fine = run(p, pattern, code, data, limits);
    }
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return fine;
}

void custom_hits(struct pass *p)
{
    const struct scrub_pattern *v = p->policy->patterns.v;
    for (size_t i = 0; i < p->policy->patterns.n; i++)
        p->costly |= !run_one(p, &v[i]);
}
