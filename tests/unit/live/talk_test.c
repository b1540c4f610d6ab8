/* Rates, resume keys and ICE credentials: what rooms decide without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "live/room.h"

#include <string.h>

static int64_t now_us;

static int64_t fake_now(void *self)
{
    (void)self;
    return now_us;
}

static const struct clock_port fake_clock = { NULL, fake_now, fake_now };
static const struct deps deps = { .clock = &fake_clock, .random = &random_system };

static void a_bucket_refills_with_time_and_not_beyond(void **state)
{
    (void)state;
    struct rate r = { 0 };
    for (int i = 0; i < 40; i++)
        assert_true(rate_take(&r, 1000, 1, 20, 40));
    assert_false(rate_take(&r, 1000, 1, 20, 40));
    assert_false(rate_take(&r, 1049, 1, 20, 40));
    assert_true(rate_take(&r, 1050, 1, 20, 40));
    assert_false(rate_take(&r, 1099, 1, 20, 40));
    assert_true(rate_take(&r, 1100, 1, 20, 40));
    for (int i = 0; i < 40; i++)
        assert_true(rate_take(&r, 1000000, 1, 20, 40));
    assert_false(rate_take(&r, 1000000, 1, 20, 40));
    assert_false(rate_take(&r, 5000000, 41, 20, 40));
    assert_true(rate_take(&r, 5000000, 40, 20, 40));
}

static void however_often_it_is_asked_the_rate_is_kept(void **state)
{
    (void)state;
    struct rate r = { 0 };
    uint32_t given = 0;
    for (uint64_t ms = 0; ms < 10000; ms++)
        given += rate_take(&r, ms, 1, 20, 40);
    assert_in_range(given, 40 + 199, 40 + 200);
}

static struct live *open_live(struct arena *mem, const struct live_options *o)
{
    struct ctx c;
    struct live *l;
    ctx_init(&c, mem, &deps, 0);
    assert_int_equal(live_open(&c, o, &l), ERR_OK);
    return l;
}

static void a_key_is_of_one_person_in_one_room_of_one_process(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct live_options o = live_options_default;
    o.deps = &deps;
    struct live *l = open_live(mem, &o), *other = open_live(mem, &o);
    const uint8_t nonce[KEY_NONCE] = { 1, 2, 3 };
    uint8_t got[KEY_NONCE];
    struct str who, key = key_make(l, 7, "STU_1", nonce, mem);
    assert_true(key_read(l, 7, key, &who, got));
    assert_true(str_eq(who, S("STU_1")));
    assert_memory_equal(got, nonce, KEY_NONCE);
    assert_false(key_read(l, 8, key, &who, got));
    assert_false(key_read(other, 7, key, &who, got));
    char *text = str_z(mem, key);
    for (size_t i = 0; i < key.n; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        assert_false(key_read(l, 7, str_of(text), &who, got));
        text[i] = was;
    }
    assert_false(key_read(l, 7, str_sub(key, 0, key.n - 1), &who, got));
    assert_false(key_read(l, 7, S(""), &who, got));
    assert_false(key_read(l, 7, S("."), &who, got));
    live_close(l);
    live_close(other);
    arena_close(mem);
}

static void turn_credentials_are_those_of_coturn(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct live_options o = live_options_default;
    o.deps = &deps;
    struct live *l = open_live(mem, &o);
    struct list servers;
    ice_servers(l, mem, &servers);
    assert_int_equal(servers.n, 0);
    live_close(l);
    o.stun_urls = S("stun:a:3478, stun:b:3478,");
    o.turn_urls = S("turn:c:3478");
    o.turn_secret = S("north");
    now_us = INT64_C(1400000000000000);
    l = open_live(mem, &o);
    ice_servers(l, mem, &servers);
    assert_int_equal(servers.n, 2);
    const struct ice_server *v = servers.v;
    assert_int_equal(v[0].urls.n, 2);
    assert_true(str_eq(((const struct str *)v[0].urls.v)[1], S("stun:b:3478")));
    assert_null(v[0].username.p);
    assert_true(str_starts(v[1].username, S("1400007200:")));
    assert_int_equal(v[1].username.n, 11 + 16);
    assert_int_equal(v[1].credential.n, 28);
    live_close(l);
    arena_close(mem);
}

static void every_message_is_described(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    live_write_messages(&b);
    buf_c(&b, '\0');
    for (int i = 0; i < SAY_COUNT_; i++) {
        char row[64];
        snprintf(row, sizeof(row), "| `%s` |", messages[i].type);
        assert_non_null(strstr(b.p, row));
        assert_true(messages[i].doc[0] && messages[i].path && messages[i].from);
        assert_int_equal(messages[i].from == BY_SERVER, i >= SAY_CLIENT_);
        if (i < SAY_CLIENT_)
            assert_int_equal(message_find(str_of(messages[i].type)), i);
    }
    assert_int_equal(message_find(S("joined")), SAY_COUNT_);
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_refills_with_time_and_not_beyond),
        cmocka_unit_test(however_often_it_is_asked_the_rate_is_kept),
        cmocka_unit_test(a_key_is_of_one_person_in_one_room_of_one_process),
        cmocka_unit_test(turn_credentials_are_those_of_coturn),
        cmocka_unit_test(every_message_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
