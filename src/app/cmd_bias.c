/* bias replay, bias detect: the rules and the built-in detector on files, without a database. */
#include <stdio.h>
#include <unistd.h>

#include "app/cmds.h"
#include "base/str.h"
#include "detect/bias_detect.h"
#include "domain/bias_event.h"
#include "domain/bias_json.h"
#include "os/file.h"

enum { FILE_MAX = 256 << 20, LINE_ARENA_MAX = 256 << 20 };

/* The named file, or standard input for "-". */
static err read_input(struct cli *cli, struct str name, struct str *ret)
{
    char block[65536];
    struct buf b;
    if (!str_eq(name, S("-")))
        return file_read(&cli->c, cli->c.mem, str_z(cli->c.mem, name), FILE_MAX, ret);
    buf_init(&b, cli->c.mem, FILE_MAX);
    for (size_t n; (n = fread(block, 1, sizeof(block), stdin)) > 0;)
        buf_put(&b, block, n);
    if (!buf_ok(&b))
        return FAIL(&cli->c, TOO_LARGE, "standard input is longer than %d bytes", FILE_MAX);
    *ret = buf_view(&b);
    return ERR_OK;
}

typedef err line_fn(struct ctx *c, struct str line, struct buf *out);

/* Each line apart, in memory of its own; the bad ones are named and the rest goes on. */
static int each_line(struct cli *cli, struct str text, line_fn *fn)
{
    struct arena *mem = arena_open(cli->c.mem, LINE_ARENA_MAX);
    struct str line;
    size_t n_bad = 0;
    for (size_t number = 1; text.p; number++) {
        text = str_cut(text, '\n', &line);
        if (str_trim(line).n == 0)
            continue;
        struct ctx c = cli->c;
        c.mem = mem;
        const size_t before = cli->out.n;
        if (fn(&c, line, &cli->out) != ERR_OK) {
            cli->out.n = before;
            n_bad++;
            fprintf(stderr, "enigma: line %zu: %s\n", number, c.fault.text);
        }
        cli_flush(cli);
        arena_reset(mem);
    }
    return n_bad ? EXIT_FAILED : EXIT_OK;
}

int cmd_bias_replay(struct cli *cli, const void *flags)
{
    struct str text;
    (void)flags;
    if (cli->n_args != 1)
        return cli_usage(cli, "bias replay takes one file of events, or - for standard input");
    if (read_input(cli, cli->args[0], &text) != ERR_OK)
        return cli_fail(cli);
    return each_line(cli, text, bias_replay_line);
}

struct bias_detect_flags {
    bool jsonl;
};
static const struct field bias_detect_fields[] = {
    FIELD_BOOL(struct bias_detect_flags, jsonl, .preset = "false",
               .doc = "One JSON object a line, in and out: id, text, context; without it one "
                      "utterance a line."),
};
SCHEMA(bias_detect_flags_schema, "BiasDetectFlags", struct bias_detect_flags, bias_detect_fields);

static void put_types(struct buf *out, uint32_t types, const char *quote)
{
    const char *comma = "";
    for (int i = 0; i < DETECT_TYPES; i++) {
        if (!((types >> i) & 1))
            continue;
        buf_fmt(out, "%s%s%s%s", comma, quote, detect_type_names[i], quote);
        comma = ",";
    }
}

static void put_finding(struct buf *out, struct str id, const struct detect_finding *f)
{
    buf_lit(out, "{\"id\":");
    buf_str(out, id);
    buf_fmt(out, ",\"bias_detected\":%s,\"bias_types\":[", f->bias_detected ? "true" : "false");
    put_types(out, f->types, "\"");
    buf_fmt(out, "],\"severity\":\"%s\",\"confidence\":%.4f,\"evidence_quotes\":[",
            detect_severity_names[f->severity], f->confidence);
    if (f->bias_detected)
        json_write_str(out, f->evidence);
    buf_fmt(out, "],\"recommended_action\":\"%s\",\"source\":\"rules\"}\n",
            f->bias_detected ? "NUDGE" : "NONE");
}

/* The latest turns of `context`; what has no text is left out. */
static size_t read_context(struct arena *mem, struct str line, struct detect_turn *ret)
{
    struct list turns;
    size_t n = 0;
    if (!json_as_array(mem, json_pick_one(mem, line, "context"), &turns))
        return 0;
    const struct str *v = turns.v;
    const size_t from = turns.n > DETECT_CONTEXT_MAX ? turns.n - DETECT_CONTEXT_MAX : 0;
    for (size_t i = from; i < turns.n; i++) {
        struct str speaker = { 0 };
        if (json_kind(v[i]) != JSON_OBJECT ||
            !json_as_str(mem, json_pick_one(mem, v[i], "text"), &ret[n].text))
            continue;
        json_as_str(mem, json_pick_one(mem, v[i], "speaker"), &speaker);
        ret[n++].applicant = str_eqi(speaker, S("STUDENT"));
    }
    return n;
}

/* Only the evaluator's speech is judged. */
static err detect_object(struct ctx *c, struct str line, struct buf *out)
{
    struct detect_turn context[DETECT_CONTEXT_MAX];
    struct detect_input in = { .context = context };
    struct detect_finding found = { 0 };
    struct str speaker = { 0 };
    if (!json_valid(line, c->mem) || json_kind(line) != JSON_OBJECT)
        return FAIL(c, INVALID, "is not a JSON object");
    const struct str id = json_pick_one(c->mem, line, "id");
    if (json_kind(id) != JSON_STRING && json_kind(id) != JSON_NUMBER)
        return FAIL(c, INVALID, "id is missing");
    if (!json_as_str(c->mem, json_pick_one(c->mem, line, "text"), &in.text))
        return FAIL(c, INVALID, "text is missing");
    in.n_context = read_context(c->mem, line, context);
    json_as_str(c->mem, json_pick_one(c->mem, line, "speaker"), &speaker);
    if (!str_eqi(speaker, S("STUDENT")))
        detect_utterance(&in, &found);
    put_finding(out, id, &found);
    return ERR_OK;
}

static err detect_text(struct ctx *c, struct str line, struct buf *out)
{
    const struct detect_input in = { .text = line };
    struct detect_finding f;
    (void)c;
    detect_utterance(&in, &f);
    buf_fmt(out, "%-8s %.2f ", detect_severity_names[f.severity], f.confidence);
    put_types(out, f.types, "");
    buf_fmt(out, "%s%.*s\n", f.bias_detected ? ": " : "", STR_ARG(f.evidence));
    return ERR_OK;
}

int cmd_bias_detect(struct cli *cli, const void *flags)
{
    const struct bias_detect_flags *f = flags;
    struct str text;
    if (cli->n_args > 1)
        return cli_usage(cli, "bias detect takes one file, or standard input");
    if (read_input(cli, cli->n_args ? cli->args[0] : S("-"), &text) != ERR_OK)
        return cli_fail(cli);
    return each_line(cli, text, f->jsonl ? detect_object : detect_text);
}
