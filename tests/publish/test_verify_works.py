"""A folder proves revised pieces and afterwords, too, and what their author took down."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.outlet import Outlet, Reply
from agent.publish.prose import PLACE
from agent.publish.verify import verify
from agent.record import canonical, sha256
from agent.review import actions
from agent.tables import Kind, Revision
from agent.testing import a_piece, a_session, an_outlet, tool_reply
from agent.write.ending import Work
from tests.publish.forging import KEY, forge, lines_of, problems, replace, sign
from tests.publish.works import (
    WHY,
    a_revised,
    a_sitting,
    a_statement,
    an_afterword,
    bring_out,
    publish,
    revisions_of,
    take_back,
    veto,
)

pytestmark = pytest.mark.slow

SITTING = 2
"""The invitation that brought a revision of piece 1 and two afterwords to it (pieces 2 and 3)."""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a piece in two revisions and with two afterwords, all in one sitting, and a statement."""
    outlet = an_outlet(tmp_path_factory.mktemp("grown"))
    object.__setattr__(outlet, "signing_key", lambda: KEY)
    publish(outlet, a_piece(outlet, "It rained.\n"))
    session = a_sitting(
        outlet,
        Work("It rained less.\n", title="Rain", piece_id=1),
        Work("# Later\n\nIt stopped.\n", kind=Kind.POSTSCRIPT, about_id=1),
        Work("It began again.\n", kind=Kind.POSTSCRIPT, about_id=1),
    )
    for revision in revisions_of(outlet, session):
        publish(outlet, revision)
    veto(outlet, a_piece(outlet, "It snowed.\n", title="Snow"))
    publish(outlet, a_statement(outlet, 4))
    folder = bring_out(outlet)
    outlet.database.close()
    return folder


@pytest.fixture
def site(grown: Path, tmp_path: Path) -> Path:
    """A copy of that site, to be tampered with."""
    return shutil.copytree(grown, tmp_path / "site")


def test_a_site_with_revisions_and_afterwords_verifies(grown: Path) -> None:
    found = verify(grown)
    assert (found.problems, found.pieces, found.invitations) == ([], 4, 4)
    names = {path.name for path in (grown / "pieces").iterdir()}
    assert names == {f"{n}.{kind}" for n in ("1", "2", "3", "5") for kind in ("html", "md", "json")} | {
        "1.r1.md",
        "1.r1.json",
    }
    assert (grown / "pieces/1.r1.md").read_bytes() == b"It rained.\n"
    assert (grown / "pieces/1.md").read_bytes() == b"It rained less.\n"


def data_of(events: list[dict[str, Any]], event: str, **facts: Any) -> dict[str, Any]:
    """What the one line of that kind says that says this."""
    said = [line["data"] for line in events if line["event"] == event]
    [found] = [data for data in said if all(data.get(name) == value for name, value in facts.items())]
    return found


def swap_works(events: list[dict[str, Any]]) -> None:
    two, three = (data_of(events, "published", piece=piece) for piece in (2, 3))
    two["work"], three["work"] = three["work"], two["work"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap_works, "pieces/2: is not what was committed to when it was received"),
        (
            lambda e: data_of(e, "published", piece=3).update(data_of(e, "published", piece=2) | {"piece": 3}),
            "work 2 of invitation 2 was published 2 times",
        ),
        (lambda e: data_of(e, "outcome", invitation=2)["commitments"].pop(), "pieces/3: is not what was committed to"),
        (lambda e: data_of(e, "published", piece=1, revision=1).update(text_sha256="0" * 64), "pieces/1.r1.md: is not"),
        (lambda e: data_of(e, "published", piece=1, revision=1).update(salt=None), "pieces/1.r1: shows no salt"),
        (
            lambda e: data_of(e, "published", piece=1, revision=2).update(revision=0),
            "pieces/1.r1.md: stands in no line",
        ),
        (lambda e: data_of(e, "published", piece=2).update(about=5), "pieces/1.html: does not hold, under its text"),
        (lambda e: data_of(e, "published", piece=2).update(kind="essay"), "pieces/1.html: does not hold, under"),
        (lambda e: data_of(e, "published", piece=2).update(about=None), "says something that no outlet says"),
    ],
)
def test_who_holds_the_key_cannot_make_works_and_ledger_disagree(
    site: Path, change: Callable[[list[dict[str, Any]]], object], said: str
) -> None:
    forge(site, change)
    assert said in problems(site)


AFTERWORDS = "pieces/1.html: does not hold, under its text, exactly the afterwords in the ledger"


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("<p>It began again.</p>", "<p>It never began again.</p>"),
        ("<h3>Later</h3>", "<h3>Never</h3>"),
        ("{place}<p>It began again.</p>\n</div>\n", ""),
        ("<p>It began again.</p>\n</div>\n", "<p>It began again.</p>\n</div>\n{place}"),
    ],
)
def test_an_afterword_stands_under_its_piece_exactly_as_it_is_rendered(site: Path, there: str, instead: str) -> None:
    page = (site / "pieces/1.html").read_text()
    *_, last = PLACE.finditer(page)
    replace(site, "pieces/1.html", there.format(place=last[0]), instead.format(place=last[0]))
    sign(site)
    assert problems(site) == AFTERWORDS


def test_an_earlier_text_that_was_changed_or_that_is_gone_is_named(site: Path) -> None:
    earlier = site / "pieces/1.r1.md"
    earlier.write_bytes(b"It never rained.\n")
    sign(site)
    assert problems(site) == "pieces/1.r1.md: is not the text in the ledger"
    record = canonical({"text_sha256": sha256(earlier.read_bytes()), "kind": "essay"})
    (site / "pieces/1.r1.json").write_bytes(record)
    facts = {"text_sha256": sha256(earlier.read_bytes()), "record_sha256": sha256(record)}
    forge(site, lambda events: data_of(events, "published", piece=1, revision=1).update(facts))
    assert problems(site) == "pieces/1.r1: is not what was committed to when it was received"
    earlier.unlink()
    sign(site)
    assert "pieces/1.r1.md: is missing" in problems(site)


# What an author takes down


def pieces_in(outlet: Outlet) -> set[str]:
    """The files of pieces in a site that verifies."""
    folder = bring_out(outlet)
    assert verify(folder).problems == []
    return {path.name for path in (folder / "pieces").iterdir()}


def test_what_its_author_takes_down_goes_with_every_earlier_text_and_a_later_revision_stands_again(
    both: Outlet,
) -> None:
    publish(both, a_piece(both, "It rained.\n"))
    publish(both, a_revised(both, 1, "It rained less.\n"))
    assert pieces_in(both) == {"1.html", "1.md", "1.json", "1.r1.md", "1.r1.json"}
    take_back(both, 1, upto=2)
    assert pieces_in(both) == {"1.html"}
    publish(both, a_revised(both, 1, "It rained again.\n"))
    assert pieces_in(both) == {"1.html", "1.md", "1.json"}
    publish(both, a_revised(both, 1, "It rains.\n"))
    assert pieces_in(both) == {"1.html", "1.md", "1.json", "1.r3.md", "1.r3.json"}


def test_an_earlier_text_that_was_taken_down_and_is_still_there_is_named(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet, "It rained.\n"))
    publish(outlet, a_revised(outlet, 1, "It rained less.\n"))
    take_back(outlet, 1, upto=2)
    folder = bring_out(outlet)
    (folder / "pieces/1.r1.md").write_bytes(b"It rained.\n")
    assert "pieces/1.r1.md: was taken down and is still there" in problems(folder)


def test_an_afterword_keeps_its_page_when_its_piece_is_taken_down_and_leaves_it_when_it_is_itself(
    outlet: Outlet,
) -> None:
    publish(outlet, a_piece(outlet, "It rained.\n"))
    publish(outlet, an_afterword(outlet, 1))
    publish(outlet, an_afterword(outlet, 1, "And again.\n"))
    take_back(outlet, 2)
    assert pieces_in(outlet) == {"1.html", "1.md", "1.json", "2.html", "3.html", "3.md", "3.json"}
    page = (outlet.settings.folder / "public/pieces/1.html").read_text()
    assert "It rains still." not in page
    assert "And again." in page
    assert "was taken down by its author" in page
    take_back(outlet, 1)
    assert pieces_in(outlet) == {"1.html", "2.html", "3.html", "3.md", "3.json"}
    assert "And again." not in (outlet.settings.folder / "public/pieces/1.html").read_text()


def test_of_a_sitting_with_two_works_the_erasure_of_one_leaves_the_other(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    afterword = Work("It stopped.\n", kind=Kind.POSTSCRIPT, about_id=1)
    for revision in revisions_of(outlet, a_sitting(outlet, Work("A second one.\n", title="Two"), afterword)):
        publish(outlet, revision)
    bring_out(outlet)
    take_back(outlet, 2)
    actions.erase(outlet, 2, "ada", second="ben", reason=WHY)
    assert pieces_in(outlet) == {"1.html", "1.md", "1.json", "2.html", "3.html", "3.md", "3.json"}


def test_what_its_author_took_back_before_it_was_public_leaves_no_page(outlet: Outlet) -> None:
    a_piece(outlet)
    take_back(outlet, 1)
    folder = bring_out(outlet)
    assert verify(folder).problems == []
    assert not (folder / "pieces").exists()


@pytest.mark.slow
def test_what_an_author_does_with_its_own_tools_is_proved_and_counted(both: Outlet) -> None:
    settings = both.settings.model_copy(update={"reviewers": ["ada", "ben", "dora"]})
    object.__setattr__(both, "settings", settings)
    done = tool_reply("decline")

    def sit(*replies: Reply) -> list[Revision]:
        return revisions_of(both, a_session(both, [*replies, done]))

    publish(both, a_piece(both, "It rained.\n"))
    again = sit(
        tool_reply("revise", piece=1, text="It rained less.\n"),
        tool_reply("postscript", piece=1, text="It stopped.\n"),
    )
    for revision in again:
        publish(both, revision)
    vetoed = a_piece(both, "Ada Finch lives there.\n")
    veto(both, vetoed)
    [statement] = sit(
        tool_reply("appeal", piece=vetoed.piece_id, words="I made her up, zanzibarian."),
        tool_reply("make_statement", piece=vetoed.piece_id, text="There is no Ada Finch.\n", title="On her"),
    )
    publish(both, statement)
    actions.rule(both, 1, "dora", overturned=True, reason="She is invented, plainly.")
    publish(both, vetoed)
    assert pieces_in(both) == {
        *("1.html", "1.md", "1.json", "1.r1.md", "1.r1.json", "2.html", "2.md", "2.json"),
        *("3.html", "3.md", "3.json", "4.html", "4.md", "4.json"),
    }
    sit(tool_reply("withdraw", piece=1, why="I would rather not, zanzibarian."))
    sit(tool_reply("change_consent", publish="no", scope="all", words="No more, zanzibarian."))
    assert pieces_in(both) == {"1.html", "2.html", "3.html", "4.html"}
    public = both.settings.folder / "public"
    assert [path.name for path in public.rglob("*.*") if b"zanzibarian" in path.read_bytes()] == []
    words = Counter(line["event"] for line in lines_of(public))
    assert words == Counter(invited=6, outcome=6, verdict=7, published=5, withdrawn=4, appealed=1, ruled=1)
