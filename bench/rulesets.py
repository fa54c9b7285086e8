"""`python3 -m bench.rulesets`: a firewall export of 100,000 rules, read and judged in one process.

Judged as the product does it: read once, narrowed to the addresses and the port, then every address at every
path. The export is as PowerShell writes it, half of its rules for the port asked for, a third for one profile
alone. The aim: less than 3 s.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence

ADDRESSES = ("3.19.3.152", "3.19.4.238")
PATHS = ("/auth/token", "/api")
PORT = 443
RULES = 100_000
SECONDS_AT_MOST = 3.0


def main(arguments: Sequence[str]) -> int:
    """Print the table, return 1 where the aim was missed."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.rulesets", description=__doc__)
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("-n", "--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    export = firewall(options.rules)
    rounds = [seconds_to_judge(export) for _ in range(options.rounds)]
    read, judge = min(rounds, key=sum)
    print(f"{options.rules} rules, {len(export) / 1e6:.0f} MB: read {read:.3f} s, judged {judge:.3f} s")
    met = read + judge < SECONDS_AT_MOST
    print(f"{'met   ' if met else 'MISSED'} under {SECONDS_AT_MOST:.0f} s ({read + judge:.2f})")
    return int(not met)


def firewall(rules: int) -> bytes:
    """Return an export of so many rules, the last of which lets one of the addresses in."""
    chance = random.Random(20261122)  # noqa: S311 - the same file every time
    entries = [_rule(number, chance) for number in range(rules - 1)]
    entries.append(_rule(rules, chance) | {"RemoteAddress": [ADDRESSES[0]], "LocalPort": ["443"], "Profile": "Any"})
    profiles = [{"Name": name, "Enabled": 1, "DefaultInboundAction": 4} for name in ("Domain", "Private", "Public")]
    return json.dumps({"profiles": profiles, "rules": entries}, indent=4).encode()


def _rule(number: int, chance: random.Random) -> dict[str, object]:
    networks = [f"{chance.randint(11, 223)}.{chance.randint(0, 255)}.{chance.randint(0, 255)}.0/24" for _ in range(2)]
    return {
        "Name": f"{{{number:032x}}}",
        "DisplayName": f"Rule {number}",
        "Action": chance.choice(("Allow", "Block")),
        "Profile": chance.choice(("Any", "Any", "Domain, Private")),
        "Source": "PersistentStore",
        "Protocol": "TCP",
        "LocalPort": [chance.choice(("443", "8443"))],
        "RemoteAddress": [text for text in networks if not text.startswith("3.")],
        "Program": "System",
    }


def seconds_to_judge(export: bytes) -> tuple[float, float]:
    """Return the seconds to read the export, and those to judge every address at every path."""
    from diagnose.rulesets import recognise  # noqa: PLC0415 - its import is not what is measured

    began = time.perf_counter()
    rules = recognise("firewall.json", export)
    read = time.perf_counter() - began
    began = time.perf_counter()
    narrow = rules.narrowed(ADDRESSES, (PORT,))
    found = {(address, path): narrow.decide(address, PORT, path).outcome for address in ADDRESSES for path in PATHS}
    judge = time.perf_counter() - began
    if [found[address, PATHS[0]] for address in ADDRESSES] != ["allow", "deny"]:
        raise SystemExit("the evaluator did not find what is in the export")
    return read, judge


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
