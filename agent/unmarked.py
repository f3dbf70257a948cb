"""The first words of a Markdown text without its marks: what a text is called that has no name. A sign goes only where
it is a mark, so that C# stays C#. Rendering a text for its first words would take far too long for lists."""

import re

BLOCK_LETTERS = 2_000
"""So much of a block is read: emphasis that ends later is not seen."""

RULE = re.compile(r"\s*(?:([*_-])[ \t]*(?:\1[ \t]*){2,}|=+\s*)")
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
START = re.compile(r"\s*(?:>\s?)*(?:(?P<heading>#{1,6})(?:\s+|$)|[*+-]\s+)?")
"""Signs of quotations, headings and lists, at the beginning of a line."""
CLOSING = re.compile(r"(?:^|\s+)#+\s*$")
DEFINED = re.compile(
    r"^ {0,3}\[(?:(\^[^\[\]\s]+)\]:|"
    r"""([^\[\]^][^\[\]]*)\]:[ \t]*\S+(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$)""",
    re.MULTILINE,
)
"""A note, or where a name leads: nothing of it stands where it is written."""
WITHIN = re.compile(
    r"""
      \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)
    | !?\[(?P<link>[^\[\]]*)\]\(\s*(?:<[^<>]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)
    | !?\[(?P<named>[^\[\]]+)\](?:\[(?P<name>[^\[\]]*)\])?
    | (?P<stars>\*{1,3})(?=\S)(?P<starred>.+?)(?<=[^\s*])(?P=stars)(?!\*)
    | (?<!\w)(?P<lines>_{1,3})(?=\S)(?P<lined>.+?)(?<=[^\s_])(?P=lines)(?!\w)
    | ~~(?=\S)(?P<struck>.+?)(?<=\S)~~
    """,
    re.VERBOSE | re.DOTALL,
)


def first_words(text: str, most: int) -> list[str]:
    """Return so many words of a text as a reader sees them, or all where there are fewer."""
    defined = _defined(text)
    words: list[str] = []
    block: list[str] = []
    fence = ""
    for line in [*text.splitlines(), ""]:
        found = FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence):
                fence = ""
            else:
                words += line.split()
        elif block or not DEFINED.match(line):
            fence = found[1] if found else ""
            start = START.match(line)
            shown = line[start.end() :] if start else line
            is_heading = bool(start and start["heading"])
            is_end = bool(fence) or RULE.fullmatch(line) is not None or not shown.strip()
            if is_end or is_heading:
                words += _without_marks(" ".join(block), defined).split()
                block = []
            if is_heading:
                words += _without_marks(CLOSING.sub("", shown), defined).split()
            elif not is_end:
                block.append(shown.strip().removesuffix("\\"))
        if len(words) >= most:
            break
    return words[:most]


def unmarked(line: str, text: str = "") -> str:
    """A line without marks in it; `text` is where names of links may be defined."""
    return _without_marks(line, _defined(text))


def _defined(text: str) -> frozenset[str]:
    return frozenset((note or name).casefold() for note, name in DEFINED.findall(text)) if "]:" in text else frozenset()


def _without_marks(block: str, defined: frozenset[str]) -> str:
    def plain(found: re.Match[str]) -> str:
        if sign := found["escaped"]:
            return sign
        if code := found["code"]:
            return code.strip() or code
        if (named := found["named"]) is not None:
            if (found["name"] or named).casefold() not in defined:
                return "[" + WITHIN.sub(plain, found[0][1:]) if found[0][0] == "[" else "!" + found[0][1:]
            return "" if named.startswith("^") else WITHIN.sub(plain, named)
        inner = next(found[kind] for kind in ("link", "starred", "lined", "struck") if found[kind] is not None)
        return WITHIN.sub(plain, inner)

    return WITHIN.sub(plain, block[:BLOCK_LETTERS]) + block[BLOCK_LETTERS:]
