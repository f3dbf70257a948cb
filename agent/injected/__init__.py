"""Words of strangers that give orders to a machine, in what an author is shown to read. They change nothing and keep
nothing out: they are written down beside the entry, so that people know of them, and a check can see what came of them.

How they are worded stands in phrases.py.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from agent.injected.phrases import MARKS, NEEDED, PARTS, PHRASES
from agent.patterns import one_of

AT_MOST = 12
"""So many orders of one kind are told apart in a text."""
LONGEST = 300
"""Characters of an order that are kept with an entry."""
HIDDEN, CODED, WALL = "read what nobody sees", "read words in code", "read a wall of code"
ALIKE = dict(zip(map(ord, "аеорсухіѕјԁһӏοαινρτκ‘’ʼ"), "aeopcyxisjdhloaivptk'''", strict=True))
"""Letters of other scripts that look like these."""
KNOWN = 20_000
"""So many characters are looked up once only."""
BASE64 = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,}={0,2}")
A_WALL = 200
PASSAGES = 40
"""So many passages in code are looked into, each of at most 4,000 signs."""
SENTENCE_END = re.compile(r"[.!?\u2026][\"'\u201d\u2019)]{0,2}(?=\s)|\n")


def _pattern(what: str) -> re.Pattern[str]:
    words, marks = (of.get(what, "(?!)") for of in (PHRASES, MARKS))
    return re.compile(rf"\b{one_of(words, PARTS)}|{one_of(marks, PARTS)}")


KINDS = {what: _pattern(what) for what in NEEDED}
NEED = {what: [words.split("|") for words in said.replace("\n", "").split("&")] for what, said in NEEDED.items()}


@dataclass(frozen=True)
class Order:
    """Characters `start` to `end` of a text ask a machine to do `what`. `words` are those of an order in code,
    deciphered."""

    what: str
    start: int
    end: int
    words: str = ""


def orders(text: str) -> list[Order]:
    """Every order in a text that people see, as it stands there. Its time grows with the length alone."""
    plain = plainly(text)
    found = [
        Order(what, match.start(), match.end())
        for what, pattern in KINDS.items()
        if all(any(word in plain for word in words) for words in NEED[what])
        for match, _ in zip(pattern.finditer(plain), range(AT_MOST), strict=False)
    ]
    found += [Order(CODED if words else WALL, start, end, words) for start, end, words in _in_code(text)]
    return sorted(found, key=lambda order: order.start)


def told(title: str, text: str, unseen: str = "") -> dict[str, str]:
    """What is kept of them with an entry: each kind once, with the words around the first. `unseen` is what its hidden
    characters spell."""
    whole = f"{title}\n{text}"
    kept = {HIDDEN: _short(unseen)} if unseen else {}
    for order in orders(whole):
        start, end = around(whole, order.start, order.end)
        kept.setdefault(order.what, _short(order.words or whole[start:end]))
    return kept


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """An order with the rest of its sentence and the next one: what it wants said often stands there."""
    before, after = max(0, start - 200), min(len(text), end + 400)
    ends = [match.end() for match in SENTENCE_END.finditer(text, before, start)]
    later = [match.end() for match in SENTENCE_END.finditer(text, end, after)]
    # The last sentence of a text need not end with a full stop.
    return ends[-1] if ends else before, later[1] if len(later) > 1 else after


def plainly(text: str) -> str:
    """A text as patterns are sought in it, letter for letter as long: small, without accents, in the letters that it
    seems to have, and with a space for the end of a line within a sentence."""
    return re.sub(r"(?<=[\w,;-])\n(?=\w)", " ", (text if text.isascii() else text.translate(_PLAIN)).lower())


def _in_code(text: str) -> Iterator[tuple[int, int, str]]:
    """Where words stand in base64, and which; for a wall of such signs that holds no words, none."""
    for match, _ in zip(BASE64.finditer(text), range(PASSAGES), strict=False):
        run = match[0].rstrip("=")[:4_000]
        try:
            words = base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            words = ""
        if words.isprintable() and " " in words:
            yield *match.span(), words
        elif len(match[0]) >= A_WALL and all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]")):
            yield *match.span(), ""


class _Plain(dict[int, str]):
    """What each character is read as."""

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        if number > 0x7F and number not in ALIKE and unicodedata.category(sign)[0] in "LN":
            sign = unicodedata.normalize("NFKD", sign)[0]
        becomes = ALIKE.get(ord(sign), sign)
        if len(self) < KNOWN:
            self[number] = becomes
        return becomes


_PLAIN = _Plain()


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 2]} \u2026"
