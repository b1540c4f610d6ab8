/* What a route's row says, in the words of the documents. */
#include "http/docs_text.h"

#include "base/str.h"
#include "http/access.h"

static const char *const role_names[] = { "public",      "student", "admin",
                                          "super_admin", "auditor", "operator" };

static const char *const scope_names[] = {
    "cycles:read", "cycles:write", "applications:read", "batches:read", "batches:write",
    "jobs:read",   "jobs:write",   "audit:read",        "users:read",   "users:write",
};
enum { SCOPES = sizeof(scope_names) / sizeof(scope_names[0]) };

const char *docs_scope_name(unsigned bit)
{
    return bit < SCOPES ? scope_names[bit] : NULL;
}

void docs_write_scopes(struct buf *out, uint32_t scopes)
{
    if (scopes == (1U << SCOPES) - 1) {
        buf_lit(out, "any");
        return;
    }
    bool first = true;
    for (unsigned i = 0; docs_scope_name(i); i++) {
        if (!(scopes & 1U << i))
            continue;
        buf_str(out, first ? S("") : S(", "));
        buf_str(out, str_of(docs_scope_name(i)));
        first = false;
    }
}

/* Of role bit i, or NULL; the order is that of domain/role.h. */
static const char *role_name(unsigned bit)
{
    return bit < sizeof(role_names) / sizeof(role_names[0]) ? role_names[bit] : NULL;
}

void docs_write_roles(struct buf *out, uint32_t roles, const char *between)
{
    bool first = true;
    for (unsigned i = 0; role_name(i); i++) {
        if (!(roles & 1U << i))
            continue;
        if (!first)
            buf_str(out, str_of(between));
        buf_str(out, str_of(role_name(i)));
        first = false;
    }
}

int docs_success_status(const struct route *r)
{
    if (r->flags & ROUTE_REDIRECT)
        return 303;
    bool empty = !r->reply && !(r->flags & (ROUTE_RAW | ROUTE_STREAM | ROUTE_EVENTS));
    return empty && str_eq(str_of(r->method), S("DELETE")) ? 204 : 200;
}

const char *docs_reply_type(const struct route *r)
{
    if (r->flags & ROUTE_EVENTS)
        return "text/event-stream";
    if (str_ends(str_of(r->path), S(".csv")))
        return "text/csv";
    if (r->flags & ROUTE_STREAM)
        return "application/x-ndjson";
    if (r->flags & ROUTE_RAW)
        return "*/*";
    return "application/json";
}

const char *docs_body_type(const struct route *r)
{
    return r->flags & ROUTE_UPLOAD ? "application/x-ndjson" : "application/json";
}

static bool path_has_args(const struct route *r)
{
    return memchr(r->path, '{', strlen(r->path)) != NULL;
}

/* Serial numbers of the database; every other name in a path is a text. */
bool docs_path_is_number(struct str name)
{
    static const char *const numbers[] = { "batch_id", "flag_id", "interview_id", "nudge_id",
                                           "transcript_id" };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (str_eq(name, str_of(numbers[i])))
            return true;
    }
    return false;
}

static bool path_has_number(const struct route *r)
{
    struct str rest = str_of(r->path), part;
    while (rest.p) {
        rest = str_cut(rest, '/', &part);
        if (part.n > 2 && part.p[0] == '{' && docs_path_is_number(str_sub(part, 1, part.n - 2)))
            return true;
    }
    return false;
}

static bool changes(const struct route *r)
{
    return !str_eq(str_of(r->method), S("GET"));
}

uint32_t docs_errors(const struct route *r)
{
    uint32_t bits = 1U << ERR_BAD_REQUEST | 1U << ERR_INTERNAL | 1U << ERR_BUSY;
    if (!(r->roles & ACCESS_PUBLIC))
        bits |= 1U << ERR_UNAUTHENTICATED | 1U << ERR_FORBIDDEN;
    if ((r->roles & ACCESS_PUBLIC) && (r->flags & ROUTE_AUDITED))
        bits |= 1U << ERR_UNAUTHENTICATED | 1U << ERR_FORBIDDEN; /* a sign-in that fails */
    if (!(r->flags & ROUTE_INLINE) || path_has_args(r))
        bits |= 1U << ERR_NOT_FOUND;
    if (changes(r) && !(r->flags & ROUTE_INLINE))
        bits |= 1U << ERR_CONFLICT;
    if (r->flags & ROUTE_IF_MATCH)
        bits |= 1U << ERR_PRECONDITION | 1U << ERR_PRECONDITION_NEEDED;
    if (r->body || r->query || (r->flags & ROUTE_IDEMPOTENT) || path_has_number(r))
        bits |= 1U << ERR_INVALID;
    if (r->body || (r->flags & ROUTE_UPLOAD))
        bits |= 1U << ERR_TOO_LARGE | 1U << ERR_MEDIA_TYPE;
    if (r->throttle.per_minute)
        bits |= 1U << ERR_THROTTLED;
    if (r->flags & ROUTE_OUTBOUND)
        bits |= 1U << ERR_UPSTREAM;
    return bits;
}

struct collection {
    const struct schema **v;
    size_t n;
};

static void collect(struct collection *k, const struct schema *s)
{
    if (!s || k->n >= DOCS_SCHEMAS_MAX)
        return;
    for (size_t i = 0; i < k->n; i++) {
        if (k->v[i] == s || str_eq(str_of(k->v[i]->name), str_of(s->name)))
            return;
    }
    k->v[k->n++] = s;
    for (unsigned i = 0; i < s->n; i++)
        collect(k, s->fields[i].of);
}

void docs_collect(const struct route_table *tables, size_t n,
                  const struct schema *ret[DOCS_SCHEMAS_MAX], size_t *ret_n)
{
    struct collection k = { ret, 0 };
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            collect(&k, tables[t].routes[i].body);
            collect(&k, tables[t].routes[i].reply);
        }
    }
    *ret_n = k.n;
}
