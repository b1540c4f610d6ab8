/* Structured JSON lines: built on the stack, written with one write(2). */
#include "base/log.h"

#include <unistd.h>

#include "base/str.h"

struct log {
    int fd;
    enum log_level least;
    const struct clock_port *clock;
};

struct log *log_open(int fd, enum log_level least, const struct clock_port *clock)
{
    struct log *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    *l = (struct log){ fd, least, clock ? clock : &clock_system };
    return l;
}

void log_close(struct log *l)
{
    free(l);
}

bool log_on(const struct log *l, enum log_level level)
{
    return l && level >= l->least;
}

struct line {
    char b[LOG_LINE_MAX];
    size_t n;
};

static void put(struct line *l, const char *p, size_t n)
{
    if (n > sizeof(l->b) - 4 - l->n)
        n = sizeof(l->b) - 4 - l->n;
    memcpy(l->b + l->n, p, n);
    l->n += n;
}

static void put_z(struct line *l, const char *z)
{
    put(l, z, strlen(z));
}

/* Quotes a value; control bytes and bytes above 0x7E become escapes of their own, so that a line
 * is always one line of printable text. */
static void put_quoted(struct line *l, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    put_z(l, "\"");
    for (size_t i = 0; i < s.n && l->n < sizeof(l->b) - 16; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            put(l, (char[]){ '\\', (char)c }, 2);
        } else if (c < 0x20 || c == 0x7f) {
            put(l, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
        } else {
            put(l, (const char *)&c, 1);
        }
    }
    put_z(l, "\"");
}

static void put_time(struct line *l, int64_t us)
{
    time_t s = (time_t)(us / 1000000);
    struct tm tm;
    gmtime_r(&s, &tm);
    char t[40];
    size_t n = strftime(t, sizeof(t), "%Y-%m-%dT%H:%M:%S", &tm);
    int m = snprintf(t + n, sizeof(t) - n, ".%06dZ", (int)(us % 1000000));
    put(l, t, n + (size_t)m);
}

static void put_value(struct line *l, const struct log_kv *kv)
{
    char t[32];
    switch (kv->type) {
    case LOG_KV_STR:
        put_quoted(l, kv->s);
        return;
    case LOG_KV_I64:
        snprintf(t, sizeof(t), "%lld", (long long)kv->i);
        break;
    case LOG_KV_HEX:
        snprintf(t, sizeof(t), "\"%016llx\"", (unsigned long long)kv->i);
        break;
    }
    put_z(l, t);
}

void log_write(struct log *l, enum log_level level, const char *event, const struct log_kv *kv,
               size_t n)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    if (!log_on(l, level))
        return;
    struct line line = { .n = 0 };
    put_z(&line, "{\"ts\":\"");
    put_time(&line, l->clock->now_us(l->clock->self));
    put_z(&line, "\",\"level\":\"");
    put_z(&line, names[level]);
    put_z(&line, "\",\"event\":");
    put_quoted(&line, str_of(event));
    for (size_t i = 0; i < n && line.n < sizeof(line.b) - 256; i++) {
        put_z(&line, ",");
        put_quoted(&line, str_of(kv[i].k));
        put_z(&line, ":");
        put_value(&line, &kv[i]);
    }
    put(&line, "}", 1);
    line.b[line.n++] = '\n';
    /* A log that cannot be written must not stop the service; the metric of lost lines is the
     * reader's business. */
    ssize_t wrote = write(l->fd, line.b, line.n);
    (void)wrote;
}
