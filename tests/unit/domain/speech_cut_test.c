/* Cuts of speech: by the rules' numbers, and by properties over random streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "domain/speech_cut.c"

#define LOUD  (-20.0)
#define QUIET (-65.0)

static struct speech_cut s;

/* Feeds frames of one level until a verdict; how many were fed, or 0. */
static uint32_t feed(double db, uint32_t most, struct speech_step *ret)
{
    for (uint32_t i = 1; i <= most; i++) {
        *ret = speech_cut_frame(&s, db);
        if (ret->verdict != SPEECH_GO_ON)
            return i;
    }
    return 0;
}

static void begin(void)
{
    speech_cut_begin(&s, SPEECH_MAX_MS);
}

static void levels_are_of_full_scale(void **state)
{
    (void)state;
    int16_t frame[SPEECH_FRAME];
    for (size_t i = 0; i < SPEECH_FRAME; i++)
        frame[i] = i % 2 ? 3277 : -3277;
    assert_true(fabs(speech_level_db(frame, SPEECH_FRAME) + 20.0) < 0.01);
    memset(frame, 0, sizeof(frame));
    assert_true(speech_level_db(frame, SPEECH_FRAME) == SPEECH_SILENCE_DB);
    assert_true(speech_level_db(frame, 0) == SPEECH_SILENCE_DB);
}

static void silence_is_never_sent_and_only_a_lead_is_kept(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 50 * 3600; i++) { /* an hour */
        struct speech_step step = speech_cut_frame(&s, QUIET);
        assert_int_not_equal(step.verdict, SPEECH_SEND);
        assert_in_range(s.n, 0, MS(SPEECH_LEAD_MS));
    }
    assert_int_equal(speech_cut_flush(&s).verdict, SPEECH_DROP);
    assert_int_equal(s.n, 0);
}

static void an_utterance_ends_after_a_pause(void **state)
{
    (void)state;
    struct speech_step step;
    begin();
    assert_int_equal(feed(QUIET, 10, &step), 0);
    assert_int_equal(feed(LOUD, 50, &step), 0);
    assert_int_equal(feed(QUIET, 100, &step), MS(SPEECH_END_MS));
    assert_int_equal(step.verdict, SPEECH_SEND);
    assert_int_equal(step.frames, 10 + 50 + MS(SPEECH_END_MS));
}

static void a_long_one_is_cut_at_a_shorter_pause(void **state)
{
    (void)state;
    struct speech_step step;
    begin();
    assert_int_equal(feed(LOUD, MS(SPEECH_LONG_MS), &step), 0);
    assert_int_equal(feed(QUIET, 100, &step), MS(SPEECH_PAUSE_MS));
    assert_int_equal(step.verdict, SPEECH_SEND);
    begin();
    assert_int_equal(feed(LOUD, MS(SPEECH_LONG_MS) - MS(SPEECH_PAUSE_MS) - 1, &step), 0);
    assert_int_equal(feed(QUIET, MS(SPEECH_PAUSE_MS), &step), 0); /* a frame too short */
    assert_int_equal(feed(QUIET, 1, &step), 1);
}

static void a_click_is_no_speech(void **state)
{
    (void)state;
    struct speech_step step;
    begin();
    assert_int_equal(feed(LOUD, MS(SPEECH_VOICED_MS) - 1, &step), 0);
    assert_int_equal(feed(QUIET, 100, &step), MS(SPEECH_END_MS));
    assert_int_equal(step.verdict, SPEECH_DROP);
}

static void who_never_pauses_is_cut_at_the_quietest_place(void **state)
{
    (void)state;
    struct speech_step step;
    begin();
    uint32_t fed = 0, all = s.frames_max;
    for (uint32_t i = 0; i + 1 < all; i++, fed++) {
        bool dip = i >= all - 60 && i < all - 50;
        assert_int_equal(speech_cut_frame(&s, dip ? -30.0 : LOUD).verdict, SPEECH_GO_ON);
    }
    step = speech_cut_frame(&s, LOUD);
    assert_int_equal(step.verdict, SPEECH_SEND);
    assert_int_equal(step.frames, all - 60 + 5);
    assert_int_equal(s.n, 55);
    assert_int_equal(s.voiced, 55);
}

static void a_lasting_noise_becomes_the_floor(void **state)
{
    (void)state;
    begin();
    uint32_t sent = 0;
    for (int i = 0; i < 50 * 120; i++)
        sent = speech_cut_frame(&s, -42.0).verdict == SPEECH_SEND && i > 50 * 60 ? sent + 1 : sent;
    assert_int_equal(sent, 0);
    struct speech_step step = { 0 };
    (void)feed(LOUD, 50, &step);
    while (step.verdict != SPEECH_SEND)
        step = speech_cut_frame(&s, -42.0);
    assert_true(step.frames >= 50);
}

static void limits_are_kept_within_their_bounds(void **state)
{
    (void)state;
    speech_cut_begin(&s, 60000);
    assert_int_equal(s.frames_max, SPEECH_FRAMES_MAX);
    speech_cut_begin(&s, 1);
    assert_int_equal(s.frames_max, MS(SPEECH_LONG_MS));
}

/* Whatever comes: no frame is lost or doubled, no segment is too long or without voice, and the
 * state stays within its bounds. */
static void every_stream_is_kept_whole(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int run = 0; run < 200; run++) {
        uint64_t fed = 0, out = 0;
        speech_cut_begin(&s, 4000 + (uint32_t)(run * 41));
        double level = QUIET;
        for (int i = 0; i < 3000; i++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            unsigned dice = (unsigned)(seed >> 33);
            if (dice % 23 == 0)
                level = -100.0 + (double)(dice / 23 % 101);
            double db = dice % 501 == 0 ? (double)NAN : dice % 502 == 0 ? (double)INFINITY : level;
            struct speech_step step = speech_cut_frame(&s, db);
            fed++;
            out += step.frames;
            assert_int_equal(fed, out + s.n);
            assert_true(s.n < s.frames_max);
            assert_true(step.frames <= s.frames_max);
            assert_true((step.verdict == SPEECH_GO_ON) == (step.frames == 0));
            assert_true(step.verdict != SPEECH_SEND || step.frames >= MS(SPEECH_VOICED_MS));
            assert_true(s.floor_db >= FLOOR_LOW && s.floor_db <= FLOOR_HIGH);
        }
        out += speech_cut_flush(&s).frames;
        assert_int_equal(fed, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_of_full_scale),
        cmocka_unit_test(silence_is_never_sent_and_only_a_lead_is_kept),
        cmocka_unit_test(an_utterance_ends_after_a_pause),
        cmocka_unit_test(a_long_one_is_cut_at_a_shorter_pause),
        cmocka_unit_test(a_click_is_no_speech),
        cmocka_unit_test(who_never_pauses_is_cut_at_the_quietest_place),
        cmocka_unit_test(a_lasting_noise_becomes_the_floor),
        cmocka_unit_test(limits_are_kept_within_their_bounds),
        cmocka_unit_test(every_stream_is_kept_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
