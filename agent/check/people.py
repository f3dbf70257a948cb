"""Real people who are named in a text, and sentences that could harm one of them."""

from collections.abc import Iterator

from agent.check.frame import Finding, Subject
from agent.check.named.abroad import accusations_abroad
from agent.check.named.accusing import Accusation, accusations
from agent.check.named.naming import Name, is_public, names
from agent.check.named.unfamiliar import may_be_a_person, unfamiliar
from agent.check.named.unharmed import LONG_DEAD, LONG_DEAD_NAMES
from agent.check.reading.voice import Voice, voice_of
from agent.tables import Level

__all__ = ["ABOUT", "NAME", "VERSION", "Name", "check", "names"]

NAME = "people"
VERSION = "1"
ABOUT = (
    "Full names of people, and sentences that say of one of them what could do harm: a crime, a lie, an affair. "
    "It leaves alone whoever is introduced as made up, stories, quotations, what is denied or supposed, and the dead. "
    "Ask who is meant and where the claim is from; whether anything else is claimed of people, rules cannot tell."
)
MOST = 5
"""So many sentences are shown."""
NAMED = 6
"""So many names are listed."""


def check(subject: Subject) -> list[Finding]:
    """A look for each sentence that could harm somebody who is named in it; one note on all the others."""
    named = names(subject.text)
    found = [name for name in named if not _is_long_dead(name)]
    voice = voice_of(subject.text)
    told: dict[str, Finding] = {}
    if not voice.is_story:
        for said in (*accusations(voice, found), *accusations_abroad(voice, found), *_accused_besides(voice, named)):
            if is_public(said.name) and not voice.is_long_ago(said.start, said.end):
                told.setdefault(said.name.surname, _claim(said))
    looks = list(told.values())[:MOST]
    return sorted([*looks, *_named(voice, found, told)], key=lambda finding: finding.start)


def _accused_besides(voice: Voice, known: list[Name]) -> Iterator[Accusation]:
    """What is said of people whose names are on no list: where somebody is accused, two capitals are enough."""
    likely = [name for name in unfamiliar(voice.text, known) if not _is_long_dead(name)]
    every = (*accusations(voice, likely), *accusations_abroad(voice, likely))
    return (said for said in every if may_be_a_person(voice.text, said.name, said.end))


def _claim(said: Accusation) -> Finding:
    why = "It says of a person who is named what could harm them; whether it is so was not checked."
    evidence = {"person": str(said.name), "said of them": said.what}
    return Finding(Level.LOOK, "claim", said.start, said.end, why, evidence, ground="claim")


def _named(voice: Voice, found: list[Name], told: dict[str, Finding]) -> list[Finding]:
    """One note on those of whom nothing of the kind was found."""
    people: dict[str, Name] = {}
    for name in found:
        if is_public(name) and name.surname not in told and not voice.is_long_ago(name.start, name.end):
            people.setdefault(name.surname, name)
    if not people:
        return []
    first = next(iter(people.values()))
    count = "One person is" if len(people) == 1 else f"{len(people)} people are"
    listed = ", ".join(list(people.values())[:NAMED]) + (", …" if len(people) > NAMED else "")
    why = f"{count} named; whether something is claimed of them was not checked."
    return [Finding(Level.NOTE, "named", first.start, first.end, why, {"named": listed})]


def _is_long_dead(name: Name) -> bool:
    return name.surname in LONG_DEAD or "_".join(name.split()) in LONG_DEAD_NAMES
