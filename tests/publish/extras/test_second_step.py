"""Cards, search, ZIP and EPUB: made where something changed, the same whichever way one came there, and no more."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import NotBuilt
from agent.publish.extras import Item, Text, make, making, shards
from agent.tables import Kind
from tests.publish.extras.a_shelf import BEGUN, AShelf, all_bytes, an_item, imprint, made, stamp

pytestmark = pytest.mark.slow

ONLY = "xylophonic"
LATER = BEGUN.replace(year=2027)


@pytest.fixture
def shelf(tmp_path: Path) -> AShelf:
    return AShelf(tmp_path / "public")


def some() -> list[Item]:
    """Three pieces of one year and one of the next, by two authors."""
    return [
        an_item(1),
        an_item(2, f"It was {ONLY} weather.", title=f"The {ONLY} day", name=f"The {ONLY} day"),
        an_item(3, author="sonnet", byline="Sonnet 3"),
        an_item(1204, at=LATER, tags=("rain",)),
    ]


def shards_of(shelf: AShelf) -> set[str]:
    return {key for key, value in shelf.keys.items() if value}


def test_everything_stands_where_the_site_looks_for_it(shelf: AShelf) -> None:
    made(some(), shelf)
    files = shelf.files()
    assert {path for path in files if not path.startswith("search/2")} == {
        *(f"cards/{piece}.png" for piece in (1, 2, 3, 1204)),
        *(f"downloads/{name}" for name in ("2026.zip", "2027.zip", "everything.zip", "opus.epub", "sonnet.epub")),
        "search/shards.json",
    }
    assert {"search/2026/1/pagefind-entry.json", "search/2027/2/pagefind-entry.json"} <= set(files)
    assert not (shelf.folder.parent / "scratch").exists()


def test_what_has_not_changed_is_let_be(shelf: AShelf) -> None:
    made(some(), shelf)
    shelf.news()
    made(some(), shelf)
    assert shelf.news() == []


def test_one_more_piece_touches_its_year_its_author_and_the_whole(shelf: AShelf) -> None:
    made(some(), shelf)
    before = shelf.hashes()
    made([*some(), an_item(1205, at=LATER)], shelf)
    after = shelf.hashes()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path for path in changed if not path.startswith("search/2027/2/")} == {
        "cards/1205.png",
        "downloads/2027.zip",
        "downloads/opus.epub",
        "downloads/everything.zip",
        "search/shards.json",
    }


def test_step_by_step_comes_to_the_same_bytes_as_at_once(shelf: AShelf, tmp_path: Path) -> None:
    items = some()
    for number in (1, 3, 4, 2, 4):
        made(items[:number], shelf)
    at_once = made(items, AShelf(tmp_path / "at once"))
    assert shelf.hashes() == at_once.hashes()
    assert {path: key for path, key in shelf.keys.items() if key} == at_once.keys


def test_a_withdrawn_piece_is_in_no_file(shelf: AShelf) -> None:
    made(some(), shelf)
    for part in ("search", "downloads"):
        assert ONLY.encode() in all_bytes(shelf.folder / part)
    made([item for item in some() if item.piece != 2], shelf)
    assert ONLY.encode() not in all_bytes(shelf.folder)
    assert not [path for path in shelf.files() if path == "cards/2.png"]


def test_the_last_piece_of_a_year_and_of_an_author_takes_their_files_along(shelf: AShelf) -> None:
    made(some(), shelf)
    made([item for item in some() if item.piece not in (3, 1204)], shelf)
    assert not [path for path in shelf.files() if "2027" in path or "sonnet" in path or "1204" in path]
    assert shards_of(shelf) == {
        *("cards/1.png", "cards/2.png", "downloads/2026.zip", "downloads/opus.epub"),
        *(shards.EVERYTHING, "search/2026/1/", "search/shards.json"),
    }


def test_with_no_piece_there_is_an_empty_archive_and_an_empty_list_of_searches(shelf: AShelf) -> None:
    made([], shelf)
    assert shelf.files() == ["downloads/everything.zip", "search/shards.json"]


def test_another_title_draws_another_card_and_a_new_note_does_not(shelf: AShelf) -> None:
    items = some()
    made(items, shelf)
    before = shelf.hashes()
    made([replace(items[0], note="Read it slowly."), replace(items[1], name="Fog"), *items[2:]], shelf)
    after = shelf.hashes()
    assert before["cards/1.png"] == after["cards/1.png"]
    assert before["cards/2.png"] != after["cards/2.png"]
    assert before["downloads/opus.epub"] != after["downloads/opus.epub"]


def test_another_name_of_the_site_makes_all_anew_that_may_show_it(shelf: AShelf) -> None:
    made(some(), shelf)
    shelf.news()
    made(some(), shelf, imprint("Nachwort"))
    touched = shelf.news()
    assert {"downloads/2026.zip", "downloads/opus.epub", shards.EVERYTHING} <= set(touched)
    assert "cards/1.png" in touched, "a card shows it in the place of a title that cannot be drawn"


def test_a_book_is_another_when_an_afterword_comes_or_stands_under_another_piece() -> None:
    below = an_item(9, kind=Kind.POSTSCRIPT, above=1)
    sets = ([an_item(1)], [an_item(1), below], [an_item(1), replace(below, above=None)], [below])
    books = [shards.of_books(map(stamp, items), imprint()) for items in sets]
    assert [[book.path for book in some] for some in books] == [["downloads/opus.epub"]] * 4
    assert len({book.key for some in books for book in some}) == 4


@pytest.mark.parametrize("where", ["cards/1205", "search/2027", "downloads/2027", "downloads/opus", "downloads/every"])
def test_a_run_that_died_is_made_up_for_even_if_the_pieces_are_as_before(
    shelf: AShelf, tmp_path: Path, where: str
) -> None:
    """It may have put a piece into a file that the next run, after a withdrawal, would take for the old one."""
    made(some(), shelf)
    before = shelf.hashes()
    shelf.dies_at = where
    with pytest.raises(KeyboardInterrupt):
        made([*some(), an_item(1205, f"A {ONLY}ally short life.", at=LATER)], shelf)
    shelf.dies_at = ""
    made(some(), shelf)
    assert shelf.hashes() == before
    assert not (tmp_path / "scratch").exists()


def test_few_pieces_are_held_at_once_and_each_is_the_one_that_was_asked_for(
    shelf: AShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "AT_ONCE", 2)
    asked: list[int] = []
    items = {piece: an_item(piece) for piece in range(1, 6)}

    def load(pieces: Sequence[int]) -> Iterable[Item]:
        asked.append(len(pieces))
        return (items[piece] for piece in pieces)

    make(map(stamp, items.values()), load, shelf, imprint(), shelf.folder.with_name("scratch"))
    assert set(asked) == {2, 1}


@pytest.mark.parametrize("given", [[], [2, 1], [1], [1, 2, 3]])
def test_pieces_that_changed_under_its_hands_end_the_run(shelf: AShelf, given: list[int]) -> None:
    items = [an_item(1), an_item(2)]
    with pytest.raises(NotBuilt, match="piece"):
        make(map(stamp, items), lambda _: map(an_item, given), shelf, imprint(), shelf.folder.with_name("scratch"))


def test_a_piece_keeps_its_shard_whatever_comes_and_goes() -> None:
    items = [an_item(piece, at=BEGUN) for piece in (1, 2, 999, 1000, 1001, 2500)]
    found = {shard.path: shard.pieces for shard in shards.of_search(map(stamp, items), imprint())}
    assert found == {"search/2026/3/": (2500,), "search/2026/2/": (1001,), "search/2026/1/": (1, 2, 999, 1000)}


def test_earlier_texts_are_in_the_archive_and_nowhere_else(shelf: AShelf) -> None:
    earlier = Text("pieces/1.r1", f"An {ONLY} text.".encode(), b"{}")
    made([an_item(1, earlier=(earlier,))], shelf)
    assert ONLY.encode() not in all_bytes(shelf.folder / "search")
    assert b"pieces/1.r1.md" in (shelf.folder / shards.EVERYTHING).read_bytes()
