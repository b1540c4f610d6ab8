/* domain/audit_act.c: the closed table of what the log may say.
 * Add an act: one row, in the order of the names. A member with '?' behind it may be left out;
 * values are integers, booleans, hex, ids and short codes, never text that a person wrote. */
#include "domain/audit_act.h"

#include "base/str.h"

#define STAFF  "admin|auditor|system"
#define RUNNER "admin|system"
#define JUDGES "llm|builtin"

const struct audit_act audit_acts[] = {
    { "admin.create", RUNNER, SUBJ_ADMIN, "kind?,role?", "", "create" },
    { "admin.deactivate", RUNNER, SUBJ_ADMIN, "kind?,role?", "", "update" },
    { "admin.factor", STAFF, SUBJ_ADMIN, "kind", "", "update" },
    { "admin.login", STAFF, SUBJ_ADMIN, "kind?,role?", "", "login" },
    { "admin.logout", STAFF, SUBJ_ADMIN, "kind?,role?", "", "logout" },
    { "admin.password", STAFF, SUBJ_ADMIN, "kind?,role?", "", "update" },
    { "admin.role", RUNNER, SUBJ_ADMIN, "kind?,role?", "", "update" },
    { "admin.token", STAFF, SUBJ_ADMIN, "kind?,role?", "", "update" },
    { "appeal.decide", "admin", SUBJ_ANON, "decision", "reason", "update" },
    { "appeal.open", "student", SUBJ_APPLICATION, "", "reason?", "create" },
    { "application.submit", "student|import", SUBJ_APPLICATION, "", "payload", "create" },
    { "application.withdraw", RUNNER "|student", SUBJ_APPLICATION, "", "", "update" },
    { "batch.import", RUNNER, SUBJ_CYCLE, "batch?,count,sha256", "", "evaluate" },
    { "bias.gap", "monitor", SUBJ_INTERVIEW, "id?,seconds", "", "update" },
    { "bias.response", "monitor", SUBJ_INTERVIEW, "id?,points,response", "analysis,utterance?",
      "evaluate" },
    { "checkpoint.anchor", "system", SUBJ_NONE, "kind,size", "", "create" },
    { "clock.step", "system", SUBJ_NONE, "from,to", "", "update" },
    { "cycle.approve", RUNNER, SUBJ_CYCLE, "step", "", "update" },
    { "cycle.close", RUNNER, SUBJ_CYCLE, "dates?,seats?", "", "update" },
    { "cycle.complete", RUNNER, SUBJ_CYCLE, "forced?", "", "update" },
    { "cycle.create", RUNNER, SUBJ_CYCLE, "dates?,seats", "", "create" },
    { "cycle.delete", RUNNER, SUBJ_CYCLE, "dates?,seats?", "", "delete" },
    { "cycle.download", RUNNER "|auditor", SUBJ_CYCLE, "count,sha256", "", "update" },
    { "cycle.export", RUNNER, SUBJ_CYCLE, "count,forced?,sha256", "", "update" },
    { "cycle.freeze", RUNNER, SUBJ_CYCLE, "apps_root,count,forced?", "", "finalize" },
    { "cycle.open", RUNNER, SUBJ_CYCLE, "dates?,seats?", "", "update" },
    { "cycle.preprocess", RUNNER, SUBJ_CYCLE, "count?,forced?,policy?,scrubber?,tables?", "",
      "update" },
    { "cycle.process", RUNNER, SUBJ_CYCLE, "count?,forced?,provider", "", "evaluate" },
    { "cycle.publish", RUNNER, SUBJ_CYCLE, "fairness?,forced?,rows,shortlisted?", "", "publish" },
    { "cycle.scored", RUNNER "|" JUDGES, SUBJ_CYCLE, "count?", "", "evaluate" },
    { "cycle.select", RUNNER, SUBJ_CYCLE,
      "cutoff_e2,factor?,forced?,mode?,not_selected,scores_root,seats,selected,shortlisted?,"
      "tiebreak,tiebreak_seed,weights_e2?",
      "", "select" },
    { "cycle.update", RUNNER, SUBJ_CYCLE, "dates?,seats?", "", "update" },
    { "fairness.draw", RUNNER, SUBJ_CYCLE, "count,population,run,seed,variants", "", "create" },
    { "fairness.override", "admin", SUBJ_CYCLE, "run", "reason", "update" },
    { "fairness.report", RUNNER, SUBJ_CYCLE, "count,passed,run,sha256", "", "evaluate" },
    { "flag.resolve", "admin", SUBJ_FLAG, "verdict", "reason", "update" },
    { "identity.held", "system", SUBJ_ANON, "reason", "", "update" },
    { "identity.review", "admin", SUBJ_ANON, "decision,redacted?,restored?", "map,reason",
      "update" },
    { "identity.scrub", "system|import", SUBJ_ANON, "", "map", "create" },
    { "import.cycle", RUNNER, SUBJ_CYCLE, "dates,open,phase,provider?,seats", "", "create" },
    { "import.legacy", RUNNER, SUBJ_NONE, "breaks,count,first,head,kind,last,root", "", "create" },
    { "import.rows", RUNNER, SUBJ_CYCLE, "apps_root,count,scores,selected?,selections?",
      "decisions?", "create" },
    { "interview.assign", "admin", SUBJ_INTERVIEW, "admin", "reason?", "update" },
    { "interview.cancel", "admin|monitor", SUBJ_INTERVIEW, "code", "reason?", "update" },
    { "interview.complete", "admin", SUBJ_INTERVIEW, "", "", "update" },
    { "interview.decline", "admin", SUBJ_INTERVIEW, "", "reason", "update" },
    { "interview.schedule", "admin", SUBJ_INTERVIEW, "admin,anon,at,minutes", "", "create" },
    { "interview.score", "admin", SUBJ_INTERVIEW, "", "score", "evaluate" },
    { "interview.start", "admin", SUBJ_INTERVIEW, "", "", "update" },
    { "interview.update", "admin", SUBJ_INTERVIEW, "at,minutes", "", "update" },
    { "key.rotate", RUNNER, SUBJ_NONE, "new,old", "", "update" },
    { "log.init", "system", SUBJ_NONE, "schema,vkey", "", "create" },
    { "log.seal", "system", SUBJ_NONE, "size?", "", "finalize" },
    { "nudge.appeal", "admin", SUBJ_INTERVIEW, "nudge?", "reason?", "create" },
    { "nudge.decide", "admin", SUBJ_INTERVIEW, "nudge,verdict", "reason", "update" },
    { "pii.read", "admin|auditor", SUBJ_APPLICANT, "fields", "reason", "update" },
    { "review.decide", "admin", SUBJ_ANON, "decision", "reason", "update" },
    { "rubric.commit", RUNNER, SUBJ_CYCLE,
      "judge_model,judge_prompt_sha256,rubric_sha256?,weights_pct,worker_model,"
      "worker_prompt_sha256",
      "", "create" },
    { "score.attempt", JUDGES "|import|admin", SUBJ_ANON, "attempt,decision", "", "evaluate" },
    { "score.final", JUDGES "|import|admin", SUBJ_ANON, "", "score", "evaluate" },
    { "scrub.policy", RUNNER, SUBJ_CYCLE, "sha256,version", "", "update" },
    { "selection.final", RUNNER, SUBJ_CYCLE,
      "cutoff_e2,forced?,mode,not_selected,scores_root,seats,selected,tiebreak,tiebreak_seed,"
      "weights_e2",
      "", "select" },
    { "selection.score", RUNNER, SUBJ_ANON, "", "score", "evaluate" },
    { "status.change", RUNNER "|monitor", SUBJ_ADMIN, "cause?,from,to", "reason?", "update" },
    { "student.erase", RUNNER "|student", SUBJ_STUDENT, "basis", "", "delete" },
    { "student.export", "student", SUBJ_STUDENT, "", "", "update" },
    { "student.login", "student", SUBJ_STUDENT, "", "", "login" },
    { "subject.erase", RUNNER "|student", SUBJ_APPLICATION, "basis", "", "delete" },
    { "transcript.correct", "admin|student", SUBJ_INTERVIEW, "transcript", "text", "update" },
};
const size_t audit_act_count = sizeof(audit_acts) / sizeof(audit_acts[0]);

const struct audit_act *audit_act_of(struct str act)
{
    size_t low = 0, high = audit_act_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = str_cmp(act, str_of(audit_acts[mid].act));
        if (order == 0)
            return &audit_acts[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
