/* Where options come from: defaults, the file in the data folder, .env, environment, flags. */
#include "app/options.h"
#include "base/str.h"
#include "os/file.h"

extern char **environ;

const char *const option_origin_text[] = { "default", "file", ".env", "environment", "flag" };
enum { CONFIG_FILE_MAX = 64 * 1024, SECRET_FILE_MAX = 4096, UNKNOWN_MAX = 16 };

const char *option_env_name(const struct field *f, char ret[64])
{
    size_t i = 0;
    for (; f->name[i] && i < 63; i++)
        ret[i] = (char)(f->name[i] >= 'a' && f->name[i] <= 'z' ? f->name[i] - 32 : f->name[i]);
    ret[i] = '\0';
    return ret;
}

/* A name of a list in any case (LOG_LEVEL=INFO), an origin without the slash that browsers leave
 * out, and an empty text as none. */
static struct str as_meant(const struct field *f, struct str value)
{
    for (size_t i = 0; f->type == F_ENUM && i < f->names->n; i++)
        if (str_eqi(value, str_of(f->names->v[i])))
            return str_of(f->names->v[i]);
    if (str_eq(str_of(f->name), S("base_url")) && str_ends(value, S("/")))
        value.n--;
    if (value.n == 0 && (f->flags & FIELD_NULL))
        return (struct str){ NULL, 0 };
    return value;
}

err option_set(struct ctx *c, struct options *o, struct option_origins *origins,
               const struct field *f, struct str value, enum option_origin from)
{
    TRY(schema_decode_text(c, "option", f, as_meant(f, value), o));
    origins->of[f - options_schema.fields] = from;
    return ERR_OK;
}

/* The field whose name (without case) is `name`, or NULL. */
static const struct field *find(struct str name)
{
    for (size_t i = 0; i < options_schema.n; i++)
        if (str_eqi(str_of(options_schema.fields[i].name), name))
            return &options_schema.fields[i];
    return NULL;
}

static struct str unquote(struct str v)
{
    if (v.n >= 2 && (v.p[0] == '"' || v.p[0] == '\'') && v.p[v.n - 1] == v.p[0])
        return str_sub(v, 1, v.n - 2);
    return v;
}

/* NAME, or NAME_FILE whose file holds the value (container secrets). Unknown names are ignored,
 * as the original does. */
static err apply(struct ctx *c, struct options *o, struct option_origins *origins, struct str name,
                 struct str value, enum option_origin from)
{
    const struct field *f = find(name);
    if (f && value.n == 0 && f->type != F_STR)
        return ERR_OK; /* an empty variable of a container stands for none */
    if (f)
        return option_set(c, o, origins, f, value, from);
    struct str suffix = S("_FILE");
    if (name.n <= suffix.n || !str_eqi(str_sub(name, name.n - suffix.n, suffix.n), suffix))
        return ERR_OK;
    f = find(str_sub(name, 0, name.n - suffix.n));
    if (!f || !(f->flags & FIELD_SECRET))
        return ERR_OK;
    struct str text;
    TRY(file_read(c, c->mem, str_z(c->mem, value), SECRET_FILE_MAX, &text));
    return option_set(c, o, origins, f, str_trim(text), from);
}

static err load_file(struct ctx *c, const char *path, struct options *o,
                     struct option_origins *origins, enum option_origin from)
{
    struct str text;
    err e = file_read(c, c->mem, path, CONFIG_FILE_MAX, &text);
    if (e == ERR_NOT_FOUND) {
        fault_clear(c);
        return ERR_OK;
    }
    TRY(e);
    while (text.p) {
        struct str line;
        text = str_cut(text, '\n', &line);
        line = str_trim(line);
        if (str_starts(line, S("export ")))
            line = str_trim(str_sub(line, 7, line.n));
        if (line.n == 0 || line.p[0] == '#')
            continue;
        struct str name, value = str_cut(line, '=', &name);
        if (!value.p)
            return FAIL(c, INVALID, "%s: a line is not NAME=value", path);
        TRY(apply(c, o, origins, str_trim(name), unquote(str_trim(value)), from));
    }
    return ERR_OK;
}

/* NAME, or NAME_FILE of a secret. */
static bool is_known(struct str name)
{
    struct str suffix = S("_FILE");
    if (find(name))
        return true;
    if (name.n <= suffix.n || !str_eqi(str_sub(name, name.n - suffix.n, suffix.n), suffix))
        return false;
    const struct field *f = find(str_sub(name, 0, name.n - suffix.n));
    return f && (f->flags & FIELD_SECRET);
}

err options_unknown(struct ctx *c, const struct options *o, struct list *ret_names)
{
    struct str text;
    struct str *names = arena_array(c->mem, struct str, UNKNOWN_MAX);
    size_t n = 0;
    const char *path = str_z(c->mem, str_fmt(c->mem, "%.*s/enigma.conf", STR_ARG(o->data_dir)));
    err e = file_read(c, c->mem, path, CONFIG_FILE_MAX, &text);
    if (e == ERR_NOT_FOUND) {
        fault_clear(c);
        text = (struct str){ 0 };
    } else {
        TRY(e);
    }
    while (text.p && n < UNKNOWN_MAX) {
        struct str line, name;
        text = str_cut(text, '\n', &line);
        line = str_trim(line);
        if (str_starts(line, S("export ")))
            line = str_trim(str_sub(line, 7, line.n));
        if (line.n == 0 || line.p[0] == '#')
            continue;
        (void)str_cut(line, '=', &name);
        name = str_trim(name);
        if (!is_known(name))
            names[n++] = name;
    }
    *ret_names = (struct list){ .v = names, .n = n };
    return ERR_OK;
}

static err load_environment(struct ctx *c, struct options *o, struct option_origins *origins)
{
    for (char **e = environ; *e; e++) {
        struct str name, value = str_cut(str_of(*e), '=', &name);
        if (value.p)
            TRY(apply(c, o, origins, name, value, FROM_ENV));
    }
    return ERR_OK;
}

err options_load(struct ctx *c, struct str data_dir, struct options *ret,
                 struct option_origins *ret_origins)
{
    memset(ret_origins, 0, sizeof(*ret_origins));
    TRY(schema_defaults(c, &options_schema, ret));
    const char *from_env = getenv("DATA_DIR");
    struct str dir = data_dir.p ? data_dir : from_env ? str_of(from_env) : ret->data_dir;
    TRY(load_file(c, str_z(c->mem, str_fmt(c->mem, "%.*s/enigma.conf", STR_ARG(dir))), ret,
                  ret_origins, FROM_FILE));
    TRY(load_file(c, ".env", ret, ret_origins, FROM_DOTENV));
    return load_environment(c, ret, ret_origins);
}

bool options_loopback(struct str listen)
{
    return str_starts(listen, S("127.")) || str_starts(listen, S("[::1]:")) ||
           str_starts(listen, S("localhost:"));
}

static err check_secret(struct ctx *c, struct str secret)
{
    static const char *const known[] = {
        "secret",
        "changeme",
        "your-secret-key",
        "your_jwt_secret_here",
        "jwt-secret",
        "your-secret-key-change-in-production",
        "change-me-in-production-please-now",
    };
    if (!secret.p)
        return ERR_OK;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_eqi(secret, str_of(known[i])))
            return FAIL(c, INVALID,
                        "JWT_SECRET is a well-known example: make one with "
                        "`enigma keys generate`");
    if (secret.n < 32)
        return FAIL(c, INVALID, "JWT_SECRET must have 32 bytes or more");
    return ERR_OK;
}

/* scheme://host[:port] and nothing behind it. */
static bool is_origin(struct str url)
{
    const size_t scheme = str_starts(url, S("https://"))  ? 8
                          : str_starts(url, S("http://")) ? 7
                                                          : 0;
    for (size_t i = scheme; i < url.n; i++)
        if (url.p[i] <= ' ' || strchr("/?#@\\", url.p[i]))
            return false;
    return scheme && url.n > scheme;
}

err options_check(struct ctx *c, const struct options *o)
{
    if (o->base_url.n && !is_origin(o->base_url))
        return FAIL(c, INVALID, "BASE_URL %.*s is not https://host[:port] or http://host[:port]",
                    STR_ARG(o->base_url));
    int64_t sum = o->weight_academic + o->weight_test + o->weight_achievement + o->weight_essay;
    if (sum < 99 || sum > 101)
        return FAIL(c, INVALID,
                    "WEIGHT_ACADEMIC, WEIGHT_TEST, WEIGHT_ACHIEVEMENT and WEIGHT_ESSAY "
                    "must add up to 1");
    TRY(check_secret(c, o->jwt_secret));
    if (!o->tls_cert.p != !o->tls_key.p)
        return FAIL(c, INVALID, "TLS_CERT and TLS_KEY belong together");
    if (o->llm_record.n > 0 && o->llm_replay.n > 0)
        return FAIL(c, INVALID, "LLM_RECORD and LLM_REPLAY exclude each other");
    if (o->provider == OPTION_PROVIDER_OPENAI && o->openai_api_key.n == 0 && o->llm_replay.n == 0 &&
        str_eq(o->llm_base_url, S(OPTION_LLM_BASE_URL)))
        return FAIL(c, INVALID, "LLM_PROVIDER=openai needs OPENAI_API_KEY or another LLM_BASE_URL");
    if (o->web_dir.n && !options_loopback(o->listen))
        return FAIL(c, INVALID, "WEB_DIR is for development on a loopback address only, not %.*s",
                    STR_ARG(o->listen));
    TRY(bias_settings_check(c, &o->bias));
    if (o->demo && !options_loopback(o->listen))
        return FAIL(c, INVALID, "DEMO=true is for a loopback address only, not %.*s",
                    STR_ARG(o->listen));
    return ERR_OK;
}

static const char *type_text(const struct field *f)
{
    switch (f->type) {
    case F_I64:
        return "integer";
    case F_E2:
    case F_F64:
        return "number";
    case F_BOOL:
        return "true or false";
    case F_ENUM:
        return "one of";
    default:
        return "text";
    }
}

void options_write_markdown(struct buf *out)
{
    buf_lit(out, "# Options\n\nPrecedence: flags, environment, `.env`, `enigma.conf` in the data "
                 "folder, defaults. Secrets may also come as `NAME_FILE`. Names, and words of a "
                 "list, are read in any case; an empty variable stands for none.\n\n"
                 "| environment | flag | type | default | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < options_schema.n; i++) {
        const struct field *f = &options_schema.fields[i];
        char env[64];
        buf_fmt(out, "| `%s` | `--", option_env_name(f, env));
        for (const char *p = f->name; *p; p++)
            buf_c(out, *p == '_' ? '-' : *p);
        buf_fmt(out, "` | %s", type_text(f));
        for (size_t k = 0; f->names && k < f->names->n; k++)
            buf_fmt(out, "%s %s", k ? "," : "", f->names->v[k]);
        if (f->type == F_I64)
            buf_fmt(out, ", %.0f to %.0f", f->min, f->max);
        buf_fmt(out, " | %s | %s |\n", f->preset ? f->preset : "", f->doc);
    }
}

void options_write_sample(struct buf *out)
{
    buf_lit(out, "# enigma.conf: every option with its default.\n");
    for (size_t i = 0; i < options_schema.n; i++) {
        const struct field *f = &options_schema.fields[i];
        char env[64];
        buf_fmt(out, "\n# %s\n# %s=%s\n", f->doc, option_env_name(f, env),
                f->preset ? f->preset : "");
    }
}
