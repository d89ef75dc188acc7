#!/usr/bin/env python3
"""Writes the seeds of fuzz_rrsig from the signed zones in tests/unit/dnssec:
tests/fuzz/seeds_rrsig.py [CORPUS-FOLDER]

Each file is named for what it shows; the input's shape is told in fuzz_rrsig.c.
"""

import base64
import calendar
import hashlib
import os
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ZONES = os.path.join(HERE, "..", "unit", "dnssec")
NOW = 1782993600
TYPES = {"A": 1, "DNSKEY": 48}


def name(text):
    out = b""
    for label in text.rstrip(".").split("."):
        out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def when(text):
    return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%S"))


def rrsig(f):
    return (struct.pack("!HBBIIIH", TYPES[f[0]], int(f[1]), int(f[2]), int(f[3]), when(f[4]), when(f[5]), int(f[6]))
            + name(f[7]) + base64.b64decode("".join(f[8:])))


def dnskey(f):
    return struct.pack("!HBB", int(f[0]), int(f[1]), int(f[2])) + base64.b64decode("".join(f[3:]))


def tag(key):
    total = sum(b << 8 if i % 2 == 0 else b for i, b in enumerate(key))
    return (total + (total >> 16)) & 0xFFFF


def ds(key):
    digest = hashlib.sha256(name("example") + key).digest()
    return struct.pack("!HBB", tag(key), key[3], 2) + digest


def zone(file):
    """The www A set, its RRSIG, the DNSKEY set, its RRSIG."""
    addresses, sigs, keys, key_sigs = [], [], [], []
    with open(os.path.join(ZONES, file), encoding="ascii") as lines:
        for line in lines:
            f = line.split()
            owner = f[0].lower()
            if owner == "www.example." and f[3] == "A":
                addresses.append(bytes(map(int, f[4].split("."))))
            elif owner == "www.example." and f[3:5] == ["RRSIG", "A"]:
                sigs.append(rrsig(f[4:]))
            elif f[3] == "DNSKEY":
                keys.append(dnskey(f[4:]))
            elif f[3:5] == ["RRSIG", "DNSKEY"]:
                key_sigs.append(rrsig(f[4:]))
    return addresses, sigs, keys, key_sigs


def whole(addresses, sigs, keys, key_sigs, dss, now=NOW, owner="www.example", budget=32):
    out = struct.pack("!IBBH", now, 5, budget, 1) + name("example") + name(owner)
    for what, records in enumerate((addresses, sigs, keys, key_sigs, dss)):
        for record in records:
            out += struct.pack("!BH", what, len(record)) + record
    return out


def swapped(key, i):
    """Another key with the same tag: two words change places."""
    words = [key[at:at + 2] for at in range(4, len(key), 2)]
    words[i], words[i + 5] = words[i + 5], words[i]
    return key[:4] + b"".join(words)


def seeds():
    for file in sorted(os.listdir(ZONES)):
        z = zone(file)
        yield "good-" + file[:-5], whole(*z, [ds(k) for k in z[2]])
    z = zone("alg-15.zone")
    key = z[2][0]
    good = [ds(key)]
    wrong = [z[1][0][:-1] + bytes([i]) for i in range(7)]
    same = [swapped(key, i) for i in range(8)]
    yield "expired", whole(*z, good, now=1800000000)
    yield "wildcard", whole(z[0], [z[1][0][:3] + b"\1" + z[1][0][4:]], z[2], z[3], good)
    yield "labels-below-signer", whole(z[0], [z[1][0][:3] + b"\0" + z[1][0][4:]], z[2], z[3], good)
    yield "out-of-zone", whole(*z, good, owner="www.example.com")
    yield "no-ds-matches", whole(*z, [good[0][:-1] + b"\0"])
    yield "sha1-beside-sha256", whole(*z, [good[0][:3] + b"\1" + b"x" * 20] + good)
    yield "unsupported-ds", whole(*z, [good[0][:2] + b"\14" + good[0][3:]])
    yield "keytrap", whole(z[0], wrong + z[1], same + z[2], z[3], good)
    yield "keytrap-budget", whole(z[0], wrong + z[1], z[2], z[3], good, budget=3)
    rsa = zone("alg-08.zone")
    long_exponent = b"\1\0\3\10" + b"\0\0\x50" + b"\1" * 80 + b"\xff" * 256
    yield "rsa-long-exponent", whole(rsa[0], rsa[1], [long_exponent] + rsa[2], rsa[3], [ds(long_exponent)])
    yield "rsa-512", whole(rsa[0], rsa[1], [b"\1\0\3\10\3\1\0\1" + b"\xff" * 64], rsa[3],
                           [ds(b"\1\0\3\10\3\1\0\1" + b"\xff" * 64)])
    p256 = zone("alg-13.zone")
    yield "off-the-curve", whole(p256[0], p256[1], [p256[2][0][:-1] + b"\0"], p256[3], [ds(p256[2][0])])
    yield "r-and-s-zero", whole(p256[0], [p256[1][0][:-64] + b"\0" * 64], p256[2], p256[3], [ds(p256[2][0])])


folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "corpus", "rrsig")
os.makedirs(folder, exist_ok=True)
for seed, content in seeds():
    with open(os.path.join(folder, seed), "wb") as out:
        out.write(content)
