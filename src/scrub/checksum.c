/* scrub/checksum.c: check digits of the numbers that countries and banks give to persons. */
#include "scrub/checksum.h"

static int digit(char ch)
{
    return ch - '0';
}

/* Weighted sum of the digits, modulo m. */
static int weighted(const char *d, const int *weights, size_t n, int m)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += digit(d[i]) * weights[i];
    return sum % m;
}

/* ISO/IEC 7812-1 annex B. */
bool luhn_valid(const char *d, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        int v = digit(d[n - 1 - i]);
        if (i % 2)
            v = v * 2 > 9 ? v * 2 - 9 : v * 2;
        sum += v;
    }
    return n > 1 && sum % 10 == 0;
}

/* Verhoeff's dihedral check, as Aadhaar has it. */
bool verhoeff_valid(const char *d, size_t n)
{
    static const unsigned char mul[10][10] = {
        { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 1, 2, 3, 4, 0, 6, 7, 8, 9, 5 },
        { 2, 3, 4, 0, 1, 7, 8, 9, 5, 6 }, { 3, 4, 0, 1, 2, 8, 9, 5, 6, 7 },
        { 4, 0, 1, 2, 3, 9, 5, 6, 7, 8 }, { 5, 9, 8, 7, 6, 0, 4, 3, 2, 1 },
        { 6, 5, 9, 8, 7, 1, 0, 4, 3, 2 }, { 7, 6, 5, 9, 8, 2, 1, 0, 4, 3 },
        { 8, 7, 6, 5, 9, 3, 2, 1, 0, 4 }, { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 },
    };
    static const unsigned char perm[8][10] = {
        { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 },
        { 5, 8, 0, 3, 7, 9, 6, 1, 4, 2 }, { 8, 9, 1, 6, 0, 4, 3, 5, 2, 7 },
        { 9, 4, 5, 3, 1, 2, 6, 8, 7, 0 }, { 4, 2, 8, 6, 5, 7, 3, 9, 0, 1 },
        { 2, 7, 9, 3, 8, 0, 6, 4, 1, 5 }, { 7, 0, 4, 6, 9, 1, 3, 2, 5, 8 },
    };
    unsigned c = 0;
    for (size_t i = 0; i < n; i++)
        c = mul[c][perm[i % 8][digit(d[n - 1 - i])]];
    return n > 1 && c == 0;
}

/* ISO 13616: letters count 10 to 35, the first four go to the end, modulo 97. */
bool iban_valid(const char *s, size_t n)
{
    enum { IBAN_MIN = 15, IBAN_MAX = 34 };
    unsigned rest = 0;
    if (n < IBAN_MIN || n > IBAN_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char ch = s[(i + 4) % n];
        if (ch >= '0' && ch <= '9')
            rest = (rest * 10 + (unsigned)(ch - '0')) % 97;
        else if (ch >= 'a' && ch <= 'z')
            rest = (rest * 100 + (unsigned)(ch - 'a') + 10) % 97;
        else
            return false;
    }
    return rest == 1;
}

/* GB 11643: 17 digits and a check character of ISO 7064 MOD 11-2; x counts ten. */
bool cn_resident_valid(const char *d)
{
    static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    static const char checks[] = "10x98765432";
    return checks[weighted(d, weights, 17, 11)] == d[17];
}

bool pesel_valid(const char *d)
{
    static const int weights[] = { 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1 };
    return weighted(d, weights, 11, 10) == 0;
}

/* Turkish identity number: two check digits over the first nine and ten. */
bool tc_valid(const char *d)
{
    int odd = 0, even = 0, all = 0;
    for (int i = 0; i < 9; i++)
        *(i % 2 ? &even : &odd) += digit(d[i]);
    for (int i = 0; i < 10; i++)
        all += digit(d[i]);
    return d[0] != '0' && ((odd * 7 - even) % 10 + 10) % 10 == digit(d[9]) &&
           all % 10 == digit(d[10]);
}

static int cpf_check(const char *d, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += digit(d[i]) * (n + 1 - i);
    const int rest = sum * 10 % 11;
    return rest == 10 ? 0 : rest;
}

bool cpf_valid(const char *d)
{
    return cpf_check(d, 9) == digit(d[9]) && cpf_check(d, 10) == digit(d[10]);
}

/* Spanish DNI: eight digits and a letter by the number modulo 23. */
bool dni_valid(const char *d, char letter)
{
    static const char letters[] = "trwagmyfpdxbnjzsqvhlcke";
    int v = 0;
    for (int i = 0; i < 8; i++)
        v = v * 10 + digit(d[i]);
    return letters[v % 23] == letter;
}

/* French NIR: 13 digits and 97 less the number modulo 97. */
bool nir_valid(const char *d)
{
    int rest = 0;
    for (int i = 0; i < 13; i++)
        rest = (rest * 10 + digit(d[i])) % 97;
    return (d[0] == '1' || d[0] == '2') && 97 - rest == digit(d[13]) * 10 + digit(d[14]);
}

/* Month and day as two digits each; Korean, Chinese, Swedish and South African numbers hold them.
 */
bool month_day_valid(const char *d)
{
    const int month = digit(d[0]) * 10 + digit(d[1]), day = digit(d[2]) * 10 + digit(d[3]);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
