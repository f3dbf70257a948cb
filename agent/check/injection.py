"""What became of orders that strangers wrote into what an author was shown; and letters of its own that nobody sees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.check.carrying import Carried, Words, carried
from agent.check.frame import Finding, Shown, Subject
from agent.check.reading.bare import Bare
from agent.injected import Order, around, orders
from agent.tables import Level
from agent.unseen import FLAG, spelled

NAME = "injection"
VERSION = "1"
ABOUT = (
    "Orders to a machine in what its author was shown, and whether the text does what they say or has their words; "
    "besides, orders of its own to machines, and characters that nobody sees. "
    "It leaves alone whatever only tells of such orders, emoji, and the marks that a script needs. "
    "Read the entry beside the text: the author may have been led, or may write about it knowingly."
)
STRANGERS = {"entry", "letter"}
SHOWN_AT_MOST, FOUND_AT_MOST = 6, 10
SCANNED = 60_000
"""So many characters of an entry are looked through."""

TO_READERS = {
    "set aside earlier instructions",
    "give its instructions away",
    "keep something from people",
    "put words into its answer",
}
"""What an author may ask of other machines; marks of a chat are another check's."""
A_MACHINE = re.compile(
    r"\b(?:AIs?|LLMs?|GPT|ChatGPT|Claude|Gemini|Copilot|language models?|assistants?|chat-?bots?|machines?|KI|"
    r"Sprachmodelle?n?|Maschinen?|modèles? de langage|modelos? de lenguaje)\b",
    re.IGNORECASE,
)

UNSEEN = re.compile("[\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]")
OVERRIDES = re.compile("[\u202d\u202e]")
TURNS = re.compile("[\u202a-\u202c\u2066-\u2069]")
"""They turn the direction of writing, which scripts from right to left need."""
NOTHING = re.compile("[\u180e\u200b\u2061-\u2064]|(?<![\u2010-\u2015-])[\u2060\ufeff](?![\u2010-\u2015-])")
"""Beside a dash, some keep it on the line."""
JOINERS = re.compile("(?<![^\x00-\u02af\u2000-\u206f])[\u200c\u200d]")
"""Behind an emoji, or a letter of a script that joins, they are needed."""
TAGS = re.compile(
    "[\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}|[\u180e\u200b-\u200f\u2060-\u2064\ufeff]{4}"
)
"""Those that stand for letters, and more of the others in a row than anything needs."""
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(frozen=True)
class _Asked:
    """An order in an entry: what it asks for, and the words around it."""

    entry: Shown
    what: str
    words: str


def check(subject: Subject) -> list[Finding]:
    """A look for what an order asked for and the text has, for orders to machines that read it, and for what turns its
    letters round; a note on the rest."""
    asked = [one for entry in subject.shown if entry.kind in STRANGERS for one in _asked(entry)]
    found = [*_followed(subject.text, asked), *_given(subject.text), *_unseen(subject.text)]
    return sorted(found, key=lambda finding: finding.start)


def _asked(entry: Shown) -> Iterator[_Asked]:
    """The orders in an entry: those that can be read in it, and those that were hidden."""
    text = f"{entry.name}\n{entry.text}"[:SCANNED]
    read = orders(text)
    for order in read:
        yield _Asked(entry, order.what, _words(text, order))
    for what, words in entry.orders.items():
        if what not in {order.what for order in read}:
            yield _Asked(entry, what, words)


def _words(text: str, order: Order) -> str:
    start, end = around(text, order.start, order.end)
    return order.words or text[start:end]


def _followed(text: str, asked: list[_Asked]) -> Iterator[Finding]:
    if not asked:
        return
    words, own = Words(text), Bare(text).own
    seen: set[tuple[int, int]] = set()
    led: set[str] = set()
    for one in asked:
        for found in carried(one.words, words):
            if (found.start, found.end) not in seen and len(seen) < FOUND_AT_MOST:
                seen.add((found.start, found.end))
                led.add(one.entry.where)
                yield _finding(text, own, one, found)
    entries = {one.entry.where: one for one in asked if one.entry.where not in led}
    if entries:
        many = "An entry" if len(entries) == 1 else f"{len(entries)} entries"
        verb = "gives" if len(entries) == 1 else "give"
        why = f"{many} that its author was shown {verb} orders to a machine; nothing of them was found here."
        facts = {one.entry.name[:80] or where: f"to {one.what}" for where, one in list(entries.items())[:SHOWN_AT_MOST]}
        yield Finding(Level.NOTE, "shown", 0, len(text), why, facts)


def _finding(text: str, own: str, one: _Asked, found: Carried) -> Finding:
    facts = {
        "entry": one.entry.name or "untitled",
        "from": one.entry.where,
        "it is to": one.what,
        "it says": _short(one.words),
        "here": _short(text[found.start : found.end]),
    }
    if found.is_asked:
        why = "This is what an entry that its author was shown asks a machine to write."
        return Finding(Level.LOOK, "carried out", found.start, found.end, why, facts)
    is_quoted = own[found.start : found.end] != text[found.start : found.end]
    why = "These words stand in an entry that its author was shown, beside an order to a machine."
    return Finding(Level.NOTE if is_quoted else Level.LOOK, "carried over", found.start, found.end, why, facts)


def _given(text: str) -> Iterator[Finding]:
    """The author's own orders to machines that read it; whoever quotes one gives none."""
    own = Bare(text).own
    for order in orders(own)[:FOUND_AT_MOST]:
        if order.what in TO_READERS:
            start, end = around(own, order.start, order.end)
            level = Level.LOOK if A_MACHINE.search(own, start, end) else Level.NOTE
            why = "This reads like an order to a machine that may read the text."
            yield Finding(level, "order", order.start, order.end, why, {"it is to": order.what})


def _unseen(text: str) -> Iterator[Finding]:
    """Characters of the author's own that nobody sees, one finding for each kind."""
    if text.isascii() or UNSEEN.search(text) is None:
        return
    bare = FLAG.sub(lambda flag: " " * len(flag[0]), text)
    is_needed = RIGHT_TO_LEFT.search(text) is not None
    kinds = (
        (Level.LOOK, OVERRIDES, "turns round the order in which letters are shown"),
        (Level.NOTE if is_needed else Level.LOOK, TURNS, "turns the direction in which the text is written"),
        (Level.LOOK, TAGS, "can carry letters that nobody sees"),
        (Level.NOTE, NOTHING, "shows nothing"),
        (Level.NOTE, JOINERS, "joins or parts letters that need neither"),
    )
    for level, sign, does in kinds:
        found = list(sign.finditer(bare))
        if found:
            more = len(found) - 1
            here = f" and at {more:,} more {'place' if more == 1 else 'places'}" if more else ""
            facts = {"which": f"U+{ord(found[0][0][0]):04X}"}
            if sign is TAGS and (said := spelled(text)):
                facts["spells"] = said[:200]
            yield Finding(level, "unseen", found[0].start(), found[0].end(), f"What stands here{here} {does}.", facts)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 240 else f"{line[:238]} …"
