/* scrub/word_list.h: short lists of words that rules ask for, as constants: static const struct
 * words cues = WORDS("tel", "phone"). Words of small base letters only. Of this room only. */
#ifndef ENIGMA_SCRUB_WORD_LIST_H
#define ENIGMA_SCRUB_WORD_LIST_H

#include <stdint.h>

/* One of 64 keys, by the first two letters. */
#define WORD_KEY(first, second) (((unsigned char)(first)*7U + (unsigned char)(second)*3U) % 64)

/* One of 64 tails, by length and last letter. */
#define WORD_TAIL(n, last) (((n)*11U + (unsigned char)(last)*5U) % 64)

enum { WORD_SHOWN = 16 };
/* A list of words with the keys and tails that some of them has: the rules ask for lists more often
 * than for anything else, and these say of most words that they are in none. */
struct words {
    uint64_t keys, tails;
    char v[][WORD_SHOWN]; /* zeros behind each, and as the last */
};
#define WORDS_NONE     ()
#define WORDS_ALL(...) WORDS_A(WORDS_A(WORDS_A(WORDS_A(__VA_ARGS__))))
#define WORDS_A(...)   WORDS_B(WORDS_B(WORDS_B(WORDS_B(__VA_ARGS__))))
#define WORDS_B(...)   WORDS_C(WORDS_C(WORDS_C(WORDS_C(__VA_ARGS__))))
#define WORDS_C(...)   WORDS_D(WORDS_D(WORDS_D(WORDS_D(__VA_ARGS__))))
#define WORDS_D(...)   __VA_ARGS__
#define WORDS_NEXT()   WORDS_KEYS
#define WORDS_THEN()   WORDS_TAILS
#define WORDS_TAILS(word, ...)                                                                     \
    UINT64_C(1) << WORD_TAIL(sizeof(word) - 1, (word)[sizeof(word) - 2])                           \
            __VA_OPT__(| WORDS_THEN WORDS_NONE(__VA_ARGS__))
#define WORDS_KEYS(word, ...)                                                                      \
    UINT64_C(1) << WORD_KEY((word)[0], (word)[1]) __VA_OPT__(| WORDS_NEXT WORDS_NONE(__VA_ARGS__))
#define WORDS(...)                                                                                 \
    {                                                                                              \
        WORDS_ALL(WORDS_KEYS(__VA_ARGS__)), WORDS_ALL(WORDS_TAILS(__VA_ARGS__)),                   \
        {                                                                                          \
            __VA_ARGS__, ""                                                                        \
        }                                                                                          \
    }

#endif
