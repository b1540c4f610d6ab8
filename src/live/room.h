/* live/room.h: rooms, the people in them and their sockets: what the files of `live` share.
 * Thread rule: a room and all that hangs on it belong to the loop of its home; jobs carry copies.
 * An entry is made on a worker and belongs to the loop from the socket's opening on. */
#ifndef ENIGMA_LIVE_ROOM_H
#define ENIGMA_LIVE_ROOM_H

#include "base/ctx.h"
#include "http/ws.h"
#include "live/live.h"
#include "live/messages.h"
#include "service/room_pass.h"

#include <pthread.h>

enum {
    ROOM_OBSERVERS = 2,
    ROOM_PEERS = 2 + ROOM_OBSERVERS,
    ROOM_BUCKETS = 1024,
    ROOM_LOOPS_MAX = 64,
    WHO_MAX = 52,
    KEY_NONCE = 16,
    RING_MESSAGES = 64,
    RING_BYTES_MAX = 128 * 1024,
    RING_STEP = 64,   /* bytes by which places differ */
    RING_SLACK = 256, /* bytes that a message may leave unused of its place, beside its own size */
    SENT_NUDGES = 64,
    SAY_ARENA_MAX = 1024 * 1024,
    JOB_ARENA_MAX = 4 * 1024 * 1024,
    JOB_BUDGET_MS = 10 * 1000,
    SWEEP_MS = 1000,
    OWNER_BYTES = 16,
};

enum live_code {
    CODE_LOGIN = 4401,
    CODE_FORBIDDEN = 4403,
    CODE_NO_ROOM = 4404,
    CODE_REPLACED = 4409,
    CODE_ENDED = 4410,
    CODE_RATE = 4429,
};

struct rate {
    uint64_t at_ms;
    uint32_t left;
    bool begun;
};
/* Takes `cost` out of a bucket that fills at per_second and holds `burst`; false: too much. */
bool rate_take(struct rate *r, uint64_t now_ms, uint32_t cost, uint32_t per_second, uint32_t burst);

struct entry;
/* The same by the clock of now; the answer is always yes where nothing is limited. */
bool rate_ok(const struct entry *e, struct rate *r, uint32_t cost, uint32_t per_second,
             uint32_t burst);
/* The limits of messages and of candidates; false: the socket was closed for it. */
bool says_within(struct entry *e, uint32_t cost);
bool candidates_within(struct entry *e);

/* One socket. */
struct entry {
    struct live *live;
    int64_t interview_id;
    int64_t after; /* nudges: ?after=, or -1 */
    enum live_path path;
    int32_t part; /* enum room_part */
    char who[WHO_MAX], admin_id[WHO_MAX];
    bool v1, started, by_key;
    uint8_t nonce[KEY_NONCE]; /* by_key: of the key that opened it */
    /* From here on of the loop. */
    struct ws *ws;
    struct room *room; /* NULL: not, or no longer, in one */
    struct peer *peer;
    struct rate says, candidates, bytes;
    uint64_t opened_ms;
    bool joined;
    bool framed; /* audio: a first frame came */
    uint32_t frame, offset;
};

/* Messages for one peer by number, the last RING_MESSAGES of them. */
struct ring {
    char *text[RING_MESSAGES];
    uint32_t n[RING_MESSAGES], cap[RING_MESSAGES];
    uint64_t seq[RING_MESSAGES];
    size_t bytes; /* of all places */
};
struct speech;
struct peer {
    bool used, here; /* here: joined by the signalling socket */
    int32_t part;
    unsigned nth; /* of the observers */
    char who[WHO_MAX];
    struct entry *at[LIVE_PATHS];
    uint64_t seated_ms;
    uint64_t lost_ms; /* since when no socket is open; 0: one is */
    uint64_t seq;     /* of the last message */
    uint8_t nonce[KEY_NONCE];
    bool has_key;
    struct ring *ring;
    struct speech *speech;
};
struct home;
struct room {
    struct room *next;
    struct home *home;
    int64_t id;
    char admin_id[WHO_MAX]; /* whose interview it is, as last heard */
    struct peer peers[ROOM_PEERS];
    bool started, ended;
    bool fetching, again; /* nudges are being read; read them again */
    bool ending;          /* ends with LIVE_END_BLOCK once the nudge that says so is out */
    int64_t sent[SENT_NUDGES];
    uint32_t n_sent;
    uint64_t heard_ms; /* audio of the evaluator; 0: not both are here */
    int64_t gap_begin_us;
    bool in_gap, watched; /* watched: the evaluator is listened to, and rows say so */
};
/* The rooms of one loop. */
struct home {
    struct live *live;
    struct server *server;
    uint32_t loop;
    struct room *rooms[ROOM_BUCKETS];
    struct arena *mem; /* of one message */
    struct buf text;
    uint64_t swept_ms, polled_ms;
    _Atomic int64_t n_rooms, n_peers, n_speaking, n_segments, n_merged, n_nudges;
};
struct live {
    struct live_options o;
    struct arena *mem;
    pthread_mutex_t mu;    /* guards `server` against those who post while it closes */
    struct server *server; /* NULL: none */
    uint8_t secret[32];    /* under the resume keys of this process */
    char owner[2 * OWNER_BYTES + 1];
    struct home homes[ROOM_LOOPS_MAX];
    struct poll_part *parts[ROOM_LOOPS_MAX]; /* of loop 0: what each loop has open */
    bool polling, watching;                  /* of loop 0 */
    uint64_t asked_ms, watched_ms;
    bool watched;             /* what was said last named somebody */
    _Atomic uint32_t n_begun; /* words of one room that began, */
    uint32_t n_begun_said;    /* and those that a list came after */
};

uint64_t live_now_ms(const struct live *l);
int64_t live_now_us(const struct live *l);
void live_count(_Atomic int64_t *counter, int64_t n);

/* room.c */
struct room *room_find(struct home *h, int64_t id);
struct room *room_make(struct home *h, int64_t id);
void room_free(struct room *r);
struct peer *room_peer(struct room *r, int32_t part, const char *who);
/* NULL: no place left. */
struct peer *room_seat(struct room *r, int32_t part, const char *who);
struct str peer_name(struct home *h, const struct peer *p);
/* What happens to a room as time goes by. */
void room_sweep(struct room *r, uint64_t now_ms);
/* Everybody is told and let go. */
void room_end(struct room *r, enum live_end why);
void room_bar(struct room *r, const char *admin_id);
/* Whose interview it is. Who begins one declares that nothing stands in the way: what another began
 * has to be begun anew. */
void room_belongs(struct room *r, const char *admin_id);
/* Whose interview it was at asked_ms: anybody else who sat there as the evaluator is let go. */
void room_given(struct room *r, const char *admin_id, uint64_t asked_ms);
bool room_both_here(const struct room *r);
void room_begun(struct room *r);

/* say.c: what the server says. Bodies are structs of messages.h; true: it is on its way. */
bool say_to(struct room *r, struct peer *p, enum live_say what, const void *body,
            enum ws_rank rank);
/* Once, without a number: answers to one socket. */
bool say_once(struct entry *e, enum live_say what, const void *body);
void say_error(struct entry *e, const char *code, const char *message);
void say_others(struct room *r, const struct peer *but, enum live_say what, const void *body);
/* One side's offer, answer or candidate (JSON, checked) to the other, its bytes as they came; that
 * side speaks enigma.v1. */
struct passed {
    enum live_say what; /* SAY_RELAY_OFFER, _ANSWER or _ICE */
    struct str from, json;
};
void say_as_it_came(struct room *r, struct peer *p, const struct passed *m);
/* Text for an original client. */
bool say_original(struct entry *e, struct str text, enum ws_rank rank);
/* Says again what came behind last_seq; false: that is no longer known. */
bool say_again(struct entry *e, uint64_t last_seq);
void ring_free(struct ring *ring);

/* signal.c */
void signal_opened(struct entry *e);
void signal_text(struct entry *e, struct str text);
void signal_gone(struct entry *e);
/* relay.c: a sound offer, answer or candidate, read once and passed on. False: it is something
 * else, or something is wrong with it: nothing was done, and the long way says what. */
bool relay_short(struct entry *e, struct str text);
/* talk.c: one message of the table, checked. False: it was refused and answered. */
struct said {
    enum live_say what;
    const void *body; /* of the row's schema; NULL: it has no members */
};
bool talk_read(struct entry *e, struct str text, struct said *ret);

/* key.c: resume keys. */
struct str key_make(struct live *l, int64_t interview_id, const char *who,
                    const uint8_t nonce[KEY_NONCE], struct arena *mem);
bool key_read(const struct live *l, int64_t interview_id, struct str key, struct str *ret_who,
              uint8_t ret_nonce[KEY_NONCE]);

/* turn.c */
void ice_servers(const struct live *l, struct arena *mem, struct list *ret);

/* nudge.c */
void nudge_opened(struct entry *e);
void nudge_text(struct entry *e, struct str text);
void nudge_ack(struct entry *e, int64_t nudge_id);
void nudge_fetch(struct room *r, int64_t after);
void standing_fetch(struct room *r);

/* audio.c */
void audio_opened(struct entry *e);
void audio_text(struct entry *e, struct str text);
void audio_bytes(struct entry *e, struct str bytes);
void audio_caption(struct room *r, const struct live_caption *caption);
/* What waits unsent becomes a segment. */
void speech_flush(struct room *r, struct peer *p);
void speech_tick(struct room *r, struct peer *p, uint64_t now_ms);
/* What of it was not given on is lost: of the evaluator's, a gap. */
void speech_free(struct room *r, struct peer *p);
void gap_tick(struct room *r, uint64_t now_ms);
void gap_end(struct room *r);
/* Up to when nothing that the evaluator said waits here. */
int64_t speech_settled_us(const struct room *r);
/* From now on the evaluator is listened to. */
void watch_begin(struct room *r);

/* poll.c */
void poll_tick(struct home *h, uint64_t now_ms);

/* job.c: work for a worker, and back. */
struct live_job {
    struct pool_job job;
    struct handback_item back;
    struct live *live;
    struct server *server;
    uint32_t loop;
    int64_t room_id;
    struct arena *mem; /* holds the job too */
    struct ctx ctx;
    err e;
    err (*run)(struct live_job *j);                      /* on a worker */
    void (*done)(struct live_job *j, struct room *room); /* on the loop; the room may be NULL */
    void *arg;
};
struct live_job *job_new(struct home *h, int64_t room_id);
/* Takes the job; false: no worker has room, and it was given up. */
bool job_start(struct live_job *j);

#endif
