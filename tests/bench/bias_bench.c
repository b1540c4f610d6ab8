/* Time of the built-in detector and of the bias rules, one core.
 * usage: bias_bench LABELLED; prints a name and microseconds a line. */
#include <stdio.h>

#include "base/str.h"
#include "detect/bias_detect.h"
#include "domain/bias.h"
#include "domain/bias_json.h"
#include "support/test_ctx.h"

enum { TEXTS_MAX = 1000, ROUNDS = 400, ARENA = 64 << 20 };

static struct str texts[TEXTS_MAX];

static size_t read_texts(struct arena *mem, const char *path)
{
    static char bytes[1 << 20];
    FILE *f = fopen(path, "rbe");
    if (!f)
        abort();
    struct str rest = { bytes, fread(bytes, 1, sizeof(bytes), f) }, line;
    fclose(f);
    size_t n = 0;
    while (rest.p && n < TEXTS_MAX) {
        rest = str_cut(rest, '\n', &line);
        if (line.n && json_as_str(mem, json_pick_one(mem, line, "text"), &texts[n]))
            n++;
    }
    return n;
}

static double since_us(int64_t start)
{
    return (double)(clock_system.mono_us(NULL) - start);
}

int main(int argc, char **argv)
{
    struct arena *mem = arena_open(NULL, ARENA);
    const size_t n = argc > 1 ? read_texts(mem, argv[1]) : 0;
    size_t found = 0;
    double slowest = 0;
    if (n == 0)
        return 1;
    const int64_t start = clock_system.mono_us(NULL);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) {
            struct detect_finding f;
            const struct detect_input in = { .text = texts[i] };
            detect_utterance(&in, &f);
            found += f.bias_detected;
        }
    const double mean = since_us(start) / (double)(ROUNDS * n);
    for (size_t i = 0; i < n; i++) {
        const struct detect_input in = { .text = texts[i] };
        const int64_t one = clock_system.mono_us(NULL);
        struct detect_finding f;
        for (int round = 0; round < ROUNDS; round++)
            detect_utterance(&in, &f);
        const double took = since_us(one) / ROUNDS;
        slowest = took > slowest ? took : slowest;
    }
    printf("detector, mean of %zu utterances\t%.1f\ndetector, slowest utterance\t%.1f\n", n, mean,
           slowest);
    arena_close(mem);
    return found ? 0 : 1;
}
