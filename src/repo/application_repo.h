/* repo/application_repo.h: SQL of applications, their texts, and what the phases do to them.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_APPLICATION_REPO_H
#define ENIGMA_REPO_APPLICATION_REPO_H

#include "db/db.h"
#include "domain/application.h"
#include "domain/student_view.h"

struct application_record { /* applications and application_texts together */
    struct str application_id, admission_cycle_id, student_id;
    int64_t timestamp;
    int64_t gpa; /* hundredths */
    int32_t status;
    int64_t scrub_order; /* a random place: scrubbing must not follow the order of submission */
    struct str email_hash;
    struct list test_scores; /* struct e2_pair */
    struct str sealed_identity, essay, achievements;
    struct str consent_version; /* of the text that the student agreed to; absent: not known */
    bool consent_stated;        /* the client named it; else it is what was shown */
};
/* Rows and their texts, sent without waiting. ERR_CONFLICT, of this or of what follows: a student
 * already has one in the cycle. */
err application_insert(struct ctx *c, struct tx *tx, const struct application_record *v, size_t n);

struct applicant {
    struct str primary_email;
    int32_t status;
    int64_t now;    /* when it was read, by the shared clock */
    bool has_draft; /* for some cycle */
};
err applicant_find(struct ctx *c, struct tx *tx, struct str student_id, struct applicant *ret,
                   bool *ret_found);

/* One's own application and its cycle, without anything anonymous. */
struct application_own {
    struct str application_id, student_id;
    int32_t status;
    int64_t submitted_at;
    struct own_cycle cycle;
};
err application_own_find(struct ctx *c, struct tx *tx, struct str application_id,
                         struct application_own *ret, bool *ret_found);
/* submitted -> withdrawn; *ret_changed is 0 when it had another status. */
err application_take_back(struct ctx *c, struct tx *tx, struct str application_id,
                          int64_t *ret_changed);

struct status_count {
    int32_t status;
    int64_t n;
};
/* Rows are struct status_count. */
err application_counts(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret);
struct phase_status_count {
    int32_t phase, status;
    int64_t n;
};
/* The same over all cycles, with the phase of each; rows are struct phase_status_count. */
err application_counts_all(struct ctx *c, struct tx *tx, struct list *ret);

/* One UPDATE: all of the cycle with this status get the other one. */
err application_move(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t from, int32_t to,
                     int64_t *ret_changed);
/* Those of status `was` whose final score says `chosen` get that status. */
err application_choose(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t was,
                       int32_t chosen, int64_t *ret_changed);

#endif
