#!/usr/bin/env python3
"""changed.py FILE.tsv.xz... DIRECTORY: variations of recorded channels, one file each, for replay_traffic.

A rule that holds for nine captures may hold for these nine alone. Each is written again with other types, paces, zones and
encodings, begun in mid-stream, with its polls alone and spread over clients; names NAME~CHANGE.tsv say what was done. What a
name carries is kept: its labels left of the zone are bits, written in the new letters.
"""
import base64
import collections
import lzma
import os
import sys

MOST = 400  # questions of a variation: stopped long before, or missed
POLL_CHARS = 12
WORDS = [a + b for a in "ba ke li mo nu pa re si to va da fe ga hi jo ku".split() for b in "ra ne lo mi tu sa be do ki pu ma fo ge zi ha ju".split()]


def read(path):
    with lzma.open(path, "rt", encoding="ascii", errors="replace") as f:
        return [line.rstrip("\n").split("\t") for line in f]


def zone_of(lines):
    """The suffix that nearly all names have: the longest in nine of ten."""
    count = collections.Counter()
    for f in lines:
        labels = f[2].rstrip(".").split(".")
        for k in range(2, len(labels)):
            count[".".join(labels[-k:])] += 1
    return max((z for z in count if count[z] >= len(lines) * 0.9), key=len)


def left_of(f, zone):
    name = f[2].rstrip(".")
    return name[: -len(zone) - 1] if name.endswith("." + zone) else None


def raw_of(text):
    """The bytes of a presentation form."""
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] == "\\" and text[i + 1 : i + 4].isdigit():
            out.append(int(text[i + 1 : i + 4]) & 255)
            i += 4
        else:
            out.append(ord(text[i]) & 255)
            i += 1
    return bytes(out)


def words_of(raw):
    return "-".join(WORDS[b] for b in raw)


ENCODINGS = {
    "hex": lambda raw: raw.hex(),
    "base32": lambda raw: base64.b32encode(raw).decode().rstrip("=").lower(),
    "base64": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    "words": words_of,
}


def labels_of(text, size, room):
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    out = ""
    for p in parts:
        p = p.strip("-") or "x"
        if len(out) + len(p) + 1 > room:
            break
        out += ("." if out else "") + p
    return out


def encode(lefts, encoding, size, room):
    # A letter of a name carries some five bits: eight are five bytes.
    for left in lefts:
        raw = raw_of(left.replace(".", ""))
        yield labels_of(ENCODINGS[encoding](raw[: max(1, len(raw) * 5 // 8)]), size, room)


class Capture:
    def __init__(self, path):
        self.name = os.path.basename(path).split(".")[0]
        lines = read(path)
        self.zone = zone_of(lines)
        self.lines = [f for f in lines if left_of(f, self.zone)]
        self.left = [left_of(f, self.zone) for f in self.lines]

    def write(self, directory, change, lines, lefts, zone=None, qtype=None, pace=1.0, clients=1):
        zone = zone or self.zone
        start = float(lines[0][0])
        with open(os.path.join(directory, f"{self.name}~{change}.tsv"), "w", encoding="ascii", errors="replace") as out:
            for n, (f, left) in enumerate(list(zip(lines, lefts))[:MOST]):
                f = list(f)
                f[0] = f"{start + (float(f[0]) - start) * pace:.3f}"
                if clients > 1:
                    f[1] = f"10.7.7.{n % clients + 1}"
                f[2] = left + "." + zone
                f[3] = qtype or f[3]
                out.write("\t".join(f) + "\n")


TYPES = ("A", "AAAA", "TXT", "MX", "CNAME", "SRV", "NULL")


def vary(c, directory):
    whole = (c.lines, c.left)
    polls = [i for i, left in enumerate(c.left) if len(left) <= POLL_CHARS]
    cuts = {"whole": whole}
    for part in (10, 50, 90):
        k = len(c.lines) * part // 100
        cuts[f"from{part}"] = (c.lines[k:], c.left[k:])
    if len(polls) >= 20:
        cuts["polls"] = ([c.lines[i] for i in polls], [c.left[i] for i in polls])
    for cut, (lines, lefts) in cuts.items():
        for t in TYPES:
            c.write(directory, f"{cut}-{t}", lines, lefts, qtype=t)
        for pace in (0.1, 10, 100, 1000):
            for t in ("A", "TXT"):
                c.write(directory, f"{cut}-{t}-x{pace}", lines, lefts, qtype=t, pace=pace)
        for tag, zone in (("short", "q7.io"), ("deep", "v1.api.eu.metrics.riverdata.net"), ("tenant", "riverdata.duckdns.org"), ("country", "riverdata.co.uk")):
            c.write(directory, f"{cut}-A-{tag}", lines, lefts, zone=zone, qtype="A")
        c.write(directory, f"{cut}-A-five", lines, lefts, qtype="A", clients=5)
        c.write(directory, f"{cut}-A-numbered", lines, [f"{n}.{x}" for n, x in enumerate(lefts)], qtype="A")
    for encoding in ENCODINGS:
        for size in (12, 31, 63):
            lefts = list(encode(c.left, encoding, size, 250 - len(c.zone) - 2))
            for t in ("A", "TXT"):
                c.write(directory, f"{encoding}{size}-{t}", c.lines, lefts, qtype=t)


def main():
    for path in sys.argv[1:-1]:
        vary(Capture(path), sys.argv[-1])


main()
