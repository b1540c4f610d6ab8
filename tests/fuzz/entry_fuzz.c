/* Log entries on any bytes. 'r' and a text: what the strict reader takes is canonical JSON, written
 * back to the same bytes, and not the same entry with a byte more or less. 'w' and lines: an entry
 * with those parts; whatever the writer lets out, the reader takes with the same parts. */
#include "base/str.h"
#include "codec/canon.h"
#include "codec/json.h"
#include "domain/audit_act.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 16 << 20, INPUT_MAX = 4 * ENTRY_MAX };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_accepted(struct str text, const struct entry *e, struct arena *mem)
{
    struct buf b;
    struct entry other;
    must(text.n <= ENTRY_MAX && canon_valid(text) && json_valid(text, mem));
    must(audit_act_of(e->act) != NULL && e->idx >= 0 && e->ts_ms >= 0);
    buf_init(&b, mem, ENTRY_MAX);
    must(entry_write(&b, e) && str_eq(buf_view(&b), text));
    must(!entry_read(str_sub(text, 0, text.n - 1), &other, NULL));
    must(!entry_read(str_sub(text, 1, text.n), &other, NULL));
    must(!entry_read(str_fmt(mem, "%.*s ", STR_ARG(text)), &other, NULL));
}

static void try_read(struct str text, struct arena *mem)
{
    struct entry e;
    const char *why = NULL;
    if (entry_read(text, &e, &why))
        check_accepted(text, &e, mem);
    else
        must(why != NULL && why[0] != '\0');
}

/* A line, absent when it is a single '-'. */
static struct str next_part(struct str *rest)
{
    struct str line;
    *rest = str_cut(*rest, '\n', &line);
    return str_eq(line, S("-")) ? (struct str){ NULL, 0 } : line;
}

static void take_commits(struct entry *e, struct str names)
{
    while (names.p && e->n_commits < ENTRY_COMMITS_MAX) {
        struct entry_commit *one = &e->commits[e->n_commits++];
        names = str_cut(names, ',', &one->name);
        memset(one->hex, 'a', sizeof(one->hex) - 1);
    }
}

static void try_write(struct str rest, struct arena *mem)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct entry e = { .act = next_part(&rest), .actor = next_part(&rest) };
    take_commits(&e, next_part(&rest));
    e.cycle = next_part(&rest);
    e.subj = next_part(&rest);
    e.log = next_part(&rest);
    (void)str_i64(next_part(&rest), &e.idx);
    (void)str_i64(next_part(&rest), &e.ts_ms);
    e.data = rest;
    e.nonce_hex = (struct str){ zeros, 32 };
    e.prev_hex = (struct str){ zeros, 64 };
    struct buf b;
    buf_init(&b, mem, INPUT_MAX + ENTRY_MAX);
    if (!entry_write(&b, &e))
        return;
    struct entry again;
    must(entry_read(buf_view(&b), &again, NULL));
    must(str_eq(e.act, again.act) && str_eq(e.actor, again.actor));
    must(str_eq(e.cycle, again.cycle) && str_eq(e.subj, again.subj) && str_eq(e.log, again.log));
    must(e.idx == again.idx && e.ts_ms == again.ts_ms && e.n_commits == again.n_commits);
    check_accepted(buf_view(&b), &again, mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    struct str input = { (const char *)data, size };
    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (data[0] == 'w')
        try_write(str_sub(input, 1, size), mem);
    else
        try_read(str_sub(input, 1, size), mem);
    arena_reset(mem);
    return 0;
}
