/* scrub/number.c: numbers and codes that stand for a person: identity and bank numbers with their
 * check digits, codes behind a cue word, IP and MAC addresses, positions on the globe. */
#include "base/str.h"
#include "scrub/checksum.h"
#include "scrub/code.h"

enum { LONG_DIGITS_MIN = 11, GROUPED_DIGITS_MIN = 13, DECIMALS_MIN = 3 };

static void code_add(const struct pass *p, size_t k, struct code *ret)
{
    const struct token *w = &p->t.v[k];
    const size_t n = token_len(w);
    const bool number = w->kind == TK_NUMBER;
    ret->b = k;
    if (ret->n + n > CODE_MAX)
        return;
    memcpy(ret->text + ret->n, p->f.text + w->from, n);
    ret->n += n;
    if (number) {
        memcpy(ret->digits + ret->n_digits, p->f.text + w->from, n);
        ret->n_digits += n;
        if (ret->groups < CODE_TOKENS_MAX)
            ret->lengths[ret->groups] = n;
        ret->groups++;
    } else {
        ret->n_letters += n;
    }
}

static bool code_goes_on(const struct pass *p, const struct code *code, size_t k)
{
    const struct token *w = &p->t.v[k];
    const uint16_t gap = w->gap;
    if (w->kind != TK_NUMBER && w->kind != TK_WORD)
        return false;
    if (!(gap & ~(GAP_HYPHEN | GAP_SLASH | GAP_DOT)))
        return w->from - w[-1].to <= 1;
    return gap == GAP_BLANK && w->kind == TK_NUMBER && w[-1].kind == TK_NUMBER &&
           code->n_letters <= 2 && w->from - w[-1].to == 1;
}

/* A number of so few digits, and nothing tied to it, that no rule takes it. */
static bool short_alone(const struct token *w)
{
    const struct token *next = w + 1;
    return token_len(w) < CUED_DIGITS_MIN && (next->gap & ~(GAP_HYPHEN | GAP_SLASH | GAP_DOT)) &&
           !(next->gap == GAP_BLANK && next->kind == TK_NUMBER);
}

static struct code code_at(const struct pass *p, size_t k)
{
    struct code code = { .a = k };
    code.hash = (p->t.v[k].gap & GAP_HASH) != 0;
    code_add(p, k, &code);
    for (size_t i = k + 1; i < p->t.n && i - k < CODE_TOKENS_MAX && code_goes_on(p, &code, i);
         i++) {
        const uint16_t gap = p->t.v[i].gap;
        code.hyphen |= (gap & GAP_HYPHEN) != 0;
        code.dot |= (gap & GAP_DOT) != 0;
        code.slash |= (gap & GAP_SLASH) != 0;
        code.blank |= (gap & GAP_BLANK) != 0;
        code_add(p, i, &code);
    }
    return code;
}

static bool grouped(const struct code *code, const size_t *lengths, size_t n)
{
    if (code->groups != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (code->lengths[i] != lengths[i])
            return false;
    return true;
}
#define GROUPED(code, ...)                                                                         \
    grouped((code), (const size_t[]){ __VA_ARGS__ },                                               \
            sizeof((const size_t[]){ __VA_ARGS__ }) / sizeof(size_t))

/* The rule of a number whose digits prove it, or NULL. */
static const char *checked_digits(const struct code *code)
{
    const char *d = code->digits;
    const bool one = code->groups == 1;
    switch (code->n_digits) {
    case 10:
        if ((GROUPED(code, 6, 4) && code->hyphen) && month_day_valid(d + 2) && luhn_valid(d, 10))
            return "id.personnummer";
        break;
    case 11:
        if (pesel_valid(d) && one &&
            month_day_valid((const char[]){ (char)('0' + (d[2] - '0') % 2), d[3], d[4], d[5] }))
            return "id.pesel";
        if (one && tc_valid(d))
            return "id.tc";
        if ((one || GROUPED(code, 3, 3, 3, 2)) && cpf_valid(d))
            return "id.cpf";
        break;
    case 12:
        if ((one || GROUPED(code, 4, 4, 4)) && d[0] >= '2' && verhoeff_valid(d, 12))
            return "id.aadhaar";
        if (GROUPED(code, 8, 4) && month_day_valid(d + 4) && luhn_valid(d + 2, 10))
            return "id.personnummer";
        break;
    case 13:
        if (GROUPED(code, 6, 7) && month_day_valid(d + 2))
            return "id.rrn";
        if (one && month_day_valid(d + 2) && luhn_valid(d, 13))
            return "id.za";
        if (GROUPED(code, 5, 7, 1))
            return "id.cnic";
        break;
    case 15:
        if (nir_valid(d))
            return "id.nir";
        if (GROUPED(code, 3, 4, 7, 1))
            return "id.emirates";
        break;
    default:
        break;
    }
    const bool fours = code->groups > 1 && code->lengths[0] == 4;
    if (code->n_digits >= 13 && code->n_digits <= 19 && (one || fours) && d[0] >= '3' &&
        d[0] <= '6' && luhn_valid(d, code->n_digits))
        return "id.card";
    return NULL;
}

static const char *checked_code(const struct code *code)
{
    const char *d = code->digits, *s = code->text;
    if (code->n_letters == 0 && code->n_digits == 9 && GROUPED(code, 3, 2, 4) && code->hyphen)
        return "id.ssn";
    if (code->n == 18 && code->n_digits >= 17 && month_day_valid(d + 10) && !code->hyphen &&
        (code->n_letters == 0 || s[17] == 'x') && cn_resident_valid(s))
        return "id.cn";
    if (code->n_letters == 1 && code->n_digits == 8 && !fold_is_digit(s[8]) && dni_valid(d, s[8]))
        return "id.dni";
    if (code->n_letters == 3 && code->n_digits == 6 && !fold_is_digit(s[0]) &&
        !fold_is_digit(s[1]) && !fold_is_digit(s[8]))
        return "id.nino";
    if (code->n == 18 && code->n_digits >= 7 && !fold_is_digit(s[0]) && !fold_is_digit(s[3]) &&
        code->lengths[0] == 6)
        return "id.curp";
    /* ORCID, PSN: fours with hyphens, the last digit of the first maybe an X. */
    const bool x = code->n_letters == 1 && code->n == 16 && s[15] == 'x';
    if (code->hyphen && !code->blank && !code->slash && code->n == 16 &&
        (x ? code->lengths[0] == 4 : GROUPED(code, 4, 4, 4, 4)))
        return "id.fours";
    return code->n_letters == 0 ? checked_digits(code) : NULL;
}

static bool year_like(const struct code *code)
{
    return code->n == 4 && code->n_digits == 4 &&
           (memcmp(code->text, "19", 2) == 0 || memcmp(code->text, "20", 2) == 0);
}

static void take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule,
                 uint8_t confidence)
{
    hit_tokens(p, a, b,
               (struct hit){ .type = (uint8_t)type,
                             .strength = BY_RECOGNISER,
                             .confidence = confidence,
                             .rule = rule });
}

static bool is_ip(const struct pass *p, const struct code *code)
{
    static const struct words versions = WORDS("version", "v", "release", "firmware");
    size_t at = 0;
    if (code->n_letters || code->groups != 4 || code->blank || code->hyphen || code->slash ||
        !code->dot)
        return false;
    for (size_t g = 0; g < 4; g++) {
        int v = 0;
        for (size_t i = 0; i < code->lengths[g] && i < 4; i++)
            v = v * 10 + (code->digits[at + i] - '0');
        at += code->lengths[g];
        if (v > 255 || code->lengths[g] > 3)
            return false;
    }
    return !(code->a > 0 && token_in(&p->t, code->a - 1, &versions)) &&
           memcmp(code->digits, "127001", 6) != 0;
}

/* Letters and digits with six digits or more and no other sense: a number of a document. */
static bool odd_code(const struct pass *p, const struct code *code)
{
    const struct token *first = &p->t.v[code->a];
    const bool mixed = code->n_letters > 0 && code->n_letters <= 4 && !code->blank && !code->hash;
    const bool caps = first->kind == TK_WORD && (first->flags & (T_CAPITAL | T_FOREIGN));
    return mixed && caps && code->n_digits >= UNCUED_DIGITS_MIN;
}

/* Groups that are no table of years or scores: one of five digits or more beside shorter ones. */
static bool uneven(const struct code *code)
{
    size_t longest = 0, shortest = SIZE_MAX;
    for (size_t i = 0; i < code->groups && i < CODE_TOKENS_MAX; i++) {
        longest = code->lengths[i] > longest ? code->lengths[i] : longest;
        shortest = code->lengths[i] < shortest ? code->lengths[i] : shortest;
    }
    return longest >= 5 && shortest < longest;
}

/* "tazkira: 1399-0501-44871": a label of few words, then as many digits as amounts in an essay
 * do not have, with no mark of an amount, a decimal or a book. */
static bool labelled(const struct tokens *t, const struct code *code)
{
    enum { LABEL_DIGITS_MIN = 8 };
    static const struct words other =
        WORDS("phone", "telephone", "tel", "mobile", "cell", "fax", "whatsapp", "contact", "isbn",
              "issn", "telefono", "telefon", "handy", "total", "views", "seed", "result");
    const struct token *label = code->a > 0 ? &t->v[code->a - 1] : NULL;
    return label && (t->v[code->a].gap & GAP_COLON) && !(t->v[code->a].gap & GAP_LINE) &&
           label->kind == TK_WORD && !token_in(t, code->a - 1, &other) &&
           code->n_digits >= LABEL_DIGITS_MIN && !code->dot && !code->slash && !code_round(code) &&
           !code_dates(code) && memcmp(code->digits, "97", 2) != 0 &&
           !(label->bits & (LEX_UNIT | LEX_COMPETITION | LEX_SUBJECT | LEX_WORK));
}

static void judge(struct pass *p, const struct code *code)
{
    const struct tokens *t = &p->t;
    const char *rule;
    const size_t from = t->v[code->a].from;
    const bool plus = from > 0 && p->f.text[from - 1] == '+'; /* a phone number */
    if (code->n_digits == 0 || code->n > CODE_MAX || plus)
        return;
    if (is_ip(p, code)) {
        take(p, code->a, code->b, SCRUB_IP, "ip", 90);
        return;
    }
    rule = checked_code(code);
    if (rule) {
        take(p, code->a, code->b, SCRUB_ID, rule, 95);
        return;
    }
    const struct token *last = &t->v[code->b];
    const bool percent = last->to < p->f.n && p->f.text[last->to] == '%';
    /* "mock: 88/100": a mark out of so many. */
    const bool score = code->slash && code->groups == 2 && code->n_letters == 0 &&
                       code->lengths[0] <= 3 && code->lengths[1] <= 3 && !code->hyphen;
    if (year_like(code) || percent || score)
        return;
    const struct cued cued = cued_number(t, code);
    if (cued.a <= cued.b) {
        take(p, cued.a, cued.b, SCRUB_ID, cued.rule, cued.confidence);
        return;
    }
    /* 1 2007 7 0034521 0 18: more digits than any phone or amount has, in groups of all lengths. */
    const bool grouped = code->n_letters == 0 && code->groups > 2 && code->blank && !code->dot &&
                         !code->slash && !code->hyphen && code->n_digits >= GROUPED_DIGITS_MIN;
    if (odd_code(p, code))
        take(p, code->a, code->b, SCRUB_ID, "id.code", 60);
    else if (labelled(t, code))
        take(p, code->a, code->b, SCRUB_ID, "id.label", 60);
    else if (grouped && uneven(code))
        take(p, code->a, code->b, SCRUB_ID, "id.grouped", 55);
    else if (code->n_letters == 0 && code->groups == 1 && code->n_digits >= LONG_DIGITS_MIN &&
             !code_round(code) && memcmp(code->digits, "97", 2) != 0)
        take(p, code->a, code->b, SCRUB_ID, "id.long", 55);
}

/* Letters and digits by fours behind a country's two letters and two digits. */
static bool iban_at(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    char text[CODE_MAX];
    size_t n = 0, b = 0;
    if (t->v[k].kind != TK_WORD || token_len(&t->v[k]) != 2 || t->v[k + 1].kind != TK_NUMBER ||
        t->v[k + 1].gap != GAP_NONE)
        return false;
    for (size_t i = k; i < t->n; i++) {
        const struct token *w = &t->v[i];
        if (i > k && (w->gap & ~GAP_BLANK))
            break;
        if (n + token_len(w) > sizeof(text) || w->kind == TK_PLACEHOLDER)
            break;
        memcpy(text + n, p->f.text + w->from, token_len(w));
        n += token_len(w);
        b = iban_valid(text, n) ? i : b;
    }
    if (b)
        take(p, k, b, SCRUB_ID, "id.iban", 95);
    return b != 0;
}

static bool is_hex(struct str s, size_t most)
{
    for (size_t i = 0; i < s.n; i++)
        if (!fold_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
            return false;
    return s.n > 0 && s.n <= most;
}

/* Four letters and digits at most, then a colon. */
static bool before_colon(const struct pass *p, size_t k)
{
    enum { GROUP_MAX = 4 };
    const struct token *w = &p->t.v[k];
    size_t at = w->from;
    if (w->gap == GAP_COLON || w->gap == GAP_NONE)
        return false;
    while (at < p->f.n && at - w->from <= GROUP_MAX && fold_is_alnum(p->f.text[at]))
        at++;
    return at + 1 < p->f.n && p->f.text[at] == ':' && p->f.text[at + 1] != ' ';
}

/* IPv6 and MAC: groups of hexadecimal digits between colons, four groups or more, or fewer where
 * some are left out. */
static void colon_groups(struct pass *p, size_t k)
{
    const struct fold *f = &p->f;
    size_t at = p->t.v[k].from, groups = 0, longest = 0, from = at;
    bool left_out = false;
    while (at < f->n && groups < CODE_TOKENS_MAX) {
        const size_t start = at;
        while (at < f->n && fold_is_alnum(f->text[at]))
            at++;
        if (!is_hex((struct str){ f->text + start, at - start }, 4))
            return;
        longest = at - start > longest ? at - start : longest;
        groups++;
        if (at + 1 >= f->n || f->text[at] != ':')
            break;
        left_out |= f->text[at + 1] == ':';
        at += f->text[at + 1] == ':' ? 2 : 1;
        if (!fold_is_alnum(f->text[at]))
            break;
    }
    if (groups >= 6 || (longest >= 3 && groups >= (left_out ? 3 : 4)))
        hit_range(p, from, at,
                  (struct hit){ .type = SCRUB_IP,
                                .strength = BY_RECOGNISER,
                                .confidence = 85,
                                .rule = groups == 6 && longest == 2 ? "mac" : "ip" });
}

/* One coordinate: 6.5244 with three decimals or more, at most 180. */
static bool coordinate(const struct tokens *t, size_t k, int limit)
{
    const struct token *whole = token_at(t, k), *part = token_at(t, k + 1);
    if (whole->kind != TK_NUMBER || part->kind != TK_NUMBER || part->gap != GAP_DOT ||
        token_len(part) < DECIMALS_MIN || token_len(whole) > 3)
        return false;
    int v = 0;
    const struct str text = token_text(t, k);
    for (size_t i = 0; i < text.n; i++)
        v = v * 10 + (text.p[i] - '0');
    return v <= limit;
}

static void position_at(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    static const struct words sides = WORDS("n", "s", "e", "w", "north", "south", "east", "west",
                                            "lat", "latitude", "lon", "lng", "long", "longitude");
    size_t i = k + 2;
    if (!coordinate(t, k, 90))
        return;
    while (i < k + 5 && token_in(t, i, &sides))
        i++;
    if (!coordinate(t, i, 180) || !(token_at(t, i)->gap & (GAP_COMMA | GAP_SLASH | GAP_BLANK)) ||
        (i == k + 2 && !(token_at(t, i)->gap & (GAP_COMMA | GAP_SLASH))))
        return;
    const size_t last = token_in(t, i + 2, &sides) ? i + 2 : i + 1;
    take(p, k, last, SCRUB_GEO, "geo", 90);
}

/* 6°31'28"N: degrees, minutes, seconds and a side. */
static void degrees_at(struct pass *p, size_t k)
{
    static const struct words sides = WORDS("n", "s", "e", "w");
    const struct tokens *t = &p->t;
    size_t i = k + 1, numbers = 1;
    if (!(token_at(t, i)->gap & GAP_OTHER))
        return;
    while (numbers < 4 && token_at(t, i)->kind == TK_NUMBER && i < k + 4) {
        numbers++;
        i++;
    }
    if (numbers >= 2 && token_in(t, i, &sides) && (t->v[i].flags & T_CAPITAL))
        take(p, k, i, SCRUB_GEO, "geo", 85);
}

/* A piece of a number plate: few digits, few capitals, or letters of another script. */
static bool plate_piece(const struct token *w)
{
    enum { DIGITS_MAX = 5, LETTERS_MAX = 5, FOREIGN_MAX = 6 };
    if (w->kind == TK_NUMBER)
        return token_len(w) <= DIGITS_MAX;
    if (w->kind != TK_WORD || (w->flags & T_CLITIC))
        return false;
    if (w->flags & T_FOREIGN)
        return token_len(w) <= FOREIGN_MAX;
    return (w->flags & (T_ALL_CAPS | T_INITIAL)) && token_len(w) <= LETTERS_MAX;
}

/* "plate of the van AB 447 CD", "vehicle EV 44718": k tells of a car's number, which stands within
 * few small words. */
static void plate_at(struct pass *p, size_t k)
{
    enum { SMALL_MAX = 5, PIECES_MAX = 6, DIGITS_MIN = 3, SIGNS_MIN = 5 };
    static const struct words small =
        WORDS("of", "the", "my", "our", "a", "van", "car", "scooter", "motorbike", "bike", "truck",
              "lorry", "number", "no", "is", "was", "reads", "family", "taxi", "plate", "father",
              "mother", "s", "bus", "reg", "registration", "licence", "license", "with");
    const struct tokens *t = &p->t;
    const uint16_t joints = GAP_BLANK | GAP_HYPHEN | GAP_DOT | GAP_OTHER;
    size_t a = k + 1, b, digits = 0, signs = 0;
    while (a < t->n && a - k <= SMALL_MAX && token_in(t, a, &small) &&
           !(t->v[a].gap & (GAP_LINE | GAP_COMMA)))
        a++;
    if (a >= t->n || (t->v[a].gap & (GAP_LINE | GAP_COMMA | GAP_STOP)))
        return;
    for (b = a; b < t->n && b - a < PIECES_MAX && plate_piece(&t->v[b]); b++) {
        const uint16_t gap = t->v[b].gap;
        if (b > a && ((gap & ~joints) || ((gap & GAP_DOT) && (gap & GAP_BLANK))))
            break;
        digits += t->v[b].kind == TK_NUMBER ? token_len(&t->v[b]) : 0;
        signs += token_len(&t->v[b]);
    }
    if (b > a && digits >= DIGITS_MIN && signs >= SIGNS_MIN)
        take(p, a, b - 1, SCRUB_ID, "id.plate", 80);
}

static void plates(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_PROXY); k < t->n; k = token_wanted(t, k + 1, W_PROXY))
        if ((t->v[k].bits & LEX_NATIONAL_ID) && code_of_car(t, k))
            plate_at(p, k);
}

/* 4471 9C0E 77AB 2D15, A1B2-C3D4-E5F6-0718: keys and fingerprints, groups of four or five letters
 * and digits. The byte past it, or 0. */
static size_t key_end(const struct fold *f, size_t from)
{
    enum { GROUP_MIN = 4, GROUP_MAX = 5, GROUPS_MIN = 4, GROUPS_MAX = 12 };
    size_t at = from, groups = 0, letters = 0, digits = 0, size = 0, end = 0;
    while (at < f->n && groups < GROUPS_MAX) {
        const size_t start = at;
        for (; at < f->n && fold_is_alnum(f->text[at]) && at - start <= GROUP_MAX; at++) {
            letters += fold_is_letter(f->text[at]) && f->upper[at];
            digits += fold_is_digit(f->text[at]);
        }
        size = groups == 0 ? at - start : size;
        if (at - start != size || size < GROUP_MIN || size > GROUP_MAX)
            break;
        groups++;
        end = at;
        if (at + 1 >= f->n || (f->text[at] != ' ' && f->text[at] != '-'))
            break;
        at++;
    }
    return groups >= GROUPS_MIN && letters >= 2 && digits >= GROUPS_MIN &&
                   letters + digits == groups * size
               ? end
               : 0;
}

static bool take_key(struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const size_t to = !(w->gap & GAP_HYPHEN) && w->gap ? key_end(&p->f, w->from) : 0;
    if (to)
        hit_range(
            p, w->from, to,
            (struct hit){
                .type = SCRUB_ID, .strength = BY_RECOGNISER, .confidence = 75, .rule = "id.key" });
    return to != 0;
}

/* "9/MAMANA(N)044718", "file 4 Cs 117/24": numbers of a state's own form. The last token, or 0. */
static size_t formed_end(const struct tokens *t, size_t k)
{
    enum { PLACE_MIN = 3, SERIAL_MIN = 5, REACH = 3, COURT_MAX = 4 };
    static const struct words files =
        WORDS("file", "case", "docket", "court", "aktenzeichen", "az");
    const struct token *letters = token_at(t, k + 1), *third = token_at(t, k + 2);
    const struct token *fourth = token_at(t, k + 3);
    /* "a call sign, 9K2XYB" */
    if (k > 1 && (token_is(t, k - 1, "callsign") ||
                  (token_is(t, k - 1, "sign") && token_is(t, k - 2, "call")))) {
        size_t b = k;
        while (b + 1 < t->n && t->v[b + 1].gap == GAP_NONE)
            b++;
        return b > k ? b : 0;
    }
    if (letters->kind != TK_WORD || !(letters->flags & T_CAPITAL))
        return 0;
    if (letters->gap == GAP_SLASH && (letters->flags & T_ALL_CAPS) &&
        token_len(letters) >= PLACE_MIN && third->gap == GAP_BRACKET && token_len(third) == 1 &&
        fourth->gap == GAP_BRACKET && fourth->kind == TK_NUMBER && token_len(fourth) >= SERIAL_MIN)
        return k + 3;
    if (!gap_blank(letters->gap) || token_len(letters) > COURT_MAX || !gap_blank(third->gap) ||
        third->kind != TK_NUMBER || fourth->kind != TK_NUMBER || fourth->gap != GAP_SLASH)
        return 0;
    for (size_t i = 1; i <= REACH && i <= k; i++)
        if (token_in(t, k - i, &files))
            return k + 3;
    return 0;
}

/* "observer code QLXB": a code of letters alone, of somebody. */
static void letter_codes(struct pass *p)
{
    enum { LETTERS_MIN = 3, LETTERS_MAX = 7 };
    static const struct words owners =
        WORDS("observer", "member", "station", "pilot", "agent", "competitor", "judge", "diver",
              "player", "pupil", "student", "volunteer", "my", "our", "personal", "contestant");
    const struct tokens *t = &p->t;
    struct wanted at_letter = wanted_from(t, W_LETTER);
    for (size_t k; (k = wanted_next(&at_letter)) < t->n;) {
        const struct token *w = &t->v[k];
        if (k < 2 || (w->flags & (T_ALL_CAPS | T_SHOUT | T_CLAIMED)) != T_ALL_CAPS)
            continue;
        const size_t i = token_is(t, k - 1, "is") || token_is(t, k - 1, "was") ? k - 1 : k;
        const bool cue = token_is(t, i - 1, "code") || token_is(t, i - 1, "codes") ||
                         token_is(t, i - 1, "callsign");
        const bool strange = !w->bits && token_len(w) > LETTERS_MIN; /* "under a code, KHQA" */
        if (i > 1 && cue && (token_in(t, i - 2, &owners) || strange) &&
            token_len(w) >= LETTERS_MIN && token_len(w) <= LETTERS_MAX &&
            gap_same_sentence(w->gap) && !(w->bits & LEX_BRAND))
            take(p, k, k, SCRUB_ID, "id.letters", 65);
    }
}

void number_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    plates(p);
    letter_codes(p);
    for (size_t k = 0; (k = token_wanted(t, k, W_CODE)) < t->n;) {
        const struct token *w = &t->v[k];
        if (w->flags & T_CLAIMED) {
            k++;
            continue;
        }
        if (before_colon(p, k))
            colon_groups(p, k);
        const size_t formed = formed_end(t, k);
        if (formed)
            take(p, k, formed, SCRUB_ID, "id.formed", 85);
        if (w->kind == TK_NUMBER) {
            position_at(p, k);
            degrees_at(p, k);
        }
        if ((w->flags & T_CLAIMED) || take_key(p, k) ||
            (w->kind == TK_NUMBER ? short_alone(w) : iban_at(p, k))) {
            k++;
            continue;
        }
        const struct code code = code_at(p, k);
        judge(p, &code);
        k = code.b + 1;
    }
    p->t.steps += 2 * t->n;
}
