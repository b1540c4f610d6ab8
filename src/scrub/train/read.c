/* scrub/train/read.c: makes examples of marked applications: each run of capital words that the
 * rules judge, with the tagger's features, and what the marks say that it is. */
#include "base/str.h"
#include "codec/json.h"
#include "scrub/train/train.h"

enum { FIELDS = 2, SPANS_MAX = 1024, LINE_MAX_BYTES = 1 << 20, APPLICATION_MEMORY_MAX = 1 << 28 };
static const char *const field_names[FIELDS] = { "essay", "achievements" };

/* What a marked span teaches: a tag, or nothing, as what may go or stay. */
enum mark { MARK_KEEP, MARK_PERSON, MARK_PLACE, MARK_BODY, MARK_OTHER, MARK_NONE };
struct span {
    uint32_t field, from, to;
    enum mark mark;
};
struct application {
    struct scrub_identity who;
    struct str text[FIELDS];
    struct span span[SPANS_MAX];
    size_t n_spans;
};
struct reader {
    struct json j;
    const char *path;
    size_t line;
    struct application *a;
};

static _Noreturn void stop(const struct reader *r, const char *why)
{
    fprintf(stderr, "%s:%zu: %s\n", r->path, r->line, why);
    exit(1);
}

static struct str text_of(struct reader *r)
{
    struct str s = { 0 };
    if (!json_string(&r->j, &s))
        stop(r, "wants a string");
    return s;
}

static uint32_t number_of(struct reader *r)
{
    struct str s;
    int64_t n = 0;
    if (!json_number(&r->j, &s) || !json_to_i64(s, &n) || n < 0 || n > UINT32_MAX)
        stop(r, "wants an offset");
    return (uint32_t)n;
}

static bool next_member(struct reader *r, bool first, struct str *name)
{
    bool more = false;
    if (!json_member(&r->j, first, &more, name))
        stop(r, "wants an object");
    return more;
}

static enum mark mark_of(struct str type, struct str action)
{
    static const struct {
        const char *type;
        enum mark mark;
    } marks[] = { { "PERSON", MARK_PERSON },
                  { "SELF", MARK_PERSON },
                  { "LOCATION", MARK_PLACE },
                  { "SCHOOL", MARK_BODY },
                  { "ORG", MARK_BODY } };
    if (str_eq(action, S("keep")))
        return MARK_KEEP;
    for (size_t i = 0; str_eq(action, S("redact")) && i < sizeof(marks) / sizeof(marks[0]); i++)
        if (str_eq(type, str_of(marks[i].type)))
            return marks[i].mark;
    return MARK_OTHER;
}

static void read_span(struct reader *r)
{
    struct str name, type = S(""), action = S(""), skipped;
    struct span s = { 0 };
    if (!json_enter_object(&r->j))
        stop(r, "wants a span");
    for (bool first = true; next_member(r, first, &name); first = false) {
        if (str_eq(name, S("field")))
            s.field = str_eq(text_of(r), S("achievements"));
        else if (str_eq(name, S("start")))
            s.from = number_of(r);
        else if (str_eq(name, S("end")))
            s.to = number_of(r);
        else if (str_eq(name, S("type")))
            type = text_of(r);
        else if (str_eq(name, S("action")))
            action = text_of(r);
        else if (!json_skip(&r->j, &skipped))
            stop(r, "wants a value");
    }
    s.mark = mark_of(type, action);
    if (r->a->n_spans == SPANS_MAX)
        stop(r, "too many spans");
    r->a->span[r->a->n_spans++] = s;
}

static void read_spans(struct reader *r)
{
    bool more = false;
    if (!json_enter_array(&r->j))
        stop(r, "wants spans");
    for (bool first = true; json_element(&r->j, first, &more) && more; first = false)
        read_span(r);
}

static void read_application(struct reader *r)
{
    struct scrub_identity *who = &r->a->who;
    const struct {
        const char *name;
        struct str *to;
    } members[] = { { "first_name", &who->first_name }, { "last_name", &who->last_name },
                    { "email", &who->email },           { "phone", &who->phone },
                    { "address", &who->address },       { "date_of_birth", &who->date_of_birth },
                    { field_names[0], &r->a->text[0] }, { field_names[1], &r->a->text[1] } };
    struct str name, skipped;
    if (!json_enter_object(&r->j))
        stop(r, "wants an object");
    for (bool first = true; next_member(r, first, &name); first = false) {
        struct str *to = NULL;
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
            to = str_eq(name, str_of(members[i].name)) ? members[i].to : to;
        if (to)
            *to = text_of(r);
        else if (str_eq(name, S("spans")))
            read_spans(r);
        else if (!json_skip(&r->j, &skipped))
            stop(r, "wants a value");
    }
}

/* The strongest mark on these bytes: what must go before what must stay. */
static enum mark marked(const struct application *a, uint32_t field, uint32_t from, uint32_t to)
{
    enum mark mark = MARK_NONE;
    for (size_t i = 0; i < a->n_spans; i++) {
        const struct span *s = &a->span[i];
        if (s->field != field || s->from >= to || s->to <= from)
            continue;
        if (s->mark >= MARK_PERSON && s->mark <= MARK_BODY)
            return s->mark;
        mark = mark == MARK_NONE || s->mark == MARK_OTHER ? s->mark : mark;
    }
    return mark;
}

static bool add_known(struct examples *all, uint64_t hash)
{
    size_t i = hash % (2 * EXAMPLES_MAX);
    for (; all->known[i]; i = (i + 1) % (2 * EXAMPLES_MAX))
        if (all->known[i] == hash)
            return false;
    all->known[i] = hash;
    return true;
}

static void add(struct examples *all, uint32_t tag, const uint16_t *row, size_t n)
{
    uint64_t hash = lex_step(lex_begin(n), tag);
    for (size_t i = 0; i < n; i++)
        hash = lex_step(hash, row[i]);
    if (all->n == EXAMPLES_MAX || !add_known(all, lex_end(hash)))
        return;
    struct example *e = &all->v[all->n++];
    *e = (struct example){ arena_array(all->mem, uint16_t, n), (uint32_t)n, tag };
    memcpy(e->row, row, n * sizeof(*row));
}

static void add_runs(struct examples *all, const struct application *a, struct pass *p,
                     uint32_t field)
{
    uint16_t row[TAGGER_FEATURES_MAX];
    for (size_t i = 0; i < p->n_noted; i++) {
        const struct noted_run *m = &p->noted[i];
        if (m->b < m->a)
            continue;
        const struct run r = run_at(p, m->k);
        const uint32_t from = fold_origin(&p->f, p->t.v[m->from].from, false);
        const enum mark mark = marked(a, field, from, fold_origin(&p->f, p->t.v[m->to].to, true));
        if (mark == MARK_OTHER || r.b < r.a)
            continue;
        const size_t n = tagger_features(p, &r, m->from, m->to, row);
        add(all, mark == MARK_NONE ? TAG_NONE : (uint32_t)mark, row, n);
    }
}

static void add_application(struct examples *all, struct reader *r, struct arena *mem)
{
    struct ctx c;
    struct pass passes[FIELDS];
    struct own *own = arena_array(mem, struct own, 1);
    ctx_init(&c, mem, NULL, 0);
    if (own_make(&c, &lexicon_builtin, &r->a->who, own) ||
        scrub_begin(&c, own, r->a->text, FIELDS, passes))
        stop(r, "cannot be scrubbed");
    for (uint32_t i = 0; i < FIELDS; i++)
        add_runs(all, r->a, &passes[i], i);
}

void examples_read(struct examples *all, const char *path)
{
    struct reader r = { .path = path };
    struct arena *mem = arena_open(NULL, APPLICATION_MEMORY_MAX);
    char *line = arena_array(all->mem, char, LINE_MAX_BYTES);
    FILE *f = fopen(path, "re");
    if (!f)
        stop(&r, "cannot be opened");
    for (r.line = 1; fgets(line, LINE_MAX_BYTES, f); r.line++) {
        const struct str text = str_trim(str_of(line));
        r.a = arena_array(mem, struct application, 1);
        json_init(&r.j, text, mem);
        read_application(&r);
        add_application(all, &r, mem);
        arena_reset(mem);
    }
    fclose(f);
    arena_close(mem);
}
