"""Links by which somebody sets a password and comes in, once."""

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from agent.channels import MAIL
from agent.errors import ChannelError, Refused
from agent.outlet import Message, Outlet
from agent.settings import Settings
from agent.staff.browsers import sha256
from agent.staff.roles import roles_of
from agent.tables import AuditEvent, OneTimeLink, User

LINK_LASTS = timedelta(hours=72)


def new_link(db: Session, settings: Settings, user: User, now: datetime, *, actor: str) -> str:
    """Make a link for somebody and return its token (32 random bytes); their earlier one ends. Raises Refused for
    somebody who holds no role."""
    if not roles_of(db, settings, user.name):
        raise Refused(reason=f"{user.name} holds no role, so no link was made. Give them one first.")
    token = secrets.token_urlsafe(32)
    end_links(db, user.id)
    db.add(OneTimeLink(token_sha256=sha256(token), user_id=user.id, actor=actor, at=now, ends_at=now + LINK_LASTS))
    db.add(AuditEvent(actor=actor, action="link_made", subject=user.name, at=now))
    return token


def person_of(db: Session, settings: Settings, token: str, now: datetime) -> User | None:
    """Whose link this is, if it holds: one that is wrong, used or past its time is nobody's."""
    holds = select(User).join(OneTimeLink, col(OneTimeLink.user_id) == User.id)
    mine = holds.where(OneTimeLink.token_sha256 == sha256(token), col(OneTimeLink.ends_at) > now)
    user = db.exec(mine).first()
    return user if user is not None and roles_of(db, settings, user.name) else None


def link_of(db: Session, user_id: int, now: datetime) -> OneTimeLink | None:
    """The link of somebody that waits to be used."""
    waits = select(OneTimeLink).where(OneTimeLink.user_id == user_id, col(OneTimeLink.ends_at) > now)
    return db.exec(waits).first()


def end_links(db: Session, user_id: int) -> None:
    """No link of somebody works any more."""
    db.exec(delete(OneTimeLink).where(col(OneTimeLink.user_id) == user_id))


def desk_address(settings: Settings) -> str:
    """Where staff reach the desk, as far as the settings know; it ends with a slash."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.desk_address or f"http://{host}:{settings.desk_port}/"


def tell(outlet: Outlet, user: User, address: str) -> str:
    """Send a new link to whom it is for, by e-mail and by nothing else: other channels have many readers. Returns what
    came of it, in words; nothing where there is no address or no mail server."""
    mail = next((channel for channel in outlet.channels if channel.name == MAIL), None)
    if mail is None or not user.email:
        return ""
    now, title = outlet.now(), outlet.settings.title
    message = Message(
        key=f"link:{user.id}:{now.isoformat()}",
        subject=f"Your way into the desk of {title}",
        words=f"{user.name}, this link is yours alone. It works once, until {now + LINK_LASTS:%d %B %Y, %H:%M} UTC: "
        "choose a password there, and you are in. If you did not expect it, tell whoever keeps the desk.",
        link=address,
        to=(user.email,),
        at=now,
    )
    try:
        mail.send(message)
    except ChannelError as fault:
        outlet.log.warning("a link was not sent", action="link_not_sent", subject=user.name, reason=str(fault))
        return f"It could not be sent to {user.email}: {fault} Hand it over yourself."
    return f"It was sent to {user.email}, too."
