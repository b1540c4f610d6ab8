/* Slots, zones and links by their form, and calendar files to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "domain/interview.h"

#define MINUTE_US INT64_C(60000000)

static void slots_meet_or_do_not(void **state)
{
    (void)state;
    const int64_t at = INT64_C(1793527200000000);
    assert_true(slots_overlap(at, 30, at, 30));
    assert_true(slots_overlap(at, 30, at + 29 * MINUTE_US, 5));
    assert_true(slots_overlap(at + 29 * MINUTE_US, 5, at, 30));
    assert_true(slots_overlap(at, 240, at + 60 * MINUTE_US, 5));
    assert_false(slots_overlap(at, 30, at + 30 * MINUTE_US, 30));
    assert_false(slots_overlap(at + 30 * MINUTE_US, 30, at, 30));
}

static void zones_look_like_zones(void **state)
{
    (void)state;
    static const char *const good[] = {
        "UTC",       "Europe/Berlin",          "America/Argentina/Buenos_Aires",
        "Etc/GMT+3", "America/Port-au-Prince", "EST5EDT"
    };
    static const char *const bad[] = { "",       "/UTC",    "Europe/",         "Europe//Berlin",
                                       "../UTC", "a b",     "Europe/Ber\nlin", "+3",
                                       "1UTC",   "UTC;X=1", "\xc3\xa4" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(time_zone_like(str_of(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(time_zone_like(str_of(bad[i])));
    char longest[INTERVIEW_ZONE_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    assert_true(time_zone_like((struct str){ longest, INTERVIEW_ZONE_MAX }));
    assert_false(time_zone_like((struct str){ longest, INTERVIEW_ZONE_MAX + 1 }));
}

static void links_lead_here_or_to_https(void **state)
{
    (void)state;
    assert_true(interview_link_fits(S("/interview/12")));
    assert_true(interview_link_fits(S("https://meet.example/x?y=1")));
    static const char *const bad[] = { "javascript:alert(1)",
                                       "http://meet.example",
                                       "//evil.example",
                                       "https://",
                                       "/a b",
                                       "/\"onload=",
                                       "/<b>",
                                       "/x\ty",
                                       "/",
                                       "data:text/html,x",
                                       "/back\\slash" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (interview_link_fits(str_of(bad[i])))
            fail_msg("took %s", bad[i]);
}

static struct interview_event event(void)
{
    return (struct interview_event){
        .uid = S("interview-1@enigma.invalid"),
        .summary = S("Interview; with, a \\ friend"),
        .description = S("One\nTwo"),
        .stamp_us = INTERVIEW_MINUTES_MAX,
        .begin_us = INT64_C(1793527200000000), /* 2026-11-01 10:00 UTC */
        .end_us = INT64_C(1793529000000000),
        .sequence = 3,
    };
}

static void a_calendar_to_the_letter(void **state)
{
    (void)state;
    struct buf b;
    struct interview_event e = event();
    buf_init(&b, NULL, 1 << 16);
    interview_calendar(&b, &e);
    assert_true(buf_ok(&b));
    buf_c(&b, '\0');
    assert_string_equal(b.p, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                             "PRODID:-//ENIGMA//Interviews//EN\r\nCALSCALE:GREGORIAN\r\n"
                             "METHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:interview-1@enigma.invalid\r\n"
                             "DTSTAMP:19700101T000000Z\r\nDTSTART:20261101T100000Z\r\n"
                             "DTEND:20261101T103000Z\r\nSEQUENCE:3\r\nSTATUS:CONFIRMED\r\n"
                             "SUMMARY:Interview\\; with\\, a \\\\ friend\r\n"
                             "DESCRIPTION:One\\nTwo\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n"
                             "DESCRIPTION:Interview\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
                             "END:VEVENT\r\nEND:VCALENDAR\r\n");
    buf_clear(&b);
    e.cancelled = true;
    interview_calendar(&b, &e);
    buf_c(&b, '\0');
    assert_non_null(strstr(b.p, "METHOD:CANCEL\r\n"));
    assert_non_null(strstr(b.p, "STATUS:CANCELLED\r\n"));
    assert_null(strstr(b.p, "VALARM"));
    buf_done(&b);
}

/* Unfolded again every line is what went in; no line is longer than 75 octets, and none begins in
 * the midst of a character. */
static void long_lines_are_folded(void **state)
{
    (void)state;
    for (size_t n = 60; n < 400; n++) {
        struct buf text, b;
        struct interview_event e = event();
        buf_init(&text, NULL, 1 << 16);
        buf_init(&b, NULL, 1 << 16);
        for (size_t i = 0; i < n; i++)
            buf_str(&text, i % 3 ? S("x") : S("\xe2\x82\xac"));
        e.description = buf_view(&text);
        interview_calendar(&b, &e);
        assert_true(buf_ok(&b));
        char *unfolded = calloc(1, b.n + 1);
        size_t out = 0, line = 0;
        for (size_t i = 0; i < b.n; i++) {
            if (b.p[i] == '\r') {
                assert_true(i + 1 < b.n && b.p[i + 1] == '\n');
                assert_true(line <= 75);
                line = 0;
                if (i + 2 < b.n && b.p[i + 2] == ' ') {
                    assert_false(((unsigned char)b.p[i + 3] & 0xc0) == 0x80);
                    i += 2;
                    line = 1;
                    continue;
                }
                i++;
                unfolded[out++] = '\n';
                continue;
            }
            line++;
            unfolded[out++] = b.p[i];
        }
        buf_c(&text, '\0');
        assert_non_null(strstr(unfolded, text.p));
        free(unfolded);
        buf_done(&text);
        buf_done(&b);
    }
}

static void control_characters_stay_out(void **state)
{
    (void)state;
    struct buf b;
    struct interview_event e = event();
    e.summary = S("a\r\nATTENDEE:x\x07y");
    buf_init(&b, NULL, 1 << 16);
    interview_calendar(&b, &e);
    buf_c(&b, '\0');
    assert_non_null(strstr(b.p, "SUMMARY:a\\nATTENDEE:xy\r\n"));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_meet_or_do_not),
        cmocka_unit_test(zones_look_like_zones),
        cmocka_unit_test(links_lead_here_or_to_https),
        cmocka_unit_test(a_calendar_to_the_letter),
        cmocka_unit_test(long_lines_are_folded),
        cmocka_unit_test(control_characters_stay_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
