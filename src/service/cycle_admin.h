/* service/cycle_admin.h: cycles: create, read, change, open, close, delete; the public facts. */
#ifndef ENIGMA_SERVICE_CYCLE_ADMIN_H
#define ENIGMA_SERVICE_CYCLE_ADMIN_H

#include "db/db.h"
#include "domain/cycle.h"

err cycle_create(struct ctx *c, const struct cycle_new *n, struct cycle *ret);
err cycle_get(struct ctx *c, struct str cycle_id, struct cycle *ret);
/* Newest first; cursor absent: from the start. *ret_next absent at the end; *ret_total of all. */
err cycle_list(struct ctx *c, int64_t limit, struct str cursor, struct list *ret,
               struct str *ret_next, int64_t *ret_total);
/* seen says which members were sent. if_match absent or the cycle's ETag, else ERR_PRECONDITION.
 * Seats and dates are locked after selection. */
err cycle_update(struct ctx *c, struct str cycle_id, const struct cycle_new *n,
                 const struct seen *seen, struct str if_match, struct cycle *ret);
err cycle_delete(struct ctx *c, struct str cycle_id);
err cycle_open(struct ctx *c, struct str cycle_id, struct cycle *ret); /* closes any other */
err cycle_close(struct ctx *c, struct str cycle_id, struct cycle *ret);
err cycle_active(struct ctx *c, struct cycle *ret, bool *ret_found);
err cycle_status_get(struct ctx *c, struct str cycle_id, struct cycle_status *ret);
/* Strong ETag text with quotes, from the row's version. */
struct str cycle_etag(struct ctx *c, const struct cycle *cy);
err admission_info_get(struct ctx *c, struct admission_info *ret);

struct dashboard_stats { /* GET /dashboard/stats */
    int64_t total_applications, completed_evaluations;
    int64_t average_score;         /* hundredths or null */
    struct str score_distribution; /* JSON object; null under k = 5 before publication */
    struct str processing_stats;   /* JSON object status -> count */
    int64_t timestamp;
};
extern const struct schema dashboard_stats_schema;
err dashboard_stats_get(struct ctx *c, struct str cycle_id, struct dashboard_stats *ret);

#endif
