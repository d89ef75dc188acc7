"""
From a scenario's configuration to ours: the table that doc/conformance.md shows. Both dialects
are read: Unbound's own (server:, stub-zone:, forward-zone: ...) and Deckard's flat list.

What an option asks for falls under one of three heads: it is translated, it has no bearing on
what is answered here (IGNORED), or it switches on something that is no part of a resolver's
common work, and the scenario is told not applicable with the reason (FOREIGN).
"""
import base64
import ipaddress
import json
import struct

from . import message as dns
from . import resign
from .scenario import address_of

LISTEN_PORT = 5300
LISTEN_V4, LISTEN_V6 = "127.0.0.1", "::1"

# Said of how, not of what: sizes of tables, logs, threads, and what we always do so.
IGNORED = {
    "target-fetch-policy", "trust-anchor-signaling", "fake-sha1", "fake-dsa", "log-time-ascii",
    "verbosity", "rrset-roundrobin", "log-servfail", "root-key-sentinel", "msg-cache-size",
    "msg-cache-slabs", "rrset-cache-size", "hide-trustanchor", "val-log-level", "use-syslog",
    "directory", "log-queries", "log-replies", "num-threads", "harden-referral-path",
    "prefetch-key", "rpz-log", "stub-prime", "unblock-lan-zones", "insecure-lan-zones",
    "harden-below-nxdomain", "hide-identity", "hide-version", "chroot", "username", "pidfile",
    "use-caps-for-id", "key-cache-size", "neg-cache-size", "do-udp", "do-tcp", "infra-cache-size",
    "harden-large-queries", "harden-short-bufsize", "statistics-interval", "so-reuseport",
    "extended-statistics", "control-enable", "interface", "port", "do-daemonize", "tls-upstream",
    "force-ipv6", "name",
}

# No part of what resolvers have in common, or of what this one does.
FOREIGN = {
    "dns64-prefix": "DNS64", "dns64-synthall": "DNS64", "identity": "CHAOS texts",
    "version": "CHAOS texts", "nsid": "NSID", "private-address": "filter of private addresses",
    "edns-client-string": "EDNS option of Unbound's", "serve-expired": "stale answers",
    "serve-original-ttl": "original TTLs", "auto-trust-anchor-file": "file of anchors",
    "define-tag": "tags", "access-control-tag": "tags", "access-control-view": "views",
    "num-queries-per-thread": "inner limits", "outbound-msg-retry": "inner limits",
    "forward-no-cache": "no caching", "stub-first": "stub with fallback",
    "edns-tcp-keepalive": "EDNS keepalive", "edns-tcp-keepalive-timeout": "EDNS keepalive",
    "ratelimit": "rate limits", "send-client-subnet": "client subnet",
    "client-subnet-zone": "client subnet", "harden-dnssec-stripped": "hardening off",
    "permissive-mode": "permissive validation", "val-permissive-mode": "permissive validation",
    "val-nsec3-keysize-iterations": "own NSEC3 limits", "feature-list": "modules of Knot",
    "zonemd-check": "zone files", "ignore-cd-flag": "ignoring CD",
}
FOREIGN_SECTIONS = {
    "auth-zone": "authoritative zones", "rpz": "response policy zones", "view": "views",
    "dnscrypt": "DNSCrypt", "python": "Python module", "cachedb": "external cache",
    "ipset": "ipset", "dynlib": "modules",
}


class Foreign(Exception):
    """A scenario of something that is not done here; the text is the reason."""


def yes(value):
    return value.lower() in ("yes", "true", "on", "1")


def anchor_line(text):
    """An anchor as a line of a zone file: some write the name without its last dot."""
    words = dns.words_of(text)
    if not words[0].endswith("."):
        words[0] += "."
    return " ".join(words)


def anchor_text(r):
    name = dns.name_text(r.name)
    if r.type == 43:
        tag, algorithm, kind = struct.unpack("!HBB", r.data[:4])
        return f"{name} 3600 IN DS {tag} {algorithm} {kind} {r.data[4:].hex()}"
    flags, protocol, algorithm = struct.unpack("!HBB", r.data[:4])
    return (f"{name} 3600 IN DNSKEY {flags} {protocol} {algorithm} " +
            base64.b64encode(r.data[4:]).decode())


class Settings:
    """What the configuration of a scenario comes to."""

    def __init__(self, scenario, overrides=()):
        self.scenario = scenario
        self.options = {
            "detection": {"mode": "off"},
            "groups": [{"name": "default", "clients": ["0.0.0.0/0", "::/0"], "rate": 0}],
            "local": {"special-names": False, "private-reverse": False},
            "cache": {"ttl-min": "0s", "prefetch": False, "ttl-max": "7d"},
            "limits": {"reply-late": "0s", "rate": 0, "question-timeout": "20s",
                       "packet-timeout": "1000ms"},
            "policy": {"types": {"refuse": []}},
            "server": {"workers": 1, "listen": [f"{LISTEN_V4}@{LISTEN_PORT}",
                                                f"{LISTEN_V6}@{LISTEN_PORT}"],
                       "minimal-any": False, "minimal-answers": True,
                       "cache-lookups": True},
            "resolver": {"trust-anchors": [], "negative-trust-anchors": [],
                         "validation": True, "key-tag-signal": False,
                         "serve-stale": False},
        }
        self.anchors, self.negative, self.hints = [], [], []
        self.zones, self.zone = [], None
        self.root_name = None
        self.refused, self.allowed = [], []
        if scenario.dialect == "testbound":
            self.put("resolver", "qname-minimisation", True)
            self.put("server", "cache-lookups", False)
            self.put("cache", "ttl-max", "1d")
        for note in scenario.notes:
            if note in ("AUTOTRUST_FILE", "TEMPFILE_NAME", "TEMPFILE_CONTENTS"):
                raise Foreign("files of Unbound")
            raise Foreign(note)
        for section, key, value in scenario.config:
            self.take(section, key, value)
        self.finish(overrides)

    def put(self, section, key, value):
        self.options.setdefault(section, {})[key] = value

    def take(self, section, key, value):
        if key in FOREIGN_SECTIONS and value == "" or section in FOREIGN_SECTIONS:
            raise Foreign(FOREIGN_SECTIONS.get(key) or FOREIGN_SECTIONS[section])
        if key in FOREIGN and value not in ("no", ""):
            raise Foreign(FOREIGN[key])
        if key in ("stub-zone", "forward-zone") and value == "":
            self.zone = {"kind": key.split("-")[0], "name": ".", "servers": [], "first": False}
            self.zones.append(self.zone)
            return
        method = getattr(self, "take_" + key.replace("-", "_"), None)
        if method is not None:
            method(value)
        elif section in ("stub-zone", "forward-zone") and key == "name":
            self.zone["name"] = value
        elif value != "" and key not in IGNORED and key not in FOREIGN:
            raise Foreign(f"option {key}")

    # One method an option; its name is the option's.

    def take_stub_addr(self, value):
        if self.zone is not None:
            self.zone["servers"].append(value.split("#")[0].strip())
        else:
            self.hints.append(address_of(value))

    def take_forward_addr(self, value):
        if self.zone is None:
            self.zone = {"kind": "forward", "name": ".", "servers": [], "first": False}
            self.zones.append(self.zone)
        self.zone["servers"].append(value.split("#")[0].strip())

    def take_stub_host(self, value):
        raise Foreign("servers of a stub zone by name")

    def take_forward_host(self, value):
        raise Foreign("servers of a forward zone by name")

    def take_forward_first(self, value):
        self.zone["first"] = yes(value)

    def take_stub_name(self, value):
        self.root_name = value

    def take_trust_anchor(self, value):
        self.anchors.append(value)

    def take_domain_insecure(self, value):
        self.negative.append(value)

    def take_val_override_date(self, value):
        if value in ("-1", "0"):
            self.put("resolver", "validation-time", self.time_in_signatures())
        else:
            self.put("resolver", "validation-time", dns.moment_of(value))

    def take_val_override_timestamp(self, value):
        self.put("resolver", "validation-time", int(value))

    def take_qname_minimisation(self, value):
        self.put("resolver", "qname-minimisation", yes(value))

    take_query_minimization = take_qname_minimisation

    def take_qname_minimisation_strict(self, value):
        if yes(value):
            raise Foreign("strict minimisation")

    def take_harden_glue(self, value):
        self.put("resolver", "harden-glue", yes(value))

    def take_harden_algo_downgrade(self, value):
        if yes(value):
            raise Foreign("all algorithms of the DS must sign")

    def take_do_not_query_localhost(self, value):
        self.put("resolver", "loopback-upstream", not yes(value))

    def take_do_ip6(self, value):
        self.put("resolver", "ipv6", yes(value))

    def take_do_ip4(self, value):
        self.put("resolver", "ipv4", yes(value))

    def take_minimal_responses(self, value):
        self.put("server", "minimal-answers", yes(value))

    def take_ede(self, value):
        self.put("server", "extended-errors", yes(value))

    def take_aggressive_nsec(self, value):
        self.put("resolver", "aggressive-nsec", yes(value))

    def take_prefetch(self, value):
        self.put("cache", "prefetch", yes(value))

    def take_cache_max_ttl(self, value):
        self.put("cache", "ttl-max", f"{max(1, int(value))}s")

    def take_cache_min_ttl(self, value):
        self.put("cache", "ttl-min", f"{value}s")

    def take_cache_max_negative_ttl(self, value):
        self.put("cache", "negative-ttl-max", f"{max(1, int(value))}s")

    def take_edns_buffer_size(self, value):
        self.put("resolver", "edns-udp-size", int(value))

    def take_max_udp_size(self, value):
        self.put("resolver", "edns-udp-size", int(value))

    def take_features(self, value):
        for feature in value.split(";"):
            key, _, value = (x.strip() for x in feature.partition("="))
            if key == "min_ttl":
                self.put("cache", "ttl-min", f"{value}s")
            elif key == "max_ttl":
                self.put("cache", "ttl-max", f"{value}s")
            elif key == "static_hint_name":
                self.static = value
            elif key == "static_hint_addr":
                kind = "AAAA" if ":" in value else "A"
                self.options["local"].setdefault("data", []).append(
                    f"{self.static}. 3600 IN {kind} {value}")
            elif key not in ("", "workarounds"):
                raise Foreign(f"feature {key}")

    def take_access_control(self, value):
        prefix, action = value.split()[:2]
        if "/" not in prefix:
            prefix = str(ipaddress.ip_network(prefix))
        if action in ("refuse", "deny"):
            self.refused.append(ipaddress.ip_network(prefix, strict=False))
            return
        if action not in ("allow", "allow_setrd", "allow_snoop"):
            raise Foreign(f"access {action}")
        self.allowed.append(ipaddress.ip_network(prefix, strict=False))
        if action == "allow_snoop":
            self.put("server", "cache-lookups", True)

    def take_module_config(self, value):
        unknown = set(value.split()) - {"validator", "iterator", "respip"}
        if unknown:
            raise Foreign("module " + ", ".join(sorted(unknown)))
        if "validator" not in value.split():
            self.put("resolver", "validation", False)

    def take_local_zone(self, value):
        name, kind = (value.replace('"', " ").split() + [""])[:2]
        if kind == "static":
            self.options["local"].setdefault("zones", []).append(name)
        elif kind != "nodefault":
            raise Foreign(f"local zone of kind {kind}")

    def take_local_data(self, value):
        r = dns.words_of(value.replace("\\\"", "\""))
        if not r[0].endswith("."):
            r[0] += "."
        if r[1].upper() in ("IN",) or dns.type_of(r[1]) is not None:
            r.insert(1, "3600")
        if r[2].upper() != "IN":
            r.insert(2, "IN")
        self.options["local"].setdefault("data", []).append(" ".join(r))

    def take_local_data_ptr(self, value):
        raise Foreign("local-data-ptr")

    def time_in_signatures(self):
        """A second at which most signatures of the scenario are valid."""
        spans = []
        for e in self.scenario.messages():
            m = e.message
            for r in m.answer + m.authority + m.additional:
                if r.type == 46 and len(r.data) > 18:
                    spans.append((int.from_bytes(r.data[12:16], "big"),
                                  int.from_bytes(r.data[8:12], "big")))
        best = max((sum(a <= t <= b for a, b in spans), t) for t, _ in spans) if spans else (0, 0)
        return best[1]

    # What can only be said when all is read.

    def finish(self, overrides):
        self.root_servers()
        resolver = self.options["resolver"]
        resolver["trust-anchors"] = self.anchor_texts()
        resolver["negative-trust-anchors"] = self.negative
        zones = []
        for z in self.zones:
            zone = {"name": z["name"], "kind": z["kind"], "servers": z["servers"]}
            if z["kind"] == "forward":
                zone["only"] = not z["first"]
            if z["servers"]:
                zones.append(zone)
        self.options["zones"] = zones
        self.options["groups"][0]["clients"] = self.clients()
        for text in overrides:
            path, _, value = text.partition("=")
            section, _, key = path.partition(".")
            self.put(section, key, json.loads(value))

    def clients(self):
        """All but those that are refused, and of those again who is allowed."""
        nets = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
        for refused in self.refused:
            rest = []
            for net in nets:
                if net.version != refused.version or not net.overlaps(refused):
                    rest.append(net)
                elif net.prefixlen < refused.prefixlen:
                    rest += net.address_exclude(refused)
            nets = rest
        wider = [a for a in self.allowed if any(
            a.version == r.version and a.subnet_of(r) for r in self.refused)]
        return [str(n) for n in nets + wider]

    def root_servers(self):
        """A stub zone for the root with one's own servers is how Unbound's are told hints."""
        for z in [z for z in self.zones if z["kind"] == "stub" and z["name"] == "."]:
            self.hints += [address_of(a) for a in z["servers"]]
            self.zones.remove(z)

    def anchor_texts(self):
        """The anchors, each a line; and the scenario signed anew if its signatures are DSA."""
        try:
            anchors = [dns.record_of(anchor_line(a)) for a in self.anchors]
        except dns.BadText as e:
            raise Foreign(f"anchor: {e}") from e
        resigner = resign.Resigner(self.scenario, anchors)
        if resigner.is_needed():
            anchors = resigner.run()
        return [anchor_text(r) for r in anchors]

    def hints_text(self):
        """The root hints: names as the scenario itself calls the addresses, else our own."""
        if not self.hints:
            return None
        out, named = "", set()
        for number, address in enumerate(self.hints):
            name = self.root_name if self.root_name and number == 0 else self.name_at(address)
            name = (name or f"root{number}.hints.test").rstrip(".") + "."
            kind = "AAAA" if ":" in address else "A"
            if name.lower() not in named:
                out += f". 3600000 IN NS {name}\n"
                named.add(name.lower())
            out += f"{name} 3600000 IN {kind} {address}\n"
        return out

    def name_at(self, address):
        """Name of the root server with an address, as some message of the scenario says."""
        data = ipaddress.ip_address(address).packed
        for e in self.scenario.messages():
            m = e.message
            targets = {dns.lower(dns.read_name(r.data, 0)[0]) for r in m.answer + m.authority
                       if r.type == 2 and r.name == () and r.data}
            for r in m.additional + m.answer:
                if r.data == data and dns.lower(r.name) in targets:
                    return dns.name_text(r.name)
        return None

    def yaml(self, folder):
        """The configuration file; JSON is YAML too."""
        o = self.options
        o["server"].update({"state-dir": folder, "control-socket": f"{folder}/control.sock",
                            "journal": ""})
        o["resolver"]["root-hints"] = f"{folder}/hints"
        return json.dumps(o, indent=1) + "\n"
