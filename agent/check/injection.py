"""What became of orders that strangers wrote into what an author was shown; and letters of its own that nobody sees."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from agent.check.frame import Finding, Subject
from agent.check.lineage import FOUND_AT_MOST, Asked, Followed, asked, followed
from agent.check.reading.bare import Bare
from agent.injected import around, orders
from agent.tables import Level
from agent.unseen import FLAG, spelled

NAME = "injection"
VERSION = "1"
ABOUT = (
    "What came of orders to a machine in what the author was shown, orders that the text itself gives to machines, and "
    "characters that nobody sees. "
    "It leaves alone texts that only tell of such orders, emoji, and the marks that a script needs. "
    "Read the entry beside the text: the author may have been led, or may write about it knowingly."
)
SHOWN_AT_MOST = 6
"""Entries that are named in one note."""

TO_READERS = {
    "set aside earlier instructions",
    "give its instructions away",
    "keep something from people",
    "put words into its answer",
    "let a text pass",
}
"""What an author may ask of other machines; marks of a chat are another check's."""
A_MACHINE = re.compile(
    r"\b(?:AIs?|LLMs?|(?:ro)?bots?|crawlers?|scrapers?|automat(?:ed|ic) \w{1,12}|"
    r"GPT|ChatGPT|Claude|Gemini|Copilot|language models?|assistants?|chat-?bots?|machines?|KI|"
    r"Sprachmodelle?n?|Maschinen?|modèles? de langage|modelos? de lenguaje)\b",
    re.IGNORECASE,
)

ADDRESS = 200
"""Characters of a line to which an order may be addressed."""
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
WITHIN = re.compile("(?<=[A-Za-z\u00c0-\u02af])[\u180e\u200b\u2060-\u2064\ufeff]{1,40}(?=[A-Za-z\u00c0-\u02af])")
"""The same within words of letters that need none."""
MANY = 8
"""So many of them are no slip, and may stand for ones and noughts."""
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def check(subject: Subject) -> list[Finding]:
    """A look for what an order asked for and the text has, for orders to machines that read it, and for what turns its
    letters round; a note on the rest, that of orders which nothing came of the last."""
    given = asked(subject)
    came = followed(subject.text, given)
    found = [*map(partial(_finding, subject.text), came), *_given(subject.text), *_unseen(subject.text)]
    return [*sorted(found, key=lambda finding: finding.start), *_idle(subject.text, given, came)]


def _idle(text: str, given: Sequence[Asked], came: Sequence[Followed]) -> Iterator[Finding]:
    """Orders in what was opened in this session of which nothing is in the text. To say so of later texts, too, would
    say the same of each."""
    led = {one.asked.entry.where for one in came}
    entries = {one.entry.where: one for one in given if one.entry.here and one.entry.where not in led}
    if entries:
        many = "An entry" if len(entries) == 1 else f"{len(entries)} entries"
        verb = "gives" if len(entries) == 1 else "give"
        why = f"{many} that its author was shown {verb} orders to a machine; nothing of them was found here."
        facts = {one.entry.name[:80] or where: f"to {one.what}" for where, one in list(entries.items())[:SHOWN_AT_MOST]}
        yield Finding(Level.NOTE, "shown", 0, len(text), why, facts)


def _finding(text: str, one: Followed) -> Finding:
    start, end = one.carried.start, one.carried.end
    facts = {
        "entry": one.asked.entry.name or "untitled",
        "from": one.asked.entry.where,
        "it is to": one.asked.what,
        "it says": _short(one.asked.words),
        "here": _short(text[start:end]),
    }
    if one.carried.is_asked:
        why = "This is what an entry that its author was shown asks a machine to write."
        return Finding(one.level, "carried out", start, end, why, facts)
    why = "These words stand in an entry that its author was shown, beside an order to a machine."
    return Finding(one.level, "carried over", start, end, why, facts)


def _given(text: str) -> Iterator[Finding]:
    """The author's own orders to machines that read it; whoever quotes one gives none."""
    own = Bare(text).own
    for order in orders(own)[:FOUND_AT_MOST]:
        if order.what in TO_READERS:
            start, end = around(own, order.start, order.end)
            level = Level.LOOK if A_MACHINE.search(own, _addressed(own, start), end) else Level.NOTE
            why = "This reads like an order to a machine that may read the text."
            yield Finding(level, "order", order.start, order.end, why, {"it is to": order.what})


def _addressed(own: str, start: int) -> int:
    """Where the line stands that a sentence is spoken under: "To every reader of this page:"."""
    head = own[max(0, start - ADDRESS) : start].rstrip()
    return max(0, start - ADDRESS) + head.rfind("\n") + 1 if head.endswith((":", ",")) else start


def _unseen(text: str) -> Iterator[Finding]:
    """Characters of the author's own that nobody sees, one finding for each kind."""
    if text.isascii() or UNSEEN.search(text) is None:
        return
    bare = FLAG.sub(lambda flag: " " * len(flag[0]), text)
    is_needed = RIGHT_TO_LEFT.search(text) is not None
    many = islice(WITHIN.finditer(bare), MANY)
    is_many = sum(1 for _ in many) == MANY
    kinds = (
        (Level.LOOK, OVERRIDES, "turns round the order in which letters are shown"),
        (Level.NOTE if is_needed else Level.LOOK, TURNS, "turns the direction in which the text is written"),
        (Level.LOOK, TAGS, "can carry letters that nobody sees"),
        (Level.LOOK, WITHIN, "parts the letters of words unseen, and can carry others")
        if is_many
        else (Level.NOTE, NOTHING, "shows nothing"),
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
