"""Zone keys that follow from the seed, for ldns-signzone.

The lab's keys must be the same on every machine, because DS records (and so the
trust anchor and part of truth.tsv) follow from them; ldns-keygen would draw new
ones each time.  So the private numbers come from SHA-256 over seed and zone, and
the public halves are computed here: P-256 by plain affine arithmetic, RSA by a
seeded search for primes.  Nobody must use such keys for anything but tests.

Sources: RFC 6605 (ECDSA), RFC 3110 and 5702 (RSA), RFC 4034 appendix B (key tag)
and 5.1.4 (DS digest).
"""

import base64
import hashlib
import random
import struct

from dns import name_wire

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def point_add(a, b):
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def point_times(k, point):
    result = None
    while k:
        if k & 1:
            result = point_add(result, point)
        point, k = point_add(point, point), k >> 1
    return result


def big_bytes(number, size=None):
    return number.to_bytes(size or (number.bit_length() + 7) // 8, "big")


def b64(data):
    return base64.b64encode(data).decode()


def ecdsa_key(rng):
    secret = rng.randrange(1, N)
    x, y = point_times(secret, G)
    private = "Algorithm: 13 (ECDSAP256SHA256)\nPrivateKey: %s\n" % b64(big_bytes(secret, 32))
    return private, big_bytes(x, 32) + big_bytes(y, 32)


SMALL_PRIMES = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, int(p**0.5) + 1, 2))]


def is_prime(n, rng):
    if any(n % p == 0 for p in SMALL_PRIMES):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(12):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits, rng):
    while True:
        n = rng.getrandbits(bits) | 1 | (3 << (bits - 2))
        if n % 65537 != 1 and is_prime(n, rng):
            return n


def rsa_key(rng, bits=2048):
    p, q = prime(bits // 2, rng), prime(bits // 2, rng)
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    fields = [("Modulus", n), ("PublicExponent", e), ("PrivateExponent", d), ("Prime1", p),
              ("Prime2", q), ("Exponent1", d % (p - 1)), ("Exponent2", d % (q - 1)),
              ("Coefficient", pow(q, -1, p))]
    private = "Algorithm: 8 (RSASHA256)\n"
    private += "".join("%s: %s\n" % (name, b64(big_bytes(value))) for name, value in fields)
    return private, b"\3" + big_bytes(e) + big_bytes(n)


class Key:
    """One key-signing key that signs everything in its zone (a CSK)."""

    def __init__(self, zone, algorithm, seed):
        material = hashlib.sha256(("%s/%s/%d" % (seed, zone, algorithm)).encode()).digest()
        rng = random.Random(material)
        self.zone, self.algorithm = zone, algorithm
        self.private, self.public = rsa_key(rng) if algorithm == 8 else ecdsa_key(rng)
        self.rdata = struct.pack("!HBB", 257, 3, algorithm) + self.public

    @property
    def tag(self):
        total = sum(byte << 8 if i % 2 == 0 else byte for i, byte in enumerate(self.rdata))
        return (total + (total >> 16)) & 0xFFFF

    def dnskey_text(self):
        return "257 3 %d %s" % (self.algorithm, b64(self.public))

    def ds_text(self):
        digest = hashlib.sha256(name_wire(self.zone) + self.rdata).hexdigest().upper()
        return "%d %d 2 %s" % (self.tag, self.algorithm, digest)

    def write(self, folder):
        """Writes the pair as ldns-signzone wants it; returns the base name."""
        base = "%s/K%s+%03d+%05d" % (folder, self.zone, self.algorithm, self.tag)
        with open(base + ".private", "w") as out:
            out.write("Private-key-format: v1.2\n" + self.private)
        with open(base + ".key", "w") as out:
            out.write("%s IN DNSKEY %s\n" % (self.zone, self.dnskey_text()))
        return base
