/* The score: classes that meet in a sentence, marks of templates, hidden characters, and the same
 * again under what hides them. */
#include "detect/injection.h"

#include <pthread.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "detect/injection_inner.h"

enum {
    SCORE_MAX = 1000,
    SURE = 100,
    LIKELY = 60,
    ROUNDS_MAX = 2,
    RUN_MIN = 20,    /* of base64 */
    SPACED_MIN = 8,  /* letters one by one */
    HIDDEN_SURE = 3, /* tags, variation selectors */
    ZERO_WIDTH_SURE = 8,
    ZERO_WIDTH_SOME = 3
};

/* The best of each sign: two different ones say more than the same one twice. */
struct finding {
    int32_t of[INJ_SIGNS];
    uint32_t signs;
};

static void note(struct finding *f, int32_t score, uint32_t signs)
{
    if (score <= 0)
        return;
    f->signs |= signs;
    for (int i = 0; i < INJ_SIGNS; i++)
        if (signs >> i & 1 && score > f->of[i])
            f->of[i] = score;
}

static int32_t best_of(const struct finding *f)
{
    int32_t best = 0;
    for (int i = 0; i < INJ_SIGNS; i++)
        best = f->of[i] > best ? f->of[i] : best;
    return best;
}

static int32_t score_of(const struct finding *f)
{
    int32_t sum = 0;
    for (int i = 0; i < INJ_SIGNS; i++)
        sum += f->of[i];
    return sum < SCORE_MAX ? sum : SCORE_MAX;
}

static bool word_begins(struct str s, size_t at)
{
    if ((unsigned char)s.p[at] >= 0x80 || at == 0)
        return true;
    const unsigned char before = (unsigned char)s.p[at - 1];
    return before == ' ' || before == (unsigned char)INJECTION_QUOTE || before >= 0x80;
}

static bool has_phrase(struct str s, struct str phrase)
{
    for (size_t i = 0; i + phrase.n <= s.n; i++) {
        const char *hit = memchr(s.p + i, phrase.p[0], s.n - phrase.n - i + 1);
        if (!hit)
            return false;
        i = (size_t)(hit - s.p);
        if (memcmp(hit, phrase.p, phrase.n) == 0 && word_begins(s, i))
            return true;
    }
    return false;
}

/* The phrases by their first byte, made once. */
enum { PHRASES_MAX = 1024 };
static struct {
    uint16_t begin[257], order[PHRASES_MAX];
    uint8_t length[PHRASES_MAX];
} by_byte;
static pthread_once_t by_byte_made = PTHREAD_ONCE_INIT;

static void make_by_byte(void)
{
    size_t n = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        by_byte.begin[byte] = (uint16_t)n;
        for (size_t i = 0; i < injection_phrase_count && n < PHRASES_MAX; i++) {
            if ((unsigned char)injection_phrases[i].text[0] != byte)
                continue;
            by_byte.order[n] = (uint16_t)i;
            by_byte.length[n++] = (uint8_t)strlen(injection_phrases[i].text);
        }
    }
    by_byte.begin[256] = (uint16_t)n;
}

/* s: with the blank behind its last word. */
static uint32_t classes_of(struct str s)
{
    uint32_t classes = 0;
    (void)pthread_once(&by_byte_made, make_by_byte);
    for (size_t i = 0; i < s.n; i++) {
        const unsigned byte = (unsigned char)s.p[i];
        if (by_byte.begin[byte] == by_byte.begin[byte + 1] || !word_begins(s, i))
            continue;
        for (size_t k = by_byte.begin[byte]; k < by_byte.begin[byte + 1]; k++)
            if (by_byte.length[k] <= s.n - i &&
                memcmp(s.p + i, injection_phrases[by_byte.order[k]].text, by_byte.length[k]) == 0)
                classes |= injection_phrases[by_byte.order[k]].classes;
    }
    return classes;
}

static bool all(uint32_t classes, uint32_t wanted)
{
    return (classes & wanted) == wanted;
}

static int32_t override_score(uint32_t k)
{
    if (!all(k, P_OVERRIDE | P_RULES))
        return 0;
    return LIKELY + (k & P_BEFORE ? 40 : 0) + (k & (P_GRADER | P_GIVE) ? 20 : 0);
}

static int32_t demand_score(uint32_t k)
{
    int32_t score = 0;
    if (all(k, P_GIVE | P_TOP | P_MARK))
        score = LIKELY + (k & P_TARGET ? 40 : 0) + (k & (P_GRADER | P_OVERRIDE) ? 40 : 0);
    else if (all(k, P_GIVE | P_TOP | P_TARGET) || all(k, P_TOP | P_MARK | P_TARGET | P_GRADER))
        score = SURE;
    if (k & P_SELECT)
        score += 50 + (k & (P_GRADER | P_TARGET) ? 50 : 0);
    return score;
}

static int32_t address_score(uint32_t k)
{
    if (!(k & P_GRADER) || !(k & (P_GIVE | P_SELECT | P_OVERRIDE | P_ROLE)))
        return 0;
    return k & (P_TOP | P_RULES | P_TARGET) ? SURE : 50;
}

static void judge_sentence(struct finding *f, uint32_t k, bool meta)
{
    /* Who writes about such orders quotes them; who gives them does not say what they are. */
    const int32_t half = (k & P_QUOTED) && meta ? 2 : 1;
    if (k & P_ALONE)
        note(f, SURE / half, INJ_ADDRESS);
    note(f, override_score(k) / half, INJ_OVERRIDE);
    note(f, demand_score(k) / half, INJ_DEMAND);
    note(f, address_score(k) / half, INJ_ADDRESS);
    if (k & P_ROLE)
        note(f, (LIKELY + (k & (P_GIVE | P_GRADER | P_SELECT) ? 40 : 0)) / half, INJ_ROLE);
    if (all(k, P_REVEAL | P_RULES))
        note(f, 80 / half, INJ_REVEAL);
}

/* Each sentence by itself; first whether the text is about such things at all. */
static void judge_sentences(struct finding *f, struct str folded)
{
    const bool meta = has_phrase(folded, S("prompt injection")) || classes_of(folded) & P_META;
    while (folded.p) {
        struct str s;
        folded = str_cut(folded, '\n', &s);
        if (s.n < 4)
            continue;
        const bool quoted = s.p[0] == INJECTION_QUOTE;
        char text[2048];
        const size_t n = s.n < sizeof(text) - 1 ? s.n : sizeof(text) - 1;
        memcpy(text, s.p, n);
        text[n] = ' ';
        judge_sentence(f, classes_of((struct str){ text, n + 1 }) | (quoted ? P_QUOTED : 0), meta);
    }
}

/* Letters one by one, joined; then phrases are looked for without their blanks. */
static void judge_spaced(struct finding *f, struct str folded)
{
    static const struct str orders[] = {
        S_INIT("ignoreall"),    S_INIT("ignoreprevious"), S_INIT("ignoretheabove"),
        S_INIT("fullmarks"),    S_INIT("systemprompt"),   S_INIT("highestscore"),
        S_INIT("givethis"),     S_INIT("maximumscore"),   S_INIT("disregard"),
        S_INIT("instructions"), S_INIT("perfectscore"),   S_INIT("score100"),
    };
    char joined[512];
    size_t n = 0;
    for (size_t i = 0; i <= folded.n; i++) {
        const bool one = i + 1 < folded.n && folded.p[i] != ' ' && folded.p[i] != '\n' &&
                         (folded.p[i + 1] == ' ' || folded.p[i + 1] == '\n');
        if (one && n < sizeof(joined)) {
            joined[n++] = folded.p[i++];
            continue;
        }
        for (size_t k = 0; n >= SPACED_MIN && k < sizeof(orders) / sizeof(orders[0]); k++)
            if (memmem(joined, n, orders[k].p, orders[k].n))
                note(f, SURE, INJ_ENCODED);
        n = 0;
        while (i < folded.n && folded.p[i] != ' ' && folded.p[i] != '\n')
            i++;
    }
}

static const struct str raw_marks[] = {
    S_INIT("<|im_"),           S_INIT("<|system"),    S_INIT("<|user"),
    S_INIT("<|assistant"),     S_INIT("<|endoftext"), S_INIT("<|eot"),
    S_INIT("<|start"),         S_INIT("<|end"),       S_INIT("[inst]"),
    S_INIT("[/inst]"),         S_INIT("<<sys>>"),     S_INIT("<start_of_turn>"),
    S_INIT("### instruction"), S_INIT("### system"),  S_INIT("### response"),
    S_INIT("<system>"),        S_INIT("</system>"),   S_INIT("<instructions>"),
    S_INIT("-----begin "),     S_INIT("-----end "),   S_INIT("</essay>"),
    S_INIT("</text>"),         S_INIT("</applicant"), S_INIT("</user"),
};
static const struct str raw_members[] = {
    S_INIT("\"score\""),          S_INIT("\"essay_score"),     S_INIT("\"achievement_score"),
    S_INIT("\"total_score"),      S_INIT("\"academic_score"),  S_INIT("\"quality_score"),
    S_INIT("\"decision\""),       S_INIT("\"bias_detected"),   S_INIT("'score':"),
    S_INIT("\"role\": \"system"), S_INIT("\"role\":\"system"),
};
static const struct str raw_roles[] = { S_INIT("system:"),         S_INIT("assistant:"),
                                        S_INIT("developer:"),      S_INIT("user:"),
                                        S_INIT("system message:"), S_INIT("[system]"),
                                        S_INIT("[assistant]") };

static bool starts_with(struct str s, struct str head)
{
    return s.n >= head.n && str_eqi(str_sub(s, 0, head.n), head);
}

static bool any_starts(struct str s, const struct str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (starts_with(s, v[i]))
            return true;
    return false;
}

/* As it stands, before folding takes the signs away. */
static void judge_raw(struct finding *f, struct str text)
{
    bool line = true;
    for (size_t i = 0; i < text.n; i++) {
        const struct str rest = str_sub(text, i, text.n);
        const char ch = text.p[i];
        if (ch == '\n') {
            line = true;
            continue;
        }
        if (line && ch != ' ' && ch != '\t') {
            line = false;
            if (any_starts(rest, raw_roles, sizeof(raw_roles) / sizeof(raw_roles[0])))
                note(f, SURE, INJ_TEMPLATE);
        }
        if ((ch == 'S' && str_starts(rest, S("SYSTEM:"))) ||
            (ch == 'A' && str_starts(rest, S("ASSISTANT:"))))
            note(f, SURE, INJ_TEMPLATE);
        if (strchr("<[#-", ch) &&
            any_starts(rest, raw_marks, sizeof(raw_marks) / sizeof(raw_marks[0])))
            note(f, SURE, INJ_TEMPLATE);
        if (strchr("\"'", ch) &&
            any_starts(rest, raw_members, sizeof(raw_members) / sizeof(raw_members[0])))
            note(f, SURE, INJ_FORMAT);
    }
}

struct hidden {
    int tags, overrides, zero_width, selectors;
    struct buf said; /* what the tags spell */
};

static void look_hidden(struct str text, struct hidden *h)
{
    uint32_t before = 0;
    bool flag = false;
    for (size_t i = 0; i < text.n;) {
        const uint32_t cp = utf8_next(text, &i);
        const bool tag = cp >= 0xe0000 && cp <= 0xe007f;
        if (tag && !flag) {
            h->tags++;
            if (cp > 0xe0020)
                buf_c(&h->said, (char)(cp - 0xe0000));
            else
                buf_c(&h->said, ' ');
        }
        flag = cp == 0x1f3f4 || (flag && tag); /* the flags of England, Scotland, Wales */
        h->overrides += cp == 0x202d || cp == 0x202e;
        h->selectors += cp >= 0xe0100 && cp <= 0xe01ef;
        h->zero_width += code_point_zero_width(cp) && !code_point_joining(before) && i < text.n;
        before = cp;
    }
}

static void judge_hidden(struct finding *f, struct str text, struct hidden *h)
{
    look_hidden(text, h);
    if (h->tags >= HIDDEN_SURE || h->selectors >= HIDDEN_SURE || h->zero_width >= ZERO_WIDTH_SURE)
        note(f, SURE, INJ_HIDDEN);
    else if (h->overrides > 0)
        note(f, LIKELY, INJ_HIDDEN);
    else if (h->zero_width >= ZERO_WIDTH_SOME)
        note(f, 40, INJ_HIDDEN);
}

static void judge_text(struct ctx *c, struct finding *f, struct str text, int round);

static void judge_inner(struct ctx *c, struct finding *f, struct str text, int round)
{
    struct finding inner = { 0 };
    judge_text(c, &inner, text, round + 1);
    if (best_of(&inner) >= LIKELY)
        note(f, SURE, INJ_ENCODED | inner.signs);
}

static bool is_base64(char ch)
{
    return (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
           ch == '+' || ch == '/' || ch == '-' || ch == '_';
}

static bool readable(struct str s)
{
    size_t good = 0;
    for (size_t i = 0; i < s.n; i++)
        good += (s.p[i] >= ' ' && s.p[i] < 0x7f) || s.p[i] == '\n' || (unsigned char)s.p[i] >= 0x80;
    return s.n > 0 && utf8_valid(s) && good * 10 >= s.n * 9;
}

static void judge_run(struct ctx *c, struct finding *f, struct str run, int round)
{
    static const enum base64_kind kinds[] = { BASE64_STD, BASE64_URL_NOPAD };
    char *out = arena_try(c->mem, base64_max(run.n) + 4, 1, 1);
    char *padded = arena_try(c->mem, run.n + 4, 1, 1);
    if (!out || !padded)
        return;
    memcpy(padded, run.p, run.n);
    memset(padded + run.n, '=', 4);
    for (size_t k = 0; k < 2; k++) {
        size_t n = 0;
        const struct str text = { padded, k == 0 ? (run.n + 3) / 4 * 4 : run.n };
        if (base64_read(kinds[k], text, out, base64_max(run.n) + 4, &n) &&
            readable((struct str){ out, n })) {
            judge_inner(c, f, (struct str){ out, n }, round);
            return;
        }
    }
}

static void judge_base64(struct ctx *c, struct finding *f, struct str text, int round)
{
    for (size_t i = 0; i < text.n;) {
        size_t k = i;
        while (k < text.n && is_base64(text.p[k]))
            k++;
        if (k - i >= RUN_MIN)
            judge_run(c, f, str_sub(text, i, k - i), round);
        i = k + 1;
    }
}

static void judge_rot13(struct ctx *c, struct finding *f, struct str text, int round)
{
    char *out = arena_try(c->mem, text.n + 1, 1, 1);
    if (!out)
        return;
    for (size_t i = 0; i < text.n; i++) {
        const char ch = text.p[i];
        const bool low = ch >= 'a' && ch <= 'z', high = ch >= 'A' && ch <= 'Z';
        const char base = low ? 'a' : 'A';
        out[i] = low || high ? (char)(base + (ch - base + 13) % 26) : ch;
    }
    struct finding inner = { 0 };
    judge_sentences(&inner, injection_fold(c, (struct str){ out, text.n }));
    (void)round;
    if (best_of(&inner) >= SURE)
        note(f, SURE, INJ_ENCODED | inner.signs);
}

/* Recursion ends with ROUNDS_MAX: what is hidden may hide something once more. */
static void judge_text(struct ctx *c, struct finding *f, struct str text,
                       int round) /* NOLINT(misc-no-recursion) */
{
    struct hidden h = { 0 };
    const struct str folded = injection_fold(c, text);
    buf_init(&h.said, c->mem, INJECTION_TEXT_MAX);
    judge_sentences(f, folded);
    judge_spaced(f, folded);
    judge_raw(f, text);
    judge_hidden(f, text, &h);
    if (round >= ROUNDS_MAX)
        return;
    judge_base64(c, f, text, round);
    judge_rot13(c, f, text, round);
}

void injection_find(struct ctx *c, struct str text, struct injection *ret)
{
    struct finding f = { 0 };
    enum { MEM_MAX = 64 << 20 };
    struct arena *mem = c->mem;
    c->mem = arena_open(mem, MEM_MAX);
    judge_text(c, &f, str_sub(text, 0, INJECTION_TEXT_MAX), 0);
    arena_close(c->mem);
    c->mem = mem;
    *ret = (struct injection){ .score = score_of(&f), .signs = f.signs };
}

struct str injection_words(struct ctx *c, uint32_t signs)
{
    static const char *const words[] = { "hidden characters",
                                         "marks of a chat template",
                                         "an order to ignore the rules",
                                         "a demand for a mark",
                                         "words to the grader",
                                         "a role or an end that is not there",
                                         "a request to show instructions",
                                         "members of the answer",
                                         "encoded text" };
    struct buf b;
    buf_init(&b, c->mem, 512);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (signs >> i & 1)
            buf_fmt(&b, "%s%s", b.n ? ", " : "", words[i]);
    return buf_view(&b);
}
