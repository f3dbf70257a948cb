"""Brings the rows in line with afterword.toml: authors, what was declared for them, cadences, feeds, staff."""

from typing import Any

from sqlmodel import Session, col, select

from agent.errors import BadSettings
from agent.outlet import Outlet
from agent.queries import author_called, consent_of
from agent.reading import follow, followings, unfollow
from agent.settings import FILE, AuthorSettings, ConsentSettings
from agent.tables import (
    AuditEvent,
    Author,
    Basis,
    Cadence,
    Consent,
    Feed,
    Following,
    Publish,
    Unfollowing,
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
        db.add_all(User(name=n, added_at=outlet.now()) for n in outlet.settings.reviewers if n not in known)


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
    """A feed that the author itself left is not brought back, and one that it asked for stays."""
    left = (
        select(Feed.url)
        .join(Following, col(Following.feed_id) == Feed.id)
        .join(Unfollowing, col(Unfollowing.following_id) == Following.id)
        .where(Following.author_id == author.id, col(Unfollowing.turn_id).is_not(None))
    )
    held = followings(db, author.id)
    urls = {following.id: db.get_one(Feed, following.feed_id).url for following in held}
    known = {*urls.values(), *db.exec(left)}
    for url in dict.fromkeys(settings.feeds):
        if url not in known:
            follow(db, author.id, url, now=outlet.now())
    gone = [f.id for f in held if f.wish_id is None and urls[f.id] not in settings.feeds]
    unfollow(db, gone, now=outlet.now())
