/* Lines of the Batch API. */
#include "client/llm_batch.h"

#include "base/str.h"
#include "client/llm_wire.h"
#include "codec/json.h"

struct line {
    struct str custom_id, response, error;
};
static const struct field line_fields[] = {
    FIELD_STR(struct line, custom_id, .flags = FIELD_REQUIRED, .min = 1, .max = 256),
    FIELD_JSON(struct line, response, .flags = FIELD_NULL),
    FIELD_JSON(struct line, error, .flags = FIELD_NULL),
};
static SCHEMA(line_schema, "LlmBatchLine", struct line, line_fields);

struct response {
    int64_t status_code;
    struct str body;
};
static const struct field response_fields[] = {
    FIELD_I64(struct response, status_code, .flags = FIELD_NULL, .max = 999),
    FIELD_JSON(struct response, body, .flags = FIELD_NULL),
};
static SCHEMA(response_schema, "LlmBatchResponse", struct response, response_fields);

void llm_batch_write(struct buf *b, enum llm_api api, struct str custom_id,
                     const struct llm_request *q)
{
    buf_lit(b, "{\"custom_id\":");
    json_write_str(b, custom_id);
    buf_fmt(b, ",\"method\":\"POST\",\"url\":\"/v1%s\",\"body\":", llm_path(api));
    llm_body_write(b, api, q);
    buf_lit(b, "}\n");
}

static bool refuse(struct llm_batch_line *ret, const char *why)
{
    snprintf(ret->why, sizeof(ret->why), "%s", why);
    return false;
}

bool llm_batch_read(struct ctx *c, enum llm_api api, struct str text, struct llm_batch_line *ret)
{
    struct line l;
    struct response r;
    *ret = (struct llm_batch_line){ .answered = false };
    if (schema_decode(c, &line_schema, text, &l, NULL) != ERR_OK) {
        fault_clear(c);
        return refuse(ret, "the line is no JSON object with a custom_id");
    }
    ret->custom_id = l.custom_id;
    if (!l.response.p) {
        (void)refuse(ret, "the endpoint did not answer this line");
        return true;
    }
    if (schema_decode(c, &response_schema, l.response, &r, NULL) != ERR_OK) {
        fault_clear(c);
        return refuse(ret, "response is no JSON object");
    }
    const struct client_reply reply = {
        .outcome = CLIENT_OK,
        .status = r.status_code == SCHEMA_NULL_I64 || r.status_code == 0 ? 200 : (int)r.status_code,
        .body = r.body.p ? r.body : l.response,
    };
    ret->answered = llm_read(c, api, &reply, &ret->reply, ret->why) == LLM_ANSWER;
    return true;
}
