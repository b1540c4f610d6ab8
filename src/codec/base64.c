/* Base64 of RFC 4648 in three shapes, and hex; decoders accept one spelling of each value only. */
#include "codec/base64.h"

static const char alphabet_std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64_write(struct buf *b, enum base64_kind kind, const void *p, size_t n)
{
    const char *abc = kind == BASE64_STD ? alphabet_std : alphabet_url;
    const unsigned char *u = p;
    size_t whole = n / 3 * 4, tail = n % 3;
    size_t end = tail == 0 ? 0 : kind == BASE64_URL_NOPAD ? tail + 1 : 4;
    char *out = buf_room(b, whole + end);
    if (!out)
        return;
    for (; n >= 3; n -= 3, u += 3) {
        uint32_t v = (uint32_t)u[0] << 16 | (uint32_t)u[1] << 8 | u[2];
        *out++ = abc[v >> 18];
        *out++ = abc[v >> 12 & 63];
        *out++ = abc[v >> 6 & 63];
        *out++ = abc[v & 63];
    }
    if (tail) {
        uint32_t v = (uint32_t)u[0] << 16 | (tail == 2 ? (uint32_t)u[1] << 8 : 0);
        char last[4] = { abc[v >> 18], abc[v >> 12 & 63], tail == 2 ? abc[v >> 6 & 63] : '=', '=' };
        memcpy(out, last, end);
    }
    b->n += whole + end;
}

/* The digit's value plus 128; 0 for what is no digit, so that an AND over a text tells. */
#define IS_DIGIT 128
#define DIGITS(c62, c63)                                                                           \
    {                                                                                              \
        ['A'] = 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143,    \
        144, 145, 146, 147, 148, 149, 150, 151, 152, 153, ['a'] = 154, 155, 156, 157, 158, 159,    \
        160, 161, 162, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177,  \
        178, 179, ['0'] = 180, 181, 182, 183, 184, 185, 186, 187, 188,                             \
        189, [c62] = 190, [c63] = 191                                                              \
    }
static const unsigned char digits_std[256] = DIGITS('+', '/');
static const unsigned char digits_url[256] = DIGITS('-', '_');

/* Takes the padding off; false when it is not exactly what the length asks for. */
static bool unpad(enum base64_kind kind, struct str *text)
{
    if (kind == BASE64_URL_NOPAD)
        return text->n % 4 != 1;
    if (text->n % 4 != 0)
        return false;
    for (int i = 0; i < 2 && text->n && text->p[text->n - 1] == '='; i++)
        text->n--;
    return text->n % 4 != 1;
}

bool base64_read(enum base64_kind kind, struct str text, void *ret, size_t cap, size_t *ret_n)
{
    if (!unpad(kind, &text))
        return false;
    size_t tail = text.n % 4, n = text.n / 4 * 3 + (tail ? tail - 1 : 0);
    if (n > cap)
        return false;
    const unsigned char *digit = kind == BASE64_STD ? digits_std : digits_url;
    const unsigned char *in = (const unsigned char *)text.p;
    unsigned char *out = ret;
    uint32_t good = IS_DIGIT;
    for (size_t i = 0; i < text.n / 4; i++, in += 4) {
        uint32_t a = digit[in[0]], b = digit[in[1]], c = digit[in[2]], d = digit[in[3]];
        uint32_t v = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        good &= a & b & c & d;
        *out++ = (unsigned char)(v >> 16);
        *out++ = (unsigned char)(v >> 8);
        *out++ = (unsigned char)v;
    }
    if (tail) {
        uint32_t a = digit[in[0]], b = digit[in[1]], c = tail == 3 ? digit[in[2]] : IS_DIGIT;
        uint32_t v = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6;
        good &= a & b & c;
        if (v & (tail == 3 ? 0xffu : 0xffffu)) /* spare bits must be zero */
            return false;
        *out++ = (unsigned char)(v >> 16);
        if (tail == 3)
            *out++ = (unsigned char)(v >> 8);
    }
    if (!good)
        return false;
    *ret_n = n;
    return true;
}

void hex_of(char *ret, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *u = p;
    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[u[i] >> 4];
        ret[2 * i + 1] = digits[u[i] & 15];
    }
    ret[2 * n] = '\0';
}

void hex_write(struct buf *b, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char two[3];
        hex_of(two, (const unsigned char *)p + i, 1);
        buf_put(b, two, 2);
    }
}

static int digit16(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_read(struct str text, void *ret, size_t n)
{
    if (text.n / 2 != n || text.n % 2 != 0)
        return false;
    unsigned char *out = ret;
    for (size_t i = 0; i < n; i++) {
        int high = digit16(text.p[2 * i]), low = digit16(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

void base32_write(struct buf *b, const void *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const uint8_t *bytes = p;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 5; have -= 5)
            buf_c(b, digits[bits >> (have - 5) & 31]);
        bits &= (1U << have) - 1;
    }
    if (have)
        buf_c(b, digits[bits << (5 - have) & 31]);
}
