"""The other resolvers, side by side with sekishod: how each is told to live in the lab.

Each is a child in the foreground with its own folder, port and configuration, with
loopback servers allowed, the lab's root hints and its trust anchor (or no validation); each
keeps its own habits otherwise, for those are what the comparison is about.  A
peer whose program is not installed says so by `program()` being None; the
packages are the word `differ` of tests/tools/packages.
"""

import os
import shutil
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "live"))

import resolvers  # noqa: E402

PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")


def find(program):
    return shutil.which(program) or next(
        (place + "/" + program for place in PLACES if os.access(place + "/" + program, os.X_OK)),
        None)


class Peer(resolvers.Resolver):
    """Writes CONF with the folder, hints, address and port filled in, then ARGUMENTS."""

    CONF_NAME = CONF = ""
    ARGUMENTS = ()
    VALIDATION = ("", "")  # what stands for %(validation)s without it and with it
    validate = False

    @classmethod
    def program(cls):
        return find(cls.PROGRAM)

    def command(self):
        address, port = self.server
        words = {"folder": self.folder, "hints": os.environ["LAB_HINTS"], "address": address,
                 "port": port}
        ds = " ".join(resolvers.anchors()[0].split()[3:]).split()
        words["ds"] = "%s %s" % (" ".join(ds[:3]), "".join(ds[3:]))
        words["ds_quoted"] = '%s "%s"' % (" ".join(ds[:3]), "".join(ds[3:]))
        words["validation"] = self.VALIDATION[self.validate] % words
        path = "%s/%s" % (self.folder, self.CONF_NAME)
        with open(path, "w") as conf:
            conf.write(self.CONF % words)
        return [self.program()] + [word % dict(words, conf=path) for word in self.ARGUMENTS]


class Unbound(resolvers.Unbound):
    @classmethod
    def program(cls):
        return find("unbound")


class Bind(Peer):
    name, PROGRAM, CONF_NAME = "bind", "named", "named.conf"
    ARGUMENTS = ("-g", "-n", "1", "-c", "%(conf)s")
    CONF = """options {
	directory "%(folder)s";
	pid-file "%(folder)s/pid";
	session-keyfile none;
	listen-on port %(port)d { %(address)s; };
	listen-on-v6 { none; };
	recursion yes;
	allow-query { any; };
	allow-recursion { any; };
	dnssec-validation %(validation)s;
	minimal-responses yes;
	recursive-clients 4000;
	max-cache-size 128m;
	notify no;
};
controls { };
zone "." { type hint; file "%(hints)s"; };
trust-anchors { . static-ds %(ds_quoted)s; };
"""
    VALIDATION = ("no", "yes")


class Knot(Peer):
    name, PROGRAM, CONF_NAME = "knot", "kresd", "kresd.conf"
    ARGUMENTS = ("-n", "-c", "%(conf)s", "%(folder)s")
    CONF = """net.listen('%(address)s', %(port)d, { kind = 'dns' })
trust_anchors.remove('.')
%(validation)s
modules = { 'hints > iterate' }
hints.root_file('%(hints)s')
option('ALLOW_LOCAL', true)
cache.open(100 * MB, 'lmdb://%(folder)s/cache')
"""
    VALIDATION = ("", "trust_anchors.add('. IN DS %(ds)s')")

    def command(self):
        os.makedirs(self.folder + "/cache", exist_ok=True)
        return super().command()


class Pdns(Peer):
    name, PROGRAM, CONF_NAME = "pdns", "pdns_recursor", "recursor.conf"
    ARGUMENTS = ("--config-dir=%(folder)s",)
    CONF = """daemon=no
disable-syslog=yes
write-pid=no
socket-dir=%(folder)s
hint-file=%(hints)s
local-address=%(address)s
local-port=%(port)d
query-local-address=0.0.0.0, ::
allow-from=0.0.0.0/0, ::/0
dont-query=
dnssec=%(validation)s
lua-config-file=%(folder)s/anchor.lua
export-etc-hosts=off
security-poll-suffix=
threads=1
quiet=yes
loglevel=3
"""
    VALIDATION = ("off", "validate")

    def command(self):
        with open(self.folder + "/anchor.lua", "w") as anchor:
            anchor.write('clearTA(".")\n')
            for line in resolvers.anchors():
                anchor.write('addTA(".", "%s")\n' % " ".join(line.split()[3:]))
        return super().command()


PEERS = (Unbound, Bind, Knot, Pdns)
