/* OpenSSL server contexts and sessions over memory BIOs. */
#include "os/tls.h"

#include "base/str.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>

struct tls {
    pthread_mutex_t mu;
    SSL_CTX *ctx;
    char cert[PATH_MAX], key[PATH_MAX];
};
struct tls_session {
    SSL *ssl;
    BIO *in, *out;
};

static SSL_CTX *make_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static err load(struct ctx *c, const struct tls *t, SSL_CTX **ret)
{
    ERR_clear_error();
    SSL_CTX *ctx = make_context();
    if (!ctx)
        return FAIL(c, INTERNAL, "TLS is not available");
    const char *bad = NULL;
    if (SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1)
        bad = "the TLS certificate cannot be read";
    else if (SSL_CTX_use_PrivateKey_file(ctx, t->key, SSL_FILETYPE_PEM) != 1)
        bad = "the TLS key cannot be read";
    else if (SSL_CTX_check_private_key(ctx) != 1)
        bad = "the TLS key does not belong to the certificate";
    ERR_clear_error();
    if (bad) {
        SSL_CTX_free(ctx);
        return FAIL(c, INVALID, "%s", bad);
    }
    *ret = ctx;
    return ERR_OK;
}

static bool keep_path(struct str path, char *ret)
{
    if (path.n == 0 || path.n >= PATH_MAX)
        return false;
    memcpy(ret, path.p, path.n);
    ret[path.n] = '\0';
    return true;
}

err tls_open(struct ctx *c, struct str cert_path, struct str key_path, struct tls **ret)
{
    struct tls *t = calloc(1, sizeof(*t));
    if (!t)
        return FAIL(c, INTERNAL, "out of memory");
    pthread_mutex_init(&t->mu, NULL);
    err e = keep_path(cert_path, t->cert) && keep_path(key_path, t->key)
                ? load(c, t, &t->ctx)
                : FAIL(c, INTERNAL, "TLS needs both a certificate and a key file");
    if (e != ERR_OK) {
        tls_close(t);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

err tls_reload(struct ctx *c, struct tls *t)
{
    SSL_CTX *ctx;
    TRY(load(c, t, &ctx));
    pthread_mutex_lock(&t->mu);
    SSL_CTX *old = t->ctx;
    t->ctx = ctx;
    pthread_mutex_unlock(&t->mu);
    SSL_CTX_free(old);
    return ERR_OK;
}

void tls_close(struct tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->ctx);
    pthread_mutex_destroy(&t->mu);
    free(t);
}

struct tls_session *tls_session_open(struct tls *t)
{
    struct tls_session *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    pthread_mutex_lock(&t->mu);
    s->ssl = SSL_new(t->ctx);
    pthread_mutex_unlock(&t->mu);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (!s->ssl || !s->in || !s->out) {
        BIO_free(s->in);
        BIO_free(s->out);
        SSL_free(s->ssl);
        free(s);
        return NULL;
    }
    BIO_set_mem_eof_return(s->in, -1);
    BIO_set_mem_eof_return(s->out, -1);
    SSL_set_bio(s->ssl, s->in, s->out);
    SSL_set_accept_state(s->ssl);
    return s;
}

void tls_session_close(struct tls_session *s)
{
    if (!s)
        return;
    SSL_free(s->ssl);
    free(s);
}

bool tls_session_feed(struct tls_session *s, const char *p, size_t n)
{
    return n <= INT_MAX && BIO_write(s->in, p, (int)n) == (int)n;
}

static enum tls_step step_of(const struct tls_session *s, int got)
{
    switch (SSL_get_error(s->ssl, got)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return TLS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        return TLS_BROKEN;
    }
}

enum tls_step tls_session_read(struct tls_session *s, char *p, size_t cap, size_t *ret_n)
{
    ERR_clear_error();
    int got = SSL_read(s->ssl, p, cap > INT_MAX ? INT_MAX : (int)cap);
    if (got <= 0)
        return step_of(s, got);
    *ret_n = (size_t)got;
    return TLS_OK;
}

bool tls_session_write(struct tls_session *s, const char *p, size_t n)
{
    while (n) {
        ERR_clear_error();
        int put = SSL_write(s->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

void tls_session_shut(struct tls_session *s)
{
    ERR_clear_error();
    if (SSL_is_init_finished(s->ssl))
        SSL_shutdown(s->ssl);
    ERR_clear_error();
}

void tls_session_take(struct tls_session *s, struct buf *out)
{
    char *p;
    long n = BIO_get_mem_data(s->out, &p);
    if (n <= 0)
        return;
    buf_put(out, p, (size_t)n);
    (void)BIO_reset(s->out);
}

bool tls_session_ready(const struct tls_session *s)
{
    return SSL_is_init_finished(s->ssl);
}

int64_t tls_expires_us(struct tls *t, int64_t now_us)
{
    int days = 0, seconds = 0;
    pthread_mutex_lock(&t->mu);
    const X509 *cert = SSL_CTX_get0_certificate(t->ctx);
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(now_us / 1000000));
    bool known = cert && now && ASN1_TIME_diff(&days, &seconds, now, X509_get0_notAfter(cert)) == 1;
    ASN1_TIME_free(now);
    pthread_mutex_unlock(&t->mu);
    return known ? now_us + ((int64_t)days * 86400 + seconds) * 1000000 : now_us;
}
