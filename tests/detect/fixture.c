#include "tests/detect/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

static void
need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fixture: %s\n", what);
	abort();
}

void
fixture_new(struct fixture *f, const char *const *overrides, unsigned count)
{
	static struct conf_errors errors;
	const struct hashkey key = { 0x1234, 0x5678 };

	memset(f, 0, sizeof(*f));
	if (conf_load(NULL, overrides, count, &errors, &f->conf) != ERR_OK)
		need(false, errors.errors[0].text);
	need((f->detect = detect_new(f->conf, &key, 0x3f9a1c)) != NULL, "no memory");
	f->now.mono_ms = 1000000;
	f->now.wall_ms = INT64_C(1795335330000); /* 2026-11-22T08:15:30Z */
}

void
fixture_free(struct fixture *f)
{
	detect_free(f->detect);
	conf_unref(f->conf);
}

void
fixture_pass(struct fixture *f, double sec)
{
	f->now.mono_ms += (uint64_t)(sec * 1000);
	f->now.wall_ms += (int64_t)(sec * 1000);
}

struct addr
fixture_addr(const char *text)
{
	struct addr a;

	need(addr_from_text(text, 0, &a) == ERR_OK, text);
	return a;
}

struct dname
fixture_name(const char *text)
{
	struct dname n;

	need(dname_from_text(text, &n) == ERR_OK, text);
	return n;
}

bool
fixture_ask(struct fixture *f, const char *client, const char *name, uint16_t type)
{
	struct dname qname = fixture_name(name), cut = { 0 };
	struct detect_question q = { .client = fixture_addr(client),
		.verified = f->verified,
		.exempt = f->exempt,
		.qname = qname.bytes,
		.qtype = type != 0 ? type : TYPE_A };

	if (f->cut != NULL) {
		cut = fixture_name(f->cut);
		q.cut = cut.bytes;
	}
	detect_question(f->detect, f->conf, &q, &f->now, &f->v);
	return f->v.action == DETECT_PASS;
}

bool
fixture_answer(struct fixture *f, const char *client, const char *name, uint16_t type,
    uint32_t bytes, uint64_t hash)
{
	struct dname qname = fixture_name(name);
	struct detect_answer a = { .client = fixture_addr(client),
		.verified = f->verified,
		.exempt = f->exempt,
		.qname = qname.bytes,
		.qtype = type,
		.rdata_bytes = bytes,
		.rdata_hash = hash };

	detect_answer(f->detect, f->conf, &a, &f->now, &f->v);
	return f->v.action == DETECT_PASS;
}

bool
fixture_pieces(struct fixture *f, const char *client, const char *name, unsigned count,
    uint16_t bytes, uint64_t first)
{
	struct dname qname = fixture_name(name);
	struct detect_answer a = { .client = fixture_addr(client),
		.verified = f->verified,
		.exempt = f->exempt,
		.qname = qname.bytes,
		.qtype = TYPE_AAAA,
		.address_count = count };

	for (unsigned i = 0; i < count && i < DETECT_PIECES_MAX; i++)
		a.pieces[a.piece_count++] = (struct detect_piece){ first + i, bytes };
	if (count > DETECT_PIECES_MAX)
		a.rest_bytes = (count - DETECT_PIECES_MAX) * bytes;
	a.rest_hash = ~first;
	detect_answer(f->detect, f->conf, &a, &f->now, &f->v);
	return f->v.action == DETECT_PASS;
}

const char *
fixture_tunnel_name(unsigned n, char out[256], const char *zone)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz012345";
	uint64_t x = (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (unsigned i = 0; i < 32; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = digits[x >> 59];
	}
	snprintf(out + 32, 256 - 32, ".%s", zone);
	return out;
}
