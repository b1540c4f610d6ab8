/* Work that waits for the database goes to a worker with copies, and comes back to the loop. */
#include "live/room.h"

static void taken_back(struct handback_item *item)
{
    struct live_job *j =
        (struct live_job *)(void *)((char *)item - offsetof(struct live_job, back));
    struct arena *mem = j->mem;
    if (j->done)
        j->done(j, room_find(&j->live->homes[j->loop], j->room_id));
    arena_close(mem);
}

static void work(struct pool_job *job)
{
    struct live_job *j = (struct live_job *)(void *)((char *)job - offsetof(struct live_job, job));
    ctx_init(&j->ctx, j->mem, j->live->o.deps, (int64_t)JOB_BUDGET_MS * 1000);
    j->e = j->run(j);
    j->back.taken = taken_back;
    server_post(j->server, j->loop, &j->back);
}

struct live_job *job_new(struct home *h, int64_t room_id)
{
    struct arena *mem = arena_open(NULL, JOB_ARENA_MAX);
    struct live_job *j = arena_new(mem, struct live_job);
    j->mem = mem;
    j->live = h->live;
    j->server = h->server;
    j->loop = h->loop;
    j->room_id = room_id;
    j->job.run = work;
    return j;
}

bool job_start(struct live_job *j)
{
    if (server_work(j->server, &j->job))
        return true;
    arena_close(j->mem);
    return false;
}
