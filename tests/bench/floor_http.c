/* The floor for HTTP comparisons: libuv and llhttp with one fixed answer, nothing else.
 * usage: floor_http PORT */
#include <llhttp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { READ_MAX = 64 * 1024, BACKLOG = 4096 };

static const char answer[] = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: application/json; charset=utf-8\r\n"
                             "Content-Length: 15\r\n\r\n"
                             "{\"status\":\"ok\"}";
static char read_bytes[READ_MAX];
static uv_loop_t loop;

struct client {
    uv_tcp_t tcp;
    llhttp_t parser;
};

static int on_message_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    uv_buf_t b = uv_buf_init((char *)(uintptr_t)answer, sizeof(answer) - 1);
    (void)uv_try_write((uv_stream_t *)&client->tcp, &b, 1);
    return 0;
}

static const llhttp_settings_t settings = { .on_message_complete = on_message_complete };

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    (void)handle;
    (void)wanted;
    *ret = uv_buf_init(read_bytes, READ_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    if (n == 0)
        return;
    if (n < 0 || llhttp_execute(&client->parser, buf->base, (size_t)n) != HPE_OK)
        uv_close((uv_handle_t *)stream, on_closed);
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

int main(int argc, char **argv)
{
    uv_tcp_t server;
    struct sockaddr_in where;
    char *end;
    unsigned long port = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
    if (port == 0 || port > 65535) {
        fprintf(stderr, "usage: floor_http PORT\n");
        return 2;
    }
    uv_loop_init(&loop);
    uv_tcp_init(&loop, &server);
    uv_ip4_addr("127.0.0.1", (int)port, &where);
    if (uv_tcp_bind(&server, (const struct sockaddr *)&where, 0) != 0 ||
        uv_listen((uv_stream_t *)&server, BACKLOG, on_connection) != 0) {
        fprintf(stderr, "floor_http: cannot listen on %lu\n", port);
        return 1;
    }
    return uv_run(&loop, UV_RUN_DEFAULT);
}
