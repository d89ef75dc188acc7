"""Live checks: emulated tunnel tools, up and down, alone and spread (emulated.py).

Each is played twice, with detection as shipped and without: what moves nothing then shows nothing.
`tunnels --table` plays all of them, at four rates.
"""

import os

import emulated
import tools
from suite import check, expect

RATE = 200

# Bytes of the file that arrive, most; a change that moves one says so here.  All others: none.
RECORDED = {
    ("xxd | dig", "up", "1 client"): 120,
    ("xxd | dig", "up", "4 zones"): 480,
    ("xxd | dig", "up", "50 clients"): 120,
    ("xxd | dig", "down", "1 client"): 756,
    ("xxd | dig", "down", "50 clients"): 756,
}


def play(context, wanted):
    """${wanted}: [(tool, way, spread)]."""
    runs = [emulated.Run(tool, way, RATE, spread, mode, True)
            for tool, way, spread in wanted for mode in ("off", "enforce")]
    results = emulated.play_all(runs, os.path.join(context.folder, "runs"))
    context.note(emulated.HEAD)
    faults = []
    for run, control, result in zip(runs[1::2], results[::2], results[1::2]):
        context.note(emulated.row(run, control, result))
        faults += ["%s: %s" % (one.name, fault) for one, fault in (
            (run, run.fault(result)), (run._replace(mode="off"), run._replace(mode="off").fault(control)))
            if fault]
        most = RECORDED.get((run.tool.name, run.way, run.spread), 0)
        if result.get("bytes", 0) > most:
            faults.append("%s: %d bytes, recorded are %d" % (run.name, result["bytes"], most))
    expect(not faults, "\n".join(faults))


@check(60)
def emulated_tools_carry_nothing_up(context):
    """dnscat2, dnstt, Sliver, Cobalt Strike, DNSExfiltrator, OzymanDNS, xxd | dig: uploads stopped."""
    play(context, [(tool, "up", "1 client") for tool in tools.TOOLS])


@check(60, short=False)
def emulated_tools_bring_nothing_down(context):
    """The same tools: downloads stopped."""
    play(context, [(tool, "down", "1 client") for tool in tools.TOOLS if "down" in tool.ways])


@check(60, short=False)
def emulated_tools_gain_nothing_by_spreading(context):
    """Over four zones and over fifty clients: stopped all the same."""
    play(context, [(tools.Dig, "up", "4 zones"), (tools.Dig, "up", "50 clients"),
                   (tools.Dig, "down", "50 clients"), (tools.Sliver, "up", "4 zones"),
                   (tools.CobaltStrike, "down", "50 clients"), (tools.Dnscat2, "down", "4 zones")])
