"""What follows from an author's stored answer: its tools are run, it is asked to go on, or the sitting ends.

All of it happens in the one transaction that the caller opens, and nothing here calls an endpoint.
"""

from sqlmodel import Session

from agent.consent import awaiting
from agent.outlet import Block, Outlet
from agent.prompts import Prompt, remember
from agent.queries import handed_in
from agent.record import Record, shown_title
from agent.tables import (
    Assent,
    Draft,
    Kind,
    Note,
    Outcome,
    Publish,
    Purpose,
    Revision,
    Role,
    Submission,
    Want,
    Wish,
    WritingSession,
)
from agent.write import interview
from agent.write.ending import CUT, Ending, Work, from_stop_reason, in_words, yes_or_no
from agent.write.room import Room
from agent.write.sitting import Ended, Sitting, answer_with, calls, end, room, words
from agent.write.toolbox import Done, result
from agent.write.tools import toolbox_of

SILENT = {"text", "thinking", "redacted_thinking"}
"""Blocks of an answer that, without any text, says nothing."""
ASKED_AT_MOST = 2
"""So often an author is asked whether a text may be published, where its answer is neither yes nor no."""


def act(db: Session, outlet: Outlet, sitting: Sitting) -> Ended | None:
    """Do what follows from the last turn, the author's. Returns the end, or None where the sitting goes on."""
    turn, blocks = sitting.turns[-1], sitting.said[-1]
    if sitting.purpose is Purpose.INTERVIEW:
        return interview.act(db, outlet, sitting)
    if sitting.session.chosen is not None:
        return _confirmed(db, outlet, sitting, sitting.session.chosen)
    its_room = room(db, outlet, sitting)
    # A refusal ends the session before any of its tool calls run.
    ending = None if turn.stop_reason == CUT else from_stop_reason(turn.stop_reason)
    done = Done([])
    if ending is None and _calls(sitting):
        done = toolbox_of(db, sitting.session).run(its_room, blocks, cut=turn.stop_reason == CUT)
        ending = done.ending
        if ending is None:
            answer_with(db, outlet, sitting, done.results, its_room)
            return None
    if ending is None and turn.stop_reason == CUT:
        if sitting.may_go_on(outlet):
            _say(db, outlet, sitting, outlet.prompts.get("continue"))
            return None
        ending = from_stop_reason(turn.stop_reason)
    if ending is None and not sitting.answer.strip() and any(block.get("type") not in SILENT for block in blocks):
        # Not to be taken for a no: it said something.
        ending = Ending(Outcome.UNFINISHED, "the author answered in a form that is not known here")
    if ending is None:
        ending = _spoken(db, outlet, sitting) if sitting.session.toolbox else _replied(its_room, sitting)
    return _close(outlet, sitting, its_room, ending, done.results) if ending is not None else None


def _spoken(db: Session, outlet: Outlet, sitting: Sitting) -> Ending | None:
    """An author with tools wrote, and used none: it is reminded of them once."""
    if not sitting.answer.strip():
        return Ending(Outcome.DECLINED, "the author answered nothing")
    if handed_in(db, sitting.session.id):
        return Ending(Outcome.SUBMITTED, "the author submitted it, and said that it was done")
    reminder = outlet.prompts.get("reminder")
    if [_words(outlet, sitting, reminder)] in sitting.said:
        return Ending(Outcome.UNFINISHED, "the author wrote, and used no form to submit it")
    _say(db, outlet, sitting, reminder)
    return None


def _replied(its_room: Room, sitting: Sitting) -> Ending:
    """An author without tools answered in words: the text is taken in, notes and wishes are kept."""
    reply = in_words(sitting.answer)
    db, author, turn, now = its_room.db, its_room.author, its_room.turn, its_room.now
    for note in reply.notes:
        blob = its_room.keep(note)
        number = its_room.next_number(Note)
        db.add(Note(author_id=author.id, number=number, turn_id=turn.id, blob_id=blob.id, at=now))
        db.flush()
    for wish in reply.wishes:
        blob = its_room.keep(wish)
        db.add(Wish(author_id=author.id, turn_id=turn.id, want=Want.WORD, blob_id=blob.id, at=now))
    private = reply.ending.outcome is Outcome.KEPT_PRIVATE
    if reply.text is None and not private:
        return reply.ending
    if private or its_room.consent() is Publish.NO:
        # It has no drafts: what it keeps is laid beside its invitations, like its notes.
        number, blob = its_room.next_number(Note), its_room.keep(sitting.answer)
        db.add(Note(author_id=author.id, number=number, turn_id=turn.id, blob_id=blob.id, at=now))
        said_no = Ending(Outcome.KEPT_PRIVATE, "the author said that nothing of it is to be published")
        return reply.ending if private else said_no
    its_room.submit(Work(reply.text or "", with_form=False))
    return reply.ending


def _close(outlet: Outlet, sitting: Sitting, its_room: Room, ending: Ending, results: list[Block]) -> Ended | None:
    """End the sitting; where the author wishes to be asked each time, ask it about these very texts first.
    `results` answer the calls that came before the one that ended it."""
    db = its_room.db
    asks = its_room.consent() is Publish.ASK and ending.outcome not in (Outcome.REFUSED, Outcome.FAILED)
    if asks and (texts := _texts(its_room)):
        session = db.get_one(WritingSession, sitting.session.id)
        session.chosen = ending.outcome
        db.add(session)
        answered = {result["tool_use_id"] for result in results}
        left = [call for call in _calls(sitting) if call["id"] not in answered]
        question = _asked(outlet, sitting, texts)
        blocks = [*results, *(result(call, "There is one question first.") for call in left), question]
        _tell(db, outlet, sitting, blocks, its_room)
        return None
    if results:
        answer_with(db, outlet, sitting, results, its_room)
    return end(db, outlet, sitting, ending)


def _confirmed(db: Session, outlet: Outlet, sitting: Sitting, chosen: Outcome) -> Ended | None:
    """The author was asked whether these very texts may be published."""
    its_room, turn = room(db, outlet, sitting), sitting.turns[-1]
    if turn.stop_reason != CUT and (ending := from_stop_reason(turn.stop_reason)) is not None:
        # The service refused, not the author: it said nothing about its texts, and is asked another time.
        return end(db, outlet, sitting, Ending(chosen, f"it could not be asked once more: {ending.why}"))
    texts, answer = _texts(its_room), yes_or_no(sitting.answers_in_words[-1])
    first, again = (_asked(outlet, sitting, texts, again=again) for again in (False, True))
    told = [said for turn, said in zip(sitting.turns, sitting.said, strict=True) if turn.role is Role.OUTLET]
    times = sum(first in said or again in said for said in told)
    # The answer is to what was asked: where another text waits by now, or one less, it is asked anew.
    is_other = bool(texts) and first not in told[-1] and again not in told[-1]
    if is_other or (answer is None and times < ASKED_AT_MOST):
        waits = [result(call, "First answer YES or NO, please.", is_error=True) for call in _calls(sitting)]
        _tell(db, outlet, sitting, [*waits, first if is_other else again], its_room)
        return None
    said_yes = answer is True
    db.add_all(
        Assent(revision_id=revision.id, turn_id=turn.id, publish=said_yes, at=outlet.now())
        for revision in awaiting(db, sitting.author.id)
    )
    if said_yes:
        why = "the author submitted it and, asked once more, said yes"
    else:
        why = f"asked once more, the author said {'no' if answer is False else 'neither yes nor no'}"
        chosen = Outcome.KEPT_PRIVATE if chosen is Outcome.SUBMITTED else chosen
        _give_back(its_room)
    return end(db, outlet, sitting, Ending(chosen, why), assent=said_yes)


def _give_back(its_room: Room) -> None:
    """What its author does not want published stays with it: as a draft, or as a note where it has no drafts."""
    for submission in handed_in(its_room.db, its_room.session.id):
        table: type[Draft] | type[Note] = Draft if its_room.session.toolbox else Note
        its_room.db.add(
            table(
                author_id=its_room.author.id,
                number=its_room.next_number(table),
                turn_id=its_room.turn.id,
                blob_id=submission.text_blob_id,
                at=its_room.now,
            )
        )
        its_room.db.flush()


def _texts(its_room: Room) -> list[str]:
    """What the author is asked about, by name and kind: what it submitted in this session, and earlier
    texts about which it was not asked."""
    works: list[Submission | Revision] = [
        *handed_in(its_room.db, its_room.session.id),
        *awaiting(its_room.db, its_room.author.id),
    ]
    return [name for work in works if (name := _name(its_room, work)) is not None]


def _name(its_room: Room, work: Submission | Revision) -> str | None:
    text, record = its_room.show(work.text_blob_id), its_room.show(work.record_blob_id)
    if text is None or record is None:
        return None  # It was erased.
    about = Record.model_validate_json(record)
    kind = about.form.strip() if about.kind is Kind.ESSAY and about.form.strip() else about.kind.value
    where = ", which lies with the staff already" if isinstance(work, Revision) else ""
    return f"{shown_title(about.title, text)} ({kind}, {len(text):,} characters){where}"


def _asked(outlet: Outlet, sitting: Sitting, texts: list[str], *, again: bool = False) -> Block:
    return _words(outlet, sitting, outlet.prompts.get("confirm"), texts=texts, again=again)


def _calls(sitting: Sitting) -> list[Block]:
    """The tool calls of the last turn, of an author that has tools."""
    return calls(sitting.said[-1]) if sitting.session.toolbox else []


def _tell(db: Session, outlet: Outlet, sitting: Sitting, blocks: list[Block], its_room: Room) -> None:
    confirm = outlet.prompts.get("confirm")
    remember(db, confirm.name, confirm.source, outlet.now())
    answer_with(db, outlet, sitting, blocks, its_room)


def _words(outlet: Outlet, sitting: Sitting, prompt: Prompt, **facts: object) -> Block:
    return words(prompt.fill(publication=outlet.settings.title, byline=sitting.author.byline, **facts))


def _say(db: Session, outlet: Outlet, sitting: Sitting, prompt: Prompt) -> None:
    """Say something to the author in words from prompts/."""
    remember(db, prompt.name, prompt.source, outlet.now())
    answer_with(db, outlet, sitting, [_words(outlet, sitting, prompt)])
