/* A pool of pocketsphinx decoders, each used by one thread at a time. */
#include "stt/recogniser.h"

#include <pocketsphinx.h>
#include <sphinxbase/err.h>

#include <pthread.h>
#include <string.h>

#include "base/str.h"

enum { PATH_MAX_BYTES = 512, FRAMES_PER_SECOND = 100, MS_PER_FRAME = 1000 / FRAMES_PER_SECOND };

struct recogniser {
    struct arena *mem; /* holds this struct */
    pthread_mutex_t lock;
    pthread_cond_t freed;
    ps_decoder_t *idle[RECOGNISER_DECODERS_MAX];
    size_t n_idle, n;
};

/* Narrow beams: under noise the wide ones take three times as long and hear no better. */
static cmd_ln_t *settings(const char *model)
{
    char hmm[PATH_MAX_BYTES], lm[PATH_MAX_BYTES], dict[PATH_MAX_BYTES];
    snprintf(hmm, sizeof(hmm), "%s/en-us", model);
    snprintf(lm, sizeof(lm), "%s/en-us.lm.bin", model);
    snprintf(dict, sizeof(dict), "%s/cmudict-en-us.dict", model);
    return cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-lm", lm, "-dict", dict, "-maxhmmpf",
                       "3000", "-maxwpf", "5", "-ds", "2", "-topn", "2", "-logfn", "/dev/null",
                       NULL);
}

static ps_decoder_t *decoder_open(const char *model)
{
    cmd_ln_t *config = settings(model);
    ps_decoder_t *ps = config ? ps_init(config) : NULL;
    cmd_ln_free_r(config); /* the decoder keeps a reference of its own */
    return ps;
}

err recogniser_open(struct ctx *c, const char *model, size_t decoders, struct recogniser **ret)
{
    if (decoders < 1 || decoders > RECOGNISER_DECODERS_MAX)
        return FAIL(c, INVALID, "decoders: 1 to %d", RECOGNISER_DECODERS_MAX);
    struct arena *mem = arena_open(NULL, sizeof(struct recogniser) * 2);
    struct recogniser *r = arena_new(mem, struct recogniser);
    r->mem = mem;
    err_set_logfp(NULL);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->freed, NULL);
    for (; r->n < decoders; r->n++) {
        ps_decoder_t *ps = decoder_open(model);
        if (!ps) {
            recogniser_close(r);
            return FAIL(c, INVALID, "no speech model can be loaded from %s", model);
        }
        r->idle[r->n_idle++] = ps;
    }
    *ret = r;
    return ERR_OK;
}

void recogniser_close(struct recogniser *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_idle; i++)
        ps_free(r->idle[i]);
    pthread_cond_destroy(&r->freed);
    pthread_mutex_destroy(&r->lock);
    arena_close(r->mem);
}

static ps_decoder_t *borrow(struct recogniser *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->n_idle == 0)
        pthread_cond_wait(&r->freed, &r->lock);
    ps_decoder_t *ps = r->idle[--r->n_idle];
    pthread_mutex_unlock(&r->lock);
    return ps;
}

static void give_back(struct recogniser *r, ps_decoder_t *ps)
{
    pthread_mutex_lock(&r->lock);
    r->idle[r->n_idle++] = ps;
    pthread_cond_signal(&r->freed);
    pthread_mutex_unlock(&r->lock);
}

/* Marks of sentence and silence stand in angle brackets, noises in square ones or between pluses;
 * a second pronunciation is word(2). */
static bool take_word(const char *from, char ret[RECOGNISER_WORD_MAX])
{
    if (!from || strchr("<[+", from[0])) /* an empty name too: strchr finds its NUL */
        return false;
    size_t n = strcspn(from, "(");
    if (n == 0 || n >= RECOGNISER_WORD_MAX)
        return false;
    memcpy(ret, from, n);
    ret[n] = 0;
    return true;
}

static void collect(struct ctx *c, ps_decoder_t *ps, struct heard *ret)
{
    struct heard_word *words = arena_array(c->mem, struct heard_word, RECOGNISER_WORDS_MAX);
    double sum = 0;
    size_t n = 0;
    for (ps_seg_t *seg = ps_seg_iter(ps); seg; seg = ps_seg_next(seg)) {
        if (n == RECOGNISER_WORDS_MAX) {
            ps_seg_free(seg);
            break;
        }
        struct heard_word *w = &words[n];
        int begin = 0, end = 0;
        if (!take_word(ps_seg_word(seg), w->text))
            continue;
        ps_seg_frames(seg, &begin, &end);
        w->begin_ms = (int64_t)begin * MS_PER_FRAME;
        w->end_ms = ((int64_t)end + 1) * MS_PER_FRAME;
        w->posterior = logmath_exp(ps_get_logmath(ps), ps_seg_prob(seg, NULL, NULL, NULL));
        w->posterior = w->posterior > 1 ? 1 : w->posterior;
        sum += w->posterior;
        n++;
    }
    *ret = (struct heard){ .words = words, .n = n, .posterior = n ? sum / (double)n : 0 };
}

/* As one block: the channel is then normalised by this utterance alone, and what another speaker
 * said before changes nothing. */
static bool hear(ps_decoder_t *ps, const int16_t *samples, size_t n)
{
    if (ps_start_stream(ps) < 0 || ps_start_utt(ps) < 0)
        return false;
    bool ok = n == 0 || ps_process_raw(ps, samples, n, FALSE, TRUE) >= 0;
    return ps_end_utt(ps) >= 0 && ok;
}

err recogniser_hear(struct ctx *c, struct recogniser *r, const int16_t *samples, size_t n,
                    struct heard *ret)
{
    ps_decoder_t *ps = borrow(r);
    bool ok = hear(ps, samples, n);
    if (ok)
        collect(c, ps, ret);
    give_back(r, ps);
    return ok ? ERR_OK : FAIL(c, INTERNAL, "the recogniser gave up on this utterance");
}
