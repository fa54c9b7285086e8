"""The simulated HaloPSA on loopback: what `diagnose demo` diagnoses and the tests are held against.

`start(name)` runs a scenario until its context is left. A diagnosis itself never imports this package.
"""

from diagnose.lab.log import HALO, Log, Request
from diagnose.lab.running import Running, start
from diagnose.lab.scenario import Scenario
from diagnose.lab.scenarios import SCENARIOS, named

__all__ = ["HALO", "SCENARIOS", "Log", "Request", "Running", "Scenario", "named", "start"]
