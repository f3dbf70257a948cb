"""When a process is killed, and where that falls."""

import random
import statistics
import threading
import time
from collections import defaultdict

from tests.a_long_session import TURNS, Found

QUIET_SECONDS = 1.0
"""Where nothing happens for so long, no more will."""
LOGGED = ("invited", "submitted", "checked", "edition")
AFTER = 4
"""Events that come after the last turn, and about as many before the first."""

PLACES = (
    "before the first call",
    "starting again, nothing new yet",
    "call written down, not sent",
    "call in flight",
    "answer sent, not stored",
    "turn stored, not acted on",
    "acted on, next call not begun",
    "session over, not yet checked",
    "checked; edition and ledger",
)


class Watch:
    """What was seen of a session, in its order, and when: by the double and in the log."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str]] = []
        self._news = threading.Condition()

    def saw(self, what: str) -> None:
        """Something happened."""
        with self._news:
            self.seen.append((time.monotonic(), what))
            self._news.notify_all()

    def heard(self, line: str) -> None:
        """A line was printed."""
        facts = dict(part.split("=", 1) for part in line.split() if "=" in part)
        action = facts.get("action", "")
        if line.startswith("Ctrl-C"):
            self.saw("ready")
        elif action == "turn":
            self.saw(f"turn {facts['turn']}")
        elif action in LOGGED:
            self.saw(action)

    def wait_for(self, count: int) -> None:
        """Return when so much was seen in all, or when nothing more is."""
        with self._news:
            known = -1
            while known < len(self.seen) < count:
                known = len(self.seen)
                self._news.wait_for(lambda before=known: len(self.seen) > before, QUIET_SECONDS)  # type: ignore[misc]

    def since(self, begun: int) -> list[str]:
        """What was seen after the first so many."""
        with self._news:
            return [what for _, what in self.seen[begun:]]


class Pace:
    """How long it usually takes from an event of one kind to whatever comes next."""

    def __init__(self) -> None:
        self._gaps: dict[str, list[float]] = defaultdict(list)

    def learn(self, watch: Watch) -> None:
        """Take one session as it went when nobody disturbed it."""
        for (begun, what), (ended, _) in zip(watch.seen, watch.seen[1:], strict=False):
            self._gaps[what.split(maxsplit=1)[0]].append(ended - begun)

    def after(self, what: str) -> float:
        """Seconds."""
        return statistics.median(self._gaps.get(what.split(maxsplit=1)[0], [0.05]))


def kill_at_random(watch: Watch, pace: Pace, chance: random.Random, found: Found | None) -> None:
    """Return at a random point of a process's life that has just begun, given what is in the rows by then."""
    over, answers = (found.outcome is not None, found.answers) if found else (False, 0)
    left = AFTER + (0 if over else AFTER + 3 * (len(TURNS) - answers))
    watch.wait_for(len(watch.seen) + chance.randrange(left))
    time.sleep(pace.after(watch.seen[-1][1]) * chance.random())


def place_of(found: Found, before: Found | None, seen: list[str]) -> str:
    """Where in PLACES a kill fell: what the rows say after it and said before, and what was seen in that life."""
    first, again, written, sent, answered, stored, acted, over, checked = PLACES
    if not found.calls or found.is_checked:
        return checked if found.calls else first
    if found == before:
        return again
    if found.in_flight:
        [turn] = found.in_flight.values()
        return answered if f"answered {turn}" in seen else sent if f"asked {turn}" in seen else written
    if found.outcome is not None:
        return over
    return stored if len(found.turns) % 2 == 0 else acted
