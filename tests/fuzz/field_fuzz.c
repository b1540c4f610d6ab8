/* Header values of strangers: cookies, Prefer, Accept, Content-Type. First a cookie's name, then a
 * line for each field; what is found lies within the field and follows its grammar. */
#include "base/str.h"
#include "http/access.h"
#include "http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16384, MEM_MAX = 1 << 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool within(struct str part, struct str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_cookie(const struct request *r, const char *name)
{
    const struct str v = request_cookie(r, name);
    if (!v.p)
        return;
    bool found = false;
    for (size_t i = 0; i < r->n_headers; i++)
        found = found || within(v, r->headers[i].value);
    must(found && !memchr(v.p, ';', v.n));
}

static void check_accepts(const struct request *r)
{
    static const char *const types[] = { "text/html", "text/event-stream", "application/json",
                                         "text/csv" };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        (void)request_accepts(r, types[i]);
    struct request none = *r;
    none.n_headers = 0;
    must(!request_accepts(&none, "text/html") && !request_prefers(&none, "respond-async"));
    must(!request_cookie(&none, "a").p && !request_header(&none, "accept").p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    static const char *const names[] = { "Cookie", "Prefer", "Accept", "Content-Type", "Cookie" };
    enum { FIELDS_N = sizeof(names) / sizeof(names[0]) };
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct str rest = { (const char *)data, size }, name;
    struct header headers[FIELDS_N];
    size_t n = 0;
    rest = str_cut(rest, '\n', &name);
    for (; n < FIELDS_N && rest.p; n++) {
        headers[n].name = str_of(names[n]);
        rest = str_cut(rest, '\n', &headers[n].value);
    }
    const struct request r = { .method = S("GET"), .headers = headers, .n_headers = n };
    check_cookie(&r, str_z(mem, name));
    check_accepts(&r);
    (void)request_prefers(&r, "respond-async");
    must(!request_header(&r, "cookie").p == (n == 0));
    const struct str type = access_media_type(&r);
    must(!memchr(type.p ? type.p : "", ';', type.n));
    arena_reset(mem);
    return 0;
}
