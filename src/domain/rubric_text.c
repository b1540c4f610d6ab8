/* domain/rubric_text.c: reads a text once and counts what the rubric rewards.
 * Placeholders of the scrubber are passed over, so that a redaction neither earns nor costs. */
#include "domain/rubric_text.h"

#include "base/str.h"

enum { SEEN_SLOTS = 512, WORD_MAX = 40, NEAR_WORDS = 3, PLACEHOLDER_MAX = 12 };
_Static_assert(SEEN_SLOTS > 2 * TEXT_SAMPLE_WORDS, "the set of seen words stays sparse");

struct reader {
    const char *at, *end;
    struct text_features *f;
    uint64_t groups[WORD_GROUPS_MAX / 64]; /* word groups met so far */
    uint32_t seen[SEEN_SLOTS];             /* hashes of sample words; 0: free */
    const char *sentence;                  /* where the sentence began */
    int64_t sentence_words, sentence_points, best_points;
    int since_number; /* words since a number that counts nothing yet; NEAR_WORDS: none */
    bool paragraph_open;
};

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch & 0x80);
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static void see_word(struct reader *r, uint32_t hash)
{
    if (r->f->sample >= TEXT_SAMPLE_WORDS)
        return;
    r->f->sample++;
    hash = hash ? hash : 1;
    size_t at = hash % SEEN_SLOTS;
    while (r->seen[at] && r->seen[at] != hash)
        at = (at + 1) % SEEN_SLOTS;
    r->f->sample_unique += r->seen[at] == 0;
    r->seen[at] = hash;
}

static void number_counts(struct reader *r, int64_t *what)
{
    (*what)++;
    r->sentence_points += 3;
    r->since_number = NEAR_WORDS;
}

static void see_group(struct reader *r, size_t group)
{
    struct text_features *f = r->f;
    uint32_t kinds = word_groups[group].kinds;
    if (kinds & WORD_FILLER)
        f->filler++;
    if (r->since_number < NEAR_WORDS && (kinds & (WORD_UNIT | WORD_TIME)))
        number_counts(r, kinds & WORD_TIME ? &f->durations : &f->quantified);
    if (kinds & WORD_NUMBER)
        r->since_number = -1; /* the word itself is counted next */
    if (r->groups[group / 64] >> (group % 64) & 1)
        return;
    r->groups[group / 64] |= 1ULL << (group % 64);
    f->durations += (kinds & WORD_OFTEN) != 0;
    f->actions += (kinds & WORD_ACTION) != 0;
    f->outcomes += (kinds & WORD_OUTCOME) != 0;
    f->roles += (kinds & WORD_ROLE) != 0;
    f->links += (kinds & WORD_LINK) != 0;
    f->reflections += (kinds & WORD_REFLECT) != 0;
    r->sentence_points += (kinds & (WORD_ACTION | WORD_OUTCOME | WORD_ROLE)) != 0;
}

static void read_word(struct reader *r)
{
    char lower[WORD_MAX];
    size_t n = 0;
    uint32_t hash = WORD_HASH_START;
    while (r->at < r->end && (is_letter(*r->at) || (*r->at == '\'' && n > 0))) {
        char ch = *r->at++;
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch + ('a' - 'A'));
        hash = word_hash_step(hash, ch);
        if (n < WORD_MAX)
            lower[n] = ch;
        n++;
    }
    r->f->words++;
    r->sentence_words++;
    r->paragraph_open = true;
    see_word(r, hash);
    int group = n <= WORD_MAX ? word_group_of((struct str){ lower, n }, hash) : -1;
    if (group >= 0)
        see_group(r, (size_t)group);
    if (r->since_number < NEAR_WORDS)
        r->since_number++;
}

/* A number is not a word: its size never changes a mark, only that it counts something. */
static void read_number(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && (is_digit(*r->at) || ((*r->at == '.' || *r->at == ',') &&
                                                   r->end - r->at > 1 && is_digit(r->at[1]))))
        r->at++;
    struct str number = { from, (size_t)(r->at - from) };
    bool year = number.n == 4 && (str_starts(number, S("19")) || str_starts(number, S("20")));
    const char *after = r->at;
    if (after < r->end && *after == ' ')
        after++;
    if (after < r->end && *after == '%')
        number_counts(r, &r->f->quantified);
    else if (!year)
        r->since_number = 0;
}

static void end_sentence(struct reader *r, const char *end)
{
    if (r->sentence_words > 0) {
        r->f->sentences++;
        if (r->sentence_points > r->best_points) {
            r->best_points = r->sentence_points;
            r->f->best = str_trim((struct str){ r->sentence, (size_t)(end - r->sentence) });
        }
    }
    r->sentence = end;
    r->sentence_words = r->sentence_points = 0;
    r->since_number = NEAR_WORDS;
}

static void end_paragraph(struct reader *r)
{
    r->f->paragraphs += r->paragraph_open;
    r->paragraph_open = false;
}

/* "[NAME]", "[PERSON_2]" and their kin. */
static bool pass_placeholder(struct reader *r)
{
    size_t left = (size_t)(r->end - r->at);
    size_t most = left < PLACEHOLDER_MAX ? left : PLACEHOLDER_MAX;
    const char *close = memchr(r->at, ']', most);
    if (!close)
        return false;
    if (close == r->at + 1 || r->at[1] < 'A' || r->at[1] > 'Z')
        return false;
    for (const char *p = r->at + 1; p < close; p++)
        if ((*p < 'A' || *p > 'Z') && *p != '_' && (*p < '0' || *p > '9'))
            return false;
    r->at = close + 1;
    return true;
}

static void read_mark(struct reader *r)
{
    char ch = *r->at;
    if (ch == '[' && pass_placeholder(r))
        return;
    r->at++;
    bool stop = ch == '.' || ch == '!' || ch == '?' || ch == ';';
    if (stop && (r->at == r->end || *r->at == ' ' || *r->at == '\n' || *r->at == '"'))
        end_sentence(r, r->at);
    if (ch != '\n')
        return;
    end_sentence(r, r->at);
    if (r->at < r->end && (*r->at == '\n' || *r->at == '\r'))
        end_paragraph(r);
}

void text_features_read(struct str text, struct text_features *ret)
{
    *ret = (struct text_features){ 0 };
    if (text.n == 0)
        return;
    struct reader r = { .at = text.p,
                        .end = text.p + text.n,
                        .f = ret,
                        .sentence = text.p,
                        .since_number = NEAR_WORDS };
    while (r.at < r.end) {
        if (is_letter(*r.at))
            read_word(&r);
        else if (is_digit(*r.at))
            read_number(&r);
        else
            read_mark(&r);
    }
    end_sentence(&r, r.end);
    end_paragraph(&r);
}

int64_t text_variety(const struct text_features *f)
{
    return f->sample ? f->sample_unique * 1000 / f->sample : 0;
}
