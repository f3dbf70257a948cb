"""Second looks at the desk: blind until one has said what one would have said."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.staff.people import COMMAND_LINE, add
from agent.staff.tokens import new_token
from agent.tables import CheckRun, Feedback, Resolution, SecondLook, StaffRole, User, Verdict, Veto
from tests.desk.a_desk import HOSTILE, Browser, a_waiting_piece
from tests.publish.works import appeal
from tests.review.a_desk_of_two import a_vetoed_piece, rows

WHY = "It names a private person."


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    """A desk at which every decided piece is read again."""
    return create_app(replace(outlet, settings=outlet.settings.model_copy(update={"blind_share": 1.0})))


def decided(outlet: Outlet) -> tuple[int, str]:
    """A piece that Ada published, with answers to its flags."""
    number, record = a_waiting_piece(outlet, HOSTILE, title="A line")
    actions.review(
        outlet,
        number,
        "ada",
        Verdict.PUBLISH,
        record_sha256=record,
        said=Said(answers={1: "Readers do not get the link.", 2: "Nor that."}),
    )
    return number, record


def test_it_is_blind_until_one_has_spoken(outlet: Outlet, ada: Browser, ben: Browser) -> None:
    number, record = decided(outlet)
    assert "Nothing waits for a second look of yours." in ada.words("/looks")
    assert "A line" in ben.words("/looks")
    for path in ("/looks", f"/looks/{number}", f"/looks/{number}?with=flags"):
        words = ben.words(path)
        for told in ("ada", "Readers do not get the link", "published", "Published", "pieces/", "It stands in"):
            assert told not in words, (path, told)
        assert "pieces/" not in ben.get(path).text.split("<main")[1]
    assert "What would you have said?" not in ben.words(f"/looks/{number}")
    assert "look" in ben.words(f"/looks/{number}?with=flags")
    done = ben.submit(f"/looks/{number}", verdict="publish", record_sha256=record)
    assert (done.status_code, done.headers["location"]) == (303, f"/looks/{number}")
    told = ben.words(f"/looks/{number}")
    assert "You would publish it. ada said publish: you agree." in told
    assert "Readers do not get the link." in told
    assert "you: publish first: publish" in ben.words("/looks")
    [row] = rows(outlet, SecondLook)
    assert (row.reviewer, row.verdict) == ("ben", Verdict.PUBLISH)


def test_a_refusal_keeps_what_was_typed(outlet: Outlet, ben: Browser) -> None:
    number, record = decided(outlet)
    refused = ben.submit(f"/looks/{number}", verdict="veto", record_sha256=record, ground="", reason="It says so.")
    assert refused.status_code == 409
    assert "Not stored. Name a ground" in " ".join(refused.text.replace("</strong>", "").split())
    assert "It says so.</textarea>" in refused.text
    assert ben.submit(f"/looks/{number}", verdict="well", record_sha256=record).status_code == 409
    assert rows(outlet, SecondLook) == []


def test_who_has_spoken_already_is_not_shown_it_as_a_second_look(outlet: Outlet, ada: Browser, ben: Browser) -> None:
    number, _ = decided(outlet)
    assert ada.get(f"/looks/{number}").status_code == 409
    assert "You have spoken about this text already" in ada.words(f"/looks/{number}")
    waiting, record = a_waiting_piece(outlet)
    assert ben.get(f"/looks/{waiting}").status_code == 409
    assert ben.submit(f"/looks/{waiting}", verdict="publish", record_sha256=record).status_code == 409
    assert ben.get("/looks/999").status_code == 404


def test_a_check_that_did_not_run_is_not_called_clear(outlet: Outlet, ben: Browser) -> None:
    number, record = a_waiting_piece(outlet)
    actions.review(
        outlet,
        number,
        "ada",
        Verdict.VETO,
        record_sha256=record,
        said=Said(ground="law", span=Span(0, 3), reason=WHY),
    )
    with outlet.database.write() as db:
        db.add(
            CheckRun(revision_id=number, check="names", version="1", fault="It could not be asked.", at=outlet.now())
        )
        db.add(Resolution(revision_id=number, review_id=1, verdict=Verdict.VETO, due_at=outlet.now(), at=outlet.now()))
        db.add(Veto(revision_id=number, ground="law", at=outlet.now()))
    assert "names: not checked. It could not be asked." in ben.words(f"/looks/{number}?with=flags")


def test_feedback_is_kept_and_one_comes_back_to_the_flag(outlet: Outlet, ada: Browser, stranger: Browser) -> None:
    number, _ = a_waiting_piece(outlet, HOSTILE)
    done = ada.submit("/flags/1/feedback", says="false alarm")
    assert (done.status_code, done.headers["location"]) == (303, f"/revisions/{number}?with=flags#said-1")
    assert [(row.reviewer, row.says.value) for row in rows(outlet, Feedback)] == [("ada", "false alarm")]
    assert ada.submit("/flags/1/feedback", says="nonsense").status_code == 422
    assert ada.submit("/flags/999/feedback", says="false alarm").status_code == 404
    assert stranger.post("/flags/1/feedback", data={"says": "false alarm"}).status_code in (303, 401, 403)
    assert len(rows(outlet, Feedback)) == 1


def test_no_page_tells_how_it_was_decided_before_one_has_looked(
    outlet: Outlet, desk: ASGIApp, ada: Browser, ben: Browser
) -> None:
    number, record = decided(outlet)
    with outlet.database.write() as db:
        token = new_token(db, db.exec(select(User).where(User.name == "ben")).one(), "all", outlet.now())
    program = Browser(desk)
    program.headers["Authorization"] = f"Bearer {token}"
    for path in (f"/revisions/{number}", f"/revisions/{number}?with=flags"):
        led = ben.get(path)
        assert (led.status_code, led.headers["location"]) == (303, f"/looks/{number}")
        assert ada.get(path).status_code == 200
    told = program.get(f"/api/revisions/{number}")
    assert told.status_code == 409
    assert "waits for a second look of yours" in told.json()["error"]
    assert "Decided last" in ada.words("/queue")
    assert "Decided last" not in ben.words("/queue")
    kept = ben.words("/record?piece=1")
    assert "published" not in kept.split("When")[1]
    assert "is left out here until you have given it" in kept
    ben.submit(f"/looks/{number}", verdict="publish", record_sha256=record)
    assert ben.get(f"/revisions/{number}?with=flags").status_code == 200
    assert program.get(f"/api/revisions/{number}").status_code == 200
    assert "Decided last" in ben.words("/queue")
    assert "published" in ben.words("/record?piece=1").split("When")[1]


def test_an_appeal_that_was_decided_is_not_told_to_whoever_is_to_look(
    outlet: Outlet, ada: Browser, browser_of: Callable[[str], Browser]
) -> None:
    with outlet.database.write() as db:
        for name in ("dot", "zoe"):
            add(db, outlet.settings, name, [StaffRole.REVIEWER], outlet.now(), actor=COMMAND_LINE)
    held = a_vetoed_piece(outlet)
    asked = appeal(outlet, held)
    dot = browser_of("dot")
    assert dot.get(f"/appeals/{asked.id}").status_code == 200  # She may have to rule on it.
    actions.rule(outlet, asked.id, "zoe", overturned=False, reason="They are right about it.")
    led = dot.get(f"/appeals/{asked.id}")
    assert (led.status_code, led.headers["location"]) == (303, f"/looks/{held.id}")
    assert f'href="/appeals/{asked.id}"' in ada.get("/appeals").text
    assert f'href="/appeals/{asked.id}"' not in dot.get("/appeals").text


def test_the_list_says_when_each_was_written_and_leads_to_the_next(outlet: Outlet, ben: Browser) -> None:
    number, _ = decided(outlet)
    page = ben.get("/looks").text
    assert f'<a class="button primary" href="/looks/{number}"' in page
    assert "1 November 2026, 12:00 UTC" in page
    assert "no form given" not in page
