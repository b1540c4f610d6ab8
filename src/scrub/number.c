/* scrub/number.c: numbers and codes that stand for a person: identity and bank numbers with their
 * check digits, codes behind a cue word, IP and MAC addresses, positions on the globe. */
#include "base/str.h"
#include "scrub/checksum.h"
#include "scrub/scrub_inner.h"

enum {
    CODE_MAX = 40,
    CODE_TOKENS_MAX = 16,
    CUE_REACH = 5,
    CUED_DIGITS_MIN = 4,
    UNCUED_DIGITS_MIN = 6,
    LONG_DIGITS_MIN = 11,
    GROUPED_DIGITS_MIN = 13,
    DECIMALS_MIN = 3
};

/* Groups of letters and digits without blanks, or digit groups with single blanks. */
struct code {
    size_t a, b; /* tokens */
    char text[CODE_MAX + 1], digits[CODE_MAX + 1];
    size_t n, n_digits, n_letters, groups;
    size_t lengths[CODE_TOKENS_MAX];
    bool hyphen, dot, slash, blank, hash;
};

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

static const struct words strong_cues =
    WORDS("passport", "candidate", "matric", "matriculation", "ucas", "licence", "license",
          "permit", "visa", "ssn", "nin", "bvn", "nhs", "nif", "nie", "dni", "cpf", "rut", "curp",
          "pesel", "aadhaar", "aadhar", "cnic", "iban", "passeport", "pasaporte", "roll", "index",
          "enrolment", "enrollment", "registration", "reg", "exam", "examination", "student",
          "applicant", "application", "identity", "identification", "id", "membership", "account",
          "insurance", "personal", "hukou", "nik", "kimlik", "tc", "ausweis", "bsn", "personnummer",
          "cedula", "waec", "jamb", "utme", "wassce", "kcse", "toefl", "ielts", "login", "badge",
          "certificate", "diploma", "voucher", "booking", "case", "receipt", "civil", "register",
          "citizen", "citizenship", "tax", "resident", "residence", "national", "pension", "social",
          "fund", "taxpayer", "census", "household");
static const struct words count_cues =
    WORDS("number", "no", "nr", "num", "code", "id", "card", "numero", "nummer", "pin", "is");

/* What the number of a car stands behind. */
static const struct words cars =
    WORDS("plate", "plates", "vehicle", "vin", "numberplate", "kennzeichen", "tablica", "plaka",
          "matricula", "immatriculation", "placa", "targa", "rendszam", "kenteken", "nopol");

/* Quantities: 100000000 cells, $12345678. */
static bool round_number(const struct code *code)
{
    return code->n_digits > 3 && memcmp(code->digits + code->n_digits - 3, "000", 3) == 0;
}

/* "TRN: 123-555-014": a kind of number by its short name, grouped as such numbers are. */
static bool short_name_cue(const struct tokens *t, size_t a)
{
    enum { GROUP_MIN = 3, SHORT_MAX = 6 };
    if (a == 0 || !(t->v[a].gap & GAP_COLON))
        return false;
    const struct token *cue = &t->v[a - 1], *first = &t->v[a], *second = &t->v[a + 1];
    return (cue->flags & T_ALL_CAPS) && token_len(cue) <= SHORT_MAX &&
           !(cue->bits & (LEX_SUBJECT | LEX_COMPETITION | LEX_UNIT)) && first->kind == TK_NUMBER &&
           second->kind == TK_NUMBER && second->gap == GAP_HYPHEN &&
           token_len(first) + token_len(second) >= 2 * GROUP_MIN;
}

/* "NPF number 44850147": a kind of number by its short name. */
static bool short_name_number(const struct tokens *t, size_t a)
{
    enum { SHORT_MAX = 6 };
    if (a < 2 || !(token_is(t, a - 1, "number") || token_is(t, a - 1, "no")))
        return false;
    const struct token *kind = &t->v[a - 2];
    return (kind->flags & T_ALL_CAPS) && !(kind->flags & T_SHOUT) && token_len(kind) <= SHORT_MAX &&
           gap_blank(t->v[a - 1].gap) && token_len(&t->v[a]) >= UNCUED_DIGITS_MIN &&
           !(kind->bits & (LEX_SUBJECT | LEX_COMPETITION | LEX_UNIT));
}

/* A word before it says that a person's number comes: "passport no. ", "candidate number is ". */
static bool cued(const struct tokens *t, const struct code *code)
{
    const size_t a = code->a;
    /* "my CI is", "our NIK:": a number of one's own that has a short name. */
    for (size_t i = 1; i <= 3 && i + 1 <= a; i++)
        if ((t->v[a - i].flags & T_ALL_CAPS) && token_is(t, a - i - 1, "my") &&
            code->n_digits >= UNCUED_DIGITS_MIN)
            return true;
    if (short_name_cue(t, a) || short_name_number(t, a))
        return true;
    bool number = (t->v[a].gap & (GAP_COLON | GAP_HASH)) != 0, strong = false;
    for (size_t i = 1; i <= CUE_REACH && i <= a; i++) {
        const struct token *w = &t->v[a - i];
        if (i > 1 && !gap_same_sentence(t->v[a - i + 1].gap) && !token_in(t, a - i, &count_cues))
            break;
        number |= token_in(t, a - i, &count_cues);
        const bool kind = ((w->bits & LEX_NATIONAL_ID) && !token_in(t, a - i, &cars)) ||
                          (w->phrase_set && (w->phrase_set->bits & LEX_NATIONAL_ID));
        strong |= kind || token_in(t, a - i, &strong_cues);
        /* "kart-e melli 1361234567": its last word stands before the number. */
        number |= kind && (i <= 2 || (w->phrase_set && i < w->phrase + 2U));
    }
    return strong && number;
}

/* 2019-2023, 20190417 */
static bool dates(const struct code *code)
{
    const bool century = memcmp(code->digits, "19", 2) == 0 || memcmp(code->digits, "20", 2) == 0;
    return century && code->n_digits == 8 && code->n_letters == 0 &&
           ((code->groups == 2 && code->lengths[0] == 4) ||
            (code->groups == 1 && month_day_valid(code->digits + 4)));
}

/* "Licence JF 07-33519", "passport X4471902": a document, then its number with at most one word of
 * capitals between; no range of years. Returns the first token of the number, or one past it. */
static size_t document_number(const struct tokens *t, const struct code *code)
{
    enum { SERIES_MAX = 5 };
    static const struct words papers =
        WORDS("licence", "license", "passport", "permit", "certificate", "visa", "membership",
              "badge", "voucher", "diploma", "card", "index", "roll", "registration", "enrolment",
              "enrollment", "account", "lic", "cert", "acct");
    size_t a = code->a;
    if (a < 2 || dates(code) || code->n_digits < UNCUED_DIGITS_MIN || code->dot ||
        round_number(code))
        return a + 1;
    const struct token *series = &t->v[a - 1];
    /* "CNI 112233445": by its short name alone. */
    enum { LONE_DIGITS_MIN = 8, KIND_MAX = 6 };
    if (code->groups == 1 && code->n_digits >= LONE_DIGITS_MIN && gap_blank(t->v[a].gap) &&
        (series->flags & T_ALL_CAPS) && !(series->flags & T_SHOUT) && token_len(series) >= 2 &&
        token_len(series) <= KIND_MAX && memcmp(code->digits, "97", 2) != 0 &&
        !(series->bits & (LEX_SUBJECT | LEX_COMPETITION | LEX_UNIT | LEX_BRAND)))
        return a;
    if (gap_blank(t->v[a].gap) && series->kind == TK_WORD && (series->flags & T_ALL_CAPS) &&
        token_len(series) <= SERIES_MAX)
        a--;
    return a > 0 && gap_blank(t->v[a].gap) && token_in(t, a - 1, &papers) ? a : code->a + 1;
}

/* "OBS-4471", "PR 40 5513": the capital letters that a number begins with; a when it has none. */
static size_t series_before(const struct tokens *t, size_t a)
{
    enum { SERIES_MAX = 4 };
    static const struct words books = WORDS("isbn", "issn", "doi");
    if (a == 0)
        return a;
    const struct token *w = &t->v[a - 1];
    const uint16_t gap = t->v[a].gap;
    const bool joined = gap == GAP_HYPHEN || gap == GAP_SLASH || gap == GAP_BLANK;
    const bool capital = w->flags & (T_ALL_CAPS | T_INITIAL);
    return joined && capital && w->kind == TK_WORD && token_len(w) <= SERIES_MAX &&
                   !token_in(t, a - 1, &books) &&
                   !(w->bits & (LEX_UNIT | LEX_BRAND | LEX_COMPETITION | LEX_SUBJECT))
               ? a - 1
               : a;
}

/* "Bus pass 7712 0043 19", "file AU-33019-B", "payroll no. PR 40 5513", "Number 55-C-01932": a
 * paper or a register, then what no amount looks like: letters, a nought in front, groups. Returns
 * the first token of the number, or one past it. */
static size_t register_number(const struct tokens *t, const struct code *code)
{
    enum { LETTERS_MAX = 4 };
    static const struct words papers = WORDS(
        "card", "pass", "badge", "permit", "file", "ticket", "document", "certificate", "record",
        "payroll", "dossier", "membership", "licence", "license", "voucher", "register", "docket",
        "folio", "reader", "member", "player", "rider", "patient", "observer", "witness", "swimmer",
        "pupil", "employee", "customer", "client", "volunteer", "athlete", "locker", "policy",
        "claim", "reference", "ref", "book", "booklet", "logbook", "passbook", "lic", "cert",
        "acct", "account", "apprentice", "holding", "guild", "tag", "reg", "memb");
    static const struct words counts = WORDS("number", "no", "nr", "num", "numero", "nummer");
    static const struct words things =
        WORDS("model", "part", "flight", "room", "bus", "route", "line", "issue", "volume",
              "catalogue", "catalog", "serial", "version", "exercise", "figure", "equation", "opus",
              "train", "tram", "road", "platform", "gate", "batch", "sample", "chapter", "problem",
              "question", "section", "page", "table");
    static const struct words parts =
        WORDS("graphics", "sound", "video", "memory", "network", "sd");
    const uint16_t apart = GAP_LINE | GAP_STOP | GAP_COMMA | GAP_QUOTE;
    size_t a = series_before(t, code->a), i = a;
    const bool lettered = (a < code->a || code->n_letters > 0) && code->n_letters <= LETTERS_MAX;
    const bool led = code->digits[0] == '0' && !code->slash;
    const bool parted = code->groups > 1 && (code->hyphen || code->blank) && !code->slash &&
                        code->n_digits >= UNCUED_DIGITS_MIN;
    if (!(lettered || led || parted) || code->n_digits < CUED_DIGITS_MIN || code->dot ||
        dates(code) || round_number(code) || (t->v[a].gap & apart))
        return code->a + 1;
    const bool counted = i > 0 && token_in(t, i - 1, &counts);
    i -= counted ? 1 : 0;
    const bool thing =
        (i > 0 && token_in(t, i - 1, &things)) || (i > 1 && token_in(t, i - 2, &parts));
    if (i > 0 && !thing && !(t->v[i].gap & apart) && token_in(t, i - 1, &papers))
        return a;
    const bool hyphened = parted && code->hyphen && code->n_digits > UNCUED_DIGITS_MIN;
    return counted && (lettered || hyphened) && !thing ? a : code->a + 1;
}

/* "Candidate 58213; centre 20417", "(seat 0417-22)": who sits an examination, then the number. */
static bool examinee_number(const struct tokens *t, const struct code *code)
{
    static const struct words seats =
        WORDS("candidate", "examinee", "entrant", "centre", "center", "seat", "applicant", "roll",
              "student", "pupil", "enrollee", "matric", "ucas", "cand");
    const size_t a = code->a;
    enum { SLASHED_MIN = 7 }; /* fewer are a score */
    return a > 0 && gap_blank(t->v[a].gap) && token_in(t, a - 1, &seats) && !code->dot &&
           !(code->slash && code->n_digits < SLASHED_MIN) && !code->blank && code->n_letters <= 2 &&
           !dates(code) && code->n_digits > CUED_DIGITS_MIN && !round_number(code);
}

/* "753116 SM9IJ", "75-441772 K 75": the end of a number whose last group begins with letters. */
static size_t number_rest(const struct tokens *t, size_t b)
{
    enum { LETTERS_MAX = 3, DIGITS_MAX = 4, LONE_MAX = 2 };
    const struct token *letters = token_at(t, b + 1), *digits = token_at(t, b + 2);
    const bool lone =
        (letters->flags & T_INITIAL) && gap_blank(digits->gap) && token_len(digits) <= LONE_MAX;
    const bool tied = digits->gap == GAP_NONE && token_len(digits) <= DIGITS_MAX;
    if (!gap_blank(letters->gap) || letters->kind != TK_WORD || digits->kind != TK_NUMBER ||
        !(letters->flags & (T_ALL_CAPS | T_INITIAL)) || token_len(letters) > LETTERS_MAX ||
        !(lone || (tied && token_len(letters) > 1)))
        return b;
    const struct token *more = token_at(t, b + 3);
    return more->kind == TK_WORD && more->gap == GAP_NONE ? b + 3 : b + 2;
}

/* "Candidate no. CWG 876 7556", "NI number PX 55 03 18 A": the letters of a cued number, unless
 * they are what tells its kind. */
static size_t cued_first(const struct tokens *t, const struct code *code)
{
    const size_t a = series_before(t, code->a);
    if (a == code->a || a == 0 || (t->v[a].flags & T_SHOUT) || (t->v[a].bits & LEX_NATIONAL_ID) ||
        token_in(t, a, &strong_cues) || token_in(t, a, &count_cues) ||
        !(gap_same_sentence(t->v[a].gap) || token_in(t, a - 1, &count_cues)))
        return code->a;
    return a;
}

static size_t cued_last(const struct tokens *t, const struct code *code, bool lettered)
{
    const struct token *end = token_at(t, code->b + 1);
    const bool letter = lettered && (end->flags & T_INITIAL) && gap_blank(end->gap) &&
                        !gap_blank(token_at(t, code->b + 2)->gap);
    return letter ? code->b + 1 : number_rest(t, code->b);
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
           code->n_digits >= LABEL_DIGITS_MIN && !code->dot && !code->slash &&
           !round_number(code) && !dates(code) && memcmp(code->digits, "97", 2) != 0 &&
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
    if ((code->n_digits >= CUED_DIGITS_MIN && cued(t, code)) || examinee_number(t, code)) {
        const size_t a = cued_first(t, code);
        take(p, a, cued_last(t, code, a < code->a), SCRUB_ID, "id.cue", 80);
        return;
    }
    size_t first = document_number(t, code);
    if (first > code->a)
        first = register_number(t, code);
    if (first <= code->a) {
        take(p, first, number_rest(t, code->b), SCRUB_ID, "id.document", 75);
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
             !round_number(code) && memcmp(code->digits, "97", 2) != 0)
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

/* IPv6 and MAC: groups of hexadecimal digits between colons, four groups or more. */
static void colon_groups(struct pass *p, size_t k)
{
    const struct fold *f = &p->f;
    size_t at = p->t.v[k].from, groups = 0, longest = 0, from = at;
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
        at += f->text[at + 1] == ':' ? 2 : 1;
        if (!fold_is_alnum(f->text[at]))
            break;
    }
    if (groups >= 6 || (groups >= 4 && longest >= 3))
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
        if ((t->v[k].bits & LEX_NATIONAL_ID) && token_in(t, k, &cars))
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

void number_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    plates(p);
    for (size_t k = 0; (k = token_wanted(t, k, W_CODE)) < t->n;) {
        const struct token *w = &t->v[k], *next = w + 1;
        if (w->flags & T_CLAIMED) {
            k++;
            continue;
        }
        if (next->gap == GAP_COLON && (w->gap != GAP_COLON))
            colon_groups(p, k);
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
