"""
Plays one scenario against a running daemon.

1. Servers answer a query with the first entry that matches it, in the ranges that hold at the
   present step and have the address that was asked. EDNS is added when the query had it, as any
   server does, and UDP answers that do not fit are truncated.
2. A query that no entry matches may wait for a step (REPLY, TIMEOUT, ERROR, CHECK_OUT_QUERY).
   Otherwise it is undefined: SERVFAIL or silence, as the player was told, and counted.
3. Steps go one after another. While one waits, for the client's answer or for a query, the servers
   work. In testbound's dialect the present step is then the one that waits; in Deckard's it is
   the QUERY before it.
"""
import selectors
import socket
import struct
import time

from . import message as dns
from .stage import Daemon, Servers, any_address
from .settings import LISTEN_PORT, LISTEN_V4, LISTEN_V6

ANSWER_SEC = 25     # beyond the daemon's own limit for a question
SETTLE_SEC = 0.15   # quiet for so long: nothing more comes
TTL_SLACK_SEC = 3   # real seconds that pass during a scenario
# Why data are bogus can be said in more ways than one (RFC 8914 4.7 to 4.13, RFC 9276).
DNSSEC_EDE = {5, 6, 7, 8, 9, 10, 11, 12, 27}


class Failed(Exception):
    """The daemon did not do what the scenario expects."""


def differences(expected, got, words, strict_ttl):
    """What of a message is not as expected, by the words of MATCH; a list of texts."""
    words = set(words)
    if words & {"all", "all_noedns"}:
        words |= {"opcode", "question", "flags", "rcode", "answer", "authority", "additional"}
    out = []
    for word in sorted(words):
        checker = CHECKS.get(word.split("=")[0])
        if checker is None:
            continue
        text = checker(expected, got, word)
        if text:
            out.append(text)
    if strict_ttl and "ttl" in words:
        out += ttl_differences(expected, got)
    return out


def same_question(e, g, part):
    if not e.message.question:
        return None
    if not g.question:
        return "no question"
    want, have = e.message.question[0], g.question[0]
    if "qname" in part and dns.lower(want.name) != dns.lower(have.name):
        return f"question {dns.name_text(have.name)}, not {dns.name_text(want.name)}"
    if "qcase" in part and want.name != have.name:
        return f"question {dns.name_text(have.name)}, not {dns.name_text(want.name)}"
    if "qtype" in part and want.type != have.type:
        return f"question for {dns.type_text(have.type)}, not {dns.type_text(want.type)}"
    return None


def check_subdomain(e, g, word):
    if not e.message.question or not g.question:
        return None
    want, have = dns.lower(e.message.question[0].name), dns.lower(g.question[0].name)
    if len(have) < len(want) or have[len(have) - len(want):] != want:
        return f"{dns.name_text(have)} is not below {dns.name_text(want)}"
    return None


def check_flags(e, g, word):
    want = e.message.flags_text()
    return None if want == g.flags_text() else f"flags [{g.flags_text()}], not [{want}]"


def check_rcode(e, g, word):
    if e.message.rcode == g.rcode:
        return None
    names = dns.RCODE_NAMES
    return f"rcode {names.get(g.rcode, g.rcode)}, not {names.get(e.message.rcode)}"


def check_section(section):
    def check(e, g, word):
        want = sorted(r.key() for r in getattr(e.message, section))
        have = sorted(r.key() for r in getattr(g, section))
        if want == have:
            return None
        missing = [r.text() for r in getattr(e.message, section) if r.key() not in have]
        surplus = [r.text() for r in getattr(g, section) if r.key() not in want]
        return f"{section}: missing {missing}, surplus {surplus}"
    return check


def check_types(with_signatures):
    def kinds(m):
        return {(r.covered() or r.type, r.type == 46) for r in m.answer
                if with_signatures or r.type != 46}

    def check(e, g, word):
        if kinds(e.message) == kinds(g):
            return None
        return f"answer of types {sorted(kinds(g))}, not {sorted(kinds(e.message))}"
    return check


def check_ede(e, g, word):
    code = word.split("=")[1]
    if (code == "any" and g.ede()) or (code.isdigit() and int(code) in g.ede()):
        return None
    if code.isdigit() and int(code) in DNSSEC_EDE and set(g.ede()) & DNSSEC_EDE:
        return None
    return f"extended errors {g.ede()}, not {code}"


def check_edns_data(e, g, word):
    options = g.edns[2] if g.edns else []
    return None if sorted(options) == sorted(e.options or []) else f"EDNS options {options}"


CHECKS = {
    "opcode": lambda e, g, w: None if e.message.opcode == g.opcode else f"opcode {g.opcode}",
    "question": lambda e, g, w: same_question(e, g, ("qname", "qtype")),
    "qname": lambda e, g, w: same_question(e, g, ("qname",)),
    "qcase": lambda e, g, w: same_question(e, g, ("qcase",)),
    "qtype": lambda e, g, w: same_question(e, g, ("qtype",)),
    "subdomain": check_subdomain,
    "flags": check_flags,
    "rcode": check_rcode,
    "answer": check_section("answer"),
    "authority": check_section("authority"),
    "additional": check_section("additional"),
    "answertypes": check_types(False),
    "answerrrsigs": check_types(True),
    "DO": lambda e, g, w: None if g.do() else "DO is not set",
    "noedns": lambda e, g, w: None if g.edns is None else "EDNS is there",
    "ednsdata": check_edns_data,
    "ede": check_ede,
}


def ttl_differences(expected, got):
    out = []
    for section in dns.SECTIONS[1:]:
        have = {r.key(): r.ttl for r in getattr(got, section)}
        for r in getattr(expected.message, section):
            ttl = have.get(r.key())
            if ttl is not None and not r.ttl - TTL_SLACK_SEC <= ttl <= r.ttl:
                out.append(f"TTL {ttl}, not {r.ttl}, of {dns.name_text(r.name)}")
    return out


class Client:
    """A question on its way, with its answer when it is there."""

    def __init__(self, player, entry, address):
        self.player, self.entry = player, entry
        self.message = None
        self.wire_out = self.question_wire(entry)
        self.address = address
        self.tcp = "TCP" in entry.match
        self.sent_at = time.monotonic()
        self.socket = None
        self.buffer = b""
        self.no_answer = False
        self.start()

    def question_wire(self, entry):
        if entry.raw is not None:
            return entry.raw
        m = entry.message.copy()
        m.id = self.player.next_id()
        m.flags &= ~dns.FLAGS["QR"]
        self.player.edns_of_client(m, entry)
        return m.wire()

    def start(self):
        v6 = self.address is not None and ":" in self.address
        family = socket.AF_INET6 if v6 else socket.AF_INET
        kind = socket.SOCK_STREAM if self.tcp else socket.SOCK_DGRAM
        s = self.socket = socket.socket(family, kind)
        if self.address is not None:
            any_address(s)
            s.bind((self.address, 0))
        s.settimeout(5)
        s.connect((LISTEN_V6 if v6 else LISTEN_V4, LISTEN_PORT))
        s.sendall(struct.pack("!H", len(self.wire_out)) + self.wire_out if self.tcp
                  else self.wire_out)
        self.player.selector.register(s, selectors.EVENT_READ, self.read)

    def read(self, s):
        try:
            data = s.recv(65537)
        except OSError as e:
            self.finish(None, str(e))
            return
        if not self.tcp:
            self.got(data)
            return
        self.buffer += data
        if not data:
            self.finish(None, "connection closed")
        elif len(self.buffer) >= 2 and \
                len(self.buffer) >= 2 + struct.unpack("!H", self.buffer[:2])[0]:
            self.got(self.buffer[2:2 + struct.unpack("!H", self.buffer[:2])[0]])

    def got(self, wire):
        try:
            m = dns.message_of(wire)
        except dns.BadMessage as e:
            self.finish(None, f"malformed answer: {e}")
            return
        if not self.tcp and m.flags & dns.FLAGS["TC"] and not self.player.wants_truncated():
            self.close()
            self.tcp = True
            self.start()
            return
        self.finish(m, None)

    def finish(self, message, problem):
        self.message, self.problem = message, problem
        self.close()
        self.player.answered(self)

    def close(self):
        if self.socket is not None:
            self.player.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


class Player:
    def __init__(self, scenario, settings, program, folder, undefined="servfail",
                 faketime=None, say=lambda text: None):
        self.scenario, self.undefined, self.say = scenario, undefined, say
        self.selector = selectors.DefaultSelector()
        self.servers = Servers(self.selector, self.on_query)
        self.settings, self.program, self.folder = settings, program, folder
        hints = settings.hints_text()
        config = settings.yaml(folder)
        if hints is None:
            config = config.replace(f'"{folder}/hints"', '"built-in"')
        self.daemon = Daemon(program, folder, config, hints or "", faketime)
        self.index = 0             # of the step that is done or waits
        self.last_query_number = 0
        self.waiting, self.answers = [], []
        self.held = []             # queries that wait for a step
        self.undefined_count, self.query_count = 0, 0
        self.undefined_texts = []
        self.ids = 1000
        self.out_query = None
        self.known = set()
        for r in scenario.ranges:
            self.known |= r.addresses or {None}
        self.testbound = scenario.dialect == "testbound"

    def next_id(self):
        self.ids += 7
        return self.ids

    def edns_of_client(self, m, entry):
        """Deckard's clients always speak EDNS; testbound's when they say so."""
        if m.edns is None and (not self.testbound or entry.options is not None):
            m.edns = (4096, 0, [])
        if entry.options is not None:
            m.edns = (m.edns[0], m.edns[1], entry.options)

    # The servers' side.

    def present(self):
        if not self.testbound:
            return self.last_query_number
        steps = self.scenario.steps
        return steps[min(self.index, len(steps) - 1)].number

    def on_query(self, query):
        self.query_count += 1
        q = query.message.question[0] if query.message.question else None
        text = (f"{query.address} {query.transport} " +
                (f"{dns.name_text(q.name)} {dns.type_text(q.type)}" if q else "no question"))
        if self.wanted_by_check(query, text):
            return
        if self.answer_from_range(query, text):
            return
        if not self.testbound and self.answer_from_steps(query, text):
            return
        if self.may_be_held(query):
            self.say(f"      query {text}: held")
            self.held.append(query)
            return
        self.undefined_count += 1
        self.undefined_texts.append(text)
        self.say(f"      query {text}: undefined")
        if self.undefined == "servfail" and (query.address in self.known or None in self.known):
            m = dns.Message()
            m.rcode, m.flags = 2, dns.FLAGS["QR"] | query.message.flags & dns.FLAGS["RD"]
            m.question = query.message.question
            m.id = query.message.id
            m.edns = query.message.edns and (1232, query.message.edns[1], [])
            query.answer(m.wire())

    def matches(self, entry, query):
        words = entry.match - {"TCP", "UDP"}
        if "TCP" in entry.match and query.transport != "TCP" or \
                "UDP" in entry.match and query.transport != "UDP":
            return False
        return not differences(entry, query.message, words, False)

    def answer_from_range(self, query, text):
        number = self.present()
        for r in self.scenario.ranges:
            if not r.first <= number <= r.last or r.addresses and query.address not in r.addresses:
                continue
            for entry in r.entries:
                if self.matches(entry, query):
                    self.say(f"      query {text}: line {entry.line}")
                    self.reply(entry, query)
                    return True
        return False

    def answer_from_steps(self, query, text):
        """Deckard's replies that stand in steps to come: each serves once, in any order."""
        for step in self.scenario.steps:
            if step.kind in ("REPLY", "MOCK") and step.number >= self.present() and \
                    not step.entry.used and self.matches(step.entry, query):
                self.say(f"      query {text}: step {step.number}")
                self.reply(step.entry, query)
                return True
        return False

    def wanted_by_check(self, query, text):
        step = self.scenario.steps[min(self.index, len(self.scenario.steps) - 1)]
        if step.kind != "CHECK_OUT_QUERY" or self.out_query is not None or \
                step.entry is None or not self.matches(step.entry, query) or \
                step.address() not in (None, query.address):
            return False
        self.say(f"      query {text}: checked by step {step.number}")
        self.out_query = query
        if "copy_id" in step.entry.adjust:
            self.reply(step.entry, query)
        elif not self.answer_from_range(query, text):
            self.held.append(query)
        return True

    def may_be_held(self, query):
        for step in self.scenario.steps[self.index:]:
            if step.kind in ("TIMEOUT", "ERROR"):
                return True
            if step.kind in ("REPLY", "MOCK", "CHECK_OUT_QUERY") and step.entry is not None and \
                    step.address() in (None, query.address) and self.matches(step.entry, query):
                return True
        return self.testbound and self.has_later_answer(query)

    def has_later_answer(self, query):
        """Testbound leaves a query open until a range has come that answers it."""
        return any(r.first > self.present() and
                   (not r.addresses or query.address in r.addresses) and
                   any(self.matches(e, query) for e in r.entries)
                   for r in self.scenario.ranges)

    def answer_held(self):
        for query in list(self.held):
            if self.testbound and self.answer_from_range(query, "held until now"):
                self.held.remove(query)

    def reply(self, entry, query):
        entry.used += 1
        if "do_not_answer" in entry.adjust:
            return
        if entry.raw is not None:
            wire = entry.raw
            if entry.adjust & {"copy_id", "raw_id"} and len(wire) >= 2:
                wire = struct.pack("!H", query.message.id) + wire[2:]
            query.answer(wire)
            return
        m = entry.message.copy()
        # Testbound hands replies over without looking at the id, and some entries rely on it.
        if self.testbound or "copy_id" in entry.adjust:
            m.id = query.message.id
        if "copy_query" in entry.adjust:
            m.question = query.message.question
        elif m.question and query.message.question and \
                dns.lower(m.question[0].name) == dns.lower(query.message.question[0].name):
            q = query.message.question[0]
            m.question = [dns.Record(q.name, m.question[0].type, m.question[0].rclass)]
        m.edns = None
        if query.message.edns is not None:
            m.edns = (1232, query.message.edns[1], entry.options or [])
        query.answer(self.fitting(m, query))

    @staticmethod
    def fitting(m, query):
        wire = m.wire()
        limit = query.message.edns[0] if query.message.edns else 512
        if query.transport == "TCP" or len(wire) <= limit:
            return wire
        m = m.copy()
        m.answer, m.authority, m.additional = [], [], []
        m.flags |= dns.FLAGS["TC"]
        return m.wire()

    # The clients' side.

    def answered(self, client):
        self.waiting.remove(client)
        self.answers.append(client)

    def wants_truncated(self):
        """Does the next check of an answer expect TC?"""
        for step in self.scenario.steps[self.index:]:
            if step.kind in ("CHECK_ANSWER", "ANSWER"):
                return bool(step.entry.message.flags & dns.FLAGS["TC"])
        return False

    # Steps.

    def work(self, sec):
        """Serves for at most so long, until something came; says whether it did."""
        events = self.selector.select(max(0, sec))
        for key, _ in events:
            if key.fileobj.fileno() >= 0:
                key.data(key.fileobj)
        return bool(events)

    def settle(self):
        """Until it is quiet: no question without an answer unless a query is held."""
        quiet = time.monotonic()
        end = quiet + ANSWER_SEC
        while time.monotonic() < end:
            if self.work(SETTLE_SEC / 3):
                quiet = time.monotonic()
            elif time.monotonic() - quiet >= SETTLE_SEC and (not self.waiting or self.held):
                return

    def wait(self, done, what):
        end = time.monotonic() + ANSWER_SEC
        while not done():
            if time.monotonic() > end:
                raise Failed(what)
            self.work(0.05)
            if self.daemon.process.poll() is not None:
                raise Failed("sekishod ended")

    def step_query(self, step):
        self.last_query_number = step.number
        self.index += 1
        client = Client.__new__(Client)
        self.waiting.append(client)
        client.__init__(self, step.entry, step.address())
        client.step = step
        q = step.entry.message.question
        self.say(f"  {step.number} QUERY " + (f"{dns.name_text(q[0].name)} "
                                              f"{dns.type_text(q[0].type)}" if q else "raw"))
        next_step = self.scenario.steps[self.index:self.index + 1]
        if not self.testbound and (not next_step or
                                   next_step[0].kind not in ("CHECK_OUT_QUERY", "REPLY")):
            self.settle_answer(client)
        self.index -= 1

    def settle_answer(self, client):
        """Deckard waits for the answer before anything else is done."""
        if client.entry.raw is not None:
            self.work(0.02)
            if client in self.waiting:
                self.waiting.remove(client)
                client.close()
            return
        try:
            self.wait(lambda: client not in self.waiting, "no answer came")
        except Failed:
            if any(s.kind in ("CHECK_ANSWER", "ANSWER")
                   for s in self.scenario.steps[self.index:self.index + 1]):
                raise
            self.waiting.remove(client)
            client.close()

    def taken_answer(self, step):
        """Of questions asked at once the answers come in any order."""
        def is_of(client):
            asked, wanted = client.entry.message.question, step.entry.message.question
            return asked and wanted and asked[0].key() == wanted[0].key()
        if any(is_of(c) for c in self.waiting + self.answers):
            self.wait(lambda: any(is_of(c) for c in self.answers), "no answer came")
        client = next((c for c in self.answers if is_of(c)), self.answers[0])
        self.answers.remove(client)
        return client

    def step_check_answer(self, step):
        if not self.waiting and not self.answers:
            raise Failed("nothing was asked")
        self.wait(lambda: self.answers, "no answer came")
        client = self.taken_answer(step) if self.testbound else self.answers[-1]
        if not self.testbound:
            self.answers = [client]
        if client.message is None:
            raise Failed(client.problem)
        self.say(f"  {step.number} {step.kind} {client.message.text()}")
        found = differences(step.entry, client.message, step.entry.match - {"TCP", "UDP"}, True)
        if found:
            raise Failed("; ".join(found) + "\n    got " + client.message.text())

    def step_time_passes(self, step):
        self.settle()
        if "ELAPSE" not in step.words:
            raise Failed("time by a macro")
        sec = float(step.words[step.words.index("ELAPSE") + 1])
        self.say(f"  {step.number} TIME_PASSES {sec}")
        self.daemon.pass_time(sec)
        self.settle()

    def step_reply(self, step):
        def matching():
            return [q for q in self.held if self.matches(step.entry, q) and
                    step.address() in (None, q.address)]
        if not self.testbound:
            for query in matching():
                self.held.remove(query)
                self.reply(step.entry, query)
            return
        self.wait(matching, "no query came for the reply")
        self.settle()
        for query in matching():
            self.held.remove(query)
            self.reply(step.entry, query)
        self.settle()

    def step_check_out_query(self, step):
        if not self.testbound:
            return  # Deckard ignores it
        def there():
            if self.out_query is None:
                for q in self.held:
                    if self.matches(step.entry, q) and step.address() in (None, q.address):
                        self.out_query = q
                        if "copy_id" in step.entry.adjust:
                            self.held.remove(q)
                            self.reply(step.entry, q)
                        break
            return self.out_query is not None
        self.wait(there, "the expected query was not sent")
        self.out_query = None

    def step_timeout(self, step):
        """The query that is held stays without an answer; the daemon notices by itself."""
        self.wait(lambda: self.held or self.answers, "no query that could time out")
        self.held = [q for q in self.held if step.address() not in (None, q.address)]

    def step_traffic(self, step):
        self.settle()

    KINDS = {
        "QUERY": step_query, "CHECK_ANSWER": step_check_answer, "ANSWER": step_check_answer,
        "TIME_PASSES": step_time_passes, "REPLY": step_reply, "MOCK": step_reply,
        "CHECK_OUT_QUERY": step_check_out_query, "TIMEOUT": step_timeout,
        "ERROR": step_timeout, "TRAFFIC": step_traffic, "NOTHING": step_traffic,
    }

    def play(self):
        """Plays to the end. Raises Failed."""
        steps = self.scenario.steps
        while self.index < len(steps):
            step = steps[self.index]
            self.answer_held()
            kind = self.KINDS.get(step.kind)
            if kind is None:
                raise Failed(f"step of kind {step.kind}")
            try:
                kind(self, step)
            except Failed as e:
                raise Failed(f"step {step.number} {step.kind}: {e}") from e
            self.index += 1
        for e in self.scenario.messages():
            if e.mandatory and not e.used:
                raise Failed(f"the entry at line {e.line} was never used")

    def end(self):
        """Everything is put away; a complaint about the daemon, or None."""
        for client in list(self.waiting):
            client.close()
        self.waiting = []
        problem = self.daemon.end()
        self.servers.close()
        self.selector.close()
        return problem
