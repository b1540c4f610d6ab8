/* Members of valid JSON objects by name, and their values by type. */
#include "domain/bias_json.h"

#include <math.h>

#include "base/str.h"

struct str json_pick_one(struct arena *mem, struct str object, const char *name)
{
    struct str found = { 0 }, value, key;
    struct json j;
    bool more = false;
    json_init(&j, object, mem);
    if (!json_enter_object(&j))
        return found;
    for (bool first = true; json_member(&j, first, &more, &key) && more; first = false) {
        if (!json_skip(&j, &value))
            break;
        if (str_eq(key, str_of(name)))
            found = value;
    }
    return found;
}

struct str json_pick(struct arena *mem, struct str object, const char *const *names)
{
    struct str found = { 0 };
    for (; *names && !found.p; names++)
        found = json_pick_one(mem, object, *names);
    return found;
}

enum json_type json_kind(struct str value)
{
    struct json j;
    json_init(&j, value, NULL);
    return value.p ? json_peek(&j) : JSON_END;
}

bool json_as_str(struct arena *mem, struct str value, struct str *ret)
{
    struct json j;
    if (json_kind(value) != JSON_STRING)
        return false;
    json_init(&j, value, mem);
    return json_string(&j, ret);
}

bool json_as_f64(struct str value, double *ret)
{
    struct json j;
    struct str number;
    if (json_kind(value) != JSON_NUMBER)
        return false;
    json_init(&j, value, NULL);
    return json_number(&j, &number) && json_to_f64(number, ret);
}

bool json_as_bool(struct str value, bool *ret)
{
    const enum json_type type = json_kind(value);
    if (type != JSON_TRUE && type != JSON_FALSE)
        return false;
    *ret = type == JSON_TRUE;
    return true;
}

bool json_as_seconds(struct str value, int64_t *ret_us)
{
    static const double limit_s = 1e11, us = 1e6;
    double s;
    if (!json_as_f64(value, &s) || !(fabs(s) <= limit_s))
        return false;
    *ret_us = (int64_t)llround(s * us);
    return true;
}

bool json_as_array(struct arena *mem, struct str value, struct list *ret_strs)
{
    enum { ELEMENTS_MAX = 100000 };
    struct json j;
    struct str element;
    bool more = false;
    size_t n = 0;
    if (json_kind(value) != JSON_ARRAY)
        return false;
    json_init(&j, value, mem);
    if (!json_enter_array(&j))
        return false;
    const struct json start = j;
    for (bool first = true; json_element(&j, first, &more) && more; first = false, n++)
        if (n == ELEMENTS_MAX || !json_skip(&j, &element))
            return false;
    struct str *v = arena_try(mem, n + 1, sizeof(*v), _Alignof(struct str));
    if (!v)
        return false;
    j = start;
    n = 0;
    for (bool first = true; json_element(&j, first, &more) && more; first = false, n++)
        if (!json_skip(&j, &v[n]))
            return false;
    *ret_strs = (struct list){ v, n };
    return true;
}

/* Length of the word of these that stands at the start of s; 0: none. */
static size_t nan_word(struct str s)
{
    static const struct str words[] = { S_INIT("NaN"), S_INIT("Infinity"), S_INIT("-Infinity") };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_starts(s, words[i]))
            return words[i].n;
    return 0;
}

struct str json_without_nan(struct arena *mem, struct str line)
{
    struct buf b;
    bool quoted = false;
    buf_init(&b, mem, line.n * 2 + 16);
    for (size_t i = 0; i < line.n; i++) {
        const char ch = line.p[i];
        const size_t word = quoted ? 0 : nan_word(str_sub(line, i, line.n));
        if (word) {
            buf_lit(&b, "null");
            i += word - 1;
            continue;
        }
        if (ch == '"')
            quoted = !quoted;
        buf_c(&b, ch);
        if (quoted && ch == '\\' && i + 1 < line.n)
            buf_c(&b, line.p[++i]);
    }
    return buf_view(&b);
}
