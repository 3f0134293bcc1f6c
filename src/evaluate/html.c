// SPDX-License-Identifier: Apache-2.0
// A report as one HTML page: no script, no other file, the look of nacre's page.
#include <math.h>
#include <string.h>

#include "evaluate/report_parts.h"

static const char STYLE[] =
    ":root{color-scheme:light dark;--paper:light-dark(#fbfaf8,#161518);--raised:light-dark(#fff,#1f1e22);"
    "--ink:light-dark(#1d1b1f,#f0edea);--soft:light-dark(#68636b,#a8a3ab);--line:light-dark(#e4e0dc,#343238);"
    "--accent:light-dark(#3d6671,#a5d0d3);--good:light-dark(#2d6a45,#9fd8b1);"
    "--bad:light-dark(#9c3350,#f0a3b6);"
    "--pearl:linear-gradient(115deg,#f6dfe0,#dfe9ec 30%,#dcead9 52%,#e3dcf0 76%,#f7e6d9);"
    "--serif:Cormorant,\"Iowan Old Style\",Palatino,Georgia,serif;"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif;"
    "color:var(--ink);background:var(--paper)}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1440px;padding:0 clamp(16px,3vw,40px) 64px}\n"
    "h1,h2,h3{font-family:var(--serif);font-weight:500;line-height:1.1;text-wrap:balance}\n"
    "h1{font-size:44px;margin:48px 0 12px}h2{font-size:32px;margin:56px 0 14px}h3{font-size:22px;"
    "margin:28px 0 10px}\n"
    "h1::after{content:\"\";display:block;width:96px;height:5px;margin-top:18px;border-radius:3px;"
    "background:var(--pearl)}\n"
    "nav{display:flex;flex-wrap:wrap;gap:4px 16px;padding:10px 0;font-size:14px}\n"
    "a{color:var(--accent);text-underline-offset:3px}\n"
    ".wide{overflow:auto;max-height:86vh;border:1px solid var(--line);border-radius:12px;"
    "background:var(--raised)}\n"
    "table{border-collapse:separate;border-spacing:0;width:100%;font-size:14px;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;"
    "vertical-align:top}\n"
    "tr:last-child td{border-bottom:0}th{position:sticky;top:0;background:var(--raised);color:var(--soft);"
    "font-weight:500;white-space:normal;vertical-align:bottom}\n"
    ".text{text-align:left}td.text{white-space:normal;overflow-wrap:break-word;min-width:7em}\n"
    "small{display:block;color:var(--soft);font-size:12px}.good{color:var(--good)}.bad{color:var(--bad)}\n"
    ".strip{display:inline-block;vertical-align:top;max-width:100%;margin:22px 32px 0 0}\n"
    ".strip>p{margin:0 0 8px;color:var(--soft);font-size:14px;overflow-wrap:anywhere}\n"
    ".pictures{display:flex;flex-wrap:wrap;gap:12px}\n"
    "figure{margin:0;min-width:0}figure img{display:block;max-width:100%;height:auto;border-radius:10px}\n"
    "figcaption{font-size:12px;color:var(--soft);margin-top:5px;overflow-wrap:anywhere}\n"
    ".right img{outline:3px solid var(--good);outline-offset:2px}\n"
    ".wrong img{outline:3px solid var(--bad);outline-offset:2px}\n"
    "dl{max-width:52em}dt{font-weight:550;margin-top:12px}dd{margin:2px 0 0;color:var(--soft)}\n";

// What follows appends to `out` until something fails; the failure stays in `status`.
struct page {
    buffer *out;
    nacre_status status;
};

static void put(struct page *p, const char *html) {
    if (!p->status)
        p->status = buffer_append_text(p->out, html);
}

#define put_format(p, ...)                                                                                   \
    do {                                                                                                     \
        if (!(p)->status)                                                                                    \
            (p)->status = buffer_printf((p)->out, __VA_ARGS__);                                              \
    } while (0)

static void put_text(struct page *p, const char *text) {
    for (size_t length; *text && !p->status; text += length) {
        length = strcspn(text, "&<>\"");
        if (length) {
            p->status = buffer_append(p->out, text, length);
            continue;
        }
        length = 1;
        put(p, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&quot;");
    }
}

static void put_number(struct page *p, const struct report_column *c, const struct report_number *n) {
    static const char *const judgements[] = {"bad", "", "good"};
    if (isnan(n->value)) {
        put(p, "<td>–</td>");
        return;
    }
    put_format(p, "<td>%.*f", c->digits, n->value);
    if (!isnan(n->low))
        put_format(p, "<small>%.*f to %.*f</small>", c->digits, n->low, c->digits, n->high);
    if (!isnan(n->before)) {
        double change = report_change(c, n);
        put_format(p, "<small>%.*f ", c->digits, n->before);
        put_format(p, "<span class=\"%s\">", judgements[report_judge(c, n) + 1]);
        put_format(p, change == 0 ? "±%.*f" : "%+.*f", c->digits, change);
        put(p, "</span></small>");
    }
    put(p, "</td>");
}

static bool is_text_column(const struct report_table *t, size_t i) {
    return t->rows && t->rows->cells[i].text;
}

static void put_table(struct page *p, const struct report_table *t) {
    if (t->title) {
        put(p, "<h3>");
        put_text(p, t->title);
        put(p, "</h3>\n");
    }
    put(p, "<div class=\"wide\" tabindex=\"0\"><table><thead><tr>");
    for (size_t i = 0; i < t->column_count; i++) {
        put(p, is_text_column(t, i) ? "<th class=\"text\">" : "<th>");
        put_text(p, t->columns[i].title);
        put(p, "</th>");
    }
    put(p, "</tr></thead>\n<tbody>\n");
    for (const struct row *row = t->rows; row; row = row->next) {
        put(p, "<tr>");
        for (size_t i = 0; i < t->column_count; i++) {
            if (row->cells[i].text) {
                put(p, "<td class=\"text\">");
                put_text(p, row->cells[i].text);
                put(p, "</td>");
            } else {
                put_number(p, &t->columns[i], &row->cells[i].number);
            }
        }
        put(p, "</tr>\n");
    }
    put(p, "</tbody></table></div>\n");
}

static void put_strip(struct page *p, const struct strip *strip) {
    static const char *const frames[] = {"", "right", "wrong"};
    put(p, "<div class=\"strip\"><p>");
    put_text(p, strip->caption);
    put(p, "</p><div class=\"pictures\">\n");
    for (const struct shown *shown = strip->pictures; shown; shown = shown->next) {
        put_format(p, "<figure class=\"%s\" style=\"width:%dpx\"><img loading=\"lazy\" ",
                   frames[shown->frame], shown->width);
        put_format(p, "width=\"%d\" height=\"%d\" alt=\"", shown->width, shown->height);
        put_text(p, shown->caption ? shown->caption : strip->caption);
        put(p, "\" src=\"data:image/jpeg;base64,");
        put(p, shown->data);
        put(p, "\">");
        if (shown->caption) {
            put(p, "<figcaption>");
            put_text(p, shown->caption);
            put(p, "</figcaption>");
        }
        put(p, "</figure>\n");
    }
    put(p, "</div></div>\n");
}

static void put_navigation(struct page *p, const report *r) {
    int number = 0;
    put(p, "<nav>");
    for (const struct section *s = r->sections; s; s = s->next) {
        put_format(p, "<a href=\"#s%d\">", ++number);
        put_text(p, s->name);
        put(p, "</a> ");
    }
    put(p, "<a href=\"#definitions\">Definitions</a></nav>\n");
}

nacre_status report_make_html(const report *r, buffer *out) {
    struct page p = {.out = out};
    int number = 0;
    put(&p, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\"><title>");
    put_text(&p, r->title);
    put(&p, "</title>\n<style>\n");
    put(&p, STYLE);
    put(&p, "</style></head>\n<body>\n<h1>");
    put_text(&p, r->title);
    put(&p, "</h1>\n");
    put_navigation(&p, r);
    for (const struct section *s = r->sections; s; s = s->next) {
        put_format(&p, "<section id=\"s%d\">\n<h2>", ++number);
        put_text(&p, s->name);
        put(&p, "</h2>\n");
        for (const struct report_table *t = s->tables; t; t = t->next)
            put_table(&p, t);
        for (const struct strip *strip = s->strips; strip; strip = strip->next)
            put_strip(&p, strip);
        put(&p, "</section>\n");
    }
    put(&p, "<section id=\"definitions\">\n<h2>Definitions</h2>\n<dl>\n");
    for (const struct definition *d = r->definitions; d; d = d->next) {
        put(&p, "<dt>");
        put_text(&p, d->word);
        put(&p, "</dt><dd>");
        put_text(&p, d->meaning);
        put(&p, "</dd>\n");
    }
    put(&p, "</dl>\n</section>\n</body></html>\n");
    return p.status;
}
