/* Canonical JSON on any bytes: what is canonical is valid JSON, and a byte more or less is not the
 * same text any longer. */
#include "base/str.h"
#include "codec/canon.h"
#include "codec/json.h"

enum { MEM_MAX = 16 << 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_canonical(struct str text, struct arena *mem)
{
    must(json_valid(text, mem));
    must(!canon_valid(str_sub(text, 0, text.n - 1)));
    must(!canon_valid(str_sub(text, 1, text.n)));
    struct str longer = str_fmt(mem, "%.*s ", STR_ARG(text));
    must(longer.n == text.n + 1 && !canon_valid(longer));
}

/* Any text has a spelling as a string, which is canonical when the text is valid UTF-8 or not. */
static void check_string(struct str text, struct arena *mem)
{
    struct buf b;
    buf_init(&b, NULL, 6 * text.n + 16);
    buf_lit(&b, "{\"k\":");
    canon_str(&b, text);
    buf_c(&b, '}');
    must(buf_ok(&b) && canon_valid(buf_view(&b)) && json_valid(buf_view(&b), mem));
    buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    struct str text = { size ? (const char *)data : "", size };
    if (canon_valid(text))
        check_canonical(text, mem);
    check_string(text, mem);
    arena_reset(mem);
    return 0;
}
