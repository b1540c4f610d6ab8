/* Chat Completions and Responses: bodies out, answers in. No temperature and no token limit: models
 * of the GPT-5 family refuse them, and others have their defaults. */
#include "client/llm_wire.h"

#include "base/str.h"
#include "codec/json.h"

static void put_names(struct buf *b, const struct names *names)
{
    buf_lit(b, "\"type\":\"string\",\"enum\":[");
    for (size_t i = 0; i < names->n; i++) {
        if (i)
            buf_c(b, ',');
        json_write_str(b, str_of(names->v[i]));
    }
    buf_c(b, ']');
}

static void put_number(struct buf *b, const char *type, const struct field *f, bool limits)
{
    buf_fmt(b, "\"type\":\"%s\"", type);
    if (limits && f->max > f->min)
        buf_fmt(b, ",\"minimum\":%g,\"maximum\":%g", f->min, f->max);
}

/* Objects within objects are not asked for: models are better at flat answers. */
static void put_type(struct buf *b, const struct field *f, bool limits)
{
    switch (f->type) {
    case F_BOOL:
        buf_lit(b, "\"type\":\"boolean\"");
        break;
    case F_I64:
        put_number(b, "integer", f, limits);
        break;
    case F_F64:
    case F_E2:
        put_number(b, "number", f, limits);
        break;
    case F_ENUM:
        put_names(b, f->names);
        break;
    case F_LIST:
        buf_lit(b, "\"type\":\"array\",\"items\":{");
        if (f->names)
            put_names(b, f->names);
        else
            buf_lit(b, "\"type\":\"string\"");
        buf_c(b, '}');
        break;
    default:
        buf_lit(b, "\"type\":\"string\"");
        break;
    }
}

static void put_schema(struct buf *b, const struct schema *s, bool limits)
{
    buf_lit(b, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (i)
            buf_c(b, ',');
        json_write_str(b, str_of(f->name));
        buf_lit(b, ":{");
        put_type(b, f, limits);
        if (f->doc) {
            buf_lit(b, ",\"description\":");
            json_write_str(b, str_of(f->doc));
        }
        buf_c(b, '}');
    }
    buf_lit(b, "},\"required\":[");
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            buf_c(b, ',');
        json_write_str(b, str_of(s->fields[i].name));
    }
    buf_lit(b, "],\"additionalProperties\":false}");
}

void llm_schema_write(struct buf *b, const struct schema *s)
{
    put_schema(b, s, true);
}

const char *llm_path(enum llm_api api)
{
    return api == LLM_RESPONSES ? "/responses" : "/chat/completions";
}

static void put_format(struct buf *b, const struct schema *s, enum llm_form form)
{
    buf_lit(b, "\"name\":");
    json_write_str(b, str_of(s->name));
    buf_lit(b, ",\"strict\":true,\"schema\":");
    put_schema(b, s, form == LLM_FORM_STRICT);
}

/* What the endpoint does not enforce is said. */
static void put_system(struct buf *b, const struct llm_request *q, enum llm_form form)
{
    struct buf all;
    if (!q->reply || form < LLM_FORM_OBJECT) {
        json_write_str(b, q->system);
        return;
    }
    buf_init(&all, NULL, LLM_QUESTION_MAX);
    buf_str(&all, q->system);
    buf_lit(&all, "\nAnswer with one JSON object of this JSON Schema and nothing else:\n");
    put_schema(&all, q->reply, true);
    json_write_str(b, buf_view(&all));
    b->over = b->over || !buf_ok(&all);
    buf_done(&all);
}

static void write_chat(struct buf *b, const struct llm_request *q, enum llm_form form)
{
    buf_lit(b, ",\"messages\":[{\"role\":\"system\",\"content\":");
    put_system(b, q, form);
    buf_lit(b, "},{\"role\":\"user\",\"content\":");
    json_write_str(b, q->user);
    buf_lit(b, "}]");
    if (!q->reply || form == LLM_FORM_WORDS)
        return;
    if (form == LLM_FORM_OBJECT) {
        buf_lit(b, ",\"response_format\":{\"type\":\"json_object\"}");
        return;
    }
    buf_lit(b, ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{");
    put_format(b, q->reply, form);
    buf_lit(b, "}}");
}

/* store: what applicants wrote is not to stay with the provider. */
static void write_responses(struct buf *b, const struct llm_request *q, enum llm_form form)
{
    buf_lit(b, ",\"store\":false,\"instructions\":");
    put_system(b, q, form);
    buf_lit(b, ",\"input\":[{\"role\":\"user\",\"content\":");
    json_write_str(b, q->user);
    buf_lit(b, "}]");
    if (!q->reply || form == LLM_FORM_WORDS)
        return;
    if (form == LLM_FORM_OBJECT) {
        buf_lit(b, ",\"text\":{\"format\":{\"type\":\"json_object\"}}");
        return;
    }
    buf_lit(b, ",\"text\":{\"format\":{\"type\":\"json_schema\",");
    put_format(b, q->reply, form);
    buf_lit(b, "}}");
}

void llm_body_write_as(struct buf *b, enum llm_api api, const struct llm_request *q,
                       enum llm_form form)
{
    buf_lit(b, "{\"model\":");
    json_write_str(b, q->model);
    if (api == LLM_RESPONSES)
        write_responses(b, q, form);
    else
        write_chat(b, q, form);
    buf_c(b, '}');
}

void llm_body_write(struct buf *b, enum llm_api api, const struct llm_request *q)
{
    llm_body_write_as(b, api, q, LLM_FORM_STRICT);
}

/* Of answers only what is read. */
struct message {
    struct str content, refusal;
};
static const struct field message_fields[] = {
    FIELD_STR(struct message, content, .flags = FIELD_NULL),
    FIELD_STR(struct message, refusal, .flags = FIELD_NULL),
};
static SCHEMA(message_schema, "LlmMessage", struct message, message_fields);

struct choice {
    const void *message;
    struct str finish_reason;
};
static const struct field choice_fields[] = {
    FIELD_OBJ(struct choice, message, .flags = FIELD_REQUIRED, .of = &message_schema),
    FIELD_STR(struct choice, finish_reason, .flags = FIELD_NULL),
};
static SCHEMA(choice_schema, "LlmChoice", struct choice, choice_fields);

/* The two APIs name the same numbers differently. */
struct usage_details {
    int64_t cached_tokens;
};
static const struct field usage_details_fields[] = {
    FIELD_I64(struct usage_details, cached_tokens, .max = 1e9),
};
static SCHEMA(usage_details_schema, "LlmUsageDetails", struct usage_details, usage_details_fields);
struct usage {
    int64_t prompt_tokens, completion_tokens, input_tokens, output_tokens;
    const void *prompt_tokens_details, *input_tokens_details;
};
static const struct field usage_fields[] = {
    FIELD_I64(struct usage, prompt_tokens, .max = 1e9),
    FIELD_I64(struct usage, completion_tokens, .max = 1e9),
    FIELD_I64(struct usage, input_tokens, .max = 1e9),
    FIELD_I64(struct usage, output_tokens, .max = 1e9),
    FIELD_OBJ(struct usage, prompt_tokens_details, .flags = FIELD_NULL,
              .of = &usage_details_schema),
    FIELD_OBJ(struct usage, input_tokens_details, .flags = FIELD_NULL, .of = &usage_details_schema),
};
static SCHEMA(usage_schema, "LlmUsage", struct usage, usage_fields);

struct part {
    struct str type, text, refusal;
};
static const struct field part_fields[] = {
    FIELD_STR(struct part, type, .flags = FIELD_REQUIRED),
    FIELD_STR(struct part, text, .flags = FIELD_NULL),
    FIELD_STR(struct part, refusal, .flags = FIELD_NULL),
};
static SCHEMA(part_schema, "LlmPart", struct part, part_fields);

struct output {
    struct str type;
    struct list content;
};
static const struct field output_fields[] = {
    FIELD_STR(struct output, type, .flags = FIELD_REQUIRED),
    FIELD_LIST(struct output, content, .flags = FIELD_NULL, .of = &part_schema),
};
static SCHEMA(output_schema, "LlmOutput", struct output, output_fields);

struct envelope {
    struct list choices, output;
    const void *usage;
    struct str status;
};
static const struct field envelope_fields[] = {
    FIELD_LIST(struct envelope, choices, .flags = FIELD_NULL, .of = &choice_schema),
    FIELD_LIST(struct envelope, output, .flags = FIELD_NULL, .of = &output_schema),
    FIELD_OBJ(struct envelope, usage, .flags = FIELD_NULL, .of = &usage_schema),
    FIELD_STR(struct envelope, status, .flags = FIELD_NULL),
};
static SCHEMA(envelope_schema, "LlmEnvelope", struct envelope, envelope_fields);

struct problem {
    struct str code;
};
static const struct field problem_fields[] = {
    FIELD_STR(struct problem, code, .flags = FIELD_NULL),
};
static SCHEMA(problem_schema, "LlmProblem", struct problem, problem_fields);
struct problem_envelope {
    const void *error;
};
static const struct field problem_envelope_fields[] = {
    FIELD_OBJ(struct problem_envelope, error, .flags = FIELD_NULL, .of = &problem_schema),
};
static SCHEMA(problem_envelope_schema, "LlmProblemEnvelope", struct problem_envelope,
              problem_envelope_fields);

static enum llm_verdict say(char why[FAULT_TEXT_MAX], enum llm_verdict v, const char *text)
{
    snprintf(why, FAULT_TEXT_MAX, "%s", text);
    return v;
}

struct str llm_unfence(struct str text)
{
    static const struct str fence = S_INIT("```");
    struct str s = str_trim(text), first;
    if (!str_starts(s, fence) || !str_ends(s, fence) || s.n < 2 * fence.n)
        return s;
    struct str rest = str_cut(s, '\n', &first);
    if (!rest.p || rest.n < fence.n)
        return s;
    return str_trim(str_sub(rest, 0, rest.n - fence.n));
}

/* What the model wrote, in words of one kind. */
struct words {
    struct str text;
    bool refused, cut;
};

static void words_of_choice(const struct envelope *e, struct words *w)
{
    const struct choice *ch = e->choices.v;
    const struct message *m = ch->message;
    w->text = m->content;
    w->refused = m->refusal.n > 0 || str_eq(ch->finish_reason, S("content_filter"));
    w->cut = str_eq(ch->finish_reason, S("length"));
}

static void words_of_output(const struct envelope *e, struct words *w)
{
    const struct output *o = e->output.v;
    for (size_t i = 0; i < e->output.n; i++) {
        const struct part *p = o[i].content.v;
        for (size_t k = 0; k < o[i].content.n; k++) {
            if (str_eq(p[k].type, S("refusal")))
                w->refused = true;
            else if (str_eq(p[k].type, S("output_text")) && !w->text.p)
                w->text = p[k].text;
        }
    }
    w->cut = str_eq(e->status, S("incomplete"));
}

static int64_t cached_of(const struct usage *u)
{
    const struct usage_details *d =
        u->prompt_tokens_details ? u->prompt_tokens_details : u->input_tokens_details;
    return d ? d->cached_tokens : 0;
}

static enum llm_verdict read_answer(struct ctx *c, enum llm_api api, struct str body,
                                    struct llm_reply *ret, char why[FAULT_TEXT_MAX])
{
    struct envelope e;
    struct words w = { 0 };
    if (schema_decode(c, &envelope_schema, body, &e, NULL) != ERR_OK) {
        fault_clear(c);
        return say(why, LLM_AGAIN, "the answer of the model endpoint is no JSON of its API");
    }
    if (api == LLM_CHAT && e.choices.n > 0)
        words_of_choice(&e, &w);
    else if (api == LLM_RESPONSES)
        words_of_output(&e, &w);
    if (w.refused)
        return say(why, LLM_NO, "the model refused to answer");
    if (w.cut)
        return say(why, LLM_AGAIN, "the model's answer was cut short");
    if (w.text.n == 0)
        return say(why, LLM_AGAIN, "the model gave an empty answer");
    const struct usage none = { 0 }, *u = e.usage ? e.usage : &none;
    *ret = (struct llm_reply){ .text = llm_unfence(w.text),
                               .tokens_in = u->prompt_tokens + u->input_tokens,
                               .tokens_cached = cached_of(u),
                               .tokens_out = u->completion_tokens + u->output_tokens };
    return LLM_ANSWER;
}

static bool quota_is_used_up(struct ctx *c, struct str body)
{
    struct problem_envelope e;
    if (schema_decode(c, &problem_envelope_schema, body, &e, NULL) != ERR_OK) {
        fault_clear(c);
        return false;
    }
    const struct problem *p = e.error;
    return p && str_eq(p->code, S("insufficient_quota"));
}

/* Refusals of the format name it, each endpoint in its words. */
static bool is_about_form(const struct client_reply *r)
{
    static const char *const words[] = { "response_format", "json_schema", "text.format", "schema",
                                         "json_object",     "grammar",     "guided" };
    if (r->status != 400 && r->status != 422 && r->status != 501)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (r->body.n > 0 && memmem(r->body.p, r->body.n, words[i], strlen(words[i])))
            return true;
    return false;
}

static enum llm_verdict read_status(struct ctx *c, const struct client_reply *r,
                                    char why[FAULT_TEXT_MAX])
{
    snprintf(why, FAULT_TEXT_MAX, "the model endpoint answered %d", r->status);
    if (r->status == 429 && quota_is_used_up(c, r->body))
        return say(why, LLM_NO, "the model endpoint says that the quota is used up");
    if (r->status == 429 || r->status == 503)
        return LLM_LIMITED;
    if (is_about_form(r))
        return say(why, LLM_SIMPLER,
                   "the model endpoint does not know how to give answers a shape");
    const bool again = r->status == 408 || r->status == 409 || r->status == 425 || r->status >= 500;
    if (r->status == 401 || r->status == 403)
        snprintf(why, FAULT_TEXT_MAX, "the model endpoint refuses the key (%d)", r->status);
    return again ? LLM_AGAIN : LLM_NO;
}

enum llm_verdict llm_read(struct ctx *c, enum llm_api api, const struct client_reply *r,
                          struct llm_reply *ret_reply, char why[FAULT_TEXT_MAX])
{
    switch (r->outcome) {
    case CLIENT_OK:
        return r->status == 200 ? read_answer(c, api, r->body, ret_reply, why)
                                : read_status(c, r, why);
    case CLIENT_REFUSED:
        return say(why, LLM_NO, "the model endpoint has an address that may not be asked");
    case CLIENT_UNTRUSTED:
        return say(why, LLM_NO, "the model endpoint's certificate is not to be trusted");
    case CLIENT_CLOSED:
    case CLIENT_CANCELLED:
        return say(why, LLM_NO, "the program ends");
    case CLIENT_LATE:
        return say(why, LLM_AGAIN, "the model endpoint did not answer in time");
    case CLIENT_TOO_LARGE:
        return say(why, LLM_AGAIN, "the answer of the model endpoint is too large");
    default:
        return say(why, LLM_AGAIN, "the model endpoint is not reachable");
    }
}
