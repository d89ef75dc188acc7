#!/usr/bin/env python3
"""Seeds of fuzz_validate: every kind of change, made to every reply of a question.

usage: seeds_validate.py FOLDER
"""
import os
import sys

CHANGES = ["drop", "drop-sigs", "flip-data", "flip-sig", "rename", "add-set", "move", "repeat-sig", "sign-as-evil", "set-next",
           "set-iterations", "set-type", "set-flags", "add-record", "set-ttl"]
NAMES = {"www": 0, "gone": 1, "wildcard": 2, "alias": 3, "dname": 4, "nsec3": 5, "nsec3-gone": 6, "evil": 11, "evil-alias": 12}
QUERIES = 14
# Those that are made with each operation in a slice of its own, too.
SLICED = ["drop", "set-flags", "set-next"]

# The second and third byte of a change: what it does with them is its own matter.
ARGUMENTS = {"set-ttl": [(255, 8)], "set-next": [(0, 0), (1, 0), (15, 0)], "set-iterations": [(0, 51), (255, 255)],
             "flip-sig": [(3, 1), (3, 2), (7, 16), (40, 1)], "sign-as-evil": [(0, 0), (1, 0)], "set-flags": [(0, 1), (1, 1)],
             "add-record": [(0, 1), (3, 5)], "repeat-sig": [(8, 40), (11, 60)]}


def seed(name, change, which, a, b, slices):
    data = bytes([slices, 0, NAMES[name]])
    return data + bytes([1, CHANGES.index(change), which, a, b]) * QUERIES


def main(folder):
    for change in CHANGES:
        for name in NAMES:
            for k, (a, b) in enumerate(ARGUMENTS.get(change, [(1, 1)])):
                for slices in range(2 if change in SLICED else 1):
                    path = os.path.join(folder, "%s-%s-%d%s" % (change, name, k, "-sliced" if slices else ""))
                    with open(path, "wb") as out:
                        out.write(seed(name, change, k % 2, a, b, slices))


main(sys.argv[1])
