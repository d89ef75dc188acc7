"""The simulated Internet as data: zones, servers, and what each name should answer.

A World is a flat set of records plus a tree of zones.  Records are put by full
name and find their zone at the end (the deepest zone at or above the name), so a
content maker need not know where the cuts are.  Delegations, glue and DS follow
from the tree.

Levels.  A server that serves a parent and its child never gives a referral, so
each depth of the tree is served by its own nsd with its own addresses: the root
is level 0, com level 1, example.com level 2 and so on.  Every address of a level
serves all the level's zones; which addresses a zone *uses* follows from its NS
names.  All addresses are loopback ones (127.0.0.0/8) or unique-local ones
(fd00:5e::/32) added to the loopback device.

The expected answers (Zone.lookup, World.resolve) are worked out by the rules of
RFC 1034 4.3.2, RFC 4592 (wildcards), RFC 6672 (DNAME) and RFC 2308, from the same
records, and by nobody's name server code.  What validation makes of them
(World.validate) follows RFC 4035 5 and RFC 5155 9.2 from keys, DS and Zone.faults.
"""

import collections
import ipaddress

from keys import Key

MAX_LINKS = 11  # more CNAME links than this no resolver need follow (SERVFAIL)

DEAD4 = ["127.90.0.%d" % i for i in range(1, 9)]      # nothing listens: ICMP says so
LAME4 = ["127.91.0.%d" % i for i in range(1, 9)]      # a server that refuses every zone
SILENT4 = ["127.92.0.%d" % i for i in range(1, 9)]    # takes datagrams, never answers


def parent_of(name):
    """The name one label up; '.' for a top-level name."""
    at, escaped = 0, False
    while at < len(name):
        if escaped:
            escaped = False
        elif name[at] == "\\":
            escaped = True
        elif name[at] == ".":
            break
        at += 1
    return name[at + 1:] or "."


def ancestors(name):
    """The name itself, then each name above it down to the root."""
    while True:
        yield name
        if name == ".":
            return
        name = parent_of(name)


def is_below(name, above):
    """At or below."""
    return above == "." or name == above or name.endswith("." + above)


class Pool:
    """The addresses of one level's server."""

    def __init__(self, level, count4, count6):
        self.v4 = ["127.%d.%d.%d" % (50 + level, i // 250, i % 250 + 1) for i in range(count4)]
        self.v6 = [str(ipaddress.ip_address("fd00:5e::%x:%x" % (level + 1, i + 1)))
                   for i in range(count6)]


class Signing:
    """How a zone is signed: what generate tells ldns-signzone, and what it does to the result."""

    def __init__(self, **kind):
        self.since_sec, self.until_sec = -86400, 30 * 86400  # validity, from now
        self.iterations, self.salt, self.opt_out = 0, "", None  # opt-out None: level 1 alone
        self.silent_keys = []  # Keys whose DNSKEY is in the zone, but which sign nothing
        self.hidden_keys = []  # Keys that sign, but whose DNSKEY is taken away again
        self.all_keys = False  # every key signs the DNSKEY set
        self.edit = None       # function: line of the signed zone's file -> line or None
        for name, value in kind.items():
            setattr(self, name, value)


class Fault(collections.namedtuple("Fault", "status errors hits")):
    """What validation makes of some answers of a zone that is secure otherwise.

    ${status} is bogus or insecure, ${errors} the extended errors (RFC 8914) of which one must
    be told, ${hits}(zone, name, rrtype, rcode, found) says of which answers."""


# RFC 9276 3.2: more iterations than this make a zone's denials insecure.
ITERATIONS_MAX = 50
ALGORITHMS = (5, 7, 8, 10, 13, 14, 15, 16)  # that validators know; RFC 8624 3.1
DIGESTS = (1, 2, 4)                          # likewise of DS; RFC 8624 3.3


class Zone:
    def __init__(self, origin, level, ttl=3600):
        self.origin, self.level, self.ttl = origin, level, ttl
        self.parent = None
        self.ns = []
        self.child_ns = None          # the zone's own NS set where it differs from its parent's
        self.glue_siblings = True     # parent gives addresses of servers in sibling zones
        self.health = "ok"            # ok | dead (no server answers usefully)
        self.signed = None            # None | nsec | nsec3
        self.algorithm = 13
        self.secure_delegation = True
        self.key = None
        self.signing = Signing()
        self.more_keys = []           # Keys beside .key
        self.ds = None                # function: zone -> DS texts, instead of the key's own
        self.faults = []              # what is wrong with its answers, for whoever validates
        self.proved = set()           # names that have an NSEC or NSEC3 of their own
        self.records = {}             # name -> type -> [text]
        self.cuts = {}                # origin -> Zone
        self.nodes = set()            # existing names, empty non-terminals included

    def add(self, name, rrtype, text):
        texts = self.records.setdefault(name, {}).setdefault(rrtype, [])
        if text not in texts:
            texts.append(text)

    def index_nodes(self):
        for name in list(self.records) + list(self.cuts):
            for above in ancestors(name):
                self.nodes.add(above)
                if above == self.origin:
                    break

    def opts_out(self):
        opt_out = self.signing.opt_out
        return self.signed == "nsec3" and (self.level == 1 if opt_out is None else opt_out)

    def ds_texts(self):
        """The DS records that stand for this zone in its parent (if that is to have any)."""
        if self.ds:
            return self.ds(self)
        return [self.key.ds_text()] if self.key and self.secure_delegation else []

    def left_out(self):
        """The delegations that have no NSEC3: with opt-out those without DS (RFC 5155 6), but
        for those at an empty non-terminal, which would have none either then: nsd 4.6 has no
        proof to give that such a name has no DS."""
        return {origin for origin, child in self.cuts.items() if self.opts_out() and
                not child.ds_texts() and parent_of(origin) == self.origin}

    def index_proofs(self):
        """Names in the chain of denial."""
        for name in list(self.records) + sorted(set(self.cuts) - self.left_out()):
            for above in ancestors(name):
                self.proved.add(above)
                if above == self.origin:
                    break

    def dname_above(self, name):
        above = parent_of(name)
        found = None
        while is_below(above, self.origin):
            if "DNAME" in self.records.get(above, {}):
                found = above
            if above == self.origin or above == ".":
                break
            above = parent_of(above)
        return found if name != self.origin else None

    def node_of(self, name):
        """The record sets that answer for this name: its own, a wildcard's, or None."""
        if name in self.nodes:
            return self.records.get(name, {})
        for above in ancestors(parent_of(name)):
            if above in self.nodes:
                return self.records.get("*." + above if above != "." else "*.")
        return None

    def is_expanded(self, name):
        """What this name has comes from a wildcard."""
        return name not in self.nodes and not self.dname_above(name) and \
            self.node_of(name) is not None

    def needs_cover(self, name, found):
        """The answer rests on a denial that covers ${name}, not on one that matches it."""
        return not self.dname_above(name) and (name not in self.nodes or (
            not found and name not in self.proved))

    def is_unproved(self, name, found):
        """RFC 5155 9.2: an opt-out span proves nothing of what may be delegated within it.
        RFC 9276 3.2: nor does a denial with too many iterations."""
        if self.signing.iterations > ITERATIONS_MAX and (not found or self.is_expanded(name)):
            return True
        return self.opts_out() and self.needs_cover(name, found)

    def ds_of(self, child):
        texts = child.ds_texts() if self.key or child.ds else []
        return "NOERROR", [(child.origin, "DS", text) for text in texts], None

    def lookup(self, name, rrtype):
        """(rcode, [(owner, type, text)], next name or None)"""
        dname = self.dname_above(name)
        if dname:
            target = self.records[dname]["DNAME"][0]
            synthesised = name[:-len(dname)] + target
            # A CNAME that was asked for is the answer itself (RFC 1034 5.3.3, 4.c), a made one too.
            following = synthesised if rrtype != "CNAME" else None
            return "NOERROR", [(dname, "DNAME", target), (name, "CNAME", synthesised)], following
        node = self.node_of(name)
        if node is None:
            return "NXDOMAIN", [], None
        if "CNAME" in node and rrtype != "CNAME":
            return "NOERROR", [(name, "CNAME", node["CNAME"][0])], node["CNAME"][0]
        return "NOERROR", [(name, rrtype, text) for text in node.get(rrtype, [])], None


class World:
    def __init__(self, seed):
        self.seed = seed
        self.zones, self.pending, self.order = {}, {}, []
        self.hosts = {}      # server name -> [addresses]
        self.outside = []    # (origin, ns name, address): delegations to the tests' own servers
        self.crooked = []    # (address, address of a good server, mischief): see crooked.py
        self.pools = {level: Pool(level, n4, n6) for level, n4, n6 in (
            (0, 4, 4), (1, 12, 8), (2, 70, 30), (3, 40, 20), (4, 16, 8), (5, 8, 4), (6, 6, 3))}

    def zone(self, origin, level, **kind):
        zone = Zone(origin, level)
        for key, value in kind.items():
            setattr(zone, key, value)
        self.zones[origin] = zone
        return zone

    def put(self, name, rrtype, *texts):
        """Records for a name.  False, and nothing put, beside a CNAME or where one stands."""
        types = self.pending.setdefault(name, {})
        if rrtype == "CNAME" and types or "CNAME" in types:
            return False
        for text in texts:
            if text not in types.setdefault(rrtype, []):
                types[rrtype].append(text)
        return True

    def host(self, name, addresses):
        """A server's name with its addresses (once: the first call decides)."""
        if name not in self.hosts:
            self.hosts[name] = addresses
            for address in addresses:
                self.put(name, "AAAA" if ":" in address else "A", address)
        return name

    def zone_of(self, name):
        return next(self.zones[above] for above in ancestors(name) if above in self.zones)

    def finish(self):
        """Puts every record into its zone, makes the delegations, keys and DS."""
        for origin, zone in self.zones.items():
            if origin != ".":
                zone.parent = self.zone_of(parent_of(origin))
                zone.parent.cuts[origin] = zone
            if zone.signed and zone.key is None:
                zone.key = Key(origin, zone.algorithm, self.seed)
        for name, types in self.pending.items():
            home = self.zone_of(name)
            for rrtype, texts in types.items():
                for text in texts:
                    home.add(name, rrtype, text)
        for origin, zone in self.zones.items():
            self.finish_apex(zone)
        for zone in self.zones.values():
            zone.index_nodes()
            zone.index_proofs()

    def finish_apex(self, zone):
        ns = zone.child_ns or zone.ns
        for name in ns:
            zone.add(zone.origin, "NS", name)
        zone.add(zone.origin, "SOA", "%s hostmaster.%s 2024010101 7200 1800 1209600 %d" % (
            ns[0], zone.origin if zone.origin != "." else "", min(zone.ttl, 900)))
        if zone.key:
            for key in [zone.key] + zone.more_keys + zone.signing.silent_keys:
                if key not in zone.signing.hidden_keys:
                    zone.add(zone.origin, "DNSKEY", key.dnskey_text())

    def glue_of(self, parent, child):
        """[(name, address)] which the parent gives along with the referral."""
        for name in child.ns:
            home = self.zone_of(name)
            if name not in self.hosts or not is_below(name, parent.origin) or home is parent:
                continue
            if home is child or child.glue_siblings:
                yield from ((name, address) for address in self.hosts[name])

    def alive(self, zone):
        while zone:
            if zone.health != "ok":
                return False
            zone = zone.parent
        return True

    def steps(self, qname, qtype):
        """(zone, name, rcode, [(owner, type, text)], last) for each link of the way to the answer,
        zone None where the way ends without one."""
        name = qname
        for _ in range(MAX_LINKS + 1):
            zone = self.zone_of(name)
            at_parent = qtype == "DS" and name == zone.origin and zone.parent is not None
            asked = zone.parent if at_parent else zone
            if not self.alive(asked):
                break
            rcode, found, following = asked.ds_of(zone) if at_parent else zone.lookup(name, qtype)
            yield asked, name, rcode, found
            if following is None:
                return
            name = following
        yield None, name, "SERVFAIL", []

    def resolve(self, qname, qtype):
        """(rcode, [answer lines]) as a resolver with nothing cached, which does not validate,
        should say it."""
        answers, rcode = [], "SERVFAIL"
        for zone, _, rcode, found in self.steps(qname, qtype):
            answers += ["%s %s %s" % record for record in found]
        return (rcode, sorted(set(answers))) if zone else ("SERVFAIL", [])

    # What validation makes of it ----------------------------------------------

    def validate(self, qname, qtype):
        """(rcode, [answer lines], status, errors): the same with validation.  ${status} is secure,
        insecure or bogus (or nothing where there is no answer to judge)."""
        statuses = []
        for zone, name, rcode, found in self.steps(qname, qtype):
            if zone is None:
                return "SERVFAIL", [], "", ()
            statuses.append(self.status_of_step(zone, name, qtype, rcode, found))
        if any(status == "bogus" for status, _ in statuses):
            return "SERVFAIL", [], "bogus", sorted({
                code for status, errors in statuses if status == "bogus" for code in errors})
        weakest = next((row for row in statuses if row[0] == "insecure"), ("secure", ()))
        return self.resolve(qname, qtype) + weakest

    def status_of_zone(self, zone):
        """(status, errors) of the chain of trust down to the zone's keys (RFC 4035 5)."""
        if zone.parent is None:
            return "secure", ()
        above = self.status_of_zone(zone.parent)
        if above[0] != "secure":
            return above
        texts = zone.ds_texts()
        delegation = [(zone.origin, "DS", text) for text in texts]
        fault = self.fault_of(zone.parent, zone.origin, "DS", "NOERROR", delegation)
        if fault:
            return fault
        fields = [text.split() for text in texts]
        if not any(int(algorithm) in ALGORITHMS and int(digest) in DIGESTS
                   for _, algorithm, digest, _ in fields):
            return "insecure", ()
        return "secure", ()

    def fault_of(self, zone, name, rrtype, rcode, found):
        return next(((fault.status, fault.errors) for fault in zone.faults
                     if fault.hits(zone, name, rrtype, rcode, found)), None)

    def status_of_step(self, zone, name, rrtype, rcode, found):
        status = self.status_of_zone(zone)
        if status[0] != "secure":
            return status
        fault = self.fault_of(zone, name, rrtype, rcode, found)
        if fault:
            return fault
        return ("insecure" if zone.is_unproved(name, found) else "secure"), ()

    # Zone files -------------------------------------------------------------

    def zone_text(self, zone):
        """The zone's file before it is signed; see open_text."""
        lines = ["$ORIGIN %s" % zone.origin, "$TTL %d" % zone.ttl]

        def line(name, rrtype, text):
            lines.append("%s IN %s %s" % (name, "TYPE65" if rrtype == "HTTPS" else rrtype, text))

        for name in sorted(zone.records, key=lambda n: (n != zone.origin, n)):
            for rrtype in sorted(zone.records[name], key=lambda t: (t != "SOA", t)):
                for text in zone.records[name][rrtype]:
                    line(name, rrtype, text)
        for row in self.delegations(zone, is_open=False):
            line(*row)
        for origin, name, address in self.outside:
            if self.zone_of(origin) is zone:
                line(origin, "NS", name)
                line(name, "A", address)
        return "\n".join(dict.fromkeys(lines)) + "\n"

    def open_text(self, zone):
        """What is put into the file after signing: with opt-out, delegations without DS have no
        place in the chain of NSEC3 (RFC 5155 6), and are not signed anyway."""
        return "".join("%s %d IN %s %s\n" % (name, zone.ttl, rrtype, text) for name, rrtype, text
                       in dict.fromkeys(self.delegations(zone, is_open=True)))

    def delegations(self, zone, is_open):
        """(name, type, data) of NS, DS and glue; all, or with opt-out those that are signed or
        those that are not."""
        left_out = zone.left_out()
        for _, child in sorted(zone.cuts.items()):
            rows = [(child.origin, "NS", name) for name in child.ns] + zone.ds_of(child)[1]
            rows += [(name, "AAAA" if ":" in address else "A", address)
                     for name, address in self.glue_of(zone, child)]
            yield from (row for row in rows if is_open == any(
                above in left_out for above in ancestors(row[0])))
