"""A name server that does what no honest one does, and what one question to it costs us.

Hostile(address, answer) listens at UDP and TCP.  answer(query) gives what goes back: a list of
bytes, or of (seconds to wait, bytes).  The daemon under test finds it through a stub zone, so no
delegation stands between the attack and the code that it is meant for.
"""

import contextlib
import heapq
import json
import os
import selectors
import socket
import struct
import threading
import time

import dns
from suite import expect, question_like

ZONE = "evil.lab."
CPU_BAR_MS = 50
QUERIES_BAR = 100


class Query:
    """One query as it came; ${own}: the socket that it came to."""

    def __init__(self, wire, tcp, peer, own):
        self.wire, self.tcp, self.peer, self.own = wire, tcp, peer, own
        self.message = dns.parse(wire)
        self.name, self.type, _ = self.message.question
        self.end = 12 + len(self.message.raw_name) + 4

    def reply(self, answer=(), authority=(), additional=(), rcode=0, flags=dns.AA, qid=None,
              question=None):
        """The bytes of a reply; records as rr() makes them."""
        head = struct.pack("!6H", self.message.id if qid is None else qid,
                           dns.QR | flags | rcode, 1, len(answer), len(authority),
                           len(additional))
        body = self.wire[12:self.end] if question is None else question
        return head + body + b"".join(answer) + b"".join(authority) + b"".join(additional)


def rr(owner, rrtype, data, ttl=60, rrclass=1):
    owner = owner if isinstance(owner, bytes) else dns.name_wire(owner)
    number = rrtype if isinstance(rrtype, int) else dns.type_number(rrtype)
    return owner + struct.pack("!HHIH", number, rrclass, ttl, len(data)) + data


def a(owner, text, ttl=60):
    return rr(owner, "A", socket.inet_aton(text), ttl)


def soa(zone=ZONE, minimum=60):
    return rr(zone, "SOA", dns.name_wire("ns." + zone) * 2 + struct.pack("!5I", 1, 2, 3, 4,
                                                                         minimum), 60)


class Hostile(threading.Thread):
    def __init__(self, address, answer, port=53):
        super().__init__(daemon=True)
        self.address, self.answer = (address, port), answer
        self.seen, self.later, self.serial, self.ending = [], [], 0, False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.udp.bind(self.address)
        self.tcp.bind(self.address)
        self.tcp.listen(64)
        self.start()

    def run(self):
        with selectors.DefaultSelector() as ready:
            ready.register(self.udp, selectors.EVENT_READ, self.on_udp)
            ready.register(self.tcp, selectors.EVENT_READ, self.on_tcp)
            while not self.ending:
                wait = self.later[0][0] - time.monotonic() if self.later else 0.2
                for key, _ in ready.select(max(0, min(wait, 0.2))):
                    key.data()
                while self.later and self.later[0][0] <= time.monotonic():
                    heapq.heappop(self.later)[2]()
        self.udp.close()
        self.tcp.close()

    def stop(self):
        self.ending = True
        self.join(2)

    def give(self, query, send):
        self.seen.append(query)
        for item in self.answer(query) or ():
            wait, data = item if isinstance(item, tuple) else (0, item)
            if wait == 0:
                send(data)
                continue
            self.serial += 1
            heapq.heappush(self.later, (time.monotonic() + wait, self.serial,
                                        lambda data=data: send(data)))

    def on_udp(self):
        wire, peer = self.udp.recvfrom(65535)
        self.give(Query(wire, False, peer, self.udp), lambda data: self.udp.sendto(data, peer))

    def on_tcp(self):
        """A connection is one query and one reply, off this thread: its reader may be slow."""
        conn, peer = self.tcp.accept()
        threading.Thread(target=self.serve, args=(conn, peer), daemon=True).start()

    def serve(self, conn, peer):
        conn.settimeout(5)
        with conn, contextlib.suppress(OSError, EOFError):
            query = Query(dns.read_tcp(conn), True, peer, conn)
            self.give(query, lambda data: conn.sendall(struct.pack("!H", len(data)) + data))
            conn.recv(1)


def stub(address, zone=ZONE, **more):
    """Configuration that leads to it."""
    return {"zones": [{"name": zone, "kind": "stub", "servers": [address + "@53"]}],
            "resolver": dict({"validation": False}, **more),
            "limits": {"rate": 0}, "detection": {"mode": "off"}}


class Cost:
    queries = cpu_ms = held = 0

    def text(self):
        return "%d queries, %.1f ms CPU, %d KiB held" % (self.queries, self.cpu_ms,
                                                         self.held >> 10)


def resident(daemon):
    """Bytes in memory, and their peak; 0 where /proc shows another namespace's processes."""
    try:
        with open("/proc/%d/status" % daemon.child.pid) as lines:
            rows = dict(line.split(":", 1) for line in lines)
    except OSError:
        return 0, 0
    if rows["Name"].strip() != "sekishod":
        return 0, 0
    return tuple(int(rows[key].split()[0]) << 10 for key in ("VmRSS", "VmHWM"))


def is_slowed(context):
    """Sanitizers cost several times the CPU that is measured."""
    return any(word in context.options.build for word in ("asan", "tsan", "ubsan"))


def sent_to(daemon, server):
    """Queries so far: to the hostile server or, without one, to all."""
    if server is not None:
        return len(server.seen)
    status, text = daemon.control("--json", "stats")
    expect(status == 0, "sekishoctl stats: " + text)
    net = json.loads(text)["stats"]["net"]
    return net["out_udp"] + net["out_tcp"]


@contextlib.contextmanager
def cost_of(context, daemon, server=None, questions=1, cpu_bar_ms=CPU_BAR_MS):
    """What one of the ${questions} asked within costs (a connection counts as one): noted, held against the bars, and
    appended to the file that LIVE_COSTS names."""
    for skip in range(5):  # so that memory and code are there that any question needs
        question = question_like("host", "A", skip=skip)
        dns.ask(daemon.server, question.qname, question.qtype)
    cost, queries, cpu = Cost(), sent_to(daemon, server), daemon.cpu_sec()
    before = resident(daemon)[0]
    yield cost
    cost.cpu_ms = (daemon.cpu_sec() - cpu) * 1000 / questions
    cost.queries = (sent_to(daemon, server) - queries) / questions
    cost.held = max(0, resident(daemon)[1] - before) // questions
    context.note("one hostile question: " + cost.text())
    path = os.environ.get("LIVE_COSTS")
    if path:
        with open(path, "a") as out:
            out.write("%s\t%d\t%d\t%d\n" % (context.name, round(cost.queries),
                                            cost.cpu_ms * 1000, cost.held))
    expect(cost.queries < QUERIES_BAR, "%d queries for one question" % cost.queries)
    expect(cost.cpu_ms < cpu_bar_ms or is_slowed(context),
           "%.1f ms CPU for one question" % cost.cpu_ms)
