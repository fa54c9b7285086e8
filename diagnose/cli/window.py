"""Started by a double click on Windows: the window must not vanish before anybody has read it.

A console that holds nothing but our own processes was opened for us. Our own are the launcher that pip
wrote (`diagnose.exe`) and the interpreters it starts (Microsoft, "GetConsoleProcessList").
Untested on Windows itself: only the part that reads the names is run by the tests.
"""

from __future__ import annotations

import contextlib
import ntpath
import os
from collections.abc import Iterable

OURS = frozenset({"diagnose.exe", "python.exe", "python3.exe", "py.exe"})
MOST = 64
"""Processes of one console that are looked at."""
QUERY = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION."""


def ours_alone(paths: Iterable[str]) -> bool:
    """Tell whether these programs, by path, are ours and nobody else's; False where none is known."""
    names = [ntpath.basename(path).lower() for path in paths]
    return bool(names) and all(name in OURS for name in names)


def hold() -> None:
    """Wait for Enter where the window would close with the program."""
    if os.name == "nt" and ours_alone(_in_this_console()):
        with contextlib.suppress(EOFError, KeyboardInterrupt, OSError, UnicodeDecodeError):
            input("\nPress Enter to close this window. ")


def _in_this_console() -> list[str]:
    """Return the paths of the programs attached to this console; empty where Windows does not say."""
    if os.name != "nt":
        return []
    import ctypes  # noqa: PLC0415 - on Windows only

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    processes = (ctypes.c_uint32 * MOST)()
    count = kernel.GetConsoleProcessList(processes, MOST)
    return [_path(kernel, process) for process in list(processes)[: min(count, MOST)]]


def _path(kernel: object, process: int) -> str:
    """Return a process' path, an unknown name where it may not be asked."""
    import ctypes  # noqa: PLC0415 - on Windows only

    handle = kernel.OpenProcess(QUERY, False, process)  # type: ignore[attr-defined]
    if not handle:
        return "unknown"
    try:
        size = ctypes.c_uint32(32768)
        text = ctypes.create_unicode_buffer(size.value)
        found = kernel.QueryFullProcessImageNameW(handle, 0, text, ctypes.byref(size))  # type: ignore[attr-defined]
        return text.value if found else "unknown"
    finally:
        kernel.CloseHandle(handle)  # type: ignore[attr-defined]
