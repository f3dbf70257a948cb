"""Everything that looks at a text: the checks that run here, and what somebody else is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent import check
from agent.check.asked.asking import asking
from agent.check.asked.hazards import Policy
from agent.outlet import Outlet

JUDGE = "the judge"


@dataclass(frozen=True)
class Looker:
    """One of them, as staff know it. `asks` says whom, where it looks at nothing by itself: the judge, or the web."""

    name: str
    version: str
    about: str
    asks: str
    shadow: bool

    @property
    def is_judged(self) -> bool:
        """Whether it is a policy by which the judge is asked."""
        return self.asks == JUDGE


def every(outlet: Outlet) -> Iterator[Looker]:
    """All there are now, in the order in which staff read of them."""
    shadow = outlet.settings.checks.shadow
    for each in check.CHECKS:
        yield Looker(each.NAME, each.VERSION, each.ABOUT, asks="", shadow=each.NAME in shadow)
    for asked in asking(outlet):
        whom = JUDGE if isinstance(asked, Policy) else "the web"
        yield Looker(asked.NAME, asked.VERSION, asked.ABOUT, asks=whom, shadow=asked.NAME in shadow)


def unlooked(outlet: Outlet, looked: Iterable[str]) -> list[str]:
    """Those that have not looked at a text at all, where these have. What runs in shadow is nobody's affair."""
    known = set(looked)
    return [each.name for each in every(outlet) if not each.shadow and each.name not in known]
