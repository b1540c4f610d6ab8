/* scrub/checksum.h: validators of identity numbers; digits come as characters, letters small.
 * Of this room only. Pure; any thread. */
#ifndef ENIGMA_SCRUB_CHECKSUM_H
#define ENIGMA_SCRUB_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

bool luhn_valid(const char *d, size_t n);
bool verhoeff_valid(const char *d, size_t n);
bool iban_valid(const char *s, size_t n);
bool cn_resident_valid(const char *d);      /* 17 digits, then a digit or x */
bool pesel_valid(const char *d);            /* 11 */
bool tc_valid(const char *d);               /* 11 */
bool cpf_valid(const char *d);              /* 11 */
bool dni_valid(const char *d, char letter); /* 8 and a letter */
bool nir_valid(const char *d);              /* 15 */
bool month_day_valid(const char *d);        /* 4 */

#endif
