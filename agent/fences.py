"""How the words of others, and an author's own, are laid before an author: plainly as data, in a fence that
none of them can close or forge."""

import re

NAMES = ("entry", "note", "piece")
"""What stands in a fence: what came from outside, and an author's own notes and pieces."""
UNSEEN = "[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
"""Signs that nobody sees, between the letters of a name."""
FENCE = re.compile(rf"<(?=\W{{0,8}}(?:{'|'.join(UNSEEN.join(name) for name in NAMES)}))", re.IGNORECASE)
QUOTES = str.maketrans({"<": "(", ">": ")"} | dict.fromkeys('"“”„«»', "'"))


def fenced(name: str, words: str, **facts: object) -> str:
    """Words in a fence of that name; `facts` stand in its opening mark."""
    return f"<{name}{_told(facts)}>\n{defused(words)}\n</{name}>"


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
