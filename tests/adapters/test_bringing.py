"""Bringing an edition elsewhere: only differences, in an order in which no link is dead, from wherever it broke off."""

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import md5
from itertools import product
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.adapters.bringing import LIST, bring, what_stands_there
from agent.adapters.difference import rank
from agent.adapters.source import Source
from agent.errors import TargetError
from agent.outlet import Brought
from tests.editions import Files, an_edition, everything, two_pieces, with_piece, without


class Lost(Exception):
    """The place is away."""


class APlace:
    """A place in memory. It keeps every act in order, and is away after so many."""

    def __init__(self, files: Files | None = None, *, tells_md5: bool = True) -> None:
        self.files = dict(files or {})
        self.acts: list[tuple[str, str]] = []
        self.left: int | None = None
        self.tells_md5 = tells_md5

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def put(self, source: Source, paths: Sequence[str]) -> None:
        for path in paths:
            self._act("put", path)
            self.files[path] = source.read(path)

    def note(self, path: str, data: bytes) -> None:
        self._act("note", path)
        self.files[path] = data

    def remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._act("remove", path)
            self.files.pop(path, None)

    def listed(self) -> dict[str, str]:
        return {
            path: md5(data, usedforsecurity=False).hexdigest() if self.tells_md5 else ""
            for path, data in self.files.items()
        }

    def _act(self, what: str, path: str) -> None:
        if self.left is not None:
            if self.left == 0:
                raise Lost
            self.left -= 1
        self.acts.append((what, path))

    def taken(self, what: str) -> list[str]:
        """The paths of one kind of act since the last call."""
        return [path for act, path in self.acts if act == what]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


def to(place: APlace, folder: Path) -> Brought:
    place.acts.clear()
    return bring("cdn", Source("cdn", folder), place)


def test_an_empty_place_comes_to_hold_everything_and_the_manifest_last(folder: Path) -> None:
    place = APlace()
    name = an_edition(folder, two_pieces())
    brought = to(place, folder)
    assert place.files == everything(folder)
    assert brought == Brought(name, len(place.files), 0)
    assert place.taken("put")[-1] == "manifest.json"


def test_what_is_the_same_is_not_touched(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    assert to(place, folder) == Brought(Source("cdn", folder).sha256, 0, 0)
    assert place.acts == []


def test_one_more_piece_puts_its_own_files_and_what_changed(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    an_edition(folder, two_pieces() | with_piece(3) | {"index.html": b"new", "feed.atom": b"new"})
    assert to(place, folder).removed == 0
    assert place.taken("put") == [
        *("cards/3.png", "pieces/3.json", "pieces/3.md", "pieces/3.html"),
        *("index.html", "feed.atom"),
        *("manifest/cards-1.json", "manifest/pieces-1.json", "manifest.json"),
    ]
    assert place.files == everything(folder)


def test_a_new_list_comes_before_the_old_page_that_links_to_it(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    an_edition(folder, two_pieces() | {"tags/night.html": b"night", "pieces/1.html": b"see night", "a.html": b"new"})
    to(place, folder)
    assert place.taken("put")[:3] == ["tags/night.html", "a.html", "pieces/1.html"]


def test_what_is_gone_goes_after_the_last_link_to_it(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    place.files["google-123.html"] = b"the operator's"
    an_edition(folder, without(two_pieces(), 2) | {"index.html": b"without it"})
    assert to(place, folder).removed == 3
    acts = [path for _, path in place.acts]
    gone = ["cards/2.png", "pieces/2.json", "pieces/2.md"]
    assert place.taken("remove") == [*gone, LIST]
    assert acts.index("index.html") < acts.index(gone[0]) < acts.index("manifest.json")
    assert place.files == everything(folder) | {"google-123.html": b"the operator's"}


def test_a_part_that_is_not_needed_any_more_goes_after_the_manifest(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces() | {"series/1.html": b"x"})
    to(place, folder)
    an_edition(folder, two_pieces())
    to(place, folder)
    acts = [path for _, path in place.acts]
    assert acts.index("manifest.json") < acts.index("manifest/series-1.json")
    assert place.files == everything(folder)


@pytest.mark.parametrize("tells_md5", [True, False])
def test_wherever_it_breaks_off_the_next_one_comes_to_the_same(tmp_path: Path, tells_md5: bool) -> None:
    before, after, back = tmp_path / "before", tmp_path / "after", tmp_path / "back"
    an_edition(before, two_pieces() | {"series/1.html": b"x"})
    changed = without(two_pieces(), 2) | with_piece(3) | {"index.html": b"new", "tags/sea.html": b"new"}
    an_edition(after, changed)
    an_edition(back, two_pieces() | {"index.html": b"newer"})
    place = APlace(tells_md5=tells_md5)
    to(place, before)
    to(place, after)
    for left, then in product(range(len(place.acts)), (before, after, back)):
        place = APlace(tells_md5=tells_md5)
        to(place, before)
        place.left = left
        with pytest.raises(Lost):
            to(place, after)
        place.left = 2  # And once more, soon after its beginning.
        with suppress(Lost):
            to(place, after if left % 2 else back)
        place.left = None
        to(place, then)
        assert place.files == everything(then), f"after {left} acts, then {then.name}"


def test_until_the_manifest_is_there_nothing_that_the_old_one_names_is_missing(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    an_edition(before, two_pieces())
    an_edition(after, two_pieces() | with_piece(3) | {"index.html": b"new"})
    for left in range(6):
        place = APlace()
        to(place, before)
        place.left = left
        with pytest.raises(Lost):
            to(place, after)
        assert place.files.keys() >= everything(before).keys()
        assert place.files["manifest.json"] == (before / "manifest.json").read_bytes()


def test_what_was_put_before_it_broke_off_is_not_put_again(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    place.left = 10
    with pytest.raises(Lost):
        to(place, folder)
    place.left = None
    done = {path for path in place.files if path != LIST}
    assert len(done) == 9
    to(place, folder)
    assert set(place.taken("put")).isdisjoint(done)
    assert place.files == everything(folder)


def test_a_list_that_cannot_be_read_makes_everything_doubtful(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    place.files |= {LIST: b"\xff{", "pieces/1.md": b"half", "pieces/9.md": b"left over", "mine.txt": b"mine"}
    to(place, folder)
    assert place.files == everything(folder) | {"mine.txt": b"mine"}
    assert place.taken("remove")[0] == "pieces/9.md"


def test_a_part_there_that_cannot_be_read_is_made_up_for_by_a_listing(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    place.files["manifest/pieces-1.json"] = b"{"
    an_edition(folder, without(two_pieces(), 2))
    to(place, folder)
    assert place.files == everything(folder)


def test_a_file_that_moved_to_a_part_which_is_there_already_stays(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    said = json.loads(place.files["manifest.json"])
    place.files["manifest.json"] = json.dumps(said | {"files": said["files"] | {"pieces/1.md": "0" * 64}}).encode()
    to(place, folder)
    assert place.files == everything(folder)


@pytest.mark.parametrize("stands", [b"{}", b"not json", b'{"name": "An app", "icons": []}'])
def test_a_place_that_holds_something_else_is_let_be(folder: Path, stands: bytes) -> None:
    place = APlace({"manifest.json": stands})
    an_edition(folder, two_pieces())
    with pytest.raises(TargetError, match=r"Target cdn: a manifest\.json that is none of ours stands there\. Empty"):
        to(place, folder)
    with pytest.raises(TargetError, match="none of ours"):
        what_stands_there("cdn", place)
    assert place.files == {"manifest.json": stands}


@pytest.mark.parametrize("path", ["index.html", "CNAME", "robots.txt", "notes/.hidden"])
def test_a_place_with_files_and_no_edition_is_somebody_elses(folder: Path, path: str) -> None:
    place = APlace({path: b"somebody's", ".htaccess": b"theirs"})
    an_edition(folder, two_pieces())
    said = rf"Target cdn: it holds {path} and no edition of ours\. Empty that place, or name another"
    with pytest.raises(TargetError, match=said):
        to(place, folder)
    with pytest.raises(TargetError, match=said):
        what_stands_there("cdn", place)
    assert place.acts == []


def test_hidden_files_and_what_a_broken_first_try_left_are_in_nobodys_way(folder: Path) -> None:
    place = APlace({".htaccess": b"the operator's", ".well-known/me": b"too"})
    an_edition(folder, two_pieces())
    assert what_stands_there("cdn", place) == "reached; no edition is there yet"
    place.left = 5
    with pytest.raises(Lost):
        to(place, folder)
    place.left = None
    assert what_stands_there("cdn", place).endswith("the last try broke off, and is taken up again")
    to(place, folder)
    assert place.files == everything(folder) | {".htaccess": b"the operator's", ".well-known/me": b"too"}


def test_the_site_of_another_publication_is_let_be(folder: Path) -> None:
    place = APlace()
    an_edition(folder, two_pieces(), Ed25519PrivateKey.generate())
    to(place, folder)
    held = dict(place.files)
    an_edition(folder, two_pieces())
    with pytest.raises(TargetError, match="another key signed"):
        to(place, folder)
    assert place.files == held


@pytest.mark.parametrize("path", ["pieces/3.md", "index.html", "manifest/pieces-1.json"])
def test_a_file_that_is_not_what_the_manifest_says_is_refused(folder: Path, path: str) -> None:
    place = APlace()
    an_edition(folder, two_pieces())
    to(place, folder)
    an_edition(folder, two_pieces() | with_piece(3) | {"index.html": b"new"})
    (folder / path).write_bytes((folder / path).read_bytes() + b" ")
    with pytest.raises(TargetError, match=rf"{path} in .* is not what the manifest says.*afterword build"):
        to(place, folder)
    assert all(place.files.get(path) != data for data in [(folder / path).read_bytes()])
    assert "manifest.json" not in place.taken("put")


def test_a_file_that_is_missing_or_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    an_edition(folder, two_pieces())
    data = (folder / "pieces/1.md").read_bytes()
    (folder / "pieces/1.md").unlink()
    with pytest.raises(TargetError, match=r"pieces/1\.md in .* is missing"):
        to(APlace(), folder)
    (tmp_path / "elsewhere").write_bytes(data)
    (folder / "pieces/1.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TargetError, match=r"pieces/1\.md cannot be read"):
        to(APlace(), folder)


def test_a_newer_edition_in_the_folder_is_told_from_a_wrong_file(folder: Path) -> None:
    an_edition(folder, two_pieces())
    source = Source("cdn", folder)
    an_edition(folder, two_pieces() | {"index.html": b"newer"})
    with pytest.raises(TargetError, match="came to hold a newer edition meanwhile"):
        bring("cdn", source, APlace())


def test_a_folder_without_an_edition_says_so(folder: Path) -> None:
    with pytest.raises(TargetError, match=r"there is no edition in .* yet"):
        Source("cdn", folder)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../b", "a\\b", "a\nb", ".", "a/..", "./a"])
def test_a_path_from_elsewhere_that_leads_out_is_no_path(path: str, folder: Path) -> None:
    an_edition(folder, two_pieces())
    place = APlace({LIST: f'["{path.encode("unicode_escape").decode()}"]'.encode()})
    to(place, folder)
    assert path not in place.taken("remove")
    assert place.files == everything(folder)


def test_files_that_link_to_nothing_come_first_and_feeds_last() -> None:
    order = ["assets/a.css", "pieces/1.md", "pieces/1.html", "tags.html", "index.html", "feed.atom"]
    assert [rank(path) for path in order] == [0, 1, 2, 3, 4, 5]
    assert [rank(path) for path in ("cards/1.png", "heads/2026.jsonl", "search/2026/a.js")] == [1, 1, 1]
    assert [rank(path) for path in ("gone.txt", "tags/sea.atom", "ledger.jsonl", "sitemaps/1.xml")] == [5, 5, 5, 5]
