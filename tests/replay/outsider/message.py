"""
DNS messages for the player: text of master files to bytes, bytes to records that can be
compared. Names are kept as tuples of labels (bytes, as written); records are compared by
their canonical form, in which the names of well-known types are uncompressed and lower
case (RFC 4034 6.2), so that neither compression nor letters decide.
"""
import base64
import calendar
import ipaddress
import re
import struct

CLASSES = {"IN": 1, "CH": 3, "HS": 4, "NONE": 254, "ANY": 255}
TYPES = {
    "A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9,
    "NULL": 10, "WKS": 11, "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17,
    "AFSDB": 18, "SIG": 24, "KEY": 25, "AAAA": 28, "LOC": 29, "SRV": 33, "NAPTR": 35,
    "KX": 36, "CERT": 37, "DNAME": 39, "OPT": 41, "APL": 42, "DS": 43, "SSHFP": 44,
    "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50,
    "NSEC3PARAM": 51, "TLSA": 52, "SMIMEA": 53, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61,
    "CSYNC": 62, "ZONEMD": 63, "SVCB": 64, "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250,
    "IXFR": 251, "AXFR": 252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257,
    "TA": 32768, "DLV": 32769,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
ALGORITHMS = {
    "RSAMD5": 1, "DH": 2, "DSA": 3, "ECC": 4, "RSASHA1": 5, "DSANSEC3SHA1": 6,
    "DSA-NSEC3-SHA1": 6, "RSASHA1NSEC3SHA1": 7, "RSASHA1-NSEC3-SHA1": 7, "RSASHA256": 8,
    "RSASHA512": 10, "ECCGOST": 12, "ECC-GOST": 12, "ECDSAP256SHA256": 13,
    "ECDSAP384SHA384": 14, "ED25519": 15, "ED448": 16, "INDIRECT": 252, "PRIVATEDNS": 253,
    "PRIVATEOID": 254,
}
RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMPL": 4, "NOTIMP": 4,
    "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10,
    "BADVERS": 16, "BADCOOKIE": 23,
}
RCODE_NAMES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMPL",
               5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH",
               10: "NOTZONE", 16: "BADVERS", 23: "BADCOOKIE"}
OPCODES = {"QUERY": 0, "IQUERY": 1, "STATUS": 2, "NOTIFY": 4, "UPDATE": 5}
FLAGS = {"QR": 0x8000, "AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080, "AD": 0x0020,
         "CD": 0x0010}
DO = 0x8000
SECTIONS = ("question", "answer", "authority", "additional")


class BadText(Exception):
    """A record as written that says nothing."""


class BadMessage(Exception):
    """Bytes that are no message."""


def type_of(word):
    """Number of a type by its name or as TYPE123; None if it is neither."""
    word = word.upper()
    if word in TYPES:
        return TYPES[word]
    if re.fullmatch(r"TYPE\d+", word):
        return int(word[4:])
    return None


def type_text(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


def unescape(text):
    """Bytes of a text in which \\X and \\123 stand for bytes."""
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] == "\\" and text[i + 1:i + 4].isdigit():
            out.append(int(text[i + 1:i + 4]))
            i += 4
        elif text[i] == "\\" and i + 1 < len(text):
            out.append(ord(text[i + 1]))
            i += 2
        else:
            out += text[i].encode("latin-1", "replace")
            i += 1
    return bytes(out)


def name_of(text, origin=()):
    """Labels of a name in text; relative names get the origin."""
    if text == "@":
        return tuple(origin)
    if text == ".":
        return ()
    labels, part, i = [], "", 0
    while i < len(text):
        if text[i] == "\\":
            step = 4 if text[i + 1:i + 4].isdigit() else 2
            part += text[i:i + step]
            i += step
        elif text[i] == ".":
            labels.append(unescape(part))
            part = ""
            i += 1
        else:
            part += text[i]
            i += 1
    if part:
        labels.append(unescape(part))
        labels.extend(origin)
    return tuple(labels)


def name_text(labels):
    out = ""
    for label in labels:
        for c in label:
            if chr(c) in '."\\;@$()':
                out += "\\" + chr(c)
            elif 33 <= c <= 126:
                out += chr(c)
            else:
                out += f"\\{c:03d}"
        out += "."
    return out or "."


def lower(labels):
    return tuple(label.lower() for label in labels)


def name_wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_name(wire, at):
    """(labels, offset behind) of a name that may be compressed."""
    labels, behind, hops = [], None, 0
    while True:
        if at >= len(wire):
            raise BadMessage("a name runs over the end")
        length = wire[at]
        if length >= 0xC0:
            if at + 1 >= len(wire) or hops > 126:
                raise BadMessage("a compression pointer leads nowhere")
            behind = behind if behind is not None else at + 2
            at = (length & 0x3F) << 8 | wire[at + 1]
            hops += 1
        elif length > 63:
            raise BadMessage("a label of an unknown kind")
        elif length == 0:
            return tuple(labels), behind if behind is not None else at + 1
        else:
            labels.append(bytes(wire[at + 1:at + 1 + length]))
            at += 1 + length


def seconds_of(text):
    """TTL or SOA timer: seconds, or 1h30m."""
    if text.isdigit():
        return int(text)
    if not re.fullmatch(r"(\d+[smhdwSMHDW])+", text):
        raise BadText(f"{text} is no time")
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    return sum(int(n) * unit[u.lower()] for n, u in re.findall(r"(\d+)(\D)", text))


def moment_of(text):
    """Time of a signature: seconds since 1970, or YYYYMMDDHHMMSS."""
    if len(text) == 14:
        parts = [int(text[:4])] + [int(text[i:i + 2]) for i in range(4, 14, 2)]
        return calendar.timegm(tuple(parts) + (0, 0, 0)) & 0xFFFFFFFF
    return int(text) & 0xFFFFFFFF


def string_wire(word):
    data = unescape(word)
    if len(data) > 255:
        raise BadText("a character string is longer than 255 bytes")
    return bytes([len(data)]) + data


def base32hex(text):
    text = text.upper()
    return base64.b32hexdecode(text + "=" * (-len(text) % 8))


def bitmap_wire(words):
    windows = {}
    for word in words:
        number = type_of(word)
        if number is None:
            raise BadText(f"{word} is no type")
        window = windows.setdefault(number >> 8, bytearray(32))
        window[(number & 0xFF) >> 3] |= 0x80 >> (number & 7)
    out = b""
    for index in sorted(windows):
        bits = bytes(windows[index]).rstrip(b"\0")
        out += bytes([index, len(bits)]) + bits
    return out


def algorithm_of(word):
    return int(word) if word.isdigit() else ALGORITHMS[word.upper()]


def b64(words):
    text = "".join(words)
    return base64.b64decode(text + "=" * (-len(text) % 4))


def hexes(words):
    text = "".join(words)
    return b"" if text == "-" else bytes.fromhex(text)


def _soa(w, o):
    return (name_wire(name_of(w[0], o)) + name_wire(name_of(w[1], o)) +
            struct.pack("!IIIII", int(w[2]) & 0xFFFFFFFF, *[seconds_of(x) for x in w[3:7]]))


def _rrsig(w, o):
    covered = type_of(w[0])
    if covered is None:
        raise BadText(f"{w[0]} is no type")
    return (struct.pack("!HBBIIIH", covered, algorithm_of(w[1]), int(w[2]), int(w[3]),
                        moment_of(w[4]), moment_of(w[5]), int(w[6])) +
            name_wire(name_of(w[7], o)) + b64(w[8:]))


def _nsec3(w, o):
    salt, owner = hexes([w[3]]), base32hex(w[4])
    return (struct.pack("!BBHB", int(w[0]), int(w[1]), int(w[2]), len(salt)) + salt +
            bytes([len(owner)]) + owner + bitmap_wire(w[5:]))


def _nsec3param(w, o):
    salt = hexes([w[3]])
    return struct.pack("!BBHB", int(w[0]), int(w[1]), int(w[2]), len(salt)) + salt


def _svcb(w, o):
    if len(w) > 2:
        raise BadText("write the parameters of SVCB as \\# data")
    return struct.pack("!H", int(w[0])) + name_wire(name_of(w[1], o))


def _one_name(w, o):
    return name_wire(name_of(w[0], o))


WRITERS = {
    "A": lambda w, o: ipaddress.IPv4Address(w[0]).packed,
    "AAAA": lambda w, o: ipaddress.IPv6Address(w[0]).packed,
    "NS": _one_name, "CNAME": _one_name, "DNAME": _one_name, "PTR": _one_name,
    "MB": _one_name, "MD": _one_name, "MF": _one_name, "MG": _one_name, "MR": _one_name,
    "SOA": _soa,
    "MX": lambda w, o: struct.pack("!H", int(w[0])) + name_wire(name_of(w[1], o)),
    "AFSDB": lambda w, o: struct.pack("!H", int(w[0])) + name_wire(name_of(w[1], o)),
    "KX": lambda w, o: struct.pack("!H", int(w[0])) + name_wire(name_of(w[1], o)),
    "RP": lambda w, o: name_wire(name_of(w[0], o)) + name_wire(name_of(w[1], o)),
    "MINFO": lambda w, o: name_wire(name_of(w[0], o)) + name_wire(name_of(w[1], o)),
    "TXT": lambda w, o: b"".join(string_wire(x) for x in w),
    "SPF": lambda w, o: b"".join(string_wire(x) for x in w),
    "HINFO": lambda w, o: b"".join(string_wire(x) for x in w[:2]),
    "SRV": lambda w, o: struct.pack("!HHH", *map(int, w[:3])) + name_wire(name_of(w[3], o)),
    "NAPTR": lambda w, o: (struct.pack("!HH", int(w[0]), int(w[1])) +
                           b"".join(string_wire(x) for x in w[2:5]) +
                           name_wire(name_of(w[5], o))),
    "DS": lambda w, o: (struct.pack("!HBB", int(w[0]), algorithm_of(w[1]), int(w[2])) +
                        hexes(w[3:])),
    "DNSKEY": lambda w, o: (struct.pack("!HBB", int(w[0]), int(w[1]), algorithm_of(w[2])) +
                            b64(w[3:])),
    "RRSIG": _rrsig,
    "NSEC": lambda w, o: name_wire(name_of(w[0], o)) + bitmap_wire(w[1:]),
    "NSEC3": _nsec3,
    "NSEC3PARAM": _nsec3param,
    "TLSA": lambda w, o: struct.pack("!BBB", *map(int, w[:3])) + hexes(w[3:]),
    "SSHFP": lambda w, o: struct.pack("!BB", *map(int, w[:2])) + hexes(w[2:]),
    "CAA": lambda w, o: bytes([int(w[0])]) + string_wire(w[1]) + unescape(w[2]),
    "ZONEMD": lambda w, o: (struct.pack("!IBB", int(w[0]), int(w[1]), int(w[2])) +
                            hexes(w[3:])),
    "SVCB": _svcb, "HTTPS": _svcb,
}
for _same, _as in (("CDS", "DS"), ("DLV", "DS"), ("TA", "DS"), ("CDNSKEY", "DNSKEY"),
                   ("KEY", "DNSKEY"), ("SIG", "RRSIG"), ("SMIMEA", "TLSA")):
    WRITERS[_same] = WRITERS[_as]

# Where names stand in the data of a type: (bytes before, names).
NAMES_IN = {"NS": (0, 1), "CNAME": (0, 1), "DNAME": (0, 1), "PTR": (0, 1), "MB": (0, 1),
            "MD": (0, 1), "MF": (0, 1), "MG": (0, 1), "MR": (0, 1), "SOA": (0, 2),
            "RP": (0, 2), "MINFO": (0, 2), "MX": (2, 1), "AFSDB": (2, 1), "KX": (2, 1),
            "SRV": (6, 1), "RRSIG": (18, 1), "SIG": (18, 1), "NSEC": (0, 1)}


class Record:
    """One record; data is uncompressed. In a question it has no data."""

    def __init__(self, name, rtype, rclass=1, ttl=0, data=b""):
        self.name, self.type, self.rclass, self.ttl, self.data = name, rtype, rclass, ttl, data

    def key(self):
        """What makes two records the same, but for the TTL."""
        return lower(self.name), self.rclass, self.type, canonical(self.type, self.data)

    def covered(self):
        return struct.unpack("!H", self.data[:2])[0] if self.type == 46 else None

    def text(self):
        word = type_text(self.type)
        if word == "A" and len(self.data) == 4:
            data = str(ipaddress.IPv4Address(self.data))
        elif word == "AAAA" and len(self.data) == 16:
            data = str(ipaddress.IPv6Address(self.data))
        elif NAMES_IN.get(word) == (0, 1) and word != "NSEC":
            data = name_text(read_name(self.data, 0)[0])
        elif word == "NSEC":
            data = name_text(read_name(self.data, 0)[0]) + " ..."
        elif word == "RRSIG":
            data = type_text(self.covered()) + " ..."
        elif word == "TXT":
            data = repr(self.data)
        else:
            data = f"\\# {len(self.data)} {self.data.hex()[:40]}"
        return f"{name_text(self.name)} {self.ttl} {word} {data}"


def canonical(rtype, data):
    """Data with its names in lower case, for comparison."""
    where = NAMES_IN.get(type_text(rtype))
    if where is None:
        return data
    at, names = where
    out = data[:at]
    try:
        for _ in range(names):
            labels, at = read_name(data, at)
            out += name_wire(lower(labels))
    except BadMessage:
        return data
    return out + data[at:]


def read_data(wire, at, length, rtype):
    """Data of a record with its names uncompressed."""
    end = at + length
    if end > len(wire):
        raise BadMessage("a record runs over the end")
    where = NAMES_IN.get(type_text(rtype))
    if where is None or length == 0:
        return bytes(wire[at:end])
    skip, names = where
    out = bytes(wire[at:at + skip])
    at += skip
    for _ in range(names):
        labels, at = read_name(wire, at)
        out += name_wire(labels)
    if at > end:
        raise BadMessage("a name runs over its record")
    return out + bytes(wire[at:end])


def words_of(line):
    """Words of a line of a master file: quotes and escapes kept together, no comments."""
    words, word, quoted, have, i = [], "", False, False, 0
    while i < len(line):
        c = line[i]
        if c == "\\" and i + 1 < len(line):
            word += line[i:i + 2]
            have = True
            i += 2
            continue
        if c == '"':
            quoted = not quoted
            have = True
        elif c == ";" and not quoted:
            break
        elif (c.isspace() or c in "()") and not quoted:
            if have:
                words.append(word)
            word, have = "", False
        else:
            word += c
            have = True
        i += 1
    if have:
        words.append(word)
    return words


def record_of(line, origin=(), ttl=3600, question=False):
    """Record of a line: owner [ttl] [class] type data. Raises BadText."""
    words = words_of(line)
    try:
        name = name_of(words.pop(0), origin)
        rclass = 1
        while words and type_of(words[0]) is None or words and words[0].upper() == "ANY" and \
                len(words) > 1 and type_of(words[1]) is not None:
            word = words.pop(0)
            if word.upper() in CLASSES:
                rclass = CLASSES[word.upper()]
            elif re.fullmatch(r"CLASS\d+", word.upper()):
                rclass = int(word[5:])
            else:
                ttl = seconds_of(word)
        rtype = type_of(words.pop(0))
        if question or not words:
            return Record(name, rtype, rclass, ttl)
        if words[0] == "\\#":
            return Record(name, rtype, rclass, ttl, hexes(words[2:]))
        return Record(name, rtype, rclass, ttl, WRITERS[type_text(rtype)](words, origin))
    except (IndexError, KeyError, ValueError, struct.error) as e:
        raise BadText(f"not understood: {line.strip()} ({e})") from e


class Message:
    """A message: header fields, four sections, and EDNS apart from them."""

    def __init__(self):
        self.id = 0
        self.flags = 0
        self.opcode = 0
        self.rcode = 0
        self.question, self.answer, self.authority, self.additional = [], [], [], []
        self.edns = None  # or (udp size, flags, options as [(code, bytes)])
        self.wire_length = 0

    def flags_text(self):
        return " ".join(word for word, bit in FLAGS.items() if self.flags & bit)

    def do(self):
        return self.edns is not None and bool(self.edns[1] & DO)

    def ede(self):
        """Codes of the extended errors (RFC 8914)."""
        options = self.edns[2] if self.edns else []
        return [struct.unpack("!H", v[:2])[0] for c, v in options if c == 15 and len(v) >= 2]

    def text(self):
        out = f"{RCODE_NAMES.get(self.rcode, self.rcode)} [{self.flags_text()}]"
        for section in SECTIONS:
            records = getattr(self, section)
            if records:
                out += f"\n    {section}: " + "\n        ".join(
                    f"{name_text(r.name)} {type_text(r.type)}" if section == "question"
                    else r.text() for r in records)
        if self.ede():
            out += f"\n    ede {self.ede()}"
        return out

    def wire(self):
        """Bytes, with names compressed where owners repeat (so that large sets fit)."""
        head = self.flags | self.opcode << 11 | self.rcode & 15
        counts = [len(getattr(self, s)) for s in SECTIONS]
        if self.edns is not None:
            counts[3] += 1
        out = bytearray(struct.pack("!HHHHHH", self.id, head, *counts))
        seen = {}
        for q in self.question:
            write_name(out, q.name, seen)
            out += struct.pack("!HH", q.type, q.rclass)
        for section in SECTIONS[1:]:
            for r in getattr(self, section):
                write_name(out, r.name, seen)
                out += struct.pack("!HHIH", r.type, r.rclass, r.ttl, len(r.data)) + r.data
        if self.edns is not None:
            size, flags, options = self.edns
            data = b"".join(struct.pack("!HH", c, len(v)) + v for c, v in options)
            out += struct.pack("!BHHBBHH", 0, 41, size, self.rcode >> 4, 0, flags, len(data))
            out += data
        return bytes(out)

    def copy(self):
        other = Message()
        other.__dict__.update(self.__dict__)
        return other


def write_name(out, labels, seen):
    """Appends a name, pointing to where (exactly) its tail stood before."""
    for i in range(len(labels)):
        if labels[i:] in seen:
            out += struct.pack("!H", 0xC000 | seen[labels[i:]])
            return
        if len(out) < 0x4000:
            seen[labels[i:]] = len(out)
        out += bytes([len(labels[i])]) + labels[i]
    out += b"\0"


def message_of(wire):
    """Message of bytes. Raises BadMessage."""
    m = Message()
    m.wire_length = len(wire)
    if len(wire) < 12:
        raise BadMessage("shorter than a header")
    m.id, head, *counts = struct.unpack("!HHHHHH", wire[:12])
    m.flags, m.opcode, m.rcode = head & 0x87B0, head >> 11 & 15, head & 15
    at = 12
    try:
        for index, section in enumerate(SECTIONS):
            for _ in range(counts[index]):
                name, at = read_name(wire, at)
                if index == 0:
                    rtype, rclass = struct.unpack("!HH", wire[at:at + 4])
                    at += 4
                    m.question.append(Record(name, rtype, rclass))
                    continue
                rtype, rclass, ttl, length = struct.unpack("!HHIH", wire[at:at + 10])
                at += 10
                if rtype == 41:
                    m.edns = (rclass, ttl & 0xFFFF, read_options(wire[at:at + length]))
                    m.rcode |= ttl >> 24 << 4
                else:
                    data = read_data(wire, at, length, rtype)
                    getattr(m, section).append(Record(name, rtype, rclass, ttl, data))
                at += length
    except struct.error as e:
        raise BadMessage("cut short") from e
    if at > len(wire):
        raise BadMessage("cut short")
    return m


def read_options(data):
    options, at = [], 0
    while at + 4 <= len(data):
        code, length = struct.unpack("!HH", data[at:at + 4])
        options.append((code, bytes(data[at + 4:at + 4 + length])))
        at += 4 + length
    return options
