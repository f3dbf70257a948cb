"""However many pieces there are, few are held at once."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.publish.extras import Item, archive, epub
from tests.publish.extras.a_shelf import an_essay, an_item, imprint

FEW, MANY = 40, 240
ESSAY = an_essay(1)


def items(number: int) -> Iterator[Item]:
    return (an_item(piece, f"{piece} {ESSAY}") for piece in range(1, number + 1))


def pack(number: int, path: Path) -> None:
    archive.year(items(number), 2026, imprint(), path)


def bind(number: int, path: Path) -> None:
    epub.book(((item, []) for item in items(number)), "opus", imprint(), path)


def peak(make: Callable[[int, Path], None], number: int, path: Path) -> int:
    tracemalloc.start()
    try:
        make(number, path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [pack, bind])
def test_a_file_grows_and_the_memory_it_takes_hardly_does(make: Callable[[int, Path], None], tmp_path: Path) -> None:
    make(1, tmp_path / "warm")
    few, many = peak(make, FEW, tmp_path / "few"), peak(make, MANY, tmp_path / "many")
    assert (tmp_path / "many").stat().st_size > 4 * (tmp_path / "few").stat().st_size
    assert many - few < (MANY - FEW) * 3000, "of each piece of 6 KB, and as much HTML, a row in a list is left"
