/* Look-ups in a request's header fields. */
#include "http/request.h"

#include "base/str.h"

struct str request_header(const struct request *r, const char *name)
{
    struct str want = str_of(name);
    for (size_t i = 0; i < r->n_headers; i++) {
        if (r->headers[i].name.n == want.n && str_eqi(r->headers[i].name, want))
            return r->headers[i].value;
    }
    return (struct str){ 0 };
}

struct str request_cookie(const struct request *r, const char *name)
{
    struct str want = str_of(name);
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eqi(r->headers[i].name, S("cookie")))
            continue;
        struct str rest = r->headers[i].value, part, key;
        while (rest.p) {
            rest = str_cut(rest, ';', &part);
            struct str value = str_cut(str_trim(part), '=', &key);
            if (value.p && str_eq(key, want))
                return value;
        }
    }
    return (struct str){ 0 };
}

bool request_prefers(const struct request *r, const char *token)
{
    struct str want = str_of(token);
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eqi(r->headers[i].name, S("prefer")))
            continue;
        struct str rest = r->headers[i].value, part;
        while (rest.p) {
            rest = str_cut(rest, ',', &part);
            if (str_eqi(str_trim(part), want))
                return true;
        }
    }
    return false;
}

/* "0.8" as thousandths; 1000 when there is no q. */
static int quality(struct str params)
{
    struct str rest = params, part;
    while (rest.p) {
        rest = str_cut(rest, ';', &part);
        part = str_trim(part);
        if (part.n < 3 || (part.p[0] != 'q' && part.p[0] != 'Q') || part.p[1] != '=')
            continue;
        int q = 0, scale = 1000;
        for (size_t i = 2; i < part.n && scale; i++) {
            if (part.p[i] == '.')
                continue;
            if (part.p[i] < '0' || part.p[i] > '9')
                return 0;
            q += (part.p[i] - '0') * scale;
            scale /= 10;
        }
        return q > 1000 ? 1000 : q;
    }
    return 1000;
}

bool request_accepts(const struct request *r, const char *media_type)
{
    struct str want = str_of(media_type);
    int q_want = -1, q_json = -1, q_any = 0;
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eqi(r->headers[i].name, S("accept")))
            continue;
        struct str rest = r->headers[i].value, part, type;
        while (rest.p) {
            rest = str_cut(rest, ',', &part);
            struct str params = str_cut(part, ';', &type);
            type = str_trim(type);
            int q = quality(params);
            if (str_eqi(type, want))
                q_want = q;
            else if (str_eqi(type, S("application/json")))
                q_json = q;
            else if (str_eqi(type, S("*/*")) || str_eqi(type, S("application/*")))
                q_any = q > q_any ? q : q_any;
        }
    }
    return q_want > 0 && q_want >= (q_json >= 0 ? q_json : q_any);
}
