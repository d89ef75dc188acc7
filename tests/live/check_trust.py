"""Live checks: validation (RFC 4035).  What is signed is proved, and nothing else is said to be."""

import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import time

import dns
import resolvers
import truth
from suite import Skip, check, expect, question_like


def validating(**more):
    return {"resolver": dict({"validation": True, "trust-anchors": resolvers.anchors()}, **more)}


def at_any_rate():
    """For a single client that asks as fast as it can."""
    return dict(validating(), limits={"rate": 0})


def ask_all(server, questions, clients=24, seconds=100, tries=3, **kind):
    """{question: (message or None, error)}; slow ones first."""
    answers = {}

    def done(question, message, error, _):
        answers[question] = (message, error)

    questions = sorted(set(questions), key=lambda q: (q.tag not in truth.SLOW_TAGS,
                                                      q.tag != "av-status"))
    jobs = []
    for i, q in enumerate(questions):
        for turn in range({"av-status": clients, "av": 3}.get(q.tag, 1)):
            jobs.append((q, q.qname, q.qtype, "127.20.0.%d" % ((i + turn) % clients + 1)))
    dns.Pump(server, done, 64, timeout=4.0, tries=tries, do=True, **kind).run(
        jobs, until=time.monotonic() + seconds)
    return answers


def is_secure(message):
    return message is not None and bool(message.flags & dns.AD)


def faults_of(questions, answers):
    """What is wrong by the lab's truth: rcode, records, AD, and the extended error of the bogus."""
    faults = []
    for q in questions:
        message, error = answers.get(q, (None, "not asked"))
        if message is None and q.tag in truth.SLOW_TAGS:
            continue  # too late by UDP: every_lab_name_resolves asks by TCP
        fault = truth.judge_validated(q, message) if message else str(error)
        if fault is not None:
            faults.append("%s %s [%s]: %s" % (q.qname, q.qtype, q.tag, fault))
    return faults


def differences(questions, ours, theirs):
    """Where AD or rcode are not the peer's: {tag: how many}.  Not wrong in itself."""
    found = collections.Counter()
    for q in questions:
        message, peer = ours.get(q, (None,))[0], theirs.get(q, (None,))[0]
        if message is not None and peer is not None:
            found[q.tag] += (is_secure(message), message.rcode_text) != (
                is_secure(peer), peer.rcode_text)
    return +found


def expect_no_faults(faults):
    kinds = collections.Counter(fault.split("[")[1] for fault in faults)
    expect(not faults, "%d wrong:\n%s\n%s" % (len(faults), "\n".join(faults[:25]), "\n".join(
        "%d times [%s" % (count, kind) for kind, count in kinds.most_common(25))))


def unbound(context):
    if not shutil.which("unbound") and not os.path.exists("/usr/sbin/unbound"):
        raise Skip("no unbound to compare with")
    peer = resolvers.Unbound(context.folder + "/unbound", listen=["127.0.0.1@5301"])
    peer.validate = True
    return context.other(peer.start())


def cpu_of(resolver, questions):
    """(answers, CPU microseconds a question, all of them cold)."""
    before = resolver.cpu_sec()
    answers = ask_all(resolver.server, questions)
    return answers, (resolver.cpu_sec() - before) * 1e6 / len(questions)


@check(240)
def every_lab_name_validates(context):
    """All of truth and trust: each answer, AD bit and extended error is right.  Beside it unbound:
    how often it says otherwise, and its CPU."""
    # The special ones are all below two names, which detection would not like; and what the cache
    # proves (RFC 8198) must not stand in for what a broken server leaves out.
    daemon = context.running(changes=validating(**{"aggressive-nsec": False}), mode="off")
    peer = unbound(context)
    good, special = list(truth.read()), list(truth.trusted())
    ours, cpu = cpu_of(daemon, good)
    theirs, peer_cpu = cpu_of(peer, good)
    faults = faults_of(good, ours)
    expect_no_faults(faults)
    apart = differences(good, ours, theirs)
    expect(sum(apart.values()) < len(good) // 50, "unbound differs: %s" % apart)
    context.note("the usual zones: %d questions, %d us CPU a question, unbound %d: ratio %.2f" % (
        len(good), cpu, peer_cpu, cpu / peer_cpu))
    ours, cpu = cpu_of(daemon, special)
    theirs, peer_cpu = cpu_of(peer, special)
    expect_no_faults(faults_of(special, ours))
    statuses = collections.Counter(q.status for q in good + special)
    expect(min(statuses[word] for word in ("secure", "insecure", "bogus")) > 1000, str(statuses))
    context.note("the broken ones: %d questions, %d us CPU a question, unbound %d: ratio %.2f" % (
        len(special), cpu, peer_cpu, cpu / peer_cpu))
    context.note("%s; unbound is apart in %s" % (dict(statuses), dict(
        differences(special, ours, theirs))))
    context.stop(daemon)


@check(120)
def who_checks_himself_gets_what_is_bogus(context):
    """CD=1: the data of every broken zone, without AD, whatever was remembered of it before.  (But
    for what never comes: too large without TCP, or a DS that is kept back.)"""
    daemon = context.running(changes=validating(), mode="off")
    questions = [q for q in truth.trusted() if q.status == "bogus" and q.tag != "no-tcp"
                 and (q.tag, q.qtype) != ("cuts", "DS")]
    for turn in ("cold", "after the same without CD"):
        answers = ask_all(daemon.server, questions, flags=dns.RD | dns.CD)
        faults = ["%s %s [%s]: %s" % (q.qname, q.qtype, turn, fault) for q in questions
                  for fault in [truth.judge(q, answers[q][0])
                                or is_secure(answers[q][0]) and "AD with CD=1"] if fault]
        expect_no_faults(faults)
        ask_all(daemon.server, questions)
    context.note("%d questions" % len(questions))
    context.stop(daemon)


@check(120)
def cached_answers_stay_as_secure_as_they_were(context):
    """Asked twice, from the cache the second time: the same AD; CD=1 never has one."""
    daemon = context.running(changes=validating(), mode="off")
    questions = [q for q in truth.read() if q.tag not in truth.SLOW_TAGS][::7]
    first = ask_all(daemon.server, questions)
    again = ask_all(daemon.server, questions)
    for q in questions:
        expect(is_secure(first[q][0]) == is_secure(again[q][0]),
               "%s %s: AD was %d and is %d" % (q.qname, q.qtype, is_secure(first[q][0]),
                                               is_secure(again[q][0])))
    unchecked = ask_all(daemon.server, questions, flags=dns.RD | dns.CD)
    faults = ["%s %s: AD with CD=1" % (q.qname, q.qtype) for q in questions
              if is_secure(unchecked[q][0])]
    expect(not faults, "\n".join(faults[:20]))
    context.stop(daemon)


def wrong_anchor():
    """The lab's root with another digest."""
    words = resolvers.anchors()[0].split()
    words[-1] = ("0" if words[-1][0] != "0" else "1") + words[-1][1:]
    return " ".join(words)


@check(60)
def a_wrong_anchor_makes_all_bogus(context):
    """SERVFAIL with EDE 9 or 6; CD=1 gets the data; a negative anchor lets a zone through."""
    question = question_like("apex", "A")
    zone = question.qname.rstrip(".").split(".")[-1]
    changes = {"resolver": {"validation": True, "trust-anchors": [wrong_anchor()],
                            "negative-trust-anchors": ["arpa"]}}
    daemon = context.running(changes=changes)
    message = dns.ask(daemon.server, question.qname, question.qtype)
    expect(message.rcode_text == "SERVFAIL", "%s with a wrong anchor" % message.rcode_text)
    expect(message.errors() and message.errors()[0][0] in (6, 9), "EDE %s" % message.errors())
    context.note("EDE %s" % message.errors())
    again = dns.ask(daemon.server, question.qname, question.qtype)
    expect(again.errors() == message.errors() or again.errors()[0][0] == message.errors()[0][0],
           "the second time EDE %s" % again.errors())
    message = dns.ask(daemon.server, question.qname, question.qtype, flags=dns.RD | dns.CD)
    fault = truth.judge(question, message)
    expect(fault is None, "with CD=1: %s" % fault)
    context.stop(daemon)
    changes["resolver"]["negative-trust-anchors"] = [zone]
    daemon = context.running(sub="negative", changes=changes)
    message = dns.ask(daemon.server, question.qname, question.qtype, do=True)
    fault = truth.judge(question, message)
    expect(fault is None, "below a negative anchor: %s" % fault)
    expect(not is_secure(message), "AD below a negative anchor")
    context.stop(daemon)


@check(60)
def another_time_makes_signatures_expire(context):
    """resolver.validation-time far ahead: EDE 7; far back: EDE 8."""
    question = question_like("apex", "A")
    for when, code in ((int(time.time()) + 10 * 365 * 86400, 7), (1000000000, 8)):
        daemon = context.running(sub="at-%d" % when,
                                 changes=validating(**{"validation-time": when}))
        message = dns.ask(daemon.server, question.qname, question.qtype)
        expect(message.rcode_text == "SERVFAIL", "%s at %d" % (message.rcode_text, when))
        expect(message.errors() and message.errors()[0][0] == code,
               "EDE %s instead of %d" % (message.errors(), code))
        context.stop(daemon)


def signed_zones():
    """The zones of the lab that have keys and a server that answers."""
    with open(os.environ["LAB_DIR"] + "/signed") as lines:
        return sorted(line.rstrip("\n") for line in lines)


def may_be_proved(question):
    """delv tells what it could prove, we of what AD may be said: not of a denial by opt-out (RFC
    5155 9.2).  And it counts more iterations of NSEC3 than we do (RFC 9276 3.2 leaves the number
    open)."""
    return question.status == "insecure" and (question.tag == "iterations" or not question.answers
                                              or question.validated == "NXDOMAIN")


def questions_of_signed_zones():
    """{(name, type): whether delv may say secure of what is insecure}: each zone's SOA and DNSKEY,
    and one of truth's questions for each kind of answer from the zone."""
    origins, kinds = signed_zones(), {}
    rows = {(origin, rrtype): False for origin in origins for rrtype in ("SOA", "DNSKEY")}
    for q in list(truth.read()) + list(truth.trusted()):
        labels = dns.labels_of(q.qname)
        home = next((name for name in (dns.name_text(labels[i:]) for i in range(len(labels) + 1))
                     if (name, "SOA") in rows), None)
        if home is not None and q.tag not in truth.SLOW_TAGS:
            kinds.setdefault((home, q.validated, q.status, bool(q.answers)), q)
    rows.update({(q.qname, q.qtype): may_be_proved(q) for q in kinds.values()})
    return rows


def anchor_for_delv(path):
    words = resolvers.anchors()[0].split()
    at = words.index("DS")
    with open(path, "w") as out:
        out.write('trust-anchors { . static-ds %s "%s"; };\n' % (
            " ".join(words[at + 1:at + 4]), "".join(words[at + 4:])))


def verdict_of_delv(anchor, qname, qtype):
    """secure, insecure or bogus, and what delv said."""
    done = subprocess.run(["delv", "@127.0.0.1", "-p", "5300", "-a", anchor, "+root=.", qname,
                           qtype], capture_output=True, text=True, timeout=30)
    said = done.stdout + done.stderr
    return ("insecure" if "unsigned answer" in said else
            "secure" if "fully validated" in said else "bogus"), said


def verdict_of_ours(server, qname, qtype):
    message = dns.ask(server, qname, qtype, do=True)
    if message.rcode_text == "SERVFAIL":
        return "bogus"
    return "secure" if is_secure(message) else "insecure"


@check(600, short=False)
def delv_agrees(context):
    """Debian's delv, which validates by itself what we hand it with CD=1, in every signed zone."""
    if not shutil.which("delv"):
        raise Skip("no delv")
    daemon = context.running(changes=at_any_rate(), mode="off")
    anchor = context.folder + "/anchor"
    anchor_for_delv(anchor)
    counts, faults = collections.Counter(), []

    def one(qname, qtype, lenient):
        theirs, said = verdict_of_delv(anchor, qname, qtype)
        ours = verdict_of_ours(daemon.server, qname, qtype)
        counts[ours] += 1
        if ours != theirs and not (lenient and (ours, theirs) == ("insecure", "secure")):
            faults.append("%s %s [delv]: ours is %s; delv: %s" % (qname, qtype, ours, said[-1500:]))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda row: one(*row[0], row[1]), questions_of_signed_zones().items()))
    expect_no_faults(faults)
    context.note("%d zones: %s" % (len(signed_zones()), dict(counts)))
    context.stop(daemon)


@check(120)
def dig_agrees(context):
    """dig +dnssec of every signed zone's SOA and DNSKEY: the flag ad, and signatures beside them."""
    if not shutil.which("dig"):
        raise Skip("no dig")
    daemon = context.running(changes=at_any_rate(), mode="off")
    status = {q.qname: q for q in list(truth.read()) + list(truth.trusted()) if q.qtype == "SOA"}
    asked, faults = signed_zones(), []
    path = context.folder + "/batch"
    with open(path, "w") as batch:
        batch.writelines("%s %s\n" % (zone, rrtype) for zone in asked
                         for rrtype in ("SOA", "DNSKEY"))
    done = subprocess.run(["dig", "@127.0.0.1", "-p", "5300", "+dnssec", "-f", path],
                          capture_output=True, text=True, timeout=100)
    replies = done.stdout.split("; <<>> DiG")[1:]
    expect(len(replies) == 2 * len(asked), "%d replies to %d questions: %s" % (
        len(replies), 2 * len(asked), done.stderr[:300]))
    for i, reply in enumerate(replies):
        zone, rrtype = asked[i // 2], ("SOA", "DNSKEY")[i % 2]
        secure = " ad;" in reply.split("QUERY: 1")[0].replace(" ad ", " ad;")
        signed = re.search(r"\sRRSIG\s+%s " % rrtype, reply)
        if "status: NOERROR" in reply and secure and not signed:
            faults.append("%s %s [dig]: ad without RRSIG" % (zone, rrtype))
        if zone in status and rrtype == "SOA" and secure != (status[zone].status == "secure"):
            faults.append("%s SOA [dig]: ad is %d, it is %s" % (zone, secure,
                                                               status[zone].status))
    expect_no_faults(faults)
    context.note("%d zones" % len(asked))
    context.stop(daemon)
