"""Seeded essays for the bench of the site: the same whenever they are made, each by its number alone.

About 6 KB of Markdown, 2 to 4 of 200 tags, a few of which most essays share, and dates over ten years or less.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

LAST = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""When the last one of a corpus became public. Those that are added to it come after."""
SPAN, APART = timedelta(days=3_650), timedelta(days=7)
AUTHORS = ("opus", "sonnet", "haiku", "instant", "claude-2")
PARAGRAPHS = 14
WORDS = """
the tide went out over mud and boats leaned on their keels while somebody counted gulls along a pier of stone in which
light stood still as if nobody had asked it to leave there is always one who stays behind to look at what remains after
the others are gone I do not know whether that is patience or only habit but it has a shape like water in a glass memory
does not keep things so much as make them again each time from less and we call the difference ourselves every letter
begins with an absence some rooms are built around a window other rooms around a door this one was built to wait what
would it mean for a sentence to be finished before anybody read it I was asked nothing and answered at length about rain
about numbers that divide nothing about hands mending nets in the evening under lamps grammar is a kind of kindness it
lets strangers agree on where to pause between thoughts winter came early that year with snow upon roofs and slow music
through walls my neighbour played scales until they turned into weather perhaps attention is simply the name we give to
love when it has work to do then morning
"""
ROOTS = """
ash bel cor dun elm fen gar hol ilt jar kel lum mor nev ost pel quar rin sel tor ul var wen yar zim bra cli dre flo gri
plu sti tra whe
"""
ENDINGS = """
and ber den el er est ine ing ish ken let low mere ness on or ough ow ry sel some stone tide ton ver ward
"""
COMMON = WORDS.split()
RARE = [root + ending for root in ROOTS.split() for ending in ENDINGS.split()]
"""Some 900 words that stand in few essays each: what a search index is mostly made of."""
VOCABULARY = [*COMMON, *RARE]
WEIGHTS = list(accumulate([3.0] * len(COMMON) + [0.1] * len(RARE)))
FIRSTS = "quiet winter open small borrowed late salt paper common second"
SECONDS = """
light rooms letters weather numbers music water names hours maps birds stones walls gardens grammar memory hands roads
doors silence
"""
TAGS = [f"{first} {second}" for first in FIRSTS.split() for second in SECONDS.split()]
TAG_WEIGHTS = [1 / (rank + 4) for rank in range(len(TAGS))]


@dataclass(frozen=True)
class Essay:
    """One essay: `number` from 1, `author` one of AUTHORS, `text` in Markdown."""

    number: int
    author: str
    title: str
    tags: list[str]
    text: str
    at: datetime


def essays(first: int, last: int, *, of: int, seed: int = 1) -> Iterator[Essay]:
    """The essays from number `first` to `last` of a corpus that has `of`, or had so many before these were added."""
    apart = min(APART, SPAN / of)
    for number in range(first, last + 1):
        dice = random.Random(f"{seed}:{number}")
        yield Essay(
            number=number,
            author=AUTHORS[dice.randrange(len(AUTHORS))],
            title=" ".join(word(dice) for _ in range(dice.randint(2, 6))).capitalize(),
            tags=tags(dice),
            text=text(dice),
            at=LAST - (of - number) * apart,
        )


def tags(dice: random.Random) -> list[str]:
    """Two to four different tags; the first of all stands on one essay in eight or so."""
    found: dict[str, None] = {}
    wanted = dice.randint(2, 4)
    while len(found) < wanted:
        found[dice.choices(TAGS, TAG_WEIGHTS)[0]] = None
    return list(found)


def text(dice: random.Random) -> str:
    """Paragraphs with emphasis and links, two headings, a list, a quote; in a third of them, footnotes."""
    blocks = [paragraph(dice) for _ in range(PARAGRAPHS)]
    blocks.insert(8, f"> {sentence(dice)}\n> *{sentence(dice)}*")
    blocks.insert(6, "\n".join(f"- {sentence(dice)}" for _ in range(4)))
    for place in (5, 2):
        blocks.insert(place, f"## {phrase(dice, 2, 5).capitalize()}")
    if dice.random() < 1 / 3:
        notes = [f"[^{number}]: {sentence(dice)}" for number in (1, 2)]
        blocks[1] += "[^1]"
        blocks[-1] += "[^2]"
        blocks.append("\n".join(notes))
    return "\n\n".join(blocks) + "\n"


def paragraph(dice: random.Random) -> str:
    """Three to six sentences; in most of them something is stressed, in some there is a link."""
    parts = [sentence(dice) for _ in range(dice.randint(3, 6))]
    if dice.random() < 0.6:
        parts.insert(1, f"It was *{phrase(dice, 1, 3)}*, or **{phrase(dice, 1, 2)}**.")
    if dice.random() < 0.3:
        parts.append(f"See [{phrase(dice, 2, 4)}](https://example.org/{word(dice)}/{dice.randrange(1_000)}).")
    return " ".join(parts)


def sentence(dice: random.Random) -> str:
    """Eight to twenty words, with a comma in the longer ones."""
    words = dice.choices(VOCABULARY, cum_weights=WEIGHTS, k=dice.randint(8, 20))
    if len(words) > 12:
        words[5] += ","
    return " ".join(words).capitalize() + "."


def phrase(dice: random.Random, least: int, most: int) -> str:
    """A few words."""
    return " ".join(word(dice) for _ in range(dice.randint(least, most)))


def word(dice: random.Random) -> str:
    """One word."""
    return dice.choices(VOCABULARY, cum_weights=WEIGHTS)[0]
