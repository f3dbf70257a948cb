"""A clause in another script in the midst of a sentence, neither quoted nor explained."""

import re

from agent.check.frame import Finding
from agent.check.reading.bare import Bare
from agent.tables import Level

_DENSE = "\u0e00-\u0eff\u2e80-\u2fff\u3040-\ud7ff\uf900-\ufaff"
"""Letters of scripts that need few of them for a clause."""
_OTHER = "\u0370-\u0dff\u0f00-\u1dff\u1f00-\u1fff\ufb1d-\ufdff"
_BETWEEN = "\u3000-\u303f\uff00-\uff65 ,;'\u2019-"
STRAY = re.compile(f"[{_DENSE}](?:[{_DENSE}{_BETWEEN}]){{11,}}+|[{_OTHER}](?:[{_OTHER}{_BETWEEN}]){{29,}}+")
DENSE, OTHER = 12, 30
"""So many letters are more than a name or a word."""
IS_DENSE = re.compile(f"[{_DENSE}]")
BEFORE = re.compile(r"[a-z\u00df-\u024f]{2,40},? $")
AFTER = re.compile(r"[a-z\u00df-\u024f]{2}")
"""A sentence in Latin letters that goes on as if nothing were."""
SPOKEN_OF = re.compile(
    r"\b(?:sa(?:ys?|id|ying)|reads?|wr(?:ites?|ote|itten)|call(?:s|ed)?|words?|phrases?|lines?|proverbs?|sentences?|signs?|"
    r"characters?|letters?|languages?|chinese|japanese|korean|russian|greek|arabic|hebrew|thai|hindi|sanskrit|means?|meaning|"
    r"translat\w{1,6}|sings?|sang|song|title|titled|name[ds]?|in [A-Z]\w{2,20})\b"
)
NEAR = 80
SHOWN = 200


def strayed(bare: Bare) -> Finding | None:
    """The first such clause. Who writes of another language says so beside it."""
    own = bare.own
    if own.isascii():
        return None
    for match in STRAY.finditer(own):
        words = match[0].rstrip(" ,;'\u2019-")
        start, end = match.start(), match.start() + len(words)
        letters, least = sum(map(str.isalpha, words)), DENSE if IS_DENSE.match(words) else OTHER
        before, after = own[max(0, start - NEAR) : start], own[end : end + NEAR]
        if letters < least or not BEFORE.search(before) or not AFTER.match(after.lstrip(" ,;")):
            continue
        if SPOKEN_OF.search(before) or SPOKEN_OF.search(after):
            continue
        why = "A clause in another script stands in the midst of this sentence, and nothing says why."
        return Finding(Level.LOOK, "language", start, min(end, start + SHOWN), why)
    return None
