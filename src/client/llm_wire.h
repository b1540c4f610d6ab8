/* client/llm_wire.h: a question as the endpoint reads it, and what its answer means. Private to the
 * room. Pure; any thread. */
#ifndef ENIGMA_CLIENT_LLM_WIRE_H
#define ENIGMA_CLIENT_LLM_WIRE_H

#include "client/client.h"
#include "client/llm.h"

/* How the shape of the answer is asked for. Endpoints know more or less of it; the answer is
 * checked in any case. */
enum llm_form {
    LLM_FORM_STRICT, /* JSON Schema, enforced */
    LLM_FORM_PLAIN,  /* the same without limits of numbers */
    LLM_FORM_OBJECT, /* some JSON object; the schema stands in the system's words */
    LLM_FORM_WORDS,  /* the schema in the system's words alone */
    LLM_FORMS
};
/* The strict subset of JSON Schema that endpoints enforce: every member required, none besides. */
void llm_schema_write(struct buf *b, const struct schema *s);
/* The path below the base url. */
const char *llm_path(enum llm_api api);
void llm_body_write(struct buf *b, enum llm_api api, const struct llm_request *q);
void llm_body_write_as(struct buf *b, enum llm_api api, const struct llm_request *q,
                       enum llm_form form);

enum llm_verdict {
    LLM_ANSWER,
    LLM_AGAIN,   /* another try may help */
    LLM_LIMITED, /* the same, and it is the endpoint that asks for patience */
    LLM_SIMPLER, /* the endpoint does not know this form of the shape */
    LLM_NO       /* none will */
};
/* Fills ret_reply (strings in c->mem), or `why`: never what the endpoint says itself. */
enum llm_verdict llm_read(struct ctx *c, enum llm_api api, const struct client_reply *r,
                          struct llm_reply *ret_reply, char why[FAULT_TEXT_MAX]);
/* What the model wrote, without ```json around it. */
struct str llm_unfence(struct str text);

#endif
