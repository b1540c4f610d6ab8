/* service/identity_firewall.h: the one module that may put a person and anonymous data together,
 * and that gives an identity to anybody. Owners learn their own anonymous id and result after
 * publication. Staff read an identity for a stated reason, by one of the two ids and without the
 * other, and each time is in the log. What is missing and what one may not see have the same
 * answer after the same work.
 * Thread rule: workers. */
#ifndef ENIGMA_SERVICE_IDENTITY_FIREWALL_H
#define ENIGMA_SERVICE_IDENTITY_FIREWALL_H

#include "db/db.h"
#include "domain/student_view.h"

enum { IDENTITY_REASON_MIN = 10, IDENTITY_REASON_MAX = 500 };

struct identity_request { /* body of the two reads */
    struct str reason;    /* sealed beside the read; the log holds a commitment to it */
    struct list fields;   /* struct str: name, email, phone, address; absent: all four */
};
extern const struct schema identity_request_schema;
struct identity_reply {
    struct str application_id; /* the id that was asked by, never both */
    struct str anonymized_id;
    struct str name, email, phone, address; /* absent when not asked for, or not given */
};
extern const struct schema identity_by_application_schema, identity_by_anon_schema;

/* admin: from the selection on; super_admin: in every phase; never an auditor. Writes pii.read.
 * ERR_NOT_FOUND: missing, erased, or too early. */
err identity_read_application(struct ctx *c, struct str application_id,
                              const struct identity_request *q, struct identity_reply *ret);
/* admin and super_admin: who was shortlisted or selected, from the selection on; anybody after
 * publication. */
err identity_read_anon(struct ctx *c, struct str anonymized_id, const struct identity_request *q,
                       struct identity_reply *ret);

/* In a transaction: a student's own applications, newest first, as the student may see them now:
 * statuses as shown, the anonymous id only after publication. Rows are struct own_view. */
struct own_view {
    struct str application_id, anonymized_id;
    int32_t status;
    int64_t submitted_at;
    struct own_cycle cycle;
    bool is_open; /* its cycle is the open one */
};
err firewall_own(struct ctx *c, struct tx *tx, struct str student_id, struct list *ret);
/* In a transaction: the result of an own application after publication. */
err firewall_own_result(struct ctx *c, struct tx *tx, struct str anonymized_id, struct result *ret,
                        bool *ret_found);
enum { OWN_APPLICATIONS_MAX = 200 };

/* In a transaction, for the review of what the scrubber held (service/held.c): what the applicant
 * wrote, and no id. ERR_NOT_FOUND when it was erased. */
struct original_texts {
    struct str essay, achievements;
};
err firewall_original(struct ctx *c, struct tx *tx, struct str application_id,
                      struct original_texts *ret);
/* The read of those texts, under the anonymous id: pii.read, and the sealed reason. */
err firewall_note_original(struct ctx *c, struct tx *tx, struct str cycle_id,
                           struct str anonymized_id, struct str reason);

#endif
