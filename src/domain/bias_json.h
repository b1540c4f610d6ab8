/* domain/bias_json.h: members of a JSON object by name, for the few documents of the bias rules
 * that no field table fits: a wrong value there is an answer to be recorded, not a bad request.
 * The text must have passed json_valid. Any thread. */
#ifndef ENIGMA_DOMAIN_BIAS_JSON_H
#define ENIGMA_DOMAIN_BIAS_JSON_H

#include "codec/json.h"

/* The value's text of the first of `names` (NULL-ended) that is there; absent when none is. */
struct str json_pick(struct arena *mem, struct str object, const char *const *names);
/* The same with one name. */
struct str json_pick_one(struct arena *mem, struct str object, const char *name);
enum json_type json_kind(struct str value);
/* Each says false when the value is of another type. */
bool json_as_str(struct arena *mem, struct str value, struct str *ret);
bool json_as_f64(struct str value, double *ret);
bool json_as_bool(struct str value, bool *ret);
/* Seconds with at most six decimals kept, as microseconds; false outside +-10^11 s. */
bool json_as_seconds(struct str value, int64_t *ret_us);
/* The elements' texts; false when it is no array. */
bool json_as_array(struct arena *mem, struct str value, struct list *ret_strs);
/* The line with NaN, Infinity and -Infinity outside of strings, as Python writes them, made null:
 * all four are "not a number" to the rules. */
struct str json_without_nan(struct arena *mem, struct str line);

#endif
