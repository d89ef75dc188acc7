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
records, and by nobody's name server code.
"""

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
            if zone.signed:
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

    def finish_apex(self, zone):
        ns = zone.child_ns or zone.ns
        for name in ns:
            zone.add(zone.origin, "NS", name)
        zone.add(zone.origin, "SOA", "%s hostmaster.%s 2024010101 7200 1800 1209600 %d" % (
            ns[0], zone.origin if zone.origin != "." else "", min(zone.ttl, 900)))
        if zone.key:
            zone.add(zone.origin, "DNSKEY", zone.key.dnskey_text())

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

    def resolve(self, qname, qtype):
        """(rcode, [answer lines]) as a resolver with nothing cached should say it."""
        name, answers = qname, []
        for _ in range(MAX_LINKS + 1):
            zone = self.zone_of(name)
            if qtype == "DS" and name == zone.origin and zone.parent:
                return self.resolve_ds(zone, answers)
            if not self.alive(zone):
                return "SERVFAIL", []
            rcode, found, following = zone.lookup(name, qtype)
            answers += ["%s %s %s" % record for record in found]
            if following is None:
                return rcode, sorted(set(answers))
            name = following
        return "SERVFAIL", []

    def resolve_ds(self, zone, answers):
        if not self.alive(zone.parent):
            return "SERVFAIL", []
        if zone.key and zone.secure_delegation and zone.parent.key:
            answers = answers + ["%s DS %s" % (zone.origin, zone.key.ds_text())]
        return "NOERROR", sorted(answers)

    # Zone files -------------------------------------------------------------

    def zone_text(self, zone):
        lines = ["$ORIGIN %s" % zone.origin, "$TTL %d" % zone.ttl]

        def line(name, rrtype, text):
            lines.append("%s IN %s %s" % (name, "TYPE65" if rrtype == "HTTPS" else rrtype, text))

        for name in sorted(zone.records, key=lambda n: (n != zone.origin, n)):
            for rrtype in sorted(zone.records[name], key=lambda t: (t != "SOA", t)):
                for text in zone.records[name][rrtype]:
                    line(name, rrtype, text)
        for origin, child in sorted(zone.cuts.items()):
            for name in child.ns:
                line(origin, "NS", name)
            if child.key and child.secure_delegation and zone.key:
                line(origin, "DS", child.key.ds_text())
            for name, address in self.glue_of(zone, child):
                line(name, "AAAA" if ":" in address else "A", address)
        for origin, name, address in self.outside:
            if self.zone_of(origin) is zone:
                line(origin, "NS", name)
                line(name, "A", address)
        return "\n".join(dict.fromkeys(lines)) + "\n"
