"""What holds no marks within a line: code, escaped signs, entities, formulas. Whichever begins first."""

# python-markdown names its methods so:
# ruff: noqa: N802

import re
import string
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from agent.render import formulas
from agent.render.addresses import ENTITY, without_entities
from agent.render.links import NOTHING, Match
from agent.render.removed import FORMULA, Removed

if TYPE_CHECKING:
    from agent.render.marks import Page


class Raw(InlineProcessor):
    """Shown as it stands, whatever is in it."""

    def __init__(self, md: Markdown, page: "Page") -> None:
        super().__init__(r"\\|`+|\$|&(?=[#a-zA-Z])", md)
        self.page = page

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        sign, at = m[0][0], m.start()
        if sign == "`":
            return self.code(m, data)
        if sign == "&":
            entity = ENTITY.match(data, at)
            return (AtomicString(without_entities(entity[0])), at, entity.end()) if entity else NOTHING
        if formula := formulas.find(data, at):
            return self.formula(formula)
        return self.escaped(data, at) if sign == "\\" else NOTHING

    def escaped(self, data: str, at: int) -> Match:
        sign = data[at + 1 : at + 2]
        if sign == "\n":
            return Element("br"), at, at + 2
        return (AtomicString(sign), at, at + 2) if sign in string.punctuation and sign else NOTHING

    def code(self, m: re.Match[str], data: str) -> Match:
        closing = re.compile(f"(?<!`){m[0]}(?!`)").search(data, m.end())
        if closing is None:
            return NOTHING
        words = re.sub(r" {2,}\n\u00a0*|\n", " ", data[m.end() : closing.start()])
        if words.strip(" ") and words[0] == words[-1] == " ":
            words = words[1:-1]
        made = Element("code")
        made.text = AtomicString(words)
        return made, m.start(), closing.end()

    def formula(self, found: re.Match[str]) -> Match:
        made = formulas.mathml(found[1].strip(), display=found[0][:2] in ("$$", "\\["))
        if made is None:
            self.page.kept_out.append(Removed(FORMULA, found[0]))
            return AtomicString(found[0]), found.start(), found.end()
        place = Element("math", {"at": str(len(self.page.formulas))})
        place.text = AtomicString("")
        self.page.formulas.append(made)
        return place, found.start(), found.end()
