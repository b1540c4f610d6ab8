/* The rooms of live interviews in this process, and what they ask of the services. */
#include "api/routes.h"
#include "app/wire.h"
#include "base/str.h"
#include "live/live.h"
#include "service/bias_watch.h"
#include "service/room_pass.h"
#include "service/room_port.h"
#include "service/speech.h"

#include <string.h>

static int32_t end_of(const struct room_state_row *row)
{
    if (row->terminated)
        return LIVE_END_BLOCK;
    if (row->status == INTERVIEW_CANCELLED)
        return LIVE_END_CANCELLED;
    return row->status == INTERVIEW_COMPLETED ? (int32_t)LIVE_END_COMPLETED : -1;
}

/* Each question names at most ROOM_POLL_MAX rooms. */
static err poll(struct ctx *c, const int64_t *ids, size_t n, struct list *ret)
{
    struct live_news *news = arena_array(c->mem, struct live_news, n ? n : 1);
    size_t found = 0;
    for (size_t at = 0; at < n; at += ROOM_POLL_MAX) {
        struct list rows;
        TRY(room_states(c, ids + at, n - at < ROOM_POLL_MAX ? n - at : ROOM_POLL_MAX, &rows));
        const struct room_state_row *v = rows.v;
        for (size_t i = 0; i < rows.n; i++) {
            news[found++] = (struct live_news){
                .interview_id = v[i].id,
                .started = v[i].started_at != 0,
                .nudges = v[i].nudges,
                .barred = v[i].barred,
                .admin_id = v[i].admin_id,
                .end = end_of(&v[i]),
            };
        }
    }
    *ret = (struct list){ news, found };
    return ERR_OK;
}

static err nudges(struct ctx *c, int64_t interview_id, struct str admin_id, int64_t after,
                  struct list *ret)
{
    enum { MS = 1000 };
    struct list rows;
    TRY(room_nudges(c, interview_id, admin_id, after, &rows));
    const struct room_nudge_row *v = rows.v;
    struct live_nudge *out = arena_array(c->mem, struct live_nudge, rows.n ? rows.n : 1);
    for (size_t i = 0; i < rows.n; i++)
        out[i] = (struct live_nudge){
            .id = v[i].id,
            .replaces = v[i].replaces == SCHEMA_NULL_I64 ? 0 : v[i].replaces,
            .nudge_type = v[i].nudge_type,
            .severity = v[i].severity,
            .message = v[i].message,
            .duration_ms = v[i].display_duration > 0 ? v[i].display_duration * MS : 0,
            .requires_ack = v[i].requires_ack,
            .quote = v[i].evidence_quotes.n ? *(const struct str *)v[i].evidence_quotes.v
                                            : (struct str){ 0 },
        };
    *ret = (struct list){ out, rows.n };
    return ERR_OK;
}

static err delivered(struct ctx *c, int64_t nudge_id, struct str admin_id)
{
    return bias_nudge_delivered(c, nudge_id, str_z(c->mem, admin_id));
}

static err acknowledge(struct ctx *c, int64_t nudge_id, struct str admin_id)
{
    return bias_nudge_acknowledge(c, nudge_id, str_z(c->mem, admin_id));
}

static err standing(struct ctx *c, int64_t interview_id, struct str admin_id,
                    struct live_standing *ret)
{
    struct room_standing s;
    TRY(room_standing_get(c, interview_id, admin_id, &s));
    *ret = (struct live_standing){ s.strikes, str_of(bias_status_codes.v[s.status]) };
    return ERR_OK;
}

static err segment(struct ctx *c, const struct live_segment *s)
{
    const struct speech_segment speech = {
        .interview_id = s->interview_id,
        .evaluator = s->evaluator,
        .speaker_id = s->speaker_id,
        .pcm = s->pcm,
        .samples = s->samples,
        .begin_us = s->begin_us,
        .end_us = s->end_us,
        .sequence = s->sequence,
    };
    return speech_segment_take(c, &speech);
}

static err watch(struct ctx *c, struct str owner, const struct live_watch *v, size_t n, bool all)
{
    struct speech_watch *rows = arena_array(c->mem, struct speech_watch, n + 1);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct speech_watch){ v[i].interview_id, v[i].settled_us };
    return speech_watch_keep(c, owner, rows, n, all);
}

static const struct live_port port = { .nudges = nudges,
                                       .delivered = delivered,
                                       .acknowledge = acknowledge,
                                       .standing = standing,
                                       .segment = segment,
                                       .gap = bias_gap_add,
                                       .watch = watch,
                                       .poll = poll };

/* The other direction: service/room_port.h over the same rooms. */
static void port_nudge(void *arg, int64_t interview_id, int64_t nudge_id)
{
    (void)nudge_id;
    live_nudge(arg, interview_id);
}

static void port_caption(void *arg, int64_t interview_id, const struct room_caption *said)
{
    const struct live_caption caption = { said->transcript_id, said->evaluator, said->text,
                                          said->begin_us,      said->end_us,    said->confidence };
    live_caption(arg, interview_id, &caption);
}

_Static_assert((int)ROOM_END_BLOCK == (int)LIVE_END_BLOCK &&
                   (int)ROOM_END_CANCELLED == (int)LIVE_END_CANCELLED &&
                   (int)ROOM_END_COMPLETED == (int)LIVE_END_COMPLETED,
               "the same ends");

static void port_end(void *arg, int64_t interview_id, enum room_end why)
{
    live_end(arg, interview_id, (enum live_end)why);
}

static void port_barred(void *arg, const char *admin_id)
{
    live_barred(arg, admin_id);
}

static void port_gap(void *arg, int64_t interview_id, int64_t seconds)
{
    live_gap(arg, interview_id, seconds);
}

err installation_start_rooms(struct ctx *c, struct installation *in)
{
    struct live_options o = live_options_default;
    o.deps = &in->deps;
    o.port = &port;
    o.stun_urls = in->o.ice_stun_urls;
    o.turn_urls = in->o.turn_urls;
    o.turn_secret = in->o.turn_secret;
    o.resume_ms = (uint32_t)in->o.room_resume_seconds * 1000;
    o.gap_ms = (uint32_t)in->o.room_gap_seconds * 1000;
    o.transcription = in->settings.transcription;
    o.monitoring = o.transcription != TRANSCRIPTION_NONE && in->o.enable_bias_monitoring;
    o.segment_max_ms = (uint32_t)in->o.stt_chunk_duration_seconds * 1000;
    TRY(live_open(c, &o, &in->deps.live));
    struct room_port *rooms = arena_new(in->mem, struct room_port);
    *rooms = (struct room_port){ .arg = in->deps.live,
                                 .nudge = port_nudge,
                                 .caption = port_caption,
                                 .end = port_end,
                                 .barred = port_barred,
                                 .gap = port_gap };
    in->deps.rooms = rooms;
    return ERR_OK;
}

void installation_close_rooms(struct installation *in)
{
    live_close(in->deps.live);
    in->deps.live = NULL;
}

const struct route_table *rooms_tables(struct ctx *c, size_t *ret_n)
{
    const struct route_table *tables = api_tables(ret_n);
    struct route_table *all = arena_array(c->mem, struct route_table, *ret_n + 1);
    memcpy(all, tables, *ret_n * sizeof(*all));
    all[(*ret_n)++] = live_routes;
    return all;
}
