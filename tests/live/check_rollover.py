"""Live checks: the life of trust anchors, with a root of our own that nsd serves."""

import json
import os
import shutil
import subprocess

from resolvers import wait_for
from suite import Skip, check, expect

DAY = 86400
START = 1795392000  # within the signatures' year
ROOT = """$ORIGIN .
. 86400 IN SOA a.root. n.root. 1 1800 900 604800 60
. 86400 IN NS a.root.
a.root. 86400 IN A 127.68.0.1
www. 60 IN A 192.0.2.2
to. 60 IN CNAME www.bad.
bad. 86400 IN NS a.root.
"""
BAD = """bad. 60 IN SOA a.root. n.root. 1 1800 900 604800 60
bad. 60 IN NS a.root.
www.bad. 60 IN A 192.0.2.3
"""
NSD = """server:
 ip-address: 127.68.0.1
 zonesdir: "{folder}"
 username: ""
 database: ""
 pidfile: ""
 xfrdfile: "{folder}/xfrd"
 zonelistfile: "{folder}/list"
remote-control:
 control-enable: no
zone:
 name: "."
 zonefile: root.signed
zone:
 name: "bad."
 zonefile: bad.signed
"""


def program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise Skip("%s is not installed" % name)
    return path


def run(*words, cwd=None):
    done = subprocess.run(words, capture_output=True, text=True, timeout=15, cwd=cwd)
    expect(done.returncode == 0, "%s: %s" % (" ".join(words), done.stdout + done.stderr))
    return done.stdout


class Root:
    """Signs and serves; keys are files of ldns without their ending."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.folder, self.child = folder, None
        self.write("nsd.conf", NSD.format(folder=folder))
        self.write("hints", ". 86400 NS a.root.\na.root. 86400 A 127.68.0.1\n")
        key = self.key("bad.")
        self.write("bad", BAD)
        self.sign("bad", [key], "20190101", "20200101")
        self.ds = run(program("ldns-key2ds"), "-n", "-2", key + ".key", cwd=folder)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as out:
            out.write(text)

    def key(self, zone):
        return run(program("ldns-keygen"), "-a", "ECDSAP256SHA256", "-k", zone,
                   cwd=self.folder).strip()

    def record(self, key):
        with open(os.path.join(self.folder, key + ".key")) as text:
            return " ".join(text.read().split(";")[0].split())

    def sign(self, name, keys, inception="20260101", expiration="20271231"):
        run(program("ldns-signzone"), "-i", inception, "-e", expiration, "-f", name + ".signed",
            name, *keys, cwd=self.folder)

    def revoked(self, key):
        """The same key with its REVOKE bit, as another file."""
        name = key + "-revoked"
        self.write(name + ".key", self.record(key).replace(" 257 ", " 385 ") + "\n")
        shutil.copy(os.path.join(self.folder, key + ".private"),
                    os.path.join(self.folder, name + ".private"))
        return name

    def serve(self, published, signers):
        self.stop()
        self.write("root", ROOT + self.ds +
                   "".join(self.record(key) + "\n" for key in published))
        self.sign("root", signers)
        with open(os.path.join(self.folder, "log"), "a") as log:
            self.child = subprocess.Popen([program("nsd"), "-d", "-c", "nsd.conf"],
                                          cwd=self.folder, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log)
        expect(wait_for(lambda: "192.0.2.2" in subprocess.run(
            [program("dig"), "+short", "+time=1", "+tries=1", "@127.68.0.1", "www."],
            capture_output=True, text=True).stdout, 15), "nsd does not start")

    def stop(self):
        if self.child is not None:
            self.child.terminate()
            self.child.wait(15)
            self.child = None


def setting(root, now, anchor):
    return {"resolver": {"root-hints": root.folder + "/hints", "validation": True,
                         "trust-anchors": ["rolling " + anchor], "validation-time": now}}


def states(daemon):
    """{tag: state} of the root's keys."""
    status, text = daemon.control("--json", "anchors")
    expect(status == 0, text)
    return {key["tag"]: key["state"] for anchor in json.loads(text)["anchors"]
            for key in anchor["keys"]}


def tag_of(key):
    return int(key.split("+")[-1])


def ask(name):
    return run(program("dig"), "+time=10", "+tries=1", "@127.0.0.1", "-p", "5300", name)


@check(90)
def the_roots_key_rolls_over_in_five_lives_of_the_daemon(context):
    """Seed, waiting, accepted, in use alone, the old one revoked: AD at each, states kept."""
    root = Root(context.folder + "/root")
    context.closers.append(root.stop)
    old, new = root.key("."), root.key(".")
    daemon = context.daemon(workers=1)
    lives = [
        (0, [], [old], {old: "valid"}),
        (1, [new], [old], {old: "valid", new: "addpend"}),
        (32, [new], [old], {old: "valid", new: "valid"}),
        (33, [], [new], {old: "missing", new: "valid"}),
        (34, [], [new, root.revoked(old)], {old: "revoked", new: "valid"}),
    ]
    for day, published, signers, wanted in lives:
        wanted = {tag_of(key): state for key, state in wanted.items()}
        root.serve(published, signers)
        daemon.changes = setting(root, START + day * DAY, root.record(old))
        daemon.start()
        daemon.control("anchors", "refresh")
        expect(wait_for(lambda: states(daemon) == wanted, 10),
               "day %d: %s, not %s; %s" % (day, states(daemon), wanted, daemon.log()[-800:]))
        answer = ask("www.")
        expect(" ad;" in answer and "192.0.2.2" in answer, "day %d: %s" % (day, answer))
        context.stop(daemon)


@check(60)
def a_negative_anchor_ends_when_the_zone_validates(context):
    """Broken: SERVFAIL, answered under an anchor, SERVFAIL again; an anchor on a whole zone ends."""
    root = Root(context.folder + "/root")
    context.closers.append(root.stop)
    key = root.key(".")
    root.serve([], [key])
    daemon = context.running(workers=1, changes=setting(root, START, root.record(key)))
    expect("SERVFAIL" in ask("www.bad."), "broken and answered")
    expect("SERVFAIL" in ask("to."), "an alias to what is broken, answered")
    expect(daemon.control("nta", "add", "bad", "--for", "1h", "--reason", "expired")[0] == 0,
           "nta add")
    expect("192.0.2.3" in ask("www.bad."), "broken and not answered")
    expect("192.0.2.3" in ask("to."), "an alias beneath the anchor, not answered")
    daemon.control("nta", "add", "www")
    expect(" ad;" not in ask("www."), "AD beneath a negative anchor")
    daemon.control("nta", "check")
    expect(wait_for(lambda: "www" not in daemon.control("nta", "list")[1], 10),
           "it does not end: %s" % daemon.control("nta", "list")[1])
    expect("bad" in daemon.control("nta", "list")[1], "a broken one ended")
    expect(wait_for(lambda: " ad;" in ask("www."), 5), "no AD after its end")
    daemon.control("nta", "remove", "bad")
    expect(wait_for(lambda: "SERVFAIL" in ask("www.bad."), 5), "answered without it")
    expect(wait_for(lambda: "SERVFAIL" in ask("to."), 5), "an alias answered without it")
    expect(wait_for(lambda: [event["action"] for event in daemon.events()].count(
        "negative-anchor") == 4, 5), "journal: %s" % daemon.events())
    context.stop(daemon)
