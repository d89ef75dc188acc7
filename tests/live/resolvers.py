"""The resolvers which the live tests run: sekishod itself, and unbound as control.

Both are started in the foreground as children, inside `lab run`, and ended by
their pid.  A Resolver owns one folder with its configuration, log, journal and
state; nothing is removed, so that a failed test leaves everything to read.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lab"))

import dns  # noqa: E402

START_SEC = 15
STOP_SEC = 15


def listen_addresses(listen):
    return [dns.server_of(text) for text in listen]


class Resolver:
    """What both have in common: a folder, a child process, a log."""

    name = "resolver"

    def __init__(self, folder, listen=("127.0.0.1@5300",), qmin=True, workers=1):
        self.folder, self.listen = os.path.abspath(folder), list(listen)
        self.qmin, self.workers = qmin, workers
        self.child = None
        os.makedirs(self.folder, exist_ok=True)

    @property
    def server(self):
        """The first address it listens on, as one may ask it."""
        address, port = dns.server_of(self.listen[0])
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address), port

    @property
    def log_path(self):
        return self.folder + "/log"

    def log(self):
        try:
            with open(self.log_path, errors="replace") as log:
                return log.read()
        except OSError:
            return ""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def spawn(self, command):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, env=self.environment(), cwd=self.folder)

    def start(self):
        self.spawn(self.command())
        self.wait_until_answers()
        return self

    def wait_until_answers(self, seconds=START_SEC):
        end = time.monotonic() + seconds
        while True:
            if self.child.poll() is not None:
                raise RuntimeError("%s ended with %s at start: %s" % (
                    self.name, self.child.returncode, self.log()[-2000:]))
            try:
                dns.parse(dns.ask_udp(self.server, dns.query("localhost.", "A"), 0.5))
                return
            except (dns.Timeout, OSError, dns.Malformed):
                if time.monotonic() > end:
                    self.stop()
                    raise RuntimeError("%s does not answer on %s: %s" % (
                        self.name, self.server, self.log()[-2000:]))
                time.sleep(0.05)

    def signal(self, number):
        self.child.send_signal(number)

    def stop(self, seconds=STOP_SEC):
        """SIGTERM and wait; the exit status (negative: the signal it died of)."""
        if self.child is None:
            return None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            status = "killed: SIGTERM did not end it in %d s" % seconds
        self.child = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def cpu_sec(self):
        """CPU time of the whole process so far, by its clock (clock_getcpuclockid(3)): /proc may
        show another namespace's processes."""
        return time.clock_gettime((~self.child.pid << 3) | 2)


class Unbound(Resolver):
    """Debian's unbound, its hardening on; the control of every test.  Validates when told to."""

    name = "unbound"
    validate = False

    CONF = """server:
	username: ""
	chroot: ""
	directory: "{folder}"
	pidfile: "{folder}/pid"
	use-syslog: no
	logfile: ""
	verbosity: 1
	module-config: "{modules}"
	trust-anchor-file: "{anchor}"
	root-hints: "{hints}"
	do-not-query-localhost: no
	access-control: 0.0.0.0/0 allow
	access-control: ::/0 allow
	qname-minimisation: {qmin}
	harden-glue: yes
	harden-below-nxdomain: yes
	minimal-responses: yes
	num-threads: {workers}
	so-reuseport: yes
	msg-cache-size: 32m
	rrset-cache-size: 64m
	outgoing-range: 2048
	num-queries-per-thread: 1024
	incoming-num-tcp: 100
	unblock-lan-zones: yes
	insecure-lan-zones: yes
	cache-min-ttl: 0
	do-ip6: yes
{interfaces}
remote-control:
	control-enable: no
"""

    def command(self):
        path = self.folder + "/unbound.conf"
        with open(path, "w") as conf:
            conf.write(self.CONF.format(
                folder=self.folder, hints=os.environ["LAB_HINTS"],
                modules="validator iterator" if self.validate else "iterator",
                anchor=os.environ["LAB_ANCHOR"], workers=self.workers,
                qmin="yes" if self.qmin else "no",
                interfaces="".join("\tinterface: %s\n" % address for address in self.listen)))
        return [shutil.which("unbound") or "/usr/sbin/unbound", "-d", "-c", path]


def anchors():
    """The lab's trust anchors as sekishod's configuration takes them."""
    with open(os.environ["LAB_ANCHOR"]) as lines:
        records = [" ".join(line.split(";")[0].split()) for line in lines]
    return [record for record in records if record]


def yaml(value, depth=0):
    """A small block-style writer for the configuration: dicts, lists of plain values or dicts."""
    pad = "  " * depth
    if isinstance(value, dict):
        lines = []
        for key, inner in value.items():
            if isinstance(inner, dict) or (isinstance(inner, list) and inner
                                           and isinstance(inner[0], dict)):
                lines.append("%s%s:\n%s" % (pad, key, yaml(inner, depth + 1)))
            else:
                lines.append("%s%s: %s\n" % (pad, key, scalar(inner)))
        return "".join(lines)
    items = []
    for item in value:
        body = yaml(item, depth + 1)
        items.append("%s- %s" % (pad, body[len(pad) + 2:]))
    return "".join(items)


def scalar(value):
    if isinstance(value, list):
        return "[%s]" % ", ".join(scalar(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"%s"' % value
    return str(value)


def merge(base, changes):
    """base with changes laid over it; dicts are merged, everything else replaced."""
    result = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


class Sekishod(Resolver):
    """The daemon under test.  SEKISHOD names it; changes are laid over the lab's configuration."""

    name = "sekishod"

    def __init__(self, folder, listen=("127.0.0.1@5300",), qmin=True, workers=2, mode="enforce",
                 changes=None, wrapper=()):
        super().__init__(folder, listen, qmin, workers)
        self.mode, self.changes, self.wrapper = mode, changes or {}, list(wrapper)
        self.short_folder = None

    @property
    def conf_path(self):
        return self.folder + "/sekisho.yaml"

    @property
    def control_path(self):
        """Beside the rest, unless that is longer than the path of a socket may be (unix(7))."""
        path = self.folder + "/control.sock"
        if len(os.fsencode(path)) < 108:
            return path
        if self.short_folder is None:
            self.short_folder = tempfile.mkdtemp(prefix="sekisho-")
        return self.short_folder + "/control.sock"

    def stop(self, seconds=STOP_SEC):
        status = super().stop(seconds)
        if self.short_folder is not None:
            shutil.rmtree(self.short_folder, ignore_errors=True)
            self.short_folder = None
        return status

    @property
    def journal_path(self):
        return self.folder + "/journal.jsonl"

    def configuration(self):
        return merge({
            "server": {"listen": self.listen, "workers": self.workers, "state-dir": self.folder,
                       "control-socket": self.control_path, "journal": self.journal_path},
            "resolver": {"root-hints": os.environ["LAB_HINTS"], "qname-minimisation": self.qmin,
                         "loopback-upstream": True, "trust-anchors": anchors()},
            "detection": {"mode": self.mode},
            "groups": [{"name": "lab", "clients": ["0.0.0.0/0", "::/0"]}],
        }, self.changes)

    def write_configuration(self, changes=None, text=None):
        """Writes the file anew (in one step) and returns its text."""
        if changes is not None:
            self.changes = changes
        text = yaml(self.configuration()) if text is None else text
        with open(self.conf_path + ".new", "w") as conf:
            conf.write(text)
        os.rename(self.conf_path + ".new", self.conf_path)
        return text

    def environment(self):
        options = dict(os.environ)
        for name, value in (("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0"),
                            ("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"),
                            ("TSAN_OPTIONS", "halt_on_error=0:second_deadlock_stack=1")):
            options.setdefault(name, value)
        return options

    def command(self):
        """LIVE_OPTIONS, separated by semicolons, are laid over the configuration: to see what a check
        says without a defence."""
        self.write_configuration()
        options = [word for option in os.environ.get("LIVE_OPTIONS", "").split(";") if option
                   for word in ("-o", option)]
        return self.wrapper + [os.environ["SEKISHOD"], "-c", self.conf_path] + options

    def sanitizer_report(self):
        """The first lines of what a sanitizer or valgrind had to say, or ''."""
        log = self.log()
        for mark in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:",
                     "WARNING: ThreadSanitizer"):
            if mark in log:
                return log[log.index(mark):][:2000]
        return ""

    def events(self):
        """The journal's records so far; a half-written last line is left out."""
        try:
            with open(self.journal_path, errors="surrogateescape") as journal:
                return [json.loads(line) for line in journal if line.endswith("\n")]
        except OSError:
            return []

    def control(self, *words, timeout=10):
        """sekishoctl against this daemon: (exit status, standard output + error)."""
        program = os.path.join(os.path.dirname(os.environ["SEKISHOD"]), "sekishoctl")
        done = subprocess.run([program, "-s", self.control_path, *words], capture_output=True,
                              text=True, timeout=timeout)
        return done.returncode, done.stdout + done.stderr


def wait_for(condition, seconds, step=0.05):
    """Waits until condition() is true; its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step)


def log_waits_for(resolver, text, seconds=5, since=0):
    return wait_for(lambda: text in resolver.log()[since:], seconds)
