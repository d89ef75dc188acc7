"""Live checks: what SIGHUP changes and what it must not change."""

import json
import os
import signal
import subprocess
import time

import dns
import truth
from resolvers import log_waits_for, wait_for
from suite import ask_right, check, expect, question_like

HERE = os.path.dirname(os.path.abspath(__file__))


def is_blocked(server, name, source=None):
    message = dns.ask(server, name, "A", source=source)
    return any(code in (15, 17) for code, _ in message.errors())


@check(30)
def a_block_wins_over_the_cache_at_once(context):
    """A name in the cache is blocked by the next SIGHUP, with EDE 15, and freed by another."""
    daemon = context.running()
    question = question_like("host", "A")
    ask_right(daemon.server, question)
    ask_right(daemon.server, question)
    daemon.write_configuration({"policy": {"block": [question.qname]}})
    daemon.signal(signal.SIGHUP)
    expect(wait_for(lambda: is_blocked(daemon.server, question.qname), 3, 0.02),
           "not blocked 3 s after SIGHUP")
    message = dns.ask(daemon.server, question.qname, "A")
    expect(15 in [code for code, _ in message.errors()], "no EDE 15: %s" % message.errors())
    below = dns.ask(daemon.server, "deep.below." + question.qname, "A")
    expect(15 in [code for code, _ in below.errors()], "a name below it is not blocked")
    daemon.write_configuration({})
    daemon.signal(signal.SIGHUP)
    expect(wait_for(lambda: not is_blocked(daemon.server, question.qname), 3, 0.02),
           "still blocked 3 s after the second SIGHUP")
    ask_right(daemon.server, question)
    context.stop(daemon)


@check(30)
def an_allowed_name_is_never_judged(context):
    """policy.allow frees a zone from detection: a burst of tunnel-like names is answered."""
    import check_life
    zone = check_life.attacker_zone(0)
    daemon = context.running(changes={"policy": {"allow": [zone]}})
    asked, refusal = check_life.exfiltrate(daemon.server, zone, 60)
    expect(refusal is None, "refused after %d questions" % asked)
    context.stop(daemon)


def names_for_load(count=400):
    names = []
    for question in truth.read():
        if question.tag in ("host", "apex") and question.qtype == "A" and question.answers:
            names.append(question)
        if len(names) == count:
            break
    return names


def start_load(context, server, names, qps, seconds):
    child = subprocess.Popen([HERE + "/load", "%s@%d" % server, str(qps), str(seconds)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    context.closers.append(lambda: child.poll() is None and child.kill())
    child.stdin.write("".join("%s %s %s\n" % (q.qname, q.qtype, q.rcode) for q in names))
    child.stdin.close()
    child.stdin = None  # else communicate() would flush it
    return child


@check(60)
def sighup_under_load_loses_nothing(context):
    """5,000 questions/s; good and bad configurations come by SIGHUP; nothing lost, cache kept."""
    daemon = context.running()
    names = names_for_load()
    for i, question in enumerate(names):
        ask_right(daemon.server, question, source="127.44.0.%d" % (i % 20 + 1))
    probe, client = names[0], "127.44.1.1"
    ttl_before = dns.ask(daemon.server, probe.qname, "A", source=client).answer[0].ttl
    child = start_load(context, daemon.server, names, 5000, 10)
    blocked = question_like("www", "A", skip=50)
    ask_right(daemon.server, blocked)
    for turn in range(3):
        time.sleep(1)
        good_then_bad(daemon, blocked, turn)
    report = json.loads(child.communicate(timeout=30)[0])
    context.note(str(report))
    expect(report["sent"] > 40000, "only %d questions sent: the machine is too slow to show "
           "anything" % report["sent"])
    expect(report["lost"] == 0 and report["wrong"] == 0, "lost or wrong: %s" % report)
    ttl_after = dns.ask(daemon.server, probe.qname, "A", source=client).answer[0].ttl
    expect(ttl_after <= ttl_before - 5, "TTL %d, then %d: the cache was not kept" % (
        ttl_before, ttl_after))
    context.stop(daemon)


def good_then_bad(daemon, blocked, turn):
    """A good file must work, a bad one must change nothing and be named by file and line."""
    changes = {"policy": {"block": [blocked.qname]}} if turn % 2 == 0 else {}
    text = daemon.write_configuration(changes)
    daemon.signal(signal.SIGHUP)
    expect(wait_for(lambda: is_blocked(daemon.server, blocked.qname) == (turn % 2 == 0), 5),
           "the good file of turn %d did not work" % turn)
    at = len(daemon.log())
    daemon.write_configuration(text=text + "lisen: nonsense\n")
    line = text.count("\n") + 1
    daemon.signal(signal.SIGHUP)
    mark = "sekisho.yaml:%d:" % line
    expect(log_waits_for(daemon, mark, 5, at), "the log does not name %s; it says: %s" % (
        mark, daemon.log()[at:][-400:]))
    expect(is_blocked(daemon.server, blocked.qname) == (turn % 2 == 0),
           "the bad file changed the policy")


@check(30)
def a_bad_configuration_does_not_start(context):
    """The daemon ends with a failing status and names the line."""
    daemon = context.daemon()
    text = daemon.write_configuration()
    daemon.write_configuration(text=text.replace("workers:", "wrokers:"))
    done = subprocess.run([os.environ["SEKISHOD"], "-c", daemon.conf_path], capture_output=True,
                          text=True, timeout=20, env=daemon.environment())
    line = 1 + text[:text.index("workers:")].count("\n")
    expect(done.returncode not in (0, None), "status %s" % done.returncode)
    expect("sekisho.yaml:%d:" % line in done.stderr, "says: %s" % done.stderr[-400:])
    expect("workers" in done.stderr, "does not suggest the nearest name")
