/* detect_train OUT LEXICON UTTERANCES LABELLED writes the model.
 * detect_train --cross FOLDS LEXICON UTTERANCES LABELLED prints predictions of the labelled
 * utterances, each by a model that has not seen it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "detect/train/train.h"

enum { ARENA_MAX = 1 << 30 };

static void take_features(struct detect_model *m, struct corpus *c)
{
    static struct features f;
    for (size_t i = 0; i < c->n; i++) {
        struct example *e = &c->v[i];
        const struct detect_input in = { e->text, e->context, e->n_context };
        features_of(m, &in, &f);
        e->feature = arena_array(c->mem, uint16_t, f.n + 1);
        memcpy(e->feature, f.v, f.n * sizeof(f.v[0]));
        e->n_features = (uint32_t)f.n;
    }
}

static void write_model(const struct detect_model *m, const char *path)
{
    FILE *f = fopen(path, "wbe");
    if (!f || fwrite(m, sizeof(*m), 1, f) != 1 || fclose(f) != 0)
        die(path, 0, "cannot be written");
}

static void print_finding(const struct detect_model *m, const struct example *e)
{
    struct detect_finding found;
    const struct detect_input in = { e->text, e->context, e->n_context };
    detect_with(m, &in, &found);
    printf("{\"id\":\"%.*s\",\"bias_detected\":%s,\"bias_types\":[", STR_ARG(e->id),
           found.bias_detected ? "true" : "false");
    const char *comma = "";
    for (int i = 0; i < DETECT_TYPES; i++) {
        if (!((found.types >> i) & 1))
            continue;
        printf("%s\"%s\"", comma, detect_type_names[i]);
        comma = ",";
    }
    printf("],\"severity\":\"%s\",\"confidence\":%.4f}\n", detect_severity_names[found.severity],
           found.confidence);
}

static void cross(struct detect_model *m, struct corpus *c, size_t folds)
{
    for (size_t fold = 0; fold < folds; fold++) {
        size_t at = 0;
        for (size_t i = 0; i < c->n; i++)
            c->v[i].held = c->v[i].labelled && at++ % folds == fold;
        fit(m, c);
        for (size_t i = 0; i < c->n; i++)
            if (c->v[i].held)
                print_finding(m, &c->v[i]);
    }
}

int main(int argc, char **argv)
{
    const bool crossing = argc == 6 && strcmp(argv[1], "--cross") == 0;
    if (argc != 5 && !crossing) {
        fputs("usage: detect_train OUT|--cross FOLDS LEXICON UTTERANCES LABELLED\n", stderr);
        return 2;
    }
    static struct detect_model m = { .magic = MODEL_MAGIC, .size = sizeof(struct detect_model) };
    char **files = argv + (crossing ? 3 : 2);
    struct corpus c = { .mem = arena_open(NULL, ARENA_MAX) };
    c.v = arena_array(c.mem, struct example, EXAMPLES_MAX);
    lexicon_read(&m, c.mem, files[0]);
    utterances_read(&c, files[1]);
    labelled_read(&c, files[2]);
    take_features(&m, &c);
    int64_t folds = 0;
    if (crossing && (!str_i64(str_of(argv[2]), &folds) || folds < 2))
        die("--cross", 0, "takes the number of folds, 2 or more");
    if (crossing) {
        cross(&m, &c, (size_t)folds);
    } else {
        fit(&m, &c);
        write_model(&m, argv[1]);
    }
    arena_close(c.mem);
    return 0;
}
