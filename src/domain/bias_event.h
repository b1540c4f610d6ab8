/* domain/bias_event.h: event files of the bias rules, one case a line, and their replay.
 * Two forms: a case {id, cfg, start, events[]} and an interview {id, cycle, start, turns[]}.
 * Pure; all memory is the context's arena. Any thread. */
#ifndef ENIGMA_DOMAIN_BIAS_EVENT_H
#define ENIGMA_DOMAIN_BIAS_EVENT_H

#include "domain/bias.h"

enum {
    BIAS_EVENTS_MAX = 10000, /* of one case */
    BIAS_LINE_MAX = 8 << 20, /* bytes of one case */
    BIAS_PEOPLE_MAX = 16,    /* evaluators of one case */
    BIAS_CYCLES_MAX = 64,    /* cycles in its start */
};

enum bias_event_kind {
    EVENT_ANALYSE,
    EVENT_STATUS,          /* reads the status, as the daily job does */
    EVENT_CAN_INTERVIEW,   /* the same at a join */
    EVENT_OVERTURN,        /* section 5: of an incident, an interview or all */
    EVENT_REINSTATE,       /* section 5 */
    EVENT_CONFIRM,         /* section 5 */
    EVENT_CYCLE_COMPLETED, /* of the cycle, for everybody */
    EVENT_DELIVERED,       /* the WARNING of this interview was on the screen */
    EVENT_RESUME,          /* a paused room goes on … */
    EVENT_TERMINATE,       /* … or ends */
    EVENT_KINDS
};
extern const struct names bias_event_names;

struct bias_event {
    enum bias_event_kind kind;
    int64_t t_us, turn; /* turn: its number in an interview */
    struct str interview, cycle;
    struct str evaluator;   /* absent: the only one */
    struct str by;          /* who reviews; absent: somebody else */
    struct bias_analysis a; /* its id alone for reviews */
    const char *bad;        /* the member that breaks V1 */
};
struct bias_case {
    struct str id;
    bool interview; /* the form with turns */
    struct bias_settings settings;
    struct bias_opening opening;
    struct bias_event *events;
    size_t n;
};
/* ERR_INVALID names the member and the rule, "events[2]: t is not a number of seconds". */
err bias_case_read(struct ctx *c, struct str line, struct bias_case *ret);

/* What happened, kept in memory: the ledgers, the rooms, the stored results. One case, one
 * thread; lives in the arena of the context it was opened with. */
struct bias_monitor;
struct bias_happened {
    bool error;            /* V1, or a review that names nothing or is one's own */
    const char *what;      /* with error: the member or the rule */
    struct bias_outcome o; /* response and the rest of EVENT_ANALYSE; counts and status of all */
};
err bias_monitor_open(struct ctx *c, const struct bias_case *k, struct bias_monitor **ret);
err bias_monitor_event(struct ctx *c, struct bias_monitor *m, const struct bias_event *e,
                       struct bias_happened *ret);
/* The rows of the only, or the first, evaluator. */
struct bias_ledger bias_monitor_ledger(const struct bias_monitor *m);

/* Reads, runs and prints: one JSON object an event, each on its line. The last line of an
 * interview also holds `turns` and `final`, for scorers that look at whole interviews. */
err bias_replay_line(struct ctx *c, struct str line, struct buf *out);

#endif
