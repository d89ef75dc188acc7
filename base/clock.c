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
