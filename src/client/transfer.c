/* One exchange: the request as it was checked and copied, its libcurl handle, its bounded answer.
 */
#include "client/transfer.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "crypto/hash.h"
#include "os/mono.h"

static bool method_known(const char *method)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
    for (size_t i = 0; method && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(method, known[i]) == 0)
            return true;
    return false;
}

static bool token_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           (ch && strchr("!#$%&'*+-.^_`|~", ch) != NULL);
}

/* RFC 9110, 5.1 and 5.5: nothing in a header may begin another one. */
static bool header_good(const struct client_header *h)
{
    if (h->name.n == 0 || h->name.n + h->value.n > CLIENT_REQUEST_HEADER_MAX)
        return false;
    for (size_t i = 0; i < h->name.n; i++)
        if (!token_char(h->name.p[i]))
            return false;
    for (size_t i = 0; i < h->value.n; i++)
        if (((unsigned char)h->value.p[i] < ' ' && h->value.p[i] != '\t') || h->value.p[i] == 0x7f)
            return false;
    return true;
}

static err check(struct ctx *c, const struct client_request *r)
{
    if (!method_known(r->method))
        return FAIL(c, INTERNAL, "An outbound request has an unknown method");
    if (r->timeout_ms < 1 || r->timeout_ms > CLIENT_TIMEOUT_MAX_MS || r->body_max < 1 ||
        r->body_max > CLIENT_BODY_MAX || r->body.n > CLIENT_REQUEST_BODY_MAX ||
        r->n_headers > CLIENT_REQUEST_HEADERS_MAX)
        return FAIL(c, INTERNAL, "An outbound request is beyond the limits");
    for (size_t i = 0; i < r->n_headers; i++)
        if (!header_good(&r->headers[i]))
            return FAIL(c, INTERNAL, "An outbound request has a malformed header");
    return ERR_OK;
}

/* libcurl copies the line; ours is wiped, as it may be an Authorization. */
static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool add_header(struct curl_slist **list, const struct client_header *h)
{
    char line[CLIENT_REQUEST_HEADER_MAX + 4];
    /* "Name;" is libcurl's way to send a header without a value. */
    const int n =
        h->value.n ? snprintf(line, sizeof(line), "%.*s: %.*s", STR_ARG(h->name), STR_ARG(h->value))
                   : snprintf(line, sizeof(line), "%.*s;", STR_ARG(h->name));
    const bool ok = add_line(list, line);
    secret_wipe(line, (size_t)n);
    return ok;
}

static bool keep_headers(struct transfer *t, const struct client_request *r)
{
    bool typed = false;
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!add_header(&t->request_headers, &r->headers[i]))
            return false;
        typed = typed || str_eqi(r->headers[i].name, S("Content-Type"));
    }
    /* Not what libcurl would add by itself: a wait for 100, and a type that nobody named. */
    return add_line(&t->request_headers, "Expect:") &&
           (typed || add_line(&t->request_headers, "Content-Type:"));
}

static bool has_body(const struct client_request *r)
{
    return r->body.p || r->method[0] == 'P'; /* POST, PUT and PATCH say that theirs is empty */
}

static bool keep_body(struct transfer *t, struct str body)
{
    t->sent = malloc(body.n + 1);
    if (!t->sent)
        return false;
    if (body.n)
        memcpy(t->sent, body.p, body.n);
    t->sent[body.n] = '\0';
    t->sent_n = body.n;
    return true;
}

static err find_origin(struct ctx *c, const struct allow *allow, struct str url, struct transfer *t)
{
    t->url = origin_read(url, &t->origin);
    if (!t->url)
        return FAIL(c, UPSTREAM, "An outbound URL is not one of http or https without a user");
    if (!allow_find(allow, &t->origin, &t->origin_index))
        return FAIL(c, UPSTREAM, "%s is not among the origins that may be asked", t->origin.text);
    return ERR_OK;
}

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    buf_put(&t->body, p, size * n);
    t->too_large = t->too_large || !buf_ok(&t->body);
    return t->too_large ? 0 : size * n;
}

/* Called for each line of each head. A status line begins anew: 1xx heads and trailers count. */
static size_t take_head(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct str line = { p, size * n };
    t->head_seen += line.n;
    if (t->head_seen > CLIENT_HEAD_MAX) {
        t->too_large = true;
        return 0;
    }
    if (str_starts(line, S("HTTP/")))
        buf_clear(&t->head);
    else
        buf_put(&t->head, line.p, line.n);
    return size * n;
}

/* Every address is looked at when it is connected to, so no name can be turned in between. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = arg;
    const struct net_ip ip = net_ip_of(&address->addr);
    const bool inet = address->family == AF_INET || address->family == AF_INET6;
    (void)purpose;
    if (!inet || address_forbidden(&ip, t->origin.loopback)) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

err transfer_make(struct ctx *c, const struct allow *allow, const struct client_request *r,
                  struct transfer **ret)
{
    TRY(check(c, r));
    struct transfer *t = calloc(1, sizeof(*t));
    if (!t)
        return FAIL(c, INTERNAL, "out of memory");
    buf_init(&t->head, NULL, CLIENT_HEAD_MAX);
    buf_init(&t->body, NULL, r->body_max);
    err e = find_origin(c, allow, r->url, t);
    if (e == ERR_OK) {
        t->easy = curl_easy_init();
        if (!t->easy || (has_body(r) && !keep_body(t, r->body)) || !keep_headers(t, r) ||
            curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method) != CURLE_OK)
            e = FAIL(c, INTERNAL, "out of memory");
    }
    if (e != ERR_OK) {
        transfer_free(t);
        return e;
    }
    if (strcmp(r->method, "HEAD") == 0)
        (void)curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    const int64_t own_us = r->timeout_ms * 1000, left_us = ctx_left_us(c);
    t->once = r->once;
    t->begin_us = mono_now_us();
    t->deadline_us = t->begin_us + (left_us < own_us ? left_us : own_us);
    *ret = t;
    return ERR_OK;
}

static CURLcode set_request(struct transfer *t)
{
    CURL *h = t->easy;
    CURLcode rc = curl_easy_setopt(h, CURLOPT_CURLU, t->url);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_HTTPHEADER, t->request_headers);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_USERAGENT, "enigma/" ENIGMA_VERSION);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_PRIVATE, t);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, t->once ? 1L : 0L);
    if (!t->sent || rc)
        return rc;
    rc = curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->sent_n);
    return rc ? rc : curl_easy_setopt(h, CURLOPT_POSTFIELDS, t->sent);
}

static CURLcode set_answer(struct transfer *t)
{
    CURL *h = t->easy;
    CURLcode rc = curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_head);
    return rc ? rc : curl_easy_setopt(h, CURLOPT_HEADERDATA, t);
}

/* What makes the room's promises true. Proxies and .netrc of the environment would lead around the
 * allow-list; a resolver thread that hangs must not hang this one (QUICK_EXIT). */
static CURLcode set_guards(struct transfer *t)
{
    CURL *h = t->easy;
    CURLcode rc = curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_PROXY, "");
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    return rc ? rc : curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t);
}

static CURLcode set_tls(struct transfer *t, const char *ca_file)
{
    CURL *h = t->easy;
    CURLcode rc = curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    rc = rc ? rc : curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    if (ca_file)
        rc = rc ? rc : curl_easy_setopt(h, CURLOPT_CAINFO, ca_file);
    return rc;
}

static CURLcode set_times(struct transfer *t, int64_t connect_ms)
{
    int64_t left_ms = (t->deadline_us - mono_now_us()) / 1000;
    if (left_ms < 1)
        left_ms = 1;
    CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    const int64_t connect = connect_ms < left_ms ? connect_ms : left_ms;
    return rc ? rc : curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
}

CURL *transfer_begin(struct transfer *t, const struct transfer_rules *rules)
{
    CURLcode rc = set_request(t);
    rc = rc ? rc : set_answer(t);
    rc = rc ? rc : set_guards(t);
    rc = rc ? rc : set_tls(t, rules->ca_file);
    rc = rc ? rc : set_times(t, rules->connect_ms);
    return rc == CURLE_OK ? t->easy : NULL;
}

enum client_outcome transfer_outcome(const struct transfer *t, CURLcode code)
{
    if (code == CURLE_OK)
        return CLIENT_OK;
    if (t->too_large)
        return CLIENT_TOO_LARGE;
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return CLIENT_LATE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return t->refused ? CLIENT_REFUSED : CLIENT_UNREACHABLE;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return CLIENT_UNTRUSTED;
    default:
        return CLIENT_BROKEN;
    }
}

/* The lines of the last head, cut into fields. Lines that are no fields are passed over, as are
 * those beyond CLIENT_FIELDS_MAX. */
static size_t read_fields(struct str head, struct client_header ret[CLIENT_FIELDS_MAX])
{
    size_t n = 0;
    while (head.p && head.n && n < CLIENT_FIELDS_MAX) {
        struct str line, name;
        head = str_cut(head, '\n', &line);
        const struct str value = str_cut(line, ':', &name);
        if (value.p && name.n && token_char(name.p[0]))
            ret[n++] = (struct client_header){ name, str_trim(value) };
    }
    return n;
}

static void fill_reply(struct transfer *t, struct client_header *fields, struct client_reply *r)
{
    long status = 0, version = 0, connects = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
    (void)curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    r->status = (int)status;
    r->headers = fields;
    r->n_headers = read_fields(buf_view(&t->head), fields);
    r->body = t->body.n ? buf_view(&t->body) : S("");
    r->http2 = version == CURL_HTTP_VERSION_2_0;
    r->reused = connects == 0;
}

void transfer_end(struct transfer *t, enum client_outcome outcome)
{
    struct client_header fields[CLIENT_FIELDS_MAX];
    struct client_reply r = {
        .outcome = outcome,
        .origin = str_of(t->origin.text),
        .took_us = mono_now_us() - t->begin_us,
    };
    if (outcome == CLIENT_OK)
        fill_reply(t, fields, &r);
    t->done(t->arg, &r);
    transfer_free(t);
}

static void wipe_buf(struct buf *b)
{
    if (b->p)
        secret_wipe(b->p, b->cap);
    buf_done(b);
}

/* Tokens come and go in headers and bodies. */
void transfer_free(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    for (struct curl_slist *l = t->request_headers; l; l = l->next)
        secret_wipe(l->data, strlen(l->data));
    curl_slist_free_all(t->request_headers);
    if (t->sent)
        secret_wipe(t->sent, t->sent_n);
    free(t->sent);
    wipe_buf(&t->head);
    wipe_buf(&t->body);
    free(t);
}
