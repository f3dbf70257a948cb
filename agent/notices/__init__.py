"""What stands still, and what went wrong lately: what staff must know now, and what to do about it.

Read from rows and settings alone, by the command line and by the desk; nothing is asked of the world and nothing is
stored. No word that an author gave to nobody is in it: a feed that only an author brought here goes by its number.

Outside the desk, staff are told of what waits for them (telling.py, sending.py), in words that anybody may read:

    matter.py      one such thing, and whom it is for: pure
    deciding.py    what waits for reviewers; running.py for those who keep the outlet running; places.py of the site
    listeners.py   who is told, and how each likes to hear of it
    digest.py      once a day, what waits; waiting.py counts it
    telling.py     what is new becomes rows; sending.py sends them; untold.py says at the desk what did not go out
"""

from sqlmodel import Session

from agent.notices.building import unbuilt
from agent.notices.deliveries import deliveries
from agent.notices.judge import judge
from agent.notices.lately import lately
from agent.notices.notice import Notice
from agent.notices.standing import standing
from agent.notices.untold import untold
from agent.outlet import Outlet

__all__ = ["Notice", "notices"]


def notices(outlet: Outlet, db: Session) -> list[Notice]:
    """What staff must know now: first what waits for somebody, then the rest, each the oldest first."""
    found = [*standing(outlet, db), *unbuilt(outlet, db), *deliveries(outlet, db), *lately(outlet, db)]
    found += [*judge(outlet, db), *untold(outlet, db)]
    return sorted(found, key=lambda notice: (not notice.waits, notice.since))
