"""Our side of the bench: what one process does with the publication in a folder, and what that cost it.

    make FOLDER N        put N essays in, and tell the ledger; no edition
    first FOLDER         the first step of an edition
    second FOLDER        both steps: where the first was done, the second
    running FOLDER N K   an outlet that has been running: K times one more essay, both steps apart; then nothing new
    more FOLDER N        one more essay, and no edition
    parse FOLDER         empty the render store and what was made; then the first step of all of it, on every core

Each prints one JSON object as its last line: name of a cost -> its parts.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING

from tests.bench.site_cost import Cost, changed, seen

if TYPE_CHECKING:
    from agent.outlet import Outlet


def make(folder: Path, count: str) -> dict[str, Cost]:
    """Put the corpus in."""
    from tests.bench.site_outlet import AT_ONCE, begun, grow, tell

    outlet, number = begun(folder), int(count)
    told = Cost(0.0, 0.0)
    for first in range(1, number + 1, AT_ONCE):
        grow(outlet, first, min(number, first + AT_ONCE - 1), of=number, told=False)
        cost = _measured(folder, lambda: tell(outlet))
        told = replace(told, cpu=told.cpu + cost.cpu, wall=told.wall + cost.wall, memory=cost.memory)
    outlet.database.close()
    return {"told": told}


def first(folder: Path) -> dict[str, Cost]:
    """The first step."""
    from agent.publish import edition

    outlet = _opened(folder)
    return {"built": _measured(folder, lambda: edition.build(outlet, extras=False))}


def second(folder: Path) -> dict[str, Cost]:
    """Both steps, or what is left to do of them."""
    from agent.publish import edition

    outlet = _opened(folder)
    return {"built": _measured(folder, lambda: edition.build(outlet))}


def running(folder: Path, count: str, times: str) -> dict[str, Cost]:
    """Builds of an outlet that has been running for a while: everything is imported, and was used before."""
    from agent.publish import edition
    from tests.bench.site_outlet import grow, opened

    outlet, of = opened(folder), int(count)
    edition.build(outlet)
    found: dict[str, Cost] = {}
    for number in range(1, int(times) + 1):
        grow(outlet, of + number, of + number, of=of)
        found[f"more {number}"] = _measured(folder, lambda: edition.build(outlet, extras=False))
        found[f"second {number}"] = _measured(folder, lambda: edition.build(outlet))
        found[f"nothing {number}"] = _measured(folder, lambda: edition.build(outlet))
    return found


def more(folder: Path, count: str, number: str) -> dict[str, Cost]:
    """One more essay, which no edition shows yet."""
    from tests.bench.site_outlet import grow, opened

    outlet, of, at = opened(folder), int(count), int(number)
    return {"told": _measured(folder, lambda: grow(outlet, at, at, of=of))}


def parse(folder: Path) -> dict[str, Cost]:
    """From the rows alone: every text is parsed, and every page made."""
    from agent import pipeline
    from tests.bench.site_outlet import forget_renderings

    outlet = _opened(folder)
    forget_renderings(outlet)
    shutil.rmtree(folder / "public")
    for file in folder.glob("edition.db*"):
        file.unlink()
    return {"built": _measured(folder, lambda: pipeline.build(outlet, extras=False))}


def _opened(folder: Path) -> "Outlet":
    from tests.bench.site_outlet import opened

    return opened(folder)


def _measured(folder: Path, work: Callable[[], object]) -> Cost:
    """What some work cost this process and the children that it waited for. Memory is the process's most so far."""
    before = seen(folder / "public")
    used, began = _cpu(), time.perf_counter()
    work()
    used, wall = _cpu() - used, time.perf_counter() - began
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return changed(before, seen(folder / "public"), used, wall, memory)


def _cpu() -> float:
    return sum(u.ru_utime + u.ru_stime for u in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


if __name__ == "__main__":
    doing = {work.__name__: work for work in (make, first, second, running, more, parse)}
    costs = doing[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
    print(json.dumps({name: asdict(cost) for name, cost in costs.items()}))  # noqa: T201
