"""The edition in its folder: one state, put in place whole, whatever died or changed on the way."""

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlmodel import SQLModel, col, func, select

from agent.errors import NotBuilt
from agent.outlet import Outlet
from agent.publish import edition, ledger
from agent.publish.edition import LOCK
from agent.publish.manifest import MANIFEST
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
from agent.write.ending import Work
from tests.publish.in_public import dead_links, unpacked
from tests.publish.works import WHY, a_sitting, appeal, publish, revisions_of, rule, take_back, veto

pytestmark = pytest.mark.slow


def take_down(outlet: Outlet, piece: int = 1) -> None:
    actions.withdraw(outlet, piece, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)


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


def test_a_build_writes_what_differs_and_nothing_else(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    edition.build(outlet)
    folder = folder_of(outlet)
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    for name in before:
        os.utime(folder / name, ns=(0, 0))
    publish(outlet, revision)
    built = edition.build(outlet)
    put = {name for name in names(folder) if (folder / name).stat().st_mtime_ns}
    assert {"pieces/1.html", "pieces/1.md", "index.html", "feed.atom", "ledger.jsonl", MANIFEST} <= put
    assert [name for name in put if before.get(name) == (folder / name).read_bytes()] == []
    assert built.written >= len(put)
    assert built.removed == 0


OTHERS = ("CNAME", "ads.txt", ".well-known/x", "piecesof/9.md", "pieces.md", "years/2001.html")
STRAY = (
    *(".killed.part", "pieces/.killed.part", "assets/stray.css", "tags/x.html", "archive/x/1.html", "manifest/x.json"),
    *("cards/99.png", "downloads/1999.zip", "search/1999/a.pf_index"),
)


def lay(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("left")


def test_files_of_others_stay_and_what_is_nobodys_goes(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    folder = folder_of(outlet)
    before = names(folder)
    lay(folder, *OTHERS, *STRAY, "cards/99.png", "downloads/1999.zip")
    edition.build(outlet, full=True)
    assert names(folder) == before | set(OTHERS)


def test_the_archive_has_the_newest_year_and_month_first(outlet: Outlet) -> None:
    for _ in range(4):
        publish(outlet, a_piece(outlet))
        outlet.now.forward(days=29)  # type: ignore[attr-defined]
    edition.build(outlet)
    months = re.findall(r'href="archive/([\d-]+)\.html"', (folder_of(outlet) / "archive.html").read_text())
    assert months == sorted(months, reverse=True)
    assert len({month[:4] for month in months}) == 2
    assert len(months) > 2


def test_what_an_edition_of_an_earlier_version_put_there_goes(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    folder = folder_of(outlet)
    lay(folder, "years/2026.html", "old.html", "pieces/1.html", "CNAME", "elsewhere/kept.html")
    files = dict.fromkeys(("years/2026.html", "old.html", "pieces/1.html", "missing.html", "../out.html"), "0" * 64)
    (folder.parent / "out.html").write_text("not ours")
    before = {"v": 2, "files": files, "ledger": {"lines": 0, "head": "0" * 64}, "public_key": "", "signature": ""}
    (folder / MANIFEST).write_text(json.dumps(before))
    edition.build(outlet)
    assert {"years/2026.html", "old.html"} & names(folder) == set()
    assert {"CNAME", "elsewhere/kept.html", "archive/2026-11.html"} <= names(folder)
    assert (folder.parent / "out.html").exists(), "a manifest names nothing outside of its folder"
    theirs = ("CNAME:", "elsewhere/kept.html:")
    assert [problem for problem in verify(folder).problems if not problem.startswith(theirs)] == []


class Killed(BaseException):
    """The process ends here."""


def die_building(outlet: Outlet, path: str, nth: int = 1, *, put: bool = False) -> None:
    """A build dies when it puts this file in place for the nth time, as a process does that is killed: before the file
    is there, or once it is (`put`)."""
    times, write = [path] * nth, Folder.write

    def write_or_die(self: Folder, at: str, data: bytes | Path) -> None:
        if at == path:
            times.pop()
        if times or put:
            write(self, at, data)
        if not times:
            raise Killed

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(Folder, "write", write_or_die)
        with pytest.raises(Killed):
            edition.build(outlet)


def test_a_first_edition_is_seen_whole_or_not_at_all(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    die_building(outlet, MANIFEST)
    assert names(folder_of(outlet)) == set()
    take_down(outlet)
    edition.build(outlet)
    assert [name for name in names(folder_of(outlet)) if name.startswith("pieces/")] == ["pieces/1.html"]
    assert [path.name for path in outlet.settings.folder.glob(".*.part")] == []
    assert verify(folder_of(outlet)).problems == []


# Where a build dies: at which file, and for which time.
DEATHS = [
    ("pieces/2.html", 1),
    ("pieces/2.html", 2),
    ("index.html", 1),
    ("feed.atom", 1),
    ("manifest/pieces-1.json", 1),
    (MANIFEST, 1),
    ("cards/2.png", 1),
    ("downloads/everything.zip", 1),
    (MANIFEST, 2),
]


@pytest.mark.parametrize("put", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("path", "nth"), DEATHS, ids=[f"{path} {nth}" for path, nth in DEATHS])
def test_a_text_that_a_dying_build_put_in_place_goes_when_it_is_withdrawn(
    outlet: Outlet, path: str, nth: int, put: bool
) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    publish(outlet, a_piece(outlet, "It shone.\n", title="Sun", tags=["light"]))
    folder = folder_of(outlet)
    die_building(outlet, path, nth, put=put)
    assert {"pieces/2.md", "pieces/2.json"} <= names(folder)
    take_down(outlet, 2)
    edition.build(outlet)
    assert [name for name in names(folder) if re.match(r"(pieces|cards)/2\b|tags/", name)] == ["pieces/2.html"]
    assert (verify(folder).problems, dead_links(folder)) == ([], [])
    assert [name for name in names(folder) if b"It shone." in unpacked(folder / name)] == []
    edition.build(outlet, full=True)  # Raises NotTheSame where this came to anything else.


@pytest.mark.parametrize("before", ["index.html", "downloads/2026.zip"])
def test_what_the_second_step_made_is_not_made_again_because_a_build_died(outlet: Outlet, before: str) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    card = folder_of(outlet) / "cards" / "1.png"
    os.utime(card, ns=(0, 0))
    publish(outlet, a_piece(outlet, "It shone.\n", title="Sun"))
    die_building(outlet, before)
    edition.build(outlet)
    assert card.stat().st_mtime_ns == 0
    assert verify(folder_of(outlet)).problems == []


@pytest.mark.parametrize("left", [0, 1])
def test_what_was_made_of_a_withdrawn_text_goes_even_where_nobody_remembers_it(outlet: Outlet, left: int) -> None:
    for number in range(left + 1):
        publish(outlet, a_piece(outlet, f"Number {number}.\n", author=("sonnet", "opus")[number]))
    edition.build(outlet)
    folder = folder_of(outlet)
    assert {"cards/1.png", "downloads/sonnet.epub", "downloads/everything.zip"} <= names(folder)
    for path in outlet.settings.folder.glob("edition.db*"):
        path.unlink()
    take_down(outlet, 1)
    edition.build(outlet)
    made = {name for name in names(folder) if name.startswith(("cards/", "downloads/"))}
    kept = {"cards/2.png", "downloads/2026.zip", "downloads/opus.epub", "downloads/everything.zip"}
    assert made == (kept if left else {"downloads/everything.zip"})
    assert [name for name in names(folder) if b"Number 0" in unpacked(folder / name)] == []
    assert (verify(folder).problems, dead_links(folder)) == ([], [])


def test_no_link_in_the_folder_leads_a_build_astray(outlet: Outlet, tmp_path: Path) -> None:
    publish(outlet, a_piece(outlet, tags=["wet"]))
    publish(outlet, a_piece(outlet, "It shone.\n", title="Sun", tags=["light"]))
    edition.build(outlet)
    folder, elsewhere = folder_of(outlet), tmp_path / "elsewhere"
    for name in ("pieces", "tags"):
        shutil.move(folder / name, elsewhere / name)
        (folder / name).symlink_to(elsewhere / name)
    (folder / "index.html").rename(tmp_path / "home.html")
    (folder / "index.html").symlink_to(tmp_path / "home.html")
    (folder / "assets" / "loose").symlink_to(tmp_path / "nowhere")
    home = (tmp_path / "home.html").read_bytes()
    take_down(outlet)
    edition.build(outlet)
    assert verify(folder).problems == []
    assert (folder / "pieces" / "2.md").exists()
    assert not (folder / "tags" / "wet.html").exists()
    assert {"pieces/1.md", "tags/wet.html"} <= names(elsewhere), "what lies elsewhere is not the outlet's"
    assert (tmp_path / "home.html").read_bytes() == home


def test_nothing_is_taken_away_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere" / "deep" / "a.html").write_text("theirs")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "tags").symlink_to(tmp_path / "elsewhere")
    folder = Folder(tmp_path / "public")
    folder.remove("tags/deep/a.html")
    assert (tmp_path / "elsewhere" / "deep" / "a.html").exists()
    assert names(tmp_path / "public") == set(), "nor does a reader find it there any more"


def test_nothing_of_an_erased_text_stays_in_what_editions_are_made_from(outlet: Outlet) -> None:
    words = "Zanzibarian"
    first = a_piece(
        outlet, f"{words} rain.\n", title=f"{words} days", form=words, tags=[words, "rain"], note_to_readers=words
    )
    publish(outlet, first)
    publish(outlet, a_piece(outlet, "It shone.\n", title="Sun", tags=["rain"]))
    edition.build(outlet)
    folder = outlet.settings.folder
    made = [path for name in ("public", "edition.*") for top in folder.glob(name) for path in (top, *top.rglob("*"))]
    holding = {path for path in made if path.is_file() and words.lower().encode() in unpacked(path).lower()}
    assert {"edition.db", "1.md", "everything.zip", "opus.epub", "index.html"} <= {path.name for path in holding}
    take_back(outlet, 1)
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    edition.build(outlet)
    made = [path for name in ("public", "edition.*") for top in folder.glob(name) for path in (top, *top.rglob("*"))]
    assert [path for path in made if path.is_file() and words.lower().encode() in unpacked(path).lower()] == []
    assert [path.name for path in made if words.lower() in path.name.lower()] == []


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
    newest, before = edition.build(outlet), editions(outlet)
    assert is_current(outlet)
    assert edition.build(outlet) == newest
    assert editions(outlet) == before, "nothing changed, so it is the same edition"


@pytest.mark.parametrize("lost", ["the folder", "the manifest", "its bytes"])
def test_a_folder_that_lost_its_edition_is_built_anew(outlet: Outlet, lost: str) -> None:
    publish(outlet, a_piece(outlet))
    edition.build(outlet)
    folder, before = folder_of(outlet), editions(outlet)
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
    assert editions(outlet) > before, "each time has a row of its own"


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
    edition.build(outlet, extras=False)
    before = state(outlet)
    assert state(outlet) == before
    CHANGES[change](outlet)
    assert state(outlet) != before
    edition.build(outlet, extras=False)
    edition.build(outlet, full=True, extras=False)  # Raises NotTheSame where the step did not see it.


def test_a_work_beside_a_published_one_waits_no_longer_once_its_author_says_no(outlet: Outlet) -> None:
    session = a_sitting(outlet, Work("Snow.\n", title="Snow"), Work("Hail.\n", title="Hail"))
    publish(outlet, revisions_of(outlet, session)[0])
    edition.build(outlet, extras=False)
    outlet.now.forward(days=1)  # type: ignore[attr-defined]
    added(Consent(author_id=1, publish=Publish.NO, basis=Basis.DECLARED, words="No.", at=outlet.now()))(outlet)
    edition.build(outlet, extras=False)
    edition.build(outlet, full=True, extras=False)


def test_an_appeal_and_its_ruling_each_give_the_state_another_name(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    veto(outlet, revision)
    names = [state(outlet)]
    made = appeal(outlet, revision)
    names.append(state(outlet))
    rule(outlet, made, overturned=True)
    names.append(state(outlet))
    assert len(set(names)) == 3
