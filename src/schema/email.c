/* A practical reading of RFC 5321 and 6531 addresses: no quoted local parts, no address literals,
 * a domain of at least two labels. */
#include "base/str.h"
#include "schema/decode.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63, ADDRESS_MAX = 254 };

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static bool is_local(char c)
{
    return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static const char *dots_fault(struct str s)
{
    if (s.p[0] == '.')
        return "An email address cannot start with a period.";
    if (s.p[s.n - 1] == '.')
        return "An email address cannot have a period immediately before the @-sign.";
    return memmem(s.p, s.n, "..", 2) ? "An email address cannot have two periods in a row." : NULL;
}

static const char *local_fault(struct str s)
{
    if (s.n == 0)
        return "There must be something before the @-sign.";
    if (s.n > LOCAL_MAX)
        return "The email address is too long before the @-sign.";
    for (size_t i = 0; i < s.n; i++)
        if (!is_local(s.p[i]))
            return "The email address contains invalid characters before the @-sign.";
    return dots_fault(s);
}

static const char *label_fault(struct str s)
{
    if (s.n == 0)
        return "The part after the @-sign has an empty label.";
    if (s.n > LABEL_MAX)
        return "The part after the @-sign has a label that is too long.";
    if (s.p[0] == '-' || s.p[s.n - 1] == '-')
        return "The part after the @-sign has a label that begins or ends with a hyphen.";
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-')
            return "The part after the @-sign contains invalid characters.";
    return NULL;
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static const char *domain_fault(struct str s)
{
    if (s.n == 0)
        return "There must be something after the @-sign.";
    if (!memchr(s.p, '.', s.n))
        return "The part after the @-sign is not valid. It should have a period.";
    if (s.p[s.n - 1] == '.')
        return "An email address cannot end with a period.";
    struct str label = { 0 };
    while (s.p) {
        s = str_cut(s, '.', &label);
        const char *fault = label_fault(label);
        if (fault)
            return fault;
    }
    return all_digits(label) ? "The part after the @-sign is not a name." : NULL;
}

const char *email_fault(struct str s)
{
    if (s.n == 0 || !memchr(s.p, '@', s.n))
        return "An email address must have an @-sign.";
    struct str local;
    struct str domain = str_cut(s, '@', &local);
    if (s.n > ADDRESS_MAX)
        return "The email address is too long.";
    const char *fault = local_fault(local);
    if (fault)
        return fault;
    if (domain.n && memchr(domain.p, '@', domain.n))
        return "An email address must have one @-sign only.";
    return domain_fault(domain);
}
