"""Live checks: hostile and clumsy clients."""

import random
import signal
import socket
import struct
import time

import dns
from hostile import cost_of
from resolvers import log_waits_for
from suite import Failure, ask_right, check, expect, question_like


def mutations(rng, good):
    """Endless datagrams that no careful client sends."""
    def cut():
        return good[:rng.randrange(len(good))]

    def noise():
        return bytes(rng.randrange(256) for _ in range(rng.randrange(600)))

    def flip():
        data = bytearray(good)
        for _ in range(rng.randrange(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)

    def loop():
        return good[:12] + b"\xc0\x0c" + good[-4:]

    def counts():
        return good[:4] + struct.pack("!4H", *(rng.choice((0, 1, 2, 0xFFFF)) for _ in range(4))) \
            + good[12:]

    def longname():
        return good[:12] + b"\x3f" + b"a" * 63 + (b"\x3f" + b"b" * 63) * rng.randrange(2, 6)

    def options():
        body = b"".join(struct.pack("!HH", rng.randrange(20), rng.choice((0, 4, 60000))) + b"abcd"
                        for _ in range(rng.randrange(1, 30)))
        return good + b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(body)) + body

    def response():
        return good[:2] + b"\x81\x80" + good[4:]

    makers = (cut, noise, flip, loop, counts, longname, options, response)
    while True:
        yield rng.choice(makers)()


@check(60)
def malformed_packets_change_nothing(context):
    """1,000 malformed datagrams: the daemon stays, answers meanwhile, and counts them."""
    daemon = context.running()
    rng = random.Random(5)
    question = question_like("host", "A")
    good = dns.query(question.qname, "A", edns_bytes=None)
    packets = mutations(rng, good)
    with dns.udp_socket(daemon.server) as sock:
        for i in range(1000):
            try:
                sock.send(next(packets))
            except ConnectionRefusedError:
                raise Failure("nothing listens after %d packets" % i)
            if i % 100 == 99:
                ask_right(daemon.server, question, source="127.40.0.1")
    for prefix in (b"", b"\0", b"\0\0", b"\xff\xff" + b"x" * 100):
        with dns.tcp_socket(daemon.server) as sock:
            sock.sendall(prefix)
    ask_right(daemon.server, question, source="127.40.0.1")
    expect(daemon.child.poll() is None, "the daemon ended")
    expect(counted(daemon) > 100, "the malformed packets were not counted")
    context.stop(daemon)


def counted(daemon):
    """The sum of the counters of malformed packets in the statistics that SIGUSR1 dumps."""
    at = len(daemon.log())
    daemon.signal(signal.SIGUSR1)
    expect(log_waits_for(daemon, "malformed", 5, at), "SIGUSR1 dumped no counter of malformed "
           "packets: %s" % daemon.log()[at:][:800])
    time.sleep(0.3)
    total = 0
    for line in daemon.log()[at:].splitlines():
        if "malformed" in line or "formerr" in line:
            words = line.replace("=", " ").replace(":", " ").replace(",", " ").split()
            for name, value in zip(words, words[1:]):
                if ("malformed" in name or "formerr" in name) and value.isdigit():
                    total += int(value)
    return total


@check(60)
def slow_tcp_clients_do_not_hinder_others(context):
    """Slowloris from one address: it gets its share of connections and no more; others are served."""
    daemon = context.running()
    question = question_like("host", "A", skip=3)
    ask_right(daemon.server, question)
    slow = []
    with cost_of(context, daemon, questions=60):
        for _ in range(60):
            try:
                sock = dns.tcp_socket(daemon.server, 2, source="127.41.0.1")
                sock.sendall(b"\0")
                slow.append(sock)
            except OSError:
                pass
    begun = time.monotonic()
    for i in range(20):
        ask_right(daemon.server, question, tcp=True, source="127.41.1.%d" % (i + 1))
        ask_right(daemon.server, question)
    took = time.monotonic() - begun
    expect(took < 5, "20 questions of others took %.1f s" % took)
    kept = still_open(slow)
    context.note("%d of 60 slow connections kept, others' 20 TCP questions took %.2f s" % (kept,
                                                                                           took))
    expect(kept <= 40, "one address holds %d connections" % kept)
    for sock in slow:
        sock.close()
    context.stop(daemon)


@check(60)
def tcp_clients_leave_descriptors_for_others(context):
    """With few descriptors, more clients than these come by TCP: names are still resolved, and the
    control socket answers."""
    daemon = context.running(wrapper=["prlimit", "--nofile=120:120"], workers=1,
                             changes={"resolver": {"outgoing-sockets": 16}})
    idle = []
    for i in range(150):
        try:
            idle.append(dns.tcp_socket(daemon.server, 2, source="127.42.%d.1" % (i + 1)))
        except OSError:
            pass
    for skip in range(3):
        ask_right(daemon.server, question_like("host", "A", skip=skip))
    status, text = daemon.control("status")
    expect(status == 0, "no status: " + text)
    expect("TCP clients are let in" in daemon.log(), "the operator was not told")
    for sock in idle:
        sock.close()
    context.stop(daemon)


def still_open(sockets):
    count = 0
    for sock in sockets:
        sock.setblocking(False)
        try:
            count += sock.recv(1) != b""
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


@check(60)
def tcp_questions_are_answered_out_of_order(context):
    """Pipelined: the quick ones do not wait for the slow one before them (RFC 7766 6.2.1.1)."""
    daemon = context.running()
    slow = question_like("silent", rcode="SERVFAIL", answers=False)
    quick = [question_like("apex", "A", skip=i) for i in range(10)]
    with dns.tcp_socket(daemon.server, 12) as sock:
        stream = b""
        for i, question in enumerate([slow] + quick):
            wire = dns.query(question.qname, question.qtype, qid=1000 + i)
            stream += struct.pack("!H", len(wire)) + wire
        sock.sendall(stream)
        begun, order = time.monotonic(), []
        while len(order) < 11:
            try:
                message = dns.parse(dns.read_tcp(sock))
            except (EOFError, socket.timeout) as error:
                raise Failure("after %d answers: %s" % (len(order), error))
            order.append(message.id)
            if len(order) == 10:
                expect(time.monotonic() - begun < 5, "the quick answers waited")
    expect(sorted(order) == list(range(1000, 1011)), "ids %s" % order)
    expect(order[-1] == 1000, "the slow answer came at place %d" % order.index(1000))
    context.stop(daemon)


@check(40)
def a_flood_from_one_client_is_limited(context):
    """Over its rate a UDP client gets silence or TC=1, and TCP still answers; others see nothing."""
    daemon = context.running()
    question = question_like("apex", "A")
    ask_right(daemon.server, question)
    with dns.udp_socket(daemon.server, "127.42.0.1") as sock, cost_of(context, daemon,
                                                                      questions=3000):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        wire = dns.query(question.qname, "A")
        for i in range(3000):
            sock.send(wire)
            if i % 50 == 0:
                time.sleep(0.005)
        whole = truncated = 0
        sock.settimeout(0.5)
        try:
            while True:
                message = dns.parse(sock.recv(4096))
                whole, truncated = whole + (not message.tc), truncated + message.tc
        except socket.timeout:
            pass
    context.note("3000 questions at once: %d answered, %d truncated" % (whole, truncated))
    expect(whole <= 1600, "%d answered" % whole)
    expect(truncated > 0, "none truncated: a forged client's victim could not come back by TCP")
    ask_right(daemon.server, question, source="127.42.0.2")
    context.stop(daemon)
