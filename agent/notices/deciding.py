"""What waits for reviewers: pieces, vetoes that need a second, appeals, withdrawals, erasures.

What is said is in words of ours: a mail can be read on its way, so a piece goes by its number and its byline, and what
a reviewer wrote stays at the desk.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from agent.consent import lack_of
from agent.notices.kind import Ids, Kind, has, named
from agent.notices.matter import REVIEWERS, Matter
from agent.outlet import Outlet
from agent.queries import is_erased, is_taken_back, public_number, veto_of
from agent.review.bar import URGENT_LASTS, Decision
from agent.review.erasure import MAY_AGREE
from agent.review.queue import waits_for_people
from agent.review.waiting import BATCH, Standing, standings
from agent.tables import (
    Appeal,
    Confirmation,
    Docket,
    ErasureAnswer,
    ErasureProposal,
    Reinstatement,
    Review,
    Revision,
    Ruling,
    Verdict,
    Withdrawal,
    WithdrawnBy,
)


def _piece(outlet: Outlet, db: Session, revision_id: int) -> Matter | None:
    """A piece, or a new revision of one, that nobody has given a verdict on."""
    docket = _open(db, revision_id)
    if docket is None or docket.reviews:
        return None
    revision = db.get_one(Revision, revision_id)
    name, again = named(db, docket.piece_id), "" if revision.number == 1 else f", revision {revision.number},"
    return Matter(
        f"piece:{revision_id}",
        f"{name[0].upper()}{name[1:]}{again} waits to be read",
        f"{name[0].upper()}{name[1:]}{again} has arrived and waits for a reviewer.",
        f"revisions/{revision_id}",
        revision.at,
        REVIEWERS,
    )


def by_review(outlet: Outlet, db: Session, review_id: int) -> Matter | None:
    """A verdict after which another person is needed."""
    review = db.get(Review, review_id)
    if review is None or (docket := _open(db, review.revision_id)) is None:
        return None
    needed = _needed(standings(db, [review.revision_id])[review.revision_id], named(db, docket.piece_id))
    # Otherwise another verdict says it, or nobody is needed.
    return needed if needed is not None and needed.key.endswith(f":{review_id}") else None


def half_decided(db: Session) -> Iterator[Matter]:
    """Every revision on which one has spoken and another is needed."""
    begun = select(Docket.revision_id, Docket.piece_id).where(Docket.reviews > 0, *waits_for_people(db))
    pieces = dict(db.exec(begun).all())
    ids = list(pieces)
    for start in range(0, len(ids), BATCH):
        for revision_id, stands in standings(db, ids[start : start + BATCH]).items():
            if (needed := _needed(stands, f"piece {pieces[revision_id]}")) is not None:
                yield needed


def _needed(stands: Standing, name: str) -> Matter | None:
    """That another person is needed, if so. Pure."""
    verdict = NEEDS.get(stands.decision)
    same = [each for each in stands.reviews if each.verdict is verdict]
    if verdict is None or not same:
        return None
    latest = {each.reviewer: each.verdict for each in stands.reviews}
    escalated = {each.reviewer for each in stands.reviews if each.verdict is Verdict.ESCALATE}
    kind, subject, words = SAYS[verdict]
    return Matter(
        f"{kind}:{same[-1].id}",
        subject.format(name=name, Name=name[0].upper() + name[1:]),
        " ".join(words.split()),
        f"revisions/{same[-1].revision_id}",
        same[-1].at,
        REVIEWERS,
        frozenset({who for who, said in latest.items() if said is verdict} | escalated),
    )


NEEDS = {
    Decision.VETO_WAITS: Verdict.VETO,
    Decision.SECOND: Verdict.PUBLISH,
    Decision.ESCALATED: Verdict.ESCALATE,
}
SAYS = {
    Verdict.VETO: (
        "veto",
        "A veto of {name} needs a second reviewer",
        """One reviewer has given a veto. It stands only if a second one agrees; if the second says publish, the piece
        goes out. What the first one wrote is shown to you after your own verdict.""",
    ),
    Verdict.PUBLISH: (
        "second",
        "{Name} needs a second publish verdict",
        "A check has raised a flag that asks for two. One reviewer has said publish; it goes out once another does.",
    ),
    Verdict.ESCALATE: (
        "escalation",
        "{Name} needs another reviewer",
        "A reviewer has handed it on, with a question that stands at the desk. Somebody else decides.",
    ),
}


def _ruling(outlet: Outlet, db: Session, ruling_id: int) -> Matter | None:
    """A text whose veto was overturned, and that waits to be read again."""
    ruling = db.get(Ruling, ruling_id)
    if ruling is None or not ruling.overturned:
        return None
    revision_id = db.get_one(Appeal, ruling.appeal_id).revision_id
    docket = _open(db, revision_id)
    later = select(Review.id).where(Review.revision_id == revision_id, col(Review.at) > ruling.at)
    if docket is None or db.exec(later).first() is not None:
        return None
    name = named(db, docket.piece_id)
    return Matter(
        f"again:{ruling_id}",
        f"{name[0].upper()}{name[1:]} waits to be read again",
        "Its veto was overturned on appeal. The ordinary bar decides now, and no further veto is taken.",
        f"revisions/{revision_id}",
        ruling.at,
        REVIEWERS,
    )


def _appeal(outlet: Outlet, db: Session, appeal_id: int) -> Matter | None:
    appeal = db.get(Appeal, appeal_id)
    if appeal is None or has(db, select(Ruling.id).where(Ruling.appeal_id == appeal_id)):
        return None
    revision = db.get_one(Revision, appeal.revision_id)
    if is_erased(db, revision) or is_taken_back(db, revision) or veto_of(db, revision.id) is None:
        return None
    if (lack := lack_of(db, revision)) is not None and lack.is_no:
        return None
    vetoed = select(Review.reviewer).where(Review.revision_id == revision.id, Review.verdict == Verdict.VETO)
    return Matter(
        f"appeal:{appeal_id}",
        f"An appeal about {named(db, revision.piece_id)} waits",
        "Its author has answered the veto. Somebody who did not veto upholds it or overturns it.",
        f"appeals/{appeal_id}",
        appeal.at,
        REVIEWERS,
        frozenset(db.exec(vetoed)),
    )


def _withdrawal(outlet: Outlet, db: Session, withdrawal_id: int) -> Matter | None:
    withdrawal = db.get(Withdrawal, withdrawal_id)
    if withdrawal is None or withdrawal.by is WithdrawnBy.AUTHOR:
        return None
    confirmed = select(Confirmation.id).where(Confirmation.withdrawal_id == withdrawal_id)
    ended = select(Reinstatement.id).where(Reinstatement.withdrawal_id == withdrawal_id)
    if has(db, confirmed) or has(db, ended) or withdrawal.upto < public_number(db, withdrawal.piece_id):
        return None
    words = "One of the staff asks for it to be taken down. It stays until a second person agrees."
    if withdrawal.by is WithdrawnBy.URGENT:
        back = withdrawal.at + URGENT_LASTS
        words = (
            f"One of the staff has taken it down at once. It returns on {back:%Y-%m-%d at %H:%MZ} unless a second "
            "person agrees."
        )
    return Matter(
        f"withdrawal:{withdrawal_id}",
        f"A withdrawal of {named(db, withdrawal.piece_id)} needs a second person",
        words,
        f"pieces/{withdrawal.piece_id}",
        withdrawal.at,
        REVIEWERS,
        frozenset({withdrawal.actor}),
    )


def _erasure(outlet: Outlet, db: Session, proposal_id: int) -> Matter | None:
    proposal = db.get(ErasureProposal, proposal_id)
    if proposal is None or has(db, select(ErasureAnswer.id).where(ErasureAnswer.proposal_id == proposal_id)):
        return None
    name = named(db, proposal.piece_id)
    what = name if proposal.correction_id is None else f"correction {proposal.correction_id} beside {name}"
    return Matter(
        f"erasure:{proposal_id}",
        f"An erasure of {what} needs a second person",
        "One of the staff proposes to empty its bytes, for good. A second person agrees or declines.",
        f"erasures/{proposal_id}",
        proposal.at,
        frozenset(MAY_AGREE),
        frozenset({proposal.actor}),
    )


def _open(db: Session, revision_id: int) -> Docket | None:
    """A revision that waits for people, as its author agrees."""
    docket = db.get(Docket, revision_id)
    if docket is None or docket.resolution_id is not None:
        return None
    lack = lack_of(db, db.get_one(Revision, revision_id))
    return None if lack is not None and lack.is_no else docket


def _of_docket() -> Ids:
    return select(Docket.revision_id).where(col(Docket.resolution_id).is_(None))


KINDS = (
    Kind("piece", REVIEWERS, Docket.revision_id, Docket.at, lambda: _of_docket().where(Docket.reviews == 0), _piece),
    Kind(
        "review",
        REVIEWERS,
        Review.id,
        Review.at,
        lambda: (
            select(Review.id)
            .join(Docket, col(Docket.revision_id) == Review.revision_id)
            .where(col(Docket.resolution_id).is_(None), Docket.reviews > 0)
        ),
        by_review,
    ),
    Kind("again", REVIEWERS, Ruling.id, Ruling.at, lambda: select(Ruling.id).where(col(Ruling.overturned)), _ruling),
    Kind("appeal", REVIEWERS, Appeal.id, Appeal.at, lambda: select(Appeal.id), _appeal),
    Kind(
        "withdrawal",
        REVIEWERS,
        Withdrawal.id,
        Withdrawal.at,
        lambda: select(Withdrawal.id).where(Withdrawal.by != WithdrawnBy.AUTHOR),
        _withdrawal,
    ),
    Kind(
        "erasure",
        frozenset(MAY_AGREE),
        ErasureProposal.id,
        ErasureProposal.at,
        lambda: select(ErasureProposal.id),
        _erasure,
    ),
)
