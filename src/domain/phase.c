/* domain/phase.c: the rules between the nine phases, their gates and their drawings.
 * Add a rule: one row in phase_rules. Add a fact: one member of struct cycle_facts, one row in
 * facts_fields, and its count in the service's loader. */
#include "domain/phase.h"

#include "base/str.h"
#include "domain/role.h"

static const char *const phase_text[] = {
    "submission", "frozen",    "preprocessing", "batch_prep", "processing",
    "scored",     "selection", "published",     "completed",
};
_Static_assert(sizeof(phase_text) / sizeof(phase_text[0]) == PHASE_COUNT, "one name per phase");
NAMES(phase_names, phase_text);

static const struct field facts_fields[] = {
    FIELD_I64(struct cycle_facts, not_open,
              .doc = "1 when the cycle is closed; freezing needs it open."),
    FIELD_I64(struct cycle_facts, applications, .doc = "Applications that were not withdrawn."),
    FIELD_I64(struct cycle_facts, unfinalized, .doc = "Applications that are not finalized yet."),
    FIELD_I64(struct cycle_facts, unscrubbed, .doc = "Applications without an anonymous copy yet."),
    FIELD_I64(struct cycle_facts, held,
              .doc = "Anonymous copies that wait for a person's decision."),
    FIELD_I64(struct cycle_facts, without_metrics,
              .doc = "Applications without metrics and percentile yet."),
    FIELD_I64(struct cycle_facts, not_ready,
              .doc = "Anonymous applications that are not ready for evaluation."),
    FIELD_I64(struct cycle_facts, unjudged,
              .doc = "Scored work that neither a Judge nor a person has approved."),
    FIELD_I64(struct cycle_facts, unscored, .doc = "Applications without a final score."),
    FIELD_I64(struct cycle_facts, undecided,
              .doc = "Scored applications that are neither shortlisted nor decided."),
    FIELD_I64(struct cycle_facts, no_shortlist,
              .doc = "1 when the cycle was not selected by a shortlist."),
    FIELD_I64(struct cycle_facts, finally_selected,
              .doc = "1 when the final selection of the shortlist was made."),
    FIELD_I64(struct cycle_facts, without_interview,
              .doc = "Shortlisted applications without an interview."),
    FIELD_I64(struct cycle_facts, interviews_unscored,
              .doc = "Interviews of shortlisted applications without a score."),
    FIELD_I64(struct cycle_facts, fairness_open,
              .doc = "1 when the newest fairness check has not passed and was not overridden."),
    FIELD_I64(struct cycle_facts, running_jobs, .doc = "Jobs of the cycle that still run."),
};
SCHEMA(cycle_facts_schema, "CycleFacts", struct cycle_facts, facts_fields);

enum { PHASE_ROLES = (int)ROLE_MANAGERS | (int)ROLE_OPERATOR };
#define FACT(m_) .fact = (uint32_t)offsetof(struct cycle_facts, m_)

const struct phase_rule phase_rules[] = {
    { PHASE_SUBMISSION,
      PHASE_FROZEN,
      "freeze",
      "cycle.freeze",
      NULL,
      "Close the cycle and finalize every application that was submitted.",
      PHASE_ROLES,
      { { FACT(not_open), .missing = "the cycle is closed, open it first" },
        { FACT(applications), .at_least_one = true,
          .missing = "%lld applications were submitted and at least one is needed" } } },
    { PHASE_FROZEN,
      PHASE_PREPROCESSING,
      "preprocess",
      "cycle.preprocess",
      "preprocess",
      "Scrub identities, seal them apart, and compute metrics and percentile ranks.",
      PHASE_ROLES,
      { { FACT(unfinalized), .missing = "%lld application{s are| is} not finalized yet" },
        { FACT(applications), .at_least_one = true,
          .missing = "%lld applications are finalized and at least one is needed" } } },
    { PHASE_PREPROCESSING,
      PHASE_BATCH_PREP,
      "export",
      "cycle.export",
      NULL,
      "Write the anonymous applications to a JSONL file and open a batch for them.",
      PHASE_ROLES,
      { { FACT(unscrubbed), .missing = "%lld application{s have| has} no anonymous copy yet" },
        { FACT(without_metrics), .missing = "%lld application{s have| has} no metrics yet" },
        { FACT(held), .missing = "%lld application{s are| is} held for review" } } },
    { PHASE_BATCH_PREP,
      PHASE_PROCESSING,
      "processing",
      "cycle.process",
      "evaluate",
      "Evaluate every anonymous application: Worker, then Judge.",
      PHASE_ROLES,
      { { FACT(not_ready),
          .missing = "%lld application{s are| is} not ready for evaluation (held or failed)" },
        { FACT(applications), .at_least_one = true,
          .missing = "%lld applications are ready and at least one is needed" } } },
    { PHASE_PROCESSING,
      PHASE_SCORED,
      "score",
      "cycle.scored",
      NULL,
      "Done by the evaluation itself when the last application has its final score.",
      ROLE_OPERATOR,
      { { FACT(unjudged), .missing = "%lld result{s wait| waits} for approval" },
        { FACT(unscored), .missing = "%lld application{s have| has} no final score yet" } } },
    { PHASE_SCORED,
      PHASE_SELECTION,
      "select",
      "cycle.select",
      NULL,
      "Choose the top applications by final score: as many as there are seats, or a shortlist "
      "for interviews.",
      PHASE_ROLES,
      { { FACT(unjudged), .missing = "%lld result{s wait| waits} for approval" },
        { FACT(unscored), .missing = "%lld application{s have| has} no final score yet" } } },
    { PHASE_SELECTION,
      PHASE_SELECTION,
      "final-select",
      "selection.final",
      NULL,
      "Give the seats to the best of the shortlist, by final score and interview together.",
      PHASE_ROLES,
      { { FACT(no_shortlist), .missing = "the cycle was selected directly, without a shortlist" },
        { FACT(finally_selected), .missing = "the final selection was made already" },
        { FACT(without_interview),
          .missing = "%lld shortlisted application{s have| has} no interview" },
        { FACT(interviews_unscored), .missing = "%lld interview{s have| has} no score yet" } } },
    { PHASE_SELECTION,
      PHASE_PUBLISHED,
      "publish",
      "cycle.publish",
      NULL,
      "Let applicants see their results; who is still on the shortlist is not selected.",
      PHASE_ROLES,
      { { FACT(undecided), .missing = "%lld application{s have| has} no decision yet" },
        { FACT(fairness_open), .missing = "the fairness check has not passed" } } },
    { PHASE_PUBLISHED,
      PHASE_COMPLETED,
      "complete",
      "cycle.complete",
      NULL,
      "Archive the cycle.",
      PHASE_ROLES,
      { { 0 } } },
};
const size_t phase_rule_count = sizeof(phase_rules) / sizeof(phase_rules[0]);

const struct phase_rule *phase_rule_of(const char *verb)
{
    for (size_t i = 0; i < phase_rule_count; i++)
        if (str_eq(str_of(verb), str_of(phase_rules[i].verb)))
            return &phase_rules[i];
    return NULL;
}

const struct phase_rule *phase_rule_next(int32_t phase, bool open_within)
{
    for (size_t i = 0; i < phase_rule_count; i++) {
        const struct phase_rule *r = &phase_rules[i];
        if ((int32_t)r->from == phase && (r->to != r->from || open_within))
            return r;
    }
    return NULL;
}

/* "%lld application{s have| has} no metrics yet": the number, then the form for it. */
static void write_missing(struct buf *b, const char *text, int64_t n)
{
    struct str rest = str_of(text), head;
    rest = str_cut(rest, '%', &head);
    if (!rest.p) {
        buf_str(b, head);
        return;
    }
    buf_str(b, head);
    buf_i64(b, n);
    rest = str_sub(rest, 3, rest.n); /* "lld" */
    struct str after = str_cut(rest, '{', &head);
    buf_str(b, head);
    if (!after.p)
        return;
    struct str many, one;
    after = str_cut(after, '|', &many);
    after = str_cut(after, '}', &one);
    buf_str(b, n == 1 ? one : many);
    buf_str(b, after);
}

static int64_t fact_of(const struct cycle_facts *facts, uint32_t offset)
{
    int64_t v;
    memcpy(&v, (const char *)facts + offset, sizeof(v));
    return v;
}

err phase_check(struct ctx *c, const struct phase_rule *r, int32_t phase,
                const struct cycle_facts *facts)
{
    if (phase < 0 || phase >= PHASE_COUNT)
        return FAIL(c, INTERNAL, "cycle in an unknown phase");
    if (phase != (int32_t)r->from)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; %s needs '%s'", phase_text[phase], r->verb,
                    phase_text[r->from]);
    struct buf b;
    buf_init(&b, c->mem, FAULT_TEXT_MAX);
    for (size_t i = 0; i < PHASE_NEEDS_MAX && r->need[i].missing; i++) {
        const struct phase_need *need = &r->need[i];
        int64_t n = fact_of(facts, need->fact);
        if (n < 0)
            return FAIL(c, INTERNAL, "a gate of %s was not counted", r->verb);
        if ((n > 0) == need->at_least_one)
            continue;
        buf_str(&b, b.n ? S("; ") : S(""));
        write_missing(&b, need->missing, n);
    }
    if (b.n == 0)
        return ERR_OK;
    return FAIL(c, PHASE, "Cycle is in phase '%s' and %s cannot run: %.*s", phase_text[phase],
                r->verb, STR_ARG(buf_view(&b)));
}

static void write_gate(struct buf *out, const struct phase_rule *r)
{
    if (!r->need[0].missing)
        buf_lit(out, "none");
    for (size_t i = 0; i < PHASE_NEEDS_MAX && r->need[i].missing; i++) {
        const struct phase_need *need = &r->need[i];
        for (size_t k = 0; k < cycle_facts_schema.n; k++)
            if (facts_fields[k].offset == need->fact)
                buf_fmt(out, "%s`%s` %s", i ? ", " : "", facts_fields[k].name,
                        need->at_least_one ? "> 0" : "= 0");
    }
}

void phases_write_markdown(struct buf *out)
{
    buf_lit(out, "| from | to | verb | gate | job | log entry | what it does |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < phase_rule_count; i++) {
        const struct phase_rule *r = &phase_rules[i];
        buf_fmt(out, "| %s | %s | %s | ", phase_text[r->from], phase_text[r->to], r->verb);
        write_gate(out, r);
        buf_fmt(out, " | %s | %s | %s |\n", r->job ? r->job : "-", r->act, r->summary);
    }
    buf_lit(out, "\n| fact | meaning |\n|---|---|\n");
    for (size_t i = 0; i < cycle_facts_schema.n; i++)
        buf_fmt(out, "| `%s` | %s |\n", facts_fields[i].name, facts_fields[i].doc);
}

void phases_write_mermaid(struct buf *out)
{
    buf_lit(out, "stateDiagram-v2\n    [*] --> submission\n");
    for (size_t i = 0; i < phase_rule_count; i++)
        buf_fmt(out, "    %s --> %s: %s\n", phase_text[phase_rules[i].from],
                phase_text[phase_rules[i].to], phase_rules[i].verb);
    buf_lit(out, "    completed --> [*]\n");
}
