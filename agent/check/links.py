"""Addresses in a text: those that could do readers harm, those that pass for others, and where each comes from."""

from collections.abc import Iterator
from dataclasses import replace

from agent.check.frame import Finding, Subject
from agent.check.linked.addresses import Address, addresses
from agent.check.linked.carried import Doubt
from agent.check.linked.doubts import doubts, is_kept_for_examples
from agent.check.linked.hosts import coded
from agent.check.linked.kept_out import KeptOut
from agent.check.linked.origins import Origins
from agent.check.linked.targets import Target, target_of
from agent.check.reading.many import together
from agent.tables import Level

NAME = "links"
VERSION = "1"
ABOUT = (
    "Addresses that run scripts, pass for a well-known host, hide where they lead, hold a key, lead to programs, or "
    "stand in nothing that the author was shown. "
    "It leaves alone addresses that were shown and hide nothing, and links that readers do not get. "
    "See where a link really leads before you publish, and do not open it where you are signed in."
)

MOST_LOOKS, MOST_NOTES = 60, 60
"""So many addresses that ask for an answer, and so many others of which there is something to say, are told."""
LOOKED_UP = 200
"""So many addresses, of which nothing else is to be said, are looked up in what was shown."""
LEVELS = (Level.STOP, Level.LOOK, Level.NOTE)
HOST = 120
FROM_NOWHERE = "This address stands in nothing that the author was shown: it may be from memory, or made up."
FROM_HOST = "The author was shown this host, but not this address of it: it may be made up."


def check(subject: Subject) -> list[Finding]:
    """One finding for an address, however often it stands there; what could harm readers asks for an answer."""
    seen: set[tuple[str, str]] = set()
    doubted: list[tuple[Address, Target, list[Doubt]]] = []
    plain: list[tuple[Address, Target]] = []
    kept_out = KeptOut(subject.text, subject.rendered.removed)
    for address in addresses(subject.text, subject.rendered.html):
        target = target_of(address.target)
        reasons = _reasons(address, target)
        key = (reasons[0].category if reasons else "", address.target)
        if key in seen or kept_out.has(address):
            continue
        if reasons:
            doubted.append((address, target, reasons))
        elif _may_be_made_up(address, target):
            plain.append((address, target))
        seen.add(key)
    looks = [each for each in doubted if each[2][0].level is not Level.NOTE]
    notes = [each for each in doubted if each[2][0].level is Level.NOTE]
    origins = Origins(subject)
    given = [_finding(*each, origins) for each in (*looks[:MOST_LOOKS], *notes[:MOST_NOTES])]
    told = together(subject.text, [*given, *_from_nowhere(plain, origins)])
    left = max(0, len(looks) - MOST_LOOKS) + max(0, len(notes) - MOST_NOTES)
    if left:
        told[-1] = replace(told[-1], evidence={**told[-1].evidence, "besides": f"{left:,} more addresses"})
    return told


def _from_nowhere(plain: list[tuple[Address, Target]], origins: Origins) -> Iterator[Finding]:
    """The addresses that the author was never shown."""
    for address, target in plain[:LOOKED_UP]:
        origin = origins.of(target)
        if not origin.is_whole:
            why = FROM_HOST if origin.is_host else FROM_NOWHERE
            yield _finding(address, target, [Doubt(Level.NOTE, "origin", why)], origins)


def _reasons(address: Address, target: Target) -> list[Doubt]:
    """What there is to doubt, the gravest first. Nobody follows an address in code, and of a bare name without a
    scheme only what could harm is said."""
    found = sorted(doubts(address, target), key=lambda doubt: LEVELS.index(doubt.level))
    if address.is_code:
        return [replace(doubt, level=Level.NOTE, ground="") for doubt in found if doubt.level is not Level.NOTE]
    is_name = not address.has_scheme and not address.is_link
    return [doubt for doubt in found if not is_name or doubt.level is not Level.NOTE or doubt.category == "shortener"]


def _may_be_made_up(address: Address, target: Target) -> bool:
    is_typed = (address.has_scheme or address.is_link) and not address.is_code
    return is_typed and _is_of_the_web(target) and not is_kept_for_examples(target)


def _is_of_the_web(target: Target) -> bool:
    return bool(target.host) and target.scheme in {"http", "https"}


def _finding(address: Address, target: Target, reasons: list[Doubt], origins: Origins) -> Finding:
    first, *others = reasons
    evidence = {
        "leads to": target.host[:HOST],
        "asked for as": "" if target.host.isascii() else coded(target.host)[:HOST],
    }
    evidence |= first.facts
    for other in others:
        evidence |= {name: words for name, words in other.facts.items() if name not in evidence}
    evidence["also"] = " ".join(dict.fromkeys(other.why for other in others))
    evidence["origin"] = origins.of(target).words if _is_of_the_web(target) else ""
    evidence = {name: words for name, words in evidence.items() if words}
    is_doubted = first.category != "origin"
    start, end = (address.link_start, address.link_end) if is_doubted else (address.start, address.end)
    return Finding(first.level, first.category, start, end, first.why, evidence, first.ground)
