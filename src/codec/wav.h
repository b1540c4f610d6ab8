/* codec/wav.h: speech as a RIFF/WAVE file of 16-bit mono PCM, the form that transcription services
 * take (Multimedia Programming Interface 1.0, Microsoft and IBM, 1991). Pure; any thread. */
#ifndef ENIGMA_CODEC_WAV_H
#define ENIGMA_CODEC_WAV_H

#include "base/buf.h"

enum { WAV_HEAD_BYTES = 44, WAV_CHUNKS_MAX = 64 };
struct wav {
    uint32_t rate;   /* samples a second */
    struct str data; /* little-endian int16 samples; borrowed from the file, maybe unaligned */
};
/* Reads a file whole: NULL, or what is wrong with it as a static text. Other chunks are passed
 * over; a data chunk longer than the file ends where the file does, as recorders cut off write. */
const char *wav_read(struct str file, struct wav *ret);
/* The file of n samples: WAV_HEAD_BYTES + 2 n bytes. */
void wav_write(struct buf *b, uint32_t rate, const int16_t *samples, size_t n);

#endif
