/* One line of an import. The words come from outside, so they pass the scrubber again before they
 * are stored or shown. */
#include "service/import_line.h"

#include "base/str.h"
#include "codec/id.h"
#include "codec/json.h"
#include "domain/bias_json.h"
#include "scrub/scrub.h"

#include <math.h>

enum { LIST_MAX = 20, TEXT_MAX = 10000, WHY_MAX = 300 };

static const struct field reason_fields[] = {
    FIELD_STR(struct import_reasons, academic, .max = TEXT_MAX),
    FIELD_STR(struct import_reasons, test, .max = TEXT_MAX),
    FIELD_STR(struct import_reasons, achievement, .max = TEXT_MAX),
    FIELD_STR(struct import_reasons, essay, .max = TEXT_MAX),
};
static SCHEMA(reason_schema, "ImportReasons", struct import_reasons, reason_fields);

#define MARK(m_, doc_)                                                                             \
    FIELD_E2(struct import_line, m_, .flags = FIELD_REQUIRED, .min = 0, .max = 100, .doc = doc_)

static const struct field line_fields[] = {
    FIELD_STR(struct import_line, anonymized_id, .flags = FIELD_REQUIRED, .format = "id", .min = 1,
              .max = ID_MAX, .doc = "As exported."),
    MARK(academic_score, "Academic mark."),
    MARK(test_score, "Test mark."),
    MARK(achievement_score, "Achievement mark."),
    MARK(essay_score, "Essay mark."),
    FIELD_F64(struct import_line, total_score, .flags = FIELD_NULL, .min = 0, .max = 100,
              .doc = "Compared with the weighted sum, never used."),
    FIELD_STR(struct import_line, explanation, .flags = FIELD_REQUIRED, .min = 1, .max = TEXT_MAX,
              .doc = "Why these marks."),
    FIELD_LIST(struct import_line, strengths, .flags = FIELD_NULL, .max = LIST_MAX,
               .doc = "Strengths."),
    FIELD_LIST(struct import_line, areas_for_improvement, .flags = FIELD_NULL, .max = LIST_MAX,
               .doc = "Areas for improvement."),
    FIELD_OBJ(struct import_line, reasoning, .flags = FIELD_NULL, .of = &reason_schema,
              .doc = "A reason for each mark."),
    FIELD_STR(struct import_line, rubric_adherence, .flags = FIELD_NULL, .max = TEXT_MAX,
              .doc = "How the rubric was followed."),
};
SCHEMA(import_line_schema, "ImportLine", struct import_line, line_fields);

bool import_next_line(struct str *rest, struct str *ret_line)
{
    if (!rest->p || rest->n == 0)
        return false;
    const char *end = memchr(rest->p, '\n', rest->n);
    size_t n = end ? (size_t)(end - rest->p) : rest->n;
    *ret_line = (struct str){ rest->p, n };
    n += end ? 1 : 0;
    *rest = (struct str){ rest->p + n, rest->n - n };
    return true;
}

bool import_blank(struct str line)
{
    return str_trim(line).n == 0;
}

/* "academic_score: Input should be …" out of the first issue, or "not valid JSON at byte 7: …". */
static struct str why_of(struct ctx *c)
{
    if (c->fault.n_issues == 0)
        return str_keep(c->mem, str_of(c->fault.text));
    const struct issue *i = &c->fault.issues[0];
    struct buf b;
    buf_init(&b, c->mem, WHY_MAX);
    for (size_t at = 0; at < i->loc.n; at++)
        if (!strchr("[]\" ", i->loc.p[at]))
            buf_c(&b, i->loc.p[at] == ',' ? '.' : i->loc.p[at]);
    struct str where = buf_view(&b), what = i->msg;
    if (str_eq(where, S("body")))
        return what;
    if (str_starts(where, S("body.")))
        where = str_sub(where, 5, where.n);
    if (str_eq(i->type, S("json_invalid"))) {
        (void)json_as_str(c->mem, json_pick_one(c->mem, i->ctx, "error"), &what);
        return str_fmt(c->mem, "not valid JSON at byte %.*s: %.*s", STR_ARG(where), STR_ARG(what));
    }
    return str_sub(str_fmt(c->mem, "%.*s: %.*s", STR_ARG(where), STR_ARG(i->msg)), 0, WHY_MAX);
}

struct str import_line_name(struct ctx *c, struct str line)
{
    struct str id = { 0 };
    if (line.n > IMPORT_LINE_MAX || !json_valid(line, c->mem) || json_kind(line) != JSON_OBJECT)
        return id;
    if (!json_as_str(c->mem, json_pick_one(c->mem, line, "anonymized_id"), &id) || !id_valid(id))
        return (struct str){ 0 };
    return id;
}

void import_line_read(struct ctx *c, struct str line, struct import_line *ret, struct str *ret_why)
{
    *ret_why = (struct str){ 0 };
    if (line.n > IMPORT_LINE_MAX) {
        *ret_why = S("the line is longer than 65536 bytes");
        return;
    }
    if (schema_decode(c, &import_line_schema, line, ret, NULL) == ERR_OK)
        return;
    *ret_why = why_of(c);
    fault_clear(c);
}

static err clean(struct ctx *c, struct str text, struct str *ret)
{
    static const struct scrub_identity nobody = { 0 };
    struct scrub_result r = { 0 };
    if (!text.p || text.n == 0) {
        *ret = S("");
        return ERR_OK;
    }
    TRY(scrub_text(c, &nobody, text, &r));
    *ret = r.text[0];
    return ERR_OK;
}

static err clean_list(struct ctx *c, const struct list *in, struct list *ret)
{
    const struct str *v = in->v;
    struct str *out = arena_array(c->mem, struct str, in->n ? in->n : 1);
    for (size_t i = 0; i < in->n; i++)
        TRY(clean(c, v[i], &out[i]));
    *ret = (struct list){ out, in->n };
    return ERR_OK;
}

err import_line_opinion(struct ctx *c, const struct import_line *l, struct worker_opinion *ret)
{
    struct worker_opinion o = { .academic = l->academic_score,
                                .test = l->test_score,
                                .achievement = l->achievement_score,
                                .essay = l->essay_score };
    const struct import_reasons *r = l->reasoning;
    const struct str words[4] = { r ? r->academic : (struct str){ 0 },
                                  r ? r->test : (struct str){ 0 },
                                  r ? r->achievement : (struct str){ 0 },
                                  r ? r->essay : (struct str){ 0 } };
    TRY(clean(c, l->explanation, &o.explanation));
    TRY(clean(c, l->rubric_adherence, &o.rubric_adherence));
    for (size_t i = 0; i < 4; i++) {
        TRY(clean(c, words[i], &o.reasoning[i]));
        if (o.reasoning[i].n == 0) /* the short form of the exchange has one text for all */
            o.reasoning[i] = S("Imported; see the explanation.");
    }
    TRY(clean_list(c, &l->strengths, &o.strengths));
    TRY(clean_list(c, &l->areas_for_improvement, &o.areas));
    *ret = o;
    return ERR_OK;
}
