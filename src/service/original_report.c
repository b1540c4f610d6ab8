/* What became of the rows of an original installation, in counts and ids. */
#include "base/str.h"
#include "service/original_inner.h"

#define X(name, kind, text) [ON_##name] = { NOTE_##kind, text },
static const struct {
    enum note_kind kind;
    const char *text;
} notes[ON_COUNT] = { NOTES(X) };
#undef X

static const struct field table_fields[] = {
    FIELD_STR(struct original_table_count, table, .doc = "Table of the original."),
    FIELD_I64(struct original_table_count, source, .doc = "Rows there."),
    FIELD_I64(struct original_table_count, imported, .doc = "Rows that this run brought."),
    FIELD_I64(struct original_table_count, already, .doc = "Rows that an earlier run brought."),
    FIELD_I64(struct original_table_count, left_out, .doc = "Rows that could not be brought."),
    FIELD_I64(struct original_table_count, dropped, .doc = "Sign-ins; all must sign in again."),
    FIELD_I64(struct original_table_count, later, .doc = "Rows this version does not store."),
};
SCHEMA(original_table_count_schema, "OriginalTableCount", struct original_table_count,
       table_fields);
static const struct field remark_fields[] = {
    FIELD_STR(struct original_remark, problem, .doc = "What was found."),
    FIELD_I64(struct original_remark, rows, .doc = "In so many rows."),
    FIELD_BOOL(struct original_remark, left_out, .doc = "Whether these rows were left out."),
};
static SCHEMA(remark_schema, "OriginalRemark", struct original_remark, remark_fields);
static const struct field problem_fields[] = {
    FIELD_STR(struct original_problem, table, .doc = "Table of the original."),
    FIELD_STR(struct original_problem, id, .doc = "The row's identifier."),
    FIELD_STR(struct original_problem, problem, .doc = "What was found."),
};
static SCHEMA(problem_schema, "OriginalProblem", struct original_problem, problem_fields);
static const struct field chain_fields[] = {
    FIELD_STR(struct original_chain, kind, .doc = "decisions or audit."),
    FIELD_I64(struct original_chain, rows, .doc = "Rows that this run brought."),
    FIELD_I64(struct original_chain, breaks, .doc = "Rows that do not verify."),
    FIELD_STR(struct original_chain, head, .flags = FIELD_NULL, .doc = "Hash of the last row."),
    FIELD_LIST(struct original_chain, broken, .doc = "The first 100: id and what is wrong."),
};
static SCHEMA(chain_schema, "OriginalChain", struct original_chain, chain_fields);
static const struct field report_fields[] = {
    FIELD_BOOL(struct original_report, dry_run, .doc = "Everything was taken back."),
    FIELD_BOOL(struct original_report, complete, .doc = "Nothing left out, no break in a chain."),
    FIELD_STR(struct original_report, schema, .doc = "Migration that the original is at."),
    FIELD_LIST(struct original_report, tables, .of = &original_table_count_schema,
               .doc = "Rows by table."),
    FIELD_LIST(struct original_report, remarks, .of = &remark_schema, .doc = "Findings by kind."),
    FIELD_LIST(struct original_report, chains, .of = &chain_schema, .doc = "The hash chains."),
    FIELD_LIST(struct original_report, problems, .of = &problem_schema,
               .doc = "The first 1000 findings by row."),
    FIELD_I64(struct original_report, problems_total, .doc = "Findings in all."),
    FIELD_STR(struct original_report, message, .doc = "One sentence."),
};
SCHEMA(original_report_schema, "OriginalReport", struct original_report, report_fields);

void note_many(struct importer *im, enum original_table table, struct str id, enum note n,
               int64_t rows)
{
    struct tally *t = im->tally;
    t->notes[n] += rows;
    if (notes[n].kind == NOTE_LEFT)
        t->left[table] += rows;
    if (notes[n].kind == NOTE_COUNT_ONLY)
        return;
    if (t->n_problems++ >= ORIGINAL_PROBLEMS_MAX)
        return;
    t->problems[t->n_problems - 1] = (struct original_problem){
        .table = str_of(original_table_text[table]),
        .id = str_keep(im->keep, str_sub(id, 0, ID_MAX)),
        .problem = str_of(notes[n].text),
    };
}

void note(struct importer *im, enum original_table table, struct str id, enum note n)
{
    note_many(im, table, id, n, 1);
}

void note_i64(struct importer *im, enum original_table table, int64_t id, enum note n)
{
    char text[24];
    const int len = snprintf(text, sizeof(text), "%lld", (long long)id);
    note(im, table, (struct str){ text, len > 0 ? (size_t)len : 0 }, n);
}

static bool is_sign_in(enum original_table t)
{
    return t == ORIG_ADMIN_SESSIONS || t == ORIG_STUDENT_SESSIONS || t == ORIG_STUDENT_AUTH_STATES;
}

static bool is_later(enum original_table t)
{
    return t >= ORIG_LIVE_TRANSCRIPTS;
}

static struct list table_rows(struct ctx *c, const struct importer *im, int64_t *ret_missing)
{
    struct original_table_count *v =
        arena_array(c->mem, struct original_table_count, ORIG_TABLE_COUNT);
    for (int i = 0; i < ORIG_TABLE_COUNT; i++) {
        const enum original_table t = (enum original_table)i;
        v[i] = (struct original_table_count){
            .table = str_of(original_table_text[i]),
            .source = im->source[i],
            .imported = im->tally->imported[i],
            .already = im->tally->already[i],
            .left_out = im->tally->left[i],
            .dropped = is_sign_in(t) ? im->source[i] : 0,
            .later = is_later(t) ? im->source[i] : 0,
        };
        *ret_missing += v[i].left_out + v[i].later;
    }
    return (struct list){ v, ORIG_TABLE_COUNT };
}

static struct list remark_rows(struct ctx *c, const struct importer *im)
{
    struct original_remark *v = arena_array(c->mem, struct original_remark, ON_COUNT);
    size_t n = 0;
    for (int i = 0; i < ON_COUNT; i++)
        if (im->tally->notes[i])
            v[n++] = (struct original_remark){ .problem = str_of(notes[i].text),
                                               .rows = im->tally->notes[i],
                                               .left_out = notes[i].kind == NOTE_LEFT };
    return (struct list){ v, n };
}

static struct list problem_rows(struct ctx *c, const struct importer *im)
{
    const struct tally *t = im->tally;
    const size_t n = t->n_problems < ORIGINAL_PROBLEMS_MAX ? (size_t)t->n_problems
                                                           : (size_t)ORIGINAL_PROBLEMS_MAX;
    struct original_problem *v = arena_array(c->mem, struct original_problem, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        v[i] = t->problems[i];
        v[i].id = str_keep(c->mem, v[i].id);
    }
    return (struct list){ v, n };
}

static struct list broken_rows(struct ctx *c, const struct broken_row *broken, int64_t breaks)
{
    const size_t n = breaks < ORIGINAL_BROKEN_MAX ? (size_t)breaks : (size_t)ORIGINAL_BROKEN_MAX;
    struct str *v = arena_array(c->mem, struct str, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        v[i] =
            str_fmt(c->mem, "%lld: %s", (long long)broken[i].id, legacy_break_text(broken[i].bits));
    return (struct list){ v, n };
}

static struct list chain_rows(struct ctx *c, const struct importer *im, int64_t *ret_breaks)
{
    struct original_chain *v = arena_array(c->mem, struct original_chain, 2);
    for (int i = 0; i < 2; i++) {
        const struct legacy_chain *ch = &im->tally->chains[i].chain;
        v[i] = (struct original_chain){
            .kind = str_of(legacy_kind_names.v[i]),
            .rows = ch->count,
            .breaks = ch->breaks,
            .head = ch->count ? str_keep(c->mem, str_of(ch->head)) : (struct str){ 0 },
            .broken = broken_rows(c, im->tally->chains[i].broken, ch->breaks),
        };
        *ret_breaks += ch->breaks;
    }
    return (struct list){ v, 2 };
}

static struct str message_of(struct ctx *c, const struct importer *im, int64_t missing,
                             int64_t breaks)
{
    int64_t n = 0, left = 0;
    for (int i = 0; i < ORIG_TABLE_COUNT; i++) {
        n += im->tally->imported[i];
        left += im->tally->left[i];
    }
    const char *verb = im->o->dry_run ? "would be imported" : "imported";
    if (missing == 0 && breaks == 0)
        return str_fmt(c->mem, "%lld rows %s, nothing left out", (long long)n, verb);
    return str_fmt(c->mem,
                   "%lld rows %s, %lld left out, %lld that this version does not store, "
                   "%lld breaks in the chains",
                   (long long)n, verb, (long long)left, (long long)(missing - left),
                   (long long)breaks);
}

void original_report_write(struct ctx *c, const struct importer *im, struct original_report *ret)
{
    int64_t missing = 0, breaks = 0;
    *ret = (struct original_report){
        .dry_run = im->o->dry_run,
        .schema = str_keep(c->mem, im->version),
        .tables = table_rows(c, im, &missing),
        .remarks = remark_rows(c, im),
        .problems = problem_rows(c, im),
        .chains = chain_rows(c, im, &breaks),
        .problems_total = im->tally->n_problems,
    };
    ret->complete = missing == 0 && breaks == 0;
    ret->message = message_of(c, im, missing, breaks);
}
