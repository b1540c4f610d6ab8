/* service/original_inner.h: what the parts of the import from an original installation share.
 * Private to original_*.c. */
#ifndef ENIGMA_SERVICE_ORIGINAL_INNER_H
#define ENIGMA_SERVICE_ORIGINAL_INNER_H

#include "codec/id.h"
#include "crypto/fernet.h"
#include "domain/legacy.h"
#include "repo/legacy_repo.h"
#include "repo/original_repo.h"
#include "service/audit_log.h"
#include "service/original_import.h"

/* What happened to a row. LEFT: it is not here now. COUNT: too common to be listed by id. */
enum note_kind { NOTE_LEFT, NOTE_KEPT, NOTE_COUNT_ONLY };
#define NOTES(X)                                                                                   \
    X(BAD_ID, LEFT, "identifier of another form than ENIGMA's")                                    \
    X(UNKNOWN_LABEL, LEFT, "enum label that is not known")                                         \
    X(BAD_NUMBER, LEFT, "number that is not finite or too large")                                  \
    X(BAD_TESTS, LEFT, "test scores that are not an object of at most 20 numbers")                 \
    X(TOO_LONG, LEFT, "text that is too long")                                                     \
    X(BAD_SEATS, LEFT, "cycle without seats")                                                      \
    X(CYCLE_LEFT, LEFT, "row of a cycle that was left out")                                        \
    X(ORPHAN, LEFT, "row of something that was left out")                                          \
    X(NO_ADMIN, LEFT, "row of an administrator who is not here")                                   \
    X(NO_STUDENT, LEFT, "row of a student who is not here")                                        \
    X(EARLY_SCORE, LEFT, "final score before the evaluation of its cycle")                         \
    X(OLD_JUDGEMENT, LEFT, "judgement with a newer one of the same result")                        \
    X(TEXT_CHAIN, LEFT, "chain whose ids are text (a schema before e2354a7dd801)")                 \
    X(GROWN, LEFT, "row missing from a cycle that an earlier run imported")                        \
    X(ADMIN_ID, KEPT, "identifier of another form: changed")                                       \
    X(ADMIN_ROLE, KEPT, "role that is not known: inactive auditor now")                            \
    X(USERNAME, KEPT, "user name differs from another's only by case: changed")                    \
    X(EMAIL, KEPT, "e-mail address of another account: replaced by ID@duplicate.invalid")          \
    X(CYCLE_OPEN, KEPT, "open cycle: closed, since another is open or its phase is past")          \
    X(CYCLE_COUNTS, KEPT, "counters of the cycle differ from its rows: counted anew")              \
    X(NO_ACCOUNT, KEPT, "application without a student account: no student can open it")           \
    X(OUT_OF_RANGE, KEPT, "number outside today's limits: kept")                                   \
    X(ROUNDED, COUNT_ONLY, "numbers rounded to hundredths")                                        \
    X(STATUS, KEPT, "status that does not fit the cycle's phase: changed")                         \
    X(NEVER_SCORED, KEPT, "never prepared or scored although its cycle went on: failed now")       \
    X(TOKEN_KEY, KEPT, "sealed identity does not open with the keys given: rebuilt")               \
    X(TOKEN_OTHER, KEPT, "sealed identity names another e-mail address: rebuilt")                  \
    X(TOKEN_NONE, KEPT, "no sealed identity: made from the application")                           \
    X(ATTEMPTS, COUNT_ONLY, "attempts numbered anew")                                              \
    X(NO_JUDGE, KEPT, "result without a judgement that can be read")                               \
    X(UNJUDGED, KEPT, "cycle has final scores that no judge approved: select will refuse them")    \
    X(DETAILS, KEPT, "details of an audit row too long to be kept")                                \
    X(BAD_LIST, KEPT, "strengths or areas that are not a list of texts: empty now")                \
    X(HASH_UNKNOWN, KEPT, "final score whose hash is not in the chain")                            \
    X(BAD_MARK, LEFT, "interview score outside 0 to 10")                                           \
    X(RESELECT, LEFT, "selection that did not end: select makes it again")                         \
    X(SHORTLIST, KEPT, "short list without a final selection: scored again, select makes it anew") \
    X(NO_RECOUNT, KEPT, "selection was made before: bound as it is, cannot be recounted")
enum note {
#define X(name, kind, text) ON_##name,
    NOTES(X)
#undef X
        ON_COUNT
};

struct broken_row {
    int64_t id;
    unsigned bits;
};
/* All that is counted: plain data, so that a transaction that is tried again takes it back. */
struct tally {
    int64_t imported[ORIG_TABLE_COUNT], already[ORIG_TABLE_COUNT], left[ORIG_TABLE_COUNT];
    int64_t notes[ON_COUNT];
    struct original_problem problems[ORIGINAL_PROBLEMS_MAX];
    int64_t n_problems; /* found; the list ends earlier */
    struct {
        struct legacy_chain chain;
        struct broken_row broken[ORIGINAL_BROKEN_MAX];
    } chains[2];
};

struct importer {
    const struct original_options *o;
    struct fernet_key old[FERNET_KEYS_MAX];
    size_t n_old;

    struct ctx *src; /* the original */
    struct tx *src_tx;
    int schema; /* enum legacy_schema */
    struct str version;
    bool has[ORIG_TABLE_COUNT];
    int64_t source[ORIG_TABLE_COUNT];

    struct ctx *c; /* this installation, in the transaction that runs */
    struct tx *tx;
    struct audit_head head;
    struct arena *item; /* one row */
    struct arena *keep; /* texts of the report */
    struct tally *tally, *before, *at_cycle;
    bool finished; /* dry run: everything was done and is taken back */

    const struct original_cycle *cycle; /* the one that is imported */
    int32_t phase;
    bool reselect;                                   /* its short list was not decided */
    int64_t submitted, scored, selected, selections; /* of the cycle */
    bool batches_left;                               /* some batch of the cycle is not here */
    char attempt_of[ID_MAX + 1];                     /* whose attempts are numbered */
    int64_t attempt;
};

/* original_report.c */
void note(struct importer *im, enum original_table table, struct str id, enum note n);
void note_i64(struct importer *im, enum original_table table, int64_t id, enum note n);
/* The same for `rows` rows at once that nobody lists. */
void note_many(struct importer *im, enum original_table table, struct str id, enum note n,
               int64_t rows);
void original_report_write(struct ctx *c, const struct importer *im, struct original_report *ret);

/* original_stream.c: rows of the original, one at a time, each with an empty c->mem. */
typedef err take_fn(struct importer *im, const void *row);
struct taker {
    struct importer *im;
    take_fn *take;
};
row_fn take_row;
/* Makes a failure of the source a failure of the import. */
err pulled(struct importer *im, err e);
/* The locks, then the part, in the transaction that runs. */
err import_run(struct importer *im, err (*run)(struct importer *im));
/* A transaction of this installation; a try that fails is not counted. */
err import_group(struct importer *im, err (*run)(struct importer *im));
/* Values as ours; they note what they lose. False: the row is left out, and that is noted. */
bool take_e2(struct importer *im, enum original_table table, struct str id, double v, int64_t *ret);
bool take_tests(struct importer *im, enum original_table table, struct str id, struct str json,
                struct list *ret);
/* An administrator's id here; the same where it can be. */
struct str admin_id_here(struct ctx *c, struct str id);
err exists_here(struct importer *im, enum legacy_thing what, struct str id, bool *ret);
/* ERR_CONFLICT when something of that id is here. */
err free_here(struct importer *im, enum legacy_thing what, enum original_table table,
              struct str id);
/* A fresh key for the subject's commitments, stored. */
err keyed(struct importer *im, struct str subject, uint8_t ret[SUBJECT_KEY_N]);
/* After an insert: says what stood in the way. */
err inserted(struct importer *im, enum original_table table, struct str id, err e);

/* One part each; in the transaction that runs. */
err original_take_accounts(struct importer *im);
err original_take_cycle(struct importer *im);
err original_take_people(struct importer *im); /* applications and their anonymous copies */
err original_take_marks(struct importer *im);  /* batches, attempts, scores, selections */
/* original_interviews.c. False: the schema has no interviews. */
bool original_interviews_have(const struct importer *im, enum original_talks *ret);
err original_take_interviews(struct importer *im);
err original_take_decisions(struct importer *im);
err original_take_audits(struct importer *im);

#endif
