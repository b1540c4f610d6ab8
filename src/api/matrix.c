/* Who gets which answer in which phase: the rows' roles, the phase table, and the few things that
 * come into being only on the way. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/phase.h"
#include "domain/role.h"

#include <string.h>

const char *const matrix_caller_names[MATRIX_CALLERS] = {
    "nobody", "student", "other_student", "auditor", "admin", "super_admin",
};
static const uint32_t caller_roles[MATRIX_CALLERS] = {
    ROLE_PUBLIC, ROLE_STUDENT, ROLE_STUDENT, ROLE_AUDITOR, ROLE_ADMIN, ROLE_SUPER_ADMIN,
};

enum { OWNER = 1 << MATRIX_STUDENT, OTHER = 1 << MATRIX_OTHER_STUDENT };
enum { STAFF = 1 << MATRIX_AUDITOR | 1 << MATRIX_ADMIN | 1 << MATRIX_SUPER_ADMIN };
enum { MANAGERS = 1 << MATRIX_ADMIN | 1 << MATRIX_SUPER_ADMIN };
enum { STUDENTS = OWNER | OTHER, ANYBODY = 1 << MATRIX_NOBODY | STUDENTS | STAFF };

/* What a caller whom the row lets in finds behind it, phase by phase, where that is not 200. The
 * cycle has applications; the request is well formed; a step's own column comes from its rule. The
 * final selection meets a shortlist whose interviews have their scores. */
static const struct finding {
    const char *method, *path;
    unsigned callers; /* bits of enum matrix_caller */
    int status[PHASE_COUNT];
} findings[] = {
    /* One set-up in an installation's life, and it is over. */
    { "POST", "/setup", ANYBODY, { 403, 403, 403, 403, 403, 403, 403, 403, 403 } },
    /* To the identity provider, and back to a page. */
    { "GET",
      "/auth/student/google/start",
      ANYBODY,
      { 303, 303, 303, 303, 303, 303, 303, 303, 303 } },
    { "GET",
      "/auth/student/google/callback",
      ANYBODY,
      { 303, 303, 303, 303, 303, 303, 303, 303, 303 } },
    { "POST", "/applications", STUDENTS, { 200, 400, 400, 400, 400, 400, 400, 400, 400 } },
    { "GET",
      "/applications/{application_id}",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* The owner has applied; the other student has a draft, which can be read after the deadline.
     */
    { "GET", "/applications/draft", OWNER, { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "PUT", "/applications/draft", OWNER, { 400, 400, 400, 400, 400, 400, 400, 400, 400 } },
    { "PUT", "/applications/draft", OTHER, { 200, 400, 400, 400, 400, 400, 400, 400, 400 } },
    { "DELETE", "/applications/draft", OWNER, { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/applications/{application_id}/withdraw",
      OWNER,
      { 200, 400, 400, 400, 400, 400, 400, 400, 400 } },
    { "POST",
      "/applications/{application_id}/withdraw",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET",
      "/applications/{application_id}/timeline",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* While an application is being decided erasure waits. */
    { "POST", "/student/erasure", OWNER, { 200, 202, 202, 202, 202, 202, 202, 200, 200 } },
    /* The owner's place is won: by the anonymous id that is what opens the identity. */
    { "POST",
      "/admin/applications/{application_id}/identity",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "POST",
      "/admin/results/{anonymized_id}/identity",
      MANAGERS,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET", "/results/{anonymized_id}", OWNER, { 404, 404, 404, 404, 404, 404, 404, 200, 200 } },
    { "GET", "/results/{anonymized_id}", OTHER, { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET", "/results/{anonymized_id}", STAFF, { 404, 404, 404, 404, 404, 200, 200, 200, 200 } },
    /* Interviews begin with the selection. */
    { "GET",
      "/interviews/{interview_id}/status",
      OWNER | STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/interviews/{interview_id}/status",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* The admin interviews the owner, who has won a place: no slot is given any more. What is the
     * interviewer's alone is not there for others. */
    { "POST",
      "/admin/interviews/schedule",
      MANAGERS,
      { 404, 404, 400, 400, 400, 400, 400, 400, 400 } },
    { "GET",
      "/admin/interviews/{interview_id}",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "PUT",
      "/admin/interviews/{interview_id}",
      MANAGERS,
      { 404, 404, 404, 404, 404, 404, 200, 400, 400 } },
    { "DELETE",
      "/admin/interviews/{interview_id}",
      MANAGERS,
      { 404, 404, 404, 404, 404, 404, 204, 400, 400 } },
    { "POST",
      "/admin/interviews/{interview_id}/reassign",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 409, 400, 400 } },
    { "POST",
      "/admin/interviews/{interview_id}/reassign",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 400, 400 } },
    { "POST",
      "/admin/interviews/{interview_id}/start-interview",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 400, 400 } },
    { "POST",
      "/admin/interviews/{interview_id}/decline",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 400, 400 } },
    { "GET",
      "/admin/interviews/{interview_id}/scores/draft",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "PUT",
      "/admin/interviews/{interview_id}/scores/draft",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 409, 409, 409 } },
    { "POST",
      "/admin/interviews/{interview_id}/scores",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 409, 409, 409 } },
    { "POST",
      "/admin/interviews/{interview_id}/start-interview",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/interviews/{interview_id}/decline",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET",
      "/admin/interviews/{interview_id}/scores/draft",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "PUT",
      "/admin/interviews/{interview_id}/scores/draft",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/interviews/{interview_id}/scores",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET",
      "/admin/interviews/{interview_id}/scores",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/interviews/{interview_id}/calendar.ics",
      OWNER | STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/interviews/{interview_id}/calendar.ics",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/interviews/{interview_id}/ticket",
      OWNER | MANAGERS,
      { 404, 404, 404, 404, 404, 404, 200, 400, 400 } },
    { "POST",
      "/interviews/{interview_id}/ticket",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* Nothing was said: there is nothing to correct. */
    { "GET",
      "/interviews/{interview_id}/transcript",
      OWNER | STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/interviews/{interview_id}/transcript",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET",
      "/interviews/{interview_id}/transcript.txt",
      OWNER | STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/interviews/{interview_id}/transcript.txt",
      OTHER,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "PUT",
      "/interviews/{interview_id}/transcript/{transcript_id}",
      STUDENTS | MANAGERS,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "DELETE",
      "/admin/cycles/{cycle_id}",
      STAFF,
      { 400, 400, 400, 400, 400, 400, 400, 400, 400 } },
    { "PUT",
      "/admin/cycles/{cycle_id}/open",
      STAFF,
      { 200, 400, 400, 400, 400, 400, 400, 400, 400 } },
    /* Locked when preprocessing begins; nothing of these applications is held. */
    { "PUT",
      "/admin/cycles/{cycle_id}/scrub-policy",
      STAFF,
      { 200, 200, 400, 400, 400, 400, 400, 400, 400 } },
    { "GET",
      "/admin/held/{anonymized_id}",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/held/{anonymized_id}/original",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/held/{anonymized_id}/decision",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* A review belongs to an anonymous application; this one is decided. */
    { "GET",
      "/admin/cycles/{cycle_id}/review/{anonymized_id}",
      STAFF,
      { 404, 404, 200, 200, 200, 200, 200, 200, 200 } },
    { "POST",
      "/admin/cycles/{cycle_id}/review/{anonymized_id}",
      STAFF,
      { 404, 404, 400, 400, 400, 400, 400, 400, 400 } },
    /* What can be tested passes with the built-in evaluator: there is nothing to override. */
    { "POST",
      "/admin/cycles/{cycle_id}/fairness",
      STAFF,
      { 400, 400, 400, 400, 400, 200, 200, 400, 400 } },
    { "POST",
      "/admin/cycles/{cycle_id}/fairness/override",
      STAFF,
      { 400, 400, 400, 400, 400, 400, 400, 400, 400 } },
    /* Against a published result, by its owner; the staff of this world has none to decide. */
    { "POST", "/appeals", OWNER, { 400, 400, 400, 400, 400, 400, 400, 200, 200 } },
    { "POST", "/appeals", OTHER, { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/cycles/{cycle_id}/appeals/{anonymized_id}",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    /* There is no anonymous id before preprocessing. */
    { "GET",
      "/admin/cycles/{cycle_id}/applications/{anonymized_id}",
      STAFF,
      { 404, 404, 200, 200, 200, 200, 200, 200, 200 } },
    /* A batch is there from the export on; what is imported twice changes nothing. */
    { "GET",
      "/admin/batch/{batch_id}/status",
      STAFF,
      { 404, 404, 404, 200, 200, 200, 200, 200, 200 } },
    { "GET",
      "/admin/batch/{batch_id}/files",
      STAFF,
      { 404, 404, 404, 200, 200, 200, 200, 200, 200 } },
    { "GET",
      "/admin/batch/{batch_id}/failures",
      STAFF,
      { 404, 404, 404, 200, 200, 200, 200, 200, 200 } },
    { "POST",
      "/admin/batch/{batch_id}/retry",
      STAFF,
      { 404, 404, 404, 400, 400, 400, 400, 400, 400 } },
    { "POST",
      "/admin/batch/{batch_id}/import",
      STAFF,
      { 404, 404, 404, 400, 200, 200, 200, 200, 200 } },
    { "POST",
      "/admin/batch/{batch_id}/results",
      STAFF,
      { 404, 404, 404, 400, 200, 200, 200, 200, 200 } },
    { "POST", "/admin/batch/import", STAFF, { 404, 404, 404, 400, 200, 200, 200, 200, 200 } },
    /* The first job of a cycle is its preprocessing; a job that is over cannot be cancelled, nor
     * can one that has not failed be tried again. */
    { "GET", "/jobs/{job_id}", STAFF, { 404, 404, 200, 200, 200, 200, 200, 200, 200 } },
    { "GET", "/jobs/{job_id}/failures", STAFF, { 404, 404, 200, 200, 200, 200, 200, 200, 200 } },
    { "GET", "/jobs/{job_id}/events", STAFF, { 404, 404, 200, 200, 200, 200, 200, 200, 200 } },
    { "POST", "/jobs/{job_id}/cancel", STAFF, { 404, 404, 409, 409, 409, 409, 409, 409, 409 } },
    { "POST", "/jobs/{job_id}/retry", STAFF, { 404, 404, 409, 409, 409, 409, 409, 409, 409 } },
    /* What the monitor heard in an interview; nudges are one's own, histories of others are not for
     * a plain admin. */
    { "GET",
      "/admin/bias/flags/{flag_id}",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "PUT",
      "/admin/bias/flags/{flag_id}/resolve",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "GET",
      "/admin/bias/history/{admin_id}",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "GET",
      "/admin/evaluators/{admin_id}/drift",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/bias/nudges/{nudge_id}/appeal",
      1 << MATRIX_ADMIN,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    { "POST",
      "/admin/bias/nudges/{nudge_id}/appeal",
      1 << MATRIX_SUPER_ADMIN,
      { 404, 404, 404, 404, 404, 404, 404, 404, 404 } },
    { "POST",
      "/admin/bias/appeals/{nudge_id}",
      STAFF,
      { 404, 404, 404, 404, 404, 404, 200, 200, 200 } },
    /* Whoever asks has no second factor, and has not begun to set one up. */
    { "POST", "/admin/auth/totp/confirm", STAFF, { 409, 409, 409, 409, 409, 409, 409, 409, 409 } },
    { "POST",
      "/admin/auth/totp/recovery-codes",
      STAFF,
      { 409, 409, 409, 409, 409, 409, 409, 409, 409 } },
    { "POST", "/admin/auth/totp/disable", STAFF, { 409, 409, 409, 409, 409, 409, 409, 409, 409 } },
    { "DELETE",
      "/admin/users/{admin_id}/totp",
      STAFF,
      { 409, 409, 409, 409, 409, 409, 409, 409, 409 } },
};

static const struct phase_rule *rule_of(const struct route *r)
{
    static const char stem[] = "/admin/cycles/{cycle_id}/";
    if (strcmp(r->method, "POST") != 0 || !str_starts(str_of(r->path), str_of(stem)))
        return NULL;
    return phase_rule_of(r->path + sizeof(stem) - 1);
}

int matrix_status(const struct route *r, enum matrix_caller who, int32_t phase)
{
    uint32_t roles = caller_roles[who];
    bool may = (r->roles & ROLE_PUBLIC) || (r->roles & roles);
    if (!may)
        return who == MATRIX_NOBODY || (roles == ROLE_STUDENT && !(r->roles & ROLE_STUDENT)) ? 401
                                                                                             : 403;
    const struct phase_rule *rule = rule_of(r);
    if (rule)
        return phase == (int32_t)rule->from ? 200 : 400;
    for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
        const struct finding *f = &findings[i];
        if ((f->callers & 1U << who) && strcmp(f->method, r->method) == 0 &&
            strcmp(f->path, r->path) == 0)
            return f->status[phase];
    }
    return 200;
}

static void write_caller(struct buf *out, const struct route *r, enum matrix_caller who)
{
    int first = matrix_status(r, who, 0);
    bool same = true;
    for (int32_t p = 1; p < PHASE_COUNT; p++)
        same = same && matrix_status(r, who, p) == first;
    buf_fmt(out, "\"%s\":", matrix_caller_names[who]);
    if (same) {
        buf_i64(out, first);
        return;
    }
    for (int32_t p = 0; p < PHASE_COUNT; p++)
        buf_fmt(out, "%s%d", p ? "," : "[", matrix_status(r, who, p));
    buf_c(out, ']');
}

static void write_route(struct buf *out, const struct route *r)
{
    buf_fmt(out, "{\"method\":\"%s\",\"path\":\"%s\",\"status\":{", r->method, r->path);
    for (int who = 0; who < MATRIX_CALLERS; who++) {
        if (who)
            buf_c(out, ',');
        write_caller(out, r, (enum matrix_caller)who);
    }
    buf_lit(out, "}}");
}

void routes_write_matrix(struct buf *out, const struct route_table *tables, size_t n)
{
    buf_lit(out,
            "{\"v\":1,\n\"about\":\"Status of a good request by route, caller and phase of the "
            "cycle, in demo mode, with an identity provider; one number holds in every "
            "phase.\",\n\"callers\":[");
    for (int who = 0; who < MATRIX_CALLERS; who++)
        buf_fmt(out, "%s\"%s\"", who ? "," : "", matrix_caller_names[who]);
    buf_lit(out, "],\n\"phases\":[");
    for (int p = 0; p < PHASE_COUNT; p++)
        buf_fmt(out, "%s\"%s\"", p ? "," : "", phase_names.v[p]);
    buf_lit(out, "],\n\"routes\":[\n");
    bool first = true;
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            if (!first)
                buf_lit(out, ",\n");
            first = false;
            write_route(out, &tables[t].routes[i]);
        }
    }
    buf_lit(out, "\n]}\n");
}

/* "404", or "404 (1-7), 200 (8-9)": phases by number. */
static void table_cell(struct buf *out, const struct route *r, enum matrix_caller who)
{
    for (int32_t from = 0, to; from < PHASE_COUNT; from = to) {
        const int status = matrix_status(r, who, from);
        for (to = from + 1; to < PHASE_COUNT && matrix_status(r, who, to) == status;)
            to++;
        buf_fmt(out, "%s%d", from ? ", " : "", status);
        if (from == 0 && to == PHASE_COUNT)
            return;
        if (to == from + 1)
            buf_fmt(out, " (%d)", from + 1);
        else
            buf_fmt(out, " (%d-%d)", from + 1, to);
    }
}

void routes_write_rights(struct buf *out, const struct route_table *tables, size_t n)
{
    buf_lit(out, "# Who gets which answer when\n\n"
                 "Status of a good request by route, caller and phase of the cycle, in demo mode. "
                 "\"Student\" owns what the path names. Phases:\n");
    for (int p = 0; p < PHASE_COUNT; p++)
        buf_fmt(out, "%s%d %s", p ? ", " : "", p + 1, phase_names.v[p]);
    buf_lit(out, ".\n\n| route |");
    for (int who = 0; who < MATRIX_CALLERS; who++)
        buf_fmt(out, " %s |", matrix_caller_names[who]);
    buf_lit(out, "\n|---|---|---|---|---|---|---|\n");
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct route *r = &tables[t].routes[i];
            buf_fmt(out, "| %s `%s` |", r->method, r->path);
            for (int who = 0; who < MATRIX_CALLERS; who++) {
                buf_c(out, ' ');
                table_cell(out, r, (enum matrix_caller)who);
                buf_lit(out, " |");
            }
            buf_c(out, '\n');
        }
    }
}
