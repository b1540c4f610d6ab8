/* api/canary.h: words that stand nowhere else, worn by the applicants of a world, and who may see
 * them where. What the table does not allow must not come back from anywhere.
 * Use: w->dress = canary_dress; after each cycle canary_ids(w, &ids); canary_find(...). */
#ifndef ENIGMA_TESTS_API_CANARY_H
#define ENIGMA_TESTS_API_CANARY_H

#include <ctype.h>

#include "api/ask.h"

enum { CANARIES = WORLD_FILLERS + 1, CANARY_OWNER = WORLD_FILLERS };
/* The n-th application wears the n-th of each; the owner's is the last. */
static const char *const first_names[] = { "Quorvexa", "Brimoldus", "Tzeyphora", "Wuxelwine" };
static const char *const last_names[] = { "Zibbleton", "Fnorquist", "Plimmerva", "Kradovnik" };
static const char *const mails[] = { "vlorpmail", "gnashbox", "trizzlepost", "moxquarrel" };
static const char *const phones[] = { "+49 30 7741 9035", "+351 912 408 667", "+81 90 5582 1947",
                                      "+1 415 803 6629" };
static const char *const streets[] = { "Ugglemore Lane", "Snoddykirk Road", "Jelvingham Street",
                                       "Pruttworth Alley" };
/* Of the essay itself: nobody's identity, and yet only for those who evaluate, and the owner. */
static const char *const phrases[] = { "records of the third hive in june",
                                       "records of the third hive in july",
                                       "records of the third hive in march",
                                       "records of the third hive in april" };
_Static_assert(sizeof(phrases) / sizeof(phrases[0]) == CANARIES, "one of each for everybody");

enum canary_kind {
    CANARY_NAME = 1 << 0,
    CANARY_MAIL = 1 << 1,
    CANARY_PHONE = 1 << 2,
    CANARY_ADDRESS = 1 << 3,
    CANARY_PHRASE = 1 << 4,
    CANARY_APP = 1 << 5,
    CANARY_ANON = 1 << 6,
    CANARY_STUDENT = 1 << 7,
};
enum {
    CANARY_PERSON = CANARY_NAME | CANARY_MAIL | CANARY_PHONE | CANARY_ADDRESS,
    CANARY_ALL = 0xff,
};

/* Ids of the newest cycle's applications; empty where there is none. */
struct canary_ids {
    char app[CANARIES][ID_MAX + 1], anon[CANARIES][ID_MAX + 1], student[CANARIES][ID_MAX + 1];
};

static inline void canary_dress(struct arena *mem, int n, struct application_new *a)
{
    const char *first = first_names[n], *last = last_names[n];
    a->name = str_fmt(mem, "%s %s", first, last);
    a->email = str_fmt(mem, "%s@mail%d.example", mails[n], n);
    a->phone = str_of(phones[n]);
    a->address = str_fmt(mem, "17 %s, Nethertown", streets[n]);
    /* The applicant signs the essay, as applicants do. */
    a->essay =
        str_fmt(mem,
                "My name is %s %s and I kept bees for three summers. I wrote down what I saw "
                "each day and compared the %s when the second hive failed. I learned to change "
                "one thing at a time, to keep the numbers of every week beside each other, and to "
                "ask why before I ask how. The next year both hives lived through the winter, and "
                "I measured how the stores fell from month to month. I want to study how small "
                "changes add up, because good notes are worth more than guesses. Write to me "
                "at %.*s or call %s; I live at 17 %s. Signed, %s.",
                first, last, phrases[n], STR_ARG(a->email), phones[n], streets[n], first);
    a->achievements =
        str_fmt(mem,
                "%s %s won the regional science fair; led a team of 4 that mended the bicycles of "
                "a whole school; wrote a report on what bees eat in a dry year.",
                first, last);
}

static inline bool text_contains(struct str hay, const char *needle)
{
    size_t n = strlen(needle);
    for (size_t i = 0; n && i + n <= hay.n; i++) {
        size_t k = 0;
        while (k < n && tolower((unsigned char)hay.p[i + k]) == tolower((unsigned char)needle[k]))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

/* A phone without its blanks counts as well. */
static inline bool text_contains_phone(struct str hay, const char *phone)
{
    char plain[32];
    size_t n = 0;
    for (const char *p = phone; *p; p++)
        if (isdigit((unsigned char)*p))
            plain[n++] = *p;
    plain[n] = '\0';
    return text_contains(hay, phone) || text_contains(hay, plain);
}

/* Kinds of the n-th applicant's canaries that stand in the text. */
static inline unsigned canary_kinds(struct str text, int n, const struct canary_ids *ids)
{
    unsigned found = 0;
    if (text_contains(text, first_names[n]) || text_contains(text, last_names[n]))
        found |= CANARY_NAME;
    if (text_contains(text, mails[n]))
        found |= CANARY_MAIL;
    if (text_contains_phone(text, phones[n]))
        found |= CANARY_PHONE;
    if (text_contains(text, streets[n]))
        found |= CANARY_ADDRESS;
    if (text_contains(text, phrases[n]))
        found |= CANARY_PHRASE;
    if (ids && text_contains(text, ids->app[n]))
        found |= CANARY_APP;
    if (ids && text_contains(text, ids->anon[n]))
        found |= CANARY_ANON;
    if (ids && text_contains(text, ids->student[n]))
        found |= CANARY_STUDENT;
    return found;
}

static inline const char *canary_word(unsigned kinds)
{
    static const char *const words[] = { "a name",          "an e-mail",   "a phone",
                                         "an address",      "an essay",    "an application id",
                                         "an anonymous id", "a student id" };
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (kinds & 1U << i)
            return words[i];
    return "nothing";
}

/* Who may find what where: callers as bits, kinds, from which phase on, and whether only the
 * owner's. */
enum {
    BY_OWNER = 1 << MATRIX_STUDENT,
    BY_ADMIN = 1 << MATRIX_ADMIN,
    BY_SUPER = 1 << MATRIX_SUPER_ADMIN,
    BY_MANAGERS = BY_ADMIN | BY_SUPER,
    BY_STAFF = 1 << MATRIX_AUDITOR | BY_MANAGERS,
    BY_REVIEWERS = 1 << MATRIX_AUDITOR | BY_SUPER,
};
static const struct canary_right {
    const char *method, *path;
    unsigned callers, kinds;
    int32_t from;
    bool owners_only;
} canary_rights[] = {
    /* The person itself. */
    { "GET", "/student/export", BY_OWNER, CANARY_ALL & ~CANARY_ANON, PHASE_SUBMISSION, true },
    { "GET", "/student/export", BY_OWNER, CANARY_ANON, PHASE_PUBLISHED, true },
    { "GET", "/auth/student/me", BY_OWNER, CANARY_APP | CANARY_STUDENT, PHASE_SUBMISSION, true },
    { "GET", "/auth/student/applications", BY_OWNER, CANARY_APP | CANARY_STUDENT, PHASE_SUBMISSION,
      true },
    { "GET", "/auth/student/applications", BY_OWNER, CANARY_ANON | CANARY_PHRASE, PHASE_PUBLISHED,
      true },
    { "GET", "/applications/{application_id}", BY_OWNER, CANARY_APP, PHASE_SUBMISSION, true },
    { "GET", "/applications/{application_id}", BY_OWNER, CANARY_ANON, PHASE_PUBLISHED, true },
    { "GET", "/applications/{application_id}/timeline", BY_OWNER, CANARY_APP, PHASE_SUBMISSION,
      true },
    { "POST", "/applications/{application_id}/withdraw", BY_OWNER, CANARY_APP, PHASE_SUBMISSION,
      true },
    { "GET", "/results/{anonymized_id}", BY_OWNER, CANARY_ANON | CANARY_PHRASE, PHASE_PUBLISHED,
      true },
    { "GET", "/appeals", BY_OWNER, CANARY_APP, PHASE_PUBLISHED, true },
    { "POST", "/appeals", BY_OWNER, CANARY_APP, PHASE_PUBLISHED, true },
    /* Staff by an application id, without anything anonymous. */
    { "GET", "/applications/{application_id}", BY_STAFF, CANARY_APP, PHASE_SUBMISSION, false },
    { "POST", "/admin/applications/{application_id}/identity", BY_SUPER, CANARY_PERSON | CANARY_APP,
      PHASE_SUBMISSION, false },
    { "POST", "/admin/applications/{application_id}/identity", BY_ADMIN, CANARY_PERSON | CANARY_APP,
      PHASE_SELECTION, false },
    /* Staff by anonymous ids, without a person until the selection. The reasons of a result quote
     * what evaluators read. */
    { "POST", "/admin/results/{anonymized_id}/identity", BY_MANAGERS, CANARY_PERSON | CANARY_ANON,
      PHASE_SELECTION, false },
    { "GET", "/results/{anonymized_id}", BY_STAFF, CANARY_ANON | CANARY_PHRASE, PHASE_FROZEN,
      false },
    { "GET", "/admin/cycles/{cycle_id}/applications", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/applications/{anonymized_id}", BY_STAFF,
      CANARY_ANON | CANARY_PHRASE, PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/selection/preview", BY_STAFF, CANARY_ANON, PHASE_FROZEN,
      false },
    { "GET", "/admin/cycles/{cycle_id}/export.jsonl", BY_STAFF, CANARY_ANON | CANARY_PHRASE,
      PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/export.csv", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/review", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/review/{anonymized_id}", BY_MANAGERS,
      CANARY_ANON | CANARY_PHRASE, PHASE_FROZEN, false },
    { "POST", "/admin/cycles/{cycle_id}/review/{anonymized_id}", BY_MANAGERS,
      CANARY_ANON | CANARY_PHRASE, PHASE_FROZEN, false },
    { "GET", "/admin/cycles/{cycle_id}/fairness", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "POST", "/admin/cycles/{cycle_id}/fairness", BY_MANAGERS, CANARY_ANON, PHASE_FROZEN, false },
    { "POST", "/admin/cycles/{cycle_id}/fairness/override", BY_SUPER, CANARY_ANON, PHASE_FROZEN,
      false },
    { "GET", "/admin/cycles/{cycle_id}/appeals", BY_STAFF, CANARY_ANON, PHASE_PUBLISHED, false },
    { "POST", "/admin/cycles/{cycle_id}/appeals/{anonymized_id}", BY_MANAGERS, CANARY_ANON,
      PHASE_PUBLISHED, false },
    { "GET", "/jobs/{job_id}/failures", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "GET", "/admin/batch/{batch_id}/failures", BY_STAFF, CANARY_ANON, PHASE_FROZEN, false },
    { "POST", "/admin/batch/{batch_id}/import", BY_MANAGERS, CANARY_ANON, PHASE_FROZEN, false },
    { "POST", "/admin/batch/{batch_id}/results", BY_MANAGERS, CANARY_ANON, PHASE_FROZEN, false },
    { "POST", "/admin/batch/import", BY_MANAGERS, CANARY_ANON, PHASE_FROZEN, false },
    /* An interviewer knows the anonymous id alone, the student the own application alone. */
    { "GET", "/student/interviews/me", BY_OWNER, CANARY_APP | CANARY_STUDENT, PHASE_SUBMISSION,
      true }, /* of earlier cycles too */
    { "POST", "/admin/interviews/schedule", BY_MANAGERS, CANARY_ANON, PHASE_SELECTION, false },
    { "GET", "/admin/interviews/cycle/{cycle_id}", BY_STAFF, CANARY_ANON, PHASE_SELECTION, false },
    { "GET", "/admin/interviews/cycle/{cycle_id}/waiting", BY_STAFF, CANARY_ANON, PHASE_SELECTION,
      false },
    { "GET", "/admin/interviews/me", BY_MANAGERS, CANARY_ANON, PHASE_SELECTION, false },
    { "GET", "/admin/interviews/{interview_id}", BY_STAFF, CANARY_ANON, PHASE_SELECTION, false },
    { "PUT", "/admin/interviews/{interview_id}", BY_MANAGERS, CANARY_ANON, PHASE_SELECTION, false },
    { "POST", "/admin/interviews/{interview_id}/reassign", BY_MANAGERS, CANARY_ANON,
      PHASE_SELECTION, false },
    { "POST", "/admin/interviews/{interview_id}/decline", BY_MANAGERS, CANARY_ANON, PHASE_SELECTION,
      false },
    { "GET", "/interviews/{interview_id}/calendar.ics", BY_STAFF, CANARY_ANON, PHASE_SELECTION,
      false },
    /* A flag names the application of its interview. */
    { "GET", "/admin/bias/flags", BY_REVIEWERS, CANARY_APP, PHASE_SELECTION, false },
    { "GET", "/admin/bias/flags/{flag_id}", BY_REVIEWERS, CANARY_APP, PHASE_SELECTION, false },
    { "PUT", "/admin/bias/flags/{flag_id}/resolve", BY_SUPER, CANARY_APP, PHASE_SELECTION, false },
    /* The log names subjects; an entry names one of them. */
    { "GET", "/admin/audit/logs", BY_STAFF, CANARY_APP | CANARY_ANON | CANARY_STUDENT,
      PHASE_SUBMISSION, false },
};

static inline unsigned canary_allowed(const struct route *r, enum matrix_caller as, int32_t phase,
                                      int n)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof(canary_rights) / sizeof(canary_rights[0]); i++) {
        const struct canary_right *c = &canary_rights[i];
        if (strcmp(c->method, r->method) == 0 && strcmp(c->path, r->path) == 0 &&
            (c->callers & 1U << as) && phase >= c->from && (!c->owners_only || n == CANARY_OWNER))
            kinds |= c->kinds;
    }
    return kinds;
}

static inline void canary_take_ids(struct world *w, struct canary_ids *ids)
{
    memset(ids, 0, sizeof(*ids));
    for (int n = 0; n < CANARIES; n++) {
        const char *who = n == CANARY_OWNER ? w->id[MATRIX_STUDENT] : w->filler[n];
        char both[2 * ID_MAX + 4];
        snprintf(ids->student[n], ID_MAX + 1, "%s", who);
        snprintf(both, sizeof(both), "%s/%s", w->cycle_id, who);
        struct ctx *c = world_ctx(w);
        struct list rows = test_rows(c,
                                     "SELECT a.application_id AS a, x.anonymized_id AS b "
                                     "FROM applications a LEFT JOIN anonymized_applications x "
                                     "ON x.application_id = a.application_id "
                                     "WHERE a.admission_cycle_id || '/' || a.student_id = :a",
                                     str_of(both));
        const struct test_text *v = rows.v;
        if (!rows.n)
            continue;
        snprintf(ids->app[n], ID_MAX + 1, "%.*s", STR_ARG(v[0].a));
        snprintf(ids->anon[n], ID_MAX + 1, "%.*s", STR_ARG(v[0].b));
    }
}

#endif
