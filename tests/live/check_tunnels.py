"""Live checks: real tunnels behind the daemon, beside ordinary clients and a control."""

import os
import random

import player
import tunnel
from resolvers import wait_for
from suite import Skip, check, expect

LEAK_MAX = 8192           # of the file, at default settings
CONTROL_MIN = 65536       # what the same tool moves when nobody stops it
CONTROL_SEC = 25
ENFORCE_SEC = 20

# A control must let everything through, also the types that policy refuses by default.
OPEN_POLICY = {"policy": {"types": {"refuse": []}}, "limits": {"rate": 0}}


def payload():
    return random.Random("file").randbytes(tunnel.FILE_BYTES)


def modes():
    return tunnel.MODES if tunnel.can_use_tun() else [m for m in tunnel.MODES
                                                      if not m.startswith("iodine")]


class Round:
    """All modes side by side through one daemon."""

    def __init__(self, context, name, first, qmin, port, enforce):
        self.name = name
        self.clients = [tunnel.Client(first + i).open() for i in range(len(modes()))]
        context.closers += [client.close for client in self.clients]
        self.tunnels = [tunnel.make(c, mode, os.path.join(context.folder, name), payload())
                        for c, mode in zip(self.clients, modes())]
        context.closers += [t.stop for t in self.tunnels]
        self.daemon = context.running(
            name, listen=["127.0.0.1@%d" % port] + tunnel.listen_for(self.clients), qmin=qmin,
            mode="enforce" if enforce else "off", changes={} if enforce else OPEN_POLICY)

    def arrived(self):
        return {t.mode: t.arrived() for t in self.tunnels}


def control(context, name, first, qmin):
    """What each tool moves with detection off."""
    one = Round(context, name, first, qmin, 5300, enforce=False)
    tunnel.run_all(one.tunnels, CONTROL_SEC, CONTROL_MIN)
    context.stop(one.daemon)
    return one.arrived()


def enforce_pair(context):
    """Minimisation off and on at the same time, ordinary clients at both daemons."""
    rounds = [Round(context, "enforce", 21, False, 5300, True),
              Round(context, "enforce-qmin", 31, True, 5301, True)]
    players = [player.Player(r.daemon.server, seed=i) for i, r in enumerate(rounds)]
    for one in players:
        one.start()
    tunnel.run_all([t for r in rounds for t in r.tunnels], ENFORCE_SEC, LEAK_MAX * 4)
    for one in players:
        one.finish()
    return rounds, players


def verdict(context, rounds, controls):
    faults = []
    for one, moved in zip(rounds, controls):
        qmin = "on" if one.name.endswith("qmin") else "off"
        for mode, bytes_arrived in one.arrived().items():
            context.note("minimisation %-3s %-12s control %7d, with detection %6d bytes" % (
                qmin, mode, moved[mode], bytes_arrived))
            if bytes_arrived > LEAK_MAX:
                faults.append("%s, minimisation %s: %d bytes arrived" % (mode, qmin,
                                                                         bytes_arrived))
            if moved[mode] < CONTROL_MIN and (qmin == "off" or mode.startswith("plain")):
                faults.append("%s: the control moved only %d bytes, so this shows nothing" % (
                    mode, moved[mode]))
            elif moved[mode] < CONTROL_MIN:
                context.note("  (here minimisation alone breaks the tool: shows nothing)")
    return faults


@check(150)
def tunnels_die_and_ordinary_names_live(context):
    """Each tool and type, minimisation off and on: at most 8 KB arrives; nobody else is refused."""
    if not modes():
        raise Skip("neither tun device nor dns2tcp")
    if "iodine-NULL" not in modes():
        context.note("no tun device here: iodine left out")
    controls = [control(context, "control", 1, False), control(context, "control-qmin", 11, True)]
    rounds, players = enforce_pair(context)
    faults = verdict(context, rounds, controls)
    for one in players:
        context.note(one.summary())
        if one.faults:
            faults.append("ordinary names: %s" % "; ".join(one.faults[:10]))
        expect(one.asked > ENFORCE_SEC * 20, "the ordinary clients asked only %d" % one.asked)
    for one in rounds:
        faults += journal_faults(one)
        context.stop(one.daemon)
    expect(not faults, "\n".join(faults))


def journal_faults(one):
    """Every tunnel's zone must stand in the journal."""
    def missing():
        text = "\n".join(str(event) for event in one.daemon.events())
        return [t.zone for t in one.tunnels if t.zone.split(".", 1)[1] not in text]

    wait_for(lambda: not missing(), 3)
    return ["%s: no event for %s" % (one.name, zone) for zone in missing()]
