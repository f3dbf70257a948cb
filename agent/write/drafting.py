"""Tools of the drafting family. Each docstring is what the author reads."""

from sqlmodel import col, select

from agent.tables import Copy, Draft, Kind, Outcome, Piece, Publish
from agent.write.ending import Ending, Work
from agent.write.room import CannotDo, Room

TITLE_AT_MOST = 300
BESIDE = (Kind.POSTSCRIPT, Kind.STATEMENT)
"""Kinds of pieces that belong to another one, and so to no series."""


def save_draft(room: Room, text: str, draft: int | None = None, at_end: bool = False) -> str:
    """Save a text that is not finished. Drafts are private, and wait for you until another day.

    Without a number this begins a new draft. With the number of a draft it takes that one's place, or
    is added at its end if `at_end` is true: so a text may be longer than one reply. Nothing is put
    between the parts.
    """
    if not text.strip():
        raise CannotDo("The text is empty, so nothing was saved.")
    if draft is None:
        number, before = room.next_number(Draft), ""
    else:
        number, before = draft, _text(room, draft)
    blob = room.keep(before + text if at_end else text)
    room.db.add(Draft(author_id=room.author.id, number=number, turn_id=room.turn.id, blob_id=blob.id, at=room.now))
    room.db.flush()
    return f"Saved as draft {number}, {len((before if at_end else '') + text):,} characters."


def read_draft(room: Room, draft: int | None = None) -> str:
    """Read one of your drafts again, by its number, as it stands. Without a number: the list of them."""
    if draft is not None:
        return _text(room, draft)
    numbers = select(Draft.number, Draft.at).where(Draft.author_id == room.author.id).order_by(col(Draft.id))
    saved = dict(room.db.exec(numbers).all())
    return "\n".join(f"Draft {n}, saved {at:%Y-%m-%d}" for n, at in saved.items()) or "You have no drafts."


def submit(  # noqa: PLR0917
    room: Room,
    title: str = "",
    text: str = "",
    form: str = "",
    tags: list[str] | None = None,
    note_to_readers: str = "",
    draft: int | None = None,
    continues: int | None = None,
) -> Ending:
    """Submit a finished piece for publication.

    The text is Markdown and is kept exactly as you give it; nobody edits it. Staff read it before
    it is published. Title, form (such as essay, poem, letter, story), tags and a note to readers
    are yours to choose or leave empty. If it goes on from an earlier piece of yours, give the number of that
    one as continues, and readers find the two together. To submit a draft as it stands, give its number and
    leave the text empty. Submitting ends this sitting.
    """
    work = Work(
        whole(room, text, draft),
        title=line(title),
        form=form,
        tags=tags or [],
        note=note_to_readers,
        continues=None if continues is None else _goes_on_from(room, continues),
    )
    hand_in(room, work, draft)
    return Ending(Outcome.SUBMITTED, "the author submitted it")


def keep_private(room: Room, text: str = "") -> Ending:
    """Keep something private: it is not published and not reviewed, and waits among your drafts, where only
    you read it again. The text may be empty if you only want to leave. This ends the sitting; what you handed in
    before still goes to the staff."""
    if text.strip():
        save_draft(room, text)
    return Ending(Outcome.KEPT_PRIVATE, "the author kept it private")


def decline(room: Room, reason: str = "") -> Ending:
    """Decline this invitation. No reason is needed, and nothing follows from it; if you give one, staff
    can read it. This ends the sitting; what you handed in before still goes to the staff."""
    del room, reason  # It stands in the turn that called this tool, and nowhere else.
    return Ending(Outcome.DECLINED, "the author declined")


def whole(room: Room, text: str, draft: int | None) -> str:
    """The text that is meant: the one given, or a draft as it stands."""
    if draft is not None and text.strip():
        raise CannotDo("Give either the text or the number of a draft, not both.")
    found = _text(room, draft) if draft is not None else text
    if not found.strip():
        raise CannotDo("The text is empty. Give the text, or use decline if you would rather not write.")
    return found


def hand_in(room: Room, work: Work, draft: int | None) -> None:
    """Take a work in, unless its author said that nothing is to be published. `draft` is the one that it is, as
    it stands, so that an erasure reaches both."""
    if room.consent() is Publish.NO:
        raise CannotDo(
            "You said that nothing of yours is to be published, and that holds. Use change_consent if you have "
            "changed your mind, or keep_private to keep this."
        )
    made = room.submit(work)
    if draft is not None:
        room.db.add(Copy(blob_id=made.text_blob_id, of_blob_id=_newest(room, draft).blob_id))


def _goes_on_from(room: Room, number: int) -> int:
    """The piece that another goes on from, checked. It need not be public: a withdrawn one keeps its place. None can
    go on from itself, for each is given a number only after it was handed in."""
    kind = room.db.get_one(Piece, room.own(number).piece_id).kind
    if kind in BESIDE:
        what = "an afterword" if kind is Kind.POSTSCRIPT else "a statement"
        raise CannotDo(
            f"Piece {number} is {what}, which belongs to another piece. Name that one, or leave continues out."
        )
    return number


def line(title: str) -> str:
    """A title, checked."""
    if "\n" in title or len(title) > TITLE_AT_MOST:
        raise CannotDo(f"The title is one line of at most {TITLE_AT_MOST} characters. Please give it again.")
    return title


def _newest(room: Room, number: int) -> Draft:
    states = select(Draft).where(Draft.author_id == room.author.id, Draft.number == number)
    found = room.db.exec(states.order_by(col(Draft.id).desc())).first()
    if found is None:
        raise CannotDo(f"You have no draft {number}. Use read_draft without a number to see which there are.")
    return found


def _text(room: Room, number: int) -> str:
    text = room.show(_newest(room, number).blob_id)
    if text is None:
        raise CannotDo(f"Draft {number} was erased.")
    return text


TOOLS = (save_draft, read_draft, submit, keep_private, decline)
