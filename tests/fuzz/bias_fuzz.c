/* Event files of the bias rules: a line is refused, or gives valid JSON lines whose strike points
 * are those of the ledger's limits. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/bias_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 256 << 20, INPUT_MAX = 65536 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    struct buf out;
    struct str line, text = { (const char *)data, size };
    if (size > INPUT_MAX)
        return 0;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    ctx_init(&c, mem, NULL, 0);
    buf_init(&out, mem, 64 << 20);
    if (bias_replay_line(&c, text, &out) == ERR_OK) {
        for (struct str rest = buf_view(&out); rest.p && rest.n;) {
            rest = str_cut(rest, '\n', &line);
            must(json_valid(line, mem));
        }
    } else {
        must(c.fault.text[0] != 0);
    }
    arena_reset(mem);
    return 0;
}
