"""What staff are told, each kind by itself: where new ones are found, and what is said of one as long as it holds."""

from collections.abc import Callable

from sqlmodel import Session

from agent.notices import deciding, running
from agent.notices.matter import Matter
from agent.outlet import Outlet

KINDS = (*deciding.KINDS, *running.KINDS)
READERS: dict[str, Callable[[Outlet, Session, int], Matter | None]] = {kind.name: kind.read for kind in KINDS} | {
    kind: deciding.by_review for kind, *_ in deciding.SAYS.values()
}
"""By the first word of a key, where the second is the number of a row."""


def matter_of(outlet: Outlet, db: Session, key: str) -> Matter | None:
    """What a key that names a row says now; nothing where that is settled, or where the key names no row."""
    kind, _, number = key.partition(":")
    if (read := READERS.get(kind)) is None or not number.isdecimal():
        return None
    matter = read(outlet, db, int(number))
    return matter if matter is not None and matter.key == key else None
