/* scrub/told.h: clauses that tell something of the writer or of their family without a word that a
 * list could hold: "we lost the house", "I hear nothing on my left side". Of this room only. */
#ifndef ENIGMA_SCRUB_TOLD_H
#define ENIGMA_SCRUB_TOLD_H

#include "scrub/proxy.h"

/* How a word of the clause may stand. */
enum step_mode {
    STEP_END,
    STEP_MUST, /* this one is next */
    STEP_ANY,  /* any number of them */
    STEP_FAR   /* behind STEP_REACH other words at most */
};
struct step {
    const struct words *words;
    enum step_mode mode;
};
#define MUST(list)                                                                                 \
    {                                                                                              \
        &(list), STEP_MUST                                                                         \
    }
#define ANY(list)                                                                                  \
    {                                                                                              \
        &(list), STEP_ANY                                                                          \
    }
#define FAR(list)                                                                                  \
    {                                                                                              \
        &(list), STEP_FAR                                                                          \
    }

/* Whom a clause is told of. */
enum told_of {
    OF_PARENT = 1 << 0, /* my mother, both my parents */
    OF_HOME = 1 << 1,   /* we, my family, our household */
    OF_SELF = 1 << 2,   /* I */
    OF_OWNED = 1 << 3   /* my: what follows is mine */
};
/* How much of it goes. */
enum told_how {
    TOLD_WHOLE,  /* from the subject to the last word asked for */
    TOLD_SAID,   /* without the subject */
    TOLD_CLAUSE, /* and on to the clause's end */
    TOLD_BARE,   /* the whole, where no object follows: "my father drinks", not "drinks tea" */
    TOLD_ALONE,  /* the same, and on to the clause's end */
    TOLD_THING   /* the last word asked for, with what describes it */
};
enum { TOLD_STEPS = 9 }; /* the end included */
struct told {
    unsigned of;
    enum told_how how;
    struct step steps[TOLD_STEPS];
};

/* Takes the first of the rows that tells of the one whom token k names, if any. */
bool told_take(struct pass *p, size_t k, const struct told *rows, size_t n, enum scrub_type type,
               const char *rule);
#define TOLD_TAKE(p, k, rows, type, rule)                                                          \
    told_take((p), (k), (rows), sizeof(rows) / sizeof((rows)[0]), (type), (rule))

#endif
