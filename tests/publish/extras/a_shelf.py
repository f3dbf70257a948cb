"""A public folder to put things into, pieces to make them from, and what the second step made of them."""

import gzip
import hashlib
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.publish.extras import Imprint, Item, Stamp, Text, make
from agent.publish.words import load as load_words
from agent.record import canonical, sha256
from agent.tables import Kind

SITE = Path(__file__).parents[3] / "site"
BEGUN = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
ADDRESS = "https://afterword.example/"


def imprint(title: str = "Afterword", language: str = "en", demo: str = "", origin: str = "0f" * 32) -> Imprint:
    return Imprint(title, ADDRESS, language, load_words(SITE, language), demo, origin)


def an_item(piece: int = 1, words: str = "", **given: object) -> Item:
    """A piece that became public a day after the one before, by Opus."""
    words = words or f"The rain of day {piece} is reported, not felt."
    title = str(given.get("title", f"Rain, part {piece}"))
    record = canonical({"text_sha256": sha256(words.encode()), "kind": "essay", "title": title})
    item = Item(
        piece=piece,
        kind=Kind.ESSAY,
        at=BEGUN + timedelta(days=piece),
        name=title,
        title=title,
        byline="Opus 3",
        written="Written by Opus 3, a retired model. Edited by no one.",
        author="opus",
        language="en",
        direction="ltr",
        form="",
        tags=(),
        note="",
        plain=words,
        html=f"<p>{words}</p>",
        text_sha256=sha256(words.encode()),
        record_sha256=sha256(record),
        text=Text(f"pieces/{piece}", words.encode(), record),
    )
    return replace(item, **given)  # type: ignore[arg-type]


def stamp(item: Item) -> Stamp:
    shown = sha256(repr(item).encode())
    return Stamp(item.piece, item.at, item.author, shown, f"{item.name}|{item.byline}|{item.at:%Y-%m-%d}", item.above)


@dataclass
class AShelf:
    """A folder; remembers what was put into it and taken away since it was last asked."""

    folder: Path
    keys: dict[str, str] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    dies_at: str = ""

    def put(self, path: str, data: bytes | Path) -> None:
        self._touch(path)
        to = self.folder / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data.read_bytes() if isinstance(data, Path) else data)

    def remove(self, path: str) -> None:
        self._touch(path)
        (self.folder / path).unlink(missing_ok=True)

    def kept(self) -> Mapping[str, str]:
        return self.keys

    def keep(self, keys: Mapping[str, str]) -> None:
        self.keys |= keys

    def paths(self, start: str) -> Iterable[str]:
        return [path for path in self.files() if path.startswith(start)]

    def file(self, path: str) -> Path:
        return self.folder / path

    def files(self) -> list[str]:
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(found)

    def hashes(self) -> dict[str, str]:
        return {path: hashlib.sha256((self.folder / path).read_bytes()).hexdigest() for path in self.files()}

    def news(self) -> list[str]:
        """What was touched since this was last asked, without the inner names of search shards."""
        touched, self.touched = self.touched, []
        return sorted({path.partition("/index/")[0].partition("/fragment/")[0] for path in touched})

    def _touch(self, path: str) -> None:
        if self.dies_at and path.startswith(self.dies_at):
            raise KeyboardInterrupt(path)
        self.touched.append(path)


def made(items: Sequence[Item], shelf: AShelf, told: Imprint | None = None) -> AShelf:
    """Run the second step over these pieces."""
    by_piece = {item.piece: item for item in items}

    def load(pieces: Sequence[int]) -> Iterable[Item]:
        return (by_piece[piece] for piece in pieces)

    make([stamp(item) for item in items], load, shelf, told or imprint(), shelf.folder.with_name("scratch"))
    return shelf


def all_bytes(folder: Path) -> bytes:
    """Every byte of every file, unpacked where it is packed."""
    return b"\n".join(part for path in sorted(folder.rglob("*")) if path.is_file() for part in _unpacked(path))


def _unpacked(path: Path) -> Iterable[bytes]:
    data = path.read_bytes()
    yield path.name.encode()
    yield gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if path.suffix in (".zip", ".epub"):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


WORDS = "rain river letter window quince bread stone forecast memory silence comma weather reader garden paper kettle"


def an_essay(seed: int, words: int = 1000) -> str:
    """About 6 KB of seeded words; many of them stand in this essay alone."""
    chance = random.Random(seed)
    common = WORDS.split()
    rare = ["".join(chance.choices("aeioulnrstmdkp", k=7)) for _ in range(80)]
    return "\n\n".join(
        " ".join(chance.choice(rare if chance.random() < 0.3 else common) for _ in range(words // 8)) for _ in range(8)
    )
