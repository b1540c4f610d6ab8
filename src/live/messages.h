/* live/messages.h: the message table: what may be said on which socket by whom, how often, and in
 * which shape; dispatch, checks and docs/generated/messages.md read it. Constant; any thread. */
#ifndef ENIGMA_LIVE_MESSAGES_H
#define ENIGMA_LIVE_MESSAGES_H

#include "schema/schema.h"

enum live_path { LIVE_SIGNAL, LIVE_AUDIO, LIVE_NUDGES, LIVE_PATHS };
enum {
    MESSAGE_MAX = 64 * 1024, /* bytes of a message on the signalling and nudges sockets */
    AUDIO_HEAD = 12,
    AUDIO_MAX = 8 * 1024, /* bytes of samples in one message */
    SDP_MAX = 32 * 1024,
    ICE_MAX = 2 * 1024,
    MESSAGES_PER_SECOND = 20,
    ICE_PER_MINUTE = 200,
    AUDIO_BYTES_PER_SECOND = 40 * 1000,
    AUDIO_BURST = 128 * 1000,
    AUDIO_RATE = 16000,
};
enum { /* bits of message.path and message.from */
       ON_SIGNAL = 1 << LIVE_SIGNAL,
       ON_AUDIO = 1 << LIVE_AUDIO,
       ON_NUDGES = 1 << LIVE_NUDGES,
       BY_EVALUATOR = 1 << 0,
       BY_STUDENT = 1 << 1,
       BY_OBSERVER = 1 << 2,
       BY_SERVER = 1 << 3,
       BY_PEERS = BY_EVALUATOR | BY_STUDENT,
       BY_ALL = BY_PEERS | BY_OBSERVER,
};
enum live_say {
    SAY_JOIN,
    SAY_RESUME,
    SAY_OFFER,
    SAY_ANSWER,
    SAY_ICE,
    SAY_ICE_END,
    SAY_LEAVE,
    SAY_ACK,
    SAY_AUDIO_START,
    SAY_AUDIO_STOP,
    SAY_PING,
    SAY_CLIENT_,
    SAY_JOINED = SAY_CLIENT_,
    SAY_PEER_JOINED,
    SAY_PEER_LEFT,
    SAY_STATE,
    SAY_RELAY_OFFER,
    SAY_RELAY_ANSWER,
    SAY_RELAY_ICE,
    SAY_RELAY_ICE_END,
    SAY_TRANSCRIPT,
    SAY_NUDGE,
    SAY_ACKED,
    SAY_STATUS,
    SAY_MONITORING,
    SAY_TERMINATED,
    SAY_ERROR,
    SAY_PONG,
    SAY_COUNT_,
};
struct message {
    const char *type;
    const struct schema *schema; /* NULL: no members of its own */
    uint8_t path, from;
    const char *doc;
};
extern const struct message messages[SAY_COUNT_];
/* The row of a client's message, or SAY_COUNT_. */
enum live_say message_find(struct str type);

struct say_head { /* of every message of a client */
    struct str type;
};
extern const struct schema say_head_schema;
struct say_join {
    int64_t after;
};
struct say_resume {
    struct str key;
    int64_t last_seq;
};
struct say_sdp { /* offer, answer; relayed with from */
    struct str from, sdp;
};
struct say_ice {
    struct str from, candidate; /* JSON: an RTCIceCandidateInit */
};
struct say_from {
    struct str from;
};
struct say_ack {
    int64_t nudge_id;
};
struct say_audio {
    int64_t rate;
    int32_t codec;
};
struct ice_server {
    struct list urls;
    struct str username, credential;
};
struct say_joined {
    struct str peer, role, state;
    bool polite, resumed;
    struct list peers;       /* struct str */
    struct list ice_servers; /* struct ice_server */
    struct str resume_key;
    int64_t resume_seconds;
    bool monitoring;
    struct str transcription;
};
struct say_peer {
    struct str peer, role, reason;
};
struct say_state {
    struct str state;
};
struct say_transcript {
    int64_t id;
    struct str speaker, text;
    int64_t t0, t1;
    double conf;
};
struct say_nudge {
    int64_t id;
    struct str nudge_type, severity, message;
    int64_t duration_ms;
    bool requires_ack;
    struct str quote;
    int64_t replaces;
};
struct say_status {
    int64_t strikes;
    struct str status;
};
struct say_monitoring {
    struct str mode;
    int64_t gap;
};
struct say_terminated {
    struct str reason, text;
};
struct say_error {
    struct str code, message;
};

#endif
