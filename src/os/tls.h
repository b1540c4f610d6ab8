/* os/tls.h: a TLS server identity from two PEM files, and sessions over memory.
 * Thread rule: tls_* from any thread; one session belongs to one thread. */
#ifndef ENIGMA_OS_TLS_H
#define ENIGMA_OS_TLS_H

#include "base/buf.h"
#include "base/ctx.h"

struct tls;
/* Reads certificate chain and key; ERR_NOT_FOUND or ERR_INTERNAL say what is wrong. */
err tls_open(struct ctx *c, struct str cert_path, struct str key_path, struct tls **ret);
/* The same files again; sessions that run keep what they had. A bad file changes nothing. */
err tls_reload(struct ctx *c, struct tls *t);
void tls_close(struct tls *t);
/* When the certificate ends, in microseconds since 1970 UTC. */
int64_t tls_expires_us(struct tls *t, int64_t now_us);

struct tls_session;
/* NULL when memory is out. */
struct tls_session *tls_session_open(struct tls *t);
void tls_session_close(struct tls_session *s);
enum tls_step { TLS_OK, TLS_MORE, TLS_CLOSED, TLS_BROKEN };
/* Takes bytes from the network. */
bool tls_session_feed(struct tls_session *s, const char *p, size_t n);
/* Plain bytes out of what was fed: TLS_OK with *ret_n > 0, TLS_MORE when it needs more. */
enum tls_step tls_session_read(struct tls_session *s, char *p, size_t cap, size_t *ret_n);
/* Plain bytes in; the network's bytes are then in tls_session_take. */
bool tls_session_write(struct tls_session *s, const char *p, size_t n);
/* Says goodbye (close_notify). */
void tls_session_shut(struct tls_session *s);
/* Appends what must go to the network. */
void tls_session_take(struct tls_session *s, struct buf *out);
bool tls_session_ready(const struct tls_session *s); /* the handshake is done */

#endif
