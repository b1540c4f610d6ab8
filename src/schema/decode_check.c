/* The rules of a field, in pydantic's types and words. */
#include "base/str.h"
#include "codec/id.h"
#include "codec/time.h"
#include "codec/utf8.h"
#include "schema/decode.h"

#include <math.h>

enum { HEX64_LEN = 64, DATE_LEN = 10, E2_SCALE = 100 };
#define E2_MOST 90071992547409.91

static const struct str no_ctx = { 0 };

/* {"NAME":N} */
static struct str count_ctx(struct decoder *d, const char *name, int64_t n)
{
    struct buf b;
    issue_text(d, &b);
    buf_fmt(&b, "{\"%s\":%lld}", name, (long long)n);
    return issue_text_end(d, &b);
}

/* {"NAME":"TEXT"} */
static struct str text_ctx(struct decoder *d, const char *name, struct str text)
{
    struct buf b;
    issue_text(d, &b);
    buf_fmt(&b, "{\"%s\":", name);
    json_write_str(&b, text);
    buf_c(&b, '}');
    return issue_text_end(d, &b);
}

static struct str joined(struct decoder *d, const char *head, struct str tail)
{
    struct buf b;
    issue_text(d, &b);
    buf_str(&b, str_of(head));
    buf_str(&b, tail);
    return issue_text_end(d, &b);
}

static void issue_length(struct decoder *d, const struct value *v, bool shorter, int64_t limit)
{
    struct buf b;
    issue_text(d, &b);
    buf_fmt(&b, "String should have at %s %lld character%s", shorter ? "least" : "most",
            (long long)limit, limit == 1 ? "" : "s");
    issue_add(d, v, shorter ? "string_too_short" : "string_too_long", issue_text_end(d, &b),
              count_ctx(d, shorter ? "min_length" : "max_length", limit));
}

/* False when an issue was added. A text is only counted when its bytes leave the answer open. */
static bool check_length(struct decoder *d, const struct value *v, struct str s)
{
    size_t least = v->f->min > 0 ? (size_t)v->f->min : 0;
    size_t most = v->f->max > 0 ? (size_t)v->f->max : SIZE_MAX;
    if (s.n <= most && s.n / 4 >= least)
        return true;
    size_t n = utf8_count(s);
    if (n < least)
        issue_length(d, v, true, (int64_t)least);
    if (n > most)
        issue_length(d, v, false, (int64_t)most);
    return n >= least && n <= most;
}

static bool is_hex64(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == HEX64_LEN;
}

static void issue_pattern(struct decoder *d, const struct value *v, struct str pattern)
{
    struct buf b;
    issue_text(d, &b);
    buf_lit(&b, "String should match pattern '");
    buf_str(&b, pattern);
    buf_c(&b, '\'');
    issue_add(d, v, "string_pattern_mismatch", issue_text_end(d, &b),
              text_ctx(d, "pattern", pattern));
}

static void check_format(struct decoder *d, const struct value *v, struct str s)
{
    struct str format = str_of(v->f->format);
    if (str_eq(format, S("email"))) {
        const char *reason = email_fault(s);
        if (reason)
            issue_add(d, v, "value_error",
                      joined(d, "value is not a valid email address: ", str_of(reason)),
                      text_ctx(d, "reason", str_of(reason)));
        return;
    }
    if (str_eq(format, S("id")) && !id_valid(s))
        issue_pattern(d, v, S("^[A-Za-z0-9_-]{1,50}$"));
    if (str_eq(format, S("hex64")) && !is_hex64(s))
        issue_pattern(d, v, S("^[0-9a-f]{64}$"));
}

/* Passwords may hold any character; they are hashed whole and never shown. */
void check_str(struct decoder *d, const struct value *v, struct str s)
{
    const char *format = v->f->format;
    bool any = format && str_eq(str_of(format), S("password"));
    if (!any && s.n && memchr(s.p, '\0', s.n)) {
        issue_add(d, v, "string_nul", S("String should not contain NUL"), no_ctx);
        return;
    }
    if (!check_length(d, v, s))
        return;
    if ((v->f->flags & FIELD_WORDS) && utf8_blank(s))
        issue_add(d, v, "value_error", S("Value error, it should hold more than blanks"),
                  S("{\"error\":{}}"));
    else if (format)
        check_format(d, v, s);
}

/* A limit in ctx is a float for float fields; in the message it is as short as can be. */
static void issue_limit(struct decoder *d, const struct value *v, const char *type, const char *key,
                        double limit)
{
    static const struct {
        const char *type, *words;
    } texts[] = {
        { "greater_than", "Input should be greater than " },
        { "greater_than_equal", "Input should be greater than or equal to " },
        { "less_than_equal", "Input should be less than or equal to " },
    };
    struct buf number, ctx;
    issue_text(d, &number);
    json_write_f64(&number, limit);
    struct str plain = issue_text_end(d, &number);
    struct str brief = str_ends(plain, S(".0")) ? str_sub(plain, 0, plain.n - 2) : plain;
    issue_text(d, &ctx);
    buf_fmt(&ctx, "{\"%s\":", key);
    buf_str(&ctx, v->f->type == F_I64 ? brief : plain);
    buf_c(&ctx, '}');
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i].type, type) == 0)
            issue_add(d, v, type, joined(d, texts[i].words, brief), issue_text_end(d, &ctx));
}

/* Both limits zero: none, unless the minimum is said to be open. A maximum below the minimum was
 * not given. Infinities stand for no limit too. */
bool check_range(struct decoder *d, const struct value *v, double x)
{
    const struct field *f = v->f;
    bool open = f->flags & FIELD_OPEN_MIN;
    bool none = f->min == 0 && f->max == 0;
    if (open && x <= f->min) {
        issue_limit(d, v, "greater_than", "gt", f->min);
        return false;
    }
    if (!open && !none && isfinite(f->min) && x < f->min) {
        issue_limit(d, v, "greater_than_equal", "ge", f->min);
        return false;
    }
    if (!none && f->max >= f->min && isfinite(f->max) && x > f->max) {
        issue_limit(d, v, "less_than_equal", "le", f->max);
        return false;
    }
    return true;
}

/* Entries of a list or map; what: "List" or "Dictionary". */
void check_count(struct decoder *d, const struct value *v, const char *what, size_t n)
{
    size_t least = v->f->min > 0 ? (size_t)v->f->min : 0;
    size_t most = v->f->type == F_MAP_E2 ? MAP_MAX : LIST_MAX;
    if (v->f->max > 0)
        most = (size_t)v->f->max;
    bool few = n < least;
    if (!few && n <= most)
        return;
    size_t limit = few ? least : most;
    struct buf msg, ctx;
    issue_text(d, &msg);
    buf_fmt(&msg, "%s should have at %s %zu item%s after validation, not %zu", what,
            few ? "least" : "most", limit, limit == 1 ? "" : "s", n);
    issue_text(d, &ctx);
    buf_fmt(&ctx, "{\"field_type\":\"%s\",\"%s\":%zu,\"actual_length\":%zu}", what,
            few ? "min_length" : "max_length", limit, n);
    issue_add(d, v, few ? "too_short" : "too_long", issue_text_end(d, &msg),
              issue_text_end(d, &ctx));
}

/* 'a', 'b' or 'c' */
static struct str expected_names(struct decoder *d, const struct names *names)
{
    struct buf b;
    issue_text(d, &b);
    for (unsigned i = 0; i < names->n; i++) {
        if (i)
            buf_str(&b, i + 1 == names->n ? S(" or ") : S(", "));
        buf_fmt(&b, "'%s'", names->v[i]);
    }
    return issue_text_end(d, &b);
}

void issue_enum(struct decoder *d, const struct value *v)
{
    struct str expected = expected_names(d, v->f->names);
    issue_add(d, v, "enum", joined(d, "Input should be ", expected),
              text_ctx(d, "expected", expected));
}

void check_enum(struct decoder *d, const struct value *v, struct str s, int32_t *ret)
{
    int i = names_find(v->f->names, s);
    if (i < 0)
        issue_enum(d, v);
    else
        *ret = i;
}

static bool digits_at(struct str s, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static const char *date_fault(struct str s)
{
    int64_t us;
    if (s.n < DATE_LEN)
        return "input is too short";
    if (!digits_at(s, 0, 4))
        return "invalid character in year";
    if (s.p[4] != '-' || s.p[7] != '-')
        return "invalid date separator, expected `-`";
    if (!digits_at(s, 5, 2))
        return "invalid character in month";
    if (!digits_at(s, 8, 2))
        return "invalid character in day";
    int month = (s.p[5] - '0') * 10 + s.p[6] - '0';
    if (month < 1 || month > 12)
        return "month value is outside expected range of 1-12";
    if (memcmp(s.p, "0000", 4) == 0)
        return "year 0 is out of range";
    if (!time_read(str_sub(s, 0, DATE_LEN), &us))
        return "day value is outside expected range";
    return "unexpected extra characters at the end of the input";
}

void check_time(struct decoder *d, const struct value *v, struct str s, int64_t *ret)
{
    if (time_read(s, ret))
        return;
    struct str fault = str_of(date_fault(s));
    issue_add(d, v, "datetime_from_date_parsing",
              joined(d, "Input should be a valid datetime or date, ", fault),
              text_ctx(d, "error", fault));
}

/* A number's text to hundredths; the range is checked first, as the plainer complaint. */
void check_e2(struct decoder *d, const struct value *v, struct str number, int64_t *ret)
{
    double x;
    if (!json_to_f64(number, &x)) {
        issue_add(d, v, "float_type", S("Input should be a valid number"), no_ctx);
        return;
    }
    if (!check_range(d, v, x) || json_to_e2(number, ret))
        return;
    if (fabs(x) >= E2_MOST) {
        bool low = x < 0;
        issue_limit(d, v, low ? "greater_than_equal" : "less_than_equal", low ? "ge" : "le",
                    low ? -E2_MOST : E2_MOST);
        return;
    }
    issue_add(d, v, "decimal_max_places", S("Input should have no more than 2 decimal places"),
              count_ctx(d, "decimal_places", 2));
}

/* A number's text to an integer; 85.0 and 1e2 are integers too. */
void check_whole(struct decoder *d, const struct value *v, struct str number, int64_t *ret)
{
    int64_t i, hundredths;
    double x;
    if (!json_to_i64(number, &i)) {
        bool small = json_to_e2(number, &hundredths);
        if (small && hundredths % E2_SCALE == 0) {
            i = hundredths / E2_SCALE;
        } else if (small || (json_to_f64(number, &x) && nearbyint(x) != x)) {
            issue_add(d, v, "int_from_float",
                      S("Input should be a valid integer, got a number with a fractional part"),
                      no_ctx);
            return;
        } else {
            issue_add(d, v, "int_parsing_size",
                      S("Unable to parse input string as an integer, exceeded maximum size"),
                      no_ctx);
            return;
        }
    }
    if (check_range(d, v, (double)i))
        *ret = i;
}
