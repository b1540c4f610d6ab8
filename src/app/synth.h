/* app/synth.h: invented applicants for the demo, seeding and benchmarks. Pure; any thread.
 * The same seed and number give the same applicant, byte for byte, on every machine. Nobody here
 * exists: addresses end in example domains, phone numbers lie in ranges kept for fiction or are
 * made up, streets and towns are invented. */
#ifndef ENIGMA_APP_SYNTH_H
#define ENIGMA_APP_SYNTH_H

#include "domain/application.h"

struct synth_applicant {
    struct application_new application; /* valid for application_new_schema and its check */
    struct str display_name, email;     /* of the student's account */
};
/* Strings live in c->mem. number from 0. Some numbers are twins of the one before them: the same
 * grades, tests and text but for its numbers, so that their marks tie. */
void synth_applicant(struct ctx *c, uint64_t seed, int64_t number, struct synth_applicant *ret);

#endif
