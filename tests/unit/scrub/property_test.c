/* What holds for every text: no value of the row survives, spans lead back, a second pass changes
 * nothing, the result is UTF-8 of bounded length, and the work is linear. */
#include "codec/utf8.h"
#include "support/scrub_gives.h"

enum { ROUNDS = 400, PASS_ROUNDS = 3000, PIECES = 30 };

static const struct scrub_identity people[] = {
    { .first_name = S_INIT("Chukwuemeka"),
      .last_name = S_INIT("Okonkwo-Bassey"),
      .email = S_INIT("emeka.okb07@example.com"),
      .phone = S_INIT("+234 803 555 0147"),
      .address = S_INIT("14 Adeola Crescent, Enugu 400001"),
      .date_of_birth = S_INIT("2006-05-14") },
    { .first_name = S_INIT("Nguy\xe1\xbb\x85n"),
      .last_name = S_INIT("Th\xe1\xbb\x8b \xc3\x81nh"),
      .email = S_INIT("anh_nguyen@example.org"),
      .phone = S_INIT("0912 345 678"),
      .address = S_INIT("5 Ph\xe1\xbb\x91 Hu\xe1\xba\xbf, H\xc3\xa0 N\xe1\xbb\x99i"),
      .date_of_birth = S_INIT("14/02/2007") },
    { .name = S_INIT("Will Park"),
      .email = S_INIT("wp@example.net"),
      .phone = S_INIT("555-015-3381") },
};
static const char *const fillers[] = {
    "I built a pump",
    "and then",
    "in May",
    ".",
    ",",
    "\n",
    "\"",
    "the Fourier transform",
    "1450",
    "Grace laughed",
    "my cousin Amaka",
    "As a woman",
    "she leads",
    "(2023)",
    "Chinua Achebe",
    "17",
    "I am",
    "[PERSON_1]",
    "Mr",
    "\xf0\x9f\x8c\x8a",
    "caf\xc3\xa9",
    "\xe6\xb0\xb4",
    "don't",
    "at",
    "born in",
    "Physics",
    "@",
    "#1",
    "Igbo",
    "church",
    "his",
    "school",
    "3.9",
    "%",
    "-",
    "'s",
};

static uint64_t seed = 7;
static size_t draw(size_t n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (size_t)(seed >> 33) % n;
}

/* Values of the row as forms and people write them. */
static struct str value(const struct scrub_identity *w, size_t i)
{
    const struct str v[] = { w->first_name, w->last_name, w->name,         w->email,
                             w->phone,      w->address,   w->date_of_birth };
    return v[i % (sizeof(v) / sizeof(v[0]))];
}

static struct str make_text(const struct scrub_identity *w, bool values)
{
    struct buf b;
    buf_init(&b, gives_mem, 1 << 16);
    for (size_t i = 0; i < PIECES; i++) {
        if (i && draw(8))
            buf_c(&b, ' ');
        if (values && draw(4) == 0)
            buf_str(&b, value(w, draw(7)));
        else
            buf_str(&b, str_of(fillers[draw(sizeof(fillers) / sizeof(fillers[0]))]));
    }
    return buf_view(&b);
}

static void check_spans(struct str text, const struct scrub_result *r)
{
    struct buf b;
    size_t at = 0;
    buf_init(&b, gives_mem, 1 << 20);
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        assert_true(s->from < s->to && s->to <= text.n && s->confidence <= 100);
        if (s->action == SCRUB_KEEP)
            continue;
        assert_true(s->from >= at);
        assert_true(utf8_valid(str_sub(text, s->from, s->to - s->from)));
        buf_str(&b, str_sub(text, at, s->from - at));
        buf_str(&b, str_of(s->placeholder));
        at = s->to;
    }
    buf_str(&b, str_sub(text, at, text.n));
    /* Capitals of neutral words follow the text's. */
    assert_true(str_eqi(buf_view(&b), r->text[0]));
}

static void check_values(const struct scrub_identity *w, const struct scrub_result *r)
{
    for (size_t i = 0; i < 7; i++) {
        const struct str v = value(w, i);
        const struct str out = r->text[0];
        if (v.n < 5 || !out.n || !memmem(out.p, out.n, v.p, v.n))
            continue;
        if (r->verdict != SCRUB_HELD)
            fail_msg("%.*s survives in: %.*s", STR_ARG(v), STR_ARG(out));
    }
}

static void every_text_keeps_the_promises(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct scrub_identity *w = &people[i % 3];
        const struct str text = make_text(w, true);
        const struct scrub_result r = gives_scrub(&scrub_policy_preset, w, text);
        assert_true(utf8_valid(r.text[0]));
        assert_true(r.text[0].n <= text.n + 48 * r.n_changed);
        assert_int_equal(r.verdict == SCRUB_HELD, r.reason != NULL);
        check_spans(text, &r);
        check_values(w, &r);
        arena_reset(gives_mem);
    }
}

/* Scrubbing is done when it is done: the same text comes out, whole applications at once. */
static void second_pass_is_idle(const struct scrub_identity *w, const struct str *texts, size_t n)
{
    struct ctx c;
    struct scrub_result r, again;
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(scrub_application(&c, &scrub_policy_preset, w, texts, n, &r), ERR_OK);
    if (r.reason && strcmp(r.reason, "unsettled") == 0)
        fail_msg("not settled: %.*s", STR_ARG(texts[0]));
    assert_int_equal(scrub_application(&c, &scrub_policy_preset, w, r.text, n, &again), ERR_OK);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(r.text[i], again.text[i]))
            fail_msg("of:    %.*s\nonce:  %.*s\ntwice: %.*s", STR_ARG(texts[i]), STR_ARG(r.text[i]),
                     STR_ARG(again.text[i]));
    assert_int_equal(again.n_changed, 0);
}

static void a_second_pass_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < PASS_ROUNDS; i++) {
        const struct scrub_identity *w = &people[i % 3];
        const struct str texts[] = { make_text(w, i % 2), make_text(w, i % 4 < 2) };
        second_pass_is_idle(w, texts, 2);
        arena_reset(gives_mem);
    }
}

/* What a name in the essays of the development set stands for. */
static struct str filling(const struct scrub_identity *w, struct str name)
{
    static const struct {
        struct str name, text;
    } known[] = {
        { S_INIT("f1"), S_INIT("Drew") },
        { S_INIT("f1l"), S_INIT("Hathersage") },
        { S_INIT("f2"), S_INIT("Kofi") },
        { S_INIT("f2l"), S_INIT("Agyeman") },
        { S_INIT("f3"), S_INIT("Grace") },
        { S_INIT("f3l"), S_INIT("Mensah") },
        { S_INIT("t"), S_INIT("Okafor") },
        { S_INIT("town"), S_INIT("Nsukka") },
        { S_INIT("country"), S_INIT("Ghana") },
        { S_INIT("demonym"), S_INIT("Igbo") },
        { S_INIT("language"), S_INIT("Twi") },
        { S_INIT("school"), S_INIT("St Hild's College") },
        { S_INIT("club"), S_INIT("Coal City Coders") },
        { S_INIT("feast"), S_INIT("Eid") },
        { S_INIT("email"), S_INIT("a.b@example.org") },
        { S_INIT("handle"), S_INIT("someone_7") },
    };
    const struct str first = w->first_name.n ? w->first_name : S("Will");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_eq(name, known[i].name))
            return known[i].text;
    return str_eq(name, S("phone")) ? w->phone : str_eq(name, S("address")) ? w->address : first;
}

static bool is_name_byte(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

/* "{{TYPE:sub|text}}" gives its text, "$name" what it stands for. */
static struct str fill_in(const struct scrub_identity *w, struct str body)
{
    struct buf b;
    buf_init(&b, gives_mem, 1 << 16);
    for (size_t i = 0; i < body.n; i++) {
        const char ch = body.p[i];
        if (ch == '{' && i + 1 < body.n && body.p[i + 1] == '{') {
            while (i < body.n && body.p[i] != '|')
                i++;
        } else if (ch == '$') {
            const size_t from = i + 1;
            while (i + 1 < body.n && is_name_byte(body.p[i + 1]))
                i++;
            buf_str(&b, filling(w, str_sub(body, from, i + 1 - from)));
        } else if (ch != '}') {
            buf_c(&b, ch);
        }
    }
    return buf_view(&b);
}

static size_t check_file(const char *path)
{
    static char text[1 << 20];
    size_t n = 0;
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    struct str rest = { text, fread(text, 1, sizeof(text), f) };
    fclose(f);
    while (rest.n) {
        const char *end = memmem(rest.p + 1, rest.n - 1, "\n===", 4);
        const size_t len = end ? (size_t)(end - rest.p) + 1 : rest.n;
        for (size_t i = 0; i < 3; i++) {
            const struct str filled = fill_in(&people[i], str_sub(rest, 0, len));
            second_pass_is_idle(&people[i], &filled, 1);
        }
        arena_reset(gives_mem);
        rest = str_sub(rest, len, rest.n);
        n++;
    }
    return n;
}

static void a_second_pass_leaves_the_development_set(void **state)
{
    (void)state;
    assert_true(check_file(TEST_DATA_DIR "/scrub/bodies_dev.txt") > 17);
    assert_true(check_file(TEST_DATA_DIR "/scrub/bodies_check.txt") > 17);
    assert_true(check_file(TEST_DATA_DIR "/scrub/tails_dev.txt") > 11);
    assert_true(check_file(TEST_DATA_DIR "/scrub/tails_check.txt") > 11);
}

/* Twice the text is twice the steps, whatever it is made of. */
static void the_work_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = { "a ", "A.",      "Ab ", "1 ",      "a1",
                                         "@a", "at.",     "1-",  "I am 1 ", "Chukwuemeka ",
                                         "a_", "My Ab, ", "\"",  "((",      "\xe6\xb0\xb4" };
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        uint64_t steps[2];
        for (size_t half = 0; half < 2; half++) {
            const size_t n = half ? 1 << 18 : 1 << 17, len = strlen(units[u]);
            char *text = arena_array(gives_mem, char, n + 16);
            for (size_t at = 0; at + len <= n; at += len)
                memcpy(text + at, units[u], len);
            const struct scrub_result r =
                gives_scrub(&scrub_policy_preset, &people[0], (struct str){ text, n / len * len });
            steps[half] = r.steps;
            assert_true(arena_used(gives_mem) <= (size_t)SCRUB_MEMORY_PER_BYTE * n);
            arena_reset(gives_mem);
        }
        assert_true(steps[1] <= 2 * steps[0] + 4096);
    }
}

static void a_million_bytes_pass(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    char *text = arena_array(gives_mem, char, MIB);
    static const char unit[] = "Grace and Chidi met Mr Okafor in Lagos on 14 May 2006. ";
    for (size_t i = 0; i < MIB; i++)
        text[i] = unit[i % (sizeof(unit) - 1)];
    const struct scrub_result r =
        gives_scrub(&scrub_policy_preset, &people[0], (struct str){ text, MIB });
    assert_int_equal(r.verdict, SCRUB_HELD); /* too dense to be sent out unseen */
    assert_null(memmem(r.text[0].p, r.text[0].n, "Okafor", 6));
    arena_reset(gives_mem);
}

/* Eight times the sentence, so that there are words enough to judge. */
static const char *held_for(const char *sentence)
{
    enum { TIMES = 8, TEXT_MAX = 2048 };
    static char text[TEXT_MAX];
    size_t n = 0;
    for (int i = 0; i < TIMES; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", sentence);
    const struct scrub_result r = gives_scrub(
        &scrub_policy_preset, &(struct scrub_identity){ .name = S("Ada Lund") }, str_of(text));
    return r.reason ? r.reason : "";
}

static void a_text_that_lost_too_much_is_held(void **state)
{
    (void)state;
    /* Words count, not spans: 3 of 15, and 1 of 13. */
    assert_string_equal(
        held_for("We ran the pump again and it held well under load for Kofi Agyeman Boateng."),
        "density");
    assert_string_equal(held_for("We ran the pump again and it held well under load for Kofi."),
                        "");
    /* What a form asks for anyway is no loss to the text, until it is most of it. */
    assert_string_equal(held_for("We ran the pump again and it held very well under the load all "
                                 "day, so write to 12 Rose Lane, Leeds LS1 4AP."),
                        "");
    assert_string_equal(held_for("Write to 12 Rose Lane, Leeds LS1 4AP or a@b.example now."),
                        "density");
    arena_reset(gives_mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_keeps_the_promises),
        cmocka_unit_test(a_second_pass_changes_nothing),
        cmocka_unit_test(a_second_pass_leaves_the_development_set),
        cmocka_unit_test(the_work_is_linear),
        cmocka_unit_test(a_million_bytes_pass),
        cmocka_unit_test(a_text_that_lost_too_much_is_held),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
