/* jansson beside our own reader: names that both use are renamed on jansson's side, so a test can
 * hold one against the other. Renamed functions must not be called. */
#ifndef ENIGMA_TESTS_JANSSON_ORACLE_H
#define ENIGMA_TESTS_JANSSON_ORACLE_H

#define json_type   jansson_type
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY  JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE   JANSSON_TRUE
#define JSON_FALSE  JANSSON_FALSE
#define JSON_NULL   JANSSON_NULL
#define json_string jansson_string
#define json_null   jansson_null
#include <jansson.h>
#undef json_type
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#undef json_string
#undef json_null

#endif
