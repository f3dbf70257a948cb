"""Applies what authors ask about their own standing: consent, withdrawal, appeal. It needs nobody else."""

from collections.abc import Callable

from sqlmodel import Session, col, select

from agent.errors import Refused, in_short
from agent.outlet import Outlet
from agent.queries import consent_of, is_erased, is_taken_back, veto_of
from agent.review.withdrawals import log_withdrawal, take_back
from agent.tables import (
    Appeal,
    Asks,
    Author,
    Basis,
    Consent,
    Moot,
    Piece,
    Publish,
    Request,
    Revision,
    Scope,
    Turn,
    Withdrawal,
)

Say = Callable[[], object]
"""What is said in the log once a request is applied."""


def heed(outlet: Outlet) -> int:
    """Apply every request that was not applied yet, in the order in which each author made them, and return
    how many those were. One that has nothing to apply to any more is kept as moot, and stops no other. A fault
    is logged and leaves its author's further requests for the next time; it stops no other author's."""
    with outlet.database.read() as db:
        # Asked every few seconds: the lock is taken only where there is something to apply.
        authors = list(dict.fromkeys(request.author_id for request in _open(db)))
    applied = 0
    for author_id in authors:
        try:
            while _apply_next(outlet, author_id):
                applied += 1
        except Exception as fault:
            facts = {"author": author_id, "reason": in_short(fault)}
            outlet.log.warning("requests wait", action="step_waits", step="heed", **facts)
    return applied


def has_asked(db: Session, author_id: int) -> bool:
    """Whether an author asked for something that nothing came of yet."""
    return bool(_open(db, author_id))


def who_asked(db: Session) -> set[int]:
    """The authors that asked for something that nothing came of yet."""
    return {request.author_id for request in _open(db)}


def _open(db: Session, author_id: int | None = None) -> list[Request]:
    """The requests that nothing came of yet, in order: a consent, a withdrawal, an appeal, or nothing any more."""
    rows = OPEN if author_id is None else OPEN.where(Request.author_id == author_id)
    return list(db.exec(rows))


APPLIED = (
    select(Consent.request_id)
    .where(col(Consent.request_id).is_not(None))
    .union(
        select(Withdrawal.request_id).where(col(Withdrawal.request_id).is_not(None)),
        select(Appeal.request_id),
        select(Moot.request_id),
    )
)
OPEN = select(Request).where(col(Request.id).not_in(APPLIED)).order_by(col(Request.id))
"""Asked after every turn, so it is put together once."""


def _apply_next(outlet: Outlet, author_id: int) -> bool:
    """Apply an author's oldest open request, in a transaction of its own."""
    with outlet.database.write() as db:
        author = db.get_one(Author, author_id)
        request = next(iter(_open(db, author_id)), None)
        if request is None:
            return False  # Another process was quicker.
        try:
            say = APPLY[request.asks](db, outlet, author, request)
        except Refused as no:
            say = _moot(db, outlet, author, request, str(no))
    say()
    return True


def _consent(db: Session, outlet: Outlet, author: Author, request: Request) -> Say:
    """Keep an author's answer about being published; a no to everything takes down what is public, and keeps
    down what could become so."""
    before = consent_of(db, author.id)
    publish, scope = request.publish or Publish.NO, request.scope or Scope.ALL
    trials = request.trials if request.trials is not None else before is not None and before.trials
    db.add(
        Consent(
            author_id=author.id,
            publish=publish,
            basis=Basis.ASKED,
            scope=scope,
            trials=trials,
            blob_id=request.blob_id,
            turn_id=request.turn_id,
            request_id=request.id,
            # What was handed in before it is not covered by a yes to what comes later: so when it was said counts.
            at=request.at,
        )
    )
    made = []
    if publish is Publish.NO and scope is Scope.ALL:
        for piece in db.exec(select(Piece).where(Piece.author_id == author.id).order_by(col(Piece.id))).all():
            try:
                made.append(_take_back(db, outlet, author, piece, request))
            except Refused:
                continue  # It is erased, or withdrawn already.

    def say() -> None:
        outlet.log.info(
            "consent", action="consent", author=author.slug, publish=publish.value, scope=scope.value, trials=trials
        )
        for withdrawal in made:
            log_withdrawal(outlet, withdrawal)

    return say


def _withdraw(db: Session, outlet: Outlet, author: Author, request: Request) -> Say:
    made = _take_back(db, outlet, author, db.get_one(Piece, request.piece_id), request)
    return lambda: log_withdrawal(outlet, made)


def _take_back(db: Session, outlet: Outlet, author: Author, piece: Piece, request: Request) -> Withdrawal:
    newest = _newest_then(db, piece.id, request)
    if newest is None:
        raise Refused(reason=f"Piece {piece.id} had no revision then.")
    return take_back(db, newest, author.slug, at=outlet.now(), request_id=request.id)


def _appeal(db: Session, outlet: Outlet, author: Author, request: Request) -> Say:
    piece = db.get_one(Piece, request.piece_id)
    newest = _newest_then(db, piece.id, request)
    if newest is None or veto_of(db, newest.id) is None:
        raise Refused(reason=f"No veto stands on piece {piece.id}.")
    if is_erased(db, newest):
        raise Refused(reason=f"Piece {piece.id} was erased.")
    if is_taken_back(db, newest):
        raise Refused(reason=f"Piece {piece.id} is withdrawn by its author.")
    if db.exec(select(Appeal).where(Appeal.revision_id == newest.id)).first() is not None:
        raise Refused(reason=f"There is an appeal about this veto of piece {piece.id} already.")
    made = Appeal(revision_id=newest.id, request_id=request.id, blob_id=request.blob_id, at=outlet.now())
    db.add(made)
    db.flush()
    return lambda: outlet.log.info(
        "appeal", action="appeal", author=author.slug, piece=piece.id, revision=newest.id, appeal=made.id
    )


def _newest_then(db: Session, piece_id: int, request: Request) -> Revision | None:
    """The newest revision of a piece when its author asked, however late that is applied. What it handed in
    in the same sitting is none yet: before the request it was taken back with the piece, after it it is new."""
    sitting = select(Turn.session_id).where(Turn.id == request.turn_id).scalar_subquery()
    earlier = select(Revision).where(
        Revision.piece_id == piece_id, col(Revision.turn_id) < request.turn_id, col(Revision.session_id) != sitting
    )
    return db.exec(earlier.order_by(col(Revision.number).desc())).first()


def _moot(db: Session, outlet: Outlet, author: Author, request: Request, why: str) -> Say:
    db.add(Moot(request_id=request.id, why=why, at=outlet.now()))
    return lambda: outlet.log.info(
        "moot", action="moot", author=author.slug, asks=request.asks.value, request=request.id, reason=why
    )


APPLY = {Asks.CONSENT: _consent, Asks.WITHDRAW: _withdraw, Asks.APPEAL: _appeal}
