"""truth.tsv and trust.tsv: reading them, and judging an answer by them."""

import collections
import os

import dns

# .validated, .status and .errors are what validation makes of it: the rcode, secure, insecure or
# bogus, and the extended errors of which one must be told.
Question = collections.namedtuple("Question", "qname qtype rcode answers tag validated status errors",
                                  defaults=(None, None, ()))

# Answers that come from servers which do not answer; slow by nature.
SLOW_TAGS = ("dead", "lame", "silent", "loop")


def read(path=None):
    with open(path or os.environ["LAB_TRUTH"], encoding="latin-1") as truth:
        for line in truth:
            qname, qtype, rcode, answers, tag, validated, status, errors = \
                line.rstrip("\n").split("\t")
            yield Question(qname, qtype, rcode, tuple(answers.split(" | ")) if answers else (), tag,
                           validated, status, tuple(map(int, errors.split())))


def trusted():
    """The questions about the zones that are there for validation."""
    return read(os.environ["LAB_TRUST"])


def judge_validated(question, message):
    """Like judge, of a resolver that validates and was asked with DO: AD and EDE count as well."""
    fault = judge(question._replace(rcode=question.validated), message)
    if fault is not None:
        return fault
    secure = bool(message.flags & dns.AD)
    if secure != (question.status == "secure"):
        return "AD is %d, it is %s" % (secure, question.status)
    codes = [code for code, _ in message.errors()]
    if question.status == "bogus" and not set(codes) & set(question.errors):
        return "EDE %s instead of %s%s" % (codes, question.errors, errors_of(message))
    return None


def judge(question, message):
    """None when the message says what truth says, else a sentence."""
    if message is None:
        return "no answer"
    if message.rcode_text != question.rcode:
        return "%s instead of %s%s" % (message.rcode_text, question.rcode, errors_of(message))
    if message.question is None or message.question[:2] != (
            question.qname, dns.type_number(question.qtype)):
        return "the question came back as %r" % (message.question,)
    if question.rcode == "SERVFAIL":
        return None
    lines = sorted(record.line() for record in message.answer
                   if record.rrtype != dns.TYPES["RRSIG"])
    if len(set(lines)) != len(lines):
        return "a record twice in the answer"
    if tuple(lines) != question.answers:
        missing = sorted(set(question.answers) - set(lines))
        surplus = sorted(set(lines) - set(question.answers))
        return "missing %s, surplus %s" % (missing[:3], surplus[:3])
    return chain_order(question, message)


def errors_of(message):
    return "".join(" (EDE %d %s)" % error for error in message.errors())


def chain_order(question, message):
    """CNAMEs must come in the order in which they are followed."""
    name = question.qname
    for record in message.answer:
        if record.rrtype == dns.TYPES["RRSIG"] or record.rrtype == dns.TYPES["DNAME"]:
            continue
        if record.name != name:
            return "%s where %s was to follow" % (record.name, name)
        if record.rrtype == dns.TYPES["CNAME"] and question.qtype != "CNAME":
            name = record.text
    return None


def is_throttled(message):
    """Asked too fast: the same question is answered a second later."""
    return message is not None and any(code == 17 and "asked too fast" in text
                                       for code, text in message.errors())


def is_refusal(message):
    """An answer that the defence gave (a block, a hold, a sinkhole), not the DNS."""
    return message is not None and any(code in (15, 16, 17, 18) for code, _ in message.errors())
