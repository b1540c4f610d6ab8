/* Small readers: times, base64, hex, integers, UTF-8. What is read and written again is the same
 * value, and where a value has one spelling, the same text. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/time.h"
#include "codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096, SHORT_MAX = 64 };
/* 0001-01-01 to the last microsecond of 9999 */
#define TIME_LEAST INT64_C(-62135596800000000)
#define TIME_MOST  INT64_C(253402300799999999)

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_time(struct str text)
{
    char room[SHORT_MAX];
    int64_t us, again;
    if (!time_read(text, &us))
        return;
    must(us >= TIME_LEAST - INT64_C(86400000000) && us <= TIME_MOST + INT64_C(86400000000));
    if (us < TIME_LEAST || us > TIME_MOST)
        return; /* a zone moved it out of the four-digit years */
    void (*const write[])(struct buf *, int64_t) = { time_write, time_write_full };
    for (size_t i = 0; i < 2; i++) {
        struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
        write[i](&b, us);
        must(buf_ok(&b) && b.n <= TIME_TEXT_MAX);
        must(time_read(buf_view(&b), &again) && again == us);
    }
}

static void check_base64(struct str text, enum base64_kind kind)
{
    static uint8_t bytes[base64_max(INPUT_MAX)];
    size_t n;
    if (!base64_read(kind, text, bytes, sizeof(bytes), &n))
        return;
    struct buf b;
    buf_init(&b, NULL, INPUT_MAX + 4);
    base64_write(&b, kind, bytes, n);
    must(buf_ok(&b) && str_eq(buf_view(&b), text));
    buf_done(&b);
}

static void check_bytes(struct str bytes, enum base64_kind kind)
{
    static uint8_t back[base64_max(2 * INPUT_MAX)];
    size_t n = 0;
    struct buf b;
    buf_init(&b, NULL, 2 * INPUT_MAX);
    base64_write(&b, kind, bytes.p, bytes.n);
    must(buf_ok(&b) && base64_read(kind, buf_view(&b), back, sizeof(back), &n) && n == bytes.n);
    must(n == 0 || memcmp(back, bytes.p, n) == 0);
    buf_clear(&b);
    hex_write(&b, bytes.p, bytes.n);
    must(buf_ok(&b) && hex_read(buf_view(&b), back, bytes.n));
    must(n == 0 || memcmp(back, bytes.p, n) == 0);
    buf_done(&b);
}

static void check_int(struct str text)
{
    char room[SHORT_MAX];
    int64_t v, again;
    if (!str_i64(text, &v))
        return;
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    buf_i64(&b, v);
    must(buf_ok(&b) && str_i64(buf_view(&b), &again) && again == v);
}

/* The three ways to walk a text agree on whether it is valid. */
static void check_utf8(struct str text)
{
    const bool valid = utf8_valid(text);
    size_t at = 0, steps = 0;
    while (at < text.n) {
        const size_t n = utf8_step(text.p + at, text.p + text.n);
        size_t next = at;
        const uint32_t cp = utf8_next(text, &next);
        must((n == 0) == (cp == UINT32_MAX));
        if (n == 0)
            break;
        char again[4];
        must(next == at + n && utf8_put(again, cp) == n && memcmp(again, text.p + at, n) == 0);
        at = next;
        steps++;
    }
    must(valid == (at == text.n));
    if (!valid)
        return;
    must(utf8_count(text) == steps);
    must(utf8_head(text, steps).n == text.n);
    must(utf8_valid(utf8_head(text, steps / 2)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = { size ? (const char *)data : "", size };
    if (size > INPUT_MAX)
        return 0;
    check_time(text);
    for (int kind = BASE64_STD; kind <= BASE64_URL_NOPAD; kind++) {
        check_base64(text, (enum base64_kind)kind);
        check_bytes(text, (enum base64_kind)kind);
    }
    check_int(text);
    check_utf8(text);
    return 0;
}
