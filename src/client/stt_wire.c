/* The form, the answer's three shapes, and the breaker. */
#include "client/stt_wire.h"

#include <math.h>

#include "base/str.h"
#include "codec/multipart.h"
#include "codec/wav.h"
#include "schema/schema.h"

static const int64_t window_us = INT64_C(30) * 1000000, pause_us = INT64_C(10) * 1000000;
/* Marks of failure that the endpoint's own documentation names. */
static const double compression_most = 2.4, logprob_least = -1, silence_least = 0.6;
static const double garbled_confidence = 0.3;
enum { SEGMENTS_MAX = 1000, TOKENS_MAX = 20000 };

void stt_form_write(struct buf *b, struct str boundary, const struct stt_options *o,
                    enum stt_shape shape, const struct stt_speech *speech)
{
    struct buf wav;
    buf_init(&wav, b->mem, WAV_HEAD_BYTES + speech->n * sizeof(*speech->samples));
    wav_write(&wav, speech->rate, speech->samples, speech->n);
    multipart_field(b, boundary, "model", o->model);
    if (o->language.n)
        multipart_field(b, boundary, "language", o->language);
    multipart_field(b, boundary, "response_format",
                    shape == STT_VERBOSE ? S("verbose_json") : S("json"));
    multipart_field(b, boundary, "temperature", S("0"));
    if (shape == STT_LOGPROBS)
        multipart_field(b, boundary, "include[]", S("logprobs"));
    multipart_file(b, boundary, "file", "speech.wav", "audio/wav", buf_view(&wav));
    multipart_end(b, boundary);
    if (!buf_ok(&wav))
        b->over = true;
    buf_done(&wav);
}

struct segment {
    struct str text;
    double start, end, avg_logprob, compression_ratio, no_speech_prob;
};
static const struct field segment_fields[] = {
    FIELD_STR(struct segment, text, .flags = FIELD_NULL),
    FIELD_F64(struct segment, start),
    FIELD_F64(struct segment, end),
    FIELD_F64(struct segment, avg_logprob, .min = -1e9, .max = 1e9, .preset = "1"),
    FIELD_F64(struct segment, compression_ratio),
    FIELD_F64(struct segment, no_speech_prob),
};
static SCHEMA(segment_schema, "SttSegment", struct segment, segment_fields);
struct token {
    double logprob;
};
static const struct field token_fields[] = {
    FIELD_F64(struct token, logprob, .flags = FIELD_REQUIRED, .min = -1e9, .max = 1e9),
};
static SCHEMA(token_schema, "SttToken", struct token, token_fields);
struct answer {
    struct str text;
    struct list segments, logprobs;
};
static const struct field answer_fields[] = {
    FIELD_STR(struct answer, text, .flags = FIELD_REQUIRED, .max = STT_TEXT_MAX),
    FIELD_LIST(struct answer, segments, .flags = FIELD_NULL, .max = SEGMENTS_MAX,
               .of = &segment_schema),
    FIELD_LIST(struct answer, logprobs, .flags = FIELD_NULL, .max = TOKENS_MAX,
               .of = &token_schema),
};
static SCHEMA(answer_schema, "SttAnswer", struct answer, answer_fields);

/* A log probability is 0 or less: the preset 1 says that the endpoint gave none. */
static bool says_logprob(const struct segment *g)
{
    return g->avg_logprob <= 0;
}

/* Both marks together: such models invent words for silence, and are unsure of them. */
static bool is_silence(const struct segment *g)
{
    return g->no_speech_prob >= silence_least && g->avg_logprob < logprob_least;
}

/* The segments that hold speech, and how sure the endpoint is of them. */
static void weigh(struct ctx *c, const struct answer *a, struct stt_text *ret)
{
    const struct segment *v = a->segments.v;
    double sum = 0, weight = 0;
    bool garbled = false, known = true;
    struct buf text;
    buf_init(&text, c->mem, STT_TEXT_MAX);
    for (size_t i = 0; i < a->segments.n; i++) {
        if (is_silence(&v[i]))
            continue;
        struct str words = str_trim(v[i].text);
        double length = v[i].end > v[i].start ? v[i].end - v[i].start : 1e-3;
        known = known && says_logprob(&v[i]);
        garbled = garbled || v[i].compression_ratio > compression_most;
        sum += length * v[i].avg_logprob;
        weight += length;
        if (text.n && words.n)
            buf_c(&text, ' ');
        buf_str(&text, words);
    }
    ret->text = buf_view(&text);
    ret->confidence = !known || weight <= 0 ? -1 : exp(sum / weight);
    if (garbled)
        ret->confidence = garbled_confidence;
}

bool stt_answer_read(struct ctx *c, struct str body, struct stt_text *ret)
{
    struct answer a;
    if (schema_decode(c, &answer_schema, body, &a, NULL) != ERR_OK) {
        fault_clear(c);
        return false;
    }
    const struct token *t = a.logprobs.v;
    double sum = 0;
    struct stt_text got = { .text = str_trim(a.text), .confidence = -1 };
    if (a.segments.n > 0) {
        weigh(c, &a, &got);
    } else if (a.logprobs.n > 0) {
        for (size_t i = 0; i < a.logprobs.n; i++)
            sum += t[i].logprob < 0 ? t[i].logprob : 0;
        got.confidence = exp(sum / (double)a.logprobs.n);
    }
    got.text = str_keep(c->mem, str_trim(got.text));
    *ret = got;
    return true;
}

bool stt_breaker_take(struct stt_breaker *b, int64_t now_us)
{
    if (b->until_us == 0)
        return true;
    if (now_us < b->until_us || b->trying)
        return false;
    b->trying = true;
    return true;
}

void stt_breaker_note(struct stt_breaker *b, bool works, int64_t now_us)
{
    if (works) {
        *b = (struct stt_breaker){ 0 };
        return;
    }
    b->failed_at[b->n++ % STT_BREAKER_FAILURES] = now_us;
    /* The ring's next place holds the oldest of the last STT_BREAKER_FAILURES. */
    const int64_t first_us = b->failed_at[b->n % STT_BREAKER_FAILURES];
    const bool many = b->n >= STT_BREAKER_FAILURES;
    if (b->trying || (many && now_us - first_us <= window_us)) {
        b->until_us = now_us + pause_us;
        b->trying = false;
    }
}
