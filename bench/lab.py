"""The healthy server in a process of its own, spoken to over its pipes.

It says where it is, one line of JSON; then, for every line that it is sent, how many requests and connections have
arrived so far by its own log; it ends with its input. An argument is the address to listen at.
"""

from __future__ import annotations

import json
import sys

from diagnose.lab import running
from diagnose.lab.log import Log


def described(lab: running.Running) -> dict[str, object]:
    """Everything the benchmark must know to reach it."""
    return {
        "roots": str(lab.trust_roots),
        "resolve": lab.resolve,
        "resource": lab.resource_server,
        "auth": lab.auth_server,
        "client_id": lab.client_id,
        "secret_file": str(lab.secret_file),
        "newest": running.newest_stable(),
        "options": [*lab.run_arguments(), "--client-id", lab.client_id],
    }


def counted(log: Log) -> dict[str, int]:
    """Return what has arrived at the HaloPSA so far."""
    return {"requests": len(log.to_halo), "connections": log.connections()}


def main() -> None:
    """Serve until the input ends."""
    if len(sys.argv) > 1:
        running.FIRST = sys.argv[1]
    with running.start("healthy") as lab:
        print(json.dumps(described(lab)), flush=True)
        for _ in sys.stdin:
            print(json.dumps(counted(lab.log)), flush=True)


if __name__ == "__main__":
    main()
