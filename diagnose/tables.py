"""The bundled tables of data that outcomes depend on, by date and digest: a report says which ones judged it."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import resources

from diagnose.report import DataTable

NAMES = ("interceptors", "releases", "signatures")
"""Files of `diagnose/data`, without their suffix."""

_AS_OF = re.compile(r'^as_of\s*=\s*"?(\d{4}-\d{2}-\d{2})', re.MULTILINE)


@cache
def _table(name: str) -> DataTable:
    content = (resources.files("diagnose") / "data" / f"{name}.toml").read_bytes().replace(b"\r\n", b"\n")
    return DataTable(max(_AS_OF.findall(content.decode()), default=""), hashlib.sha256(content).hexdigest())


def in_force() -> dict[str, DataTable]:
    """Return today's tables by name."""
    return {name: _table(name) for name in NAMES}
