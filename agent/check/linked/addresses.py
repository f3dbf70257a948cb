"""The addresses in a text: of its links, and those that stand there bare. Pure, and linear in the text's length."""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from agent.check.linked.known import ENDINGS, SHORTENERS
from agent.check.reading.uncoded import without_code
from agent.render.addresses import plain

LONGEST = 4_000
"""So many characters of one address are read."""
WORDS = 300
"""So many of a link's words."""
ODD = 100
"""So many links that readers get, and that stand otherwise in the text, are looked for in it."""
PLAIN_ENDINGS = frozenset(ENDINGS.split())
SHORT = frozenset(SHORTENERS.split())

_SIGN = r"[^\s<>\"`|“”„«»。，、）」』】]"
_IN = rf"[^\s<>()]{{0,{LONGEST}}}+"
TARGET = re.compile(
    rf"\]\([ \t]{{0,9}}\n?[ \t]{{0,9}}(?:<([^<>\n]{{1,{LONGEST}}}+)>|({_IN}(?:\({_IN}\){_IN}){{0,20}}+))"
)
DEFINED = re.compile(
    rf"^[ \t>]{{0,20}}+\[(?!\^)[^\[\]\n]{{1,300}}+\]:[ \t]{{0,20}}+<?([^\s<>]{{1,{LONGEST}}}+)", re.MULTILINE
)
BARE = re.compile(
    rf"""(?<![^\W_])(?<![+.@/\\-])(?:
        (?:https?|ftp|file|wss?|smb)://(?:{_SIGN}){{1,{LONGEST}}}+
      | (?:javascript|vbscript):(?:{_SIGN}|"){{2,{LONGEST}}}+
      | data:[\w.+-]{{0,60}}+(?:/[\w.+-]{{1,60}}+)?[;,](?:{_SIGN}){{1,{LONGEST}}}+
      | (?:\d{{1,3}}\.){{3}}\d{{1,3}}(?:(?::\d{{1,5}}+)(?![\w.])|(?=/))(?:/(?:{_SIGN}){{0,{LONGEST}}}+)?
      | (?:[^\W_][\w-]{{0,62}}+\.){{1,8}}(?P<ending>[^\W\d_]{{2,24}}+)(?![\w@-])
        (?::\d{{1,5}}+)?(?:[/?](?:{_SIGN}){{0,{LONGEST}}}+)?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""With a scheme; or none, and a number as host; or none, and a name."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
HOST = re.compile(r"//([^/?#]+)")
LINK = re.compile(r"<a ([^>]*)>")
PLACE = re.compile(r'href="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
BRACKET = re.compile(r"[\[\]]")
AFTER = ".,;:!?'\"*_~…’"
PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Address:
    """An address and the characters where it stands. `target` is what a browser is given, `words` are those of its
    link, which as a whole stands from `link_start` to `link_end`."""

    start: int
    end: int
    target: str
    link_start: int
    link_end: int
    words: str = ""
    is_link: bool = False
    """It is marked up as a link, or readers get one."""
    is_read: bool = False
    """Readers get a link to it."""
    is_code: bool = False
    """It stands in code, where it leads nobody anywhere."""
    has_scheme: bool = True


def addresses(text: str, rendered: str) -> list[Address]:
    """Every address of a text, in its order. `rendered` is its HTML: what readers get."""
    bare = without_code(text)
    opens = _opens(bare)
    found = [*_marked(bare, opens), *_defined(bare)]
    taken = bytearray(len(text) + 1)
    for each in found:
        # The words of a link are no address of their own. Long ones are: brackets in brackets must not take the same
        # signs again and again.
        for start, end in ((each.start, each.end), (each.link_start, min(each.start, each.link_start + WORDS))):
            taken[start:end] = b"\x01" * (end - start)
    found += [each for each in _bare(text, bare) if not taken[each.start]]
    return sorted(_as_read(text, found, rendered), key=lambda each: (each.start, each.end))


def _opens(bare: str) -> dict[int, int]:
    """Where each bracket that is closed was opened."""
    opens: dict[int, int] = {}
    waiting: list[int] = []
    for bracket in BRACKET.finditer(bare):
        if bracket[0] == "[":
            waiting.append(bracket.start())
        elif waiting:
            opens[bracket.start()] = waiting.pop()
    return opens


def _marked(bare: str, opens: Mapping[int, int]) -> Iterator[Address]:
    for match in TARGET.finditer(bare):
        group = 1 if match[1] is not None else 2
        if match[group]:
            start, end = match.span(group)
            from_bracket = opens.get(match.start(), match.start())
            ends = end + bare[end : end + 2].find(")") + 1
            yield Address(start, end, plain(match[group]), from_bracket, ends, is_link=True)


def _defined(bare: str) -> Iterator[Address]:
    for match in DEFINED.finditer(bare):
        yield Address(*match.span(1), plain(match[1]), *match.span(1), is_link=True)


def _bare(text: str, bare: str) -> Iterator[Address]:
    for match in BARE.finditer(text):
        given, start = _trimmed(match[0]), match.start()
        has_scheme = SCHEME.match(given) is not None and match["ending"] is None
        ending = (match["ending"] or "").lower()
        if ending and not (ending in PLAIN_ENDINGS or given[:4].lower() == "www." or _host(given) in SHORT):
            continue
        if given:
            is_code, place = bare[start] != text[start], (start, start + len(given))
            target = given if is_code else plain(given)
            target = target if has_scheme else f"http://{target}"
            yield Address(*place, target, *place, is_code=is_code, has_scheme=has_scheme)


def _host(given: str) -> str:
    return re.split(r"[/?:]", given, maxsplit=1)[0].lower()


def _trimmed(given: str) -> str:
    """Without the signs that end a sentence, and brackets that it did not open."""
    counts = {sign: given.count(sign) for pair in PAIRS.items() for sign in pair}
    end = len(given)
    while end:
        last = given[end - 1]
        if last in PAIRS and counts[last] > counts[PAIRS[last]]:
            counts[last] -= 1
        elif last not in AFTER:
            break
        end -= 1
    return given[:end]


def _as_read(text: str, found: list[Address], rendered: str) -> list[Address]:
    """The same with what readers get: the words of links, and addresses that were not found in the text as such."""
    waiting: dict[str, list[Address]] = defaultdict(list)
    for each in sorted((each for each in found if not each.is_code), key=lambda each: -each.start):
        waiting[key_of(each.target)].append(each)
    last: dict[str, Address] = {}
    read: list[Address] = []
    odd = 0
    for target, words in _links(rendered):
        key = key_of(target)
        if waiting[key]:
            last[key] = waiting[key].pop()
        if key in last:
            known = last[key]
            is_apart = known.start == known.link_start and bool(words) and not key_of(target).endswith(key_of(words))
            odd += is_apart
            place = _found(text, f"[{words}") if is_apart and odd < ODD else None
            start, end = (place[0], place[1] + 1) if place else (known.link_start, known.link_end)
            read.append(
                replace(known, link_start=start, link_end=min(end, len(text)), words=words, is_link=True, is_read=True)
            )
        elif odd < ODD:
            odd += 1
            host = HOST.search(target)
            places = (_found(text, sought) for sought in (target, words, host[1] if host else ""))
            place = next(filter(None, places), (0, len(text)))
            read.append(Address(*place, target, *place, words=words, is_link=True, is_read=True))
    starts = {each.start for each in read}
    left = (each for held in waiting.values() for each in held if each.start not in starts)
    return [*read, *left, *(each for each in found if each.is_code)]


def _found(text: str, sought: str) -> tuple[int, int] | None:
    start = text.find(sought) if sought else -1
    return (start, start + len(sought)) if start >= 0 else None


def _links(rendered: str) -> Iterator[tuple[str, str]]:
    """Where the links of a page lead, and with which words."""
    for match in LINK.finditer(rendered):
        place = PLACE.search(match[1])
        if place is None or place[1].startswith("#"):
            continue
        end = rendered.find("</a>", match.end())
        words = TAG.sub("", rendered[match.end() : min(end, match.end() + 4 * WORDS)])
        yield html.unescape(place[1]), html.unescape(words)[:WORDS]


def key_of(target: str) -> str:
    """What several ways of writing an address have in common."""
    known = unquote(html.unescape(target)).strip().rstrip("/")
    return known[:8].lower() + known[8:]
