/* app/synth_data.h: the tables behind app/synth.h.
 * Templates hold {a|b|c} for a choice, {12-48} for a number, and {NAME}, {FIRST}, {EMAIL},
 * {PHONE}, {SLUG} for the applicant's own. */
#ifndef ENIGMA_APP_SYNTH_DATA_H
#define ENIGMA_APP_SYNTH_DATA_H

#include <stddef.h>

struct synth_list {
    const char *const *v;
    size_t n;
};
struct synth_region {
    struct synth_list given, family;
    enum { ORDER_GIVEN_FIRST, ORDER_FAMILY_FIRST, ORDER_TWO_FAMILIES } order;
    const char *dial; /* country code, without the plus */
    struct synth_list towns;
};
extern const struct synth_region synth_regions[];
extern const size_t synth_region_count;

/* Names as their owners write them, with a Latin form for the e-mail address. */
struct synth_native {
    const char *name, *first, *latin;
};
extern const struct synth_native synth_natives[];
extern const size_t synth_native_count;
extern const struct synth_list synth_single_names, synth_streets;

/* One subject in three paragraphs: how it began, what was done, what came of it. */
struct synth_topic {
    const char *scene, *work, *result;
};
extern const struct synth_topic synth_topics[];
extern const size_t synth_topic_count;
extern const struct synth_list synth_thin, synth_closings, synth_thin_closings, synth_greetings,
    synth_asides, synth_contacts;
extern const struct synth_list synth_notes, synth_thin_notes;

#endif
