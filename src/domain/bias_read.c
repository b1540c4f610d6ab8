/* The judgement as a model or an event file gives it: checked by V1, normalised by V4 to V6. */
#include <math.h>

#include "base/str.h"
#include "domain/bias.h"
#include "domain/bias_json.h"

/* A name of the table; `preset` when the member is not there, -1 to demand it. */
static bool read_name(struct arena *mem, struct str value, const struct names *names,
                      int32_t preset, int32_t *ret)
{
    struct str name;
    if (!value.p && preset >= 0) {
        *ret = preset;
        return true;
    }
    if (!json_as_str(mem, value, &name))
        return false;
    const int i = names_find(names, name);
    if (i < 0)
        return false;
    *ret = i;
    return true;
}

/* No list is an empty one. */
static bool read_types(struct arena *mem, struct str value, uint32_t *ret)
{
    struct list items = { 0 };
    uint32_t bits = 0;
    if (value.p && !json_as_array(mem, value, &items))
        return false;
    const struct str *v = items.v;
    for (size_t i = 0; i < items.n; i++) {
        int32_t type;
        if (!read_name(mem, v[i], &bias_type_names, -1, &type))
            return false;
        bits |= UINT32_C(1) << type;
    }
    *ret = bits;
    return true;
}

static bool within_one(struct str value, double *ret)
{
    double v;
    if (!json_as_f64(value, &v) || !(v >= 0 && v <= 1))
        return false;
    *ret = v;
    return true;
}

static bool read_confidence(struct arena *mem, struct str object, double *ret)
{
    static const char *const names[] = { "confidence", "confidence_score", NULL };
    return within_one(json_pick(mem, object, names), ret);
}

/* Not there: unknown. */
static bool read_stt(struct str value, double *ret)
{
    *ret = (double)NAN;
    return !value.p || within_one(value, ret);
}

/* Null is as good as not there. */
static struct str optional(struct arena *mem, struct str object, const char *name)
{
    const struct str value = json_pick_one(mem, object, name);
    return json_kind(value) == JSON_NULL ? (struct str){ 0 } : value;
}

void bias_normalise(struct bias_analysis *a)
{
    if (!a->detected) /* V4 */
        a->severity = BIAS_NONE;
    else if (a->severity == BIAS_NONE) /* V5 */
        a->severity = BIAS_LOW;
    if (a->detected && !a->types) /* V6 */
        a->types = UINT32_C(1) << BIAS_IRRELEVANT_FACTOR;
}

const char *bias_analysis_read(struct arena *mem, struct str object, struct bias_analysis *ret)
{
    struct bias_analysis a = *ret;
    if (json_kind(object) != JSON_OBJECT)
        return "analysis";
    if (!json_as_bool(json_pick_one(mem, object, "bias_detected"), &a.detected))
        return "bias_detected";
    if (!read_types(mem, optional(mem, object, "bias_types"), &a.types))
        return "bias_types";
    if (!read_name(mem, json_pick_one(mem, object, "severity"), &bias_severity_names, -1,
                   &a.severity))
        return "severity";
    if (!read_confidence(mem, object, &a.confidence))
        return "confidence";
    if (!read_name(mem, optional(mem, object, "recommended_action"), &bias_action_names,
                   BIAS_ACT_NONE, &a.action))
        return "recommended_action";
    if (!read_stt(optional(mem, object, "stt_confidence"), &a.stt_confidence))
        return "stt_confidence";
    if (!read_name(mem, optional(mem, object, "source"), &bias_source_names, BIAS_LLM, &a.source))
        return "source";
    bias_normalise(&a);
    *ret = a;
    return NULL;
}
