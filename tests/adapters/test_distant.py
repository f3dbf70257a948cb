"""A folder by rsync as a target: here on this machine, by the same passes as on another one."""

import os
import shutil
from pathlib import Path

import pytest

from agent.adapters.bringing import LIST
from agent.adapters.distant import Distant
from agent.adapters.source import Source
from agent.errors import TargetError
from agent.outlet import Brought
from agent.places import RsyncSettings
from tests.editions import an_edition, everything, two_pieces, with_piece, without

pytestmark = pytest.mark.slow


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    return tmp_path / "srv" / "site"


def rsync(web: Path | str, **settings: str) -> Distant:
    given = RsyncSettings(kind="rsync", name="server", destination=str(web), **settings)
    home = Path(web).parent if isinstance(web, Path) else Path.cwd()
    home.mkdir(exist_ok=True)
    return Distant(given, own=home / "targets" / "server", cwd=home)


def test_a_folder_elsewhere_comes_to_hold_the_edition(public: Path, web: Path) -> None:
    name = an_edition(public, two_pieces())
    (public / "pieces/1.md").chmod(0o600)
    assert rsync(web).look() == "reached; the folder is not there yet"
    assert rsync(web).bring(public) == Brought(name, len(everything(public)), 0)
    assert everything(web) == everything(public)
    assert (web / "pieces/1.md").stat().st_mode & 0o777 == 0o644
    assert not (web / ".bringing").exists()
    assert rsync(web).bring(public) == Brought(name, 0, 0)


def test_one_more_piece_writes_its_files_and_what_changed_and_nothing_else(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    (web / "verification.txt").write_text("the operator's")
    before = {path: (web / path).stat().st_ino for path in everything(web)}
    an_edition(public, two_pieces() | with_piece(3) | {"index.html": b"INDEX"})
    assert rsync(web).bring(public) == Brought(Source("server", public).sha256, 8, 0)
    written = {path for path in everything(web) if before.get(path) != (web / path).stat().st_ino}
    assert written == {"index.html", "manifest.json", "manifest/cards-1.json", "manifest/pieces-1.json", *with_piece(3)}
    assert everything(web) == everything(public) | {"verification.txt": b"the operator's"}


def test_a_page_of_the_same_length_and_time_is_brought_all_the_same(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    an_edition(public, two_pieces() | {"index.html": b"INDEX"})
    at = (web / "index.html").stat().st_mtime_ns
    os.utime(public / "index.html", ns=(at, at))
    rsync(web).bring(public)
    assert (web / "index.html").read_bytes() == b"INDEX"


def test_what_is_withdrawn_is_taken_away(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    an_edition(public, without(two_pieces(), 2))
    assert rsync(web).bring(public).removed == 3
    assert everything(web) == everything(public)


def test_a_pass_that_fails_leaves_the_old_site_and_is_taken_up_again(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    before = everything(web)
    an_edition(public, two_pieces() | with_piece(3) | {"index.html": b"new", "archive.html": b"new"})
    (web / "archive.html").unlink()
    (web / "archive.html" / "in the way").mkdir(parents=True)
    with pytest.raises(TargetError, match=r"Target server: rsync: .*archive\.html"):
        rsync(web).bring(public)
    held = everything(web)
    assert {path: held[path] for path in ("index.html", "manifest.json")} == {
        path: before[path] for path in ("index.html", "manifest.json")
    }
    assert "is taken up again" in rsync(web).look()
    (web / ".bringing" / ".3.html.Ab12Cd").write_text("half a page, of a run that was killed")
    shutil.rmtree(web / "archive.html")
    rsync(web).bring(public)
    assert everything(web) == everything(public)


def test_what_a_broken_run_left_and_no_edition_names_is_removed(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    (web / ".bringing").mkdir()
    (web / LIST).write_text('["pieces/3.md", "index.html"]')
    (web / "pieces/3.md").write_text("a text that was withdrawn meanwhile")
    (web / "index.html").write_text("of another edition")
    rsync(web).bring(public)
    assert everything(web) == everything(public)


def test_a_list_that_cannot_be_read_is_made_up_for_by_a_listing(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    rsync(web).bring(public)
    (web / ".bringing").mkdir()
    (web / LIST).write_text("{")
    (web / "pieces/3.md").write_text("left over")
    (web / "tags/sea.html").write_text("sEa")
    rsync(web).bring(public)
    assert everything(web) == everything(public)


def test_a_file_that_changes_under_way_is_not_what_arrives(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    (public / "pieces/1.md").write_bytes(b"something else")
    with pytest.raises(TargetError, match=r"pieces/1\.md in .* is not what the manifest says"):
        rsync(web).bring(public)
    assert "pieces/1.md" not in everything(web)


def test_a_folder_with_somebodys_files_is_let_be(public: Path, web: Path) -> None:
    an_edition(public, two_pieces())
    (web / "lost+found").mkdir(parents=True)
    (web / ".well-known").mkdir()
    (web / ".well-known" / "mine").write_text("mine")
    assert rsync(web).look() == "reached; no edition is there yet"
    for name in ("index.html", "current"):
        (web / name).symlink_to("/somewhere") if name == "current" else (web / name).write_text("somebody's")
        with pytest.raises(TargetError, match=rf"Target server: it holds {name} and no edition of ours\. Empty that"):
            rsync(web).bring(public)
        with pytest.raises(TargetError, match=rf"it holds {name} and no edition of ours"):
            rsync(web).look()
        assert [path.name for path in web.iterdir() if path.name[0] != "."] == ["lost+found", name]
        (web / name).unlink()
    rsync(web).bring(public)
    assert everything(web) == everything(public) | {".well-known/mine": b"mine"}


def test_the_public_folder_itself_is_refused(public: Path) -> None:
    an_edition(public, two_pieces())
    with pytest.raises(TargetError, match="it is the public folder itself"):
        rsync(public).bring(public)


def test_a_machine_that_cannot_be_reached_says_so(public: Path) -> None:
    an_edition(public, two_pieces())
    away = rsync("nobody@127.0.0.9:/srv", ssh="sh -c 'echo nobody is there >&2; exit 255'")
    with pytest.raises(TargetError, match=r"rsync: .*nobody is there\. Look at its destination and ssh"):
        away.bring(public)


def test_a_machine_without_rsync_says_what_to_install(public: Path, web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(public))
    with pytest.raises(TargetError, match=r"the program rsync is missing\. Install rsync"):
        rsync(web).check()
