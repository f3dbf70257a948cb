"""What staff are told, in a test: who has which address, and sweeps that look and send."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import select

from agent.channels import MailSettings
from agent.errors import ChannelError
from agent.notices.sending import due, send_next
from agent.notices.telling import SINCE, Teller
from agent.outlet import Channel, Message, Outlet
from agent.tables import Hears, Notification, StaffRole, User

DESK = "https://desk.example/"


@dataclass
class Way:
    """A channel of the outside world, without its wires: keeps what it is handed, or raises what a script says."""

    name: str = "mail"
    got: list[Message] = field(default_factory=list)
    faults: list[ChannelError | Exception | None] = field(default_factory=list)
    meets: Callable[[Message], None] = lambda _: None

    def look(self) -> str:
        """Keep the protocol Channel."""
        return "here"

    def send(self, message: Message) -> None:
        """Keep the protocol Channel."""
        self.meets(message)
        if (fault := self.faults.pop(0) if self.faults else None) is not None:
            raise fault
        self.got.append(message)

    @property
    def told(self) -> list[str]:
        """Who was told what, in order."""
        return [" ".join([*message.to, message.key]) for message in self.got]


def told_by(outlet: Outlet, *channels: Channel, **settings: Any) -> Outlet:
    """The same outlet, which tells its staff by these channels."""
    mail = MailSettings(host="127.0.0.1", sender="afterword@example.org", security="none")
    changed = {"desk_address": DESK, "mail": mail} | settings
    return replace(outlet, channels=channels, settings=outlet.settings.model_copy(update=changed))


def lives_at(outlet: Outlet, *names: str, hears: Hears = Hears.AT_ONCE) -> None:
    """These of the staff have an address; who is not known yet is added."""
    with outlet.database.write() as db:
        for name in names:
            user = db.exec(select(User).where(User.name == name)).first() or User(name=name, added_at=outlet.now())
            user.email, user.hears = f"{name}@example.org", hears
            db.add(user)


def as_roles(outlet: Outlet, **names: list[StaffRole]) -> Outlet:
    """The same outlet, whose settings give these names these roles besides."""
    lists = {
        StaffRole.REVIEWER: "reviewers",
        StaffRole.OPERATOR: "operators",
        StaffRole.ADMINISTRATOR: "administrators",
    }
    found: dict[str, list[str]] = {key: list(getattr(outlet.settings, key)) for key in lists.values()}
    for name, roles in names.items():
        for role in roles:
            found[lists[role]].append(name)
    return replace(outlet, settings=outlet.settings.model_copy(update=found))


def sweep(outlet: Outlet, teller: Teller) -> None:
    """What the running process does with it: look, and send whatever is due."""
    teller.look()
    send(outlet)


def send(outlet: Outlet) -> None:
    """Send whatever is due, by every way."""
    with outlet.database.read() as db:
        ways = [each.way for each in due(outlet, db)]
    for way in ways:
        for _ in range(1_000):
            if send_next(outlet, way) is None:
                break


def a_teller(outlet: Outlet) -> Teller:
    """A process that has begun to tell: what is there by now, it tells by no message of its own."""
    teller = Teller(outlet)
    sweep(outlet, teller)
    return teller


def kept(outlet: Outlet) -> list[Notification]:
    """What is told, or is to be: without the rows that the telling keeps for itself."""
    with outlet.database.read() as db:
        rows = select(Notification).where(Notification.key != SINCE, Notification.channel != "")
        return sorted(db.exec(rows).all(), key=lambda row: row.id)
