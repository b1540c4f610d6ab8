/* domain/rubric.c: the built-in Worker: marks from stored numbers and from counted text features.
 * Add a feature: one row in a table here, its count in rubric_text.c, and a new
 * RUBRIC_BUILTIN_VERSION. docs/rubric.md is written from these tables. */
#include "domain/rubric.h"

#include "base/str.h"
#include "codec/json.h"
#include "domain/rubric_text.h"

static const struct field anon_fields[] = {
    FIELD_STR(struct anon_application, anonymized_id, .flags = FIELD_REQUIRED,
              .doc = "Anonymous identifier."),
    FIELD_E2(struct anon_application, gpa, .flags = FIELD_REQUIRED, .min = 0, .max = 4,
             .doc = "Grade point average from 0 to 4."),
    FIELD_MAP_E2(struct anon_application, test_scores, .flags = FIELD_REQUIRED,
                 .doc = "Scores by test name."),
    FIELD_STR(struct anon_application, essay_scrubbed, .flags = FIELD_REQUIRED,
              .doc = "Essay without what identifies the applicant."),
    FIELD_STR(struct anon_application, achievements_scrubbed, .flags = FIELD_REQUIRED,
              .doc = "Achievements without what identifies the applicant."),
};
SCHEMA(anon_application_schema, "AnonymousApplication", struct anon_application, anon_fields);

enum {
    POINT = 100,
    REASON_MAX = 4096,
    SENTENCES_MAX = 8,
    QUOTE_MAX = 240,
    LENGTH_FULL_MIN = 200,
    LENGTH_FULL_MAX = 700,
    VARIETY_NONE = 450,
    VARIETY_FULL = 700,
    REPEAT_WORDS_MIN = 60
};

struct feature {
    const char *name, *rule; /* for the page */
    int64_t each_e2;         /* hundredths of a point a piece; below zero: a deduction */
    int64_t most;            /* pieces that count */
    int64_t (*pieces)(const struct text_features *f);
    const char *strength, *area; /* said when nearly all or hardly any was earned; NULL: never */
};

static int64_t one(const struct text_features *f)
{
    (void)f;
    return 1;
}
static int64_t quantified(const struct text_features *f)
{
    return f->quantified;
}
static int64_t durations(const struct text_features *f)
{
    return f->durations;
}
static int64_t roles(const struct text_features *f)
{
    return f->roles;
}
static int64_t actions(const struct text_features *f)
{
    return f->actions;
}
static int64_t outcomes(const struct text_features *f)
{
    return f->outcomes;
}
static int64_t links(const struct text_features *f)
{
    return f->links;
}
static int64_t reflections(const struct text_features *f)
{
    return f->reflections;
}
static int64_t filler(const struct text_features *f)
{
    return f->filler;
}
static int64_t evidence(const struct text_features *f)
{
    return f->quantified + f->durations;
}
static int64_t deeds(const struct text_features *f)
{
    return f->actions + f->outcomes;
}
static int64_t more_paragraphs(const struct text_features *f)
{
    return f->paragraphs > 1 ? f->paragraphs - 1 : 0;
}

static int64_t repetition(const struct text_features *f)
{
    return f->words >= REPEAT_WORDS_MIN && text_variety(f) < VARIETY_NONE;
}

/* In thousandths of the whole: below the range in proportion, above it falling to two fifths. */
static int64_t length(const struct text_features *f)
{
    if (f->words < LENGTH_FULL_MIN)
        return f->words * 1000 / LENGTH_FULL_MIN;
    int64_t beyond = f->words > LENGTH_FULL_MAX ? f->words - LENGTH_FULL_MAX : 0;
    return beyond * 3 > 600 ? 400 : 1000 - beyond * 3;
}

static int64_t rhythm(const struct text_features *f)
{
    int64_t mean = f->sentences ? f->words / f->sentences : 0;
    if (mean >= 10 && mean <= 28)
        return 2;
    return (mean >= 7 && mean < 10) || (mean > 28 && mean <= 40);
}

/* In thousandths; short texts repeat themselves less, so they earn in proportion. */
static int64_t variety(const struct text_features *f)
{
    int64_t v = text_variety(f);
    v = v < VARIETY_NONE ? VARIETY_NONE : v > VARIETY_FULL ? VARIETY_FULL : v;
    return (v - VARIETY_NONE) * 1000 / (VARIETY_FULL - VARIETY_NONE) * f->sample /
           TEXT_SAMPLE_WORDS;
}

/* Each table's positive rows add up to exactly 100 points, and the deductions to less than the
 * base, so that a mark never needs to be cut. A unit test holds them to it. */
static const struct feature achievement_features[] = {
    { "base", "a complete answer", 10 * POINT, 1, one, NULL, NULL },
    { "quantified results", "numbers that count something (48 pupils, 30 %)", 6 * POINT, 5,
      quantified, "Achievements are backed by numbers.",
      "Say how much, how many or how far for each achievement." },
    { "responsibilities", "different roles taken on (captain, tutor, treasurer)", 5 * POINT, 3,
      roles, "Took on responsibility in different roles.",
      "Name the responsibility you held, not only the activity." },
    { "sustained effort", "spans and habits (three years, weekly)", 5 * POINT, 3, durations,
      "Kept at activities over time.", "Say how long and how often you did each activity." },
    { "actions", "different verbs of doing (built, taught, measured)", 2 * POINT, 7, actions,
      "Describes concrete actions.", "Describe what you did yourself, with verbs of doing." },
    { "outcomes", "different words for what came of it (reduced, won, doubled)", 4 * POINT, 4,
      outcomes, "Shows what came of the work.", "Say what changed because of your work." },
    { "filler", "words that say little (very, amazing, passionate)", -1 * POINT, 5, filler, NULL,
      NULL },
    { "repetition", "fewer than 45 different words per 100, in 60 words or more", -4 * POINT, 1,
      repetition, NULL, NULL },
};
static const struct feature essay_features[] = {
    { "base", "a complete answer", 10 * POINT, 1, one, NULL, NULL },
    { "length", "words: full from 200 to 700, in proportion below, falling above", 1, 1000, length,
      NULL, "Use more of the space: a fuller text can show more." },
    { "paragraphs", "paragraphs after the first", 4 * POINT, 2, more_paragraphs, NULL,
      "Divide the essay into paragraphs, one thought each." },
    { "rhythm", "words a sentence: two steps for 10 to 28, one for 7 to 40", 3 * POINT, 2, rhythm,
      NULL, "Vary sentence length; aim for 10 to 28 words on average." },
    { "connected argument", "different connecting words (because, however, instead)", 2 * POINT, 8,
      links, "The argument is well connected.",
      "Connect the thoughts: say why one follows from another." },
    { "concrete evidence", "numbers that count something, spans and habits", 4 * POINT, 4, evidence,
      "The essay rests on concrete evidence.",
      "Support statements with concrete numbers, spans or examples." },
    { "variety of words", "different words among the first 200: from 45 to 70 in 100", 1, 1200,
      variety, "Precise and varied choice of words.", "Avoid repeating the same words." },
    { "reflection", "different words of looking back (learned, mistake, wrong)", 4 * POINT, 3,
      reflections, "Reflects on what was learned.",
      "Say what you learned, and what you would do differently." },
    { "actions and outcomes", "different verbs of doing and words for results", 2 * POINT, 5, deeds,
      NULL, "Show what you did and what came of it." },
    { "filler", "words that say little (very, amazing, passionate)", -1 * POINT, 8, filler, NULL,
      NULL },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int64_t earned(const struct feature *f, const struct text_features *t, int64_t *ret_pieces)
{
    int64_t n = f->pieces(t);
    *ret_pieces = n;
    return (n < f->most ? n : f->most) * f->each_e2;
}

/* 1200 -> "12", 735 -> "7.35" */
static void put_points(struct buf *b, int64_t e2)
{
    if (e2 < 0)
        buf_c(b, '-');
    uint64_t v = e2 < 0 ? (uint64_t)-e2 : (uint64_t)e2;
    buf_i64(b, (int64_t)(v / 100));
    if (v % 100 == 0)
        return;
    buf_c(b, '.');
    buf_c(b, (char)('0' + v % 100 / 10));
    if (v % 10)
        buf_c(b, (char)('0' + v % 10));
}

static void put_earned(struct buf *b, const struct feature *f, int64_t points, int64_t pieces)
{
    buf_lit(b, "; ");
    if (points >= 0)
        buf_c(b, '+');
    put_points(b, points);
    buf_c(b, ' ');
    buf_str(b, str_of(f->name));
    /* Proportions and yes-or-no features have no countable pieces. */
    if (f->most < 100 && f->pieces != one && f->pieces != rhythm && f->pieces != repetition)
        buf_fmt(b, " (%lld)", (long long)pieces);
}

static void add_sentence(struct ctx *c, struct list *l, const char *text)
{
    if (!l->v)
        l->v = arena_array(c->mem, struct str, SENTENCES_MAX);
    if (l->n < SENTENCES_MAX)
        ((struct str *)l->v)[l->n++] = str_of(text);
}

struct sheet {
    const char *title;
    const struct feature *features;
    size_t n;
};

/* One mark with its reasons; strengths and areas are added to the opinion. */
static int64_t mark_text(struct ctx *c, const struct sheet *s, const struct text_features *t,
                         struct worker_opinion *w, struct str *ret_reason)
{
    struct buf b;
    buf_init(&b, c->mem, REASON_MAX);
    int64_t sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct feature *f = &s->features[i];
        int64_t pieces, points = earned(f, t, &pieces), whole = f->each_e2 * f->most;
        sum += points;
        if (points != 0)
            put_earned(&b, f, points, pieces);
        if (f->strength && points * 4 >= whole * 3)
            add_sentence(c, &w->strengths, f->strength);
        if (f->area && points * 4 <= whole)
            add_sentence(c, &w->areas, f->area);
    }
    struct buf reason;
    buf_init(&reason, c->mem, REASON_MAX);
    buf_str(&reason, str_of(s->title));
    buf_c(&reason, ' ');
    put_points(&reason, sum);
    struct str parts = buf_view(&b);
    buf_lit(&reason, " = ");
    buf_str(&reason, str_sub(parts, 2, parts.n)); /* without the first "; " */
    buf_c(&reason, '.');
    *ret_reason = buf_view(&reason);
    return sum;
}

static struct str reason_academic(struct ctx *c, const struct anon_application *a, int64_t mark)
{
    struct buf b;
    buf_init(&b, c->mem, REASON_MAX);
    buf_lit(&b, "Academic ");
    put_points(&b, mark);
    buf_lit(&b, " = grade point average ");
    put_points(&b, a->gpa);
    buf_lit(&b, " of 4.");
    return buf_view(&b);
}

static struct str reason_test(struct ctx *c, const struct anon_application *a, int64_t mark)
{
    struct buf b;
    buf_init(&b, c->mem, REASON_MAX);
    buf_lit(&b, "Tests ");
    put_points(&b, mark);
    buf_lit(&b, " = mean position within the range of ");
    buf_i64(&b, (int64_t)a->test_scores.n);
    buf_str(&b, a->test_scores.n == 1 ? S(" test.") : S(" tests."));
    return buf_view(&b);
}

/* The first attempt shows the passage with the most evidence, because a reader learns more from it
 * than from counts. A passage may hold a word that tells who the applicant is; the Judge then
 * sends the work back, and the next attempt does without. */
static void put_quote(struct buf *b, const struct text_features *essay)
{
    if (!essay->best.p || essay->best.n > QUOTE_MAX)
        return;
    buf_lit(b, " Strongest passage: \"");
    buf_str(b, essay->best);
    buf_c(b, '"');
}

static struct str explain(struct ctx *c, const struct worker_opinion *w,
                          const struct text_features *essay, bool quote)
{
    struct buf b;
    buf_init(&b, c->mem, 4 * REASON_MAX);
    buf_lit(&b, "Total ");
    put_points(&b, w->total);
    buf_lit(&b, ".");
    for (size_t i = 0; i < 4; i++) {
        buf_c(&b, ' ');
        buf_str(&b, w->reasoning[i]);
    }
    if (quote)
        put_quote(&b, essay);
    return buf_view(&b);
}

static const struct sheet achievement_sheet = { "Achievements", achievement_features,
                                                COUNT(achievement_features) };
static const struct sheet essay_sheet = { "Essay", essay_features, COUNT(essay_features) };

err rubric_work(struct ctx *c, const struct weights *w, const struct anon_application *a,
                int attempt, struct str feedback, struct worker_opinion *ret)
{
    if (!a->essay_scrubbed.p || !a->achievements_scrubbed.p)
        return FAIL(c, INTERNAL, "an application without texts cannot be evaluated");
    struct text_features achievements, essay;
    text_features_read(a->achievements_scrubbed, &achievements);
    text_features_read(a->essay_scrubbed, &essay);
    struct worker_opinion out = { .academic = academic_e2(a->gpa),
                                  .test = test_percent_e2(&a->test_scores) };
    if (out.academic >= 90 * POINT)
        add_sentence(c, &out.strengths, "Very good grades.");
    if (out.test >= 85 * POINT)
        add_sentence(c, &out.strengths, "Very good test results.");
    out.reasoning[0] = reason_academic(c, a, out.academic);
    out.reasoning[1] = reason_test(c, a, out.test);
    out.achievement = mark_text(c, &achievement_sheet, &achievements, &out, &out.reasoning[2]);
    out.essay = mark_text(c, &essay_sheet, &essay, &out, &out.reasoning[3]);
    out.total = total_e2(w, out.academic, out.test, out.achievement, out.essay);
    out.explanation = explain(c, &out, &essay, attempt <= 1 && feedback.n == 0);
    out.rubric_adherence =
        S("Every point follows from a named feature of rubric " RUBRIC_BUILTIN_VERSION
          ", and the points add up to the marks.");
    *ret = out;
    return ERR_OK;
}

static void write_sheet(struct buf *out, const struct sheet *s)
{
    buf_fmt(out, "\n## %s\n\n| feature | counts | points each | at most |\n|---|---|---|---|\n",
            s->title);
    for (size_t i = 0; i < s->n; i++) {
        const struct feature *f = &s->features[i];
        buf_fmt(out, "| %s | %s | ", f->name, f->rule);
        put_points(out, f->each_e2);
        buf_lit(out, " | ");
        put_points(out, f->each_e2 * f->most);
        buf_lit(out, " |\n");
    }
}

static void write_words(struct buf *out)
{
    static const char *const kind[] = { "actions", "outcomes",    "roles", "counted things",
                                        "spans",   "habits",      "links", "reflection",
                                        "filler",  "number words" };
    buf_lit(out, "\n## Words\n\nForms of one word count once; each group of forms stands between "
                 "commas.\n");
    for (size_t k = 0; k < COUNT(kind); k++) {
        buf_fmt(out, "\n%s: ", kind[k]);
        bool first = true;
        for (size_t g = 0; g < word_group_count; g++) {
            if (!(word_groups[g].kinds >> k & 1))
                continue;
            buf_fmt(out, "%s%s", first ? "" : ", ", word_groups[g].forms);
            first = false;
        }
        buf_lit(out, ".\n");
    }
}

void rubric_write_markdown(struct buf *out)
{
    buf_lit(out, "# Rubric " RUBRIC_BUILTIN_VERSION "\n\n"
                 "The built-in evaluator is an offline baseline: it runs without a model, gives "
                 "the same\nmarks for the same input, and names each point. It counts features "
                 "of the anonymised\ntexts; it does not judge whether what they say is true or "
                 "wise. Its marks are labelled\n\"" RUBRIC_LABEL "\" wherever they appear.\n\n"
                 "## Academic and tests\n\n"
                 "Academic = grade point average / 4 x 100. Tests = mean over the tests of\n"
                 "100 x (score - lowest) / (highest - lowest). Both come from the stored "
                 "numbers alone.\n");
    write_sheet(out, &achievement_sheet);
    write_sheet(out, &essay_sheet);
    write_words(out);
    buf_lit(out, "\n## What earns nothing\n\n"
                 "Names, places, schools, prizes, titles and words about groups of people stand "
                 "in no list.\nThe size of a number earns nothing, only that it counts "
                 "something. Placeholders of the\nscrubber are passed over.\n\n"
                 "## Judge\n\n"
                 "The Judge recomputes the total, compares academic and test marks with the "
                 "stored numbers,\nchecks bounds and reasons, and refuses an explanation that "
                 "holds a word or placeholder\nthat could tell who the applicant is. It "
                 "approves from quality 75 on.\n");
}

struct str rubric_builtin_sha256(struct ctx *c)
{
    struct buf b;
    buf_init(&b, c->mem, 64 * 1024);
    rubric_write_markdown(&b);
    struct hash h = sha256(buf_view(&b));
    return hash_hex(c->mem, &h);
}
