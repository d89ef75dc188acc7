#!/usr/bin/env python3
"""Writes the seeds of the DNS fuzz targets: tests/fuzz/seeds.py [CORPUS-FOLDER]

Each file is named for what it shows. Files of other names in the folders (finds
that were kept) are left alone.
"""

import os
import struct
import sys


def name(text):
    out = b""
    for label in text.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def pointer(offset):
    return struct.pack("!H", 0xC000 | offset)


def header(ident=0x1234, flags=0x0100, qd=1, an=0, ns=0, ar=0):
    return struct.pack("!6H", ident, flags, qd, an, ns, ar)


def question(owner, rtype=1, rclass=1):
    return (name(owner) if isinstance(owner, str) else owner) + struct.pack("!2H", rtype, rclass)


def rr(owner, rtype, rdata, ttl=300, rclass=1):
    owner = name(owner) if isinstance(owner, str) else owner
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(rdata)) + rdata


def option(code, value=b""):
    return struct.pack("!2H", code, len(value)) + value


def opt(options=b"", size=1232, ttl=0x8000, owner=b"\0"):
    return rr(owner, 41, options, ttl, size)


QNAME = pointer(12)
LONG = ".".join(["a" * 63] * 3 + ["b" * 61])  # 255 bytes in wire form
SOA = name("ns.example.com") + name("root.example.com") + struct.pack("!5I", 1, 2, 3, 4, 300)
SIG = struct.pack("!HBBIIIH", 1, 13, 3, 300, 0x70000000, 0x60000000, 4711) + name("example.com")


def questions():
    www = question("www.example.com")
    yield "plain", header() + www
    yield "opt", header(ar=1) + www + opt()
    yield "mixed-case", header(ar=1) + question("wWw.eXaMpLe.CoM", 28) + opt()
    yield "cookie", header(ar=1) + www + opt(option(10, b"12345678"))
    yield "cookie-wrong-length", header(ar=1) + www + opt(option(10, b"123456789"))
    yield "cookie-twice", header(ar=1) + www + opt(option(10, b"12345678") * 2)
    yield "two-opts", header(ar=2) + www + opt() * 2
    yield "opt-not-root", header(ar=1) + www + opt(owner=name("x"))
    yield "opt-version-1", header(ar=1) + www + opt(ttl=0x00018000)
    yield "seventeen-options", header(ar=1) + www + opt(option(65001) * 17)
    yield "option-overruns", header(ar=1) + www + opt(struct.pack("!2H", 65001, 9) + b"short")
    yield "tsig", header(ar=1) + www + rr("key", 250, b"x" * 16, 0, 255)
    yield "opt-and-tsig", header(ar=2) + www + opt() + rr("key", 250, b"x" * 16, 0, 255)
    yield "trailing-byte", header() + www + b"\0"
    yield "no-question", header(qd=0)
    yield "no-question-cookie", header(qd=0, ar=1) + opt(option(10, b"12345678"))
    yield "no-question-opt", header(qd=0, ar=1) + opt()
    yield "two-questions", header(qd=2) + www * 2
    yield "with-answer", header(an=1) + www + rr(QNAME, 1, b"\1\2\3\4")
    yield "compressed", header() + question(pointer(12))
    yield "is-an-answer", header(flags=0x8100) + www
    yield "notify", header(flags=0x2000) + www
    yield "short-header", header()[:11]
    yield "cut-in-name", (header() + www)[:20]
    yield "cut-in-class", (header() + www)[:-1]
    yield "longest-name", header(ar=1) + question(LONG) + opt()
    yield "name-too-long", header() + question("c." + LONG)
    yield "label-64", header() + question(b"\x40" + b"a" * 64 + b"\0")
    yield "many-labels", header() + question(b"\1a" * 127 + b"\0", 16)
    yield "root-any", header() + question(".", 255)
    yield "every-byte", header() + question(b"\x20" + bytes(range(32)) + b"\x20" + bytes(range(224, 256)) + b"\0")


def replies():
    q = question("www.example.com")
    yield "a", header(flags=0x8180, an=2) + q + rr(QNAME, 1, b"\1\2\3\4") + rr(QNAME, 1, b"\1\2\3\5")
    yield "cname-chain", header(flags=0x8180, an=3) + q + rr(QNAME, 5, b"\1b" + pointer(16)) + rr(
        b"\1b" + pointer(16), 5, b"\1c" + pointer(16)) + rr(b"\1c" + pointer(16), 1, b"\1\2\3\4")
    yield "referral", header(flags=0x8000, ns=2, ar=3) + q + rr(pointer(16), 2, b"\2ns" + pointer(16)) + rr(
        pointer(16), 2, b"\3ns2" + pointer(16)) + rr(b"\2ns" + pointer(16), 1, b"\1\2\3\4") + rr(
        b"\3ns2" + pointer(16), 28, bytes(16)) + opt()
    yield "nxdomain", header(flags=0x8183, ns=1, ar=1) + q + rr("example.com", 6, SOA) + opt(option(15, b"\0\6bogus"))
    yield "signed", header(flags=0x8180, an=3, ns=2) + q + rr(QNAME, 46, SIG + b"s1") + rr(
        QNAME, 1, b"\1\2\3\4") + rr(QNAME, 46, SIG + b"s2") + rr("a.example.com", 47, name("b.example.com") +
        b"\0\2\x40\x01") + rr("x.example.com", 46, SIG + b"covers nothing")
    yield "duplicates", header(flags=0x8180, an=4) + q + rr(QNAME, 15, b"\0\12\1m\0") * 2 + rr(
        QNAME, 15, b"\0\12\1M\0", 60) + rr(QNAME, 15, b"\0\24\1M\0", 0x80000001)
    yield "interleaved", header(flags=0x8180, an=6) + q + b"".join(
        rr(QNAME, t, r) for r in (b"\1x", b"\1y") for t in (16, 99)) + rr(QNAME, 1, b"\1\1\1\1") + rr(QNAME, 16, b"\1z")
    yield "every-shape", header(flags=0x8180, an=28) + q + b"".join(rr(QNAME, t, r) for t, r in [
        (6, SOA), (12, name("p.test")), (13, b"\3cpu\2os"), (14, name("a") + name("b")), (17, name("m") + name("t")),
        (18, b"\0\1" + name("afs")), (26, b"\0\1" + name("x") + name("y")), (29, bytes(16)),
        (33, b"\0\1\0\2\0\3" + name("srv.test")), (35, b"\0\1\0\2\1s\3SIP\0" + name("n.test")),
        (36, b"\0\1" + name("kx")), (37, b"\0\1\0\2\5cert"), (39, name("d.test")), (42, b"\0\1\30\3\1\2\3"),
        (43, b"\x12\x34\15\2digest"), (44, b"\4\2fingerprint"), (48, b"\1\1\3\15key"), (49, b"dhcid"),
        (50, b"\1\0\0\5\2ab\3xyz\0\1\x40"), (51, b"\1\0\0\5\0"), (52, b"\3\1\1hash"),
        (55, b"\4\2\0\3hit!key" + name("rvs")), (61, b"pgp"), (62, b"\0\0\0\1\0\3\0\1\x40"),
        (63, b"\0\0\0\1\1\1" + bytes(48)), (65, b"\0\1\0" + b"\0\1\0\3\2h2" + b"\0\4\0\4\1\2\3\4"),
        (256, b"\0\1\0\2https://"), (257, b"\0\5issueca.test")])
    yield "unknown-type", header(flags=0x8180, an=1) + q + rr(QNAME, 65280, b"anything")
    yield "chaos", header(flags=0x8180, an=2) + question("version.bind", 16, 3) + rr(
        QNAME, 16, b"\4nsd5", 0, 3) + rr(QNAME, 46, b"odd", 0, 3)
    yield "soa-of-another-class", header(flags=0x8180, an=2) + q + rr("x.test", 6, SOA, 300, 3) + rr(
        "x.test", 6, SOA.upper(), 300, 3)
    yield "truncated", (header(flags=0x8380, an=2) + q + rr(QNAME, 16, b"\5hello") + rr(QNAME, 16, b"\5there"))[:-3]
    yield "cut-without-tc", (header(flags=0x8180, an=1) + q + rr(QNAME, 16, b"\5hello"))[:-3]
    yield "pointer-loop", header(flags=0x8180, an=1) + q + rr(pointer(33), 1, b"\1\2\3\4")
    yield "pointer-forward", header(flags=0x8180, an=1) + q + rr(pointer(49), 1, b"\1\2\3\4")
    yield "pointer-in-rdata-self", header(flags=0x8180, an=1) + q + rr(QNAME, 5, pointer(45))
    chain = b"\1a\0" + b"".join(b"\1b" + pointer(31 + 12 + i) for i in ([0] + [3 + 4 * k for k in range(20)]))
    yield "pointer-chain", header(flags=0x8180, an=1) + q[:19] + rr(".", 10, chain) + rr(pointer(99), 1, b"abcd")
    yield "rdata-too-short", header(flags=0x8180, an=1) + q + rr(QNAME, 1, b"\1\2\3")
    yield "rdata-too-long", header(flags=0x8180, an=1) + q + rr(QNAME, 1, b"\1\2\3\4\5")
    yield "compressed-rrsig-signer", header(flags=0x8180, an=2) + q + rr(QNAME, 1, b"abcd") + rr(
        QNAME, 46, SIG[:18] + pointer(16) + b"sig")
    yield "opt-in-answer", header(flags=0x8180, an=1) + q + opt()
    yield "two-opts", header(flags=0x8180, ar=2) + q + opt() * 2
    yield "badvers", header(flags=0x8180, ar=1) + q + opt(ttl=0x01000000)
    yield "no-question", header(flags=0x8001, qd=0)
    yield "two-questions", header(flags=0x8180, qd=2) + q * 2
    yield "many-records", header(flags=0x8180, an=130) + q + b"".join(
        rr(QNAME, 1, struct.pack("!I", i)) for i in range(130))
    yield "many-sets", header(flags=0x8180, an=80) + q + b"".join(
        rr(bytes([1, i]) + pointer(16), 1, b"\1\2\3\4") for i in range(80))
    yield "many-signatures", header(flags=0x8180, an=11) + q + rr(QNAME, 1, b"abcd") + b"".join(
        rr(QNAME, 46, SIG + bytes([i])) for i in range(10))
    yield "trailing-bytes", header(flags=0x8180) + q + b"junk"
    yield "counts-lie", header(flags=0x8180, an=65535, ns=65535, ar=65535) + q
    yield "meta-types", header(flags=0x8180, an=2, ar=1) + q + rr(QNAME, 255, b"") + rr(QNAME, 252, b"x") + rr(
        "key", 250, b"tsig")


def names():
    yield "text-plain", b"www.example.com"
    yield "text-root", b"."
    yield "text-dot-at-end", b"www.example.com."
    yield "text-escapes", rb"a\.b\\c\"d\(e\)f\;g\@h\$i.\000\255\046x.test"
    yield "text-empty-label", b"a..b"
    yield "text-leading-dot", b".a"
    yield "text-bad-escape", rb"a\25"
    yield "text-escape-256", rb"a\256"
    yield "text-escape-at-end", b"a\\"
    yield "text-label-63", b"x" * 63 + b".y"
    yield "text-label-64", b"x" * 64 + b".y"
    yield "text-255", LONG.encode()
    yield "text-256", b"c." + LONG.encode()
    yield "text-utf8", "日本.example".encode()
    yield "wire-one", b"\1" + name("www.example.com")
    yield "wire-several", b"\1" + name("www.example.com") + name("mail.EXAMPLE.com") + name("com") + b"\0"
    yield "wire-pointers", b"\1" + name("example.com") + b"\3www" + pointer(1) + b"\1a" + pointer(14) + pointer(20)
    yield "wire-loop", b"\3\0\0\1a" + pointer(3)
    yield "wire-forward", b"\1" + pointer(3) + b"\1a\0"
    yield "wire-16-pointers", bytes([35]) + b"\1a\0" + pointer(1) + b"".join(
        pointer(4 + 2 * i) for i in range(14)) + b"\0" * 1 + pointer(32) + pointer(36)
    yield "wire-17-pointers", bytes([38]) + b"\1a\0" + pointer(1) + b"".join(
        pointer(4 + 2 * i) for i in range(16)) + pointer(36)
    yield "wire-cut-label", b"\1\5abc"
    yield "wire-cut-pointer", b"\1\1a\xc0"
    yield "wire-reserved-label", b"\1\x40abc\0"
    yield "wire-longest", b"\1" + name(LONG) * 2
    yield "wire-127-labels", b"\1" + b"\1a" * 127 + b"\0" + b"\1b" * 127 + b"\0"
    yield "wire-many-names", b"\1" + b"".join(bytes([2, 97 + i % 26, 97 + i // 26]) + b"\4test\0" for i in range(80))


def edns():
    fixed = struct.pack("!HI", 1232, 0x8000)
    yield "empty", fixed
    yield "tiny-size", struct.pack("!HI", 100, 0)
    yield "rcode-high", struct.pack("!HI", 512, 0x01000000)
    yield "version-1-garbage", struct.pack("!HI", 512, 0x00010000) + b"???"
    yield "cookie-8", fixed + option(10, b"12345678")
    yield "cookie-16", fixed + option(10, b"12345678" * 2)
    yield "cookie-40", fixed + option(10, b"12345678" * 5)
    yield "cookie-12", fixed + option(10, b"123456789012")
    yield "cookie-41", fixed + option(10, b"1" * 41)
    yield "cookie-24", fixed + option(10, b"12345678\1\0\0\0" + struct.pack("!I", 1795000000) + b"hashhash")
    yield "cookie-24-version-2", fixed + option(10, b"12345678\2\0\0\0" + struct.pack("!I", 1795000000) + b"hashhash")
    yield "cookie-24-old", fixed + option(10, b"12345678\1\0\0\0" + struct.pack("!I", 1794990000) + b"hashhash")
    yield "cookie-24-future", fixed + option(10, b"12345678\1\0\0\0" + struct.pack("!I", 1795001000) + b"hashhash")
    yield "cookie-8-then-garbage", fixed + option(10, b"12345678") + option(10, b"123")
    yield "cookie-15", fixed + option(10, b"123456789012345")
    yield "cookie-behind-others", fixed + option(65001, b"x") * 14 + option(10, b"12345678" * 3)
    yield "report-channel", fixed + option(18, name("agent.example"))
    yield "report-channel-root", fixed + option(18, b"\0")
    yield "report-channel-cut", fixed + option(18, name("agent.example")[:-1])
    yield "report-channel-pointer", fixed + option(18, b"\1a\xc0\0")
    yield "report-channel-too-long", fixed + option(18, name("c." + LONG))
    yield "report-channel-and-more", fixed + option(18, name("agent.example") + b"x")
    yield "cookie-empty", fixed + option(10)
    yield "nsid-twice", fixed + option(3) * 2
    yield "padding-twice", fixed + option(12, b"\0" * 9) * 2
    yield "ede", fixed + option(15, b"\0\17why")
    yield "ede-twice", fixed + option(15, b"\0\17") + option(15, b"\0\21")
    yield "ede-short", fixed + option(15, b"\0")
    yield "keepalive", fixed + option(11)
    yield "all", fixed + option(3) + option(10, b"12345678") + option(11) + option(12, b"\0" * 3) + option(15, b"\0\6")
    yield "sixteen", fixed + option(65001) * 16
    yield "seventeen", fixed + option(65001) * 17
    yield "overrun", fixed + struct.pack("!2H", 65001, 10) + b"short"
    yield "cut-code", fixed + b"\0"


def bitmap(*types):
    """Of types below 256."""
    bits = bytearray(32)
    for t in types:
        bits[t // 8] |= 0x80 >> t % 8
    bits = bytes(bits).rstrip(b"\0")
    return bytes([0, len(bits)]) + bits if bits else b""


def denial():
    A, NS, CNAME, SOA, MX, DNAME, DS, RRSIG, NSEC, NXNAME = 1, 2, 5, 6, 15, 39, 43, 46, 47, 128
    NXDOMAIN, NODATA, WILDCARD, NO_DS = range(4)
    MATCH, COVER, STAR = 2, 3, 0x80

    def claim(which, owner, rtype=A, wildcard=1, zone=1):
        return struct.pack("!3BH", which, wildcard, zone, rtype) + name(owner)

    def nsec(owner, end, *types, kind=0, sig=b""):
        rdata = name(end) + bitmap(NSEC, RRSIG, *types)
        return bytes([kind]) + name(owner) + bytes([len(rdata)]) + rdata + sig

    def nsec3(kind, labels, *types, flags=0, iterations=1, salt=7):
        bits = bitmap(*types)
        return bytes([kind, labels, flags, iterations, salt, len(bits)]) + bits

    apex = nsec("test", "a.test", NS, SOA)
    yield "nsec-nxdomain", claim(NXDOMAIN, "b.test") + nsec("a.test", "c.test", A) + apex
    yield "nsec-nodata", claim(NODATA, "a.test", MX) + nsec("a.test", "c.test", A)
    yield "nsec-empty", claim(NODATA, "b.test") + nsec("a.test", "a.b.test", A)
    yield "nsec-wildcard", claim(WILDCARD, "b.test") + nsec("a.test", "c.test", A)
    yield "nsec-wildcard-nodata", claim(NODATA, "b.test", MX) + nsec("a.test", "c.test", A) + nsec("*.test", "a.test", A)
    yield "nsec-no-ds", claim(NO_DS, "a.test", DS) + nsec("a.test", "c.test", NS)
    yield "nsec-nxname", claim(NXDOMAIN, "a.test") + nsec("a.test", "b.a.test", NXNAME)
    yield "nsec-last", claim(NXDOMAIN, "z.test") + nsec("c.test", "test", A) + apex
    yield "nsec-beneath-cut", claim(NXDOMAIN, "b.a.test") + nsec("a.test", "c.test", NS) + apex
    yield "nsec-out-of-zone", claim(NXDOMAIN, "b.test") + nsec("a.test", "c.tesu", A) + apex
    yield "nsec-expanded", claim(NODATA, "a.test", MX) + nsec("a.test", "c.test", A, kind=0x80, sig=b"\1")
    yield "nsec-cut-map", claim(NODATA, "a.test", MX) + b"\0" + name("a.test") + b"\x0a" + name("c.test") + b"\0\6"
    yield "nsec-pointer", claim(NODATA, "a.test", MX) + b"\0" + name("a.test") + b"\2\xc0\0"
    encloser, closer, star = nsec3(MATCH, 1, NS, SOA), nsec3(COVER, 2), nsec3(COVER, STAR | 1)
    yield "nsec3-nxdomain", claim(NXDOMAIN, "a.b.test") + encloser + closer + star
    yield "nsec3-nodata", claim(NODATA, "a.test", MX) + nsec3(MATCH, 2, A)
    yield "nsec3-wildcard", claim(WILDCARD, "a.test") + closer
    yield "nsec3-wildcard-nodata", claim(NODATA, "a.test", MX) + encloser + closer + nsec3(MATCH, STAR | 1, A)
    yield "nsec3-no-ds", claim(NO_DS, "a.test", DS) + nsec3(MATCH, 2, NS)
    yield "nsec3-opt-out", claim(NO_DS, "a.test", DS) + encloser + nsec3(COVER, 2, flags=1)
    yield "nsec3-dname", claim(NXDOMAIN, "a.b.test") + nsec3(MATCH, 1, SOA, DNAME) + closer + star
    yield "nsec3-iterations", claim(NXDOMAIN, "a.b.test") + nsec3(MATCH, 1, iterations=51)
    yield "nsec3-two-salts", claim(NXDOMAIN, "a.b.test") + encloser + nsec3(COVER, 2, salt=8) + star
    yield "nsec3-flags", claim(NODATA, "a.test", MX) + nsec3(MATCH, 2, A, flags=2)
    yield "nsec3-not-a-hash", claim(NODATA, "a.test", MX) + b"\1" + name("w" * 32 + ".test") + b"\6\1\0\0\0\0\0"
    yield "nsec3-many-labels", claim(NXDOMAIN, "a." * 120 + "test") + nsec3(MATCH, 60) + nsec3(MATCH, 61, salt=8)


TABLE, ZEEK, BIND, UNBOUND, DNSMASQ, DETECT = range(6)
ETHERNET, RAW = 8, 9  # links by fuzz_judge.c's table


def ip4(payload, protocol=17, ident=1, fragment=0):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0)
    return head + bytes([192, 0, 2, 1, 192, 0, 2, 53]) + payload


def ip6(payload, following=17):
    address = bytes([0x20, 1, 0xD, 0xB8]) + bytes(11)
    return struct.pack("!IHBB", 6 << 28, len(payload), following, 64) + address + b"\1" + address + b"\2" + payload


def udp(payload, source=4000, port=53):
    return struct.pack("!4H", source, port, 8 + len(payload), 0) + payload


def frames(link, *packets):
    return bytes([link]) + b"".join(struct.pack("!H", len(p)) + p for p in packets)


def judge():
    def lines(which, *texts):
        return bytes([which]) + "\n".join(texts).encode("latin-1") + b"\n"

    query = "client @0x7f 192.0.2.1#9 (a.example): view v: query: a.example IN A +E(0)K (::1) [ECS 192.0.2.0/24/0]"
    yield "bind-dresses", lines(
        BIND, query, "queries: info: " + query, "Nov 22 08:15:30 ns named[7]: " + query, "2026-11-22T08:15:30.5Z " + query,
        "22-Nov-2026 08:15:30.250 queries: info: " + query.replace("@0x7f ", "").replace("#9", "#9/key k"),
        "Nov 22 08:15:30 ns named[7]: running", "22-Nov-2026 08:15:30.250 general: notice: running")
    yield "bind-mistakes", lines(
        BIND, "22-Nov-2026 08:15:30 client x: query: a IN A", "22-Nov-2026 08:15:30 client ::1#5: query: a",
        "22-Nov-2026 08:15:30 client ::1#5: query: a..b IN A", "22-Nov-2026 08:15:30 client ::1#5: query: a IN FOO",
        "client ::1#5 a: query failed", "client")
    yield "unbound-dresses", lines(
        UNBOUND, "[1700000000] unbound[42:1f] info: ::1 a.example. A IN", "Nov 22 08:15:30 fw x[4]: [4:0] query: ::1 a. A IN",
        '<30>1 2026-11-22T08:15:30Z fw unbound 4 - [meta id="7"] [4:3] reply: ::1 a. TXT IN NXDOMAIN 0.1 1 300 on UDP',
        "[4:0] info: ::1 a. A IN", "[1700000000] unbound[42:0] info: corp. static ::1@5 a.corp. A IN",
        "[1700000000] unbound[42:0] notice: init", "Sun Nov 22 08:15:30 2026 fw other: x")
    yield "unbound-mistakes", lines(
        UNBOUND, "[17] unbound[1:0] info: ::1 a..b. A IN", "[17] unbound[1:0] info: ::1 a. FOO IN",
        "[17] unbound[1:0] info: ::1 a. A IN OK 0 0 1", "[17] unbound[1:0] info: ::1 a. A IN NOERROR 0")
    yield "dnsmasq-dresses", lines(
        DNSMASQ, "dnsmasq: query[A] a.example from ::1", "2026-11-22 08:15:30.000 query[type=65] a.example from 192.0.2.1",
        "Sun Nov 22 08:15:30 2026 daemon.info dnsmasq[9]: 7 192.0.2.1/4 UDP query[TXT] we ird\\x.a from fe80::1%eth0",
        "Nov 22 08:15:30 dnsmasq[9]: 7 192.0.2.1/4 reply we ird\\x.a is hello there", "dnsmasq[9]: cached-stale a.example is ::2",
        "dnsmasq[9]: query[TXT] <name unprintable> from ::1", "dnsmasq[9]: gravity blocked a.example is 0.0.0.0")
    yield "dnsmasq-answers", lines(
        DNSMASQ, *(text for what in ("NXDOMAIN", "SERVFAIL", "REFUSED", "NODATA-IPv4", "<CNAME>", "192.0.2.9") for text in (
            "dnsmasq: query[A] a from ::1", "dnsmasq: reply a is " + what)))
    yield "dnsmasq-mistakes", lines(
        DNSMASQ, "dnsmasq: query[A] a", "dnsmasq: query[FOO] a from ::1", "dnsmasq: query[A a from ::1",
        "dnsmasq: query[type=0] a from ::1", "dnsmasq: query[A] a..b from ::1", "dnsmasq: query[A] a from x", "dnsmasq")
    yield "zeek-separator", lines(
        ZEEK, "#separator \\x2c", "#fields,query,qtype,id.resp_p,ts,id.orig_h,answers,TTLs,rcode,qclass,qtype_name",
        "a.example,16,53,1700000000.25,10.0.0.7,TXT 5 hello,60.0,0,1,TXT", "a.example,1,53,2026-11-22T08:15:30Z,::1,-,-,3,1,-",
        "_x.local,12,5353,1,::1,-,-,-,1,PTR", "a,1", "a..b,1,53,1,::1,-,-,-,1,A", "a,1,53,x,::1,-,-,-,1,A", "a,1,53,1,x,-,-,-,1,A")
    yield "zeek-streams", lines(
        ZEEK, '{"_path":"conn","ts":1}', '{"ts":1795335330000,"id.orig_h":"::1","query":"a\\\\xff.b","qtype":16,"answers":["TXT 1 a"],"TTLs":[1]}',
        '{"ts":"2026-11-22T08:15:30Z","id.orig_h":"::1","query":"a","qtype_name":"A","id.resp_p":5355}', '{"ts":1,"id.orig_h":"x","query":"a","qtype":1}',
        '{"ts":1,"id.orig_h":"::1","query":"a..b","qtype":1}', '{"ts":1}', "[]", '{"')
    yield "table-mistakes", lines(
        TABLE, "x\t::1\ta\tA" + "\t-" * 8, "1\tx\ta\tA" + "\t-" * 8, "1\t::1\ta..b\tA" + "\t-" * 8, "1\t::1\ta\tFOO" + "\t-" * 8,
        "1\t::1\ta\tAAAA\tNXDOMAIN\t40\t5\tudp\ttunnel:x\t2\tff\t-\t1e99\tns", "1\t::1\ta", "# comment")
    yield "detect-mixed", lines(DETECT, "what", "dnsmasq: query[A] a from ::1", "[1] unbound[1:0] info: ::1 a. A IN", "client ::1#1: query: a IN A")
    for title, magic in (("little", b"\xd4\xc3\xb2\xa1"), ("big", b"\xa1\xb2\xc3\xd4"), ("nano", b"\x4d\x3c\xb2\xa1"), ("ng", b"\x0a\x0d\x0d\x0a")):
        yield "detect-pcap-" + title, bytes([DETECT]) + magic + bytes(20) + bytes([1, 2, 3, 4]) + bytes(12)
    asked = udp(header(qd=1) + question("a.example"))
    pieces = [ip4(asked[24:], fragment=3), ip4(asked[:8], fragment=0x2000), ip4(asked[8:24], fragment=0x2001)]
    yield "fragments", frames(RAW, *pieces)
    yield "fragments-odd", frames(RAW, ip4(asked[:9], fragment=0x2000), ip4(asked, fragment=0x1FFF), ip4(b"", fragment=1), *pieces)
    yield "fragments-v6", frames(
        RAW, ip6(struct.pack("!BBHI", 17, 0, 1, 7) + asked[:16], 44), ip6(struct.pack("!BBHI", 17, 0, 16, 7) + asked[16:], 44),
        ip6(struct.pack("!BBHI", 17, 0, 0, 8) + asked, 44), ip6(b"\x2c\0" + bytes(6) + struct.pack("!BBHI", 17, 0, 0, 9) + asked, 0))
    yield "pppoe-vlan", frames(ETHERNET, bytes(12) + b"\x88\x64\x11\0\0\1\0\x40\0\x21" + ip4(asked), bytes(12) + b"\x81\0\0\5\x08\0" + ip4(asked))
    yield "cut-short", frames(RAW, ip4(asked)[:40], ip6(asked)[:60], ip4(asked))
    message = header(qd=1) + question("a.example")
    stream = struct.pack("!H", len(message)) + message

    soa = name("ns.example") + name("h.example") + struct.pack("!5I", 1, 2, 3, 4, 60)
    denied = header(flags=0x8183, qd=1, ns=1) + question("b.example", 16) + rr("example", 6, soa, 86400)
    told = header(flags=0x8180, qd=1, an=2) + question("a.example") + rr("a.example", 1, b"\xc0\0\2\1") + rr("a.example", 16, b"\5hello")
    cut = header(flags=0x8380, qd=1) + question("a.example")
    answers = [ip4(udp(m, 53, 4000)) for m in (told, denied, cut, denied[:30], header(flags=0x2800), b"short")]
    yield "replies", frames(RAW, ip4(asked), *answers)
    yield "replies-loop", frames(13, *(b"\0\0\0\2" + a for a in answers))
    yield "headers-v6", frames(
        RAW, ip6(b"\x2b\0" + bytes(6) + b"\x33\0" + bytes(6) + b"\x3c\4" + bytes(10) + b"\x87\0" + bytes(6) + b"\x3b\0" + bytes(6) + asked, 0),
        ip6(b"\x11", 0), ip6(b"\x11\xff" + bytes(6), 60), ip6(b"", 59), ip6(b"", 44), b"\x60", b"")

    def tcp(seq, flags, payload):
        return ip4(struct.pack("!HHIIBBHHH", 4000, 53, seq, 0, 0x50, flags, 0, 0, 0) + payload, protocol=6)

    yield "tcp-pieces", frames(
        RAW, tcp(0xFFFFFFFE, 2, b""), tcp(0xFFFFFFFF, 24, stream[:10]), tcp(0xFFFFFFFF, 24, stream[:12]), tcp(11, 24, stream[12:] + stream),
        tcp(90, 24, stream), tcp(500, 24, b"\0\1xx"), tcp(504, 17, stream))

    def words(*numbers):
        return struct.pack(f"<{len(numbers)}I", *numbers)

    packet = ip4(asked)
    packet += bytes(-len(packet) % 4)
    section, interface = words(0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0xFFFFFFFF, 0xFFFFFFFF, 28), words(1, 28, 101, 65535, 1 << 16 | 9, 0, 28)
    late = words(6, 32 + len(packet), 0, 1 << 30, 0, len(packet), len(packet)) + packet + words(32 + len(packet))
    yield "pcapng-time", bytes([DETECT]) + section + interface + late  # the interface counts whole seconds: 2^62 of them


SEND, TURN, ANSWER, READ, FILL, LIMIT, HALF_CLOSE = range(7)  # by fuzz_tcp.c's table


def tcp():
    def send(data):
        return bytes([SEND, len(data)]) + data

    def message(data):
        return struct.pack("!H", len(data)) + data

    at_once, later = message(b"\1 answered at once"), message(b"\2 waits")
    turn = bytes([TURN, 3])
    yield "one-question", b"\7" + send(at_once) + turn
    yield "byte-by-byte", b"\7" + b"".join(send(later[at:at + 1]) + turn for at in range(len(later)))
    yield "pipelined", b"\7" + send(at_once * 5 + later * 5) + turn + bytes([ANSWER, 3, ANSWER, 200, READ, 1]) + turn
    yield "more-than-may-wait", b"\1" + send(later * 9) + turn + bytes([ANSWER, 1]) + turn + bytes([LIMIT, 7]) + turn
    yield "a-part-left", b"\7" + send(at_once + later[:5]) + turn
    yield "too-long", b"\7" + send(at_once + b"\x10\x01") + turn
    yield "empty-messages", b"\7" + bytes([FILL, 0]) + turn
    yield "long-messages", b"\7" + bytes([FILL, 15]) * 16 + turn + bytes([ANSWER, 255, READ, 255]) + turn
    yield "half-closed", b"\1" + send(later * 4 + at_once[:3]) + turn + bytes([HALF_CLOSE, 0]) + turn
    yield "half-closed-before-answers", b"\7" + send(later * 4) + turn + bytes([HALF_CLOSE, 0]) + turn
    yield "a-reader-in-time", b"\7" + send(message(b"\xff") * 4) + turn + bytes([READ, 9]) + turn + bytes([READ, 255])
    yield "behind-a-kept-answer", (b"\7" + send(message(b"\xff") * 4 + message(b"\xc9")) + turn + bytes([READ, 140, READ, 140])
                                   + send(message(b"\3")) + turn + bytes([READ, 140]) + send(message(b"\5") * 3) + turn)
    yield "a-slow-reader", b"\7" + send(message(b"\xff") * 60) + turn * 4
    yield "the-listener-first", b"\x0f" + send(later * 3 + at_once) + turn + bytes([ANSWER, 9])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
    for what, seeds in (("question", questions), ("reply", replies), ("name", names), ("edns", edns), ("denial", denial), ("judge", judge),
                        ("tcp", tcp)):
        os.makedirs(os.path.join(folder, what), exist_ok=True)
        for title, data in seeds():
            with open(os.path.join(folder, what, title), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
