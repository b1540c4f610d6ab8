/* Consent texts: the current one from the settings or built in, and which one counted when. */
#include "service/consent.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "crypto/hash.h"
#include "repo/setting_repo.h"
#include "service/settings.h"

enum { VERSION_MAX = 40 };

static const char builtin_text[] =
    "By applying you agree that this institution keeps and processes what you enter here, to "
    "decide "
    "about your application in this admission cycle and for nothing else.\n"
    "\n"
    "Before anybody evaluates your application, your name, e-mail address, phone number and postal "
    "address are sealed apart from it, and passages of your texts that identify you are taken out. "
    "Whoever evaluates sees a random number instead of you. Programs may evaluate your texts; "
    "their "
    "marks are checked, and you are told the reasons with the result.\n"
    "\n"
    "Your identity is opened only for a stated reason, and each time is written to a log that "
    "cannot be changed unseen. You can read everything that is stored about you, withdraw your "
    "application until the cycle is frozen, and ask for your data to be erased; what the log keeps "
    "then says nothing about you any more.\n";

static const struct field consent_fields[] = {
    FIELD_STR(struct consent, version, .flags = FIELD_REQUIRED,
              .doc = "To be sent as consent_version with the application."),
    FIELD_STR(struct consent, text, .flags = FIELD_REQUIRED, .doc = "What one agrees to."),
    FIELD_STR(struct consent, sha256, .flags = FIELD_REQUIRED,
              .doc = "SHA-256 of the text, in hex."),
};
SCHEMA(consent_schema, "Consent", struct consent, consent_fields);

static struct str version_now(const struct ctx *c)
{
    const struct settings *s = settings_of(c);
    return s->consent_version.n ? s->consent_version : S(CONSENT_VERSION_BUILTIN);
}

void consent_current(struct ctx *c, struct consent *ret)
{
    const struct settings *s = settings_of(c);
    const struct str text = s->consent_text.n
                                ? s->consent_text
                                : (struct str){ builtin_text, sizeof(builtin_text) - 1 };
    const struct hash h = sha256(text);
    *ret = (struct consent){ version_now(c), text, hash_hex(c->mem, &h) };
}

/* The settings keep each version that was ever shown here, as consent.text.VERSION. */
struct register_call {
    struct str name, text, known;
    bool found;
};

static err look_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct register_call *q = arg;
    return setting_repo_get(c, tx, q->name, &q->known, &q->found);
}

static err register_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct register_call *q = arg;
    TRY(look_tx(c, tx, q));
    return q->found ? ERR_OK : setting_repo_set(c, tx, q->name, q->text);
}

err consent_register(struct ctx *c)
{
    struct consent now;
    consent_current(c, &now);
    struct register_call q = { .text = now.text };
    q.name = str_fmt(c->mem, "consent.text.%.*s", STR_ARG(now.version));
    TRY(tx_run(c, TX_READ, look_tx, &q));
    if (!q.found)
        TRY(tx_run(c, TX_WRITE, register_tx, &q));
    if (!q.found || str_eq(q.known, now.text))
        return ERR_OK;
    return FAIL(c, CONFLICT,
                "the consent text of version %.*s was another one before: give the new text a new "
                "CONSENT_VERSION",
                STR_ARG(now.version));
}

err consent_check(struct ctx *c, const struct application_new *n)
{
    if (!n->consent_version.p || str_eq(n->consent_version, version_now(c)))
        return ERR_OK;
    struct buf b;
    buf_init(&b, c->mem, 1024);
    json_write_str(&b, utf8_head(n->consent_version, VERSION_MAX));
    const struct issue issue = {
        .type = S("value_error"),
        .loc = S("[\"body\",\"consent_version\"]"),
        .msg = str_fmt(c->mem,
                       "Value error, the current consent text is version %.*s: read GET /consent",
                       STR_ARG(version_now(c))),
        .input = buf_view(&b),
        .ctx = S("{\"error\":{}}"),
    };
    return fault_issue(c, &issue);
}

void consent_note(struct ctx *c, const struct application_new *n, struct application_record *io)
{
    io->consent_stated = n->consent_version.p != NULL;
    io->consent_version = version_now(c);
}
