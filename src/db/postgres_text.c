/* A statement's text for PostgreSQL: `:name` becomes $n, and what the statement does is told from
 * its words. Strings, quoted names, comments and casts are passed by. */
#include "base/str.h"
#include "db/postgres.h"

enum { TEXT_MAX = 1 << 17, WORD_MAX = 16 };

struct scan {
    struct ctx *c;
    struct str in;
    size_t at;
    int depth; /* of brackets */
    struct buf out, names;
    size_t name_at[DB_PARAMS_MAX]; /* in names */
    size_t n;
    char word[WORD_MAX]; /* the last one outside brackets, in capitals */
    bool first_done;
    struct pg_stmt *s;
};

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (c & 0x80) != 0;
}

static char peek(const struct scan *k, size_t ahead)
{
    return k->at + ahead < k->in.n ? k->in.p[k->at + ahead] : '\0';
}

static void pass(struct scan *k, size_t n)
{
    buf_str(&k->out, str_sub(k->in, k->at, n));
    k->at += n;
}

/* To the closing quote; a doubled one is a part of the text. */
static void pass_quoted(struct scan *k, char quote)
{
    pass(k, 1);
    while (k->at < k->in.n) {
        char c = peek(k, 0);
        bool twice = c == quote && peek(k, 1) == quote;
        pass(k, twice ? 2 : 1);
        if (c == quote && !twice)
            return;
    }
}

static void pass_line(struct scan *k)
{
    while (k->at < k->in.n && peek(k, 0) != '\n')
        pass(k, 1);
}

/* They nest, as PostgreSQL's do. */
static void pass_comment(struct scan *k)
{
    int depth = 0;
    do {
        bool opens = peek(k, 0) == '/' && peek(k, 1) == '*';
        bool closes = peek(k, 0) == '*' && peek(k, 1) == '/';
        depth += opens ? 1 : closes ? -1 : 0;
        pass(k, opens || closes ? 2 : 1);
    } while (depth > 0 && k->at < k->in.n);
}

static size_t name_number(struct scan *k, struct str name)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(str_of(k->names.p + k->name_at[i]), name))
            return i;
    return k->n;
}

static err put_param(struct scan *k)
{
    size_t n = 0;
    k->at++;
    while (is_word(peek(k, n)))
        n++;
    struct str name = str_sub(k->in, k->at, n);
    size_t i = name_number(k, name);
    if (i == DB_PARAMS_MAX)
        return FAIL(k->c, INTERNAL, "a query has too many parameters");
    if (i == k->n) {
        k->name_at[k->n++] = k->names.n;
        buf_str(&k->names, name);
        buf_c(&k->names, '\0');
    }
    buf_fmt(&k->out, "$%zu", i + 1);
    k->at += n;
    return ERR_OK;
}

static bool word_is(const struct scan *k, const char *word)
{
    return strcmp(k->word, word) == 0;
}

/* INSERT, UPDATE and DELETE at the head, or after WITH; FOR UPDATE is none. */
static void judge_word(struct scan *k, bool after_for)
{
    struct pg_stmt *s = k->s;
    bool change = word_is(k, "INSERT") || word_is(k, "UPDATE") || word_is(k, "DELETE");
    if (!k->first_done) {
        s->changes = change;
        s->selects = word_is(k, "SELECT") || word_is(k, "WITH") || word_is(k, "VALUES");
        k->first_done = true;
    } else if (change && !after_for && s->selects) {
        s->changes = true;
        s->selects = false;
    }
}

static void pass_word(struct scan *k)
{
    bool after_for = word_is(k, "FOR");
    size_t n = 0;
    while (is_word(peek(k, n)))
        n++;
    if (k->depth == 0) {
        size_t kept = n < WORD_MAX - 1 ? n : WORD_MAX - 1;
        for (size_t i = 0; i < kept; i++) {
            char c = peek(k, i);
            k->word[i] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
        }
        k->word[kept] = '\0';
        judge_word(k, after_for);
    }
    pass(k, n);
}

static err scan_one(struct scan *k)
{
    char c = peek(k, 0), next = peek(k, 1);
    if (c == '\'' || c == '"')
        pass_quoted(k, c);
    else if (c == '-' && next == '-')
        pass_line(k);
    else if (c == '/' && next == '*')
        pass_comment(k);
    else if (c == ':' && next == ':')
        pass(k, 2);
    else if (c == ':' && is_word(next))
        return put_param(k);
    else if (c == '$' && next >= '0' && next <= '9')
        return FAIL(k->c, INTERNAL, "a query has a parameter without a name");
    else if (is_word(c))
        pass_word(k);
    else {
        k->depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        pass(k, 1);
    }
    return ERR_OK;
}

static err scan_all(struct scan *k)
{
    while (k->at < k->in.n)
        TRY(scan_one(k));
    buf_c(&k->out, '\0');
    if (!buf_ok(&k->out) || !buf_ok(&k->names))
        return FAIL(k->c, TOO_LARGE, "a statement is too long");
    return k->first_done ? ERR_OK : FAIL(k->c, INTERNAL, "a query is empty");
}

err pg_rewrite(struct ctx *c, const char *sql, struct pg_stmt *s)
{
    struct scan k = { .c = c, .in = str_of(sql), .s = s };
    buf_init(&k.out, NULL, TEXT_MAX);
    buf_init(&k.names, NULL, TEXT_MAX);
    err e = scan_all(&k);
    if (e != ERR_OK) {
        buf_done(&k.out);
        buf_done(&k.names);
        return e;
    }
    s->sql = k.out.p;
    s->names = k.names.p;
    s->n_params = k.n;
    for (size_t i = 0; i < k.n; i++)
        s->param[i] = s->names + k.name_at[i];
    return ERR_OK;
}
