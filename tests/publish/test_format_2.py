"""A site that the program of format 2 built, whole as it was then, still proves what it says."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.publish.verify import verify
from agent.render import renderer
from tests.publish.forging import KEY, first, forge, problems, replace, sign

OLD = Path(__file__).with_name("format_2")
"""Made with two templates and no assets: piece 1, revised, with an afterword (2); piece 3, which its author took down;
a decline, a veto, and a text that waits. Its renderer is not known any more, so its pages are not compared."""
PUBLIC_KEY = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy, to be tampered with."""
    return shutil.copytree(OLD, tmp_path / "site")


def test_a_site_of_format_2_verifies() -> None:
    found = verify(OLD, public_key=PUBLIC_KEY)
    assert (found.problems, found.files, found.lines, found.pieces, found.invitations) == ([], 11, 23, 2, 6)
    assert found.not_compared.startswith(
        "The pages could not be compared with their texts: they were made by renderer 1"
    )
    assert found.heads == 0


@pytest.mark.parametrize("name", sorted(p.relative_to(OLD).as_posix() for p in OLD.rglob("*") if p.is_file()))
def test_one_changed_byte_of_it_is_named(old: Path, name: str) -> None:
    data = bytearray((old / name).read_bytes())
    data[len(data) // 2] ^= 1
    (old / name).write_bytes(bytes(data))
    assert f"{name}: " in problems(old)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda e: first(e, "outcome")["data"].update(commitments=["0" * 64]),
            "pieces/1.r1: is not what was committed",
        ),
        (lambda e: first(e, "published", 3)["data"].update(work=1), "pieces/2: is not what was committed to"),
        (lambda e: first(e, "published", 2)["data"].update(text_sha256="0" * 64), "pieces/1.md: is not the text"),
        (lambda e: e.remove(first(e, "withdrawn")), "pieces/3.md: is missing"),
        (lambda e: first(e, "invited", 3)["data"].update(invitation=9), "ledger.html: shows invitation 3 1 times"),
        (lambda e: e[4].update(v=1), "ledger.jsonl, line 5: does not follow the line before it"),
    ],
)
def test_what_is_changed_in_a_line_of_it_is_noticed(old: Path, change: Callable[[Any], object], said: str) -> None:
    forge(old, change)
    assert said in problems(old)


def test_its_ledger_page_shows_each_invitation_once(old: Path) -> None:
    replace(old, "ledger.html", '<tr id="i-3">', '<tr id="i-4">')
    sign(old, KEY)
    assert problems(old).splitlines() == [
        "ledger.html: shows invitation 3 0 times, the ledger 1",
        "ledger.html: shows invitation 4 2 times, the ledger 1",
    ]


def test_its_pages_are_compared_where_the_renderer_is_the_same(old: Path) -> None:
    sign(old, renderer=renderer())
    assert verify(old).not_compared == ""
    replace(old, "pieces/2.html", "<p>It stopped.</p>", "<p>It went on.</p>")
    sign(old)
    assert problems(old) == "pieces/2.html: does not hold the text of pieces/2.md as it is rendered"
