/* Replays corpora through a fuzz target without libFuzzer: each file of each folder given. */
#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static int replay(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *f = fopen(path, "rbe");
    if (!f)
        return 0;
    size_t n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1); /* so that one byte too far is seen */
    if (!exact)
        return 0;
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 1;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        if (!d) {
            fprintf(stderr, "%s: no such corpus\n", argv[i]);
            return 1;
        }
        for (struct dirent *e; (e = readdir(d));) {
            char path[4096];
            struct stat st;
            snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
            if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
                files += replay(path);
        }
        closedir(d);
    }
    if (files == 0) {
        fputs("the corpus is empty\n", stderr);
        return 1;
    }
    printf("[  PASSED  ] %d test(s).\n", files);
    return 0;
}
