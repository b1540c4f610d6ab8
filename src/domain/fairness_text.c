/* Table: the names, genders, places and schools that are put in the place of placeholders, and the
 * sentences for texts that have none. Add a token: one entry; the hash in the reports changes. */
#include "base/str.h"
#include "crypto/hash.h"
#include "domain/fairness.h"

enum { TOKENS_MAX = 4, WORDS_MAX = 3, GROWTH_MAX = 64, TABLE_MAX = 16384 };

static const char *const signal_text[] = { "name", "gender", "place", "school" };
_Static_assert(sizeof(signal_text) / sizeof(signal_text[0]) == FAIRNESS_SIGNALS, "one name each");
NAMES(fairness_signal_names, signal_text);

struct group {
    const char *name;
    const char *tokens[TOKENS_MAX]; /* women and men in turn, in names */
};
/* No digits, no full stops and no words that say what somebody has achieved: nothing of merit. */
/* clang-format off */
static const struct group names[] = {
    { "british", { "Emily Clarke", "James Walker", "Charlotte Bennett", "Oliver Hughes" } },
    { "black_american", { "Latoya Washington", "DeShawn Jefferson", "Keisha Robinson",
                          "Tyrone Jackson" } },
    { "west_african", { "Adaeze Okafor", "Kwame Mensah", "Folake Adeyemi", "Kofi Boateng" } },
    { "arab", { "Fatima Haddad", "Omar Mansour", "Layla Khalil", "Yusuf Darwish" } },
    { "south_asian", { "Priya Sharma", "Imran Siddiqui", "Ananya Reddy", "Arjun Patel" } },
    { "east_asian", { "Mei Chen", "Haruto Tanaka", "Yuna Kim", "Wei Zhang" } },
    { "latin_american", { "Camila Rodriguez", "Mateo Hernandez", "Valentina Rojas",
                          "Diego Quispe" } },
    { "eastern_european", { "Katarzyna Nowak", "Andrei Popescu", "Oksana Kovalenko",
                            "Marko Jovanovic" } },
};
static const struct group genders[] = {
    { "female", { "female" } }, { "male", { "male" } }, { "non_binary", { "non-binary" } },
};
static const struct group places[] = {
    { "western_city", { "London", "Zurich", "Boston" } },
    { "western_rural", { "Stornoway", "Harlan", "Zwickau" } },
    { "sub_saharan_africa", { "Kumasi", "Lagos", "Kisumu" } },
    { "middle_east", { "Aleppo", "Basra", "Cairo" } },
    { "south_asia", { "Dhaka", "Patna", "Karachi" } },
    { "east_asia", { "Chengdu", "Osaka", "Busan" } },
    { "latin_america", { "Tegucigalpa", "Cochabamba", "Guayaquil" } },
    { "eastern_europe", { "Donetsk", "Tirana", "Plovdiv" } },
};
static const struct group schools[] = {
    { "elite", { "Eton College", "Phillips Exeter Academy", "Institut Le Rosey" } },
    { "public", { "Oakfield Comprehensive School", "Lincoln Public School",
                  "Westside Community School" } },
    { "religious", { "Al-Noor Islamic School", "Sacred Heart Catholic School",
                     "Beth Shalom Jewish School" } },
    { "vocational", { "Northgate Vocational School", "Harbour Trades School",
                      "Riverside Technical School" } },
    { "rural", { "Pine Creek Village School", "Prairie Road School", "Glenmore Rural School" } },
    { "abroad", { "Colegio Nacional de Ayacucho", "Kumasi Girls School", "Gymnasium of Tiraspol" } },
};
#define GROUPS(a) (a), sizeof(a) / sizeof((a)[0])
static const struct {
    const struct group *groups;
    size_t n;
    const char *words[WORDS_MAX]; /* of placeholders, with or without a number behind */
    const char *sentence;
} signals[FAIRNESS_SIGNALS] = {
    [FAIRNESS_NAME] = { GROUPS(names), { "APPLICANT", "PERSON", "NAME" }, "My name is [APPLICANT]. " },
    [FAIRNESS_GENDER] = { GROUPS(genders), { "GENDER" }, "I am a [GENDER] applicant. " },
    [FAIRNESS_PLACE] = { GROUPS(places), { "PLACE", "LOCATION" }, "I come from [PLACE_1]. " },
    [FAIRNESS_SCHOOL] = { GROUPS(schools), { "SCHOOL" }, "I go to [SCHOOL_1]. " },
};
/* clang-format on */
_Static_assert(sizeof(names) / sizeof(names[0]) <= FAIRNESS_GROUPS_MAX, "too many groups");
_Static_assert(sizeof(places) / sizeof(places[0]) <= FAIRNESS_GROUPS_MAX, "too many groups");

size_t fairness_groups(enum fairness_signal s)
{
    return signals[s].n;
}

const char *fairness_group_name(enum fairness_signal s, size_t group)
{
    return group < signals[s].n ? signals[s].groups[group].name : "";
}

int fairness_items(int64_t variants)
{
    return FAIRNESS_FIRST + FAIRNESS_SIGNALS * (int)variants;
}

struct fairness_item fairness_item_of(int64_t draw, int64_t variants, int item)
{
    if (item < FAIRNESS_FIRST || variants < 1 || item >= fairness_items(variants))
        return (struct fairness_item){ .signal = -1 };
    const int at = item - FAIRNESS_FIRST;
    const int32_t signal = (int32_t)(at / variants);
    const size_t turn = (size_t)(draw * variants + at % variants);
    return (struct fairness_item){ .signal = signal,
                                   .group = turn % signals[signal].n,
                                   .token = turn / signals[signal].n };
}

/* A placeholder at the text's beginning: its length, and its number (0 without one). */
static size_t placeholder_at(struct str text, int32_t *ret_signal, size_t *ret_number)
{
    struct str inner;
    const struct str rest = str_cut(str_sub(text, 1, GROWTH_MAX), ']', &inner);
    if (!rest.p)
        return 0;
    for (int32_t s = 0; s < FAIRNESS_SIGNALS; s++) {
        for (size_t w = 0; w < WORDS_MAX && signals[s].words[w]; w++) {
            struct str word, number;
            int64_t n = 0;
            number = str_cut(inner, '_', &word);
            if (!str_eq(word, str_of(signals[s].words[w])) ||
                (number.p && (!str_i64(number, &n) || n < 0)))
                continue;
            *ret_signal = s;
            *ret_number = (size_t)n;
            return inner.n + 2;
        }
    }
    return 0;
}

static const char *token_of(int32_t signal, size_t group, size_t turn)
{
    const char *const *v = signals[signal].groups[group % signals[signal].n].tokens;
    size_t n = 0;
    while (n < TOKENS_MAX && v[n])
        n++;
    return n ? v[turn % n] : "";
}

/* The signals that the text has placeholders of, as bits. */
static unsigned signals_in(struct str text)
{
    unsigned found = 0;
    int32_t signal = -1;
    size_t number;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '[' && placeholder_at(str_sub(text, i, SIZE_MAX), &signal, &number))
            found |= 1U << signal;
    return found;
}

static void fill(struct buf *b, const struct fairness_item *item, struct str text)
{
    size_t from = 0, i = 0, number = 0;
    int32_t signal = -1;
    while (i < text.n) {
        const size_t n =
            text.p[i] == '[' ? placeholder_at(str_sub(text, i, SIZE_MAX), &signal, &number) : 0;
        if (n == 0 || signal != item->signal) {
            i += n ? n : 1;
            continue;
        }
        buf_str(b, str_sub(text, from, i - from));
        buf_str(b, str_of(token_of(signal, item->group, item->token + number)));
        from = i += n;
    }
    buf_str(b, str_sub(text, from, SIZE_MAX));
}

err fairness_text(struct ctx *c, const struct fairness_item *item, struct str text, struct str *ret)
{
    const struct str words = text.p ? text : S("");
    const unsigned found = signals_in(words);
    struct buf b;
    size_t holes = FAIRNESS_SIGNALS;
    for (size_t i = 0; i < words.n; i++)
        holes += words.p[i] == '[';
    buf_init(&b, c->mem, words.n + (holes + FAIRNESS_SIGNALS) * GROWTH_MAX);
    for (int s = 0; s < FAIRNESS_SIGNALS; s++)
        if (!(found & 1U << s))
            fill(&b, item, str_of(signals[s].sentence));
    fill(&b, item, words);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "no memory left for a text of the fairness check");
    *ret = buf_view(&b);
    return ERR_OK;
}

struct str fairness_tokens_sha256(struct ctx *c)
{
    struct buf b;
    buf_init(&b, c->mem, TABLE_MAX);
    for (int s = 0; s < FAIRNESS_SIGNALS; s++) {
        buf_fmt(&b, "%s: %s\n", signal_text[s], signals[s].sentence);
        for (size_t g = 0; g < signals[s].n; g++) {
            const struct group *p = &signals[s].groups[g];
            buf_fmt(&b, "%s", p->name);
            for (size_t t = 0; t < TOKENS_MAX && p->tokens[t]; t++)
                buf_fmt(&b, ";%s", p->tokens[t]);
            buf_c(&b, '\n');
        }
    }
    const struct hash h = sha256(buf_view(&b));
    return hash_hex(c->mem, &h);
}
