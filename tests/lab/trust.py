"""Zones for validation: what is unusual and secure, what is insecure, what is broken.

build(world, seed) puts them into the World and returns the questions (name, type, tag) for
trust.tsv.  Most stand twice: below proof.org., whose zones deny with NSEC, and below
proof3.net., whose zones deny with NSEC3.  Each has the same content (fill), so that every
kind of answer is asked of each: positive, NODATA, NXDOMAIN, from a wildcard, NODATA at a
wildcard, aliases, at an empty non-terminal, and at the cut.

What is wrong with a zone is done in three places: to its keys and DS here, to its
file after signing (Signing.edit), or to the messages between its server and the
resolver (crooked.py).  The Fault beside it says what a validator must think of it.
"""

import base64

from crooked import above_of, nsec3_hash, order_of
from keys import Key, REVOKED, SECURE_ENTRY, ZONE_KEY
from world import Fault, LAME4, Signing, is_below

PARENTS = (("proof.org.", "nsec"), ("proof3.net.", "nsec3"))
DAY_SEC = 86400
UNKNOWN_ALGORITHM, UNKNOWN_DIGEST = 100, 200
# Extended errors (RFC 8914 4).
ALGORITHM, DIGEST, BOGUS, EXPIRED, NOT_YET, NO_KEY, NO_SIGNATURE, NO_PROOF = (
    1, 2, 6, 7, 8, 9, 10, 12)
NO_REPLY, NETWORK = 22, 23


# Which answers a fault hits -------------------------------------------------------------

def every(*_):
    return True


def negative(_zone, _name, _rrtype, _rcode, found):
    return not found


def gone(_zone, _name, _rrtype, rcode, _found):
    return rcode == "NXDOMAIN"


def expanded(zone, name, _rrtype, _rcode, found):
    return bool(found) and zone.is_expanded(name)


def denied(zone, name, rrtype, rcode, found):
    """Whatever needs an NSEC or NSEC3."""
    return not found or expanded(zone, name, rrtype, rcode, found)


def named(label, *types):
    """The sets of these types at ${label} (the apex: '') of the zone."""
    def hits(zone, name, _rrtype, _rcode, found):
        return name == label + zone.origin and any(kind in types for _, kind, _ in found)
    return hits


def either(*ways):
    return lambda *what: any(hits(*what) for hits in ways)


def bogus(hits, *errors):
    return Fault("bogus", errors, hits)


# Making zones -----------------------------------------------------------------------------

class Maker:
    def __init__(self, world, seed):
        self.world, self.seed = world, seed
        self.asked, self.next_crooked, self.next_address = [], 1, 1

    def ask(self, name, *types, tag):
        self.asked += [(name, rrtype, tag) for rrtype in types]

    def ipv4(self):
        self.next_address += 1
        return "20.99.%d.%d" % (self.next_address // 250, self.next_address % 250 + 1)

    def good_address(self, level):
        pool = self.world.pools[level].v4
        return pool[self.next_address % len(pool)]

    def crooked_address(self, level, mischief):
        address = "127.93.0.%d" % self.next_crooked
        self.next_crooked += 1
        self.world.crooked.append((address, self.world.pools[level].v4[0], mischief))
        return address

    def zone(self, origin, signed, servers=("good",), faults=(), **kind):
        """A zone whose servers are good, lame or of a mischief (crooked.py), one each."""
        level = len(origin.split(".")) - 1
        zone = self.world.zone(origin, level, signed=signed, faults=list(faults), **kind)
        for i, server in enumerate(servers):
            address = self.good_address(level) if server == "good" else LAME4[0] \
                if server == "lame" else self.crooked_address(level, server)
            zone.ns.append(self.world.host("ns%d.%s" % (i + 1, origin), [address]))
        return zone

    def key(self, zone, number=0, algorithm=13, flags=ZONE_KEY | SECURE_ENTRY):
        return Key(zone.origin, algorithm, self.seed, number, flags)

    def fill(self, zone, tag):
        put, at = self.world.put, zone.origin
        put(at, "A", self.ipv4())
        put("www." + at, "A", self.ipv4())
        put("alias." + at, "CNAME", "www." + at)
        put("to-nothing." + at, "CNAME", "nowhere." + at)
        put("to-nodata." + at, "CNAME", "help.wild." + at)
        put("*.wild." + at, "A", self.ipv4())
        put("help.wild." + at, "TXT", '"not the wildcard"')
        put("*.wilder." + at, "CNAME", "www." + at)
        put("leaf.b.ent." + at, "A", self.ipv4())
        put("old." + at, "DNAME", "ent." + at)
        put(at, "TXT", '"v=spf1 -all"')
        self.questions_of(at, tag)

    def questions_of(self, at, tag):
        self.ask(at, "A", "AAAA", "SOA", "NS", "TXT", "DNSKEY", "DS", tag=tag)
        self.ask("www." + at, "A", "AAAA", "DS", tag=tag)
        self.ask("alias." + at, "A", "AAAA", "CNAME", tag=tag)
        self.ask("to-nothing." + at, "A", tag=tag)
        self.ask("to-nodata." + at, "A", tag=tag)
        for name in ("nosuch.", "a.nosuch.", "zz.yy.xx.", "x.help.wild.", "x.b.ent.", "x.www."):
            self.ask(name + at, "A", tag=tag)
        for name in ("x.wild.", "x.y.wild.", "*.wild."):
            self.ask(name + at, "A", "AAAA", tag=tag)
        self.ask("x.wilder." + at, "A", "AAAA", "CNAME", tag=tag)
        self.ask("help.wild." + at, "A", "TXT", tag=tag)
        for name in ("ent.", "b.ent.", "wild."):
            self.ask(name + at, "A", tag=tag)
        self.ask("leaf.b.old." + at, "A", "CNAME", tag=tag)
        self.ask("old." + at, "DNAME", tag=tag)
        self.ask("x.old." + at, "A", tag=tag)

    def made(self, label, tag, kinds=("nsec", "nsec3"), **kind):
        """The zone ${label} below each parent of these kinds, filled; they are returned."""
        zones = []
        for parent, signed in PARENTS:
            if signed in kinds:
                zones.append(self.zone("%s.%s" % (label, parent), signed, **kind))
                self.fill(zones[-1], tag)
        return zones


# Secure zones -------------------------------------------------------------------------

def good(maker):
    maker.made("good", "good")
    for algorithm in (5, 7, 8, 10, 13, 14, 15, 16):
        kinds = {5: ("nsec",), 7: ("nsec3",)}.get(algorithm, ("nsec", "nsec3"))
        maker.made("alg%d" % algorithm, "good", kinds, algorithm=algorithm)
    for digest in (1, 4):
        maker.made("digest%d" % digest, "good", ds=lambda zone, d=digest: [zone.key.ds_text(d)])
    maker.made("salted", "good", ("nsec3",), signing=Signing(iterations=3, salt="c0ffee"))
    maker.made("iterations50", "good", ("nsec3",), signing=Signing(iterations=50, salt="beef"))
    good_delegations(maker)
    rollovers(maker)


def good_delegations(maker):
    """DS sets of which not every record is usable, or right."""
    maker.made("mixed-digests", "good", ds=lambda zone: [
        zone.key.ds_text(), zone.key.ds_text(UNKNOWN_DIGEST)])
    maker.made("mixed-algorithms", "good", ds=lambda zone: [
        zone.key.ds_text(), zone.key.ds_text(algorithm=UNKNOWN_ALGORITHM)])
    maker.made("one-right", "good", ds=lambda zone: [
        zone.key.ds_text(), zone.key.ds_text(wrong=True)])
    # RFC 4509 3: beside SHA-256 those of SHA-1 are not looked at.
    maker.made("sha1-wrong", "good", ds=lambda zone: [
        zone.key.ds_text(), zone.key.ds_text(1, wrong=True)])


def rollovers(maker):
    """Keys while they change (RFC 6781 4.1) and a key that was revoked (RFC 5011 2.1)."""
    for zone in maker.made("two-keys", "good"):
        zone.more_keys = [maker.key(zone, 1, flags=ZONE_KEY)]
    for zone in maker.made("double-signature", "good"):
        zone.more_keys = [maker.key(zone, 1), maker.key(zone, 2, flags=ZONE_KEY)]
        zone.signing.all_keys = True
    for zone in maker.made("new-ds", "good"):  # the DS of a key that is not there yet
        zone.ds = lambda zone: [zone.key.ds_text(), maker.key(zone, 1).ds_text()]
    for zone in maker.made("pre-published", "good"):
        zone.more_keys = [maker.key(zone, 1, flags=ZONE_KEY)]
        zone.signing.silent_keys = [maker.key(zone, 2, flags=ZONE_KEY)]
    for zone in maker.made("new-algorithm", "good"):
        zone.more_keys = [maker.key(zone, 1, algorithm=8)]
        zone.signing.all_keys = True
    for zone in maker.made("revoked-one", "good"):
        zone.more_keys = [maker.key(zone, 1, flags=ZONE_KEY | SECURE_ENTRY | REVOKED),
                          maker.key(zone, 2, flags=ZONE_KEY)]
        zone.signing.all_keys = True


# Insecure zones -----------------------------------------------------------------------

def insecure(maker):
    maker.made("unsigned", "insecure", secure_delegation=False)
    for zone in maker.made("bare", "insecure"):
        zone.signed = None
    maker.made("digest-unknown", "insecure", ds=lambda zone: [zone.key.ds_text(UNKNOWN_DIGEST)])
    maker.made("algorithm-unknown", "insecure", ds=lambda zone: [
        zone.key.ds_text(algorithm=UNKNOWN_ALGORITHM)])
    maker.made("both-unknown", "insecure", ds=lambda zone: [
        zone.key.ds_text(UNKNOWN_DIGEST), zone.key.ds_text(algorithm=UNKNOWN_ALGORITHM)])
    for iterations in (51, 150, 2500):
        maker.made("iterations%d" % iterations, "iterations", ("nsec3",),
                   signing=Signing(iterations=iterations, salt="00"))
    islands(maker)
    opt_out(maker)


def islands(maker):
    """Signed below unsigned below signed: without DS, and with one that nobody vouches for."""
    for parent, signed in PARENTS:
        for label, ds in (("sea.", None), ("sea-ds.", lambda zone: [zone.key.ds_text()])):
            sea = maker.zone(label + parent, None)
            maker.fill(sea, "insecure")
            maker.fill(maker.zone("island." + sea.origin, signed, ds=ds), "insecure")


def opt_out(maker):
    zone, = maker.made("optout", "optout", ("nsec3",), signing=Signing(opt_out=True))
    for label, signed in (("plain", None), ("signed", "nsec"), ("signed3", "nsec3"),
                          ("plain.deep", None)):
        child = maker.world.zone("%s.%s" % (label, zone.origin), 4, signed=signed)
        child.ns = [maker.world.host("ns." + child.origin, maker.world.pools[4].v4[:1])]
        maker.fill(child, "optout")
    maker.ask("deep." + zone.origin, "A", "DS", "NS", tag="optout")
    maker.ask("x.deep." + zone.origin, "A", "DS", tag="optout")


# Broken zones -------------------------------------------------------------------------

def broken(maker):
    whole_zones(maker)
    delegations(maker)
    single_sets(maker)
    missing_proofs(maker)
    servers(maker)
    cuts(maker)


def whole_zones(maker):
    maker.made("expired", "bogus", faults=[bogus(every, EXPIRED)],
               signing=Signing(since_sec=-30 * DAY_SEC, until_sec=-2 * DAY_SEC))
    maker.made("not-yet", "bogus", faults=[bogus(every, NOT_YET)],
               signing=Signing(since_sec=2 * DAY_SEC, until_sec=30 * DAY_SEC))
    maker.made("flipped", "bogus", faults=[bogus(every, BOGUS)], servers=("flip",))
    maker.made("never-signed", "bogus", faults=[bogus(every, NO_SIGNATURE)], signing=Signing(
        edit=lambda owner, rrtype, data: rrtype not in ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM")))
    maker.made("nosig-keys", "bogus", faults=[bogus(every, NO_SIGNATURE)],
               signing=Signing(edit=without_signature("DNSKEY")))
    for zone in maker.made("lost-key", "bogus", faults=[bogus(
            lambda zone, name, rrtype, rcode, found: not found or rrtype != "DNSKEY", NO_KEY)]):
        hidden = maker.key(zone, 1, flags=ZONE_KEY)
        zone.more_keys, zone.signing.hidden_keys = [hidden], [hidden]
    for zone in maker.made("revoked-only", "bogus", faults=[bogus(every, NO_KEY)]):
        zone.key = maker.key(zone, flags=ZONE_KEY | SECURE_ENTRY | REVOKED)
        zone.ds = lambda zone: [maker.key(zone).ds_text()]
    for zone in maker.made("revoked-ds", "bogus", faults=[bogus(every, NO_KEY)]):
        zone.key = maker.key(zone, flags=ZONE_KEY | SECURE_ENTRY | REVOKED)


def delegations(maker):
    """DS sets of which none that counts is right."""
    everything = [bogus(every, NO_KEY)]
    maker.made("ds-wrong", "bogus", faults=everything, ds=lambda zone: [
        zone.key.ds_text(wrong=True)])
    maker.made("ds-other-key", "bogus", faults=everything, ds=lambda zone: [
        maker.key(zone, 1).ds_text()])
    maker.made("ds-other-algorithm", "bogus", faults=everything, ds=lambda zone: [
        zone.key.ds_text(algorithm=8)])
    maker.made("ds-wrong-or-unknown", "bogus", faults=everything, ds=lambda zone: [
        zone.key.ds_text(wrong=True), zone.key.ds_text(UNKNOWN_DIGEST),
        zone.key.ds_text(algorithm=UNKNOWN_ALGORITHM)])
    # RFC 4509 3: what SHA-1 would vouch for does not count beside SHA-256.
    maker.made("sha256-wrong", "bogus", faults=everything, ds=lambda zone: [
        zone.key.ds_text(wrong=True), zone.key.ds_text(1)])


def without_signature(rrtype, label=None):
    """An edit that takes away the RRSIG of this type, everywhere or at one name alone."""
    def keep(owner, kind, data):
        return not (kind == "RRSIG" and data.startswith(rrtype + " ") and (
            label is None or owner.startswith(label)))
    return keep


def altered(rrtype, label):
    """An edit that puts another A record in place of what was signed there: the same as none."""
    def keep(owner, kind, data):
        return not (kind == rrtype and owner.startswith(label))
    return keep


def single_sets(maker):
    at_www = [bogus(either(named("www.", "A"), via_www), NO_SIGNATURE)]
    maker.made("nosig-www", "bogus", faults=at_www,
               signing=Signing(edit=without_signature("A", "www.")))
    maker.made("nosig-soa", "bogus", faults=[bogus(either(named("", "SOA"), negative),
                                                   NO_SIGNATURE)],
               signing=Signing(edit=without_signature("SOA")))
    for kind in ("nsec", "nsec3"):
        maker.made("nosig-" + kind, "bogus", (kind,), faults=[bogus(denied, NO_SIGNATURE,
                                                                    NO_PROOF)],
                   signing=Signing(edit=without_signature(kind.upper())))
    maker.made("nosig-wildcard", "bogus", faults=[bogus(named("*.wild.", "A"), NO_SIGNATURE),
                                                  bogus(below_wild, NO_SIGNATURE)],
               signing=Signing(edit=without_signature("A", "*.wild.")))
    maker.made("nosig-dname", "bogus", faults=[bogus(below_old, NO_SIGNATURE)],
               signing=Signing(edit=without_signature("DNAME")))
    maker.made("nosig-alias", "bogus", faults=[bogus(named("alias.", "CNAME"), NO_SIGNATURE)],
               signing=Signing(edit=without_signature("CNAME", "alias.")))


def via_www(zone, name, _rrtype, _rcode, found):
    return name == "www." + zone.origin and any(kind == "A" for _, kind, _ in found)


def below_wild(zone, name, _rrtype, _rcode, found):
    return zone.is_expanded(name) and any(kind == "A" for _, kind, _ in found)


def below_old(_zone, _name, _rrtype, _rcode, found):
    return any(kind == "DNAME" for _, kind, _ in found)


def missing_proofs(maker):
    maker.made("no-denial", "bogus", servers=("no-denial",), faults=[bogus(denied, NO_PROOF)])
    maker.made("no-encloser", "bogus", ("nsec3",), servers=("no-encloser",),
               faults=[bogus(gone, NO_PROOF)])
    maker.made("no-cover", "bogus", servers=("no-cover",), faults=[bogus(gone, NO_PROOF)])
    maker.made("no-wildcard-denial", "bogus", servers=("no-wildcard-denial",),
               faults=[bogus(wildcard_denied_apart, NO_PROOF)])
    maker.made("no-wildcard-match", "bogus", servers=("no-wildcard-match",),
               faults=[bogus(wildcard_nodata, NO_PROOF)])
    maker.made("no-expansion-proof", "bogus", servers=("no-expansion-proof",),
               faults=[bogus(expanded, NO_PROOF)])


def wildcard_nodata(zone, name, _rrtype, rcode, found):
    return rcode == "NOERROR" and not found and zone.is_expanded(name)


def wildcard_denied_apart(zone, name, _rrtype, rcode, _found):
    """NXDOMAIN whose wildcard another record denies than those that match or cover the name or,
    hashed, one above it: no_wildcard_denial (crooked.py) leaves these."""
    if rcode != "NXDOMAIN":
        return False
    hashed = zone.signed == "nsec3"
    place = nsec3_hash if hashed else order_of
    chain = sorted(place(n) for n in zone.proved
                   if hashed or n in zone.records or n in zone.cuts)
    above = [n for n in [name] + list(above_of(name)) if is_below(n, zone.origin)]
    encloser = next(n for n in above if n in zone.nodes)

    def denier(what):  # what stands before the first is denied by the last
        return sum(begin <= place(what) for begin in chain) or len(chain)
    return denier("*." + encloser) not in (set(map(denier, above)) if hashed else {denier(name)})


def servers(maker):
    """Servers that cannot serve a signed zone; and one of them beside a good one."""
    for mischief in ("strip", "no-opt", "no-edns"):
        maker.made(mischief, "bogus", servers=(mischief,), faults=[bogus(every, NO_SIGNATURE)])
    for zone in maker.made("no-tcp", "no-tcp", servers=("no-tcp",), faults=[
            bogus(named("big.", "TXT"), NO_REPLY, NETWORK)]):
        for i in range(12):
            maker.world.put("big." + zone.origin, "TXT", '"part %d %s"' % (i, "0123456789" * 15))
        maker.ask("big." + zone.origin, "TXT", tag="no-tcp")
    for bad in ("flip", "strip", "no-opt", "no-denial", "lame"):
        maker.made(bad + "-beside-good", "retried", servers=(bad, "good"))
        maker.made("good-beside-" + bad, "retried", servers=("good", bad))


def cuts(maker):
    """Delegations whose DS, or the proof that there is none, the parent's server keeps back."""
    for mischief, fault in (
            ("no-denial", [bogus(denied, NO_PROOF)]),
            ("no-ds", [bogus(lambda zone, name, rrtype, rcode, found: any(
                kind == "DS" for _, kind, _ in found), NO_PROOF)]),
            ("shy", [])):
        for parent in maker.made("cuts-" + mischief, "cuts", servers=(mischief,), faults=fault):
            for label, signed in (("plain", None), ("signed", parent.signed)):
                maker.fill(maker.zone("%s.%s" % (label, parent.origin), signed), "cuts")


# Across borders -----------------------------------------------------------------------

def borders(maker):
    """CNAMEs and DNAMEs from secure, insecure and bogus zones into all of these."""
    kinds = ("good", "unsigned", "bare", "expired", "nosig-www", "digest-unknown", "optout")
    places = [label + "." + parent for parent, signed in PARENTS for label in kinds
              if label != "optout" or signed == "nsec3"]
    for here in places:
        for i, there in enumerate(place for place in places if place != here):
            maker.world.put("to%d.%s" % (i, here), "CNAME", "www." + there)
            maker.world.put("to-none%d.%s" % (i, here), "CNAME", "nosuch." + there)
            maker.world.put("to-wild%d.%s" % (i, here), "CNAME", "x.wild." + there)
            maker.world.put("tree%d.%s" % (i, here), "DNAME", there)
            maker.ask("to%d.%s" % (i, here), "A", "AAAA", "CNAME", tag="border")
            maker.ask("to-none%d.%s" % (i, here), "A", tag="border")
            maker.ask("to-wild%d.%s" % (i, here), "A", tag="border")
            maker.ask("www.tree%d.%s" % (i, here), "A", "CNAME", tag="border")
            maker.ask("nosuch.tree%d.%s" % (i, here), "A", tag="border")


def build(world, seed):
    maker = Maker(world, seed)
    for parent, signed in PARENTS:
        maker.zone(parent, signed)
        world.put(parent, "A", maker.ipv4())
        maker.ask(parent, "A", "AAAA", "SOA", "NS", "DNSKEY", "DS", tag="good")
        maker.ask("nosuch." + parent, "A", "DS", tag="good")
    for part in (good, insecure, broken, borders):
        part(maker)
    return list(dict.fromkeys(maker.asked))
