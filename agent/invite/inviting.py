"""Makes the invitation for a slot, once, with what lies beside it."""

import secrets
from datetime import datetime

from sqlmodel import Session, select

from agent import polling, reading
from agent.invite.context import shelf_of
from agent.invite.offer import Offer, to_be_interviewed, to_write
from agent.outlet import Outlet
from agent.prompts import remember
from agent.queries import author_called
from agent.record import keep, sha256
from agent.tables import Arm, Author, ContextBlock, Copy, Invitation, Purpose, Slot


def invite(outlet: Outlet, slot_id: int) -> int:
    """Make the invitation for a slot, once, and return its id."""
    with outlet.database.read() as db:
        if (made := _made(db, slot_id)) is not None:
            return made
        slot = db.get_one(Slot, slot_id)
        author = db.get_one(Author, slot.author_id)
    to_writing = slot.purpose is Purpose.WRITING
    if to_writing:
        polling.refresh(outlet, author)
    seed = secrets.randbits(31)
    with outlet.database.write(author.id) as db:
        if (made := _made(db, slot_id)) is not None:
            return made
        if to_writing:
            offer = to_write(db, outlet, author, wanted=slot.prompt, seed=seed)
        else:
            offer = to_be_interviewed(outlet, author)
        invitation = _store(db, author, offer, now=outlet.now(), slot_id=slot_id, seed=seed)
    outlet.log.info(
        "invited", action="invited", author=author.slug, slot=slot_id, invitation=invitation.id, prompt=offer.prompt
    )
    return invitation.id


def lacks(outlet: Outlet, author_slug: str, prompt: str) -> tuple[Arm, ...]:
    """What an invitation lays beside it where none of it is there for an author now; nothing where any is. Of
    feeds that it follows, entries may come until it is invited. Raises UnknownPrompt."""
    arms = outlet.prompts.invitation(prompt).front.arms
    about = outlet.settings.author(author_slug)
    with outlet.database.read() as db:
        if (author := author_called(db, author_slug)) is None:
            return ()
        shelf = shelf_of(db, author.id, tools=about.profile.tools, hosts=about.bounds.hosts)
        there = {Arm.MINIMAL, *(arm for arm, things in shelf.items() if things)}
        if reading.reading_list(db, author.id):
            there.add(Arm.NEWS)
    return () if there & {*arms} else arms


def _made(db: Session, slot_id: int) -> int | None:
    return db.exec(select(Invitation.id).where(Invitation.slot_id == slot_id)).first()


def _store(db: Session, author: Author, offer: Offer, *, now: datetime, slot_id: int, seed: int) -> Invitation:
    composed = offer.composed
    invitation = Invitation(
        slot_id=slot_id,
        author_id=author.id,
        byline=author.byline,
        model_id=author.model_id,
        retired_on=author.retired_on,
        stand_in=author.stand_in,
        prompt=offer.prompt,
        arm=offer.arm.value,
        seed=seed,
        prompts=[remember(db, prompt.name, prompt.source, now) for prompt in offer.prompts],
        welcome=composed.welcome,
        words=composed.words,
        words_sha256=sha256(composed.words.encode()),
        at=now,
    )
    db.add(invitation)
    db.flush()
    for number, thing in enumerate(offer.beside, 1):
        blob = keep(db, thing.text.encode())
        db.add(
            ContextBlock(
                invitation_id=invitation.id,
                number=number,
                kind=thing.kind,
                source=thing.source,
                title=thing.title,
                sha256=blob.sha256,
                blob_id=blob.id,
                entry_id=thing.entry_id,
            )
        )
        # An erasure of what is quoted reaches what was laid out.
        db.add_all(Copy(blob_id=blob.id, of_blob_id=quoted) for quoted in sorted(thing.quotes))
    return invitation
