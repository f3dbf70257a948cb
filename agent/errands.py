"""Errands to many hosts at once, each host by one request at a time. The answers are kept in one thread."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

AT_ONCE = 16
"""So many hosts are asked at a time."""


@dataclass(frozen=True)
class Errand:
    """One thing to ask a host for. `keep` takes the answer, or the fault: whatever `ask` raised, and also what it
    raised itself when it was to keep an answer."""

    url: str
    ask: Callable[[], Any]
    keep: Callable[[Any], None]


def run(
    errands: Iterable[Errand], goes_on: Callable[[], bool] = lambda: True, *, lost: Callable[[Errand, Exception], None]
) -> list[Errand]:
    """Run errands, and return those that were not begun because it did not go on. Hosts take turns, so a slow one
    holds up itself alone. Where one could keep neither its answer nor the fault of that, `lost` is told, and the
    others go on."""
    hosts: dict[str, deque[Errand]] = {}
    for errand in errands:
        hosts.setdefault(host_of(errand.url), deque()).append(errand)
    waiting, running = deque(hosts.values()), dict[Future[Any], tuple[Errand, deque[Errand]]]()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="errands") as pool:
        while True:
            while waiting and len(running) < AT_ONCE and goes_on():
                of_host = waiting.popleft()
                errand = of_host.popleft()
                running[pool.submit(_answer, errand)] = errand, of_host
            if not running:
                return [errand for of_host in waiting for errand in of_host]
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                errand, of_host = running.pop(done)
                if of_host:
                    waiting.append(of_host)
                _keep(errand, done.result(), lost)


def host_of(url: str) -> str:
    """The name of the host in an address, in small letters."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return url  # It cannot be read, which whoever asks for it will say.


def _answer(errand: Errand) -> Any:
    try:
        return errand.ask()
    except Exception as error:  # Whatever it is, it is the fault of this one, and stops no other.
        return error


def _keep(errand: Errand, answer: Any, lost: Callable[[Errand, Exception], None]) -> None:
    try:
        errand.keep(answer)
    except Exception as error:
        if isinstance(answer, Exception):
            lost(errand, error)
        else:
            _keep(errand, error, lost)
