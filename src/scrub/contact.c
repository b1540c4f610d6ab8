/* scrub/contact.c: e-mail addresses, plain and disguised, URLs, domains and handles. Each begins at
 * a mark that plain words hardly have (@, ://, www., a slash or dot inside a word). */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    LOCAL_MIN = 5,
    TLD_MIN = 2,
    TLD_MAX = 12,
    HANDLE_MIN = 3,
    SPOKEN_LABELS_MAX = 4,
    CHAIN_MAX = 8,
    HANDLE_REACH = 4
};

static const struct hit an_email = {
    .type = SCRUB_EMAIL, .strength = BY_RECOGNISER, .confidence = 95, .rule = "email"
};
static const struct hit a_url = {
    .type = SCRUB_URL, .strength = BY_RECOGNISER, .confidence = 95, .rule = "url"
};
static const struct hit a_handle = {
    .type = SCRUB_HANDLE, .strength = BY_RECOGNISER, .confidence = 85, .rule = "handle"
};

static bool is_local(char ch)
{
    return fold_is_alnum(ch) || ch == '.' || ch == '_' || ch == '%' || ch == '+' || ch == '-';
}

static bool is_domain(char ch)
{
    return fold_is_alnum(ch) || ch == '.' || ch == '-';
}

/* The end of the domain that begins at i: labels with a dot and a last label of letters. 0: none */
static size_t domain_end(const struct fold *f, size_t i)
{
    size_t end = i;
    while (end < f->n && is_domain(f->text[end]))
        end++;
    while (end > i && !fold_is_alnum(f->text[end - 1]))
        end--;
    size_t tld = end;
    while (tld > i && fold_is_letter(f->text[tld - 1]))
        tld--;
    bool dotted = tld > i + 1 && f->text[tld - 1] == '.';
    return dotted && end - tld >= TLD_MIN ? end : 0;
}

/* The own part before the @ used as a user name, when it cannot be a word: zoe.rossi7 */
static void local_hits(struct pass *p)
{
    const struct fold *f = &p->f;
    const struct str local = p->own->local;
    bool marked = false;
    for (size_t i = 0; i < local.n; i++)
        marked |= !fold_is_letter(local.p[i]);
    if (!marked || local.n < LOCAL_MIN)
        return;
    const char *at = f->text, *end = f->text + f->n;
    while ((at = fold_find(at, (size_t)(end - at), local))) {
        size_t from = (size_t)(at - f->text), to = from + local.n;
        bool whole = (from == 0 || !fold_is_alnum(f->text[from - 1])) &&
                     (to == f->n || !fold_is_alnum(f->text[to]));
        struct hit one = an_email;
        one.rule = "identity.email";
        one.confidence = 100;
        one.strength = BY_IDENTITY;
        if (whole)
            hit_range(p, from, to, one);
        at += local.n;
    }
}

static void email_at(struct pass *p, size_t mid)
{
    const struct fold *f = &p->f;
    size_t from = mid;
    while (from > 0 && is_local(f->text[from - 1]))
        from--;
    while (from < mid && !fold_is_alnum(f->text[from]))
        from++;
    size_t to = from < mid ? domain_end(f, mid + 1) : 0;
    if (to) {
        hit_range(p, from, to, an_email);
        return;
    }
    /* @name: a handle, also with an inner dot. */
    to = mid + 1;
    while (to < f->n && (is_local(f->text[to]) || f->text[to] == '_'))
        to++;
    while (to > mid + 1 && !fold_is_alnum(f->text[to - 1]))
        to--;
    const bool free = mid == 0 || (!fold_is_alnum(f->text[mid - 1]) && f->text[mid - 1] != ']');
    if (free && to - mid > HANDLE_MIN && fold_is_letter(f->text[mid + 1]))
        hit_range(p, mid, to, a_handle);
}

/* A URL runs to the next blank or bracket, less the sentence's own marks. */
static size_t url_end(const struct fold *f, size_t i)
{
    while (i < f->n && (unsigned char)f->text[i] > ' ' && !strchr("<>\"[]{}", f->text[i]))
        i++;
    while (i > 0 && strchr(".,;:!?)'", f->text[i - 1]))
        i--;
    return i;
}

static const char *const file_endings[] = { "js",  "py",  "md",   "txt", "pdf", "cpp", "css",
                                            "ts",  "doc", "docx", "csv", "png", "jpg", "html",
                                            "xls", "zip", "java", "net", NULL };
static const struct words bare_endings =
    WORDS("com", "org", "net", "edu", "io", "dev", "me", "co", "uk", "app", "gov", "info", "ac",
          "ng", "gh", "ke", "za", "tz", "ug", "rw", "eg", "ma", "tn", "in", "pk", "bd", "lk", "np",
          "cn", "jp", "kr", "tw", "hk", "vn", "th", "id", "my", "sg", "ph", "ir", "iq", "sa", "ae",
          "jo", "lb", "il", "tr", "ru", "ua", "by", "pl", "cz", "sk", "hu", "ro", "bg", "gr", "rs",
          "hr", "si", "ba", "al", "mk", "de", "at", "ch", "fr", "be", "nl", "lu", "it", "es", "pt",
          "br", "mx", "ar", "cl", "pe", "ec", "ve", "uy", "cr", "us", "ca", "au", "nz", "ie", "se",
          "no", "dk", "fi", "is", "ee", "lv", "lt", "eu", "tech", "site", "xyz", "page", "blog",
          "online", "example", "test", "invalid", "link", "bio", "space", "cloud", "ai", "fm",
          "github", "club", "store", "art", "tv", "gg", "ly");

static bool text_in(struct str s, const char *const *list)
{
    for (; *list; list++)
        if (str_eq(s, str_of(*list)))
            return true;
    return false;
}

/* "github.com/zoe": the domain before the slash at i. */
static void slash_hit(struct pass *p, size_t i)
{
    const struct fold *f = &p->f;
    size_t from = i;
    while (from > 0 && is_domain(f->text[from - 1]))
        from--;
    while (from < i && !fold_is_alnum(f->text[from]))
        from++;
    if (from == i || i + 1 >= f->n || !fold_is_alnum(f->text[i + 1]) || domain_end(f, from) != i)
        return;
    size_t tld = i;
    while (tld > from && f->text[tld - 1] != '.')
        tld--;
    if (!text_in((struct str){ f->text + tld, i - tld }, file_endings))
        hit_range(p, from, url_end(f, i), a_url);
}

/* "zoerossi.dev", written small or all in one case; "end.In" is a slip, "node.js" a file. */
static void domain_hit(struct pass *p, size_t k)
{
    const struct fold *f = &p->f;
    const struct token *w = &p->t.v[k], *last = w - 1, *next = w + 1;
    const struct str tld = token_text(&p->t, k);
    if (w->kind != TK_WORD || last->kind == TK_END || tld.n < TLD_MIN || tld.n > TLD_MAX)
        return;
    if ((next->gap == GAP_NONE && next->kind != TK_END) ||
        (next->gap == GAP_DOT && next->kind == TK_WORD) || !token_in(&p->t, k, &bare_endings) ||
        (w->flags & T_CAPITAL && !(last->flags & T_ALL_CAPS)))
        return;
    size_t from = last->from;
    while (from > 0 && is_domain(f->text[from - 1]))
        from--;
    while (from < w->from && !fold_is_alnum(f->text[from]))
        from++;
    if (w->from - from > 3)
        hit_range(p, from, url_end(f, w->to), a_url);
}

static void url_hits(struct pass *p)
{
    static const struct words schemes = WORDS("http", "https", "www", "ftp", "hxxp", "hxxps");
    const struct fold *f = &p->f;
    const struct tokens *t = &p->t;
    struct wanted at_mark = wanted_from(t, W_MARK);
    for (size_t k; (k = wanted_next(&at_mark)) < t->n;) {
        const struct token *w = &p->t.v[k], *next = w + 1;
        if (w->flags & T_CLAIMED)
            continue;
        if (w->gap == GAP_SLASH)
            slash_hit(p, w->from - 1);
        if (w->gap == GAP_DOT)
            domain_hit(p, k);
        const bool opens = (!(~next->gap & (GAP_COLON | GAP_SLASH))) |
                           ((next->gap == GAP_DOT) & token_is(&p->t, k, "www"));
        if ((opens & may_be_in(w, &schemes)) && words_hold(t, w, &schemes)) {
            size_t to = url_end(f, w->from);
            if (to > next->from)
                hit_range(p, w->from, to, a_url);
        }
    }
}

/* Behind word k stands a dot, or a word for it. */
static inline bool ends_label(const struct tokens *t, size_t k)
{
    return (token_at(t, k + 1)->gap == GAP_DOT) | token_is(t, k + 1, "dot") |
           token_is(t, k + 1, "punto");
}

/* "ada (at) example dot org", "ada [at] example [dot] org": words for the marks. */
static void spoken_email(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    size_t last = k + 1, labels = 0;
    bool spoken = false;
    if (k == 0 || !(t->v[k].gap & (GAP_BLANK | GAP_BRACKET)))
        return;
    const bool bracketed = (t->v[k].gap & GAP_BRACKET) != 0;
    if (token_at(t, last)->kind != TK_WORD)
        return;
    while (labels < SPOKEN_LABELS_MAX && last + 2 <= t->n) {
        const bool word = token_is(t, last + 1, "dot") || token_is(t, last + 1, "punto");
        const bool mark = token_at(t, last + 1)->gap == GAP_DOT;
        if (!word && !mark)
            break;
        last += word ? 2 : 1;
        spoken |= word;
        labels++;
    }
    if (labels == 0 || last >= t->n || (!bracketed && !token_in(t, last, &bare_endings)))
        return;
    /* "the code at gitlab.com", "More at www.a.org": a word, and a domain that is written as one.
     */
    if (!bracketed && !spoken && (t->v[k - 1].dull || token_is(t, k + 1, "www")))
        return;
    size_t from = k - 1;
    while (from > 0 && (t->v[from].gap == GAP_NONE || t->v[from].gap == GAP_DOT ||
                        t->v[from].gap == GAP_UNDERSCORE || t->v[from].gap == GAP_HYPHEN))
        from--;
    while (from >= 2 && token_is(t, from - 1, "dot"))
        from -= 2;
    struct hit one = an_email;
    one.rule = "email.spoken";
    one.confidence = 85;
    hit_tokens(p, from, last, one);
    size_t to = t->v[last].to;
    if (to < p->f.n && p->f.text[to] == ')' && bracketed && (p->t.v[last].gap & GAP_BRACKET))
        hit_range(p, t->v[from].from, to + 1, one);
}

static const struct words services_a = WORDS("account", "behance", "codeforces", "chess", "discord",
                                             "duolingo", "facebook", "github", "gitlab", "handle");
static const struct words services_i =
    WORDS("instagram", "insta", "ig", "kaggle", "kakaotalk", "linkedin", "leetcode", "lichess",
          "medium", "nickname", "qq", "reddit");
static const struct words services_s =
    WORDS("snapchat", "skype", "signal", "soundcloud", "strava", "scratch", "steam", "twitter",
          "telegram", "tiktok", "twitch", "username", "vk", "wechat", "weixin", "whatsapp",
          "youtube", "zalo");

static inline bool is_service(const struct tokens *t, const struct token *w)
{
    const bool may_be =
        (may_be_in(w, &services_a) | may_be_in(w, &services_i) | may_be_in(w, &services_s)) &
        !(w->flags & T_CLAIMED) & !(w->bits & LEX_FUNCTION);
    return may_be && (words_hold(t, w, &services_a) || words_hold(t, w, &services_i) ||
                      words_hold(t, w, &services_s));
}

/* "Instagram: ada.codes", "GitHub handle ada_codes", "username adacodes7". */
static void named_handle(struct pass *p, size_t k)
{
    static const struct words between = WORDS("is", "handle", "username", "user", "name", "account",
                                              "id", "as", "under", "me", "at", "page");
    const struct tokens *t = &p->t;
    size_t i = k + 1;
    while (i < k + 4 && token_in(t, i, &between))
        i++;
    const size_t first = i;
    i += token_is(t, i, "live") && token_at(t, i + 1)->gap == GAP_COLON; /* Skype's own */
    const struct token *w = token_at(t, i);
    if (w->kind != TK_WORD || (w->flags & T_CLAIMED) || !gap_same_sentence(w->gap))
        return;
    size_t last = i;
    bool odd = false;
    while (last + 1 < t->n && last < i + CHAIN_MAX &&
           !(t->v[last + 1].gap & ~(GAP_DOT | GAP_UNDERSCORE | GAP_HYPHEN))) {
        last++;
        odd |= t->v[last].gap != GAP_HYPHEN;
    }
    /* "account DE89 3704 0044": a number, by groups */
    if ((w->flags & T_ALL_CAPS) && gap_blank(t->v[last + 1].gap) &&
        t->v[last + 1].kind == TK_NUMBER)
        return;
    const bool said = (w->gap & (GAP_COLON | GAP_BRACKET | GAP_AT)) || i > k + 1;
    const bool word = last == i && (w->bits & (LEX_FUNCTION | LEX_ORDINARY | LEX_FREQUENT));
    if (odd || (said && !word && last == i && !w->bits && !(w->flags & T_CAPITAL)))
        hit_tokens(p, first, last, a_handle);
}

/* u/name and r/…: only the user's own. */
static void user_path(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    size_t last = k + 1;
    while (last + 1 < t->n && last < k + CHAIN_MAX &&
           !(t->v[last + 1].gap & ~(GAP_DOT | GAP_UNDERSCORE | GAP_HYPHEN)))
        last++;
    hit_tokens(p, k, last, a_handle);
}

/* "Instagram: ada.codes": the name of the service stands a few words before the mark at most. */
static void named_handles(struct pass *p)
{
    const struct tokens *t = &p->t;
    size_t past = 0;
    for (size_t m = token_wanted(t, 0, W_HANDLE); m < t->n; m = token_wanted(t, m + 1, W_HANDLE)) {
        for (size_t k = m > HANDLE_REACH && m - HANDLE_REACH > past ? m - HANDLE_REACH : past;
             k <= m; k++)
            if (is_service(t, &t->v[k]))
                named_handle(p, k);
        past = m + 1;
    }
}

void contact_hits(struct pass *p)
{
    const struct fold *f = &p->f;
    const struct tokens *t = &p->t;
    const char *at = f->text, *end = f->text + f->n;
    while ((at = memchr(at, '@', (size_t)(end - at))))
        email_at(p, (size_t)(at++ - f->text));
    local_hits(p);
    url_hits(p);
    struct wanted at_cue = wanted_from(t, W_CUE);
    for (size_t k; (k = wanted_next(&at_cue)) < t->n;) {
        const struct token *w = &t->v[k];
        const bool mark = token_is(t, k, "at") | (!w->dull & token_is(t, k, "arroba"));
        if ((mark & !(w->flags & T_CLAIMED)) && k + 1 < t->n && ends_label(t, k + 1))
            spoken_email(p, k);
    }
    named_handles(p);
    struct wanted at_mark = wanted_from(t, W_MARK);
    for (size_t k; (k = wanted_next(&at_mark)) < t->n;)
        if (token_is(t, k, "u") & (t->v[k + 1].gap == GAP_SLASH) & !(t->v[k].flags & T_CLAIMED))
            user_path(p, k);
    p->t.steps += 3 * p->t.n;
}
