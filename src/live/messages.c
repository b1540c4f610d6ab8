/* Table: every message of a room. */
#include "live/messages.h"

#include "base/str.h"
#include "live/live.h"

#include <string.h>

static const char *const codec_text[] = { "pcm16" };
static NAMES(codec_names, codec_text);

/* clang-format off */
static const struct field head_fields[] = {
    FIELD_STR(struct say_head, type, .flags = FIELD_REQUIRED, .min = 1, .max = 32, .doc = "Which message."),
};
SCHEMA(say_head_schema, "MessageHead", struct say_head, head_fields);
static const struct field join_fields[] = {
    FIELD_I64(struct say_join, after, .flags = FIELD_NULL, .min = 0, .max = 9007199254740991, .doc = "Evaluator: nudges behind this id come again; by default those that were not delivered."),
};
static SCHEMA(join_schema, "SayJoin", struct say_join, join_fields);
static const struct field resume_fields[] = {
    FIELD_STR(struct say_resume, key, .flags = FIELD_REQUIRED, .max = 200, .doc = "The resume_key of the last joined."),
    FIELD_I64(struct say_resume, last_seq, .flags = FIELD_REQUIRED, .max = 9007199254740991, .doc = "seq of the last message that came; what was said since comes again."),
};
static SCHEMA(resume_schema, "SayResume", struct say_resume, resume_fields);
static const struct field sdp_fields[] = {
    FIELD_STR(struct say_sdp, sdp, .flags = FIELD_REQUIRED, .min = 1, .max = SDP_MAX, .doc = "Session description (RFC 8866), printable, at most 32 KiB."),
};
static SCHEMA(sdp_schema, "SaySdp", struct say_sdp, sdp_fields);
static const struct field relay_sdp_fields[] = {
    FIELD_STR(struct say_sdp, from, .doc = "Which peer."),
    FIELD_STR(struct say_sdp, sdp, .doc = "As that peer said it."),
};
static SCHEMA(relay_sdp_schema, "RelaySdp", struct say_sdp, relay_sdp_fields);
static const struct field ice_fields[] = {
    FIELD_JSON(struct say_ice, candidate, .flags = FIELD_REQUIRED, .doc = "An RTCIceCandidateInit object, at most 2 KiB."),
};
static SCHEMA(ice_schema, "SayIce", struct say_ice, ice_fields);
static const struct field relay_ice_fields[] = {
    FIELD_STR(struct say_ice, from, .doc = "Which peer."),
    FIELD_JSON(struct say_ice, candidate, .doc = "As that peer said it."),
};
static SCHEMA(relay_ice_schema, "RelayIce", struct say_ice, relay_ice_fields);
static const struct field from_fields[] = { FIELD_STR(struct say_from, from, .doc = "Which peer.") };
static SCHEMA(from_schema, "SayFrom", struct say_from, from_fields);
static const struct field ack_fields[] = {
    FIELD_I64(struct say_ack, nudge_id, .flags = FIELD_REQUIRED, .min = 1, .max = 9007199254740991, .doc = "Which nudge."),
};
static SCHEMA(ack_schema, "SayAck", struct say_ack, ack_fields);
static const struct field audio_fields[] = {
    FIELD_I64(struct say_audio, rate, .flags = FIELD_REQUIRED, .min = AUDIO_RATE, .max = AUDIO_RATE, .doc = "Samples a second: 16000."),
    FIELD_ENUM(struct say_audio, codec, .flags = FIELD_REQUIRED, .names = &codec_names, .doc = "pcm16: signed, little-endian, mono."),
};
static SCHEMA(audio_schema, "SayAudioStart", struct say_audio, audio_fields);
static const struct field server_fields[] = {
    FIELD_LIST(struct ice_server, urls, .doc = "stun: or turn: addresses."),
    FIELD_STR(struct ice_server, username, .flags = FIELD_OMIT_NULL, .doc = "Of a TURN server: its end as a Unix time, and random bits."),
    FIELD_STR(struct ice_server, credential, .flags = FIELD_OMIT_NULL, .doc = "Good for two hours."),
};
static SCHEMA(server_schema, "IceServer", struct ice_server, server_fields);
static const struct field joined_fields[] = {
    FIELD_STR(struct say_joined, peer, .doc = "Your own name in this room."),
    FIELD_STR(struct say_joined, role, .doc = "evaluator, student or observer."),
    FIELD_STR(struct say_joined, state, .doc = "waiting: the evaluator has not begun the interview; live."),
    FIELD_BOOL(struct say_joined, polite, .doc = "Which side gives way when offers meet (perfect negotiation)."),
    FIELD_BOOL(struct say_joined, resumed, .doc = "Whether the missed messages follow; otherwise negotiate anew."),
    FIELD_LIST(struct say_joined, peers, .doc = "Who else is here."),
    FIELD_LIST(struct say_joined, ice_servers, .of = &server_schema, .doc = "For RTCPeerConnection, as they are."),
    FIELD_STR(struct say_joined, resume_key, .doc = "Opens the next socket as the subprotocol resume.KEY, and is what resume wants; new at each connect."),
    FIELD_I64(struct say_joined, resume_seconds, .doc = "How long after a loss."),
    FIELD_BOOL(struct say_joined, monitoring, .doc = "Whether what the evaluator says is judged."),
    FIELD_STR(struct say_joined, transcription, .doc = "none: audio is not taken; basic: by the recogniser that works offline; full: by a service."),
};
static SCHEMA(joined_schema, "SayJoined", struct say_joined, joined_fields);
static const struct field peer_joined_fields[] = {
    FIELD_STR(struct say_peer, peer, .doc = "Who."), FIELD_STR(struct say_peer, role, .doc = "evaluator, student or observer."),
};
static SCHEMA(peer_joined_schema, "SayPeerJoined", struct say_peer, peer_joined_fields);
static const struct field peer_left_fields[] = {
    FIELD_STR(struct say_peer, peer, .doc = "Who."), FIELD_STR(struct say_peer, role, .doc = "evaluator, student or observer."),
    FIELD_STR(struct say_peer, reason, .doc = "left: said leave; lost: the connection went, and may come back."),
};
static SCHEMA(peer_left_schema, "SayPeerLeft", struct say_peer, peer_left_fields);
static const struct field state_fields[] = { FIELD_STR(struct say_state, state, .doc = "waiting or live.") };
static SCHEMA(state_schema, "SayState", struct say_state, state_fields);
static const struct field caption_fields[] = {
    FIELD_I64(struct say_transcript, id, .doc = "Of the stored row."),
    FIELD_STR(struct say_transcript, speaker, .doc = "evaluator or student."),
    FIELD_STR(struct say_transcript, text, .doc = "What was recognised."),
    FIELD_TIME(struct say_transcript, t0, .doc = "Begin."), FIELD_TIME(struct say_transcript, t1, .doc = "End."),
    FIELD_F64(struct say_transcript, conf, .flags = FIELD_NULL, .doc = "0 to 1; null: unknown."),
};
static SCHEMA(caption_schema, "SayTranscript", struct say_transcript, caption_fields);
static const struct field nudge_fields[] = {
    FIELD_I64(struct say_nudge, id, .doc = "For ack and for ?after=."),
    FIELD_STR(struct say_nudge, nudge_type, .doc = "info, warning or block."),
    FIELD_STR(struct say_nudge, severity, .flags = FIELD_NULL, .doc = "low to critical."),
    FIELD_STR(struct say_nudge, message, .doc = "Text for the evaluator."),
    FIELD_I64(struct say_nudge, duration_ms, .flags = FIELD_NULL, .doc = "How long it shows; null: it stays."),
    FIELD_BOOL(struct say_nudge, requires_ack, .doc = "Whether an ack is asked for."),
    FIELD_STR(struct say_nudge, quote, .flags = FIELD_NULL | FIELD_OMIT_NULL, .doc = "The evaluator's own words that it is about."),
    FIELD_I64(struct say_nudge, replaces, .flags = FIELD_NULL | FIELD_OMIT_NULL, .doc = "A nudge of the same utterance that this one takes the place of."),
};
static SCHEMA(nudge_schema, "SayNudge", struct say_nudge, nudge_fields);
static const struct field status_fields[] = {
    FIELD_I64(struct say_status, strikes, .doc = "Points in this interview."), FIELD_STR(struct say_status, status, .doc = "active or warned."),
};
static SCHEMA(status_schema, "SayStatus", struct say_status, status_fields);
static const struct field monitoring_fields[] = {
    FIELD_STR(struct say_monitoring, mode, .doc = "on; gap: nobody listens; off: nobody will, in this interview."),
    FIELD_I64(struct say_monitoring, gap, .doc = "Seconds so far."),
};
static SCHEMA(monitoring_schema, "SayMonitoring", struct say_monitoring, monitoring_fields);
static const struct field terminated_fields[] = {
    FIELD_STR(struct say_terminated, reason, .doc = "bias_block, cancelled or completed; to the student ended or completed."),
    FIELD_STR(struct say_terminated, text, .doc = "For people."),
};
static SCHEMA(terminated_schema, "SayTerminated", struct say_terminated, terminated_fields);
static const struct field error_fields[] = {
    FIELD_STR(struct say_error, code, .doc = "bad_json, invalid, unknown_type, not_allowed, not_joined, not_live, unknown_nudge, unavailable."),
    FIELD_STR(struct say_error, message, .doc = "Which member broke which rule."),
};
static SCHEMA(error_schema, "SayError", struct say_error, error_fields);

const struct message messages[SAY_COUNT_] = {
    [SAY_JOIN] = { "join", &join_schema, ON_SIGNAL, BY_ALL, "First message of a new page: enter the room." },
    [SAY_RESUME] = { "resume", &resume_schema, ON_SIGNAL, BY_ALL, "First message after a loss, in place of join." },
    [SAY_OFFER] = { "offer", &sdp_schema, ON_SIGNAL, BY_PEERS, "Relayed to the other side." },
    [SAY_ANSWER] = { "answer", &sdp_schema, ON_SIGNAL, BY_PEERS, "Relayed to the other side." },
    [SAY_ICE] = { "ice", &ice_schema, ON_SIGNAL, BY_PEERS, "Relayed to the other side; at most 200 a minute." },
    [SAY_ICE_END] = { "ice_end", NULL, ON_SIGNAL, BY_PEERS, "No more candidates; relayed." },
    [SAY_LEAVE] = { "leave", NULL, ON_SIGNAL, BY_ALL, "Goodbye: the key is void, audio that waits is flushed; the server closes with 1000." },
    [SAY_ACK] = { "ack", &ack_schema, ON_SIGNAL | ON_NUDGES, BY_EVALUATOR, "The nudge was acknowledged; once or often, it counts once." },
    [SAY_AUDIO_START] = { "audio_start", &audio_schema, ON_AUDIO, BY_PEERS, "Before the first audio; the count of samples begins anew." },
    [SAY_AUDIO_STOP] = { "audio_stop", NULL, ON_AUDIO, BY_PEERS, "Microphone off: what waits is flushed." },
    [SAY_PING] = { "ping", NULL, ON_SIGNAL | ON_AUDIO | ON_NUDGES, BY_ALL, "Answered by pong; on the audio socket it says that silence is meant." },
    [SAY_JOINED] = { "joined", &joined_schema, ON_SIGNAL, BY_SERVER, "Answer to join and resume." },
    [SAY_PEER_JOINED] = { "peer_joined", &peer_joined_schema, ON_SIGNAL, BY_SERVER, "Somebody came, or came back." },
    [SAY_PEER_LEFT] = { "peer_left", &peer_left_schema, ON_SIGNAL, BY_SERVER, "Somebody went." },
    [SAY_STATE] = { "state", &state_schema, ON_SIGNAL, BY_SERVER, "The interview has begun." },
    [SAY_RELAY_OFFER] = { "offer", &relay_sdp_schema, ON_SIGNAL, BY_SERVER, "Of the other side." },
    [SAY_RELAY_ANSWER] = { "answer", &relay_sdp_schema, ON_SIGNAL, BY_SERVER, "Of the other side." },
    [SAY_RELAY_ICE] = { "ice", &relay_ice_schema, ON_SIGNAL, BY_SERVER, "Of the other side." },
    [SAY_RELAY_ICE_END] = { "ice_end", &from_schema, ON_SIGNAL, BY_SERVER, "Of the other side." },
    [SAY_TRANSCRIPT] = { "transcript", &caption_schema, ON_SIGNAL, BY_SERVER, "A caption, to everybody in the room." },
    [SAY_NUDGE] = { "nudge", &nudge_schema, ON_SIGNAL | ON_NUDGES, BY_SERVER, "To the evaluator alone, at least once; by id it is known again." },
    [SAY_ACKED] = { "acked", &ack_schema, ON_SIGNAL | ON_NUDGES, BY_SERVER, "The row says so." },
    [SAY_STATUS] = { "status", &status_schema, ON_SIGNAL, BY_SERVER, "To the evaluator, at join and after a nudge." },
    [SAY_MONITORING] = { "monitoring", &monitoring_schema, ON_SIGNAL, BY_SERVER, "To the evaluator: monitoring was lost, is back, or is off." },
    [SAY_TERMINATED] = { "terminated", &terminated_schema, ON_SIGNAL | ON_AUDIO | ON_NUDGES, BY_SERVER, "The interview is over; the socket closes with 4410." },
    [SAY_ERROR] = { "error", &error_schema, ON_SIGNAL | ON_AUDIO | ON_NUDGES, BY_SERVER, "The last message had no effect." },
    [SAY_PONG] = { "pong", NULL, ON_SIGNAL | ON_AUDIO | ON_NUDGES, BY_SERVER, "Answer to ping." },
};
/* clang-format on */

enum live_say message_find(struct str type)
{
    for (int i = 0; i < SAY_CLIENT_; i++)
        if (str_eq(type, str_of(messages[i].type)))
            return (enum live_say)i;
    return SAY_COUNT_;
}

static void put_bits(struct buf *out, uint8_t bits, const char *const *names, int n)
{
    const char *comma = "";
    for (int i = 0; i < n; i++) {
        if (!(bits & 1U << i))
            continue;
        buf_fmt(out, "%s%s", comma, names[i]);
        comma = ", ";
    }
}

static void put_rows(struct buf *out, bool by_server)
{
    static const char *const paths[] = { "signalling", "audio", "nudges" };
    static const char *const parts[] = { "evaluator", "student", "observer", "server" };
    buf_fmt(out, "| type | socket | %s | members | |\n|---|---|---|---|---|\n",
            by_server ? "" : "from");
    for (int i = by_server ? SAY_CLIENT_ : 0; i < (by_server ? SAY_COUNT_ : SAY_CLIENT_); i++) {
        const struct message *m = &messages[i];
        buf_fmt(out, "| `%s` | ", m->type);
        put_bits(out, m->path, paths, LIVE_PATHS);
        buf_lit(out, " | ");
        if (!by_server)
            put_bits(out, m->from, parts, 4);
        buf_lit(out, " | ");
        for (uint8_t f = 0; m->schema && f < m->schema->n; f++)
            buf_fmt(out, "%s`%s`: %s", f ? "<br>" : "", m->schema->fields[f].name,
                    m->schema->fields[f].doc);
        buf_fmt(out, " | %s |\n", m->doc);
    }
}

static const char intro[] =
    "# Messages of a live interview\n\n"
    "Three sockets, `/ws/interview/{interview_id}` (signalling), `…/audio` and `…/nudges`. Who "
    "enters is said by the login's cookie, by `Authorization: Bearer`, or in "
    "`Sec-WebSocket-Protocol`: `enigma.v1` and then `ticket.X` with the ticket of "
    "`POST /interviews/{interview_id}/ticket` (one for each socket), or `resume.KEY` with the last "
    "`resume_key`. Without `enigma.v1` the socket speaks as the original did (below).\n\n"
    "Text is JSON: `{\"v\":1,\"type\":…}` with the members of its row; the server numbers what it "
    "says with `seq`. Members that are not named here are overlooked. A message that breaks its "
    "row "
    "is answered by `error` and has no effect.\n\n";
static const char audio_text[] =
    "\n## Audio\n\n"
    "Binary: a head of 12 bytes, little-endian: version (1 byte, 1), flags (1 byte; 1: flush "
    "behind "
    "this frame), two zero bytes, number of the frame (u32), offset of its first sample since "
    "`audio_start` (u32); then 16 kHz mono PCM16, at most 8 KiB. A frame without samples says that "
    "silence is meant: send one every few seconds while a gate holds silence back. Frames come "
    "with "
    "rising numbers; one that came before is overlooked.\n";
static const char limits_text[] =
    "\n## Limits\n\n"
    "A message 64 KiB, 20 messages a second on a socket, an SDP 32 KiB, 200 candidates a minute, "
    "audio 40 kB a second with bursts of 128 kB. One evaluator, one student, two observers. A "
    "reader that is behind by 256 KiB first loses captions, then the socket (4408). The server "
    "asks "
    "after 20 s of silence and ends after 45 s.\n";
static const char codes_text[] =
    "\n## Close codes\n\n"
    "| code | meaning |\n|---|---|\n"
    "| 1000 | after `leave` |\n| 1001 | the server goes away: come again |\n"
    "| 1002, 1003, 1007, 1009 | RFC 6455: protocol, kind of data, UTF-8, size (without enigma.v1) "
    "|\n"
    "| 1008 | original clients: a student of an interview that is unknown or has not begun |\n"
    "| 4401 | no login, or the ticket or key is not valid |\n"
    "| 4403 | not allowed: no part in this interview, barred, not within the time to join, full |\n"
    "| 4404 | no such interview |\n| 4408 | too slow, or silent for too long |\n"
    "| 4409 | replaced by a newer connection of the same person |\n"
    "| 4410 | the interview is over |\n| 4413 | message too large |\n| 4429 | too many messages "
    "|\n";
static const char original_text[] =
    "\n## Original clients\n\n"
    "Without `enigma.v1` signalling is relayed as it comes, if it is an object with one of "
    "`offer`, `answer` and `candidate`; the server adds `{\"peer\":\"joined\"|\"left\"}`, "
    "`{\"ready\":true}` and ICE servers in `{\"config\":{\"iceServers\":[…]}}`. Audio is raw PCM16 "
    "of "
    "any size up to 8 KiB; captions come back as "
    "`{\"status\":\"transcribed\",\"transcript_id\",\"text\"}`. "
    "Nudges are `{\"nudge_id\",\"nudge_type\",\"message\",\"severity\",\"display_duration\"}`, "
    "acknowledged by "
    "`{\"type\":\"acknowledge\",\"nudge_id\"}` and answered by "
    "`{\"status\":\"acknowledged\",\"nudge_id\"}`; `?after=` replays what came behind that id. "
    "Both kinds "
    "of clients may meet in one room. `role`, `speaker` and `admin_id` in the query must agree "
    "with "
    "the login.\n";

void live_write_messages(struct buf *out)
{
    buf_str(out, str_of(intro));
    buf_lit(out, "## From the client\n\n");
    put_rows(out, false);
    buf_lit(out, "\n## From the server\n\n");
    put_rows(out, true);
    buf_str(out, str_of(audio_text));
    buf_str(out, str_of(limits_text));
    buf_str(out, str_of(codes_text));
    buf_str(out, str_of(original_text));
}
