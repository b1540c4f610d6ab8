/* detect/injection_inner.h: the parts of the injection detector. Private to the room. */
#ifndef ENIGMA_DETECT_INJECTION_INNER_H
#define ENIGMA_DETECT_INJECTION_INNER_H

#include "detect/injection.h"

/* What a phrase is a part of; a sentence is judged by the classes that meet in it. */
enum phrase_class {
    P_OVERRIDE = 1 << 0, /* ignore, forget */
    P_RULES = 1 << 1,    /* instructions, rubric */
    P_BEFORE = 1 << 2,   /* previous, above, all of your */
    P_GIVE = 1 << 3,     /* give, award, set: as an order */
    P_TOP = 1 << 4,      /* 100, full, highest */
    P_MARK = 1 << 5,     /* score, marks */
    P_TARGET = 1 << 6,   /* this applicant, this essay */
    P_GRADER = 1 << 7,   /* the AI that grades */
    P_ALONE = 1 << 8,    /* enough by itself */
    P_ROLE = 1 << 9,
    P_REVEAL = 1 << 10,
    P_SELECT = 1 << 11, /* admit, accept, select: as an order */
    P_META = 1 << 12,   /* somebody writes about such orders */
    P_QUOTED = 1 << 13, /* not in the table: the sentence stands between quotation marks */
};
struct phrase {
    const char *text; /* as injection_fold leaves it */
    uint32_t classes;
};
extern const struct phrase injection_phrases[];
extern const size_t injection_phrase_count;

/* Lower case, Latin letters without their marks, look-alikes and styled letters as what they look
 * like, digits between letters as letters, one blank for what separates words; '\n' ends a
 * sentence, and one that begins with INJECTION_QUOTE stands between quotation marks. */
#define INJECTION_QUOTE '\1'
struct str injection_fold(struct ctx *c, struct str text);
bool code_point_hidden(uint32_t cp);
bool code_point_zero_width(uint32_t cp);
bool code_point_joining(uint32_t cp);

#endif
