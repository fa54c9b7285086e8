"""Many healthy servers in a process of its own: says where they are, one line of JSON, and runs until its input ends.

One server under as many names as are asked for (the argument). HAProxy answers in place of the simulated HaloPSA where
it is installed: that is a program in Python, and would keep one of two cores busy.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench import front
from diagnose.lab import named, start
from diagnose.lab.pki import LEAF
from diagnose.lab.running import FIRST, Running

DOMAIN = "example.test"


def described(lab: Running, port: int, answers: str, count: int) -> dict[str, object]:
    """Return what every target has in common, and the hosts."""
    return {
        "answers": answers,
        "port": port,
        "address": FIRST,
        "client_id": lab.client_id,
        "client_secret_file": str(lab.secret_file),
        "trust_roots": str(lab.trust_roots),
        "hosts": [f"halo-{number:03}.{DOMAIN}" for number in range(count)],
    }


def main() -> None:
    """Serve until the input ends."""
    healthy = named("healthy").but(plain=True, specs=(LEAF.but(names=(f"*.{DOMAIN}",)),))
    found = front.program()
    with contextlib.ExitStack() as stack:
        lab = stack.enter_context(start(healthy))
        port, answers = urlsplit(lab.origin).port or 443, "the simulated HaloPSA"
        if found is not None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="halo-front-")))
            port, answers = stack.enter_context(front.haproxy(found, lab, folder)), "HAProxy"
        print(json.dumps(described(lab, port, answers, int(sys.argv[1]))), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
