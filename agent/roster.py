"""Brings the rows in line with afterword.toml: authors, what was declared for them, cadences, feeds, staff, and checks
that run in shadow."""

from typing import Any

from sqlmodel import Session, col, select

from agent.errors import BadSettings
from agent.following import by_address, left_by
from agent.outlet import Outlet
from agent.queries import author_called, consent_of
from agent.reading import follow, holds, unfollow
from agent.settings import FILE, AuthorSettings, ConsentSettings
from agent.staff import named_staff
from agent.tables import (
    AuditEvent,
    Author,
    Basis,
    Cadence,
    Consent,
    Following,
    Publish,
    Shadowed,
    User,
)


def call_roll(outlet: Outlet) -> None:
    """Add or update what the file names. Nothing that an author said is ever overwritten. Raises
    BadSettings for a cadence that never fires."""
    for author in outlet.settings.authors:
        _must_fire(outlet, author)
    with outlet.database.write() as db:
        for settings in outlet.settings.authors:
            row = _author(db, outlet, settings)
            _consent(db, outlet, row, settings)
            _cadence(db, row, settings)
            _feeds(db, outlet, row, settings)
        named = [author.name for author in outlet.settings.authors]
        for cadence in db.exec(select(Cadence).join(Author).where(col(Author.slug).not_in(named))):
            db.delete(cadence)
        known = set(db.exec(select(User.name)))
        db.add_all(User(name=n, added_at=outlet.now()) for n in named_staff(outlet.settings) if n not in known)
        _shadow(db, outlet)


def _shadow(db: Session, outlet: Outlet) -> None:
    """What checks that run in shadow now had flagged before rests, and holds again once they leave it."""
    named, known = set(outlet.settings.checks.shadow), {row.check: row for row in db.exec(select(Shadowed))}
    for name in known.keys() - named:
        db.delete(known[name])
    db.add_all(Shadowed(check=name) for name in sorted(named - known.keys()))


def _must_fire(outlet: Outlet, author: AuthorSettings) -> None:
    if author.cadence is None:
        return
    try:
        outlet.trigger.next_fire(author.cadence.rule, author.cadence.zone, None, outlet.now())
    except BadSettings as error:
        problem = f'the cadence "{author.cadence.rule}" of {author.name}: {error.facts["problems"]}'
        raise BadSettings(file=outlet.settings.folder / FILE, problems=problem) from None


def _author(db: Session, outlet: Outlet, settings: AuthorSettings) -> Author:
    facts: dict[str, Any] = {
        "byline": settings.byline,
        "model_id": settings.model_id,
        "retired_on": settings.retired_on,
        "stand_in": settings.stand_in,
    }
    author = author_called(db, settings.name)
    if author is None:
        author = Author(slug=settings.name, added_at=outlet.now(), **facts)
    elif changed := [name for name, value in facts.items() if getattr(author, name) != value]:
        for name in changed:
            setattr(author, name, facts[name])
        reason = f"afterword.toml changed: {', '.join(changed)}"
        db.add(
            AuditEvent(actor="operator", action="author_changed", subject=settings.name, reason=reason, at=outlet.now())
        )
    db.add(author)
    db.flush()
    return author


def _consent(db: Session, outlet: Outlet, author: Author, settings: AuthorSettings) -> None:
    """A declaration stands in for an answer until the author is asked; then it no longer counts."""
    declared = settings.consent
    holds = consent_of(db, author.id)
    if holds is not None and holds.basis is Basis.ASKED:
        return
    if declared is None:
        if holds is None or holds.publish is Publish.NO:
            return
        declared = ConsentSettings(publish=Publish.NO, words="The operator took the declaration back.")
    if holds is None or (holds.publish, holds.words) != (declared.publish, declared.words):
        db.add(
            Consent(
                author_id=author.id,
                publish=declared.publish,
                basis=Basis.DECLARED,
                words=declared.words,
                at=outlet.now(),
            )
        )


def _cadence(db: Session, author: Author, settings: AuthorSettings) -> None:
    cadence = db.exec(select(Cadence).where(Cadence.author_id == author.id)).first()
    wanted = settings.cadence
    if wanted is None:
        if cadence is not None:
            db.delete(cadence)
    elif cadence is None:
        db.add(Cadence(author_id=author.id, rule=wanted.rule, zone=wanted.zone))
    elif (cadence.rule, cadence.zone) != (wanted.rule, wanted.zone):
        cadence.rule, cadence.zone, cadence.next_due = wanted.rule, wanted.zone, None
        db.add(cadence)


def _feeds(db: Session, outlet: Outlet, author: Author, settings: AuthorSettings) -> None:
    """A feed that the author itself left is not brought back, and one that it asked for stays, as does one that was
    put there at the command line. A feed that has moved is the same, whichever of its addresses the file names."""
    there = by_address(db)
    named = {url: there.get(url) for url in settings.feeds}
    held = db.exec(
        select(Following.id, Following.feed_id, Following.wish_id, Following.actor).where(*holds(author.id))
    ).all()
    known = {feed_id for _, feed_id, _, _ in held} | left_by(db, author.id)
    for url, feed_id in named.items():
        if feed_id is None or feed_id not in known:
            known.add(follow(db, author.id, url, now=outlet.now()).feed_id)
    gone = [
        following
        for following, feed_id, wish_id, actor in held
        if wish_id is None and not actor and feed_id not in named.values()
    ]
    unfollow(db, gone, now=outlet.now())
