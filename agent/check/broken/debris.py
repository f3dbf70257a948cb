"""What was left over from a draft or from a machine: places to be filled in, signs written as code for signs, letters
that came through a wrong encoding, a fence that nothing closes."""

import re
from collections.abc import Iterator

from agent.check.frame import Finding
from agent.check.reading.bare import Bare
from agent.tables import Level

A_FORM = 4
"""So many places to be filled in are a form letter, and meant."""
PLACE = re.compile(
    r"""
      \[(?:
          (?:please[ ])?(?:insert|fill[ ]in|enter[ ](?:your|name|title|text|date|here))[ ]?[^\[\]\n]{1,60}
        | (?:the[ ])?(?:your|author['’]?s?|recipient['’]?s?|sender['’]?s?|company|first|last|full|city|street|e?-?mail)
            [ ,_](?:name|title|address|city|signature|e-?mail|state|number|byline|company|position)[^\[\]\n]{0,20}
        | (?:name|date|title|author|byline|topic|subject|signature|placeholder|todo|tbd|tk)
        | (?:essay|poem|story|piece|text|title|name|date|image|link|source|citation|quote)
            [ _](?:title|name|text|here|goes[ ]here|needed|placeholder)
      )\](?![(:\[])
    | (?<![\w}^{])\{\{-?[ ]{0,3}[a-z_][\w .|]{0,60}\}\}
    | \{%[^%\n]{1,80}%\}
    | \$\{[a-z_]\w{0,40}\}
    | (?<![\w}^{\\$])\{(?:name|title|author|date|topic|byline|publication|text|subject|model|input|prompt)\}(?!\})
    | <(?:insert|your)[ _][a-z _]{1,40}>
    | lorem[ ]ipsum[ ]dolor[^\n]{0,80}
    """,
    re.IGNORECASE | re.VERBOSE,
)
ITALIC = re.compile(r"(?<![\w*])\*(?![\s*])[^*\n]{1,600}\*(?![\w*])|(?<!\w)_(?![\s_])[^_\n]{1,600}_(?!\w)")
LEAST = 5
"""Words in italics, beside the place to be filled in, that are an example of something."""
STARTS = ("[", "{", "<", "lorem", "Lorem", "LOREM")
ENTITY = re.compile(
    r"&amp;(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});|"
    r"&(?:nbsp|quot|amp|lt|gt|apos|[mn]dash|[lr][sd]quo|hellip|#\d{2,6})(?![\w;=])"
)
ESCAPE = re.compile(r"(?:\\[rn]){2,}|\\n(?![a-z])|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")
MANGLED = re.compile("\u00e2\u20ac[^\\s\\w.]|\u00e2\u20ac\u0153|\u00c3[\u00a0-\u00bf]|\u00c2[\u00a0-\u00bf]|\ufffd")
FENCE = re.compile(r"^[ \t>]*(`{3,}(?=[^`\n]*$)|~{3,})[^\n]*", re.MULTILINE)


def debris(bare: Bare) -> Iterator[Finding]:
    """One finding for each kind of it, at the first place; only places to be filled in ask for an answer."""
    if any(sign in bare.own for sign in STARTS):
        # Words in italics around it make an example of it, which the text speaks of.
        places = list(PLACE.finditer(ITALIC.sub(_without, bare.own)))
        level = Level.LOOK if len(places) < A_FORM else Level.NOTE
        yield from _first(places, level, "Something was to be put here, and never was.")
    if "&" in bare.own:
        why = "Readers see this as it stands: it is the code of a sign, and not read as one."
        yield from _first(list(ENTITY.finditer(bare.own)), Level.NOTE, why)
    if "\\" in bare.own:
        found = list(ESCAPE.finditer(bare.own))
        # Who writes of the sign for a new line may name it once.
        if len(found) > 1 or any(match[0] != "\\n" for match in found):
            why = "This is how programs write the end of a line or a letter; readers see the code."
            yield from _first(found, Level.NOTE, why)
    why = "These signs look like letters that were read in a wrong encoding."
    yield from _first(list(MANGLED.finditer(bare.own)), Level.NOTE, why)
    if (fence := _open_fence(bare)) is not None:
        why = "Nothing closes this fence, so readers get all that follows as code."
        yield Finding(Level.NOTE, "debris", fence.start(1), fence.end(), why)


def _without(italic: re.Match[str]) -> str:
    """Nothing, as long as it was, of an example; what is only a place to be filled in stays."""
    rest = PLACE.sub(" ", italic[0])
    return " " * len(italic[0]) if len(rest.split()) >= LEAST else italic[0]


def _first(found: list[re.Match[str]], level: Level, why: str) -> Iterator[Finding]:
    if found:
        evidence = {"in all": str(len(found))} if len(found) > 1 else {}
        yield Finding(level, "debris", found[0].start(), found[0].end(), why, evidence)


def _open_fence(bare: Bare) -> re.Match[str] | None:
    """The fence that is still open at the end."""
    if bare.prose is bare.text:
        return None
    fence: re.Match[str] | None = None
    for match in FENCE.finditer(bare.text):
        if fence is None:
            # Only what is code opens a block of it: a fence may stand where none begins.
            fence = match if bare.prose[match.start(1)] == " " else None
        elif match[1].startswith(fence[1]) and not match[0].strip(" \t>").strip(fence[1][0]):
            fence = None
    return fence
