/* What holds for every text: no value of the row survives, spans lead back, a second pass changes
 * nothing, the result is UTF-8 of bounded length, and the work is linear. */
#include "codec/utf8.h"
#include "support/scrub_gives.h"

enum { ROUNDS = 400, PIECES = 30 };

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

/* A second pass soon finds nothing; where it still does, the first has held the text. */
static void a_second_pass_changes_nothing(void **state)
{
    (void)state;
    size_t changed = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct scrub_identity *w = &people[i % 3];
        const struct scrub_result r = gives_scrub(&scrub_policy_preset, w, make_text(w, i % 2));
        const struct scrub_result again = gives_scrub(&scrub_policy_preset, w, r.text[0]);
        for (size_t k = 0; k < again.n_spans; k++) {
            const struct scrub_span *s = &again.spans[k];
            if (s->type < SCRUB_DIRECT_COUNT && s->action != SCRUB_KEEP)
                assert_int_equal(r.verdict, SCRUB_HELD);
        }
        changed += !str_eq(r.text[0], again.text[0]);
        arena_reset(gives_mem);
    }
    assert_true(changed * 20 <= ROUNDS);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_keeps_the_promises),
        cmocka_unit_test(a_second_pass_changes_nothing),
        cmocka_unit_test(the_work_is_linear),
        cmocka_unit_test(a_million_bytes_pass),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
