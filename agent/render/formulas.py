r"""Formulas: $...$, $$...$$, \(...\) and \[...\] to MathML. Money stays money.

What latex2mathml cannot read is shown as it was typed. Its attributes are left to the allow-list, which takes out
and names what does not belong there: a link, a style, a class.
"""

import html
import re
from xml.etree.ElementTree import Element

MOST_LETTERS = 2_000
MOST_BRACES = 30
"""How deep braces may stand inside each other: the library calls itself for each."""

SHAPES = {
    "$$": re.compile(r"\$\$((?:[^$\\]|\\.|\$(?!\$)){1,2000})\$\$", re.DOTALL),
    "$": re.compile(r"\$(?![\s$])((?:[^$\\]|\\.){1,2000})(?<!\s)\$(?![\w$])", re.DOTALL),
    "\\(": re.compile(r"\\\((.{1,2000}?)\\\)", re.DOTALL),
    "\\[": re.compile(r"\\\[(.{1,2000}?)\\\]", re.DOTALL),
}
STRONG = re.compile(r"[\\^_{}]")
"""Signs that hardly stand in prose."""
PROSE = re.compile(r"\s[A-Za-z]{2,}|[A-Za-z]{2,}[\s,.;:!?]|[.,;:!?]\s|[“”’—–]")
ELEMENTS = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover "
    "mmultiscripts mprescripts mtable mtr mtd mpadded mphantom mstyle menclose"
)
TAGS = frozenset(ELEMENTS.split())
SIZE = r"(?:[+-]?\d?(?:\.\d{1,4})?|\d\d(?:\.\d{1,4})?)(?:em|ex|px|pt|mu)?"
"""No formula reaches far beyond its own place."""
YES_NO = "true|false"
LETTERS = {"mathvariant": r"[a-z-]{4,22}"}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "math": {"display": "block", "alttext": r".*"},
    "mi": LETTERS,
    "mn": LETTERS,
    "mtext": LETTERS,
    "ms": LETTERS,
    "mo": LETTERS
    | dict.fromkeys(("stretchy", "fence", "separator", "largeop", "movablelimits", "symmetric", "accent"), YES_NO)
    | dict.fromkeys(("minsize", "maxsize", "lspace", "rspace"), SIZE)
    | {"form": "prefix|infix|postfix"},
    "mspace": {"width": SIZE, "height": SIZE, "depth": SIZE, "linebreak": "newline"},
    "mpadded": dict.fromkeys(("width", "height", "depth", "lspace", "voffset"), SIZE),
    "mstyle": {"displaystyle": YES_NO, "scriptlevel": r"[+-]?\d", "mathsize": SIZE},
    "mfrac": {"linethickness": SIZE},
    "munder": {"accentunder": YES_NO},
    "mover": {"accent": YES_NO},
    "munderover": {"accent": YES_NO, "accentunder": YES_NO},
    "menclose": {"notation": r"[a-z ]{1,80}"},
    "mtable": {
        "displaystyle": YES_NO,
        "rowspacing": rf"{SIZE}(?: {SIZE})*",
        "columnspacing": rf"{SIZE}(?: {SIZE})*",
        "columnalign": r"[a-z ]{1,80}",
        "columnlines": r"[a-z ]{1,80}",
        "rowlines": r"[a-z ]{1,80}",
        "frame": r"[a-z]{1,10}",
    },
    "mtd": {"columnalign": "left|center|right"},
}
"""Tag -> attribute -> the whole of what its value may be. No link, no style, no class, no handler."""
PARTS = dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2) | {"msubsup": 3, "munderover": 3}
"""How many parts an element has to have: the library forgives what is missing, browsers do not."""
NUMBERED = re.compile(r"&#x([0-9A-Fa-f]{1,6});")


def find(text: str, at: int) -> re.Match[str] | None:
    r"""Return the formula that begins here with "$" or a backslash; its first group is the TeX."""
    opening = text[at : at + 2]
    if opening[0] == "$" and opening != "$$":
        opening = "$"
        if at and (text[at - 1].isalnum() or text[at - 1] in "$\\"):
            return None
    found = SHAPES[opening].match(text, at) if opening in SHAPES else None
    return found if found and _is_meant(opening, found[1].strip()) else None


def _is_meant(opening: str, tex: str) -> bool:
    r"""Whether it is a formula at all, and not two prices, or a remark in brackets such as \[sic\]."""
    if not tex:
        return False
    if STRONG.search(tex) or opening == "$$":
        return True
    if opening == "\\[":
        return "=" in tex
    return not PROSE.search(tex) and (opening == "\\(" or not tex[0].isdigit() or " " not in tex or "=" in tex)


def mathml(tex: str, *, display: bool) -> Element | None:
    """Return the formula, or None if it cannot be read."""
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415 - it reads a table of all its symbols

    if len(tex) > MOST_LETTERS or _depth(tex) > MOST_BRACES:
        return None
    try:
        made = convert_to_element(tex, display="block" if display else "inline")
        copied = _copied(made)
    except Exception:  # It says in many ways that it does not understand.
        return None
    if copied is not None:
        copied.set("alttext", tex)
    return copied


def _depth(tex: str) -> int:
    depth = most = 0
    for sign in re.findall(r"[{}]|\\left|\\right(?!a)|\\begin|\\end", tex):
        depth += 1 if sign in ("{", "\\left", "\\begin") else -1
        most = max(most, depth)
    return most


def _copied(element: Element) -> Element | None:
    """Return a copy with real signs for numbered ones; None where a command was not understood."""
    text = NUMBERED.sub(lambda number: html.unescape(number[0]), element.text or "")
    if element.tag not in TAGS or (text.startswith("\\") and len(text) > 1) or element.tail:
        return None
    if len(element) != PARTS.get(element.tag, len(element)):
        return None
    given = {name: value for name, value in element.attrib.items() if name != "xmlns" and value != ""}
    if element.tag == "math" and given.get("display") == "inline":
        del given["display"]
    made = Element(element.tag, given)
    made.text = text
    for child in element:
        copied = _copied(child)
        if copied is None:
            return None
        made.append(copied)
    return made
