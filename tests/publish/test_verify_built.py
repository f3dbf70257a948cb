"""A site as the outlet builds it proves what it says, whatever has happened to its pieces."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from agent import keys
from agent.outlet import FeedEntry, Outlet
from agent.publish.verify import verify
from agent.review import actions
from agent.tables import Revision, WithdrawnBy
from agent.testing import FakeFeeds, MovableClock, a_piece, a_session, an_outlet, tool_reply
from tests.publish.forging import KEY, flip, problems, replace, sign
from tests.publish.works import WHY, bring_out, publish

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two pieces, a decline and a piece that waits."""
    outlet = an_outlet(tmp_path_factory.mktemp("built"))
    object.__setattr__(outlet, "signing_key", lambda: KEY)
    publish(outlet, a_piece(outlet, "It rained.\n"))
    publish(outlet, a_piece(outlet, "It shone.\r\n", title="Sun"))
    a_session(outlet, [tool_reply("decline")])
    a_piece(outlet, "It snows.\n", title="Snow")
    folder = bring_out(outlet)
    outlet.database.close()
    return folder


def test_a_site_as_it_was_built_verifies(built: Path) -> None:
    found = verify(built, public_key=keys.public_hex(KEY))
    assert (found.problems, found.not_compared) == ([], "")
    assert (found.lines, found.pieces, found.invitations, found.heads) == (12, 2, 4, 1)
    assert found.files == len([path for path in built.rglob("*") if path.is_file()]) - 1
    assert found.public_key == keys.public_hex(KEY)


def test_one_changed_byte_of_any_file_of_it_is_named(built: Path, tmp_path: Path) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    unnamed = []
    for name in files:
        data = (site / name).read_bytes()
        flip(site, name)
        if not any(words.startswith((f"{name}:", f"{name}, line")) for words in problems(site).splitlines()):
            unnamed.append(name)
        (site / name).write_bytes(data)
    assert unnamed == []
    assert problems(site) == ""


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        (
            '<strong data-state="declined">1',
            '<strong data-state="declined">0',
            "ledger.html: counts 0 as declined, and the ledger tells of 1",
        ),
        ('id="i-3"', 'id="i-9"', "ledger/1.html: shows invitation 3 0 times, the ledger 1"),
        (">Sun</h1>", ">Son</h1>", "pieces/2.html: does not call the piece what its record calls it"),
        ("<p>It shone.</p>", "<p>It rained.</p>", "pieces/2.html: does not hold the text of"),
    ],
)
def test_what_pages_of_it_say_is_compared(built: Path, tmp_path: Path, there: str, instead: str, said: str) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    replace(site, said.partition(":")[0], there, instead)
    sign(site)
    assert said in problems(site)


# Sites that have a history


@pytest.fixture
def history(outlet: Outlet) -> Outlet:
    """An outlet with one public piece, brought out."""
    publish(outlet, a_piece(outlet))
    bring_out(outlet)
    return outlet


def take_down(outlet: Outlet, by: WithdrawnBy = WithdrawnBy.URGENT, actor: str = "ada") -> int:
    return actions.withdraw(outlet, 1, actor, by, ground="personal-data", reason=WHY)


def pieces_after(outlet: Outlet) -> int:
    found = verify(bring_out(outlet))
    assert found.problems == []
    return found.pieces


def test_a_withdrawn_piece_is_gone_and_a_notice_stays(history: Outlet) -> None:
    take_down(history)
    assert pieces_after(history) == 0
    public = history.settings.folder / "public"
    assert [path.name for path in public.glob("pieces/*")] == ["1.html"]
    assert "It rained" not in (public / "pieces/1.html").read_text()


@pytest.mark.parametrize("kind", ["md", "json"])
def test_a_withdrawn_text_that_is_still_there_is_named(history: Outlet, kind: str) -> None:
    public = history.settings.folder / "public"
    text = (public / f"pieces/1.{kind}").read_bytes()
    take_down(history)
    bring_out(history)
    (public / f"pieces/1.{kind}").write_bytes(text)
    assert f"pieces/1.{kind}: was taken down and is still there" in problems(public)


def test_a_piece_that_returned_verifies(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    assert pieces_after(history) == 0
    clock.forward(hours=72)
    assert pieces_after(history) == 1


def test_a_piece_under_two_withdrawals_stays_down_when_one_of_them_ends(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    a_session(history, [tool_reply("withdraw", piece=1), tool_reply("decline")])
    clock.forward(hours=72)
    assert pieces_after(history) == 0


def test_an_erased_piece_stays_down_when_its_urgent_withdrawal_ends(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    actions.erase(history, 1, "ada", second="ben", reason=WHY)
    assert pieces_after(history) == 0
    clock.forward(hours=72)
    assert pieces_after(history) == 0


def test_a_piece_that_was_erased_before_it_was_ever_shown_does_not_break_the_proof(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    take_down(outlet)
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    assert pieces_after(outlet) == 0


def test_strange_addresses_of_sources_do_not_break_the_chain(outlet: Outlet) -> None:
    feed = "https://news.example/feed"
    opus = outlet.settings.authors[0].model_copy(update={"feeds": [feed]})
    object.__setattr__(outlet, "settings", outlet.settings.model_copy(update={"authors": [opus]}))
    entry = FeedEntry("The News", "Rain", "https://news.example/\u2028\x85\x1c\r\n<entry>", None, "It rained.")
    object.__setattr__(outlet, "feeds", FakeFeeds({feed: [entry]}))
    session = a_session(outlet, [tool_reply("submit", title="Rain", text="It rained.\n")], prompt="reading")
    with outlet.database.read() as db:
        revision = db.exec(select(Revision).where(Revision.session_id == session)).one()
    publish(outlet, revision)
    assert pieces_after(outlet) == 1


def test_an_empty_outlet_verifies(outlet: Outlet) -> None:
    assert pieces_after(outlet) == 0
