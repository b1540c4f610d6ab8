/* service/room_port.h: how services reach the rooms of live interviews, if this process has any.
 * The room `live` fills it, app wires it (deps.rooms). NULL, or a NULL function: nobody listens
 * here; another process polls the rows.
 * Thread rule: any thread; never blocks; copies what it keeps. */
#ifndef ENIGMA_SERVICE_ROOM_PORT_H
#define ENIGMA_SERVICE_ROOM_PORT_H

#include "base/arena.h"

enum room_end { ROOM_END_BLOCK, ROOM_END_CANCELLED, ROOM_END_COMPLETED };
struct room_caption {
    int64_t transcript_id;
    bool evaluator;
    struct str text;
    int64_t begin_us, end_us;
    double confidence; /* < 0: unknown */
};
struct room_port {
    void *arg;
    /* A stored nudge waits for delivery. */
    void (*nudge)(void *arg, int64_t interview_id, int64_t nudge_id);
    void (*caption)(void *arg, int64_t interview_id, const struct room_caption *caption);
    void (*end)(void *arg, int64_t interview_id, enum room_end why);
    /* The evaluator became SUSPENDED or BANNED. */
    void (*barred)(void *arg, const char *admin_id);
    /* Monitoring is lost since so many seconds; 0: it is back. */
    void (*gap)(void *arg, int64_t interview_id, int64_t seconds);
};

#endif
