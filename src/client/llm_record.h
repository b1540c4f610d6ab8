/* client/llm_record.h: answers of models kept in a file, and given again from it: tests and
 * comparisons of programs without an endpoint. A line of the file is one answer: what it was asked
 * by (request.key, or the hash of the question), the words, the tokens.
 * Thread rule: as a port. Recorded answers are what models say of anonymous texts; the file is made
 * with mode 0600. */
#ifndef ENIGMA_CLIENT_LLM_RECORD_H
#define ENIGMA_CLIENT_LLM_RECORD_H

#include "client/llm.h"

enum { LLM_RECORD_FILE_MAX = 256 << 20, LLM_RECORD_LINES_MAX = 1000000 };
struct llm_record;
/* Every answer of `of` goes to the end of the file. ERR_FORBIDDEN: it cannot be written. */
err llm_record_open(struct ctx *c, const struct llm_port *of, const char *path,
                    struct llm_record **ret);
/* Answers from the file alone, the first of a key first, then the next, then the last again; a
 * question that is not there fails. ERR_NOT_FOUND, ERR_INVALID with the line's number. */
err llm_replay_open(struct ctx *c, const char *path, struct llm_record **ret);
const struct llm_port *llm_record_port(struct llm_record *r);
/* Once no answer is under way. NULL is fine. */
void llm_record_close(struct llm_record *r);

#endif
