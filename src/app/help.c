/* Help, man page and shell completion: printed from the tables. */
#include "app/cli.h"
#include "base/str.h"

const struct exit_meaning exit_codes[] = {
    { EXIT_OK, "done" },
    { EXIT_FAILED, "the work failed, verification found tampering, or doctor found a fault" },
    { EXIT_USAGE, "wrong arguments or settings" },
    { EXIT_WEAKER, "verified, but at a weaker level than asked; doctor: warnings only" },
    { EXIT_DATA, "data folder, keys or database cannot be used" },
    { EXIT_PORT, "the address is busy or forbidden" },
    { EXIT_IN_USE, "another enigma process holds the data folder" },
    { EXIT_REFUSED, "refused by the rules: wrong phase, conflict, not found, forbidden" },
    { EXIT_ROLLED_BACK, "the database is behind what this data folder has seen of its log" },
    { EXIT_PARTLY, "imported, but something was left out or does not verify" },
};
const size_t exit_code_count = sizeof(exit_codes) / sizeof(exit_codes[0]);

static void flag_name(struct buf *out, const char *name)
{
    buf_lit(out, "--");
    for (const char *p = name; *p; p++)
        buf_c(out, *p == '_' ? '-' : *p);
}

static void flag_lines(struct buf *out, const struct schema *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        buf_lit(out, "  ");
        flag_name(out, f->name);
        if (f->type != F_BOOL)
            buf_lit(out, " VALUE");
        buf_fmt(out, "\n      %s", f->doc);
        if (f->preset)
            buf_fmt(out, " (%s)", f->preset);
        buf_c(out, '\n');
    }
}

/* Commands whose name begins with the word; all of them without one. */
static bool in_group(const struct command *cmd, const char *group)
{
    struct str first;
    (void)str_cut(str_of(cmd->name), ' ', &first);
    return !group || !group[0] || group[0] == '-' || str_eq(first, str_of(group));
}

void cli_write_help(struct buf *out, const struct command *one, const char *group)
{
    if (one) {
        buf_fmt(out, "enigma %s %s\n\n%s\n", one->name, one->args, one->summary);
        if (one->doc)
            buf_fmt(out, "\n%s\n", one->doc);
        if (one->flags) {
            buf_lit(out, "\nflags:\n");
            flag_lines(out, one->flags);
        }
        buf_lit(out, "  --json\n      One JSON document instead of text.\n"
                     "\nEvery option is a flag too: enigma docs options\n");
        return;
    }
    buf_lit(out, "enigma: blind merit screening for university admissions\n\n"
                 "usage: enigma COMMAND [ARGUMENTS] [--flag VALUE]…\n\ncommands:\n");
    for (size_t i = 0; i < command_count; i++)
        if (in_group(&commands[i], group))
            buf_fmt(out, "  %-18s %s\n", commands[i].name, commands[i].summary);
    buf_lit(out, "\n  enigma COMMAND --help tells more. Options (environment, .env, enigma.conf,\n"
                 "  flags): enigma docs options\n\nexit codes:\n");
    for (size_t i = 0; i < exit_code_count; i++)
        buf_fmt(out, "  %d  %s\n", (int)exit_codes[i].code, exit_codes[i].meaning);
}

/* roff needs its own escapes for a leading dot, a hyphen and a backslash. */
static void roff(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '-' || *p == '\\')
            buf_c(out, '\\');
        if (*p == '.' && (p == text || p[-1] == '\n'))
            buf_lit(out, "\\&");
        buf_c(out, *p);
    }
    buf_c(out, '\n');
}

static void man_flags(struct buf *out, const struct schema *s)
{
    for (size_t i = 0; i < s->n; i++) {
        buf_lit(out, ".TP\n.B \\-\\-");
        for (const char *p = s->fields[i].name; *p; p++) {
            if (*p == '_')
                buf_lit(out, "\\-");
            else
                buf_c(out, *p);
        }
        buf_c(out, '\n');
        roff(out, s->fields[i].doc);
        if (s->fields[i].preset) {
            buf_lit(out, "Default: ");
            roff(out, s->fields[i].preset);
        }
    }
}

void cli_write_man(struct buf *out)
{
    buf_fmt(out,
            ".TH ENIGMA 1 \"\" \"enigma %s\" \"User Commands\"\n.SH NAME\n"
            "enigma \\- blind merit screening for university admissions\n.SH SYNOPSIS\n"
            ".B enigma\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fB\\-\\-flag\\fR \\fIVALUE\\fR]\n"
            ".SH COMMANDS\n",
            ENIGMA_VERSION);
    for (size_t i = 0; i < command_count; i++) {
        buf_fmt(out, ".SS enigma %s %s\n", commands[i].name, commands[i].args);
        roff(out, commands[i].summary);
        if (commands[i].doc)
            roff(out, commands[i].doc);
        if (commands[i].flags)
            man_flags(out, commands[i].flags);
    }
    buf_lit(out, ".SH OPTIONS\nEach is a flag, an environment variable (upper case, with "
                 "underscores) and a line of enigma.conf.\n");
    man_flags(out, &options_schema);
    buf_lit(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < exit_code_count; i++) {
        buf_fmt(out, ".TP\n.B %d\n", (int)exit_codes[i].code);
        roff(out, exit_codes[i].meaning);
    }
}

static void completion_words(struct buf *out)
{
    for (size_t i = 0; i < command_count; i++) {
        struct str first;
        (void)str_cut(str_of(commands[i].name), ' ', &first);
        bool again = i > 0 && str_starts(str_of(commands[i - 1].name), first);
        if (!again)
            buf_fmt(out, "%.*s ", STR_ARG(first));
    }
}

static void completion_flags(struct buf *out)
{
    for (size_t i = 0; i < options_schema.n; i++) {
        flag_name(out, options_schema.fields[i].name);
        buf_c(out, ' ');
    }
    buf_lit(out, "--json --help");
}

bool cli_write_completion(struct buf *out, struct str shell)
{
    if (str_eq(shell, S("bash"))) {
        buf_lit(out, "_enigma() {\n    local cur=${COMP_WORDS[COMP_CWORD]}\n"
                     "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"");
        completion_words(out);
        buf_lit(out, "\" -- \"$cur\"))\n    else\n        COMPREPLY=($(compgen -W \"");
        completion_flags(out);
        buf_lit(out, "\" -- \"$cur\"))\n    fi\n}\ncomplete -F _enigma enigma\n");
        return true;
    }
    if (str_eq(shell, S("zsh"))) {
        buf_lit(out, "#compdef enigma\n_arguments '1:command:(");
        completion_words(out);
        buf_lit(out, ")' '*:flag:(");
        completion_flags(out);
        buf_lit(out, ")'\n");
        return true;
    }
    if (str_eq(shell, S("fish"))) {
        buf_lit(out, "complete -c enigma -f -n __fish_use_subcommand -a \"");
        completion_words(out);
        buf_lit(out, "\"\n");
        for (size_t i = 0; i < options_schema.n; i++) {
            buf_lit(out, "complete -c enigma -l ");
            for (const char *p = options_schema.fields[i].name; *p; p++)
                buf_c(out, *p == '_' ? '-' : *p);
            buf_fmt(out, " -d \"%s\"\n", options_schema.fields[i].doc);
        }
        return true;
    }
    return false;
}
