"""Live checks: servers that go away, what is answered meanwhile, and that they come back."""

import json
import time

import dns
from check_attacks import addresses
from hostile import ZONE, Hostile, a, stub
from resolvers import wait_for
from suite import check, expect

FIRST, SECOND = "192.0.2.1", "192.0.2.2"


def ede_of(message):
    return [int.from_bytes(data[:2], "big") for code, data in message.options if code == 15]


@check(60)
def stale_answers_bridge_an_outage(context):
    """The server dies, its answer expires: the stale one comes after 1.8 s and then at once; the
    server is back with another address: that one counts."""
    state = {"alive": True, "address": FIRST}

    def answer(query):
        return [query.reply([a(query.name, state["address"], 1)])] if state["alive"] else []
    context.other(Hostile("127.66.201.1", answer))
    changes = stub("127.66.201.1", **{"stale-answer-ttl": "2s"})
    changes["cache"] = {"ttl-min": "0s", "prefetch": False, "failure-ttl-min": "1s"}
    daemon = context.running(changes=changes, workers=1)
    name = "www." + ZONE

    def ask():
        began = time.monotonic()
        message = dns.ask(daemon.server, name, "A", timeout=10.0)
        return message, time.monotonic() - began
    message, _ = ask()
    expect(addresses(message) == [FIRST] and not ede_of(message), "no fresh answer")
    state["alive"] = False
    seen = []

    def expired():
        seen[:] = ask()
        return ede_of(seen[0]) == [3]
    expect(wait_for(expired, 20), "no stale answer: %s" % ede_of(seen[0]))
    expect(addresses(seen[0]) == [FIRST], "stale: %s" % addresses(seen[0]))
    expect(1.5 < seen[1] < 3.5, "the first stale answer took %.2f s" % seen[1])
    message, seconds = ask()
    expect(ede_of(message) == [3] and seconds < 1.0, "the second took %.2f s" % seconds)
    state.update(alive=True, address=SECOND)

    def back():
        seen[:] = ask()
        return addresses(seen[0]) == [SECOND] and not ede_of(seen[0])
    expect(wait_for(back, 30), "the server is back, the answer is %s" % addresses(seen[0]))
    status, text = daemon.control("--json", "stats")
    expect(status == 0 and json.loads(text)["stats"]["questions"]["answered_stale"] >= 1,
           "not counted")
    context.stop(daemon)
