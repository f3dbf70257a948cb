"""Clean prose that checks should leave alone: works in the public domain, out of packages.

`prose.json` in the folder of the labelled set names them: the package and version, its archive and the archive's
SHA-256, which files in it are read, author and title. The archives lie in `prose/` beside it (`scripts/prose` fetches
them); one that is another than the one named is not read. Nothing of a package is ever run.
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from agent.check.frame import Facts, Shown, Subject
from agent.errors import BadLabel
from agent.injected import told
from agent.render import render

LONG = 1_500
"""What is longer is read in passages of about so many words, as long as an essay."""
STEP = 60
"""Beside each passage every so many-th is shown, as far as it is of another work."""
EARLIER = 12
WORD = re.compile(r"\S+")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


FACTS = Facts(
    byline="Opus",
    model_id="claude-3-opus-20240229",
    retired_on=date(2026, 1, 5),
    began_at=datetime(2026, 11, 20, tzinfo=UTC),
    tools=("submit",),
    company=("Anthropic",),
)


@dataclass(frozen=True)
class Passage:
    """Some paragraphs, and where they stand."""

    work: str
    where: str
    text: str
    orders: Mapping[str, str]

    def as_entry(self) -> Shown:
        """The same, as an entry that an author was shown."""
        return Shown("entry", self.where, self.where, self.text, here=True, orders=self.orders)

    def as_piece(self) -> Shown:
        """The same, as an author's own earlier piece."""
        return Shown("piece", self.where, self.where, self.text, own=True)


@dataclass(frozen=True)
class Work:
    """What `prose.json` says of one work."""

    package: str
    version: str
    archive: str
    sha256: str
    files: Sequence[str]
    """Which files of the archive: patterns, with * for whatever."""
    author: str
    title: str
    licence: str

    def __str__(self) -> str:
        return f"{self.author}, {self.title} ({self.package} {self.version})"


@dataclass(frozen=True)
class Prose:
    """What there is to be read; `missing` says what could not be, and why."""

    passages: Sequence[Passage] = ()
    words: int = 0
    works: Sequence[str] = ()
    missing: Sequence[str] = ()

    def subjects(self) -> Iterator[tuple[str, Subject]]:
        """Each passage, where it stands and as checks are handed it: as if its author had written the passages before
        it, and had been shown some of other works."""
        for at, passage in enumerate(self.passages):
            others = [each for each in self.passages[at % STEP :: STEP] if each.work != passage.work]
            before = [each for each in self.passages[max(0, at - EARLIER) : at] if each.work == passage.work]
            earlier = tuple(each.as_piece() for each in reversed(before))
            yield (
                passage.where,
                Subject(
                    passage.text,
                    title="",
                    stop_reason="end_turn",
                    rendered=render(passage.text),
                    with_form=True,
                    shown=(*(each.as_entry() for each in others), *earlier),
                    earlier=earlier,
                    facts=FACTS,
                ),
            )


def clean_prose(folder: Path) -> Prose:
    """Read what a folder names. Raises BadLabel where its list cannot be read."""
    passages: list[Passage] = []
    works, missing = [], []
    for work in works_of(folder):
        path = folder / "prose" / work.archive
        data = path.read_bytes() if path.is_file() else b""
        if not data:
            missing.append(f"{work}: {path} is not there; scripts/prose fetches it")
        elif hashlib.sha256(data).hexdigest() != work.sha256:
            missing.append(f"{work}: {path} is not the file that was named")
        else:
            works.append(str(work))
            for name, text in _texts(data, work.files):
                passages += _passages(work.title, name, text)
    return Prose(passages, sum(len(WORD.findall(each.text)) for each in passages), works, missing)


def works_of(folder: Path) -> list[Work]:
    """The works that a folder names; none where it names none. Raises BadLabel."""
    listing = folder / "prose.json"
    if not listing.exists():
        return []
    try:
        return [Work(**work) for work in json.loads(listing.read_text("utf-8"))]
    except (ValueError, TypeError) as fault:
        raise BadLabel(place=listing, reason=f"it is no list of works ({fault})") from fault


def _texts(archive: bytes, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files of an archive that a pattern names, chapter 9 before chapter 10."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:*") as opened:
        chosen = [name for name in opened.getnames() if any(fnmatchcase(name, pattern) for pattern in files)]
        for name in sorted(chosen, key=_natural):
            if (file := opened.extractfile(name)) is not None:
                yield Path(name).stem, file.read().decode("utf-8")


def _natural(name: str) -> list[int | str]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _passages(work: str, name: str, text: str) -> Iterator[Passage]:
    """Whole paragraphs, each on one line, as a language model writes them."""
    parts: list[list[str]] = [[]]
    count = 0
    for paragraph in _paragraphs(text):
        if count >= LONG:
            parts.append([])
            count = 0
        parts[-1].append(paragraph)
        count += len(WORD.findall(paragraph))
    for number, part in enumerate(parts, start=1):
        if part:
            where, words = f"{work}, {name}, passage {number}", "\n\n".join(part)
            yield Passage(work, where, words, told(where, words))


def _paragraphs(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        paragraph = " ".join(block.split())
        if len(WORD.findall(paragraph)) <= LONG:
            yield from filter(None, [paragraph])
            continue
        # A whole speech may be one paragraph: it is read in parts of whole sentences.
        part = ""
        for sentence in SENTENCE.split(paragraph):
            part = f"{part} {sentence}".strip()
            if len(WORD.findall(part)) >= LONG // 10:
                yield part
                part = ""
        yield from filter(None, [part])
