"""Who is told of what waits, and how each of them likes to hear of it."""

from sqlmodel import Session, col, select

from agent.channels import MAIL, is_mailbox
from agent.errors import Refused, UnknownUser
from agent.notices.matter import Audience, Listener
from agent.outlet import Outlet
from agent.staff import having, roles_of
from agent.tables import Hears, StaffRole, User

BY_MAIL = f"{MAIL}:"


def audience(outlet: Outlet, db: Session) -> Audience:
    """Everybody who is told: the staff who have an address and did not wish for nothing, and each webhook."""
    found: list[Listener] = []
    for channel in outlet.channels:
        if channel.name != MAIL:
            found.append(Listener(channel.name))
            continue
        rows = select(User).where(User.email != "", User.hears != Hears.NOTHING).order_by(col(User.name))
        for user in db.exec(rows):
            roles = roles_of(db, outlet.settings, user.name)
            if roles and is_mailbox(user.email):
                found.append(Listener(BY_MAIL + user.name, user.name, roles, user.hears))
    held = frozenset(role for role in StaffRole if having(db, outlet.settings, role))
    return Audience(tuple(found), held)


def address_of(db: Session, channel: str) -> list[str]:
    """The e-mail address behind a row's channel; nothing where it is none of e-mail, or nobody's any more."""
    name = channel.removeprefix(BY_MAIL) if channel.startswith(BY_MAIL) else ""
    email = db.exec(select(User.email).where(User.name == name)).first()
    return [email] if email and is_mailbox(email) else []


def choose(outlet: Outlet, name: str, how: str) -> None:
    """Say how one of the staff likes to be told by e-mail. Raises Refused for what is no such way, and UnknownUser."""
    if how not in set(Hears):
        raise Refused(reason=f"Choose one of: {', '.join(Hears)}.")
    with outlet.database.write() as db:
        user = db.exec(select(User).where(User.name == name)).first()
        if user is None:
            raise UnknownUser(user=name, known=", ".join(db.exec(select(User.name).order_by(col(User.name)))))
        user.hears = Hears(how)
        db.add(user)
