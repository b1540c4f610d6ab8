/* scrub/policy.h: what is taken out of a text, by type. A policy is a value: decoded from JSON by
 * its schema, written canonically, hashed. Pure; any thread.
 * Direct identifiers (name, e-mail, phone, URL, handle, address, numbers of persons, IP, position,
 * birth date) always go; the rest is the institution's to set for a cycle. */
#ifndef ENIGMA_SCRUB_POLICY_H
#define ENIGMA_SCRUB_POLICY_H

#include "crypto/hash.h"
#include "schema/schema.h"

enum scrub_action { SCRUB_REMOVE, SCRUB_KEEP, SCRUB_NEUTRALISE };

/* id, name in JSON and spans, placeholder's word, numbered, its name in the original's prompts */
#define SCRUB_TYPE_MAP(X)                                                                          \
    X(SELF, "self", "APPLICANT", 0, "NAME")                                                        \
    X(EMAIL, "email", "EMAIL", 0, "EMAIL")                                                         \
    X(PHONE, "phone", "PHONE", 0, "PHONE")                                                         \
    X(URL, "url", "URL", 0, "URL")                                                                 \
    X(HANDLE, "handle", "HANDLE", 0, "HANDLE")                                                     \
    X(ADDRESS, "address", "ADDRESS", 0, "ADDRESS")                                                 \
    X(ID, "id", "ID", 0, "ID")                                                                     \
    X(IP, "ip", "IP", 0, "IP")                                                                     \
    X(GEO, "geo", "GEO", 0, "GEO")                                                                 \
    X(DOB, "dob", "DATE", 0, "DATE")                                                               \
    X(CUSTOM, "custom", "REDACTED", 0, "REDACTED")                                                 \
    X(PERSON, "person", "PERSON", 1, "NAME")                                                       \
    X(LOCATION, "location", "PLACE", 1, "LOCATION")                                                \
    X(SCHOOL, "school", "SCHOOL", 1, "SCHOOL")                                                     \
    X(ORG, "org", "ORG", 1, "ORGANIZATION")                                                        \
    X(AGE, "age", "AGE", 0, "AGE")                                                                 \
    X(GRADYEAR, "gradyear", "YEAR", 0, "YEAR")                                                     \
    X(GENDER, "gender", "GENDER", 0, "GENDER")                                                     \
    X(KINSHIP, "kinship", "RELATIVE", 0, "RELATIVE")                                               \
    X(NATIONALITY, "nationality", "NATIONALITY", 0, "NATIONALITY")                                 \
    X(LANGUAGE, "language", "LANGUAGE", 0, "LANGUAGE")                                             \
    X(RELIGION, "religion", "RELIGION", 0, "RELIGION")                                             \
    X(ORIENTATION, "orientation", "ORIENTATION", 0, "ORIENTATION")                                 \
    X(DISABILITY, "disability", "HEALTH", 0, "HEALTH")                                             \
    X(FAMILY, "family", "FAMILY_BACKGROUND", 0, "FAMILY_BACKGROUND")                               \
    X(HARDSHIP, "hardship", "CIRCUMSTANCE", 0, "CIRCUMSTANCE")

enum scrub_type {
#define X(id, name, word, numbered, original) SCRUB_##id,
    SCRUB_TYPE_MAP(X)
#undef X
        SCRUB_TYPE_COUNT
};
enum { SCRUB_DIRECT_COUNT = SCRUB_PERSON }; /* types before this one always go */
enum {
    SCRUB_PATTERNS_MAX = 32,
    SCRUB_PATTERN_TEXT_MAX = 200,
    SCRUB_THRESHOLD_PRESET = 50,
    SCRUB_DENSITY_PRESET = 15
};
enum scrub_names { SCRUB_NAMES_STANDARD, SCRUB_NAMES_ORIGINAL };

/* An administrator's own pattern, in PCRE2's language without look-behind code and callouts. */
struct scrub_pattern {
    struct str name;    /* appears as rule id "custom:NAME" */
    struct str pattern; /* matched on the text as written */
    bool ignore_case;
};
struct scrub_policy {
    int32_t action[SCRUB_TYPE_COUNT]; /* enum scrub_action */
    int64_t threshold;                /* confidence from which a finding is acted upon: 0 to 100 */
    int64_t hold_density_percent;     /* share of words gone past which a person looks: 1 to 100 */
    int32_t placeholders;             /* enum scrub_names */
    struct list patterns;             /* struct scrub_pattern */
};
extern const struct schema scrub_policy_schema, scrub_pattern_schema;
extern const struct scrub_policy scrub_policy_preset;

/* Decodes and checks, the patterns too (they are compiled once here). 422 names field and rule. */
err scrub_policy_read(struct ctx *c, struct str json, struct scrub_policy *ret);
/* The one text of a policy: all members in the table's order, no blanks. */
void scrub_policy_write(const struct scrub_policy *p, struct buf *out);
/* SHA-256 of that text: what the log and the results name. */
struct hash scrub_policy_hash(struct ctx *c, const struct scrub_policy *p);
const char *scrub_type_name(enum scrub_type type);

#endif
