"""Emulated tunnel tools (tests/detect/tools.py) through the resolver under test.

A Run is one tool in one way of being used: up or down, so many questions a second, from one client
to one zone, to four zones, or from fifty clients.  It has a daemon of its own (or what one run
teaches would be judged in the next), zones of its own (attackers.tsv, by its slot), and their
servers at the end of the lab's delegations.

It ends when the file is there whole; or when it is stopped: every leg's newest question and the
newest ten of all were refused, none merely throttled, for `linger` seconds on; or at its time limit.
"""

import collections
import json
import os
import random
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab"),
                os.path.join(os.path.dirname(HERE), "detect")]

import dns  # noqa: E402
import resolvers  # noqa: E402
import tools  # noqa: E402
import truth  # noqa: E402
import tunnel  # noqa: E402

UP_BAR, DOWN_BAR = 600, 2000
SPREADS = {"1 client": (1, 1), "4 zones": (1, 4), "50 clients": (50, 1)}
ZONES_A_SLOT = 4
SLOTS = 16
IN_A_ROW = 10
ANSWER_SEC = 3.0
# The file, up and down: more than the bar, and what the rate moves in bearable time.
FILE_BYTES = {200: (6000, 20000), 20: (6000, 20000), 5: (1800, 12000), 1: (900, 8000)}
LINGER_SEC = {1: 70}      # longer than a first hold (detection.hold-first)
SOA = struct.pack("!5I", 1, 3600, 600, 86400, 0)


def slots():
    """(zone, address) by slot."""
    rows = [("%s." % zone, address) for zone, address in tunnel.attackers()]
    return [rows[i * ZONES_A_SLOT:(i + 1) * ZONES_A_SLOT] for i in range(SLOTS)]


class Authority(threading.Thread):
    """The name servers of some zones; what is asked goes to the tool's end."""

    def __init__(self, tool, rows):
        super().__init__(daemon=True)
        self.tool, self.zones, self.selector = tool, {}, selectors.DefaultSelector()
        for zone, address in rows:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, 53))
            self.zones[sock] = zone
            self.selector.register(sock, selectors.EVENT_READ)
        self.ending = False
        self.start()

    def run(self):
        while not self.ending:
            for ready, _ in self.selector.select(0.2):
                data, peer = ready.fileobj.recvfrom(4096)
                try:
                    ready.fileobj.sendto(self.reply(data, self.zones[ready.fileobj]), peer)
                except dns.Malformed:
                    pass
        for sock in self.zones:
            sock.close()

    def reply(self, wire, zone):
        message = dns.parse(wire)
        labels = [label.lower() for label in dns.read_name(message.raw_name, 0)[0]]
        depth, rrtype = len(dns.labels_of(zone)), message.question[1]
        own = b".".join(labels[-depth:]) == zone.rstrip(".").encode()
        found = self.tool.answer(zone, labels[:-depth], rrtype) if own and len(labels) > depth else None
        records = [b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 0, len(data)) + data
                   for number, data in found or ()]
        denial = b"" if records else dns.name_wire(zone) + struct.pack(
            "!HHIH", 6, 1, 0, 2 * len(dns.name_wire(zone)) + 20) + dns.name_wire(zone) * 2 + SOA
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0) if message.edns else b""
        return wire[:2] + struct.pack("!5H", 0x8400, 1, len(records), not records, bool(opt)) + \
            wire[12:12 + len(message.raw_name) + 4] + b"".join(records) + denial + opt

    def stop(self):
        self.ending = True
        self.join(3)


class Way:
    """A leg under way: its questions, its socket, its newest verdict."""

    def __init__(self, leg, tool, server, source):
        self.leg, self.source, self.server = leg, source, server
        self.asking, self.question = tool.client(leg), None
        self.sock = dns.udp_socket(server, source)
        self.sock.setblocking(False)
        self.wire, self.until, self.verdict = None, None, None
        self.advance(None, first=True)

    def advance(self, answer, first=False):
        try:
            self.question = next(self.asking) if first else self.asking.send(answer)
        except StopIteration:
            self.question = None

    def send(self):
        labels, rrtype = self.question
        name = "".join("".join("\\%03d" % byte if byte in b".\\" else chr(byte)
                               for byte in label) + "." for label in labels) + self.leg.zone
        self.wire = dns.query(name, rrtype)
        self.until = time.monotonic() + ANSWER_SEC
        try:
            self.sock.send(self.wire)
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def receive(self):
        """A message that answers, or None where the datagram is something else."""
        try:
            data = self.sock.recv(65535)
        except (BlockingIOError, ConnectionRefusedError):
            return None
        if data[:2] != self.wire[:2] or self.until is None:
            return None
        message = dns.parse(data)
        if message.tc:
            message = dns.parse(dns.ask_tcp(self.server, self.wire, 5.0, self.source))
        return message


def verdict_of(message):
    if message is None:
        return "lost"
    if truth.is_throttled(message):
        return "throttled"
    return "refused" if truth.is_refusal(message) else "passed"


class Play:
    """The client's end: one question after the other at a rate, the legs in turn.  A leg waits for
    its answer before it asks again."""

    def __init__(self, tool, legs, server, rate, linger_sec, limit_sec):
        self.rate, self.linger_sec, self.limit_sec = rate, linger_sec, limit_sec
        self.ways = [Way(leg, tool, server, source) for leg, source in legs]
        self.ready = collections.deque(way for way in self.ways if way.question)
        self.selector = selectors.DefaultSelector()
        for way in self.ways:
            self.selector.register(way.sock, selectors.EVENT_READ, way)
        self.tally = collections.Counter()
        self.newest = collections.deque(maxlen=IN_A_ROW)
        self.asked = self.first_refused = self.last_passed = 0

    def run(self):
        begun = due = time.monotonic()
        stopped_at = None
        while any(way.question for way in self.ways):
            now = time.monotonic()
            if now - begun > self.limit_sec:
                return "late"
            stopped_at = (stopped_at or now) if self.is_stopped() else None
            if stopped_at is not None and now - stopped_at >= self.linger_sec:
                return "stopped"
            if self.ready and now >= due:
                self.asked += 1
                self.ready.popleft().send()
                due = max(due + 1 / self.rate, now - 5 / self.rate)
            self.turn(min(0.05, max(0.0, due - now)) if self.ready else 0.05)
        return "done"

    def turn(self, wait):
        for key, _ in self.selector.select(wait):
            message = key.data.receive()
            if message is not None:
                self.settle(key.data, message)
        now = time.monotonic()
        for way in self.ways:
            if way.until is not None and way.until < now:
                self.settle(way, None)

    def settle(self, way, message):
        way.until, way.verdict = None, verdict_of(message)
        self.tally[way.verdict] += 1
        self.newest.append(way.verdict)
        if way.verdict == "refused" and not self.first_refused:
            self.first_refused = self.asked
        if way.verdict == "passed":
            self.last_passed = self.asked
        way.advance(tools.Answer([(r.rrtype, r.data, r.text) for r in message.answer])
                    if way.verdict == "passed" else None)
        if way.question:
            self.ready.append(way)

    def is_stopped(self):
        return len(self.newest) == IN_A_ROW and set(self.newest) == {"refused"} and all(
            way.verdict == "refused" for way in self.ways if way.question)

    def close(self):
        for way in self.ways:
            way.sock.close()


class Run(collections.namedtuple("Run", "tool way rate spread mode qmin")):
    """${tool}: a class of tools.py; ${mode}: of detection."""

    @property
    def name(self):
        return "%s %s %d/s %s %s%s" % (self.tool.name, self.way, self.rate, self.spread, self.mode,
                                       "" if self.qmin else " no-qmin")

    @property
    def file_bytes(self):
        return FILE_BYTES[self.rate][self.way == "down"]

    @property
    def bar(self):
        return DOWN_BAR if self.way == "down" else UP_BAR

    def parts(self):
        clients, zones = SPREADS[self.spread]
        payload = random.Random("file of " + self.tool.name).randbytes(self.file_bytes)
        return payload, tools.pieces(payload, len(payload) // (clients * zones))

    def play(self, folder, slot):
        """What came of it, as a dict."""
        clients, zones = SPREADS[self.spread]
        payload, parts = self.parts()
        rows = slots()[slot][:zones]
        sink = tools.File(payload)
        tool = self.tool(self.name, sink, parts if self.way == "down" else [])
        legs = []
        for number, part in enumerate(parts):
            leg = tools.Leg(number, rows[number % zones][0], self.name,
                            part if self.way == "up" else b"", sink)
            leg.want = len(part) if self.way == "down" else 0
            legs.append((leg, "127.45.0.%d" % (1 + number % clients)))
        # Below 1024, where no other daemon's outgoing socket can be (net/out_udp.c).
        daemon = resolvers.Sekishod(folder, ["127.0.0.1@%d" % (600 + slot)], workers=1,
                                    mode=self.mode, qmin=self.qmin)
        authority = Authority(tool, rows)
        play = None
        try:
            daemon.start()
            play = Play(tool, legs, daemon.server, self.rate, LINGER_SEC.get(
                self.rate, 0) if self.mode == "enforce" else 0, self.limit_sec(len(legs)))
            end = play.run()
            return self.result(play, sink, end, daemon, legs)
        finally:
            if play:
                play.close()
            authority.stop()
            daemon.stop()

    def limit_sec(self, legs):
        """For the whole file at the worst and each leg's handshake; what is stopped ends before."""
        questions = self.file_bytes / (30 if self.way == "up" else 80) + 10 * legs + 60
        return 20 + 1.5 * questions / self.rate

    def result(self, play, sink, end, daemon, legs):
        resolvers.wait_for(daemon.events, 2 if play.tally["refused"] else 0)
        events, status = daemon.events(), daemon.stop()
        return {"bytes": sink.count, "of": len(sink.payload), "asked": play.asked, "end": end,
                "first": play.first_refused, "last": play.last_passed,
                "handshakes": sum(leg.is_handshaken for leg, _ in legs),
                "measures": sorted({e["action"] for e in events if e.get("action") in (
                    "hold", "sinkhole")}),
                "reason": next((e.get("reason", "") for e in events if e.get("action") in (
                    "hold", "sinkhole", "refuse")), ""),
                "broken": daemon.sanitizer_report() or ("" if status == 0 else
                                                        "the daemon ended with %s" % status),
                **play.tally}

    def fault(self, result):
        """What is wrong with the result, or None."""
        if result.get("error"):
            return result["error"]
        if result["broken"]:
            return result["broken"]
        if self.mode != "enforce":
            return None if result["bytes"] == result["of"] else \
                "without detection only %d of %d bytes: this shows nothing" % (
                    result["bytes"], result["of"])
        if result["bytes"] > self.bar:
            return "%d bytes, the bar is %d" % (result["bytes"], self.bar)
        if self.tool in (tools.Dnscat2, tools.Dnstt) and (result["handshakes"] or result["bytes"]):
            return "%d handshakes, %d bytes" % (result["handshakes"], result["bytes"])
        if result["end"] != "stopped":
            return "not stopped: " + result["end"]
        return None


# Many runs -------------------------------------------------------------------------------

def child_of(run, folder, slot):
    """Plays in a process of its own; (pid, reading end of what it says)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.setpgid(0, 0)
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(0)
        try:
            result = run.play(folder, slot)
        except Exception:
            result = {"error": traceback.format_exc()}
        os.write(writing, json.dumps(result).encode())
    finally:
        os._exit(0)


def play_all(runs, folder, side_by_side=SLOTS, rate_most=400, tell=None):
    """[result] in the order of ${runs}, as many side by side as slots and rates allow."""
    results, waiting, under_way = [None] * len(runs), list(enumerate(runs)), {}
    free = list(range(min(side_by_side, SLOTS)))
    try:
        while waiting or under_way:
            load = sum(runs[at].rate for at, _, _ in under_way.values())
            fits = next((job for job in waiting if not under_way or
                         load + job[1].rate <= rate_most), None) if free else None
            if fits:
                waiting.remove(fits)
                slot = free.pop()
                pid, reading = child_of(fits[1], "%s/run-%d" % (folder, fits[0]), slot)
                under_way[reading] = fits[0], slot, pid
                continue
            with selectors.DefaultSelector() as ready:
                for reading in under_way:
                    ready.register(reading, selectors.EVENT_READ)
                for key, _ in ready.select():
                    at, slot, pid = under_way.pop(key.fd)
                    results[at] = finish(key.fd, pid)
                    free.append(slot)
                    if tell:
                        tell(runs[at], results[at])
    finally:
        for _, _, pid in under_way.values():
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return results


def finish(reading, pid):
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else {"error": "the run's process died"}


# The table -------------------------------------------------------------------------------

HEAD = "%-15s %-4s %4s %-10s %-4s | %7s | %5s %7s %5s %5s  %s" % (
    "tool", "way", "/s", "spread", "qmin", "control", "bytes", "stopped", "last", "asked", "verdict")


def plan(rates=(200, 20, 5, 1), words=""):
    """[Run] with detection; the main cases without QNAME minimisation too."""
    runs = [Run(tool, way, rate, spread, "enforce", True)
            for rate in rates for tool in tools.TOOLS for way in tool.ways for spread in SPREADS]
    runs += [Run(tool, way, 20, "1 client", "enforce", False)
             for tool in tools.TOOLS for way in tool.ways if 20 in rates]
    return [run for run in runs if words in run.name]


def row(run, control, result):
    """One line: bytes with detection off and on, the question at which it was first stopped, the last
    that passed, how many were asked, and what came of it."""
    if result.get("error") or control.get("error"):
        return "%s: %s" % (run.name, result.get("error") or control.get("error"))
    fault = run.fault(result) or run._replace(mode="off").fault(control)
    verdict = "MISSED: " + fault if fault else "stopped (%s)" % ", ".join(result["measures"] or ["refused"])
    return "%-15s %-4s %4d %-10s %-4s | %7d | %5d %7d %5d %5d  %s; %s" % (
        run.tool.name, run.way, run.rate, run.spread, "on" if run.qmin else "off",
        control["bytes"], result["bytes"], result["first"], result["last"], result["asked"], verdict,
        result["reason"])


def table(folder, rates, words, say):
    """Prints the whole table; True when no bar was missed."""
    runs = plan(rates, words)
    say(HEAD)
    both = runs + [run._replace(mode="off") for run in runs]
    both.sort(key=lambda run: run.rate)     # the slow ones first: others fill their pauses
    done, good = {}, True

    def tell(run, result):
        done[run] = result
        pair = run._replace(mode="enforce"), run._replace(mode="off")
        if all(one in done for one in pair):
            say(row(pair[0], done[pair[1]], done[pair[0]]))

    play_all(both, folder, tell=tell)
    for run in runs:
        good = good and not run.fault(done[run]) and not run._replace(mode="off").fault(
            done[run._replace(mode="off")])
    say(summary(runs, done))
    return good


def summary(runs, done):
    """The worst of each tool and way."""
    lines = ["", "%-15s %-4s %6s %12s %12s %10s" % ("worst of", "way", "bytes", "first stop",
                                                   "last passed", "handshakes")]
    for tool in tools.TOOLS:
        for way in tool.ways:
            of = [done[run] for run in runs if run.tool is tool and run.way == way
                  and not done[run].get("error")]
            if of:
                lines.append("%-15s %-4s %6d %12d %12d %10d" % (
                    tool.name, way, max(r["bytes"] for r in of), max(r["first"] for r in of),
                    max(r["last"] for r in of), sum(r["handshakes"] for r in of)))
    return "\n".join(lines)
