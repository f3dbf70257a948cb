"""The record at the desk: sifted, paged, and taken along."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from agent import pausing
from agent.desk import create_app
from agent.desk.record import COLUMNS, harmless
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.staff import begin_session
from agent.staff.people import COMMAND_LINE, add
from agent.staff.tokens import new_token
from agent.tables import StaffRole, User, Verdict
from agent.testing import MovableClock
from tests.desk.a_desk import Browser, a_waiting_piece

WHY = "It names a private person."


@pytest.fixture
def olga(outlet: Outlet, browser_of: Callable[[str], Browser]) -> Browser:
    """Olga keeps the outlet running."""
    with outlet.database.write() as db:
        add(db, outlet.settings, "olga", [StaffRole.OPERATOR], outlet.now(), actor=COMMAND_LINE)
    return browser_of("olga")


def a_veto(outlet: Outlet, reviewer: str = "ada", *, piece: tuple[int, str] | None = None) -> tuple[int, str]:
    revision, record = piece or a_waiting_piece(outlet)
    said = Said(ground="personal-data", span=Span(0, 3), reason=WHY)
    actions.review(outlet, revision, reviewer, Verdict.VETO, record_sha256=record, said=said)
    return revision, record


def test_it_tells_what_was_done_and_keeps_reasons_for_their_time(outlet: Outlet, ada: Browser, ben: Browser) -> None:
    piece = a_veto(outlet)
    assert "verdict veto on personal data It names a private person. ada" in ada.words("/record")
    kept = ben.words("/record")
    assert "verdict veto Its reason is shown once it has taken effect, or once your own verdict can no longer" in kept
    assert WHY not in kept
    assert "personal data" not in kept.replace("Personal data", "")
    a_veto(outlet, "ben", piece=piece)
    assert ben.words("/record").count(WHY) == 2


def test_a_piece_and_a_person_have_a_timeline(outlet: Outlet, ada: Browser) -> None:
    a_veto(outlet)
    a_waiting_piece(outlet)
    page = ada.words("/record?piece=1")
    assert "Rain What was done with piece 1" in page
    assert "piece 2" not in page
    page = ada.words("/record?who=ada&what=verdict")
    assert "What ada did" in page
    assert "sent" not in page.split("When")[1]
    assert "Nothing on record fits this." in ada.words("/record?who=cy")
    assert "Nothing on record fits this." in ada.words("/record?from=2031-01-01")


@pytest.mark.parametrize(
    "wrong",
    [
        *("piece=one", "what=everything", "from=yesterday", "to=9999-12-31", "piece=1e3", "piece=9999999999"),
        *("piece=12345678901234567890123", "piece=-1", "piece=0", "who=" + "a" * 101),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_and_not_left_out(ada: Browser, wrong: str) -> None:
    refused = ada.get(f"/record?{wrong}")
    assert refused.status_code == 422
    assert "This filter cannot be read." in refused.text


def test_it_goes_on_page_by_page(outlet: Outlet, ada: Browser) -> None:
    assert isinstance(outlet.now, MovableClock)
    for _ in range(30):
        outlet.now.forward(minutes=1)
        pausing.set_pause(outlet, "opus", paused=True, actor="ada", reason="Something is wrong.")
        pausing.set_pause(outlet, "opus", paused=False, actor="ada", reason="It was nothing.")
    first = ada.get("/record?who=ada")
    [earlier] = [part.split('"')[0] for part in first.text.split('href="') if 'rel="next"' in part.split(">")[0]]
    second = ada.get(earlier.replace("&amp;", "&"))
    rows = [page.text.count("data-row") for page in (first, second)]
    assert rows[0] == 50
    assert rows[1] == 10
    assert 'rel="next"' not in second.text
    assert "Newest" in second.text


def test_keepers_take_it_along_and_reviewers_do_not(outlet: Outlet, ada: Browser, olga: Browser) -> None:
    a_veto(outlet)
    for kind in ("csv", "json"):
        assert ada.get(f"/record.{kind}").status_code == 403
    assert "Take it along" not in ada.words("/record")
    assert "Take it along" in olga.words("/record")
    taken = olga.get("/record.csv?piece=1")
    assert taken.headers["content-type"] == "text/csv; charset=utf-8"
    assert taken.headers["content-disposition"] == 'attachment; filename="record.csv"'
    head, *lines = csv.reader(io.StringIO(taken.content.decode(), newline=""))
    assert tuple(head) == COLUMNS
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    [verdict] = [row for row in rows if row["what"] == "verdict"]
    assert (verdict["who"], verdict["said"], verdict["piece"], verdict["withheld"]) == ("ada", "veto", "1", "True")
    assert (verdict["at"], verdict["row"]) == ("2026-11-01T12:00:00.000000Z", "review 1")
    assert WHY not in taken.text
    told = json.loads(olga.get("/record.json?piece=1").content)
    assert [{name: str(value) for name, value in row.items()} for row in told] == rows
    assert json.loads(olga.get("/record.json?who=cy").content) == []
    assert olga.get("/record.csv?who=cy").text.splitlines() == [",".join(COLUMNS)]


def test_no_cell_is_a_formula(outlet: Outlet, olga: Browser) -> None:
    pausing.set_pause(outlet, "opus", paused=True, actor="ada", reason='=HYPERLINK("http://a.example","x")\nand more')
    [line] = csv.DictReader(io.StringIO(olga.get("/record.csv?what=paused").text, newline=""))
    assert line["words"] == '\'=HYPERLINK("http://a.example","x")\nand more'
    [row] = olga.get("/record.json?what=paused").json()
    assert row["words"].startswith("=HYPERLINK")


@given(st.text())
def test_a_harmless_cell_begins_like_no_formula_and_keeps_every_word(cell: str) -> None:
    safe = harmless(cell)
    assert safe.removeprefix("'") == cell or safe == cell
    assert not safe.lstrip().startswith(("=", "+", "-", "@"))
    assert safe[:1] not in ("\t", "\r", "\n")


def test_what_no_database_can_hold_is_refused_in_words_or_is_the_newest_end(both: Outlet) -> None:
    with both.database.write() as db:
        add(db, both.settings, "zoe", [StaffRole.REVIEWER], both.now(), actor=COMMAND_LINE)
        user = db.exec(select(User).where(User.name == "zoe")).one()
        session, token = begin_session(db, user, both.now()), new_token(db, user, "all", both.now())
    zoe, program = Browser(create_app(both)), Browser(create_app(both))
    zoe.cookies.set("desk", session, domain="127.0.0.1")
    program.headers["Authorization"] = f"Bearer {token}"
    for wrong in ("/record?who=%00", "/record?piece=9999999999", "/record?what=%00", "/calibration?author=%00"):
        assert zoe.get(wrong).status_code in (400, 422), wrong
    for end in ("1-1-" + "9" * 18, "9" * 18 + "-1-1", "0-0-0"):
        assert zoe.get(f"/record?before={end}").status_code == 200, end
        assert program.get(f"/api/record?after={end}").status_code == 200, end
    assert zoe.get("/record?from=0001-01-01&to=9999-12-30").status_code == 200
    for wrong in ("by=%00", "piece=9999999999", "since=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-14:00"):
        assert program.get(f"/api/record?{wrong}").status_code in (400, 422), wrong
    assert program.get("/api/record?since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z").status_code == 200
