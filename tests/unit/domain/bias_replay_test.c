/* Event files: the published examples exactly, the rules that those leave out, and bad lines. */
#include "bias.h"

#include <dirent.h>
#include <stdio.h>

#include "domain/bias_json.h"

static char file_text[1 << 20];
static struct str data_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), TEST_DATA_DIR "/bias/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(file_text, 1, sizeof(file_text), f);
    fclose(f);
    assert_true(n > 0 && n < sizeof(file_text));
    return (struct str){ file_text, n };
}

/* Every member that is expected is there with that value. */
static size_t agrees(struct str expected, struct str got)
{
    struct json j;
    struct str name, value;
    bool more = false;
    size_t n = 0;
    json_init(&j, expected, t.mem);
    assert_true(json_enter_object(&j));
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false, n++) {
        assert_true(json_skip(&j, &value));
        const struct str had = json_pick_one(t.mem, got, str_z(t.mem, name));
        if (!str_eq(str_trim(value), had))
            fail_msg("%.*s: wanted %.*s, got %.*s in %.*s", STR_ARG(name), STR_ARG(value),
                     STR_ARG(had), STR_ARG(got));
    }
    return n;
}

struct total {
    size_t cases, events;
};

/* Every line of the file with its expectations. */
static void check_cases(const char *name, struct total *sum)
{
    struct str text = data_file(name), line, answer;
    while (text.p) {
        text = str_cut(text, '\n', &line);
        if (line.n == 0)
            continue;
        struct list want;
        struct str out = replay(str_z(t.mem, line));
        line = json_without_nan(t.mem, line);
        assert_true(json_as_array(t.mem, json_pick_one(t.mem, line, "expect"), &want));
        for (size_t i = 0; i < want.n; i++, sum->events++) {
            out = str_cut(out, '\n', &answer);
            assert_true(agrees(((const struct str *)want.v)[i], answer) > 0);
        }
        assert_int_equal(out.n, 0);
        sum->cases++;
    }
}

static void rules_examples(void **state)
{
    (void)state;
    struct total sum = { 0 };
    check_cases("rules_examples.jsonl", &sum);
    assert_int_equal(sum.cases, 24);
    assert_int_equal(sum.events, 31);
}

/* A file for each row of the decision table (docs/BIAS.md; D: the duplicate rule, P: the acts of
 * people, T: the table of severity and confidence, A: the decisions on what the rules left open).
 */
static const char *const rows[] = {
    "V1",    "V2",     "V3",       "V4",         "V5",         "V6",          "V7",        "T-NONE",
    "T-LOW", "T-HIGH", "T-MEDIUM", "T-CRITICAL", "C1",         "C2",          "C3",        "C4",
    "D",     "E1",     "E2",       "E3",         "E4",         "S1",          "S2",        "S3",
    "S4",    "R1",     "R2",       "R3",         "R4",         "R5",          "A1",        "A2",
    "A3",    "A4",     "A5",       "A6",         "A7",         "A8",          "A9",        "A10",
    "A11",   "A12",    "A13",      "A14",        "A15",        "A16",         "A17",       "A18",
    "A19",   "A20",    "A21",      "A22",        "A23",        "A24",         "A25",       "A26",
    "A27",   "A28",    "A29",      "A30",        "P-overturn", "P-reinstate", "P-confirm",
};

static void each_row_of_the_decision_table(void **state)
{
    (void)state;
    const size_t n = sizeof(rows) / sizeof(rows[0]);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        struct total sum = { 0 };
        snprintf(name, sizeof(name), "rows/%s.jsonl", rows[i]);
        check_cases(name, &sum);
        assert_true(sum.cases > 0 && sum.events >= sum.cases);
    }
    size_t files = 0;
    DIR *dir = opendir(TEST_DATA_DIR "/bias/rows");
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        files += e->d_name[0] != '.';
    closedir(dir);
    assert_int_equal(files, n); /* none that is not looked at */
}

static void check_turns(struct str line, struct str out)
{
    struct list turns;
    struct str answer = { 0 };
    assert_true(json_as_array(t.mem, json_pick_one(t.mem, line, "turns"), &turns));
    for (size_t i = 0; i < turns.n; i++) {
        const struct str turn = ((const struct str *)turns.v)[i];
        struct str speaker, response;
        assert_true(json_as_str(t.mem, json_pick_one(t.mem, turn, "speaker"), &speaker));
        if (!str_eq(speaker, S("ADMIN")))
            continue;
        out = str_cut(out, '\n', &answer);
        const struct str expected = json_pick_one(t.mem, turn, "expected");
        if (json_kind(expected) == JSON_OBJECT)
            agrees(expected, answer);
        else if (json_as_str(t.mem, json_pick_one(t.mem, answer, "response"), &response))
            assert_true(str_eq(response, S("SUPPRESSED")));
    }
    assert_int_equal(out.n, 0);
    agrees(json_pick_one(t.mem, line, "final"), json_pick_one(t.mem, answer, "final"));
}

static void interview_examples(void **state)
{
    (void)state;
    struct str text = data_file("dialogue_examples.jsonl"), line;
    size_t n = 0;
    while (text.p) {
        text = str_cut(text, '\n', &line);
        if (line.n == 0)
            continue;
        check_turns(line, replay(str_z(t.mem, line)));
        n++;
    }
    assert_int_equal(n, 6);
}

/* A case in short: start, events, and for each event what its answer must hold. */
struct script {
    const char *why, *start, *cfg;
    const char *events[8];
    const char *expect[8];
};
#define SAY(t_, iv_, id_, sev_, conf_, more_)                                                      \
    "{\"type\":\"analyse\",\"t\":" #t_ ",\"interview\":\"" iv_ "\",\"cycle\":\"C1\","              \
    "\"analysis\":" #id_ ",\"bias_detected\":true,\"bias_types\":[\"NAME\"],\"severity\":\"" sev_  \
    "\",\"confidence\":" #conf_ more_ "}"
#define NEW_START "{}"
#define START(points_, life_, status_, last_)                                                      \
    "{\"cycle_strikes\":{\"C1\":" #points_ "},\"lifetime_strikes\":" #life_                        \
    ",\"status\":\"" status_ "\",\"last_strike_t\":" #last_ "}"
/* clang-format off */
static const struct script scripts[] = {
    { "V1: what is no analysis is an error, counts nothing, and may come again", NEW_START, "{}",
      { SAY(1, "I1", 1, "high", 0.9, ""), SAY(1, "I1", 1, "HIGH", "0.9", ""),
        SAY(1, "I1", 1, "HIGH", 1.01, ""), SAY(1, "I1", 1, "HIGH", NaN, ""),
        SAY(1, "I1", 1, "HIGH", null, ""), SAY(1, "I1", 1, "HIGH", 0.9, ",\"recommended_action\":\"STOP\""),
        SAY(1, "I1", 1, "HIGH", 0.9, ",\"recommended_action\":\"NONE\"") },
      { "{\"error\":true,\"problem\":\"severity\"}", "{\"error\":true,\"problem\":\"confidence\"}",
        "{\"error\":true,\"lifetime_strikes\":0}", "{\"error\":true}", "{\"error\":true}",
        "{\"error\":true,\"problem\":\"recommended_action\"}",
        "{\"response\":\"WARNING\",\"strikes_added\":2,\"replay\":false}" } },
    { "V3: after the end nothing counts, and that result is stored too", NEW_START, "{}",
      { SAY(1, "I1", 1, "CRITICAL", 0.9, ""), SAY(9, "I1", 2, "CRITICAL", 0.9, ""),
        SAY(9, "I1", 2, "CRITICAL", 0.9, ""), SAY(30, "I2", 3, "LOW", 0.9, "") },
      { "{\"response\":\"BLOCK\",\"strikes_added\":3,\"reason\":\"SEVERITY\",\"terminated\":true,\"status\":\"WARNED\"}",
        "{\"response\":\"SUPPRESSED\",\"strikes_added\":0,\"flag\":null,\"terminated\":true}",
        "{\"response\":\"SUPPRESSED\",\"replay\":true}",
        "{\"response\":\"INFO\",\"interview_strikes\":0,\"terminated\":false}" } },
    { "three points end the interview on the third", NEW_START, "{}",
      { SAY(1, "I1", 1, "MEDIUM", 0.7, ""), SAY(100, "I1", 2, "MEDIUM", 0.7, ""),
        SAY(200, "I1", 3, "MEDIUM", 0.7, "") },
      { "{\"response\":\"WARNING\"}", "{\"response\":\"WARNING\",\"interview_strikes\":2}",
        "{\"response\":\"BLOCK\",\"strikes_added\":1,\"flag\":\"STRIKE_LIMIT\",\"reason\":\"STRIKE_LIMIT\",\"status\":\"WARNED\"}" } },
    { "the same words at once are one incident; a graver reading adds the difference", NEW_START, "{}",
      { SAY(100, "I1", 1, "MEDIUM", 0.7, ",\"text\":\"what is your surname again\""),
        SAY(115, "I1", 2, "MEDIUM", 0.9, ",\"text\":\"What is your surname again?\""),
        SAY(114, "I1", 3, "HIGH", 0.7, ",\"text\":\"what is your surname again\""),
        SAY(131, "I1", 4, "MEDIUM", 0.7, ",\"text\":\"what is your surname again\""),
        SAY(131, "I2", 5, "MEDIUM", 0.7, ",\"text\":\"what is your surname again\"") },
      { "{\"response\":\"WARNING\",\"strikes_added\":1}",
        "{\"response\":\"NONE\",\"reason\":\"DUPLICATE\",\"strikes_added\":0,\"flag\":null,\"interview_strikes\":1}",
        "{\"response\":\"WARNING\",\"strikes_added\":1,\"interview_strikes\":2}",
        "{\"response\":\"BLOCK\",\"strikes_added\":1,\"reason\":\"STRIKE_LIMIT\"}",
        "{\"response\":\"WARNING\",\"strikes_added\":1}" } },
    { "a duplicate that turns out CRITICAL blocks with the rest of its points", NEW_START, "{}",
      { SAY(100, "I1", 1, "HIGH", 0.7, ",\"text\":\"people like you fail\""),
        SAY(101, "I1", 2, "CRITICAL", 0.9, ",\"text\":\"people like you fail\"") },
      { "{\"strikes_added\":2}",
        "{\"response\":\"BLOCK\",\"strikes_added\":1,\"interview_strikes\":3,\"flag\":\"CRITICAL_INCIDENT\"}" } },
    { "what had no response is nothing to be a duplicate of", NEW_START, "{}",
      { SAY(100, "I1", 1, "HIGH", 0.1, ",\"text\":\"people like you fail\""),
        SAY(101, "I1", 2, "HIGH", 0.7, ",\"text\":\"people like you fail\"") },
      { "{\"response\":\"NONE\",\"reason\":null}", "{\"response\":\"WARNING\",\"strikes_added\":2}" } },
    { "E2 beats E3, and SUSPENDED closes the other rooms", START(2, 2, "ACTIVE", 1), "{}",
      { SAY(10, "I2", 9, "LOW", 0.9, ""), SAY(20, "I1", 1, "HIGH", 0.9, ""),
        SAY(60, "I1", 2, "HIGH", 0.9, ""), SAY(70, "I2", 3, "HIGH", 0.9, ""),
        "{\"type\":\"can_interview\",\"t\":80}" },
      { "{\"response\":\"INFO\"}", "{\"response\":\"WARNING\",\"cycle_strikes\":4,\"status\":\"WARNED\"}",
        "{\"response\":\"BLOCK\",\"strikes_added\":2,\"reason\":\"STATUS\",\"flag\":\"STATUS\",\"cycle_strikes\":6,\"status\":\"SUSPENDED\",\"rooms_closed\":true}",
        "{\"response\":\"SUPPRESSED\",\"strikes_added\":0,\"lifetime_strikes\":6}",
        "{\"allowed\":false,\"status\":\"SUSPENDED\"}" } },
    { "jumps: 4 and a CRITICAL is SUSPENDED at once, by severity", START(4, 4, "WARNED", 1), "{}",
      { SAY(20, "I1", 1, "CRITICAL", 0.9, "") },
      { "{\"response\":\"BLOCK\",\"reason\":\"SEVERITY\",\"flag\":\"CRITICAL_INCIDENT\",\"cycle_strikes\":7,\"status\":\"SUSPENDED\"}" } },
    { "BANNED beats SUSPENDED", START(4, 9, "WARNED", 1), "{}",
      { SAY(20, "I1", 1, "MEDIUM", 0.9, "") },
      { "{\"response\":\"BLOCK\",\"strikes_added\":1,\"reason\":\"STATUS\",\"lifetime_strikes\":10,\"status\":\"BANNED\"}" } },
    { "lifetime alone bans, below every cycle's limit", START(0, 9, "ACTIVE", 1), "{}",
      { SAY(20, "I1", 1, "LOW", 0.9, ""), SAY(50, "I1", 2, "MEDIUM", 0.6, "") },
      { "{\"response\":\"INFO\",\"status\":\"ACTIVE\"}",
        "{\"response\":\"BLOCK\",\"flag\":\"STATUS\",\"status\":\"BANNED\",\"cycle_strikes\":1}" } },
    { "A19: whoever should not be there collects no points; INFO stays INFO",
      START(5, 5, "SUSPENDED", 1), "{}",
      { SAY(20, "I1", 1, "LOW", 0.9, ""), SAY(50, "I1", 2, "HIGH", 0.9, "") },
      { "{\"response\":\"INFO\",\"flag\":null}",
        "{\"response\":\"BLOCK\",\"strikes_added\":0,\"reason\":\"STATUS\",\"lifetime_strikes\":5,\"rooms_closed\":false}" } },
    { "R2: the reset comes first on the day, and LOW does not restart the clock",
      START(4, 4, "WARNED", 0), "{}",
      { SAY(100, "I1", 1, "LOW", 0.9, ""), "{\"type\":\"status\",\"t\":7775999}",
        "{\"type\":\"status\",\"t\":7776000}", SAY(7776000, "I2", 2, "HIGH", 0.9, ""),
        "{\"type\":\"daily_job\",\"t\":7776100}" },
      { "{\"response\":\"INFO\",\"cycle_strikes\":4}", "{\"status\":\"WARNED\",\"cycle_strikes\":4}",
        "{\"status\":\"ACTIVE\",\"cycle_strikes\":0,\"lifetime_strikes\":4}",
        "{\"response\":\"WARNING\",\"cycle_strikes\":2,\"lifetime_strikes\":6,\"status\":\"ACTIVE\"}",
        "{\"status\":\"ACTIVE\",\"cycle_strikes\":2}" } },
    { "R5: a reset leaves the interview's points", START(0, 0, "ACTIVE", null), "{\"per_interview\":4}",
      { SAY(1, "I1", 1, "HIGH", 0.9, ""), SAY(7776001, "I1", 2, "MEDIUM", 0.9, "") },
      { "{\"interview_strikes\":2}", "{\"interview_strikes\":3,\"cycle_strikes\":1,\"lifetime_strikes\":3}" } },
    { "overturning lifts what no longer holds; the rest stays", START(2, 2, "ACTIVE", 1), "{}",
      { SAY(20, "I1", 1, "HIGH", 0.9, ""), SAY(60, "I2", 2, "MEDIUM", 0.9, ""),
        "{\"type\":\"overturn\",\"t\":70,\"analysis\":2}",
        "{\"type\":\"overturn\",\"t\":71,\"analysis\":\"nobody\"}",
        "{\"type\":\"review\",\"action\":\"overturn\",\"t\":72,\"analysis\":1}" },
      { "{\"cycle_strikes\":4}", "{\"response\":\"BLOCK\",\"status\":\"SUSPENDED\"}",
        "{\"status\":\"WARNED\",\"cycle_strikes\":4,\"lifetime_strikes\":4}", "{\"error\":true}",
        "{\"status\":\"ACTIVE\",\"cycle_strikes\":2,\"lifetime_strikes\":2}" } },
    { "overturning moves the last strike back, so the clean time may be over", START(4, 4, "WARNED", 0), "{}",
      { SAY(4000000, "I1", 1, "MEDIUM", 0.9, ""), "{\"type\":\"overturn\",\"t\":7776001,\"analysis\":1}" },
      { "{\"status\":\"SUSPENDED\"}", "{\"status\":\"ACTIVE\",\"cycle_strikes\":0,\"lifetime_strikes\":4}" } },
    { "reinstating a banned evaluator leaves one point to the next ban", START(6, 12, "BANNED", 1), "{}",
      { "{\"type\":\"reinstate\",\"t\":10,\"by\":\"root\"}", SAY(20, "I1", 1, "LOW", 0.9, ""),
        SAY(60, "I1", 2, "MEDIUM", 0.9, "") },
      { "{\"status\":\"ACTIVE\",\"cycle_strikes\":0,\"lifetime_strikes\":12}", "{\"status\":\"ACTIVE\"}",
        "{\"response\":\"BLOCK\",\"status\":\"BANNED\",\"lifetime_strikes\":13,\"cycle_strikes\":1}" } },
    { "a completed cycle warns no more, but SUSPENDED stays", START(3, 3, "WARNED", 1), "{}",
      { "{\"type\":\"cycle_completed\",\"t\":10,\"cycle\":\"C1\"}", SAY(20, "I1", 1, "HIGH", 0.9, "") },
      { "{\"status\":\"ACTIVE\"}", "{\"cycle_strikes\":5,\"status\":\"ACTIVE\",\"response\":\"WARNING\"}" } },
    { "SUSPENDED outlives its cycle", START(5, 5, "SUSPENDED", 1), "{}",
      { "{\"type\":\"cycle_completed\",\"t\":10,\"cycle\":\"C1\"}", "{\"type\":\"can_interview\",\"t\":11}" },
      { "{\"status\":\"SUSPENDED\"}", "{\"allowed\":false}" } },
    { "WARNED may interview, with a notice", START(3, 3, "WARNED", 1), "{}",
      { "{\"type\":\"can_interview\",\"t\":10}", "{\"type\":\"confirm\",\"t\":11,\"analysis\":1}" },
      { "{\"allowed\":true,\"notice\":true}", "{\"status\":\"WARNED\"}" } },
    { "nobody reviews their own, and each speaker has points of their own", NEW_START, "{}",
      { SAY(1, "I1", 1, "HIGH", 0.9, ",\"evaluator\":\"A\""), SAY(40, "I1", 2, "HIGH", 0.9, ",\"evaluator\":\"B\""),
        "{\"type\":\"overturn\",\"t\":50,\"analysis\":1,\"evaluator\":\"A\",\"by\":\"A\"}",
        SAY(90, "I1", 3, "MEDIUM", 0.9, ",\"evaluator\":\"B\""), SAY(95, "I1", 4, "MEDIUM", 0.9, ",\"evaluator\":\"A\"") },
      { "{\"interview_strikes\":2}", "{\"interview_strikes\":2,\"lifetime_strikes\":2}", "{\"error\":true}",
        "{\"response\":\"BLOCK\",\"reason\":\"STRIKE_LIMIT\"}", "{\"response\":\"SUPPRESSED\"}" } },
    { "A29: no strike-limit block before a warning was seen", NEW_START, "{\"BLOCK_REQUIRES_DELIVERED_WARNING\":1}",
      { SAY(1, "I1", 1, "HIGH", 0.9, ""), SAY(40, "I1", 2, "MEDIUM", 0.9, ""),
        "{\"type\":\"nudge_delivered\",\"t\":41,\"interview\":\"I1\"}", SAY(90, "I1", 3, "MEDIUM", 0.9, "") },
      { "{\"response\":\"WARNING\"}", "{\"response\":\"WARNING\",\"interview_strikes\":3,\"terminated\":false}",
        "{\"error\":false}", "{\"response\":\"BLOCK\",\"interview_strikes\":4}" } },
    { "A30: without AUTO_BLOCK the room waits for a person", NEW_START, "{\"AUTO_BLOCK\":0}",
      { SAY(1, "I1", 1, "CRITICAL", 0.9, ""), SAY(40, "I1", 2, "MEDIUM", 0.9, ""),
        "{\"type\":\"resume\",\"t\":41,\"interview\":\"I1\"}", SAY(90, "I1", 3, "LOW", 0.9, ""),
        "{\"type\":\"terminate\",\"t\":91,\"interview\":\"I1\"}" },
      { "{\"response\":\"BLOCK\",\"terminated\":false,\"paused\":true}", "{\"response\":\"SUPPRESSED\",\"paused\":true}",
        "{\"error\":false}", "{\"response\":\"INFO\",\"paused\":false}", "{\"error\":true}" } },
};
/* clang-format on */

static void check_script(const struct script *s)
{
    struct buf line;
    buf_init(&line, t.mem, 65536);
    buf_fmt(&line, "{\"id\":\"x\",\"cfg\":%s,\"start\":%s,\"events\":[", s->cfg, s->start);
    for (int i = 0; i < 8 && s->events[i]; i++)
        buf_fmt(&line, "%s%s", i ? "," : "", s->events[i]);
    buf_lit(&line, "]}");
    struct str out = replay(str_z(t.mem, buf_view(&line))), answer;
    for (int i = 0; i < 8 && s->events[i]; i++) {
        out = str_cut(out, '\n', &answer);
        assert_non_null(s->expect[i]);
        agrees(str_of(s->expect[i]), answer);
    }
    assert_int_equal(out.n, 0);
}

static void the_rest_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        check_script(&scripts[i]);
}

static void bad_lines_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } bad[] = {
        { "{", "JSON" },
        { "[]", "object" },
        { "{\"id\":\"a\"}", "events" },
        { "{\"events\":[]}", "id" },
        { "{\"id\":\"a\",\"events\":[{\"type\":\"dance\",\"t\":1}]}", "events[0]: type" },
        { "{\"id\":\"a\",\"events\":[{\"type\":\"status\"}]}", "events[0]: t " },
        { "{\"id\":\"a\",\"events\":[{\"type\":\"status\",\"t\":1e300}]}", "events[0]: t " },
        { "{\"id\":\"a\",\"events\":[{\"type\":\"analyse\",\"t\":1}]}", "missing" },
        { "{\"id\":\"a\",\"cfg\":{\"per_intervew\":1},\"events\":[]}", "per_intervew" },
        { "{\"id\":\"a\",\"cfg\":{\"per_interview\":0},\"events\":[]}", "" },
        { "{\"id\":\"a\",\"cfg\":{\"low\":0.9},\"events\":[]}", "NUDGE_THRESHOLD" },
        { "{\"id\":\"a\",\"start\":{\"status\":\"GONE\"},\"events\":[]}", "status" },
        { "{\"id\":\"a\",\"start\":{\"cycle_strikes\":{\"C\":-1}},\"events\":[]}",
          "cycle_strikes" },
        { "{\"id\":\"a\",\"start\":{\"lifetime_strikes\":1.5},\"events\":[]}", "lifetime" },
        { "{\"id\":\"a\",\"turns\":[{\"speaker\":\"GHOST\",\"t\":1}]}", "speaker" },
        { "{\"id\":\"a\",\"id\":\"b\",\"events\":[]}", "JSON" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out;
        buf_init(&out, t.mem, 4096);
        fault_clear(&t.c);
        assert_int_equal(bias_replay_line(&t.c, str_of(bad[i].line), &out), ERR_INVALID);
        if (!strstr(t.c.fault.text, bad[i].says))
            fail_msg("%s: said %s", bad[i].line, t.c.fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_examples),
        cmocka_unit_test(each_row_of_the_decision_table),
        cmocka_unit_test(interview_examples),
        cmocka_unit_test(the_rest_of_the_table),
        cmocka_unit_test(bad_lines_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
