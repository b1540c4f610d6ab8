/* scrub: one text, one application, or a stream of them, made anonymous without a database. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/scrub_show.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "os/file.h"

enum {
    LINE_MAX_BYTES = 8 << 20,
    LINE_MEM_MAX = 1 << 30,
    LINE_MEM_KEPT = 1 << 20,
    POLICY_MAX = 65536,
    TEXTS = 2,
    BAD_LINES_SHOWN_MAX = 100
};

struct scrub_flags {
    struct str name, email, phone, address, date_of_birth, policy;
    bool application, jsonl, explain;
};
static const struct field scrub_fields[] = {
    FIELD_STR(struct scrub_flags, name, .flags = FIELD_NULL, .max = 200,
              .doc = "The applicant's name."),
    FIELD_STR(struct scrub_flags, email, .flags = FIELD_NULL, .max = 255,
              .doc = "The applicant's e-mail address."),
    FIELD_STR(struct scrub_flags, phone, .flags = FIELD_NULL, .max = 40,
              .doc = "The applicant's phone number."),
    FIELD_STR(struct scrub_flags, address, .flags = FIELD_NULL, .max = 500,
              .doc = "The applicant's address."),
    FIELD_STR(struct scrub_flags, date_of_birth, .flags = FIELD_NULL, .max = 40,
              .doc = "The applicant's date of birth."),
    FIELD_STR(struct scrub_flags, policy, .flags = FIELD_NULL, .max = 1024,
              .doc = "A file with the policy as JSON; without it the preset."),
    FIELD_BOOL(struct scrub_flags, application, .preset = "false",
               .doc = "Standard input is one application as JSON."),
    FIELD_BOOL(struct scrub_flags, jsonl, .preset = "false",
               .doc = "Standard input is an application as JSON on each line; so is the output."),
    FIELD_BOOL(struct scrub_flags, explain, .preset = "false",
               .doc = "Show original and result side by side, with each span's rule."),
};
SCHEMA(scrub_flags_schema, "ScrubFlags", struct scrub_flags, scrub_fields);

/* What is read of an application; the rest of its members is passed over. */
struct scrub_input {
    struct str id, name, first_name, last_name, email, phone, address, date_of_birth, essay,
        achievements;
};
static const struct field input_fields[] = {
    FIELD_JSON(struct scrub_input, id, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, name, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, first_name, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, last_name, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, email, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, phone, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, address, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, date_of_birth, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, essay, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_input, achievements, .flags = FIELD_NULL),
};
static SCHEMA(input_schema, "ScrubInput", struct scrub_input, input_fields);
static const char *const text_names[TEXTS] = { "essay", "achievements" };

static void write_spans(struct buf *out, const struct scrub_result *r, bool kept)
{
    bool first = true;
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        static const char *const actions[] = { "remove", "keep", "neutralise" };
        if ((s->action == SCRUB_KEEP) != kept)
            continue;
        buf_fmt(out, "%s{\"field\":\"%s\",\"start\":%u,\"end\":%u,\"type\":\"%s\",\"rule\":",
                first ? "" : ",", text_names[s->field], s->from, s->to,
                scrub_type_name((enum scrub_type)s->type));
        json_write_str(out, str_of(s->rule));
        buf_fmt(out, ",\"confidence\":%u,\"action\":\"%s\",\"placeholder\":", s->confidence,
                actions[s->action]);
        json_write_str(out, str_of(s->placeholder));
        buf_c(out, '}');
        first = false;
    }
}

static void write_result(struct buf *out, const struct scrub_input *in,
                         const struct scrub_result *r)
{
    buf_lit(out, "{");
    if (in->id.p) {
        buf_lit(out, "\"id\":");
        buf_str(out, in->id);
        buf_c(out, ',');
    }
    for (size_t i = 0; i < TEXTS; i++) {
        buf_fmt(out, "\"%s\":", text_names[i]);
        json_write_str(out, r->text[i]);
        buf_c(out, ',');
    }
    buf_lit(out, "\"spans\":[");
    write_spans(out, r, false);
    buf_lit(out, "],\"hints\":[");
    write_spans(out, r, true);
    buf_fmt(out, "],\"status\":\"%s\",\"reason\":", r->verdict == SCRUB_HELD ? "held" : "ok");
    json_write_str(out, str_of(r->reason));
    buf_lit(out, "}\n");
}

static err scrub_input(struct ctx *c, const struct scrub_policy *policy,
                       const struct scrub_input *in, struct scrub_result *ret)
{
    const struct scrub_identity who = { .name = in->name,
                                        .first_name = in->first_name,
                                        .last_name = in->last_name,
                                        .email = in->email,
                                        .phone = in->phone,
                                        .address = in->address,
                                        .date_of_birth = in->date_of_birth };
    const struct str texts[TEXTS] = { in->essay, in->achievements };
    return scrub_application(c, policy, &who, texts, TEXTS, ret);
}

/* The member of the outermost object whose value holds the first byte that is no text, if it is one
 * that is read, and nothing before it is wrong; else NULL. */
static const char *member_at(struct str json, size_t at, struct arena *mem)
{
    struct json j;
    struct str key = { 0 }, value;
    bool more = false, whole = true;
    json_init(&j, json, mem);
    if (!json_enter_object(&j))
        return NULL;
    for (bool first = true; whole && json_member(&j, first, &more, &key) && more; first = false)
        whole = json_skip(&j, &value);
    for (size_t i = 0; !whole && j.error_at == at && i < input_schema.n; i++)
        if (str_eq(key, str_of(input_fields[i].name)))
            return input_fields[i].name;
    return NULL;
}

/* Bytes that are no text, with the field that they stand in; json: the text is an application. */
static err check_utf8(struct ctx *c, struct str text, bool json)
{
    size_t at = 0, bad = 0;
    if (utf8_valid(text))
        return ERR_OK;
    while (utf8_next(text, &at) != (uint32_t)-1)
        bad = at;
    const char *field = json ? member_at(text, bad, c->mem) : text_names[0];
    return FAIL(c, INVALID, "%s: must be valid UTF-8; byte %zu of the %s is not",
                field ? field : "application", bad + 1, json ? "JSON" : "text");
}

/* The whole of standard input, or absent when it is too long. */
static struct str read_all(struct cli *cli)
{
    struct buf in;
    char block[4096];
    buf_init(&in, cli->c.mem, LINE_MAX_BYTES);
    for (size_t n; (n = fread(block, 1, sizeof(block), stdin)) > 0;)
        buf_put(&in, block, n);
    if (!buf_ok(&in))
        return (struct str){ NULL, 0 };
    return in.n ? buf_view(&in) : S("");
}

/* The first thing wrong with a line, without any of its content. */
static void report_line(struct ctx *c, long long number)
{
    const struct issue *issue = c->fault.n_issues ? &c->fault.issues[0] : NULL;
    if (issue)
        fprintf(stderr, "enigma: line %lld: %.*s: %.*s\n", number, STR_ARG(issue->loc),
                STR_ARG(issue->msg));
    else
        fprintf(stderr, "enigma: line %lld: %s\n", number, c->fault.text);
}

static bool scrub_line(struct ctx *c, const struct scrub_policy *policy, struct str line)
{
    struct scrub_input in;
    struct scrub_result r = { 0 };
    struct buf out;
    buf_init(&out, c->mem, LINE_MEM_MAX);
    if (check_utf8(c, line, true) != ERR_OK ||
        schema_decode(c, &input_schema, line, &in, NULL) != ERR_OK ||
        scrub_input(c, policy, &in, &r) != ERR_OK)
        return false;
    write_result(&out, &in, &r);
    if (!buf_ok(&out))
        return FAIL(c, TOO_LARGE, "the result is too long") == ERR_OK;
    fwrite(out.p, 1, out.n, stdout);
    return true;
}

static int scrub_lines(struct cli *cli, const struct scrub_policy *policy)
{
    struct arena *mem = arena_open(cli->c.mem, LINE_MEM_MAX);
    arena_keep(mem, LINE_MEM_KEPT);
    char *line = NULL;
    size_t cap = 0;
    long long number = 0, bad = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) >= 0;) {
        struct ctx c;
        number++;
        arena_reset(mem);
        ctx_init(&c, mem, NULL, 0);
        const struct str text = str_trim((struct str){ line, (size_t)n });
        if (text.n == 0)
            continue;
        if (text.n > LINE_MAX_BYTES)
            (void)!FAIL(&c, TOO_LARGE, "the line is longer than %d bytes", (int)LINE_MAX_BYTES);
        else if (scrub_line(&c, policy, text))
            continue;
        if (bad++ < BAD_LINES_SHOWN_MAX)
            report_line(&c, number);
    }
    free(line);
    if (fflush(stdout) != 0 || ferror(stdout) || ferror(stdin)) {
        fprintf(stderr, "enigma: cannot read or write the stream\n");
        return EXIT_FAILED;
    }
    if (bad)
        fprintf(stderr, "enigma: %lld of %lld lines could not be scrubbed\n", bad, number);
    return bad ? EXIT_PARTLY : EXIT_OK;
}

static int show_one(struct cli *cli, const struct scrub_flags *f, const struct scrub_input *in,
                    const struct scrub_result *r)
{
    const struct str texts[TEXTS] = { in->essay, in->achievements };
    if (f->explain)
        scrub_show(&cli->out, text_names, texts, TEXTS, r);
    else if (f->application || cli->json)
        write_result(&cli->out, in, r);
    else
        buf_str(&cli->out, r->text[0]);
    cli_flush(cli);
    if (r->verdict == SCRUB_HELD)
        fprintf(stderr, "enigma: held for a person: %s\n", r->reason);
    return r->verdict == SCRUB_HELD ? EXIT_FAILED : EXIT_OK;
}

static err read_policy(struct cli *cli, struct str path, struct scrub_policy *ret)
{
    struct str text;
    *ret = scrub_policy_preset;
    if (!path.p)
        return ERR_OK;
    TRY(file_read(&cli->c, cli->c.mem, str_z(cli->c.mem, path), POLICY_MAX, &text));
    return scrub_policy_read(&cli->c, text, ret);
}

int cmd_scrub(struct cli *cli, const void *flags)
{
    const struct scrub_flags *f = flags;
    struct scrub_policy policy;
    struct scrub_result r = { 0 };
    struct scrub_input in = { .name = f->name,
                              .email = f->email,
                              .phone = f->phone,
                              .address = f->address,
                              .date_of_birth = f->date_of_birth };
    if (f->jsonl && (f->application || f->explain))
        return cli_usage(cli, "--jsonl goes with neither --application nor --explain");
    if (read_policy(cli, f->policy, &policy) != ERR_OK)
        return cli_fail(cli);
    if (f->jsonl)
        return scrub_lines(cli, &policy);
    const struct str text = read_all(cli);
    if (!text.p)
        return cli_usage(cli, "the text is longer than %d bytes", (int)LINE_MAX_BYTES);
    if (check_utf8(&cli->c, text, f->application) != ERR_OK)
        return cli_fail(cli);
    if (!f->application)
        in.essay = text;
    else if (schema_decode(&cli->c, &input_schema, text, &in, NULL) != ERR_OK)
        return cli_fail(cli);
    if (scrub_input(&cli->c, &policy, &in, &r) != ERR_OK)
        return cli_fail(cli);
    return show_one(cli, f, &in, &r);
}
