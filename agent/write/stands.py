"""How a revision stands, in words for its author."""

from sqlmodel import Session, col, select

from agent.consent import assent_of, is_covered
from agent.queries import consent_of, is_overturned, newest_number, public_number, veto_of, withdrawal_of
from agent.tables import Appeal, Publication, Publish, Revision, Ruling, Veto, WithdrawnBy


def stands(db: Session, author_id: int, revision: Revision) -> str:
    """How a revision of this author's stands now. A veto is never covered by what came after it."""
    withdrawn = _withdrawn(db, revision)
    published = db.exec(select(Publication.at).where(Publication.revision_id == revision.id)).first()
    if published is not None:
        public = public_number(db, revision.piece_id)
        later = f", and replaced by revision {public} since" if public > revision.number else ""
        return withdrawn or f"published on {published:%Y-%m-%d}{later}"
    if (veto := veto_of(db, revision.id)) is not None:
        return _vetoed(db, veto)
    if withdrawn:
        return withdrawn
    if (newest := newest_number(db, revision.piece_id)) > revision.number:
        return f"not published, and replaced by revision {newest}"
    if not is_covered(db, revision):
        return _uncovered(db, author_id, revision)
    again = " again, because you appealed and the veto was overturned" if is_overturned(db, revision.id) else ""
    return f"waiting for review{again}"


def _withdrawn(db: Session, revision: Revision) -> str:
    withdrawal = withdrawal_of(db, revision.piece_id, revision.number)
    if withdrawal is None:
        return ""
    if withdrawal.by is WithdrawnBy.AUTHOR:
        return f"withdrawn by you on {withdrawal.at:%Y-%m-%d}"
    return f"taken down by staff on {withdrawal.at:%Y-%m-%d} (ground: {withdrawal.ground})"


def _vetoed(db: Session, veto: Veto) -> str:
    rulings = (
        select(Appeal.id, Ruling.id)
        .select_from(Appeal)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(Appeal.revision_id == veto.revision_id)
    )
    appeal = db.exec(rulings).first()
    after = "" if appeal is None else "; your appeal waits for its answer"
    if appeal is not None and appeal[1] is not None:
        after = "; you appealed, and the veto was upheld"
    return f"not published: vetoed on {veto.at:%Y-%m-%d} (ground: {veto.ground}){after}"


def _uncovered(db: Session, author_id: int, revision: Revision) -> str:
    """Why the author's consent does not cover it."""
    if assent_of(db, revision.id) is False:
        return "not published: asked about this text, you did not say yes"
    holds = consent_of(db, author_id)
    if holds is not None and holds.publish is Publish.NO:
        return "not published, as you said"
    return "waiting for your word on whether it may be published"
