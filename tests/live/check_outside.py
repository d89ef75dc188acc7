"""Live check: scenarios in the format of others' suites, played from outside."""

import os
import subprocess
import sys

from suite import check, expect

REPLAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../replay")


@check(60)
def scenarios_are_played_from_outside(context):
    """Configuration translated, servers and clients in another network, SIGTERM ends with status 0."""
    result = subprocess.run(
        [sys.executable, os.path.join(REPLAY, "outside"), "--program",
         os.path.join(context.options.build, "resolver/sekishod"),
         "--suite", os.path.join(REPLAY, "outside-scenarios")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    lines = result.stdout.strip().split("\n")
    context.note(lines[-1])
    expect(result.returncode == 0, "\n" + result.stdout)
