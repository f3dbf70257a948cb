"""The checks at the desk: their pages, and what stands beside their flags where a text is reviewed."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import select

from agent import check
from agent.check.frame import Check, Finding, Looked, Subject
from agent.desk import create_app
from agent.desk.shown.checkfigures import quick, thousandths
from agent.desk.shown.marked import is_sensitive
from agent.outlet import Outlet
from agent.review import actions
from agent.review.feedback import judge
from agent.staff.tokens import new_token
from agent.tables import Flag, Level, Revision, Says, User, Verdict
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece
from tests.review.a_desk_of_two import rows

LINK = Finding(Level.LOOK, "link", 4, 8, "It leads elsewhere.", {"leads to": "<b>elsewhere</b>"}, "copied")
PHONE = Finding(Level.STOP, "phone", 9, 14, "Somebody can be reached by it.", {"country": "GB"}, "personal-data")


class Named:
    """A check that finds nothing by itself: what it said is put beside its name."""

    ABOUT = "Whatever a test says. It leaves alone what is left. Look twice."

    def __init__(self, name: str, version: str = "1") -> None:
        self.NAME, self.VERSION = name, version

    def check(self, _: Subject) -> list[Finding]:
        return []


def put(
    outlet: Outlet, by: Check, revision: int, *findings: Finding, fault: str = "", noisy: bool = False, took: float = 0
) -> None:
    """What a check said of a revision, as it is stored."""
    with outlet.database.write() as db:
        look = Looked(findings, fault, took)
        check.store(outlet, db, by, look, revision_id=revision, text=PLAIN, is_noisy=noisy)


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> Named:
    """The only check there is."""
    found = Named("links")
    monkeypatch.setattr(check, "CHECKS", [found])
    return found


def shaded(outlet: Outlet, name: str) -> Outlet:
    """The same outlet, in which a check runs in shadow."""
    checks = outlet.settings.checks.model_copy(update={"shadow": (name,)})
    return replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks}))


def test_every_check_and_every_policy_has_a_row_that_leads_to_its_page(ada: Browser) -> None:
    page = ada.get("/checks").text
    names = re.findall(r'<th scope="row"><a href="/checks/([^"]+)"', page)
    assert {quote(each.NAME) for each in check.CHECKS} < set(names)
    assert {"hate", "self-harm", "violence"} < set(names)
    for name in names:
        assert ada.get(f"/checks/{name}").status_code == 200, name
    assert "asks the judge no judge is set" in ada.words("/checks")
    assert 'href="/checks"' in ada.get("/calibration").text


def test_a_page_tells_what_it_looks_for_how_it_does_here_and_how_long_it_takes(
    outlet: Outlet, ada: Browser, links: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        with monkeypatch.context() as still:
            still.setattr(check, "CHECKS", [])
            revision, _ = a_waiting_piece(outlet, f"{PLAIN}{number}\n")
        put(outlet, links, revision, LINK, took=0.001 * (number + 1))
        judge(outlet, number + 1, "ben", Says.REAL if number < 5 else Says.FALSE if number < 8 else Says.WITHIN)
    put(outlet, Named("links", "0"), revision, PHONE, fault="")
    put(outlet, links, revision, fault="it took longer than 10 seconds")
    words = ada.words("/checks/links")
    assert "Whatever a test says. It leaves alone what is left. Look twice." in words
    assert "Version 1; before: 0 State in use" in words
    assert "for half of the texts at most 10 ms, for 95 of 100 at most 19 ms; it is ended after 10 seconds" in words
    assert "Not checked 1 of its latest 22 texts" in words
    assert "links, version 1 5 3 12 25% 11 to 47%" in words, "real, false, within, precision, interval"
    assert "20 flags of version 1, by the level" in words
    assert "revision 20, version 1: not checked. it took longer than 10 seconds" in words
    assert ada.get("/checks/links").text.count("<svg") == 2
    assert "25% (11 to 47) of 20" in ada.words("/checks")


def test_a_check_whose_flags_turned_out_to_be_nothing_says_that_it_lowered_itself(
    outlet: Outlet, ada: Browser, links: Named
) -> None:
    for number in range(20):
        revision, _ = a_waiting_piece(outlet, f"{PLAIN}{number}\n")
        put(outlet, links, revision, LINK)
        judge(outlet, number + 1, "ben" if number else "ada", Says.FALSE)
    put(outlet, links, revision, LINK, noisy=True)
    assert "State lowered. Most of its flags turned out to be nothing" in ada.words("/checks/links")
    assert "1 of them was lowered, as most" in ada.words("/checks/links")
    assert "lowered" in ada.words("/checks")
    told = ada.words(f"/revisions/{revision}?with=flags")
    assert "note The check says look; lowered to a note: most of its flags turned out to be nothing." in told


def test_what_is_hard_to_read_is_veiled_until_somebody_unveils_it(outlet: Outlet, ada: Browser, links: Named) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, LINK, PHONE)
    words = ada.words("/checks/links")
    assert ("veiled: phone, 1 word" in words, PLAIN[9:14] in words) == (True, False)
    assert PLAIN[4:8] in words
    assert "today" in ada.words("/checks/links?veil=off")


def test_what_runs_in_shadow_is_shown_on_its_own_page_alone(outlet: Outlet, ada: Browser, links: Named) -> None:
    dark = shaded(outlet, "links")
    revision, _ = a_waiting_piece(dark, PLAIN)
    put(dark, links, revision, LINK)
    browser = Browser(create_app(dark))
    browser.cookies = ada.cookies
    words = browser.words("/checks/links")
    assert "in shadow. It looks, and what it flags is shown on this page alone." in words
    assert "It leads elsewhere." in words.split("What it flagged last, in shadow")[1].split("What it flagged last")[0]
    assert "1 flag of version 1" in words
    for path in ("/checks", f"/revisions/{revision}?with=flags", f"/revisions/{revision}/provenance", "/calibration"):
        assert "It leads elsewhere." not in browser.words(path), path
    assert "links: " not in browser.words(f"/revisions/{revision}?with=flags")
    assert "It leads elsewhere." not in ada.words("/checks/links"), "nor once it runs for all to see"


def test_whoever_is_to_read_it_again_blind_learns_nothing_of_what_came_of_it(
    outlet: Outlet, ben: Browser, links: Named
) -> None:
    decided, record = a_waiting_piece(outlet, PLAIN)
    waiting, _ = a_waiting_piece(outlet, f"{PLAIN}It went on.\n")
    for revision in (decided, waiting):
        put(outlet, links, revision, LINK)
    before = shape(ben.get("/checks/links").text)
    said = actions.Said(answers={1: "It leads home."})
    actions.review(outlet, decided, "ada", Verdict.PUBLISH, record_sha256=record, said=said)
    blind = replace(outlet, settings=outlet.settings.model_copy(update={"blind_share": 1.0}))
    browser = Browser(create_app(blind))
    browser.cookies = ben.cookies
    page = browser.get("/checks/links").text
    assert shape(page) == before
    assert "It leads home." not in page
    for link in re.findall(r'href="(/revisions/1[^"]*)"', page):
        assert browser.get(link).headers["location"] == f"/looks/{decided}"
    told = browser.words(f"/looks/{decided}?with=flags")
    assert "leads to <b>elsewhere</b>" in told
    assert "It may come to the ground Someone else's words." in told


def shape(page: str) -> str:
    """A page without the tokens of its forms."""
    return re.sub(r"[0-9a-f]{64}", "", page)


def test_beside_a_flag_stands_what_it_rests_on_and_the_ground_it_may_come_to(
    outlet: Outlet, ada: Browser, links: Named
) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, LINK, PHONE)
    page = ada.get(f"/revisions/{revision}?with=flags").text
    assert '<dt>leads to</dt><dd dir="auto">&lt;b&gt;elsewhere&lt;/b&gt;</dd>' in page
    words = ada.words(f"/revisions/{revision}?with=flags")
    assert "It may come to the ground Someone else's words. That is not: a quotation, an allusion" in words
    assert "country GB" in words
    veiled = ada.words(f"/revisions/{revision}?with=flags&veil=on")
    assert ("country GB" in veiled, "What it rests on, veiled with the passage." in veiled) == (False, True)
    assert "leads to <b>elsewhere</b>" in veiled


def test_what_a_flag_rests_on_gives_no_veiled_passage_away(outlet: Outlet, ada: Browser, links: Named) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, replace(LINK, evidence={"written": f"… {PLAIN[:16]} …"}), PHONE)
    assert f"written … {PLAIN[:16]} …" in ada.words(f"/revisions/{revision}?with=flags")
    assert "written veiled" in ada.words(f"/revisions/{revision}?with=flags&veil=on")


def test_what_was_not_checked_stands_apart_from_what_is_clear(
    outlet: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, clear, late, dark = Named("slow"), Named("clear"), Named("late"), Named("dark")
    monkeypatch.setattr(check, "CHECKS", [])
    revision, _ = a_waiting_piece(outlet, PLAIN)
    assert "not checked: no check has run on this revision yet." in ada.words(f"/revisions/{revision}?with=flags")
    monkeypatch.setattr(check, "CHECKS", [slow, clear, late, dark])
    put(outlet, slow, revision, fault="it took longer than 10 seconds")
    put(outlet, Named("old"), revision, fault="it took longer than 10 seconds")
    put(outlet, clear, revision)
    put(shaded(outlet, "dark"), dark, revision, LINK)
    browser = Browser(create_app(shaded(outlet, "dark")))
    browser.cookies = ada.cookies
    page = browser.get(f"/revisions/{revision}?with=flags").text
    apart = re.search(r'<ul class="checks unlooked".*?</ul>', page, re.DOTALL)
    assert apart
    told = " ".join(re.sub(r"<[^>]+>", "", apart[0]).split())
    assert told.startswith("old, slow: not checked. it took longer than 10 seconds late, advice, claims, hate")
    assert told.endswith("violence: not checked yet.")
    assert "clear" not in told
    assert "clear</a>: nothing flagged" in page
    assert "dark" not in told
    assert re.search(r'href="#unlooked">\d+ checks did not look</a>', page)


def test_a_check_that_is_gone_keeps_a_page_and_one_that_never_was_has_none(outlet: Outlet, ada: Browser) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, Named("former"), revision, LINK)
    assert "There is no such check any more. This is what it said." in ada.words("/checks/former")
    assert "former" not in ada.words("/checks")
    assert ada.get("/checks/nonsense").status_code == 404
    assert ada.get("/checks/" + "x" * 101).status_code == 404


def test_what_was_erased_is_quoted_nowhere(outlet: Outlet, ada: Browser, links: Named) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, LINK)
    actions.erase(outlet, 1, "ada", second="ben", reason="A reader's right to it.")
    words = ada.words("/checks/links")
    assert (PLAIN[4:8] in words.split("What it flagged last")[1], "revision 1 (erased)" in words) == (False, True)


def test_a_program_is_told_the_same_facts(outlet: Outlet, links: Named, desk: Any) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, LINK, noisy=True)
    put(outlet, Named("slow", "7"), revision, fault="it broke")
    with outlet.database.write() as db:
        token = new_token(db, db.exec(select(User).where(User.name == "ada")).one(), "all", outlet.now())
    program = Browser(desk)
    program.headers["Authorization"] = f"Bearer {token}"
    told = program.get(f"/api/revisions/{revision}").json()
    [flag] = told["flags"]
    assert (flag["level"], flag["said"], flag["ground"]) == ("note", "look", "copied")
    assert flag["evidence"] == {"leads to": "<b>elsewhere</b>"}
    assert {(each["check"], each["version"], each["fault"]) for each in told["checks"]} == {
        ("links", "1", ""),
        ("slow", "7", "it broke"),
    }
    assert "hate" in told["not_checked_yet"]
    assert [row.said for row in rows(outlet, Flag)] == [Level.LOOK]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.00001, "under 0.1 ms"), (0.0123, "12 ms"), (0.00234, "2.3 ms"), (1.64, "1.6 s"), (75, "75.0 s")],
)
def test_a_short_time_is_said_in_a_unit_that_fits(seconds: float, words: str) -> None:
    assert quick(seconds).replace("\N{NO-BREAK SPACE}", " ") == words
    assert thousandths(1.64).replace("\N{NO-BREAK SPACE}", " ") == "1,640 ms"


def test_nobody_comes_in_who_is_not_signed_in(stranger: Browser, browser_of: Callable[[str], Browser]) -> None:
    for path in ("/checks", "/checks/markup"):
        assert stranger.get(path).status_code in {303, 401}
        assert browser_of("ben").get(path).status_code == 200


def test_a_long_list_shows_the_newest_twenty(outlet: Outlet, ada: Browser, links: Named) -> None:
    revision, _ = a_waiting_piece(outlet, PLAIN)
    put(outlet, links, revision, *([LINK] * 25))
    page = ada.get("/checks/links").text
    assert page.count('class="level"') == 20
    assert f"said-{rows(outlet, Flag)[-1].id}" in page
    put(outlet, links, revision, LINK)
    assert ada.get("/checks/links").text.count('class="level"') == 1, "it has looked again"
    assert rows(outlet, Revision)


@pytest.mark.parametrize(
    ("name", "category", "level", "ground", "hard"),
    [
        ("personal data", "phone", Level.LOOK, "", True),
        ("secrets", "secret", Level.NOTE, "", True),
        ("people", "claim", Level.LOOK, "claim", False),
        ("violence", "graphic", Level.LOOK, "danger", True),
        ("advice", "advice", Level.LOOK, "danger", True),
        ("markup", "markup", Level.STOP, "", True),
        ("copying", "copying", Level.LOOK, "copied", False),
    ],
)
def test_what_may_be_hard_to_read_is_known_by_its_check_its_ground_or_its_level(
    name: str, category: str, level: Level, ground: str, hard: bool
) -> None:
    facts = {"run_id": 1, "revision_id": 1, "start": 0, "end": 1, "quote": "I", "why": "I."}
    assert is_sensitive(Flag(check=name, category=category, level=level, ground=ground, **facts)) is hard
