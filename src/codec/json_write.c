/* The JSON writer: shortest escapes and shortest numbers, as RFC 8785 and Python print them. */
#include "codec/json_scan.h"
#include "codec/utf8.h"

#include <float.h>
#include <math.h>

enum { NUMBER_TEXT_MAX = 32 };

static void write_control(struct buf *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char shorts[] = "btn\0fr"; /* 0x08 to 0x0d; 0x0b has none */
    if (c >= 0x08 && c <= 0x0d && shorts[c - 0x08]) {
        char two[2] = { '\\', shorts[c - 0x08] };
        buf_put(b, two, 2);
        return;
    }
    char six[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
    buf_put(b, six, 6);
}

/* Writes the one code point at p that is not plain; how many bytes it took. */
static size_t write_special(struct buf *b, const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    if (c == '"' || c == '\\') {
        char two[2] = { '\\', *p };
        buf_put(b, two, 2);
        return 1;
    }
    if (c < 0x20) {
        write_control(b, c);
        return 1;
    }
    size_t step = utf8_step(p, end);
    if (step) {
        buf_put(b, p, step);
        return step;
    }
    buf_lit(b, "\xEF\xBF\xBD");
    return 1;
}

void json_write_str(struct buf *b, struct str s)
{
    if (!s.p) {
        buf_lit(b, "null");
        return;
    }
    const char *p = s.p, *end = s.p + s.n;
    buf_c(b, '"');
    while (p < end) {
        const char *stop = json_plain(p, end);
        buf_put(b, p, (size_t)(stop - p));
        p = stop;
        if (p < end)
            p += write_special(b, p, end);
    }
    buf_c(b, '"');
}

enum { ASCII_DEL = 0x7f, SECOND_PLANE = 0x10000, HIGH_HALF = 0xD800, LOW_HALF = 0xDC00 };

static void write_unit(struct buf *b, uint32_t unit)
{
    buf_fmt(b, "\\u%04x", (unsigned)unit);
}

static void write_ascii(struct buf *b, uint32_t cp)
{
    if (cp < 0x20) {
        write_control(b, (unsigned char)cp);
    } else if (cp == '"' || cp == '\\') {
        buf_c(b, '\\');
        buf_c(b, (char)cp);
    } else if (cp < ASCII_DEL) {
        buf_c(b, (char)cp);
    } else if (cp < SECOND_PLANE) {
        write_unit(b, cp);
    } else {
        write_unit(b, HIGH_HALF + ((cp - SECOND_PLANE) >> 10));
        write_unit(b, LOW_HALF + ((cp - SECOND_PLANE) & 0x3FF));
    }
}

void json_write_ascii(struct buf *b, struct str s)
{
    if (!s.p) {
        buf_lit(b, "null");
        return;
    }
    buf_c(b, '"');
    for (size_t at = 0; at < s.n;) {
        const uint32_t cp = utf8_next(s, &at);
        write_ascii(b, cp == (uint32_t)-1 ? 0xFFFD : cp);
    }
    buf_c(b, '"');
}

/* Magnitudes below 2^53 hundredths whose text has at most 15 digits: no other number of so few
 * digits is the same double, so it is the shortest. */
static bool write_short(struct buf *b, double v)
{
    double scaled = nearbyint(v * 100.0);
    if (!(fabs(scaled) < 1e15) || scaled / 100.0 != v || (v == 0 && signbit(v)))
        return false;
    json_write_e2(b, (int64_t)scaled);
    return true;
}

/* Python's repr: plain below 1e16, with a fraction always shown, else an exponent. */
void json_write_f64(struct buf *b, double v)
{
    if (!isfinite(v)) {
        buf_lit(b, "null");
        return;
    }
    if (write_short(b, v))
        return;
    char text[NUMBER_TEXT_MAX];
    int n = 0;
    /* 15 digits always survive, but for subnormals, which have fewer. */
    for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    double size = fabs(v);
    bool whole = size < 1e16 && nearbyint(size) == size;
    if (whole)
        n = snprintf(text, sizeof(text), "%.1f", v);
    else if (size >= 1e16 && !memchr(text, 'e', (size_t)n))
        n = snprintf(text, sizeof(text), "%.16e", v);
    buf_put(b, text, (size_t)n);
}

void json_write_e2(struct buf *b, int64_t hundredths)
{
    uint64_t u = hundredths < 0 ? 0 - (uint64_t)hundredths : (uint64_t)hundredths;
    char text[NUMBER_TEXT_MAX];
    size_t at = sizeof(text);
    unsigned cents = (unsigned)(u % 100);
    if (cents % 10)
        text[--at] = (char)('0' + cents % 10);
    text[--at] = (char)('0' + cents / 10);
    text[--at] = '.';
    u /= 100;
    do {
        text[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (hundredths < 0)
        text[--at] = '-';
    buf_put(b, text + at, sizeof(text) - at);
}
