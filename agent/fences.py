"""How the words of others, and an author's own, are laid before an author: plainly as data, in a fence. No words of
others can close or forge one: each of their lines is marked."""

import re

NAMES = ("entry", "letter", "note", "piece")
"""What stands in a fence: what came from outside, and an author's own notes and pieces."""
STRANGERS = ("entry", "letter")
"""Names of fences around words of others. Each line of these is marked: a fence begins and ends at the beginning of
a line, and so nothing inside can be one, however it is written. An author's own words stand without marks, for it may
send them anew."""
MARK = "| "
OPENING = "<＜﹤‹〈⟨〈≺"
"""Signs that pass for the one that begins a fence."""
ALIKE = {"c": "сϲ", "e": "еҽ", "i": "іı", "l": "ⅼӏ", "n": "ո", "o": "оοօ", "p": "рρ", "t": "т", "y": "у"}
"""Letters of other scripts that look like these."""
BETWEEN = r"[\W_\u115f\u1160\u3164\uffa0]{0,64}"
"""What does not make another word of a name: spaces, signs, and characters that nobody sees, four of which Python takes
for letters. Its length is bounded, so that the time taken grows with the length of the words alone."""


def _letters(name: str) -> str:
    """A pattern for a name, however it is set: wide, in letters that look the same, with signs in between."""
    return BETWEEN.join(f"[{sign}{chr(ord(sign) + 0xFEE0)}{ALIKE.get(sign, '')}]" for sign in name)


FENCE = re.compile(rf"[{OPENING}](?={BETWEEN}(?:{'|'.join(map(_letters, NAMES))}))", re.IGNORECASE)
QUOTES = str.maketrans(
    dict.fromkeys(OPENING, "(") | dict.fromkeys(">＞﹥›〉⟩〉≻", ")") | dict.fromkeys('"“”„«»＂', "'")
)


def fenced(name: str, words: str, **facts: object) -> str:
    """Words in a fence of that name; `facts` stand in its opening mark."""
    inside = defused(words)
    if name in STRANGERS:
        inside = _each_marked(inside)
    return f"<{name}{_told(facts)}>\n{inside}\n</{name}>"


def fenced_to_quote(name: str, words: str) -> str:
    """Words in a fence of that name, each of their lines marked, and within their lines exactly as they stand: so that
    a passage can be quoted letter for letter."""
    return f"<{name}>\n{_each_marked(words)}\n</{name}>"


def _each_marked(words: str) -> str:
    return "\n".join(f"{MARK}{row}" if row else MARK.rstrip() for row in words.splitlines() or [""])


def marked(name: str, **facts: object) -> str:
    """A mark without words, for a list of things that are not laid out whole."""
    return f"<{name}{_told(facts)}/>"


def defused(words: str) -> str:
    """Words as they stand, but for the beginning of anything that looks like a fence."""
    return FENCE.sub("(", words)


def one_line(words: str, most: int = 300) -> str:
    """A name or an address in one line of at most so many characters, that ends no quotation it stands in."""
    return short(" ".join(words.split()).translate(QUOTES), most)


def quoted(words: str, most: int = 2_000) -> str:
    """Words as a quotation: each line of it is marked as one, and what is longer than so many characters
    is cut off, visibly."""
    return "\n".join(f"> {row}".rstrip() for row in short(defused(words).strip(), most).splitlines())


def short(words: str, most: int) -> str:
    """Words, or their beginning with a sign that there is more."""
    return words if len(words) <= most else f"{words[: most - 4].rstrip()} […]"


def _told(facts: dict[str, object]) -> str:
    return "".join(f' {name}="{one_line(str(fact))}"' for name, fact in facts.items() if str(fact))
