/* Signalling from one side to the other: what is passed on as it came, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/live/room_site.h"

/* The evaluator and the student of a room, joined. */
struct two {
    int evaluator, student;
};

static struct two both_in(int room)
{
    char path[64];
    struct two p;
    snprintf(path, sizeof(path), "/s/evaluator/v1/%d", room);
    p.evaluator = enter_room(path);
    say(p.evaluator, "{\"type\":\"join\"}");
    hear(p.evaluator, "\"joined\"");
    snprintf(path, sizeof(path), "/s/student/v1/%d", room);
    p.student = enter_room(path);
    say(p.student, "{\"type\":\"join\"}");
    hear(p.student, "\"joined\"");
    hear(p.evaluator, "\"peer_joined\"");
    return p;
}

static void leave_both(const struct two *p)
{
    close(p->evaluator);
    close(p->student);
}

static void what_is_relayed_is_passed_on_as_it_came(void **state)
{
    (void)state;
    struct two p = both_in(31);
    say(p.student, " {\"candidate\" : {\"candidate\": \"a\\u0041 \",  \"n\": [1, 2e0]} ,\n"
                   "\"later\":{\"type\":1}, \"type\":\"ice\" } ");
    assert_string_equal(hear(p.evaluator, "\"ice\""),
                        "{\"v\":1,\"type\":\"ice\",\"seq\":3,\"from\":\"student\",\"candidate\":"
                        "{\"candidate\": \"a\\u0041 \",  \"n\": [1, 2e0]}}");
    say(p.evaluator, "{\"v\":1,\"type\":\"offer\",\"sdp\":\"v=0\\r\\na=\\\"\\\\x\\/ \xc3\xbc\"}");
    assert_string_equal(hear(p.student, "\"offer\""),
                        "{\"v\":1,\"type\":\"offer\",\"seq\":1,\"from\":\"evaluator\",\"sdp\":"
                        "\"v=0\\r\\na=\\\"\\\\x\\/ \xc3\xbc\"}");
    say(p.student, "{\"type\":\"answer\",\"sdp\":\"v=0\"}");
    assert_string_equal(
        hear(p.evaluator, "\"answer\""),
        "{\"v\":1,\"type\":\"answer\",\"seq\":4,\"from\":\"student\",\"sdp\":\"v=0\"}");
    /* Names and texts with escapes are read by the long way, which writes them anew. */
    say(p.student, "{\"ty\\u0070e\":\"\\u0061nswer\",\"sdp\":\"\\u0041\"}");
    assert_string_equal(
        hear(p.evaluator, "\"answer\""),
        "{\"v\":1,\"type\":\"answer\",\"seq\":5,\"from\":\"student\",\"sdp\":\"A\"}");
    say(p.student, "{\"type\":\"ice_end\"}");
    hear(p.evaluator, "\"seq\":6");
    leave_both(&p);
}

static void what_is_wrong_is_not_relayed_and_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *said, *answer;
    } wrong[] = {
        { "{\"type\":\"ice\",\"candidate\":{\"a\":1,\"a\":2}}", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":{}} x", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":{}", "bad_json" },
        { "{\"type\":\"ice\",\"candidate\":[1]}", "candidate: an object" },
        { "{\"type\":\"ice\"}", "invalid" },
        { "{\"type\":\"offer\",\"candidate\":{}}", "invalid" },
        { "{\"type\":\"offer\",\"sdp\":\"\"}", "invalid" },
        { "{\"type\":\"offer\",\"sdp\":\"a\x7f\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":\"a\\b\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":\"a\\u0007\"}", "printable" },
        { "{\"type\":\"answer\",\"sdp\":7}", "invalid" },
        { "{\"type\":\"Ice\",\"candidate\":{}}", "unknown_type" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i += 6) { /* refusals are dear */
        struct two p = both_in(40 + (int)i);
        for (size_t k = i; k < i + 6; k++) {
            say(p.student, wrong[k].said);
            if (!strstr(hear(p.student, "\"error\""), wrong[k].answer))
                fail_msg("%s: %s", wrong[k].said, w.got);
        }
        say(p.student, "{\"type\":\"ice\",\"candidate\":{}}");
        hear(p.evaluator, "\"seq\":3,"); /* the first that was passed on */
        leave_both(&p);
    }
}

static void sizes_are_kept_on_the_short_way(void **state)
{
    (void)state;
    struct two p = both_in(32);
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    for (int more = 0; more < 2; more++) {
        buf_clear(&b);
        buf_lit(&b, "{\"type\":\"ice\",\"candidate\":{\"a\":\"");
        while (b.n < sizeof("{\"type\":\"ice\",\"candidate\":") - 1 + ICE_MAX - 2 + (size_t)more)
            buf_c(&b, 'c');
        buf_lit(&b, "\"}}");
        ws_put(p.student, 0x81, buf_view(&b));
        hear(more ? p.student : p.evaluator, more ? "at most 2 KiB" : "\"ice\"");
        buf_clear(&b);
        buf_lit(&b, "{\"type\":\"offer\",\"sdp\":\"");
        for (int i = 0; i < SDP_MAX + more; i++)
            buf_c(&b, 's');
        buf_lit(&b, "\"}");
        ws_put(p.student, 0x81, buf_view(&b));
        hear(more ? p.student : p.evaluator, more ? "sdp" : "\"offer\"");
    }
    buf_done(&b);
    leave_both(&p);
}

/* More than one round's memory holds, large and small: whole and in order. */
static void many_messages_at_once_keep_their_order(void **state)
{
    (void)state;
    enum { MESSAGES = 36 };
    struct two p = both_in(33);
    static char sdp[12000];
    memset(sdp, 's', sizeof(sdp) - 1);
    for (int i = 0; i < MESSAGES; i++)
        say(p.student,
            i % 3 == 1
                ? str_z(w.mem, str_fmt(w.mem, "{\"type\":\"offer\",\"sdp\":\"%d %s\"}", i, sdp))
                : str_z(w.mem, str_fmt(w.mem, "{\"type\":\"ice\",\"candidate\":{\"i\":%d}}", i)));
    for (int i = 0; i < MESSAGES; i++) {
        const char *got = hear(p.evaluator, "\"seq\"");
        char want[64];
        snprintf(want, sizeof(want), "\"seq\":%d,\"from\":\"student\",", i + 3);
        assert_non_null(strstr(got, want));
        snprintf(want, sizeof(want), i % 3 == 1 ? "\"sdp\":\"%d s" : "{\"i\":%d}}", i);
        assert_non_null(strstr(got, want));
    }
    leave_both(&p);
}

static void the_rate_is_kept_on_the_short_way(void **state)
{
    (void)state;
    enum { MESSAGES = 2000 };
    struct two p = both_in(34);
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    for (int i = 0; i < MESSAGES; i++) {
        static const char ice[] = "{\"type\":\"ice\",\"candidate\":{}}";
        const char head[] = { (char)0x81, (char)(0x80 | (sizeof(ice) - 1)), 0, 0, 0, 0 };
        buf_put(&b, head, sizeof(head));
        buf_put(&b, ice, sizeof(ice) - 1);
    }
    wire_send(p.student, buf_view(&b));
    expect_end(p.student, CODE_RATE);
    buf_done(&b);
    leave_both(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(what_is_relayed_is_passed_on_as_it_came),
        IN_ROOM(what_is_wrong_is_not_relayed_and_is_named),
        IN_ROOM(sizes_are_kept_on_the_short_way),
        IN_ROOM(many_messages_at_once_keep_their_order),
        IN_ROOM(the_rate_is_kept_on_the_short_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
