/* RIFF/WAVE of 16-bit mono PCM, read and written. */
#include "codec/wav.h"

#include <string.h>

#include "base/str.h"

enum { CHUNK_HEAD = 8, FORM_HEAD = 12, FMT_LEAST = 16, PCM = 1, EXTENSIBLE = 0xFFFE };
enum { SUBFORMAT_AT = 24, SAMPLE_BITS = 16, SAMPLE_BYTES = 2 };

static uint32_t little(const char *p, int n)
{
    uint32_t v = 0;
    for (int i = n; i-- > 0;)
        v = v << 8 | (uint8_t)p[i];
    return v;
}

/* The fmt chunk; EXTENSIBLE says the true format further on. */
static const char *read_format(struct str chunk, struct wav *w)
{
    if (chunk.n < FMT_LEAST)
        return "the fmt chunk is too short";
    uint32_t format = little(chunk.p, 2);
    if (format == EXTENSIBLE && chunk.n >= SUBFORMAT_AT + 2)
        format = little(chunk.p + SUBFORMAT_AT, 2);
    if (format != PCM || little(chunk.p + 14, 2) != SAMPLE_BITS)
        return "the samples are not 16-bit PCM";
    if (little(chunk.p + 2, 2) != 1)
        return "there must be one channel";
    w->rate = little(chunk.p + 4, 4);
    return w->rate ? NULL : "the sample rate is 0";
}

const char *wav_read(struct str file, struct wav *ret)
{
    struct wav w = { 0 };
    if (file.n < FORM_HEAD || memcmp(file.p, "RIFF", 4) != 0 || memcmp(file.p + 8, "WAVE", 4) != 0)
        return "not a RIFF/WAVE file";
    size_t at = FORM_HEAD;
    for (int i = 0; i < WAV_CHUNKS_MAX && file.n - at >= CHUNK_HEAD; i++) {
        const char *name = file.p + at;
        size_t size = little(name + 4, 4);
        at += CHUNK_HEAD;
        struct str chunk = str_sub(file, at, size);
        if (memcmp(name, "fmt ", 4) == 0) {
            const char *why = read_format(chunk, &w);
            if (why)
                return why;
        } else if (memcmp(name, "data", 4) == 0) {
            if (!w.rate)
                return "the fmt chunk must come before the data";
            w.data = (struct str){ chunk.p, chunk.n - chunk.n % SAMPLE_BYTES };
            *ret = w;
            return NULL;
        }
        size += size % 2; /* chunks are padded to even lengths */
        if (size > file.n - at)
            break;
        at += size;
    }
    return "there is no data chunk";
}

static void put_little(struct buf *b, uint32_t v, int n)
{
    for (int i = 0; i < n; i++)
        buf_c(b, (char)(v >> (8 * i) & 0xFF));
}

void wav_write(struct buf *b, uint32_t rate, const int16_t *samples, size_t n)
{
    uint32_t bytes = (uint32_t)(n * SAMPLE_BYTES);
    buf_lit(b, "RIFF");
    put_little(b, WAV_HEAD_BYTES - CHUNK_HEAD + bytes, 4);
    buf_lit(b, "WAVEfmt ");
    put_little(b, FMT_LEAST, 4);
    put_little(b, PCM, 2);
    put_little(b, 1, 2);
    put_little(b, rate, 4);
    put_little(b, rate * SAMPLE_BYTES, 4);
    put_little(b, SAMPLE_BYTES, 2);
    put_little(b, SAMPLE_BITS, 2);
    buf_lit(b, "data");
    put_little(b, bytes, 4);
    for (size_t i = 0; i < n; i++)
        put_little(b, (uint16_t)samples[i], SAMPLE_BYTES);
}
