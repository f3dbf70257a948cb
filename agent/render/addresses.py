"""Addresses: those of links, and those that stand apart from their links, as "[name]: address 'title'"."""

import html
import re

from agent.render.removed import UNUSED_ADDRESS, Removed

NAME = r"\[((?:[^\[\]\\]|\\.){1,999})\]:"
PLACE = r"(?:<([^<>\n]*)>|([^\s<][^\s]*))"
TITLE = r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))"
DEFINITION = re.compile(rf"{NAME}[ \t]*\n?[ \t]*{PLACE}(?=[ \t]*(?:\n|$)|[ \t]+)", re.DOTALL)
ITS_TITLE = re.compile(rf"(?:[ \t]+|[ \t]*\n[ \t]*){TITLE}[ \t]*(?:\n|$)", re.DOTALL)
ITS_END = re.compile(r"[ \t]*(?:\n|$)")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
UNSAFE = re.compile(r"[ \"<>\\^`{|}]|%(?![0-9a-fA-F]{2})")
"""What cannot stand in an address as it is."""


def without_entities(text: str) -> str:
    """Return it with the signs that entities stand for; \x01 stands where an entity names none."""
    return ENTITY.sub(lambda entity: html.unescape(entity[0]) or "\x01", text) if "&" in text else text


def plain(text: str) -> str:
    """What is meant by text with backslashes and entities."""
    return without_entities(ESCAPED.sub(r"\1", text))


def address(text: str) -> str:
    """Return it as it can stand in HTML; other signs and letters stay, for browsers know what to do."""
    return UNSAFE.sub(lambda sign: f"%{ord(sign[0]):02X}", text)


class Addresses:
    """Those that stand apart, by name: the first of a name counts. Remembers which were used."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str]] = {}
        self.used: set[str] = set()
        self.second: list[tuple[str, str]] = []

    def take_from(self, text: str) -> str:
        """Take the definitions that a paragraph begins with; return what is left of it."""
        while text.startswith("[") and (found := DEFINITION.match(text)):
            name = _folded(plain(found[1]))
            title = ITS_TITLE.match(text, found.end())
            end = title or ITS_END.match(text, found.end())
            if not name or name.startswith("^") or end is None:
                break
            place = address(plain(found[2] if found[2] is not None else found[3]))
            self._keep(name, place, plain(title[1][1:-1]) if title else "")
            text = text[end.end() :].lstrip(" ")
        return text

    def _keep(self, name: str, place: str, title: str) -> None:
        if name in self.known:
            self.second.append((place, title))
        else:
            self.known[name] = place, title

    def find(self, name: str) -> tuple[str, str] | None:
        """Return the address and the title of that name."""
        folded = _folded(name)
        if folded in self.known:
            self.used.add(folded)
        return self.known.get(folded)

    def unused(self) -> list[Removed]:
        unused = [address for name, address in self.known.items() if name not in self.used]
        return [Removed(UNUSED_ADDRESS, title or place) for place, title in (*unused, *self.second)]


def _folded(name: str) -> str:
    """Names are the same whatever their case, spaces and marks of code."""
    return " ".join(name.replace("`", "").split()).casefold()
