#include "base/clock.h"

#define MS_PER_DAY   INT64_C(86400000)
#define DAYS_PER_ERA INT64_C(146097) /* 400 Gregorian years */
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01 */

struct civil {
	int64_t year;
	unsigned month, day;
};

/*
 * Days since 1970-01-01 to a Gregorian date, reckoned in years that begin on
 * the first of March, so that the leap day is a year's last.
 */
static struct civil
civil_of(int64_t days)
{
	int64_t shifted = days + DAYS_TO_1970;
	int64_t era =
	    (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	unsigned day_of_era = (unsigned)(shifted - era * DAYS_PER_ERA);
	unsigned year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
	    365;
	unsigned day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned march_month = (5 * day_of_year + 2) / 153;
	struct civil c;

	c.day = day_of_year - (153 * march_month + 2) / 5 + 1;
	c.month = march_month < 10 ? march_month + 3 : march_month - 9;
	c.year = (int64_t)year_of_era + era * 400 + (c.month <= 2 ? 1 : 0);
	return c;
}

/* ${digits} decimal digits of ${value}, then ${after}; returns the end. */
static char *
put(char *out, unsigned value, unsigned digits, char after)
{
	for (unsigned i = digits; i > 0; i--, value /= 10)
		out[i - 1] = (char)('0' + value % 10);
	out[digits] = after;
	return out + digits + 1;
}

/* RFC 3339 5.6 has four digits for the year; what lies outside stays at the edge. */
static unsigned
year_text(int64_t year)
{
	return year < 0 ? 0 : year > 9999 ? 9999 : (unsigned)year;
}

char *
clock_text(int64_t wall_ms, char out[CLOCK_TEXT_MAX])
{
	int64_t days = wall_ms / MS_PER_DAY;
	int64_t rest = wall_ms % MS_PER_DAY;
	struct civil date;
	unsigned ms;
	char *p = out;

	if (rest < 0) {
		rest += MS_PER_DAY;
		days--;
	}
	ms = (unsigned)rest;
	date = civil_of(days);
	p = put(p, year_text(date.year), 4, '-');
	p = put(p, date.month, 2, '-');
	p = put(p, date.day, 2, 'T');
	p = put(p, ms / 3600000, 2, ':');
	p = put(p, ms / 60000 % 60, 2, ':');
	p = put(p, ms / 1000 % 60, 2, '.');
	p = put(p, ms % 1000, 3, 'Z');
	*p = '\0';
	return out;
}

/* Days from 1970-01-01 to a date, by the same years from March on. */
static int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t era;
	unsigned year_of_era, day_of_year;

	year -= month <= 2;
	era = year / 400; /* years are positive here */
	year_of_era = (unsigned)(year - era * 400);
	day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * DAYS_PER_ERA +
	       (int64_t)(year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
			 day_of_year) -
	       DAYS_TO_1970;
}

/* ${digits} digits and, when ${before} is not NUL, that character before them. */
static bool
take(const char **at, char before, unsigned digits, unsigned *out)
{
	const char *p = *at;

	if (before != '\0' && *p++ != before)
		return false;
	for (*out = 0; digits > 0; digits--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*out = *out * 10 + (unsigned)(*p - '0');
	}
	*at = p;
	return true;
}

/* "T08:15[:30[.123]][Z]"; nothing is midnight. */
static bool
take_time(const char **at, unsigned *sec_of_day)
{
	unsigned hour = 0, minute = 0, second = 0;

	*sec_of_day = 0;
	if (**at == '\0')
		return true;
	if (!take(at, 'T', 2, &hour) || !take(at, ':', 2, &minute))
		return false;
	if (**at == ':' && !take(at, ':', 2, &second))
		return false;
	if (**at == '.')
		for ((*at)++; **at >= '0' && **at <= '9'; (*at)++)
			;
	if (**at == 'Z')
		(*at)++;
	*sec_of_day = hour * 3600 + minute * 60 + second;
	return hour < 24 && minute < 60 && second < 60 && **at == '\0';
}

bool
clock_parse(const char *text, int64_t *wall_ms)
{
	unsigned year, month, day, sec_of_day;
	int64_t days;

	if (!take(&text, '\0', 4, &year) || !take(&text, '-', 2, &month) ||
	    !take(&text, '-', 2, &day) || !take_time(&text, &sec_of_day))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	days = days_of(year, month, day);
	if (civil_of(days).day != day) /* the 30th of February */
		return false;
	*wall_ms = days * MS_PER_DAY + (int64_t)sec_of_day * 1000;
	return true;
}
