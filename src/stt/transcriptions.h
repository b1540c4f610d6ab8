/* stt/transcriptions.h: POST /v1/audio/transcriptions, the endpoint of OpenAI-compatible services,
 * answered by the offline recogniser. Bearer token. Thread rule: see recogniser.h. */
#ifndef ENIGMA_STT_TRANSCRIPTIONS_H
#define ENIGMA_STT_TRANSCRIPTIONS_H

#include "http/server.h"
#include "stt/recogniser.h"

enum { TRANSCRIPTION_SECONDS_MAX = 60, TRANSCRIPTION_TOKEN_LEAST = 16 };
#define TRANSCRIPTION_MODEL "pocketsphinx-en-us"

/* Both are constant from here on: the process has one recogniser and one token. */
void transcriptions_begin(struct recogniser *r, struct str token);
extern const struct route_table transcription_routes;
extern const struct http_port transcription_port;

#endif
