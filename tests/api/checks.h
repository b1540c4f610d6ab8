/* api/checks.h: what every answer must carry, and one world for all tests of a program. */
#ifndef ENIGMA_TESTS_API_CHECKS_H
#define ENIGMA_TESTS_API_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

static inline int open_world(void **state)
{
    struct world *w = malloc(sizeof(*w));
    world_open(w, NULL);
    world_cycle(w, PHASE_SUBMISSION, true);
    *state = w;
    return 0;
}
static inline int close_world(void **state)
{
    world_must_verify(*state);
    world_close(*state);
    free(*state);
    return 0;
}

static inline void header_is(const struct answer *a, const char *name, const char *value)
{
    struct str got = answer_header(a, name);
    if (!str_eq(got, str_of(value)))
        fail_msg("%s: %.*s, not %s\n%.*s", name, STR_ARG(got), value, STR_ARG(a->head));
    assert_int_equal(answer_header_count(a, name), 1);
}

/* S-52, S-54 and the request id: on whatever is said. */
static inline void check_always(const struct answer *a)
{
    header_is(a, "X-Content-Type-Options", "nosniff");
    header_is(a, "Referrer-Policy", "no-referrer");
    header_is(a, "Cross-Origin-Opener-Policy", "same-origin");
    header_is(a, "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
              "base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types 'none'");
    struct str permissions = answer_header(a, "Permissions-Policy");
    assert_true(str_has(permissions, "camera=(self)") && str_has(permissions, "microphone=(self)"));
    header_is(a, "X-Enigma-Demo", "true");
    struct str id = answer_header(a, "X-Request-ID");
    assert_int_equal(id.n, 16);
    for (size_t i = 0; i < id.n; i++)
        assert_true(strchr("0123456789abcdef", id.p[i]) != NULL);
    assert_true(answer_header(a, "Date").n == 29);
    assert_false(answer_header(a, "Server").p != NULL);
    assert_false(answer_header(a, "Strict-Transport-Security").p != NULL); /* plain HTTP here */
    if (a->body.n)
        assert_true(str_has(answer_header(a, "Content-Type"), "; charset=utf-8"));
}

static inline void check_error(const struct answer *a, int status)
{
    if (a->status != status)
        fail_msg("%d, not %d: %.*s", a->status, status, STR_ARG(a->body));
    check_always(a);
    header_is(a, "Content-Type", "application/json; charset=utf-8");
    header_is(a, "Cache-Control", "no-store");
    assert_true(str_starts(a->body, S("{\"detail\":")));
}

static inline struct answer get(struct world *w, const char *path, enum matrix_caller as,
                                const char *headers)
{
    struct ask q = { .method = "GET", .path = path, .as = as, .headers = headers };
    return ask(w, q);
}
static inline struct answer apply(struct world *w, struct str body)
{
    struct ask q = {
        .method = "POST", .path = "/applications", .as = MATRIX_OTHER_STUDENT, .body = body
    };
    return ask(w, q);
}
static inline const char *cycle_path(const struct world *w, const char *tail, char ret[256])
{
    snprintf(ret, 256, "/admin/cycles/%s%s", w->cycle_id, tail);
    return ret;
}

static inline void body_is(const struct answer *a, int status, struct str body)
{
    if (a->status != status || !str_eq(a->body, body))
        fail_msg("%d %.*s\nnot %d %.*s", a->status, STR_ARG(a->body), status, STR_ARG(body));
    check_error(a, status);
}

#endif
