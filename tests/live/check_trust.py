"""Live checks: validation (RFC 4035).  What is signed is proved, and nothing else is said to be."""

import collections
import os
import shutil
import subprocess
import time

import dns
import resolvers
import truth
from suite import Skip, check, expect, question_like


def validating(**more):
    return {"resolver": dict({"validation": True, "trust-anchors": resolvers.anchors()}, **more)}


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


def is_like_a_signed_truth(message):
    """An AD bit is said of NOERROR and NXDOMAIN alone."""
    return not is_secure(message) or message.rcode_text in ("NOERROR", "NXDOMAIN")


def compare(questions, ours, theirs):
    """(faults, how many were secure, differences that the peer's silence explains)."""
    faults, secure, unheard = [], 0, 0
    for q in questions:
        message, error = ours.get(q, (None, "not asked"))
        label = "%s %s [%s]: " % (q.qname, q.qtype, q.tag)
        if message is None:
            if q.tag not in truth.SLOW_TAGS:  # too late by UDP: every_lab_name... asks by TCP
                faults.append(label + str(error))
            continue
        fault = truth.judge(q, message)
        if fault is not None:
            faults.append(label + fault)
            continue
        if not is_like_a_signed_truth(message):
            faults.append(label + "AD with " + message.rcode_text)
        peer = theirs.get(q, (None, None))[0]
        if peer is None or peer.rcode_text != message.rcode_text:
            unheard += 1
            continue
        secure += is_secure(message)
        if is_secure(message) != is_secure(peer):
            faults.append(label + "AD is %d, unbound's is %d" % (is_secure(message),
                                                                is_secure(peer)))
    return faults, secure, unheard


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


@check(240)
def every_lab_name_validates(context):
    """All of truth with validation on: each answer right, AD where unbound, validating, sets it."""
    daemon, peer = context.running(changes=validating()), unbound(context)
    questions = list(truth.read())
    ours = ask_all(daemon.server, questions)
    cpu = daemon.cpu_sec()
    theirs = ask_all(peer.server, questions)
    faults, secure, unheard = compare(questions, ours, theirs)
    context.note("%d questions, %d secure, %d without a comparison, %.0f us CPU a question" % (
        len(questions), secure, unheard, cpu * 1e6 / len(ours)))
    expect_no_faults(faults)
    expect(secure > 200, "only %d secure answers" % secure)
    expect(unheard < len(questions) // 50, "%d answers could not be compared" % unheard)
    context.stop(daemon)


@check(120)
def cached_answers_stay_as_secure_as_they_were(context):
    """Asked twice, from the cache the second time: the same AD; CD=1 never has one."""
    daemon = context.running(changes=validating())
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


@check(60)
def delv_agrees(context):
    """Debian's delv, which validates by itself what we hand it, on a sample of signed names."""
    if not shutil.which("delv"):
        raise Skip("no delv")
    daemon = context.running(changes=validating())
    questions = [q for q in truth.read() if q.tag not in truth.SLOW_TAGS and q.answers][::97]
    ours = ask_all(daemon.server, questions)
    path = context.folder + "/anchor"
    words = resolvers.anchors()[0].split()
    with open(path, "w") as out:
        at = words.index("DS")
        out.write('trust-anchors { . static-ds %s "%s"; };\n' % (
            " ".join(words[at + 1:at + 4]), "".join(words[at + 4:])))
    agreed = 0
    for q in questions[:60]:
        done = subprocess.run(["delv", "@127.0.0.1", "-p", "5300", "-a", path, "+root=.", q.qname,
                               q.qtype], capture_output=True, text=True, timeout=20)
        validated = "; fully validated" in done.stdout and "; unsigned answer" not in done.stdout
        expect(validated == is_secure(ours[q][0]), "%s %s: AD is %d; delv: %s%s" % (
            q.qname, q.qtype, is_secure(ours[q][0]), done.stdout[:300], done.stderr[:200]))
        agreed += 1
    context.note("%d answers" % agreed)
    context.stop(daemon)
