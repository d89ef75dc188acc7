"""Live checks: DNS cookies with others' programs, both ways; addresses with a scope."""

import json
import os
import re
import shutil
import subprocess

from resolvers import wait_for
from suite import Skip, check, expect, question_like

COOKIE = re.compile(r"COOKIE: ([0-9A-Fa-f]+)")
ZONE = """$TTL 300
@ SOA ns root 1 2 3 4 5
@ NS ns
ns A 127.67.0.1
www A 192.0.2.1
a A 192.0.2.2
b A 192.0.2.3
"""
OPTIONS = """options {
	directory "%s"; pid-file "%s/pid"; session-keyfile "%s/key"; listen-on-v6 { none; };
	dnssec-validation no; %s
};
controls { };
"""


def program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise Skip("%s is not installed" % name)
    return path


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=15).stdout


def figures(daemon):
    status, text = daemon.control("--json", "stats")
    expect(status == 0, "stats: %s" % text)
    found = json.loads(text)
    return found.get("stats", found)


class Named:
    """Debian's bind9, in the foreground, ended by its pid."""

    def __init__(self, folder, options, zones="", listen="127.67.0.1"):
        os.makedirs(folder)
        subprocess.run(["ip", "addr", "add", listen + "/32", "dev", "lo"], capture_output=True)
        where = "listen-on port 53 { %s; }; %s" % (listen, options)
        with open(folder + "/named.conf", "w") as conf:
            conf.write(OPTIONS % (folder, folder, folder, where) + zones)
        self.log = open(folder + "/log", "w")
        self.child = subprocess.Popen([program("named"), "-g", "-c", folder + "/named.conf"],
                                      stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        with open(folder + "/log") as log:
            expect(wait_for(lambda: "running" in self.text(log), 15), "named does not start")

    text_so_far = ""

    def text(self, log):
        self.text_so_far += log.read()
        return self.text_so_far

    def stop(self):
        self.child.terminate()
        self.child.wait(15)
        self.log.close()


@check(30)
def dig_and_kdig_get_cookies_and_bring_them_back(context):
    """The cookie that dig and kdig get is good when they send it again, and a wrong one is not."""
    dig, kdig = program("dig"), program("kdig")
    daemon = context.running()
    name = question_like("host", "A").qname
    for words in ([dig, "+time=5", "+tries=1"], [kdig, "+timeout=5"]):
        ask = words + ["@127.0.0.1", "-p", "5300", name]
        found = COOKIE.search(run(*ask, "+cookie"))
        expect(found and len(found.group(1)) == 48, "%s got no cookie" % words[0])
        before = figures(daemon)["questions"]
        again = run(*ask, "+cookie=" + found.group(1))
        expect("NOERROR" in again, again)
        after = figures(daemon)["questions"]
        expect(after["cookies_good"] == before["cookies_good"] + 1, "%s: not good" % words[0])
        wrong = found.group(1)[:-1] + ("0" if found.group(1)[-1] != "0" else "1")
        expect("NOERROR" in run(*ask, "+cookie=" + wrong), "a wrong cookie is no mistake")
        last = figures(daemon)["questions"]
        expect(last["cookies_wrong"] == after["cookies_wrong"] + 1, "%s: not wrong" % words[0])
    alone = run(dig, "@127.0.0.1", "-p", "5300", "+header-only", "+cookie")
    expect("NOERROR" in alone and COOKIE.search(alone), "a cookie alone: %s" % alone)
    expect("COOKIE" not in run(dig, "@127.0.0.1", "-p", "5300", name, "+nocookie"),
           "a cookie for one who did not ask")
    context.stop(daemon)


@check(30)
def over_the_limit_dig_proves_itself_and_is_answered_by_udp(context):
    """BADCOOKIE instead of silence or TCP; dig comes back with the cookie and gets its answer."""
    dig = program("dig")
    daemon = context.running(changes={"limits": {"rate": 1, "burst": 20, "slip": 1}}, workers=1)
    name = question_like("host", "A").qname
    for _ in range(25):
        run(dig, "+time=5", "+tries=1", "+nocookie", "+ignore", "@127.0.0.1", "-p", "5300", name)
    answer = run(dig, "+time=5", "+tries=1", "+badcookie", "@127.0.0.1", "-p", "5300", name)
    expect("NOERROR" in answer and "(UDP)" in answer, answer)
    counts = figures(daemon)["questions"]
    expect(counts["badcookie"] == 1 and counts["cookies_good"] == 1, counts)
    expect(counts["tcp_questions"] == 0, "TCP was needed")
    context.stop(daemon)


@check(40)
def bind_that_requires_cookies_is_asked_with_them(context):
    """require-server-cookie: the first query gets BADCOOKIE, none after it."""
    folder = context.folder + "/named"
    zone = context.folder + "/cookie.test"
    with open(zone, "w") as text:
        text.write(ZONE)
    named = Named(folder, "recursion no; require-server-cookie yes;",
                  'zone "cookie.test" { type primary; file "%s"; };\n' % zone)
    context.closers.append(named.stop)
    daemon = context.running(workers=1, changes={
        "zones": [{"name": "cookie.test", "kind": "stub", "servers": ["127.67.0.1"]}],
        "resolver": {"negative-trust-anchors": ["cookie.test"]}})
    for name, address in (("www", "192.0.2.1"), ("a", "192.0.2.2"), ("b", "192.0.2.3")):
        answer = run(program("dig"), "+short", "@127.0.0.1", "-p", "5300", name + ".cookie.test")
        expect(answer.strip() == address, "%s: %s" % (name, answer))
    counts = figures(daemon)
    expect(counts["iterator"]["badcookie_replies"] == 1, counts["iterator"])
    expect(counts["net"]["out_tcp"] == 0 and counts["net"]["out_wrong_cookie"] == 0, counts["net"])
    context.stop(daemon)


NSD = """server:
	ip-address: 127.67.0.2
	username: ""
	chroot: ""
	database: ""
	pidfile: "{folder}/pid"
	zonesdir: "{folder}"
	xfrdfile: "{folder}/xfrd"
	zonelistfile: "{folder}/zones"
	server-count: 1
	answer-cookie: yes
	cookie-secret: "{secret}"
	cookie-secret-file: "{folder}/none"
remote-control:
	control-enable: no
zone:
	name: cookie.test
	zonefile: {zone}
"""
SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"


class Nsd:
    """Debian's nsd with cookies, in the foreground, ended by its pid."""

    def __init__(self, folder):
        os.makedirs(folder)
        zone = folder + "/cookie.test"
        with open(zone, "w") as text:
            text.write(ZONE)
        with open(folder + "/nsd.conf", "w") as conf:
            conf.write(NSD.format(folder=folder, zone=zone, secret=SECRET))
        self.log = open(folder + "/log", "w")
        self.child = subprocess.Popen([program("nsd"), "-d", "-c", folder + "/nsd.conf"],
                                      stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        expect(wait_for(lambda: "192.0.2.1" in run(
            program("dig"), "+short", "+time=1", "+tries=1", "@127.67.0.2", "www.cookie.test"), 15),
            "nsd does not start")

    def stop(self):
        self.child.terminate()
        self.child.wait(15)
        self.log.close()


@check(40)
def nsd_gives_cookies_and_gets_them_back(context):
    """No query is asked twice, no reply is dropped; and with one secret its cookies are ours."""
    nsd = Nsd(context.folder + "/nsd")
    context.closers.append(nsd.stop)
    secrets = context.folder + "/secrets"
    with open(secrets, "w") as text:
        text.write(SECRET + "\n")
    daemon = context.running(workers=1, changes={
        "server": {"cookie-secret-file": secrets},
        "zones": [{"name": "cookie.test", "kind": "stub", "servers": ["127.67.0.2"]}],
        "resolver": {"negative-trust-anchors": ["cookie.test"], "qname-minimisation": False}})
    dig = program("dig")
    for name in ("www", "a", "b", "none"):
        run(dig, "+short", "@127.0.0.1", "-p", "5300", name + ".cookie.test")
    net = figures(daemon)["net"]
    expect(net["out_udp"] == 4 and net["out_replies"] == 4 and net["out_tcp"] == 0, net)
    expect(net["out_missing_cookie"] == 0 and net["out_wrong_cookie"] == 0, net)
    # RFC 9018 5: servers that share an address and a secret take each other's cookies.
    theirs = COOKIE.search(run(dig, "-b", "127.0.0.1", "+cookie", "@127.67.0.2",
                               "www.cookie.test")).group(1)
    run(dig, "-b", "127.0.0.1", "+cookie=" + theirs, "@127.0.0.1", "-p", "5300", "www.cookie.test")
    counts = figures(daemon)["questions"]
    expect(counts["cookies_good"] == 1, "nsd's cookie %s is not ours: %s" % (theirs, counts))
    context.stop(daemon)


@check(40)
def bind_as_a_client_brings_our_cookies_back(context):
    """named that forwards to us keeps our cookie and sends it with the next question."""
    daemon = context.running(listen=["127.0.0.1@5300"], workers=1)
    named = Named(context.folder + "/named", "recursion yes; allow-query { any; }; "
                  "forward only; forwarders { 127.0.0.1 port 5300; };")
    context.closers.append(named.stop)
    for skip in range(4):
        question = question_like("host", "A", skip=skip)
        answer = run(program("dig"), "+time=10", "+tries=1", "@127.67.0.1", question.qname)
        expect("NOERROR" in answer, answer)
    counts = figures(daemon)["questions"]
    expect(counts["cookies_good"] >= 3, counts)
    context.stop(daemon)


@check(30)
def link_local_addresses_are_listened_on_and_asked(context):
    """One daemon listens on fe80::7%lo, another forwards to it there."""
    subprocess.run(["ip", "-6", "addr", "add", "fe80::7/64", "dev", "lo", "nodad"],
                   capture_output=True)
    first = context.running("first", listen=["127.0.0.1@5300", "fe80::7%lo@5300"], workers=1)
    second = context.running("second", listen=["127.0.0.1@5301"], workers=1, changes={
        "zones": [{"name": ".", "kind": "forward", "only": True,
                   "servers": ["fe80::7%lo@5300"]}]})
    question = question_like("host", "A")
    for words in (["@fe80::7%lo", "-p", "5300"], ["@fe80::7%lo", "-p", "5300", "+tcp"],
                  ["@127.0.0.1", "-p", "5301"]):
        answer = run(program("dig"), "+time=5", "+tries=1", *words, question.qname)
        expect("NOERROR" in answer, answer)
    counts = figures(second)["net"]
    expect(counts["out_replies"] >= 1, counts)
    status, text = first.control("stats")
    expect(status == 0, text)
    context.stop(second)
    context.stop(first)
