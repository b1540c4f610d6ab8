/* codec/multipart.h: multipart/form-data (RFC 7578 over RFC 2046) in memory. Pure; any thread. */
#ifndef ENIGMA_CODEC_MULTIPART_H
#define ENIGMA_CODEC_MULTIPART_H

#include "base/buf.h"

enum { MULTIPART_PARTS_MAX = 32, MULTIPART_HEAD_MAX = 2048, MULTIPART_BOUNDARY_MAX = 70 };
struct part {
    struct str name, filename, content_type; /* filename and content_type may be absent */
    struct str body;
};
struct parts {
    struct part v[MULTIPART_PARTS_MAX];
    size_t n;
};
/* The boundary that a Content-Type names; false: it is not multipart/form-data, or names none. */
bool multipart_boundary(struct str content_type, struct str *ret);
/* Cuts a whole body into views of it: NULL, or what is wrong as a static text. A name may come
 * more than once; quoted-pairs in names stay as they came. */
const char *multipart_read(struct str body, struct str boundary, struct parts *ret);
/* The first part of that name, or NULL. */
const struct part *multipart_find(const struct parts *parts, const char *name);

/* Writers. name and filename are the program's own: no quote, no line end. The boundary must not
 * occur in any value: 16 random bytes in hex do. */
void multipart_field(struct buf *b, struct str boundary, const char *name, struct str value);
void multipart_file(struct buf *b, struct str boundary, const char *name, const char *filename,
                    const char *content_type, struct str body);
void multipart_end(struct buf *b, struct str boundary);

#endif
