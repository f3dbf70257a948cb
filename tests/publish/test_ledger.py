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
from agent.publish.events import Event
from agent.publish.ledger import GENESIS, line_of
from agent.record import canonical, commitment, keep, sha256
from agent.review import actions
from agent.tables import Author, Blob, ContextBlock, Kind, LedgerEntry, Outcome, WithdrawnBy
from agent.testing import NOON, MovableClock, a_piece, a_session, text_reply, tool_reply
from agent.write.ending import Work
from tests.publish.works import (
    WHY,
    a_revised,
    a_sitting,
    an_interview,
    appeal,
    publish,
    revisions_of,
    rule,
    take_back,
    veto,
)

pytestmark = pytest.mark.slow

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
        assert (line["v"], line["seq"], line["prev"], line["key"]) == (2, number, previous, entry.event)
        previous = entry.hash
        lines.append(line)
    return lines


def words(outlet: Outlet) -> list[str]:
    return [line["event"] for line in chain(outlet)]


def take_down(outlet: Outlet, by: WithdrawnBy = WithdrawnBy.URGENT) -> int:
    return actions.withdraw(outlet, 1, "ada", by, ground="personal-data", reason=WHY)


def commitments(outlet: Outlet) -> list[str]:
    return [one for line in told(outlet, "outcome") for one in line["commitments"]]


def told(outlet: Outlet, event: str) -> list[dict[str, Any]]:
    """What the lines of one kind say."""
    return [line["data"] for line in chain(outlet) if line["event"] == event]


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
        (text_reply("It rai", stop_reason="pause_turn"), "unfinished"),
        (RequestRefused(endpoint="api.example", status=400, reason="no"), "failed"),
    ],
)
def test_every_invitation_shows_what_came_of_it(outlet: Outlet, reply: Any, outcome: str) -> None:
    a_session(outlet, [reply])
    ledger.append(outlet)
    invited, ended = chain(outlet)
    assert (invited["data"]["author"], invited["data"]["invitation"]) == ("opus", 1)
    assert (ended["data"]["outcome"], ended["data"]["invitation"]) == (outcome, 1)
    assert len(ended["data"]["commitments"]) == (outcome != "failed")


def test_a_veto_stays_in_the_chain_beside_the_publication(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    veto(outlet, revision, "ada")
    publish(outlet, revision, "ben")
    ledger.append(outlet)
    verdicts = [line["data"] for line in chain(outlet) if line["event"] == "verdict"]
    assert verdicts == [
        {"invitation": 1, "work": 1, "verdict": "veto", "by": "staff", "ground": "personal-data"},
        {"invitation": 1, "work": 1, "verdict": "publish", "by": "staff"},
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
    about = {"invitation": 1, "work": 1, "piece": 1, "upto": 1}
    assert line["data"] == about | {"by": "staff", "ground": "personal-data"}


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
    veto(outlet, waiting, reason=f"{WHY} {SECRET}")
    rule(outlet, appeal(outlet, waiting, SECRET), overturned=False, reviewer="cleo")
    a_session(outlet, [tool_reply("keep_private", text=SECRET)])
    a_session(outlet, [tool_reply("decline", reason=SECRET)])
    a_session(outlet, [text_reply(f"PRIVATE\n{SECRET}")], author="sonnet")
    assert ledger.append(outlet) == 12
    public = str(chain(outlet)).lower()
    assert [word for word in (SECRET, '"ada"', "'ada'", "'ben'", "cleo", WHY.lower()) if word in public] == []


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


# Several works, and what their author does with them


def test_a_sitting_that_brings_several_works_commits_to_each_and_each_is_opened_by_its_own_salt(both: Outlet) -> None:
    publish(both, a_piece(both))
    session = a_sitting(
        both,
        Work("It rained.\n\nIt stopped.\n", title="Rain", piece_id=1),
        Work("It stopped.\n", kind=Kind.POSTSCRIPT, about_id=1),
    )
    for revision in revisions_of(both, session):
        publish(both, revision)
    ledger.append(both)
    outcome, published = told(both, "outcome")[1], told(both, "published")[1:]
    assert outcome["works"] == len(outcome["commitments"]) == 2
    assert [line["work"] for line in published] == [1, 2]
    for line in published:
        opened = commitment(bytes.fromhex(line["salt"]), line["record_sha256"])
        assert outcome["commitments"][line["work"] - 1] == opened
    [revised, afterword] = published
    assert (revised["piece"], revised["kind"], revised["revision"]) == (1, "essay", 2)
    assert (afterword["piece"], afterword["kind"], afterword["revision"], afterword["about"]) == (2, "postscript", 1, 1)
    assert "about" not in revised


def test_a_sitting_that_ended_otherwise_still_tells_of_its_works(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    work = Work("It rains.\n", piece_id=1)
    publish(outlet, revisions_of(outlet, a_sitting(outlet, work, outcome=Outcome.KEPT_PRIVATE))[0])
    ledger.append(outlet)
    outcome = told(outlet, "outcome")[1]
    assert (outcome["outcome"], outcome["works"], len(outcome["commitments"])) == ("kept_private", 1, 1)


def test_an_author_that_takes_a_piece_back_and_revises_it_leaves_a_line_for_each(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    take_back(outlet, 1)
    publish(outlet, a_revised(outlet, 1, "It rained less.\n"))
    ledger.append(outlet)
    [withdrawn] = told(outlet, "withdrawn")
    assert withdrawn == {"invitation": 1, "work": 1, "piece": 1, "upto": 1, "by": "author"}
    assert [line["revision"] for line in told(outlet, "published")] == [1, 2]
    take_back(outlet, 1, upto=2)
    ledger.append(outlet)
    assert told(outlet, "withdrawn")[1] == {"invitation": 2, "work": 1, "piece": 1, "upto": 2, "by": "author"}


def test_appeals_and_rulings_are_counted_without_a_word_or_a_name(both: Outlet) -> None:
    for overturned in (True, False):
        revision = a_piece(both)
        veto(both, revision)
        rule(both, appeal(both, revision), overturned=overturned)
    ledger.append(both)
    assert told(both, "appealed") == [{"invitation": 1, "work": 1}, {"invitation": 2, "work": 1}]
    assert told(both, "ruled") == [
        {"invitation": 1, "work": 1, "veto": "overturned", "by": "staff"},
        {"invitation": 2, "work": 1, "veto": "upheld", "by": "staff"},
    ]
    assert words(both).index("appealed") < words(both).index("ruled")


def test_an_interview_says_that_it_is_one_and_nothing_of_what_was_said(outlet: Outlet) -> None:
    an_interview(outlet, SECRET)
    a_session(outlet, [tool_reply("decline")])
    ledger.append(outlet)
    assert [line.get("purpose") for line in told(outlet, "invited")] == ["interview", None]
    assert [line["outcome"] for line in told(outlet, "outcome")] == ["answered", "declined"]
    assert len(commitments(outlet)) == 2
    assert SECRET not in str(chain(outlet))


def test_an_invitation_that_an_operator_named_says_so(outlet: Outlet) -> None:
    for prompt in ("plain", None):
        invite(outlet, schedule.ask_now(outlet, "opus", prompt))
    ledger.append(outlet)
    assert [line.get("named") for line in told(outlet, "invited")] == [True, None]


def test_of_what_lay_beside_an_invitation_only_entries_are_told_by_source_and_hash(outlet: Outlet) -> None:
    schedule.ask_now(outlet, "opus", "plain")
    invite(outlet, 1)
    with outlet.database.write() as db:
        for number, kind in enumerate(("entry", "note", "piece", "since"), 101):
            blob = keep(db, f"{SECRET} {kind}".encode())
            title = SECRET if kind == "entry" else ""
            facts = {"kind": kind, "source": f"of {kind}", "title": title, "sha256": blob.sha256, "blob_id": blob.id}
            db.add(ContextBlock(invitation_id=1, number=number, **facts))
    ledger.append(outlet)
    entry, *private = told(outlet, "invited")[0]["context"][-4:]
    assert entry == {"kind": "entry", "source": "of entry", "sha256": sha256(f"{SECRET} entry".encode())}
    assert [sorted(one) for one in private] == [["commitment", "kind"]] * 3
    assert [one["kind"] for one in private] == ["note", "piece", "since"]
    public = str(chain(outlet))
    for kind in ("note", "piece", "since"):
        assert sha256(f"{SECRET} {kind}".encode()) not in public
    with outlet.database.read() as db:
        salts = {blob.sha256: blob.salt or b"" for blob in db.exec(select(Blob))}
    note = sha256(f"{SECRET} note".encode())
    assert private[0]["commitment"] == commitment(salts[note], note)


def test_an_erasure_names_the_work_whose_bytes_went_and_no_other_of_its_sitting(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    session = a_sitting(
        outlet, Work("A second one.\n", title="Two"), Work("It stopped.\n", kind=Kind.POSTSCRIPT, about_id=1)
    )
    for revision in revisions_of(outlet, session):
        publish(outlet, revision)
    take_back(outlet, 2)
    actions.erase(outlet, 2, "ada", second="ben", reason=WHY)
    ledger.append(outlet)
    erased = told(outlet, "erased")
    assert {line["invitation"] for line in erased} == {2}
    assert {(line["piece"], line["revision"]) for line in erased if "piece" in line} == {(2, 1)}


plain = st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=3)


@given(data=plain, number=st.integers(1), previous=st.text(min_size=1))
def test_a_line_says_its_own_hash_and_stays_on_one_line(data: dict[str, Any], number: int, previous: str) -> None:
    line, digest = line_of(number, previous, Event(NOON, 0, "word", number, data))
    body = json.loads(line)
    assert body.pop("hash") == digest == sha256(canonical(body))
    assert body["data"] == data
    assert "\n" not in line
