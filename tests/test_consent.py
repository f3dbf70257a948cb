"""Consent: what an author said about being published decides, the latest answer holds, and nothing else does."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from agent import schedule, write
from agent.consent import HandedIn, Lack, awaiting, is_covered, lack, lack_of
from agent.invite import invite
from agent.outlet import Outlet
from agent.pipeline import take_turn
from agent.review import actions
from agent.review.actions import Said, Span
from agent.tables import Assent, Basis, Consent, Publish, Revision, Scope, Turn, Verdict
from agent.testing import (
    NOON,
    MovableClock,
    ScriptedLlm,
    a_piece,
    a_session,
    blocks_reply,
    text_reply,
    tool_reply,
    with_llm,
)
from tests.review.a_desk_of_two import WHY, author_says


def consent(publish: str, scope: str = "all", at: float = 0) -> Consent:
    moment = NOON + timedelta(minutes=at)
    return Consent(author_id=1, publish=Publish(publish), basis=Basis.ASKED, scope=Scope(scope), at=moment)


def assent(said: bool, at: float) -> Assent:
    return Assent(revision_id=1, turn_id=1, publish=said, at=NOON + timedelta(minutes=at))


YES, NO, ASK = "yes", "no", "ask"


@pytest.mark.parametrize(
    ("consents", "said", "missing"),
    [
        # The text was handed in at minute 5.
        ([], None, Lack.NOT_ASKED),
        ([(YES, "all", 0)], None, None),
        ([(YES, "all", 9)], None, None),
        ([(YES, "new", 0)], None, None),
        ([(YES, "new", 5)], None, None),
        ([(YES, "new", 9)], None, Lack.ONLY_LATER),
        ([(NO, "all", 0)], None, Lack.SAID_NO),
        ([(NO, "new", 9)], None, Lack.SAID_NO),
        ([(YES, "all", 0), (NO, "new", 9)], None, Lack.SAID_NO),
        ([(NO, "all", 0), (YES, "all", 9)], None, None),
        ([(NO, "all", 0), (YES, "new", 9)], None, Lack.ONLY_LATER),
        # A yes to what comes later takes nothing back from the yes before it.
        ([(YES, "all", 0), (YES, "new", 9)], None, None),
        ([(YES, "all", 0), (NO, "new", 8), (YES, "new", 9)], None, Lack.ONLY_LATER),
        ([(YES, "all", 0), (ASK, "all", 8), (YES, "new", 9)], None, Lack.ONLY_LATER),
        # Asked about this very text.
        ([(ASK, "all", 0)], None, Lack.NOT_ASKED_ABOUT_IT),
        ([(ASK, "all", 0)], (True, 6), None),
        ([(ASK, "all", 0)], (False, 6), Lack.SAID_NO_TO_IT),
        ([(ASK, "all", 0), (YES, "all", 9)], (False, 6), Lack.SAID_NO_TO_IT),
        ([(ASK, "all", 0), (NO, "new", 9)], (True, 6), Lack.SAID_NO),
        ([(ASK, "all", 0), (YES, "new", 9)], (True, 6), None),
        # A yes to it ends with a later no to everything, whatever is said after that about other texts.
        ([(ASK, "all", 0), (NO, "new", 8), (YES, "new", 9)], (True, 6), Lack.ONLY_LATER),
        ([(ASK, "all", 0), (NO, "new", 8), (ASK, "all", 9)], (True, 6), Lack.NOT_ASKED_ABOUT_IT),
        ([(ASK, "all", 0), (NO, "new", 8), (ASK, "all", 9)], (True, 10), None),
    ],
)
def test_what_is_missing_before_a_text_may_be_public(
    consents: list[tuple[str, str, float]], said: tuple[bool, float] | None, missing: Lack | None
) -> None:
    answers = [consent(*answer) for answer in consents]
    assert lack(answers, HandedIn(NOON + timedelta(minutes=5)), assent(*said) if said else None) is missing


@dataclass
class Story:
    """The same, told forwards, answer by answer: what the author has allowed for one text by now."""

    handed_in: int
    allowed: bool = False
    refused: bool = False
    asked_each_time: bool = False
    yes_to_it: bool = False

    def hears(self, answer: Consent) -> None:
        minute = round((answer.at - NOON).total_seconds() / 60)
        covers_it = answer.scope is Scope.ALL or minute <= self.handed_in
        if answer.publish is Publish.NO:
            self.allowed = self.yes_to_it = self.asked_each_time = False
        elif answer.publish is Publish.ASK:
            self.allowed, self.asked_each_time = False, True
        else:
            self.allowed, self.asked_each_time = self.allowed or covers_it, False
        self.no = answer.publish is Publish.NO

    def is_asked_about_it(self, said: bool) -> None:
        self.yes_to_it, self.refused = said, not said

    @property
    def may_be_public(self) -> bool:
        return not self.no and not self.refused and (self.allowed or self.yes_to_it)


answers = st.lists(st.tuples(st.sampled_from(Publish), st.sampled_from(Scope)), min_size=1, max_size=6)


@given(answers, st.integers(-1, 12), st.none() | st.tuples(st.booleans(), st.integers(0, 6)))
def test_the_latest_answer_holds_however_often_an_author_changes_its_mind(
    said: list[tuple[Publish, Scope]], handed_in: int, asked: tuple[bool, int] | None
) -> None:
    consents = [consent(publish, scope, 2 * n) for n, (publish, scope) in enumerate(said)]
    about_it = assent(asked[0], 2 * asked[1] - 1) if asked else None
    story = Story(handed_in)
    for n, answer in enumerate(consents):
        if asked and asked[1] == n:
            story.is_asked_about_it(asked[0])
        story.hears(answer)
    if asked and asked[1] >= len(consents):
        story.is_asked_about_it(asked[0])
    found = lack(consents, HandedIn(NOON + timedelta(minutes=handed_in)), about_it)
    assert (found is None) == story.may_be_public
    assert found is None or not found.is_no or story.no or story.refused


# As the rows tell it


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything below holds on SQLite and on PostgreSQL."""
    return both


@pytest.fixture
def clock(outlet: Outlet) -> MovableClock:
    assert isinstance(outlet.now, MovableClock)
    return outlet.now


def waiting(outlet: Outlet) -> list[int]:
    with outlet.database.read() as db:
        return [revision.piece_id for revision in awaiting(db, 1)]


def test_a_yes_to_what_comes_later_does_not_reach_what_was_handed_in_earlier_in_the_same_sitting(
    outlet: Outlet, clock: MovableClock
) -> None:
    first = a_piece(outlet)
    clock.forward(hours=1)
    author_says(outlet, "ask")
    revised = tool_reply("revise", piece=first.piece_id, text="It rained harder.")
    later = tool_reply("change_consent", publish="yes", scope="new", words="From now on.")
    essay = tool_reply("submit", title="Sun", text="It shone.")
    outlet = with_llm(outlet, ScriptedLlm([revised, later, essay]))
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "plain")))
    while take_turn(outlet, session) != write.OVER:
        clock.forward(minutes=1)
    with outlet.database.read() as db:
        made = db.exec(select(Revision).where(Revision.session_id == session).order_by(col(Revision.id))).all()
        assert [(r.piece_id, r.number, lack_of(db, r)) for r in made] == [
            (first.piece_id, 2, Lack.ONLY_LATER),
            (first.piece_id + 1, 1, None),
        ]


def test_an_author_is_asked_about_each_newest_text_that_nobody_decided_about(outlet: Outlet) -> None:
    def decides(revision: Revision, verdict: Verdict, *reviewers: str) -> None:
        said = Said(ground="personal-data", span=Span(0, 2), reason=WHY)
        for reviewer in reviewers:
            actions.review(outlet, revision.id, reviewer, verdict, record_sha256=revision.record_sha256, said=said)

    texts = ["published", "vetoed", "withdrawn", "erased", "revised", "waits"]
    pieces = [a_piece(outlet, f"It {text}.\n", title=text) for text in texts]
    published, vetoed, withdrawn, erased, revised, _ = pieces
    decides(published, Verdict.PUBLISH, "ada")
    decides(vetoed, Verdict.VETO, "ada", "ben")
    a_session(outlet, [tool_reply("withdraw", piece=withdrawn.piece_id, why="Not this."), tool_reply("decline")])
    a_session(outlet, [tool_reply("revise", piece=revised.piece_id, text="Better."), tool_reply("decline")])
    actions.erase(outlet, erased.piece_id, "ada", second="ben", reason=WHY)
    with outlet.database.read() as db:
        found = [(revision.piece_id, revision.number) for revision in awaiting(db, 1)]
    assert found == [(revised.piece_id + 1, 1), (revised.piece_id, 2)]


def test_a_yes_to_one_text_holds_until_the_author_says_no_to_everything(outlet: Outlet, clock: MovableClock) -> None:
    revision = a_piece(outlet)
    author_says(outlet, "ask")
    clock.forward(hours=1)
    with outlet.database.write() as db:
        turn = db.exec(select(Turn.id)).first()
        db.add(Assent(revision_id=revision.id, turn_id=turn, publish=True, at=outlet.now()))
    with outlet.database.read() as db:
        assert is_covered(db, revision)
    assert waiting(outlet) == []
    clock.forward(hours=1)
    author_says(outlet, "no", "new")
    clock.forward(hours=1)
    author_says(outlet, "ask")
    with outlet.database.read() as db:
        assert lack_of(db, revision) is Lack.NOT_ASKED_ABOUT_IT
    assert waiting(outlet) == [revision.piece_id]


def test_a_yes_to_what_comes_covers_nothing_that_was_handed_in_before_it_in_the_same_turn(outlet: Outlet) -> None:
    yes = {"type": "tool_use", "id": "b", "name": "change_consent"}
    yes["input"] = {"publish": "yes", "scope": "new", "words": "From now on."}
    ask = {"type": "tool_use", "id": "a", "name": "change_consent"}
    ask["input"] = {"publish": "ask", "scope": "all", "words": "Ask me."}
    piece = a_piece(outlet)

    def revise(number: int) -> dict[str, Any]:
        given = {"piece": piece.piece_id, "text": f"It rained {number} times."}
        return {"type": "tool_use", "id": f"r{number}", "name": "revise", "input": given}

    a_session(outlet, [blocks_reply([ask]), tool_reply("decline"), text_reply("No.")])
    a_session(outlet, [blocks_reply([revise(1), yes]), tool_reply("decline"), text_reply("No.")])
    with outlet.database.read() as db:
        before = db.exec(select(Revision).where(Revision.number == 2)).one()
        assert lack_of(db, before) is Lack.ONLY_LATER
    a_session(outlet, [blocks_reply([yes, revise(2)]), tool_reply("decline")])
    with outlet.database.read() as db:
        after = db.exec(select(Revision).where(Revision.number == 3)).one()
        assert is_covered(db, after)
