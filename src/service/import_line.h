/* service/import_line.h: one line of an import: cut, checked, turned into an opinion. Pure. */
#ifndef ENIGMA_SERVICE_IMPORT_LINE_H
#define ENIGMA_SERVICE_IMPORT_LINE_H

#include "domain/rubric.h"

enum { IMPORT_LINE_MAX = 65536 };

struct import_line {
    struct str anonymized_id;
    int64_t academic_score, test_score, achievement_score, essay_score; /* hundredths */
    double total_score;                                                 /* NaN when not sent */
    struct str explanation;
    struct list strengths, areas_for_improvement; /* struct str */
    const void *reasoning;                        /* struct import_reasons, or NULL */
    struct str rubric_adherence;
};
struct import_reasons {
    struct str academic, test, achievement, essay;
};
extern const struct schema import_line_schema;

/* Cuts the next line off *rest; false at the end. Without its line feed. */
bool import_next_line(struct str *rest, struct str *ret_line);
bool import_blank(struct str line);
/* *ret_why (in c->mem) is absent when the line is good. Never fails otherwise. */
void import_line_read(struct ctx *c, struct str line, struct import_line *ret, struct str *ret_why);
/* The anonymous id that a refused line names, if it names one. */
struct str import_line_name(struct ctx *c, struct str line);
/* The opinion in it: texts without addresses and numbers that identify, total left to the server.
 */
err import_line_opinion(struct ctx *c, const struct import_line *l, struct worker_opinion *ret);

#endif
