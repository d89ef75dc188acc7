"""Live checks: the answers are right, and come from where they were asked."""

import importlib.machinery
import importlib.util
import os
import select
import socket
import time

import dns
import truth
from suite import ask_right, check, expect, question_like


def load_script(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def resolve_everything(context, **kind):
    daemon = context.running(**kind)
    questions = list(truth.read())
    judge, seconds = load_script("resolve_all").resolve(daemon.server, questions, seconds=100)
    asked = sum(judge.right.values()) + sum(judge.wrong.values())
    context.note("%d of %d right in %.1f s, %.0f us CPU a question, %d refused, %d told to wait" % (
        sum(judge.right.values()), asked, seconds, daemon.cpu_sec() * 1e6 / asked, judge.refused,
        judge.throttled))
    expect(not judge.faults, "%d wrong:\n%s" % (len(judge.faults),
                                                 "\n".join(judge.faults[:25])))
    expect(len(questions) >= 5000, "only %d questions" % len(questions))
    context.stop(daemon)


@check(120)
def every_lab_name_resolves_right(context):
    """Default settings, detection on: each answer is compared with the zone data."""
    resolve_everything(context)


@check(120, short=False)
def every_lab_name_resolves_without_minimisation(context):
    """The same without QNAME minimisation."""
    resolve_everything(context, qmin=False)


@check(30)
def big_answers_go_over_tcp(context):
    """TC=1 over UDP at 1232 bytes and at 512, whole over TCP."""
    daemon = context.running()
    question = question_like("big", "TXT")
    for size in (None, 512, 1232):
        wire = dns.query(question.qname, question.qtype, edns_bytes=size)
        data = dns.ask_udp(daemon.server, wire, 5)
        message = dns.parse(data)
        limit = size or 512
        expect(message.tc, "no TC=1 at %s bytes" % size)
        expect(len(data) <= limit, "%d bytes over UDP where %d are allowed" % (len(data), limit))
    ask_right(daemon.server, question, tcp=True)
    context.stop(daemon)


def ask_unconnected(address, port):
    """The address from which the answer comes when nobody insists on it."""
    family = dns.family_of(address)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        wire = dns.query("localhost.", "A")
        sock.sendto(wire, (address, port))
        expect(select.select([sock], [], [], 3)[0], "no answer from %s" % address)
        data, peer = sock.recvfrom(4096)
    expect(data[:2] == wire[:2], "another id")
    return peer[0], peer[1]


@check(20)
def the_answer_comes_from_the_address_asked(context):
    """A listener on the wildcard address answers from each of the machine's addresses."""
    daemon = context.running(listen=["0.0.0.0@5300", "::@5300"])
    with open(os.environ["LAB_DIR"] + "/addresses6") as lines:
        six = [line.strip() for line in lines][:3]
    for address in ["127.0.0.1", "127.8.9.10", "127.200.1.2"] + six:
        came = ask_unconnected(address, 5300)
        expect(came == (address, 5300), "asked %s, answered by %s@%d" % ((address,) + came))
    context.stop(daemon)


def expect_servfail(tag, message):
    expect(message.rcode_text == "SERVFAIL", "%s: %s" % (tag, message.rcode_text))
    expect(message.errors(), "%s zone: SERVFAIL without an EDE" % tag)


@check(40)
def failures_say_why(context):
    """SERVFAIL for zones without a working server comes in time, with an EDE (RFC 8914)."""
    daemon = context.running()
    for tag in ("dead", "lame"):
        question = question_like(tag, rcode="SERVFAIL", answers=False)
        message = dns.ask(daemon.server, question.qname, question.qtype, timeout=5, tries=1)
        expect_servfail(tag, message)
        context.note("%s: EDE %s" % (tag, message.errors()))
    # Silent servers cost the whole time of a question; a UDP answer would be dropped as too late.
    question = question_like("silent", rcode="SERVFAIL", answers=False)
    begun = time.monotonic()
    message = dns.parse(dns.ask_tcp(daemon.server, dns.query(question.qname, "A"), 9))
    expect_servfail("silent", message)
    context.note("silent: EDE %s after %.1f s" % (message.errors(), time.monotonic() - begun))
    begun = time.monotonic()
    expect_servfail("silent again", dns.ask(daemon.server, question.qname, "A", timeout=2, tries=1))
    expect(time.monotonic() - begun < 0.5, "the failure was not remembered (RFC 9520)")
    context.stop(daemon)


@check(30)
def rd_zero_any_and_chaos_are_told_off(context):
    """RD=0 is REFUSED, ANY is minimal (RFC 8482), a foreign class and opcode get their error."""
    daemon = context.running()
    name = question_like("apex", "A").qname
    ask_right(daemon.server, question_like("apex", "A"))
    message = dns.ask(daemon.server, name, "A", flags=0)
    expect(message.rcode_text == "REFUSED", "RD=0: %s" % message.rcode_text)
    message = dns.ask(daemon.server, name, "ANY")
    expect(message.rcode_text == "NOERROR" and len(message.answer) <= 2,
           "ANY: %s with %d records" % (message.rcode_text, len(message.answer)))
    message = dns.parse(dns.ask_udp(daemon.server, dns.query(name, "A", flags=0x2000)))
    expect(message.rcode_text == "NOTIMP", "opcode NOTIFY: %s" % message.rcode_text)
    context.stop(daemon)
