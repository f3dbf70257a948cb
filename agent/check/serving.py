"""What goes on in the process for checks: it looks at one text after another, until its line is cut.

It may never be in the way of the outlet, nor outlive it.
"""

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection

from agent.check.frame import Looked, Looks

MEMORY = 4 * 1024**3
"""Bytes of address space that the process may take; a check that wants more breaks."""
KINDER = 5
"""So much less than the outlet it asks of the processor."""
WATCHED = 1.0
"""So often, in seconds, it sees whether the outlet is there."""
LONGER = 5.0
"""So many seconds after its limit it ends by itself, should nobody be left to end it."""
UNSENT = "it could not be handed to its process ({fault})"


def serve(line: Connection) -> None:
    """Take in how to look, a text, a limit and the checks; say that they begin, and then what each of them found."""
    _begin()
    with suppress(EOFError, OSError):
        while True:
            look, subject, seconds, packed = line.recv()
            checks = [_unpacked(each) for each in packed]
            line.send(None)
            for check in checks:
                _end_after(seconds + LONGER)
                line.send(check if isinstance(check, Looked) else look(check, subject))
            _end_after(0)


def _unpacked(packed: bytes | Looked) -> Looks | Looked:
    if isinstance(packed, Looked):
        return packed
    try:
        check: Looks = pickle.loads(packed)  # noqa: S301  (the outlet packed it)
    except BaseException as fault:  # What it is in may not even load.
        return Looked(fault=UNSENT.format(fault=type(fault).__name__))
    return check


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # That is meant for the outlet.
    threading.Thread(target=_end_with_the_outlet, daemon=True).start()
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    os.nice(KINDER)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    least = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, most))


def _end_with_the_outlet() -> None:
    outlet = parent_process()
    # A copy of the outlet may hold open what tells of its end: so see whose child this is, too.
    while outlet is not None and outlet.is_alive() and os.getppid() == outlet.pid:
        outlet.join(WATCHED)
    os._exit(1)


def _end_after(seconds: float) -> None:
    """The system ends this process after so long, and takes it back for 0. A thread would not do: a check may give it
    no turn. Nor would a limit on the processor's time: that counts over all errands together."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)
