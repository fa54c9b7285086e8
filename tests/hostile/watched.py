"""Run a program and write down how long it took and the most memory it held; as small as a Python program can be.

A process begins as a copy of the one that started it, and the most it ever held counts from there: so this
file starts the program in place of pytest.
"""

import os
import sys
import time


def main(file: str, *command: str) -> int:
    began = time.monotonic()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes on Linux, bytes on macOS
    with open(file, "w", encoding="ascii") as written:  # noqa: PTH123 - nothing is imported that is not needed
        written.write(f"{time.monotonic() - began} {usage.ru_maxrss * unit}")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
