"""One piece: what of it lies in the place, and whether that is what the ledger and the record say. Pure.

The record lies beside the text and holds the text's hash, and the page holds exactly what the renderer makes of the
text, under the name that stands in the record.
"""

import json
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from agent.outlet import Seen
from agent.publish import prose
from agent.publish.filters import legible
from agent.publish.told import Revised
from agent.record import sha256, shown_title, shows_title


@dataclass
class Unit:
    """One piece, with the files that are looked at together."""

    revisions: list[Revised]
    below: list[str]
    """Where the afterwords lie that stand on its page."""
    corrected: Set[str] = frozenset()
    """The hashes of what the staff noted beside it."""
    page: str = ""
    problems: list[str] = field(default_factory=list)
    html: str = ""
    texts: list[str] = field(default_factory=list)
    """What its page holds, from the top: to be rendered, and then compared."""

    @property
    def newest(self) -> Revised:
        return self.revisions[-1]

    @property
    def standing(self) -> list[Revised]:
        """The revisions that can be read, the oldest first."""
        return [revision for revision in self.revisions if revision.stands]

    @property
    def paths(self) -> list[str]:
        """What of it is read."""
        texts = [f"{revision.name}.{kind}" for revision in self.standing for kind in ("md", "json")]
        return [f"{self.newest.name}.html", *texts, *(f"{name}.md" for name in self.below if texts)]


@dataclass(frozen=True)
class Asked:
    """What is compared of a page: its text as this program renders it; the name of its piece, and what the staff
    noted beside it."""

    text: bool
    name: bool
    notes: bool


def look_at(unit: Unit, found: dict[str, Seen], asked: Asked) -> None:
    page = f"{unit.newest.name}.html"
    html = _decoded(found.get(page))
    if not unit.newest.stands:
        if html is not None and prose.PLACE.search(html):
            unit.problems.append(f"{page}: holds a text, and its piece was taken down")
        return
    said: dict[str, Any] = {}
    for revision in unit.standing:
        said = _text(unit, revision, found)
    texts = [_decoded(found.get(f"{name}.md")) for name in (unit.newest.name, *unit.below)]
    if html is None or texts[0] is None:
        if page in found and f"{unit.newest.name}.md" in found:
            unit.problems.append(f"{page}: cannot be compared with its text, for one of them is not UTF-8 text")
        return
    if unit.problems:
        return  # Of a text that is another one, nothing that its page says could be right.
    if asked.name:
        _name(unit, html, str(said.get("title", "")), texts[0])
    if asked.notes and any(sha256(words.encode()) not in unit.corrected for words in prose.corrections(html)):
        unit.problems.append(f"{page}: shows a correction in other words than those in the ledger")
    if asked.text and None not in texts:
        unit.html, unit.texts = html, [text for text in texts if text is not None]


def _text(unit: Unit, revision: Revised, found: dict[str, Seen]) -> dict[str, Any]:
    """Compare a text and its record with what the ledger binds them to, and return what the record says."""
    name, text, record = revision.name, found.get(f"{revision.name}.md"), found.get(f"{revision.name}.json")
    if text is not None and text.sha256 != revision.text_sha256:
        unit.problems.append(f"{name}.md: is not the text in the ledger")
    if record is None:
        return {}
    if record.sha256 != revision.record_sha256:
        unit.problems.append(f"{name}.json: is not the record in the ledger")
        return {}
    said = _said(record.data)
    if said.get("text_sha256") != revision.text_sha256:
        unit.problems.append(f"{name}.json: is the record of another text than the one in the ledger")
    elif revision.kind and said.get("kind") != revision.kind:
        unit.problems.append(f"{name}.json: is the record of another kind of piece than the one in the ledger")
    return said


def _name(unit: Unit, html: str, title: str, text: str) -> None:
    """Above its text a page calls the piece by its record's title, or not at all where the text opens with it."""
    wanted = prose.one_line(legible(shown_title(title, text)))
    names = prose.names(html)
    if any(name != wanted for name in names) or (shows_title(title, text) and len(names) != 1):
        unit.problems.append(f"{unit.newest.name}.html: does not call the piece what its record calls it")


def compare(unit: Unit, rendered: list[str]) -> None:
    """A page holds its text, and under it its afterwords, exactly as they are rendered."""
    name, number = unit.newest.name, prose.amiss(unit.html, rendered)
    if number == 0:
        unit.problems.append(f"{name}.html: does not hold the text of {name}.md as it is rendered")
    elif number is not None:
        unit.problems.append(f"{name}.html: does not hold, under its text, exactly the afterwords in the ledger")
    unit.html, unit.texts = "", []


def _decoded(seen: Seen | None) -> str | None:
    try:
        return None if seen is None else seen.data.decode()
    except UnicodeDecodeError:
        return None


def _said(record: bytes) -> dict[str, Any]:
    """What a record says; nothing where it is no record."""
    try:
        said = json.loads(record)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
