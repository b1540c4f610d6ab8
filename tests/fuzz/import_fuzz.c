/* Files of strangers with marks: cut into lines, read, turned into opinions. No line is lost, a
 * refused line says why, and what is taken is valid text with marks in range. */
#include <math.h>

#include "base/str.h"
#include "codec/utf8.h"
#include "service/import_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 64 << 20, MARK_MAX_E2 = 10000, WHY_MAX = 300, LIST_MAX = 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_mark(int64_t mark)
{
    must(mark >= 0 && mark <= MARK_MAX_E2);
}

static void check_texts(const struct list *l)
{
    const struct str *v = l->v;
    must(l->n <= LIST_MAX);
    for (size_t i = 0; i < l->n; i++)
        must(utf8_valid(v[i]));
}

static void check_opinion(const struct worker_opinion *o)
{
    check_mark(o->academic);
    check_mark(o->test);
    check_mark(o->achievement);
    check_mark(o->essay);
    must(utf8_valid(o->explanation) && utf8_valid(o->rubric_adherence));
    for (size_t i = 0; i < 4; i++)
        must(o->reasoning[i].n > 0 && utf8_valid(o->reasoning[i]));
    check_texts(&o->strengths);
    check_texts(&o->areas);
}

static void check_line(struct arena *mem, struct str line)
{
    struct ctx c;
    struct import_line in = { 0 };
    struct str why = { 0 };
    ctx_init(&c, mem, NULL, 0);
    import_line_read(&c, line, &in, &why);
    must(c.fault.kind == ERR_OK);
    if (why.p) {
        must(why.n > 0 && why.n <= WHY_MAX);
        return;
    }
    must(line.n <= IMPORT_LINE_MAX && utf8_valid(line));
    must(in.anonymized_id.n > 0 && in.explanation.n > 0);
    must(isnan(in.total_score) || (in.total_score >= 0 && in.total_score <= 100));
    struct worker_opinion o;
    err e = import_line_opinion(&c, &in, &o);
    must(e == ERR_OK || e == ERR_TOO_LARGE);
    if (e == ERR_OK)
        check_opinion(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    struct str rest = { (const char *)data, size }, line;
    size_t seen = 0;
    while (import_next_line(&rest, &line)) {
        must(!memchr(line.p, '\n', line.n));
        seen += line.n + (line.p + line.n < (const char *)data + size ? 1 : 0);
        must(seen + rest.n == size);
        if (!import_blank(line))
            check_line(mem, line);
        arena_reset(mem);
    }
    must(seen == size);
    return 0;
}
