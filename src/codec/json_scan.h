/* codec/json_scan.h: what the reader's files share; for this room only. Pure; any thread. */
#ifndef ENIGMA_CODEC_JSON_SCAN_H
#define ENIGMA_CODEC_JSON_SCAN_H

#include "codec/json.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "json_plain finds the lowest byte first");

/* Records the first error; always false. */
bool json_fail(struct json *j, const char *error, const char *at);
/* j->at stands on the opening quote. The text between the quotes, checked, not unescaped. */
bool json_scan_string(struct json *j, struct str *ret_raw, bool *ret_escaped);
/* Unescapes a checked text into j->mem. */
bool json_unescape(struct json *j, struct str raw, struct str *ret);
/* j->at stands on '-' or a digit. */
bool json_scan_number(struct json *j, struct str *ret);

/* The first byte from p on that is not plain: a quote, a backslash, a control or non-ASCII. Eight
 * at a time: a byte's high bit is set in `hit` when it needs a look, and the lowest one is exact.
 */
static inline const char *json_plain(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (end - p >= 8) {
        uint64_t x;
        memcpy(&x, p, 8);
        uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
        uint64_t hit =
            (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | x) &
            highs;
        if (hit)
            return p + (__builtin_ctzll(hit) >> 3);
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 &&
           (unsigned char)*p < 0x80)
        p++;
    return p;
}

#endif
