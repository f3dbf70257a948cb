"""Appeals at the desk: somebody who did not veto sees what the veto rests on, and rules."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.desk.shown.hearing import hearing
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.erasure import empty
from agent.roster import call_roll
from agent.tables import Revision, Ruling, Verdict
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.desk.a_desk import PLAIN, Browser, words_of
from tests.review.a_desk_of_two import a_vetoed_piece, at_once, rows

pytestmark = pytest.mark.slow

SAYS = "Nobody lives there.\nThe <river> is made up."
REASON = "The person is invented."


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """The usual cast, two more reviewers, and Eve, who reviews nothing."""
    update = {"reviewers": ["ada", "ben", "dan", "fay"], "operators": ["eve"]}
    staffed = replace(outlet, settings=outlet.settings.model_copy(update=update))
    call_roll(staffed)
    return staffed


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    return create_app(outlet)


@pytest.fixture
def dan(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("dan")


@pytest.fixture
def fay(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("fay")


def appeals_against(outlet: Outlet, revision: Revision) -> None:
    a_session(outlet, [tool_reply("appeal", piece=revision.piece_id, words=SAYS), tool_reply("decline")])


@pytest.fixture
def vetoed(outlet: Outlet) -> Revision:
    """A piece that Ada and Ben hold back for two passages, and whose author appealed."""
    revision = a_piece(outlet, PLAIN, title="High water")
    for reviewer, ground, quote, why in (
        ("ada", "personal-data", "a forecast is a letter", "It names a letter's sender."),
        ("ben", "personal-data", "Thank you", "It thanks a private person."),
    ):
        start = PLAIN.index(quote)
        said = Said(ground=ground, span=Span(start, start + len(quote)), reason=why)
        actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=revision.record_sha256, said=said)
    appeals_against(outlet, revision)
    return revision


def test_no_appeal_is_said_plainly(ada: Browser) -> None:
    assert "No appeal waits." in ada.words("/appeals")
    assert ada.get("/appeals/1").status_code == 404


def test_who_rules_sees_the_words_the_ground_the_passages_and_the_reasons(dan: Browser, vetoed: Revision) -> None:
    assert "High water Claude Opus Personal data ada, ben under a minute" in dan.words("/appeals")
    page = dan.get("/appeals/1")
    assert "Nobody lives there.\nThe &lt;river&gt; is made up.</blockquote>" in page.text
    assert '<mark class="look">a forecast is a letter</mark>' in page.text
    assert '<mark class="look">Thank you</mark>' in page.text
    words = words_of(page)
    assert "What the veto rests on: Personal data It tells where a private person lives" in words
    assert "It names a letter&#39;s sender." in page.text
    assert "It thanks a private person." in words
    assert f'<a href="/revisions/{vetoed.id}">' in page.text
    assert "Your ruling" in words


def test_an_overturned_veto_puts_the_text_back(dan: Browser, outlet: Outlet, vetoed: Revision) -> None:
    done = dan.submit("/appeals/1/rulings", ruling="overturn", reason=REASON)
    assert (done.status_code, done.headers["location"]) == (303, "/appeals/1?stored=yes")
    words = dan.words("/appeals/1?stored=yes")
    assert "The piece is back in the queue, and no veto of this text is taken any more." in words
    assert REASON in words
    assert "Your ruling Does" not in words
    assert "No appeal waits." in dan.words("/appeals")
    assert "dan overturned the veto on 1 November 2026" in dan.words("/appeals")
    assert [(row.reviewer, row.overturned) for row in rows(outlet, Ruling)] == [("dan", True)]


def test_once_it_is_overturned_reasons_wait_for_ones_own_verdict_again(
    desk: ASGIApp, browser_of: Callable[[str], Browser], outlet: Outlet, vetoed: Revision, clock: MovableClock
) -> None:
    dan, fay, ada = (browser_of(name) for name in ("dan", "fay", "ada"))
    assert "It thanks a private person." in fay.words("/appeals/1"), "while it stands, whoever may rule must know"
    dan.submit("/appeals/1/rulings", ruling="overturn", reason=REASON)
    desk.state.outlet = replace(  # type: ignore[attr-defined]
        outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10})
    )
    page = fay.get("/appeals/1")
    assert "It names a letter&#39;s sender." not in page.text
    assert "It thanks a private person." not in page.text
    assert "Thank you</mark>" not in page.text
    assert "shown once your own verdict can no longer be taken back." in words_of(page)
    assert "It names a letter&#39;s sender." in ada.get("/appeals/1").text, "her own words are hers"
    said = {"verdict": "publish", "record_sha256": vetoed.record_sha256}
    assert fay.submit(f"/revisions/{vetoed.id}/reviews", **said).status_code == 303
    early = fay.words("/appeals/1")
    assert "can no longer be taken back, at 1 November 2026, 12:10 UTC." in early
    assert "It thanks a private person." not in early
    clock.forward(minutes=11)
    assert actions.carry_out(outlet) == 1
    assert "It thanks a private person." in fay.words("/appeals/1")


def test_who_took_a_veto_back_is_told_that_they_cannot_rule(fay: Browser, desk: ASGIApp, outlet: Outlet) -> None:
    patient = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))
    revision = a_piece(outlet, PLAIN, title="High water")
    said = Said(ground="personal-data", span=Span(0, 2), reason=REASON)
    hash_ = revision.record_sha256
    actions.review(patient, revision.id, "fay", Verdict.VETO, record_sha256=hash_, said=said)
    actions.undo(patient, revision.id, "fay")
    for reviewer in ("ada", "ben"):
        actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=hash_, said=said)
    appeals_against(outlet, revision)
    assert "You gave a veto to this text." in fay.words("/appeals/1")


def test_the_text_is_on_the_page_in_its_frame_unless_it_was_erased(
    dan: Browser, outlet: Outlet, vetoed: Revision
) -> None:
    page = dan.get("/appeals/1").text
    frame = f'sandbox="allow-same-origin" src="/revisions/{vetoed.id}/text"'
    assert frame in page
    assert dan.get(f"/revisions/{vetoed.id}/text").status_code == 200
    assert "The piece goes back to the queue, and no veto of this text is taken any more" in words_of(
        dan.get("/appeals/1")
    )
    with outlet.database.write() as db:
        empty(outlet, db, [vetoed.text_blob_id, vetoed.record_blob_id], by="ada, ben", reason="A request.")
    assert frame not in dan.get("/appeals/1").text


def test_the_queue_says_who_vetoed_on_what_ground_and_when_the_author_appealed(dan: Browser, vetoed: Revision) -> None:
    words = dan.words("/queue")
    assert "High water Claude Opus. ada, ben gave a veto: Personal data. Its author appealed on 1 November" in words


def test_who_vetoed_cannot_rule_and_sees_why(ada: Browser, outlet: Outlet, vetoed: Revision) -> None:
    assert "You gave a veto to this text. Somebody who did not decides about the appeal." in ada.words("/appeals/1")
    answer = ada.submit("/appeals/1/rulings", ruling="uphold", reason=REASON)
    assert answer.status_code == 409
    assert "You gave a veto to this text." in words_of(answer)
    assert rows(outlet, Ruling) == []


def test_who_reviews_nothing_cannot_rule(
    browser_of: Callable[[str], Browser], outlet: Outlet, vetoed: Revision
) -> None:
    eve = browser_of("eve")
    assert "A reviewer who did not veto decides." in eve.words("/appeals/1")
    assert eve.submit("/appeals/1/rulings", ruling="uphold", reason=REASON).status_code == 403
    assert rows(outlet, Ruling) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"ruling": "uphold", "reason": "No."}, "Give the reason for this ruling in words"),
        ({"reason": REASON}, "Choose: uphold the veto, or overturn it."),
    ],
)
def test_a_ruling_that_lacks_something_is_refused_and_kept(
    dan: Browser, outlet: Outlet, vetoed: Revision, given: dict[str, str], why: str
) -> None:
    answer = dan.submit("/appeals/1/rulings", **given)
    assert answer.status_code == 409
    assert why in words_of(answer)
    assert f"{given['reason']}</textarea>" in answer.text
    assert rows(outlet, Ruling) == []


def test_an_appeal_about_what_its_author_took_back_is_closed(dan: Browser, outlet: Outlet, vetoed: Revision) -> None:
    a_session(outlet, [tool_reply("withdraw", piece=vetoed.piece_id), tool_reply("decline")])
    assert "Its author withdrew it since. Nothing is left to decide." in dan.words("/appeals/1")
    assert dan.submit("/appeals/1/rulings", ruling="uphold", reason=REASON).status_code == 409


def test_where_every_reviewer_vetoed_the_page_says_that_nobody_can_rule(outlet: Outlet, vetoed: Revision) -> None:
    two = replace(outlet, settings=outlet.settings.model_copy(update={"reviewers": ["ada", "ben"]}))
    with two.database.read() as db:
        found = hearing(two, db, 1, "ada")
    assert found is not None
    assert found.waits
    assert found.may_rule == frozenset()


def test_of_two_who_rule_at_once_one_wins_and_the_other_is_told(dan: Browser, fay: Browser, outlet: Outlet) -> None:
    appeals_against(outlet, a_vetoed_piece(outlet, PLAIN))
    forms = {"dan": dan.form_token(), "fay": fay.form_token()}

    def rules(browser: Browser) -> tuple[int, str]:
        name, word = ("dan", "uphold") if browser is dan else ("fay", "overturn")
        given = {"form_token": forms[name], "ruling": word, "reason": REASON}
        done = browser.post("/appeals/1/rulings", data=given)
        return done.status_code, words_of(done)

    said = at_once(outlet, rules, [dan, fay])
    assert sorted(status for status, _ in said) == [303, 409]
    [ruling] = rows(outlet, Ruling)
    told = next(words for status, words in said if status == 409)
    word = "overturned" if ruling.overturned else "upheld"
    assert f"{ruling.reviewer} has ruled on appeal 1 already: the veto was {word}." in told
