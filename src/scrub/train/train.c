/* tagger_train OUT GOLD...: writes the tagger's weights, learnt out of the marked applications of
 * these files; without a file they are zero, and the rules alone decide. */
#include "scrub/train/train.h"
#include "base/str.h"

/* The rules are asked without the tagger. */
const uint8_t tagger_weights[TAGGER_ROWS][TAGS];

int main(int argc, char **argv)
{
    enum { MEMORY_MAX = 1 << 30 };
    static uint8_t weights[TAGGER_ROWS][TAGS];
    struct examples all = { .mem = arena_open(NULL, MEMORY_MAX) };
    if (argc < 2) {
        fputs("usage: tagger_train OUT GOLD...\n", stderr);
        return 2;
    }
    all.v = arena_array(all.mem, struct example, EXAMPLES_MAX);
    all.known = arena_array(all.mem, uint64_t, 2 * EXAMPLES_MAX);
    for (int i = 2; i < argc; i++)
        examples_read(&all, argv[i]);
    examples_fit(&all, weights);
    FILE *f = fopen(argv[1], "wbe");
    if (!f || fwrite(weights, sizeof(weights), 1, f) != 1 || fclose(f) != 0) {
        fprintf(stderr, "%s: cannot be written\n", argv[1]);
        return 1;
    }
    arena_close(all.mem);
    return 0;
}
