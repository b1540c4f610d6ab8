/* Speech to text: an endpoint, or the offline recogniser, as the options say. */
#include <limits.h>
#include <unistd.h>

#include "app/recogniser_child.h"
#include "app/wire.h"
#include "base/str.h"
#include "domain/interview.h"
#include "jobs/hearer.h"

struct speech {
    struct stt *stt;                /* NULL: not an endpoint */
    struct recogniser_child *child; /* NULL: not the offline one */
    struct speech_queue *queue;     /* of what waits to be written down */
    struct hearer *hearer;
};
/* The offline recogniser is right less often than its posterior says (docs/BIAS.md). */
static const double basic_confidence = 0.6;

static bool asks_endpoint(const struct options *o)
{
    if (o->stt_provider == OPTION_STT_AUTO)
        return o->stt_base_url.n > 0 || o->openai_api_key.n > 0;
    return o->stt_provider == OPTION_STT_OPENAI;
}

struct str speech_base_url(const struct options *o)
{
    if (!asks_endpoint(o))
        return (struct str){ 0 };
    return o->stt_base_url.n ? o->stt_base_url : o->llm_base_url;
}

/* enigma-stt beside this program; absent when the system does not tell where that is. */
static const char *program_path(struct ctx *c, const struct options *o)
{
    char own[PATH_MAX];
    if (o->stt_program.n)
        return str_z(c->mem, o->stt_program);
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own));
    while (n > 0 && own[n - 1] != '/')
        n--;
    return str_z(c->mem, str_fmt(c->mem, "%.*senigma-stt", n > 0 ? (int)n : 0, own));
}

static err open_endpoint(struct ctx *c, struct installation *in, struct speech *s)
{
    const struct options *o = &in->o;
    TRY(installation_start_client(c, in));
    const struct stt_options so = {
        .http = in->deps.client,
        .deps = &in->deps,
        .base_url = speech_base_url(o),
        .api_key = o->stt_api_key.n    ? o->stt_api_key
                   : o->stt_base_url.n ? (struct str){ 0 }
                                       : o->openai_api_key,
        .model = o->stt_model,
        .language = o->stt_language,
        .timeout_ms = (uint32_t)o->stt_timeout_ms,
    };
    TRY(stt_open(c, &so, &s->stt));
    in->deps.stt = stt_port_of(s->stt);
    return ERR_OK;
}

static err open_embedded(struct ctx *c, struct installation *in, struct speech *s)
{
    const struct recogniser_child_options ro = { .deps = &in->deps,
                                                 .program = program_path(c, &in->o),
                                                 .decoders = (uint32_t)in->o.stt_decoders,
                                                 .timeout_ms = (uint32_t)in->o.stt_timeout_ms };
    if (in->o.stt_provider == OPTION_STT_AUTO && access(ro.program, X_OK) != 0)
        return ERR_OK;
    TRY(recogniser_child_open(c, &ro, &s->child));
    in->deps.stt = recogniser_child_port(s->child);
    return ERR_OK;
}

static err start_hearers(struct ctx *c, struct installation *in, struct speech *s)
{
    const bool basic = s->child != NULL;
    if (!in->deps.stt)
        return ERR_OK;
    if (basic && in->settings.bias.stt_min_confidence < basic_confidence)
        in->settings.bias.stt_min_confidence = basic_confidence;
    TRY(speech_queue_open(c, basic ? S("pocketsphinx-en-us") : in->o.stt_model, &s->queue));
    TRY(hearer_open(c, &in->deps, s->queue, (unsigned)in->o.stt_max_in_flight, &s->hearer));
    in->deps.speech = s->queue;
    in->settings.transcription = basic ? TRANSCRIPTION_BASIC : TRANSCRIPTION_FULL;
    return ERR_OK;
}

err installation_start_speech(struct ctx *c, struct installation *in)
{
    if (in->speech || in->o.stt_provider == OPTION_STT_OFF)
        return ERR_OK;
    struct speech *s = arena_new(in->mem, struct speech);
    TRY(asks_endpoint(&in->o) ? open_endpoint(c, in, s) : open_embedded(c, in, s));
    in->speech = s;
    return start_hearers(c, in, s);
}

void installation_stop_speech(struct installation *in)
{
    if (!in->speech)
        return;
    hearer_close(in->speech->hearer);
    in->speech->hearer = NULL;
}

void installation_close_speech(struct installation *in)
{
    if (!in->speech)
        return;
    installation_stop_speech(in);
    in->deps.speech = NULL;
    speech_queue_close(in->speech->queue);
    in->deps.stt = NULL;
    stt_close(in->speech->stt);
    recogniser_child_close(in->speech->child);
    in->speech = NULL;
}
