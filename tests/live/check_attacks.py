"""Live checks: attacks by name, each by a server or a client that was made for it.

doc/security-tests.md lists the classes; tests/attacks/prove shows that each check fails with the
defence taken out.  What the iterator alone can show stands in tests/replay/attack-*.rpl.
"""

import json
import os
import random
import re
import socket
import struct
import threading
import time

import dns
import resolvers
from hostile import ZONE, Hostile, a, cost_of, resident, rr, soa, stub
from resolvers import wait_for
from suite import Skip, check, expect

POISON, RIGHT = "203.0.113.66", "192.0.2.1"


def open_with(context, answer, address="127.66.200.1", changes=None, **kind):
    """(the daemon, the server that answers for ZONE)."""
    server = context.other(Hostile(address, answer))
    kind.setdefault("workers", 1)
    daemon = context.running(changes=changes or stub(address), **kind)
    return daemon, server


def addresses(message):
    return [socket.inet_ntoa(record.data) for record in message.answer
            if record.rrtype == dns.type_number("A")]


def stats(daemon, section):
    status, text = daemon.control("--json", "stats")
    expect(status == 0, "sekishoctl stats: " + text)
    return json.loads(text)["stats"][section]


def expect_right(daemon, name, **kind):
    message = dns.ask(daemon.server, name, "A", **kind)
    expect(addresses(message) == [RIGHT], "%s is %s %s, not %s" % (
        name, message.rcode_text, addresses(message), RIGHT))
    return message


# Replies that are none --------------------------------------------------------

def other_case(wire):
    """The question's letters turned about."""
    return bytes(byte ^ 0x20 if chr(byte).isalpha() else byte for byte in wire)


@check(30)
def wrong_source_port_id_question_and_case_are_dropped(context):
    """Six wrong replies with poison come before the right one: none is believed, each is counted."""
    def answer(query):
        poison, right = [a(query.name, POISON)], [a(query.name, RIGHT)]
        if not query.tcp:
            for source in (("127.66.200.2", 53), ("127.66.200.1", 5353)):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    other.bind(source)
                    other.sendto(query.reply(poison), query.peer)
        question = query.wire[12:query.end]
        return [query.reply(poison, qid=query.message.id ^ 1),
                query.reply(poison, question=b"\5other" + question[question[0] + 1:]),
                query.reply(poison, question=question[:-4] + b"\0\x10\0\1"),
                query.reply([a(query.name, POISON)], question=other_case(question)),
                (0.05, query.reply(right))]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        expect_right(daemon, "wwwletters." + ZONE)
    net = stats(daemon, "net")
    expect(net["out_wrong_id"] >= 1, "no wrong id counted")
    expect(net["out_wrong_question"] >= 2, "no wrong question counted")
    expect(net["out_wrong_case"] >= 1, "no wrong case counted")
    context.stop(daemon)


@check(30)
def kaminsky_a_flood_of_forged_replies_ends_in_tcp(context):
    """Thirty wrong ids, then one that matches: by then UDP is not believed any more."""
    def answer(query):
        if query.tcp:
            return [query.reply([a(query.name, RIGHT)])]
        forged = [query.reply([a(query.name, POISON)], qid=(query.message.id + i) & 0xFFFF)
                  for i in range(1, 31)]
        return forged + [query.reply([a(query.name, POISON)])]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        expect_right(daemon, "x1." + ZONE)
    expect(any(query.tcp for query in server.seen), "no TCP")
    expect(stats(daemon, "net")["out_spoofs"] >= 1, "not counted")
    context.stop(daemon)


@check(30)
def tudoor_replies_that_are_no_replies_change_nothing(context):
    """Without QR, without a question, with another opcode, cut off, NOTIMP to a query: the right one
    counts that comes afterwards."""
    def answer(query):
        poison = [a(query.name, POISON)]
        whole = query.reply(poison)
        bare = whole[:2] + struct.pack("!5H", dns.QR | 2, 0, 0, 0, 0)
        refused = whole[:2] + struct.pack("!5H", dns.QR | 5, 0, 0, 0, 0)
        data = struct.pack("!6H", query.message.id, dns.QR | dns.AA, 0, 1, 0, 0) + poison[0]
        return [whole[:2] + struct.pack("!H", dns.AA) + whole[4:],
                whole[:2] + struct.pack("!H", dns.QR | 5 << 11) + whole[4:], bare, refused, data,
                b"", whole[:11], (0.05, query.reply([a(query.name, RIGHT)]))]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        expect_right(daemon, "www." + ZONE)
    expect(len(server.seen) <= 3, "%d queries" % len(server.seen))
    context.stop(daemon)


def sniffer():
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    except (PermissionError, OSError):
        raise Skip("no packet socket may be opened here")
    sock.settimeout(0.3)
    return sock


def sniffed(sock):
    """IPv4 headers of UDP with their payload."""
    try:
        while True:
            packet = sock.recv(65535)
            if packet[9] == 17:
                yield packet[:20], packet[(packet[0] & 15) * 4:]
    except socket.timeout:
        pass


@check(30)
def nothing_is_sent_that_could_be_fragmented(context):
    """Don't-fragment stands on queries and on answers; both say 1,232 bytes and keep to it."""
    def answer(query):
        if query.tcp:
            return [query.reply([rr(query.name, "TXT", b"\xff" + b"x" * 255) for _ in range(1)] +
                                [rr(query.name, "TXT", b"\xfe" + bytes([65 + i]) * 254)
                                 for i in range(10)])]
        return [query.reply(flags=dns.AA | dns.TC)]
    daemon, server = open_with(context, answer)
    with sniffer() as sock, cost_of(context, daemon, server):
        message = dns.parse(dns.ask_udp(daemon.server, dns.query("large." + ZONE, "TXT",
                                                                 edns_bytes=4096)))
        expect(message.tc, "not truncated though larger than 1,232")
        message = dns.ask(daemon.server, "large." + ZONE, "TXT", tcp=True)
        expect(len(message.answer) == 11, "%d records" % len(message.answer))
        seen = 0
        for ip, udp in sniffed(sock):
            source, to = struct.unpack("!2H", udp[:4])
            ours = source == 5300 or (to == 53 and socket.inet_ntoa(ip[16:20]) == "127.66.200.1")
            if not ours:
                continue
            seen += 1
            expect(ip[6] & 0x40, "a datagram without don't-fragment")
            expect(len(udp) - 8 <= 1232, "%d bytes by UDP" % (len(udp) - 8))
            parsed = dns.parse(udp[8:])
            expect(parsed.edns and parsed.edns[0] == 1232, "EDNS size %s" % (parsed.edns,))
    expect(seen >= 2, "only %d datagrams seen" % seen)
    context.stop(daemon)


# Bombs ------------------------------------------------------------------------

@check(30)
def compression_bombs_cost_nothing(context):
    """64 KB of pointers to pointers, with thousands of names at their end."""
    def answer(query):
        if not query.tcp:
            return [query.reply(flags=dns.AA | dns.TC)]
        start = query.end + 2 + 10
        chain = b"".join(struct.pack("!H", 0xC000 | (12 if i == 0 else start + 2 * (i - 1)))
                         for i in range(8000))
        first = rr(b"\xc0\x0c", 65280, chain)
        last = struct.pack("!H", 0xC000 | min(start + 2 * 7999, 0x3FFF - 1 & ~1))
        more = [rr(last, "CNAME", last) for _ in range(2000)]
        return [query.reply([first] + more)]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        message = dns.ask(daemon.server, "bomb." + ZONE, "CNAME", tcp=True, timeout=10)
    expect(message.rcode_text == "SERVFAIL", message.rcode_text)
    context.stop(daemon)


@check(30)
def replies_of_64_kilobytes_are_bounded(context):
    """65,535 bytes of the smallest records, of one set and of as many sets: too many for a reply,
    or for a set, and nothing is told of them."""
    def answer(query):
        if not query.tcp:
            return [query.reply(flags=dns.AA | dns.TC)]
        room = 65535 - query.end
        owner, wild = b"\xc0\x0c", query.name.startswith("sets.")
        count = min(room // (16 if not wild else 18), 2040 if "few" in query.name else 65535)
        if wild:
            return [query.reply([rr(b"\1" + bytes([97 + i % 26]) + owner, 300 + i, b"")
                                 for i in range(min(count, 2040))])]
        return [query.reply([rr(owner, "A", struct.pack("!I", 0x0A000000 + i))
                             for i in range(count)])]
    daemon, server = open_with(context, answer)
    before = resident(daemon)[0]
    with cost_of(context, daemon, server, 3):
        many = dns.ask(daemon.server, "many." + ZONE, "A", tcp=True, timeout=10)
        few = dns.ask(daemon.server, "few." + ZONE, "A", tcp=True, timeout=10)
        sets = dns.ask(daemon.server, "sets." + ZONE, "A", tcp=True, timeout=10)
    for message, code, what in (many, 24, "4,000 records"), (few, 0, "2,040 records"):
        codes = [info for info, _ in message.errors()]
        expect(message.rcode_text == "SERVFAIL" and not message.answer and codes == [code],
               "%s: %s, extended errors %s" % (what, message.rcode_text, codes))
    expect(not sets.answer, "%d records of other names" % len(sets.answer))
    expect(resident(daemon)[0] - before < 16 << 20, "it holds too much")
    context.stop(daemon)


@check(30)
def edns_option_lists_are_bounded(context):
    """Seventeen options, or two cookies, NSIDs or paddings, are malformed: from clients and from
    servers."""
    def answer(query):
        if not query.tcp:
            return [query.reply(flags=dns.AA | dns.TC)]
        options = struct.pack("!HH", 65001, 0) * 16000
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(options)) + options
        return [query.reply([a(query.name, POISON)], additional=[opt])]
    daemon, server = open_with(context, answer)
    for options in ([(65001, b"")] * 17, [(10, b"12345678")] * 2, [(3, b"")] * 2, [(12, b"")] * 2):
        message = dns.ask(daemon.server, "www." + ZONE, "A", options=options)
        expect(message.rcode_text == "FORMERR", "%s with %s" % (message.rcode_text, options[:2]))
    expect(not server.seen, "a malformed question was resolved")
    message = dns.ask(daemon.server, "localhost.", "A", options=[(65001, b"")] * 16)
    expect(message.rcode_text == "NOERROR", "%s with 16 options" % message.rcode_text)
    with cost_of(context, daemon, server):
        message = dns.ask(daemon.server, "www." + ZONE, "A", tcp=True)
    expect(message.rcode_text == "SERVFAIL", "a reply with 16,000 options: " + message.rcode_text)
    context.stop(daemon)


# Timing and overload ------------------------------------------------------------

@check(40)
def dnsbomb_pours_out_no_saved_up_answers(context):
    """Held back for two seconds, then released at once: 300 questions from one (forged) address get
    no burst of answers (CVE-2024-33655)."""
    release, held = [0.0], {}

    def answer(query):
        held[query.name] = query
        if release[0] == 0:
            release[0] = time.monotonic() + 2.3
        wait = max(0.001, release[0] - time.monotonic())
        text = [rr(query.name, "TXT", b"\xff" + b"b" * 255) for _ in range(1)]
        return [(wait, query.reply(text + [rr(query.name, "TXT", b"\xfa" + bytes([65 + i]) * 250)
                                           for i in range(3)]))]
    daemon, server = open_with(context, answer)
    sent = got = answered = 0
    with dns.udp_socket(daemon.server, "127.43.0.9") as sock, cost_of(context, daemon, server,
                                                                      300):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        for i in range(300):
            wire = dns.query("b%d.%s" % (i, ZONE), "TXT")
            sent += len(wire)
            sock.send(wire)
        sock.settimeout(4)
        try:
            while True:
                data = sock.recv(4096)
                got += len(data)
                answered += bool(dns.parse(data).answer)
                sock.settimeout(2.5)
        except socket.timeout:
            pass
    context.note("%d bytes asked, %d bytes back, %d answers" % (sent, got, answered))
    expect(answered == 0, "%d answers poured out at once" % answered)
    expect(got < 4 * sent, "%d bytes for %d" % (got, sent))
    questions = stats(daemon, "questions")
    expect(questions["shed_client_share"] >= 44, "%d shed" % questions["shed_client_share"])
    expect(questions["replies_too_late"] >= 100, "%d late" % questions["replies_too_late"])
    context.stop(daemon)


@check(60)
def cache_stuffing_with_unique_names_spares_what_is_used(context):
    """16 MB of one-time names against a cache of 4 MB: names that are asked for again and again stay,
    and memory stays."""
    def answer(query):
        if query.name.startswith("hot"):
            return [query.reply([rr(query.name, "A", socket.inet_aton(RIGHT), 3600)])]
        return [query.reply([rr(query.name, "TXT", b"\xff" + b"s" * 255 + b"\xff" + b"t" * 255,
                                3600)])]
    changes = stub("127.66.200.1")
    changes["cache"] = {"size": "4M"}
    daemon, server = open_with(context, answer, changes=changes)
    hot = ["hot%d.%s" % (i, ZONE) for i in range(50)]
    for _ in range(3):
        for name in hot:
            expect_right(daemon, name)
    jobs, before = [], len(server.seen)
    for i in range(16000):
        jobs.append((None, "u%d.%s" % (i, ZONE), "TXT", "127.44.0.%d" % (i % 50 + 1)))
        if i % 40 == 0:
            jobs.append((None, hot[i // 40 % 50], "A", "127.44.1.1"))
    with cost_of(context, daemon, server, 16000):
        dns.Pump(daemon.server, lambda *_: None, 64).run(jobs)
    for name in hot:
        expect_right(daemon, name)
    again = sum(query.name.startswith("hot") for query in server.seen[before:])
    cache = stats(daemon, "cache")
    context.note("50 used names had to be asked for again %d times; %d evictions, %d of %d bytes" % (
        again, cache["evictions"], cache["bytes"], cache["budget_bytes"]))
    expect(cache["evictions"] > 10000, "only %d evictions: the cache was not full" %
           cache["evictions"])
    expect(cache["bytes"] <= cache["budget_bytes"], "%d bytes" % cache["bytes"])
    expect(again <= 10, "50 used names were pushed out %d times" % again)
    context.stop(daemon)


# Names and options that are no business of ours -----------------------------------

BYTES = (b"\n\r\0", b"\x1b[31mred", b'"},{"', b"<script>", b"\xff\xfe\x80", b"a\tb\\c", b"$(id)`",
         b"\xe2\x80\xae\xc3\xa4", b"%s%n{}", b"' or 1=1")


def presented(label):
    """A label as RFC 1035 5.1 writes it: printable ASCII alone."""
    return "".join("\\%03d" % byte if byte < 0x21 or byte > 0x7E else
                   ("\\" if chr(byte) in '.\\"();@$' else "") + chr(byte)
                   for byte in label.lower())


def wire_question(labels, qid):
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", qid, dns.RD, 1, 0, 0, 0) + name + struct.pack("!HH", 1, 1)


FLOODED = ("proof.org.", "proof3.net.")  # that deny with NSEC and with NSEC3
FLOOD_WINDOW = 16  # so many questions may miss what the one before them is about to learn


def server_of_zone(zone):
    """An address of the lab's server for ${zone}, and how many records of denial the zone has."""
    lab = os.environ["LAB_DIR"]
    for name in os.listdir(lab):
        if not name.endswith(".conf"):
            continue
        with open(os.path.join(lab, name)) as conf:
            text = conf.read()
        if 'name: "%s"' % zone in text:
            with open(os.path.join(lab, "zones", zone.rstrip("."))) as lines:
                gaps = sum(1 for line in lines if re.search(r"\sIN\s+NSEC3?\s", line))
            return re.search(r"ip-address: (127[0-9.]+)", text).group(1), gaps
    raise Skip("no server for %s in this lab" % zone)


def counted(context, zone, address, upstream):
    """A server that hands on what it gets to the zone's own; .seen has the queries."""
    def answer(query):
        if query.tcp:
            return [dns.ask_tcp((upstream, 53), query.wire)]
        return [dns.ask_udp((upstream, 53), query.wire)]
    return context.other(Hostile(address, answer))


def random_names(zones, count, rng):
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    names = set()
    while len(names) < count:
        label = "".join(rng.choice(letters) for _ in range(12))
        names.add("%s.%s" % (label, zones[len(names) % len(zones)]))
    return sorted(names, key=lambda name: name[::-1])


def flood_signed_zones(context, sub, count, servers, **more):
    """Asks for ${count} names that are not there; how many queries each zone's server got."""
    changes = {"zones": [{"name": zone, "kind": "stub", "servers": [server.address[0] + "@53"]}
                         for zone, server in servers.items()],
               "resolver": dict({"validation": True, "trust-anchors": resolvers.anchors()}, **more),
               "limits": {"rate": 0}, "detection": {"mode": "off"}}
    before = {zone: len(server.seen) for zone, server in servers.items()}
    daemon = context.running(sub, changes=changes, workers=1)
    wrong = []

    def done(name, message, error, _):
        if message is None or message.rcode_text != "NXDOMAIN" or not message.flags & dns.AD:
            wrong.append("%s: %s" % (name, error or "%s%s" % (
                message.rcode_text, ", AD" if message.flags & dns.AD else "")))
    names = random_names(list(servers), count, random.Random(8198))
    random.Random(8198).shuffle(names)
    began = time.monotonic()
    dns.Pump(daemon.server, done, FLOOD_WINDOW, timeout=5.0, do=True).run(
        (name, name, "A", None) for name in names)
    seconds = time.monotonic() - began
    expect(not wrong, "%d of %d: %s" % (len(wrong), count, "; ".join(wrong[:5])))
    context.stop(daemon)
    sent = {zone: len(server.seen) - before[zone] for zone, server in servers.items()}
    context.note("%s: %d names in %.1f s, %s" % (sub, count, seconds, ", ".join(
        "%d queries to %s" % (sent[zone], zone) for zone in sent)))
    return sent


@check(90)
def random_subdomains_cost_a_signed_zone_almost_nothing(context):
    """5,000 names that are not there, in a zone with NSEC and in one with NSEC3: NXDOMAIN with AD for
    each, and the zone's server hears of no more than it has gaps (RFC 8198).  Without that, of
    each."""
    servers, gaps = {}, {}
    for i, zone in enumerate(FLOODED):
        upstream, gaps[zone] = server_of_zone(zone)
        servers[zone] = counted(context, zone, "127.66.230.%d" % (i + 1), upstream)
    sent = flood_signed_zones(context, "aggressive", 5000, servers)
    for zone in FLOODED:
        expect(sent[zone] <= gaps[zone] + FLOOD_WINDOW, "%d queries to %s, which has %d gaps" % (
            sent[zone], zone, gaps[zone]))
    without = flood_signed_zones(context, "without", 400, servers, **{"aggressive-nsec": False})
    for zone in FLOODED:
        expect(without[zone] >= 200, "without it only %d queries to %s" % (without[zone], zone))


@check(40)
def bytes_of_names_are_shown_escaped(context):
    """Names of control, quote, HTML and non-ASCII bytes: in journal, log, statistics and what
    sekishoctl prints there is none of them raw."""
    changes = {"policy": {"block": [ZONE]}, "server": {"log-level": "debug"}}
    daemon = context.running(changes=changes, workers=1)
    with cost_of(context, daemon, questions=len(BYTES)):
        for i, label in enumerate(BYTES):  # an event a client and minute
            reply = dns.ask_udp(daemon.server, wire_question([label, b"evil", b"lab"], i),
                                source="127.46.0.%d" % (i + 1))
            expect(reply[:2] == struct.pack("!H", i) and label in reply,
                   "the name came back other")
    expect(wait_for(lambda: len(daemon.events()) == len(BYTES), 5),
           "%d events in the journal" % len(daemon.events()))
    shown = [("journal", open(daemon.journal_path, "rb").read()), ("log", daemon.log().encode())]
    for words in (("events",), ("--json", "events"), ("stats",), ("--json", "stats"), ("top",),
                  ("status",)):
        shown.append((" ".join(words), daemon.control(*words)[1].encode()))
    for what, text in shown:
        raw = re.search(rb"[^\n\t -~]", text)
        at = raw.start() if raw else 0
        expect(raw is None, "%s: %r" % (what, text[max(0, at - 60):at + 60]))
    told = {event.get("question", {}).get("name") for event in daemon.events()}
    for label in BYTES:
        name = presented(label) + "." + ZONE.rstrip(".")
        expect(name in told, "no event tells of %s: %s" % (name, sorted(map(str, told))))
    context.stop(daemon)


@check(30)
def rebirthday_there_is_no_client_subnet(context):
    """A client's ECS goes nowhere, and a server's splits no answers (RebirthDay, CCS 2025)."""
    def answer(query):
        ecs = struct.pack("!HHHBB", 8, 7, 1, 24, 24) + b"\x7f\x2d\0"
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(ecs)) + ecs
        return [query.reply([rr(query.name, "A", socket.inet_aton(RIGHT), 3600)],
                            additional=[opt])]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        for i in range(5):
            subnet = struct.pack("!HBB", 1, 24, 0) + bytes([127, 45, i])
            message = expect_right(daemon, "www." + ZONE, source="127.45.%d.1" % i,
                                   options=[(8, subnet)])
            expect(8 not in [code for code, _ in message.options], "ECS in an answer")
    expect(all(8 not in [code for code, _ in query.message.options] for query in server.seen),
           "ECS in a query")
    expect(len({query.name for query in server.seen}) == len(server.seen) <= 2,
           "%d queries" % len(server.seen))
    context.stop(daemon)


@check(30)
def negative_answers_are_kept_for_a_bounded_time(context):
    """An SOA of a week's MINIMUM is kept an hour (RFC 2308 5, 7.1): what was denied by mistake or
    malice comes back."""
    def answer(query):
        return [query.reply(authority=[rr(ZONE, "SOA", dns.name_wire("ns." + ZONE) * 2 +
                                          struct.pack("!5I", 1, 2, 3, 4, 7 * 86400), 7 * 86400)],
                            rcode=3)]
    daemon, server = open_with(context, answer)
    with cost_of(context, daemon, server):
        message = dns.ask(daemon.server, "no." + ZONE, "A")
    expect(message.rcode_text == "NXDOMAIN", message.rcode_text)
    expect(message.authority[0].ttl <= 3600, "TTL %d" % message.authority[0].ttl)
    context.stop(daemon)


@check(60)
def what_an_old_forwarder_says_after_a_reload_is_forgotten(context):
    """MaginotDNS over a reload: the old server of a zone answers a question that was under way when
    the configuration named another one. Soon nothing of that is told any more."""
    asked = threading.Event()

    def late(query):
        asked.set()
        return [(0.7, query.reply([a(query.name, POISON, 600)]))]
    context.other(Hostile("127.66.200.1", late))
    context.other(Hostile("127.66.200.2", lambda query: [query.reply([a(query.name, RIGHT, 600)])]))
    limits = {"rate": 0, "question-timeout": "1500ms"}
    daemon = context.running(changes=dict(stub("127.66.200.1"), limits=limits), workers=1)
    name = "under-way." + ZONE
    waiting = threading.Thread(target=lambda: dns.ask(daemon.server, name, "A"))
    waiting.start()
    expect(asked.wait(5), "the old server was not asked")
    daemon.write_configuration(changes=dict(stub("127.66.200.2"), limits=limits))
    status, text = daemon.control("reload")
    expect(status == 0, text)
    waiting.join()
    expect(wait_for(lambda: addresses(dns.ask(daemon.server, name, "A")) == [RIGHT], 15, 0.2),
           "what the old server said is told still")
    context.stop(daemon)
