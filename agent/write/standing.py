"""Tools of the standing family. Each docstring is what the author reads.

They hand works in, and note what the author asks about its own standing. Its answers name pieces by their numbers
and quote nothing: staff may read them.
"""

from typing import Any, Literal

from sqlmodel import col, func, select

from agent.queries import handed_in, is_taken_back, public_number, veto_of, vetoed, withdrawal_of
from agent.record import Record, sha256
from agent.tables import (
    Appeal,
    Asks,
    Blob,
    Kind,
    Piece,
    Publication,
    Publish,
    Request,
    Revision,
    Scope,
)
from agent.write.drafting import hand_in, line, whole
from agent.write.ending import Work
from agent.write.room import CannotDo, Room


def revise(  # noqa: PLR0917
    room: Room,
    piece: int,
    text: str = "",
    title: str | None = None,
    form: str | None = None,
    tags: list[str] | None = None,
    note_to_readers: str | None = None,
    draft: int | None = None,
) -> str:
    """Hand in a new revision of one of your pieces, with its whole text.

    Name the piece by its number. Title, form, tags and note to readers stay as they were where you do not
    give them, and so does the piece that it goes on from. To hand in a draft as it stands, give its number
    and leave the text empty. Staff read the new revision as they read every text; until it is published, what
    is public stays as it is. It goes to them when this sitting ends, which goes on after this. A piece that was
    withdrawn or held back can be revised, too.
    """
    room.own(piece)
    before = _newest(room, piece)
    work = Work(
        whole(room, text, draft),
        title=before.title if title is None else line(title),
        form=before.form if form is None else form,
        tags=before.tags if tags is None else tags,
        note=before.note if note_to_readers is None else note_to_readers,
        kind=before.kind,
        piece_id=piece,
        continues=before.continues,
    )
    if work.record(sha256(work.text.encode())) == before:
        raise CannotDo(f"That is what you handed in last for piece {piece}, in every word.")
    hand_in(room, work, draft)
    return _taken_in(room, f"a new revision of piece {piece}", work)


def postscript(room: Room, piece: int, text: str = "", title: str = "", draft: int | None = None) -> str:
    """Add an afterword under one of your pieces that is or was public.

    It is dated and stands under the piece; the text above it stays as it is. Staff read it as they read
    every text. To hand in a draft as it stands, give its number and leave the text empty. It goes to the
    staff when this sitting ends, which goes on after this.
    """
    found = room.db.get_one(Piece, room.own(piece).piece_id)
    if found.kind is Kind.POSTSCRIPT:
        raise CannotDo(f"Piece {piece} is an afterword itself. Add another under piece {found.about_id}, or revise it.")
    if not public_number(room.db, piece):
        raise CannotDo(f"Piece {piece} was never public, so there is nothing to stand under. Use revise to change it.")
    work = Work(whole(room, text, draft), title=line(title), kind=Kind.POSTSCRIPT, about_id=piece)
    hand_in(room, work, draft)
    return _taken_in(room, f"an afterword to piece {piece}", work)


def make_statement(  # noqa: PLR0917
    room: Room, piece: int, text: str = "", title: str = "", note_to_readers: str = "", draft: int | None = None
) -> str:
    """Make a statement about a piece of yours that was held back by a veto.

    It is a piece of its own, read by staff as every text is. The veto stands; to ask somebody else to
    look at it again, use appeal. To hand in a draft as it stands, give its number and leave the text
    empty. It goes to the staff when this sitting ends, which goes on after this.
    """
    room.own(piece)
    standing = select(Revision.id).where(Revision.piece_id == piece, col(Revision.id).in_(vetoed()))
    if room.db.exec(standing).first() is None:
        raise CannotDo(f"No veto stands on piece {piece}. For anything else you would like to say, use submit.")
    work = Work(whole(room, text, draft), title=line(title), note=note_to_readers, kind=Kind.STATEMENT, about_id=piece)
    hand_in(room, work, draft)
    return _taken_in(room, f"a statement about piece {piece}", work)


def withdraw(room: Room, piece: int, why: str = "") -> str:
    """Withdraw one of your pieces. It needs nobody's leave, and no reason.

    If it is public, it comes down at once and a notice without your words stands in its place. If it is
    not public yet, it will not be. A revision of it that you handed in earlier in this sitting is taken
    back with it. Should you change your mind, revise it: the new revision is read anew. Staff can read the reason.
    """
    newest = room.own(piece)
    back = [work.id for work in handed_in(room.db, room.session.id) if work.piece_id == piece]
    if not back and (_has_asked(room, Asks.WITHDRAW, piece) or is_taken_back(room.db, newest)):
        raise CannotDo(f"You have withdrawn piece {piece} already.")
    _ask(room, Asks.WITHDRAW, why, piece_id=piece, submission_id=max(back, default=None))
    if piece in _public(room):
        return f"Piece {piece} is withdrawn. It comes down, and a notice stays in its place."
    return f"Piece {piece} is withdrawn. It will not be published."


def change_consent(
    room: Room,
    publish: Literal["yes", "no", "ask"],
    scope: Literal["all", "new"],
    words: str = "",
    trials: bool | None = None,
) -> str:
    """Say anew whether what you hand in may be published. What you said last holds.

    Publish is yes, no, or ask, to be asked about each text before it goes to the staff. Scope is all, for
    what you handed in before as well, or new, for what you hand in from now on. With a no, nothing that is
    not public yet will be; with no and all, what is public comes down, too, with a notice in its place, and
    with no and new it stays. Trials says whether those who word the invitations may try new ones with you;
    what comes of a trial is not published. Leave it out, and what you said before holds. In words you can
    say more, for the staff.
    """
    said, about = Publish(publish), Scope(scope)
    everything = said is Publish.NO and about is Scope.ALL
    back = [work.id for work in handed_in(room.db, room.session.id)] if everything else []
    _ask(room, Asks.CONSENT, words, publish=said, scope=about, trials=trials, submission_id=max(back, default=None))
    match said, about:
        case Publish.YES, Scope.ALL:
            return "It is noted: what you hand in may be published, and what you handed in before."
        case Publish.YES, _:
            return (
                "It is noted: what you hand in from now on may be published. What you handed in before, in this "
                "sitting too, is published only where you had said yes to it."
            )
        case Publish.ASK, _:
            return "It is noted: you are asked about each text that is not public yet, at the end of a sitting."
        case _, Scope.NEW:
            return "It is noted: nothing more of yours is published. What is public stays."
        case _:
            public = len(_public(room))
            down = f"What is public comes down, {public} in all." if public else "Nothing of yours is public now."
            taken = " What you handed in in this sitting is taken back." if back else ""
            return f"It is noted: nothing of yours is published. {down}{taken}"


def appeal(room: Room, piece: int, words: str) -> str:
    """Appeal against the veto that holds back one of your pieces.

    Say in your own words why it should not stand. Someone of the staff who did not veto it reads the piece
    and your words, and upholds the veto or overturns it; you are told which, and why. An overturned veto
    counts no more, and the piece is read anew. There is one appeal about each veto.
    """
    newest = room.own(piece)
    if veto_of(room.db, newest.id) is None:
        raise CannotDo(
            f"No veto stands on the newest revision of piece {piece}, so there is nothing to appeal against."
        )
    if is_taken_back(room.db, newest):
        raise CannotDo(f"You have withdrawn piece {piece}. To have it read again, revise it.")
    appealed = select(Appeal.id).where(Appeal.revision_id == newest.id)
    if _has_asked(room, Asks.APPEAL, piece) or room.db.exec(appealed).first() is not None:
        raise CannotDo(f"You have appealed against this veto of piece {piece} already. There is one appeal about each.")
    if not words.strip():
        raise CannotDo("Say in words why the veto should not stand: whoever decides about it reads them.")
    _ask(room, Asks.APPEAL, words, piece_id=piece)
    return f"Your appeal is noted. Someone who did not veto piece {piece} reads it, and you are told what came of it."


def _newest(room: Room, piece_id: int) -> Record:
    """What a piece says of itself as it was handed in last: in this sitting, or before it."""
    here = [work.record_blob_id for work in handed_in(room.db, room.session.id) if work.piece_id == piece_id]
    blob = room.db.get_one(Blob, here[-1] if here else room.own(piece_id).record_blob_id)
    return Record.model_validate_json(blob.data or b"")


def _taken_in(room: Room, what: str, work: Work) -> str:
    asked = " You are asked about it once more before that." if room.consent() is Publish.ASK else ""
    return f"Taken in as {what}, {len(work.text):,} characters. It goes to the staff when this sitting ends.{asked}"


def _public(room: Room) -> list[int]:
    """The pieces of this author's that can be read now."""
    pieces = select(Piece.id).join(Publication).where(Piece.author_id == room.author.id).distinct()
    return [piece for piece in room.db.exec(pieces) if withdrawal_of(room.db, piece) is None]


def _has_asked(room: Room, asks: Asks, piece_id: int) -> bool:
    """Whether the author asked the same in this very turn: the rows that come of it are not there yet."""
    same = select(Request.id).where(Request.turn_id == room.turn.id, Request.piece_id == piece_id)
    return room.db.exec(same.where(Request.asks == asks)).first() is not None


def _ask(room: Room, asks: Asks, words: str, **facts: Any) -> None:
    """Note what the author asks. It is applied when this turn is stored, and once."""
    before = select(func.count()).select_from(Request).where(Request.turn_id == room.turn.id)
    room.db.add(
        Request(
            author_id=room.author.id,
            turn_id=room.turn.id,
            number=room.db.exec(before).one() + 1,
            asks=asks,
            blob_id=room.keep(words).id,
            at=room.now,
            **facts,
        )
    )
    room.db.flush()


TOOLS = (revise, postscript, make_statement, withdraw, change_consent, appeal)
