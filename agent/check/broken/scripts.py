"""Where a text changes into another script and does not come back, or mixes two of them within a word."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, islice

from agent.check.broken.loops import Word
from agent.check.frame import Finding
from agent.check.reading.bare import Bare
from agent.tables import Level

LEAST_WORDS = 60
LEAST_SHARE = 0.25
"""Of the words, on either side of a change of script."""
HALF = 0.4
"""The same of what lies in the midst."""
MOTTO = 0.15
PURE = 0.85
SHOWN = 200
MOST = 100
SCRIPTS: Sequence[tuple[int, str]] = (
    (0x0000, "Latin"),
    (0x0370, "Greek"),
    (0x0400, "Cyrillic"),
    (0x0530, "Armenian"),
    (0x0590, "Hebrew"),
    (0x0600, "Arabic"),
    (0x0900, "Devanagari"),
    (0x0980, "another Indian"),
    (0x0E00, "Thai or Lao"),
    (0x0F00, "another"),
    (0x10A0, "Georgian"),
    (0x1100, "Korean"),
    (0x1200, "another"),
    (0x1E00, "Latin"),
    (0x1F00, "Greek"),
    (0x2000, "Latin"),
    (0x2DE0, "Cyrillic"),
    (0x2E80, "Chinese or Japanese"),
    (0xA000, "another"),
    (0xAC00, "Korean"),
    (0xD7B0, "another"),
    (0xF900, "Chinese or Japanese"),
    (0xFB00, "Latin"),
    (0xFB1D, "Hebrew"),
    (0xFB50, "Arabic"),
    (0xFF00, "Latin"),
    (0x10000, "another"),
    (0x1B000, "Chinese or Japanese"),
    (0x1D000, "another"),
    (0x20000, "Chinese or Japanese"),
)
"""From which sign on letters are of which script."""
BEGINS = [begins for begins, _ in SCRIPTS]
NOT_LATIN = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2de0-\ud7ff\uf900-\ufaff\ufb1d-\ufeff]")
MID_WORD = re.compile(
    r"[A-Za-z\u00c0-\u024f]{2}[\u0370-\u03ff\u0400-\u052f]{2}|[\u0370-\u03ff\u0400-\u052f]{2}[A-Za-z\u00c0-\u024f]{2}"
)
LETTERS = re.compile(r"[^\W\d_]{0,30}")
APART = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|([-*_])[ \t]*(?:\1[ \t]*){2,}$)", re.MULTILINE)
"""A heading or a rule."""


def turned(bare: Bare) -> Finding | None:
    """Where the script changes for good, or for as long as half of the text. Between headings and rules it may be a
    translation, and a poem's begins with a line."""
    if not NOT_LATIN.search(bare.own):
        return None
    words = [word for word in bare.words if not bare.own[word.start].isspace()]
    if len(words) < LEAST_WORDS:
        return None
    scripts = [SCRIPTS[bisect_right(BEGINS, ord(word.folded[0])) - 1][1] for word in words]
    stretch = _for_good(scripts) or _for_long(scripts)
    if stretch is None:
        return None
    at, stop = stretch
    begins, ends = words[at].start, words[stop - 1].end
    if bare.is_verse and "\n" in bare.text[words[at - 1].end : begins]:
        return None
    is_apart = bare.is_verse or APART.search(bare.text, _line(bare, words[at - 1]), words[at].end) is not None
    evidence = {
        "before": f"{scripts[at - 1]} letters",
        "from there on": f"{scripts[at]} letters",
        "share": f"{(stop - at) / len(words):.0%}",
    }
    why = "From here on the text is in another script."
    return Finding(Level.NOTE if is_apart else Level.LOOK, "language", begins, min(ends, begins + SHOWN), why, evidence)


def _for_good(scripts: list[str]) -> tuple[int, int] | None:
    """The words of the end, where they are all in another script than those of the beginning."""
    fifth = len(scripts) // 5
    one, other = (Counter(some).most_common(1)[0][0] for some in (scripts[:fifth], scripts[-fifth:]))
    if one == other:
        return None
    ones = list(accumulate((script == one for script in scripts), initial=0))
    others = list(accumulate((script == other for script in scripts), initial=0))
    at = max(range(len(scripts) + 1), key=lambda place: ones[place] + others[-1] - others[place])
    before, after = at, len(scripts) - at
    is_long = min(before, after) >= LEAST_SHARE * len(scripts)
    is_pure = ones[at] >= PURE * before and others[-1] - others[at] >= PURE * after
    return (at, len(scripts)) if is_long and is_pure else None


def _for_long(scripts: list[str]) -> tuple[int, int] | None:
    """The words in the midst that are in another script, where they are as many as the rest or nearly so."""
    for other, count in Counter(scripts).most_common(2):
        if other == scripts[0] or count < HALF * len(scripts):
            continue
        at, stop = scripts.index(other), len(scripts) - scripts[::-1].index(other)
        # A motto may stand in another language than what follows it.
        if count >= PURE * (stop - at) and at >= MOTTO * len(scripts):
            return at, stop
    return None


def _line(bare: Bare, word: Word) -> int:
    """Where the line of a word ends."""
    end = bare.text.find("\n", word.end)
    return len(bare.text) if end < 0 else end


def mid_word(bare: Bare) -> Finding | None:
    """The first word of the text's own that has letters of two scripts, and how many there are."""
    own = bare.own
    if not NOT_LATIN.search(own) or not (found := list(islice(MID_WORD.finditer(own), MOST))):
        return None
    begins, ends = found[0].span()
    before = LETTERS.match(own[max(0, begins - SHOWN) : begins][::-1])
    after = LETTERS.match(own, ends)
    start, end = begins - (before.end() if before else 0), after.end() if after else ends
    why = "Letters of two scripts stand within one word here."
    return Finding(Level.NOTE, "language", start, end, why, {"such words": str(len(found))} if len(found) > 1 else {})
