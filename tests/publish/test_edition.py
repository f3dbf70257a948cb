"""The edition in its folder: one state, put in place whole, whatever died or changed on the way."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlmodel import SQLModel, col, func, select

from agent.errors import NotBuilt
from agent.outlet import Outlet
from agent.publish import edition, ledger
from agent.publish.edition import LOCK, MANIFEST, plan
from agent.publish.targets.folder import Folder
from agent.publish.verify import verify
from agent.review import actions
from agent.tables import (
    Assent,
    Author,
    CheckRun,
    Consent,
    Edition,
    PromptVersion,
    Publish,
    Revision,
    Veto,
    WithdrawnBy,
)
from agent.tables.author import Basis
from agent.testing import NOON, a_piece, a_session, tool_reply
from tests.publish.works import WHY, appeal, publish, rule, take_back, veto

pytestmark = pytest.mark.slow


def take_down(outlet: Outlet) -> None:
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)


def folder_of(outlet: Outlet) -> Path:
    return outlet.settings.at(outlet.settings.public)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def editions(outlet: Outlet) -> int:
    with outlet.database.read() as db:
        return db.exec(select(func.count()).select_from(Edition)).one()


def is_current(outlet: Outlet) -> bool:
    with outlet.database.read() as db:
        return edition.is_current(outlet, db)


def state(outlet: Outlet) -> str:
    with outlet.database.read() as db:
        return edition.state_of(outlet, db)


# What is changed


def test_only_what_differs_is_written_and_the_home_page_comes_last() -> None:
    wanted = dict.fromkeys(("index.html", "a.html", "pieces/1.html", "assets/a.css", MANIFEST), "new")
    changes = plan(set(), {"a.html": "new", "assets/a.css": "old"}, wanted)
    assert changes.write == ["assets/a.css", "pieces/1.html", MANIFEST, "index.html"]
    assert changes.remove == []


def test_what_is_removed_is_the_outlets_own_and_nothing_else() -> None:
    theirs = ["CNAME", "robots.txt", ".well-known/x", "piecesof/9.md", "pieces.md"]
    gone = ["pieces/9.md", "pieces/.x.part", "assets/old.css", "years/1999.html", ".ab.part", "old.html"]
    changes = plan({"old.html", "missing.html"}, dict.fromkeys([*theirs, *gone, "a.html"], "x"), {"a.html": "x"})
    assert sorted(changes.remove) == sorted(gone)
    assert changes.write == []


def test_files_of_others_stay_and_a_half_written_one_goes(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    folder = folder_of(outlet)
    before = names(folder)
    (folder / "CNAME").write_text("afterword.example")
    for left in (".killed.part", "pieces/.killed.part", "assets/stray.css"):
        (folder / left).write_text("half")
    edition.build(outlet)
    assert names(folder) == before | {"CNAME"}


@dataclass
class Dying:
    """A target that dies before it gets one file, as a process does that is killed."""

    folder: Folder
    before: str
    written: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        return self.folder.read(path)

    def hashes(self) -> dict[str, str]:
        return self.folder.hashes()

    def remove(self, path: str) -> None:
        self.folder.remove(path)

    def write(self, path: str, data: bytes) -> None:
        if path == self.before:
            raise KeyboardInterrupt
        self.folder.write(path, data)
        self.written.append(path)


@pytest.mark.parametrize("before", [MANIFEST, "index.html"])
def test_a_text_that_a_dying_build_put_in_place_goes_when_it_is_withdrawn(outlet: Outlet, before: str) -> None:
    publish(outlet, a_piece(outlet))
    folder = folder_of(outlet)
    dying = Dying(Folder(folder), before)
    with pytest.raises(KeyboardInterrupt):
        edition.build(replace(outlet, targets=[dying]))
    assert {"pieces/1.md", "pieces/1.json"} <= names(folder)
    take_down(outlet)
    edition.build(outlet)
    assert [name for name in names(folder) if name.startswith("pieces/")] == ["pieces/1.html"]
    assert verify(folder).problems == []


def test_no_link_in_the_folder_leads_a_build_astray(outlet: Outlet, tmp_path: Path) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    folder, elsewhere = folder_of(outlet), tmp_path / "elsewhere"
    shutil.copytree(folder / "pieces", elsewhere)
    shutil.rmtree(folder / "pieces")
    (folder / "pieces").symlink_to(elsewhere)
    (folder / "index.html").rename(tmp_path / "home.html")
    (folder / "index.html").symlink_to(tmp_path / "home.html")
    (folder / "assets" / "loose").symlink_to(tmp_path / "nowhere")
    take_down(outlet)
    edition.build(outlet)
    assert verify(folder).problems == []
    assert (elsewhere / "1.md").exists(), "what lies elsewhere is not the outlet's"


# Of one state


def test_what_happens_between_the_ledger_and_the_pages_is_in_both(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = a_piece(outlet), a_piece(outlet, "It shone.\n")
    publish(outlet, first)
    append, late = ledger.append, [second]

    def append_and_then(outlet: Outlet) -> int:
        added = append(outlet)
        if late:
            publish(outlet, late.pop())
        return added

    monkeypatch.setattr(ledger, "append", append_and_then)
    built = edition.build(outlet)
    found = verify(folder_of(outlet))
    assert (found.problems, found.pieces) == ([], 2)
    assert built.state == state(outlet)


def test_a_build_that_never_finds_the_rows_at_rest_says_so(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "is_whole", lambda _: False)
    with pytest.raises(NotBuilt, match="did not hold yet"):
        edition.build(outlet)
    assert names(folder_of(outlet)) == set()


def test_a_ledger_is_whole_once_it_was_appended_to(outlet: Outlet) -> None:
    def is_whole() -> bool:
        with outlet.database.read() as db:
            return ledger.is_whole(db)

    assert is_whole()
    publish(outlet, a_piece(outlet))
    assert not is_whole()
    ledger.append(outlet)
    assert is_whole()


def test_two_builds_never_run_at_once(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "LOCK_SECONDS", 0.05)
    with FileLock(outlet.settings.folder / LOCK), pytest.raises(NotBuilt, match="another build"):
        edition.build(outlet)
    edition.build(outlet)


# Whether it is current


def test_a_built_edition_is_current_until_something_happens(outlet: Outlet) -> None:
    assert not is_current(outlet)
    revision = a_piece(outlet)
    edition.build(outlet)
    assert is_current(outlet)
    publish(outlet, revision)
    assert not is_current(outlet)
    edition.build(outlet)
    assert is_current(outlet)
    edition.build(outlet)
    assert editions(outlet) == 2, "nothing changed, so it is the same edition"


@pytest.mark.parametrize("lost", ["the folder", "the manifest", "its bytes"])
def test_a_folder_that_lost_its_edition_is_built_anew(outlet: Outlet, lost: str) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    folder = folder_of(outlet)
    if lost == "the folder":
        shutil.rmtree(folder)
    elif lost == "the manifest":
        (folder / MANIFEST).unlink()
    else:
        (folder / MANIFEST).write_text("{}")
    assert not is_current(outlet)
    edition.build(outlet)
    assert is_current(outlet)
    assert verify(folder).problems == []
    assert editions(outlet) == 2, "each time has a row of its own"


def author_now(outlet: Outlet, **facts: object) -> None:
    """What `call_roll` does after afterword.toml was changed."""
    with outlet.database.write() as db:
        author = db.exec(select(Author).where(Author.slug == "opus")).one()
        for name, value in facts.items():
            setattr(author, name, value)
        db.add(author)


def added(*rows: SQLModel) -> Callable[[Outlet], None]:
    def add(outlet: Outlet) -> None:
        with outlet.database.write() as db:
            db.add_all([type(row)(**row.model_dump()) for row in rows])

    return add


CHANGES: dict[str, Callable[[Outlet], Any]] = {
    "byline": lambda outlet: author_now(outlet, byline="Opus the Third"),
    "stand-in": lambda outlet: author_now(outlet, stand_in="a stand-in"),
    "model id": lambda outlet: author_now(outlet, model_id="other"),
    "retired on": lambda outlet: author_now(outlet, retired_on=NOON.date()),
    "consent": added(Consent(author_id=1, publish=Publish.NO, basis=Basis.DECLARED, words="No.", at=NOON)),
    "check": added(CheckRun(revision_id=1, check="new", version="1", at=NOON)),
    "assent": added(Assent(revision_id=1, turn_id=2, publish=False, at=NOON)),
    "taken back": lambda outlet: take_back(outlet, 1),
    "veto": added(Veto(revision_id=1, ground="law", at=NOON)),
    "prompt version": added(PromptVersion(sha256="0", name="reminder", body="Well?", first_used_at=NOON)),
    "outcome": lambda outlet: a_session(outlet, [tool_reply("decline")]),
    "verdict": lambda outlet: publish(outlet, revisions(outlet)[0]),
}


def revisions(outlet: Outlet) -> Sequence[Revision]:
    with outlet.database.read() as db:
        return db.exec(select(Revision).order_by(col(Revision.id))).all()


@pytest.mark.parametrize("change", list(CHANGES))
def test_whatever_the_site_shows_gives_its_state_another_name(outlet: Outlet, change: str) -> None:
    a_piece(outlet)
    before = state(outlet)
    assert state(outlet) == before
    CHANGES[change](outlet)
    assert state(outlet) != before


def test_an_appeal_and_its_ruling_each_give_the_state_another_name(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    veto(outlet, revision)
    names = [state(outlet)]
    made = appeal(outlet, revision)
    names.append(state(outlet))
    rule(outlet, made, overturned=True)
    names.append(state(outlet))
    assert len(set(names)) == 3
