/* scrub/cued_number.c: codes that are a person's number because of the words before them: a
 * document, a register, an examination, a key. */
#include "scrub/code.h"

enum { CUE_REACH = 5 };

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

bool code_of_car(const struct tokens *t, size_t k)
{
    static const struct words cars =
        WORDS("plate", "plates", "vehicle", "vin", "numberplate", "kennzeichen", "tablica", "plaka",
              "matricula", "immatriculation", "placa", "targa", "rendszam", "kenteken", "nopol");
    return token_in(t, k, &cars);
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
        const bool kind = ((w->bits & LEX_NATIONAL_ID) && !code_of_car(t, a - i)) ||
                          (w->phrase_set && (w->phrase_set->bits & LEX_NATIONAL_ID));
        strong |= kind || token_in(t, a - i, &strong_cues);
        /* "kart-e melli 1361234567": its last word stands before the number. */
        number |= kind && (i <= 2 || (w->phrase_set && i < w->phrase + 2U));
    }
    return strong && number;
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
    if (a < 2 || code_dates(code) || code->n_digits < UNCUED_DIGITS_MIN || code->dot ||
        code_round(code))
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
        code_dates(code) || code_round(code) || (t->v[a].gap & apart))
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
           !code_dates(code) && code->n_digits > CUED_DIGITS_MIN && !code_round(code);
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

/* "error code", "HTTP code": a code that is nobody's. */
static bool plain_code(const struct tokens *t, size_t k)
{
    static const struct words things =
        WORDS("error", "status", "exit", "response", "colour", "color", "hex", "zip", "post",
              "postal", "area", "country", "dialling", "dialing", "morse", "source", "machine",
              "product", "promo", "discount", "bar", "dress", "building", "penal", "civil",
              "criminal", "highway", "qr", "http", "fault", "byte", "operation", "opcode", "sort",
              "unicode", "ascii", "course", "subject", "module", "paper", "exam", "stock", "event");
    return k > 0 && token_in(t, k - 1, &things);
}

/* The word that says what the number behind it is, past "number on file is"; t->n: none. */
static size_t key_word(const struct tokens *t, size_t a, bool *ret_number)
{
    enum { LINKS_MAX = 5 };
    static const struct words links =
        WORDS("number", "no", "nr", "on", "is", "was", "reads", "ends", "the");
    size_t i = a;
    *ret_number = false;
    while (i > 0 && a - i < LINKS_MAX && !(t->v[i].gap & (GAP_LINE | GAP_STOP | GAP_QUOTE)) &&
           (token_in(t, i - 1, &links) ||
            (token_is(t, i - 1, "file") && i > 1 && token_is(t, i - 2, "on")))) {
        *ret_number |= token_is(t, i - 1, "number") || token_is(t, i - 1, "no");
        i--;
    }
    return i > 0 && !(t->v[i].gap & (GAP_LINE | GAP_STOP | GAP_QUOTE)) ? i - 1 : t->n;
}

/* "Observer code 68315329", "ref. 2984/08557", "entry SJ-0931", "birth certificate entry number on
 * file is 0681335047": a key to a register. The first token of the number, or one past it. */
static size_t keyed_number(const struct tokens *t, const struct code *code)
{
    enum { PLAIN_DIGITS_MIN = 5, ENTRY_DIGITS_MIN = 6, NUMBER_DIGITS_MIN = 7, SERIES_MAX = 4 };
    static const struct words keys = WORDS("ref", "reference", "keycard", "callsign", "barcode",
                                           "login", "username", "pupilnummer", "dossier");
    static const struct words entries = WORDS("entry", "form", "entrant", "contestant", "case",
                                              "docket", "submission", "application", "order");
    static const struct words papers = WORDS("licence", "license", "card", "permit", "badge",
                                             "certificate", "pass", "membership", "keycard");
    bool number;
    const struct token *before = code->a > 0 ? &t->v[code->a - 1] : NULL;
    const size_t none = code->a + 1;
    if (!before || code->n_digits < CUED_DIGITS_MIN || code_dates(code) || code_round(code))
        return none;
    const bool series = (before->flags & (T_ALL_CAPS | T_INITIAL)) && before->kind == TK_WORD &&
                        token_len(before) <= SERIES_MAX && !(before->bits & LEX_FUNCTION) &&
                        !(t->v[code->a].gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_SLASH)) &&
                        !token_in(t, code->a - 1, &keys) && !token_is(t, code->a - 1, "no");
    const size_t a = series ? code->a - 1 : code->a, k = key_word(t, a, &number);
    const bool lettered = series || code->n_letters > 0;
    if (k >= t->n ||
        (number && code->n_digits >= NUMBER_DIGITS_MIN && !code->dot && token_is(t, a - 1, "is")))
        return k >= t->n ? none : a;
    /* "number 1.076.331.845" */
    if (number && code->dot && code->groups > 2 && code->n_digits > NUMBER_DIGITS_MIN)
        return a;
    if (code->dot)
        return none;
    if (token_is(t, k, "code") && !plain_code(t, k))
        return lettered || code->n_digits >= PLAIN_DIGITS_MIN ? a : none;
    if (token_in(t, k, &keys) && code->n_digits >= PLAIN_DIGITS_MIN)
        return a;
    if (token_in(t, k, &papers) && series && code->n_digits >= PLAIN_DIGITS_MIN)
        return a;
    const bool odd = (lettered && (code->hyphen || t->v[code->a].gap == GAP_HYPHEN)) ||
                     code->n_digits >= ENTRY_DIGITS_MIN;
    return token_in(t, k, &entries) && odd && !plain_code(t, k) ? a : none;
}

struct cued cued_number(const struct tokens *t, const struct code *code)
{
    if ((code->n_digits >= CUED_DIGITS_MIN && cued(t, code)) || examinee_number(t, code)) {
        const size_t a = cued_first(t, code);
        return (struct cued){ a, cued_last(t, code, a < code->a), "id.cue", 80 };
    }
    size_t a = document_number(t, code);
    if (a > code->a)
        a = register_number(t, code);
    if (a <= code->a)
        return (struct cued){ a, cued_last(t, code, a < code->a), "id.document", 75 };
    a = keyed_number(t, code);
    if (a <= code->a)
        return (struct cued){ a, number_rest(t, code->b), "id.key_word", 70 };
    return (struct cued){ 1, 0, NULL, 0 };
}
