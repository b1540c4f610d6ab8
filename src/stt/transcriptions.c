/* A form with a WAV file in, the recognised text out, in the shapes that OpenAI's clients know. */
#include "stt/transcriptions.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/multipart.h"
#include "codec/wav.h"
#include "crypto/hash.h"
#include "domain/role.h"

enum { ANSWER_MAX = 256 * 1024, BODY_EXTRA = 64 * 1024, MS = 1000 };
enum {
    SAMPLES_MAX = TRANSCRIPTION_SECONDS_MAX * RECOGNISER_RATE,
    BODY_MAX = SAMPLES_MAX * 2 + BODY_EXTRA
};

static struct {
    struct recogniser *recogniser;
    struct hash token;
} house;

void transcriptions_begin(struct recogniser *r, struct str token)
{
    house.recogniser = r;
    house.token = sha256(token);
}

static err authenticate(struct ctx *c, const struct request *r, uint32_t roles, bool *ret_by_cookie)
{
    static const struct principal server = { .id = S_INIT("server"), .roles = ROLE_OPERATOR };
    (void)roles;
    *ret_by_cookie = false;
    struct str scheme, token = str_cut(request_header(r, "Authorization"), ' ', &scheme);
    struct hash got = sha256(str_trim(token));
    if (!str_eqi(scheme, S("bearer")) ||
        !secret_eq((struct str){ (const char *)got.b, SHA256_N },
                   (struct str){ (const char *)house.token.b, SHA256_N }))
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    c->who = &server;
    return ERR_OK;
}

static void done(const struct deps *deps, const struct route *route, int status, int64_t took_us,
                 uint64_t trace)
{
    (void)route;
    log_event(deps->log, LOG_DEBUG, "request", LOG_I("status", status), LOG_I("took_us", took_us),
              LOG_H("trace", trace));
}

static void refused(const struct deps *deps, const char *event, const struct route *route,
                    int status, uint64_t trace)
{
    (void)route;
    log_event(deps->log, LOG_WARNING, event, LOG_I("status", status), LOG_H("trace", trace));
}
const struct http_port transcription_port = { authenticate, done, refused };

/* OpenAI's error body; the clients of it look for these four members. */
static err refuse(struct ctx *c, struct call *call, int status, const char *param, const char *why)
{
    struct buf b;
    buf_init(&b, c->mem, ANSWER_MAX);
    buf_lit(&b, "{\"error\":{\"message\":");
    json_write_str(&b, str_of(why));
    buf_lit(&b, ",\"type\":\"invalid_request_error\",\"param\":");
    json_write_str(&b, str_of(param));
    buf_lit(&b, ",\"code\":null}}");
    call->status = status;
    call->raw = buf_view(&b);
    call->content_type = "application/json";
    return ERR_OK;
}

enum shape { SHAPE_JSON, SHAPE_TEXT, SHAPE_VERBOSE };
struct asked {
    struct parts parts;
    struct wav speech;
    enum shape shape;
    bool words;
};

static bool read_shape(const struct parts *parts, enum shape *ret)
{
    static const char *const names[] = { "json", "text", "verbose_json" };
    const struct part *p = multipart_find(parts, "response_format");
    *ret = SHAPE_JSON;
    if (!p)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(p->body, str_of(names[i]))) {
            *ret = (enum shape)i;
            return true;
        }
    return false;
}

static bool wants_words(const struct parts *parts)
{
    for (size_t i = 0; i < parts->n; i++)
        if (str_eq(parts->v[i].name, S("timestamp_granularities[]")) &&
            str_eq(parts->v[i].body, S("word")))
            return true;
    return false;
}

/* NULL, or why not, with the status and the field it is about. */
static const char *read_form(const struct call *call, struct asked *a, int *status,
                             const char **param)
{
    struct str boundary;
    *status = 415;
    *param = NULL;
    if (!multipart_boundary(request_header(call->request, "Content-Type"), &boundary))
        return "send multipart/form-data";
    *status = 400;
    const char *why = multipart_read(call->request->body, boundary, &a->parts);
    if (why)
        return why;
    *param = "response_format";
    if (!read_shape(&a->parts, &a->shape))
        return "response_format: json, text or verbose_json";
    a->words = wants_words(&a->parts);
    const struct part *model = multipart_find(&a->parts, "model");
    *param = "model";
    if (model && !str_eq(model->body, S(TRANSCRIPTION_MODEL)))
        return "the only model here is " TRANSCRIPTION_MODEL;
    const struct part *language = multipart_find(&a->parts, "language");
    *param = "language";
    if (language && language->body.n && !str_eqi(str_sub(language->body, 0, 2), S("en")))
        return "the only language here is en";
    const struct part *file = multipart_find(&a->parts, "file");
    *param = "file";
    if (!file)
        return "file is missing";
    why = wav_read(file->body, &a->speech);
    if (why)
        return why;
    if (a->speech.rate != RECOGNISER_RATE)
        return "the sample rate must be 16000";
    *status = 413;
    return a->speech.data.n / 2 > SAMPLES_MAX ? "the speech is longer than 60 s" : NULL;
}

static void write_seconds(struct buf *b, int64_t ms)
{
    buf_fmt(b, "%lld.%03lld", (long long)(ms / MS), (long long)(ms % MS));
}

static void write_text(struct buf *b, const struct heard *h)
{
    for (size_t i = 0; i < h->n; i++)
        buf_fmt(b, "%s%s", i ? " " : "", h->words[i].text);
}

/* One segment an utterance. avg_logprob: the log of the mean word posterior, so that a client's
 * exp(avg_logprob) is that mean. */
static void write_segment(struct buf *b, const struct heard *h, struct str text)
{
    static const double least = 1e-6;
    buf_lit(b, "{\"id\":0,\"seek\":0,\"start\":");
    write_seconds(b, h->words[0].begin_ms);
    buf_lit(b, ",\"end\":");
    write_seconds(b, h->words[h->n - 1].end_ms);
    buf_lit(b, ",\"text\":");
    json_write_str(b, text);
    buf_lit(b, ",\"tokens\":[],\"temperature\":0,\"avg_logprob\":");
    json_write_f64(b, log(h->posterior > least ? h->posterior : least));
    buf_lit(b, ",\"compression_ratio\":1,\"no_speech_prob\":0}");
}

static void write_words(struct buf *b, const struct heard *h)
{
    buf_lit(b, ",\"words\":[");
    for (size_t i = 0; i < h->n; i++) {
        const struct heard_word *w = &h->words[i];
        buf_str(b, i ? S(",{\"word\":") : S("{\"word\":"));
        json_write_str(b, str_of(w->text));
        buf_lit(b, ",\"start\":");
        write_seconds(b, w->begin_ms);
        buf_lit(b, ",\"end\":");
        write_seconds(b, w->end_ms);
        buf_lit(b, ",\"probability\":");
        json_write_f64(b, w->posterior);
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

static void write_answer(struct buf *b, const struct asked *a, const struct heard *h,
                         struct str text)
{
    if (a->shape == SHAPE_TEXT) {
        buf_str(b, text);
        buf_c(b, '\n');
        return;
    }
    buf_lit(b, "{\"text\":");
    json_write_str(b, text);
    if (a->shape == SHAPE_VERBOSE) {
        buf_lit(b, ",\"task\":\"transcribe\",\"language\":\"english\",\"duration\":");
        write_seconds(b, (int64_t)(a->speech.data.n / 2) * MS / RECOGNISER_RATE);
        buf_lit(b, ",\"segments\":[");
        if (h->n)
            write_segment(b, h, text);
        buf_c(b, ']');
        if (a->words)
            write_words(b, h);
    }
    buf_c(b, '}');
}

static err transcribe(struct ctx *c, struct call *call)
{
    struct asked a = { 0 };
    struct heard heard = { 0 };
    int status = 0;
    const char *param = NULL, *why = read_form(call, &a, &status, &param);
    if (why)
        return refuse(c, call, status, param, why);
    size_t n = a.speech.data.n / 2;
    int16_t *samples = arena_try(c->mem, n ? n : 1, sizeof(*samples), _Alignof(int16_t));
    if (!samples)
        return FAIL(c, TOO_LARGE, "the speech is too long");
    memcpy(samples, a.speech.data.p, n * sizeof(*samples)); /* it may begin at an odd address */
    TRY(recogniser_hear(c, house.recogniser, samples, n, &heard));
    struct buf text, b;
    buf_init(&text, c->mem, ANSWER_MAX);
    write_text(&text, &heard);
    buf_init(&b, c->mem, ANSWER_MAX);
    write_answer(&b, &a, &heard, buf_view(&text));
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "the answer is too long");
    call->raw = buf_view(&b);
    call->content_type = a.shape == SHAPE_TEXT ? "text/plain; charset=utf-8" : "application/json";
    return ERR_OK;
}

static err models(struct ctx *c, struct call *call)
{
    (void)c;
    call->raw = S("{\"object\":\"list\",\"data\":[{\"id\":\"" TRANSCRIPTION_MODEL
                  "\",\"object\":\"model\",\"created\":0,\"owned_by\":\"local\"}]}");
    call->content_type = "application/json";
    return ERR_OK;
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = "/v1/audio/transcriptions", .run = transcribe,
      .summary = "Speech to text: a WAV file of 16 kHz mono PCM in a form.",
      .roles = ROLE_OPERATOR, .flags = ROUTE_RAW | ROUTE_SLOW, .body_max = BODY_MAX },
    { .method = "GET", .path = "/v1/models", .run = models, .summary = "The one model.",
      .roles = ROLE_OPERATOR, .flags = ROUTE_RAW },
};
/* clang-format on */
const struct route_table transcription_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
