"""What is in the simulated Internet: the tree, the companies, the hard services.

build(seed) makes a World and two lists of (name, type, tag), from which truth.tsv and
trust.tsv are written.  Everything follows from the seed alone.

Addresses in answers look public (20.0.0.0/8, 2a0b:1234::/32): resolvers may be
told to drop private ones, and reverse trees of private ranges never leave them.

The hard zones are what detectors of tunnels take for tunnels: a CDN with
hash-like host names (a third of all web names end there by CNAME), block lists
asked with reversed addresses in decimal and in hex, and an antivirus cloud whose
questions are long and random-looking.  Their questions carry the tags cdn, dnsbl
and av.
"""

import random

import trust
import words
from world import DEAD4, LAME4, SILENT4, World, parent_of

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
ATTACKERS = 72


def build(seed):
    maker = Maker(seed)
    maker.root_and_tlds()
    maker.hosters()
    maker.companies()
    maker.subzones()
    maker.broken_zones()
    maker.hard_zones()
    maker.reverse()
    maker.chains()
    maker.dnames()
    maker.attackers()
    trusted = trust.build(maker.world, seed)
    maker.world.finish()
    return maker.world, maker.questions(), trusted


class Maker:
    def __init__(self, seed):
        self.rng = random.Random("sekisho-lab-%s" % seed)
        self.world = World(seed)
        self.asked = []          # (name, type, tag), in order of making
        self.company_zones = []  # second-level zones with ordinary content
        self.sub_zones = []
        self.hoster_names = []
        self.used = set()
        self.next_host = 1
        self.reverse_names = []

    # Small makers -----------------------------------------------------------

    def ask(self, name, rrtype, tag):
        self.asked.append((name, rrtype, tag))

    def ipv4(self):
        return "20.%d.%d.%d" % (self.rng.choice((5, 41, 77, 130)), self.rng.randrange(256),
                                self.rng.randrange(1, 255))

    def ipv6(self):
        return "2a0b:1234:%x::%x" % (self.rng.randrange(1, 0xFFFF), self.rng.randrange(1, 0xFFFF))

    def addresses(self, name, tag="host"):
        """A and perhaps AAAA records, with the questions for both."""
        self.world.put(name, "A", *[self.ipv4() for _ in range(self.rng.choice((1, 1, 1, 2, 3)))])
        if self.rng.random() < 0.5:
            self.world.put(name, "AAAA", self.ipv6())
        self.ask(name, "A", tag)
        self.ask(name, "AAAA", tag)

    def company_name(self):
        while True:
            name = self.rng.choice(words.FIRST) + self.rng.choice(("", "", "", "-")) + \
                self.rng.choice(words.SECOND)
            if name not in self.used:
                self.used.add(name)
                return name

    def pool4(self, level, count=1):
        return self.rng.sample(self.world.pools[level].v4, count)

    def pool6(self, level, count=1):
        return self.rng.sample(self.world.pools[level].v6, count)

    def server_addresses(self, level):
        chance = self.rng.random()
        if chance < 0.4:
            return self.pool4(level)
        if chance < 0.9:
            return self.pool4(level) + self.pool6(level)
        return self.pool4(level, 2) + self.pool6(level)

    # The top ----------------------------------------------------------------

    def top_servers(self, origin, level, names, **kind):
        """A zone whose servers have these names and the level's addresses in turn."""
        pool = self.world.pools[level]
        zone = self.world.zone(origin, level, ns=list(names), **kind)
        for i, name in enumerate(names):
            self.world.host(name, [pool.v4[i % len(pool.v4)], pool.v6[i % len(pool.v6)]])
        return zone

    def root_and_tlds(self):
        self.top_servers(".", 0, ["%s.root-servers.net." % c for c in "abcd"], signed="nsec",
                         algorithm=8)
        gtld = ["%s.gtld-servers.net." % c for c in "abcdef"]
        self.top_servers("com.", 1, gtld, signed="nsec3", ttl=7200)
        self.top_servers("net.", 1, gtld, signed="nsec3", ttl=7200)
        self.top_servers("org.", 1, ["a0.nic.org.", "b0.nic.org.", "c0.nic.org."], signed="nsec3")
        self.top_servers("jp.", 1, ["%s.dns.jp." % c for c in "abc"], signed="nsec", algorithm=8)
        self.top_servers("arpa.", 1, ["a.ns.arpa.", "b.ns.arpa."], signed="nsec")
        for origin in ("root-servers.net.", "gtld-servers.net."):
            self.top_servers(origin, 2, ["ns1." + origin, "ns2." + origin], signed="nsec")
        self.top_servers("ne.jp.", 2, ["x.ne.jp.", "y.ne.jp."], signed="nsec")
        for name, rrtype in ((".", "NS"), (".", "SOA"), ("com.", "NS"), ("com.", "SOA"),
                             ("net.", "NS"), ("org.", "NS"), ("jp.", "NS"), ("arpa.", "NS"),
                             ("co.jp.", "A"), ("co.jp.", "NS"), ("ne.jp.", "NS"), ("com.", "DS"),
                             ("jp.", "DS"), ("ne.jp.", "DS"), ("com.", "DNSKEY"),
                             (".", "DNSKEY"), ("a.gtld-servers.net.", "A"),
                             ("b.root-servers.net.", "AAAA"), ("com.", "MX"), ("nic.org.", "A")):
            self.ask(name, rrtype, "top")
        for name in ("nosuchtld.", "www.nosuchtld.", "lan1.", "corp7.", "_tcp.", "a.b.c.nothere."):
            self.ask(name, "A", "top-nxdomain")

    # Companies that run other people's name servers ---------------------------

    def hosters(self):
        for i, tld in enumerate(("net.", "com.", "org.", "jp.", "net.", "com.", "org.", "net.")):
            origin = "%s.%s" % (self.company_name().replace("-", "") + "dns", tld)
            own = ["ns1." + origin, "ns2." + origin]
            for name in own:
                self.world.host(name, self.server_addresses(2))
            # Two hosters are themselves served by the one before: sub-questions of sub-questions.
            ns = own if i not in (5, 7) else ["ns1." + self.hoster_names[-1]]
            self.world.zone(origin, 2, ns=ns, signed="nsec" if i % 3 == 0 else None)
            self.hoster_names.append(origin)
            self.world.put("www." + origin, "A", self.ipv4())
            self.ask("www." + origin, "A", "host")
            self.ask(own[0], "A", "host")
            self.ask(origin, "NS", "apex")

    def hosted(self, level, count=2):
        hoster = self.rng.choice(self.hoster_names)
        names = ["ns%d.l%d.%s" % (i + 1, level, hoster) for i in range(4)]
        return [self.world.host(name, self.server_addresses(level))
                for name in self.rng.sample(names, count)]

    # Ways in which a zone may be served ---------------------------------------

    def serve_hosted(self, zone):
        zone.ns = self.hosted(zone.level)

    def serve_inside(self, zone):
        zone.ns = [self.world.host("ns%d.%s" % (i, zone.origin), self.server_addresses(zone.level))
                   for i in (1, 2)]

    def serve_inside_deep(self, zone):
        zone.ns = [self.world.host("%s.dns.infra.%s" % (c, zone.origin),
                                   self.server_addresses(zone.level)) for c in "ab"]

    def serve_sibling(self, zone):
        """By a server inside a sibling zone, with or without the parent's help (glue)."""
        family = [z for z in self.company_zones if z.level == zone.level
                  and parent_of(z.origin) == parent_of(zone.origin) and z.ns
                  and any(n.endswith("." + z.origin) for n in z.ns) and z.health == "ok"]
        if not family:
            return self.serve_hosted(zone)
        sibling = self.rng.choice(family)
        zone.ns = [self.world.host("dns." + sibling.origin, self.server_addresses(zone.level))]
        zone.glue_siblings = self.rng.random() < 0.5

    def serve_v6_only(self, zone):
        zone.ns = [self.world.host("v6only%d.%s" % (i, zone.origin), self.pool6(zone.level))
                   for i in (1, 2)]

    def serve_v4_only(self, zone):
        zone.ns = [self.world.host("v4only.%s" % zone.origin, self.pool4(zone.level))]

    def serve_mixed(self, zone):
        zone.ns = self.hosted(zone.level, 1) + [
            self.world.host("ns." + zone.origin, self.server_addresses(zone.level))]

    def serve_one_dead(self, zone):
        self.serve_with(zone, DEAD4)

    def serve_one_silent(self, zone):
        self.serve_with(zone, SILENT4)

    def serve_one_lame(self, zone):
        self.serve_with(zone, LAME4)

    def serve_with(self, zone, bad):
        zone.ns = [self.world.host("bad." + zone.origin, [self.rng.choice(bad)]),
                   self.world.host("good." + zone.origin, self.server_addresses(zone.level)),
                   self.world.host("good2." + zone.origin, self.server_addresses(zone.level))]

    def serve_child_knows_more(self, zone):
        self.serve_inside(zone)
        zone.child_ns = zone.ns + [self.world.host("ns3." + zone.origin, self.pool4(zone.level))]

    WAYS = ((serve_hosted, 38), (serve_inside, 20), (serve_inside_deep, 5), (serve_sibling, 10),
            (serve_v6_only, 3), (serve_v4_only, 5), (serve_mixed, 5), (serve_one_dead, 4),
            (serve_one_silent, 2), (serve_one_lame, 4), (serve_child_knows_more, 4))

    def serve(self, zone):
        ways, weights = zip(*self.WAYS)
        self.rng.choices(ways, weights)[0](self, zone)
        if self.rng.random() < 0.4:
            zone.signed = self.rng.choice(("nsec", "nsec", "nsec3"))
            zone.secure_delegation = self.rng.random() < 0.85
            zone.algorithm = 8 if self.rng.random() < 0.08 else 13
        zone.ttl = self.rng.choice((300, 600, 3600, 3600, 14400))
        return zone

    # Ordinary companies -------------------------------------------------------

    def companies(self):
        plan = ["com."] * 120 + ["net."] * 36 + ["org."] * 28 + ["jp."] * 16 + ["co.jp."] * 18 + \
            ["ne.jp."] * 10
        for tld in plan:
            level = 3 if tld == "ne.jp." else 2
            zone = self.serve(self.world.zone("%s.%s" % (self.company_name(), tld), level))
            self.company_zones.append(zone)
            self.company(zone)

    def company(self, zone):
        origin = zone.origin
        self.apex(origin)
        self.mail(origin)
        for label in self.rng.sample(words.HOSTS, 4):
            self.addresses("%s.%s" % (label, origin))
        self.oddities(zone)
        self.negatives(zone)

    def apex(self, origin):
        self.addresses(origin, "apex")
        self.world.put("www." + origin, "CNAME", origin)
        for rrtype in ("A", "AAAA"):
            self.ask("www." + origin, rrtype, "www")
        for rrtype in ("NS", "SOA", "MX", "TXT", "CAA", "HTTPS"):
            if self.rng.random() < 0.4:
                self.ask(origin, rrtype, "apex")
        if self.rng.random() < 0.4:
            self.world.put(origin, "CAA", '0 issue "ca.%s"' % self.rng.choice(self.hoster_names))
        if self.rng.random() < 0.4:  # SvcPriority 1, target ".", alpn=h2,h3 (RFC 9460)
            self.world.put(origin, "HTTPS", "\\# 13 0001000001000602683202" "6833")
        self.ask(origin, "DS", "ds") if self.rng.random() < 0.15 else None

    def mail(self, origin):
        if self.rng.random() < 0.8:
            self.world.put(origin, "MX", "10 mail.%s" % origin, "20 mx.%s" % (
                self.rng.choice(self.hoster_names)))
            self.addresses("mail." + origin)
        self.world.put(origin, "TXT", '"v=spf1 mx -all"')
        self.world.put("_dmarc." + origin, "TXT", '"v=DMARC1; p=reject; rua=mailto:d@%s"'
                       % origin[:-1])
        if self.rng.random() < 0.3:
            self.ask("_dmarc." + origin, "TXT", "mail")
        if self.rng.random() < 0.3:
            key = "".join(self.rng.choice(BASE32) for _ in range(360))
            self.world.put("s1._domainkey." + origin, "TXT",
                           '"v=DKIM1; k=rsa; p=%s" "%s"' % (key[:200], key[200:]))
            self.ask("s1._domainkey." + origin, "TXT", "mail")
        if self.rng.random() < 0.3:
            self.world.put("_sip._tcp." + origin, "SRV", "10 60 5060 voice." + origin,
                           "20 0 5060 mail." + origin)
            self.addresses("voice." + origin)
            self.ask("_sip._tcp." + origin, "SRV", "srv")
            self.ask("_tcp." + origin, "A", "ent")

    def oddities(self, zone):
        """Each zone draws some of the shapes that make resolvers stumble."""
        shapes = (self.shape_wildcard, self.shape_wildcard_cname, self.shape_ent, self.shape_big,
                  self.shape_many, self.shape_naptr, self.shape_txt_bytes)
        for shape in self.rng.sample(shapes, 2):
            shape(zone.origin)

    def shape_wildcard(self, origin):
        self.world.put("*.pages." + origin, "A", self.ipv4())
        self.world.put("help.pages." + origin, "TXT", '"not the wildcard"')
        self.ask("%s.pages.%s" % (self.rng.choice(words.FIRST), origin), "A", "wildcard")
        self.ask("a.b.pages." + origin, "A", "wildcard")
        self.ask("tour.pages." + origin, "AAAA", "wildcard-nodata")
        self.ask("help.pages." + origin, "A", "wildcard-nodata")
        self.ask("x.help.pages." + origin, "A", "wildcard-nxdomain")
        self.ask("*.pages." + origin, "A", "wildcard")

    def shape_wildcard_cname(self, origin):
        self.world.put("*.users." + origin, "CNAME", "www." + origin)
        self.ask("%s.users.%s" % (self.rng.choice(words.FIRST), origin), "A", "wildcard")
        self.ask("me.users." + origin, "CNAME", "wildcard")

    def shape_ent(self, origin):
        place = self.rng.choice(words.PLACES)
        self.addresses("db1.rack.%s.%s" % (place, origin))
        self.ask("rack.%s.%s" % (place, origin), "A", "ent")
        self.ask("%s.%s" % (place, origin), "TXT", "ent")
        self.ask("db2.rack.%s.%s" % (place, origin), "A", "nxdomain")

    def shape_big(self, origin):
        """Over 1232 bytes: truncated over UDP, whole over TCP."""
        for i in range(12):
            text = "".join(self.rng.choice(BASE32) for _ in range(150))
            self.world.put("big." + origin, "TXT", '"part %d %s"' % (i, text))
        self.ask("big." + origin, "TXT", "big")

    def shape_many(self, origin):
        self.world.put("many." + origin, "A", *[self.ipv4() for _ in range(90)])
        self.world.put("all." + origin, "CNAME", "many." + origin)
        self.ask("many." + origin, "A", "big")
        self.ask("all." + origin, "A", "big")

    def shape_naptr(self, origin):
        self.world.put(origin, "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@%s!" .' % origin[:-1],
                       '110 10 "s" "SIP+D2T" "" _sip._tcp.%s' % origin)
        self.ask(origin, "NAPTR", "naptr")

    def shape_txt_bytes(self, origin):
        self.world.put("note." + origin, "TXT", '"quote \\" and \\\\ and \\000\\255"', '""')
        self.ask("note." + origin, "TXT", "txt")

    def negatives(self, zone):
        for label in self.rng.sample(words.MISSES, 2):
            self.ask("%s.%s" % (label, zone.origin), self.rng.choice(("A", "AAAA")), "nxdomain")
        self.ask("mail." + zone.origin, self.rng.choice(("SRV", "CAA", "PTR")), "nodata")

    # Deeper cuts ----------------------------------------------------------------

    def subzones(self):
        above = self.rng.sample([z for z in self.company_zones if z.level == 2], 44)
        for turn, share in enumerate((44, 20, 9, 4)):
            above = [self.subzone(zone, skip=(turn == 0 and i % 6 == 0))
                     for i, zone in enumerate(above[:share])]

    def subzone(self, parent, skip):
        label = self.rng.choice(words.PLACES) + (".eu" if skip else "")
        while "%s.%s" % (label, parent.origin) in self.world.zones:
            label = "x" + label
        zone = self.world.zone("%s.%s" % (label, parent.origin), parent.level + 1)
        self.serve(zone)
        self.sub_zones.append(zone)
        self.addresses(zone.origin, "sub")
        for host in self.rng.sample(words.HOSTS, 3):
            self.addresses("%s.%s" % (host, zone.origin), "sub")
        self.ask(zone.origin, "NS", "sub")
        self.ask(zone.origin, "DS", "ds")
        self.ask("%s.%s" % (self.rng.choice(words.MISSES), zone.origin), "A", "nxdomain")
        if skip:
            self.ask("eu." + parent.origin, "A", "ent")
        return zone

    # Zones that cannot answer ---------------------------------------------------

    def broken_zones(self):
        for tag, bad in (("dead", DEAD4), ("lame", LAME4), ("silent", SILENT4)):
            for _ in range(1 if tag == "silent" else 3):
                origin = "%s.com." % self.company_name()
                zone = self.world.zone(origin, 2, health="dead")
                zone.ns = [self.world.host("ns%d.%s" % (i, origin), [self.rng.choice(bad)])
                           for i in (1, 2)]
                self.world.put("www." + origin, "A", self.ipv4())
                self.ask("www." + origin, "A", tag)
        origin = "%s.net." % self.company_name()  # its server's name does not exist
        zone = self.world.zone(origin, 2, health="dead")
        zone.ns = ["ns1.no-such-host." + self.company_zones[0].origin]
        self.ask("www." + origin, "A", "dead")

    # Hard, harmless zones ---------------------------------------------------------

    def hash_label(self, length, alphabet=BASE32):
        return "".join(self.rng.choice(alphabet) for _ in range(length))

    def hard_zones(self):
        self.cdn()
        self.dnsbl()
        self.antivirus()

    def hard_zone(self, name, ttl, level=2, ask_apex=True):
        zone = self.world.zone(name, level)
        self.serve_inside(zone)
        zone.ttl = ttl
        if ask_apex:
            self.ask(name, "NS", "apex")
        return name

    def cdn(self):
        front = self.hard_zone("fastedge-%s.net." % self.hash_label(3), 60)
        edge = self.hard_zone("g." + front, 20, 3, False)
        for i, zone in enumerate(self.rng.sample(self.company_zones, 80)):
            node = "d%s.%s" % (self.hash_label(13), edge if i % 2 else front)
            shop = "cdn." + zone.origin
            if not self.world.put(shop, "CNAME", "%s.cust.%s" % (zone.origin[:-1], front)):
                continue
            self.world.put("%s.cust.%s" % (zone.origin[:-1], front), "CNAME", node)
            self.world.put(node, "A", self.ipv4(), self.ipv4(), self.ipv4(), self.ipv4())
            self.world.put(node, "AAAA", self.ipv6())
            for rrtype in ("A", "AAAA"):
                self.ask(shop, rrtype, "cdn")
            if i % 4 == 0:
                for rrtype in ("A", "AAAA", "HTTPS"):
                    self.ask(node, rrtype, "cdn")

    def dnsbl(self):
        plain = self.hard_zone("bl.%s.org." % self.company_name(), 300, 2, False)
        hexed = self.hard_zone("ip.%s.net." % self.company_name(), 300, 2, False)
        for i in range(60):
            address = [self.rng.randrange(1, 224)] + [self.rng.randrange(256) for _ in range(3)]
            reverse = "%d.%d.%d.%d" % tuple(reversed(address))
            listed = self.rng.random() < 0.4
            if listed:
                self.world.put("%s.%s" % (reverse, plain), "A", "127.0.0.%d" % self.rng.choice(
                    (2, 3, 4, 10, 11)))
                self.world.put("%s.%s" % (reverse, plain), "TXT", '"listed, see %s"' % plain[:-1])
            self.ask("%s.%s" % (reverse, plain), "A", "dnsbl")
            if listed and i % 4 == 0:
                self.ask("%s.%s" % (reverse, plain), "TXT", "dnsbl")
            if i % 3 == 0:
                name = "%02x%02x%02x%02x.%s" % (*address, hexed)
                self.world.put(name, "A", "127.0.0.2")
                self.ask(name, "A", "dnsbl")

    def antivirus(self):
        """File and URL reputation by DNS: hashes in, one address out."""
        origin = self.hard_zone("%s.com." % (self.company_name().replace("-", "") + "av"), 300)
        cloud = self.hard_zone("avqs." + origin, 300, 3, False)
        self.world.put("status." + cloud, "A", self.ipv4())  # every client asks it first
        self.ask("status." + cloud, "A", "av-status")
        for i in range(36):
            name = "%s.%s.%s.%s" % (self.hash_label(8, "0123456789abcdef"), self.hash_label(26),
                                    self.rng.choice("pf"), cloud)
            self.world.put(name, "A", "127.0.%d.%d" % (self.rng.randrange(8),
                                                      self.rng.randrange(128)))
            self.ask(name, "A", "av")

    # Reverse trees ------------------------------------------------------------------

    def reverse(self):
        self.top_servers("in-addr.arpa.", 2, ["a.ns.in-addr.arpa.", "b.ns.in-addr.arpa."],
                         signed="nsec")
        self.top_servers("ip6.arpa.", 2, ["a.ns.ip6.arpa.", "b.ns.ip6.arpa."], signed="nsec")
        zone = self.serve(self.world.zone("20.in-addr.arpa.", 3))
        zone.ns = self.hosted(3)
        for second in (5, 41, 77, 130):
            zone = self.serve(self.world.zone("%d.20.in-addr.arpa." % second, 4))
            zone.ns = self.hosted(4)
        zone = self.world.zone("4.3.2.1.b.0.a.2.ip6.arpa.", 3)
        zone.ns = self.hosted(3)
        for zone in self.rng.sample(self.company_zones, 110):
            self.reverse_of("www." + zone.origin, zone.origin)
        classless = "0/25.9.41.20.in-addr.arpa."  # RFC 2317
        for i in range(1, 6):
            self.world.put("%d.9.41.20.in-addr.arpa." % i, "CNAME", "%d.%s" % (i, classless))
            self.world.put("%d.%s" % (i, classless), "PTR", self.company_zones[i].origin)
            self.ask("%d.9.41.20.in-addr.arpa." % i, "PTR", "reverse")

    def reverse_of(self, name, origin):
        types = self.world.pending.get(origin, {})
        for address in types.get("A", [])[:1]:
            reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa."
            self.world.put(reverse, "PTR", name)
            self.ask(reverse, "PTR", "reverse")
        for address in types.get("AAAA", [])[:1]:
            import ipaddress
            reverse = ipaddress.ip_address(address).reverse_pointer + "."
            self.world.put(reverse, "PTR", name)
            if self.rng.random() < 0.3:
                self.ask(reverse, "PTR", "reverse")

    # Chains and renamed trees ---------------------------------------------------------

    def chains(self):
        for links in list(range(1, 9)) * 9:
            self.chain(links, self.rng.sample(self.company_zones, min(links + 1, 6)), "A")
        zone = self.rng.choice(self.company_zones)
        self.world.put("ring1." + zone.origin, "CNAME", "ring2." + zone.origin)
        self.world.put("ring2." + zone.origin, "CNAME", "ring1." + zone.origin)
        self.ask("ring1." + zone.origin, "A", "loop")

    def chain(self, links, zones, rrtype):
        """go -> hop1 -> ... over zones (or inside one); ends in an address, nothing, or NXDOMAIN."""
        inside = self.rng.random() < 0.3
        mark = self.next_host
        self.next_host += 1
        name = "go%d.%s" % (mark, zones[0].origin)
        first = name
        for i in range(links):
            home = zones[0] if inside else zones[(i + 1) % len(zones)]
            target = "hop%d-%d.%s" % (i + 1, mark, home.origin)
            self.world.put(name, "CNAME", target)
            name = target
        end = self.rng.choice(("address", "address", "address", "nodata", "nxdomain"))
        if end == "address":
            self.world.put(name, "A", self.ipv4())
        elif end == "nodata":
            self.world.put(name, "TXT", '"no address here"')
        self.ask(first, rrtype, "chain")
        self.ask(first, "AAAA", "chain")
        self.ask(first, "CNAME", "chain")

    def dnames(self):
        for i, here in enumerate(self.rng.sample(self.company_zones, 30)):
            there = self.rng.choice([z for z in self.company_zones if z is not here])
            target = "new." + here.origin if i % 2 else "brand." + there.origin
            self.world.put("old." + here.origin, "DNAME", target)
            for host in self.rng.sample(words.HOSTS, 2):
                self.world.put("%s.%s" % (host, target), "A", self.ipv4())
                self.ask("%s.old.%s" % (host, here.origin), "A", "dname")
            self.ask("gone.old." + here.origin, "A", "dname")
            self.ask("old." + here.origin, "DNAME", "dname")
            self.ask("old." + here.origin, "A", "dname")

    # Zones for tunnels -------------------------------------------------------------------

    def attackers(self):
        """Ordinary-looking zones whose child t.* is served by whatever the tests start there."""
        for i in range(ATTACKERS):
            origin = "%s.com." % self.company_name()
            zone = self.world.zone(origin, 2)
            self.serve_hosted(zone)
            self.world.put("www." + origin, "A", self.ipv4())
            self.world.outside.append(("t." + origin, "tns." + origin, "127.66.%d.1" % (i + 1)))

    # What is asked --------------------------------------------------------------------------

    def questions(self):
        """Each question once, no name at or below a zone of the tests' own."""
        return list(dict.fromkeys(self.asked))
