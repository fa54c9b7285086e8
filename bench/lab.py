"""The healthy server in a process of its own: says where it is, one line of JSON, and runs until its input ends."""

from __future__ import annotations

import json
import sys

from diagnose.lab.running import Running, start


def described(lab: Running) -> dict[str, object]:
    """Everything the benchmark must know to reach it."""
    return {
        "roots": str(lab.trust_roots),
        "resolve": lab.resolve,
        "url": lab.resource_server,
        "options": [*lab.run_arguments(), "--client-id", lab.client_id],
    }


if __name__ == "__main__":
    with start("healthy") as running:
        print(json.dumps(described(running)), flush=True)
        sys.stdin.read()
