/* The scrubber on one core: whole applications, and a PCRE2-JIT pass of the same recognisers on the
 * same texts as a reference; and the same for texts as long as essays are, in which an applicant is
 * named as often. usage: scrub_bench APPLICATIONS.jsonl; prints name and value lines. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/str.h"
#include "schema/schema.h"
#include "scrub/lexicon.h"
#include "scrub/scrub.h"

enum {
    APPLICATIONS_MAX = 4096,
    FILE_MAX_BYTES = 64 << 20,
    ARENA_MAX = 256 << 20,
    ARENA_KEPT = 1 << 20,
    SLICES = 5
};
static const int64_t slice_us = 600000;

struct input {
    struct str first_name, last_name, email, phone, address, date_of_birth, essay, achievements;
};
static const struct field fields[] = {
    FIELD_STR(struct input, first_name), FIELD_STR(struct input, last_name),
    FIELD_STR(struct input, email),      FIELD_STR(struct input, phone),
    FIELD_STR(struct input, address),    FIELD_STR(struct input, date_of_birth),
    FIELD_STR(struct input, essay),      FIELD_STR(struct input, achievements),
};
static SCHEMA(input_schema, "Input", struct input, fields);

struct bench {
    struct arena *keep, *work;
    struct input v[APPLICATIONS_MAX];
    size_t n, bytes;
    int64_t took_ns[1 << 16];
    size_t n_took;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "scrub_bench: %s\n", what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others work on the machine too */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void load(struct bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    must(f != NULL, "cannot open the applications");
    char *text = arena_raw(b->keep, FILE_MAX_BYTES, 1, 1);
    struct str rest = { text, fread(text, 1, FILE_MAX_BYTES, f) }, line;
    fclose(f);
    while (rest.p && rest.n && b->n < APPLICATIONS_MAX) {
        struct ctx c;
        ctx_init(&c, b->keep, NULL, 0);
        rest = str_cut(rest, '\n', &line);
        must(schema_decode(&c, &input_schema, line, &b->v[b->n], NULL) == ERR_OK, "a bad line");
        b->bytes += b->v[b->n].essay.n + b->v[b->n].achievements.n;
        b->n++;
    }
    must(b->n > 0, "no applications");
}

static struct scrub_result scrubbed(struct bench *b, const struct input *in)
{
    struct ctx c;
    struct scrub_result r = { 0 };
    const struct scrub_identity who = { .first_name = in->first_name,
                                        .last_name = in->last_name,
                                        .email = in->email,
                                        .phone = in->phone,
                                        .address = in->address,
                                        .date_of_birth = in->date_of_birth };
    const struct str texts[] = { in->essay, in->achievements };
    arena_reset(b->work);
    ctx_init(&c, b->work, NULL, 0);
    must(scrub_application(&c, &scrub_policy_preset, &who, texts, 2, &r) == ERR_OK, "not scrubbed");
    return r;
}

static size_t scrub_one(struct bench *b, const struct input *in)
{
    return scrubbed(b, in).n_changed;
}

/* Each essay goes on with what was left of the next three. */
static void lengthen(struct bench *b)
{
    enum { MORE = 3 };
    struct str *left = arena_array(b->keep, struct str, b->n);
    for (size_t i = 0; i < b->n; i++)
        left[i] = str_fmt(b->keep, "%.*s", STR_ARG(scrubbed(b, &b->v[i]).text[0]));
    b->bytes = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct input *in = &b->v[i];
        for (size_t k = 1; k <= MORE; k++)
            in->essay =
                str_fmt(b->keep, "%.*s\n\n%.*s", STR_ARG(in->essay), STR_ARG(left[(i + k) % b->n]));
        b->bytes += in->essay.n + in->achievements.n;
    }
}

static int by_ns(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* MB/s of the best slice; the machine is shared. */
static double run(struct bench *b, size_t (*one)(struct bench *, const struct input *), bool note)
{
    double best = 0;
    const size_t room = sizeof(b->took_ns) / sizeof(b->took_ns[0]);
    for (int s = 0; s < SLICES; s++) {
        const int64_t began = now_ns();
        size_t bytes = 0;
        while (now_ns() - began < slice_us * 1000) {
            for (size_t i = 0; i < b->n; i++) {
                const int64_t from = now_ns();
                one(b, &b->v[i]);
                if (note && b->n_took < room)
                    b->took_ns[b->n_took++] = now_ns() - from;
            }
            bytes += b->bytes;
        }
        const double rate = (double)bytes * 1000.0 / (double)(now_ns() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

/* What the recognisers look for, as one would write it in patterns. */
static const char *const patterns[] = {
    "[\\w.%+-]+@[\\w-]+(?:\\.[\\w-]+)+",
    "\\b[\\w.+-]+ ?[\\[(]at[\\])] ?[\\w-]+ ?(?:[\\[(]dot[\\])]|dot|\\.) ?\\w+",
    "https?://\\S+|\\bwww\\.\\S+",
    "\\b(?:[a-z0-9-]+\\.)+(?:com|org|net|edu|io|dev|me|app)\\b(?:/\\S*)?",
    "(?<!\\w)@[A-Za-z][\\w.]{2,}",
    "\\+?\\(?\\d[\\d ().-]{6,}\\d",
    "\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b",
    "\\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\\b",
    "-?\\d{1,2}\\.\\d{3,},\\s*-?\\d{1,3}\\.\\d{3,}",
    "\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}\\b",
    "\\b(?:\\d{4}[ -]?){3}\\d{1,7}\\b",
    "\\b\\d{4} \\d{4} \\d{4}\\b",
    "\\b\\d{17}[\\dXx]\\b",
    "\\b\\d{11}\\b",
    "\\b\\d{8}[A-Z]\\b",
    "\\b\\d{6}-\\d{7}\\b",
    "\\b\\d{6,8}[-+]\\d{4}\\b",
    "\\b\\d{3}-\\d{2}-\\d{4}\\b",
    "\\b[A-Z]{2} ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b",
    "\\b\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}\\b",
    "(?i)\\b(?:passport|candidate|index|matric\\w*|roll|student)\\W+(?:no|number|id)?\\W*[A-Z0-9/"
    "-]{4,}",
    "\\b\\d{1,2}[./-]\\d{1,2}[./-]\\d{2,4}\\b|\\b\\d{4}-\\d{2}-\\d{2}\\b",
    "\\b\\d{1,2}(?:st|nd|rd|th)? (?:January|February|March|April|May|June|July|August|September|"
    "October|November|December),? \\d{4}\\b",
    "(?i)\\b(?:i am|i'm|aged?|turned|at) (?:\\d{1,2}|\\w+teen)\\b",
    "\\b[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2}\\b",
    "\\b\\d{1,4} (?:[A-Z]\\w+ ){1,4}(?:Street|Road|Avenue|Lane|Drive|Close|Crescent)\\b",
    "\\b(?:Rue|Calle|Via|Rua|Jalan|ul\\.) (?:[A-Z]\\w+ ?){1,4},? ?\\d*",
};
enum { PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };
static pcre2_code *codes[PATTERNS];
static pcre2_match_data *match;

static void compile(void)
{
    for (size_t i = 0; i < PATTERNS; i++) {
        int code;
        PCRE2_SIZE at;
        codes[i] = pcre2_compile((PCRE2_SPTR)patterns[i], PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code,
                                 &at, NULL);
        must(codes[i] && pcre2_jit_compile(codes[i], PCRE2_JIT_COMPLETE) == 0, patterns[i]);
    }
    match = pcre2_match_data_create(8, NULL);
    must(match != NULL, "no memory");
}

static size_t match_one(struct bench *b, const struct input *in)
{
    const struct str texts[] = { in->essay, in->achievements };
    size_t hits = 0;
    (void)b;
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < PATTERNS; i++)
            for (PCRE2_SIZE at = 0; pcre2_jit_match(codes[i], (PCRE2_SPTR)texts[t].p, texts[t].n,
                                                    at, PCRE2_NO_UTF_CHECK, match, NULL) > 0;) {
                at = pcre2_get_ovector_pointer(match)[1];
                hits++;
            }
    return hits;
}

static void measure(struct bench *b, const char *what)
{
    b->n_took = 0;
    const double rate = run(b, scrub_one, true), floor = run(b, match_one, false);
    qsort(b->took_ns, b->n_took, sizeof(b->took_ns[0]), by_ns);
    printf("%smean_bytes\t%zu\n", what, b->bytes / b->n);
    printf("%sscrub_mb_s\t%.1f\n%spcre2_mb_s\t%.1f\n", what, rate, what, floor);
    printf("%sp50_us\t%.1f\n", what, (double)b->took_ns[b->n_took / 2] / 1000.0);
    printf("%sp99_us\t%.1f\n", what, (double)b->took_ns[b->n_took - 1 - b->n_took / 100] / 1000.0);
}

int main(int argc, char **argv)
{
    static struct bench b;
    must(argc == 2, "usage: scrub_bench APPLICATIONS.jsonl");
    b.keep = arena_open(NULL, ARENA_MAX);
    b.work = arena_open(NULL, ARENA_MAX);
    arena_keep(b.work, ARENA_KEPT); /* as the command does */
    const int64_t began = now_ns();
    /* The table lies in the program: the first look pages in what it needs. */
    must(lex_bits(&lexicon_builtin, lex_hash("physics", 7)) != 0, "no tables");
    printf("table_us\t%.1f\n", (double)(now_ns() - began) / 1000.0);
    load(&b, argv[1]);
    compile();
    measure(&b, "");
    lengthen(&b);
    measure(&b, "long_");
    arena_close(b.work);
    arena_close(b.keep);
    return 0;
}
