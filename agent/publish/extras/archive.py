"""Everything that can be read, as ZIP files: one a year, and one of all that is put together from these.

A year is packed anew when one of its pieces changes. The file of everything copies what the years have packed
already, byte by byte, so one more piece costs the packing of its year and the copying of the rest.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from agent.publish.extras.items import Imprint, Item, Text
from agent.publish.extras.zips import join
from agent.publish.phrases import PLACE
from agent.record import canonical

README = "README.txt"
LEVEL = 6
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first day that a ZIP knows."""


def year(items: Iterable[Item], number: int, imprint: Imprint, path: Path | IO[bytes]) -> None:
    """Write the ZIP of one year to `path`. Its README stands first, the list of its pieces last."""
    listed = bytearray()
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(member(README, EARLIEST), readme(imprint), compresslevel=LEVEL)
        for item in items:
            listed += row(item) + b"\n"
            for text in (item.text, *item.earlier):
                _add(packed, text, item.at)
        packed.writestr(member(f"{number}.jsonl", EARLIEST), bytes(listed), compresslevel=LEVEL)


def everything(years: Sequence[Path], imprint: Imprint, path: Path) -> None:
    """Write the ZIP of all years to `path`, from those of the years, the earliest first."""
    opening = io.BytesIO()
    with zipfile.ZipFile(opening, "w") as packed:
        packed.writestr(member(README, EARLIEST), readme(imprint), compresslevel=LEVEL)
    join(path, [opening, *years], leave=README)


def readme(imprint: Imprint) -> bytes:
    """What the archive is and how to check it."""
    given = {"site": imprint.title, "address": imprint.address}
    told = PLACE.sub(lambda found: given.get(found[1], found[0]), imprint.words.downloads.readme.words)
    heading, _, rest = told.strip().partition("\n")
    return f"{heading}\n\n{imprint.demo}\n{rest}\n".encode() if imprint.demo else f"{told.strip()}\n".encode()


def row(item: Item) -> bytes:
    """A piece in the list of its year: what its record does not say, or what one looks for. Canonical JSON."""
    return canonical(
        {
            "piece": item.piece,
            "path": item.text.path,
            "kind": item.kind.value,
            "title": item.name,
            "author": item.author,
            "byline": item.byline,
            "published_at": when(item.at),
            "language": item.language,
            "form": item.form,
            "tags": list(item.tags),
            "text_sha256": item.text_sha256,
            "record_sha256": item.record_sha256,
        }
        | ({"by_demo": True} if item.by_demo else {})
        | ({"about": item.above} if item.above is not None else {})
        | ({"corrections": [[when(at), words] for at, words in item.corrections]} if item.corrections else {})
        | ({"earlier": [text.path for text in item.earlier]} if item.earlier else {})
    )


def when(at: datetime) -> str:
    """A moment as data has it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def member(name: str, at: datetime) -> zipfile.ZipInfo:
    """A member that says nothing of this machine: dated by the piece, readable by all, made on no system."""
    info = zipfile.ZipInfo(name, max(at, EARLIEST).astimezone(UTC).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info


def _add(packed: zipfile.ZipFile, text: Text, at: datetime) -> None:
    packed.writestr(member(f"{text.path}.md", at), text.text, compresslevel=LEVEL)
    packed.writestr(member(f"{text.path}.json", at), text.record, compresslevel=LEVEL)
