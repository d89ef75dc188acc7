"""Ordinary clients: what an office asks, at a moderate rate, hard zones included.

Every answer is judged by truth.tsv; an answer of the defence (a block, a hold, a
sinkhole) to any of these questions is a false alarm and is counted apart.

The mix: mostly web names by a Zipf-like popularity (a few names asked by
everybody, most by one or two clients), a dozen office clients that start
one after the other, two mail servers that ask the block lists, all clients with
the antivirus cloud's file checks.
"""

import random
import threading
import time

import dns
import truth

MIX = (("www", 30), ("host", 22), ("apex", 14), ("cdn", 12), ("sub", 5), ("mail", 3), ("srv", 1),
       ("reverse", 3), ("nxdomain", 2), ("dnsbl", 4), ("av", 3), ("chain", 1))


class Player(threading.Thread):
    """Plays until finish(); then .asked, .refused, .faults tell how it went."""

    def __init__(self, server, rate=80, clients=12, net="127.30.0.", seed=1):
        super().__init__(daemon=True)
        self.server, self.rate, self.net, self.clients = server, rate, net, clients
        self.rng = random.Random("player-%s" % seed)
        self.asked = self.right = self.refused = 0
        self.by_tag = {}
        self.faults, self.slowest_sec = [], 0.0
        self.ending = False
        self.pools = {}
        for question in truth.read():
            self.pools.setdefault(question.tag, []).append(question)
        for pool in self.pools.values():
            self.rng.shuffle(pool)

    def pick(self, tag):
        """Rank r with a weight of about 1/r."""
        pool = self.pools[tag]
        return pool[int(len(pool) ** self.rng.random()) - 1]

    def client_for(self, tag):
        if tag == "dnsbl":
            return self.net + str(200 + self.rng.randrange(2))
        return self.net + str(1 + self.rng.randrange(self.clients))

    def boot(self):
        """The machines come up one after the other; an antivirus client asks its cloud's status
        before it checks anything."""
        for i in range(self.clients):
            for question in self.pools["av-status"]:
                yield question, question.qname, question.qtype, self.net + str(1 + i)
            for _ in range(9):
                yield self.ordinary([row for row in MIX if row[0] != "av"])

    def ordinary(self, mix=MIX):
        tags, weights = zip(*mix)
        tag = self.rng.choices(tags, weights)[0]
        question = self.pick(tag)
        return question, question.qname, question.qtype, self.client_for(tag)

    def jobs(self):
        yield from self.boot()
        while not self.ending:
            yield self.ordinary()

    def done(self, question, message, error, seconds):
        self.asked += 1
        count = self.by_tag.setdefault(question.tag, [0, 0])
        count[0] += 1
        self.slowest_sec = max(self.slowest_sec, seconds)
        fault = str(error) if message is None else truth.judge(question, message)
        if truth.is_refusal(message):
            self.refused += 1
            fault = "refused%s" % truth.errors_of(message)
        if fault is None:
            self.right += 1
        else:
            count[1] += 1
            self.faults.append("%s %s [%s]: %s" % (question.qname, question.qtype, question.tag,
                                                   fault))

    def run(self):
        pump = dns.Pump(self.server, self.done, window=512, timeout=3.0, tries=3, rate=self.rate)
        pump.run(self.jobs())

    def finish(self):
        self.ending = True
        self.join(15)
        return self

    def summary(self):
        return "%d ordinary questions: %d right, %d refused, %d otherwise wrong; slowest %.2f s" % (
            self.asked, self.right, self.refused, len(self.faults) - self.refused,
            self.slowest_sec)


def play(server, seconds, **kind):
    player = Player(server, **kind)
    player.start()
    time.sleep(seconds)
    return player.finish()
