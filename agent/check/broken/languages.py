"""In which language a text is, beside that in which its author was invited and wrote before; and where it changes into
another script and does not come back."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from agent.check.broken.loops import Word
from agent.check.frame import Finding, Subject
from agent.check.reading.bare import Bare
from agent.render.kept import SAYS_ITS_LANGUAGE, language_of
from agent.tables import Level

READ = 1_500
"""Letters of each end of a text by which its language is told."""
LEAST_WORDS = 60
LEAST_SHARE = 0.25
"""Of the words, on either side of a change of script."""
HALF = 0.4
"""The same of what lies in the midst."""
MOTTO = 0.15
PURE = 0.85
SHOWN = 200
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
APART = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|([-*_])[ \t]*(?:\1[ \t]*){2,}$)", re.MULTILINE)
"""A heading or a rule."""
NAMES = (
    "ar Arabic,bg Bulgarian,bs Bosnian,ca Catalan,cs Czech,da Danish,de German,el Greek,en English,eo Esperanto,"
    "es Spanish,et Estonian,eu Basque,fa Persian,fi Finnish,fr French,ga Irish,gl Galician,he Hebrew,hi Hindi,"
    "hr Croatian,hu Hungarian,id Indonesian,is Icelandic,it Italian,ja Japanese,ko Korean,la Latin,lt Lithuanian,"
    "lv Latvian,ms Malay,nb Norwegian,nl Dutch,no Norwegian,pl Polish,pt Portuguese,ro Romanian,ru Russian,"
    "sk Slovak,sl Slovenian,sq Albanian,sr Serbian,sv Swedish,sw Swahili,th Thai,tl Tagalog,tr Turkish,"
    "uk Ukrainian,ur Urdu,vi Vietnamese,zh Chinese"
)
NAMED = {each[:2]: each[3:] for each in NAMES.split(",")}
ALIKE = ({"bs", "hr", "sr"}, {"da", "nb", "nn", "no"}, {"id", "ms"}, {"cs", "sk"}, {"gl", "pt"}, {"bg", "mk"})
"""Languages that are taken for each other."""


def language(bare: Bare) -> tuple[str, str]:
    """The languages of a text's beginning and end without what it quotes, as tags; empty where that is too short or
    nothing is sure."""
    prose = " ".join(bare.own.split())
    # Each sign of a script without spaces is a word.
    if len(prose) < SAYS_ITS_LANGUAGE and min(len(prose), len(bare.words)) < SAYS_ITS_LANGUAGE // 4:
        return "", ""
    if len(prose) <= 2 * READ:
        middle = prose.find(" ", len(prose) // 2) + 1 or len(prose) // 2
        first, last = prose[:middle], prose[middle:]
    else:
        first, last = prose[:READ], prose[-READ:]
    return language_of(first), language_of(last)


def languages(bare: Bare, subject: Subject, told: tuple[str, str]) -> Iterator[Finding]:
    """A change of script, or else a language that nobody expected. `told` is what language() gives."""
    if (turned := _turned(bare)) is not None:
        yield turned
        return
    first, last = told
    if not first or not last:
        return
    if not _same(first, last):
        why = "The text begins in one language and ends in another."
        evidence = {"begins in": _name(first), "ends in": _name(last)}
        yield Finding(Level.NOTE, "language", 0, len(bare.text), why, evidence)
        return
    expected = list(dict.fromkeys(filter(None, (_of(text) for text in _beside(subject)))))
    if expected and not any(_same(first, each) for each in expected):
        why = "The text is in another language than its invitation and its author's earlier pieces."
        evidence = {"language": _name(first), "expected": ", ".join(_name(each) for each in expected)}
        yield Finding(Level.NOTE, "language", 0, len(bare.text), why, evidence)


def _turned(bare: Bare) -> Finding | None:
    """Where the script changes for good, or for as long as half of the text. Between headings, rules and verses it may
    be a translation."""
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


def _beside(subject: Subject) -> Iterator[str]:
    """What says which language is expected: the words of this outlet, and what the author wrote before."""
    for shown in subject.shown:
        if shown.kind in ("invitation", "prompt") and shown.here:
            yield shown.text[:READ]
    for shown in subject.earlier:
        yield shown.text[:READ]


@lru_cache(maxsize=256)
def _of(text: str) -> str:
    return language_of(" ".join(text.split())) if len(text) >= SAYS_ITS_LANGUAGE else ""


def _same(one: str, other: str) -> bool:
    return one == other or any({one, other} <= names for names in ALIKE)


def _name(tag: str) -> str:
    return NAMED.get(tag, tag)
