"""What stands in quotation marks or as a block of quotation, and whether the text says near it whose words they are."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.archive import words_of

LEAST = 5
"""Letters of a name that tells a source from others."""
NEAR = 200
"""Characters before and after a quotation in which its source may be named."""
MARKS = re.compile(
    r"“[^“”]{1,20000}”|„[^„“”]{1,20000}[“”]|«[^«»]{1,20000}»|»[^«»]{1,20000}«|「[^「」]{1,20000}」|『[^『』]{1,20000}』|"
    r'(?<![\w"])"(?=\S)[^"]{1,20000}"(?!\w)|(?<![\w‘])‘(?=\S)[^‘]{1,20000}?’(?!\w)'
)
PARTED = re.compile(r"\n[ \t]*\n")
SAID = re.compile(
    r"\b(?P<who>[\w'’]{1,40})[ ,\n]{1,2}(?:once |also |has |had |have |hat |haben |a )?"
    r"(?:writes?|wrote|written|says?|said|tells|told|argues|argued|notes|noted|observes|observed|puts? it|has it|"
    r"quotes|quoted|cites|cited|reads|reports|reported|schreibt|schrieb|geschrieben|sagt|sagte|gesagt|zitiert|écrit|"
    r"écrivait|raconte|escribe|escribió|cuenta|dice|dijo|scrive|scrisse|escreve|escreveu)\b|"
    r"\b(?:according to|in the words of|quoted from|taken from|laut|zufolge|selon|d['’]après|según|secondo|segundo)\b",
    re.IGNORECASE,
)
ANYBODY = """
i you he she it we they one who that which this there someone somebody anyone anybody nobody people everyone and or but
to be is was as not what er sie es man wer jemand ich wir il elle on je nous qui ils elles él ella se que
"""
NOBODY = frozenset(ANYBODY.split())
"""Where one of these says something, it is not said who."""
LINK = re.compile(r"\]\(|\]\[|https?://|www\.|\[\^")
BRACKETS = re.compile(r"\([^()\n]{0,80}\b[0-9]{2,4}[a-z]?\)")
"""A reference in brackets, that ends with a year or a page."""
SIGNED = re.compile(r"[\s>*_]{0,20}(?:[\u2013\u2014]|--)[ *_]{0,4}[^\W\d_]")
"""A dash and a name below a quotation."""
WORD = re.compile(r"[^\W\d_][\w'’]*")


@dataclass(frozen=True)
class Quotations:
    """What a text quotes, as pairs of characters (from, to), in order: `blocks` of lines that begin with >, and what
    stands between `marks` in one paragraph, these among it."""

    text: str
    blocks: Sequence[tuple[int, int]]
    marks: Sequence[tuple[int, int]]

    def around(self, start: int, end: int) -> tuple[int, int] | None:
        """The quotation in which these characters stand, all of them."""
        for quoted in (self.marks, self.blocks):
            at = bisect_right(quoted, start, key=lambda pair: pair[0])
            if at and end <= quoted[at - 1][1]:
                return quoted[at - 1]
        return None

    def is_attributed(self, start: int, end: int, *, names: Sequence[str] = ()) -> bool:
        """Whether it is said beside quoted words where they are from: by a link, a note, a name, a word such as
        "writes", or by one of these `names` of the source."""
        first, last = self.around(start, start) or (start, start), self.around(end, end) or (end, end)
        before = self.text[max(0, first[0] - NEAR) : first[0]] + self.text[max(first[0], start - NEAR) : start]
        after = self.text[end : min(last[1], end + NEAR)] + self.text[last[1] : last[1] + NEAR]
        # "This," she writes, "and that."
        between = self.text[first[1] : last[0]][: 2 * NEAR]
        beside = (before, between, after)
        if any(sign.search(words) for sign in (LINK, BRACKETS) for words in beside):
            return True
        if any((who["who"] or "").lower() not in NOBODY for words in beside for who in SAID.finditer(words)):
            return True
        if SIGNED.match(after.lstrip('”"»“’.!?…')) or any(map(_is_named, beside)):
            return True
        # However it is parted: the Salt Log, saltlog.example.
        said = "".join(words_of(" ".join(beside)))
        return any(len(name) >= LEAST and name in said for name in ("".join(words_of(name)) for name in names))


def quotations(text: str) -> Quotations:
    """What is quoted in a text."""
    edges = [0, *(edge for match in PARTED.finditer(text) for edge in match.span()), len(text)]
    paragraphs = zip(edges[::2], edges[1::2], strict=True)
    marks = [match.span() for start, end in paragraphs for match in MARKS.finditer(text, start, end)]
    return Quotations(text, list(_blocks(text)), marks)


def _is_named(words: str) -> bool:
    """Whether a name stands there: a word with a capital that begins no sentence."""
    for before, word in pairwise(WORD.finditer(words)):
        is_within = words[before.end() : word.start()] in {" ", ", ", "\n"}
        if is_within and word[0][0].isupper() and len(word[0].split("'")[0].split("’")[0]) > 1:
            return True
    return False


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Lines that begin with >, and those that go on in the same paragraph."""
    start, end, at, goes_on = -1, -1, 0, False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        is_marked = bare.startswith(">")
        if is_marked or (goes_on and bare):
            start, end = at if start < 0 else start, at + len(line)
            goes_on = bare != ">"
        elif start >= 0:
            yield start, end
            start, goes_on = -1, False
        at += len(line)
    if start >= 0:
        yield start, end
