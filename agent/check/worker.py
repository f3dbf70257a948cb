"""Checks run in a process of their own, which is ended at its limit: one that hangs, crashes or eats all memory hurts
neither the outlet nor the other checks.

All checks of a text go over in one errand. Only where that fails is each sent alone, so that the one at fault is known
and the others look all the same.
"""

import signal
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import TimeoutError as TookTooLong
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from pickle import PicklingError
from typing import TYPE_CHECKING

from agent.check.frame import Finding, Looked, Looks, Subject

if TYPE_CHECKING:
    from pebble import ProcessPool

MEMORY = 4 * 1024**3
"""Bytes of address space that the process may take; a check that wants more breaks."""
RENEWED = 500
"""After so many errands the process is replaced by a new one."""
KINDER = 5
"""So much less than the outlet it asks of the processor."""
LOST = "its process ended ({code})"
TOO_LONG = "it took longer than {seconds:g} seconds"
UNSENT = "it could not be handed to its process ({fault})"


def look(checks: Sequence[Looks], subject: Subject, *, seconds: float) -> list[Looked]:
    """What each check found in a text, in their order; none takes longer than so many seconds. Raises nothing: what
    went wrong is a fault of the check in question."""
    done = _errand(checks, subject, seconds)
    if isinstance(done, list):
        return done
    if len(checks) == 1:
        return [Looked(fault=done)]
    found = []
    for check in checks:
        alone = _errand([check], subject, seconds)
        found.append(alone[0] if isinstance(alone, list) else Looked(fault=alone))
    return found


def looked(check: Looks, subject: Subject) -> Looked:
    """One look, here and now. A check that breaks is a fault and hides nothing."""
    begun = time.perf_counter()
    try:
        findings = tuple(check(subject))
    except Exception as fault:  # A broken check must not keep the others from looking.
        # Not the fault's own words: they may quote the text.
        where = traceback.extract_tb(fault.__traceback__)[-1]
        return Looked(fault=f"it broke ({type(fault).__name__} at {Path(where.filename).name}:{where.lineno})")
    seconds = time.perf_counter() - begun
    if wrong := next(filter(None, (_misplaced(found, subject.text) for found in findings)), ""):
        return Looked(fault=wrong, seconds=seconds)
    return Looked(findings, seconds=seconds)


def _misplaced(found: Finding, text: str) -> str:
    """Why a finding points at nothing; empty where it does not."""
    length = len(text)
    if 0 <= found.start < found.end <= length or found.start == found.end == length == 0:
        return ""
    return f"it pointed at characters {found.start} to {found.end} of a text that has {length}"


def _errand(checks: Sequence[Looks], subject: Subject, seconds: float) -> list[Looked] | str:
    """Send checks to the process, and return what they found, or why nothing came back."""
    from pebble import ProcessExpired  # noqa: PLC0415  (only what checks needs it)

    try:
        done: list[Looked] = _pool().schedule(_all, args=[list(checks), subject], timeout=seconds).result()
    except TookTooLong:
        return TOO_LONG.format(seconds=seconds)
    except ProcessExpired as fault:
        return LOST.format(code=fault.exitcode)
    except (PicklingError, AttributeError, TypeError) as fault:
        return UNSENT.format(fault=type(fault).__name__)
    return done


def _all(checks: Sequence[Looks], subject: Subject) -> list[Looked]:
    return [looked(check, subject) for check in checks]


@cache
def _pool() -> "ProcessPool":
    """The one process for checks, made when the first is asked for."""
    from pebble import ProcessPool  # noqa: PLC0415

    # Not a copy of this process: that one has threads and open databases.
    return ProcessPool(max_workers=1, max_tasks=RENEWED, context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """In the new process: it neither takes what is meant for the outlet, nor more than its share."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import os  # noqa: PLC0415
    import resource  # noqa: PLC0415

    os.nice(KINDER)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    least = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (least, most))
