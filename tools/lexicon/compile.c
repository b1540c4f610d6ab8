/* Compiles the scrubber's word lists into one table: compile OUT_DIR LIST_DIR... writes
 * OUT_DIR/lexicon.S and lexicon.c (what scrub/lexicon.h declares) and the arrays beside them.
 * For each row of LEX_MAP the file NAME.txt of every LIST_DIR is read, and nickname.txt. A line
 * holds entries parted by commas; '#' begins a comment; "entry = neutral form", in nickname.txt
 * "name = short form, short form". In figure.txt a '*' ends the part under which a person is cited
 * when that is not the last ("Mao* Zedong"). */
#include <errno.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "scrub/lexicon.h"

enum { ENTRIES_MAX = 1 << 20, PAIRS_MAX = 1 << 14, LINE_MAX_BYTES = 1 << 16, DIRS_MAX = 4 };
enum { TABLE_MAX = 8 << 20, ARRAYS = 5 };

struct compiler {
    struct arena *mem, *scratch;
    struct lex_source *v;
    size_t n;
    struct lex_pair *pairs;
    size_t n_pairs;
    const char *file;
    size_t line;
};

static _Noreturn void stop(const struct compiler *k, const char *why, struct str entry)
{
    fprintf(stderr, "%s:%zu: %s: %.*s\n", k->file, k->line, why, STR_ARG(entry));
    exit(1);
}

static void add(struct compiler *k, uint64_t hash, uint64_t bits, const char *neutral)
{
    if (k->n == ENTRIES_MAX)
        stop(k, "too many entries", S(""));
    k->v[k->n++] = (struct lex_source){ hash, bits, neutral };
}

/* Hash of an entry; what it begins with is marked as the head of a phrase. */
static size_t key(struct compiler *k, struct str entry, uint64_t *ret_hash)
{
    struct ctx c;
    uint64_t hashes[LEX_PHRASE_WORDS_MAX];
    ctx_init(&c, k->scratch, NULL, 0);
    size_t words = lex_entry_hash(&c, entry, hashes);
    arena_reset(k->scratch);
    for (size_t i = 0; i + 1 < words; i++)
        add(k, hashes[i], LEX_PHRASE_HEAD, NULL);
    if (words > 1)
        add(k, hashes[1], LEX_PAIR, NULL);
    if (words)
        *ret_hash = hashes[words - 1];
    return words;
}

/* Proxies of two words and more say what they say wherever they stand. */
static uint64_t implied(uint64_t bits, size_t words)
{
    const uint64_t plain =
        LEX_RELIGION | LEX_CULTURE | LEX_STATUS | LEX_ORIENTATION | LEX_DISABILITY;
    return words > 1 && (bits & plain) ? bits | LEX_SURE : bits;
}

/* "Mao* Zedong" or "Marie Curie": the whole, and the part alone. */
static void add_figure(struct compiler *k, struct str entry)
{
    uint64_t hash;
    struct str last = entry;
    const char *star = memchr(entry.p, '*', entry.n);
    if (star) {
        last.n = (size_t)(star - entry.p);
        char *plain = arena_raw(k->mem, entry.n, 1, 1);
        memcpy(plain, entry.p, last.n);
        memcpy(plain + last.n, star + 1, entry.n - last.n - 1);
        entry = (struct str){ plain, entry.n - 1 };
    } else {
        for (size_t i = entry.n; i-- > 0;)
            if (entry.p[i] == ' ') {
                last = str_sub(entry, i + 1, entry.n);
                break;
            }
    }
    size_t words = key(k, entry, &hash);
    if (words == 0)
        stop(k, "no words, or too many", entry);
    add(k, hash, LEX_FIGURE, NULL);
    if (words > 1 && key(k, last, &hash))
        add(k, hash, LEX_FIGURE_PART, NULL);
}

static void add_entry(struct compiler *k, struct str entry, uint64_t bits)
{
    uint64_t hash;
    const char *neutral = NULL;
    size_t at = 0;
    while (at < entry.n && entry.p[at] != '=')
        at++;
    if (at < entry.n) {
        neutral = str_z(k->mem, str_trim(str_sub(entry, at + 1, entry.n)));
        entry = str_trim(str_sub(entry, 0, at));
    }
    size_t words = key(k, entry, &hash);
    if (words == 0)
        return; /* a single mark, or a name of more parts than a phrase may have */
    add(k, hash, implied(bits, words), neutral);
}

/* "william = bill, billy": the name with each short form, either way round. */
static void add_nicknames(struct compiler *k, struct str line)
{
    uint64_t name, nick;
    size_t at = 0;
    while (at < line.n && line.p[at] != '=')
        at++;
    if (at == line.n || !key(k, str_sub(line, 0, at), &name))
        stop(k, "want name = short form, short form", line);
    add(k, name, LEX_FIRST | LEX_HAS_NICKNAMES, NULL);
    for (struct str rest = str_sub(line, at + 1, line.n); rest.n;) {
        size_t n = 0;
        while (n < rest.n && rest.p[n] != ',')
            n++;
        if (!key(k, str_sub(rest, 0, n), &nick) || k->n_pairs + 2 > PAIRS_MAX)
            stop(k, "empty short form, or too many", line);
        add(k, nick, LEX_FIRST | LEX_HAS_NICKNAMES, NULL);
        k->pairs[k->n_pairs++] = (struct lex_pair){ name, nick };
        k->pairs[k->n_pairs++] = (struct lex_pair){ nick, name };
        rest = str_sub(rest, n + 1, rest.n);
    }
}

static void add_line(struct compiler *k, struct str line, uint64_t bits)
{
    for (size_t from = 0; from < line.n;) {
        size_t to = from;
        while (to < line.n && line.p[to] != ',')
            to++;
        struct str entry = str_trim(str_sub(line, from, to - from));
        if (entry.n && bits == LEX_FIGURE)
            add_figure(k, entry);
        else if (entry.n)
            add_entry(k, entry, bits);
        from = to + 1;
    }
}

static bool read_list(struct compiler *k, const char *dir, const char *name, uint64_t bits)
{
    static char line[LINE_MAX_BYTES];
    struct str path = str_fmt(k->mem, "%s/%s.txt", dir, name);
    FILE *f = fopen(path.p, "re");
    if (!f)
        return false;
    k->file = path.p;
    for (k->line = 1; fgets(line, sizeof(line), f); k->line++) {
        struct str text = { line, strcspn(line, "#\n") };
        text = str_trim(text);
        if (strlen(line) + 1 == sizeof(line))
            stop(k, "line too long", str_sub(text, 0, 40));
        if (text.n == 0)
            continue;
        if (bits)
            add_line(k, text, bits);
        else
            add_nicknames(k, text);
    }
    fclose(f);
    return true;
}

static void read_lists(struct compiler *k, char *const *dirs)
{
    static const struct {
        const char *name;
        uint64_t bits;
    } lists[] = {
#define X(id, file) { file, UINT64_C(1) << LEX_LIST_##id },
        LEX_MAP(X)
#undef X
            { "nickname", 0 },
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        bool found = false;
        for (char *const *dir = dirs; *dir; dir++)
            found |= read_list(k, *dir, lists[i].name, lists[i].bits);
        if (!found && strcmp(lists[i].name, "figure_part") != 0) {
            fprintf(stderr, "no %s.txt in any of the folders\n", lists[i].name);
            exit(1);
        }
    }
}

static struct str write_array(struct compiler *k, const char *dir, const char *name, const void *p,
                              size_t n)
{
    struct str path = str_fmt(k->mem, "%s/lexicon_%s.bin", dir, name);
    FILE *f = fopen(path.p, "we");
    if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
        fprintf(stderr, "%s: %s\n", path.p, strerror(errno));
        exit(1);
    }
    return (struct str){ p, n };
}

static void write_text(struct compiler *k, const char *dir, const char *name, struct buf *text)
{
    struct str path = str_fmt(k->mem, "%s/%s", dir, name);
    FILE *f = fopen(path.p, "we");
    if (!f || fwrite(text->p, 1, text->n, f) != text->n || fclose(f) != 0) {
        fprintf(stderr, "%s: %s\n", path.p, strerror(errno));
        exit(1);
    }
}

static void write_table(struct compiler *k, const char *dir, const struct lexicon *x)
{
    static const char *const names[ARRAYS] = { "slots", "sets", "text", "pairs", "seconds" };
    size_t n_sets = 1, n_text = 1, all = 0;
    struct str parts[ARRAYS];
    struct buf s, c;
    struct lex_set *sets; /* without what padding happens to hold: the hash is over these bytes */
    for (size_t i = 0; i <= x->mask; i++)
        if ((x->slots[i] & 0xffff) >= n_sets)
            n_sets = (x->slots[i] & 0xffff) + 1;
    for (size_t i = 0; i < n_sets; i++)
        if (x->sets[i].neutral >= n_text)
            n_text = x->sets[i].neutral + strlen(x->text + x->sets[i].neutral) + 1;
    sets = arena_array(k->mem, struct lex_set, n_sets);
    for (size_t i = 0; i < n_sets; i++) {
        sets[i].bits = x->sets[i].bits;
        sets[i].neutral = x->sets[i].neutral;
        sets[i].want = x->sets[i].want;
    }
    parts[0] = write_array(k, dir, "slots", x->slots, (x->mask + 1ULL) * sizeof(*x->slots));
    parts[1] = write_array(k, dir, "sets", sets, n_sets * sizeof(*x->sets));
    parts[2] = write_array(k, dir, "text", x->text, n_text);
    parts[3] = write_array(k, dir, "pairs", x->pairs, x->n_pairs * sizeof(*x->pairs));
    parts[4] = write_array(k, dir, "seconds", x->seconds, LEX_SECONDS * sizeof(*x->seconds));
    struct hash sum = sha256_parts(parts, ARRAYS);
    buf_init(&s, k->mem, 1 << 16);
    buf_init(&c, k->mem, 1 << 16);
    buf_lit(&s, "    .section .rodata\n");
    buf_lit(&c, "/* Generated from the scrubber's word lists at build time. */\n"
                "#include \"scrub/lexicon.h\"\n");
    for (size_t i = 0; i < ARRAYS; i++)
        buf_fmt(&s,
                "    .balign 64\n    .global lexicon_%s\n    .hidden lexicon_%s\nlexicon_%s:\n"
                "    .incbin \"%s/lexicon_%s.bin\"\n",
                names[i], names[i], names[i], dir, names[i]);
    buf_lit(&s, "    .section .note.GNU-stack,\"\",@progbits\n");
    buf_fmt(
        &c,
        "extern const uint64_t lexicon_slots[];\nextern const struct lex_set lexicon_sets[];\n"
        "extern const char lexicon_text[];\nextern const struct lex_pair lexicon_pairs[];\n"
        "extern const uint64_t lexicon_seconds[];\n"
        "const struct lexicon lexicon_builtin = {\n    .slots = lexicon_slots, .mask = %uU,\n"
        "    .sets = lexicon_sets, .text = lexicon_text,\n"
        "    .pairs = lexicon_pairs, .n_pairs = %uU, .seconds = lexicon_seconds,\n    .sha256 = { ",
        x->mask, x->n_pairs);
    for (size_t i = 0; i < SHA256_N; i++)
        buf_fmt(&c, "0x%02x, ", sum.b[i]);
    buf_lit(&c, "},\n};\n");
    write_text(k, dir, "lexicon.S", &s);
    write_text(k, dir, "lexicon.c", &c);
    for (size_t i = 0; i < ARRAYS; i++)
        all += parts[i].n;
    if (all > TABLE_MAX) {
        fprintf(stderr, "the tables have %zu bytes, at most %d\n", all, TABLE_MAX);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    enum { MEMORY_MAX = 1 << 30, SCRATCH_MAX = 1 << 20 };
    if (argc < 3 || argc > 2 + DIRS_MAX) {
        fprintf(stderr, "usage: compile OUT_DIR LIST_DIR...\n");
        return 2;
    }
    struct compiler k = { .mem = arena_open(NULL, MEMORY_MAX),
                          .scratch = arena_open(NULL, SCRATCH_MAX) };
    k.v = arena_array(k.mem, struct lex_source, ENTRIES_MAX);
    k.pairs = arena_array(k.mem, struct lex_pair, PAIRS_MAX);
    read_lists(&k, argv + 2);
    struct lexicon x = lex_make(k.mem, k.v, k.n, k.pairs, k.n_pairs);
    write_table(&k, argv[1], &x);
    arena_close(k.scratch);
    arena_close(k.mem);
    return 0;
}
