"""Every public text is the one in the ledger, with its record and its page, and no other is there.

What binds a text: at receipt the ledger took a salted commitment to its record; at publication it showed the salt and
the record's hash.
"""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from agent.publish.proof.chain import LEDGER
from agent.publish.proof.looking import Looking
from agent.publish.proof.unit import Asked, Unit, compare, look_at
from agent.publish.told import Revised, Told, Work, afterwords
from agent.record import commitment
from agent.render import render_many

FOLDER = "pieces/"

Pieces = dict[int, list[Revised]]


def commitments(told: Told, pieces: Pieces, problems: list[str]) -> None:
    """What was committed to at receipt must be what was published."""
    never_made = sorted(told.ended.keys() - told.invited.keys())
    problems += [f"{LEDGER}: invitation {invitation} has an outcome and was never made" for invitation in never_made]
    opened: Counter[Work] = Counter()
    for revision in (revision for revisions in pieces.values() for revision in revisions):
        opened[revision.work] += 1
        if revision.salt is None:
            if revision.stands:
                problems.append(f"{revision.name}: shows no salt, so what was committed to cannot be checked")
        elif commitment(revision.salt, revision.record_sha256) != _promise(told, revision.work):
            problems.append(f"{revision.name}: is not what was committed to when it was received")
    for (invitation, work), times in opened.items():
        if times > 1:
            problems.append(f"{LEDGER}: work {work} of invitation {invitation} was published {times} times")


def _promise(told: Told, work: Work) -> Any:
    """What was committed to, at receipt, of one work of a session."""
    invitation, number = work
    promises = told.ended[invitation].promises if invitation in told.ended else ()
    return promises[number - 1] if 0 < number <= len(promises) else None


def look_at_texts(looking: Looking, pieces: Pieces, told: Told, asked: Asked, problems: list[str]) -> int:
    """Compare every text, and return how many pieces can be read and have nothing wrong with them."""
    under = afterwords(pieces)
    units = [
        Unit(revisions, under.get(piece, []), told.corrected.get(piece, set()))
        for piece, revisions in sorted(pieces.items())
    ]
    _others(looking, units, problems)
    right = 0
    for unit in _compared(looking, units, asked):
        problems += unit.problems
        right += unit.newest.stands and not unit.problems
    return right


def _others(looking: Looking, units: list[Unit], problems: list[str]) -> None:
    """Name what lies among the texts and is none that can be read."""
    known = set()
    for unit in units:
        known.add(f"{unit.newest.name}.html")
        for revision in unit.revisions:
            files = {f"{revision.name}.md", f"{revision.name}.json"}
            known |= files
            if not revision.stands:
                problems += [f"{name}: was taken down and is still there" for name in sorted(files & looking.there)]
    strangers = sorted(name for name in looking.there - known if name.startswith(FOLDER))
    problems += [f"{name}: stands in no line of the ledger" for name in strangers]


def _compared(looking: Looking, units: list[Unit], asked: Asked) -> Iterator[Unit]:
    """The units, each with what is wrong with it. Rendering is the work here: it goes on beside the reading, on as
    many cores as there are."""
    waiting: deque[Unit] = deque()

    def to_render() -> Iterator[str]:
        for unit in _read(looking, units, asked):
            waiting.append(unit)
            yield from unit.texts

    rendered: list[str] = []
    for each in render_many(to_render()):
        rendered.append(each.html)
        yield from _ready(waiting, rendered)
    yield from _ready(waiting, rendered)


def _ready(waiting: deque[Unit], rendered: list[str]) -> Iterator[Unit]:
    """The units whose texts are all rendered, compared with their pages. They leave both lists."""
    while waiting and len(rendered) >= len(waiting[0].texts):
        unit = waiting.popleft()
        htmls, rendered[: len(unit.texts)] = rendered[: len(unit.texts)], []
        if unit.texts:
            compare(unit, htmls)
        yield unit


def _read(looking: Looking, units: list[Unit], asked: Asked) -> Iterator[Unit]:
    """Read the files of each piece, and compare those that need no rendering."""
    there = looking.there
    seen = looking.see(path for unit in units for path in unit.paths if path in there)
    for unit in units:
        found = {path: next(seen) for path in unit.paths if path in there}
        unit.problems += [f"{path}: is missing" for path in unit.paths if path not in found]
        look_at(unit, {path: one for path, one in found.items() if not one.wrong}, asked)
        yield unit
