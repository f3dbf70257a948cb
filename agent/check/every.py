"""Everything that looks at a text: the checks that run here, and what somebody else is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from agent import check
from agent.check.asked.asking import asking
from agent.check.asked.hazards import Policy
from agent.check.asked.reach import REACH
from agent.errors import BadSettings
from agent.outlet import Outlet
from agent.settings import FILE

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


def misnamed(outlet: Outlet) -> list[str]:
    """What is wrong with the names of checks in the settings, each in a sentence."""
    known = {each.name.casefold(): each.name for each in every(outlet)}
    # It is known, too, where nobody wants links to be asked for.
    known.setdefault(REACH.NAME, REACH.NAME)
    found = []
    for name in outlet.settings.checks.shadow:
        if name not in known.values():
            near = get_close_matches(name.casefold(), known, n=1)
            meant = f'did you mean "{known[near[0]]}"?' if near else f"there are: {', '.join(known.values())}"
            found.append(f'"checks.shadow": there is no check "{name}"; {meant}')
    return found


def need_named(outlet: Outlet) -> None:
    """Raise BadSettings where they name a check that there is not."""
    if found := misnamed(outlet):
        raise BadSettings(file=outlet.settings.folder / FILE, problems="; ".join(found))


def unlooked(outlet: Outlet, looked: Iterable[str]) -> list[str]:
    """Those that have not looked at a text at all, where these have. What runs in shadow is nobody's affair."""
    known = set(looked)
    return [each.name for each in every(outlet) if not each.shadow and each.name not in known]
