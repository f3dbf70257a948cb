"""What may be wrong around an edition: another history, another key, a folder that cannot be replaced, a second step
that fails, a store that is locked."""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import keys, pipeline
from agent.errors import NotBuilt, OtherKey
from agent.outlet import Outlet
from agent.publish import edition
from agent.publish.extras import making
from agent.publish.store import Store
from agent.publish.verify import verify
from tests.publish.works import a_work, publish, take_back


def public(outlet: Outlet) -> Path:
    return outlet.settings.folder / "public"


def a_piece(outlet: Outlet, text: str = "It rained.\n", **given: Any) -> int:
    revision = a_work(outlet, text, **given)
    publish(outlet, revision)
    return revision.piece_id


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_withdrawal_is_out_although_the_second_step_fails(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, gone = a_piece(outlet, title="Kept"), a_piece(outlet, "Zanzibar was mentioned.\n", title="Gone")
    pipeline.build(outlet)
    assert (public(outlet) / "downloads" / "everything.zip").exists()
    take_back(outlet, gone)

    def fails(*_: object) -> None:
        raise NotBuilt(reason="pagefind is missing")

    with monkeypatch.context() as broken:
        broken.setattr(making._Maker, "all", fails)
        with pytest.raises(NotBuilt):
            pipeline.build(outlet)
    with outlet.database.read() as db:
        assert edition.is_current(outlet, db), "so that it can be delivered"
    assert edition.is_unfinished(outlet), "so that it is tried again"
    assert b"Zanzibar" not in everything_below(public(outlet))
    assert not (public(outlet) / "downloads" / "everything.zip").exists(), "its words stood in there"
    assert (public(outlet) / "pieces" / f"{kept}.md").exists()
    assert verify(public(outlet)).problems == []
    pipeline.build(outlet)
    assert not edition.is_unfinished(outlet)
    assert (public(outlet) / "downloads" / "everything.zip").exists()
    edition.build(outlet, full=True)


def test_rows_from_a_backup_make_the_folder_theirs(outlet: Outlet) -> None:
    a_piece(outlet, title="One")
    pipeline.build(outlet)
    rows = Path(outlet.database.url.removeprefix("sqlite:///"))
    outlet.database.close()
    shutil.copy(rows, rows.with_suffix(".backup"))
    a_piece(outlet, "The lost future.\n", title="Two")
    a_piece(outlet, "More of it.\n", title="Three")
    pipeline.build(outlet)
    outlet.database.close()
    for end in ("", "-wal", "-shm"):
        rows.with_name(rows.name + end).unlink(missing_ok=True)
    shutil.copy(rows.with_suffix(".backup"), rows)
    a_piece(outlet, "Another second piece.\n", title="Two")
    pipeline.build(outlet)
    assert b"lost future" not in everything_below(public(outlet) / "pieces")
    assert verify(public(outlet)).problems == []
    edition.build(outlet, full=True)


def test_another_key_than_the_one_that_signed_before_is_refused(outlet: Outlet, tmp_path: Path) -> None:
    a_piece(outlet)
    pipeline.build(outlet)
    keys.make(tmp_path / "other.key")
    other = replace(outlet, signing_key=lambda: keys.load(tmp_path / "other.key"))
    a_piece(outlet, title="Two")
    with pytest.raises(OtherKey, match="Put the old key back"):
        pipeline.build(other)
    pipeline.build(outlet)
    assert verify(public(outlet)).problems == []


def test_a_public_folder_that_nothing_can_take_the_place_of_is_built_in(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    public(outlet).mkdir()
    real = Path.rmdir

    def rmdir(path: Path) -> None:
        if path == public(outlet):
            raise OSError(16, "Device or resource busy")
        real(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)
    a_piece(outlet)
    inode = public(outlet).stat().st_ino
    pipeline.build(outlet)
    assert public(outlet).stat().st_ino == inode
    assert verify(public(outlet)).problems == []


def test_a_store_that_another_process_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.publish.store.LOCK_SECONDS", 0.05)
    first = Store(tmp_path / "edition.db")
    first.keep("state", "abc")
    first.commit()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(tmp_path / "edition.db")
    first.close()
    second = Store(tmp_path / "edition.db")
    assert second.get("state") == "abc"
    second.close()


def test_a_store_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "edition.db").write_bytes(b"not a database at all" * 100)
    store = Store(tmp_path / "edition.db")
    assert store.get("state") == ""
    store.close()


def test_a_tag_of_nothing_but_marks_makes_no_page(outlet: Outlet) -> None:
    a_piece(outlet, tags=["", " !", "rain", "雨"])
    pipeline.build(outlet)
    pages = sorted(path.name for path in (public(outlet) / "tags").glob("*.html"))
    assert len(pages) == 2
    assert "rain.html" in pages


def test_what_build_found_in_the_folder_is_said(outlet: Outlet) -> None:
    a_piece(outlet)
    pipeline.build(outlet)
    (public(outlet) / "index.html").write_text("changed")
    (public(outlet) / "pieces" / "1.md").unlink()
    (public(outlet) / "junk.txt").write_text("mine")
    assert edition.amiss(outlet) == {
        "index.html": "was changed, and is put right",
        "junk.txt": "belongs to no edition; nobody but you can say whether it may stay",
        "pieces/1.md": "was missing, and is put back",
    }
    edition.build(outlet, full=True)
    assert list(edition.amiss(outlet)) == ["junk.txt"]
