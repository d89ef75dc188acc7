"""What the comparison asks: the lab's own questions, and variations of everything in it.

Each Question has a kind, which says what it tries, the bits it is asked with, and the
answer by the rules (World.resolve, World.validate) where the lab knows it: not for types
that a signed zone has of its own (RRSIG, NSEC), not for ANY, not for names that resolvers
answer themselves.  Nothing is asked at or below a zone that the tests would serve.
"""

import collections
import random

import contents
import dns
import trust
import words
from world import is_below, parent_of

# .also is a second answer that is right: by RFC 8198 where a reply lacks its proof, but the cache may
# have it from another answer.
Question = collections.namedtuple("Question", "kind qname qtype expected bits also",
                                  defaults=(None,))

# The bits of a question to resolvers that validate, and how many of a hundred have them.
BITS = (("do", 46), ("", 14), ("ad", 12), ("do cd", 10), ("do ad", 6), ("cd", 5), ("plain", 4),
        ("plain ad", 2), ("do ad cd", 1))

TYPES = ("A", "AAAA", "NS", "SOA", "MX", "TXT", "SRV", "PTR", "CNAME", "DNAME", "CAA", "HTTPS",
         "NAPTR", "DS", "DNSKEY", "TYPE64", "TYPE52", "TYPE44", "TYPE13", "TYPE99", "TYPE1234")
APEX = ("NS", "SOA", "DNSKEY", "DS", "MX", "TXT", "CAA", "HTTPS", "NAPTR", "CNAME", "DNAME", "A",
        "AAAA", "TYPE51")
UNKNOWN = ("ANY", "RRSIG", "NSEC", "NSEC3", "TYPE51", "TYPE46", "TYPE47", "TYPE50")
SPECIAL = ("localhost.", "a.localhost.", "invalid.", "x.invalid.", "x.test.", "x.local.",
           "x.onion.", "1.0.0.127.in-addr.arpa.", "1.0.0.10.in-addr.arpa.", "10.in-addr.arpa.",
           "1.1.168.192.in-addr.arpa.", "4.4.20.172.in-addr.arpa.", "x.home.arpa.", "home.arpa.",
           "resolver.arpa.", "_dns.resolver.arpa.", "1.64.100.in-addr.arpa.",
           "1.254.169.in-addr.arpa.", "1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
           "d.f.ip6.arpa.", "255.255.255.255.in-addr.arpa.", "0.in-addr.arpa.")
ODD_LABELS = ("a\\.b", "a\\032b", "\\000", "x\\000y", "\\255\\254", "-", "_", "a" * 63, "xn--e1afmkfd",
              "\\@", "a\\\\b", "*x", "x*", "**", "0", "%41")
CRAMPED = 150  # bytes of a name for which an answer may not fit, where there is no TCP
TRUTH_SHARE = 0.4  # of all questions, the lab's own list at most

# How many of a hundred questions are of each kind, behind those of the truth list.
SHARES = (("types", 20), ("beside", 9), ("beneath", 10), ("case", 6), ("ent", 6), ("apex", 9),
          ("cut", 7), ("chain", 9), ("wildcard", 7), ("reverse", 6), ("broken", 2), ("server", 5),
          ("odd", 3), ("top", 1), ("special", 1), ("meta", 1))


def kind_of(bits):
    """The bits as dns.query takes them."""
    words = bits.split()
    return {"flags": dns.RD | ("ad" in words and dns.AD) | ("cd" in words and dns.CD),
            "do": "do" in words, "edns_bytes": None if "plain" in words else 1232}


def may_be_told(bits):
    """RFC 6840 5.7, 5.8: AD is for those who asked with AD or DO; not with CD."""
    words = bits.split()
    return ("do" in words or "ad" in words) and "cd" not in words


def expected_of(world, kind, qname, qtype, bits):
    """(rcode, frozenset of lines, AD) by the rules, or None where they do not say.  ${bits} None:
    nobody validates."""
    if kind in ("special", "meta") or qtype in UNKNOWN or (
            ".no-tcp." in qname and len(qname) > CRAMPED):
        return None
    try:
        dns.name_wire(qname)
        name, status = canonical(qname), ""
        if any(is_below(name, special) for special in SPECIAL):
            return None
        if bits is None or "cd" in bits.split():
            rcode, lines = world.resolve(name, qtype)
            _, _, status, errors = world.validate(name, qtype)
            if status == "bogus" and lines and (qtype == "DS" or trust.NO_REPLY in errors):
                return None  # it is bogus because it does not come
            status = ""
        else:
            rcode, lines, status, _ = world.validate(name, qtype)
        for line in lines:
            owner, rrtype, data = line.split(" ", 2)
            dns.name_wire(data if rrtype in ("CNAME", "DNAME") else owner)
    except ValueError:
        return None  # a DNAME makes the name too long (RFC 6672 2.2: YXDOMAIN)
    return rcode, frozenset(lines), status == "secure" and may_be_told(bits)


def provable_of(world, expected, qname, qtype, bits):
    """The answer to a question that is bogus for want of a proof, when that is in the cache."""
    if expected is None or expected[0] != "SERVFAIL":
        return None
    name = canonical(qname)
    if trust.NO_PROOF not in world.validate(name, qtype)[3]:
        return None
    rcode, lines = world.resolve(name, qtype)
    return rcode, frozenset(lines), may_be_told(bits)


def canonical(name):
    return dns.name_text(dns.labels_of(name))


class Maker:
    """One method a kind, which returns one (name, type) of that kind each time it is called."""

    def __init__(self, world, truth, seed):
        self.world, self.truth = world, truth
        self.rng = random.Random("differ-%s" % seed)
        self.outside = [row[0] for row in world.outside] + [row[1] for row in world.outside]
        self.live = [z for z in world.zones.values() if world.alive(z)]
        self.dead = [z for z in world.zones.values() if not world.alive(z)]
        self.names = sorted({q[0] for q in truth} | {n for z in self.live for n in z.records})
        self.cuts = [z for z in self.live if z.parent]
        self.ents = sorted(n for z in self.live for n in z.nodes
                           if n not in z.records and n not in z.cuts)
        self.by_type = collections.defaultdict(list)
        for zone in self.live:
            for name in sorted(zone.records):
                for rrtype in zone.records[name]:
                    self.by_type[rrtype].append(name)
        self.wild = [n for n in self.names if n.startswith("*.")]
        self.hosts = sorted(world.hosts)
        self.reverse_names = [n for n in self.names if n.endswith(".arpa.")]

    def label(self):
        chance = self.rng.random()
        if chance < 0.3:
            return self.rng.choice(words.HOSTS)
        if chance < 0.5:
            return self.rng.choice(words.MISSES)
        if chance < 0.6:
            return self.rng.choice(("*", "_", "_tcp", "_dmarc", "_sip", "0", "1", "ns", "ns1"))
        return "".join(self.rng.choice("abcdefghijklmnopqrstuvwxyz0123456789-_")
                       for _ in range(self.rng.randrange(1, 20)))

    def under(self, name, labels=None):
        for _ in range(labels or self.rng.choice((1, 1, 1, 2, 2, 3, 5))):
            name = self.label() + "." + (name if name != "." else "")
        return name

    def type(self, likely=("A", "AAAA"), share=0.5):
        return self.rng.choice(likely if self.rng.random() < share else TYPES)

    def kind_types(self):
        return self.rng.choice(self.names), self.rng.choice(TYPES)

    def kind_beside(self):
        return self.under(parent_of(self.rng.choice(self.names)), 1), self.type()

    def kind_beneath(self):
        return self.under(self.rng.choice(self.names)), self.type()

    def kind_case(self):
        name, rrtype = self.rng.choice(self.truth)[:2]
        return "".join(self.rng.choice((c.upper(), c)) for c in name), rrtype

    def kind_ent(self):
        name = self.rng.choice(self.ents)
        return (name if self.rng.random() < 0.7 else self.under(name, 1)), self.type(share=0.3)

    def kind_apex(self):
        return self.rng.choice(self.live).origin, self.rng.choice(APEX)

    def kind_cut(self):
        zone, chance = self.rng.choice(self.cuts), self.rng.random()
        if chance < 0.5:
            return zone.origin, "DS"
        if chance < 0.7:
            return self.under(zone.origin, 1), "DS"
        if chance < 0.85:
            return self.under(parent_of(zone.origin), 1), self.rng.choice(("DS", "NS", "SOA"))
        return parent_of(zone.origin), self.type(("NS", "DS", "SOA", "A"), 0.9)

    def kind_chain(self):
        dname = self.rng.random() < 0.4
        name = self.rng.choice(self.by_type["DNAME" if dname else "CNAME"])
        if dname and self.rng.random() < 0.85 or self.rng.random() < 0.1:
            name = self.under(name)
        if dname and self.rng.random() < 0.05:  # too long behind the DNAME
            while len(dns.name_wire(name)) < 235:
                name = "a" * 15 + "." + name
        return name, self.type(("A", "AAAA", "CNAME", "DNAME", "TXT"), 0.7)

    def kind_wildcard(self):
        name = self.rng.choice(self.wild)
        base, chance = parent_of(name), self.rng.random()
        if chance < 0.2:
            return name, self.type()
        if chance < 0.3:
            return base, self.type()
        if chance < 0.4:
            return self.under(name, 1), self.type()
        if chance < 0.5:
            return self.under(self.rng.choice(("help.", "*.", "x.*.")) + base, 1), self.type()
        return self.under(base), self.type(("A", "AAAA", "CNAME", "TXT", "DS", "NS"), 0.7)

    def kind_reverse(self):
        name, chance = self.rng.choice(self.reverse_names), self.rng.random()
        if chance < 0.35:
            return name, self.type(("PTR", "CNAME"), 0.6)
        for _ in range(self.rng.randrange(1, 4)):
            name = parent_of(name) if name != "arpa." else name
        if chance < 0.6:
            return name, self.type(("PTR", "NS", "SOA", "DS"), 0.8)
        return "%d.%s" % (self.rng.randrange(256 if "in-addr" in name else 10), name), "PTR"

    def kind_broken(self):
        zone, chance = self.rng.choice(self.dead), self.rng.random()
        if chance < 0.4:
            return zone.origin, self.type(("DS", "NS", "SOA"), 0.7)
        if chance < 0.6:
            return self.rng.choice(zone.ns), self.type()
        return (self.rng.choice(sorted(zone.records)) if chance < 0.8 else
                self.under(zone.origin, 1)), self.type()

    def kind_server(self):
        name = self.rng.choice(self.hosts)
        return (name if self.rng.random() < 0.8 else self.under(name, 1)), self.type(share=0.7)

    def kind_odd(self):
        name = self.rng.choice(self.names)
        name = self.rng.choice(ODD_LABELS) + "." + (name if name != "." else "")
        if self.rng.random() < 0.2:
            while len(dns.name_wire(name)) < 248:
                name = "x" * min(63, 254 - len(dns.name_wire(name))) + "." + name
        return name, self.type()

    def kind_top(self):
        name = self.rng.choice((".", "com.", "net.", "org.", "jp.", "co.jp.", "ne.jp.", "arpa.",
                                "in-addr.arpa.", "ip6.arpa.", "root-servers.net.", self.label() + "."))
        return (name if self.rng.random() < 0.6 else self.under(name, 1)), self.rng.choice(TYPES)

    def kind_special(self):
        return self.rng.choice(SPECIAL), self.type(("A", "AAAA", "PTR", "SOA", "NS"), 0.8)

    def kind_meta(self):
        return self.rng.choice(self.names), self.rng.choice(("ANY", "RRSIG", "NSEC", "TYPE51"))

    def may_ask(self, name):
        try:
            dns.name_wire(name)
        except ValueError:
            return False
        name = canonical(name)
        return not any(is_below(name, above) for above in self.outside)

    def make(self, count, validating):
        """Up to ${count} different questions, in an order that the seed decides."""
        chosen = {}
        plain = min(len(self.truth), int(count * TRUTH_SHARE))
        for qname, qtype in self.rng.sample(self.truth, plain):
            chosen[qname, qtype] = "truth"
        kinds, weights = zip(*SHARES)
        for _ in range(count * 4):
            if len(chosen) >= count:
                break
            kind = self.rng.choices(kinds, weights)[0]
            qname, qtype = getattr(self, "kind_" + kind)()
            if (qname, qtype) not in chosen and self.may_ask(qname):
                chosen[qname, qtype] = kind
        questions = []
        for (qname, qtype), kind in chosen.items():
            bits = self.rng.choices(*zip(*BITS))[0] if validating else None
            expected = expected_of(self.world, kind, qname, qtype, bits)
            also = validating and provable_of(self.world, expected, qname, qtype, bits)
            questions.append(Question(kind, qname, qtype, expected, bits, also or None))
        self.rng.shuffle(questions)
        # Zones that do not answer first, so that they are waited for while the rest is asked.
        return sorted(questions, key=lambda q: not self.is_slow(q))

    def is_slow(self, question):
        failing = question.expected and question.expected[0] == "SERVFAIL"
        return failing and self.world.resolve(canonical(question.qname),
                                              question.qtype)[0] == "SERVFAIL"


def make(seed_of_lab, truth, count, seed, validating=True):
    world, _, _ = contents.build(seed_of_lab)
    return Maker(world, truth, seed).make(count, validating)
