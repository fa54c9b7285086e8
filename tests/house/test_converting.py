"""Types are met in one place: msgspec crashes where two threads meet one at the same moment."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BY_TYPE = re.compile(r"msgspec\.convert\(|decode\([^)\n]*type=|(?<!JSON)Decoder\(")

TWO_THREADS = """
import sys, threading
from typing import Optional
import msgspec
from diagnose.converting import convert

sys.setswitchinterval(1e-6)
for _ in range(300):
    fields = [(f"f{number}", tuple[str, ...], ()) for number in range(30)]
    kind = msgspec.defstruct("Kind", [("inner", Optional[msgspec.defstruct("Inner", fields)], None)])
    barrier = threading.Barrier(2)

    def meet():
        barrier.wait()
        convert({"inner": {"f1": ["x"]}}, kind)

    threads = [threading.Thread(target=meet) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_nothing_reads_by_type_but_the_one_place_that_lets_no_two_threads_do_so() -> None:
    sources = [path for name in ("diagnose", "checks", "reports") for path in (ROOT / name).rglob("*.py")]
    found = [path.name for path in sources if BY_TYPE.search(path.read_text("utf-8"))]
    assert found == ["converting.py"]


def test_two_threads_may_meet_a_type_at_the_same_moment() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_THREADS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
