"""What stands still, and what went wrong lately: what staff must know now, and what to do about it.

Read from rows and settings alone, by the command line and by the desk; nothing is asked of the world and nothing is
stored. No word that an author gave to nobody is in it: a feed that only an author brought here goes by its number.
"""

from sqlmodel import Session

from agent.notices.deliveries import deliveries
from agent.notices.lately import lately
from agent.notices.notice import Notice
from agent.notices.standing import standing
from agent.outlet import Outlet

__all__ = ["Notice", "notices"]


def notices(outlet: Outlet, db: Session) -> list[Notice]:
    """What staff must know now: first what waits for somebody, then the rest, each the oldest first."""
    found = [*standing(outlet, db), *deliveries(outlet, db), *lately(outlet, db)]
    return sorted(found, key=lambda notice: (not notice.waits, notice.since))
