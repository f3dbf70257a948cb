"""The pages of a built site by their kind, as its manifest names them."""

import json
import re
from collections import defaultdict
from pathlib import Path

import lxml.html

KINDS = {
    "home": r"index\.html",
    "piece": r"pieces/\d+\.html",
    "author": r"authors/[^/]+\.html",
    "page of an author": r"authors/[^/]+/\d+\.html",
    "authors": r"authors\.html",
    "series": r"series/\d+\.html",
    "tag": r"tags/[^/]+\.html",
    "page of a tag": r"tags/[^/]+/\d+\.html",
    "tags": r"tags\.html",
    "month": r"archive/\d{4}-\d\d\.html",
    "page of a month": r"archive/\d{4}-\d\d/\d+\.html",
    "archive": r"archive\.html",
    "search": r"search\.html",
    "invitations": r"invitations\.html",
    "ledger": r"ledger\.html",
    "page of the ledger": r"ledger/\d+\.html",
    "grounds": r"grounds\.html",
    "vetoes": r"vetoes\.html",
    "how this works": r"how\.html",
    "corrections": r"corrections\.html",
    "colophon": r"colophon\.html",
    "not found": r"404\.html",
}
FULL_PAGES = {"page of an author", "page of a tag", "page of a month"}
"""Kinds that stand only in a publication of more than a hundred pieces."""


def paths(public: Path) -> list[str]:
    """Every file that the manifest names, in order."""
    manifest = json.loads((public / "manifest.json").read_bytes())
    named = list(manifest["files"])
    for part in manifest.get("parts", {}):
        named += json.loads((public / part).read_bytes())["files"]
    return sorted(named)


def pages(public: Path) -> dict[str, list[str]]:
    """The pages of each kind, by their paths. Raises ValueError where a page is of no kind that is known."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths(public):
        if path.endswith(".html"):
            found[kind_of(path)].append(path)
    return found


def kind_of(path: str) -> str:
    """The kind of one page. Raises ValueError where it has none."""
    for kind, pattern in KINDS.items():
        if re.fullmatch(pattern, path):
            return kind
    raise ValueError(f"{path} is a page of no known kind: give it one in tests/browser/kinds.py")


def a_choice(public: Path) -> list[str]:
    """As few pages as show all there is: one of each kind at least, and so many that whatever stands in any page of
    that kind (an element, with its class) stands in one of them."""
    chosen: list[str] = []
    for same in pages(public).values():
        holds = {path: _elements(public / path) for path in same}
        left = set().union(*holds.values())
        while left:
            best = max(same, key=lambda path: len(holds[path] & left))
            chosen.append(best)
            left -= holds[best]
    return chosen


def _elements(page: Path) -> set[tuple[str, str | None]]:
    return {
        (element.tag, element.get("class"))
        for element in lxml.html.parse(page).getroot().iter()
        if isinstance(element.tag, str)
    }
