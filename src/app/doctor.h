/* app/doctor.h: one finding after another about an installation, each with a plain remedy.
 * Nothing is changed. Add a check: a function in a doctor_*.c file and a row in doctor.c.
 * Thread rule: one thread for a struct doctor and its installation, which are nobody else's. */
#ifndef ENIGMA_APP_DOCTOR_H
#define ENIGMA_APP_DOCTOR_H

#include "app/cli.h"
#include "db/catalog.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };
extern const struct names doctor_level_names;
struct doctor_finding {
    struct str check, text, remedy; /* remedy absent when ok */
    int32_t level;
};
extern const struct schema doctor_finding_schema;

enum { DOCTOR_FINDINGS_MAX = 128 };
struct doctor {
    struct cli *cli; /* NULL: nobody watches, and with `quick` nothing is printed */
    struct ctx *c;
    struct installation *in;
    bool quick;
    bool keys;   /* the key ring is loaded */
    bool schema; /* the database has this program's schema */
    struct list facts;
    const char *check; /* the one that runs */
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    size_t n, warnings, failures;
    void (*seen)(struct doctor *d, size_t from); /* after each check; NULL: nobody is told */
};
/* Every check, in order. */
void doctor_run(struct doctor *d);
void doctor_ok(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* level WARN or FAIL; the remedy is a constant sentence. */
void doctor_bad(struct doctor *d, enum doctor_level level, const char *remedy, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* FAIL with the recorded fault as its text; the fault is cleared. */
void doctor_fault(struct doctor *d, const char *remedy);

/* doctor_house.c */
void doctor_folder(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_options(struct doctor *d);
void doctor_listen(struct doctor *d);
void doctor_tls(struct doctor *d);
void doctor_limits(struct doctor *d);
void doctor_disk(struct doctor *d);
/* doctor_signin.c: asks the identity provider */
void doctor_signin(struct doctor *d);
/* doctor_database.c: the first opens it, and every other one needs that. */
void doctor_database(struct doctor *d);
void doctor_engine(struct doctor *d);
void doctor_schema(struct doctor *d);
void doctor_pages(struct doctor *d);
void doctor_clock(struct doctor *d);
/* doctor_log.c: need the schema and the keys */
void doctor_head(struct doctor *d);
void doctor_log(struct doctor *d);
void doctor_sealed(struct doctor *d);
void doctor_accounts(struct doctor *d);
void doctor_work(struct doctor *d);

#endif
