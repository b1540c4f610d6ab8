/* Frames of RFC 6455: what is a message, what is refused, and with which code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/ws_frame.c"

#include "base/str.h"

enum { MOST = 70000 };

static uint8_t wire[2 * MOST];
static size_t wire_n;

static void frame(unsigned first, const void *payload, size_t n, bool mask)
{
    const uint8_t key[4] = { 1, 2, 3, 4 };
    uint8_t *at = wire + wire_n;
    *at++ = (uint8_t)first;
    if (n < 126) {
        *at++ = (uint8_t)(n | (mask ? 0x80 : 0));
    } else if (n < 65536) {
        *at++ = (uint8_t)(126 | (mask ? 0x80 : 0));
        *at++ = (uint8_t)(n >> 8);
        *at++ = (uint8_t)n;
    } else {
        *at++ = (uint8_t)(127 | (mask ? 0x80 : 0));
        for (int i = 7; i >= 0; i--)
            *at++ = (uint8_t)((uint64_t)n >> (8 * i));
    }
    if (mask)
        for (int i = 0; i < 4; i++)
            *at++ = key[i];
    for (size_t i = 0; i < n; i++)
        *at++ = (uint8_t)(((const uint8_t *)payload)[i] ^ (mask ? key[i % 4] : 0));
    wire_n = (size_t)(at - wire);
}

static void text(unsigned first, const char *z)
{
    frame(first, z, strlen(z), true);
}

static void one_bad(uint16_t code)
{
    for (size_t piece = 1; piece <= wire_n; piece += piece < 8 ? 1 : 61) {
        struct ws_reader r = { .message_max = 64 };
        struct ws_event e = { 0 };
        enum ws_kind kind = WS_MORE;
        for (size_t at = 0; at < wire_n && kind != WS_BAD; at += piece) {
            ws_feed(&r, (char *)wire + at, wire_n - at < piece ? wire_n - at : piece);
            while ((kind = ws_next(&r, &e)) != WS_MORE && kind != WS_BAD)
                ;
        }
        assert_int_equal(kind, WS_BAD);
        assert_int_equal(e.code, code);
        assert_non_null(e.why);
        ws_feed(&r, (char *)wire, wire_n);
        assert_int_equal(ws_next(&r, &e), WS_MORE);
        ws_reader_done(&r);
    }
    wire_n = 0;
}

static void messages_come_whole_however_they_are_cut(void **state)
{
    (void)state;
    static uint8_t big[MOST];
    memset(big, 'b', sizeof(big));
    wire_n = 0;
    text(0x81, "hello");
    text(0x01, "gr\xc3");
    frame(0x89, "p", 1, true);
    text(0x00, "\xbc");
    text(0x80, "n");
    frame(0x82, big, 200, true);
    frame(0x82, big, sizeof(big), true);
    frame(0x82, "", 0, true);
    for (size_t piece = 1; piece < wire_n; piece = piece * 3 + 1) {
        static const enum ws_kind kinds[] = { WS_MESSAGE, WS_PING,    WS_MESSAGE,
                                              WS_MESSAGE, WS_MESSAGE, WS_MESSAGE };
        static const size_t sizes[] = { 5, 1, 5, 200, MOST, 0 };
        struct ws_reader r = { .message_max = MOST };
        struct ws_event e;
        size_t got = 0;
        for (size_t at = 0; at < wire_n; at += piece) {
            enum ws_kind kind;
            ws_feed(&r, (char *)wire + at, wire_n - at < piece ? wire_n - at : piece);
            while ((kind = ws_next(&r, &e)) != WS_MORE) {
                assert_in_range(got, 0, 5);
                assert_int_equal(kind, kinds[got]);
                assert_int_equal(e.bytes.n, sizes[got]);
                assert_int_equal(e.text, got == 0 || got == 2);
                if (got == 2)
                    assert_memory_equal(e.bytes.p, "gr\xc3\xbcn", 5);
                got++;
            }
        }
        assert_int_equal(got, 6);
        assert_null(r.work); /* at rest it holds nothing */
    }
}

/* Readers of one thread lend one another what they need while they read, and nothing of what they
 * read comes along. */
static void readers_share_what_they_rest_with(void **state)
{
    (void)state;
    struct ws_work *spare = NULL;
    struct ws_reader a = { .message_max = 64, .spare = &spare },
                     b = { .message_max = MOST, .spare = &spare };
    static uint8_t big[MOST];
    struct ws_event e;
    for (int turn = 0; turn < 3; turn++) {
        wire_n = 0;
        text(0x81, "of a");
        ws_feed(&a, (char *)wire, 3); /* in the midst of a frame: it keeps it */
        assert_int_equal(ws_next(&a, &e), WS_MORE);
        const struct ws_work *held = a.work;
        assert_true(held && held != spare);
        size_t n = wire_n;
        frame(0x82, big, sizeof(big), true);
        ws_feed(&b, (char *)wire + n, wire_n - n);
        assert_int_equal(ws_next(&b, &e), WS_MESSAGE);
        assert_int_equal(e.bytes.n, sizeof(big));
        assert_int_equal(ws_next(&b, &e), WS_MORE);
        assert_null(b.work);
        assert_non_null(spare);
        ws_feed(&a, (char *)wire + 3, n - 3);
        assert_int_equal(ws_next(&a, &e), WS_MESSAGE);
        assert_int_equal(e.bytes.n, 4);
        assert_memory_equal(e.bytes.p, "of a", 4);
        assert_int_equal(ws_next(&a, &e), WS_MORE);
        assert_null(a.work);
    }
    ws_spare_done(&spare);
    assert_null(spare);
}

static void a_reader_in_the_midst_of_a_head_keeps_it(void **state)
{
    (void)state;
    struct ws_reader r = { .message_max = 64 };
    struct ws_event e;
    wire_n = 0;
    text(0x81, "hi");
    ws_feed(&r, (char *)wire, 1);
    assert_int_equal(ws_next(&r, &e), WS_MORE);
    assert_non_null(r.work);
    ws_feed(&r, (char *)wire + 1, wire_n - 1);
    assert_int_equal(ws_next(&r, &e), WS_MESSAGE);
    assert_int_equal(ws_next(&r, &e), WS_MORE);
    assert_null(r.work);
}

static void what_breaks_the_standard_is_refused_with_its_code(void **state)
{
    (void)state;
    char long_text[200];
    memset(long_text, 'x', sizeof(long_text));
    wire_n = 0;
    frame(0x81, "hi", 2, false);
    one_bad(WS_PROTOCOL_ERROR);
    text(0xc1, "rsv1");
    one_bad(WS_PROTOCOL_ERROR);
    text(0x83, "opcode");
    one_bad(WS_PROTOCOL_ERROR);
    text(0x8b, "opcode");
    one_bad(WS_PROTOCOL_ERROR);
    text(0x80, "nothing to continue");
    one_bad(WS_PROTOCOL_ERROR);
    text(0x01, "a");
    text(0x81, "b");
    one_bad(WS_PROTOCOL_ERROR);
    text(0x09, "a ping in parts");
    one_bad(WS_PROTOCOL_ERROR);
    frame(0x89, long_text, 126, true);
    one_bad(WS_PROTOCOL_ERROR);
    frame(0x82, long_text, 65, true);
    one_bad(WS_TOO_BIG);
    frame(0x02, long_text, 40, true);
    frame(0x80, long_text, 25, true);
    one_bad(WS_TOO_BIG);
    text(0x81, "\xff");
    one_bad(WS_BAD_TEXT);
    text(0x81, "\xed\xa0\x80");
    one_bad(WS_BAD_TEXT);
    text(0x01, "\xc3");
    text(0x80, "x");
    one_bad(WS_BAD_TEXT);
    frame(0x88, "\x03", 1, true);
    one_bad(WS_PROTOCOL_ERROR);
    const unsigned codes[] = { 0, 999, 1004, 1005, 1006, 1015, 2999, 5000 };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const uint8_t body[2] = { (uint8_t)(codes[i] >> 8), (uint8_t)codes[i] };
        frame(0x88, body, 2, true);
        one_bad(WS_PROTOCOL_ERROR);
    }
    frame(0x88, "\x03\xe8\xff", 3, true);
    one_bad(WS_BAD_TEXT);
    text(0x01, "");
    for (int i = 0; i < WS_FRAGMENTS_MAX; i++)
        text(0x00, "");
    one_bad(WS_POLICY);
}

static void a_length_is_written_the_shortest_way(void **state)
{
    (void)state;
    const uint8_t overlong[] = { 0x81, 0x80 | 126, 0, 2, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2 };
    memcpy(wire, overlong, sizeof(overlong));
    wire_n = sizeof(overlong);
    one_bad(WS_PROTOCOL_ERROR);
}

static void a_close_is_read_with_code_and_reason(void **state)
{
    (void)state;
    struct ws_reader r = { .message_max = 64 };
    struct ws_event e;
    wire_n = 0;
    frame(0x88,
          "\x0f\xa1"
          "done",
          6, true);
    text(0x81, "after it");
    ws_feed(&r, (char *)wire, wire_n);
    assert_int_equal(ws_next(&r, &e), WS_CLOSE);
    assert_int_equal(e.code, 4001);
    assert_true(str_eq(e.bytes, S("done")));
    assert_int_equal(ws_next(&r, &e), WS_MORE);
    ws_reader_done(&r);
    wire_n = 0;
    frame(0x88, "", 0, true);
    ws_feed(&r, (char *)wire, wire_n);
    assert_int_equal(ws_next(&r, &e), WS_CLOSE);
    assert_int_equal(e.code, WS_NO_STATUS);
    ws_reader_done(&r);
}

static void frames_are_written_with_the_shortest_head(void **state)
{
    (void)state;
    static char payload[MOST];
    const size_t sizes[] = { 0, 125, 126, 65535, 65536 }, heads[] = { 2, 2, 4, 4, 10 };
    for (size_t i = 0; i < 5; i++) {
        struct buf b;
        buf_init(&b, NULL, MOST + WS_HEADER_MAX);
        ws_frame_write(&b, WS_OP_BINARY, (struct str){ payload, sizes[i] });
        assert_int_equal(b.n, sizes[i] + heads[i]);
        assert_int_equal((uint8_t)b.p[0], 0x82);
        assert_int_equal((uint8_t)b.p[1], i < 2 ? sizes[i] : i < 4 ? 126 : 127);
        buf_done(&b);
    }
}

static void a_reason_is_cut_at_a_whole_letter(void **state)
{
    (void)state;
    char reason[200];
    struct buf b;
    for (size_t i = 0; i < sizeof(reason); i++)
        reason[i] = i % 2 ? '\xbc' : '\xc3';
    buf_init(&b, NULL, 256);
    ws_close_write(&b, 4410, (struct str){ reason, sizeof(reason) });
    assert_int_equal(b.n, 2 + 2 + 122);
    assert_true(utf8_valid((struct str){ b.p + 4, b.n - 4 }));
    buf_clear(&b);
    ws_close_write(&b, WS_NO_STATUS, S("nothing is said"));
    assert_int_equal(b.n, 2);
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_however_they_are_cut),
        cmocka_unit_test(readers_share_what_they_rest_with),
        cmocka_unit_test(a_reader_in_the_midst_of_a_head_keeps_it),
        cmocka_unit_test(what_breaks_the_standard_is_refused_with_its_code),
        cmocka_unit_test(a_length_is_written_the_shortest_way),
        cmocka_unit_test(a_close_is_read_with_code_and_reason),
        cmocka_unit_test(frames_are_written_with_the_shortest_head),
        cmocka_unit_test(a_reason_is_cut_at_a_whole_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
