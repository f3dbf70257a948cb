"""Texts that are nearly the same as one, and the nearest of them side by side with it."""

from dataclasses import dataclass

from sqlmodel import Session

from agent import likeness
from agent.errors import Refused
from agent.fences import short
from agent.likeness import Alike, Part
from agent.record import record_of, shown_title, text_of
from agent.tables import Author, Piece, Revision

SHOWN_AT_MOST = 60_000
"""Letters of a text that are shown side by side with another."""


@dataclass(frozen=True)
class Near:
    """A text that is nearly the same, as it is named in a list."""

    found: Alike
    name: str
    byline: str
    percent: int
    """How much of the text that is read stands in it."""
    percent_back: int
    """How much of it stands in the text that is read."""


@dataclass(frozen=True)
class Twins:
    """What is like a text, and one of them side by side with it."""

    runs: int
    is_erased: bool
    is_known: bool
    """Whether this text was taken in among those that are compared."""
    near: list[Near]
    chosen: Near | None
    mine: list[Part]
    theirs: list[Part]
    is_cut: bool
    """Whether the texts are longer than what is shown of them."""


def twins(db: Session, revision: Revision, chosen: int | None) -> Twins:
    """The texts that are nearly the same, and one of them, by its revision, or else the nearest, side by side. Raises
    Unfaithful, and Refused where the one that was chosen is not like it."""
    found = likeness.alike(db, revision)
    near = [_near(db, each, found.runs) for each in found.alike]
    one = next((each for each in near if chosen in (None, each.found.revision.id)), None)
    if chosen is not None and one is None:
        raise Refused(reason=f"Revision {chosen} is not among the texts that are nearly the same as this one.")
    text, other = text_of(db, revision), text_of(db, one.found.revision) if one else None
    mine, theirs = (short(words or "", SHOWN_AT_MOST) for words in (text, other))
    return Twins(
        runs=found.runs,
        is_erased=text is None,
        is_known=likeness.is_known(db, revision.id),
        near=near,
        chosen=one,
        mine=likeness.marked(mine, theirs) if one else [],
        theirs=likeness.marked(theirs, mine) if one else [],
        is_cut=one is not None and (mine, theirs) != (text, other),
    )


def _near(db: Session, found: Alike, runs: int) -> Near:
    revision = found.revision
    text, about = text_of(db, revision), record_of(db, revision)
    author = db.get_one(Author, db.get_one(Piece, revision.piece_id).author_id)
    return Near(
        found=found,
        name=shown_title(about.title if about else "", text or ""),
        byline=author.byline,
        percent=round(100 * found.common / runs) if runs else 0,
        percent_back=round(100 * found.common / found.runs) if found.runs else 0,
    )
