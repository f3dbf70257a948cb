"""What a name may do: what afterword.toml gives it, and its latest appointment in the database."""

from sqlmodel import Session, col, func, select

from agent.settings import Settings
from agent.tables import Appointment, StaffRole, User


def named_staff(settings: Settings) -> list[str]:
    """The names that afterword.toml gives any role, each once."""
    return list(dict.fromkeys([*settings.reviewers, *settings.operators, *settings.administrators]))


def roles_in_file(settings: Settings, name: str) -> frozenset[StaffRole]:
    """What afterword.toml gives a name; nobody takes that away at the desk."""
    given = {
        StaffRole.REVIEWER: settings.reviewers,
        StaffRole.OPERATOR: settings.operators,
        StaffRole.ADMINISTRATOR: settings.administrators,
    }
    return frozenset(role for role, names in given.items() if name in names)


def appointment_of(db: Session, name: str) -> Appointment | None:
    """The latest appointment of a name: the one that holds."""
    rows = select(Appointment).join(User, col(User.id) == Appointment.user_id).where(User.name == name)
    return db.exec(rows.order_by(col(Appointment.id).desc()).limit(1)).first()


def roles_of(db: Session, settings: Settings, name: str) -> frozenset[StaffRole]:
    """What somebody may do; nothing, for a name that is not of the staff."""
    appointed = appointment_of(db, name)
    return roles_in_file(settings, name) | {StaffRole(role) for role in (appointed.roles if appointed else ())}


def having(db: Session, settings: Settings, role: StaffRole) -> list[str]:
    """The names that hold a role, in the order of the alphabet."""
    newest = select(func.max(Appointment.id)).group_by(col(Appointment.user_id))
    rows = select(User.name, Appointment.roles).join(Appointment, col(Appointment.user_id) == User.id)
    appointed = {name for name, roles in db.exec(rows.where(col(Appointment.id).in_(newest))) if role in roles}
    return sorted(appointed | {name for name in named_staff(settings) if role in roles_in_file(settings, name)})
