/* multipart/form-data, cut into parts and put together. */
#include "codec/multipart.h"

#include <string.h>

#include "base/str.h"

/* The value of `name=` among parameters after the first ';', quotes taken off; absent if none. */
static struct str parameter(struct str value, const char *name)
{
    struct str key, rest = str_cut(value, ';', &key);
    while (rest.p) {
        struct str one;
        rest = str_cut(rest, ';', &one);
        struct str left, right = str_cut(one, '=', &left);
        if (!right.p || !str_eqi(str_trim(left), str_of(name)))
            continue;
        right = str_trim(right);
        if (right.n >= 2 && right.p[0] == '"' && right.p[right.n - 1] == '"')
            right = str_sub(right, 1, right.n - 2);
        return right;
    }
    return (struct str){ 0 };
}

static bool media_is(struct str value, const char *media)
{
    struct str head;
    (void)str_cut(value, ';', &head);
    return str_eqi(str_trim(head), str_of(media));
}

bool multipart_boundary(struct str content_type, struct str *ret)
{
    struct str boundary = parameter(content_type, "boundary");
    if (!media_is(content_type, "multipart/form-data") || !boundary.n ||
        boundary.n > MULTIPART_BOUNDARY_MAX)
        return false;
    *ret = boundary;
    return true;
}

/* Where "\r\n--boundary" next stands at or after `from`; body.n if nowhere. */
static size_t find_delimiter(struct str body, size_t from, struct str boundary)
{
    while (from < body.n) {
        const char *p = memmem(body.p + from, body.n - from, "\r\n--", 4);
        if (!p)
            break;
        from = (size_t)(p - body.p);
        if (body.n - from - 4 >= boundary.n && memcmp(p + 4, boundary.p, boundary.n) == 0)
            return from;
        from += 4;
    }
    return body.n;
}

static const char *read_head(struct str head, struct part *part)
{
    while (head.p) {
        const char *end = head.n ? memmem(head.p, head.n, "\r\n", 2) : NULL;
        struct str line = { head.p, end ? (size_t)(end - head.p) : head.n };
        head = end ? str_sub(head, line.n + 2, head.n) : (struct str){ 0 };
        struct str name, value = str_cut(line, ':', &name);
        if (!value.p)
            return "a part has a header line without a colon";
        value = str_trim(value);
        if (str_eqi(name, S("content-disposition"))) {
            if (!media_is(value, "form-data"))
                return "a part is not form-data";
            part->name = parameter(value, "name");
            part->filename = parameter(value, "filename");
        } else if (str_eqi(name, S("content-type"))) {
            part->content_type = value;
        }
    }
    return part->name.p ? NULL : "a part has no name";
}

/* The part that begins at `at`, after its delimiter's line end; moves at to the next delimiter. */
static const char *read_part(struct str body, struct str boundary, size_t *at, struct part *ret)
{
    size_t room = body.n - *at < MULTIPART_HEAD_MAX ? body.n - *at : MULTIPART_HEAD_MAX;
    const char *gap = memmem(body.p + *at, room, "\r\n\r\n", 4);
    if (!gap)
        return "the header of a part does not end";
    struct str head = { body.p + *at, (size_t)(gap - body.p) - *at };
    /* The blank line's own line end may begin the next delimiter: the part is empty then. */
    size_t from = (size_t)(gap - body.p) + 2;
    size_t end = find_delimiter(body, from, boundary);
    if (end == body.n)
        return "the last part does not end";
    *at = end;
    from += 2;
    ret->body =
        end < from ? (struct str){ body.p + end, 0 } : (struct str){ body.p + from, end - from };
    return read_head(head, ret);
}

const char *multipart_read(struct str body, struct str boundary, struct parts *ret)
{
    struct parts parts = { .n = 0 };
    size_t at = 0;
    /* The first delimiter may open the body, without a line end before it. */
    if (body.n < boundary.n + 2 || memcmp(body.p, "--", 2) != 0 ||
        memcmp(body.p + 2, boundary.p, boundary.n) != 0) {
        at = find_delimiter(body, 0, boundary);
        if (at == body.n)
            return "the boundary does not occur";
        at += 2;
    }
    for (;;) {
        at += 2 + boundary.n;
        if (body.n - at >= 2 && memcmp(body.p + at, "--", 2) == 0)
            break;
        while (at < body.n && (body.p[at] == ' ' || body.p[at] == '\t'))
            at++;
        if (body.n - at < 2 || memcmp(body.p + at, "\r\n", 2) != 0)
            return "a delimiter is not followed by a line end";
        if (parts.n == MULTIPART_PARTS_MAX)
            return "there are too many parts";
        at += 2;
        struct part part = { 0 };
        const char *why = read_part(body, boundary, &at, &part);
        if (why)
            return why;
        parts.v[parts.n++] = part;
        at += 2;
    }
    *ret = parts;
    return NULL;
}

const struct part *multipart_find(const struct parts *parts, const char *name)
{
    for (size_t i = 0; i < parts->n; i++)
        if (str_eq(parts->v[i].name, str_of(name)))
            return &parts->v[i];
    return NULL;
}

void multipart_field(struct buf *b, struct str boundary, const char *name, struct str value)
{
    buf_fmt(b, "--%.*s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n", STR_ARG(boundary),
            name);
    buf_str(b, value);
    buf_lit(b, "\r\n");
}

void multipart_file(struct buf *b, struct str boundary, const char *name, const char *filename,
                    const char *content_type, struct str body)
{
    buf_fmt(b,
            "--%.*s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
            "Content-Type: %s\r\n\r\n",
            STR_ARG(boundary), name, filename, content_type);
    buf_str(b, body);
    buf_lit(b, "\r\n");
}

void multipart_end(struct buf *b, struct str boundary)
{
    buf_fmt(b, "--%.*s--\r\n", STR_ARG(boundary));
}
