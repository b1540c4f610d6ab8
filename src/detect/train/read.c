/* Reads the lexicon, the training utterances with their choices, and labelled utterances. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "codec/json.h"
#include "detect/train/train.h"

/* There are fewer templates of what is fair, while most of what is said is. */
static const double FAIR_WEIGHT = 2;
enum { FILE_MAX = 16 << 20, VARIANTS_MAX = 8, CHOICES_MAX = 64 };

void die(const char *path, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", path, line, what);
    exit(1);
}

struct str file_text(struct arena *mem, const char *path)
{
    FILE *f = fopen(path, "rbe");
    char *p = arena_array(mem, char, FILE_MAX);
    if (!f)
        die(path, 0, "cannot be opened");
    const size_t n = fread(p, 1, FILE_MAX, f);
    fclose(f);
    if (n == FILE_MAX)
        die(path, 0, "is too long");
    return (struct str){ p, n };
}

/* The next line that is neither empty nor a comment; absent at the end. */
static struct str next_line(struct str *text, size_t *number)
{
    while (text->p) {
        struct str line;
        *text = str_cut(*text, '\n', &line);
        ++*number;
        line = str_trim(line);
        if (line.n && line.p[0] != '#')
            return line;
    }
    return (struct str){ 0 };
}

static void lexicon_add(struct detect_model *m, struct str word, uint64_t class)
{
    const uint64_t hash = word_hash(word.p, word.n);
    size_t i = hash & (LEXICON_SLOTS - 1);
    while (m->lexicon_word[i] && m->lexicon_word[i] != hash)
        i = (i + 1) & (LEXICON_SLOTS - 1);
    m->lexicon_word[i] = hash;
    m->lexicon_class[i] |= class;
}

void lexicon_read(struct detect_model *m, struct arena *mem, const char *path)
{
    struct str text = file_text(mem, path), line, name, word;
    size_t number = 0, words = 0;
    unsigned classes = 0;
    while ((line = next_line(&text, &number)).p) {
        line = str_cut(line, ':', &name);
        if (!line.p || classes == CLASSES_MAX)
            die(path, number, "is no CLASS: words, or one class too many");
        if (classes == 0 && !str_eq(name, S("YOU")))
            die(path, number, "the first class is YOU");
        while (line.p) {
            line = str_cut(line, ' ', &word);
            if (word.n)
                lexicon_add(m, word, UINT64_C(1) << classes);
            words += word.n > 0;
        }
        if (words > LEXICON_SLOTS / 2)
            die(path, number, "too many words for the table");
        classes++;
    }
}

static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Writes the template out; `pick` has one number a choice. */
static struct str spell(struct arena *mem, struct str line, uint64_t seed)
{
    struct buf b;
    buf_init(&b, mem, 4096);
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '{') {
            buf_c(&b, line.p[i]);
            continue;
        }
        struct str inside = str_sub(line, i + 1, line.n), choice, rest;
        str_cut(inside, '}', &inside);
        size_t n = 1;
        for (size_t k = 0; k < inside.n; k++)
            n += inside.p[k] == '|';
        rest = inside;
        for (size_t k = next_random(&seed) % n + 1; k > 0; k--)
            rest = str_cut(rest, '|', &choice);
        buf_str(&b, choice);
        i += inside.n + 1;
    }
    return buf_view(&b);
}

/* How many texts a template has, up to the most that are spelled out. */
static unsigned variants(struct str line)
{
    unsigned all = 1, n = 1;
    for (size_t i = 0; i < line.n && all < VARIANTS_MAX; i++) {
        n = line.p[i] == '{' ? 1 : n + (line.p[i] == '|');
        if (line.p[i] == '}')
            all *= n;
    }
    return all < VARIANTS_MAX ? all : VARIANTS_MAX;
}

static int name_index(const char *const *names, int n, struct str name)
{
    for (int i = 0; i < n; i++)
        if (str_eq(str_of(names[i]), name))
            return i;
    return -1;
}

static struct example *example_add(struct corpus *c)
{
    if (c->n == EXAMPLES_MAX)
        die("training", 0, "too many examples");
    return &c->v[c->n++];
}

void utterances_read(struct corpus *c, const char *path)
{
    struct str text = file_text(c->mem, path), line, label, type;
    size_t number = 0;
    while ((line = next_line(&text, &number)).p) {
        struct example e = { 0 };
        line = str_trim(str_cut(line, '|', &label));
        label = str_trim(label);
        if (!str_eq(label, S("-"))) {
            struct str severity = str_cut(label, ' ', &label);
            e.severity = name_index(detect_severity_names, DETECT_CRITICAL + 1, severity);
            while (label.p) {
                label = str_cut(label, '+', &type);
                const int i = name_index(detect_type_names, DETECT_TYPES, type);
                if (i < 0 || e.severity <= DETECT_NONE)
                    die(path, number, "is no TYPE SEVERITY | text");
                e.types |= UINT32_C(1) << i;
            }
        }
        const unsigned n = variants(line);
        for (unsigned i = 0; i < n; i++) {
            e.text = spell(c->mem, line, number * 64 + i);
            e.weight = (e.severity > DETECT_NONE ? 1 : FAIR_WEIGHT) / n;
            *example_add(c) = e;
        }
    }
}

static struct str member_text(struct json *j)
{
    struct str s = { 0 };
    if (json_peek(j) != JSON_STRING)
        json_skip(j, &s);
    else if (!json_string(j, &s))
        s = (struct str){ 0 };
    return s;
}

static uint32_t member_types(struct json *j)
{
    uint32_t types = 0;
    bool more = false;
    if (!json_enter_array(j))
        return 0;
    for (bool first = true; json_element(j, first, &more) && more; first = false) {
        const int i = name_index(detect_type_names, DETECT_TYPES, member_text(j));
        types |= i < 0 ? 0 : UINT32_C(1) << i;
    }
    return types;
}

static struct detect_turn member_turn(struct json *j)
{
    struct detect_turn turn = { 0 };
    struct str name;
    bool more = false;
    if (!json_enter_object(j))
        return turn;
    for (bool first = true; json_member(j, first, &more, &name) && more; first = false) {
        const struct str value = member_text(j);
        if (str_eq(name, S("speaker")))
            turn.applicant = str_eq(value, S("STUDENT"));
        else if (str_eq(name, S("text")))
            turn.text = value;
    }
    return turn;
}

static void member_context(struct json *j, struct example *e)
{
    bool more = false;
    if (!json_enter_array(j))
        return;
    for (bool first = true; json_element(j, first, &more) && more; first = false) {
        const struct detect_turn turn = member_turn(j);
        if (e->n_context == DETECT_CONTEXT_MAX)
            memmove(e->context, e->context + 1, --e->n_context * sizeof(e->context[0]));
        e->context[e->n_context++] = turn;
    }
}

static bool labelled_line(struct corpus *c, struct str line)
{
    struct json j;
    struct str name, value;
    bool more = false;
    struct example e = { .weight = 1, .labelled = true };
    json_init(&j, line, c->mem);
    if (!json_enter_object(&j))
        return false;
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        if (str_eq(name, S("id")))
            e.id = member_text(&j);
        else if (str_eq(name, S("text")))
            e.text = member_text(&j);
        else if (str_eq(name, S("severity")))
            e.severity = name_index(detect_severity_names, DETECT_CRITICAL + 1, member_text(&j));
        else if (str_eq(name, S("bias_types")))
            e.types = member_types(&j);
        else if (str_eq(name, S("also_ok")))
            e.also_ok = member_types(&j);
        else if (str_eq(name, S("context")))
            member_context(&j, &e);
        else
            json_skip(&j, &value);
    }
    if (!json_finish(&j) || !e.id.p || !e.text.p || e.severity < 0)
        return false;
    *example_add(c) = e;
    return true;
}

void labelled_read(struct corpus *c, const char *path)
{
    struct str text = file_text(c->mem, path), line;
    size_t number = 0;
    while ((line = next_line(&text, &number)).p)
        if (!labelled_line(c, line))
            die(path, number, "is no labelled utterance");
}
