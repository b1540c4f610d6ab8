/* service/scrub_spans.h: where a text was changed and why, as it is stored beside the result, and
 * what a person's corrections make of it. Never the original's words. Pure; any thread. */
#ifndef ENIGMA_SERVICE_SCRUB_SPANS_H
#define ENIGMA_SERVICE_SCRUB_SPANS_H

#include "schema/schema.h"
#include "scrub/scrub.h"

enum scrub_field { SCRUB_ESSAY, SCRUB_ACHIEVEMENTS, SCRUB_FIELD_COUNT };
enum { SPANS_MAX = 4096, CORRECTIONS_MAX = 200 };

struct stored_span {
    int32_t field;      /* enum scrub_field */
    int64_t start, end; /* bytes of the original */
    int32_t type;       /* enum scrub_type */
    struct str rule;
    int64_t confidence; /* 0 to 100 */
    int32_t action;     /* enum scrub_action */
    struct str placeholder;
};
extern const struct schema stored_span_schema;
extern const struct names scrub_field_names, scrub_type_names;

/* What a person wants otherwise. */
enum correction_action { CORRECT_REDACT, CORRECT_RESTORE };
struct correction {
    int32_t field, action;
    int64_t start, end; /* bytes of the original */
    int32_t type;       /* of what is taken out; -1 with CORRECT_RESTORE */
};
extern const struct schema correction_schema;
extern const struct names correction_action_names;

/* One array a span, without blanks; hints (SCRUB_KEEP) only when asked for. */
void spans_write(struct buf *b, const struct scrub_span *v, size_t n, bool hints);
void spans_write_stored(struct buf *b, const struct stored_span *v, size_t n);
/* struct stored_span, by field and start; absent text: none. false: it is not such a text. */
bool spans_read(struct str text, struct arena *mem, struct list *ret);
/* The spans with the corrections: those in the way of a correction go, redactions come in with the
 * placeholder of their type. ERR_INVALID names the correction that does not fit the originals. */
err spans_correct(struct ctx *c, const struct list *spans, const struct str originals[2],
                  const struct list *corrections, struct list *ret);
/* The original with each span's placeholder in its place. */
struct str spans_render(struct arena *mem, struct str original, const struct list *spans,
                        int32_t field);

#endif
