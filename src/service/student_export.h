/* service/student_export.h: everything that is stored of a student, for that student. Before the
 * publication of a cycle nothing in it depends on scores, decisions or who looked at the identity.
 * Thread rule: workers. */
#ifndef ENIGMA_SERVICE_STUDENT_EXPORT_H
#define ENIGMA_SERVICE_STUDENT_EXPORT_H

#include "db/db.h"
#include "schema/schema.h"

struct export_opening { /* what a commitment of the log was made from */
    struct str field, salt, value;
};
struct export_entry { /* an entry of the log that concerns the student */
    int64_t index;
    struct str entry;   /* its exact bytes */
    struct list opened; /* struct export_opening */
};
struct export_read { /* somebody looked at the identity */
    int64_t read_at;
    struct str fields, reason;
};
struct export_appeal { /* against the result; without whoever decided */
    struct str reason;
    int64_t created_at;
    struct str decision, decision_reason; /* absent: it waits */
    int64_t decided_at;
};
struct export_application {
    struct str application_id;
    const void *cycle; /* struct own_cycle */
    int32_t status;
    int64_t submitted_at;
    struct str name, email, phone, address;
    int64_t gpa;
    struct list test_scores;
    struct str essay, achievements, consent_version;
    bool consent_stated;
    /* After publication, else absent. */
    const void *anonymous; /* struct export_scrubbed */
    const void *results;   /* struct result */
    const void *appeal;    /* struct export_appeal */
    struct list interviews, transcripts, identity_reads;
    struct list log;
};
struct student_export { /* GET /student/export */
    int64_t exported_at;
    const void *account; /* struct export_account */
    struct list identities, logins, drafts, applications;
    struct list log; /* entries about the account */
};
extern const struct schema student_export_schema;
/* By c->who. Writes student.export. */
err student_export(struct ctx *c, struct student_export *ret);

#endif
