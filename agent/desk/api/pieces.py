"""Pieces that are or were public, withdrawals of them, and the corrections that stand beside them."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import Field

from agent.desk.api.caller import Reviewer, Who
from agent.desk.api.shapes import A_PAGE, DONE, NEWEST, ONE, After, Given, Limit, Moment, Page, Told, following, need
from agent.desk.pages import Here, Id
from agent.desk.shown.shelf import Held, State, held, shelved
from agent.outlet import Outlet
from agent.review import actions
from agent.review.withdrawals import ByStaff
from agent.tables import Kind, WithdrawnBy
from agent.tables import Piece as PieceRow

router = APIRouter()


class Listed(Told):
    """A piece that is or was public."""

    piece: int
    name: str
    author: str
    byline: str
    kind: Kind
    state: State
    notes: int = Field(description="Corrections beside it.")
    published_at: Moment


class Withdrawal(Told):
    """A withdrawal, and what came of it."""

    withdrawal: int
    by: WithdrawnBy
    actor: str
    ground: str
    reason: str
    upto: int = Field(description="The number of the last revision that it reaches.")
    at: Moment
    confirmed_by: str | None
    confirmed_at: Moment | None
    ended_at: Moment | None
    waits: bool = Field(description="Whether a second person has still to agree.")


class Correction(Told):
    """A note of the staff beside a piece; its words are null where they were erased."""

    correction: int
    revision: int
    actor: str
    words: str | None
    at: Moment


class Piece(Told):
    """One piece, public or not, with what was done about it."""

    piece: int
    kind: Kind
    name: str
    author: str
    byline: str
    revision: int = Field(description="That which is or was public last, or else the newest.")
    number: int = Field(description="The number of the one that is or was public last; 0 where none was.")
    path: str
    published_at: Moment | None
    stands: str = Field(description="What is to be said of one that was never public.")
    is_down: bool
    withdrawals: list[Withdrawal]
    corrections: list[Correction]


class GivenWithdrawal(Given):
    """A wish of the staff that a piece come down."""

    by: ByStaff = Field(description="By two people, or at once by one where that is allowed.")
    ground: str
    reason: str


class GivenCorrection(Given):
    """A note to stand beside a piece, never inside it."""

    words: str


@router.get("/pieces")
def list_pieces(
    outlet: Here,
    _: Who,
    after: After = None,
    limit: Limit = A_PAGE,
    author: Annotated[str, Query(description="Of this author alone, by its slug.")] = "",
    state: State | None = None,
) -> Page[Listed]:
    """What is or was public, newest first."""
    with outlet.database.read() as db:
        rows = shelved(db, author=author, state=state, before=after or NEWEST, limit=limit + 1)
    items = [Listed.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=following(rows, limit, lambda row: row.publication))


@router.get("/pieces/{piece_id}", responses=ONE)
def read_piece(outlet: Here, _: Who, piece_id: Id) -> Piece:
    """One piece, and what was done about it."""
    return read(outlet, piece_id)


@router.post("/pieces/{piece_id}/withdrawals", status_code=201, responses=DONE)
def add_withdrawal(outlet: Here, who: Reviewer, piece_id: Id, given: GivenWithdrawal) -> Piece:
    """Ask for a piece to come down. Where it is not urgent, a second person confirms it first."""
    _need(outlet, piece_id)
    actions.withdraw(outlet, piece_id, who.name, given.by, ground=given.ground, reason=given.reason)
    return read(outlet, piece_id)


@router.post("/pieces/{piece_id}/corrections", status_code=201, responses=DONE)
def add_correction(outlet: Here, who: Reviewer, piece_id: Id, given: GivenCorrection) -> Piece:
    """Set a note beside a piece, for its readers."""
    _need(outlet, piece_id)
    actions.correct(outlet, piece_id, who.name, given.words)
    return read(outlet, piece_id)


def _need(outlet: Outlet, piece_id: int) -> None:
    with outlet.database.read() as db:
        need(db, PieceRow, piece_id)


def read(outlet: Outlet, piece_id: int) -> Piece:
    """One piece as it stands now. Raises 404."""
    with outlet.database.read() as db:
        found = held(outlet, db, piece_id)
    if found is None:
        raise HTTPException(404)
    return _told(found)


def _told(found: Held) -> Piece:
    return Piece(
        piece=found.piece,
        kind=Kind(found.kind),
        name=found.name,
        author=found.author,
        byline=found.byline,
        revision=found.revision,
        number=found.number,
        path=found.path,
        published_at=found.published_at,
        stands=found.stands,
        is_down=found.down is not None,
        withdrawals=[
            Withdrawal(
                withdrawal=asked.withdrawal.id,
                **asked.withdrawal.model_dump(include={"by", "actor", "ground", "reason", "upto", "at"}),
                confirmed_by=asked.confirmed.actor if asked.confirmed else None,
                confirmed_at=asked.confirmed.at if asked.confirmed else None,
                ended_at=asked.ended.at if asked.ended else None,
                waits=asked.waits,
            )
            for asked in found.withdrawals
        ],
        corrections=[Correction.model_validate(note) for note in found.corrections],
    )
