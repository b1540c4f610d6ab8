/* base/ctx.h: the context that goes down every call and is never stored.
 * Thread rule: belongs to the one thread that does the work. */
#ifndef ENIGMA_BASE_CTX_H
#define ENIGMA_BASE_CTX_H

#include <stdatomic.h>

#include "base/err.h"

/* Time as a port. Wall time is microseconds since 1970 UTC; mono never steps. */
struct clock_port {
    void *self;
    int64_t (*now_us)(void *self);
    int64_t (*mono_us)(void *self);
};
/* Randomness as a port; the real one is getrandom(2). */
struct random_port {
    void *self;
    void (*fill)(void *self, void *p, size_t n);
};
extern const struct clock_port clock_system;
extern const struct random_port random_system;

struct log;
struct db;
struct keyring;
struct speech_queue;
struct settings;
struct job_queue;
struct evaluator_port;
struct client_port;
struct oidc;
struct stt_port;   /* client/stt.h */
struct probe_port; /* service/probe.h */
struct room_port;  /* service/room_port.h */
struct bias_port;  /* service/bias_queue.h */
struct live;       /* live/live.h */
struct job_bell;   /* wakes job workers; service declares, jobs fills */

/* What the composition root hands down. Rooms use the members they know the header of. */
struct deps {
    const struct clock_port *clock;
    const struct random_port *random;
    struct log *log;
    struct db *db;
    const struct keyring *keys;                     /* crypto/keyring.h */
    const struct settings *settings;                /* service/settings.h */
    const struct evaluator_port *const *evaluators; /* service/evaluator.h, NULL-ended */
    const struct job_bell *bell;                    /* service/job_bell.h; NULL: nobody waits */
    const struct client_port *client; /* client/client.h; NULL: nothing outside may be asked */
    struct speech_queue *speech;      /* service/speech.h; NULL: nobody writes down what is said */
    const struct stt_port *stt;       /* client/stt.h; NULL: speech is not transcribed */
    struct oidc *oidc;                /* service/oidc.h; NULL: no sign-in by an identity provider */
    const struct probe_port *probe;   /* service/probe.h */
    const struct house_port *house;   /* service/house.h; NULL: settings are not shown */
    const struct room_port *rooms;    /* service/room_port.h; NULL: no rooms in this process */
    const struct bias_port *bias;     /* service/bias_queue.h; NULL: no model judges utterances */
    struct live *live;                /* live/live.h: rooms of interviews; NULL: none here */
    const atomic_bool *shut;          /* true until the database has been reached; NULL: it has */
};

/* Who is asking. Role bits: domain/role.h. */
struct principal {
    struct str id;         /* ADM_… or STU_… */
    struct str name;       /* username or display name */
    struct str session_id; /* absent: not a login but an API token */
    uint32_t roles;
    uint32_t scopes; /* of an API token, bits of domain/role.h; 0: a login, which none narrow */
    bool must_enrol; /* may only set up a second factor (REQUIRE_2FA) */
};

struct ctx {
    struct arena *mem; /* this request, job step or frame */
    struct fault fault;
    const struct principal *who; /* NULL until known */
    const struct deps *deps;
    int64_t now_us;      /* wall time, fixed when the work began */
    int64_t deadline_us; /* monotonic; 0: none */
    uint64_t trace;      /* request id, printed as 16 hex digits */
    struct str remote;   /* peer address as text, for throttles; never logged whole */
    bool replica_ok;     /* reads may come from a replica that lags: set by routes that allow it */
};

/* A context at the start of a piece of work: takes the clock, zeroes the rest. */
void ctx_init(struct ctx *c, struct arena *mem, const struct deps *deps, int64_t budget_us);
/* Microseconds left before the deadline; INT64_MAX without one, never below 0. */
int64_t ctx_left_us(const struct ctx *c);
void ctx_random(struct ctx *c, void *p, size_t n);

#endif
