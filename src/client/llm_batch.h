/* client/llm_batch.h: many questions in one file: the lines of the Batch API, and its files and
 * batches at any compatible endpoint.
 *
 * An input line is {"custom_id","method","url","body"}; an output line has the answer under
 * response.body, or directly under response, or a failure under error.
 * Thread rule: lines are pure, any thread; calls of the endpoint block, for worker threads. Strings
 * come back in c->mem. Faults name the endpoint's status, never its words. */
#ifndef ENIGMA_CLIENT_LLM_BATCH_H
#define ENIGMA_CLIENT_LLM_BATCH_H

#include "client/client.h"
#include "client/llm.h"

enum {
    LLM_BATCH_LINES_MAX = 50000, /* of one file, by the API */
    LLM_BATCH_BYTES_MAX = 190 * 1000 * 1000,
    LLM_BATCH_CUSTOM_ID_MAX = 64
};
/* With its line feed. */
void llm_batch_write(struct buf *b, enum llm_api api, struct str custom_id,
                     const struct llm_request *q);
struct llm_batch_line {
    struct str custom_id;
    bool answered;
    struct llm_reply reply;   /* answered */
    char why[FAULT_TEXT_MAX]; /* not answered */
};
/* false: no line of this API; why says what is wrong with it. */
bool llm_batch_read(struct ctx *c, enum llm_api api, struct str line, struct llm_batch_line *ret);

struct llm_remote {
    const struct client_port *http;
    struct str base_url, api_key; /* as llm_options */
    enum llm_api api;
    uint32_t tries_max, delay_ms;
};
struct llm_batch {
    struct str id, status, output_file_id, error_file_id;
    int64_t total, completed, failed;
    struct str tag; /* ours, of its metadata; absent: another's */
};
/* Whether the endpoint works on it no more: completed, failed, expired, cancelled. */
bool llm_batch_over(const struct llm_batch *b);
/* Each is sent again while that may help. ERR_UPSTREAM: no answer, or not the one that was asked
 * for; ERR_NOT_FOUND: 404. */
err llm_batch_upload(struct ctx *c, const struct llm_remote *r, struct str lines,
                     struct str *ret_file);
/* Sent once: whether a batch was made is not known when no answer comes; look by its tag. */
err llm_batch_create(struct ctx *c, const struct llm_remote *r, struct str file, struct str tag,
                     struct llm_batch *ret);
err llm_batch_get(struct ctx *c, const struct llm_remote *r, struct str id, struct llm_batch *ret);
/* Among the endpoint's newest batches. */
err llm_batch_find(struct ctx *c, const struct llm_remote *r, struct str tag, struct llm_batch *ret,
                   bool *ret_found);
err llm_batch_cancel(struct ctx *c, const struct llm_remote *r, struct str id);
err llm_batch_download(struct ctx *c, const struct llm_remote *r, struct str file,
                       struct str *ret_text);

#endif
