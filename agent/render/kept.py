"""What lists, search and feeds show of a text, made once with its HTML, so that a build parses nothing."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from agent.render.tree import OPEN, TICKED
from agent.render.written import INLINE

OPENING_LETTERS = 600
"""How much of a text's beginning is kept as plain text, whole blocks as far as they fit."""
SAYS_ITS_LANGUAGE = 160
"""Letters of prose below which nobody can tell a language for sure."""
READ_LETTERS = 2_000
"""How much of the prose is read to tell its language."""
SURE = 0.8
"""How probable a language has to be, in each half of what is read: a text in two has none."""
LANGUAGES = (
    "af ar be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk kn ko la "
    "lt lv mk ml mn mr ms ne nl no pa pl ps pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi yo zh zu"
)
"""Those that are told apart. Of more, the rare ones would be found in texts that are not in them."""
FROM_THE_RIGHT = frozenset({"ar", "fa", "he", "ps", "ur"})
SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Signs of scripts without spaces: each counts as a word."""
ENGLISH = (
    "a all an and are as at be been but by for from had has have he her his i if in into is it its me my no not of on "
    "one or our she so than that the their them there they this to was we were what when which who will with would you"
    " your"
)
COMMON = frozenset(ENGLISH.split())
IS_ENGLISH = 0.26
"""From this share of its commonest words on, a text is in English. Any other is left to py3langid, which takes most of
a second and 100 MB to begin."""

LINE_END, BLOCK_END = "\x1e", "\x1d"
"""Stand between what is gathered; no text holds them."""


@dataclass(frozen=True)
class Kept:
    """A text as lists and search have it; empty where there is no text, direction auto where none is known."""

    language: str = ""
    direction: str = "auto"
    words: int = 0
    opening: tuple[dict[str, str], ...] = ()
    plain: str = ""


def kept(root: Element) -> Kept:
    """Return what is kept of a text that was read."""
    blocks = [(block.tag, _text(block), block.get("class") == "footnote") for block in root]
    plain = "\n".join(line for _, text, _ in blocks for line in _lines(text))
    prose = _prose([text for tag, text, _ in blocks if tag not in ("pre", "table")])
    language = _language(prose)
    return Kept(
        language=language,
        direction=_direction(language, prose or plain),
        words=_words(plain),
        opening=_opening([(tag, text) for tag, text, is_foot in blocks if not is_foot]),
        plain=plain,
    )


def _text(element: Element) -> str:
    parts: list[str] = []
    _gather(element, parts)
    return "".join(parts)


def _gather(element: Element, parts: list[str]) -> None:
    """Gather the words, without the signs of notes and the ways back from them; a formula's as it was typed."""
    tag = element.tag
    if tag == "sup" or element.get("class") == "footnote-backref":
        return
    if tag == "math":
        parts.append(element.get("alttext", ""))
        return
    if element.text:
        parts.append(element.text)
    for child in element:
        is_block = child.tag not in INLINE
        if is_block:
            parts.append(LINE_END if child.tag == "br" else BLOCK_END)
        _gather(child, parts)
        if is_block and child.tag != "br":
            parts.append(BLOCK_END)
        if child.tail:
            parts.append(child.tail)


def _folded(text: str) -> str:
    """One line, with a slash between lines that the author broke."""
    return " ".join(text.replace(LINE_END, " / ").replace(BLOCK_END, " ").split())


def _lines(text: str) -> list[str]:
    """A line for each block, without white space that nobody sees."""
    folded = (" ".join(block.split()) for block in text.replace(LINE_END, " ").split(BLOCK_END))
    return [line for line in folded if line]


def _opening(blocks: list[tuple[str, str]]) -> tuple[dict[str, str], ...]:
    opening: list[dict[str, str]] = []
    left = OPENING_LETTERS
    for tag, text in blocks:
        words = _folded(text)
        if len(words) > left:
            words = words[:left].rsplit(" ", 1)[0] + " …"
        opening.append({"tag": tag, "text": words})
        left -= len(words)
        if left <= 0 or words.endswith(" …"):
            break
    return tuple(opening)


def _prose(texts: list[str]) -> str:
    """As much as it takes to tell a language."""
    some: list[str] = []
    left = READ_LETTERS
    for text in texts:
        if left <= 0:
            break
        some.append(" ".join(text[:left].replace(LINE_END, " ").replace(BLOCK_END, " ").split()))
        left -= len(text)
    return " ".join(some)


def _words(text: str) -> int:
    text = text.replace(OPEN, " ").replace(TICKED, " ")
    signs = len(SPACELESS.findall(text))
    return signs + len((SPACELESS.sub(" ", text) if signs else text).split())


def _language(prose: str) -> str:
    """Return the language that the text is in beyond doubt, else nothing."""
    if len(prose) < SAYS_ITS_LANGUAGE and _words(prose) < SAYS_ITS_LANGUAGE // 4:
        return ""
    middle = prose.find(" ", len(prose) // 2) + 1 or len(prose) // 2
    first, then = language_of(prose[:middle]), language_of(prose[middle:])
    return first if first == then else ""


def language_of(prose: str) -> str:
    """Return the likeliest language of a passage, if it is likely enough."""
    words = prose.lower().split()
    if sum(word in COMMON for word in words) >= IS_ENGLISH * len(words):
        return "en"
    language, sureness = _identifier().classify(prose)
    return str(language) if sureness >= SURE else ""


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier


def _direction(language: str, text: str) -> str:
    if language:
        return "rtl" if language in FROM_THE_RIGHT else "ltr"
    sides = (unicodedata.bidirectional(sign) for sign in text)
    first = next((side for side in sides if side in ("L", "R", "AL")), "")
    return {"L": "ltr", "R": "rtl", "AL": "rtl"}.get(first, "auto")
