"""Zone keys that follow from the seed, for ldns-signzone.

The lab's keys must be the same on every machine, because DS records (and so the
trust anchor and part of truth.tsv) follow from them; ldns-keygen would draw new
ones each time.  So the private numbers come from SHA-256 over seed and zone, and
the public halves are computed here: P-256, P-384 and the two Edwards curves by plain
affine arithmetic, RSA by a seeded search for primes.  Nobody must use such keys for
anything but tests.

Sources: RFC 6605 (ECDSA), RFC 8080 and 8032 (Edwards), RFC 3110 and 5702 (RSA), RFC 4034
appendix B (key tag) and 5.1.4 (DS digest), RFC 5011 7 (the revoked bit).
"""

import base64
import collections
import hashlib
import random
import struct

from dns import name_wire

ZONE_KEY, SECURE_ENTRY, REVOKED = 256, 1, 128

# y^2 = x^3 - 3x + b over p; the group's order n; the base point.
Curve = collections.namedtuple("Curve", "name bytes p n base")

P256 = Curve(
    "13 (ECDSAP256SHA256)", 32, 2**256 - 2**224 + 2**192 + 2**96 - 1,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5))
P384 = Curve(
    "14 (ECDSAP384SHA384)", 48, 2**384 - 2**128 - 2**96 + 2**32 - 1,
    int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
        "581A0DB248B0A77AECEC196ACCC52973", 16),
    (int("AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B98"
         "59F741E082542A385502F25DBF55296C3A545E3872760AB7", 16),
     int("3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147C"
         "E9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F", 16)))


def point_add(a, b, p):
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % p == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p) % p
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p) % p
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def times(k, point, add, nothing=None):
    result = nothing
    while k:
        if k & 1:
            result = add(result, point)
        point, k = add(point, point), k >> 1
    return result


def big_bytes(number, size=None):
    return number.to_bytes(size or (number.bit_length() + 7) // 8, "big")


def b64(data):
    return base64.b64encode(data).decode()


def ecdsa_key(rng, curve):
    secret = rng.randrange(1, curve.n)
    x, y = times(secret, curve.base, lambda a, b: point_add(a, b, curve.p))
    private = "Algorithm: %s\nPrivateKey: %s\n" % (curve.name,
                                                   b64(big_bytes(secret, curve.bytes)))
    return private, big_bytes(x, curve.bytes) + big_bytes(y, curve.bytes)


def edwards_add(p, a, d):
    """The addition of the curve a x^2 + y^2 = 1 + d x^2 y^2 over p (RFC 8032 5.1.4, 5.2.4)."""
    def add(one, two):
        (x1, y1), (x2, y2) = one, two
        crossed = d * x1 * x2 * y1 * y2
        return ((x1 * y2 + x2 * y1) * pow(1 + crossed, -1, p) % p,
                (y1 * y2 - a * x1 * x2) * pow(1 - crossed, -1, p) % p)
    return add


def ed25519_key(rng):
    secret = big_bytes(rng.getrandbits(256), 32)
    scalar = bytearray(hashlib.sha512(secret).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    p = 2**255 - 19
    base = (0x216936D3CD6E53FEC0A4E231FDD6DC5C692CC7609525A7B2C9562D608F25D51A,
            0x6666666666666666666666666666666666666666666666666666666666666658)
    x, y = times(int.from_bytes(scalar, "little"), base,
                 edwards_add(p, -1, -121665 * pow(121666, -1, p)), (0, 1))
    return ("Algorithm: 15 (ED25519)\nPrivateKey: %s\n" % b64(secret),
            (y | (x & 1) << 255).to_bytes(32, "little"))


def ed448_key(rng):
    secret = big_bytes(rng.getrandbits(456), 57)
    scalar = bytearray(hashlib.shake_256(secret).digest(114)[:57])
    scalar[0] &= 252
    scalar[55] |= 128
    scalar[56] = 0
    p = 2**448 - 2**224 - 1
    base = (int("4F1970C66BED0DED221D15A622BF36DA9E146570470F1767EA6DE324"
                "A3D3A46412AE1AF72AB66511433B80E18B00938E2626A82BC70CC05E", 16),
            int("693F46716EB6BC248876203756C9C7624BEA73736CA3984087789C1E"
                "05A0C2D73AD3FF1CE67C39C4FDBD132C4ED7C8AD9808795BF230FA14", 16))
    x, y = times(int.from_bytes(scalar, "little"), base, edwards_add(p, 1, -39081), (0, 1))
    return ("Algorithm: 16 (ED448)\nPrivateKey: %s\n" % b64(secret),
            (y | (x & 1) << 455).to_bytes(57, "little"))


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


RSA_NAMES = {5: "5 (RSASHA1)", 7: "7 (RSASHA1_NSEC3)", 8: "8 (RSASHA256)", 10: "10 (RSASHA512)"}


def rsa_key(rng, algorithm, bits=2048):
    p, q = prime(bits // 2, rng), prime(bits // 2, rng)
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    fields = [("Modulus", n), ("PublicExponent", e), ("PrivateExponent", d), ("Prime1", p),
              ("Prime2", q), ("Exponent1", d % (p - 1)), ("Exponent2", d % (q - 1)),
              ("Coefficient", pow(q, -1, p))]
    private = "Algorithm: %s\n" % RSA_NAMES[algorithm]
    private += "".join("%s: %s\n" % (name, b64(big_bytes(value))) for name, value in fields)
    return private, b"\3" + big_bytes(e) + big_bytes(n)


CURVES = {13: lambda rng: ecdsa_key(rng, P256), 14: lambda rng: ecdsa_key(rng, P384),
          15: ed25519_key, 16: ed448_key}
DIGESTS = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}


class Key:
    """One key of a zone; alone it is a key-signing key that signs everything (a CSK).

    ${number} tells several keys of one zone and algorithm apart."""

    def __init__(self, zone, algorithm, seed, number=0, flags=ZONE_KEY | SECURE_ENTRY):
        words = "%s/%s/%d" % (seed, zone, algorithm) + ("/%d" % number if number else "")
        rng = random.Random(hashlib.sha256(words.encode()).digest())
        self.zone, self.algorithm, self.flags = zone, algorithm, flags
        self.private, self.public = CURVES[algorithm](rng) if algorithm in CURVES else \
            rsa_key(rng, algorithm)
        self.rdata = struct.pack("!HBB", flags, 3, algorithm) + self.public

    @property
    def tag(self):
        total = sum(byte << 8 if i % 2 == 0 else byte for i, byte in enumerate(self.rdata))
        return (total + (total >> 16)) & 0xFFFF

    def dnskey_text(self):
        return "%d 3 %d %s" % (self.flags, self.algorithm, b64(self.public))

    def ds_text(self, digest=2, algorithm=None, wrong=False):
        """The DS record's data; of an unknown digest type 32 bytes that mean nothing, of a
        ${wrong} one those of another key."""
        algorithm = self.algorithm if algorithm is None else algorithm
        make = DIGESTS.get(digest, hashlib.sha256)
        text = make(name_wire(self.zone) + self.rdata + (b"wrong" if wrong else b"")).hexdigest()
        return "%d %d %d %s" % (self.tag, algorithm, digest, text.upper())

    def write(self, folder):
        """Writes the pair as ldns-signzone wants it; returns the base name."""
        base = "%s/K%s+%03d+%05d" % (folder, self.zone, self.algorithm, self.tag)
        with open(base + ".private", "w") as out:
            out.write("Private-key-format: v1.2\n" + self.private)
        with open(base + ".key", "w") as out:
            out.write("%s IN DNSKEY %s\n" % (self.zone, self.dnskey_text()))
        return base
