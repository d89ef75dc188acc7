"""DNS messages for the tests: build, parse strictly, ask over UDP and TCP.

This module is the tests' own view of the protocol (RFC 1035, 3597, 6891, 8914),
written apart from the daemon so that a mistake in one is not hidden by the same
mistake in the other.  The parser is strict on purpose: a byte left over, a
pointer forward, a record running past its section raise Malformed, because
what the daemon sends must be right to the last byte.

Names are kept as text in lower case with a final dot; bytes outside
[-_a-z0-9*/] are escaped as \\DDD or \\X.  Record data are kept as wire bytes
and as one canonical text, which is what truth.tsv and the zone files use.
"""

import os
import random
import select
import selectors
import socket
import struct
import time

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "PTR": 12, "MX": 15, "TXT": 16,
    "KEY": 25, "AAAA": 28, "SRV": 33, "NAPTR": 35, "DNAME": 39, "OPT": 41, "DS": 43,
    "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "HTTPS": 65, "ANY": 255, "CAA": 257,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]

QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010


class Malformed(Exception):
    """The bytes are not a DNS message that a careful server may send."""


class Timeout(Exception):
    """No answer came in the time allowed."""


# Names ----------------------------------------------------------------------

PLAIN = set(b"abcdefghijklmnopqrstuvwxyz0123456789-_*/")


def label_text(label):
    out = []
    for byte in label.lower():
        if byte in PLAIN:
            out.append(chr(byte))
        elif 0x21 <= byte <= 0x7E:
            out.append("\\" + chr(byte))
        else:
            out.append("\\%03d" % byte)
    return "".join(out)


def labels_of(text):
    """The labels of a name in text, as bytes, without the root label."""
    labels, label, i = [], bytearray(), 0
    raw = text.encode("latin-1")
    if raw == b".":
        return []
    while i < len(raw):
        if raw[i] == 0x5C and raw[i + 1:i + 4].isdigit() and len(raw[i + 1:i + 4]) == 3:
            label.append(int(raw[i + 1:i + 4]))
            i += 4
        elif raw[i] == 0x5C:
            label.append(raw[i + 1])
            i += 2
        elif raw[i] == 0x2E:
            labels.append(bytes(label))
            label = bytearray()
            i += 1
        else:
            label.append(raw[i])
            i += 1
    if label:
        labels.append(bytes(label))
    return labels


def name_wire(text):
    out = bytearray()
    for label in labels_of(text):
        if not 1 <= len(label) <= 63:
            raise ValueError("label of %d bytes in %r" % (len(label), text))
        out += bytes([len(label)]) + label
    out.append(0)
    if len(out) > 255:
        raise ValueError("name of %d bytes: %r" % (len(out), text))
    return bytes(out)


def name_text(labels):
    return "".join(label_text(label) + "." for label in labels) or "."


def read_name(wire, at, end=None):
    """(labels, offset behind it).  Pointers must go strictly backward."""
    labels, behind, limit, total = [], None, at, 1
    end = len(wire) if end is None else end
    while True:
        if at >= (end if behind is None else len(wire)):
            raise Malformed("name runs past the end")
        size = wire[at]
        if size == 0:
            return labels, (at + 1 if behind is None else behind)
        if size & 0xC0 == 0xC0:
            if at + 2 > len(wire):
                raise Malformed("half a pointer")
            target = struct.unpack_from("!H", wire, at)[0] & 0x3FFF
            if target >= limit or target < 12:
                raise Malformed("pointer to %d at %d" % (target, at))
            if behind is None:
                behind = at + 2
                if behind > end:
                    raise Malformed("pointer runs past its record")
            at = limit = target
            continue
        if size & 0xC0:
            raise Malformed("label type 0x%02x" % (size & 0xC0))
        if at + 1 + size > len(wire):
            raise Malformed("label runs past the end")
        total += size + 1
        if total > 255:
            raise Malformed("name longer than 255 bytes")
        labels.append(bytes(wire[at + 1:at + 1 + size]))
        at += 1 + size


# Record data ----------------------------------------------------------------

def string_text(data):
    out = []
    for byte in data:
        if byte in (0x22, 0x5C):
            out.append("\\" + chr(byte))
        elif 0x20 <= byte <= 0x7E:
            out.append(chr(byte))
        else:
            out.append("\\%03d" % byte)
    return '"' + "".join(out) + '"'


class Rdata:
    """A reader over one record's data; every read is checked against its end."""

    def __init__(self, wire, at, end):
        self.wire, self.at, self.end = wire, at, end

    def take(self, size):
        if self.at + size > self.end:
            raise Malformed("record data too short")
        self.at += size
        return self.wire[self.at - size:self.at]

    def u8(self):
        return self.take(1)[0]

    def u16(self):
        return struct.unpack("!H", self.take(2))[0]

    def u32(self):
        return struct.unpack("!I", self.take(4))[0]

    def name(self):
        labels, self.at = read_name(self.wire, self.at, self.end)
        return name_text(labels)

    def string(self):
        return string_text(self.take(self.u8()))

    def rest(self):
        return self.take(self.end - self.at)


def text_txt(r):
    strings = []
    while r.at < r.end:
        strings.append(r.string())
    if not strings:
        raise Malformed("TXT without a string")
    return " ".join(strings)


def text_caa(r):
    flags, tag = r.u8(), r.take(r.u8()).decode("latin-1")
    return "%d %s %s" % (flags, tag, string_text(r.rest()))


def text_dnskey(r):
    import base64
    head = "%d %d %d " % (r.u16(), r.u8(), r.u8())
    return head + base64.b64encode(r.rest()).decode()


def text_address(family, size):
    return lambda r: socket.inet_ntop(family, bytes(r.take(size)))


RDATA_TEXT = {
    1: text_address(socket.AF_INET, 4),
    28: text_address(socket.AF_INET6, 16),
    2: Rdata.name, 5: Rdata.name, 12: Rdata.name, 39: Rdata.name,
    6: lambda r: "%s %s %d %d %d %d %d" % (r.name(), r.name(), r.u32(), r.u32(), r.u32(),
                                           r.u32(), r.u32()),
    15: lambda r: "%d %s" % (r.u16(), r.name()),
    16: text_txt,
    33: lambda r: "%d %d %d %s" % (r.u16(), r.u16(), r.u16(), r.name()),
    35: lambda r: "%d %d %s %s %s %s" % (r.u16(), r.u16(), r.string(), r.string(), r.string(),
                                         r.name()),
    43: lambda r: "%d %d %d %s" % (r.u16(), r.u8(), r.u8(), r.rest().hex().upper()),
    48: text_dnskey,
    257: text_caa,
}


def rdata_text(rrtype, wire, at, end):
    """Canonical text of one record's data; unknown types as RFC 3597 says."""
    reader = Rdata(wire, at, end)
    make = RDATA_TEXT.get(rrtype)
    if make is None:
        data = bytes(reader.rest())
        return "\\# %d %s" % (len(data), data.hex().upper()) if data else "\\# 0"
    text = make(reader)
    if reader.at != end:
        raise Malformed("%d bytes left behind the data of type %d" % (end - reader.at, rrtype))
    return text


def type_text(number):
    return TYPE_NAMES.get(number, "TYPE%d" % number)


def type_number(text):
    if text in TYPES:
        return TYPES[text]
    if text.startswith("TYPE") and text[4:].isdigit():
        return int(text[4:])
    raise ValueError("no such type: %s" % text)


# Messages -------------------------------------------------------------------

class Record:
    def __init__(self, name, rrtype, rrclass, ttl, data, text):
        self.name, self.rrtype, self.rrclass = name, rrtype, rrclass
        self.ttl, self.data, self.text = ttl, data, text

    def line(self):
        return "%s %s %s" % (self.name, type_text(self.rrtype), self.text)


class Message:
    """One parsed message.  .question is (name, type, class) or None; .raw_name
    keeps the question's name as it was on the wire (case and all)."""

    def __init__(self):
        self.id = self.flags = 0
        self.question, self.raw_name = None, b""
        self.answer, self.authority, self.additional = [], [], []
        self.edns = None  # (udp size, extended rcode, version, flags)
        self.options = []  # (code, bytes)
        self.size = 0

    @property
    def rcode(self):
        return (self.flags & 15) | ((self.edns[1] << 4) if self.edns else 0)

    @property
    def rcode_text(self):
        return RCODES[self.rcode] if self.rcode < len(RCODES) else "RCODE%d" % self.rcode

    @property
    def tc(self):
        return bool(self.flags & TC)

    def errors(self):
        """The extended errors (RFC 8914): a list of (info code, text)."""
        found = []
        for code, data in self.options:
            if code == 15:
                if len(data) < 2:
                    raise Malformed("EDE of %d bytes" % len(data))
                found.append((struct.unpack("!H", data[:2])[0],
                              data[2:].decode("utf-8", "replace").rstrip("\0")))
        return found


def read_opt(message, name, size, ttl, data):
    if message.edns is not None:
        raise Malformed("two OPT records")
    if name != ".":
        raise Malformed("OPT at %s" % name)
    message.edns = (size, ttl >> 24, (ttl >> 16) & 255, ttl & 0xFFFF)
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise Malformed("half an EDNS option")
        code, length = struct.unpack_from("!HH", data, at)
        if at + 4 + length > len(data):
            raise Malformed("EDNS option runs past its record")
        message.options.append((code, bytes(data[at + 4:at + 4 + length])))
        at += 4 + length


def read_record(message, wire, at, section, in_additional):
    labels, at = read_name(wire, at)
    name = name_text(labels)
    if at + 10 > len(wire):
        raise Malformed("half a record")
    rrtype, rrclass, ttl, length = struct.unpack_from("!HHIH", wire, at)
    at += 10
    if at + length > len(wire):
        raise Malformed("record data run past the message")
    if rrtype == TYPES["OPT"]:
        if not in_additional:
            raise Malformed("OPT outside the additional section")
        read_opt(message, name, rrclass, ttl, wire[at:at + length])
    else:
        text = rdata_text(rrtype, wire, at, at + length)
        section.append(Record(name, rrtype, rrclass, ttl, bytes(wire[at:at + length]), text))
    return at + length


def parse(wire):
    """A Message, or Malformed."""
    if len(wire) < 12:
        raise Malformed("%d bytes are no header" % len(wire))
    m = Message()
    m.size = len(wire)
    m.id, m.flags, qd, an, ns, ar = struct.unpack_from("!6H", wire)
    at = 12
    if qd > 1:
        raise Malformed("%d questions" % qd)
    if qd == 1:
        labels, behind = read_name(wire, at)
        if behind + 4 > len(wire):
            raise Malformed("half a question")
        m.raw_name = bytes(wire[at:behind])
        m.question = (name_text(labels),) + struct.unpack_from("!HH", wire, behind)
        at = behind + 4
    for section, count in ((m.answer, an), (m.authority, ns), (m.additional, ar)):
        for _ in range(count):
            at = read_record(m, wire, at, section, section is m.additional)
    if at != len(wire):
        raise Malformed("%d bytes behind the message" % (len(wire) - at))
    return m


def query(qname, qtype, qid=None, flags=RD, edns_bytes=1232, do=False, options=(), qclass=1):
    """The bytes of one question.  edns_bytes=None leaves the OPT record out."""
    qid = random.getrandbits(16) if qid is None else qid
    number = qtype if isinstance(qtype, int) else type_number(qtype)
    out = struct.pack("!6H", qid, flags, 1, 0, 0, 0 if edns_bytes is None else 1)
    out += name_wire(qname) + struct.pack("!HH", number, qclass)
    if edns_bytes is not None:
        data = b"".join(struct.pack("!HH", code, len(body)) + body for code, body in options)
        out += b"\0" + struct.pack("!HHIH", 41, edns_bytes, 0x8000 if do else 0, len(data)) + data
    return out


# Asking ---------------------------------------------------------------------

def server_of(text, port=53):
    """'127.0.0.1@5300' or 'fd00::1@53' as (address, port)."""
    address, _, given = text.partition("@")
    return address, int(given or port)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def udp_socket(server, source=None):
    sock = socket.socket(family_of(server[0]), socket.SOCK_DGRAM)
    if source:
        sock.bind((source, 0))
    sock.connect(server)
    return sock


def ask_udp(server, wire, timeout=3.0, source=None):
    """The first datagram with our id from the server; other ids are not taken."""
    with udp_socket(server, source) as sock:
        sock.send(wire)
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([sock], [], [], left)[0]:
                raise Timeout("no UDP answer from %s in %.1f s" % (server[0], timeout))
            try:
                data = sock.recv(65535)
            except ConnectionRefusedError:
                raise Timeout("nothing listens on %s" % (server,))
            if data[:2] == wire[:2]:
                return data


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            raise EOFError("closed after %d of %d bytes" % (len(data), size))
        data += piece
    return data


def read_tcp(sock):
    return read_exactly(sock, struct.unpack("!H", read_exactly(sock, 2))[0])


def tcp_socket(server, timeout=5.0, source=None):
    return socket.create_connection(server, timeout, (source, 0) if source else None)


def ask_tcp(server, wire, timeout=5.0, source=None):
    try:
        with tcp_socket(server, timeout, source) as sock:
            sock.sendall(struct.pack("!H", len(wire)) + wire)
            return read_tcp(sock)
    except socket.timeout:
        raise Timeout("no TCP answer from %s in %.1f s" % (server[0], timeout))


def ask(server, qname, qtype, timeout=5.0, tries=2, source=None, tcp=False, **kind):
    """One question as a stub resolver asks it: UDP, again, TCP after TC=1."""
    wire = query(qname, qtype, **kind)
    if tcp:
        return parse(ask_tcp(server, wire, timeout, source))
    for turn in range(tries):
        try:
            message = parse(ask_udp(server, wire, timeout, source))
            break
        except Timeout:
            if turn == tries - 1:
                raise
    if message.tc:
        message = parse(ask_tcp(server, wire, timeout, source))
    return message


class Pump:
    """Many questions at once over UDP, at most `window` under way.

    Each job is (key, qname, qtype, source address or None), and perhaps a dict of what
    query() takes besides.  `done(key, message, error, seconds)` is called for each, once:
    message is None after the last timeout or a malformed answer.  rate limits the
    questions per second.
    """

    def __init__(self, server, done, window=64, timeout=3.0, tries=3, rate=None, **kind):
        self.server, self.done, self.window = server, done, window
        self.timeout, self.tries, self.rate, self.kind = timeout, tries, rate, kind
        self.sockets, self.waiting = {}, {}
        self.selector = selectors.DefaultSelector()
        self.truncated = 0

    def socket_for(self, source):
        if source not in self.sockets:
            sock = udp_socket(self.server, source)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.setblocking(False)
            self.sockets[source] = sock
            self.selector.register(sock, selectors.EVENT_READ, source)
        return self.sockets[source]

    def send(self, job, tries_left, begun):
        source = job[3]
        while True:
            qid = random.getrandbits(16)
            if (source, qid) not in self.waiting:
                break
        kind = dict(self.kind, **job[4]) if len(job) > 4 else self.kind
        wire = query(job[1], job[2], qid=qid, **kind)
        now = time.monotonic()
        self.waiting[source, qid] = (job, tries_left, begun or now, now + self.timeout, wire)
        try:
            self.socket_for(source).send(wire)
        except (BlockingIOError, ConnectionRefusedError):
            pass  # counts as a lost datagram: the retry asks again

    def receive(self, sock, source):
        while True:
            try:
                data = sock.recv(65535)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            qid = struct.unpack_from("!H", data)[0] if len(data) > 1 else -1
            entry = self.waiting.pop((source, qid), None)
            if entry:
                self.finish(entry, data)

    def finish(self, entry, data):
        job, _, begun, _, wire = entry
        message, error = None, None
        try:
            message = parse(data)
            if message.tc:
                self.truncated += 1
                message = parse(ask_tcp(self.server, wire, 8.0, job[3]))
        except (Malformed, Timeout, OSError, EOFError) as failure:
            message, error = None, failure
        self.done(job[0], message, error, time.monotonic() - begun)

    def expire(self):
        now = time.monotonic()
        for key in [k for k, entry in self.waiting.items() if entry[3] <= now]:
            job, tries_left, begun, _, _ = self.waiting.pop(key)
            if tries_left > 0:
                self.send(job, tries_left - 1, begun)
            else:
                self.done(job[0], None, Timeout("no answer"), now - begun)

    def run(self, jobs, until=None):
        """Ask all jobs (an iterable); stop sending at the monotonic time `until`."""
        jobs, more, sent, begun = iter(jobs), True, 0, time.monotonic()
        last_expiry = begun
        while more or self.waiting:
            now = time.monotonic()
            due = self.window if self.rate is None else int((now - begun) * self.rate) - sent
            while more and due > 0 and len(self.waiting) < self.window:
                job = None if until is not None and now >= until else next(jobs, None)
                if job is None:
                    more = False
                    break
                self.send(job, self.tries - 1, None)
                sent, due = sent + 1, due - 1
            for ready, _ in self.selector.select(0.002 if self.rate and more else 0.05):
                self.receive(ready.fileobj, ready.data)
            if now - last_expiry > 0.05:
                self.expire()
                last_expiry = now
        for sock in self.sockets.values():
            self.selector.unregister(sock)
            sock.close()
        self.sockets = {}
        return sent


def random_bytes(count):
    return os.urandom(count)
