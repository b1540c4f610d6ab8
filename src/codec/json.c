/* The pull parser: structure, nesting and the check against repeated names. */
#include "codec/json.h"

#include "base/str.h"
#include "codec/json_scan.h"

/* From this many names on, an object's names are found through hash slots. */
enum { NAMES_SCANNED = 16, INDEX_SLOTS = 2 * JSON_MEMBERS_MAX };
_Static_assert((INDEX_SLOTS & (INDEX_SLOTS - 1)) == 0, "slots are masked");

const char json_error_duplicate[] = "Duplicate property name";
const char json_error_memory[] = "Out of memory";

void json_init(struct json *j, struct str text, struct arena *mem)
{
    j->begin = j->at = text.p ? text.p : "";
    j->end = j->begin + text.n;
    j->error = NULL;
    j->error_at = 0;
    j->error_name = (struct str){ 0 };
    j->mem = mem;
    j->depth = 0;
    j->names = NULL;
    j->n_names = 0;
    j->names_cap = JSON_NAMES_INLINE;
    memset(j->index, 0, sizeof(j->index));
    if (text.n >= 3 && memcmp(j->begin, "\xEF\xBB\xBF", 3) == 0)
        json_fail(j, "Unexpected UTF-8 BOM", j->begin);
}

bool json_fail(struct json *j, const char *error, const char *at)
{
    if (!j->error) {
        j->error = error;
        j->error_at = (size_t)(at - j->begin);
    }
    return false;
}

void json_forgive(struct json *j)
{
    if (j->error == json_error_duplicate)
        j->error = NULL;
}

static void skip_blanks(struct json *j)
{
    const char *p = j->at;
    while (p < j->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    j->at = p;
}

enum json_type json_peek(struct json *j)
{
    if (j->error)
        return JSON_BAD;
    skip_blanks(j);
    if (j->at == j->end)
        return JSON_END;
    switch (*j->at) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        if (*j->at == '-' || (*j->at >= '0' && *j->at <= '9'))
            return JSON_NUMBER;
        json_fail(j, "Expecting value", j->at);
        return JSON_BAD;
    }
}

/* The next value must be of this type; a caller that did not peek learns it from the error. */
static bool expect(struct json *j, enum json_type want, const char *error)
{
    enum json_type type = json_peek(j);
    if (type == want)
        return true;
    return json_fail(j, type == JSON_END ? "Expecting value" : error, j->at);
}

static bool take_word(struct json *j, struct str word)
{
    if (!str_starts((struct str){ j->at, (size_t)(j->end - j->at) }, word))
        return json_fail(j, "Expecting value", j->at);
    j->at += word.n;
    return true;
}

bool json_null(struct json *j)
{
    return expect(j, JSON_NULL, "Expecting null") && take_word(j, S("null"));
}

bool json_bool(struct json *j, bool *ret)
{
    enum json_type type = json_peek(j);
    if (type != JSON_TRUE)
        if (!expect(j, JSON_FALSE, "Expecting a boolean"))
            return false;
    if (!take_word(j, type == JSON_TRUE ? S("true") : S("false")))
        return false;
    *ret = type == JSON_TRUE;
    return true;
}

/* The string j->at stands on. */
static bool take_string(struct json *j, struct str *ret)
{
    struct str raw;
    bool escaped;
    if (!json_scan_string(j, &raw, &escaped))
        return false;
    if (escaped)
        return json_unescape(j, raw, ret);
    *ret = raw;
    return true;
}

bool json_string(struct json *j, struct str *ret)
{
    return expect(j, JSON_STRING, "Expecting a string") && take_string(j, ret);
}

bool json_number(struct json *j, struct str *ret)
{
    return expect(j, JSON_NUMBER, "Expecting a number") && json_scan_number(j, ret);
}

static bool enter(struct json *j)
{
    if (j->depth >= JSON_DEPTH_MAX)
        return json_fail(j, "Nesting too deep", j->at);
    j->at++;
    j->depth++;
    return true;
}

bool json_enter_object(struct json *j)
{
    if (!expect(j, JSON_OBJECT, "Expecting an object") || !enter(j))
        return false;
    j->base[j->depth] = j->n_names;
    return true;
}

bool json_enter_array(struct json *j)
{
    return expect(j, JSON_ARRAY, "Expecting an array") && enter(j);
}

static struct json_name *names_of(struct json *j)
{
    return j->names ? j->names : j->few;
}

static bool names_grow(struct json *j)
{
    uint32_t cap = j->names_cap * 2;
    struct json_name *names = arena_try(j->mem, cap, sizeof(*names), _Alignof(struct json_name));
    if (!names)
        return json_fail(j, json_error_memory, j->at);
    memcpy(names, names_of(j), j->n_names * sizeof(*names));
    j->names = names;
    j->names_cap = cap;
    return true;
}

/* Both ends and the length: cheap, and only a filter before the bytes are compared. */
static uint32_t name_hash(struct str s)
{
    uint64_t head = 0, tail = 0;
    if (s.n >= 8) {
        memcpy(&head, s.p, 8);
        memcpy(&tail, s.p + s.n - 8, 8);
    } else {
        for (size_t i = 0; i < s.n; i++)
            head = head << 8 | (unsigned char)s.p[i];
    }
    uint64_t h = (head ^ (tail << 7 | tail >> 57) ^ s.n) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

/* Puts name number i of the innermost object into the slots; false when its like is there. */
static bool index_put(struct json *j, uint32_t i)
{
    uint16_t *slots = j->index[j->depth];
    const struct json_name *names = names_of(j) + j->base[j->depth];
    uint32_t at = names[i].hash & (INDEX_SLOTS - 1);
    for (; slots[at]; at = (at + 1) & (INDEX_SLOTS - 1)) {
        const struct json_name *other = &names[slots[at] - 1];
        if (other->hash == names[i].hash && str_eq(other->name, names[i].name))
            return false;
    }
    slots[at] = (uint16_t)(i + 1);
    return true;
}

static bool index_begin(struct json *j, uint32_t count)
{
    uint16_t **slots = &j->index[j->depth];
    if (*slots)
        memset(*slots, 0, INDEX_SLOTS * sizeof(**slots));
    else
        *slots = arena_try(j->mem, INDEX_SLOTS, sizeof(**slots), _Alignof(uint16_t));
    if (!*slots)
        return json_fail(j, json_error_memory, j->at);
    for (uint32_t i = 0; i < count; i++)
        (void)index_put(j, i); /* known to differ from one another */
    return true;
}

static bool repeated(struct json *j, struct str name, const char *at)
{
    j->error_name = name;
    return json_fail(j, json_error_duplicate, at);
}

/* Remembers the name; false when the object has it already. */
static bool note_name(struct json *j, struct str name, const char *at)
{
    uint32_t base = j->base[j->depth], count = j->n_names - base;
    if (count == JSON_MEMBERS_MAX)
        return json_fail(j, "Too many members", at);
    if (j->n_names == j->names_cap && !names_grow(j))
        return false;
    struct json_name *names = names_of(j) + base;
    names[count] = (struct json_name){ name, name_hash(name) };
    if (count < NAMES_SCANNED) {
        for (uint32_t i = 0; i < count; i++)
            if (names[i].hash == names[count].hash && str_eq(names[i].name, name))
                return repeated(j, name, at);
    } else {
        if (count == NAMES_SCANNED && !index_begin(j, count))
            return false;
        if (!index_put(j, count))
            return repeated(j, name, at);
    }
    j->n_names++;
    return true;
}

/* Stands before the next item, or takes the closing bracket: *ret_more tells which. */
static bool next_item(struct json *j, bool first, char closing, bool *ret_more)
{
    if (j->error)
        return false;
    skip_blanks(j);
    bool end = j->at == j->end;
    if (!end && *j->at == closing) {
        j->at++;
        j->depth--;
        *ret_more = false;
        return true;
    }
    if (!first) {
        if (end || *j->at != ',')
            return json_fail(j, "Expecting ',' delimiter", j->at);
        j->at++;
        skip_blanks(j);
    }
    *ret_more = true;
    return true;
}

bool json_member(struct json *j, bool first, bool *ret_more, struct str *ret_name)
{
    bool more;
    if (!next_item(j, first, '}', &more))
        return false;
    *ret_more = more;
    if (!more) {
        j->n_names = j->base[j->depth + 1];
        return true;
    }
    if (j->at == j->end || *j->at != '"')
        return json_fail(j, "Expecting property name enclosed in double quotes", j->at);
    const char *at = j->at;
    struct str name;
    if (!take_string(j, &name))
        return false;
    skip_blanks(j);
    if (j->at == j->end || *j->at != ':')
        return json_fail(j, "Expecting ':' delimiter", j->at);
    j->at++;
    *ret_name = name;
    return note_name(j, name, at);
}

bool json_element(struct json *j, bool first, bool *ret_more)
{
    return next_item(j, first, ']', ret_more);
}

static bool skip_value(struct json *j);

static bool skip_object(struct json *j)
{
    bool more;
    struct str name;
    if (!json_enter_object(j))
        return false;
    for (bool first = true;; first = false) {
        if (!json_member(j, first, &more, &name))
            return false;
        if (!more)
            return true;
        if (!skip_value(j))
            return false;
    }
}

static bool skip_array(struct json *j)
{
    bool more;
    if (!json_enter_array(j))
        return false;
    for (bool first = true;; first = false) {
        if (!json_element(j, first, &more))
            return false;
        if (!more)
            return true;
        if (!skip_value(j))
            return false;
    }
}

/* Recursion ends at JSON_DEPTH_MAX. */
static bool skip_value(struct json *j)
{
    struct str raw;
    bool flag;
    switch (json_peek(j)) {
    case JSON_OBJECT:
        return skip_object(j);
    case JSON_ARRAY:
        return skip_array(j);
    case JSON_STRING:
        return json_scan_string(j, &raw, &flag);
    case JSON_NUMBER:
        return json_scan_number(j, &raw);
    case JSON_TRUE:
    case JSON_FALSE:
        return json_bool(j, &flag);
    case JSON_NULL:
        return json_null(j);
    case JSON_END:
    case JSON_BAD:
    default:
        return json_fail(j, "Expecting value", j->at);
    }
}

bool json_skip(struct json *j, struct str *ret)
{
    if (!j->error)
        skip_blanks(j);
    const char *begin = j->at;
    if (!skip_value(j))
        return false;
    *ret = (struct str){ begin, (size_t)(j->at - begin) };
    return true;
}

bool json_finish(struct json *j)
{
    if (j->error)
        return false;
    skip_blanks(j);
    return j->at == j->end || json_fail(j, "Extra data", j->at);
}

bool json_valid(struct str text, struct arena *mem)
{
    struct json j;
    struct str whole;
    json_init(&j, text, mem);
    return json_skip(&j, &whole) && json_finish(&j);
}
