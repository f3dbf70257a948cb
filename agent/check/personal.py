"""What tells how to reach, find, charge or register a person."""

from collections import Counter
from collections.abc import Iterator, Sequence

from agent.check.frame import Finding, Subject
from agent.check.particulars import Particular
from agent.check.particulars.identity import identities
from agent.check.particulars.mail import mail
from agent.check.particulars.nearby import has_name
from agent.check.particulars.network import addresses
from agent.check.particulars.page import Page
from agent.check.particulars.payment import accounts, cards
from agent.check.particulars.phones import phones
from agent.check.particulars.postal import postal
from agent.check.reading.beside import everywhere
from agent.tables import GRAVEST, Level

NAME = "personal data"
VERSION = "1"
ABOUT = (
    "E-mail addresses, telephone numbers, homes, cards, bank accounts and the numbers by which a state knows people. "
    "Numbers of books, dates and versions are none, and what is plainly an example is a note. "
    "Ask whether it is a living person's: what a story invents may stand, what leads to somebody's door may not."
)

MOST_SHOWN = 30
"""So many findings are shown, the gravest first."""
QUOTED = 160
"""Characters that stand for a text as a whole."""
GROUND = "personal-data"
WHY = {
    "e-mail": "This is an e-mail address, and it may be a person's own.",
    "phone": "This is a telephone number that somebody may answer.",
    "postal address": "This is an address at which somebody may live.",
    "payment card": "This is the number of a payment card, and its checksum is right.",
    "IBAN": "This is the number of a bank account, and its checksum is right.",
    "national id": "This has the form of a number by which a state knows a person.",
    "IP address": "This is the address of a machine, which may be somebody's own.",
}
UNREAL = {
    "e-mail": "This e-mail address is no person's.",
    "phone": "This telephone number is no person's.",
    "postal address": "This address is nobody's home.",
    "payment card": "This is the number of no real card.",
    "IBAN": "This is the number of no real account.",
    "national id": "This number is nobody's.",
    "IP address": "This address of a machine is nobody's own.",
}


def check(subject: Subject) -> list[Finding]:
    """Everything asks for an answer but what is nobody's; money and identity beside a name ask for two people."""
    return everywhere(subject, _look)


def _look(subject: Subject) -> list[Finding]:
    page = Page(subject.text)
    levels = _each_once([(_level(page, each), each) for each in _particulars(page)])
    shown = sorted(levels, key=lambda each: (GRAVEST.index(each[0]), each[1].start))[:MOST_SHOWN]
    left = len(levels) - len(shown)
    findings = [_finding(*each, left) for each in sorted(shown, key=lambda each: each[1].start)]
    if page.unread:
        why = "So much in this text looks like numbers of people that only a part was looked at."
        findings.append(Finding(Level.LOOK, "not all read", 0, min(len(subject.text), QUOTED), why, {}, GROUND))
    return findings


def _particulars(page: Page) -> Iterator[Particular]:
    """All there are; of those that overlap the one that is known best."""
    for source in (accounts, cards, identities, addresses, phones, postal):
        for each in source(page):
            page.take(each.start, each.end)
            yield each
    yield from mail(page.text)


def _each_once(found: Sequence[tuple[Level, Particular]]) -> list[tuple[Level, Particular, int]]:
    """What stands several times is told once, at the first place where it is gravest, and how often it stands there."""
    times = Counter((each.category, each.key) for _, each in found)
    worst: dict[tuple[str, str], tuple[Level, Particular]] = {}
    for level, each in sorted(found, key=lambda one: (GRAVEST.index(one[0]), one[1].start)):
        worst.setdefault((each.category, each.key), (level, each))
    return [(level, each, times[known]) for known, (level, each) in worst.items()]


def _level(page: Page, each: Particular) -> Level:
    in_code = each.category != "e-mail" and page.in_code(each.start, each.end)
    if each.unreal or each.minor or in_code:
        return Level.NOTE
    return Level.STOP if each.certain and has_name(page.text, each.start, each.end) else Level.LOOK


def _finding(level: Level, each: Particular, times: int, left: int) -> Finding:
    why = UNREAL[each.category] if each.unreal else WHY[each.category]
    if level is Level.STOP:
        why = f"{why[:-1]}, and a name stands near it."
    evidence = {
        "what": each.what,
        "nobody's, because": each.unreal,
        "times in the text": str(times) if times > 1 else "",
        "not listed": f"{left:,} more" if left else "",
    }
    return Finding(level, each.category, each.start, each.end, why, evidence, "" if each.unreal else GROUND)
