"""Run as a program: serves the healthy HaloPSA at the address given, says where, and ends with its standard input."""

from __future__ import annotations

import json
import sys

from diagnose.lab import running


def main(address: str) -> None:
    """Serve until nobody holds the other end of standard input."""
    running.FIRST = address
    with running.start("healthy") as served:
        place = next(entry for entry in served.resolve if entry.startswith("halo."))
        said = {"resource": served.resource_server, "auth": served.auth_server, "resolve": place}
        print(json.dumps(said), flush=True)  # noqa: T201 - how the test learns the port
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
