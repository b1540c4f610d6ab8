/* Files and batches at an endpoint: asked one at a time, by worker threads that wait. */
#include "client/llm_batch.h"

#include <unistd.h>

#include "base/str.h"
#include "client/llm_pace.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/multipart.h"

enum {
    SHORT_MS = 60000,
    LONG_MS = 600000, /* files */
    SHORT_BODY_MAX = 4 << 20,
    BOUNDARY_BYTES = 16,
    BODY_SLACK = 4096,
    PAGE = 100,
    PAGES_MAX = 20,
    PAUSE_MAX_US = 60000000
};

struct metadata {
    struct str enigma_batch;
};
static const struct field metadata_fields[] = {
    FIELD_STR(struct metadata, enigma_batch, .flags = FIELD_NULL),
};
static SCHEMA(metadata_schema, "LlmBatchMetadata", struct metadata, metadata_fields);
struct counts {
    int64_t total, completed, failed;
};
static const struct field counts_fields[] = {
    FIELD_I64(struct counts, total, .max = 1e9),
    FIELD_I64(struct counts, completed, .max = 1e9),
    FIELD_I64(struct counts, failed, .max = 1e9),
};
static SCHEMA(counts_schema, "LlmBatchCounts", struct counts, counts_fields);
struct thing { /* a file or a batch */
    struct str id, status, output_file_id, error_file_id;
    const void *metadata, *request_counts;
};
static const struct field thing_fields[] = {
    FIELD_STR(struct thing, id, .flags = FIELD_REQUIRED, .min = 1, .max = 250),
    FIELD_STR(struct thing, status, .flags = FIELD_NULL, .max = 40),
    FIELD_STR(struct thing, output_file_id, .flags = FIELD_NULL, .max = 250),
    FIELD_STR(struct thing, error_file_id, .flags = FIELD_NULL, .max = 250),
    FIELD_OBJ(struct thing, metadata, .flags = FIELD_NULL, .of = &metadata_schema),
    FIELD_OBJ(struct thing, request_counts, .flags = FIELD_NULL, .of = &counts_schema),
};
static SCHEMA(thing_schema, "LlmBatchThing", struct thing, thing_fields);
struct page {
    struct list data;
    bool has_more;
};
static const struct field page_fields[] = {
    FIELD_LIST(struct page, data, .flags = FIELD_REQUIRED, .max = 1000, .of = &thing_schema),
    FIELD_BOOL(struct page, has_more, .preset = "false"),
};
static SCHEMA(page_schema, "LlmBatchPage", struct page, page_fields);

struct order {
    const char *method;
    struct str path, content_type, body, idempotency_key;
    bool once, file;
};

static err fault_of(struct ctx *c, int status)
{
    if (status == 404)
        return FAIL(c, NOT_FOUND, "the endpoint of batches answered 404: it has no such thing");
    return FAIL(c, UPSTREAM, "the endpoint of batches answered %d%s", status,
                status == 401 || status == 403 ? ": it refuses the key" : "");
}

static void pause_before(struct ctx *c, const struct llm_remote *r, uint32_t tries,
                         const struct client_reply *reply)
{
    uint32_t dice = 0;
    ctx_random(c, &dice, sizeof(dice));
    int64_t us = llm_retry_after_us(reply);
    if (us < 0)
        us = llm_backoff_us(r->delay_ms, tries, dice);
    usleep((useconds_t)(us < PAUSE_MAX_US ? us : PAUSE_MAX_US));
}

/* The same request again while the endpoint asks for patience; one that makes something only when
 * it surely did not. */
static bool may_again(const struct order *o, const struct client_reply *reply)
{
    if (o->once)
        return reply->outcome == CLIENT_UNREACHABLE ||
               (reply->outcome == CLIENT_OK && (reply->status == 429 || reply->status == 503));
    return client_reply_passing(reply);
}

static err ask(struct ctx *c, const struct llm_remote *r, const struct order *o, struct str *ret)
{
    struct str base = r->base_url;
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    struct client_header headers[3];
    size_t n = 0;
    if (r->api_key.n > 0)
        headers[n++] = (struct client_header){ S("Authorization"), str_fmt(c->mem, "Bearer %.*s",
                                                                           STR_ARG(r->api_key)) };
    if (o->content_type.p)
        headers[n++] = (struct client_header){ S("Content-Type"), o->content_type };
    if (o->idempotency_key.p)
        headers[n++] = (struct client_header){ S("Idempotency-Key"), o->idempotency_key };
    const struct client_request q = {
        .method = o->method,
        .url = str_fmt(c->mem, "%.*s%.*s", STR_ARG(base), STR_ARG(o->path)),
        .headers = headers,
        .n_headers = n,
        .body = o->body,
        .timeout_ms = o->file ? LONG_MS : SHORT_MS,
        .body_max = o->file ? CLIENT_BODY_MAX : SHORT_BODY_MAX,
        .once = o->once,
    };
    struct client_reply reply = { 0 };
    for (uint32_t tries = 1;; tries++) {
        const err e = client_call(c, r->http, &q, &reply);
        if (e == ERR_OK && reply.status >= 200 && reply.status < 300)
            break;
        if (tries >= r->tries_max || e == ERR_BUSY || !may_again(o, &reply))
            return e != ERR_OK ? e : fault_of(c, reply.status);
        fault_clear(c);
        pause_before(c, r, tries, &reply);
    }
    *ret = reply.body;
    return ERR_OK;
}

static void read_batch(const struct thing *t, struct llm_batch *ret)
{
    const struct metadata *m = t->metadata;
    const struct counts *n = t->request_counts;
    *ret = (struct llm_batch){ .id = t->id,
                               .status = t->status.p ? t->status : S(""),
                               .output_file_id = t->output_file_id,
                               .error_file_id = t->error_file_id,
                               .total = n ? n->total : 0,
                               .completed = n ? n->completed : 0,
                               .failed = n ? n->failed : 0,
                               .tag = m ? m->enigma_batch : (struct str){ 0 } };
}

static err ask_thing(struct ctx *c, const struct llm_remote *r, const struct order *o,
                     struct thing *ret)
{
    struct str text;
    TRY(ask(c, r, o, &text));
    if (schema_decode(c, &thing_schema, text, ret, NULL) == ERR_OK)
        return ERR_OK;
    fault_clear(c);
    return FAIL(c, UPSTREAM, "the endpoint of batches gave an answer that is none of its API");
}

/* Ids come from the endpoint and go into a path. */
static err id_in_path(struct ctx *c, struct str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!(id.p[i] >= '0' && id.p[i] <= '9') &&
            !((id.p[i] | 0x20) >= 'a' && (id.p[i] | 0x20) <= 'z') && !strchr("-_.", id.p[i]))
            return FAIL(c, UPSTREAM, "the endpoint of batches gave an id that fits no path");
    return ERR_OK;
}

bool llm_batch_over(const struct llm_batch *b)
{
    static const char *const over[] = { "completed", "failed", "expired", "cancelled" };
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
        if (str_eq(b->status, str_of(over[i])))
            return true;
    return false;
}

err llm_batch_upload(struct ctx *c, const struct llm_remote *r, struct str lines,
                     struct str *ret_file)
{
    unsigned char secret[BOUNDARY_BYTES];
    struct buf boundary, body;
    struct thing t;
    ctx_random(c, secret, sizeof(secret));
    buf_init(&boundary, c->mem, BODY_SLACK);
    hex_write(&boundary, secret, sizeof(secret));
    const struct str line = buf_view(&boundary);
    buf_init(&body, NULL, lines.n + BODY_SLACK);
    multipart_field(&body, line, "purpose", S("batch"));
    multipart_file(&body, line, "file", "questions.jsonl", "application/jsonl", lines);
    multipart_end(&body, line);
    const struct order o = {
        .method = "POST",
        .path = S("/files"),
        .content_type = str_fmt(c->mem, "multipart/form-data; boundary=%.*s", STR_ARG(line)),
        .body = buf_view(&body),
        .file = true,
    };
    const err e = buf_ok(&body) ? ask_thing(c, r, &o, &t)
                                : FAIL(c, TOO_LARGE, "a file of questions is too large");
    buf_done(&body);
    TRY(e);
    *ret_file = t.id;
    return ERR_OK;
}

err llm_batch_create(struct ctx *c, const struct llm_remote *r, struct str file, struct str tag,
                     struct llm_batch *ret)
{
    const char *path = r->api == LLM_RESPONSES ? "/v1/responses" : "/v1/chat/completions";
    struct thing t;
    struct buf b;
    buf_init(&b, c->mem, BODY_SLACK);
    buf_lit(&b, "{\"input_file_id\":");
    json_write_str(&b, file);
    buf_fmt(
        &b,
        ",\"endpoint\":\"%s\",\"completion_window\":\"24h\",\"metadata\":{\"enigma_batch\":", path);
    json_write_str(&b, tag);
    buf_lit(&b, "}}");
    const struct order o = { .method = "POST",
                             .path = S("/batches"),
                             .content_type = S("application/json"),
                             .body = buf_view(&b),
                             .idempotency_key = tag,
                             .once = true };
    TRY(ask_thing(c, r, &o, &t));
    read_batch(&t, ret);
    return ERR_OK;
}

err llm_batch_get(struct ctx *c, const struct llm_remote *r, struct str id, struct llm_batch *ret)
{
    struct thing t;
    TRY(id_in_path(c, id));
    const struct order o = { .method = "GET",
                             .path = str_fmt(c->mem, "/batches/%.*s", STR_ARG(id)) };
    TRY(ask_thing(c, r, &o, &t));
    read_batch(&t, ret);
    return ERR_OK;
}

static err ask_page(struct ctx *c, const struct llm_remote *r, struct str after, struct page *ret)
{
    struct str text;
    const struct order o = {
        .method = "GET",
        .path = after.p ? str_fmt(c->mem, "/batches?limit=%d&after=%.*s", (int)PAGE, STR_ARG(after))
                        : str_fmt(c->mem, "/batches?limit=%d", (int)PAGE),
    };
    TRY(ask(c, r, &o, &text));
    if (schema_decode(c, &page_schema, text, ret, NULL) == ERR_OK)
        return ERR_OK;
    fault_clear(c);
    return FAIL(c, UPSTREAM, "the endpoint of batches gave a list that is none of its API");
}

err llm_batch_find(struct ctx *c, const struct llm_remote *r, struct str tag, struct llm_batch *ret,
                   bool *ret_found)
{
    struct str after = { 0 };
    *ret_found = false;
    for (int page = 0; page < PAGES_MAX; page++) {
        struct page p;
        TRY(ask_page(c, r, after, &p));
        const struct thing *t = p.data.v;
        for (size_t i = 0; i < p.data.n; i++) {
            read_batch(&t[i], ret);
            *ret_found = ret->tag.p && str_eq(ret->tag, tag);
            if (*ret_found)
                return ERR_OK;
        }
        if (!p.has_more || p.data.n == 0)
            return ERR_OK;
        after = t[p.data.n - 1].id;
        TRY(id_in_path(c, after));
    }
    return ERR_OK;
}

err llm_batch_cancel(struct ctx *c, const struct llm_remote *r, struct str id)
{
    struct thing t;
    TRY(id_in_path(c, id));
    const struct order o = { .method = "POST",
                             .path = str_fmt(c->mem, "/batches/%.*s/cancel", STR_ARG(id)) };
    return ask_thing(c, r, &o, &t);
}

err llm_batch_download(struct ctx *c, const struct llm_remote *r, struct str file,
                       struct str *ret_text)
{
    TRY(id_in_path(c, file));
    const struct order o = { .method = "GET",
                             .path = str_fmt(c->mem, "/files/%.*s/content", STR_ARG(file)),
                             .file = true };
    return ask(c, r, &o, ret_text);
}
