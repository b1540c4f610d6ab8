/* domain/interview_calendar.c: a slot as a calendar file, RFC 5545 sections 3.1, 3.3.5, 3.3.11. */
#include "base/str.h"
#include "codec/time.h"
#include "domain/interview.h"

enum { FOLD_OCTETS = 75, LINE_MAX_N = 16384, STAMP_ROOM = 40, ALARM_MINUTES = 15 };
enum { DATE_N = 8, CLOCK_N = 6 };

/* A continuation begins with a blank, which counts. */
static void put_folded(struct buf *b, struct str line)
{
    size_t at = 0, room = FOLD_OCTETS;
    while (line.n - at > room) {
        size_t n = room;
        while (n > 1 && ((unsigned char)line.p[at + n] & 0xc0) == 0x80)
            n--;
        buf_str(b, str_sub(line, at, n));
        buf_lit(b, "\r\n ");
        at += n;
        room = FOLD_OCTETS - 1;
    }
    buf_str(b, str_sub(line, at, line.n - at));
    buf_lit(b, "\r\n");
}

static void put_text(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char ch = text.p[i];
        if (ch == '\\' || ch == ';' || ch == ',') {
            buf_c(b, '\\');
            buf_c(b, ch);
        } else if (ch == '\n') {
            buf_lit(b, "\\n");
        } else if ((unsigned char)ch >= ' ' && ch != 0x7f) {
            buf_c(b, ch); /* other control characters have no place in a text */
        }
    }
}

static void put_line(struct buf *b, const char *name, struct str text)
{
    char room[LINE_MAX_N];
    struct buf line = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    buf_str(&line, str_of(name));
    buf_c(&line, ':');
    put_text(&line, text);
    if (!buf_ok(&line))
        b->over = true;
    put_folded(b, buf_view(&line));
}

/* 20260203T040506Z */
static void put_time(struct buf *b, const char *name, int64_t us)
{
    char room[STAMP_ROOM];
    struct buf text = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    time_write_compact(&text, us);
    buf_fmt(b, "%s:%.*sT%.*sZ\r\n", name, DATE_N, room, CLOCK_N, room + DATE_N + 1);
}

void interview_calendar(struct buf *b, const struct interview_event *e)
{
    buf_lit(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ENIGMA//Interviews//EN\r\n"
               "CALSCALE:GREGORIAN\r\n");
    buf_fmt(b, "METHOD:%s\r\nBEGIN:VEVENT\r\n", e->cancelled ? "CANCEL" : "PUBLISH");
    put_line(b, "UID", e->uid);
    put_time(b, "DTSTAMP", e->stamp_us);
    put_time(b, "DTSTART", e->begin_us);
    put_time(b, "DTEND", e->end_us);
    buf_fmt(b, "SEQUENCE:%lld\r\nSTATUS:%s\r\n", (long long)e->sequence,
            e->cancelled ? "CANCELLED" : "CONFIRMED");
    put_line(b, "SUMMARY", e->summary);
    put_line(b, "DESCRIPTION", e->description);
    if (e->location.p)
        put_line(b, "LOCATION", e->location);
    if (!e->cancelled)
        buf_fmt(b,
                "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Interview\r\n"
                "TRIGGER:-PT%dM\r\nEND:VALARM\r\n",
                ALARM_MINUTES);
    buf_lit(b, "END:VEVENT\r\nEND:VCALENDAR\r\n");
}
