"""A text laid out for looking at: without its code, without what it quotes, and its words.

Each layer is letter for letter as long as the text, so that a place in one is the same place in all.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from agent.check.broken.loops import Word, is_long_verse, is_verse, words_of
from agent.check.reading.uncoded import without_code

QUOTED = re.compile(
    r"^[ \t]*>[^\n]*|^[ \t]*([*_])(?![*_])[^*_\n]+\1[ \t]*$|"
    r"“[^“”\n]{1,800}”|\"[^\"\n]{1,800}\"|«[^«»\n]{1,800}»|„[^„“”\n]{1,800}[“”]|‘[^‘\n]{1,400}’(?!\w)",
    re.MULTILINE,
)
"""Words in quotation marks, a quotation set off, and a line in italics, as above a text."""
QUOTES = ('"', "“", "«", "„", "‘", "*", "_", ">")
"""A text without any of these quotes nothing."""
SIGN = re.compile(r"[^\n]")


@dataclass(frozen=True)
class Bare:
    """A text and its layers, each made when it is first asked for."""

    text: str

    @cached_property
    def prose(self) -> str:
        """The text without its code."""
        return without_code(self.text) if "`" in self.text or "~~~" in self.text else self.text

    @cached_property
    def own(self) -> str:
        """The prose without what it quotes."""
        if not any(sign in self.prose for sign in QUOTES):
            return self.prose
        return QUOTED.sub(lambda quoted: SIGN.sub(" ", quoted[0]), self.prose)

    @cached_property
    def words(self) -> list[Word]:
        """The words of the prose."""
        return words_of(self.prose)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the prose that are not empty."""
        return [line for line in self.prose.splitlines() if line.strip()]

    @cached_property
    def is_verse(self) -> bool:
        """Whether most lines are as short as those of a poem, or stand in stanzas."""
        return is_verse(self.lines) or is_long_verse(self.prose)
