/* scrub/policy.c: the policy's table of fields, its preset, and its one text. */
#include "scrub/policy.h"

#include "base/str.h"
#include "scrub/custom.h"

enum { POLICY_TEXT_MAX = 32768 };

static const char *const full_actions[] = { "remove", "keep", "neutralise" };
static const char *const plain_actions[] = { "remove", "keep" };
static const char *const direct_actions[] = { "remove" };
static const char *const name_kinds[] = { "standard", "original" };
static NAMES(full_names, full_actions);
static NAMES(plain_names, plain_actions);
static NAMES(direct_names, direct_actions);
static NAMES(kind_names, name_kinds);

static const char *const type_names[SCRUB_TYPE_COUNT] = {
#define X(id, name, word, numbered, original) name,
    SCRUB_TYPE_MAP(X)
#undef X
};

const char *scrub_type_name(enum scrub_type type)
{
    return type_names[type];
}

static const struct field pattern_fields[] = {
    FIELD_STR(struct scrub_pattern, name, .flags = FIELD_REQUIRED, .min = 1, .max = 40,
              .doc = "Appears in spans as custom:NAME."),
    FIELD_STR(struct scrub_pattern, pattern, .flags = FIELD_REQUIRED, .min = 1,
              .max = SCRUB_PATTERN_TEXT_MAX, .doc = "What to take out, as a PCRE2 pattern."),
    FIELD_BOOL(struct scrub_pattern, ignore_case, .preset = "false",
               .doc = "Capitals and small letters are one."),
};
SCHEMA(scrub_pattern_schema, "ScrubPattern", struct scrub_pattern, pattern_fields);

#define ACTION(id, name, values, preset_, doc_)                                                    \
    FIELD_NAMED(struct scrub_policy, action[SCRUB_##id], name, F_ENUM, int32_t,                    \
                .names = &(values), .preset = preset_, .doc = doc_)
static const struct field policy_fields[] = {
    ACTION(SELF, "self", direct_names, "remove", "The applicant's own name, in any form."),
    ACTION(EMAIL, "email", direct_names, "remove", "E-mail addresses."),
    ACTION(PHONE, "phone", direct_names, "remove", "Phone numbers."),
    ACTION(URL, "url", direct_names, "remove", "Web addresses."),
    ACTION(HANDLE, "handle", direct_names, "remove", "User names."),
    ACTION(ADDRESS, "address", direct_names, "remove", "Postal addresses."),
    ACTION(ID, "id", direct_names, "remove", "Numbers of documents and accounts."),
    ACTION(IP, "ip", direct_names, "remove", "Network addresses."),
    ACTION(GEO, "geo", direct_names, "remove", "Positions on the globe."),
    ACTION(DOB, "dob", direct_names, "remove", "Date and year of birth."),
    ACTION(CUSTOM, "custom", direct_names, "remove", "What the patterns below find."),
    ACTION(PERSON, "person", plain_names, "remove", "Names of other persons."),
    ACTION(LOCATION, "location", plain_names, "remove", "Home, district, country."),
    ACTION(SCHOOL, "school", plain_names, "remove", "Schools."),
    ACTION(ORG, "org", plain_names, "remove", "Local organisations."),
    ACTION(AGE, "age", plain_names, "remove", "Ages."),
    ACTION(GRADYEAR, "gradyear", plain_names, "remove", "The year of one's class."),
    ACTION(GENDER, "gender", full_names, "neutralise", "Words that tell a gender."),
    ACTION(KINSHIP, "kinship", full_names, "keep", "Relatives: mother, uncle."),
    ACTION(NATIONALITY, "nationality", plain_names, "remove", "Origin, ethnicity, status."),
    ACTION(LANGUAGE, "language", plain_names, "remove", "Mother tongues."),
    ACTION(RELIGION, "religion", plain_names, "remove", "Faith, feasts, dress."),
    ACTION(ORIENTATION, "orientation", plain_names, "remove", "Sexual orientation."),
    ACTION(DISABILITY, "disability", plain_names, "remove", "Health and disability."),
    ACTION(FAMILY, "family", plain_names, "remove", "Wealth, alumni ties, parents' status."),
    ACTION(HARDSHIP, "hardship", plain_names, "keep", "Circumstances that were overcome."),
    FIELD_I64(struct scrub_policy, threshold, .min = 0, .max = 100, .preset = "50",
              .doc = "Confidence from which a finding is acted upon."),
    FIELD_I64(struct scrub_policy, hold_density_percent, .min = 1, .max = 100, .preset = "15",
              .doc = "Share of words gone past which a person must look."),
    FIELD_NAMED(struct scrub_policy, placeholders, "placeholders", F_ENUM, int32_t,
                .names = &kind_names, .preset = "standard",
                .doc = "original: the names that prompts of the original program know."),
    FIELD_LIST(struct scrub_policy, patterns, .of = &scrub_pattern_schema,
               .max = SCRUB_PATTERNS_MAX, .doc = "The institution's own patterns."),
};
SCHEMA(scrub_policy_schema, "ScrubPolicy", struct scrub_policy, policy_fields);
_Static_assert(sizeof(policy_fields) / sizeof(policy_fields[0]) == SCRUB_TYPE_COUNT + 4,
               "every type has a field");

const struct scrub_policy scrub_policy_preset = {
    .action = { [SCRUB_GENDER] = SCRUB_NEUTRALISE,
                [SCRUB_KINSHIP] = SCRUB_KEEP,
                [SCRUB_HARDSHIP] = SCRUB_KEEP },
    .threshold = SCRUB_THRESHOLD_PRESET,
    .hold_density_percent = SCRUB_DENSITY_PRESET,
};

static err pattern_issue(struct ctx *c, size_t i, const struct scrub_pattern *pattern,
                         const char *why)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = str_fmt(c->mem, "[\"body\",\"patterns\",%zu,\"pattern\"]", i),
        .msg = str_fmt(c->mem, "Value error, the pattern \"%.*s\" %s", STR_ARG(pattern->name), why),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

err scrub_policy_read(struct ctx *c, struct str json, struct scrub_policy *ret)
{
    struct scrub_policy policy;
    err bad = ERR_OK;
    TRY(schema_decode(c, &scrub_policy_schema, json, &policy, NULL));
    const struct scrub_pattern *v = policy.patterns.v;
    for (size_t i = 0; i < policy.patterns.n; i++) {
        const char *why = custom_pattern_fault(c, &v[i]);
        if (why)
            bad = pattern_issue(c, i, &v[i], why);
    }
    TRY(bad);
    *ret = policy;
    return ERR_OK;
}

void scrub_policy_write(const struct scrub_policy *p, struct buf *out)
{
    schema_encode(&scrub_policy_schema, p, out);
}

struct hash scrub_policy_hash(struct ctx *c, const struct scrub_policy *p)
{
    struct buf b;
    buf_init(&b, c->mem, POLICY_TEXT_MAX);
    scrub_policy_write(p, &b);
    return sha256(buf_view(&b));
}
