/* live/live.h: the rooms of live interviews: signalling between evaluator and student, their audio
 * on its way to recognition, captions and nudges on their way back.
 *
 * A room belongs to one loop of the server: its sockets are moved there when they open, so the
 * code of rooms takes no lock. What must wait for the database runs on a worker and comes back to
 * that loop; what other threads say (room_port) is posted to it.
 * Thread rule: live_open and live_close by the composition root; live_attach once the server is
 * open, before it runs; the port from any thread. */
#ifndef ENIGMA_LIVE_LIVE_H
#define ENIGMA_LIVE_LIVE_H

#include "domain/interview.h"
#include "http/server.h"

enum live_end { LIVE_END_BLOCK, LIVE_END_CANCELLED, LIVE_END_COMPLETED };

struct live_nudge {
    int64_t id, replaces; /* replaces: 0: none */
    struct str nudge_type, severity, message;
    struct str quote;    /* the evaluator's words that it is about; absent: none */
    int64_t duration_ms; /* 0: stays */
    bool requires_ack;
};
struct live_standing {
    int64_t strikes;
    struct str status;
};
struct live_segment {
    int64_t interview_id;
    bool evaluator;
    struct str speaker_id;
    const int16_t *pcm; /* 16 kHz, mono */
    size_t samples;
    int64_t begin_us, end_us;
    uint64_t sequence;
};
/* An interview whose evaluator is listened to, and up to when nothing of it waits in the room. */
struct live_watch {
    int64_t interview_id, settled_us;
};
struct live_caption {
    int64_t transcript_id;
    bool evaluator;
    struct str text;
    int64_t begin_us, end_us;
    double confidence; /* < 0: unknown */
};
struct live_news { /* of another process */
    int64_t interview_id;
    bool started, nudges, barred; /* nudges: some wait for delivery */
    int32_t end;                  /* enum live_end, or -1 */
    struct str admin_id;          /* whose it is now; absent: not known */
};
/* What rooms need of the services; every member may be NULL. Called on workers, outside
 * transactions. */
struct live_port {
    /* Nudges of the interview's evaluator: behind `after`, or with after < 0 those not delivered;
     * rows are struct live_nudge, by id. */
    err (*nudges)(struct ctx *c, int64_t interview_id, struct str admin_id, int64_t after,
                  struct list *ret);
    err (*delivered)(struct ctx *c, int64_t nudge_id, struct str admin_id);
    err (*acknowledge)(struct ctx *c, int64_t nudge_id, struct str admin_id);
    err (*standing)(struct ctx *c, int64_t interview_id, struct str admin_id,
                    struct live_standing *ret);
    /* ERR_BUSY: the room keeps it and gives it again with what comes after it. */
    err (*segment)(struct ctx *c, const struct live_segment *segment);
    err (*gap)(struct ctx *c, int64_t interview_id, int64_t begin_us, int64_t seconds);
    /* Who is listened to; owner names this process. all: these and no others, else one more. */
    err (*watch)(struct ctx *c, struct str owner, const struct live_watch *v, size_t n, bool all);
    /* Rows are struct live_news. */
    err (*poll)(struct ctx *c, const int64_t *ids, size_t n, struct list *ret);
};
struct live_options {
    const struct deps *deps;
    const struct live_port *port;
    struct str stun_urls, turn_urls; /* comma-separated */
    struct str turn_secret;          /* shared with the TURN server; absent: no credentials */
    uint32_t resume_ms;              /* how long a lost peer may come back */
    uint32_t join_ms;                /* time to say join */
    uint32_t gap_ms;                 /* without audio of the evaluator: a gap */
    uint32_t poll_ms;
    uint32_t segment_max_ms; /* forced cut */
    uint32_t watch_ms;       /* between two words of who is listened to */
    int32_t transcription;   /* enum transcription; none: audio is not taken */
    bool monitoring;         /* and what the evaluator says is judged */
    bool unlimited;          /* benchmarks: no rate of messages or audio is kept */
};
extern const struct live_options live_options_default;

struct live;
err live_open(struct ctx *c, const struct live_options *o, struct live **ret);
/* Before server_run. */
void live_attach(struct live *l, struct server *s);
/* Before server_close: nothing from other threads reaches the rooms any more. */
void live_detach(struct live *l);
/* For server_options.tick, with the struct live as argument. */
void live_tick(void *arg, uint32_t loop);
/* After server_close. NULL is fine. */
void live_close(struct live *l);

/* Any thread. */
void live_nudge(struct live *l, int64_t interview_id);
void live_caption(struct live *l, int64_t interview_id, const struct live_caption *caption);
void live_end(struct live *l, int64_t interview_id, enum live_end why);
void live_barred(struct live *l, const char *admin_id);
void live_gap(struct live *l, int64_t interview_id, int64_t seconds);

struct live_stats {
    int64_t rooms, peers, speaking, segments, merged, nudges;
};
void live_stats(const struct live *l, struct live_stats *ret);

extern const struct route_table live_routes;
/* The message table in Markdown: docs/generated/messages.md. */
void live_write_messages(struct buf *out);

#endif
