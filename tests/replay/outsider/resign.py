"""
Scenarios that are signed with DSA, signed anew with RSA.

Many public scenarios were made when DSA was common. Today a zone that has DSA alone is insecure
to any resolver (RFC 8624 3.1), and such a scenario would show nothing. So each key of it, DSA or
RSA, gets an RSA key of the player's in its place, and what it said is said again:

1. Every signature of the scenario is checked with the scenario's own keys against the sets that
   it stands beside.
2. One that is good is made anew, by the new key over the new set; its times, labels and TTL stay.
   One that is not good anywhere gets bytes that are not either.
3. DS records and trust anchors name the new key if they named the old one; a DS whose digest
   was wrong keeps it.

Owners, proofs and times stay as they were: what was bogus is bogus, for the same reason.
"""
import hashlib
import os
import random
import struct
import sys

from . import message as dns

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(HERE)), "lab"))
from keys import prime  # noqa: E402

DSA = {3: 8, 6: 8}          # algorithms that go, and what comes in their place
RSA_HASH = {5: "sha1", 7: "sha1", 8: "sha256", 10: "sha512"}
DS_HASH = {1: "sha1", 2: "sha256", 4: "sha384"}
DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
RSA_BYTES = 128
TYPE_DS, TYPE_RRSIG, TYPE_DNSKEY, TYPE_NSEC = 43, 46, 48, 47
UNSIGNED_SECTIONS = ("question",)

made = {}  # RSA keys by number: making one takes a moment


def key_tag(data):
    """RFC 4034 B."""
    total = sum(b << 8 if i % 2 == 0 else b for i, b in enumerate(data))
    return (total + (total >> 16 & 0xFFFF)) & 0xFFFF


class PrivateKey:
    """An RSA key for tests: made from its number, the same in each run."""

    def __init__(self, number):
        source = random.Random(f"outside {number}")
        p, q = prime(RSA_BYTES * 4, source), prime(RSA_BYTES * 4, source)
        self.n = p * q
        self.d = pow(65537, -1, (p - 1) * (q - 1))

    def public(self):
        return b"\3\1\0\1" + self.n.to_bytes(RSA_BYTES, "big")

    def sign(self, algorithm, data):
        padded = pkcs1(algorithm, data, RSA_BYTES)
        return pow(int.from_bytes(padded, "big"), self.d, self.n).to_bytes(RSA_BYTES, "big")


def private_key(number):
    if number not in made:
        made[number] = PrivateKey(number)
    return made[number]


def pkcs1(algorithm, data, size):
    name = RSA_HASH[algorithm]
    tail = DIGEST_INFO[name] + hashlib.new(name, data).digest()
    return b"\0\1" + b"\xff" * (size - len(tail) - 3) + b"\0" + tail


def rsa_is_good(algorithm, key, data, signature):
    length, at = (key[0], 1) if key[0] else (struct.unpack("!H", key[1:3])[0], 3)
    e = int.from_bytes(key[at:at + length], "big")
    n = int.from_bytes(key[at + length:], "big")
    size = (n.bit_length() + 7) // 8
    if len(signature) > size or size < 62:
        return False
    got = pow(int.from_bytes(signature, "big"), e, n).to_bytes(size, "big")
    return got == pkcs1(algorithm, data, size)


def dsa_is_good(key, data, signature):
    """RFC 2536 2, 3."""
    if len(key) < 21 or len(signature) != 41:
        # Some were written in DER, as OpenSSL has them.
        pair = der_pair(signature)
        if pair is None or len(key) < 21:
            return False
        r, s = pair
    else:
        r, s = (int.from_bytes(signature[i:i + 20], "big") for i in (1, 21))
    size = 64 + key[0] * 8
    q = int.from_bytes(key[1:21], "big")
    p, g, y = (int.from_bytes(key[21 + i * size:21 + (i + 1) * size], "big") for i in range(3))
    if not 0 < r < q or not 0 < s < q:
        return False
    w = pow(s, -1, q)
    h = int.from_bytes(hashlib.sha1(data).digest(), "big")
    return pow(g, h * w % q, p) * pow(y, r * w % q, p) % p % q == r


def der_pair(data):
    """Two INTEGERs in a SEQUENCE, or None."""
    numbers, at = [], 2
    if len(data) < 8 or data[0] != 0x30 or data[1] != len(data) - 2:
        return None
    while at + 2 <= len(data) and data[at] == 2:
        numbers.append(int.from_bytes(data[at + 2:at + 2 + data[at + 1]], "big"))
        at += 2 + data[at + 1]
    return numbers if len(numbers) == 2 else None


class Key:
    """A key of the scenario and the one in its place."""

    def __init__(self, record, number):
        self.owner, self.old = dns.lower(record.name), record.data
        self.algorithm = record.data[3]
        self.new_algorithm = DSA.get(self.algorithm, self.algorithm)
        self.private = private_key(number)
        self.new = record.data[:3] + bytes([self.new_algorithm]) + self.private.public()
        self.tag, self.new_tag = key_tag(self.old), key_tag(self.new)

    def is_good(self, data, signature):
        if self.algorithm in DSA:
            return dsa_is_good(self.old[4:], data, signature)
        return rsa_is_good(self.algorithm, self.old[4:], data, signature)


def canonical(rtype, data):
    """RFC 4034 6.2 with RFC 6840 5.1: the name in NSEC stays as it is."""
    return data if rtype == TYPE_NSEC else dns.canonical(rtype, data)


def signed_data(signature, records, head):
    """What a signature is over (RFC 4034 3.1.8.1)."""
    labels, ttl = signature[3], signature[4:8]
    owner = dns.lower(records[0].name)
    if len(owner) > labels:
        owner = (b"*",) + owner[len(owner) - labels:]
    name = dns.name_wire(owner)
    rows = sorted({canonical(r.type, r.data) for r in records})
    return head + b"".join(
        name + struct.pack("!HH", records[0].type, records[0].rclass) + ttl +
        struct.pack("!H", len(row)) + row for row in rows)


def head_of(data, signer):
    return data[:18] + dns.name_wire(dns.lower(signer))


class Resigner:
    def __init__(self, scenario, anchors):
        self.scenario = scenario
        self.anchors = anchors  # records
        self.keys, self.signatures = {}, {}

    def lists(self):
        for entry in self.scenario.messages():
            for section in dns.SECTIONS[1:]:
                yield getattr(entry.message, section)

    def is_needed(self):
        return any(r.type == TYPE_DNSKEY and len(r.data) > 4 and r.data[3] in DSA or
                   r.type == TYPE_DS and len(r.data) > 4 and r.data[2] in DSA
                   for records in list(self.lists()) + [self.anchors] for r in records)

    def collect_keys(self):
        for records in list(self.lists()) + [self.anchors]:
            for r in records:
                if r.type == TYPE_DNSKEY and len(r.data) > 4 and \
                        (r.data[3] in DSA or r.data[3] in RSA_HASH):
                    at = (dns.lower(r.name), r.data)
                    if at not in self.keys:
                        self.keys[at] = Key(r, len(self.keys))

    def key_for(self, owner, tag, algorithm):
        return [k for k in self.keys.values() if k.tag == tag and k.algorithm == algorithm and
                k.owner == dns.lower(owner)]

    def new_record_data(self, r):
        if r.type == TYPE_DNSKEY:
            key = self.keys.get((dns.lower(r.name), r.data))
            return key.new if key else r.data
        if r.type == TYPE_DS and len(r.data) > 4:
            return self.new_ds(r)
        return r.data

    def new_ds(self, r):
        tag, algorithm, kind = struct.unpack("!HBB", r.data[:4])
        new_algorithm = DSA.get(algorithm, algorithm)
        for key in self.key_for(r.name, tag, algorithm):
            owner = dns.name_wire(dns.lower(r.name))
            digest = r.data[4:]
            if kind in DS_HASH and digest == hashlib.new(DS_HASH[kind], owner + key.old).digest():
                digest = hashlib.new(DS_HASH[kind], owner + key.new).digest()
            return struct.pack("!HBB", key.new_tag, new_algorithm, kind) + digest
        return struct.pack("!HBB", tag, new_algorithm, kind) + r.data[4:]

    def make_signatures(self):
        """Rules 1 and 2, over all lists of records."""
        for records in self.lists():
            for s in records:
                if s.type == TYPE_RRSIG and len(s.data) > 18:
                    at = (dns.lower(s.name), s.data)
                    if not self.signatures.get(at, (None, False))[1]:
                        self.signatures[at] = self.new_signature(s, records)

    def new_signature(self, s, records):
        """(data, whether the old one was good)."""
        signer, behind = dns.read_name(s.data, 18)
        tag = struct.unpack("!H", s.data[16:18])[0]
        keys = self.key_for(signer, tag, s.data[2])
        of_set = [r for r in records if r.type == s.covered() and
                  dns.lower(r.name) == dns.lower(s.name)]
        for key in keys:
            head = head_of(s.data, signer)
            if of_set and key.is_good(signed_data(s.data, of_set, head), s.data[behind:]):
                return self.signed_by(key, s.data, signer, of_set), True
        key = keys[0] if keys else None
        data = self.new_head(key, s.data, signer)
        junk = hashlib.sha512(s.data[behind:]).digest()
        return data + b"\1" + (junk * 2)[:RSA_BYTES - 1], False

    @staticmethod
    def new_head(key, data, signer):
        algorithm = DSA.get(data[2], data[2])
        tag = struct.pack("!H", key.new_tag) if key else data[16:18]
        return data[:2] + bytes([algorithm]) + data[3:16] + tag + dns.name_wire(signer)

    def signed_by(self, key, data, signer, of_set):
        new = [dns.Record(r.name, r.type, r.rclass, r.ttl, self.new_record_data(r))
               for r in of_set]
        head = self.new_head(key, data, signer)
        over = signed_data(data, new, head[:18] + dns.name_wire(dns.lower(signer)))
        return head + key.private.sign(key.new_algorithm, over)

    def replaced(self, r):
        data = self.signatures.get((dns.lower(r.name), r.data), (None,))[0] \
            if r.type == TYPE_RRSIG else self.new_record_data(r)
        return dns.Record(r.name, r.type, r.rclass, r.ttl, data or r.data)

    def move_signatures(self):
        """Some scenarios have signatures in another section than their sets."""
        for entry in self.scenario.messages():
            sections = [getattr(entry.message, s) for s in dns.SECTIONS[1:]]
            for records in sections:
                for s in [r for r in records if r.type == TYPE_RRSIG and len(r.data) > 18]:
                    homes = [o for o in sections if any(
                        r.type == s.covered() and dns.lower(r.name) == dns.lower(s.name)
                        for r in o)]
                    if homes and not any(h is records for h in homes):
                        records.remove(s)
                        homes[0].append(s)

    def run(self):
        """Changes the scenario; returns the anchors that belong to it now."""
        self.collect_keys()
        self.move_signatures()
        self.make_signatures()
        for records in self.lists():
            records[:] = [self.replaced(r) for r in records]
        return [self.replaced(r) for r in self.anchors]
