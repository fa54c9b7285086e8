"""`python -m diagnose.lab NAME` serves a scenario until Ctrl-C and prints how to diagnose it."""

from __future__ import annotations

import shlex
import sys
import threading

from diagnose.lab import SCENARIOS, start


def main(arguments: list[str]) -> int:
    """Serve the scenario named, the healthy one without a name; `--list` names them."""
    name = arguments[0] if arguments else "healthy"
    if name == "--list":
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:36} {scenario.expected_verdict:20} {scenario.sentence}")  # noqa: T201 - its output
        return 0
    if name not in SCENARIOS:
        print(f"there is no scenario {name}; --list names them", file=sys.stderr)  # noqa: T201 - its output
        return 2
    try:
        with start(name) as running:
            command = shlex.join(["diagnose", "run", *running.run_arguments()])
            identity = f"HALO_CLIENT_ID={shlex.quote(running.client_id)}"
            print(f"{running.scenario.sentence}\n\n{identity} {command}\n", flush=True)  # noqa: T201 - its output
            threading.Event().wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201 - its output
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
