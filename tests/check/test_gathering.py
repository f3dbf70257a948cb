"""What checks are handed beside a text: what its author was shown, what it may have words from, and its facts."""

import json
from pathlib import Path

from sqlmodel import col, select

from agent.check.frame import Shown, Subject
from agent.check.gathering import EARLIER, subject_of
from agent.outlet import Outlet
from agent.prompts import body_of
from agent.record import keep
from agent.review import erasure
from agent.tables import ContextBlock, Flag, Invitation, Level, PromptVersion, Revision, WritingSession
from agent.testing import MovableClock, a_piece
from tests.test_fingerprints import RIVER, SNOW, TIDES, a_reader, an_entry


def subject(outlet: Outlet, revision: Revision) -> Subject:
    with outlet.database.read() as db:
        found = subject_of(outlet, db, db.get_one(Revision, revision.id))
    assert found is not None
    return found


def others(outlet: Outlet, revision: Revision) -> list[Shown]:
    """What is shown besides the outlet's own words."""
    return [each for each in subject(outlet, revision).shown if each.kind in {"entry", "piece"}]


def flags(outlet: Outlet, revision: Revision) -> list[Flag]:
    with outlet.database.read() as db:
        found = select(Flag).where(Flag.revision_id == revision.id, Flag.check == "copying")
        return list(db.exec(found.order_by(col(Flag.id))))


def test_it_is_told_what_the_author_was_shown_here_and_what_the_archive_has(both: Outlet) -> None:
    entry = an_entry(both, RIVER)
    a_piece(both, f"{SNOW} So it was.", title="A roof", author="sonnet")
    piece = a_reader(
        both, entry, f"{RIVER} {SNOW} That is all I know of rivers and of roofs, and the rest of it is mine."
    )
    told = subject(both, piece)
    assert [(each.kind, each.where, each.here) for each in told.shown[:2]] == [
        ("invitation", "invitations/2", True),
        ("prompt", "", True),
    ]
    with both.database.read() as db:
        assert told.shown[0].text == db.get_one(Invitation, 2).words
    assert others(both, piece) == [
        Shown("entry", "High water", f"{TIDES}/The", RIVER, here=True, orders={}),
        Shown("piece", "piece 1", "revisions/1", f"{SNOW} So it was."),
    ]
    assert [(flag.level, flag.evidence.get("where")) for flag in flags(both, piece)] == [
        (Level.LOOK, f"{TIDES}/The"),
        (Level.LOOK, "revisions/1"),
    ]
    assert (told.title, told.facts.byline, "submit" in told.facts.tools) == ("Rain", "Claude Opus", True)


def test_what_is_said_of_the_tools_is_shown_and_a_text_that_copies_it_is_found(both: Outlet) -> None:
    a_piece(both, SNOW)
    with both.database.read() as db:
        version = next(each for each in db.exec(select(PromptVersion)) if each.name == "toolbox")
    [first, *_] = json.loads(body_of(version.body))
    words = " ".join(first["description"].split()[:30])
    piece = a_piece(both, f"On the door it said: {words} So it was.")
    [tools] = [each for each in subject(both, piece).shown if each.name == "the tools"]
    assert (tools.kind, tools.here) == ("prompt", True)
    assert first["description"] in tools.text
    assert "input_schema" not in tools.text
    [flag] = flags(both, piece)
    assert (flag.quote, flag.level) == (words, Level.NOTE)


def test_an_author_without_tools_was_shown_none(both: Outlet) -> None:
    piece = a_piece(both, SNOW, author="sonnet")
    assert "the tools" not in [each.name for each in subject(both, piece).shown]


def test_an_entry_of_an_earlier_session_and_its_own_piece_are_sources(both: Outlet) -> None:
    first = a_reader(both, an_entry(both, RIVER), f"I read this: {RIVER}")
    again = a_piece(both, f"Again I say: {RIVER}", prompt="letter")  # With which nothing lies that it reads.
    assert others(both, again) == [
        Shown("entry", "High water", f"{TIDES}/The", RIVER, orders={}),
        Shown("piece", "piece 1", f"revisions/{first.id}", f"I read this: {RIVER}", own=True),
    ]
    [flag] = flags(both, again)
    assert flag.evidence["where"] == f"{TIDES}/The"


def test_what_was_wished_for_and_laid_beside_an_invitation_before_entries_had_numbers_is_a_source(
    outlet: Outlet,
) -> None:
    piece = a_piece(outlet, RIVER)
    with outlet.database.write() as db:
        session = db.get_one(WritingSession, piece.session_id)
        for number, (kind, title) in enumerate(
            [("wished", ""), ("entry", "Tide"), ("note", ""), ("since", "")], start=9
        ):
            blob = keep(db, f"| {RIVER}".encode())
            db.add(
                ContextBlock(
                    invitation_id=session.invitation_id,
                    number=number,
                    kind=kind,
                    source=f"{kind}.example",
                    title=title,
                    sha256=blob.sha256,
                    blob_id=blob.id,
                )
            )
    assert others(outlet, piece) == [
        Shown("entry", "", "wished.example", f"| {RIVER}", here=True),
        Shown("entry", "Tide", "entry.example", f"| {RIVER}", here=True),
    ]


def test_the_latest_pieces_of_its_author_come_along_the_newest_first(outlet: Outlet, clock: MovableClock) -> None:
    pieces = []
    for number in range(EARLIER + 2):
        pieces.append(a_piece(outlet, f"It rained {number} times."))
        clock.forward(days=1)
    a_piece(outlet, "It rained elsewhere.", author="sonnet")
    last = pieces[-1]
    assert [each.where for each in subject(outlet, last).earlier] == [
        f"revisions/{each.id}" for each in pieces[-2 : -EARLIER - 2 : -1]
    ]
    assert all(each.own for each in subject(outlet, last).earlier)
    assert [each.text for each in subject(outlet, pieces[1]).earlier] == ["It rained 0 times."], (
        "and none that came later"
    )


def test_nothing_of_a_piece_that_was_erased_is_left_in_what_is_said_of_another(both: Outlet) -> None:
    gone = a_piece(both, f"{RIVER} {SNOW}", title="Mara Ilves of Holm Street")
    copied = a_piece(both, f"{RIVER} That is all I know of rivers, and the rest is mine.", author="sonnet")
    assert len(flags(both, copied)) == 1
    erasure.erase(both, gone.piece_id, "ada", second="ben", reason="It names somebody.")
    [flag] = flags(both, copied)
    assert flag.evidence == {"source": "another author's piece", "where": f"revisions/{gone.id}", "words": "36"}
    assert others(both, copied) == []


def test_a_source_that_is_not_what_was_received_is_none(outlet: Outlet, tmp_path: Path) -> None:
    first = a_piece(outlet, RIVER)
    second = a_piece(outlet, RIVER, author="sonnet")
    with outlet.database.write() as db:
        db.connection().exec_driver_sql("DROP TRIGGER blob_refuses_update")
        db.connection().exec_driver_sql("UPDATE blob SET data = x'00' WHERE id = ?", (first.text_blob_id,))
    assert others(outlet, second) == []
