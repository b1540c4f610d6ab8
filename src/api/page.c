/* The home page: whether admissions are open, and how blind screening works. */
#include "api/page.h"

#include "base/str.h"
#include "codec/time.h"
#include "service/settings.h"

enum { PAGE_MAX = 64 * 1024 };

void html_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_lit(b, "&amp;");
            break;
        case '<':
            buf_lit(b, "&lt;");
            break;
        case '>':
            buf_lit(b, "&gt;");
            break;
        case '"':
            buf_lit(b, "&quot;");
            break;
        case '\'':
            buf_lit(b, "&#39;");
            break;
        default:
            buf_c(b, s.p[i]);
        }
    }
}

static void date(struct buf *b, const char *label, int64_t us)
{
    if (us == 0)
        return;
    buf_fmt(b, "<div><dt>%s</dt><dd><time datetime=\"", label);
    time_write(b, us);
    buf_lit(b, "\">");
    struct buf t;
    buf_init(&t, b->mem, TIME_TEXT_MAX);
    time_write(&t, us);
    struct str s = buf_view(&t);
    buf_str(b, str_sub(s, 0, 10));
    buf_c(b, ' ');
    buf_str(b, str_sub(s, 11, 5));
    buf_lit(b, " UTC</time></dd></div>");
}

static void card(struct buf *b, const struct admission_info *info)
{
    buf_fmt(b, "<section class=\"card %s\"><h2>%s</h2><p>", info->is_open ? "open" : "closed",
            info->is_open ? "Admissions are open" : "Admissions are closed");
    html_text(b, info->message);
    buf_lit(b, "</p>");
    if (info->cycle_name.p) {
        buf_lit(b, "<dl><div><dt>Cycle</dt><dd>");
        html_text(b, info->cycle_name);
        buf_lit(b, "</dd></div>");
        date(b, "Opens", info->start_date);
        date(b, "Closes", info->end_date);
        date(b, "Results", info->result_date);
        buf_lit(b, "</dl>");
    }
    buf_lit(b, "</section>");
}

static const char head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<title>ENIGMA · blind merit screening</title>"
    "<link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" "
    "href=\"/site.css\"></head><body><main>"
    "<header><h1>ENIGMA</h1><p class=\"lead\">Blind merit screening for university admissions"
    "</p></header>";

static const char how[] =
    "<section><h2>What happens to an application</h2><ol class=\"phases\">"
    "<li><b>Submission</b> One application a student and cycle, sealed as it arrives.</li>"
    "<li><b>Frozen</b> The cycle closes; the set of applications is fixed in the log.</li>"
    "<li><b>Preprocessing</b> Everything that identifies the applicant is taken out.</li>"
    "<li><b>Batch preparation</b> The anonymous applications are made ready.</li>"
    "<li><b>Processing</b> A Worker scores each one, a Judge checks the Worker.</li>"
    "<li><b>Scored</b> Every application has its four marks and reasons.</li>"
    "<li><b>Selection</b> Seats go by score; ties by a seed fixed before scoring.</li>"
    "<li><b>Published</b> Applicants see their result and its reasons.</li>"
    "<li><b>Completed</b> The cycle is archived; its log stays verifiable.</li></ol></section>"
    "<footer><a href=\"/docs\">API documentation</a> · <a href=\"/openapi.json\">OpenAPI</a> · "
    "<a href=\"/health\">Health</a></footer></main></body></html>\n";

static const char failed_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<meta name=\"robots\" content=\"noindex\"><title>Sign-in failed · ENIGMA</title>"
    "<link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/site.css\"></head>"
    "<body><main><header><h1>You are not signed in</h1></header>"
    "<section class=\"card closed\"><h2>The sign-in failed</h2><p role=\"alert\">";
static const char failed_tail[] =
    ".</p><p>Nothing was stored.</p></section>"
    "<p><a href=\"/auth/student/google/start\">Try again</a> · <a href=\"/\">Home</a></p>"
    "</main></body></html>\n";

err page_signin_failed(struct ctx *c, struct str why, struct str *ret_html)
{
    struct buf b;
    buf_init(&b, c->mem, PAGE_MAX);
    buf_put(&b, failed_head, sizeof(failed_head) - 1);
    html_text(&b, why);
    buf_put(&b, failed_tail, sizeof(failed_tail) - 1);
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "The page is too long");
    *ret_html = buf_view(&b);
    return ERR_OK;
}

err page_home(struct ctx *c, const struct admission_info *info, struct str *ret_html)
{
    struct buf b;
    buf_init(&b, c->mem, PAGE_MAX);
    buf_put(&b, head, sizeof(head) - 1);
    card(&b, info);
    if (c->deps->oidc)
        buf_lit(&b, "<p><a class=\"button\" href=\"/auth/student/google/start\">Sign in to "
                    "apply</a></p>");
    if (c->deps->settings && c->deps->settings->demo)
        buf_lit(&b, "<p class=\"demo\">This is a demonstration with synthetic people. "
                    "<a href=\"/demo\">Sign in as one of them</a>.</p>");
    buf_put(&b, how, sizeof(how) - 1);
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "The page is too long");
    *ret_html = buf_view(&b);
    return ERR_OK;
}
