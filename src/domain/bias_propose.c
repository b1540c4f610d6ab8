/* Section 2 of the bias rules: what severity wants, what confidence allows, and the caps. */
#include <math.h>

#include "base/str.h"
#include "domain/bias.h"

static const int weights[BIAS_SEVERITIES] = { 0, 0, 1, 2, 3 };
static const int32_t wants[BIAS_SEVERITIES] = { RESPOND_NONE, RESPOND_INFO, RESPOND_WARNING,
                                                RESPOND_WARNING, RESPOND_BLOCK };
static const int most[] = { 0, 0, 2, 3 };
static const int64_t second_us = 1000000;

int bias_weight(int severity)
{
    return severity >= 0 && severity < BIAS_SEVERITIES ? weights[severity] : 0;
}

int bias_points_most(int response)
{
    return response >= RESPOND_NONE && response <= RESPOND_BLOCK ? most[response] : 0;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* How far the model's own certainty lets us go. */
static int32_t confidence_cap(const struct bias_settings *s, double confidence)
{
    if (confidence >= s->nudge_threshold_high)
        return RESPOND_BLOCK;
    if (confidence >= s->nudge_threshold_medium)
        return RESPOND_WARNING;
    return confidence >= s->nudge_threshold_low ? RESPOND_INFO : RESPOND_NONE;
}

struct bias_proposal bias_propose(const struct bias_settings *s, const struct bias_analysis *a)
{
    int32_t response = least(wants[a->severity], confidence_cap(s, a->confidence));
    if (!isnan(a->stt_confidence) && a->stt_confidence < s->stt_min_confidence) /* C1 */
        response = least(response, RESPOND_INFO);
    if (a->source == BIAS_RULES) /* C2 */
        response = least(response, s->bias_fallback_max);
    struct bias_proposal p = { .response = response };
    p.late = a->analysed_at_us - a->t_us > s->bias_late_seconds * second_us;
    if (p.late) { /* C3 */
        p.flag = response >= RESPOND_WARNING ? FLAG_REVIEW : FLAG_NONE;
        return p;
    }
    const int weight = bias_weight(a->severity), room = bias_points_most(response);
    p.points = weight < room ? weight : room;
    if (response == RESPOND_BLOCK)
        p.flag = FLAG_CRITICAL_INCIDENT;
    else if (a->severity == BIAS_CRITICAL && response != RESPOND_NONE) /* C4 */
        p.flag = FLAG_REVIEW;
    return p;
}

/* Words of an utterance as 64-bit hashes: as a set they are compared, not read. */
enum { WORDS_MAX = 1024, WORD_MAX = 64, TEXT_MAX = 16384 };
struct words {
    uint64_t v[WORDS_MAX];
    size_t n;
};

static char word_char(char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        return (char)(ch - 'A' + 'a');
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '\'' ? ch : 0;
}

static void words_add(struct words *w, const char *word, size_t n)
{
    const uint64_t h = str_hash((struct str){ word, n });
    for (size_t i = 0; i < w->n; i++)
        if (w->v[i] == h)
            return;
    if (w->n < WORDS_MAX)
        w->v[w->n++] = h;
}

/* Of the first TEXT_MAX bytes; long words are told apart by their first WORD_MAX bytes alone. */
static void words_of(struct str text, struct words *ret)
{
    char word[WORD_MAX];
    const size_t end = text.n < TEXT_MAX ? text.n : TEXT_MAX;
    size_t n = 0;
    ret->n = 0;
    for (size_t i = 0; i <= end; i++) {
        const char ch = i < end ? word_char(text.p[i]) : 0;
        if (ch && n < WORD_MAX)
            word[n++] = ch;
        if (ch || n == 0)
            continue;
        words_add(ret, word, n);
        n = 0;
    }
}

bool bias_same_words(struct str a, struct str b)
{
    enum { SAME_OF = 10, SAME_AT = 6 }; /* 0.6, without rounding */
    struct words wa, wb;
    words_of(a, &wa);
    words_of(b, &wb);
    size_t both = 0;
    for (size_t i = 0; i < wa.n; i++)
        for (size_t k = 0; k < wb.n; k++)
            both += wa.v[i] == wb.v[k];
    const size_t either = wa.n + wb.n - both;
    return either > 0 && both * SAME_OF >= either * SAME_AT;
}
