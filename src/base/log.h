/* base/log.h: structured JSON lines for operators. One line is one write(2), at most
 * LOG_LINE_MAX bytes. Any thread. Values that are PII or secrets never come here:
 * log_field takes only what the caller names, and schema_log masks by field flag. */
#ifndef ENIGMA_BASE_LOG_H
#define ENIGMA_BASE_LOG_H

#include "base/ctx.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum { LOG_LINE_MAX = 4096 };

struct log;
/* fd is borrowed. Returns NULL only when memory is out. */
struct log *log_open(int fd, enum log_level least, const struct clock_port *clock);
void log_close(struct log *l);
bool log_on(const struct log *l, enum log_level level);

struct log_kv {
    const char *k;
    enum { LOG_KV_STR, LOG_KV_I64, LOG_KV_HEX } type;
    struct str s;
    int64_t i;
};
#define LOG_S(key, val) ((struct log_kv){ .k = (key), .type = LOG_KV_STR, .s = (val) })
#define LOG_Z(key, val) ((struct log_kv){ .k = (key), .type = LOG_KV_STR, .s = str_of(val) })
#define LOG_I(key, val) ((struct log_kv){ .k = (key), .type = LOG_KV_I64, .i = (val) })
#define LOG_H(key, val) ((struct log_kv){ .k = (key), .type = LOG_KV_HEX, .i = (int64_t)(val) })
/* {"ts":…,"level":…,"event":EVENT, …kv}. A NULL log drops the line. */
void log_write(struct log *l, enum log_level level, const char *event, const struct log_kv *kv,
               size_t n);
#define log_event(l, level, event, ...)                                                            \
    log_write((l), (level), (event), (const struct log_kv[]){ __VA_ARGS__ },                       \
              sizeof((const struct log_kv[]){ __VA_ARGS__ }) / sizeof(struct log_kv))

#endif
