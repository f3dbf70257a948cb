"""What lists say of a piece, out of its first blocks as plain text: agent/render/kept.py keeps these."""

import re

from agent.record import letters as letters_of
from agent.record import opening_heading

SHORTEST_LINE = 40
"""Letters below which a sentence is too short to stand for a text."""


def line_of(opening: list[dict[str, str]], *, letters: int = 100, skip_first: bool = False, after: str = "") -> str:
    """Return the first words as a line of at most so many letters: whole sentences where that is possible.

    `skip_first` leaves out the first block, where that is a name shown elsewhere. Where the text begins with the
    words `after`, the line goes on behind them.
    """
    text = _first_words(opening[1:] if skip_first else opening)
    if after and text.startswith(after) and text != after:
        text = "… " + text.removeprefix(after).lstrip(" ,;:.")
    if len(text) <= letters:
        return text
    ends = [match.end(1) for match in re.finditer(r"([.!?…][\"'”’)]*)\s", text[: letters + 1])]
    if ends and ends[-1] >= SHORTEST_LINE:
        return text[: ends[-1]]
    return text[: letters - 1].rsplit(" ", 1)[0].rstrip(" ,;:/–—-") + "…"


def opens_with_name(text: str, opening: list[dict[str, str]]) -> bool:
    """Whether the first block of the text is nothing but the name that the text gives itself."""
    if opening and opening[0]["tag"] == "h1":
        return True
    heading = opening_heading(text)
    if heading is None:
        return False
    first, names = _first_words(opening), (letters_of(heading), letters_of(f"title {heading}"))
    if first.endswith(" …"):  # A very long name is kept cut.
        return any(name.startswith(letters_of(first)) for name in names)
    return letters_of(first) in names


def _first_words(opening: list[dict[str, str]]) -> str:
    """The first block that says something, with what stands above it."""
    said: list[str] = []
    for block in opening:
        said.append(block["text"])
        if block["text"].strip(" /"):
            break
    return " ".join(" ".join(said).split())
