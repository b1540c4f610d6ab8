/* Key files: created once, checked at each start, never printed. */
#include "app/keys.h"

#include <unistd.h>

#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "crypto/note.h"
#include "os/file.h"

enum { KEY_FILE_MAX = 4096, JWT_BYTES = 48, PASSWORD_BYTES = 15 };

const char *const key_files[] = { "encryption.key", "jwt.key", "lookup.key", "log.key", NULL };
enum { KEY_FILES = sizeof(key_files) / sizeof(key_files[0]) - 1 };

static struct str key_folder(struct ctx *c, const struct options *o)
{
    return o->keys_dir.p ? o->keys_dir : str_fmt(c->mem, "%.*s/keys", STR_ARG(o->data_dir));
}

const char *keys_path(struct ctx *c, const struct options *o, const char *name)
{
    return str_z(c->mem, str_fmt(c->mem, "%.*s/%s", STR_ARG(key_folder(c, o)), name));
}

static err check_mode(struct ctx *c, const char *path)
{
    unsigned mode = 0;
    TRY(file_mode(c, path, &mode));
    if (mode & 077)
        return FAIL(c, FORBIDDEN, "%s is open to others (mode %03o): chmod 600 it", path,
                    mode & 0777);
    return ERR_OK;
}

/* The file's text; made by `make` when it is missing and may be made. */
static err key_text(struct ctx *c, const struct options *o, const char *name, bool create,
                    void (*make)(struct ctx *c, const struct options *o, struct buf *out),
                    struct str *ret)
{
    const char *path = keys_path(c, o, name);
    err e = file_read(c, c->mem, path, KEY_FILE_MAX, ret);
    if (e == ERR_OK) {
        TRY(check_mode(c, path));
        *ret = str_trim(*ret);
        return ERR_OK;
    }
    if (e != ERR_NOT_FOUND || !create)
        return e;
    fault_clear(c);
    struct buf b;
    buf_init(&b, c->mem, KEY_FILE_MAX);
    make(c, o, &b);
    buf_c(&b, '\n');
    TRY(file_write_new(c, path, buf_view(&b), 0600));
    *ret = str_trim(buf_view(&b));
    return ERR_OK;
}

static void make_fernet(struct ctx *c, const struct options *o, struct buf *out)
{
    (void)o;
    struct fernet_key k;
    fernet_key_make(c, &k);
    fernet_key_write(&k, out);
    secret_wipe(&k, sizeof(k));
}

static void make_jwt(struct ctx *c, const struct options *o, struct buf *out)
{
    (void)o;
    uint8_t secret[JWT_BYTES];
    ctx_random(c, secret, sizeof(secret));
    base64_write(out, BASE64_URL, secret, sizeof(secret));
    secret_wipe(secret, sizeof(secret));
}

static void make_hex32(struct ctx *c, const struct options *o, struct buf *out)
{
    (void)o;
    uint8_t key[32];
    ctx_random(c, key, sizeof(key));
    hex_write(out, key, sizeof(key));
    secret_wipe(key, sizeof(key));
}

/* First line the origin, second the seed: both are fixed for the life of the log. */
static void make_log(struct ctx *c, const struct options *o, struct buf *out)
{
    if (o->audit_origin.p) {
        buf_str(out, o->audit_origin);
    } else {
        struct str id = id_short(c, "", 8);
        buf_lit(out, "localhost/enigma-");
        for (size_t i = 0; i < id.n; i++)
            buf_c(out, (char)(id.p[i] >= 'A' && id.p[i] <= 'Z' ? id.p[i] + 32 : id.p[i]));
    }
    buf_c(out, '\n');
    make_hex32(c, o, out);
}

static err read_fernet(struct ctx *c, struct str text, struct keyring *k)
{
    k->n_fernet = 0;
    while (text.p) {
        struct str one;
        size_t comma = 0;
        while (comma < text.n && text.p[comma] != ',' && text.p[comma] != '\n')
            comma++;
        one = str_trim(str_sub(text, 0, comma));
        text = comma < text.n ? str_sub(text, comma + 1, text.n) : (struct str){ 0 };
        if (one.n == 0)
            continue;
        if (k->n_fernet == FERNET_KEYS_MAX)
            return FAIL(c, INVALID, "ENCRYPTION_KEY holds more than %d keys", FERNET_KEYS_MAX);
        if (!fernet_key_read(one, &k->fernet[k->n_fernet]))
            return FAIL(c, INVALID,
                        "ENCRYPTION_KEY: key %zu is not a Fernet key (32 bytes in "
                        "url-safe base64)",
                        k->n_fernet + 1);
        k->n_fernet++;
    }
    if (k->n_fernet == 0)
        return FAIL(c, INVALID, "ENCRYPTION_KEY holds no key");
    return ERR_OK;
}

static err read_log_key(struct ctx *c, struct str text, const struct options *o, struct keyring *k)
{
    struct str origin, seed = str_cut(text, '\n', &origin);
    origin = str_trim(origin);
    if (!hex_read(str_trim(seed), k->log_seed, 32) || origin.n == 0 ||
        origin.n >= sizeof(k->log_origin))
        return FAIL(c, INVALID, "log.key is damaged: it should hold an origin and a seed");
    if (o->audit_origin.p && !str_eq(o->audit_origin, origin))
        return FAIL(c, INVALID, "AUDIT_ORIGIN is %.*s, but this log was begun as %.*s",
                    STR_ARG(o->audit_origin), STR_ARG(origin));
    memcpy(k->log_origin, origin.p, origin.n);
    k->log_origin[origin.n] = '\0';
    uint8_t public_key[32];
    ed25519_public(k->log_seed, public_key);
    struct buf b;
    buf_init(&b, c->mem, sizeof(k->log_vkey) - 1);
    note_vkey_write(&b, origin, NOTE_ED25519, public_key);
    memcpy(k->log_vkey, b.p, b.n);
    k->log_vkey[b.n] = '\0';
    return ERR_OK;
}

err keys_load(struct ctx *c, const struct options *o, bool create, struct keyring *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (create)
        TRY(dir_make(c, str_z(c->mem, key_folder(c, o)), 0700));
    struct str text = o->encryption_key;
    if (!text.p)
        TRY(key_text(c, o, "encryption.key", create, make_fernet, &text));
    TRY(read_fernet(c, text, ret));
    text = o->jwt_secret;
    if (!text.p)
        TRY(key_text(c, o, "jwt.key", create, make_jwt, &text));
    if (text.n < 32 || text.n > sizeof(ret->jwt_secret))
        return FAIL(c, INVALID, "the secret of administrators' tokens must have 32 to %zu bytes",
                    sizeof(ret->jwt_secret));
    memcpy(ret->jwt_secret, text.p, text.n);
    ret->jwt_secret_n = text.n;
    TRY(key_text(c, o, "lookup.key", create, make_hex32, &text));
    if (!hex_read(text, ret->lookup, 32))
        return FAIL(c, INVALID, "lookup.key is damaged: it should hold 64 hex digits");
    TRY(key_text(c, o, "log.key", create, make_log, &text));
    return read_log_key(c, text, o, ret);
}

static err write_fernet(struct ctx *c, const struct options *o, const struct fernet_key *keys,
                        size_t n)
{
    struct buf b;
    buf_init(&b, c->mem, KEY_FILE_MAX);
    for (size_t i = 0; i < n; i++) {
        fernet_key_write(&keys[i], &b);
        buf_c(&b, '\n');
    }
    return file_replace(c, keys_path(c, o, "encryption.key"), buf_view(&b), 0600);
}

static err ring_of_file(struct ctx *c, const struct options *o, struct keyring *ret)
{
    if (o->encryption_key.p)
        return FAIL(c, INVALID,
                    "ENCRYPTION_KEY comes from the environment: put the new key first "
                    "in that list yourself");
    struct str text;
    TRY(file_read(c, c->mem, keys_path(c, o, "encryption.key"), KEY_FILE_MAX, &text));
    return read_fernet(c, str_trim(text), ret);
}

err keys_add_fernet(struct ctx *c, const struct options *o)
{
    struct keyring *k = arena_new(c->mem, struct keyring);
    TRY(ring_of_file(c, o, k));
    if (k->n_fernet == FERNET_KEYS_MAX)
        return FAIL(c, INVALID, "the key ring is full: finish the rotation first");
    memmove(&k->fernet[1], &k->fernet[0], k->n_fernet * sizeof(k->fernet[0]));
    fernet_key_make(c, &k->fernet[0]);
    err e = write_fernet(c, o, k->fernet, k->n_fernet + 1);
    secret_wipe(k, sizeof(*k));
    return e;
}

err keys_drop_old(struct ctx *c, const struct options *o)
{
    struct keyring *k = arena_new(c->mem, struct keyring);
    TRY(ring_of_file(c, o, k));
    err e = write_fernet(c, o, k->fernet, 1);
    secret_wipe(k, sizeof(*k));
    return e;
}

void keys_print_pair(struct ctx *c, struct buf *out)
{
    buf_lit(out, "ENCRYPTION_KEY=");
    make_fernet(c, NULL, out);
    buf_lit(out, "\nJWT_SECRET=");
    make_jwt(c, NULL, out);
    buf_c(out, '\n');
}

struct str keys_random_password(struct ctx *c)
{
    uint8_t raw[PASSWORD_BYTES];
    struct buf b;
    ctx_random(c, raw, sizeof(raw));
    buf_init(&b, c->mem, 64);
    base64_write(&b, BASE64_URL_NOPAD, raw, sizeof(raw));
    secret_wipe(raw, sizeof(raw));
    return buf_view(&b);
}

/* From the options where they hold it, from its file otherwise. */
static err text_in_force(struct ctx *c, const struct options *o, const char *name, struct str *ret)
{
    struct str option = strcmp(name, "encryption.key") == 0 ? o->encryption_key
                        : strcmp(name, "jwt.key") == 0      ? o->jwt_secret
                                                            : (struct str){ 0 };
    if (!option.p)
        return file_read(c, c->mem, keys_path(c, o, name), KEY_FILE_MAX, ret);
    *ret = str_fmt(c->mem, "%.*s\n", STR_ARG(option));
    return ERR_OK;
}

err keys_save(struct ctx *c, const struct options *o, const char *dir, bool replace)
{
    TRY(dir_make(c, dir, 0700));
    for (size_t i = 0; key_files[i]; i++) {
        const char *path = str_z(c->mem, str_fmt(c->mem, "%s/%s", dir, key_files[i]));
        struct str text;
        TRY(text_in_force(c, o, key_files[i], &text));
        TRY(replace ? file_replace(c, path, text, 0600) : file_write_new(c, path, text, 0600));
    }
    return ERR_OK;
}

bool keys_present(struct ctx *c, const struct options *o)
{
    for (size_t i = 0; key_files[i]; i++)
        if (access(keys_path(c, o, key_files[i]), F_OK) == 0)
            return true;
    return false;
}

err keys_bring(struct ctx *c, const struct options *o, const char *dir)
{
    struct str texts[KEY_FILES];
    err e = ERR_OK;
    size_t n = 0;
    TRY(dir_make(c, str_z(c->mem, key_folder(c, o)), 0700));
    for (size_t i = 0; i < KEY_FILES; i++) {
        const char *path = str_z(c->mem, str_fmt(c->mem, "%s/%s", dir, key_files[i]));
        TRY(file_read(c, c->mem, path, KEY_FILE_MAX, &texts[i]));
    }
    for (; e == ERR_OK && n < KEY_FILES; n += e == ERR_OK)
        e = file_write_new(c, keys_path(c, o, key_files[n]), texts[n], 0600);
    while (e != ERR_OK && n > 0)
        (void)unlink(keys_path(c, o, key_files[--n]));
    return e;
}
