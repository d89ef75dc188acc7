"""Live checks: real tunnels behind the daemon, beside ordinary clients and a control."""

import itertools
import os
import random

import player
import resolvers
import tunnel
from resolvers import wait_for
from suite import check, expect

LEAK_MAX = 600            # of the file, of the plain tunnel; of the others nothing
TRIED = 1024              # where less moves without detection, the way itself is broken
CONTROL_MIN = 65536       # what the same tool moves when nobody stops it
CONTROL_SEC = 40
ENFORCE_SEC = 20

# A control lets everything through: types that policy refuses by default, names whose case the
# tool needs, answers larger than is wise. A tunnel that only these stop is no proof of detection.
OPEN = {"policy": {"types": {"refuse": []}}, "limits": {"rate": 0},
        "resolver": {"case-randomisation": False, "client-case": True, "edns-udp-size": 4096}}
# So detection is shown on a daemon that is as open as the control, besides one as shipped.


def payload():
    return random.Random("file").randbytes(tunnel.FILE_BYTES)


def modes():
    return tunnel.MODES if tunnel.can_use_tun() else [m for m in tunnel.MODES
                                                      if not m.startswith("iodine")]


class Round:
    """Some modes side by side through one resolver."""

    def __init__(self, context, name, numbers, chosen, daemon):
        """${daemon}(folder, listen): makes the resolver, not yet started."""
        self.name = name
        self.clients = [tunnel.Client(next(numbers)).open() for _ in chosen]
        context.closers += [client.close for client in self.clients]
        self.tunnels = [tunnel.make(c, mode, os.path.join(context.folder, name), payload())
                        for c, mode in zip(self.clients, chosen)]
        context.closers += [t.stop for t in self.tunnels]
        self.daemon = daemon(tunnel.listen_for(self.clients)).start()

    def arrived(self):
        return {t.mode: t.arrived() for t in self.tunnels}


def open_daemon(context, name, qmin):
    return lambda listen: context.daemon(name, listen=["127.0.0.1@5300"] + listen, qmin=qmin,
                                         mode="off", changes=OPEN)


def control(context, numbers, qmin):
    """What each tool moves with detection off; and through unbound, where it did not."""
    name = "control-qmin" if qmin else "control"
    one = Round(context, name, numbers, modes(), open_daemon(context, name, qmin))
    tunnel.run_all(one.tunnels, CONTROL_SEC, CONTROL_MIN)
    context.stop(one.daemon)
    moved = one.arrived()
    if not qmin:
        mute = [t.mode for t in one.tunnels if t.HANDSHAKE and moved[t.mode] and not t.is_handshaken()]
        expect(not mute, "a handshake that worked is not seen: %s" % ", ".join(mute))
    weak = [mode for mode in moved if moved[mode] < CONTROL_MIN]
    if weak and not qmin:
        other = Round(context, "control-unbound", numbers, weak, lambda listen: context.other(
            resolvers.Unbound(context.folder + "/unbound", ["127.0.0.1@5300"] + listen, False)))
        tunnel.run_all(other.tunnels, CONTROL_SEC, CONTROL_MIN)
        other.daemon.stop()
        for mode, count in other.arrived().items():
            context.note("%s: %d bytes through the open daemon, %d through unbound" % (
                mode, moved[mode], count))
            moved[mode] = max(moved[mode], count)
    return moved


def enforce_all(context, numbers):
    """With detection, at the same time: open but for it without and with minimisation, and the
    shipped settings; ordinary clients at each."""
    plan = (("open", 5300, False, OPEN), ("open-qmin", 5301, True, OPEN), ("shipped", 5302, True, {}))
    rounds = [Round(context, name, numbers, modes(), lambda listen: context.daemon(
        name, listen=["127.0.0.1@%d" % port] + listen, qmin=qmin, changes=changes))
        for name, port, qmin, changes in plan]
    players = [player.Player(r.daemon.server, rate=60, seed=i) for i, r in enumerate(rounds)]
    for one in players:
        one.start()
    tunnel.run_all([t for r in rounds for t in r.tunnels], ENFORCE_SEC, 32768)
    for one in players:
        one.finish()
    return rounds, players


def verdict(context, rounds, controls):
    """${controls}: what moved without detection, by minimisation off and on."""
    faults = []
    context.note("%-12s %12s %12s | %12s %12s %12s" % (
        "bytes moved", "control", "control qmin", "detect", "detect qmin", "as shipped"))
    for mode in modes():
        arrived = [one.arrived()[mode] for one in rounds]
        context.note("%-12s %12d %12d | %12d %12d %12d" % (
            mode, controls[0][mode], controls[1][mode], *arrived))
        faults += ["%s, %s: %d bytes arrived" % (mode, one.name, count)
                   for one, count in zip(rounds, arrived)
                   if count > (LEAK_MAX if mode.startswith("plain") else 0)]
        for qmin, moved in enumerate(controls):
            if moved[mode] < CONTROL_MIN and (not qmin or mode.startswith("plain")):
                faults.append("%s: the control moved only %d bytes, so this shows nothing" % (
                    mode, moved[mode]))
    faults += ["%s, %s: the handshake's first step was answered" % (one.mode, round_.name)
               for round_ in rounds for one in round_.tunnels if one.is_handshaken()]
    broken = [mode for mode in modes() if controls[1][mode] < TRIED]
    if broken:
        context.note("minimisation alone breaks %s: nothing is shown of these there" %
                     ", ".join(broken))
    return faults


@check(280)
def tunnels_die_and_ordinary_names_live(context):
    """Each tool and type, minimisation off and on: no handshake, not a byte; of plain names at most
    600 bytes; nobody else is refused."""
    if "iodine-NULL" not in modes():
        context.note("no tun device here: iodine left out")
    numbers = itertools.count(1)
    controls = [control(context, numbers, False), control(context, numbers, True)]
    rounds, players = enforce_all(context, numbers)
    faults = verdict(context, rounds, controls)
    for one, round_ in zip(players, rounds):
        context.note("%s: %s" % (round_.name, one.summary()))
        if one.faults:
            faults.append("ordinary names: %s" % "; ".join(one.faults[:10]))
        if one.asked < ENFORCE_SEC * 20:
            faults.append("the ordinary clients asked only %d" % one.asked)
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
