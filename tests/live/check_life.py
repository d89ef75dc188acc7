"""Live checks: detection's memory, restart, leaks."""

import os
import random
import shutil
import signal
import time

import dns
from resolvers import log_waits_for, wait_for
from suite import Skip, ask_right, check, expect, question_like

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def attacker_zone(number):
    """The zone above the tunnel's: served by the lab, so that its names do not exist."""
    with open(os.environ["LAB_ATTACKERS"]) as table:
        rows = [line.split("\t") for line in table]
    return rows[number][0].split(".", 1)[1]


def exfiltrate(server, zone, count, source="127.43.0.1", seed=1):
    """Asks names that carry 35 random bytes each until one is stopped: (how many, the refusal).

    A throttled one (SERVFAIL, one a second passes) is not stopped yet.
    """
    rng = random.Random("%s-%s" % (zone, seed))
    for i in range(count):
        label = "".join(rng.choice(ALPHABET) for _ in range(56))
        message = dns.ask(server, "%s.%s" % (label, zone), "A", source=source)
        if any(code in (15, 17) for code, _ in message.errors()):
            if message.rcode_text != "SERVFAIL":
                return i + 1, message
            time.sleep(1)
    return count, None


@check(60)
def a_sinkhole_survives_a_restart(context):
    """A zone stopped before SIGTERM is still stopped at the first question after the start."""
    daemon = context.running()
    zone = attacker_zone(1)
    asked, refusal = exfiltrate(daemon.server, zone, 80)
    expect(refusal is not None, "80 questions with 35 bytes each went through")
    context.note("stopped at question %d: %s %s" % (asked, refusal.rcode_text, refusal.errors()))
    expect(refusal.errors()[0][1], "the EDE has no text with the event's id")
    expect(wait_for(daemon.events, 5), "the journal has no event")
    context.stop(daemon)
    daemon.start()
    asked, refusal = exfiltrate(daemon.server, zone, 3, seed=2)
    expect(refusal is not None and asked == 1, "after the restart the zone is open again")
    ask_right(daemon.server, question_like("host", "A"))
    context.stop(daemon)


@check(40)
def the_journal_explains_a_stop(context):
    """Schema, time, client, zone, action, evidence with figures, and the bytes that leaked."""
    daemon = context.running()
    zone = attacker_zone(2)
    exfiltrate(daemon.server, zone, 80)

    def stops():
        return [e for e in daemon.events() if e.get("action") in ("hold", "sinkhole")
                and zone.rstrip(".") in e.get("zone", "")]

    expect(wait_for(stops, 5), "no hold or sinkhole of %s in the journal: %s" % (
        zone, daemon.events()[:3]))
    event = stops()[0]
    for field in ("schema", "time", "id", "client", "group", "question", "zone", "action",
                  "score", "evidence", "leaked_up_bytes", "leaked_down_bytes"):
        expect(field in event, "no %s in %s" % (field, event))
    expect(event["client"] == "127.43.0.1" and event["group"] == "lab", "client and group: %s" %
           event)
    expect(20 < event["leaked_up_bytes"] < 4000, "%s bytes leaked" % event["leaked_up_bytes"])
    expect(event["schema"] == 1, "schema %s" % event["schema"])
    expect(event["evidence"] and all({"name", "value", "weight"} <= set(e)
                                     for e in event["evidence"]), "evidence: %s" %
           event["evidence"])
    context.stop(daemon)


@check(40)
def shadow_mode_reports_and_blocks_nothing(context):
    """Every tunnel-like question is answered, and the journal still says what would be stopped."""
    daemon = context.running(mode="shadow")
    zone = attacker_zone(3)
    asked, refusal = exfiltrate(daemon.server, zone, 60)
    expect(refusal is None, "refused at question %d" % asked)
    expect(wait_for(daemon.events, 5), "the journal says nothing")
    context.stop(daemon)


@check(30)
def names_with_any_byte_come_back_from_the_journal(context):
    """Quotes, control bytes and bytes over 127 in a stopped name leave the journal readable."""
    daemon = context.running()
    zone = attacker_zone(4)
    rng = random.Random(7)
    for _ in range(80):
        raw = bytes(rng.choice(b'"\\\n\x00\x1b<>&\x80\xff') for _ in range(4)) + bytes(
            rng.randrange(256) for _ in range(48))
        label = "".join("\\%03d" % byte for byte in raw)
        dns.ask(daemon.server, "%s.%s" % (label, zone), "A", source="127.43.0.2")
    expect(wait_for(daemon.events, 5), "no event")
    with open(daemon.journal_path, "rb") as journal:
        data = journal.read()
    expect(all(0x20 <= byte < 0x80 or byte == 10 or byte >= 0xC2 for byte in data),
           "control bytes or broken UTF-8 in the journal")
    data.decode("utf-8")
    context.stop(daemon)


@check(40)
def sigusr1_dumps_statistics_and_sigterm_ends(context):
    """SIGUSR1 writes counters to the log; SIGTERM ends with status 0 while questions wait."""
    daemon = context.running()
    ask_right(daemon.server, question_like("host", "A"))
    at = len(daemon.log())
    daemon.signal(signal.SIGUSR1)
    expect(log_waits_for(daemon, "\n", 5, at), "SIGUSR1 wrote nothing")
    waiting = question_like("silent", rcode="SERVFAIL", answers=False)
    with dns.udp_socket(daemon.server) as sock:
        sock.send(dns.query(waiting.qname, "A"))
        ask_right(daemon.server, question_like("host", "A"))
        context.stop(daemon)


@check(120, short=False)
def valgrind_finds_no_leak(context):
    """A short life under valgrind: questions, failures, TCP, a stop, reloads; no leak at exit."""
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    if "asan" in os.environ["SEKISHOD"] or "tsan" in os.environ["SEKISHOD"]:
        raise Skip("a sanitizer's build does not run under valgrind")
    daemon = context.daemon(workers=2, wrapper=[
        "valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=99",
        "--child-silent-after-fork=yes"])
    daemon.spawn(daemon.command())
    daemon.wait_until_answers(60)
    for tag in ("host", "cdn", "big", "dname", "chain", "lame", "wildcard", "nxdomain"):
        rcode = {"lame": "SERVFAIL", "nxdomain": "NXDOMAIN"}.get(tag, "NOERROR")
        for i in range(3):
            ask_right(daemon.server, question_like(tag, rcode=rcode, skip=i, answers=(
                rcode == "NOERROR")), timeout=15)
    exfiltrate(daemon.server, attacker_zone(5), 30)
    at = len(daemon.log())
    daemon.write_configuration(text="nonsense: [\n")
    daemon.signal(signal.SIGHUP)
    log_waits_for(daemon, "sekisho.yaml:", 20, at)
    daemon.write_configuration({"policy": {"block": ["blocked.example."]}})
    daemon.signal(signal.SIGHUP)
    expect(wait_for(lambda: any(c == 15 for c, _ in dns.ask(
        daemon.server, "blocked.example.", "A", timeout=10).errors()), 30), "no reload")
    status = daemon.stop(60)
    expect(status == 0, "valgrind: status %s: %s" % (status, daemon.log()[-3000:]))
