"""One thing that staff are told outside the desk, and whom it is for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.tables import Hears, StaffRole

REVIEWERS = frozenset({StaffRole.REVIEWER})
KEEPERS = frozenset({StaffRole.OPERATOR})
ADMINISTRATORS = frozenset({StaffRole.ADMINISTRATOR})
STAND_IN = (StaffRole.OPERATOR, StaffRole.ADMINISTRATOR, StaffRole.REVIEWER)
"""Where nobody holds a role, who holds a later one of these is told instead: a small outlet has reviewers alone."""
KEPT = timedelta(days=60)
"""What came up longer ago is told by the digest alone, and what was told is kept for so long."""


@dataclass(frozen=True)
class Matter:
    """What staff are told, in words of ours alone: no text of an author's, no title, no reason of a reviewer's. `key`
    names it for ever ("veto:12"); `place` is where it is below the desk's address; `not_to` are those who did already
    what a second person is asked for."""

    key: str
    subject: str
    words: str
    place: str
    at: datetime
    roles: frozenset[StaffRole]
    not_to: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Listener:
    """Who is told: one of the staff by e-mail, or whoever is behind a webhook. `channel` is what its rows go by; of
    these, `roles` empty means that it is told everything."""

    channel: str
    name: str = ""
    roles: frozenset[StaffRole] = frozenset()
    hears: Hears = Hears.AT_ONCE


@dataclass(frozen=True)
class Audience:
    """Everybody who is told, and which roles somebody of the staff holds at all."""

    listeners: tuple[Listener, ...]
    held: frozenset[StaffRole]

    def of(self, roles: frozenset[StaffRole], not_to: Collection[str] = ()) -> list[Listener]:
        """Those for whom something is, however they like to hear of it."""
        wanted = self.stand_in(roles)
        return [
            each
            for each in self.listeners
            if not each.name or (not wanted.isdisjoint(each.roles) and each.name not in not_to)
        ]

    def at_once(self, roles: frozenset[StaffRole], not_to: Collection[str] = ()) -> list[Listener]:
        """Those of them that are told at once."""
        return [each for each in self.of(roles, not_to) if each.hears is Hears.AT_ONCE]

    def stand_in(self, roles: frozenset[StaffRole]) -> frozenset[StaffRole]:
        """These roles, or the next one that anybody holds."""
        if not roles or roles & self.held:
            return roles
        first = min(STAND_IN.index(role) for role in roles)
        return frozenset([role for role in STAND_IN[first:] if role in self.held][:1])


Told = tuple[str, str]
"""A channel, and the key of what went that way."""


def news(
    matters: Iterable[Matter],
    audience: Audience,
    *,
    since: Mapping[str, datetime],
    told: Collection[Told],
    now: datetime,
) -> list[tuple[Listener, Matter]]:
    """Who is to be told of what. Pure. `since` says of each channel from when on it is told: what was there before,
    it finds in a digest; `told` is what went out already, or is on its way."""
    return [
        (listener, matter)
        for matter in matters
        for listener in audience.at_once(matter.roles, matter.not_to)
        if matter.at > max(since.get(listener.channel, now), now - KEPT) and (listener.channel, matter.key) not in told
    ]
