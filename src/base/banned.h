/* base/banned.h: calls that the house does not use, made into build errors. Forced in by the build
 * before every file, after the system headers that declare them. */
#ifndef ENIGMA_BASE_BANNED_H
#define ENIGMA_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENIGMA_BANNED_(call) this_call_is_banned_##call
#undef strcpy
#define strcpy ENIGMA_BANNED_(strcpy)
#undef strcat
#define strcat ENIGMA_BANNED_(strcat)
#undef strncpy
#define strncpy ENIGMA_BANNED_(strncpy)
#undef strncat
#define strncat ENIGMA_BANNED_(strncat)
#undef sprintf
#define sprintf ENIGMA_BANNED_(sprintf)
#undef vsprintf
#define vsprintf ENIGMA_BANNED_(vsprintf)
#undef strtok
#define strtok ENIGMA_BANNED_(strtok)
#undef atoi
#define atoi ENIGMA_BANNED_(atoi)
#undef atol
#define atol ENIGMA_BANNED_(atol)
#undef atof
#define atof ENIGMA_BANNED_(atof)
#undef strtol
#define strtol ENIGMA_BANNED_(strtol)
#undef gmtime
#define gmtime ENIGMA_BANNED_(gmtime)
#undef localtime
#define localtime ENIGMA_BANNED_(localtime)
#undef rand
#define rand ENIGMA_BANNED_(rand)
#undef srand
#define srand ENIGMA_BANNED_(srand)
#undef system
#define system ENIGMA_BANNED_(system)
#undef alloca
#define alloca ENIGMA_BANNED_(alloca)

#endif
