#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "resolver/judge/report.h"

#define FILES_SHOWN   10u
#define ZONES_SHOWN   40u
#define WHY_SHOWN     10u
#define REPORTS_SHOWN 8u /* of each reason */
#define ZONE_WIDTH    40u
#define WIDTH_DEFAULT 100u /* of text when it goes into a file */
#define WIDTH_MIN     40u
#define CLIENTS_ALIKE 5u /* as the learn period: what so many do is no tunnel of one */

double
report_rate(const struct tally *t)
{
	return t->cpu_ns < 1000000 ? 0 : (double)t->questions / ((double)t->cpu_ns / 1e9);
}

uint64_t
report_judged(const struct tally *t)
{
	return t->questions - t->outcomes[TRIAL_HIT] - t->outcomes[TRIAL_LOCAL] -
	       t->outcomes[TRIAL_BLOCKED];
}

uint64_t
report_others(const struct tally *t)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < t->zone_count; i++)
		n += t->zones[i].stopped_others;
	return n;
}

char *
report_share(uint64_t part, uint64_t whole, char out[SHOW_NUMBER_MAX])
{
	double percent = whole == 0 ? 0 : 100.0 * (double)part / (double)whole;

	if (part == 0)
		snprintf(out, SHOW_NUMBER_MAX, "0 %%");
	else if (percent < 0.0001)
		snprintf(out, SHOW_NUMBER_MAX, "under 0.0001 %%");
	else
		snprintf(out, SHOW_NUMBER_MAX, "%.*f %%", percent < 1 ? 4 : 1, percent);
	return out;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void
file_line(const struct show *s, const struct tally_file *f)
{
	char n[SHOW_NUMBER_MAX];

	show_text(s, SHOW_BOLD, f->path);
	fprintf(s->out, ": %s, %s record%s", f->format != NULL ? f->format : "not read",
	    show_count(f->records, n), plural(f->records));
	if (f->others > 0)
		fprintf(s->out, ", %s line%s of other kinds", show_count(f->others, n),
		    plural(f->others));
	if (f->bad > 0)
		fprintf(s->out, ", %s line%s not understood", show_count(f->bad, n),
		    plural(f->bad));
	fputc('\n', s->out);
}

static void
head(const struct show *s, const struct tally *t)
{
	char n[SHOW_NUMBER_MAX], span[SHOW_NUMBER_MAX], m[SHOW_NUMBER_MAX];
	char begin[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < t->file_count && i < FILES_SHOWN; i++)
		file_line(s, &t->files[i]);
	if (t->file_count > FILES_SHOWN)
		fprintf(s->out, "... and %zu more files\n", t->file_count - FILES_SHOWN);
	if (t->interrupted) {
		show_text(s, SHOW_YELLOW, "Interrupted: this is what was read by then.");
		fputc('\n', s->out);
	}
	fprintf(s->out, "%s question%s of %s client%s over %s from %.19sZ",
	    show_count(t->questions, n), plural(t->questions), show_count(t->clients, m),
	    plural(t->clients),
	    show_span((uint64_t)(t->end_ms - t->begin_ms) / 1000, span),
	    clock_text(t->begin_ms, begin));
	fprintf(s->out, "\njudged in %.2f s of CPU time", (double)t->cpu_ns / 1e9);
	if (report_rate(t) > 0)
		fprintf(s->out, ", %s questions a second",
		    show_count((uint64_t)report_rate(t), n));
	fputs("\n\n", s->out);
}

static void
count_row(struct show_table *table, enum show_colour colour, const char *what, uint64_t n,
    uint64_t whole)
{
	char count[SHOW_NUMBER_MAX], share[SHOW_NUMBER_MAX];
	const char *cells[] = { what, show_count(n, count),
		report_share(n, whole, share) };

	show_table_add(table, colour, cells);
}

static void
counts(const struct show *s, const struct tally *t)
{
	static const char *const headings[] = { "what came of them", ">questions",
		">share" };
	static const struct {
		const char *text;
		enum trial_outcome outcome;
	} rows[] = {
		{ "  refused alone", TRIAL_REFUSED },
		{ "  held (one client, one zone)", TRIAL_HELD },
		{ "  sinkholed (the zone, for all)", TRIAL_SINKHOLED },
		{ "  throttled (may come again)", TRIAL_THROTTLED },
	};
	struct show_table *table = show_table_new(3, headings);

	if (table == NULL)
		return;
	count_row(table, SHOW_PLAIN, "answered from the cache", t->outcomes[TRIAL_HIT],
	    t->questions);
	count_row(table, SHOW_PLAIN, "answered locally", t->outcomes[TRIAL_LOCAL],
	    t->questions);
	if (t->outcomes[TRIAL_BLOCKED] > 0)
		count_row(table, SHOW_PLAIN, "on your block lists",
		    t->outcomes[TRIAL_BLOCKED], t->questions);
	count_row(table, SHOW_PLAIN, "judged", report_judged(t), t->questions);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (t->outcomes[rows[i].outcome] > 0)
			count_row(table, SHOW_YELLOW, rows[i].text,
			    t->outcomes[rows[i].outcome], t->questions);
	show_table_print(s, table, "");
	show_table_free(table);
	fputc('\n', s->out);
}

/* The end of a long name says whose it is. */
static const char *
short_name(const struct dname *name, char text[DNAME_TEXT_MAX])
{
	size_t len = strlen(dname_to_text(name->bytes, text));

	if (len <= ZONE_WIDTH)
		return text;
	memcpy(text + len - ZONE_WIDTH, "...", 3);
	return text + len - ZONE_WIDTH;
}

/* ---- the stopped zones ---- */

#define ZONE_CELLS 8u

struct zone_texts {
	char name[DNAME_TEXT_MAX], when[CLOCK_TEXT_MAX], client[ADDR_TEXT_MAX];
	char leaked[SHOW_NUMBER_MAX], stopped[SHOW_NUMBER_MAX], others[SHOW_NUMBER_MAX];
	const char *cells[ZONE_CELLS];
};

static const char *const zone_headings[ZONE_CELLS] = { "zone", "verdict", "when (UTC)",
	"first client", ">leaked B", ">stopped", ">of others", "why" };

static void
zone_texts(const struct tally_zone *z, struct zone_texts *x)
{
	const char *cells[ZONE_CELLS] = { short_name(&z->event.zone, x->name),
		z->worst == EVENT_SINKHOLE ? "sinkhole" : "hold",
		clock_text(z->event.wall_ms, x->when),
		addr_host_text(&z->cause, x->client),
		show_count(z->event.leaked_up_bytes, x->leaked),
		show_count(z->stopped, x->stopped),
		show_count(z->stopped_others, x->others), z->event.reason };

	x->when[10] = ' ';
	x->when[19] = '\0';
	memcpy(x->cells, cells, sizeof(cells));
}

static enum show_colour
zone_colour(const struct tally_zone *z)
{
	return z->worst == EVENT_SINKHOLE ? SHOW_RED : SHOW_YELLOW;
}

static size_t
width_of(const struct show *s)
{
	if (s->columns == 0)
		return WIDTH_DEFAULT;
	return s->columns < WIDTH_MIN ? WIDTH_MIN : s->columns;
}

/* On a terminal that is narrower than the table each zone gets lines of its own. */
static bool
table_fits(const struct show *s, const struct tally_zone **list, unsigned count)
{
	size_t widths[ZONE_CELLS] = { 0 }, all = 0;
	struct zone_texts x;

	if (s->columns == 0)
		return true;
	for (unsigned i = 0; i < count; i++) {
		zone_texts(list[i], &x);
		for (unsigned k = 0; k < ZONE_CELLS; k++)
			if (strlen(x.cells[k]) > widths[k])
				widths[k] = strlen(x.cells[k]);
	}
	for (unsigned k = 0; k < ZONE_CELLS; k++)
		all +=
		    2 + (widths[k] > strlen(zone_headings[k]) ? widths[k]
							      : strlen(zone_headings[k]));
	return all <= width_of(s);
}

static void
zone_block(const struct show *s, const struct tally_zone *z)
{
	struct zone_texts x;

	zone_texts(z, &x);
	show_text(s, zone_colour(z), x.cells[0]);
	fprintf(s->out, ": %s, %s\n  %s by %s\n", x.cells[1], z->event.reason, x.when,
	    x.client);
	fprintf(s->out, "  leaked %s bytes; stopped %s, %s of others\n", x.leaked,
	    x.stopped, x.others);
}

static void
zone_table(const struct show *s, const struct tally_zone **list, unsigned count)
{
	struct show_table *table = show_table_new(ZONE_CELLS, zone_headings);
	struct zone_texts x;

	for (unsigned i = 0; table != NULL && i < count; i++) {
		zone_texts(list[i], &x);
		show_table_add(table, zone_colour(list[i]), x.cells);
	}
	show_table_print(s, table, "");
	show_table_free(table);
}

/* "mean_cost_bytes 16.5 (+0.93)", on the next line when this one is full. */
static void
figure(const struct show *s, const struct event_evidence *v, size_t *column, bool last)
{
	char a[SHOW_NUMBER_MAX], b[SHOW_NUMBER_MAX], text[128];
	size_t len;

	if (v->weight != 0)
		snprintf(text, sizeof(text), "%.40s %s (%s%s)", v->name,
		    show_figure(v->value, a), v->weight > 0 ? "+" : "",
		    show_figure(v->weight, b));
	else
		snprintf(
		    text, sizeof(text), "%.40s %s", v->name, show_figure(v->value, a));
	len = strlen(text);
	if (*column == 0 || *column + len + 3 > width_of(s)) {
		fputs("\n    ", s->out);
		*column = 4;
	} else {
		fputc(' ', s->out);
		*column += 1;
	}
	fprintf(s->out, "%s%s", text, last ? "" : ",");
	*column += len + 1;
}

static void
why(const struct show *s, const struct tally_zone *z)
{
	char name[DNAME_TEXT_MAX], n[SHOW_NUMBER_MAX];
	const struct event *e = &z->event;
	size_t column = 0;

	fputs("  ", s->out);
	show_text(s, SHOW_BOLD, short_name(&e->zone, name));
	if (z->at_zone_miss > 0)
		fprintf(s->out, ", at question %s", show_count(z->at_zone_miss, n));
	fputs(", for ", s->out);
	show_text(s, SHOW_PLAIN, short_name(&e->qname, name));
	for (unsigned i = 0; i < e->evidence_count; i++)
		figure(s, &e->evidence[i], &column, i + 1 == e->evidence_count);
	fputc('\n', s->out);
}

static void
zones(const struct show *s, const struct tally *t)
{
	const struct tally_zone **list = tally_zones(t);
	unsigned count = t->zone_count < ZONES_SHOWN ? t->zone_count : ZONES_SHOWN;
	char n[SHOW_NUMBER_MAX];

	if (list == NULL) {
		if (t->zone_count == 0)
			fputs("No zone would have been stopped.\n\n", s->out);
		return;
	}
	show_text(s, SHOW_BOLD, "Zones that would have been stopped");
	fprintf(s->out, ": %s\n", show_count(t->zone_count + t->zones_lost, n));
	if (table_fits(s, list, count))
		zone_table(s, list, count);
	for (unsigned i = 0; i < count && !table_fits(s, list, count); i++)
		zone_block(s, list[i]);
	if (t->zone_count > ZONES_SHOWN)
		fprintf(s->out, "... and %u more; --json and --html have them\n",
		    t->zone_count - ZONES_SHOWN);
	fputs(
	    "(leaked: bytes of information that had passed by then; of others: stopped\n"
	    "questions of clients that did not cause it)\n\nThe evidence, and the "
	    "question of the domain at which it was enough\n",
	    s->out);
	for (unsigned i = 0; i < t->zone_count && i < WHY_SHOWN; i++)
		why(s, list[i]);
	fputc('\n', s->out);
	free(list);
}

static void
reasons(const struct show *s, const struct tally *t)
{
	static const char *const headings[] = { "event", "reason", ">times" };
	struct show_table *table = show_table_new(3, headings);
	bool any = false;
	char n[SHOW_NUMBER_MAX];

	for (unsigned i = 0; table != NULL && i < t->reason_count; i++) {
		const struct tally_reason *r = &t->reasons[i];
		const char *cells[] = { event_action_text(r->action), r->reason,
			show_count(r->events, n) };

		show_table_add(table, SHOW_PLAIN, cells);
		any = true;
	}
	if (any) {
		show_table_print(s, table, "");
		fputc('\n', s->out);
	}
	show_table_free(table);
}

static void
report_row(struct show_table *table, const struct event *e)
{
	char name[DNAME_TEXT_MAX], when[CLOCK_TEXT_MAX], client[ADDR_TEXT_MAX];
	const char *cells[] = { short_name(&e->zone, name), clock_text(e->wall_ms, when),
		addr_host_text(&e->client, client) };

	when[10] = ' ';
	when[19] = '\0';
	show_table_add(table, SHOW_PLAIN, cells);
}

/* The first of one reason. */
static void
reports_of(const struct show *s, const struct tally *t, const struct tally_reason *r)
{
	static const char *const headings[] = { "zone", "when (UTC)", "client" };
	struct show_table *table = show_table_new(3, headings);
	uint64_t shown = 0;
	char n[SHOW_NUMBER_MAX];

	fputs("  ", s->out);
	show_text(s, SHOW_PLAIN, r->reason);
	fprintf(s->out, ": %s\n", show_count(r->events, n));
	for (unsigned i = 0; table != NULL && i < t->report_count; i++)
		if (shown < REPORTS_SHOWN &&
		    strcmp(t->report[i].reason, r->reason) == 0) {
			report_row(table, &t->report[i]);
			shown++;
		}
	if (shown > 0)
		show_table_print(s, table, "    ");
	if (shown > 0 && r->events > shown)
		fprintf(
		    s->out, "    ... and %s more\n", show_count(r->events - shown, n));
	show_table_free(table);
}

static void
reports(const struct show *s, const struct tally *t)
{
	char n[SHOW_NUMBER_MAX];

	if (t->reports == 0)
		return;
	show_text(s, SHOW_BOLD, "Reported, not stopped");
	fprintf(s->out, ": %s; --json and --html have the first 256\n",
	    show_count(t->reports, n));
	for (unsigned i = 0; i < t->reason_count; i++)
		if (t->reasons[i].action == EVENT_OBSERVE)
			reports_of(s, t, &t->reasons[i]);
	fputc('\n', s->out);
}

static void
label_row(struct show_table *table, const struct tally_label *l)
{
	char questions[SHOW_NUMBER_MAX], first[SHOW_NUMBER_MAX], before[SHOW_NUMBER_MAX];
	char all[SHOW_NUMBER_MAX], zone_count[SHOW_NUMBER_MAX], refused[SHOW_NUMBER_MAX];
	char names[SHOW_NUMBER_MAX];
	bool none = l->payload_before == 0 && l->payload == 0;
	const char *cells[] = { l->name, show_count(l->questions, questions),
		l->first_stop == 0 ? "-" : show_count(l->first_stop, first),
		none ? "-" : show_figure(l->payload_before, before),
		none ? "-" : show_figure(l->payload, all),
		show_figure(l->names_before, names), show_count(l->zones, zone_count),
		show_count(l->refused, refused) };
	bool wrong = l->benign ? l->stopped > 0 : l->first_stop == 0;

	show_table_add(table, wrong ? SHOW_YELLOW : SHOW_GREEN, cells);
}

static void
labels(const struct show *s, const struct tally *t)
{
	static const char *const headings[] = { "what it truly was", ">questions",
		">first stop", ">payload B before", ">in all", ">name B before",
		">zones stopped", ">refused" };
	struct show_table *table;

	if (!t->labelled || (table = show_table_new(8, headings)) == NULL)
		return;
	for (unsigned i = 0; i < t->label_count; i++)
		label_row(table, &t->labels[i]);
	show_table_print(s, table, "");
	show_table_free(table);
	fputc('\n', s->out);
}

static void
cost(const struct show *s, const struct tally *t)
{
	char a[SHOW_NUMBER_MAX], b[SHOW_NUMBER_MAX], share[SHOW_NUMBER_MAX];

	show_text(s, SHOW_BOLD, "What it would have cost");
	fputc('\n', s->out);
	fprintf(s->out, "  %s of %s questions (%s) were stopped; ",
	    show_count(t->stopped, a), show_count(t->questions, b),
	    report_share(t->stopped, t->questions, share));
	fprintf(s->out, "%s of %s clients (%s) had one of them\n",
	    show_count(t->clients_stopped, a), show_count(t->clients, b),
	    report_share(t->clients_stopped, t->clients, share));
	fprintf(s->out, "  for what others had done: %s question%s of %s client%s\n",
	    show_count(report_others(t), a), plural(report_others(t)),
	    show_count(t->clients_harmed, b), plural(t->clients_harmed));
	if (t->challenged > 0)
		fprintf(s->out, "  %s question%s had to be asked again over TCP\n",
		    show_count(t->challenged, a), plural(t->challenged));
}

/* ---- what to do ---- */

bool
report_by_signature(const struct tally_zone *z)
{
	return strncmp(z->event.reason, "signature", 9) == 0;
}

unsigned
report_for_budgets(const struct tally *t, const struct tally_zone **list)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->zone_count; i++)
		n += !report_by_signature(list[i]);
	return n;
}

void
report_own_service(const struct tally *t, const struct tally_zone *z, FILE *out)
{
	bool alike = z->client_count >= CLIENTS_ALIKE;
	char name[DNAME_TEXT_MAX], n[SHOW_NUMBER_MAX];

	fprintf(out, "%s%s %u   # ", alike ? "" : "# ",
	    dname_to_text(z->event.zone.bytes, name), tally_factor(t, z));
	if (alike)
		fprintf(out, "%u clients%s do alike", z->client_count,
		    z->client_count == TALLY_ZONE_CLIENTS ? " or more" : "");
	else
		fprintf(out, "YOURS TO DECIDE: %u client%s, as of a tunnel",
		    z->client_count, plural(z->client_count));
	fprintf(out, "; %s question%s stopped\n", show_count(z->stopped, n),
	    plural(z->stopped));
}

static void
advice(const struct show *s, const struct tally *t)
{
	const struct tally_zone **list = tally_zones(t);
	unsigned budgets;

	if (list == NULL)
		return;
	budgets = report_for_budgets(t, list);
	fputc('\n', s->out);
	show_text(s, SHOW_BOLD, "What to do");
	fputs("\n  Look at each zone above: who runs it, and has that client business "
	      "there?\n",
	    s->out);
	if (budgets < t->zone_count)
		fputs("  What bears a tool's signature passes only from policy.allow.\n",
		    s->out);
	if (budgets > 0)
		fputs(
		    "  What you know and trust gets a larger budget: put its line into "
		    "a file, without the\n  mark in front, and name the file in "
		    "detection.own-services (-o detection.own-services=FILE\n  tries it "
		    "here).\n\n",
		    s->out);
	for (unsigned i = 0; i < t->zone_count && i < ZONES_SHOWN; i++) {
		if (report_by_signature(list[i]))
			continue;
		fputs("    ", s->out);
		report_own_service(t, list[i], s->out);
	}
	free(list);
}

void
report_text(const struct show *s, const struct tally *t)
{
	head(s, t);
	counts(s, t);
	zones(s, t);
	reasons(s, t);
	reports(s, t);
	labels(s, t);
	cost(s, t);
	advice(s, t);
}
