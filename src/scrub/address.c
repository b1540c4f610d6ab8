/* scrub/address.c: lines of the applicant's own postal address. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { GAP_MAX = 3, POSTCODE_REACH = 3, WHOLE_LINE_MIN = 5 };

static bool is_gap(char ch)
{
    return ch == ' ' || ch == ',' || ch == '.' || ch == '\n';
}

/* The end of the line when it stands at i, blanks and commas taken as one another; 0: it does
 * not. */
static size_t line_at(const struct fold *f, size_t i, struct str line)
{
    for (size_t k = 0; k < line.n; k++) {
        if (line.p[k] != ' ') {
            if (i >= f->n || f->text[i++] != line.p[k])
                return 0;
            continue;
        }
        size_t from = i;
        while (i < f->n && i - from < GAP_MAX && is_gap(f->text[i]))
            i++;
        if (i == from)
            return 0;
    }
    bool inside = i < f->n && fold_is_alnum(f->text[i]);
    return inside ? 0 : i;
}

/* A line of words alone could be ordinary text, so it must be written as a name is; a line of
 * digits alone could be any number, so it must follow another line. */
static bool line_counts(const struct fold *f, size_t from, const struct address_line *line,
                        size_t last_end)
{
    if (line->letters && line->digits)
        return line->text.n >= WHOLE_LINE_MIN;
    if (line->digits)
        return last_end && from >= last_end && from - last_end <= POSTCODE_REACH;
    return f->upper[from] && (line->words || !word_is_ordinary(line->text));
}

void address_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h)
{
    size_t last_end = 0;
    for (size_t i = 0; own->n_lines && i < f->n; i++) {
        if (!fold_is_alnum(f->text[i]) || (i > 0 && fold_is_alnum(f->text[i - 1])))
            continue;
        size_t end = 0;
        for (size_t k = 0; k < own->n_lines; k++) {
            const struct address_line *line = &own->lines[k];
            size_t to = line->text.p[0] == f->text[i] ? line_at(f, i, line->text) : 0;
            if (to > end && line_counts(f, i, line, last_end))
                end = to;
        }
        if (!end)
            continue;
        hit_add(c, h, i, end, RULE_ADDRESS);
        last_end = end;
        i = end - 1;
    }
}
