#include "resolver/judge/when.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct moment {
	int year, month, day, hour, minute, second, ms;
	int offset_min; /* east of UTC */
};

/* Reads exactly ${digits} digits (or up to, with a leading blank, as syslog's day). */
static const char *
number(const char *p, unsigned digits, int *out)
{
	*out = 0;
	for (unsigned i = 0; i < digits; i++, p++) {
		if (i == 0 && *p == ' ')
			continue;
		if (!isdigit((unsigned char)*p))
			return NULL;
		*out = *out * 10 + (*p - '0');
	}
	return p;
}

static const char *
letter(const char *p, const char *any_of)
{
	return p != NULL && *p != '\0' && strchr(any_of, *p) != NULL ? p + 1 : NULL;
}

static const char *
month(const char *p, int *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++)
		if (strncmp(p, names + m * 3, 3) == 0) {
			*out = m + 1;
			return p + 3;
		}
	return NULL;
}

/* ".123456": to the millisecond; commas too. */
static const char *
fraction(const char *p, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (*p != '.' && *p != ',')
		return p;
	for (p++; isdigit((unsigned char)*p); p++, scale /= 10)
		*ms += (*p - '0') * scale;
	return p;
}

static const char *
clock_time(const char *p, struct moment *m)
{
	if (p == NULL || (p = number(p, 2, &m->hour)) == NULL ||
	    (p = letter(p, ":")) == NULL || (p = number(p, 2, &m->minute)) == NULL ||
	    (p = letter(p, ":")) == NULL || (p = number(p, 2, &m->second)) == NULL)
		return NULL;
	return fraction(p, &m->ms);
}

static const char *
offset(const char *p, int *min)
{
	int hours, minutes, sign = *p == '-' ? -1 : 1;

	*min = 0;
	if (*p == 'Z')
		return p + 1;
	if (*p != '+' && *p != '-')
		return p;
	if ((p = number(p + 1, 2, &hours)) == NULL)
		return NULL;
	if (*p == ':')
		p++;
	if ((p = number(p, 2, &minutes)) == NULL)
		return NULL;
	*min = sign * (hours * 60 + minutes);
	return p;
}

/* Days since 1970 of the proleptic Gregorian calendar: eras of 400 years, March first. */
static int64_t
days_of(int year, int mon, int day)
{
	int64_t y = year - (mon <= 2), era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (mon + (mon > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static const char *
done(const char *p, const struct moment *m, int64_t *wall_ms)
{
	int64_t minutes;

	if (p == NULL || m->year < 1970 || m->month < 1 || m->month > 12 || m->day < 1 ||
	    m->day > 31 || m->hour > 23 || m->minute > 59 || m->second > 60)
		return NULL;
	minutes = days_of(m->year, m->month, m->day) * 1440 + m->hour * 60 + m->minute -
		  m->offset_min;
	*wall_ms = (minutes * 60 + m->second) * 1000 + m->ms;
	return p;
}

static const char *
epoch(const char *p, int64_t *wall_ms)
{
	char *end;
	long long seconds = strtoll(p, &end, 10);
	int ms;

	if (end == p || seconds < 0 || seconds > INT64_C(99999999999))
		return NULL;
	p = fraction(end, &ms);
	*wall_ms = seconds * 1000 + ms;
	return p;
}

static const char *
iso(const char *p, struct moment *m)
{
	if ((p = number(p, 4, &m->year)) == NULL || (p = letter(p, "-")) == NULL ||
	    (p = number(p, 2, &m->month)) == NULL || (p = letter(p, "-")) == NULL ||
	    (p = number(p, 2, &m->day)) == NULL ||
	    (p = clock_time(letter(p, "T "), m)) == NULL)
		return NULL;
	return offset(p, &m->offset_min);
}

static const char *
bind_time(const char *p, struct moment *m)
{
	if ((p = number(p, 2, &m->day)) == NULL || (p = letter(p, "-")) == NULL ||
	    (p = month(p, &m->month)) == NULL || (p = letter(p, "-")) == NULL ||
	    (p = number(p, 4, &m->year)) == NULL)
		return NULL;
	return clock_time(letter(p, " "), m);
}

/* "Sun " before the month. */
static const char *
skip_weekday(const char *p)
{
	static const char names[] = "SunMonTueWedThuFriSat";

	for (int d = 0; d < 7; d++)
		if (strncmp(p, names + d * 3, 3) == 0 && p[3] == ' ')
			return p + 4;
	return p;
}

/* Without a year m->year stays 0. */
static const char *
syslog_time(const char *p, struct moment *m)
{
	const char *year;

	if ((p = month(skip_weekday(p), &m->month)) == NULL ||
	    (p = letter(p, " ")) == NULL || (p = number(p, 2, &m->day)) == NULL ||
	    (p = clock_time(letter(p, " "), m)) == NULL)
		return NULL;
	if ((year = letter(p, " ")) == NULL || !isdigit((unsigned char)*year) ||
	    (year = number(year, 4, &m->year)) == NULL || *year != ' ') {
		m->year = 0;
		return p;
	}
	return year;
}

int
when_year(int64_t wall_ms)
{
	int64_t day = wall_ms / DAY_MS;
	int year = (int)(1970 + day / 366);

	while (days_of(year + 1, 1, 1) <= day)
		year++;
	return year;
}

/* Of the years around ${near_ms} the one that brings the moment nearest. */
static const char *
nearest_year(const char *p, struct moment *m, int64_t near_ms, int64_t *wall_ms)
{
	int middle = when_year(near_ms < 0 ? 0 : near_ms);
	const char *rest = NULL;
	int64_t best = INT64_MAX, ms;

	for (int year = middle - 1; year <= middle + 1; year++) {
		m->year = year;
		if (done(p, m, &ms) == NULL || llabs(ms - near_ms) >= best)
			continue;
		best = llabs(ms - near_ms);
		*wall_ms = ms;
		rest = p;
	}
	return rest;
}

const char *
when_read(const char *text, int64_t near_ms, int64_t *wall_ms)
{
	struct moment m = { 0 };
	const char *rest;

	if (!isdigit((unsigned char)*text)) {
		rest = syslog_time(text, &m);
		return m.year != 0 ? done(rest, &m, wall_ms)
				   : nearest_year(rest, &m, near_ms, wall_ms);
	}
	if ((rest = done(iso(text, &m), &m, wall_ms)) != NULL)
		return rest;
	m = (struct moment){ 0 };
	if ((rest = done(bind_time(text, &m), &m, wall_ms)) != NULL)
		return rest;
	return epoch(text, wall_ms);
}
