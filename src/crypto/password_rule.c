/* Which new passwords are refused, and with which words; the password itself is never repeated. */
#include <string.h>

#include "base/str.h"
#include "codec/utf8.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/password_inner.h"

enum { BYTES_MAX = 4 * PASSWORD_CHARS_MAX, BASE_MIN = 3, WORDS_MAX = 5 };

static err refuse(struct ctx *c, struct str reason, struct str msg)
{
    struct issue issue = {
        .type = S("value_error"),
        .loc = S("[\"body\",\"password\"]"),
        .msg = msg,
        .input = S("\"**********\""),
        .ctx = str_fmt(c->mem, "{\"reason\":\"%.*s\"}", STR_ARG(reason)),
    };
    return fault_issue(c, &issue);
}

static bool letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (unsigned char)ch >= 0x80;
}

static void lower(struct str s, char *ret)
{
    for (size_t i = 0; i < s.n; i++)
        ret[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ('a' - 'A') : s.p[i]);
}

/* Without digits and punctuation at either end. */
static struct str base_of(struct str s)
{
    while (s.n && !letter(s.p[s.n - 1]))
        s.n--;
    while (s.n && !letter(s.p[0])) {
        s.p++;
        s.n--;
    }
    return s;
}

static bool on_list(struct str s)
{
    size_t from = 0, to = password_list_n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = str_cmp(str_of(password_list[mid]), s);
        if (order == 0)
            return true;
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return false;
}

static bool base_on_list(struct str s)
{
    struct str base = base_of(s);
    if (base.n < BASE_MIN)
        return false;
    for (size_t i = 0; i < password_list_n; i++) {
        if (str_eq(base_of(str_of(password_list[i])), base))
            return true;
    }
    return false;
}

/* The letters alone, lower case; at most cap bytes. */
static struct str letters_of(struct str s, char *ret, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < cap; i++) {
        if (letter(s.p[i]))
            ret[n++] = s.p[i];
    }
    struct str kept = { ret, n };
    lower(kept, ret);
    return kept;
}

/* Whether the text is one or more of the words, end to end. */
static bool made_of(struct str text, const struct str *words, size_t n_words)
{
    bool reached[BYTES_MAX + 1] = { true };
    for (size_t at = 0; at < text.n; at++) {
        for (size_t w = 0; reached[at] && w < n_words; w++) {
            size_t end = at + words[w].n;
            if (words[w].n && end <= text.n && str_starts(str_sub(text, at, text.n), words[w]))
                reached[end] = true;
        }
    }
    return text.n && reached[text.n];
}

/* The service's words or the user's own name, with nothing but digits and punctuation around. */
static bool from_context(struct str low, struct str username)
{
    char text[BYTES_MAX], whole[BYTES_MAX], local[BYTES_MAX];
    struct str before_at = username;
    if (username.n)
        (void)str_cut(username, '@', &before_at);
    struct str letters = letters_of(low, text, sizeof(text));
    const struct str words[WORDS_MAX] = {
        S("enigma"),
        S("admissions"),
        S("university"),
        letters_of(username, whole, sizeof(whole)),
        letters_of(before_at, local, sizeof(local)),
    };
    bool found = made_of(letters, words, WORDS_MAX);
    if (letters.n == 0 && username.n) /* digits only: the name may be a number */
        found = memmem(low.p, low.n, username.p, username.n) != NULL;
    secret_wipe(text, sizeof(text));
    return found;
}

err password_acceptable(struct ctx *c, struct str password, struct str username)
{
    if (!utf8_valid(password))
        return refuse(c, S("encoding"), S("Password must be valid UTF-8"));
    size_t chars = utf8_count(password);
    if (chars < PASSWORD_CHARS_MIN)
        return refuse(c, S("too_short"), S("Password must have at least 8 characters"));
    if (chars > PASSWORD_CHARS_MAX)
        return refuse(c, S("too_long"), S("Password must have at most 256 characters"));
    char text[BYTES_MAX];
    struct str low = { text, password.n };
    lower(password, text);
    bool common = on_list(low) || base_on_list(low);
    bool context = from_context(low, username);
    secret_wipe(text, sizeof(text));
    if (context)
        return refuse(c, S("context"),
                      S("Password must be more than the user name or a word of this service"));
    if (common)
        return refuse(c, S("common"), S("Password is on the list of common passwords"));
    return ERR_OK;
}
