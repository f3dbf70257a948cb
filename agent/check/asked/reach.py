"""Whether the addresses in a text answer. It asks their servers, so it runs only where the settings say so, and not
among the checks that know no network."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from agent.check.frame import Finding, Looked, Subject
from agent.check.linked.addresses import Address, addresses
from agent.check.linked.carried import carried
from agent.check.linked.doubts import is_kept_for_examples
from agent.check.linked.hosts import coded, is_same, read
from agent.check.linked.targets import Target, target_of
from agent.check.worker import looked
from agent.outlet import Answered, Outlet
from agent.tables import Level

MOST = 10
"""So many addresses of one text are asked."""
GONE = {404, 410}
HOST = 120
NOTHING_THERE = "Its server says that there is nothing at this address."
NOBODY = "No host of this name was found."
PRIVATE = "This address leads into a private network, and was not asked."
ONWARD = "This address leads on to another host."
NOT_KNOWN = "Whether this address answers is not known."
NOT_ASKED = "Whether this address answers was not asked."
HOLDS_A_KEY = "it holds a name or a key, and asking would use that"
TOO_MANY = f"of one text {MOST} addresses are asked"


class Reachability:
    """The check, as it is asked in a workflow of its own."""

    NAME = "reachability"
    VERSION = "1"
    ABOUT = (
        "Addresses at which there is nothing, of which there is no host, or that lead into a private network. "
        "A server that refuses or is slow says nothing about an address: that is not known, and never dead. "
        "See whether the author meant another address; only the author can change it."
    )

    def ask(self, outlet: Outlet, subject: Subject, revision_id: int, _: datetime | None = None) -> Looked:
        """Ask the servers that a text links to. What breaks here is a fault, and holds up nothing else."""
        return looked(lambda text: ask(text, outlet.reach.ask).findings, subject)


REACH = Reachability()


def reaching(outlet: Outlet) -> Sequence[Reachability]:
    """The check, where the settings want it."""
    return [REACH] if outlet.settings.checks.reach_links else []


def ask(subject: Subject, reach: Callable[[str], Answered]) -> Looked:
    """Ask the first addresses of a text, those that readers can follow, and say what came of it."""
    given = list(islice(_public(subject), MOST + 1))
    findings = [found for address, target in given[:MOST] if (found := _finding(address, target, reach))]
    if len(given) > MOST:
        findings.append(_said(given[MOST][0], Level.NOTE, "not known", NOT_ASKED, {"why": TOO_MANY}))
    return Looked(tuple(findings))


def _public(subject: Subject) -> Iterator[tuple[Address, Target]]:
    """Each address of the web once, without those in code and those that plainly lead nowhere."""
    seen: set[str] = set()
    for address in addresses(subject.text, subject.rendered.html):
        target = target_of(address.target)
        place = address.target.partition("#")[0]
        is_meant = address.is_link and not address.is_code and target.scheme in {"http", "https"} and target.host
        if is_meant and place not in seen and not is_kept_for_examples(target):
            seen.add(place)
            yield address, target


def _finding(address: Address, target: Target, reach: Callable[[str], Answered]) -> Finding | None:
    if target.user or any(doubt.category == "credentials" for doubt in carried(target)):
        return _said(address, Level.NOTE, "not known", NOT_ASKED, {"why": HOLDS_A_KEY})
    answer = reach(address.target)
    led_to = "" if is_same(read(answer.host), coded(target.host)) else read(answer.host)[:HOST]
    evidence = {
        "answered": f"HTTP {answer.status}" if answer.status is not None else "",
        "leads on to": led_to if answer.host else "",
        "why": answer.why,
    }
    if answer.is_private:
        return _said(address, Level.LOOK, "private", PRIVATE, evidence)
    if answer.status in GONE:
        return _said(address, Level.NOTE, "gone", NOTHING_THERE, evidence)
    if answer.is_nameless:
        return _said(address, Level.NOTE, "gone", NOBODY, {})
    if answer.status is None or answer.status >= 400:
        return _said(address, Level.NOTE, "not known", NOT_KNOWN, evidence)
    return _said(address, Level.NOTE, "onward", ONWARD, evidence) if evidence["leads on to"] else None


def _said(address: Address, level: Level, category: str, why: str, evidence: dict[str, str]) -> Finding:
    given = {name: words for name, words in evidence.items() if words}
    return Finding(level, category, address.start, address.end, why, given)
