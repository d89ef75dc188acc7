"""What the live checks share: registration, failure, and the context of one check."""

import os
import shutil

import dns
import resolvers
import truth

CHECKS = []


class Failure(Exception):
    """A check found something wrong; the text says what."""


class Skip(Exception):
    """A check cannot be made on this machine; the text says why."""


def check(seconds, short=True):
    """Registers a check with its time limit; short=False leaves it out of --short runs."""
    def register(function):
        CHECKS.append((function.__name__, function, seconds, short))
        return function
    return register


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Context:
    """One check's folder and its resolvers, which end with it whatever happens."""

    def __init__(self, name, folder, options):
        self.name, self.folder, self.options = name, folder, options
        self.resolvers, self.closers, self.notes = [], [], []
        shutil.rmtree(folder, ignore_errors=True)  # a failed run's state must not speak here
        os.makedirs(folder)

    def note(self, text):
        self.notes.append(text)

    def daemon(self, sub="daemon", **kind):
        """A Sekishod, not yet started."""
        kind.setdefault("workers", self.options.workers)
        daemon = resolvers.Sekishod(os.path.join(self.folder, sub), **kind)
        self.resolvers.append(daemon)
        return daemon

    def other(self, resolver):
        """A resolver that is not the one under test; ends with the check all the same."""
        self.closers.append(resolver.stop)
        return resolver

    def running(self, sub="daemon", **kind):
        return self.daemon(sub, **kind).start()

    def stop(self, daemon):
        """SIGTERM; the daemon must end by itself with status 0 and no sanitizer's complaint."""
        status = daemon.stop()
        report = daemon.sanitizer_report()
        expect(not report, "sanitizer: %s" % report)
        expect(status == 0, "ended with status %s; the log ends: %s" % (status,
                                                                       daemon.log()[-600:]))

    def close(self):
        """Ends what is left.  Returns a sanitizer's complaint of any daemon, or ''."""
        for closer in reversed(self.closers):
            closer()
        for daemon in self.resolvers:
            daemon.stop()
        return "".join(daemon.sanitizer_report() for daemon in self.resolvers)


def question_like(tag, rrtype=None, rcode="NOERROR", skip=0, answers=True):
    """One question of truth.tsv with these properties; the ${skip}th of them."""
    for question in truth.read():
        if question.tag == tag and question.rcode == rcode and \
                (rrtype is None or question.qtype == rrtype) and bool(question.answers) == answers:
            if skip == 0:
                return question
            skip -= 1
    raise Failure("the lab has no %s question with tag %s" % (rrtype, tag))


def ask_right(server, question, **kind):
    """Asks, and fails unless the answer is what truth says."""
    message = dns.ask(server, question.qname, question.qtype, **kind)
    fault = truth.judge(question, message)
    expect(fault is None, "%s %s: %s" % (question.qname, question.qtype, fault))
    return message
