"""`python3 dev.py bench`: the product beside other programs and the manual runbook, in one run of this program.

Every number is of whole processes, started one after the other in turns, so that what slows this machine slows them
all. The product is measured as a user has it: its wheel, compiled, in an environment of its own. bench/README.md says
what is measured, how, and where it ends.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import distances, fleet, page, profiling, startup, tunnel
from bench.table import Found, judged


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, return 1 where a number means nothing or an aim was missed."""
    options = _options(arguments)
    code = None if options.proxies else tunnel.isolated(arguments)
    if code is not None:
        return code
    if tunnel.available():
        tunnel.bring_up()
    found = []
    for name, part in parts(quick=options.quick).items():
        if name in (options.only or (name,)):
            found.append(part())
            print(f"{page.section(found[-1])}\n", flush=True)
    aims = {aim: good for one in found for aim, good in one.aims.items()}
    print(judged(aims))
    wrong = [reason for one in found for reason in one.wrong]
    for reason in wrong:
        print(reason, file=sys.stderr)
    if options.write and not wrong:
        page.write(found)
    return int(bool(wrong) or not all(aims.values()))


def parts(*, quick: bool) -> dict[str, Callable[[], Found]]:
    """What can be measured, by the name that `--only` takes."""
    return {
        "programs": lambda: distances.found(distances.QUICK if quick else distances.ROUNDS),
        "startup": lambda: startup.found(1 if quick else startup.ROUNDS),
        "profile": lambda: profiling.found(1 if quick else profiling.ROUNDS),
        "fleet": lambda: fleet.found(fleet.QUICK if quick else fleet.TARGETS),
    }


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    names = list(parts(quick=True))
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=names, help="this part alone; may be given several times")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, one distance, fewer targets: a minute")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    parser.add_argument("--proxies", action="store_true", help="make distances with proxies, not in a namespace")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick):
        parser.error("--write goes with a whole run")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
