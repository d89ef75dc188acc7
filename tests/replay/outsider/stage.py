"""
The stage: a network of our own in which every address is local, the servers' port on all of
them, and the daemon.

The process leaves for a new network namespace (as root, or with a user namespace around it).
In it the loopback interface carries a route that makes every address local, so that each
server of a scenario can be reached and answers from where it was asked, without any list; a
server that no scenario plays is silent. Four sockets are enough: UDP and TCP, IPv4 and IPv6,
each bound to no address and told by the kernel which one a message was sent to.
"""
import ctypes
import os
import selectors
import signal
import socket
import struct
import subprocess
import time

from . import message as dns

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
IPV6_RECVPKTINFO, IPV6_PKTINFO, IP_PKTINFO = 49, 50, 8
IP_FREEBIND, IPV6_FREEBIND = 15, 78
SO_REUSEADDR_ON = (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
SERVER_PORT = 53
START_SEC, END_SEC = 10, 10


class StageError(Exception):
    """The stage could not be set."""


def enter_own_network():
    """From here on this process has a network of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if uid == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        raise StageError("no network of our own: " + os.strerror(ctypes.get_errno()))
    if uid != 0:
        for path, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                           ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{path}", "w", encoding="ascii") as f:
                f.write(text)
    for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo src 127.0.0.1",
                  "-6 route add local ::/0 dev lo src ::1"):
        result = subprocess.run(["ip"] + words.split(), stderr=subprocess.PIPE, check=False)
        if result.returncode != 0:
            raise StageError(f"ip {words}: {result.stderr.decode().strip()}")


def any_address(s):
    """A socket may send from every address, although none is on an interface."""
    if s.family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)


class Query:
    """A query that a server got. answer() may be called once, or never."""

    def __init__(self, servers, message, wire, address, transport, reply_to):
        self.servers, self.message, self.wire = servers, message, wire
        self.address, self.transport, self.reply_to = address, transport, reply_to

    def answer(self, wire):
        self.servers.send(self, wire)


class Servers:
    """The servers' side of the network: on_query(Query) is called for each message."""

    def __init__(self, selector, on_query):
        self.selector, self.on_query = selector, on_query
        self.streams = {}  # TCP connection to bytes not yet understood
        self.sockets = []
        for family in (socket.AF_INET, socket.AF_INET6):
            self.open_udp(family)
            self.open_tcp(family)

    def open_one(self, family, kind):
        s = socket.socket(family, kind)
        self.sockets.append(s)
        s.setsockopt(*SO_REUSEADDR_ON)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        any_address(s)
        s.setblocking(False)
        return s

    def open_udp(self, family):
        s = self.open_one(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET:
            s.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            s.bind(("0.0.0.0", SERVER_PORT))
        else:
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
            s.bind(("::", SERVER_PORT))
        self.selector.register(s, selectors.EVENT_READ, self.read_udp)

    def open_tcp(self, family):
        s = self.open_one(family, socket.SOCK_STREAM)
        s.bind(("0.0.0.0" if family == socket.AF_INET else "::", SERVER_PORT))
        s.listen(64)
        self.selector.register(s, selectors.EVENT_READ, self.accept)

    def read_udp(self, s):
        data, ancillary, _, peer = s.recvmsg(65535, 256)
        address = None
        for level, kind, value in ancillary:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                address = socket.inet_ntop(socket.AF_INET, value[8:12])
            elif level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO:
                address = socket.inet_ntop(socket.AF_INET6, value[:16])
        self.got(data, address, "UDP", (s, peer))

    def accept(self, s):
        c, _ = s.accept()
        c.setblocking(True)
        c.settimeout(5)
        self.streams[c] = b""
        self.selector.register(c, selectors.EVENT_READ, self.read_tcp)

    def read_tcp(self, c):
        try:
            data = c.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(c)
            del self.streams[c]
            c.close()
            return
        data = self.streams[c] + data
        while len(data) >= 2 and len(data) >= 2 + struct.unpack("!H", data[:2])[0]:
            length = struct.unpack("!H", data[:2])[0]
            self.got(data[2:2 + length], c.getsockname()[0], "TCP", (c, None))
            data = data[2 + length:]
        self.streams[c] = data

    def got(self, wire, address, transport, reply_to):
        try:
            m = dns.message_of(wire)
        except dns.BadMessage:
            return
        self.on_query(Query(self, m, wire, address, transport, reply_to))

    def send(self, query, wire):
        s, peer = query.reply_to
        try:
            if query.transport == "TCP":
                s.sendall(struct.pack("!H", len(wire)) + wire)
                return
            if s.family == socket.AF_INET:
                info = struct.pack("I", 0) + socket.inet_aton(query.address) + b"\0" * 4
                anc = [(socket.IPPROTO_IP, IP_PKTINFO, info)]
            else:
                info = socket.inet_pton(socket.AF_INET6, query.address) + struct.pack("I", 0)
                anc = [(socket.IPPROTO_IPV6, IPV6_PKTINFO, info)]
            s.sendmsg([wire], anc, 0, peer)
        except OSError:
            pass  # the daemon has given up on this socket

    def close(self):
        for s in list(self.streams) + self.sockets:
            self.selector.unregister(s)
            s.close()


class Daemon:
    """sekishod in the foreground, its log in a file. Times can be invented with faketime."""

    def __init__(self, program, folder, config, hints, faketime):
        self.folder = folder
        self.log_path = os.path.join(folder, "log")
        self.time_path = os.path.join(folder, "time")
        self.passed_sec = 0.0
        self.faketime = faketime
        with open(os.path.join(folder, "sekisho.yaml"), "w", encoding="latin-1") as f:
            f.write(config)
        with open(os.path.join(folder, "hints"), "w", encoding="latin-1") as f:
            f.write(hints)
        env = dict(os.environ)
        if faketime:
            self.pass_time(0)
            env.update(LD_PRELOAD=faketime, FAKETIME_TIMESTAMP_FILE=self.time_path,
                       FAKETIME_NO_CACHE="1")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program, "-c", os.path.join(folder, "sekisho.yaml"), "-l", "debug"],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, env=env, cwd=folder)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_ready(self):
        """Until it says so; StageError when it ends or takes too long."""
        end = time.monotonic() + START_SEC
        while time.monotonic() < end:
            if "ready: sekishod" in self.log():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise StageError("sekishod does not start:\n" + self.log())

    def pass_time(self, sec):
        """Its clocks go forward."""
        self.passed_sec += sec
        with open(self.time_path + ".new", "w", encoding="ascii") as f:
            f.write(f"+{self.passed_sec:.3f}s\n")
        os.replace(self.time_path + ".new", self.time_path)

    def end(self):
        """SIGTERM; what was wrong with how it ended, or None."""
        if self.process.poll() is not None:
            return f"sekishod ended by itself, status {self.process.returncode}"
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(END_SEC)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "sekishod did not end at SIGTERM"
        return f"sekishod ended with status {status}" if status != 0 else None
