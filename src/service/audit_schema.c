/* The real names of the tables and columns that the verification speaks of, as JSON. */
#include "base/str.h"
#include "codec/json.h"
#include "service/audit_verify.h"

/* role: what the name is for; columns: "role=column" pairs, separated by blanks. */
static const struct {
    const char *part, *role, *table, *columns;
} names[] = {
    { "log", "entries", "audit_entry",
      "index=idx time=ts act=act actor=actor subject=subj cycle=cycle_id leaf=leaf entry=entry" },
    { "log", "tiles", "audit_tile", "level=level index=idx data=data" },
    { "log", "checkpoints", "audit_checkpoint", "size=size root=root note=note time=created_at" },
    { "log", "pending", "audit_pending",
      "id=pending_id act=act subject=subj cycle=cycle_id draft=draft time=created_at" },
    { "log", "subject_keys", "subject_key",
      "subject=subject wrapped=wrapped created_at=created_at" },
    { "rows", "applications", "applications",
      "id=application_id cycle=admission_cycle_id gpa=gpa status=status" },
    { "rows", "application_texts", "application_texts",
      "id=application_id essay=essay achievements=achievements test_scores=test_scores "
      "identity=sealed_identity email_hash=email_hash" },
    { "rows", "anonymous", "anonymized_applications",
      "id=anonymized_id application=application_id cycle=admission_cycle_id gpa=gpa" },
    { "rows", "anonymous_texts", "anonymized_texts",
      "id=anonymized_id essay=essay_scrubbed achievements=achievements_scrubbed "
      "test_scores=test_scores" },
    { "rows", "mapping", "identity_mapping",
      "anonymous=anonymized_id application=application_id identity=encrypted_pii" },
    { "rows", "scores", "final_scores",
      "id=anonymized_id cycle=admission_cycle_id final=final_score academic=academic_score "
      "test=test_score achievement=achievement_score essay=essay_score hash=hash "
      "attempts=worker_attempts status=status" },
    { "rows", "cycles", "admission_cycles",
      "id=cycle_id phase=phase open=is_open seats=max_seats submissions=current_seats "
      "selected=selected_count start=start_date end=end_date result=result_date "
      "freeze_leaf=freeze_leaf provider=provider" },
    { "rows", "scrub_policies", "scrub_policies",
      "cycle=admission_cycle_id version=version policy=policy sha256=sha256" },
    { "rows", "selections", "selection_logs",
      "cycle=admission_cycle_id selected=selected_count cutoff=cutoff_score "
      "criteria=selection_criteria executed_by=executed_by" },
    { "rows", "shortlists", "shortlists",
      "cycle=admission_cycle_id factor=factor application=weight_application "
      "interview=weight_interview shortlisted=shortlisted_count finished=finished_at" },
    { "rows", "reviews", "evaluation_reviews",
      "anonymous=anonymized_id cycle=admission_cycle_id decision=decision note=note" },
    { "rows", "interviews", "interviews",
      "id=id application=application_id status=status admin=admin_id time=interview_time "
      "minutes=duration_minutes started=started_at reason=cancel_reason" },
    { "rows", "fairness", "fairness_runs",
      "run=run_id cycle=admission_cycle_id seed=seed population=population sampled=sampled "
      "variants=variants outcome=outcome report=report override=override_reason" },
    { "rows", "appeals", "result_appeals",
      "anonymous=anonymized_id cycle=admission_cycle_id decision=decision note=decision_reason" },
    { "rows", "interview_scores", "interview_scores",
      "interview=interview_id communication=communication_score "
      "critical_thinking=critical_thinking_score motivation=motivation_score "
      "final=final_interview_score" },
    { "rows", "admins", "admin_users",
      "id=admin_id role=role active=is_active last_login=last_login" },
    { "legacy", "decisions", "hash_chain",
      "id=chain_id anonymous=anonymized_id type=decision_type data=data_json hash=data_hash "
      "previous=previous_hash time=timestamp" },
    { "legacy", "audit", "legacy_audit_logs",
      "id=log_id time=timestamp entity_type=entity_type entity=entity_id action=action actor=actor "
      "previous=previous_hash hash=current_hash" },
};
enum { NAMES_N = sizeof(names) / sizeof(names[0]) };

static void write_columns(struct buf *out, struct str columns)
{
    buf_lit(out, "\"columns\":{");
    for (bool first = true; columns.p; first = false) {
        struct str pair, role;
        columns = str_cut(columns, ' ', &pair);
        struct str column = str_cut(pair, '=', &role);
        if (!first)
            buf_c(out, ',');
        json_write_str(out, role);
        buf_c(out, ':');
        json_write_str(out, column);
    }
    buf_c(out, '}');
}

static void write_part(struct buf *out, const char *part)
{
    bool first = true;
    for (size_t i = 0; i < NAMES_N; i++) {
        if (strcmp(names[i].part, part) != 0)
            continue;
        if (!first)
            buf_c(out, ',');
        first = false;
        json_write_str(out, str_of(names[i].role));
        buf_lit(out, ":{\"table\":");
        json_write_str(out, str_of(names[i].table));
        buf_c(out, ',');
        write_columns(out, str_of(names[i].columns));
        buf_c(out, '}');
    }
}

void audit_schema_write(struct buf *out)
{
    buf_lit(out, "{\"v\":1,\"log\":{");
    write_part(out, "log");
    buf_lit(out, "},\"rows\":{");
    write_part(out, "rows");
    buf_lit(out, "},\"legacy\":{");
    write_part(out, "legacy");
    buf_lit(out, "}}");
}
