/* domain/rubric_judge.c: the built-in Judge: recomputes what can be recomputed and refuses
 * explanations that could tell who the applicant is. */
#include "domain/rubric.h"

#include <pthread.h>

#include "base/str.h"

enum {
    MARK_MAX_E2 = 10000,
    MARK_APART_E2 = 1000,
    QUALITY_FULL_E2 = 10000,
    QUALITY_NEEDED_E2 = 7500,
    EXPLANATION_MIN = 40,
    FEEDBACK_MAX = 2048,
    JUDGE_WORD_MAX = 24
};

static const char *const decision_text[] = { "approved", "rejected" };
NAMES(judge_decision_names, decision_text);

/* Sorted. Pronouns, kinship and titles with a gender, and words for religion and origin. */
static const char *const identity_words[] = {
    "actress",   "african", "american", "arab",      "asian",       "aunt",     "boy",
    "boys",      "british", "brother",  "brothers",  "buddhist",    "catholic", "chinese",
    "christian", "dad",     "daughter", "father",    "female",      "fiance",   "french",
    "gay",       "german",  "girl",     "girls",     "grandfather", "grandma",  "grandmother",
    "grandpa",   "he",      "her",      "hers",      "herself",     "him",      "himself",
    "hindu",     "his",     "husband",  "immigrant", "indian",      "jewish",   "lady",
    "latina",    "latino",  "lesbian",  "madam",     "male",        "man",      "men",
    "mexican",   "mom",     "mother",   "mr",        "mrs",         "ms",       "mum",
    "muslim",    "nephew",  "niece",    "nigerian",  "pakistani",   "prince",   "princess",
    "refugee",   "russian", "she",      "sikh",      "sir",         "sister",   "sisters",
    "son",       "uncle",   "wife",     "woman",     "women",
};

enum { IDENTITY_WORDS = sizeof(identity_words) / sizeof(identity_words[0]) };

/* By first letter, bit n: some identity word has n letters. Filled once; most words of a text need
 * no search then. */
static uint32_t identity_lengths[26];
static pthread_once_t lengths_once = PTHREAD_ONCE_INIT;

static void lengths_fill(void)
{
    for (size_t i = 0; i < IDENTITY_WORDS; i++)
        identity_lengths[identity_words[i][0] - 'a'] |= UINT32_C(1) << strlen(identity_words[i]);
}

static int by_word(const void *key, const void *item)
{
    const struct str *word = key;
    const char *const *known = item;
    return str_cmp(*word, str_of(*known));
}

static bool is_identity_word(struct str lower)
{
    return identity_lengths[lower.p[0] - 'a'] >> lower.n & 1 &&
           bsearch(&lower, identity_words, IDENTITY_WORDS, sizeof(identity_words[0]), by_word);
}

/* The first word of the text that could tell who the applicant is, or absent. */
static struct str identity_word(struct ctx *c, struct str text)
{
    pthread_once(&lengths_once, lengths_fill);
    for (size_t i = 0; i < text.n;) {
        char lower[JUDGE_WORD_MAX];
        size_t n = 0;
        for (; i < text.n; i++) {
            char ch = text.p[i];
            if (ch >= 'A' && ch <= 'Z')
                ch = (char)(ch + ('a' - 'A'));
            if (ch < 'a' || ch > 'z')
                break;
            if (n < JUDGE_WORD_MAX)
                lower[n] = ch;
            n++;
        }
        struct str word = { lower, n };
        if (n > 0 && n < JUDGE_WORD_MAX && is_identity_word(word))
            return str_keep(c->mem, word);
        i += n == 0;
    }
    return (struct str){ NULL, 0 };
}

/* "[NAME]", "[PERSON_2]" and their kin. */
static bool has_placeholder(struct str text)
{
    for (size_t i = 0; i + 2 < text.n; i++) {
        size_t k = i + 1;
        if (text.p[i] != '[')
            continue;
        while (k < text.n && ((text.p[k] >= 'A' && text.p[k] <= 'Z') || text.p[k] == '_' ||
                              (k > i + 2 && text.p[k] >= '0' && text.p[k] <= '9')))
            k++;
        if (k > i + 2 && k < text.n && text.p[k] == ']')
            return true;
    }
    return false;
}

struct verdict {
    struct buf feedback;
    int64_t quality;
    bool refused, bias;
};

static void complain(struct verdict *v, struct str text, int64_t cost_e2)
{
    if (v->feedback.n)
        buf_c(&v->feedback, ' ');
    buf_str(&v->feedback, text);
    v->quality = v->quality > cost_e2 ? v->quality - cost_e2 : 0;
}

static void refuse(struct verdict *v, struct str text)
{
    complain(v, text, 3000);
    v->refused = true;
}

static bool mark_fits(int64_t e2)
{
    return e2 >= 0 && e2 <= MARK_MAX_E2;
}

/* A Worker may weigh a transcript a little differently; more than this is for a person. */
static bool apart(int64_t mark_e2, int64_t stored_e2)
{
    int64_t d = mark_e2 - stored_e2;
    return d > MARK_APART_E2 || d < -MARK_APART_E2;
}

static void check_numbers(struct verdict *v, const struct weights *w,
                          const struct anon_application *a, const struct worker_opinion *o)
{
    if (!mark_fits(o->academic) || !mark_fits(o->test) || !mark_fits(o->achievement) ||
        !mark_fits(o->essay)) {
        refuse(v, S("A mark lies outside 0 to 100."));
        return;
    }
    if (o->total != total_e2(w, o->academic, o->test, o->achievement, o->essay))
        refuse(v, S("The total is not the weighted sum of the four marks."));
    if (apart(o->academic, academic_e2(a->gpa)))
        refuse(v, S("The academic mark does not follow from the stored grade point average."));
    if (apart(o->test, test_percent_e2(&a->test_scores)))
        refuse(v, S("The test mark does not follow from the stored test scores."));
}

static void check_reasons(struct verdict *v, const struct worker_opinion *o)
{
    size_t reasons = 0;
    if (str_trim(o->explanation).n == 0)
        refuse(v, S("There is no explanation."));
    else if (str_trim(o->explanation).n < EXPLANATION_MIN)
        complain(v, S("The explanation is very short."), 500);
    for (size_t i = 0; i < 4; i++)
        reasons += str_trim(o->reasoning[i]).n > 0;
    if (reasons < 4)
        complain(v, S("Not every mark has a reason of its own."), 1000);
    if (str_trim(o->rubric_adherence).n == 0)
        complain(v, S("Nothing is said on how the rubric was followed."), 500);
    if (o->strengths.n == 0 && o->areas.n == 0)
        complain(v, S("Neither strengths nor areas for improvement are named."), 500);
}

static void check_text(struct ctx *c, struct verdict *v, struct str text)
{
    struct str word = identity_word(c, text);
    if (word.p) {
        v->bias = true;
        refuse(v, str_fmt(c->mem,
                          "The word \"%.*s\" could tell who the applicant is; leave it and "
                          "quotations out.",
                          STR_ARG(word)));
    }
    if (has_placeholder(text))
        refuse(v, S("A redacted passage is quoted; leave quotations out."));
}

static void check_identity(struct ctx *c, struct verdict *v, const struct worker_opinion *o)
{
    check_text(c, v, o->explanation);
    for (size_t i = 0; i < 4; i++)
        check_text(c, v, o->reasoning[i]);
    const struct list *lists[] = { &o->strengths, &o->areas };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < lists[k]->n; i++)
            check_text(c, v, ((const struct str *)lists[k]->v)[i]);
}

err rubric_judge(struct ctx *c, const struct weights *w, const struct anon_application *a,
                 const struct worker_opinion *work, struct judge_opinion *ret)
{
    struct verdict v = { .quality = QUALITY_FULL_E2 };
    buf_init(&v.feedback, c->mem, FEEDBACK_MAX);
    check_numbers(&v, w, a, work);
    check_reasons(&v, work);
    check_identity(c, &v, work);
    bool approved = !v.refused && v.quality >= QUALITY_NEEDED_E2;
    if (v.feedback.n == 0)
        buf_lit(&v.feedback, "Marks, total, reasons and wording hold.");
    *ret = (struct judge_opinion){
        .decision = approved ? JUDGE_APPROVED : JUDGE_REJECTED,
        .bias_detected = v.bias,
        .quality = v.quality,
        .feedback = buf_view(&v.feedback),
        .reasoning = approved ? S("Recomputed the total, compared academic and test marks with "
                                  "the stored numbers, and read the explanation for identity.")
                              : S("At least one check failed; the feedback names each."),
    };
    return ERR_OK;
}
