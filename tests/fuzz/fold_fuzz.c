/* Folding and cutting: the way back never goes backwards and ends where the text ends, tokens lie
 * in order inside the folded text, and bytes that are no UTF-8 are refused. */
#include "codec/utf8.h"
#include "scrub/scrub.h"
#include "scrub/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 64 << 20, INPUT_MAX = 65536 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_fold(const struct fold *f, struct str text)
{
    must(f->n <= text.n && f->from[f->n] == text.n && f->text[f->n] == 0);
    for (size_t i = 0; i < f->n; i++) {
        must(f->from[i] <= f->from[i + 1] && f->from[i] < text.n);
        must(f->text[i] != 0 && !(f->text[i] >= 'A' && f->text[i] <= 'Z'));
    }
}

static void check_tokens(const struct tokens *t)
{
    size_t at = 0;
    must(t->n <= t->f->n && t->v[t->n].kind == TK_END);
    for (size_t k = 0; k < t->n; k++) {
        const struct token *w = &t->v[k];
        must(w->from >= at && w->from < w->to && w->to <= t->f->n && w->kind != TK_END);
        must(w->phrase <= LEX_PHRASE_WORDS_MAX && k + w->phrase <= t->n);
        must((w->phrase == 0) == (w->phrase_set == NULL));
        must(w->from > at || k == 0 || w->gap == GAP_NONE);
        at = w->to;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    struct fold f;
    struct tokens t;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    if (size > INPUT_MAX)
        return 0;
    const struct str text = { (const char *)data, size };
    ctx_init(&c, mem, NULL, 0);
    const err e = fold_text(&c, text, &f);
    must((e == ERR_OK) == utf8_valid(text));
    if (e == ERR_OK) {
        check_fold(&f, text);
        must(words_cut(&c, &f, &lexicon_builtin, NULL, &t) == ERR_OK);
        check_tokens(&t);
    }
    arena_reset(mem);
    return 0;
}
