/* Tests of WAV files: what is written is read back, other recorders' files are read, and damage has
 * a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/wav.h"

enum { FILE_MAX = 1000 };

static struct str written(struct buf *b)
{
    static const int16_t samples[] = { 0, 1, -1, 32767, -32768 };
    buf_init(b, NULL, FILE_MAX);
    wav_write(b, 16000, samples, 5);
    return buf_view(b);
}

static void round_trip(void **state)
{
    (void)state;
    struct buf b;
    struct wav w = { 0 };
    struct str file = written(&b);
    assert_int_equal(file.n, WAV_HEAD_BYTES + 10);
    assert_null(wav_read(file, &w));
    assert_int_equal(w.rate, 16000);
    assert_int_equal(w.data.n, 10);
    assert_memory_equal(w.data.p, "\0\0\1\0\xff\xff\xff\x7f\0\x80", 10);
    buf_done(&b);
}

/* A LIST chunk of odd length before the data, and a data size that the recorder never filled in. */
static void other_recorders(void **state)
{
    (void)state;
    struct buf plain, b;
    struct wav w = { 0 };
    struct str file = written(&plain);
    buf_init(&b, NULL, FILE_MAX);
    buf_str(&b, str_sub(file, 0, 36));
    buf_put(&b, "LIST\3\0\0\0abc\0", 12);
    buf_put(&b, "data\xff\xff\xff\xff", 8);
    buf_str(&b, str_sub(file, WAV_HEAD_BYTES, 10));
    buf_c(&b, 'x'); /* half a sample */
    assert_null(wav_read(buf_view(&b), &w));
    assert_int_equal(w.data.n, 10);
    buf_done(&b);
    buf_done(&plain);
}

static void every_cut_is_safe(void **state)
{
    (void)state;
    struct buf b;
    struct wav w = { 0 };
    struct str file = written(&b);
    for (size_t n = 0; n < WAV_HEAD_BYTES; n++) {
        char copy[WAV_HEAD_BYTES];
        memcpy(copy, file.p, n);
        const char *why = wav_read((struct str){ copy, n }, &w);
        assert_non_null(why);
    }
    buf_done(&b);
}

static void what_we_do_not_take(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char value;
        const char *why;
    } rows[] = {
        { 0, 'X', "not a RIFF/WAVE file" },
        { 20, 3, "the samples are not 16-bit PCM" },
        { 22, 2, "there must be one channel" },
        { 34, 8, "the samples are not 16-bit PCM" },
        { 12, 'x', "the fmt chunk must come before the data" },
        { 36, 'x', "there is no data chunk" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b;
        struct wav w = { 0 };
        written(&b);
        b.p[rows[i].at] = rows[i].value;
        assert_string_equal(wav_read(buf_view(&b), &w), rows[i].why);
        buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(other_recorders),
        cmocka_unit_test(every_cut_is_safe),
        cmocka_unit_test(what_we_do_not_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
