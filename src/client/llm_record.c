/* One JSON line for each answer, written as it comes, read whole. */
#include "client/llm_record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "crypto/hash.h"
#include "os/file.h"

enum { LINE_MAX = 2 << 20, KEY_MAX = 200, CALL_MEM_MAX = 4 << 20 };

struct line {
    struct str key, text;
    int64_t tokens_in, tokens_out;
};
static const struct field line_fields[] = {
    FIELD_STR(struct line, key, .flags = FIELD_REQUIRED, .min = 1, .max = KEY_MAX),
    FIELD_STR(struct line, text, .flags = FIELD_REQUIRED),
    FIELD_I64(struct line, tokens_in),
    FIELD_I64(struct line, tokens_out),
};
static SCHEMA(line_schema, "LlmRecord", struct line, line_fields);

/* An answer of the file, by key and place. */
struct entry {
    struct line line;
    size_t number;
    size_t given; /* of the key's first: how many were given */
};
struct llm_record {
    struct llm_port port;
    pthread_mutex_t lock;
    const struct llm_port *of; /* NULL: replay */
    int fd;
    struct arena *mem;
    struct entry *entries;
    size_t n;
};

static struct str key_of(struct arena *mem, const struct llm_request *q)
{
    if (q->key.n > 0)
        return str_sub(q->key, 0, KEY_MAX);
    const struct str parts[] = { q->model, S("\n"), q->system, S("\n"), q->user };
    const struct hash h = sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
    return hash_hex(mem, &h);
}

/* A call whose answer is written before it is handed on. */
struct recorded {
    struct llm_record *r;
    struct arena *mem;
    struct str key;
    llm_done *done;
    void *arg;
};

static void write_line(struct llm_record *r, struct arena *mem, const struct line *l)
{
    struct buf b;
    buf_init(&b, mem, LINE_MAX);
    schema_encode(&line_schema, l, &b);
    buf_c(&b, '\n');
    if (!buf_ok(&b))
        return;
    pthread_mutex_lock(&r->lock);
    /* A full disk tears a line, and a replay will name it; the answer itself stands. */
    const ssize_t put = write(r->fd, b.p, b.n);
    (void)put;
    pthread_mutex_unlock(&r->lock);
}

static void on_answer(void *arg, const struct llm_failure *failure, const struct llm_reply *reply)
{
    struct recorded *k = arg;
    if (reply) {
        const struct line l = { k->key, reply->text, reply->tokens_in, reply->tokens_out };
        write_line(k->r, k->mem, &l);
    }
    k->done(k->arg, failure, reply);
    arena_close(k->mem);
}

static err start_recorded(void *self, struct ctx *c, const struct llm_request *q, llm_done *done,
                          void *arg)
{
    struct llm_record *r = self;
    struct arena *mem = arena_open(NULL, CALL_MEM_MAX);
    struct recorded *k = arena_new(mem, struct recorded);
    *k = (struct recorded){ r, mem, str_keep(mem, key_of(mem, q)), done, arg };
    const err e = r->of->start(r->of->self, c, q, on_answer, k);
    if (e != ERR_OK)
        arena_close(mem);
    return e;
}

static void settle(void *self, size_t n)
{
    const struct llm_record *r = self;
    if (r->of->settle)
        r->of->settle(r->of->self, n);
}

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = str_cmp(x->line.key, y->line.key);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* With the lock: the next answer of the key, or NULL. */
static const struct line *next_of(struct llm_record *r, struct str key)
{
    size_t from = 0, to = r->n;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        if (str_cmp(r->entries[mid].line.key, key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    if (from == r->n || !str_eq(r->entries[from].line.key, key))
        return NULL;
    struct entry *first = &r->entries[from];
    size_t at = from + first->given++;
    while (at > from && (at >= r->n || !str_eq(r->entries[at].line.key, key)))
        at--;
    return &r->entries[at].line;
}

static err start_replay(void *self, struct ctx *c, const struct llm_request *q, llm_done *done,
                        void *arg)
{
    static const struct llm_failure missing = { .kind = ERR_UPSTREAM,
                                                .text = "the record has no such answer" };
    struct llm_record *r = self;
    pthread_mutex_lock(&r->lock);
    const struct line *l = next_of(r, key_of(c->mem, q));
    pthread_mutex_unlock(&r->lock);
    if (!l) {
        done(arg, &missing, NULL);
        return ERR_OK;
    }
    const struct llm_reply reply = { .text = l->text,
                                     .tokens_in = l->tokens_in,
                                     .tokens_out = l->tokens_out };
    done(arg, NULL, &reply);
    return ERR_OK;
}

static struct llm_record *make(void)
{
    struct llm_record *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->fd = -1;
    r->port.self = r;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

err llm_record_open(struct ctx *c, const struct llm_port *of, const char *path,
                    struct llm_record **ret)
{
    struct llm_record *r = make();
    if (!r)
        return FAIL(c, INTERNAL, "out of memory");
    r->of = of;
    r->port.start = start_recorded;
    r->port.settle = settle;
    r->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (r->fd < 0) {
        llm_record_close(r);
        return FAIL(c, FORBIDDEN, "the record of model answers cannot be written: %s",
                    strerrordesc_np(errno));
    }
    *ret = r;
    return ERR_OK;
}

static err read_lines(struct ctx *c, struct llm_record *r, struct str text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    if (lines >= LLM_RECORD_LINES_MAX)
        return FAIL(c, INVALID, "the record of model answers has too many lines");
    r->entries = arena_try(r->mem, lines + 1, sizeof(*r->entries), _Alignof(struct entry));
    if (!r->entries)
        return FAIL(c, TOO_LARGE, "the record of model answers is too large");
    for (size_t number = 1; text.p; number++) {
        struct str one;
        text = str_cut(text, '\n', &one);
        if (str_trim(one).n == 0)
            continue;
        struct entry *e = &r->entries[r->n];
        *e = (struct entry){ .number = number };
        if (schema_decode(c, &line_schema, one, &e->line, NULL) != ERR_OK) {
            fault_clear(c);
            return FAIL(c, INVALID, "line %zu of the record of model answers is no answer", number);
        }
        r->n++;
    }
    qsort(r->entries, r->n, sizeof(*r->entries), by_key);
    return ERR_OK;
}

err llm_replay_open(struct ctx *c, const char *path, struct llm_record **ret)
{
    struct llm_record *r = make();
    struct str text = { 0 };
    struct arena *mem = c->mem;
    if (!r)
        return FAIL(c, INTERNAL, "out of memory");
    r->port.start = start_replay;
    r->mem = arena_open(NULL, 2 * (size_t)LLM_RECORD_FILE_MAX);
    c->mem = r->mem; /* what the lines are decoded into lives as long as they */
    err e = file_read(c, r->mem, path, LLM_RECORD_FILE_MAX, &text);
    if (e == ERR_OK)
        e = read_lines(c, r, text);
    c->mem = mem;
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    if (e != ERR_OK)
        llm_record_close(r);
    else
        *ret = r;
    return e;
}

const struct llm_port *llm_record_port(struct llm_record *r)
{
    return &r->port;
}

void llm_record_close(struct llm_record *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        (void)close(r->fd);
    arena_close(r->mem);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
