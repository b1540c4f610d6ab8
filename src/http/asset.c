/* Embedded files: coding negotiation, validators, cache lifetimes. */
#include "http/reply.h"

#include "base/str.h"

/* q-value (0..1000) that an Accept-Encoding gives to a coding. */
static int coding_quality(struct str accept_encoding, struct str coding)
{
    struct str rest = accept_encoding, part, name;
    int any = 0;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        struct str params = str_trim(str_cut(part, ';', &name));
        int q = 1000;
        if (params.n >= 3 && (params.p[0] == 'q' || params.p[0] == 'Q') && params.p[1] == '=') {
            int scale = 1000;
            q = 0;
            for (size_t i = 2; i < params.n && scale; i++) {
                if (params.p[i] < '0' || params.p[i] > '9')
                    continue;
                q += (params.p[i] - '0') * scale;
                scale /= 10;
            }
        }
        name = str_trim(name);
        if (str_eqi(name, coding))
            return q > 1000 ? 1000 : q;
        if (str_eq(name, S("*")))
            any = q > 1000 ? 1000 : q;
    }
    return any;
}

/* Brotli before gzip before plain, where the client likes them equally. */
static struct str choose(const struct asset *a, struct str accept, struct str *ret_coding)
{
    int best = a->plain.p ? 1 : 0; /* identity needs no naming */
    struct str body = a->plain;
    *ret_coding = (struct str){ 0 };
    int gzip = a->gzip.p ? coding_quality(accept, S("gzip")) : 0;
    int brotli = a->brotli.p ? coding_quality(accept, S("br")) : 0;
    if (gzip >= best && gzip > 0) {
        best = gzip;
        body = a->gzip;
        *ret_coding = S("gzip");
    }
    if (brotli >= best && brotli > 0) {
        body = a->brotli;
        *ret_coding = S("br");
    }
    return body;
}

bool reply_etag_matches(struct str if_none_match, struct str etag)
{
    if (str_starts(etag, S("W/")))
        etag = str_sub(etag, 2, etag.n);
    struct str rest = if_none_match, part;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (str_starts(part, S("W/")))
            part = str_sub(part, 2, part.n);
        if (part.n && (str_eq(part, etag) || str_eq(part, S("*"))))
            return true;
    }
    return false;
}

void reply_asset(struct exchange *x, const struct asset *a)
{
    struct reply *r = &x->reply;
    struct str coding, none = request_header(&x->request, "If-None-Match");
    *r = (struct reply){ .status = 200, .content_type = a->content_type, .vary_encoding = true };
    r->body = choose(a, request_header(&x->request, "Accept-Encoding"), &coding);
    reply_header(r, S("Cache-Control"),
                 a->immutable ? S("public, max-age=31536000, immutable") : S("no-cache"));
    if (a->etag) {
        /* Codings of one file are different bytes: each has its own tag. */
        struct str tag = str_of(a->etag);
        if (tag.n > 1 && tag.p[tag.n - 1] == '"' && coding.n)
            tag = str_fmt(x->mem, "%.*s-%.*s\"", (int)tag.n - 1, tag.p, STR_ARG(coding));
        reply_header(r, S("ETag"), tag);
        if (none.p && reply_etag_matches(none, tag)) {
            r->status = 304;
            r->body = (struct str){ 0 };
            return;
        }
    }
    if (coding.n)
        reply_header(r, S("Content-Encoding"), coding);
}
