/* scrub: one text, one application, or a stream of them, made anonymous without a database. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/cmds.h"
#include "app/line_stream.h"
#include "app/scrub_show.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "os/file.h"

enum { LINE_MAX_BYTES = 8 << 20, POLICY_MAX = 65536, TEXTS = 2 };

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

static void write_span(struct buf *out, const struct scrub_span *s)
{
    static const char *const actions[] = { "remove", "keep", "neutralise" };
    buf_lit(out, "{\"field\":\"");
    buf_str(out, str_of(text_names[s->field]));
    buf_lit(out, "\",\"start\":");
    buf_i64(out, s->from);
    buf_lit(out, ",\"end\":");
    buf_i64(out, s->to);
    buf_lit(out, ",\"type\":\"");
    buf_str(out, str_of(scrub_type_name((enum scrub_type)s->type)));
    buf_lit(out, "\",\"rule\":");
    json_write_str(out, str_of(s->rule));
    buf_lit(out, ",\"confidence\":");
    buf_i64(out, s->confidence);
    buf_lit(out, ",\"action\":\"");
    buf_str(out, str_of(actions[s->action]));
    buf_lit(out, "\",\"placeholder\":");
    json_write_str(out, str_of(s->placeholder));
    buf_c(out, '}');
}

/* Those that were kept, or those that were not. */
static void write_spans(struct buf *out, const struct scrub_result *r, bool kept)
{
    bool first = true;
    for (size_t i = 0; i < r->n_spans; i++) {
        if ((r->spans[i].action == SCRUB_KEEP) != kept)
            continue;
        if (!first)
            buf_c(out, ',');
        write_span(out, &r->spans[i]);
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

static err answer_line(struct ctx *c, const void *policy, struct str line, struct buf *out)
{
    struct scrub_input in;
    struct scrub_result r = { 0 };
    TRY(check_utf8(c, line, true));
    TRY(schema_decode(c, &input_schema, line, &in, NULL));
    TRY(scrub_input(c, policy, &in, &r));
    write_result(out, &in, &r);
    return ERR_OK;
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

/* Standard input, or the named file in its place. */
static bool take_file(struct cli *cli)
{
    struct stat st;
    if (cli->n_args == 0 || str_eq(cli->args[0], S("-")))
        return true;
    return freopen(str_z(cli->c.mem, cli->args[0]), "rb", stdin) &&
           fstat(fileno(stdin), &st) == 0 && !S_ISDIR(st.st_mode);
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
    if (cli->n_args > 1)
        return cli_usage(cli, "scrub takes one file, or standard input");
    if (read_policy(cli, f->policy, &policy) != ERR_OK)
        return cli_fail(cli);
    if (!take_file(cli))
        return cli_usage(cli, "%.*s cannot be read", STR_ARG(cli->args[0]));
    if (f->jsonl)
        return line_stream(cli, &(struct line_work){ answer_line, &policy, LINE_MAX_BYTES });
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
