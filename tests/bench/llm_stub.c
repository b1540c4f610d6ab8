/* A model endpoint for measurements: answers every question after a fixed time, in one thread and
 * with next to no work. GET /stats tells how many it has answered.
 * usage: llm_stub PORT LATENCY_MS */
#include <llhttp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { READ_MAX = 64 * 1024, BACKLOG = 4096, QUEUE_MAX = 4096, TAIL = 16, REPLY_MAX = 2048 };

#define USAGE "\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":120}}"
static const char part[] = "{\"choices\":[{\"message\":{\"content\":\"{\\\"score\\\":71.5,"
                           "\\\"explanation\\\":\\\"The text gives "
                           "evidence of sustained work with results that others could "
                           "check.\\\",\\\"reasoning\\\":\\\"It lies in "
                           "the band of the mark.\\\",\\\"rubric_adherence\\\":\\\"The bands were "
                           "followed.\\\",\\\"strengths\\\":"
                           "[\\\"Clear purpose\\\"],\\\"areas_for_improvement\\\":[\\\"More "
                           "figures\\\"]}\"},\"finish_reason\":"
                           "\"stop\"}]," USAGE;
static const char judgement[] = "{\"choices\":[{\"message\":{\"content\":\"{\\\"decision\\\":"
                                "\\\"approved\\\",\\\"bias_detected\\\":false,"
                                "\\\"quality_score\\\":90,\\\"feedback\\\":\\\"Sound.\\\","
                                "\\\"reasoning\\\":\\\"Marks and reasons "
                                "agree.\\\"}\"},\"finish_reason\":\"stop\"}]," USAGE;
static char part_reply[REPLY_MAX], judgement_reply[REPLY_MAX];
static char read_bytes[READ_MAX];
static uv_loop_t loop;
static uv_timer_t timer;
static uint64_t latency_ns, received, answered, most_waiting;

struct client {
    uv_tcp_t tcp;
    llhttp_t parser;
    char tail[TAIL]; /* of the body so far: a word may lie across two pieces */
    size_t tail_n;
    int judges, stats, closing, waiting;
};
/* All wait equally long, so the first that came is the first that is due. */
static struct {
    struct client *client;
    uint64_t due_ns;
} queue[QUEUE_MAX];
static size_t head, waiting;

static void write_text(struct client *client, const char *text, size_t n)
{
    uv_buf_t b = uv_buf_init((char *)(uintptr_t)text, (unsigned)n);
    (void)uv_try_write((uv_stream_t *)&client->tcp, &b, 1);
}

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    client->closing = 2;
    if (!client->waiting)
        free(client);
}

static void answer(struct client *client)
{
    const char *text = client->judges ? judgement_reply : part_reply;
    client->waiting = 0;
    if (client->closing == 2)
        free(client);
    if (client->closing)
        return;
    answered++;
    write_text(client, text, strlen(text));
}

static void on_due(uv_timer_t *t)
{
    const uint64_t now = uv_hrtime();
    for (; waiting > 0 && queue[head].due_ns <= now; waiting--, head = (head + 1) % QUEUE_MAX)
        answer(queue[head].client);
    if (waiting > 0)
        uv_timer_start(t, on_due, (queue[head].due_ns - now + 999999) / 1000000, 0);
}

static int on_begin(llhttp_t *parser)
{
    struct client *client = parser->data;
    client->judges = client->stats = 0;
    client->tail_n = 0;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
    struct client *client = parser->data;
    client->stats = client->stats || memmem(at, n, "/stats", 6) != NULL;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    static const char word[] = "\"Judgement\"";
    struct client *client = parser->data;
    char seam[2 * TAIL];
    const size_t more = n < TAIL ? n : TAIL;
    memcpy(seam, client->tail, client->tail_n);
    memcpy(seam + client->tail_n, at, more);
    if (memmem(seam, client->tail_n + more, word, sizeof(word) - 1) ||
        memmem(at, n, word, sizeof(word) - 1))
        client->judges = 1;
    client->tail_n = more;
    memcpy(client->tail, at + n - more, more);
    return 0;
}

static void tell_stats(struct client *client)
{
    char body[128], reply[256];
    const int n =
        snprintf(body, sizeof(body), "{\"answered\":%llu,\"received\":%llu,\"most\":%llu}",
                 (unsigned long long)answered, (unsigned long long)received,
                 (unsigned long long)most_waiting);
    const int all =
        snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, body);
    write_text(client, reply, (size_t)all);
}

static int on_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    if (client->stats) {
        tell_stats(client);
        return 0;
    }
    if (waiting == QUEUE_MAX)
        return -1;
    const size_t at = (head + waiting) % QUEUE_MAX;
    queue[at].client = client;
    queue[at].due_ns = uv_hrtime() + latency_ns;
    client->waiting = 1;
    received++;
    if (++waiting > most_waiting)
        most_waiting = waiting;
    if (waiting == 1)
        uv_timer_start(&timer, on_due, latency_ns / 1000000, 0);
    return 0;
}

static const llhttp_settings_t settings = { .on_message_begin = on_begin,
                                            .on_url = on_url,
                                            .on_body = on_body,
                                            .on_message_complete = on_complete };

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    (void)handle;
    (void)wanted;
    *ret = uv_buf_init(read_bytes, READ_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    if (n == 0 || client->closing)
        return;
    if (n < 0 || llhttp_execute(&client->parser, buf->base, (size_t)n) != HPE_OK) {
        client->closing = 1;
        uv_close((uv_handle_t *)stream, on_closed);
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    struct client *client = calloc(1, sizeof(*client));
    if (status < 0 || !client) {
        free(client);
        return;
    }
    uv_tcp_init(&loop, &client->tcp);
    client->tcp.data = client;
    llhttp_init(&client->parser, HTTP_REQUEST, &settings);
    client->parser.data = client;
    if (uv_accept(server, (uv_stream_t *)&client->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read) != 0)
        uv_close((uv_handle_t *)&client->tcp, on_closed);
    else
        uv_tcp_nodelay(&client->tcp, 1);
}

static void make_reply(char *ret, const char *body)
{
    snprintf(ret, REPLY_MAX,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
}

static unsigned long number(const char *text)
{
    char *end = NULL;
    return text ? strtoul(text, &end, 10) : 0;
}

int main(int argc, char **argv)
{
    uv_tcp_t server;
    struct sockaddr_in where;
    const unsigned long port = argc > 2 ? number(argv[1]) : 0;
    if (port == 0 || port > 65535) {
        fprintf(stderr, "usage: llm_stub PORT LATENCY_MS\n");
        return 2;
    }
    latency_ns = number(argv[2]) * 1000000ULL;
    make_reply(part_reply, part);
    make_reply(judgement_reply, judgement);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    uv_tcp_init(&loop, &server);
    uv_ip4_addr("127.0.0.1", (int)port, &where);
    if (uv_tcp_bind(&server, (const struct sockaddr *)&where, 0) != 0 ||
        uv_listen((uv_stream_t *)&server, BACKLOG, on_connection) != 0) {
        fprintf(stderr, "llm_stub: cannot listen on %lu\n", port);
        return 1;
    }
    return uv_run(&loop, UV_RUN_DEFAULT);
}
