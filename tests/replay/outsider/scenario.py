"""
Scenarios as text: the format of Unbound's testbound and of Deckard, both of which begin with
configuration, then have ranges (what servers answer during which steps) and steps.

    ...configuration...
    CONFIG_END
    SCENARIO_BEGIN title
    RANGE_BEGIN first last
        ADDRESS address...
        ENTRY_BEGIN ... ENTRY_END
    RANGE_END
    STEP number KIND [words]
        ENTRY_BEGIN ... ENTRY_END
    SCENARIO_END

An entry is a message and how it is to be used:

    MATCH what must be equal        REPLY opcode, rcode and flags
    ADJUST what is copied           SECTION QUESTION|ANSWER|AUTHORITY|ADDITIONAL, then records
    HEX_EDNSDATA_BEGIN ... END      options of EDNS, in hexadecimal
    HEX_ANSWER_BEGIN ... END, RAW   the whole message in hexadecimal
    MANDATORY                       must have been used in the end
    EXTRA_PACKET                    further messages (zone transfers); not played here
"""
import ipaddress
import os
import re

from . import message as dns

ZONE_SECTIONS = ("stub-zone", "forward-zone")  # may go on in the same line


class BadScenario(Exception):
    """A scenario that is not understood."""


class Entry:
    """A message and the rules of its use."""

    def __init__(self):
        self.match = set()
        self.adjust = set()
        self.message = dns.Message()
        self.raw = None
        self.mandatory = False
        self.extra_packets = False
        self.used = 0
        self.line = 0
        self.sections = set()
        self.options = None  # of EDNS, when written


class Range:
    def __init__(self, first, last):
        self.first, self.last, self.addresses, self.entries = first, last, set(), []


class Step:
    def __init__(self, number, kind, words):
        self.number, self.kind, self.words = number, kind, words
        self.entry = None

    def address(self):
        """The address said with ADDRESS, or None."""
        if "ADDRESS" in self.words:
            return address_of(self.words[self.words.index("ADDRESS") + 1])
        return None


class Scenario:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        self.title = ""
        self.config = []       # (section or "", key, value), in order
        self.ranges, self.steps = [], []
        self.notes = set()     # directives that no player from outside can follow
        self.dialect = "deckard"

    def messages(self):
        """Every entry that there is."""
        for r in self.ranges:
            yield from r.entries
        for s in self.steps:
            if s.entry is not None:
                yield s.entry


def address_of(word):
    return str(ipaddress.ip_address(word.split("@")[0].strip('"')))


def without_comment(line):
    """A line of configuration up to its comment; # may stand in quotes."""
    quote = None
    for i, c in enumerate(line):
        if quote:
            quote = None if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "#;" and (i == 0 or line[i - 1].isspace() or c == "#"):
            return line[:i]
    return line


class Reader:
    """Reads one file, line by line; where it stands is told in complaints."""

    def __init__(self, path):
        with open(path, encoding="latin-1") as f:
            self.lines = f.read().split("\n")
        self.at = 0
        self.scenario = Scenario(path)
        self.origin, self.ttl = (), 3600

    def bad(self, what):
        return BadScenario(f"{self.scenario.path}:{self.at}: {what}")

    def next(self):
        """The next line that says something, or None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            text = line.strip()
            if text and not text.startswith(";") and not text.startswith("#"):
                return text
        return None

    def skip_until(self, word):
        out = []
        while (line := self.next()) is not None and not line.startswith(word):
            out.append(line)
        return out

    def read(self):
        self.config()
        s = self.scenario
        while (line := self.next()) is not None:
            words = line.split(";")[0].split()
            if words[0] == "SCENARIO_BEGIN":
                s.title = line[len(words[0]):].strip()
            elif words[0] == "RANGE_BEGIN":
                s.ranges.append(self.range(words))
            elif words[0] == "STEP":
                s.steps.append(self.step(words))
            elif words[0] == "SCENARIO_END":
                break
            else:
                self.directive(words)
        s.steps.sort(key=lambda step: step.number)
        return s

    def directive(self, words):
        if words[0] == "RANGE_END":
            return  # one too many
        if words[0] == "$ORIGIN":
            self.origin = dns.name_of(words[1])
        elif words[0] == "$TTL":
            self.ttl = dns.seconds_of(words[1])
        else:
            raise self.bad(f"unknown word {words[0]}")

    def config(self):
        section, s = "", self.scenario
        while (line := self.next()) is not None:
            if line.startswith("CONFIG_END"):
                return
            word = line.split()[0]
            if word in ("AUTOTRUST_FILE", "TEMPFILE_CONTENTS"):
                s.notes.add(word)
                self.skip_until(word.split("_")[0] + "_END")
                continue
            if word in ("COMMANDLINE", "TEMPFILE_NAME", "FILE_BEGIN"):
                s.notes.add(word)
                continue
            key, colon, value = without_comment(line).partition(":")
            key, value = key.strip(), value.strip().strip("\"'").strip()
            if not colon:
                continue
            if key in ZONE_SECTIONS and value:
                s.dialect, section = "testbound", key
                s.config.append((section, key, ""))
                s.config += [(section, k, v) for k, v in
                             re.findall(r"([a-z-]+):\s*\"?([^\s\"]+)", line.split(":", 1)[1])]
                continue
            if value == "":
                section = key
                s.dialect = "testbound"
            s.config.append((section, key, value))
        raise self.bad("no CONFIG_END")

    def range(self, words):
        r = Range(int(words[1]), int(words[2]))
        r.addresses |= {address_of(word) for word in words[3:]}
        while (line := self.next()) is not None:
            words = line.split(";")[0].split()
            if words[0] == "RANGE_END" or words[0] == "END_RANGE":
                return r
            if words[0] == "ADDRESS":
                r.addresses |= {address_of(word) for word in words[1:]}
            elif words[0].startswith("ENTRY_BEGIN"):
                r.entries.append(self.entry())
            else:
                self.directive(words)
        raise self.bad("no RANGE_END")

    def step(self, words):
        if len(words) < 3:
            raise self.bad("STEP needs a number and a kind")
        s = Step(int(words[1]), words[2], words[3:])
        while self.at < len(self.lines):
            mark = self.at
            line = self.next()
            if line is None:
                break
            if line.startswith("ENTRY_BEGIN"):
                if s.entry is not None:
                    raise self.bad("a step with two entries")
                s.entry = self.entry()
            elif line.startswith("FILE_BEGIN"):
                self.skip_until("FILE_END")
            elif line.startswith("$"):
                self.directive(line.split())
            else:
                self.at = mark
                break
        return s

    def entry(self):
        e = Entry()
        e.line = self.at
        section = None
        while (line := self.next()) is not None:
            word = line.split()[0]
            rest = line.split(";")[0].split()[1:]
            if word == "ENTRY_END":
                return e
            if word == "MATCH":
                e.match |= {w for w in rest}
            elif word == "ADJUST":
                e.adjust |= set(rest)
            elif word in ("REPLY", "FLAGS"):
                self.flags(e, rest)
            elif word == "SECTION":
                section = rest[0].lower()
                e.sections.add(section)
            elif word == "MANDATORY":
                e.mandatory = True
            elif word == "RAW":
                text = self.next() or ""
                e.raw = b"" if text == "NULL" else bytes.fromhex(text.split(";")[0])
            elif word.startswith("HEX_EDNS"):
                e.options = dns.read_options(self.hex("HEX_EDNS"))
            elif word.startswith("HEX_ANSWER"):
                e.raw = self.hex("HEX_ANSWER")
            elif word == "EXTRA_PACKET":
                e.extra_packets = True
            elif word in ("TSIG",):
                self.scenario.notes.add(word)
            elif word.startswith("$"):
                self.directive(line.split())
            elif section is None:
                raise self.bad(f"unknown word {word} in an entry")
            elif not e.extra_packets:
                self.record(e, section, line)
        raise self.bad("no ENTRY_END")

    def hex(self, word):
        lines = self.skip_until(word)
        return bytes.fromhex("".join(re.sub(r";.*", "", line) for line in lines))

    def flags(self, e, words):
        m = e.message
        for word in words:
            if word in dns.FLAGS:
                m.flags |= dns.FLAGS[word]
            elif word in dns.RCODES:
                m.rcode = dns.RCODES[word]
            elif word in dns.OPCODES:
                m.opcode = dns.OPCODES[word]
            elif word == "DO":
                m.edns = (4096, dns.DO, [])
            else:
                raise self.bad(f"unknown flag {word}")

    def record(self, e, section, line):
        line = self.joined(line)
        try:
            r = dns.record_of(line, self.origin, self.ttl, section == "question")
        except dns.BadText as err:
            raise self.bad(str(err)) from err
        getattr(e.message, section).append(r)

    def joined(self, line):
        """A record with its further lines, if it opens a parenthesis."""
        text = re.sub(r'"[^"]*"', "", line).split(";")[0]
        while text.count("(") > text.count(")"):
            more = self.next()
            if more is None:
                raise self.bad("a parenthesis is not closed")
            line = re.sub(r"\s;.*", "", line) + " " + more
            text += re.sub(r'"[^"]*"', "", more).split(";")[0]
        return line


def load(path):
    """The scenario in a file. Raises BadScenario."""
    return Reader(path).read()
