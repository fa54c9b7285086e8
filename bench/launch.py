"""Runs one program, its input empty and its output thrown away, and says what it took; standard library only.

A process begins with the peak memory of the one that started it (getrusage(2)), so what starts them is kept small:
`python -I -S launch.py PROGRAM ARGUMENTS` holds less than any Python program that is measured. POSIX only.
"""

import os
import sys
import time

NOTHING = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
]

if __name__ == "__main__":
    command = sys.argv[1:]
    began = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=NOTHING)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - began
    print(seconds, os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime)
