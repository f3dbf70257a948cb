"""The calibration page: what it says where there is much, little and nothing, and who sees whose figures."""

import re
from collections.abc import Callable

import pytest

from agent.desk.shown import charts
from agent.outlet import Outlet
from agent.review.calibration import kappa
from agent.review.feedback import judge
from agent.review.figures import Grounded
from agent.shares import Share
from agent.staff.people import COMMAND_LINE, add
from agent.tables import Says, StaffRole, Verdict
from agent.testing import MovableClock, a_piece
from tests.desk.a_desk import HOSTILE, Browser, a_waiting_piece
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, says


def test_where_there_is_nothing_it_says_so(ada: Browser) -> None:
    words = ada.words("/calibration")
    for said in (
        "There is no pair of verdicts yet.",
        "Nothing was decided in this period.",
        "Nothing waits.",
        "No verdict was given in this period.",
        "No veto was given in this period.",
        "No flag that was raised in this period has been judged yet.",
    ):
        assert said in words
    assert "<svg" not in ada.get("/calibration").text


def test_every_plot_has_the_same_figures_in_a_table(outlet: Outlet, ada: Browser) -> None:
    a_public_piece(outlet)
    a_vetoed_piece(outlet, "It snowed.\n")
    a_waiting_piece(outlet, HOSTILE)
    judge(outlet, 1, "ada", Says.REAL)
    page = ada.get("/calibration").text
    sections = re.split(r'<section class="figure"', page)[1:]
    plotted = [section for section in sections if "<svg" in section]
    assert len(plotted) >= 7
    assert all(section.count("<table") == 1 for section in plotted)
    assert " style=" not in page
    words = ada.words("/calibration")
    assert "3 verdicts count: publish 33%, veto 67%, escalate 0%." in words
    assert "Personal data 1 of 2 50% 9 to 91% 2" in words
    assert "These are few, 3 verdicts: look at the interval, not at the dot." in words


def test_a_period_and_an_author_are_chosen_and_nonsense_is_refused(outlet: Outlet, ada: Browser) -> None:
    a_public_piece(outlet)
    assert "1 verdict counts" in ada.words("/calibration?author=opus&from=2026-11-01&to=2026-11-01")
    assert "No verdict was given" in ada.words("/calibration?author=sonnet")
    assert "No verdict was given" in ada.words("/calibration?to=2026-10-31")
    for wrong in ("author=nobody", "from=yesterday", "to=9999-12-31"):
        assert ada.get(f"/calibration?{wrong}").status_code == 422


def test_nobody_sees_a_colleague_s_figures_but_administrators(
    outlet: Outlet, ada: Browser, ben: Browser, browser_of: Callable[[str], Browser]
) -> None:
    with outlet.database.write() as db:
        add(db, outlet.settings, "ann", [StaffRole.ADMINISTRATOR], outlet.now(), actor=COMMAND_LINE)
    a_vetoed_piece(outlet)

    def of_people(browser: Browser) -> list[str]:
        part = browser.get("/calibration").text.split('id="of-people"')
        return re.findall(r'<a href="/record\?who=([a-z]+)">', part[1]) if len(part) > 1 else []

    assert (of_people(ada), of_people(ben)) == (["ada"], ["ben"])
    assert of_people(browser_of("ann")) == ["ada", "ben"]


def test_where_kappa_cannot_be_had_there_is_none_and_it_is_said_why() -> None:
    for pairs, drawn, said in (
        ({}, 0, "no pair"),
        ({("publish", "publish"): 4}, 1, "fewer than 10"),
        ({("publish", "publish"): 40}, 1, "the same verdict every time"),
        ({("publish", "publish"): 40, ("veto", "veto"): 3}, 2, "gives no interval there"),
        ({("publish", "publish"): 60, ("veto", "veto"): 3, ("veto", "publish"): 2}, 2, ""),
    ):
        section = charts.agreement(kappa(pairs), pairs, 0.1)
        assert len(section.plots) == drawn, pairs
        assert said in section.note
        assert bool(section.note) is bool(said)
        assert any("Cohen" in row[0] for row in section.rows) is (drawn == 2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "under a minute"), (90, "2 min"), (3600, "1 h"), (3 * 3600 + 1200, "3 h 20 min"), (90_000, "1 d 1 h")],
)
def test_a_span_of_time_is_said_in_two_units(seconds: float, words: str) -> None:
    assert charts.span(seconds).replace("\N{NO-BREAK SPACE}", " ") == words


def test_grounds_are_told_by_their_titles_the_most_frequent_first() -> None:
    found = [Grounded("danger", 2, Share(1, 90)), Grounded("law", 9, Share(4, 90)), Grounded("old", 1, Share(0, 90))]
    section = charts.grounds(found, {"danger": "Danger", "law": "The law"})
    assert [row[0] for row in section.rows] == ["The law", "Danger", "old"]
    assert section.note == ""


def test_an_overturned_veto_and_a_verdict_taken_back_are_shares() -> None:
    section = charts.reversals(Share(2, 100), Share(1, 100), Share(0, 0))
    assert section.rows[0][1:] == ["2 of 100", "2%", "1 to 7%"]
    assert section.rows[1][:2] == ["Verdicts sent back by another", "1 of 100"]
    assert "nothing yet" in section.plots[0]


def test_a_veto_that_waits_for_a_second_where_nothing_is_decided_is_told_without_a_share(
    outlet: Outlet, ada: Browser
) -> None:
    says(outlet, a_piece(outlet), "ada", Verdict.VETO)
    assert ada.get("/calibration").status_code == 200
    assert "Personal data 0 of 0 1" in ada.words("/calibration")


def test_every_cell_says_what_it_is_where_there_is_no_head(outlet: Outlet, ada: Browser) -> None:
    a_public_piece(outlet)
    cells = re.findall(r'<td class="number"([^>]*)>', ada.get("/calibration").text.split("figures-in")[1])
    assert cells
    assert all(re.fullmatch(r' data-label="[^"]+"', cell) for cell in cells)


def test_what_waits_is_told_by_its_age(outlet: Outlet, ada: Browser) -> None:
    a_waiting_piece(outlet)
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(hours=3)
    words = ada.words("/calibration")
    assert "1 waits for people now" in words
    assert "1 to 4 hours 1 4 hours to a day 0" in words
