/* http/chunk.h: strict syntax of a chunked body (RFC 9112 section 7.1), beside llhttp.
 * Pure; any thread. */
#ifndef ENIGMA_HTTP_CHUNK_H
#define ENIGMA_HTTP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHUNK_EXTENSION_MAX = 256,       /* bytes of extensions of one chunk */
    CHUNK_EXTENSIONS_MAX = 4 * 1024, /* of one message */
    CHUNK_TRAILER_MAX = 4 * 1024,
    CHUNK_DIGITS_MAX = 8,
};
enum chunk_state {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER_START,
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_VALUE,
    CHUNK_TRAILER_LF,
    CHUNK_END_LF,
    CHUNK_DONE,
};
struct chunk_check { /* zero at the start of a body */
    enum chunk_state state;
    uint32_t size_digits, extension, extensions, trailer;
    uint64_t left; /* of the chunk */
    uint64_t size; /* of all data announced */
};
/* Goes over n bytes; *ret_used up to the end of the message. False: malformed. */
bool chunk_check(struct chunk_check *k, const char *p, size_t n, size_t *ret_used);

#endif
