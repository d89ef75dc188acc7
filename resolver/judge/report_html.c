#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config.h"
#include "resolver/judge/report.h"

/*
 * The page: one file with its style and picture inside, no script, nothing fetched. Every
 * byte of the recording goes through escape().
 */

#define PICTURE_WIDTH  960
#define PICTURE_HEIGHT 200
#define AXIS_HEIGHT    28
#define MARKERS_MAX    200u
#define FILES_SHOWN    10u

static const char style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#667;--line:#dde1e6;"
    "--card:#f6f8fa;--all:#c3d0e0;--judged:#5b8def;--stop:#d1352b;--hold:#c98a00}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14171c;--fg:#e4e8ee;--dim:#98a2b0;"
    "--line:#2c333d;--card:#1c2128;--all:#36465c;--judged:#6a9bff;--stop:#ff6b60;"
    "--hold:#f0b429}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,sans-serif}main{max-width:1040px;margin:0 auto;"
    "padding:32px 24px}h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;"
    "margin:36px 0 10px}p{margin:6px 0}.dim{color:var(--dim)}"
    ".cards{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}"
    ".card{flex:1 1 150px;background:var(--card);border:1px solid var(--line);"
    "border-radius:8px;padding:12px 16px}.card b{display:block;font-size:22px;"
    "font-variant-numeric:tabular-nums}.card.bad b{color:var(--stop)}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}"
    "th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}th{color:var(--dim);font-weight:600;white-space:nowrap}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "td.name{font-family:ui-monospace,monospace;overflow-wrap:anywhere;min-width:14em}"
    ".sinkhole{color:var(--stop);font-weight:600}.hold{color:var(--hold);"
    "font-weight:600}svg{width:100%;min-width:640px;height:auto;display:block}"
    "svg text{fill:var(--dim);font-size:11px}.when{white-space:nowrap}.key "
    "span{margin-right:18px;white-space:nowrap}"
    ".key i{display:inline-block;width:11px;height:11px;border-radius:2px;"
    "margin-right:6px}.key .dim{white-space:normal}pre{background:var(--card);"
    "border:1px solid var(--line);border-radius:8px;padding:12px 16px;overflow-x:auto;"
    "font:13px/1.6 ui-monospace,monospace}.note{border-left:4px solid var(--hold);"
    "padding-left:12px}details summary{cursor:pointer;color:var(--dim);font-size:13px}"
    "details li{font-size:13px}ul{margin:4px 0;padding-left:18px}"
    "@media print,(max-width:720px){main{padding:20px 14px}.zones tr{display:block;"
    "border-bottom:1px solid var(--line);padding:8px 0}.zones tr:first-child{"
    "display:none}.zones td{display:block;border:0;padding:1px 0}.zones td.n{"
    "display:inline-block;margin-right:18px;text-align:left}"
    ".zones td[data-l]::before{content:attr(data-l) \": \";color:var(--dim)}"
    ".when br{display:none}}"
    "@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--card:#fff;"
    "--all:#c3d0e0;--judged:#5b8def;--stop:#d1352b;--hold:#a06f00}*{print-color-adjust:"
    "exact}main{max-width:none;padding:0}tr,.card,svg{break-inside:avoid}h2{"
    "break-after:avoid}.wide{overflow:visible}pre{white-space:pre-wrap}svg{min-width:0}"
    "details::details-content{content-visibility:visible;display:block}summary{"
    "display:none}details ul{padding:0}details li{display:inline}"
    "details li::after{content:\"; \"}}";

static void
escape(FILE *out, const char *bytes)
{
	char safe[2048];

	for (const char *p = show_safe(bytes, safe, sizeof(safe)); *p != '\0'; p++) {
		switch (*p) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*p, out);
		}
	}
}

static void
escape_name(FILE *out, const struct dname *name)
{
	char text[DNAME_TEXT_MAX];

	escape(out, dname_to_text(name->bytes, text));
}

static void
number(FILE *out, const char *label, uint64_t n)
{
	char text[SHOW_NUMBER_MAX];

	fprintf(out, "<td class=\"n\" data-l=\"%s\">%s</td>", label, show_count(n, text));
}

static void
card(FILE *out, const char *class, uint64_t n, const char *what)
{
	char text[SHOW_NUMBER_MAX];

	fprintf(out, "<div class=\"card%s\"><b>%s</b>%s</div>\n", class,
	    show_count(n, text), what);
}

static void
head(const struct tally *t, FILE *out)
{
	char begin[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX], n[SHOW_NUMBER_MAX];

	fputs(
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\">\n<title>sekisho: a recording judged</title>\n"
	    "<style>",
	    out);
	fputs(style, out);
	fputs("</style></head>\n<body><main>\n<h1>A recording, judged</h1>\n<p "
	      "class=\"dim\">",
	    out);
	for (size_t i = 0; i < t->file_count && i < FILES_SHOWN; i++) {
		fputs(i == 0 ? "" : ", ", out);
		escape(out, t->files[i].path);
		fprintf(out, " (%s)",
		    t->files[i].format != NULL ? t->files[i].format : "not read");
	}
	if (t->file_count > FILES_SHOWN)
		fprintf(out, " and %zu more", t->file_count - FILES_SHOWN);
	clock_text(t->begin_ms, begin)[10] = ' ';
	clock_text(t->end_ms, end)[10] = ' ';
	fprintf(out, "<br>%.19s to %.19s UTC, %s</p>\n", begin, end,
	    show_span((uint64_t)(t->end_ms - t->begin_ms) / 1000, n));
	if (t->interrupted)
		fputs(
		    "<p class=\"note\">Interrupted: this is what was read by then.</p>\n",
		    out);
}

static void
cards(const struct tally *t, FILE *out)
{
	fputs("<div class=\"cards\">\n", out);
	card(out, "", t->questions, "questions");
	card(out, "", report_judged(t), "judged, the cache knew the rest");
	card(out, t->zone_count > 0 ? " bad" : "", t->zone_count + t->zones_lost,
	    "zones stopped");
	card(out, "", t->stopped, "questions stopped");
	card(out, "", t->clients_stopped, "clients that had one stopped");
	card(out, "", t->clients, "clients in all");
	fputs("</div>\n", out);
}

/* ---- the picture ---- */

static double
height_of(uint64_t n, uint64_t most)
{
	return most == 0 ? 0 : (double)n * PICTURE_HEIGHT / (double)most;
}

static void
bars(const struct tally *t, FILE *out, uint64_t most)
{
	double step = (double)PICTURE_WIDTH / t->bucket_count;

	for (unsigned i = 0; i < t->bucket_count; i++) {
		const struct tally_bucket *b = &t->buckets[i];
		const struct {
			uint64_t n;
			const char *colour;
		} parts[] = { { b->questions, "all" }, { b->misses, "judged" },
			{ b->stopped, "stop" } };

		for (unsigned k = 0; k < 3; k++) {
			double h = height_of(parts[k].n, most);

			if (parts[k].n == 0)
				continue;
			if (h < 1)
				h = 1;
			fprintf(out,
			    "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
			    "fill=\"var(--%s)\"/>",
			    i * step, PICTURE_HEIGHT - h, step > 2 ? step - 0.5 : step, h,
			    parts[k].colour);
		}
	}
	fputc('\n', out);
}

static void
markers(const struct tally *t, FILE *out)
{
	double span = (double)t->bucket_ms * t->bucket_count;

	for (unsigned i = 0; i < t->zone_count && i < MARKERS_MAX; i++) {
		const struct tally_zone *z = &t->zones[i];
		double x =
		    (double)(z->event.wall_ms - t->begin_ms) / span * PICTURE_WIDTH;

		fprintf(out, "<g><title>%s ",
		    z->worst == EVENT_SINKHOLE ? "sinkhole" : "hold");
		escape_name(out, &z->event.zone);
		fprintf(out,
		    "</title><line x1=\"%.2f\" y1=\"-6\" x2=\"%.2f\" y2=\"%d\" "
		    "stroke=\"var(--%s)\" stroke-dasharray=\"2 3\"/><path d=\"M%.2f "
		    "-4l-5 "
		    "-9h10z\" fill=\"var(--%s)\"/></g>\n",
		    x, x, PICTURE_HEIGHT, z->worst == EVENT_SINKHOLE ? "stop" : "hold", x,
		    z->worst == EVENT_SINKHOLE ? "stop" : "hold");
	}
}

static void
axis(const struct tally *t, FILE *out, uint64_t most)
{
	char text[CLOCK_TEXT_MAX], n[SHOW_NUMBER_MAX];
	int64_t span = t->bucket_ms * t->bucket_count;

	fprintf(out,
	    "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"var(--line)\"/>",
	    PICTURE_HEIGHT, PICTURE_WIDTH, PICTURE_HEIGHT);
	for (int i = 0; i <= 4; i++) {
		clock_text(t->begin_ms + span * i / 4, text);
		text[10] = ' ';
		fprintf(out,
		    "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%.11s%.8s</text>",
		    PICTURE_WIDTH * i / 4, PICTURE_HEIGHT + 18,
		    i == 0   ? "start"
		    : i == 4 ? "end"
			     : "middle",
		    span > 86400000 ? text : "", text + 11);
	}
	fprintf(out, "<text x=\"4\" y=\"12\">%s</text>\n", show_count(most, n));
}

static void
picture(const struct tally *t, FILE *out)
{
	char span[SHOW_NUMBER_MAX];
	uint64_t most = 0;

	if (t->bucket_count == 0)
		return;
	for (unsigned i = 0; i < t->bucket_count; i++)
		if (t->buckets[i].questions > most)
			most = t->buckets[i].questions;
	fprintf(out,
	    "<h2>Timeline</h2>\n<p class=\"key\"><span><i "
	    "style=\"background:var(--all)\"></i>questions</span><span><i "
	    "style=\"background:var(--judged)\"></i>judged</span><span><i "
	    "style=\"background:var(--stop)\"></i>stopped, and where a zone was "
	    "sinkholed</span><span><i style=\"background:var(--hold)\"></i>a client was "
	    "held</span><span class=\"dim\">a bar is %s; times in UTC</span></p>\n<div "
	    "class=\"wide\"><svg "
	    "viewBox=\"-8 -16 %d %d\" role=\"img\" aria-label=\"questions over "
	    "time\">\n",
	    show_span((uint64_t)t->bucket_ms / 1000, span), PICTURE_WIDTH + 16,
	    PICTURE_HEIGHT + AXIS_HEIGHT + 16);
	bars(t, out, most);
	markers(t, out);
	axis(t, out, most);
	fputs("</svg></div>\n", out);
}

/* ---- tables ---- */

static void
evidence(const struct event *e, FILE *out)
{
	char value[SHOW_NUMBER_MAX], weight[SHOW_NUMBER_MAX];

	fputs("<details><summary>evidence</summary><ul><li>asked for ", out);
	escape_name(out, &e->qname);
	fputs("</li>", out);
	for (unsigned i = 0; i < e->evidence_count; i++) {
		fputs("<li>", out);
		escape(out, e->evidence[i].name);
		fprintf(out, ": %s", show_figure(e->evidence[i].value, value));
		if (e->evidence[i].weight != 0)
			fprintf(out, " (%s%s)", e->evidence[i].weight > 0 ? "+" : "",
			    show_figure(e->evidence[i].weight, weight));
		fputs("</li>", out);
	}
	fputs("</ul></details>", out);
}

static void
zone_row(const struct tally_zone *z, FILE *out)
{
	const char *verdict = z->worst == EVENT_SINKHOLE ? "sinkhole" : "hold";
	char when[CLOCK_TEXT_MAX], client[ADDR_TEXT_MAX];

	clock_text(z->event.wall_ms, when);
	when[10] = ' ';
	fputs("<tr><td class=\"name\">", out);
	escape_name(out, &z->event.zone);
	evidence(&z->event, out);
	fprintf(out, "</td><td class=\"%s\">%s</td><td>", verdict, verdict);
	escape(out, z->event.reason);
	fprintf(out, "</td><td class=\"when\">%.19s<br> <span class=\"dim\">", when);
	escape(out, addr_host_text(&z->cause, client));
	fputs("</span></td>", out);
	number(out, "at its question", z->at_zone_miss);
	number(out, "bytes leaked", z->event.leaked_up_bytes);
	number(out, "questions stopped", z->stopped);
	number(out, "of other clients", z->stopped_others);
	fputs("</tr>\n", out);
}

static void
zones(const struct tally *t, FILE *out)
{
	const struct tally_zone **list = tally_zones(t);

	fputs("<h2>Zones that would have been stopped</h2>\n", out);
	if (list == NULL) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	fputs("<div class=\"wide\"><table "
	      "class=\"zones\"><tr><th>zone</th><th>verdict</th><th>why</th>"
	      "<th>when, first client</th><th class=\"n\">at its question</th><th "
	      "class=\"n\">bytes leaked</th><th class=\"n\">stopped</th><th "
	      "class=\"n\">of others</th></tr>\n",
	    out);
	for (unsigned i = 0; i < t->zone_count; i++)
		zone_row(list[i], out);
	fputs("</table></div>\n<p class=\"dim\">At its question: the number of the "
	      "question "
	      "among those of the registered domain that reached the judge. Leaked: "
	      "information charged by then. Of others: questions of clients who did not "
	      "cause it.</p>\n",
	    out);
	free(list);
}

static void
report_row(const struct event *e, FILE *out)
{
	char client[ADDR_TEXT_MAX], when[CLOCK_TEXT_MAX];

	clock_text(e->wall_ms, when);
	when[10] = ' ';
	fputs("<tr><td class=\"name\">", out);
	escape_name(out, &e->zone);
	fputs("</td><td>", out);
	escape(out, e->reason);
	fprintf(out, "</td><td>%.19s</td><td class=\"dim\">", when);
	escape(out, addr_host_text(&e->client, client));
	fputs("</td></tr>\n", out);
}

static void
reports(const struct tally *t, FILE *out)
{
	char n[SHOW_NUMBER_MAX];

	if (t->reports == 0)
		return;
	fprintf(out,
	    "<h2>Reported, not stopped: %s</h2>\n<details><summary>show%s</summary><div "
	    "class=\"wide\"><table><tr><th>zone</th><th>why</th><th>when</th>"
	    "<th>client</th></tr>\n",
	    show_count(t->reports, n),
	    t->reports > t->report_count ? " the first of them" : "");
	for (unsigned i = 0; i < t->report_count; i++)
		report_row(&t->report[i], out);
	fputs("</table></div></details>\n", out);
}

static void
labels(const struct tally *t, FILE *out)
{
	char a[SHOW_NUMBER_MAX], b[SHOW_NUMBER_MAX];

	if (!t->labelled)
		return;
	fputs("<h2>What it truly was</h2>\n<div "
	      "class=\"wide\"><table><tr><th>label</th><th "
	      "class=\"n\">questions</th><th class=\"n\">first stop</th><th "
	      "class=\"n\">payload bytes before</th><th class=\"n\">in all</th><th "
	      "class=\"n\">zones stopped</th><th class=\"n\">refused</th></tr>\n",
	    out);
	for (unsigned i = 0; i < t->label_count; i++) {
		const struct tally_label *l = &t->labels[i];

		fputs("<tr><td>", out);
		escape(out, l->name);
		fputs("</td>", out);
		number(out, "questions", l->questions);
		number(out, "first stop", l->first_stop);
		fprintf(out, "<td class=\"n\">%s</td><td class=\"n\">%s</td>",
		    show_figure(l->payload_before, a), show_figure(l->payload, b));
		number(out, "zones stopped", l->zones);
		number(out, "refused", l->refused);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void
cost(const struct tally *t, FILE *out)
{
	char a[SHOW_NUMBER_MAX], b[SHOW_NUMBER_MAX], share[SHOW_NUMBER_MAX];

	fprintf(out,
	    "<h2>What it would have cost</h2>\n<p>%s of %s questions (%s) were stopped",
	    show_count(t->stopped, a), show_count(t->questions, b),
	    report_share(t->stopped, t->questions, share));
	fprintf(out, "; %s of %s clients (%s) had one of them.<br>",
	    show_count(t->clients_stopped, a), show_count(t->clients, b),
	    report_share(t->clients_stopped, t->clients, share));
	fprintf(out, "For what others had done: %s questions of %s clients.</p>\n",
	    show_count(report_others(t), a), show_count(t->clients_harmed, b));
}

/* A line of the list, with its bytes made harmless. */
static void
own_service(const struct tally *t, const struct tally_zone *z, FILE *out)
{
	char *line = NULL;
	size_t len;
	FILE *text = open_memstream(&line, &len);

	if (text == NULL)
		return;
	report_own_service(t, z, text);
	if (fclose(text) == 0) {
		line[strcspn(line, "\n")] = '\0';
		escape(out, line);
		fputc('\n', out);
	}
	free(line);
}

static void
budgets(const struct tally *t, const struct tally_zone **list, FILE *out)
{
	fputs(
	    "<p>What you know and trust gets a larger budget: put its line into a file, "
	    "without the mark in front, and name the file in "
	    "<b>detection.own-services</b>.</p>\n<pre>",
	    out);
	for (unsigned i = 0; i < t->zone_count; i++)
		if (!report_by_signature(list[i]))
			own_service(t, list[i], out);
	fputs("</pre>\n", out);
}

static void
advice(const struct tally *t, FILE *out)
{
	const struct tally_zone **list = tally_zones(t);
	unsigned count;

	if (list == NULL)
		return;
	count = report_for_budgets(t, list);
	fputs(
	    "<h2>What to do</h2>\n<p>Look at each zone above: who runs it, and has that "
	    "client business there?",
	    out);
	if (count < t->zone_count)
		fputs(" What bears a tool's signature passes only from "
		      "<b>policy.allow</b>.",
		    out);
	fputs("</p>\n", out);
	if (count > 0)
		budgets(t, list, out);
	free(list);
}

static void
foot(const struct tally *t, FILE *out)
{
	char n[SHOW_NUMBER_MAX];

	fprintf(out,
	    "<p class=\"dim\">sekisho %s; %.2f s of CPU time, %s questions a "
	    "second.</p>\n</main></body></html>\n",
	    PACKAGE_VERSION, (double)t->cpu_ns / 1e9,
	    show_count((uint64_t)report_rate(t), n));
}

void
report_html(const struct tally *t, FILE *out)
{
	head(t, out);
	cards(t, out);
	picture(t, out);
	zones(t, out);
	reports(t, out);
	labels(t, out);
	cost(t, out);
	advice(t, out);
	foot(t, out);
}
