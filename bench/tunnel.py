"""A server far away, exactly: a network of this program's own in which every packet takes its time. Linux.

A tun device hands over every packet that is sent to one of its far addresses. After half a round trip it is given
back with source and destination changed for one another, so it arrives at this machine as if it came from there, and
so do the answers. Connecting, closing and what is resent are delayed like everything else; checksums stay right,
for both addresses are still in the sum.

The device is made in a network namespace without any other network: `isolated` runs the benchmark again inside one.
Nothing outside of it changes, nothing can get out, and it is gone with the process.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

EVERYWHERE = "0.0.0.0"  # noqa: S104 - there is nobody else in the namespace
HERE = "198.18.0.1"
FAR = ("198.18.0.2", "198.18.0.3", "198.18.0.4")
"""RFC 2544 sets 198.18.0.0/15 aside for benchmarks."""
NETMASK = "255.255.255.0"
NAME = b"far0"
INSIDE = "DIAGNOSE_BENCH_ISOLATED"

# linux/if_tun.h and linux/sockios.h
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_UP = 1
LONGEST_PACKET = 65536
VERSION_4 = 4


def available() -> bool:
    """Tell whether this process is in a namespace of its own, where the device can be made."""
    return os.environ.get(INSIDE) == "1"


def isolated(arguments: Sequence[str]) -> int | None:
    """Run the benchmark in a namespace of its own and return its exit code; None where that cannot be had."""
    unshare = shutil.which("unshare")
    if available() or sys.platform != "linux" or unshare is None:
        return None
    command = [unshare, "--map-root-user", "--net", sys.executable, "-m"]
    root = Path(__file__).resolve().parents[1]
    inside = os.environ | {INSIDE: "1"}
    if subprocess.run([*command, "bench.tunnel"], cwd=root, capture_output=True, check=False).returncode:
        return None
    return subprocess.run([*command, "bench", *arguments], cwd=root, env=inside, check=False).returncode


@contextlib.contextmanager
def tunnel(round_trips: Mapping[str, float]) -> Generator[None]:
    """Hold back what is sent to these addresses and what comes from them, each by half its round trip."""
    device = _device()
    over, ended = os.pipe()
    thread = threading.Thread(target=_carry, args=(device, over, round_trips), daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(ended)
        thread.join(5)
        os.close(over)
        os.close(device)


def _device() -> int:
    """Make the device and bring it up; OSError where this process may not."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    _control(device, TUNSETIFF, NAME, struct.pack("H", IFF_TUN | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        _control(any_socket.fileno(), SIOCSIFADDR, NAME, _address(HERE))
        _control(any_socket.fileno(), SIOCSIFNETMASK, NAME, _address(NETMASK))
    bring_up(NAME)
    return device


def bring_up(name: bytes = b"lo") -> None:
    """Bring a device up; in a new namespace not even loopback is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        _control(any_socket.fileno(), SIOCSIFFLAGS, name, struct.pack("H", IFF_UP))


def _control(descriptor: int, request: int, name: bytes, value: bytes) -> None:
    """Call ioctl(2) with a struct ifreq (netdevice(7))."""
    import fcntl  # noqa: PLC0415 - POSIX only

    fcntl.ioctl(descriptor, request, struct.pack("16s24s", name, value))


def _address(text: str) -> bytes:
    return struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(text))


def _carry(device: int, over: int, round_trips: Mapping[str, float]) -> None:
    """Give every packet back when it is due, until `over` is closed at its other end."""
    half = {socket.inet_aton(address): round_trip / 2 for address, round_trip in round_trips.items()}
    waiting: list[tuple[float, int, bytes]] = []
    number = 0
    while True:
        due = max(waiting[0][0] - time.monotonic(), 0) if waiting else None
        ready, _, _ = select.select([device, over], [], [], due)
        if over in ready:
            return
        if device in ready:
            packet = os.read(device, LONGEST_PACKET)
            if answer := turned(packet, half):
                number += 1
                heapq.heappush(waiting, (time.monotonic() + half[packet[16:20]], number, answer))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(device, heapq.heappop(waiting)[2])


def turned(packet: bytes, known: Mapping[bytes, float]) -> bytes:
    """Return an IPv4 packet with its two addresses changed for one another; nothing where it goes nowhere."""
    to = packet[16:20]
    if packet[0] >> 4 != VERSION_4 or to not in known:
        return b""
    return packet[:12] + to + packet[12:16] + packet[20:]


if __name__ == "__main__":
    bring_up()
    with tunnel({}):
        pass
