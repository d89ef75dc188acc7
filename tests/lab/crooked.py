"""Crooked name servers: what stands between a good server and the resolver.

Each row of crooked.tsv is an address, the good server's address, and a mischief.
A query that comes to the address is handed on to the good server; the reply is
changed by the mischief and given back.  So every zone is made and served by the
usual tools, and only what is wrong is ours.

The mischiefs (METHODS) are those of servers met in the wild, and of people in the
middle: without DNSSEC (RFC 4035 3.1 is not obeyed), without EDNS (RFC 6891 7),
without TCP, signatures that do not match, proofs of denial that lack a part
(RFC 4035 3.1.3, RFC 5155 7.2).  None of them invents records: whoever does not
validate gets the right data from all of them.
"""

import base64
import hashlib
import os
import selectors
import signal
import socket
import struct
import threading

import dns
from world import is_below, parent_of

RRSIG, NSEC, NSEC3, DS = (dns.TYPES[name] for name in ("RRSIG", "NSEC", "NSEC3", "DS"))
DENIALS = (NSEC, NSEC3)

# Where names stand in record data that a server may compress (RFC 3597 4): bytes before them,
# how many names.
NAMES_IN = {"NS": (0, 1), "CNAME": (0, 1), "PTR": (0, 1), "DNAME": (0, 1), "MX": (2, 1),
            "SOA": (0, 2)}
NAMES_IN = {dns.TYPES[name]: where for name, where in NAMES_IN.items()}


# Messages that can be written again ---------------------------------------------------

class Piece:
    """One record with its data free of compression; .covers is an RRSIG's type, else None."""

    def __init__(self, wire, at):
        labels, at = dns.read_name(wire, at)
        self.name = dns.name_text(labels)
        self.rrtype, self.rrclass, self.ttl, size = struct.unpack_from("!HHIH", wire, at)
        self.end = at + 10 + size
        self.data = self.plain(wire, at + 10)
        self.covers = struct.unpack_from("!H", self.data)[0] if self.rrtype == RRSIG else None

    def plain(self, wire, at):
        before, names = NAMES_IN.get(self.rrtype, (0, 0))
        data, at = bytes(wire[at:at + before]), at + before
        for _ in range(names):
            labels, at = dns.read_name(wire, at, self.end)
            data += b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        return data + bytes(wire[at:self.end])

    def wire(self):
        return dns.name_wire(self.name) + struct.pack(
            "!HHIH", self.rrtype, self.rrclass, self.ttl, len(self.data)) + self.data


class Reply:
    """A reply in sections of pieces; the question stays as it is in bytes."""

    def __init__(self, wire):
        self.id, self.flags, asked, *counts = struct.unpack_from("!6H", wire)
        at = 12
        labels, at = dns.read_name(wire, at)
        self.qname = dns.name_text(labels)
        self.qtype = struct.unpack_from("!H", wire, at)[0]
        self.question = bytes(wire[12:at + 4])
        at += 4
        self.sections = []
        for count in counts:
            pieces = []
            for _ in range(count):
                pieces.append(Piece(wire, at))
                at = pieces[-1].end
            self.sections.append(pieces)

    @property
    def rcode(self):
        return self.flags & 15

    @property
    def answer(self):
        return self.sections[0]

    @property
    def authority(self):
        return self.sections[1]

    @property
    def last_name(self):
        """Where the aliases of the answer lead to."""
        name, aliases = self.qname, {
            piece.name: piece for piece in self.answer if piece.rrtype == dns.TYPES["CNAME"]}
        for _ in range(len(aliases)):
            if name in aliases:
                name = dns.name_text(dns.read_name(aliases[name].data, 0)[0])
        return name

    def is_answered(self):
        return any(piece.name == self.last_name and piece.rrtype != RRSIG for piece in self.answer)

    def is_referral(self):
        return not self.answer and not self.flags & dns.AA and self.rcode == 0

    def drop(self, unwanted):
        """Takes away every record for which unwanted(piece) is true."""
        for pieces in self.sections:
            pieces[:] = [piece for piece in pieces if not unwanted(piece)]

    def wire(self):
        out = struct.pack("!6H", self.id, self.flags, 1, *map(len, self.sections)) + self.question
        return out + b"".join(piece.wire() for pieces in self.sections for piece in pieces)


def is_of(piece, types):
    """The piece, or what it signs, is of one of these types."""
    return piece.rrtype in types or piece.covers in types


# NSEC and NSEC3 -----------------------------------------------------------------------

def above_of(name):
    while name != ".":
        name = parent_of(name)
        yield name


def order_of(name):
    return [label.lower() for label in reversed(dns.labels_of(name))]  # RFC 4034 6.1


def base32hex(data):
    table = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                            b"0123456789abcdefghijklmnopqrstuv")
    return base64.b32encode(data).translate(table).decode()


def nsec3_hash(name, iterations=0, salt=b""):
    """The first label that ${name} has in a chain of NSEC3 (RFC 5155 5)."""
    digest = hashlib.sha1(dns.name_wire(name) + salt).digest()
    for _ in range(iterations):
        digest = hashlib.sha1(digest + salt).digest()
    return base32hex(digest)


class Link:
    """An NSEC or NSEC3 as a span: what it matches, and what it covers."""

    def __init__(self, piece):
        self.hashed = piece.rrtype == NSEC3
        if self.hashed:
            self.iterations, salt_size = struct.unpack_from("!xxHB", piece.data)
            self.salt = piece.data[5:5 + salt_size]
            at = 6 + salt_size
            self.begin, self.zone = piece.name.split(".")[0], parent_of(piece.name)
            self.end = base32hex(piece.data[at:at + piece.data[at - 1]])
        else:
            self.begin = order_of(piece.name)
            self.end = order_of(dns.name_text(dns.read_name(piece.data, 0)[0]))

    def place(self, name):
        return nsec3_hash(name, self.iterations, self.salt) if self.hashed else order_of(name)

    def matches(self, name):
        return self.begin == self.place(name)

    def covers(self, name):
        at = self.place(name)
        if self.begin < self.end:
            return self.begin < at < self.end
        return self.begin < at or at < self.end  # the last of the chain

    def is_encloser_of(self, name):
        """It matches a name above: for NSEC3 the closest encloser's part of the proof."""
        return self.hashed and any(self.matches(above) for above in above_of(name)
                                   if is_below(above, self.zone))

    def covers_from(self, name):
        """It covers ${name}, or for NSEC3 the next closer name."""
        return self.covers(name) if not self.hashed else \
            any(self.covers(above) for above in [name] + list(above_of(name))
                if is_below(above, self.zone))

    def wildcards(self, name):
        """Those that ${name} could have come from."""
        return ["*." + above for above in above_of(name)
                if above != "." and (not self.hashed or is_below(above, self.zone))]

    def covers_wildcard(self, name):
        return any(map(self.covers, self.wildcards(name)))

    def matches_wildcard(self, name):
        return not self.matches(name) and any(map(self.matches, self.wildcards(name)))


# The mischiefs ------------------------------------------------------------------------

def flip(reply):
    """Every signature with a bit turned over."""
    for pieces in reply.sections:
        for piece in pieces:
            if piece.rrtype == RRSIG:
                piece.data = piece.data[:-1] + bytes([piece.data[-1] ^ 1])


def drop_denials_of(reply, chosen):
    """Takes the denials for which chosen(link, name) is true, with their signatures."""
    names = {piece.name for piece in reply.authority
             if piece.rrtype in DENIALS and chosen(Link(piece), reply.last_name)}
    reply.drop(lambda piece: is_of(piece, DENIALS) and piece.name in names)


def no_denial(reply):
    """Neither NSEC nor NSEC3 beside any answer, referrals included."""
    reply.drop(lambda piece: is_of(piece, DENIALS) and reply.qtype not in DENIALS)


def no_encloser(reply):
    """NXDOMAIN without the NSEC3 that matches the closest encloser."""
    if reply.rcode == 3:
        drop_denials_of(reply, Link.is_encloser_of)


def no_cover(reply):
    """NXDOMAIN without what covers the name, or the next closer one."""
    if reply.rcode == 3:
        drop_denials_of(reply, lambda link, name: not link.is_encloser_of(name)
                        if link.hashed else link.covers(name))


def no_wildcard_denial(reply):
    """NXDOMAIN without what denies that there is a wildcard, unless the same record denies the
    name, or matches the closest encloser."""
    if reply.rcode == 3:
        drop_denials_of(reply, lambda link, name: link.covers_wildcard(name)
                        and not link.covers_from(name) and not link.is_encloser_of(name))


def no_wildcard_match(reply):
    """NODATA of a wildcard without the record of its types."""
    if reply.rcode == 0 and not reply.is_answered():
        drop_denials_of(reply, Link.matches_wildcard)


def no_expansion_proof(reply):
    """An answer from a wildcard without the proof that the name itself is not there."""
    if reply.answer:
        no_denial(reply)


def shy(reply):
    """Referrals without DS or the proof that there is none; who asks for it gets it."""
    if reply.is_referral():
        reply.drop(lambda piece: is_of(piece, DENIALS + (DS,)))


def no_ds(reply):
    """DS records are kept back, and nothing said in their place."""
    reply.drop(lambda piece: is_of(piece, (DS,)))


METHODS = {method.__name__.replace("_", "-"): method for method in (
    flip, no_denial, no_encloser, no_cover, no_wildcard_denial, no_wildcard_match,
    no_expansion_proof, shy, no_ds)}
PLAIN = ("strip", "no-opt", "no-edns", "no-tcp")  # done with the query, not the reply


def opt_at(wire):
    """Where a query's OPT record stands: right behind the question, for queries hold no more."""
    return dns.read_name(wire, 12)[1] + 4


def has_opt(wire):
    return struct.unpack_from("!6H", wire)[5] > 0


def without_opt(wire):
    """A query as somebody without EDNS would send it."""
    return wire[:10] + b"\0\0" + wire[12:opt_at(wire)]


def without_do(wire):
    at = opt_at(wire) + 7  # root, type, class (the size), extended rcode, version
    return wire[:at] + b"\0\0" + wire[at + 2:]


def room_of(wire):
    """The bytes that whoever asked takes over UDP (RFC 6891 6.2.3)."""
    return max(512, struct.unpack_from("!H", wire, opt_at(wire) + 3)[0]) if has_opt(wire) else 512


def truncated(wire):
    """A reply's header and question, with TC."""
    flags = struct.unpack_from("!H", wire, 2)[0] | dns.TC
    return wire[:2] + struct.pack("!HHHHH", flags, 1, 0, 0, 0) + Reply(wire).question


def format_error(wire):
    """The answer of a server that never heard of EDNS (RFC 6891 7)."""
    plain = without_opt(wire)
    flags = struct.unpack_from("!H", plain, 2)[0] | dns.QR | 1
    return plain[:2] + struct.pack("!H", flags) + plain[4:]


def prepare(mischief, wire):
    """(the query to hand on, or None; the reply that is ready, or None)"""
    if not has_opt(wire):
        return wire, None
    if mischief == "no-edns":
        return None, format_error(wire)
    if mischief == "no-opt":
        return without_opt(wire), None
    return (without_do(wire) if mischief == "strip" else wire), None


def change(mischief, wire):
    method = METHODS.get(mischief)
    if method is None:
        return wire
    reply = Reply(wire)
    method(reply)
    return reply.wire()


# Serving ------------------------------------------------------------------------------

def hand_on(row, wire, ask):
    """The changed reply to the query ${wire}, asked of the good server by ask(server, wire)."""
    _, upstream, mischief = row
    query, reply = prepare(mischief, wire)
    return reply if query is None else change(mischief, ask((upstream, 53), query))


def serve_tcp(row, connection):
    """One query after another until the client has had enough."""
    try:
        connection.settimeout(10)
        while True:
            reply = hand_on(row, dns.read_tcp(connection), dns.ask_tcp)
            connection.sendall(struct.pack("!H", len(reply)) + reply)
    except (OSError, EOFError, dns.Timeout, dns.Malformed, struct.error, IndexError):
        pass
    finally:
        connection.close()


def accept(row, listener):
    connection, _ = listener.accept()
    threading.Thread(target=serve_tcp, args=(row, connection), daemon=True).start()


def answer_udp(row, sock):
    wire, client = sock.recvfrom(65535)
    try:
        reply = hand_on(row, wire, lambda server, query: dns.ask_udp(server, query, 1.0))
        sock.sendto(reply if len(reply) <= room_of(wire) else truncated(reply), client)
    except (OSError, dns.Timeout, dns.Malformed, struct.error, IndexError, ValueError):
        pass  # no answer is what a server gives that cannot read the question


def listen(selector, row):
    address, _, mischief = row
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((address, 53))
    selector.register(sock, selectors.EVENT_READ, lambda: answer_udp(row, sock))
    if mischief == "no-tcp":
        return
    listener = socket.create_server((address, 53), backlog=100)
    selector.register(listener, selectors.EVENT_READ, lambda: accept(row, listener))


def read(path):
    with open(path) as lines:
        return [tuple(line.rstrip("\n").split("\t")) for line in lines]


def serve(path, pidfile):
    """Serves for ever; the caller has forked."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    selector = selectors.DefaultSelector()
    for row in read(path):
        listen(selector, row)
    with open(pidfile, "w") as out:
        out.write("%d\n" % os.getpid())
    while True:
        for ready, _ in selector.select():
            ready.data()
