#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "resolver/judge/report.h"

#define ZONES_SHOWN   40u
#define WHY_SHOWN     10u
#define REPORTS_SHOWN 20u
#define ZONE_WIDTH    40u

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
head(const struct show *s, const struct tally *t)
{
	char n[SHOW_NUMBER_MAX], span[SHOW_NUMBER_MAX], m[SHOW_NUMBER_MAX];
	char begin[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < t->file_count; i++) {
		const struct tally_file *f = &t->files[i];

		show_text(s, SHOW_BOLD, f->path);
		fprintf(s->out, ": %s, %s records", f->format != NULL ? f->format : "?",
		    show_count(f->records, n));
		if (f->bad > 0)
			fprintf(
			    s->out, ", %s lines not understood", show_count(f->bad, n));
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

static void
zone_row(struct show_table *table, const struct tally_zone *z)
{
	char name[DNAME_TEXT_MAX], when[CLOCK_TEXT_MAX], client[ADDR_TEXT_MAX];
	char question[SHOW_NUMBER_MAX], leaked[SHOW_NUMBER_MAX], stopped[SHOW_NUMBER_MAX];
	char others[SHOW_NUMBER_MAX];
	const char *cells[] = { short_name(&z->event.zone, name),
		z->worst == EVENT_SINKHOLE ? "sinkhole" : "hold", z->event.reason,
		show_count(z->at_zone_miss, question), clock_text(z->event.wall_ms, when),
		addr_host_text(&z->cause, client),
		show_count(z->event.leaked_up_bytes, leaked),
		show_count(z->stopped, stopped), show_count(z->stopped_others, others) };

	when[10] = ' ';
	when[19] = '\0';
	show_table_add(table, z->worst == EVENT_SINKHOLE ? SHOW_RED : SHOW_YELLOW, cells);
}

static void
why(const struct show *s, const struct tally_zone *z)
{
	char name[DNAME_TEXT_MAX], a[SHOW_NUMBER_MAX], b[SHOW_NUMBER_MAX];
	const struct event *e = &z->event;

	fputs("  ", s->out);
	show_text(s, SHOW_BOLD, short_name(&e->zone, name));
	fputs(": asked for ", s->out);
	show_text(s, SHOW_PLAIN, short_name(&e->qname, name));
	for (unsigned i = 0; i < e->evidence_count; i++) {
		const struct event_evidence *v = &e->evidence[i];

		fprintf(s->out, "%s%s %s", i == 0 ? "\n    " : ", ", v->name,
		    show_figure(v->value, a));
		if (v->weight != 0)
			fprintf(s->out, " (%s%s)", v->weight > 0 ? "+" : "",
			    show_figure(v->weight, b));
	}
	fputc('\n', s->out);
}

static void
zones(const struct show *s, const struct tally *t)
{
	static const char *const headings[] = { "zone", "verdict", "why", ">at its",
		"when (UTC)", "first client", ">leaked B", ">stopped", ">of others" };
	const struct tally_zone **list = tally_zones(t);
	struct show_table *table = show_table_new(9, headings);
	char n[SHOW_NUMBER_MAX];

	if (list == NULL || table == NULL) {
		if (t->zone_count == 0)
			fputs("No zone would have been stopped.\n\n", s->out);
		goto done;
	}
	show_text(s, SHOW_BOLD, "Zones that would have been stopped");
	fprintf(s->out, ": %s\n", show_count(t->zone_count + t->zones_lost, n));
	for (unsigned i = 0; i < t->zone_count && i < ZONES_SHOWN; i++)
		zone_row(table, list[i]);
	show_table_print(s, table, "");
	if (t->zone_count > ZONES_SHOWN)
		fprintf(s->out, "... and %u more; --json and --html have them\n",
		    t->zone_count - ZONES_SHOWN);
	fputs("(\"at its\": number of the question among those of its registered domain "
	      "that reached the\njudge; \"leaked\": bytes of information charged by "
	      "then)\n\nThe evidence\n",
	    s->out);
	for (unsigned i = 0; i < t->zone_count && i < WHY_SHOWN; i++)
		why(s, list[i]);
	fputc('\n', s->out);
done:
	show_table_free(table);
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
		addr_host_text(&e->client, client), e->reason };

	when[10] = ' ';
	when[19] = '\0';
	show_table_add(table, SHOW_PLAIN, cells);
}

static void
reports(const struct show *s, const struct tally *t)
{
	static const char *const headings[] = { "zone", "when (UTC)", "client", "why" };
	struct show_table *table;
	char n[SHOW_NUMBER_MAX];

	if (t->reports == 0 || (table = show_table_new(4, headings)) == NULL)
		return;
	show_text(s, SHOW_BOLD, "Reported, not stopped");
	fprintf(s->out, ": %s\n", show_count(t->reports, n));
	for (unsigned i = 0; i < t->report_count && i < REPORTS_SHOWN; i++)
		report_row(table, &t->report[i]);
	show_table_print(s, table, "");
	show_table_free(table);
	if (t->reports > REPORTS_SHOWN)
		fprintf(s->out, "... and %s more; --json and --html have the first 256\n",
		    show_count(t->reports - REPORTS_SHOWN, n));
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
	fprintf(s->out, "  %s of %s clients (%s) had a question stopped\n",
	    show_count(t->clients_stopped, a), show_count(t->clients, b),
	    report_share(t->clients_stopped, t->clients, share));
	fprintf(s->out, "  %s of %s questions (%s) were stopped",
	    show_count(t->stopped, a), show_count(t->questions, b),
	    report_share(t->stopped, t->questions, share));
	fprintf(s->out, "; %s of them of clients who had not caused it\n",
	    show_count(report_others(t), a));
	if (t->challenged > 0)
		fprintf(s->out, "  %s questions had to be asked again over TCP\n",
		    show_count(t->challenged, a));
	if (t->zone_count > 0)
		fputs("  A zone above that you know and trust belongs on an allow list "
		      "(policy.allow).\n",
		    s->out);
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
}
