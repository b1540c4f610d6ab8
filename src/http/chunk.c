/* A state machine over the framing bytes of a chunked body: no bare LF, no blanks in sizes, all
 * extensions and trailers bounded. Data bytes are skipped, not looked at. */
#include "http/chunk.h"

#include "http/head_fields.h"

static int hex_digit(unsigned char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

static bool size_char(struct chunk_check *k, unsigned char ch)
{
    int digit = hex_digit(ch);
    if (digit >= 0) {
        k->left = k->left * 16 + (unsigned)digit;
        return ++k->size_digits <= CHUNK_DIGITS_MAX;
    }
    if (k->size_digits == 0)
        return false;
    if (ch == ';') {
        k->state = CHUNK_EXTENSION;
        k->extension = 0;
        return true;
    }
    k->state = CHUNK_SIZE_LF;
    return ch == '\r';
}

static bool extension_char(struct chunk_check *k, unsigned char ch)
{
    if (ch == '\r') {
        k->state = CHUNK_SIZE_LF;
        return k->extension > 0;
    }
    k->extension++;
    k->extensions++;
    return (ch >= 0x20 || ch == '\t') && ch != 0x7f && k->extension <= CHUNK_EXTENSION_MAX &&
           k->extensions <= CHUNK_EXTENSIONS_MAX;
}

static bool size_end(struct chunk_check *k, unsigned char ch)
{
    k->size += k->left;
    k->state = k->left ? CHUNK_DATA : CHUNK_TRAILER_START;
    return ch == '\n';
}

static bool trailer_char(struct chunk_check *k, unsigned char ch)
{
    if (++k->trailer > CHUNK_TRAILER_MAX)
        return false;
    switch (k->state) {
    case CHUNK_TRAILER_START:
        k->state = ch == '\r' ? CHUNK_END_LF : CHUNK_TRAILER_NAME;
        return ch == '\r' || head_is_token_char(ch);
    case CHUNK_TRAILER_NAME:
        if (ch == ':')
            k->state = CHUNK_TRAILER_VALUE;
        return ch == ':' || head_is_token_char(ch);
    case CHUNK_TRAILER_VALUE:
        if (ch == '\r')
            k->state = CHUNK_TRAILER_LF;
        return ch == '\r' || ch == '\t' || (ch >= 0x20 && ch != 0x7f);
    default:
        k->state = CHUNK_TRAILER_START;
        return ch == '\n';
    }
}

static bool step(struct chunk_check *k, unsigned char ch)
{
    switch (k->state) {
    case CHUNK_SIZE:
        return size_char(k, ch);
    case CHUNK_EXTENSION:
        return extension_char(k, ch);
    case CHUNK_SIZE_LF:
        return size_end(k, ch);
    case CHUNK_DATA_CR:
        k->state = CHUNK_DATA_LF;
        return ch == '\r';
    case CHUNK_DATA_LF:
        k->state = CHUNK_SIZE;
        k->size_digits = 0;
        return ch == '\n';
    case CHUNK_END_LF:
        k->state = CHUNK_DONE;
        return ch == '\n';
    default:
        return trailer_char(k, ch);
    }
}

bool chunk_check(struct chunk_check *k, const char *p, size_t n, size_t *ret_used)
{
    size_t at = 0;
    while (at < n && k->state != CHUNK_DONE) {
        if (k->state == CHUNK_DATA) {
            size_t take = n - at < k->left ? n - at : (size_t)k->left;
            at += take;
            k->left -= take;
            if (k->left == 0)
                k->state = CHUNK_DATA_CR;
            continue;
        }
        if (!step(k, (unsigned char)p[at++]))
            return false;
    }
    *ret_used = at;
    return true;
}
