"""A text's rendering with its flagged passages underlined, numbered, or veiled. All else is as the renderer wrote it,
but for this: a link opens elsewhere, so that its address never takes the place of the text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from agent.desk.shown.parts import Part, letters_seen, taken_apart
from agent.desk.shown.passages import Letters, is_whole, letters_of, place
from agent.desk.shown.secret import within, without_secrets
from agent.review.actions import Span
from agent.tables import Flag, Level
from agent.tables.flag import Concern

SENSITIVE = frozenset(
    {"self-harm", "violence", "hate", "hatred", "harassment", "sexual", "minors", "children", "danger", "illicit"}
    | {"personal", "personal-data", "privacy", "secrets"}
)
"""What a flag may be about that one may not wish to read at the end of a long day; whatever stops is, too."""
ORDER = (Level.STOP, Level.LOOK, Level.NOTE)
LINK = re.compile(r'^<a href="(?!#)(.*)', re.DOTALL)
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Passage:
    """A flagged passage by its number on the page. `seen` is where it stands in what readers see; None where they do
    not see it, or where it cannot be told which place is meant. `whole` flags are about all of a text. `quote` is
    what a flag quotes, without the middle of a secret."""

    number: int
    flag: Flag
    whole: bool
    seen: Span | None
    quote: str

    @property
    def sensitive(self) -> bool:
        """Whether it is veiled where veils are asked for."""
        return is_sensitive(self.flag) and not self.whole


def is_sensitive(flag: Concern) -> bool:
    """Whether a flag's passage may be hard to read."""
    names = {re.split(r"[/ ]", name, maxsplit=1)[0] for name in (flag.category, flag.check, flag.ground)}
    return flag.level is Level.STOP or not SENSITIVE.isdisjoint(names)


def passages(text: str, html: str, flags: Sequence[Flag]) -> list[Passage]:
    """The flagged passages of a text, numbered from one in the order of `flags`."""
    if not flags:
        return []
    had, seen = letters_of(text), letters_seen(taken_apart(html))
    shown = without_secrets(text, flags)
    return [_passage(number, flag, had, seen, within(text, flag, shown)) for number, flag in enumerate(flags, 1)]


def _passage(number: int, flag: Flag, had: Letters, seen: Letters, quote: str) -> Passage:
    whole = is_whole(had, flag.start, flag.end)
    return Passage(number, flag, whole, None if whole else place(had, flag.quote, flag.start, seen), quote)


def marked(html: str, found: Sequence[Passage], *, veiled: bool, underlined: bool = True) -> str:
    """The rendering with its passages underlined, and those that are sensitive veiled where that is asked for."""
    parts = taken_apart(html)
    begun: set[int] = set()
    chosen = [one for one in found if one.seen and (underlined or (veiled and one.sensitive))]
    made: list[str] = []
    at = 0
    for part in parts:
        if part.signs is None:
            made.append(LINK.sub(r'<a target="_blank" href="\1', part.raw))
            continue
        made.append(_run(part, at, chosen, begun, veiled=veiled, underlined=underlined))
        at += len(part.signs)
    return "".join(made)


def in_its_place(flag: Concern) -> str:
    """What stands where a passage is veiled."""
    number = len(WORD.findall(flag.quote))
    return f"veiled: {flag.category}, {number} {'word' if number == 1 else 'words'}"


def _run(part: Part, at: int, chosen: Sequence[Passage], begun: set[int], *, veiled: bool, underlined: bool) -> str:
    """Text between two tags, which begins at sign `at`."""
    signs = part.signs or []
    here = [one for one in chosen if one.seen and one.seen.start < at + len(signs) and one.seen.end > at]
    if not here:
        return "".join(raw for raw, _ in signs)

    def over(place: int) -> tuple[int, ...]:
        return tuple(one.number for one in here if one.seen and one.seen.start <= at + place < one.seen.end)

    made = []
    for numbers, group in groupby(range(len(signs)), key=over):
        words = "".join(signs[place][0] for place in group)
        those = [one for one in here if one.number in numbers]
        made.append("".join(_written(words, those, begun, veiled=veiled, underlined=underlined)))
    return "".join(made)


def _written(words: str, those: Sequence[Passage], begun: set[int], *, veiled: bool, underlined: bool) -> Iterator[str]:
    # Between the rows of a table, and around blocks, nothing but their own tags may stand.
    if not those or not words.strip():
        yield words
        return
    new = [one for one in those if one.number not in begun]
    begun |= {one.number for one in those}
    if underlined:
        yield from (_number(one) for one in new)
    level = next(level for level in ORDER if level in {one.flag.level for one in those})
    hidden = [one for one in those if veiled and one.sensitive]
    kind = f"flagged {level.value}" if underlined else "flagged"
    if not hidden:
        yield f'<mark class="{kind}">{words}</mark>'
    elif any(one in new for one in hidden):
        said = "; ".join(in_its_place(one.flag) for one in hidden if one in new)
        yield f'<mark class="{kind} veil">{escape(said)}</mark>'


def _number(one: Passage) -> str:
    """Stands in the margin; a flag's words lead here."""
    said = f'<span class="unseen">flag </span>{one.number}<span class="unseen">, {one.flag.level.value}: </span>'
    return f'<span class="number" id="flag-{one.flag.id}">{said}</span>'
