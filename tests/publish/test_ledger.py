"""The public chain: a line for every event, nothing private in it, and one appender at a time."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from agent import schedule
from agent.errors import RequestRefused
from agent.invite import invite
from agent.outlet import Outlet
from agent.publish import ledger
from agent.publish.ledger import GENESIS, Event, line_of
from agent.record import canonical, commitment, sha256
from agent.review import actions
from agent.review.actions import Said, Span
from agent.tables import Author, Blob, LedgerEntry, Revision, Verdict, WithdrawnBy
from agent.testing import NOON, MovableClock, a_piece, a_session, text_reply, tool_reply

WHY = "It names a private person."
SECRET = "zanzibarian"


def chain(outlet: Outlet) -> list[dict[str, Any]]:
    """Every line of the ledger, each checked to be what the format says."""
    with outlet.database.read() as db:
        entries = db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))).all()
    previous = GENESIS
    lines = []
    for number, entry in enumerate(entries, 1):
        line = json.loads(entry.line)
        assert canonical(line).decode() == entry.line
        body = {name: value for name, value in line.items() if name != "hash"}
        assert line["hash"] == entry.hash == sha256(canonical(body))
        assert (line["v"], line["seq"], line["prev"], line["key"]) == (1, number, previous, entry.event)
        previous = entry.hash
        lines.append(line)
    return lines


def words(outlet: Outlet) -> list[str]:
    return [line["event"] for line in chain(outlet)]


def publish(outlet: Outlet, revision: Revision, reviewer: str = "ada") -> None:
    actions.review(outlet, revision.id, reviewer, Verdict.PUBLISH, record_sha256=revision.record_sha256)


def veto(outlet: Outlet, revision: Revision, reviewer: str) -> None:
    said = Said(ground="personal-data", span=Span(0, 2), reason=f"{WHY} {SECRET}")
    actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=revision.record_sha256, said=said)


def take_down(outlet: Outlet, by: WithdrawnBy = WithdrawnBy.URGENT) -> int:
    return actions.withdraw(outlet, 1, "ada", by, ground="personal-data", reason=WHY)


def commitments(outlet: Outlet) -> list[str]:
    return [line["data"]["commitment"] for line in chain(outlet) if line["event"] == "outcome"]


def test_a_published_piece_leaves_four_lines(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    assert ledger.append(outlet) == 4
    assert words(outlet) == ["invited", "outcome", "verdict", "published"]


def test_appending_again_adds_nothing(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    ledger.append(outlet)
    before = chain(outlet)
    assert ledger.append(outlet) == 0
    assert chain(outlet) == before


def test_the_chain_is_the_same_however_often_it_was_appended_to(outlet: Outlet) -> None:
    schedule.ask_now(outlet, "opus")
    assert ledger.append(outlet) == 0
    invite(outlet, 1)
    assert ledger.append(outlet) == 1
    revision = a_piece(outlet)
    assert ledger.append(outlet) == 2
    publish(outlet, revision)
    assert ledger.append(outlet) == 2
    assert words(outlet) == ["invited", "invited", "outcome", "verdict", "published"]


def test_many_appenders_at_once_make_one_chain(outlet: Outlet) -> None:
    for number in range(3):
        publish(outlet, a_piece(outlet, f"Rain {number}.\n"))
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: ledger.append(outlet), range(4)))
    assert sorted(added) == [0, 0, 0, 12]
    assert len(chain(outlet)) == 12


@pytest.mark.parametrize("same", [{"sequence": 1}, {"event": "invited:1"}, {"previous": GENESIS}])
def test_the_chain_cannot_fork(outlet: Outlet, same: dict[str, Any]) -> None:
    a_piece(outlet)
    ledger.append(outlet)
    other = {"sequence": 99, "event": "other:1", "previous": "p", "hash": "h", "line": "{}", "at": NOON} | same
    with pytest.raises(IntegrityError), outlet.database.write() as db:
        db.add(LedgerEntry(**other))


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (tool_reply("decline"), "declined"),
        (tool_reply("keep_private", text="Mine."), "kept_private"),
        (text_reply("", stop_reason="refusal"), "refused"),
        (text_reply("It rai", stop_reason="max_tokens"), "unfinished"),
        (RequestRefused(endpoint="api.example", status=400, reason="no"), "failed"),
    ],
)
def test_every_invitation_shows_what_came_of_it(outlet: Outlet, reply: Any, outcome: str) -> None:
    a_session(outlet, [reply])
    ledger.append(outlet)
    invited, ended = chain(outlet)
    assert (invited["data"]["author"], invited["data"]["invitation"]) == ("opus", 1)
    assert (ended["data"]["outcome"], ended["data"]["invitation"]) == (outcome, 1)
    assert (ended["data"]["commitment"] is None) == (outcome == "failed")


def test_a_veto_stays_in_the_chain_beside_the_publication(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    veto(outlet, revision, "ada")
    publish(outlet, revision, "ben")
    ledger.append(outlet)
    verdicts = [line["data"] for line in chain(outlet) if line["event"] == "verdict"]
    assert verdicts == [
        {"invitation": 1, "verdict": "veto", "by": "staff", "ground": "personal-data"},
        {"invitation": 1, "verdict": "publish", "by": "staff"},
    ]


def test_a_withdrawal_stands_in_the_chain_once_it_takes_effect(outlet: Outlet, clock: MovableClock) -> None:
    publish(outlet, a_piece(outlet))
    ledger.append(outlet)
    by_staff = take_down(outlet, WithdrawnBy.STAFF)
    assert ledger.append(outlet) == 0
    clock.forward(hours=1)
    actions.confirm(outlet, by_staff, "ben", reason=WHY)
    assert ledger.append(outlet) == 1
    line = chain(outlet)[-1]
    assert (line["event"], line["at"]) == ("withdrawn", "2026-11-01T13:00:00Z")
    assert line["data"] == {"invitation": 1, "piece": 1, "by": "staff", "ground": "personal-data"}


def test_an_urgent_withdrawal_that_ends_is_shown_as_returned(outlet: Outlet, clock: MovableClock) -> None:
    publish(outlet, a_piece(outlet))
    take_down(outlet)
    clock.forward(hours=72)
    actions.reinstate(outlet)
    ledger.append(outlet)
    assert words(outlet)[-2:] == ["withdrawn", "returned"]


def test_an_unpublished_text_is_committed_to_and_can_be_opened_by_its_salt(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    ledger.append(outlet)
    with outlet.database.read() as db:
        blob = db.get_one(Blob, revision.record_blob_id)
    assert commitments(outlet) == [commitment(blob.salt or b"", revision.record_sha256)]
    public = "\n".join(canonical(line).decode() for line in chain(outlet))
    assert revision.record_sha256 not in public
    assert revision.text_sha256 not in public
    assert (blob.salt or b"").hex() not in public


def test_the_same_text_twice_is_committed_to_in_two_ways(outlet: Outlet) -> None:
    assert a_piece(outlet).record_sha256 == a_piece(outlet).record_sha256
    for _ in range(2):
        a_session(outlet, [tool_reply("keep_private", text="Mine.")])
    ledger.append(outlet)
    assert len(set(commitments(outlet))) == 4


def test_publishing_shows_the_salt_so_that_anyone_can_check_the_commitment(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    publish(outlet, revision)
    ledger.append(outlet)
    published = chain(outlet)[-1]["data"]
    assert (published["record_sha256"], published["text_sha256"]) == (revision.record_sha256, revision.text_sha256)
    assert commitments(outlet) == [commitment(bytes.fromhex(published["salt"]), revision.record_sha256)]


def test_nothing_private_and_no_name_of_a_reviewer_stands_in_a_line(outlet: Outlet) -> None:
    waiting = a_piece(outlet, f"{SECRET} rain", title=SECRET, form=SECRET, tags=[SECRET], note_to_readers=SECRET)
    veto(outlet, waiting, "ada")
    veto(outlet, waiting, "ben")
    a_session(outlet, [tool_reply("keep_private", text=SECRET)])
    a_session(outlet, [tool_reply("decline", reason=SECRET)])
    a_session(outlet, [text_reply(f"PRIVATE\n{SECRET}")], author="sonnet")
    assert ledger.append(outlet) == 10
    public = str(chain(outlet)).lower()
    assert [word for word in (SECRET, '"ada"', "'ada'", "'ben'", WHY.lower()) if word in public] == []


def test_an_erasure_adds_lines_and_keeps_the_chain_whole(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    ledger.append(outlet)
    before = chain(outlet)
    take_down(outlet)
    erased = actions.erase(outlet, 1, "ada", second="ben", reason=f"{WHY} {SECRET}")
    ledger.append(outlet)
    after = chain(outlet)
    assert after[: len(before)] == before
    assert [line["event"] for line in after[len(before) :]] == ["withdrawn", *["erased"] * erased]
    assert {line["data"]["invitation"] for line in after if line["event"] == "erased"} == {1}
    assert SECRET not in str(after)


def test_what_was_erased_before_it_was_committed_to_leaves_no_commitment(outlet: Outlet) -> None:
    actions.erase(outlet, a_piece(outlet).piece_id, "ada", second="ben", reason=WHY)
    ledger.append(outlet)
    assert commitments(outlet) == [None]


def test_a_verdict_of_the_reviewer_that_stands_for_nobody_says_so(outlet: Outlet) -> None:
    settings = outlet.settings.model_copy(update={"demo": True, "reviewers": ["ada", "demo"]})
    object.__setattr__(outlet, "settings", settings)
    publish(outlet, a_piece(outlet), "ada")
    publish(outlet, a_piece(outlet), "demo")
    ledger.append(outlet)
    assert [line["data"]["by"] for line in chain(outlet) if line["event"] == "verdict"] == ["staff", "demo"]


def test_an_invitation_stands_in_the_chain_as_its_author_was_on_that_day(outlet: Outlet) -> None:
    a_session(outlet, [tool_reply("decline")])
    with outlet.database.write() as db:
        author = db.exec(select(Author).where(Author.slug == "opus")).one()
        author.model_id, author.stand_in = "another", "a stand-in"
        db.add(author)
    ledger.append(outlet)
    data = chain(outlet)[0]["data"]
    assert (data["model_id"], data["stand_in"]) == ("claude-3-opus-20240229", "")


plain = st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=3)


@given(data=plain, number=st.integers(1), previous=st.text(min_size=1))
def test_a_line_says_its_own_hash_and_stays_on_one_line(data: dict[str, Any], number: int, previous: str) -> None:
    line, digest = line_of(number, previous, Event(NOON, 0, "word", number, data))
    body = json.loads(line)
    assert body.pop("hash") == digest == sha256(canonical(body))
    assert body["data"] == data
    assert "\n" not in line
