"""Invites, appoints and removes. What somebody may do is never changed but by a new appointment, with who made it."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.errors import Refused, UnknownUser
from agent.settings import SLUG, Settings
from agent.staff.browsers import end_sessions, sessions_of
from agent.staff.links import end_links, link_of
from agent.staff.roles import appointment_of, having, named_staff, roles_in_file, roles_of
from agent.staff.tokens import revoke_all, tokens_of
from agent.tables import Appointment, AuditEvent, StaffRole, User

COMMAND_LINE = "operator"
"""Who acts at the command line, where nobody is signed in."""
NOBODYS = {COMMAND_LINE, "outlet", "author", "demo", "nobody", "unknown"}
"""Names that stand for no person, on record or in settings."""
NAME_AT_MOST = 40
EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[^@\s<>,;:\"()\[\]\\]{1,189}")


@dataclass(frozen=True)
class Member:
    """One of the staff, as listed."""

    id: int
    name: str
    email: str
    roles: list[StaffRole]
    in_file: list[StaffRole]
    """Those that afterword.toml gives; they cannot be taken at the desk."""
    appointed: Appointment | None
    can_sign_in: bool
    link_until: datetime | None
    second_factor: bool
    sessions: int
    tokens: int

    @property
    def comes_from(self) -> str:
        """Where the roles come from, in a few words."""
        by = self.appointed
        parts = ["afterword.toml"] if self.in_file else []
        if by is not None and by.roles:
            parts.append("the command line" if by.actor == COMMAND_LINE else by.actor)
        return " and ".join(parts) or "nobody"


def staff(db: Session, settings: Settings, now: datetime) -> list[Member]:
    """Everybody who holds a role, in the order of the alphabet."""
    newest = select(func.max(Appointment.id)).group_by(col(Appointment.user_id))
    rows = select(User).join(Appointment).where(col(Appointment.id).in_(newest))
    found = {user.name: user for user in db.exec(rows)}
    found |= {user.name: user for user in db.exec(select(User).where(col(User.name).in_(named_staff(settings))))}
    members = (member(db, settings, found[name], now) for name in sorted(found))
    return [each for each in members if each.roles]


def member(db: Session, settings: Settings, user: User, now: datetime) -> Member:
    """One of the staff, as listed."""
    link = link_of(db, user.id, now)
    return Member(
        id=user.id,
        name=user.name,
        email=user.email,
        roles=ordered(roles_of(db, settings, user.name)),
        in_file=ordered(roles_in_file(settings, user.name)),
        appointed=appointment_of(db, user.name),
        can_sign_in=_comes_in(settings, user),
        link_until=link.ends_at if link else None,
        second_factor=bool(user.totp_secret),
        sessions=len(sessions_of(db, user.id, now)),
        tokens=len(tokens_of(db, user.id)),
    )


def called(db: Session, settings: Settings, name: str) -> User:
    """One of the staff, by name. Raises UnknownUser."""
    user = db.exec(select(User).where(User.name == name)).first()
    if user is None or not roles_of(db, settings, name):
        names = {each for role in StaffRole for each in having(db, settings, role)}
        raise UnknownUser(user=name, known=", ".join(sorted(names)) or "nobody yet")
    return user


def add(
    db: Session,
    settings: Settings,
    name: str,
    roles: Iterable[StaffRole],
    now: datetime,
    *,
    actor: str,
    email: str = "",
) -> User:
    """Somebody is of the staff from now on. Who was before, and holds no role now, begins anew: no password, second
    factor, token or address is left. Raises Refused for a name that is taken or cannot be one, an address that cannot
    be one or is somebody else's, and where there is no role."""
    name, wanted = name.strip(), ordered(roles)
    if not SLUG.fullmatch(name) or len(name) > NAME_AT_MOST or name in NOBODYS:
        raise Refused(
            reason=f'"{name}" cannot be a name here: use small letters, digits and hyphens, like "ada-l", at most '
            f"{NAME_AT_MOST}, and none that stands for nobody ({', '.join(sorted(NOBODYS))})."
        )
    if not wanted:
        raise Refused(reason=f"Choose at least one role for {name}: {', '.join(StaffRole)}.")
    user = db.exec(select(User).where(User.name == name)).first()
    if user is not None and (appointed := appointment_of(db, name)) is not None and appointed.roles:
        raise Refused(reason=f"{name} is of the staff already. Change their roles, or make them a new link.")
    _may_give(db, settings, actor, name, wanted)
    if user is None:
        user = User(name=name, added_at=now)
        db.add(user)
        db.flush()
    elif not roles_of(db, settings, name):
        # Taken out of afterword.toml, say: whoever has the old password may be somebody else by now.
        _begin_anew(db, user, now, actor)
    if email.strip():
        set_email(db, user, email, now, actor=actor)
    _appoint(db, user, wanted, now, actor)
    return user


def appoint(
    db: Session, settings: Settings, user: User, roles: Iterable[StaffRole], now: datetime, *, actor: str
) -> None:
    """Somebody holds these roles from now on, besides what afterword.toml gives. Raises Refused where it would take
    the file's, make the actor more than they are, leave nobody to administer, or leave no role at all."""
    wanted, given = set(roles), roles_in_file(settings, user.name)
    if kept := ordered(given - wanted):
        raise Refused(reason=_only_in_the_file(user.name, kept))
    if not wanted:
        raise Refused(reason=f"Without any role {user.name} is of the staff no more. Remove them, if you mean that.")
    _may_give(db, settings, actor, user.name, wanted)
    _must_leave_an_administrator(db, settings, user, wanted)
    before = appointment_of(db, user.name)
    # What the file gives is not appointed on top, or it would stay when the file takes it away.
    own = ordered(wanted - given | {role for role in wanted if before is not None and role in before.roles})
    if own != (ordered(map(StaffRole, before.roles)) if before else []):
        _appoint(db, user, own, now, actor)


def remove(db: Session, settings: Settings, user: User, now: datetime, *, actor: str) -> None:
    """Somebody is of the staff no more: sessions, tokens, links, password and second factor end at once; what they
    did stays on record under their name. Raises Refused where afterword.toml names them, or nobody would be left to
    administer."""
    if given := ordered(roles_in_file(settings, user.name)):
        raise Refused(reason=_only_in_the_file(user.name, given))
    _must_leave_an_administrator(db, settings, user, set())
    _appoint(db, user, [], now, actor)
    _begin_anew(db, user, now, actor)


def set_email(db: Session, user: User, email: str, now: datetime, *, actor: str) -> None:
    """Where somebody's notices go, and how a sign-in by a directory is known; empty for nowhere. Raises Refused for
    what is no address, or is somebody else's."""
    email = email.strip()
    if email and not (EMAIL.fullmatch(email) and email.isprintable()):
        raise Refused(reason=f'"{email}" is no e-mail address. Write it like ada@example.org.')
    if email and (other := _with_email(db, email)) is not None and other.id != user.id:
        raise Refused(reason=f"{email} is the address of {other.name} already. Two people cannot share one.")
    if email != user.email:
        user.email = email
        db.add(user)
        db.add(AuditEvent(actor=actor, action="email_set", subject=user.name, at=now))


def with_email(db: Session, settings: Settings, email: str) -> User | None:
    """Who of the staff has this address, great and small letters alike."""
    user = _with_email(db, email)
    return user if user is not None and roles_of(db, settings, user.name) else None


def revoke_sessions(db: Session, user: User, now: datetime, *, actor: str, only: str = "", but: str = "") -> int:
    """Sign browsers of somebody out, on record; return how many."""
    ended = end_sessions(db, user.id, only=only, but=but)
    if ended:
        db.add(AuditEvent(actor=actor, action="sessions_ended", subject=user.name, reason=str(ended), at=now))
    return ended


def sign_out(db: Session, user: User, now: datetime, *, actor: str, but: str = "") -> tuple[int, int]:
    """Sign somebody out everywhere, with every token of theirs; return how many sessions and tokens ended."""
    return revoke_sessions(db, user, now, actor=actor, but=but), revoke_all(db, user, now, actor=actor)


def ordered(roles: Iterable[StaffRole]) -> list[StaffRole]:
    """Roles, each once, in the order in which they are always named."""
    given = set(roles)
    return [role for role in StaffRole if role in given]


def roles_named(names: Iterable[str]) -> list[StaffRole]:
    """Roles by their names. Raises Refused."""
    names = set(names)
    if strange := names - set(StaffRole):
        raise Refused(reason=f"There is no role {', '.join(sorted(strange))}. There are: {', '.join(StaffRole)}.")
    return ordered(map(StaffRole, names))


def _appoint(db: Session, user: User, roles: list[StaffRole], now: datetime, actor: str) -> None:
    db.add(Appointment(user_id=user.id, roles=[role.value for role in roles], actor=actor, at=now))
    db.flush()


def _begin_anew(db: Session, user: User, now: datetime, actor: str) -> None:
    """Nothing that somebody came in by works any more."""
    end_sessions(db, user.id)
    end_links(db, user.id)
    revoke_all(db, user, now, actor=actor)
    user.password_hash, user.totp_secret, user.email = None, None, ""
    db.add(user)


def _may_give(db: Session, settings: Settings, actor: str, name: str, wanted: Collection[StaffRole]) -> None:
    """At the desk an administrator gives roles to others, and nobody to themselves."""
    if actor == COMMAND_LINE:
        return
    held = roles_of(db, settings, actor)
    if StaffRole.ADMINISTRATOR not in held:
        raise Refused(reason="This is for administrators alone.")
    if actor == name and (more := ordered(set(wanted) - held)):
        words = " and ".join(more)
        raise Refused(
            reason=f"Nobody makes themselves {words}: another administrator does, or `afterword users roles`."
        )


def _must_leave_an_administrator(db: Session, settings: Settings, user: User, wanted: Collection[StaffRole]) -> None:
    admin = StaffRole.ADMINISTRATOR
    if admin in wanted or admin not in roles_of(db, settings, user.name) or not _comes_in(settings, user):
        return
    others = [name for name in having(db, settings, admin) if name != user.name]
    if not any(_comes_in(settings, other) for other in db.exec(select(User).where(col(User.name).in_(others)))):
        raise Refused(
            reason=f"{user.name} is the last administrator who can sign in. Appoint another one first, and let them "
            "come in once."
        )


def _comes_in(settings: Settings, user: User) -> bool:
    """Whether somebody can sign in: with a password, or by the directory."""
    return user.password_hash is not None or (settings.oidc is not None and user.email != "")


def _with_email(db: Session, email: str) -> User | None:
    # In our code: the two databases fold letters differently, and the staff are few.
    wanted = _folded(email.strip())
    found = [user for user in db.exec(select(User).where(User.email != "")) if _folded(user.email) == wanted]
    return found[0] if wanted and len(found) == 1 else None


def _folded(email: str) -> bytes:
    """An address with A to Z made small, and no other letter: to mail "straße" and "strasse" are two."""
    return email.encode("utf-8", "surrogatepass").lower()


def _only_in_the_file(name: str, roles: list[StaffRole]) -> str:
    return (
        f"afterword.toml names {name} as {' and '.join(roles)}, and what stands there cannot be taken here. Take the "
        "name out of the file, and start `afterword up` again."
    )
