"""Run a command that the kernel ends together with whoever started it.

    python -I -S tether.py SIGNAL PARENT USER COMMAND...

Run as a program in the child, before the command replaces it: nothing happens between fork and exec in a process
that may have threads, and no watcher stays in memory. USER is a numeric id, or empty for the user we are.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become(user: int) -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def tie_to(parent: int, signal: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the kernel knew of the tie
        raise SystemExit("the parent is gone")


def main(signal: str, parent: str, user: str, *command: str) -> None:
    # A change of user clears the tie, so it comes first.
    if user:
        become(int(user))
    tie_to(int(parent), int(signal))
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
