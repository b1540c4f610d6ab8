/* domain/entry.c: entries of format v1 (AUDIT 2.3), written and read strictly.
 * Reading is one pass over the text in the only order that canonical form allows: no tree, no
 * allocation, so that a verifier can pass a million entries a second. */
#include "base/str.h"
#include "domain/audit_act.h"

enum {
    ENTRY_ID_MAX = 50,
    ENTRY_LOG_MAX = 200,
    ENTRY_DEPTH_MAX = 4,
    ENTRY_HASH_HEX = 64,
    ENTRY_NONCE_HEX = 32,
    ENTRY_NAME_MAX = 64
};
#define ENTRY_INT_MAX ((int64_t)9007199254740991) /* 2^53 - 1 */

struct scan {
    const char *at, *end;
    const char *why; /* the first rule broken */
};

static bool broken(struct scan *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return false;
}

static bool take(struct scan *s, const char *lit, size_t n)
{
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, lit, n) != 0)
        return broken(s, "members are not exactly those of the format, in order");
    s->at += n;
    return true;
}
#define TAKE(s, lit) take((s), "" lit, sizeof(lit) - 1)

static bool next_is(const struct scan *s, char ch)
{
    return s->at < s->end && *s->at == ch;
}

/* The text has no control bytes and no backslash by now, so a quote always ends the string. */
static bool take_string(struct scan *s, struct str *ret)
{
    if (!next_is(s, '"'))
        return broken(s, "a string is expected");
    const char *from = s->at + 1;
    const char *to = memchr(from, '"', (size_t)(s->end - from));
    if (!to)
        return broken(s, "a string does not end");
    *ret = (struct str){ from, (size_t)(to - from) };
    s->at = to + 1;
    return true;
}

static bool take_string_or_null(struct scan *s, struct str *ret)
{
    if (next_is(s, '"'))
        return take_string(s, ret);
    *ret = (struct str){ NULL, 0 };
    return TAKE(s, "null");
}

static bool take_int(struct scan *s, int64_t *ret)
{
    bool minus = next_is(s, '-');
    const char *p = s->at + (minus ? 1 : 0);
    const char *first = p;
    int64_t v = 0;
    while (p < s->end && *p >= '0' && *p <= '9' && p - first < 17)
        v = v * 10 + (*p++ - '0');
    bool zero_led = p - first > 1 && *first == '0';
    if (p == first || zero_led || v > ENTRY_INT_MAX || (minus && v == 0))
        return broken(s, "a number is not a canonical integer below 2^53");
    s->at = p;
    *ret = minus ? -v : v;
    return true;
}

/* Eight bytes at a time: most of an entry is hex, and all of it is checked. */
#define EACH(byte) (0x0101010101010101ULL * (byte))

static uint64_t eight(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    return x;
}

/* Bytes are below 0x80 by now, so no sum carries into the next byte. */
static bool eight_hex(uint64_t x)
{
    uint64_t digit = (x + EACH(0x80 - '0')) & ~(x + EACH(0x7f - '9'));
    uint64_t letter = (x + EACH(0x80 - 'a')) & ~(x + EACH(0x7f - 'f'));
    return ((digit | letter) & EACH(0x80)) == EACH(0x80);
}

/* n is a multiple of eight. */
static bool lower_hex(struct str s, size_t n)
{
    if (s.n != n)
        return false;
    bool good = true;
    for (size_t i = 0; i < n; i += 8)
        good &= eight_hex(eight(s.p + i));
    return good;
}

static bool id_like(struct str s)
{
    if (s.n == 0 || s.n > ENTRY_ID_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool fine = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= 'a' && ch <= 'z') || ch == '_' || ch == '-';
        if (!fine)
            return false;
    }
    return true;
}

/* The next name of a comma-separated list, without its '?'. False at the end. */
static bool spec_next(const char **spec, struct str *ret_name, bool *ret_optional)
{
    const char *p = *spec;
    if (*p == '\0')
        return false;
    size_t n = 0;
    while (p[n] != '\0' && p[n] != ',')
        n++;
    *ret_optional = n > 0 && p[n - 1] == '?';
    *ret_name = (struct str){ p, *ret_optional ? n - 1 : n };
    *spec = p[n] == ',' ? p + n + 1 : p + n;
    return true;
}

/* Moves the list past `name`; only optional members may be passed over. */
static bool spec_reach(struct scan *s, const char **spec, struct str name)
{
    struct str want;
    bool optional;
    while (spec_next(spec, &want, &optional)) {
        if (str_eq(want, name))
            return true;
        if (!optional)
            return broken(s, "a member of data or commits is missing or out of order");
    }
    return broken(s, "data or commits hold a member that the act does not have");
}

static bool spec_done(struct scan *s, const char *spec)
{
    struct str want;
    bool optional;
    while (spec_next(&spec, &want, &optional))
        if (!optional)
            return broken(s, "a member of data or commits is missing");
    return true;
}

static bool take_commits(struct scan *s, const char *spec, struct entry *e)
{
    if (!TAKE(s, "{"))
        return false;
    e->n_commits = 0;
    while (!next_is(s, '}')) {
        if (e->n_commits == ENTRY_COMMITS_MAX)
            return broken(s, "too many commitments");
        if (e->n_commits && !TAKE(s, ","))
            return false;
        struct entry_commit *one = &e->commits[e->n_commits++];
        struct str hex;
        if (!take_string(s, &one->name) || !spec_reach(s, &spec, one->name) || !TAKE(s, ":") ||
            !take_string(s, &hex))
            return false;
        if (!lower_hex(hex, ENTRY_HASH_HEX))
            return broken(s, "a commitment is not 64 lower-case hex digits");
        memcpy(one->hex, hex.p, ENTRY_HASH_HEX);
        one->hex[ENTRY_HASH_HEX] = '\0';
    }
    return TAKE(s, "}") && spec_done(s, spec);
}

static bool take_value(struct scan *s, unsigned depth);

static bool take_array(struct scan *s, unsigned depth)
{
    if (!TAKE(s, "["))
        return false;
    for (bool first = true; !next_is(s, ']'); first = false)
        if ((!first && !TAKE(s, ",")) || !take_value(s, depth + 1))
            return false;
    return TAKE(s, "]");
}

/* spec NULL: any names, but sorted and unique. */
static bool take_object(struct scan *s, const char *spec, unsigned depth)
{
    struct str before = { NULL, 0 }, name;
    if (!TAKE(s, "{"))
        return false;
    while (!next_is(s, '}')) {
        if ((before.p && !TAKE(s, ",")) || !take_string(s, &name))
            return false;
        if (name.n > ENTRY_NAME_MAX || (before.p && str_cmp(before, name) >= 0))
            return broken(s, "names are not sorted and unique");
        if (spec && !spec_reach(s, &spec, name))
            return false;
        if (!TAKE(s, ":") || !take_value(s, depth + 1))
            return false;
        before = name;
    }
    return TAKE(s, "}") && (!spec || spec_done(s, spec));
}

static bool take_value(struct scan *s, unsigned depth)
{
    struct str text;
    int64_t number;
    if (depth > ENTRY_DEPTH_MAX)
        return broken(s, "data is nested too deeply");
    if (s->at >= s->end)
        return broken(s, "a value is expected");
    switch (*s->at) {
    case '"':
        return take_string(s, &text);
    case '{':
        return take_object(s, NULL, depth);
    case '[':
        return take_array(s, depth);
    case 't':
        return TAKE(s, "true");
    case 'f':
        return TAKE(s, "false");
    case 'n':
        return TAKE(s, "null");
    default:
        return take_int(s, &number);
    }
}

static bool in_list(struct str kind, const char *list)
{
    struct str rest = str_of(list), one;
    while (rest.p) {
        rest = str_cut(rest, '|', &one);
        if (str_eq(one, kind))
            return true;
    }
    return false;
}

/* "admin:ADM_1" is of the kind admin; "llm:worker+judge" of the kind llm. */
static bool actor_fits(struct str actor, const char *actors)
{
    struct str kind, rest = str_cut(actor, ':', &kind);
    if (str_eq(kind, S("admin")) || str_eq(kind, S("auditor")))
        return rest.p && id_like(rest) && in_list(kind, actors);
    if (str_eq(kind, S("llm")) || str_eq(kind, S("builtin")))
        return rest.p && str_eq(rest, S("worker+judge")) && in_list(kind, actors);
    return !rest.p && in_list(kind, actors);
}

static bool subject_fits(struct str subj, enum act_subject want)
{
    static const struct str prefix[] = {
        [SUBJ_CYCLE] = S_INIT("cycle:"),     [SUBJ_APPLICATION] = S_INIT("application:"),
        [SUBJ_ANON] = S_INIT("anon:"),       [SUBJ_ADMIN] = S_INIT("admin:"),
        [SUBJ_STUDENT] = S_INIT("student:"), [SUBJ_INTERVIEW] = S_INIT("interview:"),
        [SUBJ_FLAG] = S_INIT("flag:"),
    };
    if (want == SUBJ_NONE)
        return !subj.p;
    if (want == SUBJ_APPLICANT)
        return subject_fits(subj, SUBJ_APPLICATION) || subject_fits(subj, SUBJ_ANON);
    return subj.p && str_starts(subj, prefix[want]) &&
           id_like(str_sub(subj, prefix[want].n, subj.n));
}

/* The name of a note key (C2SP): no blanks, no plus. */
static bool log_fits(struct str log)
{
    if (log.n == 0 || log.n > ENTRY_LOG_MAX)
        return false;
    return !memchr(log.p, ' ', log.n) && !memchr(log.p, '+', log.n);
}

/* Eight bytes at a time: a million entries pass through here. In each word the high bit of a byte
 * is set in `bad` when the byte is below 0x20, above 0x7e or a backslash; a borrow can only come
 * from a byte that is bad itself. */
static bool plain_byte(unsigned char ch)
{
    return ch >= 0x20 && ch <= 0x7e && ch != '\\';
}

/* Nonzero when a byte of x is zero. */
static uint64_t zero_in(uint64_t x)
{
    return (x - EACH(0x01)) & ~x & EACH(0x80);
}

static bool plain_bytes(struct str text)
{
    uint64_t bad = 0;
    size_t i = 0;
    for (; i + 8 <= text.n; i += 8) {
        uint64_t x = eight(text.p + i);
        bad |= (x & EACH(0x80)) | ((x - EACH(0x20)) & ~x & EACH(0x80));
        bad |= zero_in(x ^ EACH(0x7f)) | zero_in(x ^ EACH('\\'));
    }
    for (; i < text.n; i++)
        bad |= !plain_byte((unsigned char)text.p[i]);
    return bad == 0;
}

static bool take_tail(struct scan *s, struct entry *e)
{
    if (!TAKE(s, ",\"idx\":") || !take_int(s, &e->idx) || !TAKE(s, ",\"log\":") ||
        !take_string(s, &e->log) || !TAKE(s, ",\"nonce\":") || !take_string(s, &e->nonce_hex) ||
        !TAKE(s, ",\"prev\":") || !take_string(s, &e->prev_hex) || !TAKE(s, ",\"subj\":") ||
        !take_string_or_null(s, &e->subj) || !TAKE(s, ",\"ts\":") || !take_int(s, &e->ts_ms))
        return false;
    if (!TAKE(s, ",\"v\":1}"))
        return broken(s, "the version is not 1");
    return s->at == s->end || broken(s, "bytes follow the entry");
}

static bool values_fit(struct scan *s, const struct audit_act *act, const struct entry *e)
{
    if (!actor_fits(e->actor, act->actors))
        return broken(s, "the actor may not do this act");
    if (!subject_fits(e->subj, act->subject))
        return broken(s, "the subject is not of the kind that the act has");
    if (e->cycle.p && !id_like(e->cycle))
        return broken(s, "the cycle is not an identifier");
    if (e->idx < 0 || e->ts_ms < 0)
        return broken(s, "index and time may not be negative");
    if (!log_fits(e->log))
        return broken(s, "the log has no proper name");
    if (!lower_hex(e->nonce_hex, ENTRY_NONCE_HEX) || !lower_hex(e->prev_hex, ENTRY_HASH_HEX))
        return broken(s, "nonce or prev is not lower-case hex of its length");
    return true;
}

static bool scan_entry(struct scan *s, struct entry *e)
{
    if (!TAKE(s, "{\"act\":") || !take_string(s, &e->act))
        return false;
    const struct audit_act *act = audit_act_of(e->act);
    if (!act)
        return broken(s, "the act is not known");
    if (!TAKE(s, ",\"actor\":") || !take_string(s, &e->actor) || !TAKE(s, ",\"commits\":") ||
        !take_commits(s, act->commits, e) || !TAKE(s, ",\"cycle\":") ||
        !take_string_or_null(s, &e->cycle) || !TAKE(s, ",\"data\":"))
        return false;
    const char *from = s->at;
    if (!take_object(s, act->data, 0))
        return false;
    e->data = (struct str){ from, (size_t)(s->at - from) };
    return take_tail(s, e) && values_fit(s, act, e);
}

bool entry_read(struct str text, struct entry *ret, const char **reterr_why)
{
    struct scan s = { .at = text.p, .end = text.p ? text.p + text.n : NULL };
    bool good = text.n > 0 && text.n <= ENTRY_MAX ? true : broken(&s, "the length is out of range");
    if (good && !plain_bytes(text))
        good = broken(&s, "a byte is not printable ASCII, or is a backslash");
    good = good && scan_entry(&s, ret);
    if (!good && reterr_why)
        *reterr_why = s.why;
    return good;
}

static void put_text(struct buf *b, struct str s)
{
    if (!s.p) {
        buf_lit(b, "null");
        return;
    }
    buf_c(b, '"');
    buf_str(b, s);
    buf_c(b, '"');
}

static void put_head(struct buf *b, const struct entry *e)
{
    buf_lit(b, "{\"act\":");
    put_text(b, e->act);
    buf_lit(b, ",\"actor\":");
    put_text(b, e->actor);
    buf_lit(b, ",\"commits\":{");
    for (size_t i = 0; i < e->n_commits; i++) {
        if (i)
            buf_c(b, ',');
        put_text(b, e->commits[i].name);
        buf_c(b, ':');
        put_text(b, (struct str){ e->commits[i].hex, strnlen(e->commits[i].hex, ENTRY_HASH_HEX) });
    }
    buf_lit(b, "},\"cycle\":");
    put_text(b, e->cycle);
    buf_lit(b, ",\"data\":");
    buf_str(b, e->data.p ? e->data : S("{}"));
}

static bool same_parts(const struct entry *a, const struct entry *b)
{
    return str_eq(a->act, b->act) && str_eq(a->actor, b->actor) && a->n_commits == b->n_commits &&
           a->cycle.n == b->cycle.n && a->subj.n == b->subj.n && a->idx == b->idx &&
           a->ts_ms == b->ts_ms && a->log.n == b->log.n && a->nonce_hex.n == b->nonce_hex.n &&
           a->data.n == (b->data.p ? b->data.n : 2);
}

bool entry_write(struct buf *b, const struct entry *e)
{
    size_t from = b->n;
    if (e->n_commits > ENTRY_COMMITS_MAX)
        return false;
    put_head(b, e);
    buf_lit(b, ",\"idx\":");
    buf_i64(b, e->idx);
    buf_lit(b, ",\"log\":");
    put_text(b, e->log);
    buf_lit(b, ",\"nonce\":");
    put_text(b, e->nonce_hex);
    buf_lit(b, ",\"prev\":");
    put_text(b, e->prev_hex);
    buf_lit(b, ",\"subj\":");
    put_text(b, e->subj);
    buf_lit(b, ",\"ts\":");
    buf_i64(b, e->ts_ms);
    buf_lit(b, ",\"v\":1}");
    if (!buf_ok(b))
        return false;
    /* What this process writes is held to the same rules as what it reads. The parts are compared
     * too, so that a quote inside a value cannot end its string early and forge a member. */
    struct entry again;
    return entry_read(str_sub(buf_view(b), from, b->n), &again, NULL) && same_parts(&again, e);
}
