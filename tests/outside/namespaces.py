"""Two network namespaces joined by a cable, with nftables in front of the server: dropped, rejected, let in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

NETWORK = "10.77.0.0/24"
SERVER = "10.77.0.1"
LET_IN, DROPPED, PROHIBITED, RESET, PORT_UNREACHABLE = (f"10.77.0.{number}" for number in range(2, 7))
RULES = f"""
table inet restricted {{
  chain input {{
    type filter hook input priority 0; policy accept;
    ip saddr {DROPPED} tcp flags syn drop
    ip saddr {PROHIBITED} tcp flags syn reject with icmp type admin-prohibited
    ip saddr {RESET} tcp flags syn reject with tcp reset
    ip saddr {PORT_UNREACHABLE} tcp flags syn reject with icmp type port-unreachable
  }}
}}
"""
SERVED = Path(__file__).with_name("served.py")


class Two:
    """The server's namespace and the client's, which sends from whatever address it is told."""

    def __init__(self) -> None:
        ending = uuid.uuid4().hex[:8]
        self.server, self.client = f"hs-{ending}", f"hc-{ending}"
        self._cable = f"v{ending}"
        self._environment = {**os.environ, "DIAGNOSE_TEST_NETWORKS": NETWORK}

    def build(self) -> None:
        """Make both, the cable and the rules; CalledProcessError where this machine does not let us."""
        for name in (self.server, self.client):
            _run("ip", "netns", "add", name)
        _run("ip", "link", "add", f"{self._cable}s", "netns", self.server, "type", "veth",
             "peer", "name", f"{self._cable}c", "netns", self.client)  # fmt: skip
        for name, end in ((self.server, "s"), (self.client, "c")):
            self.inside(name, "ip", "link", "set", "lo", "up")
            self.inside(name, "ip", "link", "set", f"{self._cable}{end}", "up")
        self.inside(self.server, "ip", "address", "add", f"{SERVER}/24", "dev", f"{self._cable}s")
        for address in (LET_IN, DROPPED, PROHIBITED, RESET, PORT_UNREACHABLE):
            self.inside(self.client, "ip", "address", "add", f"{address}/24", "dev", f"{self._cable}c")
        self.inside(self.server, "nft", "-f", "-", given=RULES)

    def remove(self) -> None:
        """Take everything away; the cable goes with its ends."""
        for name in (self.server, self.client):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def send_from(self, address: str) -> None:
        """Let every further connection of the client leave from this address."""
        self.inside(self.client, "ip", "route", "change", NETWORK, "dev", f"{self._cable}c", "src", address)

    def inside(self, name: str, *command: str, given: str = "") -> None:
        """Run a command in a namespace."""
        _run("ip", "netns", "exec", name, *command, given=given)

    def diagnose(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program in the client's namespace."""
        command = ["ip", "netns", "exec", self.client, sys.executable, "-m", "diagnose", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=self._environment)

    @contextlib.contextmanager
    def served(self) -> Iterator[dict[str, str]]:
        """Serve a HaloPSA in the server's namespace; yield where."""
        command = ["ip", "netns", "exec", self.server, sys.executable, str(SERVED), SERVER]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(timeout=10)
            process.stdout.close()


def _run(*command: str, given: str = "") -> None:
    subprocess.run(command, input=given, capture_output=True, text=True, timeout=20, check=True)


def why_not() -> str:
    """Return why namespaces cannot be made here; nothing where they can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    missing = [name for name in ("ip", "nft") if shutil.which(name) is None]
    if missing:
        return f"network namespaces need the programs iproute2 and nftables; missing: {', '.join(missing)}"
    two = Two()
    try:
        two.build()
    except subprocess.CalledProcessError as error:
        return f"this machine does not let us make network namespaces: {(error.stderr or '').strip()[:200]}"
    finally:
        two.remove()
    return ""
