/* Original and result beside one another, wrapped at words, with the same spans in colour. */
#include "app/scrub_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "codec/utf8.h"

enum { WIDTH_PRESET = 100, WIDTH_MIN = 40, WIDTH_MAX = 240, SHOWN_MAX = 60 };
enum ink { INK_PLAIN, INK_GONE, INK_NEW, INK_HINT };
static const char *const inks[] = { "\033[0m", "\033[31m", "\033[32m", "\033[33m" };

/* A text with a colour for each byte. */
struct column {
    struct buf text, ink;
    size_t at;
};

static size_t width(void)
{
    struct winsize w;
    const char *columns = getenv("COLUMNS");
    int64_t n = WIDTH_PRESET;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        n = w.ws_col;
    else if (columns && !str_i64(str_of(columns), &n))
        n = WIDTH_PRESET;
    if (n < WIDTH_MIN)
        return WIDTH_MIN;
    return n > WIDTH_MAX ? WIDTH_MAX : (size_t)n;
}

static void add(struct column *c, struct str s, enum ink ink)
{
    for (size_t i = 0; i < s.n; i++) {
        const bool control = (unsigned char)s.p[i] < ' ' && s.p[i] != '\n';
        buf_c(&c->text, control ? ' ' : s.p[i]);
        buf_c(&c->ink, (char)ink);
    }
}

/* Where the line that begins at `at` ends, and where the next begins. */
static size_t line_end(const struct column *c, size_t room, size_t *ret_next)
{
    const struct str rest = str_sub(buf_view(&c->text), c->at, c->text.n);
    size_t n = 0, last_blank = 0, points = 0;
    while (n < rest.n && points < room && rest.p[n] != '\n') {
        if (rest.p[n] == ' ')
            last_blank = n;
        size_t step = utf8_step(rest.p + n, rest.p + rest.n);
        n += step ? step : 1;
        points++;
    }
    if (n < rest.n && rest.p[n] != '\n' && rest.p[n] != ' ' && last_blank)
        n = last_blank;
    *ret_next = c->at + n + (n < rest.n && (rest.p[n] == '\n' || rest.p[n] == ' '));
    return c->at + n;
}

static void write_line(struct buf *out, struct column *c, size_t room, bool colour, bool pad)
{
    size_t next;
    const size_t end = c->at < c->text.n ? line_end(c, room, &next) : (next = c->at);
    const struct str line = str_sub(buf_view(&c->text), c->at, end - c->at);
    char ink = INK_PLAIN;
    for (size_t i = c->at; i < end; i++) {
        if (colour && c->ink.p[i] != ink)
            buf_str(out, str_of(inks[(int)(ink = c->ink.p[i])]));
        buf_c(out, c->text.p[i]);
    }
    if (colour && ink != INK_PLAIN)
        buf_str(out, str_of(inks[INK_PLAIN]));
    for (size_t i = utf8_count(line); pad && i < room; i++)
        buf_c(out, ' ');
    c->at = next;
}

static void fill(struct column *before, struct column *after, struct str text, size_t field,
                 const struct scrub_result *r)
{
    size_t at = 0;
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        if (s->field != field || s->from < at)
            continue;
        const bool kept = s->action == SCRUB_KEEP;
        const struct str same = str_sub(text, at, s->from - at);
        const struct str gone = str_sub(text, s->from, s->to - s->from);
        add(before, same, INK_PLAIN);
        add(after, same, INK_PLAIN);
        add(before, gone, kept ? INK_HINT : INK_GONE);
        add(after, kept ? gone : str_of(s->placeholder), kept ? INK_HINT : INK_NEW);
        at = s->to;
    }
    add(before, str_sub(text, at, text.n), INK_PLAIN);
    add(after, str_sub(text, at, text.n), INK_PLAIN);
}

static void list_spans(struct buf *out, struct str text, size_t field, const struct scrub_result *r)
{
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        if (s->field != field)
            continue;
        const struct str shown = utf8_head(str_sub(text, s->from, s->to - s->from), SHOWN_MAX);
        buf_fmt(out, "  %6u-%-6u %3u  %-12s %-22s %.*s -> %s\n", s->from, s->to, s->confidence,
                scrub_type_name((enum scrub_type)s->type), s->rule, STR_ARG(shown),
                s->action == SCRUB_KEEP ? "(kept)" : s->placeholder);
    }
}

void scrub_show(struct buf *out, const char *const *names, const struct str *texts, size_t n,
                const struct scrub_result *r)
{
    const bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    const size_t room = (width() - 3) / 2;
    for (size_t i = 0; i < n; i++) {
        struct column before = { .at = 0 }, after = { .at = 0 };
        if (!texts[i].n)
            continue;
        const size_t most = texts[i].n + r->text[i].n + 1;
        buf_init(&before.text, NULL, most);
        buf_init(&before.ink, NULL, most);
        buf_init(&after.text, NULL, most);
        buf_init(&after.ink, NULL, most);
        fill(&before, &after, texts[i], i, r);
        buf_fmt(out, "%s\n", names[i]);
        while (before.at < before.text.n || after.at < after.text.n) {
            write_line(out, &before, room, colour, true);
            buf_lit(out, " | ");
            write_line(out, &after, room, colour, false);
            buf_c(out, '\n');
        }
        buf_c(out, '\n');
        list_spans(out, texts[i], i, r);
        buf_done(&before.text);
        buf_done(&before.ink);
        buf_done(&after.text);
        buf_done(&after.ink);
    }
}
