"""Checks run in a process of their own, which is ended at its limit: one that hangs, crashes or eats all memory hurts
neither the outlet nor the other checks.

All checks of a text go over in one errand, and each is heard by itself, so that the one at fault is known. The others
then go over to a new process.
"""

import atexit
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agent.check.apart import Apart, Late, Lost
from agent.check.frame import Finding, Looked, Looks, Subject, gravest
from agent.check.serving import UNSENT, serve
from agent.check.soundness import NO_FINDINGS, Unsound, sound

RENEWED = 500
"""After so many errands the process is replaced by a new one."""
MOST = 200
"""So many findings of one look are kept, the gravest first."""
BEGINS = 60.0
"""Seconds that a new process has to begin, on a machine with much to do."""
ENDS = 2.0
"""Seconds to wait, at the end, for whoever still waits for the process."""
LOST = "its process ended ({code})"
TOO_LONG = "it took longer than {seconds:g} seconds"
UNBEGUN = "its process could not begin ({fault})"
TOO_SLOW = f"it took longer than {BEGINS:g} seconds"
OURS = (Exception, SystemExit)
"""What counts as a fault of a check's. Here, anything else is an order to this process itself, such as Ctrl-C."""


def look(checks: Sequence[Looks], subject: Subject, *, seconds: float) -> list[Looked]:
    """What each check found in a text, in their order; none takes longer than so many seconds. Raises nothing: what
    went wrong is a fault of the check in question."""
    return _worker.look(checks, subject, seconds)


def stop() -> None:
    """End the process, and whatever it does. The next look begins another."""
    global _worker
    ended, _worker = _worker, Worker()
    ended.stop()


def looked(check: Looks, subject: Subject, faults: tuple[type[BaseException], ...] = OURS) -> Looked:
    """One look, here and now. A check that breaks is a fault and hides nothing, and so is one that gives back what
    nobody could keep."""
    begun = time.perf_counter()
    findings: Sequence[Finding] = ()
    wrong = ""
    try:
        findings = _sound(check(subject), subject.text)
    except Unsound as fault:
        wrong = str(fault)
    except faults as fault:  # A broken check must not keep the others from looking.
        # Not the fault's own words: they may quote the text.
        where = traceback.extract_tb(fault.__traceback__)[-1]
        wrong = f"it broke ({type(fault).__name__} at {Path(where.filename).name}:{where.lineno})"
    return Looked(findings, wrong, time.perf_counter() - begun)


def _looked(check: Looks, subject: Subject) -> Looked:
    """One look, in the process for checks: whatever is raised there is the check's doing."""
    return looked(check, subject, (BaseException,))


def _sound(findings: object, text: str) -> Sequence[Finding]:
    if not isinstance(findings, Iterable):
        raise Unsound(NO_FINDINGS)
    return gravest(tuple(sound(found, text) for found in findings), MOST)


class Worker:
    """The one process for checks, begun when the first is asked for. One errand goes to it at a time."""

    def __init__(self) -> None:
        self._process: Apart | None = None
        self._errands = 0
        self._is_over = False
        self._busy = threading.Lock()

    def look(self, checks: Sequence[Looks], subject: Subject, seconds: float) -> list[Looked]:
        """What each check found. Where the process is lost, however that came, a new one has another try."""
        packed, found = [_packed(check) for check in checks], list[Looked]()
        with self._busy:
            since, lost_at = time.perf_counter(), -1
            while left := packed[len(found) :]:
                has_begun = False
                try:
                    for each in self._errand(left, subject, seconds):
                        found += each
                        if lost_at != len(found):
                            since = time.perf_counter()
                        has_begun = True
                except Exception as fault:
                    self._end()
                    is_lost = isinstance(fault, Lost) or (isinstance(fault, Late) and not has_begun)
                    if is_lost and lost_at != len(found) and not self._is_over:
                        lost_at = len(found)
                        continue
                    wrong, spent = _in_words(fault, seconds, has_begun=has_begun), time.perf_counter() - since
                    found += [Looked(fault=wrong, seconds=spent)] * (1 if has_begun else len(left))
                    since = time.perf_counter()
                except BaseException:  # Ctrl-C: what it still has to say is for nobody.
                    self._end()
                    raise
            if self._is_over:
                self._end()
        return found

    def stop(self) -> None:
        """End the process now. Whoever waits for it hears that it is lost."""
        self._is_over = True
        if (process := self._process) is not None:
            process.kill()
        if self._busy.acquire(timeout=ENDS):
            self._end()
            self._busy.release()

    def _errand(self, checks: Sequence[bytes | Looked], subject: Subject, seconds: float) -> Iterator[Sequence[Looked]]:
        """Hand checks over. Yields nothing once they have begun, and then what each of them found."""
        if self._errands >= RENEWED:
            self._end()
        if self._process is None:
            self._process = Apart(serve)
            atexit.unregister(stop)
            atexit.register(stop)  # After what multiprocessing registered, so that it comes before that.
        self._errands += 1
        with self._process.within(BEGINS):
            self._process.tell((_looked, subject, seconds, checks))
            self._process.hear(BEGINS)
        yield ()
        with self._process.within(BEGINS + len(checks) * seconds):
            for _ in checks:
                yield (self._process.hear(seconds),)

    def _end(self) -> None:
        process, self._process, self._errands = self._process, None, 0
        if process is not None:
            process.end()


def _in_words(fault: Exception, seconds: float, *, has_begun: bool) -> str:
    if isinstance(fault, Lost):
        return LOST.format(code=fault.code)
    if isinstance(fault, Late):
        return TOO_LONG.format(seconds=seconds) if has_begun else UNBEGUN.format(fault=TOO_SLOW)
    return UNBEGUN.format(fault=type(fault).__name__)


def _packed(check: Looks) -> bytes | Looked:
    """Each by itself, so that one that cannot go over keeps no other here."""
    try:
        return pickle.dumps(check)
    except Exception as fault:
        return Looked(fault=UNSENT.format(fault=type(fault).__name__))


_worker = Worker()


def _begin_anew() -> None:
    """A copy of this process has a process for checks of its own, and waits for nobody's errand."""
    global _worker  # noqa: PLW0603
    _worker = Worker()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_begin_anew)
