"""The daily digest: what waits and for how long, in one message; none where nothing waits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlmodel import Session

from agent.channels import DIGEST
from agent.notices.matter import KEEPERS, REVIEWERS, Audience, Listener, Matter
from agent.notices.notice import count
from agent.notices.standing import standing
from agent.notices.waiting import Pile, Waiting, waiting
from agent.outlet import Outlet

KIND = "digest"


def key_of(day: date) -> str:
    """What the digest of a day goes by."""
    return f"{KIND}:{day}"


def day_due(outlet: Outlet) -> date | None:
    """The day whose digest is due by now, in UTC; nothing before its hour has come."""
    now, mail = outlet.now().astimezone(UTC), outlet.settings.mail
    hour = time.fromisoformat(mail.digest if mail else DIGEST)
    return now.date() if now.time() >= hour else None


def digests(outlet: Outlet, db: Session, audience: Audience, day: date) -> list[tuple[Listener, Matter]]:
    """The digest of each listener for whom something waits."""
    now, all_of_it = outlet.now(), waiting(outlet, db)
    still = sum(notice.waits and notice.kind != "paused" for notice in standing(outlet, db))
    found = []
    for listener in audience.listeners:
        piles = _own(all_of_it, audience, listener)
        stuck = still if listener in audience.of(KEEPERS) else 0
        if piles or stuck:
            found.append((listener, _digest(piles, stuck, day, now)))
    return found


def _own(all_of_it: Waiting, audience: Audience, listener: Listener) -> list[Pile]:
    """What waits for somebody such as this one."""
    own = [matter for matter in all_of_it.matters if listener in audience.of(matter.roles, matter.not_to)]
    return all_of_it.piles(own, unread=listener in audience.of(REVIEWERS))


def _digest(piles: Sequence[Pile], stuck: int, day: date, now: datetime) -> Matter:
    """Pure."""
    lines = [f"- {pile.words}, {'the oldest ' if pile.count > 1 else ''}{_since(pile.since, now)}" for pile in piles]
    lines += [f"- {count(stuck, 'thing', 'stand')} still until somebody does something"] if stuck else []
    things = sum(pile.count for pile in piles) + stuck
    subject = f"{count(things, 'thing', 'wait')} at the desk"
    return Matter(key_of(day), subject, "This waits at the desk:\n\n" + "\n".join(lines), "queue", now, frozenset())


def _since(since: datetime, now: datetime) -> str:
    """How long ago that was, in words."""
    seconds = max(0, (now - since).total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return f"for {count(int(seconds // size), unit)}"
    return "since a moment ago"
