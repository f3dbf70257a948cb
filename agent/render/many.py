"""Many texts at once, on all cores: after an upgrade, each text is drawn anew."""

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from itertools import islice

from agent.render.removed import Rendered

FEW = 300
"""So many are rendered sooner than other processes could start."""
AT_ONCE = 16
AHEAD = 1_024
"""So many wait in the processes at most: texts and what came of them take memory."""


def render_many(texts: Iterable[str], cores: int | None = None) -> Iterator[Rendered]:
    """Yield what comes of each text, in order, by as many processes as there are cores.

    Few texts, one core, or processes that cannot start or are killed: it is done in this one.
    """
    from agent.render import render  # noqa: PLC0415 - it offers this one too

    waiting = iter(texts)
    cores = cores or _cores()
    first = list(islice(waiting, FEW + 1))
    if len(first) <= FEW or cores == 1:
        yield from map(render, first)
        yield from map(render, waiting)
        return
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_begin) as processes:
        while some := first or list(islice(waiting, AHEAD)):
            first, done = [], 0
            try:
                for rendered in processes.map(render, some, chunksize=AT_ONCE):
                    done += 1
                    yield rendered
            except BrokenProcessPool:
                yield from map(render, some[done:])
                yield from map(render, waiting)
                return


def _cores() -> int:
    """How many this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Not on each system.
        return os.cpu_count() or 1


def _begin() -> None:
    """In each process: leave an interrupt to the one that waits for it, and do not outlive that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
