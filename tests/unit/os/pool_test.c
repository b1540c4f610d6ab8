/* The pool: every job runs once, the queue is bounded, closing finishes what waits; hand-backs
 * arrive in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <unistd.h>

#include "os/handback.h"
#include "os/pool.h"

enum { JOBS = 2000 };
struct task {
    struct pool_job job;
    struct handback_item back;
    struct handback *to;
    int ran;
};
static atomic_int total;
static atomic_bool hold;

static void run(struct pool_job *job)
{
    struct task *t = (struct task *)job;
    while (atomic_load(&hold))
        usleep(1000);
    t->ran++;
    atomic_fetch_add(&total, 1);
    if (t->to)
        handback_post(t->to, &t->back);
}

static void batches_run_once_each(void **state)
{
    (void)state;
    static struct task tasks[JOBS];
    struct pool *p = pool_open(3, JOBS);
    assert_non_null(p);
    for (int i = 0; i < JOBS; i += 10) {
        for (int k = 0; k < 10; k++) {
            assert_true(pool_reserve(p));
            tasks[i + k].job = (struct pool_job){ k < 9 ? &tasks[i + k + 1].job : NULL, run };
        }
        pool_hand_over(p, &tasks[i].job, &tasks[i + 9].job, 10);
    }
    pool_close(p);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(tasks[i].ran, 1);
    assert_int_equal(atomic_load(&total), JOBS);
}

static void the_queue_is_bounded(void **state)
{
    (void)state;
    static struct task tasks[4];
    struct pool *p = pool_open(1, 2);
    atomic_store(&hold, true);
    for (int i = 0; i < 3; i++) {
        assert_true(pool_reserve(p));
        tasks[i].job.run = run;
        pool_hand_over(p, &tasks[i].job, &tasks[i].job, 1);
        while (i == 0 && pool_depth(p) > 0)
            usleep(1000); /* the first is with the worker, not in the queue */
    }
    assert_int_equal(pool_depth(p), 2);
    assert_false(pool_reserve(p));
    atomic_store(&hold, false);
    pool_close(p);
    assert_int_equal(tasks[2].ran, 1);
    assert_null(pool_open(0, 1));
    pool_close(NULL);
}

static struct handback back;
static int taken;

static void on_taken(struct handback_item *item)
{
    (void)item;
    taken++;
}

static void on_wake(uv_async_t *handle)
{
    (void)handle;
    (void)handback_take_all(&back);
}

static void hand_backs_all_arrive(void **state)
{
    (void)state;
    static struct task tasks[JOBS];
    uv_loop_t loop;
    uv_loop_init(&loop);
    assert_int_equal(handback_open(&back, &loop, on_wake), 0);
    struct pool *p = pool_open(3, JOBS);
    for (int i = 0; i < JOBS; i++) {
        tasks[i] = (struct task){ .job.run = run, .to = &back, .back.taken = on_taken };
        assert_true(pool_reserve(p));
        pool_hand_over(p, &tasks[i].job, &tasks[i].job, 1);
    }
    /* The last item may be taken while its worker is still waking the loop: so a round at a time,
     * and the pool first. */
    while (taken < JOBS)
        uv_run(&loop, UV_RUN_ONCE);
    pool_close(p);
    uv_close((uv_handle_t *)&back.wake, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(taken, JOBS);
}

static struct handback_item items[3];
static int order[3], n_order;

static void on_ordered(struct handback_item *item)
{
    order[n_order++] = (int)(item - items);
}

static void oldest_comes_first(void **state)
{
    (void)state;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct handback h;
    assert_int_equal(handback_open(&h, &loop, on_wake), 0);
    for (int i = 0; i < 3; i++) {
        items[i].taken = on_ordered;
        handback_post(&h, &items[i]);
    }
    assert_true(handback_take_all(&h));
    assert_false(handback_take_all(&h));
    assert_int_equal(n_order, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
    uv_close((uv_handle_t *)&h.wake, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_run_once_each),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(hand_backs_all_arrive),
        cmocka_unit_test(oldest_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
